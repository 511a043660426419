"""Small logs for tests of measures, comparisons and samples: written as rows, audited in a line."""

from __future__ import annotations

import csv
import io
from functools import cache

from frontdoor.formats import flat_csv
from frontdoor.formats.source import Source
from frontdoor.library import Library, load
from frontdoor.replay import facts
from frontdoor.replay.audit import Audit, run
from frontdoor.replay.measures import Measure, Row

COLUMNS = ("case_id", "event", "happened_at")
VIEWS = {"child_seen": "yes", "child_views": "said", "parent_views": "said", "analysis": "said"}


@cache
def library(*local: str) -> Library:
    return load(local=local)


def event(case: str, name: str, at: str, **more: str) -> dict[str, str]:
    """One row; `recorded_at`, `role`, `actor`, `episode`, `family` and details by name."""
    return {"case_id": case, "event": name, "happened_at": at, **more}


def source(rows: list[dict[str, str]], name: str = "log.csv") -> Source:
    columns = [*COLUMNS, *sorted({column for row in rows for column in row} - set(COLUMNS))]
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return flat_csv.read(out.getvalue().encode(), name)


def audited(rows: list[dict[str, str]], *local: str, as_at: str | None = None) -> Audit:
    return run(source(rows), library(*local), as_at=as_at)


def found(rows: list[dict[str, str]], *local: str, as_at: str | None = None) -> facts.Facts:
    return facts.of(audited(rows, *local, as_at=as_at))


def named(measures: list[Measure], name: str) -> Measure:
    """The measure of that name."""
    (one,) = [measure for measure in measures if measure.name == name]
    return one


def row(measure: Measure, **group: str) -> Row:
    """The row of that group; spaces in the names of groups are written as underscores."""
    wanted = {name.replace("_", " "): value for name, value in group.items()}
    (one,) = [each for each in measure.rows if dict(each.group) == wanted]
    return one


def referral(case: str, received: str, decided: str = "", move: str = "accept", **more: str) -> list[dict[str, str]]:
    """A referral, decided if `decided` says when."""
    rows = [event(case, "referral.receive", received, source="6", **more)]
    if decided:
        rows.append(event(case, f"referral.{move}", decided, rationale="said"))
    return rows


def assessment(
    case: str, received: str, started: str, signed: str = "", *, seen: str = "", workflow: str = "single_assessment"
) -> list[dict[str, str]]:
    """A referral accepted at once, and its assessment, signed off if `signed` says when."""
    rows = [*referral(case, received, received), event(case, f"{workflow}.start", started)]
    if seen:
        rows.append(event(case, f"{workflow}.see_child", seen, seen_alone="yes"))
    if signed:
        rows.append(event(case, f"{workflow}.submit", signed, **{**VIEWS, "child_seen": "yes" if seen else ""}))
        rows.append(event(case, f"{workflow}.sign_off", signed, outcome="plan"))
    return rows
