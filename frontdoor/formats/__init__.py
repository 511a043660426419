"""Reading the files that users hold, and writing them: one module a format, told apart by what is in them."""

from __future__ import annotations

__all__ = ["FORMATS", "WRITTEN", "Rejected", "Source", "format_of", "read", "write"]

from collections.abc import Iterator, Mapping
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from frontdoor.errors import Fault, InputError, did_you_mean
from frontdoor.formats.source import Rejected, Source
from frontdoor.formats.telling import Opened, opened, printable, told
from frontdoor.moment import EPOCH

if TYPE_CHECKING:
    from frontdoor.formats import mapped_csv
    from frontdoor.library import Library


@attrs.frozen
class _Format:
    """A module with a `read` and perhaps a `write`."""

    module: str
    takes: str = "content"
    """What its `read` is given: the bytes of a file ('content'), or its 'path' where that is not all of it or too much of it."""
    writes: tuple[str, ...] = ()
    """The ends of the names of files that it writes."""

    def load(self) -> Any:
        return import_module(f"frontdoor.formats.{self.module}")


_FORMATS = {
    "flat-csv": _Format("flat_csv", writes=(".csv",)),
    "cin-census": _Format("cin_census", writes=(".xml",)),
    "frontdoor-log": _Format("frontdoor_log", "path"),
    "annex-a": _Format("annex_a", writes=(".xlsx",)),
    "ssd-extract": _Format("ssd", "path"),
    "daily-api": _Format("daily_api"),
    "xes": _Format("xes", writes=(".xes", ".xes.gz")),
    "ocel": _Format("ocel", "path", writes=(".jsonocel", ".json", ".xmlocel", ".sqlite")),
    "parquet": _Format("parquet", "path", writes=(".parquet",)),
    "mapped-csv": _Format("mapped_csv"),
}
FORMATS = tuple(_FORMATS)
"""The formats by name."""
WRITTEN = {name: one.writes for name, one in _FORMATS.items() if one.writes}
"""Those that can be written, each with the ends of its files' names."""


def read(
    file: str | Path | bytes,
    *others: str | Path | bytes,
    format: str | None = None,
    mapping: str | Path | Mapping[str, Any] | mapped_csv.Mapping | None = None,
    case_type: str | None = None,
    library: Library | None = None,
    hashed: bool = True,
) -> Source:
    """Read a file or folder ('-': standard input; or the bytes of one), told by its content unless `format` insists.

    What can be read is in the source's events, the rest in its `rejected`; nothing is dropped. Of several files the
    children and facts are matched (`matching`): each fact is there once, and where they contradict each other the
    one named first is believed. A CSV file of another shape needs a `mapping` (`mapped_csv`) of its columns; `case_type` says
    which objects of an OCEL file are the cases. `library` (default: the shipped one) is where names in a mapping, and what
    opens and ends an episode, are looked up. With `hashed` the source has the hash of the file, which costs a look at
    every byte.

    Raises:
        InputError: a file as a whole cannot be read; `.faults` says all that is wrong, of all of them.
    """
    sources: list[Source] = []
    faults: list[Fault] = []
    for one in (file, *others):
        try:
            sources.append(_read(one, format, mapping, case_type, library, hashed=hashed))
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    if not others:
        return sources[0]
    from frontdoor.formats.matching import matched

    return matched(sources, library=library)


def _read(
    file: str | Path | bytes,
    format: str | None,
    mapping: str | Path | Mapping[str, Any] | mapped_csv.Mapping | None,
    case_type: str | None,
    library: Library | None,
    *,
    hashed: bool,
) -> Source:
    one = opened(file)
    if format is not None and format not in FORMATS:
        raise InputError(
            [
                Fault(
                    one.shown,
                    "",
                    "unknown-format",
                    f"{format!r} is no format.{did_you_mean(format, FORMATS)} There are: {', '.join(FORMATS)}.",
                )
            ]
        )
    name = format or told(one)
    if mapping is not None and name in ("flat-csv", "mapped-csv"):
        from frontdoor.formats import mapped_csv

        how = mapped_csv.load_mapping(Path(mapping), library) if isinstance(mapping, (str, Path)) else mapping
        source: Source = mapped_csv.read(one.content, one.shown, how)
    elif name == "ocel":
        from frontdoor.formats import ocel

        source = ocel.read(_taken(one, name), one.shown, case_type=case_type)
    elif name == "mapped-csv":
        message = "is to be read through a mapping, and none is named."
        raise InputError([Fault(one.shown, "", "no-mapping", message, "Say --mapping FILE.")])
    else:
        source = _FORMATS[name].load().read(_taken(one, name), one.shown)
    if hashed and not source.digest:
        source.digest = one.digest
    source.notes = [printable(note) for note in (*source.notes, *_doubtful(source))]
    source.rejected = [
        bad
        if bad.text.isascii() and bad.column.isprintable()
        else bad._replace(column=printable(bad.column), text=bad.text.encode("utf-8", "backslashreplace").decode())
        for bad in source.rejected
    ]
    return source


def _doubtful(source: Source) -> Iterator[str]:
    """What is to be said of dates that were read, and are probably none."""
    import polars as pl

    first, last = (date(year, 1, 1).toordinal() - EPOCH for year in (1901, 2090))
    odd = source.events.filter((pl.col("day") < first) | (pl.col("day") >= last)).select("position", "day")
    if odd.height:
        row, day = odd.row(0)
        many = f"{odd.height:,} date{'s lie' if odd.height > 1 else ' lies'}"
        yield (
            f"{many} in 1900 or before, or in 2090 or later, as systems write for no date: the first in row {row} "
            f"({date.fromordinal(day + EPOCH)}). Read as {'they stand' if odd.height > 1 else 'it stands'}: correct what is no date."
        )


def _taken(one: Opened, name: str) -> str | Path | bytes:
    """What the reader of a format is given."""
    if _FORMATS[name].takes == "path":
        if one.path is None and name == "frontdoor-log":
            message = "is to be read as a log: name its file, for its last events may stand beside it."
            raise InputError([Fault(one.shown, "", "log", message)])
        return one.path if one.path is not None else one.content
    if one.is_folder:
        raise InputError([Fault(one.shown, "", "folder", "is a folder: name a file in it.")])
    return one.content


def write(source: Source, file: str | Path, *, format: str | None = None) -> list[str]:
    """Write the events of a source, as they stand, in the format that the file's name says, unless `format` insists.

    Sentences on what that format could not carry; none where all of it reads back.

    Raises:
        InputError: no format is written under such a name.
        OSError: the file cannot be written.
    """
    path = Path(file)
    found: list[str] = _FORMATS[format_of(path, format)].load().write(source, path)
    return found


def format_of(file: str | Path, format: str | None = None) -> str:
    """The format that is written under a name, or the one insisted on.

    Raises:
        InputError: there is none.
    """
    ends = sorted(((end, name) for name, all_ in WRITTEN.items() for end in all_), key=lambda one: -len(one[0]))
    name = format or next((name for end, name in ends if Path(file).name.lower().endswith(end)), None)
    if name not in WRITTEN:
        known = ", ".join(f"{name} ({', '.join(all_)})" for name, all_ in WRITTEN.items())
        said = "is no format that is written" if format else "has a name that tells of no format that is written"
        raise InputError(
            [Fault(str(file), "", "unknown-format", f"{format or 'the file'} {said}.", f"There are: {known}.")]
        )
    return name
