"""OCEL 2.0 as JSON: lists of event types, object types, events and objects."""

from __future__ import annotations

__all__ = ["read", "write"]

import json
from collections.abc import Iterator
from typing import IO, Any

from frontdoor.errors import Fault, InputError, did_you_mean
from frontdoor.formats.ocel.content import Content, Happening, Thing, id_of, text_of
from frontdoor.formats.source import Rejected

_LISTS = ("eventTypes", "objectTypes", "events", "objects")
_MOST_NAMES = 100_000
_MOST_ATTRIBUTES = 10_000
"""Of one event."""


class _Twice(dict[str, Any]):
    """An object of JSON that names something twice, of which the last stands in it; and what that is."""

    twice: list[str]


def read(content: bytes, name: str) -> Content:
    """What a file holds. An event that says a thing twice, or does not say what it is, is rejected.

    Raises:
        InputError: it is not JSON, not OCEL 2.0, or nested too deep.
    """
    found = _loaded(content, name)
    if isinstance(found, dict) and any(str(key).startswith("ocel:") for key in found):
        message = "is OCEL of version 1."
        raise InputError(
            [Fault(name, "", "old-ocel", message, "Export it as OCEL 2.0, which has eventTypes and objectTypes.")]
        )
    if not isinstance(found, dict):
        raise InputError([Fault(name, "", "not-ocel", "is JSON, but not an OCEL: it is no object with events.")])
    faults = []
    for key in _LISTS:
        if key not in found and key in ("events", "objects"):
            close = did_you_mean(key, [str(other) for other in found if isinstance(other, str)][:50])
            faults.append(Fault(name, key, "missing-key", f"there is no list called {key}.", close.strip()))
        elif not isinstance(found.get(key, []), list):
            faults.append(Fault(name, key, "wrong-kind", f"{key} is no list."))
    if faults:
        raise InputError(faults)
    made = Content()
    if isinstance(found, _Twice):
        made.notes.append(f"The file names {', '.join(found.twice)} twice: the last one was read.")
    odd = 0
    for one in found.get("eventTypes", []):
        if isinstance(one, dict):
            declared = [
                text_of(attribute["name"]) for attribute in _dicts(one.get("attributes")) if "name" in attribute
            ]
            made.types[text_of(one.get("name"))] = declared
        else:
            odd += 1
    for one in found["objects"]:
        if isinstance(one, dict) and not _twice(one) and one.get("id") is not None:
            made.add_thing(id_of(one["id"]), Thing(text_of(one.get("type")), _attributes(one.get("attributes"))))
            made.relations += len(_dicts(one.get("relationships")))
        else:
            odd += 1
    if odd:
        made.notes.append(
            f"{odd:,} objects or types that are no objects of JSON, have no id or name a thing twice: passed over."
        )
    for number, one in enumerate(found["events"], 1):
        made.happenings.append(_happening(one, number))
    return made


def _loaded(content: bytes, name: str) -> Any:
    try:
        return json.loads(content, object_pairs_hook=_pairs)
    except RecursionError:
        fault = Fault(name, "", "too-deep", "is nested too deep to be read.")
    except UnicodeDecodeError:
        fault = Fault(name, "", "encoding", "is not UTF-8 text: save it as UTF-8.")
    except json.JSONDecodeError as error:
        fault = Fault(name, f"line {error.lineno}", "not-json", f"is not JSON: {error.msg[:80]}.", "Export it again.")
    except _TooManyNames:
        message = f"has an object with more than {_MOST_NAMES:,} names, which no event log has."
        fault = Fault(name, "", "too-much", message, "Export it again.")
    except ValueError:
        fault = Fault(name, "", "not-json", "holds a number of thousands of digits.")
    raise InputError([fault])


class _TooManyNames(ValueError):
    """An object with more names than any that is meant."""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > _MOST_NAMES:
        raise _TooManyNames
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    names, marked = [key for key, _ in pairs], _Twice(found)
    few = len(names) < 100
    marked.twice = sorted({key[:40] for key in names if names.count(key) > 1}) if few else ["something"]
    return marked


def _twice(one: dict[str, Any]) -> list[str]:
    """What an object, or one of its attributes or relationships, names twice."""
    parts = (one, *_dicts(one.get("attributes")), *_dicts(one.get("relationships")))
    return [name for part in parts if isinstance(part, _Twice) for name in part.twice][:8]


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _attributes(value: Any) -> list[tuple[str, str]]:
    if isinstance(value, dict):  # as some write them: name and value
        return [(name, text_of(said)) for name, said in value.items()]
    return [(text_of(one["name"]), text_of(one.get("value"))) for one in _dicts(value) if "name" in one]


def _happening(one: Any, number: int) -> Happening | Rejected:
    if not isinstance(one, dict):
        return Rejected(number, "event", "is no object of JSON.", text_of(one)[:100])
    if twice := _twice(one):
        return Rejected(number, ", ".join(twice), "stands twice in one event.", text_of(one.get("id"))[:100])
    if len(said := _attributes(one.get("attributes"))) > _MOST_ATTRIBUTES:
        reason = f"has {len(said):,} attributes, and {_MOST_ATTRIBUTES:,} are the most."
        return Rejected(number, "attributes", reason, text_of(one.get("id"))[:100])
    related = [id_of(other.get("objectId")) for other in _dicts(one.get("relationships"))]
    return Happening(
        id_of(one.get("id")),
        text_of(one.get("type")),
        text_of(one.get("time")),
        said,
        related,
    )


def write(content: Content, out: IO[str]) -> None:
    """Write a log as JSON, an event or object a line."""

    def line(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False)

    kinds: dict[str, list[str]] = {}
    for thing in content.things.values():
        kinds.setdefault(thing.type, [])
    parts: dict[str, Iterator[str]] = {
        "objectTypes": (line({"name": kind, "attributes": _declared(names)}) for kind, names in kinds.items()),
        "eventTypes": (line({"name": type_, "attributes": _declared(names)}) for type_, names in content.types.items()),
        "objects": (
            line({"id": id_, "type": thing.type, "attributes": [], "relationships": []})
            for id_, thing in content.things.items()
        ),
        "events": (
            line({
                "id": one.id, "type": one.type, "time": one.time,
                "attributes": [{"name": name, "value": text} for name, text in one.attributes],
                "relationships": [{"objectId": id_, "qualifier": content.things[id_].type} for id_ in one.objects],
            })
            for one in content.happenings if isinstance(one, Happening)
        ),
    }  # fmt: skip
    before = "{"
    for key, lines in parts.items():
        out.write(f'{before}\n"{key}": [')
        for number, text in enumerate(lines):
            out.write(("," if number else "") + "\n  " + text)
        out.write("\n]")
        before = ","
    out.write("\n}\n")


def _declared(names: list[str]) -> list[dict[str, str]]:
    return [{"name": name, "type": "string"} for name in names]
