"""Values of a scenario changed by their place in its file: 'teams.screeners.staff', 'tasks.screen.for[1].chance'."""

from __future__ import annotations

__all__ = ["changed"]

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from frontdoor.errors import Fault, InputError, did_you_mean
from frontdoor.reading import NAME
from frontdoor.simulation.scenario_shape import CASE, SHAPE

_PART = re.compile(r"""\.?(?:"([^"]*)"|'([^']*)'|\[([0-9]{1,4})\]|([^.\[\]"']+))""")
_OF_FOR = "for"


def changed(tables: Mapping[str, Any], changes: Mapping[str, Any], shown: str) -> dict[str, Any]:
    """The tables with values put in their places: where there is one, or where one of the file's words could be.

    Names are parted by dots, those that have dots may be quoted ('tasks.screen.does.contact.refer' needs none), items of
    lists are counted from 1 ('sources.police.by_hour[9]').

    Raises:
        InputError: there is no such place, or it is that of a table; `.faults` says it of each.
    """
    faults, made = [], deepcopy(dict(tables))
    for path, value in changes.items():
        try:
            _put(made, path, value)
        except _NoPlace as wrong:
            faults.append(Fault(shown, path, "unknown-path", *wrong.args))
    if faults:
        raise InputError(faults)
    return made


class _NoPlace(Exception):
    """There is no such place: why, and what there is."""


def _put(tables: dict[str, Any], path: str, value: Any) -> None:
    *before, last = _parts(path)
    here: Any = tables
    shape: Any = SHAPE
    said = ""
    for i, part in enumerate(before):
        rest = [one for one in (*before[i:], last) if isinstance(one, str)]
        if (
            isinstance(here, dict) and callable(shape) and len(rest) == len(before) - i + 1
        ):  # a key of a value, as of `does`
            return _set(here, ".".join(rest), value, said, shape)
        here, shape = _below(here, shape, part, said, path)
        said += f"[{part}]" if isinstance(part, int) else f".{part}" if said else str(part)
    return _set(here, last, value, said, shape)


def _parts(path: str) -> list[str | int]:
    """The names and, in brackets, the numbers of a path."""
    found: list[str | int] = []
    at = 0
    while at < len(path):
        part = _PART.match(path, at)
        if part is None or (part[0].startswith(".") and (at == 0 or part[3] is not None)):
            raise _NoPlace(
                "is not a place in a scenario.", "Write it like teams.screeners.staff or tasks.screen.for[1].chance."
            )
        found.append(int(part[3]) if part[3] is not None else next(one for one in part.groups() if one is not None))
        at = part.end()
    if not found or isinstance(found[0], int):
        raise _NoPlace(
            "is not a place in a scenario.", "Write it like teams.screeners.staff or tasks.screen.for[1].chance."
        )
    return found


def _below(here: Any, shape: Any, part: str | int, said: str, path: str) -> tuple[Any, Any]:
    """What stands under a name or number, and what it may say; a table that is not there yet but has a fixed name is made."""
    if isinstance(part, int):
        return _item(here, part, said), CASE if said.endswith(f".{_OF_FOR}") else shape
    if not isinstance(here, dict):
        raise _NoPlace(f"{said} is not a table, so there is nothing in it.", "Set it as a whole.")
    known = not callable(shape)
    under = shape.get(part, shape.get(NAME)) if known else shape
    if part not in here:
        if known and isinstance(shape.get(part), Mapping):
            here[part] = {}
        else:
            place = f"{said}.{part}" if said else part
            there = (
                [*here, *(key for key, one in shape.items() if not callable(one) and key != NAME)] if known else [*here]
            )
            raise _NoPlace(f"there is no table [{place}] to set {path} in.", did_you_mean(part, set(there)).strip())
    return here[part], under


def _item(here: Any, number: int, said: str) -> Any:
    if not isinstance(here, list):
        raise _NoPlace(f"{said} is not a list, so it has no item {number}.")
    if not 1 <= number <= len(here):
        raise _NoPlace(f"{said} has {len(here)} items, counted from 1; there is no item {number}.")
    return here[number - 1]


def _set(here: Any, last: str | int, value: Any, said: str, shape: Any) -> None:
    if isinstance(last, int):
        is_table = isinstance(_item(here, last, said), dict)
    elif isinstance(here, dict):
        is_table = not callable(shape) and isinstance(shape.get(last, shape.get(NAME)), Mapping)
    else:
        raise _NoPlace(f"{said} is not a table, so there is nothing in it.", "Set it as a whole.")
    if is_table and not isinstance(value, dict):
        there = here[last - 1] if isinstance(last, int) else here.get(last, {})
        named = f": {', '.join(map(str, there))}" if isinstance(there, dict) and there else ""
        raise _NoPlace("is a table, not a value.", f"Name what in it is to be set{named}.")
    here[last - 1 if isinstance(last, int) else last] = value
