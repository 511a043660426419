"""This process's hold on the file of a log: what SQLite's own locks do not see to.

A process that opens and closes a file a second time, if only to read it, loses every lock that SQLite has on it there: so
POSIX says. Another process that then closes the log takes itself for the last, and deletes FILE-wal, while this one goes on
writing to what has no name any more. A hold keeps one more lock, of the kind that belongs to an open file and not to its
process, beside SQLite's (https://sqlite.org/howtocorrupt.html, section 2.2); where the system has none, as Windows, or needs
none, a hold only counts.

It gives turns too. Those who wait to write stand in a queue of a few places, each place a byte to lock; who stands in one
is overtaken only where one before them has been stopped, and who has just written comes in at the end. The first place is that of
who writes, until all is committed and put into the file: so nobody begins while FILE-wal is emptied, where releases of SQLite
before 3.51.3 could, very rarely, lose what was written (https://sqlite.org/wal.html).
"""

from __future__ import annotations

__all__ = ["Hold", "Turn", "acquired", "key_of"]

import os
import struct
import threading
import time
from typing import Protocol

from frontdoor.errors import Busy, seconds

try:
    import fcntl
except ImportError:  # Windows
    _SET: int | None = None
else:
    _SET = getattr(fcntl, "F_OFD_SETLK", None)  # None where all locks belong to processes

_SHARED, _SHARED_BYTES = 0x40000002, 510
"""Where SQLite has its shared lock, which keeps others from deleting FILE-wal (os_unix.c, SHARED_FIRST and SHARED_SIZE)."""
_QUEUE, _PLACES = 0x40000400, 4
"""Bytes of the page that SQLite leaves to locks, beyond those that it uses: the first is the head of the queue."""
_STANDS = 0.5
"""Of its patience, how much one spends in the queue before it tries to write without."""
_PAUSE = 0.001
"""Seconds between two tries."""


class _Lock(Protocol):
    def acquire(self, blocking: bool, timeout: float, /) -> bool: ...


class Turn:
    """One turn at writing a file, from before it is asked for."""

    def __init__(self) -> None:
        self.has: list[bool] = []
        """Whether it has come, once that is known."""


class Hold:
    """One for all connections of this process to one file: made by `take`, given back by `give_back`."""

    def __init__(self, key: tuple[int, int], path: str) -> None:
        self.key, self._count = key, 0
        self._mine = threading.Lock()
        self._file = -1
        if _SET is not None:
            try:
                self._file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            except OSError:
                self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    @staticmethod
    def known(path: str) -> bool:
        """Whether this process has a hold on the file of that name, and so must not open and close it beside SQLite."""
        return key_of(path) in _held

    @staticmethod
    def take(path: str) -> Hold:
        """The hold on a file that SQLite has been opened on and has read, and so has its lock on.

        Raises:
            OSError: it has gone, or cannot be read.
        """
        key = key_of(path)
        if key is None:
            raise FileNotFoundError(path)
        with opening:
            hold = _held.get(key)
            if hold is None:
                hold = Hold(key, path)
                hold._lock(_SHARED, _SHARED_BYTES, _READ)
                _held[key] = hold  # which, were it interrupted before, would be had without its lock
            hold._count += 1
            return hold

    def is_of(self, path: str) -> bool:
        """Whether the file of that name is still the one that is held."""
        return key_of(path) == self.key

    def loosen(self) -> None:
        """Before SQLite closes the file: the last one to use it may lock it all, to tidy up."""
        if self._count == 1:
            self._lock(_SHARED, _SHARED_BYTES, _NONE)

    def give_back(self) -> None:
        """After SQLite has closed the file."""
        with opening:
            self._count -= 1
            if self._count == 0:
                _held.pop(self.key, None)
                self.forget()

    def forget(self) -> None:
        """Let go of the file, as one that has been forked off does of what it was born with."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def come(self, turn: Turn, path: str, patience: float) -> float:
        """Be the one that writes, of all processes that ask for turns, until `go` says that this `turn` is over; gives when to give
        up, by the monotonic clock.

        Raises:
            Busy: other threads did not let it come in time.
        """
        now = time.monotonic()
        give_up, overtakes = now + patience, now + patience * _STANDS
        if not acquired(self._mine, patience, turn.has):
            raise Busy(f"other threads have been writing {path} for more than {seconds(patience)}: try again.")
        if self._lock(_QUEUE, _PLACES, _WRITE):  # nobody stands in it
            self._lock(_QUEUE + 1, _PLACES - 1, _NONE)
            return give_up
        for place in range(_QUEUE + _PLACES - 1, _QUEUE - 1, -1):
            while not self._lock(place, 1, _WRITE):
                if time.monotonic() >= overtakes:  # one who stands in it may have been stopped, and writes nothing
                    return give_up
                time.sleep(_PAUSE)
            if place + 1 < _QUEUE + _PLACES:
                self._lock(place + 1, 1, _NONE)
        return give_up

    def go(self, turn: Turn) -> None:
        """Let the next one come, whichever thread says so, if this turn is not over yet."""
        if True in turn.has:
            self._lock(_QUEUE, _PLACES, _NONE)
            turn.has = []
            self._mine.release()

    def _lock(self, start: int, count: int, kind: int) -> bool:
        """Whether some bytes are now locked so, or need not be."""
        if _SET is None or self._file < 0:
            return True
        try:
            fcntl.fcntl(self._file, _SET, struct.pack("hhqqi4x", kind, os.SEEK_SET, start, count, 0))
        except BlockingIOError:
            return False
        except OSError:  # a file system without such locks, or a file that may only be read: SQLite's own must do
            return True
        return True


def acquired(lock: _Lock, patience: float, has: list[bool]) -> bool:
    """Whether a lock could be taken within so many seconds, which `has` knows then, whatever interrupts who takes it."""
    has.extend(map(lock.acquire, (True,), (patience,)))  # one call, in the middle of which Python looks for no signal
    return has[-1]


def key_of(path: str) -> tuple[int, int] | None:
    """What tells a file from every other, whatever its name; None where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


_READ, _WRITE, _NONE = (fcntl.F_RDLCK, fcntl.F_WRLCK, fcntl.F_UNLCK) if _SET is not None else (0, 1, 2)
_held: dict[tuple[int, int], Hold] = {}
opening = threading.RLock()
"""Held while a file is looked at and SQLite is opened on it, so that nothing closes it in between."""


def _in_child() -> None:
    global opening
    opening = threading.RLock()
    for hold in _held.values():
        hold.forget()
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
