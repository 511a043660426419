"""Retention: how long what people wrote of a case is kept, as data; which cases have had their time, and why. Nothing is destroyed.

    schedule = read_schedule("my_retention.toml")
    found = judged(log, schedule, date(2030, 1, 1))

A schedule is a TOML file: rules, each for the cases that went through some workflows, and holds, for cases that are kept
whatever the years say. Years are counted from the day on which the last episode of a case closed.
"""

from __future__ import annotations

__all__ = ["EXAMPLE", "Hold", "Judged", "Rule", "Schedule", "held_by_mistake", "judged", "read_schedule", "years_after"]

from collections.abc import Iterator
from datetime import date
from itertools import groupby
from pathlib import Path

import attrs

from frontdoor import reading
from frontdoor.errors import Fault, InputError
from frontdoor.event import DESTROYED, read_moment
from frontdoor.library import shipped
from frontdoor.log import EventLog
from frontdoor.log.standing import EpisodeRow
from frontdoor.moment import EPOCH, bounds

EXAMPLE = "retention/example.toml"
"""The schedule that is shipped, in the folder of the workflows: an example, and marked as one."""


@attrs.frozen
class Rule:
    """How long the cases that went through some workflows are kept."""

    name: str
    title: str
    workflows: frozenset[str]
    keep_years: int
    cites: str
    grade: str


@attrs.frozen
class Hold:
    """That a case is kept whatever the years say."""

    because: str
    until: date | None
    """Its last day; None: until it is taken out of the schedule."""

    def holds(self, day: date) -> bool:
        """Whether it holds on a day."""
        return self.until is None or day <= self.until


@attrs.frozen
class Schedule:
    """Rules and holds, as a file has them."""

    title: str
    file: str
    is_example: bool
    rules: tuple[Rule, ...]
    holds: dict[str, Hold]

    def rule_for(self, workflows: frozenset[str]) -> Rule | None:
        """The rule that keeps a case longest that went through some workflows; None where none names one of them."""
        mine = [rule for rule in self.rules if rule.workflows & workflows]
        return max(mine, key=lambda rule: rule.keep_years, default=None)


@attrs.frozen
class Judged:
    """What a schedule says of a case on a day."""

    case_id: str
    status: str
    """'due': its time has run out; 'held': it has, and the case is held; 'kept': it has not; 'open': an episode is; 'no_rule':
    no rule names a workflow of it; 'destroyed': its details are already."""
    rule: Rule | None = None
    closed_on: date | None = None
    """When its last episode closed; of a day that is not known for certain the latest that it may be."""
    kept_until: date | None = None
    """The last day of its time; it is due from the day after."""
    hold: Hold | None = None


def read_schedule(path: str | Path | None = None) -> Schedule:
    """The schedule in a file (None: the shipped example).

    Raises:
        InputError: it is none; all that is wrong with it.
    """
    place = shipped() / EXAMPLE if path is None else Path(path)
    shown = f"workflows/{EXAMPLE}" if path is None else str(path)
    file, faults = reading.read(place, reading.RETENTION, shown)
    tables = file.tables if file else {}
    rules = tables.get("rules", {})
    for name in ("title", "rules") if file else ():
        if not tables.get(name):
            faults.append(Fault(shown, "", "missing-key", f"has no {name}.", "A schedule has a title, and rules."))
    for name, said in rules.items():
        faults += [
            Fault(shown, f"rules.{name}", "missing-key", f"has no {key}.", "Say it.")
            for key in ("workflows", "keep_years", "cites")
            if key not in said
        ]
    for case_id, said in tables.get("holds", {}).items():
        if "because" not in said:
            faults.append(Fault(shown, f"holds.{case_id}", "missing-key", "does not say because of what.", "Say why."))
    if faults:
        raise InputError(faults)
    return Schedule(
        tables["title"], shown, tables.get("example", False),
        tuple(
            Rule(name, said.get("title", name), frozenset(said["workflows"]), said["keep_years"], said["cites"], said.get("grade", ""))
            for name, said in rules.items()
        ),
        {case_id: Hold(said["because"], said.get("until")) for case_id, said in tables.get("holds", {}).items()},
    )  # fmt: skip


def judged(log: EventLog, schedule: Schedule, day: date) -> Iterator[Judged]:
    """What the schedule says on a day of every case that has an episode, in order of their references."""
    for case_id, rows in groupby(log.episodes(), key=lambda row: row.case_id):
        found = _judged(case_id, list(rows), schedule, day)
        if found.status in ("due", "held") and any(event.event == DESTROYED for event in log.events(case_id)):
            found = attrs.evolve(found, status="destroyed")
        yield found


def held_by_mistake(log: EventLog, schedule: Schedule, day: date) -> list[str]:
    """The references that a hold in force has and no case of the log: mistyped, they keep nothing."""
    held = [case_id for case_id, hold in schedule.holds.items() if hold.holds(day)]
    return [case_id for case_id in held if not log.head(case_id).version]


def _judged(case_id: str, rows: list[EpisodeRow], schedule: Schedule, day: date) -> Judged:
    rule = schedule.rule_for(frozenset(row.workflow for row in rows))
    if any(row.is_open for row in rows):
        return Judged(case_id, "open", rule)
    closed = max(map(_closed_on, rows))
    if rule is None:
        return Judged(case_id, "no_rule", None, closed)
    until = years_after(closed, rule.keep_years)
    hold = schedule.holds.get(case_id)
    if day <= until:
        return Judged(case_id, "kept", rule, closed, until, hold)
    is_held = hold is not None and hold.holds(day)
    return Judged(case_id, "held" if is_held else "due", rule, closed, until, hold)


def _closed_on(row: EpisodeRow) -> date:
    happened = read_moment(row.changed_at)
    assert happened is not None  # what opened an episode happened some time
    return date.fromordinal(bounds(happened)[3] + EPOCH)


def years_after(day: date, years: int) -> date:
    """The same day so many years later; of a 29 February the 28th where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
