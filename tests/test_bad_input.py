"""Bad input at the real command line: one sentence, the status that says whose it is, and nothing written.

What each format's reader refuses is in its own tests; here is what a log, a key, a checkpoint and an event may be that they must not.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import struct
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from commands import Ran, frontdoor
from desks import entry
from postgres import server

from frontdoor import Desk, SqliteLog
from frontdoor.log import schema
from frontdoor.log.checkpoint import Checkpoint
from frontdoor.log.note import new_key
from frontdoor.log.postgres import PostgresLog, create

ID = "1b4e28ba-2fa1-41d2-883f-0016d3cca427"
LOOKING = [
    "show LOG C-1", "explain LOG C-1 contact.screening", "verify LOG", "checkpoint LOG", "checkpoint LOG --out made", "export LOG",
    "export LOG made.csv", "export LOG made.xes", "export LOG made.csv --pseudonymise made --new-key", "audit LOG", "audit LOG --deadlines made.csv",
    "retention LOG", "subject-access LOG C-1 --out made", "prove LOG --case C-1 --key key --out made", "doctor LOG", "doctor LOG --full",
    "keygen LOG made", "forecast LOG", "calibrate LOG --out made", "check LOG --due-within 2\xa0days", "import LOG events.csv --dry-run",
    "backup LOG made.db", "restore LOG made.db",
]  # fmt: skip
WRITING = [
    "record LOG C-900 contact.receive --actor a --role referral_officer --detail source=6", "check LOG", "check LOG --at 16:00 --actor a --role manager",
    "import LOG events.csv", f"correct LOG {ID} --struck-out --reason r --actor a --role manager", "rebuild LOG",
    "accept-clock LOG --actor a --role manager --because b", "accept-copy LOG --actor a --role manager --because b",
    "forget LOG --case C-1 --keys keys --actor a --because b --yes",
]  # fmt: skip
EVERY = [*LOOKING, *WRITING]
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of a hundred cases, its keys, and a file of events."""
    place = tmp_path_factory.mktemp("original")
    log = place / "borough.db"
    with Desk(SqliteLog(log)) as desk:  # whose clock is the computer's, as that of the commands
        desk.record_many(
            [entry("contact.receive", event_id=ID), *(entry("contact.receive", f"C-{n}") for n in range(2, 101))]
        )
        key = new_key(f"frontdoor/{desk.log.log_id}")
    (place / "key").touch(mode=0o600)
    (place / "key").write_text(f"{key}\n")
    (place / "vkey").write_text(f"{key.public}\n")
    (place / "keys").write_bytes(b"not keys at all")
    (place / "events.csv").write_text(
        "case_id,event,happened_at,actor,role,source\nC-900,contact.refer,2024-03-04T10:00,a,manager,6\n"
    )
    assert frontdoor("checkpoint", log, "--key", place / "key", "--out", place / "signed").status == 0
    return place


@pytest.fixture
def place(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = shutil.copytree(original, tmp_path / "place")
    monkeypatch.chdir(made)
    return made


def held(place: Path) -> dict[str, bytes]:
    """What every file holds, but those that SQLite has beside a log to read it."""
    files = (path for path in place.rglob("*") if path.is_file() and not path.name.endswith(("-wal", "-shm")))
    return {str(path.relative_to(place)): path.read_bytes() for path in files}


def said(found: Ran) -> str:
    """The one sentence that a command ends with, which no terminal obeys; it has printed nothing else but what it says of examples."""
    assert found.out == "" and "Traceback" not in found.err and not RAW.search(found.err), found
    lines = [
        line
        for line in found.err.splitlines()
        if line.startswith(("Error: ", "frontdoor: ")) and " is an example that " not in line
    ]
    assert len(lines) == 1, found
    return lines[0]


def go(words: str, log: object = "borough.db") -> Ran:
    return frontdoor(*(log if word == "LOG" else word.replace("\xa0", " ") for word in words.split(" ")))


# ---- a log that is none, or of another version ----


def other_program(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA application_id = 252006673")
        db.execute("CREATE TABLE log (log_id TEXT)")
        db.execute("CREATE TABLE events (position INTEGER)")
    db.close()


NO_LOGS: dict[str, Callable[[Path], object]] = {
    "another program's database": other_program,
    "text": lambda path: path.write_text("case_id;when\n" * 100),
    "a program": lambda path: path.write_bytes(Path(sys.executable).read_bytes()[:5000]),
    "its first bytes and nothing else": lambda path: path.write_bytes(path.read_bytes()[:60]),
}


@pytest.mark.parametrize("words", EVERY)
@pytest.mark.parametrize("kind", NO_LOGS)
def test_what_is_no_log_is_left_as_it_is(place: Path, kind: str, words: str) -> None:
    NO_LOGS[kind](place / "borough.db")
    before = held(place)
    found = go(words)
    is_mistaken = kind in ("text", "a program") and "--pseudonymise" in words  # of what may be any file
    assert found.status == (2 if is_mistaken else 3) and said(found)
    assert held(place) == before


@pytest.mark.parametrize("words", EVERY)
def test_a_log_of_a_newer_frontdoor_is_left_as_it_is(place: Path, words: str) -> None:
    with sqlite3.connect("borough.db") as db:
        db.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    db.close()
    before = held(place)
    found = go(words)
    if words.startswith("doctor"):
        assert found.status == 1 and "was written by a newer frontdoor" in found.out and "Traceback" not in found.err
    else:
        assert found.status == 3 and said(found).endswith("update frontdoor.")
    assert held(place) == before


# ---- a log that is damaged ----


def pages(path: Path) -> Iterator[tuple[int, int]]:
    """Where each page of a file begins, and how long it is."""
    (size,) = struct.unpack(">H", path.read_bytes()[16:18])
    return ((at, size) for at in range(0, path.stat().st_size, size))


@pytest.mark.parametrize(
    "words",
    [
        "verify LOG",
        "show LOG C-1",
        "export LOG",
        "check LOG",
        "rebuild LOG",
        "doctor LOG --full",
        "backup LOG made.db",
        EVERY[23],
    ],
)
def test_a_page_that_was_overwritten_is_told_or_not_needed_and_never_a_traceback(place: Path, words: str) -> None:
    whole = (place / "borough.db").read_bytes()
    told = 0
    for at, size in [*pages(place / "borough.db")][1 :: 25 if words.startswith("doctor") else 5]:
        (place / "borough.db").write_bytes(whole[:at] + b"\xff" * size + whole[at + size :])
        before = held(place)
        found = go(words)
        assert "Traceback" not in found.err and found.status in ((0, 1, 4) if words.startswith("doctor") else (0, 4)), (
            found
        )
        if found.status == 4:
            told += 1
            assert words.startswith("doctor") or said(found)
        if found.status == 4 or not words.startswith(("record", "check", "rebuild", "backup")):
            assert held(place) == before
        for path in place.glob("*.db*"):
            path.unlink()
    assert told > 1 or words.startswith(("doctor", "show", "record", "check", "rebuild"))


# ---- checkpoints and signatures ----


def log_id() -> str:
    with SqliteLog("borough.db", read_only=True) as log:
        return log.log_id


def with_other_checkpoint() -> None:
    key = new_key("frontdoor/another")
    Path("signed").write_text(key.sign(str(Checkpoint("another", 1, bytes(32)))), encoding="utf-8")


def with_forged_signature() -> None:
    Path("signed").write_text(Path("signed").read_text(encoding="utf-8").replace("\n100\n", "\n99\n"), encoding="utf-8")


@pytest.mark.parametrize(
    "words",
    [
        "verify LOG --checkpoint signed --vkey vkey", "verify LOG --checkpoint signed", "checkpoint LOG --out signed", "checkpoint LOG --since signed",
        "checkpoint LOG --since signed --proof made", "prove LOG --case C-1 --checkpoint signed --vkey vkey --out made",
        "prove LOG --case C-1 --checkpoint signed --key key --out made", "restore LOG made.db --checkpoint signed",
    ],
)  # fmt: skip
@pytest.mark.parametrize("wrong", [with_other_checkpoint, with_forged_signature])
def test_a_checkpoint_of_another_log_or_a_forged_one_holds_for_nothing(
    place: Path, wrong: Callable[[], None], words: str
) -> None:
    wrong()
    before = held(place)
    found = go(words)
    is_unknown_key = wrong is with_other_checkpoint and ("vkey" in words or words.startswith("prove"))
    assert found.status == (3 if is_unknown_key else 4) and said(found)
    assert held(place) == before


# ---- events ----


def events() -> int:
    with SqliteLog("borough.db", read_only=True) as log:
        return log.size()


@pytest.fixture(scope="module")
def address() -> str:
    """A log in PostgreSQL of one case, of the same event."""
    made = server()
    with psycopg.connect(made.dsn(), autocommit=True) as owner:
        owner.execute("CREATE DATABASE of_bad_input")
    create(made.dsn(database="of_bad_input"), app_role="case_system", reader_role="managers")
    address = made.dsn("case_system", "of_bad_input")
    with Desk(PostgresLog(address)) as desk:
        desk.record_many([entry("contact.receive", event_id=ID)])
    return address


def both(place: Path, address: str) -> list[tuple[str, Callable[[], int]]]:
    """Both logs, and how many events each has."""

    def there() -> int:
        with PostgresLog(address, read_only=True) as log:
            return log.size()

    return [("borough.db", events), (address, there)]


DEEP = 100_000
BAD_EVENTS: dict[str, tuple[list[str], int, str]] = {
    "an id that is another event's": (["--event-id", ID, "--detail", "source=9"], 3, f"frontdoor: the event id {ID} is that of contact.receive of C-1, which differs in "),
    "an id that is none": (["--event-id", "one\x1b[2J"], 3, "is not a UUID"),
    "ten million letters": (["--detail", "source=6", "--detail", f"note={'x' * 10_000_000}"], 3, "details have 10,000,0"),
    "half a character": (["--detail", "note=\udc80"], 3, "half a character"),
    "NUL": (["--detail", "note=a\0b"], 3, "NUL"),
    "a worker with a line break": (["--actor", "a\nfrontdoor: all is well"], 3, "actor holds a control character"),
    "a worker who moves the cursor": (["--actor", "a\x1b[2J\x9b31m"], 3, "actor holds a control character"),
    "a worker turned round": (["--actor", "a\u202eb"], 3, "actor holds a character that cannot be seen (U+202E)"),
    "a role turned round": (["--role", "\u2066manager"], 3, "role holds a character that cannot be seen (U+2066)"),
    "a family turned round": (["--family", "F\u200f1"], 3, "family holds a character that cannot be seen (U+200F)"),
    "an episode that moves the cursor": (["--episode", "e\x07\x08"], 3, "episode holds a control character"),
    "a date that moves the cursor": (["--at", "\x1b[2J2024"], 2, "is not a date"),
    "a detail without a name": (["--detail", "\x1b[2J\u202e"], 2, "is not a detail"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD_EVENTS)
def test_an_event_that_cannot_be_is_refused_in_both_logs_and_in_none(place: Path, address: str, kind: str) -> None:
    more, status, words = BAD_EVENTS[kind]
    for log, size in both(place, address):
        before, files = size(), held(place)
        found = frontdoor("record", log, "C-7", "contact.receive", "--actor", "a", "--role", "referral_officer", *more)
        assert found.status == status and found.out == "" and "Traceback" not in found.err
        assert words in found.err and not RAW.search(found.err) and len(found.err) < 2_000
        assert (size(), held(place)) == (before, files)


@pytest.mark.parametrize("name", ["case", "event"])
@pytest.mark.parametrize("text", ["C\x1b[2J", "C\u202e1", "C\n1", "C" * 10_000_000])
def test_a_case_or_an_event_that_moves_a_cursor_or_is_endless_is_refused(
    place: Path, address: str, name: str, text: str
) -> None:
    for log, size in both(place, address):
        before = size()
        words = [text, "contact.receive"] if name == "case" else ["C-7", text]
        found = frontdoor("record", log, *words, "--actor", "a", "--role", "referral_officer", "--detail", "source=6")
        assert (found.status, found.out, size()) == (3, "", before)
        assert not RAW.search(found.err) and len(found.err) < 3_000 and "Traceback" not in found.err


def rows(**more: str) -> str:
    row = {
        "case_id": "C-900",
        "event": "contact.receive",
        "happened_at": "2024-03-04T10:00",
        "actor": "a",
        "role": "referral_officer",
        "source": "6",
    } | more
    return ",".join(row) + "\n" + ",".join('"' + value.replace('"', '""') + '"' for value in row.values()) + "\n"


BAD_FILES: dict[str, tuple[str, Callable[[], str], str]] = {
    "an id with other content": ("in.csv", lambda: rows(event_id=ID), f"the log has the event id {ID} with other content."),
    "ten million letters": ("in.csv", lambda: rows(note="x" * 10_000_000), "characters"),
    "a case that moves the cursor": ("in.csv", lambda: rows(case_id="C\x1b[2J"), "control character"),
    "a worker turned round": ("in.csv", lambda: rows(actor="a\u202eb"), "cannot be seen"),
    "JSON that is endlessly deep": ("in.json", lambda: '{"events":' + "[" * DEEP + "]" * DEEP + "}", "in.json"),
    "details that are endlessly deep": (
        "in.jsonocel",
        lambda: '{"objectTypes":[],"eventTypes":[],"objects":[],"events":[{"id":"1","type":"contact.receive","time":"2024-03-04T10:00:00Z","attributes":'
        + '[{"a":' * DEEP + "1" + "}]" * DEEP + "}]}", "in.jsonocel",
    ),
    "XML that is endlessly deep": ("in.xes", lambda: '<log xmlns="http://www.xes-standard.org/">' + "<trace>" * DEEP, "in.xes"),
}  # fmt: skip


@pytest.mark.parametrize("command", ["import", "audit", "export"])
@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_file_of_bad_events_brings_nothing_into_a_log(place: Path, address: str, kind: str, command: str) -> None:
    name, text, words = BAD_FILES[kind]
    Path(name).write_text(text(), encoding="utf-8")
    for log, size in both(place, address) if command == "import" else [("", lambda: 0)]:
        before, files = size(), held(place)
        given: list[Any] = {"import": [log, name], "audit": [name, "--json"], "export": [name, "made.parquet"]}[command]
        found = frontdoor(command, *given)
        assert "Traceback" not in found.err and not RAW.search(found.err) and len(found.err) < 5_000, found.err[:3000]
        if command == "import" or "deep" in kind:
            assert found.status == 3 and words in found.err, found
            assert re.fullmatch(r"(Nothing was recorded.*\n)?", found.out)
            assert (size(), held(place)) == (before, files)
        else:
            assert found.status in (0, 3) and not RAW.search(found.out)


def test_details_in_a_log_that_are_endlessly_deep_are_told(place: Path) -> None:
    deep = '{"a":' * DEEP + "1" + "}" * DEEP
    with sqlite3.connect("borough.db") as db:
        db.execute("DROP TRIGGER events_no_update")
        db.execute("UPDATE events SET details = ? WHERE position = 1", (deep,))
    db.close()
    before = held(place)
    for words in (
        "show borough.db C-1",
        "export borough.db",
        "verify borough.db",
        "audit borough.db",
        "subject-access borough.db C-1 --out made",
    ):
        found = frontdoor(*words.split())
        assert found.status == 4 and said(found).startswith("frontdoor: "), found
        assert held(place) == before


# ---- PostgreSQL ----


def in_schema(*statements: str) -> str:
    """A database with a log in it that somebody has changed."""
    made, name = server(), f"bad_{uuid4().hex}"
    with psycopg.connect(made.dsn(), autocommit=True) as owner:
        owner.execute(f"CREATE DATABASE {name}".encode())
    create(made.dsn(database=name), app_role="case_system", reader_role="managers")
    with psycopg.connect(made.dsn(database=name), autocommit=True, options="-c search_path=frontdoor") as owner:
        for statement in statements:
            owner.execute(statement.encode())
    return made.dsn("case_system", name)


@pytest.mark.parametrize(
    "statements, status, words",
    [
        (["INSERT INTO schema_version (version) SELECT max(version) + 1 FROM schema_version"], 3, "was made by a newer frontdoor"),
        (["DROP TABLE places CASCADE"], 4, "is damaged"),
        (["DROP TABLE log CASCADE"], 4, "is damaged"),
        (["ALTER TABLE schema_version RENAME TO ours"], 3, "there is no log"),
        (["ALTER TABLE schema_version RENAME COLUMN version TO release"], 4, "is damaged"),
    ],
)  # fmt: skip
def test_a_schema_that_is_newer_damaged_or_another_programs_is_one_sentence(
    place: Path, statements: list[str], status: int, words: str
) -> None:
    log = in_schema(*statements)
    for command in (
        "show LOG C-1",
        "verify LOG",
        "export LOG made.csv",
        "rebuild LOG",
        WRITING[0],
        "import LOG events.csv",
    ):
        before = held(place)
        found = go(command, log)
        assert found.status == status and words in said(found)
        assert held(place) == before


def test_a_checkpoint_of_another_log_holds_for_none_in_postgres(place: Path, address: str) -> None:
    found = go("verify LOG --checkpoint signed", address)
    assert found.status == 4 and "the checkpoint is of another log" in said(found)


# ---- workflow files ----

EVIL = "\\u001b[2J\\u202e\\u009b31m"
EVIL_TOML = f"""
title = "Mine{EVIL}"
[workflows.referral.timers.decision]
title = "Decide{EVIL}"
allowed = "1 working days"
cites = "a{EVIL}"
[workflows.referral.states.received]
title = "Received{EVIL}"
"""


@pytest.mark.parametrize(
    "words",
    [
        "validate evil.toml", "validate evil.toml --json", "validate wrong.toml", "validate wrong.toml --json", "workflows show referral --local evil.toml",
        "workflows show referral --json --local evil.toml", "show LOG C-1 --local evil.toml", "show LOG C-1 --local wrong.toml",
        "explain LOG C-1 contact.screening --local evil.toml", "retention LOG --rules evil.toml", "simulate evil.toml",
    ],
)  # fmt: skip
def test_no_workflow_file_moves_the_cursor_of_who_looks_at_it(place: Path, words: str) -> None:
    Path("evil.toml").write_text(EVIL_TOML)
    Path("wrong.toml").write_text(f'{EVIL_TOML}["x{EVIL}"]\ny = 1\n[workflows."n{EVIL}"]\ninitial = "{EVIL}"\n')
    before = held(place)
    found = go(words)
    assert not RAW.search(found.out + found.err) and "Traceback" not in found.err
    assert found.status in (0, 2, 3) and (found.out or found.err)
    assert held(place) == before


def test_the_address_of_a_database_in_the_place_of_a_file_is_told_in_one_sentence() -> None:
    found = frontdoor("audit", "postgresql://ada:hunter2@host/borough")
    said = "the input: the address of a database is not read here. Name the file that 'frontdoor export ADDRESS FILE' writes."
    assert found == (3, "", f"frontdoor: {said}\n")
