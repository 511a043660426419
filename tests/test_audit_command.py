"""`frontdoor audit` beyond its tables: several inputs, parts, comparisons, samples, clocks, reports and workers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from frontdoor.formats import read
from frontdoor.replay import audit
from frontdoor.report import summary
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
    assert "no span of days" in frontdoor("audit", two[1], "--against", "period=2024-01-01").err


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


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--only", "workflow=referal", "--against", "workflow=contact"], "no episode has the workflow 'referal'. Did you mean referral?"),
        (["--against", "worker=nobody"], "no episode has the worker 'nobody'. There are: "),
        (["--only", "workflow=referral"], "--only says what --measures, --against and --sample count"),
        (["--against", "period=2009-12-31/2009-10-01"], "is no span of days, first to last: write 2009-10-01/2009-12-31."),
        (["--against", "period=2009-10"], "is no span of days, first to last: write 2009-10-01/2009-12-31."),
    ],
)  # fmt: skip
def test_a_part_that_is_not_there_is_said(words: list[str], said: str) -> None:
    found = frontdoor("audit", EXAMPLE, *words)
    assert (found.status, said in found.err) == (2, True), found.err


def test_a_mapping_is_held_to_the_workflows_that_it_is_read_by(tmp_path: Path) -> None:
    mapping, export = tmp_path / "my.toml", tmp_path / "export.csv"
    text = 'title = "x"\n[columns]\ncase_id = "Ref"\n[dates]\n"Referred" = { event = "referral.recieve" }\n'
    mapping.write_text(text)
    export.write_text("Ref,Referred\nA,08/01/2024\n")
    assert "Did you mean referral.receive" in frontdoor("audit", export, "--mapping", mapping).err
    mapping.write_text(text.replace("recieve", "receive"))
    assert frontdoor("explain", export, "A", "referral.decision", "--mapping", mapping).status == 0
    again = frontdoor(
        "import", tmp_path / "log.db", export, "--mapping", mapping, "--dry-run", "--actor", "a", "--role", "system"
    )
    assert "row 1: missing-detail" in again.err


def test_a_date_column_written_as_a_value_is_told_how_to_write_its_table(tmp_path: Path) -> None:
    mapping = tmp_path / "my.toml"
    mapping.write_text('title = "x"\n[columns]\ncase_id = "Ref"\n[dates]\n"Referral Date" = "referral.receive"\n')
    assert 'must be a table, like [dates."Referral Date"].' in frontdoor("validate", mapping).err


def test_what_a_written_log_leaves_to_be_held_against_it_is_said(tmp_path: Path) -> None:
    census = tmp_path / "census.xml"
    census.write_text(
        "<Message><Header><CollectionDetails><ReferenceDate>2024-03-31</ReferenceDate></CollectionDetails></Header><Children><Child>"
        "<ChildIdentifiers><LAchildID>A</LAchildID></ChildIdentifiers><CINdetails><CINreferralDate>2024-01-08</CINreferralDate>"
        "<ReferralNFA>0</ReferralNFA></CINdetails></Child></Children></Message>"
    )
    found = frontdoor("export", census, tmp_path / "events.csv")
    assert "an audit of it may hold that against the cases" in found.out
    assert "The reference date 2024-03-31 is not in it" in found.out
    assert "There are: flat-csv," in frontdoor("export", census, "--format", "csv").err


def test_a_clock_that_nothing_in_the_file_ever_stops_is_asked_about(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    rows = [f"{case},referral.receive,2024-01-08T09:00\n{case},referral.accept,2024-01-08T10:00" for case in "ABC"]
    log.write_text("\n".join(["case_id,event,happened_at", *rows, "D,contact.receive,2024-03-01T09:00"]) + "\n")
    [note] = [one for one in counts(log)["notes"] if "referral.acknowledge " in one]
    assert note.startswith(
        "Every referral.acknowledgement is overdue, and no referral.acknowledge is in the file at all"
    )


def test_of_several_inputs_each_childs_age_is_counted_to_where_its_own_source_ends(two: tuple[Path, Path]) -> None:
    oldest = {one.timer: one.oldest for one in summary.kept(audit.run(read(*two)))}
    assert oldest["referral.acknowledgement"] < 30


def test_what_comes_through_standard_input_is_exported() -> None:
    """It can be read but once: the look that tells a log from a file must not take it."""
    done = subprocess.run(
        [sys.executable, "-m", "frontdoor", "export", "-", "-"],
        input=CONTACTS,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("contact.receive") == 2
