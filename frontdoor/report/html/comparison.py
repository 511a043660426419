"""Two audits side by side, and the cases of a sample: what the page's last chapters show."""

from __future__ import annotations

__all__ = ["Beside", "ComparisonShown", "SampleShown", "compared", "sampled"]

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from frontdoor.replay.audit import Audit
from frontdoor.replay.facts import Facts
from frontdoor.report.html import telling
from frontdoor.report.html.cases import Case
from frontdoor.report.html.measured import called, percent, text_of

if TYPE_CHECKING:
    from frontdoor.replay.case_form import Form
    from frontdoor.replay.comparing import Compared, Comparison, Difference
    from frontdoor.replay.sampling import Chosen, Sample

MOST_CHANGES = 300
"""Verdicts that change, of which the page shows each."""


@attrs.frozen
class Beside:
    """A measure under both: its title and definition, and a row for each group: what it is of, then figures as text."""

    title: str
    definition: str
    groups: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    interval: str
    untold: str


@attrs.frozen
class ComparisonShown:
    """A comparison, for the page."""

    a: str
    b: str
    measures: tuple[Beside, ...]
    notes: tuple[str, ...]
    changes: tuple[Mapping[str, Any], ...] | None
    """The first verdicts that change; None where the records are not the same."""
    changed: int
    moved: int
    same: int
    kinds: tuple[tuple[str, str, str, int], ...]
    """How many verdicts of each clock change from what to what."""


def compared(comparison: Comparison, names: Mapping[str, str]) -> ComparisonShown:
    """A comparison, for the page; `names` are titles for people of what a group may be."""
    import polars as pl

    changes, kinds, many = None, [], 0
    if comparison.changes is not None:
        many = comparison.changes.height
        changes = tuple(comparison.changes.head(MOST_CHANGES).iter_rows(named=True))
        counted = comparison.changes.group_by("timer", "a_status", "b_status").agg(n=pl.len())
        places = list(names)
        rows = [(timer, a or "no deadline", b or "no deadline", n) for timer, a, b, n in counted.iter_rows()]
        rows.sort(key=lambda row: (places.index(row[0]) if row[0] in names else len(places), row))
        kinds = [(names.get(timer, timer), a, b, n) for timer, a, b, n in rows]
    return ComparisonShown(
        comparison.a, comparison.b, tuple(_beside(one, names) for one in comparison.measures), comparison.notes, changes,
        many, comparison.moved, comparison.same, tuple(kinds),
    )  # fmt: skip


def _beside(one: Compared, names: Mapping[str, str]) -> Beside:
    measure = one.measure
    rows = tuple((called(row.group, names), _cells(row, measure.unit)) for row in one.rows)
    return Beside(measure.title, measure.definition, measure.by, rows, one.interval, one.untold)


def _cells(row: Difference, unit: str) -> tuple[str, ...]:
    said = [
        "" if one is None or one.value is None else f"{text_of(one.value, unit)} of {one.n:,}" for one in (row.a, row.b)
    ]
    return (*said, _signed(row.difference, unit), _interval(row, unit))


def _interval(row: Difference, unit: str) -> str:
    return "" if row.low is None or row.high is None else f"{_signed(row.low, unit)} to {_signed(row.high, unit)}"


def _signed(value: float | None, unit: str) -> str:
    """A difference with its sign; of shares in percentage points."""
    if value is None:
        return ""
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return sign + (f"{percent(abs(value))[:-1]} points" if unit == "share" else text_of(abs(value), unit))


@attrs.frozen
class SampleShown:
    """A sample, for the page: how it was drawn, how many of each group, and each case with its form."""

    how: str
    among: str
    """The part that it was drawn of; empty: of everything."""
    groups: tuple[tuple[str, int, int], ...]
    """A group in words, how many were drawn of it, and how many cases it has."""
    cases: tuple[tuple[Case, Form], ...]


def sampled(audit: Audit, found: Facts, sample: Sample) -> SampleShown:
    """A sample of an audit, for the page."""
    forms = sample.forms()
    drawn = telling.told(audit, found, [form.case_id for form in forms], name="sampled-timeline")
    groups = [
        (", ".join(group) or "all cases", sum(_is_of(one, group) for one in sample.chosen), n)
        for group, n in sample.of.items()
    ]
    return SampleShown(sample.how, sample.facts.among, tuple(groups), tuple(zip(drawn, forms, strict=True)))


def _is_of(one: Chosen, group: Sequence[str]) -> bool:
    return tuple(one.group.values()) == tuple(group)
