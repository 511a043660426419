"""What a check found, for people: breaches that were raised, what is outstanding by time left, checks that were missed."""

from __future__ import annotations

__all__ = ["daily", "outstanding", "raised"]

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from frontdoor.case import Breach, Deadline
from frontdoor.desk.checker import DailyCheck
from frontdoor.explanation import in_words
from frontdoor.moment import LONDON, local_day, parse
from frontdoor.report.layout import plain, rows
from frontdoor.report.words import count, days, due_on, how_late, left, when
from frontdoor.working_days import Calendar

_MANY = 10


def raised(breaches: Sequence[Breach], calendar: Calendar) -> Iterator[str]:
    """The breaches that a check raised: whose, which, due when, how late, counted from what."""
    if not breaches:
        yield "Nothing was raised: no deadline has run out of which a breach does not stand already."
        return
    yield f"{count(len(breaches), 'breach')} raised:"
    for one in breaches:
        event, _, moment = one.counted_from.rpartition(", ")
        which = f"{one.case} {one.episode}: {one.title or one.timer} ({one.timer})"
        counted = f"counted from {event}, {when(parse(moment))}; {one.basis}, {one.guidance}"
        yield from rows([(f"{which}, {due_on(one.due)}, {how_late(one, calendar)}\n  {counted}",)])


def outstanding(deadlines: Sequence[Deadline], now: datetime, calendar: Calendar) -> Iterator[str]:
    """Deadlines that run, in the order given: time left, due, whose, which."""
    yield from rows([
        (left(one, now, calendar), when(one.due), one.case, one.episode, one.title or one.timer) for one in deadlines
    ])  # fmt: skip


def daily(check: DailyCheck, role: str, calendar: Calendar) -> Iterator[str]:
    """A daily check: who made it, what was missed, what is outstanding, what it raised."""
    made = f"{in_words(local_day(check.made_at))}, made at {check.made_at.astimezone(LONDON):%H:%M}"
    yield plain(f"The {check.at} check of {made} by {check.actor} ({role}).")
    yield from missed(check.at, check.missed)
    late = sum(one.status == "overdue" for one in check.outstanding)
    if not check.outstanding:
        yield "Nothing is outstanding."
    else:
        running = len(check.outstanding) - late
        yield f"Outstanding, by time left: {late:,} overdue, {running:,} still in time."
        yield from outstanding(check.outstanding, check.made_at, calendar)
    if check.breaches:
        yield from raised(check.breaches, calendar)


def missed(at: str, dates: Sequence[date]) -> Iterator[str]:
    """The working days on which a daily check was not made: 'No 16:00 check was made on Mon 14 and Tue 15 December 2009.'"""
    if len(dates) > _MANY:
        yield f"No {at} check was made on {len(dates):,} working days, the last of them {days(dates[-3:])}."
    elif dates:
        yield f"No {at} check was made on {days(dates)}."
