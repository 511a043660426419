"""`frontdoor accept-keys`: the keys of a log's details are lost, and it is gone on with new ones."""

from __future__ import annotations

__all__ = ["command"]

import click

from frontdoor.cli.opening import at_desk, in_a_file, who_options


@click.command("accept-keys")
@click.argument("log")
@click.option(
    "--keys", required=True, metavar="FILE", help="Where the new keys are to be: a file that is not there yet."
)
@who_options
@click.option("--because", required=True, metavar="WHY", help="How it is known that they are lost; no word of a case.")
@click.option("--yes", is_flag=True, help="Do not ask whether that is meant.")
def command(log: str, *, keys: str, actor: str, role: str, because: str, yes: bool) -> int:
    """Record in LOG that the keys of its details are lost for good, and make new ones in FILE, by which it is gone on with, after
    asking: words are recorded again, in every case.

    Look for a copy of the keys first. What they sealed is read by nobody without them; should they turn up, LOG opened with them
    shows it again, and takes no more by them. What happened, when, by whom, and every deadline, finding and breach is as it was, and LOG verifies.

    \b
    Example:
      frontdoor accept-keys borough.db --keys new.keys --actor it-3 --role manager --because "the disk they were on is lost"
    """
    from frontdoor.report.words import count

    in_a_file(log, "bring back the keys of one in a database.")
    with at_desk(log, keys=None) as desk:
        if not yes:
            click.confirm(
                f"Are the keys of {log} lost for good, and every copy of them? From now on words are recorded under new ones in "
                f"{keys}, and nobody reads what was sealed before but by the lost ones.",
                abort=True,
                err=True,
            )
        event = desk.accept_keys(keys, actor=actor, role=role, reason=because)
    unread = event.details["unreadable"]
    click.echo(
        f"The words of {count(unread, 'event')} cannot be read without the lost keys; from now on give --keys {keys}."
    )
    return 0
