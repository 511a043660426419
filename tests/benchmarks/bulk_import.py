"""What bringing a flat event log into a log costs, beside executemany of the same rows into the same schema.

    python -m tests.benchmarks.bulk_import

The rows are those that the import wrote: of events and of what stands beside them, in the order in which they stand in
the tables, and in as many transactions. The peer only writes them, into a log that is as empty, triggers and all.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from frontdoor import Desk, SimulatedClock, SqliteLog, load, read
from frontdoor.desk.importing import bring_in, look_over

try:
    from tests.benchmarks import biglog, disk, measure
except ImportError:  # run as a file
    import biglog  # type: ignore[no-redef]
    import disk  # type: ignore[no-redef]
    import measure  # type: ignore[no-redef]

LIMIT = 0.4
CLOCK = SimulatedClock(datetime(2026, 1, 5, 9, tzinfo=UTC))
TABLES = ("events", "episodes_now", "deadlines_now")
BATCH = 2_000
"""Rows that the peer inserts in one transaction."""


def imported(file: Path, log: Path, library) -> dict[str, float]:
    """Seconds that it takes to read a file, to look it over, and to bring it into an empty log."""
    laps = [time.perf_counter()]
    source = read(file)
    laps.append(time.perf_counter())
    with Desk(SqliteLog(log), clock=CLOCK, library=library) as desk:
        looked = look_over(desk, source)
        laps.append(time.perf_counter())
        bring_in(desk, looked, actor="import", role="system", despite="as it was", leave_out=True)
    laps.append(time.perf_counter())
    return dict(zip(("read", "look", "write"), (b - a for a, b in zip(laps, laps[1:], strict=False)), strict=True))


def raw(log: Path, empty: Path, tables) -> float:
    shutil.copy(empty, log)
    began = time.perf_counter()
    with sqlite3.connect(log, isolation_level=None) as db:
        db.execute("PRAGMA synchronous = FULL")
        for table, rows in tables.items():
            sql = f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})"
            for start in range(0, len(rows), BATCH):
                db.execute("BEGIN IMMEDIATE")
                db.executemany(sql, rows[start : start + BATCH])
                db.execute("COMMIT")
    db.close()
    return time.perf_counter() - began


def main() -> None:
    options = measure.options("What a bulk import costs.", events=20_000, runs=3)
    library = load()
    with tempfile.TemporaryDirectory() as folder_:
        folder = Path(folder_)
        file = folder / "big.csv"
        file.write_text(biglog.text(options.events), encoding="utf-8")
        empty = folder / "empty.db"
        SqliteLog(empty).close()
        costs = []
        for run in range(options.runs):
            log = folder / f"{run}.db"
            cost = imported(file, log, library)
            with sqlite3.connect(log) as db:
                tables = {name: db.execute(f"SELECT * FROM {name}").fetchall() for name in TABLES}
            cost["raw"] = raw(folder / f"raw{run}.db", empty, tables)
            costs.append(cost)
    mid = {name: median(cost[name] for cost in costs) for name in costs[0]}
    total = mid["read"] + mid["look"] + mid["write"]
    peer = options.events / mid["raw"]
    measure.rate("import, the reading of the file included", options.events / total, peer, LIMIT, "executemany")
    measure.rate("import", options.events / (mid["look"] + mid["write"]), peer, LIMIT, "executemany")
    disk.say_sync()


if __name__ == "__main__":
    main()
