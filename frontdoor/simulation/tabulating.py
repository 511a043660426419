"""Sources, tasks and teams of a scenario as columns of integers, each name a number and each chance in 2**32."""

from __future__ import annotations

__all__ = ["YEAR", "Tabulating"]

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import date, timedelta

from frontdoor.compiled import Compiled
from frontdoor.simulation.draws import CELLS, ONE
from frontdoor.simulation.durations import Exponential, Shape, table
from frontdoor.simulation.hours import Hours
from frontdoor.simulation.plan import AFTER, Sources, Tasks, Teams, Triggers
from frontdoor.simulation.scenario import Case, Scenario, Source, Task, fits

YEAR = 365.25
"""The days of a year, of which `per_year` speaks."""
_MILLION = 1_000_000
_NO_CAP = 250


class Tabulating:
    """The tables of one scenario, as they are made."""

    def __init__(self, scenario: Scenario, compiled: Compiled) -> None:
        self.scenario, self.compiled = scenario, compiled
        self.quantiles: list[int] = table(Exponential(_MILLION))
        self.places: dict[Shape, int] = {}
        self.team = {name: i for i, name in enumerate(scenario.teams)}
        self.task = {name: i for i, name in enumerate(scenario.tasks)}
        self.states = [
            f"{w}.{s}" for w, states in zip(compiled.workflows, compiled.states, strict=True) for s in states
        ]
        self.most = max((team.cap or _NO_CAP for team in scenario.teams.values()), default=_NO_CAP)

    def quantile(self, shape: Shape) -> int:
        """The number of a shape's table, made when it is first asked for."""
        if shape not in self.places:
            self.places[shape] = len(self.quantiles) // (CELLS + 1)
            self.quantiles += table(shape)
        return self.places[shape]

    def sources(self, hours: Hours, days: Sequence[date]) -> Sources:
        """The columns of sources, and how many contacts of each come hour by hour."""
        names, numbers = self.scenario.priorities, self.compiled.numbers
        roles = {role: i for i, role in enumerate(self.compiled.roles)}
        found: dict[str, list[int]] = {name: [] for name in Sources._fields}
        found["hour0"].append(0)
        for source in self.scenario.sources.values():
            policies = self.scenario.policies
            task = self._first_task(source)
            found["begins"].append(numbers[source.begins])
            found["role"].append(roles[source.role])
            found["known"].append(_chance(source.known))
            found["vetted"].append(_chance(policies.vetting.get(source.name, 0.0)) if task >= 0 else 0)
            found["first_task"].append(task)
            found["batch"].append(len(self.quantiles) // (CELLS + 1))
            self.quantiles += _sizes(source.batch)
            found["rate"] += _rates(source, hours, days, self.scenario.starts, self.compiled.library.calendar.holidays)
            found["hour0"].append(len(found["rate"]))
            shares = source.priority or {names[0]: 1.0}
            found["priority"] += _running(shares.get(name, 0.0) for name in names)
        return Sources(**found)

    def _first_task(self, source: Source) -> int:
        """The task that comes of what a source brings, where it is a state's; -1: none."""
        w, _, t = source.begins.partition(".")
        workflow = self.compiled.library.anywhere(w)
        state = f"{w}.{workflow.transitions[t].to or workflow.initial}"
        return next((self.task[task.name] for task in self.scenario.tasks.values() if state in task.states), -1)

    def tasks(self) -> tuple[Tasks, Triggers]:
        """The columns of tasks, and what each leads to for each source and priority."""
        found: dict[str, list[int]] = {name: [] for name in (*Tasks._fields, *Triggers._fields)}
        scenario, compiled = self.scenario, self.compiled
        for task in scenario.tasks.values():
            found["at_state"].append(self.states.index(task.states[0]) if task.states else AFTER)
            found["team"].append(self.team[task.team])
            found["held"].append(int(task.held))
            found["other"].append(self._other(task))
            made = [self._case(case, found) for case in task.cases]
            for source in scenario.sources:
                for priority in scenario.priorities:
                    for name, value in made[fits(task.cases, source, priority)].items():
                        found[name].append(value)
        for kind, names, tasks in (
            ("in_state", self.states, [task.states for task in scenario.tasks.values()]),
            ("after", compiled.transitions, [task.after for task in scenario.tasks.values()]),
        ):
            found[kind + "0"].append(0)
            for name in names:
                found[kind] += [i for i, wanted in enumerate(tasks) if name in wanted]
                found[kind + "0"].append(len(found[kind]))
        before = 0
        for states in compiled.states:
            found["state0"].append(before)
            before += len(states)
        found["refers"] = [int(name in scenario.known_by) for name in compiled.transitions]
        for edition in range(-1, compiled.rules.sizes[3]):
            workflows = compiled.composed(edition).workflows
            for name in compiled.transitions:
                w, _, t = name.partition(".")
                move = workflows[w].transitions.get(t)
                opens = move.opens if move else None
                found["opens"].append(compiled.numbers[f"{opens}.{workflows[opens].opens_with}"] if opens else -1)
        return (
            Tasks(**{name: found[name] for name in Tasks._fields}),
            Triggers(**{name: found[name] for name in Triggers._fields}),
        )

    def _other(self, task: Task) -> int:
        """The slot of what somebody else must have done before whoever does this task."""
        slots = {
            self.compiled.rules.not_by[table * len(self.compiled.transitions) + self.compiled.numbers[name]]
            for case in task.cases for name in case.does if "." in name
            for table in range(len(self.compiled.rules.early))
        }  # fmt: skip
        return max(slots, default=-1)

    def _case(self, case: Case, found: dict[str, list[int]]) -> dict[str, int]:
        """The numbers of one case of a task; its routes are written down."""
        start = len(found["route"])
        shares = self.scenario.policies.routes(case.does)
        left = 1.0 - sum(shares.values())
        for share, name in zip(_running([*shares.values(), max(0.0, left)]), (*shares, ""), strict=True):
            found["route"].append(share)
            found["kept"].append(int(name in self.scenario.policies.vetted))
            found["does"].append(
                -1 if not name else self.compiled.numbers[name] if "." in name
                else len(self.compiled.transitions) + self.task[name]
            )  # fmt: skip
        found["route"][-1] = ONE
        return {
            "chance": _chance(case.chance),
            "effort": self.quantile(case.effort.shape),
            "wait": self.quantile(case.wait.shape) if case.wait else -1,
            "wait_works": int(bool(case.wait and case.wait.in_working_days)),
            "out_of_hours": self.team[case.out_of_hours] if case.out_of_hours else -1,
            "routes": start,
        }

    def teams(self, rotas: Sequence[str]) -> Teams:
        """The columns of teams and workers."""
        teams = self.scenario.teams.values()
        roles = {role: i for i, role in enumerate(self.compiled.roles)}
        staff0 = [0]
        for team in teams:
            staff0.append(staff0[-1] + team.staff)
        return Teams(
            role=[roles[team.role] for team in teams],
            rota=[rotas.index(team.rota) for team in teams],
            cap=[team.cap or _NO_CAP for team in teams],
            absence=[_chance(team.absence) for team in teams],
            staff0=staff0,
            works_in=[i for i, team in enumerate(teams) for _ in range(team.staff)],
            who=[(i << 14) + n for i, team in enumerate(teams) for n in range(team.staff)],
        )


def _chance(share: float) -> int:
    return round(share * ONE)


def _running(shares: Iterable[float]) -> list[int]:
    """Each chance with those before it; the last is certain."""
    total, found = 0.0, []
    for share in shares:
        total += share
        found.append(min(ONE, _chance(total)))
    found[-1] = ONE
    return found


def _sizes(batch: Mapping[int, float]) -> list[int]:
    """How many come together, as a table of quantiles without anything between them."""
    found = [size for size, share in sorted(batch.items()) for _ in range(round(share * CELLS))]
    found += [max(batch)] * (CELLS + 1 - len(found))
    return found[: CELLS + 1]


def _rates(source: Source, hours: Hours, days: Sequence[date], starts: date, holidays: Container[date]) -> list[int]:
    """How many times a source is expected to bring something before each hour of the run, in millionths.

    In the year from a scenario's first day it brings what it brings in a year, however long the run and its filling are.
    """
    by_hour = source.by_hour
    year = sum(_weight(source, starts + timedelta(days=i), holidays) for i in range(365)) * sum(by_hour)
    each = source.per_year * 365 / YEAR / source.together * _MILLION / year if year else 0.0
    before, found = 0.0, []
    for i, day in enumerate(days):
        daily = _weight(source, day, holidays) * each
        long = (hours.midnight[i + 1] - hours.midnight[i]) // 3_600
        for hour in range(long):  # a day of 23 or 25 hours has its hours stretched
            found.append(round(before))
            before += daily * by_hour[hour * 24 // long] * 24 / long
    return [*found, round(before)]


def _weight(source: Source, day: date, holidays: Container[date]) -> float:
    on_holiday = source.on_bank_holidays if day in holidays else 1.0
    return source.by_weekday[day.weekday()] * source.by_month[day.month - 1] * on_holiday
