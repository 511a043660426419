"""Where "now" comes from. Only `SystemClock` asks the computer; everything else is handed a clock, or a moment."""

from __future__ import annotations

__all__ = ["Clock", "RunningClock", "SimulatedClock", "SystemClock"]

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol, runtime_checkable


class Clock(Protocol):
    """Anything that can say what time it is."""

    def now(self) -> datetime:
        """The moment it is, aware, in UTC."""


@runtime_checkable
class RunningClock(Clock, Protocol):
    """A clock that nobody moves on purpose, so that a leap in it is a fault."""

    def passed(self) -> float:
        """Seconds that have passed, since whenever, by something other than this clock."""


class SystemClock:
    """The computer's own clock. A desk notices when it goes back, or leaps ahead."""

    def passed(self) -> float:
        """Seconds that have passed, since whenever, by what nobody sets; while the computer slept, too, where that is known."""
        return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.time()

    def now(self) -> datetime:
        """The moment it is, by the computer."""
        return datetime.now(UTC)


class SimulatedClock:
    """A clock that stands still until it is moved, and never goes back."""

    def __init__(self, start: datetime) -> None:
        self._now = _aware(start)

    def now(self) -> datetime:
        """The moment it was last set to."""
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Let time pass; the moment it then is.

        Raises:
            ValueError: time would go back.
        """
        return self.set(self._now + by)

    def set(self, moment: datetime) -> datetime:
        """Move to a later moment.

        Raises:
            ValueError: it is earlier than now, or says no offset.
        """
        if _aware(moment) < self._now:
            raise ValueError(f"a clock does not go back: it is {self._now.isoformat()}, not yet {moment.isoformat()}")
        self._now = _aware(moment)
        return self._now


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} says no offset: use an aware datetime")
    return moment.astimezone(UTC)
