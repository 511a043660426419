"""Workflows in sentences that a practitioner reads, each clock with its source."""

from __future__ import annotations

__all__ = ["as_object", "declaration", "listing", "sentences"]

from collections.abc import Iterator
from typing import Any

import attrs

from frontdoor.checking import unguarded_waits
from frontdoor.explanation import in_words
from frontdoor.guidance import Composed
from frontdoor.library import Library
from frontdoor.timescale import Timescale
from frontdoor.workflow import State, Timer, Transition, Workflow


def listing(library: Library) -> Iterator[str]:
    """The workflows in the order a child meets them, and the editions, a line each."""
    workflows = library.composed[None].workflows
    width = max(len(name) for name in workflows)
    yield "Workflows"
    for name in library.names():
        having = [edition.name for edition in library.editions if name in library.composed[edition.name].has]
        only = "" if len(having) == len(library.editions) else f" ({_spell(having)})"
        yield f"  {name:{width}}  {workflows[name].title}{only}"
    yield ""
    yield "Editions of the guidance, and the day from which each applies here"
    width = max(len(edition.name) for edition in library.editions)
    for edition, start in zip(library.editions, library.starts, strict=True):
        since = "every day" if start.year == 1 else in_words(start)
        yield f"  {edition.name:{width}}  {since}: {edition.title}"
    for local in library.locals:
        yield f"  with {local.title or local.name} laid over ({local.file})"


def _spell(editions: list[str]) -> str:
    if not editions:
        return "in no edition"
    return f"only {editions[0]}" if len(editions) == 1 else f"only {editions[0]} to {editions[-1]}"


def as_object(library: Library) -> dict[str, Any]:
    """The same for programs."""
    return {
        "workflows": [
            {
                "name": name,
                "title": library.composed[None].workflows[name].title,
                "editions": [one.name for one in library.editions if name in library.composed[one.name].has],
            }
            for name in library.names()
        ],
        "editions": [
            {"name": edition.name, "title": edition.title, "in_force_from": start.isoformat()}
            for edition, start in zip(library.editions, library.starts, strict=True)
        ],
    }


def declaration(library: Library, name: str) -> dict[str, Any]:
    """One workflow under the latest edition of a library, as plain values.

    Raises:
        UnknownWorkflow: there is none of that name.
    """
    return attrs.asdict(
        library.workflow(name),
        value_serializer=lambda _, __, value: str(value) if isinstance(value, Timescale) else value,
    )


def sentences(library: Library, name: str) -> Iterator[str]:
    """One workflow under the latest edition of a library.

    Raises:
        UnknownWorkflow: there is none of that name.
    """
    workflow = library.workflow(name)
    edition = library.editions[-1]
    composed = library.under()
    yield f"{workflow.title} ({workflow.name})"
    if workflow.about:
        yield workflow.about
    yield f"Under {edition.title or edition.name}" + (
        "." if name in composed.has else ", which does not have it: none of its clocks runs."
    )
    yield ""
    yield "It opens"
    opening = workflow.transitions[workflow.opens_with]
    yield f"  when somebody does this: {_move(workflow, opening)}"
    if workflow.after:
        yield f"  and after, in the same case, one of: {', '.join(workflow.after)}"
    for state in workflow.states.values():
        yield ""
        yield from _state(workflow, state, composed)
    yield ""
    yield "Clocks"
    for timer in workflow.timers.values():
        yield from _timer(workflow, timer, composed)
    for wait in unguarded_waits([workflow]):
        yield f"  No clock is sure to run in {wait.title}: {wait.why}"


def _state(workflow: Workflow, state: State, composed: Composed) -> Iterator[str]:
    yield f"{state.title or state.name}" + (" (the end)" if state.final else "")
    moves = workflow.leaving(state.name)
    if not moves:
        yield "  nothing more is done here"
    for move in moves:
        yield f"  {_move(workflow, move)}"


def _move(workflow: Workflow, move: Transition) -> str:
    to = f", which leads to: {workflow.states[move.to].title or move.to}" if move.to else ""
    by = _any(list(move.by)) if move.by else "anyone but the system"
    parts = [f"{move.title or move.name} [{move.name}]{to}; by {by}"]
    if move.needs:
        parts.append(f"recording {_all(list(move.needs))}")
    if move.not_by:
        parts.append(f"not the person who did {move.not_by} last")
    if move.opens:
        parts.append(f"opens {move.opens}")
    if move.not_while_open:
        parts.append(f"not while one of these is open: {', '.join(move.not_while_open)}")
    return "; ".join(parts)


def _timer(workflow: Workflow, timer: Timer, composed: Composed) -> Iterator[str]:
    length = str(timer.allowed) if timer.allowed else "no length in this edition"
    if timer.then:
        length += f", then {timer.then}"
    start = _any(list(timer.counts_from)) if len(timer.counts_from) == 1 else "the first there is of " + ", ".join(
        timer.counts_from
    )  # fmt: skip
    if timer.anchor == "latest":
        start = "the most recent " + (_any(list(timer.counts_from)) if len(timer.counts_from) == 1 else start[4:])
    if timer.until:
        ends = f"until {_any(list(timer.until))}"
    else:
        ends = "while in " + ", ".join(workflow.states[state].title or state for state in timer.runs_in)
    yield f"  {timer.title or timer.name} [{timer.name}]: {length}, {timer.basis}"
    yield f"    counted from {start}; runs {ends}"
    if timer.met_by:
        yield f"    met only by {_any(list(timer.met_by))}"
    if timer.departs:
        yield f"    departs from the guidance: {timer.departs}"
    if timer.allowed:
        cites = f"{timer.source}; " if timer.cites else ""
        yield f"    source: {cites}{composed.origin(workflow.name, 'timers', timer.name, 'allowed')}"


def _any(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _all(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
