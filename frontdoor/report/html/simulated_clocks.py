"""How the clocks of a simulated desk were kept: in time by priority, how likely a target is met, and why they were late."""

from __future__ import annotations

__all__ = ["by_cause", "clocks", "kinds"]

from datetime import date

from frontdoor.report.html import graphs
from frontdoor.report.html.graphs import Dot, Stack
from frontdoor.report.html.opening import titled
from frontdoor.report.html.simulated_parts import Card, Table, average, between, percent, sure, within
from frontdoor.report.html.svg import Svg
from frontdoor.report.setting import KINDS, setter_of
from frontdoor.report.words import all_of, count
from frontdoor.sentences import length
from frontdoor.simulation.results import Results
from frontdoor.simulation.settling import CAUSES


def kinds(results: Results) -> dict[str, tuple[str, str]]:
    """By timer: who set its length (`setting.KINDS`), and how long it is and by whom, under the editions of the period."""
    compiled, said = results.planned.compiled, results.planned.scenario
    library = compiled.library
    laid = {one.file for one in library.locals}
    after = (*library.starts[1:], date.max)
    ran = [n for n, start in enumerate(library.starts) if start <= said.ends and after[n] > said.starts] or [-1]
    found = {}
    for timer in results.timers:
        number, workflow = compiled.timers.index(timer), timer.partition(".")[0]
        there = [n for n in ran if timer.partition(".")[2] in compiled.composed(n).workflows[workflow].timers] or ran
        setters = [setter_of(compiled, laid, n, number, 0) for n in there]
        long = [length(compiled, n, number, 0) for n in there]
        lengths = [f"{one.allowed} {one.unit[:-1] if one.allowed == 1 else one.unit}" for one in long if one.allowed]
        words = all_of(dict.fromkeys(lengths), last="or") if lengths else "no length"
        found[timer] = setters[-1].kind, f"{words}; {all_of(dict.fromkeys(one.said for one in setters))}"
    return found


def clocks(results: Results, period: str) -> tuple[dict[str, list[Card]], tuple[Table, Table]]:
    """Each clock by who set its length, and the figures: in time by priority, and how likely a target is met."""
    said, many = results.planned.scenario, len(results.replications)
    found: dict[str, list[Card]] = {kind: [] for kind in KINDS.values()}
    rows, chances = [], []
    for n, (timer, (kind, set_by)) in enumerate(kinds(results).items()):
        one, heading = results.timers[timer], titled(results.planned.compiled.library, timer)
        every = [
            ("all", one),
            *((name, results.timer(timer, name)) for name in said.priorities if len(said.priorities) > 1),
        ]
        dots = [Dot(name, each.in_time, each is one) for name, each in every]
        told = "; ".join(f"{dot.said}: {sure(dot.share)}" for dot in dots)
        floor = graphs.floor_of(dot.share for dot in dots)
        drawing = graphs.dots(f"in-time-{n}", f"In time: {heading}", f"{heading}. {told}.", dots, floor)
        lines = (
            set_by,
            f"All of it in time in {_of_years(results, timer, 1.0)}; at least 95% in {_of_years(results, timer, 0.95)}.",
        )
        found[KINDS[kind]].append(Card(heading, lines, (drawing,), within(one.in_time)))
        for name, each in every:
            counts = (average(each.counts[status], many) for status in ("met", "late", "overdue"))
            rows.append((heading, name, *counts, percent(each.in_time.mean), between(each.in_time)))
        worst = percent(min(one.by_year)) if one.by_year else "."
        chances.append((heading, *(part for target in (0.95, 1.0) for part in _chance(results, timer, target)), worst))
    ends = ("Met", "Late", "Overdue", "In time", "95% interval")
    return {kind: cards for kind, cards in found.items() if cards}, (
        Table("In time by clock and priority; how many of one replication, on average", ("Clock", "Priority", *ends), tuple(rows), 2),
        Table(f"How likely {period} is to meet a target", ("Clock", "95% in time", "Interval", "All in time", "Interval", "The worst"), tuple(chances)),
    )  # fmt: skip


def _chance(results: Results, timer: str, target: float) -> tuple[str, str]:
    """How likely a target is met, and the interval; of one replication that cannot be told."""
    one = results.timers[timer]
    return (percent(one.chance_of(target)), between(one.chance(target))) if len(one.by_year) > 1 else (".", ".")


def _of_years(results: Results, timer: str, target: float) -> str:
    years = results.timers[timer].by_year
    return f"{sum(one >= target for one in years):,} of {count(len(years), 'replication')}"


# ---- why clocks were late ----

_DRAWN = dict(zip(CAUSES, ("episode", "used", "over"), strict=True))


def by_cause(results: Results) -> tuple[Svg | None, Table]:
    """How many of one replication were late, by what made them so."""
    many, library = len(results.replications), results.planned.compiled.library
    rows, stacks = [], []
    for timer, one in results.timers.items():
        heading, open_ = titled(library, timer), one.counts["overdue"]
        rows.append(
            (
                heading,
                *(average(one.causes[why], many) for why in CAUSES),
                average(open_, many),
                average(sum(one.causes.values()) + open_, many),
            )
        )
        if sum(one.causes.values()) + open_:
            parts = [(_DRAWN[why], n / many) for why, n in one.causes.items()]
            stacks.append(Stack(heading, [*parts, ("bar-overdue", open_ / many)]))
    told = "; ".join(
        f"{row[0]}: {row[1]} arrived late, {row[2]} queued, {row[3]} worked, {row[4]} not done" for row in rows
    )
    drawing = graphs.causes("causes", "Why clocks were late", f"{told}.", stacks) if stacks else None
    return drawing, Table(
        "Late or overdue in one replication, on average",
        ("Clock", *(why.capitalize() for why in CAUSES), "Not done", "In all"),
        tuple(rows),
    )
