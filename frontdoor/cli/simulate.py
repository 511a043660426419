"""`frontdoor simulate`: a duty desk as a scenario describes it, run many times."""

from __future__ import annotations

__all__ = ["command"]

import tomllib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from frontdoor.cli import simulated_log
from frontdoor.cli.asking import executing
from frontdoor.cli.audit import apart
from frontdoor.cli.common import MOMENT, compiling_once, console, counting, say_json, seed_option, written_to
from frontdoor.moment import Happened

if TYPE_CHECKING:
    from frontdoor.library import Library
    from frontdoor.simulation import Scenario, Simulation
    from frontdoor.simulation.caseload import Caseload
    from frontdoor.simulation.experiments import Step, Target


@click.command("simulate")
@click.argument("scenario")
@click.option(
    "--replications", type=click.IntRange(1, 100_000), default=20, show_default=True, help="How many times it is run."
)
@click.option(
    "--precision", metavar="POINTS",
    help="End earlier, once the share in time of every clock is known to so much either way: 1%.",
)  # fmt: skip
@seed_option
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="PATH=VALUE",
    help="Change a value of the scenario: teams.screeners.staff=4.",
)
@click.option(
    "--vary", "varied", multiple=True, metavar="PATH=A..B",
    help="Run it with each of some values: teams.screeners.staff=3..7, or =3,5,8.",
)  # fmt: skip
@click.option(
    "--find", "wanted", metavar="TARGET",
    help="With --vary: the least value that reaches a target, like 'contact.screening in time >= 95%'.",
)  # fmt: skip
@click.option(
    "--log",
    metavar="FILE",
    help="Write the first replication's year as an event log: .csv, .parquet, .xes, ...; .db: a new log of our own.",
)
@click.option(
    "--report", metavar="R.html", help="Write a page to hand over: the answer, what is assumed, and every figure with its picture."
)  # fmt: skip
@click.option(
    "--start", "begins_with", metavar="LOG", help="Start with the work that is open in this log, in place of an empty office that fills."
)  # fmt: skip
@click.option(
    "--as-at", type=MOMENT, metavar="T", help="With --start: the moment to start at (default: the log's last)."
)
@click.option("--workflows", metavar="DIR", help="A folder of workflow files instead of the shipped ones.")
@click.option(
    "--executor", metavar="WHERE", help="Run on processes (processes:4), or on a dask cluster by its address."
)
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON.")
def command(
    scenario: str, *, replications: int, precision: str | None, seed: int, changes: tuple[str, ...], varied: tuple[str, ...], wanted: str | None, log: str | None,
    report: str | None, begins_with: str | None, as_at: Happened | None, workflows: str | None, executor: str | None, as_json: bool,
) -> int:  # fmt: skip
    """Run the duty desk of SCENARIO, a TOML file, many times: what is in time, what waits and for how long.

    Every decision that is simulated goes through the same workflows, editions and calendar as an audit; each figure
    comes with the interval in which it lies with 95% confidence. Ctrl-C ends it with what is done so far.

    \b
    Example:
      frontdoor simulate examples/barking_2015_16.toml --replications 50 --report year.html
      frontdoor simulate examples/barking_2015_16.toml --set teams.screeners.staff=4
      frontdoor simulate examples/barking_2015_16.toml --set demand=1.34 --vary policies.vetting.on=false,true
      frontdoor simulate examples/barking_2015_16.toml --replications 1 --log year.csv
      frontdoor simulate examples/barking_2015_16.toml --start year.csv --as-at 2016-01-18
      frontdoor simulate examples/barking_2015_16.toml --vary teams.screeners.staff=3..7 --find "contact.screening in time >= 95%"
    """
    _go_together(varied, wanted, log, begins_with, as_at)
    vary = varied[0] if varied else None
    apart([one for one in (scenario, begins_with) if one], [path for path in (log, report) if path is not None])
    if log:
        simulated_log.can_be_written(log)
    if report:
        _can_be_written(report)
    from frontdoor.report import simulated
    from frontdoor.simulation import load_scenario, simulate
    from frontdoor.simulation.experiments import find, target_of
    from frontdoor.simulation.experiments import vary as vary_over

    compiling_once(replications)
    settings = dict(_change(one) for one in changes)
    path, values = _values(vary) if vary else ("", [])
    target = target_of(wanted) if wanted else None
    caseload: Caseload | None = None
    near = None if precision is None else _share(precision)

    def run(value: Any = None) -> Simulation:
        made = settings | {path: value} if path else settings
        read, library = load_scenario(scenario, changes=made, workflows=workflows)
        nonlocal caseload
        if begins_with and caseload is None:
            caseload = _caseload(begins_with, as_at, read, library)
        said = f"simulating {read.title}{f', {path}={value}' if path else ''}"
        with counting(replications, said) as told:
            done = simulate(
                read,
                library,
                replications=replications,
                seed=seed,
                executor=workers,
                told=told,
                log=log is not None,
                precision=near,
                caseload=caseload,
            )
        if not done.results.replications:
            raise KeyboardInterrupt
        return done

    for one in values if "," in (vary or "") else values[-1:]:  # before anything is run
        load_scenario(scenario, changes=settings | {path: one}, workflows=workflows)
    with executing(executor) as workers:
        if target:
            found = find(target, values, run)
            steps, value, stopped = found.steps, found.value, found.stopped
        elif path:
            steps, value = vary_over(values, run), None
            stopped = len(steps) < len(values) or steps[-1].simulation.stopped
        else:
            return _one(run(), replications, log, report, settings, as_json=as_json)
    if report:
        _report(report, steps, settings, path=path, values=values, target=target, found=value, stopped=stopped)
    if as_json:
        about = {"varied": path, "target": str(target) if target else None, "found": value, "stopped": stopped}
        say_json(
            about
            | {
                "steps": [
                    {"value": one.value, **one.results.to_object(), "notes": one.simulation.notes} for one in steps
                ]
            }
        )
    else:
        simulated.show_steps(path, steps, target, value, console(), settings, own=_own(scenario, path), stopped=stopped)
        if report:
            console().print(f"The report was written to {report}.", markup=False)
    return 130 if stopped else 0


def _go_together(
    varied: tuple[str, ...], wanted: str | None, log: str | None, begins_with: str | None, as_at: Happened | None
) -> None:
    """That the options that were given mean something together."""
    if len(varied) > 1:
        raise click.UsageError("one --vary at a time: give the other value with --set, and run it again with another.")
    if wanted and not varied:
        raise click.UsageError(
            "--find needs --vary: name the value to look for, like --vary teams.screeners.staff=3..7."
        )
    if varied and log:
        raise click.UsageError("--vary runs several desks, and --log writes the log of one: use one of them.")
    if as_at and not begins_with:
        raise click.UsageError("--as-at needs --start: it is the moment of the log to start at.")


def _caseload(log: str, as_at: Happened | None, scenario: Scenario, library: Library) -> Caseload:
    """What is open in a log at a moment."""
    from frontdoor.calibration.caseload import caseload_of
    from frontdoor.replay.audit import run

    return caseload_of(run(log, library, as_at=as_at), scenario.known_by)


def _can_be_written(report: str) -> None:
    """That a report is a page, and that pages can be made here: said before anything is run."""
    if not report.lower().endswith((".html", ".htm")):
        raise click.UsageError(f"{report} is no report that can be written: name a file that ends in .html.")
    from frontdoor.cli.kept import see_free
    from frontdoor.report.html.pages import environment

    see_free(report)
    environment()


def _report(
    report: str, steps: Sequence[Step], changes: Mapping[str, Any], *, path: str, values: Sequence[Any], target: Target | None, found: Any, stopped: bool
) -> None:  # fmt: skip
    """Write the page of what was varied."""
    from frontdoor.report.html import simulated

    varied = simulated.Varied(path, values, steps, target, found, stopped)
    shown = varied.shown.simulation
    with written_to(report):
        simulated.write(shown.results, shown.notes, report, changes=changes, varied=varied)


def _one(
    done: Simulation, replications: int, log: str | None, report: str | None, changes: Mapping[str, Any], *, as_json: bool
) -> int:  # fmt: skip
    """Tell of one desk, and write its report and its log where they are asked for."""
    from frontdoor.report import simulated

    notes, results = list(done.notes), done.results
    if done.stopped:
        notes.append(
            f"Stopped after {len(results.replications)} of {replications} replications: these are their figures."
        )
    if report:
        from frontdoor.report.html import simulated as html

        with written_to(report):
            html.write(results, notes, report, changes=changes)
        notes.append(f"The report was written to {report}.")
    if log and done.log is not None:
        notes += simulated_log.write(done.log, log, results.planned.compiled.library)
        notes.append(f"The year of the first replication was written to {log}: frontdoor audit {log}")
    if as_json:
        say_json(results.to_object() | {"notes": notes})
    else:
        simulated.show(results, notes, console(), changes)
    return 130 if done.stopped else 0


def _own(scenario: str, path: str) -> Any:
    """The value that a scenario's file has at a place; None: none, or it is not there by itself."""
    with open(scenario, "rb") as file:
        here: Any = tomllib.load(file)
    for name in path.split("."):
        here = here.get(name) if isinstance(here, dict) else None
    return here if isinstance(here, int | float | str) else None


def _share(said: str) -> float:
    """A share as people write it: 1%."""
    try:
        share = float(said.removesuffix("%")) / 100
    except ValueError:
        share = 0.0
    if not said.endswith("%") or not 0 < share < 1:
        raise click.UsageError(f"--precision {said!r}: write it in percent, like 1%.")
    return share


def _values(said: str) -> tuple[str, list[Any]]:
    """The values of a place: from one whole number to another, or one by one."""
    path, equals, rest = said.partition("=")
    low, dots, high = rest.partition("..")
    if dots and low.strip().isdecimal() and high.strip().isdecimal() and int(low) <= int(high) < int(low) + 1_000:
        return path.strip(), list(range(int(low), int(high) + 1))
    if dots or not equals or not rest.strip() or not path.strip():
        raise click.UsageError(f"--vary {said!r}: write PATH=A..B or PATH=A,B,C, like teams.screeners.staff=3..7.")
    return path.strip(), [_change(f"{path}={one}")[1] for one in rest.split(",")]


def _change(said: str) -> tuple[str, Any]:
    """A value to set, by its place."""
    path, equals, value = said.partition("=")
    if not equals or not path.strip():
        raise click.UsageError(f"--set {said!r}: write PATH=VALUE, like teams.screeners.staff=4.")
    try:
        return path.strip(), tomllib.loads(f"value = {value}")["value"]
    except (ValueError, RecursionError):  # TOMLDecodeError, a number too long for Python, brackets too deep
        return path.strip(), value.strip()
