"""XML event logs read as a stream: no DOCTYPE, no entity, nothing nested without end, nothing unpacked without end."""

from __future__ import annotations

__all__ = ["UTF16", "escaped", "is_gzip", "parse", "refused", "unpacked"]

import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from xml.parsers import expat

from frontdoor.errors import Fault, InputError

_CHUNK = 1 << 22
_DEEPEST = 100
_LONGEST = 1 << 25
_MOST = 2 << 30
_RATIO, _FREE = 200, 20 << 20
_DAMAGED = ("is packed by gzip and damaged, or empty.", "Export or copy it again.")
_GZIP = b"\x1f\x8b"
_FED = 1 << 16
_MANY_PARTS, _SMALL_PART = 1000, 1000
"""So many packed files one after another are no log if they are smaller than so many bytes."""
UTF16 = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"<\0": "UTF-16LE", b"\0<": "UTF-16BE"}
"""Encodings by what a file in them begins with."""


def is_gzip(content: bytes) -> bool:
    """Whether these bytes are packed by gzip."""
    return content.startswith(_GZIP)


def unpacked(content: bytes, name: str) -> Iterator[bytes]:
    """The bytes of a file, unpacked if gzip packed them, part by part.

    Raises:
        InputError: it is damaged, or unpacks to more than 2 GB, or from 20 MB on to more than 200 times its size.
    """
    if not is_gzip(content):
        yield from (content[start : start + _CHUNK] for start in range(0, len(content), _CHUNK))
        return
    total = at = parts = 0
    while content.startswith(_GZIP, at):  # several may stand one after another
        unpacker, rest = zlib.decompressobj(wbits=31), b""
        parts += 1
        if parts > _MANY_PARTS and at < parts * _SMALL_PART:
            message = f"is more than {_MANY_PARTS:,} small packed files in one, which no event log is: it is not read."
            raise InputError([Fault(name, "", "bomb", message)])
        while not unpacker.eof:
            if not rest:
                rest = content[at : at + _FED]
                at += len(rest)
            try:
                part = unpacker.decompress(rest, _CHUNK)
            except zlib.error:
                raise InputError([Fault(name, "", "damaged", *_DAMAGED)]) from None
            rest = unpacker.unconsumed_tail
            if not part and not rest and at >= len(content):
                break  # it breaks off, as the XML in it will show
            total += len(part)
            if total > _MOST or (total > _FREE and total > _RATIO * len(content)):
                size = f"{total >> 20:,} MB and more from {max(len(content) >> 10, 1):,} kB"
                message = f"unpacks to {size}, which no event log does: it is not read."
                raise InputError([Fault(name, "", "bomb", message)])
            if part:
                yield part
        at -= len(unpacker.unused_data)
    if not total:
        raise InputError([Fault(name, "", "damaged", *_DAMAGED)])


def parse(
    parts: Iterable[bytes],
    name: str,
    *,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    text: Callable[[str], None] | None = None,
) -> str:
    """Read XML, telling of each element by its name without namespace; and where it breaks off, in a sentence, if it does.

    Raises:
        InputError: it has a DOCTYPE, an encoding that cannot be read, or is nested too deep.
    """
    parts = iter(parts)
    first = next((part for part in parts if part.strip()), b"")
    if not first:
        raise InputError([Fault(name, "", "empty", "is empty.")])
    utf16 = UTF16.get(first[:2])
    parser = expat.ParserCreate(utf16)  # whatever the first line names
    depth = fed = 0
    short: dict[str, str] = {}

    def started(tag: str, said: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            message = f"has elements nested more than {_DEEPEST} deep, which no event log has."
            raise refused(name, parser.CurrentLineNumber, "too-deep", message)
        start(short.get(tag) or short.setdefault(tag, tag.rpartition(":")[2]), said)

    def ended(tag: str) -> None:
        nonlocal depth
        depth -= 1
        end(short[tag])

    def doctype(*_: object) -> None:
        message = "has a DOCTYPE, which no event log needs and which can hide harm."
        raise refused(name, parser.CurrentLineNumber, "doctype", message, "Take it out, or export the log again.")

    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = started, ended
    parser.StartDoctypeDeclHandler, parser.CharacterDataHandler = doctype, text
    try:
        for part in chain([first if utf16 else first.lstrip()], parts):  # expat allows nothing before the declaration
            fed += len(part)
            parser.Parse(part, False)
            if fed - parser.CurrentByteIndex > _LONGEST:
                message = f"has more than {_LONGEST >> 20} MB in one attribute, which no event log has."
                raise refused(name, parser.CurrentLineNumber, "too-long", message)
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        code = getattr(error, "code", 18)
        if code in (18, 19):  # an encoding that expat does not know, or that is not the file's
            message = "is not in the encoding that its first line names, or that is unknown."
            raise refused(name, 1, "encoding", message, "Save it as UTF-8.") from None
        return f"is not well-formed XML in line {parser.ErrorLineNumber} ({expat.ErrorString(code)})"
    return ""


def refused(name: str, line: int, code: str, message: str, advice: str = "") -> InputError:
    """The error of a file that cannot be read, with its line."""
    return InputError([Fault(name, f"line {line}", code, message, advice)])


_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ODD = re.compile("[^ !#-%'-;=?-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MARKED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
_MARKS = str.maketrans(_MARKED)


def escaped(text: str) -> tuple[str, bool]:
    """Text as an attribute or element of XML holds it, and whether that is all of it: control characters it cannot hold."""
    if not _ODD.search(text):
        return text, True
    whole = not _ILLEGAL.search(text)
    return (text if whole else _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text)).translate(_MARKS), whole
