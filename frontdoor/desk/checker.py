"""The checker: what has run out becomes a recorded breach, once; what will run out soon is listed; the daily check is kept.

However many processes check one log at once, and however often, a breach is recorded once: each case that is due is
looked at again within the transaction that writes.
"""

from __future__ import annotations

__all__ = ["Checked", "DailyCheck", "check", "daily_check", "due_soon", "stands_for"]

import logging
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import attrs

from frontdoor.case import Breach, Deadline
from frontdoor.desk import breaching, views
from frontdoor.desk import entry as entries
from frontdoor.errors import FrontdoorError, LogTampered, MomentError, OutOfOrder
from frontdoor.event import Draft, Event
from frontdoor.log.keys import Keys, as_can_be, going_without, to_read
from frontdoor.moment import LONDON, day_start, instant, local_day, moment_of, written
from frontdoor.timescale import Timescale, Unit
from frontdoor.working_days import Calendar

if TYPE_CHECKING:
    from frontdoor.desk.desk import Desk

_BATCH = 100
"""Cases that are checked in one transaction: one sync for all of them, and others wait no longer than for that."""


_MARGIN = timedelta(days=14)
"""So much later may another desk's calendar have dated what is late by this one's."""


class Checked(list[Breach]):
    """The breaches that a check recorded, the longest late first."""

    trouble: str = ""
    """Why the keys of the details could not be had, in one sentence; empty where they could, or none were needed."""


def check(desk: Desk, at: datetime | None = None) -> Checked:
    """Record a breach of every running deadline that is late, once; those recorded now, the longest late first.

    Raises:
        LogTampered: a case cannot be read, or its words do not open by its key; every other was looked at all the same, and the
            breaches of the latter are recorded.
        FrontdoorError: it had to end before all were looked at. Its `breaches`, and those of the one above, are those recorded
            now, a `Checked` with what its `trouble` says.
    """
    found = Checked()
    with going_without() as troubles, _carried(found, troubles):
        _look(desk, at, found)
        found.trouble = _told(troubles)
    return found


@contextmanager
def _carried(found: Checked, troubles: list[str]) -> Iterator[None]:
    """What ends a check carries what that had found by then, and why it did without the keys."""
    try:
        yield
    except FrontdoorError as error:
        found.sort(key=_late)
        found.trouble = found.trouble or _told(troubles)
        error.breaches = found
        raise


def _told(troubles: list[str]) -> str:
    """Why a check did without the keys, which is logged; empty where it did not."""
    if not troubles:
        return ""
    logging.getLogger("frontdoor").warning("a check did without the keys of the details: %s", troubles[0])
    return troubles[0]


def _look(desk: Desk, at: datetime | None, found: Checked) -> None:
    """Look at every case that is due, and add the breaches that are recorded to those found."""
    moment = _moment(desk, at)
    desk.fall_in_step()
    desk.look_at_clock()  # by one that went back nothing would be late, and nobody be told
    damaged: dict[str, LogTampered] = {}
    # where others held some, see that they did what they held them for
    if not _pass(desk, moment, found, damaged, waits=False):
        _pass(desk, moment, found, damaged, waits=True)
    _see_keys(desk)
    for error in damaged.values():
        raise error
    found.sort(key=_late)


def _see_keys(desk: Desk) -> None:
    """See that the keys can be had, of which nothing need have been asked: what was due may be none, or at hand."""
    keys: Keys | None = getattr(desk.log, "keys", None)
    if keys is not None and desk.log.is_sealed:  # type: ignore[attr-defined]
        to_read(lambda: keys.held(()))


def _late(breach: Breach) -> tuple[datetime, str, str]:
    return breach.late_from, breach.case, breach.timer


def _pass(
    desk: Desk, moment: datetime, found: list[Breach], damaged: dict[str, LogTampered], *, waits: bool
) -> bool:  # fmt: skip
    """Look at every case that is due, and add the breaches that are recorded to those found; whether every case could be had.
    A case that cannot be read keeps no other from being looked at.

    Checkers share what is due: one that does not wait leaves to another the cases that this is looking at.
    """
    after, had_all = (-(1 << 62), ""), True
    margin = _MARGIN if desk.shares_with_other_calendars() else timedelta()
    while due := desk.log.due(instant(moment + margin), after=after, limit=_BATCH):
        after, raised = due[-1], list[Breach]()
        with desk.session((case for _, case in due), waits=waits) as session:
            held = set(session.log.held)
            had_all = had_all and len(held) == len(due)
            for case in (case for _, case in due if case in held):
                try:
                    known, amiss = as_can_be(partial(session.case, case))
                except LogTampered as error:
                    damaged[case] = error
                    continue
                if amiss is not None:
                    damaged[case] = amiss
                drafts = list(breaching.overdue(known, moment, session.now))
                events = session.note(case, drafts) if drafts else []
                rows = views.breaches(events)
                raised += [views.breach(event, rows[event.event_id]) for event in events]
        found += raised  # which are safe now
    return had_all


def _moment(desk: Desk, at: datetime | None) -> datetime:
    now = desk.clock.now()
    if at is not None and entries.moment(at) > now:
        raise OutOfOrder(f"{written(at)} is later than the desk's clock, at {written(now)}: it cannot be checked yet.")
    return at or now


def due_soon(desk: Desk, within: timedelta | Timescale | str | None) -> list[Deadline]:
    """The deadlines that run and will be late within a time (None: whenever), the soonest first."""
    within = Timescale.parse(within) if isinstance(within, str) else within
    now = desk.clock.now()
    before = None
    with suppress(OverflowError):  # as good as whenever
        before = None if within is None else instant(_until(now, within, desk.library.calendar)) + 1
    folded: dict[str, dict[tuple[str, str, str], Deadline]] = {}
    found = []
    with going_without() as troubles:  # so that keys that cannot be reached are waited for once
        for row in desk.log.running(before=before):
            if row.case_id not in folded:
                case, amiss = as_can_be(partial(desk.case, row.case_id))
                troubles += [str(amiss)] if amiss is not None else []
                folded[row.case_id] = {(d.episode, d.timer, d.anchor): d for d in case.deadlines}
            one = folded[row.case_id].get((row.episode, row.timer, row.anchor))
            if one is not None and one.is_running:
                found.append(one)
    return found


def _until(now: datetime, within: timedelta | Timescale, calendar: Calendar) -> datetime:
    """The moment up to which a time from now goes; of days, the end of the last."""
    if isinstance(within, timedelta):
        return now + within
    today = local_day(now)
    if within.unit is Unit.HOURS:
        return now + timedelta(hours=within.count)
    if within.unit is Unit.WORKING_DAYS:
        last = calendar.add(today, within.count)
    elif within.unit is Unit.MONTHS:
        from frontdoor.counting import add_months
        from frontdoor.moment import EPOCH

        last = date.fromordinal(add_months(today.toordinal() - EPOCH, within.count) + EPOCH)
    else:
        last = today + timedelta(days=within.count * (7 if within.unit is Unit.WEEKS else 1))
    return moment_of(day_start(last + timedelta(days=1)))


# ---- the daily check ----


@attrs.frozen
class DailyCheck:
    """A daily check that was made."""

    at: str
    """The hour it is made for: '16:00'."""
    made_at: datetime
    actor: str
    outstanding: tuple[Deadline, ...]
    """By time left, the least first; overdue ones have none left."""
    breaches: tuple[Breach, ...]
    """Those that this check recorded."""
    missed: tuple[date, ...]
    """The working days since the first check of that hour on which none was made, up to yesterday."""
    event: Event
    """What was recorded of it."""
    trouble: str = ""
    """Why the keys of the details could not be had, as `Checked.trouble` has it."""


def daily_check(desk: Desk, at: str, *, actor: str, role: str) -> DailyCheck:
    """Check, list what is outstanding, and record that it was done."""
    hour = _hour(at)
    entries.of_the_desk("desk.checked", actor=actor, role=role, roles=desk.rulebook.compiled.roles)
    found = Checked()
    with going_without() as troubles, _carried(found, troubles):
        _look(desk, None, found)
        outstanding = due_soon(desk, None)
        found.trouble = _told(troubles)
        return _made(desk, hour, found, outstanding, actor=actor, role=role)


def _made(
    desk: Desk, hour: str, breaches: Checked, outstanding: list[Deadline], *, actor: str, role: str
) -> DailyCheck:  # fmt: skip
    with desk.session([""]) as session:
        before = [one for one in session.log.events("") if one.event == "desk.checked" and one.details["at"] == hour]
        made = [_day_of(one) for one in before if stands_for(one, hour)]
        missed = _missed(made, min(map(_day_of, before), default=None), local_day(session.now), desk.library.calendar)
        details = {
            "at": hour, "day": local_day(session.now).isoformat(),
            "breaches": [breach.event_id for breach in breaches],
            "outstanding": [
                {"case_id": one.case, "episode": one.episode, "timer": one.timer, "due": written(one.due), "status": one.status}
                for one in outstanding
            ],
        }  # fmt: skip
        draft = Draft("", "desk.checked", session.now, session.now, actor, role, "", "", details, str(uuid.uuid4()))
        event = session.note("", [draft])[0]
        return DailyCheck(
            hour, session.now, actor, tuple(outstanding), tuple(breaches), missed, event, breaches.trouble
        )


def _hour(at: str) -> str:
    try:
        return datetime.strptime(at, "%H:%M").strftime("%H:%M")
    except ValueError:
        raise MomentError(at, "is not an hour of the day: write 16:00.") from None


def stands_for(event: Event, at: str) -> bool:
    """Whether an event is a daily check of that hour, and made no earlier on its day."""
    if event.event != "desk.checked" or event.details["at"] != at or not isinstance(event.recorded_at, datetime):
        return False
    return event.recorded_at.astimezone(LONDON).strftime("%H:%M") >= at


def _day_of(event: Event) -> date:
    return date.fromisoformat(event.details["day"])


def _missed(made: Sequence[date], first: date | None, today: date, calendar: Calendar) -> tuple[date, ...]:
    if first is None:
        return ()
    days = (first + timedelta(days=n) for n in range((today - first).days))
    return tuple(day for day in days if day.year <= calendar.last and day not in made and calendar.is_working(day))
