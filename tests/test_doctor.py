"""`frontdoor doctor`: what it says of a log's disk, clock, calendar, backups and files, without writing to it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import pytest
from commands import ROOT, frontdoor
from desks import do, open_desk, shipped

from frontdoor import Desk, SimulatedClock, SqliteLog
from frontdoor.desk import footing
from frontdoor.desk.doctor import examine
from frontdoor.desk.footing import Finding
from frontdoor.errors import LogError, OutOfOrder
from frontdoor.log import health
from frontdoor.log.backup import back_up
from frontdoor.log.restoring import restore
from frontdoor.log.standing import Standing
from frontdoor.testing.conformance import a_deadline, a_draft, append

RECORDED = datetime(2024, 3, 4, 12, 0, tzinfo=UTC)
NOW = RECORDED + timedelta(hours=2)
STOPS = f"import os; os.kill(os.getpid(), {int(getattr(signal, 'SIGSTOP', 0))})"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of five events that only its keeper reads, backed up an hour ago."""
    path = tmp_path / "borough.db"
    with SqliteLog(path) as log:
        append(log, *(a_draft(f"C-{number % 2}", recorded_at=RECORDED) for number in range(5)))
        open_desk("2024-03-04T12:00", log=log).rebuild()
    path.chmod(0o600)
    (tmp_path / "safe").mkdir()
    back_up(str(path), str(tmp_path / "safe/borough.db"), now=NOW - timedelta(hours=1))
    return path


def found(path: Path, *, now: datetime = NOW, full: bool = False, keys: Path | None = None) -> dict[str, Finding]:
    """What is found, by what was looked at."""
    of = {"now": now, "library": shipped(), "full": full, "syncing": 0.01, "keys": None if keys is None else str(keys)}
    return {one.check: one for one in examine(str(path), **of).findings}  # type: ignore[arg-type]


def signs(path: Path, **options: object) -> dict[str, str]:
    """The signs of what does not hang on the computer that runs the tests."""
    elsewhere = {"disk", "syncs", "room", "processes", "releases"}
    return {name: one.sign for name, one in found(path, **options).items() if name not in elsewhere}  # type: ignore[arg-type]


def test_of_a_log_in_good_care_all_is_well_and_nothing_is_written(log: Path) -> None:
    before = log.read_bytes(), log.stat().st_mtime_ns
    kept = [
        "files",
        "permissions",
        "schema",
        "durability",
        "chain",
        "board",
        "checks",
        "clock",
        "calendar",
        "backup",
        "keys",
    ]
    for full in (False, True):
        told = signs(log, full=full)
        if health.is_synchronised() is False:  # which is the computer's matter
            assert told.pop("clock") == "warn"
        assert told == {name: "ok" for name in kept if name in told} and len(told) >= 7
    assert (log.read_bytes(), log.stat().st_mtime_ns) == before
    assert found(log)["durability"].said.startswith("WAL mode, and a full sync")
    assert "5 events in a file that is whole; the chain was not followed" in found(log)["chain"].said
    assert "5 events, all as they were recorded; root " in found(log, full=True)["chain"].said


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    """A log of which three cases have words, under keys in borough.keys."""
    (tmp_path / "apart").mkdir()
    with SqliteLog(tmp_path / "sealed.db", keys=tmp_path / "apart" / "borough.keys") as log:
        append(
            log,
            *(a_draft(f"C-{n}", recorded_at=RECORDED, details={"note": "words"}) for n in (1, 2, 3)),
            a_draft("C-4"),
        )
    return tmp_path / "sealed.db"


@pytest.fixture
def keys(sealed: Path) -> Path:
    return sealed.parent / "apart" / "borough.keys"


@pytest.mark.parametrize("full", [False, True])
def test_the_keys_of_its_details_are_looked_at(sealed: Path, keys: Path, full: bool) -> None:
    before = keys.read_bytes()
    told = found(sealed, keys=keys, full=full)
    assert told["keys"] == (
        "keys",
        "ok",
        "3 cases have sealed details; none of their keys was destroyed, and borough.keys has all others that are its own.",
        "",
    )
    assert told["keys' permissions"].said.startswith(f"only its owner may read {keys}. Which copies")
    with SqliteLog(sealed, keys=keys) as log, open_desk("2024-03-04T13:00", log=log) as desk:
        desk.destroy_details("C-1", actor="records-1", because="schedule")
    assert "1 of their keys was destroyed" in found(sealed, keys=keys, full=full)["keys"].said
    assert len(before) == len(keys.read_bytes())


def test_that_keys_were_not_looked_at_is_said_where_there_are_any(log: Path, sealed: Path) -> None:
    one = found(sealed)["keys"]
    assert (one.sign, one.advice) == ("warn", f"frontdoor doctor {sealed} --keys FILE")
    assert found(log)["keys"].said.startswith("no details are sealed")


def test_keys_that_are_missing_of_some_cases_or_came_back_are_bad(sealed: Path, keys: Path) -> None:
    older = keys.with_name("older.keys")
    shutil.copy(keys, older)
    with SqliteLog(sealed, keys=keys) as log, open_desk("2024-03-04T13:00", log=log) as desk:
        desk.destroy_details("C-1", actor="records-1", because="schedule")
        back = found(sealed, keys=older)["keys"]
        assert back.sign == "bad" and "of C-1 the key is there again, from an older copy" in back.said
        append(log, a_draft("C-5", details={"note": "words"}))
    missing = found(sealed, keys=older)["keys"]
    assert missing.sign == "bad" and "older.keys has none of C-5: it is an older copy, or not whole" in missing.said


def test_keys_that_are_not_there_or_anothers_are_bad_and_nothing_is_made(
    tmp_path: Path, sealed: Path, keys: Path
) -> None:
    keys.rename(keys.with_name("away"))
    one = found(sealed, keys=keys)["keys"]
    assert one.sign == "bad" and "it is not there: bring it back" in one.said and "frontdoor accept-keys" in one.said
    assert not keys.exists()
    with SqliteLog(tmp_path / "other.db", keys=keys) as other:
        append(other, a_draft(details={"note": "x"}))
    assert "has the keys of another log" in found(sealed, keys=keys)["keys"].said


def test_keys_that_others_may_read_are_told(sealed: Path, keys: Path) -> None:
    keys.chmod(0o640)
    one = found(sealed, keys=keys)["keys' permissions"]
    assert (one.sign, one.advice) == ("warn", f"chmod 600 {keys}")


def test_words_that_do_not_open_by_their_key_are_found_by_its_full_examination(sealed: Path, keys: Path) -> None:
    with sqlite3.connect(keys) as db:
        db.execute("DROP TRIGGER destroyed_for_ever")
        db.execute("UPDATE keys SET key = zeroblob(32) WHERE case_id = 'C-2'")
    db.close()
    examined = examine(str(sealed), now=NOW, library=shipped(), full=True, syncing=0.01, keys=str(keys))
    assert not examined.verified and any(
        "do not open by the key of case 'C-2'" in one.said for one in examined.findings
    )


@pytest.mark.parametrize(
    ("later", "sign"), [(timedelta(hours=20), "ok"), (timedelta(days=2), "warn"), (timedelta(days=8), "bad")]
)
def test_a_backup_grows_old(log: Path, later: timedelta, sign: str) -> None:
    one = found(log, now=NOW + later)["backup"]
    assert one.sign == sign
    assert ("frontdoor's own limits: 1 day to warn, 7 days for bad" in one.said) is (sign != "ok")


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="this system does not tell what a process has open")
def test_a_process_that_has_the_log_open_and_was_stopped_is_bad(log: Path) -> None:
    assert found(log)["processes"] == Finding("processes", "ok", "none that has it open was stopped.")
    with log.open("rb") as file:
        holder = subprocess.Popen([sys.executable, "-c", STOPS], stdin=file)
    other = subprocess.Popen([sys.executable, "-c", STOPS])
    try:
        for process in (holder, other):
            assert os.WIFSTOPPED(os.waitpid(process.pid, os.WUNTRACED)[1])
        said = found(log)["processes"]
        assert said.sign == "bad"
        assert said.said.startswith(
            f"process {holder.pid}, which has it open, was stopped: if in the middle of writing, nobody"
        )
    finally:
        for process in (holder, other):
            process.kill()
            process.wait()


def test_where_the_system_does_not_tell_what_processes_do_nothing_is_said_of_them(log: Path, tmp_path: Path) -> None:
    assert health.stopped(str(log), str(tmp_path / "none")) is None


@pytest.mark.parametrize(("room", "size", "sign"), [
    (0, 0, "bad"), (16 << 20, 0, "warn"), (1 << 30, 0, "ok"), (1 << 30, 1 << 29, "ok"), (1 << 30, 1 + (1 << 29), "warn")
])  # fmt: skip
def test_a_disk_that_is_all_but_full_is_bad(room: int, size: int, sign: str) -> None:
    assert footing._sign_of(room, size) == sign


def test_a_deadline_that_was_silenced_beside_the_events_is_found_by_its_full_examination(tmp_path: Path) -> None:
    path = tmp_path / "borough.db"
    with SqliteLog(path) as log:
        desk = open_desk("2024-03-04T09:00", log=log)
        do(desk, "contact.receive", details={"source": "6"})
    assert found(path, full=True)["board"].sign == "ok"
    db = sqlite3.connect(path)
    db.execute("UPDATE deadlines_now SET status = 'met'")
    db.commit()
    db.close()
    assert "board" not in found(path)
    one = found(path, full=True)["board"]
    assert one.sign == "bad" and one.said.startswith("what stands beside the events is not what they say, of C-1")
    with SqliteLog(path) as log:
        desk = open_desk("2024-04-04T09:00", log=log)
        assert desk.check() == []
        assert desk.rebuild() == ["C-1"] and len(desk.check()) == 1
    assert found(path, full=True)["board"].sign == "ok"


def test_that_nothing_checks_is_bad_once_a_deadline_has_been_late_for_a_day(tmp_path: Path) -> None:
    path = tmp_path / "borough.db"
    with SqliteLog(path) as log:
        do(open_desk("2024-03-04T09:00", log=log), "contact.receive", details={"source": "6"})  # due on 5 March
        late = datetime(2024, 3, 7, tzinfo=UTC)
        assert found(path, now=late - timedelta(seconds=1))["checks"].sign == "ok"
        one = found(path, now=late)["checks"]
        assert (one.sign, one.said) == (
            "bad", "a deadline of C-1 has been late since 2024-03-06 00:00 UTC, and no check has raised it."
        )  # fmt: skip
        assert len(open_desk("2024-03-07T00:00", log=log).check()) == 1
    assert found(path, now=late)["checks"].sign == "ok"


def test_a_log_that_was_never_backed_up_is_bad_once_something_is_in_it(tmp_path: Path) -> None:
    with SqliteLog(tmp_path / "borough.db") as log:
        assert found(tmp_path / "borough.db")["backup"].sign == "ok"
        append(log, a_draft(recorded_at=RECORDED))
    assert found(tmp_path / "borough.db")["backup"] == Finding(
        "backup", "bad", "none was ever made of it that it knows of.",
        f"frontdoor backup {tmp_path / 'borough.db'} FILE, every day, to another disk.",
    )  # fmt: skip


def test_a_backup_that_has_gone_or_is_not_as_it_was_is_bad(log: Path) -> None:
    file = log.parent / "safe/borough.db"
    whole = file.read_bytes()
    db = sqlite3.connect(file)
    db.execute("DROP TRIGGER events_no_update")
    db.execute("UPDATE events SET actor = upper(actor)")  # of the same length
    db.commit()
    db.close()
    assert found(log)["backup"].sign == "ok" and found(log, full=True)["backup"].sign == "bad"
    file.write_bytes(whole[:-4096])
    assert "its file is of another length than it had" in found(log)["backup"].said
    file.write_bytes(whole)
    Path(f"{file}.checkpoint").write_text("frontdoor/another\n0\n" + "A" * 43 + "=\n")
    assert "the checkpoint beside it is of something else" in found(log)["backup"].said
    file.unlink()
    assert "cannot be looked at there now: no such file" in found(log)["backup"].said


def test_a_clock_that_was_accepted_is_not_bad_though_events_are_recorded_later_than_now(log: Path) -> None:
    with SqliteLog(log) as opened:
        do(open_desk("2024-04-04T12:00", log=opened), "contact.receive", "C-9", details={"source": "6"})
    behind = found(log)["clock"]
    assert behind.sign == "bad" and "before what was recorded last, at 2024-04-04 11:00" in behind.said
    with SqliteLog(log) as opened:
        desk = open_desk("2024-03-04T14:00", log=opened)
        desk.accept_clock(actor="it-3", role="manager", reason="the server's clock was mended")
        do(desk, "contact.receive", "C-10", details={"source": "6"})
    accepted = found(log)["clock"]
    assert accepted.sign != "bad" and "it is 2024-03-04 14:00 UTC, and" in accepted.said


class Wall(SimulatedClock):
    """A computer's clock, which nobody moves on purpose."""

    def passed(self) -> float:
        return 0.0


@pytest.mark.parametrize("days, sign", [(366, "warn"), (367, "bad")])
def test_a_clock_that_no_desk_would_believe_after_so_long_a_silence_is_bad(log: Path, days: int, sign: str) -> None:
    now = RECORDED + timedelta(days=days)
    one = found(log, now=now)["clock"]
    assert one.sign == sign and "frontdoor accept-clock" in one.advice
    with SqliteLog(log) as opened:
        desk = Desk(opened, clock=Wall(now), library=shipped())
        if sign == "warn":
            desk.daily_check(actor="m-1", role="manager")
        else:
            with pytest.raises(OutOfOrder, match="nothing has been recorded since"):
                desk.daily_check(actor="m-1", role="manager")


def test_a_clock_before_what_was_recorded_last_is_bad_and_one_long_after_it_is_said(log: Path) -> None:
    assert found(log, now=RECORDED - timedelta(minutes=1))["clock"].sign != "bad"  # as clocks of two computers differ
    behind = found(log, now=RECORDED - timedelta(hours=1))["clock"]
    assert behind.sign == "bad" and "before what was recorded last, at 2024-03-04 12:00" in behind.said
    ahead = found(log, now=NOW + timedelta(days=40))["clock"]
    assert ahead.sign == "warn" and "nothing has been recorded for 40 days" in ahead.said


@pytest.mark.parametrize(("last", "sign"), [(2025, "ok"), (2024, "warn"), (2023, "bad")])
def test_bank_holidays_run_out(log: Path, last: int, sign: str) -> None:
    library = attrs.evolve(shipped(), calendar=attrs.evolve(shipped().calendar, last=last))
    (one,) = (
        one for one in examine(str(log), now=NOW, library=library, syncing=0.01).findings if one.check == "calendar"
    )
    assert one.sign == sign and f"known until the end of {last}" in one.said


def test_deadlines_that_cannot_be_told_are_counted(log: Path) -> None:
    assert "deadlines" not in found(log)
    with SqliteLog(log) as kept, kept.writing() as writing:
        writing.stand([Standing("C-1", deadlines=(a_deadline("C-1", late_from=None, due=""), a_deadline("C-1", 2)))])
    assert found(log)["deadlines"].said == "of one deadline it cannot be told when due."


def test_what_does_not_verify_is_bad_and_ends_with_four(log: Path) -> None:
    db = sqlite3.connect(log)
    db.execute("DROP TRIGGER events_no_update")
    db.execute("UPDATE events SET actor = 'somebody' WHERE position = 3")
    db.commit()
    db.close()
    assert found(log)["chain"].sign == "ok"
    assert found(log, full=True)["chain"].said.startswith("event 3 is not as it was recorded")
    assert frontdoor("doctor", log, "--full").status == 4
    assert not json.loads(frontdoor("doctor", log, "--full", "--json").out)["verified"]


def test_a_tail_that_was_cut_shows_beside_what_backups_held(log: Path) -> None:
    db = sqlite3.connect(log)
    db.execute("DROP TRIGGER events_no_delete")
    db.execute("DELETE FROM events WHERE position = 5")
    db.commit()
    db.close()
    assert found(log)["chain"].said == "it has 4 events, and had 5 when a backup was made: its tail was cut."
    assert frontdoor("doctor", log).status == 4


def test_a_file_beside_it_that_is_missing_or_long_is_told(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(log)["files"].said == "all of it is in the one file."
    with SqliteLog(log) as kept:
        append(kept, a_draft(recorded_at=RECORDED))
        one = found(log)["files"]
        assert (
            one.sign == "ok"
            and "part of it stands in" in one.said
            and "only 'frontdoor backup' copies it whole" in one.said
        )
        monkeypatch.setattr("frontdoor.desk.footing._LONG_WAL", 1)
        assert found(log)["files"].sign == "warn"
    Path(f"{log}-wal").unlink(missing_ok=True)
    Path(f"{log}-shm").write_bytes(bytes(32768))
    one = found(log)["files"]
    assert one.sign == "bad" and "what was recorded last may be missing" in one.said


def test_who_else_may_read_it_is_told(log: Path) -> None:
    log.chmod(0o644)
    log.parent.chmod(0o755)
    assert found(log)["permissions"] == Finding(
        "permissions", "warn", "everybody with an account on this computer may read it.", f"chmod o-rwx {log}"
    )
    log.parent.chmod(0o700)
    assert found(log)["permissions"].sign == "ok"


def test_an_older_schema_is_told_with_what_to_do(tmp_path: Path) -> None:
    log = Path(shutil.copy(ROOT / "tests/data/logs/schema_1.db", tmp_path / "borough.db"))
    said = found(log)
    assert "schema 1, and this frontdoor writes" in said["schema"].said
    assert "as 'frontdoor rebuild' does" in said["schema"].advice
    assert said["chain"].sign == "ok" and "backup" in said


def test_what_is_no_log_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    for name in ("none.db", "notes.txt"):
        with pytest.raises(LogError, match="there is no log|is not a frontdoor log"):
            examine(str(tmp_path / name), now=NOW)
    assert frontdoor("doctor", tmp_path / "none.db").status == 3


MOUNTS = """/dev/sda1 / ext4 rw 0 0
server:/export /srv/case\\040files nfs4 rw 0 0
me@host:/ /srv/far fuse.sshfs rw 0 0
drvfs /mnt/c 9p rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/srv/borough.db", "ext4"), ("/srv/case files/b.db", "nfs4"), ("/srv/far/b.db", "fuse.sshfs"), ("/mnt/c/b.db", "9p"), ("/srv/farther/b.db", "ext4")],
)  # fmt: skip
def test_the_file_system_is_that_of_the_nearest_mount(tmp_path: Path, path: str, kind: str) -> None:
    (tmp_path / "mounts").write_text(MOUNTS)
    assert health.file_system(path, str(tmp_path / "mounts")) == kind
    assert (kind in health.NETWORK) is (kind != "ext4")
    assert health.file_system(path, str(tmp_path / "none")) == ""


@pytest.mark.parametrize(
    ("version", "has"),
    [
        ((3, 40, 1), True), ((3, 44, 5), True), ((3, 44, 6), False), ((3, 45, 0), True), ((3, 50, 6), True), ((3, 50, 7), False),
        ((3, 51, 2), True), ((3, 51, 3), False), ((3, 53, 0), False),
    ],
)  # fmt: skip
def test_releases_of_sqlite_with_the_wal_reset_bug_are_known(version: tuple[int, int, int], has: bool) -> None:
    assert health.has_wal_bug(version) is has


def test_syncs_are_counted_by_a_file_that_is_gone_afterwards(tmp_path: Path) -> None:
    rate = health.syncs_per_second(str(tmp_path), seconds=0.02)
    assert rate is not None and rate > 0 and os.listdir(tmp_path) == []
    assert health.syncs_per_second(str(tmp_path / "none")) is None


def test_the_command_prints_a_line_each_with_what_to_do(log: Path) -> None:
    said = frontdoor("doctor", log)  # by the computer's clock the backup is old
    assert said.status == 1
    assert "bad   backup: the last is " in said.out and "\n      frontdoor backup " in said.out
    told = json.loads(frontdoor("doctor", log, "--json").out)
    assert (
        told["worst"] == "bad" and told["verified"] and set(told["findings"][0]) == {"check", "sign", "said", "advice"}
    )


def test_of_one_thing_it_speaks_as_of_one(tmp_path: Path) -> None:
    log, safe = tmp_path / "one.db", tmp_path / "safe.db"
    with SqliteLog(log) as opened:
        back_up(str(log), str(safe), now=NOW - timedelta(hours=1))
        append(opened, a_draft())
    every = (one for full in (False, True) for one in examine(str(log), now=NOW, full=full, syncing=0).findings)
    said = " ".join(one.said for one in every)
    assert "1 event in a file that is whole" in said and "1 event, as it was recorded; root " in said
    assert "UTC, 1 hour ago; 1 event is not in it" in said


def test_the_backup_that_a_log_was_restored_from_is_its_last_until_another_is_made(log: Path, tmp_path: Path) -> None:
    backup, later = tmp_path / "first.db", NOW + timedelta(hours=2)
    made = back_up(str(log), str(backup), now=NOW)
    restore(str(backup), str(log), now=later, replace=True)
    of = found(log, now=later + timedelta(hours=1))["backup"]
    assert of.sign == "ok" and of.said == (
        f"the last is {backup}, from which the log was restored at {later:%Y-%m-%d %H:%M} UTC, 1 hour ago; "
        "1 event is not in it; it is there, with its checkpoint."
    )
    assert found(log, now=later, full=True)["backup"].said.endswith("it is there, verified again, with its checkpoint.")
    Path(f"{backup}.checkpoint").unlink()
    assert found(log, now=later)["backup"].said.endswith("not in it; it is there.")
    backup.unlink()
    assert found(log, now=later)["backup"].sign == "bad"
    again = back_up(str(log), str(tmp_path / "second.db"), now=later + timedelta(hours=1))
    assert again.events == made.events + 1
    assert found(log, now=later + timedelta(hours=1))["backup"].said.startswith(f"the last is {again.file}, of ")
