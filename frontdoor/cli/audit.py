"""`frontdoor audit`: judge the records that are held against the guidance in force at the time."""

from __future__ import annotations

__all__ = ["command", "library_for", "named_library"]

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from frontdoor.cli.asking import Asked, as_object, executing, show
from frontdoor.cli.common import MOMENT, console, library_options, progress, say, say_json, write_table, written_to
from frontdoor.cli.kept import see_free
from frontdoor.cli.opening import see_whether_whole
from frontdoor.errors import did_you_mean
from frontdoor.moment import Happened

if TYPE_CHECKING:
    from frontdoor.formats import Source
    from frontdoor.library import Library
    from frontdoor.replay.audit import Audit
    from frontdoor.replay.comparing import Comparison
    from frontdoor.replay.measures.two_clocks import SideBySide
    from frontdoor.replay.sampling import Sample

_SEVERITIES = ("note", "warning", "error")


@click.command("audit")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option("--deadlines", metavar="D.csv", help="Write every deadline here ('-': standard output).")
@click.option("--findings", metavar="F.csv", help="Write every finding here ('-': standard output).")
@click.option("--measures", metavar="M.csv", help="Write every measure here, a number a row, each with its definition.")
@click.option(
    "--children", metavar="C.csv", help="Of several INPUTs, write which child is in which of them, and why not."
)
@click.option(
    "--clocks",
    metavar="K.csv",
    help="Write the clocks that guidance and census count differently, and those --stated, side by side.",
)
@click.option(
    "--stated",
    metavar="TIMER=LENGTH",
    multiple=True,
    help="What the authority itself says: 'conference.hold=15 days', 'referral.decision=24 hours from contact.receive'.",
)
@click.option(
    "--report", metavar="R.html|R.xlsx", multiple=True, help="Write a report to hand over: a page or a workbook."
)
@click.option("--json", "as_json", is_flag=True, help="Print the counts as one JSON object instead of the summary.")
@click.option("--as-at", type=MOMENT, metavar="T", help="Judge as at this date or moment (default: the source's own).")
@click.option("--as-known-at", type=MOMENT, metavar="T", help="Leave out what was recorded later than this.")
@click.option(
    "--fail-on",
    metavar="RULE|SEVERITY",
    help="Exit with 1 if this rule, or this severity or worse, is found ('rejected': if any row was).",
)
@click.option(
    "--only",
    metavar="WHAT=VALUE",
    multiple=True,
    help="Measure only a part: team=, worker=, source=, priority=, workflow= or period=2009-10-01/2009-12-31 (of opening).",
)
@click.option(
    "--against",
    metavar="FILE|WHAT=VALUE",
    multiple=True,
    help="Compare with another file, another part (as for --only), or the same records under local=FILE or guidance=EDITION.",
)
@click.option("--sample", metavar="N|P%", help="Draw so many cases, or such a share, for people to look at.")
@click.option(
    "--by", metavar="GROUP", multiple=True, help="Draw them from each worker, team, source, priority, month or timer."
)
@click.option(
    "--spread", metavar="STRATUM", default="", help="Spread what is drawn over this, such as verdict or month."
)
@click.option("--seed", default="0", metavar="TEXT", help="Another seed draws other cases; the same one the same.")
@click.option(
    "--mapping", metavar="M.toml", help="Read a CSV file of another shape through this mapping of its columns."
)
@click.option("--case-type", metavar="TYPE", help="The objects of an OCEL file that are the cases.")
@click.option("--format", "format_", metavar="NAME", help="Read every INPUT as this format, not as it looks.")
@click.option(
    "--executor",
    metavar="processes[:N]|ADDRESS",
    help="Fold on other processes, or on a dask cluster at tcp://HOST:PORT.",
)
@click.option("--quiet", "-q", is_flag=True, help="No progress bar.")
@library_options
def command(
    inputs: tuple[str, ...],
    *,
    deadlines: str | None,
    findings: str | None,
    measures: str | None,
    children: str | None,
    clocks: str | None,
    stated: tuple[str, ...],
    report: tuple[str, ...],
    as_json: bool,
    as_at: Happened | None,
    as_known_at: Happened | None,
    fail_on: str | None,
    only: tuple[str, ...],
    against: tuple[str, ...],
    sample: str | None,
    by: tuple[str, ...],
    spread: str,
    seed: str,
    mapping: str | None,
    case_type: str | None,
    format_: str | None,
    executor: str | None,
    quiet: bool,
    local: tuple[str, ...],
    guidance: str | None,
    workflows: str | None,
) -> int:
    """Judge INPUT, each case under the guidance it was opened under: a flat event log (CSV, Parquet), a CIN census, an Annex A
    workbook, an SSD extract (a folder, or zipped), a payload of the daily API, an event log in XES or OCEL 2.0, any CSV file
    through a --mapping, or a log of frontdoor's own, which is judged by the workflows that it has kept, unless others are named.

    Several INPUTs are matched by child and time; where they contradict each other, the first is believed.

    \b
    Example:
      frontdoor audit log.csv --as-at 2009-11-19 --findings findings.csv
      frontdoor audit annex_a.xlsx census.xml --report report.html
      frontdoor audit log.csv --only period=2009-10-01/2009-12-31 --against period=2009-07-01/2009-09-30
      frontdoor audit log.csv --sample 2 --by worker --seed 2009-11 --report forms.html
    """
    written = [path for path in (deadlines, findings, measures, children, clocks, *report) if path is not None]
    asked = Asked.of(only, against, sample, by, spread, seed, stated, used=measures is not None)
    apart([*inputs, *asked.files], written)
    for path in written:
        see_free(path)
    for path in report:
        if not path.lower().endswith((".html", ".htm", ".xlsx")):
            raise click.UsageError(f"{path} is no report that can be written: name a file that ends in .html or .xlsx.")
    if children and len(inputs) < 2:
        raise click.UsageError("--children tells of several INPUTs which child is in which of them: name two at least.")
    from frontdoor import fast
    from frontdoor.formats import read
    from frontdoor.replay import audit
    from frontdoor.report import summary

    with progress(5, quiet=quiet or as_json) as stage:
        stage(f"reading {', '.join(inputs)}")
        named = named_library(local, guidance, workflows, mapping=mapping)
        see_whether_whole([*inputs, *asked.files])
        source = read(*inputs, format=format_, mapping=mapping, case_type=case_type, library=named, hashed=bool(report))
        if as_at is None and source.format == "frontdoor-log":
            _say_dated_later(source)
        stage("reading the workflows")
        library = library_for(source, named)
        _check(fail_on, {finding.rule for finding in source.findings})
        compiles = source.events.height >= audit.COMPILE_FROM and fast.available() and not fast.is_warm()
        if compiles and not quiet:
            click.echo("frontdoor: compiling the kernel for this machine, once, for about half a minute.", err=True)
        stage("compiling" if compiles else "judging")
        with executing(executor) as workers:
            found = audit.run(source, library, as_at=as_at, as_known_at=as_known_at, executor=workers)
        comparison = asked.compared(found, library, workflows=workflows, as_at=as_at, as_known_at=as_known_at)
        drawn = asked.drawn(found)
        sides = asked.sides(found) if clocks or asked.stated or report else None
        stage("writing")
        _write_tables(found, asked, sides or (), deadlines, findings, measures, children, clocks)
        for path in report:
            _report(found, path, drawn, comparison, sides or (), only=asked.part(found).among)
    sides = sides if clocks or asked.stated else None
    if as_json:
        say_json(summary.as_object(found) | as_object(comparison, drawn, sides))
    elif "-" not in written:
        show(found, comparison, drawn, sides, console(), reports=report)
    else:
        for line in summary.aside(found):
            click.echo(line, err=True)
    if not source.events.height:
        return 3  # nothing of it could be read
    return int(fail_on is not None and summary.has(found, fail_on))


def _say_dated_later(source: Source) -> None:
    """Say of a log that it has events dated later than it is: its last moment, by default that judged from, is still to come."""
    import polars as pl

    from frontdoor.clock import SystemClock
    from frontdoor.moment import instant, written
    from frontdoor.report.words import count

    now = SystemClock().now().replace(microsecond=0)
    is_later = pl.max_horizontal("happened_from", "recorded_from") > instant(now)
    many = source.events.filter(is_later & pl.col("known_to").is_null()).height
    if many:
        say(
            f"frontdoor: {source.name}: {count(many, 'event')} of it {'is' if many == 1 else 'are'} dated later than this computer's "
            f"clock, and all is judged as at the last of them. As at now: --as-at {written(now)}.", err=True,
        )  # fmt: skip


def _write_tables(
    found: Audit, asked: Asked, sides: Sequence[SideBySide], deadlines: str | None, findings: str | None, measures: str | None,
    children: str | None, clocks: str | None,
) -> None:  # fmt: skip
    """Write each table that a file is named for."""
    if deadlines:
        write_table(found.deadline_slices(), deadlines)
    if findings:
        write_table(found.finding_slices(), findings)
    if measures:
        from frontdoor.replay.measures import every
        from frontdoor.report.asked import measures_table

        write_table(measures_table([*every(asked.part(found)), *(one.measure for one in sides)]), measures)
    if children and found.source.matches is not None:
        write_table(found.source.matches.children, children)
    if clocks:
        from frontdoor.report.asked import sides_table

        write_table(sides_table(sides), clocks)


def _report(
    found: Audit, path: str, drawn: Sample | None, comparison: Comparison | None, sides: Sequence[SideBySide], *, only: str,
) -> None:  # fmt: skip
    with written_to(path):
        if path.lower().endswith(".xlsx"):
            from frontdoor.report import workbook

            workbook.write(found, path, sample=drawn, comparison=comparison, sides=sides)
        else:
            from frontdoor.report import html

            html.write(found, path, sample=drawn, comparison=comparison, sides=sides, only=only)


def named_library(
    local: tuple[str, ...], guidance: str | None, workflows: str | None, *, mapping: str | None = None
) -> Library | None:
    """The workflows that are named, with the shipped ones for a mapping to be held to; None where nothing is said."""
    from frontdoor.library import load

    return load(workflows, local=local, guidance=guidance) if workflows or local or guidance or mapping else None


def library_for(source: Source, named: Library | None) -> Library | None:
    """The workflows to judge a source by: those that are named, else (None) its own, else the shipped ones.

    The source's notes say so where they are its own.
    """
    from frontdoor.library import load

    if named is not None or source.library is None:
        return named or load()
    over = ", ".join(one.file for one in source.library.locals)
    laid = f", with {over} laid over" if over else ""
    source.notes.append(
        f"Judged by the workflows that the log itself has kept{laid}; --local or --guidance judges by others."
    )
    return None


def apart(inputs: list[str], written: list[str]) -> None:
    """What is read and what is written must be different files."""
    named = [path for path in inputs if path != "-"]
    places = {os.path.realpath(path + end) for path in named for end in ("", "-wal", "-shm", "-journal")}
    marks = {_mark(path) for path in named if os.path.exists(path)}  # links, too
    seen: set[str] = set()
    for path in written:
        if path == "-":
            if path in seen:
                raise click.UsageError("only one table can go to standard output.")
            seen.add(path)
            continue
        real = os.path.realpath(path)
        if real in places | seen or (os.path.exists(path) and _mark(path) in marks):
            raise click.UsageError(f"{path} is named twice: what is read and what is written must be different files.")
        seen.add(real)


def _mark(path: str) -> tuple[int, int]:
    at = os.stat(path)
    return at.st_dev, at.st_ino


def _check(fail_on: str | None, own: set[str]) -> None:
    from frontdoor.replay.findings import RULES

    known = [*_SEVERITIES, "rejected", *RULES, *sorted(own)]
    if fail_on is not None and fail_on not in known and not fail_on[:1].isdigit():
        raise click.BadParameter(
            f"{fail_on!r} is neither a rule nor a severity.{did_you_mean(fail_on, known)}", param_hint="--fail-on"
        )
