"""What showing a case costs in a log of 200,000 events (or `--events 1000000`), beside the same case in one of a thousand.

    python -m tests.benchmarks.showing

A case is looked up in the log, folded, and written as lines of text, as `frontdoor show` does; another case each time.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from frontdoor import Desk, SimulatedClock, SqliteLog
from frontdoor.report.case_text import lines

try:
    from tests.benchmarks import copies, disk, measure
    from tests.benchmarks.record import JOURNEY
except ImportError:  # run as a file
    import copies  # type: ignore[no-redef]
    import disk  # type: ignore[no-redef]
    import measure  # type: ignore[no-redef]
    from record import JOURNEY  # type: ignore[no-redef]

LIMIT = 2
SMALL = 1_000


@contextmanager
def opened(path: Path, events: int) -> Iterator[tuple[Desk, int]]:
    """A desk over a log of about so many events, and how many cases it has: C, C-1, C-2 and so on."""
    clock = SimulatedClock(datetime(2024, 1, 8, 9, tzinfo=UTC))
    with SqliteLog(path) as log:
        desk = Desk(log, clock=clock)
        for event, role, details in JOURNEY:
            clock.advance(timedelta(hours=5))
            desk.record("C", event, actor=role, role=role, details=details)
        times = events // desk.case("C").version
        copies.copy(path, "C", times - 1)
        yield desk, times


def show(desk: Desk, case_id: str) -> str:
    """A case as `frontdoor show` prints it."""
    return "\n".join(lines(desk.case(case_id), library=desk.library, allowed=desk.allowed(case_id)))


def main() -> None:
    """Milliseconds on the wall, in one process, taking turns; the first of each is to warm."""
    options = measure.options("What showing a case costs.", events=200_000, runs=100)
    sizes, rng = (SMALL, max(options.events, SMALL)), random.Random(1)
    took: tuple[list[float], list[float]] = [], []
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        desks = [stack.enter_context(opened(Path(folder) / f"{place}.db", size)) for place, size in enumerate(sizes)]
        for run in range(options.runs + 1):
            for times, (desk, cases) in zip(took, desks, strict=True):
                case_id = f"C-{rng.randrange(1, cases)}"
                began = time.perf_counter()
                show(desk, case_id)
                if run:
                    times.append((time.perf_counter() - began) * 1000)
    small, large = map(median, took)
    measure.ratio(f"show in {sizes[1]:,} events", large, small, LIMIT, "ms", f"in {SMALL:,} events")
    disk.say_sync()


if __name__ == "__main__":
    main()
