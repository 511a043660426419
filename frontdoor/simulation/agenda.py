"""The agenda of a run, and its queues. Written for CPython and numba alike."""

from __future__ import annotations

__all__ = ["count_waiting", "join", "leave", "next_at", "pop", "push", "rest", "rise", "stand_first"]

from frontdoor.simulation.hours import FAR
from frontdoor.simulation.run import AT_ONCE, NEXT, ORDER, SIZE, TIME, Agenda, Line, Staff

KINDS = 8
_NEVER = (1 << 63) - 1  # behind the last entry of the heap, so that it has a neighbour


def push(agenda: Agenda, t: int, kind: int, what: int) -> None:
    """Put an entry on the agenda; of those of one second the one put there first comes first.

    What is to come in the second that it is stands in a row of its own: more than half does, and it needs no heap.
    """
    clock, moment, matter = agenda.clock, agenda.moment, agenda.matter
    if t == clock[TIME]:
        agenda.at_once[clock[AT_ONCE]] = what * KINDS + kind
        clock[AT_ONCE] += 1
        return
    key = (t << 30) + clock[ORDER]
    clock[ORDER] += 1
    i = clock[SIZE]
    clock[SIZE] = i + 1
    while i > 0:
        up = (i - 1) >> 1
        if moment[up] <= key:
            break
        moment[i] = moment[up]
        matter[i] = matter[up]
        i = up
    moment[i] = key
    matter[i] = what * KINDS + kind


def next_at(agenda: Agenda) -> int:
    """The second of the first entry; FAR if there is none."""
    if agenda.clock[AT_ONCE] > 0:
        return agenda.clock[TIME]
    return agenda.moment[0] >> 30 if agenda.clock[SIZE] > 0 else FAR


def pop(agenda: Agenda) -> int:
    """Take the first entry off the agenda; its second is the time now."""
    clock, moment, matter = agenda.clock, agenda.moment, agenda.matter
    if clock[AT_ONCE] > 0 and (clock[SIZE] == 0 or moment[0] >> 30 > clock[TIME]):
        place = clock[NEXT]
        clock[NEXT] = place + 1
        if place + 1 == clock[AT_ONCE]:
            clock[NEXT] = 0
            clock[AT_ONCE] = 0
        return agenda.at_once[place]
    first = matter[0]
    clock[TIME] = moment[0] >> 30
    size = clock[SIZE] - 1
    clock[SIZE] = size
    key, what = moment[size], matter[size]
    moment[size] = _NEVER
    i, down = 0, 1
    while down < size:
        down += moment[down + 1] < moment[down]  # a sum, for no processor can guess which way an `if` would go
        if moment[down] >= key:
            break
        moment[i] = moment[down]
        matter[i] = matter[down]
        i = down
        down = 2 * i + 1
    moment[i] = key
    matter[i] = what
    return first


def join(line: Line, item: int, queue: int) -> None:
    """Stand last in a queue."""
    last = line.tail[queue]
    line.before[item] = last
    line.after[item] = -1
    line.queue[item] = queue
    if last >= 0:
        line.after[last] = item
    else:
        line.head[queue] = item
    line.tail[queue] = item


def stand_first(line: Line, item: int, queue: int) -> None:
    """Stand first in a queue."""
    first = line.head[queue]
    line.before[item] = -1
    line.after[item] = first
    line.queue[item] = queue
    if first >= 0:
        line.before[first] = item
    else:
        line.tail[queue] = item
    line.head[queue] = item


def leave(line: Line, item: int) -> None:
    """Leave the queue, wherever in it."""
    queue, before, after = line.queue[item], line.before[item], line.after[item]
    if before >= 0:
        line.after[before] = after
    else:
        line.head[queue] = after
    if after >= 0:
        line.before[after] = before
    else:
        line.tail[queue] = before
    line.queue[item] = -1


def count_waiting(line: Line, t: int, counts_from: int, team: int, more: int) -> None:
    """The sum over time of what waits for a team, up to a second; then one more waits, or one less."""
    if t > counts_from:
        line.area[team] += line.waiting[team] * (t - max(line.counted_to[team], counts_from))
        line.counted_to[team] = t
    line.waiting[team] += more


def rest(staff: Staff, team: int, worker: int) -> None:
    """A worker who is there has nothing to do: last among the team's idle."""
    last = staff.last[team]
    staff.is_idle[worker] = 1
    staff.before[worker] = last
    staff.after[worker] = -1
    if last >= 0:
        staff.after[last] = worker
    else:
        staff.first[team] = worker
    staff.last[team] = worker


def rise(staff: Staff, team: int, worker: int) -> None:
    """An idle worker is so no more."""
    before, after = staff.before[worker], staff.after[worker]
    staff.is_idle[worker] = 0
    if before >= 0:
        staff.after[before] = after
    else:
        staff.first[team] = after
    if after >= 0:
        staff.before[after] = before
    else:
        staff.last[team] = before
