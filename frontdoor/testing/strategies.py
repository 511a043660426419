"""Small sound workflow libraries of all shapes, and histories of one: journeys that mostly follow it, with slips."""

from __future__ import annotations

__all__ = ["csv_text", "histories", "libraries", "workflows"]

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from hypothesis import note
from hypothesis import strategies as st

from frontdoor import checking
from frontdoor.errors import Fault
from frontdoor.formats.source import COLUMNS
from frontdoor.guidance import Composed, Edition, compose
from frontdoor.library import Library, load
from frontdoor.moment import local_day, written
from frontdoor.reading import File
from frontdoor.workflow import ROLES, Workflow
from frontdoor.working_days import Calendar

Row = dict[str, str]

SCALES = ("1 hour", "5 hours", "30 hours", "1 working day", "3 working days", "12 working days", "1 day", "4 days", "1 week",
          "3 weeks", "1 month", "2 months")  # fmt: skip
ACTORS = ("ann", "bob", "cal")


@st.composite
def libraries(draw: st.DrawFn, *, most_workflows: int = 3) -> Library:
    """Any small sound library, made in memory: one to three workflows under one to three editions of 2009 to 2011.

    They have self transitions, final states that reopen, four eyes, `not_while_open`, `after`, clocks that run in states
    or until a transition, that count from the latest occurrence or from another workflow, in every unit. Bank holidays
    are known for 2008 to 2013.
    """
    names = ["permit", "visit", "review"][: draw(st.integers(1, most_workflows))]
    tables = {name: draw(_tables(names[:place], name)) for place, name in enumerate(names)}
    for name in names:
        others = [other for other in names if other != name]
        for move in tables[name]["transitions"].values():
            if others and move.get("from") and draw(st.integers(0, 4)) == 0:
                move["not_while_open"] = [draw(st.sampled_from(others))]
        _add_timers(draw, name, tables)
    base = [File(name, f"{name}.toml", table) for name, table in tables.items()]
    editions: list[Edition] = []
    faults: list[Fault] = []
    many, timeless = draw(st.integers(1, 3)), {(name, timer) for name in names for timer in tables[name]["timers"]}
    for number in range(many):
        patch: dict[str, Any] = {}
        for name in names:
            clocks = {}
            for timer, fields in tables[name]["timers"].items():
                # What runs in a state has a length from the first edition on, so that the state is always guarded.
                needed = number == 0 and "runs_in" in fields or number == many - 1 and (name, timer) in timeless
                if needed or draw(st.integers(0, 2)) == 0:
                    timeless.discard((name, timer))
                    clocks[timer] = {"allowed": draw(st.sampled_from(SCALES))}
                    if fields.get("anchor") == "latest" and draw(st.booleans()):
                        clocks[timer]["then"] = draw(st.sampled_from(SCALES))
            if number == 0 or clocks:
                patch[name] = {"timers": clocks}
        gone = [name for name in names if number and name not in patch and draw(st.booleans())]
        starts = date(2009 + number, 4, 1)
        before = editions[-1].name if editions else None
        removes: Any = [f"workflows.{name}" for name in gone]
        editions.append(
            Edition(f"edition_{number + 1}", in_force_from=starts, amends=before, removes=removes, workflows=patch)
        )
    composed: dict[str | None, Composed] = {None: compose(base, [], [])[0]}
    for number, edition in enumerate(editions):
        composed[edition.name], found = compose(base, editions[: number + 1], [])
        faults += found + checking.faults(composed[edition.name])
    assert not faults, faults
    for edition_name, one in composed.items():
        note(f"{edition_name or 'before any edition'}: has {sorted(one.has)}")
        for workflow in one.workflows.values() if edition_name else ():
            note(f"    {workflow}")
    starts_ = tuple(edition.in_force_from or date.min for edition in editions)
    return Library(tuple(editions), starts_, (), _calendar(), composed)


def workflows() -> st.SearchStrategy[Workflow]:
    """Any small sound workflow that stands alone, with its lengths."""
    return libraries(most_workflows=1).map(lambda library: library.workflow("permit"))


@cache
def _calendar() -> Calendar:
    return Calendar("2008-2013", 2008, 2013, {
        day: name for day, name in load().calendar.holidays.items() if 2008 <= day.year <= 2013
    })  # fmt: skip


def _some(names: Iterable[str], least: int = 1, most: int | None = None) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(list(names)), min_size=least, max_size=most, unique=True)


@st.composite
def _tables(draw: st.DrawFn, earlier: list[str], name: str) -> dict[str, Any]:
    """One workflow as its file would have it, timers still to come. Every open state can be closed from."""
    opens = [f"open_{n}" for n in range(draw(st.integers(1, 3)))]
    ends = [f"done_{n}" for n in range(draw(st.integers(1, 2)))]
    moves: dict[str, dict[str, Any]] = {"start": {}}
    for n, state in enumerate(opens[1:]):
        moves[f"reach_{state}"] = {"from": sorted({opens[n], *draw(_some(opens, 0))}), "to": state}
    for state in ends:
        moves[f"reach_{state}"] = {"from": opens if state == ends[0] else draw(_some(opens)), "to": state}
    if draw(st.booleans()):
        moves["note"] = {"from": draw(_some(opens + ends))}
    if draw(st.booleans()):
        moves["tell"] = {"from": draw(_some(opens + ends))}
    if draw(st.booleans()):
        moves["reopen"] = {"from": draw(_some(ends)), "to": opens[0]}
    roles = draw(st.just(list(ROLES)) | st.just(["clerk", "inspector", "system"]))
    for move, fields in moves.items():
        fields["title"] = move
        fields["by"] = draw(st.just([]) | _some(roles, 1, 3))
        fields["needs"] = draw(st.just([]) | _some(["reason", "agencies", "outcome"], 1, 2))
        if fields.get("from") and draw(st.integers(0, 3)) == 0:
            fields["not_by"] = draw(st.sampled_from([other for other in moves if other != move]))
    states = {state: {"title": state} for state in opens} | {state: {"title": state, "final": True} for state in ends}
    after = [f"{other}.start" for other in draw(_some(earlier, 0))] if earlier else []
    return {
        "title": name, "initial": opens[0], "opens_with": "start", "after": after, "roles": roles, "states": states,
        "transitions": moves, "timers": {},
    }  # fmt: skip


def _add_timers(draw: st.DrawFn, name: str, tables: dict[str, dict[str, Any]]) -> None:
    table = tables[name]
    opens = [state for state, fields in table["states"].items() if not fields.get("final")]
    moves = list(table["transitions"])
    foreign = [f"{other}.{move}" for other in tables if other != name for move in tables[other]["transitions"]]
    for n in range(draw(st.integers(0, 3))):
        anchors = draw(_some(moves, 1, 2))
        if bool(foreign) and draw(st.booleans()):
            anchors.insert(0, draw(st.sampled_from(foreign)))
        timer: dict[str, Any] = {"title": f"clock {n}", "counts_from": anchors}
        timer["anchor"] = draw(st.sampled_from(["first", "latest"]))
        timer["basis"] = draw(st.sampled_from(["statutory", "local"]))
        if draw(st.booleans()):
            timer["runs_in"] = draw(_some(opens))
            timer["met_by"] = draw(st.just([]) | _some(moves, 1, 2))
        else:
            timer["until"] = draw(_some(moves, 1, 2))
        table["timers"][f"clock_{n}"] = timer
    guarded = {state for timer in table["timers"].values() for state in timer.get("runs_in", ())}
    for state in opens:
        if state not in guarded:
            table["states"][state]["unguarded"] = "Nothing presses here."


@st.composite
def histories(draw: st.DrawFn, library: Library, *, most_cases: int = 3, most_events: int = 10) -> str:
    """A flat event log of one to three cases: journeys that mostly follow the library, with slips, in any row order."""
    labels = draw(st.sampled_from(["none", "none", "some", "all"]))
    recorded = draw(st.sampled_from(["no", "soon", "any", "any"]))
    precision = draw(st.sampled_from(["moment", "mixed", "mixed", "date"]))
    needs = sorted({n for one in library.under().workflows.values() for t in one.transitions.values() for n in t.needs})
    roles = sorted({role for one in library.under().workflows.values() for role in one.roles})
    carried = draw(st.sampled_from([[], needs, needs[:1]]))
    starts = [start for start in library.starts if start.year >= library.calendar.first] or [date(2010, 4, 1)]
    rows = []
    for number in range(draw(st.integers(1, most_cases))):
        start = draw(st.sampled_from(starts)) + timedelta(days=draw(st.integers(-20, 90)))
        at = datetime(start.year, start.month, start.day, draw(st.integers(0, 23)), 30, tzinfo=UTC)
        resting: dict[tuple[str, str], str] = {}
        under = library.edition_on(start)
        for _ in range(draw(st.integers(1, most_events))):
            name, label = draw(_next(library.under(under.name if under else None).workflows, resting, labels))
            at += timedelta(
                minutes=draw(st.sampled_from([0, 0, 1, 60, 120, 1440, 1440, 4320, 14400, 65000, -90, -3000]))
            )
            exact = precision == "moment" or (precision == "mixed" and draw(st.integers(0, 3)))
            delay = timedelta(minutes=draw(st.sampled_from([0, 5, 1440, 4320, 20000])) if recorded == "any" else 5)
            row = {"case_id": f"K-{number + 1}", "event": name, "happened_at": _at(at, bool(exact)), "episode": label}
            silent = recorded == "no" or (recorded == "any" and draw(st.integers(0, 5)) == 0)
            row["recorded_at"] = "" if silent else _at(at + delay, bool(exact))
            row["actor"] = draw(st.sampled_from(["", *ACTORS]))
            row["role"] = draw(st.sampled_from(["", "passer_by", *roles]))
            row |= {need: draw(st.sampled_from(["", "yes", 'a "b", c'])) for need in carried}
            rows.append(row)
    if draw(st.booleans()):
        rows = draw(st.permutations(rows))
    text = csv_text([*COLUMNS, *carried], rows)
    note(text)
    return text


@st.composite
def _next(
    draw: st.DrawFn, flows: Mapping[str, Workflow], resting: dict[tuple[str, str], str], labels: str
) -> tuple[str, str]:
    """What is done next and the label it is given: mostly what may be done in a state that something rests in."""
    if draw(st.integers(0, 9)) == 0:
        workflow = draw(st.sampled_from(sorted(flows)))
        label = draw(st.sampled_from(["", "x", "1"])) if labels != "none" else ""
        return f"{workflow}.{draw(st.sampled_from([*flows[workflow].transitions, 'unheard_of']))}", label
    legal = [(key, move) for key, state in resting.items() for move in flows[key[0]].leaving(state)]
    if not legal or draw(st.integers(0, 3)) == 0:
        workflow = draw(st.sampled_from(sorted(flows)))
        key = (workflow, str(sum(name == workflow for name, _ in resting) + 1))
        resting[key] = flows[workflow].initial
        event = flows[workflow].opens_with
    else:
        key, move = draw(st.sampled_from(legal))
        resting[key] = move.to or resting[key]
        event = move.name
    given = labels == "all" or (labels == "some" and draw(st.booleans()))
    return f"{key[0]}.{event}", key[1] if given else ""


def _at(moment: datetime, exact: bool) -> str:
    return written(moment) if exact else local_day(moment).isoformat()


def csv_text(header: Iterable[str], rows: Iterable[Mapping[str, str]]) -> str:
    """Rows as a CSV text, with nothing where a row has no such column."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(header), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
