"""A timescale is a length with its unit; it is read, written and compared, and never becomes a timedelta."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from months import months_later

from frontdoor.errors import FrontdoorError, TimescaleError, WorkflowError
from frontdoor.library import load
from frontdoor.timescale import Timescale, Unit

LONDON = ZoneInfo("Europe/London")
CALENDAR = load().calendar

timescales = st.builds(Timescale, st.integers(1, 9_999), st.sampled_from(Unit))

# ---- reading and writing ----


@pytest.mark.parametrize(
    ("text", "count", "unit"),
    [
        ("24 hours", 24, Unit.HOURS),
        ("45 working days", 45, Unit.WORKING_DAYS),
        ("12 days", 12, Unit.DAYS),
        ("6 weeks", 6, Unit.WEEKS),
        ("3 months", 3, Unit.MONTHS),
    ],
)
def test_a_whole_number_and_a_unit_are_a_timescale(text: str, count: int, unit: Unit) -> None:
    assert Timescale.parse(text) == Timescale(count, unit)


@pytest.mark.parametrize("unit", Unit)
def test_one_of_a_unit_is_written_in_the_singular(unit: Unit) -> None:
    assert f"{Timescale(1, unit)}s" == f"1 {unit.value}"


@given(timescales)
@example(Timescale(45, Unit.WORKING_DAYS))
def test_what_is_written_is_read_back_as_the_same_timescale(scale: Timescale) -> None:
    assert Timescale.parse(str(scale)) == scale


@given(st.integers(1, 9_999), st.sampled_from(Unit))
@example(1, Unit.WORKING_DAYS)
def test_singular_and_plural_are_read_alike(count: int, unit: Unit) -> None:
    assert Timescale.parse(f"{count} {unit.value[:-1]}") == Timescale.parse(f"{count} {unit.value}")


def test_space_around_a_timescale_is_ignored() -> None:
    assert Timescale.parse("  10 working days\n") == Timescale(10, Unit.WORKING_DAYS)


@pytest.mark.parametrize(
    "text",
    [
        "", "45", "working days", "0 working days", "-1 days", "+1 days", "1.5 days", "1,000 hours", "45  working days",
        "45 workingdays", "45 Working Days", "45 working_days", "45wd", "P45D", "1 year", "1 fortnight", "100000 hours",
        "45 working days or more", "a day", "٤٥ working days", None, 45, 1.5, True, date(2026, 9, 19), ["1 day"],
    ],
)  # fmt: skip
def test_anything_else_is_not_a_timescale(text: object) -> None:
    with pytest.raises(TimescaleError) as caught:
        Timescale.parse(text)  # type: ignore[arg-type]
    assert caught.value.text == text


def test_the_error_says_what_was_found_and_what_to_write() -> None:
    with pytest.raises(TimescaleError, match=r"'soon' is not a timescale: write .* '45 working days'"):
        Timescale.parse("soon")


def test_the_error_is_a_workflow_error_and_a_value_error() -> None:
    assert issubclass(TimescaleError, ValueError) and issubclass(TimescaleError, WorkflowError)
    assert issubclass(TimescaleError, FrontdoorError)


@pytest.mark.parametrize("count", [0, -1, -45])
def test_a_timescale_is_at_least_one_of_its_unit(count: int) -> None:
    with pytest.raises(TimescaleError):
        Timescale(count, Unit.DAYS)


@pytest.mark.parametrize(("count", "unit"), [(1.5, Unit.DAYS), ("1", Unit.DAYS), (1, "days")])
def test_a_count_is_a_whole_number_and_a_unit_is_a_unit(count: object, unit: object) -> None:
    with pytest.raises(TypeError):
        Timescale(count, unit)  # type: ignore[arg-type]


def test_only_hours_are_elapsed_time() -> None:
    assert [unit for unit in Unit if unit.is_elapsed] == [Unit.HOURS]


def test_24_hours_and_1_working_day_are_different_timescales() -> None:
    assert Timescale.parse("24 hours") != Timescale.parse("1 working day")


# ---- never later than, against every anchor of four years ----

FIRST, DAYS = date(2024, 1, 1), 1461  # two leap days, four clock changes each way, four Christmases


def _start(day: date) -> int:
    """The instant a local day begins, in microseconds."""
    aware = datetime(day.year, day.month, day.day, tzinfo=LONDON)
    return (aware.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


STARTS = [_start(FIRST + timedelta(days=n)) for n in range(DAYS + 800)]
HOUR = 3_600_000_000


def _due(scale: Timescale) -> list[int]:
    """The last instant in time, for an anchor in the first and one in the last moment of every day."""
    found = []
    for n in range(DAYS):
        if scale.unit is Unit.HOURS:
            found += [STARTS[n] + scale.count * HOUR, STARTS[n + 1] - 1 + scale.count * HOUR]
            continue
        day = FIRST + timedelta(days=n)
        if scale.unit is Unit.WORKING_DAYS:
            due = CALENDAR.add(day, scale.count)
        elif scale.unit is Unit.MONTHS:
            due = months_later(day, scale.count)
        else:
            due = day + timedelta(days=scale.count * (7 if scale.unit is Unit.WEEKS else 1))
        found += 2 * [STARTS[(due - FIRST).days + 1] - 1]
    return found


def _never_later(one: Timescale, other: Timescale) -> bool:
    return all(mine <= theirs for mine, theirs in zip(_due(one), _due(other), strict=True))


DAYS_IN = {Unit.DAYS: 1, Unit.WEEKS: 7, Unit.MONTHS: 30, Unit.WORKING_DAYS: 1}


@st.composite
def near(draw: st.DrawFn, units: tuple[Unit, ...]) -> tuple[Timescale, Timescale]:
    """Two timescales of about the same length, where the comparison is hard."""
    days, slack = draw(st.integers(1, 60)), st.integers(-3, 3)
    pair = []
    for unit in (draw(st.sampled_from(units)), draw(st.sampled_from(units))):
        if unit is Unit.HOURS:
            count = 24 * (days + draw(slack)) + draw(st.sampled_from((-2, -1, 0, 1, 2)))
        else:
            count = (days + draw(slack)) // DAYS_IN[unit]
        pair.append(Timescale(max(count, 1), unit))
    return pair[0], pair[1]


@settings(deadline=None, max_examples=150)
@given(near(tuple(Unit)))
@example((Timescale.parse("24 hours"), Timescale.parse("1 working day")))
@example((Timescale.parse("28 days"), Timescale.parse("1 month")))
@example((Timescale.parse("23 hours"), Timescale.parse("1 day")))
@example((Timescale.parse("1 day"), Timescale.parse("49 hours")))
def test_what_is_never_later_falls_due_no_later_from_any_anchor(pair: tuple[Timescale, Timescale]) -> None:
    one, other = pair
    if one.is_never_later_than(other):
        assert _never_later(one, other)


@settings(deadline=None, max_examples=150)
@given(near((Unit.HOURS, Unit.DAYS, Unit.WEEKS)))
@example((Timescale.parse("24 hours"), Timescale.parse("1 day")))
@example((Timescale.parse("1 day"), Timescale.parse("48 hours")))
def test_what_may_be_later_is_later_from_some_anchor(pair: tuple[Timescale, Timescale]) -> None:
    one, other = pair
    if not one.is_never_later_than(other):
        assert not _never_later(one, other)


@pytest.mark.parametrize("longer", ["29 days", "672 hours", "5 weeks"])
def test_more_than_the_28_days_of_february_may_be_later_than_a_month(longer: str) -> None:
    one, month = Timescale.parse(longer), Timescale.parse("1 month")
    assert not one.is_never_later_than(month) and not _never_later(one, month)


@pytest.mark.parametrize("longest", ["28 days", "671 hours", "4 weeks", "1 month"])
def test_up_to_28_days_less_the_hour_of_spring_is_never_later_than_a_month(longest: str) -> None:
    one, month = Timescale.parse(longest), Timescale.parse("1 month")
    assert one.is_never_later_than(month) and _never_later(one, month)


@given(st.integers(1, 9_999), st.integers(1, 9_999), st.sampled_from(Unit))
@example(40, 45, Unit.WORKING_DAYS)
def test_of_one_unit_the_smaller_count_is_never_later(one: int, other: int, unit: Unit) -> None:
    assert Timescale(one, unit).is_never_later_than(Timescale(other, unit)) == (one <= other)


@given(st.integers(1, 20), st.integers(1, 9_999), st.sampled_from([u for u in Unit if u is not Unit.WORKING_DAYS]))
@example(1, 9_999, Unit.DAYS)
def test_working_days_may_be_later_than_anything_because_closures_have_no_bound(n: int, m: int, unit: Unit) -> None:
    assert not Timescale(n, Unit.WORKING_DAYS).is_never_later_than(Timescale(m, unit))


def test_12_days_are_earlier_than_8_working_days_at_christmas_and_later_in_june() -> None:
    one, other = Timescale.parse("12 days"), Timescale.parse("8 working days")
    june, christmas = date(2026, 6, 15), date(2026, 12, 24)
    assert june + timedelta(days=12) > CALENDAR.add(june, 8)
    assert christmas + timedelta(days=12) < CALENDAR.add(christmas, 8)
    assert not one.is_never_later_than(other) and not other.is_never_later_than(one)
