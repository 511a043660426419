"""The report's pictures: what they show, and how the page looks and works in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdoor.replay import audit
from frontdoor.report import html
from frontdoor.report.html.axis import Axis, ticks
from frontdoor.report.html.charts import Month, bar, bins, control_chart, histogram, is_outside, limits
from frontdoor.report.html.svg import Svg, element, picture, words
from frontdoor.report.html.timeline_svg import Clock, Lane, Mark, Wording, timeline

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "inspection_2009.csv"
NAMES = {"": "http://www.w3.org/2000/svg"}
MOMENTS = st.lists(
    st.floats(min_value=-40_000, max_value=80_000).map(lambda value: round(value, 3)), min_size=1, max_size=20
)


def parsed(drawing: Svg) -> ElementTree.Element:
    """A picture as XML, so that one that is not well formed cannot pass."""
    return ElementTree.fromstring(str(drawing))


def classes(drawing: Svg, name: str) -> list[ElementTree.Element]:
    """The shapes of a class."""
    return [one for one in parsed(drawing).iter() if one.get("class") == name]


# ---- the line of time ----


@given(MOMENTS)
def test_moments_stand_in_the_order_they_happened_and_within_the_line(moments: list[float]) -> None:
    axis = Axis.over(moments, 100, 700)
    places = [axis.at(one) for one in sorted(moments)]
    assert places == sorted(places)
    assert all(100 - 1e-6 <= place <= 700 + 1e-6 for place in places)


@given(MOMENTS, st.floats(min_value=100, max_value=700))
def test_what_is_drawn_at_a_place_is_drawn_there_again(moments: list[float], place: float) -> None:
    axis = Axis.over(moments, 100, 700)
    assert abs(axis.at(axis.when(place)) - place) < 1e-3


def test_a_wait_of_a_year_between_two_days_is_drawn_short_and_says_how_long_it_was() -> None:
    axis = Axis.over([0.0, 1.0, 5.0, 370.0, 372.0], 0, 700)
    (wait,) = axis.breaks
    assert wait.lasted == "12 months"
    assert axis.at(5.0) - axis.at(0.0) > 40


def test_a_line_on_which_nothing_is_long_is_even() -> None:
    axis = Axis.over([0.0, 3.0, 10.0], 0, 100)
    assert (axis.breaks, round(axis.at(3.0)), round(axis.at(5.0))) == ([], 30, 50)


@given(MOMENTS)
def test_dates_are_far_enough_apart_to_be_read(moments: list[float]) -> None:
    places = [place for place, _ in ticks(Axis.over(moments, 0, 500), 80)]
    assert all(after - before >= 80 - 1e-6 for before, after in zip(places, places[1:], strict=False))


def test_the_year_is_said_first_and_when_it_changes() -> None:
    said = [text for _, text in ticks(Axis.over([14_590.0, 14_640.0], 0, 500), 80)]
    assert [text[-4:] for text in said if text[-4:].isdigit()] == ["2009", "2010"]


# ---- distributions ----


@given(
    st.integers(min_value=1, max_value=500),
    st.lists(st.integers(min_value=0, max_value=3_000), max_size=50),
)
def test_every_deadline_stands_in_one_bar_and_none_lies_across_the_line(allowed: int, taken: list[int]) -> None:
    found = bins(
        {"met": [one for one in taken if one <= allowed], "late": [one for one in taken if one > allowed]}, allowed
    )
    assert sum(one.n for one in found) == len(taken)
    assert allowed in [one.to for one in found]
    for one in found:
        beyond = one.to is None or one.to > allowed
        assert one.counts["late" if not beyond else "met"] == 0


@pytest.mark.parametrize(("allowed", "labels"), [(1, ["0", "1", "2"]), (45, ["1 to 5", "6 to 10", "11 to 15"])])
def test_bars_are_of_lengths_that_people_count_in(allowed: int, labels: list[str]) -> None:
    assert [one.label for one in bins({"met": [0, 1]}, allowed)][:3] == labels


def test_the_last_bar_holds_all_beyond() -> None:
    assert bins({"late": [4_000]}, 10)[-1].label == "22 or more"


def test_a_distribution_is_told_in_words_and_drawn_with_what_was_late_apart() -> None:
    drawing = histogram("x", "How long", "3 of 4 in time.", bins({"met": [1, 2, 3], "late": [9]}, 5), 5, "days")
    assert [one.text for one in parsed(drawing)[:2]] == ["How long", "3 of 4 in time."]
    assert (len(classes(drawing, "bar-met")), len(classes(drawing, "bar-late"))) == (3, 1)
    assert parsed(drawing).get("role") == "img"
    assert parsed(drawing).get("aria-labelledby") == "x-title x-desc"


# ---- months ----


def test_a_month_that_chance_would_hardly_bring_about_is_marked() -> None:
    months = [Month(f"2009-{n:02}", 95, 100) for n in range(1, 12)] + [Month("2009-12", 60, 100)]
    drawing = control_chart("x", "In time", "By month.", months)
    assert len(classes(drawing, "found")) == 1
    assert len(classes(drawing, "mark")) == 11


def test_limits_are_wider_for_a_month_with_few() -> None:
    assert limits(0.8, 10)[0] < limits(0.8, 1_000)[0] < 0.8 < limits(0.8, 1_000)[1] <= limits(0.8, 10)[1]


def test_months_that_are_all_alike_are_all_within_the_limits() -> None:
    assert not any(is_outside(1.0, Month("2009-01", n, n)) for n in (1, 10, 1_000))


def test_a_bar_says_nothing_to_who_cannot_see_it_because_its_row_has_the_number() -> None:
    assert parsed(bar(0.5, 0.4, 0.6, 0.5)).get("aria-hidden") == "true"


# ---- timelines ----


def drawn(clock: Clock, *, end: float | None = 20.0) -> Svg:
    """A case with one episode and one clock in it."""
    lane = Lane("Referral", 1.0, end, [Mark(1.0, "Receive"), Mark(9.0, "Accept", True)], [clock], "ended")
    return timeline([lane], Wording("t", "Timeline", "One episode."), as_at=30.0, is_working=lambda day: day % 7 < 5)


def test_time_over_is_hatched_from_the_due_day_to_when_it_stopped() -> None:
    drawing = drawn(Clock("decision", "late", 1.0, 5.0, 9.0, "late"))
    (allowed,), (over,) = classes(drawing, "allowed"), classes(drawing, "over")
    end = float(allowed.get("x", "")) + float(allowed.get("width", ""))
    assert abs(float(over.get("x", "")) - end) < 0.2
    assert classes(drawing, "onward") == []


def test_what_was_met_has_nothing_over() -> None:
    assert classes(drawn(Clock("decision", "met", 1.0, 12.0, 9.0, "met")), "over") == []


def test_what_is_not_done_goes_on_to_the_moment_judged_from() -> None:
    drawing = drawn(Clock("decision", "overdue", 1.0, 5.0, None, "overdue"), end=None)
    assert len(classes(drawing, "onward")) == 2  # the episode, and its clock
    assert len(classes(drawing, "judged")) == 1


def test_no_date_is_written_where_the_moment_judged_from_is() -> None:
    lane = Lane("Referral", 1.0, None, [Mark(float(day), "Do it") for day in range(1, 31, 3)], [], "open")
    small = classes(timeline([lane], Wording("t", "Timeline", "One."), as_at=31.0), "small")
    (judged,) = [float(one.get("x", "")) for one in small if one.text == "judged as at"]
    dates = [float(one.get("x", "")) for one in small if one.text != "judged as at"]
    assert len(dates) > 3 and max(dates) + 45 < judged - 75  # the one begins there, the other ends there


def test_an_event_of_which_something_is_found_has_another_shape() -> None:
    drawing = drawn(Clock("decision", "met", 1.0, 12.0, 9.0, "met"))
    assert (len(classes(drawing, "mark")), len(classes(drawing, "found"))) == (1, 1)


def test_the_name_of_an_event_is_told_with_its_mark() -> None:
    titles = [
        one.text for one in parsed(drawn(Clock("decision", "met", 1.0, 12.0, 9.0, "met"))).iter() if one.tag == "title"
    ]
    assert titles == ["Timeline", "Receive", "Accept"]


# ---- text in pictures ----


def test_text_in_a_picture_is_text() -> None:
    drawing = picture(
        "x", '<script>"&', "a & b", 10, 10, [element("text", "</svg><script>", x=1.0, class_='"onload="')]
    )
    assert "<script" not in str(drawing)
    assert parsed(drawing)[2].text == "</svg><script>"


def test_text_that_is_long_is_cut_and_says_so() -> None:
    assert words("x" * 500, 10) == "xxxxxxxxxx… (500 characters)"


def test_text_that_cannot_be_seen_is_left_out() -> None:
    assert words("a\u202eb\x00c\nd") == "a b c d"


# ---- in a browser ----

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
BARE = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

in_a_browser = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no Chromium on this machine: apt-get install chromium"
)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the first cases of the shipped example, with a sample and a comparison."""
    from frontdoor import load
    from frontdoor.replay.comparing import compare
    from frontdoor.replay.sampling import sample

    short = b"\n".join(EXAMPLE.read_bytes().splitlines()[:90]) + b"\nN-001,contact.receive,31/11/2009\n"
    found, other = audit.run(short), audit.run(short, load(guidance="working_together_2013"))
    path = tmp_path_factory.mktemp("report") / "report.html"
    html.write(found, path, most_cases=3, sample=sample(found, size=1), comparison=compare(found, other))
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(BARE))
        yield opened
        opened.close()


def visited(browser: Any, report: Path, *, width: int = 1280, scripts: bool = True) -> Any:
    """A page that shows the report."""
    page = browser.new_page(viewport={"width": width, "height": 900}, java_script_enabled=scripts)
    page.goto(report.as_uri())
    return page


@pytest.mark.parametrize("width", [1280, 320])
class TestInABrowser:
    """The page as people meet it: on a desk's screen, and on a telephone's."""

    pytestmark = in_a_browser

    def test_it_keeps_the_rules_of_accessibility_with_everything_open(
        self, browser: Any, report: Path, width: int
    ) -> None:
        from axe_playwright_python.sync_playwright import Axe

        page = visited(browser, report, width=width)
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
        found = Axe().run(page, options=options).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
        page.close()

    def test_nothing_makes_it_wider_than_the_screen(self, browser: Any, report: Path, width: int) -> None:
        page = visited(browser, report, width=width)
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.close()


class TestThePage:
    """What the page asks for, and how it works without what it does not need."""

    pytestmark = in_a_browser

    def test_it_asks_for_nothing_and_breaks_none_of_its_own_rules(self, browser: Any, report: Path) -> None:
        page = browser.new_page()
        asked, said = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.goto(report.as_uri())
        assert (asked, said) == ([report.as_uri()], [])
        page.close()

    def test_its_style_is_applied_under_its_own_policy(self, browser: Any, report: Path) -> None:
        page = visited(browser, report)
        assert page.evaluate("getComputedStyle(document.querySelector('header')).backgroundColor") == "rgb(29, 79, 118)"
        page.close()

    def test_what_is_folded_opens_without_scripts(self, browser: Any, report: Path) -> None:
        page = visited(browser, report, scripts=False)
        table = page.locator("#case-1 details table").last
        assert not table.is_visible()
        page.locator("#case-1 details summary").last.click()
        assert table.is_visible()
        page.close()

    def test_what_is_folded_is_printed(self, browser: Any, report: Path) -> None:
        page = visited(browser, report)
        page.emulate_media(media="print")
        assert page.locator("#case-1 details table").last.is_visible()
        assert not page.get_by_role("navigation").is_visible()
        page.close()

    def test_its_audit_forms_can_be_printed_alone(self, browser: Any, report: Path) -> None:
        page = visited(browser, report, scripts=False)
        page.get_by_label("Print the audit forms alone").check()
        assert page.get_by_role("heading", name="Statutory clocks").first.is_visible()
        page.emulate_media(media="print")
        shown = [one for one in page.locator("h1, h2, h3").all() if one.is_visible()]
        assert [one.text_content()[:15] for one in shown] == ["Audit form: cas"]
        page.close()

    def test_the_first_key_skips_to_the_report(self, browser: Any, report: Path) -> None:
        page = visited(browser, report)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the report"
        page.keyboard.press("Enter")
        assert page.evaluate("location.hash") == "#main"
        page.close()
