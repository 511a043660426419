"""Which episodes of several sources are the same: of all sources at once, so that their order decides nothing of it."""

from __future__ import annotations

__all__ = ["FAR", "Alike", "paired"]

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations, product

from frontdoor.formats.matching.flows import Flow
from frontdoor.formats.matching.runs import FEW, NEAR, Fact, Near, Run

FAR = 31 * 24 * 3_600_000_000
"""A month: further apart, two openings are one episode's only if two other facts agree; up to that one is enough."""

Alike = Collection[tuple[int, int]]
"""Pairs of sources that use the same labels: of these another label is another episode's."""
_DAY = 25 * 3_600_000_000
"""The longest."""
_Order = tuple[tuple[int, ...], ...]


def paired(sources: Sequence[Sequence[Run]], flow: Flow, alike: Alike) -> Mapping[Run, Sequence[Run]]:
    """For each episode of each source those that are the same, itself included, in the order of the sources: the likeliest are
    made one first, and two of one source never are."""
    places = {run: place for runs in sources for place, run in enumerate(runs)}
    likely: list[tuple[_Order, Run, Run]] = []
    for one, other in _worth_a_look(sources):
        rank = None if _apart(one, other, flow) else _likeness(one, other, flow, alike)
        if rank:
            order = sorted((run.first, places[run], run.source) for run in (one, other))
            likely.append(((rank, *zip(*order, strict=True)), one, other))
    found = {run: [run] for run in places}
    for _, one, other in sorted(likely, key=lambda pair: pair[0]):
        mine, its = found[one], found[other]
        taken = not {run.source for run in mine}.isdisjoint(run.source for run in its)
        if not taken and not any(_apart(a, b, flow) for a in mine for b in its):
            both = sorted((*mine, *its), key=lambda run: run.source)
            found |= dict.fromkeys(both, both)
    return found


def _worth_a_look(sources: Sequence[Sequence[Run]]) -> Iterator[tuple[Run, Run]]:
    """Pairs of different sources' episodes: of a few all, of many those that have something in common, from either side."""
    several = any(len(one) * len(other) > FEW for one, other in combinations(sources, 2))
    known = [_Index(runs) for runs in sources] if several else []
    for n, m in combinations(range(len(sources)), 2):
        if len(sources[n]) * len(sources[m]) <= FEW:
            yield from product(sources[n], sources[m])
        else:
            pairs = [(one, run) for run in sources[m] for one in known[n].around(run)]
            yield from dict.fromkeys([*pairs, *((run, one) for run in sources[n] for one in known[m].around(run))])


class _Index:
    """The episodes of one source, to be found by what they may have in common with another's."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self._near = Near((run, fact) for run in runs for fact in run.facts)
        self._labelled = {label: run for run in reversed(runs) for label in run.labels}
        self._opened = sorted((run for run in runs if run.opened), key=lambda run: run.first)
        self._firsts = [run.first for run in self._opened]

    def around(self, run: Run) -> Iterator[Run]:
        """Those of its label, with facts near its own, or that may have been open when it is first told of."""
        yield from (self._labelled[label] for label in run.labels if label in self._labelled)
        close = Counter(other for fact in run.facts for other, _ in self._near.to(fact))
        yield from (other for other, _ in close.most_common(FEW))
        if run.opened:
            yield from (other for other, _ in self._near.to(run.opened))
        elif run.labels:
            place = bisect_right(self._firsts, run.facts[0].last)
            yield from self._opened[max(0, place - FEW) : place]


def _apart(one: Run, other: Run, flow: Flow) -> bool:
    """Whether one of two episodes had ended before the other opened, which does not tell of that end within a week of it."""
    for first, second in ((one, other), (other, one)):
        end = first.ended(flow)
        if end and second.opened and end.last < second.opened.first:
            return not any(fact.event == end.event and fact.near(end) <= NEAR for fact in second.facts)
    return False


def _likeness(one: Run, other: Run, flow: Flow, alike: Alike) -> tuple[int, int, int] | None:
    """How likely two episodes are the same, the likeliest the least; None: they are not."""
    agree = _agree(one, other)
    logged = all(run.facts[0].told[0].window.logged for run in (one, other))
    same_label = logged and not set(one.labels).isdisjoint(other.labels)  # those of a return are but numbers
    renamed = logged and bool(one.labels and other.labels) and not same_label
    renamed = renamed and (min(one.source, other.source), max(one.source, other.source)) in alike
    if one.opened and other.opened:
        gap = one.opened.gap(other.opened)
        if gap == 0:
            return 0 if same_label else 1, -agree, 0
        if same_label and (gap <= NEAR or agree):
            return 2, -agree, gap
        if agree > (gap > FAR):
            return 3, -agree, gap
        gap = one.opened.near(other.opened)
        return (5, 0, gap) if gap <= NEAR and not renamed else None
    near = Near((one, fact) for fact in one.facts)
    nearest = min((mine.near(fact) for fact in other.facts for _, mine in near.to(fact)), default=None)
    if same_label:
        return 2, -agree, nearest or 0
    if agree:
        return 3, -agree, abs(one.first - other.first)
    if renamed:
        return None
    if _ends_alike(one, other, flow):
        return 4, 0, 0
    if nearest is not None:
        return 5, 0, nearest
    opened, ended = (one, other) if one.opened else (other, one)
    if logged or not _goes_on(opened, ended, flow):  # what logs tell of an episode they tell under its label, or none
        return None
    return 6, 0, ended.facts[0].first - opened.first


def _agree(one: Run, other: Run) -> int:
    """How many facts of each, at least, can be facts of the other."""
    if len(one.facts) * len(other.facts) > FEW * FEW:
        near, its = (Near((run, fact) for fact in run.facts) for run in (one, other))
        return min(
            sum(bool(its.to(fact, 0)) for fact in one.facts), sum(bool(near.to(fact, 0)) for fact in other.facts)
        )
    by_event: dict[str, list[Fact]] = defaultdict(list)
    for fact in one.facts:
        by_event[fact.event].append(fact)
    pairs = [(mine, fact) for fact in other.facts for mine in by_event.get(fact.event, ()) if mine.meets(fact)]
    return min(len({mine for mine, _ in pairs}), len({fact for _, fact in pairs}))


def _ends_alike(one: Run, other: Run, flow: Flow) -> bool:
    """Whether two episodes ended on one day, however they ended."""
    end, its = one.ended(flow), other.ended(flow)
    return bool(end and its and end.meets(its) and max(end.last - end.first, its.last - its.first) <= _DAY)


def _goes_on(opened: Run, ended: Run, flow: Flow) -> bool:
    """Whether an episode that one source only opened may be one of which the other tells only how it ended. (What is neither
    labelled nor opened is placed later.)"""
    if not opened.opened or ended.opened or not ended.labels or opened.ended(flow) or not ended.ended(flow):
        return False
    return opened.first <= ended.facts[0].last
