"""Going on with new keys where those that details are sealed under are lost: what they sealed is read by nobody, all else stays."""

from __future__ import annotations

__all__ = ["accept_keys"]

import os
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING

from frontdoor.desk import entry as entries
from frontdoor.errors import KeysError
from frontdoor.event import DESTROYED, Draft, Event, stored
from frontdoor.log.appending import Transaction
from frontdoor.log.keyfile import KeyFile
from frontdoor.log.keys import Destroyed
from frontdoor.log.sqlite import SqliteLog

if TYPE_CHECKING:
    from frontdoor.desk.desk import Desk

ACCEPTED = "desk.keys_accepted"


def accept_keys(desk: Desk, keys: str | os.PathLike[str], *, actor: str, role: str, reason: str) -> Event:
    """Make new keys in a file, and record that the earlier ones are lost; the event. `Desk.accept_keys` says the rest."""
    entries.of_the_desk(ACCEPTED, actor=actor, role=role, roles=desk.rulebook.compiled.roles, reason=reason)
    log = desk.log
    if not isinstance(log, SqliteLog):
        raise KeysError(
            "new keys in the place of lost ones are had of a log in a file alone: bring back those of this one."
        )
    if log.keys is not None:
        raise KeysError(f"the keys of {log.path} are there: nothing is lost.")
    if not log.is_sealed:
        raise KeysError(f"no details in {log.path} are sealed: open it with the new keys, there is nothing to accept.")
    if os.path.realpath(keys) == os.path.realpath(log.path):
        raise KeysError(f"{os.fsdecode(keys)} is the log itself: its keys are a file of their own, kept elsewhere.")
    destroyed, unreadable = _destroyed(log), _sealed(log)  # without the lost keys neither grows
    made = None
    try:
        with desk.session([""], after_silence=True) as session:
            assert isinstance(session.log, Transaction)
            made = KeyFile.anew(keys, log.log_id, destroyed=destroyed)
            session.log.seal_by(made.keys_id)
            details = {"reason": reason, "keys": made.keys_id, "unreadable": unreadable}
            draft = Draft("", ACCEPTED, session.now, session.now, actor, role, "", "", details, str(uuid.uuid4()))
            (event,) = session.note("", [draft])
    except BaseException:
        if made is not None and not log.is_sealed_by(made.keys_id):  # it would only be in the way
            with suppress(OSError):
                os.unlink(made.path)
        raise
    return event


def _sealed(log: SqliteLog) -> int:
    """How many events have sealed details."""
    return sum(salt == "" for (salt,) in log.rows(("salt",), after=0, upto=log.size()))


def _destroyed(log: SqliteLog) -> dict[str, Destroyed]:
    """The cases whose details were destroyed, as the log says it."""
    cases = {case for case, name in log.rows(("case_id", "event"), after=0, upto=log.size()) if name == DESTROYED}
    events = (event for case_id in cases for event in log.events(case_id) if event.event == DESTROYED)
    return {
        event.case_id: Destroyed(stored(event.happened_at), event.actor, event.details["because"]) for event in events
    }
