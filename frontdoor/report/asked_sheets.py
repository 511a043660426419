"""The sheets of what was asked for beside an audit's own tables: a comparison, and a sample of cases with what its forms say."""

from __future__ import annotations

__all__ = ["of_comparison", "of_sample"]

from collections.abc import Iterator, Sequence
from typing import Any

from frontdoor.moment import written
from frontdoor.replay.case_form import Form
from frontdoor.replay.comparing import Comparison
from frontdoor.replay.sampling import Sample
from frontdoor.report.sheet import Column, Sheet, header


def of_comparison(comparison: Comparison) -> Iterator[Sheet]:
    """Every measure under both, a row for each group of it; and, of the same records, each verdict that changes."""
    groups = list(dict.fromkeys(name for one in comparison.measures for name in one.measure.by))
    columns = (
        Column("measure", width=30), Column("title", width=46), Column("unit", width=14),
        *(Column(header(name), width=22) for name in groups), Column("first", "number", 10), Column("first of", "number", 10),
        Column("second", "number", 10), Column("second of", "number", 10), Column("first less second", "number", 16),
        Column("low", "number", 10), Column("high", "number", 10), Column("what it says", width=70),
    )  # fmt: skip
    yield Sheet("Comparison", columns, _measures(comparison, groups))
    if comparison.changes is not None:
        sides = [(side, name) for side in ("first", "second") for name in _OF_A_SIDE]
        shape = [Column(name, width=24) for name in ("case", "episode", "timer", "clock")]
        shape += [Column(f"{side} {name.replace('_', ' ')}", _OF_A_SIDE[name], 18) for side, name in sides]
        keys = [f"{'a' if side == 'first' else 'b'}_{name}" for side, name in sides]
        rows = comparison.changes.select("case_id", "episode", "timer", "title", *keys, "why").iter_rows()
        yield Sheet("Changed verdicts", (*shape, Column("why", width=100)), rows)


_OF_A_SIDE = {
    "status": "text",
    "guidance": "text",
    "allowed": "number",
    "unit": "text",
    "due": "moment",
    "set_by": "text",
}
"""What is said of a verdict under each side, and what kind of value that is."""


def _measures(comparison: Comparison, groups: Sequence[str]) -> Iterator[Sequence[Any]]:
    empty = (None,) * (7 + len(groups))
    yield ("what is compared", comparison.a, "", *empty, f"the first, beside the second: {comparison.b}")
    for note in comparison.notes:
        yield ("note", "", "", *empty, note)
    for one in comparison.measures:
        head = (one.measure.name, one.measure.title, one.measure.unit)
        if one.untold:
            yield (*head, *empty, f"cannot be compared: {one.untold}")
        for row in one.rows:
            sides = [(None, None) if of is None else (of.value, of.n) for of in (row.a, row.b)]
            of = (row.group.get(name) for name in groups)
            yield (*head, *of, *sides[0], *sides[1], row.difference, row.low, row.high, one.interval)


def of_sample(sample: Sample) -> Iterator[Sheet]:
    """The cases drawn; and what the form of each says, a row for each event, clock, finding and question."""
    cases = (
        Column("case", width=14), *(Column(f"drawn for {name}", width=22) for name in sample.by),
        Column("stratum", width=14), Column("how", width=100),
    )  # fmt: skip
    drawn = (
        (one.case_id, *(one.group.get(name) for name in sample.by), one.stratum, sample.how) for one in sample.chosen
    )
    yield Sheet("Sample", cases, drawn)
    facts = (
        Column("case", width=14), Column("kind", width=10), Column("when", "moment", 17), Column("what", width=44),
        Column("episode", width=22), Column("by", width=20), Column("says", width=80), Column("the record shows", width=40),
        Column("row", "number", 8), Column("answer", width=24), Column("reader, date, comment", width=40),
    )  # fmt: skip
    yield Sheet("Sample facts", facts, (row for form in sample.forms() for row in _form(form)))


def _form(form: Form) -> Iterator[Sequence[Any]]:
    """A form, row by row; the last two columns are for the reader."""
    for line in form.timeline:
        details = "; ".join(f"{name}: {value}" for name, value in line.details.items())
        by = ", ".join(part for part in (line.role, line.actor) if part)
        yield (form.case_id, "event", line.when, line.title, line.episode, by, details, "", line.position, "", "")
    for one in form.deadlines:
        title, stopped = one.timer.title or one.timer_name, written(one.stopped_at)
        said = (
            one.status.replace("_", " ")
            + (f", stopped {stopped}" if stopped else "")
            + (f": {one.why}" if one.why else "")
        )
        yield (
            form.case_id,
            "clock",
            one.due,
            title,
            one.episode,
            "",
            said,
            f"{one.allowed or 'no length'}",
            None,
            "",
            "",
        )
    for said in form.findings:
        yield (form.case_id, "finding", "", "", "", "", said, "", None, "", "")
    for asked in form.questions:
        yield (form.case_id, "question", "", asked.subject, "", asked.whose, asked.text, asked.shown, None, "", "")
