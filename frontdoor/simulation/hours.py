"""The hours of a simulated office, in seconds from 1970: when a rota is open, when work that takes so long is done.

A part of the engine, and like it written for CPython and numba alike. A worker works while the rota is open and the
worker is there; what is not finished goes on when both are so again.
"""

from __future__ import annotations

__all__ = [
    "FAR", "UNTOLD", "Hours", "after_working_time", "day_of", "finish", "finish_from", "is_open", "is_there", "span_at", "span_now",
]  # fmt: skip

from typing import NamedTuple

from frontdoor.rows import Cells, Ints
from frontdoor.simulation.draws import draw

FAR = 1 << 32
"""A second that no run comes to, in the year 2106."""
UNTOLD = -1
"""A second that cannot be told."""
_DAY = 86_400
_ABSENCE = 1 << 20  # what is asked of a worker's day


class Hours(NamedTuple):
    """The days of a run and the spans in which each rota is open, as columns; days are counted from `first_day`."""

    first_day: int
    """Days from 1970."""
    midnight: Ints
    """[day + 1] the second at which it begins in Europe/London."""
    works: Ints
    """[day] whether it is a working day."""
    worked: Ints
    """[day + 1] how many working days there are before it."""
    working: Ints
    """[] every working day, in order."""
    span: Ints
    """[rota, day] its first span that ends after that day has begun."""
    opens: Ints
    """[span] the second from which it is open."""
    shuts: Ints
    """[span] the second from which it no longer is. Each rota ends with one that never opens."""
    of_day: Ints
    """[span] the day it lies in."""


def day_of(hours: Hours, t: int) -> int:
    """The day, counted from the first, in which a second lies."""
    day = (t + 3_600) // _DAY - hours.first_day
    if t < hours.midnight[day]:
        day -= 1
    return day


def span_at(hours: Hours, rota: int, t: int) -> int:
    """The rota's span that a second lies in, else the next."""
    i = hours.span[rota * (len(hours.midnight) - 1) + day_of(hours, t)]
    while hours.shuts[i] <= t:
        i += 1
    return i


def span_now(hours: Hours, spans: Cells, rota: int, t: int) -> int:
    """The same of the time that it is in a run, which only goes on: looked for from where it was found last."""
    i = spans[rota]
    while hours.shuts[i] <= t:
        i += 1
    spans[rota] = i
    return i


def is_open(hours: Hours, rota: int, t: int) -> bool:
    """Whether a rota is open at a second; at the one at which it shuts it is not."""
    return hours.opens[span_at(hours, rota, t)] <= t


def is_there(seed: int, who: int, day: int, absence: int) -> bool:
    """Whether a worker is there on a day, of which so many in ONE are missed."""
    return absence == 0 or draw(seed, _ABSENCE + who, day, 0) >= absence


def finish(hours: Hours, rota: int, seed: int, who: int, absence: int, t: int, effort: int) -> int:
    """The second at which a worker who begins at `t` has put so many seconds of work in; FAR beyond the run."""
    return finish_from(hours, span_at(hours, rota, t), seed, who, absence, t, effort)


def finish_from(hours: Hours, i: int, seed: int, who: int, absence: int, t: int, effort: int) -> int:
    """The same, where the span is known that `t` lies in, else the next."""
    while True:
        start = max(t, hours.opens[i])
        if start >= FAR:
            return FAR
        if is_there(seed, who, hours.of_day[i], absence):
            room = hours.shuts[i] - start
            if effort <= room:
                return start + effort
            effort -= room
        i += 1


def after_working_time(hours: Hours, t: int, wait: int) -> int:
    """The second that lies so many seconds of working days after another: a working day has 86,400, any other none.

    So ten working days after Monday at 14:00 is 14:00 on the Monday after next, if no holiday lies between.
    """
    day = day_of(hours, t)
    if hours.works[day]:
        wait += min(t - hours.midnight[day], _DAY - 1)
        place = hours.worked[day]
    else:
        place = hours.worked[day]
    place += wait // _DAY
    if place >= len(hours.working):
        return FAR
    return hours.midnight[hours.working[place]] + wait % _DAY
