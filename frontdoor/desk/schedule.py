"""A small loop for those who have no scheduler: check a log every so often, until told to stop.

    stop = threading.Event()
    every(desk.check, timedelta(minutes=5), stop=stop, found=lambda breaches: print(*breaches))

What is checked, and what is done with what was found, is the caller's. A log that is busy is tried again next time.
"""

from __future__ import annotations

__all__ = ["awaits_daily_check", "every", "in_turn", "telling"]

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar, cast

from frontdoor.desk.checker import stands_for
from frontdoor.errors import Busy, CalendarExhausted, FrontdoorError
from frontdoor.moment import LONDON

if TYPE_CHECKING:
    from frontdoor.case import Breach
    from frontdoor.desk.checker import Checked, DailyCheck
    from frontdoor.desk.desk import Desk

_Found = TypeVar("_Found")


def every(
    check: Callable[[], _Found],
    interval: timedelta,
    *,
    stop: threading.Event,
    found: Callable[[_Found], object] = lambda found: None,
    busy: Callable[[Busy], object] = lambda error: None,
    wait: Callable[[float], bool] | None = None,
) -> int:
    """Check at once and then every `interval` until `stop` is set; how often it was done.

    What a check gives is handed to `found`. Where another writer did not let go of the log, `busy` is told, and the check is
    made the next time; any other error ends the loop. `wait` waits so many seconds and says whether to stop (default: `stop`
    does). A check that is under way when `stop` is set is finished.

    Raises:
        ValueError: the interval is no time at all.
    """
    seconds = interval.total_seconds()
    if seconds <= 0:
        raise ValueError(f"a loop that checks every {interval} would never rest")
    times = 0
    while not stop.is_set():
        try:
            one = check()
        except Busy as error:
            busy(error)
        else:
            times += 1
            found(one)
        if (wait or stop.wait)(seconds):
            break
    return times


def telling(check: Callable[[], _Found], found: Callable[[list[Breach]], object]) -> _Found:
    """What a check gives; of one that fails, `found` is first given the breaches that it had recorded, if any."""
    try:
        return check()
    except FrontdoorError as error:
        if error.breaches:
            found(cast("Checked", error.breaches))
        raise


def in_turn(desk: Desk, at: str, *, actor: str, role: str) -> list[Breach] | DailyCheck:
    """What a loop with a daily check has to do now: that check where it is awaited, else the one for breaches."""
    return desk.daily_check(at, actor=actor, role=role) if awaits_daily_check(desk, at) else desk.check()


def awaits_daily_check(desk: Desk, at: str) -> bool:
    """Whether the daily check of an hour, such as '16:00', is still to be made today: it is a working day, the hour has come,
    and the log has no such check of today.

    Raises:
        ValueError: that is not an hour.
    """
    hour = datetime.strptime(at, "%H:%M")
    now = desk.clock.now().astimezone(LONDON)
    try:
        if not desk.library.calendar.is_working(now.date()):
            return False
    except CalendarExhausted:
        pass  # rather one check too many than none
    if now.time() < hour.time():
        return False
    today = now.date().isoformat()
    checks = [event for event in desk.log.events("") if stands_for(event, f"{hour:%H:%M}")]
    return all(event.details["day"] != today for event in checks)
