"""The census's rules of order: what may not come before what, or after the child's death."""

from __future__ import annotations

__all__ = ["ORDER"]

from collections.abc import Iterable
from datetime import date

from frontdoor.formats.cin_census.record import Census, Child, Dated, Referral, Spell
from frontdoor.formats.cin_census.rule import (
    Broken,
    Rule,
    backwards,
    dates,
    ends,
    late,
    same_day,
    starts,
    told,
    too_early,
)

_PREGNANCY = 280
"""Days: 40 weeks."""


def _no_start(spells: Iterable[Spell]) -> Broken:
    return [(spell.end, "not given") for spell in spells if spell.end and not spell.start]


def _not_after_start(plan: Spell) -> Broken:
    return [(one, first) for _, first in dates([plan.start]) for one, day in dates(plan.between) if day <= first]


def _after_closure(r: Referral) -> Broken:
    within = [*starts(r.assessments), *ends(r.assessments), *starts(r.enquiries), *r.conferences]
    within += [*ends(r.protection), *starts(r.need), *ends(r.need)]
    for closed, day in dates([r.closed]):
        later = [f"{one.event.replace('.', ' ').replace('_', ' ')} on {on}" for one, on in dates(within) if on > day]
        if later:
            yield closed, ", ".join(later)


def _off_conference(r: Referral, census: Census) -> Broken:
    for_one = [one for one in r.enquiries if one.end or not one.waived]
    held = {one.on for one in (ends(for_one) if for_one else [r.transfer_in]) if one}
    for start, day in dates(starts(r.protection)):
        if census.in_year(day) and day not in held and None not in held:
            days = sorted(map(str, held))
            yield start, " and ".join(days[:5]) + (" and others" if len(days) > 5 else "") or "on no day that is given"


def _fewer_conferences(children: Iterable[Child], census: Census) -> Broken:
    referrals = [one for child in children for one in child.referrals]
    plans = sum(census.in_year(day) for one in referrals for _, day in dates(starts(one.protection)))
    held = sum(census.in_year(day) for one in referrals for _, day in dates(one.conferences))
    if plans > held:
        yield (
            Dated(0, "", "", census.reference),
            f"{plans} child protection plans start, and {held} conferences are held",
        )


def _both_levels(r: Referral) -> Broken:
    held = [str(one.on or "a day that cannot be read") for one in ends(r.enquiries) if one]
    return [(r.transfer_in, " and ".join(held))] if r.transfer_in and held else []


def _before_pregnancy(c: Child) -> Broken:
    born = max((*c.births, *c.expected), default=date.min)
    return [(one, "") for one, day in dates(starts(c.spells)) if (born - day).days > _PREGNANCY]


def _died_before_birth(c: Child) -> Broken:
    born = min(c.births, default=date.min)
    first = next((one for referral in c.referrals for one in referral.dates), None)
    if c.died and first and c.died < born:
        yield Dated(first.position, "", "child.died", c.died), born


ORDER = (
    Rule("1103", "The assessment starts on {on}, before the referral of {other}.",
         lambda r, _: too_early(starts(r.assessments), r.received)),
    Rule("1104", "The conference was on {on}, before the referral of {other}.",
         lambda r, _: too_early(r.conferences, r.received)),
    Rule("1105", "The child protection plan starts on {on}, before the referral of {other}.",
         lambda r, _: too_early(starts(r.protection), r.received)),
    Rule("2889", "The section 47 enquiry starts on {on}, before the referral of {other}.",
         lambda r, _: too_early(starts(r.enquiries), r.received)),
    Rule("4015", "The child in need plan starts on {on}, before the referral of {other}.",
         lambda r, _: too_early(starts(r.need), r.received)),
    Rule("8608", "The assessment is authorised on {on}, before its start on {other}.",
         lambda r, _: backwards(r.assessments)),
    Rule("8615", "The conference of {on} needs a section 47 enquiry started by then; its start is {other}.",
         lambda r, _: [*backwards(r.enquiries), *_no_start(r.enquiries)]),
    Rule("8630", "The case is closed on {on}, before the referral of {other}.",
         lambda r, _: too_early([r.closed], r.received)),
    Rule("8925", "The child protection plan ends on {on}, before its start on {other}.",
         lambda r, _: backwards(r.protection)),
    Rule("8840", "The child protection plan starts and ends on one day, {on}.", lambda r, _: same_day(r.protection)),
    Rule("8841", "The review of {on} is not after the start of the child protection plan, on {other}.",
         lambda r, _: [broken for plan in r.protection for broken in _not_after_start(plan)]),
    Rule("4011", "The child in need plan ends on {on}, before its start on {other}.", lambda r, _: backwards(r.need)),
    Rule("4012Q", "The child in need plan starts and ends on one day, {on}.", lambda r, _: same_day(r.need)),
    Rule("8565", "The case is closed on {on}, but goes on: {other}.", lambda r, _: _after_closure(r)),
    Rule("2885", "The child protection plan starts on {on}, but the conference was {other}.", _off_conference),
    Rule("2883", "Over all children {other} in the census's year, which ends on {on}: a plan needs a conference.",
         whole=_fewer_conferences),
    Rule("2884", "A conference is recorded both for the referral, on {on}, and for a section 47 enquiry, on {other}.",
         lambda r, _: _both_levels(r)),
    Rule("8606", "The referral of {on} is more than 280 days before the child's birth, or the day it was expected.",
         child=lambda c, _: _before_pregnancy(c)),
    Rule("8555Q", "The referral of {on} is after the child's death.",
         child=lambda c, _: late(starts(c.spells), c.died)),
    Rule("8915", "The child protection plan starts on {on}, after the child's death.",
         child=lambda c, _: late(starts(c.protection), c.died)),
    Rule("8920", "The child protection plan ends on {on}, after the child's death.",
         child=lambda c, _: late(ends(c.protection), c.died)),
    Rule("4008", "The child in need plan starts on {on}, after the child's death.",
         child=lambda c, _: late(starts(c.need), c.died)),
    Rule("4009Q", "The child in need plan ends on {on}, after the child's death.",
         child=lambda c, _: late(ends(c.need), c.died)),
    Rule("8535Q", "The child's death, on {on}, is before its birth, on {other}.",
         child=lambda c, _: _died_before_birth(c)),
    Rule("8585Q", "The case is closed because the child died, but no date of death is given.",
         child=lambda c, _: [one for r in c.referrals for one in told(not c.died and r.died, r, r.closed)]),
)  # fmt: skip
"""Section by section as the rules are numbered in the Department's guide: the order in which they are reported."""
