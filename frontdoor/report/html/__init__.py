"""The report of an audit as one page of HTML that needs nothing else: no network, no script, no font or picture beside it.

    write(audit, "report.html")

The first page says how the statutory clocks were kept, who still waits past a deadline and what could not be told, then what
was judged, by what and as at when; then comes the picture, then every case with an error or a warning, its timeline drawn and each due date explained. The same audit gives the same bytes.
"""

from __future__ import annotations

__all__ = ["MOST_CASES", "page", "write"]

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from frontdoor.replay.audit import Audit
from frontdoor.replay.findings import severities
from frontdoor.report.html import cases, clocks, measured, opening, picture, telling
from frontdoor.report.html import comparison as beside
from frontdoor.report.html.pages import rendered
from frontdoor.report.setting import KINDS
from frontdoor.report.words import count

if TYPE_CHECKING:
    from frontdoor.replay.comparing import Comparison
    from frontdoor.replay.measures.two_clocks import SideBySide
    from frontdoor.replay.sampling import Sample

MOST_CASES = 500
"""Cases that are told and drawn; of the others the page says how to see them."""


def write(
    audit: Audit,
    path: str | Path,
    *,
    sample: Sample | None = None,
    comparison: Comparison | None = None,
    sides: Sequence[SideBySide] = (),
    only: str = "",
    most_cases: int = MOST_CASES,
) -> None:
    """Write the report of an audit to a file, with a sample of cases to look at, a comparison, and clocks that are counted
    in more than one way, where they are given. The report is of everything; where a part was asked for, `only` says which,
    and the page that it is of everything all the same.

    Raises:
        MissingExtra: jinja2 is not installed.
        OSError: the file cannot be written.
    """
    text = page(audit, sample=sample, comparison=comparison, sides=sides, only=only, most_cases=most_cases)
    Path(path).write_bytes(text.encode())


def page(
    audit: Audit,
    *,
    sample: Sample | None = None,
    comparison: Comparison | None = None,
    sides: Sequence[SideBySide] = (),
    only: str = "",
    most_cases: int = MOST_CASES,
) -> str:
    """The report of an audit, as a page.

    Raises:
        MissingExtra: jinja2 is not installed.
    """
    from frontdoor.replay import facts, measures

    columns, names = facts.of(audit), _names(audit)
    chosen = cases.choose(audit, most_cases)
    return rendered(
        "page.html.jinja", of_children=set(audit.library.names()) >= _FRONT_DOOR, audit=audit, first=opening.opening(audit, columns),
        rules=opening.rules(audit), kinds=KINDS, only=only, kept=picture.kept(audit, columns), groups=measured.shown(measures.every(columns), names),
        found=_found(audit), overdue=_overdue(audit), chosen=chosen, cases=list(telling.told(audit, columns, chosen.cases)),
        sample=None if sample is None else beside.sampled(audit, columns, sample),
        comparison=None if comparison is None else beside.compared(comparison, names), sides=clocks.ways(sides),
    )  # fmt: skip


_FRONT_DOOR = {"contact", "referral"}
"""The workflows by which a library is of the front door of children's social care, and of no other process."""


def _names(audit: Audit) -> dict[str, str]:
    """Titles for people of all that a measure may be of: timers and workflows."""
    names = {timer: opening.title(audit, timer) for timer in audit.timers}
    return names | {name: audit.library.anywhere(name).title or name for name in audit.library.names()}


def _found(audit: Audit) -> list[tuple[str, str, int, int]]:
    """Every rule with findings: its name, severity, how many, and in how many cases; errors first."""
    import polars as pl

    levels = severities(audit.log, audit.rules)
    many = dict(audit.findings.group_by("rule").agg(pl.col("case_id").n_unique()).iter_rows())
    order = ("error", "warning", "note")
    rows = [(rule, levels[rule], n, many[rule]) for rule, n in audit.rules.items()]
    return sorted(rows, key=lambda row: order.index(row[1]))


def _overdue(audit: Audit) -> list[tuple[str, int, int, str]]:
    """What is open now and past its deadline, by clock: its title, how many, of how many cases, and the most over."""
    import polars as pl

    late = audit.deadlines.filter(pl.col("status") == "overdue").with_columns(hours=pl.col("unit") == "hours")
    rows = late.group_by("timer", "hours").agg(
        n=pl.len(), cases=pl.col("case_id").n_unique(), over=pl.col("over").max()
    )
    places: Sequence[str] = list(audit.timers)
    return [
        (opening.title(audit, timer), n, many, "" if over is None else count(over, "hour" if hours else "working day"))
        for timer, hours, n, many, over in sorted(rows.iter_rows(), key=lambda row: (places.index(row[0]), row[1]))
    ]
