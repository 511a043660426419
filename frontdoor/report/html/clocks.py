"""Clocks that are counted in more than one way, for the page."""

from __future__ import annotations

__all__ = ["Ways", "ways"]

from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs

from frontdoor.replay.measures import Row
from frontdoor.report.html.measured import percent

if TYPE_CHECKING:
    from frontdoor.replay.measures.two_clocks import SideBySide

MOST_CASES = 300
"""Deadlines of which the ways differ, of which the page shows each."""


@attrs.frozen
class Ways:
    """One clock: of each way its name, what it says, the share in time and its interval; and where they differ."""

    timer: str
    title: str
    readings: tuple[tuple[str, str, str, str], ...]
    differing: int
    cases: tuple[tuple[str, str, str], ...]
    """Case, episode and why, of the first."""


def ways(sides: Sequence[SideBySide]) -> list[Ways]:
    """Each clock, for the page."""
    found = []
    for one in sides:
        shares = {row.group.get("counted as", ""): row for row in one.measure.rows}
        readings = [(each.name, each.says, *_figures(shares.get(each.name))) for each in one.readings]
        differing = one.differing
        cases = tuple(differing.head(MOST_CASES).select("case_id", "episode", "why").iter_rows())
        found.append(Ways(one.timer, one.title, tuple(readings), differing.height, cases))
    return found


def _figures(row: Row | None) -> tuple[str, str]:
    if row is None or row.value is None:
        return "none due", ""
    interval = f"{percent(row.low)} to {percent(row.high)}" if row.low is not None and row.high is not None else ""
    return f"{percent(row.value)} of {row.n:,}", interval
