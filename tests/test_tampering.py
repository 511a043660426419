"""Whoever can write a log's file can change anything in it: what of that `frontdoor verify` finds, alone and beside a checkpoint."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from frontdoor.log.chain import COLUMNS, Record
from frontdoor.log.note import new_key
from frontdoor.log.sqlite import SqliteLog
from frontdoor.testing.conformance import a_draft, append
from tests.commands import Ran, frontdoor
from tests.test_chain import ALTERED, Change, changed, forged, rehashed, sha
from tests.test_verify_command import tamper

HASH, LINK = COLUMNS.index("hash"), COLUMNS.index("link")
EVENTS = 12


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of three cases whose events take turns."""
    path = tmp_path / "borough.db"
    with SqliteLog(path) as opened:
        append(opened, *(a_draft(f"C-{number % 3}", details={"n": number}) for number in range(EVENTS)))
    return path


def held(log: Path) -> list[Record]:
    """Its events as they are stored."""
    with SqliteLog(log, read_only=True) as opened:
        return [*opened.records()]


def put(log: Path, records: Sequence[Record]) -> None:
    """Put other events in the place of those of a log, as somebody could who can write its file: in a table without the
    constraints where they are in the way."""
    db = sqlite3.connect(log)
    for (trigger,) in db.execute(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'events'"
    ).fetchall():
        db.execute(f"DROP TRIGGER {trigger}")
    insert = f"INSERT INTO events ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
    db.execute("DELETE FROM events")
    try:
        db.executemany(insert, records)
    except sqlite3.Error:
        db.rollback()
        db.execute("DROP TABLE events")
        db.execute(f"CREATE TABLE events ({', '.join(COLUMNS)})")
        db.executemany(insert, records)
    db.commit()
    db.close()


def found(ran: Ran) -> str:
    """The sentence in which a log is said not to be as it was."""
    assert (ran.status, ran.out, ran.err.count("\n")) == (4, "", 1), ran
    return ran.err.removeprefix("frontdoor: ")


def anew(records: Sequence[Record], log_id: str) -> list[Record]:
    """The whole chain made anew, for a log of that id."""
    made: list[Record] = []
    for record in forged(records):
        link = str(made[-1][LINK]) if made else log_id
        made.append(changed(record, link=sha(link, str(record[0]), str(record[HASH]))))
    return made


def id_of(log: Path) -> str:
    """The log's id."""
    with SqliteLog(log, read_only=True) as opened:
        return opened.log_id


# ---- what shows in the log alone ----


@pytest.mark.parametrize("column", COLUMNS)
def test_a_changed_byte_of_any_column_of_any_event_is_found(log: Path, column: str) -> None:
    records = held(log)
    for at in (0, 5, EVENTS - 1):
        value = records[at][COLUMNS.index(column)]
        if isinstance(value, int):
            others: list[object] = [value + 1, value + 100]
        else:
            others = [value[:-1] + chr(ord(value[-1]) ^ 1), chr(ord(value[0]) ^ 1) + value[1:]] if value else ["x"]
        for other in others:
            put(log, [*records[:at], changed(records[at], **{column: other}), *records[at + 1 :]])
            found(frontdoor("verify", log))
    put(log, records)
    assert frontdoor("verify", log).status == 0


def test_an_event_that_could_be_read_in_two_ways_is_found(log: Path) -> None:
    """A NUL parts what is hashed: were it in a text as well, two events would have one hash, and be in one signed tree."""
    records, log_id = held(log), id_of(log)
    one, other = ({"actor": "a\0b", "role": "c"}, {"actor": "a", "role": "b\0c"})
    made = [anew([changed(records[0], **values), *records[1:]], log_id) for values in (one, other)]
    assert [record[HASH] for record in made[0]] == [record[HASH] for record in made[1]]
    for each in made:
        put(log, each)
        assert found(frontdoor("verify", log)).startswith("event 1 is not as it was recorded: it holds a NUL")


IN_A_FILE = {name: change for name, change in ALTERED.items() if name != "two swapped"}


@pytest.mark.parametrize("change", IN_A_FILE.values(), ids=list(IN_A_FILE))
def test_events_deleted_inserted_reordered_or_renumbered_are_found(log: Path, change: Change) -> None:
    put(log, change(held(log)))
    found(frontdoor("verify", log))


def test_rows_that_lie_in_another_order_with_their_positions_are_the_same_log(log: Path) -> None:
    before = frontdoor("verify", log)
    put(log, ALTERED["two swapped"](held(log)))
    assert frontdoor("verify", log) == before and before.status == 0


def test_a_row_that_was_hashed_anew_is_found_by_the_next_in_its_case_or_the_log(log: Path) -> None:
    records = held(log)
    for at in range(EVENTS - 1):
        before = next((str(one[HASH]) for one in records[at - 1 :: -1] if at and one[2] == records[at][2]), "")
        link = str(records[at - 1][LINK]) if at else id_of(log)
        altered = rehashed(changed(records[at], actor="somebody-else"), before, link)
        put(log, [*records[:at], altered, *records[at + 1 :]])
        assert found(frontdoor("verify", log)).startswith(f"event {at + 2} ")


def test_a_log_that_was_given_another_id_is_found(log: Path) -> None:
    db = sqlite3.connect(log)
    db.execute("UPDATE log SET log_id = '00000000-0000-4000-8000-000000000000'")
    db.commit()
    db.close()
    assert found(frontdoor("verify", log)).startswith("event 1 does not follow")


# ---- what shows only beside a checkpoint that was kept elsewhere ----


@pytest.fixture
def kept(log: Path, tmp_path: Path) -> list[list[object]]:
    """The words that hold the log to checkpoints of all its events: one not signed, one signed."""
    key = new_key(f"frontdoor/{id_of(log)}")
    (tmp_path / "key").write_text(f"{key}\n")
    (tmp_path / "plain").write_text(frontdoor("checkpoint", log).out)
    (tmp_path / "signed").write_text(frontdoor("checkpoint", log, "--key", tmp_path / "key").out, encoding="utf-8")
    return [["--checkpoint", tmp_path / "plain"], ["--checkpoint", tmp_path / "signed", "--vkey", key.public]]


@pytest.mark.parametrize("left", [0, 1, EVENTS - 1])
def test_a_tail_that_was_cut_is_found_beside_a_checkpoint(
    log: Path, kept: list[list[object]], left: int
) -> None:  # fmt: skip
    put(log, held(log)[:left])
    assert frontdoor("verify", log).status == 0
    for words in kept:
        assert (
            found(frontdoor("verify", log, *words))
            == f"the log has {left} event{'s' * (left != 1)}, the checkpoint 12: its tail was cut.\n"
        )


@pytest.mark.parametrize("at", [0, 5, EVENTS - 1])
def test_a_chain_made_anew_is_found_beside_a_checkpoint(
    log: Path, kept: list[list[object]], at: int
) -> None:  # fmt: skip
    records = held(log)
    put(log, anew([*records[:at], changed(records[at], actor="somebody-else"), *records[at + 1 :]], id_of(log)))
    assert frontdoor("verify", log).status == 0
    for words in kept:
        assert found(frontdoor("verify", log, *words)).startswith(
            "the first 12 events are not those that the checkpoint was made of"
        )


def test_a_checkpoint_made_anew_with_the_log_is_found_by_the_key(
    log: Path, kept: list[list[object]], tmp_path: Path
) -> None:
    records = held(log)
    put(log, anew([changed(records[0], actor="somebody-else"), *records[1:]], id_of(log)))
    was = (tmp_path / "signed").read_text(encoding="utf-8")
    said = frontdoor("checkpoint", log).out
    (tmp_path / "plain").write_text(said)
    assert frontdoor("verify", log, *kept[0]).status == 0  # nobody has signed it: it shows nothing
    (tmp_path / "signed").write_text(said + "\n" + was.rpartition("\n\n")[2], encoding="utf-8")
    assert "the signature is not one of the key" in found(frontdoor("verify", log, *kept[1]))
    (tmp_path / "signed").write_text(new_key(f"frontdoor/{id_of(log)}").sign(said), encoding="utf-8")
    ran = frontdoor("verify", log, *kept[1])
    assert (ran.status, "is not signed by the key" in ran.err) == (3, True)


# ---- a file that is made otherwise than a log's is ----


@pytest.mark.parametrize(
    "made",
    [
        "CREATE VIEW events AS SELECT * FROM kept",
        "CREATE VIEW events AS SELECT * FROM kept WHERE random() <> 0",
        "CREATE TABLE events (position INTEGER PRIMARY KEY NOT NULL, {} COLLATE NOCASE) STRICT",
    ],
)
def test_events_that_are_kept_otherwise_than_in_a_logs_own_table_are_not_taken_for_one(log: Path, made: str) -> None:
    columns = COLUMNS[1:]
    typed = ", ".join(f"{name} {'INTEGER' if name == 'version' else 'TEXT'}" for name in columns)
    tamper(log, "DROP INDEX IF EXISTS events_by_case", "ALTER TABLE events RENAME TO kept", made.format(typed))
    if "TABLE" in made:
        tamper(log, "INSERT INTO events SELECT * FROM kept")
    status, _, err = frontdoor("verify", log)
    assert (status, err.count("\n")) == (4, 1) and "is damaged: its events are not kept as a log keeps them" in err
