"""What-ifs: one value of a scenario varied, and the least that reaches a target.

Each value is run with the same seed, so that the same children come whatever is varied; what lies between two values is
judged replication by replication, and so more surely than either.
"""

from __future__ import annotations

__all__ = ["Found", "Step", "Target", "find", "gain", "target_of", "vary"]

import re
from collections.abc import Callable, Sequence
from typing import Any

import attrs

from frontdoor.errors import Fault, InputError, did_you_mean
from frontdoor.simulation.estimates import Estimate, estimate
from frontdoor.simulation.planning import Planned
from frontdoor.simulation.results import Results
from frontdoor.simulation.simulating import Simulation

_TARGET = re.compile(r"(\w+\.\w+)(?: (\w+))? in time >= (\d+(?:\.\d+)?)%")

Run = Callable[[Any], Simulation]
"""Runs the scenario with a value."""


@attrs.frozen
class Target:
    """So much of a timer, of one priority or of all, is to be in time."""

    timer: str
    priority: str | None
    share: float

    def __str__(self) -> str:
        of = f" {self.priority}" if self.priority else ""
        return f"{self.timer}{of} in time >= {self.share * 100:.4g}%"

    def reached(self, results: Results) -> Estimate:
        """The share in time."""
        return results.timer(self.timer, self.priority).in_time

    def is_met(self, results: Results) -> bool:
        """Whether even the lower end of its interval is no less than the target."""
        low = self.reached(results).low
        return low is not None and low >= self.share


def target_of(said: str) -> Target:
    """A target as people write it: 'referral.decision in time >= 95%', 'contact.screening urgent in time >= 99%'.

    Raises:
        InputError: it is none.
    """
    found = _TARGET.fullmatch(said.strip())
    if not found or float(found[3]) > 100:
        message = f"{said!r} is no target."
        raise InputError(
            [
                Fault(
                    "--find",
                    "",
                    "wrong-target",
                    message,
                    "Write TIMER in time >= 95%, or TIMER PRIORITY in time >= 95%.",
                )
            ]
        )
    return Target(found[1], found[2], float(found[3]) / 100)


def held_to(target: Target, planned: Planned) -> None:
    """That a scenario has what a target speaks of.

    Raises:
        InputError: it has not.
    """
    faults = []
    for what, name, there in (
        ("timer", target.timer, planned.compiled.timers), ("priority", target.priority, planned.scenario.priorities),
    ):  # fmt: skip
        if name is not None and name not in there:
            faults.append(
                Fault(
                    "--find",
                    "",
                    f"unknown-{what}",
                    f"there is no {what} {name!r}.",
                    did_you_mean(name, list(there)).strip(),
                )
            )
    if faults:
        raise InputError(faults)


@attrs.frozen
class Step:
    """The scenario with one value."""

    value: Any
    simulation: Simulation

    @property
    def results(self) -> Results:
        """What it came to."""
        return self.simulation.results


@attrs.frozen
class Found:
    """What was looked for, and what was run on the way."""

    target: Target
    value: Any
    """The least of the values that reaches the target; None: none does."""
    steps: tuple[Step, ...]
    """Every value that was run, in order."""
    stopped: bool = False
    """Whether it was interrupted before anything was found."""


def vary(values: Sequence[Any], run: Run) -> tuple[Step, ...]:
    """The scenario with each value in turn. An interruption ends it with what is done so far, if that is anything."""
    steps: list[Step] = []
    try:
        for value in values:
            steps.append(Step(value, run(value)))
            if steps[-1].simulation.stopped:
                break
    except KeyboardInterrupt:
        if not steps:
            raise
    return tuple(steps)


def find(target: Target, values: Sequence[Any], run: Run) -> Found:
    """The least of the values, which are in order, that reaches a target, by bisection: more of them is taken to be better.

    The one before it is run, too, so that the step between them can be judged. An interruption ends it as `vary`.
    """
    ran: dict[int, Step] = {}

    def at(place: int) -> bool:
        if place not in ran:
            ran[place] = Step(values[place], run(values[place]))
            held_to(target, ran[place].results.planned)
            if ran[place].simulation.stopped:
                raise KeyboardInterrupt
        return target.is_met(ran[place].results)

    low, high, stopped = 0, len(values), False
    try:
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if at(middle) else (middle + 1, high)
        if low > 0:
            at(low - 1)
    except KeyboardInterrupt:
        if not ran:
            raise
        stopped = True
    value = values[low] if low < len(values) and not stopped else None
    return Found(target, value, tuple(ran[place] for place in sorted(ran)), stopped)


def gain(timer: str, before: Results, after: Results, priority: str | None = None) -> Estimate:
    """By how much more is in time after than before, replication by replication."""
    pairs = zip(before.timer(timer, priority).by_number, after.timer(timer, priority).by_number, strict=False)
    return estimate([b - a for a, b in pairs if a is not None and b is not None])
