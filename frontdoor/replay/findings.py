"""Findings as people read them: the columns of findings.csv, each with a sentence that says where its rule comes from."""

from __future__ import annotations

__all__ = ["COLUMNS", "RULES", "counts", "severities", "table"]

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from frontdoor.compiled import Compiled
from frontdoor.formats.source import Finding
from frontdoor.kernel import FAULTS
from frontdoor.moment import bounds, written
from frontdoor.replay import deadlines, sentences
from frontdoor.replay.columns import Log
from frontdoor.replay.folding import Folded
from frontdoor.verdict import BEFORE_IT, BETWEEN, CALENDAR_ENDS, CANNOT_TELL, LATE, NO_ANCHOR, OVERDUE, UNSEEN

if TYPE_CHECKING:
    import polars as pl

COLUMNS = ("rule", "severity", "case_id", "episode", "event", "happened_at", "recorded_at", "position", "message")

RULES = {
    "illegal-transition": "error", "after-close": "error", "unknown-event": "error", "missing-detail": "warning",
    "wrong-role": "error", "same-person": "error", "opened-without": "warning", "still-open": "error",
    "overlap": "warning", "not-in-edition": "warning", "recorded-late": "note", "breach": "error",
    "local-breach": "warning", "cannot-tell": "note", "claimed-date-differs": "note",
}  # fmt: skip
"""Every rule but those of a source's own format, with its severity, in the order of the findings of one row."""

_ORDER = {rule: place for place, rule in enumerate(RULES)}


def counts(log: Log, folded: Folded) -> dict[str, int]:
    """How many findings there are of each rule that has any."""
    import polars as pl

    judged, distinct = folded.judged, folded.rows["faults"].value_counts()
    found = dict.fromkeys(RULES, 0)
    for mask, n in distinct.iter_rows():
        for bit, rule in enumerate(FAULTS):
            if mask >> bit & 1:
                found[rule] += n
    found |= dict(_about_deadlines(log, judged).group_by("rule").agg(pl.len()).iter_rows())
    found["claimed-date-differs"] = _claims(log, judged).height
    for finding in _own(log):
        found[finding.rule] = found.get(finding.rule, 0) + 1
    return {rule: n for rule, n in found.items() if n}


def severities(log: Log, rules: Iterable[str]) -> dict[str, str]:
    """The severity of each rule, those of the source's own format included."""
    own = {finding.rule: finding.severity for finding in log.source.findings}
    return {rule: RULES.get(rule) or own[rule] for rule in rules}


def table(log: Log, folded: Folded, episodes: pl.DataFrame) -> pl.DataFrame:
    """The columns of findings.csv in its order: cases of their first row, episodes of opening, rows as they happened."""
    import polars as pl

    judged = folded.judged
    parts = [_about_events(folded), _about_deadlines(log, judged), _claims(log, judged)]
    frame = pl.concat(
        [
            part.select("rule", "row", "e", "order", "d", "key").cast(
                {"row": pl.Int32, "e": pl.Int32, "order": pl.Int64, "d": pl.Int32}
            )
            for part in parts
        ]
    )
    rows = frame["row"]
    frame = frame.with_columns(
        log.text("case_id", rows),
        log.text("event", rows),
        case=log.rows["case"].gather(rows),
        happened_at=log.happened(rows),
        recorded_at=log.recorded(rows),
        position=log.rows["position"].gather(rows),
        label=log.text("episode", rows),
        given_role=log.text("role", rows),
    )
    names = episodes.select("e", episode="name")
    frame = frame.join(names, on="e", how="left", maintain_order="left")
    frame = frame.with_columns(
        episode=pl.coalesce("episode", "label"), severity=pl.col("rule").replace_strict(RULES, return_dtype=pl.String)
    )
    frame = sentences.attach(log, folded, episodes, frame)
    last = pl.when(pl.col("e") < 0).then(1 << 62).otherwise("e")
    frame = frame.with_columns(after=last).sort("case", "after", "row", "order", "d")
    return _with_own(log, frame, episodes).select(COLUMNS)


def _about_events(folded: Folded) -> pl.DataFrame:
    """A row for each fault of each event; `e` is its episode (-1: unknown), `key` what its sentence depends on."""
    import polars as pl

    row = pl.int_range(pl.len(), dtype=pl.Int32)
    frame = folded.rows.select("faults", e="episode", row=row).filter(pl.col("faults") > 0)
    parts = [
        frame.filter(pl.col("faults") & (1 << bit) > 0).select(
            "row", "e", rule=pl.lit(rule), order=pl.lit(bit), d=pl.lit(-1), key=pl.lit("")
        )
        for bit, rule in enumerate(FAULTS)
    ]
    return pl.concat(parts)


def _about_deadlines(log: Log, judged: pl.DataFrame) -> pl.DataFrame:
    """A row for each deadline that is late, overdue, or cannot be told (but for what its source cannot carry)."""
    import polars as pl

    lengths = deadlines.lengths(log, judged).select("edition", "timer", "again", "basis")
    untold = [[k for k, name in enumerate(one.timers) if not _opening_told(one, name)] for one in log.groups]
    no_opening = pl.any_horizontal(
        (pl.col("group") == group) & pl.col("timer").is_in(timers) for group, timers in enumerate(untold)
    )
    spans = log.rows.select(
        pl.int_range(pl.len(), dtype=pl.Int32).filter(pl.col("day") != pl.col("last_day"))
    ).to_series().implode()  # fmt: skip
    blind = (
        pl.col("why").is_in([UNSEEN, BEFORE_IT])
        | ((pl.col("why") == NO_ANCHOR) & no_opening)
        | ((pl.col("why") == CALENDAR_ENDS) & pl.col("anchored").is_in(spans))
        | ((pl.col("why") == BETWEEN) & (
            pl.col("stopped").is_in(spans) | pl.col("anchored").is_in(spans) | (pl.col("unseen_from") >= 0)
        ))
    )  # fmt: skip
    late = pl.col("status").is_in([LATE, OVERDUE])
    frame = judged.filter(late | ((pl.col("status") == CANNOT_TELL) & ~blind))
    frame = frame.join(lengths, on=["edition", "timer", "again"], how="left", maintain_order="left")
    rule = (
        pl.when(~late).then(pl.lit("cannot-tell"))
        .when(pl.col("basis") == "statutory").then(pl.lit("breach"))
        .otherwise(pl.lit("local-breach"))
    )  # fmt: skip
    row = (
        pl.when(pl.col("stopped") >= 0).then("stopped")
        .when(pl.col("anchored") >= 0).then("anchored")
        .otherwise("opened")
    )  # fmt: skip
    return frame.with_columns(rule=rule, row=row, e="whose", key=pl.lit("")).with_columns(
        order=pl.col("rule").replace_strict(_ORDER, return_dtype=pl.Int64)
    )


def _opening_told(compiled: Compiled, timer: str) -> bool:
    return bool(compiled.rules.told[compiled.workflows.index(timer.split(".")[0])])


def _claims(log: Log, judged: pl.DataFrame) -> pl.DataFrame:
    """A row for each due date the source states that is not the one we count."""
    import polars as pl

    schema = {"rule": pl.String, "row": pl.Int64, "e": pl.Int64, "order": pl.Int64, "d": pl.Int64, "key": pl.String}
    found = []
    positions = {position: row for row, position in enumerate(log.rows["position"])} if log.source.claims else {}
    timers = {name: number for number, name in enumerate(log.compiled.timers)}
    ours: dict[tuple[int, int], tuple[int, int, int]] = {}
    if log.source.claims:
        for d, k, e, stopped, anchored, first, last in judged.select(
            "d", "timer", "whose", "stopped", "anchored", "first", "last"
        ).iter_rows():
            for row in (stopped, anchored):
                if first == last:
                    ours.setdefault((k, row), (d, e, first))
    for claim in log.source.claims:
        row = positions.get(claim.position, -1)
        mine = ours.get((timers.get(claim.timer, -1), row))
        if row >= 0 and mine and bounds(claim.due)[2] != mine[2]:
            found.append(
                ("claimed-date-differs", row, mine[1], _ORDER["claimed-date-differs"], mine[0], claim.due.isoformat())
            )
    return pl.DataFrame(found, schema=schema, orient="row")


def _own(log: Log) -> list[Finding]:
    """What the source's own rules found, as at the moment judged from."""
    limit = min(bounds(moment)[1] if moment is not None else 1 << 62 for moment in (log.as_at, log.as_known_at))
    return [finding for finding in log.source.findings if bounds(finding.happened)[0] <= limit]


def _with_own(log: Log, frame: pl.DataFrame, episodes: pl.DataFrame) -> pl.DataFrame:
    """The findings of the source's own rules, each at the end of those of its event, else of its case."""
    import polars as pl

    own = _own(log)
    if not own:
        return frame
    places = {
        position: (case, row)
        for row, (position, case) in enumerate(log.rows.select("position", "case").iter_rows())
    }  # fmt: skip
    cases = dict(zip(log.text("case_id"), log.rows["case"], strict=True))
    numbers = {(case, name): e for e, case, name in episodes.select("e", "case_id", "name").iter_rows()}
    rows = []
    for n, one in enumerate(own):
        case, row = places.get(one.position, (cases.get(one.case_id, 1 << 61), 1 << 61))
        rows.append((
            one.rule, one.severity, one.case_id, one.episode, one.event, written(one.happened), "", one.position, one.message,
            case, numbers.get((one.case_id, one.episode), 1 << 62), row, len(_ORDER), n,
        ))  # fmt: skip
    columns = [*COLUMNS, "case", "after", "row", "order", "d"]
    places_of: Any = dict.fromkeys(("case", "after", "row", "order", "d"), pl.Int64)
    more = pl.DataFrame(rows, schema={name: places_of.get(name, frame.schema[name]) for name in columns}, orient="row")
    return pl.concat([frame.select(columns).cast(places_of), more]).sort("case", "after", "row", "order", "d")
