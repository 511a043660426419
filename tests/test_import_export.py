"""import and export: flat event logs into a log and out of it; all problems at once, a dry run first, and nothing twice."""

from __future__ import annotations

import csv
import io
import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from commands import Ran, environment, frontdoor, process, ran, record
from desks import open_desk

from frontdoor import Desk, FrontdoorError, MemoryLog, SqliteLog, audit, read
from frontdoor.desk import importing
from frontdoor.desk.importing import look_over

EXAMPLE = Path(__file__).parents[1] / "examples" / "inspection_2009.csv"
HEADER = "case_id,event,happened_at,recorded_at,actor,role,episode,family,source,rationale\n"
GOOD = HEADER + (
    "K-1,contact.receive,2009-12-18T16:30,2009-12-18T16:41,officer-12,referral_officer,,F-1,6,\n"
    "K-1,contact.refer,2009-12-18T16:35,2009-12-18T16:41,pm-02,manager,,,,injury\n"
    "K-1,referral.receive,2009-12-18T16:35,2009-12-18T16:41,pm-02,manager,,,6,\n"
    "K-2,contact.receive,2009-12-18,,,system,,,6,\n"
)
BAD = HEADER + (
    "K-1,contact.receive,2009-12-18T16:30,,officer-12,referral_officer,,,6,\n"
    "K-1,contact.refer,2009-12-18T16:35,,officer-12,referral_officer,,,,\n"
    "K-1,contact.refre,2009-12-18T16:35,,officer-12,manager,,,,x\n"
    "K-2,contact.receive,soon,,officer-12,referral_officer,,,6,\n"
    "K-3,contact.receive,2199-12-18,,officer-12,referral_officer,,,6,\n"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a log may be made."""
    return tmp_path / "borough.db"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of four events of two cases, nothing wrong with them."""
    return written(tmp_path, GOOD)


def written(folder: Path, text: str) -> Path:
    path = folder / "events.csv"
    path.write_text(text)
    return path


def held(path: Path) -> list[object]:
    """Every event of a log."""
    with SqliteLog(path, read_only=True) as log:
        return list(log.records())


def bring_in(path: Path, file: Path, *words: object) -> Ran:
    return frontdoor("import", path, file, *words)


# ---- import ----


def test_a_file_without_a_problem_is_recorded_as_it_stands(path: Path, file: Path) -> None:
    found = bring_in(path, file)
    assert found == (0, "4 events recorded.\n", f"frontdoor: {path} was not there, and is a new log now.\n")
    with SqliteLog(path, read_only=True) as log:
        events = [event for event in log.follow() if not event.is_own]
    assert [event.event for event in events] == [
        "contact.receive",
        "contact.refer",
        "referral.receive",
        "contact.receive",
    ]
    assert [(event.actor, event.role, event.family) for event in events][0] == ("officer-12", "referral_officer", "F-1")
    assert [str(event.happened_at) for event in events][-1] == "2009-12-18"
    assert events[-1].recorded_at is None


def test_who_imported_what_is_recorded(path: Path, file: Path) -> None:
    bring_in(path, file, "--actor", "analyst-1", "--role", "manager")
    with SqliteLog(path, read_only=True) as log:
        (event,) = log.events("")
    assert (event.event, event.actor, event.role) == ("desk.imported", "analyst-1", "manager")
    assert (event.details["source"], event.details["events"]) == (str(file), 4)


def test_the_same_file_twice_adds_nothing_and_says_so(path: Path, file: Path) -> None:
    bring_in(path, file)
    before = held(path)
    assert bring_in(path, file) == (0, "Nothing was recorded; 4 were in the log already.\n", "")
    assert held(path) == before


def test_rows_added_to_a_file_are_recorded_beside_what_is_there(path: Path, file: Path) -> None:
    bring_in(path, file)
    file.write_text(GOOD + "K-1,referral.accept,2009-12-21T09:00,,pm-02,manager,,,,injury\n")
    assert bring_in(path, file).out == "1 event recorded; 4 were in the log already.\n"


def test_a_dry_run_writes_nothing_not_even_a_file(path: Path, file: Path) -> None:
    assert bring_in(path, file, "--dry-run") == (
        0, "4 events would be recorded. Nothing was, for this was a dry run.\n", "",
    )  # fmt: skip
    assert not path.exists()
    bring_in(path, file)
    before = held(path)
    file.write_text(GOOD + "K-9,contact.receive,2009-12-21T09:00,,pm-02,manager,,,6,\n")
    assert bring_in(path, file, "--dry-run").out == (
        "1 event would be recorded; 4 were in the log already. Nothing was, for this was a dry run.\n"
    )
    assert held(path) == before


@pytest.mark.parametrize("words", [(), ("--dry-run",)], ids=str)
def test_every_problem_is_said_at_once_and_nothing_is_recorded(
    path: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    file = written(tmp_path, BAD)
    found = bring_in(path, file, *words)
    assert found.status == 3
    problems = [line.removeprefix(f"frontdoor: {file}: ").split(": ")[:2] for line in found.err.splitlines()]
    assert problems == [
        ["row 2", "missing-detail"], ["row 2", "wrong-role"], ["row 3", "unknown-event"], ["row 4", "rejected"],
        ["row 5", "out-of-order"],
    ]  # fmt: skip
    assert found.out == (
        f"Nothing was recorded: 5 problems in {file}. Mend the file, record what has happened with --despite and why or leave "
        "out what cannot be recorded with --leave-out.\n"
    )
    assert not path.exists()


def test_what_has_happened_all_the_same_is_recorded_despite_and_what_cannot_be_is_left_out(
    path: Path, tmp_path: Path
) -> None:
    file = written(tmp_path, BAD)
    assert bring_in(path, file, "--despite", "as the old system had it").status == 3
    assert bring_in(path, file, "--leave-out").status == 3
    assert not path.exists()
    found = bring_in(path, file, "--despite", "as the old system had it", "--leave-out")
    assert found.status == 0
    assert found.out == "2 events recorded; 3 rows left out: 3, 4, 5.\n"
    with SqliteLog(path, read_only=True) as log:
        assert [event.details.get("despite") for event in log.events("K-1")] == [None, "as the old system had it"]
    again = bring_in(path, file, "--leave-out")
    assert (again.status, again.out) == (
        0, "Nothing was recorded; 2 were in the log already; 3 rows left out: 3, 4, 5.\n"
    )  # fmt: skip


def test_a_dry_run_says_which_rows_would_be_left_out(path: Path, tmp_path: Path) -> None:
    found = bring_in(path, written(tmp_path, BAD), "--despite", "so it was", "--leave-out", "--dry-run")
    assert found.out == ("2 events would be recorded; 3 rows left out: 3, 4, 5. Nothing was, for this was a dry run.\n")


def test_of_many_rows_left_out_twenty_are_named_and_all_are_in_json(path: Path, tmp_path: Path) -> None:
    rows = "".join(f"K-{n},contact.receive,soon,,,,,,6,\n" for n in range(60))
    file = written(tmp_path, GOOD + rows)
    said = bring_in(path, file, "--leave-out").out
    assert said.startswith("4 events recorded; 60 rows left out: 5, 6, 7,")
    assert said.endswith(" 23, 24 and 40 more (--json lists them all).\n")
    assert json.loads(bring_in(path, file, "--leave-out", "--json").out)["left_out"] == list(range(5, 65))


def test_what_an_audit_would_find_once_a_row_is_left_out_is_asked_about(path: Path, tmp_path: Path) -> None:
    file = written(tmp_path, GOOD.replace("officer-12", "officer\x7f12"))
    found = bring_in(path, file, "--leave-out")
    assert found.status == 3 and "record what has happened with --despite and why" in found.out
    assert "row 2: opened-without" in found.err and not path.exists()


def test_what_cannot_be_recorded_once_a_row_is_left_out_is_left_out_with_it(path: Path, tmp_path: Path) -> None:
    """The assessment was submitted by a second worker, in a row that names no such workflow: left without it, the manager would sign
    off what they submitted."""
    who = "2024-03-01T{:02}:00,,{},manager,,,6,x\n"
    file = written(tmp_path, HEADER + "".join([
        "K-1,single_assessment.start," + who.format(9, "sw-1"),
        "K-1,single_assessment.submit," + who.format(10, "pm-1"),
        "K-1,single_assessment.submit," + who.format(11, "sw-1\x7f"),
        "K-1,single_assessment.sign_off," + who.format(12, "pm-1"),
    ]))  # fmt: skip
    found = bring_in(path, file, "--despite", "so it was", "--leave-out")
    assert found.status == 0 and "2 rows left out: 3, 4." in found.out
    with SqliteLog(path, read_only=True) as log:
        assert "single_assessment.sign_off" not in [event.event for event in log.events("K-1")]


def test_of_many_problems_fifty_are_printed_and_all_are_in_json(path: Path, tmp_path: Path) -> None:
    file = written(tmp_path, HEADER + "".join(f"K-{n},contact.receive,soon,,,,,,6,\n" for n in range(60)))
    lines = bring_in(path, file).err.splitlines()
    assert len(lines) == 51
    assert lines[-1] == "frontdoor: and 10 more problems; --json lists them all."
    found = json.loads(bring_in(path, file, "--json").out)
    assert [one["row"] for one in found["problems"]] == list(range(1, 61))
    assert (found["recorded"], found["new"], found["known"], found["dry_run"]) == (0, 0, 0, False)


def test_a_row_that_makes_what_is_recorded_illegal_is_a_problem(path: Path, tmp_path: Path) -> None:
    bring_in(path, written(tmp_path, GOOD))
    file = written(tmp_path, HEADER + "K-1,contact.close,2009-12-18T16:32,,pm-02,manager,,,,x\n")
    found = bring_in(path, file)
    assert found.status == 3
    assert "contact.refer of 2009-12-18T16:35:00+00:00, recorded already, would become " in found.err


def test_a_census_is_read_too(path: Path, tmp_path: Path) -> None:
    """It has no roles and no decisions, so its events are brought in despite what a desk would ask."""
    file = tmp_path / "census.csv"
    file.write_text("<Message><Children></Children></Message>")
    found = bring_in(path, file)
    assert found.status == 3
    assert found.err.startswith(f"frontdoor: {file}: ")
    assert not path.exists()


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["nowhere.csv"], 3, "nowhere.csv: there is no such file."),
        (["."], 3, ".: holds no table of events"),
        ([EXAMPLE, "--format", "cvs"], 3, "'cvs' is no format"),
        ([EXAMPLE, "--local", "nothing.toml"], 3, "nothing.toml: cannot be read"),
        ([], 2, "Missing argument 'FILE'"),
    ],
    ids=lambda value: " ".join(str(word) for word in value)[-40:] if isinstance(value, list) else "",
)
def test_a_file_that_cannot_be_read_is_told_in_a_sentence(
    path: Path, words: list[object], status: int, said: str
) -> None:
    found = frontdoor("import", path, *words)
    assert (found.status, found.out) == (status, "")
    assert said in found.err
    assert not path.exists()


def test_a_log_is_not_imported_into_itself(path: Path, file: Path) -> None:
    bring_in(path, file)
    found = bring_in(path, path)
    assert found.status == 2
    assert f"{path} cannot be imported into itself." in found.err


def test_importing_without_polars_says_what_to_install(path: Path, file: Path) -> None:
    code = "import sys; sys.modules['polars'] = None; from frontdoor.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "import", str(path), str(file)], capture_output=True, text=True, env=environment()
    )
    assert done.returncode == 2
    assert "pip install 'frontdoor[audit]'" in done.stderr and "Traceback" not in done.stderr
    assert not path.exists()


def recorded(path: Path) -> int:
    """How many cases a log has, if it is there yet."""
    try:
        with SqliteLog(path, read_only=True) as log:
            return sum(1 for _ in log.cases())
    except FrontdoorError:
        return 0


def test_an_import_that_was_stopped_goes_on_where_it_was(path: Path, tmp_path: Path) -> None:
    """However far it had come when it was killed, the second run records the rest, and the log is as if nothing had been."""
    cases = 6_000
    file = written(tmp_path, HEADER + "".join(
        f"K-{n},contact.receive,2009-12-18T16:30,2009-12-18T16:41,o,system,,,6,\n" for n in range(cases)
    ))  # fmt: skip
    started = process("import", path, file)
    while started.poll() is None and not recorded(path):
        pass
    started.send_signal(signal.SIGKILL)
    ran(started)
    assert recorded(path) % 2_000 == 0, "whole batches"
    assert bring_in(path, file).status == 0
    with SqliteLog(path, read_only=True) as log:
        assert [event.case_id for event in log.follow() if not event.is_own] == [f"K-{n}" for n in range(cases)]
    assert frontdoor("verify", path).status == 0


def test_an_event_without_an_id_has_one_made_of_what_it_says_the_same_in_every_release(tmp_path: Path) -> None:
    rows = (
        "K-1,contact.receive,2009-12-18T16:30,2009-12-18T16:41,officer-12,referral_officer,,F-1,6,\n"
        'K-2,contact.receive,2009-12-18,,,system,contact-a,,,"two, parted"\n'
        'K-2,contact.receive,2009-12-18,,,system,contact-a,,,"two, parted"\n'
        "K-3,contact.receive,2009-12-18/2009-12-20,2010-01-02,officer-1,,,,6,né\n"
    )
    with Desk(MemoryLog()) as desk:
        looked = look_over(desk, read(written(tmp_path, HEADER + rows)))
    assert [draft.event_id for draft in looked.drafts] == [
        "e53e9b9b-f628-5911-8b00-dc178b67ca26",
        "05a5b3d3-46d2-5f72-84b4-f296a658ca26",
        "94ada861-da8a-505e-86dd-9d343dc65899",
        "2a869a8f-41d6-56a1-8fa4-f6a7ae35f687",
    ]


# ---- export ----


def test_an_export_is_a_flat_event_log_with_details_and_ids(path: Path, file: Path) -> None:
    bring_in(path, file)
    frontdoor("check", path)
    rows = list(csv.DictReader(io.StringIO(frontdoor("export", path).out)))
    assert list(rows[0]) == [
        "case_id", "event", "happened_at", "recorded_at", "actor", "role", "episode", "family", "rationale", "source",
        "event_id",
    ]  # fmt: skip
    assert [(row["case_id"], row["event"]) for row in rows] == [
        ("K-1", "contact.receive"), ("K-1", "contact.refer"), ("K-1", "referral.receive"), ("K-2", "contact.receive"),
    ]  # fmt: skip
    assert (rows[0]["happened_at"], rows[0]["recorded_at"]) == (
        "2009-12-18T16:30:00+00:00",
        "2009-12-18T16:41:00+00:00",
    )
    assert (rows[3]["happened_at"], rows[3]["recorded_at"], rows[3]["source"]) == ("2009-12-18", "", "6")


def test_what_was_corrected_is_exported_as_corrected_and_what_was_struck_out_is_not(path: Path, file: Path) -> None:
    bring_in(path, file)
    ids = {row["event"]: row["event_id"] for row in csv.DictReader(io.StringIO(frontdoor("export", path).out))}
    who = ("--actor", "a", "--role", "manager", "--reason", "x")
    frontdoor("correct", path, ids["contact.refer"], *who, "--detail", "rationale=neglect")
    frontdoor("correct", path, ids["referral.receive"], *who, "--struck-out")
    rows = list(csv.DictReader(io.StringIO(frontdoor("export", path).out)))
    assert [(row["event"], row["rationale"]) for row in rows if row["case_id"] == "K-1"] == [
        ("contact.receive", ""), ("contact.refer", "neglect"),
    ]  # fmt: skip


def test_what_is_exported_and_imported_is_the_same_and_is_known_again(path: Path, tmp_path: Path) -> None:
    bring_in(path, EXAMPLE, "--leave-out", "--despite", "it is so")
    out, other = tmp_path / "out.csv", tmp_path / "other.db"
    found = frontdoor("export", path, out)
    assert found.status == 0 and found.out.endswith(f" events written to {out}.\n")
    assert bring_in(other, out, "--despite", "it is so").status == 0
    assert frontdoor("export", other).out == out.read_text()
    before = held(path)
    assert bring_in(path, out).out.startswith("Nothing was recorded; ")
    assert held(path) == before


def test_a_log_and_its_export_are_audited_alike(path: Path, tmp_path: Path) -> None:
    bring_in(path, EXAMPLE, "--leave-out", "--despite", "it is so")
    out = tmp_path / "out.csv"
    frontdoor("export", path, out)
    log, file = audit(path), audit(out)
    assert log.deadlines.drop("cites").equals(file.deadlines.drop("cites"))
    alike = ["rule", "severity", "case_id", "episode", "event", "happened_at"]
    assert log.findings.select(alike).equals(file.findings.select(alike))


@pytest.mark.parametrize("ending", ["", "-wal", "-shm"])
def test_an_export_does_not_overwrite_the_log(path: Path, file: Path, ending: str) -> None:
    bring_in(path, file)
    before = held(path)
    found = frontdoor("export", path, f"{path}{ending}")
    assert found.status == 2
    assert f"{path}{ending} is the input itself" in found.err
    assert held(path) == before


def test_an_export_that_cannot_be_written_is_told_in_a_sentence(path: Path, file: Path) -> None:
    bring_in(path, file)
    found = frontdoor("export", path, path.parent / "no" / "out.csv")
    assert found.status == 2
    assert "out.csv cannot be written: No such file or directory." in found.err


def test_an_empty_log_is_exported_as_a_header(path: Path) -> None:
    SqliteLog(path).close()
    assert frontdoor("export", path).out == "case_id,event,happened_at,recorded_at,actor,role,episode,family,event_id\n"


def test_a_reader_who_has_seen_enough_is_no_mistake(path: Path) -> None:
    head = shutil.which("head")
    if head is None:
        pytest.skip("there is no program head")
    bring_in(path, EXAMPLE, "--leave-out", "--despite", "it is so")
    with process("export", path) as exporting:
        first = subprocess.run([head, "-1"], stdin=exporting.stdout, capture_output=True, text=True)
        assert exporting.stdout is not None and exporting.stderr is not None
        exporting.stdout.close()
        assert first.stdout.startswith("case_id,event,")
        assert exporting.stderr.read() == ""
    assert exporting.returncode in (0, 141)


def test_an_imported_case_goes_on_at_the_desk(path: Path, file: Path) -> None:
    bring_in(path, file)
    found = record(path, "referral.accept", "K-1", at="2009-12-21T09:00", detail="rationale=injury")
    assert found.status == 0, found.err
    assert "It opened initial_assessment-1" in found.out


def test_details_longer_than_a_log_takes_are_refused_cell_by_cell_and_together(path: Path, tmp_path: Path) -> None:
    row = "K-1,contact.receive,2009-12-18T16:30,,officer-12,referral_officer,,,6"
    for number, cells in enumerate((["x" * 10_000_000], ["x" * 600_000] * 2)):
        source = tmp_path / f"{number}.csv"
        source.write_text(f"{HEADER.strip()}{',more' * (len(cells) - 1)}\n{','.join([row, *cells])}\n")
        status, _, err = frontdoor("import", path, source)
        assert (status, err.count("\n")) == (3, 1) and "than 1,000,000" in err, err[:300]
    status, _, err = record(
        path, "contact.receive", at="2009-12-18", role="referral_officer", detail=["source=6", f"n={'x' * 10_000_000}"]
    )
    assert status == 3 and "more than 1,000,000: keep long texts elsewhere" in err
    with SqliteLog(path) as log:
        assert not log.size()


def test_rows_without_an_actor_are_imported_with_ids_of_their_own_or_without() -> None:
    for ids in ("", ",77bdf408-7f50-4a20-bf50-4d893fe56096"):
        desk = open_desk("2024-03-01T09:00")
        file = f"case_id,event,happened_at,source{',event_id' if ids else ''}\nC-1,contact.receive,2024-02-01T09:00,6{ids}\n"
        looked = look_over(desk, read(file.encode()))
        assert looked.problems == ()
        assert importing.bring_in(desk, looked, actor="import", role="system").recorded == 1
        assert desk.case("C-1").facts[0].actor == ""
