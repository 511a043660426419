"""`frontdoor show`: a case, all of it."""

from __future__ import annotations

__all__ = ["command"]

import click

from frontdoor.cli import completing
from frontdoor.cli.common import MOMENT, library_options, say_json
from frontdoor.cli.opening import as_at, at_desk, keys_option, say_came_back
from frontdoor.moment import Happened


@click.command("show")
@click.argument("log")
@click.argument("case", shell_complete=completing.cases)
@click.option("--at", type=MOMENT, metavar="T", help="As at this moment, or the end of this date (default: now).")
@click.option("--ids", is_flag=True, help="Name each event's id, as `frontdoor correct` wants it.")
@click.option("--json", "as_json", is_flag=True, help="Print the case as one JSON object.")
@keys_option
@library_options
def command(
    log: str,
    case: str,
    *,
    at: Happened | None,
    ids: bool,
    as_json: bool,
    keys: str | None,
    local: tuple[str, ...],
    guidance: str | None,
    workflows: str | None,
) -> int:
    """Show CASE in LOG: its episodes, the whole timeline in the order things happened, its deadlines with the time left, its
    breaches, and what may be done next, by whom, needing what.

    \b
    Example:
      frontdoor show borough.db C-1
    """
    with at_desk(log, read_only=True, keys=keys, local=local, guidance=guidance, workflows=workflows) as desk:
        found = desk.case(case, as_at=as_at(at, desk.clock.now()))
        allowed = desk.allowed(case) if at is None else None
        say_came_back(desk, case)
        if as_json:
            from frontdoor.report.objects import case_object

            say_json(case_object(found, calendar=desk.library.calendar, allowed=allowed))
            return 0
        from frontdoor.report.case_text import lines

        for line in lines(found, library=desk.library, allowed=allowed, ids=ids, now=at is None):
            click.echo(line)
    return 0
