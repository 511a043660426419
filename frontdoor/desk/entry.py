"""What somebody asks the desk to record, made ready: text trimmed, moments aware, an id given; and what is wrong with it."""

from __future__ import annotations

__all__ = ["UNSEEN", "Entry", "is_text", "moment", "normal_id", "of_the_desk", "ready", "when"]

import json
import re
import uuid
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

import attrs

from frontdoor.errors import MomentError, Reason, Refused, did_you_mean
from frontdoor.event import details_text
from frontdoor.log.shown import Unreadable
from frontdoor.moment import FIRST_YEAR, LAST_YEAR, Happened, Span, parse


@attrs.frozen
class Entry:
    """One event to record: the arguments of `Desk.record`, for `Desk.record_many`."""

    case_id: str
    event: str
    actor: str = attrs.field(kw_only=True)
    role: str = attrs.field(kw_only=True)
    details: Mapping[str, Any] = attrs.field(factory=dict, kw_only=True)
    happened_at: Happened | str | None = attrs.field(default=None, kw_only=True)
    episode: str | None = attrs.field(default=None, kw_only=True)
    event_id: str | uuid.UUID | None = attrs.field(default=None, kw_only=True)
    expected_version: int | None = attrs.field(default=None, kw_only=True)
    family: str | None = attrs.field(default=None, kw_only=True)
    despite: str | None = attrs.field(default=None, kw_only=True)


LONGEST = 200
"""Characters of a reference or a role; a case note does not belong here."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
UNSEEN = "[\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
"""Characters that nobody sees, or that turn the direction of writing: with them two references look the same and are not."""


def ready(entry: Entry) -> tuple[Entry, list[Reason]]:
    """The entry with its text trimmed, its moment read and an event id; and everything that bars it as it is written.

    Raises:
        MomentError: `happened_at` is not a date or time, or says no offset.
    """
    event_id = str(uuid.uuid4()) if entry.event_id is None else normal_id(entry.event_id)
    if (  # as nearly all are
        event_id is not None
        and entry.expected_version is None
        and all(map(_is_tidy, (entry.case_id, entry.event, entry.actor, entry.role)))
        and all(text is None or _is_tidy(text) for text in (entry.episode, entry.family, entry.despite))
        and _is_plain(entry.details)
    ):
        return Entry(
            entry.case_id, entry.event, actor=entry.actor, role=entry.role, details=entry.details,
            happened_at=when(entry.happened_at), episode=entry.episode, event_id=event_id, family=entry.family,
            despite=entry.despite,
        ), []  # fmt: skip
    reasons: list[Reason] = []
    clean: dict[str, Any] = {}
    for name in ("case_id", "event", "actor", "role", "episode", "family", "despite"):
        value = getattr(entry, name)
        clean[name] = value.strip() if isinstance(value, str) else value
        if value is not None:
            reasons += _wrong_text(name, value, 2_000 if name == "despite" else LONGEST)
    for name, rule in (("case_id", "no-case"), ("event", "no-event"), ("actor", "no-actor"), ("role", "no-role")):
        if not clean[name]:
            facts = rule in ("no-case", "no-event")
            reasons.append(Reason(rule, f"It has no {name}: say {_ASKS[name]}.", bars_facts=facts))
            clean[name] = ""
    if clean["despite"] == "":
        reasons.append(Reason("no-reason", "It must say why.", bars_facts=True))
    details: Any = {} if entry.details is None else entry.details
    is_plain = _is_plain(details)
    wrong = [] if is_plain else _wrong_details(details)
    reasons += wrong
    if not wrong and not is_plain:
        unread = {name: value for name, value in details.items() if isinstance(value, Unreadable)}  # which stay so
        details = json.loads(details_text(details)) | unread  # as a log gives it back: a tuple is a list
    version: Any = entry.expected_version
    if version is not None and (not isinstance(version, int) or isinstance(version, bool)):
        said = f"expected_version must be a whole number, not {type(version).__name__}."
        reasons.append(Reason("bad-version", said, bars_facts=True))
    if event_id is None:
        said = f"The event id {str(entry.event_id)[:60]!r} is not a UUID: make one with uuid.uuid4() and keep it for retries."
        reasons.append(Reason("bad-event-id", said, bars_facts=True))
    made = Entry(
        **clean, details=details, event_id=event_id, happened_at=when(entry.happened_at), expected_version=entry.expected_version
    )  # fmt: skip
    return made, reasons


_ASKS = {
    "case_id": "which case it is of", "event": "what happened, as 'referral.accept'",
    "actor": "who did it, or who records it where that is not known", "role": "in which role they did it",
}  # fmt: skip


def moment(at: datetime) -> datetime:
    """An aware moment.

    Raises:
        MomentError: it is not, or says no offset.
    """
    happened = when(at)
    if not isinstance(happened, datetime):
        raise MomentError(str(at), "is not a moment: use an aware datetime.")
    return happened


def of_the_desk(
    event: str, *, case_id: str = "", actor: str, role: str, roles: Collection[str], reason: str | None = None
) -> None:
    """See that what the desk records at somebody's word says properly whose, and why.

    Raises:
        Refused: it does not.
    """
    asked = Entry(case_id or "-", event, actor=actor, role=role, despite=reason)
    reasons = ready(asked)[1]
    if not reasons and role not in roles:
        reasons = [Reason("wrong-role", f"There is no role {role!r}.{did_you_mean(role, roles)}")]
    if reasons:
        raise Refused(case_id, event, "", [one._replace(bars_facts=True) for one in reasons])


def when(happened: Happened | str | None) -> Happened | None:
    """A moment or date as given, text read; a moment without an offset is refused, for it might be any zone's.

    Raises:
        MomentError: it is none, or says no offset.
    """
    if happened is None:
        return None
    if isinstance(happened, str):
        return parse(happened)
    if isinstance(happened, datetime) and happened.utcoffset() is None:
        raise MomentError(
            happened.isoformat(), "says no offset: use an aware datetime, or a date where only the day is known."
        )
    if not isinstance(happened, (date, Span)):
        raise MomentError(repr(happened), "is not a date or an aware datetime.")
    years = (happened.first.year, happened.last.year) if isinstance(happened, Span) else (happened.year,) * 2
    if years[0] < FIRST_YEAR or years[1] > LAST_YEAR:
        raise MomentError(str(happened), f"lies outside the years {FIRST_YEAR} to {LAST_YEAR}.")
    return happened


def _wrong_text(name: str, value: object, longest: int) -> list[Reason]:
    if not isinstance(value, str):
        return [Reason("bad-text", f"{name} must be text, not {type(value).__name__}.", bars_facts=True)]
    wrong = ""
    if len(value) > longest:
        wrong = f"has {len(value):,} characters, more than {longest:,}"
    elif _CONTROL.search(value.strip()):
        wrong = "holds a control character, such as a line break or NUL"
    elif name != "despite" and (unseen := re.search(UNSEEN, value)):
        wrong = f"holds a character that cannot be seen (U+{ord(unseen[0]):04X}): to the eye it would be another's"
    elif not _is_unicode(value):
        wrong = "holds half a character (a lone surrogate)"
    return [Reason("bad-text", f"{name} {wrong}.", bars_facts=True)] if wrong else []


def _is_tidy(text: object) -> bool:
    """Whether it is a line of text that needs no longer look: no blanks around it, nothing in it that cannot be seen."""
    return text.__class__ is str and 0 < len(text) <= LONGEST and text.isprintable() and text[0] != " " != text[-1]


def _is_plain(details: object) -> bool:
    """Whether they are a few short texts, as nearly all are, which need no longer look."""
    return (
        details.__class__ is dict
        and len(details) <= 100
        and all(
            name.__class__ is str and value.__class__ is str and len(value) <= 1000 and len(name) <= 100
            and name.isprintable() and value.isprintable() and name == name.strip() and name and name not in _TAKEN
            for name, value in details.items()
        )
    )  # fmt: skip


def _wrong_details(details: object) -> list[Reason]:
    if not isinstance(details, Mapping) or not all(isinstance(name, str) and name.strip() for name in details):
        return [Reason("bad-details", "details must be a mapping of names to values.", bars_facts=True)]
    try:
        text = details_text(details)
    except RecursionError:
        return [Reason("bad-details", _TOO_DEEP, bars_facts=True)]
    except (TypeError, ValueError) as error:
        said = f"details must be what JSON can hold: {error}."
        return [Reason("bad-details", said, bars_facts=True)]
    if len(text) > _MOST_DETAILS:
        said = f"details have {len(text):,} characters, more than {_MOST_DETAILS:,}: keep long texts elsewhere, and record where."
        return [Reason("bad-details", said, bars_facts=True)]
    if _depth(details) > _DEEPEST:
        return [Reason("bad-details", _TOO_DEEP, bars_facts=True)]
    taken = sorted(name for name in details if name in _TAKEN or name != name.strip())
    if taken:
        names = " or ".join(ascii(name[:40]) for name in taken[:3])
        said = f"a detail cannot be called {names}: that is an event's own, or has blanks around it."
        return [Reason("bad-details", said, bars_facts=True)]
    if not _is_unicode(text) or "\\u0000" in text:
        return [Reason("bad-details", "details hold NUL or half a character (a lone surrogate).", bars_facts=True)]
    return []


_DEEPEST = 20
_TOO_DEEP = f"details are nested more than {_DEEPEST} deep."
_MOST_DETAILS = 1_000_000
"""Characters of all details of an event together, as JSON."""
_TAKEN = {"case_id", "event", "happened_at", "recorded_at", "actor", "role", "episode", "family", "event_id"}


def _depth(value: object) -> int:
    """How deep lists and mappings stand in one another, as far as one too many."""
    depth, here = 0, [value]
    while here and depth <= _DEEPEST:
        inner = [
            one.values() if isinstance(one, Mapping) else one for one in here if isinstance(one, (Mapping, list, tuple))
        ]
        here = [one for some in inner for one in some]
        depth += bool(inner)
    return depth


def is_text(value: object) -> bool:
    """Whether it is text that can be written down: no half characters, and no NUL."""
    return isinstance(value, str) and _is_unicode(value) and "\0" not in value


def normal_id(event_id: object) -> str | None:
    """An event id as a log has it, however its UUID was written; None if it is no UUID."""
    try:
        return str(uuid.UUID(str(event_id)))
    except ValueError:
        return None


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
