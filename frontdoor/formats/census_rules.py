"""The children in need census's own rules of order, presence and overlap, each by the code the DfE gave it.

A rule is an entry in a table: its code, a sentence, and what breaks it. A code that ends in Q is a query, which may
have a good explanation, and is a warning; any other is an error. A finding is about one dated element, the one at
odds with what is written before it. Boundaries are those of Data to Insight's public validator; where Bristol's
differs (8863Q: there an assessment may start on the day another is authorised) they are still Data to Insight's.
Not here: the rules of the census's window and its clocks (the audit counts its own), those about codes and flags
alone, and 2883, which is about the authority as a whole.
"""

from __future__ import annotations

__all__ = ["RULES", "Rule", "findings"]

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import accumulate
from typing import NamedTuple

import attrs

from frontdoor.formats.census_record import Census, Child, Dated, Referral, Spell
from frontdoor.formats.source import Finding

Broken = Iterable[tuple[Dated, object]]
"""What breaks a rule, each with what it is at odds with."""


@attrs.frozen
class Rule:
    """One rule, judged referral by referral (`one`), or over all that is said of a child (`child`)."""

    code: str
    says: str
    """A sentence: {on} is the date of the element, {other} what it is at odds with."""
    one: Callable[[Referral, Census], Broken] = lambda _, __: ()
    child: Callable[[Child, Census], Broken] = lambda _, __: ()
    source: str = "children in need census, rule"

    def broken(self, child: Child, census: Census) -> Iterator[Finding]:
        """What is found in all that is said of a child."""
        broken = [*self.child(child, census)]
        for referral in child.referrals:
            broken += self.one(referral, census)
        for (position, episode, event, on), other in broken:
            if on is not None:
                severity = "warning" if self.code.endswith("Q") else "error"
                says = f"{self.says.format(on=on, other=other)} ({self.source} {self.code})"
                yield Finding(position, child.case_id, episode, event, on, self.code, severity, says)


def findings(children: Iterable[Child], census: Census) -> list[Finding]:
    """What the rules find, in the order of the file; those about one element in the order of the table."""
    found = (finding for child in children for rule in RULES for finding in rule.broken(child, census))
    return sorted(found, key=lambda finding: finding.position)


def _dates(elements: Iterable[Dated | None]) -> Iterator[tuple[Dated, date]]:
    """Those that can be read."""
    return ((one, one.on) for one in elements if one is not None and one.on is not None)


def _starts(spells: Iterable[Spell]) -> list[Dated | None]:
    return [spell.start for spell in spells]


def _ends(spells: Iterable[Spell]) -> list[Dated | None]:
    return [spell.end for spell in spells]


def _early(elements: Iterable[Dated | None], bound: Dated | None) -> Broken:
    return [(one, first) for _, first in _dates([bound]) for one, day in _dates(elements) if day < first]


def _late(elements: Iterable[Dated | None], last: date | None) -> Broken:
    return [(one, last) for one, day in _dates(elements) if last and day > last]


def _backwards(spells: Iterable[Spell]) -> Broken:
    return [one for spell in spells for one in _early([spell.end], spell.start)]


def _same_day(spells: Iterable[Spell]) -> Broken:
    return [(end, day) for spell in spells for end, day in _dates([spell.end]) if spell.start and spell.start.on == day]


def _no_start(spells: Iterable[Spell]) -> Broken:
    return [(spell.end, "not given") for spell in spells if spell.end and not spell.start]


def _there(spells: Iterable[Spell], last: Dated | None = None) -> Broken:
    """One for each spell, about the first date in it that can be read, else about `last`."""
    return [(one, day) for s in spells for one, day in list(_dates([s.start, s.end, *s.between, last]))[:1]]


def _not_after_start(plan: Spell) -> Broken:
    return [(one, first) for _, first in _dates([plan.start]) for one, day in _dates(plan.between) if day <= first]


def _after_closure(r: Referral) -> Broken:
    dates = [*_starts(r.assessments), *_ends(r.assessments), *_starts(r.enquiries), *_ends(r.enquiries), r.transfer_in]
    dates += [*_ends(r.protection), *_starts(r.need), *_ends(r.need)]
    for closed, day in _dates([r.closed]):
        later = [f"{one.event.replace('.', ' ').replace('_', ' ')} on {on}" for one, on in _dates(dates) if on > day]
        if later:
            yield closed, ", ".join(later)


def _off_conference(r: Referral, census: Census) -> Broken:
    held = {one.on for one in (_ends(r.enquiries) if r.enquiries else [r.transfer_in]) if one}
    for start, day in _dates(_starts(r.protection)):
        end = census.reference  # of the census's year
        in_year = end and (end.year - 1, end.month, end.day) < (day.year, day.month, day.day) and day <= end
        if in_year and day not in held and None not in held:
            days = sorted(map(str, held))
            yield start, " and ".join(days[:5]) + (" and others" if len(days) > 5 else "") or "on no day that is given"


def _both_levels(r: Referral) -> Broken:
    held = [str(one.on or "a day that cannot be read") for one in _ends(r.enquiries) if one]
    return [(r.transfer_in, " and ".join(held))] if r.transfer_in and held else []


def _too_early(c: Child) -> Broken:
    born = max(c.born, default=date.min)
    return [(one, "") for one, day in _dates(_starts(c.spells)) if (born - day).days > 280]


def _not_latest(c: Child) -> Broken:
    latest = max((day for _, day in _dates(_starts(c.spells))), default=None)
    return [(one, latest) for one, day in _dates(spell.start for spell in c.spells if spell.open) if day != latest]


def _second_open(spells: Iterable[Spell]) -> Broken:
    """All that are open but the one started first."""
    started = sorted((day, one) for one, day in _dates(spell.start for spell in spells if spell.open))
    return [(one, started[0][0]) for _, one in started[1:]]


class _Run(NamedTuple):
    """From the day a spell started to the last day that no other may start on; days as ordinals."""

    first: int
    last: int
    start: Dated


def _runs(spells: Iterable[Spell], census: Census, *, end_free: bool = False, until_free: bool = False) -> list[_Run]:
    """In the order they started. `end_free`: another may start on the day of the end; `until_free`: on the last day
    of an open one. One that is waived, or whose end cannot be read, keeps no day.
    """
    runs = []
    for spell in spells:
        last = census.until.toordinal() - until_free if spell.open else 0
        last = next((day.toordinal() - end_free for _, day in _dates([spell.end])), last)
        runs += [_Run(day.toordinal(), last, start) for start, day in _dates([spell.start])]
    return sorted(runs, key=lambda run: (run.first, run.start.position))


def _longer(one: _Run, other: _Run) -> _Run:
    return other if other.last > one.last else one


def _overlaps(runs: list[_Run]) -> Broken:
    """The starts within a run that started before, or on the same day and stands before in the file."""
    longest = accumulate(runs, _longer)
    return [(run.start, kept.start.on) for run, kept in zip(runs[1:], longest, strict=False) if run.first <= kept.last]


def _during(elements: Iterable[Dated | None], runs: list[_Run]) -> Broken:
    """The elements within one of the runs."""
    firsts, longest = [run.first for run in runs], list(accumulate(runs, _longer))
    for one, day in _dates(elements):
        started = bisect_right(firsts, day.toordinal())
        if started and day.toordinal() <= longest[started - 1].last:
            yield one, longest[started - 1].start.on


def _reviews_in_need(c: Child, census: Census) -> Broken:
    runs = _runs((plan._replace(waived=True) for plan in c.need), census, end_free=True)  # open ones are not judged
    reviews = [(review, plan.end) for plan in c.protection for review in plan.between]
    return _during((review for review, end in reviews if not end or end.on != review.on), runs)


RULES = (
    # order
    Rule("1103", "The assessment starts on {on}, before the referral of {other}.",
         lambda r, _: _early(_starts(r.assessments), r.received)),
    Rule("1104", "The conference was on {on}, before the referral of {other}.",
         lambda r, _: _early([*_ends(r.enquiries), r.transfer_in], r.received)),
    Rule("1105", "The child protection plan starts on {on}, before the referral of {other}.",
         lambda r, _: _early(_starts(r.protection), r.received)),
    Rule("2889", "The section 47 enquiry starts on {on}, before the referral of {other}.",
         lambda r, _: _early(_starts(r.enquiries), r.received)),
    Rule("4015", "The child in need plan starts on {on}, before the referral of {other}.",
         lambda r, _: _early(_starts(r.need), r.received)),
    Rule("8608", "The assessment is authorised on {on}, before its start on {other}.",
         lambda r, _: _backwards(r.assessments)),
    Rule("8615", "The conference of {on} needs a section 47 enquiry started by then; its start is {other}.",
         lambda r, _: [*_backwards(r.enquiries), *_no_start(r.enquiries)]),
    Rule("8630", "The case is closed on {on}, before the referral of {other}.",
         lambda r, _: _early([r.closed], r.received)),
    Rule("8925", "The child protection plan ends on {on}, before its start on {other}.",
         lambda r, _: _backwards(r.protection)),
    Rule("8840", "The child protection plan starts and ends on one day, {on}.", lambda r, _: _same_day(r.protection)),
    Rule("8841", "The review of {on} is not after the start of the child protection plan, on {other}.",
         lambda r, _: [broken for plan in r.protection for broken in _not_after_start(plan)]),
    Rule("4011", "The child in need plan ends on {on}, before its start on {other}.", lambda r, _: _backwards(r.need)),
    Rule("4012Q", "The child in need plan starts and ends on one day, {on}.", lambda r, _: _same_day(r.need)),
    Rule("8565", "The case is closed on {on}, but goes on: {other}.", lambda r, _: _after_closure(r)),
    Rule("2885", "The child protection plan starts on {on}, but the conference was {other}.", _off_conference),
    Rule("2884", "A conference is recorded both for the referral, on {on}, and for a section 47 enquiry, on {other}.",
         lambda r, _: _both_levels(r)),
    Rule("8606", "The referral of {on} is more than 280 days before the child's birth, or the day it was expected.",
         child=lambda c, _: _too_early(c)),
    Rule("8555Q", "The referral of {on} is after the child's death.",
         child=lambda c, _: _late(_starts(c.spells), c.died)),
    Rule("8915", "The child protection plan starts on {on}, after the child's death.",
         child=lambda c, _: _late(_starts(c.protection), c.died)),
    Rule("8920", "The child protection plan ends on {on}, after the child's death.",
         child=lambda c, _: _late(_ends(c.protection), c.died)),
    Rule("4008", "The child in need plan starts on {on}, after the child's death.",
         child=lambda c, _: _late(_starts(c.need), c.died)),
    Rule("4009Q", "The child in need plan ends on {on}, after the child's death.",
         child=lambda c, _: _late(_ends(c.need), c.died)),
    # presence
    Rule("8867", "The case is closed, but the assessment of {on} is not authorised.",
         lambda r, _: _there((s for s in r.assessments if r.closed and s.open), r.closed)),
    Rule("8868", "The case is closed, but the section 47 enquiry of {on} has no conference, nor word that none is due.",
         lambda r, _: _there((s for s in r.enquiries if r.closed and s.open), r.closed)),
    Rule("8825Q", "The case is closed on {on} as after assessment, but has no assessment.",
         lambda r, _: _there([Spell(r.closed, r.received)] if r.after_assessment and not r.assessments else [])),
    Rule("2991Q", "There is a section 47 enquiry, of {on}, and no assessment.",
         lambda r, _: _there([] if r.assessments else r.enquiries)),
    Rule("8831", "The referral led to no further action, but there is an assessment, enquiry or conference on {on}.",
         lambda r, _: _there([*r.assessments, *r.enquiries, Spell(None, r.transfer_in)] if r.nfa else [])),
    Rule("8832", "The referral led to no further action, but there is a child protection plan of {on}.",
         lambda r, _: _there(r.protection if r.nfa else [])),
    Rule("4000", "The referral led to no further action, but there is a child in need plan of {on}.",
         lambda r, _: _there(r.need if r.nfa else [])),
    Rule("2990", "The case was closed as after assessment, but there is an enquiry, conference or plan on {on}.",
         lambda r, _: _there([*r.enquiries, Spell(None, r.transfer_in), *r.protection, *r.need]
                             if r.after_assessment else [])),
    # overlap
    Rule("8815", "The referral of {on} is open, as is that of {other}.", child=lambda c, _: _second_open(c.spells)),
    Rule("8816", "The referral of {on} is open, but not the latest, which was on {other}.",
         child=lambda c, _: _not_latest(c)),
    Rule("8820", "The child was referred on {on}, while the case referred on {other} was open.",
         child=lambda c, n: _overlaps(_runs(c.spells, n, end_free=True, until_free=True))),
    Rule("8863Q", "The assessment starts on {on}, while the one started on {other} was under way.",
         lambda r, n: _overlaps(_runs(r.assessments, n))),
    Rule("8896", "The assessment of {on} is open, as is that of {other}.", lambda r, _: _second_open(r.assessments)),
    Rule("8839", "The section 47 enquiry of {on} is open, as is that of {other}.",
         lambda r, _: _second_open(r.enquiries)),
    Rule("8890", "The section 47 enquiry starts on {on}, while the one started on {other} was under way.",
         lambda r, n: _overlaps(_runs(r.enquiries, n))),
    Rule("8935", "The child protection plan of {on} is open, as is that of {other}.",
         child=lambda c, _: _second_open(c.protection)),
    Rule("8940", "The child protection plan starts on {on}, during the one started on {other}.",
         child=lambda c, n: _overlaps(_runs(c.protection, n))),
    Rule("4004", "The child in need plan of {on} is open, as is that of {other}.",
         child=lambda c, _: _second_open(c.need)),
    Rule("4014", "The child in need plan starts on {on}, during the one started on {other}.",
         child=lambda c, n: _overlaps(_runs(c.need, n))),
    Rule("4001", "The child in need plan of {on} is open, as is a child protection plan.",
         lambda r, _: _there(s for s in r.need if s.start and s.open and any(plan.open for plan in r.protection))),
    Rule("4016", "The child in need plan starts on {on}, during the child protection plan started on {other}.",
         child=lambda c, n: _during(_starts(c.need), _runs(c.protection, n, end_free=True))),
    Rule("4017", "The child protection plan starts on {on}, during the child in need plan started on {other}.",
         child=lambda c, n: _during(_starts(c.protection), _runs(c.need, n, end_free=True))),
    Rule("4003", "The child protection review of {on} is during the child in need plan started on {other}.",
         child=_reviews_in_need),
)  # fmt: skip
"""The rules, in the order in which they are reported."""
