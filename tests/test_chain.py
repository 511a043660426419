"""How events are sealed, and what shows that they are no longer as they were recorded."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdoor.errors import InputError, LogTampered
from frontdoor.event import Draft, Event, read_moment, stored
from frontdoor.log import Head
from frontdoor.log.chain import COLUMNS, Record, event_of, place
from frontdoor.log.checkpoint import Checkpoint, MerkleTree, read_checkpoint, verify
from frontdoor.moment import LONDON, instant
from frontdoor.testing.conformance import a_draft, drafts

LOG = "1b4e28ba-2fa1-41d2-883f-0016d3cca427"


@given(
    st.datetimes(datetime(1850, 1, 2), datetime(2199, 12, 30)),
    st.sampled_from([UTC, LONDON, timezone(timedelta(hours=-9))]),
    st.booleans(),
)
def test_a_moment_is_stored_in_utc_as_iso_says_and_read_as_it_was(wall: datetime, zone: tzinfo, is_whole: bool) -> None:
    moment = wall.replace(tzinfo=zone, microsecond=0 if is_whole else wall.microsecond)
    assert stored(moment) == moment.astimezone(UTC).isoformat()
    assert instant(read_moment(stored(moment))) == instant(moment)


def no_head(case_id: str) -> Head:
    """A log in which no case has an event."""
    return Head(0, "")


def sealed(some: Sequence[Draft], salts: Sequence[str] | None = None) -> list[Record]:
    """The records of a log of these drafts."""
    return place(some, position=0, link=LOG, head=no_head, salts=salts)[1]


def journeys(count: int = 12) -> list[Record]:
    """A log of three cases whose events take turns."""
    return sealed([a_draft(f"C-{number % 3}", details={"n": number}) for number in range(count)])


def changed(record: Record, **values: Any) -> Record:
    """A record with some columns otherwise."""
    return tuple(values.get(name, value) for name, value in zip(COLUMNS, record, strict=True))  # type: ignore[return-value]


def whole(records: Sequence[Record], checkpoint: Checkpoint | None = None) -> Checkpoint:
    """Verify the records of that log."""
    return verify(records, log_id=LOG, checkpoint=checkpoint)


# ---- sealing ----


def sha(*parts: str) -> str:
    """SHA-256, in hex, of texts joined by NUL."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def test_anybody_can_verify_a_log_from_what_is_written_about_the_chain() -> None:
    hashes: dict[str, str] = {}
    link = LOG
    for record in journeys():
        of = dict(zip(COLUMNS, map(str, record), strict=True))
        assert of["details_digest"] == hashlib.sha256(f"{of['salt']}\n{of['details']}".encode()).hexdigest()
        canonical = [
            "frontdoor event 1", of["event_id"], of["case_id"], of["version"], of["event"], of["happened_at"],
            of["recorded_at"], of["actor"], of["role"], of["episode"], of["family"], of["cause"], of["digest"],
            of["details_digest"],
        ]  # fmt: skip
        assert of["hash"] == sha(hashes.get(of["case_id"], ""), *canonical)
        assert of["link"] == sha(link, of["position"], of["hash"])
        hashes[of["case_id"]], link = of["hash"], of["link"]


def test_the_same_events_and_salts_make_the_same_chain_for_ever() -> None:
    draft = a_draft(event_id="00000000-0000-4000-8000-000000000001", details={"source": "6", "child": "ünï 🙂"})
    first, second = sealed([draft, attrs.evolve(draft, event_id="2")], salts=["0" * 32, "1" * 32])
    assert first[COLUMNS.index("hash")] == "55d66b72382f4cf51024b71a41f5da0f67fc6c8047ff716ae97f5a841c87fabe"
    assert second[COLUMNS.index("link")] == "9dd10985c47a6ec399a1d508d2d4617a065a9d9afe97167f354e5644123c110b"


def test_the_same_details_twice_have_different_digests() -> None:
    first, second = sealed([a_draft(), a_draft()])
    assert first[-1] != second[-1]


@given(some=st.lists(drafts(), max_size=6))
def test_a_record_is_read_as_the_event_that_was_placed(some: list[Draft]) -> None:
    events, records = place(some, position=0, link=LOG, head=no_head)
    assert [event_of(record) for record in records] == events


@pytest.mark.parametrize("column, value", [("happened_at", "yesterday"), ("details", "{"), ("happened_at", b"2024")])
def test_a_record_that_cannot_be_read_is_no_event(column: str, value: object) -> None:
    with pytest.raises(LogTampered, match="event 1 is not as it was recorded") as caught:
        event_of(changed(journeys(1)[0], **{column: value}))
    assert caught.value.position == 1


# ---- telling that something was changed ----


@given(some=st.lists(drafts(st.sampled_from(["", "C-1", "C-2"])), max_size=10))
def test_what_was_recorded_verifies(some: list[Draft]) -> None:
    assert whole(sealed(some)).size == len(some)


def other(value: object) -> list[object]:
    """Values that are not this one, of its type and of others."""
    if isinstance(value, int):
        return [value + 1, value - 1, -value, 0, str(value), float(value), None, 1 << 70]
    assert isinstance(value, str)
    flipped = ("0" if value[:1] != "0" else "1") + value[1:]
    return [value + " ", flipped, "" if value else "x", value.encode(), None, 7, value.upper() + "X", value + "\0"]


@pytest.mark.parametrize("column", COLUMNS)
def test_a_change_of_any_column_of_any_event_shows(column: str) -> None:
    records = journeys()
    for at, record in enumerate(records):
        for value in other(record[COLUMNS.index(column)]):
            tampered = [*records[:at], changed(record, **{column: value}), *records[at + 1 :]]
            with pytest.raises(LogTampered) as caught:
                whole(tampered)
            assert caught.value.position == at + 1


def rehashed(record: Record, before: str, link: str) -> Record:
    """A record with digest, hash and link made anew from what it now holds."""
    of = dict(zip(COLUMNS, record, strict=True))
    digest = hashlib.sha256(f"{of['salt']}\n{of['details']}".encode()).hexdigest()
    hash_ = sha(
        before, "frontdoor event 1",
        *(str(of[name]) for name in (
            "event_id", "case_id", "version", "event", "happened_at", "recorded_at", "actor", "role", "episode", "family",
            "cause", "digest",
        )), digest,
    )  # fmt: skip
    return changed(record, details_digest=digest, hash=hash_, link=sha(link, str(of["position"]), hash_))


def forged(records: Sequence[Record]) -> list[Record]:
    """A whole chain made anew, as somebody could who can write the file and knows how it is sealed."""
    hashes: dict[str, str] = {}
    made: list[Record] = []
    for record in records:
        link = str(made[-1][COLUMNS.index("link")]) if made else LOG
        made.append(rehashed(record, hashes.get(record[2], ""), link))
        hashes[record[2]] = str(made[-1][COLUMNS.index("hash")])
    return made


def test_an_event_sealed_anew_shows_in_the_next_of_its_case_and_of_the_log() -> None:
    records = journeys()
    altered = rehashed(changed(records[4], actor="somebody-else"), str(records[1][14]), str(records[3][15]))
    assert whole([*records[:4], altered]).size == 5
    with pytest.raises(LogTampered, match="event 6 does not follow from the event before it") as caught:
        whole([*records[:4], altered, *records[5:]])
    assert caught.value.position == 6


def renumbered(records: Sequence[Record]) -> list[Record]:
    """Positions given anew, so that there is no gap."""
    return [changed(record, position=number) for number, record in enumerate(records, 1)]


Change = Callable[[list[Record]], list[Record]]
ALTERED: dict[str, Change] = {
    "one deleted": lambda log: log[:5] + log[6:],
    "the first deleted": lambda log: log[1:],
    "one deleted and the rest renumbered": lambda log: renumbered(log[:5] + log[6:]),
    "a case deleted": lambda log: renumbered([one for one in log if one[2] != "C-1"]),
    "one inserted": lambda log: [*log[:5], changed(log[4], event_id="new"), *log[5:]],
    "one inserted and the rest renumbered": lambda log: renumbered([*log[:5], log[4], *log[5:]]),
    "one doubled at the end": lambda log: [*log, changed(log[-1], position=len(log) + 1)],
    "two swapped": lambda log: [*log[:5], log[6], log[5], *log[7:]],
    "two swapped and renumbered": lambda log: renumbered([*log[:5], log[6], log[5], *log[7:]]),
    "two positions exchanged": lambda log: [
        *log[:5], changed(log[6], position=6), changed(log[5], position=7), *log[7:],
    ],
    "the same position twice": lambda log: [*log[:5], log[4], *log[5:]],
    "begun at another position": lambda log: [changed(one, position=one[0] + 1) for one in log],
    "an event id twice, all sealed anew": lambda log: forged([*log[:7], changed(log[7], event_id=log[2][1]), *log[8:]]),
    "a version left out, all sealed anew": lambda log: forged([*log[:9], *(changed(r, version=r[4] + 1) for r in log[9:])]),
}  # fmt: skip


@pytest.mark.parametrize("change", ALTERED.values(), ids=list(ALTERED))
def test_events_added_taken_out_or_put_elsewhere_show(change: Change) -> None:
    with pytest.raises(LogTampered) as caught:
        whole(change(journeys()))
    assert caught.value.position is not None


@given(data=st.data())
def test_no_other_order_or_choice_of_the_events_verifies_but_a_beginning(data: st.DataObject) -> None:
    records = journeys(7)
    some = data.draw(st.lists(st.sampled_from(records), max_size=9))
    for tried in (some, renumbered(some)):
        if tried == records[: len(tried)]:
            assert whole(tried).size == len(tried)
        else:
            with pytest.raises(LogTampered):
                whole(tried)


def test_a_log_cannot_be_passed_off_as_another() -> None:
    with pytest.raises(LogTampered, match="event 1 does not follow"):
        verify(journeys(), log_id="another")


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda log: log[:2] + log[3:], "event 3 is missing: event 4 stands in its place."),
        (lambda log: [changed(log[0], details="{}")], "the details of event 1 are not those that were recorded."),
        (lambda log: [changed(log[0], actor=None)], "event 1 is not as it was recorded: its actor is of another type."),
        (lambda log: [changed(log[0], role="x")], "event 1 is not as it was recorded, or not in its place: its hash does not fit it."),
        (lambda log: renumbered(log[3:]), "event 1 is version 2 of case 'C-0', where 1 should be: an event of the case is missing, or they are out of order."),
        (lambda log: [log[0], changed(log[1], event_id=log[0][1])], "event 2 has the event id of an earlier event"),
        (lambda log: [log[0], changed(log[1], link="0")], "event 2 does not follow from the event before it: events were added, taken out or put in another order."),
    ],
)  # fmt: skip
def test_it_says_in_a_sentence_what_shows_and_where(change: Change, said: str) -> None:
    with pytest.raises(LogTampered, match=re.escape(said)):
        whole(change(journeys()))


# ---- the tree ----


def rfc_6962(leaves: list[bytes]) -> bytes:
    """The root as section 2.1 of RFC 6962 defines it."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return hashlib.sha256(b"\1" + rfc_6962(leaves[:half]) + rfc_6962(leaves[half:])).digest()


PUBLISHED = [
    ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
    ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
    ("5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
    ("606162636465666768696a6b6c6d6e6f", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
]
"""The leaves and the root after each that Certificate Transparency's own tests use."""


def test_the_tree_has_the_roots_that_certificate_transparency_publishes() -> None:
    tree = MerkleTree()
    assert tree.root() == hashlib.sha256(b"").digest()
    for leaf, root in PUBLISHED:
        tree.add(bytes.fromhex(leaf))
        assert tree.root().hex() == root


@given(leaves=st.lists(st.binary(max_size=4), max_size=40))
def test_the_tree_grown_leaf_by_leaf_is_the_tree_of_the_rfc(leaves: list[bytes]) -> None:
    tree = MerkleTree()
    for leaf in leaves:
        tree.add(leaf)
    assert (tree.size, tree.root()) == (len(leaves), rfc_6962(leaves))


# ---- checkpoints ----


def test_a_checkpoint_is_the_root_over_the_hashes_of_all_events() -> None:
    records = journeys()
    leaves = [bytes.fromhex(str(record[COLUMNS.index("hash")])) for record in records]
    assert whole(records) == Checkpoint(LOG, 12, rfc_6962(leaves))


@pytest.mark.parametrize("size", [0, 1, 7, 8, 11, 12])
def test_a_log_that_has_grown_keeps_its_checkpoints(size: int) -> None:
    records = journeys()
    assert whole(records, whole(records[:size])) == whole(records)


def test_a_tail_that_was_cut_shows_only_beside_a_checkpoint() -> None:
    records = journeys()
    checkpoint = whole(records)
    assert whole(records[:9]).size == 9
    with pytest.raises(LogTampered, match="the log has 9 events, the checkpoint 12: its tail was cut") as caught:
        whole(records[:9], checkpoint)
    assert caught.value.position == 10


@pytest.mark.parametrize("at", [0, 5, 11])
def test_a_chain_made_anew_shows_only_beside_a_checkpoint(at: int) -> None:
    records = journeys()
    anew = forged([*records[:at], changed(records[at], actor="somebody-else"), *records[at + 1 :]])
    assert whole(anew).size == 12
    for size in range(at + 1):
        assert whole(anew, whole(records[:size])).size == 12
    for size in range(at + 1, 13):
        said = "first event is not the one" if size == 1 else f"first {size} events are not those"
        with pytest.raises(LogTampered, match=f"the {said} that the checkpoint was made of: the log was written anew"):
            whole(anew, whole(records[:size]))


def test_a_checkpoint_of_another_log_is_refused() -> None:
    with pytest.raises(LogTampered, match=f"the checkpoint is of another log: of another, and this is {LOG}"):
        whole(journeys(), Checkpoint("another", 12, bytes(32)))


def test_a_checkpoint_is_written_as_three_lines() -> None:
    assert str(Checkpoint(LOG, 12345, bytes(range(32)))) == (
        f"frontdoor/{LOG}\n12345\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
    )


@given(size=st.integers(0, 10**15), root=st.binary(min_size=32, max_size=32), uuid=st.uuids().map(str))
def test_a_checkpoint_is_read_as_it_was_written(size: int, root: bytes, uuid: str) -> None:
    checkpoint = Checkpoint(uuid, size, root)
    assert read_checkpoint(str(checkpoint)) == checkpoint


@pytest.mark.parametrize("after", ["\n— frontdoor AAAAAA==\n", "an extension\n\n— somebody AAAA\n— another BBBB\n"])
def test_signatures_and_extensions_after_it_are_passed_over(after: str) -> None:
    checkpoint = Checkpoint(LOG, 3, bytes(32))
    assert read_checkpoint(str(checkpoint) + after) == checkpoint


def test_a_checkpoint_that_came_through_windows_is_read() -> None:
    checkpoint = Checkpoint(LOG, 3, bytes(32))
    assert read_checkpoint(str(checkpoint).replace("\n", "\r\n")) == checkpoint


GOOD = [f"frontdoor/{LOG}", "12", base64.b64encode(bytes(32)).decode()]


@pytest.mark.parametrize(
    "line, instead",
    [
        *((1, text) for text in ("", "frontdoor", "frontdoor/", "backdoor/1", "frontdoor/a b", " frontdoor/1")),
        *((2, text) for text in ("", "-1", "+1", "01", "1.0", "twelve", "١٢", "9" * 30, " 12")),
        *((3, text) for text in ("", "AAAA", base64.b64encode(bytes(33)).decode(), "é" * 44, GOOD[2][:-1], GOOD[2] + "=")),
    ],
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused_with_the_line_that_is_not(line: int, instead: str) -> None:
    lines = [*GOOD]
    lines[line - 1] = instead
    with pytest.raises(InputError) as caught:
        read_checkpoint("\n".join(lines) + "\n", file="borough.checkpoint")
    (fault,) = caught.value.faults
    assert (fault.file, fault.where, fault.code) == ("borough.checkpoint", f"line {line}", "checkpoint")
    assert str(caught.value).count("\n") == 0


@given(text=st.text())
def test_no_text_is_more_than_refused(text: str) -> None:
    try:
        read_checkpoint(text)
    except InputError as error:
        assert len(error.faults) == 1


def test_an_event_knows_its_seals_but_does_not_show_them() -> None:
    (event,), (record,) = place([a_draft()], position=0, link=LOG, head=no_head)
    assert isinstance(event, Event)
    assert record[-1] not in repr(event)
