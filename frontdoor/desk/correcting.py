"""Correcting: an event that points at one recorded wrongly, and says how it was; what that opened follows it."""

from __future__ import annotations

__all__ = ["correct"]

import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from frontdoor.desk import breaching, recording
from frontdoor.desk import entry as entries
from frontdoor.desk.entry import Entry
from frontdoor.desk.known import Known
from frontdoor.desk.session import Session
from frontdoor.errors import Conflict, Reason, Refused, UnknownCase
from frontdoor.event import Draft, Event, corrected, details_text, stored
from frontdoor.log.sealing import agrees
from frontdoor.moment import bounds

Change = dict[str, Any] | None
"""The fields by which an event stands otherwise than it was first recorded; None: it never happened."""

_TEXTS = ("event", "actor", "role", "episode", "family")
_CORRECTABLE = {"happened_at", "details", *_TEXTS}


def correct(
    session: Session, event_id: str, becomes: Mapping[str, Any] | None, *, reason: str, actor: str, role: str,
    despite: str | None, correction_id: str | None,
) -> Event:  # fmt: skip
    """Record that an event was otherwise, or (`becomes` None) never was; the correction. `Desk.correct` says the rest."""
    there = session.log.find(entries.normal_id(event_id) or "")
    if there is None or there.is_own:
        what = "the desk's own" if there else "not in the log"
        raise UnknownCase(f"the event {event_id} is {what}: a correction names an event that somebody recorded.")
    name = f"{there.workflow}.corrected"
    actor, role, reason = (value.strip() if isinstance(value, str) else value for value in (actor, role, reason))
    roles = session.rulebook.compiled.roles
    for why in (reason if reason is not None else "", despite):
        entries.of_the_desk(name, case_id=there.case_id, actor=actor, role=role, roles=roles, reason=why)
    first = str(uuid.uuid4()) if correction_id is None else entries.normal_id(correction_id)
    if first is None:
        raise Refused(there.case_id, name, "", [_never("bad-event-id", f"{correction_id!r} is not a UUID.")])
    before = session.log.find(first) if correction_id is not None else None
    if before is not None:
        if _is_that(before, there, becomes, reason, actor, role):
            return before
        raise Conflict(
            f"the event id {first} is that of {before.event}, with other content: use a new one.", case=there.case_id
        )
    known = session.case(there.case_id)
    stand = {fact.event_id: fact for fact in known.facts}
    changes = dict(_following(session, known, there, _change(session, known, there, becomes)))
    originals = {event.event_id: event for event in known.events}
    drafts: list[Draft] = []
    for id_, change in changes.items():
        of = originals[id_]
        if drafts and change is not None and corrected(of, change) == stand.get(id_):
            continue  # it opened something that stays as it is
        details = {"corrects": id_, "becomes": change, "reason": reason} | ({"despite": despite} if despite else {})
        drafts.append(Draft(
            of.case_id, f"{of.workflow}.corrected", session.now, session.now, actor, role, of.episode, of.family, details,
            str(uuid.uuid5(uuid.UUID(first), id_)) if drafts else first, first if drafts else "",
        ))  # fmt: skip
    facts = []
    for id_, event in originals.items():
        change = changes.get(id_)
        if change is not None:
            facts.append(corrected(event, change))
        elif id_ not in changes and id_ in stand:
            facts.append(stand[id_])
    folding = recording.correct(known, facts, drafts[0], despite=despite is not None)
    events = session.append([*drafts, *breaching.reconsidered(known, folding, session.now, first)])
    session.now_known(attrs.evolve(known.and_then(events, folding), facts=tuple(facts)))
    return events[0]


def _is_that(
    before: Event, there: Event, becomes: Mapping[str, Any] | None, reason: str, actor: str, role: str
) -> bool:
    """Whether an event is the correction that is asked for."""
    if before.name != "corrected" or (before.actor, before.role) != (actor, role):
        return False
    if before.details["corrects"] != there.event_id or not agrees(reason, before.details.get("reason")):
        return False
    change = before.details["becomes"]
    if becomes is None or change is None or not isinstance(becomes, Mapping):
        return becomes is None and change is None
    return all(agrees(_plain(field, value), change.get(field)) for field, value in becomes.items())


def _plain(field: str, value: Any) -> Any:
    """A field of a correction as it is kept."""
    if field == "happened_at":
        return stored(entries.when(value))
    return value.strip() if isinstance(value, str) else json.loads(details_text(value))


def _change(session: Session, known: Known, event: Event, becomes: Mapping[str, Any] | None) -> Change:
    """What an event then stands as, beside how it was first recorded.

    Raises:
        Refused: that is nothing that an event can become.
    """
    if becomes is None:
        return None
    name = f"{event.workflow}.corrected"
    if not isinstance(becomes, Mapping):
        said = "becomes must be a mapping of fields to what they were, or None."
        raise Refused(event.case_id, name, "", [_never("bad-details", said)])
    change = _stands(known, event) | dict(becomes)
    can = ", ".join(sorted(_CORRECTABLE))
    wrong = [_never("bad-details", f"{field} cannot be corrected; what can: {can}.") for field in becomes.keys() - _CORRECTABLE]  # fmt: skip
    wrong += [_never("bad-text", f"{field} must be text.") for field in _TEXTS if change.get(field, "") is None]
    if "happened_at" in becomes:
        happened = session.not_later(entries.when(becomes["happened_at"]))
        change.pop("digest", None)
        change["happened_at"] = stored(happened)
        rulebook = session.rulebook
        number = rulebook.bindings.bound(event.digest, event.event, bounds(event.happened_at)[2])
        day = bounds(happened)[2]
        if rulebook.bindings.edition_on(day) != rulebook.compiled.edition(number):
            change["digest"] = rulebook.digest_on(event.workflow, day)
    asked = Entry(
        event.case_id, change.get("event", event.event), actor=change.get("actor", event.actor or "-"),
        role=change.get("role", event.role or "-"), details=change.get("details", event.details),
        episode=change.get("episode", event.episode), family=change.get("family", event.family), happened_at=session.now,
    )  # fmt: skip
    made, more = entries.ready(asked)
    wrong += more
    if not wrong and _opens(session, event, made.event) != _opens(session, event, event.event):
        wrong.append(_never("unknown-event", f"{made.event} opens other work than {event.event}: strike that out, and record what happened."))  # fmt: skip
    if wrong:
        raise Refused(event.case_id, name, "", [one._replace(bars_facts=True) for one in wrong])
    return change | {field: getattr(made, field) for field in (*_TEXTS, "details") if field in change}


def _opens(session: Session, event: Event, name: str) -> str | None:
    """What an event of that name would open, or that it is of another workflow."""
    workflow, _, move = name.partition(".")
    declared = session.rulebook.workflow_on(workflow, bounds(event.happened_at)[2])
    if workflow != event.workflow or declared is None:
        return workflow
    return declared.transitions[move].opens if move in declared.transitions else None


def _stands(known: Known, event: Event) -> dict[str, Any]:
    """The change by which an event stands otherwise than it was recorded, or stood before it was struck out."""
    change: dict[str, Any] = {}
    for other in known.events:
        if other.name == "corrected" and other.details["corrects"] == event.event_id:
            change = other.details["becomes"] if other.details["becomes"] is not None else change
    return change


def _following(session: Session, known: Known, event: Event, change: Change) -> Iterator[tuple[str, Change]]:
    """The change of an event, and of what it opened at the same moment: that moves, goes and comes back with it."""
    yield event.event_id, change
    stand = {fact.event_id: fact for fact in known.facts}
    here = stand.get(event.event_id)
    for other in known.events:
        if other.is_own or other.cause != event.event_id:
            continue
        fact = stand.get(other.event_id)
        if change is None:
            if fact is not None:
                yield from _following(session, known, other, None)
        elif (fact is None) == (here is None) and (
            fact is None or here is None or fact.happened_at == here.happened_at
        ):
            moved = {"happened_at": corrected(event, change).happened_at} if "happened_at" in change else {}
            yield from _following(session, known, other, _change(session, known, other, moved))


def _never(rule: str, message: str) -> Reason:
    return Reason(rule, message, bars_facts=True)
