"""Which of the deadlines that run now are likely to be missed within some days, and what one more person would save.

The desk is simulated from the open caseload of a log on, many times: a deadline's probability is the share of these
in which it is missed. What each change of staff would save is told from the same chances, replication by replication.
"""

from __future__ import annotations

__all__ = ["Deadline", "Forecast", "Option", "forecast"]

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, datetime, timedelta

import attrs

from frontdoor import fast
from frontdoor.calibration.caseload import caseload_of
from frontdoor.compiled import Compiled
from frontdoor.forecasting.known import Key, known_of
from frontdoor.library import Library
from frontdoor.moment import LONDON
from frontdoor.replay.audit import Audit
from frontdoor.simulation.caseload import Caseload
from frontdoor.simulation.estimates import Estimate, Spread, estimate, spread, wilson
from frontdoor.simulation.flow import reach
from frontdoor.simulation.hours import UNTOLD
from frontdoor.simulation.planning import Planned, plan
from frontdoor.simulation.replication import MISSED, MODULES, Floor, Replication, speeds
from frontdoor.simulation.scenario import Scenario, Team
from frontdoor.verdict import LATE, OVERDUE, STATUSES


@attrs.frozen
class Deadline:
    """A deadline that runs now."""

    key: Key
    case: str
    timer: str
    late_from: int
    """The first second at which it is late."""
    missed: Estimate
    """The probability that it is missed within the days foreseen, with the interval in which it lies with 95% confidence."""

    @property
    def due(self) -> str:
        """The last day, or for a clock of hours the last moment, at which it is kept."""
        last = datetime.fromtimestamp(self.late_from - 1, LONDON)
        midnight = datetime.fromtimestamp(self.late_from, LONDON).time().isoformat() == "00:00:00"
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
    """Those that run, are not late yet and fall due by the end of the last day, the likeliest to be missed first."""
    later: Mapping[str, int]
    """How many run, by timer, that fall due after it; so none of them can be missed in these days."""
    late: tuple[Deadline, ...]
    """Those that are late already, and not done."""
    uncovered: Mapping[str, int]
    """How many run, by timer, that nobody in the scenario has any work of, or of which later work of the kind was done long
    since: of them nothing is foreseen."""
    untold: Mapping[str, int]
    """How many run, by timer, of which the log cannot tell when they are late, or whether they run at all."""
    old: Mapping[str, Spread]
    """How many of `deadlines` are missed, by timer."""
    new: Mapping[str, Spread]
    """How many of those that begin in the days foreseen are missed in them, by timer, of those that have any."""
    all_new: Spread
    """The same over all timers."""
    options: tuple[Option, ...]
    """The best first."""

    @property
    def cautions(self) -> tuple[str, ...]:
        """What must be known with all of it."""
        caseload = self.planned.caseload
        return (*self.planned.scenario.cautions, *(caseload.remarks if caseload else ()))

    @property
    def starts(self) -> datetime:
        """The moment it begins at, in Europe/London."""
        return datetime.fromtimestamp(self.at, LONDON)


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
        floor = Floor.of(plan(scenario, library, caseload=caseload, to_midnight=True), speeds(quick=quick))
        done = []
        for number in range(replications):
            done.append(floor.replicate(seed, number))
            if told:
                told(before + number + 1, total)
        return floor, done

    floor, done = run(scenario, 0)
    stoppable = _stoppable(floor.planned)
    new = [_new_missed(floor.planned, one, stoppable) for one in done]
    missed = [one.fates.count(MISSED) + sum(more.values()) for one, more in zip(done, new, strict=True)]
    running = _sorted_out(audit, floor, done, caseload, stoppable)
    found = []
    for n, (what, staff) in enumerate(changes, start=1):
        teams = {name: attrs.evolve(team, staff=staff.get(name, team.staff)) for name, team in scenario.teams.items()}
        other, others = run(attrs.evolve(scenario, teams=teams), n * replications)
        saved = [
            before - one.fates.count(MISSED) - sum(_new_missed(other.planned, one, stoppable).values())
            for before, one in zip(missed, others, strict=True)
        ]
        found.append(Option(what, staff, estimate(saved)))
    return Forecast(
        planned=floor.planned, at=caseload.at, ends=scenario.ends, replications=replications, seed=seed,
        deadlines=tuple(sorted((one for _, one in running.due), key=lambda one: (-(one.missed.mean or 0.0), one.late_from, one.key))),
        late=tuple(sorted(running.late, key=lambda one: one.late_from)),
        later=running.later, uncovered=running.uncovered, untold=running.untold,
        old={
            timer: spread([sum(one.fates[i] == MISSED for i, each in running.due if each.timer == timer) for one in done])
            for timer in dict.fromkeys(one.timer for _, one in running.due)
        },
        new={timer: spread(some) for timer in (new[0] if new else ()) if any(some := [one[timer] for one in new])},
        all_new=spread([sum(one.values()) for one in new]), options=tuple(sorted(found, key=lambda one: -(one.saves.mean or 0.0))),
    )  # fmt: skip


@attrs.define
class _Running:
    """The deadlines that run when it begins, sorted out."""

    due: list[tuple[int, Deadline]] = attrs.field(factory=list)
    """With their places in `Replication.fates`."""
    late: list[Deadline] = attrs.field(factory=list)
    later: Counter[str] = attrs.field(factory=Counter)
    uncovered: Counter[str] = attrs.field(factory=Counter)
    untold: Counter[str] = attrs.field(factory=Counter)


def _sorted_out(
    audit: Audit, floor: Floor, done: list[Replication], caseload: Caseload, stoppable: Collection[str]
) -> _Running:
    """Each deadline that runs when it begins: when it is late is the audit's to say."""
    known = {one.key: one for one in known_of(audit)}
    book, events, places, found = floor.book, floor.events, caseload.places, _Running()
    end, idle = floor.planned.plan.sizes[8] - 1, floor.idle or set()
    for i, (d, (opened, anchored)) in enumerate(zip(floor.running, floor.counted_from, strict=True)):
        timer = floor.planned.compiled.timers[book.timer[d]]
        key = (places[opened], timer, places[anchored] if anchored >= 0 else -1)
        told = known.get(key)
        if told is None or told.late_from == UNTOLD:
            found.untold[timer] += 1
            continue
        missed = wilson(sum(one.fates[i] == MISSED for one in done), len(done))
        one = Deadline(key, caseload.cases[events.case[opened]], timer, told.late_from, missed)
        if told.late_from <= caseload.at:
            found.late.append(one)
        elif d in idle or timer not in stoppable:
            found.uncovered[timer] += 1
        elif told.late_from > end:
            found.later[timer] += 1
        else:
            found.due.append((i, one))
    return found


def _changes(scenario: Scenario) -> Iterator[tuple[str, dict[str, int]]]:
    """One more in each team that has work, and one moved from each to each other of the same role."""
    teams: list[Team] = [team for team in scenario.teams.values() if team.staff]
    for team in teams:
        yield f"one more in {team.name}", {team.name: team.staff + 1}
    for a in teams:
        for b in teams:
            if a is not b and a.role == b.role and a.staff > 1:
                yield f"one moved from {a.name} to {b.name}", {a.name: a.staff - 1, b.name: b.staff + 1}


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


def _new_missed(planned: Planned, one: Replication, stoppable: Collection[str]) -> dict[str, int]:
    """By timer, how many of the deadlines that began in a replication are missed in it, in cases old and new; of those that
    something in the scenario stops."""
    wide, found = planned.plan.sizes[1] * len(STATUSES), {}
    for k, timer in enumerate(planned.compiled.timers):
        if timer in stoppable:
            counts = one.counts[k * wide : (k + 1) * wide]
            found[timer] = sum(counts[LATE :: len(STATUSES)]) + sum(counts[OVERDUE :: len(STATUSES)]) + one.further[k]
    return found
