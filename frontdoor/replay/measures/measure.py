"""A measure: some numbers with what they mean beside them, what they are of, what was left out, and how sure they are.

Every number says its `definition`, its `denominator`, its exclusions and the moment it was taken at, because a percentage
without them is an argument. What a source cannot tell is `untold`, in a sentence, and never counted as nothing.
"""

from __future__ import annotations

__all__ = [
    "NOT_RECORDED", "ORDER_STATISTICS", "WILSON", "Figure", "Measure", "Row", "Target", "Times", "between", "centile", "chance_of",
    "ranks", "share", "times",
]  # fmt: skip

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import attrs

from frontdoor.intervals import wilson

NOT_RECORDED = "not recorded"
"""The group of what has no team, source, priority or worker said."""
WILSON = "95% interval for a share: Wilson's score interval"
ORDER_STATISTICS = "95% interval for a median or 90th centile: the order statistics that enclose it"
"""The normal distribution's 97.5th centile."""
_SURE = 0.025
"""What may lie beyond either end of a 95% interval."""


@attrs.frozen
class Times:
    """How long some things took, in `unit`s: 'working days', 'hours' or 'days'.

    The median is that of the two middle ones' mean where their number is even; the 90th centile is the shortest time
    within which nine in ten were done. An end of an interval is None where there are too few to give one.
    """

    n: int
    """How many took a time that is known."""
    unit: str
    median: float | None = None
    median_low: float | None = None
    median_high: float | None = None
    ninetieth: float | None = None
    ninetieth_low: float | None = None
    ninetieth_high: float | None = None
    longest: float | None = None
    oldest: float | None = None
    """The age of the oldest that is still open, from what it counts from; None where none is."""


@attrs.frozen
class Row:
    """One number of a measure, for one group of it."""

    group: Mapping[str, str] = attrs.field(factory=dict, hash=False)
    """What it is of: {'timer': 'referral.decision', 'month': '2009-11'}, in the order of `Measure.by`; empty: of all."""
    numerator: float | None = None
    n: int = 0
    """The denominator: how many are counted."""
    value: float | None = None
    """The number itself, in `Measure.unit`s (a share from 0 to 1); None where nothing could be counted."""
    low: float | None = None
    high: float | None = None
    """The ends of the 95% interval; None where there is none."""
    times: Times | None = None
    """How long those things took, where the measure is of time."""
    left_out: Mapping[str, int] = attrs.field(factory=dict, hash=False)
    """How many belong here and are not in `n`, by why: {'running': 3, 'cannot tell': 1}; only those that there are."""
    more: Mapping[str, float | int | str | None] = attrs.field(factory=dict, hash=False)
    """Further figures by their title: {'expected': 0.33, 'chance': 0.004}."""


class Figure(NamedTuple):
    """One figure of a row, under its own name: for a table that has a line for each."""

    name: str
    value: float | int | str | None
    low: float | None
    high: float | None
    numerator: float | None
    n: int | None


@attrs.frozen
class Target:
    """What somebody set out to reach, and who: it is theirs, and no rule."""

    value: float
    says: str


@attrs.frozen
class Measure:
    """Some numbers of one kind, a row a group."""

    name: str
    """Unique among the measures of an audit: 'timeliness_by_month'."""
    title: str
    """For a heading: 'In time, by clock and month'."""
    subject: str
    """What it is about, for a chapter: 'Timeliness', 'Conversion', 'Questions to ask'."""
    definition: str
    """A sentence: what the number is."""
    denominator: str
    """What is counted in `n`, in words."""
    excluded: str
    """What is left out and why, in words; 'nothing' where nothing is."""
    unit: str
    """'share', 'working days', 'days', 'child-days', 'children'; of another process 'case-days', 'cases'."""
    as_at: str
    """The moment it was taken at, as `moment.written` writes it."""
    rows: tuple[Row, ...] = ()
    by: tuple[str, ...] = ()
    """The names of its groups: ('timer', 'month'); empty: one number of all."""
    interval: str = ""
    """Which interval is given; empty where none is, because none would mean anything."""
    target: Target | None = None
    question: str = ""
    """For a sign that something may not be as it looks: what to ask. It is a question and no verdict."""
    notes: tuple[str, ...] = ()
    """What a reader must know, in sentences: months not complete, an earlier record that may be missing."""
    untold: str = ""
    """Why the source cannot tell it, in a sentence; there are no rows then."""
    among: str = ""
    """What it is limited to: 'team North', 'opened from 2009-10-01 to 2009-12-31'; empty: everything."""

    @property
    def told(self) -> bool:
        """Whether there is any number."""
        return not self.untold

    def figures(self, row: Row) -> Iterator[Figure]:
        """Every figure of one of its rows: the number itself, how long things took, and what further there is."""
        yield Figure(self.unit, row.value, row.low, row.high, row.numerator, row.n)
        one = row.times
        if one is not None and one.n:
            yield Figure(f"median, {one.unit}", one.median, one.median_low, one.median_high, None, one.n)
            yield Figure(f"90th centile, {one.unit}", one.ninetieth, one.ninetieth_low, one.ninetieth_high, None, one.n)
            yield Figure(f"longest, {one.unit}", one.longest, None, None, None, one.n)
        if one is not None and one.oldest is not None:
            yield Figure(f"oldest open, {one.unit}", one.oldest, None, None, None, None)
        for name, value in row.more.items():
            yield Figure(name, value, None, None, None, row.n)


def share(
    numerator: int,
    n: int,
    *,
    group: Mapping[str, str] | None = None,
    left_out: Mapping[str, int] | None = None,
    times: Times | None = None,
    more: Mapping[str, float | int | str | None] | None = None,
) -> Row:
    """A row of so many of so many, with its interval."""
    low, high = wilson(numerator, n)
    kept = {why: many for why, many in (left_out or {}).items() if many}
    return Row(group or {}, numerator, n, numerator / n if n else None, low, high, times, kept, more or {})


def times(taken: Sequence[float], unit: str, oldest: float | None = None) -> Times:
    """How long some things took, given in ascending order."""
    n = len(taken)
    if not n:
        return Times(0, unit, oldest=oldest)
    median = (taken[(n - 1) // 2] + taken[n // 2]) / 2
    return Times(
        n, unit, median, *between(taken, 0.5), centile(taken, 0.9), *between(taken, 0.9), taken[-1], oldest,
    )  # fmt: skip


def centile(ordered: Sequence[float], p: float) -> float:
    """The least of some numbers, in ascending order, that a share `p` of them does not exceed."""
    return ordered[max(0, math.ceil(p * len(ordered) - 1e-9) - 1)]


def between(ordered: Sequence[float], p: float) -> tuple[float | None, float | None]:
    """The 95% interval of the `p` quantile of what some numbers, in ascending order, are a sample of."""
    low, high = ranks(len(ordered), p)
    return (ordered[low - 1] if low else None), (ordered[high - 1] if high else None)


@lru_cache(maxsize=4096)
def ranks(n: int, p: float) -> tuple[int, int]:
    """The ranks (from 1) of the order statistics of `n` that enclose the `p` quantile with 95% at least; 0: none does.

    Fewer than the low rank lie below the quantile with a chance of at most 2.5%, and likewise above it.
    """
    start, chances = _binomial(n, p, 10)
    below = 0.0
    low = 0
    for k, chance in enumerate(chances, start):
        below += chance
        if below > _SURE:
            break
        low = k + 1
    above = 0.0
    high = 0
    for k in range(start + len(chances) - 1, start - 1, -1):
        above += chances[k - start]
        if above > _SURE:
            break
        high = k
    return low, high if high <= n else 0


def chance_of(at_least: int, n: int, p: float) -> float:
    """The chance of so many or more of `n`, where each comes with chance `p`."""
    start, chances = _binomial(n, p, 40)
    return min(1.0, math.fsum(chances[max(0, at_least - start) :]))


def _binomial(n: int, p: float, wide: int) -> tuple[int, list[float]]:
    """The binomial distribution so many standard deviations wide: the first number of it, and the chance of each from there."""
    if not 0 < p < 1:
        return (0, [1.0]) if p <= 0 else (n, [1.0])
    width = wide * (math.sqrt(n * p * (1 - p)) + 1)
    first, last = max(0, math.floor(n * p - width)), min(n, math.ceil(n * p + width))
    said = math.lgamma(n + 1) - math.lgamma(first + 1) - math.lgamma(n - first + 1)
    said += first * math.log(p) + (n - first) * math.log1p(-p)
    chances = []
    for k in range(first, last + 1):
        chances.append(math.exp(said) if said > -745 else 0.0)
        if k < n:
            said += math.log((n - k) / (k + 1)) + math.log(p) - math.log1p(-p)
    return first, chances
