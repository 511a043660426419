"""`frontdoor rebuild`: what stands in a log, made again from its events."""

from __future__ import annotations

__all__ = ["command"]

import click

from frontdoor.cli.common import library_options, say, say_json
from frontdoor.cli.opening import at_desk

_NAMED = 10
"""Cases that are named; all are in --json."""


@click.command("rebuild")
@click.argument("log")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as one JSON object.")
@library_options
def command(log: str, *, as_json: bool, local: tuple[str, ...], guidance: str | None, workflows: str | None) -> int:
    """Make the episodes, deadlines and breaches that stand in LOG beside its events again, from the events alone.

    Nothing should be different after it, unless somebody has changed them in the file. Events are never touched.

    \b
    Example:
      frontdoor rebuild borough.db
    """
    from frontdoor.report.words import all_of, count

    with at_desk(log, local=local, guidance=guidance, workflows=workflows) as desk:
        different = desk.rebuild()
        cases, events = sum(1 for _ in desk.log.cases()), desk.log.size()
    if as_json:
        say_json({"cases": cases, "events": events, "different": different})
        return 0
    found = "nothing was different"
    if different:
        some = [*different[:_NAMED], *(["others"] if len(different) > _NAMED else [])]
        found = f"something else stood of {count(len(different), 'case')}, {all_of(some)}, and stands as the events have it now"
    say(f"{count(cases, 'case')} made again from {count(events, 'event')}: {found}.")
    return 0
