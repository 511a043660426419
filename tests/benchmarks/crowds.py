"""Many writers at one log where a sync takes 2 ms: eight threads beside one, and eight processes beside one another.

    python -m tests.benchmarks.crowds

Threads of one process are committed together; processes take turns. Each writer records contacts for some seconds.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

from frontdoor import Desk, SimulatedClock, SqliteLog

try:
    from tests.benchmarks import disk, measure
except ImportError:  # run as a file
    import disk  # type: ignore[no-redef]
    import measure  # type: ignore[no-redef]

THREADS_LIMIT, EVEN_LIMIT, WAIT_LIMIT = 3, 0.5, 500
SYNC = 0.002
"""Seconds that a sync is made to take."""
MANY = 8


def opened(path: Path) -> Desk:
    """A desk that has recorded once, so that all it needs is loaded."""
    desk = Desk(SqliteLog(path, patience=60), clock=SimulatedClock(datetime(2024, 1, 8, 9, tzinfo=UTC)))
    receive(desk, str(uuid.uuid4()))
    return desk


def receive(desk: Desk, case_id: str) -> None:
    """Record a contact."""
    desk.record(case_id, "contact.receive", actor="officer-1", role="referral_officer", details={"source": "6"})


def writing(desk: Desk, seconds: float) -> tuple[int, float]:
    """How many contacts one writer records in so many seconds, and the longest that one took, in milliseconds."""
    name, count, longest, until = uuid.uuid4(), 0, 0.0, time.perf_counter() + seconds
    while (began := time.perf_counter()) < until:
        receive(desk, f"{name}-{count}")
        count, longest = count + 1, max(longest, time.perf_counter() - began)
    return count, longest * 1000


def threads(path: Path, count: int, seconds: float) -> float:
    """Contacts a second that so many threads of this process record."""
    with opened(path) as desk, disk.slow_syncs(SYNC):
        done: list[int] = []
        running = [threading.Thread(target=lambda: done.append(writing(desk, seconds)[0])) for _ in range(count)]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()
        return sum(done) / seconds


def process(path: Path, seconds: float) -> None:
    """One of several processes: it says that it is ready, waits to be let go, and says what it has done."""
    with opened(path) as desk, disk.slow_syncs(SYNC):
        print("ready", flush=True)
        sys.stdin.readline()
        print(*writing(desk, seconds), flush=True)


def processes(path: Path, count: int, seconds: float) -> list[tuple[int, float]]:
    """What each of so many processes has recorded, and the longest that one of them waited."""
    opened(path).close()
    command = [sys.executable, __file__, "--process", str(path), str(seconds)]
    running = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(count)
    ]
    for one in running:
        assert one.stdout and one.stdout.readline() == "ready\n"
    said = []
    for one in running:
        assert one.stdin
        one.stdin.write("go\n")
        one.stdin.flush()
    for one in running:
        recorded, longest = one.communicate()[0].split()
        said.append((int(recorded), float(longest)))
    return said


def main() -> None:
    """The figures, in processes in which syncs are slowed."""
    if "--process" in sys.argv:
        return process(Path(sys.argv[-2]), float(sys.argv[-1]))
    options = measure.options("Many writers at one log.", runs=5)
    folder = disk.again_with_slow_syncs(__file__)
    if folder is None:
        return disk.say_sync()
    seconds = float(options.runs)
    one = threads(folder / "one.db", 1, seconds)
    eight = threads(folder / "eight.db", MANY, seconds)
    measure.rate(f"{MANY} threads", eight, one, THREADS_LIMIT, "one thread")
    said = processes(folder / "processes.db", MANY, seconds)
    slowest, fastest = min(count for count, _ in said), max(count for count, _ in said)
    measure.rate(f"the slowest of {MANY} processes", slowest / seconds, fastest / seconds, EVEN_LIMIT, "the fastest")
    longest = max(wait for _, wait in said)
    within = "within" if longest <= WAIT_LIMIT else "OVER"
    print(f"longest wait of a process: {longest:.0f} ms, {within} the limit of {WAIT_LIMIT} ms")
    return None


if __name__ == "__main__":
    main()
