"""Telling the format of a file by what is in it, never by its name."""

from __future__ import annotations

__all__ = ["SQLITE", "Opened", "opened", "told"]

import hashlib
import re
import sqlite3
import sys
from functools import cached_property
from pathlib import Path

import attrs

from frontdoor.errors import Fault, InputError
from frontdoor.formats import archive

SQLITE = b"SQLite format 3\x00"
_HEAD = 1 << 16
_CHUNK = 1 << 20
_TAG = re.compile(r"<(?![?!])(?:[\w.-]+:)?([\w.-]+)")
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
        """All of its bytes."""
        return self.given if self.given is not None else (self.path or Path()).read_bytes()

    @cached_property
    def digest(self) -> str:
        """'sha256:...' of its bytes; of a folder, of the names, sizes and bytes of the CSV files in it, by name."""
        found = hashlib.sha256()
        if self.path is None:
            found.update(self.content)
        elif not self.is_folder:
            _add(found, self.path)
        else:
            for one in sorted(one for one in self.path.iterdir() if one.suffix.lower() == ".csv" and one.is_file()):
                found.update(f"{one.name}\0{one.stat().st_size}\0".encode())
                _add(found, one)
        return f"sha256:{found.hexdigest()}"


def _add(found: hashlib._Hash, path: Path) -> None:
    with path.open("rb") as file:
        while some := file.read(_CHUNK):
            found.update(some)


def opened(file: str | Path | bytes) -> Opened:
    """A file ('-': standard input), or the bytes of one, ready to be told.

    Raises:
        InputError: there is no such file, it cannot be read, or is empty.
    """
    if isinstance(file, bytes):
        one = Opened("these bytes", None, file)
    elif file == "-":
        one = Opened("standard input", None, sys.stdin.buffer.read())
    else:
        one = Opened(str(file), Path(file))
    try:
        if not one.is_folder and not one.head.removeprefix(b"\xef\xbb\xbf").strip():
            raise InputError([Fault(one.shown, "", "empty", "is empty.")])
    except FileNotFoundError:
        raise InputError([Fault(one.shown, "", "not-there", "there is no such file.")]) from None
    except OSError as error:
        raise InputError([Fault(one.shown, "", "unreadable", f"cannot be read: {error.strerror}.")]) from None
    return one


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
    if head.startswith(SQLITE):
        return _stored(one)
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"\x1f\x8b"):
        return "xes"
    utf16 = head[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = head.decode("utf-16" if utf16 else "utf-8", "replace").lstrip("\ufeff \t\r\n")
    if text.startswith("<"):
        return _marked_up(text)
    if text.startswith(("{", "[")):
        return "ocel" if any(mark in one.content for mark in _OF_OCEL) else "daily-api"
    return "flat-csv"


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
