"""`frontdoor explain`: how one due date was counted, and why."""

from __future__ import annotations

__all__ = ["command"]

from typing import TYPE_CHECKING, Any

import click

from frontdoor.cli import completing
from frontdoor.cli.common import MOMENT, library_options, say, say_json
from frontdoor.cli.opening import as_at, at_desk, is_on_server
from frontdoor.moment import Happened

if TYPE_CHECKING:
    from frontdoor.explanation import Explanation


@click.command("explain")
@click.argument("file")
@click.argument("case", shell_complete=completing.cases)
@click.argument("timer", shell_complete=completing.timers)
@click.option("--days", is_flag=True, help="Count day by day.")
@click.option("--json", "as_json", is_flag=True, help="Print the facts as JSON.")
@click.option(
    "--as-at", "at", type=MOMENT, metavar="T",
    help="Judge as at this date or moment (default: of a log now, of a file its own).",
)  # fmt: skip
@click.option("--as-known-at", type=MOMENT, metavar="T", help="Leave out what was recorded later than this.")
@click.option(
    "--format", "format_", metavar="NAME", help="Read as this format (flat-csv, cin-census and so on), not as it looks."
)
@click.option(
    "--mapping", metavar="M.toml", help="Read a CSV file of another shape through this mapping of its columns."
)
@library_options
def command(
    file: str,
    case: str,
    timer: str,
    *,
    days: bool,
    as_json: bool,
    at: Happened | None,
    as_known_at: Happened | None,
    format_: str | None,
    mapping: str | None,
    local: tuple[str, ...],
    guidance: str | None,
    workflows: str | None,
) -> int:
    """Say how the due date of TIMER (such as referral.decision) of CASE in FILE was counted: from what, how long, by
    which file and edition, skipping which days.

    FILE is a file of records, or a log of frontdoor's own: that is judged by the workflows it has kept, unless others are named.

    \b
    Example:
      frontdoor explain log.csv N-017 referral.decision --days
    """
    named: dict[str, Any] = {"local": local, "guidance": guidance, "workflows": workflows}
    if as_known_at is None and format_ is None and not any(named.values()) and _is_log(file):
        with at_desk(file, read_only=True) as desk:
            moment = None if at is None else as_at(at, desk.clock.now())
            found = desk.explanations(case, timer, as_at=moment)
    else:
        found = _of_file(file, case, timer, format_, mapping, as_at=at, as_known_at=as_known_at, named=named)
    if as_json:
        say_json([one.as_object() for one in found])
        return 0
    for place, one in enumerate(found):
        if place:
            click.echo()
        say(one.told(every_day=days))
    return 0


def _is_log(file: str) -> bool:
    """Whether a file is one of SQLite's: a log, or none that we know; or a log on a server is named."""
    if is_on_server(file):
        return True
    try:
        with open(file, "rb") as opened:
            return opened.read(16) == b"SQLite format 3\x00"
    except OSError:
        return False


def _of_file(
    file: str, case: str, timer: str, format_: str | None, mapping: str | None, *, as_at: Happened | None, as_known_at: Happened | None,
    named: dict[str, Any],
) -> list[Explanation]:  # fmt: skip
    """As an audit of the file judges it."""
    from frontdoor.cli.audit import library_for, named_library
    from frontdoor.formats import read
    from frontdoor.replay import audit
    from frontdoor.replay.explain import explain

    library = named_library(**named, mapping=mapping)
    source = read(file, format=format_, mapping=mapping, library=library, hashed=False)
    library = library_for(source, library)
    return explain(audit.run(source, library, as_at=as_at, as_known_at=as_known_at), case, timer)
