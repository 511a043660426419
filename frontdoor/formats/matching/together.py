"""What several sources can hold together, for the children and facts that each set of them tells of."""

from __future__ import annotations

__all__ = ["Groups", "Together", "groups_of"]

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import attrs

from frontdoor.compiled import Carries
from frontdoor.formats.matching.reach import latest
from frontdoor.formats.source import Source
from frontdoor.moment import Happened

if TYPE_CHECKING:
    import polars as pl


@attrs.frozen
class Together(Carries):
    """What the sources of a set can hold between them.

    A format that can hold any transition is not taken to tell of a workflow of which its file has no event at all and
    another of the set has some: a list of contacts says nothing of what was decided of a referral.
    """

    sources: tuple[int, ...] = ()
    """Their numbers among the parts."""
    parts: tuple[Carries, ...] = attrs.field(default=(), repr=False)
    silent: tuple[frozenset[str], ...] = ()
    """The workflows that each of them is not taken to tell of."""
    ends: tuple[Happened | None, ...] = ()
    """The last moment each speaks of; None: all that is there."""

    def holds(self, transition: str) -> bool:
        """Whether one of them has a place for that qualified transition."""
        return bool(self._by(transition))

    def holds_at_end(self, transition: str) -> bool:
        """Whether one of them that speaks up to the last moment of all has a place for it."""
        return any(self.ends[n] is None or self.ends[n] == self.reach for n in self._by(transition))

    def _by(self, transition: str) -> list[int]:
        """Which of them have a place for it."""
        workflow = transition.partition(".")[0]
        return [
            n for n, part in enumerate(self.parts)
            if part.holds(transition) and (part.transitions is not None or workflow not in self.silent[n])
        ]  # fmt: skip


@attrs.frozen
class Groups:
    """The sets of sources that children are known to, and facts are told by; each by the bits of its sources."""

    all: tuple[Together, ...]
    masks: tuple[int, ...]
    children: pl.DataFrame
    """`child`, `group`, and its `mask`."""
    facts: pl.DataFrame
    """`fact`, `of`, and its `mask`; `heard`: with those that contradict it."""

    def of(self, sources: Iterable[int]) -> Together:
        """That of these sources."""
        return self.all[self.masks.index(sum(1 << n for n in sources))]


def groups_of(
    sources: Sequence[Source], rows: pl.DataFrame, facts: pl.DataFrame, ends: Sequence[Happened | None]
) -> Groups:
    """Every set of sources that occurs, and that of all."""
    import polars as pl

    bit = rows.select("row", "child", bit=pl.lit(2, pl.Int64).pow("source"))
    children = bit.group_by("child").agg(mask=pl.col("bit").bitwise_or())
    told = facts.join(bit, on="row", how="left")
    of = told.group_by("fact").agg(
        mask=pl.col("bit").filter(~pl.col("apart")).bitwise_or(), heard=pl.col("bit").bitwise_or()
    )
    everything = (1 << len(sources)) - 1
    masks = sorted({everything, *children["mask"].unique(), *of["mask"].unique()})
    flows = [frozenset(source.events["event"].unique().str.split(".").list.first()) for source in sources]
    every = tuple(_together(mask, sources, flows, ends) for mask in masks)
    number = pl.col("mask").replace_strict(masks, list(range(len(masks))), return_dtype=pl.Int64)
    return Groups(every, tuple(masks), children.with_columns(group=number), of.with_columns(of=number))


def _together(
    mask: int, sources: Sequence[Source], flows: Sequence[frozenset[str]], ends: Sequence[Happened | None]
) -> Together:
    numbers = tuple(n for n in range(len(sources)) if mask >> n & 1)
    parts = [sources[n].carries for n in numbers]
    told = frozenset().union(*(flows[n] for n in numbers))
    transitions = [part.transitions for part in parts if part.transitions is not None]
    details = [part.details for part in parts if part.details is not None]
    return Together(
        frozenset().union(*transitions) if len(transitions) == len(parts) else None,
        roles=any(part.roles for part in parts),
        details=frozenset().union(*details) if len(details) == len(parts) else None,
        logged=all(part.logged for part in parts),
        reach=latest([ends[n] for n in numbers]),
        sources=numbers,
        parts=tuple(parts),
        silent=tuple(told - flows[n] for n in numbers),
        ends=tuple(ends[n] for n in numbers),
    )
