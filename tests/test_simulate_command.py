"""`frontdoor simulate`: what it prints, what it writes, and what it says of mistakes."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import sys
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any, ClassVar

import pytest
from attrs import evolve

from frontdoor.errors import InputError
from frontdoor.library import load
from frontdoor.simulation import load_scenario
from frontdoor.simulation.estimates import estimate, student
from frontdoor.simulation.experiments import find, gain, target_of, vary
from frontdoor.simulation.simulating import TASK, Simulation, measured_warm_up, simulate
from tests.commands import ROOT, frontdoor, process
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
    """More than a worker is given at once, so that the years are split among them."""
    here = frontdoor("simulate", desk, "--replications", 3 * TASK, "--json").out
    there = frontdoor("simulate", desk, "--replications", 3 * TASK, "--json", "--executor", "processes:2").out
    assert there == here


def test_a_cluster_gives_the_same_figures(desk: Path) -> None:
    distributed = pytest.importorskip("distributed", reason="the extra `dask` is not installed")
    words = ("simulate", desk, "--set", "ends=2024-12-31", "--replications", TASK + 5, "--json")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        there = frontdoor(*words, "--executor", cluster.scheduler_address)
    assert there.status == 0, there.err
    assert there.out == frontdoor(*words).out


@pytest.mark.parametrize(("days", "replications", "tasks"), [(365, 60, [25, 25, 10]), (2 * 365, 30, [13, 13, 4])])
def test_a_task_for_a_worker_is_of_at_least_25_years(days: int, replications: int, tasks: list[int]) -> None:
    class Counting(Executor):
        """Does at once what it is given, and counts how many replications that is."""

        sizes: ClassVar[list[int]] = []

        def submit(self, do: Any, /, *words: Any, **more: Any) -> Future[Any]:
            self.sizes.append(len(next(one for one in words if isinstance(one, range))))
            done: Future[Any] = Future()
            done.set_result([])
            return done

    executor = Counting()
    scenario = evolve(a_desk(days=days), warm_up=0)
    simulate(scenario, load(), replications=replications, executor=executor)
    assert executor.sizes == tasks


def test_json_has_every_figure_by_its_name(desk: Path) -> None:
    found = json.loads(frontdoor("simulate", desk, "--replications", 5, "--seed", 3, "--json").out)
    assert (found["seed"], found["replications"]) == (3, 5)
    queue, timer = found["queues"]["desk"], found["timers"]["contact.screening"]
    assert queue["wait"].keys() == timer["in_time"].keys() == {"mean", "low", "high"}
    assert queue["wait"]["low"] < queue["wait"]["mean"] < queue["wait"]["high"]
    assert queue["p50"] <= queue["p90"] <= queue["p95"]
    assert 0 < queue["utilisation"] < 1
    assert {"met", "late"} <= timer.keys()
    results = simulate(*load_scenario(desk), replications=5, seed=3).results
    wait = results.queues["desk"].wait
    assert queue["wait"] == {"mean": wait.mean, "low": wait.low, "high": wait.high}
    ours = results.timers["contact.screening"]
    assert {status: timer[status] for status in ours.counts} == ours.counts


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


def test_a_value_is_varied_over_a_list_and_each_step_has_its_paired_interval(desk: Path) -> None:
    words = ("simulate", desk, "--replications", 3, "--vary", "sources.police.per_year=1000,4000")
    said = frontdoor(*words)
    assert said.status == 0
    before, after = (
        simulate(*load_scenario(desk, changes={"sources.police.per_year": n}), replications=3).results
        for n in (1_000, 4_000)
    )
    more = gain("contact.screening", before, after)
    assert more.mean is not None and more.low is not None and more.high is not None
    (line,) = [line for line in said.out.splitlines() if re.match("4000 +[0-9.]+% \\(", line)][:1]
    assert f"{more.mean * 100:+.1f} ({more.low * 100:+.1f} to {more.high * 100:+.1f})" in line


def test_clocks_that_no_step_moves_are_named_in_one_line(desk: Path) -> None:
    said = frontdoor("simulate", desk, "--replications", 2, "--vary", 'sources.police.code="6","7"')
    assert "No step moves these by 0.05 points: contact.screening, referral.decision" in " ".join(said.out.split())


def test_demand_is_more_of_every_source_and_of_the_same_children(desk: Path) -> None:
    one, more = (
        json.loads(frontdoor("simulate", desk, "--replications", 4, "--set", f"demand={n}", "--json").out)
        for n in (1, 1.34)
    )
    assert more["contacts"]["police"] == pytest.approx(1.34 * one["contacts"]["police"], rel=0.05)


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (("--set", "teams.dask.staff=4"), 3, "there is no table [teams.dask] to set teams.dask.staff in. Did you mean desk?"),
        (("--set", "teams.desk.staff"), 2, "write PATH=VALUE"),
        (("--set", "teams.desk.staff=-1"), 3, "staff must be a whole number from 0 to 10,000"),
        (("--set", "demand=-1"), 3, "demand must be a number from 0 to 100"),
        (("--set", "sources.*.per_year=3"), 3, "there is no table [sources.*] to set sources.*.per_year in. There are: police."),
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


@pytest.mark.parametrize("wrong", ["teams.desk.staff=2,x", "teams.desk.staff=9999..10001"])
def test_a_value_that_is_none_is_refused_before_the_others_are_run(desk: Path, wrong: str) -> None:
    """A hundred thousand replications would take longer than anybody waits."""
    said = frontdoor("simulate", desk, "--replications", 100_000, "--vary", wrong)
    assert said.status == 3
    assert "staff must be a whole number from 0 to 10,000" in said.err


def test_a_log_is_no_scenario_and_a_scenario_no_log(desk: Path) -> None:
    log = ROOT / "examples" / "inspection_2009.csv"
    said = frontdoor("simulate", log)
    assert said.status == 3
    assert said.err == (
        f"frontdoor: {log}: is not TOML, so it is no scenario. Name one, which has [teams], [sources] and [tasks], "
        "like examples/barking_2015_16.toml; a log is judged by frontdoor audit.\n"
    )
    said = frontdoor("audit", desk)
    assert said.status == 3
    assert said.err == (
        f"frontdoor: {desk}: is TOML, not a log of events. A scenario is run by frontdoor simulate; a mapping goes with "
        "--mapping, a local file with --local.\n"
    )


def test_an_interrupted_run_tells_what_it_has() -> None:
    def stop(done: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    done = simulate(a_desk(days=10), load(), replications=5, told=stop)
    assert done.stopped
    assert len(done.results.replications) == 2


def stopping(at: int) -> tuple[list[int], Callable[[int], Simulation]]:
    """The values that were run, and what runs them, until at the one of this number somebody presses Ctrl-C."""
    ran: list[int] = []

    def stop(done: int) -> None:
        if len(ran) == at and done == 2:
            raise KeyboardInterrupt

    def run(value: int) -> Simulation:
        ran.append(value)
        return simulate(a_desk(staff=value, days=10), load(), replications=4, told=stop)

    return ran, run


def test_an_interruption_ends_what_is_varied_with_what_there_is() -> None:
    ran, run = stopping(2)
    steps = vary(range(1, 9), run)
    assert [len(one.results.replications) for one in steps] == [4, 2]
    assert ran == [1, 2]


def test_an_interruption_ends_a_search_without_a_finding() -> None:
    ran, run = stopping(2)
    found = find(target_of("contact.screening in time >= 60%"), range(1, 9), run)
    assert found.stopped and found.value is None
    assert sorted(len(one.results.replications) for one in found.steps) == [2, 4]
    assert len(ran) == 2


def test_what_is_interrupted_before_anything_is_done_tells_nothing() -> None:
    def run(value: int) -> Simulation:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        vary([1], run)
    with pytest.raises(KeyboardInterrupt):
        find(target_of("contact.screening in time >= 60%"), [1, 2], run)


def interrupted(*words: object, until: str) -> tuple[int, str, str]:
    """Status, output and what was said to the terminal of a command that got SIGINT once its bar said so."""
    import pty  # not on Windows

    ours, theirs = pty.openpty()
    started = process(*words, stderr=theirs)
    os.close(theirs)
    said = ""
    with contextlib.suppress(OSError):  # the other end is closed
        while some := os.read(ours, 4_096).decode(errors="replace"):
            said += some
            if re.search(until, said) and started.poll() is None:
                started.send_signal(signal.SIGINT)
                until = "never again"
    os.close(ours)
    out, _ = started.communicate(timeout=60)
    return started.returncode, out, said


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither SIGINT nor terminals of this kind")
def test_ctrl_c_prints_what_was_run_so_far(desk: Path) -> None:
    status, out, said = interrupted("simulate", desk, "--replications", 20_000, until=r"\b[1-9]%")
    assert status == 130, said
    assert "Traceback" not in said
    out = " ".join(out.split())
    found = re.search(r"Stopped after ([0-9,]+) of 20000 replications: these are their figures\.", out)
    assert found and 0 < int(found[1].replace(",", "")) < 20_000
    assert "contact.screening" in out and "%-" in out  # with intervals


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither SIGINT nor terminals of this kind")
def test_ctrl_c_while_a_value_is_varied_ends_it_and_says_of_what_the_figures_are(desk: Path) -> None:
    words = ("simulate", desk, "--replications", 20_000, "--vary", "teams.desk.staff=2..9")
    status, out, said = interrupted(*words, until=r"\b[1-9]%")
    assert status == 130, said
    out = " ".join(out.split())
    assert re.search(r"- Stopped, teams\.desk\.staff=2 after [0-9,]+ replications: these are the figures", out)


def test_an_office_that_cannot_keep_up_is_said_to() -> None:
    done = simulate(a_desk(staff=1, per_year=12_000, minutes=90, days=60), load(), replications=2)
    assert any("desk work" in note and "no average can be trusted" in note for note in done.notes)
    assert any("does not settle" in note for note in done.notes)


def test_an_empty_office_is_never_unannounced() -> None:
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


def test_a_year_goes_straight_into_a_log_of_our_own_that_verifies_and_is_audited_to_the_same_counts(
    desk: Path, tmp_path: Path
) -> None:
    log = tmp_path / "year.db"
    ran = frontdoor("simulate", desk, "--replications", 1, "--log", log, "--json")
    assert ran.status == 0, ran.err
    counts = {name: (one["met"], one["late"]) for name, one in json.loads(ran.out)["timers"].items()}
    assert frontdoor("verify", log).status == 0
    audited = json.loads(frontdoor("audit", log, "--json").out)["deadlines"]
    assert {name: (one.get("met", 0), one.get("late", 0)) for name, one in audited.items()} == counts


def test_a_log_that_cannot_be_written_is_refused_before_anything_is_run(desk: Path, tmp_path: Path) -> None:
    there = tmp_path / "kept.db"
    there.write_bytes(b"not to be touched")
    ran = frontdoor("simulate", desk, "--log", there)
    assert (ran.status, ran.out) == (2, "")
    assert "is there already" in ran.err
    assert there.read_bytes() == b"not to be touched"
    ran = frontdoor("simulate", desk, "--log", tmp_path / "year.docx")
    assert (ran.status, ran.out) == (3, "")
    assert "no format that is written" in ran.err


def test_a_clock_that_nothing_stops_is_said_to_be_so(desk: Path) -> None:
    ran = frontdoor("simulate", desk, "--replications", 2)
    assert ran.status == 0, ran.err
    said = " ".join(ran.out.split())
    assert "referral.decision: nothing that is done here ever stops this clock" in said
    assert "contact.screening: nothing that is done" not in said
