"""The tables of what stands, and the statements that read and write many rows of them at once."""

from __future__ import annotations

__all__ = ["BREACHES", "DEADLINES", "EPISODES", "EVENT", "INSERT", "ORDERED", "Table", "columns_of"]

from typing import Any, get_type_hints

from frontdoor.log.chain import COLUMNS
from frontdoor.log.standing import BreachRow, DeadlineRow, EpisodeRow

_PLACED = {"position": "coalesce(p.position, 0)", "link": "coalesce(p.link, '')"}
EVENT = (
    f"SELECT {', '.join(_PLACED.get(name, f'e.{name}') for name in COLUMNS)} "
    "FROM events AS e LEFT JOIN places AS p ON p.event_id = e.event_id"
)
"""Events with `COLUMNS`, whether or not they have been put in their place."""
ORDERED = (
    f"SELECT {', '.join(('p.' if name in ('position', 'event_id', 'link') else 'e.') + name for name in COLUMNS)} "
    "FROM places AS p LEFT JOIN events AS e ON e.event_id = p.event_id WHERE p.position > %s AND p.position <= %s ORDER BY p.position"
)
"""Events by their positions; one that was taken away from under its position shows as nothing."""
_STORED = tuple(name for name in COLUMNS if name not in _PLACED)
INSERT = (
    f"INSERT INTO events ({', '.join(_STORED)}) SELECT {', '.join(_STORED)} FROM unnest("
    f"{', '.join('%s::bigint[]' if name == 'version' else '%s::text[]' for name in _STORED)}"
    f") WITH ORDINALITY AS new ({', '.join(_STORED)}, nth) ORDER BY nth"
)
"""Add events, given as a list for each of `COLUMNS` but position and link."""


def columns_of(row: type) -> dict[str, str]:
    """The columns of a kind of row, and PostgreSQL's names of their types."""
    return {name: "text" if hint is str else "bigint" for name, hint in get_type_hints(row).items()}


class Table:
    """One of the tables of what stands, and the statements that read and write it."""

    def __init__(self, name: str, row: type[Any], *, key: str, order: str, also: str = "", value: str = "") -> None:
        columns = columns_of(row)
        self.name, self.row, self.key = name, row, list(columns).index(key)
        self.all = f"SELECT {', '.join(columns)} FROM {name}"
        self.of_cases = f"{self.all} WHERE case_id = ANY(%s) ORDER BY case_id, {order}"
        self.drop = (
            f"DELETE FROM {name} AS n USING unnest(%s::text[], %s::{columns[key]}[]) AS gone (case_id, {key}) "
            f"WHERE n.case_id = gone.case_id AND n.{key} = gone.{key}"
        )
        changed = ", ".join(f"{column} = excluded.{column}" for column in columns if column not in ("case_id", key))
        self.put = (
            f"INSERT INTO {name} ({', '.join(columns)}{also}) SELECT new.*{value} "
            f"FROM unnest({', '.join(f'%s::{type_}[]' for type_ in columns.values())}) AS new ({', '.join(columns)}) "
            f"ON CONFLICT (case_id, {key}) DO UPDATE SET {changed}"
        )


EPISODES = Table("episodes_now", EpisodeRow, key="number", order="number")
DEADLINES = Table("deadlines_now", DeadlineRow, key="number", order="number")
BREACHES = Table(
    "breaches_now", BreachRow, key="breach", order="raised, breach",
    also=", raised", value=", coalesce((SELECT e.arrived FROM events AS e WHERE e.event_id = new.breach), 0)",
)  # fmt: skip
