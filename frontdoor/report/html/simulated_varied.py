"""What comes of a value of the scenario that was varied: the answer in a sentence, and the figures beside one another."""

from __future__ import annotations

__all__ = ["Varied", "found", "range_of", "steps"]

from collections.abc import Sequence
from typing import Any

import attrs

from frontdoor.report.html import graphs
from frontdoor.report.html.graphs import Dot
from frontdoor.report.html.opening import titled
from frontdoor.report.html.simulated_parts import (
    Card,
    Table,
    between,
    percent,
    points,
    points_between,
    sure,
    team,
    within,
)  # fmt: skip
from frontdoor.report.simulated import value
from frontdoor.report.words import all_of, count
from frontdoor.simulation.estimates import Estimate
from frontdoor.simulation.experiments import Step, Target, gain


@attrs.frozen
class Varied:
    """A value of the scenario that was varied, and what was run with it."""

    path: str
    values: Sequence[Any]
    """All that might have been run, in order."""
    steps: Sequence[Step]
    """Those that were, in order; at least one."""
    target: Target | None = None
    value: Any = None
    """The least that reaches the target; None: none does, or none was named, or it was stopped before it was found."""
    stopped: bool = False
    """Whether it was interrupted before all was run."""

    @property
    def shown(self) -> Step:
        """The one that the page tells in full: the one that was looked for, else the last."""
        return next((one for one in self.steps if self.target and one.value == self.value), self.steps[-1])

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be known of each."""
        notes = [(step.value, note) for step in self.steps for note in step.simulation.notes]
        notes += [
            (step.value, f"stopped after {count(len(step.results.replications), 'replication')}.")
            for step in self.steps
            if step.simulation.stopped
        ]
        return tuple(f"With {self.path} = {value(which)}: {note}" for which, note in notes)


def found(varied: Varied) -> str:
    """What a varied value comes to, in a sentence."""
    target, steps, tried = varied.target, varied.steps, range_of(varied.values)
    if target is None:
        first, last = steps[0], steps[-1]
        timers = [timer for timer in last.results.timers if timer in first.results.timers]
        if len(steps) == 1:
            return f"{varied.path} = {value(last.value)} alone was run."
        if not timers:
            return f"No clock ran both with {varied.path} = {value(first.value)} and with {value(last.value)}."
        ends = {timer: (first.results.timers[timer].in_time, last.results.timers[timer].in_time) for timer in timers}
        most = max(timers, key=lambda timer: abs((ends[timer][1].mean or 0) - (ends[timer][0].mean or 0)))
        heading = titled(last.results.planned.compiled.library, most)
        return (
            f"From {varied.path} = {value(first.value)} to {value(last.value)} most changes for “{heading}”: "
            f"in time {within(ends[most][0])}, then {within(ends[most][1])}."
        )
    library = steps[0].results.planned.compiled.library
    if varied.stopped:
        ran = "; ".join(f"with {value(one.value)}: {sure(target.reached(one.results))}" for one in steps)
        return f"It was stopped before the least of {varied.path} = {tried} was found that brings {target}: {ran}."
    wanted = f"{target.share * 100:.4g}% of “{titled(library, target.timer)}”{f', {target.priority},' if target.priority else ''} in time"
    place = next((n for n, one in enumerate(steps) if varied.value is not None and one.value == varied.value), None)
    if place is None:
        last = steps[-1]
        return f"With none of {varied.path} = {tried} does even the lower end of the interval reach {wanted}; with {value(last.value)}: {sure(target.reached(last.results))}."
    said = (
        f"{varied.path} = {value(varied.value)} is the least of {tried} that brings {wanted}, even by the lower end of its interval: "
        f"{sure(target.reached(steps[place].results))}."
    )
    if place == 0:
        return f"{said} None of them is less."
    before = steps[place - 1]
    more = gain(target.timer, before.results, steps[place].results, target.priority)
    brings = "" if more.mean is None else f"; the step brings {points(more.mean)} points ({points_between(more)})"
    return f"{said} With {value(before.value)}: {sure(target.reached(before.results))}{brings}."


def range_of(values: Sequence[Any]) -> str:
    """Some values, in few words."""
    return (
        f"{value(values[0])} to {value(values[-1])}"
        if len(values) > 3
        else all_of((value(one) for one in values), last="or")
    )


def steps(varied: Varied) -> tuple[list[Card], Table, Table]:
    """In time by value, the clock of the target first; what each step to the next brings; and how busy it leaves people."""
    library, target = varied.steps[0].results.planned.compiled.library, varied.target
    timers = list(dict.fromkeys(timer for step in varied.steps for timer in step.results.timers))
    pairs: list[tuple[str, str | None]] = [(timer, None) for timer in timers]
    if target is not None:
        pairs = [(target.timer, target.priority), *(one for one in pairs if one != (target.timer, target.priority))]
    cards, rows = [], []
    for n, (timer, priority) in enumerate(pairs):
        heading = titled(library, timer) + (f", {priority}" if priority else "")
        ends = [(step, step.results.timer(timer, priority).in_time) for step in varied.steps]
        dots = [Dot(value(step.value), one, step is varied.shown) for step, one in ends]
        aim = target.share if target is not None and n == 0 else None
        told = "; ".join(f"with {dot.said} {sure(dot.share)}" for dot in dots)
        drawing = graphs.dots(
            f"varied-{n}",
            f"In time by {varied.path}: {heading}",
            f"{told}.",
            dots,
            graphs.floor_of(one for _, one in ends),
            aim,
        )
        lines = (f"The dashed line is the target, {percent(aim)}.",) if aim is not None else ()
        cards.append(Card(heading, lines, (drawing,)))
        before: Step | None = None
        for step, one in ends:
            more = Estimate(None) if before is None else gain(timer, before.results, step.results, priority)
            rows.append(
                (heading, value(step.value), percent(one.mean), between(one), points(more.mean), points_between(more))
            )
            before = step
    busy = []
    for step in varied.steps:
        name, one = max(step.results.utilisation.items(), key=lambda item: item[1].mean or 0)
        busy.append(
            (value(step.value), team(step.results, name), f"{len(step.results.replications):,}", percent(one.mean))
        )
    return cards, Table(
        f"In time by {varied.path}, and what each step brings, replication by replication",
        ("Clock", varied.path, "In time", "95% interval", "Points more than before", "95% interval"), tuple(rows), 2,
    ), Table(f"How busy each value of {varied.path} leaves the busiest team", (varied.path, "The busiest team", "Replications", "At work"), tuple(busy), 2)  # fmt: skip
