"""A line of time on which a long wait in which nothing happened takes little room, so that short clocks can still be seen.

    axis = Axis.over([0.0, 1.5, 400.0], 230, 750)
    axis.at(1.5)      # where that moment is drawn
    axis.breaks       # the waits that are drawn shorter than they were

A moment is a number: days from 1970, a half being noon in London.
"""

from __future__ import annotations

__all__ = ["Axis", "Break", "ticks"]

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

import attrs

from frontdoor.errors import count
from frontdoor.moment import EPOCH

_SHORT = 20.0
"""Days that are never drawn shorter."""
_SHARE = 0.22
"""The most of the whole line that one wait may take, where it is longer than that."""
_WORTH_IT = 1.8
"""A wait no more than so many times as long is drawn as long as it was all the same."""


class Break(NamedTuple):
    """A wait that is drawn shorter than it was: where, and how many days it lasted."""

    left: float
    right: float
    days: float

    @property
    def lasted(self) -> str:
        """In words: '8 months'."""
        if self.days < 60:
            return count(round(self.days), "day")
        return f"{round(self.days / 30.44)} months" if self.days < 700 else f"{self.days / 365.25:.1f} years"


@attrs.frozen
class Axis:
    """Where moments are drawn: `moments` in order, and `places` beside them; between two of them it is even."""

    moments: Sequence[float]
    places: Sequence[float]
    breaks: Sequence[Break]

    @classmethod
    def over(cls, moments: Iterable[float], left: float, right: float) -> Axis:
        """The line from the first of some moments to the last, drawn from `left` to `right`."""
        points = sorted(set(moments)) or [0.0]
        if len(points) == 1:
            points.append(points[0] + 1)
        gaps = [after - before for before, after in zip(points, points[1:], strict=False)]
        longest = _longest(gaps)
        shortened = [gap > _WORTH_IT * longest for gap in gaps]
        drawn = [longest if short else gap for gap, short in zip(gaps, shortened, strict=True)]
        scale = (right - left) / sum(drawn)
        places = [left]
        for gap in drawn:
            places.append(places[-1] + gap * scale)
        breaks = [Break(places[n], places[n + 1], gap) for n, gap in enumerate(gaps) if shortened[n]]
        return cls(points, places, breaks)

    def at(self, moment: float) -> float:
        """Where a moment is drawn; one before the first or after the last at that end."""
        moment = min(max(moment, self.moments[0]), self.moments[-1])
        n = min(bisect_right(self.moments, moment), len(self.moments) - 1)
        first, last = self.moments[n - 1], self.moments[n]
        left, right = self.places[n - 1], self.places[n]
        return left + (moment - first) / (last - first) * (right - left)

    def when(self, place: float) -> float:
        """The moment that is drawn at a place: the inverse of `at`."""
        n = min(max(bisect_right(self.places, place), 1), len(self.places) - 1)
        (first, last), (left, right) = self.moments[n - 1 : n + 1], self.places[n - 1 : n + 1]
        return first + (place - left) / (right - left) * (last - first)

    def broken(self, place: float) -> Break | None:
        """The wait drawn short that a place lies within; None where it does not."""
        return next((one for one in self.breaks if one.left < place < one.right), None)

    def days(self, least: float) -> Iterator[tuple[int, float, float]]:
        """The days (from 1970) that are drawn at least so wide, each with its left and right end."""
        for n in range(len(self.moments) - 1):
            (first, last), (left, right) = self.moments[n : n + 2], self.places[n : n + 2]
            if (right - left) / (last - first) < least:
                continue
            for day in range(math.floor(first), math.ceil(last)):
                yield day, self.at(max(day, first)), self.at(min(day + 1, last))


def _longest(gaps: Sequence[float]) -> float:
    """How long a wait is drawn at most."""
    longest = max(gaps)
    while longest > _SHORT and len(gaps) > 1:
        shorter = max(_SHORT, _SHARE * sum(min(gap, longest) for gap in gaps))
        if shorter > 0.98 * longest:
            break
        longest = shorter
    return longest


def ticks(axis: Axis, room: float) -> Iterator[tuple[float, str]]:
    """Where to write which date: at least `room` apart, the year said with the first and whenever it changes."""
    place, end, year = axis.places[0], axis.places[-1] - room / 2, 0
    while place <= end:
        day = math.ceil(axis.when(place) - 1e-6) if year else math.floor(axis.moments[0])
        at = axis.at(day)
        broken = axis.broken(at)
        if broken is not None:
            place = broken.right
            continue
        if at > end:
            return
        said = date.fromordinal(day + EPOCH)
        yield at, f"{said.day} {said:%b}{f' {said.year}' if said.year != year else ''}"
        place, year = max(at, place) + room, said.year
