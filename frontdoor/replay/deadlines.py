"""Deadlines as people read them: the columns of deadlines.csv, and how many of each timer came to what."""

from __future__ import annotations

__all__ = ["COLUMNS", "counts", "elapsed", "episodes", "full", "lengths", "table"]

from typing import TYPE_CHECKING

from frontdoor.book import Book
from frontdoor.replay.columns import Log, day_text, moment_text, series
from frontdoor.rules import HOURS
from frontdoor.sentences import length
from frontdoor.verdict import LATE, OVERDUE, STATUSES

if TYPE_CHECKING:
    import polars as pl

COLUMNS = (
    "case_id", "episode", "timer", "guidance", "counts_from", "counted_from", "allowed", "unit", "due", "stopped_at",
    "status", "over", "basis", "cites",
)  # fmt: skip


def episodes(log: Log, book: Book) -> pl.DataFrame:
    """Every episode in order of opening: its number `e`, `case_id`, `workflow` and `name`."""
    import polars as pl

    count = book.tally[0]
    number = series(book.workflow, count)
    opened = series(book.opened, count)
    rows = log.frame.select("case_id", "episode")[opened]
    names = dict(enumerate(log.compiled.workflows))
    frame = rows.with_columns(workflow=number.replace_strict(names, return_dtype=pl.String)).with_row_index("e")
    nth = pl.col("e").cum_count().over("case_id", "workflow").cast(pl.String)
    own = pl.when(pl.col("episode") != "").then("episode").otherwise(pl.concat_str("workflow", pl.lit("-"), nth))
    return frame.select(pl.col("e").cast(pl.Int64), "case_id", "workflow", name=own)


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
    schema = {
        "edition": pl.Int64, "timer": pl.Int64, "again": pl.Int64, "timer_name": pl.String, "guidance": pl.String,
        "allowed": pl.Int64, "unit": pl.String, "basis": pl.String, "cites": pl.String, "title": pl.String,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def table(log: Log, judged: pl.DataFrame, episodes: pl.DataFrame) -> pl.DataFrame:
    """The columns of deadlines.csv, all text but `allowed` and `over` (null where nothing is said), in its order."""
    return full(log, judged, episodes).select(COLUMNS)


def full(log: Log, judged: pl.DataFrame, episodes: pl.DataFrame) -> pl.DataFrame:
    """The same with the numbers they were made from beside them: the columns of `judged`, and each timer's `title`."""
    import polars as pl

    rules = log.compiled.rules
    happened = log.happened
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
        counts_from=_taken(anchors, frame["by_anchor"]).set(frame["anchored"] < 0, ""),
        counted_from=_taken(happened, frame["anchored"]),
        stopped_at=_taken(happened, frame["stopped"]),
    )
    due = (
        pl.when((pl.col("first") != pl.col("last")) | pl.col("first").lt(-(1 << 39))).then(pl.lit(""))
        .when("elapsed").then(moment_text(pl.col("first")))
        .otherwise(day_text(pl.when(pl.col("elapsed") | pl.col("first").lt(-(1 << 30))).then(0).otherwise("first")))
    )  # fmt: skip
    statuses = dict(enumerate(STATUSES))
    over = pl.col("status").is_in([LATE, OVERDUE]) & (pl.col("over") >= 0)
    return frame.with_columns(
        timer="timer_name", due=due, over=pl.when(over).then("over"),
        status=pl.col("status").replace_strict(statuses, return_dtype=pl.String),
    )  # fmt: skip


def elapsed(log: Log, judged: pl.DataFrame) -> pl.Series:
    """Whether each deadline is counted in hours."""
    import polars as pl

    rules = log.compiled.rules
    timers = rules.sizes[2]
    hourly = [
        {"edition": edition, "timer": k, "again": again}
        for edition in range(-1, rules.sizes[3])
        for k in range(timers)
        for again, unit in enumerate((rules.unit, rules.then_unit))
        if unit[rules.table[edition + 1] * timers + k] == HOURS
    ]
    found = pl.struct("edition", "timer", "again").is_in(hourly) if hourly else pl.repeat(False, pl.len())
    return judged.select(found.alias("elapsed"))["elapsed"]


def _taken(values: pl.Series, rows: pl.Series) -> pl.Series:
    """The values at those rows; '' where the row is -1."""
    import polars as pl

    at = pl.when(rows >= 0).then(rows)
    if not len(values):
        return pl.Series(["" for _ in rows], dtype=pl.String)
    return values.gather(pl.select(at).to_series().fill_null(0)).set(rows < 0, "")
