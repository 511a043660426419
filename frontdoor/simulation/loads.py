"""How much work comes in for each team, told before anything is run, and what else a manager should know of a scenario."""

from __future__ import annotations

__all__ = ["Load", "loads", "remarks"]

from collections.abc import Iterator
from datetime import timedelta

import attrs

from frontdoor.library import Library
from frontdoor.simulation.flow import Workflows, expected, reach
from frontdoor.simulation.lookup import in_force
from frontdoor.simulation.scenario import Rota, Scenario, Span, fits
from frontdoor.simulation.tabulating import YEAR


@attrs.frozen
class Load:
    """The work that comes in for a team, on average over a scenario's time."""

    team: str
    staff: int
    people: float
    """How many people it would keep at work in the team's hours, those who are away counted as they are away."""
    unending: tuple[str, ...] = ()
    """Its tasks of which each leads to another without end, so that `people` is too few."""

    @property
    def is_too_much(self) -> bool:
        """Whether more comes in than the team can do, however it is organised."""
        return self.people > self.staff


def loads(scenario: Scenario, library: Library) -> tuple[Load, ...]:
    """Of each team, in their order: the mean work of what is expected, over the hours that one of its people is there.

    What comes while a team is away is the work of the one that does it out of hours, if that is there.
    """
    found = expected(scenario, in_force(library, scenario.starts, scenario.ends)[0])
    days = (scenario.ends - scenario.starts).days + 1
    work = dict.fromkeys(scenario.teams, 0.0)
    for (name, source, priority), often in found.often.items():
        task = scenario.tasks[name]
        case = task.cases[min(fits(task.cases, source, priority), len(task.cases) - 1)]
        each = case.effort.shape.mean * days / YEAR
        out = 0.0
        if case.out_of_hours and not case.wait:
            out = found.at_once.get((name, source, priority), 0.0) * _out_of_hours(
                scenario, source, task.team, case.out_of_hours
            )
            work[case.out_of_hours] += out * each
        work[task.team] += (often - out) * each
    made = []
    for team in scenario.teams.values():
        there = _open_for(scenario, library, scenario.rotas[team.rota]) * (1 - team.absence)
        unending = tuple(name for name in sorted(found.unending) if scenario.tasks[name].team == team.name)
        people = work[team.name] / there if there else float("inf") if work[team.name] else 0.0
        made.append(Load(team.name, team.staff, people, unending))
    return tuple(made)


def _out_of_hours(scenario: Scenario, source: str, team: str, other: str) -> float:
    """The share of what a source brings in an ordinary week that comes while a team is away and another is there."""
    from_, own, its = (
        scenario.sources[source],
        *(scenario.rotas[scenario.teams[one].rota].week for one in (team, other)),
    )
    total = out = 0.0
    for day, weight in enumerate(from_.by_weekday):
        for quarter in range(96):
            often, t = weight * from_.by_hour[quarter // 4], quarter * 900
            total += often
            if _is_open(its[day], t) and not _is_open(own[day], t):
                out += often
    return out / total if total else 0.0


def _is_open(spans: tuple[Span, ...], t: int) -> bool:
    return any(start <= t < end for start, end in spans)


def _open_for(scenario: Scenario, library: Library, rota: Rota) -> int:
    """The seconds that a rota is open in a scenario's time."""
    found, day = 0, scenario.starts
    while day <= scenario.ends:
        spans = rota.on(day, library.calendar)
        found += sum(end - start for start, end in spans)
        day += timedelta(days=1)
    return found


def remarks(scenario: Scenario, library: Library) -> tuple[str, ...]:
    """Sentences to stand in front of the results: teams that can never clear what comes in, states that nothing leaves."""
    said, every = [], loads(scenario, library)
    if scenario.policies.check and not scenario.policies.helped_by and any(load.is_too_much for load in every):
        said.append(
            "The daily check only changes the order of work: nobody works longer for it, and it clears no backlog."
        )
    for load in every:
        helper = scenario.policies.helped_by.get(load.team) if scenario.policies.check else None
        if load.is_too_much:
            but = f" but for what {helper} take over at the daily check" if helper else ""
            said.append(f"{load.team}: {_sentence(load)}{but}.")
        if load.unending:
            names = ", ".join(load.unending)
            said.append(
                f"{load.team}: {names}: each leads to another, without end, and this work is more with every case."
            )
    editions = in_force(library, scenario.starts, scenario.ends)
    said += [
        f"{state}: cases come to it, and nothing in the scenario leads out of it: they stay open to the end."
        for state in _stuck(scenario, editions)
    ]
    return tuple(said)


def _sentence(load: Load) -> str:
    if load.people == float("inf"):
        return "work comes in, and in the time of the run nobody is ever there"
    people = f"{load.people:,.1f}" if load.people > load.staff + 0.1 else f"{load.people:,.3f}"
    there = "1 is" if load.staff == 1 else f"{load.staff:,} are"
    return f"{people} people's work comes in, {there} there: what waits for them only grows"


def _stuck(scenario: Scenario, editions: tuple[Workflows, ...]) -> Iterator[str]:
    """The states that are come to and that no task leads out of, under any edition in force."""
    found = reach(scenario, editions)
    for state in sorted(found.states):
        w, _, s = state.partition(".")
        ways = [
            move
            for one in editions
            for move in one[w].transitions.values()
            if s in move.from_ and move.to not in (None, s)
        ]
        is_final = all(s in one[w].states and one[w].states[s].final for one in editions)
        if not is_final and not any(f"{w}.{move.name}" in found.events for move in ways):
            yield state
