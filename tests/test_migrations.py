"""A log of every schema that was ever landed is brought up to date, whole, whatever happens meanwhile.

`data/logs/schema_N.db` was made by `data/logs/make.py` when schema N was the newest; none of them is ever made anew.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from commands import ROOT, environment

from frontdoor import Desk, SqliteLog
from frontdoor.desk.rulebook import newest_local
from frontdoor.library import load
from frontdoor.log import schema
from frontdoor.log.chain import Record
from frontdoor.log.checkpoint import verify

LOGS = sorted((ROOT / "tests/data/logs").glob("schema_*.db"))
OLDER = [path for path in LOGS if path.stem != f"schema_{schema.VERSION}"]


@pytest.fixture
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy, to be brought up to date."""
    return Path(shutil.copy(request.param, tmp_path / "borough.db"))


every_log = pytest.mark.parametrize("kept", LOGS, ids=lambda path: path.stem, indirect=True)
every_older_log = pytest.mark.parametrize("kept", OLDER, ids=lambda path: path.stem, indirect=True)


def plainly(path: Path) -> list[Record]:
    """The events of a log of any schema, asked without opening it as one."""
    import sqlite3

    from frontdoor.log.chain import COLUMNS

    db = sqlite3.connect(path)
    try:
        return db.execute(f"SELECT {', '.join(COLUMNS)} FROM events ORDER BY position").fetchall()
    finally:
        db.close()


def test_every_schema_has_its_log() -> None:
    landed = [1, *range(3, schema.VERSION + 1)]  # 2 was a step on the way to 3
    assert [path.stem for path in LOGS] == [f"schema_{number}" for number in landed]


@every_log
def test_it_is_brought_up_to_date_with_every_event_as_it_was(kept: Path) -> None:
    before = plainly(kept)
    with SqliteLog(kept) as log:
        assert list(log.records()) == before
        assert verify(log.records(), log_id=log.log_id).size == len(before) == 19
        log.inspect()
    with SqliteLog(kept, read_only=True) as log:  # the step was taken, once for all
        assert log.size() == 19


@every_log
def test_what_stands_in_it_is_what_its_events_come_to(kept: Path) -> None:
    with SqliteLog(kept) as log:
        assert Desk(log, library=newest_local(log) or load()).rebuild() == []


@every_older_log
def test_opened_for_reading_alone_it_is_read_and_stays_as_it_is(kept: Path) -> None:
    before, records = kept.read_bytes(), plainly(kept)
    with SqliteLog(kept, read_only=True) as log:
        assert list(log.records()) == records
        assert Desk(log, library=newest_local(log) or load()).case("C-1").events
    assert kept.read_bytes() == before


KILLED = """
import os, signal, sqlite3, sys
from frontdoor.log import schema

def killed(db):
    db.execute("PRAGMA cache_spill = ON")
    db.execute("UPDATE libraries_kept SET content = content || content")
    os.kill(os.getpid(), signal.SIGKILL)

db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA cache_size = 5")  # so that much of it is in the file already
db.execute("BEGIN IMMEDIATE")
db.execute("CREATE TABLE libraries_kept AS SELECT * FROM libraries")
schema.bring_up_to_date(db, [*schema.STEPS[:int(sys.argv[2])], killed])
"""


@every_older_log
def test_killed_on_the_way_it_is_whole_and_is_brought_up_to_date_by_the_next(kept: Path) -> None:
    before = plainly(kept)
    first = int.from_bytes(kept.read_bytes()[60:64])
    for done in range(first, schema.VERSION + 1):
        words = [sys.executable, "-c", KILLED, str(kept), str(done)]
        assert subprocess.run(words, env=environment(), check=False).returncode == -signal.SIGKILL
        assert plainly(kept) == before
    with SqliteLog(kept) as log:
        assert list(log.records()) == before
        log.inspect()


@every_older_log
def test_several_processes_may_bring_it_up_to_date_at_once(kept: Path) -> None:
    words = [sys.executable, "-c", "import sys; from frontdoor import SqliteLog; SqliteLog(sys.argv[1]).close()", kept]
    started = [subprocess.Popen(words, env=environment()) for _ in range(3)]
    assert [one.wait(60) for one in started] == [0, 0, 0]
    with SqliteLog(kept, read_only=True) as log:
        assert verify(log.records(), log_id=log.log_id).size == 19
