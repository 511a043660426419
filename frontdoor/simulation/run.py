"""What a run of the engine writes: its agenda, the work and where it stands, the workers, and what is counted.

It comes in parts, so that whoever touches one of them is handed no more than that.
"""

from __future__ import annotations

__all__ = [
    "Agenda",
    "Arrivals",
    "Checks",
    "Children",
    "Contacts",
    "Line",
    "Marks",
    "Pieces",
    "Run",
    "Staff",
    "Work",
    "grown",
    "more_events",
    "new_events",
    "new_run",
    "renew",
]

from typing import Any, NamedTuple, cast

from frontdoor.book import Book
from frontdoor.rows import UNBOUND, Cells, Events, laid_out, longer
from frontdoor.simulation.plan import Plan

# What `Run.now` holds, by place.
(
    ROWS,
    CONTACTS,
    CASES,
    ITEMS,
    FREE,
    ON_BOOK,
    RECENT,
    REFERRED,
    PIECES,
    LAPSED,
    PUT_OFF,
    KEPT_BACK,
    MOST,
    WITH_ROOM,
    OPEN,
) = range(15)
# What `Agenda.clock` holds.
TIME, ORDER, SIZE, NEXT, AT_ONCE = range(5)
_EVERYTHING = (1 << 62) - 1  # every detail that a transition needs is recorded with it


class Agenda(NamedTuple):
    """What is to come, as a heap; what is to come in the second that it is, as a row."""

    clock: Cells
    """The second that it is; the number of the next entry of the heap; how many entries it has; the next of the row, and
    how many the row has, those that are done included."""
    moment: Cells
    """[entry] its second and its number, as one."""
    matter: Cells
    """[entry] what is to be done then, and with what, as one."""
    at_once: Cells
    """[] the same of the row."""


class Arrivals(NamedTuple):
    """How far each source has come."""

    came: Cells
    """How many have come, those kept back included."""
    hour: Cells
    """The hour that was reached."""
    reached: Cells
    """How far chance has gone, in millionths of a contact."""


class Children(NamedTuple):
    """The cases."""

    shelf: Cells
    """[case, 2 W + 3] what the kernel knows of a case while another is on the book."""
    newest: Cells
    """[case] its latest contact."""
    episodes: Cells
    """[case] how many episodes it has."""
    referred: Cells
    """[] the cases that were referred, in that order; and when."""
    referred_at: Cells


class Contacts(NamedTuple):
    """The contacts, each with all that follows from it."""

    case: Cells
    source: Cells
    number: Cells
    """Which of its source's it is."""
    priority: Cells
    counted: Cells
    """Whether it came in the time that is counted."""
    live: Cells
    """How many items of work there are of it."""
    holder: Cells
    """The worker who holds it; -1: none."""
    turns: Cells
    """[contact, task] how often it has come to that task."""


class Work(NamedTuple):
    """The items of work that there are."""

    task: Cells
    contact: Cells
    episode: Cells
    in_stay: Cells
    """The stay of its episode that it belongs to."""
    turn: Cells
    team: Cells
    since: Cells
    """When it came to its queue; when it was begun."""
    started: Cells
    due: Cells
    """The first second at which a clock of its episode is late, as it came to its queue."""


class Line(NamedTuple):
    """The queues: those of teams, of workers, and of work that waits for a worker with room; one a priority."""

    head: Cells
    tail: Cells
    queue: Cells
    """[item] -1: none."""
    after: Cells
    """[item] the next in its queue, or among the free."""
    before: Cells
    # [2 teams]: a team's, and behind them what waits for one of its workers to have room
    waiting: Cells
    """How much work waits, since when that was so, and its sum over the time that is counted, in seconds."""
    counted_to: Cells
    area: Cells


class Staff(NamedTuple):
    """The workers."""

    busy: Cells
    """The item that is worked on; -1: none."""
    load: Cells
    """How many cases are held."""
    is_idle: Cells
    before: Cells
    """Among the idle of the team, who have been so longer."""
    after: Cells
    # [team]
    first: Cells
    """The first and last of its idle."""
    last: Cells
    worked: Cells
    """The seconds of work that it took on in the time that is counted."""
    holds: Cells
    """[team, cases] the worker-days on which so many were held."""


class Marks(NamedTuple):
    """What is noted of the kernel's rows, episodes and deadlines."""

    of: Cells
    """[row] its contact."""
    ready: Cells
    """[row] when the work that ended in it could be begun, and was begun; -1: there was none."""
    begun: Cells
    stay: Cells
    """[episode] how often its state has changed."""
    late_from: Cells
    """[deadline] the first second at which it is late; FAR: after the run; UNTOLD: that cannot be told."""
    counts_row: Cells
    """[deadline] the row from which that was counted."""


class Pieces(NamedTuple):
    """What was worked on, or waited for a worker with room (its team is then one of the second half)."""

    task: Cells
    team: Cells
    contact: Cells
    since: Cells
    start: Cells
    end: Cells


class Checks(NamedTuple):
    """What the daily check found, by day."""

    open_: Cells
    """[day] of how many contacts there was something to do."""
    # [day, 2 teams], those that wait for room behind
    backlog: Cells
    """How much waited."""
    oldest: Cells
    """For how many seconds the longest had."""


class Run(NamedTuple):
    """One run, as far as it has come."""

    now: Cells
    """How many rows, contacts, cases and items there are; the first free item; the case that is on the book; the first
    and behind the last case referred within a year; how many pieces of work ended, lapsed and were put off; contacts kept
    back; the most episodes that a case has; the team, from 1, of which a worker has room again; contacts of
    which there is something to do."""
    agenda: Agenda
    arrivals: Arrivals
    children: Children
    contacts: Contacts
    work: Work
    line: Line
    staff: Staff
    marks: Marks
    pieces: Pieces
    checks: Checks


_PARTS: dict[str, Any] = {
    "agenda": Agenda, "arrivals": Arrivals, "children": Children, "contacts": Contacts, "work": Work, "line": Line, "staff": Staff,
    "marks": Marks, "pieces": Pieces, "checks": Checks,
}  # fmt: skip
_GROW = {
    "agenda": ("moment", "matter", "at_once"), "children": Children._fields, "contacts": Contacts._fields, "work": Work._fields,
    "line": ("queue", "after", "before"), "marks": Marks._fields, "pieces": Pieces._fields,
}  # fmt: skip
_FROM_NONE = frozenset({"shelf", "newest", "referred", "holder", "queue", "after", "before", "head", "tail", "busy", "first", "last", "counts_row", "ready", "begun"})  # fmt: skip


def new_run(plan: Plan, workflows: int, days: int, contacts: int, rows: int, *, like: Any = list) -> Run:
    """A run that has not begun, with room for so many contacts and rows; of lists, or with `like=numpy` of int64 arrays."""
    sizes = plan.sizes
    sources, priorities, tasks, teams, workers = (int(sizes[i]) for i in range(5))
    room = dict.fromkeys(("moment", "matter"), 3 * contacts) | {"clock": AT_ONCE + 1, "at_once": contacts}
    room |= dict.fromkeys(Arrivals._fields, sources)
    room |= dict.fromkeys(Children._fields, contacts) | {"shelf": contacts * (2 * workflows + 3)}
    room |= dict.fromkeys(Contacts._fields, contacts) | {"turns": contacts * tasks}
    room |= dict.fromkeys(Work._fields, contacts) | dict.fromkeys(Checks._fields, 2 * days * teams) | {"open_": days}
    room |= dict.fromkeys(Marks._fields, rows)
    made: dict[str, dict[str, int]] = {
        name: {field: room.get(field, 0) for field in part._fields} for name, part in _PARTS.items()
    }
    made["line"] = dict.fromkeys(("head", "tail"), (2 * teams + workers) * priorities) | dict.fromkeys(
        ("queue", "after", "before"), contacts
    )
    made["line"] |= dict.fromkeys(("waiting", "counted_to", "area"), 2 * teams)
    made["staff"] = dict.fromkeys(Staff._fields, workers) | dict.fromkeys(("first", "last", "worked"), teams)
    made["staff"]["holds"] = teams * (int(sizes[6]) + 1)
    made["pieces"] = dict.fromkeys(Pieces._fields, rows)

    def column(name: str, size: int) -> Any:
        return laid_out(max(1, size), -1 if name in _FROM_NONE else 0, like)

    parts: dict[str, Any] = {
        name: _PARTS[name](**{field: column(field, size) for field, size in fields.items()}) for name, fields in made.items()
    }  # fmt: skip
    return Run(now=column("now", OPEN + 1), **parts)


def new_events(rows: int, *, like: Any = list) -> Events:
    """Room for so many rows, with what is the same of all in place: a moment and a day are known exactly, everything is
    recorded as it happens with every detail that is needed, and no source has a name for its episode."""
    zero, none, every, bound = (laid_out(rows, value, like) for value in (0, -1, _EVERYTHING, UNBOUND))
    case, transition, at, day, actor, role = (zero.copy() for _ in range(6))
    return Events(
        case=case, transition=transition, label=none, earliest=at, latest=at, day=day, last_day=day, recorded_day=day, actor=actor,
        role=role, given=every, bound=bound,
    )  # fmt: skip


def more_events(events: Events, *, like: Any = list) -> Events:
    """The same events with room for twice as many."""
    rows: Any = len(events.case)
    more = new_events(2 * rows, like=like)
    for old, new in zip(events, more, strict=True):
        cast(Any, new)[:rows] = old
    return more


def renew(run: Run, book: Book) -> None:
    """The same columns as before anything happened, so that the next run need not lay out its own.

    Of the columns that grow, those that are read before they are written are put back as far as they were used; the others
    may stay as they are.
    """
    now, tally = run.now, book.tally
    tasks = len(run.contacts.turns) // len(run.contacts.case)
    read = {"episodes": now[CASES], "turns": (now[CONTACTS] + 1) * tasks, "stay": tally[0], "counts_row": tally[3]}
    for name in _PARTS:
        part = getattr(run, name)
        for field in part._fields:
            column = getattr(part, field)
            many = read.get(field, 0) if field in _GROW.get(name, ()) else len(column)
            refill(column, -1 if field in _FROM_NONE else 0, many)
    for field, column in book._asdict().items():
        if field != "tally":
            refill(column, -1, tally[_TALLIED[field]] if field in _TALLIED else now[ROWS] + 1)
    refill(tally, 0, len(tally))
    refill(now, 0, len(now))


_TALLIED = {"first": 1, "last": 1, "claimed": 2, "claimant": 2, "deadline": 7} | dict.fromkeys(
    ("timer", "whose", "anchored", "by_anchor", "again", "stopped", "unseen_from"), 3
)
"""Which number of `Book.tally` says how many of a column there are; of the others no more than rows."""


def refill(column: Any, value: int, many: int) -> None:
    """Put one value in the first so many places."""
    column[:many] = [value] * min(many, len(column)) if isinstance(column, list) else value


def grown(run: Run) -> Run:
    """The same run with twice the room in the columns that grow as it goes on."""
    parts: dict[str, Any] = {
        name: getattr(run, name)._replace(**{field: longer(getattr(getattr(run, name), field), -1 if field in _FROM_NONE else 0) for field in fields})
        for name, fields in _GROW.items()
    }  # fmt: skip
    return run._replace(**parts)
