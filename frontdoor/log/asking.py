"""What can be asked of a log in SQLite, outside a transaction and within one."""

from __future__ import annotations

__all__ = ["EVENT", "MANY", "Reading"]

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from frontdoor.event import Event
from frontdoor.log import Head
from frontdoor.log.chain import COLUMNS, events_of
from frontdoor.log.schema import BREACHES, DEADLINES, EPISODES
from frontdoor.log.sealing import Sealing
from frontdoor.log.standing import Standing

EVENT = f"SELECT {', '.join(COLUMNS)} FROM events"
MANY = 500
"""Rows asked for by name at a time, and cases kept in mind."""
_BY_USE = "SELECT digest, content FROM libraries ORDER BY (SELECT max(number) FROM library_uses WHERE library = libraries.digest)"


class Reading:
    """What can be asked of a log, and in a transaction."""

    sealing: Sealing
    """How details are sealed, and opened."""

    def _ask(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        raise NotImplementedError

    def _ask_of(self, sql: str, names: Iterable[str]) -> Iterator[Any]:
        """The rows of these names, which the statement has braces for; some hundred names at a time."""
        every = list(names)
        for start in range(0, len(every), MANY):
            some = every[start : start + MANY]
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
        return events_of(self._ask(f"{EVENT} WHERE case_id = ? ORDER BY version", (case_id,)), self.sealing)

    def find(self, event_id: str) -> Event | None:
        """The event of that id, or None."""
        return next(iter(events_of(self._ask(f"{EVENT} WHERE event_id = ?", (event_id,)), self.sealing)), None)

    def found(self, event_ids: Iterable[str]) -> dict[str, Event]:
        """Those of these events that the log has, by their ids."""
        sql = f"{EVENT} WHERE event_id IN ({{}})"
        return {event.event_id: event for event in events_of(list(self._ask_of(sql, event_ids)), self.sealing)}

    def last(self) -> Event | None:
        """The event of the highest position, or None."""
        return next(iter(events_of(self._ask(f"{EVENT} ORDER BY position DESC LIMIT 1"), self.sealing)), None)

    def _sealed_by(self) -> list[str]:
        """The ids of the keys that details are sealed under, those that it went on with last at the end; none where none are."""
        if not self._ask(
            "SELECT 1 FROM sqlite_master WHERE name = 'sealed_by'"
        ):  # a log of schema 1 that cannot be written
            return []
        return [keys_id for (keys_id,) in self._ask("SELECT keys_id FROM sealed_by ORDER BY rowid")]

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
