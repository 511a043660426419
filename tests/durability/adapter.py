"""Frontdoor's own connection upon a disk that is pretended: `sqlite3.connect` is answered by apsw, which can be told the disk.

Only what is opened in the disk's folder is; the rest of `sqlite3` is as it was, and the errors are its own, with the codes
that SQLite gave. There is no seam in frontdoor for this: whatever calls `sqlite3.connect` comes here.
"""

from __future__ import annotations

__all__ = ["running_on"]

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from unittest.mock import patch

import apsw

from durability.disk import Drive

_KINDS: dict[int, type[sqlite3.Error]] = {
    apsw.SQLITE_CONSTRAINT: sqlite3.IntegrityError, apsw.SQLITE_CORRUPT: sqlite3.DatabaseError,
    apsw.SQLITE_NOTADB: sqlite3.DatabaseError, apsw.SQLITE_MISUSE: sqlite3.ProgrammingError,
}  # fmt: skip
"""How Python's module tells the primary result codes; as an OperationalError otherwise."""
_CHECKPOINT = re.compile(r"PRAGMA wal_autocheckpoint\s*=\s*(\d+)", re.IGNORECASE)


class Connection:
    """What of `sqlite3.Connection` is used, over apsw."""

    isolation_level = None

    def __init__(self, uri: str, disk: Drive) -> None:
        flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_URI
        with _told():
            self._db = apsw.Connection(uri, flags=flags, vfs=disk.name)
        self._checkpoint_after(1000)

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is under way."""
        return self._db.in_transaction

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Cursor:
        """Run a statement to its end."""
        said = _CHECKPOINT.match(sql)
        if said:
            self._checkpoint_after(int(said[1]))
            sql, parameters = "SELECT ?", (int(said[1]),)
        with _told():
            return Cursor(self._db.execute(sql, tuple(parameters)).fetchall())

    def executemany(self, sql: str, rows: Sequence[Any]) -> Cursor:
        """Run a statement for each of some rows."""
        with _told():
            return Cursor(self._db.executemany(sql, map(tuple, rows)).fetchall())

    def close(self) -> None:
        """Let go of the file."""
        with _told():
            self._db.close(True)

    def _checkpoint_after(self, pages: int) -> None:
        # SQLite's own hook passes over a checkpoint that fails; apsw would raise what the disk said within it.
        def hook(db: apsw.Connection, name: str, found: int) -> int:
            if found >= pages:
                with suppress(apsw.Error):
                    db.wal_checkpoint(name)
            return apsw.SQLITE_OK

        self._db.set_wal_hook(hook if pages else None)


class Cursor:
    """The rows that a statement gave."""

    description = None

    def __init__(self, rows: list[Any]) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def fetchall(self) -> list[Any]:
        """Those that were not fetched yet."""
        rows, self._rows = self._rows, []
        return rows

    def fetchone(self) -> Any:
        """The next of them, or None."""
        return self._rows.pop(0) if self._rows else None


@contextmanager
def _told() -> Iterator[None]:
    """Raise apsw's errors as those of Python's own module."""
    try:
        yield
    except apsw.Error as error:
        code = error.extendedresult if error.extendedresult is not None else error.result
        told = _KINDS.get(code & 0xFF, sqlite3.OperationalError)(str(error).partition(": ")[2] or str(error))
        told.sqlite_errorcode = code
        raise told from error


@contextmanager
def running_on(disk: Drive) -> Iterator[Drive]:
    """While this lasts, SQLite files in the disk's folder are on that disk."""
    real = sqlite3.connect

    def connect(database: str, *arguments: Any, **options: Any) -> Any:
        if str(disk.folder) in database:
            return Connection(database, disk)
        return real(database, *arguments, **options)

    with patch.object(sqlite3, "connect", connect):
        yield disk
