"""The pictures of the report: how long things took beside what was allowed, months beside what chance would do, and a share.

Each is drawn small, so that several stand side by side on a desk's screen and one alone on a telephone's, in letters that
can be read on both. Each has a title and a description in words; the page gives the numbers as a table beneath.
"""

from __future__ import annotations

__all__ = ["MONTHS", "Bin", "Month", "bar", "bins", "control_chart", "histogram", "nice"]

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from frontdoor.report.html.svg import Svg, element, picture, text

_WIDTH, _HEIGHT = 352.0, 190.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 40.0, 346.0, 26.0, 150.0
STATUSES = ("met", "late", "overdue")
"""What is drawn of the deadlines of a clock, from the foot of a bar upwards."""
_STEPS = (1, 2, 5, 3, 4, 7, 10, 20, 25, 50, 100)
_IN_TIME, _BEYOND = 15, 11


class Bin(NamedTuple):
    """A bar of a distribution: from more than `after` to `to` (None: any more), and how many, by status."""

    after: int
    to: int | None
    counts: Mapping[str, int]

    @property
    def label(self) -> str:
        """'6 to 10', '3', '91 or more'."""
        if self.to is None:
            return f"{self.after + 1:,} or more"
        return str(self.to) if self.to <= self.after + 1 else f"{self.after + 1} to {self.to}"

    @property
    def n(self) -> int:
        """How many in all."""
        return sum(self.counts.values())


class Month(NamedTuple):
    """A month of a control chart: so many in time of so many that were due."""

    month: str
    """'2009-11'."""
    numerator: int
    n: int

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.numerator / self.n


def bins(taken: Mapping[str, Sequence[int]], allowed: int) -> list[Bin]:
    """How long things took, by status, in bars that none lies across the deadline with, the last for all beyond."""
    step = next((one for one in _STEPS if allowed % one == 0 and allowed / one <= _IN_TIME), None)
    step = step or math.ceil(allowed / _IN_TIME)
    edges = [*range(allowed, -1, -step)][::-1]
    edges = [0, *edges] if edges[0] else edges
    beyond = max(min(len(edges), _BEYOND), 5)
    longest = max((max(values, default=0) for values in taken.values()), default=0)
    edges += [allowed + step * n for n in range(1, min(beyond, math.ceil(max(longest - allowed, 1) / step)) + 1)]
    found: list[Bin] = []
    if step == 1:
        found.append(Bin(-1, 0, {}))
    found += [Bin(after, to, {}) for after, to in zip(edges, edges[1:], strict=False)]
    if longest > edges[-1]:
        found.append(Bin(edges[-1], None, {}))
    counted: list[dict[str, int]] = [dict.fromkeys(STATUSES, 0) for _ in found]
    for status, values in taken.items():
        for value in values:
            counted[_place(found, value)][status] += 1
    return [one._replace(counts=counts) for one, counts in zip(found, counted, strict=True)]


def _place(found: Sequence[Bin], value: int) -> int:
    """Which bar a time belongs to; one that says less than nothing to the first."""
    low, high = 0, len(found) - 1
    while low < high:
        middle = (low + high) // 2
        to = found[middle].to
        if to is None or value <= to:
            high = middle
        else:
            low = middle + 1
    return low


def histogram(
    name: str, title: str, description: str, found: Sequence[Bin], allowed: int | None, unit: str, *, limit: str = "allowed"
) -> Svg:  # fmt: skip
    """Bars of how many took how long, those past the deadline hatched or hollow, with a line at what is allowed (None: no line),
    and what that limit is called."""
    most = max((one.n for one in found), default=0)
    top, scale = nice(most), (_RIGHT - _LEFT) / max(len(found), 1)
    parts = [*_grid(top)]
    place_of_limit = _LEFT
    for n, one in enumerate(found):
        left, at = _LEFT + n * scale, _BOTTOM
        for status in STATUSES:
            height = one.counts.get(status, 0) / top * (_BOTTOM - _TOP)
            if height:
                at -= height
                parts.append(element(
                    "rect", x=left + scale * 0.08, y=at, width=scale * 0.84, height=height, class_=f"bar-{status}",
                ))  # fmt: skip
        if allowed is not None and one.to is not None and one.to <= allowed:
            place_of_limit = left + scale
    if allowed is not None:
        near_right = place_of_limit > _LEFT + (_RIGHT - _LEFT) * 0.6
        parts.append(element("path", d=f"M{place_of_limit:.1f} {_TOP - 6:g}V{_BOTTOM + 4:g}", class_="limit"))
        parts.append(text(
            f"{limit}: {allowed:,}", place_of_limit + (-5 if near_right else 5), _TOP - 8, "strong", "end" if near_right else None,
        ))  # fmt: skip
    parts += _edges(found, scale)
    parts.append(text(unit, (_LEFT + _RIGHT) / 2, _HEIGHT - 5, "label", "middle"))
    return picture(name, title, description, _WIDTH, _HEIGHT, parts)


def _edges(found: Sequence[Bin], scale: float) -> Iterator[Svg]:
    """The numbers beneath the bars: the end of each, as many as there is room for."""
    last = -99.0
    for n, one in enumerate(found):
        middle = _LEFT + (n + 0.5) * scale
        said = f"{one.after + 1}+" if one.to is None else str(one.to)
        room = 9.0 * len(said) + 4
        if middle - last < room or (n < len(found) - 1 and found[-1].to is None and middle > _RIGHT - 36 - scale / 2):
            continue
        yield text(said, middle, _BOTTOM + 17, "label", "middle")
        last = middle


def _grid(top: int) -> Iterator[Svg]:
    """Lines across a picture at nothing, at the end of its axis and half way, with their numbers."""
    for value in (0, top // 2, top) if top % 2 == 0 else (0, top):
        y = _BOTTOM - value / top * (_BOTTOM - _TOP)
        yield element("path", d=f"M{_LEFT:g} {y:.1f}H{_RIGHT:g}", class_="line" if not value else "grid")
        yield text(_short(value), _LEFT - 5, y + 4, "label", "end")


def nice(most: int) -> int:
    """The end of an axis on which the highest bar fits: 1, 2, 4, 6, 10, 20, 40 ..."""
    if most <= 2:
        return max(most, 1)
    power = 10 ** (len(str(most)) - 1)
    return next(
        int(power * times)
        for times in (1, 1.2, 1.6, 2, 3, 4, 6, 8, 10)
        if power * times >= most and power * times % 1 == 0
    )


def _short(value: int) -> str:
    """'1,200' as it is, '12,000' as '12k'."""
    return f"{value:,}" if value < 10_000 else f"{value / 1000:g}k"


def control_chart(name: str, title: str, description: str, months: Sequence[Month], *, wide: bool = False) -> Svg:
    """The share in time of each month, the share of all of them, and the limits within which chance alone would keep it."""
    width = 760.0 if wide else _WIDTH
    right = width - 6
    step = (right - _LEFT) / max(len(months), 1)
    places = [_LEFT + (n + 0.5) * step for n in range(len(months))]
    parts = []
    for value in (0.0, 0.5, 1.0):
        y = _level(value)
        parts.append(element("path", d=f"M{_LEFT:g} {y:.1f}H{right:g}", class_="line" if not value else "grid"))
        parts.append(text(f"{value:.0%}", _LEFT - 5, y + 4, "label", "end"))
    mean = overall(months)
    upper, lower = [], []
    for place, month in zip(places, months, strict=True):
        low, high = limits(mean, month.n)
        upper += [f"{place - step / 2:.1f} {_level(high):.1f}", f"{place + step / 2:.1f} {_level(high):.1f}"]
        lower += [f"{place - step / 2:.1f} {_level(low):.1f}", f"{place + step / 2:.1f} {_level(low):.1f}"]
    if months:
        parts.append(element("path", d="M" + "L".join([*upper, *reversed(lower)]) + "Z", class_="band"))
        parts.append(element("path", d=f"M{_LEFT:g} {_level(mean):.1f}H{right:g}", class_="mean"))
        line = "L".join(f"{place:.1f} {_level(one.share):.1f}" for place, one in zip(places, months, strict=True))
        parts.append(element("path", d=f"M{line}", class_="run"))
    for place, month in zip(places, months, strict=True):
        y = _level(month.share)
        if is_outside(mean, month):
            parts.append(element("path", d=f"M{place:.1f} {y - 6:.1f}l6 6l-6 6l-6 -6z", class_="found"))
        elif len(months) <= 60:
            parts.append(element("circle", cx=place, cy=y, r=3.2, class_="mark"))
    parts += _months(months, places)
    return picture(name, title, description, width, _HEIGHT, parts)


def overall(months: Sequence[Month]) -> float:
    """The share of all months together."""
    n = sum(month.n for month in months)
    return sum(month.numerator for month in months) / n if n else 0.0


def limits(mean: float, n: int) -> tuple[float, float]:
    """Three standard errors either side of the mean of a month with so many: the control limits of a p-chart."""
    error = 3 * math.sqrt(mean * (1 - mean) / n)
    return max(0.0, mean - error), min(1.0, mean + error)


def is_outside(mean: float, month: Month) -> bool:
    """Whether chance alone would hardly have brought a month's share about."""
    low, high = limits(mean, month.n)
    return month.share < low - 1e-9 or month.share > high + 1e-9


def _level(share: float) -> float:
    return _BOTTOM - share * (_BOTTOM - _TOP)


def _months(months: Sequence[Month], places: Sequence[float]) -> Iterator[Svg]:
    """Names of months where there is room; of years alone on a long chart."""
    years = len(months) > 30
    last, year = -99.0, ""
    for place, (month, _, _) in zip(places, months, strict=True):
        if years and month[:4] == year:
            continue
        if place - last >= (36 if years else 46):
            new = month[:4] != year
            yield text(month[:4] if years else MONTHS[int(month[5:]) - 1], place, _BOTTOM + 17, "label", "middle")
            if new and not years:
                yield text(month[:4], place, _BOTTOM + 32, "label", "middle")
            last, year = place, month[:4]


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def bar(value: float, low: float | None = None, high: float | None = None, target: float | None = None) -> Svg:
    """A share as a bar in a table's row, with its interval as a line and a target as a notch. The row has the number, so
    the drawing says nothing to who cannot see it.
    """
    parts = [
        element("rect", x=0.5, y=3, width=119, height=10, class_="allowed"),
        element("rect", x=0.5, y=3, width=119 * _within(value), height=10, class_="used"),
    ]
    if low is not None and high is not None:
        first, last = 0.5 + 119 * _within(low), 0.5 + 119 * _within(high)
        parts.append(element("path", d=f"M{first:.1f} 8H{last:.1f}", class_="halo"))
        parts.append(element("path", d=f"M{first:.1f} 8H{last:.1f}M{first:.1f} 5v6M{last:.1f} 5v6", class_="interval"))
    if target is not None:
        parts.append(element("path", d=f"M{0.5 + 119 * _within(target):.1f} 0v16", class_="limit"))
    return element(
        "svg", *parts, viewBox="0 0 120 16", width=120, height=16, class_="spark", aria_hidden="true", focusable="false"
    )


def _within(share: float) -> float:
    return min(max(share, 0.0), 1.0)
