"""The census's rules of overlap: what may not be open twice, or run while something else does."""

from __future__ import annotations

__all__ = ["OVERLAP"]

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import NamedTuple

from frontdoor.formats.cin_census.record import Census, Child, Dated, Spell
from frontdoor.formats.cin_census.rule import Broken, Rule, dates, starts, there


def _not_latest(c: Child) -> Broken:
    latest = max((day for _, day in dates(starts(c.spells))), default=None)
    return [(one, latest) for one, day in dates(spell.start for spell in c.spells if spell.open) if day != latest]


def _second_open(spells: Iterable[Spell]) -> Broken:
    """All that are open but the one started first; one whose start is not given may be that."""
    left = [spell for spell in spells if spell.open]
    started = sorted((day, one) for one, day in dates(starts(left)))
    if any(spell.start is None for spell in left):
        return [(one, "one without a date") for _, one in started]
    return [(one, f"that of {started[0][0]}") for _, one in started[1:]]


class _Run(NamedTuple):
    """From the day a spell started to the last day that no other may start on; days as ordinals."""

    first: int
    last: int
    start: Dated


def _runs(spells: Iterable[Spell], census: Census, *, end_free: bool = False, until_free: bool = False) -> list[_Run]:
    """In the order they started, the longest first. `end_free`: another may start on the day of the end; `until_free`: on the last day
    of an open one. One that is waived, or whose end cannot be read, keeps no day.
    """
    runs = []
    for spell in spells:
        last = census.until.toordinal() - until_free if spell.open else 0
        last = next((day.toordinal() - end_free for _, day in dates([spell.end])), last)
        runs += [_Run(day.toordinal(), last, start) for start, day in dates([spell.start])]
    return sorted(runs, key=lambda run: (run.first, -run.last, run.start.position))


def _longer(one: _Run, other: _Run) -> _Run:
    return other if other.last > one.last else one


def _overlaps(runs: list[_Run]) -> Broken:
    """The starts within a run that started before, or on the same day and lasts longer, or stands before in the file."""
    longest = accumulate(runs, _longer)
    return [(run.start, kept.start.on) for run, kept in zip(runs[1:], longest, strict=False) if run.first <= kept.last]


def _during(elements: Iterable[Dated | None], runs: list[_Run]) -> Broken:
    """The elements within one of the runs."""
    firsts, longest = [run.first for run in runs], list(accumulate(runs, _longer))
    for one, day in dates(elements):
        started = bisect_right(firsts, day.toordinal())
        if started and day.toordinal() <= longest[started - 1].last:
            yield one, longest[started - 1].start.on


def _reviews_in_need(c: Child, census: Census) -> Broken:
    runs = _runs(c.need, census, end_free=True)
    reviews = [(review, plan.end) for plan in c.protection for review in plan.between]
    return _during((review for review, end in reviews if not end or end.on != review.on), runs)


OVERLAP = (
    Rule("8815", "The referral of {on} is open, as is {other}.", child=lambda c, _: _second_open(c.spells)),
    Rule("8816", "The referral of {on} is open, but not the latest, which was on {other}.",
         child=lambda c, _: _not_latest(c)),
    Rule("8820", "The child was referred on {on}, while the case referred on {other} was open.",
         child=lambda c, n: _overlaps(_runs(c.spells, n, end_free=True, until_free=True))),
    Rule("8863Q", "The assessment starts on {on}, while the one started on {other} was under way.",
         lambda r, n: _overlaps(_runs(r.assessments, n))),
    Rule("8896", "The assessment of {on} is open, as is {other}.", lambda r, _: _second_open(r.assessments)),
    Rule("8839", "The section 47 enquiry of {on} is open, as is {other}.",
         lambda r, _: _second_open(r.enquiries)),
    Rule("8890", "The section 47 enquiry starts on {on}, while the one started on {other} was under way.",
         lambda r, n: _overlaps(_runs(r.enquiries, n))),
    Rule("8935", "The child protection plan of {on} is open, as is {other}.",
         child=lambda c, _: _second_open(c.protection)),
    Rule("8940", "The child protection plan starts on {on}, during the one started on {other}.",
         child=lambda c, n: _overlaps(_runs(c.protection, n))),
    Rule("4004", "The child in need plan of {on} is open, as is {other}.",
         child=lambda c, _: _second_open(c.need)),
    Rule("4014", "The child in need plan starts on {on}, during the one started on {other}.",
         child=lambda c, n: _overlaps(_runs(c.need, n))),
    Rule("4001", "The child in need plan {other} is open, as is a child protection plan.",
         lambda r, _: there((s for s in r.need if s.start and s.open and any(plan.open for plan in r.protection)), r)),
    Rule("4016", "The child in need plan starts on {on}, during the child protection plan started on {other}.",
         child=lambda c, n: _during(starts(c.need), _runs(c.protection, n, end_free=True))),
    Rule("4017", "The child protection plan starts on {on}, during the child in need plan started on {other}.",
         child=lambda c, n: _during(starts(c.protection), _runs(c.need, n, end_free=True))),
    Rule("4003", "The child protection review of {on} is during the child in need plan started on {other}.",
         child=_reviews_in_need),
)  # fmt: skip
"""In the order in which they are reported."""
