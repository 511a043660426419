"""Every command with the address of a database for a LOG: it works, or says one sentence; and no password is ever said again."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from commands import ROOT, Ran, environment, frontdoor
from desks import entry, open_desk
from postgres import Server, server

from frontdoor.cli.common import without_password
from frontdoor.log.note import new_key
from frontdoor.log.postgres import PostgresLog, create

SECRET = "s3cret"
DATABASE = "of_commands"
FILE = "that is the address of a database, and this is for a log in a file: "
READ = (
    "the input: the address of a database is not read here. Name the file that 'frontdoor export ADDRESS FILE' writes."
)
WORKS = {
    "retention {log}": "2 cases with an open episode.", "retention {log} --json": '"open": 2', "export {log}": "contact.receive",
    "export {log} e.csv": "2 events written to e.csv", "export {log} p.csv --pseudonymise pk --new-key": "with pseudonyms under pk",
    "subject-access {log} C-1 --out sa": "One event of C-1 written", "prove {log} --case C-1 --key key --out bundle": "with proof",
    "keygen {log} new.key": "frontdoor/", "checkpoint {log} --key key": "frontdoor/", "verify {log}": "2 events, all as they were recorded",
    "rebuild {log}": "2 cases made again from 2 events: nothing was different.", "show {log} C-1": "Timeline", "verify {log} --json": '"events": 2',
    "explain {log} C-1 contact.screening": "Due", "check {log} --due-within": "C-1", "import {log} events.csv --dry-run": "0 events would be recorded",
}  # fmt: skip
SAYS = {
    "doctor {log}": (2, FILE), "doctor {log} --full --json": (2, FILE), "backup {log} f.db": (2, FILE), "backup f.db {log}": (2, FILE),
    "restore {log} f.db": (2, FILE), "restore f.db {log}": (2, FILE), "accept-copy {log} --actor a --role manager --because x": (2, FILE),
    "simulate desk.toml --replications 1 --log {log}": (2, FILE), "audit {log}": (3, READ), "audit events.csv --against {log}": (3, READ),
    "forecast {log}": (3, READ), "calibrate {log}": (3, READ), "simulate desk.toml --replications 1 --start {log}": (3, READ),
    "board {log}": (2, "there is no command 'board'."),
    "subject-access {log} C-9 --out none": (2, "there is no case 'C-9' in the log."), "prove {log} --case C-9 --key key --out none": (2, "there is no case 'C-9'"),
    "forget {log} --case C-1 --keys none --actor a --because b --yes": (3, "there are no keys none: name the file"),
    "export events.csv {log}": (3, "a name that tells of no format"), "audit {log} --deadlines {log}": (2, "is named twice"),
    "validate {log}": (3, "cannot be read"), "demo {log}": (2, "unexpected extra argument"), "subject-access {log} C-1 --out {log}": (2, "cannot be written"),
} | {
    f"export {{log}} e.{ending}": (2, f"only CSV is written: 'frontdoor export ADDRESS events.csv', then 'frontdoor export events.csv e.{ending}'.")
    for ending in ("parquet", "xes", "xes.gz", "jsonocel", "xmlocel", "sqlite", "xlsx", "xml")
}  # fmt: skip
ASKS = [words for words in WORKS if words != "keygen {log} new.key"] + [
    "record {log} C-9 contact.receive --actor a --role referral_officer --detail source=6", "check {log}", "keygen {log} other.key",
    "correct {log} 1b4e28ba-2fa1-41d2-883f-0016d3cca427 --reason r --actor a --role manager --struck-out",
    "accept-clock {log} --actor a --role manager --because x", "export {log} x.csv --pseudonymise none --new-key",
]  # fmt: skip
"""What opens the log."""


@pytest.fixture(scope="module")
def address() -> str:
    """The address of a database with a log of two cases, with a password that nobody asks for."""
    made = server()
    with psycopg.connect(made.dsn(), autocommit=True) as owner:
        owner.execute(f"CREATE DATABASE {DATABASE}".encode())
    create(made.dsn(database=DATABASE), app_role="case_system", reader_role="managers")
    with open_desk("2024-03-04T09:00", log=PostgresLog(made.dsn("case_system", DATABASE))) as desk:
        desk.record_many([entry("contact.receive"), entry("contact.receive", "C-2")])
    return with_password(made.dsn("case_system", DATABASE))


def with_password(dsn: str) -> str:
    return dsn.replace("@", f":{SECRET}@")


@pytest.fixture
def place(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    with PostgresLog(address, read_only=True) as log:
        key = new_key(f"frontdoor/{log.log_id}")
    Path("key").touch(mode=0o600)
    Path("key").write_text(f"{key}\n")
    shutil.copy(ROOT / "examples" / "one_desk.toml", "desk.toml")
    Path("events.csv").write_text(frontdoor("export", address).out)
    return tmp_path


def go(words: str, log: str) -> Ran:
    """A command, in which the address stands for {log}; nothing that it says has the password in it."""
    every: list[object] = [log if word == "{log}" else word for word in words.split(" ")]
    if words.endswith("--due-within"):
        every.append("2 working days")
    ran = frontdoor(*every)
    assert SECRET not in ran.out + ran.err and "Traceback" not in ran.err
    return ran


def only_sentence(ran: Ran) -> str:
    """The one sentence that was said, without what click says of usage."""
    assert ran.out == ""
    (line,) = [
        line
        for line in ran.err.splitlines()
        if line.startswith(("Error: ", "frontdoor: ")) and " is an example that " not in line
    ]
    return line


@pytest.mark.parametrize("words", WORKS)
def test_it_works_on_a_log_in_a_database(place: Path, address: str, words: str) -> None:
    ran = go(words, address)
    assert ran.status == 0 and WORKS[words] in ran.out


@pytest.mark.parametrize("words", SAYS)
def test_what_does_not_work_there_is_said_in_a_sentence(place: Path, address: str, words: str) -> None:
    before = set(place.iterdir())
    ran = go(words, address)
    status, said = SAYS[words]
    if words.startswith("validate"):
        assert ran.status == status and said in ran.err
    else:
        assert (ran.status, said in only_sentence(ran)) == (status, True), ran
    assert set(place.iterdir()) == before


@pytest.mark.parametrize("words", ASKS)
def test_where_there_is_no_such_database_it_is_one_sentence(place: Path, address: str, words: str) -> None:
    before = set(place.iterdir())
    ran = go(words, address.replace(DATABASE, "nowhere"))
    assert ran.status == 3 and only_sentence(ran).endswith('database "nowhere" does not exist.')
    assert set(place.iterdir()) == before


def test_a_database_without_a_log_a_wrong_port_and_a_wrong_host_are_one_sentence(place: Path, address: str) -> None:
    for log, said in (
        (address.replace(DATABASE, "template1"), "there is no log frontdoor in 127.0.0.1/"),
        (f"postgresql://a:{SECRET}@127.0.0.1:1/borough", "cannot be reached: "),
        (f"postgresql://a:{SECRET}@nowhere.invalid/borough", "cannot be reached: "),
        (f"host=127.0.0.1 port=1 user=a password={SECRET}", "cannot be reached: "),
    ):
        for words in ("show {log} C-1", "rebuild {log}", "export {log} x.csv"):
            ran = go(words, log)
            assert ran.status == 3 and said in only_sentence(ran)


@pytest.mark.parametrize(
    "log",
    [
        f"postgresql://owner:{SECRET}/x@h/borough", f"postgresql://owner:x@{SECRET}@h/borough", f"postgresql://owner:{SECRET}%zz@h/borough",
        f"postgresql://owner:1/{SECRET}@h/borough", f"host=h password=x {SECRET} user=a", f"postgresql://owner:1?{SECRET}@h/borough",
    ],
)  # fmt: skip
def test_of_an_address_whose_password_cannot_be_read_no_part_of_it_is_said(log: str) -> None:
    said = only_sentence(go("show {log} C-1", log))
    assert said.startswith(
        "frontdoor: what was given for the log does not say where a database is: write postgresql://USER:"
    )


@pytest.fixture(scope="module")
def other() -> Iterator[Server]:
    """A server that wants passwords, and is stopped by a test."""
    server()  # which skips where there is none
    made = Server()
    with psycopg.connect(made.dsn(), autocommit=True) as owner:
        owner.execute(f"ALTER ROLE owner PASSWORD '{SECRET}'".encode())
    create(made.dsn(), app_role="case_system", reader_role="managers")
    rules = Path(made.data) / "pg_hba.conf"
    rules.write_text(rules.read_text().replace("trust", "scram-sha-256"))
    made.stop("fast")
    made.start()
    yield made
    made.start()
    made.remove()


def test_a_wrong_password_or_none_and_a_server_that_was_stopped_are_one_sentence(other: Server, tmp_path: Path) -> None:
    assert go("rebuild {log}", with_password(other.dsn())).status == 0
    for log, said in (
        (with_password(other.dsn()).replace(SECRET, f"{SECRET}x"), 'password authentication failed for user "owner".'),
        (other.dsn(), "no password supplied."),
    ):
        for words in ("rebuild {log}", "show {log} C-1", "retention {log}"):
            ran = go(words, log)
            assert ran.status == 3 and only_sentence(ran).endswith(said)
    other.stop("fast")
    for words in (
        "rebuild {log}",
        "show {log} C-1",
        "retention {log}",
        f"export {{log}} {tmp_path / 'x.csv'}",
        "check {log}",
    ):
        ran = go(words, with_password(other.dsn()))
        assert ran.status == 3 and "cannot be reached: " in only_sentence(ran)
    assert not (tmp_path / "x.csv").exists()


@pytest.mark.slow  # it is waited for as long as a command waits for a connection
def test_a_server_that_stops_while_it_is_asked_is_one_sentence(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from frontdoor.desk import looking

    def cut_off(desk: Any, *, made: Any = looking.rebuild) -> Any:
        desk.log.size()
        with psycopg.connect(server().dsn(), autocommit=True) as owner:
            owner.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (DATABASE,))
            owner.execute(f"ALTER DATABASE {DATABASE} ALLOW_CONNECTIONS false".encode())
        return made(desk)

    monkeypatch.setattr(looking, "rebuild", cut_off)
    try:
        ran = go("rebuild {log}", address)
    finally:
        with psycopg.connect(server().dsn(), autocommit=True) as owner:
            owner.execute(f"ALTER DATABASE {DATABASE} ALLOW_CONNECTIONS true".encode())
    assert ran.status in (3, 5) and "of_commands" in only_sentence(ran)
    assert ran.err.count("\n") == 1, ran.err


def test_keys_named_by_words_are_not_taken_for_a_file_of_that_name(place: Path, address: str) -> None:
    before = set(place.iterdir())
    ran = frontdoor("show", address, "C-1", "--keys", f"host=vault user=a password={SECRET}")
    assert ran.status == 2 and "name the database of --keys by its address" in ran.err and SECRET not in ran.err
    assert set(place.iterdir()) == before


@pytest.mark.parametrize(
    "text, shown",
    [
        ("of postgresql://a:b@c/d and", "of postgresql://a:***@c/d and"), ("postgres://a:b/@@c:1/d", "postgres://a:***@c:1/d"),
        ("postgresql:/a:b@c/d", "postgresql:/a:***@c/d"), ("postgresql://a@c/d", "postgresql://a@c/d"),
        ("host=c password=b user=a", "host=c password=*** user=a"), (r"password = 'b \' c' x", "password = *** x"),
        ("postgresql://c/d?user=a&password=b&sslmode=off", "postgresql://c/d?user=a&password=***&sslmode=off"), ("nothing@all: 1", "nothing@all: 1"),
    ],
)  # fmt: skip
def test_a_password_is_shown_as_stars(text: str, shown: str) -> None:
    assert without_password(text) == shown


def test_what_is_found_in_json_is_that_of_the_database(place: Path, address: str) -> None:
    assert json.loads(go("rebuild {log} --json", address).out) == {"cases": 2, "events": 2, "different": []}


@pytest.mark.parametrize(
    "keys, said",
    [
        (f"postgresql://a:{SECRET}@127.0.0.1:1/keys", "cannot be reached: "), (f"postgresql://a:{SECRET}/x@127.0.0.1/keys", "does not say where a database is"),
        (None, "there are no keys"), ("", 'database "nowhere" does not exist.'),
    ],
)  # fmt: skip
def test_a_database_of_keys_that_is_not_there_is_one_sentence(address: str, keys: str | None, said: str) -> None:
    where = address if keys is None else keys or address.replace(DATABASE, "nowhere")
    for words in (
        "forget {log} --case C-1 --actor a --because b --yes --keys",
        "show {log} C-1 --keys",
        "export {log} --keys",
    ):
        ran = go(f"{words} {where}", address)
        assert ran.status == 3 and said in only_sentence(ran)


def test_what_the_pool_logs_of_tries_that_fail_is_not_printed_beside_the_sentence_and_a_host_may_have_it() -> None:
    script = (
        "import logging, sys, frontdoor.log.postgres; pool = logging.getLogger('psycopg.pool'); pool.warning('not printed'); "
        "logging.basicConfig(stream=sys.stdout, format='%(message)s'); pool.warning('asked for')"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], env=environment(), capture_output=True, text=True, check=True
    )
    assert (found.stdout, found.stderr) == ("asked for\n", "")
