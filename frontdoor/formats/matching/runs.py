"""A source's telling of one child's workflow: its rows as facts, and its facts as episodes."""

from __future__ import annotations

__all__ = ["FEW", "NEAR", "Fact", "Near", "Run", "Told", "placed"]

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import attrs

from frontdoor.formats.matching.flows import Flow
from frontdoor.formats.matching.reach import ALWAYS, Window

NEAR = 7 * 24 * 3_600_000_000
"""A week: so far apart two sources may date one opening, or one of several visits, and be taken to mean the same."""
FEW = 16
"""Of candidates that are equally near, as many are looked at."""


class Told(NamedTuple):
    """One row of one source."""

    row: int
    source: int
    event: str
    first: int
    last: int
    """The first and last moment that it can mean."""
    day: int
    label: str
    said: tuple[str, ...]
    """Actor, role and details, by which alike rows are told apart."""
    window: Window
    """What its source reaches."""


@attrs.define(eq=False)
class Fact:
    """What one or more sources tell, and what contradicts it."""

    told: list[Told]
    first: int
    last: int
    against: list[Told] = attrs.Factory(list)

    @property
    def event(self) -> str:
        """What happened."""
        return self.told[0].event

    def agree(self, other: Fact) -> None:
        """Take in what others tell of the same, and narrow the moments that it can have been to those that suit all."""
        self.told += other.told
        self.first, self.last = max(self.first, other.first), min(self.last, other.last)

    def meets(self, other: Fact) -> bool:
        """Whether they can be one moment."""
        return self.first <= other.last and other.first <= self.last

    def gap(self, other: Fact) -> int:
        """How far apart they are at least; 0: they can be one moment. What happened after all that the other's sources
        can speak of is as far as can be."""
        if self.meets(other):
            return 0
        gap = max(self.first - other.last, other.first - self.last)
        return ALWAYS if self._after_all(other) or other._after_all(self) else gap

    def near(self, other: Fact) -> int:
        """The same, as far as one may be a wrong date of the other: if none of their sources reaches the other's moment, neither
        would know better, and they are as far as can be."""
        gap = self.gap(other)
        return gap if not gap or self.reaches(other) else ALWAYS

    def reaches(self, other: Fact) -> bool:
        """Whether a source of one of them would tell of the other."""
        pairs = ((self, other), (other, self))
        return any(told.window.reaches(its.event, its.first, its.last) for one, its in pairs for told in one.told)

    def _after_all(self, other: Fact) -> bool:
        return self.first > max(one.window.until for one in other.told)

    def differs(self, other: Fact) -> int:
        """In how many things of which both say something they say something else."""
        pairs = zip(self.told[0].said, other.told[0].said, strict=True)
        return sum(bool(mine and its and mine != its) for mine, its in pairs)


@attrs.define(eq=False)
class Run:
    """An episode."""

    facts: list[Fact] = attrs.Factory(list)
    opened: Fact | None = None
    state: str = ""
    labels: list[str] = attrs.Factory(list)
    """What sources call it, the first-named first."""

    @property
    def source(self) -> int:
        """The source that tells of it, while there is one only."""
        return self.facts[0].told[0].source

    @property
    def first(self) -> int:
        """The first moment that is told of it."""
        return self.opened.first if self.opened else self.facts[0].first

    def ended(self, flow: Flow) -> Fact | None:
        """The fact that ended it last, unless it was moved on after that."""
        ends = [fact for fact in self.facts if flow.ends(fact.event)]
        end = max(ends, key=lambda fact: fact.last, default=None)
        if end and any(flow.moves_on(fact.event) and fact.first > end.last for fact in self.facts):
            return None
        return end

    def surety(self, told: Told) -> tuple[int, int]:
        """How sure it is that a row belongs here: its label says so; its source tells of the opening; or neither. Of
        openings that are told the latest."""
        if self.opened is None or self.opened.first > told.last:
            return 2 if told.label else 0, 0
        same = any(one.source == told.source for one in self.opened.told)
        return 2 if told.label else int(same), self.opened.first


def placed(facts: Iterable[tuple[Fact, str]], flow: Flow) -> list[Run]:
    """The episode of each fact: by its label, else the latest open one, else the latest; an opening opens one."""
    labelled: dict[str, Run] = {}
    open_: dict[Run, None] = {}
    latest: Run | None = None
    found = []
    for fact, label in facts:
        opening = fact.event == flow.opening
        run = labelled.get(label) if label else None if opening else next(reversed(open_), latest)
        if run is None:
            run = latest = Run(state=flow.initial, labels=[label] if label else [])
            if label:
                labelled[label] = run
        if opening and run.opened is None:
            run.opened = fact
        run.facts.append(fact)
        run.state = flow.after(run.state, fact.event)
        if run.state in flow.final:
            open_.pop(run, None)
        else:
            open_.setdefault(run)
        found.append(run)
    return found


class Near:
    """Facts by event, in order of time, to be found by their moments."""

    def __init__(self, facts: Iterable[tuple[Run, Fact]]) -> None:
        self._facts: dict[str, list[tuple[Run, Fact]]] = defaultdict(list)
        for run, fact in facts:
            self._facts[fact.event].append((run, fact))
        for some in self._facts.values():
            some.sort(key=lambda one: (one[1].first, one[1].last))
        self._firsts = {event: [fact.first for _, fact in some] for event, some in self._facts.items()}

    def to(self, fact: Fact, within: int = NEAR) -> list[tuple[Run, Fact]]:
        """A few that are no further than that from a fact, on either side."""
        firsts, some = self._firsts.get(fact.event, []), self._facts.get(fact.event, [])
        here = bisect_left(firsts, fact.first)
        around = [*some[max(0, here - FEW) : here][::-1], *some[here : here + FEW]]
        return [one for one in around if one[1].near(fact) <= within]

    def drop(self, fact: Fact) -> None:
        """Find it no more."""
        firsts, some = self._firsts.get(fact.event, []), self._facts.get(fact.event, [])
        alike = range(bisect_right(firsts, fact.first) - 1, bisect_left(firsts, fact.first) - 1, -1)
        place = next((place for place in alike if some[place][1] is fact), None)
        if place is not None:
            del some[place], firsts[place]
