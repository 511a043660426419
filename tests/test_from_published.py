"""A scenario made of published tables says what they say, and a simulated year of it comes out as was put in."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from math import sqrt
from pathlib import Path

import attrs
import click
import pytest

from frontdoor import audit
from frontdoor.calibration.from_published import Made, scenario_of_tables
from frontdoor.calibration.from_published.demand import demand_of
from frontdoor.calibration.from_published.foreseen import foreseen, score
from frontdoor.calibration.predicting import Figure, learn
from frontdoor.calibration.published import MONTHS, SOURCES, Published, read_published
from frontdoor.calibration.writing import write_scenario
from frontdoor.cli import calibrate_dfe
from frontdoor.errors import InputError
from frontdoor.library import load
from frontdoor.simulation import load_scenario, simulate
from frontdoor.simulation.loads import loads
from frontdoor.simulation.scenario import Scenario
from frontdoor.simulation.scenario_file import scenario_of
from tests.test_predicting import a_year, made_up, of
from tests.test_published import folder

LIBRARY = load()
SHARED = Path(__file__).parents[2] / "shared/data/stats"
LARGE, SMALL, KEPT_BACK = "Leeds", "Rutland", "City of London"
SOME = (50, 100, 30, 90, 10, 80, 200, 20, 40, 15, 5)


@cache
def tables() -> Published:
    if not SHARED.is_dir():
        pytest.skip("the shared folder with the published tables is not beside this checkout")
    return read_published(SHARED)


@cache
def made(name: str, until: int | None = None) -> Made:
    return scenario_of_tables(tables(), name, LIBRARY, until=until)


def scenario(of_it: Made, **changes: object) -> Scenario:
    """The scenario as it comes back from its file."""
    return scenario_of(tomllib.loads(write_scenario({**of_it.tables, **changes})), LIBRARY)


def around(year: int, **changes: object) -> Published:
    """Ten made up authorities, of which Ashby's last year is otherwise, in a region and a country with figures of their own."""
    there = made_up(10, range(year - 4, year + 1))
    ashby = of("Ashby", *(whole(a_year(one)) for one in range(year - 4, year + 1)))
    ashby = attrs.evolve(ashby, years={**ashby.years, year: attrs.evolve(ashby.years[year], **changes)})
    region = of(
        "North", whole(a_year(year), re_referrals=300, section_47s=600, sources=tuple(10 * one for one in SOME))
    )
    england = of("England", whole(a_year(year), re_referrals=240, section_47s=720, no_further_action=120))
    return Published({**there, "Ashby": ashby}, england, {"North": region})


def whole(year, **changes: object):
    """A year of 1,200 referrals of which everything was published."""
    said: dict[str, object] = {
        "re_referrals": 240, "sources": SOME, "section_47s": 400, "conferences": 100, "no_further_action": 60, "assessments": 1_140,
    }  # fmt: skip
    return attrs.evolve(year, **{**said, **changes})


# ---- what comes ----


def test_a_year_of_it_begins_on_1_april_and_brings_as_many_contacts_as_referrals_are_predicted():
    of_it = scenario_of_tables(around(2020), "Ashby", LIBRARY)
    read = scenario(of_it)
    assert (read.starts, read.ends) == (date(2020, 4, 1), date(2021, 3, 31))
    predicted = sum(row.predicted.value for row in of_it.foreseen.months)
    assert sum(source.per_year for source in read.sources.values()) == pytest.approx(predicted * 365.25 / 365, rel=1e-3)


def test_a_month_brings_what_is_predicted_of_it_for_each_of_its_working_days():
    of_it = scenario_of_tables(around(2020), "Ashby", LIBRARY)
    weights = next(iter(scenario(of_it).sources.values())).by_month
    for row in of_it.foreseen.months:
        month = MONTHS.index(row.name) + 4
        first = date(2020 + (month > 12), (month - 1) % 12 + 1, 1)
        days = sum(LIBRARY.calendar.is_working(first + timedelta(days=i)) for i in range(31)
                   if (first + timedelta(days=i)).month == first.month)  # fmt: skip
        assert weights[first.month - 1] * days == pytest.approx(row.predicted.value, rel=1e-3)


def test_the_sources_are_those_of_the_tables_with_their_codes_of_the_census():
    read = scenario(scenario_of_tables(around(2020), "Ashby", LIBRARY))
    total = sum(source.per_year for source in read.sources.values())
    shares = {source.title: source.per_year / total for source in read.sources.values()}
    for name, many in zip(SOURCES, SOME, strict=True):
        assert shares[name.replace("_", " ")] == pytest.approx(many / sum(SOME), rel=1e-3)
    codes = [source.code for source in read.sources.values()]
    assert codes == ["1A", "2A", "2B", "3A", "4", "5A", "6", "7", "8", "9", "10"]


def test_what_leads_to_what_is_so_often_as_was_published():
    of_it = scenario_of_tables(around(2020), "Ashby", LIBRARY)
    tasks, sources = of_it.tables["tasks"], of_it.tables["sources"]
    assert tasks["decide"]["does"]["referral.take_no_further_action"] == pytest.approx(60 / 1_200)
    assert tasks["decide"]["does"]["referral.accept"] == pytest.approx(0.95)
    assert tasks["strategy"]["chance"] * 0.95 == pytest.approx(400 / 1_200)
    assert tasks["conclude"]["does"]["section_47.request_conference"] == pytest.approx(100 / 400)
    assert {one["known"] for one in sources.values()} == {240 / 1_200}


def test_more_assessments_than_are_accepted_are_further_ones_of_the_same_children():
    of_it = scenario_of_tables(around(2020, assessments=1_500), "Ashby", LIBRARY)
    again = of_it.tables["tasks"]["close"]["does"]["single_assessment.start"]
    assert 0.95 / (1 - again) == pytest.approx(1_500 / 1_200)


def test_fewer_assessments_than_that_leave_some_referrals_signposted():
    does = scenario_of_tables(around(2020, assessments=900), "Ashby", LIBRARY).tables["tasks"]["decide"]["does"]
    assert does["referral.accept"] == pytest.approx(0.75)
    assert does["referral.signpost"] == pytest.approx(0.2)


# ---- what was not published ----


def test_what_was_not_published_is_that_of_the_latest_earlier_year_and_says_so():
    of_it = scenario_of_tables(around(2020, re_referrals=None), "Ashby", LIBRARY)
    assert {one["known"] for one in of_it.tables["sources"].values()} == {0.2}
    said = "re-referrals to referrals: 240 to 1,200, Ashby 2019, for those of Ashby for 2020 were not published"
    assert said in of_it.gaps
    assert any(said[1:] in note for note in of_it.tables["notes"])


@pytest.mark.parametrize(("has_region", "many", "whose"), [(True, 600, "North"), (False, 720, "England")])
def test_where_no_year_of_an_authority_was_its_region_says_it_else_england(has_region, many, whose):
    there = around(2020)
    ashby = of("Ashby", *(whole(a_year(year), section_47s=None) for year in range(2016, 2021)))
    there = Published({**there.authorities, "Ashby": ashby}, there.england, there.regions if has_region else {})
    found = demand_of(there, ashby, 2020).enquired
    assert (found.value, found.is_own) == (many / 1_200, False)
    assert f"{many} to 1,200, {whose} 2020, for those of Ashby for 2020 were not published" in found.note


def test_sources_that_were_kept_back_share_what_the_others_leave_as_in_the_region():
    kept_back = tuple(None if name in ("Housing", "Schools") else one for name, one in zip(SOURCES, SOME, strict=True))
    there = around(2020, sources=kept_back, referrals=sum(SOME))
    found = demand_of(there, there.authorities["Ashby"], 2020)
    assert found.sources == pytest.approx([one / sum(SOME) for one in SOME])
    assert "Schools, Housing were not published" in found.sources_note


def test_a_figure_that_nobody_published_is_one_sentence():
    ashby = of("Ashby", *(whole(a_year(year), conferences=None) for year in range(2016, 2021)))
    with pytest.raises(
        InputError, match="conferences to section 47 enquiries: published neither for Ashby, nor for its"
    ):
        demand_of(Published({"Ashby": ashby}, None), ashby, 2020)


def test_a_year_or_an_authority_that_is_not_in_the_tables_is_one_sentence():
    there = around(2020)
    with pytest.raises(InputError, match="the tables have no year 2031: they go from 2016 to 2020"):
        scenario_of_tables(there, "Ashby", LIBRARY, until=2031)
    gone = Published({**there.authorities, "Gone": of("Gone", whole(a_year(2018)))}, there.england)
    with pytest.raises(InputError, match="Gone is not in the tables of 2020: its last year there is 2018"):
        scenario_of_tables(gone, "gone", LIBRARY)


def test_of_tables_without_rows_it_is_said_that_they_have_none():
    with pytest.raises(InputError, match="there are headers and nothing below them"):
        Published({}, None).of("Ashby")


def test_an_authority_of_which_only_the_beginning_is_named_is_suggested():
    there = around(2020)
    longer = attrs.evolve(there.authorities["Ashby"], name="Barton and Dale and Elsewhere", codes=())
    with pytest.raises(InputError) as wrong:
        Published({**there.authorities, longer.name: longer}, there.england).of("Barton")
    assert wrong.value.faults[0].advice == "Did you mean Barton and Dale and Elsewhere?"


def test_tables_that_do_not_count_referrals_without_further_action_leave_it_to_be_assumed(tmp_path):
    of_it = scenario_of_tables(read_published(folder(tmp_path)), "Ashby", LIBRARY)
    assert "8% of referrals without further action: assumed, for no table says it" in of_it.gaps


# ---- the prediction beside the truth ----


def test_a_prediction_stands_beside_the_year_before_and_what_came():
    of_it = scenario_of_tables(around(2020, months=(120,) * 12), "Ashby", LIBRARY, until=2019)
    assert [(row.last, row.came) for row in of_it.foreseen.months] == [(100, 120)] * 12
    found = score(of_it.foreseen.months)
    assert found is not None
    assert (found.of, found.as_last_year) == (12, pytest.approx(20 / 120))
    assert found.held == sum(row.predicted.low <= 120 <= row.predicted.high for row in of_it.foreseen.months)
    off = sum(abs(row.predicted.value - 120) for row in of_it.foreseen.months) / 12 / 120
    assert found.error == pytest.approx(off)


def test_of_a_year_that_is_not_there_yet_nothing_came_and_nothing_is_scored():
    of_it = scenario_of_tables(around(2020), "Ashby", LIBRARY)
    assert of_it.foreseen.year == 2021
    assert {row.came for row in of_it.foreseen.months} == {None}
    assert score(of_it.foreseen.months) is None


def test_a_figure_that_was_not_published_is_in_no_error():
    months = (None, *(100,) * 11)
    there = around(2020, months=months)
    rows = foreseen(
        learn(there.authorities, LIBRARY.calendar, until=2019).of("Ashby"), there.authorities["Ashby"]
    ).months
    found = score(rows)
    assert found is not None and found.of == 11
    assert rows[0].held is None


def test_where_the_year_before_was_kept_back_it_is_told_only_which_intervals_held():
    there = around(2020)
    ashby = there.authorities["Ashby"]
    earlier = attrs.evolve(ashby.years[2019], months=(None,) * 12)
    ashby = attrs.evolve(ashby, years={**ashby.years, 2019: earlier})
    rows = foreseen(
        learn({**there.authorities, "Ashby": ashby}, LIBRARY.calendar, until=2019).of("Ashby"), ashby
    ).months
    found = score(rows)
    assert found is not None
    assert (found.error, found.as_last_year, found.ratio, found.of) == (None, None, None, 12)


def test_nine_in_ten_intervals_of_a_large_a_small_and_a_kept_back_authority_held_in_three_years():
    held = of_ = 0
    for name in (LARGE, SMALL, KEPT_BACK):
        for year in (2019, 2020, 2021):
            of_it = made(name, year - 1).foreseen
            found = [score(rows) for rows in (of_it.months, of_it.assessment_bands, of_it.conference_bands)]
            held += sum(one.held for one in found if one is not None)
            of_ += sum(one.of for one in found if one is not None)
    assert of_ > 150
    assert held / of_ >= 0.9


# ---- the file, and a year of it ----


def test_all_that_is_not_in_the_tables_is_marked_as_assumed():
    of_it = scenario_of_tables(around(2020), "Ashby", LIBRARY).tables
    for kind in ("rotas", "teams", "sources", "tasks"):
        for name, one in of_it[kind].items():
            assert "assumed" in one["note"], (kind, name)


@pytest.mark.parametrize("name", [LARGE, SMALL, KEPT_BACK])
@pytest.mark.parametrize("until", [2018, 2019, 2020, 2021])
def test_the_file_is_read_without_a_fault_and_its_desk_can_do_its_work(name, until, tmp_path):
    file = tmp_path / "made.toml"
    file.write_text(write_scenario(made(name, until).tables), encoding="utf-8")
    read, library = load_scenario(file)
    for team in loads(read, library):
        assert team.people <= 0.8 * team.staff, team.team


def test_a_scenario_is_made_of_any_authority_that_is_still_there():
    latest = tables().years[-1]
    for name, authority in [*tables().authorities.items()][::12]:
        if latest in authority.years:
            scenario(made(name))
    with pytest.raises(InputError, match="Poole is not in the tables of 2021: its last year there is 2019"):
        made("Poole")


def simulated(read: Scenario, years: int) -> tuple[list[float], Counter[int], Counter[int]]:
    """The referrals of a year by month, and the working days of assessments and conferences begun early enough to be over."""
    months, assessments, conferences = [0.0] * 12, Counter[int](), Counter[int]()
    latest = read.ends - timedelta(days=100)
    days = LIBRARY.calendar
    for seed in range(years):
        done = simulate(read, LIBRARY, replications=1, seed=seed, log=True)
        assert done.log is not None and not any("%" in note for note in done.notes), done.notes
        began: dict[tuple[str, str], date] = {}
        for case, event, number in done.log.events.select("case_id", "event", "day").iter_rows():
            day = date(1970, 1, 1) + timedelta(days=number)
            began[case, event] = day
            if event == "referral.receive" and day <= read.ends:
                months[(day.month - 4) % 12] += 1 / years
            elif event == "single_assessment.sign_off" and began[case, "single_assessment.start"] <= latest:
                assessments[days.count(began[case, "single_assessment.start"], day)] += 1
            elif event.startswith("conference.hold") and began[case, "section_47.start"] <= latest:
                conferences[days.count(began[case, "section_47.start"], day)] += 1
    return months, assessments, conferences


def off(days: Counter[int], ends: Sequence[int], rows: Sequence[Figure]) -> list[float]:
    """By how many standard errors the share of each band is off what was put in."""
    found, before, many = [], -1, days.total()
    for end, put_in in zip((*ends, 10_000), rows, strict=True):
        share = sum(n for day, n in days.items() if before < day <= end) / many
        found.append((share - put_in.value) / sqrt(max(put_in.value * (1 - put_in.value), 1e-4) / many))
        before = end
    return found


@pytest.mark.parametrize(("name", "until"), [(LARGE, 2019), (SMALL, 2020), (KEPT_BACK, 2020)])
def test_a_simulated_year_has_the_months_and_the_bands_that_were_put_in(name, until):
    of_it = made(name, until)
    years = 2 if name == LARGE else 20
    months, assessments, conferences = simulated(scenario(of_it), years)
    for came, row in zip(months, of_it.foreseen.months, strict=True):
        assert abs(came - row.predicted.value) < 4 * sqrt(row.predicted.value / years), row.name
    nine = off(assessments, (0, 10, 20, 30, 40, 45, 50, 60), [row.predicted for row in of_it.foreseen.assessment_bands])
    four = off(conferences, (10, 15, 20), [row.predicted for row in of_it.foreseen.conference_bands])
    assert max(map(abs, (*nine, *four))) < 4, (nine, four)
    assert abs(nine[5]) < 3, "41 to 45 working days"


def test_an_audit_of_a_simulated_year_finds_nothing_against_the_rules_but_what_came_late():
    read = scenario(made(SMALL, 2020))
    log = simulate(read, LIBRARY, replications=1, seed=1, log=True).log
    assert log is not None
    assert set(audit(log, LIBRARY).findings["rule"]) == {"breach"}


def test_as_many_children_are_referred_again_within_a_year_as_were():
    of_it = made(LARGE, 2019)
    read = scenario(
        of_it, ends=date(2021, 3, 31)
    )  # a second year, in which the log knows who was referred in the first
    log = simulate(read, LIBRARY, replications=1, seed=3, log=True).log
    assert log is not None
    again = referrals = 0
    last: dict[str, int] = {}
    for case, event, day in log.events.select("case_id", "event", "day").iter_rows():
        if event == "referral.receive":
            in_second = date(1970, 1, 1) + timedelta(days=day) > date(2020, 3, 31)
            referrals += in_second
            again += in_second and day - last.get(case, -1_000) <= 365
            last[case] = day
    expected = of_it.tables["sources"]["police"]["known"]
    assert abs(again / referrals - expected) < 4 * sqrt(expected * (1 - expected) / referrals)


# ---- the command ----


def command(
    where: Path, *, authority: str | None = "Ashby", year: str | None = None, out: Path | None = None, as_json=False
) -> int:
    return calibrate_dfe.run(str(where), authority=authority, year=year, out=out and str(out), as_json=as_json)


def test_the_command_writes_the_scenario_and_prints_what_it_predicts(tmp_path, capsys):
    where, out = folder(tmp_path, years=(2018, 2019, 2020, 2021), Housing="c"), tmp_path / "ashby.toml"
    assert command(where, out=out, year="2019-20") == 0
    read, _ = load_scenario(out)
    assert read.title == "Ashby, 2020/21"
    said = capsys.readouterr().out
    assert "Ashby, the year to March 2021, predicted from the years to March 2018 to 2020." in said
    assert "12 of 12 lie in their intervals." in said
    assert "Housing were not published" in said
    assert f"Run it: frontdoor simulate {out}" in said


def test_without_a_file_the_scenario_itself_is_printed_with_the_prediction_above_it(tmp_path, capsys):
    assert command(folder(tmp_path)) == 0
    text = capsys.readouterr().out
    assert tomllib.loads(text)["title"] == "Ashby, 2021/22"
    assert "# Ashby, the year to March 2022, predicted" in text


def test_as_json_every_figure_has_its_interval_and_what_came(tmp_path, capsys):
    assert command(folder(tmp_path), year="2020", as_json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["year"] == 2021
    assert [len(found[one]["figures"]) for one in ("months", "assessment_bands", "conference_bands")] == [12, 9, 4]
    april = found["months"]["figures"][0]
    assert (april["name"], april["came"], april["last_year"], april["held"]) == ("April", 12, 12, True)
    assert found["months"]["score"]["of"] == 12
    assert found["scenario"]["starts"] == "2020-04-01"


def test_a_scenario_is_not_written_over_a_table_that_it_is_made_of(tmp_path):
    where = folder(tmp_path)
    table = next(where.glob("*by_month*"))
    before = table.read_bytes()
    with pytest.raises(click.UsageError, match="what is read and what is written must be different files"):
        command(where, out=table)
    assert table.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "message"), [({"authority": None}, "needs --authority NAME"), ({"year": "20"}, "--year 20 is no year")]
)
def test_the_command_says_what_it_needs(words, message, tmp_path):
    with pytest.raises(click.UsageError, match=message):
        command(folder(tmp_path), **words)
