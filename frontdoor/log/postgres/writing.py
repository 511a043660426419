"""A transaction of a log in PostgreSQL: it holds the cases that it asks or writes of, and all that others commit of them waits."""

from __future__ import annotations

__all__ = ["Transaction", "begun"]

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg import errors

from frontdoor.errors import Conflict, LogError
from frontdoor.event import DESTROYED, Draft, Event, stored
from frontdoor.log import Head, Named
from frontdoor.log.chain import COLUMNS, Record, events_of, place, taken
from frontdoor.log.keys import Destroyed, Keys, begun_id, came_back, none_of, not_given, other_keys
from frontdoor.log.postgres import keys
from frontdoor.log.postgres.connections import Connection, Connections
from frontdoor.log.postgres.reading import Reading
from frontdoor.log.postgres.tables import BREACHES, DEADLINES, EPISODES, EVENT, INSERT, Table
from frontdoor.log.sealing import Sealing
from frontdoor.log.shown import CLEAR, marked
from frontdoor.log.standing import Standing
from frontdoor.moment import Happened

_APART = timedelta(minutes=5)
"""So far at most do the clocks of machines that write at once differ; what lies further ahead was recorded by one that was wrong."""
_MANY = 500
"""Cases that are locked one by one: PostgreSQL has room for some thousand locks in all."""


def begun(schema: str, cases: Sequence[str]) -> str:
    """The statements that begin a transaction and wait for these cases."""
    return f"BEGIN; {_locks(schema, cases)}"


def _locks(schema: str, cases: Sequence[str]) -> str:
    """Statements that wait for cases, always in one order, so that of two who want the same neither has what the other lacks."""
    all_ = keys.of_all(schema)
    if len(cases) > _MANY:
        return f"SELECT pg_advisory_xact_lock({all_})"
    every = ", ".join(map(str, sorted(keys.of_case(schema, case_id) for case_id in cases)))
    return (
        f"SELECT pg_advisory_xact_lock_shared({all_}); "
        f"SELECT pg_advisory_xact_lock(key) FROM unnest(ARRAY[{every}]::bigint[]) AS key"
    )


class Transaction(Reading):
    """What is asked and written between the begin of a transaction and its end."""

    def __init__(
        self,
        connections: Connections,
        connection: Connection,
        sealing: Sealing,
        cases: Sequence[str],
        *,
        is_bound: bool,
    ) -> None:
        self.log_id, self.sealing = sealing.log_id, sealing
        self.held: tuple[str, ...] = tuple(cases)
        self._connections, self._connection = connections, connection
        self._process = os.getpid()
        self._held = set(cases)
        self._has_all = len(cases) > _MANY
        self._heads: dict[str, Head] = {}
        self._by = ""
        """The id of the keys that details are sealed under, once it was asked and there are any."""
        self.is_bound = is_bound
        """Whether it is known to be noted by which keys details are sealed."""
        self._is_over = False
        self._spoilt: LogError | None = None

    def _ready(self) -> Connection:
        if self._is_over or self._process != os.getpid():
            raise LogError("this transaction has ended, or the process has forked since it began: begin another.")
        if self._spoilt:
            raise self._spoilt
        return self._connection

    def _ask(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        return self._run(sql, parameters).fetchall()

    def _run(self, sql: str, parameters: Sequence[object] = ()) -> psycopg.Cursor[Any]:
        connection = self._ready()
        try:
            return connection.execute(sql.encode(), parameters or None)
        except psycopg.Error as error:
            self._spoilt = self._connections.said(error)
            raise self._spoilt from None

    def _records_of(self, sql: str, parameters: Sequence[object]) -> list[Record]:
        return self._ask(sql, parameters)

    # ---- holding ----

    def hold(self, cases: Iterable[str]) -> None:
        """Wait for those of these cases that are not held yet, and hold them to the end."""
        new = [case_id for case_id in dict.fromkeys(cases) if case_id not in self._held]
        if new and not self._has_all:
            for statement in _locks(self._connections.schema, new).split("; "):
                self._run(statement)
            self._has_all = len(new) > _MANY
        self._held.update(new)

    def hold_free(self, cases: Sequence[str]) -> None:
        """Hold those of these cases that nobody else holds."""
        schema = self._connections.schema
        numbers = {keys.of_case(schema, case_id): case_id for case_id in cases}
        ((is_free,),) = self._ask("SELECT pg_try_advisory_xact_lock_shared(%s)", (keys.of_all(schema),))
        if is_free:
            sql = "SELECT key FROM unnest(%s::bigint[]) AS key WHERE pg_try_advisory_xact_lock(key)"
            got = {numbers[key] for (key,) in self._ask(sql, (sorted(numbers),))}
            self.held = tuple(case_id for case_id in cases if case_id in got)
            self._held |= got

    def heads(self, case_ids: Iterable[str]) -> dict[str, Head]:
        """How far each of these cases has come."""
        every = list(dict.fromkeys(case_ids))
        self.hold(every)
        self._ready()
        if new := [case_id for case_id in every if case_id not in self._heads]:
            self._heads |= super().heads(new)
        return {case_id: self._heads[case_id] for case_id in every}

    def events(self, case_id: str) -> list[Event]:
        """Every event of a case in order of version; those that have not been put in their place have position 0."""
        self.hold([case_id])
        return super().events(case_id)

    def standing(self, case_id: str) -> Standing:
        """What was last said to stand of a case."""
        self.hold([case_id])
        return super().standing(case_id)

    def last(self) -> Event | None:
        """The event that arrived last; or the last of a case that is held, if that was recorded a little later."""
        held = [] if self._has_all else list(self._held)
        sql = (
            f"{EVENT} WHERE e.arrived IN ((SELECT max(arrived) FROM events), (SELECT last.arrived "
            "FROM unnest(%s::text[]) AS held (case_id) CROSS JOIN LATERAL (SELECT arrived, recorded_at FROM events AS o "
            "WHERE o.case_id = held.case_id ORDER BY version DESC LIMIT 1) AS last ORDER BY last.recorded_at DESC LIMIT 1)) "
            "ORDER BY e.arrived DESC"
        )
        found = events_of(self._ask(sql, (held,)), self.sealing)
        last = found[0] if found else None
        at = last and last.recorded_at
        for other in found[1:]:
            if (
                isinstance(at, datetime)
                and isinstance(other.recorded_at, datetime)
                and at < other.recorded_at <= at + _APART
            ):
                return other
        return last

    # ---- writing ----

    def append(self, drafts: Sequence[Draft], named: Sequence[Named] | None = None) -> Sequence[Event]:
        """Give events their place in their cases; their positions and links come after the commit."""
        heads = self.heads(draft.case_id for draft in drafts)
        keys = self.sealing.keys
        if keys is None:
            self._see_open(drafts)
        elif worded := {draft.case_id for draft in drafts if marked(draft, keys.clear) is not None}:
            self._see_same(keys)
            self._see_keys(worded, heads)
        events, records = place(
            drafts, position=0, link=None, head=heads.__getitem__, named=named, sealing=self.sealing
        )
        if not records:
            return []
        if any("\0" in text for record in records for text in record if isinstance(text, str)):
            raise LogError("an event holds a NUL, which no text of an event may.")
        if keys is not None:
            self._note_sealing(keys, has_words=any(record[16] == "" for record in records))
        columns = dict(zip(COLUMNS, zip(*records, strict=True), strict=True))
        del columns["position"], columns["link"]
        connection = self._ready()
        try:
            connection.execute(INSERT.encode(), [list(column) for column in columns.values()])
        except errors.UniqueViolation as error:
            self._spoilt = self._doubled(events, error)
            raise self._spoilt from None
        except psycopg.Error as error:
            self._spoilt = self._connections.said(error)
            raise self._spoilt from None
        self._heads |= {record[2]: Head(record[4], record[14]) for record in records}
        return events

    def _see_open(self, drafts: Sequence[Draft]) -> None:
        """Let no words in the open beside sealed ones."""
        if any(marked(draft, frozenset(CLEAR)) for draft in drafts) and self._sealed_by():
            raise not_given(self._connections.name)

    def _see_keys(self, worded: Iterable[str], heads: Mapping[str, Head]) -> None:
        """See that a case of which there are words to seal has its key still, if it ever had one, and is not given another, nor
        one that was destroyed: nobody else writes of it, for it is held. What has no words, as a breach, is recorded whatever
        the keys have."""
        begun = [case_id for case_id in worded if heads[case_id].version]
        held = self.sealing.held(begun)
        some = [case_id for case_id in begun if not isinstance(held.get(case_id), Destroyed)]
        sql = "SELECT case_id, event FROM events WHERE case_id = ANY(%s) AND (event = %s OR salt = '' AND case_id <> ALL(%s)) LIMIT 1"
        for case_id, event in self._ask(sql, (some, DESTROYED, list(held))) if some else ():
            why = came_back if event == DESTROYED else none_of
            raise why(case_id, self._connections.name)

    def _note_sealing(self, keys: Keys, *, has_words: bool) -> None:
        """Note, with the first events that are recorded with keys, by which their words are sealed, though none had any. Whoever else
        would be the first waits, and sees."""
        if not self.is_bound:
            self._by = self._by or self._sealed_by()
            if not self._by and (keys_id := begun_id(keys)):
                self._run("INSERT INTO sealed_by (keys_id) VALUES (%s) ON CONFLICT DO NOTHING", (keys_id,))
                self._by = self._sealed_by()
            self.is_bound = bool(self._by)
        if has_words:
            self._see_same(keys)

    def _see_same(self, keys: Keys) -> None:
        self._by = self._by or self._sealed_by()
        if self._by and not keys.keys_id:
            keys.held(())  # which another process may have begun
        if self._by not in ("", keys.keys_id):
            raise other_keys(self._connections.name)

    def _doubled(self, events: Sequence[Event], error: errors.UniqueViolation) -> LogError:
        """Why one of these events could not be added: another has its id, or its version in the case."""
        said = error.diag.message_detail or ""
        for event in events:
            if f"(event_id)=({event.event_id})" in said:
                return taken(event)
            if (
                f"(case_id, version)=({event.case_id}, {event.version})" in said
            ):  # by somebody who did not hold the case
                why = f"{event.case_id} has a version {event.version} already: somebody else has recorded in it. Read it again."
                return Conflict(why, case=event.case_id, expected=event.version - 1)
        return self._connections.said(error)

    def keep_library(self, digest: str, content: str, workflows: Mapping[str, str], recorded_at: Happened) -> None:
        """Keep a library and its workflows, and that it is used now; kept ones stay as they are."""
        if self.in_use() == digest:
            return
        self._run("SELECT pg_advisory_xact_lock(%s)", (keys.of_libraries(self._connections.schema),))
        if self.in_use() == digest:
            return
        at = stored(recorded_at)
        self._run(
            "INSERT INTO library_uses (number, library, recorded_at) "
            "SELECT coalesce(max(number), 0) + 1, %s, %s FROM library_uses", (digest, at),
        )  # fmt: skip
        if self._ask("SELECT 1 FROM libraries WHERE digest = %s", (digest,)):
            return
        self._run("INSERT INTO libraries (digest, content, recorded_at) VALUES (%s, %s, %s)", (digest, content, at))
        self._run(
            "INSERT INTO workflows (digest, content, recorded_at) SELECT new.*, %s FROM unnest(%s::text[], %s::text[]) AS new "
            "ON CONFLICT DO NOTHING", (at, list(workflows), list(workflows.values())),
        )  # fmt: skip
        self._run(
            "INSERT INTO library_workflows (library, workflow, nth) "
            "SELECT %s, workflow, nth FROM unnest(%s::text[]) WITH ORDINALITY AS own (workflow, nth)", (digest, list(workflows)),
        )  # fmt: skip

    def stand(self, standing: Iterable[Standing]) -> None:
        """Put what now stands of cases in the place of what was last said to stand of them; what is the same is left."""
        new = {one.case_id: one for one in standing}
        self.hold(new)
        before = self._standing_of(list(new)) if new else {}
        for table, rows in (
            (EPISODES, [(before[case_id].episodes, one.episodes) for case_id, one in new.items()]),
            (DEADLINES, [(before[case_id].deadlines, one.deadlines) for case_id, one in new.items()]),
            (BREACHES, [(before[case_id].breaches, one.breaches) for case_id, one in new.items()]),
        ):
            self._replace(table, rows)

    def _replace(self, table: Table, rows: Sequence[tuple[Sequence[Any], Sequence[Any]]]) -> None:
        drop, put = [], []
        for old, new in rows:
            left = {row[table.key]: row for row in old}
            put += [row for row in new if left.pop(row[table.key], None) != row]
            drop += [(row[0], key) for key, row in left.items()]
        for sql, some in ((table.drop, drop), (table.put, put)):
            if some:
                self._run(sql, [list(column) for column in zip(*some, strict=True)])

    # ---- the end ----

    def end(self) -> None:
        """See that all that was written could be."""
        self._ready()
        self._is_over = True

    def undo(self) -> None:
        """Write no more."""
        self._is_over = True
