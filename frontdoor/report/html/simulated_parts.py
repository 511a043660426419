"""What the chapters of a simulation's page are made of: a card with pictures, a table, and figures in words."""

from __future__ import annotations

__all__ = [
    "Card",
    "Table",
    "average",
    "between",
    "hours",
    "percent",
    "points",
    "points_between",
    "sure",
    "team",
    "within",
]

import attrs

from frontdoor.report.html.svg import Svg
from frontdoor.simulation.estimates import Estimate
from frontdoor.simulation.results import Results


@attrs.frozen
class Table:
    """Figures as text: the heads of the columns, those from `text` on being numbers, and the rows."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str | Svg, ...], ...]
    text: int = 1


@attrs.frozen
class Card:
    """One picture or more, with what is said above, and a table beneath that may be folded."""

    title: str
    lines: tuple[str, ...]
    drawings: tuple[Svg, ...]
    share: str = ""
    table: Table | None = None


def percent(share: float | None) -> str:
    """A share with one decimal, never rounded up to all or down to nothing."""
    if share is None:
        return "."
    return f"{min(max(share, 0.001), 0.999):.1%}" if 0 < share < 1 else f"{share:.0%}"


def between(one: Estimate) -> str:
    """The interval of a share; a point where there is none."""
    return "." if one.low is None or one.high is None else f"{percent(one.low)} to {percent(one.high)}"


def within(one: Estimate) -> str:
    """A share with its interval: '95.7% (95.0% to 96.4%)'."""
    return percent(one.mean) + (f" ({between(one)})" if one.low is not None else "")


def hours(value: float | None) -> str:
    """Hours, with one decimal."""
    return "." if value is None else f"{value:,.1f}"


def average(total: float, many: int) -> str:
    """How many of one replication, on average."""
    return f"{total / many:,.1f}" if total / many < 10 else f"{total / many:,.0f}"


def team(results: Results, name: str) -> str:
    """A team for people, or what waits for one of its workers to have room."""
    teams = results.planned.scenario.teams
    said = name if name in teams else name.removesuffix(", room")
    title = teams[said].title or said.replace("_", " ")
    return title if name in teams else f"{title}: for a worker with room"


def points(share: float | None) -> str:
    """Percentage points with their sign; nothing has none."""
    said = "." if share is None else f"{share * 100:+.2f}"
    return "0.00" if said in ("+0.00", "-0.00") else said


def points_between(one: Estimate) -> str:
    """The interval of the same."""
    return "." if one.low is None or one.high is None else f"{points(one.low)} to {points(one.high)}"


def sure(one: Estimate) -> str:
    """A share with its interval, or that none came due."""
    return within(one) if one.mean is not None else "none came due"
