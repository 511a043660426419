"""Reading the files that users hold: one module a format, told apart by what is in them."""

from __future__ import annotations

__all__ = ["FORMATS", "Rejected", "Source", "read"]

import sys
from pathlib import Path

from frontdoor.errors import Fault, InputError, did_you_mean
from frontdoor.formats import cin_census, flat_csv
from frontdoor.formats.source import Rejected, Source

FORMATS = ("flat-csv", "cin-census", "frontdoor-log")
"""The formats by name."""
_SQLITE = b"SQLite format 3\x00"


def read(file: str | Path | bytes, *, format: str | None = None) -> Source:
    """Read a file ('-': standard input; or the bytes of one), told by its content unless `format` insists.

    What can be read is in the source's events, the rest in its `rejected`; nothing is dropped.

    Raises:
        InputError: the file as a whole cannot be read; `.faults` says all that is wrong.
    """
    shown = "these bytes" if isinstance(file, bytes) else "standard input" if file == "-" else str(file)
    if format is not None and format not in FORMATS:
        raise InputError(
            [Fault(shown, "", "unknown-format", f"{format!r} is no format.{did_you_mean(format, FORMATS)}")]
        )
    try:
        if isinstance(file, bytes):
            content = file
        elif file != "-" and _is_log(Path(file), format):
            from frontdoor.formats import frontdoor_log

            return frontdoor_log.read(file, shown)
        else:
            content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except FileNotFoundError:
        raise InputError([Fault(shown, "", "not-there", "there is no such file.")]) from None
    except IsADirectoryError:
        raise InputError([Fault(shown, "", "folder", "is a folder: name a file in it.")]) from None
    except OSError as error:
        raise InputError([Fault(shown, "", "unreadable", f"cannot be read: {error.strerror}.")]) from None
    if not content.removeprefix(b"\xef\xbb\xbf").strip():
        raise InputError([Fault(shown, "", "empty", "is empty.")])
    if content.startswith(b"PK\x03\x04"):
        message = "is a workbook or another zip file: save the sheet as CSV in UTF-8, and name that."
        raise InputError([Fault(shown, "", "workbook", message)])
    if content.startswith(_SQLITE) or format == "frontdoor-log":
        raise InputError([Fault(shown, "", "log", "is a log: name its file, for its last events may stand beside it.")])
    reader = cin_census.read if (format or _told(content)) == "cin-census" else flat_csv.read
    return reader(content, shown)


def _is_log(path: Path, format: str | None) -> bool:
    if format is not None:
        return format == "frontdoor-log"
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE


def _told(content: bytes) -> str:
    start = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    utf16 = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    return "cin-census" if start[:1] == b"<" or (utf16 and b"<\x00" in content[:8]) else "flat-csv"
