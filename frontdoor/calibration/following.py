"""Cases gone through event by event: what each piece of work arose of, and what ended it."""

from __future__ import annotations

__all__ = ["Case", "Follows"]

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

import attrs

from frontdoor.calibration.seen import Arrival, Piece, Record, Seen
from frontdoor.workflow import Transition, Workflow

_FROM = 0.05
"""An episode is opened in a state of another where so large a share of such episodes were."""


class Follows:
    """What follows, and the states in which it may be."""

    def __init__(self, workflows: Mapping[str, Workflow], cases: list[list[Record]]) -> None:
        self.workflows = workflows
        self.within: dict[str, dict[str, frozenset[str]]] = defaultdict(dict)
        """[workflow] each event within its states, with those; an opening of another by the states that open it."""
        found: dict[str, Counter[str]] = defaultdict(Counter)
        every = Counter(record.event for records in cases for record in records)
        alone: Counter[str] = Counter()
        for records in cases:
            for record, states in _with_states(workflows, records):
                w, move = self.move(record.event)
                if w.opens_with == move.name:
                    if w.after:
                        alone[record.event] += 1
                        found[record.event].update(states.get(one.partition(".")[0], "") for one in w.after)
                elif move.to is None:
                    self.within[w.name][record.event] = frozenset(move.from_)
        for event, counts in found.items():
            if 2 * alone[event] < every[event]:  # mostly something opens it: of the others that is not in the log
                continue
            total = sum(counts.values())
            for one in {after.partition(".")[0] for after in workflows[event.partition(".")[0]].after}:
                into = frozenset(s for s, n in counts.items() if n >= _FROM * total and s in workflows[one].states)
                if into:
                    self.within[one][event] = into

    def move(self, event: str) -> tuple[Workflow, Transition]:
        """The workflow of an event, and its transition."""
        w, _, t = event.partition(".")
        return self.workflows[w], self.workflows[w].transitions[t]


def _with_states(workflows: Mapping[str, Workflow], records: list[Record]) -> Iterator[tuple[Record, dict[str, str]]]:
    """Each event that nothing opened, with the state in which the latest episode of each workflow was before it."""
    states: dict[str, str] = {}
    opens: set[str] = set()
    for record in records:
        w, _, t = record.event.partition(".")
        move = workflows[w].transitions[t]
        if t != workflows[w].opens_with or w not in opens:
            yield record, states
        opens -= {w} if t == workflows[w].opens_with else set()
        opens |= {move.opens} if move.opens else set()
        if move.to or t == workflows[w].opens_with:
            states[w] = move.to or workflows[w].initial


@attrs.define
class Episode:
    """An episode as it stands."""

    workflow: Workflow
    state: str
    entry: Record
    waiting: dict[str, Record]
    """What may follow, with the event of which it arose."""


class Case:
    """One case as it is gone through."""

    def __init__(self, seen: Seen, follows: Follows) -> None:
        self.seen, self.follows = seen, follows
        self.episodes: dict[int, Episode] = {}
        self.latest: dict[str, int] = {}
        self.opens: set[str] = set()
        self.freed: dict[int, Record] = {}
        """[episode] what last ended an episode that kept it from being ended."""

    def walk(self, records: list[Record]) -> None:
        """Note what its events show, in their order."""
        for record in records:
            w, move = self.follows.move(record.event)
            is_opening = move.name == w.opens_with
            if is_opening and w.name not in self.opens:
                if not w.after:
                    self.seen.arrivals.append(
                        Arrival(record.at, record.event, record.source, record.priority, record.case)
                    )
                elif not self._followed(record, [self.latest.get(one.partition(".")[0], -1) for one in w.after]):
                    self.seen.loose += 1
            if w.name == "referral" and is_opening:
                self.seen.referred.setdefault(record.case, []).append(record.at)
            self.opens -= {w.name} if is_opening else set()
            self.opens |= {move.opens} if move.opens else set()
            if is_opening:
                self.latest[w.name] = record.episode
                self.episodes[record.episode] = Episode(w, "", record, {})
            elif record.episode not in self.episodes:
                self.seen.loose += 1
                self.latest[w.name] = record.episode
                self.episodes[record.episode] = Episode(w, "", record, {})
                self._enters(record, move.to or "")
                continue
            if not is_opening and move.to is None:
                self._followed(record, [record.episode])
                continue
            self._leaves(record.episode, record, record.at)
            self._enters(record, move.to or w.initial)
        for e, episode in self.episodes.items():
            self._leaves(e, None, self.seen.last)
            for event in list(episode.waiting):
                self._ends(episode, event, None, self.seen.last)

    def _enters(self, record: Record, state: str) -> None:
        """An episode comes to a state: what may follow in it and could not before arises."""
        episode = self.episodes[record.episode]
        before, episode.state, episode.entry = episode.state, state, record
        for event, states in self.follows.within[episode.workflow.name].items():
            if state in states and before not in states:
                episode.waiting[event] = record
            elif state not in states and event in episode.waiting:
                self._ends(episode, event, None, record.at)
        final = episode.workflow.states.get(state)
        if final is not None and final.final:
            self._frees(record, episode.workflow.name)

    def _frees(self, record: Record, name: str) -> None:
        for e, other in self.episodes.items():
            if any(
                name in move.not_while_open for move in other.workflow.transitions.values() if other.state in move.from_
            ):
                self.freed[e] = record

    def _leaves(self, e: int, by: Record | None, at: int) -> None:
        """The stay of an episode in its state is over, or lasts until now. While it is kept from being ended nobody waits."""
        episode = self.episodes[e]
        state = episode.workflow.states.get(episode.state)
        if state is None or state.final:
            return
        guards = {
            w
            for move in episode.workflow.transitions.values()
            if episode.state in move.from_
            for w in move.not_while_open
        }
        freed, entry = self.freed.pop(e, None), episode.entry
        if guards and by is None and any(self._is_open(w) for w in guards):
            return
        if guards and freed and freed.at > entry.at:
            entry = freed
        place, about = f"{episode.workflow.name}.{episode.state}", episode.entry
        self.seen.pieces.append(
            Piece(place, entry.event, entry.at, max(at, entry.at), by, about.priority, about.source)
        )

    def _is_open(self, w: str) -> bool:
        episode = self.episodes.get(self.latest.get(w, -1))
        state = episode.workflow.states.get(episode.state) if episode else None
        return state is not None and not state.final

    def _followed(self, record: Record, episodes: list[int]) -> bool:
        """Something is done that could follow in one of these; False: it could in none."""
        found = [self.episodes[e] for e in episodes if e in self.episodes and record.event in self.episodes[e].waiting]
        for episode in found:
            self._ends(episode, record.event, record, record.at)
        return bool(found)

    def _ends(self, episode: Episode, event: str, by: Record | None, at: int) -> None:
        entry = episode.waiting.pop(event)
        about = episode.entry
        self.seen.pieces.append(Piece(event, entry.event, entry.at, at, by, about.priority, about.source))
        if by is not None:  # it may follow again, of itself
            episode.waiting[event] = by
