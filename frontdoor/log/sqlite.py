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
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from typing import Any, cast

from frontdoor.errors import KeysError, LogError
from frontdoor.event import Draft, Event, stored
from frontdoor.log import Head, Writing
from frontdoor.log.chain import COLUMNS, Record, events_of, place, taken
from frontdoor.log.connection import Connection
from frontdoor.log.keyfile import KeyFile
from frontdoor.log.schema import BREACHES, DEADLINES, EPISODES, Table
from frontdoor.log.sealing import CLEAR, Keys, Sealing, marked
from frontdoor.log.standing import BreachRow, DeadlineRow, EpisodeRow, Standing
from frontdoor.moment import Happened

_EVENT = f"SELECT {', '.join(COLUMNS)} FROM events"
_INSERT = f"INSERT INTO events ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
_PAGE = 500
"""Rows read at a time, so that no read lasts while they are looked at."""
_MANY = 500
"""Rows asked for by name at a time, and cases kept in mind."""
_BY_USE = "SELECT digest, content FROM libraries ORDER BY (SELECT max(number) FROM library_uses WHERE library = libraries.digest)"
_LOOK = 0.02
"""Seconds between two looks whether there is something new: a file tells nobody."""
_LEAST = -1e30
"""Less than any whole number that SQLite holds."""


class _Reading:
    """What can be asked of a log, and in a transaction."""

    sealing: Sealing
    """How details are sealed, and opened."""

    def _ask(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        raise NotImplementedError

    def _ask_of(self, sql: str, names: Iterable[str]) -> Iterator[Any]:
        """The rows of these names, which the statement has braces for; some hundred names at a time."""
        every = list(names)
        for start in range(0, len(every), _MANY):
            some = every[start : start + _MANY]
            yield from self._ask(sql.format(", ".join("?" * len(some))), some)

    def head(self, case_id: str) -> Head:
        """How far the case has come."""
        found = self._ask(
            "SELECT version, hash FROM events WHERE case_id = ? ORDER BY version DESC LIMIT 1", (case_id,)
        )
        return Head(*found[0]) if found else Head(0, "")

    def heads(self, case_ids: Iterable[str]) -> dict[str, Head]:
        """How far each of these cases has come."""
        # of the other columns SQLite gives what stands in the row that has the greatest version
        sql = "SELECT case_id, max(version), hash FROM events WHERE case_id IN ({}) GROUP BY case_id"
        heads = dict.fromkeys(case_ids, Head(0, ""))
        heads |= {case_id: Head(version, hash_) for case_id, version, hash_ in self._ask_of(sql, heads)}
        return heads

    def events(self, case_id: str) -> list[Event]:
        """Every event of a case in order of position; empty where there is no such case."""
        return events_of(self._ask(f"{_EVENT} WHERE case_id = ? ORDER BY version", (case_id,)), self.sealing)

    def find(self, event_id: str) -> Event | None:
        """The event of that id, or None."""
        return next(iter(events_of(self._ask(f"{_EVENT} WHERE event_id = ?", (event_id,)), self.sealing)), None)

    def found(self, event_ids: Iterable[str]) -> dict[str, Event]:
        """Those of these events that the log has, by their ids."""
        sql = f"{_EVENT} WHERE event_id IN ({{}})"
        return {event.event_id: event for event in events_of(list(self._ask_of(sql, event_ids)), self.sealing)}

    def last(self) -> Event | None:
        """The event of the highest position, or None."""
        return next(iter(events_of(self._ask(f"{_EVENT} ORDER BY position DESC LIMIT 1"), self.sealing)), None)

    def _sealed_by(self) -> list[str]:
        """The id of the keys that details are sealed under; none where none are."""
        if not self._ask(
            "SELECT 1 FROM sqlite_master WHERE name = 'sealed_by'"
        ):  # a log of schema 1 that cannot be written
            return []
        return [keys_id for (keys_id,) in self._ask("SELECT keys_id FROM sealed_by")]

    def standing(self, case_id: str) -> Standing:
        """What was last said to stand of a case."""
        return Standing(case_id, *(
            tuple(map(table.row._make, self._ask(table.of_case, (case_id,)))) for table in (EPISODES, DEADLINES, BREACHES)
        ))  # fmt: skip

    def in_use(self) -> str:
        """The digest of the library that was used last; empty where none was."""
        found = self._ask("SELECT library FROM library_uses ORDER BY number DESC LIMIT 1")
        return str(found[0][0]) if found else ""

    def libraries(self) -> list[tuple[str, str, Mapping[str, str]]]:
        """Every library kept, the one used last at the end: its digest, its content, its workflows by their digests."""
        of = (
            "SELECT w.digest, w.content FROM library_workflows AS l JOIN workflows AS w ON w.digest = l.workflow "
            "WHERE l.library = ? ORDER BY l.rowid"
        )
        return [(digest, content, dict(self._ask(of, (digest,)))) for digest, content in self._ask(_BY_USE)]


class _Memory:
    """What transactions have asked and written, so as not to ask again: it holds until somebody else writes."""

    def __init__(self) -> None:
        self.heads: dict[str, Head] = {}
        self.stood: dict[str, Standing] = {}
        self.in_use: str | None = None
        self.last: Event | None = None
        self.sealed_by: list[str] | None = None


class _Transaction(_Reading):
    def __init__(
        self, file: Connection, this: object, memory: _Memory, sealing: Sealing, held: tuple[str, ...]
    ) -> None:
        self._file, self._this, self._memory, self.sealing, self.held = file, this, memory, sealing, held

    def _ask(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        return self._file.ask(sql, parameters, within=self._this)

    @property
    def log_id(self) -> str:
        """A UUID that the log was given when it was made."""
        return self._file.log_id

    def _write(self, sql: str, rows: Sequence[Any], *, why: Callable[[], LogError | None] = lambda: None) -> None:
        self._file.write(sql, rows, within=self._this, why=why)

    def head(self, case_id: str) -> Head:
        """How far the case has come."""
        found = self._memory.heads.get(case_id)
        if found is None:
            found = self._memory.heads[case_id] = super().head(case_id)
        return found

    def heads(self, case_ids: Iterable[str]) -> dict[str, Head]:
        """How far each of these cases has come."""
        ids, known = list(case_ids), self._memory.heads
        known |= super().heads(case_id for case_id in ids if case_id not in known)
        return {case_id: known[case_id] for case_id in ids}

    def last(self) -> Event | None:
        """The event of the highest position, or None."""
        self._memory.last = self._memory.last or super().last()
        return self._memory.last

    def in_use(self) -> str:
        """The digest of the library that was used last; empty where none was."""
        if self._memory.in_use is None:
            self._memory.in_use = super().in_use()
        return self._memory.in_use

    def standing(self, case_id: str) -> Standing:
        """What was last said to stand of a case."""
        found = self._memory.stood.get(case_id)
        if found is None:
            found = self._memory.stood[case_id] = super().standing(case_id)
        return found

    def append(self, drafts: Sequence[Draft]) -> list[Event]:
        """Give events their place."""
        last = self.last()
        position, link = (last.position, last.link) if last else (0, self.log_id)
        if self.sealing.keys is not None:
            self._see_keys({draft.case_id for draft in drafts})
        events, records = place(drafts, position=position, link=link, head=self.head, sealing=self.sealing)
        self._note_sealing(drafts, records)
        self._write(_INSERT, records, why=lambda: self._doubled(events))
        memory = self._memory
        for event in events:
            if event.version == 1:  # nothing stands of a case that begins
                memory.stood.setdefault(event.case_id, Standing(event.case_id))
            memory.last = event
        newest = {event.case_id: event for event in events}
        memory.heads |= {case_id: Head(event.version, event.hash) for case_id, event in newest.items()}
        return events

    def _see_keys(self, cases: Iterable[str]) -> None:
        """See that a case which has sealed details has its key still, and is not given another."""
        begun = {case_id for case_id in cases if case_id and self.head(case_id).version}
        without = begun - self.sealing.held(begun).keys()
        for (case_id,) in self._ask_of(
            "SELECT case_id FROM events WHERE salt = '' AND case_id IN ({}) LIMIT 1", without
        ):
            raise KeysError(
                f"the keys of {self._file.path} have none of case {case_id!r}, whose details are sealed: they are an older copy; bring "
                f"back the newest."
            )

    def _note_sealing(self, drafts: Sequence[Draft], records: Sequence[Record]) -> None:
        """Note, with the first sealed details, by which keys; and let no words in the open beside them."""
        memory, keys = self._memory, self.sealing.keys
        if memory.sealed_by is None:
            memory.sealed_by = self._sealed_by()
        if keys is None:
            if memory.sealed_by and any(marked(draft, frozenset(CLEAR)) for draft in drafts):
                raise KeysError(
                    f"the details in {self._file.path} are sealed, and its keys were not given: open it with them."
                )
        elif memory.sealed_by and keys.keys_id not in memory.sealed_by:
            keys.held(())  # which another process may have begun
            if keys.keys_id not in memory.sealed_by:
                raise KeysError(
                    f"the details in {self._file.path} are sealed by other keys than those that were given: open it with its own."
                )
        elif not memory.sealed_by and any(record[16] == "" for record in records):
            memory.sealed_by = [keys.keys_id]
            self._write("INSERT INTO sealed_by (keys_id) VALUES (?)", [(keys.keys_id,)])

    def _doubled(self, events: Sequence[Event]) -> LogError | None:
        """Why the first of these events that is not in its place did not get there: another has its id."""
        for event in events:
            there = self._ask("SELECT position FROM events WHERE event_id = ?", (event.event_id,))
            if there != [(event.position,)]:
                return taken(event, there[0][0]) if there else None
        return None

    def keep_library(self, digest: str, content: str, workflows: Mapping[str, str], recorded_at: Happened) -> None:
        """Keep a library and its workflows, and that it is used now; kept ones stay as they are."""
        if self.in_use() == digest:
            return
        at = stored(recorded_at)
        self._memory.in_use = digest
        self._write(
            "INSERT INTO library_uses (number, library, recorded_at) "
            "VALUES ((SELECT coalesce(max(number), 0) + 1 FROM library_uses), ?, ?)", [(digest, at)],
        )  # fmt: skip
        if self._ask("SELECT 1 FROM libraries WHERE digest = ?", (digest,)):
            return
        self._write("INSERT INTO libraries (digest, content, recorded_at) VALUES (?, ?, ?)", [(digest, content, at)])
        self._write(
            "INSERT OR IGNORE INTO workflows (digest, content, recorded_at) VALUES (?, ?, ?)",
            [(one, text, at) for one, text in workflows.items()],
        )
        self._write(
            "INSERT INTO library_workflows (library, workflow) VALUES (?, ?)", [(digest, one) for one in workflows]
        )

    def stand(self, standing: Iterable[Standing]) -> None:
        """Put what now stands of cases in the place of what was last said to stand of them; what is the same is left."""
        drop: dict[Table, list[tuple[str, Any]]] = {EPISODES: [], DEADLINES: [], BREACHES: []}
        put: dict[Table, list[Any]] = {EPISODES: [], DEADLINES: [], BREACHES: []}
        for one in {one.case_id: one for one in standing}.values():
            was = self.standing(one.case_id)
            for table, old, new in (
                (EPISODES, was.episodes, one.episodes),
                (DEADLINES, was.deadlines, one.deadlines),
                (BREACHES, was.breaches, one.breaches),
            ):
                if not old:
                    put[table] += new
                    continue
                key = table.key
                before = {row[key]: row for row in old}
                put[table] += [row for row in new if before.pop(row[key], None) != row]
                drop[table] += [(one.case_id, left) for left in before]
            self._memory.stood[one.case_id] = one
        for table in put:
            self._write(table.drop, drop[table])
            self._write(table.put, put[table])


class SqliteLog(_Reading):
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
        self._file = Connection(
            os.fsdecode(path), create=create, read_only=read_only, patience=patience, as_it_is=as_it_is
        )
        self.path = self._file.path
        self._memory = _Memory()
        try:
            self.sealing = Sealing(self.log_id, self._keys(keys))
        except BaseException:
            self._file.close()
            raise

    def _keys(self, keys: str | os.PathLike[str] | Keys | None) -> Keys | None:
        """The keys, seen to be those that this log's details are sealed under, if any are."""
        if keys is None:
            return None
        name = os.fsdecode(keys) if isinstance(keys, (str, os.PathLike)) else str(keys)
        if isinstance(keys, (str, os.PathLike)):
            if os.path.realpath(keys) == os.path.realpath(self.path):
                raise KeysError(f"{name} is the log itself: its keys are a file of their own, kept elsewhere.")
            keys = KeyFile(keys, self.log_id, patience=self._file.patience)
        elif isinstance(keys, KeyFile) and keys.log_id != self.log_id:
            raise KeysError(f"{keys.path} was opened for another log than {self.path}: give its name.")
        by = self._sealed_by()
        if by and keys.keys_id not in by:
            there = "has others" if keys.keys_id else "is not there"
            raise KeysError(
                f"the details in {self.path} are sealed by keys that {name} should have, and it {there}: bring it back."
            )
        return keys

    @property
    def keys(self) -> Keys | None:
        """The keys that details are sealed under; None where none were given."""
        return self.sealing.keys

    @property
    def is_sealed(self) -> bool:
        """Whether it holds sealed details, which cannot be read, nor more be recorded, without its keys."""
        return bool(self._sealed_by())

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
            if not self._file.is_undisturbed or len(self._memory.heads) > _MANY:
                self._memory = _Memory()
            yield _Transaction(self._file, this, self._memory, self.sealing, tuple(cases))

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

    def _pages(self, sql: str, after: tuple[Any, ...], key: Callable[[Any], tuple[Any, ...]]) -> Iterator[Any]:
        while rows := self._ask(f"{sql} LIMIT {_PAGE}", after):
            yield from rows
            after = key(rows[-1])

    def records(self) -> Iterator[Record]:
        """Every event as it is stored, in order of position, as far as the log had come when asked."""
        ((upto,),) = self._ask("SELECT max(position) FROM events")
        nowhere = self._ask(f"{_EVENT} WHERE position IS NULL")  # which only a table made by somebody else can hold
        return chain(nowhere, self._records(_LEAST, upto))

    def _records(self, after: float, upto: int) -> Iterator[Record]:
        sql = f"{_EVENT} WHERE position > ? AND position <= ? ORDER BY position"
        return self._pages(sql, (after, upto), lambda record: (record[0], upto))

    def follow(self, after: int = 0) -> Iterator[Event]:
        """Every event of a position higher than `after`, in order of position, as far as the log had come when asked."""
        records = self._records(after, self.size())  # as far as it has come now, not when they are first looked at
        return chain.from_iterable(iter(lambda: events_of(list(islice(records, _PAGE)), self.sealing), []))

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

    def running(self, *, before: int | None = None) -> Iterator[DeadlineRow]:
        """Every deadline that runs, soonest first; one that changes meanwhile is given as it was or as it is."""
        sql = (
            f"{DEADLINES.all} WHERE status = 'running' AND (late_from, case_id, number) > (?, ?, ?) AND late_from < ? "
            f"ORDER BY late_from, case_id, number"
        )
        late_from, upto = DeadlineRow._fields.index("late_from"), (1 << 62) if before is None else before
        for row in self._pages(sql, (_LEAST, "", 0, upto), lambda row: (row[late_from], row[0], row[1], upto)):
            yield DeadlineRow._make(row)
        if before is None:
            sql = (
                f"{DEADLINES.all} WHERE status = 'running' AND late_from IS NULL AND (case_id, number) > (?, ?) "
                f"ORDER BY case_id, number"
            )
            for row in self._pages(sql, ("", 0), lambda row: row[:2]):
                yield DeadlineRow._make(row)

    def episodes(self) -> Iterator[EpisodeRow]:
        """Every episode that stands, by case and order of opening."""
        sql = f"{EPISODES.all} WHERE (case_id, number) > (?, ?) ORDER BY case_id, number"
        return map(EpisodeRow._make, self._pages(sql, ("", 0), lambda row: row[:2]))

    def deadlines(self) -> Iterator[DeadlineRow]:
        """Every deadline that stands, by case and in the order the desk gave them."""
        sql = f"{DEADLINES.all} WHERE (case_id, number) > (?, ?) ORDER BY case_id, number"
        return map(DeadlineRow._make, self._pages(sql, ("", 0), lambda row: row[:2]))

    def breaches(self) -> Iterator[BreachRow]:
        """Every breach that was raised, withdrawn ones too, in the order they were raised."""
        sql = (
            BREACHES.all.replace(" FROM", ", raised FROM") + " WHERE (raised, breach) > (?, ?) ORDER BY raised, breach"
        )
        rows = self._pages(sql, (-1, ""), lambda row: (row[-1], row[1]))
        return (BreachRow._make(row[:-1]) for row in rows)
