"""Breaches as events: raised when a check finds a deadline running and past, withdrawn when that turns out not to be so.

A breach that was raised stands exactly while its deadline is late or overdue by what is known. One that was withdrawn and
turns out to be one after all, as when the event that stopped the clock in time is corrected, is raised anew.
"""

from __future__ import annotations

__all__ = ["overdue", "reconsidered"]

import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from frontdoor.desk import views
from frontdoor.desk.folding import Folding, Judged
from frontdoor.desk.known import Known
from frontdoor.desk.views import Key
from frontdoor.event import Draft, stored
from frontdoor.log.standing import BreachRow
from frontdoor.moment import moment_of, written
from frontdoor.verdict import CANNOT_TELL, ENDED, LATE, MET, OVERDUE


def overdue(known: Known, at: datetime, now: datetime) -> Iterator[Draft]:
    """A breach for each deadline of a case that is overdue as at a moment and of which none stands."""
    raised = known.raised.values()
    standing, before = views.stands(raised), Counter(map(views.breach_key, raised))
    for one in known.folding.judged(at):
        key = views.key_of(known.folding, one)
        if one.status == OVERDUE and key is not None and key not in standing:
            yield _raised(known, known.folding, one, key, at, now, before[key])


def reconsidered(known: Known, folding: Folding, now: datetime, cause: str = "") -> Iterator[Draft]:
    """What becomes of the breaches of a case when `folding` is what it comes to: those withdrawn, those raised anew.

    `cause` is the event that made it so; empty where the deadlines are counted otherwise, as with another calendar.
    """
    raised = known.raised.values()
    if not raised:
        return
    judged = {views.key_of(folding, one): one for one in folding.judged(now)}
    dated = {key[:3]: key for key in judged if key is not None}
    standing, before = views.stands(raised), Counter(map(views.breach_key, raised))
    for key in dict.fromkeys((*before, *(dated[key[:3]] for key in before if key[:3] in dated))):
        one = judged.get(key)
        late = one is not None and one.status in (LATE, OVERDUE)
        if key in standing and not late:
            yield _withdrawn(standing[key], folding, one or judged.get(dated.get(key[:3])), one is None, now, cause)
        elif key not in standing and one is not None and late:
            yield _raised(known, folding, one, key, now, now, before[key])


def _raised(known: Known, folding: Folding, one: Judged, key: Key, at: datetime, now: datetime, before: int) -> Draft:
    said = views.deadline(folding, one)
    late = moment_of(key[3])
    details = {
        "rule": "breach" if said.basis == "statutory" else "local-breach", "timer": said.timer, "title": said.title,
        "counts_from": said.counts_from, "counted_from": written(said.counted_from), "anchor": said.anchor,
        "allowed": str(said.allowed), "due": written(said.due), "late_from": stored(late), "detected_at": stored(at),
        "lag_seconds": int((at - late).total_seconds()), "basis": said.basis, "guidance": said.guidance,
        "calendar": folding.rulebook.library.calendar.version, "cites": said.cites,
    }  # fmt: skip
    # The same breach has the same id, whoever finds it; and another each time it is raised anew.
    text = "\n".join(["frontdoor breach", known.case_id, *map(str, key), str(before)])
    return Draft(
        known.case_id, f"{said.timer.partition('.')[0]}.breach_raised", late, now, "", "system", said.episode, "", details,
        str(uuid.uuid5(uuid.NAMESPACE_OID, text)), said.anchor,
    )  # fmt: skip


def _withdrawn(
    row: BreachRow, folding: Folding, one: Judged | None, is_dated_otherwise: bool, now: datetime, cause: str
) -> Draft:
    details = {}
    if one is None:
        why = "what it counted from was corrected: there is no such deadline any more"
    elif is_dated_otherwise:
        due = written(views.deadline(folding, one).due) or "at an hour that is not known"
        why = f"it is counted otherwise now, and due {due}"
    elif one.stopped >= 0 and one.status in (MET, ENDED):
        stop = folding.rows[one.stopped]
        late = "and was recorded late" if stop.event_id == cause else "by what was corrected or recorded late"
        why = f"{stop.event} happened in time {late}"
        details = {"stopped_by": stop.event_id, "stopped_at": stored(stop.happened_at)}
    elif one.status == CANNOT_TELL:
        why = "it cannot be told any more whether it was late"
    else:
        why = "its clock has not run out by what is known now"
    return Draft(
        row.case_id, f"{row.timer.partition('.')[0]}.breach_withdrawn", now, now, "", "system", row.episode, "",
        {"breach": row.breach, "timer": row.timer, "due": row.due, "why": why, **details},
        str(uuid.uuid5(uuid.NAMESPACE_OID, f"frontdoor withdraws {row.breach}")), cause,
    )  # fmt: skip
