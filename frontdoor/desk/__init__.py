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

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from frontdoor.desk.asynchronous import AsyncDesk
    from frontdoor.desk.desk import Desk
    from frontdoor.desk.entry import Entry

_HOMES = {"AsyncDesk": "asynchronous", "Desk": "desk", "Entry": "entry"}


def __getattr__(name: str) -> Any:
    """Load what is asked for, so that a desk does not cost what only asyncio needs."""
    if name not in _HOMES:
        raise AttributeError(f"module 'frontdoor.desk' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"frontdoor.desk.{_HOMES[name]}"), name)
