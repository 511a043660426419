"""Contacts come: when, how many together, how urgent, about whom. Written for CPython and numba alike."""

from __future__ import annotations

__all__ = ["asked", "begin_at", "comes", "contact", "enter", "place", "route"]

from frontdoor.book import Book
from frontdoor.rows import Cells, Ints
from frontdoor.rules import Rules
from frontdoor.simulation.agenda import push
from frontdoor.simulation.draws import ONE, draw, drawn, lot_of, quantile
from frontdoor.simulation.plan import Plan, Tasks
from frontdoor.simulation.run import (
    CASES,
    CONTACTS,
    KEPT_BACK,
    ON_BOOK,
    OPEN,
    RECENT,
    REFERRED,
    TIME,
    Agenda,
    Arrivals,
    Children,
    Contacts,
)  # fmt: skip

# Matters of the agenda.
COMES, CONTACT, READY, DONE, OPENS, FREE_NOW, CHECK, RESUMES = range(8)
# What is asked of a contact, and of each turn of its tasks.
_GAP, _BATCH, _PRIORITY, _KNOWN, _WHO, _KEPT = 1, 2, 3, 4, 5, 6
CHANCE, WAIT, EFFORT, ROUTE = range(4)
_OF_TASK, _TURNS = 256, 64
_YEAR = 365 * 86_400
_LOOKS = 8


def place(sizes: Ints, contacts: Contacts, task: int, c: int) -> int:
    """Where a task's columns speak of a contact: of its source and priority."""
    return (task * sizes[0] + contacts.source[c]) * sizes[1] + contacts.priority[c]


def asked(contacts: Contacts, c: int, task: int, turn: int, what: int) -> int:
    """The number drawn for a contact's task at its turn."""
    return drawn(contacts.lot[c], what + (task + 1) * _OF_TASK + min(turn, _TURNS - 1) * 4)


def route(sizes: Ints, tasks: Tasks, contacts: Contacts, c: int, task: int, turn: int) -> int:
    """The route that a task takes for a contact at its turn."""
    r = tasks.routes[place(sizes, contacts, task, c)]
    u = asked(contacts, c, task, turn, ROUTE)
    while tasks.route[r] <= u:
        r += 1
    return r


def begin_at(plan: Plan, arrivals: Arrivals, s: int) -> None:
    """Put a source where it is when the run begins: what it would have brought before is nothing to the run."""
    since = plan.sizes[7] - plan.sizes[11]
    h = plan.sources.hour0[s] + since // 3_600
    arrivals.hour[s] = since // 3_600
    arrivals.reached[s] = (
        plan.sources.rate[h] + (plan.sources.rate[h + 1] - plan.sources.rate[h]) * (since % 3_600) // 3_600
    )


def comes(plan: Plan, agenda: Agenda, arrivals: Arrivals, seed: int, s: int) -> None:
    """Find when a source next brings something: in each hour as much chance is spent as contacts are expected in it."""
    sources = plan.sources
    arrivals.reached[s] += quantile(plan.quantiles, 0, draw(seed, s, arrivals.came[s], _GAP))
    h, end = sources.hour0[s] + arrivals.hour[s], sources.hour0[s + 1] - 1
    while h < end and sources.rate[h + 1] <= arrivals.reached[s]:
        h += 1
    arrivals.hour[s] = h - sources.hour0[s]
    if h < end:
        part = (arrivals.reached[s] - sources.rate[h]) * 3_600 // (sources.rate[h + 1] - sources.rate[h])
        push(agenda, plan.sizes[11] + arrivals.hour[s] * 3_600 + part, COMES, s)


def how_many(plan: Plan, arrivals: Arrivals, seed: int, s: int) -> int:
    """How many contacts a source brings together now."""
    return quantile(plan.quantiles, plan.sources.batch[s], draw(seed, s, arrivals.came[s], _BATCH))


def contact(
    rules: Rules, plan: Plan, book: Book, now: Cells, agenda: Agenda, arrivals: Arrivals, children: Children, contacts: Contacts,
    seed: int, s: int,
) -> None:  # fmt: skip
    """One contact of a source, unless it is kept back."""
    sizes, sources, t = plan.sizes, plan.sources, agenda.clock[TIME]
    n = arrivals.came[s]
    arrivals.came[s] = n + 1
    lot = lot_of(seed, s, n)
    p = s * sizes[1]
    u = drawn(lot, _PRIORITY)
    while sources.priority[p] <= u:
        p += 1
    c = now[CONTACTS]
    contacts.source[c] = s
    contacts.number[c] = n
    contacts.lot[c] = lot
    contacts.priority[c] = p - s * sizes[1]
    contacts.counted[c] = 1 if t >= sizes[9] else 0
    if (
        sources.vetted[s] > 0
        and drawn(lot, _KEPT) < sources.vetted[s]
        and plan.tasks.kept[route(sizes, plan.tasks, contacts, c, sources.first_task[s], 0)]
    ):
        now[KEPT_BACK] += contacts.counted[c]
        return
    now[CONTACTS] = c + 1
    case = -1
    if sources.known[s] > 0 and drawn(lot, _KNOWN) < sources.known[s]:
        case = _known_child(book, now, t, children, contacts, drawn(lot, _WHO))
    if case < 0:
        case = _new_case(now, children)
    children.newest[case] = c
    contacts.case[c] = case
    contacts.live[c] = 1  # until it is recorded
    now[OPEN] += 1
    contacts.holder[c] = -1
    push(agenda, t, CONTACT, c)


def _known_child(book: Book, now: Cells, t: int, children: Children, contacts: Contacts, chance: int) -> int:
    """A case that was referred in the year before and of which nothing is open; -1: a few looks found none."""
    while now[RECENT] < now[REFERRED] and children.referred_at[now[RECENT]] < t - _YEAR:
        now[RECENT] += 1
    some = now[REFERRED] - now[RECENT]
    for again in range(min(some, _LOOKS)):
        look = (chance + again * (ONE // _LOOKS)) % ONE
        case = children.referred[now[RECENT] + look * some // ONE]
        at_hand = book.tally[6] if case == now[ON_BOOK] else children.shelf[case * 3 + 2]
        if at_hand == 0 and contacts.live[children.newest[case]] == 0:
            return case
    return -1


def _new_case(now: Cells, children: Children) -> int:
    case = now[CASES]
    now[CASES] = case + 1
    for i in range(3):
        children.shelf[case * 3 + i] = 0
    return case


def enter(rules: Rules, book: Book, now: Cells, children: Children, case: int) -> None:
    """Put a case on the book, and what the book says of the one that was there on its shelf."""
    old = now[ON_BOOK]
    if old == case:
        return
    for i in range(3):
        if old >= 0:
            children.shelf[old * 3 + i] = book.tally[4 + i]
        book.tally[4 + i] = children.shelf[case * 3 + i]
    book.tally[8] = case * rules.sizes[1]
    now[ON_BOOK] = case
