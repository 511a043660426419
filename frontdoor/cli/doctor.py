"""`frontdoor doctor`: is a log in good care?"""

from __future__ import annotations

__all__ = ["command"]

import click

from frontdoor.cli.common import say, say_json


@click.command("doctor")
@click.argument("log")
@click.option(
    "--full",
    is_flag=True,
    help="Follow the whole chain, and that of the last backup; and see that what stands beside the events, by which checks go, is what they say.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was found as one JSON object.")
def command(log: str, *, full: bool, as_json: bool) -> int:
    """Look at what LOG stands on: its disk and how quickly that syncs, the clock, the bank holidays that are known, its backups,
    its files, who may read it, and the releases in use. A line each, with what to do. Nothing is written to it.

    Exit status: 0 all is well, or only to be watched (warn); 1 something is bad; 4 it does not verify.

    \b
    Example:
      frontdoor doctor borough.db
    """
    from frontdoor.cli.opening import in_a_file
    from frontdoor.clock import SystemClock
    from frontdoor.desk.doctor import examine

    in_a_file(
        log, "'frontdoor verify' looks at the chain of one in a database, and its server's own tools at the rest."
    )
    found = examine(log, now=SystemClock().now(), full=full)
    if as_json:
        say_json({
            "log": log, "verified": found.verified, "worst": found.worst,
            "findings": [finding._asdict() for finding in found.findings],
        })  # fmt: skip
    else:
        for finding in found.findings:
            say(f"{finding.sign:<5} {finding.check}: {finding.said}")
            if finding.advice:
                say(f"      {finding.advice}")
    if not found.verified:
        return 4
    return 1 if found.worst == "bad" else 0
