"""`frontdoor accept-copy`: there is no more of a log than this copy of its file."""

from __future__ import annotations

__all__ = ["command"]

import click

from frontdoor.cli.common import say
from frontdoor.cli.opening import in_a_file, who_options
from frontdoor.errors import count


@click.command("accept-copy")
@click.argument("log")
@who_options
@click.option("--because", required=True, metavar="WHY", help="How that is known.")
def command(log: str, *, actor: str, role: str, because: str) -> int:
    """Record in LOG that there is no more of it than this file, which shows that it was copied while it was in use, without
    LOG-wal beside it: its last events may be missing, and from now on it is written again.

    Look for LOG-wal first, and for a backup: a checkpoint kept elsewhere says how many events there were.

    \b
    Example:
      frontdoor accept-copy borough.db --actor it-3 --role manager --because "the disk that held the rest is lost"
    """
    from frontdoor.desk import Desk
    from frontdoor.log.sqlite import SqliteLog

    in_a_file(
        log, "a database is not copied by its files; what was restored of one 'frontdoor verify' holds to a checkpoint."
    )
    with SqliteLog(log, create=False, as_it_is=True) as opened:
        if not opened.lacks_wal:
            say(f"{log} shows nothing that is missing: there is nothing to accept.")
            return 0
        event = Desk(opened).accept_copy(actor=actor, role=role, reason=because)
        say(f"{log} is gone on with as it is, with {count(event.position - 1, 'event')} before this one.")
    return 0
