"""A large log in seconds: what a desk recorded of one case is written again and again under other names, by SQLite alone.

The chain is not made anew, which nothing but `verify` asks for.
"""

from __future__ import annotations

__all__ = ["copy"]

import sqlite3
from pathlib import Path

_OTHER_ID = {"event_id", "cause", "anchor", "stopped_by"}
"""Columns that name an event of the case; a copy's names begin with other digits."""


def copy(path: Path, case_id: str, times: int) -> None:
    """Write so many copies of a case at the end of a log: its events, episodes and deadlines."""
    with sqlite3.connect(path) as log:
        (last,) = log.execute("SELECT max(position) FROM events").fetchone()
        (first, size) = log.execute(
            "SELECT min(position), count(*) FROM events WHERE case_id = ?", (case_id,)
        ).fetchone()
        for table, order in (("events", "position"), ("episodes_now", "number"), ("deadlines_now", "number")):
            columns = [row[1] for row in log.execute(f"PRAGMA table_info({table})")]
            log.execute(
                f"WITH RECURSIVE copies (copy) AS (VALUES (1) UNION ALL SELECT copy + 1 FROM copies WHERE copy < :times) "
                f"INSERT INTO {table} SELECT {', '.join(map(_value, columns))} FROM copies CROSS JOIN "
                f"(SELECT * FROM {table} WHERE case_id = :case ORDER BY {order}) ORDER BY copy, {order}",
                {"times": times, "case": case_id, "shift": last - first + 1 - size, "size": size, "last": last},
            )
    log.close()


def _value(column: str) -> str:
    if column == "position":
        return "position + :shift + copy * :size"
    if column == "case_id":
        return "case_id || '-' || copy"
    if column in _OTHER_ID:
        return f"CASE {column} WHEN '' THEN '' ELSE printf('%08x', :last + copy) || substr({column}, 9) END"
    return column
