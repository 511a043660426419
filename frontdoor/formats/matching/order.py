"""What came first on one day, where several sources tell of it and not all say the time."""

from __future__ import annotations

__all__ = ["ordered"]

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from frontdoor.formats.matching.flows import Flows

if TYPE_CHECKING:
    import polars as pl


class _Place(NamedTuple):
    """A fact of one day, as one source tells of it."""

    position: int
    at: int | None
    """The moment, if it is known."""
    event: str
    source: int


def ordered(facts: pl.DataFrame, told: pl.DataFrame, flows: Flows, logs: Collection[int]) -> pl.DataFrame:
    """The facts with `order`: what of a child's day or moment stands first. `told` are the rows that tell of them, `logs` the
    sources that are parts of one log.

    That is their position, but on days of which several sources tell and some time is not known, or two are the same.
    There they have the order of the first source that tells of them all; else that of time where it is known, and that of
    each source, a log that ends on that day before one that begins on it; for the rest see `Flows.rank`.
    """
    import polars as pl

    frame = facts.with_columns(order=pl.col("position"))
    dated = pl.col("happened_from") != pl.col("happened_to")
    day = ("child", "day")
    mask = pl.col("mask")
    one_source = (mask.min().over(day) == mask.max().over(day)) & (mask & (mask - 1) == 0)
    timed = ~dated.any().over(day) & (pl.col("happened_from").n_unique().over(day) == pl.len().over(day))
    some = facts.filter((pl.len().over(day) > 1) & ~one_source & ~timed).select(
        "fact", "position", *day, "event", moment=pl.when(~dated).then("happened_from")
    )
    if some.is_empty():
        return frame
    rows = told.select("fact", "source", "at", own="position").join(some, on="fact", how="inner")
    rows = rows.sort(*day, "source", "at", "own").select(*day, "position", "moment", "event", "source")
    moved: dict[int, int] = {}
    days = (
        told.filter(pl.col("source").is_in(list(logs)))
        .group_by("source")
        .agg(pl.col("day").min(), last=pl.col("day").max())
    )
    first_and_last = {source: (first, last) for source, first, last in days.iter_rows()}
    for (_, on), places in groupby(rows.iter_rows(), key=lambda row: row[:2]):
        ending = {source for source, (first, last) in first_and_last.items() if first < on == last}
        beginning = {source for source, (first, last) in first_and_last.items() if first == on < last}
        moved |= _in_order([_Place(*place[2:]) for place in places], flows, ending, beginning)
    return frame.with_columns(pl.col("order").replace(moved)) if moved else frame


def _in_order(
    places: Sequence[_Place], flows: Flows, ending: Collection[int], beginning: Collection[int]
) -> dict[int, int]:
    """The positions of one day's facts that change hands, each with the one that it gets; of those logs that end on that day
    before those that begin on it."""
    facts = {one.position: one for one in reversed(places)}
    chains = {source: [one.position for one in chain] for source, chain in groupby(places, key=lambda one: one.source)}
    whole = next((chain for chain in chains.values() if len(chain) == len(facts)), None)
    follow = [
        (chain[-1], then[0])
        for source, chain in chains.items() if source in ending
        for other, then in chains.items() if other in beginning
    ]  # fmt: skip
    return _moved(whole or _across(facts, list(chains.values()), follow, flows))


def _moved(order: Sequence[int]) -> dict[int, int]:
    return {one: place for one, place in zip(order, sorted(order), strict=True) if one != place}


def _across(
    facts: Mapping[int, _Place], chains: Sequence[Sequence[int]], follow: Sequence[tuple[int, int]], flows: Flows
) -> list[int]:
    """The facts of one day, none of whose sources tells of them all, in order."""
    by_time = sorted((one.at, position) for position, one in facts.items() if one.at is not None)
    must: list[tuple[int, int]] = []
    then = 0  # between two moments stands a number below 0: nothing of the later before all of the earlier
    for _, group in groupby(by_time, key=lambda one: one[0]):
        moment = [position for _, position in group]
        must += [(then, position) for position in moment if then]
        then -= 1
        must += [(position, then) for position in moment]
    as_told = [pair for chain in chains for pair in pairwise(chain)]
    every = [*range(then, 0), *sorted(facts)]

    def rank(position: int) -> Any:
        return (flows.rank(facts[position].event), position) if position > 0 else ()

    found = _sorted(every, [*must, *as_told, *follow], rank)
    if follow and len(found) < len(every):
        found = _sorted(every, [*must, *as_told], rank)
    if len(found) < len(every):  # two have it the other way round: the first-named is believed, but for known times
        left = set(every) - set(found)
        found += _sorted(sorted(left), [pair for pair in must if left.issuperset(pair)], lambda position: position)
    return [position for position in found if position > 0]


def _sorted(
    every: Iterable[int], pairs: Iterable[tuple[int, int]], rank: Callable[[int], Any]
) -> list[int]:  # fmt: skip
    """Those that can be put in an order that keeps all pairs; of several that could come next the one of the least rank."""
    after: Mapping[int, list[int]] = defaultdict(list)
    waits_for = dict.fromkeys(every, 0)
    for one, other in pairs:
        after[one].append(other)
        waits_for[other] += 1
    free = [(rank(one), one) for one, n in waits_for.items() if not n]
    heapify(free)
    found = []
    while free:
        _, one = heappop(free)
        found.append(one)
        for other in after[one]:
            waits_for[other] -= 1
            if not waits_for[other]:
                heappush(free, (rank(other), other))
    return found
