"""What people are told of a matching: which children and events are where, and how it was done."""

from __future__ import annotations

__all__ = ["Matches", "Tally", "notes", "tallies"]

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import attrs

from frontdoor.formats.matching.contradictions import Contradiction
from frontdoor.formats.matching.merging import Merged

if TYPE_CHECKING:
    import polars as pl


class Tally(NamedTuple):
    """What became of the events of one source: `alone`, or `shared` with another, or `left_out`; these add up to `events`."""

    source: str
    children: int
    events: int
    alone: int
    shared: int
    left_out: int


@attrs.frozen(eq=False)
class Matches:
    """What matching found."""

    children: pl.DataFrame = attrs.field(repr=False)
    """A row for each child and each source: `case_id`, `source`, `events` (how many it tells of), and `why` it tells of
    none ('' where it does)."""
    contradictions: tuple[Contradiction, ...] = attrs.field(repr=False)
    tallies: tuple[Tally, ...]
    """For each source, in the order they were named."""


def tallies(merged: Merged) -> tuple[Tally, ...]:
    """What became of the events of each source."""
    import polars as pl

    shared = merged.told.filter(pl.len().over("fact") > 1)
    found = []
    for n, name in enumerate(merged.names):
        now, both, left = (frame.filter(pl.col("source") == n) for frame in (merged.rows.now, shared, merged.apart))
        alone = now.height - both.height - left.height
        found.append(Tally(name, now["child"].n_unique(), now.height, alone, both.height, left.height))
    return tuple(found)


def notes(merged: Merged, tallies: Sequence[Tally]) -> list[str]:
    """The files' own notes, and in sentences how they were matched."""
    names = merged.names
    found = [f"{name}: {note}" for name, source in zip(names, merged.sources, strict=True) for note in source.notes]
    each = ", ".join(f"{one.source} ({_some(one.children, 'child')}, {_some(one.events, 'event')})" for one in tallies)
    known = merged.groups.children.group_by("mask").len().sort("mask", descending=True).rows()
    where = ", ".join(f"{count} {'is' if count == 1 else 'are'} in {_only(names, mask)}" for mask, count in known)
    shared = merged.told["fact"].filter(merged.told["turn"] == 1).len()
    left = sum(one.left_out for one in tallies)
    found.append(f"Matched by child and time: {each}. Of the children {where or 'none is there'}.")
    found.append(
        f"{_some(merged.facts.height, 'event')} in all, {shared} of them told by several sources; {left} more "
        f"{'was' if left == 1 else 'were'} left out as contradicting what an earlier source says."
    )
    rows = ", ".join(f"{merged.position(n, 17)} of {name}" for n, name in enumerate(names) if n)
    return [*found, f"Positions are rows: 17 is row 17 of {names[0]}, and {rows}."]


def _only(names: Sequence[str], mask: int) -> str:
    those = [name for n, name in enumerate(names) if mask >> n & 1]
    if len(those) == len(names):
        return "both" if len(names) == 2 else "all"
    return " and ".join(those) + " only"


def _some(count: int, what: str) -> str:
    return f"{count} {what if count == 1 else 'children' if what == 'child' else what + 's'}"
