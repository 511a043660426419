"""Copies of a log: made while others write it, verified, and noted in the log.

back_up("borough.db", "/safe/borough.db", now=now)       # and /safe/borough.db.checkpoint beside it
"""

from __future__ import annotations

__all__ = ["CHECKPOINT", "Backup", "back_up", "backups"]

import os
import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import datetime

import attrs

from frontdoor.errors import IsThere, LogError, count
from frontdoor.event import read_moment, stored
from frontdoor.log.connection import Connection
from frontdoor.log.copying import BESIDE, none_of, part_beside, sync, telling, verified
from frontdoor.log.opening import size_of
from frontdoor.log.restoring import OTHER, lost_by
from frontdoor.log.sqlite import SqliteLog

CHECKPOINT = ".checkpoint"
"""What is added to a backup's name for the file that its checkpoint is in."""
_PAGES = 256
"""Pages, of 4 KiB, that are copied at a time."""
_PATIENCE = 5.0


@attrs.frozen
class Backup:
    """A backup that was made."""

    made_at: datetime
    file: str
    """Its path, from the root."""
    events: int
    bytes: int
    """How long the file is."""
    root: str
    """Of the Merkle tree over its events, in base64, as its checkpoint has it."""


def backups(log: SqliteLog) -> list[Backup]:
    """The backups that were made of a log, in order."""
    with closing(Connection(log.path, create=False, read_only=True, patience=_PATIENCE)) as file:
        if file.ask("PRAGMA user_version")[0][0] < 2:  # from before any were noted
            return []
        rows = file.ask("SELECT made_at, file, events, bytes, root FROM backups ORDER BY number")
    return [Backup(_moment(made_at), *row) for made_at, *row in rows]


def back_up(
    log: str,
    file: str,
    *,
    now: datetime,
    replace: bool = False,
    told: Callable[[int, int], None] = lambda left, pages: None,
) -> Backup:
    """Copy a log to a file, as it is now, while others write it; the log notes that it was made, unless it is read only.

    The checkpoint is written to FILE.checkpoint. `told` is called with how many pages are left, and of how many.

    Raises:
        IsThere: the file is there, and is not to be replaced.
        LogError: it holds events that the log does not; or it cannot be written, or
            the log cannot be read.
        LogTampered: the log is not as it was recorded: the copy does not verify, and is not kept.
    """
    file = os.path.realpath(file)
    with closing(Connection(log, create=False, read_only=False, patience=_PATIENCE)) as kept:
        none_of(log, file)
        _free(file, replace=replace)
        _free(file + CHECKPOINT, replace=replace)
        with telling(file), part_beside(file) as part:
            kept.copy(part, pages=_PAGES, told=told)
            checkpoint = verified(part, None, named=log, read_only=True)
            sync(part)
            shutil.copymode(log, part)
            length = os.stat(part).st_size
            _free(file, replace=replace)
            _holds_nothing_more(file, part)
            os.replace(part, file)
            with part_beside(file + CHECKPOINT) as note:
                with open(note, "w", encoding="utf-8") as out:
                    out.write(str(checkpoint))
                sync(note)
                shutil.copymode(file, note)
                os.replace(note, file + CHECKPOINT)
            sync(os.path.dirname(file))
        made = Backup(now, file, checkpoint.size, length, str(checkpoint).splitlines()[2])
        if not kept.read_only:
            with kept.transaction() as this:
                kept.write(
                    "INSERT INTO backups (number, made_at, file, events, bytes, root) "
                    "VALUES ((SELECT coalesce(max(number), 0) + 1 FROM backups), ?, ?, ?, ?, ?)",
                    [(stored(now), made.file, made.events, made.bytes, made.root)], within=this, why=lambda: None,
                )  # fmt: skip
    return made


def _free(file: str, *, replace: bool) -> None:
    if not replace and os.path.lexists(file):
        raise IsThere(file, instead="let it be replaced (--replace)")
    for end in BESIDE:
        if size_of(file + end):  # SQLite would take it for a part of the new one
            raise LogError(
                f"{file}{end} is there, of a log that is in use or was not closed: see to that, or name another."
            )


def _holds_nothing_more(file: str, part: str) -> None:
    """See that what is to be replaced is no log with events that would then be nowhere: a backup may be, or what is no log."""
    if not os.path.lexists(file):
        return
    lost, why = lost_by(file, part)
    if lost is not None or why == OTHER:
        what = f"{count(lost.events, 'event')} that this one has not" if lost is not None else "another log in it"
        raise LogError(f"{file} has {what}: it stays. Name another file, or see which of the two is the backup.")


def _moment(text: str) -> datetime:
    moment = read_moment(text)
    assert isinstance(moment, datetime)
    return moment
