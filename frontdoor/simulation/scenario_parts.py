"""The parts of a scenario, each made of its table: what is missing in it, what names nothing, who may not do what."""

from __future__ import annotations

__all__ = ["policies_of", "rota_of", "source_of", "task_of", "team_of"]

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from frontdoor import reading
from frontdoor.simulation.durations import Bands, Duration, Exponential, Fixed, Lognormal, Uniform
from frontdoor.simulation.lookup import Lookup
from frontdoor.simulation.scenario import Case, Policies, Rota, Source, Task, Team, fits
from frontdoor.simulation.scenario_shape import CASE, WEEK, length_of, spans_of, time_of

Said = Mapping[str, Any]
"""A table, each value of which is what its word may say."""


def rota_of(lookup: Lookup, name: str, said: Said) -> Rota:
    """When people work: what is said of a day goes before what is said of several."""
    every = said.get("every_day", "closed")
    week = [said.get("weekdays", every)] * 5 + [said.get("weekends", every)] * 2
    spans = tuple(spans_of(said.get(day, one)) or () for day, one in zip(WEEK, week, strict=True))
    if not any(spans) and not any(fault.where.startswith(f"rotas.{name}.") for fault in lookup.faults):
        advice = "Give weekdays, weekends, every_day or a day its hours."
        lookup.fault(f"rotas.{name}", "no-hours", "has no hours in a week.", advice)
    return Rota(name, spans, spans_of(said.get("bank_holidays", "closed")) or ())


def team_of(lookup: Lookup, name: str, said: Said, rotas: Collection[str]) -> Team:
    """People who do the same work."""
    where = f"teams.{name}"
    _needs(lookup, where, said, {"role": "what they may do", "rota": "when they work", "staff": "how many they are"})
    lookup.is_one_of(where, "role", said.get("role"), lookup.roles)
    lookup.is_one_of(where, "rota", said.get("rota"), rotas)
    return Team(
        name,
        said.get("role", ""),
        said.get("rota", ""),
        said.get("staff", 1),
        **_given(said, "absence", "cap", "title"),
    )


def source_of(lookup: Lookup, name: str, said: Said, priorities: Collection[str], demand: float) -> Source:
    """Where contacts come from, so many times as many as it says."""
    where = f"sources.{name}"
    _needs(lookup, where, said, {"per_year": "how many it brings in a year"})
    plain = _given(said, "begins", "code", "role", "priority", "known", "title", "on_bank_holidays")
    lists: dict[str, Any] = {key: tuple(said[key]) for key in ("by_weekday", "by_hour", "by_month") if key in said}
    batch = {int(size): share for size, share in said.get("batch", {"1": 1.0}).items()}
    source = Source(name, said.get("per_year", 0.0) * demand, batch=batch, **lists, **plain)
    for priority in source.priority:
        lookup.is_one_of(where, "priority", priority, priorities)
    w, _, t = source.begins.partition(".")
    if lookup.who(where, source.begins) is None:
        return source
    workflow = lookup.workflows[w]
    if t != workflow.opens_with:
        advice = f"Let it begin with {w}.{workflow.opens_with}."
        lookup.fault(where, "wrong-value", f"begins with {source.begins}, which does not open its workflow.", advice)
    elif workflow.after:
        message = f"begins with {source.begins}, which only follows {' or '.join(workflow.after)}."
        lookup.fault(where, "wrong-value", message, "Let it begin with what may come first, like contact.receive.")
    lookup.may_do(where, source.begins, None, [source.role])
    return source


def task_of(lookup: Lookup, name: str, said: Said, every: Said, priorities: Sequence[str]) -> Task:
    """A piece of work, with what it is for some. `every` are the tables of the whole file."""
    where, items = f"tasks.{name}", said.get("for", ())
    _needs(lookup, where, said, {"team": "who does it"})
    lookup.is_one_of(where, "team", said.get("team"), every.get("teams", ()))
    states, after = tuple(said.get("in", ())), tuple(said.get("after", ()))
    if states and after:
        message = "comes of a state (in) and of transitions (after): make it a task for each."
        lookup.fault(where, "wrong-value", message)
    if len(states) > 1:
        lookup.fault(where, "wrong-value", "belongs to more than one state: make it a task for each.")
    known = [state for state in states if lookup.is_state(where, state)]
    for event in after:
        lookup.who(where, event)
    state = known[0] if known else None
    base = {key: said[key] for key in CASE if key in said}
    cases = [
        _for_some(lookup, f"{where}.for[{i + 1}]", one, base, said, state, every, priorities)
        for i, one in enumerate(items)
    ]
    combinations = [(source, priority) for source in every.get("sources", ()) for priority in priorities]
    for i, case in enumerate(cases):
        is_named = {*case.sources, *case.priorities} <= {*every.get("sources", ()), *priorities}
        is_for_some = is_named and all(one.sources or one.priorities for one in cases[: i + 1])
        if is_for_some and not any(fits(cases[: i + 1], *one) == i for one in combinations):
            message = "is for nothing that an earlier one is not for already."
            lookup.fault(f"{where}.for[{i + 1}]", "shadowed", message, "Take it out, or put it first.")
    has_own = bool(cases) and all("effort" in one for one in items)
    if not (has_own and all(fits(cases, *one) < len(cases) for one in combinations)):
        _needs(lookup, where, said, {"effort": "how long it takes somebody"})
    cases.append(_case(lookup, where, base, {}, said, state, every, priorities))
    return Task(name, said.get("team", ""), states, after, said.get("held", False), tuple(cases), said.get("title", ""))


def _for_some(
    lookup: Lookup, where: str, item: Said, base: Said, task: Said, state: str | None, every: Said, priorities: Collection[str],
) -> Case:  # fmt: skip
    """An item of [[tasks.x.for]]."""
    own = reading.sifted(item, CASE, where, lookup.shown, lookup.faults)
    if not {"sources", "priorities"} & set(item):
        message = "names neither sources nor priorities, so it is for all, and nothing behind it is for any."
        lookup.fault(where, "for-all", message, f"Name some, or put it into [{where.partition('.for')[0]}].")
    return _case(lookup, where, own, base, task, state, every, priorities)


def _case(
    lookup: Lookup, where: str, own: Said, base: Said, task: Said, state: str | None, every: Said, priorities: Collection[str],
) -> Case:  # fmt: skip
    """What a task is for some: what is its own, and the rest as the task has it. What the task has is not judged again."""
    said, teams = {**base, **own}, every.get("teams", {})
    for source in own.get("sources", ()):
        lookup.is_one_of(where, "source", source, every.get("sources", ()))
    for priority in own.get("priorities", ()):
        lookup.is_one_of(where, "priority", priority, priorities)
    lookup.is_one_of(where, "team", own.get("out_of_hours"), teams)
    by = [said.get("out_of_hours"), *([task.get("team")] if "does" in own else [])]
    roles = [teams[one]["role"] for one in by if one in teams and teams[one].get("role") in lookup.roles]
    for name in said.get("does", {}) if "does" in own or "out_of_hours" in own else ():
        if "." in name:
            lookup.may_do(where, name, state, roles)
        else:
            lookup.is_one_of(where, "task", name, every.get("tasks", ()))
    effort = _duration(said.get("effort", "0 minutes"))
    if effort.in_working_days and "effort" in own:
        message = "has an effort in working days: effort is work, so give it in hours or minutes."
        lookup.fault(where, "wrong-value", message)
    return Case(
        tuple(said.get("sources", ())), tuple(said.get("priorities", ())), said.get("chance", 1.0), effort,
        _duration(said["wait"]) if "wait" in said else None, said.get("out_of_hours"), said.get("does", {}),
    )  # fmt: skip


def policies_of(lookup: Lookup, said: Said, sources: Collection[str], teams: Collection[str]) -> Policies:
    """What is switched on: what has a table, unless that says on = false."""
    on = {name: one for name, one in said.items() if one.get("on", True)}
    needs = {"ageing": {"after": "how long work waits before it is moved up"},
             "vetting": {"share": "how much is kept back", "sources": "by whom", "of": "of what"},
             "signposting": {"share": "how much is signposted", "of": "of what"}}  # fmt: skip
    for name, one in said.items():
        _needs(lookup, f"policies.{name}", one, needs.get(name, {}) if name in on else {})
        for source in one.get("sources", ()):
            lookup.is_one_of(f"policies.{name}", "source", source, sources)
        for event in (*one.get("of", ()), *([one["to"]] if "to" in one else [])):
            lookup.who(f"policies.{name}", event)
    made: dict[str, Any] = {}
    if "check" in on:
        helped = on["check"].get("helped_by", {})
        for name in (*helped, *helped.values()):
            lookup.is_one_of("policies.check.helped_by", "team", name, teams)
        made |= {"check": True, "check_at": time_of(on["check"].get("at", "16:00")), "helped_by": helped}
    if "ageing" in on:
        made["ageing"] = round((length_of(on["ageing"].get("after")) or (0.0, False))[0])
    if one := on.get("vetting"):
        made |= {
            "vetting": dict.fromkeys(one.get("sources", ()), one.get("share", 0.0)),
            "vetted": tuple(one.get("of", ())),
        }
    if one := on.get("signposting"):
        made |= {"signposting": one.get("share"), "below": tuple(one.get("of", ()))}
        made |= {"signpost": one["to"]} if "to" in one else {}
    return Policies(**made)


def _needs(lookup: Lookup, where: str, said: Said, words: Mapping[str, str]) -> None:
    for word, why in words.items():
        if word not in said and not any(fault.where == f"{where}.{word}" for fault in lookup.faults):
            lookup.fault(where, "missing-key", f"has no {word}: {why}.")


def _given(said: Said, *words: str) -> dict[str, Any]:
    return {word: said[word] for word in words if word in said}


def _duration(said: Any) -> Duration:
    """A duration that has been checked."""
    if isinstance(said, str):
        length, working = length_of(said) or (0.0, False)
        return Duration(Fixed(length), working)
    if "bands" in said:
        ends = [length_of(one["to"]) or (0.0, False) for one in said["bands"]]
        shares = tuple(one["share"] for one in said["bands"])
        return Duration(Bands((0.0, *(end for end, _ in ends)), shares), ends[0][1])
    (first, working), *others = (
        length_of(said[key]) or (0.0, False) for key in ("mean", "median", "ninetieth", "from", "to") if key in said
    )
    if "mean" in said:
        return Duration(Exponential(first), working)
    return Duration((Lognormal if "median" in said else Uniform)(first, others[0][0]), working)
