"""A scenario of an authority's next year, learnt from the published tables."""

from __future__ import annotations

__all__ = ["Made", "scenario_of_tables"]

from collections.abc import Mapping
from typing import Any

import attrs

from frontdoor.calibration.from_published.demand import demand_of
from frontdoor.calibration.from_published.desk import desk_of
from frontdoor.calibration.from_published.foreseen import Foreseen, foreseen
from frontdoor.calibration.predicting import learn
from frontdoor.calibration.published import Authority, Published
from frontdoor.errors import Fault, InputError
from frontdoor.library import Library


@attrs.frozen
class Made:
    """A scenario, and what is to be known of it."""

    tables: Mapping[str, Any]
    """As its TOML file has them."""
    foreseen: Foreseen
    """What the tables say of the year already, beside the prediction."""
    learnt: tuple[int, int]
    """The first and the last year learnt from."""
    gaps: tuple[str, ...]
    """What was not published, and what was taken instead."""


def scenario_of_tables(tables: Published, name: str, library: Library, *, until: int | None = None) -> Made:
    """The year after `until` (the latest of which there is anything), learnt from that year and those before it.

    Raises:
        InputError: there is no such authority or year, or too little was published of it.
        CalendarExhausted: bank holidays are not known for the year to come.
    """
    authority = tables.of(name)
    known = tables.years
    if until is not None and until not in known:
        said = f"they go from {known[0]} to {known[-1]}" if known else "they are empty"
        message = f"the tables have no year {until}: {said}."
        raise InputError(
            [Fault("--year", "", "no-year", message, "Name the last year to learn from, by the year it ends in.")]
        )
    until = known[-1] if until is None else until
    if until not in authority.years:
        latest = max((year for year in authority.years if year <= until), default=None)
        said = f": its last year there is {latest}" if latest else ""
        message = f"{authority.name} is not in the tables of {until}{said}."
        raise InputError(
            [Fault("--authority", "", "not-there", message, "Learn to another year, or name what it became.")]
        )
    prediction = learn(tables.authorities, library.calendar, until=until).of(authority.name)
    for what, bands in (("assessments", prediction.assessment_bands), ("conferences", prediction.conference_bands)):
        if not bands:
            message = f"the tables to {until} have no durations of {what}."
            raise InputError([Fault("--year", "", "nothing-published", message, "Learn from a later year.")])
    demand = demand_of(tables, authority, until)
    hidden = _hidden(authority, until)
    made = desk_of(demand, prediction, library, hidden)
    return Made(made, foreseen(prediction, authority), (known[0], until), (*hidden, *demand.fallbacks))


_SPREAD = "what the others leave of the total is spread over them as elsewhere"
_INSTEAD = {
    "months": ("months", "the other months, earlier ones and the other authorities say what to expect"),
    "assessment_bands": ("durations of assessments", _SPREAD),
    "conference_bands": ("durations of conferences", _SPREAD),
}


def _hidden(authority: Authority, year: int) -> tuple[str, ...]:
    """Of which predicted figures some were not published in the last year learnt from, and what is done."""
    found = []
    for name, (what, instead) in _INSTEAD.items():
        figures = getattr(authority.years[year], name)
        if None in figures:
            some = "none of them were" if set(figures) == {None} else f"{figures.count(None)} were not"
            otherwise = "earlier years say what to expect" if set(figures) == {None} else instead
            found.append(f"{what} of {authority.name} {year}: {some} published; {otherwise}")
    return tuple(found)
