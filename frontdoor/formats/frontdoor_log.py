"""A log of our own: its facts, as they stand and as they stood before they were corrected, under the workflows it has kept."""

from __future__ import annotations

__all__ = ["read"]

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from frontdoor.binding import Bindings
from frontdoor.errors import Fault, InputError, LogTampered
from frontdoor.event import Event, corrected, details_text
from frontdoor.formats.source import COLUMNS, DETAIL, Source, polars
from frontdoor.keeping import restore
from frontdoor.log.sqlite import SqliteLog
from frontdoor.moment import bounds, instant

if TYPE_CHECKING:
    import polars as pl


def read(path: str | Path, name: str) -> Source:
    """Read a log without writing to it. Its corrections are applied; an audit as known at a day before one sees the event as
    it was known then. The desk's own events are left out: an audit finds breaches itself.

    Raises:
        InputError: there is nothing in the log.
        LogError: it is no log of frontdoor's, or of another version.
    """
    polars()
    with SqliteLog(path, read_only=True) as log:
        stored = [restore(content, flows, digest=digest) for digest, content, flows in reversed(log.libraries())]
        versions = _versions(log)
    if not stored and versions:
        raise LogTampered(f"{name} does not keep the workflows that its events are bound to: see what verify says.")
    if not stored:
        raise InputError([Fault(name, "", "no-rows", "is a log in which nothing has been recorded.")])
    library, older = stored[0], tuple(stored[1:])
    bindings = Bindings(library, older)
    unknown = next((event for event, _, _ in versions if not bindings.knows(event.digest)), None)
    if unknown is not None:
        said = f"{unknown.case_id} is bound to a workflow that the log does not keep: see what verify says."
        raise LogTampered(said, unknown.position)
    details = tuple(sorted({detail for event, _, _ in versions for detail in event.details}))
    source = Source(
        name, "frontdoor-log", _frame(versions, details, bindings), details=details, library=library, older=older
    )
    closed = len({event.event_id for event, _, until in versions if until is not None})
    if closed:
        s = "" if closed == 1 else "s"
        source.notes.append(
            f"{closed} event{s} of the log stood otherwise before being corrected; --as-known-at shows what was known."
        )
    return source


def _versions(log: SqliteLog) -> list[tuple[Event, int | None, int | None]]:
    """Each fact with the moments from which and until which it was known so, one after another for each that was corrected."""
    versions: list[tuple[Event, int | None, int | None]] = []
    stands: dict[str, int] = {}
    first: dict[str, Event] = {}
    for event in log.follow():
        if not event.is_own:
            stands[event.event_id] = len(versions)
            first[event.event_id] = event
            versions.append((event, None, None))
        elif event.name == "corrected" and isinstance(event.recorded_at, datetime):
            original, now = first.get(event.details["corrects"]), instant(event.recorded_at)
            if original is None:
                said = f"event {event.position} corrects one that the log does not have: see what verify says."
                raise LogTampered(said, event.position)
            place = stands.pop(original.event_id, None)
            if place is not None:
                fact, since, _ = versions[place]
                versions[place] = (fact, since, now)
            if event.details["becomes"] is not None:
                stands[original.event_id] = len(versions)
                versions.append((corrected(original, event.details["becomes"]), now, None))
    return versions


def _frame(
    versions: list[tuple[Event, int | None, int | None]], details: tuple[str, ...], bindings: Bindings
) -> pl.DataFrame:
    import polars as pl

    columns: dict[str, list[Any]] = {name: [] for name in _SCHEMA}
    columns |= {DETAIL + name: [] for name in details}
    for event, known_from, known_to in sorted(versions, key=lambda one: one[0].position):
        first, last, day, last_day = bounds(event.happened_at)
        recorded = (None,) * 3 if event.recorded_at is None else bounds(event.recorded_at)
        values = (
            event.position, event.case_id, event.event, event.actor, event.role, event.episode, event.family,
            first, last, recorded[0], recorded[1], recorded[2], day, last_day, bindings.bound(event.digest, event.event, day),
            known_from, known_to,
        )  # fmt: skip
        for name, value in zip(_SCHEMA, values, strict=True):
            columns[name].append(value)
        for name in details:
            columns[DETAIL + name].append(_text(event.details.get(name)))
    schema: dict[str, Any] = {name: pl.String if kind == "text" else pl.Int64 for name, kind in _SCHEMA.items()}
    return pl.DataFrame(columns, schema=schema | {DETAIL + name: pl.String for name in details})


def _text(value: object) -> str:
    return "" if value is None else value.strip() if isinstance(value, str) else details_text(value)


_SCHEMA = {
    "position": "int", **dict.fromkeys((*COLUMNS[:2], *COLUMNS[4:]), "text"),
    **dict.fromkeys((
        "happened_from", "happened_to", "recorded_from", "recorded_to", "recorded_day", "day", "last_day", "bound",
        "known_from", "known_to",
    ), "int"),
}  # fmt: skip
