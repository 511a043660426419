"""From how many events the compiled kernel is quicker, its loading included, than interpreting: `COMPILE_FROM`.

    python -m tests.benchmarks.crossover

Each size is folded and judged in a process of its own, so that numba is imported and its machine code loaded each time.
"""

from __future__ import annotations

import subprocess
import sys
from statistics import median

try:
    from tests.benchmarks import biglog, measure
except ImportError:  # run as a file
    import biglog
    import measure

_ONE = """
import sys, time
import numpy, polars
from frontdoor.formats import flat_csv
from frontdoor.library import load
from frontdoor.replay import columns, folding
log = columns.lay_out(flat_csv.read(sys.stdin.buffer.read(), "log"), load())
began = time.process_time()
folding.fold(log, compile_from=0 if sys.argv[1] == "compiled" else None)
print(time.process_time() - began)
"""


def one(speed: str, log: bytes) -> float:
    """Processor seconds to fold and judge a log in a fresh process."""
    run = subprocess.run(
        [sys.executable, "-c", _ONE, speed], input=log, stdout=subprocess.PIPE, cwd=measure.ROOT, check=True
    )
    return float(run.stdout)


def main() -> None:
    """Print both costs by size, and where the lines cross."""
    options = measure.options("Where interpreting and compiling cost the same.", events=160_000, runs=5)
    sizes = [options.events // 4, options.events // 2, options.events]
    one("compiled", biglog.text(1_000).encode())  # compile, if this machine has not yet
    costs: dict[str, list[float]] = {"interpreted": [], "compiled": []}
    for size in sizes:
        log = biglog.text(size).encode()
        runs: dict[str, list[float]] = {"interpreted": [], "compiled": []}
        for _ in range(options.runs):
            for speed, times in runs.items():
                times.append(one(speed, log))
        for speed, times in runs.items():
            costs[speed].append(median(times))
        print(f"{size:9,} events: interpreted {costs['interpreted'][-1]:.3f} s, compiled {costs['compiled'][-1]:.3f} s")
    step = {speed: (times[-1] - times[0]) / (sizes[-1] - sizes[0]) for speed, times in costs.items()}
    start = {speed: times[0] - step[speed] * sizes[0] for speed, times in costs.items()}
    for speed in costs:
        print(f"{speed}: {start[speed]:.3f} s and {step[speed] * 1e6:.2f} us an event")
    crossing = (start["compiled"] - start["interpreted"]) / (step["interpreted"] - step["compiled"])
    print(f"compiling is quicker from {max(0, round(crossing, -3)):,.0f} events")
    last = {speed: times[-1] for speed, times in costs.items()}
    measure.ratio(f"compiled at {sizes[-1]:,} events", last["compiled"], last["interpreted"], 1, "s", "interpreted")


if __name__ == "__main__":
    main()
