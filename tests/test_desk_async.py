"""The desk for asyncio: the same methods, awaited, and the loop never waits for a disk."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from desks import do, entry, moment, names, open_desk

from frontdoor import AsyncDesk, Conflict, Desk, MemoryLog, Refused, SqliteLog
from frontdoor.errors import LogError

_T = TypeVar("_T")


def on(desk: Desk, work: Callable[[AsyncDesk], Awaitable[_T]]) -> _T:
    """What some work with a desk for asyncio comes to."""

    async def run() -> _T:
        async with AsyncDesk(desk) as other:
            return await work(other)

    return asyncio.run(run())


def asked(event: str = "contact.receive", case_id: str = "C-1", **options: Any) -> dict[str, Any]:
    """The arguments of `record`."""
    one = entry(event, case_id, **options)
    said = {"actor": one.actor, "role": one.role, "details": one.details}
    return {"case_id": case_id, "event": event, **said, **options}


def test_what_is_awaited_is_recorded() -> None:
    desk = open_desk("2024-03-01T09:00")
    event = on(desk, lambda d: d.record(**asked()))
    assert [event] == list(desk.log.follow())


def test_many_at_once_are_all_recorded_each_with_its_place() -> None:
    desk = open_desk("2024-03-01T09:00")

    async def work(other: AsyncDesk) -> list[Any]:
        return await asyncio.gather(*(other.record(**asked(case_id=f"C-{n}")) for n in range(100)))

    events = on(desk, work)
    assert [event.position for event in events] == list(range(1, 101))
    assert [event.case_id for event in events] == [f"C-{n}" for n in range(100)]


def test_of_many_that_want_to_be_first_one_is_and_the_rest_are_told() -> None:
    desk = open_desk("2024-03-01T09:00")

    async def work(other: AsyncDesk) -> list[Any]:
        tries = (other.record(**asked(expected_version=0)) for _ in range(20))
        return await asyncio.gather(*tries, return_exceptions=True)

    found = on(desk, work)
    assert sum(isinstance(one, Conflict) for one in found) == 19
    assert desk.log.size() == 1


def test_a_refusal_is_raised_where_it_is_awaited() -> None:
    desk = open_desk("2024-03-01T09:00")
    with pytest.raises(Refused, match=r"referral\.accept"):
        on(desk, lambda d: d.record(**asked("referral.accept")))
    assert desk.log.size() == 0


def test_looking_and_checking_are_awaited_too() -> None:
    desk = open_desk("2024-03-01T09:00")
    do(desk, "contact.receive")
    desk.clock.set(moment("2024-03-05T09:00"))  # type: ignore[attr-defined]

    async def work(other: AsyncDesk) -> None:
        assert (await other.case("C-1")).version == 1
        assert "contact.refer" in [one.event for one in await other.allowed("C-1")]
        assert (await other.explain("C-1", "contact.screening")).status == "overdue"
        assert [one.timer for one in await other.outstanding()] == ["contact.screening"]
        assert len(await other.check()) == 1
        assert (await other.daily_check(actor="manager-1", role="manager")).missed == ()
        await other.record_many([entry("contact.receive", f"K-{n}") for n in range(2)])
        (first, *_) = (await other.case("C-1")).events
        await other.correct(first.event_id, actor="m", role="manager", reason="typed wrongly", becomes={"actor": "o-2"})

    on(desk, work)
    assert names(desk.log.follow())[-3:] == ["contact.receive", "contact.receive", "contact.corrected"]


@pytest.mark.parametrize("name", [
    "record", "record_many", "correct", "case", "allowed", "explain", "explanations", "check", "due_soon", "outstanding",
    "daily_check", "rebuild",
])  # fmt: skip
def test_what_a_case_system_does_at_a_desk_can_be_awaited(name: str) -> None:
    other = AsyncDesk(open_desk("2024-03-01T09:00"))
    assert inspect.iscoroutinefunction(getattr(other, name))
    assert getattr(other, name).__doc__ == getattr(Desk, name).__doc__


def test_the_loop_goes_on_while_a_disk_is_slow() -> None:
    """A hook that waits for the loop itself would stop it for ever if it ran there."""
    ran = threading.Event()

    def hook(event: object, episode: object) -> None:
        assert ran.wait(timeout=30), "the loop stood still"

    desk = open_desk("2024-03-01T09:00", after=[hook])

    async def work(other: AsyncDesk) -> None:
        recording = asyncio.ensure_future(other.record(**asked()))
        await asyncio.sleep(0)
        ran.set()
        await recording

    on(desk, work)
    assert desk.log.size() == 1


def test_calls_are_made_in_the_order_they_were_awaited() -> None:
    desk = open_desk("2024-03-01T09:00")

    async def work(other: AsyncDesk) -> None:
        steps = ("contact.receive", "contact.refer", "referral.accept", "single_assessment.see_child")
        await asyncio.gather(*(other.record(**asked(step)) for step in steps))

    on(desk, work)
    assert names(desk.log.follow())[-1] == "single_assessment.see_child"


def test_leaving_closes_the_log_once_all_that_was_under_way_has_ended(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "borough.db")
    desk = open_desk("2024-03-01T09:00", log=log)

    async def run() -> None:
        other = AsyncDesk(desk)
        tasks = [asyncio.ensure_future(other.record(**asked(case_id=f"C-{n}"))) for n in range(10)]
        await asyncio.sleep(0)
        await other.close()
        await asyncio.gather(*tasks)

    asyncio.run(run())
    with pytest.raises(LogError, match="closed"):
        log.size()
    with SqliteLog(tmp_path / "borough.db") as again:
        assert again.size() == 10


def test_one_desk_serves_a_loop_and_threads_at_once() -> None:
    desk = open_desk("2024-03-01T09:00")

    def ten(name: str) -> None:
        for number in range(10):
            do(desk, "contact.receive", f"{name}-{number}")

    threads = [threading.Thread(target=ten, args=(name,)) for name in ("ann", "bob", "cal")]

    async def work(other: AsyncDesk) -> None:
        for thread in threads:
            thread.start()
        await asyncio.gather(*(other.record(**asked(case_id=f"C-{n}")) for n in range(30)))
        for thread in threads:
            thread.join()

    on(desk, work)
    assert [event.position for event in desk.log.follow()] == list(range(1, 61))
    assert len(set(desk.log.cases())) == 60


def test_it_is_given_a_desk() -> None:
    with pytest.raises(TypeError, match=r"AsyncDesk\(Desk\(log\)\), not a MemoryLog"):
        AsyncDesk(MemoryLog())  # type: ignore[arg-type]
