"""Writing a source as XES, as other readers expect it and as it reads back."""

from __future__ import annotations

__all__ = ["write"]

import gzip
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from frontdoor.formats.event_rows import listed
from frontdoor.formats.source import DETAIL, Source
from frontdoor.formats.writing import key_of, left_out, rows, said_of
from frontdoor.formats.xes.reading import RESERVED
from frontdoor.formats.xml_stream import escaped
from frontdoor.moment import Happened, bounds, moment_of, written

_EXTENSIONS = (
    ("Concept", "concept"), ("Time", "time"), ("Organizational", "org"), ("Lifecycle", "lifecycle"),
)  # fmt: skip


def write(source: Source, path: Path) -> list[str]:
    """Write the events that now stand, a trace a case, and say what could not be carried. A name that ends in .gz is packed.

    Raises:
        OSError: the file cannot be written.
    """
    cases: dict[str, list[dict[str, Any]]] = {}
    for row in rows(source):
        cases.setdefault(row["case_id"], []).append(row)
    writer = _Writer(source)
    with _opened(path) as out:
        out.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        out.write('<log xes.version="1849.2016" xes.features="" xmlns="http://www.xes-standard.org/">\n')
        for title, prefix in _EXTENSIONS:
            uri = f"http://www.xes-standard.org/{prefix}.xesext"
            out.write(f'  <extension name="{title}" prefix="{prefix}" uri="{uri}"/>\n')
        out.write('  <classifier name="Event" keys="concept:name"/>\n')
        for case, events in cases.items():
            out.write(f"  <trace>\n    {writer.attribute('concept:name', case)}\n")
            for event in events:
                out.write("    <event>\n")
                out.writelines(f"      {line}\n" for line in writer.event(event))
                out.write("    </event>\n")
            out.write("  </trace>\n")
        out.write("</log>\n")
    said = left_out(source)
    if writer.odd:
        said.append(
            f"{listed(writer.odd, 'text')} held control characters, which XML cannot: \N{REPLACEMENT CHARACTER} stands for them."
        )
    return said


def _opened(path: Path) -> IO[str]:
    if path.suffix.lower() != ".gz":
        return path.open("w", encoding="utf-8", newline="\n")
    import io

    return io.TextIOWrapper(_Packed(path), encoding="utf-8", newline="\n")


class _Packed(gzip.GzipFile):
    """A packed file that says neither when nor under which name it was written: the same log is the same bytes."""

    def __init__(self, path: Path) -> None:
        self._under = path.open("wb")
        super().__init__("", "wb", fileobj=self._under, mtime=0)

    def close(self) -> None:
        super().close()
        self._under.close()


class _Writer:
    """Lines of XES, and how many texts they could not hold whole."""

    def __init__(self, source: Source) -> None:
        self.odd = 0
        self._details = {DETAIL + detail: key_of(detail, RESERVED) for detail in source.details}
        said = source.events.select(*self._details)
        self._empty = {column for column in self._details if not (said[column] != "").any()}
        """The details that no event has: written empty once, so that the log has a place for them."""

    def attribute(self, key: str, value: str, tag: str = "string") -> str:
        """One attribute."""
        named, whole_key = escaped(key)
        text, whole = escaped(value)
        self.odd += (not whole) + (not whole_key)
        return f'<{tag} key="{named}" value="{text}"/>'

    def event(self, row: dict[str, Any]) -> Iterator[str]:
        """The attributes of an event."""
        happened: Happened = row["happened_at"]
        yield self.attribute("concept:name", row["event"])
        yield self.attribute("time:timestamp", written(moment_of(bounds(happened)[0])), "date")
        if said := said_of(happened):
            yield self.attribute("happened_at", said)
        yield '<string key="lifecycle:transition" value="complete"/>'
        recorded = row["recorded_at"]
        if recorded is not None:
            yield self.attribute(
                "recorded_at", written(recorded), "date" if isinstance(recorded, datetime) else "string"
            )
        for column, key in (
            ("actor", "org:resource"),
            ("role", "org:role"),
            ("episode", "episode"),
            ("family", "family"),
        ):
            if row[column]:
                yield self.attribute(key, row[column])
        for column, key in self._details.items():
            if row[column] or column in self._empty:
                yield self.attribute(key, row[column])
        self._empty.clear()
