"""One SQLite file that a log is kept in, shared by the threads of a process and by what it forks.

`sqlite_file` opens and writes the file, `together` has threads take turns at it; here it is asked and written by any of them,
with SQLite's troubles told in sentences of ours.
"""

from __future__ import annotations

__all__ = ["Connection"]

import os
import sqlite3
import weakref
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing
from typing import Any

from frontdoor.errors import LogError, LogTampered, ReadOnly
from frontdoor.log.sqlite_file import SqliteFile
from frontdoor.log.together import Member, Together
from frontdoor.log.troubles import damaged, said_of


class Connection:
    """A file, open for as long as it is not closed; it is opened anew on either side of a fork.

    A file or folder that cannot be written is opened for reading, as if `read_only`.

    Raises:
        LogError: there is no such file, it is no log, or it cannot be read.
        OldSchema: it was written by a newer frontdoor; or by an older, and cannot be brought up to date.
        ReadOnly: it is to be made where nothing can be written.
    """

    def __init__(self, path: str, *, create: bool, read_only: bool, patience: float, as_it_is: bool = False) -> None:
        self._sqlite = SqliteFile(path, create=create, read_only=read_only, patience=patience, as_it_is=as_it_is)
        self._threads = Together(self._sqlite)
        self.path, self.log_id, self.patience = path, self._sqlite.log_id, self._sqlite.patience
        _all.add(self)

    @property
    def is_closed(self) -> bool:
        """Whether it has been closed."""
        return self._sqlite.is_closed

    @property
    def read_only(self) -> bool:
        """Whether it cannot be written."""
        return self._sqlite.read_only

    @property
    def lacks_wal(self) -> bool:
        """Whether it was copied without what stood in FILE-wal beside it, as far as that shows."""
        return self._sqlite.lacks_wal

    @property
    def is_undisturbed(self) -> bool:
        """In a transaction: nobody else has written the file since the one before was committed here."""
        return self._threads.is_undisturbed

    # ---- asking and writing ----

    def ask(self, sql: str, parameters: Sequence[object] = (), *, within: object = None) -> list[Any]:
        """The rows that a statement gives, in the transaction under way where it is to be `within` that; else of what is
        committed."""
        with self._threads.lock:
            if within is None:
                self._threads.commit()
            else:
                self._threads.see(within)
            return self._sqlite.ask(sql, parameters)

    def transaction(self) -> AbstractContextManager[Member]:
        """Take the write lock; commit on leaving, or undo all where that is by an error. Gives what to be `within`.

        Where other threads wait to write already, theirs are committed with this one, by the last of them: one sync for all.
        """
        if self.read_only:
            raise ReadOnly(
                f"{self.path} cannot be written: it is open for reading only, or its file or folder is read only."
            )
        return self._threads.transaction()

    def write(self, sql: str, rows: Sequence[Any], *, within: object, why: Callable[[], LogError | None]) -> None:
        """Run a statement for each of some rows; `why` may know better than SQLite why one is refused.

        A transaction in which that fails cannot be committed any more.
        """
        if not rows:
            return
        this = self._threads.see(within)
        try:
            self._sqlite.ready().executemany(sql, rows)
        except sqlite3.Error as error:
            known = why() if isinstance(error, sqlite3.IntegrityError) else None
            this.spoilt = known or said_of(error, self.path, patience=self.patience)
            raise this.spoilt from None

    def inspect(self) -> None:
        """Have SQLite check the table of events and its indexes, and see that it is a table in which text is what it says."""
        plain = (  # a view or a virtual table could say one thing to whoever verifies it and another to the next who asks
            "SELECT 1 FROM sqlite_master WHERE name = 'events' AND type = 'table' AND rootpage > 0 "
            "AND sql NOT LIKE '%collate%' AND NOT EXISTS (SELECT 1 FROM pragma_table_xinfo('events') WHERE hidden)"
        )
        if not self.ask(plain):
            raise LogTampered(f"{self.path} is damaged: its events are not kept as a log keeps them.")
        ((found,), *_) = self.ask("PRAGMA integrity_check('events')")
        if found != "ok":
            raise damaged(self.path, str(found))

    def copy(self, file: str, *, pages: int, told: Callable[[int, int], None]) -> None:
        """Copy the log as it is now to an empty file, so many pages at a time, while others write; `told` is called with how
        many pages are left, and how many there are."""
        with self._threads.lock:
            self._threads.commit()
            db = self._sqlite.ready()
            try:
                with closing(sqlite3.connect(file, isolation_level=None)) as target:
                    db.execute("BEGIN")  # else the copy would begin anew whenever somebody writes
                    try:
                        db.execute("SELECT log_id FROM log").fetchall()
                        db.backup(target, pages=pages, progress=lambda _, left, every: told(left, every))
                    finally:
                        db.execute("ROLLBACK")
                    target.execute("UPDATE log SET in_use = 0")  # it has all that there was
                    target.execute("PRAGMA journal_mode = DELETE")  # so that it is one file, wherever it is read
            except sqlite3.Error as error:
                is_full = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL
                raise said_of(error, file if is_full else self.path, patience=self.patience) from None

    def close(self) -> None:
        """Let go of the file; what is committed stays, and a transaction under way is undone."""
        with self._threads.lock:
            self._threads.stop()
            self._sqlite.close()


# ---- forks ----

_all: weakref.WeakSet[Connection] = weakref.WeakSet()
_held: list[Connection] = []
"""Those whose lock is held while this process forks."""


def _before_fork() -> None:
    """SQLite's connections and locks do not survive a fork: let go of them, and each side opens the file anew."""
    for one in list(_all):
        if one._threads.lock.acquire(timeout=one._sqlite.patience):
            _held.append(one)
            if one._threads.running is None:
                one._threads.commit()
                one._sqlite.let_go()


def _after_fork() -> None:
    while _held:
        _held.pop()._threads.lock.release()


def _in_child() -> None:
    for one in list(_all):
        one._sqlite.forget()
        one._threads.forget(has_lock=one in _held)
    _after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_in_child)
