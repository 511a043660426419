"""One SQLite file that a log is kept in: opened, asked and written, with SQLite's troubles told in sentences of ours.

Threads take turns at one connection. Processes take turns at the file: whoever finds it taken tries again every
millisecond, because SQLite's own waits grow to a tenth of a second and some would starve beside a busy writer.
"""

from __future__ import annotations

__all__ = ["Connection"]

import os
import sqlite3
import stat
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from frontdoor.errors import Busy, LogError, LogTampered, OldSchema, ReadOnly
from frontdoor.log import schema

_BUSY, _READ_ONLY, _IO, _CORRUPT, _FULL, _CANNOT_OPEN, _CONSTRAINT, _NOT_A_DB = 5, 8, 10, 11, 13, 14, 19, 26
"""SQLite's primary result codes."""
_TURN = 0.001
"""Seconds between two tries at a file that is taken."""


class Connection:
    """A file, open for as long as it is not closed; it is opened anew on either side of a fork.

    A file or folder that cannot be written is opened for reading, as if `read_only`.

    Raises:
        LogError: there is no such file, it is no log, or it cannot be read.
        OldSchema: it was written by a newer frontdoor; or by an older, and cannot be brought up to date.
        ReadOnly: it is to be made where nothing can be written.
    """

    def __init__(self, path: str, *, create: bool, read_only: bool, patience: float) -> None:
        self.path, self.read_only, self.patience = path, read_only, patience
        self.is_closed = False
        self.log_id = ""
        self._lock = threading.RLock()
        self._db: sqlite3.Connection | None = None
        self._transaction: object = None
        self._spoilt: LogError | None = None
        self._seen: int | None = None
        self.is_undisturbed = False
        """In a transaction: nobody else has written the file since the one before was committed here."""
        self._open(create=create)
        _all.add(self)

    # ---- statements ----

    def ask(self, sql: str, parameters: Sequence[object] = (), *, within: object = None) -> list[Any]:
        """The rows that a statement gives, in the transaction under way where it is to be `within` that."""
        give_up = 0.0
        with self._lock:
            while True:
                try:
                    return self._ready(within).execute(sql, parameters).fetchall()
                except sqlite3.Error as error:
                    give_up = give_up or time.monotonic() + self.patience
                    if _code(error) != _BUSY or time.monotonic() >= give_up:
                        raise self._said(error) from None
                time.sleep(_TURN)

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
            self._spoilt = known or self._said(error)
            raise self._spoilt from None

    @contextmanager
    def transaction(self) -> Iterator[object]:
        """Take the write lock; commit on leaving, or undo all where that is by an error. Gives what to be `within`."""
        if self.read_only:
            raise ReadOnly(
                f"{self.path} cannot be written: it is open for reading only, or its file or folder is read only."
            )
        lock = self._lock
        if not lock.acquire(timeout=self.patience):
            raise Busy(
                f"another thread has been writing {self.path} for more than {self.patience:g} seconds: try again."
            )
        try:
            if self._transaction is not None:
                raise LogError("a transaction is under way in this thread: end it before another begins.")
            self.ask("BEGIN IMMEDIATE")
            self._spoilt = None
            this = self._transaction = object()
            try:
                ((version,),) = self.ask(
                    "PRAGMA data_version", within=this
                )  # another's commit changes it, our own does not
                self.is_undisturbed, self._seen = version == self._seen, None
                yield this
                self.ask("COMMIT", within=this)
                self._seen = version
            except BaseException:
                if self._transaction is this:
                    self._undo()
                raise
            finally:
                if self._transaction is this:
                    self._transaction = None
        finally:
            lock.release()

    def _ready(self, within: object) -> sqlite3.Connection:
        if self.is_closed:
            raise LogError(f"the log {self.path} is closed.")
        if within is not None and within is not self._transaction:
            raise LogError("this transaction has ended, or the process has forked since it began: begin another.")
        if within is not None and self._spoilt:
            raise self._spoilt
        if self._db is None:
            self._open(create=False)
        assert self._db is not None
        return self._db

    def _undo(self) -> None:
        if self._db is not None and self._db.in_transaction:  # a full disk has undone it already
            try:
                self._db.execute("ROLLBACK")
            except sqlite3.Error:
                self._let_go()  # which undoes it too

    def _said(self, error: sqlite3.Error) -> LogError:
        """What SQLite says, as a sentence of ours."""
        code, path = _code(error), self.path
        if code == _BUSY:
            return Busy(f"somebody else has been writing {path} for more than {self.patience:g} seconds: try again.")
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
            return LogTampered(f"{path} is damaged: {error}.")
        return LogError(f"{path} cannot be used: {error}.")

    def inspect(self) -> None:
        """Have SQLite check the table of events and its indexes."""
        ((found,), *_) = self.ask("PRAGMA integrity_check('events')")
        if found != "ok":
            raise LogTampered(f"{self.path} is damaged: {found}.")

    # ---- opening and closing ----

    def _open(self, *, create: bool) -> None:
        if self.path == ":memory:":
            raise LogError("':memory:' is no file: for a log in memory there is MemoryLog().")
        header = _header(self.path)
        if header is None and (self.read_only or not create):
            raise LogError(f"there is no log {self.path}.")
        folder = os.path.dirname(os.path.abspath(self.path))
        self.read_only = self.read_only or not (
            os.access(folder, os.W_OK | os.X_OK) and (header is None or os.access(self.path, os.W_OK))
        )
        if header == b"" and (self.read_only or not create):
            raise LogError(f"{self.path} is not a frontdoor log: it is empty.")
        if header is None and self.read_only:
            raise ReadOnly(f"{self.path} cannot be made: its folder cannot be written.")
        if header or self.read_only:
            is_ours = header and header[:16] == b"SQLite format 3\0" and header[68:72] == schema.MARK
            if not is_ours:
                raise LogError(f"{self.path} is not a frontdoor log.")
        self._connect("mode=ro" if self.read_only else "mode=rwc" if create else "mode=rw")
        try:
            self._prepare()
        except BaseException:
            self._let_go()
            raise

    def _connect(self, mode: str) -> None:
        place = (
            os.path.abspath(self.path).replace("%", "%25").replace("?", "%3f").replace("#", "%23").replace("\\", "/")
        )
        uri = f"file:{'' if place.startswith('/') else '/'}{place}?{mode}"
        try:
            self._db = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=0)
        except sqlite3.Error as error:
            raise self._said(error) from None

    def _prepare(self) -> None:
        """See to it that the file is of this schema, and say how it is to be written."""
        try:
            found = self._version()
        except (Busy, LogTampered):
            raise
        except LogError:
            if not self.read_only:
                raise
            if _size(f"{self.path}-wal"):
                raise LogError(
                    f"{self.path} cannot be read: part of it stands in {self.path}-wal, beside which SQLite must write; copy both "
                    f"to where it can."
                ) from None
            # SQLite cannot write FILE-shm in this folder, but needs none: all there is stands in the file itself
            self._let_go()
            self._connect("mode=ro&immutable=1")
            found = self._version()
        known = schema.VERSION
        if found > known:
            raise OldSchema(
                f"{self.path} was written by a newer frontdoor (schema {found}; this one knows {known}): update frontdoor.",
                found=found, known=known,
            )  # fmt: skip
        if found < (schema.READABLE if self.read_only else known):
            if self.read_only:
                raise OldSchema(
                    f"{self.path} was written by an older frontdoor (schema {found}; this one knows {known}): open it once "
                    f"where it can be written.",
                    found=found, known=known,
                )  # fmt: skip
            self._bring_up_to_date()
        if not self.read_only:
            self.ask("PRAGMA journal_mode = WAL")
            self.ask("PRAGMA synchronous = FULL")
            self.ask("PRAGMA cache_size = -65536")
            self.ask("PRAGMA wal_autocheckpoint = 4000")  # pages; each takes two more syncs, so not too often
            self.ask("PRAGMA fullfsync = ON")  # without which a Mac's disk may keep a sync to itself
        ids = self.ask("SELECT log_id FROM log")
        if len(ids) != 1:
            raise LogTampered(f"{self.path} is damaged: it has {len(ids) or 'no'} id{'s' if ids else ''} of its own.")
        log_id = ids[0][0]
        if self.log_id not in ("", log_id):
            raise LogError(f"{self.path} is another log than the one that was opened.")
        self.log_id = log_id

    def _version(self) -> int:
        ((version,),) = self.ask("PRAGMA user_version")
        return int(version)

    def _bring_up_to_date(self) -> None:
        self.ask("BEGIN IMMEDIATE")
        try:
            if self._version() < schema.VERSION:  # else another process was quicker
                schema.bring_up_to_date(self._ready(None))
            self.ask("COMMIT")
        except BaseException as error:
            self._undo()
            if isinstance(error, sqlite3.Error):
                raise self._said(error) from None
            raise

    def close(self) -> None:
        """Let go of the file; what is committed stays, and a transaction under way is undone."""
        with self._lock:
            self.is_closed, self._transaction = True, None
            self._let_go()

    def _let_go(self) -> None:
        db, self._db, self._seen = self._db, None, None
        if db is not None:
            with suppress(sqlite3.Error):
                db.close()


def _header(path: str) -> bytes | None:
    """The first bytes of a file, read without SQLite so that what is no log stays untouched; None where there is no file."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise LogError(f"{path} is not a frontdoor log: it is no file.")
        with open(path, "rb") as file:
            return file.read(100)
    except FileNotFoundError:
        if not os.path.isdir(folder := os.path.dirname(os.path.abspath(path))):
            raise LogError(f"there is no folder {folder}.") from None
        return None
    except OSError as error:
        raise LogError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from None


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 for what Python's own module finds wrong."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


# ---- forks ----

_all: weakref.WeakSet[Connection] = weakref.WeakSet()
_held: list[Connection] = []
"""Those whose lock is held while this process forks."""
_left: list[sqlite3.Connection | None] = []
"""Those in the middle of a transaction when this process was forked off: its parent's to use, and to close."""


def _before_fork() -> None:
    """SQLite's connections and locks do not survive a fork: let go of them, and each side opens the file anew."""
    for one in list(_all):
        if one._lock.acquire(timeout=one.patience):
            _held.append(one)
            if one._transaction is None:
                one._let_go()


def _after_fork() -> None:
    while _held:
        _held.pop()._lock.release()


def _in_child() -> None:
    for one in list(_all):
        if one._db is not None:
            _left.append(one._db)
            one._db = one._transaction = one._seen = None
        if one not in _held:
            one._lock = threading.RLock()  # the thread that holds the other is not in this process
    _after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_in_child)
