"""Formulas in text: made harmless in every cell written, and restored on reading."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdoor.formats.cells import restored, restored_column, safe, safe_column

TEXTS = st.text(alphabet=st.sampled_from("='+-@\t\ra1 "), max_size=6) | st.text(max_size=6)


@pytest.mark.parametrize("text", ["=1+1", "+44", "-5", "@SUM(A1)", "\t=1", "\r 1", "'=1", "''@x", "'\ta"])
def test_a_formula_begins_with_an_apostrophe(text: str) -> None:
    assert safe(text) == "'" + text


@pytest.mark.parametrize("text", ["", "\r", "\t ", "'\r", "a=1", "'a'", "'", "18 December", "O'Neil-1"])
def test_other_text_stays(text: str) -> None:
    assert safe(text) == text
    assert restored(text) == text


@given(TEXTS)
def test_every_text_comes_back(text: str) -> None:
    assert restored(safe(text)) == text


@given(st.lists(TEXTS, max_size=5))
def test_columns_are_made_safe_and_restored_as_cells_are(texts: list[str]) -> None:
    made = pl.DataFrame({"x": pl.Series(texts, dtype=pl.String)}).select(safe_column("x"))
    assert made["x"].to_list() == [safe(text) for text in texts]
    assert made.select(restored_column("x"))["x"].to_list() == texts


FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "=cmd|' /C calc'!A0")


def test_no_table_of_an_audit_holds_a_formula_and_each_reads_back(tmp_path):
    import csv

    import polars as pl

    from frontdoor.cli.common import write_table

    table = pl.DataFrame(
        {"case_id": FORMULAS, "days": [-1] * len(FORMULAS), "kind": pl.Series(["=a"] * 8, dtype=pl.Enum(["=a"]))}
    )
    write_table(table, str(tmp_path / "t.csv"))
    with open(tmp_path / "t.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [restored(row["case_id"]) for row in rows] == list(FORMULAS)
    assert not any(row["case_id"].startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows)
    assert {(row["days"], row["kind"]) for row in rows} == {("-1", "'=a")}


def test_no_cell_of_a_written_workbook_holds_a_formula_and_each_reads_back(tmp_path):
    from datetime import date

    from python_calamine import load_workbook

    from frontdoor.formats import read, write
    from tests.sources import source

    ids = [f"{text}{n}" for n, text in enumerate(FORMULAS) if text.strip() == text]
    rows = [
        {"case_id": case, "event": "referral.receive", "happened_at": date(2024, 1, 8), "detail.team": case}
        for case in ids
    ]
    write(source(rows, ("team",)), tmp_path / "a.xlsx")
    book = load_workbook(tmp_path / "a.xlsx")
    texts = [cell for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python() for cell in row]
    assert not [one for one in texts if isinstance(one, str) and one.startswith(("=", "+", "-", "@", "\t", "\r"))]
    found = read(tmp_path / "a.xlsx").events.filter(event="referral.receive")
    assert found["case_id"].to_list() == found["detail.team"].to_list() == ids
