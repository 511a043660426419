"""What must be true of any workflows and any history: plain functions of a library and what hypothesis draws."""

from __future__ import annotations

__all__ = ["PROPERTIES", "Property"]

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta

import attrs
from hypothesis import assume, note
from hypothesis import strategies as st

from frontdoor import fast, kernel
from frontdoor.counting import add_working_days, working_days_between
from frontdoor.errors import CalendarExhausted
from frontdoor.formats import flat_csv
from frontdoor.guidance import Local, compose
from frontdoor.library import Library
from frontdoor.moment import EPOCH, bounds, parse, written
from frontdoor.reading import File
from frontdoor.replay.audit import run
from frontdoor.replay.columns import lay_out
from frontdoor.rows import NEVER
from frontdoor.testing.agreement import machine_agrees
from frontdoor.testing.recount import (
    Folding,
    as_tables,
    bound_to,
    dues,
    read_text,
    recount,
    rows_of,
    said,
    walk,
    with_length,
)
from frontdoor.testing.strategies import SCALES, Row, csv_text, histories
from frontdoor.timescale import Timescale

Property = Callable[[Library, st.DataObject], None]


def interpreted_is_compiled(library: Library, data: st.DataObject) -> None:
    """A step comes to the same on lists, on arrays, and compiled (where numba is installed), believing or not."""
    import numpy

    log = lay_out(read_text(data.draw(histories(library))), library)
    plain = Folding(log, fast.interpreted, list)
    for speed in (fast.interpreted, fast.compiled()) if fast.available() else (fast.interpreted,):
        other = Folding(log, speed, numpy)
        assert other.all() == plain.all()
        assert other.refusing() == plain.refusing()


def states_are_declared(library: Library, data: st.DataObject) -> None:
    """A state is always a declared one; only what is declared leaves a final one; illegal is what is not declared."""
    log = lay_out(read_text(data.draw(histories(library))), library)
    folding = Folding(log, fast.interpreted, list)
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
    log = lay_out(read_text(data.draw(histories(library))), library)
    folding = Folding(log, fast.interpreted, list)
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
    header, rows = rows_of(text)
    queues: dict[str, Iterator[Row]] = {
        row["case_id"]: iter([one for one in rows if one["case_id"] == row["case_id"]]) for row in rows
    }
    mixed = [next(queues[row["case_id"]]) for row in data.draw(st.permutations(rows))]
    note(csv_text(header, mixed))
    assert said(run(read_text(csv_text(header, mixed)), library)) == said(run(read_text(text), library))


def judging_changes_nothing(library: Library, data: st.DataObject) -> None:
    """Judging as at one moment, and then as at a later one, comes to what judging as at the later one does."""
    log = lay_out(read_text(data.draw(histories(library))), library)
    stop = data.draw(st.integers(0, log.frame.height))
    halting, straight = Folding(log, fast.interpreted, list), Folding(log, fast.interpreted, list)
    halting.fold(0, stop)
    if stop:
        halting.judge(log.events.latest[stop - 1], log.events.last_day[stop - 1])
    halting.fold(stop, log.frame.height)
    assert halting.judge_at_end() == straight.all()[1]
    assert halting.columns() == straight.columns()


def every_deadline_has_one_status(library: Library, data: st.DataObject) -> None:
    """Due, status and over are those of a recount that walks from day to day and shares no code with the kernel."""
    audit = run(read_text(data.draw(histories(library))), library)
    assert sum(sum(statuses.values()) for statuses in audit.timers.values()) == audit.deadlines.height
    for row in audit.deadlines.iter_rows(named=True):
        due, statuses, over = recount(row, written(audit.as_at), library.calendar)
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
    source = read_text(data.draw(histories(library)))
    before, after = (run(source, one) for one in (library, with_length(library, workflow, name, tighter)))
    assert before.folded.judged["anchored"].to_list() == after.folded.judged["anchored"].to_list()
    for was, now in zip(dues(before), dues(after), strict=True):
        assert was is None or (now is not None and now <= was), f"due {now}, before {was}"


def bound_episodes_keep_their_library(library: Library, data: st.DataObject) -> None:
    """What a log binds to another library is judged as that one alone judges it; what it does not bind, by its own."""
    delay = timedelta(days=data.draw(st.integers(0, 400)))
    other = attrs.evolve(library, starts=tuple(start + delay for start in library.starts))
    for workflow in library.under().workflows.values():
        for timer in workflow.timers.values():
            if timer.allowed:
                tighter = Timescale(max(1, timer.allowed.count - 1), timer.allowed.unit)
                other = with_length(other, workflow.name, timer.name, tighter)
    source = read_text(data.draw(histories(library)))
    elsewhere = data.draw(st.sets(st.sampled_from(source.events["case_id"].unique().sort().to_list())))
    note(f"bound to another library: {sorted(elsewhere)}")
    found = said(run(bound_to(other, source, elsewhere, library)))
    theirs, ours = said(run(source, other)), said(run(source, library))
    assert found == {case: (theirs if case in elsewhere else ours)[case] for case in found}
    assert set(found) == {case for case in theirs if case in elsewhere} | {
        case for case in ours if case not in elsewhere
    }


def working_days_add_up(library: Library, data: st.DataObject) -> None:
    """The n-th working day is one, counting back gives n, and the kernel's counting says the same."""
    calendar, rules = (
        library.calendar,
        lay_out(read_text("case_id,event,happened_at\nK,a,2010-01-01\n"), library).compiled.rules,
    )
    day = data.draw(st.dates(date(calendar.first, 1, 1), date(calendar.last, 12, 31)))
    days = data.draw(st.integers(1, 70))
    by_kernel = add_working_days(rules, day.toordinal() - EPOCH, days)
    try:
        due = calendar.add(day, days)
    except CalendarExhausted:
        assert by_kernel == NEVER and walk(day, days, calendar) is None
        return
    assert due == date.fromordinal(by_kernel + EPOCH) == walk(day, days, calendar)
    assert calendar.is_working(due) and calendar.count(day, due) == days and calendar.count(due, day) == 0
    assert calendar.count(day, due - timedelta(days=1)) == days - 1
    assert working_days_between(rules, day.toordinal() - EPOCH, by_kernel) == days
    assert len(list(calendar.skipped(day, due))) == (due - day).days - days


def later_knowledge_changes_nothing(library: Library, data: st.DataObject) -> None:
    """What was known as at a moment is the same without the rows recorded later, and with others that are."""
    header, rows = rows_of(data.draw(histories(library)))
    moment = data.draw(st.sampled_from([row["recorded_at"] or row["happened_at"] for row in rows]))
    limit = bounds(parse(moment))[1]
    known = [row for row in rows if bounds(parse(row["recorded_at"] or row["happened_at"]))[0] <= limit]
    more = rows_of(data.draw(histories(library, most_cases=1, most_events=5)))[1]
    later = written(datetime.fromtimestamp(limit // 1_000_000 + 1, UTC))
    heard = [{name: row.get(name, "") for name in header} | {"recorded_at": later} for row in more]
    mixed = data.draw(st.permutations([(place, row) for place, row in enumerate(rows)] + [(-1, row) for row in heard]))
    order = iter(rows)  # those that were there keep their order
    grown = [row if place < 0 else next(order) for place, row in mixed]
    first, second, third = (
        said(run(read_text(csv_text(header, some)), library, as_known_at=parse(moment)))
        for some in (rows, known, grown)
    )
    note(f"as known at {moment}")
    assert first == second, "hiding what was recorded later is not the same as never having had it"
    assert sorted(first.items()) == sorted(third.items()), "what was recorded later changed it"


def files_in_any_order(library: Library, data: st.DataObject) -> None:
    """The composed workflows do not depend on the order in which their files, and local files, are read."""
    base = [File(name, f"{name}.toml", as_tables(one)) for name, one in library.composed[None].workflows.items()]
    chain = library.editions[: data.draw(st.integers(0, len(library.editions)))]
    locals_: list[Local] = list(library.locals)
    once = compose(base, chain, locals_)
    again = compose(data.draw(st.permutations(base)), chain, data.draw(st.permutations(locals_)))
    assert again == once and list(again[0].workflows) == list(once[0].workflows)


def what_is_written_reads_back(library: Library, data: st.DataObject) -> None:
    """A flat event log that is read, written and read again holds the same events, and is written the same."""
    source = read_text(data.draw(histories(library)))
    text = flat_csv.as_text(source)
    again = read_text(text)
    assert again.events.drop("position").equals(source.events.drop("position")) and again.details == source.details
    assert flat_csv.as_text(again) == text and not again.rejected


PROPERTIES: Mapping[str, Property] = {
    test.__name__: test
    for test in (
        interpreted_is_compiled, states_are_declared, clocks_stop_as_declared, cases_are_independent, judging_changes_nothing,
        every_deadline_has_one_status, tightening_is_never_later, bound_episodes_keep_their_library, working_days_add_up, later_knowledge_changes_nothing,
        files_in_any_order, what_is_written_reads_back, machine_agrees,
    )
}  # fmt: skip
"""What must hold of any library, by name: functions that take it, and the `data` to draw histories from."""
