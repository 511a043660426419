"""The events of several sources as rows of one table, before it is known which of them tell of the same fact."""

from __future__ import annotations

__all__ = ["TEXTS", "Rows", "rows_of", "stride"]

from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs

from frontdoor.formats.matching.binding import Bound
from frontdoor.formats.matching.children import Children
from frontdoor.formats.source import DETAIL, Source, plain

if TYPE_CHECKING:
    import polars as pl

TEXTS = ("actor", "role", "family")
_MOMENTS = ("happened_from", "happened_to", "recorded_from", "recorded_to", "recorded_day", "day", "last_day")
_MAY_HAVE = ("bound", "known_from", "known_to")
_MINUTE, _SECOND = 60_000_000, 1_000_000


@attrs.frozen
class Rows:
    """`now` has a row for each event as it stands, `before` for each version that a log held earlier.

    Both have the columns of `Source.events` and `row` (its number in this table; those of a source come before those
    of the next), `source`, `child`, `flow` and `move` (numbers of the workflow and the event), `new` (the position it
    gets), `cover_from` and `cover_to` (what a moment that is written to the minute or second can mean), and `at`: where it
    stands within its day in its own source, before the position.
    """

    now: pl.DataFrame
    before: pl.DataFrame
    details: tuple[str, ...]
    stride: int
    """What stands between the positions of one source and those of the next."""


def rows_of(sources: Sequence[Source], children: Children, bound: Bound) -> Rows:
    """Lay the events of all sources under one another."""
    import polars as pl

    details = tuple(dict.fromkeys(detail for source in sources for detail in source.details))
    step = stride(sources)
    frames = []
    for n, source in enumerate(sources):
        frame = plain(source.events)
        had = frame.columns
        texts = ["event", "episode", *TEXTS, *(DETAIL + detail for detail in details)]
        editions = bound.numbers[n]
        frame = frame.select(
            pl.col("position").cast(pl.Int64),
            pl.lit(n, pl.Int64).alias("source"),
            _numbered(children.numbers[n]).alias("child"),
            *(pl.col(name) if name in had else pl.lit("").alias(name) for name in texts),
            *(pl.col(name).cast(pl.Int64) for name in _MOMENTS),
            *(pl.col(name).cast(pl.Int64) if name in had else pl.lit(None, pl.Int64).alias(name) for name in _MAY_HAVE),
        )
        if editions:
            frame = frame.with_columns(pl.col("bound").replace(editions))
        frames.append(frame)
    every = pl.concat(frames)
    exact = pl.col("happened_from") == pl.col("happened_to")
    minute, second = (pl.col("happened_from") % unit == 0 for unit in (_MINUTE, _SECOND))
    lasts = pl.when(exact & minute).then(_MINUTE - 1).when(exact & second).then(_SECOND - 1).otherwise(0)
    every = every.with_row_index("row").with_columns(
        pl.col("row").cast(pl.Int64),
        flow=pl.col("event").str.split(".").list.first().rank("dense").cast(pl.Int64),
        move=pl.col("event").rank("dense").cast(pl.Int64),
        new=pl.col("source") * step + pl.col("position"),
        cover_from=pl.col("happened_from"),
        cover_to=pl.col("happened_to") + lasts,
        at=pl.when((~exact).any().over("source", "child", "day")).then(0).otherwise("happened_from"),
    )
    stands = pl.col("known_to").is_null()
    return Rows(every.filter(stands), every.filter(~stands), details, step)


def _numbered(children: dict[str, int]) -> pl.Expr:
    import polars as pl

    return pl.col("case_id").replace_strict(
        list(children), list(children.values()), default=None, return_dtype=pl.Int64
    )


def stride(sources: Sequence[Source]) -> int:
    """The least power of ten that is more than any position of any source, and more than 999."""
    import polars as pl

    most = 999
    for source in sources:
        last = source.events.select(pl.col("position").cast(pl.Int64).max()).item() or 0
        most = max([most, last, *(one.position for one in source.findings), *(one.row for one in source.rejected)])
    return int(10 ** len(str(most)))
