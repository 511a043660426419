"""A disk that keeps only what was synced, and at a power cut some of the rest: whole sectors of it, in any order.

    with Disk(folder) as disk, running_on(disk):        # `adapter.running_on`
        log = SqliteLog(folder / "borough.db")          # frontdoor's own code, from here on upon this disk
        disk.cut_at(40, chance)                         # the power goes at the 40th operation from now
        ...
    disk.left                                           # what then is on the disk: each file's bytes by its name

The files that SQLite sees stand in the folder; what would be left of them is kept here. For each file that is what was
written before its last sync, and of every sector of 512 bytes what it was after any one of the writes since; for the folder
the files made and deleted before its last sync, and any of those since. SQLite syncs a folder with the first sync of a
journal that it has made, and where it deletes with a sync. `on_operation` may raise what a failing disk says instead.

A disk is what it keeps (`Platter`), and what SQLite writes that by (`Drive`): of several processes each has a drive of its own, and
one platter, which is another process's (`far`).
"""

from __future__ import annotations

__all__ = ["Disk", "Drive", "Kept", "Operation", "Platter", "PowerCut", "failing", "full"]

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from types import TracebackType
from typing import NamedTuple, Self, TypeAlias

import apsw

SECTOR = 512
_JOURNALS = apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_SUPER_JOURNAL
_RESULTS = {
    "read": apsw.SQLITE_IOERR_READ, "write": apsw.SQLITE_IOERR_WRITE, "sync": apsw.SQLITE_IOERR_FSYNC,
    "truncate": apsw.SQLITE_IOERR_TRUNCATE, "size": apsw.SQLITE_IOERR_FSTAT, "delete": apsw.SQLITE_IOERR_DELETE,
}  # fmt: skip


class PowerCut(apsw.IOError):
    """The power is off: nothing can be read or written any more."""


class Operation(NamedTuple):
    """One thing that SQLite asks of the disk."""

    kind: str
    """read, write, sync, truncate, size, open or delete."""
    name: str
    """Of the file."""
    grows: int = 0
    """How many bytes longer the file becomes."""


def failing(operation: Operation) -> apsw.Error:
    """What a disk says that fails to do this."""
    if operation.kind == "open":
        return _error(apsw.CantOpenError("unable to open database file"), apsw.SQLITE_CANTOPEN)
    return _error(apsw.IOError("disk I/O error"), _RESULTS[operation.kind])


def full() -> apsw.Error:
    """What a full disk says."""
    return _error(apsw.FullError("database or disk is full"), apsw.SQLITE_FULL)


def _error(error: apsw.Error, code: int) -> apsw.Error:
    error.result, error.extendedresult = code & 0xFF, code
    return error


Change: TypeAlias = "tuple[int, bytes] | int"
"""Bytes written from a place, or the size that a file was cut to."""


class Kept:
    """What of one file is on the disk, and what may be."""

    def __init__(self, content: bytes = b"") -> None:
        self.synced = content
        self.since: list[Change] = []

    def change(self, change: Change) -> None:
        """What may be on the disk from now on."""
        self.since.append(change)

    def undo(self) -> None:
        """What was changed last was not done."""
        self.since.pop()

    def sync(self) -> None:
        """All of it is on the disk."""
        self.synced, self.since = self.after(lambda sector: len(self.since)), []

    def after(self, until: Callable[[int], int]) -> bytes:
        """Its bytes where sector n holds what it was after `until(n)` of the changes; sector -1 stands for its size."""
        size, content = len(self.synced), bytearray(self.synced)
        bounds: dict[int, int] = {}
        for at, change in enumerate(self.since):
            start = change if isinstance(change, int) else change[0]
            end = max(len(content), start) if isinstance(change, int) else start + len(change[1])
            content.extend(bytes(max(0, end - len(content))))
            for sector in range(start // SECTOR, -(-end // SECTOR)):
                if sector not in bounds:
                    bounds[sector] = until(sector)
                if at < bounds[sector]:
                    first, last = max(start, sector * SECTOR), min(end, (sector + 1) * SECTOR)
                    content[first:last] = (
                        bytes(last - first) if isinstance(change, int) else change[1][first - start : last - start]
                    )
        for change in self.since[: until(-1)]:
            size = change if isinstance(change, int) else max(size, change[0] + len(change[1]))
        return bytes(content[:size]).ljust(size, b"\0")


class Platter:
    """What is on a disk with one folder; what was there when it began is synced."""

    def __init__(self, folder: Path) -> None:
        self._synced = {one.name: Kept(one.read_bytes()) for one in folder.iterdir()}
        self._files = dict(self._synced)
        self._moves: list[tuple[str, Kept | None]] = []
        """Files made, and (None) deleted, since the folder was synced."""
        self.on_operation: Callable[[Operation], apsw.Error | None] = lambda operation: None
        self.forgets = False
        """Whether what a failed sync should have put on the disk is never put there, as some systems do."""
        self.operations = 0
        self.left: dict[str, bytes] | None = None
        """What is on the disk once the power is off."""
        self._cut: tuple[int, Random] | None = None

    # ---- cuts ----

    @property
    def is_off(self) -> bool:
        """Whether the power is off."""
        return self.left is not None

    def cut_at(self, operation: int, chance: Random) -> None:
        """Cut the power at an operation from now, the first being 1."""
        self._cut = self.operations + operation, chance

    def cut(self, chance: Random, *, some: bool = True) -> Mapping[str, bytes]:
        """Cut the power now; what is left, each file's bytes by its name: of what was not synced some, or nothing."""
        if self.left is None:
            policy = chance.choice(_POLICIES) if some else _nothing
            files, kept = dict(self._synced), policy(len(self._moves), chance)
            for at, (name, file) in enumerate(self._moves):
                if at < kept(at):
                    files.pop(name, None)
                    if file is not None:
                        files[name] = file
            self.left = {name: file.after(policy(len(file.since), chance)) for name, file in files.items()}
        return self.left

    def asked(self, operation: Operation) -> None:
        """Count an operation, which may be the one that is not done any more."""
        self.operations += 1
        if self._cut and self.operations >= self._cut[0]:
            self.cut(self._cut[1])
        if self.is_off:
            raise _error(PowerCut("the power is off"), apsw.SQLITE_IOERR)
        error = self.on_operation(operation)
        if error is not None:
            raise error

    # ---- what a drive tells ----

    def opened(self, name: str) -> Kept:
        """The file of that name, made where it is not there."""
        if name not in self._files:
            self._files[name] = Kept()
            self._moves.append((name, self._files[name]))
        return self._files[name]

    def deleted(self, name: str, syncs_folder: bool) -> None:
        """There is no file of that name any more."""
        self._files.pop(name, None)
        self._moves.append((name, None))
        if syncs_folder:
            self.sync_folder()

    def sync_folder(self) -> None:
        """See to it that files made and deleted stay so."""
        self._synced, self._moves = dict(self._files), []


class Drive(apsw.VFS):
    """What SQLite reads and writes a platter by."""

    def __init__(self, folder: Path, platter: Platter) -> None:
        self.name, self.folder, self.platter = f"disk-{id(self)}", folder, platter
        super().__init__(self.name, "")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.unregister()

    def xOpen(self, name: apsw.URIFilename | str | None, flags: list[int]) -> apsw.VFSFile:
        """Open a file, making it where it is not there."""
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        if path is None:
            return apsw.VFSFile("", None, flags)
        short = os.path.basename(path)
        self.platter.asked(Operation("open", short))
        file = _File(self.platter, name, flags, short)
        file.kept = self.platter.opened(short)
        return file

    def xDelete(self, path: str, syncs_folder: bool) -> None:
        """Delete a file."""
        short = os.path.basename(path)
        self.platter.asked(Operation("delete", short))
        super().xDelete(path, syncs_folder)
        self.platter.deleted(short, syncs_folder)

    def size(self) -> int:
        """How many bytes all files have together, for SQLite."""
        return sum(one.stat().st_size for one in self.folder.iterdir() if not one.name.endswith("-shm"))


class Disk(Drive, Platter):
    """A disk of one process."""

    def __init__(self, folder: Path) -> None:
        Platter.__init__(self, folder)
        Drive.__init__(self, folder, self)


class _File(apsw.VFSFile):
    kept: Kept

    def __init__(self, disk: Platter, name: apsw.URIFilename | str, flags: list[int], short: str) -> None:
        super().__init__("", name, flags)
        self._disk, self._short = disk, short
        self._syncs_folder = bool(flags[0] & _JOURNALS and flags[0] & apsw.SQLITE_OPEN_CREATE)

    def xRead(self, amount: int, offset: int) -> bytes:
        self._disk.asked(Operation("read", self._short))
        return super().xRead(amount, offset)

    def xWrite(self, data: bytes, offset: int) -> None:
        grows = max(0, offset + len(data) - super().xFileSize())
        written = bytes(data)
        self.kept.change((offset, written))
        try:
            self._disk.asked(Operation("write", self._short, grows))
        except BaseException:
            self.kept.undo()
            raise
        super().xWrite(data, offset)

    def xTruncate(self, size: int) -> None:
        self._disk.asked(Operation("truncate", self._short))
        super().xTruncate(size)
        self.kept.change(size)

    def xSync(self, flags: int) -> None:
        try:
            self._disk.asked(Operation("sync", self._short))
        except apsw.Error:
            if self._disk.forgets:
                self.kept.since = []
            raise
        self.kept.sync()  # the file that SQLite sees outlives nothing, and need not be synced
        if self._syncs_folder:
            self._disk.sync_folder()
            self._syncs_folder = False

    def xFileSize(self) -> int:
        self._disk.asked(Operation("size", self._short))
        return super().xFileSize()


# ---- what a cut leaves of changes that were not synced: for each sector, how many of them ----

Policy: TypeAlias = "Callable[[int, Random], Callable[[int], int]]"


def _nothing(count: int, chance: Random) -> Callable[[int], int]:
    return lambda sector: 0


def _everything(count: int, chance: Random) -> Callable[[int], int]:
    return lambda sector: count


def _in_order(count: int, chance: Random) -> Callable[[int], int]:
    """Up to some change, and that one torn."""
    last = chance.randint(0, count)
    return lambda sector: min(count, last + chance.randint(0, 1))


def _scattered(count: int, chance: Random) -> Callable[[int], int]:
    """Any sector as it was after any change."""
    return lambda sector: chance.randint(0, count)


def _nearly(count: int, chance: Random) -> Callable[[int], int]:
    """Everything, but for a few sectors."""
    return lambda sector: count if chance.random() < 0.9 else chance.randint(0, count)


_POLICIES: tuple[Policy, ...] = (_nothing, _everything, _in_order, _scattered, _nearly)
