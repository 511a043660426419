"""A second opinion on legality: a workflow's Machine walks every history beside the kernel."""

from __future__ import annotations

__all__ = ["machine_agrees"]

from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st

from frontdoor import fast, kernel
from frontdoor.library import Library
from frontdoor.machine import machine
from frontdoor.replay.columns import lay_out
from frontdoor.testing.recount import Folding, read_text
from frontdoor.testing.strategies import histories
from frontdoor.workflow import Workflow


def machine_agrees(library: Library, data: st.DataObject) -> None:
    """After every event a Machine and the kernel say the same: whether it was legal, and the state that it led to."""
    log = lay_out(read_text(data.draw(histories(library))), library)
    folding, names = Folding(log, fast.interpreted, list), log.compiled
    walkers: dict[int, _Walker] = {}
    for row, event in enumerate(log.frame["event"]):
        folding.fold(row, row + 1)
        book = folding.book
        e = book.episode[row]
        if e < 0:
            assert book.faults[row] & kernel.UNKNOWN, "only an unknown event is of no episode"
            continue
        workflow, _, move = event.partition(".")
        is_new = e not in walkers
        if is_new:
            walkers[e] = _Walker(names.composed(book.edition[e]).workflows[workflow])
        fault = walkers[e].walk(move, is_new=is_new)
        found = book.faults[row] & (kernel.ILLEGAL | kernel.AFTER_CLOSE)
        assert fault == found, f"{event}: the kernel finds {found}, the machine {fault}"
        states = names.states[book.workflow[e]]
        assert walkers[e].state == states[book.state[e]], f"{event} led to {states[book.state[e]]}"


class _Walker:
    """One episode, walked by a Machine alone: what is legal is triggered, what is not is believed."""

    def __init__(self, workflow: Workflow) -> None:
        self.workflow = workflow
        self.model: Any = SimpleNamespace()
        self.machine = machine(workflow, self.model)

    @property
    def state(self) -> str:
        state: str = self.model.state
        return state

    def walk(self, name: str, *, is_new: bool) -> int:
        """Do this transition; gives the kernel's code for what is wrong with that, or 0."""
        if name == self.workflow.opens_with:  # which opens an episode, and does nothing in one
            return 0 if is_new else kernel.ILLEGAL
        if getattr(self.model, f"may_{name}")():
            self.model.trigger(name)
            return 0
        if self.machine.get_state(self.state).final:
            return kernel.AFTER_CLOSE
        to = self.workflow.transitions[name].to
        if to is not None:
            self.machine.set_state(to, self.model)
        return kernel.ILLEGAL
