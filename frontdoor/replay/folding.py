"""Folding a log through the kernel, block by block of whole cases, and putting the blocks together again.

A block is folded by itself, so that memory is bounded however long the log is, and that others may fold some of them:
the answer is the same, whoever folds what.
"""

from __future__ import annotations

__all__ = ["BLOCK", "Folded", "fold"]

from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs

from frontdoor import fast
from frontdoor.book import grow, new_book
from frontdoor.moment import bounds
from frontdoor.replay.columns import Log, events_of
from frontdoor.rows import Events
from frontdoor.rules import HOURS, Rules

if TYPE_CHECKING:
    import polars as pl

BLOCK = 1_000_000
"""Rows folded at a time, at most (but for a case of more)."""
_OF_ROW = ("episode", "faults", "found")
_OF_EPISODE = ("workflow", "edition", "opened", "state", "entered")
_OF_DEADLINE = ("timer", "whose", "anchored", "by_anchor", "again", "stopped", "unseen_from")
_VERDICT = ("status", "why", "first", "last", "over")
_NARROW = {"faults": "int32", "found": "int16", "workflow": "int16", "edition": "int16", "state": "int16", "timer": "int16",
           "by_anchor": "int16", "again": "int8", "status": "int8", "why": "int8", "first": "int64", "last": "int64"}  # fmt: skip


@attrs.frozen
class Folded:
    """What the kernel wrote, as columns of integers. Rows, episodes and deadlines point at each other by number."""

    rows: pl.DataFrame
    """A row for each of `Log.rows`: its `episode` (-1: none), its `faults` as bits, the state it `found` its episode in."""
    episodes: pl.DataFrame
    """In order of opening, case by case: `workflow`, `edition`, the row that `opened` it, its `state` at the end, and the
    last row that was applied to it (`entered`)."""
    judged: pl.DataFrame
    """The deadlines, episode by episode: `d`, their number; `timer`, `whose` episode, the row they are `anchored` at (-1:
    none) `by_anchor`, whether `again`, the row that `stopped` them (-1: none), `unseen_from`; what they came to: `status`,
    `why` that cannot be told, the `first` and `last` day or moment they may be due, by how much they are `over`; the
    episode's `edition`, the row that `opened` it, and its `group`; whether they are counted in hours (`elapsed`)."""


class Block(NamedTuple):
    """What a block of rows came to: columns as narrow as their numbers, by name, rows counted from its first."""

    rows: dict[str, Any]
    episodes: dict[str, Any]
    deadlines: dict[str, Any]


def fold(log: Log, *, compile_from: int | None, executor: Executor | None = None, block: int = BLOCK) -> Folded:
    """Fold and judge a log: compiled if it has `compile_from` rows or more and that is possible here; by an executor's
    workers where one is given, each of whom sees whether it is possible there."""
    ends = [(0, 0) if end is None else bounds(end)[1::2] for end in log.ends]
    quick = compile_from is not None and log.rows.height >= compile_from
    if executor is not None:
        block = max(1, min(block, -(-log.rows.height // _workers(executor))))
    wanted = list(log.blocks(block))
    tasks = ((log.groups[group].rules, events_of(log.rows[rows]), *ends[group], quick) for group, rows in wanted)
    done = map(_fold, tasks) if executor is None else _in_turn(executor, tasks)
    return _together(log, wanted, done)


_Task = tuple[Rules, Events, int, int, bool]


def _workers(executor: Executor) -> int:
    """How many shares to make of the work: four for each worker, where it says how many there are."""
    return 4 * int(getattr(executor, "_max_workers", 0) or 4)


def _in_turn(executor: Executor, tasks: Iterable[_Task]) -> Iterator[Block]:
    """What workers make of each task, in order, a few ahead of what is asked for."""
    waiting: list[Any] = []
    for task in tasks:
        waiting.append(executor.submit(_fold, task))
        if len(waiting) >= _workers(executor):
            yield waiting.pop(0).result()
    for one in waiting:
        yield one.result()


def _fold(task: _Task) -> Block:
    """Fold and judge a block, in this process."""
    import numpy

    rules, events, at, at_day, quick = task
    speed = fast.compiled() if quick and fast.available() else fast.interpreted
    rows = len(events.case)
    like: Any = list
    if speed.is_compiled:
        arrays: Any = (value if isinstance(value, int) else numpy.asarray(value, "int64") for value in rules)
        rules, like = Rules(*arrays), numpy
    else:
        lists: Any = (numpy.asarray(column).tolist() for column in events)
        events = Events(*lists)
    book = new_book(rules, rows, rows, like=like)
    row = 0
    while (row := speed.fold(rules, events, book, row, rows)) < rows:
        book = grow(book)
    count = book.tally[3]
    verdicts: list[Any] = [numpy.zeros(count, "int64") if speed.is_compiled else [0] * count for _ in _VERDICT]
    speed.judge_all(rules, events, book, at, at_day, *verdicts)

    def narrow(name: str, column: Any, length: int) -> Any:
        return numpy.asarray(column[:length]).astype(_NARROW.get(name, "int32"))

    return Block(
        {name: narrow(name, getattr(book, name), rows) for name in _OF_ROW},
        {name: narrow(name, getattr(book, name), book.tally[0]) for name in _OF_EPISODE},
        {name: narrow(name, getattr(book, name), count) for name in _OF_DEADLINE}
        | {name: narrow(name, column, count) for name, column in zip(_VERDICT, verdicts, strict=True)},
    )


def _together(log: Log, wanted: list[tuple[int, pl.Series]], done: Iterable[Block]) -> Folded:
    """The blocks as one: rows, episodes and deadlines numbered through, cases in their order."""
    import numpy
    import polars as pl

    parts: list[tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]] = []
    before = deadlines_before = 0
    for (_, at), block in zip(wanted, done, strict=True):
        place = at.to_numpy()

        def numbered(columns: dict[str, Any], *, first: int = before, place: Any = place) -> pl.DataFrame:
            made = dict(columns)
            for name in {"opened", "entered", "anchored", "stopped", "unseen_from"} & set(made):
                made[name] = numpy.where(made[name] >= 0, place[numpy.maximum(made[name], 0)], made[name]).astype(
                    "int32"
                )
            for name in {"episode", "whose"} & set(made):
                made[name] = numpy.where(made[name] >= 0, made[name] + first, -1).astype("int32")
            return pl.DataFrame(made)

        rows = numbered(block.rows).with_columns(row=at)
        episodes = numbered(block.episodes)
        judged = numbered(block.deadlines).with_columns(
            pl.int_range(
                deadlines_before, deadlines_before + len(block.deadlines["timer"]), dtype=pl.Int32, eager=True
            ).alias("d"),
            pl.Series("edition", block.episodes["edition"]).gather(block.deadlines["whose"]),
        )
        judged = judged.with_columns(opened=episodes["opened"].gather(block.deadlines["whose"]))
        judged = judged.with_columns(log.rows["group"].gather(judged["opened"]))
        parts.append((rows, episodes, judged.sort("whose", "timer", "d")))
        before += episodes.height
        deadlines_before += judged.height
    if not parts:
        return _together(
            log, [(0, log.rows["at"].clear())], [_fold((log.groups[0].rules, events_of(log.rows), 0, 0, False))]
        )
    rows, episodes, judged = (pl.concat(some) for some in zip(*parts, strict=True))
    if len(log.groups) > 1:
        rows, episodes, judged = _by_case(log, rows, episodes, judged)
    return Folded(rows.drop("row"), episodes, judged.with_columns(elapsed=_elapsed(log, judged)))


def _by_case(
    log: Log, rows: pl.DataFrame, episodes: pl.DataFrame, judged: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Blocks of several groups in the order of their cases, episodes numbered in it."""
    import polars as pl

    order = episodes.select(case=log.rows["case"].gather(episodes["opened"])).with_row_index("was").sort("case", "was")
    number = order.select(pl.col("was").cast(pl.Int32), now=pl.int_range(pl.len(), dtype=pl.Int32)).sort("was")["now"]

    def now(was: pl.Series) -> pl.Series:
        found = number.gather(pl.select(pl.when(was >= 0).then(was)).to_series())
        return found.fill_null(-1)

    return (
        rows.with_columns(episode=now(rows["episode"])).sort("row"),
        episodes[order["was"]],
        judged.with_columns(whose=now(judged["whose"])).sort("whose", "timer", "d"),
    )


def _elapsed(log: Log, judged: pl.DataFrame) -> pl.Series:
    """Whether each deadline is counted in hours."""
    import polars as pl

    rules = log.compiled.rules
    timers = rules.sizes[2]
    hourly = [
        (edition, k, again, True)
        for edition in range(-1, rules.sizes[3])
        for k in range(timers)
        for again, unit in enumerate((rules.unit, rules.then_unit))
        if unit[rules.table[edition + 1] * timers + k] == HOURS
    ]
    if not hourly:
        return pl.repeat(False, judged.height, eager=True)
    keys = {name: judged.schema[name] for name in ("edition", "timer", "again")}
    said = pl.DataFrame(hourly, schema={**keys, "elapsed": pl.Boolean}, orient="row")
    return judged.join(said, on=list(keys), how="left", maintain_order="left")["elapsed"].fill_null(False)
