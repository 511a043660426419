"""Reading the TOML of workflow, guidance, local and calendar files: right keys, right kinds of value, all faults at once.

What a key may hold is said once, in the tables below; the JSON Schemas that editors use say the same.
"""

from __future__ import annotations

__all__ = [
    "CALENDAR", "GUIDANCE", "LOCAL", "NO_FILE", "WORKFLOW", "File", "content_of", "flag", "is_special", "keys", "kind", "read", "sifted",
    "text", "texts",
]  # fmt: skip

import re
import stat
import tomllib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import attrs

from frontdoor.errors import Fault, TimescaleError, did_you_mean
from frontdoor.timescale import Timescale

Check = Callable[[Any], str | None]
"""What is wrong with a value, in words, or None."""
Shape = Mapping[str, "Check | Shape"]
"""The keys of a table; '*' stands for any key, NAME for one that is a name."""

NAME = "<name>"
_BARE = re.compile(r"[A-Za-z0-9_-]+")
"""A key that TOML lets stand without quotes."""
_A_NAME = re.compile(r"[a-z][a-z0-9_]*")
_MOST = 1 << 20
"""Bytes of a TOML file."""
_BETWEEN, _MOST_DOTS = re.compile(rb"[\n=,{}\[\]]"), 100
"""What parts the keys of a file, and how many dots may stand in one: of many its parser makes heavy weather."""
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
NO_FILE = "is neither a file nor a folder, but a pipe, a socket or a device."


def is_special(path: Path) -> bool:
    """Whether it is neither a file nor a folder, but something that may never end.

    Raises:
        OSError: it is not there, or cannot be looked at.
    """
    mode = path.stat().st_mode
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def text(value: Any) -> str | None:
    """What is wrong with a value that should be text; None: nothing."""
    return None if isinstance(value, str) and value.strip() else "must be text in quotes"


def texts(value: Any) -> str | None:
    """The same of a list of texts."""
    if not isinstance(value, list) or not value or not all(isinstance(item, str) and item.strip() for item in value):
        return 'must be a list of texts, like ["one", "two"]'
    return "names something twice" if len(set(value)) < len(value) else None


def _names(value: Any) -> str | None:
    odd = [] if texts(value) else [item for item in value if not _A_NAME.fullmatch(item)]
    return texts(value) or (odd and f"holds {odd[0]!r}, which is not a name: use small letters, digits and _") or None


def _events(value: Any) -> str | None:
    return texts(value) or _names([item.replace(".", "_", 1) for item in dict.fromkeys(value)])


def _name(value: Any) -> str | None:
    return text(value) or _names([value])


def flag(value: Any) -> str | None:
    """The same of a truth value."""
    return None if isinstance(value, bool) else "must be true or false"


def _day(value: Any) -> str | None:
    ok = isinstance(value, date) and not isinstance(value, datetime)
    return None if ok else "must be a date without quotes, like 2010-03-17"


def _number(value: Any) -> str | None:
    return None if isinstance(value, int) and not isinstance(value, bool) else "must be a whole number"


def _length(value: Any) -> str | None:
    try:
        Timescale.parse(value)
    except TimescaleError as error:
        return f"is wrong: {error}"
    return None


def _one_of(*names: str) -> Check:
    return lambda value: None if value in names else f"must be one of {', '.join(names)}"


_STATE: Shape = {"title": text, "final": flag, "unguarded": text}
_TRANSITION: Shape = {
    "title": text, "from": _names, "to": _name, "by": _names, "needs": _names, "not_by": _name, "opens": _name,
    "not_while_open": _names,
}  # fmt: skip
_TIMER: Shape = {
    "title": text, "counts_from": _events, "anchor": _one_of("first", "latest"), "runs_in": _names, "until": _names,
    "met_by": _names, "basis": _one_of("statutory", "local"), "allowed": _length, "then": _length, "cites": text,
    "grade": _one_of("V", "V-local", "V-2nd", "INF", "GK"),
}  # fmt: skip
WORKFLOW: Shape = {
    "title": text, "about": text, "initial": _name, "opens_with": _name, "roles": _names, "after": _events,
    "states": {NAME: _STATE}, "transitions": {NAME: _TRANSITION}, "timers": {NAME: _TIMER},
}  # fmt: skip
_CHANGES: Shape = {key: shape for key, shape in WORKFLOW.items() if key not in ("initial", "opens_with", "roles")}
_LOCALLY: Shape = {
    **_CHANGES,
    "transitions": {NAME: {**_TRANSITION, "departs": text}},
    "timers": {NAME: {**_TIMER, "departs": text}},
}
GUIDANCE: Shape = {
    "title": text, "about": text, "in_force_from": _day, "amends": _name, "sources": texts, "removes": texts,
    "workflows": {NAME: _CHANGES},
}  # fmt: skip
LOCAL: Shape = {
    "title": text, "about": text, "authority": text, "sources": texts, "removes": texts, "departs": text,
    "adopts": {"*": _day}, "closures": {"*": text},
    "workflows": {NAME: _LOCALLY},
}  # fmt: skip
CALENDAR: Shape = {
    "version": text, "first": _number, "last": _number, "sources": texts, "note": text, "*": {"*": text},
}  # fmt: skip


def keys(path: Path) -> frozenset[str]:
    """The keys of a TOML file, outside of its tables; none if it cannot be read."""
    return _keys(content_of(path, ""))


def _keys(content: bytes | Fault) -> frozenset[str]:
    found = _tables(content, "")
    return frozenset() if isinstance(found, Fault) else frozenset(found)


def kind(content: bytes | Fault) -> Shape:
    """What sort of file holds these bytes, told by its keys; a local one if they do not tell."""
    said = _keys(content)
    if said & {"initial", "opens_with", "states", "transitions", "timers"}:
        return WORKFLOW
    if said & {"in_force_from", "amends"}:
        return GUIDANCE
    return CALENDAR if {"first", "last"} <= said else LOCAL


@attrs.frozen
class File:
    """A file that could be read: its name without .toml, its path as people write it, and its tables."""

    name: str
    path: str
    tables: dict[str, Any]


def read(
    path: Path, shape: Shape, shown: str | None = None, content: bytes | Fault | None = None
) -> tuple[File | None, list[Fault]]:
    """The tables of a TOML file (of its `content`, where that is read already), less whatever is at fault in it, and all those
    faults; no file if it is not TOML."""
    shown = shown or str(path)
    tables = _tables(content_of(path, shown) if content is None else content, shown)
    if isinstance(tables, Fault):
        return None, [tables]
    faults: list[Fault] = []
    if not _A_NAME.fullmatch(path.stem):
        message = (
            "the file's name is the name of what it declares: use small letters, digits and _, such as my_borough.toml."
        )
        faults.append(Fault(shown, "", "wrong-name", message))
    return File(path.stem, shown, sifted(tables, shape, "", shown, faults)), faults


def _tables(content: bytes | Fault, shown: str) -> dict[str, Any] | Fault:
    """The tables of a TOML file; else what is wrong with it."""
    if isinstance(content, Fault):
        return content
    try:
        return tomllib.loads(content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n"))
    except UnicodeDecodeError as error:
        return Fault(shown, "", "unreadable", f"is not UTF-8 text (byte {error.start + 1}): save it as UTF-8.")
    except RecursionError:
        return Fault(shown, "", "not-toml", "is nested too deep to be read.")
    except ValueError as error:  # TOMLDecodeError, and a number too long for Python
        return Fault(shown, "", "not-toml", f"is not TOML: {error}.")


def content_of(path: Path, shown: str) -> bytes | Fault:
    """The bytes of a file that may be TOML; else why it is none."""
    try:
        if is_special(path):
            return Fault(shown, "", "unreadable", NO_FILE, "Name a TOML file.")
        with path.open("rb") as file:
            content = file.read(_MOST + 1)
    except IsADirectoryError:
        advice = "" if path.suffix else "Give the file's name with .toml, or that of a shipped local file."
        return Fault(shown, "", "unreadable", "is a folder, not a file.", advice)
    except (OSError, ValueError) as error:  # ValueError: a name with NUL in it
        why = getattr(error, "strerror", None) or str(error)
        advice = "" if path.suffix else "Give the file's name with .toml, or that of a shipped local file."
        return Fault(shown, "", "unreadable", f"cannot be read: {why}.", advice)
    if len(content) > _MOST:
        message = f"is larger than {_MOST >> 20} MB, which no such file is."
        return Fault(shown, "", "unreadable", message, "Name a TOML file.")
    if content.startswith(_UTF16):
        return Fault(shown, "", "unreadable", "is UTF-16 text: save it as UTF-8.")
    if b"\x00" in content:
        message = "holds NUL characters: it is no text, or text in UTF-16."
        return Fault(shown, "", "unreadable", message, "Save it as UTF-8, if it is the file that is meant.")
    if content.count(b".") > _MOST_DOTS and any(one.count(b".") > _MOST_DOTS for one in _BETWEEN.split(content)):
        return Fault(shown, "", "not-toml", f"is not TOML: it has a key of more than {_MOST_DOTS} parts.")
    return content


def sifted(tables: Mapping[str, Any], shape: Shape, where: str, shown: str, faults: list[Fault]) -> dict[str, Any]:
    """What fits the shape, so that it can be checked further; what does not is a fault."""
    kept: dict[str, Any] = {}
    for key, value in tables.items():
        check = shape.get(key, shape.get("*", shape.get(NAME)))
        place = f"{where}.{key}" if where else key
        if check is None:
            known = list(shape)
            faults.append(
                Fault(shown, place, "unknown-key", f"there is no {key!r} here.", did_you_mean(key, known).strip())
            )
        elif NAME in shape and not _A_NAME.fullmatch(key):
            message = f"{key!r} is not a name: use small letters, digits and _, beginning with a letter."
            faults.append(Fault(shown, place, "wrong-name", message))
        elif callable(check):
            if wrong := check(value):
                faults.append(Fault(shown, place, "wrong-value", f"{key} {wrong.rstrip('.')}."))
            else:
                kept[key] = value
        elif not isinstance(value, Mapping):
            quoted = key if _BARE.fullmatch(key) else f'"{key}"'
            like = f"{where}.{quoted}" if where else quoted
            faults.append(Fault(shown, place, "wrong-value", f"{key} must be a table, like [{like}]."))
        else:
            kept[key] = sifted(value, check, place, shown, faults)
    return kept
