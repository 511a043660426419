"""What a copy of a log is made with: a name of its own until it is whole, on the disk and verified."""

from __future__ import annotations

__all__ = ["BESIDE", "none_of", "part_beside", "sync", "telling", "verified"]

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from frontdoor.errors import Busy, LogError, LogTampered
from frontdoor.log.checkpoint import Checkpoint, verify
from frontdoor.log.sqlite import SqliteLog

BESIDE = ("-wal", "-shm", "-journal")
"""What is added to a log's name for the files that SQLite has beside it."""


def none_of(log: str, file: str) -> None:
    """See that a file to be written is none of a log's own."""
    if os.path.realpath(file) in {os.path.realpath(log + end) for end in ("", *BESIDE)}:
        raise LogError(f"{file} is the log itself, or one of its files: name another.")


@contextmanager
def telling(path: str) -> Iterator[None]:
    """Within it files are written beside a path; trouble is told in a sentence."""
    try:
        yield
    except OSError as error:
        if isinstance(error, Busy):
            raise
        raise LogError(f"{path} cannot be written: {(error.strerror or str(error)).lower()}.") from None


@contextmanager
def part_beside(file: str) -> Iterator[str]:
    """An empty file beside another, which nobody else reads; on leaving it is gone, unless it was given another name."""
    handle, part = tempfile.mkstemp(prefix=f"{os.path.basename(file)}.", suffix=".part", dir=os.path.dirname(file))
    os.close(handle)
    try:
        yield part
    finally:
        for end in ("", *BESIDE):
            with suppress(FileNotFoundError):
                os.unlink(part + end)


def verified(part: str, checkpoint: Checkpoint | None, *, named: str, read_only: bool) -> Checkpoint:
    """Verify a copy, of schema and all; opened for writing it is brought up to date."""
    try:
        with SqliteLog(part, create=False, read_only=read_only) as copy:
            found = verify(copy.records(), log_id=copy.log_id, checkpoint=checkpoint)
            copy.inspect()
    except LogTampered as error:
        raise LogTampered(f"{named} does not verify: {error}", error.position) from None
    return found


def sync(path: str) -> None:
    """See that a file, or what a folder says of its files, is on the disk."""
    if os.path.isdir(path) and os.name == "nt":
        return  # where a folder cannot be opened
    handle = os.open(path, os.O_RDONLY if os.path.isdir(path) else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
