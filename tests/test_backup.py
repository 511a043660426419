"""Backups: made while others write, verified, noted; and put back, with nothing that was there before thrown away."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from commands import ROOT, environment, frontdoor, process, ran

from frontdoor import Desk, SimulatedClock, SqliteLog
from frontdoor.desk.doctor import examine
from frontdoor.errors import Busy, LogError, LogTampered, OldSchema
from frontdoor.event import RESTORED
from frontdoor.log.backup import back_up, backups
from frontdoor.log.checkpoint import read_checkpoint, verify
from frontdoor.log.restoring import Lost, restore
from frontdoor.testing.conformance import a_draft, append

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of five events."""
    path = tmp_path / "borough.db"
    with SqliteLog(path) as log:
        append(log, *(a_draft(f"C-{number % 2}") for number in range(5)))
    return path


@pytest.fixture
def safe(tmp_path: Path) -> Path:
    """Where a backup goes."""
    folder = tmp_path / "safe"
    folder.mkdir()
    return folder / "borough.db"


def make(log: Path, file: Path, **options: bool) -> None:
    back_up(str(log), str(file), now=NOW, **options)


def put_back(file: Path, log: Path, *, replace: bool = False, now: datetime = NOW) -> tuple[str, Lost | None, str]:
    noted = read_checkpoint(Path(f"{file}.checkpoint").read_text())
    done = restore(str(file), str(log), now=now, checkpoint=noted, replace=replace)
    return done.aside, done.lost, done.why


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def events(path: Path) -> list[str]:
    """What was recorded in a log, but for notes that it was put back (`test_restored.py`)."""
    with SqliteLog(path, read_only=True) as log:
        return [event.event_id for event in log.follow() if event.event != RESTORED]


# ---- made ----


def test_a_backup_is_one_file_with_its_checkpoint_and_holds_all_that_the_log_held(log: Path, safe: Path) -> None:
    with SqliteLog(log) as kept:  # open, so that part of it stands in the file beside it
        append(kept, a_draft())
        made = back_up(str(log), str(safe), now=NOW)
        assert names(safe.parent) == {"borough.db", "borough.db.checkpoint"}
        noted = read_checkpoint(Path(f"{safe}.checkpoint").read_text())
        assert noted == verify(kept.records(), log_id=kept.log_id)
        assert (made.events, made.bytes, made.file) == (6, safe.stat().st_size, str(safe))
        assert made.root in str(noted)
        assert list(kept.follow()) == list(SqliteLog(safe, read_only=True).follow())


def test_that_it_was_made_is_noted_in_the_log_and_stays(log: Path, safe: Path) -> None:
    first = back_up(str(log), str(safe), now=NOW)
    second = back_up(str(log), str(safe), now=NOW + timedelta(days=1), replace=True)
    with SqliteLog(log) as kept:
        assert backups(kept) == [first, second]
    db = sqlite3.connect(log)
    for statement in ("DELETE FROM backups", "UPDATE backups SET made_at = ''"):
        with pytest.raises(sqlite3.IntegrityError, match="never changed"):
            db.execute(statement)
    db.close()


SOMEBODY = """
import os, sys
from datetime import UTC, datetime
from frontdoor.log.backup import back_up
from frontdoor.log.checkpoint import verify  # and all else that is loaded when used, while it may be
import frontdoor.log.chain

if os.geteuid() == 0:
    os.setgid(65534), os.setuid(65534)
os.chdir("/")
print(back_up(sys.argv[1], sys.argv[2], now=datetime.now(UTC)).events)
"""


def test_a_log_that_cannot_be_written_is_backed_up_without_a_note(log: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        there, safe = Path(folder, "there"), Path(folder, "safe")
        there.mkdir()
        safe.mkdir()
        make(log, there / "borough.db")
        before = (there / "borough.db").read_bytes()
        (there / "borough.db").chmod(0o444)
        for path, mode in ((Path(folder), 0o755), (there, 0o555), (safe, 0o777)):
            path.chmod(mode)
        words = [sys.executable, "-c", SOMEBODY, there / "borough.db", safe / "borough.db"]
        run = subprocess.run(words, env=environment(), capture_output=True, text=True, check=False)
        assert (run.stdout, run.stderr) == ("5\n", "")
        assert (there / "borough.db").read_bytes() == before
        assert (safe / "borough.db").stat().st_mode & 0o777 == 0o444
        assert events(safe / "borough.db") == events(log)
        there.chmod(0o755)


def test_a_file_that_is_there_is_not_written_over_unless_it_is_said(log: Path, safe: Path) -> None:
    safe.write_text("precious")
    with pytest.raises(LogError, match="is there already: name another file, or let it be replaced"):
        make(log, safe)
    assert safe.read_text() == "precious" and names(safe.parent) == {"borough.db"}
    make(log, safe, replace=True)
    assert events(safe) == events(log)
    safe.unlink()
    noted = Path(f"{safe}.checkpoint").read_text()
    with SqliteLog(log) as kept:
        append(kept, a_draft())
    with pytest.raises(LogError, match="borough.db.checkpoint is there already: name another file, or"):
        make(log, safe)
    assert Path(f"{safe}.checkpoint").read_text() == noted


def test_a_log_that_has_what_the_other_has_not_is_never_replaced_by_a_backup(log: Path, safe: Path) -> None:
    make(log, safe)
    with SqliteLog(log) as kept:
        append(kept, a_draft("L-1"))
    with pytest.raises(LogError, match="has 1 events? that this one has not: it stays"):  # the wrong way round
        make(safe, log, replace=True)
    other = log.with_name("other.db")
    with SqliteLog(other) as kept:
        append(kept, a_draft("O-1"))
    with pytest.raises(LogError, match="has another log in it: it stays"):
        make(log, other, replace=True)
    assert (len(events(log)), len(events(other))) == (6, 1)
    make(log, safe, replace=True)
    assert events(safe) == events(log)


@pytest.mark.parametrize("end", ["", "-wal", "-shm", "-journal"])
def test_a_log_is_not_backed_up_over_itself_or_a_file_of_its_own(log: Path, end: str) -> None:
    link = log.with_name("link.db")
    link.symlink_to(f"{log}{end}")
    for file in (log.with_name(log.name + end), link):
        with pytest.raises(LogError, match="is the log itself, or one of its files"):
            make(log, file, replace=True)


def test_a_log_that_does_not_verify_gives_no_backup_and_the_one_before_stays(log: Path, safe: Path) -> None:
    make(log, safe)
    before = safe.read_bytes()
    db = sqlite3.connect(log)
    db.execute("DROP TRIGGER events_no_update")
    db.execute("UPDATE events SET actor = 'somebody else' WHERE position = 3")
    db.commit()
    db.close()
    with pytest.raises(LogTampered, match="borough.db does not verify: event 3 is not as it was recorded"):
        make(log, safe, replace=True)
    assert safe.read_bytes() == before
    assert names(safe.parent) == {"borough.db", "borough.db.checkpoint"}


def test_where_the_folder_is_not_there_it_is_told(log: Path, tmp_path: Path) -> None:
    with pytest.raises(LogError, match="cannot be written: no such file or directory"):
        make(log, tmp_path / "none" / "borough.db")


WRITER = """
import sys
from frontdoor import SqliteLog
from frontdoor.testing.conformance import a_draft, append

with SqliteLog(sys.argv[1]) as log:
    print("begun", flush=True)
    while not sys.stdin.closed:
        append(log, *(a_draft(f"W-{number}") for number in range(20)))
        print(log.size(), flush=True)
"""


def test_others_write_while_it_is_made_and_it_is_what_the_log_was_as_it_began(log: Path, safe: Path) -> None:
    with SqliteLog(log) as kept:
        append(kept, *(a_draft(f"B-{number}") for number in range(4000)))
        before, steps = kept.size(), []

        def told(left: int, pages: int) -> None:
            append(kept, a_draft())  # between two steps
            steps.append(left)

        made = back_up(str(log), str(safe), now=NOW, told=told)
        assert len(steps) > 2 and steps[-1] == 0
        assert made.events == before == kept.size() - len(steps)
    assert events(safe) == events(log)[:before]


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from frontdoor.log import backup

steps = iter(range(int(sys.argv[3])))
for name in ("verified", "sync", "_free"):
    def step(*words, do=getattr(backup, name), **named):
        if next(steps, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
        return do(*words, **named)
    setattr(backup, name, step)
backup.back_up(sys.argv[1], sys.argv[2], now=datetime.now(UTC), replace=True)
"""


def test_killed_at_any_step_there_is_the_backup_from_before_or_the_new_one(log: Path, safe: Path) -> None:
    make(log, safe)
    with SqliteLog(log) as kept:
        append(kept, a_draft())
    before, now = events(safe), events(log)
    killed, found = 0, []
    for step in range(10):
        words = [sys.executable, "-c", KILLED, str(log), str(safe), str(step)]
        status = subprocess.run(words, env=environment(), check=False).returncode
        found.append(events(safe))
        noted = read_checkpoint(Path(f"{safe}.checkpoint").read_text())
        with SqliteLog(safe, read_only=True) as copy:
            verify(copy.records(), log_id=copy.log_id, checkpoint=noted)
        if status == 0:
            break
        assert status == -signal.SIGKILL
        killed += 1
    assert killed == 7 and found[0] == before and found[-1] == now
    assert all(one in (before, now) for one in found)


# ---- put back ----


def test_a_backup_is_put_where_there_is_no_log(log: Path, safe: Path) -> None:
    make(log, safe)
    before = events(log)
    for path in log.parent.glob("borough.db*"):
        path.unlink()
    assert put_back(safe, log) == ("", None, "")
    assert events(log) == before and events(safe) == before
    with SqliteLog(log) as kept:
        append(kept, a_draft())  # and it goes on


def test_a_log_that_is_there_stays_unless_it_is_said_and_then_under_another_name(log: Path, safe: Path) -> None:
    make(log, safe)
    with SqliteLog(log) as kept:
        append(kept, a_draft(recorded_at=NOW), a_draft())
    before = events(log)
    with pytest.raises(LogError, match="is there already: name another file, or let it be replaced"):
        put_back(safe, log)
    assert events(log) == before
    aside, lost, why = put_back(safe, log, replace=True)
    assert aside == f"{log}.replaced-20260302T090000Z" and why == ""
    assert lost is not None and (lost.events, lost.position) == (2, 6)
    assert lost.since.startswith("2026")
    assert events(Path(aside)) == before and events(log) == before[:5]
    again, lost, _ = put_back(safe, log, replace=True)  # in the same second
    assert again == f"{aside}-2" and lost is None


def test_a_log_that_parted_from_the_backup_says_from_where(log: Path, safe: Path, tmp_path: Path) -> None:
    make(log, safe)
    other = tmp_path / "other.db"
    shutil.copy(safe, other)
    for path, case in ((log, "L-1"), (other, "O-1")):
        with SqliteLog(path) as kept:
            append(kept, a_draft(case), a_draft(case))
    make(other, safe, replace=True)
    _, lost, _ = put_back(safe, log, replace=True)
    assert lost is not None and (lost.events, lost.position) == (2, 6)


def test_another_log_or_one_that_is_damaged_is_kept_and_said_not_to_be_comparable(log: Path, safe: Path) -> None:
    make(log, safe)
    other = log.with_name("other.db")
    with SqliteLog(other) as kept:
        append(kept, a_draft())
    aside, lost, why = put_back(safe, other, replace=True)
    assert (lost, why) == (None, "it is another log") and len(events(Path(aside))) == 1
    log.write_bytes(b"not a log at all" * 1000)
    aside, lost, why = put_back(safe, log, replace=True)
    assert lost is None and why.startswith("it cannot be read:")
    assert Path(aside).read_bytes() == b"not a log at all" * 1000
    assert len(events(log)) == 5


OPEN = """
import sys
from frontdoor import SqliteLog

with SqliteLog(sys.argv[1]):
    print("open", flush=True)
    sys.stdin.read()
"""


def test_a_wal_that_was_left_alone_does_not_come_into_what_is_put_back(log: Path, safe: Path) -> None:
    make(log, safe)
    left = log.with_name("left")
    with SqliteLog(log) as kept:
        append(kept, *(a_draft(f"L-{number}") for number in range(40)))
        shutil.copy(f"{log}-wal", left)
    log.unlink()
    left.rename(f"{log}-wal")
    put_back(safe, log)
    assert events(log) == events(safe) and len(events(log)) == 5
    assert log.with_name("borough.db.replaced-20260302T090000Z-wal").exists()
    with SqliteLog(log, read_only=True) as kept:
        kept.inspect()
    Path(f"{safe}-wal").write_bytes(b"left")
    with pytest.raises(LogError, match="borough.db-wal is there, of a log that is in use or was not closed"):
        make(log, safe, replace=True)


def test_what_is_in_use_is_not_replaced(log: Path, safe: Path) -> None:
    make(log, safe)
    with SqliteLog(log) as kept:
        append(kept, a_draft())
        with pytest.raises(Busy, match="is in use: end what has it open"):
            put_back(safe, log, replace=True)
        append(kept, a_draft())
    words = [sys.executable, "-c", OPEN, str(log)]
    writer = subprocess.Popen(words, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert writer.stdout is not None and writer.stdout.readline() == "open\n"
        found = ran(process("restore", safe, log, "--replace"))
        assert found.status == 5 and "is in use" in found.err
    finally:
        writer.kill()
        writer.communicate()
    assert len(events(log)) == 7


def test_the_columns_beside_a_log_that_is_replaced_go_with_it(log: Path, safe: Path) -> None:
    make(log, safe)
    (log.parent / "borough.db-columns").mkdir()
    (log.parent / "borough.db-columns" / "000001.columns").write_text("packed")
    aside, _, _ = put_back(safe, log, replace=True)
    assert Path(f"{aside}-columns/000001.columns").read_text() == "packed"
    assert not Path(f"{log}-columns").exists()


def test_a_backup_that_is_not_what_its_checkpoint_noted_is_not_put_back(log: Path, safe: Path) -> None:
    make(log, safe)
    noted = Path(f"{safe}.checkpoint").read_text()
    db = sqlite3.connect(safe)
    db.execute("DROP TRIGGER events_no_delete")
    db.execute("DELETE FROM events WHERE position = 5")
    db.commit()
    db.close()
    before = log.read_bytes()
    with pytest.raises(LogTampered, match="the log has 4 events, the checkpoint 5: its tail was cut"):
        restore(str(safe), str(log), now=NOW, checkpoint=read_checkpoint(noted), replace=True)
    assert log.read_bytes() == before
    assert restore(str(safe), str(log), now=NOW, replace=True).checkpoint.size == 4  # nothing else shows it


def test_what_is_no_log_or_is_in_use_or_newer_is_no_backup(log: Path, safe: Path) -> None:
    safe.write_text("nothing")
    with pytest.raises(LogError, match="is not a frontdoor log"):
        restore(str(safe), str(log.with_name("new.db")), now=NOW)
    with SqliteLog(log) as kept:
        append(kept, a_draft())
        with pytest.raises(LogError, match="is not whole, or is in use"):
            restore(str(log), str(log.with_name("new.db")), now=NOW)
    with pytest.raises(LogError, match="is the log itself"):
        restore(str(log), str(log), now=NOW, replace=True)
    db = sqlite3.connect(log)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(OldSchema, match="newer frontdoor"):
        restore(str(log), str(log.with_name("new.db")), now=NOW)
    assert not log.with_name("new.db").exists()


def test_a_backup_of_an_older_schema_is_brought_up_to_date_where_it_is_put(tmp_path: Path) -> None:
    old = Path(shutil.copy(ROOT / "tests/data/logs/schema_1.db", tmp_path / "old.db"))
    before = old.read_bytes()
    assert restore(str(old), str(tmp_path / "new.db"), now=NOW).checkpoint.size == 19
    assert len(events(tmp_path / "new.db")) == 19 and old.read_bytes() == before


def test_timers_run_on_in_a_log_that_was_put_back(tmp_path: Path) -> None:
    log, safe, clock = tmp_path / "borough.db", tmp_path / "safe.db", SimulatedClock(NOW)
    with SqliteLog(log) as kept:
        desk = Desk(kept, clock=clock)
        desk.record("C-1", "contact.receive", actor="officer-1", role="referral_officer", details={"source": "6"})
        assert desk.check() == []
        make(log, safe)
    log.unlink()
    clock.advance(timedelta(days=3))
    put_back(safe, log)
    with SqliteLog(log) as kept:
        (breach,) = Desk(kept, clock=clock).check()
        assert (breach.timer, str(breach.due)) == ("contact.screening", "2026-03-03")


# ---- the commands ----


def test_the_commands_say_what_was_made_and_what_was_put_back(log: Path, safe: Path) -> None:
    made = frontdoor("backup", log, safe)
    assert made.status == 0 and f"{safe}: 5 events, " in made.out and "verified; root " in made.out
    again = frontdoor("backup", log, safe)
    assert again.status == 2 and "name another file, or let it be replaced (--replace)." in again.err
    found = json.loads(frontdoor("backup", log, safe, "--replace", "--json").out)
    assert found["events"] == 5 and found["checkpoint"] == f"{safe}.checkpoint"
    with SqliteLog(log) as kept:
        append(kept, a_draft())
    done = frontdoor("restore", safe, log, "--replace")
    assert (
        done.status == 0 and "5 events, as the checkpoint noted them; event 6 notes that it was put back." in done.out
    )
    assert "One event of it is not in the backup: it is event 6, recorded at 20" in done.out
    assert f"To bring it in again: frontdoor export {log}.replaced-" in done.out
    assert f"then frontdoor import {log} lost.csv." in done.out
    Path(f"{safe}.checkpoint").unlink()
    assert "held to no checkpoint" in frontdoor("restore", safe, log, "--replace").out
    (log.parent / "other.checkpoint").write_text("frontdoor/another\n0\n" + "A" * 43 + "=\n")
    refused = frontdoor("restore", safe, log, "--replace", "--checkpoint", log.parent / "other.checkpoint")
    assert refused.status == 4 and "the checkpoint is of another log" in refused.err
    said = json.loads(frontdoor("restore", safe, log, "--replace", "--json").out)
    assert said["not_in_backup"] is None and said["aside"].startswith(f"{log}.replaced-")


def test_a_log_in_use_is_not_taken_for_a_whole_backup_under_the_name_of_a_link(log: Path, safe: Path) -> None:
    safe.symlink_to(log)
    with SqliteLog(log) as kept:
        append(kept, a_draft())
        with pytest.raises(LogError, match="is not whole, or is in use"):
            restore(str(safe), str(log.with_name("other.db")), now=NOW)


def test_a_backup_that_a_wrong_clock_dated_later_than_now_is_not_said_to_be_fresh(log: Path, safe: Path) -> None:
    make(log, safe)
    for earlier, sign in ((timedelta(), "ok"), (timedelta(days=300), "bad")):
        found = [one for one in examine(str(log), now=NOW - earlier, syncing=0).findings if one.check == "backup"]
        assert [one.sign for one in found] == [sign]


def test_a_log_that_is_put_where_none_was_has_the_mode_of_its_backup_but_for_everybody(log: Path, safe: Path) -> None:
    for mode, then in ((0o660, 0o660), (0o644, 0o640), (0o444, 0o640)):
        safe.unlink(missing_ok=True)
        log.chmod(0o600)
        make(log, safe, replace=True)
        safe.chmod(mode)
        there = log.with_name(f"{mode:o}.db")
        put_back(safe, there)
        assert there.stat().st_mode & 0o777 == then
