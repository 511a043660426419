"""A mapping file: which column of somebody's CSV is which of ours, and what its values mean. TOML, with no code in it.

    title       = "Permit register, as the licensing system exports it"
    encoding    = "cp1252"                # default: utf-8
    delimiter   = ";"                     # default: a comma
    date_format = "dd/mm/yyyy hh:mm"      # default: ISO 8601 or dd/mm/yyyy [hh:mm]; month and day are never guessed

    [columns]                             # our column = theirs; several are joined by a space
    case_id     = "Permit no"
    event       = "Step"
    happened_at = ["Date", "Time"]

    [events]                              # a value of the event column = what it is
    "Application received" = "permit.apply"

    [details]                             # a detail = their column
    reason = "Grounds"

Where a row is a whole record with a column for each date, `[dates]` says what each date is instead:

    [dates]
    "Received on" = { event = "permit.apply", actor = "Taken by" }
    "Decided on"  = { event_in = "Outcome", details = { reason = "Grounds" } }
"""

from __future__ import annotations

__all__ = ["DateColumn", "Mapping", "load_mapping", "mapping_of"]

from collections.abc import Iterator
from collections.abc import Mapping as Table
from pathlib import Path
from typing import Any

import attrs

from frontdoor import reading
from frontdoor.compiled import Carries
from frontdoor.errors import Fault, InputError, did_you_mean
from frontdoor.formats.date_format import DateFormat
from frontdoor.formats.mapping_shape import ALL, NAME, SHAPE, WHO
from frontdoor.formats.source import COLUMNS
from frontdoor.library import Library


@attrs.frozen
class DateColumn:
    """A column of dates, each of which is an event: of one kind, or of the kind that another column names."""

    column: str
    event: str
    event_in: tuple[str, ...]
    columns: Table[str, tuple[str, ...]]
    """Our columns that differ from those of the whole record."""
    details: Table[str, tuple[str, ...]]


@attrs.frozen
class Mapping:
    """What a mapping file says, checked."""

    shown: str
    columns: Table[str, tuple[str, ...]]
    details: Table[str, tuple[str, ...]]
    constants: Table[str, str]
    events: Table[str, str]
    roles: Table[str, str]
    dates: tuple[DateColumn, ...]
    """Not empty: a row is a record, not an event."""
    ignores: tuple[str, ...]
    empty: tuple[str, ...]
    encoding: str
    """Empty: not said."""
    delimiter: str
    date_format: DateFormat | None
    lines_above: int
    carries: Carries

    def named(self) -> Iterator[tuple[str, str]]:
        """Every column of the file that the mapping names, with the place where it does."""
        for table, said in (("columns", self.columns), ("details", self.details)):
            for ours, theirs in said.items():
                yield from ((f"{table}.{ours}", one) for one in theirs)
        for date in self.dates:
            where = f"dates.{date.column!r}"
            yield where, date.column
            yield from ((f"{where}.event_in", one) for one in date.event_in)
            for ours, theirs in {**date.columns, **date.details}.items():
                yield from ((f"{where}.{ours}", one) for one in theirs)


def load_mapping(path: str | Path, library: Library | None = None) -> Mapping:
    """Read a mapping file. With a `library` the events and roles that it maps to are looked up there, too.

    Raises:
        InputError: it cannot be read, or something in it is wrong; `.faults` says all of it.
    """
    file, faults = reading.read(Path(path), {"*": lambda value: None})
    if file is None:
        raise InputError(faults)
    return mapping_of(file.tables, file.path, library)


def mapping_of(tables: Table[str, Any], shown: str = "the mapping", library: Library | None = None) -> Mapping:
    """A mapping from the tables of its file.

    Raises:
        InputError: something in it is wrong; `.faults` says all of it.
    """
    faults: list[Fault] = []
    said = reading.sifted(tables, SHAPE, "", shown, faults)
    faults += _incomplete(said, tables, shown)
    faults += _unknown(said, shown, library) if library else ()
    if faults:
        raise InputError(faults)
    dates = tuple(
        DateColumn(
            column, one.get("event", ""), _several(one.get("event_in", ())),
            {name: _several(one[name]) for name in WHO if name in one},
            {name: _several(theirs) for name, theirs in one.get("details", {}).items()},
        )
        for column, one in said.get("dates", {}).items()
    )  # fmt: skip
    asked = said.get("date_format")
    return Mapping(
        shown,
        {name: _several(theirs) for name, theirs in said.get("columns", {}).items()},
        {name: _several(theirs) for name, theirs in said.get("details", {}).items()},
        said.get("constants", {}), said.get("events", {}), said.get("roles", {}), dates, tuple(said.get("ignores", ())),
        ("#N/A", *said.get("empty", ())), said.get("encoding", ""), said.get("delimiter", ","),
        DateFormat(asked) if asked else None, said.get("lines_above", 0), _carries(said, dates),
    )  # fmt: skip


def _several(value: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _incomplete(said: Table[str, Any], tables: Table[str, Any], shown: str) -> Iterator[Fault]:
    """What is missing, or said twice. What was said wrongly is not missing, too."""
    raw = tables.get("columns", {})
    columns = raw if isinstance(raw, Table) else {}
    constants, wide = said.get("constants", {}), "dates" in tables
    if "title" not in tables:
        yield Fault(shown, "title", "missing-key", "a mapping needs a title: whose export it reads.")
    if "case_id" not in columns:
        yield Fault(
            shown, "columns.case_id", "missing-key", "which column names the case?", 'Say case_id = "Their column".'
        )
    if wide:
        for key in ("event", "happened_at"):
            if key in columns or key in constants:
                message = f"{key} stands beside [dates]: a row is either an event, or a record of several dates."
                yield Fault(shown, f"columns.{key}", "both", message)
        for column, one in said.get("dates", {}).items():
            if ("event" in one) == ("event_in" in one):
                message = "needs an event, or the column that names it (event_in); not both."
                yield Fault(shown, f"dates.{column!r}", "missing-key", message)
        if not said.get("dates") and isinstance(tables["dates"], Table) and not tables["dates"]:
            yield Fault(shown, "dates", "missing-key", "names no date.")
    else:
        if "happened_at" not in columns:
            message = "which column says when it happened?"
            advice = "Say happened_at, or [dates] where a row is a record of several dates."
            yield Fault(shown, "columns.happened_at", "missing-key", message, advice)
        if "event" not in columns and "event" not in constants:
            yield Fault(
                shown,
                "columns.event",
                "missing-key",
                "which column says what happened?",
                "Say event, or constants.event.",
            )
    for key in sorted({*columns} & {*constants}):
        yield Fault(shown, f"constants.{key}", "both", f"{key} is a column, and a constant: take one away.")
    dated = ((f"dates.{column!r}.details", one.get("details", {})) for column, one in said.get("dates", {}).items())
    for where, details in (("details", said.get("details", {})), *dated):
        for detail in details:
            if detail in COLUMNS or not NAME.fullmatch(detail):
                message = f"{detail!r} is no name for a detail: use small letters, digits and _, and no name of a column of ours."
                yield Fault(shown, f"{where}.{detail}", "wrong-name", message)
    for table in ("events", "roles"):
        seen: dict[str, str] = {}
        for value in said.get(table, {}):
            folded = " ".join(value.lower().split())
            if folded in seen:
                message = f"{value!r} and {seen[folded]!r} are one value, whatever the case and spaces."
                yield Fault(shown, table, "doubled", message)
            seen[folded] = value


def _unknown(said: Table[str, Any], shown: str, library: Library) -> Iterator[Fault]:
    """Events and roles that no workflow has."""
    workflows = [(name, flow) for one in library.composed.values() for name, flow in one.workflows.items()]
    known = {f"{name}.{move}" for name, flow in workflows for move in flow.transitions}
    roles = {role for _, flow in workflows for role in flow.roles}
    found = [(f"events.{value!r}", event) for value, event in said.get("events", {}).items()]
    found += [
        (f"dates.{column!r}.event", one["event"]) for column, one in said.get("dates", {}).items() if "event" in one
    ]
    found += [("constants.event", said["constants"]["event"])] if "event" in said.get("constants", {}) else []
    carried = said.get("carries", {}).get("transitions", ALL)
    found += [("carries.transitions", event) for event in carried] if carried != ALL else []
    for where, event in found:
        if event not in known:
            message = f"no workflow has the transition {event!r}."
            yield Fault(shown, where, "unknown-event", message, did_you_mean(event, known).strip())
    for value, role in [*said.get("roles", {}).items(), ("", said.get("constants", {}).get("role"))]:
        if role and role not in roles:
            where = f"roles.{value!r}" if value else "constants.role"
            yield Fault(
                shown, where, "unknown-role", f"no workflow has the role {role!r}.", did_you_mean(role, roles).strip()
            )


def _carries(said: Table[str, Any], dates: tuple[DateColumn, ...]) -> Carries:
    """What the file can hold: what the mapping says, else what it maps."""
    told = said.get("carries", {})
    mapped = {*said.get("events", {}).values(), *(one.event for one in dates if one.event)}
    if "event" in said.get("constants", {}):
        mapped.add(said["constants"]["event"])
    transitions = told.get("transitions", sorted(mapped) or ALL)
    details = {*said.get("details", {}), *(name for one in dates for name in one.details)}
    has_roles = any(
        "role" in one for one in (said.get("columns", {}), said.get("constants", {}), *(one.columns for one in dates))
    )
    return Carries(
        None if transitions == ALL else frozenset(transitions),
        told.get("roles", has_roles), frozenset(told.get("details", details)), told.get("logged", not dates),
    )  # fmt: skip
