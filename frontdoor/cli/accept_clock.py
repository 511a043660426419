"""`frontdoor accept-clock`: somebody has looked, and the clock that a desk refused is right."""

from __future__ import annotations

__all__ = ["command"]

import click

from frontdoor.cli.opening import at_desk, who_options
from frontdoor.moment import written


@click.command("accept-clock")
@click.argument("log")
@who_options
@click.option("--because", required=True, metavar="WHY", help="How that is known.")
def command(log: str, *, actor: str, role: str, because: str) -> int:
    """Record in LOG that the computer's clock is right, after a desk refused it: because it went back behind what was recorded,
    or leapt ahead of it by more than a year.

    Breaches of deadlines that are still to come by this clock are withdrawn. Look at the clock first: one that is wrong
    raises breaches of all that runs.

    \b
    Example:
      frontdoor accept-clock borough.db --actor it-3 --role manager --because "the server was a year ahead, and is mended"
    """
    with at_desk(log) as desk:
        event = desk.accept_clock(actor=actor, role=role, reason=because)
        before = event.details["recorded_before"]
        since = f"; the event before it was recorded at {before}" if before else ""
        click.echo(f"The clock says {written(event.recorded_at)}, and is believed from now on{since}.")
    return 0
