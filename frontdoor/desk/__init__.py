"""The desk: where a case system records and checks.

    desk = Desk(SqliteLog("borough.db"))
    desk.record("C-1", "contact.receive", actor="officer-12", role="referral_officer", details={"source": "6"})
    desk.case("C-1").deadlines
    desk.check()

The desk asks the kernel what may happen and when it is due, refuses a plan with every reason, and writes what happened
to a log. It never refuses a fact: what has already happened is recorded `despite` what speaks against it.
"""

from __future__ import annotations

__all__ = ["AsyncDesk", "Desk", "Entry"]

from frontdoor.desk.asynchronous import AsyncDesk
from frontdoor.desk.desk import Desk
from frontdoor.desk.entry import Entry
