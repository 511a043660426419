"""What matching needs to know of a workflow: which event opens an episode, which end it, which may come again."""

from __future__ import annotations

__all__ = ["Flow", "Flows"]

from collections.abc import Collection, Iterable, Mapping

import attrs

from frontdoor.library import Library


@attrs.frozen
class Flow:
    """A workflow by the qualified names of its events. Of one that is not declared nothing is known."""

    opening: str = ""
    initial: str = ""
    moves: Mapping[str, tuple[frozenset[str], str]] = attrs.Factory(dict)
    """From which states each event is legal, and to which it leads ('': it stays)."""
    final: frozenset[str] = frozenset()
    onward: Mapping[str, frozenset[str]] = attrs.Factory(dict)
    """From each state those that can be reached, itself included."""

    def stays(self, event: str) -> bool:
        """Whether an event may come again and again: a visit, a review."""
        return event in self.moves and event != self.opening and not self.moves[event][1]

    def ends(self, event: str) -> bool:
        """Whether an event ends an episode."""
        return event in self.moves and self.moves[event][1] in self.final

    def moves_on(self, event: str) -> bool:
        """Whether an event leads to another state, or opens an episode."""
        return event in self.moves and not self.stays(event)

    def outlives(self, event: str, end: str) -> bool:
        """Whether an event can follow that end of its episode."""
        return not self.moves_on(event) or self.moves[end][1] in self.moves[event][0]

    def precedes(self, event: str, end: str) -> bool:
        """Whether that end can follow an event of its episode, at once or later."""
        state = self.initial if event == self.opening else self.moves[event][1]
        return not self.onward[state].isdisjoint(self.moves[end][0]) if state else True

    def after(self, state: str, event: str) -> str:
        """The state after an event that is believed; in a final state only what is legal there is."""
        legal_from, to = self.moves.get(event, (frozenset(), ""))
        return to if to and (state in legal_from or state not in self.final) else state


class Flows:
    """The workflows of a library."""

    def __init__(self, library: Library) -> None:
        self._flows: dict[str, Flow] = {}
        self._ranks: dict[str, tuple[int, int, int]] = {}
        self.names = tuple(library.names())
        for place, name in enumerate(library.names()):
            declared = library.anywhere(name)
            final = frozenset(state.name for state in declared.states.values() if state.final)
            moves = {
                f"{name}.{move.name}": (frozenset(move.from_), move.to or "") for move in declared.transitions.values()
            }
            onward = _onward(declared.states, moves.values())
            flow = Flow(f"{name}.{declared.opens_with}", declared.initial, moves, final, onward)
            self._flows[name] = flow
            for move in declared.transitions.values():
                event = f"{name}.{move.name}"
                stage = 0 if event == flow.opening else 2 if flow.ends(event) else 1
                self._ranks[event] = int(bool(move.not_while_open)), place, stage

    def of(self, event: str) -> Flow:
        """The workflow that an event belongs to."""
        return self._flows.get(event.partition(".")[0], _UNKNOWN)

    def rank(self, event: str) -> tuple[int, int, int, str]:
        """Where an event of a day stands among those of other sources: workflows as a child meets them, each from its
        opening to its end; what must wait for other workflows to end comes last."""
        return *self._ranks.get(event, (2, 0, 0)), event


def _onward(
    states: Iterable[str], moves: Collection[tuple[frozenset[str], str]]
) -> dict[str, frozenset[str]]:  # fmt: skip
    found = {}
    for state in states:
        reached, more = set(), {state}
        while more:
            reached |= more
            more = {to for from_, to in moves if to and not from_.isdisjoint(reached)} - reached
        found[state] = frozenset(reached)
    return found


_UNKNOWN = Flow()
