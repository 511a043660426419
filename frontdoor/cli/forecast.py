"""`frontdoor forecast`: which of the deadlines that run now are likely to be missed."""

from __future__ import annotations

__all__ = ["command"]

from datetime import datetime
from typing import TYPE_CHECKING

import click

from frontdoor.cli.audit import apart
from frontdoor.cli.common import MOMENT, compiling_once, console, counting, progress, say_json, seed_option, write_table
from frontdoor.cli.kept import see_free
from frontdoor.moment import Happened

if TYPE_CHECKING:
    import polars as pl

    from frontdoor.forecasting import Forecast
    from frontdoor.replay.audit import Audit
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
@seed_option
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
    see_free(deadlines or "-")
    from frontdoor.cli.opening import see_whether_whole
    from frontdoor.forecasting import forecast, moments_of, score
    from frontdoor.formats import read
    from frontdoor.library import load
    from frontdoor.replay.audit import run
    from frontdoor.report import foreseen
    from frontdoor.simulation import load_scenario

    with progress(2, quiet=as_json) as stage:
        stage(f"reading {log}")
        see_whether_whole([log])
        source = read(log)
        named, library = load_scenario(scenario, workflows=workflows) if scenario else (None, None)
        if library is None and (workflows or source.library is None):
            library = load(workflows)

        def audited(moment: Happened | None) -> Audit:
            """As at a moment, and as it was known then."""
            return run(source, library, as_at=moment, as_known_at=moment)

        stage("learning how the desk works")
        audit = audited(as_at)
        desk = named or _learnt(audit)
    compiling_once(replications)
    with counting(100, "running the desk on") as told:
        found = forecast(
            audit, desk, audit.library, days=days, replications=replications, seed=seed, options=not no_options,
            told=lambda done, total: told(100 * done // total),
        )  # fmt: skip
    scored, notes = None, [*found.cautions]
    if weeks:
        past = moments_of(found.starts, days, weeks)
        if scenario:
            notes.append("If the scenario was made of what it is scored on here, it looks better than it is.")
        else:
            desk = _learnt(audited(past[0]))
        with counting(weeks, "looking back") as told:

            def again(moment: datetime) -> Forecast:
                told(past.index(moment))
                many = min(replications, _TO_SCORE)
                then = audited(moment)
                return forecast(then, desk, then.library, days=days, replications=many, seed=seed, options=False)

            scored = score(audited(None), past, days, again)
    if deadlines:
        write_table(_table(found), deadlines)
    if as_json:
        say_json(foreseen.as_object(found, scored, notes))
    elif deadlines != "-":
        foreseen.show(found, scored, notes, console())
    return 0


def _learnt(audit: Audit) -> Scenario:
    """The desk as the log, up to the moment of an audit, says of itself."""
    from frontdoor.calibration import calibrated

    return calibrated(audit, match=False).scenario(audit.library)


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
