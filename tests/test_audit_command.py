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
    assert "There are: annex-a, cin-census, flat-csv," in frontdoor("export", census, "--format", "csv").err


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


def test_a_comparison_is_printed_first_and_everything_after_it_shortly(two: tuple[Path, Path]) -> None:
    out = frontdoor("audit", two[1], "--only", "team=North", "--against", "team=South").out
    assert out.startswith("A comparison\n  A: team North\n  B: team South\n")
    assert out.index("In time") < out.index("Everything in the file, whatever part is compared above")
    assert "Findings" not in out and "furthest over" not in out


def test_what_each_report_has_of_a_sample_and_a_comparison_is_printed(two: tuple[Path, Path], tmp_path: Path) -> None:
    page, book = tmp_path / "r.html", tmp_path / "r.xlsx"
    words = ("--sample", "1", "--against", "guidance=working_together_2018", "--report", page, "--report", book)
    said = " ".join(frontdoor("audit", two[1], *words).out.split())
    assert f"{page}: all that is in the file; the comparison; an audit form for each case drawn" in said
    assert "the comparison in sheets Comparison and Changed verdicts; the cases drawn in sheet Sample," in said


def test_a_chosen_edition_and_a_local_length_are_said_for_what_they_are(tmp_path: Path) -> None:
    draft = tmp_path / "draft.toml"
    draft.write_text(
        'title = "Draft"\n[workflows.initial_assessment.timers.completion]\nallowed = "5 working days"\ncites = "a draft"\n'
    )
    out = frontdoor("audit", EXAMPLE, "--guidance", "working_together_2010", "--local", draft).out
    assert "All judged under working_together_2010 (171), by choice, not the guidance of the day" in out
    kinds = out[out.index("Statutory clocks") :]
    assert "initial_assessment.completion" not in kinds[: kinds.index("Statutory, set by draft")]
    assert "contact.screening, referral.feedback and section_47.outcome: a frontdoor default (grade GK)." in " ".join(
        out.split()
    )


SLIP = "case_id,event,happened_at\nA,referral.receive,2009-11-18T09:00\nA,referral.accept,{}-11-20T09:00\n"


@pytest.mark.parametrize(("year", "is_far"), [("2029", True), ("2011", True), ("2009", False)])
def test_a_moment_judged_from_that_rests_on_one_row_far_ahead_is_asked_about(
    year: str, is_far: bool, tmp_path: Path
) -> None:
    log = tmp_path / "log.csv"
    log.write_text(SLIP.format(year))
    said = "because of row 2 (A, referral.accept) alone: the row before it in time is of Wed 18 Nov 2009."
    assert any(said in note for note in counts(log)["notes"]) is is_far
    printed = " ".join(frontdoor("audit", log).out.split())
    assert (said in printed) is is_far and printed.count("give the moment with --as-at") == int(is_far)
    assert not any("--as-at" in note for note in counts(log, "--as-at", "2009-12-01")["notes"])


def test_a_moment_that_a_source_states_itself_is_not_asked_about(tmp_path: Path) -> None:
    census = tmp_path / "census.xml"
    census.write_text(
        "<Message><Header><CollectionDetails><ReferenceDate>2024-03-31</ReferenceDate></CollectionDetails></Header><Children><Child>"
        "<ChildIdentifiers><LAchildID>A</LAchildID></ChildIdentifiers><CINdetails><CINreferralDate>2020-01-08</CINreferralDate>"
        "<ReferralNFA>0</ReferralNFA></CINdetails></Child></Children></Message>"
    )
    assert not any("--as-at" in note for note in counts(census)["notes"])


CENSUS = """<Message><Header><CollectionDetails><ReferenceDate>1971-03-31</ReferenceDate></CollectionDetails></Header><Children><Child>
<ChildIdentifiers><LAchildID>A</LAchildID><ExpectedPersonBirthDate>1066-04-13</ExpectedPersonBirthDate></ChildIdentifiers>
<CINdetails><CINreferralDate>1970-06-03</CINreferralDate><PrimaryNeedCode>N1</PrimaryNeedCode><ReferralNFA>0</ReferralNFA>
<Assessments><AssessmentActualStartDate>1970-06-01</AssessmentActualStartDate></Assessments>
<Section47><S47ActualStartDate>1970-06-02</S47ActualStartDate><InitialCPCtarget>1970-06-23</InitialCPCtarget>
<DateOfInitialCPC>1970-06-17</DateOfInitialCPC><ICPCnotRequired>0</ICPCnotRequired></Section47>
<ChildProtectionPlans><CPPstartDate>1970-06-17</CPPstartDate><CPPreviewDate>1971-02-15</CPPreviewDate></ChildProtectionPlans>
</CINdetails></Child></Children></Message>"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A census of long ago, with a birth of longer ago."""
    path = tmp_path / "old.xml"
    path.write_text(CENSUS)
    return path


def test_a_date_that_is_one_but_too_long_ago_is_not_called_none(old: Path) -> None:
    (one,) = counts(old)["rejected"]
    assert one["reason"] == "lies outside the years 1850 to 2199: correct it, or leave it empty."


def test_a_field_that_could_not_be_read_is_not_called_a_row(old: Path) -> None:
    out = frontdoor("audit", old).out
    assert "Not in these figures: 1 field that could not be read (listed below)." in out
    assert "1 field could not be read and was rejected." in out


def test_a_due_date_that_cannot_be_counted_is_not_left_blank(old: Path, tmp_path: Path) -> None:
    counts(old, "--findings", tmp_path / "f.csv")
    (said,) = pl.read_csv(tmp_path / "f.csv").filter(rule="claimed-date-differs")["message"]
    assert said.startswith("The source states 1970-06-23 as the due date; none can be counted. Hold the conference")


def test_one_plan_is_not_plans(old: Path) -> None:
    [note] = [one for one in counts(old)["notes"] if "child protection plan" in one]
    assert note.startswith("1 child protection plan, 1 review of such a plan and 0 child in need plans are read")


def test_a_census_rule_is_printed_with_what_it_stands_for(old: Path) -> None:
    lines = [" ".join(line.split()) for line in frontdoor("audit", old).out.splitlines()]
    assert "1103 1 error The assessment starts before the referral" in lines


def test_every_rule_by_which_anything_is_found_has_its_few_words() -> None:
    from frontdoor.formats.cin_census.rules import RULES as CENSUS_RULES
    from frontdoor.replay.findings import RULES
    from frontdoor.report.rule_words import of_rule

    for rule in (*RULES, *(one.code for one in CENSUS_RULES)):
        assert of_rule(rule) and not set(of_rule(rule)) & set("{}:"), rule
        assert of_rule(rule)[-1] not in " ,."


def test_an_explanation_says_what_was_chosen_and_whose_the_length_is(tmp_path: Path) -> None:
    words = ("explain", EXAMPLE, "N-040", "initial_assessment.completion")
    plain = frontdoor(*words).out
    assert "(statutory; working days" in plain and ", in force when it opened," in plain
    draft = tmp_path / "draft.toml"
    draft.write_text(
        'title = "Draft"\n[workflows.initial_assessment.timers.completion]\nallowed = "5 working days"\ncites = "a draft"\n'
    )
    said = frontdoor(*words, "--guidance", "working_together_2010", "--local", draft).out
    assert "5 working days (statutory, but the length is the authority's own; working days" in said
    assert "March 2010, by choice, whatever was in force when it opened," in said
