"""Connections to one log: a pool of them for the threads of a process, and PostgreSQL's troubles told in sentences of ours.

A process that is forked off begins with none. What its parent had open stays its parent's to use and to close.
"""

from __future__ import annotations

__all__ = ["Connection", "Connections", "identity"]

import logging
import math
import os
import re
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeAlias

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import ConnectionPool, PoolTimeout

from frontdoor.errors import Busy, LogError, LogTampered, ReadOnly, seconds

logging.getLogger("psycopg.pool").addHandler(logging.NullHandler())
"""Each try of the pool's that fails would else be printed, where nobody has said what is to be done with what is logged; what
comes of them all is an error of ours."""
Connection: TypeAlias = "psycopg.Connection[tuple[Any, ...]]"

_SLOW = 60.0
"""Seconds that one statement may work, beside waiting for others: to put ten thousand events in their place takes one."""
_ALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 60_000}
"""How a server that is there no more, and never said so, is noticed within a minute, where the address does not say how; the
system by itself would take hours, and whoever asks waits for as long."""
_STRAY = re.compile(r"postgres(?:ql)?://(?:[^/?]*@[^/?]*@|[^@/?]*[/?](?!\w+=)[^@?]*@)")
"""An address in which a password goes on after the first '@' or '/': libpq would take the rest of it for a host or a database."""
_BUSY = (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure, errors.QueryCanceled)
_LOST = (
    errors.AdminShutdown, errors.CrashShutdown, errors.CannotConnectNow, errors.IdleInTransactionSessionTimeout,
    errors.ConnectionException,
)  # fmt: skip


class Connections:
    """A database that is connected to for as long as it is not closed, by at most so many connections at once.

    Raises:
        LogError: it cannot be reached, or not as this user.
    """

    def __init__(self, dsn: str, *, schema: str, patience: float, most: int, kind: str = "the log") -> None:
        self.schema, self.patience, self.most = schema, patience, most
        self.is_closed = False
        self._dsn = dsn
        self._lock = threading.Lock()
        self._pool: ConnectionPool[Connection] | None = None
        self._mine = threading.local()
        self._in_use: set[object] = set()
        try:
            said = {} if _STRAY.match(dsn) else conninfo_to_dict(dsn)
        except psycopg.ProgrammingError:
            said = {}
        if dsn and not said:  # what is wrong is not said, for it may be a part of the password
            raise LogError(
                f"what was given for {kind} does not say where a database is: write postgresql://USER:PASSWORD@HOST/DATABASE, and what is "
                "neither a letter nor a digit in a password as % and two hexadecimal digits ('@' as %40, '/' as %2F)."
            )
        self._said = frozenset(said)
        place = "/".join(str(said[name]) for name in ("host", "port", "dbname") if said.get(name))
        self.place = f"{schema} in {place or 'PostgreSQL'}"
        """For messages: it never has the password."""
        self.name = f"{kind} {self.place}"
        _all.add(self)

    def __repr__(self) -> str:
        return f"<Connections of {self.name}>"

    def alone(self) -> Connection:
        """A connection of its own, which is the caller's to close."""
        if self.is_closed:
            raise LogError(f"{self.name} is closed.")
        try:
            connection = psycopg.connect(self._dsn, **self._how())
            self._prepare(connection)
        except psycopg.Error as error:
            raise LogError(f"{self.name} cannot be reached: {_first_line(error)}.") from None
        return connection

    def ask(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        """The rows that a statement gives, outside of any transaction."""
        with self._taken() as connection:
            try:
                return connection.execute(sql.encode(), parameters or None).fetchall()
            except psycopg.Error as error:
                raise self.said(error) from None

    @contextmanager
    def transaction(self, begin: str) -> Iterator[Connection]:
        """A transaction begun by these statements; committed on leaving, or undone where that is by an error."""
        if getattr(self._mine, "process", None) == os.getpid():
            raise LogError("a transaction is under way in this thread: end it before another begins.")
        with self._taken() as connection:
            process = os.getpid()
            try:
                self._mine.process = process
                self._do(connection, begin)
                yield connection
                if os.getpid() == process:
                    self._do(connection, "COMMIT")
            except BaseException:
                if os.getpid() == process and not connection.closed:
                    with suppress(psycopg.Error):
                        connection.execute("ROLLBACK")
                raise
            finally:
                self._mine.process = None

    def _do(self, connection: Connection, sql: str) -> None:
        try:
            connection.execute(sql.encode())
        except psycopg.Error as error:
            raise self.said(error) from None

    def said(self, error: psycopg.Error) -> LogError:
        """What PostgreSQL says, as a sentence of ours."""
        name, line = self.name, _first_line(error)
        if isinstance(error, _BUSY):
            return Busy(f"others have been writing {name} for more than {seconds(self.patience)}: try again ({line}).")
        if isinstance(error, (errors.ReadOnlySqlTransaction, errors.InsufficientPrivilege)):
            return ReadOnly(f"{name} does not let this user do that: {line}.")
        if isinstance(error, errors.DiskFull):
            return LogError(f"{name} cannot be written: the disk is full.")
        if isinstance(
            error, (errors.UndefinedTable, errors.UndefinedColumn, errors.UndefinedFunction, errors.DataCorrupted)
        ):
            return LogTampered(f"{name} is damaged: {line}.")
        if isinstance(error, _LOST) or (isinstance(error, psycopg.OperationalError) and error.sqlstate is None):
            return LogError(
                f"the connection to {name} was lost: {line}. Whether what was under way is kept is not known: do it again, by the "
                f"same event id."
            )
        return LogError(f"{name} does not take what was asked or to be written: {line}.")

    def close(self) -> None:
        """Let go of every connection; what is committed stays."""
        with self._lock:
            self.is_closed = True
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()

    # ---- within ----

    def _how(self) -> dict[str, Any]:
        return {
            **{name: value for name, value in _ALIVE.items() if name not in self._said},
            "autocommit": True, "client_encoding": "utf8", "connect_timeout": max(2, math.ceil(self.patience)),
        }  # fmt: skip

    def _open(self) -> ConnectionPool[Connection]:
        with self._lock:
            if self.is_closed:
                raise LogError(f"{self.name} is closed.")
            if self._pool is None:
                self._pool = ConnectionPool(
                    self._dsn, kwargs=self._how(), min_size=0, max_size=self.most, open=True, timeout=self.patience,
                    configure=self._prepare, check=ConnectionPool.check_connection, reconnect_timeout=self.patience,
                )  # fmt: skip
            return self._pool

    @contextmanager
    def _taken(self) -> Iterator[Connection]:
        """A connection of the pool, which is given back on leaving."""
        pool, process, this = self._open(), os.getpid(), object()
        connection = None
        try:
            connection = self._take(pool)
            self._in_use.add(this)
            yield connection
        finally:
            self._in_use.discard(this)
            if connection is not None and os.getpid() == process:
                pool.putconn(connection)

    def _take(self, pool: ConnectionPool[Connection]) -> Connection:
        try:
            return pool.getconn(self.patience)
        except PoolTimeout:
            self.alone().close()  # which says what is wrong, if the database cannot be reached
            self._leave(pool)
            all_of = "the one connection" if self.most == 1 else f"each of {self.most} connections"
            raise Busy(
                f"{all_of} to {self.name} has been in use for more than {seconds(self.patience)}: try again."
            ) from None
        except psycopg.Error as error:
            raise self.said(error) from None

    def _leave(self, pool: ConnectionPool[Connection]) -> None:
        """Take another pool the next time, if this one waits for more connections than are in use: who had the others was
        interrupted between having them and giving them back."""
        with self._lock:
            if len(self._in_use) >= self.most or pool is not self._pool:
                return
            self._pool = None
        # by nobody who waits: whoever was interrupted may have left a lock of its own taken
        threading.Thread(target=pool.close, kwargs={"timeout": 0}, daemon=True).start()

    def _prepare(self, connection: Connection) -> None:
        """What is committed is on the disk, whatever the database is set to; every statement sees what is committed by then; and
        what a machine holds that is there no more is soon held no more."""
        connection.execute(
            "SELECT set_config('search_path', quote_ident(%s) || ', pg_temp', false), set_config('lock_timeout', %s, false), "
            "set_config('statement_timeout', %s, false), set_config('default_transaction_isolation', 'read committed', false), "
            "set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' "
            "ELSE current_setting('synchronous_commit') END, false), set_config('tcp_keepalives_idle', '30', false), "
            "set_config('tcp_keepalives_interval', '10', false), set_config('tcp_keepalives_count', '3', false), "
            "set_config('idle_in_transaction_session_timeout', '10min', false)",
            (self.schema, f"{max(1, round(self.patience * 1000))}ms", f"{round((self.patience + _SLOW) * 1000)}ms"),
        )


def identity(connection: Connection) -> tuple[object, ...] | None:
    """Which database this is, and of which server; None where the server does not tell."""
    may = connection.execute("SELECT has_function_privilege('pg_control_system()', 'EXECUTE')").fetchone()
    if may is None or not may[0]:
        return None
    return connection.execute(
        "SELECT system_identifier, oid FROM pg_control_system(), pg_database WHERE datname = current_database()"
    ).fetchone()


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")


# ---- forks ----

_all: weakref.WeakSet[Connections] = weakref.WeakSet()
_left: list[ConnectionPool[Connection]] = []
"""Those that were open when this process was forked off: its parent's."""


def _in_child() -> None:
    for one in list(_all):
        one._lock, one._mine, one._in_use = threading.Lock(), threading.local(), set()
        if one._pool is not None:
            _left.append(one._pool)
            one._pool = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
