"""Several processes at one log in a file: what each sees of the others (who is killed: `durability/`)."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from desks import content, do, moment, open_desk, play, shipped

from frontdoor import Desk, MemoryLog, SqliteLog
from frontdoor.desk import rulebook
from frontdoor.errors import Busy, Conflict, ReadOnly
from frontdoor.log.checkpoint import verify

BEGIN = """
import sys, uuid
from datetime import datetime, timezone
from frontdoor import Conflict, Desk, SimulatedClock, SqliteLog
desk = Desk(SqliteLog(sys.argv[1], patience=60), clock=SimulatedClock(datetime(2024, 3, 20, 9, tzinfo=timezone.utc)))
print("ready", flush=True)
sys.stdin.readline()
"""
RACE = """
won = 0
while (version := desk.case("C-1").version) < 30:
    try:
        desk.record("C-1", "referral.discuss", actor=sys.argv[2], role="manager", expected_version=version,
                    details={"agencies": "police", "decision": "go on"})
        won += 1
    except Conflict:
        pass
print(won, flush=True)
"""

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Begins a process at a log that does some work once a line is written to it; all are ended with the test."""
    running: list[subprocess.Popen[str]] = []

    def begin(work: str, *arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", BEGIN + work, *map(str, arguments)]
        here = Path(__file__).parent.parent
        process = subprocess.Popen(command, cwd=here, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        running.append(process)
        return process

    yield begin
    for process in running:
        process.kill()
        process.communicate()


def let_go(processes: list[subprocess.Popen[str]]) -> list[str]:
    """Let processes that are ready begin at once; what each says in the end."""
    for process in processes:
        assert process.stdout and process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    return [process.communicate(timeout=120)[0].strip() for process in processes]


def desk_at(path: Path, now: str = "2024-03-20T09:00", **options: Any) -> Desk:
    return open_desk(now, log=SqliteLog(path, **options))


def whole(log: SqliteLog) -> int:
    """The size of a log whose chain verifies."""
    return verify(log.records(), log_id=log.log_id).size


def test_of_processes_that_race_for_a_version_one_wins_it_and_the_others_are_told(tmp_path: Path, start: Start) -> None:
    path = tmp_path / "borough.db"
    with desk_at(path, "2024-03-18T09:00") as desk:
        do(desk, "contact.receive")
        do(desk, "contact.refer")
    won = [int(said) for said in let_go([start(RACE, path, f"manager-{n}") for n in range(4)])]
    with desk_at(path) as desk:
        case = desk.case("C-1")
        assert sum(won) == 30 - 3
        assert [event.version for event in case.events] == list(range(1, 31))
        assert Counter(event.actor for event in case.events[3:]) == Counter(
            {f"manager-{n}": times for n, times in enumerate(won) if times}
        )
        assert whole(desk.log) == 30  # type: ignore[arg-type]


def test_a_desk_sees_what_another_process_recorded_in_a_case_it_had_at_hand(tmp_path: Path, start: Start) -> None:
    path = tmp_path / "borough.db"
    with desk_at(path) as desk:
        do(desk, "contact.receive")
        do(desk, "contact.refer")
        before = desk.case("C-1").version
        let_go([start(RACE, path, "manager-9")])
        assert (before, desk.case("C-1").version) == (3, 30)
        with pytest.raises(Conflict):
            do(desk, "referral.accept", expected_version=before)


def test_a_log_that_somebody_else_is_writing_is_busy_and_then_it_is_not(tmp_path: Path) -> None:
    path = tmp_path / "borough.db"
    with desk_at(path, patience=0.02) as desk:
        do(desk, "contact.receive")
        before = content(desk)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Busy, match="try again"):
            do(desk, "contact.refer", event_id=(mine := str(uuid.uuid4())))
        assert content(desk) == before
        other.execute("ROLLBACK")
        other.close()
        assert do(desk, "contact.refer", event_id=mine).event_id == mine


def test_at_a_log_for_reading_one_may_look_but_not_record_check_or_correct(tmp_path: Path) -> None:
    path = tmp_path / "borough.db"
    with desk_at(path, "2024-03-01T09:00") as desk:
        play(desk, "2024-03-01T09:00 contact.receive\n 2024-03-01T10:00 contact.refer")
        before = content(desk)
    with desk_at(path, read_only=True) as desk:
        assert desk.case("C-1").version == 3
        assert desk.allowed("C-1") and desk.outstanding() and desk.explain("C-1", "referral.decision").text
        first = desk.case("C-1").events[0].event_id
        for write in (
            lambda: do(desk, "referral.accept"),
            desk.check,
            desk.rebuild,
            lambda: desk.daily_check(actor="m", role="manager"),
            lambda: desk.correct(first, actor="m", role="manager", reason="r", becomes=None),
        ):
            with pytest.raises(ReadOnly):
                write()
        assert content(desk) == before


def test_a_moment_that_is_kept_in_a_file_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "borough.db"
    with desk_at(path) as desk:
        event = do(
            desk, "contact.receive", happened_at="2024-03-20T08:59:59.000001", details={"source": "é", "n": [1, None]}
        )
    with desk_at(path) as desk:
        (again,) = desk.case("C-1").events
        assert again == event
        assert again.happened_at == moment("2024-03-20T08:59:59.000001")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # that there are threads is the point
def test_a_process_forked_off_while_another_thread_compiles_rules_compiles_its_own() -> None:
    begun, done = threading.Event(), threading.Event()

    def slow(*_: object) -> None:
        begun.set()
        done.wait(20)

    thread = threading.Thread(target=rulebook._at_hand, args=(slow, shipped(), (), "another"))
    thread.start()
    try:
        assert begun.wait(20)
        child = os.fork()
        if child == 0:
            signal.alarm(5)  # which ends it, if it waits for a thread that is not there
            assert Desk(MemoryLog(), library=shipped()).rulebook.library
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
    finally:
        done.set()
        thread.join()
        rulebook._AT_HAND.clear()
