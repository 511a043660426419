"""What a log stands on: the disk that it is synced to, the files beside it, the room that is left, the releases in use.

Everything here looks and writes nothing to the log. The log's file is never opened except by SQLite, for to close it would
take from every other connection of this process the locks that it has on it.
"""

from __future__ import annotations

__all__ = [
    "FULL_BAD", "FULL_WARN", "NETWORK", "Beside", "beside", "file_system", "free", "has_wal_bug", "is_readable_by_all",
    "is_readable_by_others", "is_synchronised", "journal_mode", "quick_check", "schema_version", "sealed_cases", "stopped",
    "syncs_per_second",
]  # fmt: skip

import os
import shutil
import sqlite3
import stat
import tempfile
import time
from contextlib import closing, suppress
from typing import NamedTuple

from frontdoor.event import DESTROYED
from frontdoor.log.connection import Connection
from frontdoor.log.hold import key_of
from frontdoor.log.troubles import damaged

NETWORK = frozenset({
    "9p", "afs", "ceph", "cifs", "davfs", "fuse.davfs2", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs", "glusterfs", "ncpfs",
    "nfs", "nfs4", "smb3", "smbfs", "vboxsf",
})  # fmt: skip
"""File systems that are another computer's, or the host's, whose locks and syncs SQLite cannot rely on."""
FULL_WARN = 1 << 30
"""Bytes of room under which a log is told to be short of it."""
FULL_BAD = 16 << 20
"""Bytes of room under which a few more events fill the disk, and nothing is recorded."""
_PATIENCE = 5.0
_MENDED = ((3, 44, 6), (3, 50, 7), (3, 51, 3))
"""SQLite's releases from which the WAL-reset bug is mended, the first two in their own lines alone (sqlite.org/wal.html)."""


class Beside(NamedTuple):
    """The files beside a log."""

    wal: int | None
    """Bytes of FILE-wal; None where there is none."""
    shm: bool
    """Whether there is FILE-shm."""
    journal: bool
    """Whether there is FILE-journal, which a log does not leave."""


def beside(path: str) -> Beside:
    """What stands beside a log."""
    path = os.path.realpath(path)  # SQLite follows links before it names them
    return Beside(_size(f"{path}-wal"), os.path.exists(f"{path}-shm"), bool(_size(f"{path}-journal")))


def file_system(path: str, mounts: str = "/proc/mounts") -> str:
    """The type of the file system that a path is on, as the kernel names it; empty where that is not known."""
    try:
        with open(mounts, encoding="utf-8", errors="replace") as file:
            lines = [line.split() for line in file]
    except OSError:
        return ""
    path = os.path.realpath(path)
    found, of = "", -1
    for _, where, kind, *_ in (line for line in lines if len(line) > 2):
        point = where.encode().decode("unicode_escape") if "\\" in where else where
        is_under = path == point or path.startswith(point.rstrip("/") + "/")
        if is_under and len(point) >= of:  # of two at one place the later covers the other
            found, of = kind, len(point)
    return found


def syncs_per_second(folder: str, *, seconds: float = 0.3) -> float | None:
    """How often in a second a page can be written and synced in a folder, by a file of its own that is gone afterwards; None
    where none can be made."""
    page, sync = bytes(4096), getattr(os, "fdatasync", os.fsync)
    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            count, begun = 0, time.perf_counter()
            while time.perf_counter() - begun < seconds:
                file.write(page)
                sync(file.fileno())
                count += 1
            return count / (time.perf_counter() - begun)
    except OSError:
        return None


def free(path: str) -> int | None:
    """Bytes of room left where a log is; None where that is not known."""
    try:
        return shutil.disk_usage(os.path.dirname(os.path.abspath(path))).free
    except OSError:
        return None


def is_readable_by_all(path: str) -> bool:
    """Whether everybody with an account on the computer may read a file, as far as its folder lets them in."""
    if os.name == "nt":
        return False  # where its mode does not tell
    path = os.path.realpath(path)
    may_enter = os.stat(os.path.dirname(path)).st_mode & stat.S_IXOTH
    return bool(os.stat(path).st_mode & stat.S_IROTH and may_enter)


def stopped(path: str, processes: str = "/proc") -> list[int] | None:
    """Processes that have a file open and were stopped, as by Ctrl-Z or a debugger: of those that this user may look at; None where
    the system does not tell."""
    found, there = [], False
    key = key_of(path)
    for pid in filter(str.isdigit, os.listdir(processes) if os.path.isdir(processes) else ()):
        folder = f"{processes}/{pid}"
        with suppress(OSError):  # it has ended, or is another user's
            with open(f"{folder}/stat", encoding="utf-8", errors="replace") as file:
                state = file.read().rpartition(")")[2].split()[:1]
            there = True
            if state in (["T"], ["t"]) and any(
                key_of(f"{folder}/fd/{one}") == key for one in os.listdir(f"{folder}/fd")
            ):
                found.append(int(pid))
    return found if there else None


def is_readable_by_others(path: str) -> bool:
    """Whether anybody but its owner (and the computer's administrator) may read a file, by its own mode."""
    if os.name == "nt":
        return False  # where its mode does not tell
    return bool(os.stat(path).st_mode & (stat.S_IRGRP | stat.S_IROTH))


def is_synchronised() -> bool | None:
    """Whether the computer's clock is kept in step with others, by its kernel's word; None where that is not known."""
    import ctypes

    try:
        adjtimex = ctypes.CDLL(None).adjtimex
    except (AttributeError, OSError, TypeError):
        return None
    state = adjtimex(ctypes.create_string_buffer(512))  # of zeros: asks, and sets nothing
    return None if state < 0 else state != _UNSYNCHRONISED


_UNSYNCHRONISED = 5


def has_wal_bug(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> bool:
    """Whether a release of SQLite has the WAL-reset bug, by which, very rarely, a commit is lost where several write at once."""
    return version < _MENDED[-1] and not any(line <= version < (3, line[1] + 1) for line in _MENDED[:-1])


def journal_mode(path: str) -> str:
    """'wal' where a log is in use, or was last written by frontdoor; 'delete' for a backup, or by another program's hand."""
    with closing(Connection(path, create=False, read_only=True, patience=_PATIENCE)) as file:
        return str(file.ask("PRAGMA journal_mode")[0][0])


def schema_version(path: str) -> int:
    """The version of the schema that a log is of."""
    with closing(Connection(path, create=False, read_only=True, patience=_PATIENCE)) as file:
        return int(file.ask("PRAGMA user_version")[0][0])


def sealed_cases(path: str) -> tuple[list[tuple[str, str]], list[str]]:
    """The cases that have sealed details, each with what its boxes say of their keys (`keys.Keys.mark`); and the cases of which
    the log says that they were destroyed."""
    by = "CASE WHEN json_valid(details) THEN coalesce(json_extract(details, '$.by'), '') ELSE '' END"
    with closing(Connection(path, create=False, read_only=True, patience=_PATIENCE)) as file:
        sealed = file.ask(f"SELECT DISTINCT case_id, {by} FROM events WHERE salt = '' ORDER BY 1, 2")
        gone = file.ask("SELECT DISTINCT case_id FROM events WHERE event = ? ORDER BY case_id", (DESTROYED,))
    return [(case_id, str(mark)) for case_id, mark in sealed], [case_id for (case_id,) in gone]


def quick_check(path: str) -> None:
    """Have SQLite look through the whole file, its indexes left out.

    Raises:
        LogTampered: it is damaged.
    """
    with closing(Connection(path, create=False, read_only=True, patience=_PATIENCE)) as file:
        ((found,), *_) = file.ask("PRAGMA quick_check(1)")
    if found != "ok":
        raise damaged(path, str(found))


def _size(path: str) -> int | None:
    try:
        return os.stat(path).st_size
    except OSError:
        return None
