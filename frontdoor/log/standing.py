"""What stands now of a case: its episodes, their deadlines, its breaches, as rows that a log keeps beside the events.

They are made by the desk from the events alone, and can be made again from them.
"""

from __future__ import annotations

__all__ = ["BreachRow", "DeadlineRow", "EpisodeRow", "Standing"]

from typing import NamedTuple

import attrs


class EpisodeRow(NamedTuple):
    """One run of one workflow in a case."""

    case_id: str
    number: int
    """In order of opening in the case, from 1."""
    episode: str
    """Its name."""
    workflow: str
    state: str
    title: str
    """Of the state."""
    is_open: int
    """1 until it is in a final state."""
    edition: str
    """The guidance it is bound to; empty before the first edition."""
    opened_at: str
    changed_at: str
    """When it came to its state."""
    family: str
    """Of the event that opened it."""
    digest: str
    """Of the workflow that it is bound to."""


class DeadlineRow(NamedTuple):
    """One timer on one episode: counted from when, due when, stopped when."""

    case_id: str
    number: int
    """In order of its episode and then of the timers, from 1."""
    episode: str
    timer: str
    """'referral.decision'."""
    counts_from: str
    """The qualified event; empty where it is missing."""
    anchor: str
    """The id of that event."""
    counted_from: str
    """When it happened."""
    allowed: int | None
    unit: str
    due: str
    """A date, or for hours a moment; empty where it cannot be told."""
    late_from: int | None
    """The first moment at which it is late, in microseconds from 1970; None where that cannot be told."""
    status: str
    """'running' until it is stopped, however late; then 'met', 'late' or 'ended'; 'cannot_tell'."""
    stopped_by: str
    """The id of the event that stopped it; empty while it runs."""
    stopped_at: str
    over: int | None
    """Working days (for hours: hours) late; None unless it was stopped late."""
    basis: str
    """'statutory' or 'local'."""
    edition: str
    cites: str
    breached: int
    """1 while a breach of it stands."""


class BreachRow(NamedTuple):
    """A breach that was raised: the recorded fact that a deadline passed unmet."""

    case_id: str
    breach: str
    """The id of the event that raised it."""
    episode: str
    timer: str
    anchor: str
    """The id of the event that the deadline counts from."""
    due: str
    late_from: int
    detected_at: str
    lag_seconds: int
    """From the moment it was late to its detection."""
    basis: str
    edition: str
    calendar: str
    """The version of the bank holidays it was counted by."""
    withdrawn: str
    """The id of the event that withdrew it; empty while it stands."""
    withdrawn_at: str
    why: str
    """Why it was withdrawn."""


@attrs.frozen
class Standing:
    """All that stands of one case."""

    case_id: str
    episodes: tuple[EpisodeRow, ...] = ()
    deadlines: tuple[DeadlineRow, ...] = ()
    breaches: tuple[BreachRow, ...] = ()
