"""Destroying the details of a case: its key goes, and that it went is recorded; what its clocks did stays as it was.

The log stays as it is, byte for byte, and every copy of it with it: what was sealed under the key can be read in none of them.
"""

from __future__ import annotations

__all__ = ["destroy"]

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, cast

from frontdoor.desk import entry as entries
from frontdoor.errors import KeysError, Reason, Refused, UnknownCase
from frontdoor.event import DESTROYED, Draft, Event, read_moment, stored
from frontdoor.log.sealing import Destroyed, Keys, marked
from frontdoor.moment import Happened

if TYPE_CHECKING:
    from frontdoor.desk.desk import Desk
    from frontdoor.desk.known import Known


def destroy(desk: Desk, case_id: str, *, actor: str, because: str) -> Event:
    """Destroy the key of a case, and record that; the event. `Desk.destroy_details` says the rest."""
    wrong = entries.ready(entries.Entry(case_id, DESTROYED, actor=actor, role="system", despite=because))[1]
    if wrong:
        raise Refused(case_id, DESTROYED, "", [Reason(*one[:3], True) for one in wrong])
    keys: Keys | None = getattr(desk.log, "keys", None)
    if keys is None:
        raise KeysError("the keys of this log were not given: what they seal can be destroyed only where they are.")
    # Nobody seals anything while this transaction lasts. The key goes first: if this is cut off, the log does not say yet what
    # has been done, and the next try says it; it never says what was not done.
    with desk.session([case_id], after_silence=True) as session:
        known = session.case(case_id)
        if not known.events:
            raise UnknownCase(f"there is no case {case_id!r} in the log.")
        gone = keys.destroy(case_id, Destroyed(stored(session.now), actor.strip(), because.strip()))
        recorded = [event for event in known.events if event.event == DESTROYED]
        if (
            not recorded
        ):  # else the key was there again, brought back from an older copy of the keys, or this is a retry
            recorded = list(session.note(case_id, [_draft(known, gone, keys, session.now)]))
        session.known.pop(case_id)
    desk.put_away(case_id)
    return recorded[-1]


def _draft(known: Known, gone: Destroyed, keys: Keys, now: datetime) -> Draft:
    worded = [event for event in known.events if marked(event, keys.clear)]
    details = {
        "because": gone.because, "unreadable": sum(event.salt == "" for event in worded),
        "in_the_open": sum(event.salt != "" for event in worded),
    }  # fmt: skip
    at = cast(Happened, read_moment(gone.at))
    return Draft(known.case_id, DESTROYED, at, now, gone.by, "", "", "", details, str(uuid.uuid4()))
