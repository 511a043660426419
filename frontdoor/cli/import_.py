"""`frontdoor import`: bring a file of records into a log, all of it looked at first."""

from __future__ import annotations

__all__ = ["command"]

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from frontdoor.cli import completing
from frontdoor.cli.common import counting, library_options, say, say_json
from frontdoor.cli.opening import at_desk, is_there, keys_option, see_whether_whole

if TYPE_CHECKING:
    from frontdoor.desk.importing import Import

_SHOWN = 50
"""Problems that are printed; all are in --json."""
_NAMED = 20
"""Rows left out that are named in the result; all are in --json."""


@click.command("import")
@click.argument("log")
@click.argument("file")
@click.option("--dry-run", is_flag=True, help="Look it over and say what would be recorded; write nothing.")
@click.option("--despite", metavar="REASON", help="Record what has happened, although something speaks against it.")
@click.option("--leave-out", is_flag=True, help="Leave out the rows that cannot be recorded at all.")
@click.option("--actor", metavar="WHO", default="import", show_default=True, help="Who imports it.")
@click.option(
    "--role",
    metavar="ROLE",
    default="system",
    show_default=True,
    help="In which role.",
    shell_complete=completing.roles,
)
@click.option(
    "--format", "format_", metavar="NAME", help="Read as this format (flat-csv, cin-census and so on), not as it looks."
)
@click.option(
    "--mapping", metavar="M.toml", help="Read a CSV file of another shape through this mapping of its columns."
)
@click.option("--json", "as_json", is_flag=True, help="Print what was found, with every problem, as one JSON object.")
@keys_option
@library_options
def command(
    log: str,
    file: str,
    *,
    dry_run: bool,
    despite: str | None,
    leave_out: bool,
    actor: str,
    role: str,
    format_: str | None,
    mapping: str | None,
    as_json: bool,
    keys: str | None,
    local: tuple[str, ...],
    guidance: str | None,
    workflows: str | None,
) -> int:
    """Record the events of FILE in LOG (made if it is not there), as facts of another system.

    All rows are looked at first, and every problem is listed. While there is any, nothing is recorded (exit status 3): mend
    the file, or say --despite why what an audit would find is recorded all the same, and --leave-out for rows that cannot
    be. The same file twice adds nothing; an import that was stopped goes on where it was.

    \b
    Example:
      frontdoor import borough.db log.csv --dry-run
    """
    if os.path.realpath(file) == os.path.realpath(log):
        raise click.UsageError(f"{log} cannot be imported into itself.")
    from frontdoor.cli.audit import named_library
    from frontdoor.desk import importing
    from frontdoor.formats import read

    named: dict[str, Any] = {"local": local, "guidance": guidance, "workflows": workflows}
    library = named_library(**named, mapping=mapping) if mapping else None
    see_whether_whole([file])
    source = read(file, format=format_, mapping=mapping, library=library, hashed=False)
    with at_desk(log if is_there(log) else None, read_only=dry_run, keys=keys, **named) as desk:
        looked = importing.look_over(desk, source)
        if leave_out:
            looked = importing.without_barred(desk, looked)
    held = any(not leave_out if one.bars_facts else despite is None for one in looked.problems)
    if not (dry_run or held):
        with (
            at_desk(log, create=True, keys=keys, **named) as desk,
            counting(len(looked.drafts), f"recording {file}") as progress,
        ):
            looked = importing.bring_in(
                desk, looked, actor=actor, role=role, despite=despite, leave_out=leave_out, progress=progress
            )
    if as_json:
        say_json(_object(looked, dry_run=dry_run))
    else:
        _say_problems(looked)
        say(_result(looked, dry_run=dry_run, held=held))
    return 3 if held else 0


def _object(looked: Import, *, dry_run: bool) -> dict[str, Any]:
    return {
        "file": looked.source.name, "format": looked.source.format, "new": len(looked.drafts), "known": looked.known,
        "recorded": looked.recorded, "left_out": list(looked.left_out), "dry_run": dry_run, "problems": [one._asdict() for one in looked.problems],
    }  # fmt: skip


def _say_problems(looked: Import) -> None:
    for problem in looked.problems[:_SHOWN]:
        say(f"frontdoor: {looked.source.name}: {problem}", err=True)
    more = len(looked.problems) - _SHOWN
    if more > 0:
        say(f"frontdoor: and {more:,} more problems; --json lists them all.", err=True)


def _result(looked: Import, *, dry_run: bool, held: bool) -> str:
    """What came of it, in a sentence or two."""
    from frontdoor.report.words import all_of, count

    new, known = len(looked.drafts), looked.known
    there = f"; {known:,} {'was' if known == 1 else 'were'} in the log already" if known else ""
    if held:
        mends = ["mend the file"]
        if any(not one.bars_facts for one in looked.problems):
            mends.append("record what has happened with --despite and why")
        if any(one.bars_facts for one in looked.problems):
            mends.append("leave out what cannot be recorded with --leave-out")
        return (
            f"Nothing was recorded{there}: {count(len(looked.problems), 'problem')} in {looked.source.name}. "
            f"{all_of(mends, last='or').capitalize()}."
        )
    left = _left_out(looked.left_out)
    if dry_run:
        return f"{count(new, 'event')} would be recorded{there}{left}. Nothing was, for this was a dry run."
    if not looked.recorded:
        return f"Nothing was recorded{there + left or ': there was nothing to record'}."
    return f"{count(looked.recorded, 'event')} recorded{there}{left}."


def _left_out(rows: Sequence[int]) -> str:
    """'; 3 rows left out: 101, 157, 462'; nothing where none was."""
    from frontdoor.report.words import count

    if not rows:
        return ""
    more = len(rows) - _NAMED
    rest = f" and {more:,} more (--json lists them all)" if more > 0 else ""
    return f"; {count(len(rows), 'row')} left out: {', '.join(map(str, rows[:_NAMED]))}{rest}"
