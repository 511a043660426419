"""The keys of a log's cases in a database of their own, so that several servers share them and no dump of the log carries them.

    create_keys("postgresql://owner@vault/keys", app_role="case_system")                        # once, and to sweep
    PostgresLog("postgresql://case_system@db/borough", keys="postgresql://case_system@vault/keys")

It has what a file of keys has (`log.keyfile`): a random key of 256 bits for each case that has sealed details, made by the server;
of each that was destroyed who did it, when and why. The application's role may read keys, and have them made and destroyed by
functions; it can change none, nor bring back one that was destroyed, and triggers hold the owner to that, too. Each question is a
transaction of its own, committed when it is answered: a key is on the disk before the event that uses it is.

What is destroyed is in no answer any more. On the disk PostgreSQL keeps it for a while: in the table's file until that is written
anew, which `create_keys` does each time it is called; in its own log (WAL), on standbys, in archives and dumps for as long as those
are kept. Let none of them last longer than words may take to be gone, and keep all of them where it is encrypted. What is kept of a
whole server, as its WAL is, has all of its databases: where that is how the log is backed up, keep the keys on another server.
"""

from __future__ import annotations

__all__ = ["PostgresKeys", "create_keys"]

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import psycopg
from psycopg import errors

from frontdoor.errors import Busy, KeysError, LogError
from frontdoor.log.keys import Destroyed, usable
from frontdoor.log.postgres import keys as locks
from frontdoor.log.postgres.connections import Connection, Connections, identity
from frontdoor.log.postgres.making import grant, make_schema, path_of, see_encoding
from frontdoor.log.shown import CLEAR

_KIND = "the key store"
_VERSION = 1
_KEY = "case_id, key, destroyed_at, destroyed_by, because"
_RANDOM = " || ".join(["uuid_send(gen_random_uuid())"] * 3)
"""366 random bits of the server's."""
_TABLES = ("keys_version", "about", "clear", "keys")


class PostgresKeys:
    """The keys of one log in a schema of a database, which `create_keys` made. They are bound to the log by the first key that is
    made for it. Nothing is kept in mind: what another process destroyed is read no more from then on.

    Raises:
        KeysError: the database cannot be reached, there are no keys in it, or they are those of another log.
    """

    def __init__(
        self, dsn: str, schema: str = "frontdoor_keys", *, log_id: str, patience: float = 5.0, connections: int = 10
    ) -> None:
        self.log_id, self.schema = log_id, schema
        self.keys_id = ""
        self.mark = ""  # those of a log in a database are its first, and its only ones
        self.clear: frozenset[str] = frozenset()
        try:
            self._connections = Connections(dsn, schema=schema, patience=patience, most=connections, kind=_KIND)
            self.name = self._connections.name
            """For messages: it never has the password."""
            with self._connections.alone() as connection:
                try:
                    self._recognise(connection)
                    self.database = identity(connection)
                    """Which database of which server it is; None where the server does not tell."""
                except psycopg.Error as error:
                    raise self._connections.said(error) from None
        except (Busy, KeysError):
            raise
        except LogError as error:
            raise KeysError(str(error)) from None

    def __repr__(self) -> str:
        return f"<PostgresKeys {self._connections.place}{', closed' if self._connections.is_closed else ''}>"

    def _recognise(self, connection: Connection) -> None:
        there = connection.execute("SELECT to_regclass('keys_version')").fetchone()
        if there is None or there[0] is None:
            raise KeysError(
                f"there are no keys {self._connections.place}, or this user may not see them: "
                "frontdoor.log.postgres.create_keys makes a store of them."
            )
        if connection.execute("SELECT 1 FROM keys_version WHERE version > %s", (_VERSION,)).fetchone():
            raise KeysError(f"{self.name} was made by a newer frontdoor: update frontdoor.")
        found = connection.execute("SELECT keys_id, log_id FROM about").fetchall()
        if len(found) != 1 or self.keys_id not in ("", found[0][0]):
            raise KeysError(f"{self.name} is another than the one that was opened.")
        if found[0][1] not in ("", self.log_id):
            raise KeysError(f"{self.name} has the keys of another log: of {found[0][1]}, and this is {self.log_id}.")
        self.keys_id = found[0][0]
        self.clear = frozenset(name for (name,) in connection.execute("SELECT name FROM clear"))

    def held(self, case_ids: Iterable[str]) -> Mapping[str, bytes | Destroyed]:
        """The keys of these cases, or what is left of them; without those that have none."""
        wanted = list(dict.fromkeys(case_ids))
        return self._ask(f"SELECT {_KEY} FROM keys WHERE case_id = ANY(%s)", (wanted,))

    def made(self, case_ids: Iterable[str]) -> Mapping[str, bytes]:
        """The keys of these cases; those that have none are given one, which is on the disk when this returns; of no case, they are
        bound to the log if they were not.

        Raises:
            KeysError: a key was destroyed, or cannot be kept.
        """
        wanted = list(dict.fromkeys(case_ids))
        return usable(self._changed("make_keys(%s, %s)", (wanted,), wanted))

    def destroy(self, case_id: str, gone: Destroyed) -> Destroyed:
        """Destroy the key of a case, so that it never has one again; what is left of it, which may be from before."""
        left = self._changed("destroy_key(%s, %s, %s, %s, %s)", (case_id, *gone), [case_id])[case_id]
        if not isinstance(left, Destroyed):
            raise KeysError(f"{self.name} has not destroyed the key of case {case_id!r}.")
        return left

    def _changed(
        self, function: str, parameters: Sequence[object], cases: Sequence[str]
    ) -> Mapping[str, bytes | Destroyed]:
        """The keys of these cases, as a function that first sees whose they are has left them."""
        found = self._ask(f"SELECT {_KEY} FROM {function}", (self.log_id, *parameters))
        missing = [case_id for case_id in cases if case_id not in found]
        if missing or not cases:
            with self._connections.alone() as connection:
                self._recognise(connection)
        if missing:
            raise KeysError(f"{self.name} has made no key of case {missing[0]!r}.")
        return found

    def _ask(self, sql: str, parameters: Sequence[object]) -> dict[str, bytes | Destroyed]:
        try:
            rows: list[Any] = self._connections.ask(sql, parameters)
        except Busy:
            raise
        except LogError as error:
            raise KeysError(str(error)) from None
        return {case_id: Destroyed(*left) if key is None else bytes(key) for case_id, key, *left in rows}

    def close(self) -> None:
        """Let go of every connection."""
        self._connections.close()

    def __enter__(self) -> PostgresKeys:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


# ---- making ----


def create_keys(
    dsn: str, *, schema: str = "frontdoor_keys", app_role: str | None = None, reader_role: str | None = None,
    clear: Iterable[str] | None = None, patience: float = 5.0,
) -> None:  # fmt: skip
    """Make a store of keys in a schema of a database, as the user who is to own it: of another database than the log's.

    `app_role` may then read keys, and have them made and destroyed, through `PostgresKeys`; `reader_role` may read them. Both are
    roles that the database has. `clear` names the details that are not sealed where they are codes (default: `shown.CLEAR`). Of a
    store that is there all of that is kept, and its file is written anew, so that no key is left in it that was destroyed before whatever is under way in
    that database began.

    Raises:
        KeysError: the database cannot be reached, is not in UTF-8, lacks a role, or does not let this user make a schema.
        Busy: somebody has been using the keys all the while.
    """
    try:
        connections = Connections(dsn, schema=schema, patience=patience, most=1, kind=_KIND)
        with connections.alone() as connection:
            try:
                with connection.transaction():
                    _make(connection, connections.name, schema, CLEAR if clear is None else clear)
                    for role, grants in ((app_role, _of_application()), (reader_role, _of_reader())):
                        if role is not None:
                            grant(connection, schema, role, grants)
                connection.execute("VACUUM (FULL) keys")
            except errors.UndefinedObject as error:
                raise KeysError(
                    f"{connections.name} cannot be made: {str(error).splitlines()[0]}. Make the role first."
                ) from None
            except psycopg.Error as error:
                raise connections.said(error) from None
    except (Busy, KeysError):
        raise
    except LogError as error:
        raise KeysError(str(error)) from None


def _make(connection: Connection, name: str, schema: str, clear: Iterable[str]) -> None:
    see_encoding(connection, name)
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (locks.of_all(schema),))
    make_schema(connection, name, schema)
    connection.execute("CREATE TABLE IF NOT EXISTS keys_version (version int NOT NULL)")
    found = [version for (version,) in connection.execute("SELECT version FROM keys_version").fetchall()]
    if max(found, default=0) > _VERSION:
        raise KeysError(f"{name} was made by a newer frontdoor: update frontdoor.")
    if not found:
        for statement in _statements(schema):
            connection.execute(statement.encode())
        connection.execute("INSERT INTO clear (name) SELECT unnest(%s::text[])", (sorted(set(clear)),))
        connection.execute("INSERT INTO keys_version (version) VALUES (%s)", (_VERSION,))


def _statements(schema: str) -> Iterable[str]:
    text = 'text COLLATE "C" NOT NULL'
    yield f"CREATE TABLE about (single boolean PRIMARY KEY DEFAULT true CHECK (single), keys_id {text}, log_id {text})"
    yield "INSERT INTO about (keys_id, log_id) VALUES (gen_random_uuid()::text, '')"
    yield f"CREATE TABLE clear (name {text} PRIMARY KEY)"
    yield (  # what is destroyed is swept as soon as the server comes by
        f"CREATE TABLE keys (case_id {text} PRIMARY KEY, key bytea CHECK (length(key) = 32), destroyed_at {text} DEFAULT '', "
        f"destroyed_by {text} DEFAULT '', because {text} DEFAULT '', CHECK ((key IS NULL) = (destroyed_at <> ''))) "
        "WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 0)"
    )
    yield from _guard("keys", "OLD.key IS NULL OR NEW.key IS NOT NULL OR NEW.case_id <> OLD.case_id")
    yield from _guard("about", "OLD.log_id <> '' OR NEW.keys_id <> OLD.keys_id")
    whose = "UPDATE about SET log_id = of_log WHERE log_id = ''; IF of_log <> (SELECT log_id FROM about) THEN RETURN; END IF;"
    safely = f"LANGUAGE plpgsql SECURITY DEFINER SET search_path = {path_of(schema)}"
    yield f"""
        CREATE FUNCTION make_keys(of_log text, cases text[]) RETURNS SETOF keys {safely} AS $$ BEGIN
            {whose}
            INSERT INTO keys (case_id, key) SELECT new, sha256({_RANDOM})
                FROM (SELECT DISTINCT unnest(cases) COLLATE "C" AS new) AS every ORDER BY new ON CONFLICT DO NOTHING;
            RETURN QUERY SELECT * FROM keys WHERE case_id = ANY(cases);
        END $$"""
    yield f"""
        CREATE FUNCTION destroy_key(of_log text, of_case text, at text, by text, why text) RETURNS SETOF keys {safely} AS $$ BEGIN
            {whose}
            INSERT INTO keys VALUES (of_case, NULL, at, by, why) ON CONFLICT (case_id) DO UPDATE SET key = NULL,
                destroyed_at = excluded.destroyed_at, destroyed_by = excluded.destroyed_by, because = excluded.because
                WHERE keys.key IS NOT NULL;
            RETURN QUERY SELECT * FROM keys WHERE case_id = of_case;
        END $$"""
    yield "REVOKE ALL ON FUNCTION make_keys(text, text[]), destroy_key(text, text, text, text, text) FROM PUBLIC"


def _guard(table: str, unless: str) -> Iterable[str]:
    """Let no row be changed that is as it stays, and none be forgotten."""
    said = f"RAISE EXCEPTION '{table} are never changed, and none is made anew.'"
    yield (
        f"CREATE FUNCTION {table}_stay() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP <> 'UPDATE' THEN {said}; ELSIF {unless} THEN {said}; END IF; RETURN NEW; END $$"
    )
    yield f"CREATE TRIGGER {table}_kept BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_stay()"
    yield (
        f"CREATE TRIGGER {table}_never_forgotten BEFORE DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_stay()"
    )


def _of_reader() -> Iterable[str]:
    yield f"SELECT ON {', '.join(_TABLES)}"


def _of_application() -> Iterable[str]:
    yield from _of_reader()
    yield "EXECUTE ON FUNCTION make_keys(text, text[]), destroy_key(text, text, text, text, text)"
