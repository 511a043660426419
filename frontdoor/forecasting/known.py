"""The deadlines of a log as its audit tells them, each known by what makes it that one."""

from __future__ import annotations

__all__ = ["Key", "Known", "known_of", "midnight"]

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import NamedTuple

from frontdoor.moment import EPOCH, day_start
from frontdoor.replay.audit import Audit
from frontdoor.rows import NEVER
from frontdoor.simulation.hours import UNTOLD
from frontdoor.verdict import CANNOT_TELL

_SECOND = 1_000_000
Key = tuple[int, str, int]
"""What tells a deadline from every other of a log: the place of the event that opened its episode, the timer, and the place
of the event that it counts from (-1: none)."""


class Known(NamedTuple):
    """A deadline: moments in seconds from 1970."""

    key: Key
    status: int
    """As `verdict` numbers them."""
    begins: int
    late_from: int
    """The first second at which it is late; UNTOLD: that cannot be told."""
    stopped: int | None


def known_of(audit: Audit) -> Iterator[Known]:
    """Every deadline of an audit."""
    rows, timers = audit.log.rows, audit.log.compiled.timers
    at, happened = rows["at"].to_list(), rows["earliest"].to_list()
    columns = ("opened", "timer", "anchored", "stopped", "first", "last", "elapsed", "status")
    for opened, timer, anchored, stopped, first, last, elapsed, status in audit.folded.judged.select(
        columns
    ).iter_rows():
        late_from = UNTOLD
        if first == last and first != NEVER and status != CANNOT_TELL:
            late_from = last // _SECOND + 1 if elapsed else midnight(last + EPOCH + 1)
        yield Known(
            (at[opened], timers[timer], at[anchored] if anchored >= 0 else -1), status,
            happened[anchored if anchored >= 0 else opened] // _SECOND, late_from,
            happened[stopped] // _SECOND if stopped >= 0 else None,
        )  # fmt: skip


@cache
def midnight(ordinal: int) -> int:
    """The second at which a day, as a proleptic Gregorian ordinal, begins in Europe/London."""
    return day_start(date.fromordinal(ordinal)) // _SECOND
