"""The chain: how events are sealed when they enter a log, and how anybody can tell later that they are as they were.

All digests are SHA-256, written as 64 lower-case hexadecimal digits; all text is UTF-8; NUL is one zero byte, which no
text of an event holds. '+' joins bytes. For the event at a position of a log:

    details_digest = SHA-256( salt + newline + details )
    hash           = SHA-256( hash of the case's event before + NUL + canonical )
    link           = SHA-256( link of the log's event before + NUL + position + NUL + hash )

    canonical      = 'frontdoor event 1', event_id, case_id, version, event, happened_at, recorded_at, actor, role, episode,
                     family, cause, digest, details_digest: joined by NUL, numbers in decimal, moments as the log keeps them

The hash before a case's first event is empty; the link before a log's first event is the log's id. `details` is what stands in
that column: JSON with sorted keys and no spaces, of the details themselves, with a salt of 32 random hexadecimal digits; or of
the details as they are sealed under the key of their case (`log.sealing`), and then the salt is empty, which tells the two
apart. So a log verifies as well without its keys, and after they are destroyed, as with them.
"""

from __future__ import annotations

__all__ = ["COLUMNS", "Record", "event_of", "events_of", "new_salts", "place", "taken"]

import json
import os
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import cast, overload

from frontdoor.errors import Conflict, LogTampered
from frontdoor.event import Draft, Event, canonical, details_digest, details_text, is_whole, read_moment, stored
from frontdoor.log import Head, Named
from frontdoor.log.keys import Destroyed
from frontdoor.log.sealing import Sealing
from frontdoor.moment import Happened

COLUMNS = (
    "position", "event_id", "case_id", "episode", "version", "event", "happened_at", "recorded_at", "actor", "role", "family",
    "details", "cause", "digest", "hash", "link", "salt", "details_digest",
)  # fmt: skip
"""What is stored of an event, in this order."""

Record = tuple[
    int, str, str, str, int, str, str, str, str, str, str, str, str, str, str, str, str, str
]  # fmt: skip
"""An event as it is stored: a value for each of `COLUMNS`."""


def new_salts(count: int) -> list[str]:
    """So many salts, from the operating system's randomness."""
    drawn = os.urandom(16 * count).hex()
    return [drawn[place : place + 32] for place in range(0, 32 * count, 32)]


def place(
    drafts: Sequence[Draft],
    *,
    position: int,
    link: str | None,
    head: Callable[[str], Head],
    named: Sequence[Named] | None = None,
    salts: Sequence[str] | None = None,
    sealing: Sealing | None = None,
) -> tuple[Sequence[Event], list[Record]]:
    """Give drafts their place after the event of `position` and `link` (0 and the log's id where there is none).

    `head` says how far a case has come before them; `named` what the drafts leave unsaid (`Writing.append`). The salts are random unless they are given. Where `link` is None the
    log gives positions and links later: until then they are 0 and empty. With `sealing` that has keys the words of a case are
    sealed under its key; the events that are given back have them in the open.

    Raises:
        KeysError: the key of a case was destroyed, or cannot be kept.
    """
    sealed = sealing.seal(drafts) if sealing is not None and sealing.keys is not None else [None] * len(drafts)
    records: list[Record] = []
    heads: dict[str, tuple[int, str]] = {}
    named = [(draft.episode, draft.digest) for draft in drafts] if named is None else named
    for draft, (episode, bound), salt, box in zip(drafts, named, salts or new_salts(len(drafts)), sealed, strict=True):
        case_id = draft.case_id
        version, before = heads.get(case_id) or head(case_id)
        version += 1
        happened_at = stored(draft.happened_at)
        recorded_at = happened_at if draft.recorded_at is draft.happened_at else stored(draft.recorded_at)
        if box is None:
            details = details_text(draft.details)
        else:
            details, salt = box, ""
        digest = details_digest(salt, details)
        content = canonical(
            draft.event_id, case_id, version, draft.event, happened_at, recorded_at, draft.actor, draft.role, episode,
            draft.family, draft.cause, bound, digest,
        )  # fmt: skip
        hash_ = sha256(before.encode() + b"\0" + content).hexdigest()
        if link is not None:
            position += 1
            link = sha256(f"{link}\0{position}\0{hash_}".encode()).hexdigest()
        heads[case_id] = version, hash_
        records.append((
            position, draft.event_id, case_id, episode, version, draft.event, happened_at, recorded_at, draft.actor,
            draft.role, draft.family, details, draft.cause, bound, hash_, link or "", salt, digest,
        ))  # fmt: skip
    placed = Placed(drafts, records)
    return placed if len(drafts) > _MANY else list(placed), records


_MANY = 100
"""Events from which on one is made only when somebody asks for it: who brings in thousands looks at few of them."""


class Placed(Sequence[Event]):
    """The events that drafts became, each made when it is asked for."""

    def __init__(self, drafts: Sequence[Draft], records: Sequence[Record]) -> None:
        self._drafts, self._records = drafts, records

    def __len__(self) -> int:
        return len(self._records)

    @overload
    def __getitem__(self, place: int) -> Event: ...
    @overload
    def __getitem__(self, place: slice) -> list[Event]: ...
    def __getitem__(self, place: int | slice) -> Event | list[Event]:
        if isinstance(place, slice):
            return list(Placed(self._drafts[place], self._records[place]))
        draft, record = self._drafts[place], self._records[place]
        return Event(
            draft.case_id, draft.event, draft.happened_at, draft.recorded_at, draft.actor, draft.role, record[3],
            draft.family, draft.details, draft.event_id, draft.cause, record[13],
            position=record[0], version=record[4], salt=record[16], details_digest=record[17], hash=record[14], link=record[15],
        )  # fmt: skip


def taken(event: Draft, position: int = 0) -> Conflict:
    """What a log says of an event whose id the event at a position (0: one that is not known) has already."""
    at = f", at position {position}" if position else ""
    return Conflict(f"the event id {event.event_id} is in the log already{at}.", case=event.case_id)


def events_of(records: Sequence[Record], sealing: Sealing | None = None) -> list[Event]:
    """The events that records are of, with what is sealed of them as far as it can be read.

    Raises:
        LogTampered: one cannot be read, or does not open by the key of its case.
        KeysError: the keys that were given cannot be read, and it is not gone on without them (`keys.going_without`).
    """
    if sealing is None or not (cases := {record[2] for record in records if record[16] == ""}):
        return [event_of(record) for record in records]
    held = sealing.to_read(cases)
    return [event_of(record, sealing, held) for record in records]


def event_of(
    record: Record, sealing: Sealing | None = None, held: Mapping[str, bytes | Destroyed] | None = None
) -> Event:
    """The event that a record is of. `held` are the keys of the cases that may be sealed, as `sealing` has them.

    Raises:
        LogTampered: it cannot be read as one, or does not open by the key of its case.
    """
    (
        position, event_id, case_id, episode, version, event, happened_at, recorded_at, actor, role, family,
        details, cause, digest, hash_, link, salt, sealed,
    ) = record  # fmt: skip
    try:
        if salt == "":
            said = (sealing or Sealing("")).details(details, position, event_id, case_id, held or {})[0]
        else:
            said = json.loads(details) if details != "{}" else {}
        read = Event(
            case_id, event, cast(Happened, read_moment(happened_at)), read_moment(recorded_at), actor, role, episode, family,
            said, event_id, cause, digest,
            position=position, version=version, salt=salt, details_digest=sealed, hash=hash_, link=link,
        )  # fmt: skip
        if is_whole(read):
            return read
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError):
        pass
    raise LogTampered(f"event {position} is not as it was recorded: it cannot be read.", position)
