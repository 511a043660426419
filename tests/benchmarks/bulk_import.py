"""What bringing a flat event log into a log costs, beside executemany of the same rows into the same schema.

    python -m tests.benchmarks.bulk_import

The peer writes the rows that the import wrote, of events and of what stands beside them, into a log as empty, triggers and
all, in as many transactions, with the same settings of SQLite; somebody else has read, judged and sealed them. Either time
ends when the file is closed.
"""

from __future__ import annotations

import gc
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import NamedTuple

from frontdoor import Desk, Library, SimulatedClock, SqliteLog, load, read
from frontdoor.desk.importing import BATCH, bring_in, look_over

try:
    from tests.benchmarks import biglog, disk, measure
except ImportError:  # run as a file
    import biglog  # type: ignore[no-redef]
    import disk  # type: ignore[no-redef]
    import measure  # type: ignore[no-redef]

LIMIT = 0.5
_CLOCK = SimulatedClock(datetime(2035, 1, 8, 9, tzinfo=UTC))
_TABLES = ("events", "episodes_now", "deadlines_now")


class Took(NamedTuple):
    """Seconds on the wall."""

    reading: float
    looking: float
    recording: float
    inserting: float


def write(file: Path, events: int, library: Library) -> None:
    """A large log without events of no workflow, which no import would take."""
    known = {
        f"{workflow.name}.{name}"
        for composed in library.composed.values()
        for workflow in composed.workflows.values()
        for name in workflow.transitions
    }
    rows = (row for row in biglog.rows(events) if row[1] in known)
    lines = (",".join(cell.replace(",", " and") for cell in row) for row in (biglog.HEADER, *rows))
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def insert(log: Path, tables: Mapping[str, Sequence[tuple[object, ...]]]) -> None:
    """Only write the rows."""
    db = sqlite3.connect(log, isolation_level=None)
    for setting in ("synchronous = FULL", "cache_size = -65536", "wal_autocheckpoint = 4000"):
        db.execute(f"PRAGMA {setting}")
    parts = max(1, len(tables["events"]) // BATCH)
    for part in range(parts):
        db.execute("BEGIN IMMEDIATE")
        for table, rows in tables.items():
            some = rows[len(rows) * part // parts : len(rows) * (part + 1) // parts]
            db.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", some)
        db.execute("COMMIT")
    db.close()


def one(folder: Path, file: Path, library: Library) -> tuple[Took, int]:
    """Import a file into a new log, and insert what that wrote into another; how many events there are."""
    log, other = folder / "borough.db", folder / "other.db"
    SqliteLog(log).close()
    shutil.copy(log, other)
    laps = [time.perf_counter()]
    source = read(file)
    with Desk(SqliteLog(log), clock=_CLOCK, library=library) as desk:
        laps.append(time.perf_counter())
        looked = look_over(desk, source)
        laps.append(time.perf_counter())
        bring_in(desk, looked, actor="import", role="system", despite="so it was")
    laps.append(time.perf_counter())
    del source, looked
    db = sqlite3.connect(log)
    tables = {table: db.execute(f"SELECT * FROM {table}").fetchall() for table in _TABLES}
    db.close()
    gc.collect()
    began = time.perf_counter()
    insert(other, tables)
    return Took(*(after - before for before, after in pairwise(laps)), time.perf_counter() - began), len(
        tables["events"]
    )


def main() -> None:
    """Events a second on the wall, in one process, taking turns."""
    options = measure.options("What a bulk import costs.", events=200_000, runs=1)
    library, took = load(), []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "big.csv"
        write(file, options.events, library)
        for run in range(options.runs):
            (Path(folder) / str(run)).mkdir()
            cost, events = one(Path(folder) / str(run), file, library)
            took.append(cost)
    cost = Took(*(median(times) for times in zip(*took, strict=True)))
    peer, per = events / cost.inserting, "executemany of the same rows"
    print(f"{events:,} events")
    measure.rate("recording what was looked over", events / cost.recording, peer, LIMIT, per)
    measure.rate("looking over and recording", events / (cost.looking + cost.recording), peer, LIMIT, per)
    measure.rate("reading the file, too", events / (cost.reading + cost.looking + cost.recording), peer, LIMIT, per)
    disk.say_sync()


if __name__ == "__main__":
    main()
