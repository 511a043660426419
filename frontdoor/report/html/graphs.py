"""The pictures of a simulation: shares with their intervals, a queue week by week, waits, and what made clocks late.

Like those of an audit (`charts`) each is drawn small, has a title and a description in words, and stands by a table.
"""

from __future__ import annotations

__all__ = ["Dot", "Span", "Stack", "causes", "dots", "floor_of", "queue", "waits"]

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from frontdoor.report.html.charts import MONTHS, nice
from frontdoor.report.html.svg import Svg, element, picture, text
from frontdoor.simulation.estimates import Band, Estimate

_WIDTH, _LEFT, _RIGHT = 352.0, 96.0, 330.0
_ROW, _TOP = 24.0, 12.0
_LETTERS, _NAME = 14, 57
"""Of a label that fit before the drawing; of a name that fit above a bar."""
_FLOORS = (0.99, 0.95, 0.9, 0.8, 0.5, 0.0)


class Dot(NamedTuple):
    """A share with its interval; `said` is what stands before it."""

    said: str
    share: Estimate
    strong: bool = False


class Span(NamedTuple):
    """How long half waited at most, nine in ten, and 19 in 20; in hours."""

    said: str
    half: float
    ninetieth: float
    ninety_fifth: float
    strong: bool = False


class Stack(NamedTuple):
    """How many were late, by the class that draws the reason."""

    said: str
    parts: Sequence[tuple[str, float]]


def floor_of(shares: Iterable[Estimate]) -> float:
    """Where an axis of shares may begin, so that all of them and their intervals are on it."""
    ends = [end for one in shares for end in (one.mean, one.low) if end is not None]
    least = min(ends, default=0.0)
    return next(floor for floor in _FLOORS if floor <= least)


def dots(
    name: str, title: str, description: str, rows: Sequence[Dot], floor: float, target: float | None = None
) -> Svg:
    """Shares, one below another, from `floor` to all; a line where the target is. An interval no wider than its dot is not drawn."""
    bottom = _TOP + _ROW * len(rows)
    parts = [*_axis(floor, bottom)]
    if target is not None and target >= floor:
        x = _at(target, floor)
        parts.append(element("path", d=f"M{x:.1f} {_TOP - 8:g}V{bottom:g}", class_="judged"))
    for n, row in enumerate(rows):
        middle, radius = _TOP + _ROW * (n + 0.5), 5 if row.strong else 4
        parts.append(_label(row.said, middle, strong=row.strong))
        if row.share.mean is None:
            parts.append(text("none came due", _LEFT + 4, middle + 4, "small"))
            continue
        if row.share.low is not None and row.share.high is not None:
            low, high = _at(row.share.low, floor), _at(row.share.high, floor)
            if high - low > 2 * radius:  # else the dot would lie over its ends
                parts.append(element("path", d=f"M{low:.1f} {middle:g}H{high:.1f}M{low:.1f} {middle - 5:g}v10M{high:.1f} {middle - 5:g}v10", class_="interval"))  # fmt: skip
        parts.append(element("circle", cx=_at(row.share.mean, floor), cy=middle, r=radius, class_="mark"))
    return picture(name, title, description, _WIDTH, bottom + 22, parts)


def _at(share: float, floor: float) -> float:
    return _LEFT + (min(max(share, floor), 1.0) - floor) / (1 - floor) * (_RIGHT - _LEFT)


def _axis(floor: float, bottom: float) -> Iterator[Svg]:
    yield element("path", d=f"M{_LEFT:g} {bottom:g}H{_RIGHT:g}", class_="line")
    for share in (floor, (1 + floor) / 2, 1.0):
        x = _at(share, floor)
        yield element("path", d=f"M{x:.1f} {_TOP - 4:g}V{bottom:g}", class_="grid")
        yield text(f"{share * 100:.4g}%", x, bottom + 17, "label", "middle")


def _label(said: str, middle: float, *, strong: bool) -> Svg:
    return text(_cut(said), 0, middle + 4, "strong" if strong else "label")


def _cut(said: str, letters: int = _LETTERS) -> str:
    return said if len(said) <= letters else said[: letters - 1].rstrip() + "…"


def waits(name: str, title: str, description: str, rows: Sequence[Span], longest: float) -> Svg:
    """How long work waited, on an axis from nothing to the `longest` wait of all queues, so that these can be compared."""
    bottom, top = _TOP + _ROW * len(rows), nice(math.ceil(longest))
    scale = (_RIGHT - _LEFT) / top
    parts = [element("path", d=f"M{_LEFT:g} {bottom:g}H{_RIGHT:g}", class_="line")]
    for value in (0, top // 2, top) if top % 2 == 0 else (0, top):
        x = _LEFT + value * scale
        parts.append(element("path", d=f"M{x:.1f} {_TOP - 4:g}V{bottom:g}", class_="grid"))
        at, anchor = (_WIDTH - 2, "end") if value == top else (x, "middle")
        parts.append(text(f"{value:,} h", at, bottom + 17, "label", anchor))
    for n, row in enumerate(rows):
        middle = _TOP + _ROW * (n + 0.5)
        half, most, nearly = (_LEFT + one * scale for one in (row.half, row.ninetieth, row.ninety_fifth))
        parts.append(_label(row.said, middle, strong=row.strong))
        parts.append(element("rect", x=_LEFT, y=middle - 4, width=max(half - _LEFT, 1.5), height=8, class_="used"))
        if most > half:
            parts.append(element("rect", x=half, y=middle - 4, width=most - half, height=8, class_="allowed"))
        parts.append(
            element("path", d=f"M{most:.1f} {middle:g}H{nearly:.1f}M{nearly:.1f} {middle - 5:g}v10", class_="interval")
        )
    return picture(name, title, description, _WIDTH, bottom + 22, parts)


_LOW, _HIGH, _FIRST, _LAST, _TALL = 128.0, 28.0, 40.0, 346.0, 166.0


def queue(name: str, title: str, description: str, weeks: Sequence[tuple[date, Band]], unit: str) -> Svg:
    """Something week by week: the middle of the replications as a line, and shaded what eight in ten of them lay within."""
    top = nice(math.ceil(max((one.high for _, one in weeks), default=0)))
    step = (_LAST - _FIRST) / max(len(weeks), 1)
    places = [_FIRST + (n + 0.5) * step for n in range(len(weeks))]

    def along(values: Iterable[float]) -> list[str]:
        return [f"{x:.1f} {_LOW - one / top * (_LOW - _HIGH):.1f}" for x, one in zip(places, values, strict=True)]

    parts = []
    if len(weeks) > 1:
        edge = along(one.high for _, one in weeks) + along(one.low for _, one in weeks)[::-1]
        parts.append(element("path", d=f"M{'L'.join(edge)}Z", class_="band edged"))
    for value in (0, top // 2, top) if top % 2 == 0 else (0, top):
        y = _LOW - value / top * (_LOW - _HIGH)
        parts.append(element("path", d=f"M{_FIRST:g} {y:.1f}H{_LAST:g}", class_="line" if not value else "grid"))
        parts.append(text(f"{value:,}", _FIRST - 5, y + 4, "label", "end"))
    if len(weeks) > 1:
        parts.append(element("path", d=f"M{'L'.join(along(one.median for _, one in weeks))}", class_="run"))
    elif weeks:
        parts.append(
            element("circle", cx=places[0], cy=_LOW - weeks[0][1].median / top * (_LOW - _HIGH), r=3.2, class_="mark")
        )
    parts += _months([monday for monday, _ in weeks], places)
    parts.append(text(unit, 0, 13, "label"))
    return picture(name, title, description, _WIDTH, _TALL, parts)


def _months(mondays: Sequence[date], places: Sequence[float]) -> Iterator[Svg]:
    """The names of months where one begins and there is room; the year beneath, when it changes.

    A week is of the month in which its Thursday lies: one of 30 March to 5 April is the first of April.
    """
    last, month, year = -99.0, 0, 0
    for monday, place in zip(mondays, places, strict=True):
        day = monday + timedelta(days=3)
        if day.month != month and place - last >= 40 and place < _LAST - 12:
            yield text(MONTHS[day.month - 1], place, _LOW + 16, "label", "middle")
            if day.year != year:
                yield text(str(day.year), place, _LOW + 31, "small", "middle")
            last, year = place, day.year
        month = day.month


def causes(name: str, title: str, description: str, rows: Sequence[Stack]) -> Svg:
    """Bars of how many were late in one replication, one below another with the name above each, in parts by the reason."""
    most = max((sum(n for _, n in row.parts) for row in rows), default=0)
    top, height = nice(math.ceil(most)), 40.0
    bottom, scale = 8 + height * len(rows), (_LAST - 2.0) / nice(math.ceil(most))
    parts = []
    for value in (0, top // 2, top) if top % 2 == 0 else (0, top):
        x = 2 + value * scale
        beside = "".join(f"M{x:.1f} {24 + height * n:g}v16" for n in range(len(rows)))  # not through the names
        parts.append(
            element("path", d=beside if value else f"M{x:.1f} 4V{bottom:g}", class_="grid" if value else "line")
        )
        parts.append(
            text(f"{value:,}", x, bottom + 16, "label", "end" if value == top else None if not value else "middle")
        )
    for n, row in enumerate(rows):
        x, y = 2.0, 8 + height * n
        parts.append(text(_cut(row.said, _NAME), 6, y + 12, "small"))
        for class_, many in row.parts:
            if many:
                parts.append(element("rect", x=x, y=y + 17, width=many * scale, height=13, class_=class_))
            x += many * scale
    parts.append(text("late or overdue in one replication, on average", 2, bottom + 33, "label"))
    return picture(name, title, description, _WIDTH, bottom + 39, parts)
