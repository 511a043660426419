"""The clocks that protect children: the workflows of the front door of children's social care, and what they say.

    from frontdoor import Desk, SqliteLog
    desk = Desk(SqliteLog("borough.db"))
    desk.record("C-1", "contact.receive", actor="officer-12", role="referral_officer", details={"source": "6"})
    desk.check()

    from frontdoor import audit, load, read
    found = audit(read("log.csv"), load())
    found.deadlines, found.findings, found.timers

Names are loaded when they are first used, so that importing frontdoor costs a case system next to nothing.
"""

from __future__ import annotations

__version__ = "0.5.0"

__all__ = [
    "AsyncDesk",
    "Audit",
    "Breach",
    "Calendar",
    "Case",
    "Conflict",
    "Deadline",
    "Desk",
    "Entry",
    "Episode",
    "Event",
    "FrontdoorError",
    "InputError",
    "InvalidWorkflow",
    "Library",
    "LogError",
    "MemoryLog",
    "MomentError",
    "OutOfOrder",
    "PostgresLog",
    "Refused",
    "SimulatedClock",
    "SqliteLog",
    "State",
    "SystemClock",
    "Timer",
    "Timescale",
    "Transition",
    "Unit",
    "UnknownCase",
    "Workflow",
    "audit",
    "load",
    "read",
]

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from frontdoor.case import Breach, Case, Deadline, Episode
    from frontdoor.clock import SimulatedClock, SystemClock
    from frontdoor.desk import AsyncDesk, Desk, Entry
    from frontdoor.errors import (
        Conflict,
        FrontdoorError,
        InputError,
        InvalidWorkflow,
        LogError,
        MomentError,
        OutOfOrder,
        Refused,
        UnknownCase,
    )
    from frontdoor.event import Event
    from frontdoor.formats import read
    from frontdoor.library import Library, load
    from frontdoor.log.memory import MemoryLog
    from frontdoor.log.postgres import PostgresLog
    from frontdoor.log.sqlite import SqliteLog
    from frontdoor.replay.audit import Audit
    from frontdoor.replay.audit import run as audit
    from frontdoor.timescale import Timescale, Unit
    from frontdoor.workflow import State, Timer, Transition, Workflow
    from frontdoor.working_days import Calendar

_HOMES = {
    "AsyncDesk": "desk",
    "Audit": "replay.audit",
    "Breach": "case",
    "Calendar": "working_days",
    "Case": "case",
    "Conflict": "errors",
    "Deadline": "case",
    "Desk": "desk",
    "Entry": "desk",
    "Episode": "case",
    "Event": "event",
    "FrontdoorError": "errors",
    "InputError": "errors",
    "InvalidWorkflow": "errors",
    "Library": "library",
    "LogError": "errors",
    "MemoryLog": "log.memory",
    "MomentError": "errors",
    "OutOfOrder": "errors",
    "PostgresLog": "log.postgres",
    "Refused": "errors",
    "SimulatedClock": "clock",
    "SqliteLog": "log.sqlite",
    "State": "workflow",
    "SystemClock": "clock",
    "Timer": "workflow",
    "Timescale": "timescale",
    "Transition": "workflow",
    "Unit": "timescale",
    "UnknownCase": "errors",
    "Workflow": "workflow",
    "audit": "replay.audit:run",
    "load": "library",
    "read": "formats",
}


if not TYPE_CHECKING:  # a name that is not there is a mistake, for who checks types as for who runs it

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module 'frontdoor' has no attribute {name!r}")
        from importlib import import_module

        home, _, there = _HOMES[name].partition(":")
        value = getattr(import_module(f"frontdoor.{home}"), there or name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
