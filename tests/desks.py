"""Desks for tests: a clock that is set by what happens, a log in memory, and cases told as lines of what was done.

    desk = open_desk("2014-03-03T09:00")
    play(desk, '''
        2014-03-03T09:00 contact.receive
        2014-03-03T11:30 contact.refer
    ''')

Who does a thing, and the details it needs, are those that the oracle's copy of the workflows names: a test says only
what it is about. Times are London's wall times.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import oracle
import pytest

from frontdoor import Desk, Entry, Library, MemoryLog, Refused, SimulatedClock, load
from frontdoor.case import Breach, Deadline
from frontdoor.desk.importing import take_out
from frontdoor.event import Event
from frontdoor.formats.source import COLUMNS
from frontdoor.log import EventLog
from frontdoor.moment import parse, written

WHO = ("referral_officer", "social_worker", "manager", "chair", "mash_officer", "edt_officer", "system")
"""Roles, the one that usually does a thing before those that also may."""


@cache
def shipped(*local: str | Path) -> Library:
    """The shipped workflows with local files laid over; frozen, so all tests may share them."""
    return load(local=local)


def moment(text: str) -> datetime:
    """A moment written as people write it."""
    found = parse(text)
    assert isinstance(found, datetime), f"{text} is no moment"
    return found


def open_desk(
    now: str, *local: str | Path, log: EventLog | None = None, library: Library | None = None, **options: Any
) -> Desk:
    """A desk whose clock stands at a moment, over a log in memory unless one is given."""
    clock = SimulatedClock(moment(now))
    return Desk(MemoryLog() if log is None else log, clock=clock, library=library or shipped(*local), **options)


def set_clock(desk: Desk, at: str) -> None:
    """Move a desk's clock to a later moment."""
    assert isinstance(desk.clock, SimulatedClock)
    desk.clock.set(moment(at))


def declared(event: str) -> dict[str, Any]:
    """What the oracle's copy of the workflows says of a transition."""
    workflow, _, name = event.partition(".")
    found: dict[str, Any] = oracle.WORKFLOWS[workflow]["transitions"][name]
    return found


def who(event: str) -> str:
    """The role that usually does this."""
    return next(role for role in WHO if role in declared(event)["by"])


def entry(event: str, case_id: str = "C-1", **options: Any) -> Entry:
    """What somebody in the right role would record, with what it needs; each role is one person, such as 'manager-1'."""
    if "role" not in options:
        options["role"] = who(event)
    options.setdefault("actor", f"{options['role']}-1")
    if "details" not in options:
        options["details"] = {need: f"{need}, as noted" for need in declared(event)["needs"]}
    return Entry(case_id, event, **options)


def do(desk: Desk, event: str, case_id: str = "C-1", *, at: str | None = None, **options: Any) -> Event:
    """Record something; with `at`, once the clock has come to that moment."""
    if at is not None:
        set_clock(desk, at)
    return desk.record_many([entry(event, case_id, **options)])[0]


def play(desk: Desk, lines: str, case_id: str = "C-1") -> list[Event]:
    """Record what the lines say, each at its time: 'moment workflow.transition'."""
    return [
        do(desk, event, case_id, at=at) for at, event in (line.split() for line in lines.splitlines() if line.strip())
    ]


def content(desk: Desk) -> object:
    """All that the log holds."""
    log = desk.log
    return [*log.follow()], [*log.episodes()], [*log.deadlines()], [*log.breaches()], log.libraries()


def refusal(desk: Desk, event: str, case_id: str = "C-1", **options: Any) -> Refused:
    """How the desk refuses something, the log being left as it was."""
    before = content(desk)
    with pytest.raises(Refused) as caught:
        do(desk, event, case_id, **options)
    assert content(desk) == before, "a refused command changed the log"
    return caught.value


def rules(refused: Refused) -> list[str]:
    """The rules that an event was refused by."""
    return [reason.rule for reason in refused.reasons]


def deadline(desk: Desk, timer: str, case_id: str = "C-1") -> Deadline:
    """The case's latest deadline of that timer."""
    return [one for one in desk.case(case_id).deadlines if one.timer == timer][-1]


def due(desk: Desk, timer: str, case_id: str = "C-1") -> tuple[str, str]:
    """When that deadline is due, and what it comes to."""
    found = deadline(desk, timer, case_id)
    return written(found.due), found.status


def timers(breaches: Iterable[Breach]) -> list[str]:
    """What breaches are of."""
    return [breach.timer for breach in breaches]


def states(desk: Desk, case_id: str = "C-1") -> dict[str, str]:
    """The state of each episode of a case by its name."""
    return {episode.name: episode.state for episode in desk.case(case_id).episodes}


def names(events: Iterable[Event]) -> list[str]:
    """What was done, or noticed."""
    return [event.event for event in events]


def exported(desk: Desk) -> str:
    """The facts of a desk's log as a flat event log."""
    out = io.StringIO()
    take_out(desk, out)
    return out.getvalue()


Line = tuple[str, ...]
EVERY_NEED = {
    need for flow in oracle.WORKFLOWS.values() for move in flow["transitions"].values() for need in move["needs"]
}


def said_by_desk(desk: Desk, case_id: str = "C-1") -> tuple[list[Line], list[Line]]:
    """The deadlines and findings of a case: what is counted, and what is found in which event."""
    case = desk.case(case_id)
    lines = [
        (one.episode, one.timer, one.guidance, one.counts_from, written(one.counted_from), str(one.allowed or ""),
         written(one.due), written(one.stopped_at), one.status, "" if one.over is None else str(one.over), one.basis)
        for one in case.deadlines
    ]  # fmt: skip
    facts = {fact.event_id: fact for fact in case.facts}
    found = [(one.rule, *about(facts[one.event_id])) for one in case.findings]
    return lines, sorted(found)


def said_by_oracle(
    desk: Desk, case_id: str = "C-1", *, more: Iterable[dict[str, str]] = (), overlay: bool = False
) -> tuple[list[Line], list[Line]]:
    """The same from the oracle's audit of the log's export, which shares no code with the desk; `more` are further rows."""
    rows = [*csv.DictReader(io.StringIO(exported(desk))), *more]
    # Another case in which every workflow occurs: what a log does not have at all is excused.
    day = written(desk.clock.now())[:10]
    rows += [
        {"case_id": "(other)", "event": f"{name}.{flow['opens_with']}", "happened_at": day}
        for name, flow in oracle.WORKFLOWS.items()
    ]
    out = io.StringIO()
    # Every column, too: a detail that has none is excused.
    writer = csv.DictWriter(out, dict.fromkeys([*COLUMNS, *EVERY_NEED, *(name for row in rows for name in row)]), "")
    writer.writeheader()
    writer.writerows(rows)
    told = oracle.audit(out.getvalue(), overlay=overlay, as_at=written(desk.clock.now()))
    lines = [
        (one["episode"], one["timer"], one["guidance"], one["counts_from"], one["counted_from"], length(one), one["due"],
         one["stopped_at"], one["status"], one["over"], one["basis"])
        for one in told["deadlines"] if one["case_id"] == case_id
    ]  # fmt: skip
    found = [
        (one["rule"], one["event"], one["happened_at"], one["recorded_at"])
        for one in told["findings"]
        if one["case_id"] == case_id and one["rule"] not in ("breach", "local-breach", "cannot-tell")
    ]
    return lines, sorted(found)


def about(fact: Event) -> Line:
    """What a finding says of the event that it is about."""
    return fact.event, written(fact.happened_at), written(fact.recorded_at)


def length(row: dict[str, str]) -> str:
    """A timescale as people write it, from the columns of deadlines.csv."""
    if not row["allowed"]:
        return ""
    return f"{row['allowed']} {row['unit'][:-1] if row['allowed'] == '1' else row['unit']}"
