"""Two audits side by side: two periods, two teams, two editions or overlays over one log; a draft edition too.

    compare(run("spring.csv"), run("summer.csv"))
    compare(of(audit).only(team="North"), of(audit).only(team="South"))
    compare(run(source, load()), run(source, load(guidance="draft")))      # which verdicts change, and why

Measures are set side by side with the difference (the first less the second). Of different records it has an interval; of the
same records judged twice it is exact, and every verdict that changes is listed with what changed it.
"""

from __future__ import annotations

__all__ = ["EXACT", "MOVER", "Compared", "Comparison", "Difference", "beside", "changed", "compare"]

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from frontdoor.replay import facts
from frontdoor.replay.audit import Audit
from frontdoor.replay.facts import Facts
from frontdoor.replay.measures import Measure, Row, every
from frontdoor.replay.measures.measure import Times

if TYPE_CHECKING:
    import polars as pl

MOVER = (
    "95% interval for a difference: from the intervals of both numbers (Newcombe's hybrid score interval for shares, the same "
    "way for medians), taking them to be of different cases"
)
EXACT = "none: the same records are judged twice, and the difference is exactly this"
_KEY = ["opened", "timer", "nth"]


@attrs.frozen
class Difference:
    """One number under both, and the first less the second; None where either is missing."""

    group: Mapping[str, str] = attrs.field(hash=False)
    a: Row | None
    b: Row | None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    median: float | None = None
    """The difference of the medians of the times taken, in their unit, where both have one in the same unit."""
    median_low: float | None = None
    median_high: float | None = None


@attrs.frozen
class Compared:
    """A measure under both, a row for each group that either has."""

    measure: Measure
    """What it is, as the first has it (or the second, where the first has not); its rows are in `rows`."""
    rows: tuple[Difference, ...]
    interval: str
    untold: str = ""
    """Which of the two cannot tell it, and why; there are no rows then."""


@attrs.frozen(eq=False)
class Comparison:
    """Two audits side by side."""

    a: str
    b: str
    judged_twice: bool
    """Whether both judge the same records."""
    measures: tuple[Compared, ...]
    changes: pl.DataFrame | None
    """Every verdict that changes, where the records are the same: `case_id`, `episode`, `timer`, then of each (`a_`, `b_`)
    `guidance`, `counted_from`, `allowed`, `unit`, `due`, `status`, `over` and `set_by`, and `why` in a sentence; else None."""
    same: int = 0
    """Deadlines of which nothing changes but perhaps the words."""
    moved: int = 0
    """Deadlines that fall due at another time and come to the same."""
    notes: tuple[str, ...] = ()


def compare(a: Audit | Facts, b: Audit | Facts, *, names: tuple[str, str] = ("", "")) -> Comparison:
    """Two audits (or parts of one, `Facts.only`) side by side; `names` are what they are called in sentences.

    Measures by month are left out: they are for charts. So are those by what a side is cut out by: of two teams, a table by
    team would have every row in one column alone.
    """
    one, two = facts.of(a), facts.of(b)
    apart = {"month", *one.wanted, *two.wanted}
    same = facts.same_log(one.audit, two.audit)
    parts = (one.among, two.among)
    twice = same and parts[0] == parts[1]
    called = _called(one, two, names)
    first, second = ({found.name: found for found in every(of) if not apart & set(found.by)} for of in (one, two))
    compared = tuple(
        _compared(first.get(name), second.get(name), called, twice=twice) for name in dict.fromkeys([*first, *second])
    )
    notes = [f"Judged as at different moments: {one.as_at} and {two.as_at}."] if one.as_at != two.as_at else []
    calendars = [of.calendar.version for of in (one, two)]
    if calendars[0] != calendars[1]:
        notes.append(f"Counted by different calendars: {calendars[0]} and {calendars[1]}.")
    if same and not twice and _cut_out(one) != _cut_out(two):
        notes.append(f"The two parts may share {one.cases}: their difference is then less sure than its interval says.")
    if not twice:
        return Comparison(*called, twice, compared, None, notes=tuple(notes))
    both = beside(facts.verdicts(one.audit), facts.verdicts(two.audit))
    differs, moved = changed(both, called)
    return Comparison(*called, twice, compared, differs, both.height - differs.height - moved, moved, tuple(notes))


def _cut_out(part: Facts) -> set[str]:
    """What a part is cut out by."""
    return {*part.wanted, *(["period"] if part.first or part.last else [])}


def _called(one: Facts, two: Facts, names: tuple[str, str]) -> tuple[str, str]:
    """What to call them: their files, the part that is counted and what they are judged by, so far as these differ."""
    told = [(of.audit.source.name, of.among, _library(of)) for of in (one, two)]
    apart = [place for place in range(3) if told[0][place] != told[1][place]]
    plain = ("the other records", "everything", "the guidance in force")
    said = [", ".join(each[place] or plain[place] for place in apart) or each[0] for each in told]
    a, b = (name or which for name, which in zip(names, said, strict=True))
    return (a, b) if a != b else (f"{a} (first)", f"{b} (second)")


def _library(of: Facts) -> str:
    """What it is judged by, where that is not simply the guidance in force."""
    only = f"under {of.library.editions[-1].name}" if len(of.library.editions) == 1 else ""
    laid = ", ".join(local.name for local in of.library.locals)
    return " ".join(part for part in (only, f"with {laid} laid over" if laid else "") if part)


def _compared(a: Measure | None, b: Measure | None, called: tuple[str, str], *, twice: bool) -> Compared:
    known = a or b
    assert known is not None
    silent = [f"{name}: {one.untold if one else 'it does not apply there.'}" for name, one in zip(called, (a, b), strict=True)
              if one is None or one.untold]  # fmt: skip
    if a is None or b is None or silent:
        return Compared(attrs.evolve(known, rows=()), (), "", " ".join(silent))
    rows = [{tuple(row.group.items()): row for row in one.rows} for one in (a, b)]
    groups = sorted({**rows[0], **rows[1]}, key=lambda key: _place(key, rows))
    found = tuple(_difference(dict(group), rows[0].get(group), rows[1].get(group), twice=twice) for group in groups)
    counted = known.unit in ("children", "cases", "child-days", "case-days")
    return Compared(attrs.evolve(known, rows=()), found, "" if counted else EXACT if twice else MOVER)


def _place(key: tuple[tuple[str, str], ...], rows: list[dict[tuple[tuple[str, str], ...], Row]]) -> tuple[int, int]:
    """Where a group stands: as in the first, what only the second has behind."""
    for which, each in enumerate(rows):
        if key in each:
            return which, list(each).index(key)
    raise AssertionError(key)


def _difference(group: Mapping[str, str], a: Row | None, b: Row | None, *, twice: bool) -> Difference:
    if a is None or b is None or a.value is None or b.value is None:
        return Difference(group, a, b)
    low, high = (None, None) if twice else _between((a.value, a.low, a.high), (b.value, b.low, b.high))
    median = _medians(a.times, b.times, twice=twice)
    return Difference(group, a, b, a.value - b.value, low, high, *median)


def _medians(a: Times | None, b: Times | None, *, twice: bool) -> tuple[float | None, float | None, float | None]:
    if a is None or b is None or a.unit != b.unit or a.median is None or b.median is None:
        return None, None, None
    ends = (a.median, a.median_low, a.median_high), (b.median, b.median_low, b.median_high)
    low, high = (None, None) if twice else _between(*ends)
    return a.median - b.median, low, high


_Ends = tuple[float, float | None, float | None]


def _between(a: _Ends, b: _Ends) -> tuple[float | None, float | None]:
    """The interval of a difference from those of its two parts: each end moves as far as both allow together."""
    if None in a or None in b:
        return None, None
    (at, low, high), (other, other_low, other_high) = a, b
    assert low is not None and high is not None and other_low is not None and other_high is not None
    below, above = math.hypot(at - low, other_high - other), math.hypot(high - at, other - other_low)
    return at - other - below, at - other + above


def beside(a: pl.DataFrame, b: pl.DataFrame) -> pl.DataFrame:
    """The deadlines of two audits of the same records (`facts.verdicts`), one row for what is the same deadline: its place,
    then the columns of each with `a_` and `b_` before them, null where one has it not."""
    import polars as pl

    said = [name for name in a.columns if name not in (*_KEY, "case_id", "episode", "title")]
    one = a.select(*_KEY, "case_id", "episode", "title", a_there=pl.lit(True), **{f"a_{name}": name for name in said})
    two = b.select(*_KEY, "case_id", "episode", "title", b_there=pl.lit(True), **{f"b_{name}": name for name in said})
    both = one.with_row_index("place").join(two.with_row_index("other"), on=_KEY, how="full", coalesce=True)
    return (
        both.with_columns(
            pl.coalesce(name, f"{name}_right").alias(name) for name in ("case_id", "episode", "title")
        ).with_columns(
            # What only the second has stands where it would, behind what both have of its case.
            after=pl.col("place").max().over("case_id").fill_null(1 << 31),
        ).with_columns(place=pl.coalesce("place", "after"))
        .sort("place", pl.col("a_there").is_null(), "other")
        .drop("place", "other", "after", "case_id_right", "episode_right", "title_right")
    )  # fmt: skip


def changed(both: pl.DataFrame, called: tuple[str, str]) -> tuple[pl.DataFrame, int]:
    """The deadlines of `beside` that come to something else, each with why; and how many only fall due at another time."""
    import polars as pl

    other = pl.col("a_status").ne_missing(pl.col("b_status"))
    moved = both.filter(~other & pl.col("a_due").ne_missing(pl.col("b_due"))).height
    wanted = ("guidance", "counted_from", "allowed", "unit", "due", "status", "over", "set_by")
    found = both.filter(other).with_columns(why=_why(called))
    columns = [f"{side}_{name}" for side in "ab" for name in wanted]
    return found.select("case_id", "episode", "timer", "title", *columns, "why"), moved


def _why(called: tuple[str, str]) -> pl.Expr:
    """What changes a verdict, in a sentence: the edition, the length and who set it, what it counts from, and the due date."""
    import polars as pl

    def has(name: str) -> pl.Expr:
        return pl.col(name).is_not_null() & (pl.col(name).cast(pl.String) != "")

    def length(side: str) -> pl.Expr:
        unit = (
            pl.when(pl.col(f"{side}_allowed") == 1)
            .then(pl.col(f"{side}_unit").str.strip_suffix("s"))
            .otherwise(f"{side}_unit")
        )
        said = pl.format("{} {}", f"{side}_allowed", unit)
        return pl.when(has(f"{side}_allowed")).then(said).otherwise(pl.lit("no length"))

    def counted(side: str) -> pl.Expr:
        said = pl.format(
            "from {} at {} (set by {})", f"{side}_counts_from", f"{side}_counted_from", f"{side}_anchored_by"
        )
        return pl.when(has(f"{side}_counts_from")).then(said).otherwise(pl.lit("from nothing that is recorded"))

    def differ(*names: str) -> pl.Expr:
        return pl.any_horizontal(pl.col(f"a_{name}").ne_missing(pl.col(f"b_{name}")) for name in names)

    def each(one: pl.Expr, other: pl.Expr) -> pl.Expr:
        return pl.concat_str(pl.lit(f"{a}: "), one, pl.lit(f", {b}: "), other)

    def outcome(side: str, name: str) -> pl.Expr:
        """'late under working_together_2006 (7 working days, due 13 Nov 2009)'."""
        edition = has(f"{side}_guidance") & differ("guidance")
        where = pl.when(edition).then(pl.format("under {}", f"{side}_guidance")).otherwise(pl.lit(_by(name)))
        status = pl.col(f"{side}_status").str.replace("_", " ")
        return pl.format("{} {} ({}, due {})", status, where, length(side), _due(side))

    def only(name: str, none: str, side: str) -> pl.Expr:
        told = pl.format("{} (set by {}), due {}", length(side), f"{side}_set_by", _due(side))
        return pl.concat_str(pl.lit(f"No such clock: {none}. {name}: "), told, pl.lit("."))

    a, b = called
    sets = pl.format("set by {} and by {}", _or_none("a_set_by"), _or_none("b_set_by"))
    stopped = pl.format("stopped {}, and {}", _or_none("a_stopped_at"), _or_none("b_stopped_at"))
    parts = [
        pl.concat_str(outcome("a", a), pl.lit(", "), outcome("b", b)),
        pl.when(differ("allowed", "unit")).then(sets),
        pl.when(differ("counts_from", "counted_from")).then(each(counted("a"), counted("b"))),
        pl.when(~differ("due") & differ("stopped_at")).then(stopped),
        pl.when(~differ("due", "stopped_at")).then(
            pl.lit("due and stopped as before; what meets it, or the moment judged from, is another")
        ),
    ]
    return (
        pl.when(pl.col("a_there").is_null()).then(only(b, a, "b"))
        .when(pl.col("b_there").is_null()).then(only(a, b, "a"))
        .otherwise(pl.concat_str(pl.concat_str(parts, separator="; ", ignore_nulls=True), pl.lit(".")))
    )  # fmt: skip


def _by(name: str) -> str:
    """A side as a sentence goes on with it: 'under the guidance in force', 'with draft laid over'."""
    if name.startswith(("under ", "with ")):
        return name
    return f"under {name}" if name.startswith("the guidance") else f"by {name}"


def _due(side: str) -> pl.Expr:
    """When something is due, as people write it: '13 Nov 2009', for hours '13 Nov 2009 16:30'."""
    import polars as pl

    name = f"{side}_due"
    day = pl.col(name).str.head(10).str.to_date("%Y-%m-%d", strict=False).dt.to_string("%-d %b %Y")
    time = (
        pl.when(pl.col(name).str.len_chars() > 10)
        .then(pl.format(" {}", pl.col(name).str.slice(11, 5)))
        .otherwise(pl.lit(""))
    )
    return pl.concat_str(day, time).fill_null("on no day that is known")


def _or_none(name: str) -> pl.Expr:
    import polars as pl

    return pl.when((pl.col(name) == "") | pl.col(name).is_null()).then(pl.lit("not known")).otherwise(name)
