"""`frontdoor audit`: judge a file of records against the guidance in force at the time."""

from __future__ import annotations

__all__ = ["command", "library_for"]

import os
from typing import TYPE_CHECKING

import click

from frontdoor.cli.common import MOMENT, console, library_options, progress, write_table
from frontdoor.errors import did_you_mean
from frontdoor.moment import Happened

if TYPE_CHECKING:
    from frontdoor.formats import Source
    from frontdoor.library import Library

_SEVERITIES = ("note", "warning", "error")


@click.command("audit")
@click.argument("file")
@click.option("--deadlines", metavar="D.csv", help="Write every deadline here ('-': standard output).")
@click.option("--findings", metavar="F.csv", help="Write every finding here ('-': standard output).")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as one JSON object instead of the summary.")
@click.option("--as-at", type=MOMENT, metavar="T", help="Judge as at this date or moment (default: the source's own).")
@click.option("--as-known-at", type=MOMENT, metavar="T", help="Leave out what was recorded later than this.")
@click.option(
    "--fail-on",
    metavar="RULE|SEVERITY",
    help="Exit with 1 if this rule, or this severity or worse, is found ('rejected': if any row was).",
)
@click.option(
    "--format", "format_", metavar="NAME", help="Read as this format (flat-csv, cin-census), not as it looks."
)
@click.option("--quiet", "-q", is_flag=True, help="No progress bar.")
@library_options
def command(
    file: str,
    *,
    deadlines: str | None,
    findings: str | None,
    as_json: bool,
    as_at: Happened | None,
    as_known_at: Happened | None,
    fail_on: str | None,
    format_: str | None,
    quiet: bool,
    local: tuple[str, ...],
    guidance: str | None,
    workflows: str | None,
) -> int:
    """Judge FILE (a flat event log in CSV, a CIN census in XML, or a log of frontdoor's own), each case under the guidance it
    was opened under. A log of our own is judged by the workflows that it has kept, unless others are named.

    \b
    Example:
      frontdoor audit log.csv --as-at 2009-11-19 --findings findings.csv
    """
    _apart(file, deadlines, findings)
    from frontdoor import fast
    from frontdoor.formats import read
    from frontdoor.replay import audit
    from frontdoor.report import summary

    with progress(5, quiet=quiet or as_json) as stage:
        stage(f"reading {file}")
        source = read(file, format=format_)
        stage("reading the workflows")
        library = library_for(source, local=local, guidance=guidance, workflows=workflows)
        _check(fail_on, {finding.rule for finding in source.findings})
        compiles = source.events.height >= audit.COMPILE_FROM and fast.available() and not fast.is_warm()
        if compiles and not quiet:
            click.echo("frontdoor: compiling the kernel for this machine, once, for about half a minute.", err=True)
        stage("compiling" if compiles else "judging")
        found = audit.run(source, library, as_at=as_at, as_known_at=as_known_at)
        stage("writing")
        if deadlines:
            write_table(found.deadlines, deadlines)
        if findings:
            write_table(found.findings, findings)
    if as_json:
        import json

        click.echo(json.dumps(summary.as_object(found), ensure_ascii=False, indent=2))
    elif "-" not in (deadlines, findings):
        summary.show(found, console())
    else:
        for line in summary.aside(found):
            click.echo(line, err=True)
    if not source.events.height:
        return 3  # nothing of it could be read
    return int(fail_on is not None and summary.has(found, fail_on))


def library_for(
    source: Source, *, local: tuple[str, ...], guidance: str | None, workflows: str | None
) -> Library | None:
    """The workflows to judge a source by: those that are named, else (None) its own, else the shipped ones.

    The source's notes say so where they are its own.
    """
    from frontdoor.library import load

    if source.library is None or local or guidance or workflows:
        return load(workflows, local=local, guidance=guidance)
    over = ", ".join(one.file for one in source.library.locals)
    laid = f", with {over} laid over" if over else ""
    source.notes.append(
        f"Judged by the workflows that the log itself has kept{laid}; --local or --guidance judges by others."
    )
    return None


def _apart(*paths: str | None) -> None:
    """The input and the tables must be different files."""
    named = [os.path.realpath(path) for path in paths if path not in (None, "-")]
    files = [(at.st_dev, at.st_ino) for at in (os.stat(path) for path in named if os.path.exists(path))]  # links, too
    beside = {named[0] + end for end in ("-wal", "-shm")} & set(named[1:]) if paths[0] != "-" else set()
    if len(set(named)) < len(named) or len(set(files)) < len(files) or beside:
        raise click.UsageError("FILE, --deadlines and --findings must be different files: one would overwrite another.")
    if paths[1:] == ("-", "-"):
        raise click.UsageError("--deadlines and --findings cannot both go to standard output.")


def _check(fail_on: str | None, own: set[str]) -> None:
    from frontdoor.replay.findings import RULES

    known = [*_SEVERITIES, "rejected", *RULES, *sorted(own)]
    if fail_on is not None and fail_on not in known and not fail_on[:1].isdigit():
        raise click.BadParameter(
            f"{fail_on!r} is neither a rule nor a severity.{did_you_mean(fail_on, known)}", param_hint="--fail-on"
        )
