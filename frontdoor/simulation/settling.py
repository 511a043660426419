"""What a run came to: its clocks and its waits, counted from its own seconds. Written for CPython and numba alike."""

from __future__ import annotations

__all__ = ["BATCHES", "BINS", "CAUSES", "bin_of", "settle", "wait_of", "weigh"]

from frontdoor.book import Book
from frontdoor.rows import Cells, Events
from frontdoor.rules import Rules
from frontdoor.simulation.agenda import count_waiting
from frontdoor.simulation.engine import SECOND, watch
from frontdoor.simulation.hours import UNTOLD, Hours, is_there, span_at
from frontdoor.simulation.plan import Plan
from frontdoor.simulation.run import CONTACTS, PIECES, TIME, Run
from frontdoor.verdict import CANNOT_TELL, ENDED, LATE, MET, OVERDUE, RUNNING, STATUSES, table_of

CAUSES = ("arrived late", "queued", "worked")
"""Why a clock was stopped late: the work came when it was late already, else it was late before it was begun, else before
it was done."""

BATCHES = 20
"""Into so many parts of equal time a run is cut, to judge by itself how far its mean can be trusted."""
_FINE = 32
BINS = 28 * _FINE
"""Waits are kept in bins that are 3% wide at most."""


def settle(
    rules: Rules, hours: Hours, plan: Plan, events: Events, book: Book, run: Run, counts: Cells, causes: Cells
) -> None:
    """What the clocks of what is counted came to, by the run's own seconds, into counts [timer, priority, status] and,
    of those that were late, causes [timer, priority, cause]: the work came late, or it waited, or it took too long."""
    marks, wide = run.marks, plan.sizes[1]
    for team in range(2 * plan.sizes[3]):
        count_waiting(run.line, run.agenda.clock[TIME], plan.sizes[9], team, 0)
    for d in range(book.tally[3]):
        watch(rules, hours, events, book, marks, d)
        e = book.whose[d]
        c = marks.of[book.opened[e]]
        if run.contacts.counted[c]:
            here = book.timer[d] * wide + run.contacts.priority[c]
            stop, late_from = book.stopped[d], marks.late_from[d]
            stopped = events.earliest[stop] // SECOND if stop >= 0 else plan.sizes[8] - 1
            if late_from == UNTOLD:
                status = CANNOT_TELL
            elif stopped >= late_from:
                status = LATE if stop >= 0 else OVERDUE
            elif stop < 0:
                status = RUNNING
            else:
                z = table_of(rules, book.edition[e]) * rules.sizes[2] + book.timer[d]
                t = events.transition[stop]
                meets = rules.met[z] == 0 or (rules.met[z] >> rules.place[t]) & 1 != 0
                status = MET if meets and rules.wf[t] == book.workflow[e] else ENDED
            counts[here * len(STATUSES) + status] += 1
            if status == LATE:
                cause = 2
                if marks.ready[stop] < 0 or marks.ready[stop] >= late_from:
                    cause = 0
                elif marks.begun[stop] >= late_from:
                    cause = 1
                causes[here * len(CAUSES) + cause] += 1


def bin_of(wait: int) -> int:
    """The bin of a wait in seconds."""
    up = 0
    while wait >> up >= 2 * _FINE:
        up += 1
    return up * _FINE + (wait >> up)


def wait_of(place: int) -> int:
    """The longest wait of a bin: the inverse of `bin_of`."""
    up = max(0, place // _FINE - 1)
    return ((place - up * _FINE + 1) << up) - 1


def weigh(
    hours: Hours, plan: Plan, run: Run, seed: int, many: Cells, total: Cells, bins: Cells, parts: Cells, part_total: Cells,
    came: Cells, there: Cells,
) -> None:  # fmt: skip
    """The waits of work that was begun in the time that is counted: by [2 teams, priority] how many, their sum in seconds
    and [.., bin] how many in each; by [2 teams, part of the run] how many, and their sum. By [source] how many contacts came
    in that time; by [team] the seconds in which its workers were there."""
    for c in range(run.now[CONTACTS]):
        came[run.contacts.source[c]] += run.contacts.counted[c]
    for team in range(plan.sizes[3]):
        there[team] = _attendance(hours, plan, seed, team)
    sizes, pieces = plan.sizes, run.pieces
    long = sizes[8] - sizes[9]
    for n in range(run.now[PIECES]):
        start = pieces.start[n]
        if start < sizes[9]:
            continue
        wait = start - pieces.since[n]
        here = pieces.team[n] * sizes[1] + run.contacts.priority[pieces.contact[n]]
        many[here] += 1
        total[here] += wait
        bins[here * BINS + bin_of(wait)] += 1
        part = pieces.team[n] * BATCHES + (start - sizes[9]) * BATCHES // long
        parts[part] += 1
        part_total[part] += wait


def _attendance(hours: Hours, plan: Plan, seed: int, team: int) -> int:
    """The seconds in which the workers of a team were there in the time that is counted."""
    sizes, teams = plan.sizes, plan.teams
    found, i = 0, span_at(hours, teams.rota[team], sizes[9])
    while hours.opens[i] < sizes[8]:
        for worker in range(teams.staff0[team], teams.staff0[team + 1]):
            if is_there(seed, teams.who[worker], hours.of_day[i], teams.absence[team]):
                found += hours.shuts[i] - hours.opens[i]
        i += 1
    return found
