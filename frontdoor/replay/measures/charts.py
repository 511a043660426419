"""Control charts by month: does a number vary as it always has, or has something changed?

A share is drawn on a p-chart, whose limits widen in months with few; a median on an XmR chart, whose limits come from how much
each month differs from the one before. A point that breaks a rule is worth a question; one that does not is noise, however
much it went up. The rules are four of Nelson's, by his numbers.
"""

from __future__ import annotations

__all__ = ["RULES", "Chart", "Point", "charts"]

import math
from collections.abc import Iterable, Mapping, Sequence

import attrs

from frontdoor.errors import count
from frontdoor.replay.measures.measure import NOT_RECORDED, Measure, Row

RULES = {
    "Nelson 1": "a point beyond three standard deviations from the centre, which is beyond the limits",
    "Nelson 2": "nine points in a row on one side of the centre",
    "Nelson 3": "six points in a row, each above the one before, or each below",
    "Nelson 5": "two of three points in a row beyond two standard deviations, on one side",
}
"""The rules that a point can break, each with what it is. Of a run, the point that completes it breaks the rule."""
_PER_RANGE = 1.128
"""How many standard deviations two neighbouring points differ by on average."""
_ENOUGH = 12


@attrs.frozen
class Point:
    """One month."""

    month: str
    n: int
    value: float | None
    """None for a month with nothing in it."""
    low: float | None
    high: float | None
    """The limits, three standard deviations from the centre."""
    broken: tuple[str, ...] = ()
    """The rules that it breaks, by name."""


@attrs.frozen
class Chart:
    """One measure of one group, month by month."""

    measure: str
    """The measure's name."""
    title: str
    group: Mapping[str, str] = attrs.field(hash=False)
    """The group without the month: {'timer': 'referral.decision'}."""
    kind: str
    """'p-chart' or 'XmR chart'."""
    unit: str
    definition: str
    centre: float
    """The share of all the months together, or the mean of their medians."""
    points: tuple[Point, ...]
    notes: tuple[str, ...] = ()

    @property
    def signals(self) -> tuple[Point, ...]:
        """The points that break a rule."""
        return tuple(point for point in self.points if point.broken)


def charts(measures: Iterable[Measure]) -> list[Chart]:
    """A chart for each group of each measure by month that has two complete months at least."""
    found = []
    for measure in measures:
        if "month" not in measure.by:
            continue
        groups: dict[tuple[tuple[str, str], ...], list[Row]] = {}
        for row in measure.rows:
            rest = tuple((name, value) for name, value in row.group.items() if name != "month")
            if row.group["month"] != NOT_RECORDED and row.group["month"] < measure.as_at[:7]:
                groups.setdefault(rest, []).append(row)
        for group, rows in groups.items():
            if sum(1 for row in rows if row.value is not None) >= 2:
                found.append(_chart(measure, dict(group), rows))
    return found


def _chart(measure: Measure, group: Mapping[str, str], rows: Sequence[Row]) -> Chart:
    there = {row.group["month"]: row for row in rows if row.value is not None}
    months = _months(min(there), max(there))
    if measure.unit == "share":
        kind = "p-chart"
        centre = sum(row.numerator or 0 for row in there.values()) / sum(row.n for row in there.values())
        sigmas = {month: math.sqrt(centre * (1 - centre) / row.n) for month, row in there.items()}
        most = 1.0
    else:
        kind = "XmR chart"
        values = [row.value or 0.0 for row in there.values()]
        centre = math.fsum(values) / len(values)
        moves = [abs(b - a) for a, b in zip(values, values[1:], strict=False)]
        sigmas = dict.fromkeys(there, math.fsum(moves) / len(moves) / _PER_RANGE)
        most = math.inf
    broken = _broken([there[month].value or 0.0 for month in there], list(sigmas.values()), centre)
    rules = dict(zip(there, broken, strict=True))
    points = []
    for month in months:
        if month not in there:
            points.append(Point(month, 0, None, None, None))
            continue
        low, high = max(0.0, centre - 3 * sigmas[month]), min(most, centre + 3 * sigmas[month])
        points.append(Point(month, there[month].n, there[month].value, low, high, rules[month]))
    notes = [f"Complete months only: those before {measure.as_at[:7]}."]
    if len(there) < _ENOUGH:
        notes.append(f"With {count(len(there), 'month')} the limits are provisional: {_ENOUGH} are few enough.")
    told = ", ".join(group.values())
    return Chart(
        measure.name, f"{measure.title}: {told}" if told else measure.title, group, kind, measure.unit, measure.definition,
        centre, tuple(points), tuple(notes),
    )  # fmt: skip


def _months(first: str, last: str) -> list[str]:
    """Every month from one to another."""
    start, end = (int(month[:4]) * 12 + int(month[5:]) - 1 for month in (first, last))
    return [f"{n // 12:04}-{n % 12 + 1:02}" for n in range(start, end + 1)]


def _broken(values: Sequence[float], sigmas: Sequence[float], centre: float) -> list[tuple[str, ...]]:
    """The rules that each point breaks."""
    far = [_far(value, sigma, centre) for value, sigma in zip(values, sigmas, strict=True)]
    found = []
    for at in range(len(values)):
        broken = []
        if abs(far[at]) > 3:
            broken.append("Nelson 1")
        if at >= 8 and (all(z > 0 for z in far[at - 8 : at + 1]) or all(z < 0 for z in far[at - 8 : at + 1])):
            broken.append("Nelson 2")
        run = [b - a for a, b in zip(values[max(0, at - 5) : at], values[max(1, at - 4) : at + 1], strict=True)]
        if len(run) == 5 and (all(step > 0 for step in run) or all(step < 0 for step in run)):
            broken.append("Nelson 3")
        last = far[max(0, at - 2) : at + 1]
        if (far[at] > 2 and sum(z > 2 for z in last) >= 2) or (far[at] < -2 and sum(z < -2 for z in last) >= 2):
            broken.append("Nelson 5")
        found.append(tuple(broken))
    return found


def _far(value: float, sigma: float, centre: float) -> float:
    """How many standard deviations from the centre; where nothing varies, any difference is beyond every limit."""
    if sigma == 0:
        return 0.0 if math.isclose(value, centre) else math.copysign(math.inf, value - centre)
    return (value - centre) / sigma
