"""The work of a simulated desk: what waits and how long, when contacts come, how busy people are and what they hold."""

from __future__ import annotations

__all__ = ["BUSY", "Heat", "backlogs", "heats", "holding", "utilisation", "waiting"]

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import attrs

from frontdoor.moment import in_words
from frontdoor.report.html import charts, graphs
from frontdoor.report.html.charts import Bin
from frontdoor.report.html.graphs import Span
from frontdoor.report.html.simulated_parts import Card, Table, average, between, hours, percent, team
from frontdoor.simulation.estimates import Band
from frontdoor.simulation.results import Queue, Results

_BARS = 15
BUSY = 0.95
"""The share of the time above which no average of a queue can be trusted."""


@attrs.frozen
class Heat:
    """How much comes when: by hour and day of the week, each cell with its number and how dark it is, from 0 to 5."""

    title: str
    most: str
    rows: tuple[tuple[str, tuple[tuple[str, int], ...]], ...]


# ---- what waits, week by week ----


def backlogs(results: Results) -> list[Card]:
    """Each queue that anything left or waited in: how much waited at the daily check, and for how long the oldest had."""
    found = []
    for n, name in enumerate(results.queue_names):
        weeks, heading = results.weeks(n), team(results, name)
        if name not in results.queues and not any(one.waiting.high for one in weeks):
            continue
        waiting = [(one.monday, one.waiting) for one in weeks]
        oldest = [(one.monday, _days(one.oldest)) for one in weeks]
        drawings = (
            graphs.queue(f"backlog-{n}", f"Waiting: {heading}", _described(waiting, "waiting"), waiting, "Pieces of work, mean of the week’s checks"),
            graphs.queue(f"oldest-{n}", f"The oldest: {heading}", _described(oldest, "days for the oldest"), oldest, "Days the oldest had waited, worst of the week"),
        )  # fmt: skip
        rows = tuple(
            (f"{monday.day} {monday:%b %Y}", *(f"{value:,.1f}" for each in (one, old) for value in (each.median, each.low, each.high)))
            for (monday, one), (_, old) in zip(waiting, oldest, strict=True)
        )  # fmt: skip
        heads = (
            "Week from",
            "Waiting: half below",
            "1 in 10 below",
            "9 in 10 below",
            "Oldest, days: half below",
            "1 in 10 below",
            "9 in 10 below",
        )
        found.append(Card(heading, (), drawings, table=Table(f"Week by week: {heading}", heads, rows)))
    return found


def _days(one: Band) -> Band:
    return Band(one.median / 24, one.low / 24, one.high / 24)


def _described(weeks: Sequence[tuple[date, Band]], unit: str) -> str:
    if not weeks:
        return "No daily check was made in it."
    monday, most = max(weeks, key=lambda one: one[1].median)
    (_, first), (_, last) = weeks[0], weeks[-1]
    return (
        f"In the middle of the replications {first.median:,.1f} {unit} in the first week, {last.median:,.1f} in the last; the most, "
        f"{most.median:,.1f} ({most.low:,.1f} to {most.high:,.1f} in eight of ten), in the week from {in_words(monday)}."
    )


# ---- waits ----


def waiting(results: Results) -> tuple[list[Card], Table]:
    """How long work waited for each team, by priority."""
    many, priorities = len(results.replications), results.planned.scenario.priorities
    some = priorities if len(priorities) > 1 else ()
    each = [
        (n, team(results, name), [("all", results.queues[name]), *((one, results.queue(n, one)) for one in some)])
        for n, name in enumerate(results.queue_names) if name in results.queues
    ]  # fmt: skip
    longest = max((queue.ninety_fifth or 0 for _, _, queues in each for _, queue in queues), default=0)
    cards, rows = [], []
    for n, heading, queues in each:
        there = [(priority, queue) for priority, queue in queues if queue.pieces]
        spans = [Span(p, q.median or 0, q.ninetieth or 0, q.ninety_fifth or 0, q is queues[0][1]) for p, q in there]
        told = "; ".join(
            f"{one.said}: half {hours(one.half)}, nine in ten {hours(one.ninetieth)}, 19 in 20 {hours(one.ninety_fifth)}"
            for one in spans
        )
        drawing = graphs.waits(f"waits-{n}", f"Waits: {heading}", f"In hours. {told}.", spans, longest)
        cards.append(Card(heading, (), (drawing,)))
        rows += [(heading, priority, average(queue.pieces, many), *_waits(queue)) for priority, queue in there]
    heads = ("Team", "Priority", "Pieces of work", "Half", "9 in 10", "19 in 20", "Mean", "95% interval of the mean")
    return cards, Table(
        "Hours that work waited, by team and priority; pieces of one replication, on average", heads, tuple(rows), 2
    )


def _waits(one: Queue) -> tuple[str, ...]:
    """The waits of a queue in which anything waited, in hours."""
    low, high = one.wait.low, one.wait.high
    interval = "." if low is None or high is None else f"{max(0.0, low):,.2f} to {high:,.2f}"
    return *(hours(each) for each in (one.median, one.ninetieth, one.ninety_fifth)), f"{one.wait.mean:,.2f}", interval


# ---- when contacts come ----


def heats(results: Results) -> list[Heat]:
    """When contacts are expected, all of them and each source's."""
    sources = results.planned.scenario.sources
    found = [_heat(results, one.title or name.replace("_", " "), name) for name, one in sources.items()]
    return [_heat(results, "All sources", None), *found] if len(found) > 1 else found


def _heat(results: Results, title: str, source: str | None) -> Heat:
    cells = results.arrivals(source)
    most = max(max(day) for day in cells)
    rows = tuple(
        (f"{hour:02}:00", tuple((f"{day[hour]:.2f}", math.ceil(day[hour] / most * 5) if most else 0) for day in cells))
        for hour in range(24)
    )
    return Heat(title, f"{sum(map(sum, cells)):,.1f} a week; the darkest hour has {most:,.2f}", rows)


# ---- how busy, and how many cases are held ----


def utilisation(results: Results) -> Table:
    """The share of the time they are there that each team works."""
    rows = []
    for name, one in results.utilisation.items():
        said = results.planned.scenario.teams[name]
        bar = charts.bar(one.mean, one.low, one.high, BUSY) if one.mean is not None else ""
        rows.append(
            (team(results, name), bar, f"{said.staff:,}", percent(said.absence), percent(one.mean), between(one))
        )
    heads = ("Team", "", "People", "Absent", "At work", "95% interval")
    return Table("Share of the time that they are there in which they work; the notch is at 95%", heads, tuple(rows))


def holding(results: Results) -> list[Card]:
    """Of teams whose workers hold cases: on how many days a worker held how many, beside the cap."""
    found = []
    for n, (name, one) in enumerate(results.planned.scenario.teams.items()):
        days = results.caseloads(name)
        if not any(days) and not one.cap:
            continue
        heading, total = team(results, name), sum(days.values())
        mean, most = sum(held * many for held, many in days.items()) / max(total, 1), max(days, default=0)
        full = sum(many for held, many in days.items() if one.cap is not None and held >= one.cap)
        lines = [f"{mean:.1f} cases a worker on average, {most:,} at most."]
        if one.cap is not None:
            lines.append(
                f"The most that a worker may hold is {one.cap:,}: so many are held on {percent(full / max(total, 1))} of worker-days."
            )
        bins = list(_loads(days, max(most, one.cap or 0)))
        drawing = charts.histogram(
            f"caseload-{n}", f"Cases held: {heading}", " ".join(lines), bins, one.cap, "cases held; bars: worker-days of all replications", limit="cap"
        )  # fmt: skip
        rows = tuple((bar.label, f"{bar.n:,}", percent(bar.n / max(total, 1))) for bar in bins)
        table = Table(f"Cases held: {heading}", ("Cases", "Worker-days, all replications", "Share"), rows)
        found.append(Card(heading, tuple(lines), (drawing,), table=table))
    return found


def _loads(days: Mapping[int, int], most: int) -> Iterator[Bin]:
    """Bars of cases held, none across the cap, where that is the most."""
    step = math.ceil(max(most, 1) / _BARS)
    edges = [-1, *([0] if step == 1 else []), *sorted(range(most, 0, -step))]
    for after, to in zip(edges, edges[1:], strict=False):
        yield Bin(after, to, {"met": sum(n for held, n in days.items() if after < held <= to)})
