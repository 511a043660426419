"""A transaction of a log in SQLite: events are appended in it, with what they are recorded under and what then stands."""

from __future__ import annotations

__all__ = ["Memory", "Transaction"]

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from frontdoor.errors import LogError
from frontdoor.event import DESTROYED, Draft, Event, stored
from frontdoor.log import Head, Named
from frontdoor.log.asking import Reading
from frontdoor.log.chain import COLUMNS, place, taken
from frontdoor.log.connection import Connection
from frontdoor.log.keys import Destroyed, Keys, begun_id, came_back, given_up, none_of, not_given, other_keys
from frontdoor.log.schema import BREACHES, DEADLINES, EPISODES, Table
from frontdoor.log.sealing import Sealing, sealed_by
from frontdoor.log.shown import CLEAR, marked
from frontdoor.log.standing import Standing
from frontdoor.moment import Happened

_INSERT = f"INSERT INTO events ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"


class Memory:
    """What transactions have asked and written, so as not to ask again: it holds until somebody else writes."""

    def __init__(self) -> None:
        self.heads: dict[str, Head] = {}
        self.stood: dict[str, Standing] = {}
        self.in_use: str | None = None
        self.last: Event | None = None
        self.sealed_by: list[str] | None = None


class Transaction(Reading):
    """It sees the log as it is, and nobody else writes until it ends."""

    def __init__(self, file: Connection, this: object, memory: Memory, sealing: Sealing, held: tuple[str, ...]) -> None:
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

    def append(self, drafts: Sequence[Draft], named: Sequence[Named] | None = None) -> Sequence[Event]:
        """Give events their place."""
        last = self.last()
        position, link = (last.position, last.link) if last else (0, self.log_id)
        if (keys := self.sealing.keys) is None:
            self._see_open(drafts)
        elif worded := {draft.case_id for draft in drafts if marked(draft, keys.clear) is not None}:
            self._see_newest(keys)
            self._see_keys(worded)
        events, records = place(drafts, position=position, link=link, head=self.head, named=named, sealing=self.sealing)
        if keys is not None and records:
            self._note_sealing(keys, has_words=any(record[16] == "" for record in records))
        self._write(_INSERT, records, why=lambda: self._doubled(events))
        memory = self._memory
        for record in records:
            if record[4] == 1:  # nothing stands of a case that begins
                memory.stood.setdefault(record[2], Standing(record[2]))
        newest = {record[2]: record for record in records}
        memory.heads |= {case_id: Head(record[4], record[14]) for case_id, record in newest.items()}
        memory.last = events[-1] if records else last
        return events

    def _see_keys(self, worded: Iterable[str]) -> None:
        """See that a case of which there are words to seal has its key still, if it ever had one, and is not given another, nor
        one that was destroyed. What has no words, as a breach, is recorded whatever the keys have."""
        begun = {case_id for case_id in worded if self.head(case_id).version}
        held = self.sealing.held(begun)
        sealed = "SELECT case_id, details, position FROM events WHERE salt = '' AND case_id IN ({})"
        for case_id, details, position in self._ask_of(sealed, begun - held.keys()):
            if self.sealing.keys is not None and sealed_by(details, position) == self.sealing.keys.mark:
                raise none_of(case_id, self._file.path)
        destroyed = f"SELECT case_id FROM events WHERE event = '{DESTROYED}' AND case_id IN ({{}}) LIMIT 1"
        for (case_id,) in self._ask_of(
            destroyed, (case_id for case_id in begun if not isinstance(held.get(case_id), Destroyed))
        ):
            raise came_back(case_id, self._file.path)

    def _sealed(self) -> list[str]:
        """The ids of the keys that details are sealed under."""
        if self._memory.sealed_by is None:
            self._memory.sealed_by = self._sealed_by()
        return self._memory.sealed_by

    def _see_open(self, drafts: Sequence[Draft]) -> None:
        """Let no words in the open beside sealed ones."""
        if self._sealed() and any(marked(draft, frozenset(CLEAR)) for draft in drafts):
            raise not_given(self._file.path)

    def _see_newest(self, keys: Keys) -> None:
        """See that words are sealed under the keys that the log went on with last."""
        by = self._sealed()
        if by and keys.keys_id != by[-1]:
            keys.held(())  # which another process may have begun
            if keys.keys_id != by[-1]:
                raise (given_up if keys.keys_id in by else other_keys)(self._file.path)

    def _note_sealing(self, keys: Keys, *, has_words: bool) -> None:
        """Note, with the first events that are recorded with keys, by which their words are sealed, though none had any: from then
        on it takes none in the open, nor by others."""
        if not self._sealed() and (keys_id := begun_id(keys)):
            self._memory.sealed_by = [keys_id]
            self._write("INSERT INTO sealed_by (keys_id) VALUES (?)", [(keys_id,)])
        elif has_words:
            self._see_newest(keys)

    def seal_by(self, keys_id: str) -> None:
        """Note that details are sealed under these keys, too, from now on: those from before are lost."""
        self._memory.sealed_by = None
        self._write("INSERT INTO sealed_by (keys_id) VALUES (?)", [(keys_id,)])

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
