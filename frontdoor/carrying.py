"""What a source carries, and what the transitions that it cannot show leave open in a workflow."""

from __future__ import annotations

__all__ = ["EVERYTHING", "Carries", "Limits", "Masks", "Seen", "Unseen", "bits", "masks"]

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import attrs

from frontdoor.moment import Happened
from frontdoor.rules import ALWAYS
from frontdoor.workflow import Timer, Transition, Workflow


@attrs.frozen
class Carries:
    """What a source's format can hold. What it cannot is not held against it."""

    transitions: frozenset[str] | None = None
    """Qualified names; None: all."""
    roles: bool = True
    details: frozenset[str] | None = None
    """None: all."""
    logged: bool = True
    """Whether events were written down as they happened. Where dates are stated afterwards, as in a return, one that
    lies before what it should follow is a wrong date, and tells nothing of time."""
    partial: frozenset[str] = frozenset()
    """Transitions that it has a place for, but holds of some period only: that one is missing tells nothing."""
    reach: Happened | None = None
    """The last moment it speaks of; None: it is judged to the moment that all is."""

    def holds(self, transition: str) -> bool:
        """Whether the format has a place for that qualified transition."""
        return self.transitions is None or transition in self.transitions

    def holds_every(self, transition: str) -> bool:
        """Whether that transition, had it happened, would be in it."""
        return self.holds(transition) and transition not in self.partial

    def told_to(self, transition: str) -> Happened | None:
        """The last moment up to which it would hold a transition that it can hold; None: to its own last. Of sources that were
        put together, one may end earlier."""
        return None


EVERYTHING = Carries()

Unseen = tuple[str, ...]
Limits = tuple[tuple[str, tuple[int, int]], ...]


class Seen(NamedTuple):
    """What a source carries, as the tables ask for it: two that answer alike share theirs."""

    logged: bool
    lost: tuple[tuple[Unseen, Limits], ...]
    """For each workflow the transitions that it has no place for, and the last moment and local day up to which it holds others,
    where that is not to its own last."""
    every: frozenset[str]
    """Those that would be in it, had they happened: of openings, and of what clocks and openings look back at."""
    details: frozenset[str]


class Masks(NamedTuple):
    """What the transitions that cannot be seen change of a workflow under a set of editions: columns of `rules.Rules`."""

    frm: list[int]
    """[transition]"""
    ended: int
    blind: list[int]
    """[timer]"""
    told_to: list[tuple[int, int]]
    """[timer] the moment, and its local day."""


def masks(
    workflow: Workflow, states: Sequence[str], moves: Sequence[Transition], timers: Sequence[Timer], unseen: Unseen, limits: Limits
) -> Masks:  # fmt: skip
    """Those of a workflow, for sources that have no place for some of its transitions, or hold some up to a moment only."""
    onward = _onward(workflow, unseen)
    finals = {s.name for s in workflow.states.values() if s.final}
    blind = [_stops_unseen(timer, states, unseen, onward) for timer in timers]
    return Masks(
        [bits(states.index(s) for s in workflow.states if onward[s] & set(move.from_)) for move in moves],
        bits(states.index(s) for s in workflow.states if onward[s] & finals),
        blind,
        _told_to(workflow, timers, states, unseen, limits, blind),
    )


def bits(places: Iterable[int]) -> int:
    """The places as bits of one integer."""
    return sum(1 << place for place in set(places))


def _stops_unseen(timer: Timer, states: Sequence[str], unseen: Sequence[str], onward: Mapping[str, set[str]]) -> int:
    """The states, as bits, in which a timer may have been stopped by one of the unseen transitions, which lead `onward`."""
    if timer.until:
        return -1 if set(timer.until) & set(unseen) else 0
    return bits(states.index(s) for s in timer.runs_in if not onward[s] <= set(timer.runs_in))


def _told_to(
    workflow: Workflow,
    timers: Sequence[Timer],
    states: Sequence[str],
    unseen: Unseen,
    limits: Limits,
    blind: Sequence[int],
) -> list[tuple[int, int]]:
    """For each timer the last moment, and local day, up to which every stop of it is told that the source can tell at all."""
    limits = tuple((move, end) for move, end in limits if move in workflow.transitions)
    found = [(ALWAYS, ALWAYS)] * len(timers)
    for end in (*sorted({end for _, end in limits}), (ALWAYS, ALWAYS)) if limits else ():  # the longest stands
        lost = (*unseen, *(move for move, to in limits if to[0] < end[0]))
        onward = _onward(workflow, lost)
        for place, timer in enumerate(timers):
            if _stops_unseen(timer, states, lost, onward) == blind[place]:
                found[place] = end
    return found


def _onward(workflow: Workflow, unseen: Iterable[str]) -> dict[str, set[str]]:
    """From each state, those that transitions which the source cannot carry may have led to, itself included."""
    onward = {state: {state} for state in workflow.states}
    moves = [workflow.transitions[name] for name in unseen if name in workflow.transitions]
    for _ in workflow.states:
        for reached in onward.values():
            reached |= {move.to for move in moves if move.to and reached & set(move.from_)}
    return onward
