"""What one durable `desk.record` costs, beside a bare commit of the same row by sqlite3 where a sync takes 2 ms.

    python -m tests.benchmarks.record

Children's journeys are recorded step by step, from contact to assessment, as one writer does it, some records in a row. What
each of them added to the log is then committed to a bare table of the same columns and indexes, so that the two take turns. And
all is recorded once more in a log whose details are sealed under keys: what that adds to a record, and to the one of each case
that makes its key.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median

from frontdoor import Desk, SimulatedClock, SqliteLog

try:
    from tests.benchmarks import disk, measure
except ImportError:  # run as a file
    import disk  # type: ignore[no-redef]
    import measure  # type: ignore[no-redef]

LIMIT = 0.8
SEALED = 0.6
"""Least share of the pace of records that is left where they are sealed."""
SYNC = 0.002
"""Seconds that a sync is made to take."""
IN_A_ROW = 25
JOURNEY = (
    ("contact.receive", "referral_officer", {"source": "6"}),
    ("contact.refer", "social_worker", {"rationale": "threshold met"}),
    ("referral.acknowledge", "referral_officer", {}),
    ("referral.accept", "manager", {"rationale": "a child in need"}),
    ("referral.feed_back", "referral_officer", {"method": "letter"}),
    ("single_assessment.see_child", "social_worker", {"seen_alone": "yes"}),
    (
        "single_assessment.submit", "social_worker",
        {"child_seen": "yes", "child_views": "heard", "parent_views": "heard", "analysis": "written"},
    ),
    ("single_assessment.sign_off", "manager", {"outcome": "child in need plan"}),
)  # fmt: skip


def bare_copy(log: Path, path: Path) -> sqlite3.Connection:
    """An empty table of events with the columns and indexes of a log, and nothing beside it."""
    with sqlite3.connect(log) as source:
        made = source.execute(
            "SELECT sql FROM sqlite_master WHERE tbl_name = 'events' AND type IN ('table', 'index') AND sql IS NOT NULL"
        ).fetchall()
    bare = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "wal_autocheckpoint = 4000"):
        bare.execute(f"PRAGMA {pragma}")
    for (sql,) in made:
        bare.execute(sql)
    return bare


def commit(bare: sqlite3.Connection, rows: Sequence[tuple[object, ...]]) -> None:
    """Insert what one record added, and commit."""
    bare.execute("BEGIN IMMEDIATE")
    bare.executemany(f"INSERT INTO events VALUES ({', '.join('?' * len(rows[0]))})", rows)
    bare.execute("COMMIT")


def main() -> None:
    """The figures, in a process in which syncs are counted and slowed."""
    options = measure.options("What one durable record costs.", events=800)
    folder = disk.again_with_slow_syncs(__file__)
    if folder is None:
        return disk.say_sync()
    clock, path = SimulatedClock(datetime(2024, 1, 8, 9, tzinfo=UTC)), folder / "borough.db"
    took: dict[str, list[float]] = {"record": [], "commit": [], "sealed": [], "key made": []}
    syncs: list[int] = []

    def timed(what: str, work: Callable[[], object]) -> None:
        before, began = disk.syncs(), time.perf_counter()
        work()
        took[what].append(time.perf_counter() - began)
        if what == "record":
            syncs.append(disk.syncs() - before)

    keys = folder / "borough.keys"
    with (
        Desk(SqliteLog(path), clock=clock) as desk,
        Desk(SqliteLog(folder / "sealed.db", keys=keys), clock=clock) as sealing,
        disk.slow_syncs(SYNC),
    ):
        for case in (
            "C-0",
            "C-00",
        ):  # of which the first says that the log is in use, and the second begins FILE-wal anew
            desk.record(case, "contact.receive", actor="officer-1", role="referral_officer", details={"source": "6"})
        bare, reader = bare_copy(path, folder / "bare.db"), sqlite3.connect(path, isolation_level=None)
        for event, role, details in JOURNEY:
            makes_key = event == "contact.refer"  # the first of a case that has words in it
            every = range(max(1, options.events // len(JOURNEY)))
            for numbers in (every[start : start + IN_A_ROW] for start in range(0, len(every), IN_A_ROW)):
                asked = [
                    (f"C-{number + 1}", {"actor": f"{role}-{number}", "role": role, "details": details})
                    for number in numbers
                ]
                places = [desk.log.size()]
                for case, what in asked:
                    clock.advance(timedelta(minutes=1))
                    timed("record", partial(desk.record, case, event, **what))
                    places.append(desk.log.size())
                for after, upto in pairwise(places):
                    rows = reader.execute(
                        "SELECT * FROM events WHERE position > ? AND position <= ? ORDER BY position", (after, upto)
                    ).fetchall()
                    timed("commit", partial(commit, bare, rows))
                for case, what in asked:
                    timed("key made" if makes_key else "sealed", partial(sealing.record, case, event, **what))
        reader.close()
        bare.close()
    more = len(syncs) - syncs.count(1)
    print(f"{len(syncs):,} records: {syncs.count(1):,} took one sync; {more} took more, for a checkpoint of the file")
    record, peer = median(took["record"]), median(took["commit"])
    measure.rate("desk.record", 1 / record, 1 / peer, LIMIT, "a bare commit of the same rows")
    measure.rate("desk.record, sealed", 1 / median(took["sealed"]), 1 / record, SEALED, "desk.record in the open")
    made = median(took["key made"])
    print(
        f"the record that makes the key of a case takes {1000 * made:.3g} ms, {made / record:.1f} times one in the open"
    )
    return None


if __name__ == "__main__":
    main()
