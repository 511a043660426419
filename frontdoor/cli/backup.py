"""`frontdoor backup`: a copy of a log, made while it is in use."""

from __future__ import annotations

__all__ = ["command"]

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from frontdoor.cli.common import say, say_json


@click.command("backup")
@click.argument("log")
@click.argument("file")
@click.option("--replace", is_flag=True, help="Let the new backup take the place of a FILE that is there.")
@click.option("--json", "as_json", is_flag=True, help="Print what was made as one JSON object.")
def command(log: str, file: str, *, replace: bool, as_json: bool) -> int:
    """Copy LOG to FILE while others write it, verify the copy, and put its checkpoint beside it in FILE.checkpoint.

    FILE takes its name only when it is whole and on the disk; killed on the way, it leaves what can be deleted, FILE.*.part. That
    it was made, when and where, is noted in LOG, so that `frontdoor doctor` knows. Keep the checkpoint where those who can write
    LOG and FILE cannot.

    \b
    Example:
      frontdoor backup borough.db /safe/borough.db
    """
    from frontdoor.cli.opening import in_a_file
    from frontdoor.clock import SystemClock
    from frontdoor.log.backup import CHECKPOINT, back_up

    for one in (log, file):
        in_a_file(one, "back a database up by pg_dump or the server's own means, and verify what was restored.")
    with _watched(quiet=as_json) as told:
        made = back_up(log, file, now=SystemClock().now(), replace=replace, told=told)
    if as_json:
        from frontdoor.event import stored

        said = {"file": made.file, "made_at": stored(made.made_at), "events": made.events, "bytes": made.bytes}
        say_json({**said, "root": made.root, "checkpoint": made.file + CHECKPOINT})
        return 0
    count = "one event" if made.events == 1 else f"{made.events:,} events"
    say(f"{made.file}: {count}, {made.bytes:,} bytes, verified; root {made.root}")
    return 0


@contextmanager
def _watched(*, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    if quiet or not sys.stderr.isatty():
        yield lambda left, pages: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("copying")
        yield lambda left, pages: bar.update(task, total=pages, completed=pages - left)
