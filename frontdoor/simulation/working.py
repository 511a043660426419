"""Work arises, waits, and is done by someone who is there. Written for CPython and numba alike."""

from __future__ import annotations

__all__ = ["allocate", "arise", "begin_work", "drop", "first_of", "is_here", "is_moot", "offer", "ready_at", "record"]

from frontdoor.book import Book
from frontdoor.rows import Cells, Events
from frontdoor.rules import Rules
from frontdoor.simulation.agenda import count_waiting, join, leave, push, rise
from frontdoor.simulation.arriving import CHANCE, DONE, EFFORT, READY, WAIT, asked, place
from frontdoor.simulation.draws import ONE, quantile
from frontdoor.simulation.holding import hold, with_room
from frontdoor.simulation.hours import FAR, UNTOLD, Hours, after_working_time, finish_from, is_there, span_now
from frontdoor.simulation.plan import Plan, Tasks, Teams
from frontdoor.simulation.run import (
    FREE,
    ITEMS,
    OPEN,
    PIECES,
    TIME,
    WITH_ROOM,
    Agenda,
    Contacts,
    Line,
    Marks,
    Pieces,
    Staff,
    Work,
)  # fmt: skip


def is_moot(tasks: Tasks, work: Work, marks: Marks, item: int) -> bool:
    """Whether the state that an item belongs to has been left since."""
    return tasks.at_state[work.task[item]] >= 0 and marks.stay[work.episode[item]] != work.in_stay[item]


def is_here(hours: Hours, teams: Teams, staff: Staff, seed: int, worker: int, t: int) -> bool:
    """Whether a worker is at work now."""
    team = teams.works_in[worker]
    i = span_now(hours, staff.span, teams.rota[team], t)
    return hours.opens[i] <= t and is_there(seed, teams.who[worker], hours.of_day[i], teams.absence[team])


def _is_on(hours: Hours, teams: Teams, staff: Staff, team: int, t: int) -> bool:
    """Whether a team's rota is open now."""
    return hours.opens[span_now(hours, staff.span, teams.rota[team], t)] <= t


def _may_do(tasks: Tasks, events: Events, book: Book, work: Work, item: int, worker: int) -> bool:
    """Whether a worker did not do what another person must have done."""
    slot = tasks.other[work.task[item]]
    if slot < 0:
        return True
    row = book.last[book.slot0[work.episode[item]] + slot]
    return row < 0 or events.actor[row] != worker


def arise(
    hours: Hours, plan: Plan, now: Cells, agenda: Agenda, contacts: Contacts, work: Work, line: Line, staff: Staff, marks: Marks,
    task: int, c: int, e: int,
) -> None:  # fmt: skip
    """An item of work comes of what happened, by chance. If it is the holder's to do, a holder is found, or it waits for one."""
    sizes, tasks, t = plan.sizes, plan.tasks, agenda.clock[TIME]
    turn = contacts.turns[c * sizes[2] + task]
    contacts.turns[c * sizes[2] + task] = turn + 1
    chance = tasks.chance[place(sizes, contacts, task, c)]
    if chance < ONE and asked(contacts, c, task, turn, CHANCE) >= chance:
        return
    item = now[FREE]
    if item >= 0:
        now[FREE] = line.after[item]
    else:
        item = now[ITEMS]
        now[ITEMS] = item + 1
    work.task[item] = task
    work.contact[item] = c
    work.episode[item] = e
    work.in_stay[item] = marks.stay[e]
    work.turn[item] = turn
    work.since[item] = t
    work.due[item] = FAR
    line.queue[item] = -1
    contacts.live[c] += 1
    team = tasks.team[task]
    if tasks.held[task]:
        holder = contacts.holder[c]
        if holder >= 0 and plan.teams.works_in[holder] != team:
            hold(plan.teams, staff, holder, -1)
            now[WITH_ROOM] = plan.teams.works_in[holder] + 1
            holder = -1
        if holder < 0:
            holder = with_room(plan.teams, staff, team)
            contacts.holder[c] = holder
            if holder < 0:
                work.team[item] = sizes[3] + team
                join(line, item, (sizes[3] + sizes[4] + team) * sizes[1] + contacts.priority[c])
                count_waiting(line, t, sizes[9], sizes[3] + team, 1)
                return
            hold(plan.teams, staff, holder, 1)
    _wait(hours, plan, agenda, contacts, work, item)


def _wait(hours: Hours, plan: Plan, agenda: Agenda, contacts: Contacts, work: Work, item: int) -> None:
    """What must pass before an item can be begun, which is nobody's work."""
    t = ready_at(hours, plan, contacts, work.contact[item], work.task[item], work.turn[item], agenda.clock[TIME])
    push(agenda, t, READY, item)


def ready_at(hours: Hours, plan: Plan, contacts: Contacts, c: int, task: int, turn: int, t: int) -> int:
    """The second from which work that arose at another can be begun; at most FAR."""
    here = place(plan.sizes, contacts, task, c)
    if plan.tasks.wait[here] >= 0:
        wait = quantile(plan.quantiles, plan.tasks.wait[here], asked(contacts, c, task, turn, WAIT))
        t = after_working_time(hours, t, wait) if plan.tasks.wait_works[here] else t + wait
    return min(t, FAR)


def allocate(
    hours: Hours, plan: Plan, now: Cells, agenda: Agenda, contacts: Contacts, work: Work, line: Line, staff: Staff, pieces: Pieces,
    team: int,
) -> bool:  # fmt: skip
    """Give the first item that waits for a worker of a team with room to one. False: there is none, of either."""
    sizes, t = plan.sizes, agenda.clock[TIME]
    item = -1
    for p in range(sizes[1]):
        if item < 0:
            item = line.head[(sizes[3] + sizes[4] + team) * sizes[1] + p]
    if item < 0:
        return False
    c = work.contact[item]
    if contacts.holder[c] < 0:
        worker = with_room(plan.teams, staff, team)
        if worker < 0:
            return False
        contacts.holder[c] = worker
        hold(plan.teams, staff, worker, 1)
    leave(line, item)
    count_waiting(line, t, sizes[9], sizes[3] + team, -1)
    work.started[item] = t
    record(now, agenda, work, pieces, item, sizes[3] + team)
    _wait(hours, plan, agenda, contacts, work, item)
    return True


def record(now: Cells, agenda: Agenda, work: Work, pieces: Pieces, item: int, team: int) -> None:
    """A piece of work, or a wait for a worker with room, is over."""
    n = now[PIECES]
    now[PIECES] = n + 1
    pieces.task[n] = work.task[item]
    pieces.team[n] = team
    pieces.contact[n] = work.contact[item]
    pieces.since[n] = work.since[item]
    pieces.start[n] = work.started[item]
    pieces.end[n] = agenda.clock[TIME]


def offer(
    rules: Rules, hours: Hours, plan: Plan, events: Events, book: Book, agenda: Agenda, contacts: Contacts, work: Work, line: Line,
    staff: Staff, marks: Marks, seed: int, item: int,
) -> int:  # fmt: skip
    """An item can be begun: it joins its queue. Returns an idle worker who may take it up, or -1."""
    sizes, tasks, teams, t = plan.sizes, plan.tasks, plan.teams, agenda.clock[TIME]
    task, c = work.task[item], work.contact[item]
    team, p = tasks.team[task], contacts.priority[c]
    work.since[item] = t
    if plan.policies[0]:
        work.due[item] = _due(rules, book, marks, work.episode[item])
    holder = contacts.holder[c]
    if tasks.held[task] and holder >= 0 and teams.works_in[holder] == team:
        queue = (sizes[3] + holder) * sizes[1] + p
        worker = holder if staff.is_idle[holder] and is_here(hours, teams, staff, seed, holder, t) else -1
    else:
        other = tasks.out_of_hours[place(sizes, contacts, task, c)]
        is_on = _is_on(hours, teams, staff, team, t)
        if other >= 0 and not is_on and _is_on(hours, teams, staff, other, t):
            team, is_on = other, True
        queue = team * sizes[1] + p
        worker = staff.first[team] if is_on else -1
        while worker >= 0 and not _may_do(tasks, events, book, work, item, worker):
            worker = staff.after[worker]
    work.team[item] = team
    join(line, item, queue)
    count_waiting(line, t, sizes[9], team, 1)
    if worker >= 0:
        rise(staff, team, worker)
    return worker


def _due(rules: Rules, book: Book, marks: Marks, e: int) -> int:
    """The first second at which a clock that runs in an episode is late."""
    w, soonest = book.workflow[e], FAR
    for k in range(rules.timers[w + 1] - rules.timers[w]):
        d = book.deadline[book.clock0[e] + k]
        if d >= 0 and book.stopped[d] < 0 and marks.late_from[d] != UNTOLD:
            soonest = min(soonest, marks.late_from[d])
    return soonest


def first_of(plan: Plan, events: Events, book: Book, work: Work, line: Line, worker: int) -> int:
    """What a worker takes up next: of the most urgent work there is the longest waiting, the worker's own or the team's."""
    sizes, team = plan.sizes, plan.teams.works_in[worker]
    for p in range(sizes[1]):
        found = -1
        for own in range(2):
            queue = (sizes[3] + worker if own else team) * sizes[1] + p
            item = line.head[queue]
            while item >= 0 and not _may_do(plan.tasks, events, book, work, item, worker):
                item = line.after[item]
            if item >= 0 and (found < 0 or work.since[item] < work.since[found]):
                found = item
        if found >= 0:
            return found
    return -1


def begin_work(
    hours: Hours,
    plan: Plan,
    agenda: Agenda,
    contacts: Contacts,
    work: Work,
    staff: Staff,
    seed: int,
    item: int,
    worker: int,
) -> None:
    """A worker begins an item, and is done when the effort is put in."""
    t, task, c = agenda.clock[TIME], work.task[item], work.contact[item]
    teams, team = plan.teams, plan.teams.works_in[worker]
    work.started[item] = t
    staff.busy[worker] = item
    here = plan.tasks.effort[place(plan.sizes, contacts, task, c)]
    effort = quantile(plan.quantiles, here, asked(contacts, c, task, work.turn[item], EFFORT))
    if t >= plan.sizes[9]:
        staff.worked[team] += effort
    span = span_now(hours, staff.span, teams.rota[team], t)
    push(agenda, finish_from(hours, span, seed, teams.who[worker], teams.absence[team], t, effort), DONE, worker)


def drop(teams: Teams, now: Cells, contacts: Contacts, work: Work, line: Line, staff: Staff, item: int) -> None:
    """An item of work is no more. Whoever holds its case does so no longer, if it was the last."""
    c = work.contact[item]
    line.after[item] = now[FREE]
    now[FREE] = item
    contacts.live[c] -= 1
    holder = contacts.holder[c]
    if contacts.live[c] > 0:
        return
    now[OPEN] -= 1
    if holder >= 0:
        contacts.holder[c] = -1
        hold(teams, staff, holder, -1)
        now[WITH_ROOM] = teams.works_in[holder] + 1
