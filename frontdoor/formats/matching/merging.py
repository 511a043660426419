"""Each fact once: what several rows say of it, in one."""

from __future__ import annotations

__all__ = ["Merged", "columns", "merge", "one_of"]

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import attrs

from frontdoor.formats.matching.children import Children
from frontdoor.formats.matching.facts import said
from frontdoor.formats.matching.rows import TEXTS, Rows
from frontdoor.formats.matching.together import Groups
from frontdoor.formats.source import DETAIL, Source

if TYPE_CHECKING:
    import polars as pl

_RECORDED = ("recorded_from", "recorded_to", "recorded_day")
_HAPPENED = ("happened_from", "happened_to", "day", "last_day")
_COVER = ("cover_from", "cover_to")
_OF_LOGS = ("bound", "known_from")


@attrs.frozen(eq=False)
class Merged:
    """The sources, their facts, and the rows that tell of them."""

    sources: Sequence[Source]
    names: Sequence[str]
    """What they are called in messages."""
    children: Children
    rows: Rows
    groups: Groups
    facts: pl.DataFrame
    """A row for each fact, by `fact`, with the columns of `Rows`, `of`, `mask` and `heard`; `own` is the position in the
    source of the row that stands for it."""
    told: pl.DataFrame
    """The rows that agree with their fact; `turn` numbers those of one fact from 0."""
    apart: pl.DataFrame
    """Those that contradict it."""
    differing: pl.DataFrame
    """`fact`, `row`, `column`, `says`, `otherwise`: where a row says something else of its fact than is believed."""

    @property
    def all_told(self) -> pl.DataFrame:
        """All rows, those that contradict included."""
        import polars as pl

        return pl.concat([self.told.drop("turn"), self.apart])

    def where(self, source: int, position: int) -> str:
        """A row, by its file."""
        return f"{self.names[source]} (row {position})"

    def position(self, source: int, position: int) -> int:
        """The position that a row of a source has here."""
        return source * self.rows.stride + position


def merge(
    sources: Sequence[Source],
    names: Sequence[str],
    *,
    children: Children,
    rows: Rows,
    same: pl.DataFrame,
    groups: Groups,
) -> Merged:
    """Make one row of those that tell the `same` fact: the more precise moment, and of all else the first that is said."""
    import polars as pl

    every = pl.concat([rows.now, same.drop("row")], how="horizontal")
    told, apart = every.filter(~pl.col("apart")), every.filter("apart")
    told = told.with_columns(turn=pl.int_range(pl.len()).over("fact"))
    shared = told.filter(pl.len().over("fact") > 1)
    alone, merged = (frame.filter(pl.col("turn") == 0) for frame in (told.join(shared, on="fact", how="anti"), shared))
    differing = []
    for turn in range(1, len(sources)):
        merged, differs = _with(merged, shared.filter(pl.col("turn") == turn))
        differing.append(differs)
    facts = pl.concat([alone, merged]).join(groups.facts, on="fact", how="left").sort("row")
    facts = facts.with_columns(own="position", position="new", episode="label")
    return Merged(sources, names, children, rows, groups, facts, told, apart, pl.concat(differing).sort("row"))


def _with(merged: pl.DataFrame, more: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What is said so far, with what one more source says; and where they differ."""
    import polars as pl

    texts = said(merged)
    taken = ("row", *texts, "family", *_RECORDED, *_HAPPENED, *_COVER, *_OF_LOGS)
    other = more.select("fact", *(pl.col(name).alias(f"{name}_") for name in taken))
    both = merged.join(other, on="fact", how="left", maintain_order="left")
    differing = []
    for name in texts:
        mine, its = pl.col(name), pl.col(f"{name}_")
        differs = both.filter((mine != "") & (its != "") & (_plainly(mine) != _plainly(its)))
        differing.append(
            differs.select("fact", row="row_", column=pl.lit(name.removeprefix(DETAIL)), says=mine, otherwise=its)
        )

    def first_said(name: str) -> pl.Expr:
        return pl.when(pl.col(name) == "").then(pl.col(f"{name}_").fill_null("")).otherwise(name).alias(name)

    begins, ends = pl.max_horizontal("cover_from", "cover_from_"), pl.min_horizontal("cover_to", "cover_to_")
    wide, its_width = pl.col("cover_to") - pl.col("cover_from"), pl.col("cover_to_") - pl.col("cover_from_")
    overlap = {  # of two spans of days
        "happened_from": begins, "happened_to": ends,
        "day": pl.max_horizontal("day", "day_"), "last_day": pl.min_horizontal("last_day", "last_day_"),
    }  # fmt: skip

    def more_precise(name: str) -> pl.Expr:
        narrower = (ends - begins < wide) & (ends - begins < its_width)
        its = pl.when(its_width < wide).then(f"{name}_").otherwise(name)
        return pl.when(narrower).then(overlap[name]).otherwise(its).alias(name)

    unsaid = pl.col("recorded_day").is_null()
    merged = both.with_columns(
        *map(first_said, [*texts, "family"]),
        *map(more_precise, _HAPPENED),
        *(pl.when(unsaid).then(f"{name}_").otherwise(name).alias(name) for name in _RECORDED),
        *(pl.coalesce(name, f"{name}_").alias(name) for name in _OF_LOGS),
        cover_from=begins,
        cover_to=ends,
    )
    return merged.select(more.columns), pl.concat(differing)


def _plainly(text: pl.Expr) -> pl.Expr:
    """A text as it is compared: whatever its capitals, and the '.0' that spreadsheets put behind a number."""
    return text.str.strip_chars().str.to_lowercase().str.replace(r"^(\d+)\.0+$", "$1")


def columns(merged: Merged, facts: pl.DataFrame) -> pl.DataFrame:
    """The facts in their `order`, as `Source.events` has them, with the versions in which a log held some before."""
    import polars as pl

    details = [DETAIL + name for name in merged.rows.details]
    names = ("position", "event", *TEXTS, "episode", *details, *_HAPPENED, *_RECORDED, *_OF_LOGS, "known_to")
    frame = facts.select(*names, "child", "order", "of")
    if merged.rows.before.height:
        frame = pl.concat([frame, _before(merged).select(frame.columns)], how="vertical_relaxed")
    frame = frame.join(merged.groups.children, on="child", how="left", maintain_order="left")
    case_ids = pl.Series(merged.children.names, dtype=pl.String).gather(frame["child"])
    frame = frame.with_columns(pl.coalesce("of", "group").alias("of"), case_id=case_ids)
    unused = [name for name in (*_OF_LOGS, "known_to") if frame[name].null_count() == frame.height]
    frame = frame.sort("position", maintain_order=True).drop("child", "mask", *unused)
    first = ("position", "case_id", "event", "actor", "role", "episode", "family")
    return frame.select(*first, pl.exclude(first))


def _before(merged: Merged) -> pl.DataFrame:
    """The versions that a log held before, at the place and under the label that their fact has now."""
    import polars as pl

    stand = merged.all_told
    place, label = ("source", "position"), ("source", "child", "flow", "episode")
    places = stand.join(merged.facts.select("fact", stood="position"), on="fact", how="left")
    labels = stand.filter(pl.col("episode") != "").unique(label, keep="first", maintain_order=True)
    found = merged.rows.before.join(
        places.select(*place, "stood", now="label"), on=place, how="left", maintain_order="left"
    ).join(labels.select(*label, "label"), on=label, how="left", maintain_order="left")
    stood = pl.coalesce("stood", "new")
    episode = pl.coalesce("now", "label", "episode")
    return found.with_columns(position=stood, order=stood, episode=episode, of=pl.lit(None, pl.Int64))


def one_of(column: str, values: Iterable[object]) -> pl.Expr:
    """Whether a column has one of some values."""
    import polars as pl

    return pl.col(column).is_in(list(values))
