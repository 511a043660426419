"""The bank holidays that are shipped, held against GOV.UK's own list and an independent computation."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import holidays
import pytest

from frontdoor.library import load

CALENDAR = load().calendar
DATA = Path(__file__).parent / "data" / "bank_holidays"


def weekdays(days: object, first: int, last: int) -> set[date]:
    """Those from Monday to Friday in the years from `first` to `last`."""
    return {day for day in days if day.weekday() < 5 and first <= day.year <= last}  # type: ignore[attr-defined]


OURS = set(CALENDAR.holidays)


def test_the_shipped_calendar_knows_the_years_2000_to_2030() -> None:
    assert (CALENDAR.first, CALENDAR.last) == (2000, 2030)
    assert {day.year for day in OURS} == set(range(2000, 2031))


def test_only_weekdays_are_listed() -> None:
    assert [day for day in OURS if day.weekday() >= 5] == []


def test_every_holiday_has_a_name_and_the_data_a_version() -> None:
    assert all(name.strip() for name in CALENDAR.holidays.values())
    assert CALENDAR.version


@pytest.mark.parametrize("year", range(2000, 2031))
def test_a_year_has_eight_bank_holidays_and_those_proclaimed_beside_them(year: int) -> None:
    proclaimed = {2002: 1, 2011: 1, 2012: 1, 2022: 2, 2023: 1}
    assert len(weekdays(OURS, year, year)) == 8 + proclaimed.get(year, 0)


def test_it_agrees_with_the_list_of_gov_uk_on_every_day_of_its_years() -> None:
    found = json.loads((DATA / "govuk_bank_holidays_0.19_bank-holidays.json").read_text(encoding="utf-8"))
    theirs = {date.fromisoformat(event["date"]) for event in found["england-and-wales"]["events"]}
    assert min(theirs).year == 2012 and max(theirs).year == 2028
    assert weekdays(theirs, 2012, 2028) == weekdays(OURS, 2012, 2028)


def test_it_agrees_with_the_saved_list_for_england_from_2005() -> None:
    with (DATA / "holidays_0.109_GB-ENG_2005_2030.csv").open(encoding="utf-8", newline="") as file:
        theirs = {date.fromisoformat(row["date"]) for row in csv.DictReader(file)}
    assert weekdays(theirs, 2005, 2030) == weekdays(OURS, 2005, 2030)


@pytest.mark.parametrize("nation", ["ENG", "WLS"])
def test_it_agrees_with_the_holidays_package_for_england_and_for_wales(nation: str) -> None:
    theirs = holidays.country_holidays("GB", subdiv=nation, years=range(2000, 2031))
    assert weekdays(theirs, 2000, 2030) == OURS


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (date(2002, 6, 3), "Golden Jubilee"),
        (date(2011, 4, 29), "Royal wedding"),
        (date(2012, 6, 5), "Diamond Jubilee"),
        (date(2022, 6, 3), "Platinum Jubilee"),
        (date(2022, 9, 19), "State funeral"),
        (date(2023, 5, 8), "Coronation"),
    ],
)
def test_a_day_proclaimed_once_is_a_holiday_by_its_own_name(day: date, why: str) -> None:
    assert CALENDAR.holidays[day] == why and not CALENDAR.is_working(day)


@pytest.mark.parametrize(
    ("moved_to", "from_"),
    [
        (date(2002, 6, 4), date(2002, 5, 27)),
        (date(2012, 6, 4), date(2012, 5, 28)),
        (date(2020, 5, 8), date(2020, 5, 4)),
        (date(2022, 6, 2), date(2022, 5, 30)),
    ],
)
def test_a_moved_holiday_leaves_a_working_day_behind(moved_to: date, from_: date) -> None:
    assert not CALENDAR.is_working(moved_to) and CALENDAR.is_working(from_)


@pytest.mark.parametrize(
    "substitute", [date(2009, 12, 28), date(2010, 12, 27), date(2010, 12, 28), date(2011, 1, 3), date(2022, 1, 3)]
)
def test_a_holiday_at_a_weekend_is_kept_on_the_next_weekday(substitute: date) -> None:
    assert "substitute" in CALENDAR.holidays[substitute] and not CALENDAR.is_working(substitute)
