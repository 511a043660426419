"""Details sealed under keys in a log in PostgreSQL; and the keys in a database of their own."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import postgres
import psycopg
import pytest
from commands import frontdoor, record
from desks import do, open_desk, set_clock, shipped

from frontdoor import Desk, PostgresLog
from frontdoor.errors import KeysError, LogError
from frontdoor.event import DESTROYED, Draft
from frontdoor.log.checkpoint import verify
from frontdoor.log.keyfile import KeyFile
from frontdoor.log.keys import Destroyed
from frontdoor.log.postgres import PostgresKeys, create, create_keys
from frontdoor.log.tally import Tally
from frontdoor.testing.conformance import LogConformance, a_draft, append
from frontdoor.testing.sealed import KeysInMemory, SealedConformance

pytestmark = [
    pytest.mark.xdist_group("postgres"),
    pytest.mark.skipif(postgres.programs() is None, reason=postgres.WANTED),
]
RING = postgres.Ring()
WORDS = "Her grandmother rang about the bruises"
GONE = Destroyed("2030-01-01T00:00:00+00:00", "records-1", "schedule")
HERE = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def vault() -> str:
    """A database that is for keys; its name."""
    with psycopg.connect(postgres.server().dsn(), autocommit=True) as owner:
        owner.execute("CREATE DATABASE vault")
    return "vault"


@pytest.fixture
def store(vault: str) -> str:
    """A schema with a new store of keys."""
    schema = f"keys_{uuid4().hex}"
    create_keys(postgres.server().dsn(database=vault), schema=schema, app_role="case_system", reader_role="managers")
    return schema


def keys_of(store: str, log_id: str, user: str = "case_system", **how: float) -> PostgresKeys:
    return PostgresKeys(postgres.server().dsn(user, "vault"), store, log_id=log_id, **how)  # type: ignore[arg-type]


@pytest.fixture
def plain() -> Iterator[PostgresLog]:
    """A new log, opened without keys."""
    with RING.next() as made:
        yield made


@pytest.fixture
def keys(plain: PostgresLog, store: str) -> Iterator[PostgresKeys]:
    with keys_of(store, plain.log_id) as made:
        yield made


def opened(log: PostgresLog, keys: object = None, user: str = "case_system", **how: float) -> PostgresLog:
    """The same log, with these keys."""
    return PostgresLog(postgres.server().dsn(user), log.schema, keys=keys, **how)  # type: ignore[arg-type]


@pytest.fixture
def log(plain: PostgresLog, keys: PostgresKeys) -> Iterator[PostgresLog]:
    with opened(plain, keys) as made:
        yield made


def noted(case_id: str = "C-1", words: str = WORDS) -> Draft:
    return a_draft(case_id, details={"note": words, "source": "6"})


def said(log: PostgresLog, case_id: str = "C-1") -> list[object]:
    return [event.details.get("note") for event in log.events(case_id)]


def asking(schema: str, user: str = "owner", database: str = "vault") -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(postgres.server().dsn(user, database), autocommit=True, options=f"-c search_path={schema}")


def stored(log: PostgresLog) -> str:
    """All that the database has of the events."""
    with asking(log.schema, database="postgres") as owner:
        return str(owner.execute("SELECT * FROM events").fetchall())


@pytest.mark.slow
class TestPostgresLogWithKeys(LogConformance):
    places_at_once = False
    examples = 15

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def make_log(self) -> PostgresLog:
        return self.reopen(RING.next())

    def reopen(self, log: PostgresLog) -> PostgresLog:  # type: ignore[override]
        log.close()
        return opened(log, self.folder / log.log_id)


class TestSealedPostgresLog(SealedConformance):
    examples = 6

    def make_log(self, keys: KeysInMemory) -> PostgresLog:
        with RING.next() as made:
            return opened(made, keys)


# ---- sealed ----


def test_words_are_not_in_the_log_and_are_read_with_the_keys(log: PostgresLog, plain: PostgresLog) -> None:
    assert not log.is_sealed
    append(log, noted("C-1"), noted("C-2"))
    with log.writing(["C-1"]) as writing:
        (event,) = writing.append([noted("C-1", "more")])
        assert event.details["note"] == "more"
        assert [one.details["note"] for one in writing.events("C-1")] == [WORDS, "more"]
        assert writing.last() is not None
    assert said(log) == [WORDS, "more"] and said(log, "C-2") == [WORDS]
    assert [one.details["note"] for one in log.follow()] == [WORDS, WORDS, "more"]
    found = log.find(event.event_id), log.last()
    assert [one and one.details["note"] for one in found] == ["more", "more"]
    assert log.is_sealed and plain.is_sealed and "grandmother" not in stored(log)
    assert said(plain) == ["(sealed)", "(sealed)"]
    assert [one.details["source"] for one in plain.follow()] == ["6"] * 3


def test_keys_may_be_a_file_an_address_or_a_store(plain: PostgresLog, tmp_path: Path, vault: str) -> None:
    path = tmp_path / "borough.keys"
    with opened(plain, path) as log:
        append(log, noted())
        assert isinstance(log.keys, KeyFile) and path.exists()
    with opened(plain, path) as again:
        assert said(again) == [WORDS]
    create_keys(postgres.server().dsn(database=vault), app_role="case_system")
    other, address = RING.next(), postgres.server().dsn("case_system", vault)
    with opened(other, address) as log:
        append(log, noted())
    with opened(other, address) as again:
        assert said(again) == [WORDS]
        own = again.keys
        assert isinstance(own, PostgresKeys) and repr(own).startswith("<PostgresKeys frontdoor_keys in 127.0.0.1/")
    assert "closed" in repr(own), "what the log has opened it closes"


def test_words_in_the_open_are_refused_in_a_sealed_log(log: PostgresLog, plain: PostgresLog) -> None:
    append(plain, noted("C-0"))  # nothing is sealed yet
    append(log, noted())
    with pytest.raises(KeysError, match="are sealed, and its keys were not given: open it with them"):
        append(plain, noted("C-2"))
    append(plain, a_draft("C-2", details={"source": "6"}))  # which says no words
    assert (plain.size(), said(log, "C-0")) == (3, [WORDS])


def test_the_first_event_binds_a_log_and_its_keys_though_it_has_no_words(
    log: PostgresLog, plain: PostgresLog, store: str, tmp_path: Path
) -> None:
    append(log, a_draft())
    assert log.is_sealed
    with pytest.raises(KeysError, match="are sealed, and its keys were not given"):
        append(plain, noted())
    with pytest.raises(KeysError, match="and it is not there"):
        opened(plain, tmp_path / "typo.keys")
    with pytest.raises(KeysError, match="has the keys of another log"):
        keys_of(store, RING.next().log_id)


def test_keys_that_another_log_has_taken_meanwhile_begin_no_log(plain: PostgresLog, store: str) -> None:
    other = RING.next()
    with keys_of(store, plain.log_id) as first, keys_of(store, other.log_id) as second:
        append(opened(plain, first), a_draft())
        with pytest.raises(KeysError, match="has the keys of another log"):
            append(opened(other, second), a_draft())
    assert other.size() == 0


def test_a_transaction_that_is_undone_leaves_the_log_unsealed(log: PostgresLog) -> None:
    with pytest.raises(ZeroDivisionError), log.writing() as writing:
        writing.append([noted()])
        1 / 0  # noqa: B018
    assert not log.is_sealed and log.size() == 0


@pytest.mark.parametrize("change", ["UPDATE {0} SET keys_id = 'x'", "DELETE FROM {0}", "TRUNCATE {0}"])
def test_by_which_keys_it_is_sealed_is_changed_by_nobody(log: PostgresLog, change: str) -> None:
    append(log, noted())
    sql = change.format("sealed_by").encode()
    with asking(log.schema, database="postgres") as owner, pytest.raises(psycopg.errors.RaiseException):
        owner.execute(sql)
    for user in ("case_system", "managers"):
        with (
            asking(log.schema, user, "postgres") as other,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            other.execute(sql)


# ---- the wrong keys ----


def test_keys_of_another_log_are_refused(log: PostgresLog, store: str, tmp_path: Path) -> None:
    append(log, noted())
    other = RING.next()
    with pytest.raises(KeysError, match=f"has the keys of another log: of {log.log_id}, and this is {other.log_id}"):
        keys_of(store, other.log_id)
    for wrong in (log.keys, KeyFile(tmp_path / "k", log.log_id)):
        with pytest.raises(KeysError, match="was opened for another log than"):
            opened(other, wrong)


def test_two_logs_that_begin_with_one_store_do_not_share_it(plain: PostgresLog, store: str) -> None:
    other = RING.next()
    with keys_of(store, plain.log_id) as first, keys_of(store, other.log_id) as second:
        append(opened(plain, first), noted())
        with pytest.raises(KeysError, match="has the keys of another log"):
            append(opened(other, second), noted())
        with pytest.raises(KeysError, match="has the keys of another log"):
            second.destroy("C-1", GONE)
    assert other.size() == 0


def test_a_sealed_log_takes_no_other_keys(log: PostgresLog, plain: PostgresLog, tmp_path: Path) -> None:
    with opened(plain, tmp_path / "early.keys") as early:
        append(log, noted())
        with pytest.raises(KeysError, match="sealed by other keys than those that were given"):
            append(early, noted("C-2"))
    assert not (tmp_path / "early.keys").exists()
    with pytest.raises(KeysError, match=r"sealed by keys that .*none.keys should have, and it is not there"):
        opened(plain, tmp_path / "none.keys")
    KeyFile(tmp_path / "other.keys", log.log_id).made(["C-1"])
    with pytest.raises(KeysError, match=r"sealed by keys that .*other.keys should have, and it has others"):
        opened(plain, tmp_path / "other.keys")


def test_of_two_who_begin_to_seal_at_once_with_other_keys_one_is_refused(
    log: PostgresLog, plain: PostgresLog, tmp_path: Path
) -> None:
    def is_waited_for() -> bool:
        with asking(log.schema, database="postgres") as owner:
            return owner.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone() is not None

    never, give_up = threading.Event(), time.monotonic() + 60
    with opened(plain, tmp_path / "other.keys", patience=30) as other, ThreadPoolExecutor(1) as threads:
        with log.writing(["C-1"]) as writing:
            writing.append([noted()])
            second = threads.submit(append, other, noted("C-2"))
            while not is_waited_for():
                assert time.monotonic() < give_up, "the second does not wait for the first"
                never.wait(0.005)
        with pytest.raises(KeysError, match="sealed by other keys"):
            second.result()
    assert [event.case_id for event in log.follow()] == ["C-1"]


def test_an_older_copy_of_the_keys_gives_no_second_key(plain: PostgresLog, tmp_path: Path) -> None:
    path = tmp_path / "borough.keys"
    with opened(plain, path) as log:
        append(log, noted("C-1"))
        older = path.read_bytes()
        append(log, noted("C-2"))
    path.write_bytes(older)
    with opened(plain, path) as log:
        assert said(log, "C-2") == ["(its key is missing)"]
        with pytest.raises(KeysError, match="have none of case 'C-2', .* an older copy; bring back the newest"):
            append(log, noted("C-2"))
        append(log, noted("C-3"))


def test_by_an_older_copy_of_the_keys_no_words_are_recorded_of_a_destroyed_case_and_all_else_is(
    plain: PostgresLog, tmp_path: Path
) -> None:
    path = tmp_path / "borough.keys"
    with opened(plain, path) as log:
        append(log, noted("C-1"))
        older = path.read_bytes()
        append(log, noted("C-2"))
        Desk(log).destroy_details("C-1", actor="records-1", because="schedule")
    path.write_bytes(older)
    with opened(plain, path) as log:
        with pytest.raises(KeysError, match="'C-1' were destroyed, and the keys of .* do not say so: .* an older copy"):
            append(log, noted("C-1"))
        for case_id in ("C-1", "C-2"):  # no words, as in a breach
            append(log, a_draft(case_id, details={"source": "6"}))
        assert log.size() == 5


def test_keys_are_kept_in_another_database_than_the_log(plain: PostgresLog) -> None:
    schema = f"keys_{uuid4().hex}"
    create_keys(postgres.server().dsn(), schema=schema, app_role="case_system")
    beside = PostgresKeys(postgres.server().dsn("case_system"), schema, log_id=plain.log_id)
    with beside, pytest.raises(KeysError, match="is in the database that the log is in, whose dumps would carry both"):
        opened(plain, beside)


def test_what_is_no_store_of_keys_is_told_in_a_sentence(plain: PostgresLog, store: str) -> None:
    with pytest.raises(KeysError, match=r"there are no keys nowhere in 127.0.0.1.*create_keys makes"):
        keys_of("nowhere", plain.log_id)
    with pytest.raises(KeysError, match=r"the key store frontdoor_keys in 127.0.0.1/1/k cannot be reached") as caught:
        opened(plain, "postgresql://who:s3cret@127.0.0.1:1/k")
    assert "s3cret" not in str(caught.value)
    with pytest.raises(KeysError, match="Make the role first"):
        create_keys(postgres.server().dsn(database="vault"), schema=store, app_role="nobody_here")
    with asking(store) as owner:
        owner.execute("UPDATE keys_version SET version = 99")
    for act in (
        lambda: keys_of(store, plain.log_id),
        lambda: create_keys(postgres.server().dsn(database="vault"), schema=store),
    ):
        with pytest.raises(KeysError, match="made by a newer frontdoor"):
            act()


# ---- made ----

MAKE = """
import sys
from frontdoor.log.postgres import PostgresKeys, PostgresLog
from frontdoor.testing.conformance import a_draft, append
dsn, schema, vault, store, who = sys.argv[1:]
log_id = PostgresLog(dsn, schema).log_id
log = PostgresLog(dsn, schema, keys=PostgresKeys(vault, store, log_id=log_id), patience=60)
print("ready", flush=True)
sys.stdin.readline()
for n in range(8):
    append(log, *(a_draft(f"C-{n}-{m}", details={"note": f"{who} {n}"}) for m in range(2)))
print(*(key.hex() for _, key in sorted(log.keys.made([f"K-{n}" for n in range(200)]).items())))
"""


def test_processes_that_begin_the_same_cases_at_once_share_one_key_of_each(log: PostgresLog, store: str) -> None:
    server = postgres.server()
    command = [
        sys.executable, "-c", MAKE, server.dsn("case_system"), log.schema, server.dsn("case_system", "vault"), store,
    ]  # fmt: skip
    running = [
        subprocess.Popen([*command, str(who)], cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for who in range(2)
    ]
    for one in running:
        assert one.stdout and one.stdout.readline() == "ready\n"
    for one in running:
        assert one.stdin
        one.stdin.write("\n")
        one.stdin.flush()
    told = [one.communicate(timeout=60)[0] for one in running]
    assert [one.returncode for one in running] == [0, 0]
    assert told[0] == told[1] and len(set(told[0].split())) == 200
    for n in range(8):
        for m in range(2):
            assert sorted(map(str, said(log, f"C-{n}-{m}"))) == [f"{who} {n}" for who in range(2)]
    assert verify(Tally(log.sealing).watch(log.records()), log_id=log.log_id).size == 32


def test_a_key_is_committed_before_the_event_that_uses_it(log: PostgresLog, store: str) -> None:
    with asking(store) as owner, log.writing(["C-1"]) as writing:
        assert log.keys is not None and log.keys.held(["C-1"]) == {}
        writing.append([noted()])
        ((key,),) = owner.execute("SELECT key FROM keys").fetchall()
    assert log.keys.held(["C-1", "C-2"]) == {"C-1": key}
    append(log, noted())
    assert log.keys.made(["C-1"]) == {"C-1": key} and said(log) == [WORDS] * 2


def test_a_key_is_durable_whatever_the_database_is_set_to(keys: PostgresKeys) -> None:
    with psycopg.connect(postgres.server().dsn(), autocommit=True) as owner:
        owner.execute("ALTER DATABASE vault SET synchronous_commit = off")
        try:
            with keys_of(keys.schema, keys.log_id) as again:
                assert again._connections.ask("SHOW synchronous_commit") == [("on",)]
        finally:
            owner.execute("ALTER DATABASE vault RESET synchronous_commit")


# ---- destroyed ----


def test_whoever_has_read_a_case_before_reads_it_no_more_once_another_destroys_its_key(
    log: PostgresLog, plain: PostgresLog, store: str
) -> None:
    append(log, noted(), noted("C-2"))
    with keys_of(store, plain.log_id) as others, opened(plain, others) as other:
        assert said(other) == said(log) == [WORDS]
        assert others.destroy("C-1", GONE) == GONE
        assert others.destroy("C-1", GONE._replace(by="somebody else")) == GONE
        assert others.destroy("C-9", GONE) == GONE, "which had none, and never has one"
    assert log.keys is not None and log.keys.held(["C-1"]) == {"C-1": GONE}
    assert said(log) == ["(destroyed)"] and said(log, "C-2") == [WORDS]
    for case_id in ("C-1", "C-9"):
        why = f"of case '{case_id}' were destroyed on 2030-01-01 by records-1, and no more can be kept"
        with pytest.raises(KeysError, match=why):
            append(log, noted(case_id))
    append(log, a_draft())


def test_a_desk_destroys_the_words_of_a_case_and_the_log_verifies_as_before(
    log: PostgresLog, keys: PostgresKeys
) -> None:
    desk = open_desk("2024-03-04T08:00", log=log)
    for case_id in ("C-1", "C-2"):
        do(desk, "contact.receive", case_id)
        do(desk, "contact.refer", case_id)
    size, root = desk.log.size(), verify(log.records(), log_id=log.log_id)
    before = desk.case("C-1").deadlines, [*log.deadlines()]
    event = desk.destroy_details("C-1", actor="records-1", because="schedule of 2030")
    assert (event.event, event.actor, event.details["because"]) == (DESTROYED, "records-1", "schedule of 2030")
    assert event.details["unreadable"] >= 1 and event.details["in_the_open"] == 0
    again = desk.destroy_details("C-1", actor="records-2", because="again")
    assert (again.event_id, log.size()) == (event.event_id, size + 1)
    assert (desk.case("C-1").deadlines, [*log.deadlines()]) == before
    rationales = {one.case_id: one.details["rationale"] for one in log.follow() if one.event == "contact.refer"}
    assert rationales == {"C-1": "(destroyed)", "C-2": "rationale, as noted"}
    tally = Tally(log.sealing)
    assert verify(tally.watch(log.records()), log_id=log.log_id, checkpoint=root).size == size + 1
    assert (tally.opened > 0, tally.destroyed, tally.missing, tally.came_back()) == (
        True,
        event.details["unreadable"],
        0,
        [],
    )


def test_of_those_who_destroy_a_key_at_once_one_is_kept_and_told_to_all(keys: PostgresKeys) -> None:
    begun = threading.Barrier(4)

    def destroy(who: str) -> Destroyed:
        begun.wait()
        return keys.destroy("C-1", GONE._replace(by=who))

    keys.made(["C-1"])
    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(destroy, "abcd")) == {keys.held(["C-1"])["C-1"]}


def test_a_desk_without_keys_destroys_nothing(log: PostgresLog, plain: PostgresLog) -> None:
    append(log, noted())
    with pytest.raises(KeysError, match="the keys of this log were not given"):
        Desk(plain, library=shipped()).destroy_details("C-1", actor="records-1", because="schedule")


def test_a_store_that_is_made_again_keeps_its_keys_and_no_file_of_its_tables_has_one_that_was_destroyed(
    log: PostgresLog, store: str
) -> None:
    append(log, noted(), noted("C-2"))
    assert log.keys is not None
    gone, stays = (log.keys.made([case_id])[case_id] for case_id in ("C-1", "C-2"))
    log.keys.destroy("C-1", GONE)
    create_keys(postgres.server().dsn(database="vault"), schema=store, clear=["note"])
    with asking(store) as owner:
        owner.execute("CHECKPOINT")
    there = [one.read_bytes() for one in (postgres.server().folder / "data" / "base").rglob("*") if one.is_file()]
    assert (any(gone in file for file in there), any(stays in file for file in there)) == (False, True)
    assert said(log) == ["(destroyed)"] and said(log, "C-2") == [WORDS]
    with keys_of(store, log.log_id) as again:
        assert again.keys_id == log.keys.keys_id and again.clear == log.keys.clear != {"note"}


def test_what_stays_in_the_open_is_said_when_the_store_is_made(plain: PostgresLog, vault: str) -> None:
    schema = f"keys_{uuid4().hex}"
    create_keys(postgres.server().dsn(database=vault), schema=schema, app_role="case_system", clear=["note"])
    with keys_of(schema, plain.log_id) as keys, opened(plain, keys) as log:
        append(log, a_draft(details={"note": "a-code", "source": "sealed"}))
    assert plain.events("C-1")[0].details == {"note": "a-code", "source": "(sealed)"}


# ---- who may do what ----

CHANGES = [
    "UPDATE keys SET key = sha256('x')", "UPDATE keys SET case_id = 'C-9'", "UPDATE keys SET because = 'x' WHERE key IS NULL",
    "UPDATE keys SET key = sha256('x'), destroyed_at = '' WHERE key IS NULL", "DELETE FROM keys", "TRUNCATE keys",
    "UPDATE about SET log_id = 'x'", "DELETE FROM about",
]  # fmt: skip


@pytest.mark.parametrize("sql", CHANGES)
def test_a_key_is_changed_and_made_anew_by_nobody(log: PostgresLog, store: str, sql: str) -> None:
    append(log, noted(), noted("C-2"))
    assert log.keys is not None
    log.keys.destroy("C-1", GONE)
    with (
        asking(store) as owner,
        pytest.raises(psycopg.errors.RaiseException, match="never changed, and none is made anew"),
    ):
        owner.execute(sql.encode())
    for user in ("case_system", "managers"):
        with asking(store, user) as other, pytest.raises(psycopg.errors.InsufficientPrivilege):
            other.execute(sql.encode())


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO keys (case_id, key) VALUES ('C-1', sha256('x'))", "INSERT INTO clear (name) VALUES ('rationale')",
        "UPDATE keys SET key = NULL, destroyed_at = 'x'", "UPDATE keys_version SET version = 0", "CREATE TABLE mine (n int)",
        "ALTER TABLE keys DISABLE TRIGGER ALL",
    ],
)  # fmt: skip
def test_the_application_may_not(store: str, sql: str) -> None:
    with asking(store, "case_system") as application, pytest.raises(psycopg.errors.InsufficientPrivilege):
        application.execute(sql.encode())


def test_who_may_read_the_keys_reads_the_words_and_makes_and_destroys_none(log: PostgresLog, store: str) -> None:
    append(log, noted())
    with keys_of(store, log.log_id, "managers") as reading, opened(log, reading, "managers") as reader:
        assert said(reader) == [WORDS]
        for act in (lambda: reading.made(["C-1"]), lambda: reading.destroy("C-1", GONE)):
            with pytest.raises(KeysError, match="does not let this user do that"):
                act()
    with psycopg.connect(postgres.server().dsn(), autocommit=True) as owner:
        owner.execute("DROP ROLE IF EXISTS passer_by")
        owner.execute("CREATE ROLE passer_by LOGIN")
    with pytest.raises(KeysError):
        keys_of(store, log.log_id, "passer_by")


def test_keys_that_cannot_be_reached_any_more_let_nothing_be_recorded(log: PostgresLog, keys: PostgresKeys) -> None:
    append(log, noted())
    keys.close()
    with pytest.raises(KeysError, match="is closed"):
        append(log, noted())
    with pytest.raises(KeysError, match="is closed"):
        log.events("C-1")
    with pytest.raises(LogError), opened(log, keys) as again:
        again.events("C-1")


@pytest.mark.parametrize(
    ("go", "why"),
    [
        ("DROP SCHEMA {} CASCADE", 'relation "keys" does not exist'),
        ("REVOKE ALL ON SCHEMA {} FROM case_system", 'relation "keys" does not exist'),
        ("DROP TABLE {}.keys CASCADE", 'relation "keys" does not exist'),
        ("ALTER DATABASE vault ALLOW_CONNECTIONS false", "not currently accepting connections"),
    ],
)  # fmt: skip
def test_breaches_are_recorded_though_the_keys_cannot_be_reached_and_words_are_not(
    plain: PostgresLog, store: str, go: str, why: str
) -> None:
    server = postgres.server()
    with keys_of(store, plain.log_id, patience=0.2) as keys, opened(plain, keys) as log:
        desk = open_desk("2024-03-04T09:00", log=log)
        for case_id in ("C-1", "C-2"):
            do(desk, "contact.receive", case_id, details={"source": "6", "note": WORDS})
        set_clock(desk, "2024-04-15T09:00")
        database = "postgres" if "DATABASE" in go else "vault"
        try:
            with psycopg.connect(server.dsn(database=database), autocommit=True) as owner:
                owner.execute(go.format(store).encode())
                owner.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'vault' AND pid <> pg_backend_pid()"
                )
            found = desk.check()
            assert {breach.case for breach in found} == {"C-1", "C-2"} == {row.case_id for row in log.breaches()}
            assert why in found.trouble
            do(desk, "contact.send_to_mash", "C-1")
            size = log.size()
            with pytest.raises(KeysError, match=why):
                do(desk, "contact.refer", "C-2", details={"rationale": WORDS})
            assert log.size() == size
        finally:
            with psycopg.connect(server.dsn(), autocommit=True) as owner:
                owner.execute("ALTER DATABASE vault ALLOW_CONNECTIONS true")


# ---- the command line ----


def test_commands_take_a_file_or_the_address_of_a_database_of_keys(tmp_path: Path) -> None:
    server = postgres.server()
    with psycopg.connect(server.dsn(), autocommit=True) as owner:
        for name in ("sealed_borough", "sealed_vault", "filed_borough"):
            owner.execute(f"CREATE DATABASE {name}".encode())
    create_keys(server.dsn(database="sealed_vault"), app_role="case_system")
    stores = {"sealed_borough": server.dsn("case_system", "sealed_vault"), "filed_borough": tmp_path / "borough.keys"}
    for name, keys in stores.items():
        create(server.dsn(database=name), app_role="case_system")
        address = server.dsn("case_system", name)
        recorded = record(
            address, "contact.receive", at="2024-03-04T09:00Z", detail=["source=6", "note=so they said"], keys=keys
        )
        assert recorded.status == 0, recorded.err
        refused = record(
            address, "contact.receive", "C-2", at="2024-03-04T09:00Z", detail=["source=6", "note=in the open"]
        )
        assert refused.status and "its keys were not given: open it with them" in refused.err
        assert "so they said" in frontdoor("export", address, "-", "--keys", keys).out
        assert "(sealed)" in frontdoor("export", address, "-").out
        words = [
            "forget",
            address,
            "--case",
            "C-1",
            "--keys",
            keys,
            "--actor",
            "r",
            "--because",
            "so",
            "--yes",
            "--open",
        ]
        assert "can be read by nobody any more" in frontdoor(*words).out
        assert "destroyed already" in frontdoor(*words).out
        verified = frontdoor("verify", address, "--keys", keys)
        assert verified.status == 0 and "1 read by nobody any more" in verified.out, verified.err
        assert "the keys were not given" in frontdoor("verify", address).out


def test_a_log_in_a_file_has_its_keys_in_a_file(tmp_path: Path) -> None:
    done = record(
        tmp_path / "b.db", "contact.receive", at="2024-03-04T09:00Z", detail="source=6", keys="postgresql://vault/keys"
    )
    assert done.status and "--keys of a log in a file are a file, too" in done.err
    assert not (tmp_path / "b.db").exists()
