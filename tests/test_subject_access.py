"""Everything that is held about a case: nothing of it left out, nothing of another case in it, and a person to read it first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from commands import frontdoor
from desks import moment, open_desk, set_clock

from frontdoor import Desk, SqliteLog
from frontdoor.errors import UnknownCase
from frontdoor.report.held import NOTE, held, page

JO, AL = {"actor": "Jo Worker", "role": "referral_officer"}, {"actor": "al", "role": "manager"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log of two siblings: a breach withdrawn and one that stands, a correction, a daily check."""
    path = tmp_path / "borough.db"
    with SqliteLog(path) as log:
        desk = open_desk("2024-03-04T09:00", log=log)
        for case in ("Kim", "Lee"):
            desk.record(case, "contact.receive", **JO, family="F-1", details={"source": "6"})
        set_clock(desk, "2024-03-07T09:00")
        desk.daily_check("16:00", **AL)
        details = {"rationale": "<b>bruise</b>, said al"}
        desk.record("Kim", "contact.refer", **AL, happened_at=moment("2024-03-04T15:00"), details=details)
        done = desk.record("Kim", "referral.accept", **JO, details={"rationale": "x"}, despite="nobody else was there")
        change = {"actor": "al", "role": "manager"}
        desk.correct(done.event_id, **JO, reason="al did it", becomes=change)
        desk.record("Lee", "contact.pass_on", **JO, details={"worker": "Sam"})
    return path


@pytest.fixture
def desk(path: Path) -> Any:
    with SqliteLog(path, read_only=True) as log:
        yield open_desk("2024-03-08T09:00", log=log)


def test_every_event_is_there_as_it_was_recorded_and_as_it_stands(desk: Desk) -> None:
    found = held(desk, "Kim")
    events = desk.log.events("Kim")
    assert [one["event_id"] for one in found["recorded"]] == [event.event_id for event in events]
    assert [one["details"] for one in found["recorded"]] == [dict(event.details) for event in events]
    (accepted,) = (one for one in found["stands"]["timeline"] if one["event"] == "referral.accept")
    assert (accepted["actor"], accepted["corrected_by"] != "") == ("al", True)
    assert [bool(one["withdrawn_at"]) for one in found["stands"]["breaches"]][:1] == [True]
    json.dumps(found)


def test_daily_checks_that_named_it_are_there_with_what_they_said_of_it_alone(desk: Desk) -> None:
    (check,) = held(desk, "Kim")["named_in_checks"]
    assert check["by"] == "al" and [row["case_id"] for row in check["outstanding"]] == ["Kim"]


def test_the_page_has_all_of_it_and_nothing_of_another_case(desk: Desk) -> None:
    text = page(desk, "Kim")
    for said in ("Kim", "F-1", "Jo Worker", "&lt;b&gt;bruise", "nobody else was there", "al did it", "withdrawn"):
        assert said in text, said
    assert "Lee" not in text and "Sam" not in text and "<b>bruise" not in text
    assert text.index(NOTE[:40]) < text.index('<main id="main"')
    for event in desk.log.events("Kim"):
        assert event.event in text


def test_workers_may_be_told_apart_without_their_names(desk: Desk) -> None:
    found, text = held(desk, "Kim", workers=False), page(desk, "Kim", workers=False)
    said = json.dumps(found)
    assert "Jo Worker" not in said and "Jo Worker" not in text
    assert [one["actor"] for one in found["recorded"] if one["actor"]] == [
        "worker 1",
        *["worker 2"] * 2,
        *["worker 1"] * 3,
    ]
    (correction,) = (one for one in found["recorded"] if one["event"] == "referral.corrected")
    assert correction["details"]["becomes"]["actor"] == "worker 2"
    assert "<b>bruise</b>, said al" in said  # within a text nobody finds them but a person
    assert "a name within a longer text stands there still" in text
    assert held(desk, "Lee", workers=False)["recorded"][-1]["details"]["worker"] == "a worker"


def test_of_a_case_that_is_not_there_it_is_said(desk: Desk) -> None:
    with pytest.raises(UnknownCase, match="there is no case 'Kin' in the log. Did you mean Kim"):
        held(desk, "Kin")


def test_the_command_writes_a_folder_that_only_its_owner_reads(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "Kim"
    done = frontdoor("subject-access", path, "Kim", "--out", out)
    assert done.status == 0 and done.out.endswith(f"{NOTE}\n")
    assert {one.name for one in out.iterdir()} == {"case.html", "events.json"}
    assert out.stat().st_mode & 0o777 == 0o700 and {one.stat().st_mode & 0o777 for one in out.iterdir()} == {0o600}
    assert len(json.loads((out / "events.json").read_text())["recorded"]) > 5
    again = frontdoor("subject-access", path, "Kim", "--out", out)
    assert again.status == 2 and "is there already" in again.err
    assert frontdoor("subject-access", path, "Kin", "--out", tmp_path / "new").status == 2
    assert not (tmp_path / "new").exists()
    hidden = frontdoor("subject-access", path, "Kim", "--out", tmp_path / "hidden", "--without-workers")
    assert hidden.status == 0 and "Jo Worker" not in (tmp_path / "hidden/case.html").read_text()


def test_sealed_words_are_in_it_by_the_keys_and_without_them_it_says_that_they_are_not(tmp_path: Path) -> None:
    log, keys = tmp_path / "sealed.db", tmp_path / "apart.keys"
    with SqliteLog(log, keys=keys) as opened:
        desk = open_desk("2024-03-04T09:00", log=opened)
        desk.record("Kim", "contact.receive", **JO, details={"source": "6", "note": "her grandmother rang"})
    without = frontdoor("subject-access", log, "Kim", "--out", tmp_path / "without")
    assert "1 of them has words that could not be read, and are not in it" in without.out
    assert "grandmother" not in (tmp_path / "without/events.json").read_text()
    found = frontdoor("subject-access", log, "Kim", "--out", tmp_path / "with", "--keys", keys)
    assert found.status == 0 and "could not be read" not in found.out
    for name in ("events.json", "case.html"):
        assert "her grandmother rang" in (tmp_path / "with" / name).read_text()


def test_without_workers_none_is_named_within_a_list_or_a_table_either() -> None:
    desk = open_desk("2024-03-04T09:00")
    details = {"source": "6", "present": ["Jo Worker", "Sam"], "told": {"whom": "Jo Worker", "also": [["Jo Worker"]]}}
    desk.record("Kim", "contact.receive", **JO, details=details)
    (one,) = held(desk, "Kim", workers=False)["recorded"]
    told = {"whom": "worker 1", "also": [["worker 1"]]}
    assert one["details"] == {"source": "6", "present": ["worker 1", "Sam"], "told": told}
    assert "Jo Worker" not in json.dumps(held(desk, "Kim", workers=False)) + page(desk, "Kim", workers=False)
