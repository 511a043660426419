"""What was asked of an audit beside its tables, as text and for programs: measures, a comparison, two clocks, a sample."""

from __future__ import annotations

__all__ = [
    "comparison_object", "measures_table", "sample_object", "show_comparison", "show_everything", "show_reports", "show_sample",
    "show_sides", "sides_object", "sides_table",
]  # fmt: skip

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from frontdoor.replay.comparing import Comparison
from frontdoor.replay.measures import Measure, Row
from frontdoor.replay.sampling import Sample
from frontdoor.report import summary
from frontdoor.report.words import count

if TYPE_CHECKING:
    import polars as pl

    from frontdoor.replay.audit import Audit
    from frontdoor.replay.measures.two_clocks import SideBySide

_SHOWN = 10
"""Changed verdicts that are printed; the others are in the report and in `--json`."""


def measures_table(measures: Iterable[Measure]) -> pl.DataFrame:
    """Every figure of every group of every measure, a row each, with what it means beside it."""
    import polars as pl

    every = list(measures)
    groups = list(dict.fromkeys(name for one in every for name in one.by))
    rows: list[dict[str, Any]] = []
    for one in every:
        said = {
            "measure": one.name, "title": one.title, "subject": one.subject, "as_at": one.as_at, "among": one.among,
            "definition": one.definition, "denominator": one.denominator, "excluded": one.excluded, "interval": one.interval,
        }  # fmt: skip
        if not one.told:
            rows.append(said | {"figure": "cannot be told", "left_out": one.untold})
        for row in one.rows:
            out = "; ".join(f"{n:,} {why}" for why, n in row.left_out.items())
            of = {f"by_{name}": row.group.get(name) for name in groups}
            for figure, value, low, high, numerator, n in one.figures(row):
                text = value if isinstance(value, str) else None
                number = None if text else value
                found = {"figure": figure, "value": number, "text": text, "low": low, "high": high}
                rows.append(said | of | found | {"numerator": numerator, "n": n, "left_out": out})
    texts = ["measure", "title", "subject", "as_at", "among", *(f"by_{name}" for name in groups), "figure"]
    numbers = ["value", "low", "high", "numerator"]
    ends = ["text", "left_out", "definition", "denominator", "excluded", "interval"]
    schema: dict[str, Any] = {
        **dict.fromkeys(texts, pl.String), **dict.fromkeys(numbers, pl.Float64), "n": pl.Int64, **dict.fromkeys(ends, pl.String),
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema)


def comparison_object(comparison: Comparison) -> dict[str, Any]:
    """A comparison for programs: of each measure both numbers and their difference, and every verdict that changes."""
    measures = [
        {
            "measure": one.measure.name, "title": one.measure.title, "unit": one.measure.unit, "interval": one.interval,
            "untold": one.untold,
            "rows": [
                {
                    "group": dict(row.group), "a": _number(row.a), "b": _number(row.b), "difference": row.difference,
                    "low": row.low, "high": row.high,
                }
                for row in one.rows
            ],
        }
        for one in comparison.measures
    ]  # fmt: skip
    changes = None if comparison.changes is None else comparison.changes.to_dicts()
    return {
        "a": comparison.a, "b": comparison.b, "same": comparison.same, "moved": comparison.moved, "notes": list(comparison.notes),
        "changes": changes, "measures": measures,
    }  # fmt: skip


def _number(row: Row | None) -> dict[str, Any] | None:
    return None if row is None else {"value": row.value, "numerator": row.numerator, "n": row.n}


def sample_object(sample: Sample) -> dict[str, Any]:
    """A sample for programs: how it was drawn, and each case with the group that it was drawn for."""
    return {
        "how": sample.how,
        "cases": [{"case_id": one.case_id, "group": dict(one.group), "stratum": one.stratum} for one in sample.chosen],
    }


def show_comparison(comparison: Comparison, console: Console) -> None:
    """Print the clocks side by side, and the verdicts that change."""
    console.print(Text("A comparison", style="bold"))
    console.print(Text(f"  A: {comparison.a}\n  B: {comparison.b}"))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("In time", "A", "B", "A less B", "95% interval"):
        table.add_column(f"\n{name}", justify="left" if name == "In time" else "right", no_wrap=True)
    for one in comparison.measures:
        if one.measure.name == "timeliness":
            for row in one.rows:
                cells = [_share(row.a), _share(row.b), _points(row.difference), _between(row.low, row.high)]
                table.add_row(Text(", ".join(row.group.values())), *cells)
    console.print(table)
    if comparison.changes is not None:
        n = comparison.changes.height
        said = f"{count(n, 'verdict')} of the same records {'is' if n == 1 else 'are'} not the same"
        moved = f"{comparison.moved:,} fall due at another time and come to the same"
        console.print(Text(f"\n{said}; {moved}; of {comparison.same:,} nothing changes."))
        for change in comparison.changes.head(_SHOWN).iter_rows(named=True):
            console.print(Text(f"  {change['case_id']} {change['episode']} {change['timer']}"))
            console.print(Padding(Text(change["why"]), (0, 0, 0, 4)))
        if n > _SHOWN:
            console.print(Text(f"  and {n - _SHOWN:,} more; --report and --json have them all."))
    for note in comparison.notes:
        console.print(Text(f"  {note}"))


def show_everything(found: Audit, comparison: Comparison, console: Console) -> None:
    """Print the summary shortly, behind a comparison: of all that is in the file, whatever part was compared."""
    of = (
        "Everything in the file"
        if comparison.judged_twice
        else "Everything in the file, whatever part is compared above"
    )
    console.print(Text(f"\n{of}", style="bold"))
    summary.show(found, console, brief=True)
    console.print(
        Text("\nWhat was found is in --findings and --report, and printed where nothing is compared.", style="dim")
    )


def show_reports(
    reports: Sequence[str], comparison: Comparison | None, sample: Sample | None, console: Console
) -> None:
    """Print what each report that was written has of a comparison and a sample."""
    for path in reports if comparison is not None or sample is not None else ():
        is_book = path.lower().endswith(".xlsx")
        said = ["all that is in the file"]
        if comparison is not None:
            changes = " and Changed verdicts" if comparison.changes is not None else ""
            said.append(
                f"the comparison in sheet{'s' if changes else ''} Comparison{changes}" if is_book else "the comparison"
            )
        if sample is not None:
            forms = "the cases drawn in sheet Sample, and what a form says of each in sheet Sample facts"
            said.append(forms if is_book else "an audit form for each case drawn, which it can print alone")
        console.print(Text(f"{path}: {'; '.join(said)}."))


def _share(row: Row | None) -> str:
    return "." if row is None or row.value is None else f"{row.value:.0%} of {row.n:,}"


def _points(difference: float | None) -> str:
    return "." if difference is None else f"{difference * 100:+.1f} points"


def _between(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{low * 100:+.1f} to {high * 100:+.1f}"


def show_sample(sample: Sample, console: Console, *, reported: bool = False) -> None:
    """Print the cases drawn, by the group that each was drawn for; and, unless a report was written, where their forms are."""
    console.print(Text("\nCases to look at", style="bold"))
    console.print(Padding(Text(sample.how), (0, 0, 0, 2)))
    groups: dict[str, list[str]] = {}
    for one in sample.chosen:
        groups.setdefault(", ".join(one.group.values()), []).append(one.case_id)
    for name, cases in groups.items():
        console.print(Padding(Text((f"{name}: " if name else "") + ", ".join(cases)), (0, 0, 0, 2)))
    if not reported:
        console.print(Text("  --report R.html has an audit form for each, --report R.xlsx the same facts as rows."))


def sides_table(sides: Sequence[SideBySide]) -> pl.DataFrame:
    """The deadlines of every clock that is counted in more than one way, each way beside the others."""
    import polars as pl

    frames = [one.deadlines.select(pl.lit(one.timer).alias("timer"), pl.all()) for one in sides]
    return (
        pl.concat(frames, how="diagonal_relaxed")
        if frames
        else pl.DataFrame({"timer": []}, schema={"timer": pl.String})
    )


def sides_object(sides: Sequence[SideBySide]) -> list[dict[str, Any]]:
    """The same for programs: what each reading is, and the share in time by it."""
    return [
        {
            "timer": one.timer,
            "readings": [
                {"name": each.name, "says": each.says, "counts_from": list(each.counts_from), "allowed": list(each.allowed)}
                for each in one.readings
            ],
            "in_time": [{"group": dict(row.group), "value": row.value, "numerator": row.numerator, "n": row.n} for row in one.measure.rows],
            "differing": one.differing.height,
        }
        for one in sides
    ]  # fmt: skip


def show_sides(sides: Sequence[SideBySide], console: Console) -> None:
    """Print each clock that is counted in more than one way, with the share in time by each."""
    for one in sides:
        console.print(Text(f"\n{one.title} ({one.timer}), counted {len(one.readings)} ways", style="bold"))
        shares = {row.group.get("counted as", ""): row for row in one.measure.rows}
        for each in one.readings:
            row = shares.get(each.name)
            console.print(Padding(Text(f"{each.name}: {_share(row)} in time ({each.says})"), (0, 0, 0, 2)))
        console.print(Text(f"  Of {count(one.differing.height, 'deadline')} they say different things."))
