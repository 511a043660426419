"""The declaration of a workflow: its states, what people may do in them, and the clocks that run.

    workflow = Workflow(
        name="permit", title="Permit", initial="received", opens_with="apply",
        states=[State("received"), State("decided", final=True)],
        transitions=[Transition("apply"), Transition("decide", from_=["received"], to="decided", by=["manager"])],
        timers=[Timer("decision", counts_from=["apply"], runs_in=["received"], allowed=Timescale.parse("8 weeks"))],
    )

A declaration is frozen and knows nothing of any case. It is written in a file (`library` reads it) or, as here, in
Python; either way `checking.faults` says what is wrong with it. What runs belongs to the workflow, how long to the
guidance: `guidance` lays editions over it.
"""

from __future__ import annotations

__all__ = ["ROLES", "State", "Timer", "Transition", "Workflow"]

from collections.abc import Iterable, Mapping
from typing import TypeVar

import attrs

from frontdoor.timescale import Timescale

ROLES = ("referral_officer", "mash_officer", "social_worker", "manager", "chair", "edt_officer", "system")
"""Who may act. `system` is a machine: it may do only what names it."""

_Named = TypeVar("_Named", "State", "Transition", "Timer")


def _names(value: Iterable[str]) -> tuple[str, ...]:
    return tuple(value)


def _by_name(value: Mapping[str, _Named] | Iterable[_Named]) -> dict[str, _Named]:
    return dict(value) if isinstance(value, Mapping) else {item.name: item for item in value}


@attrs.frozen
class State:
    """A place where an episode rests until somebody acts; `final` ones end it."""

    name: str
    title: str = ""
    final: bool = False
    unguarded: str = ""
    """Why it is right that no clock runs here while the episode is open; empty where one does."""


@attrs.frozen
class Transition:
    """What a person may do: from which states, to which, by which roles, with what recorded."""

    name: str
    title: str = ""
    from_: tuple[str, ...] = attrs.field(default=(), converter=_names)
    to: str | None = None
    """The state it leads to; None stays where it is."""
    by: tuple[str, ...] = attrs.field(default=(), converter=_names)
    """Who may do it; empty means any role but system."""
    needs: tuple[str, ...] = attrs.field(default=(), converter=_names)
    """The details that must be recorded with it."""
    not_by: str | None = None
    """Four eyes: not the person who last did that transition in this episode."""
    opens: str | None = None
    """The workflow that it starts in the same case, at the same moment."""
    not_while_open: tuple[str, ...] = attrs.field(default=(), converter=_names)
    """Refused while the case has an open episode of one of these workflows."""
    departs: str = ""
    """Why an authority departs from the guidance here; empty where it does not."""


@attrs.frozen
class Timer:
    """A clock: what it counts from, while what it runs, what meets it, and how long it allows.

    With `runs_in` it runs while the episode is in those states: the last exit stops it, coming back resumes it. With
    `until` it runs from its anchor to the first of those transitions after it.
    """

    name: str
    title: str = ""
    counts_from: tuple[str, ...] = attrs.field(default=(), converter=_names)
    """The first of these that exists, in this order; 'referral.receive' is that event in the case's latest referral."""
    anchor: str = "first"
    """'first': from its first occurrence. 'latest': from the most recent, each ending one deadline, starting another."""
    runs_in: tuple[str, ...] = attrs.field(default=(), converter=_names)
    until: tuple[str, ...] = attrs.field(default=(), converter=_names)
    met_by: tuple[str, ...] = attrs.field(default=(), converter=_names)
    """The transitions that meet it; empty means any that stop it. Another stop, in time, only ends it."""
    basis: str = "local"
    """'statutory', or 'local' where the figure is an authority's or a partnership's own."""
    allowed: Timescale | None = None
    """How long; None where the edition gives no length, and so no deadline."""
    then: Timescale | None = None
    """How long after the first, where it counts from the latest; None means the same again."""
    cites: str = ""
    """The source of the length, in words."""
    departs: str = ""
    """Why an authority departs from the guidance here; empty where it does not."""
    grade: str = ""
    """How well that source is known: V, V-local, V-2nd, INF or GK (workflows/README.md explains them)."""

    @property
    def source(self) -> str:
        """What it cites, with its grade behind it."""
        return f"{self.cites} ({self.grade})" if self.cites and self.grade else self.cites


@attrs.frozen
class Workflow:
    """A whole declaration. `states`, `transitions` and `timers` may be given as lists; they are kept by name."""

    name: str
    title: str = ""
    about: str = ""
    initial: str = ""
    opens_with: str = ""
    """The transition that opens an episode, in the initial state."""
    roles: tuple[str, ...] = attrs.field(default=ROLES, converter=_names)
    """Everybody who may act in it."""
    after: tuple[str, ...] = attrs.field(default=(), converter=_names)
    """One of these qualified transitions must have happened in the case before an episode may open."""
    states: Mapping[str, State] = attrs.field(factory=dict, converter=_by_name)
    transitions: Mapping[str, Transition] = attrs.field(factory=dict, converter=_by_name)
    timers: Mapping[str, Timer] = attrs.field(factory=dict, converter=_by_name)

    def who(self, move: Transition) -> tuple[str, ...]:
        """Who may do a transition of this workflow, spelt out."""
        return move.by or tuple(role for role in self.roles if role != "system")

    def leaving(self, state: str) -> tuple[Transition, ...]:
        """What may be done in `state`, in the order written."""
        return tuple(move for move in self.transitions.values() if state in move.from_)

    def guarded(self, state: str) -> bool:
        """Whether a clock with a length runs while an episode is in `state` (one that runs `until` may have stopped)."""
        return any(state in timer.runs_in and timer.allowed is not None for timer in self.timers.values())
