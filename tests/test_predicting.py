"""A year is predicted from the years before it: of few authorities or many, of whatever was published of them."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdoor.calibration.predicting import Figure, Prediction, learn
from frontdoor.calibration.published import Authority, Year, read_published
from frontdoor.errors import CalendarExhausted, InputError
from frontdoor.library import load

CALENDAR = load().calendar
SHARED = Path(__file__).parents[2] / "shared/data/stats"
TARGETS = ("months", "assessment_bands", "conference_bands")
NINE, FOUR = (2, 12, 17, 16, 19, 15, 6, 6, 7), (15, 60, 12, 13)


def a_year(year: int, *, months=(100,) * 12, children=40_000.0, assessments=NINE, conferences=FOUR) -> Year:
    """A year as it may have been published."""

    def total(counts):
        return None if None in counts else sum(counts)

    return Year(
        year=year, referrals=total(months), children=children, re_referrals=None, months=tuple(months), sources=(None,) * 11,
        assessments=total(assessments), assessment_bands=tuple(assessments), section_47s=None,
        conferences=total(conferences), conference_bands=tuple(conferences),
    )  # fmt: skip


def of(name: str, *years: Year) -> Authority:
    """An authority of these years."""
    return Authority(name, "North", (), {year.year: year for year in years})


def made_up(authorities: int, years: range, seed: int = 1) -> dict[str, Authority]:
    """Authorities of different sizes, each year a little unlike the last; August is quiet."""
    chance = random.Random(seed)
    found = {}
    for number in range(authorities):
        level, name = chance.uniform(30, 600), f"A{number:03}"
        made = []
        for year in years:
            level *= chance.lognormvariate(0, 0.1)
            months = [round(level * (0.8 if month == 4 else 1) * chance.lognormvariate(0, 0.1)) for month in range(12)]
            bands = [
                [round(share * level * chance.lognormvariate(0, 0.2) / 10) for share in one] for one in (NINE, FOUR)
            ]
            made.append(a_year(year, months=months, children=level * 400, assessments=bands[0], conferences=bands[1]))
        found[name] = of(name, *made)
    return found


def figures(prediction: Prediction) -> list[Figure]:
    return [one for target in TARGETS for one in getattr(prediction, target)]


def values(some: tuple[Figure, ...]) -> list[float]:
    return [one.value for one in some]


def without(authority: Authority, year: int, **changes: object) -> Authority:
    """The authority with something of a year otherwise."""
    return attrs.evolve(authority, years={**authority.years, year: attrs.evolve(authority.years[year], **changes)})


# ---- what is always so ----


@settings(max_examples=25, deadline=None)
@given(authorities=st.integers(1, 6), years=st.integers(1, 5), seed=st.integers(0, 99), lost=st.integers(0, 8))
def test_intervals_hold_the_prediction_and_shares_add_up(authorities, years, seed, lost):
    there = made_up(authorities, range(2022 - years, 2022), seed)
    chance = random.Random(seed)
    for _ in range(lost):
        name, year = chance.choice(sorted(there)), chance.choice(range(2022 - years, 2022))
        target = chance.choice(TARGETS)
        counts = [None if chance.random() < 0.4 else count for count in getattr(there[name].years[year], target)]
        there[name] = without(there[name], year, **{target: tuple(counts)})
    predictor = learn(there, CALENDAR)
    assert predictor.year == 2022
    for prediction in predictor.predictions.values():
        for one in figures(prediction):
            assert 0 <= one.low <= one.value <= one.high < float("inf")
        for shares in (prediction.assessment_bands, prediction.conference_bands):
            assert not shares or sum(values(shares)) == pytest.approx(1)
            assert all(one.high <= 1 for one in shares)


def test_the_same_tables_give_the_same_predictions_in_whatever_order_they_come():
    there = made_up(8, range(2016, 2022))
    back = {name: there[name] for name in reversed(there)}
    assert learn(there, CALENDAR) == learn(there, CALENDAR) == learn(back, CALENDAR)


def test_nothing_is_learnt_from_the_year_to_predict_or_a_later_one():
    there = made_up(8, range(2014, 2022))
    known = {name: of(name, *(one for year, one in each.years.items() if year <= 2018)) for name, each in there.items()}
    assert learn(there, CALENDAR, until=2018) == learn(known, CALENDAR)


# ---- months ----


def test_an_authority_that_never_changes_is_predicted_as_it_was():
    there = {"Ashby": of("Ashby", *(a_year(year) for year in range(2014, 2022)))}
    assert values(learn(there, CALENDAR).of("Ashby").months) == pytest.approx([100] * 12, rel=0.12)


def test_the_latest_months_count_for_more_than_the_first():
    others, totals = made_up(20, range(2020, 2022)), []
    for months in ((100,) * 6 + (200,) * 6, (200,) * 6 + (100,) * 6):
        of_it = of("Ashby", a_year(2020, months=(150,) * 12), a_year(2021, months=months))
        totals.append(sum(values(learn({"Ashby": of_it, **others}, CALENDAR).of("Ashby").months)))
    assert totals[0] > 1.3 * totals[1]


def test_a_month_that_is_quiet_everywhere_is_foreseen_to_be_quiet():
    months = values(learn(made_up(30, range(2014, 2022)), CALENDAR).of("A003").months)
    assert months[4] == min(months)


def test_a_month_that_was_not_published_is_no_month_without_referrals():
    there = made_up(20, range(2016, 2022))
    whole = there["A001"]
    year = whole.years[2021]
    hidden = without(whole, 2021, months=(*year.months[:9], None, None, None))
    nought = without(whole, 2021, months=(*year.months[:9], 0, 0, 0))
    totals = [
        sum(values(learn({**there, "A001": one}, CALENDAR).of("A001").months)) for one in (whole, hidden, nought)
    ]  # fmt: skip
    assert totals[1] == pytest.approx(totals[0], rel=0.15)
    assert totals[2] < totals[0] / 2


def test_a_year_that_was_not_published_leaves_the_earlier_ones_to_go_by():
    there = made_up(20, range(2016, 2022))
    unknown = a_year(2021, months=(None,) * 12, children=None, assessments=(None,) * 9, conferences=(None,) * 4)
    there["A001"] = of("A001", *(a_year(year) for year in range(2016, 2021)), unknown)
    found = learn(there, CALENDAR).of("A001")
    assert sum(values(found.months)) == pytest.approx(1_200, rel=0.3)
    assert len(found.assessment_bands) == 9


# ---- bands ----


def test_shares_stay_near_the_last_year_and_are_drawn_to_those_of_all():
    others = {
        f"A{n}": of(f"A{n}", *(a_year(year, assessments=[40 * n for n in NINE]) for year in (2020, 2021)))
        for n in range(9)
    }
    late = a_year(2021, assessments=(0, 0, 0, 0, 0, 1_000, 0, 0, 3_000))
    found = learn({"Late": of("Late", attrs.evolve(late, year=2020), late), **others}, CALENDAR).of("Late")
    shares = values(found.assessment_bands)
    assert 0.5 < shares[8] < 0.75
    assert max(shares[1], shares[2]) < 0.1


def test_what_is_left_of_a_total_is_spread_over_the_bands_that_were_not_published_evenly_if_nobody_says_how():
    year = a_year(2021, assessments=(50, 100, 200, 250, 250, 100, 20, 20, 10))
    hidden = attrs.evolve(year, assessment_bands=(50, 100, 200, 250, 250, 100, None, None, 10))
    one, other = (learn({"Ashby": of("Ashby", each)}, CALENDAR).of("Ashby") for each in (year, hidden))
    assert one.assessment_bands == other.assessment_bands


def test_it_is_spread_as_it_is_where_all_were_published():
    others = {f"A{n}": of(f"A{n}", a_year(2021, conferences=(150, 600, 120, 130))) for n in range(9)}
    hidden = attrs.evolve(a_year(2021, conferences=(15, 60, 12, 13)), conference_bands=(None, None, 12, 13))
    found = learn({"Hidden": of("Hidden", hidden), **others}, CALENDAR)
    assert values(found.of("Hidden").conference_bands) == pytest.approx(values(found.of("A1").conference_bands))


def test_an_authority_without_a_duration_is_foreseen_to_be_like_all_others_and_less_surely():
    there = made_up(30, range(2016, 2022))
    bare = of("Bare", *(a_year(year, assessments=(None,) * 9) for year in range(2016, 2022)))
    known, unknown = (learn({**there, "Bare": bare}, CALENDAR).of(name).assessment_bands for name in ("A001", "Bare"))
    assert values(unknown) == pytest.approx([share / 100 for share in NINE], abs=0.05)
    assert sum(one.high - one.low for one in unknown) > sum(one.high - one.low for one in known)


def test_tables_without_any_duration_give_no_bands():
    bare = of("Bare", a_year(2021, assessments=(None,) * 9, conferences=(None,) * 4))
    found = learn({"Bare": bare}, CALENDAR).of("Bare")
    assert (len(found.months), found.assessment_bands, found.conference_bands) == (12, (), ())


# ---- how sure it is ----


def test_an_authority_of_one_year_is_predicted_with_wider_intervals_than_one_of_many():
    there = made_up(40, range(2014, 2022))
    steady = [a_year(year, months=(300,) * 12, children=120_000.0) for year in range(2014, 2022)]
    both = learn({**there, "Old": of("Old", *steady), "New": of("New", steady[-1])}, CALENDAR)
    old, new = ([one.high - one.low for one in both.of(name).months] for name in ("Old", "New"))
    assert all(b > 1.2 * a for a, b in zip(old, new, strict=True))


def test_one_year_of_one_authority_is_enough_and_says_little():
    found = learn({"Ashby": of("Ashby", a_year(2021))}, CALENDAR).of("Ashby")
    assert all(one.low < 0.7 * one.value and one.high > 1.5 * one.value for one in found.months)


def test_intervals_hold_about_as_often_as_they_say_over_many_authorities():
    there = made_up(60, range(2012, 2022))
    held = []
    for year in (2019, 2020, 2021):
        for name, prediction in learn(there, CALENDAR, until=year - 1).predictions.items():
            came = there[name].years[year].months
            held += [one.low <= count <= one.high for one, count in zip(prediction.months, came, strict=True)]
    assert 0.90 <= sum(held) / len(held) <= 0.99


# ---- what cannot be predicted ----


def test_an_authority_of_which_no_month_was_published_is_said_to_be_one():
    there = made_up(3, range(2019, 2022))
    there["Gone"] = of("Gone", a_year(2021, months=(None,) * 12))
    with pytest.raises(InputError, match="the tables to 2021 have no referrals of 'Gone' by month"):
        learn(there, CALENDAR).of("Gone")


def test_an_authority_that_was_merged_away_is_not_predicted():
    there = made_up(3, range(2019, 2022))
    there["Merged"] = of("Merged", a_year(2019), a_year(2020))
    with pytest.raises(InputError, match="it was not in those of that year"):
        learn(there, CALENDAR).of("Merged")
    assert learn(there, CALENDAR, until=2020).of("Merged").year == 2021


def test_no_year_before_the_one_to_predict_is_an_error():
    with pytest.raises(InputError, match="nothing was published until 2010"):
        learn(made_up(2, range(2019, 2022)), CALENDAR, until=2010)


def test_a_year_whose_bank_holidays_are_not_known_is_not_predicted():
    with pytest.raises(CalendarExhausted):
        learn({"Ashby": of("Ashby", a_year(CALENDAR.last))}, CALENDAR)


# ---- the published tables ----


def errors(authorities: Mapping[str, Authority], year: int) -> tuple[float, float, float]:
    """The mean error of months relative to their mean, that of the last year, and the share of months in the intervals."""
    ours, theirs, held = [], [], []
    for name, prediction in learn(authorities, CALENDAR, until=year - 1).predictions.items():
        came, last = (authorities[name].years.get(one) for one in (year, year - 1))
        if came is None or last is None or None in (*came.months, *last.months) or sum(came.months) < 12:
            continue
        mean = sum(came.months) / 12
        pairs = list(zip(prediction.months, came.months, last.months, strict=True))
        ours.append(sum(abs(one.value - count) for one, count, _ in pairs) / 12 / mean)
        theirs.append(sum(abs(before - count) for _, count, before in pairs) / 12 / mean)
        held += [one.low <= count <= one.high for one, count, _ in pairs]
    return sum(ours) / len(ours), sum(theirs) / len(theirs), sum(held) / len(held)


def test_months_are_predicted_better_than_as_last_year_by_a_tenth_and_intervals_hold():
    if not SHARED.is_dir():
        pytest.skip("the shared folder with the published tables is not beside this checkout")
    authorities = read_published(SHARED).authorities
    for year in range(2016, 2022):
        ours, theirs, held = errors(authorities, year)
        assert ours < 0.9 * theirs, year
        assert 0.90 <= held <= 0.98, year
