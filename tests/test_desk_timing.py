"""A desk's clock: one that went back, or leapt ahead, is noticed and refused until somebody says that it is right."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from commands import frontdoor
from desks import entry, moment, names, shipped

from frontdoor import Desk, MemoryLog, SqliteLog
from frontdoor.errors import OutOfOrder, Refused
from frontdoor.log import EventLog
from frontdoor.log.checkpoint import verify

START = moment("2024-03-04T09:00")


class Wall:
    """A computer's clock, as a test sets it: it goes by itself, and may be wrong."""

    def __init__(self, at: datetime = START) -> None:
        self.at, self.seconds = at, 1000.0

    def now(self) -> datetime:
        return self.at

    def passed(self) -> float:
        return self.seconds


def open_desk(wall: Wall, log: EventLog | None = None) -> Desk:
    return Desk(log or MemoryLog(), clock=wall, library=shipped())


def receive(desk: Desk, case_id: str = "C-1") -> None:
    desk.record_many([entry("contact.receive", case_id)])


def accept(desk: Desk) -> object:
    return desk.accept_clock(actor="it-3", role="manager", reason="the server's clock was mended")


def test_a_clock_that_leapt_ahead_while_a_desk_was_open_is_refused_until_accepted() -> None:
    wall = Wall()
    desk = open_desk(wall)
    receive(desk)
    wall.at += timedelta(days=30)
    wall.seconds += 60
    for act in (lambda: receive(desk, "C-2"), desk.check):
        with pytest.raises(OutOfOrder, match="it leapt ahead by 29 days .* If it is right, say so"):
            act()
    assert names(desk.log.follow()) == ["contact.receive"]
    accept(desk)
    assert len(desk.check()) == 1
    assert names(desk.log.follow()) == ["contact.receive", "desk.clock_accepted", "contact.breach_raised"]


@pytest.mark.parametrize("days, is_leap", [(1, False), (2, True)])
def test_a_clock_may_gain_a_day_and_no_more(days: int, is_leap: bool) -> None:
    wall = Wall()
    desk = open_desk(wall)
    receive(desk)
    wall.at += timedelta(days=10 + days)
    wall.seconds += 10 * 86_400
    if is_leap:
        with pytest.raises(OutOfOrder, match="leapt ahead by 2 days"):
            receive(desk, "C-2")
    else:
        receive(desk, "C-2")


def test_a_desk_that_is_open_for_a_year_and_a_half_without_an_event_is_not_a_leap() -> None:
    wall = Wall()
    desk = open_desk(wall)
    receive(desk)
    wall.at += timedelta(days=500)
    wall.seconds += 500 * 86_400
    receive(desk, "C-2")
    assert names(desk.log.follow()) == ["contact.receive"] * 2


@pytest.mark.parametrize("days, is_silence", [(366, False), (367, True)])
def test_a_desk_that_begins_a_year_after_the_last_event_is_refused_until_accepted(days: int, is_silence: bool) -> None:
    log, wall = MemoryLog(), Wall()
    receive(open_desk(wall, log))
    wall.at += timedelta(days=days)
    desk = open_desk(wall, log)
    if not is_silence:
        receive(desk, "C-2")
        return
    for act in (lambda: receive(desk, "C-2"), desk.check):
        with pytest.raises(OutOfOrder, match="nothing has been recorded since 2024-03-04"):
            act()
    accept(desk)
    receive(desk, "C-2")
    receive(open_desk(wall, log), "C-3")


def test_a_clock_that_went_back_is_refused_until_accepted_and_what_is_still_to_come_is_no_breach_any_more() -> None:
    log, wall = MemoryLog(), Wall()
    receive(open_desk(wall, log))
    wall.at += timedelta(days=40)
    ahead = open_desk(wall, log)
    assert [breach.timer for breach in ahead.check()] == ["contact.screening"]
    wall.at -= timedelta(days=40)
    desk = open_desk(wall, log)
    for act in (lambda: receive(desk, "C-2"), lambda: desk.daily_check(actor="m-1", role="manager")):
        with pytest.raises(OutOfOrder, match="something was recorded at 2024-04-13"):
            act()
    accept(desk)
    assert names(log.follow()) == [
        "contact.receive", "contact.breach_raised", "desk.clock_accepted", "contact.breach_withdrawn"
    ]  # fmt: skip
    (breach,) = log.breaches()
    assert breach.withdrawn and "its clock has not run out" in breach.why
    assert desk.check() == [] and desk.rebuild() == []
    receive(desk, "C-2")
    wall.at += timedelta(hours=3)
    assert verify(log.records(), log_id=log.log_id).size == 5


def test_by_a_clock_that_went_back_no_check_says_that_nothing_has_run_out() -> None:
    log, wall = MemoryLog(), Wall()
    receive(open_desk(wall, log))
    wall.at -= timedelta(days=30)
    desk = open_desk(wall, log)
    with pytest.raises(OutOfOrder, match="something was recorded at 2024-03-04"):
        desk.check()
    accept(desk)
    assert desk.check() == []


def test_clocks_of_several_machines_may_differ_by_five_minutes() -> None:
    log, wall = MemoryLog(), Wall()
    receive(open_desk(wall, log))
    wall.at -= timedelta(minutes=5)
    receive(open_desk(wall, log), "C-2")
    first, second = log.follow()
    assert first.recorded_at == second.recorded_at == START
    wall.at -= timedelta(seconds=1)
    with pytest.raises(OutOfOrder):
        receive(open_desk(wall, log), "C-3")


def test_who_accepts_a_clock_says_who_they_are_and_why() -> None:
    desk = open_desk(Wall())
    for said in ({"reason": " "}, {"actor": ""}, {"role": "gardener"}):
        with pytest.raises(Refused):
            desk.accept_clock(**{"actor": "it-3", "role": "manager", "reason": "it is right"} | said)
    assert desk.log.size() == 0


def test_the_command_says_what_to_do_and_does_it(tmp_path: Path) -> None:
    path = tmp_path / "borough.db"
    with SqliteLog(path) as log:
        receive(open_desk(Wall(), log))
    found = frontdoor("check", path)
    assert found.status == 3 and "frontdoor accept-clock" in found.err and "Traceback" not in found.err
    who = ("--actor", "it-3", "--role", "manager", "--because", "I have looked")
    found = frontdoor("accept-clock", path, *who)
    assert found.status == 0 and "is believed from now on; the event before it was recorded at 2024-03-04" in found.out
    found = frontdoor("check", path)
    assert found.status == 0 and "1 breach" in found.out
