"""What replaying prepared events costs: the kernel, beside a transitions Machine and pm4py's token replay of the same events.

    python -m tests.benchmarks.replay --pm4py /path/to/an/environment/bin/python

The kernel checks legality, starts, stops and judges every clock; the machine checks legality alone, an episode a light
model; pm4py replays the same cases, legality alone, on a Petri net mined from a part of them. pm4py lives in an environment of its own,
for its licence is not one that this project may depend on; without `--pm4py` it is left out, and a line says so.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy
from transitions import MachineError

from frontdoor import fast, load
from frontdoor.book import grow, new_book
from frontdoor.formats import flat_csv
from frontdoor.machine import machine
from frontdoor.moment import bounds
from frontdoor.replay import folding
from frontdoor.replay.columns import Log, lay_out
from frontdoor.rules import Rules

try:
    from tests.benchmarks import biglog, measure
except ImportError:  # run as a file
    import biglog
    import measure

MACHINE_LIMIT, PM4PY_LIMIT = 30, 60

_PM4PY = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import pandas, pm4py
from pm4py.algo.conformance.tokenreplay import algorithm as replay
frame = pandas.DataFrame(json.load(open(sys.argv[1])), columns=["case:concept:name", "concept:name", "time:timestamp"])
frame["time:timestamp"] = pandas.to_datetime(frame["time:timestamp"], unit="us", utc=True)
log = pm4py.convert_to_event_log(frame)
some = frame[frame["case:concept:name"].isin(frame["case:concept:name"].unique()[:2000])]
net, first, last = pm4py.discover_petri_net_inductive(some, noise_threshold=0.2)
times = []
for _ in range(int(sys.argv[2]) + 1):
    began = time.process_time()
    replay.apply(log, net, first, last, parameters={"show_progress_bar": False})
    times.append(time.process_time() - began)
times = sorted(times[1:])
print(times[len(times) // 2])
"""


class _Model:
    """What a machine moves: an episode's state and nothing else."""

    __slots__ = ("state",)


def by_kernel(log: Log) -> Callable[[], None]:
    """Every event's legality and every clock's verdict, over columns that are prepared."""
    arrays = (one if isinstance(one, int) else numpy.asarray(one, "int64") for one in log.compiled.rules)
    speed, rules, events = fast.compiled(), Rules(*arrays), log.events
    rows, (at, at_day) = log.rows.height, bounds(log.as_at)[1::2]

    def loop() -> None:
        book, row = new_book(rules, rows, rows, like=numpy), 0
        while (row := speed.fold(rules, events, book, row, rows)) < rows:
            book = grow(book)
        verdicts = [numpy.zeros(book.tally[3], "int64") for _ in range(5)]
        speed.judge_all(rules, events, book, at, at_day, *verdicts)

    return loop


def by_machine(log: Log) -> Callable[[], None]:
    """Every episode's transitions, tried on the machine of its workflow."""
    library = log.compiled.library
    machines = {name: machine(library.anywhere(name)) for name in library.names()}
    episodes: dict[int, list[str]] = defaultdict(list)
    folded = folding.fold(log, compile_from=None)
    for episode, transition in zip(folded.rows["episode"], log.rows["transition"], strict=True):
        if episode >= 0 and transition >= 0:
            episodes[episode].append(log.compiled.transitions[transition])
    journeys = [(moves[0].partition(".")[0], [move.partition(".")[2] for move in moves]) for moves in episodes.values()]
    opening = {name: library.anywhere(name).opens_with for name in machines}

    def loop() -> None:
        for name, moves in journeys:
            one, opens = machines[name], opening[name]
            model = _Model()
            model.state = one.initial
            for move in moves:
                if move != opens:
                    try:
                        one.events[move].trigger(model)
                    except (MachineError, KeyError):
                        continue  # illegal: the machine says no more than that

    return loop


def by_pm4py(log: Log, python: str, runs: int) -> float:
    """Processor seconds of pm4py's token replay, in its own environment."""
    rows = [
        (f"c{case}", log.compiled.transitions[transition], at)
        for case, transition, at in log.rows.select("case", "transition", "earliest").iter_rows()
        if transition >= 0
    ]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "events.json"
        file.write_text(json.dumps(rows))
        said = subprocess.run(
            [python, "-c", _PM4PY, str(file), str(runs)], stdout=subprocess.PIPE, check=True, text=True
        )
    return float(said.stdout.strip().splitlines()[-1])


def main() -> None:
    """Microseconds an event of processor time."""
    parser = argparse.ArgumentParser(description="What replaying prepared events costs.")
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--pm4py", metavar="PYTHON", help="the Python of an environment that has pm4py")
    options = parser.parse_args()
    log = lay_out(flat_csv.read(biglog.text(options.events).encode(), "big.csv"), load())
    costs = measure.loops({"kernel": by_kernel(log), "machine": by_machine(log)}, options.runs)
    each = {name: took / options.events * 1e6 for name, took in costs.items()}
    measure.times("a transitions Machine", each["machine"], each["kernel"], MACHINE_LIMIT, "us an event", "the kernel")
    if options.pm4py is None:
        print("pm4py was not measured: name the Python of an environment that has it with --pm4py", file=sys.stderr)
        return
    took = by_pm4py(log, options.pm4py, options.runs) / options.events * 1e6
    measure.times("pm4py's token replay", took, each["kernel"], PM4PY_LIMIT, "us an event", "the kernel")


if __name__ == "__main__":
    main()
