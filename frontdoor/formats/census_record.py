"""What a census says of a child, as its own rules look at it: referrals, and the spells within them."""

from __future__ import annotations

__all__ = ["Census", "Child", "Dated", "Referral", "Spell"]

from datetime import date
from typing import NamedTuple

import attrs


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

    @property
    def spell(self) -> Spell:
        """The referral from its receipt to its closure."""
        return Spell(self.received, self.closed, waived=self.nfa is not False)

    @property
    def after_assessment(self) -> bool:
        """Closed after assessment, for no further action or early help."""
        return self.reason.upper() in ("RC8", "RC9")


@attrs.define
class Child:
    """All that a file says of one child."""

    case_id: str
    referrals: list[Referral] = attrs.Factory(list)
    born: list[date] = attrs.Factory(list)
    """The dates of birth and of expected birth, those that are given."""
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
