"""A log in memory: like a file's in all but that it ends with the process. For tests, and for what-ifs."""

from __future__ import annotations

__all__ = ["MemoryLog"]

import os
import threading
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from frontdoor.errors import KeysError, LogError, count
from frontdoor.event import DESTROYED, Draft, Event
from frontdoor.log import Head, Named, Writing
from frontdoor.log.chain import Record, events_of, place, taken
from frontdoor.log.keyfile import KeyFile
from frontdoor.log.keys import Destroyed, Keys, begun_id, came_back, none_of, other_keys
from frontdoor.log.sealing import Sealing
from frontdoor.log.shown import marked
from frontdoor.log.standing import BreachRow, DeadlineRow, EpisodeRow, Standing
from frontdoor.moment import Happened

_NAME = "the log in memory"
"""What it is called in messages."""


class _Kept:
    """All that a log holds."""

    def __init__(self, keys: str | os.PathLike[str] | Keys | None = None) -> None:
        self.log_id = str(uuid.uuid4())
        if isinstance(keys, (str, os.PathLike)):
            keys = KeyFile(keys, self.log_id)
        elif isinstance(keys, KeyFile):  # this log has had no id to open them for
            raise KeysError(f"{keys.path} was opened for another log: give its name.")
        self.sealing = Sealing(self.log_id, keys)
        self.sealed_by = ""
        """The id of the keys that details are sealed under; empty where none are."""
        self.lock = threading.Condition(threading.RLock())
        """Told whenever a transaction has ended."""
        self.records: list[Record] = []
        self.places: dict[str, int] = {}
        """Of each event id, its place among the records."""
        self.of_case: dict[str, list[int]] = {}
        """Of each case, the places of its events."""
        self.standing: dict[str, Standing] = {}
        self.libraries: dict[str, tuple[str, tuple[str, ...]]] = {}
        """Of each library's digest, its content and the digests of its workflows, in order of use; replaced whole."""
        self.workflows: Mapping[str, str] = {}


class _Reading:
    """What can be asked of a log, and in a transaction."""

    def __init__(self, kept: _Kept) -> None:
        self._kept = kept

    @property
    def log_id(self) -> str:
        """A UUID that the log was given when it was made."""
        return self._kept.log_id

    def _events(self, records: Sequence[Record]) -> list[Event]:
        return events_of(records, self._kept.sealing)

    def head(self, case_id: str) -> Head:
        """How far the case has come."""
        with self._kept.lock:
            places = self._kept.of_case.get(case_id)
            return Head(len(places), self._kept.records[places[-1]][14]) if places else Head(0, "")

    def heads(self, case_ids: Iterable[str]) -> dict[str, Head]:
        """How far each of these cases has come."""
        with self._kept.lock:
            return {case_id: self.head(case_id) for case_id in case_ids}

    def events(self, case_id: str) -> list[Event]:
        """Every event of a case in order of position; empty where there is no such case."""
        with self._kept.lock:
            return self._events([self._kept.records[place] for place in self._kept.of_case.get(case_id, ())])

    def find(self, event_id: str) -> Event | None:
        """The event of that id, or None."""
        with self._kept.lock:
            place = self._kept.places.get(event_id)
            return None if place is None else self._events([self._kept.records[place]])[0]

    def found(self, event_ids: Iterable[str]) -> dict[str, Event]:
        """Those of these events that the log has, by their ids."""
        with self._kept.lock:
            places, records = self._kept.places, self._kept.records
            found = self._events([records[places[one]] for one in event_ids if one in places])
            return {event.event_id: event for event in found}

    def last(self) -> Event | None:
        """The event of the highest position, or None."""
        with self._kept.lock:
            return self._events(self._kept.records[-1:])[0] if self._kept.records else None

    def standing(self, case_id: str) -> Standing:
        """What was last said to stand of a case."""
        with self._kept.lock:
            return self._kept.standing.get(case_id) or Standing(case_id)

    def libraries(self) -> list[tuple[str, str, Mapping[str, str]]]:
        """Every library kept, the one used last at the end: its digest, its content, its workflows by their digests."""
        with self._kept.lock:
            kept, texts = self._kept.libraries, self._kept.workflows
            return [(digest, content, {one: texts[one] for one in own}) for digest, (content, own) in kept.items()]

    def in_use(self) -> str:
        """The digest of the library that was used last; empty where none was."""
        with self._kept.lock:
            return next(reversed(self._kept.libraries.keys()), "")


class _Transaction(_Reading):
    """It writes at once, and remembers what it would have to undo."""

    def __init__(self, kept: _Kept, held: tuple[str, ...]) -> None:
        super().__init__(kept)
        self.held = held
        self._size, self._libraries, self._workflows = len(kept.records), kept.libraries, kept.workflows
        self._sealed_by = kept.sealed_by
        self._stood: dict[str, Standing | None] = {}
        self._spoilt: Exception | None = None
        self._over = False

    def append(self, drafts: Sequence[Draft], named: Sequence[Named] | None = None) -> Sequence[Event]:
        """Give events their place."""
        kept = self._open()
        link = kept.records[-1][15] if kept.records else kept.log_id
        if (keys := kept.sealing.keys) is not None:
            self._see_keys(keys, {draft.case_id for draft in drafts if marked(draft, keys.clear) is not None})
        events, records = place(
            drafts, position=len(kept.records), link=link, head=self.head, named=named, sealing=kept.sealing
        )
        for draft, record in zip(drafts, records, strict=True):
            if draft.event_id in kept.places:
                self._spoilt = taken(draft, kept.places[draft.event_id] + 1)
                raise self._spoilt
            kept.places[draft.event_id] = len(kept.records)
            kept.of_case.setdefault(draft.case_id, []).append(len(kept.records))
            kept.records.append(record)
        if keys is not None and records:
            kept.sealed_by = kept.sealed_by or begun_id(keys)
        return events

    def _see_keys(self, keys: Keys, worded: Iterable[str]) -> None:
        """See that a case of which there are words to seal has its key still, if it ever had one, and is not given another, nor
        one that was destroyed; and that the keys are those of what is sealed already."""
        kept, begun = self._kept, [case_id for case_id in worded if case_id in self._kept.of_case]
        if worded and kept.sealed_by not in ("", keys.keys_id):
            raise other_keys(_NAME)
        held = kept.sealing.held(begun)
        for case_id in begun:
            records = [kept.records[place] for place in kept.of_case[case_id]]
            if case_id not in held and any(record[16] == "" for record in records):
                raise none_of(case_id, _NAME)
            is_gone = any(record[5] == DESTROYED for record in records)
            if is_gone and not isinstance(held.get(case_id), Destroyed):
                raise came_back(case_id, _NAME)

    def keep_library(self, digest: str, content: str, workflows: Mapping[str, str], recorded_at: Happened) -> None:
        """Keep a library and its workflows, and that it is used now; kept ones stay as they are."""
        kept = self._open()
        if digest != self.in_use():
            libraries = dict(kept.libraries)
            libraries[digest] = libraries.pop(digest, (content, tuple(workflows)))
            kept.libraries, kept.workflows = libraries, {**workflows, **kept.workflows}

    def stand(self, standing: Iterable[Standing]) -> None:
        """Put what now stands of cases in the place of what was last said to stand of them."""
        kept = self._open()
        for one in standing:
            self._stood.setdefault(one.case_id, kept.standing.get(one.case_id))
            kept.standing[one.case_id] = one

    def _open(self) -> _Kept:
        if self._over:
            raise LogError("this transaction has ended: begin another.")
        if self._spoilt:
            raise self._spoilt
        return self._kept

    def end(self) -> None:
        """Keep what was written, if all of it could be."""
        self._open()
        self._over = True

    def undo(self) -> None:
        """Leave the log as the transaction found it."""
        kept, self._over = self._kept, True
        while len(kept.records) > self._size:
            event_id, case_id = kept.records.pop()[1:3]
            del kept.places[event_id]
            kept.of_case[case_id].pop()
            if not kept.of_case[case_id]:
                del kept.of_case[case_id]
        for case_id, stood in self._stood.items():
            del kept.standing[case_id]
            if stood is not None:
                kept.standing[case_id] = stood
        kept.libraries, kept.workflows = self._libraries, self._workflows
        kept.sealed_by = self._sealed_by


class MemoryLog(_Reading):
    """A log that is kept in memory, and gone with it. Several threads may use it; one that writes holds up the others. With
    `keys`, or the name of a file of them, what people write of a case is sealed, as in a `SqliteLog`.

    Raises:
        KeysError: `keys` has the keys of another log.
    """

    def __init__(self, *, keys: str | os.PathLike[str] | Keys | None = None) -> None:
        super().__init__(_Kept(keys))
        self._writing = False

    def __repr__(self) -> str:
        return f"<MemoryLog {self.log_id}: {count(self.size(), 'event')}>"

    @property
    def keys(self) -> Keys | None:
        """The keys that details are sealed under; None where none were given."""
        return self._kept.sealing.keys

    @property
    def is_sealed(self) -> bool:
        """Whether the words of its details are sealed: it was recorded in with keys."""
        return bool(self._kept.sealed_by)

    def digests(self) -> set[str]:
        """The digests of all workflows that events say they are bound to."""
        return {event.digest for event in self.follow() if event.digest}

    def follow(self, after: int = 0) -> Iterator[Event]:
        """Every event of a position higher than `after`, in order of position, as far as the log had come when asked."""
        with self._kept.lock:
            records = self._kept.records[max(after, 0) :]
        return iter(self._events(records))

    def records(self) -> Iterator[Record]:
        """Every event as it is stored, in order of position, as far as the log had come when asked."""
        with self._kept.lock:
            return iter(self._kept.records[:])

    def cases(self) -> Iterator[str]:
        """Every case, in order of its first event; what is about no case is left out."""
        with self._kept.lock:
            return iter([record[2] for record in self._kept.records if record[4] == 1 and record[2]])

    def size(self) -> int:
        """How many events there are."""
        with self._kept.lock:
            return len(self._kept.records)

    @contextmanager
    def writing(self, cases: Iterable[str] = (), *, waits: bool = True) -> Iterator[Writing]:
        """Begin a transaction; it holds up every other until it ends. Leaving it by an error undoes it."""
        with self._kept.lock:
            if self._writing:
                raise LogError("a transaction is under way in this thread: end it before another begins.")
            self._writing, transaction = True, _Transaction(self._kept, tuple(cases))
            try:
                yield transaction
                transaction.end()
            except BaseException:
                transaction.undo()
                raise
            finally:
                self._writing = False
                self._kept.lock.notify_all()

    def wait(self, after: int, timeout: float | None = None) -> bool:
        """Wait until there is an event of a position higher than `after`, for so many seconds at most; whether there is."""
        with self._kept.lock:
            return self._kept.lock.wait_for(lambda: len(self._kept.records) > after, timeout)

    def due(self, by: int, *, after: tuple[int, str] = (-(1 << 62), ""), limit: int = 100) -> list[tuple[int, str]]:
        """Cases with a running deadline that is late from a moment no later than `by` and of which no breach stands."""
        with self._kept.lock:
            first: dict[str, int] = {}
            for row in self._deadlines():
                if row.status == "running" and not row.breached and row.late_from is not None and row.late_from <= by:
                    first[row.case_id] = min(row.late_from, first.get(row.case_id, row.late_from))
        return sorted(found for case, late in first.items() if (found := (late, case)) > after)[:limit]

    def running(self, *, before: int | None = None) -> Iterator[DeadlineRow]:
        """Every deadline that runs, soonest first."""
        with self._kept.lock:
            rows = [row for row in self._deadlines() if row.status == "running"]
        if before is not None:
            rows = [row for row in rows if row.late_from is not None and row.late_from < before]
        return iter(sorted(rows, key=lambda row: (row.late_from is None, row.late_from or 0, row.case_id, row.number)))

    def _deadlines(self) -> Iterator[DeadlineRow]:
        return (row for one in self._kept.standing.values() for row in one.deadlines)

    def episodes(self) -> Iterator[EpisodeRow]:
        """Every episode that stands, by case and order of opening."""
        with self._kept.lock:
            rows = [row for one in self._kept.standing.values() for row in one.episodes]
        return iter(sorted(rows, key=lambda row: (row.case_id, row.number)))

    def deadlines(self) -> Iterator[DeadlineRow]:
        """Every deadline that stands, by case and in the order the desk gave them."""
        with self._kept.lock:
            return iter(sorted(self._deadlines(), key=lambda row: (row.case_id, row.number)))

    def breaches(self) -> Iterator[BreachRow]:
        """Every breach that was raised, withdrawn ones too, in the order they were raised."""
        with self._kept.lock:
            places = self._kept.places
            rows = [row for one in self._kept.standing.values() for row in one.breaches]
            return iter(sorted(rows, key=lambda row: (places.get(row.breach, -1), row.breach)))

    def close(self) -> None:
        """Nothing to let go of: the log stays as it is for as long as it is referred to."""

    def __enter__(self) -> MemoryLog:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
