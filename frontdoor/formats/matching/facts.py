"""Which rows of several sources tell of the same fact: by whole columns where that is plain, else case by case."""

from __future__ import annotations

__all__ = ["said", "same_facts"]

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import combinations, groupby
from typing import TYPE_CHECKING

from frontdoor.formats.matching.episodes import weigh
from frontdoor.formats.matching.flows import Flows
from frontdoor.formats.matching.pairing import Alike
from frontdoor.formats.matching.reach import Window
from frontdoor.formats.matching.runs import Told
from frontdoor.formats.source import DETAIL

if TYPE_CHECKING:
    import polars as pl

_UNIT = ("child", "flow")


def same_facts(
    rows: pl.DataFrame, flows: Flows, names: Sequence[str], reached: Sequence[Window], logs: Collection[int]
) -> pl.DataFrame:
    """For each row, in their order: `fact` (the row that stands for the fact, of the first source that tells of it), `label`
    (of its episode, now), and `apart`: whether it contradicts that fact, and so is left out; `run` numbers the
    episodes of a child's workflow where sources may know of different ones.

    `reached` is what each source reaches, `logs` are those that are logs without a reference date. What one source alone says of a child's workflow stays as it is. Where all that know
    it tell of as many events of each kind, and the first can be the first, the second the second, those are the same. All
    else is weighed.
    """
    import polars as pl

    result = rows.select(
        "row", fact=pl.col("row"), label=pl.col("episode"), apart=pl.lit(False), run=pl.lit(0, pl.Int64)
    )
    several = pl.col("source").min().over(_UNIT) != pl.col("source").max().over(_UNIT)
    shared = rows.filter(several)
    if shared.is_empty():
        return result
    slots = _slots(shared)
    weighed = slots.filter(~pl.col("plain")).select("row")
    plain = slots.filter("plain").select("row", "fact", "label", apart=pl.lit(False), run=pl.lit(0, pl.Int64))
    alike = _alike(shared) if weighed.height else {}
    at = pl.col("cover_from")
    spans = rows.filter(pl.col("source").is_in(list(logs))).group_by("source").agg(at.min(), last=at.max())
    log_spans = {source: (first, last) for source, first, last in spans.iter_rows()}
    found = _weighed(shared.join(weighed, on="row", how="semi"), alike, flows, names, reached, log_spans)
    changed = pl.concat([plain, found])
    return (
        result.join(changed, on="row", how="left", suffix="_", maintain_order="left")
        .select("row", *(pl.coalesce(f"{name}_", name).alias(name) for name in ("fact", "label", "apart", "run")))
    )  # fmt: skip


def said(rows: pl.DataFrame) -> list[str]:
    """The columns in which two sources may say different things of one fact. (Each has its own references to families, and
    its own moments of recording.)"""
    return ["actor", "role", *(name for name in rows.columns if name.startswith(DETAIL))]


def _slots(shared: pl.DataFrame) -> pl.DataFrame:
    """Each row with the rows of other sources that stand at the same place, and whether all is `plain` with its unit."""
    import polars as pl

    slot = (*_UNIT, "move", "nth")
    rows = shared.sort(*_UNIT, "source", "move", "cover_from", "position").with_columns(
        nth=pl.int_range(pl.len()).over(*_UNIT, "source", "move"),
        # among alike events of one source: can this one be meant by what another says of the one before?
        crowded=(pl.col("cover_from") <= pl.col("cover_to").shift(1).over(*_UNIT, "source", "move")).fill_null(False),
        sources=pl.col("source").n_unique().over(_UNIT),
    )
    given = pl.col("episode").filter(pl.col("episode") != "")
    found = rows.sort("row").group_by(slot).agg(
        told=pl.len(), late=pl.col("cover_from").max(), soon=pl.col("cover_to").min(), fact=pl.col("row").min(),
        label=given.first(),
    )  # fmt: skip
    rows = rows.join(found, on=slot, how="left").with_columns(pl.col("label").fill_null(""))
    ok = (pl.col("told") == pl.col("sources")) & (pl.col("late") <= pl.col("soon"))
    if rows.select((pl.col("episode") != "").any()).item():
        one_label = pl.col("label").n_unique().over(*_UNIT, "source", "episode") == 1
        its_label = pl.col("episode").n_unique().over(*_UNIT, "source", "label") == 1
        ok &= its_label & (one_label | (pl.col("episode") == ""))
    if rows.select(pl.col("crowded").any()).item():
        crowd = pl.col("crowded").any().over(*_UNIT, "move")
        kinds = (pl.col(name).filter(pl.col(name) != "").n_unique().over(slot) for name in said(shared))
        ok &= ~crowd | pl.all_horizontal(n <= 1 for n in kinds)
    return rows.with_columns(plain=ok).with_columns(pl.col("plain").all().over(_UNIT))


def _alike(shared: pl.DataFrame) -> Mapping[int, Alike]:
    """For each workflow the pairs of sources that anywhere give one child's episode the same label."""
    import polars as pl

    labels = shared.filter(pl.col("episode") != "").select(*_UNIT, "episode", "source").unique()
    used = labels.group_by(*_UNIT, "episode").agg(pl.col("source").sort()).filter(pl.col("source").list.len() > 1)
    found: dict[int, set[tuple[int, int]]] = defaultdict(set)
    for flow, sources in used.select("flow", "source").unique().iter_rows():
        found[flow] |= set(combinations(sources, 2))
    return found


def _weighed(
    rows: pl.DataFrame,
    alike: Mapping[int, Alike],
    flows: Flows,
    names: Sequence[str],
    reached: Sequence[Window],
    logs: Mapping[int, tuple[int, int]],
) -> pl.DataFrame:
    """The rows of units in which something is to be weighed, unit by unit."""
    import polars as pl

    texts = said(rows)
    rows = rows.sort(*_UNIT, "source", "day", "at", "position").select(
        *_UNIT, "row", "source", "event", "cover_from", "cover_to", "day", "episode", *texts
    )
    found: list[tuple[int, int, str, bool, int]] = []
    for (_, flow), some in groupby(rows.iter_rows(), key=lambda row: row[:2]):
        told = [
            Told(row, source, event, first, last, day, label, tuple(texts_said), reached[source])
            for _, _, row, source, event, first, last, day, label, *texts_said in some
        ]
        found += weigh(told, flows, names, alike.get(flow, ()), logs)
    schema = {"row": pl.Int64, "fact": pl.Int64, "label": pl.String, "apart": pl.Boolean, "run": pl.Int64}
    return pl.DataFrame(found, schema=schema, orient="row")
