"""The tables, triggers and views of a log in SQLite, and how an older one is brought up to date.

sqlite-utils makes them; it is loaded only when there is something to make.
"""

from __future__ import annotations

__all__ = [
    "BREACHES",
    "DEADLINES",
    "EPISODES",
    "MARK",
    "READABLE",
    "STEPS",
    "VERSION",
    "VIEWS",
    "Table",
    "bring_up_to_date",
]

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, get_type_hints

from frontdoor.log.chain import COLUMNS
from frontdoor.log.standing import BreachRow, DeadlineRow, EpisodeRow

if TYPE_CHECKING:
    from sqlite_utils import Database

MARK = b"FDLG"
"""SQLite's application id, which stands at byte 68 of the file: no other SQLite file is taken for a log."""

_NOTHING = {"late_from", "allowed", "over"}
"""Columns that may hold no value; in all others that is the empty text."""


def _table(db: Database, name: str, columns: Mapping[str, type], pk: str | tuple[str, ...]) -> None:
    db.table(name).create(
        dict(columns), pk=pk, not_null=set(columns) - _NOTHING, strict=sqlite3.sqlite_version_info >= (3, 37)
    )


def _never_changed(db: Database, table: str, *, instead: str) -> None:
    for action in ("update", "delete"):
        db.execute(
            f"CREATE TRIGGER {table}_no_{action} BEFORE {action} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} are never changed: {instead}'); END"
        )


def _first(db: Database) -> None:
    """Events; the libraries they were recorded under; what stands."""
    from uuid import uuid4

    columns = {name: int if name in ("position", "version") else str for name in COLUMNS}
    _table(db, "events", columns, "position")
    db.table("events").create_index(["event_id"], unique=True)
    db.table("events").create_index(["case_id", "version"], unique=True)
    _table(db, "libraries", {"digest": str, "content": str, "recorded_at": str}, "digest")
    _table(db, "workflows", {"digest": str, "content": str, "recorded_at": str}, "digest")
    _table(db, "library_workflows", {"library": str, "workflow": str}, ("library", "workflow"))
    _table(db, "library_uses", {"number": int, "library": str, "recorded_at": str}, "number")
    _never_changed(db, "events", instead="record a correction.")
    db.execute(  # so that no REPLACE takes the place of an event
        "CREATE TRIGGER events_at_the_end BEFORE INSERT ON events "
        "WHEN NEW.position <> (SELECT coalesce(max(position), 0) + 1 FROM events) "
        "BEGIN SELECT RAISE(ABORT, 'events are only added at the end.'); END"
    )
    for table in ("libraries", "workflows", "library_workflows", "library_uses"):
        _never_changed(db, table, instead="what was recorded under them needs them.")
    _table(db, "episodes_now", _columns(EpisodeRow), ("case_id", "number"))
    _table(db, "deadlines_now", _columns(DeadlineRow), ("case_id", "number"))
    _table(db, "breaches_now", {**_columns(BreachRow), "raised": int}, ("case_id", "breach"))
    db.table("breaches_now").create_index(["raised", "breach"])
    # sqlite-utils knows no index on some of the rows
    db.execute(
        "CREATE INDEX deadlines_due ON deadlines_now (late_from, case_id) "
        "WHERE status = 'running' AND breached = 0 AND late_from IS NOT NULL"
    )
    db.execute("CREATE INDEX deadlines_running ON deadlines_now (late_from, case_id, number) WHERE status = 'running'")
    _table(db, "log", {"log_id": str}, "log_id")
    db.execute("INSERT INTO log (log_id) VALUES (?)", [str(uuid4())])


def _backups(db: Database) -> None:
    """The backups that were made of it; and whether it is in use, so that a copy of less than all of it is noticed."""
    db.execute("ALTER TABLE log ADD COLUMN in_use INTEGER NOT NULL DEFAULT 0")
    columns = {"number": int, "made_at": str, "file": str, "events": int, "bytes": int, "root": str}
    _table(db, "backups", columns, "number")
    _never_changed(db, "backups", instead="they say what was made.")


def _columns(row: type) -> dict[str, type]:
    return {name: str if hint is str else int for name, hint in get_type_hints(row).items()}


def _sealed(db: Database) -> None:
    """The id of the keys that details are sealed under, from when the first are: an older frontdoor could not read them."""
    _table(db, "sealed_by", {"keys_id": str}, "keys_id")
    _never_changed(db, "sealed_by", instead="what is sealed needs its keys.")


STEPS: tuple[Callable[[Database], None], ...] = (_first, _backups, _sealed)
"""What brings a log from each version of the schema to the next; the number of those done is its `user_version`."""
VERSION = len(STEPS)
READABLE = 1
"""The oldest version that can be read as it is, where it cannot be written."""


class Table:
    """One of the tables of what stands, and the statements that read and write it."""

    def __init__(self, name: str, row: type[Any], *, key: str, order: str, also: str = "", value: str = "") -> None:
        columns: tuple[str, ...] = row._fields
        self.row, self.key = row, columns.index(key)
        self.all = f"SELECT {', '.join(columns)} FROM {name}"
        self.of_case = f"{self.all} WHERE case_id = ? ORDER BY {order}"
        self.drop = f"DELETE FROM {name} WHERE case_id = ? AND {key} = ?"
        values = ", ".join(f"?{place + 1}" for place in range(len(columns)))
        self.put = (
            f"INSERT INTO {name} ({', '.join(columns)}{also}) VALUES ({values}{value}) ON CONFLICT (case_id, {key}) "
            f"DO UPDATE SET {', '.join(f'{column} = excluded.{column}' for column in columns if column not in ('case_id', key))}"
        )


EPISODES = Table("episodes_now", EpisodeRow, key="number", order="number")
DEADLINES = Table("deadlines_now", DeadlineRow, key="number", order="number")
BREACHES = Table(
    "breaches_now", BreachRow, key="breach", order="raised, breach",
    also=", raised", value=", coalesce((SELECT position FROM events WHERE event_id = ?2), 0)",
)  # fmt: skip


VIEWS = {
    "open_work": """
        SELECT e.case_id, e.episode, e.workflow, e.title AS state, e.changed_at AS since, e.opened_at, e.family, e.edition,
            d.timer AS next_timer, d.due AS next_due, coalesce(d.breached, 0) AS is_overdue
        FROM episodes_now AS e LEFT JOIN deadlines_now AS d ON d.case_id = e.case_id AND d.number = (
            SELECT n.number FROM deadlines_now AS n
            WHERE n.case_id = e.case_id AND n.episode = e.episode AND n.status = 'running'
                AND substr(n.timer, 1, length(e.workflow) + 1) = e.workflow || '.'
            ORDER BY n.late_from IS NULL, n.late_from, n.number LIMIT 1)
        WHERE e.is_open = 1""",
    "deadlines": """
        SELECT case_id, episode, timer, counts_from, counted_from, allowed, unit, due,
            CASE WHEN status = 'running' AND breached = 1 THEN 'overdue' ELSE status END AS status,
            stopped_at, over, basis, edition, cites
        FROM deadlines_now""",
    "breaches": """
        SELECT case_id, episode, timer, due, detected_at, lag_seconds, basis, edition, calendar, withdrawn_at, why,
            CASE WHEN withdrawn = '' THEN 'stands' ELSE 'withdrawn' END AS status, breach AS event_id
        FROM breaches_now""",
    "timeliness": """
        SELECT timer, basis, sum(status = 'met') AS met, sum(status = 'late') AS late, sum(status = 'ended') AS ended,
            sum(status = 'running') AS running, sum(status = 'overdue') AS overdue,
            sum(status = 'cannot_tell') AS cannot_tell,
            round(100.0 * sum(status = 'met') / nullif(sum(status IN ('met', 'late', 'overdue')), 0), 1)
                AS percent_in_time
        FROM deadlines GROUP BY timer, basis""",
}
"""What Datasette and spreadsheets may look at. No clock is asked: overdue is what the desk has raised a breach of."""


def bring_up_to_date(connection: sqlite3.Connection, steps: Sequence[Callable[[Database], None]] = STEPS) -> None:
    """Make what a new or older log lacks, and the views anew, within the caller's transaction."""
    from sqlite_utils import Database

    db = Database(connection, execute_plugins=False, recursive_triggers=False)
    (done,) = connection.execute("PRAGMA user_version").fetchone()
    for step in steps[done:]:
        step(db)
    for name, sql in VIEWS.items():
        db.create_view(name, " ".join(sql.split()), replace=True)
    connection.execute(f"PRAGMA application_id = {int.from_bytes(MARK)}")
    connection.execute(f"PRAGMA user_version = {len(steps)}")
