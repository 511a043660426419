"""The log itself: what is asked of it by position has first everything that is committed put in its place."""

from __future__ import annotations

__all__ = ["PostgresLog"]

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from typing import Any, cast

import psycopg

from frontdoor.errors import KeysError, LogError, LogTampered, OldSchema, ReadOnly
from frontdoor.event import Event
from frontdoor.log import Writing
from frontdoor.log.chain import Record, events_of
from frontdoor.log.keyfile import KeyFile
from frontdoor.log.keys import Keys
from frontdoor.log.listing import LEAST, PAGE, Listing
from frontdoor.log.postgres import keys, making
from frontdoor.log.postgres.connections import Connections, identity
from frontdoor.log.postgres.keystore import PostgresKeys
from frontdoor.log.postgres.reading import Reading
from frontdoor.log.postgres.tables import EVENT, ORDERED
from frontdoor.log.postgres.writing import Transaction, begun
from frontdoor.log.sealing import Sealed, Sealing

_LOOK = 0.1
"""Seconds between two looks whether there is something new, where nobody tells."""


class PostgresLog(Listing, Reading, Sealed):
    """A log in a schema of a PostgreSQL database, which `create` made.

    `dsn` says where, as libpq takes it: 'postgresql://user@host/database'. A user who may not add events, and a standby server,
    can only be read; a standby knows no events but those that were put in their place before. `patience` is how many seconds
    to wait for another writer of the same case, and for a connection; `connections` how many there may be at once, one for each
    thread that is asking or writing. With `keys`, the name of a file of them (`log.keyfile`), the address of a database that
    `create_keys` made, or a `PostgresKeys`, what people write of a case is sealed under a key of the case's own, which
    `Desk.destroy_details` can destroy; without, it is kept in the open.

    Raises:
        KeysError: `keys` has the keys of another log, or those that details are sealed under are not there.
        LogError: the database cannot be reached, or there is no log in it.
        OldSchema: it was made by a newer frontdoor; or by an older, and `create` has to bring it up to date.
    """

    MARK = "%s"

    def __init__(
        self, dsn: str, schema: str = "frontdoor", *, read_only: bool = False, patience: float = 5.0, connections: int = 10,
        keys: str | os.PathLike[str] | Keys | None = None,
    ) -> None:  # fmt: skip
        self._connections = Connections(dsn, schema=schema, patience=patience, most=connections)
        self.schema = schema
        with self._connections.alone() as connection:
            try:
                self._look_at(connection, read_only)
                self._database = identity(connection)
            except psycopg.Error as error:
                raise self._connections.said(error) from None
        self._own_keys: PostgresKeys | None = None
        self._is_bound = False
        """Whether it is known to be noted by which keys it is sealed, which stays so."""
        try:
            self.sealing = Sealing(self.log_id, self._keys(keys))
        except BaseException:
            self.close()
            raise

    def _keys(self, given: str | os.PathLike[str] | Keys | None) -> Keys | None:
        """The keys, seen to be those that this log's details are sealed under, if any are; and not where the log is."""
        if given is None:
            return None
        name, how = self._connections.name, self._connections
        if isinstance(given, str) and given.startswith(("postgresql://", "postgres://")):
            given = self._own_keys = PostgresKeys(
                given, log_id=self.log_id, patience=how.patience, connections=how.most
            )
        elif isinstance(given, (str, os.PathLike)):
            given = KeyFile(given, self.log_id, patience=how.patience)
        if isinstance(given, PostgresKeys) and given.database is not None and given.database == self._database:
            raise KeysError(
                f"{given.name} is in the database that the log is in, whose dumps would carry both: keep it in another."
            )
        said = (
            given.path if isinstance(given, KeyFile) else given.name if isinstance(given, PostgresKeys) else str(given)
        )
        if isinstance(given, (KeyFile, PostgresKeys)) and given.log_id != self.log_id:
            raise KeysError(f"{said} was opened for another log than {name}: open it for this one, {self.log_id}.")
        by = self._sealed_by()
        if by not in ("", given.keys_id):
            there = "has others" if given.keys_id else "is not there"
            raise KeysError(
                f"the details in {name} are sealed by keys that {said} should have, and it {there}: bring it back."
            )
        return given

    def _look_at(self, connection: psycopg.Connection[Any], read_only: bool) -> None:
        name, known = self._connections.name, making.VERSION
        there = connection.execute("SELECT to_regclass('schema_version'), pg_is_in_recovery()").fetchone()
        if there is None or there[0] is None:
            raise LogError(
                f"there is no log {self._connections.place}, or this user may not see it: frontdoor.log.postgres.create makes one."
            )
        found = connection.execute("SELECT coalesce(max(version), 0) FROM schema_version").fetchone()
        version = found[0] if found else 0
        if version != known:
            by, do = ("a newer", "update frontdoor") if version > known else ("an older", "call create as its owner")
            raise OldSchema(
                f"{name} was made by {by} frontdoor (schema {version}; this one knows {known}): {do}.",
                found=version, known=known,
            )  # fmt: skip
        may = connection.execute(
            "SELECT has_any_column_privilege('events', 'INSERT'), has_function_privilege('put_in_place()', 'EXECUTE')"
        ).fetchone()
        assert may is not None
        self._places = bool(may[1]) and not there[1]
        self.read_only = read_only or not may[0] or not self._places
        ids = connection.execute("SELECT log_id FROM log").fetchall()
        if len(ids) != 1:
            raise LogTampered(f"{name} is damaged: it has {len(ids) or 'no'} id{'s' if ids else ''} of its own.")
        self.log_id: str = ids[0][0]

    def __repr__(self) -> str:
        state = ", closed" if self._connections.is_closed else ", read only" if self.read_only else ""
        return f"<PostgresLog {self._connections.place}{state}>"

    @contextmanager
    def writing(self, cases: Iterable[str] = (), *, waits: bool = True) -> Iterator[Writing]:
        """Begin a transaction that holds these cases. Leaving it by an error undoes it."""
        every = tuple(dict.fromkeys(cases))
        if self.read_only:
            raise ReadOnly(
                f"{self._connections.name} cannot be written: it is open for reading only, or as one who may only look."
            )
        with self._connections.transaction(begun(self.schema, every) if waits else "BEGIN") as connection:
            this = Transaction(
                self._connections, connection, self.sealing, every if waits else (), is_bound=self._is_bound
            )
            if not waits:
                this.hold_free(every)
            try:
                yield this
                this.end()
            except BaseException:
                this.undo()
                raise
        self._is_bound = this.is_bound

    def close(self) -> None:
        """Let go of every connection; what is committed stays."""
        self._connections.close()
        if self._own_keys is not None:
            self._own_keys.close()

    def __enter__(self) -> PostgresLog:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    # ---- places ----

    def put_in_place(self) -> None:
        """Give everything that is committed its position and link. It is done whenever something is asked by position."""
        while self._places and self._ask("SELECT put_in_place()")[0][0]:
            pass

    def wait(self, after: int, timeout: float | None = None) -> bool:
        """Wait until there is an event of a position higher than `after`, for so many seconds at most; whether there is.

        Whoever puts events in their place tells those who wait; where nobody does, each looks for itself, ten times a second.
        """
        give_up = None if timeout is None else time.monotonic() + timeout
        if self.size() > after or timeout == 0:
            return self.size() > after
        with self._connections.alone() as told:
            try:
                told.execute(f"LISTEN {keys.channel(self.schema)}".encode())
                while not (there := self.size() > after):
                    left = _LOOK if give_up is None else min(_LOOK, give_up - time.monotonic())
                    if left <= 0:
                        break
                    for _ in told.notifies(timeout=left, stop_after=1):
                        pass
            except psycopg.Error as error:
                raise self._connections.said(error) from None
        return there

    def inspect(self) -> None:
        """See that every event has its place, or is noted to get one.

        Raises:
            LogTampered: one has neither, and no follower would ever see it.
        """
        sql = (
            "SELECT e.event_id FROM events AS e LEFT JOIN places AS p ON p.event_id = e.event_id "
            "LEFT JOIN unplaced AS u ON u.arrived = e.arrived WHERE p.event_id IS NULL AND u.arrived IS NULL LIMIT 1"
        )
        for (event_id,) in self._ask(sql):
            raise LogTampered(
                f"{self._connections.name} is damaged: event {event_id} has no position, and would never get one."
            )

    # ---- reading ----

    def _ask(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        return self._connections.ask(sql, parameters)

    def _records_of(self, sql: str, parameters: Sequence[object]) -> list[Record]:
        found = self._ask(sql, parameters)
        if not all(record[0] for record in found):
            self.put_in_place()
            found = self._ask(sql, parameters)
        return [record for record in found if record[0]]

    def last(self) -> Event | None:
        """The event of the highest position, or None."""
        self.put_in_place()
        found = self._ask(f"{EVENT} WHERE p.position = (SELECT max(position) FROM places)")
        return events_of(found, self.sealing)[0] if found else None

    def digests(self) -> set[str]:
        """The digests of all workflows that events say they are bound to."""
        return {digest for (digest,) in self._ask("SELECT DISTINCT digest FROM events") if digest}

    def records(self) -> Iterator[Record]:
        """Every event as it is stored, in order of position, as far as the log had come when asked."""
        return self._records(LEAST, self.size())

    def _records(self, after: int, upto: int) -> Iterator[Record]:
        return self._pages(ORDERED, (after, upto), lambda record: (record[0], upto))

    def follow(self, after: int = 0) -> Iterator[Event]:
        """Every event of a position higher than `after`, in order of position, as far as the log had come when asked."""
        records = self._records(max(after, LEAST), self.size())
        return chain.from_iterable(iter(lambda: events_of(list(islice(records, PAGE)), self.sealing), []))

    def rows(self, columns: Sequence[str], *, after: int, upto: int) -> list[tuple[Any, ...]]:
        """Some columns of the events of positions higher than `after`, up to `upto`, in order of position, all at once."""
        return self._ask(f"SELECT {', '.join(columns)} FROM ({ORDERED}) AS ordered ORDER BY position", (after, upto))

    def cases(self) -> Iterator[str]:
        """Every case, in order of its first event; what is about no case is left out."""
        size = self.size()
        sql = (
            "SELECT p.position, e.case_id FROM places AS p JOIN events AS e ON e.event_id = p.event_id "
            "WHERE e.version = 1 AND e.case_id <> '' AND p.position > %s AND p.position <= %s ORDER BY p.position"
        )
        return (case_id for _, case_id in self._pages(sql, (0, size), lambda row: (row[0], size)))

    def size(self) -> int:
        """How many events there are: the highest position."""
        self.put_in_place()
        return cast(int, self._ask("SELECT coalesce(max(position), 0) FROM places")[0][0])

    def due(self, by: int, *, after: tuple[int, str] = (LEAST, ""), limit: int = 100) -> list[tuple[int, str]]:
        """Cases with a running deadline that is late from a moment no later than `by` and of which no breach stands."""
        sql = (
            "SELECT DISTINCT late_from, case_id FROM deadlines_now AS d "
            "WHERE status = 'running' AND breached = 0 AND late_from IS NOT NULL AND late_from <= %s "
            "AND (late_from, case_id) > (%s, %s) AND NOT EXISTS (SELECT 1 FROM deadlines_now AS e WHERE e.case_id = d.case_id "
            "AND e.late_from < d.late_from AND e.status = 'running' AND e.breached = 0) ORDER BY late_from, case_id LIMIT %s"
        )
        return self._ask(sql, (by, *after, limit))
