"""Findings as people read them: the columns of findings.csv, each with a sentence that says where its rule comes from."""

from __future__ import annotations

__all__ = ["COLUMNS", "RULES", "counts", "severities", "slices", "table"]

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from frontdoor.compiled import Compiled
from frontdoor.formats.source import Finding
from frontdoor.kernel import FAULTS
from frontdoor.moment import bounds, written
from frontdoor.replay import deadlines, sentences
from frontdoor.replay.columns import Log, taken
from frontdoor.replay.folding import Folded
from frontdoor.replay.parts import PART, Part, parts
from frontdoor.verdict import (
    BEFORE_IT,
    BETWEEN,
    CALENDAR_ENDS,
    CANNOT_TELL,
    ENDS_SOONER,
    LATE,
    NO_ANCHOR,
    OVERDUE,
    UNSEEN,
)

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
    (whole,) = parts(log, folded, max(1, log.rows.height))
    return _part(log, folded, whole, episodes, _Beside.of(log, folded))


def slices(log: Log, folded: Folded, most: int = PART) -> Iterator[pl.DataFrame]:
    """The same table slice by slice, each of some `most` events and their cases whole; one at least, if an empty one."""
    beside = _Beside.of(log, folded)
    for part in parts(log, folded, most):
        yield _part(log, folded, part, deadlines.episodes(log, folded, part=part), beside)


class _Beside(NamedTuple):
    """What is found once for all parts."""

    claims: pl.DataFrame
    own: pl.DataFrame
    say: Callable[..., str]

    @classmethod
    def of(cls, log: Log, folded: Folded) -> _Beside:
        return cls(_claims(log, folded.judged), _own_rows(log), sentences.saying(log))


def _part(log: Log, folded: Folded, part: Part, episodes: pl.DataFrame, beside: _Beside) -> pl.DataFrame:
    """The findings of a part: by the kernel, of what the source claims, and by the source's `own` rules."""
    import polars as pl

    judged = folded.judged[part.judged.start : part.judged.stop]
    claims = beside.claims.filter(pl.col("row").is_between(part.rows.start, part.rows.stop, closed="left"))
    about = [_about_events(folded, part.rows), _about_deadlines(log, judged), claims]
    frame = pl.concat([one.select(_ABOUT).cast({"order": pl.Int64}) for one in about])
    rows = frame["row"]
    names = taken(episodes["name"], frame["e"] - part.episodes.start)
    frame = frame.with_columns(
        log.text("case_id", rows),
        log.text("event", rows),
        case=log.rows["case"].gather(rows),
        after=pl.when(pl.col("e") < 0).then(_LAST).otherwise("e"),
        episode=pl.when(pl.col("e") < 0).then(log.text("episode", rows)).otherwise(names),
        severity=pl.col("rule").replace_strict(RULES, return_dtype=pl.String),
        happened_at=log.happened(rows),
        recorded_at=log.recorded(rows),
        position=log.rows["position"].gather(rows),
        given_role=log.text("role", rows),
    )
    places = (pl.col(name).cast(pl.Int64) for name in _PLACE)
    frame = sentences.attach(log, folded, judged, episodes, frame, beside.say).select(*COLUMNS, *places)
    mine = beside.own.filter(pl.col("case").is_between(part.cases.start, part.cases.stop, closed="left"))
    if mine.height:
        frame = pl.concat([frame, _placed(mine, episodes).select(*COLUMNS, *_PLACE)])
    return frame.sort(_PLACE, maintain_order=True).select(COLUMNS)


_ABOUT = ("rule", "row", "e", "order", "d", "key")
_PLACE = ("case", "after", "row", "order", "d")
_NOWHERE, _LAST = 1 << 61, 1 << 62


def _about_events(folded: Folded, rows: range) -> pl.DataFrame:
    """A row for each fault of each event; `e` is its episode (-1: unknown), `key` what its sentence depends on."""
    import polars as pl

    row = pl.int_range(rows.start, rows.stop, dtype=pl.Int32)
    frame = folded.rows[rows.start : rows.stop].select("faults", e="episode", row=row).filter(pl.col("faults") > 0)
    parts = [
        frame.filter(pl.col("faults") & (1 << bit) > 0).select(
            "row", "e", rule=pl.lit(rule), order=pl.lit(bit), d=pl.lit(-1, pl.Int32), key=pl.lit("")
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
    late = pl.col("status").is_in([LATE, OVERDUE])
    frame = judged.filter(late | (pl.col("status") == CANNOT_TELL))
    stopped_in_span, anchored_in_span = _is_span(log, frame["stopped"]), _is_span(log, frame["anchored"])
    blind = (
        pl.col("why").is_in([UNSEEN, BEFORE_IT, ENDS_SOONER])
        | ((pl.col("why") == NO_ANCHOR) & no_opening)
        | ((pl.col("why") == CALENDAR_ENDS) & anchored_in_span)
        | ((pl.col("why") == BETWEEN) & (stopped_in_span | anchored_in_span | (pl.col("unseen_from") >= 0)))
    )
    frame = frame.filter(late | ~blind)
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


def _is_span(log: Log, rows: pl.Series) -> pl.Series:
    """Whether each of these rows (-1: none) is of a span of days."""
    first, last = (taken(log.rows[name], rows) for name in ("day", "last_day"))
    return (first != last).fill_null(False)


def _opening_told(compiled: Compiled, timer: str) -> bool:
    return bool(compiled.rules.told[compiled.workflows.index(timer.split(".")[0])])


def _claims(log: Log, judged: pl.DataFrame) -> pl.DataFrame:
    """A row for each due date the source states that is not the one we count."""
    import polars as pl

    found = []
    timers = {name: number for number, name in enumerate(log.compiled.timers)}
    positions = _rows_at(log, {claim.position for claim in log.source.claims})
    ours: dict[tuple[int, int], tuple[int, int, int]] = {}
    if log.source.claims:
        claimed = pl.Series(list(positions.values()), dtype=pl.Int32).implode()
        sure = (pl.col("first") == pl.col("last")) & pl.any_horizontal(pl.col("stopped", "anchored").is_in(claimed))
        for d, k, e, stopped, anchored, first in (
            judged.filter(sure).select("d", "timer", "whose", "stopped", "anchored", "first").iter_rows()
        ):
            for row in (stopped, anchored):
                ours.setdefault((k, row), (d, e, first))
    for claim in log.source.claims:
        row = positions.get(claim.position, -1)
        mine = ours.get((timers.get(claim.timer, -1), row))
        if row >= 0 and mine and bounds(claim.due)[2] != mine[2]:
            found.append(
                ("claimed-date-differs", row, mine[1], _ORDER["claimed-date-differs"], mine[0], claim.due.isoformat())
            )
    schema: Any = dict(zip(_ABOUT, (pl.String, pl.Int32, pl.Int32, pl.Int64, pl.Int32, pl.String), strict=True))
    return pl.DataFrame(found, schema=schema, orient="row")


def _rows_at(log: Log, positions: set[int]) -> dict[int, int]:
    """Where the rows at those positions of the source stand among those that were looked at."""
    import polars as pl

    wanted = pl.Series(list(positions), dtype=log.rows.schema["position"]).implode()
    rows = log.rows.select("position", row=pl.int_range(pl.len(), dtype=pl.Int32))
    return dict(rows.filter(pl.col("position").is_in(wanted)).iter_rows())


def _own(log: Log) -> list[Finding]:
    """What the source's own rules found, as at the moment judged from."""
    limit = min(bounds(moment)[1] if moment is not None else 1 << 62 for moment in (log.as_at, log.as_known_at))
    return [finding for finding in log.source.findings if bounds(finding.happened)[0] <= limit]


def _own_rows(log: Log) -> pl.DataFrame:
    """The same as rows of the table, with their `case`, `row`, `order` and `d` (but for `after`): the place of each is at the
    end of the findings of its event, else of its case, else of all."""
    import polars as pl

    own = _own(log)
    places = _rows_at(log, {one.position for one in own})
    cases = _cases(log, {one.case_id for one in own})
    rows = []
    for n, one in enumerate(own):
        row = places.get(one.position, _NOWHERE)
        case = cases.get(one.case_id, _NOWHERE) if row == _NOWHERE else log.rows["case"][row]
        rows.append((
            one.rule, one.severity, one.case_id, one.episode, one.event, written(one.happened), "", one.position, one.message,
            case, row, len(_ORDER), n,
        ))  # fmt: skip
    whole = ("case", "row", "order", "d")
    columns = (*COLUMNS, "case", "row", "order", "d")
    schema: Any = {name: pl.Int64 if name in whole else pl.String for name in columns}
    return pl.DataFrame(rows, schema=schema | {"position": log.rows.schema["position"]}, orient="row")


def _cases(log: Log, names: set[str]) -> dict[str, int]:
    """The numbers of cases by their names, of those that have a row."""
    import polars as pl

    if not names:
        return {}
    begins = (log.rows["case"].rle_id().diff().fill_null(1) > 0).arg_true()
    cases = pl.DataFrame({"name": log.text("case_id", begins), "case": log.rows["case"].gather(begins)})
    return dict(cases.filter(pl.col("name").is_in(pl.Series(list(names)).implode())).iter_rows())


def _placed(own: pl.DataFrame, episodes: pl.DataFrame) -> pl.DataFrame:
    """Findings of the source's own rules with `after`, the number of their episode, if it is one of these."""
    import polars as pl

    numbers = episodes.select("case_id", episode="name", after=pl.col("e").cast(pl.Int64))
    numbers = numbers.unique(["case_id", "episode"], keep="last")
    found = own.join(numbers, on=["case_id", "episode"], how="left", maintain_order="left")
    return found.with_columns(pl.col("after").fill_null(_LAST))
