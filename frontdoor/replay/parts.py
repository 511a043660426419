"""A log and what was folded of it in parts of whole cases, so that tables of millions of rows can be made and written part by part."""

from __future__ import annotations

__all__ = ["PART", "Part", "parts"]

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from frontdoor.replay.columns import Log
from frontdoor.replay.folding import Folded

if TYPE_CHECKING:
    import polars as pl

PART = 250_000
"""Rows of a log in a part, at most (but for a case of more): some 40 MB of text in both tables."""
_NO_CASE = 1 << 62


class Part(NamedTuple):
    """Cases one after another, and where what is known of them stands."""

    cases: range
    """Their numbers; the last part reaches further than any case."""
    rows: range
    """In `Log.rows`."""
    episodes: range
    """In `Folded.episodes`."""
    judged: range
    """In `Folded.judged`."""


def parts(log: Log, folded: Folded, most: int = PART) -> Iterator[Part]:
    """All of it in parts of whole cases, in order, each of some `most` rows; a log without any row is one part."""
    cases, opened, whose = log.rows["case"], folded.episodes["opened"], folded.judged["whose"]
    case = row = episode = deadline = 0
    while True:
        rows = range(row, _end(cases, row + most))
        is_last = rows.stop == len(cases)
        numbers = range(case, _NO_CASE if is_last else int(cases[rows.stop]))
        episodes = range(episode, _before(opened, rows.stop))
        judged = range(deadline, _before(whose, episodes.stop))
        yield Part(numbers, rows, episodes, judged)
        if is_last:
            return
        case, row, episode, deadline = (each.stop for each in (numbers, rows, episodes, judged))


def _end(cases: pl.Series, row: int) -> int:
    """The first row after those of the case that the row before this one is of."""
    return len(cases) if row >= len(cases) else int(cases.search_sorted(int(cases[row - 1]), side="right"))


def _before(ascending: pl.Series, number: int) -> int:
    """How many of the numbers, which ascend, are less."""
    return int(ascending.search_sorted(number, side="left"))
