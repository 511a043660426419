"""What the properties are held against: deadlines counted a second way, and a case folded a step at a time."""

from __future__ import annotations

__all__ = ["Folding", "as_tables", "bound_to", "dues", "read_text", "recount", "rows_of", "said", "with_length"]

import csv
import io
from collections.abc import Container, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs

from frontdoor import fast, kernel
from frontdoor.book import Book, new_book
from frontdoor.formats import flat_csv
from frontdoor.formats.source import Source
from frontdoor.library import Library
from frontdoor.moment import EPOCH, LONDON, bounds
from frontdoor.replay.audit import Audit
from frontdoor.replay.columns import Log
from frontdoor.rows import NEVER, Events
from frontdoor.rules import Rules
from frontdoor.testing.strategies import Row
from frontdoor.timescale import Timescale, Unit
from frontdoor.uniting import numbered
from frontdoor.workflow import Workflow
from frontdoor.working_days import Calendar


def rows_of(text: str) -> tuple[list[str], list[Row]]:
    """The header and the rows of a CSV text."""
    reader = csv.DictReader(io.StringIO(text))
    return list(reader.fieldnames or ()), list(reader)


def read_text(text: str) -> Source:
    """A flat event log, read."""
    return flat_csv.read(text.encode(), "history.csv")


def said(audit: Audit) -> dict[str, list[tuple[Any, ...]]]:
    """What an audit says of each case, but for the places in the file that it says it of."""
    said: dict[str, list[tuple[Any, ...]]] = {}
    for frame in (audit.deadlines, audit.findings.drop("position", "message")):
        for row in frame.iter_rows(named=True):
            said.setdefault(row["case_id"], []).append(tuple(row.values()))
    return said


class Folding:
    """A log folded by one of the kernel's speeds, on lists or on arrays."""

    def __init__(self, log: Log, speed: fast.Kernel, like: Any) -> None:
        def made(values: Any) -> Any:
            values = [int(value) for value in values]
            return values if like is list else like.array(values, "int64")

        self.log, self.speed, self.made, self.like = log, speed, made, like
        tables: Any = (value if isinstance(value, int) else made(value) for value in log.compiled.rules)
        self.rules = Rules(*tables)
        self.events = Events(*map(made, log.events))
        self.book = self.new_book()

    def new_book(self) -> Book:
        """An empty one that need never grow."""
        rows = self.log.frame.height
        return new_book(self.log.compiled.rules, 9 * rows + 64, rows + 1, like=self.like)

    def fold(self, row: int, rows: int) -> None:
        """Believe the rows from one to another."""
        assert self.speed.fold(self.rules, self.events, self.book, row, rows) == rows, "there is room enough"

    def judge(self, at: int, at_day: int) -> list[list[int]]:
        """What all deadlines come to as at a moment, as columns."""
        verdicts = [self.made([0] * self.book.tally[3]) for _ in range(5)]
        self.speed.judge_all(self.rules, self.events, self.book, at, at_day, *verdicts)
        return [[int(value) for value in column] for column in verdicts]

    def judge_at_end(self) -> list[list[int]]:
        """The same as at the moment that the log is judged from."""
        at = bounds(self.log.as_at or date(2010, 1, 1))
        return self.judge(at[1], at[3])

    def columns(self) -> list[list[int]]:
        """The book as plain lists."""
        columns: Any = self.book
        return [list(column) if self.like is list else column.tolist() for column in columns]

    def all(self) -> tuple[list[list[int]], list[list[int]]]:
        """Every column of the book, and every verdict."""
        self.book = self.new_book()
        self.fold(0, self.log.frame.height)
        verdicts = self.judge_at_end()
        return self.columns(), verdicts

    def refusing(self) -> tuple[list[int], list[list[int]]]:
        """The faults of every row where a row with any is refused, and the book that is left."""
        self.book = self.new_book()
        faults = []
        for row in range(self.log.frame.height):
            if row == 0 or self.events.case[row] != self.events.case[row - 1]:
                kernel.new_case(self.rules, self.book)
            before = self.columns() if self.like is list else []  # arrays are held against the lists at the end
            faults.append(int(self.speed.step(self.rules, self.events, self.book, row, False)))
            assert not before or not faults[-1] or self.columns() == before, "a refused row left its mark"
        return faults, self.columns()


def recount(row: Mapping[str, Any], as_at: str, calendar: Calendar) -> tuple[str, tuple[str, ...], int | None]:
    """When a deadline is due, the statuses that it may then have, and by how much it is over; by walking."""
    if not row["counted_from"] or not row["guidance"]:
        return "", ("cannot_tell",), None
    stopped = row["stopped_at"]
    late, in_time = ("late", ("met", "ended")) if stopped else ("overdue", ("running",))
    if row["unit"] == "hours":
        (lo, hi), (first, last) = interval(row["counted_from"]), interval(stopped or as_at)
        length = timedelta(hours=row["allowed"])
        due = (lo + length).astimezone(LONDON).isoformat() if lo == hi else ""
        if not stopped:
            first = last
        if first > hi + length:
            return due, (late,), (first - hi - length) // timedelta(hours=1)
        return due, in_time if last <= lo + length else ("cannot_tell",), None
    day, n = date.fromisoformat(row["counted_from"][:10]), row["allowed"]
    unit = Unit(row["unit"])
    if unit is Unit.MONTHS:
        month, number = day.year * 12 + day.month - 1 + n, day.day
        while not (found := date_of(month // 12, month % 12 + 1, number)):
            number -= 1
    else:
        found = (
            walk(day, n, calendar)
            if unit is Unit.WORKING_DAYS
            else day + timedelta(n * (7 if unit is Unit.WEEKS else 1))
        )
    if found is None:
        return "", ("cannot_tell",), None
    done = date.fromisoformat((stopped or as_at)[:10])
    if done <= found:
        return found.isoformat(), in_time, None
    known = calendar.first <= found.year and done.year <= calendar.last
    over = sum(works(found + timedelta(n), calendar) for n in range(1, (done - found).days + 1))
    return found.isoformat(), (late,), over if known else None


def interval(text: str) -> tuple[datetime, datetime]:
    """The first and last moment that a written date or moment can be."""
    if len(text) > 10:
        at = datetime.fromisoformat(text).astimezone(UTC)
        return at, at
    day = date.fromisoformat(text)
    first, after = (datetime(d.year, d.month, d.day, tzinfo=LONDON) for d in (day, day + timedelta(days=1)))
    return first.astimezone(UTC), after.astimezone(UTC) - timedelta(microseconds=1)


def works(day: date, calendar: Calendar) -> bool:
    """Whether a day is a working day."""
    return day.weekday() < 5 and day not in calendar.holidays and day not in calendar.closures


def walk(day: date, working_days: int, calendar: Calendar) -> date | None:
    """So many working days on, a day at a time; None beyond the calendar."""
    if not calendar.first <= day.year:
        return None
    while working_days:
        day += timedelta(days=1)
        working_days -= works(day, calendar)
        if day.year > calendar.last:
            return None
    return day if day.year <= calendar.last else None


def date_of(year: int, month: int, day: int) -> date | None:
    """The date, or None where there is none."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def dues(audit: Audit) -> list[tuple[int, int] | None]:
    """The first and last moment by which each deadline must be met; None where that cannot be told."""
    dues: list[tuple[int, int] | None] = []
    units = audit.deadlines["unit"]
    for unit, first, last in zip(units, audit.folded.judged["first"], audit.folded.judged["last"], strict=True):
        known = first != NEVER
        ends = [at if unit == "hours" or not known else bounds(date.fromordinal(at + EPOCH))[1] for at in (first, last)]
        dues.append((ends[0], ends[1]) if known else None)
    return dues


def with_length(library: Library, workflow: str, name: str, length: Timescale) -> Library:
    """The library with another length for one timer, in the editions in which that is tighter."""
    composed = dict(library.composed)
    for edition, one in composed.items():
        timer = one.workflows[workflow].timers.get(name)
        if edition and timer and timer.allowed and length.is_never_later_than(timer.allowed):
            timers: Any = {**one.workflows[workflow].timers, name: attrs.evolve(timer, allowed=length)}
            flow = attrs.evolve(one.workflows[workflow], timers=timers)
            composed[edition] = attrs.evolve(one, workflows={**one.workflows, workflow: flow})
    return attrs.evolve(library, composed=composed)


def bound_to(other: Library, source: Source, cases: Container[str], library: Library) -> Source:
    """A source that carries a library, and binds all that opens in some cases as another one would by its day."""
    import polars as pl

    numbers = {one.edition: number for number, one in enumerate(numbered(library, [other]), -1) if one.library is other}
    bound = [
        numbers[other.edition_on(date.fromordinal(day + EPOCH))] if case in cases else None
        for case, day in source.events.select("case_id", "day").iter_rows()
    ]
    events = source.events.with_columns(bound=pl.Series(bound, dtype=pl.Int64))
    return attrs.evolve(source, events=events, library=library, older=(other,))


def as_tables(workflow: Workflow) -> dict[str, Any]:
    """A workflow as its file would have it."""

    def plain(item: Any) -> dict[str, Any]:
        fields = {field.name.rstrip("_"): getattr(item, field.name) for field in attrs.fields(type(item))}
        del fields["name"]
        for key in ("allowed", "then"):
            if fields.get(key):
                fields[key] = str(fields[key])
        return {key: value for key, value in fields.items() if value is not None}

    parts = ("states", "transitions", "timers")
    tables = {key: value for key, value in plain(workflow).items() if key not in parts}
    return tables | {part: {name: plain(one) for name, one in getattr(workflow, part).items()} for part in parts}
