"""The columns of a run: laid out, used again for the next, and lengthened where they were too short."""

from __future__ import annotations

__all__ = ["grown", "more_events", "new_events", "new_run", "renew"]

from typing import Any

from frontdoor.book import Book
from frontdoor.rows import UNBOUND, Events, laid_out, longer
from frontdoor.simulation.plan import Plan
from frontdoor.simulation.run import (
    AT_ONCE,
    CASES,
    CONTACTS,
    LABELS,
    ROWS,
    Agenda,
    Arrivals,
    Checks,
    Children,
    Contacts,
    Line,
    Marks,
    Pieces,
    Run,
    Staff,
    Work,
)  # fmt: skip

_EVERYTHING = (1 << 62) - 1  # every detail that a transition needs is recorded with it
_PARTS: dict[str, Any] = {
    "agenda": Agenda, "arrivals": Arrivals, "children": Children, "contacts": Contacts, "work": Work, "line": Line, "staff": Staff,
    "marks": Marks, "pieces": Pieces, "checks": Checks,
}  # fmt: skip
_GROW = {
    "agenda": ("moment", "matter", "at_once"), "children": Children._fields, "contacts": Contacts._fields, "work": Work._fields,
    "line": ("queue", "after", "before"), "marks": Marks._fields, "pieces": Pieces._fields,
}  # fmt: skip
_FROM_NONE = frozenset({"newest", "referred", "holder", "queue", "after", "before", "head", "tail", "busy", "first", "last", "counts_row", "ready", "begun"})  # fmt: skip
# What is counted or numbered and is no second: 32 bits hold it.
_NARROW = frozenset({
    "newest", "episodes", "referred", "case", "source", "number", "priority", "counted", "live", "holder", "turns", "task",
    "contact", "episode", "in_stay", "turn", "team", "queue", "after", "before", "busy", "load", "order", "place", "is_idle", "of",
    "stay", "counts_row",
})  # fmt: skip


def new_run(plan: Plan, days: int, contacts: int, rows: int, *, like: Any = list) -> Run:
    """A run that has not begun, with room for so many contacts and rows; of lists, or with `like=numpy` of arrays."""
    sizes = plan.sizes
    sources, priorities, tasks, teams, workers = (int(sizes[i]) for i in range(5))
    room = dict.fromkeys(("moment", "matter"), 3 * contacts) | {"clock": AT_ONCE + 1, "at_once": contacts}
    room |= dict.fromkeys(Arrivals._fields, sources)
    room |= dict.fromkeys(Children._fields, contacts) | {"shelf": 3 * contacts}
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
    made["staff"] |= {"holds": teams * (int(sizes[6]) + 1), "span": int(sizes[5])}
    made["pieces"] = dict.fromkeys(Pieces._fields, rows)

    def column(name: str, size: int) -> Any:
        return laid_out(max(1, size), -1 if name in _FROM_NONE else 0, like, narrow=name in _NARROW)

    parts: dict[str, Any] = {
        name: _PARTS[name](**{field: column(field, size) for field, size in fields.items()}) for name, fields in made.items()
    }  # fmt: skip
    return Run(now=column("now", LABELS + 1), **parts)


_SAME = {"label": -1, "given": _EVERYTHING, "bound": UNBOUND}
_WIDE = ("earliest", "day", "given")


def new_events(rows: int, *, like: Any = list) -> Events:
    """Room for so many rows, with what is the same of all in place: a moment and a day are known exactly, everything is
    recorded as it happens with every detail that is needed, and no source has a name for its episode."""
    names = ("case", "transition", "label", "earliest", "day", "actor", "role", "given", "bound")
    return _exact({name: laid_out(rows, _SAME.get(name, 0), like, narrow=name not in _WIDE) for name in names})


def more_events(events: Events) -> Events:
    """The same events with room for twice as many."""
    return _exact({name: longer(column, _SAME.get(name, 0)) for name, column in events._asdict().items()})


def _exact(columns: dict[str, Any]) -> Events:
    at, day = columns["earliest"], columns["day"]
    return Events(**columns | {"latest": at, "last_day": day, "recorded_day": day})


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
    used = {field: tally[place] for field, place in _TALLIED.items()}
    used |= {"latest": len(book.latest), "newest": len(book.newest)}
    for field, column in book._asdict().items():
        if field != "tally":
            refill(column, -1, used.get(field, now[ROWS] + 1))
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
