"""What a borough-year costs: the engine, beside a SimPy model of the same desk; and what ten times as much costs.

    python -m tests.benchmarks.simulation

Both are given the same contacts, priorities, efforts, waits and outcomes, and must say the same of every event: which
contact, what, in which second. The engine asks the kernel of each event and keeps the log and what comes of it; the
model (`simpy_desk`) knows the way of a referral by heart, and keeps a list. Its draws are made beforehand.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from frontdoor.simulation import simulate
from frontdoor.simulation.draws import seed_of
from frontdoor.simulation.planning import plan
from frontdoor.simulation.replication import Floor, speeds

try:
    from tests.benchmarks import measure, simpy_desk
except ImportError:  # run as a file
    import measure
    import simpy_desk

SIMPY_LIMIT, YEARS_LIMIT, TIMES_LIMIT = 40, 12, 13
SEED = 1


def floor_of(days: int, *, times: int = 1, quick: bool = True) -> Floor:
    """A floor for the desk, so many times as large, compiled or interpreted."""
    scenario, library = simpy_desk.desk(days=days, times=times)
    return Floor.of(plan(scenario, library, warm_up=0), speeds(quick=quick))


def beside_simpy(days: int, runs: int) -> None:
    """Milliseconds of processor time for one year."""
    floor = floor_of(days)
    journeys = simpy_desk.journeys(floor.planned, seed_of(SEED, 0))
    rows = floor.replicate(SEED, 0).rows
    if sorted(simpy_desk.rows_of(floor)) != sorted(simpy_desk.FrontDoor(floor.planned, journeys).run()):
        sys.exit("The engine and the SimPy model do not say the same: neither figure would mean anything.")
    print(f"{rows:,} events of {len(journeys):,} contacts: the engine and the SimPy model give each the same second")
    costs = measure.loops(
        {
            "engine": lambda: floor.replicate(SEED, 0),
            "simpy": lambda: simpy_desk.FrontDoor(floor.planned, journeys).run(),
        },
        runs,
    )
    each = {name: took * 1e3 for name, took in costs.items()}
    measure.times("a year in SimPy", each["simpy"], each["engine"], SIMPY_LIMIT, "ms", "compiled, with statistics")
    slow = floor_of(days, quick=False)
    took = measure.loops({"interpreted": lambda: slow.replicate(SEED, 0)}, 1)["interpreted"] * 1e3
    print(f"a year interpreted: {took:.3g} ms, {took / each['simpy']:.1f} times what it takes in SimPy")


def used() -> float:
    """Seconds of processor time of this process and of those it waited for."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


def many_years(days: int, years: int) -> tuple[float, float]:
    """Seconds of processor time, and on the wall, of so many years with their statistics on two new processes."""
    scenario, library = simpy_desk.desk(days=days)
    began, before = time.perf_counter(), used()
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as two:
        simulate(scenario, library, replications=years, seed=SEED, executor=two).results.to_object()
    return used() - before, time.perf_counter() - began


def main() -> None:
    """Beside SimPy; ten times the years; ten times the desk."""
    parser = argparse.ArgumentParser(description="What a borough-year costs.")
    parser.add_argument("--runs", type=int, default=7, help="timed runs of each (default 7)")
    parser.add_argument("--days", type=int, default=366, help="how long a year is (default 366)")
    parser.add_argument("--years", type=int, default=100, help="years, and then ten times as many (default 100)")
    options = parser.parse_args()
    beside_simpy(options.days, options.runs)

    few, many = many_years(options.days, options.years), many_years(options.days, 10 * options.years)
    measure.ratio(
        f"{10 * options.years:,} years on two processes", many[0], few[0], YEARS_LIMIT, "s", f"{options.years:,} years"
    )
    print(f"on the wall: {many[1]:.3g} s; {few[1]:.3g} s; ratio {many[1] / few[1]:.2f}")

    floors = {"one": floor_of(options.days), "ten": floor_of(options.days, times=10)}
    peers = {name: (lambda floor=floor: floor.replicate(SEED, 0)) for name, floor in floors.items()}
    costs = {name: took * 1e3 for name, took in measure.loops(peers, options.runs).items()}
    measure.ratio("ten times the contacts and the staff", costs["ten"], costs["one"], TIMES_LIMIT, "ms", "once")


if __name__ == "__main__":
    main()
