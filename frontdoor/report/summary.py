"""The summary of an audit: how each clock was kept, what was found, and the worst cases, each with its reason."""

from __future__ import annotations

__all__ = ["Kept", "as_object", "aside", "has", "kept", "notes", "rejected", "show", "worst"]

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import attrs

from frontdoor.counting import HOUR
from frontdoor.moment import bounds, written
from frontdoor.replay import deadlines, sentences
from frontdoor.replay.audit import Audit
from frontdoor.replay.findings import severities
from frontdoor.report.notes import far_ahead, notes, unread
from frontdoor.report.rule_words import of_rule
from frontdoor.report.setting import KINDS, LOCAL, OVERLAID, of_deadlines
from frontdoor.report.words import all_of, count
from frontdoor.verdict import LATE, OVERDUE, STATUSES

if TYPE_CHECKING:
    import polars as pl
    from rich.console import Console

_LEVELS = ("note", "warning", "error")


@attrs.frozen
class Kept:
    """How one timer was kept.

    `counts` has the number of deadlines by status. In time means met, of those met, late or overdue: what ended
    otherwise, still runs or cannot be told is left out. `median` is the time taken by those that were stopped, and
    `oldest` the age of the oldest that is still open, both from what they count from, in `unit`s (working days, or
    hours for timers in hours); None where there is none.
    """

    timer: str
    title: str
    basis: str
    kind: str
    """Who set its length (`setting.KINDS`); one that an authority's file sets in some episodes is the authority's own."""
    setters: tuple[str, ...]
    counts: dict[str, int]
    median: float | None
    oldest: int | None
    unit: str

    @property
    def in_time(self) -> float | None:
        """The share met in time, from 0 to 1; None where nothing was due."""
        due = sum(self.counts.get(status, 0) for status in ("met", "late", "overdue"))
        return self.counts.get("met", 0) / due if due else None


def kept(audit: Audit) -> list[Kept]:
    """How every timer that has any deadline was kept, in the order in which a child meets them."""
    import numpy

    judged = audit.folded.judged
    days = _Days(audit)
    from_day, from_at = days.of(judged["anchored"])
    stop_day, stop_at = days.of(judged["stopped"])
    hours = judged["elapsed"].to_numpy()
    taken = numpy.where(hours, (stop_at - from_at) // HOUR, days.between(from_day, stop_day))
    at, at_day = days.ends(judged["group"])
    age = numpy.where(hours, (at - from_at) // HOUR, days.between(from_day, at_day))
    anchored = judged["anchored"].to_numpy() >= 0
    stopped = judged["stopped"].to_numpy() >= 0
    open_ = judged["status"].is_in([STATUSES.index("running"), OVERDUE]).to_numpy()
    told = judged["status"].to_numpy() != STATUSES.index("cannot_tell")
    timers = judged["timer"].to_numpy()
    result, setters = [], _setters(audit)
    for name, counts in audit.timers.items():
        workflow, short = name.split(".")
        number = audit.log.compiled.timers.index(name)
        timer = audit.library.anywhere(workflow).timers[short]
        mine = (timers == number) & anchored & told
        done, ages = taken[mine & stopped & (stop_at >= from_at)], age[mine & open_]
        in_hours = bool(hours[timers == number].any())
        result.append(
            Kept(
                name, timer.title or short, timer.basis, *setters[name], counts,
                float(numpy.median(done)) if len(done) else None,
                int(ages.max()) if len(ages) else None,
                "hours" if in_hours else "working days",
            )
        )  # fmt: skip
    return result


def _setters(audit: Audit) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Of each timer what it is called by who set its length, and who did."""
    import polars as pl

    frame = of_deadlines(audit).with_columns(timer=audit.folded.judged["timer"])
    frame = frame.group_by("timer").agg(pl.col("kind", "setter").unique(maintain_order=True))
    timers = audit.log.compiled.timers
    return {
        timers[timer]: (OVERLAID if OVERLAID in kinds else kinds[0], tuple(setters))
        for timer, kinds, setters in frame.iter_rows()
    }


class _Days:
    """Days and moments of rows, and working days between them, by columns."""

    def __init__(self, audit: Audit) -> None:
        import numpy

        rules = audit.log.compiled.rules
        self.days = audit.log.rows["day"].to_numpy().astype("int64")
        self.moments = audit.log.rows["earliest"].to_numpy()
        self.worked = numpy.asarray(rules.worked)
        self.first = rules.first_day
        self._ends = numpy.array([(0, 0) if end is None else bounds(end)[1::2] for end in audit.log.ends], "int64")

    def ends(self, groups: pl.Series) -> tuple[Any, Any]:
        """The moment, and its day, that each deadline is judged from, by the group of its child."""
        return self._ends[:, 0][groups.to_numpy()], self._ends[:, 1][groups.to_numpy()]

    def of(self, rows: pl.Series) -> tuple[Any, Any]:
        """The earliest day and moment of each row; of row 0 where there is none."""
        import numpy

        at = numpy.maximum(rows.to_numpy().astype("int64"), 0)
        return (self.days[at], self.moments[at]) if len(self.days) else (at, at)

    def between(self, after: Any, to: Any) -> Any:
        """The working days after one day up to another; beyond the calendar, as many as it knows."""
        import numpy

        last = len(self.worked) - 1
        ends = [self.worked[numpy.clip(day - self.first, 0, last)] for day in (after, to)]
        return ends[1] - ends[0]


def worst(audit: Audit, most: int = 10) -> pl.DataFrame:
    """The cases furthest over a deadline, one deadline each, statutory ones first: case_id, episode, timer, why."""
    import polars as pl

    late = audit.folded.judged.filter(pl.col("status").is_in([LATE, OVERDUE]))
    basis = deadlines.lengths(audit.log, late).select("edition", "timer", "again", "basis")
    days = pl.when("elapsed").then(pl.col("over") // 24)
    late = late.join(basis, on=["edition", "timer", "again"], how="left", maintain_order="left").with_columns(
        weight=days.otherwise("over")
    )
    late = late.with_columns(case=audit.log.rows["case"].gather(late["opened"]))
    # What leaves the calendar has no count of working days, and is the furthest over.
    late = late.with_columns(weight=pl.when(pl.col("over") < 0).then(1 << 40).otherwise("weight"))
    late = late.sort(pl.col("basis") == "statutory", "weight", -pl.col("d").cast(pl.Int64), descending=True)
    late = late.unique("case", keep="first", maintain_order=True).head(most)
    episodes = deadlines.episodes(audit.log, audit.folded, late["whose"])
    full = deadlines.full(audit.log, late.drop("basis"), episodes)
    return full.select("case_id", "episode", "timer", why=sentences.deadline_sentence(cites=False))


def as_object(audit: Audit) -> dict[str, Any]:
    """The counts, as `--json` prints them."""
    return {
        "source": audit.source.name,
        "format": audit.source.format,
        "as_at": written(audit.as_at),
        "events": audit.events,
        "cases": audit.cases,
        "episodes": audit.folded.episodes.height,
        "deadlines": audit.timers,
        "findings": audit.rules,
        "rejected": [one._asdict() for one in audit.source.rejected],
        "hidden": audit.log.hidden,
        "later": audit.log.later,
        "calendar": audit.library.calendar.version,
        "notes": notes(audit),
    }


def has(audit: Audit, fail_on: str) -> bool:
    """Whether there is a finding of that rule, or of that severity or worse; for 'rejected', a row that was."""
    if fail_on == "rejected":
        return bool(audit.source.rejected)
    if fail_on not in _LEVELS:
        return fail_on in audit.rules
    level = _LEVELS.index(fail_on)
    return any(_LEVELS.index(severity) >= level for severity in severities(audit.log, audit.rules).values())


_LEGEND = (
    "in time: the share met, of those met, late or overdue. ended: stopped in time, but not by what meets it.\n"
    "median: time taken by those that were stopped; oldest open: age of the oldest still open; wd: working days, h: hours"
)


def show(audit: Audit, console: Console, *, brief: bool = False) -> None:
    """Print the summary for people; a `brief` one leaves out what was found by which rule, and the worst cases."""
    from rich.table import Table
    from rich.text import Text

    head = (
        f"{audit.source.name}: {count(audit.events, 'event')} of {count(audit.cases, 'case')} in "
        f"{count(audit.folded.episodes.height, 'episode')}, judged as at {written(audit.as_at) or 'no moment'}"
    )
    console.print(Text(head, style="bold"))
    console.print(Text(_editions(audit)))
    for warning in _warnings(audit):
        console.print(Text(warning, style="yellow"))
    all_kept = kept(audit)
    for kind in KINDS:
        mine = [one for one in all_kept if one.kind == kind]
        if not mine:
            continue
        title = f"Statutory, {_setter(mine)}" if kind == OVERLAID else KINDS[kind]
        table = Table(box=None, pad_edge=False, header_style="bold", title_justify="left")
        table.add_column(f"\n{title}", no_wrap=True)
        for name in (
            "met",
            "late",
            "ended",
            "overdue",
            "running",
            "cannot\ntell",
            "in\ntime",
            "median",
            "oldest\nopen",
        ):
            table.add_column(name if "\n" in name else f"\n{name}", justify="right", no_wrap=True)
        for one in mine:
            cells = [f"{one.counts[status]:,}" if status in one.counts else "." for status in STATUSES]
            share = "." if one.in_time is None else f"{one.in_time:.0%}"
            unit = "h" if one.unit == "hours" else "wd"
            median = "." if one.median is None else f"{one.median:g} {unit}"
            oldest = "." if one.oldest is None else f"{one.oldest} {unit}"
            late = "red" if "late" in one.counts or "overdue" in one.counts else ""
            table.add_row(Text(one.timer, style=late), *cells, share, median, oldest)
        console.print(table)
    console.print(Text(_LEGEND + _of_local(all_kept), style="dim"))
    if not brief:
        _show_findings(audit, console)
        _show_worst(audit, console)
    shown = far_ahead(audit)  # above, before any figure
    said = [one for one in (*notes(audit), *rejected(audit)) if one not in shown]
    if said:
        console.print(Text("\nAbout this file", style="bold"))
    for line in said:
        console.print(Text(f"  {line}"))


def _setter(some: Iterable[Kept]) -> str:
    return all_of(dict.fromkeys(setter for one in some for setter in one.setters)) or "no edition"


def _of_local(every: Iterable[Kept]) -> str:
    """Who set the local clocks: none is of the guidance."""
    by: dict[str, list[str]] = {}
    for one in every:
        if one.kind == LOCAL:
            by.setdefault(_setter([one]), []).append(one.timer)
    said = [f"{all_of(timers)}: {setter}" for setter, timers in by.items()]
    return f"\nLocal clocks are not of the guidance. {'; '.join(said)}." if said else ""


def rejected(audit: Audit, most: int = 10) -> list[str]:
    """The rows that could not be read, a line each; of many only the first."""
    bad = audit.source.rejected
    found = [f"row {one.row}, column {one.column}: {one.text!r} {one.reason}" for one in bad[:most]]
    return found + ([f"and {len(bad) - most:,} more; --json lists them all."] if len(bad) > most else [])


def aside(audit: Audit) -> list[str]:
    """What must be said where a table stands in place of the summary: that a part of the file is not in it."""
    return [*_warnings(audit), *rejected(audit)]


def _warnings(audit: Audit) -> list[str]:
    """What a reader must know before any figure: that one row moves them all, that a part of the file is not in them."""
    found, log = far_ahead(audit), audit.log
    if audit.source.rejected:
        many, what = unread(audit)
        found.append(f"Not in these figures: {count(many, what)} that could not be read (listed below).")
    if log.later:
        found.append(
            f"Not in these figures: {count(log.later, 'event')} after the moment judged from (--as-at moves it)."
        )
    if log.hidden:
        found.append(f"Not in these figures: {count(log.hidden, 'event')} not known by the moment of --as-known-at.")
    return found


def _editions(audit: Audit) -> str:
    numbers = audit.folded.episodes["edition"]
    counts: dict[str, int] = {}
    for number, n in numbers.value_counts().sort(numbers.name or "").iter_rows():
        name = audit.log.compiled.edition(number) or "none (before the first edition)"
        counts[name] = counts.get(name, 0) + n  # of a log, perhaps of several libraries
    said = [f"{name} ({n:,})" for name, n in counts.items()]
    locals_ = [local.file for local in audit.library.locals]
    over = f"; local: {', '.join(locals_)}" if locals_ else ""
    chosen = audit.library.chosen
    under = (
        f"All judged under {chosen.name} ({sum(counts.values()):,}), by choice, not the guidance of the day"
        if chosen
        else f"Episodes under {', '.join(said) or 'no edition'}"
    )
    return f"{under}{over}; bank holidays {audit.library.calendar.version}"


def _show_findings(audit: Audit, console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    levels = severities(audit.log, audit.rules)
    if not audit.rules:
        console.print(Text("\nNo findings.", style="bold"))
        return
    table = Table(box=None, pad_edge=False, header_style="bold", show_header=True)
    table.add_column("\nFindings", no_wrap=True)
    table.add_column("\n", justify="right")
    table.add_column("\n")
    table.add_column("\n")
    order = sorted(audit.rules, key=lambda rule: (-_LEVELS.index(levels[rule]), list(audit.rules).index(rule)))
    for rule in order:
        style = {"error": "red", "warning": "yellow"}.get(levels[rule], "")
        table.add_row(Text(rule, style=style), f"{audit.rules[rule]:,}", levels[rule], of_rule(rule))
    console.print(table)


def _show_worst(audit: Audit, console: Console) -> None:
    from rich.padding import Padding
    from rich.text import Text

    rows = worst(audit)
    if not rows.height:
        return
    console.print(Text("\nThe furthest over, one a case, statutory first", style="bold"))
    for case, episode, timer, why in rows.iter_rows():
        console.print(Text(f"  {case} {episode} {timer}"))
        console.print(Padding(Text(why), (0, 0, 0, 4)), soft_wrap=False)
