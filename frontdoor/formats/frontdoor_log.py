"""A log of our own: its facts, as they stand and as they stood before they were corrected, under the workflows it has kept."""

from __future__ import annotations

__all__ = ["read"]

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, cast

from frontdoor.binding import Bindings
from frontdoor.errors import Fault, InputError, LogTampered
from frontdoor.event import Event, corrected
from frontdoor.formats import segments
from frontdoor.formats.log_columns import FACTS, Stretch, columns, row_of
from frontdoor.formats.source import DETAIL, Source, polars
from frontdoor.keeping import restore
from frontdoor.library import Library
from frontdoor.log.sqlite import SqliteLog
from frontdoor.moment import EPOCH, instant

if TYPE_CHECKING:
    import polars as pl


def read(path: str | Path, name: str, *, span: int = segments.SPAN, keys: str | Path | None = None) -> Source:
    """Read a log without writing to it; of one longer than `span` events columns are kept beside it where that can be
    (`segments`), so that the next audit is quicker. Its corrections are applied; an audit as known at a day before one sees
    the event as it was known then. The desk's own events are left out: an audit finds breaches itself. Of sealed details it is only
    seen which there are, unless their `keys` are given; no finding and no clock hangs on more.

    Raises:
        InputError: there is nothing in the log.
        LogError: it is no log of frontdoor's, or of another version.
    """
    polars()
    import polars as pl

    with SqliteLog(path, read_only=True, keys=keys) as log:
        stored = [restore(content, flows, digest=digest) for digest, content, flows in reversed(log.libraries())]
        size = log.size()
        kept = segments.stretches(log, size, span=span) if keys is None else _opened(log, span)
        stretches = list(kept) or [columns([])]
        links = log.rows(("link",), after=size - 1, upto=size)
        facts = pl.concat([stretch.facts for stretch in stretches], how="diagonal", rechunk=True)
        facts, closed = _mended(facts, log, [one for stretch in stretches for one in stretch.corrections])
    if not stored and facts.height:
        raise LogTampered(f"{name} does not keep the workflows that its events are bound to: see what verify says.")
    if not stored:
        raise InputError([Fault(name, "", "no-rows", "is a log in which nothing has been recorded.")])
    library, older = stored[0], tuple(stored[1:])
    details = sorted(column for column in facts.columns if column.startswith(DETAIL))
    events = facts.with_columns(_bound(facts, library, Bindings(library, older))).select(
        *(column for column in FACTS if column != "digest"), "bound", "known_from", "known_to", *details
    ).with_columns(pl.col(details).fill_null(""))  # fmt: skip
    plain = tuple(column.removeprefix(DETAIL) for column in details)
    digest = f"sha256:{links[0][0]}" if links else ""
    source = Source(name, "frontdoor-log", events, details=plain, library=library, older=older, digest=digest)
    if closed:
        s = "" if closed == 1 else "s"
        source.notes.append(
            f"{closed} event{s} of the log stood otherwise before being corrected; --as-known-at shows what was known."
        )
    return source


def _opened(log: SqliteLog, span: int) -> Iterator[Stretch]:
    """The events of a log with their details opened, of which nothing is kept beside it."""
    events = log.follow()
    while some := list(islice(events, span)):
        yield columns([row_of(event) for event in some])


def _mended(facts: pl.DataFrame, log: SqliteLog, corrections: Iterable[str]) -> tuple[pl.DataFrame, int]:
    """The facts with the moments from which and until which each was known so (`known_from`, `known_to`), what a correction
    left after what it corrects; and how many were corrected.

    Raises:
        LogTampered: a correction is of an event that is not there.
    """
    import polars as pl

    said = sorted(log.found(corrections).values(), key=lambda event: event.position)
    originals = log.found(event.details["corrects"] for event in said)
    ends: dict[int, int] = {}
    left: list[Event] = []
    known: list[tuple[int, int | None]] = []
    stands: dict[int, int] = {}
    """Of each fact that was corrected, which of those left by corrections stands."""
    for event in said:
        original, now = originals.get(event.details["corrects"]), instant(cast(datetime, event.recorded_at))
        if original is None or original.is_own or original.position > event.position:
            message = f"event {event.position} corrects one that the log does not have: see what verify says."
            raise LogTampered(message, event.position)
        ends.setdefault(original.position, now)
        before = stands.pop(original.position, None)
        if before is not None:
            known[before] = known[before][0], now
        if event.details["becomes"] is not None:
            stands[original.position] = len(left)
            left.append(corrected(original, event.details["becomes"]))
            known.append((now, None))
    schema = {"known_from": pl.Int64, "known_to": pl.Int64}
    closed = pl.DataFrame(list(ends.items()), schema={"position": pl.Int64, "known_to": pl.Int64}, orient="row")
    first = facts.with_columns(known_from=pl.lit(None, pl.Int64)).join(
        closed, on="position", how="left", maintain_order="left"
    )
    if not left:
        return first, len(ends)
    after = columns([row_of(event) for event in left]).facts.hstack(pl.DataFrame(known, schema=schema, orient="row"))
    return pl.concat([first, after], how="diagonal").sort("position", maintain_order=True), len(ends)


def _bound(facts: pl.DataFrame, library: Library, bindings: Bindings) -> pl.Series:
    """The number of the edition that each fact's digest says. It is the same for all of a name between two editions.

    Raises:
        LogTampered: the workflow of a digest is not there.
    """
    import polars as pl

    unknown = facts.filter(~pl.col("digest").is_in([one for one in facts["digest"].unique() if bindings.knows(one)]))
    if unknown.height:
        position, case_id = unknown.select("position", "case_id").row(0)
        raise LogTampered(
            f"{case_id} is bound to a workflow that the log does not keep: see what verify says.", position
        )
    starts = pl.Series([start.toordinal() - EPOCH for start in library.starts], dtype=pl.Int64)
    keys = facts.select("digest", "event", "day", edition=starts.search_sorted(facts["day"], side="right"))
    distinct = keys.group_by("digest", "event", "edition").agg(pl.col("day").first())
    numbers = [bindings.bound(*row) for row in distinct.select("digest", "event", "day").iter_rows()]
    of = distinct.drop("day").with_columns(bound=pl.Series(numbers, dtype=pl.Int64))
    return keys.join(of, on=["digest", "event", "edition"], how="left", maintain_order="left")["bound"]
