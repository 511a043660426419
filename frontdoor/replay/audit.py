"""An audit: fold a source's events through the kernel, judge every deadline, and give what was found as tables.

    audit = run(formats.read("log.csv"), library.load())
    audit.deadlines     # a polars frame with the columns of deadlines.csv
    audit.findings      # likewise of findings.csv

The desk refuses; an audit reports. A record is believed: an illegal transition is a finding, and the case goes on from
where the record says it went. What a source cannot carry is not held against it.
"""

from __future__ import annotations

__all__ = ["Audit", "run"]

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from frontdoor import fast
from frontdoor.book import Book, grow, new_book
from frontdoor.formats import Source, read
from frontdoor.library import Library
from frontdoor.moment import Happened, bounds, parse
from frontdoor.replay import deadlines, findings
from frontdoor.replay.columns import Log, lay_out, series
from frontdoor.rows import Events
from frontdoor.rules import Rules

if TYPE_CHECKING:
    import polars as pl

COMPILE_FROM = 60_000
"""Events from which loading the compiled kernel costs less time than interpreting them (tests/benchmarks)."""


@attrs.define(slots=False)
class Audit:
    """What a source's events come to: the book that the kernel wrote, and tables made from it when asked."""

    log: Log
    library: Library
    book: Book
    judged: pl.DataFrame
    """Every deadline in the order of `deadlines`, as numbers: rows of the log and codes of the kernel."""

    @property
    def source(self) -> Source:
        """The file as it was read, with what could not be."""
        return self.log.source

    @property
    def as_at(self) -> Happened | None:
        """The moment judged from."""
        return self.log.as_at

    @cached_property
    def episodes(self) -> pl.DataFrame:
        """Every episode in order of opening: `e`, `case_id`, `workflow`, and its `name`: the source's, or 'referral-2'."""
        return deadlines.episodes(self.log, self.book)

    @cached_property
    def deadlines(self) -> pl.DataFrame:
        """Every deadline, with the columns of deadlines.csv: cases in order of their first row, episodes of opening."""
        return deadlines.table(self.log, self.judged, self.episodes)

    @cached_property
    def findings(self) -> pl.DataFrame:
        """Every finding, with the columns of findings.csv, in the same order."""
        return findings.table(self.log, self.book, self.judged, self.episodes)

    @cached_property
    def timers(self) -> dict[str, dict[str, int]]:
        """How many deadlines of each timer have each status, for those that have any."""
        return deadlines.counts(self.log, self.judged)

    @cached_property
    def rules(self) -> dict[str, int]:
        """How many findings there are of each rule, in the order of the rules, for those that have any."""
        return findings.counts(self.log, self.book, self.judged)

    @property
    def cases(self) -> int:
        """How many cases have an event that was looked at."""
        return self.log.frame["case_id"].n_unique()


def run(
    source: Source | str | Path | bytes,
    library: Library | None = None,
    *,
    as_at: Happened | str | None = None,
    as_known_at: Happened | str | None = None,
    compile_from: int | None = COMPILE_FROM,
) -> Audit:
    """Audit a source (or a file, or the bytes of one) by a library, each episode under the edition it opened under.

    Without a `library` a source that carries its own is judged by that, each episode under the edition that the source
    binds it to; any other by the shipped one.
    `as_at` is the moment judged from (default: the source's reference date, else the last moment of recording, else of
    happening); `as_known_at` hides what was recorded later. `compile_from` is the number of events from which the
    compiled kernel is used where numba is installed; None never uses it. The answer is the same. A moment may be
    written, as '2009-11-19' or '2009-11-19T16:00'.

    Raises:
        InputError: the file cannot be read.
        MomentError: a moment is written that is none.
    """
    source = source if isinstance(source, Source) else read(source)
    as_at = parse(as_at) if isinstance(as_at, str) else as_at
    as_known_at = parse(as_known_at) if isinstance(as_known_at, str) else as_known_at
    log = lay_out(source, library, as_at=as_at, as_known_at=as_known_at)
    quick = compile_from is not None and log.frame.height >= compile_from and fast.available()
    book, judged = fold(log, fast.compiled() if quick else fast.interpreted)
    return Audit(log, log.compiled.library, book, judged)


def fold(log: Log, speed: fast.Kernel) -> tuple[Book, pl.DataFrame]:
    """Fold and judge a log in one of the kernel's speeds: the book, and every deadline as numbers."""
    import numpy
    import polars as pl

    rules, events, rows = log.compiled.rules, log.events, log.frame.height
    if speed.is_compiled:
        arrays: Any = (value if isinstance(value, int) else numpy.asarray(value, "int64") for value in rules)
        rules = Rules(*arrays)
    else:
        lists: Any = (numpy.asarray(column).tolist() for column in events)
        events = Events(*lists)
    like: Any = numpy if speed.is_compiled else list
    book = new_book(rules, rows, rows, like=like)
    row = 0
    while (row := speed.fold(rules, events, book, row, rows)) < rows:
        book = grow(book)
    count = book.tally[3]
    at, at_day = (0, 0) if log.as_at is None else (bounds(log.as_at)[1], bounds(log.as_at)[3])
    verdicts: list[Any] = [numpy.zeros(count, "int64") if speed.is_compiled else [0] * count for _ in range(5)]
    speed.judge_all(rules, events, book, at, at_day, *verdicts)
    names = ("timer", "whose", "anchored", "by_anchor", "again", "stopped", "unseen_from")
    columns: dict[str, Any] = {name: getattr(book, name)[:count] for name in names}
    columns |= dict(zip(("status", "why", "first", "last", "over"), verdicts, strict=True))
    judged = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.Int64))
    for name in ("edition", "opened"):
        of_episode = series(getattr(book, name), book.tally[0])
        judged = judged.with_columns(of_episode.gather(judged["whose"]).alias(name))
    judged = judged.with_columns(elapsed=deadlines.elapsed(log, judged))
    return book, judged.with_row_index("d").sort("whose", "timer", "d")
