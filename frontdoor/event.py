"""An event: something that happened, or that the desk noticed; once in a log it is never changed.

Every event has two moments: when it happened and when it was recorded. What people did is `workflow.transition`; what the
desk adds itself is a breach that was raised or withdrawn, a correction, a daily check or an import.
"""

from __future__ import annotations

__all__ = [
    "DESTROYED",
    "OWN",
    "RESTORED",
    "Draft",
    "Event",
    "canonical",
    "details_text",
    "effective",
    "is_given",
    "is_own",
    "is_whole",
    "read_moment",
    "stored",
]

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from json.encoder import encode_basestring as _quoted
from typing import Any

import attrs

from frontdoor.errors import LogTampered
from frontdoor.moment import FIRST_YEAR, LAST_YEAR, Happened, Span

OWN = ("breach_raised", "breach_withdrawn", "corrected")
"""What stands after the dot of the events that the desk records of a case itself."""
DESK = "desk"
"""The workflow that the desk's events about no step of a case are named by: desk.checked, desk.imported, desk.clock_accepted."""
DESTROYED = f"{DESK}.details_destroyed"
"""That the key of a case's details was destroyed: the one event of the desk's that is about a case, and no step of it."""
RESTORED = f"{DESK}.restored"
"""That the log was put back from a backup, which ended at the event before."""


class Details(dict[str, Any]):
    """The details of an event: a dict that nobody can write on."""

    def _never(self, *_: object, **__: object) -> None:
        raise TypeError("what was recorded is never changed: record a correction")

    __setitem__ = __delitem__ = clear = pop = popitem = setdefault = update = __ior__ = _never  # type: ignore[assignment]

    def __reduce__(self) -> tuple[type[Details], tuple[dict[str, Any]]]:
        return Details, (dict(self),)


def _kept(details: Mapping[str, Any]) -> Details:
    return details if details.__class__ is Details else Details(details)


@attrs.frozen
class Draft:
    """An event that is still to be recorded: what happened, without its place in a log."""

    case_id: str
    """Opaque; empty for the desk's own events about no case."""
    event: str
    """'referral.accept'."""
    happened_at: Happened
    recorded_at: Happened | None
    """None only for what was imported from records that do not say it."""
    actor: str
    role: str
    episode: str
    """The name of its episode, unique in the case and workflow: 'referral-1', or the caller's own."""
    family: str
    """A reference that siblings share; empty where there is none."""
    details: Mapping[str, Any] = attrs.field(converter=_kept)
    event_id: str
    cause: str = ""
    """The event id of the event that brought this one about; empty where none did."""
    digest: str = ""
    """Of the workflow, as its edition has it, that the episode is bound to."""


@attrs.frozen
class Event(Draft):
    """An event with its place in a log."""

    position: int = attrs.field(kw_only=True)
    """From 1, without a gap; 0 for as long as it has none, as when a log gives it only after the event is committed."""
    version: int = attrs.field(kw_only=True)
    """From 1 within the case, without a gap."""
    salt: str = attrs.field(kw_only=True, repr=False)
    details_digest: str = attrs.field(kw_only=True, repr=False)
    """SHA-256 of the salt and the details as they stand in the log (`log.sealing`): what the chain holds of them."""
    hash: str = attrs.field(kw_only=True, repr=False)
    """Chained to the case's event before."""
    link: str = attrs.field(kw_only=True, repr=False)
    """Chained to the log's event before; empty for as long as it has no position."""

    @property
    def workflow(self) -> str:
        """What stands before the dot."""
        return self.event.partition(".")[0]

    @property
    def name(self) -> str:
        """What stands after the dot."""
        return self.event.partition(".")[2]

    @property
    def where(self) -> str:
        """By what it is told of in a message: 'event 17', or where it has no position yet its id."""
        return f"event {self.position or self.event_id}"

    @property
    def is_own(self) -> bool:
        """Whether the desk recorded it of itself; else somebody did something."""
        return is_own(self.event)


_SAYS = {
    "breach_raised": ("timer", "title", "anchor", "due", "late_from", "detected_at", "lag_seconds", "basis", "guidance", "calendar",
                      "counts_from", "counted_from"),
    "breach_withdrawn": ("breach", "why"),
    "corrected": ("corrects", "becomes"),
    "checked": ("at", "day"),
    "details_destroyed": ("because", "unreadable", "in_the_open"),
}  # fmt: skip
"""What the details of the desk's own events say."""


def is_whole(event: Event) -> bool:
    """Whether an event that was read says all that one of its kind does, and of a time that there is."""
    happened = event.happened_at
    years = (
        (happened.first.year, happened.last.year)
        if isinstance(happened, Span)
        else (happened.year,)
        if happened
        else ()
    )
    if not years or not all(FIRST_YEAR <= year <= LAST_YEAR for year in years):
        return False
    if not event.is_own:
        return True
    said = event.details
    if not isinstance(event.recorded_at, datetime) or not all(name in said for name in _SAYS.get(event.name, ())):
        return False
    moments = [said[name] for name in ("late_from", "detected_at") if event.name == "breach_raised"]
    if event.name == "corrected" and said["becomes"] is not None:
        moments += [said["becomes"][name] for name in ("happened_at",) if name in said["becomes"]]
        if not set(said["becomes"]) <= {field.name for field in attrs.fields(Draft)}:
            return False
    return all(read_moment(moment) is not None for moment in moments)


def is_own(event: str) -> bool:
    """Whether an event of that name is the desk's own."""
    workflow, _, name = event.partition(".")
    return name in OWN or workflow == DESK


def is_given(value: object) -> bool:
    """Whether a detail says anything: neither None nor blank text."""
    return value is not None and not (isinstance(value, str) and not value.strip())


def stored(happened: Happened | None) -> str:
    """As a log keeps it: a moment in UTC to the microsecond where it has any, a date, a span 'date/date', '' for None."""
    if isinstance(happened, datetime):
        at = happened if happened.tzinfo is UTC else happened.astimezone(UTC)
        # which is isoformat(), in half of its time, for the days are few, and the minutes of a day
        return at.isoformat() if at.microsecond else _day(at.toordinal()) + _time(at.hour, at.minute, at.second)
    return "" if happened is None else str(happened)


@lru_cache(maxsize=50_000)
def _day(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat()


@lru_cache(maxsize=100_000)
def _time(hour: int, minute: int, second: int) -> str:
    return f"T{hour:02}:{minute:02}:{second:02}+00:00"


def read_moment(text: str) -> Happened | None:
    """The inverse of `stored`."""
    if not text:
        return None
    if len(text) > 21:
        return datetime.fromisoformat(text)
    if len(text) == 21:
        return Span(date.fromisoformat(text[:10]), date.fromisoformat(text[11:]))
    return date.fromisoformat(text)


_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def details_text(details: object) -> str:
    """Details, or one of them, as a log keeps them: JSON with sorted keys and no spaces."""
    if isinstance(details, Details):
        if not details:
            return "{}"
        try:  # most are texts alone, of which the encoder would take its time
            return "{" + ",".join([f"{_quoted(name)}:{_quoted(details[name])}" for name in sorted(details)]) + "}"
        except TypeError:
            pass
    return _encode(details)


def details_digest(salt: str, text: str) -> str:
    """What the chain holds of the details: SHA-256 of the salt (hex) and their text, in hex."""
    return hashlib.sha256(f"{salt}\n{text}".encode()).hexdigest()


def canonical(
    event_id: str, case_id: str, version: int, event: str, happened_at: str, recorded_at: str, actor: str, role: str,
    episode: str, family: str, cause: str, digest: str, details_digest: str,
) -> bytes:  # fmt: skip
    """The bytes of an event that its hash is made of; no text in them holds the NUL that parts them.

    The position is not among them, so that a log may give it later; it is the link that holds it.
    """
    return "\0".join((
        "frontdoor event 1", event_id, case_id, str(version), event, happened_at, recorded_at, actor, role, episode, family,
        cause, digest, details_digest,
    )).encode()  # fmt: skip


def effective(events: Iterable[Event]) -> list[Event]:
    """What people did, as it now stands: the desk's own events left out, corrected ones as corrected, each in its place.

    A correction names the event it corrects (`details["corrects"]`) and what it becomes: some of its fields anew
    (`details["becomes"]`), or None where it never happened. Of several corrections of one event the last stands alone;
    one that changes nothing brings it back as it was recorded.
    """
    facts: dict[str, Event | None] = {}
    recorded: dict[str, Event] = {}
    for event in events:
        if not event.is_own:
            facts[event.event_id] = recorded[event.event_id] = event
        elif event.name == "corrected":
            original = recorded.get(event.details["corrects"])
            if original is None:
                said = f"{event.where} corrects one that the log does not have: see what verify says."
                raise LogTampered(said, event.position or None)
            becomes = event.details["becomes"]
            facts[original.event_id] = None if becomes is None else corrected(original, becomes)
    return [fact for fact in facts.values() if fact is not None]


def corrected(event: Event, becomes: Mapping[str, Any]) -> Event:
    """An event with some of its fields anew."""
    changes = dict(becomes)
    if "happened_at" in changes:
        changes["happened_at"] = read_moment(changes["happened_at"])
    return attrs.evolve(event, **changes)
