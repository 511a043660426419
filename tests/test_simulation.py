"""The duty desk simulated: what must hold of every run, whatever the scenario."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frontdoor import counting, fast, kernel, verdict
from frontdoor.formats import read, write
from frontdoor.library import load
from frontdoor.replay import audit
from frontdoor.simulation import Scenario, load_scenario, log_of, simulate
from frontdoor.simulation.durations import Duration, Exponential, Fixed, Lognormal, Uniform
from frontdoor.simulation.loads import loads
from frontdoor.simulation.planning import Planned, plan
from frontdoor.simulation.replication import MODULES, Floor, Replication, speeds
from frontdoor.simulation.run import CONTACTS, LAPSED, PIECES, ROWS
from frontdoor.simulation.scenario import Case, Policies, Rota, Source, Task, Team
from frontdoor.verdict import STATUSES
from tests.commands import ROOT
from tests.trying import examples

BARKING = ROOT / "examples" / "barking_2015_16.toml"
OFFICE = Rota("office", (((9 * 3_600, 17 * 3_600),),) * 5 + ((), ()))
ALWAYS = Rota("always", (((0, 86_400),),) * 7, ((0, 86_400),))
NONE = Policies()


@dataclass
class Ran:
    planned: Planned
    floor: Floor
    found: Replication


def ran(scenario: Scenario, *, warm_up: int = 0, seed: int = 7, quick: bool = False) -> Ran:
    """One replication, interpreted unless it is to be quick."""
    planned = plan(scenario, load(), warm_up=warm_up)
    floor = Floor.of(planned, speeds(quick=quick))
    return Ran(planned, floor, floor.replicate(seed, 0))


def a_desk(
    *, staff: int = 2, absence: float = 0.0, cap: int | None = None, per_year: float = 3_000, days: int = 60, rota: Rota = OFFICE,
    batch: int = 1, minutes: float = 60, policies: Policies = NONE, known: float = 0.0,
) -> Scenario:  # fmt: skip
    """A small front door: contacts are screened, referrals decided and told, assessments made by those who hold them and signed off."""

    def effort(mean: float) -> Duration:
        return Duration(Lognormal(mean * 60, mean * 150))

    tasks = (
        Task("screen", "desk", states=("contact.received",), cases=(
            Case(priorities=("high",), effort=effort(minutes), does={"contact.refer": 0.8, "contact.close": 0.2}),
            Case(effort=effort(minutes), does={"contact.refer": 0.3, "contact.close": 0.6}),
        )),
        Task("decide", "managers", states=("referral.received",), cases=(
            Case(effort=effort(20), does={"referral.accept": 0.8, "referral.take_no_further_action": 0.2}),
        )),
        Task("tell", "desk", after=("referral.accept", "referral.take_no_further_action"), cases=(
            Case(effort=effort(10), does={"referral.feed_back": 1.0}),
        )),
        Task("assess", "workers", after=("single_assessment.start",), held=True, cases=(
            Case(effort=effort(240), wait=Duration(Uniform(0, 20 * 86_400), True), does={"single_assessment.submit": 1.0}),
        )),
        Task("rework", "workers", after=("single_assessment.return_for_work",), held=True, cases=(
            Case(effort=effort(60), does={"single_assessment.submit": 1.0}),
        )),
        Task("sign", "managers", states=("single_assessment.awaiting_sign_off",), cases=(
            Case(effort=effort(30), does={"single_assessment.sign_off": 0.8, "single_assessment.return_for_work": 0.2}),
        )),
        Task("close", "managers", after=("single_assessment.sign_off",), cases=(
            Case(effort=effort(10), wait=Duration(Fixed(86_400), True), does={"referral.close": 1.0}),
        )),
    )  # fmt: skip
    teams = (
        Team("desk", "social_worker", rota.name, staff, absence),
        Team("managers", "manager", rota.name, staff, absence),
        Team("workers", "social_worker", rota.name, 2 * staff, absence, cap),
    )
    source = Source("police", per_year, code="6", batch={1: 0.5, batch: 0.5} if batch > 1 else {1: 1.0},
                    priority={"high": 0.3, "low": 0.7}, known=known)  # fmt: skip
    last = date.fromordinal(date(2024, 1, 8).toordinal() + days - 1)
    return Scenario(
        "desk", "A desk", date(2024, 1, 8), last, ("high", "low"), {rota.name: rota}, {one.name: one for one in teams},
        {"police": source}, {one.name: one for one in tasks}, policies,
    )  # fmt: skip


DESKS = st.builds(
    a_desk, staff=st.integers(1, 4), absence=st.sampled_from([0.0, 0.3]), cap=st.sampled_from([None, 1, 5]),
    per_year=st.sampled_from([200.0, 3_000.0, 9_000.0]), days=st.integers(5, 60), rota=st.sampled_from([OFFICE, ALWAYS]),
    batch=st.sampled_from([1, 6]), minutes=st.sampled_from([10.0, 90.0]), known=st.sampled_from([0.0, 0.5]),
    policies=st.builds(
        Policies, check=st.booleans(), ageing=st.sampled_from([0, 86_400]), helped_by=st.sampled_from([{}, {"desk": "managers"}])
    ),
)  # fmt: skip
SOME = settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SOME
@given(DESKS, st.integers(0, 2**32), st.sampled_from([0, 14]))
def test_an_audit_of_the_log_finds_the_runs_own_counts_and_nothing_illegal(
    scenario: Scenario, seed: int, warm_up: int
) -> None:
    one = ran(scenario, warm_up=warm_up, seed=seed)
    found = audit.run(log_of(one.planned, one.floor.run, one.floor.events))
    wide = len(scenario.priorities)
    ours = {}
    for k, name in enumerate(one.planned.compiled.timers):
        counts = [sum(one.found.counts[(k * wide + p) * len(STATUSES) + s] for p in range(wide)) for s in range(3)]
        if any(counts):
            ours[name] = dict(zip(STATUSES, counts, strict=False))
    theirs = {
        name: {status: counts.get(status, 0) for status in STATUSES[:3]}
        for name, counts in found.timers.items() if any(counts.get(status, 0) for status in STATUSES[:3])
    }  # fmt: skip
    assert ours == theirs
    assert set(found.rules) <= {"breach", "local-breach"}


@SOME
@given(DESKS, st.integers(0, 2**32))
def test_every_contact_is_decided_or_still_open(scenario: Scenario, seed: int) -> None:
    one = ran(scenario, seed=seed)
    run, plan_ = one.floor.run, one.planned
    names = plan_.compiled.transitions
    rows = [names[one.floor.events.transition[row]] for row in range(run.now[ROWS])]
    came = rows.count("contact.receive")
    assert came == run.now[CONTACTS] == sum(one.found.contacts)
    decided = sum(rows.count(f"contact.{name}") for name in ("refer", "close"))
    book = one.floor.book
    contact = plan_.compiled.workflows.index("contact")
    received = plan_.compiled.states[contact].index("received")
    open_ = sum(book.workflow[e] == contact and book.state[e] == received for e in range(book.tally[0]))
    assert came == decided + open_
    assert rows.count("referral.receive") == rows.count("contact.refer")
    assert rows.count("single_assessment.start") == rows.count("referral.accept")
    assert run.now[LAPSED] == 0


@SOME
@given(DESKS, st.integers(0, 2**32))
def test_what_waits_is_how_often_it_comes_times_how_long_it_stays(scenario: Scenario, seed: int) -> None:
    """Little's law, to the second: the sum over time of what waits is the sum of all waits, those that are not over included."""
    one = ran(scenario, seed=seed)
    run, sizes = one.floor.run, one.planned.plan.sizes
    teams = 2 * len(one.planned.teams)
    waited = [0] * teams
    for n in range(run.now[PIECES]):
        waited[run.pieces.team[n]] += run.pieces.start[n] - run.pieces.since[n]
    for queue in range(len(run.line.head)):
        item = run.line.head[queue]
        while item >= 0:
            waited[run.work.team[item]] += sizes[8] - run.work.since[item]
            item = run.line.after[item]
    begun = [item for item in run.staff.busy if item >= 0]
    for item in begun:
        waited[run.work.team[item]] += run.work.started[item] - run.work.since[item]
    assert [int(one) for one in run.line.area] == waited


@SOME
@given(DESKS, st.integers(0, 2**32))
def test_nobody_works_while_away_or_on_two_things_at_once(scenario: Scenario, seed: int) -> None:
    one = ran(scenario, seed=seed)
    times, teams, events, run = one.planned.hours, one.planned.plan.teams, one.floor.events, one.floor.run
    began: dict[int, list[tuple[int, int]]] = {}
    for row in range(run.now[ROWS]):
        if run.marks.begun[row] >= 0:
            began.setdefault(events.actor[row], []).append((run.marks.begun[row], events.earliest[row] // 1_000_000))
    for worker, pieces in began.items():
        rota = teams.rota[teams.works_in[worker]]
        for start, end in pieces:
            spans = range(times.span[rota * len(times.works)], len(times.opens))
            assert any(times.opens[i] <= start < times.shuts[i] for i in spans)
            assert any(times.opens[i] <= end <= times.shuts[i] for i in spans)
        pieces = sorted(set(pieces))
        assert all(a[1] <= b[0] for a, b in zip(pieces, pieces[1:], strict=False))


@SOME
@given(DESKS, st.integers(0, 2**32))
def test_no_worker_holds_more_cases_than_the_most(scenario: Scenario, seed: int) -> None:
    one = ran(scenario, seed=seed)
    cap = scenario.teams["workers"].cap or 250
    wide = one.planned.plan.sizes[6] + 1
    team = one.planned.teams.index("workers")
    held = one.found.holds[team * wide : (team + 1) * wide]
    assert sum(held[cap + 1 :]) == 0
    assert all(load >= 0 for load in one.floor.run.staff.load)


def test_a_change_of_staff_changes_nothing_of_what_comes() -> None:
    few, many = (ran(a_desk(staff=staff, days=40)) for staff in (1, 4))
    came = []
    for one in (few, many):
        run, events = one.floor.run, one.floor.events
        receive = one.planned.compiled.numbers["contact.receive"]
        came.append([
            (events.earliest[row], run.contacts.number[run.marks.of[row]], run.contacts.priority[run.marks.of[row]])
            for row in range(run.now[ROWS]) if events.transition[row] == receive
        ])  # fmt: skip
    assert came[0] == came[1]
    assert few.found.counts != many.found.counts


def test_the_same_seed_gives_the_same_log_and_another_another() -> None:
    first, again, other = (log_of(one.planned, one.floor.run, one.floor.events).events
                           for one in (ran(a_desk(), seed=seed) for seed in (7, 7, 8)))  # fmt: skip
    assert first.equals(again)
    assert not first.equals(other)


def test_no_name_has_two_meanings_in_the_modules_that_are_compiled_as_one() -> None:
    meanings: dict[str, object] = {}
    for module in (counting, verdict, kernel, *MODULES):
        for name, value in vars(module).items():
            if not name.startswith("__"):
                assert meanings.setdefault(name, value) == value, f"{name} of {module.__name__}"


@pytest.mark.skipif(not fast.available(), reason="numba is not installed: only the interpreted engine can be had")
def test_compiled_it_gives_the_very_log_that_it_gives_interpreted() -> None:
    for scenario in (
        a_desk(absence=0.2, cap=3, batch=6, known=0.4, policies=Policies(check=True, ageing=86_400)),
        a_desk(rota=ALWAYS),
    ):
        slow, quick = (ran(scenario, quick=one) for one in (False, True))
        logs = [log_of(one.planned, one.floor.run, one.floor.events).events for one in (slow, quick)]
        assert logs[0].equals(logs[1])
        assert slow.found.counts == quick.found.counts
        assert list(slow.found.bins) == list(quick.found.bins)


@pytest.mark.skipif(not fast.available(), reason="numba is not installed: so many years take too long interpreted")
def test_three_at_a_desk_wait_as_erlang_says() -> None:
    """M/M/3 at a load of 0.8: a mean wait of 1.07865 service times (Erlang C), within an interval of 2% either way."""
    scenario, library = load_scenario(ROOT / "examples" / "erlang_c.toml")
    found = simulate(scenario, library, replications=100, seed=2).results.queues["desk"]
    assert found.wait.low is not None and found.wait.high is not None
    assert found.wait.low <= 1.07865 <= found.wait.high
    assert found.wait.half_width is not None and found.wait.half_width <= 0.02


def test_a_year_of_the_example_is_audited_to_its_own_counts(tmp_path: Path) -> None:
    scenario, library = load_scenario(BARKING)
    one = ran(scenario, warm_up=30, quick=fast.is_warm(*MODULES))
    said = write(log_of(one.planned, one.floor.run, one.floor.events), tmp_path / "year.parquet")
    assert not said
    found = audit.run(read(tmp_path / "year.parquet"), library)
    wide = len(scenario.priorities)
    for name, counts in found.timers.items():
        k = one.planned.compiled.timers.index(name)
        for s, status in enumerate(STATUSES[:3]):
            assert counts.get(status, 0) == sum(
                one.found.counts[(k * wide + p) * len(STATUSES) + s] for p in range(wide)
            ), (name, status)
    assert set(found.rules) <= {"breach", "local-breach"}


def screened(one: Ran, priority: int) -> list[tuple[int, int, int]]:
    """When each contact of a priority came and when its screening was begun, in that order, and the team that did it."""
    run, task = one.floor.run, one.planned.tasks.index("screen")
    pieces = [n for n in range(run.now[PIECES]) if run.pieces.task[n] == task]
    pieces = [n for n in pieces if run.contacts.priority[run.pieces.contact[n]] == priority]
    return sorted((int(run.pieces.start[n]), int(run.pieces.since[n]), int(run.pieces.team[n])) for n in pieces)


def test_the_daily_check_brings_what_falls_due_before_what_is_late_already_and_before_nothing_else() -> None:
    """Without it, of one priority, the first that came is begun first."""
    without, with_it = (
        ran(a_desk(staff=1, per_year=2_200, minutes=40, days=120, policies=Policies(check=on))) for on in (False, True)
    )
    calendar = with_it.planned.compiled.library.calendar

    def days(since: int, start: int) -> int:
        came, begun = (datetime.fromtimestamp(t, ZoneInfo("Europe/London")).date() for t in (since, start))
        return calendar.count(came, begun)

    def passed(one: Ran, priority: int) -> list[tuple[int, int, int]]:
        """Pairs of which the later to come was begun first, with the moment."""
        begun = [(start, since) for start, since, _ in screened(one, priority)]
        return [
            (came, other, start) for n, (start, came) in enumerate(begun) for _, other in begun[n + 1 :] if other < came
        ]

    assert [passed(without, priority) for priority in (0, 1)] == [[], []]
    found = passed(with_it, 1)
    assert found
    # what was passed by was late already, or came on the same day, so that the check met both
    assert all(days(other, start) > 1 for _, other, start in found)


def test_who_helps_at_the_daily_check_takes_over_what_falls_due() -> None:
    alone, helped = (
        ran(a_desk(staff=1, per_year=2_200, minutes=40, days=120, policies=Policies(check=True, helped_by=helped_by)))
        for helped_by in ({}, {"desk": "managers"})
    )
    managers = helped.planned.teams.index("managers")
    theirs = [
        (start, since) for priority in (0, 1) for start, since, team in screened(helped, priority) if team == managers
    ]
    assert theirs
    assert all(datetime.fromtimestamp(start, ZoneInfo("Europe/London")).hour >= 16 for start, _ in theirs[:1])
    assert not any(team == managers for priority in (0, 1) for _, _, team in screened(alone, priority))
    k = helped.planned.compiled.timers.index("contact.screening")

    def met(one: Ran) -> int:
        return sum(one.found.counts[(k * 2 + p) * len(STATUSES)] for p in range(2))

    assert met(helped) > met(alone)


def test_on_a_day_that_the_authority_closes_nobody_works_and_the_load_knows_it() -> None:
    scenario, library = a_desk(days=14), load()
    closed = attrs.evolve(library, calendar=library.calendar.with_closures({date(2024, 1, 10): "moving house"}))
    floor = Floor.of(plan(scenario, closed, warm_up=0), speeds(quick=False))
    floor.replicate(7, 0)
    days = {date.fromtimestamp(at) for at in floor.run.pieces.start[: floor.run.now[PIECES]]}
    assert date(2024, 1, 10) not in days
    assert {date(2024, 1, 9), date(2024, 1, 11)} <= days
    assert loads(scenario, closed)[0].people == pytest.approx(loads(scenario, library)[0].people * 10 / 9)


def test_what_the_police_keep_back_never_comes() -> None:
    vetting = Policies(vetting={"police": 1.0}, vetted=("contact.close",))
    one = ran(a_desk(policies=vetting))
    names = one.planned.compiled.transitions
    rows = [names[one.floor.events.transition[row]] for row in range(one.floor.run.now[ROWS])]
    assert "contact.close" not in rows
    assert one.found.kept_back > 0
    plain = ran(a_desk())
    assert sum(one.found.contacts) + one.found.kept_back == sum(plain.found.contacts)


def test_signposting_takes_its_share_of_what_is_below_the_threshold() -> None:
    half = Policies(signposting=0.5, below=("contact.close",))
    one = ran(a_desk(per_year=20_000, staff=20, policies=half, days=90))
    names = one.planned.compiled.transitions
    rows = [names[one.floor.events.transition[row]] for row in range(one.floor.run.now[ROWS])]
    signposted, closed = rows.count("contact.signpost"), rows.count("contact.close")
    assert 0.45 < signposted / (signposted + closed) < 0.55


def test_work_of_exponential_gaps_comes_as_often_as_it_should() -> None:
    one = ran(a_desk(per_year=36_525, days=100, staff=1))
    assert sum(one.found.contacts) == pytest.approx(10_000, rel=0.03)
    assert Exponential(1.0).mean == 1.0
