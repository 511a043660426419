"""SQLite's troubles, told in sentences of ours."""

from __future__ import annotations

__all__ = ["damaged", "patiently", "said_of"]

import sqlite3
import time
from collections.abc import Callable
from typing import TypeVar

from frontdoor.errors import Busy, LogError, LogTampered, ReadOnly, seconds

_BUSY, _READ_ONLY, _IO, _CORRUPT, _FULL, _CANNOT_OPEN, _CONSTRAINT, _NOT_A_DB = 5, 8, 10, 11, 13, 14, 19, 26
"""SQLite's primary result codes."""
_NO_ROOM_BESIDE = (4618, 4874)
"""SQLITE_IOERR_SHMOPEN and SQLITE_IOERR_SHMSIZE: there is no room for FILE-shm."""
_PAUSE = 0.0003
"""Seconds between two tries at a file that is taken."""

_T = TypeVar("_T")


def patiently(act: Callable[[], _T], path: str, *, patience: float, give_up: float = 0.0) -> _T:
    """What something done with a file gives; while the file is taken it is tried again, until a moment of the monotonic
    clock (default: `patience` seconds from the first try).

    Raises:
        LogError: SQLite cannot do it.
    """
    while True:
        try:
            return act()
        except sqlite3.Error as error:
            give_up = give_up or time.monotonic() + patience
            if _code(error) != _BUSY or time.monotonic() >= give_up:
                raise said_of(error, path, patience=patience) from None
        time.sleep(_PAUSE)


def damaged(path: str, found: str) -> LogTampered:
    """That a file is damaged: `found` is what SQLite's own check says of it, of which the first thing is said."""
    first = next((line for line in found.splitlines() if line and not line.startswith("***")), "its check fails")
    return LogTampered(f"{path} is damaged: SQLite finds in it '{first}'. Keep it as it is, and restore a backup.")


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 for what Python's own module finds wrong."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def said_of(error: sqlite3.Error, path: str, *, patience: float) -> LogError:
    """What SQLite says of a file, as an error of ours; `patience` is how many seconds others were waited for."""
    code = _code(error)
    if getattr(error, "sqlite_errorcode", 0) in _NO_ROOM_BESIDE:
        code = _FULL
    if code == _BUSY:
        return Busy(f"somebody else has been writing {path} for more than {seconds(patience)}: try again.")
    if code == _READ_ONLY:
        return ReadOnly(f"{path} cannot be written: the file or its folder is read only.")
    if code == _FULL:
        return LogError(f"{path} cannot be written: the disk is full.")
    if code == _IO:
        return LogError(f"{path} cannot be read or written: {error}.")
    if code == _CANNOT_OPEN:
        return LogError(f"{path} cannot be opened: it has gone, or nothing can be made beside it in its folder.")
    if code == _CONSTRAINT:
        return LogError(f"{path} does not take what was to be written: {error}.")
    if code in (_CORRUPT, _NOT_A_DB) or "decode" in str(error) or "no such" in str(error):
        return LogTampered(f"{path} is damaged: {error}. Keep it as it is, and restore a backup.")
    return LogError(f"{path} cannot be used: {error}.")
