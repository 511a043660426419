"""`frontdoor forecast`: which of the deadlines that run now are likely to be missed."""

from __future__ import annotations

__all__ = ["command"]

from datetime import datetime
from typing import TYPE_CHECKING

import click

from frontdoor.cli.audit import apart
from frontdoor.cli.common import MOMENT, compiling_once, console, counting, progress, say_json, write_table
from frontdoor.moment import Happened

if TYPE_CHECKING:
    import polars as pl

    from frontdoor.forecasting import Forecast
    from frontdoor.formats import Source
    from frontdoor.library import Library
    from frontdoor.simulation import Scenario

_TO_SCORE = 100


@click.command("forecast")
@click.argument("log")
@click.option(
    "--days",
    type=click.IntRange(1, 366),
    default=10,
    show_default=True,
    help="How many days to look ahead, today and weekends included.",
)
@click.option(
    "--scenario", metavar="FILE", help="Who works there, and what work takes (default: as `calibrate` reads LOG)."
)
@click.option("--as-at", type=MOMENT, metavar="T", help="The moment to start from (default: the log's last).")
@click.option(
    "--replications", type=click.IntRange(10, 100_000), default=200, show_default=True, help="How many times it is run."
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**63 - 1),
    default=1,
    show_default=True,
    help="The same seed gives the same numbers.",
)
@click.option(
    "--score", "weeks", type=click.IntRange(1, 104), metavar="WEEKS",
    help="Make the same forecast in each of so many past weeks, and compare it with what came.",
)  # fmt: skip
@click.option("--no-options", is_flag=True, help="Do not run what other staffing would save: quicker.")
@click.option(
    "--deadlines",
    metavar="FILE",
    help="Write every deadline that falls due in them with its probability as CSV ('-': print it).",
)
@click.option("--workflows", metavar="DIR", help="A folder of workflow files instead of the shipped ones.")
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON.")
def command(
    log: str, *, days: int, scenario: str | None, as_at: Happened | None, replications: int, seed: int, weeks: int | None, no_options: bool,
    deadlines: str | None, workflows: str | None, as_json: bool,
) -> int:  # fmt: skip
    """Start from the work that is open in LOG, run the desk on many times, and say which deadlines are likely to be missed,
    and what one more person, or one moved to another team, would save.

    \b
    Example:
      frontdoor forecast log.csv --days 10
      frontdoor forecast log.csv --scenario ours.toml --score 12
      frontdoor forecast log.csv --scenario ours.toml --deadlines tomorrow.csv
    """
    if deadlines == "-" and (weeks or as_json):
        raise click.UsageError("--deadlines - prints the table alone: name a file for it beside --score or --json.")
    apart([path for path in (log, scenario) if path], [deadlines] if deadlines and deadlines != "-" else [])
    from frontdoor.forecasting import forecast, moments_of, score
    from frontdoor.formats import read
    from frontdoor.replay.audit import Audit, run
    from frontdoor.report import foreseen

    with progress(2, quiet=as_json) as stage:
        stage(f"reading {log}")
        source = read(log)
        stage("learning how the desk works")
        desk, library = _desk(source, scenario, workflows, as_at)

    def audited(moment: Happened | None) -> Audit:
        """As at a moment, and as it was known then."""
        own = source.library is not None and not (workflows or scenario)
        return run(source, None if own else library, as_at=moment, as_known_at=moment)

    compiling_once(replications)
    with counting(100, "running the desk on") as told:
        found = forecast(
            audited(as_at), desk, library, days=days, replications=replications, seed=seed, options=not no_options,
            told=lambda done, total: told(100 * done // total),
        )  # fmt: skip
    scored, notes = None, [*found.cautions]
    if weeks:
        past = moments_of(found.starts, days, weeks)
        if scenario:
            notes.append("If the scenario was made of what it is scored on here, it looks better than it is.")
        else:
            desk, library = _desk(source, None, workflows, past[0])
        with counting(weeks, "looking back") as told:

            def again(moment: datetime) -> Forecast:
                told(past.index(moment))
                many = min(replications, _TO_SCORE)
                return forecast(audited(moment), desk, library, days=days, replications=many, seed=seed, options=False)

            scored = score(audited(None), past, days, again)
    if deadlines:
        write_table(_table(found), deadlines)
    if as_json:
        say_json(foreseen.as_object(found, scored, notes))
    elif deadlines != "-":
        foreseen.show(found, scored, notes, console())
    return 0


def _desk(
    source: Source, scenario: str | None, workflows: str | None, as_at: Happened | None
) -> tuple[Scenario, Library]:
    """The scenario that was named, or what the log, up to a moment, says of itself."""
    from frontdoor.simulation import load_scenario

    if scenario:
        return load_scenario(scenario, workflows=workflows)
    from frontdoor.calibration import calibrate
    from frontdoor.library import load

    library = source.library if source.library and not workflows else load(workflows)
    return calibrate(source, library, as_at=as_at, hold_out=None, match=False).scenario(library), library


def _table(found: Forecast) -> pl.DataFrame:
    """Every deadline that is not late and falls due in the days, the likeliest to be missed first."""
    import polars as pl

    rows = [
        (
            one.case,
            one.timer,
            one.due,
            *(round(each or 0.0, 4) for each in (one.missed.mean, one.missed.low, one.missed.high)),
        )
        for one in found.deadlines
    ]
    columns = {
        "case_id": pl.String,
        "timer": pl.String,
        "due": pl.String,
        "probability": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
    }
    return pl.DataFrame(rows, schema=columns, orient="row")
