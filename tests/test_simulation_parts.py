"""Chance, durations and office hours of the simulated desk, against a plainer way to say the same."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from statistics import fmean
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdoor.library import load
from frontdoor.simulation.draws import CELLS, ONE, draw, mixed, quantile, seed_of
from frontdoor.simulation.durations import Bands, Exponential, Fixed, Lognormal, Shape, Uniform, table
from frontdoor.simulation.hours import FAR, after_working_time, day_of, finish, is_open
from frontdoor.simulation.planning import plan
from frontdoor.simulation.settling import bin_of, wait_of
from tests.test_simulation import ALWAYS, OFFICE, a_desk

LONDON = ZoneInfo("Europe/London")
HOURS = plan(a_desk(days=200), load(), warm_up=0).hours
OPEN_ALWAYS = plan(a_desk(days=200, rota=ALWAYS), load(), warm_up=0).hours
FIRST = int(datetime(2024, 1, 8, tzinfo=LONDON).timestamp())
SECONDS = st.integers(FIRST, FIRST + 150 * 86_400)
CALENDAR = load().calendar


def test_draws_are_even_and_unlike_their_neighbours() -> None:
    drawn = [draw(1, 2, n, 3) / ONE for n in range(20_000)]
    assert fmean(drawn) == pytest.approx(0.5, abs=0.01)
    assert fmean((a - 0.5) * (b - 0.5) for a, b in zip(drawn, drawn[1:], strict=False)) * 12 == pytest.approx(
        0, abs=0.03
    )
    bins = [0] * 50
    for one in drawn:
        bins[int(one * 50)] += 1
    assert sum((n - 400) ** 2 / 400 for n in bins) < 90  # the chance that it is more is one in four thousand


@given(st.integers(0, ONE - 1), st.integers(0, 31))
def test_mixing_is_one_to_one(h: int, bit: int) -> None:
    assert mixed(h) != mixed(h ^ (1 << bit))
    assert 0 <= mixed(h) < ONE


def test_no_two_replications_share_a_seed() -> None:
    for seed in (0, 1, 2**40):
        assert len({seed_of(seed, n) for n in range(20_000)}) == 20_000


@pytest.mark.parametrize(
    "shape",
    [
        Fixed(600), Uniform(60, 7_200), Exponential(3_600), Lognormal(2_400, 9_000),
        Bands((0, 86_400, 3 * 86_400, 10 * 86_400), (0.2, 0.5, 0.3)),
    ],
)  # fmt: skip
def test_what_is_drawn_has_the_mean_of_its_shape(shape: Shape) -> None:
    cells = table(shape)
    assert len(cells) == CELLS + 1
    assert cells == sorted(cells)
    mean = fmean((a + b) / 2 for a, b in zip(cells, cells[1:], strict=False))
    assert mean == pytest.approx(shape.mean, rel=0.002)
    drawn = fmean(quantile(cells, 0, draw(9, 9, n, 9)) for n in range(40_000))
    assert drawn == pytest.approx(shape.mean, rel=0.03)


@given(SECONDS)
def test_the_day_of_a_second_is_that_of_london(t: int) -> None:
    assert date(2024, 1, 8) + timedelta(days=day_of(HOURS, t)) == datetime.fromtimestamp(t, LONDON).date()


@given(SECONDS)
def test_an_office_is_open_from_nine_to_five_on_working_days(t: int) -> None:
    moment = datetime.fromtimestamp(t, LONDON)
    assert is_open(HOURS, 0, t) == (CALENDAR.is_working(moment.date()) and 9 <= moment.hour < 17)
    assert is_open(OPEN_ALWAYS, 0, t)


@settings(max_examples=60, deadline=None)
@given(SECONDS, st.integers(1, 600))
def test_work_is_done_after_so_many_minutes_in_which_the_office_was_open(t: int, minutes: int) -> None:
    t -= t % 60
    left, end = minutes, t
    while left:
        moment = datetime.fromtimestamp(end, LONDON)
        if CALENDAR.is_working(moment.date()) and 9 <= moment.hour < 17:
            left -= 1
        end += 60
    assert finish(HOURS, 0, 1, 0, 0, t, minutes * 60) == end
    assert finish(OPEN_ALWAYS, 0, 1, 0, 0, t, minutes * 60) == t + minutes * 60


@given(SECONDS, st.integers(1, 30), st.integers(0, 86_399))
def test_working_days_that_pass_are_counted_as_the_calendar_counts(t: int, days: int, more: int) -> None:
    moment = datetime.fromtimestamp(t, LONDON)
    end = after_working_time(HOURS, t, days * 86_400)
    assert end < FAR
    later = datetime.fromtimestamp(end, LONDON)
    if CALENDAR.is_working(moment.date()):
        assert later.date() == CALENDAR.add(moment.date(), days)
        assert later.time() == moment.time()
    else:
        assert CALENDAR.count(moment.date(), later.date()) == days + 1
        assert later.astimezone(LONDON).hour == 0
    assert after_working_time(HOURS, t, days * 86_400 + more) >= end


@given(st.integers(0, 1 << 31))
def test_a_wait_is_kept_to_three_parts_in_a_hundred(wait: int) -> None:
    most = wait_of(bin_of(wait))
    assert wait <= most <= wait * 1.04 + 1
    assert bin_of(most) == bin_of(wait)
    assert bin_of(most + 1) == bin_of(wait) + 1


def test_an_office_closed_for_a_holiday_stays_so() -> None:
    easter = int(datetime(2024, 4, 1, 10, tzinfo=UTC).timestamp())
    assert not is_open(HOURS, 0, easter)
    assert OFFICE.bank_holidays == ()
