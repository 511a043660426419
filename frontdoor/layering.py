"""Laying one file over what is there: tables merge by name, later wins, and every value knows what set it.

An edition of the guidance may change anything. A local file may tighten a statutory clock, ask for more to be recorded,
let fewer people do a thing, and add clocks of its own; whatever else it does to what the guidance sets needs a reason.
"""

from __future__ import annotations

__all__ = ["KINDS", "Layer", "LocalLayer", "Locally", "Origin"]

import copy
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import attrs

from frontdoor.errors import Fault, did_you_mean
from frontdoor.timescale import Timescale

KINDS = ("states", "transitions", "timers")
Tables = dict[str, dict[str, Any]]
"""The tables of each workflow file, by the workflow's name."""


class Origin(NamedTuple):
    """The file and the table in it that set a value."""

    file: str
    table: str

    def __str__(self) -> str:
        return f"{self.file} [{self.table}]"


@attrs.define
class Layer:
    """Laying a file over the tables, noting the origin of what it sets and the faults it has."""

    tables: Tables
    origins: dict[tuple[str, ...], Origin]
    faults: list[Fault]
    file: str

    def lay(self, workflows: Mapping[str, Any], removes: Iterable[str]) -> None:
        """Take away what the file removes, then set what it sets."""
        for path in removes:
            self.remove(path)
        for name, patch in workflows.items():
            where = f"workflows.{name}"
            if name not in self.tables:
                self.fault(where, "unknown-name", f"there is no workflow {name!r}.", did_you_mean(name, self.tables))
                continue
            for key, value in patch.items():
                if key in KINDS:
                    for item, fields in value.items():
                        self.lay_item(name, key, item, fields, f"{where}.{key}.{item}")
                else:
                    self.set((name,), key, value, self.tables[name], where)

    def lay_item(self, name: str, kind: str, item: str, fields: Mapping[str, Any], where: str) -> None:
        """Change a state, transition or timer; or add one, if the table declares it whole."""
        there = self.tables[name].setdefault(kind, {})
        if item not in there and not _complete(kind, fields):
            message = f"there is no {kind[:-1]} {item!r} in {name} to change."
            self.fault(where, "unknown-name", message, did_you_mean(item, there))
            return
        target = there.setdefault(item, {})
        self.origins.setdefault((name, kind, item), Origin(self.file, where))
        if "allowed" in fields:  # the old figure's source is not the new figure's
            for key in {"cites", "grade", "departs"} - set(fields):
                target.pop(key, None)
                self.origins.pop((name, kind, item, key), None)
        for key, value in fields.items():
            self.set((name, kind, item), key, value, target, where)

    def set(self, path: tuple[str, ...], key: str, value: Any, target: dict[str, Any], where: str) -> None:
        """Set one value."""
        target[key] = copy.deepcopy(value)
        self.origins[(*path, key)] = Origin(self.file, where)

    def remove(self, path: str) -> None:
        """Take away what `removes` names: 'workflows.NAME' from the edition, 'workflows.NAME.timers.NAME' altogether."""
        parts = path.split(".")
        table: Any = {"workflows": self.tables}
        for part in parts[:-1]:
            table = table.get(part, {}) if isinstance(table, dict) else {}
        known = [f"workflows.{name}" for name in self.tables]
        whole = len(parts) == 2 or (len(parts) == 4 and parts[2] in KINDS)
        if not whole or parts[0] != "workflows" or not isinstance(table, dict) or parts[-1] not in table:
            self.fault("removes", "unknown-name", f"there is no {path!r} to take away.", did_you_mean(path, known))
        elif len(parts) == 4:
            self.take_away((parts[1], parts[2], parts[3]), table)

    def take_away(self, path: tuple[str, ...], table: dict[str, Any]) -> None:
        """Take one state, transition or timer away."""
        del table[path[-1]]
        for origin in [origin for origin in self.origins if origin[: len(path)] == path]:
            del self.origins[origin]

    def fault(self, where: str, code: str, message: str, advice: str = "") -> None:
        """Note a fault of the file."""
        self.faults.append(Fault(self.file, where, code, message, advice.strip()))


@attrs.define
class Locally:
    """What the local files laid so far have set and taken away, each with the file that did."""

    touched: dict[tuple[str, ...], str] = attrs.Factory(dict)
    removed: dict[tuple[str, ...], str] = attrs.Factory(dict)


@attrs.define
class LocalLayer(Layer):
    """The same for a local file, held to what the guidance sets."""

    guided: Tables
    """The tables before any local file was laid."""
    has: frozenset[str]
    """The workflows that the edition has."""
    locally: Locally

    def lay_item(self, name: str, kind: str, item: str, fields: Mapping[str, Any], where: str) -> None:
        """Change or add a thing, if the guidance or another local file does not stand against it."""
        path = (name, kind, item)
        if path in self.locally.removed:
            self.fault(
                where, "local-conflict", f"changes what {self.locally.removed[path]} takes away: keep one of them."
            )
            return
        old = self.guided[name].get(kind, {}).get(item)
        if old is not None and name in self.has and not fields.get("departs"):
            self._guard(kind, old, fields, where)
        super().lay_item(name, kind, item, fields, where)

    def set(self, path: tuple[str, ...], key: str, value: Any, target: dict[str, Any], where: str) -> None:
        """Set one value, unless another local file set it otherwise."""
        whole = (*path, key)
        other = self.locally.touched.get(whole)
        if other and target.get(key) != value:
            self.fault(where, "local-conflict", f"sets {key} to something else than {other} does: keep one of them.")
        if path[1:] == () and key not in ("title", "about"):
            self.fault(where, "loosens", f"a local file cannot change {key} of a workflow.")
        self.locally.touched[whole] = self.file
        super().set(path, key, value, target, where)

    def take_away(self, path: tuple[str, ...], table: dict[str, Any]) -> None:
        """Take a thing away that the guidance does not set, and no local file changes."""
        dotted = ".".join(("workflows", *path))
        guided = self.guided[path[0]].get(path[1], {}).get(path[2])
        if guided is not None and (path[1] != "timers" or guided.get("basis") == "statutory"):
            self.fault("removes", "loosens", f"a local file cannot take away {dotted}, which the guidance sets.")
            return
        changed = [file for touched, file in self.locally.touched.items() if touched[:3] == path]
        if changed:
            self.fault(
                "removes", "local-conflict", f"takes away {dotted}, which {changed[0]} changes: keep one of them."
            )
            return
        self.locally.removed[path] = self.file
        super().take_away(path, table)

    def remove(self, path: str) -> None:
        """As for any file; but a workflow belongs to the guidance."""
        if path.count(".") == 1 and path.removeprefix("workflows.") in self.tables:
            self.fault("removes", "loosens", f"a local file cannot take away {path}, which the guidance sets.")
        else:
            super().remove(path)

    def _guard(self, kind: str, old: Mapping[str, Any], fields: Mapping[str, Any], where: str) -> None:
        advice = 'Say why with departs = "reason", or leave it as it is.'
        for key in sorted(key for key, value in fields.items() if old.get(key) != value):
            if kind == "timers":
                wrong = _loosens(key, old, fields[key]) if old.get("basis") == "statutory" else ""
            elif kind == "transitions":
                more = key == "needs" and set(old.get(key, ())) <= set(fields[key])
                fewer = key == "by" and set(fields[key]) <= set(old.get(key, fields[key]))
                wrong = "" if key == "title" or more or fewer else f"changes {key} of what the guidance lets people do."
            else:
                wrong = "" if key in ("title", "unguarded") else f"changes {key} of a state that the guidance sets."
                advice = "Leave it as it is."
            if wrong:
                self.fault(where, "loosens", wrong, advice)


def _loosens(key: str, old: Mapping[str, Any], new: Any) -> str:
    """What is wrong with changing that of a statutory timer; nothing, if it can only fall due sooner."""
    if key in ("title", "cites", "grade", "departs"):
        return ""
    if key not in ("allowed", "then"):
        return f"changes {key} of a statutory timer."
    before = old.get(key, old.get("allowed"))  # without `then` it is the same again
    if before is None or Timescale.parse(new).is_never_later_than(Timescale.parse(before)):
        return ""
    return f"loosens the statutory {before} to {new}: it may fall due later."


def _complete(kind: str, fields: Mapping[str, Any]) -> bool:
    """Whether a table declares a new thing, rather than changing one."""
    if kind == "timers":
        return "counts_from" in fields and ("runs_in" in fields or "until" in fields)
    return "from" in fields if kind == "transitions" else "title" in fields
