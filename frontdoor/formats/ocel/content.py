"""What is in an object-centric event log, whichever of its three forms it has."""

from __future__ import annotations

__all__ = ["Content", "Happening", "Thing", "id_of", "text_of"]

import json
from typing import Any, NamedTuple

import attrs

from frontdoor.formats.source import Rejected

_ROUNDED = 1e15
"""From here on a spreadsheet has rounded a number: many ids have become one."""


class Thing(NamedTuple):
    """An object: a child, a family, a worker."""

    type: str
    attributes: list[tuple[str, str]]
    """Names and texts, in the order of the file; a name may stand again, for what it became later."""


class Happening(NamedTuple):
    """An event, which may be related to any number of objects."""

    id: str
    type: str
    time: str
    attributes: list[tuple[str, str]]
    objects: list[str]
    """The ids of the objects that it is related to."""


@attrs.define
class Content:
    """A log in plain values, as it is read or to be written."""

    types: dict[str, list[str]] = attrs.Factory(dict)
    """The types of events, each with the attributes that it declares."""
    things: dict[str, Thing] = attrs.Factory(dict)
    """The objects by their ids, in the order of the file."""
    happenings: list[Happening | Rejected] = attrs.Factory(list)
    """The events in the order of the file, with those that make no sense in their places."""
    relations: int = 0
    """How many relations there are between objects, which say nothing of any event."""
    doubled: int = 0
    """How many objects stand again under an id that is taken."""
    notes: list[str] = attrs.Factory(list)

    def add_thing(self, id: str, thing: Thing) -> None:
        """An object; of two with one id the first counts."""
        if self.things.setdefault(id, thing) is not thing:
            self.doubled += 1


def text_of(value: Any) -> str:
    """A value of JSON or SQLite as text; '' for none."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    try:
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    except RecursionError:
        return "(nested too deep to be shown)"


def id_of(value: Any) -> str:
    """The text of an id, which a spreadsheet may have made a decimal number (9212044.0), or rounded: that names nothing."""
    if not isinstance(value, float) or not value.is_integer():
        return text_of(value)
    return str(int(value)) if abs(value) < _ROUNDED else f"{value:.15G}"
