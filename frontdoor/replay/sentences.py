"""The message of each finding: sentences made by `frontdoor.sentences`, joined to the findings that say the same."""

from __future__ import annotations

__all__ = ["attach", "deadline_sentence", "saying"]

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from frontdoor.kernel import FAULTS
from frontdoor.replay import deadlines
from frontdoor.replay.columns import Log, day_text, taken
from frontdoor.replay.folding import Folded
from frontdoor.sentences import WHY, recorded_late, sentence

if TYPE_CHECKING:
    import polars as pl


_NEVER_DUE = -(1 << 30)
_SAID = 1 << 14
"""Sentences that are kept for the next part: of a sound log far more than there are; of unknown events there may be any number."""


def saying(log: Log) -> Callable[..., str]:
    """What makes the sentence about faults of a group, by rule and by what `_KEYS` names for it; each is made once, mostly."""

    @lru_cache(maxsize=_SAID)
    def say(group: int, rule: str, *key: int | str) -> str:
        known: Any = dict(zip(_KEYS[rule], key, strict=True))
        return sentence(log.groups[group], rule, **known)

    return say


def attach(
    log: Log, folded: Folded, judged: pl.DataFrame, episodes: pl.DataFrame, frame: pl.DataFrame, say: Callable[..., str]
) -> pl.DataFrame:
    """The findings with their `message`; they are about these deadlines and episodes, if about any. `say` is `saying(log)`."""
    import polars as pl

    row = frame["row"]
    frame = frame.with_columns(
        log.rows["transition"].gather(row), log.rows["given"].gather(row), log.rows["group"].gather(row),
        folded.rows["found"].gather(row), taken(folded.episodes["edition"], frame["e"]),
    )  # fmt: skip
    parts = []
    for (rule,), some in frame.group_by("rule", maintain_order=True):
        if rule in FAULTS:
            parts.append(_by_key(say, str(rule), some))
        else:
            parts.append(_by_deadline(log, judged, episodes, str(rule), some))
    return pl.concat(parts, how="diagonal") if parts else frame.with_columns(message=pl.lit(""))


def _by_key(say: Callable[..., str], rule: str, some: pl.DataFrame) -> pl.DataFrame:
    """One sentence for all findings of a rule that say the same."""
    import polars as pl

    if rule == "recorded-late":
        days = pl.col("happened_at").str.head(10), pl.col("recorded_at").str.head(10)
        return some.with_columns(message=pl.format(recorded_late("{}", "{}"), *days))
    keys = ["group", *_KEYS[rule]]
    distinct = some.select(keys).unique(maintain_order=True)
    said = [say(group, rule, *key) for group, *key in distinct.iter_rows()]
    return some.join(
        distinct.with_columns(message=pl.Series(said, dtype=pl.String)),
        on=keys, how="left", maintain_order="left", nulls_equal=True,
    )  # fmt: skip


_PLACE = ("transition", "edition")
_KEYS: dict[str, tuple[str, ...]] = {
    "illegal-transition": (*_PLACE, "found"),
    "after-close": (*_PLACE, "found"),
    "unknown-event": ("event",),
    "missing-detail": (*_PLACE, "given"),
    "wrong-role": (*_PLACE, "given_role"),
    "same-person": _PLACE,
    "opened-without": _PLACE,
    "still-open": _PLACE,
    "overlap": _PLACE,
    "not-in-edition": _PLACE,
}


def _by_deadline(log: Log, judged: pl.DataFrame, episodes: pl.DataFrame, rule: str, some: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    wanted = judged.filter(pl.col("d").is_in(some["d"].implode()))
    full = deadlines.full(log, wanted, episodes)
    full = full.select("d", said=deadline_sentence(), due="due")
    some = some.join(full, on="d", how="left", maintain_order="left")
    if rule == "claimed-date-differs":
        ours = (
            pl.when(pl.col("due") == "").then(pl.lit("none can be counted")).otherwise(pl.format("we count {}", "due"))
        )
        text = pl.format("The source states {} as the due date; {}. {}", "key", ours, "said")
        return some.with_columns(message=text)
    return some.with_columns(message="said")


def deadline_sentence(*, cites: bool = True) -> pl.Expr:
    """A sentence for each row of `deadlines.full`: due when, what came of it, how that was counted, by which source."""
    import polars as pl

    unit = pl.when(pl.col("allowed") == 1).then(pl.col("unit").str.strip_suffix("s")).otherwise("unit")
    over_unit = pl.when("elapsed").then(pl.lit("hours")).otherwise(pl.lit("working days"))
    over_unit = pl.when(pl.col("over") == 1).then(over_unit.str.strip_suffix("s")).otherwise(over_unit)
    less = pl.format(
        " (less than a {} over)", pl.when("elapsed").then(pl.lit("full hour")).otherwise(pl.lit("working day"))
    )
    by_day = (pl.col("due") == "") & ~pl.col("elapsed") & (pl.col("last") > _NEVER_DUE)
    at_least = by_day | (pl.col("why") != 0) | pl.col("stopped_at").str.contains("/", literal=True)
    over = (
        pl.when(pl.col("over").is_null() | ((pl.col("over") == 0) & at_least)).then(pl.lit(""))
        .when(pl.col("over") == 0).then(less)
        .otherwise(pl.format(" ({}{} {} over)", pl.when(at_least).then(pl.lit("at least ")).otherwise(pl.lit("")), "over", over_unit))
    )  # fmt: skip
    why = pl.col("why").replace_strict({0: "", **WHY}, return_dtype=pl.String)
    due, stopped, counted_from = (_plainly(name) for name in ("due", "stopped_at", "counted_from"))
    last_day = day_text(pl.when(by_day).then("last").otherwise(0))
    due = (
        pl.when(by_day).then(pl.format("by {} at the latest", last_day))
        .when(due == "").then(pl.lit("at an hour that is not known"))
        .otherwise(due)
    )  # fmt: skip
    outcome = (
        pl.when(pl.col("status") == "late").then(pl.format("due {}, done {}{}", due, stopped, over))
        .when(pl.col("status") == "overdue").then(pl.format("due {}, not done{}", due, over))
        .when(pl.col("status") == "cannot_tell").then(pl.format("cannot be told: {}", why))
        .otherwise(pl.format("due {}, {}", due, "status"))
    )  # fmt: skip
    unknown = (pl.col("counts_from") == "") | pl.col("allowed").is_null()
    counted = pl.when(unknown).then(pl.lit("")).otherwise(
        pl.format("; {} {} from {} at {}", "allowed", unit, "counts_from", counted_from)
    )  # fmt: skip
    source = pl.format(" Source: {}.", "cites") if cites else pl.lit("")
    return pl.format("{}: {}{}.{}", "title", outcome, counted, source)


def _plainly(column: str) -> pl.Expr:
    """A moment as people write it: 2009-12-18 16:30."""
    import polars as pl

    return pl.col(column).str.replace_all(r"T(\d\d:\d\d)(:00)?(\.\d+)?[+-]\d\d:\d\d$", " $1")
