"""A log in a file: how it is made and opened, what SQLite guards, and what befalls files and processes."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from frontdoor.errors import Busy, Conflict, FrontdoorError, LogError, LogTampered, OldSchema, ReadOnly
from frontdoor.log import schema
from frontdoor.log.chain import COLUMNS
from frontdoor.log.checkpoint import verify
from frontdoor.log.sqlite import SqliteLog
from frontdoor.log.standing import Standing
from frontdoor.testing.conformance import NOON, a_breach, a_deadline, a_draft, an_episode, append

ROOT = Path(__file__).parents[1]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a log may be made."""
    return tmp_path / "borough.db"


@pytest.fixture
def log(path: Path) -> Iterator[SqliteLog]:
    """A log of three events in two cases."""
    with SqliteLog(path) as log:
        append(log, a_draft("C-1"), a_draft("C-2"), a_draft("C-1"))
        yield log


Plain = Callable[[Path], sqlite3.Connection]


@pytest.fixture
def plain() -> Iterator[Plain]:
    """Open a file as anybody may, without a log."""
    opened: list[sqlite3.Connection] = []

    def connect(path: Path) -> sqlite3.Connection:
        opened.append(sqlite3.connect(path, isolation_level=None))
        return opened[-1]

    yield connect
    for one in opened:
        one.close()


def refused(error: type[FrontdoorError], said: str, act: Callable[[], object]) -> None:
    """Something is refused with that error, in one sentence."""
    with pytest.raises(error, match=said) as caught:
        act()
    assert type(caught.value) is error
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def is_whole(log: SqliteLog, size: int) -> bool:
    """Whether a log holds so many events, as they were recorded, in a file without a fault."""
    log.inspect()
    return verify(log.records(), log_id=log.log_id).size == size


def everything(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {one.name: one.read_bytes() for one in sorted(folder.iterdir()) if one.is_file()}


WORKER = """
import os, sys, uuid
from datetime import UTC, datetime
from frontdoor.errors import FrontdoorError, LogError
from frontdoor.event import Draft
from frontdoor.log.sqlite import SqliteLog
from frontdoor.log.standing import EpisodeRow, Standing
def a_draft(case_id="C-1"):
    noon = datetime(2024, 3, 4, 12, tzinfo=UTC)
    return Draft(case_id, "referral.receive", noon, noon, "officer-12", "manager", "", "", {"n": 1}, str(uuid.uuid4()))
def append(log, *some):
    with log.writing() as writing:
        return writing.append(some)
def an_episode(case_id):
    return EpisodeRow(case_id, 1, "referral-1", "referral", "received", "", 1, "", "", str(uuid.uuid4()), "", "")
"""
"""What a process needs that records; it is ready much sooner than one that loads the suite."""


def python(code: str, *arguments: object, **more: object) -> subprocess.CompletedProcess[str]:
    """Run some code in a Python of its own."""
    return subprocess.run(
        [sys.executable, "-c", WORKER + code, *map(str, arguments)], capture_output=True, text=True, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False, **more,  # type: ignore[call-overload]
    )  # fmt: skip


# ---- making and opening ----


def test_a_log_is_made_where_there_is_none_and_is_there_when_it_is_opened_again(path: Path) -> None:
    with SqliteLog(path) as log:
        events = append(log, a_draft())
    with SqliteLog(path, create=False) as again:
        assert again.log_id == log.log_id
        assert list(again.follow()) == events


def test_an_empty_file_is_taken_for_a_new_log(path: Path) -> None:
    path.touch()
    with SqliteLog(path) as log:
        append(log, a_draft())
        assert is_whole(log, 1)


@pytest.mark.parametrize(
    "name", ["a b.db", "50%.db", "what?.db", "#1.db", "größe.db", "a%20b.db", "x?mode=memory", "&.db"]
)
def test_a_file_may_have_any_name(tmp_path: Path, name: str) -> None:
    with SqliteLog(tmp_path / name) as log:
        append(log, a_draft())
        assert (tmp_path / name).stat().st_size
        assert {one.name.removesuffix("-wal").removesuffix("-shm") for one in tmp_path.iterdir()} == {name}


def test_a_name_alone_is_a_file_of_the_folder_one_is_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with SqliteLog("borough.db") as log:
        monkeypatch.chdir("/")
        append(log, a_draft())
    assert (tmp_path / "borough.db").exists()


def test_closing_leaves_one_file(path: Path, log: SqliteLog) -> None:
    log.close()
    assert [one.name for one in path.parent.iterdir()] == ["borough.db"]


def test_a_closed_log_says_so(log: SqliteLog) -> None:
    log.close()
    log.close()
    refused(LogError, "is closed", log.size)
    refused(LogError, "is closed", lambda: append(log, a_draft()))
    assert repr(log).endswith("borough.db', closed>")


def test_what_is_written_is_on_the_disk_when_the_transaction_ends(path: Path, log: SqliteLog) -> None:
    assert log._ask("PRAGMA journal_mode") == [("wal",)]
    assert log._ask("PRAGMA synchronous") == [(2,)]


@pytest.mark.skipif(
    not shutil.which("strace"), reason="the system's calls are counted by strace, which is not installed"
)
def test_a_transaction_syncs_once(path: Path) -> None:
    run = subprocess.run(
        ["strace", "-f", "-e", "trace=fsync,fdatasync,sync_file_range,msync,write", sys.executable, "-c", WORKER + TWENTY, path],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.stdout == "begun\nended\n", run.stderr
    between = run.stderr.split('"begun')[1].split('"ended')[0]
    assert between.count("sync(") == 20


TWENTY = """
def record(number):
    case = f"C-{number}"
    with log.writing() as writing:
        writing.append([a_draft(case)])
        writing.stand([Standing(case, (an_episode(case),))])
with SqliteLog(sys.argv[1]) as log:
    record(0)  # which says in the file itself that it is in use
    record(1)  # and begins FILE-wal anew
    print("begun", flush=True)
    for number in range(2, 22):
        record(number)
    print("ended", flush=True)
"""


def test_opening_a_log_that_is_up_to_date_does_not_load_sqlite_utils(path: Path, log: SqliteLog) -> None:
    run = python(
        "log = SqliteLog(sys.argv[1]); append(log, a_draft()); print('sqlite_utils' in sys.modules)",
        path,
    )
    assert run.stdout == "False\n", run.stderr


def test_eight_processes_that_make_a_log_at_once_make_one(path: Path) -> None:
    code = WORKER + (
        "sys.stdin.read(1)\n"
        "with SqliteLog(sys.argv[1], patience=60) as log:\n"
        "    append(log, a_draft()); print(log.log_id)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    makers = [
        subprocess.Popen([sys.executable, "-c", code, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        for _ in range(8)
    ]  # fmt: skip
    for maker in makers:
        assert maker.stdin is not None
        maker.stdin.write(b"x")
        maker.stdin.flush()
    ids = {maker.communicate()[0] for maker in makers}
    with SqliteLog(path) as log:
        assert ids == {f"{log.log_id}\n".encode()}
        assert is_whole(log, 8)


# ---- what is no log ----


def test_a_file_that_is_no_log_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    contents = {
        "text": b"case_id,event\n",
        "short": b"x",
        "nearly": b"SQLite format 3\0" + bytes(84),
        "zeros": bytes(4096),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        refused(LogError, f"{name} is not a frontdoor log", lambda name=name: SqliteLog(tmp_path / name))
        refused(LogError, "is not a frontdoor log", lambda name=name: SqliteLog(tmp_path / name, read_only=True))
    assert everything(tmp_path) == contents


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_database_of_something_else_is_refused_and_stays_as_it_is(path: Path, mode: str, plain: Plain) -> None:
    other = plain(path)
    other.execute(f"PRAGMA journal_mode = {mode}")
    other.execute("CREATE TABLE events (position INTEGER)")
    before = everything(path.parent)
    refused(LogError, "borough.db is not a frontdoor log", lambda: SqliteLog(path))
    assert everything(path.parent) == before
    other.close()


def test_what_is_no_file_is_no_log(tmp_path: Path) -> None:
    refused(LogError, "is not a frontdoor log: it is no file", lambda: SqliteLog(tmp_path))
    os.mkfifo(tmp_path / "pipe")
    refused(LogError, "is not a frontdoor log: it is no file", lambda: SqliteLog(tmp_path / "pipe"))
    refused(LogError, "there is no folder", lambda: SqliteLog(tmp_path / "none" / "borough.db"))
    refused(LogError, "not a directory", lambda: SqliteLog(tmp_path / "pipe" / "borough.db"))
    refused(LogError, "there is MemoryLog", lambda: SqliteLog(":memory:"))


def test_a_log_that_is_not_there_is_not_made_unless_it_may_be(path: Path) -> None:
    refused(LogError, "there is no log .*borough.db", lambda: SqliteLog(path, create=False))
    refused(LogError, "there is no log .*borough.db", lambda: SqliteLog(path, read_only=True))
    assert everything(path.parent) == {}


def test_a_log_of_a_newer_frontdoor_is_refused_and_stays_as_it_is(path: Path, log: SqliteLog, plain: Plain) -> None:
    log.close()
    db = plain(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    before = path.read_bytes()
    for read_only in (False, True):
        with pytest.raises(
            OldSchema, match=f"newer frontdoor .schema 99; this one knows {schema.VERSION}.: update frontdoor"
        ) as caught:
            SqliteLog(path, read_only=read_only)
        assert (caught.value.found, caught.value.known) == (99, schema.VERSION)
    assert path.read_bytes() == before


def test_a_log_of_an_older_frontdoor_is_brought_up_to_date_with_all_it_holds(
    path: Path, log: SqliteLog, plain: Plain
) -> None:
    events = list(log.follow())
    log.close()
    db = plain(path)
    db.execute("BEGIN IMMEDIATE")
    db.execute("DROP VIEW open_work")
    schema.bring_up_to_date(db, [*schema.STEPS, lambda db: db.execute("ALTER TABLE log ADD COLUMN kept_by TEXT")])
    assert db.in_transaction
    db.execute("COMMIT")
    assert db.execute("PRAGMA user_version").fetchone() == (schema.VERSION + 1,)
    assert db.execute("SELECT kept_by FROM log").fetchall() == [(None,)]
    assert db.execute("SELECT count(*) FROM open_work").fetchone() == (0,)
    db.execute(f"PRAGMA user_version = {schema.VERSION}")
    db.close()
    with SqliteLog(path) as again:
        assert list(again.follow()) == events


def test_a_step_that_fails_leaves_an_older_log_as_it_was(path: Path, log: SqliteLog, plain: Plain) -> None:
    log.close()
    before = path.read_bytes()
    db = plain(path)

    def fails(db: object) -> None:
        raise ZeroDivisionError

    db.execute("BEGIN IMMEDIATE")
    with pytest.raises(ZeroDivisionError):
        schema.bring_up_to_date(db, [*schema.STEPS, lambda db: db.execute("DROP TABLE events"), fails])
    db.execute("ROLLBACK")
    db.close()
    assert path.read_bytes() == before


def test_an_older_log_that_cannot_be_written_says_what_to_do(path: Path, log: SqliteLog, plain: Plain) -> None:
    log.close()
    db = plain(path)
    db.execute("PRAGMA user_version = 0")
    db.close()
    with pytest.raises(OldSchema, match="older frontdoor .*: open it once where it can be written"):
        SqliteLog(path, read_only=True)


# ---- what cannot be written ----


def test_a_log_opened_for_reading_is_read_beside_its_writer_and_refuses_to_be_written(
    path: Path, log: SqliteLog
) -> None:
    with SqliteLog(path, read_only=True) as reader:
        assert reader.size() == 3
        append(log, a_draft())
        assert is_whole(reader, 4)
        refused(ReadOnly, "cannot be written", lambda: append(reader, a_draft()))
        assert repr(reader).endswith("borough.db', read only>")
    assert log.size() == 4


UNPRIVILEGED = """
import sqlite_utils
from frontdoor.log.checkpoint import verify
def tried(act):
    try:
        return act()
    except FrontdoorError as error:
        return f"{type(error).__name__}: {error}"
if os.geteuid() == 0:
    os.setgid(65534), os.setuid(65534)
os.chdir("/")
"""
"""Begins as who runs the tests, and goes on as somebody whom permissions bind."""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that anybody may look into."""
    made = Path(tempfile.mkdtemp())
    made.chmod(0o755)
    yield made
    for one in [made, *made.rglob("*")]:
        one.chmod(0o755)
    shutil.rmtree(made)


def as_somebody(code: str, path: Path) -> list[str]:
    """What some code prints, run by somebody who may only what permissions let anybody."""
    run = python(UNPRIVILEGED + code, path)
    assert run.returncode == 0, run.stderr
    return run.stdout.splitlines()


READ_AND_WRITE = """
with SqliteLog(sys.argv[1]) as log:
    print(log.read_only, log.size(), verify(log.records(), log_id=log.log_id).size)
    print(tried(lambda: append(log, a_draft())))
"""


def test_a_file_that_cannot_be_written_is_read_and_refuses(folder: Path) -> None:
    path = folder / "borough.db"
    with SqliteLog(path) as log:
        append(log, a_draft())
    folder.chmod(0o777)
    path.chmod(0o444)
    before = path.read_bytes()
    seen, wrote = as_somebody(READ_AND_WRITE, path)
    assert seen == "True 1 1"
    assert wrote.startswith("ReadOnly: ") and "cannot be written" in wrote
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_written_is_read_and_refuses_and_stays_as_it_is(folder: Path) -> None:
    path = folder / "borough.db"
    with SqliteLog(path) as log:
        append(log, a_draft())
    path.chmod(0o444)
    folder.chmod(0o555)
    before = everything(folder)
    seen, wrote = as_somebody(READ_AND_WRITE, path)
    assert seen == "True 1 1"
    assert wrote.startswith("ReadOnly: ")
    assert everything(folder) == before


def test_what_only_stands_in_the_wal_of_a_folder_that_cannot_be_written_is_not_passed_over(folder: Path) -> None:
    path, kept = folder / "borough.db", folder / "kept"
    with SqliteLog(path) as log:
        append(log, a_draft())
        shutil.copy(f"{path}-wal", kept)
    kept.rename(f"{path}-wal")
    for one in folder.iterdir():
        one.chmod(0o444)
    folder.chmod(0o555)
    (said,) = as_somebody("print(tried(lambda: SqliteLog(sys.argv[1], read_only=True).size()))", path)
    assert said == (
        f"LogError: {path} cannot be read: part of it stands in {path}-wal, beside which SQLite must write; copy both to where "
        f"it can."
    )


def test_a_log_is_not_made_where_nothing_can_be(folder: Path) -> None:
    folder.chmod(0o555)
    (said,) = as_somebody("print(tried(lambda: SqliteLog(sys.argv[1])))", folder / "borough.db")
    assert said == f"ReadOnly: {folder}/borough.db cannot be made: its folder cannot be written."
    assert everything(folder) == {}


def test_a_file_that_cannot_be_read_says_so(folder: Path) -> None:
    path = folder / "borough.db"
    path.touch()
    path.chmod(0o000)
    (said,) = as_somebody("print(tried(lambda: SqliteLog(sys.argv[1])))", path)
    assert said == f"LogError: {path} cannot be read: permission denied."


def test_a_full_disk_is_said_and_leaves_the_log_as_it_was(log: SqliteLog) -> None:
    ((pages,),) = log._ask("PRAGMA page_count")
    log._ask(f"PRAGMA max_page_count = {pages + 5}")
    refused(LogError, "the disk is full", lambda: append(log, *(a_draft() for _ in range(1000))))
    assert is_whole(log, 3)
    log._ask("PRAGMA max_page_count = 100000")
    append(log, *(a_draft() for _ in range(1000)))
    assert is_whole(log, 1003)


def test_a_caller_who_passes_over_a_full_disk_commits_nothing(log: SqliteLog) -> None:
    ((pages,),) = log._ask("PRAGMA page_count")
    with pytest.raises(LogError, match="the disk is full"), log.writing() as writing:
        writing.append([a_draft()])
        log._ask(f"PRAGMA max_page_count = {pages + 5}")
        with pytest.raises(LogError, match="the disk is full"):
            writing.append([a_draft() for _ in range(1000)])
        log._ask("PRAGMA max_page_count = 100000")
        writing.append([a_draft()])
    assert is_whole(log, 3)


def test_a_disk_that_fails_while_writing_leaves_the_log_as_it_was(path: Path) -> None:
    code = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with SqliteLog(sys.argv[1]) as log:
    append(log, a_draft())
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
    try:
        append(log, *(a_draft() for _ in range(5000)))
    except LogError as error:
        print(type(error).__name__, error)
    print(log.size())
    append(log, a_draft())
    print(log.size())
"""
    run = python(code, path)
    said, *sizes = run.stdout.splitlines()
    assert said.startswith(f"LogError {path} cannot be"), run.stderr
    assert sizes == ["1", "2"]
    with SqliteLog(path) as log:
        assert is_whole(log, 2)


# ---- several at once ----


def test_a_log_that_somebody_else_is_writing_is_busy_and_stays_as_it_is(
    path: Path, log: SqliteLog, plain: Plain
) -> None:
    other = plain(path)
    other.execute("BEGIN IMMEDIATE")
    with SqliteLog(path, patience=0.02) as waits:
        refused(Busy, "somebody else has been writing .* for more than 0.02 seconds", lambda: append(waits, a_draft()))
        assert waits.size() == 3
        other.execute("ROLLBACK")
        append(waits, a_draft())
        assert is_whole(waits, 4)
    other.close()


def test_a_log_that_another_thread_is_writing_is_busy(path: Path) -> None:
    said: list[str] = []

    def work() -> None:
        try:
            append(log, a_draft())
        except Busy as error:
            said.append(str(error))

    with SqliteLog(path, patience=0.02) as log:
        thread = threading.Thread(target=work)
        with log.writing() as writing:
            writing.append([a_draft()])
            thread.start()
            thread.join()
        assert "another thread has been writing" in said[0]
        assert is_whole(log, 1)


def test_an_error_of_the_callers_own_database_is_passed_on_as_it_is(path: Path, log: SqliteLog, plain: Plain) -> None:
    own = plain(path.with_name("own.db"))
    with pytest.raises(sqlite3.OperationalError), log.writing() as writing:
        writing.append([a_draft()])
        own.execute("no such statement")
    assert log.size() == 3


def test_what_sqlite_does_not_take_is_a_log_error(log: SqliteLog) -> None:
    breach = a_breach("C-1", "id-1")._replace(lag_seconds="long")  # type: ignore[arg-type]
    with pytest.raises(LogError, match="does not take what was to be written"), log.writing() as writing:
        writing.append([a_draft()])
        writing.stand([Standing("C-1", breaches=(breach,))])
    assert is_whole(log, 3)


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

FORKS = """
log = SqliteLog(sys.argv[1])
append(log, a_draft())
"""


@needs_fork
def test_what_a_process_forks_goes_on_writing_beside_it(path: Path) -> None:
    code = """
children = []
for _ in range(4):
    child = os.fork()
    if child == 0:
        for _ in range(25):
            append(log, a_draft())
        os._exit(0)
    children.append(child)
for _ in range(25):
    append(log, a_draft())
log.close()
print([os.waitpid(child, 0)[1] for child in children])
"""
    run = python(FORKS + code, path)
    assert run.stdout == "[0, 0, 0, 0]\n", run.stderr
    with SqliteLog(path) as log:
        assert is_whole(log, 126)


@needs_fork
def test_a_transaction_stays_with_the_process_that_began_it(path: Path) -> None:
    code = """
with log.writing() as writing:
    writing.append([a_draft()])
    child = os.fork()
    if child == 0:
        try:
            writing.append([a_draft()])
        except LogError as error:
            print(error, flush=True)
        print(log.size(), flush=True)
        os._exit(0)
    os.waitpid(child, 0)
    writing.append([a_draft()])
print(log.size())
"""
    run = python(FORKS + code, path)
    said, *sizes = run.stdout.splitlines()
    assert said == "this transaction has ended, or the process has forked since it began: begin another.", run.stderr
    assert sizes == ["1", "3"]
    with SqliteLog(path) as log:
        assert is_whole(log, 3)


@needs_fork
def test_a_process_forked_while_another_thread_writes_is_told_that_it_can_only_read(path: Path) -> None:
    code = """
import threading
log._file._sqlite.patience = 0.02
begun, done = threading.Event(), threading.Event()
def work():
    with log.writing() as writing:
        writing.append([a_draft()])
        begun.set()
        done.wait()
        writing.append([a_draft()])
thread = threading.Thread(target=work)
thread.start()
begun.wait()
child = os.fork()
if child == 0:
    print(log.size(), flush=True)
    try:
        append(log, a_draft())
    except LogError as error:
        print(error, flush=True)
    os._exit(0)
os.waitpid(child, 0)
done.set()
thread.join()
append(log, a_draft())
print(log.size())
"""
    run = python("import warnings\nwarnings.simplefilter('ignore')\n" + FORKS + code, path)
    before, said, after = run.stdout.splitlines()
    assert (before, after) == ("1", "4"), run.stderr
    assert (
        said.startswith("this process was forked off in the middle of a transaction of ") and "it can read it" in said
    )
    with SqliteLog(path) as log:
        assert is_whole(log, 4)


# ---- what SQLite guards ----


@pytest.mark.parametrize(
    "statement, said",
    [
        ("UPDATE events SET actor = 'x'", "events are never changed: record a correction."),
        ("DELETE FROM events WHERE position = 3", "events are never changed: record a correction."),
        ("INSERT OR REPLACE INTO events SELECT * FROM events WHERE position = 1", "events are only added at the end."),
        ("UPDATE libraries SET content = ''", "libraries are never changed: what was recorded under them needs them."),
        ("DELETE FROM libraries", "libraries are never changed: what was recorded under them needs them."),
        ("UPDATE workflows SET content = ''", "workflows are never changed: what was recorded under them needs them."),
        ("DELETE FROM workflows", "workflows are never changed: what was recorded under them needs them."),
    ],
)
def test_the_file_itself_refuses_to_have_what_was_recorded_changed(
    path: Path, log: SqliteLog, statement: str, said: str, plain: Plain
) -> None:
    with log.writing() as writing:
        writing.keep_library("L1", "one", {"W1": "a"}, NOON)
    db = plain(path)
    with pytest.raises(sqlite3.IntegrityError) as caught:
        db.execute(statement)
    assert str(caught.value) == said
    db.close()
    assert is_whole(log, 3)


def test_events_are_stored_in_the_columns_that_were_agreed(log: SqliteLog) -> None:
    described = log._ask("SELECT name, type, [notnull], pk FROM pragma_table_info('events')")
    numbers = {"position", "version"}
    assert [name for name, *_ in described] == list(COLUMNS)
    assert all(kind == ("INTEGER" if name in numbers else "TEXT") and notnull for name, kind, notnull, _ in described)
    assert [name for name, *_, key in described if key] == ["position"]


@pytest.mark.parametrize(
    "statement", ["event_id = 'x'", "case_id = 'C-1', version = 1", "actor = NULL", "version = 'x'"]
)
def test_the_table_holds_ids_and_versions_once_and_nothing_of_another_kind(
    path: Path, log: SqliteLog, statement: str, plain: Plain
) -> None:
    db = plain(path)
    db.execute("DROP TRIGGER events_no_update")
    with pytest.raises(sqlite3.IntegrityError):
        db.execute(f"UPDATE events SET {statement}")
    db.close()


def test_moments_are_stored_as_iso_text_and_details_as_json(log: SqliteLog) -> None:
    append(log, a_draft("C-9", details={"b": [1, None], "a": "é"}, recorded_at=None))
    ((happened_at, recorded_at, details),) = log._ask(
        "SELECT happened_at, recorded_at, details FROM events WHERE case_id = 'C-9'"
    )
    assert (happened_at, recorded_at, details) == ("2024-03-04T12:00:00+00:00", "", '{"a":"é","b":[1,null]}')


def test_what_stands_already_is_not_written_again(path: Path, log: SqliteLog, plain: Plain) -> None:
    stands = Standing("C-1", (an_episode("C-1"),), (a_deadline("C-1"),), (a_breach("C-1", "id-1"),))
    with log.writing() as writing:
        writing.stand([stands])
    db = plain(path)
    before = db.execute("PRAGMA data_version").fetchone()
    with log.writing() as writing:
        writing.stand([stands, Standing("C-2")])
    assert db.execute("PRAGMA data_version").fetchone() == before
    with log.writing() as writing:
        writing.stand([Standing("C-1")])
    assert db.execute("PRAGMA data_version").fetchone() != before
    db.close()


@pytest.mark.parametrize(
    "act, index",
    [
        (lambda log: log.due(5), "deadlines_due"),
        (lambda log: log.due(5, after=(3, "C-1")), "deadlines_due"),
        (lambda log: list(log.running()), "deadlines_running"),
        (lambda log: list(log.running(before=5)), "deadlines_running"),
        (lambda log: list(log.breaches()), "idx_breaches_now_raised_breach"),
        (lambda log: log.events("C-1"), "idx_events_case_id_version"),
        (lambda log: log.head("C-1"), "idx_events_case_id_version"),
        (lambda log: log.find("id-1"), "idx_events_event_id"),
        (lambda log: log.found(["id-1", "id-2"]), "idx_events_event_id"),
        (lambda log: list(log.deadlines()), "sqlite_autoindex_deadlines_now_1"),
        (lambda log: list(log.follow(3)), "INTEGER PRIMARY KEY"),
    ],
)  # fmt: skip
def test_what_is_asked_often_is_found_by_an_index(
    log: SqliteLog, act: Callable[[SqliteLog], object], index: str
) -> None:
    asked: list[str] = []
    log._file._sqlite.ready().set_trace_callback(asked.append)
    act(log)
    log._file._sqlite.ready().set_trace_callback(None)
    plans = [line for sql in asked for (*_, line) in log._ask(f"EXPLAIN QUERY PLAN {sql}")]
    assert any(index in line for line in plans), plans
    assert not any(line.startswith("SCAN") or "B-TREE FOR ORDER" in line for line in plans), plans


# ---- what Datasette and spreadsheets see ----


def look(log: SqliteLog, view: str) -> list[dict[str, object]]:
    """The rows of a view by their columns' names."""
    db = sqlite3.connect(f"file:{log.path}?mode=ro", uri=True)
    db.row_factory = sqlite3.Row
    rows = [dict(row) for row in db.execute(f"SELECT * FROM {view}")]
    db.close()
    return rows


@pytest.fixture
def standing(log: SqliteLog) -> SqliteLog:
    """A log in which two cases are open, one of them overdue."""
    with log.writing() as writing:
        writing.stand([
            Standing(
                "C-1",
                (an_episode("C-1"), an_episode("C-1", 2, is_open=0, title="Closed", state="closed")),
                (
                    a_deadline("C-1", 1, 50, timer="referral.feedback", due="2024-03-11"),
                    a_deadline("C-1", 2, 40, breached=1),
                    a_deadline("C-1", 3, 10, timer="contact.screening"),
                    a_deadline("C-1", 4, 5, episode="referral-2", status="met", stopped_at="2024-03-05"),
                ),
                (a_breach("C-1", "id-7"), a_breach("C-1", "id-8", withdrawn="id-9", why="it was recorded late")),
            ),
            Standing("C-2", (an_episode("C-2"),), (a_deadline("C-2", 1, 9, status="late", over=2, stopped_at="2024-03-07"),)),
        ])  # fmt: skip
    return log


def test_open_work_is_every_open_episode_with_what_is_due_next(standing: SqliteLog) -> None:
    first, second = look(standing, "open_work")
    assert first == {
        "case_id": "C-1", "episode": "referral-1", "workflow": "referral", "state": "Referral received",
        "since": "2024-03-04T12:00:00+00:00", "opened_at": "2024-03-04T12:00:00+00:00", "family": "",
        "edition": "working_together_2023", "next_timer": "referral.decision", "next_due": "2024-03-05", "is_overdue": 1,
    }  # fmt: skip
    assert (second["case_id"], second["next_timer"], second["next_due"], second["is_overdue"]) == ("C-2", None, None, 0)


def test_a_deadline_is_overdue_where_it_runs_and_a_breach_of_it_stands(standing: SqliteLog) -> None:
    statuses = [(row["case_id"], row["timer"], row["status"]) for row in look(standing, "deadlines")]
    assert statuses == [
        ("C-1", "referral.feedback", "running"), ("C-1", "referral.decision", "overdue"),
        ("C-1", "contact.screening", "running"), ("C-1", "referral.decision", "met"), ("C-2", "referral.decision", "late"),
    ]  # fmt: skip


def test_a_breach_that_was_withdrawn_is_listed_as_that(standing: SqliteLog) -> None:
    assert [(row["event_id"], row["status"], row["why"]) for row in look(standing, "breaches")] == [
        ("id-7", "stands", ""),
        ("id-8", "withdrawn", "it was recorded late"),
    ]


def test_timeliness_is_the_share_met_of_those_met_late_or_overdue(standing: SqliteLog) -> None:
    decision = next(row for row in look(standing, "timeliness") if row["timer"] == "referral.decision")
    assert decision == {
        "timer": "referral.decision", "basis": "statutory", "met": 1, "late": 1, "ended": 0, "running": 0, "overdue": 1,
        "cannot_tell": 0, "percent_in_time": 33.3,
    }  # fmt: skip
    feedback = next(row for row in look(standing, "timeliness") if row["timer"] == "referral.feedback")
    assert (feedback["running"], feedback["percent_in_time"]) == (1, None)


# ---- damage ----


def test_a_change_made_behind_the_triggers_shows(path: Path, log: SqliteLog, plain: Plain) -> None:
    db = plain(path)
    db.execute("DROP TRIGGER events_no_update")
    db.execute("DROP TRIGGER events_no_delete")
    before = [*log.records()]
    for column in COLUMNS:
        db.execute("BEGIN")
        db.execute(f"UPDATE events SET {column} = {column} || '1' WHERE position = 2")
        db.execute("COMMIT")
        with pytest.raises(LogTampered):
            verify(log.records(), log_id=log.log_id)
        db.execute("BEGIN")
        db.execute("DELETE FROM events WHERE position > 1")
        db.execute("DROP TRIGGER IF EXISTS events_at_the_end")
        db.executemany(f"INSERT INTO events VALUES ({', '.join('?' * len(COLUMNS))})", before[1:])
        db.execute("COMMIT")
        assert is_whole(log, 3)
    db.close()


def test_an_event_put_before_the_first_or_without_a_position_shows(path: Path, log: SqliteLog, plain: Plain) -> None:
    records = [*log.records()]
    log.close()
    for odd in (0, -1, -(1 << 63), None, "4", 1.5, b"4"):
        db = plain(path)
        db.execute("DROP TABLE events")
        db.execute(f"CREATE TABLE events ({', '.join(COLUMNS)})")
        rows = [*records, (odd, *records[1][1:])]
        db.executemany(f"INSERT INTO events VALUES ({', '.join('?' * len(COLUMNS))})", rows)
        db.close()
        with SqliteLog(path) as log, pytest.raises(LogTampered):
            verify(log.records(), log_id=log.log_id)


def test_text_that_is_not_utf_8_is_damage(path: Path, log: SqliteLog) -> None:
    log.close()
    path.write_bytes(path.read_bytes().replace(b"officer-12", b"officer\xff12"))
    with SqliteLog(path) as log:
        refused(LogTampered, "is damaged", lambda: verify(log.records(), log_id=log.log_id))
        refused(LogTampered, "is damaged", lambda: log.events("C-1"))


def test_no_flipped_bit_in_the_pages_of_the_events_goes_unnoticed(path: Path, log: SqliteLog, plain: Plain) -> None:
    append(log, *(a_draft(f"C-{number % 5}") for number in range(20)))
    log.close()
    db = plain(path)
    tables = ("events", "idx_events_event_id", "idx_events_case_id_version")
    pages = db.execute(f"SELECT pageno FROM dbstat WHERE name IN {tables}").fetchall() if has_dbstat(db) else []
    db.close()
    whole = path.read_bytes()
    if not pages:
        pytest.skip("this SQLite does not tell which table a page is of")
    unnoticed = []
    for (page,) in pages:
        for at in range((page - 1) * 4096, page * 4096, 97):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :])
            try:
                with SqliteLog(path, read_only=True) as log:
                    verify(log.records(), log_id=log.log_id)
                    log.inspect()
                unnoticed.append(at)
            except LogError:
                pass
    for at in unnoticed:  # space that nothing stands in
        assert whole[at : at + 1] == b"\0" or is_free(whole, at), at


def has_dbstat(db: sqlite3.Connection) -> bool:
    """Whether this SQLite was built with its table of pages."""
    return ("ENABLE_DBSTAT_VTAB",) in db.execute("PRAGMA compile_options").fetchall()


def is_free(whole: bytes, at: int) -> bool:
    """Whether a byte stands between the cell pointers and the cells of its page."""
    page = at // 4096 * 4096
    cells, content = int.from_bytes(whole[page + 3 : page + 5]), int.from_bytes(whole[page + 5 : page + 7])
    return page + 8 + 4 + 2 * cells <= at < page + content


def test_an_index_that_no_longer_finds_an_event_shows(path: Path, log: SqliteLog) -> None:
    (event_id,) = {event.event_id for event in log.events("C-2")}
    log.close()
    path.write_bytes(path.read_bytes().replace(event_id.encode(), b"0" * 36))
    with SqliteLog(path, read_only=True) as log:
        refused(LogTampered, "of event 2|not in its place", lambda: verify(log.records(), log_id=log.log_id))
    whole = path.read_bytes()
    at = whole.rindex(b"0" * 36) if whole.count(b"0" * 36) > 1 else 0
    assert at


def test_an_id_taken_is_a_conflict_though_another_process_took_it(path: Path, log: SqliteLog) -> None:
    draft = a_draft()
    with SqliteLog(path) as other:
        append(other, draft)
    refused(Conflict, "is in the log already, at position 4", lambda: append(log, draft))


def test_a_file_that_was_exchanged_for_another_log_is_not_written(path: Path, log: SqliteLog) -> None:
    log.close()
    with SqliteLog(path) as log:
        log._file._sqlite.let_go()
        path.unlink()
        SqliteLog(path).close()
        refused(LogError, "is another log than the one that was opened", lambda: append(log, a_draft()))


@pytest.mark.skipif(os.name == "nt", reason="modes are those of POSIX")
@pytest.mark.parametrize("umask, mode", [(0o022, 0o640), (0o002, 0o660), (0o077, 0o600), (0o000, 0o660)])
def test_a_new_log_is_for_its_owner_and_as_the_umask_lets_for_its_group(tmp_path: Path, umask: int, mode: int) -> None:
    path, before = tmp_path / "borough.db", os.umask(umask)
    try:
        with SqliteLog(path) as log:
            append(log, a_draft())
            modes = {one.name: one.stat().st_mode & 0o777 for one in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert modes == {"borough.db": mode, "borough.db-wal": mode, "borough.db-shm": mode}


@pytest.mark.skipif(os.name == "nt", reason="modes are those of POSIX")
def test_a_file_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "borough.db"
    path.touch()
    path.chmod(0o604)
    SqliteLog(path).close()
    assert path.stat().st_mode & 0o777 == 0o604
