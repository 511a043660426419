"""Destroying the details of a case: its key goes, and that it went is recorded; what its clocks did stays as it was.

The log stays as it is, byte for byte, and every copy of it with it: what was sealed under the key can be read in none of them.
"""

from __future__ import annotations

__all__ = ["destroy"]

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, cast

from frontdoor.desk import entry as entries
from frontdoor.errors import KeysError, Reason, Refused, UnknownCase
from frontdoor.event import DESTROYED, Draft, Event, read_moment, stored
from frontdoor.log.keys import Destroyed, Keys
from frontdoor.log.shown import Unreadable, words
from frontdoor.moment import Happened

if TYPE_CHECKING:
    from frontdoor.desk.desk import Desk


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
            left = [words(event, keys.clear) for event in session.log.events(case_id)]
            recorded = list(session.note(case_id, [_draft(case_id, gone, left, session.now)]))
        session.known.pop(case_id)
    desk.put_away(case_id)
    return recorded[-1]


def _draft(case_id: str, gone: Destroyed, left: Sequence[Sequence[object]], now: datetime) -> Draft:
    """What is recorded of it; `left` are the words of each event as they can be read now."""
    details = {
        "because": gone.because, "unreadable": sum(any(isinstance(one, Unreadable) for one in some) for some in left),
        "in_the_open": sum(not all(isinstance(one, Unreadable) for one in some) for some in left),
    }  # fmt: skip
    at = cast(Happened, read_moment(gone.at))
    return Draft(case_id, DESTROYED, at, now, gone.by, "", "", "", details, str(uuid.uuid4()))
