"""Hold workflows to what must be true of any, your own overlay's too.

    from frontdoor import load
    from frontdoor.testing import hold

    def test_our_overlay_keeps_the_properties():
        hold(load(local=["our_borough.toml"]))

Each of `PROPERTIES` is a plain function of a library and hypothesis' `data`, from which it draws histories: journeys
that mostly follow the declarations, with slips. `libraries()` draws small sound libraries of all shapes, for code of
your own that must work with any. It needs the extras `testing` and `audit`.
"""

from __future__ import annotations

__all__ = ["PROPERTIES", "histories", "hold", "libraries", "workflows"]

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import attrs
from hypothesis import HealthCheck, Phase, assume, given, note, settings
from hypothesis import strategies as st

from frontdoor import checking, fast, kernel
from frontdoor.book import Book, new_book
from frontdoor.counting import add_working_days, working_days_between
from frontdoor.errors import CalendarExhausted, Fault
from frontdoor.event import NEVER, Events
from frontdoor.formats import flat_csv
from frontdoor.formats.source import COLUMNS, Source
from frontdoor.guidance import Composed, Edition, Local, compose
from frontdoor.library import Library, load
from frontdoor.moment import EPOCH, LONDON, bounds, local_day, parse, written
from frontdoor.reading import File
from frontdoor.replay.audit import Audit, run
from frontdoor.replay.columns import Log, lay_out
from frontdoor.rules import Rules
from frontdoor.timescale import Timescale, Unit
from frontdoor.workflow import ROLES, Workflow
from frontdoor.working_days import Calendar

Property = Callable[[Library, st.DataObject], None]
Row = dict[str, str]

SCALES = ("1 hour", "5 hours", "30 hours", "1 working day", "3 working days", "12 working days", "1 day", "4 days", "1 week",
          "3 weeks", "1 month", "2 months")  # fmt: skip
ACTORS = ("ann", "bob", "cal")


def hold(
    library: Library | st.SearchStrategy[Library],
    *,
    max_examples: int = 30,
    properties: Mapping[str, Property] | None = None,
) -> None:
    """Hold a library, or any that a strategy draws, to each property on `max_examples` random histories.

    Raises:
        AssertionError: one does not hold; the smallest history found that shows it is in the traceback's notes.
    """
    phases = set(Phase) - {Phase.explain}  # which would trace every line of every try
    patient = settings(
        max_examples=max_examples, deadline=None, phases=phases, suppress_health_check=list(HealthCheck)
    )  # fmt: skip
    for holds in (PROPERTIES if properties is None else properties).values():
        patient(given(data=st.data())(_of(library, holds)))()


def _of(library: Library | st.SearchStrategy[Library], holds: Property) -> Callable[[st.DataObject], None]:
    def test(data: st.DataObject) -> None:
        holds(data.draw(library) if isinstance(library, st.SearchStrategy) else library, data)

    test.__name__ = test.__qualname__ = getattr(holds, "__name__", "property")
    return test


# Strategies


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
    text = _csv([*COLUMNS, *carried], rows)
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


def _csv(header: Iterable[str], rows: Iterable[Mapping[str, str]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(header), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _rows(text: str) -> tuple[list[str], list[Row]]:
    reader = csv.DictReader(io.StringIO(text))
    return list(reader.fieldnames or ()), list(reader)


def _read(text: str) -> Source:
    return flat_csv.read(text.encode(), "history.csv")


def _said(audit: Audit) -> dict[str, list[tuple[Any, ...]]]:
    """What an audit says of each case, but for the places in the file that it says it of."""
    said: dict[str, list[tuple[Any, ...]]] = {}
    for frame in (audit.deadlines, audit.findings.drop("position", "message")):
        for row in frame.iter_rows(named=True):
            said.setdefault(row["case_id"], []).append(tuple(row.values()))
    return said


# Properties


def interpreted_is_compiled(library: Library, data: st.DataObject) -> None:
    """A step comes to the same on lists, on arrays, and compiled (where numba is installed), believing or not."""
    import numpy

    log = lay_out(_read(data.draw(histories(library))), library)
    plain = _Folding(log, fast.interpreted, list)
    for speed in (fast.interpreted, fast.compiled()) if fast.available() else (fast.interpreted,):
        other = _Folding(log, speed, numpy)
        assert other.all() == plain.all()
        assert other.refusing() == plain.refusing()


def states_are_declared(library: Library, data: st.DataObject) -> None:
    """A state is always a declared one; only what is declared leaves a final one; illegal is what is not declared."""
    log = lay_out(_read(data.draw(histories(library))), library)
    folding = _Folding(log, fast.interpreted, list)
    names, edition_of = log.compiled, library.edition_on
    before: list[int] = []
    for row, name in enumerate(log.frame["event"]):
        folding.fold(row, row + 1)
        book = folding.book
        after, e, faults = [book.state[place] for place in range(book.tally[0])], book.episode[row], book.faults[row]
        untouched = [*before[:e], *before[e + 1 :]] if 0 <= e < len(before) else before
        assert untouched == [state for place, state in enumerate(after) if place != e], "another episode moved"
        if e >= 0:
            opened = edition_of(date.fromordinal(log.events.day[book.opened[e]] + EPOCH))
            assert names.edition(book.edition[e]) == (opened.name if opened else ""), "not the edition of its first day"
            workflow = names.composed(book.edition[e]).workflows[name.split(".")[0]]
            states, move = names.states[names.workflows.index(workflow.name)], workflow.transitions[name.split(".")[1]]
            old = states[before[e]] if e < len(before) else workflow.initial
            assert old in workflow.states
            opening, legal = move.name == workflow.opens_with, move in workflow.leaving(old)
            closed = workflow.states[old].final and not legal and not opening
            assert bool(faults & kernel.AFTER_CLOSE) == closed
            if not opening:
                assert bool(faults & kernel.ILLEGAL) == (not legal and not closed)
            expected = old if closed or opening or move.to is None else move.to
            assert states[after[e]] == expected, f"{name} led from {old} to {states[after[e]]}"
        before = after


def clocks_stop_as_declared(library: Library, data: st.DataObject) -> None:
    """A clock that runs in states stops at the last exit from them, one until a transition at the first after its anchor."""
    log = lay_out(_read(data.draw(histories(library))), library)
    folding = _Folding(log, fast.interpreted, list)
    folding.fold(0, log.frame.height)
    book, rules = folding.book, log.compiled.rules
    current = {(book.whose[d], book.timer[d]): d for d in range(book.tally[3])}  # the last of each clock
    for (e, k), d in current.items():
        workflow, name = log.compiled.timers[k].split(".")
        flow = log.compiled.composed(book.edition[e]).workflows[workflow]
        timer, states = flow.timers[name], log.compiled.states[book.workflow[e]]
        rows = [row for row in range(log.frame.height) if book.episode[row] == e]
        rested = [states[book.found[row]] for row in rows] + [states[book.state[e]]]
        if timer.runs_in:
            exits = [row for row, old, new in zip(rows, rested, rested[1:], strict=False)
                     if old in timer.runs_in and new not in timer.runs_in]  # fmt: skip
            stop = -1 if rested[-1] in timer.runs_in or not exits else exits[-1]
        else:
            does = {log.compiled.numbers[f"{workflow}.{move}"] for move in timer.until}
            undone = kernel.AFTER_CLOSE | kernel.ILLEGAL
            ends = [
                row for row in rows
                if row > book.anchored[d] and log.events.transition[row] in does
                and not book.faults[row] & kernel.AFTER_CLOSE
                and not (log.events.transition[row] == rules.opener[book.workflow[e]] and book.faults[row] & undone)
            ]  # fmt: skip
            stop = ends[0] if ends else -1
        assert book.stopped[d] == stop, f"{workflow}.{name} stopped at row {book.stopped[d]}, not {stop} (from 0)"


def cases_are_independent(library: Library, data: st.DataObject) -> None:
    """What is said of a case does not depend on how its rows lie among those of others."""
    text = data.draw(histories(library))
    header, rows = _rows(text)
    queues: dict[str, Iterator[Row]] = {
        row["case_id"]: iter([one for one in rows if one["case_id"] == row["case_id"]]) for row in rows
    }
    mixed = [next(queues[row["case_id"]]) for row in data.draw(st.permutations(rows))]
    note(_csv(header, mixed))
    assert _said(run(_read(_csv(header, mixed)), library)) == _said(run(_read(text), library))


def judging_changes_nothing(library: Library, data: st.DataObject) -> None:
    """Judging as at one moment, and then as at a later one, comes to what judging as at the later one does."""
    log = lay_out(_read(data.draw(histories(library))), library)
    stop = data.draw(st.integers(0, log.frame.height))
    halting, straight = _Folding(log, fast.interpreted, list), _Folding(log, fast.interpreted, list)
    halting.fold(0, stop)
    if stop:
        halting.judge(log.events.latest[stop - 1], log.events.last_day[stop - 1])
    halting.fold(stop, log.frame.height)
    assert halting.judge_at_end() == straight.all()[1]
    assert halting.columns() == straight.columns()


def every_deadline_has_one_status(library: Library, data: st.DataObject) -> None:
    """Due, status and over are those of a recount that walks from day to day and shares no code with the kernel."""
    audit = run(_read(data.draw(histories(library))), library)
    assert sum(sum(statuses.values()) for statuses in audit.timers.values()) == audit.deadlines.height
    for row in audit.deadlines.iter_rows(named=True):
        due, statuses, over = _recount(row, written(audit.as_at), library.calendar)
        assert row["status"] in statuses and row["due"] == due and row["over"] == over, row


def tightening_is_never_later(library: Library, data: st.DataObject) -> None:
    """With a tighter timescale no deadline falls due later, and each counts from where it did."""
    timers = [
        (workflow.name, timer.name, timer.allowed)
        for workflow in library.under().workflows.values() for timer in workflow.timers.values() if timer.allowed
    ]  # fmt: skip
    assume(timers)
    workflow, name, old = data.draw(st.sampled_from(timers))
    scales = [Timescale.parse(text) for text in SCALES] + [Timescale(max(1, old.count - 1), old.unit)]
    tighter = data.draw(st.sampled_from([scale for scale in scales if scale.is_never_later_than(old)]))
    note(f"{workflow}.{name}: {old} > {tighter}")
    source = _read(data.draw(histories(library)))
    before, after = (run(source, one) for one in (library, _with_length(library, workflow, name, tighter)))
    assert before.judged["anchored"].to_list() == after.judged["anchored"].to_list()
    for was, now in zip(_dues(before), _dues(after), strict=True):
        assert was is None or (now is not None and now <= was), f"due {now}, before {was}"


def working_days_add_up(library: Library, data: st.DataObject) -> None:
    """The n-th working day is one, counting back gives n, and the kernel's counting says the same."""
    calendar, rules = (
        library.calendar,
        lay_out(_read("case_id,event,happened_at\nK,a,2010-01-01\n"), library).compiled.rules,
    )
    day = data.draw(st.dates(date(calendar.first, 1, 1), date(calendar.last, 12, 31)))
    days = data.draw(st.integers(1, 70))
    by_kernel = add_working_days(rules, day.toordinal() - EPOCH, days)
    try:
        due = calendar.add(day, days)
    except CalendarExhausted:
        assert by_kernel == NEVER and _walk(day, days, calendar) is None
        return
    assert due == date.fromordinal(by_kernel + EPOCH) == _walk(day, days, calendar)
    assert calendar.is_working(due) and calendar.count(day, due) == days and calendar.count(due, day) == 0
    assert calendar.count(day, due - timedelta(days=1)) == days - 1
    assert working_days_between(rules, day.toordinal() - EPOCH, by_kernel) == days
    assert len(list(calendar.skipped(day, due))) == (due - day).days - days


def later_knowledge_changes_nothing(library: Library, data: st.DataObject) -> None:
    """What was known as at a moment is the same without the rows recorded later, and with others that are."""
    header, rows = _rows(data.draw(histories(library)))
    moment = data.draw(st.sampled_from([row["recorded_at"] or row["happened_at"] for row in rows]))
    limit = bounds(parse(moment))[1]
    known = [row for row in rows if bounds(parse(row["recorded_at"] or row["happened_at"]))[0] <= limit]
    more = _rows(data.draw(histories(library, most_cases=1, most_events=5)))[1]
    later = written(datetime.fromtimestamp(limit // 1_000_000 + 1, UTC))
    heard = [{name: row.get(name, "") for name in header} | {"recorded_at": later} for row in more]
    mixed = data.draw(st.permutations([(place, row) for place, row in enumerate(rows)] + [(-1, row) for row in heard]))
    order = iter(rows)  # those that were there keep their order
    grown = [row if place < 0 else next(order) for place, row in mixed]
    first, second, third = (
        _said(run(_read(_csv(header, some)), library, as_known_at=parse(moment))) for some in (rows, known, grown)
    )
    note(f"as known at {moment}")
    assert first == second, "hiding what was recorded later is not the same as never having had it"
    assert sorted(first.items()) == sorted(third.items()), "what was recorded later changed it"


def files_in_any_order(library: Library, data: st.DataObject) -> None:
    """The composed workflows do not depend on the order in which their files, and local files, are read."""
    base = [File(name, f"{name}.toml", _as_tables(one)) for name, one in library.composed[None].workflows.items()]
    chain = library.editions[: data.draw(st.integers(0, len(library.editions)))]
    locals_: list[Local] = list(library.locals)
    once = compose(base, chain, locals_)
    again = compose(data.draw(st.permutations(base)), chain, data.draw(st.permutations(locals_)))
    assert again == once and list(again[0].workflows) == list(once[0].workflows)


def what_is_written_reads_back(library: Library, data: st.DataObject) -> None:
    """A flat event log that is read, written and read again holds the same events, and is written the same."""
    source = _read(data.draw(histories(library)))
    text = flat_csv.write(source)
    again = _read(text)
    assert again.events.drop("position").equals(source.events.drop("position")) and again.details == source.details
    assert flat_csv.write(again) == text and not again.rejected


PROPERTIES: Mapping[str, Property] = {
    test.__name__: test
    for test in (
        interpreted_is_compiled, states_are_declared, clocks_stop_as_declared, cases_are_independent, judging_changes_nothing,
        every_deadline_has_one_status, tightening_is_never_later, working_days_add_up, later_knowledge_changes_nothing,
        files_in_any_order, what_is_written_reads_back,
    )
}  # fmt: skip
"""What must hold of any library, by name: functions that take it, and the `data` to draw histories from."""


# What they are held against


class _Folding:
    """A log folded by one of the kernel's speeds, on lists or on arrays."""

    def __init__(self, log: Log, speed: fast.Kernel, like: Any) -> None:
        def made(values: Any) -> Any:
            values = [int(value) for value in values]
            return values if like is list else like.array(values, "int64")

        self.log, self.speed, self.made, self.like = log, speed, made, like
        tables: Any = (value if isinstance(value, int) else made(value) for value in log.compiled.rules)
        self.rules = Rules(*tables)
        self.events = Events(*map(made, log.events))
        self.book = self.new_book()

    def new_book(self) -> Book:
        """An empty one that need never grow."""
        rows = self.log.frame.height
        return new_book(self.log.compiled.rules, 9 * rows + 64, rows + 1, like=self.like)

    def fold(self, row: int, rows: int) -> None:
        assert self.speed.fold(self.rules, self.events, self.book, row, rows) == rows, "there is room enough"

    def judge(self, at: int, at_day: int) -> list[list[int]]:
        verdicts = [self.made([0] * self.book.tally[3]) for _ in range(5)]
        self.speed.judge_all(self.rules, self.events, self.book, at, at_day, *verdicts)
        return [[int(value) for value in column] for column in verdicts]

    def judge_at_end(self) -> list[list[int]]:
        at = bounds(self.log.as_at or date(2010, 1, 1))
        return self.judge(at[1], at[3])

    def columns(self) -> list[list[int]]:
        columns: Any = self.book
        return [list(column) if self.like is list else column.tolist() for column in columns]

    def all(self) -> tuple[list[list[int]], list[list[int]]]:
        """Every column of the book, and every verdict."""
        self.book = self.new_book()
        self.fold(0, self.log.frame.height)
        verdicts = self.judge_at_end()
        return self.columns(), verdicts

    def refusing(self) -> tuple[list[int], list[list[int]]]:
        """The faults of every row where a row with any is refused, and the book that is left."""
        self.book = self.new_book()
        faults = []
        for row in range(self.log.frame.height):
            if row == 0 or self.events.case[row] != self.events.case[row - 1]:
                kernel.new_case(self.rules, self.book)
            before = self.columns() if self.like is list else []  # arrays are held against the lists at the end
            faults.append(int(self.speed.step(self.rules, self.events, self.book, row, False)))
            assert not before or not faults[-1] or self.columns() == before, "a refused row left its mark"
        return faults, self.columns()


def _recount(row: Mapping[str, Any], as_at: str, calendar: Calendar) -> tuple[str, tuple[str, ...], int | None]:
    """When a deadline is due, the statuses that it may then have, and by how much it is over; by walking."""
    if not row["counted_from"] or not row["guidance"]:
        return "", ("cannot_tell",), None
    stopped = row["stopped_at"]
    late, in_time = ("late", ("met", "ended")) if stopped else ("overdue", ("running",))
    if row["unit"] == "hours":
        (lo, hi), (first, last) = _interval(row["counted_from"]), _interval(stopped or as_at)
        length = timedelta(hours=row["allowed"])
        due = (lo + length).astimezone(LONDON).isoformat() if lo == hi else ""
        if not stopped:
            first = last
        if first > hi + length:
            return due, (late,), (first - hi - length) // timedelta(hours=1)
        return due, in_time if last <= lo + length else ("cannot_tell",), None
    day, n = date.fromisoformat(row["counted_from"][:10]), row["allowed"]
    unit = Unit(row["unit"])
    if unit is Unit.MONTHS:
        month, number = day.year * 12 + day.month - 1 + n, day.day
        while not (found := _date(month // 12, month % 12 + 1, number)):
            number -= 1
    else:
        found = (
            _walk(day, n, calendar)
            if unit is Unit.WORKING_DAYS
            else day + timedelta(n * (7 if unit is Unit.WEEKS else 1))
        )
    if found is None:
        return "", ("cannot_tell",), None
    done = date.fromisoformat((stopped or as_at)[:10])
    if done <= found:
        return found.isoformat(), in_time, None
    known = calendar.first <= found.year and done.year <= calendar.last
    over = sum(_works(found + timedelta(n), calendar) for n in range(1, (done - found).days + 1))
    return found.isoformat(), (late,), over if known else None


def _interval(text: str) -> tuple[datetime, datetime]:
    if len(text) > 10:
        at = datetime.fromisoformat(text).astimezone(UTC)
        return at, at
    day = date.fromisoformat(text)
    first, after = (datetime(d.year, d.month, d.day, tzinfo=LONDON) for d in (day, day + timedelta(days=1)))
    return first.astimezone(UTC), after.astimezone(UTC) - timedelta(microseconds=1)


def _works(day: date, calendar: Calendar) -> bool:
    return day.weekday() < 5 and day not in calendar.holidays and day not in calendar.closures


def _walk(day: date, working_days: int, calendar: Calendar) -> date | None:
    if not calendar.first <= day.year:
        return None
    while working_days:
        day += timedelta(days=1)
        working_days -= _works(day, calendar)
        if day.year > calendar.last:
            return None
    return day if day.year <= calendar.last else None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _dues(audit: Audit) -> list[tuple[int, int] | None]:
    """The first and last moment by which each deadline must be met; None where that cannot be told."""
    dues: list[tuple[int, int] | None] = []
    units = audit.deadlines["unit"]
    for unit, first, last in zip(units, audit.judged["first"], audit.judged["last"], strict=True):
        known = first != NEVER
        ends = [at if unit == "hours" or not known else bounds(date.fromordinal(at + EPOCH))[1] for at in (first, last)]
        dues.append((ends[0], ends[1]) if known else None)
    return dues


def _with_length(library: Library, workflow: str, name: str, length: Timescale) -> Library:
    """The library with another length for one timer, in the editions in which that is tighter."""
    composed = dict(library.composed)
    for edition, one in composed.items():
        timer = one.workflows[workflow].timers.get(name)
        if edition and timer and timer.allowed and length.is_never_later_than(timer.allowed):
            timers: Any = {**one.workflows[workflow].timers, name: attrs.evolve(timer, allowed=length)}
            flow = attrs.evolve(one.workflows[workflow], timers=timers)
            composed[edition] = attrs.evolve(one, workflows={**one.workflows, workflow: flow})
    return attrs.evolve(library, composed=composed)


def _as_tables(workflow: Workflow) -> dict[str, Any]:
    """A workflow as its file would have it."""

    def plain(item: Any) -> dict[str, Any]:
        fields = {field.name.rstrip("_"): getattr(item, field.name) for field in attrs.fields(type(item))}
        del fields["name"]
        for key in ("allowed", "then"):
            if fields.get(key):
                fields[key] = str(fields[key])
        return {key: value for key, value in fields.items() if value is not None}

    parts = ("states", "transitions", "timers")
    tables = {key: value for key, value in plain(workflow).items() if key not in parts}
    return tables | {part: {name: plain(one) for name, one in getattr(workflow, part).items()} for part in parts}
