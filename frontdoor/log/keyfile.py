"""The keys of a log's cases, in a small SQLite file of their own, so that no copy of the log carries them.

    SqliteLog("borough.db", keys="borough.keys")

It has a random key of 256 bits for each case that has sealed details, and of each that was destroyed who did it, when and
why. Keep it apart from the log and its copies, readable by those alone who may read the words; keep few copies of it, and
none for longer than words may take to be gone: whoever has an old copy has the keys that were destroyed since. Lost, it takes
every sealed word with it; nothing else: `Desk.accept_keys` goes on with new ones.

A file is opened for each question and let go of at once, so that any number of threads, processes and forks may use it. It is
in journal mode DELETE with synchronous=EXTRA (what is made is on the disk before the event that uses it is written) and
secure_delete=ON (what is destroyed is overwritten). What a file system, a snapshot or the medium keeps of what was overwritten
is beyond its reach: keep it where that is encrypted.
"""

from __future__ import annotations

__all__ = ["MARK", "KeyFile", "see_unused"]

import os
import sqlite3
import threading
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from frontdoor.errors import Busy, KeysError, seconds
from frontdoor.log.keys import Destroyed, usable
from frontdoor.log.shown import CLEAR

MARK = b"FDKY"
"""SQLite's application id of such a file, which stands at its byte 68."""
_FIRST, _LATER = 1, 2
"""The versions of files: of the first keys of a log, and of later ones, whose boxes say that they are sealed under them."""
_TABLES = (
    "CREATE TABLE about (keys_id TEXT NOT NULL PRIMARY KEY, log_id TEXT NOT NULL)",
    "CREATE TABLE clear (name TEXT NOT NULL PRIMARY KEY)",
    "CREATE TABLE keys (case_id TEXT NOT NULL PRIMARY KEY, key BLOB, destroyed_at TEXT NOT NULL DEFAULT '', "
    "destroyed_by TEXT NOT NULL DEFAULT '', because TEXT NOT NULL DEFAULT '')",
    "CREATE TRIGGER destroyed_for_ever BEFORE UPDATE ON keys WHEN OLD.key IS NULL OR NEW.key IS NOT NULL "
    "BEGIN SELECT RAISE(ABORT, 'a key is never changed, and none is made anew'); END",
    "CREATE TRIGGER never_forgotten BEFORE DELETE ON keys BEGIN SELECT RAISE(ABORT, 'what is left of a key stays'); END",
)
_MANY = 500
"""Cases asked for at a time."""
_MOST = 20_000
"""Keys kept in mind."""
_BUSY = 5
_ALONE = threading.RLock()
"""Held while a file is open: to close it anywhere in a process undoes every lock that SQLite has on it there, says POSIX. And
while what is in mind of one is looked at; for both it is the only lock, so that a fork is free of it."""


def _in_child() -> None:
    global _ALONE
    _ALONE = threading.RLock()  # the thread that holds the other is not in this process


if hasattr(os, "register_at_fork"):
    # nobody is within SQLite meanwhile, whose own locks a child could not renew
    os.register_at_fork(
        before=lambda: _ALONE.acquire(), after_in_parent=lambda: _ALONE.release(), after_in_child=_in_child
    )


class _State(NamedTuple):
    """How a file stands: another that is put in its place is told from it, though it has been changed as often."""

    counter: int
    """SQLite's, of the transactions that changed it."""
    file: tuple[int, int]
    changed: int
    """When, in nanoseconds."""


class KeyFile:
    """The keys of one log, in a file that is made with the first event that is recorded with it. `clear` names the details that are not sealed where they
    are codes (default: `shown.CLEAR`); a file that is made keeps them, and one that is there has its own.

    Raises:
        KeysError: it is no file of keys, is of another log, or cannot be read.
    """

    def __init__(
        self, path: str | os.PathLike[str], log_id: str, *, clear: Iterable[str] | None = None, patience: float = 5.0
    ) -> None:
        self.path, self.log_id, self.patience = os.fsdecode(path), log_id, patience
        self._place = os.path.abspath(self.path)
        self.clear = frozenset(CLEAR if clear is None else clear)
        self.keys_id = ""
        self.mark = ""
        """The id, where they came after others that were lost; else empty."""
        self._version = _FIRST
        """Of a file that is yet to be made."""
        self._mind: dict[str, bytes | Destroyed] = {}
        """What the file said when it was as `_seen` says."""
        self._seen: _State | None = None
        self._recognised: _State | None = None
        """As the file stood when it was last seen to be that of these keys."""
        if self._state() is not None:
            with self._opened() as db:
                if db.execute("PRAGMA user_version").fetchone()[
                    0
                ]:  # else the making of it was cut off, and is undone by now
                    self._recognise(db)

    @classmethod
    def anew(
        cls, path: str | os.PathLike[str], log_id: str, *, destroyed: Mapping[str, Destroyed], patience: float = 5.0
    ) -> KeyFile:
        """New keys of a log whose earlier ones are lost, in a file that is not there yet. `destroyed` are the cases whose details
        the log says were destroyed: they have no key in these either.

        Raises:
            KeysError: there is such a file, or it cannot be made.
        """
        if os.path.lexists(path):
            raise KeysError(f"{os.fsdecode(path)} is there already: name a file for the new keys that is not.")
        made = cls(path, log_id, patience=patience)
        made._version = _LATER
        with made._changed() as db:
            rows = [(case_id, *gone) for case_id, gone in destroyed.items()]
            db.executemany("INSERT INTO keys (case_id, destroyed_at, destroyed_by, because) VALUES (?, ?, ?, ?)", rows)
        return made

    def __repr__(self) -> str:
        return f"<KeyFile {self.path!r}>"

    def held(self, case_ids: Iterable[str]) -> Mapping[str, bytes | Destroyed]:
        """The keys of these cases, or what is left of them; without those that have none."""
        wanted = list(dict.fromkeys(case_ids))
        with _ALONE:
            self._look_anew()
            new = [one for one in wanted if one not in self._mind]
            if self._seen is not None and (new or self._recognised != self._seen):
                with self._opened() as db:
                    self._recognise(db)
                    self._recognised = self._seen
                    self._mind |= _asked(db, new)
            found = {one: self._mind[one] for one in wanted if one in self._mind}
            if len(self._mind) > _MOST:
                self._mind.clear()
            return found

    def made(self, case_ids: Iterable[str]) -> Mapping[str, bytes]:
        """The keys of these cases; those that have none are given one, which is on the disk when this returns; of no case, the file is
        made if it was not.

        Raises:
            KeysError: a key was destroyed, or cannot be kept.
        """
        wanted = list(dict.fromkeys(case_ids))
        held = dict(self.held(wanted))
        new = [one for one in wanted if one not in held]
        if new or not self.keys_id:
            with self._changed() as db:
                db.executemany(
                    "INSERT OR IGNORE INTO keys (case_id, key) VALUES (?, ?)", [(one, os.urandom(32)) for one in new]
                )
                found = _asked(db, new)
            held |= found
            with _ALONE:
                now, seen = self._state(), self._seen
                if now and seen and now[:2] == (seen.counter + 1, seen.file):  # nobody else has changed it meanwhile
                    self._seen = self._recognised = now
                    self._mind |= found
        return usable(held)

    def destroy(self, case_id: str, gone: Destroyed) -> Destroyed:
        """Destroy the key of a case, so that it never has one again; what is left of it, which may be from before."""
        with self._changed() as db:
            before = _asked(db, [case_id]).get(case_id)
            if isinstance(before, Destroyed):
                return before
            db.execute("INSERT OR IGNORE INTO keys (case_id, key) VALUES (?, zeroblob(32))", (case_id,))
            db.execute(
                "UPDATE keys SET key = NULL, destroyed_at = ?, destroyed_by = ?, because = ? WHERE case_id = ?",
                (*gone, case_id),
            )
        return gone

    # ---- the file ----

    def _state(self) -> _State | None:
        """How the file stands, read without SQLite; None where there is no file yet."""
        header, about = self._header()
        if not _is_ours(header) and os.path.exists(f"{os.path.realpath(self._place)}-journal"):
            with self._opened() as db:  # somebody is making it, and is waited for; or was cut off, which this undoes
                db.execute("SELECT count(*) FROM sqlite_schema").close()
            header, about = self._header()
        if about is None or not header:
            return None
        if not _is_ours(header):
            raise KeysError(f"{self.path} is not a file of frontdoor's keys.")
        return _State(int.from_bytes(header[24:28]), (about.st_dev, about.st_ino), about.st_mtime_ns)

    def _header(self) -> tuple[bytes, os.stat_result | None]:
        """What a file begins with, and how it stands; nothing where there is none."""
        try:
            with _ALONE, open(self._place, "rb", buffering=0) as file:
                return file.read(100), os.fstat(file.fileno())
        except FileNotFoundError:
            return b"", None
        except OSError as error:
            raise KeysError(f"{self.path} cannot be read: {(error.strerror or str(error)).lower()}.") from None

    def _look_anew(self) -> None:
        """Forget what was read of the file, if it has changed since."""
        state = self._state()
        self._see_there(state)
        if state != self._seen:
            self._mind.clear()
            self._seen = state

    def _see_there(self, state: _State | None) -> None:
        if state is None and self.keys_id:
            raise KeysError(f"{self.path} has gone: bring it back from where it is kept.")

    def _see_whole(self, db: sqlite3.Connection, path: Path) -> None:
        """See that a file has all its pages, as one of which the copying was cut off has not: SQLite takes what lacks for nothing."""
        db.execute("BEGIN").close()  # from the first question on nobody changes it
        ((pages,),), ((size,),) = (db.execute(f"PRAGMA {name}").fetchall() for name in ("page_count", "page_size"))
        is_short = path.stat().st_size < pages * size
        db.execute("COMMIT").close()
        if is_short:
            raise KeysError(f"{self.path} is cut short: bring back the newest copy of it.")

    def _recognise(self, db: sqlite3.Connection) -> None:
        ((version,),) = db.execute("PRAGMA user_version").fetchall()
        if version > _LATER:
            raise KeysError(f"{self.path} was written by a newer frontdoor: update frontdoor.")
        found = db.execute("SELECT keys_id, log_id FROM about").fetchall()
        if len(found) == 1 and found[0][1] != self.log_id:
            raise KeysError(
                f"{self.path} has the keys of another log: of {found[0][1]}, and this is {self.log_id or 'a new one'}."
            )
        if len(found) != 1 or self.keys_id not in ("", found[0][0]):
            raise KeysError(f"{self.path} is another file of keys than the one that was opened.")
        self.keys_id = found[0][0]
        self.mark = self.keys_id if version == _LATER else ""
        self.clear = frozenset(name for (name,) in db.execute("SELECT name FROM clear"))

    @contextmanager
    def _changed(self) -> Iterator[sqlite3.Connection]:
        """A transaction that changes the file, which is made first if none ever was."""
        self._see_there(self._state())
        with self._opened(create=not self.keys_id) as db:
            db.execute("BEGIN IMMEDIATE")
            if not db.execute("PRAGMA user_version").fetchone()[0]:
                for sql in _TABLES:
                    db.execute(sql)
                db.execute("INSERT INTO about (keys_id, log_id) VALUES (?, ?)", (str(uuid.uuid4()), self.log_id))
                db.executemany("INSERT INTO clear (name) VALUES (?)", [(name,) for name in sorted(self.clear)])
                db.execute(f"PRAGMA application_id = {int.from_bytes(MARK)}")
                db.execute(f"PRAGMA user_version = {self._version}")
            self._recognise(db)
            yield db
            db.execute("COMMIT")

    @contextmanager
    def _opened(self, *, create: bool = False) -> Iterator[sqlite3.Connection]:
        """A connection for one question, with SQLite's troubles told in sentences; what is not committed is undone."""
        with _ALONE:
            yield from self._opened_alone(Path(self._place), create=create)

    def _opened_alone(self, path: Path, *, create: bool) -> Iterator[sqlite3.Connection]:
        try:
            if create and not path.exists():
                with suppress(FileExistsError):
                    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except OSError as error:
            raise KeysError(f"{self.path} cannot be made: {(error.strerror or str(error)).lower()}.") from None
        can_write = os.access(path, os.W_OK) and os.access(path.parent, os.W_OK | os.X_OK)
        db = None
        try:
            db = sqlite3.connect(
                f"{path.as_uri()}?mode={'rw' if can_write else 'ro'}",
                uri=True,
                isolation_level=None,
                timeout=self.patience,
            )
            for pragma in ("secure_delete = ON", "synchronous = EXTRA", "fullfsync = ON", "temp_store = MEMORY"):
                db.execute(f"PRAGMA {pragma}").close()
            if not create:
                self._see_whole(db, path)
            yield db
        except sqlite3.Error as error:
            if (getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF == _BUSY:
                raise Busy(
                    f"somebody else has been writing {self.path} for more than {seconds(self.patience)}: try again."
                ) from None
            raise KeysError(f"{self.path} cannot be read or written: {error}.") from None
        finally:
            if db is not None:
                db.close()


def see_unused(path: str | os.PathLike[str]) -> None:
    """See that a file can be made of the keys of a log that is itself yet to be made.

    Raises:
        KeysError: it has the keys of a log, is something else, or cannot be made.
    """
    folder = os.path.dirname(KeyFile(path, "")._place)
    if not os.path.isdir(folder) or not os.access(folder, os.W_OK | os.X_OK):
        why = "permission denied" if os.path.isdir(folder) else "no such file or directory"
        raise KeysError(f"{os.fsdecode(path)} cannot be made: {why}.")


def _is_ours(header: bytes) -> bool:
    return header[:16] == b"SQLite format 3\0" and header[68:72] == MARK


def _asked(db: sqlite3.Connection, case_ids: Sequence[str]) -> dict[str, bytes | Destroyed]:
    found: dict[str, bytes | Destroyed] = {}
    for start in range(0, len(case_ids), _MANY):
        some = case_ids[start : start + _MANY]
        sql = f"SELECT case_id, key, destroyed_at, destroyed_by, because FROM keys WHERE case_id IN ({', '.join('?' * len(some))})"
        for case_id, key, *left in db.execute(sql, some):
            found[case_id] = Destroyed(*left) if key is None else bytes(key)
    return found
