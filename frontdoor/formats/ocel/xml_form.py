"""OCEL 2.0 as XML: the same lists as elements."""

from __future__ import annotations

__all__ = ["read", "write"]

from typing import IO

from frontdoor.errors import Fault, InputError
from frontdoor.formats.ocel.content import Content, Happening, Thing
from frontdoor.formats.source import Rejected
from frontdoor.formats.xml_stream import escaped, parse, unpacked


def read(content: bytes, name: str) -> Content:
    """What a file holds; if it breaks off, what stands before that.

    Raises:
        InputError: it is not XML, not an OCEL, or has a DOCTYPE.
    """
    reading = _Reading(name)
    broken = parse(unpacked(content, name), name, start=reading.start, end=reading.end, text=reading.text)
    made = reading.made
    if broken:
        if not made.happenings:
            raise InputError([Fault(name, "", "not-xml", f"{broken}.")])
        reason = f"{broken}: nothing after the last complete event can be read."
        made.happenings.append(Rejected(len(made.happenings) + 1, "", reason, ""))
    return made


class _Reading:
    """What has been read so far, and the event, object or type that is open."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.made = Content()
        self._path: list[str] = []
        self._said: dict[str, str] = {}
        self._attributes: list[tuple[str, str]] = []
        self._objects: list[str] = []
        self._attribute = ""
        self._texts: list[str] = []

    def start(self, tag: str, said: dict[str, str]) -> None:
        """An element begins."""
        path = self._path
        if not path and tag != "log":
            message = f"is not an OCEL: its root is {tag[:60]!r}, not 'log'."
            raise InputError([Fault(self.name, "line 1", "not-ocel", message)])
        if len(path) == 2:
            self._said, self._attributes, self._objects = said, [], []
        elif len(path) == 4 and path[3] == "attributes":
            self._attribute, self._texts = said.get("name", ""), []
        elif len(path) == 4 and path[3] == "objects":
            self._objects.append(said.get("object-id", ""))
        path.append(tag)

    def text(self, text: str) -> None:
        """The text of an attribute."""
        if len(self._path) == 5:
            self._texts.append(text)

    def end(self, _: str) -> None:
        """An element ends."""
        path, made, said = self._path, self.made, self._said
        if len(path) == 5 and path[3] == "attributes":
            self._attributes.append((self._attribute, "".join(self._texts)))
        elif len(path) == 3:
            if path[1] == "event-types":
                made.types[said.get("name", "")] = [name for name, _ in self._attributes]
            elif path[1] == "objects":
                made.add_thing(said.get("id", ""), Thing(said.get("type", ""), self._attributes))
                made.relations += len(self._objects)
            elif path[1] == "events":
                one = Happening(
                    said.get("id", ""), said.get("type", ""), said.get("time", ""), self._attributes, self._objects
                )
                made.happenings.append(one)
        path.pop()


def write(content: Content, out: IO[str]) -> int:
    """Write a log as XML, and say how many texts held control characters, which XML cannot."""
    odd = 0

    def safe(text: str) -> str:
        nonlocal odd
        marked, whole = escaped(text)
        odd += not whole
        return marked

    def types(tag: str, names: dict[str, list[str]]) -> None:
        out.write(f"  <{tag}s>\n")
        for name, attributes in names.items():
            out.write(f'    <{tag} name="{safe(name)}">\n      <attributes>\n')
            out.writelines(f'        <attribute name="{safe(one)}" type="string"/>\n' for one in attributes)
            out.write(f"      </attributes>\n    </{tag}>\n")
        out.write(f"  </{tag}s>\n")

    out.write('<?xml version="1.0" encoding="UTF-8"?>\n<log>\n')
    types("object-type", {thing.type: [] for thing in content.things.values()})
    types("event-type", content.types)
    out.write("  <objects>\n")
    for id_, thing in content.things.items():
        out.write(f'    <object id="{safe(id_)}" type="{safe(thing.type)}"><attributes/><objects/></object>\n')
    out.write("  </objects>\n  <events>\n")
    for one in content.happenings:
        if isinstance(one, Happening):
            out.write(
                f'    <event id="{safe(one.id)}" type="{safe(one.type)}" time="{safe(one.time)}">\n      <attributes>\n'
            )
            out.writelines(
                f'        <attribute name="{safe(name)}">{safe(text)}</attribute>\n' for name, text in one.attributes
            )
            out.write("      </attributes>\n      <objects>\n")
            for id_ in one.objects:
                out.write(
                    f'        <relationship object-id="{safe(id_)}" qualifier="{safe(content.things[id_].type)}"/>\n'
                )
            out.write("      </objects>\n    </event>\n")
    out.write("  </events>\n</log>\n")
    return odd
