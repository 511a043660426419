"""The report as one page: what it says, that it says it safely, and that it needs nothing else."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import attrs
import polars as pl
import pytest

from frontdoor import load, read
from frontdoor.errors import MissingExtra
from frontdoor.formats import flat_csv, write
from frontdoor.formats.matching import matched
from frontdoor.replay import audit
from frontdoor.replay.audit import Audit
from frontdoor.replay.comparing import compare
from frontdoor.replay.explain import explain
from frontdoor.replay.measures.two_clocks import two_clocks
from frontdoor.replay.sampling import sample
from frontdoor.report import html
from frontdoor.report.html import pages

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "inspection_2009.csv"
EMPTY = {"meta", "br", "input"}


@attrs.define
class Page(HTMLParser):
    """A page, read: its elements in order, its text, and whether every element that begins ends."""

    elements: list[tuple[str, dict[str, str]]] = attrs.Factory(list)
    said: list[str] = attrs.Factory(list)
    open: list[str] = attrs.Factory(list)
    styles: list[str] = attrs.Factory(list)

    @classmethod
    def of(cls, text: str) -> Page:
        page = cls()
        HTMLParser.__init__(page)
        page.feed(text)
        page.close()
        assert page.open == [], page.open
        return page

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attributes}))
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attributes}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        (self.styles if self.open and self.open[-1] == "style" else self.said).append(data)

    @property
    def text(self) -> str:
        """All that is said, with single spaces."""
        return " ".join(" ".join(self.said).split())

    def every(self, *tags: str) -> list[dict[str, str]]:
        """The attributes of every element of some kinds."""
        return [attributes for tag, attributes in self.elements if tag in tags]


@pytest.fixture(scope="module")
def found() -> Audit:
    """The audit of the shipped example."""
    return audit.run(EXAMPLE)


@pytest.fixture(scope="module")
def page(found: Audit) -> Page:
    """Its report, with a sample and a comparison."""
    other = audit.run(EXAMPLE, load(guidance="working_together_2013"))
    return Page.of(html.page(found, sample=sample(found, size=1, by="worker"), comparison=compare(found, other)))


def of_rows(*rows: str, header: str = "case_id,event,happened_at,actor,role", library: Path | None = None) -> Audit:
    """The audit of some rows."""
    source = read("\n".join([header, *rows, ""]).encode())
    return audit.run(source, load(library) if library else None)


# ---- it needs nothing else ----


def test_it_has_no_script_and_names_no_other_file(page: Page) -> None:
    assert page.every("script", "link", "img", "iframe", "object", "embed", "form", "base") == []
    assert [one for _, one in page.elements if "src" in one or "style" in one] == []
    assert all(one["href"].startswith("#") for one in page.every("a"))
    (style,) = page.styles
    assert "@import" not in style and "http" not in style and "src:" not in style


def test_its_policy_allows_its_own_style_and_nothing_else(page: Page) -> None:
    (policy,) = [one["content"] for one in page.every("meta") if one.get("http-equiv") == "Content-Security-Policy"]
    digest = base64.b64encode(hashlib.sha256(page.styles[0].encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_no_element_handles_an_event(page: Page) -> None:
    assert [name for _, one in page.elements for name in one if name.startswith("on")] == []


# ---- everybody can read it ----


def test_no_two_elements_share_an_id_and_every_reference_is_to_one(page: Page) -> None:
    ids = Counter(one["id"] for _, one in page.elements if "id" in one)
    assert [name for name, n in ids.items() if n > 1] == []
    named = [name for _, one in page.elements for name in one.get("aria-labelledby", "").split()]
    named += [one["href"][1:] for one in page.every("a")]
    assert set(named) <= set(ids)


def test_headings_are_in_order(page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.elements if tag in ("h1", "h2", "h3", "h4", "h5")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))


def test_it_says_its_language_and_has_the_landmarks_of_a_page(page: Page) -> None:
    assert page.every("html") == [{"lang": "en-GB"}]
    assert [len(page.every(tag)) for tag in ("header", "nav", "main", "footer")] == [1, 1, 1, 1]


def test_every_table_has_a_caption_and_every_heading_in_one_says_what_it_heads(page: Page) -> None:
    assert len(page.every("table")) == len(page.every("caption")) > 50
    assert all(one.get("scope") in ("col", "row") for one in page.every("th"))


def test_every_picture_is_told_in_words_or_hidden_from_who_hears_the_page(page: Page) -> None:
    drawings = page.every("svg")
    assert all(one.get("aria-hidden") == "true" or "aria-labelledby" in one for one in drawings)
    assert sum(one.get("role") == "img" for one in drawings) == len(page.every("desc")) > 20


# ---- what was judged ----


def test_the_first_page_names_each_file_with_its_digest(page: Page) -> None:
    assert EXAMPLE.name in page.text
    assert hashlib.sha256(EXAMPLE.read_bytes()).hexdigest() in page.text


def test_of_several_files_each_is_named_with_its_own_digest(tmp_path: Path) -> None:
    other = tmp_path / "later.csv"
    other.write_text("case_id,event,happened_at\nZ-1,contact.receive,2009-12-01T10:00\n", encoding="utf-8")
    text = Page.of(html.page(audit.run(read(EXAMPLE, other)))).text
    for path in (EXAMPLE, other):
        assert f"{path} flat-csv {hashlib.sha256(path.read_bytes()).hexdigest()}" in text


def test_the_first_page_says_how_much_and_as_at_when_and_by_which_edition_and_calendar(
    found: Audit, page: Page
) -> None:
    for said in (
        "Events 540 Cases 63 Episodes 171", "Judged as at Tuesday 22 December 2009 at 15:58",
        "Working Together to Safeguard Children, 2006", "in force from Saturday 1 April 2006 171", found.library.calendar.version,
        "All that the files hold, whenever it was recorded.",
    ):  # fmt: skip
        assert said in page.text


def test_a_row_that_could_not_be_read_is_shown_with_why(page: Page) -> None:
    assert "462 happened_at 31/11/2009 11:00 is not a date or time" in page.text


def test_what_was_left_out_as_not_known_or_later_is_said() -> None:
    early = audit.run(EXAMPLE, as_at="2009-10-01", as_known_at="2009-10-02")
    text = Page.of(html.page(early)).text
    assert "by what was known on Friday 2 October 2009" in text
    assert "that happened after the moment judged from" in text or "not known by then" in text


def test_a_local_file_and_its_closed_days_are_named() -> None:
    local = ROOT / "examples" / "my_borough.toml"
    text = Page.of(html.page(audit.run(EXAMPLE, load(local=[local])))).text
    assert str(local) in text


def test_what_cannot_be_told_stands_with_its_reason_and_how_many() -> None:
    shown = of_rows(
        "C-1,referral.accept,2009-09-01T10:00,m,manager", "C-1,referral.feed_back,2009-08-01T10:00,m,manager"
    )
    text = Page.of(html.page(shown)).text
    assert "Deadlines that cannot be told, and why" in text
    assert "the event it counts from is not in the record" in text


# ---- the picture ----


def test_a_percentage_stands_with_its_denominator_interval_and_distribution(page: Page) -> None:
    assert "84% in time: 26 of 31 (95% interval 67% to 93%)" in page.text
    assert "Of the 30 done, half were done within 7 working days, nine in ten within 10 working days" in page.text


def test_how_long_it_took_is_said_of_what_was_done_and_beside_it_what_was_not() -> None:
    rows = [f"A{n},referral.receive,2023-05-02T09:00,," for n in range(4)]
    rows += ["A0,referral.accept,2023-05-02T10:00,,", "B,referral.receive,2023-06-01T09:00,,"]
    text = Page.of(html.page(of_rows(*rows))).text
    assert "The one that was done was done the same day; 3 are overdue and not done" in text


def test_its_heading_names_files_without_their_folders() -> None:
    source = flat_csv.read(b"case_id,event,happened_at\nC-1,referral.receive,2023-05-02\n", "some/where/may.csv")
    made = html.page(audit.run(source))
    assert "<h1>may.csv</h1>" in made and "<title>Audit of may.csv</title>" in made
    assert "some/where/may.csv</th>" in made


def test_cases_judged_as_at_another_moment_are_said_with_the_first() -> None:
    first, second = (
        attrs.evolve(flat_csv.read(f"case_id,event,happened_at\n{case},referral.receive,{day}\n".encode(), name), reference=date.fromisoformat(day))
        for case, day, name in (("K-1", "2023-03-31", "a.csv"), ("K-2", "2023-09-01", "b.csv"))
    )  # fmt: skip
    text = Page.of(html.page(audit.run(matched([first, second])))).text
    assert "1 case is judged as at Friday 31 March 2023: the files that know it speak of nothing later." in text


def test_every_measure_says_what_it_counts_and_what_is_left_out(found: Audit, page: Page) -> None:
    from frontdoor.replay.measures import every

    for one in every(found):
        assert " ".join(one.definition.split()) in page.text
        assert " ".join((one.untold or one.denominator).split()) in page.text


def test_clocks_in_hours_are_counted_in_hours() -> None:
    rows = ["C-1,mash.start,2024-03-04T09:00,a,mash_officer", "C-1,mash.rate_red,2024-03-04T09:10,a,mash_officer"]
    rows += ["C-1,mash.refer,2024-03-04T12:30,b,manager"]
    source = read("\n".join(["case_id,event,happened_at,actor,role", *rows, ""]).encode())
    text = Page.of(html.page(audit.run(source, load(local=["london_mash"])))).text
    assert "hours taken" in text
    assert "late by 1 hour" in text


# ---- case by case ----


def test_each_clock_that_ran_out_is_told_as_explain_tells_it(found: Audit, page: Page) -> None:
    (one,) = explain(found, "N-003", "core_assessment.completion")
    for label, said in one.lines():
        if label in ("Counted from", "Allowed", "Skipped", "Due", "Stopped"):
            assert f"{label} {said}" in page.text
    assert "late by 6 working days" in page.text


def test_it_says_what_was_done_before_a_clock_ran_out_and_what_after(page: Page) -> None:
    said = "the last thing done in this episode was “See the child”, Thursday 8 October 2009 at 15:30; the next was “Submit it"
    assert said in page.text


def test_it_says_what_is_open_next_and_who_may_do_it(page: Page) -> None:
    assert (
        "Referral (referral-1): Accepted: a response is under way, since Thu 3 Sep 2009 09:50. Next: Close it"
        in page.text
    )


def test_every_finding_of_a_case_that_is_told_is_on_the_page(found: Audit) -> None:
    whole = html.page(found)
    only = Page.of(whole).text
    told = found.findings.filter((pl.col("severity") != "note").any().over("case_id"))
    for message in told.filter(~pl.col("rule").is_in(["breach", "local-breach"]))["message"]:
        assert " ".join(message.split()) in only
    assert whole.count(">statutory breach<") == found.rules["breach"]
    assert whole.count(">local breach<") == found.rules["local-breach"]


def test_cases_stand_in_the_order_of_the_file_and_are_not_ranked(found: Audit) -> None:
    shown = [line.split("<")[0] for line in html.page(found).split(">Case ")[1:]]
    said = found.findings.filter(pl.col("severity") != "note")["case_id"].unique(maintain_order=True).to_list()
    assert [one for one in shown if one.startswith("N-")] == said


def test_of_many_cases_those_overdue_now_are_told_and_the_rest_is_counted(found: Audit) -> None:
    text = Page.of(html.page(found, most_cases=2)).text
    assert "25 more cases with an error or a warning are not drawn here" in text
    now = found.deadlines.filter(pl.col("status") == "overdue")["case_id"].unique(maintain_order=True)
    assert sum(f"Case {case} " in text for case in now) == 2


def test_two_episodes_of_one_label_keep_their_own_clocks() -> None:
    header = "case_id,event,happened_at,actor,role,episode"
    shown = of_rows(
        "C-1,contact.receive,2009-09-01T10:00,a,referral_officer,X", "C-1,contact.refer,2009-09-08T10:00,b,manager,X",
        "C-1,referral.receive,2009-09-08T10:00,a,referral_officer,X", header=header,
    )  # fmt: skip
    drawing = html.page(shown).split('id="timeline-1-title"')[1].split("</svg>")[0]
    lanes = drawing.split('class="strong"')[1:]
    assert "screening: late" in lanes[0]
    assert "decision: overdue" in lanes[1] or "decision: running" in lanes[1]


# ---- the rest ----


def test_a_sample_comes_with_a_form_for_each_case(page: Page) -> None:
    assert "Audit form: case" in page.text
    assert "☐ yes" in page.text


def test_a_comparison_says_which_verdicts_change(page: Page) -> None:
    assert "42 verdicts change" in page.text


def test_a_process_of_somebody_else_is_reported_as_theirs() -> None:
    folder = ROOT / "examples" / "own_workflow"
    text = Page.of(html.page(audit.run(folder / "permits.csv", load(folder)))).text
    assert "children’s social care" not in text
    assert "how long people waited" in text


def test_a_file_without_any_event_makes_a_page_that_says_so() -> None:
    text = Page.of(html.page(of_rows("C-1,contact.receive,never,a,system"))).text
    assert "Nothing in it could be judged" in text
    assert "No case has an error or a warning." in text


# ---- safe, and the same ----

HOSTILE = [
    "<script>alert(1)</script>",
    '" onload="alert(1)',
    "</style><script>x</script>",
    "{{ 7 * 7 }}",
    "&lt;b&gt;",
    "a\u202eb",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_a_file_says_is_text_on_the_page(text: str) -> None:
    quoted = '"' + text.replace('"', '""') + '"'
    shown = of_rows(
        f"{quoted},referral.accept,2009-09-01T10:00,{quoted},{quoted},{quoted},{quoted}",
        f"{quoted},{quoted},2009-09-01T10:00,{quoted},{quoted},{quoted},{quoted}",
        f"{quoted},contact.receive,{quoted},{quoted},{quoted},{quoted},{quoted}",
        header="case_id,event,happened_at,actor,role,episode,rationale",
    )  # fmt: skip
    source = attrs.evolve(shown.source, name=text, notes=[text])
    hostile = Page.of(html.page(audit.run(source, load()), sample=sample(shown, size=1)))
    plain = text.replace("\u202e", " ")
    assert hostile.every("script") == []
    assert [name for _, one in hostile.elements for name in one if name.startswith("on")] == []
    assert f"Case {plain}" in hostile.text
    assert "49" not in hostile.text or plain == text


def test_a_name_that_is_long_is_cut_and_says_so() -> None:
    text = html.page(of_rows(f"{'x' * 9_000},referral.accept,2009-09-01T10:00,a,manager"))
    assert "(9,000 characters)" in text
    assert "x" * 4_001 not in text


def test_the_same_audit_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    code = (
        "import sys; from frontdoor.replay import audit; from frontdoor.report import html\n"
        "html.write(audit.run(sys.argv[1]), sys.argv[2])"
    )
    for seed in ("1", "2"):
        command = [sys.executable, "-c", code, str(EXAMPLE), str(tmp_path / seed)]
        subprocess.run(
            command, check=True, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        )
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


def test_it_says_how_large_it_is(found: Audit, tmp_path: Path) -> None:
    html.write(found, tmp_path / "r.html")
    size = (tmp_path / "r.html").stat().st_size
    assert f"This file: {size / 1e6:.1f} MB." in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_without_jinja2_it_says_which_extra_brings_it(found: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    pages.environment.cache_clear()
    with pytest.raises(MissingExtra, match=r"pip install 'frontdoor\[report\]'"):
        html.page(found)


def test_a_clock_that_is_counted_two_ways_has_its_own_chapter() -> None:
    log = "case_id,event,happened_at\nA,referral.receive,2024-01-08\nA,single_assessment.start,2024-02-05\nA,single_assessment.sign_off,2024-03-25\n"
    judged = audit.run(log.encode())
    page = Page.of(html.page(judged, sides=two_clocks(judged)))
    assert "Clocks counted more than one way" in page.text
    assert "guidance as judged here, 45 working days from referral.receive" in page.text
    assert "0% of 1" in page.text and "100% of 1" in page.text
    assert "Clocks counted more than one way" not in Page.of(html.page(judged)).text


# ---- what it says of its own basis ----

DRAFT = """title = "Draft"
[workflows.initial_assessment.timers.completion]
allowed = "5 working days"
cites = "a draft"
"""


@pytest.fixture(scope="module")
def chosen(tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The report of the example under an edition that was chosen, with a draft laid over."""
    draft = tmp_path_factory.mktemp("local") / "draft.toml"
    draft.write_text(DRAFT)
    return Page.of(html.page(audit.run(EXAMPLE, load(guidance="working_together_2010", local=[draft]))))


def test_an_edition_that_was_chosen_is_said_to_be_chosen(chosen: Page, page: Page) -> None:
    assert (
        "All judged under Working Together to Safeguard Children, March 2010, by choice, not the guidance of the day."
        in chosen.text
    )
    assert "in force on the day" not in chosen.text and "chosen for every day 171" in chosen.text
    assert "Each episode is judged by the edition of the guidance that was in force on the day it opened." in page.text


def test_a_length_stands_with_who_set_it(chosen: Page) -> None:
    assert (
        "Initial assessment: Finish the assessment, signed off 5 working days: set by draft, not by the guidance 32"
        in chosen.text
    )
    assert "Contact: Read it and choose where it goes 1 working day; a frontdoor default (grade GK)" in chosen.text
    statutory = chosen.text.split("Statutory clocks with a length of the authority's own")[0]
    assert "Read it and choose where it goes 1 working day; Working Together" not in statutory
    assert "1 working day; Working Together to Safeguard Children, March 2010 (grade V-2nd)" in statutory


def test_the_first_page_begins_with_whose_records_from_when_to_when_and_the_statutory_clocks(page: Page) -> None:
    first = page.text.index(
        "540 events of 63 cases from Tuesday 1 September 2009 to Tuesday 22 December 2009, judged as at"
    )
    places = [first] + [
        page.text.index(heading, first)
        for heading in (
            "How often each was kept",
            "Not done as at the moment",
            "What a file has no place for",
            "SHA-256",
            "Measures Each",
        )
    ]
    assert places == sorted(places)
    assert (
        "Referral: Decide what response is needed 1 working day: Working Together to Safeguard Children, 2006"
        in page.text
    )
    assert "54 48 (89%) 78% to 95% 5 1" in page.text


def test_who_still_waits_is_named_with_when_it_was_due(page: Page) -> None:
    assert "N-045 Referral: Decide what response is needed Friday 13 November 2009 27 working days" in page.text


def test_errors_are_said_to_be_of_what(found: Audit, page: Page) -> None:
    assert found.rules["breach"] == 15
    assert (
        "The 21 errors are 15 statutory clocks late or overdue and 6 records of what should not have been so."
        in page.text
    )


def test_nine_in_ten_is_not_said_of_fewer_than_ten(page: Page) -> None:
    assert "Of the 5 done, half were done within 34 working days; the oldest still open" in page.text


def test_what_part_is_counted_and_compared_is_said_at_the_top(found: Audit) -> None:
    referrals, contacts = (found.facts.only(workflow=name) for name in ("referral", "contact"))
    made = html.page(
        found, comparison=compare(referrals, contacts), sample=sample(referrals, size=1), only=referrals.among
    )
    top = Page.of(made).text.split("How often each was kept")[0]
    assert "of everything in the files, also where a part was asked for (workflow referral), but for these:" in top
    assert "sets “workflow referral” beside “workflow contact”" in top
    assert "are drawn of workflow referral" in top
    assert "What is counted." not in Page.of(html.page(found)).text


def test_a_census_rule_stands_with_what_it_stands_for() -> None:
    assert "1103 The assessment starts before the referral error 1 1" in Page.of(html.page(audit.run(EARLY))).text


EARLY = b"""<Message><Header><CollectionDetails><ReferenceDate>2024-03-31</ReferenceDate></CollectionDetails></Header><Children>
<Child><ChildIdentifiers><LAchildID>A</LAchildID></ChildIdentifiers><CINdetails><CINreferralDate>2024-01-08</CINreferralDate>
<PrimaryNeedCode>N1</PrimaryNeedCode><ReferralNFA>0</ReferralNFA><Assessments><AssessmentActualStartDate>2024-01-05</AssessmentActualStartDate>
</Assessments></CINdetails></Child></Children></Message>"""
"""A census in which an assessment begins before its referral."""


def test_an_audit_form_has_room_for_the_reader_and_can_be_printed_alone(page: Page) -> None:
    forms = page.text.count("Audit form: case")
    assert page.text.count("Questions About Question") + page.text.count("Questions Questions for the reader") == forms
    assert page.text.count("Reader Date Comment") == forms > 0
    assert page.every("input") == [{"type": "checkbox", "id": "forms-only"}]
    assert page.every("label") == [{"for": "forms-only"}]


def test_a_row_dated_years_after_all_others_is_asked_about_first() -> None:
    rows = ["A,referral.receive,2009-11-18T09:00,,", "A,referral.accept,2029-11-20T09:00,,"]
    text = Page.of(html.page(of_rows(*rows))).text
    assert text.index("because of row 2 (A, referral.accept) alone") < text.index("How often each was kept")


def test_of_several_files_a_case_is_drawn_up_to_the_end_of_those_that_know_it(tmp_path: Path) -> None:
    """A return of March and a log that goes on to May: a child that the return alone knows is drawn up to March."""
    head = "case_id,event,happened_at"
    early, late = tmp_path / "early.csv", tmp_path / "late.csv"
    early.write_text(
        f"{head}\nA,referral.receive,2024-01-02\nA,single_assessment.start,2024-01-03\nB,referral.receive,2024-01-10\n",
        encoding="utf-8",
    )
    late.write_text(
        f"{head}\nC,referral.receive,2024-05-01T10:00\nC,referral.accept,2024-05-28T10:00\n", encoding="utf-8"
    )
    write(read(early), tmp_path / "early.xml")
    several = audit.run(read(tmp_path / "early.xml", late))
    assert several.log.end_of("A") != several.log.end_of("C") == several.as_at
    cases = re.findall(r'<article class="case".*?</article>', html.page(several), flags=re.S)
    drawn = next(one for one in cases if "Timeline of case A" in one)
    drawn = drawn[drawn.index("<svg") : drawn.index("</svg>")]
    assert "May" not in drawn
