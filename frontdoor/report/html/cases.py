"""Cases with something to say of them: what the page tells of each, and which ones it tells.

    chosen = choose(audit, most=500)
    for case in telling.told(audit, facts, chosen.cases): ...

A case is told where an audit has an error or a warning of it. Cases stand in the order of the file: nobody and nothing is
ranked. Where there are more of them than a page can hold, those with something overdue now come before those without.
"""

from __future__ import annotations

__all__ = ["LATE", "Case", "Chosen", "ClockTold", "EventTold", "FindingTold", "Open", "choose"]

from collections.abc import Mapping

import attrs

from frontdoor.replay.audit import Audit
from frontdoor.report.html.svg import Svg

LATE = ("late", "overdue")
"""The statuses of a deadline that was not met in time."""


@attrs.frozen
class Chosen:
    """Which cases are told: `cases` in the order of the file, and how many more have an error or a warning."""

    cases: tuple[str, ...]
    left: int
    only_notes: int
    """Cases of which nothing is found but notes."""


@attrs.frozen
class EventTold:
    """Something that was recorded, for people."""

    happened: str
    title: str
    episode: str
    by: str
    recorded_late: str
    """When it was recorded, where that was late; else empty."""
    row: int


@attrs.frozen
class FindingTold:
    """A finding, for people."""

    rule: str
    severity: str
    event: str
    happened: str
    episode: str
    message: str
    row: int


@attrs.frozen
class ClockTold:
    """A deadline: its title, how it stands, why it ran out, and how it was counted, line by line."""

    title: str
    timer: str
    episode: str
    status: str
    standing: str
    rule: str
    """The finding that it is: 'breach', 'local-breach', or empty."""
    why: str
    lines: tuple[tuple[str, str], ...]
    guidance: str

    def said(self, label: str) -> str:
        """What stands behind a label of `lines`; empty where there is none."""
        return next((said for name, said in self.lines if name == label), "")

    @property
    def allowed(self) -> str:
        """How long, and the days that did not count: '5 working days; skipped: Sat 5 Sep, Sun 6 Sep'."""
        skipped = self.said("Skipped")
        return self.said("Allowed").partition(" (")[0] + (f"; skipped: {skipped}" if skipped else "")


@attrs.frozen
class Open:
    """An episode that goes on, or may: where it stands, since when, and what may be done next."""

    episode: str
    title: str
    state: str
    since: str
    next: tuple[str, ...]
    is_told: bool
    """Whether the source has a place for what may have ended it."""


@attrs.frozen
class Case:
    """One case, told."""

    name: str
    number: int
    """Its place among those told, from 1."""
    drawing: Svg | None
    counts: Mapping[str, int]
    """How many findings of each severity."""
    open: tuple[Open, ...]
    clocks: tuple[ClockTold, ...]
    findings: tuple[FindingTold, ...]
    events: tuple[EventTold, ...]

    @property
    def passed(self) -> tuple[ClockTold, ...]:
        """The clocks that ran out."""
        return tuple(clock for clock in self.clocks if clock.status in LATE)

    @property
    def running(self) -> tuple[ClockTold, ...]:
        """Those that run, and have time left."""
        return tuple(clock for clock in self.clocks if clock.status == "running")

    @property
    def kept(self) -> tuple[ClockTold, ...]:
        """Those that were met, or ended otherwise in time."""
        return tuple(clock for clock in self.clocks if clock.status in ("met", "ended"))

    @property
    def untold(self) -> tuple[ClockTold, ...]:
        """Those of which the source cannot tell."""
        return tuple(clock for clock in self.clocks if clock.status == "cannot_tell")


def choose(audit: Audit, most: int) -> Chosen:
    """The cases to tell, no more than `most`."""
    import polars as pl

    found = audit.findings.filter(pl.col("case_id") != "").group_by("case_id", maintain_order=True).agg(
        error=(pl.col("severity") == "error").any(), note=(pl.col("severity") == "note").all()
    )  # fmt: skip
    only_notes = found["note"].sum()
    found = found.filter(~pl.col("note")).with_row_index("place")
    now = audit.deadlines.filter(pl.col("status") == "overdue")["case_id"].unique()
    found = found.with_columns(overdue=pl.col("case_id").is_in(now.implode()))
    first = found.sort(~pl.col("overdue"), ~pl.col("error"), "place").head(most).sort("place")
    return Chosen(tuple(first["case_id"]), max(found.height - most, 0), int(only_notes))
