"""How long work itself takes, which no log says: inferred from when the same person finished one piece of work and the next.

A piece that was there to be done is begun when it came, or when whoever did it finished what they did before, whichever is later:
so what passed since then, in their hours, is what it took. That holds for work that is taken up as it comes. Of work that is held
for days it is an upper bound, and the lower quarter of these is taken.
"""

from __future__ import annotations

__all__ = ["Effort", "bounded", "efforts"]

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from frontdoor.calibration.clocks import DAY, Clock
from frontdoor.calibration.figures import ASSUMED, INFERRED
from frontdoor.calibration.seen import Piece, Record
from frontdoor.calibration.works import Kind
from frontdoor.errors import count
from frontdoor.simulation.durations import Lognormal

FEWEST = 20
_ASSUMED = {True: (45 * 60.0, 90 * 60.0), False: (15 * 60.0, 30 * 60.0)}
_LEAST, _MOST = 60.0, 3 * 8 * 3_600.0
_NARROW, _WIDE = 1.05, 20.0
_BUSIEST = 0.85


@attrs.define
class Effort:
    """What a kind of work takes."""

    median: float
    ninetieth: float
    how: str
    why: str

    @property
    def mean(self) -> float:
        """Of the lognormal shape of these two."""
        return Lognormal(self.median, self.ninetieth).mean

    def scaled(self, by: float) -> Effort:
        """So many times as much."""
        return attrs.evolve(self, median=self.median * by, ninetieth=self.ninetieth * by)


def efforts(
    found: Sequence[Kind], quick: Mapping[str, bool], teams: Mapping[Record, str], offices: Mapping[str, Clock]
) -> dict[str, Effort]:
    """By kind of work, what it takes. `quick` says which are taken up as they come; `offices` are each team's hours."""
    ends: dict[tuple[str, str], list[int]] = defaultdict(list)
    for kind in found:
        for piece in kind.done:
            if piece.by in teams and piece.by and piece.by.actor:
                ends[teams[piece.by], piece.by.actor].append(piece.until)
    before = {who: sorted(set(times)) for who, times in ends.items()}
    return {kind.name: _effort(kind, _spent(kind, teams, before, offices), is_quick=quick[kind.name]) for kind in found}


GUESS = "a guess"
"""What is said of an effort of which the log shows no more than how small it must be."""


def bounded(quick: float, held: float, most: float) -> float:
    """By what the efforts guessed for work that is held must be multiplied, for a team's work in all not to be more than its
    people can do with a little to spare (seconds each)."""
    return min(1.0, max(0.1, (_BUSIEST * most - quick) / held)) if held > 0 else 1.0


def _effort(kind: Kind, spent: Any, *, is_quick: bool) -> Effort:
    import numpy

    if len(spent) < FEWEST:
        why = (
            "the log does not say who did it"
            if not len(spent)
            else f"the log has {count(len(spent), 'time')} for it, too few"
        )
        median, ninetieth = _ASSUMED[kind.is_state]
        return Effort(median, ninetieth, ASSUMED, why)
    if is_quick:
        median, ninetieth = (float(numpy.quantile(spent, share)) for share in (0.5, 0.9))
        why = f"{len(spent):,} times from its coming, or from what the same person finished before, to its being done"
    else:
        median = float(numpy.quantile(spent, 0.25))
        ninetieth = 2 * median
        why = f"a quarter of {len(spent):,} times from what the same person finished before to its being done are shorter: {GUESS}"
    median = min(_MOST, max(_LEAST, median))
    ninetieth = min(median * _WIDE, max(median * _NARROW, ninetieth))
    return Effort(median, ninetieth, INFERRED, why)


def _spent(
    kind: Kind, teams: Mapping[Record, str], before: Mapping[tuple[str, str], list[int]], offices: Mapping[str, Clock]
) -> Any:
    """For each piece that was done, the time in office hours since it came or since whoever did it finished something else;
    without those of which it is not clear on which day they were begun."""
    import numpy

    by_team: dict[str, list[tuple[Piece, int]]] = defaultdict(list)
    for piece in kind.done:
        if piece.by is None or piece.by not in teams or not piece.by.actor:
            continue
        team = teams[piece.by]
        times = before[team, piece.by.actor]
        place = bisect_left(times, piece.until)
        if place:
            by_team[team].append((piece, times[place - 1]))
    found = []
    for team, some in by_team.items():
        clock = offices[team]
        until = numpy.asarray([piece.until for piece, _ in some], "float64")
        since = numpy.asarray([piece.since for piece, _ in some], "float64")
        last = numpy.asarray([one for _, one in some], "float64")
        start = numpy.maximum(since, last)
        spent = clock.between(start, until)
        # Begun today, or yesterday by somebody who was there yesterday.
        overnight = clock.between(start, until // DAY * DAY)
        yesterday = clock.between((last // DAY + 1) * DAY, until // DAY * DAY) <= 0
        found.append(spent[((overnight <= 0) | yesterday) & (spent > 0)])
    return numpy.concatenate(found) if found else numpy.asarray([])
