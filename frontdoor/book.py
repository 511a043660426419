"""The book that the kernel writes: the episodes and deadlines of cases, in columns of integers. Rows point at rows.

Columns are laid out beforehand and filled with -1; the kernel stops before a row for which there may be no room left,
`grow` makes room, and it goes on.
"""

from __future__ import annotations

__all__ = ["Book", "and_a_row", "grow", "new_book"]

from collections.abc import Sequence
from typing import Any, NamedTuple

from frontdoor.rows import Cells, laid_out, longer
from frontdoor.rules import Rules


class Book(NamedTuple):
    """What is known so far. Arrays are laid out beforehand, filled with -1, and grown by the caller between steps."""

    tally: Cells
    """Episodes, slots, uses and deadlines so far; of the case: its first episode, the marks that happened, the
    workflows that are open; clocks so far; where the case begins in the next two."""
    latest: Cells
    """[case, workflow] the case's episode opened last; -1: none. An audit, which is done with one case before the next,
    keeps no more than one."""
    newest: Cells
    """[case, workflow] the open one of the case's that opened last; -1: none is open."""
    labelled: Cells
    """[label] its episode."""
    # [row]
    episode: Cells
    faults: Cells
    found: Cells
    """The state it found its episode in."""
    # [episode]
    workflow: Cells
    edition: Cells
    """-1: opened before the first."""
    opened: Cells
    """The row that opened it, by whatever event."""
    state: Cells
    entered: Cells
    """The last row that was applied to it."""
    before: Cells
    behind: Cells
    """The episode of the same workflow in the case opened before, and behind, it."""
    older: Cells
    newer: Cells
    """The open episode of the same workflow in the case opened before, and after, it."""
    slot0: Cells
    use0: Cells
    clock0: Cells
    # [slot]
    first: Cells
    last: Cells
    # [use]
    claimed: Cells
    """The row that was counted from, and by which episode."""
    claimant: Cells
    # [clock]: an episode's timers, one after another
    deadline: Cells
    """The one it is writing; -1: none yet."""
    # [deadline]
    timer: Cells
    whose: Cells
    """Its episode."""
    anchored: Cells
    """The row it counts from; -1: the opening that is missing."""
    by_anchor: Cells
    """Which anchor that is, in `Rules.anchor`."""
    again: Cells
    """Whether it is not the first of its clock."""
    stopped: Cells
    """The row that stopped it; -1: it runs."""
    unseen_from: Cells
    """The row before the stop, where a transition that the source cannot carry stopped it between; else -1."""


_BY_ROW = ("episode", "faults", "found")
_BY_EPISODE = (
    "workflow", "edition", "opened", "state", "entered", "before", "behind", "older", "newer", "slot0", "use0", "clock0",
)  # fmt: skip
_GROWS = {
    "slots": ("first", "last"),
    "uses": ("claimed", "claimant"),
    "clocks": ("deadline",),
    "deadlines": ("timer", "whose", "anchored", "by_anchor", "again", "stopped", "unseen_from"),
}


def new_book(rules: Rules, rows: int, labels: int, *, cases: int = 1, like: Any = list, narrow: bool = False) -> Book:
    """An empty book with room for `rows` events and `labels` labels, and so many cases at a time; of lists, or with `like=numpy` of arrays of 64 bits, or,
    narrow, of 32, which is quicker."""
    room = {"slots": rows, "uses": rows, "clocks": rows, "deadlines": rows}
    sizes = dict.fromkeys((*_BY_ROW, *_BY_EPISODE), rows)
    sizes |= {name: room[kind] + 64 + rules.sizes[2] for kind, names in _GROWS.items() for name in names}
    sizes |= {"tally": 9, "latest": cases * rules.sizes[1], "newest": cases * rules.sizes[1], "labelled": labels}
    book = Book(
        **{name: laid_out(max(1, sizes[name]), -1, like, narrow=narrow and name != "tally") for name in Book._fields}
    )
    for i in range(9):
        book.tally[i] = 0
    return book


_KIND = dict.fromkeys(Book._fields, "case") | {"labelled": "label"} | dict.fromkeys(_BY_ROW, "row")
_KIND |= dict.fromkeys(_BY_EPISODE, "episode") | {name: kind for kind, names in _GROWS.items() for name in names}
_KINDS = tuple(_KIND[name] for name in Book._fields)


def and_a_row(book: Book, rules: Rules, deadlines: int) -> Book:
    """A copy of a book of lists for one row more of its last case, with room for what that may bring, so many deadlines among
    it, and for nothing else: what is kept at hand of many cases is short."""
    tally, sizes = book.tally, rules.sizes
    room: dict[str, tuple[int | None, list[int]]] = {
        "case": (None, []), "label": (None, [-1]), "row": (None, [-1]), "episode": (tally[0], [-1]),
        "slots": (tally[1], [-1] * sizes[4]), "uses": (tally[2], [-1] * sizes[5]), "clocks": (tally[7], [-1] * sizes[6]),
        "deadlines": (tally[3], [-1] * deadlines),
    }  # fmt: skip
    columns: Sequence[Any] = book
    return Book(*[column[: room[kind][0]] + room[kind][1] for kind, column in zip(_KINDS, columns, strict=True)])


def grow(book: Book) -> Book:
    """The same book with twice the room in the columns that an event can lengthen by more than one."""
    return book._replace(**{name: longer(getattr(book, name), -1) for names in _GROWS.values() for name in names})
