"""What a simulation came to, for people."""

from __future__ import annotations

__all__ = ["show", "show_steps"]

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from frontdoor.report.words import count
from frontdoor.simulation.estimates import Estimate
from frontdoor.simulation.experiments import Step, Target, gain
from frontdoor.simulation.results import Results

if TYPE_CHECKING:
    from rich.console import Console


def show(results: Results, notes: Sequence[str], console: Console) -> None:
    """Print it."""
    from rich.table import Table
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
    console.print(
        Text(f"{contacts:,.0f} contacts came in it{', on average' if many > 1 else ''}. In brackets: the 95% interval.")
    )
    console.print()
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
    console.print()
    table = Table(
        "Team",
        "work",
        "mean wait, hours",
        "half",
        "nine in ten",
        "19 in 20",
        "waiting",
        "busy",
        box=None,
        pad_edge=False,
    )
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
    for note in notes:
        console.print(Text(f"- {note}"))


def show_steps(path: str, steps: Sequence[Step], target: Target | None, found: Any, console: Console) -> None:
    """Print what a varied value came to, and of a target the least value that reaches it."""
    from rich.table import Table
    from rich.text import Text

    first = steps[0].results
    timers = {target.timer: target.priority} if target else dict.fromkeys(first.timers)
    many = len(first.replications)
    console.print(
        Text(
            f"{first.planned.scenario.title}: {path} varied, {count(many, 'replication')} each, seed {first.seed}",
            style="bold",
        )
    )
    table = Table(
        path,
        *(f"{name}{f', {priority}' if priority else ''}" for name, priority in timers.items()),
        "busiest",
        box=None,
        pad_edge=False,
    )
    for column in table.columns[1:]:
        column.justify = "right"
    for step in steps:
        busiest = max(step.results.utilisation.items(), key=lambda one: one[1].mean or 0)
        shares = (_share(step.results.timer(name, priority).in_time) for name, priority in timers.items())
        table.add_row(str(step.value), *shares, f"{busiest[0]} {_percent(busiest[1].mean)}")
    console.print(table)
    console.print(Text("The share in time, in brackets its 95% interval.", style="dim"))
    for before, after in zip(steps, steps[1:], strict=False):
        gains = []
        for name, priority in timers.items():
            one = gain(name, before.results, after.results, priority)
            if one.mean is not None and (abs(one.mean) >= 0.0005 or target):
                interval = (
                    f" ({one.low:+.1%} to {one.high:+.1%})" if one.low is not None and one.high is not None else ""
                )
                gains.append(f"{name} {one.mean:+.1%}{interval}")
        if gains:
            console.print(Text(f"From {before.value} to {after.value}: {'; '.join(gains)}"))
    if target:
        least = (
            f"{path}={found} is the least of these values with which"
            if found is not None
            else "With none of these values is"
        )
        end = (
            "even the lower end of the interval reaches it."
            if found is not None
            else "the lower end of the interval that high."
        )
        console.print(Text(f"{target}: {least} {end}", style="bold"))
    for note in dict.fromkeys(f"{path}={step.value}: {note}" for step in steps for note in step.simulation.notes):
        console.print(Text(f"- {note}"))


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
