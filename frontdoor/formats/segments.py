"""Columns kept beside a log, so that an audit need not go through it row by row.

    borough.db
    borough.db-columns/000001.columns      # what was done among events 1 to 20,000, packed
    borough.db-columns/000002.columns      # ... among events 20,001 to 40,000

Whoever reads a whole log packs each stretch of it that is full and not there yet; the events after the last full stretch
are read from the log. Nothing depends on them: where the folder cannot be written none is made, and the folder may be
deleted at any time. Each is written under another name first, so that there is never half of one, and what is packed
of the same events is the same whoever packs it. They hold what the log holds: whoever must not read or keep the one must not
read or keep the other.

Each says of which log and which events it is, and the `link` of the last of them in the log's chain; and its first line is the
SHA-256 of all the rest. One that is damaged, or whose last event has another link in the log, is passed over and made anew:
so columns of another log, or of a history that was since replaced (a restored copy that went on otherwise), are never taken
for this one's. That does not protect against somebody who writes a false one, its digest and all, on purpose; nor does
an audit that reads columns see that rows of the log below them were altered since. Both are seen by `frontdoor verify`,
which compares the columns to the rows and those to the chain; verify first where that could matter.
"""

from __future__ import annotations

__all__ = ["SPAN", "folder", "stretches", "verify"]

import hashlib
import io
import json
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from frontdoor.errors import LogTampered
from frontdoor.formats.log_columns import FACTS, STORED, Stretch, columns
from frontdoor.formats.source import DETAIL, polars
from frontdoor.log.sqlite import SqliteLog

if TYPE_CHECKING:
    import polars as pl

SPAN = 20_000
"""Events in each stretch."""
_FORMAT = 1
"""Raised whenever the columns of the same rows would be others."""


def folder(log: str | os.PathLike[str]) -> Path:
    """Where the columns of a log are kept."""
    return Path(f"{os.fsdecode(log)}-columns")


def stretches(log: SqliteLog, size: int, *, span: int = SPAN) -> Iterator[Stretch]:
    """The first `size` events of a log, one stretch after another: as it was packed where that fits, else from its rows, which
    are then packed.

    Raises:
        LogTampered: an event cannot be read.
    """
    for after in range(0, size, span):
        upto = min(after + span, size)
        is_full = upto == after + span
        found = _kept(log, after, upto) if is_full else None
        if found is None:
            found = columns(log.rows(STORED, after=after, upto=upto))
            if is_full:
                _keep(log, after, upto, found)
        yield found


def verify(log: SqliteLog, *, span: int = SPAN) -> int:
    """See that the columns which an audit would use say what the log's rows say; how many stretches of them there are.

    Raises:
        LogTampered: they do not, or an event cannot be read.
        MissingExtra: there are some, and polars is not installed, by which alone they can be read.
    """
    if not folder(log.path).is_dir():
        return 0
    polars("Comparing the columns that are kept beside a log with its rows")
    fit = 0
    for upto in range(span, log.size() + 1, span):
        kept = _kept(log, upto - span, upto)
        if kept is None:
            continue
        rows = columns(log.rows(STORED, after=upto - span, upto=upto))
        if kept.corrections != rows.corrections or not kept.facts.equals(rows.facts):
            said = f"{folder(log.path)} does not say of events {upto - span + 1:,} to {upto:,} what the log says: delete it."
            raise LogTampered(said, upto - span + 1)
        fit += 1
    return fit


def _path(log: SqliteLog, upto: int, span: int) -> Path:
    return folder(log.path) / f"{upto // span:06}.columns"


def _about(log: SqliteLog, after: int, upto: int) -> dict[str, object]:
    """What a stretch says of itself."""
    link = log.rows(("link",), after=upto - 1, upto=upto)
    return {"format": _FORMAT, "log": log.log_id, "first": after + 1, "last": upto, "link": link[0][0] if link else ""}


def _kept(log: SqliteLog, after: int, upto: int) -> Stretch | None:
    """A stretch as it was packed; None where it was not, is damaged, or does not fit the log."""
    import polars as pl

    try:
        digest, _, packed = _path(log, upto, upto - after).read_bytes().partition(b"\n")
    except OSError:
        return None
    if hashlib.sha256(packed).hexdigest().encode() != digest:
        return None
    try:
        head, _, body = packed.partition(b"\n")
        said = json.loads(head)
        if said["of"] != _about(log, after, upto):
            return None
        facts = pl.read_parquet(io.BytesIO(body))
        corrections = tuple(str(one) for one in said["corrections"])
    except (ValueError, TypeError, KeyError, pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return None
    return Stretch(facts, corrections) if _is_whole(facts, after, upto) else None


def _is_whole(facts: pl.DataFrame, after: int, upto: int) -> bool:
    """Whether a frame has the columns of facts at positions of that stretch."""
    import polars as pl

    details = list(facts.columns)[len(FACTS) :]
    schema = {name: pl.String() if kind is str else pl.Int64() for name, kind in FACTS.items()}
    return (
        facts.schema == pl.Schema(schema | dict.fromkeys(details, pl.String()))
        and all(name.startswith(DETAIL) for name in details)
        and facts["position"].is_between(after + 1, upto).all()
    )


def _keep(log: SqliteLog, after: int, upto: int, stretch: Stretch) -> None:
    """Pack a stretch, if that can be."""
    body = io.BytesIO()
    stretch.facts.write_parquet(body, compression="zstd", statistics=False)
    head = json.dumps({"of": _about(log, after, upto), "corrections": stretch.corrections})
    packed = head.encode() + b"\n" + body.getvalue()
    path = _path(log, upto, upto - after)
    new = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
    with suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        try:
            with open(new, "xb", opener=_private) as file:
                file.write(hashlib.sha256(packed).hexdigest().encode() + b"\n" + packed)
            os.chmod(new, stat.S_IMODE(os.stat(log.path).st_mode) & 0o666)  # who may read the log may read them
            os.replace(new, path)
        finally:
            new.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
