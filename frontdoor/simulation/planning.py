"""A scenario under its workflows, as the tables that the engine runs on."""

from __future__ import annotations

__all__ = ["Planned", "plan"]

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cached_property

import attrs

from frontdoor.compiled import Compiled, compile_rules
from frontdoor.errors import Fault, InputError
from frontdoor.library import Library
from frontdoor.moment import EPOCH, LONDON
from frontdoor.simulation.caseload import Caseload
from frontdoor.simulation.hours import FAR, Hours
from frontdoor.simulation.plan import Plan
from frontdoor.simulation.scenario import ROOM, Scenario
from frontdoor.simulation.tabulating import YEAR, Tabulating


@attrs.frozen(slots=False)
class Planned:
    """A scenario ready to run: its tables, and the names behind their numbers."""

    scenario: Scenario
    compiled: Compiled
    hours: Hours
    plan: Plan
    first: date
    """The day on which the run begins, its warm-up included."""
    warm_up: int
    """Its days before those that are counted: those in which the office fills, or that its caseload speaks of."""
    teams: tuple[str, ...]
    tasks: tuple[str, ...]
    sources: tuple[str, ...]
    rotas: tuple[str, ...]
    workers: tuple[str, ...]
    caseload: Caseload | None = None
    """What the run begins with; None: nothing."""

    @cached_property
    def checked(self) -> tuple[int, ...]:
        """The days (from the first) of the daily checks that are counted: working days, in order."""
        hours, sizes = self.hours, self.plan.sizes
        counted = range(self.warm_up, len(hours.works))
        return tuple(
            day for day in counted if hours.works[day] and sizes[7] <= hours.midnight[day] + sizes[10] < sizes[8]
        )

    @property
    def days(self) -> int:
        """How many days the calendar of the run has."""
        return len(self.hours.works)

    @property
    def expected(self) -> int:
        """About how many contacts the whole run will have."""
        days = (self.plan.sizes[8] - self.plan.sizes[7]) // 86_400 + ROOM
        return int(sum(source.per_year for source in self.scenario.sources.values()) * days / YEAR)


def plan(
    scenario: Scenario,
    library: Library,
    *,
    warm_up: int = 0,
    caseload: Caseload | None = None,
    to_midnight: bool = False,
) -> Planned:
    """The tables of a scenario with so many days of warm-up before its first; or of one that begins with a caseload, at the
    moment of that, which is on the scenario's first day. With `to_midnight` it ends with the second in which its last day is
    over, so that what was due on that day and is not done is late; without, the second before."""
    compiled = caseload.compiled if caseload else compile_rules(library)
    if caseload:
        _same_workflows(scenario, compiled)
        warm_up = caseload.lead(date(library.calendar.first, 1, 1))
    first = scenario.starts - timedelta(days=warm_up)
    days = [first + timedelta(days=i) for i in range((scenario.ends - first).days + 1 + ROOM)]
    rotas = tuple(scenario.rotas)
    hours = _hours(scenario, library, days)
    made = Tabulating(scenario, compiled)
    sources = made.sources(hours, days)
    last = (scenario.ends - first).days + 1
    sizes = [
        len(scenario.sources), len(scenario.priorities), len(scenario.tasks), len(scenario.teams),
        sum(team.staff for team in scenario.teams.values()), len(rotas), made.most,
        caseload.at if caseload else hours.midnight[0], hours.midnight[last] + to_midnight, caseload.at if caseload else hours.midnight[warm_up],
        scenario.policies.check_at, hours.midnight[0],
    ]  # fmt: skip
    helped = [made.team.get(scenario.policies.helped_by.get(name, ""), -1) for name in scenario.teams]
    policies = [int(scenario.policies.check), scenario.policies.ageing, *helped]
    tasks, triggers = made.tasks()
    tables = Plan(
        sizes=sizes, policies=policies, quantiles=made.quantiles, sources=sources, tasks=tasks, triggers=triggers, teams=made.teams(rotas)
    )  # fmt: skip
    workers = tuple(f"{name}-{n + 1}" for name, team in scenario.teams.items() for n in range(team.staff))
    return Planned(
        scenario, compiled, hours, tables, first, warm_up, tuple(scenario.teams), tuple(scenario.tasks), tuple(scenario.sources), rotas,
        workers, caseload,
    )  # fmt: skip


def _same_workflows(scenario: Scenario, compiled: Compiled) -> None:
    """That what a scenario speaks of is in the workflows that a log was judged by.

    Raises:
        InputError: it is not.
    """
    does = {name for task in scenario.tasks.values() for case in task.cases for name in (*case.does, *task.after)}
    does |= {source.begins for source in scenario.sources.values()}
    there = {
        *compiled.numbers,
        *(f"{w}.{s}" for w, every in zip(compiled.workflows, compiled.states, strict=True) for s in every),
    }
    missing = sorted({name for name in does if "." in name} - there)
    missing += sorted({state for task in scenario.tasks.values() for state in task.states} - there)
    if missing:
        message = f"speaks of {', '.join(missing[:5])}, which the workflows that the log was judged by do not have."
        raise InputError(
            [Fault(scenario.name, "", "other-workflows", message, "Judge both by the same workflows (--workflows).")]
        )


def _hours(scenario: Scenario, library: Library, days: Sequence[date]) -> Hours:
    calendar = library.calendar
    midnight = [_second(day, 0) for day in (*days, days[-1] + timedelta(days=1))]
    works = [int(calendar.is_working(day)) for day in days]
    worked = [0]
    for one in works:
        worked.append(worked[-1] + one)
    span: list[int] = []
    opens: list[int] = []
    shuts: list[int] = []
    of_day: list[int] = []
    for rota in scenario.rotas.values():
        for i, day in enumerate(days):
            span.append(len(opens))
            for start, end in rota.on(day, calendar):
                opens.append(_second(day, start))
                shuts.append(_second(day, end))
                of_day.append(i)
        for many in (opens, shuts):
            many.append(FAR)
        shuts[-1] += 1
        of_day.append(0)
    return Hours(
        first_day=days[0].toordinal() - EPOCH, midnight=midnight, works=works, worked=worked,
        working=[i for i, one in enumerate(works) if one], span=span, opens=opens, shuts=shuts, of_day=of_day,
    )  # fmt: skip


def _second(day: date, second: int) -> int:
    """The second from 1970 of a time of a day in Europe/London; 86,400 is the midnight that ends it."""
    if second >= 86_400:
        day, second = day + timedelta(days=1), second - 86_400
    clock = datetime(day.year, day.month, day.day, second // 3_600, second // 60 % 60, second % 60, tzinfo=LONDON)
    return int(clock.timestamp())
