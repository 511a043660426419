"""What a census says of a child, as its own rules look at it: referrals, and the spells within them."""

from __future__ import annotations

__all__ = ["Census", "Child", "Dated", "Referral", "Spell"]

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import attrs

from frontdoor.counting import add_months
from frontdoor.moment import EPOCH
from frontdoor.working_days import Calendar


class Dated(NamedTuple):
    """A dated element as it stands in the file."""

    position: int
    episode: str
    event: str
    on: date | None
    """None: what stands there is no date. The rules of presence see it, no other does."""


class Spell(NamedTuple):
    """A group that starts and ends: an assessment, a plan, or a section 47 enquiry, which ends with its conference."""

    start: Dated | None
    end: Dated | None
    between: tuple[Dated, ...] = ()
    """Reviews; for an enquiry the decision that no conference is required, on the day it started."""
    waived: bool = False
    """It needs no end: no conference is required, or the referral led to no further action."""
    factors: tuple[str, ...] = ()
    """The codes of what an assessment found."""
    target: Dated | None = None
    """The day by which an enquiry's conference was to be held, as the file says."""
    undated: bool = False
    """Whether it has a review without a date."""

    @property
    def open(self) -> bool:
        """Whether it waits for its end."""
        return self.end is None and not self.waived


@attrs.frozen
class Referral:
    """One `CINdetails`: a referral and all that came of it."""

    received: Dated | None
    assessments: tuple[Spell, ...] = ()
    enquiries: tuple[Spell, ...] = ()
    transfer_in: Dated | None = None
    """The conference recorded for the referral itself."""
    protection: tuple[Spell, ...] = ()
    need: tuple[Spell, ...] = ()
    """Child protection plans, child in need plans."""
    closed: Dated | None = None
    nfa: bool | None = None
    """No further action; None: not said."""
    reason: str = ""
    """Why it was closed, by code."""
    primary_need: str = ""

    @property
    def spell(self) -> Spell:
        """The referral from its receipt to its closure."""
        return Spell(self.received, self.closed, waived=self.nfa is not False)

    @property
    def after_assessment(self) -> bool:
        """Closed after assessment, for no further action or early help."""
        return self.reason.upper() in ("RC8", "RC9")

    @property
    def died(self) -> bool:
        """Closed because the child died."""
        return self.reason.upper() == "RC2"

    @property
    def conferences(self) -> list[Dated]:
        """Those of its enquiries, and that of the referral itself."""
        return [one for one in (*(enquiry.end for enquiry in self.enquiries), self.transfer_in) if one]

    @property
    def dates(self) -> Iterator[Dated]:
        """Every dated element of it."""
        for spell in (self.spell, *self.assessments, *self.enquiries, *self.protection, *self.need):
            yield from (one for one in (spell.start, *spell.between, spell.end) if one)
        if self.transfer_in:
            yield self.transfer_in


@attrs.define
class Child:
    """All that a file says of one child."""

    case_id: str
    referrals: list[Referral] = attrs.Factory(list)
    births: list[date] = attrs.Factory(list)
    """Every date of birth that is given."""
    expected: list[date] = attrs.Factory(list)
    """Every day that its birth was expected on."""
    died: date | None = None

    @property
    def spells(self) -> list[Spell]:
        """Its referrals, each from receipt to closure."""
        return [one.spell for one in self.referrals]

    @property
    def protection(self) -> list[Spell]:
        """Its child protection plans, over all referrals."""
        return [plan for one in self.referrals for plan in one.protection]

    @property
    def need(self) -> list[Spell]:
        """Its child in need plans, over all referrals."""
        return [plan for one in self.referrals for plan in one.need]


class Census(NamedTuple):
    """The dates that frame a file."""

    reference: date | None
    until: date
    """What is open is open until this day: the reference date, else the last date in the file."""
    calendar: Calendar | None = None
    """The working days to count by; None: nothing is counted."""

    @property
    def begins(self) -> date | None:
        """The first day of its year, which ends with the reference date."""
        if self.reference is None:
            return None
        return date.fromordinal(add_months(self.reference.toordinal() - EPOCH, -12) + EPOCH + 1)

    def in_year(self, day: date | None) -> bool:
        """Whether a day lies in its year; none does where the file states no reference date."""
        return bool(day and self.begins and self.reference and self.begins <= day <= self.reference)
