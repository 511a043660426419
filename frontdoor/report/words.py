"""Short words for people: a day, a list, time left, who may do something."""

from __future__ import annotations

__all__ = ["all_of", "by_whom", "count", "days", "due_on", "how_late", "left", "when"]

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby

from frontdoor.case import Breach, Deadline
from frontdoor.errors import CalendarExhausted, count
from frontdoor.library import Library
from frontdoor.moment import LONDON, Happened, Span, local_day
from frontdoor.timescale import Unit
from frontdoor.working_days import Calendar

_HOUR = timedelta(hours=1)


def when(happened: Happened | None) -> str:
    """A date or moment in a table: 'Fri 18 Dec 2009 16:30'."""
    if happened is None:
        return ""
    if isinstance(happened, Span):
        return f"{when(happened.first)} or up to {when(happened.last)}"
    if isinstance(happened, datetime):
        local = happened.astimezone(LONDON)
        return f"{when(local.date())} {local:%H:%M}"
    return f"{happened:%a} {happened.day} {happened:%b %Y}"


def due_on(due: Happened | None) -> str:
    """When something is due: 'due Mon 21 Dec 2009'."""
    return f"due {when(due)}" if due else "due on a day that cannot be told"


def all_of(names: Iterable[str], *, last: str = "and") -> str:
    """'a, b and c'."""
    *before, end = names
    return f"{', '.join(before)} {last} {end}" if before else end


def days(dates: Sequence[date]) -> str:
    """Some days in order, the month said once: 'Mon 14 and Tue 15 December 2009'."""
    months = []
    for _, some in groupby(dates, key=lambda day: (day.year, day.month)):
        mine = list(some)
        months.append(f"{all_of(f'{day:%a} {day.day}' for day in mine)} {mine[0]:%B %Y}")
    return all_of(months)


def by_whom(roles: Sequence[str], event: str, library: Library) -> str:
    """The roles that may do an event; 'anyone but system' where that says it."""
    workflow = event.partition(".")[0]
    every = library.composed[None].workflows
    spoken = set(every[workflow].roles) if workflow in every else set()
    if len(roles) > 2 and set(roles) == spoken - {"system"}:
        return "anyone but system"
    return "anyone" if len(roles) > 2 and set(roles) == spoken else all_of(roles, last="or")


def left(deadline: Deadline, now: datetime, calendar: Calendar) -> str:
    """How a deadline stands, in words: '2 working days left', 'due today', 'overdue by 3 working days', 'met'."""
    status = deadline.status
    if status == "cannot_tell":
        return f"cannot be told: {deadline.why}"
    if not deadline.is_running:
        by = f" by {_over(deadline)}" if status == "late" else ""
        how = {"met": "met", "late": f"late{by}", "ended": "ended otherwise, in time"}[status]
        return f"{how}, {when(deadline.stopped_at)}"
    if status == "overdue":
        return f"overdue by {_over(deadline)}"
    due = deadline.due
    if due is None:
        return "running; when it is due cannot be told"
    if isinstance(due, datetime):
        return f"{_span(due - now)} left"
    today = local_day(now)
    if due <= today:
        return "due today"
    if deadline.allowed is not None and deadline.allowed.unit is Unit.WORKING_DAYS:
        try:
            return f"{count(calendar.count(today, due), 'working day')} left"
        except CalendarExhausted:
            pass
    return f"{count((due - today).days, 'day')} left"


def how_late(breach: Breach, calendar: Calendar) -> str:
    """How late a breach was when it was detected: '3 working days late'."""
    if isinstance(breach.due, datetime):
        return f"{_span(breach.detected_at - breach.due)} late"
    due, last = local_day(breach.late_from) - timedelta(days=1), local_day(breach.detected_at)
    try:
        over = calendar.count(due, last)
    except CalendarExhausted:
        return f"{count((last - due).days, 'day')} late"
    return f"{count(over, 'working day')} late" if over else "less than a working day late"


def _over(deadline: Deadline) -> str:
    unit = "hour" if deadline.allowed is not None and deadline.allowed.unit.is_elapsed else "working day"
    if deadline.over is None:
        return f"more {unit}s than are known"
    return count(deadline.over, unit) if deadline.over else f"less than {'an' if unit == 'hour' else 'a'} {unit}"


def _span(length: timedelta) -> str:
    if length >= _HOUR:
        return count(length // _HOUR, "hour")
    return count(max(length, timedelta(0)) // timedelta(minutes=1), "minute")
