"""What once went wrong with a log's file: one that is empty, linked, tampered with or damaged is told in a sentence."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from commands import Ran, frontdoor, process, ran, record
from desks import do, moment, open_desk, play, set_clock

from frontdoor import Desk, SqliteLog, audit, load, read
from frontdoor.cli.verify import read_through
from frontdoor.desk.importing import take_out
from frontdoor.desk.schedule import awaits_daily_check
from frontdoor.errors import CaseError, FrontdoorError, LogTampered

ID = "cb670377-1a5c-4c8d-9f0e-2b7a3c4d5e6f"
AGAIN = "0b7f3f0e-5d0c-4a53-9d55-0e5f2f0b9c11"
WHO = ("--actor", "manager-1", "--role", "manager")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log with something of everything: what people did, breaches raised and withdrawn, a correction, a daily check."""
    path = tmp_path_factory.mktemp("kept") / "borough.db"
    with open_desk("2024-03-04T09:00", log=SqliteLog(path)) as desk:
        do(desk, "contact.receive", event_id=ID)
        play(desk, "2024-03-04T10:00 contact.refer\n 2024-03-04T11:00 referral.accept")
        do(desk, "contact.receive", "C-2")
        set_clock(desk, "2024-05-20T16:00")
        desk.daily_check(actor="manager-1", role="manager")
        desk.correct(ID, becomes={"actor": "officer-2"}, reason="typed wrongly", actor="manager-1", role="manager")
        do(desk, "contact.close", "C-2", happened_at="2024-03-04T12:00")
        events = {event.name for event in desk.log.follow()}
    assert {"receive", "accept", "breach_raised", "breach_withdrawn", "corrected", "checked"} <= events
    return path


@pytest.fixture
def log(kept: Path, tmp_path: Path) -> Path:
    """A copy of it, to be damaged."""
    return Path(shutil.copy(kept, tmp_path / "borough.db"))


def tamper(log: Path, *statements: str) -> None:
    """Change a log as somebody could who can write its file."""
    db = sqlite3.connect(log)
    for (trigger,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        db.execute(f"DROP TRIGGER {trigger}")
    for statement in statements:
        db.execute(statement)
    db.commit()
    db.close()


def told(found: Ran, status: int) -> str:
    """What a command says on standard error: a sentence of ours, and for what is refused each reason below it."""
    assert found.status == status, found
    assert found.err.startswith("frontdoor: ")
    first, *reasons = found.err.splitlines()
    assert first.endswith(".")
    assert status == 3 or not reasons
    return found.err


# ---- words that are no text ----


@pytest.mark.parametrize(
    "words",
    [("show", "C-\udcff"), ("explain", "C-\udcff", "contact.screening"), ("show", "C-\udcff", "--json")],
    ids=lambda words: words[0],
)
def test_a_case_whose_reference_is_not_in_utf_8_is_told_in_a_sentence(words: tuple[str, ...], log: Path) -> None:
    """A terminal in Latin-1 gives one; Python has it as half a character, which cannot be printed."""
    command, *rest = words
    told(frontdoor(command, log, *rest), 2).encode()


@pytest.mark.parametrize(
    ("words", "status"), [(("show",), 2), (("record", "contact.close", *WHO, "--json"), 3)], ids=["show", "record"]
)
def test_nor_does_it_end_the_process_with_a_traceback(words: tuple[str, ...], status: int, log: Path) -> None:
    command, *rest = words
    found = ran(process(command, log, "C-\udcff", *rest))
    assert found.status == status
    assert "Traceback" not in found.err


# ---- a command that is given again ----


def test_a_correction_by_a_command_that_is_given_again_with_its_id_adds_nothing(log: Path) -> None:
    words = ("correct", log, ID, "--reason", "typed wrongly", "--done-by", "officer-3", "--correction-id", AGAIN, *WHO)
    assert frontdoor("accept-clock", log, *WHO, "--because", "nothing was recorded for years").status == 0
    assert frontdoor(*words).status == 0
    with SqliteLog(log, read_only=True) as opened:
        before = list(opened.records())
    assert frontdoor(*words).status == 0
    with SqliteLog(log, read_only=True) as opened:
        assert list(opened.records()) == before


# ---- a file of no bytes ----


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """What a full disk, or a copy that went wrong, leaves of a log."""
    path = tmp_path / "borough.db"
    path.touch()
    return path


@pytest.mark.parametrize(
    "words",
    ["verify", "checkpoint", "check", "check --at 16:00 --actor a --role manager", "check --due-within 2days", "show C-1",
     "explain C-1 contact.screening", "export", "rebuild", f"correct {ID} --reason x --struck-out --actor a --role manager"],
    ids=lambda words: words.split(" -")[0].split(" C")[0],
)  # fmt: skip
def test_an_empty_file_is_no_log_to_any_command_that_looks_in_one_and_stays_as_it_is(words: str, empty: Path) -> None:
    command, *rest = words.replace("2days", "2_days").split()
    said = told(frontdoor(command, empty, *(word.replace("_", " ") for word in rest)), 3)
    assert "is empty" in said
    assert [(one.name, one.stat().st_size) for one in empty.parent.iterdir()] == [("borough.db", 0)]


def test_recording_in_an_empty_file_makes_a_log_of_it_and_says_so(empty: Path) -> None:
    found = record(empty, "contact.receive", at="2009-12-18T16:30", role="referral_officer", detail="source=6")
    assert found.status == 0
    assert "is a new log now" in found.err
    assert frontdoor("verify", empty).status == 0


def test_so_does_importing_into_one(empty: Path, tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text("case_id,event,happened_at,actor,role,source\nC-1,contact.receive,2009-12-18,a,system,6\n")
    found = frontdoor("import", empty, file)
    assert found.status == 0
    assert "is a new log now" in found.err


# ---- a file that is the log itself by another name ----


@pytest.mark.parametrize(
    "words", ["export {log} {file}", "audit {log} --deadlines {file}", "audit {log} --findings {file}"], ids=str
)
def test_nothing_is_written_over_a_log_through_a_hard_link(words: str, log: Path) -> None:
    file = log.with_name("events.csv")
    os.link(log, file)
    before = log.read_bytes()
    found = frontdoor(*words.format(log=log, file=file).split())
    assert found.status == 2, found
    assert log.read_bytes() == before


# ---- workflows that are not those the events are bound to ----


def forge(log: Path) -> None:
    """Give a contact ninety days instead of one, and every digest beside the events that says otherwise anew."""
    db = sqlite3.connect(log)
    anew: dict[str, str] = {}
    for digest, text in db.execute("SELECT digest, content FROM workflows").fetchall():
        if json.loads(text)["workflow"]["name"] == "contact":
            forged = text.replace('"1 working day"', '"90 working days"').replace(
                '"1 working days"', '"90 working days"'
            )
            if forged == text:  # before the first edition nothing says how long
                continue
            anew[digest] = hashlib.sha256(forged.encode()).hexdigest()
            db.execute("UPDATE workflows SET digest = ?, content = ? WHERE digest = ?", (anew[digest], forged, digest))
            db.execute("UPDATE library_workflows SET workflow = ? WHERE workflow = ?", (anew[digest], digest))
    assert anew
    for digest, text in db.execute("SELECT digest, content FROM libraries").fetchall():
        forged = text
        for old, new in anew.items():
            forged = forged.replace(old, new)
        made = hashlib.sha256(forged.encode()).hexdigest()
        db.execute("UPDATE libraries SET digest = ?, content = ? WHERE digest = ?", (made, forged, digest))
        for table in ("library_workflows", "library_uses"):
            db.execute(f"UPDATE {table} SET library = ? WHERE library = ?", (made, digest))
    db.commit()
    db.close()


@pytest.fixture
def forged(log: Path) -> Path:
    tamper(log)
    forge(log)
    return log


def test_verify_sees_that_the_workflows_which_a_log_keeps_are_not_those_of_its_events(forged: Path) -> None:
    assert "workflow" in told(frontdoor("verify", forged), 4)


def test_a_checkpoint_is_made_of_no_such_log(forged: Path) -> None:
    assert "workflow" in told(frontdoor("checkpoint", forged), 4)


def test_no_audit_counts_by_workflows_that_were_put_in_the_place_of_those_kept(forged: Path) -> None:
    assert "workflow" in told(frontdoor("audit", forged), 4)


def test_a_desk_learns_no_such_workflows_either(kept: Path, tmp_path: Path) -> None:
    """Today's files have moved on, so that what the events are bound to is nowhere but in the log."""
    log = tmp_path / "borough.db"
    local = tmp_path / "riverside.toml"
    local.write_text(
        'title = "Riverside"\n[workflows.contact.timers.screening]\nallowed = "1 working day"\ncites = "x"\n'
    )
    lately = (
        datetime.now(UTC) - timedelta(days=30)
    ).isoformat()  # so that the commands, by today's clock, are believed
    with open_desk(lately, log=SqliteLog(log), library=load(local=local)) as desk:
        do(desk, "contact.receive")
    tamper(log)
    forge(log)
    with Desk(SqliteLog(log)) as desk:
        for look in (desk.case, desk.allowed):
            with pytest.raises(LogTampered, match="workflow that the log does not keep"):
                look("C-1")
        with pytest.raises(LogTampered):
            desk.rebuild()
    assert frontdoor("show", log, "C-1").status == 4
    assert frontdoor("record", log, "C-1", "contact.close", "--detail", "reason=none", *WHO).status == 4


@pytest.mark.parametrize("table", ["libraries", "workflows", "library_workflows"])
@pytest.mark.parametrize("command", ["verify", "audit"])
def test_workflows_that_are_kept_no_more_are_missed(command: str, table: str, log: Path) -> None:
    tamper(log, f"DELETE FROM {table}")
    told(frontdoor(command, log), 4)


# ---- a log that is damaged ----

DAMAGES = {
    "its id is gone": "DELETE FROM log",
    "it has two ids": "INSERT INTO log (log_id) VALUES ('another')",
    "an event has no moment": "UPDATE events SET happened_at = '' WHERE position = 2",
    "a moment is no moment": "UPDATE events SET happened_at = '2024-13-45' WHERE position = 2",
    "a moment lies beyond all years": "UPDATE events SET happened_at = '9999-12-31' WHERE position = 1",
    "a moment lies before all years": "UPDATE events SET happened_at = '0001-01-01' WHERE position = 1",
    "nothing says when it was recorded": "UPDATE events SET recorded_at = ''",
    "details are a list": "UPDATE events SET details = '[]' WHERE position = 2",
    "details are nothing": "UPDATE events SET details = 'null' WHERE position = 1",
    "details are too deep": f"UPDATE events SET details = '{'[' * 5000}' WHERE position = 1",
    "a breach says nothing": "UPDATE events SET details = '{}' WHERE event LIKE '%.breach_raised'",
    "a withdrawal says nothing": "UPDATE events SET details = '{}' WHERE event LIKE '%.breach_withdrawn'",
    "a correction says nothing": "UPDATE events SET details = '{}' WHERE event LIKE '%.corrected'",
    "a daily check says nothing": "UPDATE events SET details = '{}' WHERE event = 'desk.checked'",
    "what was corrected is gone": "DELETE FROM events WHERE position = 1",
    "what was withdrawn is gone": "DELETE FROM events WHERE event LIKE '%.breach_raised' AND case_id = 'C-2'",
    "a correction is of another case": "UPDATE events SET case_id = 'C-2' WHERE event LIKE '%.corrected'",
    "a correction names nothing": """UPDATE events SET details = '{"corrects":"x","becomes":{}}' WHERE event LIKE '%.corrected'""",
    "a correction becomes text": f"""UPDATE events SET details = '{{"corrects":"{ID}","becomes":"x"}}' WHERE event LIKE '%.corrected'""",
    "a correction becomes what no event has": f"""UPDATE events SET details = '{{"corrects":"{ID}","becomes":{{"x":1}}}}' WHERE event LIKE '%.corrected'""",
    "a correction is of no moment": f"""UPDATE events SET details = '{{"corrects":"{ID}","becomes":{{"happened_at":"x"}}}}' WHERE event LIKE '%.corrected'""",
    "a breach is late from no moment": "UPDATE events SET details = json_set(details, '$.late_from', 'x') WHERE event LIKE '%.breach_raised'",
    "a withdrawal names nothing": """UPDATE events SET details = '{"breach":"x","why":"y"}' WHERE event LIKE '%.breach_withdrawn'""",
    "a case's event is a daily check": "UPDATE events SET event = 'desk.checked', case_id = '', version = 99 WHERE position = 1",
    "an event is bound to nothing kept": "UPDATE events SET digest = 'x' WHERE position = 1",
    "nothing that stands is kept": "DROP TABLE deadlines_now",
    "nothing says which library was used": "DROP TABLE library_uses",
}  # fmt: skip
LOOKING: dict[str, Callable[[Desk], object]] = {
    "case": lambda desk: [desk.case("C-1"), desk.case("C-2")],
    "case as at": lambda desk: desk.case("C-1", as_at=moment("2024-04-02T09:00")),
    "allowed": lambda desk: [desk.allowed("C-1"), desk.allowed("C-2"), desk.allowed("C-9")],
    "explain": lambda desk: desk.explain("C-1", "single_assessment.completion"),
    "outstanding": lambda desk: desk.outstanding(),
    "due_soon": lambda desk: desk.due_soon(timedelta(days=9999)),
    "awaits": lambda desk: awaits_daily_check(desk, "16:00"),
    "export": lambda desk: take_out(desk, io.StringIO()),
    "audit": lambda desk: audit(read(desk.log.path)),  # type: ignore[attr-defined]
}
WRITING: dict[str, Callable[[Desk], object]] = {
    "check": lambda desk: desk.check(),
    "daily": lambda desk: desk.daily_check(actor="manager-1", role="manager"),
    "record": lambda desk: do(desk, "referral.acknowledge"),
    "record in another": lambda desk: do(desk, "contact.receive", "C-9"),
    "correct": lambda desk: desk.correct(ID, becomes={"actor": "b"}, reason="x", actor="manager-1", role="manager"),
    "rebuild": lambda desk: desk.rebuild(),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_whatever_is_asked_of_a_damaged_log_is_answered_or_told_in_a_sentence(damage: str, log: Path) -> None:
    """What does not look at what is damaged does its work; nothing ends in an error of Python's."""
    tamper(log, damage)
    damaged = log.read_bytes()
    odd = []
    for name, act in {**LOOKING, **WRITING}.items():
        if name in WRITING:
            log.write_bytes(damaged)
        try:
            with open_desk("2024-05-21T16:00", log=SqliteLog(log)) as desk:
                act(desk)
        except FrontdoorError as error:
            assert str(error).endswith(".")
            assert isinstance(error, (LogTampered, CaseError))
        except Exception as error:  # all at once: where it shows says what is wrong
            odd.append(f"{name}: {type(error).__name__}: {error}")
    assert odd == []


@pytest.mark.parametrize("damage", list(DAMAGES)[:-2])
def test_verify_sees_whatever_is_damaged_of_the_events(damage: str, log: Path) -> None:
    tamper(log, DAMAGES[damage])
    with pytest.raises(LogTampered):
        read_through(str(log), quiet=True)


@pytest.mark.parametrize("damage", ["its id is gone", "details are nothing", "a correction names nothing"])
@pytest.mark.parametrize("words", [("show", "C-1"), ("export",)], ids=lambda words: words[0])
def test_a_command_tells_it_and_ends_with_the_status_of_a_log_that_does_not_verify(
    words: tuple[str, ...], damage: str, log: Path
) -> None:
    tamper(log, DAMAGES[damage])
    command, *rest = words
    told(frontdoor(command, log, *rest), 4)


def test_an_export_that_fails_leaves_the_file_that_was_there(log: Path) -> None:
    tamper(log, "UPDATE events SET details = 'no JSON'")
    (file := log.parent / "events.csv").write_text("of yesterday")
    assert frontdoor("export", log, file).status != 0
    assert file.read_text() == "of yesterday" and not list(log.parent.glob("tmp*"))
