"""A backup, put in the place of a log.

    restore("/safe/borough.db", "borough.db", now=now)       # where there is no borough.db any more

What is there already is never written over: it is kept under another name.
"""

from __future__ import annotations

__all__ = ["OTHER", "Lost", "Restored", "lost_by", "restore"]

import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path

import attrs

from frontdoor.errors import Busy, IsThere, LogError, LogTampered, OldSchema
from frontdoor.event import RESTORED
from frontdoor.log.checkpoint import Checkpoint, MerkleTree
from frontdoor.log.copying import BESIDE, none_of, part_beside, sync, telling, verified
from frontdoor.log.opening import size_of
from frontdoor.log.restorations import Replaced, Restoration
from frontdoor.log.sqlite import SqliteLog

OTHER = "it is another log"
"""Why it cannot be told what is lost of one."""
_TOGETHER = 1024
"""Hashes that are read at a time."""
COLUMNS = "-columns"
"""What is added to a log's name for the folder of copies that an audit reads by."""


@attrs.frozen
class Lost:
    """What a log that gave way to a backup holds, and the backup does not; notes of earlier restorations not counted."""

    events: int
    position: int
    """Of the first of them."""
    since: str
    """When that was recorded."""


@attrs.frozen
class Restored:
    """A log that was put back."""

    checkpoint: Checkpoint
    """Of what was in the backup; the event after that notes the restoration."""
    was_noted: bool
    """Whether it was held to a checkpoint."""
    aside: str = ""
    """The name under which the log that was there before is kept; empty where there was none."""
    lost: Lost | None = None
    """None where nothing is lost; where it cannot be told, `why` says why."""
    why: str = ""


def restore(
    backup: str, log: str, *, now: datetime, checkpoint: Checkpoint | None = None, replace: bool = False, by: str = ""
) -> Restored:
    """Put a backup in the place of a log, verified, with its checkpoint where one is given. Timers run on in it as if it had
    never been away: the next check finds what has become due. That it was put back, from what, when and by whom, is the first event
    recorded in it (`log.restorations`), for a checkpoint of what came after the backup does not fit it any more.

    A log that is there stays as it is, unless it is to be replaced: then it is kept under another name.

    Raises:
        IsThere: the log is there, and is not to be replaced.
        LogError: the backup is in use, or not whole; a file cannot be written.
        LogTampered: the backup does not verify.
        Busy: somebody has the log open.
    """
    log, backup = os.path.realpath(log), os.path.realpath(backup)  # beside which SQLite has its other files
    none_of(log, backup)
    if os.path.lexists(log) and not replace:
        raise IsThere(log, instead="let it be replaced, and kept under another name (--replace)")
    if any(size_of(backup + end) for end in ("-wal", "-journal")):
        raise LogError(
            f"{backup} is not whole, or is in use: part of it stands in a file beside it. Make a backup of it, and restore "
            f"that."
        )
    try:
        SqliteLog(backup, read_only=True).close()
    except OldSchema as error:
        if error.found > error.known:
            raise
    with telling(log), part_beside(log) as part:
        _copied(backup, part)
        found = verified(part, checkpoint, named=backup, read_only=False)
        root = str(found).splitlines()[2]
        note = Restoration(now, by, _written(backup), found.size, root, checkpoint is not None)
        if not os.path.lexists(log):
            _noted(part, note)
            os.chmod(part, stat.S_IMODE(os.stat(backup).st_mode) & 0o660 | 0o600)  # which was that of the log
            _move_aside(log, _free_name(log, now), part)
            return Restored(found, checkpoint is not None)
        with _alone(log) as old:
            aside = _free_name(log, now)
            _noted(part, attrs.evolve(note, aside=_written(aside), replaced=_replaced(old)))
            shutil.copymode(log, part)
            _move_aside(log, aside, part)
    lost, why = lost_by(aside, log)
    return Restored(found, checkpoint is not None, aside, lost, why)


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


@contextmanager
def _alone(log: str) -> Iterator[sqlite3.Connection]:
    """A connection to a log; within it nobody else has a log open, and all that is in it is in the one file, if SQLite can read it.

    Raises:
        Busy: somebody has.
    """
    busy = Busy(f"{log} is in use: end what has it open (a desk, a check that goes on, Datasette), and try again.")
    with closing(sqlite3.connect(log, isolation_level=None, timeout=0)) as db:
        try:
            db.execute("PRAGMA journal_mode = DELETE")  # which only the last connection to a file in WAL mode can do
            with suppress(sqlite3.OperationalError):  # of an older schema, or none
                db.execute("UPDATE log SET in_use = 0")
            db.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise busy from None
        yield db


def _replaced(log: sqlite3.Connection) -> Replaced | None:
    """What a log is that gives way; None where that cannot be read."""
    tree = MerkleTree()
    try:
        ((log_id,),) = log.execute("SELECT log_id FROM log").fetchall()
        hashes = log.execute("SELECT hash FROM events ORDER BY position")
        while some := hashes.fetchmany(_TOGETHER):
            tree.add(*(bytes.fromhex(hash_) for (hash_,) in some))
    except (sqlite3.DatabaseError, TypeError, ValueError):
        return None
    return Replaced(log_id, tree.size, str(Checkpoint(log_id, tree.size, tree.root())).splitlines()[2])


def _noted(part: str, note: Restoration) -> None:
    """Record in a copy that it was put back, and see that it is on the disk."""
    with SqliteLog(part, create=False) as copy:
        draft = note.draft(copy.last())
        with copy.writing([""]) as writing:
            writing.append([draft])
    sync(part)


def _written(path: str) -> str:
    """A path as an event can hold it."""
    return path.encode("utf-8", "backslashreplace").decode()


def _free_name(log: str, now: datetime) -> str:
    """The name under which a log that gives way is kept: it says when."""
    wanted = aside = f"{log}.replaced-{now:%Y%m%dT%H%M%SZ}"
    number = 1
    while os.path.lexists(aside):
        number += 1
        aside = f"{wanted}-{number}"
    return aside


def _move_aside(log: str, aside: str, part: str) -> None:
    """Keep what there is of a log under another name, and give its own to a part; no moment is without a log of that name. A
    -wal that was left alone goes too, or SQLite would take it for a part of the new one."""
    if os.path.lexists(log):
        os.link(log, aside)
    for end in (*BESIDE, COLUMNS):
        if os.path.lexists(log + end):
            os.rename(log + end, aside + end)
    os.replace(part, log)
    sync(os.path.dirname(log))


def lost_by(aside: str, log: str) -> tuple[Lost | None, str]:
    """What a log that gave way holds beyond the one that took its place; and if that cannot be told, why."""
    try:
        with SqliteLog(aside, read_only=True) as old, SqliteLog(log, read_only=True) as new:
            if old.log_id != new.log_id:
                return None, OTHER
            same, size = 0, old.size()
            apart = min(size, new.size()) + 1
            while apart - same > 1:  # each link holds all those before it
                middle = (same + apart) // 2
                links = [one.rows(("link",), after=middle - 1, upto=middle) for one in (old, new)]
                same, apart = (middle, apart) if links[0] == links[1] else (same, middle)
            notes = {event.position for event in old.events("") if event.event == RESTORED and event.position > same}
            if size - same == len(notes):
                return None, ""
            first = next(position for position in range(same + 1, size + 1) if position not in notes)
            ((since,),) = old.rows(("recorded_at",), after=first - 1, upto=first)
            return Lost(size - same - len(notes), first, since), ""
    except LogError as error:
        return None, f"it cannot be read: {str(error).removesuffix('.')}"
