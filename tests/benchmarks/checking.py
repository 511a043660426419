"""What a check costs when a hundred deadlines have run out among 200,000 that run, beside a hundred among 2,000; and when
10,000 have run out at once, beside 1,000.

    python -m tests.benchmarks.checking

In both logs conferences were requested for children who moved in: a hundred on each of some days, all others on the last.
Three weeks later both are checked day by day, one after the other: each time a hundred breaches are raised. After a silence
of three weeks all run out at once.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from frontdoor import Desk, SimulatedClock, SqliteLog

try:
    from tests.benchmarks import copies, disk, measure
except ImportError:  # run as a file
    import copies  # type: ignore[no-redef]
    import disk  # type: ignore[no-redef]
    import measure  # type: ignore[no-redef]

LIMIT, AT_ONCE_LIMIT = 1.5, 12
DUE, FEW = 100, 2_000


def morning(day: int) -> datetime:
    """Nine o'clock on a working day, counted from a Monday."""
    return datetime(2024, 1, 8, 9, tzinfo=UTC) + timedelta(days=day + day // 5 * 2)


@contextmanager
def opened(path: Path, running: int, days: int) -> Iterator[tuple[Desk, SimulatedClock]]:
    """A desk over a log with so many deadlines that run, of which a hundred run out on each of the days; and its clock."""
    clock, details = SimulatedClock(morning(0)), {"from_authority": "Camden"}
    with Desk(SqliteLog(path), clock=clock) as desk:
        for day in range(days + 1):
            clock.set(morning(day))
            desk.record(f"C-{day}", "transfer_in_conference.request", actor="chair-1", role="chair", details=details)
        for day in range(days + 1):
            copies.copy(path, f"C-{day}", (DUE if day < days else running - days * DUE) - 1)
        yield desk, clock


def at_once(path: Path, due: int) -> float:
    """Milliseconds of a check when so many deadlines have run out since the one before."""
    with opened(path, due, 0) as (desk, clock):
        clock.set(morning(22))
        began = time.perf_counter()
        found = desk.check()
        lasted = time.perf_counter() - began
        assert len(found) == due
        return lasted * 1000


def main() -> None:
    """Milliseconds a check on the wall, in one process, taking turns; the first check of each is to warm."""
    options = measure.options("What a check costs.", events=200_000, runs=9)
    sizes, days = (FEW, max(options.events, FEW)), min(options.runs, 12) + 1
    took: tuple[list[float], list[float]] = [], []
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        desks = [
            stack.enter_context(opened(Path(folder) / f"{place}.db", size, days)) for place, size in enumerate(sizes)
        ]
        for day in range(days):
            for times, (desk, clock) in zip(took, desks, strict=True):
                clock.set(morning(day) + timedelta(days=22))
                began = time.perf_counter()
                found = desk.check()
                lasted = time.perf_counter() - began
                assert len(found) == DUE
                if day:
                    times.append(lasted * 1000)
    few, many = map(median, took)
    measure.ratio(f"{DUE} due among {sizes[1]:,}", many, few, LIMIT, "ms", f"{DUE} due among {FEW:,}")
    tenfold: tuple[list[float], list[float]] = [], []
    with tempfile.TemporaryDirectory() as folder:
        for run in range(min(options.runs, 3) + 1):
            for times, due in zip(tenfold, (options.events // 200, options.events // 20), strict=True):
                lasted = at_once(Path(folder) / f"{run}-{due}.db", due)
                if run:
                    times.append(lasted)
    one, ten = map(median, tenfold)
    named = f"{options.events // 200:,} due at once"
    measure.ratio(f"{options.events // 20:,} due at once", ten, one, AT_ONCE_LIMIT, "ms", named)
    disk.say_sync()


if __name__ == "__main__":
    main()
