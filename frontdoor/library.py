"""Finding, reading and checking the files: workflows, the editions of guidance, an authority's own, bank holidays.

library = load()                            # the shipped files
library = load(local=["my_borough.toml"])   # with an authority's own laid over whichever edition is in force
library.edition_on(date(2009, 12, 18)).name                       # 'working_together_2006'
library.workflow("referral", "working_together_2006").timers["decision"].allowed
"""

from __future__ import annotations

__all__ = ["Library", "load", "shipped"]

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import attrs

from frontdoor import checking
from frontdoor.errors import Fault, InvalidWorkflow, UnknownWorkflow, did_you_mean
from frontdoor.guidance import Composed, Edition, Local, compose, in_force_from
from frontdoor.reading import CALENDAR, GUIDANCE, LOCAL, WORKFLOW, File, content_of, kind, read
from frontdoor.workflow import Workflow
from frontdoor.working_days import Calendar

AS_WRITTEN = "as_written"
"""The one edition of workflow files that come without guidance: themselves, in force at all times."""


def shipped() -> Path:
    """The folder of the workflow files that came with frontdoor."""
    here = Path(__file__).parent
    inside = here / "workflows"  # in a wheel
    return inside if inside.is_dir() else here.parent / "workflows"


@attrs.frozen
class Library:
    """Workflows under every edition, with local files laid over; sound, or it would not have loaded."""

    editions: tuple[Edition, ...]
    """The editions that can be in force, oldest first (or the one that was asked for)."""
    starts: tuple[date, ...]
    """The day from which each of them applies here."""
    locals: tuple[Local, ...]
    calendar: Calendar
    composed: Mapping[str | None, Composed] = attrs.field(repr=False)
    """By edition; None is for a day before the first, where nothing has a length that counts."""

    @property
    def chosen(self) -> Edition | None:
        """The edition that all is judged by because somebody asked for it, whatever was in force; else None."""
        is_one = len(self.editions) == 1 and self.starts == (date.min,)
        return self.editions[0] if is_one and self.editions[0].name != AS_WRITTEN else None

    def edition_on(self, day: date) -> Edition | None:
        """The edition in force on `day`, the day it came into force included; None before the first."""
        found = None
        for edition, start in zip(self.editions, self.starts, strict=True):
            if start <= day:
                found = edition
        return found

    def edition(self, name: str) -> Edition:
        """The edition of that name.

        Raises:
            UnknownWorkflow: there is none.
        """
        for edition in self.editions:
            if edition.name == name:
                return edition
        raise UnknownWorkflow("edition", name, (edition.name for edition in self.editions))

    def workflow(self, name: str, edition: str | None = None) -> Workflow:
        """A workflow under an edition (default: the latest), local files laid over.

        Raises:
            UnknownWorkflow: there is no such workflow, or no such edition.
        """
        composed = self.under(edition)
        if name not in composed.workflows:
            raise UnknownWorkflow("workflow", name, composed.workflows)
        return composed.workflows[name]

    def under(self, edition: str | None = None) -> Composed:
        """All workflows under an edition (default: the latest)."""
        return self.composed[self.edition(edition).name if edition else self.editions[-1].name]

    def anywhere(self, name: str) -> Workflow:
        """A workflow with all that any edition declares of it; where they differ, as the files or the first has it."""
        found = self.composed[None].workflows[name]
        for composed in self.composed.values():
            other = composed.workflows[name]
            parts: dict[str, Any] = {
                kind: {**getattr(other, kind), **getattr(found, kind)} for kind in ("states", "transitions", "timers")
            }
            found = attrs.evolve(found, **parts)
        return found

    def names(self) -> tuple[str, ...]:
        """The workflows in the order in which a child meets them: each after those it may only come after."""
        workflows = self.composed[None].workflows
        depth: dict[str, int] = {}

        def deep(name: str, above: frozenset[str] = frozenset()) -> int:
            if name not in depth:
                before = {after.rpartition(".")[0] for after in workflows[name].after} - above - {name}
                depth[name] = 1 + max((deep(other, above | {name}) for other in before), default=0)
            return depth[name]

        return tuple(sorted(workflows, key=lambda name: (deep(name), name)))


def load(
    workflows: str | Path | None = None, *, local: Iterable[str | Path] | str | Path = (), guidance: str | None = None
) -> Library:
    """Read a folder of workflow files (default: the shipped ones), lay local files over, and check it all.

    `workflows/*.toml` are workflows, `workflows/guidance/*.toml` editions; `bank_holidays.toml` is the shipped one
    if the folder has none. `local` are files, or the names of shipped ones; a workflow or guidance file among them
    stands beside those of the folder, or in place of the one of its name. `guidance` names an edition (a draft, too)
    that then applies to every day.

    Raises:
        InvalidWorkflow: `.faults` is everything that is wrong with any of the files.
        UnknownWorkflow: there is no edition `guidance`.
    """
    library, faults = survey(workflows, local=local, guidance=guidance)
    if faults or library is None:
        raise InvalidWorkflow(faults)
    return library


def survey(
    workflows: str | Path | None = None, *, local: Iterable[str | Path] | str | Path = (), guidance: str | None = None
) -> tuple[Library | None, list[Fault]]:
    """What `load` does, with the faults given rather than raised; no library where nothing sound could be made.

    Raises:
        UnknownWorkflow: there is no edition `guidance`.
    """
    folder = Path(workflows) if workflows is not None else shipped()
    if not os.path.isdir(folder):
        return None, [Fault(str(folder), "", "unreadable", "is not a folder of workflow files.")]
    library, faults = _surveyed(folder, _given(folder, _local_paths(local)), guidance)
    return library, list(faults)


class _Given(NamedTuple):
    """A file as it stands: what is made of a library hangs on these, and on nothing else."""

    path: Path
    shown: str
    shape: str | None
    """None: a local file, of whichever shape its keys tell."""
    content: bytes | Fault


_SHAPES = {"workflow": WORKFLOW, "guidance": GUIDANCE, "calendar": CALENDAR}


def _given(folder: Path, local: Iterable[Path]) -> tuple[_Given, ...]:
    """The files of a folder and the local ones, in the order in which a later one stands for one before it."""
    holidays = folder / "bank_holidays.toml"
    if not holidays.is_file():
        holidays = shipped() / "bank_holidays.toml"
    paths = [(path, "workflow") for path in sorted(folder.glob("*.toml")) if path.name != holidays.name]
    paths += [(path, "guidance") for path in sorted((folder / "guidance").glob("*.toml"))]
    every = [*paths, (holidays, "calendar"), *((path, None) for path in local)]
    return tuple(_Given(path, shown := _shown(path), shape, content_of(path, shown)) for path, shape in every)


@lru_cache(maxsize=8)
def _surveyed(
    folder: Path, given: tuple[_Given, ...], guidance: str | None
) -> tuple[Library | None, tuple[Fault, ...]]:
    """What `survey` finds. What stands as it did is not made again: a library is frozen, so all may share it."""
    library, faults = _made(folder, given, guidance)
    return library, tuple(faults)


def _made(folder: Path, given: Iterable[_Given], guidance: str | None) -> tuple[Library | None, list[Fault]]:
    files, faults = _Files.read(given)
    if not files.base:
        faults.append(Fault(str(folder), "", "no-workflows", "has no workflow files (*.toml) in it."))
    chain = _chain(files.editions, _adopted(files, faults), faults)
    calendar = _calendar(files, faults)
    if not files.base or calendar is None:
        return None, faults
    dated = _dated(files, chain, guidance)
    composed = _compose(files, faults)
    if not {"unreadable", "not-toml"} & {fault.code for fault in faults}:
        found = _lengths(composed)
        for under, laid in composed.items():
            found += checking.faults(laid, lengths_expected=under is not None or not files.editions)
        # A value that was taken out because it is wrong is not missing as well.
        wrong = {(fault.file, fault.where.rpartition(".")[0]) for fault in faults if fault.code != "missing-key"}
        stopped = {file for file, where in wrong if where.startswith("timers") or ".timers" in where}
        found = [fault for fault in found if fault.code != "unguarded" or fault.file not in stopped]
        faults += [
            fault
            for fault in found
            if fault.code not in ("missing-key", "no-length") or (fault.file, fault.where) not in wrong
        ]
    faults = list(dict.fromkeys(faults))
    if faults:
        return None, faults
    editions, starts = tuple(edition for edition, _ in dated), tuple(day for _, day in dated)
    return Library(editions, starts, tuple(files.locals), calendar, composed), faults


@attrs.define
class _Files:
    """The files of a folder and the local ones, read and sorted by kind."""

    base: list[File]
    editions: list[Edition]
    locals: list[Local]
    calendar: File | None

    @classmethod
    def read(cls, given: Iterable[_Given]) -> tuple[_Files, list[Fault]]:
        """All that can be read, and what is wrong with the rest."""
        read_: dict[int, dict[str, File]] = {id(shape): {} for shape in (WORKFLOW, GUIDANCE, CALENDAR, LOCAL)}
        faults: dict[tuple[int, str], list[Fault]] = {}
        for path, shown, name, content in given:
            shape = _SHAPES[name] if name else kind(content)
            # Of two files that declare the same thing the later stands, and so do its faults alone.
            file, faults[id(shape), path.stem] = read(path, shape, shown, content)
            if file:
                read_[id(shape)][file.name] = file
        base, editions, calendars, locals_ = (
            list(read_[id(shape)].values()) for shape in (WORKFLOW, GUIDANCE, CALENDAR, LOCAL)
        )
        files = cls(
            sorted(base, key=lambda file: file.name),
            [Edition.from_file(file) for file in editions],
            sorted((Local.from_file(file) for file in locals_), key=lambda one: one.name),
            calendars[-1] if calendars else None,
        )
        return files, [fault for found in faults.values() for fault in found]


def _dated(files: _Files, chain: Sequence[Edition], guidance: str | None) -> list[tuple[Edition, date]]:
    """The editions that can be in force, and from which day each."""
    written = Edition(AS_WRITTEN, "The workflow files as they are written", in_force_from=date.min)
    if guidance is not None:
        named = {edition.name: edition for edition in files.editions} or {AS_WRITTEN: written}
        if guidance not in named:
            raise UnknownWorkflow("edition", guidance, named)
        return [(named[guidance], date.min)]
    days = in_force_from(chain, files.locals)
    dated = [(edition, day) for edition, day in zip(chain, days, strict=True) if day is not None]
    return dated or [(written, date.min)]


def _compose(files: _Files, faults: list[Fault]) -> dict[str | None, Composed]:
    """The workflows under each edition, and (None) under none."""
    mentioned = {name for edition in files.editions for name in edition.workflows}
    composed: dict[str | None, Composed] = {}
    composed[None], found = compose(files.base, [], files.locals)
    if not mentioned:
        composed[AS_WRITTEN] = composed[None]
        faults += found
    for edition in files.editions:
        chain = _back_from(edition, files.editions)
        composed[edition.name], found = compose(files.base, chain, files.locals, mentioned=mentioned)
        faults += found
    return composed


def _shown(path: Path) -> str:
    """A shipped file by its place in the project, wherever that is installed; another by its own path."""
    try:
        return (Path("workflows") / path.resolve().relative_to(shipped().resolve())).as_posix()
    except (ValueError, OSError, RuntimeError):  # RuntimeError: links in a circle
        return str(path)


def _local_paths(local: Iterable[str | Path] | str | Path) -> list[Path]:
    given: Iterable[str | Path] = [local] if isinstance(local, (str, Path)) else local
    paths = []
    for item in given:
        named = shipped() / "local" / f"{item}.toml"
        paths.append(named if not os.path.exists(item) and os.path.isfile(named) else Path(item))
    return paths


def _adopted(files: _Files, faults: list[Fault]) -> dict[str, date]:
    """The day on which the local files adopt an edition; two that differ are at fault."""
    adopted: dict[str, tuple[date, str]] = {}
    names = [edition.name for edition in files.editions]
    national = {edition.name: edition.in_force_from for edition in files.editions}
    for item in files.locals:
        for name, day in item.adopts.items():
            where = f"adopts.{name}"
            before = adopted.setdefault(name, (day, item.file))
            if name not in names:
                advice = did_you_mean(name, names).strip()
                faults.append(Fault(item.file, where, "unknown-name", f"there is no edition {name!r}.", advice))
            elif not item.departs and day < (national.get(name) or date.min):
                message = f"adopts it before it came into force, on {national[name]}."
                advice = 'Say why with departs = "reason" at the top of the file, or correct the day.'
                faults.append(Fault(item.file, where, "loosens", message, advice))
            elif before[0] != day:
                message = f"adopts it on another day than {before[1]} does: keep one of them."
                faults.append(Fault(item.file, where, "local-conflict", message))
    return {name: day for name, (day, _) in adopted.items()}


def _chain(editions: Sequence[Edition], adopted: Mapping[str, date], faults: list[Fault]) -> list[Edition]:
    """The editions with a day, or adopted on one, each after the one it amends."""
    names = {edition.name: edition for edition in editions}
    for edition in editions:
        if edition.amends and edition.amends not in names:
            advice = did_you_mean(edition.amends, names).strip()
            faults.append(
                Fault(edition.file, "amends", "unknown-name", f"amends no edition {edition.amends!r}.", advice)
            )
    days = {edition.name: edition.in_force_from or adopted.get(edition.name) for edition in editions}
    dated = [edition for edition in editions if days[edition.name] is not None]
    dated.sort(key=lambda edition: (days[edition.name] or date.min, edition.name))
    for before, after in zip(dated, dated[1:], strict=False):
        if after.amends != before.name:
            faults.append(
                Fault(after.file, "amends", "broken-chain", f"comes into force after {before.name} and must amend it.")
            )
    if dated and dated[0].amends:
        faults.append(
            Fault(dated[0].file, "amends", "broken-chain", "is the first edition in force and cannot amend another.")
        )
    return dated


def _back_from(edition: Edition, editions: Sequence[Edition]) -> list[Edition]:
    """The edition and all those it rests on, oldest first."""
    names = {one.name: one for one in editions}
    chain: list[Edition] = []
    here: Edition | None = edition if edition.name in names else None
    while here is not None and here not in chain:
        chain.insert(0, here)
        here = names.get(here.amends or "")
    return chain


def _calendar(files: _Files, faults: list[Fault]) -> Calendar | None:
    file = files.calendar
    if file is None:
        return None
    holidays: dict[date, str] = {}
    closures: dict[date, str] = {}
    for year, named in file.tables.items():
        if isinstance(named, dict):
            _dates(named, holidays, year, file.path, faults)
    for item in files.locals:
        _dates(item.closures, closures, "closures", item.file, faults)
    try:
        first, last, version = file.tables["first"], file.tables["last"], file.tables["version"]
    except KeyError as missing:
        faults.append(Fault(file.path, "", "missing-key", f"{missing.args[0]} is missing."))
        return None
    if not 1900 <= first <= last <= 2199:
        faults.append(Fault(file.path, "first", "wrong-value", f"{first} to {last} are not years, from first to last."))
        return None
    for day in holidays:
        if not first <= day.year <= last:
            faults.append(Fault(file.path, str(day.year), "wrong-value", f"{day} lies outside {first} to {last}."))
    calendar = Calendar(version, first, last, holidays)
    return calendar.with_closures(closures) if closures else calendar


def _dates(named: Mapping[str, str], into: dict[date, str], where: str, file: str, faults: list[Fault]) -> None:
    for text, name in named.items():
        try:
            into[date.fromisoformat(text)] = name
        except ValueError:
            faults.append(Fault(file, where, "wrong-value", f"{text!r} is not a date: write 2026-12-29."))


def _lengths(composed: dict[str | None, Composed]) -> list[Fault]:
    """A timer that no edition gives a length never runs."""
    found = []
    for name, workflow in composed[None].workflows.items():
        for timer in workflow.timers:
            if not any(
                timer in one.workflows[name].timers and one.workflows[name].timers[timer].allowed
                for one in composed.values()
            ):
                origin = composed[None].origin(name, "timers", timer)
                found.append(
                    Fault(origin.file, origin.table, "no-length", f"no edition says how long {name}.{timer} allows.",
                          "Add allowed to this table, or to that of a guidance or local file.")
                )  # fmt: skip
    return found
