"""Editions of guidance, local files, and how they are laid over the workflows: tables merge by name, later wins.

Each edition amends the one before it. An authority's local file is laid over whichever edition is in force; it may
tighten a statutory timescale, and depart from it only with a reason. Every composed value knows what set it.
"""

from __future__ import annotations

__all__ = ["Composed", "Edition", "Local", "Origin", "compose", "in_force_from"]

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import attrs

from frontdoor.errors import Fault
from frontdoor.layering import KINDS, Layer, LocalLayer, Locally, Origin
from frontdoor.reading import File
from frontdoor.timescale import Timescale
from frontdoor.workflow import State, Timer, Transition, Workflow

_MADE: dict[str, Callable[..., Any]] = {"states": State, "transitions": Transition, "timers": Timer}


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
    departs: str = ""
    """Why it adopts an edition before the day it came into force; empty where it does not."""
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
        """What set the value at `path`; if nothing set it, what declared the nearest table around it.

        Raises:
            KeyError: there is no such workflow.
        """
        if not path or path[:1] not in self.origins:
            raise KeyError(path)
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
    Two local files that say different things of the same value are at fault.
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
        Layer(tables, origins, faults, edition.file).lay(edition.workflows, edition.removes)
        has -= {path.removeprefix("workflows.") for path in edition.removes}
    guided, locally = copy.deepcopy(tables), Locally()
    for local in sorted(locals_, key=lambda local: local.name):
        LocalLayer(tables, origins, faults, local.file, guided, frozenset(has), locally).lay(
            local.workflows, local.removes
        )
    workflows = {name: _workflow(name, table) for name, table in tables.items()}
    return Composed(workflows, frozenset(has), origins), faults


def _note(origins: dict[tuple[str, ...], Origin], path: tuple[str, ...], table: Any, file: str, where: str) -> None:
    origins[path] = Origin(file, where.rpartition(".")[0] if not isinstance(table, dict) else where)
    if isinstance(table, dict):
        for key, value in table.items():
            _note(origins, (*path, key), value, file, f"{where}.{key}" if where else key)


def _workflow(name: str, table: Mapping[str, Any]) -> Workflow:
    parts: dict[str, Any] = {key: value for key, value in table.items() if key not in KINDS}
    for kind, made in _MADE.items():
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
