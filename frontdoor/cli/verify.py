"""`frontdoor verify`: is everything in a log as it was recorded?"""

from __future__ import annotations

__all__ = ["command", "read_through"]

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from frontdoor.cli.opening import open_log

if TYPE_CHECKING:
    from frontdoor.log.chain import Record
    from frontdoor.log.checkpoint import Checkpoint


@click.command("verify")
@click.argument("log")
@click.option("--checkpoint", metavar="FILE", help="What 'frontdoor checkpoint' wrote, kept where the log is not.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as one JSON object.")
@click.option("--quiet", "-q", is_flag=True, help="No progress bar.")
def command(log: str, *, checkpoint: str | None, as_json: bool, quiet: bool) -> int:
    """See that every event in LOG is as it was recorded and in its place, and that none was added or taken out; and that the
    columns which an audit of a long log keeps beside it (LOG-columns) say what its events say.

    That the latest events were cut off, or that somebody wrote the whole log anew, shows only beside a checkpoint.

    \b
    Example:
      frontdoor verify borough.db --checkpoint borough.checkpoint
    """
    from frontdoor.errors import LogTampered

    noted = _noted(checkpoint) if checkpoint is not None else None
    try:
        found = read_through(log, noted, quiet=quiet or as_json)
    except LogTampered as error:
        if as_json:
            _print(verified=False, position=error.position, message=str(error))
        raise
    if as_json:
        lines = str(found).splitlines()
        _print(verified=True, log_id=found.log_id, events=found.size, root=lines[2], checkpoint=noted and noted.size)
        return 0
    count = "one event" if found.size == 1 else f"{found.size:,} events"
    since = f", the first {noted.size:,} as the checkpoint noted them" if noted else ""
    click.echo(f"{count}, all as they were recorded{since}; root {str(found).splitlines()[2]}")
    return 0


def read_through(path: str, noted: Checkpoint | None = None, *, quiet: bool) -> Checkpoint:
    """Verify the log in a file, that the file is whole, and the columns kept beside it; with a bar on a terminal.

    Raises:
        LogTampered: it is not as it was recorded.
        MissingExtra: there are columns beside it, and polars, which reads them, is not installed.
    """
    from concurrent.futures import ThreadPoolExecutor

    from frontdoor.formats import segments
    from frontdoor.keeping import verify_kept
    from frontdoor.log.checkpoint import verify
    from frontdoor.log.memory import MemoryLog
    from frontdoor.log.sqlite import SqliteLog

    with (
        open_log(path, read_only=True) as log,
        open_log(path, read_only=True) as same,
        ThreadPoolExecutor(max_workers=1) as beside,
    ):
        assert not isinstance(same, MemoryLog)
        inspected = beside.submit(same.inspect)
        records = log.records()
        if not quiet and sys.stderr.isatty():
            records = _watched(records, log.size())
        found = verify(records, log_id=log.log_id, checkpoint=noted)
        inspected.result()
        verify_kept(log)
        if isinstance(log, SqliteLog):
            segments.verify(log)
    return found


def _watched(records: Iterator[Record], size: int) -> Iterator[Record]:
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("verifying", total=size)
        for count, record in enumerate(records):
            if count % 10_000 == 0:
                bar.update(task, completed=count)
            yield record


def _noted(file: str) -> Checkpoint:
    """What a checkpoint's file says, in whichever encoding a shell has written it."""
    from frontdoor.errors import Fault, InputError
    from frontdoor.log.checkpoint import read_checkpoint

    try:
        with open(file, "rb") as opened:
            held = opened.read(1 << 16)
    except OSError as error:
        raise InputError(
            [Fault(file, "", "unreadable", f"cannot be read: {(error.strerror or '').lower()}.")]
        ) from None
    encoding = "utf-16" if held[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"  # PowerShell's > writes the former
    return read_checkpoint(held.decode(encoding, errors="replace"), file=file)


def _print(**found: object) -> None:
    import json

    click.echo(json.dumps(found, ensure_ascii=False, indent=2))
