"""The census's rules of presence: what must be said, what goes with what, and what a code rules out."""

from __future__ import annotations

__all__ = ["PRESENCE"]

from collections import Counter

from frontdoor.formats.cin_census.record import Census, Referral, Spell
from frontdoor.formats.cin_census.rule import Broken, Rule, dates, there, told

_NONE_FOUND = "21"
"""The factor that says that an assessment found none."""


def _referral_date(r: Referral, census: Census) -> Broken:
    last = census.reference
    after = [
        (one, f"{day}, after the reference date of {last}") for one, day in dates([r.received]) if last and day > last
    ]
    return after or told("" if r.received else "missing", r)


def _factors(r: Referral, wrong: dict[int, str]) -> Broken:
    """What is wrong with the factors of assessments, by their place."""
    return [
        one
        for place, why in wrong.items()
        for one in told(why, r, r.assessments[place].end, r.assessments[place].start)
    ]


def _factors_too_soon(r: Referral) -> Broken:
    return _factors(r, {n: ", ".join(s.factors) for n, s in enumerate(r.assessments) if s.factors and not s.end})


def _no_factors(r: Referral, census: Census) -> Broken:
    begins = census.begins
    return [
        (end, "") for s in r.assessments if not s.factors for end, day in dates([s.end]) if begins and day >= begins
    ]


def _none_and_others(r: Referral) -> Broken:
    others = {
        n: [one for one in s.factors if one != _NONE_FOUND]
        for n, s in enumerate(r.assessments)
        if _NONE_FOUND in s.factors
    }
    return _factors(r, {n: ", ".join(sorted(set(codes))) for n, codes in others.items()})


def _doubled(r: Referral) -> Broken:
    counts = {n: Counter(s.factors) for n, s in enumerate(r.assessments)}
    return _factors(r, {n: ", ".join(sorted(code for code in many if many[code] > 1)) for n, many in counts.items()})


def _none_but_goes_on(r: Referral) -> Broken:
    found = len(r.assessments) == 1 and _NONE_FOUND in r.assessments[0].factors and not r.after_assessment
    return _factors(r, {0: r.reason or "none"}) if found else []


def _transfer(r: Referral) -> list[Spell]:
    return [Spell(None, r.transfer_in)] if r.transfer_in else []


PRESENCE = (
    Rule("8867", "The case is closed, but the assessment {other} is not authorised.",
         lambda r, _: there((s for s in r.assessments if r.closed and s.open), r)),
    Rule("8868", "The case is closed, but the section 47 enquiry {other} has no conference, nor word that none is due.",
         lambda r, _: there((s for s in r.enquiries if r.closed and s.open), r)),
    Rule("8805", "The case is closed, but no reason is given.",
         lambda r, _: told(r.closed and not r.reason, r, r.closed)),
    Rule("8810", "A reason for closure is given, {other}, but no day.",
         lambda r, _: told(not r.closed and r.reason, r)),
    Rule("8610", "The referral led to further action, but the child's primary need is not given.",
         lambda r, _: told(r.nfa is False and not r.primary_need, r)),
    Rule("8568", "It is not said, as true or false, whether the referral led to no further action.",
         lambda r, _: told(r.nfa is None, r)),
    Rule("8600", "The date of the referral is {other}.", _referral_date),
    Rule("8614", "The assessment is not authorised, but factors are recorded: {other}.",
         lambda r, _: _factors_too_soon(r)),
    Rule("8897Q", "The assessment authorised on {on} has no factors recorded.", _no_factors),
    Rule("8825Q", "The case is closed as after assessment, but has no assessment.",
         lambda r, _: told(r.after_assessment and not r.assessments, r, r.closed)),
    Rule("8873Q", "The only assessment found no factors (21), but the case is not closed as after assessment; reason: {other}.",
         lambda r, _: _none_but_goes_on(r)),
    Rule("8869", "The assessment says that no factors were found (21), and records others: {other}.",
         lambda r, _: _none_and_others(r)),
    Rule("8898", "The assessment records a factor more than once: {other}.", lambda r, _: _doubled(r)),
    Rule("2991Q", "There is a section 47 enquiry, {other}, and no assessment.",
         lambda r, _: there([] if r.assessments else r.enquiries, r)),
    Rule("8831", "The referral led to no further action, but there is an assessment, enquiry or conference {other}.",
         lambda r, _: there([s for s in (*r.assessments, *r.enquiries, *_transfer(r)) if r.nfa and (s.start or s.end)], r)),
    Rule("8832", "The referral led to no further action, but there is a child protection plan {other}.",
         lambda r, _: there(r.protection if r.nfa else [], r)),
    Rule("4000", "The referral led to no further action, but there is a child in need plan {other}.",
         lambda r, _: there(r.need if r.nfa else [], r)),
    Rule("2990", "The case was closed as after assessment, but there is an enquiry, conference or plan {other}.",
         lambda r, _: there([*r.enquiries, *_transfer(r), *r.protection, *r.need] if r.after_assessment else [], r)),
    Rule("8842Q", "A review of the child protection plan has no date.",
         lambda r, _: [one for s in r.protection for one in told(s.undated, r, s.start, s.end)]),
)  # fmt: skip
"""In the order in which they are reported."""
