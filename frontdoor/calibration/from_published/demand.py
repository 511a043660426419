"""What the published tables say of one authority's demand in a year: shares, each with where it was taken from.

What was not published of an authority for a year is that of the latest earlier year of which it was; where there is none, its
region's of the year, else England's. Of sources of which only some were kept back, what the others leave of the referrals is
shared out over those as in its region, else in England.
"""

from __future__ import annotations

__all__ = ["Demand", "Share", "demand_of"]

from collections.abc import Callable, Iterator

import attrs

from frontdoor.calibration.published import SOURCES, Authority, Published, Year
from frontdoor.errors import Fault, InputError

_NOTHING_FURTHER = 0.08
"""About England's."""


@attrs.frozen
class Share:
    """A share, or a number for each referral."""

    value: float
    note: str
    """Of what it is, and whose figures they are."""
    is_own: bool = True
    """Whether they are the authority's of the year asked for."""


@attrs.frozen
class Demand:
    """An authority's year, in proportions."""

    authority: str
    year: int
    sources: tuple[float, ...]
    """Of each of `SOURCES`, adding up to 1."""
    sources_note: str
    re_referred: Share
    no_further_action: Share
    assessed: Share
    """Assessments completed, for each referral; some children are assessed again. None is taken for not published: such
    assessments, one in place of two, began in 2013 to 2015, in some authorities later than in others."""
    enquired: Share
    """Section 47 enquiries, for each referral."""
    conferred: Share
    """Conferences, for each section 47 enquiry."""

    @property
    def fallbacks(self) -> tuple[str, ...]:
        """What of it is not the authority's own, or not of the year: one note each."""
        each = (self.re_referred, self.no_further_action, self.assessed, self.enquired, self.conferred)
        found = [one.note for one in each if not one.is_own]
        return (*([self.sources_note] if "not published" in self.sources_note else []), *found)


def demand_of(tables: Published, authority: Authority, year: int) -> Demand:
    """The demand of an authority in a year.

    Raises:
        InputError: something of it was published neither for it, nor for its region, nor for England.
    """
    ladder = _Ladder(tables, authority, year)
    shares, note = ladder.sources()
    return Demand(
        authority.name, year, shares, note,
        ladder.share("re-referrals to referrals", lambda one: one.re_referrals, lambda one: one.referrals),
        ladder.nothing_further(),
        ladder.share("assessments to referrals", lambda one: one.assessments or None, lambda one: one.referrals),
        ladder.share("section 47 enquiries to referrals", lambda one: one.section_47s, lambda one: one.referrals),
        ladder.share("conferences to section 47 enquiries", lambda one: one.conferences, lambda one: one.section_47s),
    )  # fmt: skip


@attrs.frozen
class _Ladder:
    """Where figures of an authority's year are looked for, one after the other."""

    tables: Published
    authority: Authority
    year: int

    def steps(self) -> Iterator[tuple[str, Year]]:
        """Each year that may be taken, with whose it is: the authority's, the latest first, its region's, England's."""
        for year in sorted(self.authority.years, reverse=True):
            if year <= self.year:
                yield self.authority.name, self.authority.years[year]
        yield from self.around()

    def around(self) -> Iterator[tuple[str, Year]]:
        """Its region's and England's."""
        for one in (self.tables.regions.get(self.authority.region), self.tables.england):
            if one is not None and self.year in one.years:
                yield one.name, one.years[self.year]

    def instead(self, name: str, year: Year) -> str:
        """That figures are not the authority's of the year; nothing where they are."""
        if (name, year.year) == (self.authority.name, self.year):
            return ""
        return f", for those of {self.authority.name} for {self.year} were not published"

    def share(self, what: str, part: Callable[[Year], int | None], of: Callable[[Year], int | None]) -> Share:
        """The first that both figures were published for."""
        for name, year in self.steps():
            many, all_ = part(year), of(year)
            if many is not None and all_:
                instead = self.instead(name, year)
                return Share(many / all_, f"{what}: {many:,} to {all_:,}, {name} {year.year}{instead}", not instead)
        message = (
            f"{what}: published neither for {self.authority.name}, nor for its region or England, up to {self.year}."
        )
        raise InputError([Fault("the tables", "", "nothing-published", message, "Choose another year.")])

    def nothing_further(self) -> Share:
        """The share of referrals on which nothing further is done; where tables have no such column, an assumed one."""
        years = [year for _, year in self.steps()]
        if any(year.no_further_action is not None for year in years):
            return self.share(
                "referrals without further action to referrals", lambda one: one.no_further_action, lambda one: one.referrals
            )  # fmt: skip
        return Share(
            _NOTHING_FURTHER,
            f"{_NOTHING_FURTHER:.0%} of referrals without further action: assumed, for no table says it",
            False,
        )

    def sources(self) -> tuple[tuple[float, ...], str]:
        """The share of each source, and where they come from."""
        for name, year in self.steps():
            known = sum(one or 0 for one in year.sources)
            total = max(year.referrals or 0, known)
            hidden = [source for source, one in zip(SOURCES, year.sources, strict=True) if one is None]
            if not total or len(hidden) == len(SOURCES):
                continue
            shares = [(one or 0) / total for one in year.sources]
            said = f"sources of referrals: {name} {year.year}{self.instead(name, year)}"
            if hidden:
                shares = self._shared_out(shares, hidden)
                names = ", ".join(one.replace("_", " ") for one in hidden)
                said += f"; {names} were not published, and share what the others leave as in its region"
            return tuple(one / sum(shares) for one in shares), said
        message = (
            f"no source of referrals was published for {self.authority.name}, its region or England up to {self.year}."
        )
        raise InputError([Fault("the tables", "", "nothing-published", message, "Choose another year.")])

    def _shared_out(self, shares: list[float], hidden: list[str]) -> list[float]:
        """The shares with what is left of the whole over those that are hidden, as in the region, else in England."""
        left = max(0.0, 1 - sum(shares))
        places = [SOURCES.index(name) for name in hidden]
        weights = [1.0] * len(places)
        for _, year in self.around():
            if all(year.sources[place] is not None for place in places):
                weights = [float(year.sources[place] or 0) for place in places]
                break
        whole = sum(weights) or 1.0
        for place, weight in zip(places, weights, strict=True):
            shares[place] = left * weight / whole
        return shares
