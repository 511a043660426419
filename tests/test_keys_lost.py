"""Keys that are lost for good: it is gone on with new ones, what the lost ones sealed is read by nobody, and all else stays."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from desks import do, open_desk, play, set_clock, shipped

from frontdoor import Desk, MemoryLog, SimulatedClock, SqliteLog
from frontdoor.errors import KeysError, LogTampered, OutOfOrder, Refused
from frontdoor.log.checkpoint import verify
from frontdoor.log.keyfile import KeyFile
from frontdoor.log.tally import Tally
from tests.commands import frontdoor

WORDS, MORE = "Her grandmother rang about the bruises", "The school rang"
WHO = {"actor": "it-3", "role": "manager", "reason": "the disk is lost"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log of three cases with words, one of them destroyed, whose keys are then put away."""
    path = tmp_path / "borough.db"
    with SqliteLog(path, keys=tmp_path / "first.keys") as log, open_desk("2024-03-04T09:00", log=log) as desk:
        for case_id in ("C-1", "C-2", "C-3"):
            do(desk, "contact.receive", case_id, details={"source": "6", "note": WORDS})
        desk.destroy_details("C-3", actor="records-1", because="schedule")
    (tmp_path / "first.keys").rename(tmp_path / "put away.keys")
    return path


@pytest.fixture
def accepted(path: Path) -> Path:
    """The same, gone on with by new.keys."""
    with desk_at(path) as desk:
        desk.accept_keys(path.with_name("new.keys"), **WHO)
    return path


def desk_at(path: Path, keys: str | None = None, now: str = "2024-03-04T10:00") -> Desk:
    return open_desk(now, log=SqliteLog(path, keys=None if keys is None else path.with_name(keys)))


def notes(desk: Desk, case_id: str = "C-1") -> list[str]:
    return [str(event.details["note"]) for event in desk.log.events(case_id) if "note" in event.details]


@pytest.fixture
def desk(accepted: Path) -> Iterator[Desk]:
    with desk_at(accepted, "new.keys", "2024-03-04T11:00") as desk:
        yield desk


def test_keys_that_are_not_there_say_what_to_do(path: Path) -> None:
    with pytest.raises(KeysError, match="is not there: bring it back; if it is lost for good, frontdoor accept-keys"):
        desk_at(path, "first.keys")


def test_words_are_recorded_again_and_those_that_are_lost_are_said_to_be(desk: Desk) -> None:
    do(desk, "contact.send_to_mash", "C-1", details={"note": MORE})
    do(desk, "contact.receive", "C-9", details={"source": "6", "note": MORE})
    assert notes(desk) == ["(its key is missing)", MORE] and notes(desk, "C-9") == [MORE]
    records = [*desk.log.records()]
    assert MORE not in str(records) and verify(records, log_id=desk.log.log_id).size == desk.log.size()
    assert isinstance(desk.log, SqliteLog)
    tally = Tally(desk.log.sealing)
    verify(tally.watch(desk.log.records()), log_id=desk.log.log_id)
    assert tally.counts() == {"sealed": 5, "opened": 2, "destroyed": 1, "missing": 2, "not_given": 0, "came_back": []}


def test_it_is_noted_in_the_log_by_whom_why_and_what_is_unreadable(desk: Desk) -> None:
    (event,) = [one for one in desk.log.events("") if one.event == "desk.keys_accepted"]
    assert (event.actor, event.role, event.details["reason"], event.details["unreadable"]) == (
        "it-3",
        "manager",
        "the disk is lost",
        3,
    )
    assert isinstance(desk.log, SqliteLog) and desk.log.keys is not None
    assert event.details["keys"] == desk.log.keys.keys_id


def test_clocks_breaches_and_what_stands_are_as_they_were(path: Path) -> None:
    with desk_at(path) as desk:
        before = [desk.case(f"C-{n}").deadlines for n in (1, 2, 3)]
        desk.accept_keys(path.with_name("new.keys"), **WHO)
        assert [desk.case(f"C-{n}").deadlines for n in (1, 2, 3)] == before
    with desk_at(path, "new.keys", "2024-03-14T09:00") as desk:
        assert {breach.case for breach in desk.check()} == {"C-1", "C-2", "C-3"} and desk.rebuild() == []


def test_keys_that_turn_up_read_what_is_theirs_and_no_case_is_taken_for_tampered_with(accepted: Path) -> None:
    with desk_at(accepted, "new.keys") as desk:
        do(desk, "contact.send_to_mash", "C-1", at="2024-03-04T11:00", details={"note": MORE})
    with desk_at(accepted, "put away.keys", "2024-03-04T12:00") as desk:
        assert notes(desk) == [WORDS, "(its key is missing)"]


def test_keys_that_turn_up_take_no_words_any_more_and_say_what_to_do(accepted: Path) -> None:
    with desk_at(accepted, "put away.keys", "2024-03-04T12:00") as desk:
        size = desk.log.size()
        with pytest.raises(
            KeysError, match="has gone on with other keys since these were given up for lost: record words with those"
        ):
            do(desk, "contact.receive", "C-9", details={"source": "6", "note": "third"})
        assert desk.log.size() == size and isinstance(desk.log, SqliteLog)
        assert desk.log.keys is not None and not desk.log.keys.held(["C-9"])
        do(desk, "contact.receive", "C-9", details={"source": "6"})
    with desk_at(accepted, "new.keys", "2024-03-04T13:00") as desk:
        do(desk, "contact.send_to_mash", "C-9", details={"note": MORE})
        assert notes(desk, "C-9") == [MORE]


def test_a_desk_that_had_the_lost_keys_open_takes_no_words_once_others_are_gone_on_with(path: Path) -> None:
    with desk_at(path, "put away.keys", "2024-03-04T12:00") as desk:
        with desk_at(path) as other:
            other.accept_keys(path.with_name("new.keys"), **WHO)
        with pytest.raises(KeysError, match="has gone on with other keys"):
            do(desk, "contact.send_to_mash", "C-1", details={"note": MORE})


def test_what_was_destroyed_stays_so_and_takes_no_words(desk: Desk) -> None:
    assert notes(desk, "C-3") == ["(destroyed)"]
    with pytest.raises(KeysError, match="of case 'C-3' were destroyed on 2024-03-04 by records-1"):
        do(desk, "contact.send_to_mash", "C-3", details={"note": MORE})
    event = desk.destroy_details("C-1", actor="records-1", because="schedule")
    assert event.details["unreadable"] == 1 and notes(desk) == ["(destroyed)"]


def test_an_older_copy_of_the_new_keys_is_told_from_them(desk: Desk, accepted: Path) -> None:
    shutil.copy(accepted.with_name("new.keys"), accepted.with_name("older.keys"))
    do(desk, "contact.send_to_mash", "C-1", details={"note": MORE})
    with desk_at(accepted, "older.keys", "2024-03-04T12:00") as other:
        with pytest.raises(
            KeysError, match="have none of case 'C-1', whose details are sealed: they are an older copy"
        ):
            do(other, "mash.rate_red", "C-1")
        do(other, "contact.send_to_mash", "C-2", details={"note": MORE})  # which the lost ones alone have sealed


def test_they_can_be_lost_again(accepted: Path) -> None:
    with desk_at(accepted, "new.keys") as desk:
        do(desk, "contact.send_to_mash", "C-1", at="2024-03-04T11:00", details={"note": MORE})
    with desk_at(accepted, now="2024-03-04T12:00") as desk:
        assert desk.accept_keys(accepted.with_name("third.keys"), **WHO).details["unreadable"] == 4
    with desk_at(accepted, "third.keys", "2024-03-04T13:00") as desk:
        do(desk, "contact.receive", "C-1", details={"source": "6", "note": "third"})
        assert notes(desk) == ["(its key is missing)", "(its key is missing)", "third"]


def test_a_box_that_somebody_marked_as_of_other_keys_does_not_verify(desk: Desk) -> None:
    do(desk, "contact.send_to_mash", "C-1", details={"note": MORE})
    records = [*desk.log.records()]
    (at,) = [n for n, record in enumerate(records) if record[5] == "contact.send_to_mash"]
    said = json.loads(records[at][11])
    assert said.pop("by")
    text = json.dumps(said, sort_keys=True, separators=(",", ":"))
    records[at] = (*records[at][:11], text, *records[at][12:])
    with pytest.raises(LogTampered, match="are not those that were recorded"):
        verify(records, log_id=desk.log.log_id)


def test_what_is_not_lost_is_not_accepted_and_nothing_is_made(tmp_path: Path, path: Path) -> None:
    new = tmp_path / "new.keys"
    with desk_at(path, "put away.keys") as desk, pytest.raises(KeysError, match="are there: nothing is lost"):
        desk.accept_keys(new, **WHO)
    with open_desk("2024-03-04T10:00", log=SqliteLog(tmp_path / "open.db")) as desk:
        do(desk, "contact.receive", details={"source": "6", "note": WORDS})
        with pytest.raises(KeysError, match="no details in .*open.db are sealed"):
            desk.accept_keys(new, **WHO)
    with pytest.raises(KeysError, match="of a log in a file alone"):
        Desk(MemoryLog(), library=shipped()).accept_keys(new, **WHO)
    with desk_at(path) as desk:
        size = desk.log.size()
        with pytest.raises(KeysError, match="put away.keys is there already"):
            desk.accept_keys(tmp_path / "put away.keys", **WHO)
        with pytest.raises(KeysError, match="is the log itself"):
            desk.accept_keys(path, **WHO)
        with pytest.raises(KeysError, match="cannot be made"):
            desk.accept_keys(tmp_path / "no folder" / "new.keys", **WHO)
        with pytest.raises(Refused):
            desk.accept_keys(new, **{**WHO, "reason": " "})
        assert desk.log.size() == size
    assert not new.exists() and KeyFile(tmp_path / "put away.keys", desk.log.log_id).held(["C-1"])


def test_where_it_cannot_be_noted_no_keys_are_left(path: Path, tmp_path: Path) -> None:
    with desk_at(path) as desk:
        assert isinstance(desk.clock, SimulatedClock)
        behind = Desk(desk.log, clock=SimulatedClock(desk.clock.now().replace(year=2020)), library=shipped())
        with pytest.raises(OutOfOrder, match="was recorded at 2024-03-04T09"):
            behind.accept_keys(tmp_path / "new.keys", **WHO)
    assert not (tmp_path / "new.keys").exists()
    with pytest.raises(KeysError, match="it is not there"):
        desk_at(path, "new.keys")


def asked(path: Path) -> tuple[object, ...]:
    """What is given to the command."""
    return "--keys", path.with_name("new.keys"), "--actor", "it-3", "--role", "manager", "--because", "the disk is lost"


def test_the_command_says_what_is_lost_and_what_to_give_from_now_on(path: Path) -> None:
    words = (*asked(path), "--yes")
    ran = frontdoor("accept-keys", path, *words)
    assert (ran.status, ran.out) == (
        0, f"The words of 3 events cannot be read without the lost keys; from now on give --keys {path.with_name('new.keys')}.\n",
    )  # fmt: skip
    ran = frontdoor("verify", path, "--keys", path.with_name("new.keys"))
    assert ran.status == 0 and "2 not opened, for their key is not among these" in ran.out
    shown = frontdoor("show", path, "C-1", "--keys", path.with_name("new.keys")).out
    assert "note: (its key is missing)" in shown
    ran = frontdoor("accept-keys", path, *words)
    assert ran.status == 3 and "new.keys is there already" in ran.err


def test_the_command_asks_before_it_goes_on(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words, questions = asked(path), []

    def no(text: str, **_: object) -> None:
        questions.append(text)
        raise click.Abort

    monkeypatch.setattr(click, "confirm", no)
    before = path.read_bytes()
    assert (
        frontdoor("accept-keys", path, *words).status != 0 and "lost for good, and every copy of them?" in questions[0]
    )
    assert path.read_bytes() == before and not path.with_name("new.keys").exists()
    monkeypatch.setattr(click, "confirm", lambda text, **_: questions.append(text))
    assert frontdoor("accept-keys", path, *words).status == 0 and len(questions) == 2


def test_the_doctor_tells_what_is_under_other_keys(accepted: Path) -> None:
    with desk_at(accepted, "new.keys") as desk:
        set_clock(desk, "2024-03-04T11:00")
        play(desk, "2024-03-04T11:00 contact.refer")
    out = json.loads(frontdoor("doctor", accepted, "--keys", accepted.with_name("new.keys"), "--json").out)
    (one,) = [one for one in out["findings"] if one["check"] == "keys"]
    assert one["sign"] == "ok"
    assert one["said"].startswith(
        "3 cases have sealed details; of 3 there are words under other keys than these; 1 of their keys was destroyed"
    )


def test_the_doctor_warns_of_keys_that_the_log_has_gone_on_from(accepted: Path) -> None:
    for name, signs in (("put away.keys", ["warn"]), ("new.keys", [])):
        out = json.loads(frontdoor("doctor", accepted, "--keys", accepted.with_name(name), "--json").out)
        found = [one for one in out["findings"] if one["check"] == "keys in use"]
        assert [one["sign"] for one in found] == signs
        assert all("has gone on with other keys since" in one["said"] for one in found)


def test_new_keys_that_the_log_says_it_goes_on_with_stay_whatever_comes_after(path: Path) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    clock = SimulatedClock(datetime(2024, 3, 4, 10, tzinfo=UTC))
    with Desk(SqliteLog(path), clock=clock, library=shipped(), after=[interrupted]) as desk:
        with pytest.raises(KeyboardInterrupt):
            desk.accept_keys(path.with_name("new.keys"), **WHO)
        assert [event.event for event in desk.log.events("")] == ["desk.keys_accepted"]
    with desk_at(path, "new.keys", "2024-03-04T11:00") as desk:
        do(desk, "contact.receive", "C-4", details={"source": "6", "note": MORE})
        assert notes(desk, "C-4") == [MORE]
