"""`frontdoor simulate`: what it prints, what it writes, and what it says of mistakes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from frontdoor.errors import InputError
from frontdoor.library import load
from frontdoor.simulation.estimates import estimate, student
from frontdoor.simulation.experiments import find, gain, target_of
from frontdoor.simulation.simulating import Simulation, measured_warm_up, simulate
from tests.commands import frontdoor
from tests.test_simulation import ALWAYS, a_desk

DESK = """
title   = "A small desk"
starts  = 2024-01-08
ends    = 2024-02-04
warm_up = "2 weeks"

[rotas.office]
weekdays = "09:00-17:00"

[teams.desk]
role  = "social_worker"
rota  = "office"
staff = 2

[sources.police]
per_year = 3000
code     = "6"

[tasks.screen]
in     = ["contact.received"]
team   = "desk"
effort = { median = "40 minutes", ninetieth = "2 hours" }
does   = { "contact.refer" = 0.3, "contact.close" = 0.7 }

[tasks.decide]
in     = ["referral.received"]
team   = "desk"
effort = "20 minutes"
does   = { "referral.acknowledge" = 1.0 }
"""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    file = tmp_path / "desk.toml"
    file.write_text(DESK, encoding="utf-8")
    return file


def test_the_log_of_a_year_is_audited_to_the_counts_that_were_printed(desk: Path, tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    said = frontdoor("simulate", desk, "--replications", 1, "--log", log, "--json")
    assert said.status == 0, said.err
    ours = json.loads(said.out)
    theirs = json.loads(frontdoor("audit", log, "--json").out)
    assert ours["replications"] == 1
    for name, counts in theirs["deadlines"].items():
        for status in ("met", "late", "ended"):
            assert ours["timers"][name][status] == counts.get(status, 0), (name, status)
    assert ours["timers"]["contact.screening"]["met"] > 0
    assert "illegal-transition" not in theirs["findings"]
    assert theirs["rejected"] == []


def test_the_log_can_be_of_any_format_that_is_written(desk: Path, tmp_path: Path) -> None:
    counts = []
    for name in ("log.csv", "log.parquet", "log.xes"):
        assert frontdoor("simulate", desk, "--replications", 1, "--log", tmp_path / name).status == 0
        counts.append(json.loads(frontdoor("audit", tmp_path / name, "--json").out)["deadlines"])
    assert counts[0] == counts[1] == counts[2]


def test_the_same_seed_gives_the_same_figures_and_another_others(desk: Path) -> None:
    first, again, other = (
        frontdoor("simulate", desk, "--replications", 2, "--seed", seed, "--json").out for seed in (5, 5, 6)
    )
    assert first == again
    assert first != other


def test_several_processes_give_the_same_figures(desk: Path) -> None:
    here = frontdoor("simulate", desk, "--replications", 3, "--json").out
    assert frontdoor("simulate", desk, "--replications", 3, "--json", "--executor", "processes:2").out == here


def test_a_value_is_set_by_its_place(desk: Path) -> None:
    few, more = (
        json.loads(frontdoor("simulate", desk, "--replications", 2, "--set", f"teams.desk.staff={n}", "--json").out)
        for n in (1, 4)
    )
    assert few["queues"]["desk"]["utilisation"] > more["queues"]["desk"]["utilisation"]
    assert few["contacts"] == more["contacts"]


def test_the_least_staff_that_reaches_a_target_is_found_and_the_one_before_it_does_not(desk: Path) -> None:
    words = (
        "simulate",
        desk,
        "--replications",
        3,
        "--vary",
        "teams.desk.staff=1..6",
        "--find",
        "contact.screening in time >= 97%",
    )
    found = json.loads(frontdoor(*words, "--json").out)
    steps = {step["value"]: step["timers"]["contact.screening"]["in_time"]["low"] for step in found["steps"]}
    assert found["found"] in steps
    assert steps[found["found"]] >= 0.97
    assert found["found"] == 1 or steps[found["found"] - 1] < 0.97
    assert f"teams.desk.staff={found['found']} is the least" in " ".join(frontdoor(*words).out.split())


def test_a_value_is_varied_over_a_list(desk: Path) -> None:
    said = frontdoor("simulate", desk, "--replications", 2, "--vary", "sources.police.per_year=1000,4000")
    assert said.status == 0
    assert "From 1000 to 4000: contact.screening" in said.out


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (("--set", "teams.dask.staff=4"), 3, "there is no table [teams.dask] to set teams.dask.staff in. Did you mean desk?"),
        (("--set", "teams.desk.staff"), 2, "write PATH=VALUE"),
        (("--set", "teams.desk.staff=-1"), 3, "staff must be a whole number from 0 to 10,000"),
        (("--find", "contact.screening in time >= 95%"), 2, "--find needs --vary"),
        (("--vary", "teams.desk.staff=5..2"), 2, "write PATH=A..B"),
        (("--vary", "teams.desk.staff=1..2", "--find", "screening soon"), 3, "is no target"),
        (("--vary", "teams.desk.staff=1..2", "--find", "contact.screaming in time >= 9%"), 3, "Did you mean contact.screening?"),
        (("--vary", "teams.desk.staff=1..2", "--find", "contact.screening urgent in time >= 9%"), 3, "there is no priority 'urgent'"),
        (("--vary", "teams.desk.staff=1..2", "--log", "x.csv"), 2, "use one of them"),
        (("--log", "nowhere/at/all.csv"), 2, "nowhere/at/all.csv cannot be written"),
    ],
)  # fmt: skip
def test_a_mistake_gets_one_clear_sentence(desk: Path, words: tuple[str, ...], status: int, sentence: str) -> None:
    said = frontdoor("simulate", desk, "--replications", 1, *words)
    assert said.status == status
    assert sentence in " ".join(said.err.split())
    assert "Traceback" not in said.err


def test_an_interrupted_run_tells_what_it_has() -> None:
    def stop(done: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    done = simulate(a_desk(days=10), load(), replications=5, told=stop)
    assert done.stopped
    assert len(done.results.replications) == 2


def test_an_office_that_cannot_keep_up_is_said_to() -> None:
    done = simulate(a_desk(staff=1, per_year=12_000, minutes=90, days=60), load(), replications=2)
    assert any("desk work" in note and "no average can be trusted" in note for note in done.notes)
    assert any("does not settle" in note for note in done.notes)


def test_an_empty_office_is_never_unannounced() -> None:
    from attrs import evolve

    done = simulate(evolve(a_desk(days=10), warm_up=0), load(), replications=1)
    assert any("starts empty" in note for note in done.notes)


def test_a_warm_up_is_as_long_as_the_work_goes_on() -> None:
    """Assessments wait up to 20 working days here: a desk without them fills at once, one with them takes weeks."""
    weeks, settled = measured_warm_up(a_desk(days=120, rota=ALWAYS, staff=4), load(), 1, quick=True)
    assert settled
    assert 2 * 7 <= weeks <= 40 * 7


def test_intervals_are_students() -> None:
    assert student(1) == pytest.approx(12.706, rel=1e-3)
    assert student(9) == pytest.approx(2.262, rel=1e-3)
    assert student(30) == pytest.approx(2.042, rel=1e-3)
    assert student(1_000) == pytest.approx(1.962, rel=1e-3)
    one = estimate([1.0, 2.0, 3.0])
    assert (one.mean, one.low) == (2.0, pytest.approx(2 - 4.303 / 3**0.5, rel=1e-3))
    assert estimate([4.0]).low is None


def test_a_paired_difference_is_surer_than_either() -> None:
    steps = [simulate(a_desk(staff=staff, days=40), load(), replications=4).results for staff in (2, 3)]
    between = gain("contact.screening", *steps)
    assert between.mean is not None
    means = [one.timers["contact.screening"].in_time.mean for one in steps]
    assert None not in means


def test_a_target_is_read_as_people_write_it() -> None:
    target = target_of("contact.screening urgent in time >= 99.5%")
    assert (target.timer, target.priority, target.share) == ("contact.screening", "urgent", 0.995)
    assert str(target) == "contact.screening urgent in time >= 99.5%"
    with pytest.raises(InputError):
        target_of("contact.screening in time >= 101%")


def test_bisection_runs_no_more_than_it_must() -> None:
    ran: list[int] = []

    def run(value: int) -> Simulation:
        ran.append(value)
        return simulate(a_desk(staff=value, days=30), load(), replications=2)

    found = find(target_of("contact.screening in time >= 60%"), range(1, 9), run)
    assert len(ran) == len(set(ran)) <= 5
    assert found.value is not None


def test_replications_end_when_enough_is_known_here_and_on_workers_alike(desk: Path) -> None:
    words = ("simulate", desk, "--replications", 60, "--precision", "4%", "--json")
    here = frontdoor(*words).out
    found = json.loads(here)
    assert 10 <= found["replications"] < 60
    for timer in found["timers"].values():
        assert timer["in_time"]["high"] - timer["in_time"]["low"] <= 0.08
    assert frontdoor(*words, "--executor", "processes:2").out == here


def test_a_precision_that_was_not_reached_is_said(desk: Path) -> None:
    said = frontdoor("simulate", desk, "--replications", 10, "--precision", "0.01%")
    assert "not every clock is known to 0.01% either way" in " ".join(said.out.split())
    assert frontdoor("simulate", desk, "--precision", "soon").status == 2
