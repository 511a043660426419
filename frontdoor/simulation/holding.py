"""Who holds cases: of each team, who has the fewest. Written for CPython and numba alike."""

from __future__ import annotations

__all__ = ["hold", "nobody_holds", "with_room"]

from frontdoor.rows import Ints
from frontdoor.simulation.plan import Teams
from frontdoor.simulation.run import Staff


def nobody_holds(teams: Teams, staff: Staff) -> None:
    """The workers in their order, none of whom holds a case."""
    for worker in range(len(teams.works_in)):
        staff.order[worker] = worker
        staff.place[worker] = worker


def with_room(teams: Teams, staff: Staff, team: int) -> int:
    """The worker of a team who holds the fewest cases, of those who do the first, if that is less than the most; else -1."""
    first = teams.staff0[team]
    if first == teams.staff0[team + 1]:
        return -1
    found = staff.order[first]
    return found if staff.load[found] < teams.cap[team] else -1


def hold(teams: Teams, staff: Staff, worker: int, more: int) -> None:
    """A worker holds one case more, or one less, and finds the place in the team's heap that this gives."""
    load, order = staff.load, staff.order
    load[worker] += more
    team = teams.works_in[worker]
    first, many = teams.staff0[team], teams.staff0[team + 1] - teams.staff0[team]
    i = staff.place[worker] - first
    while i > 0 and _before(load, worker, order[first + (i - 1) // 2]):
        _put(staff, first + i, order[first + (i - 1) // 2])
        i = (i - 1) // 2
    while 2 * i + 1 < many:
        down = 2 * i + 1
        if down + 1 < many and _before(load, order[first + down + 1], order[first + down]):
            down += 1
        if _before(load, worker, order[first + down]):
            break
        _put(staff, first + i, order[first + down])
        i = down
    _put(staff, first + i, worker)


def _before(load: Ints, one: int, other: int) -> bool:
    return load[one] < load[other] or (load[one] == load[other] and one < other)


def _put(staff: Staff, place: int, worker: int) -> None:
    staff.order[place] = worker
    staff.place[worker] = place
