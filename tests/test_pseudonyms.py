"""What is taken out of a log under pseudonyms: nobody's name and no text, and every deadline and finding as they were."""

from __future__ import annotations

import csv
import io
import os
import uuid
from pathlib import Path
from typing import Any

import pytest
from commands import frontdoor
from desks import open_desk, play, shipped
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from frontdoor import Desk, MemoryLog, SqliteLog, SystemClock
from frontdoor.desk.importing import bring_in, look_over, take_out
from frontdoor.desk.pseudonyms import Pseudonyms, new_key, read_key
from frontdoor.errors import InputError, IsThere
from frontdoor.replay.audit import Audit, run
from frontdoor.testing import histories
from frontdoor.testing.recount import read_text

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
NAMES = {"case_id", "episode", "message", "actor", "note"}


def under(desk: Desk, key: bytes = KEY) -> Pseudonyms:
    """The pseudonyms of a desk's log."""
    compiled = desk.rulebook.compiled
    return Pseudonyms(key, roles=compiled.roles, needs=compiled.details)


def taken(desk: Desk, pseudonyms: Pseudonyms | None = None) -> str:
    out = io.StringIO()
    take_out(desk, out, pseudonyms=pseudonyms)
    return out.getvalue()


def rows(desk: Desk, key: bytes = KEY) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(taken(desk, under(desk, key)))))


def without_names(audit: Audit) -> list[list[dict[str, Any]]]:
    """Every deadline and finding, but for names and the sentences that name somebody."""
    tables = (audit.deadlines, audit.findings)
    return [
        [{k: v for k, v in row.items() if k not in NAMES} for row in table.iter_rows(named=True)] for table in tables
    ]


def finds_the_same(data: st.DataObject) -> None:
    """Whatever is brought into a log, an audit of what is taken out of it under pseudonyms finds what is in it."""
    library = shipped()
    desk = Desk(MemoryLog(), clock=SystemClock(), library=library)
    looked = look_over(desk, read_text(data.draw(histories(library))))
    bring_in(desk, looked, actor="a", role="manager", despite="it happened", leave_out=True)
    plain, hidden = taken(desk), taken(desk, under(desk))
    if plain.count("\n") < 2:
        return
    before, after = (run(read_text(text), library, as_at=desk.clock.now()) for text in (plain, hidden))
    assert without_names(before) == without_names(after)
    names, pseudonyms = before.deadlines["case_id"].to_list(), under(desk)
    assert after.deadlines["case_id"].to_list() == [pseudonyms.of("case", name) for name in names]


def thoroughly(examples: int) -> settings:
    phases = set(Phase) - {Phase.explain}
    return settings(max_examples=examples, deadline=None, phases=phases, suppress_health_check=list(HealthCheck))


@thoroughly(10)
@given(data=st.data())
def test_an_audit_of_it_finds_the_same_deadlines_and_findings(data: st.DataObject) -> None:
    finds_the_same(data)


@pytest.mark.slow
@thoroughly(500)
@given(data=st.data())
def test_an_audit_of_it_finds_the_same_in_many_histories(data: st.DataObject) -> None:
    finds_the_same(data)


@pytest.fixture
def desk() -> Desk:
    """A desk at which siblings are known, whose events hold texts and names."""
    desk = open_desk("2024-03-04T09:00")
    who = {"actor": "Jo Worker", "role": "manager"}
    for case in ("Child-1", "Child-2"):
        desk.record(
            case,
            "contact.receive",
            **who,
            family="The Family",
            details={"source": "1A", "team": "North", "notes": "SECRET"},
        )
    desk.record("Child-1", "contact.refer", **who, details={"rationale": "SECRET"})
    desk.record("Child-2", "contact.pass_on", **who, details={"worker": "Sam SECRET", "priority": "SECRET"})
    desk.record("Child-3", "contact.receive", **who, details={"source": "SECRET aunt"})
    desk.record(
        "Child-3", "contact.close", actor="Al", role="the SECRET cover", details={"reason": " "}, despite="SECRET"
    )
    return desk


def test_no_name_and_no_text_is_in_it(desk: Desk) -> None:
    text = taken(desk, under(desk))
    assert "SECRET" in taken(desk)
    ids = {event.event_id for event in desk.log.follow()}
    for name in (
        "Child",
        "Jo",
        "Al,",
        "Family",
        "SECRET",
        "North",
        "referral-1",
        "contact-1",
        "notes",
        "despite",
        *ids,
    ):
        assert name not in text, name


def test_siblings_still_share_a_family_and_a_worker_is_one_person(desk: Desk) -> None:
    found = rows(desk)
    assert len({row["family"] for row in found if row["family"]}) == 1
    assert len({row["case_id"] for row in found}) == 3
    assert len({row["actor"] for row in found}) == 2


def test_of_details_it_is_kept_that_they_were_given_and_codes(desk: Desk) -> None:
    found = rows(desk)
    received, other, blank = found[0], found[-2], found[-1]
    assert received["source"] == "1A" and other["source"] == "given" and blank["reason"] == ""
    assert received["team"].startswith("team-") and "priority" not in received
    assert {row["rationale"] for row in found} == {"", "given"}
    assert blank["role"].startswith("role-") and received["role"] == "manager"


def test_the_same_key_gives_the_same_and_another_none_that_match(desk: Desk) -> None:
    assert rows(desk) == rows(desk)
    mine, theirs = (
        {value for row in rows(desk, key) for value in row.values() if "-" in value} for key in (KEY, OTHER)
    )
    assert {value for value in mine & theirs if not value.startswith("2024-")} == set()


def test_episodes_of_one_name_in_two_cases_do_not_tell_of_each_other(desk: Desk) -> None:
    episodes = {(row["case_id"], row["episode"]) for row in rows(desk) if row["event"].startswith("contact.")}
    assert len({episode for _, episode in episodes}) == len(episodes) == 3


def test_it_is_read_and_imported_as_any_flat_event_log(desk: Desk) -> None:
    other = open_desk("2024-03-05T09:00")
    looked = look_over(other, read_text(taken(desk, under(desk))))
    assert [problem.rule for problem in looked.problems] == [
        "missing-detail",
        "wrong-role",
    ] and not looked.source.rejected


def test_a_pseudonym_of_nothing_is_nothing_and_an_id_is_of_the_form_of_one(desk: Desk) -> None:
    pseudonyms = under(desk)
    assert (pseudonyms.of("case", ""), pseudonyms.event_id("")) == ("", "")
    assert len({pseudonyms.of("case", "x"), pseudonyms.of("worker", "x"), pseudonyms.of("case", "x", within="y")}) == 3
    assert uuid.UUID(pseudonyms.event_id("x")).version == 5


# ---- keys ----


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    file = str(tmp_path / "borough.key")
    new_key(file)
    key = read_key(file)
    assert len(key) == 32 and os.stat(file).st_mode & 0o777 == 0o600
    with pytest.raises(IsThere, match="a key is never written over: name another"):
        new_key(file)
    assert read_key(file) == key
    os.chmod(file, 0o640)
    with pytest.raises(InputError, match="may be read by others than its owner. chmod 600"):
        read_key(file)


def test_a_key_that_is_short_or_is_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "short").write_bytes(b"password")
    (tmp_path / "short").chmod(0o600)
    with pytest.raises(InputError, match="has 8 bytes: a key has 32 random ones at least"):
        read_key(str(tmp_path / "short"))
    with pytest.raises(InputError, match="cannot be read: no such file"):
        read_key(str(tmp_path / "none"))


@pytest.mark.parametrize("held", [bytes(range(200, 232)), b"0123456789abcdef" * 4, b"0123456789abcdef" * 4 + b"\n"])
def test_an_older_key_is_read_as_it_was_made(tmp_path: Path, held: bytes) -> None:
    (tmp_path / "key").write_bytes(held)
    (tmp_path / "key").chmod(0o600)
    assert read_key(str(tmp_path / "key")) == held


@pytest.mark.parametrize(
    "held",
    [
        b"PRIVATE+KEY+frontdoor/1b4e28ba+0123abcd+AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n", b"SQLite format 3\0" + bytes(100),
        b"a text of thirty-two bytes, sure", bytes(range(128, 228)), b"frontdoor key of pseudonyms 1\n0123456789abcdef",
        b"frontdoor key of pseudonyms 1\n" + bytes(range(200, 232)),
    ],
)  # fmt: skip
def test_what_is_no_key_of_pseudonyms_is_not_taken_for_one(tmp_path: Path, held: bytes) -> None:
    (tmp_path / "key").write_bytes(held)
    (tmp_path / "key").chmod(0o600)
    said = r"key: is no key of pseudonyms. Name one that --new-key made, or another name with --new-key.$"
    with pytest.raises(InputError, match=said):
        read_key(str(tmp_path / "key"))


def test_a_folder_is_no_key_of_pseudonyms(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: is a directory. Make one with --new-key"):
        read_key(str(tmp_path))


def test_a_key_says_what_it_is(tmp_path: Path) -> None:
    new_key(str(tmp_path / "key"))
    first, second = (tmp_path / "key").read_text().splitlines()
    assert first == "frontdoor key of pseudonyms 1" and bytes.fromhex(second) == read_key(str(tmp_path / "key"))


# ---- the command ----


def test_the_command_writes_a_log_under_pseudonyms_and_says_what_that_is(tmp_path: Path) -> None:
    log, key = tmp_path / "borough.db", tmp_path / "borough.key"
    with SqliteLog(log) as kept:
        play(open_desk("2024-03-04T09:00", log=kept), "2024-03-04T09:00 contact.receive")
    assert frontdoor("export", log, "--pseudonymise", key).status == 3
    done = frontdoor("export", log, tmp_path / "out.csv", "--pseudonymise", key, "--new-key")
    assert done == (
        0,
        f"1 event written to {tmp_path}/out.csv, with pseudonyms under {key}: still personal data.\n",
        "",
    )
    again = frontdoor("export", log, "--pseudonymise", key)
    assert again.out == (tmp_path / "out.csv").read_text() and "C-1" not in again.out
    assert frontdoor("audit", tmp_path / "out.csv").status == 0


def test_only_a_log_is_written_under_pseudonyms_and_only_as_csv(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("case_id,event,happened_at\nC-1,contact.receive,2024-03-04\n")
    for words in (["in.csv", "out.csv"], ["in.csv", "out.parquet"]):
        done = frontdoor("export", *(tmp_path / word for word in words), "--pseudonymise", tmp_path / "key")
        assert done.status == 2 and "only a log of our own" in done.err
    assert "--pseudonymise KEYFILE: name it" in frontdoor("export", tmp_path / "in.csv", "--new-key").err
