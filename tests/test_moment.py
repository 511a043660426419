"""When something happened: a moment, a date where only the day is known, or a span; never one made the other."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from frontdoor.errors import FrontdoorError, MomentError
from frontdoor.moment import EPOCH, LONDON, Span, bounds, instant, local_day, moment_of, parse, written

SECOND = 1_000_000
HOUR = 3600 * SECOND

days = st.dates(date(1970, 1, 2), date(2100, 12, 31))
moments = st.datetimes(datetime(1970, 1, 1), datetime(2100, 12, 31), timezones=st.just(UTC))
spans = st.tuples(days, days).map(lambda pair: Span(min(pair), max(pair)))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text + "+00:00")


# ---- what may be written ----


@pytest.mark.parametrize("text", ["2009-12-18", "20091218", "2009-W51-5", "18/12/2009", " 2009-12-18 ", "18/12/2009\n"])
def test_a_date_is_read_as_a_date(text: str) -> None:
    found = parse(text)
    assert found == date(2009, 12, 18) and type(found) is date


@pytest.mark.parametrize("text", ["8/1/2010", "08/01/2010", "8/01/2010"])
def test_a_british_date_has_its_day_before_its_month(text: str) -> None:
    assert parse(text) == date(2010, 1, 8)


@pytest.mark.parametrize(
    "text",
    [
        "2009-12-18T16:30", "2009-12-18 16:30", "2009-12-18T16:30:00", "2009-12-18T16:30:00.000", "20091218T1630",
        "2009-12-18T16:30Z", "2009-12-18T16:30:00+00:00", "2009-12-18T17:30+01:00", "2009-12-18T11:30:00-05:00",
        "18/12/2009 16:30", "18/12/2009 16:30:00", "18/12/2009T16:30", "  2009-12-18T16:30  ",
    ],
)  # fmt: skip
def test_a_date_with_a_time_is_read_as_a_moment_in_utc(text: str) -> None:
    found = parse(text)
    assert isinstance(found, datetime)
    assert found == utc("2009-12-18T16:30") and found.utcoffset() == timedelta(0)


def test_seconds_and_their_fractions_are_kept() -> None:
    assert parse("2009-12-18T16:30:05.250001") == utc("2009-12-18T16:30:05.250001")
    assert parse("18/12/2009 16:30:05") == utc("2009-12-18T16:30:05")


def test_a_time_without_an_offset_is_londons() -> None:
    assert parse("2026-07-01T09:00") == utc("2026-07-01T08:00")
    assert parse("01/07/2026 09:00") == utc("2026-07-01T08:00")


def test_midnight_is_a_moment_and_not_a_date() -> None:
    assert isinstance(parse("2009-12-18T00:00"), datetime)


def test_two_dates_with_a_stroke_between_them_are_a_span() -> None:
    assert parse("2009-12-18/2009-12-21") == Span(date(2009, 12, 18), date(2009, 12, 21))


def test_a_span_may_be_a_single_day() -> None:
    assert parse("2009-12-18/2009-12-18") == Span(date(2009, 12, 18), date(2009, 12, 18))


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "soon", "2009", "2009-12", "2009-13-01", "2009-02-29", "31/02/2009", "18/12/09", "12/18/2009", "0/1/2010",
        "18.12.2009", "18-12-2009", "2009/12/18", "18 December 2009", "16:30", "T16:30", "2009-12-18T", "2009-12-18T25:00",
        "2009-12-18T16:60", "18/12/2009 24:00", "18/12/2009 1630", "18/12/2009 16:30Z", "2009-12-18T16:30 GMT",
        "2009-12-21/2009-12-18", "2009-12-18/", "2009-12-18/2009-02-30", "1261153800", "40165", "None", "nan",
        "2009-12-18x16:30", "2009-12-18/16:30",
    ],
)  # fmt: skip
def test_anything_else_is_not_a_date_or_time(text: str) -> None:
    with pytest.raises(MomentError) as caught:
        parse(text)
    assert caught.value.text == text.strip() and "is not a date or time" in caught.value.why


@given(st.text(max_size=25))
@example("0001-01-01T00:00+23:59")
@example("9999-12-31T23:59-23:59")
def test_any_text_is_a_date_or_a_moment_or_a_span_or_a_moment_error(text: str) -> None:
    try:
        assert isinstance(parse(text), date | Span)
    except MomentError as error:
        assert error.why


def test_the_error_says_what_was_found_and_what_to_write() -> None:
    with pytest.raises(
        MomentError, match=r"'18\.12\.2009' is not a date or time: write 2009-12-18, .*18/12/2009 16:30"
    ):
        parse("18.12.2009")
    assert issubclass(MomentError, ValueError) and issubclass(MomentError, FrontdoorError)


# ---- clock changes ----


@pytest.mark.parametrize("text", ["2026-03-29T01:00", "2026-03-29T01:30", "2026-03-29 01:59:59", "29/03/2026 01:30"])
def test_a_wall_time_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(MomentError, match="does not exist in Europe/London"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "meant"), [("2026-03-29T00:59:59", "2026-03-29T00:59:59"), ("2026-03-29T02:00", "2026-03-29T01:00")]
)
def test_the_wall_times_beside_the_missing_hour_exist(text: str, meant: str) -> None:
    assert parse(text) == utc(meant)


def test_an_offset_makes_a_moment_of_the_missing_hour() -> None:
    assert parse("2026-03-29T01:30+00:00") == utc("2026-03-29T01:30")


@pytest.mark.parametrize("text", ["2026-10-25T01:30", "25/10/2026 01:30"])
def test_of_a_wall_time_that_happens_twice_the_first_is_meant(text: str) -> None:
    assert parse(text) == utc("2026-10-25T00:30")


def test_an_offset_chooses_between_the_two() -> None:
    assert parse("2026-10-25T01:30+01:00") == utc("2026-10-25T00:30")
    assert parse("2026-10-25T01:30+00:00") == utc("2026-10-25T01:30")


@given(st.datetimes(datetime(1972, 1, 1), datetime(2037, 12, 31)))
@example(datetime(2026, 10, 25, 1, 30))
@example(datetime(2026, 3, 29, 1, 30))
def test_a_wall_time_is_refused_exactly_where_no_moment_shows_it(wall: datetime) -> None:
    shown = [
        moment
        for offset in (1, 0)
        for moment in [wall.replace(tzinfo=UTC) - timedelta(hours=offset)]
        if moment.astimezone(LONDON).replace(tzinfo=None) == wall
    ]
    if shown:
        assert parse(wall.isoformat(timespec="microseconds")) == shown[0]
    else:
        with pytest.raises(MomentError):
            parse(wall.isoformat(timespec="microseconds"))


# ---- writing ----


def test_a_moment_is_written_in_london_with_that_days_offset() -> None:
    assert written(utc("2009-12-18T16:30")) == "2009-12-18T16:30:00+00:00"
    assert written(utc("2026-07-01T08:00")) == "2026-07-01T09:00:00+01:00"


def test_a_date_is_written_as_a_date_and_a_span_as_two() -> None:
    assert written(date(2009, 12, 18)) == "2009-12-18"
    assert written(Span(date(2009, 12, 18), date(2009, 12, 21))) == "2009-12-18/2009-12-21"


def test_what_did_not_happen_is_written_as_nothing() -> None:
    assert written(None) == ""


@given(st.one_of(days, moments, spans))
@example(utc("2026-10-25T00:30"))
@example(utc("2026-10-25T01:30"))
def test_what_is_written_is_read_back_as_the_same(happened: date | Span) -> None:
    found = parse(written(happened))
    assert found == happened and type(found) is type(happened)


# ---- bounds ----


def test_a_moment_is_its_own_first_and_last_instant() -> None:
    at, latest, day, last = bounds(utc("1970-01-02T00:00"))
    assert (at, latest) == (24 * HOUR, 24 * HOUR) and day == last == 1


def test_the_local_day_of_a_late_evening_in_summer_is_londons() -> None:
    moment = utc("2026-06-30T23:30")
    assert local_day(moment) == date(2026, 7, 1)
    assert bounds(moment)[2] == date(2026, 7, 1).toordinal() - EPOCH


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24), (date(2026, 12, 1), 24)],
)
def test_a_date_is_the_whole_of_its_local_day_however_long(day: date, hours: int) -> None:
    first, last, _, _ = bounds(day)
    assert last - first + 1 == hours * HOUR


def test_a_date_in_summer_begins_an_hour_before_utcs() -> None:
    assert moment_of(bounds(date(2026, 7, 1))[0]) == utc("2026-06-30T23:00")


@given(days)
@example(date(2026, 3, 29))
@example(date(2026, 10, 25))
def test_every_instant_of_a_dates_bounds_and_no_other_is_on_that_day(day: date) -> None:
    first, last, this, same = bounds(day)
    assert this == same == day.toordinal() - EPOCH
    seen = [local_day(moment_of(at)) for at in (first - 1, first, (first + last) // 2, last, last + 1)]
    assert seen == [day - timedelta(days=1), day, day, day, day + timedelta(days=1)]


@given(spans)
@example(Span(date(2026, 10, 24), date(2026, 10, 26)))
def test_a_span_reaches_from_the_start_of_its_first_day_to_the_end_of_its_last(span: Span) -> None:
    first, last, start, end = bounds(span)
    assert (first, start) == (bounds(span.first)[0], bounds(span.first)[2])
    assert (last, end) == (bounds(span.last)[1], bounds(span.last)[3])


def test_the_days_of_a_year_follow_one_another_without_gap_or_overlap() -> None:
    year = [bounds(date(2026, 1, 1) + timedelta(days=n)) for n in range(365)]
    assert all(after[0] == before[1] + 1 for before, after in pairwise(year))


@pytest.mark.parametrize("text", ["1849-12-31", "2200-01-01", "9999-12-31", "9999-12-31T23:59", "31/12/9999"])
def test_a_date_that_stands_for_never_is_refused(text: str) -> None:
    with pytest.raises(MomentError, match="lies outside the years 1850 to 2199"):
        parse(text)


@given(moments)
@example(utc("2026-10-25T00:30"))
def test_an_instant_is_exact_to_the_microsecond(moment: datetime) -> None:
    assert moment_of(instant(moment)) == moment


@given(moments, moments)
@example(utc("2026-10-25T00:59"), utc("2026-10-25T01:00"))
def test_instants_are_in_the_order_of_their_moments(one: datetime, other: datetime) -> None:
    assert (instant(one) < instant(other)) == (one < other)


def test_a_moment_that_says_no_offset_has_no_instant() -> None:
    with pytest.raises(TypeError):
        bounds(datetime(2009, 12, 18, 16, 30))


def test_a_moment_in_another_zone_is_the_same_instant() -> None:
    there = datetime(2009, 12, 18, 11, 30, tzinfo=ZoneInfo("America/New_York"))
    assert bounds(there) == bounds(utc("2009-12-18T16:30"))
