"""Counting working days: day 0 is the day of the anchor; weekends, bank holidays and closures do not count."""

from __future__ import annotations

from datetime import date, timedelta

import attrs
import pendulum
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from months import months_later

from frontdoor.counting import add_months
from frontdoor.errors import CalendarExhausted, FrontdoorError
from frontdoor.library import load
from frontdoor.moment import EPOCH
from frontdoor.working_days import Calendar

CALENDAR = load().calendar

days = st.dates(date(2000, 1, 1), date(2029, 12, 31))


def d(text: str) -> date:
    """'18 Dec 2009' as a date."""
    return pendulum.from_format(text, "D MMM YYYY").date()


# ---- worked dates ----

WORKED = {
    # anchor: due after 1, 7, 10 and 15 working days, the 15th with the first day counted, then after 35 and 45
    "18 Nov 2009": ("19 Nov 2009", "27 Nov 2009", "2 Dec 2009", "9 Dec 2009", "8 Dec 2009", "11 Jan 2010", "25 Jan 2010"),
    "18 Dec 2009": ("21 Dec 2009", "31 Dec 2009", "6 Jan 2010", "13 Jan 2010", "12 Jan 2010", "10 Feb 2010", "24 Feb 2010"),
    "18 Dec 2015": ("21 Dec 2015", "31 Dec 2015", "6 Jan 2016", "13 Jan 2016", "12 Jan 2016", "10 Feb 2016", "24 Feb 2016"),
    "18 Mar 2016": ("21 Mar 2016", "31 Mar 2016", "5 Apr 2016", "12 Apr 2016", "11 Apr 2016", "11 May 2016", "25 May 2016"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("anchor", "count", "due"),
    [
        (anchor, count, due)
        for anchor, row in WORKED.items()
        for count, due in zip((1, 7, 10, 15, 14, 35, 45), row, strict=True)
    ],
)
def test_the_worked_dates_fall_due_as_worked(anchor: str, count: int, due: str) -> None:
    assert CALENDAR.add(d(anchor), count) == d(due)


CALENDAR_DAYS = {
    # anchor: 21 and 63 calendar days on, by which some count 15 and 45 working days
    "18 Nov 2009": ("9 Dec 2009", "20 Jan 2010"),
    "18 Dec 2009": ("8 Jan 2010", "19 Feb 2010"),
    "18 Dec 2015": ("8 Jan 2016", "19 Feb 2016"),
    "18 Mar 2016": ("8 Apr 2016", "20 May 2016"),
}


@pytest.mark.parametrize("anchor", CALENDAR_DAYS)
def test_21_and_63_calendar_days_are_never_later_than_15_and_45_working_days(anchor: str) -> None:
    start, (short, long) = d(anchor), CALENDAR_DAYS[anchor]
    assert (start + timedelta(days=21), start + timedelta(days=63)) == (d(short), d(long))
    assert d(short) <= CALENDAR.add(start, 15) and d(long) <= CALENDAR.add(start, 45)


@pytest.mark.parametrize("christmas", ["18 Dec 2009", "18 Dec 2015"])
def test_over_christmas_the_calendar_approximation_is_3_working_days_too_early(christmas: str) -> None:
    short, long = map(d, CALENDAR_DAYS[christmas])
    assert CALENDAR.count(short, CALENDAR.add(d(christmas), 15)) == 3
    assert CALENDAR.count(long, CALENDAR.add(d(christmas), 45)) == 3


@pytest.mark.parametrize(("anchor", "count"), [("10 Mar 2022", 15), ("27 Jan 2022", 45)])
def test_the_end_of_a_census_year_is_reached_from_the_day_worked_backwards(anchor: str, count: int) -> None:
    assert CALENDAR.add(d(anchor), count) == d("31 Mar 2022")


# ---- anchors that are not working days ----


def test_1_working_day_from_a_saturday_is_the_monday() -> None:
    assert CALENDAR.add(date(2026, 9, 19), 1) == date(2026, 9, 21)


def test_1_working_day_from_a_sunday_is_the_monday() -> None:
    assert CALENDAR.add(date(2026, 9, 20), 1) == date(2026, 9, 21)


def test_1_working_day_from_a_friday_is_the_monday() -> None:
    assert CALENDAR.add(date(2026, 9, 18), 1) == date(2026, 9, 21)


def test_1_working_day_from_christmas_day_skips_boxing_day_and_the_weekend() -> None:
    assert CALENDAR.add(date(2025, 12, 25), 1) == date(2025, 12, 29)


def test_1_working_day_from_maundy_thursday_is_the_tuesday_after_easter() -> None:
    assert CALENDAR.add(date(2026, 4, 2), 1) == date(2026, 4, 7)


@given(days, st.integers(1, 60))
@example(date(2009, 12, 18), 7)
def test_the_due_day_is_a_working_day(day: date, count: int) -> None:
    assert CALENDAR.is_working(CALENDAR.add(day, count))


@given(days, st.integers(1, 60))
@example(date(2026, 9, 19), 1)
def test_counting_undoes_adding(day: date, count: int) -> None:
    assert CALENDAR.count(day, CALENDAR.add(day, count)) == count


@given(days, st.integers(1, 60))
@example(date(2015, 12, 18), 10)
def test_adding_agrees_with_walking_day_by_day(day: date, count: int) -> None:
    here, left = day, count
    while left:
        here += timedelta(days=1)
        left -= here.weekday() < 5 and here not in CALENDAR.holidays
    assert CALENDAR.add(day, count) == here


@given(days, st.integers(1, 60))
@example(date(2026, 9, 19), 3)
def test_a_later_anchor_never_falls_due_earlier(day: date, count: int) -> None:
    assert CALENDAR.add(day, count) <= CALENDAR.add(day + timedelta(days=1), count)


@pytest.mark.parametrize("count", [0, -1])
def test_working_days_are_counted_forward_from_1(count: int) -> None:
    with pytest.raises(ValueError, match="counted forward from 1"):
        CALENDAR.add(date(2026, 9, 18), count)


# ---- counting ----


def test_a_day_is_no_working_days_after_itself() -> None:
    assert CALENDAR.count(date(2026, 9, 18), date(2026, 9, 18)) == 0


def test_from_a_friday_to_the_saturday_after_it_is_no_working_day() -> None:
    assert CALENDAR.count(date(2026, 9, 18), date(2026, 9, 19)) == 0


def test_what_is_not_later_is_0_working_days_after() -> None:
    assert CALENDAR.count(date(2026, 9, 18), date(2026, 9, 1)) == 0


@given(days, days, days)
@example(date(2009, 12, 18), date(2009, 12, 28), date(2010, 1, 6))
def test_counts_of_neighbouring_stretches_add_up(one: date, two: date, three: date) -> None:
    first, middle, last = sorted((one, two, three))
    assert CALENDAR.count(first, middle) + CALENDAR.count(middle, last) == CALENDAR.count(first, last)


@given(days, st.integers(0, 40))
@example(date(2025, 12, 24), 5)
def test_every_day_of_a_stretch_either_counts_or_is_skipped_with_a_reason(day: date, length: int) -> None:
    to = day + timedelta(days=length)
    skipped = list(CALENDAR.skipped(day, to))
    assert CALENDAR.count(day, to) + len(skipped) == length
    assert all(reason and day < skip <= to for skip, reason in skipped)


def test_a_skipped_day_says_that_it_is_a_bank_holiday_or_a_weekend() -> None:
    assert list(CALENDAR.skipped(date(2026, 4, 2), date(2026, 4, 7))) == [
        (date(2026, 4, 3), "Good Friday"),
        (date(2026, 4, 4), "Saturday"),
        (date(2026, 4, 5), "Sunday"),
        (date(2026, 4, 6), "Easter Monday"),
    ]


# ---- closures ----

CLOSED = CALENDAR.with_closures({date(2026, 12, 29): "Offices shut"})


def test_an_authoritys_closure_is_not_a_working_day() -> None:
    assert CALENDAR.is_working(date(2026, 12, 29)) and not CLOSED.is_working(date(2026, 12, 29))
    assert CALENDAR.add(date(2026, 12, 24), 1) == date(2026, 12, 29)
    assert CLOSED.add(date(2026, 12, 24), 1) == date(2026, 12, 30)


def test_a_closure_is_skipped_by_its_own_name() -> None:
    assert (date(2026, 12, 29), "Offices shut") in list(CLOSED.skipped(date(2026, 12, 28), date(2026, 12, 30)))


def test_closures_are_added_to_those_already_there() -> None:
    both = CLOSED.with_closures({date(2026, 12, 30): "Offices shut again"})
    assert both.add(date(2026, 12, 24), 1) == date(2026, 12, 31)


def test_a_closure_at_a_weekend_changes_nothing() -> None:
    assert CALENDAR.with_closures({date(2026, 9, 19): "A Saturday"}).days == CALENDAR.days


def test_a_calendar_is_never_changed_by_adding_closures() -> None:
    assert CALENDAR.closures == {} and CLOSED is not CALENDAR
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        CALENDAR.last = 2031  # type: ignore[misc]


@given(days, st.integers(1, 60), st.sets(days, max_size=5))
@example(date(2026, 12, 24), 1, {date(2026, 12, 29)})
def test_a_closure_never_makes_anything_due_earlier(day: date, count: int, shut: set[date]) -> None:
    assert CALENDAR.with_closures(dict.fromkeys(shut, "shut")).add(day, count) >= CALENDAR.add(day, count)


# ---- the years that are known ----


def test_a_count_beyond_the_last_known_year_is_an_error_that_names_it() -> None:
    with pytest.raises(CalendarExhausted) as caught:
        CALENDAR.add(date(2030, 12, 31), 1)
    assert (caught.value.first, caught.value.year) == (2000, 2030)


def test_the_last_working_day_of_the_last_known_year_can_be_reached() -> None:
    assert CALENDAR.add(date(2030, 12, 30), 1) == date(2030, 12, 31)


@pytest.mark.parametrize("day", [date(1999, 12, 31), date(2031, 1, 1)])
def test_no_question_is_answered_about_a_year_that_is_not_known(day: date) -> None:
    known = date(2010, 1, 1)
    for ask in (
        lambda: CALENDAR.is_working(day),
        lambda: CALENDAR.add(day, 1),
        lambda: CALENDAR.count(day, known),
        lambda: CALENDAR.count(known, day),
    ):
        with pytest.raises(CalendarExhausted):
            ask()


def test_the_error_says_which_years_are_known() -> None:
    with pytest.raises(CalendarExhausted, match="known from 2000 to 2030"):
        CALENDAR.is_working(date(2031, 1, 1))
    assert issubclass(CalendarExhausted, LookupError) and issubclass(CalendarExhausted, FrontdoorError)


def test_the_table_of_days_holds_every_working_day_in_order() -> None:
    small = Calendar("v", 2026, 2026, {date(2026, 1, 1): "New Year's Day"})
    every = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    assert small.days == tuple(day.toordinal() for day in every if small.is_working(day))
    assert len(small.days) == 260


# ---- months ----


@pytest.mark.parametrize(
    ("anchor", "months", "due"),
    [
        ("30 Nov 2025", 3, "28 Feb 2026"),
        ("30 Nov 2027", 3, "29 Feb 2028"),
        ("31 Jan 2026", 1, "28 Feb 2026"),
        ("31 Aug 2026", 1, "30 Sep 2026"),
        ("28 Feb 2026", 1, "28 Mar 2026"),
        ("15 Dec 2026", 1, "15 Jan 2027"),
        ("29 Feb 2028", 12, "28 Feb 2029"),
    ],
)
def test_months_keep_the_day_number_else_take_the_last_day_of_the_month(anchor: str, months: int, due: str) -> None:
    assert date.fromordinal(add_months(d(anchor).toordinal() - EPOCH, months) + EPOCH) == d(due)


@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)), st.integers(1, 240))
@example(date(2025, 11, 30), 3)
def test_months_are_counted_as_pendulum_counts_them(day: date, months: int) -> None:
    assert date.fromordinal(add_months(day.toordinal() - EPOCH, months) + EPOCH) == months_later(day, months)


@pytest.mark.parametrize("months", [1, 3, 6, 13])
def test_months_are_counted_as_pendulum_counts_them_on_every_day_from_1990_to_2040(months: int) -> None:
    first = date(1990, 1, 1).toordinal()
    differing = [
        day
        for day in map(date.fromordinal, range(first, date(2041, 1, 1).toordinal()))
        if add_months(day.toordinal() - EPOCH, months) != months_later(day, months).toordinal() - EPOCH
    ]
    assert not differing
