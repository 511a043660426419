"""Counting rows into measures: so many of so many by group, how long they took, and what was left out by why.

A frame to count has a row for each thing that belongs to the measure, the columns it is grouped by, `why` (null where it
is counted, else why it is left out) and `yes` (whether it is among the numerator).
"""

from __future__ import annotations

__all__ = ["CANNOT", "NO_ANSWER", "OPEN_UNTOLD", "answered", "incomplete", "measure", "shares", "timings", "untold"]

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from frontdoor.replay.facts import Facts
from frontdoor.replay.measures.measure import NOT_RECORDED, WILSON, Measure, Row, Times, share, times

if TYPE_CHECKING:
    import polars as pl

Key = Callable[[str], Any]

CANNOT = "its source cannot tell"
NO_ANSWER = "not clear from what was written"
OPEN_UNTOLD = "All that this source does not show as ended may have ended in a way that it has no place for, so it cannot tell what was open."
_YES = ("yes", "y", "true", "1", "t")
_NO = ("no", "n", "false", "0", "f")


def measure(facts: Facts, name: str, title: str, subject: str, **said: Any) -> Measure:
    """A measure with what is the same for all of an audit; of shares by Wilson, unless it says otherwise."""
    plain = {"excluded": "nothing", "unit": "share", "as_at": facts.as_at, "among": facts.among}
    if said.get("unit", "share") == "share":
        plain["interval"] = WILSON
    return Measure(name=name, title=title, subject=subject, **{**plain, **said})


def untold(known: Measure, why: str) -> Measure:
    """The same measure without any number, and why."""
    return attrs.evolve(known, rows=(), untold=why)


def shares(
    frame: pl.DataFrame,
    by: Sequence[str] = (),
    *,
    order: Mapping[str, Key] | None = None,
    more: Callable[[Mapping[str, str], int, int], Mapping[str, float | int | str | None]] | None = None,
    timed: Mapping[tuple[str, ...], Times] | None = None,
) -> tuple[Row, ...]:
    """A row for each group: how many of those that are counted are `yes`.

    Groups stand in the order of their text, what is not recorded last, or as the `order` of a column says. `timed` are
    times by group (`timings`); `more` makes further figures of a group, its numerator and its denominator.
    """
    import polars as pl

    names = list(by)
    keyed = frame.with_columns(pl.col(name).fill_null(NOT_RECORDED) for name in names).with_columns(all_=pl.lit(0))
    counted = pl.col("why").is_null()
    sums = keyed.group_by("all_", *names).agg(n=counted.sum(), yes=(counted & pl.col("yes")).sum())
    left: dict[tuple[str, ...], dict[str, int]] = {}
    reasons = keyed.filter(~counted).group_by("all_", *names, "why").agg(many=pl.len()).sort("why")
    for *values, why, many in reasons.drop("all_").iter_rows():
        left.setdefault(tuple(values), {})[why] = many
    found = {tuple(values): (n, yes) for *values, n, yes in sums.drop("all_").iter_rows()}
    rows = []
    for key in sorted(found, key=lambda key: _place(names, key, order or {})):
        n, yes = found[key]
        group = dict(zip(names, key, strict=True))
        rows.append(
            share(
                yes, n, group=group, left_out=left.get(key), times=(timed or {}).get(key),
                more=more(group, yes, n) if more else None,
            )
        )  # fmt: skip
    return tuple(rows)


def timings(
    frame: pl.DataFrame, by: Sequence[str], unit: Callable[[Mapping[str, str]], str]
) -> dict[tuple[str, ...], Times]:
    """How long things took by group: of the rows that have `taken`, and the oldest `age` of those that have one."""
    import polars as pl

    names = list(by)
    keyed = frame.select(
        pl.lit(0).alias("all_"), *(pl.col(name).fill_null(NOT_RECORDED) for name in names), "taken", "age"
    )
    oldest = {
        tuple(group): age
        for *group, age in keyed.group_by(["all_", *names]).agg(pl.col("age").max()).drop("all_").iter_rows()
    }
    done = keyed.filter(pl.col("taken").is_not_null()).sort("all_", *names, "taken")
    found = {}
    start = 0
    for *group, n in done.group_by(["all_", *names], maintain_order=True).agg(pl.len()).drop("all_").iter_rows():
        key = tuple(group)
        said = unit(dict(zip(names, key, strict=True)))
        found[key] = times(done["taken"].slice(start, n).to_list(), said, oldest.pop(key))
        start += n
    for key, age in oldest.items():
        found[key] = times((), unit(dict(zip(names, key, strict=True))), age)
    return found


def answered(column: str) -> pl.Expr:
    """What a detail says: True for yes, False for no, null for anything else."""
    import polars as pl

    said = pl.col(column).str.to_lowercase()
    return pl.when(said.is_in(_YES)).then(True).when(said.is_in(_NO)).then(False)


def incomplete(facts: Facts) -> tuple[str, ...]:
    """A note that the month judged from, and those after it, are not complete."""
    month = facts.as_at[:7]
    return (f"{month} and any month after it are not complete: more may yet be done in them.",) if month else ()


def _place(names: Sequence[str], key: tuple[str, ...], order: Mapping[str, Key]) -> tuple[Any, ...]:
    return tuple(
        (value == NOT_RECORDED, order[name](value) if name in order and value != NOT_RECORDED else value)
        for name, value in zip(names, key, strict=True)
    )
