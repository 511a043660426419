"""What a simulation came to, for people."""

from __future__ import annotations

__all__ = ["show", "show_steps", "value"]

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from frontdoor.report.words import count
from frontdoor.simulation.estimates import Estimate
from frontdoor.simulation.experiments import Step, Target, gain
from frontdoor.simulation.results import Results

if TYPE_CHECKING:
    from rich.console import Console

_NOTHING = 0.0005
"""A step that moves a share by less is not shown."""


def show(results: Results, notes: Sequence[str], console: Console, changes: Mapping[str, Any]) -> None:
    """Print it, with what was changed of its file."""
    from rich.text import Text

    scenario = results.planned.scenario
    many = len(results.replications)
    contacts = sum(sum(one.contacts) for one in results.replications) / many
    console.print(
        Text(
            f"{scenario.title}: {scenario.starts} to {scenario.ends}, {count(many, 'replication')}, seed {results.seed}",
            style="bold",
        )
    )
    _changed(changes, console)
    console.print(
        Text(f"{contacts:,.0f} contacts came in it{', on average' if many > 1 else ''}. In brackets: the 95% interval.")
    )
    console.print()
    _clocks(results, console)
    _causes(results, console)
    console.print()
    _teams(results, console)
    for note in notes:
        console.print(Text(f"- {note}"))


def _clocks(results: Results, console: Console) -> None:
    """How many deadlines of each clock were met, and what share of them in time."""
    from rich.table import Table
    from rich.text import Text

    scenario, many = results.planned.scenario, len(results.replications)
    table = Table("Clock", "met", "late", "overdue", "in time", *scenario.priorities, "worst", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for name, one in results.timers.items():
        by = [_percent(results.timer(name, priority).in_time.mean) for priority in scenario.priorities]
        worst = _percent(min(one.by_year)) if one.by_year else "."
        counts = (f"{one.counts[status] / many:,.0f}" for status in ("met", "late", "overdue"))
        table.add_row(name, *counts, _share(one.in_time), *by, worst)
    console.print(table)
    console.print(
        Text("met, late, overdue: on average, of one replication; worst: in time in the worst of them.", style="dim")
    )


def _causes(results: Results, console: Console) -> None:
    """Why deadlines were met late, where that is known of any."""
    from rich.text import Text

    many = len(results.replications)
    causes = [
        f"{name}: {', '.join(f'{n / many:,.0f} {why}' for why, n in one.causes.items() if n >= many / 2)}"
        for name, one in results.timers.items()
        if max(one.causes.values()) >= many / 2
    ]
    if causes:
        console.print()
        console.print(
            Text("Why those were late: the work came late, waited in a queue, or took too long", style="bold")
        )
        for cause in causes:
            console.print(Text(f"  {cause}"))


def _teams(results: Results, console: Console) -> None:
    """How much work each team had, how long it waited, and how busy they were."""
    from rich.table import Table
    from rich.text import Text

    many = len(results.replications)
    columns = ("Team", "work", "mean wait, hours", "half", "nine in ten", "19 in 20", "waiting", "busy")
    table = Table(*columns, box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for name, queue in results.queues.items():
        busy = _percent(results.utilisation[name].mean) if name in results.utilisation else "."
        table.add_row(
            name, f"{queue.pieces / many:,.0f}", _between(queue.wait), *(_hours(one) for one in (queue.median, queue.ninetieth, queue.ninety_fifth)),
            f"{queue.waiting:,.1f}", busy,
        )  # fmt: skip
    console.print(table)
    console.print(
        Text(
            "Hours as they pass, nights and weekends included; half, nine in ten, 19 in 20 waited no longer than that.",
            style="dim",
        )
    )


def _changed(changes: Mapping[str, Any], console: Console) -> None:
    from rich.text import Text

    if changes:
        said = ", ".join(f"{path}={value(one)}" for path, one in changes.items())
        console.print(Text(f"Changed from the file: {said}."))


def show_steps(
    path: str, steps: Sequence[Step], target: Target | None, found: Any, console: Console, changes: Mapping[str, Any], *,
    own: Any = None, stopped: bool = False,
) -> None:  # fmt: skip
    """Print what each value of a place came to, clock by clock, and of a target the least value that reaches it, unless it was
    stopped before that was known; `own` is the value that the file has there."""
    from rich.text import Text

    first = steps[0].results
    many = count(len(first.replications), "replication")
    heading = f"{first.planned.scenario.title}: {path} varied, {many} each, seed {first.seed}"
    console.print(Text(heading, style="bold"))
    _changed(changes, console)
    if own is not None:
        console.print(Text(f"The file itself has {path}={value(own)}."))
    console.print(Text("In brackets: the 95% interval. The same children come with each value."))
    timers = {target.timer: target.priority} if target else dict.fromkeys(first.timers)
    still = []
    for timer, priority in timers.items():
        shares = [one.results.timer(timer, priority).in_time for one in steps]
        gains = [gain(timer, a.results, b.results, priority) for a, b in zip(steps, steps[1:], strict=False)]
        if target is None and all(abs(one.mean or 0) < _NOTHING for one in gains) and gains:
            still.append(timer)
            continue
        rows = [(value(one.value), _share(share), more) for one, share, more in
                zip(steps, shares, ("", *map(_points, gains)), strict=True)]  # fmt: skip
        _table((f"{timer}{f', {priority}' if priority else ''}", "in time", "points more than before"), rows, console)
    if still:
        console.print()
        console.print(Text(f"No step moves these by {_NOTHING * 100:g} points: {', '.join(still)}."))
    busiest = [max(one.results.utilisation.items(), key=lambda team: team[1].mean or 0) for one in steps]
    busy = [(value(one.value), name, _percent(at.mean)) for one, (name, at) in zip(steps, busiest, strict=True)]
    _table((path, "busiest", "at work"), busy, console)
    console.print()
    if target and stopped:
        console.print(Text(f"{target}: stopped before the least value that reaches it was found.", style="bold"))
    elif target:
        said = f"{path}={value(found)} is the least of these values with which even the lower end of the interval reaches it."
        none = "with none of these values is the lower end of the interval that high."
        console.print(Text(f"{target}: {said if found is not None else none}", style="bold"))
    for note in dict.fromkeys(
        f"{path}={value(step.value)}: {note}" for step in steps for note in step.simulation.notes
    ):
        console.print(Text(f"- {note}"))
    if stopped:
        short = [one for one in steps if one.simulation.stopped]
        ran = [
            f"{path}={value(one.value)} after {count(len(one.results.replications), 'replication')}" for one in short
        ]
        console.print(Text(f"- Stopped{f', {ran[0]}' if ran else ''}: these are the figures of what was run."))


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], console: Console) -> None:
    from rich.table import Table

    table = Table(*heads, box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows:
        table.add_row(*row)
    console.print()
    console.print(table)


def value(one: Any) -> str:
    """A value of a scenario, as its file writes it."""
    return str(one).lower() if isinstance(one, bool) else str(one)


def _points(one: Estimate) -> str:
    if one.mean is None:
        return "."
    mean, low, high = (None if share is None else _signed(share * 100) for share in (one.mean, one.low, one.high))
    return f"{mean} ({low} to {high})" if low and high else f"{mean}"


def _signed(points: float) -> str:
    """With its sign; what is rounded to nothing has none."""
    return "0.0" if abs(points) < 0.05 else f"{points:+.1f}"


def _percent(share: float | None) -> str:
    return "." if share is None else f"{share:.1%}"


def _share(one: Estimate) -> str:
    if one.mean is None:
        return "."
    return (
        f"{one.mean:.1%}" if one.low is None or one.high is None else f"{one.mean:.1%} ({one.low:.1%}-{one.high:.1%})"
    )


def _between(one: Estimate) -> str:
    if one.mean is None:
        return "."
    return (
        f"{one.mean:,.2f}"
        if one.low is None or one.high is None
        else f"{one.mean:,.2f} ({one.low:,.2f}-{one.high:,.2f})"
    )


def _hours(value: float | None) -> str:
    return "." if value is None else f"{value:,.1f}"
