"""Many replications of a scenario, here or on many machines, after a warm-up that is measured where none is given."""

from __future__ import annotations

__all__ = ["Simulation", "measured_warm_up", "simulate"]

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from math import ceil
from statistics import fmean

import attrs

from frontdoor import fast
from frontdoor.errors import count
from frontdoor.formats.source import Source
from frontdoor.library import Library
from frontdoor.moment import in_words
from frontdoor.simulation.caseload import Caseload
from frontdoor.simulation.loads import remarks
from frontdoor.simulation.logbook import log_of
from frontdoor.simulation.planning import Planned, plan
from frontdoor.simulation.replication import MODULES, Floor, Replication, speeds
from frontdoor.simulation.results import Results
from frontdoor.simulation.scenario import Scenario

TASK = 25
"""A task that is handed to a worker is at least so many years long: less would not be worth the way."""
_PILOTS = 5
_LONGEST = 104 * 7
_BUSY = 0.95
_FEWEST, _EVERY = 10, 5


@attrs.frozen
class Simulation:
    """What was run, and what is to be known of it."""

    results: Results
    notes: tuple[str, ...] = ()
    stopped: bool = False
    """Whether it was interrupted before all was done."""
    log: Source | None = None
    """The events of the first replication, where they were asked for."""


def simulate(
    scenario: Scenario, library: Library, *, replications: int = 20, seed: int = 1, executor: Executor | None = None,
    told: Callable[[int], None] | None = None, log: bool = False, precision: float | None = None, caseload: Caseload | None = None,
) -> Simulation:  # fmt: skip
    """Run a scenario so many times; the same seed gives the same numbers on any machine, here or on an `executor`.

    It begins with an empty office that fills before anything is counted, or with a `caseload`: then at the moment of that,
    and if the scenario would end by then, it ends as long after it as the scenario is long.

    With a `precision` it ends earlier, once the share in time of every clock is known to so much either way (0.01: one
    percentage point), looked at after every fifth replication from the tenth on. `told` is called with how many replications are done; with `log` the events of the first are kept. An interruption
    ends it with what is done so far.
    """
    notes = [*scenario.cautions, *remarks(scenario, library)]
    quick = replications > 1 or fast.is_warm(*MODULES)
    warm_up = scenario.warm_up
    if caseload:
        scenario = beginning_with(caseload, scenario)
        notes += caseload.remarks
        notes.append(
            f"It begins on {in_words(scenario.starts)} with {caseload.open:,} open cases of the log, whose own deadlines are not counted here "
            f"(`frontdoor forecast` tells of them), and ends on {in_words(scenario.ends)}."
        )
    elif warm_up is None:
        warm_up, settled = measured_warm_up(scenario, library, seed, quick=quick)
        notes.append(
            f"The office starts empty and fills for {_weeks(warm_up)} before anything is counted: so long it took in {_PILOTS} trial runs "
            "until no more work was open than later." if settled else
            f"The office does not settle within {_LONGEST // 7} weeks: more comes than can be done, so every figure hangs on how long it runs."
        )  # fmt: skip
    elif warm_up == 0:
        notes.append("The office starts empty, with nothing open: that flatters the first months.")
    planned = plan(scenario, library, warm_up=warm_up or 0, caseload=caseload)
    done: list[Replication] = []
    first: list[Source] = []
    stopped = False
    try:
        for one in _replications(planned, seed, range(replications), executor, first if log else None, quick=quick):
            done.append(one)
            if told:
                told(len(done))
            if precision is not None and _is_known(Results(planned, seed, tuple(done)), precision):
                break
    except KeyboardInterrupt:
        stopped = True
    results = Results(planned, seed, tuple(done))
    if precision is not None and not _is_known(results, precision):
        notes.append(
            f"After {count(len(done), 'replication')} not every clock is known to {precision:.2%} either way, as was asked for."
        )
    return Simulation(
        results, (*notes, *_strained(results), *_never_stopped(results)), stopped, first[0] if first else None
    )


def beginning_with(caseload: Caseload, scenario: Scenario) -> Scenario:
    """The scenario from the day of a caseload on."""
    day = caseload.day
    return attrs.evolve(
        scenario, starts=day, ends=scenario.ends if scenario.ends > day else day + (scenario.ends - scenario.starts)
    )


def _replications(
    planned: Planned, seed: int, numbers: range, executor: Executor | None, first: list[Source] | None, *, quick: bool
) -> Iterator[Replication]:
    if executor is None or first is not None:
        floor = Floor.of(planned, speeds(quick=quick))
        for number in numbers:
            one = floor.replicate(seed, number)
            if first is not None and not first:
                first.append(log_of(planned, floor.run, floor.events))
            yield one
            if executor is not None:
                break
    if executor is None:
        return
    numbers = numbers[1:] if first is not None else numbers
    years = (planned.plan.sizes[8] - planned.plan.sizes[7]) / (365 * 86_400)
    wide = max(1, ceil(TASK / years))
    tasks = [numbers[i : i + wide] for i in range(0, len(numbers), wide)]
    waiting = [executor.submit(_task, planned, seed, one, quick) for one in tasks]
    try:
        for task in waiting:
            yield from task.result()
    finally:
        for task in waiting:  # enough is known, or it was interrupted
            task.cancel()


def _task(planned: Planned, seed: int, numbers: range, quick: bool) -> list[Replication]:
    floor = Floor.of(planned, speeds(quick=quick))
    return [floor.replicate(seed, number) for number in numbers]


def measured_warm_up(scenario: Scenario, library: Library, seed: int, *, quick: bool) -> tuple[int, bool]:
    """The days after which an office that started empty is as full as it will be, in whole weeks; and whether it is so at all.

    Of the open work of each week, averaged over trial runs, as many weeks are left out as make the mean of the rest most
    certain (White's marginal standard error rule); half as many again for safety.
    """
    planned = plan(scenario, library, warm_up=_LONGEST)
    floor = Floor.of(planned, speeds(quick=quick))
    pilots = [floor.replicate(seed ^ 0x57A27, number).open_ for number in range(_PILOTS)]
    days = planned.days - 60
    weekly = [fmean(one[day] for one in pilots for day in range(week, week + 7)) for week in range(0, days - 7, 7)]
    best, least = 0, float("inf")
    for cut in range(len(weekly) - 10):
        rest = weekly[cut:]
        mean = fmean(rest)
        error = sum((one - mean) ** 2 for one in rest) / len(rest) ** 2
        if error < least:
            best, least = cut, error
    settled = best < len(weekly) // 2
    weeks = min(_LONGEST // 7, ceil(best * 1.5)) if settled else _LONGEST // 7
    return max(1, weeks) * 7, settled


def _is_known(results: Results, precision: float) -> bool:
    """Whether enough was run for the share in time of every clock to be known so well."""
    many = len(results.replications)
    if many < _FEWEST or many % _EVERY:
        return False
    for one in results.timers.values():
        if (
            one.in_time.low is not None
            and one.in_time.high is not None
            and one.in_time.high - one.in_time.low > 2 * precision
        ):
            return False
    return True


def _weeks(days: int) -> str:
    return f"{days // 7} week{'s' if days // 7 != 1 else ''}"


def _never_stopped(results: Results) -> Iterator[str]:
    for name, one in results.timers.items():
        if one.counts["overdue"] and not any(one.counts[status] for status in ("met", "late", "ended")):
            yield f"{name}: nothing that is done here ever stops this clock; give a task what stops it, or leave its figures aside."


def _strained(results: Results) -> Iterator[str]:
    for team, one in results.utilisation.items():
        if one.mean is not None and one.mean > _BUSY:
            yield (
                f"{team} work {one.mean:.0%} of the time they are there: above {_BUSY:.0%} queues grow long, and no average can be trusted."
            )
