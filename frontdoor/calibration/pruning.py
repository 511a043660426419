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
_TASK = re.compile(r"tasks\.([a-z0-9_]+)")


def sound(model: Model, library: Library) -> tuple[dict[str, Any], list[str], list[str]]:
    """The tables of a scenario without faults, and what was changed in it, and left out of it, in sentences. What comes is
    never left out: a fault of a source is raised.

    Raises:
        InputError: a source is wrong, or nothing that could be run is left.
    """
    made, notes, lost = compose(model), [], []
    for _ in range(_ROUNDS):
        try:
            scenario_of(made, library, model.title)
        except InputError as wrong:
            told = [one for one in (_mended(made, fault) for fault in wrong.faults) if one]
            if not told or any(fault.where.startswith("sources.") for fault in wrong.faults):
                raise
            notes += [said for said, is_less in told if not is_less]
            lost += [said for said, is_less in told if is_less]
        else:
            break
    return made, list(dict.fromkeys(notes)), list(dict.fromkeys(lost))


def _mended(made: dict[str, Any], fault: Fault) -> tuple[str, bool] | None:
    """Take out what is wrong; a sentence that says so, and whether the scenario has less for it. None: that cannot be done."""
    found = _TASK.match(fault.where)
    if found is None or found[1] not in made["tasks"]:
        return None
    name = found[1]
    if fault.code == "same-person":
        task = made["tasks"][name]
        if task.get("held"):
            del task["held"]
            return f"{name}: the one who holds a case may not do it, so it is for anybody of the team.", False
        team = made["teams"][task["team"]]
        team["staff"] = max(2, team["staff"] + 1)
        return f"{task['team']}: a second person is assumed, for nobody may sign off what they wrote.", False
    if len(made["tasks"]) == 1:
        return None
    del made["tasks"][name]
    for task in made["tasks"].values():
        for one in (task, *task.get("for", ())):
            if name in one.get("does", {}):
                one["does"] = {to: share for to, share in one["does"].items() if to != name} or {}
    return f"Task {name} is left out: {fault.message}", True
