"""`frontdoor verify` and `frontdoor checkpoint`: what they print, and with which status they end."""

from __future__ import annotations

import json
import os
import pty
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from frontdoor.cli import main
from frontdoor.cli.common import complain
from frontdoor.errors import Busy, Conflict, FrontdoorError, LogError, LogTampered, ReadOnly, UnknownCase
from frontdoor.log.checkpoint import read_checkpoint
from frontdoor.log.sqlite import SqliteLog
from frontdoor.testing.conformance import a_draft, append

ROOT = Path(__file__).parents[1]


class Ran(NamedTuple):
    """What a command came to."""

    status: int
    out: str
    err: str


Cli = Callable[..., Ran]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run `frontdoor` with these words, in this process."""

    def run(*words: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["frontdoor", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return Ran(int(left.value.code or 0), out, err)

    return run


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of five events."""
    path = tmp_path / "borough.db"
    with SqliteLog(path) as log:
        append(log, *(a_draft(f"C-{number % 2}") for number in range(5)))
    return path


@pytest.fixture
def checkpoint(log: Path, cli: Cli) -> Path:
    """A checkpoint of it."""
    file = log.with_name("borough.checkpoint")
    file.write_text(cli("checkpoint", log).out)
    return file


def tamper(log: Path, *statements: str) -> None:
    """Change a log as somebody could who can write its file."""
    db = sqlite3.connect(log)
    for trigger in ("events_no_update", "events_no_delete", "events_at_the_end"):
        db.execute(f"DROP TRIGGER IF EXISTS {trigger}")
    for statement in statements:
        db.execute(statement)
    db.commit()
    db.close()


def test_a_log_that_is_as_it_was_recorded_verifies(cli: Cli, log: Path) -> None:
    status, out, err = cli("verify", log)
    root = str(read_checkpoint(cli("checkpoint", log).out)).splitlines()[2]
    assert (status, out, err) == (0, f"5 events, all as they were recorded; root {root}\n", "")


def test_an_empty_log_verifies(cli: Cli, tmp_path: Path) -> None:
    SqliteLog(tmp_path / "new.db").close()
    assert cli("verify", tmp_path / "new.db").out.startswith("0 events, all as they were recorded; root 47DEQpj8")


def test_verifying_leaves_the_log_as_it_is(cli: Cli, log: Path) -> None:
    before = log.read_bytes()
    cli("verify", log)
    assert log.read_bytes() == before


def test_a_checkpoint_names_the_log_its_size_and_its_root(cli: Cli, log: Path) -> None:
    with SqliteLog(log) as opened:
        log_id = opened.log_id
    status, out, _ = cli("checkpoint", log)
    assert status == 0
    assert out.splitlines()[:2] == [f"frontdoor/{log_id}", "5"]
    assert len(out.splitlines()) == 3


def test_a_log_that_has_grown_verifies_beside_an_earlier_checkpoint(cli: Cli, log: Path, checkpoint: Path) -> None:
    with SqliteLog(log) as opened:
        append(opened, a_draft())
    status, out, _ = cli("verify", log, "--checkpoint", checkpoint)
    assert status == 0
    assert out.startswith("6 events, all as they were recorded, the first 5 as the checkpoint noted them; root ")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_checkpoint_is_read_in_whichever_encoding_a_shell_wrote_it(
    cli: Cli, log: Path, checkpoint: Path, encoding: str
) -> None:
    checkpoint.write_text(checkpoint.read_text().replace("\n", "\r\n"), encoding=encoding)
    assert cli("verify", log, "--checkpoint", checkpoint).status == 0


def test_a_change_is_told_in_a_sentence_with_status_4(cli: Cli, log: Path) -> None:
    tamper(log, "UPDATE events SET actor = 'somebody-else' WHERE position = 3")
    status, out, err = cli("verify", log)
    assert (status, out) == (4, "")
    assert err == "frontdoor: event 3 is not as it was recorded, or not in its place: its hash does not fit it.\n"


def test_a_deletion_is_told_in_a_sentence_with_status_4(cli: Cli, log: Path) -> None:
    tamper(log, "DELETE FROM events WHERE position = 2")
    assert cli("verify", log) == (4, "", "frontdoor: event 2 is missing: event 3 stands in its place.\n")


def test_a_cut_tail_is_told_beside_a_checkpoint(cli: Cli, log: Path, checkpoint: Path) -> None:
    tamper(log, "DELETE FROM events WHERE position > 3")
    assert cli("verify", log).status == 0
    assert cli("verify", log, "--checkpoint", checkpoint) == (
        4, "", "frontdoor: the log has 3 events, the checkpoint 5: its tail was cut.\n",
    )  # fmt: skip


def test_no_checkpoint_is_made_of_a_log_that_does_not_verify(cli: Cli, log: Path) -> None:
    tamper(log, "UPDATE events SET hash = 'x' WHERE position = 5")
    status, out, err = cli("checkpoint", log)
    assert (status, out) == (4, "")
    assert err.startswith("frontdoor: event 5 is not as it was recorded")


def test_an_index_that_does_not_find_an_event_is_told(cli: Cli, log: Path) -> None:
    tamper(
        log,
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET sql = replace(sql, '(\"event_id\")', '(\"actor\")') WHERE name = 'idx_events_event_id'",
    )
    status, _, err = cli("verify", log)
    assert status == 4
    assert err.startswith(f"frontdoor: {log} is damaged: ")
    assert err.count("\n") == 1


def test_a_table_that_was_taken_away_is_told(cli: Cli, log: Path) -> None:
    tamper(log, "DROP TABLE events")
    assert cli("verify", log) == (
        4,
        "",
        f"frontdoor: {log} is damaged: no such table: events. Keep it as it is, and restore a backup.\n",
    )


def test_a_program_reads_what_was_found_as_json(cli: Cli, log: Path, checkpoint: Path) -> None:
    status, out, _ = cli("verify", log, "--json", "--checkpoint", checkpoint)
    noted = read_checkpoint(checkpoint.read_text())
    assert status == 0
    assert json.loads(out) == {
        "verified": True, "log_id": noted.log_id, "events": 5, "root": checkpoint.read_text().splitlines()[2], "checkpoint": 5,
    }  # fmt: skip
    assert json.loads(cli("verify", log, "--json").out)["checkpoint"] is None


def test_a_program_reads_what_is_wrong_as_json(cli: Cli, log: Path) -> None:
    tamper(log, "UPDATE events SET role = 'x' WHERE position = 4")
    status, out, err = cli("verify", log, "--json")
    assert status == 4
    assert json.loads(out) == {
        "verified": False, "position": 4,
        "message": "event 4 is not as it was recorded, or not in its place: its hash does not fit it.",
    }  # fmt: skip
    assert err.startswith("frontdoor: event 4")


def test_a_checkpoint_that_is_none_is_refused_with_status_3(cli: Cli, log: Path, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_bytes(b"\xff\xfe\x00")
    status, out, err = cli("verify", log, "--checkpoint", file)
    assert (status, out) == (3, "")
    assert err.startswith(f"frontdoor: {file}: line 1: is not a checkpoint")
    status, _, err = cli("verify", log, "--checkpoint", tmp_path / "none")
    assert (status, err) == (3, f"frontdoor: {tmp_path / 'none'}: cannot be read: no such file or directory.\n")


@pytest.mark.parametrize("command", ["verify", "checkpoint"])
def test_what_is_no_log_is_refused_with_status_3(cli: Cli, tmp_path: Path, command: str) -> None:
    (tmp_path / "log.csv").write_text("case_id,event,happened_at\n")
    assert cli(command, tmp_path / "log.csv") == (3, "", f"frontdoor: {tmp_path / 'log.csv'} is not a frontdoor log.\n")
    assert cli(command, tmp_path / "none.db") == (3, "", f"frontdoor: there is no log {tmp_path / 'none.db'}.\n")
    assert [one.name for one in tmp_path.iterdir()] == ["log.csv"]


def test_on_a_terminal_it_shows_how_far_it_is(log: Path) -> None:
    terminal, end = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"}
    run = subprocess.run(
        [sys.executable, "-m", "frontdoor", "verify", log],
        stdout=subprocess.PIPE,
        stderr=end,
        env=environment,
        text=True,
        check=True,
    )
    os.close(end)
    shown = os.read(terminal, 1 << 16).decode()
    os.close(terminal)
    assert "verifying" in shown
    assert run.stdout.startswith("5 events, all as they were recorded")


@pytest.mark.parametrize(
    "error, status",
    [
        (LogTampered("event 3 is missing."), 4), (Busy("try again."), 5), (ReadOnly("cannot be written."), 3),
        (Conflict("stale.", case="C-1", expected=2, found=3), 5), (Conflict("taken.", case="C-1"), 3),
        (LogError("is no log."), 3), (UnknownCase("there is no case 'C-9'."), 2),
    ],
    ids=repr,
)  # fmt: skip
def test_an_error_ends_a_command_with_its_status(
    error: FrontdoorError, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert complain(error) == status
    assert capsys.readouterr().err == f"frontdoor: {error}\n"


def test_a_log_that_was_copied_with_its_shm_and_without_its_wal_is_told(cli: Cli, log: Path) -> None:
    assert cli("verify", log).err == ""
    for end in ("-wal", "-shm"):
        Path(f"{log}{end}").unlink(missing_ok=True)
    Path(f"{log}-shm").write_bytes(bytes(32768))
    ran = cli("verify", log)
    assert ran.status == 0 and "what was recorded last may be missing, and only a checkpoint shows it" in ran.err


def damage(log: Path, table: str, *, at: int = 0) -> None:
    """Write over 400 bytes of the first page of a table or an index, from byte `at` on, with what is none of SQLite's."""
    with closing(sqlite3.connect(log)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
        ((root,),) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,))
        ((size,),) = db.execute("PRAGMA page_size")
    with open(log, "r+b") as file:
        file.seek((root - 1) * size + at)
        file.write(b"\xa5" * 400)


def test_what_sqlite_finds_damaged_is_told_in_one_line_with_what_to_do(cli: Cli, log: Path) -> None:
    damage(log, "idx_events_event_id", at=8)
    status, out, err = cli("verify", log)
    assert (status, out, err.count("\n")) == (4, "", 1)
    assert err.startswith(f"frontdoor: {log} is damaged: SQLite finds in it '") and "***" not in err
    assert err.endswith("'. Keep it as it is, and restore a backup.\n")


def test_a_restore_over_a_damaged_log_says_why_what_is_lost_cannot_be_told(cli: Cli, log: Path, tmp_path: Path) -> None:
    assert cli("backup", log, tmp_path / "safe.db")[0] == 0
    damage(log, "events")
    status, out, _ = cli("restore", tmp_path / "safe.db", log, "--replace")
    (said,) = [line for line in out.splitlines() if "cannot be told" in line]
    assert status == 0 and said.endswith("restore a backup.") and not said.endswith("..")
