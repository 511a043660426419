"""Make the log `schema_N.db` of this folder by the code at hand, N being the version of its schema.

    python tests/data/logs/make.py          # once a step of the schema is landed, so that its log is opened for ever

It is an invented desk's: a breach that stands and one withdrawn, a late entry, a correction, a fact recorded despite what
speaks against it, siblings, a daily check, and two libraries that it was kept under.
"""

from __future__ import annotations

import sqlite3
import sys
from datetime import datetime
from pathlib import Path

from frontdoor import Desk, SimulatedClock, SqliteLog, load
from frontdoor.log.schema import VERSION
from frontdoor.moment import parse

OFFICER = {"actor": "officer-1", "role": "referral_officer"}
MANAGER = {"actor": "manager-1", "role": "manager"}


def at(text: str) -> datetime:
    """A moment in London."""
    moment = parse(text)
    assert isinstance(moment, datetime)
    return moment


def make(path: Path) -> None:
    """Keep the log in a file that is not there yet."""
    clock = SimulatedClock(at("2026-03-02T09:00"))
    with SqliteLog(path) as log:
        desk = Desk(log, clock=clock, library=load(local="london_mash"))
        for case, family in (("C-1", "F-1"), ("C-2", "F-1"), ("C-3", None), ("C-4", None)):
            desk.record(case, "contact.receive", **OFFICER, family=family, details={"source": "6"})
        clock.set(at("2026-03-02T11:00"))
        desk.record("C-1", "contact.send_to_mash", **OFFICER)
        clock.set(at("2026-03-04T09:00"))
        desk.check()
        desk = Desk(log, clock=clock, library=load())
        clock.set(at("2026-03-10T09:00"))
        desk.record(
            "C-2", "contact.refer", **MANAGER, happened_at=at("2026-03-02T15:00"), details={"rationale": "=1+1"}
        )
        wrong = desk.record("C-3", "contact.close", **MANAGER, details={"reason": "nothing, 'yet'"})
        becomes = {"happened_at": at("2026-03-05T10:00")}
        desk.correct(wrong.event_id, **MANAGER, reason="it was on Thursday", becomes=becomes)
        desk.record(
            "C-2", "referral.accept", **OFFICER, details={"rationale": "injury"}, despite="the manager was away"
        )
        clock.set(at("2026-03-11T16:00"))
        desk.daily_check("16:00", **MANAGER)
    with sqlite3.connect(path) as db:
        db.execute("VACUUM")
    db.close()


if __name__ == "__main__":
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name(f"schema_{VERSION}.db")
    if file.exists():
        sys.exit(f"{file} is there already: a log that was landed is not made anew.")
    make(file)
