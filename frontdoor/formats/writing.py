"""What the writers of event logs share: the events that now stand, row by row, and what a file of events leaves out."""

from __future__ import annotations

__all__ = ["detail_name", "key_of", "left_out", "rows", "said_of"]

from collections.abc import Container, Iterator
from datetime import UTC, datetime, time
from typing import Any

from frontdoor.compiled import EVERYTHING
from frontdoor.formats.event_rows import listed
from frontdoor.formats.source import DETAIL, Source, happened_at, recorded_at, standing
from frontdoor.moment import LONDON, Happened, written


def rows(source: Source) -> Iterator[dict[str, Any]]:
    """The events that now stand, in order, with the columns of `Source.events`, and `happened_at` and `recorded_at` (or None)
    as dates, moments or spans."""
    for row in standing(source.events).iter_rows(named=True):
        yield {**row, "happened_at": happened_at(row), "recorded_at": recorded_at(row)}


def key_of(detail: str, reserved: Container[str]) -> str:
    """The key that a file gives a detail: its name, but for one that means something else there."""
    return DETAIL + detail if not detail or detail in reserved or detail.startswith(DETAIL) else detail


def detail_name(key: str) -> str:
    """The detail that a key names: the inverse of `key_of`."""
    return key.removeprefix(DETAIL)


def said_of(happened: Happened) -> str:
    """What a format whose times are moments says besides: the date or span that the moment stands for, or that it is itself
    meant where it is a midnight, which would be taken for a date; '' of any other."""
    if not isinstance(happened, datetime):
        return str(happened)
    is_midnight = time() in (happened.astimezone(LONDON).time(), happened.astimezone(UTC).time())
    return written(happened) if is_midnight else ""


def left_out(source: Source) -> list[str]:
    """What no file of events carries of a source, in sentences."""
    said = []
    if source.rejected:
        said.append(
            f"{listed(len(source.rejected), 'fault')} of rows that could not be read: those rows are not in it."
        )
    if "known_to" in source.events.columns and source.events["known_to"].is_not_null().any():
        said.append("Corrected events are in it as they now stand, not as they stood before.")
    if "bound" in source.events.columns and source.events["bound"].is_not_null().any():
        said.append(
            "The edition that each episode is bound to is not in it: judged again, it is the one in force on its day."
        )
    if source.reference is not None:
        said.append(f"The reference date {written(source.reference)} is not in it: give it with --as-at.")
    if source.claims:
        said.append(f"{listed(len(source.claims), 'due date')} that the source states: not in it.")
    if source.findings:
        said.append(f"{listed(len(source.findings), 'finding')} of the format's own rules: not in it.")
    narrow = source.carries.transitions is not None or not source.carries.roles or not source.carries.logged
    if narrow or (source.carries != EVERYTHING and source.carries.details != frozenset(source.details)):
        said.append(
            f"It does not say what {source.format} has no place for: an audit of it may hold that against the cases."
        )
    return said
