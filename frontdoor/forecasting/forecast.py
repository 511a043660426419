"""Which of the deadlines that run now are likely to be missed within some days, and what one more person would save.

The desk is simulated from the open caseload of a log on, many times: a deadline's probability is the share of these
in which it is missed. What each change of staff would save is told from the same chances, replication by replication.
"""

from __future__ import annotations

__all__ = ["Deadline", "Forecast", "Key", "Option", "forecast"]

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import attrs

from frontdoor import fast
from frontdoor.calibration.caseload import caseload_of
from frontdoor.compiled import Compiled
from frontdoor.library import Library
from frontdoor.replay.audit import Audit
from frontdoor.simulation.caseload import Caseload
from frontdoor.simulation.estimates import Estimate, estimate, wilson
from frontdoor.simulation.flow import reach
from frontdoor.simulation.hours import FAR, UNTOLD
from frontdoor.simulation.planning import Planned, plan
from frontdoor.simulation.replication import MISSED, MODULES, Floor, Replication, speeds
from frontdoor.simulation.scenario import Scenario, Team
from frontdoor.verdict import LATE, OVERDUE, STATUSES

_LONDON = ZoneInfo("Europe/London")
Key = tuple[int, str, int]
"""What tells a deadline from every other of a log: the place of the event that opened its episode, the timer, and the place
of the event that it counts from (-1: none)."""


@attrs.frozen
class Deadline:
    """A deadline that runs now."""

    key: Key
    case: str
    timer: str
    late_from: int
    """The first second at which it is late; FAR where that is after the days foreseen; UNTOLD where it cannot be told."""
    missed: Estimate
    """The probability that it is missed within the days foreseen, with the interval in which it lies with 95% confidence."""

    @property
    def due(self) -> str:
        """The last day, or for a clock of hours the last moment, at which it is kept; '' where that lies beyond what is foreseen."""
        if self.late_from in (FAR, UNTOLD):
            return ""
        last = datetime.fromtimestamp(self.late_from - 1, _LONDON)
        midnight = datetime.fromtimestamp(self.late_from, _LONDON).time().isoformat() == "00:00:00"
        return str(last.date()) if midnight else last.isoformat()


@attrs.frozen
class Option:
    """A change of staff, and how many fewer deadlines are missed with it than without, of old work and new."""

    what: str
    staff: Mapping[str, int]
    """The teams that change, with how many they are then."""
    saves: Estimate


@attrs.frozen
class Forecast:
    """What is foreseen."""

    planned: Planned
    at: int
    """The moment it begins at, in seconds from 1970."""
    ends: date
    """Its last day, included."""
    replications: int
    seed: int
    deadlines: tuple[Deadline, ...]
    """Those that run and are not late yet, the likeliest to be missed first."""
    late: tuple[Deadline, ...]
    """Those that are late already, and not done."""
    uncovered: Mapping[str, int]
    """How many run, and are not late, of each timer that no task of the scenario can stop: of them nothing is foreseen."""
    old: Estimate
    """How many of `deadlines` are missed."""
    new: Mapping[str, Estimate]
    """How many of those that begin in the days foreseen are missed in them, by timer, of those that have any."""
    options: tuple[Option, ...]
    """The best first."""

    @property
    def starts(self) -> datetime:
        """The moment it begins at, in Europe/London."""
        return datetime.fromtimestamp(self.at, _LONDON)

    def probability(self) -> dict[Key, float]:
        """[deadline] the probability that it is missed, of those of which something is foreseen."""
        return {one.key: one.missed.mean or 0.0 for one in self.deadlines}


def forecast(
    audit: Audit, scenario: Scenario, library: Library, *, days: int = 10, replications: int = 200, seed: int = 1, options: bool = True,
    told: Callable[[int, int], None] | None = None,
) -> Forecast:  # fmt: skip
    """What the work that is open at the moment of an audit comes to in so many days, that day included, under a scenario.

    `told` is called with how many runs are done, and of how many.

    Raises:
        InputError: nothing of the log can be taken over.
    """
    caseload = caseload_of(audit, scenario.known_by)
    scenario = attrs.evolve(scenario, starts=caseload.day, ends=caseload.day + timedelta(days=days - 1))
    changes = list(_changes(scenario)) if options else []
    total = replications * (1 + len(changes))
    quick = replications > 1 or fast.is_warm(*MODULES)

    def run(scenario: Scenario, before: int) -> tuple[Floor, list[Replication]]:
        floor = Floor.of(plan(scenario, library, caseload=caseload), speeds(quick=quick))
        done = []
        for number in range(replications):
            done.append(floor.replicate(seed, number))
            if told:
                told(before + number + 1, total)
        return floor, done

    floor, done = run(scenario, 0)
    running = _running(floor, done, caseload)
    stoppable = _stoppable(floor.planned)
    open_ = [(i, one) for i, one in enumerate(running) if not 0 <= one.late_from <= caseload.at]
    mine = [(i, one) for i, one in open_ if one.timer in stoppable]
    base = [_missed(floor.planned, one) for one in done]
    found = []
    for n, (what, staff) in enumerate(changes, start=1):
        teams = {name: attrs.evolve(team, staff=staff.get(name, team.staff)) for name, team in scenario.teams.items()}
        other, others = run(attrs.evolve(scenario, teams=teams), n * replications)
        saved = [a - _missed(other.planned, one) for a, one in zip(base, others, strict=True)]
        found.append(Option(what, staff, estimate(saved)))
    return Forecast(
        planned=floor.planned, at=caseload.at, ends=scenario.ends, replications=replications, seed=seed,
        deadlines=tuple(sorted((one for _, one in mine), key=lambda one: (-(one.missed.mean or 0.0), one.late_from, one.key))),
        late=tuple(sorted((one for one in running if 0 <= one.late_from <= caseload.at), key=lambda one: one.late_from)),
        uncovered=Counter(one.timer for _, one in open_ if one.timer not in stoppable),
        old=estimate([sum(one.fates[i] == MISSED for i, _ in mine) for one in done]), new=_new(floor.planned, done),
        options=tuple(sorted(found, key=lambda one: -(one.saves.mean or 0.0))),
    )  # fmt: skip


def _changes(scenario: Scenario) -> Iterator[tuple[str, dict[str, int]]]:
    """One more in each team that has work, and one moved from each to each other of the same role."""
    teams: list[Team] = [team for team in scenario.teams.values() if team.staff]
    for team in teams:
        yield f"one more in {team.name}", {team.name: team.staff + 1}
    for a in teams:
        for b in teams:
            if a is not b and a.role == b.role and a.staff > 1:
                yield f"one moved from {a.name} to {b.name}", {a.name: a.staff - 1, b.name: b.staff + 1}


def _running(floor: Floor, done: list[Replication], caseload: Caseload) -> list[Deadline]:
    """Those that run when it begins."""
    book, events, places, found = floor.book, floor.events, caseload.places, []
    for i, d in enumerate(floor.running):
        opened, anchored = book.opened[book.whose[d]], book.anchored[d]
        timer = floor.planned.compiled.timers[book.timer[d]]
        # what it counts from may lie in the run itself, where that moved it
        key = (places[opened], timer, places[anchored] if 0 <= anchored < len(places) else -1)
        missed = wilson(sum(one.fates[i] == MISSED for one in done), len(done))
        found.append(Deadline(key, caseload.cases[events.case[opened]], timer, floor.late_from(d), missed))
    return found


def _stoppable(planned: Planned) -> set[str]:
    """The timers that something which can come about in the scenario stops."""
    compiled: Compiled = planned.compiled
    found = set()
    for edition in range(-1, compiled.rules.sizes[3]):
        workflows = compiled.composed(edition).workflows
        can = set().union(*(reach(planned.scenario, (workflows,), task).events for task in planned.scenario.tasks))
        for w, workflow in workflows.items():
            for timer in workflow.timers.values():
                for name, move in workflow.transitions.items():
                    leaves = move.to and move.to not in timer.runs_in and not set(timer.runs_in).isdisjoint(move.from_)
                    stops = name in timer.until if timer.until else leaves
                    again = timer.anchor == "latest" and not {name, f"{w}.{name}"}.isdisjoint(timer.counts_from)
                    if f"{w}.{name}" in can and (stops or again):
                        found.add(f"{w}.{timer.name}")
    return found


def _missed(planned: Planned, one: Replication) -> int:
    """How many deadlines are missed in a replication, of old work and of new."""
    return one.fates.count(MISSED) + sum(_new_missed(planned, one).values())


def _new_missed(planned: Planned, one: Replication) -> dict[str, int]:
    """By timer, how many of the deadlines that began in a replication are missed in it."""
    wide, found = planned.plan.sizes[1] * len(STATUSES), {}
    for k, timer in enumerate(planned.compiled.timers):
        counts = one.counts[k * wide : (k + 1) * wide]
        found[timer] = sum(counts[LATE :: len(STATUSES)]) + sum(counts[OVERDUE :: len(STATUSES)])
    return found


def _new(planned: Planned, done: list[Replication]) -> dict[str, Estimate]:
    by_number = [_new_missed(planned, one) for one in done]
    found = {timer: [one[timer] for one in by_number] for timer in planned.compiled.timers}
    return {timer: estimate(missed) for timer, missed in found.items() if any(missed)}
