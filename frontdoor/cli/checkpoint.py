"""`frontdoor checkpoint`: take note of a log, for `frontdoor verify` to hold it to later."""

from __future__ import annotations

__all__ = ["command"]

import click


@click.command("checkpoint")
@click.argument("log")
@click.option("--quiet", "-q", is_flag=True, help="No progress bar.")
def command(log: str, *, quiet: bool) -> int:
    """Print what LOG is now: its name, how many events it has, and one number that stands for them all.

    Keep it where those who can write the log cannot: with a neighbour, in a minute book, in print. The log is verified
    first; of one that is not as it was recorded, no note is taken.

    \b
    Example:
      frontdoor checkpoint borough.db > borough.checkpoint
    """
    from frontdoor.cli.verify import read_through

    click.echo(str(read_through(log, quiet=quiet)), nl=False)
    return 0
