"""The log in PostgreSQL: held to the suite of every log, and to what only a server can do wrong."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import timedelta
from uuid import UUID, uuid4

import postgres
import psycopg
import pytest
from commands import frontdoor, record
from interrupting import interrupted_at

from frontdoor import Desk, MemoryLog, PostgresLog, SimulatedClock, SqliteLog, load
from frontdoor.errors import Busy, Conflict, LogError, LogTampered, OldSchema, ReadOnly
from frontdoor.event import Event
from frontdoor.log import EventLog
from frontdoor.log.checkpoint import verify
from frontdoor.log.postgres import create, create_keys, keys
from frontdoor.testing.conformance import NOON, LogConformance, a_draft, append

pytestmark = [
    pytest.mark.xdist_group("postgres"),
    pytest.mark.skipif(postgres.programs() is None, reason=postgres.WANTED),
]
RING = postgres.Ring()


@pytest.fixture
def log() -> Iterator[PostgresLog]:
    """A log, opened as the application's role."""
    with RING.next() as made:
        yield made


def opened_again(log: EventLog, **how: float) -> PostgresLog:
    """The same log, opened once more."""
    assert isinstance(log, PostgresLog)
    return PostgresLog(postgres.server().dsn("case_system"), log.schema, **how)  # type: ignore[arg-type]


def asking(log: PostgresLog, user: str = "owner") -> psycopg.Connection[tuple[object, ...]]:
    """A plain connection to a log's schema."""
    return psycopg.connect(postgres.server().dsn(user), autocommit=True, options=f"-c search_path={log.schema}")


def until(is_so: Callable[[], bool]) -> None:
    """Wait for what another thread or the server is about to do; a minute at most."""
    never, give_up = threading.Event(), time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < give_up, "it did not come about"
        never.wait(0.005)


def waiting_for_locks(log: PostgresLog) -> int:
    """How many sessions wait for a lock."""
    with asking(log) as owner:
        row = owner.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'").fetchone()
    assert row is not None and isinstance(row[0], int)
    return row[0]


def kill(log: PostgresLog, *, only: str = "true") -> None:
    """Have the server end every session of the application."""
    with asking(log) as owner:
        owner.execute(
            f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'case_system' AND {only}".encode()
        )


class TestPostgresLog(LogConformance):
    """As the application's role."""

    places_at_once = False
    examples = 15

    def make_log(self) -> PostgresLog:
        return RING.next()

    def reopen(self, log: EventLog) -> PostgresLog:
        log.close()
        return opened_again(log)


# ---- who may do what ----

TABLES = ("events", "places", "libraries", "workflows", "library_workflows", "library_uses", "log")


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("change", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"])
def test_what_was_recorded_is_changed_by_nobody(log: PostgresLog, table: str, change: str) -> None:
    append(log, a_draft())
    with asking(log) as owner:
        column = owner.execute(f"SELECT * FROM {table} LIMIT 0".encode()).description[-1].name  # type: ignore[index]
        with pytest.raises(psycopg.errors.RaiseException, match="are never changed"):
            owner.execute(change.format(table, column).encode())
    for user in ("case_system", "managers"):
        with asking(log, user) as other, pytest.raises(psycopg.errors.InsufficientPrivilege):
            other.execute(change.format(table, column).encode())


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO places VALUES (1, 'x', 'y')",
        "DELETE FROM unplaced",
        "INSERT INTO unplaced VALUES (1)",
        "INSERT INTO events (arrived) OVERRIDING SYSTEM VALUE VALUES (1)",
        "ALTER TABLE events DISABLE TRIGGER ALL",
        "DROP TRIGGER events_never_changed ON events",
        "SET session_replication_role = replica",
        "CREATE TABLE mine (n int)",
        "SELECT note_unplaced()",
        "TRUNCATE deadlines_now",
        "UPDATE schema_version SET version = 0",
    ],
)
def test_the_application_may_not(log: PostgresLog, sql: str) -> None:
    with asking(log, "case_system") as application, pytest.raises(psycopg.errors.InsufficientPrivilege):
        application.execute(sql.encode())


def test_a_reader_reads_everything_and_writes_nothing(log: PostgresLog) -> None:
    append(log, a_draft("C-1"))
    with log.writing() as writing:
        writing.append([a_draft("C-2")])
    with PostgresLog(postgres.server().dsn("managers"), log.schema) as reader:
        assert reader.read_only
        assert [event.position for event in reader.follow()] == [1, 2]
        assert verify(reader.records(), log_id=log.log_id).size == 2
        with pytest.raises(ReadOnly, match="may only look"), reader.writing():
            pass
    with asking(log, "managers") as plain:
        for view in ("open_work", "deadlines", "breaches", "timeliness"):
            plain.execute(f"SELECT * FROM {view}".encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            plain.execute("INSERT INTO events (event_id) VALUES ('x')")


# ---- making and opening ----


def test_there_is_no_log_where_none_was_made() -> None:
    with pytest.raises(LogError, match="there is no log nowhere in"):
        PostgresLog(postgres.server().dsn("case_system"), "nowhere")


def test_to_create_it_again_keeps_what_is_there_and_what_roles_may_do(log: PostgresLog) -> None:
    append(log, a_draft())
    create(postgres.server().dsn(), schema=log.schema)
    append(log, a_draft())
    with opened_again(log) as again:
        assert (again.size(), again.log_id) == (2, log.log_id)


def test_a_log_of_another_frontdoor_is_told_apart() -> None:
    schema = postgres.server().new_schema()
    with PostgresLog(postgres.server().dsn("case_system"), schema) as log, asking(log) as owner:
        owner.execute("INSERT INTO schema_version VALUES (99)")
    for act in (
        lambda: PostgresLog(postgres.server().dsn("case_system"), schema),
        lambda: create(postgres.server().dsn(), schema=schema),
    ):
        with pytest.raises(OldSchema, match="a newer frontdoor") as caught:
            act()
        assert caught.value.found == 99


def test_roles_that_are_not_there_are_named() -> None:
    with pytest.raises(LogError, match='role "nobody_here" does not exist. Make the role first'):
        create(postgres.server().dsn(), schema="with_no_roles", app_role="nobody_here")
    with pytest.raises(LogError, match="there is no log"):
        PostgresLog(postgres.server().dsn(), "with_no_roles")


def test_only_who_may_make_a_schema_makes_a_log() -> None:
    with pytest.raises(ReadOnly, match="permission denied"):
        create(postgres.server().dsn("case_system"), schema="not_theirs")


def test_a_schema_that_somebody_else_made_is_not_used(log: PostgresLog) -> None:
    with postgres.mallory() as (mallory, schema):
        mallory.execute(f"CREATE SCHEMA {schema}; GRANT ALL ON SCHEMA {schema} TO PUBLIC".encode())
        mallory.execute(
            f"CREATE TABLE {schema}.schema_version (version int); GRANT ALL ON {schema}.schema_version TO PUBLIC".encode()
        )
        for make in (create, create_keys):
            with pytest.raises(LogError, match="cannot be made: the schema is mallory's"):
                make(postgres.server().dsn(), schema=schema)


def test_where_others_may_make_functions_none_of_theirs_is_called_in_the_owners_name(log: PostgresLog) -> None:
    with postgres.mallory() as (mallory, _), asking(log) as owner:
        owner.execute(f"GRANT CREATE, USAGE ON SCHEMA {log.schema} TO mallory".encode())
        body = "RETURNS bytea LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'called as %', current_user; END $$"
        mallory.execute(f"CREATE FUNCTION {log.schema}.convert_to(text, text) {body}".encode())
        append(log, a_draft())
        try:
            assert log.size() == 1
        finally:
            mallory.execute(f"DROP FUNCTION {log.schema}.convert_to(text, text)".encode())


@pytest.mark.parametrize(
    "dsn",
    ["postgresql://who:s3cret@127.0.0.1:1/borough", "host=127.0.0.1 port=1 password=s3cret user=who dbname=borough"],
)
def test_a_database_that_cannot_be_reached_is_named_without_its_password(dsn: str) -> None:
    with pytest.raises(LogError, match=r"the log frontdoor in 127.0.0.1/1/borough cannot be reached") as caught:
        PostgresLog(dsn)
    assert "s3cret" not in str(caught.value)


def test_what_says_of_no_database_is_refused() -> None:
    with pytest.raises(LogError, match="does not say where a database is"):
        PostgresLog("nonsense of no kind")


def test_a_closed_log_says_so(log: PostgresLog) -> None:
    log.close()
    assert "closed" in repr(log)
    with pytest.raises(LogError, match="is closed"):
        log.size()


def test_text_that_postgresql_cannot_hold_is_refused_and_nothing_kept(log: PostgresLog) -> None:
    with pytest.raises(LogError, match="holds a NUL"):
        append(log, a_draft(actor="a\0b"))
    with pytest.raises(UnicodeEncodeError):
        append(log, a_draft(actor="\ud800"))
    assert log.size() == 0
    (event,) = append(log, a_draft(details={"said": "a\0b"}))
    assert log.events("C-1") == [event]


# ---- positions ----


def test_positions_follow_what_is_committed_not_what_arrived_and_never_change(log: PostgresLog) -> None:
    with opened_again(log) as other:
        with log.writing(["C-1"]) as early:
            (first,) = early.append([a_draft("C-1")])
            (second,) = append(other, a_draft("C-2"))
            assert (first.position, first.link, second.position) == (0, "", 1)
            assert [event.event_id for event in other.follow()] == [second.event_id]
        assert [event.event_id for event in other.follow(1)] == [first.event_id]
        assert [event.position for event in other.follow()] == [1, 2]
    with asking(log) as owner:
        (arrived,) = owner.execute("SELECT array_agg(event_id ORDER BY arrived) FROM events").fetchall()
    assert arrived[0] == [first.event_id, second.event_id]
    assert verify(log.records(), log_id=log.log_id).size == 2


def test_what_was_undone_leaves_no_gap(log: PostgresLog) -> None:
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), log.writing() as writing:
            writing.append([a_draft()])
            raise ZeroDivisionError
        append(log, a_draft())
    assert [event.position for event in log.follow()] == [1, 2, 3]
    assert verify(log.records(), log_id=log.log_id).size == 3
    log.inspect()


def test_an_event_that_would_never_get_a_position_is_tampering(log: PostgresLog) -> None:
    with log.writing() as writing:
        writing.append([a_draft()])
    with asking(log) as owner:
        owner.execute("DELETE FROM unplaced")
    with pytest.raises(LogTampered, match="has no position, and would never get one"):
        log.inspect()


def test_an_event_taken_away_from_under_its_position_is_tampering(log: PostgresLog) -> None:
    append(log, a_draft(), a_draft(), a_draft())
    with asking(log) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute("DELETE FROM events WHERE version = 2")
    with pytest.raises(LogTampered) as caught:
        verify(log.records(), log_id=log.log_id)
    assert caught.value.position == 2


def test_what_a_desk_shows_of_a_case_has_its_positions(log: PostgresLog) -> None:
    desk = Desk(log, clock=SimulatedClock(NOON))
    recorded = desk.record("C-1", "contact.receive", actor="ann", role="referral_officer", details={"source": "6"})
    assert (recorded.position, desk.case("C-1").events[0].position) == (0, 1)
    desk.record("C-1", "contact.refer", actor="sue", role="social_worker", details={"rationale": "threshold met"})
    assert [event.position for event in desk.case("C-1").events] == [1, 2, 3]
    assert "(event 3)" in desk.explain("C-1", "referral.decision").text


def test_those_who_put_events_in_their_place_take_turns(log: PostgresLog) -> None:
    with log.writing() as writing:
        writing.append([a_draft(), a_draft("C-2")])
    with ThreadPoolExecutor(3) as threads, asking(log) as owner:
        owner.execute("SELECT pg_advisory_lock(%s)", (keys.of_places(log.schema),))
        sizes = [threads.submit(log.size) for _ in range(3)]
        until(lambda: waiting_for_locks(log) == 3)
        with log.writing(["C-3"]) as writing:  # nobody who writes waits for them
            writing.append([a_draft("C-3")])
        owner.execute("SELECT pg_advisory_unlock(%s)", (keys.of_places(log.schema),))
        assert [one.result() for one in sizes] == [3, 3, 3]
    assert verify(log.records(), log_id=log.log_id).size == 3


def test_followers_miss_nothing_and_see_nothing_twice_whatever_commits_when(log: PostgresLog) -> None:
    """Writers of one case and of many, some of which give up; followers that go on from where they were, and one who waits."""
    writers, each, done = 6, 40, threading.Event()

    def write(number: int) -> list[str]:
        chance, mine = random.Random(number), list[str]()
        for _ in range(each):
            cases = chance.sample(["C-1", "C-2", "C-3", f"own-{number}"], chance.randint(1, 3))
            with suppress(ZeroDivisionError), log.writing(cases) as writing:
                events = [event for case_id in cases for event in writing.append([a_draft(case_id)])]
                if chance.random() < 0.2:
                    log.size()  # somebody asks by position in the middle of it
                if chance.random() < 0.2:
                    raise ZeroDivisionError
                mine += [event.event_id for event in events]
        return mine

    def follow(*, waits: bool) -> list[Event]:
        seen: list[Event] = []
        with opened_again(log) as mine:
            while True:
                was_done = done.is_set()
                if waits:
                    mine.wait(len(seen), 0.2)
                new = list(mine.follow(len(seen)))
                seen += new
                if was_done and not new:
                    return seen

    def ask() -> None:
        with opened_again(log) as mine:
            while not done.is_set():
                mine.size()

    with ThreadPoolExecutor(writers + 6) as threads:
        asking_ = [threads.submit(ask) for _ in range(3)]
        followers = [threads.submit(follow, waits=waits) for waits in (False, False, True)]
        ids = [id_ for one in [threads.submit(write, n) for n in range(writers)] for id_ in one.result()]
        done.set()
        found = [one.result() for one in followers]
        for one in asking_:
            one.result()
    whole = list(log.follow())
    assert sorted(event.event_id for event in whole) == sorted(ids)
    assert [event.position for event in whole] == list(range(1, len(ids) + 1))
    assert found == [whole] * 3
    assert verify(log.records(), log_id=log.log_id).size == len(ids)


# ---- who waits for whom ----


def test_who_writes_of_other_cases_does_not_wait(log: PostgresLog) -> None:
    with opened_again(log, patience=0.2) as other, log.writing(["C-1"]) as writing:
        writing.append([a_draft("C-1")])
        append(other, a_draft("C-2"))
        assert other.size() == 1
        with pytest.raises(Busy, match=r"for more than 0.2 seconds"):
            append(other, a_draft("C-1"))
        with other.writing(["C-1", "C-2"], waits=False) as free:
            assert free.held == ("C-2",)
    assert log.size() == 2


def test_one_that_writes_of_very_many_cases_holds_them_all(log: PostgresLog) -> None:
    with opened_again(log, patience=0.2) as other:
        with log.writing([f"C-{n}" for n in range(1000)]), pytest.raises(Busy), other.writing(["D-1"]):
            pass
        with log.writing([f"C-{n}" for n in range(1000)]), other.writing(["D-1"], waits=False) as free:
            assert free.held == ()
        append(other, a_draft("D-1"))


def test_two_who_want_what_the_other_holds_do_not_both_wait_for_ever(log: PostgresLog) -> None:
    both = threading.Barrier(2)

    def work(mine: str, other: str) -> str:
        try:
            with log.writing([mine]) as writing:
                both.wait()
                writing.append([a_draft(other)])
        except Busy:
            return "busy"
        return "kept"

    with ThreadPoolExecutor(2) as threads:
        found = sorted(threads.map(work, ("C-1", "C-2"), ("C-2", "C-1")))
    assert found == ["busy", "kept"]
    assert log.size() == 1


def test_those_who_want_the_same_cases_in_another_order_take_turns(log: PostgresLog) -> None:
    def work(number: int) -> None:
        cases = ["C-1", "C-2", "C-3", "C-4"]
        random.Random(number).shuffle(cases)
        for _ in range(10):
            with log.writing(cases) as writing:
                writing.append([a_draft(case_id) for case_id in cases])

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(work, range(6)))
    assert Counter(event.case_id for event in log.follow()) == dict.fromkeys(["C-1", "C-2", "C-3", "C-4"], 60)
    assert verify(log.records(), log_id=log.log_id).size == 240


def test_an_event_id_that_two_record_at_once_is_recorded_once(log: PostgresLog) -> None:
    id_, begun = str(uuid4()), threading.Barrier(4)

    def work(number: int) -> str:
        begun.wait()
        try:
            append(log, a_draft(f"C-{number}", event_id=id_))
        except Conflict:
            return "conflict"
        return "kept"

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(work, range(4))) == ["conflict"] * 3 + ["kept"]
    assert log.size() == 1


def test_a_version_that_somebody_took_who_held_nothing_is_a_conflict(log: PostgresLog) -> None:
    append(log, a_draft("C-1"))
    with pytest.raises(Conflict, match="C-1 has a version 2 already") as caught, log.writing(["C-1"]) as writing:
        assert writing.head("C-1").version == 1
        with asking(log) as owner:
            owner.execute(
                b"CREATE TEMP TABLE other AS SELECT * FROM events; UPDATE other SET version = 2, event_id = 'x', arrived = 99; "
                b"INSERT INTO events OVERRIDING SYSTEM VALUE SELECT * FROM other"
            )
        writing.append([a_draft("C-1")])
    assert (caught.value.case, caught.value.expected) == ("C-1", 1)


def test_the_errors_of_a_callers_own_database_are_left_to_it(log: PostgresLog) -> None:
    with pytest.raises(psycopg.ProgrammingError), log.writing(["C-1"]) as writing:
        writing.append([a_draft("C-1")])
        with asking(log) as own:
            own.execute("SELECT nonsense")
    assert log.size() == 0


def test_a_desk_decides_by_what_others_recorded_of_the_case_meanwhile(log: PostgresLog) -> None:
    """Eight clerks do one thing that may be done once: seven are refused."""
    from frontdoor import Refused

    desks = [Desk(log, clock=SimulatedClock(NOON)) for _ in range(8)]
    desks[0].record("C-1", "contact.receive", actor="ann", role="referral_officer", details={"source": "6"})

    def refer(desk: Desk) -> str:
        try:
            desk.record(
                "C-1", "contact.refer", actor="sue", role="social_worker", details={"rationale": "threshold met"}
            )
        except Refused:
            return "refused"
        return "recorded"

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(refer, desks)) == ["recorded"] + ["refused"] * 7


def test_within_a_case_the_time_of_recording_never_goes_back(log: PostgresLog) -> None:
    """Two machines' clocks differ, and the last event of all is not the last of this case."""
    ahead, right = SimulatedClock(NOON + timedelta(minutes=2)), SimulatedClock(NOON)
    who = {"actor": "ann", "role": "referral_officer", "details": {"source": "6"}}
    with opened_again(log) as other, log.writing(["C-2"]) as open_:
        open_.append([a_draft("C-2")])
        Desk(other, clock=ahead).record("C-1", "contact.receive", **who)  # type: ignore[arg-type]
        open_.append([a_draft("C-2")])
    desk = Desk(log, clock=right)
    desk.record("C-1", "contact.refer", actor="sue", role="social_worker", details={"rationale": "so"}, despite="so")
    recorded = [event.recorded_at for event in log.events("C-1")]
    assert recorded == sorted(recorded)  # type: ignore[type-var]


def test_a_case_recorded_by_a_clock_that_was_far_ahead_does_not_hold_time_up_once_another_is_believed(
    log: PostgresLog,
) -> None:
    append(log, a_draft("C-1", recorded_at=NOON + timedelta(days=300)))
    (believed,) = append(log, a_draft("", recorded_at=NOON))
    with log.writing(["C-1"]) as writing:
        last = writing.last()
    assert last is not None and last.event_id == believed.event_id


def test_a_library_is_kept_once_by_desks_that_begin_at_once(log: PostgresLog) -> None:
    library, begun = load(), threading.Barrier(6)

    def begin(number: int) -> None:
        desk = Desk(log, clock=SimulatedClock(NOON), library=library)
        begun.wait()
        desk.record(f"C-{number}", "contact.receive", actor="ann", role="referral_officer", details={"source": "6"})

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(begin, range(6)))
    assert len(log.libraries()) == 1


# ---- what goes wrong ----


def test_a_session_that_the_server_ends_keeps_nothing_and_the_log_goes_on(log: PostgresLog) -> None:
    append(log, a_draft())
    with pytest.raises(LogError, match="was lost: .* by the same event id"), log.writing(["C-1"]) as writing:
        writing.append([a_draft("C-1")])
        kill(log)
        writing.append([a_draft("C-1")])
    assert log.size() == 1
    append(log, a_draft("C-1"))
    kill(log)  # those that the pool keeps, too
    append(log, a_draft("C-1"))
    assert [event.version for event in log.events("C-1")] == [1, 2, 3]
    assert verify(log.records(), log_id=log.log_id).size == 3


def test_a_commit_that_the_server_did_not_live_to_make_is_not_kept(log: PostgresLog) -> None:
    with pytest.raises(LogError, match="was lost"), log.writing(["C-1"]) as writing:
        writing.append([a_draft("C-1")])
        kill(log)
    assert log.size() == 0


def test_sessions_ended_at_random_lose_nothing_that_was_acknowledged_and_double_nothing(log: PostgresLog) -> None:
    stop = threading.Event()

    def work(number: int) -> list[str]:
        return [
            acknowledged(log, a_draft(f"C-{turn % 3}", actor=str(number)).event_id, f"C-{turn % 3}")
            for turn in range(25)
        ]

    def trouble() -> None:
        while not stop.wait(0.05):
            kill(log)

    with ThreadPoolExecutor(5) as threads:
        killer = threads.submit(trouble)
        ids = [id_ for one in [threads.submit(work, n) for n in range(4)] for id_ in one.result()]
        stop.set()
        killer.result()
    whole = list(log.follow())
    assert sorted(event.event_id for event in whole) == sorted(ids)
    assert verify(log.records(), log_id=log.log_id).size == 100
    log.inspect()


def acknowledged(log: PostgresLog, event_id: str, case_id: str) -> str:
    """Append an event, again by its id until the log says that it is there."""
    while True:
        with suppress(Conflict, LogError):
            if log.find(event_id) is None:
                append(log, a_draft(case_id, event_id=event_id))
            return event_id


@pytest.mark.parametrize("stops", [1, pytest.param(8, marks=pytest.mark.slow)])
def test_a_server_that_stops_dead_loses_nothing_that_was_acknowledged(stops: int) -> None:
    server = postgres.Server(durable=True)
    try:
        with server.new_log(patience=2.0) as log:
            enough = threading.Event()
            said: list[str] = []

            def work(number: int) -> None:
                turn = 0
                while not enough.is_set():
                    said.append(acknowledged(log, str(uuid4()), f"C-{(number + turn) % 4}"))
                    turn += 1

            with ThreadPoolExecutor(4) as threads:
                working = [threads.submit(work, number) for number in range(4)]
                for _ in range(stops):
                    before = len(said)
                    until(lambda before=before: len(said) > before + 10)  # type: ignore[misc]
                    server.stop("immediate")
                    server.start()
                before = len(said)
                until(lambda: len(said) > before)
                enough.set()
                for one in working:
                    one.result()
            ids = [event.event_id for event in log.follow()]
            assert sorted(ids) == sorted(said)
            assert verify(log.records(), log_id=log.log_id).size == len(ids)
            log.inspect()
    finally:
        server.remove()


def test_when_every_connection_is_in_use_it_says_so(log: PostgresLog) -> None:
    with (
        opened_again(log, patience=0.2, connections=1) as narrow,
        narrow.writing(["C-1"]),
        pytest.raises(Busy, match="the one connection to .* has been in use for more than 0.2 seconds"),
    ):
        narrow.size()


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")  # of psycopg
def test_whoever_is_interrupted_keeps_no_connection_for_ever(log: PostgresLog) -> None:
    within = ("postgres/connections.py", "contextlib.py", "psycopg_pool/pool.py", "psycopg_pool/base.py")
    one = opened_again(log, patience=0.2, connections=1)

    def record() -> None:
        with suppress(Busy), one.writing(["C-1"]) as writing:
            writing.append([a_draft("C-1")])

    moment, is_longer = 0, True
    while is_longer:
        moment += 1
        is_longer = interrupted_at(moment, record, within)
        before = log.size()
        for _ in range(2):  # the first may be told that all are in use
            record()
        assert log.size() > before, f"busy for ever after an interrupt at moment {moment}"
    assert moment > 20
    one.close()


def test_a_server_that_vanishes_without_a_word_is_noticed_unless_the_address_says_how(log: PostgresLog) -> None:
    def alive(address: str) -> list[int]:
        with (
            PostgresLog(address, log.schema) as made,
            closing(made._connections.alone()) as one,
            closing(socket.socket(fileno=os.dup(one.fileno()))) as end,
        ):
            options = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT)
            return [end.getsockopt(socket.IPPROTO_TCP, option) for option in options]

    address = postgres.server().dsn("case_system")
    assert alive(address) == [30, 10, 3, 60_000]
    assert alive(f"{address}?keepalives_idle=7&tcp_user_timeout=9000") == [7, 10, 3, 9_000]


def test_who_puts_events_in_their_place_and_goes_away_holds_nobody_up_for_long(log: PostgresLog) -> None:
    with log.writing(["C-1"]) as writing:
        writing.append([a_draft("C-1")])
    with closing(asking(log, "managers")) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT put_in_place()").fetchall() == [(1,)]
        append(log, a_draft("C-2"))
        assert log.size() == 2
        with pytest.raises(psycopg.Error, match="idle-in-transaction timeout"):
            reader.execute("SELECT 1")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_process_that_is_forked_off_has_connections_of_its_own(log: PostgresLog) -> None:
    append(log, a_draft("C-1"))
    with log.writing(["C-2"]) as writing:
        writing.append([a_draft("C-2")])
        child = os.fork()
        if not child:
            status = 1
            with suppress(BaseException):
                append(log, a_draft("C-1"))
                with suppress(LogError):
                    writing.append([a_draft("C-2")])
                    os._exit(2)
                status = 0
            os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        writing.append([a_draft("C-2")])
    assert Counter(event.case_id for event in log.follow()) == {"C-1": 2, "C-2": 2}
    assert verify(log.records(), log_id=log.log_id).size == 4


# ---- checkers ----


def with_deadlines(log: PostgresLog, count: int) -> SimulatedClock:
    """So many cases whose referral is to be decided; the clock after all of it has run out."""
    clock = SimulatedClock(NOON)
    desk = Desk(log, clock=clock)
    who = {"actor": "ann", "role": "referral_officer"}
    desk.record_many(
        {"case": f"C-{n}", "event": "contact.receive", "details": {"source": "6"}} | who for n in range(count)
    )
    clock.advance(timedelta(days=60))
    return clock


def test_however_many_check_each_breach_is_recorded_once(log: PostgresLog) -> None:
    checkers, clock = 2, with_deadlines(log, 110)
    begun = threading.Barrier(checkers)

    def check(_: int) -> list[str]:
        with opened_again(log) as mine:
            desk = Desk(mine, clock=clock)
            begun.wait()
            found = desk.check()
            assert mine.due(1 << 60) == []  # nobody comes back before all is recorded
            return [breach.event_id for breach in found]

    with ThreadPoolExecutor(checkers) as threads:
        found = [id_ for some in threads.map(check, range(checkers)) for id_ in some]
    raised = [event.event_id for event in log.follow() if event.name == "breach_raised"]
    assert len(raised) == len({row.case_id for row in log.breaches()}) == 110
    assert sorted(found) == sorted(raised)
    assert verify(log.records(), log_id=log.log_id).size == 220


CHECK = """
import sys
from datetime import datetime
from frontdoor import Desk, PostgresLog, SimulatedClock
desk = Desk(PostgresLog(*sys.argv[1:3]), clock=SimulatedClock(datetime.fromisoformat(sys.argv[3])))
desk.rulebook
print("ready", flush=True)
sys.stdin.readline()
print(*(breach.event_id for breach in desk.check()))
"""


@pytest.mark.slow
@pytest.mark.parametrize("checkers", [1, 2, 4])
def test_however_many_processes_check_each_breach_is_recorded_once(log: PostgresLog, checkers: int) -> None:
    clock = with_deadlines(log, 1000)
    command = [sys.executable, "-c", CHECK, postgres.server().dsn("case_system"), log.schema, clock.now().isoformat()]
    running = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(checkers)
    ]
    for one in running:
        assert one.stdout and one.stdout.readline() == "ready\n"
    for one in running:
        assert one.stdin
        one.stdin.write("\n")
        one.stdin.flush()
    found = [id_ for one in running for id_ in one.communicate()[0].split()]
    raised = [event.event_id for event in log.follow() if event.name == "breach_raised"]
    assert len(raised) == 1000 and sorted(found) == sorted(raised)
    assert log.due(1 << 60) == []


def test_a_check_that_waits_in_vain_for_a_case_that_is_held_tells_of_the_breaches_it_recorded(log: PostgresLog) -> None:
    clock = SimulatedClock(NOON)
    desk = Desk(opened_again(log, patience=0.1), clock=clock, library=load())
    for case_id in ("C-1", "C-2"):
        desk.record(case_id, "contact.receive", actor="x", role="referral_officer", details={"source": "6"})
    clock.advance(timedelta(days=30))
    with log.writing(["C-1"]), pytest.raises(Busy) as failed:
        desk.check()
    assert [breach.case for breach in failed.value.breaches] == ["C-2"]
    assert [breach.case for breach in desk.check()] == ["C-1"]
    desk.close()


def test_what_a_checker_held_when_it_was_killed_another_records(log: PostgresLog) -> None:
    clock = with_deadlines(log, 20)
    held = [f"C-{n}" for n in range(5)]
    with opened_again(log) as other, ThreadPoolExecutor(1) as threads:
        with pytest.raises(LogError, match="was lost"), other.writing(held) as dying:
            dying.append([a_draft("C-0", event="contact.note")])
            checking = threads.submit(lambda: Desk(log, clock=clock).check())
            until(lambda: waiting_for_locks(log) > 0)
            assert len(log.due(1 << 60)) == 5  # the others are recorded, and it waits for these
            kill(log, only="state = 'idle in transaction' AND pid NOT IN (SELECT pid FROM pg_locks WHERE NOT granted)")
        assert len(checking.result()) == 20
    assert log.due(1 << 60) == []


# ---- the command line ----


@pytest.fixture(scope="module")
def address() -> str:
    """A database with a log in the schema that the command line looks in, as the application has it."""
    made = postgres.server()
    with psycopg.connect(made.dsn(), autocommit=True) as owner:
        owner.execute("CREATE DATABASE borough")
    create(made.dsn(database="borough"), app_role="case_system")
    return made.dsn("case_system", "borough")


def test_commands_take_the_address_of_a_database_for_a_log(address: str, tmp_path) -> None:
    first = record(address, "contact.receive", at="2024-03-04T09:00Z", detail="source=6")
    assert first.status == 0 and first.out.startswith("Recorded: contact.receive of C-1"), first.err
    second = record(address, "contact.refer", at="2024-03-04T10:00Z", detail="rationale=so", json=True)
    assert json.loads(second.out)["event"]["position"] == 2
    assert "Referral received" in frontdoor("show", address, "C-1").out
    assert "referral.decision" in frontdoor("check", address).out
    assert frontdoor("rebuild", address).status == 0
    assert "all as they were recorded" in frontdoor("verify", address).out
    (noted := tmp_path / "noted").write_text(frontdoor("checkpoint", address).out)
    assert "as the checkpoint noted them" in frontdoor("verify", address, "--checkpoint", noted).out
    events = tmp_path / "events.csv"
    assert frontdoor("export", address, events).status == 0
    assert (
        "3 were in the log already" in frontdoor("import", address, events, "--actor", "ann", "--role", "manager").out
    )


def test_a_log_in_a_database_is_signed_and_proved_and_its_due_dates_explained(address: str, tmp_path) -> None:
    record(address, "contact.receive", "C-7", at="2024-03-04T09:00Z", detail="source=6")
    key, signed = tmp_path / "key", tmp_path / "signed"
    public = frontdoor("keygen", address, key).out.strip()
    assert frontdoor("checkpoint", address, "--key", key, "--out", signed).status == 0
    assert "as the signed" in frontdoor("verify", address, "--checkpoint", signed, "--vkey", public).out
    assert frontdoor("prove", address, "--case", "C-7", "--key", key, "--out", tmp_path / "bundle").status == 0
    assert "Due" in frontdoor("explain", address, "C-7", "contact.screening").out
    assert "with an open episode" in frontdoor("retention", address).out


@pytest.mark.parametrize("words", [
    "audit {}", "backup {} b.db", "calibrate {}", "doctor {}", "forecast {}", "import b.db {}", "restore b.db {}", "restore {} b.db",
])  # fmt: skip
def test_where_a_file_is_wanted_an_address_is_refused_and_its_password_not_said(
    words: str, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = frontdoor(*words.format("postgresql://case_system:hunter2@127.0.0.1:1/borough").split())
    assert ran.status in (2, 3) and "the address of a database" in ran.err and "hunter2" not in ran.err
    assert not list(tmp_path.iterdir())


def test_a_database_without_a_log_is_told_in_a_sentence(address: str) -> None:
    shown = frontdoor("show", postgres.server().dsn("case_system"), "C-1")
    assert shown.status and "there is no log frontdoor in 127.0.0.1" in shown.err


# ---- the same everywhere ----


def test_the_views_say_what_those_of_a_file_say(log: PostgresLog, tmp_path) -> None:
    import sqlite3

    views = {}
    path = tmp_path / "log.db"
    for one in (log, SqliteLog(path)):
        clock = SimulatedClock(NOON)
        desk = Desk(one, clock=clock)
        refer = {"actor": "sue", "role": "social_worker", "details": {"rationale": "threshold met"}}
        for n in (1, 2, 3):
            desk.record(
                f"C-{n}", "contact.receive", actor="ann", role="manager", details={"source": "6"}, event_id=UUID(int=n)
            )
        desk.record("C-1", "contact.refer", event_id=UUID(int=4), **refer)
        clock.advance(timedelta(days=30))
        desk.check()
        desk.record("C-2", "contact.refer", event_id=UUID(int=5), **refer)
    for view in ("open_work", "deadlines", "breaches", "timeliness"):
        with asking(log, "managers") as plain, closing(sqlite3.connect(path)) as file:
            rows = [
                tuple(float(v) if type(v).__name__ == "Decimal" else v for v in row)
                for row in plain.execute(f"SELECT * FROM {view}".encode())
            ]
            views[view] = sorted(map(repr, rows)), sorted(map(repr, file.execute(f"SELECT * FROM {view}")))
    assert all(ours == theirs and ours for ours, theirs in views.values()), views


def test_rows_are_listed_in_the_order_of_other_logs(log: PostgresLog) -> None:
    """By code points, whatever the language of the database."""
    cases = ["b", "B", "a", "ä", "Z", "é", "c-1", "c1", "C 1", "\U0001f600", "￿", "z"]
    memory = MemoryLog()
    for one in (log, memory):
        desk = Desk(one, clock=SimulatedClock(NOON))
        desk.record_many(
            {
                "case": case,
                "event": "contact.receive",
                "actor": "ann",
                "role": "referral_officer",
                "details": {"source": "6"},
            }
            for case in cases
        )
    assert [row.case_id for row in log.episodes()] == [row.case_id for row in memory.episodes()]
    assert log.due(1 << 60) == memory.due(1 << 60)
    assert [row.case_id for row in log.running()] == [row.case_id for row in memory.running()]


def test_keys_of_other_schemas_and_cases_differ() -> None:
    made = [
        key(schema, *rest)
        for schema in ("a", "b")
        for key, *rest in (
            (keys.of_case, "C-1"),
            (keys.of_case, ""),
            (keys.of_all,),
            (keys.of_libraries,),
            (keys.of_places,),
        )
    ]  # type: ignore[operator]
    assert len(set(made)) == 10 and all(-(1 << 63) <= key < 1 << 63 for key in made)
