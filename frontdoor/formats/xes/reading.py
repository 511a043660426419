"""Reading XES: what traces, events and their attributes say, as a stream of elements tells of them."""

from __future__ import annotations

__all__ = ["RESERVED", "read"]

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from frontdoor.errors import Fault, InputError, did_you_mean
from frontdoor.formats.event_rows import SAID_BY_CASE, listed, source_of
from frontdoor.formats.gathered_rows import EventRows
from frontdoor.formats.source import COLUMNS, DETAIL, Rejected, Source, polars
from frontdoor.formats.writing import detail_name
from frontdoor.formats.xml_stream import parse, unpacked

if TYPE_CHECKING:
    import polars as pl

_STANDARD = {
    "concept:name": "event", "time:timestamp": "time", "org:resource": "actor", "org:role": "role",
    "lifecycle:transition": "lifecycle", "case:concept:name": "case_id",
}  # fmt: skip
_KEYS = {"case_id": "concept:name of the trace", "event": "concept:name", "happened_at": "time:timestamp"}
RESERVED = frozenset((*_STANDARD, *COLUMNS))
"""Keys that mean something to XES or to us."""
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
    reading.finish()
    if broken:
        if not reading.rows.count:
            raise InputError([Fault(name, "", "not-xml", f"{broken}.")])
        reason = f"{broken}: nothing after the last complete event can be read."
        rejected.append(Rejected(reading.rows.count + 1, "", reason, ""))
    notes = reading.notes()
    frame = _done(reading.rows.frame(notes), notes)
    return source_of(frame, name, "xes", notes=notes, rejected=rejected, shown=_KEYS, dates=True)


class _Open(NamedTuple):
    """The event or trace that is being read; either may, in a file that is no good, stand in another."""

    says: dict[str, list[str]] | None
    """What it says so far, by key."""
    trace: dict[str, list[str]] | None
    """What the trace that it is, or is of, says so far."""
    number: int
    """That of the trace, from 0."""
    before: int
    """How many events there were when it began."""


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
        self.empty = self.eventless = 0
        self._depth = 0
        self._open = _Open(None, None, -1, 0)
        self._around: list[_Open] = []
        """What is open around that."""
        self._path: list[str] = []
        """The attributes that are open, each by its key and those around it."""
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
            key, within = said.get("key", "")[:_LONGEST_KEY], self._path[-1] if self._path else ""
            self._path.append(f"{within}.{key}"[-_LONGEST_KEY:] if within and key else within or key)
            if "value" in said:
                self._attribute(tag, said["value"])
        elif tag == "event":
            self._around.append(self._open)
            self._open = self._open._replace(says={})
        elif tag == "trace":
            self._around.append(self._open)
            self.traces += 1
            trace: dict[str, list[str]] = {}
            self._open = _Open(trace, trace, self.traces, self.rows.count)
        elif tag not in _PASSED and tag != "values":
            self.unknown[tag[:60]] += 1

    def end(self, tag: str) -> None:
        """An element ends."""
        self._depth -= 1
        if self._skipping:
            self._skipping -= 1
        elif tag in _ATTRIBUTES:
            self._path.pop()
        elif tag == "event":
            said = self._open.says or {}
            self._count_empty(not said)
            self.rows.add(_columns(_joined(said)), self._open.number)
            self._open = self._around.pop()
        elif tag == "trace":
            self._end_trace()

    def _count_empty(self, is_empty: bool) -> None:
        self.empty += is_empty
        if self.empty > _MOST_EMPTY:
            message = f"has more than {_MOST_EMPTY:,} events or traces that say nothing, which no event log has: it is not read."
            raise InputError([Fault(self.name, "", "bomb", message, "Export it again.")])

    def _attribute(self, tag: str, value: str) -> None:
        key, says = self._path[-1], self._open.says
        if says is None:
            self.of_log[key[:60]] += 1
            return
        if tag == "float" and key == "concept:name":
            value = value.removesuffix(".0")
        if key in says:
            self.repeated[key[:60]] += 1
            says[key].append(value)
        else:
            says[key] = [value]

    def _end_trace(self) -> None:
        """The trace that is open has said all that it says."""
        trace = _joined(self._open.trace or {})
        if self.rows.count == self._open.before:
            self.eventless += 1
            self._count_empty(not trace)
        else:
            case = trace.pop("concept:name", trace.pop("case_id", ""))
            self.names[case] += 1
            said = {SAID_BY_CASE + detail_name(key): text for key, text in trace.items()}
            self.rows.about_case(self._open.number, {"case_id": case, **said})
        self._open = self._around.pop()

    def finish(self) -> None:
        """The file has ended: what is still open has said all that it says."""
        while self._around:
            if self._open.says is self._open.trace:
                self._end_trace()
            else:  # an event that is not complete
                self._open = self._around.pop()

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
        if self.eventless:
            notes.append(
                f"{listed(self.eventless, 'trace')} without an event passed over: there is nothing to judge of such a case."
            )
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
    return {key: texts[0] if len(texts) == 1 or key in RESERVED else "; ".join(texts) for key, texts in said.items()}


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

    if "lifecycle" not in frame.columns or "event" not in frame.columns:
        return frame.drop("lifecycle", strict=False)
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
