"""A duty desk in motion: contacts come, work waits, workers take it up, and every decision goes through `kernel.step`.

The engine decides when and who. Whether a transition may happen, where it leads and which clocks run is the kernel's
to say, asked of each event as it happens: what the kernel refuses has not happened. Time is in whole seconds from
1970. Written, like the kernel, for CPython and numba alike: plain indexables of integers in, columns of integers out.

The agenda holds what is to come: a contact, work that may be begun, work that is done, a rota that opens, the daily
check. Work that may be begun waits in its team's queue of its priority, or in that of the worker who holds the case,
first come first served, for a worker who is there.
"""

from __future__ import annotations

__all__ = ["begin", "has_room", "run_on", "watch"]

from typing import Any

from frontdoor.book import Book
from frontdoor.counting import fall_due
from frontdoor.kernel import STILL_OPEN, step
from frontdoor.rows import NEVER, Events
from frontdoor.rules import HOURS, Rules
from frontdoor.simulation.agenda import KINDS, count_waiting, leave, next_at, pop, push, rest, rise
from frontdoor.simulation.arriving import (
    CHECK,
    COMES,
    CONTACT,
    DONE,
    OPENS,
    READY,
    RESUMES,
    begin_at,
    comes,
    contact,
    enter,
    how_many,
    route,
)  # fmt: skip
from frontdoor.simulation.daily import daily_check, open_rota
from frontdoor.simulation.holding import nobody_holds
from frontdoor.simulation.hours import FAR, UNTOLD, Hours, after_working_time, day_of, span_at
from frontdoor.simulation.plan import Plan
from frontdoor.simulation.run import (
    AT_ONCE,
    BEFORE,
    CONTACTS,
    FREE,
    ITEMS,
    LABELS,
    LAPSED,
    MOST,
    ON_BOOK,
    OPEN,
    PIECES,
    PUT_OFF,
    REFERRED,
    ROWS,
    SIZE,
    TIME,
    WITH_ROOM,
    Contacts,
    Marks,
    Run,
)  # fmt: skip
from frontdoor.simulation.working import allocate, arise, begin_work, drop, first_of, is_here, is_moot, offer, record
from frontdoor.verdict import table_of

SECOND = 1_000_000
_DAY = 86_400
_ROOM, _BATCHES = 32, 512  # rows, and contacts, that one entry of the agenda can bring at most


def begin(hours: Hours, plan: Plan, run: Run, seed: int) -> None:
    """Open the office: nobody is busy, nothing waits; the first contacts, openings and the daily check are on the agenda."""
    sizes = plan.sizes
    run.now[FREE] = -1
    run.now[ON_BOOK] = -1
    nobody_holds(plan.teams, run.staff)
    for rota in range(sizes[5]):
        run.staff.span[rota] = span_at(hours, rota, sizes[7])
        first = hours.opens[run.staff.span[rota]]
        if first < FAR:
            push(run.agenda, max(first, sizes[7]), OPENS, rota)
    today = day_of(hours, sizes[7])
    check = hours.midnight[today] + sizes[10]
    push(run.agenda, check if check >= sizes[7] else hours.midnight[today + 1] + sizes[10], CHECK, 0)
    for s in range(sizes[0]):
        begin_at(plan, run.arrivals, s)
        comes(plan, run.agenda, run.arrivals, seed, s)


def run_on(rules: Rules, hours: Hours, plan: Plan, events: Any, book: Book, run: Run, seed: int) -> bool:
    """Go through the agenda up to the end of the run. False: the columns must first be given more room."""
    now, agenda, contacts, work, line, staff, marks = (
        run.now,
        run.agenda,
        run.contacts,
        run.work,
        run.line,
        run.staff,
        run.marks,
    )
    sizes, tasks, teams, triggers = plan.sizes, plan.tasks, plan.teams, plan.triggers
    while next_at(agenda) < sizes[8]:
        if not has_room(rules, plan, book, run):
            return False
        while now[WITH_ROOM] > 0:
            team = now[WITH_ROOM] - 1
            if not allocate(hours, plan, now, agenda, contacts, work, line, staff, run.pieces, team):
                now[WITH_ROOM] = 0
        entry = pop(agenda)
        kind, what = entry % KINDS, entry // KINDS
        t = agenda.clock[TIME]
        if kind == COMES:
            for _ in range(how_many(plan, run.arrivals, seed, what)):
                contact(rules, plan, book, now, agenda, run.arrivals, run.children, contacts, seed, what)
            comes(plan, agenda, run.arrivals, seed, what)
            continue
        if kind == OPENS:
            open_rota(hours, plan, agenda, line, staff, seed, what)
            continue
        if kind == CHECK:
            run.checks.open_[day_of(hours, t)] = now[OPEN]
            daily_check(hours, plan, agenda, contacts, work, line, staff, run.checks)
            continue

        transition = actor = role = task = ended = worker = item = -1
        c = e = 0
        if kind == CONTACT:
            c = what
            transition, role = plan.sources.begins[contacts.source[c]], plan.sources.role[contacts.source[c]]
        elif kind == READY:
            if is_moot(tasks, work, marks, what):
                ended = what
            else:
                worker = offer(rules, hours, plan, events, book, agenda, contacts, work, line, staff, marks, seed, what)
        elif kind == DONE:
            worker = actor = what
            item = ended = staff.busy[worker]
            staff.busy[worker] = -1
            c, e, role = work.contact[item], work.episode[item], teams.role[teams.works_in[worker]]
            record(now, agenda, work, run.pieces, item, teams.works_in[worker])
            if not is_moot(tasks, work, marks, item):
                transition = tasks.does[route(sizes, tasks, contacts, c, work.task[item], work.turn[item])]
                if transition >= rules.sizes[0]:
                    task, transition = transition - rules.sizes[0], -1
        elif kind == RESUMES:
            e, task = what // sizes[2], what % sizes[2]
            c = marks.of[book.opened[e]]
        elif staff.is_idle[what]:
            worker = what
            rise(staff, teams.works_in[worker], worker)

        arising, arising_end = 0, 0
        following, following_end = 0, 0
        while transition >= 0 or task >= 0 or arising < arising_end or following < following_end:
            if task < 0 and arising < arising_end:
                task = triggers.in_state[arising]
                arising += 1
            elif task < 0 and following < following_end:
                task = triggers.after[following]
                following += 1
            if task >= 0:
                arise(hours, plan, now, agenda, contacts, work, line, staff, marks, task, c, e)
                task = -1
                continue
            enter(rules, book, now, run.children, contacts.case[c])
            row = now[ROWS]
            _write(hours, events, contacts, row, t, c, transition, actor, role)
            if now[BEFORE] > 0:  # of several open ones, it is of the one that its work came of
                mine = item >= 0 and e < now[BEFORE] and rules.wf[transition] == book.workflow[e]
                events.label[row] = now[LABELS] + e if mine else -1
            episodes, deadlines = book.tally[0], book.tally[3]
            faults = step(rules, events, book, row, False)
            if faults:
                if faults == STILL_OPEN and item >= 0:
                    now[PUT_OFF] += 1
                    push(agenda, after_working_time(hours, t, _DAY), READY, item)
                    ended = -1
                else:
                    now[LAPSED] += 1
                break
            now[ROWS] = row + 1
            marks.of[row] = c
            marks.ready[row] = work.since[item] if item >= 0 else -1
            marks.begun[row] = work.started[item] if item >= 0 else -1
            if plan.policies[0]:
                for d in range(deadlines, book.tally[3]):
                    watch(rules, hours, events, book, marks, d)
            e = book.episode[row]
            state = triggers.state0[book.workflow[e]] + book.state[e]
            if book.tally[0] > episodes:
                run.children.episodes[contacts.case[c]] += 1
                now[MOST] = max(now[MOST], run.children.episodes[contacts.case[c]])
            if book.tally[0] > episodes or book.state[e] != book.found[row]:
                marks.stay[e] = row
                arising, arising_end = triggers.in_state0[state], triggers.in_state0[state + 1]
            following, following_end = triggers.after0[transition], triggers.after0[transition + 1]
            if triggers.refers[transition]:
                run.children.referred[now[REFERRED]] = contacts.case[c]
                run.children.referred_at[now[REFERRED]] = t
                now[REFERRED] += 1
            transition = triggers.opens[(book.edition[e] + 1) * rules.sizes[0] + transition]

        if kind in (CONTACT, RESUMES):
            contacts.live[c] -= 1
            if contacts.live[c] == 0:
                now[OPEN] -= 1
        here = worker >= 0 and is_here(hours, teams, staff, seed, worker, t)
        while ended >= 0 or here:
            if ended >= 0:
                drop(teams, now, contacts, work, line, staff, ended)
                ended = -1
                continue
            item = first_of(plan, events, book, work, line, worker)
            if item < 0:
                rest(staff, teams.works_in[worker], worker)
                break
            leave(line, item)
            count_waiting(line, t, sizes[9], work.team[item], -1)
            if is_moot(tasks, work, marks, item):
                ended = item
            else:
                begin_work(hours, plan, agenda, contacts, work, staff, seed, item, worker)
                here = False
    agenda.clock[TIME] = sizes[8]
    return True


def has_room(rules: Rules, plan: Plan, book: Book, run: Run) -> bool:
    """Whether there is room for all that one entry of the agenda can bring."""
    now, tally, k = run.now, book.tally, rules.sizes[2]
    entries = 2 * _BATCHES + 2 * plan.sizes[4]  # everybody may be free at once, and again at the daily check
    return (
        now[ROWS] + _ROOM <= len(run.marks.of)
        and tally[1] + _ROOM * rules.sizes[4] <= len(book.first)
        and tally[2] + _ROOM * rules.sizes[5] <= len(book.claimed)
        and tally[7] + _ROOM * k <= len(book.deadline)
        and tally[3] + (_ROOM + now[MOST]) * k <= min(len(book.timer), len(run.marks.late_from))
        and now[CONTACTS] + _BATCHES <= len(run.contacts.case)
        and now[REFERRED] + _ROOM <= len(run.children.referred)
        and now[ITEMS] + _BATCHES <= len(run.work.task)
        and run.agenda.clock[SIZE] + entries <= len(run.agenda.moment)
        and run.agenda.clock[AT_ONCE] + entries <= len(run.agenda.at_once)
        and now[PIECES] + _BATCHES <= len(run.pieces.task)
    )


def _write(
    hours: Hours, events: Any, contacts: Contacts, row: int, t: int, c: int, transition: int, actor: int, role: int
) -> None:
    """The row of what is to happen now, in the columns that `laying_out.new_events` does not fill beforehand."""
    events.case[row] = contacts.case[c]
    events.transition[row] = transition
    events.earliest[row] = t * SECOND
    events.day[row] = hours.first_day + day_of(hours, t)
    events.actor[row] = actor
    events.role[row] = role


def watch(rules: Rules, hours: Hours, events: Events, book: Book, marks: Marks, d: int) -> None:
    """Note from when on a deadline is late."""
    r = book.anchored[d]
    if r >= 0 and marks.counts_row[d] == r:
        return
    marks.counts_row[d] = r
    marks.late_from[d] = UNTOLD
    table = table_of(rules, book.edition[book.whose[d]])
    if r < 0 or rules.early[table]:
        return
    z = table * rules.sizes[2] + book.timer[d]
    unit, length = rules.unit[z], rules.length[z]
    if book.again[d]:
        unit, length = rules.then_unit[z], rules.then[z]
    due = fall_due(rules, unit, length, events.day[r], events.earliest[r])
    if due == NEVER:
        return
    day = max(0, due - hours.first_day + 1)  # before the calendar of the run: long past
    if unit == HOURS:
        marks.late_from[d] = due // SECOND + 1
    elif day < len(hours.midnight):
        marks.late_from[d] = hours.midnight[day]
    else:
        marks.late_from[d] = FAR
