"""A log that was put back says so of itself, and `verify` tells by it why a checkpoint does not fit, without believing it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import pytest
from commands import environment, frontdoor
from desks import entry, open_desk, shipped
from test_desk_timing import Wall
from test_verify_command import tamper

from frontdoor import Desk, SqliteLog
from frontdoor.errors import LogTampered, OutOfOrder
from frontdoor.event import RESTORED, Event
from frontdoor.log.backup import back_up
from frontdoor.log.checkpoint import Checkpoint, verify
from frontdoor.log.restorations import read
from frontdoor.log.restoring import restore
from frontdoor.testing.conformance import NOON, a_draft, append

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of five events, of which there is a backup, and then three more."""
    path = tmp_path / "borough.db"
    with SqliteLog(path) as log:
        append(log, *(a_draft(f"C-{number}") for number in range(5)))
    back_up(str(path), str(tmp_path / "safe.db"), now=NOW)
    with SqliteLog(path) as log:
        append(log, *(a_draft(f"L-{number}") for number in range(3)))
    return path


def put_back(log: Path, *, by: str = "", now: datetime = NOW) -> str:
    return restore(str(log.with_name("safe.db")), str(log), now=now, replace=True, by=by).aside


def taken(log: Path) -> Checkpoint:
    with SqliteLog(log, read_only=True) as opened:
        return verify(opened.records(), log_id=opened.log_id)


def last(log: Path) -> Event:
    with SqliteLog(log, read_only=True) as opened:
        found = opened.last()
    assert found is not None
    return found


def wrong(log: Path, checkpoint: Checkpoint) -> str:
    with SqliteLog(log, read_only=True) as opened, pytest.raises(LogTampered) as caught:
        verify(opened.records(), log_id=opened.log_id, checkpoint=checkpoint)
    return str(caught.value)


def test_a_log_that_was_put_back_notes_from_what_up_to_where_when_by_whom_and_in_whose_place(log: Path) -> None:
    before, safe = taken(log), log.with_name("safe.db")
    aside = put_back(log, by="it-3")
    note = last(log)
    assert (note.event, note.case_id, note.actor, note.role, note.position) == (RESTORED, "", "it-3", "system", 6)
    assert note.happened_at == note.recorded_at == NOW
    made = taken(safe)
    assert note.details == {
        "backup": str(safe), "events": 5, "root": str(made).splitlines()[2], "held_to_checkpoint": False,
        "recorded_before": NOON.isoformat(), "aside": aside,
        "replaced": {"log_id": before.log_id, "events": 8, "root": str(before).splitlines()[2]},
    }  # fmt: skip
    assert taken(log).size == 6 and taken(safe).size == 5


def test_where_no_log_was_there_nothing_is_said_to_have_been_replaced(log: Path) -> None:
    log.unlink()
    put_back(log)
    note = read(last(log))
    assert note is not None and (note.by, note.aside, note.replaced) == ("", "", None)


@pytest.mark.parametrize("what", [b"not a log at all" * 1000, b""])
def test_of_what_cannot_be_read_it_is_noted_that_it_was_there_and_no_more(log: Path, what: bytes) -> None:
    log.write_bytes(what)
    aside = put_back(log)
    note = read(last(log))
    assert note is not None and (note.aside, note.replaced) == (aside, None)


def test_a_path_that_is_no_text_is_noted_as_far_as_it_can_be(log: Path) -> None:
    odd = log.with_name("s\udcffafe.db")
    shutil.copy(log.with_name("safe.db"), odd)
    restore(str(odd), str(log), now=NOW, replace=True)
    assert last(log).details["backup"].endswith("s\\udcffafe.db")


# ---- what verify says ----


def test_a_checkpoint_of_what_came_after_the_backup_does_not_verify_and_it_is_said_why(log: Path) -> None:
    later = taken(log)
    aside = put_back(log, by="it-3")
    why = (
        f" By its own word (event 6) the log was restored at 2026-03-02T09:00:00+00:00 by it-3 from {log.with_name('safe.db')}, a "
        f"backup that ended at event 5: if so, the checkpoint is of the log before that. What was there then is kept as {aside}: "
        "hold the checkpoint to that."
    )
    assert wrong(log, later) == f"the log has 6 events, the checkpoint 8.{why}"
    with SqliteLog(log) as opened:
        append(opened, *(a_draft(f"N-{number}") for number in range(4)))
    assert wrong(log, later) == f"the first 8 events are not those that the checkpoint was made of.{why}"
    with SqliteLog(aside, read_only=True) as opened:
        assert verify(opened.records(), log_id=opened.log_id, checkpoint=later) == later


def test_checkpoints_of_what_was_in_the_backup_and_of_what_came_after_it_was_put_back_verify(log: Path) -> None:
    earlier = taken(log.with_name("safe.db"))
    put_back(log)
    since = taken(log)
    with SqliteLog(log) as opened:
        append(opened, a_draft())
        for checkpoint in (earlier, since):
            verify(opened.records(), log_id=opened.log_id, checkpoint=checkpoint)


def test_what_no_restoration_can_have_done_is_told_as_ever(log: Path) -> None:
    later = taken(log)
    earlier = attrs.evolve(taken(log.with_name("safe.db")), root=bytes(32))
    put_back(log)
    assert wrong(log, earlier).endswith("the checkpoint was made of: the log was written anew.")
    for odd in (attrs.evolve(later, size=9), attrs.evolve(later, root=bytes(32))):  # the log that gave way was not so
        assert wrong(log, odd).endswith("its tail was cut.")
    tamper(log, "DELETE FROM events WHERE position = 6")
    assert wrong(log, later) == "the log has 5 events, the checkpoint 8: its tail was cut."


def test_of_several_restorations_the_last_that_can_be_the_reason_is_named(log: Path) -> None:
    first = taken(log)
    put_back(log, by="it-1")
    with SqliteLog(log) as opened:
        append(opened, *(a_draft(f"M-{number}") for number in range(3)))
    second = log.with_name("second.db")
    back_up(str(log), str(second), now=NOW)
    with SqliteLog(log) as opened:
        append(opened, a_draft())
    between = taken(log)
    restore(str(second), str(log), now=NOW, replace=True, by="it-2")
    assert "by it-2" in wrong(log, between)
    assert "by it-1" in wrong(log, first)


def test_a_log_put_back_again_from_the_same_backup_has_lost_only_a_note(log: Path) -> None:
    later = taken(log)
    put_back(log)
    done = restore(str(log.with_name("safe.db")), str(log), now=NOW, replace=True)
    assert (done.lost, done.why) == (None, "")
    assert wrong(log, later).endswith(
        "its tail was cut."
    )  # by its last note the log that gave way was shorter than this
    with SqliteLog(log) as opened:
        append(opened, a_draft())
    done = restore(str(log.with_name("safe.db")), str(log), now=NOW, replace=True)
    assert done.lost is not None and (done.lost.events, done.lost.position) == (1, 7)


@pytest.mark.parametrize("said", [{}, {"backup": 1, "root": "", "aside": "", "events": 5}, {"backup": "", "root": "", "aside": "", "events": "5"}])  # fmt: skip
def test_a_note_that_says_nothing_explains_nothing(log: Path, said: dict[str, object]) -> None:
    later = taken(log)
    tamper(log, "DELETE FROM events WHERE position > 5")
    with SqliteLog(log) as opened:
        append(opened, a_draft("", event=RESTORED, details=said))
    assert wrong(log, later) == "the log has 6 events, the checkpoint 8: its tail was cut."


def test_the_commands_note_it_and_tell_it(log: Path) -> None:
    checkpoint = log.with_name("later.checkpoint")
    checkpoint.write_text(frontdoor("checkpoint", log).out)
    done = frontdoor("restore", log.with_name("safe.db"), log, "--replace", "--actor", " it-3 ")
    assert (
        done.status == 0 and "5 events, as the checkpoint noted them; event 6 notes that it was put back.\n" in done.out
    )
    told = frontdoor("verify", log, "--checkpoint", checkpoint)
    assert (told.status, told.out, told.err.count("\n")) == (4, "", 1)
    assert "the log has 6 events, the checkpoint 8. By its own word (event 6) the log was restored at 20" in told.err
    status, out, err = frontdoor("verify", log, "--checkpoint", f"{log.with_name('safe.db')}.checkpoint")
    assert (status, err) == (0, "")
    assert f"by it-3 from {log.with_name('safe.db')}, a backup that ended at event 5, as event 6 notes.\n" in out
    (found,) = json.loads(frontdoor("verify", log, "--json").out)["restored"]
    assert (found["by"], found["events"], found["replaced"]["events"], found["was_noted"]) == ("it-3", 5, 8, True)
    refused = frontdoor("restore", log.with_name("safe.db"), log, "--replace", "--actor", "it\u202e3")
    assert refused.status == 3 and "actor holds a character that cannot be seen" in refused.err
    assert last(log).position == 6


def test_a_note_with_what_a_terminal_would_obey_is_shown_without_it(log: Path) -> None:
    with SqliteLog(log) as opened:
        said = {"backup": "\x1b[2J\u202e", "root": "", "aside": "", "events": 8}
        append(opened, a_draft("", event=RESTORED, details=said))
    out = frontdoor("verify", log).out
    assert "a backup that ended at event 8" in out and "\x1b" not in out and "\u202e" not in out


# ---- and everything else goes on ----


def test_a_clock_that_is_years_ahead_is_noticed_though_the_log_was_put_back_by_it(tmp_path: Path) -> None:
    log, safe, wall = tmp_path / "borough.db", tmp_path / "safe.db", Wall()
    with SqliteLog(log) as opened:
        Desk(opened, clock=wall, library=shipped()).record_many([entry("contact.receive")])
    back_up(str(log), str(safe), now=wall.at)
    restore(str(safe), str(log), now=wall.at + timedelta(days=800), replace=True)
    wall.at += timedelta(days=800, hours=1)
    with SqliteLog(log) as opened:
        with pytest.raises(OutOfOrder, match="nothing has been recorded since 2024-03-04T09:00"):
            Desk(opened, clock=wall, library=shipped()).check()
        desk = Desk(opened, clock=wall, library=shipped())
        desk.accept_clock(actor="it-3", role="manager", reason="it is right")
        assert len(desk.check()) == 1


def test_a_clock_that_went_back_does_not_put_the_note_before_what_was_recorded(tmp_path: Path) -> None:
    log, safe = tmp_path / "borough.db", tmp_path / "safe.db"
    with open_desk("2024-03-04T09:00", log=SqliteLog(log)) as desk:
        desk.record_many([entry("contact.receive")])
    back_up(str(log), str(safe), now=NOW)
    put_back(log, now=datetime(2020, 1, 1, tzinfo=UTC))
    note = last(log)
    assert (str(note.happened_at)[:10], str(note.recorded_at)[:10]) == ("2020-01-01", "2024-03-04")


def test_a_log_that_was_put_back_is_exported_audited_rebuilt_and_recorded_in_as_before(tmp_path: Path) -> None:
    log, safe = tmp_path / "borough.db", tmp_path / "safe.db"
    with open_desk("2024-03-04T09:00", log=SqliteLog(log)) as desk:
        desk.record_many([entry("contact.receive", f"C-{number}") for number in range(5)])
    back_up(str(log), str(safe), now=NOW)
    before = [frontdoor("export", log).out, frontdoor("audit", log, "--json").out]
    restore(str(safe), str(log), now=datetime(2024, 3, 4, 12, tzinfo=UTC), replace=True, by="it-3")
    assert [frontdoor("export", log).out, frontdoor("audit", log, "--json").out] == before
    assert frontdoor("rebuild", log).out == "5 cases made again from 6 events: nothing was different.\n"
    with open_desk("2024-03-06T09:00", log=SqliteLog(log)) as desk:
        assert len(desk.check()) == 5 and desk.record_many([entry("contact.refer", "C-1")])
    assert frontdoor("show", log, "C-1").status == 0
    back_up(str(log), str(tmp_path / "again.db"), now=NOW)
    assert taken(tmp_path / "again.db") == taken(log)


def test_a_sealed_log_is_put_back_without_its_keys_and_its_words_open_by_them(tmp_path: Path) -> None:
    log, safe, keys = tmp_path / "borough.db", tmp_path / "safe.db", tmp_path / "keys"
    with SqliteLog(log, keys=keys) as opened:
        append(opened, a_draft(details={"source": "6", "note": "bruise"}))
    back_up(str(log), str(safe), now=NOW)
    restore(str(safe), str(log), now=NOW, replace=True)
    with SqliteLog(log, keys=keys) as opened:
        assert opened.events("C-1")[0].details["note"] == "bruise" and opened.size() == 2
    assert read(last(log)) is not None


SOMEBODY = """
import os, sys
from datetime import UTC, datetime
from frontdoor.log.restoring import restore
from frontdoor.log.checkpoint import verify  # and all else that is loaded when used, while it may be
import frontdoor.log.chain, frontdoor.log.sqlite, sqlite_utils

if os.geteuid() == 0:
    os.setgid(65534), os.setuid(65534)
os.chdir("/")
done = restore(sys.argv[1], sys.argv[2], now=datetime.now(UTC), replace=True)
print(done.checkpoint.size, done.why)
"""


@pytest.mark.skipif(os.name == "nt", reason="modes are those of POSIX")
def test_a_log_that_may_only_be_read_is_replaced_by_one_that_notes_it_and_may_only_be_read(log: Path) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder, there = Path(place), Path(place, "borough.db")
        for name in ("borough.db", "safe.db"):
            shutil.copy(log.with_name(name), folder / name)
            (folder / name).chmod(0o444)
            if os.geteuid() == 0:
                os.chown(folder / name, 65534, 65534)
        folder.chmod(0o777)
        words = [sys.executable, "-c", SOMEBODY, folder / "safe.db", there]
        found = subprocess.run(words, env=environment(), capture_output=True, text=True, check=False)
        assert (found.stdout, found.stderr) == ("5 \n", "")
        note = read(last(there))
        assert there.stat().st_mode & 0o777 == 0o444 and note is not None
        assert note.replaced is not None and note.replaced.events == 8
