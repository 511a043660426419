"""What people write of a case, sealed under a key of its own: what is hidden, what stays in the open, what verifies."""

from __future__ import annotations

import base64
import json
import os
import pickle
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from uuid import uuid4

import attrs
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from frontdoor import MemoryLog, SqliteLog
from frontdoor.errors import KeysError, LogTampered
from frontdoor.event import Draft, Event, details_digest, details_text, effective, is_given
from frontdoor.log import Head
from frontdoor.log.chain import COLUMNS, Record, event_of, events_of, place
from frontdoor.log.checkpoint import verify
from frontdoor.log.keyfile import KeyFile
from frontdoor.log.keys import Destroyed
from frontdoor.log.sealing import Sealing
from frontdoor.log.shown import CLEAR, Unreadable, agrees, marked, words
from frontdoor.log.tally import Tally
from frontdoor.testing.conformance import LogConformance, a_draft, append
from frontdoor.testing.conformance import drafts as any_drafts
from frontdoor.testing.sealed import KeysInMemory, SealedConformance

LOG = "5f0c9a2e-6f5d-4b0e-9b1e-0c8f1c5d7a11"
WORDS = "Her grandmother rang about the bruises"
GONE = Destroyed("2030-01-01T00:00:00+00:00", "records-1", "schedule")


class Bunch:
    """Keys in memory."""

    keys_id = "k"
    mark = ""
    clear = frozenset(CLEAR)

    def __init__(self) -> None:
        self.keys: dict[str, bytes | Destroyed] = {}

    def held(self, case_ids: Iterable[str]) -> Mapping[str, bytes | Destroyed]:
        return {one: self.keys[one] for one in case_ids if one in self.keys}

    def made(self, case_ids: Iterable[str]) -> Mapping[str, bytes]:
        found = {one: self.keys.setdefault(one, os.urandom(32)) for one in case_ids}
        if any(isinstance(key, Destroyed) for key in found.values()):
            raise KeysError("destroyed.")
        return {one: key for one, key in found.items() if isinstance(key, bytes)}

    def destroy(self, case_id: str, gone: Destroyed) -> Destroyed:
        self.keys[case_id] = gone
        return gone


@pytest.fixture
def keys() -> Bunch:
    return Bunch()


def sealed(keys: Bunch, *drafts: Draft) -> list[Record]:
    """Records of these drafts, in a log of their own."""
    sealing = Sealing(LOG, keys)
    return place(drafts, position=0, link=LOG, head=lambda case_id: Head(0, ""), sealing=sealing)[1]


def field(record: Record, name: str) -> Any:
    return record[COLUMNS.index(name)]


def changed(record: Record, **values: object) -> Record:
    return tuple(values.get(name, value) for name, value in zip(COLUMNS, record, strict=True))  # type: ignore[return-value]


def a_correction(**becomes: Any) -> Draft:
    details = {"corrects": "e-1", "becomes": becomes, "reason": WORDS}
    return a_draft(event="referral.corrected", details=details)


# ---- what is hidden, and what is not ----


def test_words_are_not_in_the_log_and_are_read_with_the_key(keys: Bunch) -> None:
    (record,) = sealed(keys, a_draft(details={"rationale": WORDS, "source": "6"}))
    assert WORDS not in str(record) and field(record, "salt") == ""
    assert json.loads(field(record, "details"))["shown"] == {"rationale": [], "source": "6"}
    (event,) = events_of([record], Sealing(LOG, keys))
    assert event.details == {"rationale": WORDS, "source": "6"}


def test_without_keys_it_is_seen_which_details_there_are_and_that_they_say_something(keys: Bunch) -> None:
    (record,) = sealed(keys, a_draft(details={"rationale": WORDS, "source": "6", "outcome": " ", "note": None}))
    (event,) = events_of([record], Sealing(LOG))
    assert event.details == {"rationale": "(sealed)", "source": "6", "outcome": " ", "note": None}
    assert isinstance(event.details["rationale"], Unreadable)
    assert {name for name, value in event.details.items() if is_given(value)} == {"rationale", "source"}
    assert event_of(record) == event


@pytest.mark.parametrize(
    ("details", "is_sealed"),
    [
        ({}, False), ({"source": "6"}, False), ({"source": 6, "priority": True}, False), ({"rationale": ""}, False),
        ({"source": "1A"}, False), ({"source": "10"}, False), ({"seen_alone": "Yes", "child_seen": "N"}, False),
        ({"team": "North", "priority": "red"}, False), ({"team": "duty-2"}, False), ({"team": "2024-03-01"}, False),
        ({"referrals_in_12_months": "3"}, False), ({"referrals_in_12_months": 3}, False),
        ({"source": "Mrs Whitlock"}, True), ({"source": "Whitlock"}, True), ({"source": "her aunt"}, True), ({"source": " 6"}, True),
        ({"source": "6\n"}, True), ({"team": "Ada Whitlock"}, True), ({"team": "Duty team"}, True), ({"team": "ada@example.org"}, True),
        ({"team": "North, for her aunt asked"}, True), ({"team": "a" * 21}, True), ({"team": "-"}, True), ({"team": "Zoë"}, True),
        ({"team": "07700900123"}, True), ({"team": "9434765919"}, True), ({"team": 7700900123}, True), ({"team": 1e300}, True),
        ({"seen_alone": "yes, but upset"}, True), ({"child_seen": "asleep"}, True), ({"referrals_in_12_months": "several"}, True),
        ({"team": "07700-900-123"}, True), ({"priority": "943-476-5919"}, True), ({"team": "077/009.00_123"}, True),
        ({"source": 123456}, True), ({"seen_alone": 42}, True), ({"referrals_in_12_months": 943476}, True), ({"source": 6.5}, True),
        ({"priority": -51.507351}, True), ({"team": float(10**15)}, True), ({"team": "٠٧٧٠٠"}, True), ({"seen_alone": "１"}, True),
        ({"priority": 2}, False), ({"priority": 1.5}, False), ({"seen_alone": True, "child_seen": 0}, False), ({"team": 12}, False),
        ({"rationale": "x"}, True), ({"source": "6" * 41}, True), ({"source": ["6"]}, True), ({"team": {"name": "North"}}, True),
        ({"SOURCE": "6"}, True), ({"n": 0}, True),
    ],
)  # fmt: skip
def test_what_is_no_code_of_the_list_is_sealed(keys: Bunch, details: dict[str, Any], is_sealed: bool) -> None:
    (record,) = sealed(keys, a_draft(details=details))
    assert (field(record, "salt") == "") == is_sealed
    assert bool(keys.keys) == is_sealed, "a key is made with the first details that need one"


def test_each_detail_that_stays_in_the_open_says_why() -> None:
    assert all(len(why) > 20 for why in CLEAR.values())


@pytest.mark.parametrize("event", ["referral.breach_raised", "referral.breach_withdrawn", "desk.checked"])
def test_what_the_desk_says_of_its_own_is_never_sealed(event: str) -> None:
    assert marked(a_draft(event=event, details={"why": "because it is", "title": "Decide"}), frozenset(CLEAR)) is None


def test_what_is_about_no_case_is_never_sealed() -> None:
    assert marked(a_draft("", event="desk.imported", details={"source": "a file " * 20}), frozenset(CLEAR)) is None


def test_of_a_correction_times_names_and_roles_stay_and_words_are_sealed(keys: Bunch) -> None:
    of = a_draft(event_id="e-1", details={"rationale": WORDS})
    mended = a_correction(happened_at="2024-03-01", role="manager", details={"rationale": WORDS[::-1], "source": "7"})
    first, second = sealed(keys, of, mended)
    assert WORDS not in str(second) and WORDS[::-1] not in str(second)
    (fact,) = effective(events_of([first, second], Sealing(LOG)))
    assert (str(fact.happened_at), fact.role) == ("2024-03-01", "manager")
    assert fact.details == {"rationale": "(sealed)", "source": "7"}
    (fact,) = effective(events_of([first, second], Sealing(LOG, keys)))
    assert fact.details == {"rationale": WORDS[::-1], "source": "7"}


def test_a_correction_that_brings_an_event_back_or_strikes_it_out_does_so_without_keys(keys: Bunch) -> None:
    of = a_draft(event_id="e-1", details={"rationale": WORDS})
    out = a_draft(event="referral.corrected", details={"corrects": "e-1", "becomes": None, "reason": WORDS})
    assert effective(events_of(sealed(keys, of, out), Sealing(LOG))) == []
    back = events_of(sealed(keys, of, out, a_correction()), Sealing(LOG))
    assert effective(back) == back[:1]
    nothing = events_of(sealed(keys, of, a_correction(details={})), Sealing(LOG))
    assert effective(nothing)[0].details == {}


def test_a_detail_that_is_called_as_a_part_of_a_correction_is_sealed_all_the_same(keys: Bunch) -> None:
    (record,) = sealed(
        keys, a_draft(details={"becomes": {"details": {"x": WORDS}}, "corrects": WORDS, "shown": {}, "box": "b"})
    )
    assert WORDS not in str(record)
    assert events_of([record], Sealing(LOG, keys))[0].details["becomes"] == {"details": {"x": WORDS}}
    assert dict(events_of([record], Sealing(LOG))[0].details) == dict.fromkeys(
        ("becomes", "corrects", "shown", "box"), "(sealed)"
    )


def test_the_same_words_never_look_the_same_twice(keys: Bunch) -> None:
    boxes = {field(record, "details") for record in sealed(keys, *(a_draft(details={"note": "x"}) for _ in range(20)))}
    assert len(boxes) == 20


# ---- what cannot be read ----


def test_two_details_that_cannot_be_read_are_not_taken_for_the_same() -> None:
    one, other = Unreadable("(destroyed)", "e-1 rationale"), Unreadable("(destroyed)", "e-2 rationale")
    assert one != other and one == Unreadable("(destroyed)", "e-1 rationale") and one == "(destroyed)"
    assert pickle.loads(pickle.dumps(one)) == one and pickle.loads(pickle.dumps(one)).of == "e-1 rationale"


def test_what_is_said_again_agrees_with_what_cannot_be_read_as_long_as_it_says_as_much() -> None:
    kept = {"rationale": Unreadable("(destroyed)"), "source": "6"}
    assert agrees({"rationale": "anything", "source": "6"}, kept)
    assert not agrees({"rationale": "anything", "source": "7"}, kept)
    assert not agrees({"rationale": " ", "source": "6"}, kept)
    assert not agrees({"source": "6"}, kept) and not agrees({"rationale": "x", "source": "6", "note": "y"}, kept)


def test_each_reason_why_words_cannot_be_read_is_told(keys: Bunch) -> None:
    (record,) = sealed(keys, a_draft(details={"note": WORDS}))
    others = Bunch()
    assert events_of([record], Sealing(LOG, others))[0].details == {"note": "(its key is missing)"}
    keys.destroy("C-1", GONE)
    assert events_of([record], Sealing(LOG, keys))[0].details == {"note": "(destroyed)"}


def test_what_cannot_be_read_is_no_code_that_an_event_could_take_over_in_the_open() -> None:
    draft = a_draft(details={"source": Unreadable("(sealed)", "e-1 source")})
    assert marked(draft, frozenset(CLEAR)) == {"source": []}


SEALED_BY_AN_EARLIER_RULE = (
    1, "9a0c6c1e-0d3c-4a39-8d33-0a5f4d7a1b11", "C-1", "referral-1", 1, "referral.receive", "2024-03-04T12:00:00+00:00",
    "2024-03-04T12:00:00+00:00", "officer-12", "referral_officer", "",
    '{"box":"nBGsUzUyRho2OBQWjS+bNbn6ARdSpIZsEwyjdfQxNZvvQw4PL3WKCPqpE26mJi/n3mYI4awpS0YVJw1PPupD6f3/sSq1WNVsFdIkAsTfXNlDcym+vlQe2'
    'mzl83eyIfyILomsOrcH+f0MiBdz5TiW0HidGKO/KIYP3xPQ2lOW5nAs+QoHhufWlrexfnPUlvcrEGfdDYhDvYz7f/CrLmYltiG4pIMl2VZ7","digest":"ffc9f7'
    '88497d1c125af1eb63beb8d1093f81c8db0f2270d2a9f03b3698d5d2a6","shown":{"note":[],"source":"a neighbour, by telephone","team":"Duty t'
    'eam 2"}}',
    "", "", "306ec202d074bef78fa84d7b4c6aec19fd378ad84d178d2f9474439fb973f017",
    "1798e1a9dfbd57c32f179b5037c2a0f28e6370f2e3a972c54165b510cbed032c", "",
    "e70c128f989e516caf2685fee92b30e21251692ac9c734748f82478518e740df",
)  # fmt: skip
"""Under the key 00 01 ... 1f, when any text of 40 characters was taken for a code."""


def test_what_was_sealed_by_an_earlier_rule_opens_verifies_and_goes_on(keys: Bunch) -> None:
    record = SEALED_BY_AN_EARLIER_RULE
    assert verify([record], log_id=LOG).size == 1
    open_ = {"source": "a neighbour, by telephone", "team": "Duty team 2"}
    (without,) = events_of([record], Sealing(LOG))
    assert without.details == {**open_, "note": "(sealed)"}
    keys.keys["C-1"] = bytes(range(32))
    (event,) = events_of([record], Sealing(LOG, keys))
    assert event.details == {**open_, "note": WORDS}
    head = Head(1, field(record, "hash"))
    (again,) = place(
        [a_draft(details=event.details)], position=1, link=field(record, "link"), head=lambda _: head, sealing=Sealing(LOG, keys)
    )[1]  # fmt: skip
    assert events_of([again], Sealing(LOG))[0].details == dict.fromkeys(("note", "source", "team"), "(sealed)")
    assert verify([record, again], log_id=LOG).size == 2
    assert words(without, keys.clear) == ["(sealed)", *open_.values()], "so that who destroys it is told what stays"


def test_words_are_told_from_codes_within_a_correction_too() -> None:
    clear = frozenset(CLEAR)
    mended = a_correction(role="manager", details={"rationale": "so", "source": "7", "team": "Duty team"})
    assert sorted(map(str, words(mended, clear))) == sorted(["so", "Duty team", WORDS])
    assert words(a_draft(details={"source": "6"}), clear) == []
    assert words(a_draft(event="referral.breach_raised", details={"why": "x"}), clear) == []


# ---- what verifies ----


def test_a_sealed_log_verifies_with_its_keys_without_them_and_after_they_are_destroyed(keys: Bunch) -> None:
    records = sealed(keys, a_draft(details={"note": WORDS}), a_draft("C-2", details={"note": "other"}), a_draft("C-3"))

    def looked(sealing: Sealing) -> tuple[object, dict[str, object]]:
        tally = Tally(sealing)
        return verify(tally.watch(records), log_id=LOG), tally.counts()

    before, counts = looked(Sealing(LOG, keys))
    nothing = {"sealed": 2, "opened": 0, "destroyed": 0, "missing": 0, "not_given": 0, "came_back": []}
    assert counts == {**nothing, "opened": 2}
    keys.destroy("C-1", GONE)
    assert looked(Sealing(LOG, keys)) == (before, {**nothing, "opened": 1, "destroyed": 1})
    assert looked(Sealing(LOG)) == (before, {**nothing, "not_given": 2})
    assert looked(Sealing(LOG, Bunch())) == (before, {**nothing, "missing": 2})


def test_any_byte_of_sealed_details_that_is_changed_is_found_without_any_key(keys: Bunch) -> None:
    (record,) = sealed(keys, a_draft(details={"note": WORDS, "source": "6"}))
    text = field(record, "details")
    for at in range(len(text)):
        other = text[:at] + ("x" if text[at] != "x" else "y") + text[at + 1 :]
        with pytest.raises(LogTampered, match="the details of event 1 are not those that were recorded"):
            verify([changed(record, details=other)], log_id=LOG)


def mended(record: Record, change: Callable[[dict[str, Any]], object]) -> Record:
    """A record whose sealed details somebody changed and made the digest of them anew, as only who writes the log anew can."""
    said = json.loads(field(record, "details"))
    change(said)
    return changed(record, details=details_text(said), details_digest=details_digest("", details_text(said)))


def _flip(said: dict[str, Any]) -> None:
    box = bytearray(base64.b64decode(said["box"]))
    box[len(box) // 2] ^= 1
    said["box"] = base64.b64encode(box).decode()


@pytest.mark.parametrize(
    "change",
    [
        _flip, lambda said: said.update(digest="0" * 64), lambda said: said.update(box="AAAA"),
        lambda said: said.update(box="no base64!"), lambda said: said["shown"].update(source="1"),
        lambda said: said["shown"].update(more=[]), lambda said: said["shown"].pop("note"),
    ],
)  # fmt: skip
def test_the_key_shows_what_somebody_who_wrote_the_log_anew_changed(
    keys: Bunch, change: Callable[[dict[str, Any]], object]
) -> None:
    (record,) = sealed(keys, a_draft(details={"note": WORDS, "source": "6"}))
    with pytest.raises(LogTampered, match="the details of event 1 do not open by the key of case 'C-1'"):
        events_of([mended(record, change)], Sealing(LOG, keys))


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said.clear(),
        lambda said: said.update(shown="x"),
        lambda said: said.update(x=1),
        lambda said: said.update(by=""),
        lambda said: said.update(by=7),
    ],
)
def test_what_is_no_sealed_detail_at_all_cannot_be_read(
    keys: Bunch, change: Callable[[dict[str, Any]], object]
) -> None:
    (record,) = sealed(keys, a_draft(details={"note": WORDS}))
    for sealing in (Sealing(LOG, keys), Sealing(LOG)):
        with pytest.raises(LogTampered, match="event 1 is not as it was recorded: it cannot be read"):
            events_of([mended(record, change)], sealing)


@pytest.mark.parametrize("moved", [{"event_id": "another"}, {"case_id": "C-2"}])
def test_a_box_opens_in_no_other_place(keys: Bunch, moved: dict[str, str]) -> None:
    (record,) = sealed(keys, a_draft(details={"note": WORDS}))
    keys.keys["C-2"] = keys.keys["C-1"]
    with pytest.raises(LogTampered, match="do not open"):
        events_of([changed(record, **moved)], Sealing(LOG, keys))
    with pytest.raises(LogTampered, match="do not open"):
        events_of([record], Sealing("another log", keys))


# ---- anything at all ----

CASES = st.sampled_from(["", "C-1", "C-2", "Ç' \U0001f9f8"])


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(any_drafts(), CASES), max_size=6, unique_by=lambda one: one[0].event_id))
@example([(a_draft(event="a.corrected", details={}), "C-1")])
def test_any_events_are_read_as_they_were_given_and_verify_however_they_are_read(some: list[tuple[Draft, str]]) -> None:
    keys = Bunch()
    given_ = [attrs.evolve(draft, case_id=case_id) for draft, case_id in some]
    heads: dict[str, Head] = {}
    events, records = place(
        given_, position=0, link=LOG, head=lambda case_id: heads.get(case_id, Head(0, "")), sealing=Sealing(LOG, keys)
    )
    assert [dict(event.details) for event in events] == [dict(draft.details) for draft in given_]
    root = verify(records, log_id=LOG)
    whole = [record for record in records if readable(record)]
    assert events_of(whole, Sealing(LOG, keys)) == [
        event for event in events if event.position in {one[0] for one in whole}
    ]
    for case_id in [*keys.keys]:
        keys.destroy(case_id, GONE)
    assert verify(records, log_id=LOG) == root
    for before, after in zip(events_of(whole, Sealing(LOG)), events_of(whole, Sealing(LOG, keys)), strict=True):
        was = events[before.position - 1].details
        for left in (before.details, after.details):
            assert left.keys() == was.keys()
            assert {name for name in was if is_given(was[name])} == {name for name in left if is_given(left[name])}


def readable(record: Record) -> bool:
    """Whether an event is one that a log gives back: of the desk's own, hypothesis makes some that say too little."""
    try:
        event_of(record)
    except LogTampered:
        return False
    return True


# ---- a log that is sealed is a log ----


class TestMemoryLogWithKeys(LogConformance):
    def make_log(self) -> MemoryLog:
        return MemoryLog(keys=Bunch())

    def reopen(self, log: Any) -> Any:
        return log


class TestSealedMemoryLog(SealedConformance):
    def make_log(self, keys: KeysInMemory) -> MemoryLog:
        return MemoryLog(keys=keys)


class TestSealedSqliteLog(SealedConformance):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def make_log(self, keys: KeysInMemory) -> SqliteLog:
        return SqliteLog(self.folder / f"{uuid4()}.db", keys=keys)


def test_a_log_in_memory_refuses_keys_that_were_opened_for_another(tmp_path: Path) -> None:
    KeyFile(tmp_path / "m.keys", LOG).made(["C-1"])
    with pytest.raises(KeysError, match="m.keys has the keys of another log"):
        MemoryLog(keys=tmp_path / "m.keys")
    with pytest.raises(KeysError, match="m.keys was opened for another log: give its name"):
        MemoryLog(keys=KeyFile(tmp_path / "m.keys", LOG))


def test_a_log_in_memory_takes_a_file_of_keys(tmp_path: Path) -> None:
    with MemoryLog(keys=tmp_path / "m.keys") as log:
        (event,) = append(log, a_draft(details={"note": WORDS}))
        assert WORDS not in str([*log.records()]) and [*log.follow()] == [event]
        assert isinstance(log.keys, KeyFile) and isinstance(event, Event)


class OneForAll(KeysInMemory):
    def made(self, case_ids: Iterable[str]) -> Mapping[str, bytes]:
        for case_id in (wanted := list(case_ids)):
            self.keys.setdefault(case_id, b"k" * 32)
        return super().made(wanted)


class MadeAgain(KeysInMemory):
    def made(self, case_ids: Iterable[str]) -> Mapping[str, bytes]:
        self.keys = {case_id: key for case_id, key in self.keys.items() if isinstance(key, bytes)}
        return super().made(case_ids)


class Forgotten(KeysInMemory):
    def destroy(self, case_id: str, gone: Destroyed) -> Destroyed:
        self.keys.pop(case_id, None)
        return gone


class DestroyedAnew(KeysInMemory):
    def destroy(self, case_id: str, gone: Destroyed) -> Destroyed:
        self.keys[case_id] = gone
        return gone


class SilentlyLost(KeysInMemory):
    def held(self, case_ids: Iterable[str]) -> Mapping[str, bytes | Destroyed]:
        return {} if self.lost else super().held(case_ids)


DESTROYED_STAY = "test_of_a_case_whose_key_was_destroyed_no_words_are_kept_and_all_else_is"


@pytest.mark.parametrize(
    ("broken", "test"),
    [
        (OneForAll, "test_words_are_in_no_record_and_are_read_with_the_keys"),
        (MadeAgain, DESTROYED_STAY), (Forgotten, DESTROYED_STAY), (DestroyedAnew, DESTROYED_STAY),
        (SilentlyLost, "test_without_its_keys_it_takes_no_words_and_all_else_and_is_read_by_who_does_without_words"),
    ],
)  # fmt: skip
def test_the_suite_notices_keys_that_are_broken(broken: type[KeysInMemory], test: str) -> None:
    class Suite(SealedConformance):
        def make_log(self, keys: KeysInMemory) -> MemoryLog:
            return MemoryLog(keys=keys)

    for keys, is_noticed in ((KeysInMemory(), False), (broken(), True)):
        with pytest.raises((AssertionError, pytest.fail.Exception)) if is_noticed else nullcontext():
            getattr(Suite(), test)(MemoryLog(keys=keys), keys)
