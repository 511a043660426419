"""The XML of a census as elements that know their line, whatever the case and the known spellings of their names."""

from __future__ import annotations

__all__ = ["LONGEST", "Element", "parse"]

from collections.abc import Callable, Iterator
from xml.parsers import expat

import attrs

from frontdoor.errors import InputError
from frontdoor.formats.source import Rejected
from frontdoor.formats.xml_stream import UTF16, refused

_SPELLINGS = {"dateofinitialicpc": "dateofinitialcpc"}
_DEPTH = 100
"""Elements within one another; a census has seven."""
_MOST = 100_000
"""Elements in one child, or outside of all; a child has some hundred."""
LONGEST = 1000
"""Characters of text, or of a name, that are kept: more than anything in a census has."""
_CHUNK = 1 << 20
_LONGEST_TAG = 1 << 24
"""Bytes of one tag or comment."""


@attrs.define(eq=False)
class Element:
    """One element: `name` without namespace, in small letters and one spelling, and `tag` as it is written."""

    name: str
    tag: str
    line: int
    text: str = ""
    nested: list[Element] = attrs.Factory(list)
    used: bool = False

    def walk(self) -> Iterator[Element]:
        """It and all within it, in the order of the file; not a child within it."""
        waiting = [self]
        while waiting:
            one = waiting.pop()
            yield one
            if one.nested:
                waiting.extend(inner for inner in reversed(one.nested) if inner.name != "child")

    def under(self, name: str) -> Iterator[Element]:
        """The outermost elements of that name within it, however they are wrapped; not those of a child within it."""
        waiting = self.nested[::-1]
        while waiting:
            one = waiting.pop()
            if one.name == name:
                yield one
            elif one.nested and one.name != "child":
                waiting.extend(reversed(one.nested))

    def take(self, name: str) -> Element | None:
        """The first of that name directly in it that says anything."""
        for one in self.nested:
            if one.name == name and one.text:
                one.used = True
                return one
        return None

    def says(self, name: str) -> str:
        """The text of the first of that name directly in it; '' if there is none."""
        found = self.take(name)
        return found.text if found else ""


def parse(content: bytes, name: str, child: Callable[[Element], object]) -> tuple[Element | None, Rejected | None]:
    """Read a file, handing over each child as it ends: the root with all that is in no such child, and where the file
    breaks off, if it does. A child is let go when it is handed over, so that a large file takes little memory.

    Raises:
        InputError: it has a DOCTYPE, an encoding that cannot be read, or more in it than any census.
    """
    utf16 = UTF16.get(content[:2])
    body = content if utf16 else content.lstrip()  # expat allows nothing before the XML declaration
    above = content[: len(content) - len(body)].count(b"\n")
    parser = expat.ParserCreate(utf16)  # whatever the first line names
    parser.buffer_text = True
    root: Element | None = None
    within: list[Element] = []
    held = 0
    before: list[int] = []  # how many were held when each child began

    def too_much(what: str) -> InputError:
        return refused(
            name, parser.CurrentLineNumber + above, "too-much", f"{what}, as no census does.", "Export the census again.",
        )  # fmt: skip

    def start(tag: str, _: object) -> None:
        nonlocal root, held
        tag = tag.rpartition(":")[2][:LONGEST]
        small = tag.lower()
        one = Element(_SPELLINGS.get(small, small), tag, parser.CurrentLineNumber + above)
        if within:
            within[-1].nested.append(one)
        root = root or one
        if one.name == "child":
            before.append(held)
        held += 1
        within.append(one)
        if held > _MOST:
            raise too_much(f"holds more than {_MOST:,} elements in one child, or outside of all")
        if len(within) > _DEPTH:
            raise too_much(f"has elements within one another {_DEPTH} deep")

    def text(data: str) -> None:
        if within and len(within[-1].text) < LONGEST and not data.isspace():
            within[-1].text += data[:LONGEST]

    def end(_: str) -> None:
        nonlocal held
        one = within.pop()
        one.text = one.text.strip()
        if one.name == "child":
            held = before.pop()
            child(one)
            if within:
                within[-1].nested.pop()

    def doctype(*_: object) -> None:
        raise refused(
            name, parser.CurrentLineNumber + above, "doctype",
            "has a DOCTYPE, which no census has and which can hide harm.", "Take it out, or export the census again.",
        )  # fmt: skip

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = text, doctype
    try:
        for at in range(0, len(body), _CHUNK):
            parser.Parse(body[at : at + _CHUNK], False)
            if at + _CHUNK - parser.CurrentByteIndex > _LONGEST_TAG:
                raise too_much(f"has more than {_LONGEST_TAG >> 20} MB in one tag or comment")
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        code = getattr(error, "code", 18)
        if code in (18, 19):  # an encoding that expat does not know, or that is not the file's
            raise refused(
                name, 1 + above, "encoding",
                "is not in the encoding that its first line names, or that is unknown.", "Save it as UTF-8.",
            ) from None  # fmt: skip
        line, why = parser.ErrorLineNumber + above, expat.ErrorString(code)
        reason = f"is not well-formed XML ({why}): nothing after the last complete child can be read."
        return root, Rejected(line, within[-1].tag if within else "", reason, "")
    return root, None
