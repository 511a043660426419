"""The report as a workbook: real tables with real dates and numbers, safe text, every row, the same bytes each time."""

from __future__ import annotations

import hashlib
import io
import re
import sys
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from frontdoor import load, read
from frontdoor.errors import MissingExtra
from frontdoor.replay import audit
from frontdoor.replay.audit import Audit
from frontdoor.replay.comparing import compare
from frontdoor.replay.measures.two_clocks import two_clocks
from frontdoor.replay.sampling import sample
from frontdoor.report import workbook

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "inspection_2009.csv"
SHEETS = ["Summary", "Clocks", "Deadlines", "Findings", "Episodes", "Measures", "Rejected", "Definitions"]


@pytest.fixture(scope="module")
def found() -> Audit:
    """The audit of the shipped example."""
    return audit.run(EXAMPLE)


@pytest.fixture(scope="module")
def book(found: Audit, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Its workbook."""
    path = tmp_path_factory.mktemp("workbook") / "report.xlsx"
    workbook.write(found, path)
    return path.read_bytes()


def rows(book: bytes, sheet: str) -> list[dict[str, Any]]:
    """The rows of a sheet, by header."""
    header, *rest = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_name(sheet).to_python()
    return [dict(zip(header, row, strict=True)) for row in rest]


def parts(book: bytes) -> dict[str, str]:
    """The files in the workbook."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def made(found: Audit, folder: Path, **options: Any) -> bytes:
    """The workbook of an audit."""
    workbook.write(found, folder / "made.xlsx", **options)
    return (folder / "made.xlsx").read_bytes()


def test_its_sheets_are_these(book: bytes) -> None:
    assert CalamineWorkbook.from_filelike(io.BytesIO(book)).sheet_names == SHEETS


def test_every_sheet_is_a_table_with_a_frozen_header(book: bytes) -> None:
    files = parts(book)
    assert sum(name.startswith("xl/tables/") for name in files) == len(SHEETS)
    sheets = [text for name, text in files.items() if name.startswith("xl/worksheets/sheet")]
    assert all('<pane ySplit="1"' in text and "<cols>" in text for text in sheets)


def test_there_is_a_row_for_every_deadline_finding_and_episode(found: Audit, book: bytes) -> None:
    for sheet, n in (("Deadlines", found.deadlines.height), ("Findings", found.findings.height), ("Episodes", 171)):
        assert len(rows(book, sheet)) == n


def test_moments_dates_and_numbers_are_what_they_are(book: bytes) -> None:
    (one,) = [
        row for row in rows(book, "Deadlines") if (row["case"], row["timer"]) == ("N-003", "core_assessment.completion")
    ]
    assert (one["counted from"], one["due"], one["stopped at"]) == (
        datetime(2009, 9, 14, 9, 30), date(2009, 11, 2), datetime(2009, 11, 10, 15, 55),
    )  # fmt: skip
    assert (one["allowed"], one["over"], one["taken"], one["status"]) == (35, 6, 41, "late")


def test_a_deadline_says_all_that_the_audit_does(found: Audit, book: bytes) -> None:
    for ours, theirs in zip(found.deadlines.iter_rows(named=True), rows(book, "Deadlines"), strict=True):
        assert (ours["case_id"], ours["episode"], ours["timer"]) == (theirs["case"], theirs["episode"], theirs["timer"])
        assert ours["status"].replace("_", " ") == theirs["status"]
        assert ours["over"] == (theirs["over"] if theirs["over"] != "" else None)


def test_nobody_stands_beside_a_deadline_or_a_finding(book: bytes) -> None:
    """A table of breaches by worker would be a ranking of people."""
    assert "worker" not in rows(book, "Deadlines")[0]
    assert not {"worker", "actor"} & set(rows(book, "Findings")[0])


def test_the_summary_says_what_was_judged(book: bytes) -> None:
    said = {(row["What"], str(row["Value"])): row["More"] for row in rows(book, "Summary")}
    assert hashlib.sha256(EXAMPLE.read_bytes()).hexdigest() in said["File", str(EXAMPLE)]
    assert ("Events", "540.0") in said
    assert ("Judged as at", "Tuesday 22 December 2009 at 15:58") in said


def test_a_measure_can_be_pivoted_by_what_it_is_of(book: bytes) -> None:
    months = [
        row for row in rows(book, "Measures")
        if row["measure"] == "timeliness_by_month" and row["timer"] == "referral.decision" and row["figure"] == "share"
    ]  # fmt: skip
    assert [row["month"] for row in months] == ["2009-09", "2009-10", "2009-11", "2009-12"]
    assert sum(row["number"] for row in months) == 48
    assert all(row["value"] == row["number"] / row["of"] for row in months)


def test_clocks_counted_more_than_one_way_stand_among_the_measures(tmp_path: Path) -> None:
    text = (
        "case_id,event,happened_at\nA,referral.receive,2014-03-03\nA,referral.accept,2014-03-03\n"
        "A,single_assessment.start,2014-03-20\nA,single_assessment.submit,2014-05-15\nA,single_assessment.sign_off,2014-05-15\n"
    )
    judged = audit.run(read(text.encode()))
    written = rows(made(judged, tmp_path, sides=two_clocks(judged)), "Measures")
    ways = {
        row["counted as"]: row["value"]
        for row in written
        if row["measure"] == "two_clocks_single_assessment.completion"
    }
    assert ways == {"guidance": 0, "census": 1}


def test_every_measure_and_every_clock_is_defined(book: bytes) -> None:
    defined = {(row["kind"], row["name"]) for row in rows(book, "Definitions")}
    assert {("measure", row["measure"]) for row in rows(book, "Measures")} <= defined
    assert {("clock", row["timer"]) for row in rows(book, "Deadlines")} <= defined


def test_what_could_not_be_read_is_listed(book: bytes) -> None:
    (one,) = rows(book, "Rejected")
    assert (one["row"], one["column"], one["what stood there"]) == (462, "happened_at", "31/11/2009 11:00")


def test_a_table_with_more_rows_than_a_sheet_goes_on_in_the_next(found: Audit, tmp_path: Path) -> None:
    book = made(found, tmp_path, most_rows=100)
    names = [
        name for name in CalamineWorkbook.from_filelike(io.BytesIO(book)).sheet_names if name.startswith("Deadlines")
    ]
    assert names == ["Deadlines", "Deadlines 2", "Deadlines 3"]
    assert [len(rows(book, name)) for name in names] == [100, 100, 78]
    tables = [re.search(r' name="(\w+)"', text) for name, text in parts(book).items() if name.startswith("xl/tables/")]
    assert {found[1] for found in tables if found} >= {"Deadlines", "Deadlines_2", "Deadlines_3"}


FORMULAS = ["=1+1", "+44", "-5", "@SUM(A1)", "\t=1", "=HYPERLINK(0)", "{=1}", "http://x.example", "0123"]


@pytest.mark.parametrize("text", FORMULAS)
def test_text_is_text_and_never_a_formula_a_link_or_a_number(text: str, tmp_path: Path) -> None:
    header = "case_id,event,happened_at,actor,role,episode,source"
    lines = [
        header,
        f'"x{text}",contact.receive,2009-09-01T10:00,a,system,"{text}","{text}"',
        f'C,"{text}",2009-09-01,a,b,,',
    ]
    lines += [f'C,contact.receive,"{text}",a,system,,']
    shown = audit.run(read("\n".join([*lines, ""]).encode()), load())
    files = parts(made(shown, tmp_path))
    sheets = "".join(text for name, text in files.items() if name.startswith("xl/worksheets/"))
    assert "<f>" not in sheets and "<hyperlink" not in sheets
    cells = "".join(re.findall(r"<t[^>]*>([^<]*)</t>", files["xl/sharedStrings.xml"]))
    assert text.replace("\t", "").strip() in cells.replace("&amp;", "&")
    risky = re.findall(r"<t[^>]*>([=+\-@\t\r][^<]*)</t>", files["xl/sharedStrings.xml"])
    assert risky == []


def test_a_text_too_long_for_a_cell_is_cut_and_says_so(tmp_path: Path) -> None:
    shown = audit.run(
        read(f"case_id,event,happened_at\n{'x' * 40_000},contact.receive,2009-09-01T10:00\n".encode()), load()
    )
    assert rows(made(shown, tmp_path), "Deadlines")[0]["case"].endswith("… (40,000 characters)")


def test_a_day_that_a_sheet_has_no_number_for_stays_text(tmp_path: Path) -> None:
    shown = audit.run(read(b"case_id,event,happened_at\nC-1,contact.receive,1899-03-01T10:00\n"), load())
    assert rows(made(shown, tmp_path), "Episodes")[0]["opened"] == "1899-03-01"


def test_an_audit_of_nothing_has_its_sheets_all_the_same(tmp_path: Path) -> None:
    shown = audit.run(read(b"case_id,event,happened_at\nC-1,contact.receive,never\n"), load())
    book = made(shown, tmp_path)
    assert CalamineWorkbook.from_filelike(io.BytesIO(book)).sheet_names == SHEETS
    assert len(rows(book, "Rejected")) == 1


def test_the_same_audit_gives_the_same_bytes(found: Audit, book: bytes, tmp_path: Path) -> None:
    assert made(audit.run(EXAMPLE), tmp_path) == book


def test_it_does_not_say_when_it_was_made(book: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        assert {one.date_time for one in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert set(re.findall(r"\d{4}-\d\d-\d\dT[\d:]+Z", parts(book)["docProps/core.xml"])) == {"1980-01-01T00:00:00Z"}


def test_without_xlsxwriter_it_says_which_extra_brings_it(
    found: Audit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(MissingExtra, match=r"pip install 'frontdoor\[report\]'"):
        workbook.write(found, tmp_path / "r.xlsx")


def test_a_local_figure_is_not_said_to_be_of_the_guidance(book: bytes) -> None:
    under = {row["timer"]: row["under"] for row in rows(book, "Clocks")}
    assert under["contact.screening"] == "a frontdoor default (grade GK)"
    assert under["referral.decision"] == "Working Together to Safeguard Children, 2006 (grade V-local)"


def test_a_comparison_has_its_own_sheets(found: Audit, tmp_path: Path) -> None:
    other = audit.run(EXAMPLE, load(guidance="working_together_2010"))
    book = made(found, tmp_path, comparison=compare(found, other))
    changed = rows(book, "Changed verdicts")
    assert [(row["case"], row["first status"], row["second status"]) for row in changed] == [
        ("N-040", "late", "met"), ("N-042", "late", "met"),
    ]  # fmt: skip
    assert (changed[0]["first due"], changed[0]["second due"]) == (date(2009, 11, 13), date(2009, 11, 18))
    timely = [row for row in rows(book, "Comparison") if row["measure"] == "timeliness"]
    (one,) = [row for row in timely if row["timer"] == "initial_assessment.completion"]
    assert (one["first of"], one["second of"]) == (31, 31)
    assert one["first less second"] == pytest.approx(26 / 31 - 28 / 31)


def test_two_parts_have_no_sheet_of_changed_verdicts(found: Audit, tmp_path: Path) -> None:
    book = made(
        found, tmp_path, comparison=compare(*(found.facts.only(workflow=name) for name in ("referral", "contact")))
    )
    names = CalamineWorkbook.from_filelike(io.BytesIO(book)).sheet_names
    assert names == [*SHEETS[:6], "Comparison", *SHEETS[6:]]


def test_a_sample_has_its_cases_and_what_a_form_says_of_each(found: Audit, tmp_path: Path) -> None:
    drawn = sample(found, size=1, by="worker")
    book = made(found, tmp_path, sample=drawn)
    assert [row["case"] for row in rows(book, "Sample")] == [one.case_id for one in drawn.chosen]
    facts = rows(book, "Sample facts")
    for form in drawn.forms():
        mine = [row for row in facts if row["case"] == form.case_id]
        counts = [sum(row["kind"] == kind for row in mine) for kind in ("event", "clock", "finding", "question")]
        assert counts == [len(form.timeline), len(form.deadlines), len(form.findings), len(form.questions)]
    assert ("Drawn", drawn.how) in {(row["What"], row["Value"]) for row in rows(book, "Summary")}
