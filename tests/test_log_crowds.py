"""A crowd at one log in a file: threads whose transactions are committed together, processes that take turns, and whatever
else opens, closes, replaces or removes the file."""

from __future__ import annotations

import functools
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from interrupting import interrupted_at

from frontdoor import SqliteLog
from frontdoor.errors import Busy, Conflict, LogError
from frontdoor.event import Event
from frontdoor.log import Writing
from frontdoor.log.backup import back_up
from frontdoor.log.checkpoint import verify
from frontdoor.log.hold import Hold
from frontdoor.testing.conformance import NOON, a_draft

ROOT = Path(__file__).parent.parent
needs_locks_of_a_file = pytest.mark.skipif(
    not hasattr(__import__("fcntl") if os.name == "posix" else os, "F_OFD_SETLK"),
    reason="this system has no locks that belong to an open file",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "borough.db"


@pytest.fixture
def log(path: Path) -> Iterator[SqliteLog]:
    with SqliteLog(path, patience=20) as log:
        record(log, "C-0")
        yield log


def record(log: SqliteLog, case_id: str, **changes: Any) -> Event:
    with log.writing([case_id]) as writing:
        return writing.append([a_draft(case_id, **changes)])[0]


def elsewhere(path: Path, work: str) -> str:
    """What another process says that opens the log, does something with it and closes it."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\nfrom frontdoor import SqliteLog\nlog = SqliteLog(sys.argv[1])\n{work}\nlog.close()", path],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def size_elsewhere(path: Path) -> int:
    return int(elsewhere(path, "print(log.size())"))


# ---- one file opened more than once by a process ----


@needs_locks_of_a_file
@pytest.mark.parametrize(
    "look",
    [
        lambda path: SqliteLog(path).close(),
        lambda path: SqliteLog(path, read_only=True).close(),
        lambda path: path.read_bytes(),
        lambda path: shutil.copy(path, path.with_suffix(".copy")),
    ],
    ids=["opened again", "opened for reading", "read", "copied"],
)
def test_looking_at_the_file_beside_an_open_log_costs_no_event_when_another_process_comes_and_goes(
    path: Path, log: SqliteLog, look: Callable[[Path], object]
) -> None:
    look(path)
    assert size_elsewhere(path) == 1
    for number in range(5):
        record(log, f"C-{number + 1}")
    assert size_elsewhere(path) == log.size() == 6


def test_a_log_whose_wal_was_deleted_under_it_does_not_say_that_anything_is_safe(path: Path, log: SqliteLog) -> None:
    with pytest.raises(LogError, match=r"was taken away .* Record it again, by the same event ids"), log.writing() as w:
        w.append([a_draft("C-1", event_id="the same")])
        os.unlink(f"{path}-wal")
    if log.find("the same") is None:  # as SQLite let go of the file it may have been put there
        record(log, "C-1", event_id="the same")
    log.close()
    with SqliteLog(path, create=False) as log:
        assert log.find("the same")
        assert verify(log.records(), log_id=log.log_id).size == 2


@pytest.mark.parametrize("name", ["borough.db", "link.db"])
def test_nothing_more_is_acknowledged_into_a_wal_that_was_deleted_between_two_transactions(
    path: Path, name: str
) -> None:
    os.symlink(path, path.with_name("link.db"))
    SqliteLog(path).close()
    with SqliteLog(path.with_name(name)) as log:
        record(log, "C-1", event_id="the first")
        os.unlink(f"{path}-wal")
        with pytest.raises(LogError, match="borough.db-wal|link.db-wal was taken away"):
            record(log, "C-2")
        assert log.find("the first")  # nobody else had it open, so it was put in the file
        record(log, "C-3")
        assert size_elsewhere(path) == 2


def test_a_log_that_is_replaced_by_a_later_copy_is_gone_on_with(path: Path, log: SqliteLog, tmp_path: Path) -> None:
    back_up(str(path), str(tmp_path / "backup.db"), now=NOON)
    record(log, "C-1")
    for end in ("-wal", "-shm"):
        os.unlink(f"{path}{end}")
    os.replace(tmp_path / "backup.db", path)
    assert log.size() == 1
    assert record(log, "C-2").position == 2
    assert size_elsewhere(path) == 2


def test_a_log_that_was_removed_is_told_and_not_made_anew(path: Path, log: SqliteLog) -> None:
    for one in path.parent.iterdir():
        one.unlink()
    for act in (log.size, lambda: record(log, "C-1")):
        with pytest.raises(LogError, match="there is no log"):
            act()
    assert list(path.parent.iterdir()) == []


# ---- threads ----


class Together:
    """Threads that write at once: the first waits in its transaction until the others stand behind it."""

    def __init__(self, log: SqliteLog, works: list[Callable[[Writing], object]]) -> None:
        self.log, self.said = log, ["waits"] * len(works)
        self.statements: list[str] = []
        log._file._sqlite.ready().set_trace_callback(self.statements.append)
        threads = [threading.Thread(target=self._run, args=(n, work)) for n, work in enumerate(works)]
        self._inside, self._others = threading.Event(), len(works) - 1
        threads[0].start()
        assert self._inside.wait(20)
        for thread in threads[1:]:
            thread.start()
        for thread in threads:
            thread.join(30)
        log._file._sqlite.ready().set_trace_callback(None)

    def _run(self, number: int, work: Callable[[Writing], object]) -> None:
        try:
            with self.log.writing() as writing:
                if number == 0:
                    self._inside.set()
                    until(lambda: len(self.log._file._threads.coming) == self._others)
                self.said[number] = "wrote"
                work(writing)
            self.said[number] = "is safe"
        except (LogError, ZeroDivisionError) as error:
            self.said[number] = f"{type(error).__name__}: {error}"

    def commits(self) -> int:
        return self.statements.count("COMMIT")


def until(holds: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < give_up
        time.sleep(0.001)


def writes(case_id: str, **changes: Any) -> Callable[[Writing], object]:
    return lambda writing: writing.append([a_draft(case_id, **changes)])


def fails(work: Callable[[Writing], object]) -> Callable[[Writing], object]:
    def run(writing: Writing) -> None:
        work(writing)
        raise ZeroDivisionError

    return run


def test_threads_that_wait_to_write_are_committed_together(log: SqliteLog) -> None:
    together = Together(log, [writes(f"K-{n}") for n in range(8)])
    assert together.said == ["is safe"] * 8
    assert together.commits() == 1
    assert log.size() == 9 and verify(log.records(), log_id=log.log_id).size == 9


@pytest.mark.parametrize("place", [0, 1, 4, 7])
def test_one_that_fails_undoes_itself_alone(log: SqliteLog, place: int) -> None:
    works = [writes(f"K-{n}") for n in range(8)]
    works[place] = fails(works[place])
    together = Together(log, works)
    assert together.said == ["ZeroDivisionError: " if n == place else "is safe" for n in range(8)]
    assert sorted(log.cases()) == ["C-0", *(f"K-{n}" for n in range(8) if n != place)]
    record(log, f"K-{place}")
    assert verify(log.records(), log_id=log.log_id).size == 9


def test_of_threads_that_write_one_event_id_one_has_it_and_the_others_are_told(log: SqliteLog) -> None:
    together = Together(log, [writes("K-1", event_id="one") for _ in range(4)])
    assert sorted(said.partition(":")[0] for said in together.said) == ["Conflict"] * 3 + ["is safe"]
    assert log.size() == 2


def test_one_sees_what_the_one_before_it_has_written_and_their_chains_join(log: SqliteLog) -> None:
    Together(log, [writes("C-0") for _ in range(6)])
    assert [event.version for event in log.events("C-0")] == list(range(1, 8))
    assert verify(log.records(), log_id=log.log_id).size == 7


def test_when_the_disk_is_full_for_one_all_that_were_to_be_committed_with_it_are_told(log: SqliteLog) -> None:
    pages = int(log._ask("PRAGMA page_count")[0][0])
    log._ask(f"PRAGMA max_page_count = {pages + 2}")
    works = [writes(f"K-{n}") for n in range(3)] + [writes("K-9", details={"note": "x" * 100_000})]
    together = Together(log, works)
    full = [said for said in together.said if "the disk is full" in said]
    safe = [said for said in together.said if said == "is safe"]
    assert full and len(full) + len(safe) == 4
    assert log.size() == 1 + len(safe) == verify(log.records(), log_id=log.log_id).size
    log._ask(f"PRAGMA max_page_count = {pages + 10_000}")
    record(log, "K-9")
    assert verify(log.records(), log_id=log.log_id).size == 2 + len(safe)


def test_a_thread_that_reads_between_two_that_write_sees_what_is_safe_and_no_more(path: Path, log: SqliteLog) -> None:
    seen: list[tuple[int, int]] = []

    def read() -> None:
        for _ in range(40):
            mine = log.size()
            with SqliteLog(path, read_only=True) as other:
                seen.append((mine, other.size()))

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=lambda n=n: [record(log, f"K-{n}") for _ in range(60)]) for n in range(4)]
    for thread in (*writers, reader):
        thread.start()
    for thread in (*writers, reader):
        thread.join()
    assert all(mine <= other for mine, other in seen)
    assert log.size() == 241 == verify(log.records(), log_id=log.log_id).size


def test_what_was_left_to_a_thread_that_gives_up_waiting_is_committed_all_the_same(path: Path) -> None:
    with SqliteLog(path, patience=0.05) as log:
        said: list[str] = []

        def hurried() -> None:
            try:
                record(log, "K-hurried")
            except Busy as error:
                said.append(str(error))

        with log.writing() as writing:
            writing.append([a_draft("K-slow")])
            thread = threading.Thread(target=hurried)
            thread.start()
            thread.join()
        assert "another thread has been writing" in said[0]
        assert size_elsewhere(path) == 1
        errors = 0
        for _ in range(30):  # it gives up at any moment, also as the other is leaving
            done = threading.Event()

            def slow(done: threading.Event = done) -> None:
                with log.writing() as writing:
                    writing.append([a_draft("K-slow")])
                    time.sleep(0.05)
                done.set()

            threads = [threading.Thread(target=slow), threading.Thread(target=hurried)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(20)
            errors += not done.is_set()
        assert errors == 0
        assert log.size() == size_elsewhere(path) == verify(log.records(), log_id=log.log_id).size


def test_closing_a_log_keeps_what_threads_have_written(path: Path, log: SqliteLog) -> None:
    together = Together(log, [writes(f"K-{n}") for n in range(4)])
    log.close()
    assert together.said == ["is safe"] * 4 and size_elsewhere(path) == 5


# ---- processes ----

WRITES = """
print("ready", flush=True)
sys.stdin.readline()
from frontdoor.testing.conformance import a_draft
for number in range(int(sys.argv[2])):
    with log.writing() as writing:
        writing.append([a_draft(sys.argv[3])])
"""


def start(path: Path, work: str, *arguments: object) -> subprocess.Popen[str]:
    command = (
        f"import sys\nfrom frontdoor import SqliteLog\nlog = SqliteLog(sys.argv[1], patience=60)\n{work}\nlog.close()"
    )
    return subprocess.Popen(
        [sys.executable, "-c", command, str(path), *map(str, arguments)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def begin(process: subprocess.Popen[str]) -> None:
    assert process.stdin and process.stdout and process.stdout.readline() == "ready\n"
    process.stdin.write("go\n")
    process.stdin.flush()


@needs_locks_of_a_file
def test_who_waits_to_write_comes_before_who_has_just_written(path: Path, log: SqliteLog) -> None:
    import fcntl
    import struct

    from frontdoor.log.hold import _QUEUE

    probe = os.open(path, os.O_RDWR)

    def somebody_is_next() -> bool:
        asked = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, _QUEUE + 1, 1, 0)
        kind = struct.unpack("hhqqi4x", fcntl.fcntl(probe, fcntl.F_OFD_GETLK, asked))[0]
        return bool(kind != fcntl.F_UNLCK)

    other = start(path, WRITES, 1, "other")
    try:
        with log.writing() as writing:
            writing.append([a_draft("mine")])
            begin(other)
            until(somebody_is_next)
        for _ in range(20):
            record(log, "mine")
        other.communicate(timeout=60)
        assert [event.position for event in log.events("other")] == [3]
    finally:
        other.kill()
        os.close(probe)


def test_processes_that_write_at_once_leave_no_gap_and_lose_nothing(path: Path, log: SqliteLog) -> None:
    processes = [start(path, WRITES, 40, f"P-{n}") for n in range(4)]
    for process in processes:
        begin(process)
    for _ in range(40):
        record(log, "mine")
    assert [process.communicate(timeout=60) and process.returncode for process in processes] == [0] * 4
    assert log.size() == 201 == verify(log.records(), log_id=log.log_id).size
    assert {case_id: log.head(case_id).version for case_id in log.cases()} == {
        "C-0": 1, "mine": 40, **{f"P-{n}": 40 for n in range(4)}
    }  # fmt: skip


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_process_that_is_forked_off_while_threads_write_goes_on_by_itself(path: Path, log: SqliteLog) -> None:
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            record(log, "parent")

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(5):
            child = os.fork()
            if child == 0:
                try:
                    for _ in range(5):
                        record(log, "child")
                except BaseException:
                    os._exit(1)
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert len(log.events("child")) == 25
    assert log.size() == verify(log.records(), log_id=log.log_id).size == size_elsewhere(path)


def test_conflicts_are_told_to_all_but_one_of_processes_with_the_same_event_ids(path: Path, log: SqliteLog) -> None:
    work = """
print("ready", flush=True)
sys.stdin.readline()
from frontdoor import Conflict
from frontdoor.testing.conformance import a_draft
won = 0
for number in range(60):
    try:
        with log.writing() as writing:
            writing.append([a_draft("C-0", event_id=f"id-{number}")])
        won += 1
    except Conflict:
        pass
print(won)
"""
    processes = [start(path, work) for _ in range(3)]
    for process in processes:
        begin(process)
    won = [int(process.communicate(timeout=60)[0]) for process in processes]
    assert sum(won) == 60 and log.size() == 61 == verify(log.records(), log_id=log.log_id).size
    with pytest.raises(Conflict):
        record(log, "C-0", event_id="id-0")


# ---- who is interrupted, or stopped ----


KEEPS = (*(f"log/{name}.py" for name in ("connection", "together", "sqlite_file", "hold", "whole")), "contextlib.py")
"""What keeps a log in a file."""


@pytest.mark.parametrize("is_refused", [True, False], ids=["what is undone stays undone", "what is done"])
def test_wherever_it_is_interrupted_nothing_is_half_done_and_others_go_on(tmp_path: Path, is_refused: bool) -> None:
    path, moment = tmp_path / "borough.db", 0
    is_longer = True
    while is_longer:
        moment += 1
        with SqliteLog(path, patience=0.1) as log:

            def act(log: SqliteLog = log, case_id: str = f"C-{moment}") -> None:
                with log.writing() as writing:
                    writing.append([a_draft(case_id)])
                    writing.append([a_draft(case_id)])
                    if is_refused:
                        raise ZeroDivisionError

            is_longer = interrupted_at(moment, lambda act=act: _said_of(act), KEEPS)
            there = len(log.events(f"C-{moment}"))
            assert there == 0 if is_refused else there in (0, 2)
            said: list[str] = []
            write = functools.partial(record, log, "D-1")
            other = threading.Thread(target=lambda said=said, write=write: said.append(_said_of(write)))
            other.start()
            other.join(10)
            assert said == ["is safe"], f"a thread is stopped by an interrupt at moment {moment}"
    assert moment > 40


class Two:
    """Two threads whose transactions are committed together: who leaves first, and who comes meanwhile; one is interrupted."""

    def __init__(
        self, log: SqliteLog, works: list[Callable[[Writing], object]], *, interrupted: int, moment: int
    ) -> None:
        self.log, self._interrupted, self._moment = log, interrupted, moment
        self.is_safe, self.ended, self.is_longer, self.is_stuck = [False, False], 0, False, False
        self._inside = threading.Event()
        threads = [threading.Thread(target=self._run, args=(n, work), daemon=True) for n, work in enumerate(works)]
        threads[0].start()
        assert self._inside.wait(20)
        threads[1].start()
        for thread in threads:
            thread.join(20)
        assert self.ended == 2, f"a thread hangs after an interrupt at moment {moment}"

    def _write(self, number: int, work: Callable[[Writing], object]) -> None:
        with self.log.writing() as writing:
            if number == 0:
                self._inside.set()
                until(lambda: bool(self.log._file._threads.coming) or self.ended == 1)
            work(writing)
        self.is_safe[number] = True

    def _run(self, number: int, work: Callable[[Writing], object]) -> None:
        lock = self.log._file._threads.lock
        try:
            with suppress(LogError, ZeroDivisionError):
                if number == self._interrupted:
                    act = functools.partial(self._write, number, work)
                    self.is_longer = interrupted_at(self._moment, lambda: _said_of(act), KEEPS)
                else:
                    self._write(number, work)
        finally:
            self.ended += 1
            self._inside.set()
            if lock._is_owned():  # type: ignore[attr-defined]
                self.is_stuck = True  # between taking a lock and knowing of it, where Python looks for no signal
                lock.release()


@pytest.mark.parametrize("second_fails", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["writes", "fails"])
@pytest.mark.parametrize("interrupted", [0, 1], ids=["who leaves", "who comes"])
def test_wherever_one_of_two_is_interrupted_the_other_is_told_what_is_so_and_nobody_hangs(
    tmp_path: Path, interrupted: int, second_fails: bool
) -> None:
    path, moment, stuck = tmp_path / "borough.db", 0, 0
    works = [writes("A"), fails(writes("B")) if second_fails else writes("B")]
    there, is_longer = {"A": 0, "B": 0}, True
    while is_longer:
        moment += 1
        with SqliteLog(path, patience=0.5, as_it_is=True) as log:
            two = Two(log, works, interrupted=interrupted, moment=moment)
            for case_id, is_safe in zip(there, two.is_safe, strict=True):
                before, there[case_id] = there[case_id], log.head(case_id).version
                assert there[case_id] > before or not is_safe, f"lost by an interrupt at moment {moment}"
            is_longer, log._file._sqlite.patience = two.is_longer, 0.02
            stuck += two.is_stuck or _said_of(functools.partial(record, log, "D-1")) != "is safe"
    with SqliteLog(path) as log:
        assert verify(log.records(), log_id=log.log_id).size == log.size()
    assert moment > 20 and not stuck and (there["B"] == 0) == second_fails


MAY_DELETE = """
import fcntl, os, struct, sys
from frontdoor.log import hold
file = os.open(sys.argv[1], os.O_RDWR)
try:
    fcntl.fcntl(file, fcntl.F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, hold._SHARED, hold._SHARED_BYTES, 0))
except BlockingIOError:
    sys.exit(0)
sys.exit("it could be taken for nobody's")
"""


@needs_locks_of_a_file
def test_wherever_it_is_interrupted_when_it_is_opened_it_is_not_used_without_a_lock_of_its_own(tmp_path: Path) -> None:
    moment, is_longer = 0, True
    while is_longer:
        moment += 1
        path = tmp_path / f"{moment}.db"
        SqliteLog(path).close()
        is_longer = interrupted_at(moment, functools.partial(Hold.take, str(path)), KEEPS)
        with SqliteLog(path):
            path.read_bytes()  # which takes SQLite's own
            found = subprocess.run([sys.executable, "-c", MAY_DELETE, path], cwd=ROOT, capture_output=True, text=True)
        assert found.returncode == 0, found.stderr
    assert moment > 5


class Before:
    """A thread that writes, and waits in its transaction for one that is to be interrupted; and, if they are to come, one that
    begins once that is in its own."""

    def __init__(self, log: SqliteLog, *, others_come: bool) -> None:
        self.log, self.said = log, dict[str, str]()
        self._is_begun = self._may_come = self.is_over = False
        works = [("before", self._be_first), ("after", self._come)][: 1 + others_come]
        self._threads = [threading.Thread(target=self._run, args=work, daemon=True) for work in works]
        for thread in self._threads:
            thread.start()
        until(lambda: self._is_begun)

    def _run(self, name: str, work: Callable[[], object]) -> None:
        self.said[name] = _said_of(work)

    def _be_first(self) -> None:
        with self.log.writing() as writing:
            writing.append([a_draft("B-1", event_id="before")])
            self._is_begun = True
            until(lambda: bool(self.log._file._threads.coming) or self.is_over)

    def _come(self) -> None:
        until(lambda: self._may_come)
        record(self.log, "D-1", event_id="after")

    def act(self) -> None:
        """Write between the two."""
        with self.log.writing() as writing:
            writing.append([a_draft("C-1", event_id="interrupted")])
            self._may_come = True
            until(lambda: bool(self.log._file._threads.coming) or len(self._threads) == 1)

    def end(self) -> None:
        self._may_come = self.is_over = True
        for thread in self._threads:
            thread.join(10)
        assert len(self.said) == len(self._threads), "somebody waits for ever"


@pytest.mark.parametrize("others_come", [False, True], ids=["the last of them", "in the middle of them"])
def test_whoever_is_interrupted_of_those_that_are_committed_together_leaves_none_of_them_waiting(
    tmp_path: Path, others_come: bool
) -> None:
    moment, is_longer = 0, True
    while is_longer:
        moment += 1
        with SqliteLog(tmp_path / f"{moment}.db") as log:
            others = Before(log, others_come=others_come)
            is_longer = interrupted_at(moment, others.act, (*KEEPS, "threading.py"))
            others.end()
            for name, said in others.said.items():
                assert said == "is safe" or "was interrupted, and it cannot be told" in said
                assert log.find(name) or said != "is safe"
    assert moment > 20


def _said_of(work: Callable[[], object]) -> str:
    try:
        work()
    except Busy:
        return "busy"
    except LogError as error:
        return str(error)
    except ZeroDivisionError:
        return "refused"
    return "is safe"


SIGNALLED = """
import random, signal, sys, threading, time
from frontdoor import SqliteLog
from frontdoor.errors import LogError
from frontdoor.log.checkpoint import verify
from frontdoor.testing.conformance import a_draft

class Interrupted(BaseException): pass

def interrupt(*_):
    if is_recording:
        raise Interrupted

def work(name):
    while not is_over.is_set():
        draft = a_draft(name)
        try:
            with log.writing() as writing:
                writing.append([draft])
            safe.append(draft.event_id)
        except LogError as error:
            assert "was interrupted" in str(error), error

log, safe, undone, hits, is_over = SqliteLog(sys.argv[1], patience=10), [], [], 0, threading.Event()
is_recording, chance = False, random.Random(7)
signal.signal(signal.SIGALRM, interrupt)
threads = [threading.Thread(target=work, args=(f"W-{n}",)) for n in range(3)]
for thread in threads:
    thread.start()
while hits < 1000:
    draft, fails = a_draft("M"), chance.random() < 0.3
    try:
        is_recording = True
        signal.setitimer(signal.ITIMER_REAL, 1e-5 + 0.002 * chance.random())
        with log.writing() as writing:
            writing.append([draft])
            if fails:
                raise ZeroDivisionError
        is_recording = False
        safe.append(draft.event_id)
    except Interrupted:
        is_recording, hits = False, hits + 1
        undone += [draft.event_id] * fails
    except (ZeroDivisionError, LogError):
        is_recording = False
        undone += [draft.event_id] * fails
is_over.set()
for thread in threads:
    thread.join()
there = {event.event_id for event in log.follow()}
assert there.issuperset(safe) and there.isdisjoint(undone)
print(verify(log.records(), log_id=log.log_id).size == log.size())
log.close()
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no timer that interrupts")
def test_a_thousand_interrupts_at_any_moment_lose_nothing_and_stop_nobody(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SIGNALLED, path], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.stdout == "True\n", done.stderr


STANDS = """
import fcntl, os, struct, sys
from frontdoor.log import hold
file = os.open(sys.argv[1], os.O_RDWR)
fcntl.fcntl(file, fcntl.F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, hold._QUEUE + int(sys.argv[2]), 1, 0))
print("stands", flush=True)
sys.stdin.read()
"""


@needs_locks_of_a_file
@pytest.mark.parametrize("place", [0, 3])
def test_a_process_that_was_stopped_in_the_queue_stops_nobody_else(path: Path, place: int) -> None:
    with SqliteLog(path, patience=0.4) as log:
        stopped = subprocess.Popen(
            [sys.executable, "-c", STANDS, path, str(place)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )  # fmt: skip
        try:
            assert stopped.stdout is not None and stopped.stdout.readline() == "stands\n"
            record(log, "C-1")
            record(log, "C-2")
        finally:
            stopped.communicate()
        assert log.size() == 2


def test_who_would_wait_for_ever_may_say_so(path: Path) -> None:
    with SqliteLog(path, patience=float("inf")) as log:
        assert record(log, "C-1").position == 1
