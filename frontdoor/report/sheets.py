"""What stands in each sheet of the workbook: its columns, and its rows as plain values.

Deadlines and findings name no worker: a table of breaches by worker would be a ranking of people.
"""

from __future__ import annotations

__all__ = ["every_sheet"]

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from frontdoor.moment import EPOCH
from frontdoor.replay.audit import Audit
from frontdoor.report.html import opening, picture
from frontdoor.report.rule_words import of_rule
from frontdoor.report.sheet import Column, Sheet, header
from frontdoor.report.words import count

if TYPE_CHECKING:
    from frontdoor.replay.comparing import Comparison
    from frontdoor.replay.facts import Facts
    from frontdoor.replay.measures.measure import Measure
    from frontdoor.replay.measures.two_clocks import SideBySide
    from frontdoor.replay.sampling import Sample


def every_sheet(
    audit: Audit,
    sides: Sequence[SideBySide] = (),
    *,
    sample: Sample | None = None,
    comparison: Comparison | None = None,
) -> Iterator[Sheet]:
    """The sheets of an audit's workbook, in their order; clocks counted more than one way stand among the measures."""
    from frontdoor.replay import facts, measures
    from frontdoor.report import asked_sheets

    columns = facts.of(audit)
    every = [*measures.every(columns), *(one.measure for one in sides)]
    yield _summary(audit, columns, sample, comparison)
    yield _clocks(audit, columns)
    yield _deadlines(audit, columns)
    yield _findings(audit)
    yield _episodes(columns)
    yield _measures(every)
    if comparison is not None:
        yield from asked_sheets.of_comparison(comparison)
    if sample is not None:
        yield from asked_sheets.of_sample(sample)
    yield _rejected(audit)
    yield _definitions(audit, every)


def _day(number: int | None) -> date | None:
    return None if number is None else date.fromordinal(number + EPOCH)


def _summary(audit: Audit, columns: Facts, sample: Sample | None, comparison: Comparison | None) -> Sheet:
    first = opening.opening(audit, columns)
    rows: list[tuple[str, Any, str]] = [("What this is", first.sentence, first.basis)]
    for one in first.inputs:
        rows.append(("File", one.name, f"{one.format}; SHA-256 {one.digest or 'not told'}"))
    rows += [(label, n, first.errors if label == "Errors" else "") for label, n in first.figures]
    rows.append(("Judged as at", first.as_at, "what happened later is not looked at"))
    rows += [
        (f"{count(n, 'case')} judged as at", moment, "the files that tell of them speak of nothing later")
        for moment, n in first.otherwise
    ]
    rows.append(("As known at", first.as_known_at or "all that the files hold", ""))
    rows += [("Episodes under", one.title, f"{one.episodes:,}; {one.since}") for one in first.editions]
    rows += [("Local file", title, file) for title, file in first.locals]
    rows.append(("Calendar", first.calendar, ""))
    rows += [("Not looked at", said, "") for said in first.left_out]
    rows += [("About this file", said, "") for said in first.notes]
    rows += [("Cannot be told", f"{one.title}: {one.n:,} of {one.of:,}", one.why) for one in first.untold]
    rows += [("Finding", rule, f"{n:,}: {of_rule(rule)}") for rule, n in audit.rules.items()]
    if comparison is not None:
        rows.append(("Compared", comparison.a, f"with {comparison.b}; every other sheet is of everything"))
    if sample is not None:
        rows.append(("Drawn", sample.how, "in the sheets Sample and Sample facts"))
    return Sheet("Summary", (Column("What", width=18), Column("Value", "either", 70), Column("More", width=70)), rows)


_STATUSES = ("met", "late", "ended", "overdue", "running", "cannot tell")


def _clocks(audit: Audit, columns: Facts) -> Sheet:
    rows = [
        (one.title, one.timer, one.basis, one.allowed, one.setter, *(one.counts.get(status, 0) for status in _STATUSES),
         one.in_time, one.low, one.high, one.times.median, one.times.ninetieth, one.times.oldest, one.unit)
        for one in picture.kept(audit, columns)
    ]  # fmt: skip
    headers = (
        Column("clock", width=46), Column("timer", width=30), Column("basis", width=10), Column("allowed", width=16),
        Column("under", width=40), *(Column(status, "number", 11) for status in _STATUSES), Column("in time", "share", 10),
        Column("low", "share", 8), Column("high", "share", 8), Column("median", "number", 10),
        Column("90th centile", "number", 12), Column("oldest open", "number", 12), Column("unit", width=14),
    )  # fmt: skip
    return Sheet("Clocks", headers, rows)


def _deadlines(audit: Audit, columns: Facts) -> Sheet:
    import polars as pl

    clocks = columns.clocks.select("taken", "age", "month", "team", "source", "priority", "workflow")
    names = {timer: opening.title(audit, timer) for timer in audit.timers}
    frame = pl.concat([audit.deadlines, clocks], how="horizontal").with_columns(
        clock=pl.col("timer").replace_strict(names, return_dtype=pl.String) if names else pl.col("timer"),
        status=pl.col("status").str.replace("_", " "),
    )
    shape = {
        "case_id": Column("case", width=14), "episode": Column("episode", width=22), "workflow": Column("workflow", width=20),
        "clock": Column("clock", width=44), "timer": Column("timer", width=28), "basis": Column("basis", width=10),
        "status": Column("status", width=12), "guidance": Column("guidance", width=24),
        "counts_from": Column("counts from", width=24), "counted_from": Column("counted from", "moment", 17),
        "allowed": Column("allowed", "number", 9), "unit": Column("unit", width=14), "due": Column("due", "moment", 17),
        "stopped_at": Column("stopped at", "moment", 17), "over": Column("over", "number", 8),
        "taken": Column("taken", "number", 9), "age": Column("age if open", "number", 11),
        "month": Column("month due", width=11), "team": Column("team", width=16), "source": Column("source", width=20),
        "priority": Column("priority", width=12),
    }  # fmt: skip
    return Sheet("Deadlines", tuple(shape.values()), frame.select(list(shape)).iter_rows())


def _findings(audit: Audit) -> Sheet:
    shape = {
        "rule": Column("rule", width=20), "severity": Column("severity", width=10), "case_id": Column("case", width=14),
        "episode": Column("episode", width=22), "event": Column("event", width=30),
        "happened_at": Column("happened at", "moment", 17), "recorded_at": Column("recorded at", "moment", 17),
        "position": Column("row", "number", 8), "message": Column("what it says", width=100),
    }  # fmt: skip
    return Sheet("Findings", tuple(shape.values()), audit.findings.select(list(shape)).iter_rows())


def _episodes(columns: Facts) -> Sheet:
    shape = (
        Column("case", width=14), Column("episode", width=22), Column("workflow", width=20), Column("guidance", width=24),
        Column("opened", "moment", 12), Column("closed", "moment", 12), Column("state", width=22), Column("standing", width=12),
        Column("month opened", width=13), Column("team", width=16), Column("source", width=20), Column("priority", width=12),
        Column("worker", width=16),
    )  # fmt: skip
    frame = columns.episodes.select(
        "case_id", "name", "workflow", "guidance", "opened_day", "closed_day", "state", "standing", "month", "team", "source",
        "priority", "worker",
    )  # fmt: skip
    return Sheet("Episodes", shape, ((*row[:4], _day(row[4]), _day(row[5]), *row[6:]) for row in frame.iter_rows()))


def _measures(every: Sequence[Measure]) -> Sheet:
    """A row for each figure of each group of each measure, so that it can be pivoted by any of them."""
    groups = list(dict.fromkeys(name for measure in every for name in measure.by))
    headers = (
        Column("measure", width=30), Column("title", width=46), Column("subject", width=18), Column("among", width=16),
        *(Column(header(name), width=22) for name in groups), Column("figure", width=24), Column("value", "either", 12),
        Column("low", "number", 10), Column("high", "number", 10), Column("number", "number", 10), Column("of", "number", 10),
        Column("left out", width=40),
    )  # fmt: skip

    def rows() -> Iterator[Sequence[Any]]:
        for measure in every:
            for row in measure.rows:
                head = (
                    measure.name,
                    measure.title,
                    measure.subject,
                    measure.among,
                    *(row.group.get(name) for name in groups),
                )
                out = "; ".join(f"{n:,} {why}" for why, n in row.left_out.items())
                for figure, value, low, high, numerator, n in measure.figures(row):
                    yield (*head, figure, value, low, high, numerator, n, out)

    return Sheet("Measures", headers, rows())


def _rejected(audit: Audit) -> Sheet:
    headers = (
        Column("row", "number", 9),
        Column("column", width=18),
        Column("what stood there", width=40),
        Column("why", width=90),
    )
    return Sheet("Rejected", headers, ((one.row, one.column, one.text, one.reason) for one in audit.source.rejected))


def _definitions(audit: Audit, every: Iterable[Measure]) -> Sheet:
    headers = (
        Column("kind", width=12), Column("name", width=32), Column("title", width=46), Column("definition", width=70),
        Column("counted", width=50), Column("left out", width=60), Column("interval or source", width=60), Column("to be known", width=60),
    )  # fmt: skip
    rows: list[Sequence[Any]] = [("status", name, "", said, "", "", "", "") for name, said in _WORDS.items()]
    for one in opening.rules(audit):
        said = f"{one.allowed}, {one.basis}, {one.setter}; of episodes under {one.guidance or 'no edition'}"
        rows.append(("clock", one.timer, one.title, said, count(one.n, "deadline"), "", one.cites, ""))
    for measure in every:
        known = " ".join((*([measure.question] if measure.question else []), *([measure.target.says] if measure.target else []),
                          *measure.notes, measure.untold)).strip()  # fmt: skip
        rows.append(
            (
                "measure",
                measure.name,
                measure.title,
                measure.definition,
                measure.denominator,
                measure.excluded,
                measure.interval,
                known,
            )
        )
    return Sheet("Definitions", headers, rows)


_WORDS: Mapping[str, str] = {
    "met": "done by the end of the due day, or for a clock in hours by the moment it was due",
    "late": "done after that",
    "ended": "stopped in time, but not by what meets the clock; in no percentage",
    "overdue": "not done, and the deadline had passed at the moment judged from",
    "running": "not done, and time left",
    "cannot tell": "the file does not say what the answer hangs on; never counted as in time, nor as late",
    "in time": "the share met, of those met, late or overdue",
    "over": "working days after the due day, or hours after the due moment",
    "taken": "working days, or hours, from what it counts from to what stopped it",
}
"""What the words of the tables mean."""
