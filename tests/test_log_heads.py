"""How far many cases have come, asked of a log at once: what it says of each asked alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from frontdoor import MemoryLog, SqliteLog
from frontdoor.event import Draft
from frontdoor.log import EventLog, Head

NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(params=["memory", "file"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EventLog]:
    """A log with three events of C-1 and, among them, one of each of some hundred other cases."""
    made = MemoryLog() if request.param == "memory" else SqliteLog(tmp_path / "borough.db")
    with made:
        with made.writing() as writing:
            writing.append([draft(case) for case in ("C-1", *(f"D-{number}" for number in range(1_100)), "C-1", "C-1")])
        yield made


def draft(case_id: str) -> Draft:
    return Draft(
        case_id, "contact.receive", NOON, NOON, "officer-1", "referral_officer", "contact-1", "", {}, str(uuid4())
    )


def test_of_every_case_it_says_what_it_says_of_that_alone(log: EventLog) -> None:
    cases = ["C-1", *(f"D-{number}" for number in range(1_100)), "C-9"]
    heads = log.heads(cases)
    assert list(heads) == cases
    assert heads == {case_id: log.head(case_id) for case_id in cases}
    assert (heads["C-1"].version, heads["D-7"].version, heads["C-9"]) == (3, 1, Head(0, ""))


def test_of_no_case_it_says_nothing(log: EventLog) -> None:
    assert log.heads([]) == {}


def test_within_a_transaction_it_sees_what_was_appended_there(log: EventLog) -> None:
    with log.writing() as writing:
        before = writing.heads(["C-1", "C-9"])
        *_, last = writing.append([draft("C-9"), draft("C-1")])
        after = writing.heads(["C-9", "C-1", "C-8"])
    assert (before["C-1"].version, before["C-9"].version) == (3, 0)
    assert after == {"C-9": Head(1, log.events("C-9")[0].hash), "C-1": Head(4, last.hash), "C-8": Head(0, "")}
