"""The census's own clocks: what was open for too long when its year ended, and conferences at a weekend."""

from __future__ import annotations

__all__ = ["CLOCKS", "judged"]

from collections.abc import Iterable
from datetime import date

from frontdoor.errors import CalendarExhausted
from frontdoor.formats.cin_census.record import Census, Dated, Referral, Spell
from frontdoor.formats.cin_census.rule import Broken, Rule, dates

_SATURDAY = 5


def judged(census: Census) -> bool:
    """Whether the working days up to the reference date can be counted."""
    end, calendar = census.reference, census.calendar
    return bool(end and calendar and calendar.first < end.year <= calendar.last)


def _passed(day: date, working_days: int, before: date | None, census: Census) -> bool:
    """Whether so many working days after `day` were over before another day: counted as any deadline is, from day 0."""
    if not judged(census) or before is None or census.calendar is None or day >= before:
        return False
    try:
        return census.calendar.add(day, working_days) < before
    except CalendarExhausted:  # long ago, before the years that holidays are known for: it is, whatever they were
        return True


def _open_too_long(spells: Iterable[Spell], working_days: int, census: Census) -> Broken:
    left = (spell.start for spell in spells if spell.open)
    return [(one, "") for one, day in dates(left) if _passed(day, working_days, census.reference, census)]


def _at_weekend(elements: Iterable[Dated | None]) -> Broken:
    return [(one, f"{day:%A}") for one, day in dates(elements) if day.weekday() >= _SATURDAY]


def _decided_before_year(r: Referral, census: Census) -> Broken:
    """The decision, due one working day after the referral, belongs to the year before."""
    return [(one, "") for one, day in dates([r.received]) if r.nfa and _passed(day, 1, census.begins, census)]


CLOCKS = (
    Rule("8569Q", "The referral of {on} is for the year before to decide, but led to no further action in this one.",
         _decided_before_year),
    Rule("8670Q", "The assessment started on {on} is open at the end of the census, its 45 working days over.",
         lambda r, n: _open_too_long(r.assessments, 45, n)),
    Rule("8675Q", "The section 47 enquiry of {on} has no conference at the end of the census, its 15 working days over.",
         lambda r, n: _open_too_long(r.enquiries, 15, n)),
    Rule("8870Q", "The target date for the conference, {on}, is a {other}.",
         lambda r, _: _at_weekend(enquiry.target for enquiry in r.enquiries)),
    Rule("8875", "The conference of {on} was on a {other}.", lambda r, _: _at_weekend(r.conferences)),
)  # fmt: skip
"""In the order in which they are reported."""
