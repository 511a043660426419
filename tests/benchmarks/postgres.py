"""Commits a second that eight clients of a log in PostgreSQL make together, beside one client alone, where a sync takes 2 ms.

    python -m tests.benchmarks.postgres

Each client is a process that appends one event after another to cases of its own, each in a transaction. Were the log chained
over all cases as it is appended to, eight could commit no more than one: each would have to wait until the other's was on the
disk. A server of its own is started for it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from statistics import median
from typing import TYPE_CHECKING
from uuid import uuid4

from frontdoor import PostgresLog
from frontdoor.event import Draft

if TYPE_CHECKING:
    from tests.postgres import Server

try:
    from tests.benchmarks import disk, measure
except ImportError:  # run as a file
    import disk  # type: ignore[no-redef]
    import measure  # type: ignore[no-redef]

LIMIT = 1.5
SYNC = 0.002
"""Seconds that a sync of the server is made to take."""
CLIENTS = 8


def client(number: str, dsn: str, schema: str, commits: int) -> None:
    """Commit so many events once a line comes in, and say how many seconds that took."""
    with PostgresLog(dsn, schema) as log:
        at = datetime(2024, 3, 4, 12, tzinfo=UTC)
        drafts = [
            Draft(
                f"C-{number}-{turn % 50}",
                "referral.receive",
                at,
                at,
                "ann",
                "manager",
                "r-1",
                "",
                {"source": "6"},
                str(uuid4()),
            )
            for turn in range(commits + 20)
        ]
        for draft in drafts[:20]:
            with log.writing([draft.case_id]) as writing:
                writing.append([draft])
        print("ready", flush=True)
        sys.stdin.readline()
        began = time.perf_counter()
        for draft in drafts[20:]:
            with log.writing([draft.case_id]) as writing:
                writing.append([draft])
        print(time.perf_counter() - began, flush=True)


def rate(server: Server, clients: int, commits: int) -> float:
    """Commits a second of so many clients, each of which makes so many commits."""
    schema = server.new_schema()
    command = [
        sys.executable,
        "-m",
        "tests.benchmarks.postgres",
        "--client",
        server.dsn("case_system"),
        schema,
        str(commits),
    ]
    running = [
        subprocess.Popen(
            [*command, str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=measure.ROOT
        )
        for number in range(clients)
    ]
    for one in running:
        assert one.stdout and one.stdout.readline() == "ready\n"
    began = time.perf_counter()
    for one in running:
        assert one.stdin
        one.stdin.write("\n")
        one.stdin.flush()
    for one in running:
        assert one.stdout and one.stdout.readline()
    took = time.perf_counter() - began
    for one in running:
        one.communicate()
    with PostgresLog(server.dsn("case_system"), schema) as log:
        assert log.size() == clients * (commits + 20)
    return clients * commits / took


def main() -> None:
    """The figures; or, as a client, the work."""
    if sys.argv[1:2] == ["--client"]:
        dsn, schema, commits, number = sys.argv[2:]
        return client(number, dsn, schema, int(commits))
    options = measure.options("What several clients of one log in PostgreSQL commit together.", events=800, runs=3)
    sys.path.insert(0, str(measure.ROOT / "tests"))
    import postgres

    if postgres.programs() is None:
        print(postgres.WANTED)
        return None
    folder = tempfile.mkdtemp()
    os.chmod(folder, 0o755)  # the server runs as another user
    server = postgres.Server(durable=True, environment=disk.slowed(SYNC, folder))
    disk.say_sync(server.folder)
    try:
        found: dict[int, list[float]] = {1: [], CLIENTS: []}
        for _ in range(options.runs):
            for clients, rates in found.items():
                rates.append(rate(server, clients, max(1, options.events // clients)))
    finally:
        server.remove()
        shutil.rmtree(folder)
    measure.rate(f"{CLIENTS} clients", median(found[CLIENTS]), median(found[1]), LIMIT, "one client")
    return None


if __name__ == "__main__":
    main()
