"""The kinds of work that a log shows: what arises of what, who ends it, and which pieces of it there were."""

from __future__ import annotations

__all__ = ["Kind", "kinds", "merged"]

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import attrs

from frontdoor.calibration.seen import Piece, Record, Seen

_ENOUGH, _PART = 40, 0.03
_SHARED, _MANY = 0.2, 50
_AGAIN = 0.02


@attrs.define
class Kind:
    """Pieces of work that are alike: those that arose of the same events, in one place."""

    name: str
    place: str
    """The state, or what follows."""
    is_state: bool
    after: tuple[str, ...]
    """The events of which it arises; none: of the state itself."""
    pieces: list[Piece]

    @property
    def done(self) -> list[Piece]:
        """Those that were done."""
        return [piece for piece in self.pieces if piece.by]


def kinds(seen: Seen) -> list[Kind]:
    """All the kinds of work, in the order in which they first arose.

    A state that is come to by several ways, each often, is a kind of work for each: to write up is not to mend. A state that may not
    be left while something else is open is work from when that ends.
    """
    places: dict[str, dict[str, list[Piece]]] = defaultdict(lambda: defaultdict(list))
    for piece in seen.pieces:
        places[piece.place][piece.entry].append(piece)
    found: list[Kind] = []
    for place, entries in places.items():
        w, _, name = place.partition(".")
        workflow = seen.workflows[w]
        is_state = name in workflow.states and not _is_event(place, entries)
        if is_state:
            guarded = any(name in move.from_ and move.not_while_open for move in workflow.transitions.values())
            found += _of_state(place, entries, _freeing(seen, entries) if guarded else None)
        else:
            found += _following(place, entries)
    first = {id(kind): min(piece.since for piece in kind.pieces) for kind in found}
    return _named(sorted(found, key=lambda kind: (first[id(kind)], kind.name)))


def _is_event(place: str, entries: Mapping[str, Sequence[Piece]]) -> bool:
    """Whether a place is something that follows, where a state and an event are of the same name."""
    ends = {piece.end for pieces in entries.values() for piece in pieces if piece.by}
    return ends == {place}


def _freeing(seen: Seen, entries: Mapping[str, Sequence[Piece]]) -> tuple[str, ...]:
    """The events that mostly are the last of what keeps an episode from being ended; none: those that are so oftenest."""
    every = Counter(one.event for one in seen.records if one.event in entries)
    mostly = [entry for entry, some in entries.items() if 2 * len(some) >= every[entry]]
    return tuple(sorted(mostly)) or (max(entries, key=lambda one: len(entries[one])),)


def _of_state(place: str, entries: Mapping[str, list[Piece]], freeing: tuple[str, ...] | None) -> list[Kind]:
    if freeing:
        return [Kind(place, place, True, freeing, [one for entry in freeing for one in entries[entry]])]
    total = sum(map(len, entries.values()))
    large = [
        one for one, some in entries.items() if len(some) >= max(_ENOUGH, _PART * total) and any(p.by for p in some)
    ]
    if len(large) < 2:
        return [Kind(place, place, True, (), [one for some in entries.values() for one in some])]
    largest = max(large, key=lambda one: len(entries[one]))
    rest = [one for one in entries if one not in large]
    found = []
    for entry in large:
        mine = (entry, *rest) if entry == largest else (entry,)
        name = place if entry == largest else f"{place}.after.{entry}"
        found.append(Kind(name, place, True, mine, [one for e in mine for one in entries[e]]))
    return found


def _following(place: str, entries: Mapping[str, list[Piece]]) -> list[Kind]:
    first = {entry: some for entry, some in entries.items() if entry != place and any(one.by for one in some)}
    found = []
    if first:
        found.append(Kind(place, place, False, tuple(sorted(first)), [one for some in first.values() for one in some]))
    again = entries.get(place, [])
    if first and sum(one.by is not None for one in again) > _AGAIN * len(again):
        found.append(Kind(f"{place}.again", place, False, (place,), again))
    return found


def _named(found: list[Kind]) -> list[Kind]:
    """Short names, told apart."""
    taken: set[str] = set()
    for kind in found:
        w, _, rest = kind.name.partition(".")
        state, _, entry = rest.partition(".after.")
        name = f"{w}_{state.replace('.', '_')}" + (f"_after_{entry.partition('.')[2]}" if entry else "")
        while name in taken:
            name += "_2"
        kind.name = name
        taken.add(name)
    return found


def merged(seen: Seen, teams: Mapping[Record, str]) -> dict[Record, str]:
    """The team of each record, teams that share the same work as one: a scenario gives each task to one team."""
    by_place: dict[str, Counter[str]] = defaultdict(Counter)
    role: dict[str, Counter[str]] = defaultdict(Counter)
    for one, team in teams.items():
        role[team][one.role or team] += 1
    for piece in seen.pieces:
        if piece.by and piece.by in teams:
            by_place[piece.place][teams[piece.by]] += 1
    usual = {team: counts.most_common(1)[0][0] for team, counts in role.items()}
    into: dict[str, str] = {}

    def root(team: str) -> str:
        while team in into:
            team = into[team]
        return team

    for counts in by_place.values():
        (main, _), *others = counts.most_common()
        for other, n in others:
            if (
                n >= max(_MANY, _SHARED * sum(counts.values()))
                and usual[other] == usual[main]
                and root(other) != root(main)
            ):
                into[root(other)] = root(main)
    return {one: root(team) for one, team in teams.items()}
