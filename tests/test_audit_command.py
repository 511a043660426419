"""`frontdoor audit` beyond its tables: several inputs, parts, comparisons, samples, clocks, reports and workers."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from tests.commands import ROOT, frontdoor

EXAMPLE = ROOT / "examples" / "inspection_2009.csv"

CONTACTS = (
    "case_id,event,happened_at,source\nA,contact.receive,2024-01-08T09:00,6\nB,contact.receive,2024-01-08T09:30,6\n"
)
REFERRALS = """case_id,event,happened_at,rationale,team
A,contact.refer,2024-01-08T15:00,seen,North
A,referral.receive,2024-01-08T15:00,,North
A,referral.accept,2024-01-11T10:00,seen,North
C,referral.receive,2024-02-05T10:00,,South
C,referral.accept,2024-02-05T12:00,seen,South
"""


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    contacts, referrals = tmp_path / "contacts.csv", tmp_path / "referrals.csv"
    contacts.write_text(CONTACTS)
    referrals.write_text(REFERRALS)
    return contacts, referrals


def counts(*words: object) -> dict[str, object]:
    found = frontdoor("audit", *words, "--json")
    assert found.status == 0, found.err
    said: dict[str, object] = json.loads(found.out)
    return said


def test_several_inputs_are_one_audit(two: tuple[Path, Path]) -> None:
    found = counts(*two)
    assert (found["events"], found["cases"], found["format"]) == (7, 3, "several")


def test_every_child_of_every_input_is_told_of(two: tuple[Path, Path], tmp_path: Path) -> None:
    counts(*two, "--children", tmp_path / "children.csv")
    told = pl.read_csv(tmp_path / "children.csv")
    assert sorted(told["case_id"].unique()) == ["A", "B", "C"]
    assert told.filter(pl.col("case_id") == "B", pl.col("source").str.ends_with("referrals.csv"))["why"].item()


def test_children_of_one_input_are_not_asked_for(two: tuple[Path, Path], tmp_path: Path) -> None:
    assert "name two at least" in frontdoor("audit", two[0], "--children", tmp_path / "c.csv").err


def test_all_that_is_wrong_with_any_input_is_said_at_once(two: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("case,event,happened_at\n")
    found = frontdoor("audit", two[0], tmp_path / "bad.csv", tmp_path / "none.csv")
    assert found.status == 3
    assert "bad.csv: header: there is no column case_id" in found.err
    assert "none.csv: there is no such file." in found.err


def test_the_other_side_of_a_comparison_is_another_part(two: tuple[Path, Path]) -> None:
    said = counts(two[1], "--only", "team=North", "--against", "team=South")["comparison"]
    assert ("team North" in said["a"], "team South" in said["b"], said["changes"]) == (True, True, None)
    timely = next(one for one in said["measures"] if one["measure"] == "timeliness")
    row = next(row for row in timely["rows"] if row["group"]["timer"] == "referral.decision")
    assert (row["a"]["value"], row["b"]["value"], row["difference"]) == (0.0, 1.0, -1.0)


def test_periods_are_spans_of_days(two: tuple[Path, Path]) -> None:
    said = counts(two[1], "--only", "period=2024-01-01/2024-01-31", "--against", "period=2024-02-01/2024-02-29")
    assert "opened from 2024-01-01 to 2024-01-31" in said["comparison"]["a"]
    assert "no span of days" in frontdoor("audit", two[1], "--only", "period=2024-01-01").err


def test_a_draft_is_laid_over_the_same_records_and_every_changed_verdict_says_why(
    two: tuple[Path, Path], tmp_path: Path
) -> None:
    draft = tmp_path / "draft.toml"
    lines = [
        "[workflows.referral.timers.decision]",
        'allowed = "5 working days"',
        'departs = "a pilot"',
        'cites = "a draft"',
    ]
    draft.write_text("\n".join(['title = "Draft"', *lines]) + "\n")
    [change] = counts(two[1], "--against", f"local={draft}")["comparison"]["changes"]
    assert (change["case_id"], change["a_status"], change["b_status"]) == ("A", "late", "met")
    assert "draft.toml" in change["why"]


def test_a_sample_is_drawn_again_by_anybody(tmp_path: Path) -> None:
    first, again, other = (
        counts(EXAMPLE, "--sample", "1", "--by", "worker", "--seed", seed)["sample"]["cases"]
        for seed in ("a", "a", "b")
    )
    assert first == again != other


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--sample", "some"], "neither a number of cases nor a share"),
        (["--sample", "0"], "a sample of 0 cases is none"),
        (["--sample", "2", "--by", "colour"], "colour"),
        (["--by", "worker"], "say how large it is"),
        (["--only", "colour=red"], "cuts nothing out"),
        (["--stated", "decision=1 day"], "states no clock"),
        (["--stated", "referral.decison=24 hours"], "Did you mean referral.decision"),
        (["--stated", "referral.decision=soon"], "'soon' is not a timescale"),
        (["--report", "report.pdf"], "ends in .html or .xlsx"),
        (["--executor", "moon"], "--executor 'moon' is none"),
        (["--mapping", "nowhere.toml"], "nowhere.toml"),
    ],
)
def test_what_cannot_be_asked_is_said_in_a_sentence(words: list[str], said: str) -> None:
    found = frontdoor("audit", EXAMPLE, *words)
    assert found.status in (2, 3)
    assert said in found.err
    assert "Traceback" not in found.err


def test_guidance_and_the_authoritys_own_statement_stand_side_by_side(tmp_path: Path) -> None:
    [clock] = counts(EXAMPLE, "--stated", "referral.decision=24 hours", "--clocks", tmp_path / "clocks.csv")["clocks"]
    assert (clock["timer"], [one["name"] for one in clock["readings"]]) == ("referral.decision", ["guidance", "stated"])
    rows = pl.read_csv(tmp_path / "clocks.csv")
    assert rows.filter("differs").height == clock["differing"] > 0


def test_measures_are_written_with_what_they_mean(tmp_path: Path) -> None:
    counts(EXAMPLE, "--measures", tmp_path / "measures.csv")
    rows = pl.read_csv(tmp_path / "measures.csv", infer_schema_length=None)
    assert {"timeliness", "conversion"} <= set(rows["measure"])
    assert rows["definition"].null_count() == 0


def test_a_report_is_written_under_each_name(tmp_path: Path) -> None:
    page, book = tmp_path / "report.html", tmp_path / "report.xlsx"
    counts(EXAMPLE, "--report", page, "--report", book, "--sample", "1")
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert book.read_bytes().startswith(b"PK")


def test_what_is_written_is_nothing_that_is_read(two: tuple[Path, Path], tmp_path: Path) -> None:
    before = two[0].read_bytes()
    for words in (["--findings", two[0]], ["--report", tmp_path / "r.html", "--findings", tmp_path / "r.html"]):
        assert "must be different files" in frontdoor("audit", *two, *words).err
    assert two[0].read_bytes() == before


def test_other_processes_give_the_same_answer() -> None:
    assert counts(EXAMPLE, "--executor", "processes:2") == counts(EXAMPLE)


def test_a_cluster_gives_the_same_answer() -> None:
    distributed = pytest.importorskip("distributed", reason="the extra `dask` is not installed")
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        assert counts(EXAMPLE, "--executor", cluster.scheduler_address) == counts(EXAMPLE)


def test_a_cluster_that_does_not_answer_is_said() -> None:
    pytest.importorskip("distributed", reason="the extra `dask` is not installed")
    assert "no cluster answers there" in frontdoor("audit", EXAMPLE, "--executor", "tcp://127.0.0.1:9").err


@pytest.mark.parametrize("end", ["csv", "parquet", "xes", "xes.gz", "jsonocel", "xmlocel", "sqlite"])
def test_what_is_exported_is_audited_as_it_was(end: str, tmp_path: Path) -> None:
    path = tmp_path / f"events.{end}"
    assert frontdoor("export", EXAMPLE, path).status == 0
    was, now = counts(EXAMPLE, "--as-at", "2009-12-22"), counts(path, "--as-at", "2009-12-22")
    for name in ("events", "cases", "episodes", "deadlines", "findings"):
        assert now[name] == was[name], name
