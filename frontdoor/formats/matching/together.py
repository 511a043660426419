"""What several sources can hold together, for the children and facts that each set of them tells of."""

from __future__ import annotations

__all__ = ["Groups", "Known", "Together", "groups_of"]

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from frontdoor.compiled import Carries
from frontdoor.formats.matching.flows import Flows
from frontdoor.formats.matching.knowing import knowing, workflows_of
from frontdoor.formats.matching.reach import latest
from frontdoor.formats.source import Source
from frontdoor.moment import Happened, bounds

if TYPE_CHECKING:
    import polars as pl

MOST = 300
"""Kinds of children, the commonest first, for which it is asked of each workflow who vouches for it; of the others no source
does, unless it tells all: they differ less, and so need fewer tables."""


@attrs.frozen
class Known:
    """What a child's sources (by their places among them) know of its episodes of one workflow."""

    workflow: str
    by: tuple[tuple[int, ...], ...]
    """For each episode those that tell of it, and reach all that is told of it: they alone can tell what became of it."""
    vouching: tuple[int, ...]
    """Those of which none of these episodes would be missing."""


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
    known: tuple[Known, ...] = ()
    """What they know of the workflows of the children that this is for."""
    vouching: tuple[int, ...] | None = None
    """Those that would know of an episode of another workflow; None: all that could hold it."""

    def holds(self, transition: str) -> bool:
        """Whether of each episode one that tells of it has a place for that qualified transition."""
        return all(self._ways(transition))

    def told_to(self, transition: str) -> Happened | None:
        """The last moment up to which one that tells of each episode, and has a place for the transition, speaks; None: up to
        the last of all."""
        last = [
            latest([self.ends[n] for n in way]) for way in self._ways(transition) if not any(map(self._to_the_end, way))
        ]
        return min((end for end in last if end is not None), key=lambda end: bounds(end)[1], default=None)

    def holds_every(self, transition: str) -> bool:
        """Whether one of them would tell of that transition, had it happened to one of these children."""
        known = self._of(transition)
        vouching = known.vouching if known else self.vouching
        return any(
            self.parts[n].holds_every(transition) for n in (self._by(transition) if vouching is None else vouching)
        )

    def tells_all(self, place: int) -> bool:
        """Whether the one at that place can hold any transition, up to the last moment of all."""
        return self.parts[place].transitions is None and self._to_the_end(place)

    def _to_the_end(self, place: int) -> bool:
        return self.ends[place] is None or self.ends[place] == self.reach

    def _of(self, transition: str) -> Known | None:
        workflow = transition.partition(".")[0]
        return next((one for one in self.known if one.workflow == workflow), None)

    def _ways(self, transition: str) -> list[list[int]]:
        """For each episode those that tell of it and have a place for the transition."""
        known = self._of(transition)
        if known is None:
            return [self._by(transition)]
        return [[n for n in ones if self.parts[n].holds(transition)] for ones in known.by]

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
    sources: Sequence[Source],
    rows: pl.DataFrame,
    same: pl.DataFrame,
    ends: Sequence[Happened | None],
    flows: Flows,
) -> Groups:
    """Every set of sources that occurs, that of all, and those that know of a child's episodes different things."""
    import polars as pl

    bit = rows.select("row", bit=pl.lit(2, pl.Int64).pow("source"))
    told = same.join(bit, on="row", how="left")
    of = told.group_by("fact").agg(
        mask=pl.col("bit").filter(~pl.col("apart")).bitwise_or(), heard=pl.col("bit").bitwise_or()
    )
    children = knowing(sources, rows, same, flows, ends)
    everything = (1 << len(sources)) - 1
    masks = sorted({everything, *children["mask"].unique(), *of["mask"].unique()})
    told_by = [workflows_of(source) for source in sources]
    every = [_together(mask, sources, told_by, ends) for mask in masks]
    numbers = {one: number for number, one in enumerate(every)}
    groups: dict[str, int] = {}
    kinds = children.with_columns(many=pl.len().over("key")).unique("key").sort("many", "key", descending=[True, False])
    columns = ("mask", "alone", "late", "unseen", "flows", "key")
    for mask, alone, late, unseen, known, key in kinds.select(columns).iter_rows():
        one = _knowing(every[masks.index(mask)], alone, late, unseen, known, sure=len(numbers) < MOST)
        groups[key] = numbers.setdefault(one, len(numbers))
    by_key = pl.col("key").replace_strict(list(groups), list(groups.values()), return_dtype=pl.Int64)
    by_mask = pl.col("mask").replace_strict(masks, list(range(len(masks))), return_dtype=pl.Int64)
    return Groups(
        tuple(numbers), tuple(masks), children.select("child", "mask", group=by_key), of.with_columns(of=by_mask)
    )


def _knowing(
    one: Together,
    alone: int,
    late: Sequence[str],
    unseen: Sequence[str],
    known: Sequence[Mapping[str, Any]] | None,
    *,
    sure: bool,
) -> Together:
    """Sources together as some children know them (see `knowing`). What makes no difference is said alike; if they need not
    be `sure`, none vouches for a workflow."""
    every = tuple(range(len(one.sources)))
    if known is None:
        return attrs.evolve(one, known=tuple(Known(name, ((),) if name in unseen else (every,), ()) for name in late))
    vouching = _vouching(one, alone)  # tells all, so of each workflow too
    found = []
    for each in known:
        by = _least({_telling(one, mask) for mask in each["by"]})
        here = Known(each["flow"], by, _vouching(one, each["vouching"]) if sure else vouching)
        if here.vouching != vouching or not all(any(map(one.tells_all, ones)) for ones in by):
            found.append(here)
    return attrs.evolve(one, known=tuple(found), vouching=vouching)


def _telling(one: Together, mask: int) -> tuple[int, ...]:
    """The places of the sources of a mask; but one of those that can tell all is enough."""
    places = [place for place, n in enumerate(one.sources) if mask >> n & 1]
    return tuple(next(([place] for place in places if one.tells_all(place)), places))


def _vouching(one: Together, mask: int) -> tuple[int, ...]:
    """The same of those that vouch."""
    places = [place for place, n in enumerate(one.sources) if mask >> n & 1]
    whole = [place for place in places if one.parts[place].transitions is None and not one.parts[place].partial]
    return tuple(whole[:1] or places)


def _least(several: set[tuple[int, ...]]) -> tuple[tuple[int, ...], ...]:
    """Those that hold no other whole: what these can tell, it can."""
    return tuple(sorted(ones for ones in several if not any(set(other) < set(ones) for other in several)))


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
