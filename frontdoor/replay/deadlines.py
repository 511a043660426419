"""Deadlines as people read them: the columns of deadlines.csv, and how many of each timer came to what."""

from __future__ import annotations

__all__ = ["COLUMNS", "counts", "episodes", "full", "lengths", "slices", "table"]

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from frontdoor.replay.columns import Log, day_text, moment_text, taken
from frontdoor.replay.folding import Folded
from frontdoor.replay.parts import PART, Part, parts
from frontdoor.sentences import length
from frontdoor.verdict import LATE, OVERDUE, STATUSES

if TYPE_CHECKING:
    import polars as pl

COLUMNS = (
    "case_id", "episode", "timer", "guidance", "counts_from", "counted_from", "allowed", "unit", "due", "stopped_at",
    "status", "over", "basis", "cites",
)  # fmt: skip


def episodes(log: Log, folded: Folded, wanted: pl.Series | None = None, *, part: Part | None = None) -> pl.DataFrame:
    """Every episode in order of opening, or those that are wanted, or of a part: its number `e`, `case_id`, `workflow` and
    `name`."""
    import polars as pl

    within = part.episodes if part else range(folded.episodes.height)
    opened = folded.episodes[within.start : within.stop]
    frame = opened.select(
        "opened",
        number="workflow",
        e=pl.int_range(within.start, within.stop, dtype=pl.Int32),
        case=log.rows["case"].gather(opened["opened"]),
    )
    if wanted is not None:  # an episode is numbered among those of its case
        frame = frame.filter(pl.col("case").is_in(frame["case"].gather(wanted).implode()))
    frame = _numbered(frame)
    frame = frame if wanted is None else frame.filter(pl.col("e").is_in(wanted.implode()))
    frame = frame.select(
        "e",
        log.text("case_id", frame["opened"]),
        pl.Series("workflow", log.compiled.workflows, dtype=pl.String).gather(frame["number"]),
        log.text("episode", frame["opened"]),
        "nth",
    )
    own = pl.when(pl.col("episode") != "").then("episode").otherwise(pl.concat_str("workflow", pl.lit("-"), "nth"))
    return frame.select("e", "case_id", "workflow", name=own)


def _numbered(frame: pl.DataFrame) -> pl.DataFrame:
    """Episodes with `nth`: which one of its workflow it is in its case, from 1."""
    import polars as pl

    kind, place = pl.struct("case", "number"), pl.int_range(pl.len(), dtype=pl.Int32)
    frame = frame.sort("case", "number", maintain_order=True)  # some thirty times as quick as counting over a window
    begins = pl.when(kind.rle_id().diff().fill_null(1) > 0).then(place).forward_fill()
    return frame.with_columns(nth=place - begins + 1).sort("e")


def counts(log: Log, judged: pl.DataFrame) -> dict[str, dict[str, int]]:
    """By timer, by status."""
    import polars as pl

    found: dict[str, dict[str, int]] = {}
    for timer, status, n in judged.group_by("timer", "status").agg(pl.len()).sort("timer", "status").iter_rows():
        found.setdefault(log.compiled.timers[timer], {})[STATUSES[status]] = n
    return dict(sorted(found.items(), key=lambda item: rank(log, item[0])))


def rank(log: Log, timer: str) -> tuple[int, int]:
    """Where a timer stands when timers are listed: workflows as a child meets them, then as they are written."""
    return log.compiled.library.names().index(timer.split(".")[0]), log.compiled.timers.index(timer)


def lengths(log: Log, judged: pl.DataFrame) -> pl.DataFrame:
    """What each timer says under each edition that occurs: guidance, allowed, unit, basis, cites."""
    import polars as pl

    rows = []
    for edition, number, again in judged.select("edition", "timer", "again").unique(maintain_order=True).iter_rows():
        said = length(log.compiled, edition, number, again)
        rows.append((
            edition, number, again, said.timer, said.guidance, said.allowed, said.unit, said.basis, said.cites, said.title,
        ))  # fmt: skip
    schema: Any = {
        **{name: judged.schema[name] for name in ("edition", "timer", "again")}, "timer_name": pl.String, "guidance": pl.String,
        "allowed": pl.Int64, "unit": pl.String, "basis": pl.String, "cites": pl.String, "title": pl.String,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def table(log: Log, judged: pl.DataFrame, episodes: pl.DataFrame) -> pl.DataFrame:
    """The columns of deadlines.csv, all text but `allowed` and `over` (null where nothing is said), in its order."""
    return full(log, judged, episodes).select(COLUMNS)


def slices(log: Log, folded: Folded, most: int = PART) -> Iterator[pl.DataFrame]:
    """The same table slice by slice, each of some `most` events and their cases whole; one at least, if an empty one."""
    for part in parts(log, folded, most):
        judged = folded.judged[part.judged.start : part.judged.stop]
        yield table(log, judged, episodes(log, folded, part=part))


def full(log: Log, judged: pl.DataFrame, episodes: pl.DataFrame) -> pl.DataFrame:
    """The same with the numbers they were made from beside them: the columns of `judged`, and each timer's `title`."""
    import polars as pl

    rules = log.compiled.rules
    frame = judged.join(lengths(log, judged), on=["edition", "timer", "again"], how="left", maintain_order="left")
    frame = frame.join(
        episodes.select("e", "case_id", episode="name"),
        left_on="whose",
        right_on="e",
        how="left",
        maintain_order="left",
    )
    anchors = pl.Series([log.compiled.transitions[t] for t in rules.anchor] or [""], dtype=pl.String)
    frame = frame.with_columns(
        counts_from=taken(anchors, frame["by_anchor"]).set(frame["anchored"] < 0, ""),
        counted_from=log.happened(frame["anchored"]),
        stopped_at=log.happened(frame["stopped"]),
    )
    days = day_text(pl.when(pl.col("elapsed") | pl.col("first").lt(-(1 << 30))).then(0).otherwise("first"))
    hours = pl.when("elapsed").then(moment_text(pl.col("first"))) if frame["elapsed"].any() else pl.lit(None, pl.String)
    unsure = (pl.col("first") != pl.col("last")) | pl.col("first").lt(-(1 << 39))
    due = pl.when(unsure).then(pl.lit("")).otherwise(pl.coalesce(hours, days))
    statuses = dict(enumerate(STATUSES))
    over = pl.col("status").is_in([LATE, OVERDUE]) & (pl.col("over") >= 0)
    return frame.with_columns(
        timer="timer_name", due=due, over=pl.when(over).then("over"),
        status=pl.col("status").replace_strict(statuses, return_dtype=pl.String),
    )  # fmt: skip
