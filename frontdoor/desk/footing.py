"""What a log stands on, as its doctor finds it: disk, syncs, room, the files beside it, who has it open and was stopped, who may read it, releases."""

from __future__ import annotations

__all__ = ["Finding", "footing"]

import os
import platform
import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from frontdoor.log import health

_SLOW, _FAST = 20, 50_000
"""Syncs in a second: with fewer people wait, and more no disk makes."""
_LONG_WAL = 256 << 20


class Finding(NamedTuple):
    """What was found of one thing."""

    check: str
    """'backup'."""
    sign: str
    """'ok', 'warn' or 'bad'."""
    said: str
    advice: str = ""
    """What to do; empty where nothing need be done."""


def footing(path: str, beside: health.Beside, syncing: float) -> Iterator[Finding]:
    """Everything that is found of it; `beside` is what stood beside the log before it was opened, and `syncing` for how many
    seconds syncs are counted."""
    yield from _disk(path, syncing)
    yield from _room(path)
    yield from _files(path, beside)
    yield from _processes(path)
    yield from _permissions(path)
    yield from _releases()


def _disk(path: str, syncing: float) -> Iterator[Finding]:
    kind = health.file_system(path)
    if kind in health.NETWORK:
        yield Finding(
            "disk", "warn", f"it is on a file system of another computer ({kind}), whose locks and syncs SQLite cannot rely on.",
            "Keep the log on a disk of the computer that writes it.",
        )  # fmt: skip
    elif kind in ("tmpfs", "ramfs"):
        yield Finding(
            "disk", "bad", f"it is in memory ({kind}): gone when the computer is turned off.", "Keep it on a disk."
        )
    else:
        yield Finding("disk", "ok", f"on a file system of type {kind}." if kind else "which file system is not known.")
    rate = health.syncs_per_second(os.path.dirname(os.path.abspath(path)), seconds=syncing)
    if rate is None:
        yield Finding("syncs", "ok", "not measured: nothing can be made in its folder.")
    else:
        about = f"{rate:,.0f} synced writes a second in its folder, so at most as many commits"
        slow = Finding("syncs", "warn", f"{about}: people will wait.", "Use a quicker disk.")
        fast = Finding(
            "syncs", "warn", f"{about}: more than disks make, so syncs may be ignored.",
            "See what the disk does with a sync (a cache without a battery, a virtual disk's setting): else what was recorded is "
            "lost when the power fails.",
        )  # fmt: skip
        yield slow if rate < _SLOW else fast if rate > _FAST else Finding("syncs", "ok", f"{about}.")


def _processes(path: str) -> Iterator[Finding]:
    stopped = health.stopped(path)
    if stopped:
        one = len(stopped) == 1
        yield Finding(
            "processes", "bad",
            f"process{'' if one else 'es'} {', '.join(map(str, stopped))}, which {'has' if one else 'have'} it open, "
            f"{'was' if one else 'were'} stopped: if in the middle of writing, nobody can record, and if waiting for it, all wait long.",
            "See why (Ctrl-Z, a debugger); let them go on (kill -CONT), or end them: what was acknowledged stays.",
        )  # fmt: skip
    elif stopped is not None:
        yield Finding("processes", "ok", "none that has it open was stopped.")


def _permissions(path: str) -> Iterator[Finding]:
    if health.is_readable_by_all(path):
        yield Finding(
            "permissions", "warn", "everybody with an account on this computer may read it.", f"chmod o-rwx {path}"
        )
    else:
        yield Finding("permissions", "ok", "not everybody may read it.")


def _room(path: str) -> Iterator[Finding]:
    room = health.free(path)
    if room is None:
        return
    said = f"{room / (1 << 30):,.1f} GiB free where it is."
    sign = _sign_of(room, os.path.getsize(path))
    yield Finding("room", sign, said, "" if sign == "ok" else "Make room, for twice its size at least.")


def _sign_of(room: int, size: int) -> str:
    """Of so many bytes of room for a log of that size."""
    if room < health.FULL_BAD:
        return "bad"
    return "warn" if room < max(health.FULL_WARN, 2 * size) else "ok"


def _files(path: str, beside: health.Beside) -> Iterator[Finding]:
    wal = beside.wal
    if beside.journal:
        yield Finding(
            "files", "warn", f"{path}-journal is beside it: another program wrote it, and was stopped on the way.",
            "Leave it there: it is needed to make the log whole when it is next written.",
        )  # fmt: skip
    elif wal is None and beside.shm:
        yield Finding(
            "files", "bad", f"{path}-shm is beside it, and {path}-wal is not: what was recorded last may be missing.",
            "If it was copied, copy all three again, or use 'frontdoor backup'; and hold it to a checkpoint.",
        )  # fmt: skip
    elif wal and wal > _LONG_WAL:
        yield Finding(
            "files", "warn", f"{path}-wal has {wal / (1 << 20):,.0f} MiB: something has been reading it for long.",
            "End what has had it open for long; the next who writes makes it short.",
        )  # fmt: skip
    elif wal:
        yield Finding(
            "files", "ok",
            f"part of it stands in {path}-wal ({wal:,} bytes), as while it is in use, or after a stop: only 'frontdoor backup' "
            f"copies it whole.",
        )  # fmt: skip
    else:
        yield Finding("files", "ok", "all of it is in the one file.")


def _releases() -> Iterator[Finding]:
    from importlib.metadata import version

    named = f"frontdoor {version('frontdoor')}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    if health.has_wal_bug():
        yield Finding(
            "releases", "warn",
            f"{named}, which has the WAL-reset bug unless your system has mended it: very rarely, where several processes write at "
            f"once, something that was recorded is lost.",
            "Update SQLite to 3.51.3 or later (or 3.50.7, or 3.44.6); see sqlite.org/wal.html.",
        )  # fmt: skip
    else:
        yield Finding("releases", "ok", f"{named}.")
