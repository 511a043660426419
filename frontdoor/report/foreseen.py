"""What a forecast foresees, and how far it can be trusted, for people and as plain values."""

from __future__ import annotations

__all__ = ["as_object", "show"]

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from frontdoor.forecasting import Deadline, Forecast, Score
from frontdoor.moment import in_words
from frontdoor.report.words import count
from frontdoor.simulation.estimates import Estimate, Spread

if TYPE_CHECKING:
    from rich.console import Console

_SHOWN, _LIKELY = 25, 0.05


def as_object(found: Forecast, score: Score | None, notes: Sequence[str]) -> dict[str, Any]:
    """All of it: probabilities from 0 to 1 and what options save, each with the interval in which it lies with 95% confidence;
    numbers missed, with what one in twenty replications lies below (`low`) and above (`high`)."""
    return {
        "at": found.starts.isoformat(), "ends": str(found.ends), "replications": found.replications, "seed": found.seed,
        "deadlines": [
            {"case_id": one.case, "timer": one.timer, "due": one.due, "probability": one.missed.mean, "low": one.missed.low, "high": one.missed.high}
            for one in found.deadlines
        ],
        "late": [{"case_id": one.case, "timer": one.timer, "due": one.due} for one in found.late],
        "uncovered": dict(found.uncovered), "untold": dict(found.untold),
        "later": dict(found.later),
        "missed": {
            "running": {timer: attrs.asdict(one) for timer, one in found.old.items()},
            "new": {timer: attrs.asdict(one) for timer, one in found.new.items()}, "all_new": attrs.asdict(found.all_new),
        },
        "options": [{"what": one.what, "staff": dict(one.staff), "saves": attrs.asdict(one.saves)} for one in found.options],
        "score": _score(score) if score else None,
        "notes": list(notes),
    }  # fmt: skip


def _score(score: Score) -> dict[str, Any]:
    return {
        "moments": [one.isoformat() for one in score.moments], "days": score.days, "forecasts": score.many, "missed": score.missed,
        "left_out": score.left_out, "brier": score.brier, "base_rate": {"brier": score.by_timer, "skill": score.skill},
        "base_rate_by_days_left": {"brier": score.by_days_left, "skill": score.skill_left},
        "bins": [one._asdict() for one in score.bins], "new_held": score.new_held,
    }  # fmt: skip


def show(found: Forecast, score: Score | None, notes: Sequence[str], console: Console) -> None:
    """Print it."""
    from rich.text import Text

    due, later, others = (
        len(found.deadlines),
        sum(found.later.values()),
        sum(found.uncovered.values()) + sum(found.untold.values()),
    )
    console.print(Text(
        f"From {found.starts:%A} {in_words(found.starts)}, {found.starts:%H:%M} to the end of {found.ends:%A} {in_words(found.ends)}: "
        f"{count(due + later + others, 'deadline')} running, {due:,} of them due by then; {len(found.late):,} late already. "
        f"{count(found.replications, 'replication')}, seed {found.seed}.",
        style="bold",
    ))  # fmt: skip
    console.print()
    _deadlines(found.deadlines, console)
    console.print()
    _timers(found, console)
    if found.options:
        console.print()
        _options(found, console)
    if score:
        console.print()
        _trust(score, console)
    for note in (*_remarks(found), *notes):
        console.print(Text(f"- {note}"))


def _deadlines(deadlines: Sequence[Deadline], console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    likely = [one for one in deadlines if (one.missed.mean or 0) >= _LIKELY]
    if not likely:
        console.print(Text(f"None of those due is likely to be missed: each with less than {_LIKELY:.0%}."))
        return
    table = Table("Chance of being missed", "case", "clock", "due", box=None, pad_edge=False)
    for one in likely[:_SHOWN]:
        table.add_row(_percent(one.missed), one.case, one.timer, one.due)
    console.print(table)
    rest = [f"{len(likely) - _SHOWN:,} more from {_LIKELY:.0%} on"] if len(likely) > _SHOWN else []
    rest += [f"{len(deadlines) - len(likely):,} with less than {_LIKELY:.0%}"] if len(deadlines) > len(likely) else []
    if rest:
        console.print(Text(f"And {' and '.join(rest)}.", style="dim"))


def _timers(found: Forecast, console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(
        "Clock", "due", "missed of these", "missed of new ones", "due later", "late already", box=None, pad_edge=False
    )
    for column in table.columns[1:]:
        column.justify = "right"
    due, late = Counter(one.timer for one in found.deadlines), Counter(one.timer for one in found.late)
    for timer in found.planned.compiled.timers:
        if due[timer] or late[timer] or timer in found.new or timer in found.later:
            spreads = (_spread(some[timer]) if timer in some else "." for some in (found.old, found.new))
            table.add_row(timer, f"{due[timer]:,}", *spreads, f"{found.later.get(timer, 0):,}", f"{late[timer]:,}")
    console.print(table)
    console.print(
        Text(
            "missed: on average, and between what in nine of ten replications; new ones: that begin in these days.",
            style="dim",
        )
    )


def _options(found: Forecast, console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    worth = [one for one in found.options if abs(one.saves.mean or 0) >= 0.05]
    if not worth:
        console.print(Text("One more person in any team, or one moved to another, would change nothing of it."))
        return
    table = Table("What a change would save", "deadlines", box=None, pad_edge=False)
    table.columns[1].justify = "right"
    for one in worth:
        table.add_row(one.what, _number(one.saves))
    console.print(table)
    console.print(Text("Fewer missed in these days, of those running and new ones, by the same chances.", style="dim"))


def _trust(score: Score, console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    console.print(Text(
        f"How far to trust it: {count(len(score.moments), 'past forecast')}, {in_words(score.moments[0])} to {in_words(score.moments[-1])}, of "
        f"{count(score.many, 'deadline')}, {score.missed:,} of them missed",
        style="bold",
    ))  # fmt: skip
    table = Table("foretold", "deadlines", "on average", "missed", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for one in score.bins:
        table.add_row(f"{one.low:.0%} to {one.high:.0%}", f"{one.many:,}", f"{one.foretold:.1%}", f"{one.came:.1%}")
    console.print(table)
    for skill, than in (
        (score.skill, "telling for each clock how often it was missed before"),
        (score.skill_left, "the same told apart by the days left"),
    ):
        if skill is not None:
            said = (
                f"{skill:.0%} better than"
                if skill > 0
                else f"{-skill:.0%} worse than"
                if skill < 0
                else "no better than"
            )
            console.print(
                Text(
                    f"Its Brier score (the mean of the squared errors, 0 is perfect), {score.brier:.4f}, is {said} {than}."
                )
            )
    said = f"{score.new_held} of {len(score.moments)}"
    console.print(
        Text(f"The number missed of new ones lay between its ends in {said} of these forecasts; nine of ten should.")
    )
    if score.missed < 20:
        console.print(Text(f"Only {count(score.missed, 'deadline')} missed: too few to tell much by.", style="dim"))
    if score.left_out:
        console.print(
            Text(
                f"{count(score.left_out, 'forecast')} left out: what the deadline counts from was recorded later.",
                style="dim",
            )
        )


def _remarks(found: Forecast) -> Iterator[str]:
    for timer, many in found.uncovered.items():
        yield (
            f"{timer}: {many:,} running of which nobody in the scenario has any work, or of which later work of the kind was done long since: nothing is foreseen of them."
        )
    for timer, many in found.untold.items():
        yield f"{timer}: {many:,} of which the log cannot tell when they are late, or whether they run at all."
    yield (
        "An interval of a probability is that of so few replications alone: how far the scenario is from the desk, it does not know (--score)."
    )


def _percent(one: Estimate) -> str:
    return f"{one.mean or 0:.0%} ({one.low or 0:.0%}-{one.high or 0:.0%})"


def _spread(one: Spread) -> str:
    return f"{one.mean:,.1f} ({one.low:,.0f} to {one.high:,.0f})"


def _number(one: Estimate) -> str:
    if one.mean is None or one.low is None or one.high is None:
        return f"{one.mean or 0:,.1f}"
    return f"{one.mean:,.1f} ({one.low:,.1f} to {one.high:,.1f})"
