"""Where "now" comes from: the computer, or a clock that stands still until it is moved and never goes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from frontdoor.clock import SimulatedClock, SystemClock

FRIDAY = datetime(2009, 12, 18, 16, 30, tzinfo=UTC)

steps = st.timedeltas(timedelta(), timedelta(days=400))


def test_the_system_clock_says_the_computers_time_in_utc() -> None:
    before = datetime.now(UTC)
    said = SystemClock().now()
    assert before <= said <= datetime.now(UTC) and said.tzinfo is UTC


def test_a_simulated_clock_stands_still() -> None:
    clock = SimulatedClock(FRIDAY)
    assert clock.now() == clock.now() == FRIDAY


def test_a_simulated_clock_speaks_utc_whatever_it_was_given() -> None:
    clock = SimulatedClock(datetime(2026, 7, 1, 9, 0, tzinfo=ZoneInfo("Europe/London")))
    assert clock.now().isoformat() == "2026-07-01T08:00:00+00:00"


def test_advancing_moves_the_clock_and_says_what_time_it_then_is() -> None:
    clock = SimulatedClock(FRIDAY)
    assert clock.advance(timedelta(hours=24)) == clock.now() == FRIDAY + timedelta(hours=24)


def test_time_is_elapsed_across_a_clock_change() -> None:
    clock = SimulatedClock(datetime(2026, 3, 28, 16, 30, tzinfo=ZoneInfo("Europe/London")))
    assert clock.advance(timedelta(hours=24)).astimezone(ZoneInfo("Europe/London")).hour == 17


def test_setting_moves_the_clock_to_a_later_moment() -> None:
    clock = SimulatedClock(FRIDAY)
    monday = datetime(2009, 12, 21, 9, 0, tzinfo=UTC)
    assert clock.set(monday) == clock.now() == monday


def test_setting_the_moment_that_it_is_changes_nothing() -> None:
    assert SimulatedClock(FRIDAY).set(FRIDAY) == FRIDAY


@given(st.lists(steps, max_size=5))
@example([timedelta(hours=24), timedelta(0)])
def test_advancing_step_by_step_comes_to_the_sum_of_the_steps(by: list[timedelta]) -> None:
    clock = SimulatedClock(FRIDAY)
    for step in by:
        clock.advance(step)
    assert clock.now() == FRIDAY + sum(by, timedelta())


@given(st.timedeltas(timedelta(microseconds=1), timedelta(days=400)))
@example(timedelta(microseconds=1))
def test_a_clock_never_goes_back(by: timedelta) -> None:
    clock = SimulatedClock(FRIDAY)
    with pytest.raises(ValueError, match="does not go back"):
        clock.set(FRIDAY - by)
    with pytest.raises(ValueError, match="does not go back"):
        clock.advance(-by)
    assert clock.now() == FRIDAY


def test_an_hour_that_happens_twice_does_not_look_like_going_back() -> None:
    clock = SimulatedClock(datetime(2026, 10, 25, 1, 30, tzinfo=timezone(timedelta(hours=1))))
    assert clock.set(datetime(2026, 10, 25, 1, 15, tzinfo=UTC)) == datetime(2026, 10, 25, 1, 15, tzinfo=UTC)


def test_a_moment_that_says_no_offset_is_refused_at_the_start_and_later() -> None:
    with pytest.raises(ValueError, match="says no offset"):
        SimulatedClock(datetime(2009, 12, 18, 16, 30))
    clock = SimulatedClock(FRIDAY)
    with pytest.raises(ValueError, match="says no offset"):
        clock.set(datetime(2009, 12, 21, 9, 0))
    assert clock.now() == FRIDAY
