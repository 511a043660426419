"""Months as pendulum counts them, to hold the kernel's own count against."""

from __future__ import annotations

from datetime import date

import pendulum


def months_later(day: date, months: int) -> date:
    """The same day number so many months on, else the last day of that month."""
    later = pendulum.date(day.year, day.month, day.day).add(months=months)
    return date(later.year, later.month, later.day)
