"""OCEL 2.0, the object-centric event log, in its three forms: JSON, XML and SQLite.

Its events and objects are many to many: a conference about three siblings is one event, related to three children. The
objects of one type are the cases; an event related to several of them becomes an event of each, with a `family` that they
share. Which type that is: the one asked for; else `case` or `child`; else the only type, or the first declared of those
that events are related to, which a note says.

| in OCEL | is |
|---|---|
| an object of that type | a case; what it says of itself is a detail of each of its events, `case:` and its name |
| the event's type | `event` |
| the event's time | `happened_at`: a moment; dates, where every time of the log is a midnight |
| its attribute `happened_at` | the date, or span, that the time is the first moment of, where only that is known; or the midnight that it is |
| its attributes `recorded_at`, `actor` (`org:resource`), `role` (`org:role`), `episode`, `family` | the same |
| an object of the type `family` | `family`, where no attribute says it; else the event's id, where it has several cases |
| any other attribute | a detail |
| objects of other types | a detail, `object:` and the type, of their ids |

What one object is to another, and what objects of other types say of themselves, is passed over, and noted. We write a
detail that has a name of the table with `detail.` before it. Events are numbered for each of their cases.
"""

from __future__ import annotations

__all__ = ["read", "write"]

from collections import Counter
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

from frontdoor.errors import Fault, InputError, did_you_mean
from frontdoor.formats.event_rows import SAID_BY_CASE, listed, source_of
from frontdoor.formats.gathered_rows import EventRows
from frontdoor.formats.ocel import json_form, sqlite_form, xml_form
from frontdoor.formats.ocel.content import Content, Happening, Thing
from frontdoor.formats.source import COLUMNS, DETAIL, Rejected, Source, polars
from frontdoor.formats.writing import detail_name, key_of, left_out, rows, said_of
from frontdoor.moment import bounds, moment_of, written

_SQLITE = b"SQLite format 3\x00"
_COLUMNS = {
    "happened_at": "happened_at", "recorded_at": "recorded_at", "actor": "actor", "org:resource": "actor", "role": "role",
    "org:role": "role", "episode": "episode", "family": "family",
}  # fmt: skip
_RESERVED = frozenset((*COLUMNS, *_COLUMNS))
_KEYS = {"happened_at": "time", "event": "type"}
_MOST_TEXT = 100_000
"""Of an event of many cases, a text that would come to more letters than this is on the first alone."""
_FORMS = {
    ".json": "json", ".jsonocel": "json", ".xml": "xml", ".xmlocel": "xml", ".sqlite": "sqlite", ".sqlite3": "sqlite",
}  # fmt: skip


def read(file: Path | str | bytes, name: str, *, case_type: str | None = None) -> Source:
    """Read a log, or the bytes of one, told by its content; `case_type` is the type of the objects that are the cases.

    Raises:
        InputError: it is no OCEL 2.0, is damaged, holds no event, or has no object of that type.
    """
    polars()
    content, form = _content(file, name)
    return _source(content, name, f"ocel-{form}", case_type)


def _content(file: Path | str | bytes, name: str) -> tuple[Content, str]:
    path = None if isinstance(file, bytes) else Path(file)
    if path is not None:
        with path.open("rb") as opened:
            head = opened.read(64)
    else:
        assert isinstance(file, bytes)
        head = file[:64]
    if head.startswith(_SQLITE):
        return sqlite_form.read(file if path is None else path, name), "sqlite"  # type: ignore[arg-type]
    content = file if isinstance(file, bytes) else Path(file).read_bytes()
    if head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00").startswith(b"<") or head.startswith(b"\x1f\x8b"):
        return xml_form.read(content, name), "xml"
    return json_form.read(content, name), "json"


def _case_type(content: Content, name: str, asked: str | None) -> str:
    """The type of the objects that are the cases."""
    things = content.things
    related = Counter(
        things[id_].type
        for one in content.happenings
        if isinstance(one, Happening)
        for id_ in one.objects
        if id_ in things
    )
    types = list(dict.fromkeys(thing.type for thing in things.values()))
    if asked is not None:
        if asked not in types:
            message = f"there is no object of the type {asked!r}.{did_you_mean(asked, types)}"
            raise InputError([Fault(name, "", "no-such-type", message)])
        return asked
    if not related:
        message = "relates no event to any object: which case an event is of cannot be told."
        raise InputError([Fault(name, "", "no-cases", message)])
    known = [type_ for type_ in types if type_ in related and type_.lower() in ("case", "child")]
    found = (known or [type_ for type_ in types if type_ in related])[0]
    others = [type_ for type_ in related if type_ != found and type_ != "family"]
    if others and not known:
        shown = ", ".join(other[:40] for other in others[:8])
        content.notes.append(
            f"The objects of the type {found!r} were taken for the cases; the events are related to others, too: {shown}."
        )
    return found


def _source(content: Content, name: str, form: str, asked: str | None) -> Source:
    import polars as pl

    if not content.happenings:
        raise InputError([Fault(name, "", "no-rows", "holds no event.")])
    if all(isinstance(one, Rejected) for one in content.happenings):
        odd = [one for one in content.happenings if isinstance(one, Rejected)][:20]
        raise InputError([Fault(name, f"event {one.row}, {one.column}", "no-events", one.reason) for one in odd])
    kind, found = _case_type(content, name, asked), EventRows()
    numbers: dict[str, int] = {}
    for id_, thing in content.things.items():
        if thing.type == kind:
            numbers[id_] = len(numbers)
            found.about_case(numbers[id_], _once({"case_id": id_}, SAID_BY_CASE, thing.attributes))
    for declared in content.types.values():
        for attribute in declared:
            found.has_place_for(_COLUMNS.get(attribute) or DETAIL + detail_name(attribute))
    rejected: list[Rejected] = []
    seen: set[str] = set()
    nobody: Counter[str] = Counter()
    cut = 0
    for one in content.happenings:
        if isinstance(one, Rejected):
            found.add({})
            rejected.append(one._replace(row=found.count))
            continue
        cases = [id_ for id_ in dict.fromkeys(one.objects) if id_ in numbers]
        nobody.update(id_ for id_ in one.objects if id_ not in content.things)
        if not cases or (one.id and one.id in seen):
            reason = f"is related to no object of the type {kind!r}." if not cases else "stands twice in the file."
            found.add({})
            rejected.append(Rejected(found.count, "relationships" if not cases else "id", reason, one.id[:100]))
            continue
        seen.add(one.id)
        said = _said(one, content, kind, several=len(cases) > 1)
        found.add(said, numbers[cases[0]])
        if len(cases) > 1:
            long = {key for key, text in said.items() if key.startswith(DETAIL) and len(text) * len(cases) > _MOST_TEXT}
            cut += bool(long)
            said = {key: text for key, text in said.items() if key not in long} if long else said
            for case in cases[1:]:
                found.add(said, numbers[case])
    notes = [*content.notes, *_passed_over(content, kind, nobody)]
    if cut:
        notes.append(f"{listed(cut, 'event')} of many cases with long texts: those are on the first of each alone.")
    frame = found.frame(notes)
    frame = frame.filter(~pl.col("position").is_in([one.row for one in rejected]))
    return source_of(frame, name, form, notes=notes, rejected=rejected, shown=_KEYS, dates=True)


def _once(said: dict[str, str], before: str, attributes: list[tuple[str, str]]) -> dict[str, str]:
    """With attributes under their names; of one that changed, what it was first."""
    for attribute, text in attributes:
        said.setdefault(before + detail_name(attribute), text)
    return said


def _said(one: Happening, content: Content, kind: str, *, several: bool) -> dict[str, str]:
    """What an event says, by our names."""
    said = {"event": one.type, "time": one.time}
    for attribute, text in one.attributes:
        said.setdefault(_COLUMNS.get(attribute) or DETAIL + detail_name(attribute), text)
    others: dict[str, list[str]] = {}
    for id_ in dict.fromkeys(one.objects):
        thing = content.things.get(id_)
        if thing and thing.type != kind:
            others.setdefault(thing.type, []).append(id_)
    family = "; ".join(others.pop("family", []))
    if not said.get("family"):
        said["family"] = family or (one.id if several else "")
    for type_, ids in others.items():
        said.setdefault(f"{DETAIL}object:{type_}", "; ".join(ids))
    return said


def _passed_over(content: Content, kind: str, nobody: Counter[str]) -> Iterator[str]:
    if content.doubled:
        yield f"{listed(content.doubled, 'object')} with an id that another has: the first counts."
    if nobody:
        shown = ", ".join(repr(id_[:40]) for id_, _ in nobody.most_common(3))
        yield f"Events are related to {listed(len(nobody), 'object')} that the file does not have: {shown}."
    if content.relations:
        yield f"{listed(content.relations, 'relation')} between objects passed over: only what happened is read."
    others = sum(bool(thing.attributes) for thing in content.things.values() if thing.type != kind)
    if others:
        yield f"What {listed(others, 'object')} of other types than {kind!r} say of themselves was passed over."
    changed = sum(
        len(thing.attributes) > len({name for name, _ in thing.attributes})
        for thing in content.things.values() if thing.type == kind
    )  # fmt: skip
    if changed:
        yield f"What {listed(changed, 'case')} became later was passed over: what it was first is said of it."


def write(source: Source, path: Path) -> list[str]:
    """Write the events that now stand in the form that the file's name asks for, and say what could not be carried.

    Events of siblings (one `family`) that say the same at the same time become one, related to each of their cases; but
    not where that would change the order of what happened to one of them on one day.

    Raises:
        InputError: the name asks for no form: it ends in .json, .jsonocel, .xml, .xmlocel or .sqlite.
        OSError: the file cannot be written.
    """
    form = _FORMS.get(path.suffix.lower())
    if form is None:
        fault = Fault(
            str(path),
            "",
            "unknown-format",
            "does not say which form of OCEL to write.",
            f"End it in {', '.join(_FORMS)}.",
        )
        raise InputError([fault])
    said, content = left_out(source), _written(source)
    if form == "sqlite":
        renamed = sqlite_form.write(content, path)
        if renamed:
            said.append(f"Details whose names differ in case alone are called otherwise: {', '.join(renamed[:8])}.")
        return said
    with path.open("w", encoding="utf-8", newline="\n") as out:
        if form == "json":
            json_form.write(content, out)
        elif odd := xml_form.write(content, out):
            said.append(
                f"{listed(odd, 'text')} held control characters, which XML cannot: \N{REPLACEMENT CHARACTER} stands for them."
            )
    return said


def _written(source: Source) -> Content:
    """The events of a source as the content of a log."""
    content = Content()
    details = {DETAIL + detail: key_of(detail, _RESERVED) for detail in source.details}
    events: list[dict[str, Any]] = list(rows(source))
    for row in events:
        content.things.setdefault(row["case_id"], Thing("case", []))
    families: dict[str, str] = {}
    shared: dict[tuple[Any, ...], tuple[int, Happening]] = {}
    """Events by what they say, each with its place: the last of them that says it."""
    last: dict[tuple[str, int], int] = {}
    for place, row in enumerate(events):
        family, case = row["family"], row["case_id"]
        if family and family not in families:
            families[family] = id_ = _unused(family, content.things)
            content.things[id_] = Thing("family", [])
        attributes = list(_attributes(row, details))
        time = moment_of(bounds(row["happened_at"])[0]).astimezone(UTC).isoformat().replace("+00:00", "Z")
        key = (row["event"], time, *attributes)
        of_day = (case, row["day"])
        before = shared.get(key)
        if family and before and last.get(of_day, -1) < before[0]:
            before[1].objects.insert(-1, case)
            last[of_day] = before[0]
            continue
        objects = [case, families[family]] if family else [case]
        one = Happening(f"e{len(content.happenings) + 1}", row["event"], time, attributes, objects)
        content.happenings.append(one)
        shared[key] = (place, one)
        last[of_day] = place
        declared = content.types.setdefault(row["event"], [])
        declared += [name for name, _ in attributes if name not in declared]
    for declared in list(content.types.values())[:1]:
        used = {name for names in content.types.values() for name in names}
        declared += [key for key in details.values() if key not in used]  # a place for those that no event has
    return content


def _unused(id_: str, things: dict[str, Thing]) -> str:
    while id_ in things:
        id_ = f"family:{id_}"
    return id_


def _attributes(row: dict[str, Any], details: dict[str, str]) -> Iterator[tuple[str, str]]:
    if said := said_of(row["happened_at"]):
        yield "happened_at", said
    if row["recorded_at"] is not None:
        yield "recorded_at", written(row["recorded_at"])
    for column in ("actor", "role", "episode", "family"):
        if row[column]:
            yield column, row[column]
    for column, key in details.items():
        if row[column]:
            yield key, row[column]
