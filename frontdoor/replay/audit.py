"""An audit: fold a source's events through the kernel, judge every deadline, and give what was found as tables.

    audit = run(formats.read("log.csv"), library.load())
    audit.deadlines     # a polars frame with the columns of deadlines.csv
    audit.findings      # likewise of findings.csv

The desk refuses; an audit reports. A record is believed: an illegal transition is a finding, and the case goes on from
where the record says it went. What a source cannot carry is not held against it.
"""

from __future__ import annotations

__all__ = ["Audit", "run"]

from collections.abc import Iterator
from concurrent.futures import Executor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from frontdoor.formats import Source, read
from frontdoor.library import Library
from frontdoor.moment import Happened, parse
from frontdoor.replay import deadlines, findings
from frontdoor.replay.columns import Log, lay_out
from frontdoor.replay.folding import Folded, fold
from frontdoor.replay.parts import PART

if TYPE_CHECKING:
    import polars as pl

    from frontdoor.replay.facts import Facts

COMPILE_FROM = 60_000
"""Events from which loading the compiled kernel costs less time than interpreting them (tests/benchmarks)."""


@attrs.define(slots=False)
class Audit:
    """What a source's events come to: what the kernel wrote, and tables made from it when asked."""

    log: Log
    library: Library
    folded: Folded

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
        return deadlines.episodes(self.log, self.folded)

    @cached_property
    def deadlines(self) -> pl.DataFrame:
        """Every deadline, with the columns of deadlines.csv: cases in order of their first row, episodes of opening."""
        return deadlines.table(self.log, self.folded.judged, self.episodes)

    @cached_property
    def findings(self) -> pl.DataFrame:
        """Every finding, with the columns of findings.csv, in the same order."""
        return findings.table(self.log, self.folded, self.episodes)

    def deadline_slices(self, most: int = PART) -> Iterator[pl.DataFrame]:
        """The same table as `deadlines` slice by slice, each of the cases of some `most` events, to be written without having
        all of it; one slice at least, if an empty one."""
        return deadlines.slices(self.log, self.folded, most)

    def finding_slices(self, most: int = PART) -> Iterator[pl.DataFrame]:
        """The same table as `findings` slice by slice."""
        return findings.slices(self.log, self.folded, most)

    @cached_property
    def timers(self) -> dict[str, dict[str, int]]:
        """How many deadlines of each timer have each status, for those that have any."""
        return deadlines.counts(self.log, self.folded.judged)

    @cached_property
    def rules(self) -> dict[str, int]:
        """How many findings there are of each rule, in the order of the rules, for those that have any."""
        return findings.counts(self.log, self.folded)

    @cached_property
    def facts(self) -> Facts:
        """What it found as plain columns to count in, made once for all that ask (`facts.of`)."""
        from frontdoor.replay.facts import Facts

        return Facts(self)

    @property
    def events(self) -> int:
        """How many events were looked at."""
        return self.log.rows.height

    @property
    def cases(self) -> int:
        """How many cases have an event that was looked at."""
        return self.log.rows["case"].n_unique()


def run(
    source: Source | str | Path | bytes,
    library: Library | None = None,
    *,
    as_at: Happened | str | None = None,
    as_known_at: Happened | str | None = None,
    compile_from: int | None = COMPILE_FROM,
    executor: Executor | None = None,
) -> Audit:
    """Audit a source (or a file, or the bytes of one) by a library, each episode under the edition it opened under.

    Without a `library` a source that carries its own is judged by that, each episode under the edition that the source
    binds it to; any other by the shipped one.
    `as_at` is the moment judged from (default: the source's reference date, else the last moment of recording, else of
    happening); `as_known_at` hides what was recorded later. `compile_from` is the number of events from which the
    compiled kernel is used where numba is installed; None never uses it. The answer is the same. A moment may be
    written, as '2009-11-19' or '2009-11-19T16:00'. An `executor` (of `concurrent.futures`, or dask's) folds blocks of cases on
    its workers, where frontdoor must be installed, too; the answer is again the same.

    Raises:
        InputError: the file cannot be read.
        MomentError: a moment is written that is none.
    """
    source = source if isinstance(source, Source) else read(source)
    as_at = parse(as_at) if isinstance(as_at, str) else as_at
    as_known_at = parse(as_known_at) if isinstance(as_known_at, str) else as_known_at
    log = lay_out(source, library, as_at=as_at, as_known_at=as_known_at)
    return Audit(log, log.compiled.library, fold(log, compile_from=compile_from, executor=executor))
