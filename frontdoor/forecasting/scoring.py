"""How far a forecast can be trusted: the same forecast made on past days, and compared with what came.

A forecast is scored by Brier's rule, the mean of (probability - what came)**2, 0 for perfect foresight, over all deadlines
that ran, were not late yet and fell due in its days: of others there is nothing to foresee. Beside it stand two that need no simulation: as often as the timer's deadlines
were missed in so many days before (the base rate), and as often as those of the timer with as many days left.
"""

from __future__ import annotations

__all__ = ["Bin", "Score", "score"]

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from math import ceil
from statistics import fmean
from typing import Any, NamedTuple

import attrs

from frontdoor.errors import Fault, InputError
from frontdoor.forecasting.forecast import Forecast
from frontdoor.forecasting.known import Known, known_of, midnight
from frontdoor.moment import in_words
from frontdoor.replay.audit import Audit
from frontdoor.simulation.hours import UNTOLD

_SECOND, _DAY = 1_000_000, 86_400
_LEFT = (2, 5, 9)
"""Days left, in classes: up to two, up to five, up to nine, more."""
_EDGES = (0.05, 0.2, 0.5, 0.8, 0.95)
_FEW = 10
"""Of fewer deadlines no rate is told; that of all is taken."""


class Bin(NamedTuple):
    """The deadlines that were foretold to be missed with a probability in a range."""

    low: float
    high: float
    many: int
    foretold: float
    """The mean of their probabilities."""
    came: float
    """The share that was missed."""


@attrs.frozen
class Score:
    """What past forecasts came to."""

    moments: tuple[datetime, ...]
    days: int
    many: int
    """How many forecasts of a deadline were made, over all of these moments."""
    missed: int
    """How many of them were missed."""
    left_out: int
    """Those that the log, as it is now, does not know as such: what they count from was recorded, or came, later."""
    brier: float
    by_timer: float
    """Brier's score of the base rates of timers, from the same log before the first of the moments."""
    by_days_left: float
    """The same of the base rates of timers and days left."""
    bins: tuple[Bin, ...]
    new_held: int
    """Of so many of the forecasts, the number missed of the deadlines that began in its days lay between what it had told as its
    5% and its 95%."""

    @property
    def skill(self) -> float | None:
        """The share of the base rate's score that the forecast saves: 1 for perfect foresight, 0 for no better, below 0 for worse."""
        return 1 - self.brier / self.by_timer if self.by_timer else None

    @property
    def skill_left(self) -> float | None:
        """The same beside base rates that know the days left."""
        return 1 - self.brier / self.by_days_left if self.by_days_left else None


def moments_of(at: datetime, days: int, weeks: int) -> list[datetime]:
    """One a week, on the same weekday at the same time, the last so early that all its days have passed."""
    before = -(-days // 7)
    return [at - timedelta(weeks=before + n) for n in reversed(range(weeks))]


def score(audit: Audit, moments: Sequence[datetime], days: int, made: Callable[[datetime], Forecast]) -> Score:
    """Make the forecasts of some moments of a log, and compare them with what its audit says that came.

    Raises:
        InputError: the log does not reach back to the first of them.
    """
    _reaches(audit, moments[0])
    known = {one.key: one for one in known_of(audit) if one.late_from != UNTOLD}
    base = _Base(known.values(), moments[0], days)
    told: list[tuple[float, float, float, bool]] = []
    left_out = new_held = 0
    for moment in moments:
        at, end = int(moment.timestamp()), _end(moment, days)
        found = made(moment)
        new = sum(at < one.begins and _is_missed(one, end) for one in known.values())
        new_held += found.all_new.low <= new <= found.all_new.high
        for one in found.deadlines:
            came = known.get(one.key)
            if came is None:
                left_out += 1
                continue
            left = (one.late_from - at) / _DAY
            told.append((one.missed.mean or 0.0, base.of(one.timer), base.of(one.timer, left), _is_missed(came, end)))
    return Score(
        moments=tuple(moments), days=days, many=len(told), missed=sum(came for *_, came in told), left_out=left_out,
        brier=_brier((p, came) for p, _, _, came in told), by_timer=_brier((p, came) for _, p, _, came in told),
        by_days_left=_brier((p, came) for _, _, p, came in told), bins=tuple(_bins([(p, came) for p, _, _, came in told])), new_held=new_held,
    )  # fmt: skip


def _reaches(audit: Audit, first: datetime) -> None:
    begins: Any = audit.log.rows["earliest"].min()
    if begins is None or begins >= first.timestamp() * _SECOND:
        message = f"tells of nothing before {in_words(first)}, where the first of these forecasts would begin."
        raise InputError([Fault(audit.source.name, "", "too-short", message, "Look back fewer weeks.")])


def _end(moment: datetime, days: int) -> int:
    """The midnight that ends so many days, the moment's own included."""
    return midnight(moment.date().toordinal() + days)


def _is_missed(one: Known, end: int) -> bool:
    """Whether a deadline is missed by a second."""
    return one.late_from <= (end if one.stopped is None else min(end, one.stopped))


class _Base:
    """How often the deadlines of a timer were missed in so many days, of those that ran on days before a moment."""

    def __init__(self, known: Iterable[Known], before: datetime, days: int) -> None:
        self.seen: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0])
        known = list(known)
        first = min((one.begins for one in known), default=0)
        weeks = max(0, ceil((before.timestamp() - days * _DAY - first) / (7 * _DAY)) + 1)
        moments = [before - timedelta(days=days, weeks=n) for n in reversed(range(weeks))]
        ats, ends = [int(one.timestamp()) for one in moments], [_end(one, days) for one in moments]
        for one in known:
            runs_until = one.late_from if one.stopped is None else min(one.late_from, one.stopped)
            for n in range(bisect_right(ats, one.begins), bisect_left(ats, runs_until)):
                if one.late_from <= ends[n]:
                    self._count(one, (one.late_from - ats[n]) / _DAY, _is_missed(one, ends[n]))

    def _count(self, one: Known, left: float, missed: bool) -> None:
        for place in (-1, bisect_right(_LEFT, left)):
            for timer in (one.key[1], ""):
                counted = self.seen[timer, place]
                counted[0] += missed
                counted[1] += 1

    def of(self, timer: str, left: float | None = None) -> float:
        """The rate of a timer, with as many days left; of too few deadlines that of more of them."""
        place = -1 if left is None else bisect_right(_LEFT, left)
        for key in ((timer, place), ("", place), ("", -1)):
            missed, many = self.seen.get(key, (0, 0))
            if many >= _FEW:
                return missed / many
        return 0.0


def _brier(told: Iterable[tuple[float, bool]]) -> float:
    errors = [(p - came) ** 2 for p, came in told]
    return fmean(errors) if errors else 0.0


def _bins(told: Sequence[tuple[float, bool]]) -> Iterator[Bin]:
    for low, high in zip((0.0, *_EDGES), (*_EDGES, 1.0), strict=True):
        mine = [(p, came) for p, came in told if bisect_right(_EDGES, p) == bisect_right(_EDGES, low)]
        if mine:
            yield Bin(low, high, len(mine), fmean(p for p, _ in mine), fmean(came for _, came in mine))
