"""A run that begins with what is open: everything of it is taken over, nothing is invented, and it goes on lawfully."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdoor import fast
from frontdoor.calibration.caseload import caseload_of
from frontdoor.errors import InputError
from frontdoor.formats.source import Source
from frontdoor.library import load
from frontdoor.replay.audit import Audit, run
from frontdoor.simulation import Scenario, log_of, simulate
from frontdoor.simulation.hours import FAR
from frontdoor.simulation.planning import plan
from frontdoor.simulation.replication import Floor, speeds
from frontdoor.simulation.run import ROWS
from tests.test_simulation import DESKS, OFFICE, SOME, a_desk, ran

LONDON = ZoneInfo("Europe/London")


def some_weeks(scenario: Scenario, seed: int) -> Source:
    one = ran(scenario, seed=seed)
    return log_of(one.planned, one.floor.run, one.floor.events)


def taken(
    scenario: Scenario, audit: Audit, *, days: int = 14, seed: int = 3, quick: bool = False, **changes: object
) -> Floor:
    """A floor on which the scenario went on from an audit's moment for so many days."""
    caseload = caseload_of(audit)
    scenario = attrs.evolve(scenario, starts=caseload.day, ends=caseload.day + timedelta(days=days - 1), **changes)
    floor = Floor.of(plan(scenario, load(), caseload=caseload), speeds(quick=quick))
    floor.replicate(seed, 0)
    return floor


def midway(scenario: Scenario, hour: int = 8) -> datetime:
    days = (scenario.ends - scenario.starts).days // 2 + 1
    day = scenario.starts + timedelta(days=days)
    return datetime(day.year, day.month, day.day, hour, tzinfo=LONDON)


@SOME
@given(DESKS, st.integers(0, 2**32), st.sampled_from([0, 8, 13, 18]))
def test_the_deadlines_that_run_are_those_that_the_audit_finds_running(
    scenario: Scenario, seed: int, hour: int
) -> None:
    source = some_weeks(scenario, seed)
    if source.events.filter(
        source.events["happened_from"] <= midway(scenario, hour).timestamp() * 1_000_000
    ).is_empty():
        return
    audit = run(source, load(), as_at=midway(scenario, hour))
    floor = taken(scenario, audit)
    compiled, caseload = floor.planned.compiled, floor.planned.caseload
    assert caseload is not None
    table = audit.deadlines
    mine = sorted(
        (
            caseload.cases[floor.events.case[floor.book.opened[floor.book.whose[d]]]],
            compiled.timers[floor.book.timer[d]],
        )
        for d in floor.running
    )
    theirs = sorted(
        (case, timer)
        for case, timer, stopped in table.select("case_id", "timer", "stopped_at").iter_rows()
        if not stopped
    )
    assert mine == theirs
    due = {
        (case, timer): due for case, timer, due, stopped in table.select("case_id", "timer", "due", "stopped_at").iter_rows() if not stopped
    }  # fmt: skip
    for d in floor.running:
        case = caseload.cases[floor.events.case[floor.book.opened[floor.book.whose[d]]]]
        timer = compiled.timers[floor.book.timer[d]]
        late_from = floor.late_from(d)
        if late_from < FAR and mine.count((case, timer)) == 1 and len(due[case, timer]) == len("2024-01-01"):
            midnight = datetime.combine(
                date.fromisoformat(due[case, timer]) + timedelta(days=1), datetime.min.time(), LONDON
            )
            assert late_from == int(midnight.timestamp())


@SOME
@given(DESKS, st.integers(0, 2**32))
def test_it_begins_with_the_rows_of_the_log_and_goes_on_with_none_that_the_kernel_refuses(
    scenario: Scenario, seed: int
) -> None:
    source = some_weeks(scenario, seed)
    audit = run(source, load(), as_at=midway(scenario))
    if not audit.events:
        return
    floor = taken(scenario, audit)
    caseload, rows = floor.planned.caseload, floor.run.now[ROWS]
    assert caseload is not None
    before = len(caseload.places)
    assert [floor.events.earliest[row] for row in range(before)] == caseload.rows["earliest"]
    assert rows >= before
    assert not any(floor.book.faults[row] for row in range(rows))
    assert all(floor.events.earliest[row] // 1_000_000 >= caseload.at for row in range(before, rows))


def test_with_hands_enough_all_that_was_open_comes_to_its_end() -> None:
    scenario = a_desk(staff=1, per_year=3_000, minutes=60)
    always = attrs.evolve(scenario.tasks["screen"].cases[1], does={"contact.refer": 0.4, "contact.close": 0.6})
    screen = attrs.evolve(scenario.tasks["screen"], cases=(always,))
    scenario = attrs.evolve(scenario, tasks={**scenario.tasks, "screen": screen})
    audit = run(some_weeks(scenario, 5), load(), as_at=midway(scenario))
    teams = {name: attrs.evolve(team, staff=30) for name, team in scenario.teams.items()}
    nobody = {name: attrs.evolve(one, per_year=0.0) for name, one in scenario.sources.items()}
    floor = taken(scenario, audit, days=120, teams=teams, sources=nobody)
    book, compiled = floor.book, floor.planned.compiled
    states = {
        f"{compiled.workflows[book.workflow[e]]}.{compiled.states[book.workflow[e]][book.state[e]]}"
        for e in range(book.tally[0])
    }
    assert not states & {
        "contact.received", "referral.received", "single_assessment.assessing", "single_assessment.awaiting_sign_off",
    }  # fmt: skip
    assert floor.planned.caseload is not None
    assert floor.planned.caseload.open > 20


def test_with_nobody_there_nothing_that_was_open_is_done() -> None:
    scenario = a_desk(staff=2)
    audit = run(some_weeks(scenario, 5), load(), as_at=midway(scenario))
    away = {"office": attrs.evolve(OFFICE, week=((),) * 7)}
    nobody = {name: attrs.evolve(one, per_year=0.0) for name, one in scenario.sources.items()}
    floor = taken(scenario, audit, rotas=away, sources=nobody)
    assert floor.planned.caseload is not None
    assert floor.run.now[ROWS] == len(floor.planned.caseload.places)


def test_what_waited_longest_is_taken_up_first() -> None:
    scenario = a_desk(staff=1, per_year=9_000, minutes=90)
    audit = run(some_weeks(scenario, 2), load(), as_at=midway(scenario))
    floor = taken(scenario, audit, days=7)
    caseload = floor.planned.caseload
    assert caseload is not None
    before, rows = len(caseload.places), floor.run.now[ROWS]
    screened = [
        (floor.run.contacts.priority[floor.run.marks.of[row]], floor.events.earliest[book_opened])
        for row in range(before, rows)
        if floor.planned.compiled.transitions[floor.events.transition[row]] in ("contact.refer", "contact.close")
        and (book_opened := floor.book.opened[floor.book.episode[row]]) < before
    ]
    urgent = [at for priority, at in screened if priority == 0]
    assert len(screened) > 5
    assert sum(b < a for a, b in zip(urgent, urgent[1:], strict=False)) <= 1  # two may be done at once by two people


@pytest.mark.skipif(not fast.available(), reason="numba is not installed: there is nothing compiled to compare")
def test_compiled_it_goes_on_as_it_does_interpreted() -> None:
    scenario = a_desk(staff=2, absence=0.3, cap=5, per_year=9_000, known=0.5)
    audit = run(some_weeks(scenario, 8), load(), as_at=midway(scenario, 13))
    slow, quick = (taken(scenario, audit, quick=quick) for quick in (False, True))
    rows = slow.run.now[ROWS]
    assert rows == quick.run.now[ROWS]
    for column in ("case", "transition", "earliest", "actor"):
        assert list(getattr(slow.events, column)[:rows]) == getattr(quick.events, column)[:rows].tolist()


def test_a_floor_that_was_used_takes_over_the_same_again() -> None:
    scenario = a_desk(per_year=9_000)
    audit = run(some_weeks(scenario, 4), load(), as_at=midway(scenario))
    floor = taken(scenario, audit)
    first, again = floor.replicate(3, 0), floor.replicate(3, 0)
    assert first == again
    assert first != floor.replicate(3, 1)


def test_a_simulation_counts_what_comes_and_says_what_it_begins_with() -> None:
    scenario = a_desk(days=30, per_year=3_000)
    source = some_weeks(scenario, 4)
    caseload = caseload_of(run(source, load()))
    done = simulate(attrs.evolve(scenario, warm_up=0), load(), replications=1, seed=2, caseload=caseload, log=True)
    assert done.log is not None
    assert done.results.planned.scenario.starts == caseload.day
    assert any(f"{caseload.open} open cases" in note for note in done.notes)
    mine = run(done.log, load())
    assert {name: (one.counts["met"], one.counts["late"]) for name, one in done.results.timers.items()} == {
        name: (counts.get("met", 0), counts.get("late", 0)) for name, counts in mine.timers.items()
    }


def test_a_log_of_which_nothing_had_happened_yet_has_no_caseload() -> None:
    audit = run(some_weeks(a_desk(), 4), load(), as_at="2020-01-01")
    with pytest.raises(InputError, match="nothing is open in it"):
        caseload_of(audit)
