"""Several processes at once: however many check, and are killed or stopped in the middle of it, each breach is recorded once,
as it was; and who follows the log sees each event once, in order."""

from __future__ import annotations

import shutil
import signal
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from durability.figures import chance
from durability.nursery import Nursery
from durability.work import NOON, WHO, Step, compare, desk_at, events_of, overdue_desk
from frontdoor.log.checkpoint import verify

OVERDUE = 250


@pytest.fixture(scope="module")
def overdue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of which nobody has checked what is overdue; to be copied."""
    path = tmp_path_factory.mktemp("overdue") / "borough.db"
    overdue_desk(path, OVERDUE)
    return path


@pytest.mark.parametrize("crowd", [1, 2, 4, 8])
@pytest.mark.parametrize("times", [1, pytest.param(25, marks=pytest.mark.slow)], ids=["once", "often"])
def test_each_breach_is_recorded_once_though_checkers_are_killed_and_stopped(
    nursery: Nursery, overdue: Path, tmp_path: Path, record_property: pytest.RecordProperty, crowd: int, times: int
) -> None:
    random, killed, stopped = chance("crowd", crowd, times), 0, 0
    for number in range(times):
        path = Path(shutil.copy(overdue, tmp_path / f"{number}.db"))
        children = [nursery.begin("check", path, NOON.isoformat()) for _ in range(crowd)]
        for child in children:
            assert child.line() == "ready"
        fates = [random.choice(("killed", "stopped", "left")) for _ in children]
        fates[0] = random.choice(("killed", "stopped"))
        for child, fate in zip(children, fates, strict=True):
            if fate != "left":
                time.sleep(0.1 * random.random() / crowd)  # somewhere in the middle; nothing is waited for
                child.signal(signal.SIGKILL if fate == "killed" else signal.SIGSTOP)
        time.sleep(0.02 * random.random())
        for child, fate in zip(children, fates, strict=True):
            if fate == "stopped":
                child.signal(signal.SIGCONT)
        said = [child.rest() for child in children]
        ends = [child.wait() for child in children]
        for fate, status, lines in zip(fates, ends, said, strict=True):
            assert status == (-signal.SIGKILL if fate == "killed" and status else 0)
            assert status or lines[-1] == "checked"
        killed, stopped = killed + sum(status != 0 for status in ends), stopped + fates.count("stopped")
        told = Counter(line for lines in said for line in lines if line != "checked")
        assert set(told.values()) <= {1}  # of two that check, one has recorded a breach
        with desk_at(path) as desk:
            desk.check()  # what is left where all were killed
            raised = [event for event in desk.log.follow() if event.event == "contact.breach_raised"]
            assert set(told) <= {event.event_id for event in raised}
            assert Counter(event.case_id for event in raised) == {f"K-{n}": 1 for n in range(OVERDUE)}
            assert verify(desk.log.records(), log_id=desk.log.log_id).size == 2 * OVERDUE
            assert desk.check() == desk.rebuild() == []
        path.unlink()
    record_property("figures", f"{times} times {crowd} checking; {killed} killed, {stopped} stopped and let go on")


def at(day: int, hour: int) -> datetime:
    """An hour of March 2024, before summer time begins."""
    return datetime(2024, 3, day, hour, tzinfo=UTC)


def test_after_three_days_down_each_breach_says_when_it_fell_due_when_it_was_found_and_how_long_that_was(
    nursery: Nursery, tmp_path: Path
) -> None:
    """A contact is screened within a working day: what came on Wednesday is late from Friday, on Thursday from Saturday, and
    on Friday not before Tuesday. From Friday to Monday, six in the evening, nothing runs; then three processes check."""
    path = tmp_path / "borough.db"
    for case, day in (("wednesday", 6), ("thursday", 7), ("friday", 8)):
        if day == 8:
            with desk_at(path, at(7, 18)) as desk:
                assert desk.check() == []
        with desk_at(path, at(day, 9)) as desk:
            desk.record(case, "contact.receive", details={"source": "6"}, **WHO)
    back = at(11, 18)
    children = [nursery.begin("check", path, back.isoformat()) for _ in range(3)]
    said = [line for child in children for line in child.rest()]
    assert (
        Counter(said)["checked"] == 3 and len(set(said)) == len(said) - 2 * 2 == 4
    )  # ready, checked, and two breaches
    with desk_at(path, back) as desk:
        found = [
            (row.case_id, row.timer, row.due, row.late_from // 1_000_000, row.detected_at, row.lag_seconds)
            for row in desk.log.breaches()
        ]
        hour = 3600
        assert found == [
            ("wednesday", "contact.screening", "2024-03-07", int(at(8, 0).timestamp()), back.isoformat(), (3 * 24 + 18) * hour),
            ("thursday", "contact.screening", "2024-03-08", int(at(9, 0).timestamp()), back.isoformat(), (2 * 24 + 18) * hour),
        ]  # fmt: skip
        assert [breach.case for breach in desk.case("wednesday").breaches] == ["wednesday"]
        assert desk.case("friday").breaches == ()
        assert desk.check() == desk.rebuild() == []


@pytest.mark.parametrize("steps", [12, pytest.param(300, marks=pytest.mark.slow)], ids=["few", "many"])
def test_who_follows_the_log_while_four_write_sees_each_event_once_in_order(
    nursery: Nursery, tmp_path: Path, steps: int
) -> None:
    """Also one that is killed now and then, and goes on behind the last event that it told of."""
    path, writers = tmp_path / "borough.db", [f"w{n}" for n in range(4)]
    desk_at(path).close()
    every = [Step(writer, number) for writer in writers for number in range(steps)]
    total = sum(map(events_of, every))
    steady = nursery.begin("follow", path, 0, total)
    writing = [nursery.begin("record", path, 60, steps, f"{writer}:0") for writer in writers]
    seen: list[tuple[int, str]] = []
    kills = 0
    while len(seen) < total:
        follower = nursery.begin("follow", path, seen[-1][0] if seen else 0, total)
        assert follower.line() == "ready"
        lines = [follower.line() for _ in range(min(total - len(seen), 1 + total // 5))]
        kills += follower.kill()
        lines += follower.rest()
        seen += [(int(position), event_id) for position, event_id in map(str.split, filter(None, lines))]
    assert kills >= 3
    assert [child.rest()[1:] for child in writing] == [[f"{w} {number}" for number in range(steps)] for w in writers]
    with desk_at(path) as desk:
        assert compare(desk.log, every, every).there == set(every)
        there = [(event.position, event.event_id) for event in desk.log.follow()]
    assert [position for position, _ in there] == list(range(1, total + 1))
    assert seen == there
    assert [tuple(line.split()) for line in steady.rest()[1:]] == [(str(position), id_) for position, id_ in there]
