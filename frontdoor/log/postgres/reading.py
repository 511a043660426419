"""What can be asked of a log in PostgreSQL, outside a transaction and within one."""

from __future__ import annotations

__all__ = ["Reading"]

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from frontdoor.event import Event
from frontdoor.log import Head
from frontdoor.log.chain import Record, events_of
from frontdoor.log.postgres.tables import BREACHES, DEADLINES, EPISODES, EVENT, Table
from frontdoor.log.sealing import Sealing
from frontdoor.log.standing import Standing

_BY_USE = (
    "SELECT digest, content FROM libraries AS l "
    "ORDER BY (SELECT max(number) FROM library_uses AS u WHERE u.library = l.digest)"
)
_OF_LIBRARIES = (
    "SELECT l.library, w.digest, w.content FROM library_workflows AS l JOIN workflows AS w ON w.digest = l.workflow "
    "ORDER BY l.library, l.nth"
)


class Reading:
    """What can be asked of a log, and in a transaction."""

    sealing: Sealing
    """How details are sealed, and opened."""

    def _ask(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        raise NotImplementedError

    def _records_of(self, sql: str, parameters: Sequence[object]) -> list[Record]:
        """Events, as they are stored; outside a transaction each has its place."""
        raise NotImplementedError

    def head(self, case_id: str) -> Head:
        """How far the case has come."""
        return self.heads([case_id])[case_id]

    def heads(self, case_ids: Iterable[str]) -> dict[str, Head]:
        """How far each of these cases has come."""
        heads = dict.fromkeys(case_ids, Head(0, ""))
        sql = (
            "SELECT case_id, last.version, last.hash FROM unnest(%s::text[]) AS asked (case_id) CROSS JOIN LATERAL "
            "(SELECT version, hash FROM events AS e WHERE e.case_id = asked.case_id ORDER BY version DESC LIMIT 1) AS last"
        )
        return heads | {case_id: Head(version, hash_) for case_id, version, hash_ in self._ask(sql, (list(heads),))}

    def events(self, case_id: str) -> list[Event]:
        """Every event of a case in order of version, which is that of position; empty where there is no such case."""
        records = self._records_of(f"{EVENT} WHERE case_id = %s ORDER BY version", (case_id,))
        return events_of(records, self.sealing)

    def find(self, event_id: str) -> Event | None:
        """The event of that id, or None."""
        return self.found([event_id]).get(event_id)

    def found(self, event_ids: Iterable[str]) -> dict[str, Event]:
        """Those of these events that the log has, by their ids."""
        every = list(event_ids)
        records = self._records_of(f"{EVENT} WHERE e.event_id = ANY(%s)", (every,)) if every else []
        return {event.event_id: event for event in events_of(records, self.sealing)}

    def _sealed_by(self) -> str:
        """The id of the keys that details are sealed under; empty where none are."""
        found = self._ask("SELECT keys_id FROM sealed_by")
        return str(found[0][0]) if found else ""

    def standing(self, case_id: str) -> Standing:
        """What was last said to stand of a case."""
        return self._standing_of([case_id])[case_id]

    def _standing_of(self, case_ids: Sequence[str]) -> dict[str, Standing]:
        rows: dict[str, list[list[Any]]] = {case_id: [[], [], []] for case_id in case_ids}
        for number, table in enumerate((EPISODES, DEADLINES, BREACHES)):
            for row in self._rows_of(table, case_ids):
                rows[row[0]][number].append(row)
        return {case_id: Standing(case_id, *map(tuple, of)) for case_id, of in rows.items()}

    def _rows_of(self, table: Table, case_ids: Sequence[str]) -> Iterable[Any]:
        return map(table.row._make, self._ask(table.of_cases, (list(case_ids),)))

    def in_use(self) -> str:
        """The digest of the library that was used last; empty where none was."""
        found = self._ask("SELECT library FROM library_uses ORDER BY number DESC LIMIT 1")
        return str(found[0][0]) if found else ""

    def libraries(self) -> list[tuple[str, str, Mapping[str, str]]]:
        """Every library kept, the one used last at the end: its digest, its content, its workflows by their digests."""
        kept = self._ask(_BY_USE)
        own: dict[str, dict[str, str]] = {digest: {} for digest, _ in kept}
        for library, digest, content in self._ask(_OF_LIBRARIES):
            own.setdefault(library, {})[digest] = content
        return [(digest, content, own[digest]) for digest, content in kept]
