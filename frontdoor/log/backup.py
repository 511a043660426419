"""Copies of a log: made while others write it, verified, noted in the log, and put back in its place.

    back_up("borough.db", "/safe/borough.db", now=now)       # and /safe/borough.db.checkpoint beside it
    restore("/safe/borough.db", "borough.db", now=now)       # where there is no borough.db any more

A copy is made under another name, and takes its own only when it is whole, on the disk and verified.
"""

from __future__ import annotations

__all__ = ["CHECKPOINT", "Backup", "Lost", "Restored", "back_up", "backups", "restore"]

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path

import attrs

from frontdoor.errors import Busy, LogError, LogTampered, OldSchema
from frontdoor.event import read_moment, stored
from frontdoor.log.checkpoint import Checkpoint, verify
from frontdoor.log.connection import Connection
from frontdoor.log.sqlite import SqliteLog

CHECKPOINT = ".checkpoint"
"""What is added to a backup's name for the file that its checkpoint is in."""
BESIDE = ("-wal", "-shm", "-journal")
"""What is added to a log's name for the files that SQLite has beside it."""
COLUMNS = "-columns"
"""What is added to a log's name for the folder of copies that an audit reads by."""
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


@attrs.frozen
class Lost:
    """What a log that gave way to a backup holds, and the backup does not."""

    events: int
    position: int
    """Of the first of them."""
    since: str
    """When that was recorded."""


@attrs.frozen
class Restored:
    """A log that was put back."""

    checkpoint: Checkpoint
    was_noted: bool
    """Whether it was held to a checkpoint."""
    aside: str = ""
    """The name under which the log that was there before is kept; empty where there was none."""
    lost: Lost | None = None
    """None where nothing is lost; where it cannot be told, `why` says why."""
    why: str = ""


def backups(log: SqliteLog) -> list[Backup]:
    """The backups that were made of a log, in order."""
    with closing(Connection(log.path, create=False, read_only=True, patience=_PATIENCE)) as file:
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
        LogError: the file is there, and is not to be replaced; or it cannot be written, or the log cannot be read.
        LogTampered: the log is not as it was recorded: the copy does not verify, and is not kept.
    """
    file = os.path.realpath(file)
    with closing(Connection(log, create=False, read_only=False, patience=_PATIENCE)) as kept:
        _none_of(log, file)
        _free(file, replace=replace)
        _free(file + CHECKPOINT, replace=replace)
        with _telling(file), _part(file) as part:
            kept.copy(part, pages=_PAGES, told=told)
            checkpoint = _verified(part, None, named=log, read_only=True)
            _sync(part)
            shutil.copymode(log, part)
            length = os.stat(part).st_size
            _free(file, replace=replace)
            os.replace(part, file)
            with _part(file + CHECKPOINT) as note:
                with open(note, "w", encoding="utf-8") as out:
                    out.write(str(checkpoint))
                _sync(note)
                shutil.copymode(file, note)
                os.replace(note, file + CHECKPOINT)
            _sync(os.path.dirname(file))
        made = Backup(now, file, checkpoint.size, length, str(checkpoint).splitlines()[2])
        if not kept.read_only:
            with kept.transaction() as this:
                kept.write(
                    "INSERT INTO backups (number, made_at, file, events, bytes, root) "
                    "VALUES ((SELECT coalesce(max(number), 0) + 1 FROM backups), ?, ?, ?, ?, ?)",
                    [(stored(now), made.file, made.events, made.bytes, made.root)], within=this, why=lambda: None,
                )  # fmt: skip
    return made


def restore(
    backup: str, log: str, *, now: datetime, checkpoint: Checkpoint | None = None, replace: bool = False
) -> Restored:
    """Put a backup in the place of a log, verified, with its checkpoint where one is given. Timers run on in it as if it had
    never been away: the next check finds what has become due.

    A log that is there stays as it is, unless it is to be replaced: then it is kept under another name.

    Raises:
        LogError: the log is there, and is not to be replaced; the backup is in use, or not whole; a file cannot be written.
        LogTampered: the backup does not verify.
        Busy: somebody has the log open.
    """
    log = os.path.realpath(log)
    _none_of(log, backup)
    if os.path.lexists(log) and not replace:
        raise LogError(
            f"{log} is there already: it stays, unless it is to be replaced; then it is kept under another name."
        )
    if any(_size(backup + end) for end in ("-wal", "-journal")):
        raise LogError(
            f"{backup} is not whole, or is in use: part of it stands in a file beside it. Make a backup of it, and restore "
            f"that."
        )
    try:
        SqliteLog(backup, read_only=True).close()
    except OldSchema as error:
        if error.found > error.known:
            raise
    with _telling(log), _part(log) as part:
        _copied(backup, part)
        found = _verified(part, checkpoint, named=backup, read_only=False)
        _sync(part)
        aside = ""
        if os.path.lexists(log):
            shutil.copymode(log, part)
            with _alone(log):
                aside = _move_aside(log, now, part)
        else:
            os.replace(part, log)
        _sync(os.path.dirname(log))
    lost, why = _lost(aside, log) if aside else (None, "")
    return Restored(found, checkpoint is not None, aside, lost, why)


# ---- steps ----


def _none_of(log: str, file: str) -> None:
    """See that a file to be written is none of a log's own."""
    if os.path.realpath(file) in {os.path.realpath(log + end) for end in ("", *BESIDE)}:
        raise LogError(f"{file} is the log itself, or one of its files: name another.")


def _free(file: str, *, replace: bool) -> None:
    if not replace and os.path.lexists(file):
        raise LogError(f"{file} is there already: it stays, unless it is to be replaced.")


@contextmanager
def _telling(path: str) -> Iterator[None]:
    """Within it files are written beside a path; trouble is told in a sentence."""
    try:
        yield
    except OSError as error:
        if isinstance(error, Busy):
            raise
        raise LogError(f"{path} cannot be written: {(error.strerror or str(error)).lower()}.") from None


@contextmanager
def _part(file: str) -> Iterator[str]:
    """An empty file beside another, which nobody else reads; on leaving it is gone, unless it was given another name."""
    handle, part = tempfile.mkstemp(prefix=f"{os.path.basename(file)}.", suffix=".part", dir=os.path.dirname(file))
    os.close(handle)
    try:
        yield part
    finally:
        for end in ("", *BESIDE):
            with suppress(FileNotFoundError):
                os.unlink(part + end)


def _copied(backup: str, part: str) -> None:
    """Copy a file that nobody writes, of whichever schema, by SQLite alone: whoever else closes it takes from this process the
    locks that it may have on it."""
    place = f"{Path(backup).absolute().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(place, uri=True)) as source, closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
    except sqlite3.OperationalError as error:
        raise LogError(f"{part} cannot be written: {error}.") from None
    except sqlite3.DatabaseError as error:
        raise LogTampered(f"{backup} does not verify: it is damaged: {error}.") from None


def _verified(part: str, checkpoint: Checkpoint | None, *, named: str, read_only: bool) -> Checkpoint:
    """Verify a copy, of schema and all; opened for writing it is brought up to date."""
    try:
        with SqliteLog(part, create=False, read_only=read_only) as copy:
            found = verify(copy.records(), log_id=copy.log_id, checkpoint=checkpoint)
            copy.inspect()
    except LogTampered as error:
        raise LogTampered(f"{named} does not verify: {error}", error.position) from None
    return found


def _sync(path: str) -> None:
    """See that a file, or what a folder says of its files, is on the disk."""
    if os.path.isdir(path) and os.name == "nt":
        return  # where a folder cannot be opened
    handle = os.open(path, os.O_RDONLY if os.path.isdir(path) else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _alone(log: str) -> Iterator[None]:
    """Within it nobody else has a log open, and all that is in it is in the one file, if SQLite can read it.

    Raises:
        Busy: somebody has.
    """
    busy = Busy(f"{log} is in use: end what has it open (a desk, a check that goes on, Datasette), and try again.")
    with closing(sqlite3.connect(log, isolation_level=None, timeout=0)) as db:
        try:
            db.execute("PRAGMA journal_mode = DELETE")  # which only the last connection to a file in WAL mode can do
            db.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise busy from None
        yield


def _move_aside(log: str, now: datetime, part: str) -> str:
    """Keep a log under a name that says when, and give its own to a part; no moment is without a file of that name."""
    wanted = aside = f"{log}.replaced-{now:%Y%m%dT%H%M%SZ}"
    number = 1
    while os.path.lexists(aside):
        number += 1
        aside = f"{wanted}-{number}"
    os.link(log, aside)
    for end in (*BESIDE, COLUMNS):
        if os.path.lexists(log + end):
            os.rename(log + end, aside + end)
    os.replace(part, log)
    return aside


def _lost(aside: str, log: str) -> tuple[Lost | None, str]:
    """What a log that gave way holds beyond the one that took its place; and if that cannot be told, why."""
    try:
        with SqliteLog(aside, read_only=True) as old, SqliteLog(log, read_only=True) as new:
            if old.log_id != new.log_id:
                return None, "it is another log"
            same, size = 0, old.size()
            apart = min(size, new.size()) + 1
            while apart - same > 1:  # each link holds all those before it
                middle = (same + apart) // 2
                links = [one.rows(("link",), after=middle - 1, upto=middle) for one in (old, new)]
                same, apart = (middle, apart) if links[0] == links[1] else (same, middle)
            if same == size:
                return None, ""
            ((since,),) = old.rows(("recorded_at",), after=same, upto=same + 1)
            return Lost(size - same, same + 1, since), ""
    except LogError as error:
        return None, f"it cannot be read: {error}"


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def _moment(text: str) -> datetime:
    moment = read_moment(text)
    assert isinstance(moment, datetime)
    return moment
