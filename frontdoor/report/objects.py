"""What a desk gives, as plain values for programs: the same names everywhere, moments as files show them."""

from __future__ import annotations

__all__ = ["allowed_object", "breach_object", "case_object", "deadline_object", "event_object", "refusal_object"]

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from frontdoor.case import Breach, Case, Deadline, Episode
from frontdoor.errors import Allowed, Refused
from frontdoor.event import Event
from frontdoor.moment import written
from frontdoor.report.timeline import Line, timeline
from frontdoor.report.words import how_late, left
from frontdoor.working_days import Calendar


def case_object(case: Case, *, calendar: Calendar, allowed: Sequence[Allowed] | None = None) -> dict[str, Any]:
    """A case with its whole timeline; what may be done next where it is given. `dated_later` has the ids of events
    that are dated later than `as_at`, which are not in its episodes and deadlines."""
    found: dict[str, Any] = {
        "case_id": case.case_id, "version": case.version, "as_at": written(case.as_at),
        "episodes": [_episode(one) for one in case.episodes],
        "timeline": [_line(one) for one in timeline(case)],
        "deadlines": [deadline_object(one, case.as_at, calendar) for one in case.deadlines],
        "breaches": [breach_object(one, calendar) for one in case.breaches],
        "findings": [one._asdict() for one in case.findings],
        "dated_later": [one.event_id for one in case.dated_later],
    }  # fmt: skip
    if allowed is not None:
        found["allowed"] = [allowed_object(one) for one in allowed]
    return found


def event_object(event: Event) -> dict[str, Any]:
    """An event without its hashes."""
    return {
        "event_id": event.event_id, "position": event.position, "version": event.version, "case_id": event.case_id,
        "event": event.event, "episode": event.episode, "happened_at": written(event.happened_at),
        "recorded_at": written(event.recorded_at), "actor": event.actor, "role": event.role, "family": event.family,
        "details": dict(event.details), "cause": event.cause,
    }  # fmt: skip


def _line(line: Line) -> dict[str, Any]:
    return {
        **event_object(line.event), "title": line.title, "recorded_late": line.recorded_late,
        "corrected_by": line.correction.event_id if line.correction else "", "struck_out": line.is_struck_out,
    }  # fmt: skip


def _episode(one: Episode) -> dict[str, Any]:
    return {
        "episode": one.name, "workflow": one.workflow, "state": one.state, "title": one.title, "open": one.is_open,
        "guidance": one.guidance, "opened_at": written(one.opened_at), "changed_at": written(one.changed_at),
        "family": one.family,
    }  # fmt: skip


def deadline_object(one: Deadline, now: datetime, calendar: Calendar) -> dict[str, Any]:
    """A deadline, with its time left in words."""
    return {
        "case_id": one.case, "episode": one.episode, "timer": one.timer, "title": one.title, "guidance": one.guidance,
        "counts_from": one.counts_from, "counted_from": written(one.counted_from),
        "allowed": None if one.allowed is None else one.allowed.count,
        "unit": None if one.allowed is None else one.allowed.unit.value,
        "due": written(one.due), "late_from": written(one.late_from), "stopped_at": written(one.stopped_at),
        "status": one.status, "over": one.over, "left": left(one, now, calendar), "why": one.why, "basis": one.basis,
        "cites": one.cites,
    }  # fmt: skip


def breach_object(one: Breach, calendar: Calendar) -> dict[str, Any]:
    """A breach, with how late it was in words."""
    return {
        "event_id": one.event_id, "case_id": one.case, "episode": one.episode, "timer": one.timer, "title": one.title,
        "counted_from": one.counted_from, "due": written(one.due), "late_from": written(one.late_from),
        "detected_at": written(one.detected_at), "lag_seconds": int(one.lag.total_seconds()),
        "late": how_late(one, calendar), "basis": one.basis, "guidance": one.guidance, "calendar": one.calendar,
        "withdrawn_at": written(one.withdrawn_at), "why": one.why,
    }  # fmt: skip


def allowed_object(one: Allowed) -> dict[str, Any]:
    """Something that may be done."""
    return {**one._asdict(), "by": list(one.by), "needs": list(one.needs)}


def refusal_object(error: Refused) -> dict[str, Any]:
    """Why something was not recorded, and what may be done instead."""
    return {
        "recorded": False, "case_id": error.case, "event": error.event, "state": error.state,
        "reasons": [one._asdict() for one in error.reasons],
        "allowed": [allowed_object(one) for one in error.allowed],
    }  # fmt: skip
