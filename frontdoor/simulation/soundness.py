"""Whether a scenario can run as a whole: that work is reached, can be done, by somebody there is, and comes to an end."""

from __future__ import annotations

__all__ = ["check"]

from collections.abc import Iterator, Sequence
from itertools import chain

from frontdoor.simulation.flow import Reach, Workflows, endless, reach
from frontdoor.simulation.lookup import Lookup
from frontdoor.simulation.scenario import Scenario, Task

_LEADING = ("sources.", "tasks.", "policies.")
_MISSING = ("unknown", "missing", "wrong-value", "wrong-name")


def check(lookup: Lookup, scenario: Scenario, editions: Sequence[Workflows]) -> None:
    """Find what is wrong with the whole.

    That something is never reached is said only if what leads to what is said rightly: of a misspelt name it is no news.
    """
    _somebody(lookup, scenario)
    _holding_none(lookup, scenario)
    _another_person(lookup, scenario)
    if names := endless(scenario, editions[0]):
        several = f"{names[0]} leads to itself" if len(names) == 1 else f"{', '.join(names)} lead to one another"
        message = f"{several} for ever and takes no time, so the clock would stand still."
        lookup.fault(f"tasks.{names[0]}", "endless", message, "Give it an effort or a wait, or let fewer lead there.")
    if not any(fault.where.startswith(_LEADING) and fault.code.startswith(_MISSING) for fault in lookup.faults):
        found = reach(scenario, editions)
        _answered(lookup, scenario)
        _reached(lookup, scenario, found, editions)
        _touched(lookup, scenario, found)


def _teams(task: Task) -> set[str]:
    """Who may come to do it."""
    return {task.team, *(case.out_of_hours for case in task.cases if case.out_of_hours)}


def _does(task: Task) -> dict[str, None]:
    """The transitions that it does."""
    return dict.fromkeys(name for case in task.cases for name in case.does if "." in name)


def _somebody(lookup: Lookup, scenario: Scenario) -> None:
    for team in scenario.teams.values():
        work = [task.name for task in scenario.tasks.values() if team.name in _teams(task)]
        if team.staff == 0 and work:
            message = f"has nobody in it, and is to do {', '.join(work)}."
            lookup.fault(f"teams.{team.name}", "nobody", message, "Give it staff, or its work to another team.")


def _holding_none(lookup: Lookup, scenario: Scenario) -> None:
    """That those who hold no cases have no work that only the holder of a case does."""
    for task in scenario.tasks.values():
        team = scenario.teams.get(task.team)
        if task.held and team is not None and team.cap == 0:
            message = f"is held, and {team.name} hold no cases (cap = 0)."
            lookup.fault(f"tasks.{task.name}", "holds-none", message, "Take held away, or give it to another team.")


def _another_person(lookup: Lookup, scenario: Scenario) -> None:
    """That what another person must do can be done by another: nobody signs off what they wrote."""
    tasks = scenario.tasks.values()
    for task in tasks:
        where, before = f"tasks.{task.name}", set()
        for event in _does(task):
            w, _, t = event.partition(".")
            move = lookup.workflows[w].transitions.get(t) if w in lookup.workflows else None
            if move is None or move.not_by is None:
                continue
            first = f"{w}.{move.not_by}"
            before.add(first)
            for other in tasks:
                both = _teams(task) & _teams(other) if first in _does(other) else set()
                alone = [team for team in both if team in scenario.teams and scenario.teams[team].staff == 1]
                if alone and _teams(task) == _teams(other) == both:
                    message = f"{event} is not for whoever did {first}, and {alone[0]} has one person, who does both."
                    advice = f"Give {alone[0]} a second person for it, or the task to another team."
                    lookup.fault(where, "same-person", message, advice)
                elif task.held and task.team in both:
                    message = f"{event} is not for whoever did {first}, and the worker who holds the case does both."
                    lookup.fault(where, "same-person", message, "Take held away, or give it to another team.")
        if len(before) > 1:
            message = f"does what is not for whoever did {' or '.join(sorted(before))}: make it a task for each."
            lookup.fault(where, "several-others", message)


def _answered(lookup: Lookup, scenario: Scenario) -> None:
    """That somebody deals with what comes."""
    for source in scenario.sources.values():
        w, _, t = source.begins.partition(".")
        workflow = lookup.workflows[w]
        state = f"{w}.{workflow.transitions[t].to or workflow.initial}"
        if not any(state in task.states or source.begins in task.after for task in scenario.tasks.values()):
            message = f"brings cases to {state}, and no task is in that state or comes after {source.begins}."
            lookup.fault(f"sources.{source.name}", "unanswered", message, f'Give a task in = ["{state}"].')


def _reached(lookup: Lookup, scenario: Scenario, found: Reach, editions: Sequence[Workflows]) -> None:
    """That every task comes about, and what it does can. Of what only follows from another fault nothing is said."""
    never = {name: reach(scenario, editions, name).tasks for name in scenario.tasks if name not in found.tasks}
    for name, led_to in never.items():
        task = scenario.tasks[name]
        if any(name in others and other not in led_to for other, others in never.items()):
            continue
        if task.states:
            why = f"nothing in this scenario comes to {task.states[0]}"
        elif task.after:
            why = f"nothing in this scenario does {' or '.join(task.after)}"
        else:
            why = "it has neither in nor after, and no task leads to it by name"
        advice = "Correct what it comes of, or let something lead there."
        lookup.fault(f"tasks.{name}", "never", f"never comes about: {why}.", advice)
    for task in () if never else scenario.tasks.values():
        for event in _does(task):
            if wrong := _impossible(event, found, editions):
                lookup.fault(f"tasks.{task.name}", "never", f"{event} is never possible: {wrong}.")


def _impossible(event: str, found: Reach, editions: Sequence[Workflows]) -> str | None:
    """Why a transition can never be done; None: it can, under some edition."""
    w, _, t = event.partition(".")
    why = None
    for workflows in editions:
        move = workflows[w].transitions.get(t)
        if move is None:
            why = f"no edition in force then has {event}"
        elif t == workflows[w].opens_with:
            if not workflows[w].after or found.events & set(workflows[w].after):
                return None
            why = f"it follows {' or '.join(workflows[w].after)}, which nothing in this scenario does"
        else:
            states = [f"{w}.{one}" for one in move.from_]
            if found.states & set(states):
                return None
            why = f"it is so in {' or '.join(states)}, and nothing in this scenario comes to that"
    return why


def _touched(lookup: Lookup, scenario: Scenario, found: Reach) -> None:
    """That policies are about something that is done, and that signposting can be."""
    policies = scenario.policies
    tasks = [task for task in scenario.tasks.values() if task.name in found.tasks]
    done = set(chain.from_iterable(map(_does, tasks)))
    for where, events in _named(scenario):
        for event in events:
            if event not in done:
                lookup.fault(where, "never", f"is about {event}, which no task does.", "Name what a task does.")
    for name, helper in policies.helped_by.items():
        for task in tasks:
            if task.team == name and helper in scenario.teams:
                for event in _does(task):
                    state = task.states[0] if task.states else None
                    lookup.may_do("policies.check.helped_by", event, state, [scenario.teams[helper].role])
    if policies.signposting is not None:
        for task in tasks:
            if set(policies.below) & set(_does(task)):
                teams = [scenario.teams[name] for name in sorted(_teams(task)) if name in scenario.teams]
                roles = [team.role for team in teams if team.role in lookup.roles]
                state = task.states[0] if task.states else None
                lookup.may_do("policies.signposting", policies.signpost, state, roles)


def _named(scenario: Scenario) -> Iterator[tuple[str, tuple[str, ...]]]:
    policies = scenario.policies
    if policies.vetting:
        yield "policies.vetting", policies.vetted
    if policies.signposting is not None:
        yield "policies.signposting", policies.below
