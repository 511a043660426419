"""What people look at: a case, its episodes and deadlines, and the breaches that were recorded.

All of it is a view of the log as at a moment; nothing here changes anything.
"""

from __future__ import annotations

__all__ = ["Breach", "Case", "Deadline", "Episode", "Finding"]

from datetime import date, datetime, timedelta
from typing import NamedTuple

import attrs

from frontdoor.event import Event, effective
from frontdoor.moment import Happened, bounds, instant
from frontdoor.timescale import Timescale
from frontdoor.workflow import Workflow


@attrs.frozen
class Episode:
    """One run of one workflow inside a case."""

    name: str
    """'referral-1', or the name that its caller gave it."""
    declaration: Workflow = attrs.field(repr=False)
    """The workflow as the edition has it that the episode is bound to, local files laid over."""
    state: str
    guidance: str
    """The edition it is bound to: the one in force on the day it opened; empty before the first."""
    opened_at: Happened
    changed_at: Happened
    """When it came to its state."""
    family: str = ""
    was: str | None = None
    """The state before the event that this view was made for; None where that opened it, or there is none."""

    @property
    def workflow(self) -> str:
        """The name of its workflow."""
        return self.declaration.name

    @property
    def title(self) -> str:
        """Its state in words."""
        return self.declaration.states[self.state].title or self.state

    @property
    def is_open(self) -> bool:
        """Whether it has not come to a final state."""
        return not self.declaration.states[self.state].final


@attrs.frozen
class Deadline:
    """One timer on one episode: counted from when, due when, stopped when, and what it comes to as at a moment."""

    case: str
    episode: str
    timer: str
    """Qualified: 'referral.decision'."""
    title: str
    guidance: str
    """The edition that says how long; empty before the first."""
    counts_from: str
    """The qualified event; empty where that is missing."""
    counted_from: Happened | None
    anchor: str = attrs.field(repr=False)
    """The id of that event."""
    allowed: Timescale | None
    due: date | datetime | None
    """A date, any time of which is in time; for hours a moment, itself in time; None where it cannot be told."""
    late_from: datetime | None
    """The first moment at which it is late: that after the due moment, or the start of the day after the due day."""
    stopped_by: str = attrs.field(repr=False)
    """The id of the event that stopped it; empty while it runs."""
    stopped_at: Happened | None
    status: str
    """'running' or 'overdue' while it runs; 'met', 'late' or 'ended' when it has stopped; or 'cannot_tell'."""
    over: int | None
    """Late or overdue by so many working days (for hours: whole hours)."""
    why: str
    """Why the status cannot be told; else empty."""
    basis: str
    cites: str = attrs.field(repr=False)

    @property
    def is_running(self) -> bool:
        """Whether nothing has stopped it, in time or not."""
        return self.status in ("running", "overdue")

    def time_left(self, now: datetime) -> timedelta | None:
        """How long until it is late, negative once it is; None where the due moment cannot be told."""
        return None if self.late_from is None else self.late_from - now


@attrs.frozen
class Breach:
    """The recorded fact that a deadline passed unmet."""

    case: str
    episode: str
    timer: str
    title: str
    anchor: str = attrs.field(repr=False)
    """The id of the event it counts from."""
    counted_from: str
    """That event, and when it happened."""
    due: date | datetime | None
    """None where it hangs on an hour that is not known; it was late all the same from `late_from`."""
    late_from: datetime
    detected_at: datetime
    basis: str
    guidance: str
    calendar: str
    """The version of the bank holidays it was counted by."""
    event_id: str
    """Of the event that raised it."""
    withdrawn_at: datetime | None = None
    """When it was withdrawn, because what stopped the clock had happened in time and was recorded late; else None."""
    why: str = ""
    """Why it was withdrawn."""

    @property
    def lag(self) -> timedelta:
        """From the moment it was late to its detection."""
        return self.detected_at - self.late_from

    @property
    def stands(self) -> bool:
        """Whether it has not been withdrawn."""
        return self.withdrawn_at is None


class Finding(NamedTuple):
    """What an audit would find in an event that was recorded all the same."""

    rule: str
    event_id: str
    message: str


@attrs.frozen
class Case:
    """One child's journey as at a moment."""

    case_id: str
    version: int
    """Of its last event in the log: hand it back as `expected_version` to be told if somebody else was there first."""
    as_at: datetime
    episodes: tuple[Episode, ...]
    """In order of opening."""
    deadlines: tuple[Deadline, ...]
    """Of every episode, running and ended, in order of the episodes and of their timers."""
    breaches: tuple[Breach, ...]
    """All that were raised, withdrawn ones too."""
    findings: tuple[Finding, ...]
    events: tuple[Event, ...] = attrs.field(repr=False)
    """The whole timeline in order of recording, the desk's own events included, as it was recorded."""
    facts: tuple[Event, ...] = attrs.field(repr=False)
    """What people did, in the order it happened, corrected where it was corrected."""

    @property
    def running(self) -> tuple[Deadline, ...]:
        """The deadlines that run, overdue ones included, the soonest first."""
        last = datetime.max.replace(tzinfo=self.as_at.tzinfo)
        return tuple(sorted((d for d in self.deadlines if d.is_running), key=lambda d: d.late_from or last))

    @property
    def dated_later(self) -> tuple[Event, ...]:
        """What people did by the record, corrected where it was corrected, that is dated later than `as_at`. Where that is now,
        it was recorded by a clock that was ahead."""
        until = instant(self.as_at)
        return tuple(fact for fact in effective(self.events) if bounds(fact.happened_at)[0] > until)

    @property
    def open(self) -> tuple[Episode, ...]:
        """The episodes that have not ended."""
        return tuple(episode for episode in self.episodes if episode.is_open)
