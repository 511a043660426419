"""`frontdoor checkpoint`: take note of a log, for `frontdoor verify` to hold it to later."""

from __future__ import annotations

__all__ = ["command"]

import io
import sys

import click


@click.command("checkpoint")
@click.argument("log")
@click.option("--key", metavar="FILE", help="Sign it with this key, which 'frontdoor keygen' wrote.")
@click.option("--out", metavar="FILE", help="Write it to this file, instead of printing it.")
@click.option("--quiet", "-q", is_flag=True, help="No progress bar.")
def command(log: str, *, key: str | None, out: str | None, quiet: bool) -> int:
    """Print what LOG is now: its name, how many events it has, and one number that stands for them all.

    Keep it where those who can write the log cannot: with a neighbour, in a minute book, in print. The log is verified
    first; of one that is not as it was recorded, no note is taken. Signed, it can be shown to anybody who has the key's
    public half (C2SP tlog-checkpoint).

    \b
    Example:
      frontdoor checkpoint borough.db --key borough.key --out borough.checkpoint
    """
    from frontdoor.cli.common import written_to
    from frontdoor.cli.signed import of_log, private_key
    from frontdoor.cli.verify import read_through

    signer = private_key(key) if key is not None else None
    if signer and key:
        of_log(signer, log, file=key)
    found = str(read_through(log, quiet=quiet))
    note = signer.sign(found) if signer else found
    if out is None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8")  # whatever the terminal can show: another dash would not verify
        click.echo(note, nl=False)
        return 0
    with written_to(out), open(out, "wb") as file:
        file.write(note.encode())
    return 0
