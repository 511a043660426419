"""What the last months would have been by what came before them, beside what they were: a calibration held to what it did not see."""

from __future__ import annotations

__all__ = ["Clock", "Held", "Month", "held_out"]

import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from statistics import fmean, stdev
from typing import TYPE_CHECKING, NamedTuple

import attrs

from frontdoor import fast
from frontdoor.calibration.arrivals import window
from frontdoor.calibration.seeing import see
from frontdoor.errors import Fault, InputError
from frontdoor.library import Library
from frontdoor.moment import EPOCH
from frontdoor.replay.audit import Audit, run
from frontdoor.simulation import simulate
from frontdoor.simulation.estimates import student
from frontdoor.simulation.replication import MODULES
from frontdoor.simulation.results import Results
from frontdoor.simulation.scenario_file import scenario_of

if TYPE_CHECKING:
    from frontdoor.calibration.calibrating import Calibration

_QUICK, _SLOW = 200_000, 40_000
"""So many contacts may be simulated, compiled and interpreted."""
_MOST, _FEWEST = 40, 5
_FEW = 10
"""A clock that ran so rarely in those months is not compared."""
_HOUR, _MILLION = 3_600, 1_000_000
_NONE = (0, 0, 0)


class Clock(NamedTuple):
    """One clock, of those that began in the months held out and were due in them, too: of what is due later only the quick are seen."""

    name: str
    predicted: float
    """The share in time."""
    low: float
    """Between this and the next 95 in 100 simulated times lie."""
    high: float
    found: float
    many: int
    """How many were due in those months, in the log."""
    running: int
    """How many more began in them and are due later, so that nothing is known of them yet."""
    before: float | None
    """The share in time of as many months before."""

    @property
    def is_in(self) -> bool:
        """Whether what was found lies in the interval."""
        return self.low <= self.found <= self.high


class Month(NamedTuple):
    """What came in a month."""

    month: str
    predicted: float
    low: float
    high: float
    found: int
    before: float
    """As many as came on an average day of the months before."""

    @property
    def is_in(self) -> bool:
        """Whether what was found lies in the interval."""
        return self.low <= self.found <= self.high


@attrs.frozen
class Held:
    """The months that were held out."""

    first: date
    last: date
    clocks: tuple[Clock, ...]
    months: tuple[Month, ...]
    replications: int

    def sentence(self) -> str:
        """How well it foretold them."""
        both = [one.is_in for one in self.clocks] + [one.is_in for one in self.months]
        inside = sum(both)
        told = [one for one in self.clocks if one.before is not None]
        own = fmean(abs(one.predicted - one.found) for one in told) if told else 0.0
        other = fmean(abs(one.before - one.found) for one in told if one.before is not None) if told else 0.0
        return (
            f"Of {len(both)} figures of {self.first} to {self.last}, foretold from what came before, {inside} lie in their 95% interval. "
            f"Clocks are of those that began and were due in these days: {sum(one.running for one in self.clocks):,} more are due later. "
            f"Shares in time were missed by {100 * own:.1f} points on average; as many months before, taken as they were, by {100 * other:.1f}."
        )


def held_out(audit: Audit, library: Library | None, *, months: int, seed: int, match: bool = True) -> Held:
    """Hold the last months of an audited log to what is foretold of them by a calibration of what came before.

    Raises:
        InputError: too little comes before.
    """
    from frontdoor.calibration.calibrating import calibrated as made_of

    first, last = span(audit, months)
    earlier = _until(audit, library, first)
    calibrated = made_of(earlier, seed=seed, match=match)
    made = {**calibrated.made, "starts": first, "ends": last}
    results, simulated = _run(made, audit.library, calibrated.name, seed, first, last)
    found, before = _counts(audit, first, last), _counts(earlier, *_as_long(first, last))
    clocks = []
    for name in results.planned.compiled.timers:
        shares = [one[name][0] / one[name][1] for one in simulated if one.get(name, _NONE)[1]]
        many = found.get(name, _NONE)
        if len(shares) < 2 or many[1] < _FEW:
            continue
        mean, half = fmean(shares), stdev(shares) * math.sqrt(1 + 1 / len(shares)) * student(len(shares) - 1)
        half = max(half, 1 / many[1])
        past = before.get(name, _NONE)
        clocks.append(Clock(
            name, mean, max(0.0, mean - half), min(1.0, mean + half), many[0] / many[1], many[1], many[2],
            past[0] / past[1] if past[1] >= _FEW else None,
        ))  # fmt: skip
    return Held(first, last, tuple(clocks), _months(audit, results, calibrated, first, last), len(simulated))


def span(audit: Audit, months: int) -> tuple[date, date]:
    """The days that are held out.

    Raises:
        InputError: nothing is left before them.
    """
    start, end = (date.fromordinal(day + EPOCH) for day in window(see(audit)))
    after = end + timedelta(days=1)
    whole = after.day == 1
    year, month = divmod((after if whole else end).year * 12 + (after if whole else end).month - 1 - months, 12)
    first = date(year, month + 1, 1 if whole else min(28, end.day)) + timedelta(days=0 if whole else 1)
    if first <= start + timedelta(days=28):
        message = f"begins on {start} and ends on {end}: without its last {'month' if months == 1 else f'{months} months'} too little is left to foretell them from."
        raise InputError([Fault(audit.source.name, "", "too-short", message, "Hold out fewer months, or none.")])
    return first, end


def _until(audit: Audit, library: Library | None, first: date) -> Audit:
    """The same log as it stood on the day before: what was recorded later was not known."""
    before = first - timedelta(days=1)
    return run(audit.source, library, as_at=before, as_known_at=before)


def _as_long(first: date, last: date) -> tuple[date, date]:
    """As many days, just before."""
    return first - (last - first) - timedelta(days=1), first - timedelta(days=1)


def _run(
    made: Mapping[str, object], library: Library, name: str, seed: int, first: date, last: date
) -> tuple[Results, list[dict[str, tuple[int, int, int]]]]:
    """Several replications, compiled only where that is there already (to compile takes longer than they do): the first, and
    the clocks of each, counted in its log as in the one that is held out."""
    scenario = scenario_of(made, library, name)
    days = (scenario.ends - scenario.starts).days + 1 + (scenario.warm_up or 0)
    each = max(1.0, sum(one.per_year for one in scenario.sources.values()) * days / 365)
    most = _QUICK if fast.available() and fast.is_warm(*MODULES) else _SLOW
    found: list[dict[str, tuple[int, int, int]]] = []
    results: Results | None = None
    for number in range(max(_FEWEST, min(_MOST, round(most / each)))):
        done = simulate(scenario, library, replications=1, seed=seed + number, log=True)
        assert done.log is not None
        found.append(_counts(run(done.log, library, as_at=last), first, last))
        results = results or done.results
    assert results is not None
    return results, found


def _counts(audit: Audit, first: date, last: date) -> dict[str, tuple[int, int, int]]:
    """[clock] of those that began in some days and were due before the last: how many were met, and how many met or late; and
    how many are due later, met already or not."""
    import polars as pl

    began, due = (pl.col(name).str.slice(0, 10) for name in ("counted_from", "due"))
    is_due = due < str(last)
    judged = is_due & pl.col("status").is_in(["met", "late", "overdue"])
    later = ~is_due & pl.col("status").is_in(["met", "running"])
    mine = audit.deadlines.filter((began >= str(first)) & (began <= str(last)))
    counts = mine.group_by("timer").agg(
        (judged & (pl.col("status") == "met")).sum().alias("met"), judged.sum().alias("judged"), later.sum().alias("later")
    )  # fmt: skip
    return {timer: (met, every, after) for timer, met, every, after in counts.iter_rows()}


def _months(audit: Audit, results: Results, calibrated: Calibration, first: date, last: date) -> tuple[Month, ...]:
    """What came in each month: Poisson's spread, widened by what comes together, by how days vary, and by what is not known of
    the rates themselves."""
    came = Counter(date.fromordinal(one.at // 86_400 + EPOCH) for one in see(audit).arrivals)
    start, end = _as_long(first, last)
    daily = sum(n for day, n in came.items() if start <= day <= end) / ((end - start).days + 1)
    expected, spread = _expected(results)
    counted = max(1.0, calibrated.contacts)
    found: dict[str, list[date]] = defaultdict(list)
    day = first
    while day <= last:
        found[day.strftime("%Y-%m")].append(day)
        day += timedelta(days=1)
    made = []
    for month, days in found.items():
        mean = sum(expected[one] for one in days)
        wide = 1.96 * math.sqrt(mean * spread * max(1.0, calibrated.fit.dispersion) + mean**2 * spread / counted)
        made.append(
            Month(month, mean, max(0.0, mean - wide), mean + wide, sum(came[one] for one in days), daily * len(days))
        )
    return tuple(made)


def _expected(results: Results) -> tuple[dict[date, float], float]:
    """How many contacts each day is expected to bring, and by how much what comes together widens their variance."""
    planned = results.planned
    tables, midnight = planned.plan.sources, planned.hours.midnight
    found: dict[date, float] = defaultdict(float)
    total = squares = 0.0
    for s, source in enumerate(planned.scenario.sources.values()):
        total += source.per_year
        squares += source.per_year * sum(size * size * share for size, share in source.batch.items()) / source.together
        for day in range(planned.warm_up, (planned.scenario.ends - planned.first).days + 1):
            low, high = ((midnight[one] - midnight[0]) // _HOUR for one in (day, day + 1))
            place = tables.hour0[s]
            found[planned.first + timedelta(days=day)] += (
                (tables.rate[place + high] - tables.rate[place + low]) / _MILLION * source.together
            )
    return found, squares / max(1e-9, total)
