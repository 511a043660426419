"""What time it is at a desk, by its clock and by what it has recorded: a clock that leapt is noticed, and refused.

A computer's clock that is a year ahead would raise breaches of all that runs, for ever; one that is behind would record
before what is recorded already. Neither is believed until somebody says that it is right.
"""

from __future__ import annotations

__all__ = ["LEAP", "SILENCE", "SKEW", "Timekeeper", "accept_clock", "accept_copy", "behind", "silent_since"]

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from frontdoor.clock import Clock, RunningClock
from frontdoor.desk import entry as entries
from frontdoor.errors import OutOfOrder, count
from frontdoor.event import Draft, Event, stored
from frontdoor.log.restorations import recorded_before
from frontdoor.moment import instant, written

if TYPE_CHECKING:
    from frontdoor.desk.desk import Desk

SKEW = timedelta(minutes=5)
"""So far the clocks of the machines that share a log may differ: within it, time stands still rather than go back."""
LEAP = timedelta(days=1)
"""By so much more than has passed the clock of a computer may have moved on while a desk was open."""
SILENCE = timedelta(days=366)
"""So long a log that is in use may have nothing recorded in it when a desk begins; what that recorded itself may be older,
as what it imports."""

_ACCEPT = "If it is right, say so by 'frontdoor accept-clock' (Desk.accept_clock); if not, correct it."


def behind(now: datetime, last: Event | None) -> datetime | None:
    """When something was recorded last, if a clock that says `now` is so far before that that it went back; else None."""
    before = _recorded(last)
    return before if before is not None and before - now > SKEW else None


def silent_since(now: datetime, last: Event | None, silence: timedelta = SILENCE) -> datetime | None:
    """When something was recorded last, if by a clock that says `now` it is longer ago than `silence`; else None."""
    since = None if last is None else recorded_before(last)
    return since if since is not None and now - since > silence else None


def _recorded(last: Event | None) -> datetime | None:
    return last.recorded_at if last is not None and isinstance(last.recorded_at, datetime) else None


class Timekeeper:
    """The clock of a desk, and what it said when it was last asked."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._running = clock if isinstance(clock, RunningClock) else None
        self._at, self._passed, self._is_believed = clock.now(), self._seconds(), False

    def _seconds(self) -> float:
        return self._running.passed() if self._running is not None else 0.0

    def now(self, last: Event | None, *, after_silence: bool = False) -> datetime:
        """The moment it is, no earlier than what was recorded last; `after_silence`, however long that was ago.

        Raises:
            OutOfOrder: the clock went back or, if it is a computer's, leapt ahead.
        """
        now = self._clock.now()
        later = behind(now, last)
        if later is not None:
            raise OutOfOrder(
                f"the desk's clock says {written(now)}, but something was recorded at {written(later)} already. {_ACCEPT}"
            )
        if self._running is not None:
            passed = self._seconds()
            since = None if after_silence or self._is_believed else silent_since(now, last)
            if since is not None:
                raise OutOfOrder(
                    f"the desk's clock says {written(now)}, but nothing has been recorded since {written(since)}. {_ACCEPT}"
                )
            leapt = now - self._at - timedelta(seconds=passed - self._passed)
            if leapt > LEAP:
                raise OutOfOrder(
                    f"the desk's clock says {written(now)}: it leapt ahead by {count(leapt.days, 'day')} since the desk asked it at "
                    f"{written(self._at)}. {_ACCEPT}"
                )
            self._at, self._passed = now, passed
            self._is_believed = self._is_believed or not after_silence
        return max(now, _recorded(last) or now)

    def accept(self) -> datetime:
        """Believe what the clock says; the moment it is."""
        self._at, self._passed, self._is_believed = self._clock.now(), self._seconds(), True
        return self._at


def accept_clock(desk: Desk, *, actor: str, role: str, reason: str) -> Event:
    """Record that somebody has seen that the desk's clock is right, and withdraw breaches that it says are still to come."""
    roles = desk.rulebook.compiled.roles
    entries.of_the_desk("desk.clock_accepted", actor=actor, role=role, roles=roles, reason=reason)
    to_come = {row.case_id for row in desk.log.breaches() if not row.withdrawn}
    with desk.session([], by_clock_alone=True) as session:
        last = session.log.last()
        before = "" if last is None else stored(last.recorded_at)
        details = {"reason": reason, "clock": stored(session.now), "recorded_before": before}
        draft = Draft(
            "", "desk.clock_accepted", session.now, session.now, actor, role, "", "", details, str(uuid.uuid4())
        )
        (event,) = session.note("", [draft])
        for case_id in sorted(to_come):
            if any(
                row.late_from > instant(session.now)
                for row in session.log.standing(case_id).breaches
                if not row.withdrawn
            ):
                session.reconsider(case_id)
        return event


def accept_copy(desk: Desk, *, actor: str, role: str, reason: str) -> Event:
    """Record that there is no more of the log than there is of it here."""
    roles = desk.rulebook.compiled.roles
    entries.of_the_desk("desk.copy_accepted", actor=actor, role=role, roles=roles, reason=reason)
    with desk.session([], after_silence=True) as session:
        details = {"reason": reason}
        draft = Draft(
            "", "desk.copy_accepted", session.now, session.now, actor, role, "", "", details, str(uuid.uuid4())
        )
        (event,) = session.note("", [draft])
        return event
