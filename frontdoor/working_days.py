"""Working days: Monday to Friday, less the bank holidays of England and Wales, less an authority's own closures.

Bank holidays are versioned data in `workflows/bank_holidays.toml`, with the first and last year they are known for.
Counting beyond those years is an error, never "no holidays".
"""

from __future__ import annotations

__all__ = ["Calendar"]

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property

import attrs

from frontdoor.errors import CalendarExhausted

_SATURDAY = 5


@attrs.frozen
class Calendar:
    """The working days of the years `first` to `last`, both included.

    `holidays` are bank holidays by date, with their names; `closures` an authority's own closed days, likewise.
    `version` names the data, so that an answer can say which it rests on.
    """

    version: str
    first: int
    last: int
    holidays: Mapping[date, str] = attrs.field(repr=False, hash=False)
    closures: Mapping[date, str] = attrs.field(factory=dict, repr=False, hash=False)

    @cached_property
    def days(self) -> tuple[int, ...]:
        """Every working day in order, as a proleptic Gregorian ordinal: the table that the kernel counts on."""
        closed = {day.toordinal() for day in (*self.holidays, *self.closures)}
        every = range(date(self.first, 1, 1).toordinal(), date(self.last, 12, 31).toordinal() + 1)
        return tuple(day for day in every if (day - 1) % 7 < _SATURDAY and day not in closed)

    def is_working(self, day: date) -> bool:
        """Whether `day` is a working day.

        Raises:
            CalendarExhausted: holidays are not known for that year.
        """
        self._known(day)
        return day.weekday() < _SATURDAY and day not in self.holidays and day not in self.closures

    def add(self, day: date, working_days: int) -> date:
        """The n-th working day strictly after `day` (day 0), for n of 1 or more; also from a weekend or holiday.

        Raises:
            CalendarExhausted: the count leaves the years that holidays are known for.
        """
        self._known(day)
        if working_days < 1:
            raise ValueError(f"working days are counted forward from 1, not {working_days}")
        place = bisect_right(self.days, day.toordinal()) + working_days - 1
        if place >= len(self.days):
            raise CalendarExhausted(self.first, self.last)
        return date.fromordinal(self.days[place])

    def count(self, after: date, to: date) -> int:
        """How many working days there are after `after`, up to and including `to`; 0 if `to` is not later.

        Raises:
            CalendarExhausted: either day lies in a year that holidays are not known for.
        """
        self._known(after)
        self._known(to)
        return max(0, bisect_right(self.days, to.toordinal()) - bisect_right(self.days, after.toordinal()))

    def skipped(self, after: date, to: date) -> Iterable[tuple[date, str]]:
        """The days after `after`, up to and including `to`, that do not count, each with its reason."""
        for ordinal in range(after.toordinal() + 1, to.toordinal() + 1):
            day = date.fromordinal(ordinal)
            if not self.is_working(day):
                yield day, self.holidays.get(day) or self.closures.get(day) or f"{day:%A}"

    def with_closures(self, closures: Mapping[date, str]) -> Calendar:
        """The same calendar with an authority's own closed days added."""
        return attrs.evolve(self, closures={**self.closures, **closures})

    def _known(self, day: date) -> None:
        if not self.first <= day.year <= self.last:
            raise CalendarExhausted(self.first, self.last)
