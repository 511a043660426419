"""The keys of a log's cases, in a file of their own: made once, destroyed for ever, and nowhere else than there."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from desks import do, open_desk, play, set_clock, shipped

from frontdoor import Desk, SimulatedClock, SqliteLog, audit, read
from frontdoor.desk.importing import take_out
from frontdoor.errors import Busy, KeysError, LogError, LogTampered, MissingExtra, OldSchema, Refused, UnknownCase
from frontdoor.event import DESTROYED, Event
from frontdoor.formats import segments
from frontdoor.formats.source import DETAIL
from frontdoor.keeping import restore
from frontdoor.log import schema
from frontdoor.log.checkpoint import verify
from frontdoor.log.keyfile import KeyFile
from frontdoor.log.keys import Destroyed
from frontdoor.log.tally import Tally
from frontdoor.testing.conformance import LogConformance, a_draft, append

WORDS = "Her grandmother rang about the bruises"
GONE = Destroyed("2030-01-01T00:00:00+00:00", "records-1", "schedule")
HERE = Path(__file__).parent.parent


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "borough.db"


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """Where the keys are to be: not beside the log."""
    (tmp_path / "kept apart").mkdir()
    return tmp_path / "kept apart" / "borough.keys"


@pytest.fixture
def log(path: Path, keys: Path) -> Iterator[SqliteLog]:
    with SqliteLog(path, keys=keys) as log:
        yield log


def noted(case_id: str = "C-1", words: str = WORDS) -> object:
    return a_draft(case_id, details={"note": words, "source": "6"})


def write(log: SqliteLog, *cases: str) -> None:
    append(log, *(a_draft(case_id, details={"note": f"{WORDS} of {case_id}", "source": "6"}) for case_id in cases))


def said(log: SqliteLog, case_id: str = "C-1") -> list[object]:
    return [event.details.get("note") for event in log.events(case_id)]


def files(folder: Path) -> dict[str, bytes]:
    """Every file under a folder."""
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def key_of(keys: Path, case_id: str = "C-1") -> bytes:
    db = sqlite3.connect(keys)
    ((key,),) = db.execute("SELECT key FROM keys WHERE case_id = ?", (case_id,))
    db.close()
    return bytes(key)


@pytest.mark.slow
class TestSqliteLogWithKeys(LogConformance):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def make_log(self) -> SqliteLog:
        path = self.folder / f"{uuid.uuid4()}.db"
        return SqliteLog(path, keys=f"{path}.keys")

    def reopen(self, log: SqliteLog) -> SqliteLog:  # type: ignore[override]
        log.close()
        return SqliteLog(log.path, keys=f"{log.path}.keys")


# ---- made ----


def test_words_are_in_no_file_of_a_log_and_its_keys_in_their_own_alone(
    tmp_path: Path, log: SqliteLog, keys: Path
) -> None:
    write(log, "C-1", "C-2")
    there = files(tmp_path)
    assert {"borough.db", "borough.db-wal", "kept apart/borough.keys"} <= set(there)
    assert [name for name, held in there.items() if b"grandmother" in held] == []
    assert [name for name, held in there.items() if key_of(keys) in held] == ["kept apart/borough.keys"]
    assert said(log) == [f"{WORDS} of C-1"]
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600


def test_the_first_event_binds_a_log_to_its_keys_though_it_has_no_words(path: Path, keys: Path, log: SqliteLog) -> None:
    append(log)
    assert not keys.exists() and not log.is_sealed
    append(log, a_draft(), a_draft(""))
    assert keys.exists() and log.is_sealed
    with SqliteLog(path) as plain:
        with pytest.raises(KeysError, match="are sealed, and its keys were not given"):
            write(plain, "C-1")
        append(plain, a_draft())
    with pytest.raises(KeysError, match="typo.keys should have, and it is not there"):
        SqliteLog(path, keys=keys.with_name("typo.keys"))
    write(log, "C-1")
    assert said(log)[-1] == f"{WORDS} of C-1"


def test_a_case_has_one_key_and_another_case_another(log: SqliteLog, keys: Path) -> None:
    write(log, "C-1", "C-2", "C-1")
    first = key_of(keys)
    write(log, "C-1")
    assert len(first) == 32 and key_of(keys) == first != key_of(keys, "C-2")


def test_a_log_that_is_opened_again_reads_and_goes_on(path: Path, keys: Path, log: SqliteLog) -> None:
    write(log, "C-1")
    log.close()
    with SqliteLog(path, keys=keys) as again:
        write(again, "C-1", "C-2")
        assert said(again) == [f"{WORDS} of C-1"] * 2 and said(again, "C-2") == [f"{WORDS} of C-2"]
    with SqliteLog(path, keys=keys, read_only=True) as reader:
        assert said(reader) == [f"{WORDS} of C-1"] * 2


def test_words_that_were_recorded_before_there_were_keys_stand_beside_those_that_are_sealed(
    path: Path, keys: Path
) -> None:
    with SqliteLog(path) as log:
        write(log, "C-1")
    with SqliteLog(path, keys=keys) as log:
        write(log, "C-1")
        assert said(log) == [f"{WORDS} of C-1"] * 2
        with Desk(log, library=shipped()) as desk:
            event = desk.destroy_details("C-1", actor="records-1", because="schedule")
            assert (event.details["unreadable"], event.details["in_the_open"]) == (1, 1)
            assert said(log)[:2] == [f"{WORDS} of C-1", "(destroyed)"]


MAKE = """
import sys
from frontdoor import SqliteLog
from frontdoor.testing.conformance import a_draft, append
log = SqliteLog(sys.argv[1], keys=sys.argv[2], patience=60)
print("ready", flush=True)
sys.stdin.readline()
for n in range(8):
    append(log, *(a_draft(f"C-{n}-{m}", details={"note": f"{sys.argv[3]} {n}"}) for m in range(2)))
"""
CUT_OFF = """
import os, sys
from frontdoor import SqliteLog
from frontdoor.testing.conformance import a_draft
with SqliteLog(sys.argv[1], keys=sys.argv[2]) as log, log.writing() as writing:
    writing.append([a_draft("C-1", details={"note": "never committed"})])
    os.kill(os.getpid(), 9)
"""


def test_processes_that_begin_the_same_cases_at_once_share_one_key_of_each(path: Path, keys: Path) -> None:
    SqliteLog(path).close()
    running = [
        subprocess.Popen(
            [sys.executable, "-c", MAKE, path, keys, str(who)],
            cwd=HERE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for who in range(3)
    ]
    for one in running:
        assert one.stdout and one.stdout.readline() == "ready\n"
    for one in running:
        one.communicate("\n", timeout=60)
    assert [one.returncode for one in running] == [0, 0, 0]
    with SqliteLog(path, keys=keys, read_only=True) as log:
        for n in range(8):
            for m in range(2):
                assert sorted(map(str, said(log, f"C-{n}-{m}"))) == [f"{who} {n}" for who in range(3)]
        assert verify(Tally(log.sealing).watch(log.records()), log_id=log.log_id).size == 48


def test_a_key_is_on_the_disk_before_the_event_that_uses_it(path: Path, keys: Path, log: SqliteLog) -> None:
    subprocess.run([sys.executable, "-c", CUT_OFF, path, keys], cwd=HERE, check=False)
    assert log.size() == 0
    made = key_of(keys)
    write(log, "C-1")
    assert key_of(keys) == made and said(log) == [f"{WORDS} of C-1"]


def test_a_transaction_that_is_undone_leaves_no_words_and_the_log_unsealed(log: SqliteLog) -> None:
    with pytest.raises(ZeroDivisionError), log.writing() as writing:
        writing.append([a_draft(details={"note": WORDS})])
        1 / 0  # noqa: B018
    assert not log.is_sealed
    write(log, "C-1")
    assert log.is_sealed


# ---- destroyed ----


def test_a_destroyed_key_is_in_no_file_any_more_and_what_is_left_says_who_when_and_why(
    tmp_path: Path, log: SqliteLog, keys: Path
) -> None:
    write(log, "C-1", "C-2")
    gone, stays = key_of(keys), key_of(keys, "C-2")
    assert log.keys is not None and log.keys.destroy("C-1", GONE) == GONE
    there = files(tmp_path)
    assert [name for name, held in there.items() if gone in held or b"grandmother" in held] == []
    assert [name for name, held in there.items() if stays in held] == ["kept apart/borough.keys"]
    assert log.keys.held(["C-1"]) == {"C-1": GONE}
    assert said(log) == ["(destroyed)"] and said(log, "C-2") == [f"{WORDS} of C-2"]


def test_whoever_has_read_a_case_before_reads_it_no_more_once_another_destroys_its_key(
    path: Path, keys: Path, log: SqliteLog
) -> None:
    write(log, "C-1")
    with SqliteLog(path, keys=keys) as other:
        assert said(other) == said(log) == [f"{WORDS} of C-1"]
        assert other.keys is not None
        other.keys.destroy("C-1", GONE)
    assert said(log) == ["(destroyed)"]


def test_no_words_are_recorded_of_a_case_whose_key_was_destroyed(path: Path, keys: Path, log: SqliteLog) -> None:
    write(log, "C-1")
    assert log.keys is not None
    log.keys.destroy("C-1", GONE)
    for again in (log, SqliteLog(path, keys=keys)):
        with pytest.raises(
            KeysError, match="of case 'C-1' were destroyed on 2030-01-01 by records-1, and no more can be kept"
        ):
            write(again, "C-1")
    append(log, a_draft())  # which says no words
    write(log, "C-2")
    assert (log.size(), said(log)) == (3, ["(destroyed)", None])


def test_a_case_that_had_no_key_never_has_one_once_it_is_destroyed(log: SqliteLog) -> None:
    append(log, a_draft())
    assert log.keys is not None
    log.keys.destroy("C-1", GONE)
    with pytest.raises(KeysError, match="were destroyed"):
        write(log, "C-1")


def test_what_is_left_of_a_key_stays_as_it_is(log: SqliteLog, keys: Path) -> None:
    write(log, "C-1", "C-2")
    assert log.keys is not None
    log.keys.destroy("C-1", GONE)
    assert log.keys.destroy("C-1", GONE._replace(by="somebody else")) == GONE
    db = sqlite3.connect(keys)
    for sql in ("UPDATE keys SET key = zeroblob(32)", "UPDATE keys SET because = 'x'", "DELETE FROM keys"):
        with pytest.raises(sqlite3.IntegrityError):
            db.execute(sql)
    db.close()


# ---- a desk ----

JOURNEY = (
    """
    2024-03-04T09:00 contact.receive
    2024-03-04T11:30 contact.refer
""",
    """
    2024-03-08T10:00 referral.accept
    2024-03-08T11:00 referral.acknowledge
    2024-03-11T11:00 single_assessment.see_child
""",
)


@pytest.fixture
def desk(log: SqliteLog) -> Desk:
    """One case with late decisions, breaches, a correction and one that undoes a breach; and another, begun."""
    desk = open_desk("2024-03-04T08:00", log=log)
    play(desk, JOURNEY[0])
    set_clock(desk, "2024-03-07T09:00")
    desk.check()
    accept, *_ = play(desk, JOURNEY[1])
    do(desk, "contact.receive", "C-2", at="2024-03-12T09:00")
    desk.check()
    desk.correct(
        accept.event_id, actor="manager-1", role="manager", reason=f"{WORDS}: it was the day before",
        becomes={"happened_at": "2024-03-05T10:00", "details": {"rationale": f"{WORDS}, corrected"}},
    )  # fmt: skip
    do(desk, "contact.close", at="2024-03-13T09:00", despite=f"{WORDS}, and it had been closed", role="manager")
    do(desk, "contact.refer", "C-2", at="2024-03-14T09:00")
    desk.check()
    return desk


def refer(desk: Desk, case_id: str = "C-1") -> Event:
    return next(one for one in desk.case(case_id).facts if one.event == "contact.refer")


def told(desk: Desk, path: Path) -> object:
    """All that hangs on events and not on words: of the desk, of an audit by rows and by columns kept beside the log."""
    case = desk.case("C-1")
    found = audit(read(path))
    return (
        case.episodes, case.deadlines, case.breaches, case.findings, [*desk.log.deadlines()], [*desk.log.breaches()],
        found.deadlines.to_dicts(), found.findings.filter(found.findings["position"] <= 20).to_dicts(), desk.due_soon("40 working days"),
    )  # fmt: skip


def test_deadlines_findings_and_breaches_are_the_same_after_the_words_are_gone(
    tmp_path: Path, desk: Desk, path: Path, keys: Path
) -> None:
    before, size, gone = told(desk, path), desk.log.size(), key_of(keys)
    root = verify(desk.log.records(), log_id=desk.log.log_id)
    names = {event.event for event in desk.case("C-1").events}
    assert {"referral.corrected", "referral.breach_raised", "referral.breach_withdrawn"} <= names, (
        "else this tests too little"
    )
    event = desk.destroy_details("C-1", actor="records-1", because="schedule of 2030")
    assert (event.event, event.actor, event.details["because"]) == (DESTROYED, "records-1", "schedule of 2030")
    assert event.details["unreadable"] > 4 and event.details["in_the_open"] == 0
    assert told(desk, path) == before
    assert desk.rebuild() == [] and desk.check() == []
    assert [name for name, held in files(tmp_path).items() if gone in held or b"grandmother" in held] == []
    assert verify(list(desk.log.records())[:size], log_id=desk.log.log_id) == root
    assert verify(desk.log.records(), log_id=desk.log.log_id).size == size + 1
    assert refer(desk, "C-2").details["rationale"] == "rationale, as noted"


def test_the_same_is_told_of_a_log_without_its_keys(tmp_path: Path, desk: Desk, path: Path) -> None:
    before = told(desk, path)
    desk.log.close()
    with SqliteLog(path) as log:
        digest, content, flows = log.libraries()[-1]
        without = open_desk("2024-03-14T09:00", log=log, library=restore(content, flows, digest=digest))
        assert told(without, path) == before
        assert without.rebuild() == [] and without.check() == []
        assert {str(event.details.get("rationale", "(sealed)")) for event in without.case("C-1").facts} == {"(sealed)"}


def test_an_export_after_the_words_are_gone_says_so_and_is_known_when_it_comes_in_again(
    tmp_path: Path, desk: Desk, path: Path
) -> None:
    from frontdoor.desk.importing import look_over

    def out(name: str) -> Path:
        with (tmp_path / name).open("w", encoding="utf-8", newline="") as file:
            take_out(desk, file)
        return tmp_path / name

    before = out("before.csv")
    desk.destroy_details("C-1", actor="records-1", because="schedule")
    after = out("after.csv")
    assert "grandmother" in before.read_text() and "grandmother" not in after.read_text()
    assert "(destroyed)" in after.read_text()
    for file in (before, after):
        looked = look_over(desk, read(file))
        assert (looked.drafts, looked.problems) == ((), ()), "all of it is in the log already"
    fresh = open_desk("2024-03-14T09:00")
    assert [one.rule for one in look_over(fresh, read(after)).problems] == [
        one.rule for one in look_over(fresh, read(before)).problems
    ]


def test_a_retry_of_what_was_recorded_is_the_same_event_when_its_words_are_gone(desk: Desk) -> None:
    event = refer(desk)
    again = {"actor": event.actor, "role": event.role, "event_id": event.event_id}
    desk.destroy_details("C-1", actor="records-1", because="schedule")
    assert (
        desk.record("C-1", "contact.refer", details={"rationale": "rationale, as noted"}, **again).position
        == event.position
    )
    with pytest.raises(LogError, match="of C-[^,]*, which differs in details: an id stands for one event"):
        desk.record("C-1", "contact.refer", details={"reason": "x"}, **again)


def test_a_correction_in_a_case_whose_words_are_gone_is_refused_for_it_says_why_in_words(desk: Desk) -> None:
    desk.destroy_details("C-1", actor="records-1", because="schedule")
    size = desk.log.size()
    with pytest.raises(KeysError, match="were destroyed"):
        desk.correct(desk.case("C-1").facts[0].event_id, actor="m", role="manager", reason="x", becomes={"actor": "m"})
    assert desk.log.size() == size


def test_words_are_destroyed_once_and_by_somebody_for_a_reason(desk: Desk) -> None:
    first = desk.destroy_details("C-1", actor="records-1", because="schedule")
    assert desk.destroy_details("C-1", actor="records-2", because="again") == first
    for wrong in ({"actor": "", "because": "x"}, {"actor": "r", "because": " "}):
        with pytest.raises(Refused):
            desk.destroy_details("C-2", **wrong)
    with pytest.raises(UnknownCase):
        desk.destroy_details("C-9", actor="r", because="x")
    assert refer(desk, "C-2").details["rationale"] == "rationale, as noted"


def test_a_destruction_that_was_cut_off_before_it_was_recorded_is_recorded_by_the_next_try(desk: Desk) -> None:
    log = desk.log
    assert isinstance(log, SqliteLog) and log.keys is not None
    log.keys.destroy("C-1", GONE)
    event = desk.destroy_details("C-1", actor="records-2", because="the same again")
    assert (event.actor, event.details["because"], str(event.happened_at)[:10]) == (
        "records-1",
        "schedule",
        "2030-01-01",
    )


def test_a_desk_without_keys_destroys_nothing(desk: Desk, path: Path) -> None:
    with (
        Desk(SqliteLog(path), library=shipped()) as without,
        pytest.raises(KeysError, match="keys of this log were not given"),
    ):
        without.destroy_details("C-1", actor="r", because="x")
    with pytest.raises(KeysError, match="were not given"):
        open_desk("2024-03-14T09:00").destroy_details("C-1", actor="r", because="x")


def test_keys_that_come_back_from_an_older_copy_are_told_and_destroyed_again(
    tmp_path: Path, desk: Desk, path: Path, keys: Path
) -> None:
    shutil.copy(keys, tmp_path / "older.keys")
    desk.destroy_details("C-1", actor="records-1", because="schedule")
    with SqliteLog(path, keys=tmp_path / "older.keys") as log:
        tally = Tally(log.sealing)
        verify(tally.watch(log.records()), log_id=log.log_id)
        assert tally.came_back() == ["C-1"]
        with Desk(log, clock=desk.clock, library=shipped()) as again:
            size = log.size()
            again.destroy_details("C-1", actor="records-1", because="schedule")
            assert log.size() == size and tally.came_back() == []


def test_a_case_that_was_destroyed_takes_no_words_by_an_older_copy_of_the_keys(
    tmp_path: Path, desk: Desk, path: Path, keys: Path
) -> None:
    shutil.copy(keys, tmp_path / "older.keys")
    desk.destroy_details("C-1", actor="records-1", because="schedule")
    with SqliteLog(path, keys=tmp_path / "older.keys") as log:
        with pytest.raises(KeysError, match="'C-1' were destroyed, and the keys of .* do not say so: .* an older copy"):
            write(log, "C-1")
        append(log, a_draft("C-1", details={"source": "6"}))  # no words
        write(log, "C-2")


def test_breaches_are_raised_though_the_keys_are_an_older_copy(tmp_path: Path, path: Path, keys: Path) -> None:
    clock = SimulatedClock(datetime(2024, 3, 14, 9, tzinfo=UTC))
    details = {"source": "6", "note": WORDS}
    with Desk(SqliteLog(path, keys=keys), clock=clock, library=shipped()) as desk:
        desk.record("C-1", "contact.receive", actor="x", role="referral_officer", details=details)
        shutil.copy(keys, tmp_path / "older.keys")
        desk.record("C-2", "contact.receive", actor="x", role="referral_officer", details=details)
    clock.advance(timedelta(days=30))
    with Desk(SqliteLog(path, keys=tmp_path / "older.keys"), clock=clock, library=shipped()) as desk:
        assert {breach.case for breach in desk.check()} == {"C-1", "C-2"}


def test_a_case_that_cannot_be_read_is_told_and_keeps_no_other_from_being_checked(path: Path, keys: Path) -> None:
    """Of one whose words alone cannot be read the breach is recorded, too: see test_keys_out_of_reach.py."""
    clock = SimulatedClock(datetime(2024, 3, 14, 9, tzinfo=UTC))
    with Desk(SqliteLog(path, keys=keys), clock=clock, library=shipped()) as desk:
        for case_id in ("C-1", "C-2", "C-3"):
            details = {"source": "6", "note": WORDS}
            desk.record(case_id, "contact.receive", actor="x", role="referral_officer", details=details)
    with sqlite3.connect(path) as db:  # somebody who meddled with it
        db.execute("DROP TRIGGER events_no_update")
        db.execute("UPDATE events SET details = '{}' WHERE case_id = 'C-2'")
    db.close()
    clock.advance(timedelta(days=30))
    with Desk(SqliteLog(path, keys=keys), clock=clock, library=shipped()) as desk:
        for told in ({"C-1", "C-3"}, set()):
            with pytest.raises(LogTampered, match="event 2 is not as it was recorded: it cannot be read") as failed:
                desk.check()
            assert {breach.case for breach in failed.value.breaches} == told
            assert {breach.case_id for breach in desk.log.breaches()} == {"C-1", "C-3"}


def test_columns_beside_a_log_hold_no_words_and_say_what_the_log_says(tmp_path: Path, desk: Desk, path: Path) -> None:
    with SqliteLog(path, read_only=True, keys=desk.log.keys) as log:  # type: ignore[attr-defined]
        assert list(segments.stretches(log, log.size(), span=4))
        assert segments.verify(log, span=4) >= 3
    packed = {name: held for name, held in files(tmp_path).items() if "columns" in name}
    assert len(packed) >= 3 and not any(b"grandmother" in held or b"rationale, as" in held for held in packed.values())
    frame = read(path, format="frontdoor-log").events
    assert "grandmother" not in str(frame.to_dicts()) and "(sealed)" in str(frame.to_dicts())
    desk.destroy_details("C-1", actor="records-1", because="schedule")
    with SqliteLog(path, read_only=True) as log:
        assert segments.verify(log, span=4) >= 3


def test_an_export_in_another_format_has_the_words_only_with_the_keys(desk: Desk, path: Path, keys: Path) -> None:
    from frontdoor.formats import frontdoor_log

    without, with_ = read(path).events, frontdoor_log.read(path, "borough.db", keys=keys).events
    assert without.columns == with_.columns and without.height == with_.height
    assert "grandmother" in str(with_.to_dicts())
    words = [
        DETAIL + name
        for name in ("rationale", "reason", "despite", "source", "seen_alone")
        if DETAIL + name in with_.columns
    ]
    assert with_.drop(words).equals(without.drop(words))


# ---- the wrong keys ----


def test_a_sealed_log_without_keys_takes_no_words_in_the_open(path: Path, log: SqliteLog) -> None:
    write(log, "C-1")
    with SqliteLog(path) as without:
        assert without.is_sealed
        with pytest.raises(KeysError, match="the details in .*borough.db are sealed, and its keys were not given"):
            write(without, "C-1")
        append(without, a_draft("C-2"))
        assert without.size() == 2


def test_a_copy_of_a_log_has_no_words_in_it_and_reads_with_the_keys(
    tmp_path: Path, path: Path, keys: Path, log: SqliteLog
) -> None:
    write(log, "C-1")
    log.close()
    shutil.copy(path, tmp_path / "copy.db")
    with SqliteLog(tmp_path / "copy.db", read_only=True) as copied:
        assert said(copied) == ["(sealed)"]
    with SqliteLog(tmp_path / "copy.db", read_only=True, keys=keys) as copied:
        assert said(copied) == [f"{WORDS} of C-1"]
        KeyFile(keys, copied.log_id).destroy("C-1", GONE)
        assert said(copied) == ["(destroyed)"], "in the copy too"


def test_keys_that_are_lost_are_said_to_be(path: Path, keys: Path, log: SqliteLog) -> None:
    write(log, "C-1")
    keys.rename(keys.with_name("elsewhere"))
    with pytest.raises(KeysError, match="borough.keys has gone: bring it back"):
        said(log)
    with pytest.raises(
        KeysError, match="sealed by keys that .*borough.keys should have, and it is not there: bring it back"
    ):
        SqliteLog(path, keys=keys)
    assert not keys.exists()
    keys.with_name("elsewhere").rename(keys)
    assert said(log) == [f"{WORDS} of C-1"]


def test_keys_of_another_log_are_refused(tmp_path: Path, path: Path, keys: Path, log: SqliteLog) -> None:
    write(log, "C-1")
    with pytest.raises(KeysError, match="borough.keys has the keys of another log"):
        SqliteLog(tmp_path / "other.db", keys=keys)
    with pytest.raises(KeysError, match="borough.keys was opened for another log"):
        SqliteLog(tmp_path / "other.db", keys=log.keys)


def test_other_keys_of_the_same_log_are_refused(tmp_path: Path, path: Path, log: SqliteLog) -> None:
    write(log, "C-1")
    KeyFile(tmp_path / "others.keys", log.log_id).made(["C-1"])
    with pytest.raises(KeysError, match="others.keys should have, and it has others: bring it back"):
        SqliteLog(path, keys=tmp_path / "others.keys")


def test_an_older_copy_of_the_keys_gives_no_second_key_to_a_case_that_had_one(
    tmp_path: Path, path: Path, keys: Path, log: SqliteLog
) -> None:
    write(log, "C-1")
    shutil.copy(keys, tmp_path / "older.keys")
    write(log, "C-2")
    with SqliteLog(path, keys=tmp_path / "older.keys") as older:
        assert said(older, "C-2") == ["(its key is missing)"]
        with pytest.raises(
            KeysError, match="have none of case 'C-2', whose details are sealed: they are an older copy"
        ):
            write(older, "C-2")
        write(older, "C-1")
    assert log.size() == 3 and said(log, "C-2") == [f"{WORDS} of C-2"]


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"no keys\n" * 99, "is not a file of frontdoor's keys"), (None, "cannot be read: is a directory")],
    ids=["a text", "a folder"],
)
def test_what_is_no_file_of_keys_is_refused_and_stays_as_it_is(
    path: Path, keys: Path, content: bytes | None, why: str
) -> None:
    keys.write_bytes(content) if content else keys.mkdir()
    with pytest.raises(KeysError, match=why):
        SqliteLog(path, keys=keys)
    assert content is None or keys.read_bytes() == content


def test_a_log_is_not_its_own_keys(path: Path, log: SqliteLog) -> None:
    with pytest.raises(KeysError, match="is the log itself"):
        SqliteLog(path, keys=path)


def test_an_empty_file_is_taken_for_keys_that_were_cut_off_as_they_began(log: SqliteLog, keys: Path) -> None:
    keys.touch()
    write(log, "C-1")
    assert said(log) == [f"{WORDS} of C-1"]


def test_keys_of_a_newer_frontdoor_are_refused(path: Path, keys: Path, log: SqliteLog) -> None:
    write(log, "C-1")
    db = sqlite3.connect(keys)
    db.execute("PRAGMA user_version = 9")
    db.close()
    with pytest.raises(KeysError, match="newer frontdoor: update frontdoor"):
        SqliteLog(path, keys=keys)


def test_keys_that_somebody_else_is_writing_are_waited_for_and_then_busy(
    path: Path, keys: Path, log: SqliteLog
) -> None:
    write(log, "C-1")
    db = sqlite3.connect(keys, isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    with (
        SqliteLog(path, keys=keys, patience=0.05) as other,
        pytest.raises(Busy, match="borough.keys for more than 0.05 seconds"),
    ):
        write(other, "C-2")
    db.execute("ROLLBACK")
    db.close()
    assert log.size() == 1


def test_where_the_keys_are_a_folder_that_is_not_there_that_is_said(path: Path, tmp_path: Path) -> None:
    with pytest.raises(KeysError, match="b.keys cannot be made: no such file or directory"):
        SqliteLog(path, keys=tmp_path / "no folder" / "b.keys")
    assert not path.exists()
    SqliteLog(path).close()
    with SqliteLog(path, keys=tmp_path / "no folder" / "b.keys") as log:
        with pytest.raises(KeysError, match="b.keys cannot be made: no such file or directory"):
            write(log, "C-1")
        assert log.size() == 0


def test_names_of_ones_own_stay_in_the_open_for_whoever_opens_the_keys_later(path: Path, keys: Path) -> None:
    with SqliteLog(path) as log:
        named = KeyFile(keys, log.log_id, clear=["source", "consent"])
    for own in (named, keys):
        with SqliteLog(path, keys=own) as log:
            append(log, a_draft(details={"consent": "yes", "team": "North"}))
    with SqliteLog(path) as log:
        assert [dict(event.details) for event in log.events("C-1")] == [{"consent": "yes", "team": "(sealed)"}] * 2


def test_without_the_package_that_seals_it_is_named(log: SqliteLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.ciphers.aead", None)
    with pytest.raises(MissingExtra, match="cryptography, which is not installed: pip install 'frontdoor\\[prove\\]'"):
        write(log, "C-1")
    append(log, a_draft())
    assert log.size() == 1


# ---- logs of before ----


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A log of schema 1."""
    shutil.copy(HERE / "tests" / "histories" / "a_log_of_schema_1" / "log.db", tmp_path / "old.db")
    return tmp_path / "old.db"


def version(path: Path) -> int:
    db = sqlite3.connect(path)
    ((found,),) = db.execute("PRAGMA user_version")
    db.close()
    return int(found)


def test_a_log_of_before_is_read_as_it_is_and_takes_keys_once_it_is_written(old: Path, keys: Path) -> None:
    with SqliteLog(old, read_only=True, keys=keys) as log:
        events, root = [*log.follow()], verify(log.records(), log_id=log.log_id)
        assert not log.is_sealed
    assert version(old) == 1 and not keys.exists()
    with SqliteLog(old, keys=keys) as log:
        write(log, "C-1")
        assert [*log.follow()][:-1] == events and said(log) == [f"{WORDS} of C-1"]
        assert verify(list(log.records())[:-1], log_id=log.log_id) == root
    assert version(old) == schema.VERSION


def test_an_older_frontdoor_refuses_a_log_with_sealed_details(
    path: Path, log: SqliteLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(log, "C-1")
    sealed = schema.VERSION
    monkeypatch.setattr(schema, "VERSION", sealed - 1)
    with pytest.raises(OldSchema, match=f"written by a newer frontdoor .schema {sealed}; this one knows {sealed - 1}"):
        SqliteLog(path)


def test_threads_may_make_keys_and_read_at_once(path: Path, keys: Path, log: SqliteLog) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def work(n: int) -> list[object]:
        write(log, f"C-{n % 5}")
        return said(log, f"C-{n % 5}")

    with ThreadPoolExecutor(4) as pool:
        for n, found in enumerate(pool.map(work, range(20))):
            assert set(found) == {f"{WORDS} of C-{n % 5}"}


def test_of_two_that_were_opened_with_other_keys_before_anything_was_sealed_one_may_seal(
    path: Path, keys: Path
) -> None:
    with SqliteLog(path, keys=keys) as log, SqliteLog(path, keys=keys.with_name("other.keys")) as other:
        write(log, "C-1")
        with pytest.raises(KeysError, match="are sealed by other keys than those that were given"):
            write(other, "C-2")
        assert log.size() == 1
    with SqliteLog(path, keys=keys) as log:
        write(log, "C-2")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_process_that_is_forked_off_while_a_thread_asks_for_keys_asks_by_itself(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "borough.keys", str(uuid.uuid4()))
    made = keys.made(["C-1"])
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            keys.held(["nobody's"])  # each time the file is opened

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(5):
            child = os.fork()
            if child == 0:
                signal.alarm(20)  # which ends it, where it waits for ever
                os._exit(0 if keys.held(["C-1"]) == made and keys.made(["C-1"]) == made else 1)
            assert os.waitpid(child, 0)[1] == 0
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@pytest.mark.parametrize("has_header", [False, True])
def test_keys_of_which_the_making_was_cut_off_are_made_as_if_that_had_never_begun(
    tmp_path: Path, has_header: bool
) -> None:
    log_id, path, cut = str(uuid.uuid4()), tmp_path / "borough.keys", tmp_path / "cut.keys"
    made = sqlite3.connect(path, isolation_level=None)
    made.execute("PRAGMA cache_size = 1")
    made.execute("BEGIN")
    made.execute("CREATE TABLE keys (case_id TEXT, key BLOB)")
    made.executemany("INSERT INTO keys VALUES (?, ?)", [(str(n), os.urandom(32)) for n in range(3000)])
    found = bytearray(path.read_bytes())  # pages of what is not committed, and beside them what undoes them
    if has_header:
        found[:16], found[68:72] = b"SQLite format 3\0", b"FDKY"
    cut.write_bytes(found)
    shutil.copy(f"{path}-journal", f"{cut}-journal")
    made.close()
    keys = KeyFile(cut, log_id)
    assert keys.made(["C-1"]) == KeyFile(cut, log_id).held(["C-1"]) != {}


@pytest.mark.parametrize("lacking", [1, 100, 4000, 4096])
def test_keys_of_which_the_copying_was_cut_off_are_told_and_destroy_nothing(
    desk: Desk, keys: Path, lacking: int
) -> None:
    do(desk, "contact.receive", "C-9", details={"source": "6", "note": WORDS})
    whole, size = keys.read_bytes(), desk.log.size()
    keys.write_bytes(whole[:-lacking])
    for ask in (
        lambda: desk.log.events("C-9"),
        lambda: do(desk, "contact.receive", "C-10", details={"source": "6", "note": WORDS}),
        lambda: desk.destroy_details("C-9", actor="records-1", because="schedule"),
        lambda: KeyFile(keys, desk.log.log_id),
    ):
        with pytest.raises(KeysError, match="is cut short: bring back the newest copy|malformed"):
            ask()
    assert desk.log.size() == size
    keys.write_bytes(whole)
    assert desk.log.events("C-9")[0].details["note"] == WORDS
