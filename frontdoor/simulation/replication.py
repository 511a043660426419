"""Replications of a scenario: the engine run once and again, and what comes of each."""

from __future__ import annotations

__all__ = ["KEPT", "MISSED", "STILL_RUNS", "Floor", "Replication", "Speed", "speeds"]

from itertools import chain
from typing import Any, NamedTuple

import attrs

from frontdoor import fast
from frontdoor.book import Book, new_book
from frontdoor.rows import Events, laid_out, longer
from frontdoor.simulation import agenda, arriving, daily, draws, engine, holding, hours, settling, taking_up, working
from frontdoor.simulation.block import Block
from frontdoor.simulation.caseload import past_of
from frontdoor.simulation.draws import seed_of
from frontdoor.simulation.hours import UNTOLD
from frontdoor.simulation.laying_out import grown, more_events, new_events, new_run, renew
from frontdoor.simulation.planning import Planned
from frontdoor.simulation.run import KEPT_BACK, LAPSED, PUT_OFF, ROWS, TIME, Run
from frontdoor.verdict import STATUSES

MODULES = (draws, hours, agenda, arriving, holding, working, daily, engine, taking_up, settling)
KEPT, MISSED, STILL_RUNS = range(3)
_LOOPS = ("begin", "take_up", "run_on", "settle", "weigh", "fold", "judge_all")


@attrs.frozen
class Replication:
    """What one run came to, of the time that is counted. Lists are by timer, team, priority and so on, flattened."""

    number: int
    counts: list[int]
    """[timer, priority, status]"""
    causes: list[int]
    """[timer, priority, cause]"""
    many: list[int]
    """[2 teams, priority] how much work was begun (behind: was given a worker with room)"""
    waited: list[int]
    """[2 teams, priority] the seconds that it had waited"""
    bins: Any
    """[2 teams, priority, bin] how much waited so long"""
    parts: list[int]
    part_waited: list[int]
    """[2 teams, part] the same for each twentieth of the run"""
    area: list[int]
    """[2 teams] seconds that work waited, of whatever was begun or not"""
    worked: list[int]
    """[team] seconds of work"""
    there: list[int]
    """[team] seconds in which its workers were there"""
    backlog: list[int]
    """[working day, 2 teams] how much waited at the daily check"""
    oldest: list[int]
    """[working day, 2 teams] for how many seconds the longest had"""
    holds: list[int]
    """[team, cases] the worker-days on which so many were held"""
    contacts: list[int]
    """[source] how many came"""
    open_: list[int]
    """[day, the warm-up's included] of how many contacts there was something to do"""
    kept_back: int
    lapsed: int
    put_off: int
    rows: int
    fates: list[int]
    """[deadline that ran when the run began] whether it was kept or missed by the end, or still ran; of a run that began with
    a caseload"""
    further: list[int]
    """[timer] how many deadlines that began in it, in cases that were open before, are missed"""


class Speed(NamedTuple):
    """The engine interpreted or compiled, and what its columns are made of."""

    code: Any
    like: Any


def speeds(*, quick: bool) -> Speed:
    """The engine compiled, where numba is installed and it is asked for; else interpreted: the same code, the same numbers."""
    if quick and fast.available():
        import numpy

        return Speed(fast.machine_code(*MODULES, loops=_LOOPS), numpy)
    return Speed(
        {
            name: getattr(module, name)
            for name, module in zip(_LOOPS[:5], (engine, taking_up, engine, settling, settling), strict=True)
        },
        list,
    )


@attrs.define
class Floor:
    """Where replications of one scenario are run, one after another, in the same columns."""

    planned: Planned
    speed: Speed
    tables: tuple[Any, Any, Any]
    run: Run
    book: Book
    events: Events
    past: Any = None
    """The tables of what the run begins with."""
    running: list[int] = attrs.field(factory=list)
    """The deadlines that run when it begins."""
    counted_from: list[tuple[int, int]] = attrs.field(factory=list)
    """The rows that opened their episodes, and those that they count from (-1: none), as it begins."""
    idle: set[int] | None = None
    """Those of which there was nobody's work in any replication."""
    before: int = 0
    """How many deadlines there are when it begins."""

    @classmethod
    def of(cls, planned: Planned, speed: Speed) -> Floor:
        """A floor with room for about what is expected; it grows where that is too little."""
        contacts = int(planned.expected * 1.1) + 1_200
        tables = (
            _columns(planned.compiled.rules, speed.like), _columns(planned.hours, speed.like), _columns(planned.plan, speed.like)
        )  # fmt: skip
        caseload = planned.caseload
        if caseload is None:
            return cls(planned, speed, tables, *_laid_out(planned, speed, contacts, 5 * contacts))
        contacts += max(len(caseload.cases), len(caseload.referred))
        run, book, events = _laid_out(
            planned,
            speed,
            contacts,
            5 * contacts + 3 * len(caseload.rows["case"]),
            caseload.labels + len(caseload.places),
        )
        for name, column in caseload.rows.items():
            getattr(events, name)[: len(column)] = column
        return cls(planned, speed, tables, run, book, events, _columns(past_of(caseload, planned.scenario), speed.like))

    def replicate(self, seed: int, number: int) -> Replication:
        """Run the scenario once: what it came to. Its rows are on the floor until the next."""
        rules, times, plan = self.tables
        its_seed, code = seed_of(seed, number), self.speed.code
        if self.run.agenda.clock[TIME]:
            renew(self.run, self.book)
        code["begin"](times, plan, self.run, its_seed)
        if self.past is not None:
            while not code["take_up"](rules, times, plan, self.past, self.events, self.book, self.run, its_seed):
                self._grow()
            self._note_running()
        while not code["run_on"](rules, times, plan, self.events, self.book, self.run, its_seed):
            self._grow()
        return _counted(self, number, its_seed)

    def _note_running(self) -> None:
        """Which deadlines run as the run begins, what they count from, and of which there is nobody's work."""
        book, marks = self.book, self.run.marks
        self.before = int(book.tally[3])
        self.running = [d for d in range(self.before) if book.stopped[d] < 0]
        self.counted_from = [(int(book.opened[book.whose[d]]), int(book.anchored[d])) for d in self.running]
        idle = {d for d in self.running if self.run.contacts.live[marks.of[book.opened[book.whose[d]]]] == 0}
        self.idle = idle if self.idle is None else self.idle & idle

    def further(self) -> list[int]:
        """By timer, how many deadlines that began in the run in cases that were open before are missed."""
        book, of, found = self.book, self.run.marks.of, [0] * len(self.planned.compiled.timers)
        cases = len(self.planned.caseload.cases) if self.planned.caseload else 0
        for d in range(self.before, int(book.tally[3])):
            if of[book.opened[book.whose[d]]] < cases and self.fate(d) == MISSED:
                found[book.timer[d]] += 1
        return found

    def _grow(self) -> None:
        self.run, self.book = grown(self.run), _larger(self.book)
        self.events = more_events(self.events)

    def late_from(self, d: int) -> int:
        """The first second at which a deadline is late; FAR: after the run; UNTOLD: that cannot be told."""
        return int(self.run.marks.late_from[d])

    def fate(self, d: int) -> int:
        """Whether a deadline was kept or missed by the end of the run, or still ran."""
        late_from, stop = self.late_from(d), int(self.book.stopped[d])
        until = self.events.earliest[stop] // engine.SECOND if stop >= 0 else self.planned.plan.sizes[8] - 1
        if late_from != UNTOLD and until >= late_from:
            return MISSED
        return KEPT if stop >= 0 else STILL_RUNS


def _laid_out(planned: Planned, speed: Speed, contacts: int, rows: int, labels: int = 1) -> tuple[Run, Book, Events]:
    rules = planned.compiled.rules
    like = list if speed.like is list else Block(speed.like)
    run = new_run(planned.plan, planned.days, contacts, rows, like=like)
    return run, new_book(rules, rows, labels, cases=contacts, like=like, narrow=True), new_events(rows, like=like)


def _larger(book: Book) -> Book:
    """The book with twice the room in every column that grows."""
    fixed = ("tally", "labelled")
    return Book(**{name: column if name in fixed else longer(column, -1) for name, column in book._asdict().items()})


def _counted(floor: Floor, number: int, seed: int) -> Replication:
    planned, speed, run = floor.planned, floor.speed, floor.run
    rules, times, plan = floor.tables
    sizes = planned.plan.sizes
    timers, wide, teams = planned.compiled.rules.sizes[2], sizes[1], sizes[3]
    counts, causes = (laid_out(timers * wide * len(kinds), 0, speed.like) for kinds in (STATUSES, settling.CAUSES))
    speed.code["settle"](rules, times, plan, floor.events, floor.book, run, counts, causes)
    many, waited = (laid_out(2 * teams * wide, 0, speed.like) for _ in range(2))
    bins = laid_out(2 * teams * wide * settling.BINS, 0, speed.like)
    parts, part_waited = (laid_out(2 * teams * settling.BATCHES, 0, speed.like) for _ in range(2))
    came, there = (laid_out(n, 0, speed.like) for n in (sizes[0], teams))
    speed.code["weigh"](times, plan, run, seed, many, waited, bins, parts, part_waited, came, there)
    backlog, oldest = (
        list(chain.from_iterable(column[day * 2 * teams : (day + 1) * 2 * teams] for day in planned.checked))
        for column in map(_plain, (run.checks.backlog, run.checks.oldest))
    )
    return Replication(
        number=number, counts=_plain(counts), causes=_plain(causes), many=_plain(many), waited=_plain(waited), bins=bins, parts=_plain(parts),
        part_waited=_plain(part_waited), area=_plain(run.line.area), worked=_plain(run.staff.worked), there=_plain(there),
        backlog=backlog, oldest=oldest, holds=_plain(run.staff.holds), contacts=_plain(came), open_=_plain(run.checks.open_),
        kept_back=int(run.now[KEPT_BACK]), lapsed=int(run.now[LAPSED]), put_off=int(run.now[PUT_OFF]), rows=int(run.now[ROWS]),
        fates=[floor.fate(d) for d in floor.running], further=floor.further(),
    )  # fmt: skip


def _columns(tables: Any, like: Any) -> Any:
    """Tables of integers, as lists or as arrays."""
    if isinstance(tables, int) or like is list:
        return tables
    if hasattr(tables, "_fields"):
        # sizes never change: as a tuple they need not be read again after each write
        return type(tables)(
            *(tuple(one) if name == "sizes" else _columns(one, like) for name, one in tables._asdict().items())
        )
    return like.asarray(tables, dtype="int64")


def _plain(column: Any) -> list[int]:
    return list(column) if isinstance(column, list) else column.tolist()
