"""The front door in other people's frameworks: Django, FastAPI, APScheduler, asyncio; their examples are run by test_examples."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from desks import entry, names, open_desk, set_clock
from fastapi import Depends, FastAPI

from frontdoor import AsyncDesk, Desk, MemoryLog, SqliteLog
from frontdoor.adapters.apscheduler import add_check, add_daily_check
from frontdoor.adapters.fastapi import FrontDoor
from frontdoor.case import Breach
from frontdoor.desk.checker import DailyCheck
from frontdoor.errors import LogError

ROOT = Path(__file__).parent.parent
MONDAY, WEDNESDAY = "2024-03-04T09:00", "2024-03-06T17:00"


def late_desk(log: MemoryLog | SqliteLog | None = None) -> Desk:
    """A desk at which a contact has waited for two days."""
    desk = open_desk(MONDAY, log=log)
    desk.record_many([entry("contact.receive")])
    set_clock(desk, WEDNESDAY)
    return desk


# ---- Django ----

SITE = """
import sys
import django
from django.conf import settings
from django.core.management import call_command
from frontdoor import Desk, MemoryLog, SimulatedClock
from frontdoor.adapters import django as ours
"""


def site(body: str, **settings: str) -> str:
    """What a site prints that has these settings."""
    given = ", ".join(f"{name}={value}" for name, value in settings.items())
    begin = f'{SITE}\nsettings.configure(INSTALLED_APPS=["frontdoor.adapters.django"], {given})\ndjango.setup()\n'
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", begin + body], capture_output=True, text=True, timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr.strip().rpartition("\n")[2]


def test_a_site_that_names_its_log_has_one_desk_for_all_its_threads(tmp_path: Path) -> None:
    said = site(
        """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(8) as pool:
    desks = set(pool.map(lambda _: ours.desk(), range(64)))
ours.desk().record("C-1", "contact.receive", actor="o", role="referral_officer", details={"source": "6"})
print(len(desks), ours.desk().log.size())
""",
        FRONTDOOR_LOG=repr(str(tmp_path / "borough.db")),
    )
    assert said == "1 1\n"
    with SqliteLog(tmp_path / "borough.db", create=False) as log:
        assert names(log.follow()) == ["contact.receive"]


def test_a_receiver_that_fails_undoes_nothing_and_the_others_are_told() -> None:
    said = site(
        """
from django.dispatch import receiver
@receiver(ours.recorded)
def fails(**_): raise ZeroDivisionError
@receiver(ours.recorded)
def tells(event, episode, **_): print(event.event, episode.state)
desk = ours.desk()
desk.record("C-1", "contact.receive", actor="o", role="referral_officer", details={"source": "6"})
print(desk.log.size())
""",
        FRONTDOOR_DESK="lambda after: Desk(MemoryLog(), after=after)",
        LOGGING_CONFIG="None",
    )
    assert said.startswith("contact.receive received\n1\n")


@pytest.mark.parametrize("settings", [{}, {"FRONTDOOR_LOG": "'a.db'", "FRONTDOOR_DESK": "'a.b'"}], ids=["none", "both"])
def test_a_site_that_does_not_say_which_log_is_told(settings: dict[str, str]) -> None:
    assert "set FRONTDOOR_LOG, the file of the log, or FRONTDOOR_DESK" in site("ours.desk()", **settings)


def test_the_command_of_a_site_says_what_is_wrong_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "borough.db").write_text("no log")
    said = site('call_command("frontdoor_check")', FRONTDOOR_LOG=repr(str(tmp_path / "borough.db")))
    assert "LogError" in said or "CommandError" in said
    assert said.endswith("borough.db is not a frontdoor log.")


# ---- FastAPI, asyncio ----


def served(front_door: FrontDoor, *asked: tuple[str, str]) -> list[httpx.Response]:
    """What an application with this desk answers."""
    app = FastAPI(lifespan=front_door.lifespan)
    front_door.say_refusals(app)
    OurDesk = Annotated[AsyncDesk, Depends(front_door)]

    async def record(case_id: str, event: str, desk: OurDesk, version: int | None = None) -> dict[str, Any]:
        one = entry(event, case_id, expected_version=version)
        (done,) = await desk.record_many([one])
        return {"version": done.version}

    async def look(case_id: str, desk: OurDesk) -> list[str]:
        return [breach.timer for breach in (await desk.case(case_id)).breaches]

    for function, add in ((record, app.post("/{case_id}/{event}")), (look, app.get("/{case_id}"))):
        function.__annotations__["desk"] = OurDesk  # which is known in here only
        add(function)

    async def ask() -> list[httpx.Response]:
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk")
        async with app.router.lifespan_context(app), client:
            return [await client.request(method, url) for method, url in asked]

    return asyncio.run(ask())


def test_requests_record_and_what_is_refused_is_answered_with_its_reasons() -> None:
    done, again, raced, unknown = served(
        FrontDoor(lambda: open_desk(MONDAY)),
        ("POST", "/C-1/contact.receive"),
        ("POST", "/C-1/contact.receive"),
        ("POST", "/C-1/contact.refer?version=9"),
        ("GET", "/C-9"),
    )
    assert (done.status_code, done.json()) == (200, {"version": 1})
    assert again.status_code == 409 and [one["rule"] for one in again.json()["reasons"]] == ["overlap"]
    assert again.json()["reasons"][0]["sentence"] in again.json()["detail"]
    assert (raced.status_code, raced.json()["reasons"]) == (409, []) and "is at version 1, not 9" in raced.text
    assert unknown.status_code == 404 and "there is no case 'C-9'" in unknown.json()["detail"]


def test_breaches_are_raised_in_the_background_and_the_desk_is_closed_in_the_end(tmp_path: Path) -> None:
    raised: list[str] = []
    log = SqliteLog(tmp_path / "borough.db")
    app = FastAPI(
        lifespan=(
            front_door := FrontDoor(
                lambda: late_desk(log),
                check_every=timedelta(milliseconds=5),
                found=lambda breaches: raised.extend(breach.timer for breach in breaches),
            )
        ).lifespan
    )
    assert front_door

    async def run() -> None:
        async with app.router.lifespan_context(app):
            for _ in range(4000):
                if raised:
                    return
                await asyncio.sleep(0.005)

    asyncio.run(run())
    assert raised == ["contact.screening"]
    with pytest.raises(LogError, match="is closed"):
        log.size()


def test_a_check_that_fails_is_told_and_made_again_the_next_time(caplog: pytest.LogCaptureFixture) -> None:
    desk, failed, raised = late_desk(), threading.Event(), threading.Event()
    due = desk.log.due

    def fails_first(*args: Any, **options: Any) -> Any:
        if not failed.is_set():
            failed.set()
            raise LogError("the disk is full.")
        return due(*args, **options)

    desk.log.due = fails_first  # type: ignore[method-assign]
    front_door = FrontDoor(
        lambda: desk, check_every=timedelta(milliseconds=5), found=lambda breaches: raised.set() if breaches else None
    )
    app = FastAPI(lifespan=front_door.lifespan)

    async def run() -> None:
        async with app.router.lifespan_context(app):
            await asyncio.to_thread(raised.wait, 20)

    asyncio.run(run())
    assert raised.is_set() and "the check was not made: the disk is full." in caplog.text


def fails_on_the_way(desk: Desk) -> Desk:
    """The desk, whose log cannot be asked any more once a check has recorded the first breaches."""
    due = desk.log.due

    def once(*args: Any, **options: Any) -> Any:
        if any(desk.log.breaches()):
            raise LogError("the disk is full.")
        return due(*args, **options)

    desk.log.due = once  # type: ignore[method-assign]
    return desk


def test_the_breaches_of_a_check_that_fails_on_the_way_are_told(tmp_path: Path) -> None:
    told: list[str] = []
    heard = threading.Event()

    def found(breaches: list[Breach]) -> None:
        told.extend(breach.timer for breach in breaches)
        heard.set()

    desk = fails_on_the_way(late_desk())
    app = FastAPI(lifespan=FrontDoor(lambda: desk, check_every=timedelta(hours=1), found=found).lifespan)

    async def run() -> None:
        async with app.router.lifespan_context(app):
            await asyncio.to_thread(heard.wait, 20)

    asyncio.run(run())
    assert told == ["contact.screening"]


def test_the_breaches_of_a_check_that_is_under_way_when_the_application_ends_are_told() -> None:
    desk, begun, may_go_on, told = late_desk(), threading.Event(), threading.Event(), list[Breach]()
    due = desk.log.due

    def slow(*args: Any, **options: Any) -> Any:
        begun.set()
        assert may_go_on.wait(20)
        return due(*args, **options)

    desk.log.due = slow  # type: ignore[method-assign]
    app = FastAPI(lifespan=FrontDoor(lambda: desk, check_every=timedelta(hours=1), found=told.extend).lifespan)

    async def run() -> None:
        async with app.router.lifespan_context(app):
            await asyncio.to_thread(begun.wait, 20)
            asyncio.get_running_loop().call_soon(may_go_on.set)  # once the application has begun to end

    asyncio.run(run())
    assert [breach.timer for breach in told] == ["contact.screening"]


@pytest.mark.parametrize("what", ["the mail", "the check"])
def test_the_checks_go_on_when_a_hosts_own_code_fails(what: str, caplog: pytest.LogCaptureFixture) -> None:
    asked, often = [], threading.Event()

    def fails(*_: object, **__: object) -> None:
        asked.append(1)
        if len(asked) > 2:
            often.set()
        raise ConnectionError("the mail is down")

    desk = late_desk()
    if what == "the check":
        desk.log.due = fails  # type: ignore[method-assign, assignment]
    found = fails if what == "the mail" else len
    front_door = FrontDoor(lambda: desk, check_every=timedelta(milliseconds=5), found=found)
    app = FastAPI(lifespan=front_door.lifespan)

    async def run() -> None:
        async with app.router.lifespan_context(app):
            assert await asyncio.to_thread(often.wait, 20)

    asyncio.run(run())
    assert "the mail is down" in caplog.text


def test_a_background_check_without_a_pause_is_refused() -> None:
    with pytest.raises(ValueError, match="would never rest"):
        FrontDoor(late_desk, check_every=timedelta())


def test_what_tasks_record_at_once_with_several_threads_is_committed_together(tmp_path: Path) -> None:
    statements: list[str] = []

    async def run() -> int:
        async with AsyncDesk(open_desk(MONDAY, log=SqliteLog(tmp_path / "borough.db")), threads=8) as desk:
            await desk.record_many([entry("contact.receive", "C-0")])
            desk.desk.log._file._sqlite.ready().set_trace_callback(statements.append)  # type: ignore[attr-defined]
            await asyncio.gather(*(desk.record_many([entry("contact.receive", f"C-{n + 1}")]) for n in range(80)))
            desk.desk.log._file._sqlite.ready().set_trace_callback(None)  # type: ignore[attr-defined]
            return desk.desk.log.size()

    assert asyncio.run(run()) == 81
    assert statements.count("COMMIT") < 80


# ---- APScheduler ----


def scheduled(add: Any, desk: Desk, **options: Any) -> Any:
    """What the first check gives that finds something."""
    found: list[Any] = []
    done = threading.Event()

    def tell(one: Any) -> None:
        if one and not done.is_set():
            found.append(one)
            done.set()

    scheduler = BackgroundScheduler(timezone="UTC")
    job = add(scheduler, desk, every=timedelta(milliseconds=20), found=tell, **options)
    assert add(scheduler, desk, every=timedelta(milliseconds=20), found=tell, **options).id == job.id
    scheduler.start()
    try:
        assert [one.id for one in scheduler.get_jobs()] == [job.id]
        assert done.wait(30)
    finally:
        scheduler.shutdown()
    return found[0]


def test_a_scheduler_tells_of_the_breaches_of_a_check_that_fails_on_the_way() -> None:
    (breach,) = scheduled(add_check, fails_on_the_way(late_desk()))
    assert breach.timer == "contact.screening"


def test_a_scheduler_raises_breaches() -> None:
    (breach,) = scheduled(add_check, late_desk())
    assert breach.timer == "contact.screening"


def test_a_scheduler_makes_the_daily_check_once_its_hour_has_come() -> None:
    desk = late_desk()
    made = scheduled(add_daily_check, desk, at="16:00", actor="m-1", role="manager")
    assert isinstance(made, DailyCheck) and [one.timer for one in made.breaches] == ["contact.screening"]
    assert names(desk.log.follow()).count("desk.checked") == 1


def test_an_hour_that_is_none_is_refused_when_it_is_scheduled() -> None:
    with pytest.raises(ValueError, match="does not match"):
        add_daily_check(BackgroundScheduler(), late_desk(), at="4pm", actor="m-1", role="manager")
