"""Counting time in integers: working days over a table, months by the calendar, hours by the clock.

A part of the kernel, and like it written for CPython and numba alike. Days are counted from 1970, as local dates;
moments in microseconds from 1970, in UTC.
"""

from __future__ import annotations

__all__ = ["HOUR", "add_months", "add_working_days", "fall_due", "working_days_between"]

from frontdoor.rows import NEVER
from frontdoor.rules import HOURS, MONTHS, WORKING_DAYS, Rules

HOUR = 3_600_000_000


def add_working_days(rules: Rules, day: int, n: int) -> int:
    """The n-th working day strictly after `day`; NEVER beyond the years that holidays are known for."""
    i = day - rules.first_day
    if i < 0 or i >= len(rules.worked):
        return NEVER
    place = rules.worked[i] + n - 1
    if place >= len(rules.working):
        return NEVER
    return rules.working[place]


def working_days_between(rules: Rules, after: int, to: int) -> int:
    """The working days after `after` up to and including `to`; -1 beyond the years that holidays are known for."""
    i = after - rules.first_day
    j = to - rules.first_day
    if i < 0 or j < 0 or i >= len(rules.worked) or j >= len(rules.worked):
        return -1
    return rules.worked[j] - rules.worked[i]


def add_months(day: int, months: int) -> int:
    """The same day number so many months on, else the last day of that month; in days from 1970."""
    z = day + 719468  # days from 1 March of year 0, so that a leap day ends its year
    era = z // 146097
    of_era = z - era * 146097
    year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    number = of_year - (153 * month + 2) // 5  # from 0
    month += months + 12 * (year + 400 * era)
    start = _march_month(month)
    last = _march_month(month + 1) - start - 1
    return start + min(number, last) - 719468


def _march_month(month: int) -> int:
    """The day a month begins, months and days counted from 1 March of year 0."""
    year = month // 12
    return year * 365 + year // 4 - year // 100 + year // 400 + (153 * (month - 12 * year) + 2) // 5


def fall_due(rules: Rules, unit: int, length: int, day: int, moment: int) -> int:
    """When a length that is counted from `day` (from `moment`, in hours) falls due: a day, or for hours a moment."""
    if unit == HOURS:
        return moment + length * HOUR
    if unit == WORKING_DAYS:
        return add_working_days(rules, day, length)
    if unit == MONTHS:
        return add_months(day, length)
    return day + length
