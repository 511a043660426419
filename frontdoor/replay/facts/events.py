"""The events of an audit as columns, what each says of a detail, and the states that episodes can be in."""

from __future__ import annotations

__all__ = ["detail", "rows_of", "states", "table"]

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from frontdoor.formats.source import DETAIL
from frontdoor.kernel import AFTER_CLOSE, RECORDED_LATE
from frontdoor.replay.audit import Audit

if TYPE_CHECKING:
    import polars as pl


def table(audit: Audit) -> pl.DataFrame:
    """The columns of `Facts.events`."""
    import polars as pl

    named = pl.col("event").str.split_exact(".", 1)
    numbers = ("happened_from", "happened_to", "day", "last_day", "recorded_day")
    frame = audit.log.frame.select(
        pl.col("row").cast(pl.Int64), "case_id", "event", *(pl.col(name).cast(pl.Int64) for name in numbers),
        "actor", "role", "family", "position",
        workflow=named.struct.field("field_0"), move=named.struct.field("field_1").fill_null(""),
    )  # fmt: skip
    folded = audit.folded.rows.select(
        e=pl.col("episode").cast(pl.Int64), faults="faults", found=pl.col("found").cast(pl.Int64)
    )
    return frame.hstack(folded).with_columns(
        applies=(pl.col("e") >= 0) & (pl.col("faults") & AFTER_CLOSE == 0),
        late=pl.col("faults") & RECORDED_LATE != 0,
    )  # fmt: skip


def detail(audit: Audit, name: str) -> pl.DataFrame:
    """What each row says of a detail: `row`, `value`; '' where nothing is said, or there is no name."""
    import polars as pl

    frame = pl.DataFrame({"row": pl.int_range(audit.log.rows.height, dtype=pl.Int64, eager=True)})
    if not name:
        return frame.with_columns(value=pl.lit(""))
    return frame.with_columns(value=audit.log.text(DETAIL + name).fill_null("").str.strip_chars())


def rows_of(audit: Audit, cases: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """The events of some cases as `Facts.rows_of` has them."""
    import polars as pl

    log, wanted = audit.log, pl.Series(sorted(set(cases)), dtype=pl.String)
    mine = log.text("case_id").is_in(wanted.implode()).arg_true()
    said = log.source.events[log.rows["at"].gather(mine)]
    whose = audit.folded.rows.select(e="episode")[mine]
    names = audit.episodes.select(pl.col("e").cast(pl.Int32), "name")
    frame = said.with_columns(e=whose["e"].cast(pl.Int32)).join(names, on="e", how="left", maintain_order="left")
    found: dict[str, list[dict[str, Any]]] = {}
    for row in frame.iter_rows(named=True):
        found.setdefault(row["case_id"], []).append(row)
    return found


def states(audit: Audit) -> pl.DataFrame:
    """Every state by group of sources, edition, workflow's `number` and its own, `at`: its name, whether it is `final`, and
    whether a case `may_have_ended` in it unseen."""
    import polars as pl

    rows = []
    for group, compiled in enumerate(audit.log.groups):
        rules = compiled.rules
        for edition in range(-1, rules.sizes[3]):
            table_ = rules.table[edition + 1] * rules.sizes[1]
            for number, named in enumerate(compiled.states):
                for at, state in enumerate(named):
                    final, ended = (bool(bits[table_ + number] >> at & 1) for bits in (rules.final, rules.ended))
                    rows.append((group, edition, number, at, state, final, ended and not final))
    whole = dict.fromkeys(("group", "edition", "number", "at"), pl.Int64)
    schema: Any = {**whole, "state": pl.String, "final": pl.Boolean, "may_have_ended": pl.Boolean}
    return pl.DataFrame(rows, schema=schema, orient="row")
