"""What is wrong with workflows that can be read: names that lead nowhere, states nobody reaches or leaves, clocks
without a length, waits that nobody guards. Everything at once, each with the file and table to mend.
"""

from __future__ import annotations

__all__ = ["Wait", "faults", "unguarded_waits"]

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from frontdoor.errors import Fault, did_you_mean
from frontdoor.guidance import Composed
from frontdoor.workflow import Timer, Transition, Workflow

MOST = 60
"""Most states, transitions or needed details that the kernel's bitmasks hold, of one workflow (of all, for details)."""


class Wait(NamedTuple):
    """A state in which an episode is open and no clock is sure to run, and why that is right."""

    workflow: str
    state: str
    title: str
    why: str


def unguarded_waits(workflows: Iterable[Workflow]) -> tuple[Wait, ...]:
    """The reachable, open states in which no timer with a length runs, workflow by workflow."""
    return tuple(
        Wait(workflow.name, state.name, state.title, state.unguarded)
        for workflow in workflows
        for state in workflow.states.values()
        if not state.final and state.name in reachable(workflow) and not workflow.guarded(state.name)
    )


def reachable(workflow: Workflow) -> frozenset[str]:
    """The states that an episode can come to from the initial one."""
    return _spread(
        {workflow.initial}, [(state, move.to) for move in workflow.transitions.values() for state in move.from_]
    )


def escapable(workflow: Workflow) -> frozenset[str]:
    """The states from which a final one can be reached, the final ones included."""
    finals = {state.name for state in workflow.states.values() if state.final}
    return _spread(finals, [(move.to, state) for move in workflow.transitions.values() for state in move.from_])


def _spread(start: Iterable[str], steps: Iterable[tuple[str | None, str | None]]) -> frozenset[str]:
    found, pairs = set(start), list(steps)
    grew = True
    while grew:
        more = {to for frm, to in pairs if frm in found and to is not None} - found
        found |= more
        grew = bool(more)
    return frozenset(found)


def faults(composed: Composed, lengths_expected: bool = True) -> list[Fault]:
    """All that is wrong with composed workflows, in the order of their names.

    `lengths_expected` is False for workflows without any guidance laid over, whose lengths are still to come.
    """
    found: list[Fault] = []
    for name in sorted(composed.workflows):
        workflow = composed.workflows[name]
        checker = _Checker(composed, workflow)
        wrong = checker.names()
        found += wrong
        if workflow.initial in workflow.states:
            found += checker.shape()
            stopped = any("timers." in fault.where for fault in wrong)
            if name in composed.has and lengths_expected and not stopped:
                found += checker.clocks()
    needs = {
        need for workflow in composed.workflows.values() for t in workflow.transitions.values() for need in t.needs
    }
    marks = {after for workflow in composed.workflows.values() for after in workflow.after}
    roles = {role for workflow in composed.workflows.values() for role in workflow.roles}
    for what, several in (
        ("workflows", composed.workflows),
        ("roles", roles),
        ("needed details", needs),
        ("transitions in after", marks),
    ):
        if len(several) > MOST:
            found.append(Fault("workflows", "", "too-many", f"there are {len(several)} {what}; {MOST} are the most."))
    return found


class _Checker:
    def __init__(self, composed: Composed, workflow: Workflow) -> None:
        self.composed, self.workflow = composed, workflow
        self.all: Mapping[str, Workflow] = composed.workflows

    def _fault(self, path: tuple[str, ...], code: str, message: str, advice: str = "") -> Fault:
        origin = self.composed.origin(self.workflow.name, *path)
        return Fault(origin.file, origin.table or ".".join(path[:2]), code, message, advice)

    def _known(self, path: tuple[str, ...], what: str, names: Iterable[str], known: Iterable[str]) -> Iterator[Fault]:
        known = list(known)
        for name in names:
            if name not in known:
                advice = did_you_mean(name, known).strip()
                yield self._fault(path, "unknown-name", f"{path[-1]} names no {what} {name!r}.", advice)

    def names(self) -> list[Fault]:
        """Every name that is used must be declared."""
        w = self.workflow
        found = [
            self._fault((), "missing-key", f"{key} is missing: an episode opens with a transition, in a state.")
            for key in ("initial", "opens_with")
            if not getattr(w, key)
        ]
        found += self._known(("initial",), "state", [w.initial] if w.initial else [], w.states)
        found += self._known(("opens_with",), "transition", [w.opens_with] if w.opens_with else [], w.transitions)
        found += self._qualified(("after",), w.after)
        for move in w.transitions.values():
            found += self._move(move)
        for timer in w.timers.values():
            found += self._timer(timer)
        return found

    def _move(self, move: Transition) -> Iterator[Fault]:
        at = ("transitions", move.name)
        for fault in self._known((*at, "by"), "role", move.by, self.workflow.roles):
            yield fault._replace(advice=f"{fault.advice} Or name it in the workflow's roles.".strip())
        yield from self._known((*at, "from"), "state", move.from_, self.workflow.states)
        yield from self._known((*at, "to"), "state", [move.to] if move.to else [], self.workflow.states)
        yield from self._known(
            (*at, "not_by"), "transition", [move.not_by] if move.not_by else [], self.workflow.transitions
        )
        yield from self._known((*at, "opens"), "workflow", [move.opens] if move.opens else [], self.all)
        yield from self._known((*at, "not_while_open"), "workflow", move.not_while_open, self.all)
        if move.name == self.workflow.opens_with:
            if move.from_ or move.to:
                yield self._fault(
                    (*at, "from"), "opening-moves", f"{move.name} opens the workflow: it has no from and no to."
                )
        elif not move.from_ and self.workflow.opens_with in self.workflow.transitions:
            yield self._fault(at, "missing-key", f"{move.name} has no from: name the states in which it may be done.")

    def _timer(self, timer: Timer) -> Iterator[Fault]:
        at = ("timers", timer.name)
        if not timer.counts_from:
            yield self._fault(at, "missing-key", f"{timer.name} has no counts_from: name the events it counts from.")
        if bool(timer.runs_in) == bool(timer.until):
            yield self._fault(
                at, "missing-key", f"{timer.name} needs either runs_in (states) or until (transitions), and not both."
            )
        yield from self._qualified((*at, "counts_from"), timer.counts_from)
        yield from self._known((*at, "runs_in"), "state", timer.runs_in, self.workflow.states)
        yield from self._known((*at, "until"), "transition", timer.until, self.workflow.transitions)
        yield from self._known((*at, "met_by"), "transition", timer.met_by, self.workflow.transitions)
        if timer.then and timer.anchor != "latest":
            yield self._fault((*at, "then"), "unused-key", 'then is for a timer with anchor = "latest".')

    def _qualified(self, path: tuple[str, ...], names: Iterable[str]) -> Iterator[Fault]:
        for name in names:
            workflow, dot, transition = name.rpartition(".")
            if not dot and path == ("after",):
                yield self._fault(
                    path, "unknown-name", f"after names {name!r} without its workflow: write workflow.{name}."
                )
            elif dot and workflow not in self.all:
                yield from self._known(path, "workflow", [workflow], self.all)
            else:
                there = self.all[workflow] if dot else self.workflow
                yield from self._known(path, f"transition of {there.name}", [transition], there.transitions)

    def shape(self) -> Iterator[Fault]:
        """States are reached and left; no transition stands in another's shadow; what is opened is there."""
        w = self.workflow
        come, go = reachable(w), escapable(w)
        for state in w.states.values():
            at = ("states", state.name)
            if state.name not in come:
                yield self._fault(
                    at,
                    "unreachable",
                    f"no episode can come to {state.name}: no transition leads there from {w.initial}.",
                )
            elif state.name not in go:
                yield self._fault(
                    at, "inescapable", f"no episode can end from {state.name}: no way leads to a final state."
                )
        for move in w.transitions.values():
            shade = _shade(w, move)
            if shade:
                yield self._fault(
                    ("transitions", move.name), "shadowed",
                    f"{move.name} can never be needed: {shade.name} leads from the same states to {shade.to}, "
                    f"by the same people, asking no more.",
                )  # fmt: skip
            if move.opens and move.opens not in self.composed.has and w.name in self.composed.has:
                yield self._fault(
                    ("transitions", move.name, "opens"), "not-in-edition",
                    f"{move.name} opens {move.opens}, which this edition does not have.",
                )  # fmt: skip
        for what, several in (("states", w.states), ("transitions", w.transitions)):
            if len(several) > MOST:
                yield self._fault((), "too-many", f"there are {len(several)} {what}; {MOST} are the most.")

    def clocks(self) -> Iterator[Fault]:
        """Every open state has a clock, or says why it needs none."""
        w = self.workflow
        for state in w.states.values():
            waits = not state.final and not w.guarded(state.name)
            at = ("states", state.name, "unguarded")
            if waits and not state.unguarded:
                yield self._fault(
                    at, "unguarded", f"an episode can wait in {state.name} with no clock running.",
                    'Add a timer that runs in it, or say why that is right: unguarded = "..."',
                )  # fmt: skip
            elif state.unguarded and not waits:
                yield self._fault(
                    at, "guarded", f"{state.name} says why no clock runs in it, but one does.", "Take that out."
                )


def _asks_no_more(workflow: Workflow, one: Transition, other: Transition) -> bool:
    """Whether whoever may do `other` may always do `one` instead, to the same effect."""
    return (
        other.to is not None
        and bool(other.from_)
        and one.to == other.to
        and one.opens == other.opens
        and set(other.from_) <= set(one.from_)
        and set(workflow.who(other)) <= set(workflow.who(one))
        and set(one.needs) <= set(other.needs)
        and one.not_by in (None, other.not_by)
        and set(one.not_while_open) <= set(other.not_while_open)
    )


def _shade(workflow: Workflow, move: Transition) -> Transition | None:
    """A transition that makes `move` needless; of two that are alike, the first makes the second so."""
    moves = list(workflow.transitions.values())
    for place, other in enumerate(moves):
        alike = _asks_no_more(workflow, move, other)
        if other is not move and _asks_no_more(workflow, other, move) and (not alike or place < moves.index(move)):
            return other
    return None
