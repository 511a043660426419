"""A log in one SQLite file (and, while it is open, two beside it, FILE-wal and FILE-shm).

    with SqliteLog("borough.db") as log:
        desk = Desk(log)

What is committed is on the disk: the file is in WAL mode with synchronous=FULL, one sync a transaction. Several processes
may use it at once, and within one several threads and what they fork. A transaction takes the one write lock as it begins,
so that what it reads stays true until it ends.
"""

from __future__ import annotations

__all__ = ["SqliteLog"]

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from typing import Any, cast

from frontdoor.errors import Busy, KeysError
from frontdoor.event import Event
from frontdoor.log import Writing
from frontdoor.log.appending import Memory, Transaction
from frontdoor.log.asking import EVENT, MANY, Reading
from frontdoor.log.chain import Record, events_of
from frontdoor.log.connection import Connection
from frontdoor.log.keyfile import KeyFile, see_unused
from frontdoor.log.keys import Keys
from frontdoor.log.listing import PAGE, Listing
from frontdoor.log.opening import size_of
from frontdoor.log.sealing import Sealed, Sealing

_LOOK = 0.02
"""Seconds between two looks whether there is something new: a file tells nobody."""
_LEAST = -1e30
"""Less than any whole number that SQLite holds."""


class SqliteLog(Listing, Reading, Sealed):
    """A log in a file, which is made if there is none and `create`.

    A file or folder that cannot be written is opened for reading, as if `read_only`; writing it is then refused. Where not
    even FILE-shm can be made beside it, it is read as a file that nobody else is writing. `patience` is how many seconds to
    wait for another writer. With `keys`, a file that is made beside nothing (`log.keyfile`), what people write of a case is
    sealed under a key of the case's own, which `Desk.destroy_details` can destroy; without, it is kept in the open. A file that
    shows that it was copied while in use, without FILE-wal beside it, is read, and written only `as_it_is`.

    Raises:
        KeysError: `keys` has the keys of another log, or those that details are sealed under are not there.
        LogError: there is no such file, it is no log, it lacks its FILE-wal, or it cannot be read.
        OldSchema: it was written by a newer frontdoor; or by an older, and cannot be brought up to date.
        ReadOnly: it is to be made where nothing can be written.
    """

    MARK = "?"

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        create: bool = True,
        read_only: bool = False,
        patience: float = 5.0,
        keys: str | os.PathLike[str] | Keys | None = None,
        as_it_is: bool = False,
    ) -> None:
        if create and not read_only and isinstance(keys, (str, os.PathLike)):
            self._see_new(os.fsdecode(path), keys)
        self._file = Connection(
            os.fsdecode(path), create=create, read_only=read_only, patience=patience, as_it_is=as_it_is
        )
        self.path = self._file.path
        self._memory = Memory()
        try:
            self.sealing = Sealing(self.log_id, self._keys(keys))
        except BaseException:
            self._file.close()
            raise

    @staticmethod
    def _see_new(path: str, keys: str | os.PathLike[str]) -> None:
        """See that a log that is to be made can have these keys, so that none is made where it cannot."""
        _see_apart(path, keys)
        try:
            see_unused(keys)
        except (Busy, KeysError):
            if not size_of(
                path
            ):  # looked at last, for another process may have begun both meanwhile: a log comes before its keys
                raise

    def _keys(self, keys: str | os.PathLike[str] | Keys | None) -> Keys | None:
        """The keys, seen to be those that this log's details are sealed under, if any are."""
        if keys is None:
            return None
        name = os.fsdecode(keys) if isinstance(keys, (str, os.PathLike)) else str(keys)
        if isinstance(keys, (str, os.PathLike)):
            _see_apart(self.path, keys)
            keys = KeyFile(keys, self.log_id, patience=self._file.patience)
        elif isinstance(keys, KeyFile) and keys.log_id != self.log_id:
            raise KeysError(f"{keys.path} was opened for another log than {self.path}: give its name.")
        by = self._sealed_by()
        if by and keys.keys_id not in by:
            there = "has others" if keys.keys_id else "is not there"
            raise KeysError(
                f"the details in {self.path} are sealed by keys that {name} should have, and it {there}: bring it back; "
                "if it is lost for good, frontdoor accept-keys goes on with new ones."
            )
        return keys

    def is_sealed_by(self, keys_id: str) -> bool:
        """Whether details are sealed under these keys, or may be."""
        return keys_id in self._sealed_by()

    def seals_by(self, keys_id: str) -> bool:
        """Whether words are recorded under these keys: those that it went on with last, if it is sealed by any."""
        return keys_id in self._sealed_by()[-1:]

    def __repr__(self) -> str:
        state = ", closed" if self._file.is_closed else ", read only" if self.read_only else ""
        return f"<SqliteLog {self.path!r}{state}>"

    @property
    def log_id(self) -> str:
        """A UUID that the log was given when it was made."""
        return self._file.log_id

    @property
    def read_only(self) -> bool:
        """Whether it cannot be written."""
        return self._file.read_only

    @property
    def lacks_wal(self) -> bool:
        """Whether the file shows that it was copied without what stood in FILE-wal beside it."""
        return self._file.lacks_wal

    def _ask(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        return self._file.ask(sql, parameters)

    @contextmanager
    def writing(self, cases: Iterable[str] = (), *, waits: bool = True) -> Iterator[Writing]:
        """Begin a transaction: nobody else writes until it ends. Leaving it by an error undoes it."""
        with self._file.transaction() as this:
            if not self._file.is_undisturbed or len(self._memory.heads) > MANY:
                self._memory = Memory()
            yield Transaction(self._file, this, self._memory, self.sealing, tuple(cases))

    def wait(self, after: int, timeout: float | None = None) -> bool:
        """Wait until there is an event of a position higher than `after`, for so many seconds at most; whether there is."""
        give_up = None if timeout is None else time.monotonic() + timeout
        while not (there := self.size() > after) and (give_up is None or time.monotonic() < give_up):
            time.sleep(_LOOK)
        return there

    def digests(self) -> set[str]:
        """The digests of all workflows that events say they are bound to."""
        return {digest for (digest,) in self._ask("SELECT DISTINCT digest FROM events") if digest}

    def inspect(self) -> None:
        """See that the file is whole: that its indexes find every event, as SQLite's own check of the table says.

        Raises:
            LogTampered: it is not; the events may still be as they were recorded, and only be found no more.
        """
        self._file.inspect()

    def close(self) -> None:
        """Let go of the file; what is committed stays, and a transaction under way is undone."""
        self._file.close()

    def __enter__(self) -> SqliteLog:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    # ---- reading ----

    def records(self) -> Iterator[Record]:
        """Every event as it is stored, in order of position, as far as the log had come when asked."""
        ((upto,),) = self._ask("SELECT max(position) FROM events")
        nowhere = self._ask(f"{EVENT} WHERE position IS NULL")  # which only a table made by somebody else can hold
        return chain(nowhere, self._records(_LEAST, upto))

    def _records(self, after: float, upto: int) -> Iterator[Record]:
        sql = f"{EVENT} WHERE position > ? AND position <= ? ORDER BY position"
        return self._pages(sql, (after, upto), lambda record: (record[0], upto))

    def follow(self, after: int = 0) -> Iterator[Event]:
        """Every event of a position higher than `after`, in order of position, as far as the log had come when asked."""
        records = self._records(after, self.size())  # as far as it has come now, not when they are first looked at
        return chain.from_iterable(iter(lambda: events_of(list(islice(records, PAGE)), self.sealing), []))

    def rows(self, columns: Sequence[str], *, after: int, upto: int) -> list[tuple[Any, ...]]:
        """Some columns of the events of positions higher than `after`, up to `upto`, in order of position, all at once."""
        sql = f"SELECT {', '.join(columns)} FROM events WHERE position > ? AND position <= ? ORDER BY position"
        return self._ask(sql, (after, upto))

    def cases(self) -> Iterator[str]:
        """Every case, in order of its first event; what is about no case is left out."""
        size = self.size()
        sql = (
            "SELECT position, case_id FROM events WHERE version = 1 AND case_id <> '' AND position > ? AND position <= ? "
            "ORDER BY position"
        )
        return (case_id for _, case_id in self._pages(sql, (0, size), lambda row: (row[0], size)))

    def size(self) -> int:
        """How many events there are: the highest position."""
        return cast(int, self._ask("SELECT coalesce(max(position), 0) FROM events")[0][0])

    def due(self, by: int, *, after: tuple[int, str] = (-(1 << 62), ""), limit: int = 100) -> list[tuple[int, str]]:
        """Cases with a running deadline that is late from a moment no later than `by` and of which no breach stands."""
        sql = (  # the index is named because the other one has the overdue in it, however many they become
            "SELECT DISTINCT late_from, case_id FROM deadlines_now AS d INDEXED BY deadlines_due "
            "WHERE status = 'running' AND breached = 0 AND late_from IS NOT NULL AND late_from <= ? "
            "AND (late_from, case_id) > (?, ?) AND NOT EXISTS (SELECT 1 FROM deadlines_now AS e WHERE e.case_id = d.case_id "
            "AND e.late_from < d.late_from AND e.status = 'running' AND e.breached = 0) ORDER BY late_from, case_id LIMIT ?"
        )
        return self._ask(sql, (by, *after, limit))


def _see_apart(path: str, keys: str | os.PathLike[str]) -> None:
    if os.path.realpath(keys) == os.path.realpath(path):
        raise KeysError(f"{os.fsdecode(keys)} is the log itself: its keys are a file of their own, kept elsewhere.")
