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

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from frontdoor.desk import (  # noqa: F401
        accepting,
        allowing,
        checker,
        correcting,
        destroying,
        entry,
        known,
        looking,
        rulebook,
        session,
        timing,
    )
    from frontdoor.desk.asynchronous import AsyncDesk
    from frontdoor.desk.desk import Desk
    from frontdoor.desk.entry import Entry

_HOMES = {"AsyncDesk": "asynchronous", "Desk": "desk", "Entry": "entry"}
_PARTS = {
    "accepting", "allowing", "checker", "correcting", "destroying", "entry", "known", "looking", "rulebook", "session", "timing",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """A name, or a part of the desk, loaded when it is first asked for."""
    if name in _HOMES:
        return getattr(import_module(f"frontdoor.desk.{_HOMES[name]}"), name)
    if name in _PARTS:
        return import_module(f"frontdoor.desk.{name}")
    raise AttributeError(f"module 'frontdoor.desk' has no attribute {name!r}")
