"""Builders of sources to be matched, and what is asked of them. Not a test module."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache

import attrs
import generate
import polars as pl
from polars.testing import assert_frame_equal

from frontdoor import load
from frontdoor.errors import MomentError
from frontdoor.formats import cin_census, flat_csv
from frontdoor.formats.source import Source, happened_at
from frontdoor.moment import parse, written
from frontdoor.replay.audit import Audit, run
from tests import test_annex_a as annex

LABELLED = "case_id,event,happened_at,episode"
REFERENCE = "<ReferenceDate>2023-03-31</ReferenceDate>"


def log(text: str, name: str = "a.csv", columns: str = "case_id,event,happened_at") -> Source:
    """A flat log of rows parted by semicolons."""
    rows = "\n".join(row.strip() for row in text.split(";"))
    return flat_csv.read(f"{columns}\n{rows}\n".encode(), name)


def census(*children: tuple[str, str], reference: str = REFERENCE, name: str = "census.xml") -> Source:
    """A census of children, each an id and what its one CINdetails holds."""
    text = "".join(
        f"<Child><ChildIdentifiers><LAchildID>{case}</LAchildID></ChildIdentifiers><CINdetails>{details}</CINdetails></Child>"
        for case, details in children
    )
    return cin_census.read(f"<Message><Header>{reference}</Header><Children>{text}</Children></Message>".encode(), name)


def told(source: Source) -> list[tuple[str, str, str]]:
    """Every event with its episode and when it happened."""
    rows = source.events.sort("case_id", "happened_from", "order", maintain_order=True).iter_rows(named=True)
    return [(row["event"], row["episode"], written(happened_at(row))) for row in rows]


def found(source: Source, rule: str) -> list[str]:
    return [finding.message for finding in source.findings if finding.rule == rule]


@cache
def library():
    return load()


def audited(source: Source, as_at: str | None = None) -> Audit:
    return run(source, library(), as_at=as_at, compile_from=None)


def statuses(source: Source, timer: str, as_at: str | None = None) -> dict[str, str]:
    """What that clock came to in each case."""
    deadlines = audited(source, as_at).deadlines.filter(pl.col("timer") == timer)
    return dict(deadlines.select("case_id", "status").iter_rows())


def ending(on: str, source: Source) -> Source:
    """The same with a reference date."""
    return attrs.evolve(source, reference=date.fromisoformat(on))


def workbook(**lists: list[list[object]]) -> Source:
    """A list by list return of C1's referrals and assessments, of the year from July 2022."""
    return annex.read(
        **{name: [annex.REFERRALS if name == "Referrals" else annex.ASSESSMENTS, *rows] for name, rows in lists.items()}
    )


Rows = list[dict[str, str]]


def rows_of(number: int) -> tuple[Rows, list[str]]:
    """A random log whose rows all say a moment, no two of a case the same, in order of time."""
    rows = list(csv.DictReader(io.StringIO(generate.log(number).removeprefix("\ufeff"))))
    columns = list(rows[0]) if rows else []
    found: dict[tuple[str, datetime], dict[str, str]] = {}
    for row in rows:
        try:
            when, _ = parse(row["happened_at"]), parse(row.get("recorded_at") or "2020-01-01")
        except MomentError:
            continue
        if isinstance(when, datetime) and row["event"].strip() and None not in row:
            found.setdefault((row["case_id"].strip(), when), row | {"happened_at": written(when)})
    return [row for _, row in sorted(found.items(), key=lambda one: one[0][1])], columns


def source_of(rows: Rows, columns: Sequence[str], name: str) -> Source:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return flat_csv.read(out.getvalue().encode(), name)


def judged(source: Source) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Its deadlines and findings in an order that does not depend on positions, without those of the matching itself."""
    audit = audited(source)
    findings = audit.findings.filter(~pl.col("rule").is_in(["in-one-only", "sources-differ"])).drop("position")
    return tuple(frame.sort(frame.columns, nulls_last=True) for frame in (audit.deadlines, findings))


def assert_same(one: Source, other: Source) -> None:
    for mine, its in zip(judged(one), judged(other), strict=True):
        assert_frame_equal(mine, its)
