"""Work at a desk that can be told apart afterwards: numbered steps, each one transaction with event ids of the caller's.

It loads no more than a case system would, because the processes that are killed begin with it.
"""

from __future__ import annotations

__all__ = ["Step", "compare", "desk_at", "desk_over", "do", "entries_of", "events_of", "id_of", "overdue_desk"]

import uuid
from collections import Counter
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from frontdoor import Desk, Entry, Library, SimulatedClock, SqliteLog, load
from frontdoor.event import Event
from frontdoor.log.checkpoint import verify

NOON = datetime(2024, 3, 20, 12, tzinfo=UTC)
WHO = {"actor": "officer-1", "role": "manager"}


class Step(NamedTuple):
    """One transaction of a writer."""

    writer: str
    number: int


@cache
def library() -> Library:
    """The shipped workflows; frozen, and so every desk's."""
    return load()


def desk_at(path: str | Path, now: datetime = NOON, **options: Any) -> Desk:
    """A desk at a log in a file, its clock standing still; it waits a minute for others."""
    return desk_over(SqliteLog(path, **{"patience": 60.0} | options), now)


def desk_over(log: SqliteLog, now: datetime = NOON) -> Desk:
    """A desk over a log, its clock standing still."""
    return Desk(log, clock=SimulatedClock(now), library=library())


def id_of(step: Step, part: str) -> str:
    """The event id that the caller gives to a part of a step."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{step.writer} {step.number} {part}"))


def entries_of(step: Step) -> list[Entry]:
    """What a step records: a contact, then its referral (which opens another workflow), then three events of two cases."""
    kind, begun = step.number % 3, step.number - step.number % 3
    case_id = f"{step.writer}-{begun}"

    def receive(case_id: str, part: str) -> Entry:
        return Entry(case_id, "contact.receive", details={"source": "6"}, event_id=id_of(step, part), **WHO)

    def refer(case_id: str, part: str) -> Entry:
        return Entry(case_id, "contact.refer", details={"rationale": "r"}, event_id=id_of(step, part), **WHO)

    if kind == 0:
        return [receive(case_id, "receive")]
    if kind == 1:
        return [refer(case_id, "refer")]
    return [receive(f"{case_id}-a", "a"), receive(f"{case_id}-b", "b"), refer(f"{case_id}-b", "refer")]


def events_of(step: Step) -> int:
    """How many events a step comes to: its own, and the referral that each contact referred opens."""
    return len(entries_of(step)) + (step.number % 3 != 0)


def do(desk: Desk, step: Step) -> None:
    """Record a step, with `Desk.record` where it is one event."""
    first, *more = entries_of(step)
    if more:
        desk.record_many([first, *more])
    else:
        desk.record(
            first.case_id, first.event, actor=first.actor, role=first.role, details=first.details, event_id=first.event_id
        )  # fmt: skip


class Compared(NamedTuple):
    """What a log holds beside what was acknowledged."""

    there: set[Step]
    """Steps that it has whole."""
    lost: set[Step]
    """Acknowledged, and not there."""
    halved: set[Step]
    """Of which it has a part."""
    doubled: int
    """Events beyond those of the steps that are there."""
    unheard: set[Step]
    """There, and not acknowledged."""


def compare(log: SqliteLog, begun: Iterable[Step], acknowledged: Collection[Step]) -> Compared:
    """Compare a log, whose chain verifies and whose file SQLite finds whole, with what was begun and acknowledged."""
    size = verify(log.records(), log_id=log.log_id).size
    ((found,), *_) = log._ask("PRAGMA integrity_check")
    assert found == "ok", found
    events = list(log.follow())
    assert [event.position for event in events] == list(range(1, size + 1))
    ids = Counter(event.event_id for event in events)
    opened = Counter(event.cause for event in events if event.event == "referral.receive")
    there, halved = set(), set()
    for step in begun:
        parts = [str(entry.event_id) for entry in entries_of(step)]
        count = sum(ids[part] for part in parts) + sum(opened[part] for part in parts)
        if count == events_of(step):
            there.add(step)
        elif count:
            halved.add(step)
    doubled = sum(not is_by_desk(event) for event in events) - sum(map(events_of, there))
    return Compared(there, set(acknowledged) - there, halved, doubled, there - set(acknowledged))


def is_by_desk(event: Event) -> bool:
    """Whether the desk recorded it of itself, as a breach."""
    return event.is_own


def overdue_desk(path: Path, cases: int) -> None:
    """Make a log of contacts that are weeks overdue and have not been checked."""
    with desk_at(path, datetime(2024, 3, 1, 9, tzinfo=UTC)) as desk:
        desk.record_many(Entry(f"K-{n}", "contact.receive", details={"source": "6"}, **WHO) for n in range(cases))
