"""A check every so often, by a scheduler that runs already: APScheduler, whichever it keeps its jobs in.

    add_check(scheduler, desk, every=timedelta(minutes=5))
    add_daily_check(scheduler, desk, at="16:00", actor="duty-manager", role="manager")

Nothing is lost where the scheduler was down: a check finds all that has run out since. It needs the extra `apscheduler`.
"""

from __future__ import annotations

__all__ = ["add_check", "add_daily_check"]

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from apscheduler.job import Job
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.triggers.interval import IntervalTrigger

from frontdoor.case import Breach
from frontdoor.desk import Desk
from frontdoor.desk.checker import DailyCheck
from frontdoor.desk.schedule import in_turn, telling

_ONE_AT_A_TIME: dict[str, Any] = {
    "coalesce": True,
    "max_instances": 1,
    "misfire_grace_time": None,
    "replace_existing": True,
}


def add_check(
    scheduler: BaseScheduler,
    desk: Desk,
    *,
    every: timedelta,
    found: Callable[[list[Breach]], object] = lambda breaches: None,
) -> Job:
    """Have breaches raised so often; `found` is called with those of each check. The job is named 'frontdoor-check'.

    Of one that fails `found` is called with those that it had recorded. It keeps its place in the scheduler's memory: give the desk to each process that schedules.
    """

    def check() -> None:
        found(telling(desk.check, found))

    return scheduler.add_job(
        check, IntervalTrigger(seconds=every.total_seconds()), id="frontdoor-check", **_ONE_AT_A_TIME
    )


def add_daily_check(
    scheduler: BaseScheduler,
    desk: Desk,
    *,
    at: str,
    actor: str,
    role: str,
    every: timedelta = timedelta(minutes=5),
    found: Callable[[list[Breach] | DailyCheck], object] = lambda made: None,
) -> Job:
    """Have the daily check of an hour, such as '16:00', made on every working day once its hour has come, also where the
    scheduler was down at that hour; and breaches raised as often as it is looked, as `add_check` does. The job is named
    'frontdoor-check-16:00'.

    Raises:
        ValueError: that is not an hour.
    """
    datetime.strptime(at, "%H:%M")

    def check() -> None:
        found(telling(lambda: in_turn(desk, at, actor=actor, role=role), found))

    return scheduler.add_job(
        check, IntervalTrigger(seconds=every.total_seconds()), id=f"frontdoor-check-{at}", **_ONE_AT_A_TIME
    )
