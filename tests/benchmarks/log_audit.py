"""What an audit of a log of our own costs, with the columns kept beside it and without, beside the same events as CSV.

python -m tests.benchmarks.log_audit
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from pathlib import Path

from frontdoor.formats import frontdoor_log, read, segments

try:
    from tests.benchmarks import biglog, measure
except ImportError:  # run as a file
    import biglog
    import measure

FETCHED = {"rows": 2.5, "columns": 0.6}
"""How many times what fetching the rows takes reading a log may take, by its rows and by the columns kept beside it."""
AUDITED = {"rows": 4, "columns": 1.5}
"""How many times what an audit of CSV takes an audit of a log may take."""
COLD = "import shutil, sys; shutil.rmtree(f'{sys.argv[2]}-columns', True); from frontdoor.cli import main; main()"


def by_rows(log: Path) -> None:
    """Read a log beside which nothing is kept."""
    shutil.rmtree(segments.folder(log), ignore_errors=True)
    frontdoor_log.read(log, "log")


def fetched(log: Path) -> None:
    """Fetch the rows, and nothing more."""
    db = sqlite3.connect(log)
    db.execute("SELECT * FROM events ORDER BY position").fetchall()
    db.close()


def main() -> None:
    """One log and one file of the same events: read in this process, then audited in processes of their own."""
    options = measure.options("What an audit of a log of our own costs.", events=200_000, runs=5)
    with tempfile.TemporaryDirectory() as folder:
        file, log = Path(folder) / "big.csv", Path(folder) / "big.db"
        file.write_text(biglog.text(options.events), encoding="utf-8")
        words = ["import", str(log), str(file), "--despite", "so it was", "--leave-out", "--json"]
        measure.whole_process(["-m", "frontdoor", *words])
        frontdoor_log.read(log, "log")
        kept = sum(one.stat().st_size for one in segments.folder(log).iterdir()) if segments.folder(log).is_dir() else 0
        sizes = (one / 1e6 for one in (log.stat().st_size, kept, file.stat().st_size))
        print("a log of {:.1f} MB, columns of {:.1f} MB beside it, and CSV of {:.1f} MB".format(*sizes), flush=True)
        reading = {
            "columns": lambda: frontdoor_log.read(log, "log"),
            "csv": lambda: read(file),
            "fetchall": lambda: fetched(log),
        }
        took = measure.loops(reading, options.runs) | measure.loops({"rows": lambda: by_rows(log)}, options.runs)
        each = {name: seconds / options.events * 1e6 for name, seconds in took.items()}
        unit = "us an event"
        measure.ratio(
            "reading its rows, and keeping columns",
            each["rows"],
            each["fetchall"],
            FETCHED["rows"],
            unit,
            "sqlite3's fetchall",
        )
        measure.ratio(
            "reading its columns", each["columns"], each["fetchall"], FETCHED["columns"], unit, "sqlite3's fetchall"
        )
        measure.ratio(
            "reading its columns", each["columns"], each["csv"], 1.2, unit, "reading the same events from CSV"
        )
        audits = {
            "of the CSV": ["-m", "frontdoor", "audit", str(file), "--json"],
            "by rows": ["-c", COLD, "audit", str(log), "--json"],
            "by columns": ["-m", "frontdoor", "audit", str(log), "--json"],
        }
        costs = measure.processes(audits, options.runs)
    csv, rows, columns = costs.values()
    for name, cost in costs.items():
        print(f"an audit {name:12} {cost.cpu:6.2f} s of processor time, {cost.wall:6.2f} s on the wall")
    measure.ratio("an audit by rows", rows.cpu, csv.cpu, AUDITED["rows"], "s", "an audit of the CSV")
    measure.ratio("an audit by columns", columns.cpu, csv.cpu, AUDITED["columns"], "s", "an audit of the CSV")


if __name__ == "__main__":
    main()
