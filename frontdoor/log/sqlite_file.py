"""One SQLite file as a log has it open: asked, and written in one transaction at a time, by whichever thread has its turn.

Processes take turns at the file (`hold`): SQLite's own waits grow to a tenth of a second, and some would starve beside a busy
writer. Nothing here knows of threads: `together` sees to it that one at a time comes.
"""

from __future__ import annotations

__all__ = ["SqliteFile"]

import os
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from frontdoor.errors import LogError
from frontdoor.log import whole
from frontdoor.log.hold import Hold, Turn, key_of
from frontdoor.log.opening import open_file
from frontdoor.log.troubles import patiently

_left: list[sqlite3.Connection] = []
"""Those in the middle of a transaction when this process was forked off: its parent's to use, and to close."""
_torn: set[tuple[int, int]] = set()
"""Their files, of which SQLite here believes for ever that its parent's transaction is under way."""


class SqliteFile:
    """A file, open until it is let go, and opened anew when it is next asked; closed, it is opened no more.

    Raises:
        LogError, OldSchema, ReadOnly: it cannot be opened, as `open_file` says.
    """

    def __init__(self, path: str, *, create: bool, read_only: bool, patience: float, as_it_is: bool = False) -> None:
        self.path, self.read_only, self.patience = path, read_only, min(patience, threading.TIMEOUT_MAX)
        self._place = os.path.abspath(path)  # which it keeps, wherever the process goes
        self.is_closed, self._as_it_is = False, as_it_is
        self.log_id = ""
        self.lacks_wal = False
        """Whether it was copied without what stood in FILE-wal beside it, as far as that shows."""
        self._db: sqlite3.Connection | None = None
        self._times_opened = 0
        self._hold: Hold | None = None
        self._turn: tuple[Hold, Turn] | None = None
        """That which it waits for or has, from before it comes until a transaction has ended."""
        self._says_in_use = False
        """Whether the transaction under way is the one that says so first (`whole`)."""
        self._in_use_at: tuple[int, int] | None = None
        """What `begin` gave when it last saw that the file says so, as it does until somebody else writes it."""
        self._wal_name = ""
        self._wal: tuple[int, int] | None = None
        """The file FILE-wal that SQLite opened, which nobody takes away while it is open; None where there is none."""
        self._open(create=create)

    # ---- asking ----

    def ask(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        """The rows that a statement gives; while the file is taken by others it is tried again."""
        return patiently(lambda: self.ready().execute(sql, parameters).fetchall(), self.path, patience=self.patience)

    def ready(self) -> sqlite3.Connection:
        """The file as SQLite has it open: anew where it was let go, or where another has been put in its place, as by a restore."""
        self.see_open()
        if self._db is not None and self._turn is None and not self._is_as_opened():
            self.let_go()
        if self._db is None:
            self._open(create=False)
        assert self._db is not None
        return self._db

    def see_open(self) -> None:
        """See that it has not been closed."""
        if self.is_closed:
            raise LogError(f"the log {self.path} is closed.")

    def _is_as_opened(self) -> bool:
        return self._hold is None or self._hold.is_of(self._place)

    def _has_its_wal(self) -> bool:
        return self._wal is None or self._wal == self._wal_now()

    def _wal_now(self) -> tuple[int, int] | None:
        return key_of(self._wal_name)

    # ---- one transaction ----

    @property
    def is_begun(self) -> bool:
        """Whether SQLite has a transaction under way; a full disk ends one by itself, and undoes it."""
        return self._db is not None and self._db.in_transaction

    def begin(self) -> tuple[int, int]:
        """Take the file's write lock, in turn with other processes, and see that it is the file that was opened.

        Gives what equals that of an earlier transaction where nobody else has written the file in between.
        """
        db, held, turn = self.ready(), self._hold, Turn()
        assert held is not None
        if held.key in _torn:
            raise LogError(
                f"this process was forked off in the middle of a transaction of {self.path}: it can read it, and not write. Fork "
                f"between two, or begin a process of its own."
            )
        if not self._has_its_wal():
            self.let_go()  # which puts what stands in it in the file, where nobody else has that open
            raise LogError(
                f"{self.path}-wal was taken away: what was recorded since {self.path} was opened may be lost. See what is there, "
                f"record again what is not, and let nobody delete or replace the files beside a log."
            )
        try:
            self._turn = held, turn
            give_up = held.come(turn, self.path, self.patience)
            patiently(lambda: db.execute("BEGIN IMMEDIATE"), self.path, patience=self.patience, give_up=give_up)
            # another's commit changes it, our own does not
            (version,) = patiently(
                lambda: db.execute("PRAGMA data_version").fetchone(), self.path, patience=self.patience
            )
            at, self._says_in_use = (self._times_opened, version), False
            if at != self._in_use_at:
                self._says_in_use = patiently(lambda: whole.begin(db), self.path, patience=self.patience)
                self._in_use_at = None if self._says_in_use else at
        except BaseException:
            self.undo()
            raise
        return at

    def commit(self) -> None:
        """Put on the disk what was written; `undo` comes after it all the same, to let others come."""
        self.see_open()
        if not self.is_begun:
            raise self.interrupted()
        self.ask("COMMIT")

    def see_that_it_is_kept(self) -> None:
        """After a commit: put into the file itself that it is in use, and see that what was committed has a name still."""
        if self._says_in_use:
            with suppress(sqlite3.Error):
                self.ready().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        if not (self._has_its_wal() and self._is_as_opened()):
            self._go()
            self.let_go()  # which puts what stands in it in the file, where nobody else has that open
            raise LogError(
                f"{self.path} was taken away while it was written: what was recorded just now may be lost. Record it "
                f"again, by the same event ids."
            )

    def undo(self) -> None:
        """End a transaction, if there is one: what was not committed is undone, and others may come."""
        if self._db is not None and self._db.in_transaction:
            try:
                self._db.execute("ROLLBACK")
            except sqlite3.Error:
                self.let_go()  # which undoes it too
        self._go()

    def _go(self) -> None:
        """Let others come, if it was the turn of this one."""
        if self._turn is not None:
            held, turn = self._turn
            held.go(turn)
            self._turn = None

    def interrupted(self) -> LogError:
        """What is said where it cannot be known how far a commit has come."""
        return LogError(
            f"the writing of {self.path} was interrupted, and it cannot be told whether what was recorded is in it. "
            f"Record it again, by the same event ids."
        )

    # ---- opening and letting go ----

    def _open(self, *, create: bool) -> None:
        if self.path == ":memory:":
            raise LogError("':memory:' is no file: for a log in memory there is MemoryLog().")
        opened = open_file(
            self._place, self.path, create=create, read_only=self.read_only, patience=self.patience, as_it_is=self._as_it_is
        )  # fmt: skip
        self._db, self.read_only, log_id, self._hold, self.lacks_wal = opened
        self._times_opened += 1
        if self.log_id not in ("", log_id):
            self.let_go()
            raise LogError(f"{self.path} is another log than the one that was opened.")
        self.log_id = log_id
        self._wal_name = f"{os.path.realpath(self._place)}-wal"  # SQLite follows links before it names it
        self._wal = None if self.read_only else self._wal_now()

    def close(self) -> None:
        """Let it go, not to be opened again."""
        self.is_closed = True
        self.let_go()

    def let_go(self) -> None:
        """Have SQLite close the file; what is committed stays, and a transaction under way is undone."""
        db, self._db = self._db, None
        held, self._hold = self._hold, None
        if db is not None and held is not None and not self.read_only and held.is_of(self._place):
            whole.end(db, held, self.path)
        if held is not None:
            held.loosen()
        if db is not None:
            with suppress(sqlite3.Error):
                db.close()
        if held is not None:
            held.give_back()

    def forget(self) -> None:
        """In a process that was forked off: leave to its parent what is open still."""
        if self._db is not None:
            _left.append(self._db)
            _torn.update([self._hold.key] if self._hold is not None else [])
        self._db = self._hold = self._turn = None
