"""What an audit of a large log costs from the command line, beside reading and sorting the same file; and where it goes.

python -m tests.benchmarks.audit
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
from pathlib import Path

try:
    from tests.benchmarks import biglog, measure
except ImportError:  # run as a file
    import biglog
    import measure

LIMIT, TENFOLD_LIMIT, SMALL_LIMIT = 3, 11, 2
SORTED = """
import sys, polars
times = polars.col("happened_at", "recorded_at").str.to_datetime("%Y-%m-%dT%H:%M:%S")
polars.read_csv(sys.argv[1]).with_columns(times).sort("case_id", "happened_at")
"""


def stages(file: str) -> None:
    """Print what each part of an audit takes, in this process, from its first import."""
    began = time.perf_counter()

    def lap(what: str) -> None:
        nonlocal began
        print(f"  {what:44} {(time.perf_counter() - began) * 1000:8.1f} ms", flush=True)
        began = time.perf_counter()

    import numpy  # noqa: F401
    import polars  # noqa: F401

    lap("import polars and numpy")
    from frontdoor import fast
    from frontdoor.formats import read
    from frontdoor.library import load
    from frontdoor.replay import audit as replay
    from frontdoor.replay import folding
    from frontdoor.replay.columns import lay_out

    lap("import frontdoor")
    library = load()
    lap("load the workflows")
    source = read(file)
    lap("read the file")
    log = lay_out(source, library)
    lap("lay it out")
    quick = log.rows.height >= replay.COMPILE_FROM and fast.available()
    if quick:
        fast.compiled()
    lap("import numba" if quick else "(the kernel is interpreted)")
    folded = folding.fold(log, compile_from=replay.COMPILE_FROM)
    lap("fold and judge, machine code loaded" if quick else "fold and judge")
    folding.fold(log, compile_from=replay.COMPILE_FROM)
    lap("fold and judge, a second time")
    audit = replay.Audit(log, library, folded)
    audit.timers  # noqa: B018
    lap("count deadlines")
    audit.rules  # noqa: B018
    lap("count findings")
    audit.episodes  # noqa: B018
    lap("name the episodes")
    audit.deadlines  # noqa: B018
    lap("the table of deadlines")
    audit.findings  # noqa: B018
    lap("the table of findings")
    from rich.console import Console

    from frontdoor.report import summary

    summary.show(audit, Console(file=io.StringIO()))
    lap("show the summary")
    with tempfile.TemporaryDirectory() as folder:
        audit.deadlines.write_csv(Path(folder) / "deadlines.csv")
        audit.findings.write_csv(Path(folder) / "findings.csv")
    lap("write both")


def main() -> None:
    """Whole processes, warm: processor time is the figure, the wall beside it."""
    if sys.argv[1:2] == ["stages"]:
        return stages(sys.argv[2])
    options = measure.options("What an audit of a large log costs.", events=1_000_000, runs=5)
    with tempfile.TemporaryDirectory() as folder:
        sizes = {"big": options.events, "tenth": options.events // 10, "small": min(1_000, options.events), "one": 1}
        files = {name: Path(folder) / f"{name}.csv" for name in sizes}
        for name, events in sizes.items():
            text = biglog.text(max(events, 10))
            files[name].write_text(text if events > 1 else "\n".join(text.splitlines()[:2]), encoding="utf-8")
        big, tables = files["big"], [f"{folder}/deadlines.csv", f"{folder}/findings.csv"]
        print(f"{options.events:,} events, {big.stat().st_size / 1e6:.1f} MB")
        audits = {name: ["-m", "frontdoor", "audit", "-q", str(file)] for name, file in files.items()}
        costs = measure.processes(
            {
                "polars reads and sorts": ["-c", SORTED, str(big)],
                "frontdoor audit": audits["big"],
                "both tables written": [*audits["big"], "--deadlines", tables[0], "--findings", tables[1]],
                "of a tenth": audits["tenth"],
                f"of {sizes['small']:,} events": audits["small"],
                "of one event": audits["one"],
            },
            options.runs,
        )
        for name, cost in costs.items():
            print(f"{name:38} {cost.cpu:6.2f} s of processor time, {cost.wall:6.2f} s on the wall")
        peer, alone, written, tenth, small, one = costs.values()
        per = "polars reading, parsing and sorting it"
        measure.ratio("frontdoor audit", alone.cpu, peer.cpu, LIMIT, "s", per)
        measure.ratio("frontdoor audit, on the wall", alone.wall, peer.wall, LIMIT, "s", per)
        measure.ratio("frontdoor audit, both tables written", written.cpu, peer.cpu, LIMIT, "s", per)
        measure.ratio("ten times the events", alone.cpu, tenth.cpu, TENFOLD_LIMIT, "s", "a tenth of them")
        measure.ratio(f"{sizes['small']:,} events", small.cpu, one.cpu, SMALL_LIMIT, "s", "starting up, for one event")
        print("where the time goes, on the wall:", flush=True)
        stages(str(big))
    return None


if __name__ == "__main__":
    main()
