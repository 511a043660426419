"""What it costs to verify a log, beside reading the same rows bare and hashing the same bytes once.

    python -m tests.benchmarks.verify

Verifying takes five digests an event: of its details, of itself, of its link, and two of the Merkle tree.
"""

from __future__ import annotations

import hashlib
import sqlite3
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from frontdoor.event import Draft
from frontdoor.log.checkpoint import verify
from frontdoor.log.sqlite import SqliteLog

try:
    from tests.benchmarks import measure
except ImportError:  # run as a file
    import measure  # type: ignore[no-redef]

LIMIT = 4
BATCH = 20_000


def fill(log: SqliteLog, events: int) -> None:
    """Journeys of six events, with details of the usual size."""
    start = datetime(2024, 1, 2, 9, tzinfo=UTC)

    def drafts(first: int) -> Iterator[Draft]:
        for number in range(first, min(events, first + BATCH)):
            at = start + timedelta(minutes=number)
            yield Draft(
                f"C-{number // 6}", "referral.accept", at, at, f"officer-{number % 40}", "social_worker", "referral-1", "",
                {"rationale": "information was shared and seen", "source": "6"}, str(UUID(int=number)), "", "ab" * 32,
            )  # fmt: skip

    for first in range(0, events, BATCH):
        with log.writing() as writing:
            writing.append(list(drafts(first)))


def bare(path: Path) -> None:
    """Read every row, and hash its text."""
    db = sqlite3.connect(path)
    for row in db.execute("SELECT * FROM events ORDER BY position"):
        hashlib.sha256("".join(map(str, row)).encode()).digest()
    db.close()


def main() -> None:
    """One log, verified and read in turn."""
    options = measure.options("What it costs to verify a log.", events=200_000, runs=5)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "borough.db"
        with SqliteLog(path) as log:
            fill(log, options.events)
        with SqliteLog(path, read_only=True) as log:
            cost = measure.loops(
                {"verify": lambda: verify(log.records(), log_id=log.log_id), "bare": lambda: bare(path)}, options.runs
            )
    print(f"{options.events:,} events: {options.events / cost['verify']:,.0f} a second are verified")
    each = {name: seconds / options.events * 1e6 for name, seconds in cost.items()}
    measure.ratio("verify", each["verify"], each["bare"], LIMIT, "us an event", "a bare SELECT and one SHA-256 a row")


if __name__ == "__main__":
    main()
