"""The report of a simulated desk: every figure is the results' own, told in words as well, safely, and the same each time."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdoor.errors import MissingExtra
from frontdoor.library import load
from frontdoor.report.html import pages, simulated
from frontdoor.report.html.charts import Bin
from frontdoor.report.html.graphs import Dot, Stack, causes, dots, floor_of, queue
from frontdoor.report.html.opening import titled
from frontdoor.report.html.simulated_parts import percent, points
from frontdoor.report.html.simulated_varied import Varied
from frontdoor.report.html.simulated_work import _loads
from frontdoor.report.simulated import value
from frontdoor.simulation import Results, Scenario, Simulation, simulate
from frontdoor.simulation.durations import Duration, Fixed
from frontdoor.simulation.estimates import Band, Estimate, band
from frontdoor.simulation.experiments import find, gain, target_of, vary
from tests.commands import environment, frontdoor
from tests.test_report_html import HOSTILE, Page
from tests.test_report_pictures import RULES, browser, classes, in_a_browser, parsed, visited
from tests.test_simulate_command import DESK
from tests.test_simulation import ALWAYS, a_desk

__all__ = ["browser"]  # a fixture

TIMERS = ("contact.screening", "referral.decision", "referral.acknowledgement", "single_assessment.completion")


def a_scenario(staff: int = 2, **changes: Any) -> Scenario:
    """A small desk whose workers hold at most three cases, after four weeks of filling."""
    desk = a_desk(staff=staff, cap=3, per_year=4_000, days=60, absence=0.1, minutes=50)
    notes = {
        "0": "All of it is invented.",
        "teams.desk": "assumed",
        "tasks.screen": "assumed",
        "sources.police": "as reported",
    }
    return attrs.evolve(desk, **{"warm_up": 28, "notes": notes} | changes)


def ran(scenario: Scenario, replications: int = 4) -> Simulation:
    return simulate(scenario, load(), replications=replications, seed=3)


@pytest.fixture(scope="module")
def done() -> Simulation:
    return ran(a_scenario())


@pytest.fixture(scope="module")
def results(done: Simulation) -> Results:
    return done.results


@attrs.define
class Tables(Page):
    """A page, and each of its tables by its caption: rows of texts, the first that of its heads."""

    tables: dict[str, list[list[str]]] = attrs.Factory(dict)
    into: list[str] | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        super().handle_starttag(tag, attributes)
        if tag == "table":
            self.tables[""] = []
        elif tag == "tr":
            self.tables[""].append([])
        elif tag in ("td", "th"):
            self.tables[""][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        super().handle_endtag(tag)
        if tag == "table":
            rows, caption = self.tables.pop(""), self.tables.pop("caption", [[""]])[0][0]
            assert caption and caption not in self.tables
            self.tables[caption] = rows

    def handle_data(self, data: str) -> None:
        super().handle_data(data)
        if self.open and self.open[-1] == "caption":
            self.tables["caption"] = [[data]]
        elif self.open and self.open[-1] in ("td", "th"):
            self.tables[""][-1][-1] += data

    def rows(self, caption: str) -> list[list[str]]:
        """The rows of the table whose caption begins so, without its heads."""
        (found,) = (rows for name, rows in self.tables.items() if name.startswith(caption))
        assert len({len(row) for row in found}) == 1
        return found[1:]


@pytest.fixture(scope="module")
def page(done: Simulation) -> Tables:
    """Its report."""
    return Tables.of(simulated.page(done.results, done.notes, changes={"teams.desk.staff": 2}))  # type: ignore[return-value]


@pytest.fixture(scope="module")
def varied() -> Varied:
    """How many at the desk bring nine in ten contacts in time."""
    target = target_of("contact.screening high in time >= 90%")
    found = find(target, (1, 2, 3, 4), lambda staff: ran(a_scenario(staff)))
    return Varied("teams.desk.staff", (1, 2, 3, 4), found.steps, target, found.value)


def between(one: Estimate) -> str:
    return "." if one.low is None or one.high is None else f"{percent(one.low)} to {percent(one.high)}"


def some(value: float) -> str:
    return f"{value:,.1f}" if value < 10 else f"{value:,.0f}"


# ---- every figure is the results' own ----


def test_in_time_is_what_the_results_say_by_clock_and_priority(page: Tables, results: Results) -> None:
    expected = []
    for name in results.timers:
        for priority in (None, *results.planned.scenario.priorities):
            one = results.timer(name, priority)
            counts = [some(one.counts[status] / 4) for status in ("met", "late", "overdue")]
            expected.append([priority or "all", *counts, percent(one.in_time.mean), between(one.in_time)])
    assert [row[1:] for row in page.rows("In time by clock and priority")] == expected
    assert set(TIMERS) - {"referral.acknowledgement"} <= set(results.timers)


def test_the_likelihood_of_a_target_is_the_share_of_replications_that_met_it(page: Tables, results: Results) -> None:
    told = 0
    for row, one in zip(page.rows("How likely a period of 60 days"), results.timers.values(), strict=True):
        assert row[5] == percent(min(one.by_year))
        if len(one.by_year) == 1:
            assert row[1:5] == ["."] * 4
            continue
        told += 1
        shares = [sum(share >= target for share in one.by_year) / len(one.by_year) for target in (0.95, 1.0)]
        assert [row[1], row[3]] == [percent(share) for share in shares]
        assert [row[2], row[4]] == [between(one.chance(0.95)), between(one.chance(1.0))]
    assert told > 2


def test_waits_are_what_the_results_say_by_team_and_priority(page: Tables, results: Results) -> None:
    expected = []
    for number, name in enumerate(results.queue_names):
        for priority in (None, *results.planned.scenario.priorities) if name in results.queues else ():
            one = results.queue(number, priority)
            if not one.pieces:
                continue
            waits = [f"{value or 0:,.1f}" for value in (one.median, one.ninetieth, one.ninety_fifth)]
            low, high = one.wait.low, one.wait.high
            interval = "." if low is None or high is None else f"{max(0.0, low):,.2f} to {high:,.2f}"
            expected.append([priority or "all", some(one.pieces / 4), *waits, f"{one.wait.mean:,.2f}", interval])
    assert [row[1:] for row in page.rows("Hours that work waited")] == expected
    assert any(name.endswith(", room") for name in results.queues)


def test_backlogs_are_bands_over_the_replications_of_the_weeks_checks(page: Tables, results: Results) -> None:
    wide, days = len(results.queue_names), results.checked
    mondays = sorted({day - timedelta(days=day.weekday()) for day in days})
    for number, (caption, rows) in enumerate(
        (name, rows) for name, rows in page.tables.items() if name.startswith("Week by week")
    ):
        queue = [place for place, name in enumerate(results.queue_names) if name in results.queues][number]
        assert len(rows) == len(mondays) + 1, caption
        for monday, row in zip(mondays, rows[1:], strict=True):
            places = [place for place, day in enumerate(days) if 0 <= (day - monday).days < 7]
            means = [
                sum(one.backlog[place * wide + queue] for place in places) / len(places) for one in results.replications
            ]
            oldest = [
                max(one.oldest[place * wide + queue] for place in places) / 86_400 for one in results.replications
            ]
            said = [f"{value:,.1f}" for one in (band(means), band(oldest)) for value in (one.median, one.low, one.high)]
            assert row == [f"{monday.day} {monday:%b %Y}", *said]


def test_the_heat_map_adds_up_to_what_is_planned(page: Tables, results: Results) -> None:
    cells = [row[1:] for row in page.rows("police: ")]
    assert cells == [[f"{results.arrivals()[day][hour]:.2f}" for day in range(7)] for hour in range(24)]
    sources = results.planned.plan.sources
    hours = (results.planned.hours.midnight[results.planned.warm_up] - results.planned.hours.midnight[0]) // 3_600
    last = hours + 60 * 24 - results.planned.hours.midnight[0] % 1  # no clock changes in these 60 days
    planned = (sources.rate[sources.hour0[0] + last] - sources.rate[sources.hour0[0] + hours]) / 1e6
    days = Counter((results.planned.scenario.starts + timedelta(days=day)).weekday() for day in range(60))
    assert sum(sum(results.arrivals()[day]) * many for day, many in days.items()) == pytest.approx(planned, abs=1e-4)


def test_how_busy_people_are_is_what_the_results_say(page: Tables, results: Results) -> None:
    expected = [[f"{results.planned.scenario.teams[name].staff}", "10.0%", percent(one.mean), between(one)] for name, one in results.utilisation.items()]  # fmt: skip
    assert [row[2:] for row in page.rows("Share of the time that they are there")] == expected


def test_cases_held_are_every_worker_day_beside_the_cap(page: Tables, results: Results) -> None:
    rows = page.rows("Cases held: workers")
    assert [int(row[1].replace(",", "")) for row in rows] == [
        results.caseloads("workers").get(held, 0) for held in range(4)
    ]
    assert sum(results.caseloads("workers").values()) == 4 * 4 * len(results.checked)
    assert "The most that a worker may hold is 3" in page.text


def test_causes_are_what_the_results_say(page: Tables, results: Results) -> None:
    expected = []
    for one in results.timers.values():
        parts = [*one.causes.values(), one.counts["overdue"]]
        expected.append([some(n / 4) for n in (*parts, sum(parts))])
    assert [row[1:] for row in page.rows("Late or overdue")] == expected
    assert all(sum(one.causes.values()) == one.counts["late"] for one in results.timers.values())


def test_it_begins_with_a_sentence_that_gives_each_statutory_clock_with_its_interval(
    page: Tables, results: Results
) -> None:
    before = page.text.partition("In this report")[0]
    for name in ("referral.decision", "single_assessment.completion"):
        one = results.timers[name].in_time
        assert f"{percent(one.mean)} ({between(one)})" in before
    assert "Read it and choose where it goes" not in before  # a local clock


def test_it_says_what_was_simulated_and_what_is_assumed(page: Tables) -> None:
    for said in (
        "8 January 2024 to 7 March 2024, 60 days", "28 days before it, from 11 December 2023", "4, seed 3", "teams.desk.staff = 2",
        "Working Together to Safeguard Children, December 2023", "Bank holidays of England and Wales, version", "All of it is invented.",
        "assumed (teams.desk, tasks.screen)", "as reported (sources.police)", "4 replications were run: bands and likelihoods of so few are rough.",
    ):  # fmt: skip
        assert said in page.text, said
    assert "what is assumed" in page.text.lower().partition("in time by clock and priority")[0]


def test_what_must_be_known_of_the_figures_stands_before_them() -> None:
    overrun = ran(
        a_scenario(staff=1, sources={"police": attrs.evolve(a_scenario().sources["police"], per_year=9_000)}), 2
    )
    text = Page.of(simulated.page(overrun.results, [*overrun.notes, "It does not settle."])).text.partition(
        "In time by clock"
    )[0]
    assert "no average can be trusted" in text and "It does not settle." in text


# ---- what was varied ----


def test_the_answer_names_the_least_that_reaches_the_target_and_the_step_before_it(varied: Varied) -> None:
    steps = {step.value: step.results for step in varied.steps}
    text = Page.of(simulated.page(varied.shown.results, (), varied=varied)).text
    reached, before = (varied.target.reached(steps[n]) for n in (varied.value, varied.value - 1))  # type: ignore[union-attr]
    more = gain("contact.screening", steps[varied.value - 1], steps[varied.value], "high")
    assert (
        f"teams.desk.staff = {varied.value} is the least of 1 to 4 that brings 90% of “Contact: Read it and choose where it goes”, high, in time"
        in text
    )
    assert f"by the lower end of its interval: {percent(reached.mean)} ({between(reached)})." in text
    assert (
        f"With {varied.value - 1}: {percent(before.mean)} ({between(before)}); the step brings {points(more.mean)} points"
        in text
    )


def test_each_value_stands_with_its_interval_and_the_paired_step_to_the_next(varied: Varied) -> None:
    page = Tables.of(simulated.page(varied.shown.results, (), varied=varied))
    rows = [row[1:] for row in page.rows("In time by teams.desk.staff")][: len(varied.steps)]  # type: ignore[attr-defined]
    before = None
    for row, step in zip(rows, varied.steps, strict=True):
        one = step.results.timer("contact.screening", "high").in_time
        more = Estimate(None) if before is None else gain("contact.screening", before, step.results, "high")
        interval = "." if more.low is None or more.high is None else f"{points(more.low)} to {points(more.high)}"
        assert row == [str(step.value), percent(one.mean), between(one), points(more.mean), interval]
        before = step.results


def test_where_nothing_reaches_the_target_the_most_that_was_tried_is_told(varied: Varied) -> None:
    unreached = Varied(varied.path, (1, 2), varied.steps[:1], target_of("contact.screening in time >= 100%"), None)
    text = Page.of(simulated.page(unreached.shown.results, (), varied=unreached)).text
    assert "With none of teams.desk.staff = 1 or 2 does even the lower end of the interval reach 100%" in text


def test_where_a_search_was_stopped_nothing_is_said_to_be_found_or_not(varied: Varied) -> None:
    stopped = attrs.evolve(varied, steps=varied.steps[:1], value=None, stopped=True)
    text = Page.of(simulated.page(stopped.shown.results, (), varied=stopped)).text
    assert "It was stopped before the least of teams.desk.staff = 1 to 4 was found" in text
    assert "With none of" not in text


def test_without_a_target_it_says_what_changes_most() -> None:
    steps = vary((1, 3), lambda staff: ran(a_scenario(staff), 2))
    told = Varied("teams.desk.staff", (1, 3), steps)
    text = Page.of(simulated.page(told.shown.results, (), varied=told)).text
    assert "From teams.desk.staff = 1 to 3 most changes for" in text
    assert told.shown is steps[1]


# ---- everybody can read it, and it needs nothing else ----


@pytest.fixture(scope="module")
def both(page: Tables, varied: Varied) -> tuple[Page, Page]:
    """A page of one desk and a page of several."""
    return page, Page.of(simulated.page(varied.shown.results, (), varied=varied))


def test_it_has_no_script_and_names_no_other_file_or_address(both: tuple[Page, Page]) -> None:
    for page in both:
        assert page.every("script", "link", "img", "iframe", "object", "embed", "form", "base") == []
        assert [
            name for _, one in page.elements for name in one if name in ("src", "style") or name.startswith("on")
        ] == []
        assert all(one["href"].startswith("#") for one in page.every("a"))
        assert "http" not in page.text and "http" not in page.styles[0]
        (policy,) = [one["content"] for one in page.every("meta") if one.get("http-equiv") == "Content-Security-Policy"]
        digest = base64.b64encode(hashlib.sha256(page.styles[0].encode()).digest()).decode()
        assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_every_picture_has_a_text_alternative_and_no_two_elements_an_id(both: tuple[Page, Page]) -> None:
    for page in both:
        assert all(one.get("aria-hidden") == "true" or one.get("role") == "img" for one in page.every("svg"))
        assert sum(one.get("role") == "img" for one in page.every("svg")) == len(page.every("desc")) > 10
        ids = Counter(one["id"] for _, one in page.elements if "id" in one)
        assert [name for name, n in ids.items() if n > 1] == []
        named = [name for _, one in page.elements for name in one.get("aria-labelledby", "").split()]
        assert set(named) | {one["href"][1:] for one in page.every("a")} <= set(ids)


def test_headings_are_in_order_and_every_table_has_a_caption(both: tuple[Page, Page]) -> None:
    for page in both:
        levels = [int(tag[1]) for tag, _ in page.elements if tag in ("h1", "h2", "h3", "h4", "h5")]
        assert levels[0] == 1 and levels.count(1) == 1
        assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
        assert len(page.every("table")) == len(page.every("caption")) > 10
        assert all(one.get("scope") in ("col", "row") for one in page.every("th"))


def test_a_picture_says_in_words_what_it_shows(page: Tables, results: Results) -> None:
    for name in results.timers:
        for priority in results.planned.scenario.priorities:
            one = results.timer(name, priority).in_time
            said = f"{priority}: none came due" if one.mean is None else f"{priority}: {percent(one.mean)}"
            assert said in page.text


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_a_scenario_says_is_text_on_the_page(text: str) -> None:
    said = a_scenario()
    hostile = attrs.evolve(
        said, title=text, name=text, priorities=(text, "low"), notes={"0": text, text: text},
        sources={text: attrs.evolve(said.sources["police"], name=text, title=text, priority={text: 0.5, "low": 0.5})},
        teams={name: attrs.evolve(one, title=text) for name, one in said.teams.items()},
        tasks={name: attrs.evolve(one, cases=one.cases[-1:]) for name, one in said.tasks.items()},
    )  # fmt: skip
    step = vary((text,), lambda value: ran(hostile, 2))
    told = Varied(text, (text,), step)
    page = Page.of(simulated.page(step[0].results, [text], changes={text: text}, varied=told))
    assert page.every("script") == []
    assert [name for _, one in page.elements for name in one if name.startswith("on")] == []
    assert len(page.styles) == 1
    assert page.text.count(" ".join(text.replace("\u202e", " ").split())) > 8


# ---- the same each time, and of any desk ----


def test_the_same_scenario_gives_the_same_bytes_in_two_processes(tmp_path: Path) -> None:
    desk = tmp_path / "desk.toml"
    desk.write_text(DESK, encoding="utf-8")
    made = []
    for seed in ("1", "2"):
        path = tmp_path / f"{seed}.html"
        words = [sys.executable, "-m", "frontdoor", "simulate", desk, "--replications", "2", "--report", path]
        subprocess.run(words, check=True, capture_output=True, env=environment(PYTHONHASHSEED=seed))
        made.append(path.read_bytes())
    assert made[0] == made[1]


def test_one_replication_has_no_intervals_between_years_and_says_so() -> None:
    one = ran(a_scenario(), 1)
    text = Page.of(simulated.page(one.results, one.notes)).text
    assert "One replication was run" in text
    assert "nan" not in text.lower().split()


def test_a_desk_without_priorities_a_statutory_clock_or_a_late_one_is_told() -> None:
    said = attrs.evolve(a_desk(staff=6, rota=ALWAYS), warm_up=28)
    case = attrs.evolve(said.tasks["screen"].cases[1], effort=Duration(Fixed(600)), does={"contact.close": 1.0})
    quiet = ran(
        attrs.evolve(
            said, priorities=("any",), notes={}, tasks={"screen": attrs.evolve(said.tasks["screen"], cases=(case,))},
            sources={"s": attrs.evolve(said.sources["police"], name="s", priority={}, per_year=100)},
        ), 2,
    )  # fmt: skip
    text = Page.of(simulated.page(quiet.results, quiet.notes)).text
    assert "No statutory clock ran. In time by local clock" in text
    assert "No clock was late." in text
    assert "The scenario does not say where any of its figures come from." in text


def test_work_that_nobody_ever_begins_is_seen_to_wait() -> None:
    said = a_scenario()
    desk = attrs.evolve(said.teams["desk"], staff=0)
    none = ran(attrs.evolve(said, teams={**said.teams, "desk": desk}), 2)
    assert "desk" not in none.results.queues
    rows = Tables.of(simulated.page(none.results, none.notes)).rows("Week by week: desk")  # type: ignore[attr-defined]
    waiting = [float(row[1].replace(",", "")) for row in rows]
    assert waiting == sorted(waiting) and waiting[-1] > 100


def test_where_nothing_comes_the_page_says_that_no_clock_ran() -> None:
    said = a_scenario()
    none = attrs.evolve(said, sources={"police": attrs.evolve(said.sources["police"], per_year=0)})
    told = Varied("x", (1, 2), vary((1, 2), lambda value: ran(none, 2)))
    text = Page.of(simulated.page(told.shown.results, (), varied=told)).text
    assert "No clock ran both with x = 1 and with 2. No clock ran in it." in text


def test_a_load_above_95_percent_is_said_before_the_figures() -> None:
    note = "desk work 97% of the time they are there: above 95% queues grow long, and no average can be trusted."
    done = ran(a_scenario(), 2)
    assert note in Page.of(simulated.page(done.results, [note])).text.partition("What is assumed A simulation")[0]


# ---- what it is made of ----


def test_a_share_is_never_rounded_up_to_all_or_down_to_nothing() -> None:
    assert [percent(share) for share in (0.0, 0.0001, 0.5, 0.99999, 1.0, None)] == [
        "0%",
        "0.1%",
        "50.0%",
        "99.9%",
        "100%",
        ".",
    ]
    assert [points(share) for share in (0.00001, -0.00001, 0.0123)] == ["0.00", "0.00", "+1.23"]


def test_a_value_is_said_as_its_file_writes_it() -> None:
    assert [value(one) for one in (True, 3, 0.5, "2 days")] == ["true", "3", "0.5", "2 days"]


def test_of_one_replication_no_likelihood_is_told() -> None:
    one = ran(a_scenario(), 1)
    rows = Tables.of(simulated.page(one.results, ())).rows("How likely")  # type: ignore[attr-defined]
    assert all(row[1:5] == ["."] * 4 for row in rows)


@given(st.lists(st.integers(0, 1_000), min_size=1, max_size=40))
def test_a_band_lies_around_its_middle_and_within_the_values(values: list[int]) -> None:
    one = band(values)
    low, median, high = (round(each, 9) for each in (one.low, one.median, one.high))
    assert min(values) <= low <= median <= high <= max(values)


def test_a_band_is_even_between_two_values() -> None:
    one = band([4.0, 0.0, 2.0])
    assert (one.median, one.low, one.high) == (2.0, pytest.approx(0.4), pytest.approx(3.6))


@given(st.dictionaries(st.integers(0, 250), st.integers(1, 9), max_size=20), st.integers(0, 250))
def test_every_worker_day_stands_in_one_bar_and_none_lies_across_the_cap(days: dict[int, int], cap: int) -> None:
    most = max([cap, *days])
    bars: list[Bin] = list(_loads(days, most))
    assert sum(one.n for one in bars) == sum(days.values())
    assert bars[-1].to == most and len(bars) <= 17
    assert all(before.to == after.after for before, after in zip(bars, bars[1:], strict=False))


def test_an_axis_begins_below_every_interval() -> None:
    assert floor_of([Estimate(0.97, 0.951, 0.98), Estimate(None)]) == 0.95
    assert floor_of([Estimate(0.97, 0.94, 0.98), Estimate(0.3)]) == 0.0
    drawing = dots(
        "x", "In time", "all: 97%.", [Dot("all", Estimate(0.97, 0.951, 0.98)), Dot("high", Estimate(None))], 0.95, 0.96
    )
    assert (len(classes(drawing, "mark")), len(classes(drawing, "interval")), len(classes(drawing, "judged"))) == (
        1,
        1,
        1,
    )


def test_an_interval_narrower_than_its_dot_is_not_drawn_over_it() -> None:
    narrow, wide = Dot("narrow", Estimate(0.97, 0.9695, 0.9705)), Dot("wide", Estimate(0.97, 0.96, 0.98))
    drawing = dots("x", "In time", "x.", [narrow, wide], 0.95)
    assert (len(classes(drawing, "mark")), len(classes(drawing, "interval"))) == (2, 1)


def test_a_week_is_named_after_the_month_of_its_thursday() -> None:
    """The year from 1 April 2015, a Wednesday: its first week begins on 30 March."""
    weeks = [(date(2015, 3, 30) + timedelta(weeks=n), Band(1, 0, 2)) for n in range(53)]
    labels = [one.text for one in parsed(queue("x", "Waiting", "x.", weeks, "")).iter() if one.get("class") == "label"]
    months = [label for label in labels if label and label.isalpha()]
    assert months == ["Apr", "Jun", "Aug", "Oct", "Dec", "Feb"]


def test_the_name_of_every_shipped_clock_stands_whole_above_its_bar() -> None:
    library = load()
    for workflow, one in library.under().workflows.items():
        for timer in one.timers:
            name = titled(library, f"{workflow}.{timer}")
            assert name in "".join(parsed(causes("x", "x", "x.", [Stack(name, [("used", 1)])])).itertext())


# ---- the command ----


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    file = tmp_path / "desk.toml"
    file.write_text(DESK, encoding="utf-8")
    return file


def test_the_command_writes_it_and_says_so(desk: Path, tmp_path: Path) -> None:
    path = tmp_path / "r.html"
    said = frontdoor("simulate", desk, "--replications", 2, "--set", "teams.desk.staff=3", "--report", path)
    assert (said.status, said.err) == (0, "")
    assert f"The report was written to {path}" in "".join(said.out.split("\n")).replace("  ", " ")
    assert "teams.desk.staff = 3" in Page.of(path.read_text(encoding="utf-8")).text


def test_the_command_writes_it_of_what_was_varied_beside_json(desk: Path, tmp_path: Path) -> None:
    path = tmp_path / "r.htm"
    words = ("simulate", desk, "--replications", 2, "--vary", "teams.desk.staff=1..3", "--json", "--report", path)
    assert frontdoor(*words, "--find", "contact.screening in time >= 5%").status == 0
    assert "is the least of 1, 2 or 3 that brings 5% of" in Page.of(path.read_text(encoding="utf-8")).text


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("r.pdf", "r.pdf is no report that can be written: name a file that ends in .html."),
        ("desk.html", "what is read and what is written must be different files"),
        ("nowhere/r.html", "nowhere/r.html cannot be written"),
    ],
)
def test_a_report_that_cannot_be_written_gets_one_clear_sentence(
    desk: Path, name: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(desk.parent)
    scenario = desk.rename(desk.with_suffix(".html")) if name == "desk.html" else desk
    said = frontdoor("simulate", scenario.name, "--replications", 1, "--report", name)
    assert said.status == 2
    assert sentence in " ".join(said.err.split())
    assert scenario.read_text(encoding="utf-8") == DESK


def test_without_jinja_it_says_what_to_install_before_anything_is_run(
    monkeypatch: pytest.MonkeyPatch, results: Results
) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    pages.environment.cache_clear()
    with pytest.raises(MissingExtra, match=r"pip install 'frontdoor\[report\]'"):
        simulated.page(results, ())
    said = frontdoor("simulate", "not/there.toml", "--report", "r.html")
    assert said.status == 2 and "frontdoor[report]" in said.err


# ---- in a browser ----


@pytest.fixture(scope="module")
def written(varied: Varied, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("simulated") / "report.html"
    simulated.write(varied.shown.results, ["Know it."], path, varied=varied)
    return path


Visit = Callable[..., Any]


@pytest.fixture
def visit(browser: Any, written: Path) -> Iterator[Visit]:
    opened: list[Any] = []

    def go(**how: Any) -> Any:
        opened.append(visited(browser, written, **how))
        return opened[-1]

    yield go
    for one in opened:
        one.close()


class TestInABrowser:
    """The page as people meet it."""

    pytestmark = in_a_browser

    @pytest.mark.parametrize("width", [1280, 320])
    def test_it_keeps_the_rules_of_accessibility_with_everything_open(self, visit: Visit, width: int) -> None:
        from axe_playwright_python.sync_playwright import Axe

        page = visit(width=width)
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
        found = Axe().run(page, options=options).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    def test_it_asks_for_nothing_and_needs_no_script(self, browser: Any, written: Path) -> None:
        page = browser.new_page(java_script_enabled=False)
        asked: list[str] = []
        said: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.goto(written.as_uri())
        table = page.locator("details table").first
        assert not table.is_visible()
        page.locator("details summary").first.click()
        assert table.is_visible()
        assert (asked, said) == ([written.as_uri()], [])
        page.close()

    def test_no_letters_of_a_picture_are_cut_at_its_edges(self, visit: Visit) -> None:
        page = visit()
        cut = page.evaluate("""() => [...document.querySelectorAll('figure svg[role=img] text')].filter(one => {
            const box = one.getBBox(), view = one.ownerSVGElement.viewBox.baseVal;
            return box.x < -1 || box.x + box.width > view.width + 1 || box.y < -1 || box.y + box.height > view.height + 2;
        }).map(one => one.textContent)""")
        assert cut == []
