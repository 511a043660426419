"""What is published of an authority, of a region and of England, year by year."""

from __future__ import annotations

__all__ = ["ASSESSMENT_BANDS", "CONFERENCE_BANDS", "MONTHS", "SOURCES", "Authority", "Counts", "Published", "Year"]

from collections.abc import Mapping

import attrs

from frontdoor.errors import Fault, InputError, did_you_mean

MONTHS = (
    "April", "May", "June", "July", "August", "September", "October", "November", "December", "January", "February", "March",
)  # fmt: skip
"""Of a year that ends on 31 March."""
SOURCES = (
    "Individual", "Schools", "Education_Services", "Health_Services", "Housing", "LA_Services", "Police",
    "Other_legal_agency", "Other", "Anonymous", "Unknown",
)  # fmt: skip
ASSESSMENT_BANDS = (
    "Same_day", "1-10_days", "11-20_days", "21-30_days", "31-40_days", "41-45_days", "46-50_days", "51-60_days", "61+_days",
)  # fmt: skip
"""Working days from the start of an assessment to its end, both ends of a band included."""
CONFERENCE_BANDS = ("Duration_0-10_days", "Duration_11-15_days", "Duration_16-20_days", "Duration_21+_days")
"""Working days from the start of section 47 enquiries to the initial child protection conference, likewise."""

Counts = tuple[int | None, ...]


@attrs.frozen
class Year:
    """What was published of a place for the year that ended on 31 March of `year`; None: it was not."""

    year: int
    referrals: int | None
    children: float | None
    """People under 18, as the published rate of referrals for every 10,000 of them has it."""
    re_referrals: int | None
    """Referrals within 12 months of an earlier one of the same child."""
    months: Counts
    """Referrals in each of `MONTHS`."""
    sources: Counts
    """Referrals from each of `SOURCES`."""
    assessments: int | None
    """Completed in the year."""
    assessment_bands: Counts
    """Of them, in each of `ASSESSMENT_BANDS`."""
    section_47s: int | None
    conferences: int | None
    """Initial child protection conferences; some have no duration, and are in no band."""
    conference_bands: Counts
    """In each of `CONFERENCE_BANDS`."""
    no_further_action: int | None = None
    """Referrals on which nothing further was done."""

    @property
    def re_referred(self) -> float | None:
        """The share of referrals that were re-referrals."""
        if self.re_referrals is None or not self.referrals:
            return None
        return self.re_referrals / self.referrals


@attrs.frozen
class Authority:
    """A place's years, in order."""

    name: str
    """As the latest of its years has it."""
    region: str
    codes: tuple[str, ...]
    """Every code it has had (of three figures, and of nine characters), and every other name."""
    years: Mapping[int, Year]


@attrs.frozen
class Published:
    """Every authority of the tables, by name, and the regions and England where they have them."""

    authorities: Mapping[str, Authority]
    england: Authority | None
    regions: Mapping[str, Authority] = attrs.field(factory=dict)

    @property
    def years(self) -> tuple[int, ...]:
        """The years of which anything was published of an authority, in order."""
        return tuple(sorted({year for one in self.authorities.values() for year in one.years}))

    def of(self, name: str) -> Authority:
        """The authority of a name, whatever its capitals, or of a code.

        Raises:
            InputError: there is none.
        """
        sought = name.strip().casefold()
        for one in self.authorities.values():
            if sought in (one.name.casefold(), *(code.casefold() for code in one.codes)):
                return one
        if not self.authorities:
            message = "the tables have no authority's figures: there are headers and nothing below them."
            raise InputError([Fault("--from-dfe", "", "empty", message, "Name a folder with whole tables.")])
        message = f"there is no authority called {name!r} in the tables."
        begin = sorted(
            one.name for one in self.authorities.values() if sought and one.name.casefold().startswith(sought)
        )
        advice = (
            f"Did you mean {' or '.join(begin)}?"
            if 0 < len(begin) <= 3
            else did_you_mean(name, self.authorities).strip()
        )
        raise InputError([Fault("--authority", "", "unknown-authority", message, advice)])
