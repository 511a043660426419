"""Editions of guidance, local files, and how they are laid over the workflows: tables merge by name, later wins.

Each edition amends the one before it. An authority's local file is laid over whichever edition is in force; it may
tighten a statutory timescale, and depart from it only with a reason. Every composed value knows what set it.
"""

from __future__ import annotations

__all__ = ["Composed", "Edition", "Local", "Origin", "compose", "in_force_from"]

import copy
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import attrs

from frontdoor.errors import Fault, did_you_mean
from frontdoor.reading import File
from frontdoor.timescale import Timescale
from frontdoor.workflow import State, Timer, Transition, Workflow

KINDS = {"states": State, "transitions": Transition, "timers": Timer}


class Origin(NamedTuple):
    """The file and the table in it that set a value."""

    file: str
    table: str

    def __str__(self) -> str:
        return f"{self.file} [{self.table}]"


@attrs.frozen
class Edition:
    """Statutory guidance, in force from a day until the next edition; a draft (no day) is in force only when asked."""

    name: str
    title: str = ""
    about: str = ""
    in_force_from: date | None = None
    amends: str | None = None
    sources: tuple[str, ...] = attrs.field(default=(), converter=tuple)
    removes: tuple[str, ...] = attrs.field(default=(), converter=tuple)
    workflows: Mapping[str, Any] = attrs.field(factory=dict, repr=False, hash=False)
    file: str = ""

    @classmethod
    def from_file(cls, file: File) -> Edition:
        """The edition that a guidance file declares, called after the file."""
        return cls(name=file.name, file=file.path, **file.tables)


@attrs.frozen
class Local:
    """An authority's own file: when it adopted an edition, its closed days, its timescales."""

    name: str
    title: str = ""
    about: str = ""
    authority: str = ""
    sources: tuple[str, ...] = attrs.field(default=(), converter=tuple)
    removes: tuple[str, ...] = attrs.field(default=(), converter=tuple)
    adopts: Mapping[str, date] = attrs.field(factory=dict, hash=False)
    closures: Mapping[str, str] = attrs.field(factory=dict, hash=False)
    workflows: Mapping[str, Any] = attrs.field(factory=dict, repr=False, hash=False)
    file: str = ""

    @classmethod
    def from_file(cls, file: File) -> Local:
        """What a local file declares, called after the file."""
        return cls(name=file.name, file=file.path, **file.tables)


@attrs.frozen
class Composed:
    """All workflows as one edition has them, with local files laid over: what a case is bound to."""

    workflows: Mapping[str, Workflow]
    has: frozenset[str]
    """The workflows that the edition has; the others are here so that a record of one can still be read."""
    origins: Mapping[tuple[str, ...], Origin]
    """What set a value: ('referral', 'timers', 'decision', 'allowed')."""

    def origin(self, *path: str) -> Origin:
        """What set the value at `path`; if nothing set it, what declared the nearest table around it."""
        while path and path not in self.origins:
            path = path[:-1]
        return self.origins[path]


def in_force_from(chain: Sequence[Edition], locals_: Iterable[Local]) -> tuple[date | None, ...]:
    """The day from which each edition of a chain applies here: the national day, or the authority's own adoption.

    An edition cannot apply before the one it amends does: an authority that adopts an edition late has not yet
    adopted what came after it.
    """
    adopted = {name: day for local in locals_ for name, day in local.adopts.items()}
    days: list[date | None] = []
    latest = date.min
    for edition in chain:
        day = adopted.get(edition.name, edition.in_force_from)
        latest = max(latest, day) if day else latest
        days.append(latest if day else None)
    return tuple(days)


def compose(
    base: Sequence[File], chain: Sequence[Edition], locals_: Sequence[Local], *, mentioned: Iterable[str] | None = None
) -> tuple[Composed, list[Fault]]:
    """The workflow files with a chain of editions laid over, oldest first, then the local files; and every fault.

    An edition has the workflows that it, or one it amends, mentions and none removes. `mentioned` are those that any
    edition does (default: of the chain): a workflow that the guidance is silent on is in every edition as it is written.
    The local files are laid in the order of their names, so the result does not depend on the order they are read.
    Two local files that set the same value differently are at fault.
    """
    tables: dict[str, dict[str, Any]] = {}
    origins: dict[tuple[str, ...], Origin] = {}
    faults: list[Fault] = []
    for file in sorted(base, key=lambda file: file.name):
        tables[file.name] = copy.deepcopy(file.tables)
        _note(origins, (file.name,), file.tables, file.path, "")
    if mentioned is None:
        mentioned = {name for edition in chain for name in edition.workflows}
    has = set(tables) - set(mentioned)
    for edition in chain:
        has |= set(edition.workflows) & set(tables)
        _Layer(tables, origins, faults, edition.file, local=False).lay(edition.workflows, edition.removes)
        has -= {path.removeprefix("workflows.") for path in edition.removes}
    touched: dict[tuple[str, ...], str] = {}
    for local in sorted(locals_, key=lambda local: local.name):
        _Layer(tables, origins, faults, local.file, local=True, has=has, touched=touched).lay(
            local.workflows, local.removes
        )
    workflows = {name: _workflow(name, table) for name, table in tables.items()}
    return Composed(workflows, frozenset(has), origins), faults


@attrs.define
class _Layer:
    """Laying one file over what is there."""

    tables: dict[str, dict[str, Any]]
    origins: dict[tuple[str, ...], Origin]
    faults: list[Fault]
    file: str
    local: bool
    has: set[str] = attrs.Factory(set)
    touched: dict[tuple[str, ...], str] = attrs.Factory(dict)

    def lay(self, workflows: Mapping[str, Any], removes: Iterable[str]) -> None:
        for path in removes:
            self._remove(path)
        for name, patch in workflows.items():
            where = f"workflows.{name}"
            if name not in self.tables:
                self._fault(where, "unknown-name", f"there is no workflow {name!r}.{did_you_mean(name, self.tables)}")
                continue
            for key, value in patch.items():
                if key in KINDS:
                    for item, fields in value.items():
                        self._lay_item(name, key, item, fields, f"{where}.{key}.{item}")
                else:
                    self._set((name,), key, value, self.tables[name], where)

    def _lay_item(self, name: str, kind: str, item: str, fields: Mapping[str, Any], where: str) -> None:
        there = self.tables[name].setdefault(kind, {})
        if item not in there and not _complete(kind, fields):
            self._fault(
                where,
                "unknown-name",
                f"there is no {kind[:-1]} {item!r} in {name} to change.{did_you_mean(item, there)}",
            )
            return
        if self.local and kind == "timers" and item in there and name in self.has:
            self._guard(there[item], fields, where)
        target = there.setdefault(item, {})
        self.origins.setdefault((name, kind, item), Origin(self.file, where))
        if "allowed" in fields:  # the old figure's source is not the new figure's
            for key in {"cites", "grade", "departs"} - set(fields):
                target.pop(key, None)
        for key, value in fields.items():
            self._set((name, kind, item), key, value, target, where)

    def _set(self, path: tuple[str, ...], key: str, value: Any, target: dict[str, Any], where: str) -> None:
        whole = (*path, key)
        other = self.touched.get(whole)
        if other and target.get(key) != value:
            self._fault(where, "local-conflict", f"sets {key} to something else than {other} does: keep one of them.")
        if self.local:
            self.touched[whole] = self.file
        target[key] = copy.deepcopy(value)
        self.origins[whole] = Origin(self.file, where)

    def _guard(self, old: Mapping[str, Any], fields: Mapping[str, Any], where: str) -> None:
        """A local file may tighten a statutory clock; anything else it does to one needs a reason."""
        if old.get("basis") != "statutory" or fields.get("departs"):
            return
        changed = {key for key, value in fields.items() if old.get(key) != value}
        for key in sorted(changed - {"title", "cites", "grade"}):
            if key in ("allowed", "then") and key in old:
                if Timescale.parse(fields[key]).is_never_later_than(Timescale.parse(old[key])):
                    continue
                message = f"loosens the statutory {old[key]} to {fields[key]}."
            elif key in ("allowed", "then"):
                continue
            else:
                message = f"changes {key} of a statutory timer."
            self._fault(where, "loosens", message, 'Say why with departs = "reason", or leave it as it is.')

    def _remove(self, path: str) -> None:
        parts = path.split(".")
        table: Any = {"workflows": self.tables}
        for part in parts[:-1]:
            table = table.get(part, {}) if isinstance(table, dict) else {}
        if len(parts) not in (2, 4) or not isinstance(table, dict) or parts[-1] not in table:
            known = [f"workflows.{name}" for name in self.tables]
            self._fault("removes", "unknown-name", f"there is no {path!r} to take away.{did_you_mean(path, known)}")
        elif self.local and (len(parts) == 2 or table[parts[-1]].get("basis") == "statutory"):
            self._fault("removes", "loosens", f"a local file cannot take away {path}, which the guidance sets.")
        elif len(parts) == 4:
            del table[parts[-1]]

    def _fault(self, where: str, code: str, message: str, advice: str = "") -> None:
        self.faults.append(Fault(self.file, where, code, message, advice))


def _complete(kind: str, fields: Mapping[str, Any]) -> bool:
    """Whether a table declares a new thing, rather than changing one."""
    if kind == "timers":
        return "counts_from" in fields and ("runs_in" in fields or "until" in fields)
    return "from" in fields if kind == "transitions" else "title" in fields


def _note(origins: dict[tuple[str, ...], Origin], path: tuple[str, ...], table: Any, file: str, where: str) -> None:
    origins[path] = Origin(file, where.rpartition(".")[0] if not isinstance(table, dict) else where)
    if isinstance(table, dict):
        for key, value in table.items():
            _note(origins, (*path, key), value, file, f"{where}.{key}" if where else key)


def _workflow(name: str, table: Mapping[str, Any]) -> Workflow:
    parts: dict[str, Any] = {key: value for key, value in table.items() if key not in KINDS}
    for kind, made in KINDS.items():
        parts[kind] = {item: made(name=item, **_fields(fields)) for item, fields in table.get(kind, {}).items()}
    return Workflow(name=name, **parts)


def _fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    made = dict(fields)
    if "from" in made:
        made["from_"] = made.pop("from")
    for key in ("allowed", "then"):
        if key in made:
            made[key] = Timescale.parse(made[key])
    return made
