"""The XML of a census as elements that know their line, whatever the case and the known spellings of their names."""

from __future__ import annotations

__all__ = ["Element", "elements", "refused"]

from collections.abc import Iterator
from xml.parsers import expat

import attrs

from frontdoor.errors import Fault, InputError
from frontdoor.formats.source import Rejected

_SPELLINGS = {"dateofinitialicpc": "dateofinitialcpc"}


@attrs.define(eq=False)
class Element:
    """One element: `name` without namespace, in small letters and one spelling, and `tag` as it is written."""

    name: str
    tag: str
    line: int
    text: str = ""
    nested: list[Element] = attrs.Factory(list)
    ended: bool = False
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


def refused(name: str, line: int, code: str, message: str, advice: str = "") -> InputError:
    """The error of a file that cannot be read, with its line."""
    return InputError([Fault(name, f"line {line}", code, message, advice)])


def elements(content: bytes, name: str) -> tuple[list[Element], Rejected | None]:
    """All elements in the order of the file, and where it breaks off, if it does."""
    utf16 = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    body = content if utf16 else content.lstrip()  # expat allows nothing before the XML declaration
    above = content[: len(content) - len(body)].count(b"\n")
    parser = expat.ParserCreate("UTF-16" if utf16 else None)  # whatever the first line names
    parser.buffer_text = True
    found: list[Element] = []
    within: list[Element] = []

    def start(tag: str, _: object) -> None:
        tag = tag.rpartition(":")[2]
        small = tag.lower()
        one = Element(_SPELLINGS.get(small, small), tag, parser.CurrentLineNumber + above)
        if within:
            within[-1].nested.append(one)
        found.append(one)
        within.append(one)

    def text(data: str) -> None:
        if within and len(within[-1].text) < 1000 and not data.isspace():
            within[-1].text += data

    def end(_: str) -> None:
        one = within.pop()
        one.text, one.ended = one.text.strip(), True

    def doctype(*_: object) -> None:
        raise refused(
            name, parser.CurrentLineNumber + above, "doctype",
            "has a DOCTYPE, which no census has and which can hide harm.", "Take it out, or export the census again.",
        )  # fmt: skip

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = text, doctype
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        code = getattr(error, "code", 18)
        if code in (18, 19):  # an encoding that expat does not know, or that is not the file's
            raise refused(
                name, 1 + above, "encoding",
                "is not in the encoding that its first line names, or that is unknown.", "Save it as UTF-8.",
            ) from None  # fmt: skip
        line, why = parser.ErrorLineNumber + above, expat.ErrorString(code)
        reason = f"is not well-formed XML ({why}): nothing after the last complete child can be read."
        return found, Rejected(line, within[-1].tag if within else "", reason, "")
    return found, None
