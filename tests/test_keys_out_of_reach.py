"""Keys that go while a desk is open: breaches are recorded all the same, words are refused, and what is wrong is told."""

from __future__ import annotations

import logging
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from desks import do, entry, shipped

from frontdoor import Desk, MemoryLog, SimulatedClock, SqliteLog
from frontdoor.desk.checker import Checked
from frontdoor.desk.schedule import telling
from frontdoor.errors import KeysError, LogTampered, Refused
from frontdoor.event import Event
from frontdoor.log.keyfile import KeyFile
from frontdoor.log.keys import Destroyed
from frontdoor.testing.sealed import KeysInMemory

WORDS = "Her grandmother rang about the bruises"
LATER = timedelta(days=30)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    (tmp_path / "apart").mkdir()
    return tmp_path / "apart" / "borough.keys"


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(datetime(2024, 3, 14, 9, tzinfo=UTC))


@pytest.fixture
def desk(tmp_path: Path, keys: Path, clock: SimulatedClock) -> Iterator[Desk]:
    """Two contacts that nobody has screened, the last of them with words."""
    with Desk(SqliteLog(tmp_path / "borough.db", keys=keys), clock=clock, library=shipped()) as desk:
        for case_id in ("C-1", "C-2"):
            receive(desk, case_id)
        yield desk


def receive(desk: Desk, case_id: str, **details: str) -> None:
    do(desk, "contact.receive", case_id, details={"source": "6", "note": f"{WORDS} of {case_id}", **details})


def gone(keys: Path) -> None:
    keys.unlink()


def anothers(keys: Path) -> None:
    keys.unlink()
    KeyFile(keys, "5f0c9a2e-6f5d-4b0e-9b1e-0c8f1c5d7a11").made(["C-1"])


def made_anew(keys: Path) -> None:
    log_id = KeyFile(keys, log_id_of(keys)).log_id
    keys.unlink()
    KeyFile(keys, log_id).made(["C-1", "C-2"])


def log_id_of(keys: Path) -> str:
    db = sqlite3.connect(keys)
    ((log_id,),) = db.execute("SELECT log_id FROM about")
    db.close()
    return str(log_id)


def unreadable(keys: Path) -> None:
    keys.unlink()
    keys.mkdir()


def damaged(keys: Path) -> None:
    keys.write_bytes(b"no keys\n" * 99)


GOING = pytest.mark.parametrize(
    ("go", "why"),
    [
        (gone, "borough.keys has gone: bring it back"), (anothers, "borough.keys has the keys of another log"),
        (made_anew, "borough.keys is another file of keys than the one that was opened"),
        (unreadable, "borough.keys cannot be read: is a directory"), (damaged, "borough.keys is not a file of frontdoor's keys"),
    ],
)  # fmt: skip


@GOING
def test_breaches_are_recorded_though_the_keys_have_gone_and_that_is_told_in_a_sentence(
    desk: Desk,
    keys: Path,
    clock: SimulatedClock,
    go: Callable[[Path], None],
    why: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock.advance(LATER)
    go(keys)
    with caplog.at_level(logging.WARNING, "frontdoor"):
        found = desk.check()
    assert {breach.case for breach in found} == {"C-1", "C-2"} == {row.case_id for row in desk.log.breaches()}
    assert why in found.trouble
    assert [found.trouble in record.getMessage() for record in caplog.records] == [True], "told once"


@pytest.mark.parametrize("check", [Desk.check, lambda desk: desk.daily_check("08:00", actor="m", role="manager")])
def test_a_check_that_fails_midway_carries_its_breaches_and_why_it_did_without_the_keys(
    desk: Desk, keys: Path, clock: SimulatedClock, check: Callable[[Desk], object], caplog: pytest.LogCaptureFixture
) -> None:
    with sqlite3.connect(desk.log.path) as db:  # type: ignore[attr-defined]  # somebody who meddled with it
        db.execute("DROP TRIGGER events_no_update")
        db.execute("UPDATE events SET details = '{}' WHERE case_id = 'C-1'")
    db.close()
    clock.advance(LATER)
    gone(keys)
    with Desk(desk.log, clock=clock, library=shipped()) as fresh:
        told: list[Checked] = []
        with pytest.raises(LogTampered, match="event 1 is not as it was recorded") as failed:
            telling(lambda: check(fresh), told.append)  # type: ignore[arg-type]
        (found,) = told
        assert found is failed.value.breaches and [breach.case for breach in found] == ["C-2"]
        assert "borough.keys has gone: bring it back" in found.trouble
        assert [found.trouble in record.getMessage() for record in caplog.records] == [True], "told once"


@GOING
def test_each_check_tells_as_long_as_the_keys_cannot_be_had_whatever_it_has_at_hand(
    desk: Desk, keys: Path, clock: SimulatedClock, go: Callable[[Path], None], why: str
) -> None:
    kept = keys.read_bytes()
    go(keys)
    assert [why in desk.check().trouble for _ in range(2)] == [True] * 2, "of which nothing was due"
    clock.advance(LATER)
    assert [(len(found), why in found.trouble) for found in (desk.check() for _ in range(3))] == [
        (2, True), (0, True), (0, True),
    ]  # fmt: skip
    assert why in desk.daily_check("16:00", actor="m", role="manager").trouble
    if keys.is_dir():
        keys.rmdir()
    keys.write_bytes(kept)
    assert desk.check().trouble == ""


def test_a_check_of_a_log_in_which_nothing_was_recorded_needs_no_keys(tmp_path: Path, clock: SimulatedClock) -> None:
    with Desk(SqliteLog(tmp_path / "new.db", keys=tmp_path / "new.keys"), clock=clock, library=shipped()) as desk:
        assert desk.check().trouble == ""


def test_a_check_that_has_its_keys_tells_of_no_trouble(desk: Desk, clock: SimulatedClock) -> None:
    clock.advance(LATER)
    found = desk.check()
    assert (len(found), found.trouble, desk.check().trouble) == (2, "", "")


@GOING
def test_what_is_due_and_the_daily_check_do_without_the_keys(
    desk: Desk, keys: Path, clock: SimulatedClock, go: Callable[[Path], None], why: str
) -> None:
    clock.advance(timedelta(hours=1))
    before = desk.outstanding(), desk.due_soon("2 working days")
    go(keys)
    fresh = Desk(desk.log, clock=clock, library=shipped())  # which has no case at hand
    assert (fresh.outstanding(), fresh.due_soon("2 working days")) == before and len(before[0]) == 2
    assert fresh.case("C-1").deadlines == desk.case("C-1").deadlines
    assert [one.event for one in fresh.allowed("C-1")]
    clock.advance(LATER)
    daily = fresh.daily_check("08:00", actor="m", role="manager")
    assert len(daily.breaches) == len(daily.outstanding) == 2 and why in daily.trouble


@GOING
def test_words_are_refused_without_the_keys_and_nothing_is_written(
    desk: Desk, keys: Path, go: Callable[[Path], None], why: str
) -> None:
    size = desk.log.size()
    go(keys)
    for case_id, event in (("C-1", "contact.refer"), ("C-3", "contact.receive")):
        with pytest.raises(KeysError, match=why):
            do(desk, event, case_id, details={"rationale": WORDS, "source": "6"})
    with pytest.raises(KeysError, match=why):
        desk.correct(event_ids(desk)[0], actor="m", role="manager", reason=WORDS, becomes={"actor": "n"})
    assert desk.log.size() == size


def event_ids(desk: Desk) -> list[str]:
    return [record[1] for record in desk.log.records()]


@GOING
def test_what_has_no_words_is_recorded_without_the_keys(
    desk: Desk, keys: Path, go: Callable[[Path], None], why: str
) -> None:
    go(keys)
    event = do(desk, "contact.receive", "C-3", details={"source": "6"})
    sent = do(desk, "contact.send_to_mash", "C-1")
    assert (event.version, sent.version) == (1, 2)
    again = desk.record_many([entry("contact.send_to_mash", "C-1", event_id=sent.event_id)])[0]
    assert again.version == 2, "a retry is the same event"
    with pytest.raises(Refused, match="close") as refused:
        do(desk, "contact.close", "C-1", details={})
    assert refused.value.allowed


def test_words_are_read_again_as_soon_as_the_keys_are_back(desk: Desk, keys: Path, clock: SimulatedClock) -> None:
    fresh = Desk(desk.log, clock=clock, library=shipped())
    clock.advance(LATER)
    keys.rename(keys.with_name("away"))
    assert len(fresh.check()) == 2
    assert str(fresh.case("C-1").facts[0].details["note"]) == "(its key is missing)"
    keys.with_name("away").rename(keys)
    assert fresh.case("C-1").facts[0].details["note"] == f"{WORDS} of C-1"
    assert fresh.check().trouble == ""
    do(fresh, "contact.refer", "C-1", details={"rationale": WORDS})
    assert fresh.case("C-1").facts[-1].details == {"source": "6"}


def test_what_reads_words_to_hand_them_on_does_not_do_without_the_keys(desk: Desk, keys: Path) -> None:
    keys.rename(keys.with_name("away"))
    for ask in (lambda: desk.log.events("C-1"), lambda: [*desk.log.follow()], lambda: desk.log.last()):
        with pytest.raises(KeysError, match="has gone"):
            ask()


@pytest.mark.parametrize("case_id", ["C-1", "C-2"])
def test_a_breach_is_recorded_of_a_case_whose_words_do_not_open_and_that_is_told(
    desk: Desk, keys: Path, clock: SimulatedClock, tmp_path: Path, case_id: str
) -> None:
    with sqlite3.connect(keys) as db:  # of another time, or of somebody who meddled with them
        db.execute("DROP TRIGGER destroyed_for_ever")
        db.execute("UPDATE keys SET key = zeroblob(32) WHERE case_id = ?", (case_id,))
    db.close()
    clock.advance(LATER)
    with (
        Desk(SqliteLog(tmp_path / "borough.db", keys=keys), clock=clock, library=shipped()) as fresh,
        pytest.raises(LogTampered, match=f"do not open by the key of case '{case_id}'"),
    ):
        fresh.check()
    assert {row.case_id for row in desk.log.breaches()} == {"C-1", "C-2"}
    with Desk(SqliteLog(tmp_path / "borough.db", keys=keys), clock=clock, library=shipped()) as again:
        assert {one.case for one in again.outstanding()} == {"C-1", "C-2"}
        daily = again.daily_check("08:00", actor="m", role="manager")
        assert f"do not open by the key of case '{case_id}'" in daily.trouble and len(daily.outstanding) == 2
        with pytest.raises(LogTampered):
            again.case(case_id)


def test_breaches_are_recorded_though_the_keys_that_others_began_cannot_be_read(
    tmp_path: Path, keys: Path, clock: SimulatedClock
) -> None:
    with Desk(SqliteLog(tmp_path / "borough.db", keys=keys), clock=clock, library=shipped()) as early:
        do(early, "contact.receive", "C-1", details={"source": "6"})
        with Desk(SqliteLog(tmp_path / "borough.db", keys=keys), clock=clock, library=shipped()) as other:
            receive(other, "C-2")  # which makes the keys
        shutil.move(keys, keys.with_name("away"))
        keys.mkdir()
        clock.advance(LATER)
        assert {breach.case for breach in early.check()} == {"C-1", "C-2"}


@GOING
def test_what_stands_is_made_again_without_the_keys_and_no_key_is_destroyed(
    desk: Desk, keys: Path, clock: SimulatedClock, go: Callable[[Path], None], why: str
) -> None:
    go(keys)
    fresh = Desk(desk.log, clock=clock, library=shipped())
    assert fresh.rebuild() == []
    there, size = keys.exists(), desk.log.size()
    with pytest.raises(KeysError, match=why):
        fresh.destroy_details("C-1", actor="records-1", because="schedule")
    assert (keys.exists(), desk.log.size()) == (there, size), "nor is a file made in their place"


def _check_daily(desk: Desk) -> None:
    assert desk.daily_check("08:00", actor="m", role="manager").trouble == "the keys have gone."


def test_keys_that_cannot_be_reached_are_asked_once_however_many_cases_are_looked_at() -> None:
    asked = []

    class Far(KeysInMemory):
        def held(self, case_ids: Iterable[str]) -> Mapping[str, bytes | Destroyed]:
            asked.append(self.lost)
            return super().held(case_ids)

    keys = Far()
    clock = SimulatedClock(datetime(2024, 3, 14, 9, tzinfo=UTC))
    desk = Desk(MemoryLog(keys=keys), clock=clock, library=shipped())
    for n in range(20):
        receive(desk, f"C-{n}")
    keys.lost = True
    clock.advance(LATER)
    for ask in (Desk.outstanding, Desk.rebuild, Desk.check, _check_daily):
        fresh = Desk(desk.log, clock=clock, library=shipped())
        fresh.fall_in_step()
        asked.clear()
        ask(fresh)
        assert asked == [True]
    assert len([*desk.log.breaches()]) == 20


def test_another_file_in_the_place_of_the_keys_is_told_from_them_though_it_was_changed_as_often(
    desk: Desk, keys: Path
) -> None:
    assert desk.log.events("C-1")[0].details["note"] == f"{WORDS} of C-1"
    before = keys.read_bytes()[24:28]
    other = KeyFile(keys.with_name("other"), desk.log.log_id)
    for case_id in ("C-1", "C-2"):
        other.made([case_id])
    assert (keys.with_name("other")).read_bytes()[24:28] == before, "else this tests too little"
    shutil.copyfile(keys.with_name("other"), keys)  # into the same file of the file system
    with pytest.raises(KeysError, match="is another file of keys than the one that was opened"):
        do(desk, "contact.refer", "C-1", details={"rationale": WORDS})


class Wavering(KeysInMemory):
    """Keys that cannot be reached when they are asked for the so many-th time."""

    asked = 0
    fails = 0

    def held(self, case_ids: Iterable[str]) -> Mapping[str, bytes | Destroyed]:
        self.asked += 1
        if self.asked == self.fails:
            raise KeysError("the keys have gone.")
        return super().held(case_ids)


@pytest.mark.parametrize("more", [{}, {"n": 3}, {"said": ["twice"]}])
@pytest.mark.parametrize("fails", range(1, 6))
def test_a_correction_made_while_keys_come_and_go_erases_no_words(
    clock: SimulatedClock, more: dict[str, object], fails: int
) -> None:
    keys = Wavering()
    first = Desk(MemoryLog(keys=keys), clock=clock, library=shipped())
    event = do(first, "contact.receive", details={"source": "6", "note": "something else"})
    said = {"source": "6", "note": WORDS, **more}
    change = {"actor": "m", "role": "manager", "reason": "he was not in"}
    first.correct(event.event_id, **change, becomes={"details": said})  # type: ignore[arg-type]
    desk = Desk(first.log, clock=clock, library=shipped())
    desk.fall_in_step()
    keys.asked, keys.fails = 0, fails
    with suppress(KeysError):
        desk.correct(event.event_id, **change, becomes={"actor": "n"})  # type: ignore[arg-type]
    keys.fails = 0
    case = Desk(first.log, clock=clock, library=shipped()).case("C-1")
    assert [fact.details for fact in case.facts] == [said]


def test_words_that_were_not_read_are_not_recorded_of_another_case(clock: SimulatedClock) -> None:
    keys = KeysInMemory()
    desk = Desk(MemoryLog(keys=keys), clock=clock, library=shipped())
    do(desk, "contact.receive", details={"source": "6", "note": WORDS})
    keys.keys.clear()
    unread = Desk(desk.log, clock=clock, library=shipped()).case("C-1").facts[0].details
    for details in (unread, {**unread, "n": 3}):
        with pytest.raises(KeysError, match="would be taken over from an event that cannot be read"):
            do(desk, "contact.receive", "C-2", details=details)


def test_a_key_that_an_older_copy_lacks_reads_words_as_soon_as_it_is_back(
    desk: Desk, keys: Path, clock: SimulatedClock, tmp_path: Path
) -> None:
    shutil.copy(keys, tmp_path / "older")
    receive(desk, "C-3")
    keys.rename(tmp_path / "newest")
    (tmp_path / "older").rename(keys)
    with Desk(SqliteLog(tmp_path / "borough.db", keys=keys), clock=clock, library=shipped()) as open_:
        assert str(open_.case("C-3").facts[0].details["note"]) == "(its key is missing)"
        (tmp_path / "newest").rename(keys)
        assert open_.case("C-3").facts[0].details["note"] == f"{WORDS} of C-3"


def test_a_hook_that_is_called_by_a_check_is_told_that_the_keys_are_out_of_reach_and_reads_them_once_they_are_back(
    desk: Desk, keys: Path, clock: SimulatedClock, caplog: pytest.LogCaptureFixture
) -> None:
    read = []

    def hook(event: Event, episode: object) -> None:
        if event.case_id == "C-2":
            keys.with_name("away").rename(keys)
        read.append(desk.log.events(event.case_id)[0].details["note"])

    clock.advance(LATER)
    keys.rename(keys.with_name("away"))
    found = Desk(desk.log, clock=clock, library=shipped(), after=[hook]).check()
    assert len(found) == 2 and "has gone" in found.trouble
    assert read == [f"{WORDS} of C-2"]
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [KeysError]
