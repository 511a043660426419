"""A scenario that can be run, of all that was seen: what the workflows in force do not allow is left out, and said."""

from __future__ import annotations

__all__ = ["sound"]

import re
from typing import Any

from frontdoor.calibration.composing import Model, compose
from frontdoor.errors import Fault, InputError
from frontdoor.library import Library
from frontdoor.simulation.scenario_file import scenario_of

_ROUNDS = 200
_PLACE = re.compile(r"(tasks|sources)\.([a-z0-9_]+)")


def sound(model: Model, library: Library) -> tuple[dict[str, Any], list[str]]:
    """The tables of a scenario without faults, and what was left out of it, in sentences.

    Raises:
        InputError: nothing that could be run is left.
    """
    made, notes = compose(model), []
    for _ in range(_ROUNDS):
        try:
            scenario_of(made, library, model.title)
        except InputError as wrong:
            told = [one for one in (_mended(made, fault) for fault in wrong.faults) if one]
            if not told:
                raise
            notes += told
        else:
            break
    return made, list(dict.fromkeys(notes))


def _mended(made: dict[str, Any], fault: Fault) -> str | None:
    """Take out what is wrong; a sentence that says so. None: that cannot be done."""
    found = _PLACE.match(fault.where)
    if found is None or found[2] not in made.get(found[1], {}):
        return None
    kind, name = found.groups()
    if fault.code == "same-person":
        task = made["tasks"][name]
        if task.get("held"):
            del task["held"]
            return f"{name}: the one who holds a case may not do it, so it is for anybody of the team."
        team = made["teams"][task["team"]]
        team["staff"] = max(2, team["staff"] + 1)
        return f"{task['team']}: a second person is assumed, for nobody may sign off what they wrote."
    if len(made[kind]) == 1:
        return None
    del made[kind][name]
    if kind == "tasks":
        for task in made["tasks"].values():
            for one in (task, *task.get("for", ())):
                if name in one.get("does", {}):
                    one["does"] = {to: share for to, share in one["does"].items() if to != name} or {}
    return f"{kind[:-1]} {name} is left out: {fault.message}"
