"""What people did, laid out as the rows that the kernel folds, in the order it happened; and what that comes to.

    folding = Folding(rulebook, facts)      # of one case or of many
    folding.faults[place]                   # of the fact at that place among those given
    folding.judged(now)                     # every deadline, as at a moment

An audit lays out whole files in columns; this is the same order and the same kernel for the few facts of a case.
"""

from __future__ import annotations

__all__ = ["Folding", "Judged", "Times", "times_of"]

from collections.abc import Hashable, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property, lru_cache
from operator import attrgetter
from types import SimpleNamespace
from typing import Any, NamedTuple, TypeAlias

from frontdoor import kernel
from frontdoor.book import and_a_row, grow, new_book
from frontdoor.desk.rulebook import Rulebook
from frontdoor.event import Draft, is_given, stored
from frontdoor.moment import EPOCH, LONDON, bounds, day_start, moment_of
from frontdoor.rows import NEVER, NOBODYS_ROLE, Events
from frontdoor.rules import HOURS
from frontdoor.verdict import judge, table_of

Times: TypeAlias = tuple[int, int, int, int, int]
"""The earliest and latest moment and local day that something happened, and the local day it was recorded."""


class Judged(NamedTuple):
    """One deadline as the kernel has it: rows of the folding, and codes."""

    number: int
    episode: int
    timer: int
    again: int
    anchored: int
    by_anchor: int
    stopped: int
    edition: int
    status: int
    why: int
    first: int
    last: int
    over: int


class Folding:
    """Facts folded by the kernel. `rows` are the facts in the order they were folded: case by case, as they happened."""

    def __init__(self, rulebook: Rulebook, facts: Sequence[Draft], times: Sequence[Times] | None = None) -> None:
        self._begin(rulebook, {}, {})
        times = [times_of(fact) for fact in facts] if times is None else times
        numbers: dict[str, int] = {}
        cases = [numbers.setdefault(fact.case_id, len(numbers)) for fact in facts]
        dated = {(case, time[2]) for case, time in zip(cases, times, strict=True) if time[0] != time[1]}
        # The events of a day any of which is date-only keep the order of the record.
        order = [
            (case, time[2], 0 if (case, time[2]) in dated else time[0], place)
            for place, (case, time) in enumerate(zip(cases, times, strict=True))
        ]
        order.sort()
        self.place_of = places = [one[-1] for one in order]
        self.rows: list[Draft] = [facts[place] for place in places]
        self.row_of = [0] * len(places)
        for row, place in enumerate(places):
            self.row_of[place] = row
        self.moments = _Moments(self.rows, {-1: ""})
        """When the fact in each row happened, as a log keeps it; -1 is no row."""
        self.events = self._columns([one[0] for one in order], self.rows, [times[place] for place in places])
        self.book = new_book(self.rules, len(places), len(self._labels))
        self._fold(0)

    def and_then(self, fact: Draft, times: Times | None = None) -> Folding:
        """The same with one more fact of its case. Where that comes last, no other is folded again."""
        times, last = times or times_of(fact), len(self.rows)
        if not self._comes_last(times):
            return Folding(self.rulebook, [*(self.rows[row] for row in self.row_of), fact])
        more = object.__new__(Folding)
        more._begin(self.rulebook, dict(self._labels), dict(self._actors))
        more.rows = [*self.rows, fact]
        more.place_of, more.row_of = [*self.place_of, last], [*self.row_of, last]
        cells = more._cells(self.events.case[last - 1], fact, times)
        more.events = Events(*[[*column, cell] for column, cell in zip(self.events, cells, strict=True)])
        more.book = and_a_row(self.book, self.rules, kernel.room(self.rules, self.book))
        more.moments = _Moments(more.rows, self.moments)
        more.said = self.said
        more._fold(last)
        return more

    def _comes_last(self, times: Times) -> bool:
        """Whether what happened then is folded after every row, whatever it is."""
        if not self.rows:
            return False
        day, earliest = self.events.day[-1], self.events.earliest[-1]
        return times[2] > day or (times[2] == day and times[0] == times[1] and times[0] >= earliest)

    def recorded(self, facts: Sequence[Draft]) -> None:
        """Take the last facts as they were recorded since; what is folded after them finds their episodes by name."""
        for fact, row in zip(facts, self.row_of[len(self.rows) - len(facts) :], strict=True):
            self.rows[row] = fact
            label, e = self._label(fact) if fact.episode else -1, self.book.episode[row]
            self.events.label[row] = label  # type: ignore[index]
            if label >= 0 and e >= 0:
                self.book.labelled.extend([-1] * (len(self._labels) - len(self.book.labelled)))  # type: ignore[attr-defined]
                self.book.labelled[label] = e

    def _begin(self, rulebook: Rulebook, labels: dict[tuple[str, str, str], int], actors: dict[str, int]) -> None:
        self.rulebook = rulebook
        self.compiled = rulebook.compiled
        self.rules = self.compiled.rules
        self._labels, self._actors = labels, actors
        self.said: Mapping[Hashable, Any] = {}
        """What was last said of the same facts (`views.standing`), kept with them; never changed, but put in the place of."""

    def _label(self, fact: Draft) -> int:
        return self._labels.setdefault((fact.case_id, fact.event.partition(".")[0], fact.episode), len(self._labels))

    def _columns(self, cases: Sequence[int], facts: Sequence[Draft], times: Sequence[Times]) -> Events:
        """Facts as the kernel reads them."""
        rows = map(self._cells, cases, facts, times)
        return Events(*(map(list, zip(*rows, strict=True)) if facts else [[] for _ in Events._fields]))

    def _cells(self, case: int, fact: Draft, times: Times) -> tuple[int, ...]:
        """One fact as the kernel reads it."""
        actors = self._actors
        return (
            case, self.compiled.numbers.get(fact.event, -1), self._label(fact) if fact.episode else -1, *times,
            actors.setdefault(fact.actor, len(actors)) if fact.actor else -1,
            self.rulebook.roles.get(fact.role, NOBODYS_ROLE) if fact.role else -1, self._given(fact.details),
            self.rulebook.bindings.bound(fact.digest, fact.event, times[2]),
        )  # fmt: skip

    def _given(self, details: Mapping[str, object]) -> int:
        """The details that say anything, of those that some transition needs, as bits."""
        bits, given = self.compiled.details, 0
        for name, value in details.items():
            if name in bits and is_given(value):
                given |= 1 << bits[name]
        return given

    def _fold(self, row: int) -> None:
        rows = len(self.rows)
        plain = _plain if rows - row > _MANY else _as_it_is
        rules, events = plain(self.rules), plain(self.events)
        while (row := kernel.fold(rules, events, plain(self.book), row, rows)) < rows:
            self.book = grow(self.book)

    def faults(self, place: int) -> int:
        """What is wrong with the fact at a place among those given, as the kernel's bits."""
        return self.book.faults[self.row_of[place]]

    def episode(self, place: int) -> int:
        """The episode that the fact at a place belongs to; -1: none."""
        return self.book.episode[self.row_of[place]]

    @property
    def episodes(self) -> range:
        """The numbers of the episodes, case by case in order of opening."""
        return range(self.book.tally[0])

    @cached_property
    def names(self) -> list[str]:
        """The name of each episode: its own, else 'referral-2' for the second that opened in the case, if that is free."""
        names = [self.opening(e).episode for e in self.episodes]
        if all(names):
            return names
        taken = {(fact.case_id, fact.episode) for fact in self.rows if fact.episode}
        counts: dict[tuple[str, int], int] = {}
        for e in self.episodes:
            fact, workflow = self.rows[self.book.opened[e]], self.book.workflow[e]
            key = (fact.case_id, workflow)
            counts[key] = counts.get(key, 0) + 1
            name = fact.episode
            number = counts[key]
            while not name:
                name = f"{self.compiled.workflows[workflow]}-{number}"
                if (fact.case_id, name) in taken:
                    name, number = "", number + 1
            taken.add((fact.case_id, name))
            names[e] = name
        return names

    @cached_property
    def digests(self) -> list[str]:
        """Of each episode, the digest of the workflow that it is bound to."""
        digests = [self.opening(e).digest for e in self.episodes]
        found: dict[tuple[int, int], str] = {}  # by workflow and edition, for whose day chose that chose the digest
        for e, digest in enumerate(digests):
            if not digest:
                key = self.book.workflow[e], self.book.edition[e]
                if key not in found:
                    found[key] = self.rulebook.digest_on(self.workflow(e), self.events.day[self.book.opened[e]])
                digests[e] = found[key]
        return digests

    def workflow(self, e: int) -> str:
        """The name of an episode's workflow."""
        return self.compiled.workflows[self.book.workflow[e]]

    def state(self, e: int) -> str:
        """The name of an episode's state."""
        return self.compiled.states[self.book.workflow[e]][self.book.state[e]]

    @cached_property
    def came(self) -> list[int]:
        """Of each episode, the row by which it came to the state that it is in."""
        book = self.book
        came = [book.opened[e] for e in self.episodes]
        for row in range(len(self.rows)):
            e = book.episode[row]
            if e >= 0 and row > came[e] and book.found[row] != book.state[e]:
                came[e] = row
        return came

    def opening(self, e: int) -> Draft:
        """The fact that opened an episode, by whatever event."""
        return self.rows[self.book.opened[e]]

    def states(self, place: int) -> tuple[str | None, str]:
        """The state of its episode before the fact at a place (None: that opened it) and after it."""
        row, e = self.row_of[place], self.episode(place)
        names = self.compiled.states[self.book.workflow[e]]
        later = (after for after in range(row + 1, len(self.rows)) if self.book.episode[after] == e)
        after = next(later, -1)
        state = self.book.state[e] if after < 0 else self.book.found[after]
        return None if self.book.opened[e] == row else names[self.book.found[row]], names[state]

    @cached_property
    def at_rest(self) -> list[Judged]:
        """Every deadline as if no time had passed: what has not stopped runs."""
        return self.judged(None)

    def judged(self, now: datetime | None) -> list[Judged]:
        """Every deadline as at a moment (None: as if no time had passed), case by case, in order of episode and timer."""
        at, at_day = (-(1 << 62), NEVER) if now is None else (bounds(now)[0], bounds(now)[2])
        book, found = self.book, []
        for d in range(book.tally[3]):
            verdict = judge(self.rules, self.events, book, d, at, at_day)
            found.append(Judged(
                d, book.whose[d], book.timer[d], book.again[d], book.anchored[d], book.by_anchor[d], book.stopped[d],
                book.edition[book.whose[d]], *verdict,
            ))  # fmt: skip
        found.sort(key=_IN_ORDER)
        return found

    def in_hours(self, one: Judged) -> bool:
        """Whether a deadline is counted in hours."""
        z = table_of(self.rules, one.edition) * self.rules.sizes[2] + one.timer
        return (self.rules.then_unit[z] if one.again else self.rules.unit[z]) == HOURS

    def late_from(self, one: Judged) -> int | None:
        """The first moment at which a deadline is late for certain; None where that cannot be told."""
        if one.last == NEVER:
            return None
        return one.last + 1 if self.in_hours(one) else _day_start(one.last + 1)

    def due(self, one: Judged) -> date | None:
        """When a deadline is due: a date, or for hours a moment; None where there is no one answer."""
        if one.first != one.last or one.first == NEVER:
            return None
        if self.in_hours(one):
            return moment_of(one.first).astimezone(LONDON)
        return date.fromordinal(one.first + EPOCH)


class _Moments(dict[int, str]):
    def __init__(self, rows: Sequence[Draft], known: Mapping[int, str]) -> None:
        super().__init__(known)
        self._rows = rows

    def __missing__(self, row: int) -> str:
        found = self[row] = stored(self._rows[row].happened_at)
        return found


_IN_ORDER = attrgetter("episode", "timer", "number")
_MANY = 500
"""Rows from which it is worth while to lay out tables otherwise before they are folded."""


def _plain(table: Any) -> Any:
    """The same columns under the same names, in an object of which Python reads them quicker than of a tuple."""
    return SimpleNamespace(**table._asdict())


def _as_it_is(table: Any) -> Any:
    return table


def times_of(fact: Draft) -> Times:
    """When a fact happened and was recorded, as the kernel reads it."""
    happened = bounds(fact.happened_at)
    if fact.recorded_at is fact.happened_at:
        return *happened, happened[2]
    return *happened, NEVER if fact.recorded_at is None else bounds(fact.recorded_at)[2]


@lru_cache(maxsize=4_096)
def _day_start(day: int) -> int:
    return day_start(date.fromordinal(day + EPOCH))
