"""Threads that write one file: what those that wait have written is committed together, with one sync for all.

A thread comes, has the file to itself while its transaction runs, leaves, and waits until its group is done. Who leaves while
others come leaves the commit to them; who is the last, or leaves a group that has been open for long, commits it. So nobody waits
longer than the group may be open and one transaction more that had begun by then.

Whatever has the lock may change what is here, and before it lets go of the lock, however it was interrupted, see to this:

1.  The file has a transaction begun while there is a group, and only then.
2.  In it stands what the members of the group have written, all of it, and of others nothing: who fails, or is interrupted,
    is undone alone (to a savepoint), or else with the whole group.
3.  No transaction runs; a group that is there still has members, and who waits for it commits it when nobody else does.
4.  A group is done once its outcome is known, and that does not change: it is on the disk, or its members are told why it may
    not be. Only what is done is forgotten, so that whoever comes next can finish what another was interrupted in.
"""

from __future__ import annotations

__all__ = ["Member", "Together"]

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue

from frontdoor.errors import Busy, LogError, seconds
from frontdoor.log.hold import acquired
from frontdoor.log.sqlite_file import SqliteFile

_MEMBERS, _WHILE = 64, 0.05
"""So many transactions at most are committed in one, and so many seconds at most is it kept open for more."""


class _Group:
    """Transactions of several threads that are committed together."""

    def __init__(self, version: tuple[int, int]) -> None:
        self.version = version
        """The file's, which changes when others write it."""
        self.members: tuple[SimpleQueue[None], ...] = ()
        """Transactions that are complete: where each is told that the group is done."""
        self.is_decided = False
        self.failure: LogError | None = None
        """Once it is decided: why what its members have written may not be on the disk; None where it is."""
        self._is_done = False
        self._until = time.monotonic() + _WHILE

    def is_full(self) -> bool:
        """Whether others, in other processes, have waited long enough."""
        return len(self.members) >= _MEMBERS or time.monotonic() >= self._until

    def finish(self) -> None:
        """Let its members know that it is decided."""
        self._is_done = True
        for told in self.members:
            told.put(None)

    def wait(self, told: SimpleQueue[None]) -> bool:
        """Wait a little while to be told; whether it is done."""
        if not self._is_done:
            with suppress(Empty):
                told.get(timeout=_WHILE)
        return self._is_done


class Member:
    """One transaction of one thread."""

    def __init__(self) -> None:
        self.has_lock: list[bool] = []
        """Whether it has the lock, once that is known."""
        self.group: _Group | None = None
        self.told: SimpleQueue[None] = SimpleQueue()  # which an interrupt leaves whole, as it does not an Event
        """Where it waits until the group is done."""
        self.savepoint = ""
        self.spoilt: LogError | None = None
        """Why it cannot be committed any more."""
        self.error: BaseException | None = None
        """That which it was left by."""


class Together:
    """The threads that write a file."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file
        self.lock = threading.RLock()
        """Of whoever asks or writes the file."""
        self.coming: set[Member] = set()
        """Those that wait to write."""
        self.running: Member | None = None
        self._group: _Group | None = None
        self._seen: tuple[int, int] | None = None
        self.is_undisturbed = False
        """Of the transaction that runs: nobody else has written the file since the one before it was complete here."""

    # ---- one transaction ----

    @contextmanager
    def transaction(self) -> Iterator[Member]:
        """Have the file to itself; on leaving, what was written is on the disk, or undone where that is by an error.

        Raises:
            Busy: others have been writing for longer than this one is patient.
            LogError: a transaction is under way in this thread; or it could not be committed.
        """
        this = Member()
        try:
            self._come(this)
            self._join(this)
            yield this
            self._complete(this)
        except BaseException as error:
            this.error = error
            if self.running is this:
                self._undo(this)
            raise
        finally:
            try:  # here, and not in a method, at the start of which Python looks for signals
                self._settle(this)
            except BaseException:
                self._settle(this)  # what was interrupted may have been left half done
                raise
            finally:
                if True in this.has_lock:  # no call, after which Python looks for signals
                    self.lock.release()
        assert this.group is not None
        self._wait(this.group, this.told)

    def see(self, this: object) -> Member:
        """This transaction, seen to be running still, and such that it can be committed.

        Raises:
            LogError: it has ended, or the process has forked since; or why it is spoilt.
        """
        self._file.see_open()
        if self.running is None or this is not self.running:
            raise LogError("this transaction has ended, or the process has forked since it began: begin another.")
        if self.running.spoilt is not None:
            raise self.running.spoilt
        return self.running

    def _come(self, this: Member) -> None:
        """Wait for the file; meanwhile whoever has it leaves it to this thread to commit."""
        self.coming.add(this)
        patience = self._file.patience
        has_lock = acquired(self.lock, patience, this.has_lock)
        self.coming.discard(this)
        if not has_lock:
            raise Busy(
                f"another thread has been writing {self._file.path} for more than {seconds(patience)}: try again."
            )

    def _join(self, this: Member) -> None:
        """Begin one transaction of a group: all of it becomes part of that, or nothing."""
        if self.running is not None:
            raise LogError("a transaction is under way in this thread: end it before another begins.")
        if self._group is not None and (self._group.is_decided or not self._file.is_begun):
            self._commit(self._group)  # in which another was interrupted
        if self._group is None:
            self._group = _Group(self._file.begin())
        this.group = group = self._group
        if group.members:
            # named by what stands before it: so one that was left behind by an interrupt is never taken for a later one
            this.savepoint = f"after_{len(group.members)}"
            self._file.ask(f"SAVEPOINT {this.savepoint}")
        self.is_undisturbed, self._seen, self.running = group.version == self._seen, None, this

    def _complete(self, this: Member) -> None:
        self.see(this)
        group = self._group
        assert group is not None
        if this.savepoint:
            self._file.ask(f"RELEASE {this.savepoint}")
        # one statement, which no interrupt divides
        group.members, self._seen, self.running = (*group.members, this.told), group.version, None

    def _settle(self, this: Member) -> None:
        """Leave all as it is to be when the lock is let go: nothing that is not complete, and the group committed unless others
        come who will."""
        self.coming.discard(this)
        if True not in this.has_lock or (self.running is not None and self.running is not this):
            return  # another has it; or the transaction around this one, in the same thread, goes on
        if self.running is this:  # it was interrupted
            self._undo(this)
        group = self._group
        if group is None:
            self._file.undo()
        elif not group.members or not self.coming or group.is_full():
            self._commit(group)

    def _undo(self, this: Member) -> None:
        """Undo what one transaction has written, and not what others have before it, where SQLite has not undone all."""
        if this.savepoint:
            with suppress(LogError):
                self._file.ask(f"ROLLBACK TO {this.savepoint}")
                self.running = None
                self._file.ask(f"RELEASE {this.savepoint}")
                return
        if self._group is not None:
            self._decide(self._group, this.error if isinstance(this.error, LogError) else self._file.interrupted())
            self._end(self._group)
        self.running = None

    def _wait(self, group: _Group, told: SimpleQueue[None]) -> None:
        """Wait until a group is done, and commit it where whoever it was left to gave up or was interrupted."""
        try:
            while not group.wait(told):
                self._commit_left(group)
        except BaseException:
            self._commit_left(group)
            raise
        if group.failure is not None:
            raise group.failure

    # ---- a group ----

    def commit(self) -> None:
        """Commit what waits for it, unless a transaction runs in this thread, which has the lock."""
        if self.running is None and self._group is not None:
            self._commit(self._group)

    def _commit_left(self, group: _Group) -> None:
        """Commit a group if nobody is writing."""
        has_lock: list[bool] = []
        try:
            if acquired(self.lock, 0, has_lock) and self._group is group:
                self.commit()
        finally:
            if True in has_lock:
                self.lock.release()

    def _commit(self, group: _Group) -> None:
        """Put what the members of a group have written on the disk, and tell them."""
        if not group.is_decided:
            failure: LogError | None = self._file.interrupted()
            try:
                self._file.commit()
                failure = None
                self._file.see_that_it_is_kept()
            except LogError as error:
                failure = error
            finally:
                self._decide(group, failure)
        self._end(group)

    def _decide(self, group: _Group, failure: LogError | None) -> None:
        """Say what becomes of a group: nothing more is written in it."""
        if failure is not None:
            self._seen = None
        if not group.is_decided:
            group.failure, group.is_decided = failure, True

    def _end(self, group: _Group) -> None:
        """Let the members of a group know what has become of it, and others come; only then is it forgotten."""
        self._file.undo()
        group.finish()
        self._group = None

    # ---- the end, and forks ----

    def stop(self) -> None:
        """Before the file is closed: commit what waits for it, and let a transaction under way come to nothing."""
        self.commit()
        self.running = None

    def forget(self, *, has_lock: bool) -> None:
        """In a process that was forked off: nobody comes or writes; `has_lock`, if it was this thread that had the lock."""
        self._group = self.running = self._seen = None
        self.coming = set()
        if not has_lock:
            self.lock = threading.RLock()  # the thread that holds the other is not in this process
