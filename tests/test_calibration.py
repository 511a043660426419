"""A scenario made of a log says what the log says: the desk that made the log is found again, and each figure says how it is known."""

from __future__ import annotations

import csv
import io
import math
import random
import tomllib
from collections import Counter
from functools import cache
from typing import Any

import attrs
import generate
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frontdoor.calibration import Calibration, calibrate
from frontdoor.calibration.arrivals import flows
from frontdoor.calibration.figures import ASSUMED, COUNTED, ESTIMATED, INFERRED
from frontdoor.calibration.fitting import how_it_fits
from frontdoor.calibration.seeing import see
from frontdoor.calibration.survival import lasting, shares
from frontdoor.errors import InputError
from frontdoor.formats import read
from frontdoor.formats.source import Source
from frontdoor.replay.audit import run
from frontdoor.simulation import load_scenario, simulate
from tests.calibrated_desks import LIBRARY, SMALL, log_by, scenario_by


@cache
def log() -> Source:
    """The log of the small desk."""
    return log_by()


@cache
def found() -> Calibration:
    """What is made of it."""
    return calibrate(log(), LIBRARY)


def changed(*columns: pl.Expr, drop: tuple[str, ...] = (), only: pl.Expr | None = None) -> Source:
    """The small desk's log, changed."""
    events = log().events if only is None else log().events.filter(only)
    return attrs.evolve(log(), events=events.drop(*drop).with_columns(*columns))


def shifted(days: int) -> Source:
    """The same so many days later."""
    moments = ("happened_from", "happened_to", "recorded_from", "recorded_to")
    return changed(
        *(pl.col(name) + days * 86_400_000_000 for name in moments), *(pl.col(name) + days for name in ("day", "last_day", "recorded_day"))
    )  # fmt: skip


# ---- the desk is found again ----


def test_teams_their_people_their_hours_and_their_days_away_are_found() -> None:
    made, true = found().made, SMALL
    assert set(made["teams"]) == set(true["teams"])
    for name, team in true["teams"].items():
        mine = made["teams"][name]
        assert (mine["staff"], mine["role"]) == (team["staff"], team["role"])
        hours = {k: v for k, v in made["rotas"][mine["rota"]].items() if k != "note"}
        assert hours == true["rotas"][team["rota"]]
    assert made["teams"]["desk"]["absence"] == pytest.approx(0.1, abs=0.04)
    assert made["teams"]["managers"]["absence"] == pytest.approx(0.05, abs=0.04)


def test_what_comes_is_found_within_chance() -> None:
    made = found().made["sources"]
    by_code = {one["code"]: one for one in made.values()}
    for true in SMALL["sources"].values():
        mine = by_code[true["code"]]
        batch = {int(size): share for size, share in true.get("batch", {"1": 1.0}).items()}
        squares = sum(n * n * share for n, share in batch.items()) / sum(n * share for n, share in batch.items())
        assert mine["per_year"] == pytest.approx(true["per_year"], abs=3 * math.sqrt(2.1 * true["per_year"] * squares))
        for priority, share in true["priority"].items():
            assert mine["priority"][priority] == pytest.approx(share, abs=0.05)
        for size, share in batch.items():
            assert mine.get("batch", {"1": 1.0})[str(size)] == pytest.approx(share, abs=0.08)
        assert min(mine["by_hour"]) > 0 and min(mine["by_weekday"]) > 0
    assert by_code["2A"]["by_weekday"][5] < 0.1 * by_code["2A"]["by_weekday"][0]
    assert by_code["2A"]["by_hour"][2] < 0.1 * by_code["2A"]["by_hour"][10]
    assert "by_month" not in by_code["6"]  # half a year says nothing of the other half


def test_what_work_leads_to_is_found_within_chance() -> None:
    tasks = found().made["tasks"]
    screen = tasks["contact_received"]
    urgent, routine = (next(one for one in screen["for"] if one["priorities"] == [p]) for p in ("urgent", "routine"))
    assert urgent["does"]["contact.refer"] == pytest.approx(0.7, abs=0.07)
    assert routine["does"]["contact.refer"] == pytest.approx(0.2, abs=0.04)
    assert urgent["out_of_hours"] == "edt" and "out_of_hours" not in routine
    assert tasks["referral_received"]["does"]["referral.accept"] == pytest.approx(0.6, abs=0.06)
    assert tasks["single_assessment_see_child"]["chance"] == pytest.approx(0.8, abs=0.07)
    assert tasks["single_assessment_under_way"]["held"] and tasks["single_assessment_see_child"]["held"]
    assert not any("held" in tasks[name] for name in ("contact_received", "referral_received"))


@pytest.mark.parametrize(
    ("task", "median", "ninetieth"),
    [("contact_received", 35, 80), ("referral_received", 25, 60), ("single_assessment_awaiting_sign_off", 30, 30)],
)
def test_what_work_takes_is_inferred_where_it_is_taken_up_as_it_comes(task: str, median: int, ninetieth: int) -> None:
    effort = found().made["tasks"][task]["effort"]
    assert float(effort["median"].split()[0]) == pytest.approx(median, rel=0.12)
    assert float(effort["ninetieth"].split()[0]) == pytest.approx(ninetieth, rel=0.15)


def test_the_simulated_clocks_and_times_are_those_of_the_desk_itself() -> None:
    own = simulate(found().scenario(LIBRARY), LIBRARY, replications=1, seed=11).results
    true = simulate(scenario_by(), LIBRARY, replications=1, seed=12).results
    for name in ("contact.screening", "referral.decision", "single_assessment.completion"):
        assert own.timers[name].in_time.mean == pytest.approx(true.timers[name].in_time.mean, abs=0.05), name
    for team, busy in true.utilisation.items():
        if team != "assessors":  # what they do between two records is not seen
            assert own.utilisation[team].mean == pytest.approx(busy.mean, abs=0.08), team
    for match in found().matched:
        assert match.simulated == pytest.approx(match.log, rel=0.25, abs=2), match.task


def test_what_is_done_out_of_turn_has_a_wait_and_is_no_queue() -> None:
    """A decision that takes from an hour to a day and a half to come by is not work of a day: who came later is often first."""
    source = log_by(tasks__decide__wait={"from": "1 hour", "to": "36 hours"})
    mine = calibrate(source, LIBRARY)
    assert "wait" in mine.made["tasks"]["referral_received"] and "wait" not in mine.made["tasks"]["contact_received"]
    (decided,) = (one for one in mine.matched if one.task == "referral_received")
    assert decided.simulated == pytest.approx(decided.log, rel=0.2)
    assert "wait" not in found().made["tasks"]["referral_received"]


# ---- what a log lacks ----


def test_without_teams_people_of_a_role_who_keep_to_different_work_are_teams() -> None:
    made = calibrate(changed(drop=("detail.team",)), LIBRARY, match=False).made
    people = {name: team["staff"] for name, team in made["teams"].items()}
    assert people == {"social_worker_contact": 4, "social_worker_single_assessment": 10, "manager": 2, "edt_officer": 1}


def test_without_people_efforts_and_staff_are_assumed_and_said_to_be() -> None:
    mine = calibrate(changed(pl.lit("").alias("actor")), LIBRARY, match=False)
    how = {one.where: one.how for one in mine.figures}
    assert {how[f"tasks.{name}.effort"] for name in mine.made["tasks"]} == {ASSUMED}
    assert {how[f"teams.{name}.staff"] for name in mine.made["teams"]} == {ASSUMED}
    assert all("assumed" in team["note"] for team in mine.made["teams"].values())


def test_without_roles_either_work_is_for_the_first_who_may_do_it() -> None:
    bare = changed(pl.lit("").alias("actor"), pl.lit("").alias("role"), drop=("detail.team", "detail.priority"))
    mine = calibrate(bare, LIBRARY, match=False)
    assert {team["role"] for team in mine.made["teams"].values()} == {"social_worker", "manager"}
    assert "priorities" not in mine.made
    assert mine.scenario(LIBRARY)


def test_without_sources_all_comes_of_one() -> None:
    mine = calibrate(changed(drop=("detail.source",)), LIBRARY, match=False)
    assert list(mine.made["sources"]) == ["all"]
    assert sum(one.event == "contact.receive" for one in see(run(log(), LIBRARY)).arrivals) == mine.contacts


@pytest.mark.parametrize(
    ("source", "code", "words"),
    [
        (lambda: changed(only=pl.col("position") <= 400), "too-little", "a scenario needs 50 in 28 days"),
        (lambda: changed(only=~pl.col("event").str.starts_with("contact.")), "no-arrivals", "contact.receive or"),
        (lambda: changed(only=pl.col("event") == "contact.receive"), "no-work", "nothing of it ends"),
        (lambda: changed(only=pl.col("position") < 0), "empty", "has no event"),
        (lambda: shifted(8 * 365), "unknown-holidays", "bank holidays are known from 2000 to 2030"),
        (lambda: changed((pl.col("happened_from") + 3_600_000_000).alias("happened_to")), "no-times", "a date and no time"),
    ],
)  # fmt: skip
def test_a_log_that_is_not_enough_is_refused_in_one_sentence(source: Any, code: str, words: str) -> None:
    with pytest.raises(InputError) as wrong:
        calibrate(source(), LIBRARY)
    (fault,) = wrong.value.faults
    assert fault.code == code and words in fault.message


def test_unknown_events_and_illegal_steps_are_told() -> None:
    odd = pl.when(pl.col("event") == "single_assessment.see_child").then(pl.lit("plan.review")).otherwise("event")
    mine = calibrate(changed(odd.alias("event"), drop=("detail.source",)), LIBRARY, match=False)
    many = log().events.filter(pl.col("event") == "single_assessment.see_child").height
    assert f"{many:,} events of names that no workflow has: left out." in mine.notes
    assert any("illegal steps are in the log" in note for note in mine.notes)


def test_a_step_that_is_illegal_is_none_of_the_scenario_and_takes_nothing_else_away() -> None:
    """A few referrals are recorded as closed before anything was decided."""
    odd = (pl.col("event") == "referral.accept") & (pl.col("position") % 10 == 0)
    event = pl.when(odd).then(pl.lit("referral.close")).otherwise("event")
    many = int(log().events.select(odd.sum()).item())
    assert many > 20
    mine = calibrate(changed(event.alias("event")), LIBRARY, match=False)
    does = mine.made["tasks"]["referral_received"]["does"]
    assert set(does) == {"referral.accept", "referral.take_no_further_action"}
    assert (
        mine.made["tasks"]["contact_received"]
        == calibrate(log(), LIBRARY, match=False).made["tasks"]["contact_received"]
    )


def test_what_the_workflows_in_force_do_not_have_is_left_out_and_said() -> None:
    """An assessment that was begun in another case's stead, as of an older edition: nobody may begin it now."""
    odd = pl.col("event").str.starts_with("single_assessment.") & (pl.col("position") % 2 == 0)
    event = pl.when(odd).then(pl.col("event").str.replace("single_assessment", "initial_assessment")).otherwise("event")
    mine = calibrate(changed(event.alias("event")), LIBRARY, match=False)
    assert mine.scenario(LIBRARY)
    assert {"contact_received", "referral_received"} <= set(mine.made["tasks"])


# ---- as at a moment ----


def test_as_at_a_moment_nothing_later_counts() -> None:
    early = calibrate(log(), LIBRARY, as_at="2024-03-31", match=False)
    alone = changed(only=pl.col("day") <= 19_813)
    assert early.made == calibrate(alone, LIBRARY, as_at="2024-03-31", match=False).made
    assert str(early.made["ends"]) == "2024-03-31"


# ---- survival ----


def test_kaplan_and_meier_by_hand() -> None:
    """1, 3+, 3, 4+, 5, with too few at risk for the thin end to be left out wholly: 4/5, 4/5 * 3/4, ..."""
    lengths = [1] * 4 + [3] * 4 + [3] * 4 + [4] * 4 + [5] * 4
    over = [True] * 4 + [True] * 4 + [False] * 4 + [False] * 4 + [True] * 4
    made = lasting(lengths, over)
    assert made.at.tolist() == [1, 3]  # of four at risk at 5 nothing is told
    assert made.left.tolist() == pytest.approx([0.8, 0.6])
    assert made.ever == pytest.approx(0.4)
    assert (made.quantile(0.25), made.quantile(1.0)) == (pytest.approx(1.0), 3.0)
    assert made.mean() == pytest.approx(2.0)


@given(st.lists(st.tuples(st.integers(1, 50), st.sampled_from("abc")), min_size=1, max_size=60))
def test_where_all_is_over_shares_are_counts_and_times_are_their_own(some: list[tuple[int, str]]) -> None:
    counts = Counter(end for _, end in some)
    found = shares([n for n, _ in some], [end for _, end in some])
    assert found == pytest.approx({end: n / len(some) for end, n in counts.items()})
    made = lasting([n for n, _ in some], [True] * len(some))
    assert made.ever == pytest.approx(1) and made.mean() == pytest.approx(sum(n for n, _ in some) / len(some))


def test_what_is_still_open_does_not_make_the_quick_ends_seem_common() -> None:
    """Half are closed after a day, half accepted after ten; of the last ten days only the closed are over."""
    chance = random.Random(3)
    lengths, ends = [], []
    for _ in range(4_000):
        age, quick = chance.uniform(0, 20), chance.random() < 0.5
        lasts = 1.0 if quick else 10.0
        lengths.append(min(age, lasts))
        ends.append("" if age < lasts else "close" if quick else "accept")
    naive = ends.count("close") / (len(ends) - ends.count(""))
    assert naive > 0.63
    assert shares(lengths, ends)["close"] == pytest.approx(0.5, abs=0.03)
    assert lasting(lengths, [bool(end) for end in ends]).mean() == pytest.approx(5.5, abs=0.3)


# ---- how arrivals fit ----


def test_days_that_vary_more_than_chance_are_told_of() -> None:
    seen = see(run(log(), LIBRARY))
    even = how_it_fits(flows(seen, LIBRARY.calendar, {"urgent": "urgent", "routine": "routine"}, SMALL["starts"]))
    assert even.dispersion == pytest.approx(1, abs=0.25) and even.days > 0.005
    thin = [one for one in seen.arrivals if one.at // 86_400 % 21 > 6 or one.at % 3 == 0]  # one week of three is quiet
    seen.arrivals = thin
    odd = how_it_fits(flows(seen, LIBRARY.calendar, {"urgent": "urgent", "routine": "routine"}, SMALL["starts"]))
    assert odd.dispersion > even.dispersion + 0.2 and odd.days < 0.001
    assert "weeks of illness, holidays or campaigns are not in the model" in odd.sentence()


# ---- what it says ----


def test_every_figure_says_how_it_is_known() -> None:
    assert {one.how for one in found().figures} <= {COUNTED, ESTIMATED, INFERRED, ASSUMED}
    where = {one.where for one in found().figures}
    assert {f"sources.{name}.per_year" for name in found().made["sources"]} <= where
    assert {f"teams.{name}.{what}" for name in found().made["teams"] for what in ("staff", "absence", "rota")} <= where
    assert {f"tasks.{name}.effort" for name in found().made["tasks"]} <= where
    for kind in ("rotas", "teams", "sources", "tasks"):
        assert all("note" in table for table in found().made[kind].values())
    assert len(found().findings) == len(found().figures)


def test_its_text_loads_as_the_scenario_it_is(tmp_path: Any) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(found().text, encoding="utf-8")
    read, _ = load_scenario(path)
    mine = found().scenario(LIBRARY)
    assert attrs.evolve(read, name="", notes={}) == attrs.evolve(mine, name="", notes={})
    assert {key: one for key, one in tomllib.loads(found().text).items() if key != "notes"} == found().made


# ---- held out ----


def test_what_is_held_out_is_foretold_from_what_came_before_only() -> None:
    mine = calibrate(log(), LIBRARY, hold_out=2, match=False)
    held = mine.held
    assert held is not None and (str(held.first), str(held.last)) == ("2024-05-01", "2024-06-30")
    came = (
        log().events.filter(pl.col("event") == "contact.receive").with_columns(on=pl.from_epoch("day", time_unit="d"))
    )
    months = Counter(came["on"].dt.strftime("%Y-%m").to_list())
    assert {one.month: one.found for one in held.months} == {m: months[m] for m in ("2024-05", "2024-06")}
    audit = run(log(), LIBRARY)
    for clock in held.clocks:
        judged = audit.deadlines.filter(
            (pl.col("timer") == clock.name) & (pl.col("counted_from") >= "2024-05-01") & (pl.col("due") < "2024-06-30")
        )
        assert set(judged["status"]) <= {"met", "late", "overdue", "ended"}
        judged = judged.filter(pl.col("status") != "ended")
        assert (clock.many, clock.found) == (judged.height, pytest.approx((judged["status"] == "met").mean()))
        assert 0 <= clock.low <= clock.predicted <= clock.high <= 1
    inside = sum(one.is_in for one in held.clocks) + sum(one.is_in for one in held.months)
    assert inside >= len(held.clocks) + len(held.months) - 1
    assert f"{inside} lie in their 95% interval" in held.sentence()
    assert mine.made == calibrate(log(), LIBRARY, match=False).made  # the scenario is of the whole log


def test_a_log_of_half_a_year_has_no_quarter_held_out_unless_asked_for() -> None:
    assert calibrate(log(), LIBRARY, hold_out="quarter", match=False).held is None
    with pytest.raises(InputError, match="without its last 5 months too little is left"):
        calibrate(log(), LIBRARY, hold_out=5, match=False)


def test_of_a_year_months_are_told_and_its_last_quarter_is_held_out() -> None:
    """Schools are shut in August; the police bring as much in every month, three in ten about children referred before, of whom
    few can be seen at first, for the log begins with nobody known."""
    months = [1.0] * 7 + [0.05] + [1.0] * 4
    changes = {
        "sources__schools__by_month": months, "sources__police__per_year": 1_000, "sources__schools__per_year": 1_500,
        "sources__police__known": 0.3, "sources__schools__known": 0.0, "warm_up": "52 weeks",
    }  # fmt: skip
    source = log_by(3, ends=SMALL["starts"].replace(year=2025, day=7), **changes)
    mine = calibrate(source, LIBRARY, hold_out="quarter", match=False)
    by_code = {one["code"]: one for one in mine.made["sources"].values()}
    schools, police = (by_code[code]["by_month"] for code in ("2A", "6"))
    assert schools[7] < 0.25 * min(one for i, one in enumerate(schools) if i != 7)
    assert max(police) < 1.5 * min(police)
    assert by_code["6"]["known"] == pytest.approx(0.28, abs=0.08)  # the desk finds no child for some
    assert by_code["2A"].get("known", 0) < 0.1
    assert by_code["2A"]["on_bank_holidays"] < 0.4 < by_code["6"]["on_bank_holidays"]
    assert mine.held is not None and str(mine.held.first) == "2024-10-08" and str(mine.held.last) == "2025-01-07"
    assert (str(mine.made["starts"]), str(mine.made["ends"])) == ("2024-01-08", "2025-01-07")


# ---- any desk, any log ----

DESKS = st.fixed_dictionaries({
    "sources__police__per_year": st.integers(800, 4_000), "sources__schools__per_year": st.integers(300, 2_000),
    "sources__police__batch": st.sampled_from([{"1": 1.0}, {"1": 0.5, "2": 0.5}, {"3": 1.0}]),
    "sources__schools__known": st.sampled_from([0.0, 0.3]),
    "teams__desk__staff": st.integers(1, 6), "teams__managers__staff": st.integers(1, 3), "teams__edt__absence": st.sampled_from([0.0, 0.4]),
    "tasks__visit__chance": st.sampled_from([0.0, 0.05, 1.0]), "tasks__visit__held": st.booleans(),
    "tasks__decide__does": st.sampled_from([{"referral.accept": 1.0}, {"referral.accept": 0.02, "referral.take_no_further_action": 0.98}, {"referral.accept": 0.5}]),
    "rotas__office__weekdays": st.sampled_from(["08:30-12:00, 14:00-18:30", "all day", "10:00-10:30"]),
})  # fmt: skip


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(DESKS, st.integers(0, 9))
def test_of_any_desk_a_scenario_without_faults_is_made(changes: dict[str, Any], seed: int) -> None:
    source = log_by(seed, ends=SMALL["starts"].replace(month=3), **changes)
    came = source.events.filter(pl.col("event") == "contact.receive").height
    if came < 60:
        return
    mine = calibrate(source, LIBRARY, match=seed == 0, as_at="2024-03-08")
    assert mine.scenario(LIBRARY).tasks
    assert mine.contacts == came
    assert sum(one["per_year"] for one in mine.made["sources"].values()) == pytest.approx(came * 365.25 / 61, rel=0.25)
    for task in mine.made["tasks"].values():
        for one in (task, *task.get("for", ())):
            assert math.fsum(one.get("does", {"": 1}).values()) == pytest.approx(1, abs=1e-4)
            bands = one.get("wait", {}).get("bands", [{"share": 1}])
            assert math.fsum(band["share"] for band in bands) == pytest.approx(1, abs=1e-4)
    for one in mine.made["sources"].values():
        assert math.fsum(one.get("batch", {"": 1}).values()) == pytest.approx(1, abs=1e-4)
        assert math.fsum(one.get("priority", {"": 1}).values()) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("first", [60, 180, 240, 300])
def test_logs_with_slips_of_every_kind_are_calibrated_from(first: int) -> None:
    """Sixty small random logs together, over many years and editions, most of their steps illegal."""
    rows: list[dict[str, str]] = []
    names: dict[str, None] = {}
    for seed in range(first, first + 60):
        for row in csv.DictReader(io.StringIO(generate.log(seed))):
            made = {name: text for name, text in row.items() if name} | {"case_id": f"{seed}-{row.get('case_id')}"}
            names |= dict.fromkeys(made)
            rows.append(made)
    text = io.StringIO()
    table = csv.DictWriter(text, list(names))
    table.writeheader()
    table.writerows(rows)
    mine = calibrate(read(text.getvalue().encode()), LIBRARY, match=False)
    assert mine.scenario(LIBRARY).tasks
    assert tomllib.loads(mine.text)["tasks"] == mine.made["tasks"]
    assert any("illegal steps" in note for note in mine.notes)
