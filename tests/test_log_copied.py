"""A log's file that was copied while it was in use, without FILE-wal beside it, is noticed; and nothing else is taken for one."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from commands import frontdoor
from desks import entry, names, open_desk

from frontdoor import SqliteLog
from frontdoor.errors import LogError
from frontdoor.log import opening
from frontdoor.log.backup import back_up
from frontdoor.log.checkpoint import verify
from frontdoor.log.note import new_key
from frontdoor.log.restoring import restore
from frontdoor.testing.conformance import NOON, a_draft

ROOT = Path(__file__).parent.parent
WHO = ("--actor", "it-3", "--role", "manager", "--because", "there is no more")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "borough.db"


def record(log: SqliteLog, case_id: str = "C-1", **changes: Any) -> None:
    with log.writing([case_id]) as writing:
        writing.append([a_draft(case_id, **changes)])


def refused(path: Path) -> None:
    with pytest.raises(LogError, match=r"was copied while it was in use, .* there is no .*-wal"):
        SqliteLog(path)


def test_a_copy_of_a_log_in_use_without_its_wal_is_read_and_not_written(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    with SqliteLog(path) as log:
        for _ in range(3):
            record(log)
        shutil.copy(path, copy)
        assert log.size() == 3
    refused(copy)
    with SqliteLog(copy, read_only=True) as log:
        assert log.lacks_wal and log.size() < 3
    refused(copy)  # however often it was looked at


def test_a_copy_with_its_wal_is_whole(path: Path, tmp_path: Path) -> None:
    with SqliteLog(path) as log:
        record(log)
        record(log)
        for end in ("", "-wal"):
            shutil.copy(f"{path}{end}", f"{tmp_path / 'copy.db'}{end}")
    with SqliteLog(tmp_path / "copy.db") as log:
        assert log.size() == 2 and not log.lacks_wal


def test_a_copy_of_a_log_that_was_closed_is_whole(path: Path, tmp_path: Path) -> None:
    with SqliteLog(path) as log:
        record(log)
    shutil.copy(path, tmp_path / "copy.db")
    with SqliteLog(tmp_path / "copy.db") as log:
        record(log)
        assert log.size() == 2


def test_somebody_may_say_that_there_is_no_more_of_it_and_that_is_recorded(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    with open_desk("2024-03-04T09:00", log=SqliteLog(path)) as desk:
        desk.record_many([entry("contact.receive")])
        desk.record_many([entry("contact.receive", "C-2")])
        shutil.copy(path, copy)
    for words in (("check", copy), ("record", copy, "C-9", "contact.receive", *WHO[:4], "--detail", "source=6")):
        found = frontdoor(*words)
        assert found.status == 3 and "frontdoor accept-copy" in found.err and "Traceback" not in found.err
    assert "was copied while it was in use" in frontdoor("verify", copy).err
    assert "was copied while it was in use" in frontdoor("doctor", copy).out
    assert frontdoor("accept-copy", copy, *WHO).status == 0
    with SqliteLog(copy) as log:
        assert names(log.follow())[-1] == "desk.copy_accepted" and verify(log.records(), log_id=log.log_id)
    assert "there is nothing to accept" in frontdoor("accept-copy", copy, *WHO).out


@pytest.mark.parametrize("look", [lambda log: None, lambda log: log.size()], ids=["opened", "asked"])
def test_another_that_only_looked_and_closes_last_leaves_it_whole(
    path: Path, look: Callable[[SqliteLog], object]
) -> None:
    first, last = SqliteLog(path), SqliteLog(path)
    record(first)
    look(last)
    first.close()
    last.close()
    with SqliteLog(path) as log:
        assert log.size() == 1 and not log.lacks_wal


def test_one_that_writes_on_after_another_has_closed_is_still_in_use(path: Path, tmp_path: Path) -> None:
    with SqliteLog(path) as log:
        record(log)
        with SqliteLog(path) as other:
            record(other)
        record(log)
        shutil.copy(path, tmp_path / "copy.db")
    refused(tmp_path / "copy.db")
    with SqliteLog(path) as log:
        assert log.size() == 3 and not log.lacks_wal


KILLED = """
import os, signal, sys
from frontdoor import SqliteLog
from frontdoor.testing.conformance import a_draft
log = SqliteLog(sys.argv[1])
for number in range(3):
    with log.writing() as writing:
        writing.append([a_draft("C-1")])
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system kills otherwise")
def test_after_a_kill_it_is_whole_and_after_one_that_looks_and_closes(path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, path], cwd=ROOT, check=False)
    assert os.path.getsize(f"{path}-wal")
    with SqliteLog(path, read_only=True) as log:
        assert log.size() == 3 and not log.lacks_wal
    SqliteLog(path).close()
    assert not os.path.exists(f"{path}-wal")
    with SqliteLog(path) as log:
        assert log.size() == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_fork_leaves_it_whole(path: Path) -> None:
    with SqliteLog(path) as log:
        record(log)
        child = os.fork()
        if child == 0:
            try:
                record(log, "child")
            except BaseException:
                os._exit(1)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        record(log)
        assert log.size() == 3


def test_what_another_program_closed_after_a_stop_is_told_as_such(path: Path) -> None:
    with SqliteLog(path) as log:
        record(log)
        log._file._sqlite._db.execute("PRAGMA locking_mode")  # type: ignore[union-attr]
        with sqlite3.connect(path) as db:
            assert db.execute("SELECT in_use FROM log").fetchone() == (1,)
        db.close()
    with sqlite3.connect(path) as db:
        db.execute("UPDATE log SET in_use = 1")  # as it stands after a stop, once sqlite3 has put all into the one file
    db.close()
    with pytest.raises(LogError, match="or closed by another program"):
        SqliteLog(path)


def test_a_backup_of_a_log_in_use_is_whole_and_so_is_what_is_restored(path: Path, tmp_path: Path) -> None:
    with SqliteLog(path) as log:
        record(log)
        back_up(str(path), str(tmp_path / "backup.db"), now=NOON)
    restore(str(tmp_path / "backup.db"), str(path), checkpoint=None, now=NOON, replace=True)
    for file in (path, tmp_path / "backup.db", *tmp_path.glob("*.replaced-*")):
        with SqliteLog(file) as log:
            assert log.size() == 1 + (file == path) and not log.lacks_wal  # which notes that it was put back


# ---- one file by several names ----


def test_a_log_in_use_is_opened_through_a_link_in_another_folder(path: Path) -> None:
    folder = path.parent / "links"
    folder.mkdir()
    link = folder / "linked.db"
    link.symlink_to(path)
    with SqliteLog(path) as log:
        record(log)
        with SqliteLog(link) as same:
            record(same)
            assert log.size() == same.size() == 2
    assert [*folder.iterdir()] == [link]


def test_a_log_that_has_a_second_name_by_a_hard_link_is_not_written_by_either(path: Path) -> None:
    SqliteLog(path).close()
    other = path.with_name("other.db")
    os.link(path, other)
    for name in (path, other):
        one = other.name if name == path else path.name
        with pytest.raises(
            LogError, match=f"has another name, {one}, by a hard link: who opens it by that does not see"
        ):
            SqliteLog(name)
        with SqliteLog(name, read_only=True) as log:
            assert log.size() == 0
    other.rename(path.with_name("borough.db.replaced-20240314T120000Z"))
    with pytest.raises(
        LogError, match="as a restore that was stopped leaves one: .* Take borough.db.replaced-2.* away"
    ):
        SqliteLog(path)
    path.with_name("borough.db.replaced-20240314T120000Z").unlink()
    with SqliteLog(path) as log:
        record(log)


def test_a_log_that_is_mounted_without_its_folder_is_not_written(path: Path) -> None:
    """By mounts as Linux tells them, for to mount takes rights that a test need not have."""
    odd = path.with_name("of the borough.db")
    SqliteLog(odd).close()
    mounts, name = path.with_name("mountinfo"), str(odd).replace(" ", "\\040")
    mounts.write_text(
        f"36 35 98:0 /in/the/host.db {name} rw,noatime - ext4 /dev/root rw\n36 35 98:0 / / rw - ext4 /dev/root rw\n"
    )
    assert "is mounted by itself" in opening._has_another_name(str(odd), str(mounts))
    assert opening._has_another_name(str(path), str(mounts)) == ""
    assert opening._has_another_name(str(odd)) == opening._has_another_name(str(odd), str(path)) == ""


@pytest.fixture
def copy(path: Path, tmp_path: Path) -> Path:
    """A copy that lacks the last event of a log of two, with a key of it beside it."""
    copy = tmp_path / "copy.db"
    with open_desk("2024-03-04T09:00", log=SqliteLog(path)) as desk:
        desk.record_many([entry("contact.receive")])
        desk.record_many([entry("contact.receive", "C-2")])
        shutil.copy(path, copy)
        (tmp_path / "key").touch(mode=0o600)
        (tmp_path / "key").write_text(f"{new_key(f'frontdoor/{desk.log.log_id}')}\n")
    return copy


SAID = "copy.db was copied while it was in use, or closed by another program"


@pytest.mark.parametrize(
    "words",
    ["prove copy.db --case C-1 --key key --out bundle", "checkpoint copy.db --key key", "checkpoint copy.db"],
)
def test_nothing_is_signed_of_a_copy_that_may_lack_something(
    copy: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.chdir(copy.parent)
    found = frontdoor(*words.split())
    assert found.status == 3 and found.out == "" and found.err.startswith(f"frontdoor: {SAID}"), found
    assert found.err.count("\n") == 1 and not Path("bundle").exists()
    assert frontdoor("accept-copy", "copy.db", *WHO).status == 0
    assert frontdoor(*words.split())[::2] == (0, "")


@pytest.mark.parametrize(
    "words",
    [
        "show copy.db C-1", "audit copy.db", "export copy.db", "export copy.db events.xes", "subject-access copy.db C-1 --out folder",
        "verify copy.db", "import new.db copy.db --actor a --role manager", "explain copy.db C-1 contact.screening",
    ],
)  # fmt: skip
def test_what_reads_a_copy_that_may_lack_something_says_so_once(
    copy: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.chdir(copy.parent)
    found = frontdoor(*words.split())
    assert found.err.count(SAID) == 1 and found.out, found
    assert frontdoor("accept-copy", "copy.db", *WHO).status == 0
    assert SAID not in frontdoor(*words.split()).err


def test_a_copy_that_may_lack_something_is_not_said_to_be_all_in_one_file(copy: Path) -> None:
    lines = [line for line in frontdoor("doctor", copy).out.splitlines() if " files: " in line]
    assert len(lines) == 1 and lines[0].startswith("bad") and SAID in lines[0]


def test_an_empty_file_is_begun_and_said_to_have_been_there(tmp_path: Path) -> None:
    path = tmp_path / "zero.db"
    path.touch()
    words = ("contact.receive", "--detail", "source=6", "--actor", "a", "--role", "referral_officer")
    found = frontdoor("record", path, "C-1", *words)
    assert found.status == 0, found
    assert (
        found.err
        == f"frontdoor: {path} was there, and empty, and is a new log now. If it was a log once, restore a backup.\n"
    )
