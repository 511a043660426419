"""check: breaches are raised and said, the daily check is kept, what is due soon is listed, and the loop goes on until stopped."""

from __future__ import annotations

import json
import signal
import sqlite3
import threading
from datetime import date, timedelta
from pathlib import Path

import pytest
from commands import Ran, frontdoor, process, ran, record
from desks import open_desk, play, set_clock

from frontdoor import Desk, SqliteLog
from frontdoor.desk.checker import DailyCheck
from frontdoor.desk.schedule import awaits_daily_check, every, in_turn
from frontdoor.errors import Busy, LogError
from frontdoor.report import check_text
from frontdoor.report.words import days

FRIDAY = "2009-12-18T16:30"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of one contact, received on a Friday and to be screened on the Monday."""
    path = tmp_path / "borough.db"
    record(path, "contact.receive", at=FRIDAY, role="referral_officer", detail="source=6")
    return path


def held(path: Path) -> list[object]:
    """Every event of a log."""
    with SqliteLog(path, read_only=True) as log:
        return list(log.records())


def check(log: Path, *words: object) -> Ran:
    return frontdoor("check", log, *words)


# ---- raising breaches ----


def test_a_breach_is_printed_with_when_it_was_due_how_late_it_is_and_what_it_counts_from(log: Path) -> None:
    found = check(log, "--at", "2009-12-23")
    assert found == (0, (
        "1 breach raised:\n"
        "  C-1 contact-1: Read it and choose where it goes (contact.screening), due Mon 21 Dec 2009, 2 working days\n"
        "    late\n"
        "    counted from contact.receive, Fri 18 Dec 2009 16:30; local, working_together_2006\n"
    ), "")  # fmt: skip


def test_a_breach_is_raised_once(log: Path) -> None:
    check(log)
    before = held(log)
    assert check(log).out == "Nothing was raised: no deadline has run out of which a breach does not stand already.\n"
    assert held(log) == before


def test_breaches_are_told_though_a_case_cannot_be_read(log: Path) -> None:
    record(log, "contact.receive", "C-2", at=FRIDAY, role="referral_officer", detail="source=6")
    db = sqlite3.connect(log)
    for (name,) in db.execute(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'events'"
    ).fetchall():
        db.execute(f"DROP TRIGGER {name}")
    db.execute("UPDATE events SET happened_at = 'never' WHERE case_id = 'C-1'")
    db.commit()
    db.close()
    found = check(log)
    assert found.status == 4 and "event 1 is not as it was recorded" in found.err
    assert found.out.startswith("1 breach raised:\n  C-2 contact-1: Read it")
    assert check(log).out == ""


def test_a_check_as_at_a_date_means_its_end_and_due_today_is_no_breach(log: Path) -> None:
    assert check(log, "--at", "2009-12-21").out.startswith("Nothing was raised")
    assert check(log, "--at", "2009-12-22").out.startswith("1 breach raised")


def test_a_check_as_at_a_moment_is_made_as_at_that_moment(log: Path) -> None:
    assert check(log, "--at", "2009-12-21T23:59").out.startswith("Nothing was raised")
    assert "1 working day late" in " ".join(check(log, "--at", "2009-12-22T00:00").out.split())


def test_json_gives_what_was_raised(log: Path) -> None:
    (one,) = json.loads(check(log, "--at", "2009-12-23", "--json").out)["raised"]
    assert (one["case_id"], one["timer"], one["due"]) == ("C-1", "contact.screening", "2009-12-21")
    assert (one["late"], one["counted_from"]) == ("2 working days late", "contact.receive, 2009-12-18T16:30:00+00:00")
    assert json.loads(check(log, "--json").out)["raised"] == []


def test_what_lies_ahead_cannot_be_checked_yet(log: Path) -> None:
    found = check(log, "--at", "2199-01-01")
    assert found.status == 3
    assert found.err.startswith("frontdoor: 2199-01-01T23:59:59.999999+00:00 is later than the desk's clock")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--at", "25:00"], "'25:00' is not a date or time: write 2009-12-18, 2009-12-18T16:30, 18/12/2009 or 18/12/2009 16:30; "
                            "or, for the daily check, an hour: 16:00."),
        (["--at", "16:00"], "the 16:00 check is recorded with who made it: add --actor and --role."),
        (["--at", "16:00", "--actor", "a"], "add --actor and --role"),
        (["--actor", "a", "--role", "manager"], "--actor and --role are of the daily check: add its hour, such as --at 16:00."),
        (["--at", "2009-12-18", "--actor", "a"], "--actor and --role are of the daily check"),
        (["--due-within", "2 fortnights"], "'2 fortnights' is not a timescale"),
        (["--due-within", "2 days", "--at", "2009-12-18"], "--due-within lists what is due from now on"),
        (["--due-within", "2 days", "--every", "5m"], "--due-within lists what is due from now on"),
        (["--every", "0m"], "'0m' is not how often: write 30s, 5m or 1h."),
        (["--every", "5"], "'5' is not how often"),
        (["--every", "5m", "--at", "2009-12-18"], "--every checks as at now"),
        (["--every", "5m", "--at", "16:00"], "add --actor and --role"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_options_that_make_no_sense_are_a_usage_error_and_write_nothing(log: Path, words: list[str], said: str) -> None:
    before = held(log)
    found = check(log, *words)
    assert (found.status, found.out) == (2, "")
    assert said in " ".join(found.err.split())
    assert held(log) == before


# ---- what is due soon ----


def test_what_is_due_soon_is_listed_and_nothing_is_written(log: Path) -> None:
    before = held(log)
    found = check(log, "--due-within", "2 working days")
    assert found.status == 0
    head, row = found.out.splitlines()
    assert head == "Due within 2 working days, or overdue: 1 deadline."
    assert row.startswith("  overdue by ")
    assert row.endswith("working days  Mon 21 Dec 2009  C-1  contact-1  Read it and choose where it goes")
    assert json.loads(check(log, "--due-within", "2 working days", "--json").out)["due"][0]["status"] == "overdue"
    assert held(log) == before


def test_what_is_due_later_is_not_listed() -> None:
    desk = open_desk("2014-03-03T09:00")
    play(desk, "2014-03-03T09:00 contact.receive\n2014-03-03T09:10 contact.refer\n2014-03-03T09:20 referral.accept")
    lines = list(check_text.outstanding(desk.outstanding(), desk.clock.now(), desk.library.calendar))
    assert [line.split("  ")[1] for line in lines] == [
        "1 working day left",
        "5 working days left",
        "45 working days left",
    ]


# ---- the daily check ----


def daily(log: Path, *words: object) -> Ran:
    return check(log, "--at", "16:00", "--actor", "pm-02", "--role", "manager", *words)


def test_the_daily_check_raises_lists_what_is_outstanding_and_is_recorded(log: Path) -> None:
    record(log, "contact.receive", "C-2", at="2009-12-17T09:00", role="referral_officer", detail="source=6")
    found = daily(log)
    assert found.status == 0
    lines = found.out.splitlines()
    assert lines[0].startswith("The 16:00 check of ") and lines[0].endswith(" by pm-02 (manager).")
    assert lines[1] == "Outstanding, by time left: 2 overdue, 0 still in time."
    assert [("C-1" in line, "C-2" in line) for line in lines[2:4]] == [(False, True), (True, False)]
    assert lines[4] == "2 breaches raised:"
    with SqliteLog(log, read_only=True) as opened:
        (event,) = [event for event in opened.events("") if event.event == "desk.checked"]
    assert (event.actor, event.role, event.details["at"]) == ("pm-02", "manager", "16:00")
    assert [one["case_id"] for one in event.details["outstanding"]] == ["C-2", "C-1"]


def test_an_hour_may_be_written_short(log: Path) -> None:
    assert json.loads(check(log, "--at", "9:30", "--actor", "a", "--role", "manager", "--json").out)["at"] == "09:30"


def test_json_gives_the_daily_check(log: Path) -> None:
    found = json.loads(daily(log, "--json").out)
    assert (found["at"], found["actor"], found["missed"]) == ("16:00", "pm-02", [])
    assert [one["timer"] for one in found["outstanding"]] == ["contact.screening"]
    assert [one["timer"] for one in found["raised"]] == ["contact.screening"]
    assert found["event"]["event"] == "desk.checked"


def made(desk: Desk, at: str) -> list[str]:
    """What is said of a 16:00 check that is made at a moment."""
    set_clock(desk, at)
    found = desk.daily_check("16:00", actor="pm-02", role="manager")
    return list(check_text.daily(found, "manager", desk.library.calendar))


def test_a_check_that_was_missed_is_said_at_the_next() -> None:
    desk = open_desk("2009-12-11T09:00")
    assert made(desk, "2009-12-11T16:00")[1] == "Nothing is outstanding."
    assert made(desk, "2009-12-16T16:02")[:2] == [
        "The 16:00 check of Wednesday 16 December 2009, made at 16:02 by pm-02 (manager).",
        "No 16:00 check was made on Mon 14 and Tue 15 December 2009.",
    ]


def test_days_are_said_with_each_month_once_and_of_many_only_the_last() -> None:
    turn = [date(2009, 12, 30), date(2009, 12, 31), date(2010, 1, 4)]
    assert days(turn) == "Wed 30 and Thu 31 December 2009 and Mon 4 January 2010"
    many = [date(2009, 12, 1) + timedelta(days=n) for n in range(11)]
    assert list(check_text.missed("16:00", many)) == [
        "No 16:00 check was made on 11 working days, the last of them Wed 9, Thu 10 and Fri 11 December 2009."
    ]


# ---- the loop ----


def test_it_checks_at_once_and_then_every_so_often_until_it_is_stopped() -> None:
    stop, waited, found = threading.Event(), list[float](), list[int]()

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        return len(waited) == 3

    times = every(lambda: len(waited), timedelta(minutes=5), stop=stop, found=found.append, wait=wait)
    assert (times, found, waited) == (3, [0, 1, 2], [300.0, 300.0, 300.0])


def test_it_waits_by_what_stops_it() -> None:
    stop = threading.Event()
    assert every(lambda: None, timedelta(hours=1), stop=stop, found=lambda found: stop.set()) == 1
    assert every(lambda: None, timedelta(hours=1), stop=stop) == 0


def test_a_log_that_is_busy_is_tried_again_next_time(log: Path) -> None:
    other = sqlite3.connect(log, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    told: list[Busy] = []
    found: list[int] = []

    def let_go(error: Busy) -> None:
        told.append(error)
        other.close()

    with SqliteLog(log, patience=0.02) as opened:
        desk = Desk(opened)
        times = every(
            lambda: len(desk.check()), timedelta(seconds=1), stop=threading.Event(), found=found.append, busy=let_go,
            wait=lambda seconds: bool(found),
        )  # fmt: skip
    assert (times, len(told), found) == (1, 1, [1])


def test_another_error_ends_the_loop() -> None:
    def check() -> object:
        raise LogError("the disk is full.")

    with pytest.raises(LogError, match="the disk is full"):
        every(check, timedelta(seconds=1), stop=threading.Event())


@pytest.mark.parametrize("interval", [timedelta(0), timedelta(seconds=-1)])
def test_a_loop_that_would_never_rest_is_refused(interval: timedelta) -> None:
    with pytest.raises(ValueError, match="would never rest"):
        every(lambda: None, interval, stop=threading.Event())


@pytest.mark.parametrize(
    ("now", "awaits"),
    [
        ("2009-12-18T15:59", False),
        ("2009-12-18T16:00", True),
        ("2009-12-18T23:59", True),
        ("2009-12-19T16:30", False),
        ("2009-12-25T16:30", False),
        ("2009-06-18T16:00", True),
    ],
    ids=["before", "at the hour", "after", "Saturday", "Christmas Day", "in summer time"],
)
def test_the_daily_check_is_awaited_on_a_working_day_from_its_hour_on(now: str, awaits: bool) -> None:
    assert awaits_daily_check(open_desk(now), "16:00") is awaits


def test_a_daily_check_that_was_made_is_not_awaited_again_that_day() -> None:
    desk = open_desk("2009-12-17T09:00")
    set_clock(desk, "2009-12-17T16:05")
    desk.daily_check("16:00", actor="a", role="manager")
    desk.daily_check("09:30", actor="a", role="manager")
    assert not awaits_daily_check(desk, "16:00")
    assert awaits_daily_check(desk, "16:05")
    set_clock(desk, "2009-12-18T16:05")
    assert awaits_daily_check(desk, "16:00")


def test_a_loop_makes_the_daily_check_once_a_working_day_and_else_looks_for_breaches() -> None:
    desk = open_desk("2009-12-17T15:00")

    def turn(at: str) -> object:
        set_clock(desk, at)
        return in_turn(desk, "16:00", actor="a", role="manager")

    assert turn("2009-12-17T15:55") == []
    assert isinstance(turn("2009-12-17T16:00"), DailyCheck)
    assert turn("2009-12-17T16:05") == []
    assert turn("2009-12-18T15:55") == []
    assert isinstance(turn("2009-12-18T18:20"), DailyCheck)
    assert turn("2009-12-19T18:20") == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_the_command_goes_on_says_only_what_it_raises_and_stops_cleanly(log: Path, how: signal.Signals) -> None:
    started = process("check", log, "--every", "1s", "--json")
    assert started.stdout is not None
    first = json.loads(started.stdout.readline())
    record(log, "contact.receive", "C-2", at=FRIDAY, role="referral_officer", detail="source=6")
    second = json.loads(started.stdout.readline())
    started.send_signal(how)
    assert ran(started) == (0, "", "")
    assert [[one["case_id"] for one in line["raised"]] for line in (first, second)] == [["C-1"], ["C-2"]]


def test_the_command_says_that_a_log_is_busy_and_goes_on(log: Path) -> None:
    other = sqlite3.connect(log, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    started = process("check", log, "--every", "1s")
    assert started.stdout is not None and started.stderr is not None
    assert started.stderr.readline() == (
        f"frontdoor: somebody else has been writing {log} for more than 5 seconds; it is tried again next time.\n"
    )
    other.close()
    assert started.stdout.readline() == "1 breach raised:\n"
    started.terminate()
    assert ran(started).status == 0
