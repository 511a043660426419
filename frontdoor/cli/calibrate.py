"""`frontdoor calibrate`: a scenario for `frontdoor simulate`, made of a log that was replayed."""

from __future__ import annotations

__all__ = ["command"]

import os
import re

import click

from frontdoor.cli.audit import apart
from frontdoor.cli.common import MOMENT, console, progress, say_json, say_table, written_to
from frontdoor.cli.kept import SCENARIO, see_free
from frontdoor.moment import Happened

MONTHS = re.compile(r"[1-9][0-9]?|none")


@click.command("calibrate")
@click.argument("log", required=False)
@click.option("--out", metavar="FILE", help="Write the scenario here (default: print it).")
@click.option(
    "--hold-out", metavar="MONTHS|none",
    help="Predict so many months at the log's end from what comes before, and compare (default: its last quarter, of a year or more).",
)  # fmt: skip
@click.option(
    "--as-at", type=MOMENT, metavar="T", help="Use only what had happened, and was recorded, by this date or moment."
)
@click.option("--workflows", metavar="DIR", help="A folder of workflow files instead of the shipped ones.")
@click.option("--json", "as_json", is_flag=True, help="Print every figure, and where it comes from, as JSON.")
@click.option("--from-dfe", metavar="FOLDER", help="Make it of published tables in this folder, not of a LOG.")
@click.option("--authority", metavar="NAME", help="With --from-dfe: whose tables.")
@click.option("--year", metavar="YEAR", help="With --from-dfe: of which year, like 2015-16.")
def command(
    log: str | None, *, out: str | None, hold_out: str | None, as_at: Happened | None, workflows: str | None, as_json: bool,
    from_dfe: str | None, authority: str | None, year: str | None,
) -> int:  # fmt: skip
    """Make a scenario for `frontdoor simulate` of LOG, a file of events: how many contacts come and when, who works and when,
    what leads to what, and how long it takes.

    Each figure says whether it was counted in the log, estimated from it, inferred, or assumed. What the log's last quarter
    would have been by what came before is compared with what it was.

    \b
    Example:
      frontdoor calibrate log.csv --out ours.toml
      frontdoor calibrate log.csv --hold-out 6 --out ours.toml
    """
    if (log is None) == (from_dfe is None):
        raise click.UsageError(
            "name a LOG to make a scenario of, or published tables with --from-dfe FOLDER: one of them."
        )
    if from_dfe is None and (authority or year):
        raise click.UsageError("--authority and --year choose from published tables: use them with --from-dfe FOLDER.")
    if from_dfe is not None:
        for name, said in (("--hold-out", hold_out), ("--as-at", as_at), ("--workflows", workflows)):
            if said is not None:
                raise click.UsageError(f"{name} is for a LOG: published tables have no use for it.")
        from frontdoor.cli import calibrate_dfe

        return calibrate_dfe.run(from_dfe, authority=authority, year=year, out=out, as_json=as_json)
    assert log is not None
    if not MONTHS.fullmatch(hold_out or "none"):
        raise click.UsageError(f"--hold-out {hold_out!r}: write how many months, like 3, or none.")
    apart([log], [out] if out is not None else [])
    see_free(out or "-", over=SCENARIO)
    if out is not None and not os.path.isdir(os.path.dirname(out) or "."):
        raise click.UsageError(f"{out} cannot be written: there is no such folder.")
    from frontdoor.calibration import calibrate
    from frontdoor.cli.opening import see_whether_whole
    from frontdoor.formats import read
    from frontdoor.library import load
    from frontdoor.report import calibrated

    library = load(workflows) if workflows else None
    months = None if hold_out is None else 0 if hold_out == "none" else int(hold_out)
    with progress(2, quiet=as_json) as stage:
        stage("reading")
        see_whether_whole([log])
        source = read(log)
        stage("calibrating")
        found = calibrate(source, library, as_at=as_at, hold_out="quarter" if months is None else months)
    if out is not None:
        with written_to(out, over=SCENARIO), open(out, "w", encoding="utf-8", newline="\n") as file:
            file.write(found.text)
    if as_json:
        say_json(calibrated.as_object(found))
    elif out is None:
        say_table(found.text)
    else:
        calibrated.show(found, console())
        console().print(f"The scenario was written to {out}: frontdoor simulate {out}", markup=False, soft_wrap=True)
    return 0
