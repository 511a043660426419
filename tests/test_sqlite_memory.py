"""What a log remembers from one transaction to the next: as long as nobody else has written, and nothing was undone."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from frontdoor import SqliteLog
from frontdoor.event import Draft
from frontdoor.log import Head
from frontdoor.log.standing import EpisodeRow, Standing

NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a log may be made."""
    return tmp_path / "borough.db"


@pytest.fixture
def log(path: Path) -> Iterator[SqliteLog]:
    """A log with an event of C-1, of which something stands."""
    with SqliteLog(path) as made:
        append(made)
        yield made


def draft(case_id: str) -> Draft:
    return Draft(
        case_id, "contact.receive", NOON, NOON, "officer-1", "referral_officer", "contact-1", "", {}, str(uuid4())
    )


def append(log: SqliteLog, title: str = "Contact received") -> None:
    row = EpisodeRow(
        "C-1", 1, "contact-1", "contact", "received", title, 1, "", NOON.isoformat(), NOON.isoformat(), "", ""
    )
    with log.writing() as writing:
        writing.append([draft("C-1")])
        writing.stand([Standing("C-1", (row,))])


def seen(log: SqliteLog) -> tuple[int, int, str]:
    """What a transaction sees: the last position, the version of C-1, and what its episode is called."""
    with log.writing() as writing:
        last = writing.last()
        return (last.position if last else 0), writing.head("C-1").version, writing.standing("C-1").episodes[0].title


def test_what_was_written_before_is_seen_in_the_next_transaction(log: SqliteLog) -> None:
    append(log, "Another title")
    assert seen(log) == (2, 2, "Another title")


def test_what_another_has_written_since_is_seen(log: SqliteLog, path: Path) -> None:
    assert seen(log) == (1, 1, "Contact received")
    with SqliteLog(path) as other:
        append(other, "Another title")
    assert seen(log) == (2, 2, "Another title")


def test_two_that_write_in_turn_build_on_one_another(log: SqliteLog, path: Path) -> None:
    with SqliteLog(path) as other:
        for number in range(3):
            append(other, f"other {number}")
            append(log, f"this {number}")
            assert seen(other) == seen(log) == (3 + 2 * number, 3 + 2 * number, f"this {number}")


def test_what_stands_is_asked_again_though_somebody_else_changed_nothing_else(log: SqliteLog, path: Path) -> None:
    seen(log)
    with sqlite3.connect(path) as other:
        other.execute("UPDATE episodes_now SET title = 'Changed by hand'")
    other.close()
    assert seen(log) == (1, 1, "Changed by hand")


def test_what_was_undone_is_forgotten(log: SqliteLog) -> None:
    with suppress(KeyError), log.writing() as writing:
        writing.append([draft("C-1")])
        writing.stand([Standing("C-1")])
        assert writing.head("C-1").version == 2
        raise KeyError
    assert seen(log) == (1, 1, "Contact received")


def test_of_a_case_that_has_not_begun_nothing_is_known_until_another_begins_it(log: SqliteLog, path: Path) -> None:
    with log.writing() as writing:
        assert writing.head("C-2") == Head(0, "")
    with SqliteLog(path) as other, other.writing() as writing:
        writing.append([draft("C-2")])
    with log.writing() as writing:
        assert writing.head("C-2").version == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_what_a_fork_wrote_is_seen_on_the_other_side(log: SqliteLog) -> None:
    seen(log)
    child = os.fork()
    if not child:
        append(log, "Written by the child")
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert seen(log) == (2, 2, "Written by the child")
    append(log, "And by the parent")
    assert seen(log) == (3, 3, "And by the parent")
