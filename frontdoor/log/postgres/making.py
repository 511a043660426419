"""Making a log in a database, and bringing an older one up to date: tables, triggers, the sequencer, views, and who may do what."""

from __future__ import annotations

__all__ = ["VERSION", "create", "grant", "make_schema", "path_of", "see_encoding"]

from collections.abc import Iterable
from uuid import uuid4

import psycopg
from psycopg import errors, sql

from frontdoor.errors import LogError, OldSchema
from frontdoor.log.chain import COLUMNS
from frontdoor.log.postgres import keys
from frontdoor.log.postgres.connections import Connection, Connections
from frontdoor.log.postgres.tables import BREACHES, DEADLINES, EPISODES, Table, columns_of
from frontdoor.log.postgres.views import VIEWS

_NOTHING = {"late_from", "allowed", "over"}
"""Columns that may hold no value; in all others that is the empty text."""
_KEPT = ("libraries", "workflows", "library_workflows", "library_uses")
_FIXED = ("events", "places", *_KEPT, "log", "sealed_by")
"""Tables of which no row is ever changed or deleted."""
_STAND = (EPISODES, DEADLINES, BREACHES)
_IDLE = "2s"
"""So long may whoever has put events in their place leave the transaction open and do nothing: all others wait for its end."""


def create(
    dsn: str, *, schema: str = "frontdoor", app_role: str | None = None, reader_role: str | None = None, patience: float = 5.0
) -> None:  # fmt: skip
    """Make a log in a schema of a database, as the user who is to own it; one that is there is brought up to date, and kept.

    `app_role` may then record, through `PostgresLog`, and never change what was recorded; `reader_role` may look. Both are roles
    that the database has. To call it again is safe.

    Raises:
        LogError: the database cannot be reached, is not in UTF-8, lacks a role, or does not let this user make a schema.
        OldSchema: the log was made by a newer frontdoor.
    """
    connections = Connections(dsn, schema=schema, patience=patience, most=1)
    with connections.alone() as connection:
        try:
            with connection.transaction():
                _make(connection, connections.name, schema)
                for role, grants in ((app_role, _of_application()), (reader_role, _of_reader())):
                    if role is not None:
                        grant(connection, schema, role, grants)
        except errors.UndefinedObject as error:
            raise LogError(
                f"{connections.name} cannot be made: {str(error).splitlines()[0]}. Make the role first."
            ) from None
        except psycopg.Error as error:
            raise connections.said(error) from None
        finally:
            connections.close()


def see_encoding(connection: Connection, name: str) -> None:
    """See that a database is in UTF-8, for which text is what it is everywhere.

    Raises:
        LogError: it is not.
    """
    ((encoding,),) = connection.execute("SELECT current_setting('server_encoding')").fetchall()
    if encoding != "UTF8":
        raise LogError(f"{name} cannot be made: its database is in {encoding}; make one with ENCODING 'UTF8'.")


def make_schema(connection: Connection, name: str, schema: str) -> None:
    """Make a schema, or see that the one that is there is nobody else's: who owns it may drop all in it, and may have put into it
    what would be done in the name of whoever uses it.

    Raises:
        LogError: it is somebody else's.
    """
    connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
    whose = (
        "SELECT o.rolname FROM pg_namespace AS n JOIN pg_roles AS o ON o.oid = n.nspowner JOIN pg_roles AS me "
        "ON me.rolname = current_user WHERE n.nspname = current_schema() AND o.oid <> me.oid AND NOT o.rolsuper "
        "AND o.rolname <> 'pg_database_owner' AND (me.rolsuper OR NOT pg_has_role(o.oid, 'MEMBER'))"
    )
    for (owner,) in connection.execute(whose).fetchall():
        raise LogError(f"{name} cannot be made: the schema is {owner}'s; take another, or have it made by {owner}.")


def _make(connection: Connection, name: str, schema: str) -> None:
    see_encoding(connection, name)
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (keys.of_all(schema),))
    make_schema(connection, name, schema)
    connection.execute("CREATE TABLE IF NOT EXISTS schema_version (version int NOT NULL)")
    done = max(
        (version for (version,) in connection.execute("SELECT version FROM schema_version").fetchall()), default=0
    )
    if done > VERSION:
        raise OldSchema(
            f"{name} was made by a newer frontdoor (schema {done}; this one knows {VERSION}): update frontdoor.",
            found=done, known=VERSION,
        )  # fmt: skip
    for version, step in enumerate(STEPS, 1):
        if version > done:
            for statement in step(schema):
                connection.execute(statement.encode())
            connection.execute("INSERT INTO schema_version (version) VALUES (%s)", (version,))
    for view, query in VIEWS.items():
        connection.execute(f"CREATE OR REPLACE VIEW {view} AS {query}".encode())


def _first(schema: str) -> Iterable[str]:
    """Events and their places; the libraries they were recorded under; what stands."""
    types = {name: "bigint" if name == "version" else 'text COLLATE "C"' for name in COLUMNS}
    stored = ", ".join(f"{name} {types[name]} NOT NULL" for name in COLUMNS if name not in ("position", "link"))
    yield (
        f"CREATE TABLE events (arrived bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, {stored}, UNIQUE (event_id), "
        "UNIQUE (case_id, version))"
    )
    yield (
        'CREATE TABLE places (position bigint PRIMARY KEY, event_id text COLLATE "C" NOT NULL UNIQUE REFERENCES events (event_id), '
        'link text COLLATE "C" NOT NULL)'
    )
    yield (  # it is emptied as it is filled
        "CREATE TABLE unplaced (arrived bigint PRIMARY KEY) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500)"
    )
    text = 'text COLLATE "C" NOT NULL'
    yield f"CREATE TABLE libraries (digest {text} PRIMARY KEY, content {text}, recorded_at {text})"
    yield f"CREATE TABLE workflows (digest {text} PRIMARY KEY, content {text}, recorded_at {text})"
    yield (
        f"CREATE TABLE library_workflows (library {text}, workflow {text}, nth int NOT NULL, PRIMARY KEY (library, workflow))"
    )
    yield f"CREATE TABLE library_uses (number bigint PRIMARY KEY, library {text}, recorded_at {text})"
    yield f"CREATE TABLE log (log_id {text})"
    yield f"INSERT INTO log (log_id) VALUES ('{uuid4()}')"
    yield f"CREATE TABLE sealed_by (single boolean PRIMARY KEY DEFAULT true CHECK (single), keys_id {text})"  # one, or none
    for table in _STAND:
        yield from _standing(table)
    yield "CREATE INDEX breaches_raised ON breaches_now (raised, breach)"
    yield (
        "CREATE INDEX deadlines_due ON deadlines_now (late_from, case_id) "
        "WHERE status = 'running' AND breached = 0 AND late_from IS NOT NULL"
    )
    yield "CREATE INDEX deadlines_running ON deadlines_now (late_from, case_id, number) WHERE status = 'running'"
    yield from _guards()
    yield from _sequencer(schema)


def _standing(table: Table) -> Iterable[str]:
    columns = columns_of(table.row) | ({"raised": "bigint"} if table is BREACHES else {})
    types = {"text": 'text COLLATE "C"', "bigint": "bigint"}
    said = ", ".join(
        f"{name} {types[type_]}{'' if name in _NOTHING else ' NOT NULL'}" for name, type_ in columns.items()
    )
    yield f"CREATE TABLE {table.name} ({said}, PRIMARY KEY (case_id, {list(columns)[table.key]}))"


def _guards() -> Iterable[str]:
    yield (
        "CREATE FUNCTION never_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '% are never changed: record a correction.', TG_TABLE_NAME; END $$"
    )
    for table in _FIXED:
        yield (
            f"CREATE TRIGGER {table}_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION never_changed()"
        )


def path_of(schema: str) -> str:
    """Where a function that does what its caller may not finds what it names: nowhere that others may write before."""
    return '"{}", pg_temp'.format(schema.replace('"', '""'))


def _sequencer(schema: str) -> Iterable[str]:
    """Events that are added are noted; `put_in_place` gives those noted that are committed their positions and links.

    Each statement in it sees what was committed when it began: it begins to look once it holds the lock, which the caller before
    let go of when what that had put in place could be seen.
    """
    path = path_of(schema)
    yield (
        f"CREATE FUNCTION note_unplaced() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = {path} AS $$ BEGIN "
        "INSERT INTO unplaced (arrived) SELECT arrived FROM added; RETURN NULL; END $$"
    )
    yield (
        "CREATE TRIGGER events_unplaced AFTER INSERT ON events REFERENCING NEW TABLE AS added "
        "FOR EACH STATEMENT EXECUTE FUNCTION note_unplaced()"
    )
    yield f"""
        CREATE FUNCTION put_in_place() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = {path} AS $$
        DECLARE
            one record; place bigint; chained text; count bigint := 0;
        BEGIN
            IF NOT EXISTS (SELECT 1 FROM unplaced) THEN RETURN 0; END IF;
            PERFORM set_config('idle_in_transaction_session_timeout', '{_IDLE}', true);
            PERFORM pg_advisory_xact_lock({keys.of_places(schema)});
            SELECT position, link INTO place, chained FROM places ORDER BY position DESC LIMIT 1;
            IF NOT FOUND THEN SELECT 0, log_id INTO place, chained FROM log; END IF;
            FOR one IN
                WITH taken AS (
                    DELETE FROM unplaced WHERE arrived IN (SELECT arrived FROM unplaced ORDER BY arrived LIMIT 10000)
                    RETURNING arrived)
                SELECT e.event_id, e.hash FROM taken JOIN events AS e ON e.arrived = taken.arrived
                ORDER BY max(e.arrived) OVER (PARTITION BY e.case_id ORDER BY e.version), e.version
            LOOP
                place := place + 1;
                chained := encode(sha256(convert_to(chained, 'UTF8'::name) || '\\x00'::bytea || convert_to(place::text, 'UTF8'::name)
                    || '\\x00'::bytea || convert_to(one.hash, 'UTF8'::name)), 'hex');
                INSERT INTO places (position, event_id, link) VALUES (place, one.event_id, chained);
                count := count + 1;
            END LOOP;
            PERFORM pg_notify('{keys.channel(schema)}', '');
            RETURN count;
        END $$"""
    yield "REVOKE ALL ON FUNCTION put_in_place(), note_unplaced() FROM PUBLIC"


STEPS = (_first,)
"""What brings a log from each version of the schema to the next."""
VERSION = len(STEPS)


def _of_reader() -> Iterable[str]:
    every = (*_FIXED, "unplaced", "schema_version", *(table.name for table in _STAND), *VIEWS)
    yield f"SELECT ON {', '.join(every)}"
    yield "EXECUTE ON FUNCTION put_in_place()"


def _of_application() -> Iterable[str]:
    yield from _of_reader()
    stored = ", ".join(name for name in COLUMNS if name not in ("position", "link"))
    yield f"INSERT ({stored}) ON events"  # when it arrived is not theirs to say
    yield f"INSERT ON {', '.join(_KEPT)}"
    yield "INSERT (keys_id) ON sealed_by"
    yield f"INSERT, UPDATE, DELETE ON {', '.join(table.name for table in _STAND)}"


def grant(connection: Connection, schema: str, role: str, grants: Iterable[str]) -> None:
    """Let a role do these things in a schema."""
    to = sql.Identifier(role).as_string(connection)
    connection.execute(f"GRANT USAGE ON SCHEMA {sql.Identifier(schema).as_string(connection)} TO {to}".encode())
    for one in grants:
        connection.execute(f"GRANT {one} TO {to}".encode())
