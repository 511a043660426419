"""That a log was put back from a backup, as it says of itself: `restore` notes it, and `verify` tells by it why a checkpoint does
not fit.

The note is an event of the log's own, about no case. It is the log's word and no proof: who can write the file can write such a
note, so what does not verify by a checkpoint does not verify, whatever is noted.
"""

from __future__ import annotations

__all__ = ["Replaced", "Restoration", "read", "reason", "recorded_before"]

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import attrs

from frontdoor.event import RESTORED, Draft, Event, read_moment, stored
from frontdoor.moment import written


@attrs.frozen
class Replaced:
    """The log that gave way to a backup, as far as it could be read."""

    log_id: str
    events: int
    root: str
    """Of the Merkle tree over its events, in base64, as a checkpoint has it."""


@attrs.frozen
class Restoration:
    """What was done when a log was put back."""

    at: datetime
    by: str
    """Who did it; empty where nobody said."""
    backup: str
    """Its path, from the root."""
    events: int
    """How many the backup had: the note is the event after them."""
    root: str
    """Of the Merkle tree over them, in base64, as a checkpoint has it."""
    was_noted: bool
    """Whether the backup was held to a checkpoint."""
    aside: str = ""
    """The name under which the log that was there is kept; empty where there was none."""
    replaced: Replaced | None = None
    """None where there was none, or it could not be read."""

    def draft(self, last: Event | None) -> Draft:
        """The note, to be recorded after the last event of the backup: no earlier than that, whatever the clock says."""
        before = last.recorded_at if last is not None and isinstance(last.recorded_at, datetime) else None
        details = {
            "backup": self.backup, "events": self.events, "root": self.root, "held_to_checkpoint": self.was_noted,
            "recorded_before": stored(before), "aside": self.aside, "replaced": self.replaced and attrs.asdict(self.replaced),
        }  # fmt: skip
        recorded = self.at if before is None else max(self.at, before)
        return Draft("", RESTORED, self.at, recorded, self.by, "system", "", "", details, str(uuid.uuid4()))

    def as_object(self) -> dict[str, Any]:
        """All of it, for a program."""
        return {**attrs.asdict(self), "at": stored(self.at)}

    def __str__(self) -> str:
        """'restored at ... by ... from ..., a backup that ended at event 5'."""
        by = f" by {self.by}" if self.by else ""
        end = f"ended at event {self.events:,}" if self.events else "had no events"
        return f"restored at {written(self.at)}{by} from {self.backup}, a backup that {end}"


def read(event: Event) -> Restoration | None:
    """What a note says; None where an event is none."""
    said = event.details
    if event.event != RESTORED or event.case_id or not isinstance(event.happened_at, datetime):
        return None
    texts = [said.get(name) for name in ("backup", "root", "aside")]
    if not all(isinstance(text, str) for text in texts) or said.get("events").__class__ is not int:
        return None
    backup, root, aside = map(str, texts)
    old = said.get("replaced")
    kinds = (("log_id", str), ("events", int), ("root", str))
    is_known = isinstance(old, dict) and all(old.get(name).__class__ is kind for name, kind in kinds)
    replaced = Replaced(old["log_id"], old["events"], old["root"]) if isinstance(old, dict) and is_known else None
    was_noted = said.get("held_to_checkpoint") is True
    return Restoration(event.happened_at, event.actor, backup, said["events"], root, was_noted, aside, replaced)


def recorded_before(event: Event) -> datetime | None:
    """When something was recorded last before an event: of a note that of the backup, for to put a log back is not to work in it."""
    told = event.details.get("recorded_before") if read(event) else None
    moment = read_moment(told) if isinstance(told, str) else event.recorded_at
    return moment if isinstance(moment, datetime) else None


def reason(notes: Sequence[Event], log_id: str, size: int, root: str) -> str:
    """Why a checkpoint of so many events and that root, which a log does not begin with, may be of it all the same: a sentence,
    with a space before it; empty where no note says so.

    A log that was put back lacks what came after the backup, and only that: no checkpoint of fewer events is explained by
    it, nor one of more than were in the log that gave way.
    """
    for event in reversed(notes):
        note = read(event)
        if note is None or not note.events < size:
            continue
        old = note.replaced if note.replaced and note.replaced.log_id == log_id else None
        if old and (old.events < size or (old.events == size and old.root != root)):
            continue
        kept = f" What was there then is kept as {note.aside}: hold the checkpoint to that." if note.aside else ""
        return f" By its own word ({event.where}) the log was {note}: if so, the checkpoint is of the log before that.{kept}"
    return ""
