"""Measures as the page shows them: a table beside its definition, shares as bars, months as control charts."""

from __future__ import annotations

__all__ = ["Chart", "Group", "Shown", "Table", "called", "figure", "percent", "shown", "text_of"]

from collections.abc import Iterable, Mapping

import attrs

from frontdoor.replay.measures.measure import Measure, Row, Times
from frontdoor.report.html import charts
from frontdoor.report.html.charts import Month
from frontdoor.report.html.svg import Svg
from frontdoor.report.words import count

FEWEST_MONTHS = 3
"""Months from which a control chart says anything."""
MOST_CHARTS = 12
"""Control charts of one measure."""
_OF_THE_RECORD = ("team", "source", "priority", "worker")
MOST_ROWS = 400
"""Rows of a measure that the page shows; a workbook has them all."""


@attrs.frozen
class Chart:
    """A control chart of one group of a measure."""

    title: str
    drawing: Svg
    outside: tuple[str, ...]
    """Months that chance alone would hardly have brought about."""
    wide: bool


@attrs.frozen
class Table:
    """A measure's rows as a table: the names of its columns, and its cells as text; `bars` beside the first columns."""

    groups: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], tuple[str, ...], Svg | None], ...]
    """For each row its groups, its figures, and its bar."""
    left: int
    """Rows that are not shown."""
    bars_after: int
    """The figures that stand before the bar."""

    @property
    def has_bars(self) -> bool:
        """Whether any row has one."""
        return any(row[2] is not None for row in self.rows)


@attrs.frozen
class Shown:
    """A measure with its table and its charts."""

    measure: Measure
    table: Table
    figures: tuple[Chart, ...]


@attrs.frozen
class Group:
    """The measures of one subject."""

    subject: str
    measures: tuple[Shown, ...]


def shown(measures: Iterable[Measure], names: Mapping[str, str]) -> list[Group]:
    """Measures by subject, in their order; `names` are titles for people of what a group may be (a timer, a workflow)."""
    subjects: dict[str, list[Shown]] = {}
    for measure in measures:
        subjects.setdefault(measure.subject, []).append(
            Shown(measure, _table(measure, names), tuple(_charts(measure, names)))
        )
    return [Group(subject, tuple(some)) for subject, some in subjects.items()]


def called(group: Mapping[str, str], names: Mapping[str, str]) -> tuple[str, ...]:
    """What a number is of, for people; what the record itself says stays as it says it."""
    return tuple(
        value if name in _OF_THE_RECORD else names.get(value, value.replace("_", " ")) for name, value in group.items()
    )


def _table(measure: Measure, names: Mapping[str, str]) -> Table:
    rows = measure.rows[:MOST_ROWS]
    more = list(dict.fromkeys(name for row in rows for name in row.more))
    timed = any(row.times is not None and row.times.n for row in rows)
    counted = any(row.numerator is not None for row in rows)
    sure = any(row.low is not None for row in rows)
    out = any(row.left_out for row in rows)
    columns = [
        *(["number"] if counted else []),
        "of",
        _UNITS.get(measure.unit, measure.unit),
        *(["95% interval"] if sure else []),
    ]
    bars_after = len(columns)
    units = {row.times.unit for row in rows if row.times is not None}
    unit = f" ({units.pop()})" if len(units) == 1 else ""
    columns += [f"median{unit}", "9 in 10 done within", "oldest open"] if timed else []
    columns += [*more, *(["left out"] if out else [])]
    found = []
    for row in rows:
        cells = [text_of(row.numerator, "")] if counted else []
        cells += [f"{row.n:,}", text_of(row.value, measure.unit)]
        if sure:
            cells.append(
                ""
                if row.low is None or row.high is None
                else f"{text_of(row.low, measure.unit)} to {text_of(row.high, measure.unit)}"
            )
        if timed:
            one = row.times
            cells += ["" if one is None else _time(one, value, said=not unit) for value in _of(one)]
        cells += [figure(row.more.get(name)) for name in more]
        if out:
            cells.append(", ".join(f"{n:,} {why}" for why, n in row.left_out.items()))
        found.append((called(row.group, names), tuple(cells), _bar(measure, row)))
    return Table(measure.by, tuple(columns), tuple(found), len(measure.rows) - len(rows), bars_after)


_UNITS = {"share": "share"}


def _bar(measure: Measure, row: Row) -> Svg | None:
    if measure.unit != "share" or row.value is None:
        return None
    return charts.bar(row.value, row.low, row.high, measure.target.value if measure.target else None)


def _of(one: Times | None) -> tuple[float | None, float | None, float | None]:
    return (None, None, None) if one is None else (one.median, one.ninetieth, one.oldest)


def _time(one: Times, value: float | None, *, said: bool) -> str:
    return "" if value is None else f"{figure(value)} {one.unit}" if said else figure(value)


def figure(value: float | int | str | None) -> str:
    """A figure as text, with no more digits than can be read."""
    if value is None or isinstance(value, str):
        return value or ""
    return f"{value:,}" if isinstance(value, int) else f"{value:.3g}" if abs(value) < 100 else f"{value:,.0f}"


def text_of(value: float | None, unit: str) -> str:
    """A figure, as a page shows it: a share as a percentage."""
    if value is None:
        return ""
    return percent(value) if unit == "share" else f"{value:,.1f}".removesuffix(".0")


def percent(share: float) -> str:
    """A share, never rounded up to all or down to nothing: '99.9%' of a thousand where one was not."""
    if 0 < share < 0.005 or 0.995 <= share < 1:
        return f"{min(max(share, 0.001), 0.999):.1%}"
    return f"{share:.0%}"


def _charts(measure: Measure, names: Mapping[str, str]) -> Iterable[Chart]:
    """A control chart for each group of a share by month, of those that have months enough."""
    if measure.unit != "share" or "month" not in measure.by:
        return
    by_group: dict[tuple[str, ...], list[Month]] = {}
    for row in measure.rows:
        group = called({name: value for name, value in row.group.items() if name != "month"}, names)
        if row.n and len(row.group["month"]) == 7:
            by_group.setdefault(group, []).append(Month(row.group["month"], int(row.numerator or 0), row.n))
    drawn = 0
    for group, some in by_group.items():
        months = sorted(some)
        if len(months) < FEWEST_MONTHS or drawn >= MOST_CHARTS:
            continue
        drawn += 1
        heading = ", ".join(group) or measure.title
        mean = charts.overall(months)
        outside = tuple(one.month for one in months if charts.is_outside(mean, one))
        said = f"{heading}: {percent(mean)} over {count(len(months), 'month')}, from {months[0].month} to {months[-1].month}. " + (
            f"Outside the control limits: {', '.join(outside)}." if outside else "No month is outside the control limits."
        )  # fmt: skip
        wide = len(months) > 30
        drawing = charts.control_chart(
            f"{measure.name}-{drawn}".replace("_", "-"), f"{measure.title}: {heading}", said, months, wide=wide
        )
        yield Chart(heading, drawing, outside, wide)
