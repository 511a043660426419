"""A forecast says what the open work comes to: sure where nothing is left to chance, and as often right as it says."""

from __future__ import annotations

import csv
import json
from datetime import datetime, timedelta
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdoor.errors import InputError
from frontdoor.forecasting import Forecast, Score, forecast, moments_of, score
from frontdoor.library import load
from frontdoor.replay.audit import Audit, run
from frontdoor.simulation import Scenario, load_scenario
from frontdoor.simulation.durations import Duration, Fixed
from frontdoor.simulation.estimates import Estimate
from tests.commands import frontdoor
from tests.test_caseload import LONDON, midway, some_weeks
from tests.test_simulation import DESKS, OFFICE, SOME, a_desk

NOBODY_THERE = {"office": attrs.evolve(OFFICE, week=((),) * 7)}


def at_midway(scenario: Scenario, seed: int = 5) -> Audit:
    return run(some_weeks(scenario, seed), load(), as_at=midway(scenario))


def no_more(scenario: Scenario) -> Scenario:
    return attrs.evolve(
        scenario, sources={name: attrs.evolve(one, per_year=0.0) for name, one in scenario.sources.items()}
    )


def test_with_nobody_there_what_falls_due_is_missed_for_sure_and_nothing_else() -> None:
    scenario = a_desk(per_year=9_000)
    found = forecast(
        at_midway(scenario), no_more(attrs.evolve(scenario, rotas=NOBODY_THERE)), load(), days=7, replications=12, options=False
    )  # fmt: skip
    assert found.deadlines
    assert {one.missed.mean for one in found.deadlines} == {1.0}
    assert sum(one.mean for one in found.old.values()) == len(found.deadlines)
    assert found.later
    assert not found.new


def test_what_is_due_on_the_last_day_and_not_done_by_midnight_is_missed() -> None:
    """However far it looks beyond that day, its probability is the same."""
    scenario = a_desk(per_year=9_000, minutes=90)
    audit = at_midway(scenario)
    longer = forecast(audit, scenario, load(), days=6, replications=20, options=False)
    for days in (1, 2, 3):
        found = forecast(audit, scenario, load(), days=days, replications=20, options=False)
        due = {one.key: one.missed for one in found.deadlines}
        assert any(str(found.ends) == one.due for one in found.deadlines)
        assert due == {one.key: one.missed for one in longer.deadlines if one.key in due}


def test_with_hands_enough_for_work_that_takes_no_time_nothing_is_missed() -> None:
    scenario = a_desk(per_year=9_000)
    audit = at_midway(scenario)
    tasks = {
        name: attrs.evolve(
            task, cases=tuple(attrs.evolve(case, effort=Duration(Fixed(0)), wait=None) for case in task.cases)
        )
        for name, task in scenario.tasks.items()
    }
    always = attrs.evolve(
        scenario.tasks["screen"].cases[1], effort=Duration(Fixed(0)), does={"contact.refer": 0.4, "contact.close": 0.6}
    )
    tasks["screen"] = attrs.evolve(scenario.tasks["screen"], cases=(always,))
    teams = {name: attrs.evolve(team, staff=40) for name, team in scenario.teams.items()}
    found = forecast(audit, attrs.evolve(scenario, tasks=tasks, teams=teams), load(), replications=10, options=False)
    assert found.deadlines
    assert {one.missed.mean for one in found.deadlines} == {0.0}


@SOME
@given(DESKS, st.integers(0, 2**32))
def test_every_deadline_that_runs_is_foreseen_or_late_or_said_not_to_be(scenario: Scenario, seed: int) -> None:
    audit = run(some_weeks(scenario, seed), load(), as_at=midway(scenario))
    if not audit.events:
        return
    found = forecast(audit, scenario, load(), days=5, replications=1, options=False)
    statuses = audit.deadlines.filter(audit.deadlines["stopped_at"] == "")["status"].to_list()
    others = [sum(some.values()) for some in (found.later, found.uncovered, found.untold)]
    assert len(found.deadlines) + len(found.late) + sum(others) == len(statuses)
    assert len(found.late) == statuses.count("overdue")
    assert sum(found.untold.values()) == statuses.count("cannot_tell")
    assert all(0 <= (one.missed.mean or 0) <= 1 for one in found.deadlines)


def test_an_option_says_what_is_saved_replication_by_replication() -> None:
    scenario = a_desk(staff=1, per_year=3_000, minutes=90)
    nothing = attrs.evolve(scenario.teams["workers"], name="idle")
    scenario = attrs.evolve(scenario, teams={**scenario.teams, "idle": nothing})
    found = forecast(at_midway(scenario), scenario, load(), replications=10)
    saves = {one.what: one.saves for one in found.options}
    assert saves["one more in idle"] == Estimate(0.0, 0.0, 0.0)
    assert (saves["one more in desk"].low or 0) > 0
    assert saves["one moved from idle to desk"] == saves["one more in desk"]
    assert [one.saves.mean for one in found.options] == sorted(
        (one.saves.mean for one in found.options), key=lambda one: -(one or 0)
    )


def test_the_same_seed_foresees_the_same() -> None:
    scenario = a_desk(absence=0.3, per_year=9_000)
    audit = at_midway(scenario)
    first, again, other = (
        forecast(audit, scenario, load(), replications=10, seed=seed, options=False) for seed in (1, 1, 2)
    )
    assert (first.deadlines, first.new) == (again.deadlines, again.new)
    assert first.new != other.new


# How far it can be trusted.


def scored(scenario: Scenario, made: str, weeks: int = 3) -> tuple[Score, list[Forecast]]:
    """The score of forecasts that are as simulated, or that know what came, or that always say the opposite."""
    source, forecasts = some_weeks(scenario, 5), []
    audit = run(source, load())
    moments = moments_of(datetime.combine(scenario.ends, datetime.min.time(), LONDON).replace(hour=8), 5, weeks)

    def again(moment: datetime) -> Forecast:
        found = forecast(run(source, load(), as_at=moment), scenario, load(), days=5, replications=20, options=False)
        forecasts.append(found)
        if made == "simulated":
            return found
        end = datetime.combine(moment.date() + timedelta(days=5), datetime.min.time(), LONDON)
        came = run(source, load(), as_at=end).deadlines
        missed = {
            (case, timer, due) for case, timer, due, status in came.select("case_id", "timer", "due", "status").iter_rows()
            if status in ("late", "overdue")
        }  # fmt: skip
        sure = [
            attrs.evolve(one, missed=Estimate(float(((one.case, one.timer, one.due) in missed) == (made == "known"))))
            for one in found.deadlines
        ]
        return attrs.evolve(found, deadlines=tuple(sure))

    return score(audit, moments, 5, again), forecasts


def test_who_knows_what_came_scores_nought_and_who_says_the_opposite_one() -> None:
    scenario = a_desk(staff=1, per_year=2_000, minutes=90)
    perfect, _ = scored(scenario, "known")
    assert perfect.missed > 10
    assert (perfect.brier, perfect.skill) == (0.0, 1.0)
    worst, _ = scored(scenario, "opposite")
    assert worst.brier == 1.0


def test_a_simulated_forecast_is_better_than_base_rates_and_adds_up() -> None:
    scenario = a_desk(staff=1, per_year=2_000, minutes=90)
    found, forecasts = scored(scenario, "simulated", weeks=4)
    assert found.skill > 0.2
    assert sum(one.many for one in found.bins) == found.many
    assert found.many + found.left_out == sum(len(one.deadlines) for one in forecasts)
    assert found.missed == round(sum(one.came * one.many for one in found.bins))


def test_a_log_too_short_to_look_back_so_far_is_refused() -> None:
    scenario = a_desk()
    audit = run(some_weeks(scenario, 5), load())
    moments = moments_of(datetime(2024, 3, 1, 8, tzinfo=LONDON), 10, 20)
    with pytest.raises(InputError, match="Look back fewer weeks"):
        score(audit, moments, 10, lambda moment: pytest.fail("nothing is forecast"))


def test_past_forecasts_are_a_week_apart_and_their_days_have_passed() -> None:
    at = datetime(2024, 4, 8, 8, tzinfo=LONDON)
    assert moments_of(at, 10, 2) == [datetime(2024, 3, 18, 8, tzinfo=LONDON), datetime(2024, 3, 25, 8, tzinfo=LONDON)]
    assert moments_of(at, 7, 1) == [datetime(2024, 4, 1, 8, tzinfo=LONDON)]


# The command.

SMALL = """
title = "A small desk"
starts = 2024-01-08
ends = 2024-03-07
priorities = ["high", "low"]
warm_up = "1 week"

[rotas.office]
weekdays = "09:00-17:00"

[teams.desk]
role = "social_worker"
rota = "office"
staff = 1

[teams.managers]
role = "manager"
rota = "office"
staff = 1

[sources.police]
code = "6"
per_year = 1500
priority = { high = 0.3, low = 0.7 }

[tasks.screen]
in = ["contact.received"]
team = "desk"
effort = { median = "60 minutes", ninetieth = "150 minutes" }
does = { "contact.refer" = 0.4, "contact.close" = 0.6 }

[tasks.decide]
in = ["referral.received"]
team = "managers"
effort = "20 minutes"
does = { "referral.take_no_further_action" = 1.0 }
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A scenario, and some weeks of it as a log."""
    folder = tmp_path_factory.mktemp("desk")
    scenario, log = folder / "small.toml", folder / "weeks.csv"
    scenario.write_text(SMALL)
    ran = frontdoor("simulate", scenario, "--replications", 1, "--log", log)
    assert ran.status == 0, ran.err
    return scenario, log


def test_the_command_says_what_is_likely_what_a_change_would_save_and_how_far_to_trust_it(
    desk: tuple[Path, Path],
) -> None:
    scenario, log = desk
    words = (
        "forecast",
        log,
        "--scenario",
        scenario,
        "--days",
        5,
        "--as-at",
        "2024-02-19T08:00",
        "--replications",
        20,
        "--score",
        3,
    )
    ran = frontdoor(*words)
    assert ran.status == 0, ran.err
    assert "From Monday 19 February 2024, 08:00 to the end of Friday 23 February" in ran.out
    assert "Chance of being missed" in ran.out
    assert "one more in desk" in ran.out
    assert "Its Brier score" in ran.out
    found = json.loads(frontdoor(*words, "--json").out)
    assert {one["what"] for one in found["options"]} == {"one more in desk", "one more in managers"}
    assert len(found["score"]["moments"]) == 3
    assert found["ends"] == "2024-02-23"
    assert all(one["low"] <= one["mean"] <= one["high"] for one in found["missed"]["new"].values())


def test_the_command_writes_every_running_deadline_with_its_probability(
    desk: tuple[Path, Path], tmp_path: Path
) -> None:
    scenario, log = desk
    words = (
        "forecast",
        log,
        "--scenario",
        scenario,
        "--as-at",
        "2024-02-19T08:00",
        "--replications",
        10,
        "--no-options",
    )
    ran = frontdoor(*words, "--deadlines", tmp_path / "them.csv")
    assert ran.status == 0, ran.err
    rows = list(csv.DictReader((tmp_path / "them.csv").read_text().splitlines()))
    found = json.loads(frontdoor(*words, "--json").out)
    assert [(row["case_id"], row["timer"], float(row["probability"])) for row in rows] == [
        (one["case_id"], one["timer"], one["probability"]) for one in found["deadlines"]
    ]
    assert found["options"] == []
    assert found["score"] is None


def test_without_a_scenario_the_log_itself_says_how_the_desk_works(desk: tuple[Path, Path]) -> None:
    ran = frontdoor("forecast", desk[1], "--days", 3, "--replications", 10, "--no-options")
    assert ran.status == 0, ran.err
    assert "3 days" not in ran.err
    assert "deadlines running" in ran.out


def test_a_simulation_can_start_with_the_open_caseload_of_a_log(desk: tuple[Path, Path]) -> None:
    scenario, log = desk
    ran = frontdoor("simulate", scenario, "--start", log, "--as-at", "2024-02-19T08:00", "--replications", 2)
    assert ran.status == 0, ran.err
    assert "It begins on 19 February 2024 with" in ran.out
    alone = frontdoor("simulate", scenario, "--as-at", "2024-02-19T08:00")
    assert alone.status == 2
    assert "--as-at needs --start" in alone.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--score", "50"), "Look back fewer weeks"),
        (("--days", "0"), "0 is not in the range"),
        (("--as-at", "2019-01-01"), "nothing is open in it"),
        (("--deadlines", "/no/such/folder/file.csv"), "cannot be written"),
    ],
)
def test_what_cannot_be_foreseen_gets_one_clear_sentence(
    desk: tuple[Path, Path], words: tuple[str, ...], says: str
) -> None:
    scenario, log = desk
    ran = frontdoor("forecast", log, "--scenario", scenario, "--replications", 10, "--no-options", *words)
    assert ran.status in (2, 3)
    assert says in ran.err


# Histories that were once foreseen wrongly.

OFFICE_WITH_ENOUGH = SMALL.replace("staff = 1", "staff = 5").replace("per_year = 1500", "per_year = 10")
NEVER = '[rotas.never]\nsunday = "09:00-09:01"\n\n[teams.managers]\nrole = "manager"\nrota = "never"'


def foreseen(
    tmp_path: Path, history: str, scenario: str = OFFICE_WITH_ENOUGH, at: str = "2024-02-12T10:00"
) -> Forecast:
    """The forecast of lines of: case, event, moment, moment of recording or -, episode or -."""
    lines = ["case_id,event,happened_at,recorded_at,actor,role,episode,source,rationale"]
    for line in history.strip().splitlines():
        case, event, happened, recorded, episode = (*line.split(), "-", "-")[:5]
        lines.append(
            f"{case},{event},{happened},{happened if recorded == '-' else recorded},a,manager,{'' if episode == '-' else episode},6,x"
        )
    (tmp_path / "log.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "desk.toml").write_text(scenario, encoding="utf-8")
    read, library = load_scenario(tmp_path / "desk.toml")
    return forecast(run(tmp_path / "log.csv", library, as_at=at, as_known_at=at), read, library, replications=10)


def test_of_two_open_contacts_about_one_child_each_is_dealt_with(tmp_path: Path) -> None:
    found = foreseen(tmp_path, """
        K1 contact.receive 2024-02-12T09:00
        K1 contact.receive 2024-02-12T09:05
        K1 contact.refer 2024-02-12T09:06
        K2 contact.receive 2024-02-12T09:00 - c1
        K2 contact.receive 2024-02-12T09:05 - c2
    """)  # fmt: skip
    screening = [one for one in found.deadlines if one.timer == "contact.screening"]
    assert [one.case for one in screening].count("K2") == 2
    assert {one.missed.mean for one in screening} == {0.0}


def test_what_nobody_ever_closed_is_not_the_first_in_the_queue(tmp_path: Path) -> None:
    old = [f"OLD{i} contact.receive 2023-11-{1 + i % 28:02}T09:00" for i in range(30)]
    done = []
    for i in range(60):
        day = (datetime(2023, 12, 11) + timedelta(days=i)).date()
        done += [f"D{i} contact.receive {day}T09:00", f"D{i} contact.close {day}T09:50"]
    scenario = OFFICE_WITH_ENOUGH.replace("staff = 5", "staff = 1")
    found = foreseen(tmp_path, "\n".join([*old, *done, "TODAY contact.receive 2024-02-12T09:00"]), scenario)
    assert [(one.case, one.missed.mean) for one in found.deadlines] == [("TODAY", 0.0)]
    assert len(found.late) == 30


def test_what_begins_in_cases_that_were_open_counts_among_the_new(tmp_path: Path) -> None:
    history = "\n".join(f"K{i} contact.receive 2024-02-12T09:00" for i in range(3))
    scenario = OFFICE_WITH_ENOUGH.replace('[teams.managers]\nrole = "manager"\nrota = "office"', NEVER)
    scenario = scenario.replace('"contact.refer" = 0.4, "contact.close" = 0.6', '"contact.refer" = 1.0').replace(
        "per_year = 10", "per_year = 0.001"
    )
    found = foreseen(tmp_path, history, scenario)
    assert found.new["referral.decision"].mean == 3.0


MASH = """
[tasks.rate]
in = ["mash.triage"]
team = "managers"
effort = "10 minutes"
does = { "mash.rate_amber" = 1.0 }

[tasks.amber]
in = ["mash.amber"]
team = "managers"
effort = "10 minutes"
does = { "mash.close" = 1.0 }
"""


def test_a_case_in_a_state_that_no_task_leads_out_of_is_said_not_to_be_foreseen(tmp_path: Path) -> None:
    scenario = OFFICE_WITH_ENOUGH.replace(
        '"contact.refer" = 0.4', '"contact.refer" = 0.2, "contact.send_to_mash" = 0.2'
    )
    history = """
        K1 mash.start 2024-02-12T09:00
        K1 mash.rate_green 2024-02-12T09:30
        K2 mash.start 2024-02-12T09:00
        K2 mash.rate_amber 2024-02-12T09:30
    """
    found = foreseen(tmp_path, history, scenario.replace('"social_worker"', '"manager"') + MASH)
    assert found.uncovered == {"mash.outcome": 1}
    assert {(one.case, one.missed.mean) for one in found.deadlines} == {("K2", 0.0)}


def test_what_was_recorded_later_is_not_known_to_a_past_forecast(tmp_path: Path) -> None:
    found = foreseen(tmp_path, """
        K1 contact.receive 2024-02-12T08:30
        K1 contact.close 2024-02-12T09:30 2024-02-20T09:00
    """)  # fmt: skip
    assert [one.case for one in found.deadlines] == ["K1"]


def test_a_large_caseload_of_few_cases_has_room(tmp_path: Path) -> None:
    many = "\n".join(f"K{i % 50} contact.receive 2024-02-09T{9 + i % 8:02}:{i % 60:02} - c{i}" for i in range(3_000))
    found = foreseen(tmp_path, many, at="2024-02-09T18:00")
    assert len(found.deadlines) + sum(found.uncovered.values()) == 3_000


def test_a_case_opened_long_before_the_calendar_of_the_run_keeps_its_own_due_date(tmp_path: Path) -> None:
    found = foreseen(tmp_path, "K1 contact.receive 2019-02-11T09:00\nK2 contact.receive 2024-02-12T09:00")
    assert [(one.case, one.due) for one in found.late] == [("K1", "2019-02-12")]


def test_rows_that_could_not_be_read_are_told_wherever_the_rest_is_used(
    desk: tuple[Path, Path], tmp_path: Path
) -> None:
    scenario, log = desk
    head, *rows = log.read_text(encoding="utf-8").splitlines()
    broken = [row.replace("T", " at ", 1) if n in (5, 9) else row for n, row in enumerate(rows)]
    (tmp_path / "some.csv").write_text("\n".join([head, *broken]), encoding="utf-8")
    (tmp_path / "none.csv").write_text("\n".join([head, broken[5]]), encoding="utf-8")
    told = "2 rows could not be read, and left out (row 6, happened_at"
    for words in (
        ("forecast", tmp_path / "some.csv", "--scenario", scenario, "--replications", 10, "--no-options"),
        ("simulate", scenario, "--start", tmp_path / "some.csv", "--replications", 2),
        ("calibrate", tmp_path / "some.csv", "--hold-out", "none"),
    ):
        ran = frontdoor(*words)
        assert ran.status == 0, ran.err
        assert told in " ".join(ran.out.split())
    for words in (
        ("forecast", tmp_path / "none.csv", "--scenario", scenario),
        ("simulate", scenario, "--start", tmp_path / "none.csv"),
        ("calibrate", tmp_path / "none.csv"),
    ):
        ran = frontdoor(*words)
        assert ran.status == 3
        assert "1 row could not be read, and left out (row 1, happened_at" in ran.err
