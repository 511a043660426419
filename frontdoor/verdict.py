"""What a deadline comes to as at a moment: met, late, ended, overdue, running, or why it cannot be told.

A part of the kernel, and like it written for CPython and numba alike. It reads the book that `kernel.step` wrote and
changes nothing in it.
"""

from __future__ import annotations

__all__ = [
    "BACKWARDS", "BEFORE_IT", "BETWEEN", "CALENDAR_ENDS", "CANNOT_TELL", "ENDED", "ENDS_SOONER", "LATE", "MET", "NO_ANCHOR",
    "NO_EDITION", "OVERDUE", "RUNNING", "STATUSES", "UNSEEN", "due", "judge", "judge_all", "table_of",
]  # fmt: skip

from frontdoor.book import Book
from frontdoor.counting import HOUR, fall_due, working_days_between
from frontdoor.rows import NEVER, Cells, Events
from frontdoor.rules import HOURS, Rules

# What a deadline comes to.
MET, LATE, ENDED, OVERDUE, RUNNING, CANNOT_TELL = 0, 1, 2, 3, 4, 5
STATUSES = ("met", "late", "ended", "overdue", "running", "cannot_tell")

# Why it cannot be told, or 0.
NO_EDITION, NO_ANCHOR, CALENDAR_ENDS, UNSEEN, BETWEEN, BACKWARDS, BEFORE_IT, ENDS_SOONER = 1, 2, 3, 4, 5, 6, 7, 8


def table_of(rules: Rules, edition: int) -> int:
    """The table of an edition; the first is for the days before any (-1)."""
    return rules.table[edition + 1]


def due(rules: Rules, events: Events, book: Book, d: int) -> tuple[int, int, int]:
    """The first and last day (for hours: moment) that a deadline may fall due, and why it cannot be told, or 0."""
    table = table_of(rules, book.edition[book.whose[d]])
    z = table * rules.sizes[2] + book.timer[d]
    r = book.anchored[d]
    if rules.early[table]:
        return NEVER, NEVER, NO_EDITION
    if r < 0:
        return NEVER, NEVER, NO_ANCHOR
    unit = rules.then_unit[z] if book.again[d] else rules.unit[z]
    length = rules.then[z] if book.again[d] else rules.length[z]
    first = fall_due(rules, unit, length, events.day[r], events.earliest[r])
    last = fall_due(rules, unit, length, events.last_day[r], events.latest[r])
    if first == NEVER or last == NEVER:
        return NEVER, NEVER, CALENDAR_ENDS
    return first, last, 0


def judge(rules: Rules, events: Events, book: Book, d: int, at: int, at_day: int) -> tuple[int, int, int, int, int]:
    """What a deadline comes to as at a moment (`at`, on the local day `at_day`) that no folded event is after.

    Returns its status, why that (or, of what is late for certain, by how much) cannot be told or 0, the first and last day
    (for hours: moment) it may be due, and by how many working days (for hours: whole hours) it is over at least, or -1.
    Late means the day is after the due day.

    What may have begun before all that the source holds may have been due before any day that is known. What is not
    stopped may have been stopped unseen: by what the source never tells, so at any time; by what it tells up to some
    moment (`Rules.told_to`), only after that, so that what was past due by then is overdue for certain.
    """
    e = book.whose[d]
    z = table_of(rules, book.edition[e]) * rules.sizes[2] + book.timer[d]
    first, last, why = due(rules, events, book, d)
    if why:
        return CANNOT_TELL, why, first, last, -1
    hours = (rules.then_unit[z] if book.again[d] else rules.unit[z]) == HOURS
    r, stop = book.anchored[d], book.stopped[d]
    if r >= 0 and rules.earlier[book.by_anchor[d]]:
        first, why = NEVER, BEFORE_IT
    if stop < 0:
        if (rules.blind[z] >> book.state[e]) & 1:
            return CANNOT_TELL, UNSEEN, first, last, -1
        latest = at if hours else at_day
        soonest = min(latest, rules.told_to[z] if hours else rules.told_day[z])
        if soonest < latest:
            why = ENDS_SOONER
    else:
        since = book.unseen_from[d] if book.unseen_from[d] >= 0 else stop
        soonest = events.earliest[since] if hours else events.day[since]
        latest = events.latest[stop] if hours else events.last_day[stop]
    if stop >= 0 and not rules.logged and latest < (events.earliest[r] if hours else events.day[r]):
        return CANNOT_TELL, BACKWARDS, first, last, -1
    if soonest > last:
        over = (soonest - last) // HOUR if hours else working_days_between(rules, last, soonest)
        return (LATE if stop >= 0 else OVERDUE), why, first, last, over
    if why:
        return CANNOT_TELL, why, first, last, -1
    if latest > first:
        return CANNOT_TELL, BETWEEN, first, last, -1
    if stop < 0:
        return RUNNING, 0, first, last, -1
    met = rules.met[z]
    t = events.transition[stop]
    own = rules.wf[t] == book.workflow[e]  # another workflow's event moves an anchor, and meets nothing
    if own and (met == 0 or (met >> rules.place[t]) & 1):
        return MET, 0, first, last, -1
    if book.unseen_from[d] >= 0:
        return CANNOT_TELL, UNSEEN, first, last, -1
    return ENDED, 0, first, last, -1


def judge_all(
    rules: Rules, events: Events, book: Book, at: int, at_day: int, statuses: Cells, whys: Cells, firsts: Cells,
    lasts: Cells, overs: Cells,
) -> None:  # fmt: skip
    """`judge` for every deadline in the book, into five columns."""
    for d in range(book.tally[3]):
        statuses[d], whys[d], firsts[d], lasts[d], overs[d] = judge(rules, events, book, d, at, at_day)
