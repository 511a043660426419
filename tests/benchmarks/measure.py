"""Timing whole processes and loops fairly: peers take turns, and the middle run of several counts."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]


class Cost(NamedTuple):
    """Seconds that a process took: on the wall, and of processor time (user and system, over all its threads); and the most
    memory that it held, in MiB (at least as much as this process, for that is how Linux counts)."""

    wall: float
    cpu: float
    memory: float


def whole_process(arguments: Sequence[str]) -> Cost:
    """Run a Python with these arguments, its output thrown away, and say what it cost.

    The package is that of this folder. Bytecode may be written, so that all but a first run find it.

    Raises:
        RuntimeError: it did not end with status 0.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = str(ROOT)
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    began = time.perf_counter()
    child = os.posix_spawn(sys.executable, [sys.executable, *arguments], environment, file_actions=quiet)
    _, status, used = os.wait4(child, 0)
    wall = time.perf_counter() - began
    if status:
        raise RuntimeError(f"python {' '.join(arguments)} ended with status {os.waitstatus_to_exitcode(status)}")
    memory = used.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    return Cost(wall, used.ru_utime + used.ru_stime, memory)


def processes(peers: Mapping[str, Sequence[str]], runs: int) -> dict[str, Cost]:
    """The median cost of each of several Pythons, run in turn so that a busy machine is busy for all; once to warm."""
    found: dict[str, list[Cost]] = {name: [] for name in peers}
    for run in range(runs + 1):
        for name, arguments in peers.items():
            cost = whole_process(arguments)
            if run:
                found[name].append(cost)
    return {name: Cost(*(median(each) for each in zip(*costs, strict=True))) for name, costs in found.items()}


def loops(peers: Mapping[str, Callable[[], object]], runs: int) -> dict[str, float]:
    """The median processor seconds of each of several functions, called in turn; once to warm."""
    found: dict[str, list[float]] = {name: [] for name in peers}
    for run in range(runs + 1):
        for name, function in peers.items():
            gc.collect()
            gc.disable()
            began = time.process_time()
            function()
            took = time.process_time() - began
            gc.enable()
            if run:
                found[name].append(took)
    return {name: median(times) for name, times in found.items()}


def ratio(what: str, figure: float, peer: float, limit: float, unit: str, per: str) -> None:
    """Print a figure beside that of its peer: the line that a benchmark is read for."""
    times = figure / peer if peer else float("inf")
    verdict = "within" if times <= limit else "OVER"
    print(f"{what}: {figure:.3g} {unit}; {per}: {peer:.3g} {unit}; ratio {times:.2f}, {verdict} the limit of {limit:g}")


def rate(what: str, figure: float, peer: float, limit: float, per: str) -> None:
    """Print a rate, a second, beside that of its peer: it is to be at least so much of it."""
    part = figure / peer
    verdict = "within" if part >= limit else "UNDER"
    print(
        f"{what}: {figure:,.0f} a second; {per}: {peer:,.0f} a second; ratio {part:.2f}, {verdict} the limit of {limit:g} at least"
    )


def options(about: str, *, events: int | None = None, runs: int = 7) -> argparse.Namespace:
    """The command line of a benchmark: `--runs`, and `--events` where its size can be chosen."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--runs", type=int, default=runs, help=f"timed runs of each (default {runs})")
    if events is not None:
        parser.add_argument("--events", type=int, default=events, help=f"events in the log (default {events:,})")
    return parser.parse_args()


def times(what: str, figure: float, ours: float, limit: float, unit: str, per: str) -> None:
    """Print how many times as much something costs as what it is measured by, where it should be many."""
    many = figure / ours if ours else float("inf")
    verdict = "within" if many >= limit else "UNDER"
    print(
        f"{what}: {figure:.3g} {unit}; {per}: {ours:.3g} {unit}; ratio {many:.2f}, {verdict} the limit of {limit:g} at least"
    )
