"""Of a file of millions of rows few different texts are kept as numbers: whatever is made of it says the same.

Here small files are read as if they were so large.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from benchmarks import biglog
from desks import open_desk
from polars.testing import assert_frame_equal

from frontdoor.desk.importing import look_over
from frontdoor.formats import flat_csv, parquet, write
from frontdoor.formats.matching import matched
from frontdoor.formats.source import Source, plain
from frontdoor.replay import facts, measures
from frontdoor.replay.audit import Audit, run
from frontdoor.replay.explain import explain
from frontdoor.replay.sampling import Sample, sample
from frontdoor.report import html, summary, workbook

TEXT = biglog.text(1500)


@pytest.fixture(scope="module")
def content() -> bytes:
    """Journeys as Parquet."""
    out = io.BytesIO()
    pl.read_csv(io.StringIO(TEXT), infer_schema=False).write_parquet(out)
    return out.getvalue()


@pytest.fixture(scope="module")
def both(content: bytes) -> tuple[Source, Source]:
    """They are read as they are, and as if they were millions."""
    return parquet.read(content, "log"), parquet.read(content, "log", many=0)


def test_columns_of_few_different_texts_are_kept_as_such_and_the_others_as_texts(both: tuple[Source, Source]) -> None:
    kinds = both[1].events.schema
    for name in ("event", "actor", "role", "detail.rationale", "detail.seen_alone"):
        assert isinstance(kinds[name], pl.Enum), name
    assert {kinds[name] for name in ("case_id", "episode", "family")} == {pl.String()}
    assert not any(isinstance(kind, pl.Enum) for kind in both[0].events.schema.values())


def test_they_say_the_same(both: tuple[Source, Source]) -> None:
    assert_frame_equal(plain(both[1].events), both[0].events)
    assert both[1].events.rows() == both[0].events.rows()


def test_texts_of_their_own_are_kept_as_texts() -> None:
    out = io.BytesIO()
    height = 12_000
    pl.DataFrame({
        "case_id": ["K-1"] * height, "event": ["a.b"] * height, "happened_at": ["2014-03-03"] * height,
        "why": [f"because of {n}" for n in range(height)],
    }).write_parquet(out)  # fmt: skip
    found = parquet.read(out.getvalue(), "log", many=0)
    assert found.events["detail.why"].dtype == pl.String and isinstance(found.events["event"].dtype, pl.Enum)


@pytest.mark.parametrize("texts", [["", "  ", None], [" a ", "a", "a\0"], ["", "b", None]])
def test_texts_are_stripped_and_what_is_nothing_is_nothing(texts: list[str | None]) -> None:
    out = io.BytesIO()
    needed = {"case_id": ["K-1"] * 3, "event": ["a.b"] * 3, "happened_at": ["2014-03-03"] * 3}
    pl.DataFrame({**needed, "why": texts}, schema_overrides={"why": pl.String}).write_parquet(out)
    one, other = parquet.read(out.getvalue(), "log"), parquet.read(out.getvalue(), "log", many=0)
    assert other.events["detail.why"].to_list() == one.events["detail.why"].to_list()


def page(audit: Audit, folder: Path) -> bytes:
    html.write(audit, str(folder / "report.html"), sample=sample(audit, size=3, seed=1))
    return (folder / "report.html").read_bytes()


def book(audit: Audit, folder: Path) -> bytes:
    workbook.write(audit, str(folder / "report.xlsx"))
    return (folder / "report.xlsx").read_bytes()


def _drawn(found: Sample) -> object:
    return found.chosen, found.forms()


AUDITED: dict[str, Callable[[Audit, Path], Any]] = {
    "counts": lambda audit, _: json.dumps(summary.as_object(audit), default=str),
    "deadlines": lambda audit, _: audit.deadlines.rows(),
    "findings": lambda audit, _: audit.findings.rows(),
    "worst": lambda audit, _: summary.worst(audit).rows(),
    "rows": lambda audit, _: audit.log.frame.rows(),
    "measures": lambda audit, _: measures.every(audit),
    "explanations": lambda audit, _: explain(audit, "C-000002", "contact.screening"),
    "a sample with its forms": lambda audit, _: _drawn(sample(audit, size=2, by=["worker"], seed=7)),
    "events": lambda audit, _: facts.of(audit).events.rows(),
    "the page": page,
    "the workbook": book,
}


@pytest.mark.parametrize("what", AUDITED)
def test_an_audit_says_the_same(both: tuple[Source, Source], what: str, tmp_path: Path) -> None:
    one, other = (AUDITED[what](run(source, as_at=at), tmp_path) for source, at in zip(both, (None, None), strict=True))
    assert one == other
    assert one


def test_an_audit_as_at_a_day_in_the_middle_says_the_same(both: tuple[Source, Source]) -> None:
    one, other = (run(source, as_at="2014-01-01", as_known_at="2014-06-01") for source in both)
    assert one.findings.equals(other.findings) and one.deadlines.equals(other.deadlines)
    assert one.log.later == other.log.later > 0


@pytest.mark.parametrize("end", [".csv", ".parquet", ".xes", ".jsonocel", ".xmlocel", ".sqlite", ".xlsx", ".xml"])
def test_they_are_written_alike(both: tuple[Source, Source], end: str, tmp_path: Path) -> None:
    files = [tmp_path / f"{number}" / f"log{end}" for number in range(2)]
    for source, file in zip(both, files, strict=True):
        file.parent.mkdir()
        write(source, file)
    if end == ".parquet":
        one, other = (pl.read_parquet(file) for file in files)
        assert other.cast(one.schema).equals(one)
    else:
        assert files[0].read_bytes() == files[1].read_bytes()


def test_they_are_imported_alike(both: tuple[Source, Source]) -> None:
    one, other = (look_over(open_desk("2026-01-05T09:00"), source) for source in both)
    assert one.problems == other.problems and one.problems


def test_they_are_matched_alike(both: tuple[Source, Source]) -> None:
    half = flat_csv.read("\n".join(TEXT.splitlines()[:700]).encode(), "half.csv")
    one, other = (matched([source, half]) for source in both)
    assert_frame_equal(one.events, other.events)
