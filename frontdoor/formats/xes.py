"""XES, the event log of IEEE 1849: a trace is a case, an event is an event; `.xes`, or `.xes.gz`.

| key | is |
|---|---|
| `concept:name` of the trace | `case_id` |
| `concept:name` | `event` |
| `time:timestamp` | `happened_at`: a moment; dates, where every time of the log is a midnight |
| `org:resource`, `org:role` | `actor`, `role` |
| `happened_at` | the date, or span, that `time:timestamp` is the first moment of, where only that is known; or the midnight that it is |
| `recorded_at`, `episode`, `family` | the same |
| any other | a detail; what the trace says of itself, `case:` and its key, a detail of each of its events |

Of an activity that the log knows as `complete` (`lifecycle:transition`), only that is something done: its start, its
schedule and the like are passed over, and counted in a note. Of any other every event is read. Nested attributes and
lists are details by their path (`cost.total`). Defaults of `global` are not applied: they would be made up. A name that
means something to XES or to us, and is that of a detail, has `detail.` before it.
"""

from __future__ import annotations

__all__ = ["read", "write"]

import gzip
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from frontdoor.errors import Fault, InputError, did_you_mean
from frontdoor.formats.event_rows import SAID_BY_CASE, EventRows, listed, source_of
from frontdoor.formats.source import COLUMNS, DETAIL, Rejected, Source, polars
from frontdoor.formats.writing import detail_name, key_of, left_out, rows
from frontdoor.formats.xml_stream import escaped, parse, unpacked
from frontdoor.moment import LONDON, Happened, bounds, moment_of, written

if TYPE_CHECKING:
    import polars as pl

_STANDARD = {
    "concept:name": "event", "time:timestamp": "time", "org:resource": "actor", "org:role": "role",
    "lifecycle:transition": "lifecycle", "case:concept:name": "case_id",
}  # fmt: skip
_KEYS = {"case_id": "concept:name of the trace", "event": "concept:name", "happened_at": "time:timestamp"}
_RESERVED = frozenset((*_STANDARD, *COLUMNS))
_ATTRIBUTES = frozenset(("string", "date", "int", "float", "boolean", "id", "list", "container"))
_LONGEST_KEY = 1000
_MOST_EMPTY = 100_000
"""Events that say nothing: more of them are meant to harm."""
_PASSED = frozenset(("extension", "classifier", "log"))


def read(content: bytes, name: str) -> Source:
    """Read a log. An event without a name, a case or a time that can be read is rejected by its number in the file.

    A log that breaks off is read up to there.

    Raises:
        InputError: it is not XES, has a DOCTYPE, is packed like a bomb, or holds no event.
    """
    polars()
    reading = _Reading(name)
    broken = parse(unpacked(content, name), name, start=reading.start, end=reading.end)
    rejected = []
    reading.end_trace()
    if broken:
        if not reading.rows.count:
            raise InputError([Fault(name, "", "not-xml", f"{broken}.")])
        reason = f"{broken}: nothing after the last complete event can be read."
        rejected.append(Rejected(reading.rows.count + 1, "", reason, ""))
    notes = reading.notes()
    frame = _done(reading.rows.frame(notes), notes)
    return source_of(frame, name, "xes", notes=notes, rejected=rejected, shown=_KEYS, dates=True)


class _Reading:
    """What has been read so far."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rows = EventRows()
        self.traces = -1
        self.names: Counter[str] = Counter()
        """How many traces have each name."""
        self.of_log: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self.repeated: Counter[str] = Counter()
        self.empty = 0
        self._depth = 0
        self._within: dict[str, list[str]] | None = None
        """What the event, else the trace, that is being read says so far, by key."""
        self._trace: dict[str, list[str]] | None = None
        self._path: list[str] = []
        """The keys of the attributes that are open; '' for one that has none."""
        self._skipping = 0

    def start(self, tag: str, said: dict[str, str]) -> None:
        """An element begins."""
        self._depth += 1
        if self._depth == 1 and tag != "log":
            message = f"is not XES: its root is {tag[:60]!r}, not 'log'.{did_you_mean(tag[:60], ['log'], most=1)}"
            raise InputError([Fault(self.name, "line 1", "not-xes", message)])
        if self._skipping or tag == "global":
            self._skipping += 1
        elif tag in _ATTRIBUTES:
            self._path.append(said.get("key", "")[:_LONGEST_KEY])
            if "value" in said:
                self._attribute(tag, said["value"])
        elif tag == "event":
            self._within = {}
        elif tag == "trace":
            self.end_trace()
            self.traces += 1
            self._within = self._trace = {}
        elif tag not in _PASSED and tag != "values":
            self.unknown[tag[:60]] += 1

    def end(self, tag: str) -> None:
        """An element ends."""
        self._depth -= 1
        if self._skipping:
            self._skipping -= 1
        elif tag in _ATTRIBUTES:
            self._path.pop()
        elif tag == "event" and self._within is not None:
            self.empty += not self._within
            if self.empty > _MOST_EMPTY:
                message = (
                    f"has more than {_MOST_EMPTY:,} events that say nothing, which no event log has: it is not read."
                )
                raise InputError([Fault(self.name, "", "bomb", message, "Export it again.")])
            self.rows.add(_columns(_joined(self._within)), -1 if self._trace is None else self.traces)
            self._within = self._trace
        elif tag == "trace":
            self.end_trace()

    def _attribute(self, tag: str, value: str) -> None:
        path = self._path
        key = path[0] if len(path) == 1 else ".".join(filter(None, path))[-_LONGEST_KEY:]
        if self._within is None:
            self.of_log[key[:60]] += 1
            return
        if tag == "float" and key == "concept:name":
            value = value.removesuffix(".0")
        if key in self._within:
            self.repeated[key[:60]] += 1
            self._within[key].append(value)
        else:
            self._within[key] = [value]

    def end_trace(self) -> None:
        """The trace that is open, if any is, has said all that it says."""
        if self._trace is None:
            return
        trace = _joined(self._trace)
        self._trace = self._within = None
        case = trace.pop("concept:name", trace.pop("case_id", ""))
        self.names[case] += 1
        said = {SAID_BY_CASE + detail_name(key): text for key, text in trace.items()}
        self.rows.about_case(self.traces, {"case_id": case, **said})

    def notes(self) -> list[str]:
        """What is to be known of the file as a whole."""
        notes = []
        if self.of_log:
            notes.append(f"What the log says of itself was passed over: {_some(self.of_log)}.")
        if self.unknown:
            notes.append(f"Elements that XES does not have were passed over: {_some(self.unknown)}.")
        if self.repeated:
            said = "of a key that we know the first counts, those of a list or a detail are joined"
            notes.append(f"Some attributes stand more than once in an event or trace ({said}): {_some(self.repeated)}.")
        again = [case for case, many in self.names.items() if many > 1 and case]
        if again:
            notes.append(
                f"{listed(len(again), 'case')} with more than one trace, such as {again[0][:60]}: read as one case each."
            )
        return notes


def _some(names: Counter[str]) -> str:
    more = f" and {len(names) - 6} more" if len(names) > 6 else ""
    return ", ".join(names or "''" for names, _ in names.most_common(6)) + more


def _joined(said: dict[str, list[str]]) -> dict[str, str]:
    """One text for each key: the first of a key that we know, of any other all."""
    return {key: texts[0] if len(texts) == 1 or key in _RESERVED else "; ".join(texts) for key, texts in said.items()}


def _columns(event: dict[str, str]) -> dict[str, str]:
    """What an event says, by our names. A standard key counts for more than a column's plain name, which is then a detail if
    it says something else."""
    said: dict[str, str] = {}
    for key, text in event.items():
        column = _STANDARD.get(key)
        if column:
            said[column] = text
        elif key not in COLUMNS:
            said[DETAIL + detail_name(key)] = text
    for column in COLUMNS:
        if column in event:
            if column not in said:
                said[column] = event[column]
            elif said[column] != event[column]:
                said[DETAIL + column] = event[column]
    return said


def _done(frame: pl.DataFrame, notes: list[str]) -> pl.DataFrame:
    """The events that are something done."""
    import polars as pl

    if "lifecycle" not in frame.columns:
        return frame
    complete = pl.col("lifecycle").str.to_lowercase() == "complete"
    done = frame.filter(complete | ~complete.any().over("event") | (pl.col("event") == ""))
    if gone := frame.height - done.height:
        others = frame.join(done, on="position", how="anti")["lifecycle"].replace("", "nothing said").unique().sort()
        shown = ", ".join(other[:40] for other in others[:8])
        notes.append(
            f"{listed(gone, 'event')} of activities that are also complete passed over ({shown}): only complete is something done."
        )
    left = pl.when(~complete).then("lifecycle").otherwise(pl.lit(""))
    if done.select((left != "").any()).item():
        done = done.with_columns(left.alias(f"{DETAIL}lifecycle:transition"))
    return done.drop("lifecycle")


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
        self._details = {DETAIL + detail: key_of(detail, _RESERVED) for detail in source.details}
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
        if not isinstance(happened, datetime):
            yield self.attribute("happened_at", str(happened))
        elif time() in (happened.astimezone(LONDON).time(), happened.astimezone(UTC).time()):
            yield self.attribute("happened_at", written(happened))  # a moment, not a date
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
