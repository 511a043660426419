"""The report of an audit as one page of HTML that needs nothing else: no network, no script, no font or picture beside it.

    write(audit, "report.html")

The first page says what was judged, by what and as at when, and what could not be told; then comes the picture, then
every case with an error or a warning, its timeline drawn and each due date explained. The same audit gives the same bytes.
"""

from __future__ import annotations

__all__ = ["MOST_CASES", "page", "write"]

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from frontdoor import __version__
from frontdoor.errors import MissingExtra
from frontdoor.replay.audit import Audit
from frontdoor.replay.findings import severities
from frontdoor.report.html import cases, clocks, measured, opening, picture, telling
from frontdoor.report.html import comparison as beside
from frontdoor.report.html.svg import words
from frontdoor.report.words import count

if TYPE_CHECKING:
    from jinja2 import Environment

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
    most_cases: int = MOST_CASES,
) -> None:
    """Write the report of an audit to a file, with a sample of cases to look at, a comparison, and clocks that are counted
    in more than one way, where they are given.

    Raises:
        MissingExtra: jinja2 is not installed.
        OSError: the file cannot be written.
    """
    text = page(audit, sample=sample, comparison=comparison, sides=sides, most_cases=most_cases)
    Path(path).write_bytes(text.encode())


def page(
    audit: Audit,
    *,
    sample: Sample | None = None,
    comparison: Comparison | None = None,
    sides: Sequence[SideBySide] = (),
    most_cases: int = MOST_CASES,
) -> str:
    """The report of an audit, as a page.

    Raises:
        MissingExtra: jinja2 is not installed.
    """
    from frontdoor.replay import facts, measures

    columns, names = facts.of(audit), _names(audit)
    chosen = cases.choose(audit, most_cases)
    said = _environment().get_template("page.html.jinja").render(
        of_children=set(audit.library.names()) >= _FRONT_DOOR, style=_style(), policy=_policy(), version=__version__, audit=audit, first=opening.opening(audit, columns),
        rules=opening.rules(audit), kept=picture.kept(audit, columns), groups=measured.shown(measures.every(columns), names),
        found=_found(audit), overdue=_overdue(audit), chosen=chosen, cases=list(telling.told(audit, columns, chosen.cases)),
        sample=None if sample is None else beside.sampled(audit, columns, sample),
        comparison=None if comparison is None else beside.compared(comparison, names), sides=clocks.ways(sides),
    )  # fmt: skip
    size = len(said.encode())
    return said.replace(_SIZE, f"{size / 1e6:.1f} MB" if size >= 100_000 else f"{size / 1e3:.0f} kB")


_FRONT_DOOR = {"contact", "referral"}
"""The workflows by which a library is of the front door of children's social care, and of no other process."""
_SIZE = "(((size of this file)))"


@cache
def _environment() -> Environment:
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ImportError as error:
        raise MissingExtra("Writing a report", "jinja2", "report") from error
    made = Environment(
        loader=PackageLoader(__package__, "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        finalize=_shown, keep_trailing_newline=True,
    )  # fmt: skip
    made.filters |= {"percent": measured.percent, "plainly": _plainly, "heading": _heading}
    made.globals |= {"count": count, "SIZE": _SIZE}
    return made


def _shown(value: Any) -> Any:
    """Every text on its way into the page: nothing in it that cannot be seen, and no more than can be read."""
    return words(value, _MOST) if type(value) is str else "" if value is None else value


_MOST = 4_000


def _plainly(name: str) -> str:
    """The name of something, without its underscores."""
    return name.replace("_", " ")


def _heading(name: str) -> str:
    """The same, at the head of a column."""
    said = _plainly("clock" if name == "timer" else name)
    return said[:1].upper() + said[1:]


@cache
def _style() -> str:
    return "\n" + files(__package__).joinpath("style.css").read_text(encoding="utf-8")


@cache
def _policy() -> str:
    """What the page may do: show itself, in its own style, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


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
