"""Telling the format of a file by what is in it, never by its name."""

from __future__ import annotations

__all__ = ["SQLITE", "Opened", "opened", "printable", "told"]

import hashlib
import os
import re
import sqlite3
import sys
import zlib
from functools import cached_property
from pathlib import Path

import attrs

from frontdoor.errors import Fault, InputError
from frontdoor.formats import archive
from frontdoor.formats.xml_stream import UTF16
from frontdoor.reading import NO_FILE, is_special

SQLITE = b"SQLite format 3\x00"
_HEAD = 1 << 16
_CHUNK = 1 << 20
_MOST = 4 << 30
"""Bytes of a file that is read as a whole."""
_ZEROS = b"\x00" * 4096
_TAG = re.compile(r"<(?![?!])(?:[\w.-]+:)?([\w.-]+)")
_OF_TABLE = re.compile(r"\.csv$|ssd_.*\.txt$", re.DOTALL)
_OF_OCEL = (b'"objectTypes"', b'"eventTypes"', b'"ocel:')


@attrs.define(slots=False)
class Opened:
    """A file that is to be read: `shown` is its name in messages; `path` is None for bytes that came from elsewhere."""

    shown: str
    path: Path | None
    given: bytes | None = attrs.field(default=None, repr=False)

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder of files."""
        return self.path is not None and self.path.is_dir()

    @cached_property
    def head(self) -> bytes:
        """Its first bytes."""
        if self.path is None:
            return self.content[:_HEAD]
        with self.path.open("rb") as file:
            return file.read(_HEAD)

    @cached_property
    def content(self) -> bytes:
        """All of its bytes.

        Raises:
            InputError: they are more than can be read at once.
        """
        if self.path is None:
            return self.given or b""
        if self.path.stat().st_size > _MOST:
            raise self._too_large()
        return self.path.read_bytes()

    def _too_large(self) -> InputError:
        message = f"is larger than {_MOST >> 30} GB, more than is read at once."
        return InputError([Fault(self.shown, "", "too-large", message, "Write it as Parquet, or split it by case.")])

    @cached_property
    def digest(self) -> str:
        """'sha256:...' of its bytes; of a folder, of the names, sizes and bytes of the tables in it, by name."""
        found = hashlib.sha256()
        if self.path is None or "content" in self.__dict__:  # what was read, not what stands there now
            found.update(self.content)
        elif not self.is_folder:
            _add(found, self.path)
        else:
            for one in sorted(self.path.iterdir()):
                if _OF_TABLE.search(one.name.lower()) and one.is_file():
                    found.update(os.fsencode(one.name) + f"\0{one.stat().st_size}\0".encode())
                    _add(found, one)
        return f"sha256:{found.hexdigest()}"


def _add(found: hashlib._Hash, path: Path) -> None:
    with path.open("rb") as file:
        while some := file.read(_CHUNK):
            found.update(some)


def opened(file: str | Path | bytes) -> Opened:
    """A file ('-': standard input), or the bytes of one, ready to be told.

    Raises:
        InputError: there is no such file, it is none (a pipe, a device), cannot be read, is empty, or holds only NUL.
    """
    if isinstance(file, bytes):
        one = Opened("these bytes", None, file)
    elif file == "-":
        one = Opened("standard input", None, b"")
        if sys.stdin is None:
            raise InputError([Fault(one.shown, "", "not-there", "there is none: it was closed.")])
    elif str(file).startswith(("postgresql://", "postgres://")):  # not said again: it may hold a password
        said = "the address of a database is not read here."
        raise InputError(
            [Fault("the input", "", "no-file", said, "Name the file that 'frontdoor export ADDRESS FILE' writes.")]
        )
    else:
        one = Opened(printable(str(file)), Path(file))
    try:
        if file == "-":
            one.given = _piped(one)
        elif one.path is not None and is_special(one.path):
            raise InputError([Fault(one.shown, "", "no-file", NO_FILE, "Name a file, or '-' for standard input.")])
        if not one.is_folder and (wrong := _nothing(one.head)):
            raise InputError([Fault(one.shown, "", *wrong)])
    except FileNotFoundError:
        raise InputError([Fault(one.shown, "", "not-there", "there is no such file.")]) from None
    except (OSError, ValueError) as error:  # ValueError: a name with NUL in it
        why = getattr(error, "strerror", None) or str(error)
        raise InputError([Fault(one.shown, "", "unreadable", f"cannot be read: {why}.")]) from None
    return one


def printable(text: str) -> str:
    """Text, such as a name, as a line can hold it, whatever is in it."""
    return text if text.isprintable() else "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def _nothing(head: bytes) -> tuple[str, str, str] | None:
    """What is wrong with a file that begins so, where that is nothing at all: code, message, advice."""
    if not head.removeprefix(b"\xef\xbb\xbf").strip():
        if len(head) < _HEAD:
            return "empty", "is empty.", ""
        return "blank", f"begins with {_HEAD >> 10} kB of white space.", "Take it out, or export the file again."
    if head.startswith(_ZEROS) or not head.strip(b"\x00"):
        return "damaged", "holds NUL characters in place of text: it is damaged.", "Export or copy it again."
    return None


def _piped(one: Opened) -> bytes:
    """What comes through standard input, unless its beginning says that it is nothing."""
    parts = [sys.stdin.buffer.read(_HEAD)]
    if _nothing(parts[0]):
        return parts[0]
    size = 0
    while some := sys.stdin.buffer.read(_CHUNK):
        size += len(some)
        parts.append(some)
        if size > _MOST:
            raise one._too_large()
    return b"".join(parts)


def told(one: Opened) -> str:
    """The name of the format: of several that it could be, the one whose own marks it bears.

    Raises:
        InputError: it is of a kind that no reader is for.
    """
    if one.is_folder:
        return "ssd-extract"
    head = one.head
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(one)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        message = "is a workbook of an old kind, or one that is locked by a password."
        raise InputError([Fault(one.shown, "", "old-workbook", message, "Save it as .xlsx without one.")])
    if head.startswith(b"%PDF"):
        raise InputError([Fault(one.shown, "", "pdf", "is a PDF: no figures are read from pages.", "Name the data.")])
    if one.path is not None and one.path.suffix.lower() == ".toml":
        use = "A scenario is run by frontdoor simulate; a mapping goes with --mapping, a local file with --local."
        raise InputError([Fault(one.shown, "", "toml", "is TOML, not a log of events.", use)])
    if head.startswith(SQLITE):
        return _stored(one)
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"\x1f\x8b"):
        return _packed(one)
    text = _as_text(head)
    if text.startswith("<"):
        return _marked_up(text)
    if text.startswith(("{", "[")):
        return "ocel" if any(mark in one.content for mark in _OF_OCEL) else "daily-api"
    return "flat-csv"


def _as_text(head: bytes) -> str:
    return head.decode(UTF16.get(head[:2], "utf-8"), "replace").lstrip("\ufeff \t\r\n")


def _packed(one: Opened) -> str:
    """A file that gzip packed: an event log in XML."""
    try:
        text = _as_text(zlib.decompressobj(wbits=31).decompress(one.head, _HEAD))
    except zlib.error:
        return "xes"  # which says what is wrong with it
    found = _marked_up(text) if text.startswith("<") else ""
    if text and found not in ("xes", "ocel"):
        message = "is packed by gzip, and no event log in XML: only such are read packed."
        raise InputError([Fault(one.shown, "", "packed", message, "Unpack it, and name the file in it.")])
    return found or "xes"


def _zipped(one: Opened) -> str:
    names = [name.lower() for name in archive.opened(one.content, one.shown).entries]
    if any(name.startswith("xl/") for name in names):
        return "annex-a"
    if any(name.endswith(".csv") for name in names):
        return "ssd-extract"
    message = "is a zip file that holds neither a workbook nor CSV files."
    raise InputError([Fault(one.shown, "", "zip", message, "Unpack it, and name the file to read.")])


def _stored(one: Opened) -> str:
    """An SQLite file: a log of our own, or an event log in the form of OCEL."""
    if one.path is None:
        message = "is a database: name its file, for its last events may stand beside it."
        raise InputError([Fault(one.shown, "", "log", message)])
    if one.head[68:72] == b"FDLG":
        return "frontdoor-log"
    try:
        db = sqlite3.connect(f"{one.path.resolve().as_uri()}?mode=ro", uri=True)
        try:
            tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        finally:
            db.close()
    except sqlite3.Error:
        return "frontdoor-log"  # which says what is wrong with it
    return "ocel" if "event_map_type" in tables or "event_object" in tables else "frontdoor-log"


def _marked_up(text: str) -> str:
    tags = [tag.group(1).lower() for tag in _TAG.finditer(text)]
    if tags[:1] == ["log"]:
        return "ocel" if {"object-types", "event-types", "objects"} & set(tags) else "xes"
    return "cin-census"
