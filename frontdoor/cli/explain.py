"""`frontdoor explain`: how one due date was counted, and why."""

from __future__ import annotations

__all__ = ["command"]

import click

from frontdoor.cli.common import MOMENT, library_options
from frontdoor.moment import Happened


@click.command("explain")
@click.argument("file")
@click.argument("case")
@click.argument("timer")
@click.option("--days", is_flag=True, help="Count day by day.")
@click.option("--json", "as_json", is_flag=True, help="Print the facts as JSON.")
@click.option("--as-at", type=MOMENT, metavar="T", help="Judge as at this date or moment (default: the source's own).")
@click.option("--as-known-at", type=MOMENT, metavar="T", help="Leave out what was recorded later than this.")
@click.option(
    "--format", "format_", metavar="NAME", help="Read as this format (flat-csv, cin-census), not as it looks."
)
@library_options
def command(
    file: str,
    case: str,
    timer: str,
    *,
    days: bool,
    as_json: bool,
    as_at: Happened | None,
    as_known_at: Happened | None,
    format_: str | None,
    local: tuple[str, ...],
    guidance: str | None,
    workflows: str | None,
) -> int:
    """Say how the due date of TIMER (such as referral.decision) of CASE in FILE was counted: from what, how long, by
    which file and edition, skipping which days.

    \b
    Example:
      frontdoor explain log.csv N-017 referral.decision --days
    """
    from frontdoor.formats import read
    from frontdoor.library import load
    from frontdoor.replay import audit
    from frontdoor.replay.explain import explain

    library = load(workflows, local=local, guidance=guidance)
    found = explain(audit.run(read(file, format=format_), library, as_at=as_at, as_known_at=as_known_at), case, timer)
    if as_json:
        import json

        click.echo(json.dumps([one.as_object() for one in found], ensure_ascii=False, indent=2))
        return 0
    for place, one in enumerate(found):
        if place:
            click.echo()
        click.echo(one.told(every_day=days))
    return 0
