"""`frontdoor export`: the events of a log as a flat event log."""

from __future__ import annotations

__all__ = ["command"]

import os
import sys

import click

from frontdoor.cli.opening import at_desk


@click.command("export")
@click.argument("log")
@click.argument("file", default="-")
def command(log: str, file: str) -> int:
    """Write the events of LOG, as they stand, to FILE (default: standard output) as a flat event log in CSV.

    Corrected events are written as corrected; what was struck out, and what the desk noticed itself, is left out. `frontdoor
    import` reads it back: each event has its id, and comes in once.

    \b
    Example:
      frontdoor export borough.db events.csv
    """
    beside = {os.path.realpath(log + end) for end in ("", "-wal", "-shm", "-journal")}
    linked = os.path.exists(file) and os.path.exists(log) and os.path.samefile(file, log)
    if file != "-" and (linked or os.path.realpath(file) in beside):
        raise click.UsageError(f"{file} is the log itself: name another file to write the events to.")
    from frontdoor.desk.importing import take_out
    from frontdoor.report.words import count

    with at_desk(log, read_only=True) as desk:
        if file == "-":
            take_out(desk, sys.stdout)
            return 0
        try:
            with open(file, "w", encoding="utf-8", newline="") as out:
                events = take_out(desk, out)
        except OSError as error:
            raise click.UsageError(f"{file} cannot be written: {error.strerror}.") from None
    click.echo(f"{count(events, 'event')} written to {file}.")
    return 0
