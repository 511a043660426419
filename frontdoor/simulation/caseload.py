"""The open caseload that a run may begin with: what had happened in the cases that are open, as the kernel reads it."""

from __future__ import annotations

__all__ = ["Caseload", "past_of"]

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime

import attrs

from frontdoor.compiled import Compiled
from frontdoor.moment import LONDON, in_words
from frontdoor.simulation.plan import Past
from frontdoor.simulation.scenario import Scenario, Task

_FURTHEST = 3 * 366
_QUIET = 7


@attrs.frozen
class Caseload:
    """What is open at a moment, with all that had happened in it."""

    at: int
    """The moment, in seconds from 1970."""
    last: int
    """When the log's last event happened, likewise."""
    unread: str
    """What is to be said of rows of the log that could not be read; '' where all could."""
    compiled: Compiled
    """The workflows that its numbers speak of."""
    rows: Mapping[str, Sequence[int]]
    """By name, columns of `rows.Events`: `case` (numbered from 0), `transition`, `label` (likewise), `earliest`, `day`,
    `actor`, `role`, `bound`; case by case, each in order of happening, none later than the moment."""
    places: Sequence[int]
    """[row] where it stands in the log, from 0."""
    labels: int
    cases: tuple[str, ...]
    """What the log calls them; those with rows first, then those of which nothing is open but that were referred in the year
    before."""
    sources: tuple[str, ...]
    """[case] where its latest contact came from, as the log says; '' where it does not."""
    priorities: tuple[str, ...]
    recent: tuple[tuple[str, tuple[tuple[int, int], ...]], ...]
    """Of each case of the log of which anything happened in the months before: its priority, and what happened (transition and
    second), in order."""
    referred: tuple[tuple[int, int], ...]
    """The cases that were referred in the year before, each with the second, in that order."""

    @property
    def day(self) -> date:
        """The local day of the moment."""
        return datetime.fromtimestamp(self.at, LONDON).date()

    @property
    def remarks(self) -> tuple[str, ...]:
        """What should be said of a log of which not all could be read, or that ends long before the moment."""
        ended = datetime.fromtimestamp(self.last, LONDON)
        days = (self.day - ended.date()).days
        quiet = (
            f"The log's last event is of {in_words(ended)}, {days:,} days before: whatever was done since is not known."
        )
        return tuple(said for said in (self.unread, quiet if days > _QUIET else "") if said)

    @property
    def open(self) -> int:
        """How many cases are open, or have a clock that still runs."""
        return max(self.rows["case"], default=-1) + 1

    def lead(self, first: date) -> int:
        """How many days before the moment's own a run must know of, the calendar's first day and three years at most."""
        reach = min(self.rows["day"], default=None)
        if reach is None:
            return 0
        today = self.day.toordinal()
        return max(0, min(today - date(1970, 1, 1).toordinal() - reach, _FURTHEST, today - first.toordinal()))


def past_of(caseload: Caseload, scenario: Scenario) -> Past:
    """The same as tables, under a scenario: its sources and priorities by number, and what its tasks lead to."""
    codes = {one.code or one.name: i for i, one in enumerate(scenario.sources.values())}
    codes |= {name: i for i, name in enumerate(scenario.sources)}
    priorities = {name: i for i, name in enumerate(scenario.priorities)}
    leads0, leads = [0], []
    for name in scenario.tasks:
        leads += sorted({caseload.compiled.numbers[event] for event in _leads(scenario, name)})
        leads0.append(len(leads))
    return Past(
        sizes=[len(caseload.places), len(caseload.cases), caseload.labels],
        source=[codes.get(said, -1) for said in caseload.sources],
        priority=[priorities.get(said, -1) for said in caseload.priorities],
        referred=[case for case, _ in caseload.referred],
        referred_at=[at for _, at in caseload.referred],
        leads0=leads0, leads=leads,
        frontier=[_frontier(caseload, scenario, task, p) for task in scenario.tasks.values() for p in range(len(priorities))],
    )  # fmt: skip


def _leads(scenario: Scenario, task: str) -> Iterator[str]:
    """The transitions that a task can lead to, by itself or by further tasks."""
    to_do, seen = [task], {task}
    while to_do:
        for case in scenario.tasks[to_do.pop()].cases:
            for name in scenario.policies.routes(case.does):
                if "." in name:
                    yield name
                elif name in scenario.tasks and name not in seen:
                    seen.add(name)
                    to_do.append(name)


def _frontier(caseload: Caseload, scenario: Scenario, task: Task, priority: int) -> int:
    """The second before which work of a task, of a priority, is overtaken: of the same or less urgent more that arose later is
    done than its team has people. 0: so much is not, or it must first wait for something else, or everybody has their own."""
    if task.held or any(case.wait for case in task.cases):
        return 0
    compiled = caseload.compiled
    arises = {compiled.numbers[event] for event in (*task.after, *_entering(compiled, task.states))}
    leads = {compiled.numbers[event] for event in _leads(scenario, task.name)}
    urgent = set(scenario.priorities[:priority])
    done = []
    for said, happened in caseload.recent:
        if said in urgent:
            continue
        waiting = None
        for transition, at in happened:
            if waiting is not None and transition in leads:
                done.append(waiting)
                waiting = None
            if transition in arises:
                waiting = at
    done.sort(reverse=True)
    people = scenario.teams[task.team].staff
    return done[people] if len(done) > people else 0


def _entering(compiled: Compiled, states: Iterable[str]) -> Iterator[str]:
    """The transitions that lead to a state."""
    for state in states:
        w, _, s = state.partition(".")
        workflow = compiled.library.anywhere(w)
        for move in workflow.transitions.values():
            if (move.to or (workflow.initial if move.name == workflow.opens_with else None)) == s:
                yield f"{w}.{move.name}"
