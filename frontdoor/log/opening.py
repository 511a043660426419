"""Opening the file of a log: that it is one, of this schema, and how it is to be written.

Before SQLite is let at a file its first bytes are looked at, so that what is no log stays untouched.
"""

from __future__ import annotations

__all__ = ["Opened", "is_log", "open_file", "size_of"]

import os
import re
import sqlite3
import stat
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from frontdoor.errors import Busy, LogError, LogTampered, OldSchema, ReadOnly
from frontdoor.log import hold, schema, whole
from frontdoor.log.troubles import patiently, said_of

_OURS = b"SQLite format 3\0".ljust(68, b"\0") + schema.MARK
"""How a log begins, as far as it is looked at."""
_JOURNAL = bytes.fromhex("d9d505f920a163d7")
"""How a rollback journal of SQLite's begins (https://sqlite.org/fileformat2.html, section 3)."""
_MODE = 0o660
"""Of a new log, less what the umask takes away: what is about children is not for everybody with an account, and a service and
a cron job share it by their group."""
_HOW_TO_WRITE = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "cache_size = -65536",
    "wal_autocheckpoint = 4000",  # pages; each takes two more syncs, so not too often
    "fullfsync = ON",  # without which a Mac's disk may keep a sync to itself
)


class Opened(NamedTuple):
    """A file that is open."""

    db: sqlite3.Connection
    read_only: bool
    log_id: str
    hold: hold.Hold
    lacks_wal: bool
    """Whether it was copied without what stood in FILE-wal beside it, as far as that shows."""


def open_file(
    place: str, path: str, *, create: bool, read_only: bool, patience: float, as_it_is: bool = False
) -> Opened:
    """Open the log at a `place`, an absolute path; `path` is what it is called in what is said of it.

    A file or folder that cannot be written is opened for reading, as if `read_only`.

    Raises:
        LogError: there is no such file, it is no log, it cannot be read, or is to be written and has another name.
        OldSchema: it was written by a newer frontdoor; or by an older, and cannot be brought up to date.
        ReadOnly: it is to be made where nothing can be written.
    """
    place = os.path.realpath(place)  # SQLite follows links before it names what stands beside a file
    with hold.opening:
        one = _Opening(place, path, create=create, read_only=read_only, patience=patience)
        try:
            log_id = one.prepare(as_it_is=as_it_is)
            return Opened(one.db, one.read_only, log_id, hold.Hold.take(place), one.lacks_wal)
        except OSError:
            one.close()
            raise LogError(f"{path} has gone while it was opened.") from None
        except BaseException:
            one.close()
            raise


class _Opening:
    """A file while it is being opened."""

    db: sqlite3.Connection

    def __init__(self, place: str, path: str, *, create: bool, read_only: bool, patience: float) -> None:
        self._place, self._path, self._patience, self.lacks_wal = place, path, patience, False
        self._had_wal = bool(size_of(f"{place}-wal"))
        header = _header(place, path)
        if header is None and (read_only or not create):
            raise LogError(f"there is no log {path}.")
        can_write = os.access(os.path.dirname(place), os.W_OK | os.X_OK) and (
            header is None or os.access(place, os.W_OK)
        )
        self.read_only = read_only or not can_write
        if header == b"" and (self.read_only or not create):
            raise LogError(f"{path} is not a frontdoor log: it is empty.")
        if not self.read_only and (why := _has_another_name(place)):
            raise LogError(f"{path} {why}")
        if header is None and self.read_only:
            raise ReadOnly(f"{path} cannot be made: its folder cannot be written.")
        if (header or self.read_only) and not (header and header[:16] == _OURS[:16] and header[68:72] == schema.MARK):
            raise LogError(f"{path} is not a frontdoor log.")
        if header is None:
            self._make()
        self._connect("mode=ro" if self.read_only else "mode=rwc" if create else "mode=rw")

    def _make(self) -> None:
        """An empty file that nobody reads but its owner and, where the umask lets it, its group; SQLite makes the others beside it
        alike."""
        with suppress(OSError):  # another process was quicker; or it cannot be made, which SQLite will say
            os.close(os.open(self._place, os.O_CREAT | os.O_EXCL | os.O_RDWR, _MODE))

    def _connect(self, mode: str) -> None:
        place = self._place.replace("%", "%25").replace("?", "%3f").replace("#", "%23").replace("\\", "/")
        uri = f"file:{'' if place.startswith('/') else '/'}{place}?{mode}"
        try:
            self.db = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=0)
        except sqlite3.Error as error:
            raise said_of(error, self._path, patience=self._patience) from None

    def close(self) -> None:
        with suppress(sqlite3.Error):
            self.db.close()

    def _ask(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        return patiently(lambda: self.db.execute(sql, parameters).fetchall(), self._path, patience=self._patience)

    def prepare(self, *, as_it_is: bool) -> str:
        """See to it that the file is of this schema and whole (or taken `as_it_is`), and say how it is to be written; its log's id."""
        path, found, known = self._path, self._version_of_any(), schema.VERSION
        if found > known:
            raise OldSchema(
                f"{path} was written by a newer frontdoor (schema {found}; this one knows {known}): update frontdoor.",
                found=found, known=known,
            )  # fmt: skip
        if found < (schema.READABLE if self.read_only else known):
            if self.read_only:
                raise OldSchema(
                    f"{path} was written by an older frontdoor (schema {found}; this one knows {known}): open it once "
                    f"where it can be written, as 'frontdoor rebuild' does.",
                    found=found, known=known,
                )  # fmt: skip
            self._bring_up_to_date()
        # FILE-wal is looked at before and after: another process may have begun to write in between
        if found > 1 and not self._had_wal and self._is_in_use() and not size_of(f"{self._place}-wal"):
            self.lacks_wal = True
            if not self.read_only and not as_it_is:
                raise LogError(whole.sentence(path))
        for pragma in () if self.read_only else _HOW_TO_WRITE:
            self._ask(f"PRAGMA {pragma}")
        ids = self._ask("SELECT log_id FROM log")
        if len(ids) != 1:
            raise LogTampered(f"{path} is damaged: it has {len(ids) or 'no'} id{'s' if ids else ''} of its own.")
        return str(ids[0][0])

    def _is_in_use(self) -> bool:
        return patiently(lambda: whole.is_in_use(self.db), self._path, patience=self._patience)

    def _version_of_any(self) -> int:
        """The version of the schema, also where SQLite can write nothing beside the file."""
        try:
            return self._version()
        except (Busy, LogTampered):
            raise
        except LogError:
            if not self.read_only:
                raise
            if size_of(f"{self._place}-wal"):
                raise LogError(
                    f"{self._path} cannot be read: part of it stands in {self._path}-wal, beside which SQLite must write; "
                    f"copy both to where it can."
                ) from None
            # SQLite cannot write FILE-shm in this folder, but needs none: all there is stands in the file itself
            self.close()
            self._connect("mode=ro&immutable=1")
            return self._version()

    def _version(self) -> int:
        ((version,),) = self._ask("PRAGMA user_version")
        return int(version)

    def _bring_up_to_date(self) -> None:
        self._ask("BEGIN IMMEDIATE")
        try:
            if self._version() < schema.VERSION:  # else another process was quicker
                schema.bring_up_to_date(self.db)
            self._ask("COMMIT")
        except BaseException as error:
            if self.db.in_transaction:
                with suppress(sqlite3.Error):
                    self.db.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise said_of(error, self._path, patience=self._patience) from None
            raise


def is_log(path: str) -> bool:
    """Whether a file is a log of whichever schema, by its first bytes."""
    if not os.path.isfile(path):
        return False
    with suppress(LogError):
        header = _header(os.path.realpath(path), path) or b""
        return header[:16] == _OURS[:16] and header[68:72] == schema.MARK
    return False


def _header(place: str, path: str) -> bytes | None:
    """The first bytes of a file, read without SQLite so that what is no log stays untouched; None where there is no file.

    `path` is what the file is called in what is said of it.
    """
    if hold.Hold.known(place):  # to open and close it here would undo SQLite's locks
        return _OURS
    try:
        if not stat.S_ISREG(os.stat(place).st_mode):
            raise LogError(f"{path} is not a frontdoor log: it is no file.")
        with open(place, "rb") as file:
            header = file.read(100)
        return b"" if not any(header) and _is_begun_of_nothing(place) else header
    except FileNotFoundError:
        if not os.path.isdir(folder := os.path.dirname(place)):
            raise LogError(f"there is no folder {folder}.") from None
        return None
    except OSError as error:
        raise LogError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from None


def _has_another_name(place: str, mounts: str = "/proc/self/mountinfo") -> str:
    """Why what is written by this name of a file would be lost by another: FILE-wal stands beside the name that it was opened by;
    empty where there is no other."""
    try:
        if os.stat(place).st_nlink > 1:
            other = _beside(place)
            named = f", {other}" if other else ""
            stopped = ", as a restore that was stopped leaves one" if ".replaced-" in other else ""
            return (
                f"has another name{named}, by a hard link{stopped}: who opens it by that does not see what is recorded by this. "
                f"Take {other or 'one of the two'} away; a symbolic link does no harm."
            )
        with open(mounts, encoding="utf-8", errors="surrogateescape") as file:
            points = {line.split()[4] for line in file}
    except OSError:  # there is no file yet, or the system does not tell
        return ""
    if re.sub(r"[\\ \t\n]", lambda odd: f"\\{ord(odd[0]):03o}", place) in points:
        return (
            "is mounted by itself, as a container's volume may be: what stands beside it there, and was recorded, would be lost "
            "with the container. Mount its folder."
        )
    return ""


def _beside(place: str) -> str:
    """Another name of a file in its folder; empty where it has none there."""
    key, folder = hold.key_of(place), os.path.dirname(place)
    others = (name for name in sorted(os.listdir(folder)) if name != os.path.basename(place))
    return next(
        (name for name in others if hold.key_of(f"{folder}/{name}") == key and not os.path.islink(f"{folder}/{name}")),
        "",
    )


def _is_begun_of_nothing(place: str) -> bool:
    """Whether a file that does not begin as one of SQLite's was being made by it: the journal of its first transaction says
    how many pages there were before, none. SQLite empties it on opening it."""
    try:
        with open(f"{place}-journal", "rb") as journal:
            header = journal.read(20)
    except OSError:
        return False
    return header[:8] == _JOURNAL and header[16:] == bytes(4)


def size_of(path: str) -> int:
    """Bytes of a file; 0 where there is none."""
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
