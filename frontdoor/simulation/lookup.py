"""The names that a scenario may use, what may be done by whom, and all that is found wrong."""

from __future__ import annotations

__all__ = ["Lookup", "in_force"]

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import attrs

from frontdoor.errors import Fault, did_you_mean
from frontdoor.library import Library
from frontdoor.workflow import Workflow


def in_force(library: Library, starts: date | None, ends: date | None) -> tuple[Mapping[str, Workflow], ...]:
    """The workflows under each edition in force on some day of a scenario, the first first; the latest where it has no days."""
    if starts is None or ends is None:
        return (library.under().workflows,)
    first = library.edition_on(starts)
    names = [first.name if first else None]
    names += [one.name for one, day in zip(library.editions, library.starts, strict=True) if starts < day <= ends]
    return tuple(library.composed[name].workflows for name in names)


class Lookup:
    """One file as it is read: the workflows that it runs on, and what is wrong with it so far."""

    def __init__(self, library: Library, editions: Sequence[Mapping[str, Workflow]], shown: str) -> None:
        self.library, self.shown = library, shown
        self.faults: list[Fault] = []
        self.workflows = {name: _with_all(library.anywhere(name), one) for name, one in editions[0].items()}
        """As they are when it starts, and with all that any edition adds."""
        self.roles = sorted({role for one in self.workflows.values() for role in one.roles})

    def fault(self, where: str, code: str, message: str, advice: str = "") -> None:
        """Something is wrong; of two parts of a table that are wrong alike it is told once."""
        found = Fault(self.shown, where, code, message, advice)
        if found not in self.faults:
            self.faults.append(found)

    def is_one_of(self, where: str, key: str, name: str | None, there: Iterable[str]) -> bool:
        """Whether there is something of that name; that there is none is a fault, that nothing was named is not.

        Nor is it where there is nothing of its kind at all: then that is said already.
        """
        there = list(there)
        if name is None or name in there or not there:
            return name in there
        self.fault(
            where, f"unknown-{key.replace(' ', '-')}", f"there is no {key} {name!r}.", did_you_mean(name, there).strip()
        )
        return False

    def is_state(self, where: str, state: str) -> bool:
        """Whether there is such a state."""
        w, _, s = state.partition(".")
        return self.is_one_of(where, "workflow", w, self.workflows) and self.is_one_of(
            where, "state", state, [f"{w}.{one}" for one in self.workflows[w].states]
        )

    def who(self, where: str, event: str) -> tuple[str, ...] | None:
        """The roles that may do a transition; None: there is none."""
        w, _, t = event.partition(".")
        if not self.is_one_of(where, "workflow", w, self.workflows):
            return None
        workflow = self.workflows[w]
        if not self.is_one_of(where, "transition", event, [f"{w}.{one}" for one in workflow.transitions]):
            return None
        return workflow.who(workflow.transitions[t])

    def may_do(self, where: str, event: str, state: str | None, roles: Iterable[str]) -> None:
        """That a transition can be done in a state (None: in any), by these roles, who may open what it opens."""
        by = self.who(where, event)
        if by is None:
            return
        w, _, t = event.partition(".")
        workflow = self.workflows[w]
        move = workflow.transitions[t]
        of, _, s = (state or "").partition(".")
        if of == w and t != workflow.opens_with and s not in move.from_:
            only = ", ".join(f"{w}.{one}" for one in move.from_)
            self.fault(where, "illegal-transition", f"{event} is not possible in {state}, only in {only}.")
        opened = self.workflows[move.opens] if move.opens else None
        opening = opened.who(opened.transitions[opened.opens_with]) if opened else ()
        for role in dict.fromkeys(roles):
            if role not in by:
                message = f"{event} may not be done by {role}, only by {', '.join(by)}."
                self.fault(where, "wrong-role", message, "Give it to a team of such a role.")
            elif opened and role not in opening:
                message = f"{event} opens {opened.name}, which {role} may not begin, only {', '.join(opening)}."
                self.fault(where, "wrong-role", message, "Give it to a team of such a role.")


def _with_all(everywhere: Workflow, now: Workflow) -> Workflow:
    parts: dict[str, Any] = {
        kind: {**getattr(everywhere, kind), **getattr(now, kind)} for kind in ("states", "transitions")
    }
    return attrs.evolve(now, **parts)
