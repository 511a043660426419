"""The facts of an audit, or of a part of it.

A part is cut out by marking what is `counted`: the rest stays, for a referral's earlier referral may be another team's.
"""

from __future__ import annotations

__all__ = ["DIMENSIONS", "Facts", "of"]

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs

from frontdoor.carrying import Carries
from frontdoor.formats.source import DETAIL
from frontdoor.library import Library
from frontdoor.moment import EPOCH, bounds, written
from frontdoor.replay import deadlines
from frontdoor.replay.audit import Audit
from frontdoor.replay.facts import clocks, episodes, events
from frontdoor.replay.facts.episodes import DIMENSIONS
from frontdoor.working_days import Calendar

if TYPE_CHECKING:
    import polars as pl

    from frontdoor.replay.measures.measure import Measure

_MADE_ONCE = ("events", "states", "_every_episode", "_every_clock", "stays")
"""What does not depend on which part is counted."""


def of(audit: Audit | Facts) -> Facts:
    """The facts of an audit; facts as they are."""
    return audit if isinstance(audit, Facts) else audit.facts


@attrs.define(slots=False, eq=False)
class Facts:
    """The columns of one audit, of which those that are `counted` are asked for."""

    audit: Audit
    wanted: Mapping[str, str] = attrs.field(factory=dict)
    """What an episode must have to be counted: {'team': 'North'}."""
    first: date | None = None
    last: date | None = None
    """The days between which it must have opened, both included."""

    def only(self, *, first: date | None = None, last: date | None = None, **wanted: str) -> Facts:
        """The same facts, counting only episodes of a team, source, priority, worker or workflow, or opened between two days.

        Raises:
            ValueError: work is not cut out by what is asked for.
        """
        unknown = set(wanted) - {*DIMENSIONS, "workflow"}
        if unknown:
            known = ", ".join((*DIMENSIONS, "workflow"))
            raise ValueError(f"work is not cut out by {', '.join(sorted(unknown))}, only by {known}, first and last.")
        part = Facts(self.audit, {**self.wanted, **wanted}, first or self.first, last or self.last)
        part.__dict__.update({name: self.__dict__[name] for name in _MADE_ONCE if name in self.__dict__})
        return part

    # ---- the audit ----

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        """Every measure of what is counted (`measures.every`)."""
        from frontdoor.replay.measures import caseload, conversion, gaming, recording, rereferral, timeliness, waits

        subjects = (timeliness, conversion, rereferral, recording, waits, caseload, gaming)
        return tuple(one for subject in subjects for one in subject.measures(self))

    @property
    def among(self) -> str:
        """What is counted, in words: 'team North, opened from 2009-10-01'; empty: everything."""
        parts = [f"{name} {value}" for name, value in self.wanted.items()]
        span = [f"from {self.first}"] if self.first else []
        span += [f"to {self.last}"] if self.last else []
        return ", ".join(parts + ([f"opened {' '.join(span)}"] if span else []))

    @property
    def as_at(self) -> str:
        """The moment judged from, as files write it."""
        return written(self.audit.as_at)

    @cached_property
    def today(self) -> int:
        """The day judged from, from 1970."""
        return 0 if self.audit.as_at is None else bounds(self.audit.as_at)[3]

    @property
    def library(self) -> Library:
        """The workflows judged by."""
        return self.audit.library

    @property
    def calendar(self) -> Calendar:
        """The working days counted by."""
        return self.audit.library.calendar

    @cached_property
    def workflows(self) -> tuple[str, ...]:
        """Those of which there is any episode, counted or not, in the order in which a child meets them."""
        there = set(self._every_episode["workflow"].unique())
        return tuple(name for name in self.library.names() if name in there)

    def declares(self, *workflows: str) -> bool:
        """Whether each of these workflows is declared: measures of the front door mean nothing to another process."""
        return set(workflows) <= set(self.library.names())

    def has(self, workflow: str) -> bool:
        """Whether there is any episode of a workflow, counted or not."""
        return workflow in self.workflows

    def occurs(self, *names: str) -> bool:
        """Whether any of these events is anywhere in the source."""
        import polars as pl

        return bool(self.events.select(pl.col("event").is_in(names).any()).item())

    def order(self, timer: str) -> tuple[int, int]:
        """Where a timer stands in a list."""
        return deadlines.rank(self.audit.log, timer)

    # ---- what the source can tell ----

    def holds(self, *transitions: str) -> bool:
        """Whether the source has a place for each of these: 'referral.feed_back'; of several put together, any of them."""
        return any(all(map(one.holds, transitions)) for one in self._carries)

    def holds_every(self, *transitions: str) -> bool:
        """Whether each of these, had it happened to any child there is, would be in the source: it has a place for it, and not
        of some period only."""
        return bool(self._every_episode.select(self.able(*transitions, every=True).all()).item())

    def holds_detail(self, name: str) -> bool:
        """Whether the source has a place for that detail."""
        there = DETAIL + name in self.audit.source.events.columns
        return there and any(one.details is None or name in one.details for one in self._carries)

    @property
    def case(self) -> str:
        """What a case is, in sentences: a child, where the workflows of the front door are declared; else a case."""
        return "child" if self.declares("contact", "referral") else "case"

    @property
    def cases(self) -> str:
        """The same, of several."""
        return "children" if self.case == "child" else "cases"

    def able(self, *transitions: str, detail: str = "", every: bool = False) -> pl.Expr:
        """Of each episode whether those sources that know its child have a place for these transitions, and that detail; for
        `every` one of them, not of some period only."""
        import polars as pl

        able = [
            number
            for number, one in enumerate(self._carries)
            if all(map(one.holds_every if every else one.holds, transitions))
            and (not detail or one.details is None or detail in one.details)
        ]
        return pl.lit(True) if len(able) == len(self._carries) else pl.col("group").is_in(able)

    @property
    def _carries(self) -> tuple[Carries, ...]:
        return self.audit.source.groups or (self.audit.source.carries,)

    def detail(self, name: str) -> pl.DataFrame:
        """What each row says of a detail: `row`, `value` ('' where nothing), be it one that is looked for or not."""
        return events.detail(self.audit, name if DETAIL + name in self.audit.source.events.columns else "")

    # ---- the columns ----

    @cached_property
    def events(self) -> pl.DataFrame:
        """A row an event, in the order it was folded.

        `row`, `e` (its episode, -1: unknown), `case_id`, `event`, `workflow`, `move`, `happened_from`, `happened_to` in
        microseconds, `day`, `last_day`, `recorded_day`, `actor`, `role`, `family`, `position`, `faults` (the kernel's bits),
        `found` (the number of the state it found), `applies` (it was not too late for an episode that had ended) and
        `late` (it was recorded late).
        """
        return events.table(self.audit)

    @cached_property
    def episodes(self) -> pl.DataFrame:
        """A row an episode, in order of opening within its case.

        `e`, `case_id`, `workflow`, `name`, `guidance`, `opened` and `closed` (rows), `opened_day` (`opened_last_day` where
        only a span is known), `closed_day` (null: not closed), `state`, `standing` ('open', 'ended', or 'cannot tell' where
        the source has no place for what may have ended it), `parent` (the `e` it came from; null: not known), `month`
        opened, `judged_to` (the day it is judged from), `group` (of sources, for `able`), `team`, `source`, `priority`,
        `worker`, and `counted`.
        """
        import polars as pl

        conditions = [pl.col(name) == value for name, value in self.wanted.items()]
        if self.first is not None:
            conditions.append(pl.col("opened_day") >= self.first.toordinal() - EPOCH)
        if self.last is not None:
            conditions.append(pl.col("opened_day") <= self.last.toordinal() - EPOCH)
        counted = pl.all_horizontal(conditions) if conditions else pl.lit(True)
        return self._every_episode.with_columns(counted=counted)

    @cached_property
    def clocks(self) -> pl.DataFrame:
        """A row a deadline, in the order of deadlines.csv.

        `d`, `e`, `case_id`, `workflow`, `name`, `timer`, `basis`, `guidance`, `allowed`, `unit`, `again`, `status`, `why`
        it cannot be told (the kernel's code), `anchored` and `stopped` (rows; null), `from_day`, `from_at`, `to_day`,
        `to_at` (null where not known to the day, or for hours to the moment), `due_day` (null where not known), `due_at` (of
        hours), `over`, `elapsed` (counted in hours), `taken` and `age` (in working days, or in hours where `elapsed`; null
        where not known), `month` it fell due, the columns of its episode that say whose work it is, and `counted`.
        """
        mine = self.episodes.select("e", "counted")
        return self._every_clock.join(mine, on="e", how="left", maintain_order="left")

    @cached_property
    def stays(self) -> pl.DataFrame:
        """Every stay of an episode in a state: `e`, `case_id`, `workflow`, `guidance`, `state`, `final`, `may_have_ended`,
        `since` and `until` (days from 1970; the day judged from where it has not `left`), in order."""
        return clocks.stays(self)

    @cached_property
    def guarded(self) -> pl.DataFrame:
        """The states in which each clock with a length runs: `guidance`, `timer`, `state`."""
        return clocks.guarded(self.audit)

    def roots(self, some: pl.DataFrame, workflow: str) -> pl.DataFrame:
        """Some episodes with their `root`: the episode of a workflow that they came of, however far back; null: none."""
        return episodes.roots(self._every_episode, some, workflow, len(self.library.names()))

    def rows_of(self, cases: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
        """The events of some cases as the source has them, details too, in the order they were folded, each with the `name`
        of its episode; a case without any is not there."""
        return events.rows_of(self.audit, cases)

    @cached_property
    def states(self) -> pl.DataFrame:
        """Every state by `group` of sources, `edition`, workflow (`number`) and its own number (`at`): its `state`, whether it
        is `final`, and whether a case `may_have_ended` in it, unseen by the source."""
        return events.states(self.audit)

    @cached_property
    def _every_episode(self) -> pl.DataFrame:
        return episodes.table(self, self.states)

    @cached_property
    def _every_clock(self) -> pl.DataFrame:
        return clocks.table(self, self._every_episode)
