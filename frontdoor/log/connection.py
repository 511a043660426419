"""One SQLite file that a log is kept in: opened, asked and written, with SQLite's troubles told in sentences of ours.

Threads take turns at one connection, and what those that wait have written is committed together. Processes take turns at
the file (`hold`): SQLite's own waits grow to a tenth of a second, and some would starve beside a busy writer.
"""

from __future__ import annotations

__all__ = ["Connection"]

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from typing import Any

from frontdoor.errors import Busy, LogError, LogTampered, ReadOnly
from frontdoor.log import whole
from frontdoor.log.hold import Hold, key_of
from frontdoor.log.opening import open_file
from frontdoor.log.troubles import patiently, said_of

_MEMBERS, _WHILE = 64, 0.05
"""So many transactions at most are committed in one, and so many seconds at most is it kept open for more."""


class _Group:
    """Transactions of several threads that are committed together."""

    def __init__(self, version: int, *, begins: bool) -> None:
        self.version, self.begins = version, begins
        self.members = 0
        """Transactions that are complete."""
        self.failure: LogError | None = None
        self.is_over = False
        self._waiting: list[threading.Lock] = []
        self._until = time.monotonic() + _WHILE

    def is_full(self) -> bool:
        """Whether others, in other processes, have waited long enough."""
        return self.members >= _MEMBERS or time.monotonic() >= self._until

    def wait(self) -> bool:
        """Wait a while until it is over; whether it is. Each waits by a lock of its own: an Event in which one is interrupted may
        never let the others go."""
        mine = threading.Lock()
        mine.acquire()
        self._waiting.append(mine)
        if not self.is_over:
            mine.acquire(timeout=_WHILE)
        return self.is_over

    def end(self) -> None:
        """Let those go who wait."""
        self.is_over = True
        while self._waiting:
            self._waiting.pop().release()


class Connection:
    """A file, open for as long as it is not closed; it is opened anew on either side of a fork.

    A file or folder that cannot be written is opened for reading, as if `read_only`.

    Raises:
        LogError: there is no such file, it is no log, or it cannot be read.
        OldSchema: it was written by a newer frontdoor; or by an older, and cannot be brought up to date.
        ReadOnly: it is to be made where nothing can be written.
    """

    def __init__(self, path: str, *, create: bool, read_only: bool, patience: float, as_it_is: bool = False) -> None:
        self.path, self.read_only, self.patience = path, read_only, min(patience, threading.TIMEOUT_MAX)
        self._place = os.path.abspath(path)  # which it keeps, wherever the process goes
        self.is_closed, self._as_it_is = False, as_it_is
        self.log_id = ""
        self.lacks_wal = False
        """Whether it was copied without what stood in FILE-wal beside it, as far as that shows."""
        self._lock = threading.RLock()
        self._coming: set[object] = set()
        """Threads that wait to write."""
        self._group: _Group | None = None
        self._hold: Hold | None = None
        self._turn: tuple[Hold, object] | None = None
        """That which this connection waits for or has, from before it comes."""
        self._db: sqlite3.Connection | None = None
        self._wal_name = ""
        self._wal: tuple[int, int] | None = None
        """The file FILE-wal that SQLite opened, which nobody takes away while it is open; None where there is none."""
        self._transaction: object = None
        self._spoilt: LogError | None = None
        self._seen: int | None = None
        self.is_undisturbed = False
        """In a transaction: nobody else has written the file since the one before was committed here."""
        self._open(create=create)
        _all.add(self)

    # ---- statements ----

    def ask(self, sql: str, parameters: Sequence[object] = (), *, within: object = None) -> list[Any]:
        """The rows that a statement gives, in the transaction under way where it is to be `within` that; else of what is
        committed."""
        with self._lock:
            if within is None and self._transaction is None and self._group is not None:
                self._commit(self._group)
            return self._ask(sql, parameters, within=within)

    def _ask(self, sql: str, parameters: Sequence[object] = (), *, within: object = None) -> list[Any]:
        return patiently(
            lambda: self._ready(within).execute(sql, parameters).fetchall(), self.path, patience=self.patience
        )

    def write(self, sql: str, rows: Sequence[Any], *, within: object, why: Callable[[], LogError | None]) -> None:
        """Run a statement for each of some rows; `why` may know better than SQLite why one is refused.

        A transaction in which that fails cannot be committed any more.
        """
        if not rows:
            return
        try:
            self._ready(within).executemany(sql, rows)
        except sqlite3.Error as error:
            known = why() if isinstance(error, sqlite3.IntegrityError) else None
            self._spoilt = known or said_of(error, self.path, patience=self.patience)
            raise self._spoilt from None

    def _ready(self, within: object) -> sqlite3.Connection:
        if self.is_closed:
            raise LogError(f"the log {self.path} is closed.")
        if within is not None and within is not self._transaction:
            raise LogError("this transaction has ended, or the process has forked since it began: begin another.")
        if within is not None and self._spoilt:
            raise self._spoilt
        if self._db is not None and self._transaction is None and self._group is None and not self._is_as_opened():
            self._let_go()  # another file has been put in its place, as by a restore
        if self._db is None:
            self._open(create=False)
        assert self._db is not None
        return self._db

    def _is_as_opened(self) -> bool:
        return self._hold is None or self._hold.is_of(self._place)

    def _has_its_wal(self) -> bool:
        return self._wal is None or self._wal == self._wal_now()

    def _wal_now(self) -> tuple[int, int] | None:
        return key_of(self._wal_name)

    # ---- transactions ----

    @contextmanager
    def transaction(self) -> Iterator[object]:
        """Take the write lock; commit on leaving, or undo all where that is by an error. Gives what to be `within`.

        Where other threads wait to write already, theirs are committed with this one, by the last of them: one sync for all.
        """
        if self.read_only:
            raise ReadOnly(
                f"{self.path} cannot be written: it is open for reading only, or its file or folder is read only."
            )
        group = this = None
        self._enter()
        try:
            if self._transaction is not None:
                raise LogError("a transaction is under way in this thread: end it before another begins.")
            group = self._group or self._begin()
            this = self._transaction = object()
            self._join(group, this)
            yield this
            self._complete(group, this)
        except BaseException as error:
            if group is not None and self._transaction is this:
                self._undo_member(group, error)
            raise
        finally:
            try:
                self._leave(this)
            except BaseException:
                self._leave(this)  # what was interrupted may have been left half done
                raise
            finally:
                self._lock.release()
        while not group.wait():
            self._commit_left(group)
        if group.failure is not None:
            raise group.failure

    def _enter(self) -> None:
        """Wait for the connection; meanwhile whoever has it leaves it to this thread to commit."""
        me, taken = object(), list[bool]()
        try:
            self._coming.add(me)
            # by one step of Python's, so that no interrupt comes between taking it and knowing of it
            taken += map(self._lock.acquire, [True], [self.patience])
            self._coming.discard(me)
            if not all(taken):
                raise Busy(
                    f"another thread has been writing {self.path} for more than {self.patience:g} seconds: try again."
                )
        except BaseException:
            self._coming.discard(me)
            if any(taken):
                self._lock.release()
            raise

    def _commit_left(self, group: _Group) -> None:
        """Commit a group that waits for one who gave up or was interrupted, if nobody is writing; or let those go who wait for
        one that is over."""
        if self._lock.acquire(blocking=False):
            try:
                if self._group is not group:
                    group.end()
                elif self._transaction is None:
                    self._commit(group)
            finally:
                self._lock.release()

    def _begin(self) -> _Group:
        """Take the file's write lock, in turn with other processes, and see that it is the file that was opened."""
        db, held, turn = self._ready(None), self._hold, object()
        assert held is not None
        if held.key in _torn:
            raise LogError(
                f"this process was forked off in the middle of a transaction of {self.path}: it can read it, and not write. Fork "
                f"between two, or begin a process of its own."
            )
        if not self._has_its_wal():
            self._let_go()  # which puts what stands in it in the file, where nobody else has that open
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
            begins = patiently(lambda: whole.begin(db), self.path, patience=self.patience)
            self._group = _Group(version, begins=begins)
        except BaseException:
            self._undo()
            self._go()
            raise
        return self._group

    def _go(self) -> None:
        """Let others come, if it was the turn of this connection."""
        if self._turn is not None:
            held, turn = self._turn
            held.go(turn)
            self._turn = None

    def _join(self, group: _Group, this: object) -> None:
        """Begin one transaction of those that are committed together: all of it becomes part of them, or nothing."""
        self._spoilt = None
        self.is_undisturbed, self._seen = group.version == self._seen, None
        if group.members:
            self._ask("SAVEPOINT member", within=this)

    def _complete(self, group: _Group, this: object) -> None:
        if group.members:
            self._ask("RELEASE member", within=this)
        self._ready(this)
        group.members, self._seen, self._transaction = group.members + 1, group.version, None

    def _leave(self, this: object) -> None:
        """Commit, unless others come who will; and nothing that is neither complete nor undone."""
        group = self._group
        if self._transaction is not None and self._transaction is not this:
            return  # of another, which goes on
        if group is None:
            self._go()
        if self._transaction is not None or (group is not None and not group.members):  # it was interrupted
            self._undo()
            self._transaction = None
            if group is not None:
                self._end(group, InterruptedError())
        elif group is not None and (not self._coming or group.is_full()):
            self._commit(group)

    def _undo_member(self, group: _Group, error: BaseException) -> None:
        """Undo what one transaction has written, and not what others have before it, where SQLite has not undone all."""
        if group.members and self._db is not None and self._db.in_transaction:
            try:
                self._db.execute("ROLLBACK TO member")
                self._db.execute("RELEASE member")
                self._transaction = None
                return
            except sqlite3.Error as failed:  # it was interrupted as it became part of them: nobody can take it out
                is_part = "no such savepoint" in str(failed)
                error = InterruptedError() if is_part else said_of(failed, self.path, patience=self.patience)
        self._undo()
        self._end(group, error)
        self._transaction = None

    def _commit(self, group: _Group) -> None:
        """Put what the members of a group have written on the disk, and tell them."""
        failure: BaseException | None = InterruptedError()
        try:
            if self._db is not None and self._db.in_transaction:  # else who committed or undid it was interrupted
                self._ask("COMMIT")
                failure = None
            if group.begins and self._db is not None:
                with suppress(sqlite3.Error):
                    self._db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            if not (self._has_its_wal() and self._is_as_opened()):
                self._go()
                self._let_go()  # which puts what stands in it in the file, where nobody else has that open
                failure = LogError(
                    f"{self.path} was taken away while it was written: what was recorded just now may be lost. Record it "
                    f"again, by the same event ids."
                )
        except LogError as error:
            failure = error
        finally:
            if failure is not None:
                self._undo()
            self._end(group, failure)

    def _end(self, group: _Group, failure: BaseException | None) -> None:
        """Nothing more is written in a group; let its members know what has become of it."""
        if failure is not None:
            self._seen = None
            group.failure = failure if isinstance(failure, LogError) else LogError(
                f"the writing of {self.path} was interrupted, and it cannot be told whether what was recorded is in it. "
                f"Record it again, by the same event ids."
            )  # fmt: skip
        self._group = None
        self._go()
        group.end()

    def _undo(self) -> None:
        if self._db is not None and self._db.in_transaction:  # a full disk has undone it already
            try:
                self._db.execute("ROLLBACK")
            except sqlite3.Error:
                self._let_go()  # which undoes it too

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
            raise LogTampered(f"{self.path} is damaged: {found}.")

    def copy(self, file: str, *, pages: int, told: Callable[[int, int], None]) -> None:
        """Copy the log as it is now to an empty file, so many pages at a time, while others write; `told` is called with how
        many pages are left, and how many there are."""
        with self._lock:
            db = self._ready(None)
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

    # ---- opening and closing ----

    def _open(self, *, create: bool) -> None:
        if self.path == ":memory:":
            raise LogError("':memory:' is no file: for a log in memory there is MemoryLog().")
        opened = open_file(
            self._place, self.path, create=create, read_only=self.read_only, patience=self.patience, as_it_is=self._as_it_is
        )  # fmt: skip
        self._db, self.read_only, log_id, self._hold, self.lacks_wal = opened
        if self.log_id not in ("", log_id):
            self._let_go()
            raise LogError(f"{self.path} is another log than the one that was opened.")
        self.log_id = log_id
        self._wal_name = f"{os.path.realpath(self._place)}-wal"  # SQLite follows links before it names it
        self._wal = None if self.read_only else self._wal_now()

    def close(self) -> None:
        """Let go of the file; what is committed stays, and a transaction under way is undone."""
        with self._lock:
            if self._group is not None and self._transaction is None:
                self._commit(self._group)
            self.is_closed, self._transaction = True, None
            self._let_go()

    def _let_go(self) -> None:
        db, self._db, self._seen = self._db, None, None
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


# ---- forks ----

_all: weakref.WeakSet[Connection] = weakref.WeakSet()
_held: list[Connection] = []
"""Those whose lock is held while this process forks."""
_left: list[sqlite3.Connection | None] = []
"""Those in the middle of a transaction when this process was forked off: its parent's to use, and to close."""
_torn: set[tuple[int, int]] = set()
"""Their files, of which SQLite here believes for ever that its parent's transaction is under way."""


def _before_fork() -> None:
    """SQLite's connections and locks do not survive a fork: let go of them, and each side opens the file anew."""
    for one in list(_all):
        if one._lock.acquire(timeout=one.patience):
            _held.append(one)
            if one._transaction is None:
                if one._group is not None:
                    one._commit(one._group)
                one._let_go()


def _after_fork() -> None:
    while _held:
        _held.pop()._lock.release()


def _in_child() -> None:
    for one in list(_all):
        if one._db is not None:
            _left.append(one._db)
            _torn.update([one._hold.key] if one._hold is not None else [])
            one._db = one._transaction = one._seen = None
        one._group = one._hold = one._turn = None
        one._coming = set()
        if one not in _held:
            one._lock = threading.RLock()  # the thread that holds the other is not in this process
    _after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_in_child)
