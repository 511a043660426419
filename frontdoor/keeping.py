"""Keeping a library in a log, so that an old log replays without today's files.

    stored = kept(load())
    stored.digest                           # of the library; the same wherever its files are
    restore(stored.content, stored.workflows, digest=stored.digest)

Each workflow, as an edition has it, is a document of its own, known by its digest: that is what an episode is bound to.
Libraries that differ in little share most of them. What is restored is equal in all that the kernel, the sentences and
the explanations ask; the files themselves are not kept.
"""

from __future__ import annotations

__all__ = ["Kept", "digests", "kept", "numbers", "restore", "verify_kept"]

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, NamedTuple, TypeVar

import attrs

from frontdoor.errors import LogTampered, OldSchema
from frontdoor.guidance import Composed, Edition, Local, Origin
from frontdoor.layering import KINDS
from frontdoor.library import Library
from frontdoor.log import EventLog
from frontdoor.timescale import Timescale
from frontdoor.uniting import numbered
from frontdoor.workflow import State, Timer, Transition, Workflow
from frontdoor.working_days import Calendar

FORMAT = 1
"""Raised whenever what is written here could be misread by what read the one before."""

_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode
_Made = TypeVar("_Made", State, Transition, Timer, Workflow, Edition, Local)
_Origins = dict[tuple[str, ...], Origin]
_NOT_KEPT = {"removes", "workflows", "closures", *KINDS}
"""What was laid over the workflows is in them by now, and closures are in the calendar; the parts are written apart."""
_FIELDS: Mapping[type[Any], tuple[str, ...]] = {
    kind: tuple(field.name for field in attrs.fields(kind) if field.name not in _NOT_KEPT)
    for kind in (State, Transition, Timer, Workflow, Edition, Local)
}


class Kept(NamedTuple):
    """A library as a log keeps it."""

    digest: str
    """SHA-256 of the content, in hex."""
    content: str
    """JSON: the editions, the day from which each applies, the local files, the calendar, and the digest of every workflow."""
    workflows: Mapping[str, str]
    """By digest the JSON of each workflow as an edition has it, with the edition's name and what set each value."""


def digests(library: Library) -> dict[tuple[str, str], str]:
    """The digest of each workflow by the name of the edition and its own; under '' as it is before the first edition."""
    return {(edition, name): _digest(text) for edition, name, text in _documents(library)}


def numbers(library: Library, older: Sequence[Library] = ()) -> dict[str, int]:
    """By digest, the number of the edition that a workflow binds an episode to (`uniting.numbered` counts them).

    Of several libraries in which a workflow is the same under the same edition, the first counts.
    """
    found: dict[str, int] = {}
    of = {id(one): digests(one) for one in (library, *older)}
    for number, one in enumerate(numbered(library, older), -1):
        edition = one.edition.name if one.edition else ""
        for (name, _), digest in of[id(one.library)].items():
            if name == edition:
                found.setdefault(digest, number)
    return found


def kept(library: Library) -> Kept:
    """A library as JSON. It depends on what the files say and on nothing else: not on where they are, nor on the order
    they were read in. A file is named by its place under a folder called `workflows`, else by its name alone.
    """
    workflows: dict[str, str] = {}
    named: dict[str, dict[str, str]] = {}
    for edition, name, text in _documents(library):
        digest = _digest(text)
        workflows[digest] = text
        named.setdefault(edition, {})[name] = digest
    calendar = library.calendar
    content = _encode({
        "format": FORMAT,
        "editions": [
            {**_plain(edition), "starts": start.isoformat(), "digests": named[edition.name]}
            for edition, start in zip(library.editions, library.starts, strict=True)
        ],
        "before": named[""],
        "locals": [_plain(local) for local in library.locals],
        "calendar": {
            "version": calendar.version, "first": calendar.first, "last": calendar.last,
            "holidays": _plain_value(calendar.holidays), "closures": _plain_value(calendar.closures),
        },
    })  # fmt: skip
    return Kept(_digest(content), content, workflows)


def restore(content: str, workflows: Mapping[str, str], *, digest: str | None = None) -> Library:
    """The library that was kept. `digest` is what its content was kept under; without it only the workflows are checked.

    Raises:
        LogTampered: a document is not what its digest says, is missing, or is no such document.
        OldSchema: it was kept by a later version of frontdoor.
    """
    _check(content, digest or _digest(content), "library")
    try:
        said = json.loads(content)
        if said["format"] > FORMAT:
            message = "a library in the log was kept by a later version of frontdoor than this one: read it with that."
            raise OldSchema(message, found=said["format"], known=FORMAT)
        return _library(said, workflows)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        why = str(error) if isinstance(error, ValueError) else "it is not laid out as one"
        why = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else why
        raise LogTampered(f"what the log keeps as a library cannot be read: {why}.") from error


def verify_kept(log: EventLog) -> None:
    """See that the workflows which a log keeps are what their digests say, and that every event's is among them.

    Raises:
        LogTampered: they are not.
        OldSchema: some were kept by a later version of frontdoor.
    """
    kept_: set[str] = set()
    for digest, content, workflows in log.libraries():
        restore(content, workflows, digest=digest)
        kept_ |= set(workflows)
    missing = log.digests() - kept_
    if missing:
        raise LogTampered(
            f"events are bound to {len(missing)} workflow(s) that the log does not keep, or keeps no more."
        )


def _library(said: Mapping[str, Any], workflows: Mapping[str, str]) -> Library:
    editions = [_made(Edition, one) for one in said["editions"]]
    starts = [date.fromisoformat(one["starts"]) for one in said["editions"]]
    composed: dict[str | None, Composed] = {None: _composed("", said["before"], workflows)}
    for edition, one in zip(editions, said["editions"], strict=True):
        composed[edition.name] = _composed(edition.name, one["digests"], workflows)
    days = said["calendar"]
    first, last = date(days["first"], 1, 1).year, date(days["last"], 12, 31).year
    calendar = Calendar(_text(days["version"]), first, last, _days(days["holidays"]), _days(days["closures"]))
    locals_ = tuple(_made(Local, one) for one in said["locals"])
    return Library(tuple(editions), tuple(starts), locals_, calendar, composed)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _check(text: str, digest: str, what: str) -> None:
    if _digest(text) != digest:
        raise LogTampered(f"the {what} that the log keeps as {digest} is not what was kept: it has been altered since.")


def _documents(library: Library) -> Iterator[tuple[str, str, str]]:
    """Every workflow under every edition: the edition's name, its own, and the document."""
    for edition in ("", *(edition.name for edition in library.editions)):
        composed = library.composed[edition or None]
        paths: dict[str, set[tuple[str, ...]]] = {name: set() for name in sorted(composed.workflows)}
        for path in composed.origins:
            paths[path[0]].add(path)
        for name in paths:
            workflow = composed.workflows[name]
            # States, transitions and timers are read in the order they are written; all else is named.
            parts = {kind: [_plain(one) for one in getattr(workflow, kind).values()] for kind in KINDS}
            document = {
                "edition": edition, "has": name in composed.has, "workflow": {**_plain(workflow), **parts},
                "origins": _plain_origins(composed, workflow, paths[name]),
            }  # fmt: skip
            yield edition, name, _encode(document)


def _composed(edition: str, named: Mapping[str, str], workflows: Mapping[str, str]) -> Composed:
    flows: dict[str, Workflow] = {}
    has: set[str] = set()
    origins: _Origins = {}
    for name, digest in sorted(named.items()):
        if digest not in workflows:
            raise LogTampered(f"the log does not hold the workflow {digest} that its library names {name}.")
        _check(workflows[digest], digest, f"workflow {name}")
        said = json.loads(workflows[digest])
        parts: dict[str, Any] = {
            "states": [_made(State, one) for one in said["workflow"]["states"]],
            "transitions": [_made(Transition, one) for one in said["workflow"]["transitions"]],
            "timers": [_made(Timer, one) for one in said["workflow"]["timers"]],
        }
        flow = attrs.evolve(_made(Workflow, said["workflow"]), **parts)
        if (said["edition"], flow.name) != (edition, name):
            raise LogTampered(f"the workflow {digest} is not {name} of {edition or 'no edition'}, as the library says.")
        flows[name] = flow
        has |= {name} if said["has"] else set()
        origins |= _made_origins(flow, said["origins"])
    return Composed(flows, frozenset(has), origins)


def _plain(thing: Any) -> dict[str, Any]:
    """A declaration as plain values; what says nothing is left out, so that a field that is new changes no old digest."""
    said = {}
    for name in _FIELDS[type(thing)]:
        value = getattr(thing, name)
        if value or name == "roles":  # nobody at all is not everybody
            said[name] = _place(value) if name == "file" else _plain_value(value)
    return said


def _plain_value(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Timescale):
        return str(value)
    if isinstance(value, Mapping):
        return {_plain_value(key): _plain_value(inner) for key, inner in value.items()}
    return list(value) if isinstance(value, tuple) else value


def _made(kind: type[_Made], said: Mapping[str, Any]) -> _Made:
    """The declaration that such plain values are of."""
    given = {}
    for field in attrs.fields(kind):
        if field.name in said and field.name in _FIELDS[kind]:
            read, what = _READ[str(field.type)]
            try:
                given[field.name] = read(said[field.name])
            except (TypeError, ValueError, AttributeError):
                message = f"{field.name} of {kind.__name__.lower()} {said.get('name')!r} is not {what}"
                raise ValueError(message) from None
    return kind(**given)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError
    return tuple(_text(one) for one in value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _days(value: Mapping[str, str]) -> dict[date, str]:
    return {date.fromisoformat(day): _text(name) for day, name in value.items()}


def _adopted(value: Mapping[str, str]) -> dict[str, date]:
    return {name: date.fromisoformat(day) for name, day in value.items()}


_READ: Mapping[str, tuple[Callable[[Any], Any], str]] = {
    "str": (_text, "text"), "str | None": (_text, "text"), "tuple[str, ...]": (_texts, "a list of texts"),
    "bool": (_flag, "true or false"), "date | None": (date.fromisoformat, "a date"),
    "Timescale | None": (Timescale.parse, "a timescale"), "Mapping[str, date]": (_adopted, "dates by name"),
}  # fmt: skip
"""How a field of each declared type is read, and what it must be."""


@cache
def _place(file: str) -> str:
    """A file as it is kept: where the folder of workflow files stands is no part of what it says."""
    *folders, name = re.split(r"[\\/]", file)
    if "workflows" not in folders:
        return name
    first = len(folders) - 1 - folders[::-1].index("workflows")
    return "/".join([*folders[first:], name])


def _expected(workflow: Workflow, file: str) -> _Origins:
    """The origins of a workflow that one file declares, in the tables that are called as its parts are."""
    found: _Origins = {(workflow.name,): Origin(file, "")}
    for kind in KINDS:
        items: Iterable[str] = getattr(workflow, kind)
        found |= {(workflow.name, kind): Origin(file, kind)} if items else {}
        found |= {(workflow.name, kind, item): Origin(file, f"{kind}.{item}") for item in items}
    return found


def _plain_origins(composed: Composed, workflow: Workflow, paths: Iterable[tuple[str, ...]]) -> dict[str, Any]:
    """The workflow's file, and by file and table the paths that something else set than is to be expected."""
    file = _place(composed.origin(workflow.name).file)
    expected = _expected(workflow, file)
    told: _Origins = {}
    others: dict[str, dict[str, list[tuple[str, ...]]]] = {}
    for path in sorted({*paths, *expected}):  # a table before what is in it
        origin = composed.origin(*path)
        told[path] = Origin(_place(origin.file), origin.table)
        above = path[:-1]
        while path not in expected and above not in told:
            above = above[:-1]
        if told[path] != (expected.get(path) or told[above]):
            others.setdefault(told[path].file, {}).setdefault(origin.table, []).append(path[1:])
    return {"file": file, "others": others}


def _made_origins(workflow: Workflow, said: Mapping[str, Any]) -> _Origins:
    found = _expected(workflow, said["file"])
    for file, tables in said["others"].items():
        found |= {(workflow.name, *path): Origin(file, table) for table, paths in tables.items() for path in paths}
    return found
