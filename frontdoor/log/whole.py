"""Noticing that a file was copied while it was in use, without FILE-wal beside it, in which its last events stood.

A log says of itself that it is in use (`log.in_use`) with the first transaction that writes it, in the file itself at once,
and takes that back when it is closed. So a file that says so without a FILE-wal beside it is a copy that lacks its last events;
or another program was the last to close it after a stop, and has put into it what stood in FILE-wal. Which of these, nothing in
it can tell: it is read as it is, and written only once somebody says that there is no more of it.
"""

from __future__ import annotations

__all__ = ["begin", "end", "is_in_use", "sentence"]

import sqlite3
from contextlib import suppress

from frontdoor.errors import Busy, LogError
from frontdoor.log.hold import Hold, Turn
from frontdoor.log.troubles import patiently

_PATIENCE = 0.5
"""Seconds that closing a log waits for who is writing it."""
_TRIES = 3


def sentence(path: str) -> str:
    """What is said of a file that lacks its FILE-wal."""
    return (
        f"{path} was copied while it was in use, or closed by another program: there is no {path}-wal, in which its last "
        f"events may stand. Copy both files, or restore a backup; if there is no more of it, say so by 'frontdoor accept-copy'."
    )


def is_in_use(db: sqlite3.Connection) -> bool:
    """Whether a log says so; one of an older schema does not."""
    return bool(db.execute("SELECT max(in_use) FROM log").fetchone()[0])


def begin(db: sqlite3.Connection) -> bool:
    """Say so, in a transaction that writes; whether it did not yet, so that it is to be put into the file itself."""
    if is_in_use(db):
        return False
    db.execute("UPDATE log SET in_use = 1")
    return True


def end(db: sqlite3.Connection, hold: Hold, path: str) -> None:
    """Before a connection that can write is closed: take it back, for it may be the last. Another that writes says so again.

    What fails once, as a disk may, is tried again; where somebody writes for long it is left to him, who closes later.
    """
    for _ in range(_TRIES):
        try:
            if db.in_transaction or not is_in_use(db):
                return
            _end(db, hold, path)
        except Busy:
            return
        except (sqlite3.Error, LogError):
            with suppress(sqlite3.Error):
                db.execute("ROLLBACK")


def _end(db: sqlite3.Connection, hold: Hold, path: str) -> None:
    turn = Turn()
    try:
        give_up = hold.come(turn, path, _PATIENCE)
        patiently(lambda: db.execute("BEGIN IMMEDIATE"), path, patience=_PATIENCE, give_up=give_up)
        db.execute("UPDATE log SET in_use = 0")
        db.execute("COMMIT")
    finally:
        hold.go(turn)
