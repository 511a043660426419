"""A timescale is a length with its unit: 45 working days, 24 hours, 3 months.

24 hours and 1 working day are different rules (a referral at 16:30 on a Friday has until 16:30 on Saturday, or until
the end of Monday), so a timescale is never turned into a `timedelta`.
"""

from __future__ import annotations

__all__ = ["Timescale", "Unit"]

import enum
import re

import attrs

from frontdoor.errors import TimescaleError


class Unit(enum.Enum):
    """What a timescale counts in. All but hours are counted in whole local days: any time on the due day is in time."""

    HOURS = "hours"
    WORKING_DAYS = "working days"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"

    @property
    def is_elapsed(self) -> bool:
        """True for hours, which are elapsed time to the second, across nights, holidays and clock changes."""
        return self is Unit.HOURS


_MOST = 9_999
_WRITTEN = re.compile(r"([1-9][0-9]{0,3}) (hour|working day|day|week|month)s?")


@attrs.frozen
class Timescale:
    """So many of a unit, from 1 to 9,999: `Timescale(45, Unit.WORKING_DAYS)`, read from text by `Timescale.parse`."""

    count: int = attrs.field(validator=attrs.validators.instance_of(int))
    unit: Unit = attrs.field(validator=attrs.validators.instance_of(Unit))

    @count.validator
    def _at_least_one(self, attribute: object, value: int) -> None:
        if not 1 <= value <= _MOST or isinstance(value, bool):
            raise TimescaleError(value)

    @classmethod
    def parse(cls, text: str) -> Timescale:
        """The timescale that `text` writes, singular or plural: '1 working day', '45 working days', '6 weeks'.

        Raises:
            TimescaleError: for anything else, zero included.
        """
        found = _WRITTEN.fullmatch(text.strip()) if isinstance(text, str) else None
        if found is None:
            raise TimescaleError(text)
        return cls(int(found[1]), Unit(found[2] + "s"))

    def __str__(self) -> str:
        return f"{self.count} {self.unit.value[:-1] if self.count == 1 else self.unit.value}"

    def is_never_later_than(self, other: Timescale) -> bool:
        """True if, from every anchor, this falls due no later than `other`.

        It decides whether a local file tightens a statutory timescale. Units are compared at their worst: 5 working
        days are at least 5 days and 6 at least 8, a month at least 28, and a day in spring has 23 hours. Where the answer
        depends on the anchor (12 days beside 8 working days) it is False.
        """
        if self.unit is other.unit:
            return self.count <= other.count
        if not self.unit.is_elapsed and not other.unit.is_elapsed:
            return _most_days(self) <= _least_days(other)
        if self.unit.is_elapsed:
            # A day unit gives least time to an anchor in the last moment of its day.
            spring = 0 if other.unit is Unit.WORKING_DAYS else 1
            return self.count <= 24 * _least_days(other) - spring
        return 24 * (_most_days(self) + 1) + 1 <= other.count


def _least_days(scale: Timescale) -> int:
    if scale.unit is Unit.WORKING_DAYS:
        return scale.count + 2 * ((scale.count - 1) // 5)  # every five of them span a weekend
    if scale.unit is Unit.MONTHS:
        return 30 * scale.count - 2  # February
    return (7 if scale.unit is Unit.WEEKS else 1) * scale.count


def _most_days(scale: Timescale) -> float:
    """Working days have no bound here: closures may follow one another without end."""
    if scale.unit is Unit.WORKING_DAYS:
        return float("inf")
    return {Unit.WEEKS: 7, Unit.MONTHS: 31}.get(scale.unit, 1) * scale.count
