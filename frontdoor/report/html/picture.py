"""The picture: how each clock was kept, as a distribution beside its percentage."""

from __future__ import annotations

__all__ = ["Kept", "kept"]

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from frontdoor.intervals import wilson
from frontdoor.replay.audit import Audit
from frontdoor.replay.facts import Facts
from frontdoor.replay.measures.measure import Times, times
from frontdoor.report.html import charts
from frontdoor.report.html.charts import Bin
from frontdoor.report.html.measured import figure
from frontdoor.report.html.opening import title
from frontdoor.report.html.svg import Svg
from frontdoor.report.setting import STATUTORY, of_deadlines
from frontdoor.report.words import all_of

if TYPE_CHECKING:
    import polars as pl

_DUE = ("met", "late", "overdue")
_FEWEST = 10
"""Of fewer, nine in ten are all but one, or all."""
_LENGTHS = {"days": 1.0, "weeks": 7.0, "months": 30.44}


@attrs.frozen
class Kept:
    """How one clock with one length was kept."""

    title: str
    timer: str
    basis: str
    kind: str
    """Who set its length (`setting.KINDS`)."""
    setter: str
    """Who did, in words, and how well its source is known: 'a frontdoor default (grade GK)'."""
    allowed: str
    guidance: str
    """The editions under which it ran."""
    counts: Mapping[str, int]
    """How many deadlines of each status: met, late, ended, overdue, running, cannot tell."""
    low: float | None
    high: float | None
    times: Times
    drawing: Svg | None
    bins: Sequence[Bin]
    unit: str

    @property
    def due(self) -> int:
        """Those that were due: met, late or overdue."""
        return sum(self.counts.get(status, 0) for status in _DUE)

    @property
    def in_time(self) -> float | None:
        """The share met in time; None where nothing was due."""
        return self.counts.get("met", 0) / self.due if self.due else None

    @property
    def took(self) -> str:
        """How long it took, in a sentence: 'Of 20 done, half were done within 2 working days, nine in ten within 4; 3 are
        overdue and not done.'"""
        said = []
        if self.times.n:
            median, ninetieth = (_within(value, self.unit) for value in (self.times.median, self.times.ninetieth))
            most = f", nine in ten {ninetieth}" if ninetieth != median else ", and nine in ten"
            most = most if self.times.n >= _FEWEST else ""
            of = f"of the {self.times.n:,} done, half were done {median}{most}"
            said.append(of if self.times.n > 1 else f"the one that was done was done {median}")
        if self.counts.get("overdue"):
            said.append(
                f"{self.counts['overdue']:,} {'is' if self.counts['overdue'] == 1 else 'are'} overdue and not done"
            )
        if self.times.oldest is not None:
            said.append(f"the oldest still open has waited {_many(math.floor(self.times.oldest), self.unit)}")
        return f"{said[0][0].upper()}{'; '.join(said)[1:]}." if said else ""


def _within(value: float | None, unit: str) -> str:
    if not value and unit != "hours":
        return "the same day"
    return f"within {_many(value or 0, unit)}"


def _many(value: float, unit: str) -> str:
    return f"{figure(value)} {unit[:-1] if value == 1 else unit}"


def kept(audit: Audit, found: Facts) -> list[Kept]:
    """How every clock was kept, in the order in which a child meets them; one card for each length it has had."""
    import polars as pl

    lasted = pl.when(pl.col("status").is_in(["overdue", "running"])).then("judged_to").otherwise("to_day") - pl.col(
        "from_day"
    )
    judged_to = found.episodes.select("e", "judged_to")
    clocks = found.clocks.filter(pl.col("allowed").is_not_null()).join(
        judged_to, on="e", how="left", maintain_order="left"
    )
    clocks = clocks.with_columns(
        took=pl.when(pl.col("unit").is_in(list(_LENGTHS))).then(lasted).otherwise(pl.coalesce("taken", "age"))
    )
    clocks = clocks.join(of_deadlines(audit), on="d", how="left", maintain_order="left")
    groups = clocks.partition_by("timer", "allowed", "unit", "kind", as_dict=True, maintain_order=True)
    order = {timer: place for place, timer in enumerate(audit.timers)}
    ordered = sorted(groups.items(), key=lambda item: (order[item[0][0]], *_place(item[1])))
    return [_kept(audit, f"kept-{number}", key, mine) for number, (key, mine) in enumerate(ordered)]


def _place(mine: pl.DataFrame) -> tuple[int, int]:
    """Lengths stand in the order in which they came to be counted."""
    return min(mine["from_day"].drop_nulls().to_list(), default=0), mine["d"][0]


def _kept(audit: Audit, name: str, key: tuple[object, ...], mine: pl.DataFrame) -> Kept:
    timer, allowed, unit, kind = str(key[0]), int(str(key[1])), str(key[2]), str(key[3])
    counts = dict(sorted(mine["status"].value_counts().iter_rows()))
    due = sum(counts.get(status, 0) for status in _DUE)
    how = "days" if unit in _LENGTHS else unit
    limit = round(allowed * _LENGTHS.get(unit, 1))
    heading, length = title(audit, timer), f"{allowed} {unit[:-1] if allowed == 1 else unit}"
    took = {status: _took(mine, status) for status in (*_DUE, "running")}
    drawn = charts.bins(_beside(took, limit), limit) if any(took[status] for status in _DUE) else []
    drawing = None
    if drawn:
        said = f"{heading}, allowed {length}. {_described(took, how, due, counts)}"
        drawing = charts.histogram(name, f"How long it took: {heading}", said, drawn, limit, f"{how} taken")
    return Kept(
        heading, timer, mine["basis"][0], kind, _set_by(audit, mine, kind), length, _under(audit, mine), counts, *wilson(counts.get("met", 0), due),
        times(sorted(took["met"] + took["late"]), how, max(took["overdue"] + took["running"], default=None)), drawing, drawn, how,
    )  # fmt: skip


def _took(mine: pl.DataFrame, status: str) -> list[float]:
    """How long the deadlines of a status took, or have waited, where that is known."""
    import polars as pl

    return [float(value) for value in mine.filter(pl.col("status") == status)["took"].drop_nulls()]


def _beside(took: Mapping[str, Sequence[float]], limit: int) -> dict[str, list[int]]:
    """The same in whole units, on the side of the line where each belongs: what was due on a Friday and done on the Saturday
    took no working day more than was allowed, and is late."""
    return {
        "met": [min(math.ceil(value), limit) for value in took["met"]],
        **{status: [max(math.ceil(value), limit + 1) for value in took[status]] for status in ("late", "overdue")},
    }


def _under(audit: Audit, mine: pl.DataFrame) -> str:
    """The editions under which it ran: by name where there are few, else the first and the last."""
    ran = set(mine["guidance"].unique())
    titles = [one.title or one.name for one in audit.library.editions if one.name in ran]
    if len(titles) > 2:
        return f"{len(titles)} editions, from {titles[0]} to {titles[-1]}"
    return all_of(titles) if titles else ""


def _set_by(audit: Audit, mine: pl.DataFrame, kind: str) -> str:
    """Who set the length: for the guidance its editions, of which there may be many, with how well each figure is known."""
    setters = list(dict.fromkeys(mine["setter"]))
    if kind != STATUTORY or len(setters) < 3:
        return all_of(setters)
    grades = sorted({one.rpartition(" (grade ")[2].rstrip(")") for one in setters if " (grade " in one})
    return _under(audit, mine) + (f" (grade {' or '.join(grades)})" if grades else "")


def _described(took: Mapping[str, Sequence[float]], unit: str, due: int, counts: Mapping[str, int]) -> str:
    parts = [f"{counts.get('met', 0):,} of {due:,} were met in time"]
    if counts.get("late"):
        parts.append(f"{counts['late']:,} were done late")
    if counts.get("overdue"):
        parts.append(f"{counts['overdue']:,} are overdue and not done")
    longest = max((max(took[status], default=0) for status in _DUE), default=0)
    return f"{'; '.join(parts)}. The longest took {_many(math.ceil(longest), unit)}."
