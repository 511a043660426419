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
