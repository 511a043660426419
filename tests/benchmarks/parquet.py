"""What an audit of millions of events costs from a Parquet file, and of ten times as many: time, and memory.

python -m tests.benchmarks.parquet
"""

from __future__ import annotations

import sys
import tempfile
from datetime import datetime
from pathlib import Path

try:
    from tests.benchmarks import biglog, measure
except ImportError:  # run as a file
    import biglog
    import measure

TIMES, LIMIT, MEMORY = 10, 12, 4
"""How many times as many events; how many times the time they may take, and in how many GiB."""
MOST = 1_000_000
"""Journeys are made for so many events, and then told again of other children."""


def make(file: Path, events: int) -> None:
    """Write a log of so many events."""
    import polars as pl

    once = pl.DataFrame(list(biglog.rows(min(events, MOST))), schema=list(biglog.HEADER), orient="row")
    once = once.with_columns(
        pl.col(name).map_elements(datetime.fromisoformat, pl.Datetime("us")) for name in ("happened_at", "recorded_at")
    )
    parts = (once.lazy().with_columns(pl.col("case_id") + f"-{part}") for part in range(-(-events // MOST)))
    pl.concat(parts).head(events).sink_parquet(file)


def main() -> None:
    """Whole processes, warm; the files are made by others, so that this one stays small."""
    if sys.argv[1:2] == ["make"]:
        return make(Path(sys.argv[2]), int(sys.argv[3]))
    options = measure.options("What an audit of a large Parquet file costs.", events=MOST, runs=3)
    with tempfile.TemporaryDirectory() as folder:
        audits = {}
        for events in (options.events, options.events * TIMES):
            file = f"{folder}/{events}.parquet"
            measure.whole_process([__file__, "make", file, str(events)])
            print(f"{events:,} events, {Path(file).stat().st_size / 1e6:.1f} MB", flush=True)
            audits[f"{events:,} events"] = ["-m", "frontdoor", "audit", file, "-q", "--json"]
        tables = ["--deadlines", f"{folder}/deadlines.csv", "--findings", f"{folder}/findings.csv"]
        audits["both tables of these"] = [*audits[f"{events:,} events"], *tables]
        costs = measure.processes(audits, options.runs)
    for name, cost in costs.items():
        print(f"{name:20} {cost.cpu:6.2f} s of processor time, {cost.wall:6.2f} s on the wall, {cost.memory:,.0f} MiB")
    (few, one), (many, ten), (written, both) = costs.items()
    measure.ratio(many, ten.cpu, one.cpu, LIMIT, "s", few)
    measure.ratio(f"{many}, on the wall", ten.wall, one.wall, LIMIT, "s", few)
    measure.ratio(f"{many}, the most memory held", ten.memory / 1024, MEMORY, 1, "GiB", "what there may be")
    measure.ratio(f"{written}, the most memory held", both.memory / 1024, MEMORY, 1, "GiB", "what there may be")
    return None


if __name__ == "__main__":
    main()
