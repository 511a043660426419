"""`frontdoor keygen`: the key that a log's checkpoints are signed with."""

from __future__ import annotations

__all__ = ["command"]

import os

import click


@click.command("keygen")
@click.argument("log")
@click.argument("key")
def command(log: str, key: str) -> int:
    """Make a new key for LOG, write its private half to the file KEY, which its owner alone may read, and print its public
    half, by which anybody can verify what it signs.

    Keep KEY where those who can write the log cannot read it, and give the public half away: print it, publish it. KEY
    must not be there yet, for what an earlier key has signed is worth nothing without it.

    \b
    Example:
      frontdoor keygen borough.db borough.key > borough.vkey
    """
    from frontdoor.cli.common import written_to
    from frontdoor.cli.signed import origin_of
    from frontdoor.errors import IsThere
    from frontdoor.log.note import new_key

    made = new_key(origin_of(log))
    text, public = f"{made}\n", str(made.public)
    try:
        held = os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise IsThere(key, "a key is never written over") from None
    except OSError as error:
        raise click.UsageError(f"{key} cannot be written: {error.strerror}.") from None
    with written_to(key):
        try:
            with open(held, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(held)
        except OSError:
            os.unlink(key)
            raise
    click.echo(public)
    return 0
