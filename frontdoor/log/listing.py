"""What stands of all cases, listed some hundred rows at a time: the same in every database, but for how a statement marks a value."""

from __future__ import annotations

__all__ = ["LEAST", "PAGE", "Listing"]

from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

from frontdoor.log.standing import BreachRow, DeadlineRow, EpisodeRow

PAGE = 500
"""Rows read at a time, so that no read lasts while they are looked at."""
LEAST = -(1 << 62)
"""Less than any moment, in microseconds from 1970."""
_DEADLINES = f"SELECT {', '.join(DeadlineRow._fields)} FROM deadlines_now"
_EPISODES = f"SELECT {', '.join(EpisodeRow._fields)} FROM episodes_now"
_BREACHES = f"SELECT {', '.join(BreachRow._fields)}, raised FROM breaches_now"
_LATE_FROM = DeadlineRow._fields.index("late_from")


class Listing:
    """The rows of what stands, in order."""

    MARK: ClassVar[str]
    """What stands in a statement for a value that is given."""

    def _ask(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        raise NotImplementedError

    def _pages(self, sql: str, after: tuple[Any, ...], key: Callable[[Any], tuple[Any, ...]]) -> Iterator[Any]:
        """The rows of a statement, a page at a time, each beyond the last of the one before."""
        while rows := self._ask(f"{sql} LIMIT {PAGE}".replace("?", self.MARK), after):
            yield from rows
            after = key(rows[-1])

    def running(self, *, before: int | None = None) -> Iterator[DeadlineRow]:
        """Every deadline that runs, soonest first; one that changes meanwhile is given as it was or as it is."""
        upto = (1 << 62) if before is None else before
        sql = (
            f"{_DEADLINES} WHERE status = 'running' AND (late_from, case_id, number) > (?, ?, ?) AND late_from < ? "
            "ORDER BY late_from, case_id, number"
        )
        for row in self._pages(sql, (LEAST, "", 0, upto), lambda row: (row[_LATE_FROM], row[0], row[1], upto)):
            yield DeadlineRow._make(row)
        if before is None:
            sql = (
                f"{_DEADLINES} WHERE status = 'running' AND late_from IS NULL AND (case_id, number) > (?, ?) "
                "ORDER BY case_id, number"
            )
            for row in self._pages(sql, ("", 0), lambda row: row[:2]):
                yield DeadlineRow._make(row)

    def episodes(self) -> Iterator[EpisodeRow]:
        """Every episode that stands, by case and order of opening."""
        sql = f"{_EPISODES} WHERE (case_id, number) > (?, ?) ORDER BY case_id, number"
        return map(EpisodeRow._make, self._pages(sql, ("", 0), lambda row: row[:2]))

    def deadlines(self) -> Iterator[DeadlineRow]:
        """Every deadline that stands, by case and in the order the desk gave them."""
        sql = f"{_DEADLINES} WHERE (case_id, number) > (?, ?) ORDER BY case_id, number"
        return map(DeadlineRow._make, self._pages(sql, ("", 0), lambda row: row[:2]))

    def breaches(self) -> Iterator[BreachRow]:
        """Every breach that was raised, withdrawn ones too, in the order they were raised, which is that in which their events
        came into the log."""
        sql = f"{_BREACHES} WHERE (raised, breach) > (?, ?) ORDER BY raised, breach"
        rows = self._pages(sql, (-1, ""), lambda row: (row[-1], row[1]))
        return (BreachRow._make(row[:-1]) for row in rows)
