"""Text that somebody recorded, on a terminal: no command lets it move the cursor, hide what stands there or turn it round."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from frontdoor import Desk, SimulatedClock, SqliteLog
from frontdoor.desk import entry
from tests.commands import environment, frontdoor

TURNED = "\u202e\u2066\u200f\u061c"
"""What turns the direction of writing, which the desk takes in any text."""
EVIL = f"\x1b[2J\x9b31m\x07\r\x85\u2028{TURNED}"
"""What moves a cursor besides, which it takes in details alone."""
CASE, ACTOR = f"C{TURNED}1", f"a{TURNED}"
SEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log in which every text that anybody is free to write is an evil one."""
    folder = tmp_path_factory.mktemp("evil")
    clock = SimulatedClock(datetime(2026, 3, 2, 9, tzinfo=UTC))
    with pytest.MonkeyPatch.context() as before, SqliteLog(folder / "l.db") as log:
        before.setattr(entry, "UNSEEN", "(?!)")  # as logs hold them from before such characters were refused
        desk, role = Desk(log, clock=clock), "referral_officer"
        received = desk.record(
            CASE, "contact.receive", actor=ACTOR, role=role, episode=f"e{TURNED}", family=f"f{TURNED}",
            details={"source": "6", f"note{EVIL}": f"x{EVIL}"},
        )  # fmt: skip
        desk.record(CASE, "contact.send_to_mash", actor=ACTOR, role=role)
        clock.advance(timedelta(days=7))
        desk.check()
        becomes = {"details": {"source": "7", "note": EVIL}, "actor": f"n{TURNED}"}
        desk.correct(received.event_id, actor=ACTOR, role=role, reason=f"r{TURNED}", becomes=becomes)
    (folder / "id").write_text(received.event_id)
    assert frontdoor("keygen", folder / "l.db", folder / "key").status == 0
    return folder


@pytest.fixture
def place(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """It, copied, as the folder that is worked in."""
    made = shutil.copytree(original, tmp_path / "place")
    monkeypatch.chdir(made)
    return made


BY = ["--actor", ACTOR, "--role", "referral_officer"]


@pytest.mark.parametrize(
    "words",
    [
        ["show", "l.db", CASE, "--ids"],
        ["show", "l.db", CASE, "--json"],
        ["show", "l.db", f"C{EVIL}"],
        ["explain", "l.db", CASE, "mash.outcome"],
        ["explain", "l.db", CASE, "mash.outcome", "--json"],
        ["explain", "l.db", CASE, f"x{EVIL}"],
        ["check", "l.db"],
        ["check", "l.db", "--json"],
        ["check", "l.db", "--within", "10 working days"],
        ["verify", "l.db", "--json"],
        ["checkpoint", "l.db"],
        ["prove", "l.db", "--case", CASE, "--key", "key", "--out", "bundle"],
        ["prove", "l.db", "--case", f"N{EVIL}", "--key", "key", "--out", "bundle"],
        ["audit", "l.db"],
        ["audit", "l.db", "--json"],
        ["forecast", "l.db"],
        ["rebuild", "l.db"],
        ["record", "l.db", CASE, f"mash.{EVIL}", *BY],
        ["record", "l.db", CASE, "contact.refer", *BY],
        ["record", "l.db", CASE, "contact.refer", *BY, "--json"],
        ["record", "l.db", CASE, "mash.rate_green", *BY, "--detail", f"k{TURNED}=v{EVIL}", "--despite", f"d{TURNED}"],
        ["correct", "l.db", "ID", *BY, "--reason", f"w{TURNED}", "--detail", f"source={EVIL}"],
        ["export", "l.db", f"no/{EVIL}.csv"],
        ["verify", f"no{EVIL}.db"],
        ["draw", "l.db", CASE],
    ],
    ids=lambda words: ascii(" ".join(words))[:50],
)
def test_no_command_prints_what_was_recorded_so_that_a_terminal_obeys_it(words: list[str], place: Path) -> None:
    ran = frontdoor(*((place / "id").read_text() if word == "ID" else word for word in words))
    assert ran.out or ran.err
    assert not SEEN.search(ran.out), ascii(ran.out)
    assert not SEEN.search(ran.err), ascii(ran.err)


@pytest.mark.parametrize(
    "change",
    [
        ("UPDATE events SET version = 9, case_id = case_id || ? WHERE position = 2", 1),
        ("UPDATE events SET event_id = ? WHERE position = 3", 1),
        ("UPDATE events SET actor = ?1, role = ?1, event = 'mash.' || ?1 WHERE position = 2", 1),
        ("UPDATE events SET happened_at = ?1, recorded_at = ?1 WHERE position = 2", 1),
        ("UPDATE log SET log_id = ?", 1),
        ("UPDATE deadlines_now SET timer = ?1, episode = ?1", 1),
        ("UPDATE libraries SET content = ?", 1),
    ],
    ids=lambda change: change[0],
)
def test_nor_what_somebody_wrote_into_the_file(change: tuple[str, int], place: Path) -> None:
    with sqlite3.connect(place / "l.db") as db:
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {name}")
        db.execute(change[0], [EVIL])
    db.close()
    for words in (["verify"], ["verify", "--json"], ["show", CASE], ["check"], ["rebuild"]):
        ran = frontdoor(words[0], "l.db", *words[1:])
        assert not SEEN.search(ran.out + ran.err), (words, ascii(ran.out + ran.err))


def test_json_says_the_same_as_it_was_recorded(place: Path) -> None:
    said = json.loads(frontdoor("show", "l.db", CASE, "--json").out)
    assert said["case_id"] == CASE
    assert said["timeline"][0]["actor"] == f"n{TURNED}" and said["timeline"][0]["details"]["note"] == EVIL


@pytest.mark.parametrize("words", [["export", "l.db", "-"], ["audit", "l.db", "--deadlines", "-"]])
def test_a_table_is_exact_for_a_program_and_shown_on_a_terminal(words: list[str], place: Path) -> None:
    assert TURNED in frontdoor(*words).out
    ours, theirs = pty.openpty()
    run = subprocess.Popen(
        [sys.executable, "-m", "frontdoor", *words], stdout=theirs, stderr=subprocess.DEVNULL, env=environment(), cwd=place,
    )  # fmt: skip
    os.close(theirs)
    said = b"".join(_read(ours)).decode().replace("\r\n", "\n")
    assert run.wait(timeout=60) == 0
    assert "contact" in said and not SEEN.search(said), ascii(said)


def _read(terminal: int) -> Iterator[bytes]:
    with suppress(OSError):  # what a terminal says when nobody writes to it any more
        while part := os.read(terminal, 1 << 16):
            yield part
    os.close(terminal)


def test_a_value_of_several_lines_does_not_look_like_a_line_of_ours(place: Path) -> None:
    with SqliteLog("l.db") as log:
        note = "seen\nstruck out Mon 2 Mar 2026"
        Desk(log).record(
            "C-2", "contact.receive", actor="a", role="referral_officer", details={"source": "6", "note": note}
        )
    assert not [
        line for line in frontdoor("show", "l.db", "C-2").out.splitlines() if line.strip().startswith("struck out")
    ]
