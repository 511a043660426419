"""What leads to what in a scenario, and how often, told without running it.

Of each source and priority so many contacts come; every one begins something, that brings work, and work leads to more.
So often, on average, each task is expected. Work that is moot by the time somebody could begin it, or that the kernel
will refuse, is counted all the same: what is expected is the most there can be.
"""

from __future__ import annotations

__all__ = ["Expected", "Reach", "endless", "expected", "reach"]

from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs

from frontdoor.simulation.scenario import Case, Scenario, Source, Task, fits
from frontdoor.workflow import Workflow

Workflows = Mapping[str, Workflow]
_ROUNDS, _LITTLE, _MUCH = 1_000, 1e-9, 1e6
_MANY_ROUNDS = 5_000


def chain(workflows: Workflows, event: str) -> Iterator[tuple[str, str | None]]:
    """A transition and what it opens at the same moment, each with the state that is come to by it."""
    seen: set[str] = set()
    while event not in seen:
        seen.add(event)
        w, _, t = event.partition(".")
        workflow = workflows.get(w)
        if workflow is None or t not in workflow.transitions:
            return
        move = workflow.transitions[t]
        state = move.to or (workflow.initial if t == workflow.opens_with else None)
        yield event, f"{w}.{state}" if state else None
        if move.opens in workflows and move.opens:
            event = f"{move.opens}.{workflows[move.opens].opens_with}"


def arising(tasks: Iterable[Task], workflows: Workflows, event: str) -> Iterator[str]:
    """The tasks that come of a transition."""
    tasks = tuple(tasks)
    for happened, state in chain(workflows, event):
        for task in tasks:
            if happened in task.after or state in task.states:
                yield task.name


@attrs.define
class Reach:
    """What can come about in a scenario at all, whatever the shares."""

    events: set[str] = attrs.field(factory=set)
    states: set[str] = attrs.field(factory=set)
    tasks: set[str] = attrs.field(factory=set)


def reach(scenario: Scenario, editions: Sequence[Workflows], task: str | None = None) -> Reach:
    """What can come about under any of these editions, of all that comes; or of a task, the task included."""
    found = Reach()
    to_do = [source.begins for source in scenario.sources.values()] if task is None else [task]
    while to_do:
        name = to_do.pop()
        if "." not in name:
            if name in scenario.tasks and name not in found.tasks:
                found.tasks.add(name)
                cases = scenario.tasks[name].cases
                to_do += {one for case in cases for one in scenario.policies.routes(case.does)}
        elif name not in found.events:
            for workflows in editions:
                for event, state in chain(workflows, name):
                    found.events.add(event)
                    found.states |= {state} if state else set()
                to_do += arising(scenario.tasks.values(), workflows, name)
    return found


Edges = dict[str, list[tuple[str, float]]]


def _edges(scenario: Scenario, workflows: Workflows, source: Source, priority: str) -> Edges:
    """[task] how often each task comes of it, on average, for what this source brings of this priority."""
    of = _Of(scenario, workflows, source.name, priority)
    return {
        name: [(led_to, share * often) for way, share in scenario.policies.routes(of.case(name).does).items()
               for led_to, often in of.work(way)]
        for name in scenario.tasks
    }  # fmt: skip


@attrs.frozen
class _Of:
    """A scenario for what one source brings of one priority."""

    scenario: Scenario
    workflows: Workflows
    source: str
    priority: str

    def case(self, task: str) -> Case:
        cases = self.scenario.tasks[task].cases
        return cases[min(fits(cases, self.source, self.priority), len(cases) - 1)]

    def work(self, way: str) -> list[tuple[str, float]]:
        """The tasks that come of a transition or are named, each with its chance."""
        tasks = self.scenario.tasks
        names = arising(tasks.values(), self.workflows, way) if "." in way else [way] if way in tasks else []
        return [(name, self.case(name).chance) for name in names]


@attrs.frozen
class Expected:
    """How often work is expected in a year."""

    often: Mapping[tuple[str, str, str], float]
    """[task, source, priority]"""
    at_once: Mapping[tuple[str, str, str], float]
    """The same of those that come of a contact itself, in the hour in which that comes."""
    unending: frozenset[str]
    """The tasks of which every one leads to another of them, so that of one contact there is no end."""


def expected(scenario: Scenario, workflows: Workflows) -> Expected:
    """How often each task is expected, what the police keep back not counted."""
    often: dict[tuple[str, str, str], float] = {}
    at_once: dict[tuple[str, str, str], float] = {}
    unending: set[str] = set()
    for source in scenario.sources.values():
        for priority, share in (source.priority or {scenario.priorities[0]: 1.0}).items():
            edges = _edges(scenario, workflows, source, priority)
            begun, more = _begun(scenario, workflows, source, priority, source.per_year * share)
            total, rest = _spread(edges, {task: begun.get(task, 0.0) + more.get(task, 0.0) for task in begun | more})
            at_once |= {(task, source.name, priority): many for task, many in begun.items()}
            unending |= rest
            for task, many in total.items():
                often[task, source.name, priority] = many
    return Expected(often, at_once, frozenset(unending))


def _begun(
    scenario: Scenario, workflows: Workflows, source: Source, priority: str, many: float
) -> tuple[dict[str, float], dict[str, float]]:
    """The work that comes of so many contacts themselves; and what comes of it more, or less, because some are kept back."""
    of = _Of(scenario, workflows, source.name, priority)
    wave: dict[str, float] = {}
    for task, chance in of.work(source.begins):
        wave[task] = wave.get(task, 0.0) + many * chance
    kept, vetted = scenario.policies.vetting.get(source.name, 0.0), scenario.policies.vetted
    begins = [state for _, state in chain(workflows, source.begins) if state][:1]
    first = next((task for task in scenario.tasks.values() if set(begins) & set(task.states)), None)
    if not kept or first is None:
        return wave, {}
    routes = scenario.policies.routes(of.case(first.name).does)
    back = kept * sum(share for way, share in routes.items() if way in vetted)
    others: dict[str, float] = {}
    for way, share in routes.items():  # of what still comes, less is of what is kept back and more is of the rest
        more = many * share * (back - (kept if way in vetted else 0.0)) * of.case(first.name).chance
        for task, chance in of.work(way):
            others[task] = others.get(task, 0.0) + more * chance
    return {task: often * (1 - back) for task, often in wave.items()}, others


def _spread(edges: Edges, wave: dict[str, float]) -> tuple[dict[str, float], set[str]]:
    """How often each task comes of this work, this work included; and the tasks of which there would be no end."""
    total: dict[str, float] = {}
    first = sum(wave.values())
    for _ in range(_ROUNDS):
        for task, often in wave.items():
            total[task] = total.get(task, 0.0) + often
        wave = _next(edges, wave)
        left = sum(wave.values())
        if left <= _LITTLE * first or left > _MUCH * first:
            break
    return total, {task for task, often in wave.items() if often > _LITTLE * first}


def _next(edges: Edges, wave: Mapping[str, float]) -> dict[str, float]:
    found: dict[str, float] = {}
    for task, often in wave.items():
        for led_to, share in edges[task]:
            if share:
                found[led_to] = found.get(led_to, 0.0) + often * share
    return found


def endless(scenario: Scenario, workflows: Workflows) -> tuple[str, ...]:
    """The tasks that take no time and lead to one another for ever: with them the clock would stand still."""
    found: set[str] = set()
    for source in scenario.sources.values():
        for priority in scenario.priorities:
            of = _Of(scenario, workflows, source.name, priority)
            instant = {name for name in scenario.tasks if _lasts(of.case(name)) < 1}
            if not instant:
                continue
            every = _edges(scenario, workflows, source, priority)
            edges = {name: [one for one in every[name] if one[0] in instant] for name in instant}
            wave = dict.fromkeys(instant, 1.0)
            for _ in range(_MANY_ROUNDS):
                wave = _next(edges, wave)
                if not 0.5 <= sum(wave.values()) <= _MUCH:
                    break
            if sum(wave.values()) >= 0.5:
                found |= {name for name, often in wave.items() if often > _LITTLE}
    return tuple(name for name in scenario.tasks if name in found)


def _lasts(case: Case) -> float:
    """The seconds that an item takes at least on average, of work and of waiting before it."""
    return case.effort.shape.mean + (case.wait.shape.mean if case.wait else 0.0)
