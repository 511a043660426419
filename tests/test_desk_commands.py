"""record, correct, show, explain, rebuild, completion: a log kept from the command line, and how mistakes are taken."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from commands import ROOT, Ran, environment, frontdoor, process, ran, record
from desks import do, open_desk, play, set_clock, shipped

from frontdoor import Desk, SimulatedClock, SqliteLog
from frontdoor.report import case_text

ID = "77bdf408-7f50-4a20-bf50-4d893fe56096"
FRIDAY, MONDAY = "2009-12-18T16:30", "2009-12-21T10:00"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a log may be made."""
    return tmp_path / "borough.db"


@pytest.fixture
def log(path: Path) -> Path:
    """A log of a contact that became a referral on a Friday afternoon."""
    record(path, "contact.receive", at=FRIDAY, role="referral_officer", detail="source=6", event_id=ID)
    record(path, "contact.refer", at="2009-12-18T16:35", detail="rationale=injury")
    return path


def held(path: Path) -> object:
    """All that a log holds."""
    with SqliteLog(path, read_only=True) as log:
        return [*log.records()], [*log.episodes()], [*log.deadlines()], [*log.breaches()], log.libraries()


def refused(path: Path, *words: object, status: int = 3) -> Ran:
    """How a command on a log is refused, the log being left as it was."""
    before = held(path)
    found = frontdoor(*words)
    assert found.status == status, found
    assert held(path) == before
    assert "Traceback" not in found.err
    return found


# ---- record ----


def test_a_first_event_makes_the_log_and_says_where_the_case_stands_and_what_is_due(path: Path) -> None:
    found = record(path, "contact.receive", at=FRIDAY, role="referral_officer", detail="source=6", event_id=ID)
    assert found.status == 0
    first, second, third = found.out.splitlines()
    assert first == (
        f"Recorded: contact.receive of C-1, Fri 18 Dec 2009 16:30, by referral_officer-1 (referral_officer); event {ID}."
    )
    assert second == "C-1 is at version 1; contact-1 is at 'Contact received, not yet read'."
    assert third.startswith("Due next: contact.screening, overdue by ")
    assert third.endswith("(due Mon 21 Dec 2009).")
    assert found.err == f"frontdoor: {path} was not there, and is a new log now.\n"


def test_what_an_event_opens_is_said(log: Path) -> None:
    found = record(log, "referral.accept", at=MONDAY, detail="rationale=injury")
    assert "It opened initial_assessment-1 (initial_assessment.start).\n" in found.out


def test_the_same_event_id_again_is_the_same_event_and_adds_nothing(log: Path) -> None:
    before = held(log)
    again = record(log, "contact.receive", at=FRIDAY, role="referral_officer", detail="source=6", event_id=ID)
    assert again.status == 0
    assert again.out.startswith("Recorded already, and not again: contact.receive of C-1")
    assert held(log) == before


def test_a_refusal_gives_each_reason_on_a_line_and_what_may_be_done_and_exits_with_3(log: Path) -> None:
    found = refused(
        log, "record", log, "C-1", "referral.take_no_further_action", "--actor", "a", "--role", "social_worker"
    )
    assert found.out == ""
    lines = found.err.splitlines()
    assert lines[0] == "frontdoor: referral.take_no_further_action of C-1 was not recorded."
    assert lines[1].startswith("  'Take no further action' was recorded without rationale")
    assert lines[2].startswith("  'Take no further action' was done in the role of social_worker")
    assert lines[3] == "If it has already happened, say --despite why."
    assert lines[4] == "May be done now:"
    assert lines[5].split() == ["event", "in", "by", "needing"]
    (row,) = (line for line in lines if "referral.signpost" in line)
    assert row.split() == ["referral.signpost", "referral-1", "manager", "service,", "rationale"]
    assert all(len(line) <= 110 for line in lines[4:])


def test_what_may_be_done_says_in_few_words_that_nearly_everybody_may(log: Path) -> None:
    err = refused(log, "record", log, "C-1", "referral.accept", "--actor", "a", "--role", "chair").err
    (row,) = (line for line in err.splitlines() if "referral.acknowledge" in line)
    assert "anyone but system" in row


def test_a_refused_first_event_makes_no_file(path: Path) -> None:
    found = record(path, "contact.receive", at=FRIDAY)
    assert found.status == 3
    assert "without source" in found.err
    assert not path.exists()


def test_what_has_happened_all_the_same_is_recorded_despite_what_speaks_against_it(log: Path) -> None:
    found = record(log, "referral.take_no_further_action", at=MONDAY, role="social_worker", despite="on paper only")
    assert found.status == 0
    shown = frontdoor("show", log, "C-1").out
    assert "recorded despite what speaks against it: on paper only" in shown
    assert "Findings in what was recorded all the same\n  missing-detail" in shown


def test_json_gives_what_was_recorded_what_followed_and_how_the_case_stands(log: Path) -> None:
    found = json.loads(record(log, "referral.accept", at=MONDAY, detail="rationale=injury", json=True).out)
    assert (found["recorded"], found["is_new"]) == (True, True)
    assert found["event"]["event"] == "referral.accept"
    assert found["event"]["happened_at"] == "2009-12-21T10:00:00+00:00"
    assert found["event"]["details"] == {"rationale": "injury"}
    assert [one["event"] for one in found["followed"]] == ["initial_assessment.start"]
    assert found["case"]["version"] == 5
    assert [one["state"] for one in found["case"]["episodes"]] == ["referred", "accepted", "under_way"]


def test_json_gives_a_refusal_with_its_reasons_and_what_may_be_done(log: Path) -> None:
    words = ("record", log, "C-1", "referral.accept", "--actor", "a", "--role", "manager", "--json")
    found = refused(log, *words)
    assert found.err == ""
    said = json.loads(found.out)
    assert said["recorded"] is False
    assert [(one["rule"], one["bars_facts"]) for one in said["reasons"]] == [("missing-detail", False)]
    accept = next(one for one in said["allowed"] if one["event"] == "referral.accept")
    assert accept["episode"] == "referral-1" and accept["needs"] == ["rationale"] and "manager" in accept["by"]


def test_a_detail_may_be_empty_and_may_hold_an_equals_sign(path: Path) -> None:
    options: dict[str, Any] = {"at": FRIDAY, "role": "referral_officer", "json": True}
    found = record(path, "contact.receive", detail=["source=6", "note=", "sum = 1+1=2"], **options)
    assert json.loads(found.out)["event"]["details"] == {"source": "6", "note": "", "sum": " 1+1=2"}


@pytest.mark.parametrize(
    ("detail", "said"),
    [("source", "'source' is not a detail: write NAME=TEXT"), ("=6", "'=6' is not a detail"), (["a=1", "a=2"], "a is given twice")],
    ids=str,
)  # fmt: skip
def test_a_detail_that_is_none_is_a_usage_error(path: Path, detail: object, said: str) -> None:
    found = record(path, "contact.receive", at=FRIDAY, detail=detail)
    assert (found.status, found.out) == (2, "")
    assert said in found.err
    assert not path.exists()


def test_siblings_share_a_family_and_an_episode_may_have_a_name_of_its_own(path: Path) -> None:
    record(path, "contact.receive", at=FRIDAY, role="system", detail="source=6", family="F-9", episode="front-door-17")
    shown = frontdoor("show", path, "C-1").out
    assert shown.startswith("C-1, family F-9: version 1")
    assert "  front-door-17  Contact: Contact received" in shown


def test_a_local_file_that_the_log_was_kept_by_goes_on_to_be_gone_by(path: Path, tmp_path: Path) -> None:
    """Its closed day counts for what is checked later, by whoever does not name it."""
    mine = tmp_path / "mine.toml"
    mine.write_text('title = "Mine"\n[closures]\n2009-12-21 = "office move"\n')
    record(path, "contact.receive", at=FRIDAY, role="system", detail="source=6", local=mine)
    (deadline,) = json.loads(frontdoor("show", path, "C-1", "--json").out)["deadlines"]
    assert deadline["due"] == "2009-12-22"
    said = record(path, "contact.receive", "C-2", at=FRIDAY, role="system", detail="source=6")
    assert "by the workflows that the log has kept, with " in said.err
    (deadline,) = json.loads(frontdoor("show", path, "C-2", "--json").out)["deadlines"]
    assert deadline["due"] == "2009-12-22"


# ---- bad input, each in one sentence ----


def test_a_stale_version_exits_with_5_and_says_what_to_do(log: Path) -> None:
    words = ("record", log, "C-1", "referral.acknowledge", "--actor", "a", "--role", "manager", "--expected-version", 1)
    err = refused(log, *words, status=5).err
    assert err == (
        "frontdoor: C-1 is at version 3, not 1: somebody has recorded in it since it was read. Read it again, and decide anew.\n"
    )


def test_an_event_id_with_other_content_is_refused(log: Path) -> None:
    words = ("record", log, "C-1", "contact.receive", "--actor", "b", "--role", "manager", "--event-id", ID)
    err = refused(log, *words).err
    assert err.startswith(
        f"frontdoor: the event id {ID} is that of contact.receive of C-1, which differs in actor, role, details: "
    )


def test_a_moment_after_the_clock_is_refused(log: Path) -> None:
    words = ("record", log, "C-1", "referral.acknowledge", "--actor", "a", "--role", "manager")
    err = refused(log, *words, "--at", "2199-01-01T00:00").err
    assert "2199-01-01T00:00:00+00:00 is later than the desk's clock" in err and err.count("\n") == 1


def test_the_same_person_is_refused_even_despite_a_reason(log: Path) -> None:
    record(log, "referral.accept", at=MONDAY, detail="rationale=injury")
    details = [f"{name}=yes" for name in ("child_seen", "child_views", "parent_views", "analysis")]
    submit = record(log, "initial_assessment.submit", at=MONDAY, role="social_worker", actor="ann", detail=details)
    assert submit.status == 0, submit.err
    words = ("record", log, "C-1", "initial_assessment.sign_off", "--actor", "ann", "--role", "manager")
    err = refused(log, *words, "--detail", "outcome=none", "--despite", "no one else was in").err
    assert "it takes another pair of eyes" in err
    assert "--despite why" not in err
    (row,) = (line for line in err.splitlines() if "sign_off  " in line)
    assert "manager, but not ann" in row


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["C-1", "referral.acept"], 3, "Did you mean referral.accept?"),
        (["", "contact.receive"], 3, "It has no case_id: say which case it is of."),
        (["C-1", "referral.acknowledge", "--event-id", "7"], 3, "The event id '7' is not a UUID"),
        (["C-1", "referral.acknowledge", "--at", "soon"], 2, "'soon' is not a date or time"),
        (["C-1", "referral.acknowledge", "--expected-version", "two"], 2, "'two' is not a valid integer"),
        (["C-1", "referral.breach_raised"], 3, "is the desk's own"),
        (["C-1", "referral.acknowledge", "--local", "nowhere.toml"], 3, "nowhere.toml: cannot be read"),
        (
            ["C-1", "referral.acknowledge", "--guidance", "working_together_2011"],
            2,
            "Did you mean working_together_201",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_recorded_is_told_in_a_sentence(log: Path, words: list[str], status: int, said: str) -> None:
    found = refused(log, "record", log, *words, "--actor", "a", "--role", "manager", status=status)
    assert said in found.err


def test_who_did_it_and_in_which_role_must_be_said(log: Path) -> None:
    words = ("record", log, "C-1", "referral.acknowledge")
    assert "Missing option '--actor'" in refused(log, *words, "--role", "manager", status=2).err
    assert "Missing option '--role'" in refused(log, *words, "--actor", "a", status=2).err
    assert (
        "It has no actor: say who did it, or who records it where that is not known."
        in refused(log, *words, "--actor", " ", "--role", "manager").err
    )


@pytest.mark.parametrize("content", [b"case_id,event,happened_at\n", b"SQLite format 3\x00" + bytes(200)])
def test_a_file_that_is_no_log_is_left_as_it_is(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    for words in (("show", path, "C-1"), ("check", path), ("rebuild", path)):
        found = frontdoor(*words)
        assert (found.status, found.err) == (3, f"frontdoor: {path} is not a frontdoor log.\n")
    assert record(path, "contact.receive", at=FRIDAY, role="system", detail="source=6").status == 3
    assert path.read_bytes() == content


def test_another_applications_database_is_no_log(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE cats (name TEXT)")
    db.close()
    assert record(path, "contact.receive", at=FRIDAY, role="system", detail="source=6").status == 3
    assert frontdoor("audit", path).err == f"frontdoor: {path} is not a frontdoor log.\n"


def test_a_log_of_a_newer_frontdoor_says_to_update(log: Path) -> None:
    with sqlite3.connect(log) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    found = frontdoor("show", log, "C-1")
    assert found.status == 3
    assert "was written by a newer frontdoor (schema 99; this one knows " in found.err


@pytest.mark.parametrize(
    "words", [("show", "C-1"), ("check",), ("check", "--due-within", "2 days"), ("rebuild",)], ids=str
)
def test_a_log_that_is_not_there_is_said_and_not_made(path: Path, words: tuple[str, ...]) -> None:
    command, *rest = words
    found = frontdoor(command, path, *rest)
    assert (found.status, found.out, found.err) == (3, "", f"frontdoor: there is no log {path}.\n")
    assert not path.exists()


def test_a_log_in_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    found = record(tmp_path / "no" / "borough.db", "contact.receive", at=FRIDAY, role="system", detail="source=6")
    assert (found.status, found.err) == (3, f"frontdoor: there is no folder {tmp_path / 'no'}.\n")


def test_what_was_altered_in_the_file_exits_with_4(log: Path) -> None:
    with sqlite3.connect(log) as db:
        for (trigger,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {trigger}")
        db.execute("UPDATE libraries SET content = replace(content, '2006', '2007')")
    db.close()
    assert frontdoor("show", log, "C-1").status == 4


AS_SOMEBODY = """
import os, sys
import sqlite3, uuid, json, logging, frontdoor.cli.record, frontdoor.cli.check, frontdoor.cli.show, frontdoor.desk
import frontdoor.log.memory, frontdoor.log.sqlite, frontdoor.report.case_text, frontdoor.report.check_text, sqlite_utils
from frontdoor.cli import main
from frontdoor.library import load
load()
if os.geteuid() == 0:
    os.setgid(65534), os.setuid(65534)
sys.argv[0] = "frontdoor"
main()
"""
"""Begins as who runs the tests, and goes on as somebody whom permissions bind."""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that anybody may look into."""
    made = Path(tempfile.mkdtemp())
    made.chmod(0o755)
    yield made
    made.chmod(0o755)
    shutil.rmtree(made)


def as_somebody(*words: object) -> Ran:
    """Run `frontdoor` as somebody who may only what permissions let anybody."""
    return ran(subprocess.Popen(
        [sys.executable, "-c", AS_SOMEBODY, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=environment(), cwd="/",
    ))  # fmt: skip


def readable_workflows() -> bool:
    """Whether somebody else may read the checkout that the tests run in."""
    return all(one.stat().st_mode & 0o005 == 0o005 for one in (ROOT, *ROOT.parents))


@pytest.mark.parametrize("bound", ["file", "folder"])
def test_what_cannot_be_written_is_shown_and_refuses_in_a_sentence(folder: Path, bound: str) -> None:
    if not readable_workflows():
        pytest.skip("nobody else may read this checkout")
    path = folder / "borough.db"
    record(path, "contact.receive", at=FRIDAY, role="system", detail="source=6")
    path.chmod(0o444)
    folder.chmod(0o555 if bound == "folder" else 0o777)
    before = path.read_bytes()
    assert "contact-1" in as_somebody("show", path, "C-1").out
    words = ("C-1", "contact.close", "--actor", "a", "--role", "manager", "--detail", "reason=x")
    for found in (as_somebody("record", path, *words), as_somebody("check", path)):
        assert found.status == 3, found
        assert found.err == (
            f"frontdoor: {path} cannot be written: it is open for reading only, or its file or folder is read only.\n"
        )
    assert path.read_bytes() == before


def test_a_log_is_not_made_where_nothing_may_be_written(folder: Path) -> None:
    if not readable_workflows():
        pytest.skip("nobody else may read this checkout")
    folder.chmod(0o555)
    words = ("C-1", "contact.receive", "--actor", "a", "--role", "manager", "--detail", "source=6")
    found = as_somebody("record", folder / "borough.db", *words)
    assert found.status == 3
    assert found.err == f"frontdoor: {folder / 'borough.db'} cannot be made: its folder cannot be written.\n"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a megabyte and a half."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1500k", "tmpfs", str(disk)], capture_output=True
    )
    if not mounted or mounted.returncode:
        pytest.skip("a small disk cannot be mounted here: that takes root, on Linux")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("free", [0, 64 * 1024])
def test_a_full_disk_is_told_in_a_sentence_and_the_log_is_as_it_was(small_disk: Path, free: int) -> None:
    path = small_disk / "borough.db"
    record(path, "contact.receive", at=FRIDAY, role="system", detail="source=6")
    before = held(path)
    left = os.statvfs(small_disk)
    (small_disk / "fill").write_bytes(bytes(left.f_bavail * left.f_frsize - free))
    found = ran(process(
        "record", path, "C-2", "contact.receive", "--actor", "a", "--role", "manager", "--detail", f"source={'x' * 100_000}"
    ))  # fmt: skip
    assert found.status == 3
    assert found.err.startswith(f"frontdoor: {path} cannot be") and found.err.count("\n") == 1
    (small_disk / "fill").unlink()
    assert held(path) == before
    assert frontdoor("verify", path).status == 0


def test_a_second_writer_exits_with_5(log: Path) -> None:
    other = sqlite3.connect(log, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    found = ran(process("record", log, "C-1", "referral.acknowledge", "--actor", "a", "--role", "manager"))
    other.close()
    assert found.status == 5
    assert found.err == f"frontdoor: somebody else has been writing {log} for more than 5 seconds: try again.\n"


# ---- correct ----


def correct(log: Path, event_id: str, *words: object) -> Ran:
    return frontdoor(
        "correct", log, event_id, "--actor", "pm-02", "--role", "manager", "--reason", "typed wrongly", *words
    )


def fact(log: Path, event_id: str = ID) -> dict[str, Any]:
    """An event as `show` has it."""
    lines = json.loads(frontdoor("show", log, "C-1", "--json").out)["timeline"]
    return next(line for line in lines if line["event_id"] == event_id)


def test_a_correction_changes_what_is_named_and_says_what_it_is_now(log: Path) -> None:
    found = correct(log, ID, "--at", "2009-12-18T16:20", "--done-by", "officer-7")
    assert found.status == 0
    assert found.out.startswith(
        "Corrected: it is now contact.receive of C-1, Fri 18 Dec 2009 16:20, by officer-7 (referral"
    )
    now = fact(log)
    assert (now["happened_at"], now["actor"]) == ("2009-12-18T16:20:00+00:00", "officer-7")
    assert now["corrected_by"] and not now["struck_out"]


def test_a_second_correction_leaves_what_the_first_one_said(log: Path) -> None:
    correct(log, ID, "--at", "2009-12-18T16:20", "--detail", "source=7")
    correct(log, ID.upper(), "--in-role", "mash_officer", "--detail", "note=by phone")
    now = fact(log)
    assert (now["happened_at"], now["role"]) == ("2009-12-18T16:20:00+00:00", "mash_officer")
    assert now["details"] == {"source": "7", "note": "by phone"}


def test_as_recorded_takes_a_correction_back(log: Path) -> None:
    before = fact(log)
    correct(log, ID, "--at", "2009-12-18T16:20", "--detail", "source=7")
    assert correct(log, ID, "--as-recorded").status == 0
    assert fact(log) == before


def test_what_is_struck_out_never_happened_and_is_shown_as_such(log: Path) -> None:
    found = json.loads(record(log, "referral.acknowledge", at=MONDAY, json=True).out)["event"]["event_id"]
    assert correct(log, found, "--struck-out").out.startswith(f"Struck out: {found} of C-1.")
    assert fact(log, found)["struck_out"]
    deadlines = json.loads(frontdoor("show", log, "C-1", "--json").out)["deadlines"]
    assert next(one for one in deadlines if one["timer"] == "referral.acknowledgement")["status"] == "overdue"


def test_a_correction_that_makes_another_event_illegal_is_refused_but_not_despite_a_reason(log: Path) -> None:
    words = ("correct", log, ID, "--actor", "a", "--role", "manager", "--reason", "never was", "--struck-out")
    err = refused(log, *words).err
    assert "recorded already, would become" in err and "To correct it all the same, say --despite why." in err
    assert frontdoor(*words, "--despite", "it was another child's").status == 0


def test_json_gives_the_correction_and_the_event_as_it_is_now(log: Path) -> None:
    found = json.loads(correct(log, ID, "--detail", "source=7", "--json").out)
    assert found["correction"]["details"]["corrects"] == ID
    assert found["correction"]["details"]["reason"] == "typed wrongly"
    assert found["event"]["details"] == {"source": "7"}


def test_a_correction_of_nothing_is_told_in_a_sentence(log: Path) -> None:
    words = ("--actor", "a", "--role", "manager", "--reason", "x", "--struck-out")
    for nothing in (str(uuid4()), "nothing"):
        err = refused(log, "correct", log, nothing, *words, status=2).err
        assert err == (
            f"frontdoor: the event {nothing} is not in the log: a correction names an event that somebody recorded.\n"
        )


@pytest.mark.parametrize(
    "words", [(), ("--struck-out", "--as-recorded"), ("--struck-out", "--at", "2009-12-18"), ("--as-recorded", "--detail", "a=b")], ids=str
)  # fmt: skip
def test_a_correction_says_one_thing_of_three(log: Path, words: tuple[str, ...]) -> None:
    err = refused(log, "correct", log, ID, "--actor", "a", "--role", "manager", "--reason", "x", *words, status=2).err
    assert "say how it really was" in err


# ---- show ----


HISTORY = """
    2009-12-18T16:30 contact.receive
    2009-12-18T16:35 contact.refer
"""


def shown(desk: Desk, **options: Any) -> str:
    """What `show` says of C-1 at a desk."""
    return "\n".join(case_text.lines(desk.case("C-1"), library=desk.library, **options))


def test_the_timeline_is_whole_and_in_the_order_things_happened() -> None:
    """A breach stands where it was late, a correction where it was made, what it corrects where that happened."""
    desk = open_desk(FRIDAY)
    play(desk, HISTORY)
    set_clock(desk, "2009-12-23T16:35")
    desk.check()
    accepted = desk.record(
        "C-1", "referral.accept", actor="m", role="manager", details={"rationale": "x"}, happened_at="2009-12-21T12:00"
    )  # fmt: skip
    desk.correct(
        accepted.event_id, actor="n", role="manager", reason="wrong hour", becomes={"happened_at": "2009-12-21T15:00"}
    )
    timeline = shown(desk).partition("Timeline, in the order things happened\n")[2].partition("\n\n")[0]
    starts = [
        line.strip()[:48].split("  ") for line in timeline.splitlines() if line.startswith("  ") and line[2] != " "
    ]
    assert [(one[0], one[1]) for one in starts] == [
        ("Fri 18 Dec 2009 16:30", "contact-1"),
        ("Fri 18 Dec 2009 16:35", "contact-1"),
        ("Fri 18 Dec 2009 16:35", "referral-1"),
        ("Mon 21 Dec 2009 15:00", "referral-1"),
        ("Mon 21 Dec 2009 15:00", "initial_assessment-1"),
        ("Tue 22 Dec 2009 00:00", "referral-1"),
        ("Tue 22 Dec 2009 00:00", "referral-1"),
        ("Wed 23 Dec 2009 16:35", "referral-1"),
        ("Wed 23 Dec 2009 16:35", "referral-1"),
        ("Wed 23 Dec 2009 16:35", "initial_assessment-1"),
    ]
    said = " ".join(timeline.split())
    assert (
        "Breach raised: Decide what response is needed referral.decision, due Mon 21 Dec 2009; detected Wed 23" in said
    )
    assert "corrected Wed 23 Dec 2009 16:35; recorded first as: happened Mon 21 Dec 2009 12:00" in said
    assert "Breach withdrawn referral.decision, due Mon 21 Dec 2009: referral.accept happened in time" in said
    assert "because: wrong hour" in said


def test_what_was_recorded_late_is_marked() -> None:
    desk = open_desk("2009-12-23T16:00")
    desk.record("C-1", "contact.receive", actor="o", role="system", details={"source": "6"}, happened_at=FRIDAY)
    desk.record("C-1", "contact.close", actor="m", role="manager", details={"reason": "x"})
    assert shown(desk).count("recorded late, Wed 23 Dec 2009 16:00") == 1


@pytest.mark.parametrize(
    ("now", "left"),
    [
        ("2009-12-18T17:00", "1 working day left"),
        ("2009-12-20T23:59", "1 working day left"),
        ("2009-12-21T00:00", "due today"),
        ("2009-12-21T23:59", "due today"),
        ("2009-12-22T00:00", "overdue by 1 working day"),
        ("2009-12-26T09:00", "overdue by 3 working days"),
    ],
)
def test_time_left_is_said_in_words_and_due_today_is_not_overdue(now: str, left: str) -> None:
    desk = open_desk(FRIDAY)
    play(desk, "2009-12-18T16:30 contact.receive")
    set_clock(desk, now)
    (line,) = (line for line in shown(desk).splitlines() if line.startswith("  contact.screening"))
    assert line.endswith(left)


def test_time_left_of_a_clock_in_hours_is_said_in_hours_and_minutes() -> None:
    desk = open_desk("2014-03-03T09:00", "london_mash")
    play(desk, """
        2014-03-03T09:00 contact.receive
        2014-03-03T09:10 contact.send_to_mash
        2014-03-03T09:20 mash.rate_red
    """)  # fmt: skip
    for now, left in (("09:50", "1 hour left"), ("11:00", "20 minutes left"), ("14:30", "overdue by 3 hours")):
        set_clock(desk, f"2014-03-03T{now}")
        (line,) = (line for line in shown(desk).splitlines() if line.startswith("  mash.red"))
        assert line.endswith(left)


def test_what_was_met_late_or_withdrawn_says_so() -> None:
    desk = open_desk(FRIDAY)
    play(desk, HISTORY)
    set_clock(desk, "2009-12-23T16:35")
    desk.check()
    play(desk, "2009-12-23T16:40 referral.accept")
    desk.record("C-1", "referral.acknowledge", actor="o", role="manager", happened_at="2009-12-21")
    said = " ".join(shown(desk).split())
    assert "late by 2 working days, Wed 23 Dec 2009 16:40" in said
    assert "met, Mon 21 Dec 2009" in said
    assert "Breaches (1 of 2 stand)" in said
    assert "withdrawn Wed 23 Dec 2009 16:40: referral.acknowledge" in said


def test_nothing_is_wider_than_110_columns_and_nothing_is_cut_short() -> None:
    desk = open_desk(FRIDAY)
    play(desk, HISTORY)
    words = " ".join(f"word{n}" for n in range(200))
    desk.record("C-1", "referral.accept", actor="a" * 150, role="manager", details={"rationale": words, "x": "y" * 300})
    said = shown(desk, allowed=desk.allowed("C-1"), ids=True)
    assert max(map(len, said.splitlines())) <= 110
    assert words in " ".join(said.split())
    assert all(line == line.rstrip() for line in said.splitlines())


def test_what_somebody_typed_does_not_move_the_terminals_cursor() -> None:
    desk = open_desk(FRIDAY)
    desk.record("C-1", "contact.receive", actor="o", role="system", details={"source": "\x1b[2Jgone\r\nnew line"})
    said = shown(desk)
    assert "\x1b" not in said and "\r" not in said
    assert "source: [2Jgone new line" in " ".join(said.split())


def test_show_as_at_a_moment_leaves_out_what_happened_later(log: Path) -> None:
    out = frontdoor("show", log, "C-1", "--at", FRIDAY).out
    assert "contact.refer" not in out and "referral-1" not in out
    assert "What may be done next" not in out
    assert "contact.screening  contact-1  due Mon 21 Dec 2009  1 working day left" in out
    assert frontdoor("show", log, "C-1", "--at", "18/12/2009").out.startswith(
        "C-1: version 3, as at Fri 18 Dec 2009 23:59\n"
    )


@pytest.fixture
def dated_later(path: Path) -> tuple[Path, str]:
    """A log in which C-1 was recorded by a clock a month ahead, which was set since and accepted; and the id of its event."""
    now = datetime.now(UTC).replace(microsecond=0)
    with SqliteLog(path, create=True) as log:
        wrong = Desk(log, clock=SimulatedClock(now + timedelta(days=30)), library=shipped())
        event = do(wrong, "contact.receive")
        desk = Desk(log, clock=SimulatedClock(now - timedelta(hours=1)), library=shipped())
        desk.accept_clock(actor="it-3", role="manager", reason="it was set")
        do(desk, "contact.receive", "C-2")
    return path, event.event_id


def test_show_tells_of_events_that_are_dated_later_than_now(dated_later: tuple[Path, str]) -> None:
    log, event_id = dated_later
    shown = frontdoor("show", log, "C-1")
    assert "1 event of it is dated later than now" in shown.out
    assert f"contact.receive of C-1, event {event_id}" in shown.out and "frontdoor correct" in shown.out
    assert json.loads(frontdoor("show", log, "C-1", "--json").out)["dated_later"] == [event_id]
    assert "dated later" not in frontdoor("show", log, "C-2").out
    assert json.loads(frontdoor("show", log, "C-2", "--json").out)["dated_later"] == []
    assert "dated later" not in frontdoor("show", log, "C-1", "--at", "2020-01-01").out
    who = ("--actor", "it-3", "--role", "manager", "--reason", "the clock was wrong")
    now = datetime.now(UTC).isoformat(timespec="seconds")
    assert frontdoor("correct", log, event_id, *who, "--at", now).status == 0
    shown = frontdoor("show", log, "C-1")
    assert "dated later" not in shown.out and "contact.screening" in shown.out


def test_an_audit_of_a_log_with_events_later_than_the_computers_clock_says_so(dated_later: tuple[Path, str]) -> None:
    log, _ = dated_later
    said = "1 event of it is dated later than this computer's clock"
    for options in ((), ("--json",)):
        found = frontdoor("audit", log, *options)
        assert found.status == 0 and said in found.err and "--as-at" in found.err
    assert said not in frontdoor("audit", log, "--as-at", datetime.now(UTC).isoformat(timespec="seconds")).err


def test_show_names_each_event_by_its_id_if_asked(log: Path) -> None:
    assert f"event {ID}" in frontdoor("show", log, "C-1", "--ids").out
    assert ID not in frontdoor("show", log, "C-1").out


def test_json_has_the_whole_case(log: Path) -> None:
    found = json.loads(frontdoor("show", log, "C-1", "--json").out)
    assert list(found) == [
        "case_id", "version", "as_at", "episodes", "timeline", "deadlines", "breaches", "findings", "dated_later", "allowed",
    ]  # fmt: skip
    assert [one["event"] for one in found["timeline"]] == ["contact.receive", "contact.refer", "referral.receive"]
    assert [(one["timer"], one["status"]) for one in found["deadlines"]] == [
        ("contact.screening", "met"), ("referral.decision", "overdue"), ("referral.acknowledgement", "overdue"),
    ]  # fmt: skip
    assert all(one["by"] for one in found["allowed"])


def test_a_case_that_is_not_there_is_said_with_what_was_meant(log: Path) -> None:
    found = frontdoor("show", log, "C1")
    assert (found.status, found.err) == (2, "frontdoor: there is no case 'C1' in the log. Did you mean C-1?\n")


# ---- explain and audit read a log ----


def test_explain_reads_a_log_through_the_desk_without_polars(log: Path) -> None:
    code = f"""
import sys
sys.modules["polars"] = None
sys.argv = ["frontdoor", "explain", {str(log)!r}, "C-1", "referral.decision"]
from frontdoor.cli import main
main()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment())
    assert done.returncode == 0, done.stderr
    assert "Counted from  referral.receive, Friday 18 December 2009 at 16:35 (event 3)" in done.stdout
    assert "Status        overdue, by " in done.stdout


@pytest.mark.parametrize(("at", "status"), [("2009-12-21", "running"), ("2009-12-22T09:00", "overdue")])
def test_explain_and_audit_agree_on_a_log_as_at_a_moment(log: Path, at: str, status: str) -> None:
    words = ("explain", log, "C-1", "referral.decision", "--json", "--as-at", at)
    (desk,) = json.loads(frontdoor(*words).out)
    (audit,) = json.loads(frontdoor(*words, "--format", "frontdoor-log").out)
    assert desk == audit
    assert desk["status"] == status


def test_a_log_is_audited_by_the_workflows_it_has_kept_and_the_summary_says_so(path: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text('title = "Mine"\n[workflows.contact.timers.screening]\nallowed = "3 hours"\n')
    record(path, "contact.receive", at=FRIDAY, role="system", detail="source=6", local=mine)
    mine.unlink()
    (kept,) = json.loads(frontdoor("explain", path, "C-1", "contact.screening", "--json").out)
    assert kept["due"] == "2009-12-18T19:30:00+00:00"
    out = " ".join(frontdoor("audit", path).out.split())
    assert "Judged by the workflows that the log itself has kept, with " in out and "mine.toml laid over" in out
    table = frontdoor("audit", path, "--deadlines", "-").out
    assert "2009-12-18T19:30:00+00:00" in table
    other = frontdoor("audit", path, "--deadlines", "-", "--guidance", "working_together_2010").out
    assert "2009-12-21" in other and "19:30" not in other


# ---- rebuild ----


def test_rebuilding_a_sound_log_finds_nothing_different(log: Path) -> None:
    before = held(log)
    found = frontdoor("rebuild", log)
    assert (found.status, found.out) == (0, "1 case made again from 3 events: nothing was different.\n")
    assert held(log) == before


def test_rebuilding_mends_what_was_altered_beside_the_events(log: Path) -> None:
    before = held(log)
    with sqlite3.connect(log) as db:
        db.execute("UPDATE deadlines_now SET due = '2010-01-01'")
        db.execute("INSERT INTO episodes_now SELECT 'C-9', number, episode, workflow, state, title, is_open, edition, "
                   "opened_at, changed_at, family, digest FROM episodes_now")  # fmt: skip
    db.close()
    assert held(log) != before
    found = json.loads(frontdoor("rebuild", log, "--json").out)
    assert sorted(found["different"]) == ["C-1", "C-9"]
    assert held(log) == before


# ---- completion ----


def completed(*words: object, shell: str = "bash") -> list[str]:
    """What the shell is told when tab is pressed after these words, the last of them half typed."""
    line = " ".join(["frontdoor", *map(str, words)])
    done = subprocess.run(
        [sys.executable, "-m", "frontdoor"], capture_output=True, text=True,
        env=environment(_FRONTDOOR_COMPLETE=f"{shell}_complete", COMP_WORDS=line, COMP_CWORD=str(len(words))),
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return [line.partition(",")[2] for line in done.stdout.splitlines()]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_for_each_shell(shell: str) -> None:
    found = ran(process("completion", shell))
    assert found.status == 0
    assert f"_FRONTDOOR_COMPLETE={shell}_complete" in found.out


def test_a_shell_that_is_not_known_is_a_usage_error() -> None:
    assert frontdoor("completion", "tcsh").status == 2


def test_commands_complete() -> None:
    assert completed("re") == ["rebuild", "record", "restore", "retention"]
    assert completed("imp") == ["import"]


def test_cases_complete_from_the_log(log: Path) -> None:
    record(log, "contact.receive", "D-1", at=FRIDAY, role="system", detail="source=6")
    assert completed("show", log, "C") == ["C-1"]
    assert completed("record", log, "D") == ["D-1"]
    assert completed("explain", log, "D") == ["D-1"]


def test_events_complete_with_what_may_be_done_in_the_case_first(log: Path) -> None:
    assert completed("record", log, "C-1", "referral.a") == ["referral.acknowledge", "referral.accept"]
    assert "mash.start" in completed("record", log, "C-1", "mash.")


def test_timers_roles_and_event_ids_complete(log: Path) -> None:
    assert completed("explain", log, "C-1", "referral.d") == ["referral.decision"]
    assert completed("record", log, "C-1", "referral.accept", "--role", "m") == ["mash_officer", "manager"]
    assert completed("correct", log, ID[:4]) == [ID]


@pytest.mark.parametrize(
    "words", [("show", "nowhere.db", ""), ("record", "README.md", "C"), ("nothing", ""), ("show", "")]
)
def test_a_completion_that_cannot_be_made_is_none(words: tuple[str, ...]) -> None:
    assert all("." not in one for one in completed(*words))


# ---- demo ----


def test_the_demo_keeps_a_log_of_our_own_the_same_each_time() -> None:
    first, second = frontdoor("demo").out, frontdoor("demo").out
    assert first == second
    story = first.partition("A case system keeps a log of its own")[2]
    assert story.count("\n") < 28
    said = " ".join(story.split())
    for one in (
        "made a referral", "is refused. 'Take no further action' was recorded without rationale", "1 breach raised",
        "Status: overdue, by 1 working day", "The breach of referral.decision is withdrawn", "Nothing is erased",
    ):  # fmt: skip
        assert one in said
