"""A run that begins with what is open: the rows of the past through the kernel, and the work that must still be there.

A log says what happened, not what anybody was about to do. Of every open episode the work that its state or its last
events would have brought, and of which nothing was seen since, is drawn again until it agrees with that: until it would
not have been done by now. What had long been ready waits in its queue, first come first served, from then on. Written
for CPython and numba alike.
"""

from __future__ import annotations

__all__ = ["take_up"]

from frontdoor.book import Book
from frontdoor.kernel import step
from frontdoor.rows import Cells, Events, Ints
from frontdoor.rules import Rules
from frontdoor.simulation.agenda import push
from frontdoor.simulation.arriving import CHANCE, EFFORT, RESUMES, asked, enter, place, route
from frontdoor.simulation.draws import ONE, draw, lot_of, quantile
from frontdoor.simulation.engine import SECOND, has_room, watch
from frontdoor.simulation.hours import Hours, finish
from frontdoor.simulation.plan import Past, Plan, Sources
from frontdoor.simulation.run import (
    BEFORE,
    CASES,
    CONTACTS,
    LABELS,
    MOST,
    OPEN,
    REFERRED,
    RESUMED,
    ROWS,
    Contacts,
    Run,
)  # fmt: skip
from frontdoor.simulation.working import ready_at
from frontdoor.verdict import table_of

_NUMBER = 1 << 30  # contacts of the past are numbered from here, apart from those that a source brings
_SOURCE, _PRIORITY = 7, 3
_DRAWS = 24


def take_up(
    rules: Rules, hours: Hours, plan: Plan, past: Past, events: Events, book: Book, run: Run, seed: int
) -> bool:
    """Put what had happened on the book, and what is still to be done on the agenda. False: the columns must first be given
    more room; called again, it goes on from there. `events` hold the rows already."""
    now = run.now
    while now[CASES] < past.sizes[1]:
        if not has_room(rules, plan, book, run):
            return False
        _case(rules, plan, past, now, run, seed)
    while now[ROWS] < past.sizes[0]:
        if not has_room(rules, plan, book, run):
            return False
        _believe(rules, hours, events, book, run, now[ROWS])
    if now[RESUMED] == 0:
        now[BEFORE] = book.tally[0]
        now[LABELS] = past.sizes[2]
        for e in range(book.tally[0]):
            book.labelled[past.sizes[2] + e] = e
    while now[RESUMED] < past.sizes[0]:
        if not has_room(rules, plan, book, run):
            return False
        _resume_after(rules, hours, plan, past, events, book, run, seed, now[RESUMED])
        now[RESUMED] += 1
    for i in range(len(past.referred)):
        run.children.referred[i] = past.referred[i]
        run.children.referred_at[i] = past.referred_at[i]
    now[REFERRED] = len(past.referred)
    return True


def _case(rules: Rules, plan: Plan, past: Past, now: Cells, run: Run, seed: int) -> None:
    """One case, as one contact with all that followed; where it came from and how urgent it is is drawn if it is not known."""
    case, contacts = now[CASES], run.contacts
    now[CASES] = case + 1
    now[CONTACTS] = case + 1
    for i in range(3):
        run.children.shelf[case * 3 + i] = 0
    run.children.newest[case] = case
    source, priority = past.source[case], past.priority[case]
    if source < 0:
        source = _drawn(plan.sources, plan.sizes, draw(seed, _NUMBER, case, _SOURCE))
    if priority < 0:
        p, u = source * plan.sizes[1], draw(seed, _NUMBER, case, _PRIORITY)
        while plan.sources.priority[p] <= u:
            p += 1
        priority = p - source * plan.sizes[1]
    contacts.case[case] = case
    contacts.source[case] = source
    contacts.number[case] = _NUMBER + case
    contacts.lot[case] = lot_of(seed, source, _NUMBER + case)
    contacts.priority[case] = priority
    contacts.counted[case] = 0
    contacts.live[case] = 0
    contacts.holder[case] = -1


def _drawn(sources: Sources, sizes: Ints, chance: int) -> int:
    """A source by chance, by how often each brings something."""
    total = 0
    for s in range(sizes[0]):
        total += sources.rate[sources.hour0[s + 1] - 1]
    left, s = (total >> 20) * chance // ONE << 20, 0  # a total of millionths by a chance would not go into 64 bits
    while s < sizes[0] - 1 and left >= sources.rate[sources.hour0[s + 1] - 1]:
        left -= sources.rate[sources.hour0[s + 1] - 1]
        s += 1
    return s


def _believe(rules: Rules, hours: Hours, events: Events, book: Book, run: Run, row: int) -> None:
    """A row of the past happened, whatever is amiss with it."""
    now, marks, case = run.now, run.marks, events.case[row]
    enter(rules, book, now, run.children, case)
    episodes, deadlines = book.tally[0], book.tally[3]
    step(rules, events, book, row, True)
    now[ROWS] = row + 1
    marks.of[row] = case
    marks.ready[row] = -1
    marks.begun[row] = -1
    for d in range(deadlines, book.tally[3]):
        watch(rules, hours, events, book, marks, d)
    e = book.episode[row]
    if e >= 0 and (book.tally[0] > episodes or book.state[e] != book.found[row]):
        marks.stay[e] = row
    if book.tally[0] > episodes:
        run.children.episodes[case] += 1
        now[MOST] = max(now[MOST], run.children.episodes[case])


def _resume_after(
    rules: Rules, hours: Hours, plan: Plan, past: Past, events: Events, book: Book, run: Run, seed: int, row: int
) -> None:  # fmt: skip
    """The work that came of a row and of the state it led to, if that still stands."""
    e, t, triggers = book.episode[row], events.transition[row], plan.triggers
    if e < 0 or t < 0:
        return
    for i in range(triggers.after0[t], triggers.after0[t + 1]):
        _resume(rules, hours, plan, past, events, book, run, seed, row, e, triggers.after[i])
    if run.marks.stay[e] == row:
        state = triggers.state0[book.workflow[e]] + book.state[e]
        for i in range(triggers.in_state0[state], triggers.in_state0[state + 1]):
            _resume(rules, hours, plan, past, events, book, run, seed, row, e, triggers.in_state[i])


def _resume(
    rules: Rules, hours: Hours, plan: Plan, past: Past, events: Events, book: Book, run: Run, seed: int, row: int, e: int, task: int
) -> None:  # fmt: skip
    """Work that came of a row arises again when that happened, unless it was seen done, or may have come to nothing."""
    later, can_be = row, False
    for i in range(past.leads0[task], past.leads0[task + 1]):
        t = past.leads[i]
        x = table_of(rules, book.edition[e]) * rules.sizes[0] + t
        if rules.wf[t] != book.workflow[e] or (rules.frm[x] >> book.state[e]) & 1:
            can_be = True
    if not can_be:
        return
    while later + 1 < past.sizes[0] and events.case[later + 1] == events.case[row]:
        later += 1
        other = book.episode[later]
        if other == e or (other >= 0 and book.workflow[other] != book.workflow[e]):
            for i in range(past.leads0[task], past.leads0[task + 1]):
                if events.transition[later] == past.leads[i]:
                    return
    at, c, contacts = max(events.earliest[row] // SECOND, plan.sizes[11]), run.marks.of[row], run.contacts
    if events.earliest[row] // SECOND < past.frontier[task * plan.sizes[1] + contacts.priority[c]]:
        return  # more of the kind that came later is done than can have been done at once: nobody has it before them
    if not _is_still_to_do(hours, plan, contacts, seed, task, c, at):
        return
    if contacts.live[c] == 0:
        run.now[OPEN] += 1
    contacts.live[c] += 1
    push(run.agenda, at, RESUMES, e * plan.sizes[2] + task)


def _is_still_to_do(hours: Hours, plan: Plan, contacts: Contacts, seed: int, task: int, c: int, at: int) -> bool:
    """Draw what a task needs until it agrees with not having been done when the run begins, and leave it to be drawn so again."""
    sizes, tasks, begins = plan.sizes, plan.tasks, plan.sizes[7]
    here, mine = place(sizes, contacts, task, c), c * sizes[2] + task
    rota = plan.teams.rota[tasks.team[task]]
    for turn in range(_DRAWS):
        contacts.turns[mine] = turn
        if tasks.chance[here] < ONE and asked(contacts, c, task, turn, CHANCE) >= tasks.chance[here]:
            return False
        ready = ready_at(hours, plan, contacts, c, task, turn, at)
        if ready >= begins or tasks.wait[here] < 0:
            return True
        effort = quantile(plan.quantiles, tasks.effort[here], asked(contacts, c, task, turn, EFFORT))
        if finish(hours, rota, seed, 0, 0, ready, effort) >= begins:
            return True
        if tasks.does[route(sizes, tasks, contacts, c, task, turn)] < 0:
            return False
    return True
