"""What many replications say together: each figure with the interval in which it lies with 95% confidence."""

from __future__ import annotations

__all__ = ["Queue", "Results", "Timer", "Week"]

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cached_property
from statistics import fmean
from typing import Any

import attrs

from frontdoor.simulation.estimates import Band, Estimate, band, estimate, wilson
from frontdoor.simulation.planning import Planned
from frontdoor.simulation.replication import Replication
from frontdoor.simulation.settling import BATCHES, BINS, CAUSES, wait_of
from frontdoor.simulation.values import values_of
from frontdoor.verdict import LATE, MET, OVERDUE, STATUSES

_HOUR = 3_600
_MILLION = 1_000_000


@attrs.frozen
class Timer:
    """What the clocks of one timer came to, of one priority or of all, over all replications."""

    counts: dict[str, int]
    """By status."""
    causes: dict[str, int]
    """Of those that were late, by cause."""
    in_time: Estimate
    """The share met, of those met, late or overdue."""
    by_number: tuple[float | None, ...]
    """The same of each replication; None where it had none."""

    @property
    def by_year(self) -> tuple[float, ...]:
        """The same of each replication that had any."""
        return tuple(one for one in self.by_number if one is not None)

    def chance_of(self, target: float) -> float | None:
        """The share of replications that met at least so much in time."""
        return sum(one >= target for one in self.by_year) / len(self.by_year) if self.by_year else None

    def chance(self, target: float) -> Estimate:
        """The same with its interval, Wilson's: of how few replications it is told."""
        years = self.by_year
        return wilson(sum(one >= target for one in years), len(years))


@attrs.frozen
class Queue:
    """How work waited for a team, of one priority or of all; in hours as they pass, night and weekend included."""

    pieces: int
    wait: Estimate
    median: float | None
    ninetieth: float | None
    ninety_fifth: float | None
    waiting: float
    """How much waited, on average over time."""


@attrs.frozen
class Week:
    """How a queue stood at the daily checks of a week."""

    monday: date
    """The Monday of the week; the first and last that are counted may have fewer days."""
    waiting: Band
    """How much waited, on average over the week's checks."""
    oldest: Band
    """For how many hours the oldest had, at the worst check of the week; 0 where nothing waited."""


@attrs.frozen(slots=False)
class Results:
    """Some replications of one scenario."""

    planned: Planned
    seed: int
    replications: tuple[Replication, ...]

    @cached_property
    def timers(self) -> dict[str, Timer]:
        """By the name of each timer that ran, over all priorities."""
        found = {name: self.timer(name) for name in self.planned.compiled.timers}
        return {name: one for name, one in found.items() if sum(one.counts.values())}

    def timer(self, name: str, priority: str | None = None) -> Timer:
        """One timer, of one priority or of all."""
        k = self.planned.compiled.timers.index(name)
        names = self.planned.scenario.priorities
        of = range(len(names)) if priority is None else (names.index(priority),)
        each = [
            [sum(one.counts[(k * len(names) + p) * len(STATUSES) + s] for p in of) for s in range(len(STATUSES))]
            for one in self.replications
        ]
        causes = [
            sum(one.causes[(k * len(names) + p) * len(CAUSES) + i] for one in self.replications for p in of)
            for i in range(len(CAUSES))
        ]
        counts = [sum(one[s] for one in each) for s in range(len(STATUSES))]
        shares = tuple(_share(one) for one in each)
        years = [one for one in shares if one is not None]
        return Timer(
            dict(zip(STATUSES, counts, strict=True)),
            dict(zip(CAUSES, causes, strict=True)),
            self._in_time(counts, years),
            shares,
        )

    @staticmethod
    def _in_time(counts: Sequence[int], years: Sequence[float]) -> Estimate:
        share, n = _share(counts), counts[MET] + counts[LATE] + counts[OVERDUE]
        if share is None or len(years) > 1:
            found = estimate(years, share)
            low, high = (None if one is None else min(1.0, max(0.0, one)) for one in (found.low, found.high))
            return Estimate(found.mean, low, high)
        return wilson(counts[MET], n)

    @property
    def queue_names(self) -> tuple[str, ...]:
        """The queues in the order of their numbers, whether anything waited in them or not."""
        return (*self.planned.teams, *(f"{name}, room" for name in self.planned.teams))

    @cached_property
    def queues(self) -> dict[str, Queue]:
        """By the name of each team that work waited for; and, where its workers' caseloads are capped, by '<team>, room'
        how long cases waited for one with room."""
        found = {name: self.queue(m) for m, name in enumerate(self.queue_names)}
        return {name: one for name, one in found.items() if one.pieces}

    def queue(self, team: int, priority: str | None = None) -> Queue:
        """One queue by its number, those of cases that wait for a worker with room behind; of one priority or of all."""
        names = self.planned.scenario.priorities
        of = range(len(names)) if priority is None else (names.index(priority),)
        places = [team * len(names) + p for p in of]
        many = [sum(one.many[i] for i in places) for one in self.replications]
        waited = [sum(one.waited[i] for i in places) for one in self.replications]
        bins = [sum(some) for some in zip(*(self._bins[i * BINS : (i + 1) * BINS] for i in places), strict=True)]
        total = sum(many)
        mean = sum(waited) / total / _HOUR if total else None
        each = [w / n / _HOUR for w, n in zip(waited, many, strict=True) if n]
        if len(self.replications) == 1 and priority is None:
            one = self.replications[0]
            here = range(team * BATCHES, (team + 1) * BATCHES)
            each = [one.part_waited[i] / one.parts[i] / _HOUR for i in here if one.parts[i]]
        area = sum(one.area[team] for one in self.replications)
        return Queue(
            pieces=total, wait=estimate(each, mean), median=_at(bins, total, 0.5), ninetieth=_at(bins, total, 0.9),
            ninety_fifth=_at(bins, total, 0.95), waiting=area / self.seconds / len(self.replications),
        )  # fmt: skip

    @cached_property
    def _bins(self) -> list[int]:
        """How much waited so long, over all replications."""
        every = [one.bins for one in self.replications]
        if not every or isinstance(every[0], list):
            return [sum(some) for some in zip(*every, strict=True)]
        total: list[int] = sum(every[1:], every[0]).tolist()
        return total

    @property
    def seconds(self) -> int:
        """How long one replication counts."""
        return int(self.planned.plan.sizes[8] - self.planned.plan.sizes[9])

    @cached_property
    def contacts(self) -> dict[str, float]:
        """By source, how many came in one replication, on average."""
        many = len(self.replications)
        return {
            name: sum(one.contacts[s] for one in self.replications) / many
            for s, name in enumerate(self.planned.sources)
        }

    @cached_property
    def utilisation(self) -> dict[str, Estimate]:
        """By team, the share of the time its workers were there that they worked."""
        return {
            name: estimate([one.worked[m] / one.there[m] for one in self.replications if one.there[m]])
            for m, name in enumerate(self.planned.teams)
        }

    @cached_property
    def checked(self) -> tuple[date, ...]:
        """The days of the daily checks that are counted: working days, in order."""
        return tuple(self.planned.first + timedelta(days=day) for day in self.planned.checked)

    def weeks(self, queue: int) -> tuple[Week, ...]:
        """How a queue, by its number, stood at the daily checks, week by week."""
        wide, found = len(self.queue_names), []
        by_monday: dict[date, list[int]] = {}
        for place, day in enumerate(self.checked):
            by_monday.setdefault(day - timedelta(days=day.weekday()), []).append(place * wide + queue)
        for monday, places in by_monday.items():
            waiting = [fmean(one.backlog[i] for i in places) for one in self.replications]
            oldest = [max(one.oldest[i] for i in places) / _HOUR for one in self.replications]
            found.append(Week(monday, band(waiting), band(oldest)))
        return tuple(found)

    def caseloads(self, team: str) -> dict[int, int]:
        """On how many worker-days of all replications, at the daily check, a worker of a team held so many cases."""
        wide = len(self.replications[0].holds) // len(self.planned.teams)
        start = self.planned.teams.index(team) * wide
        days = [sum(one.holds[start + held] for one in self.replications) for held in range(wide)]
        return {held: n for held, n in enumerate(days) if n}

    def arrivals(self, source: str | None = None) -> tuple[tuple[float, ...], ...]:
        """[day of the week from Monday, hour of the day] how many contacts of a source, or of all, are expected in that hour,
        on average over the time that is counted. None is drawn by chance, and none kept back yet."""
        said, tables, midnight = self.planned.scenario, self.planned.plan.sources, self.planned.hours.midnight
        found, days = [[0.0] * 24 for _ in range(7)], [0] * 7
        counted = range(self.planned.warm_up, (said.ends - self.planned.first).days + 1)
        for day in counted:
            days[(self.planned.first + timedelta(days=day)).weekday()] += 1
        for s, one in enumerate(said.sources.values()):
            if source not in (None, one.name):
                continue
            for day in counted:
                weekday = (self.planned.first + timedelta(days=day)).weekday()
                first, long = (midnight[day] - midnight[0]) // _HOUR, (midnight[day + 1] - midnight[day]) // _HOUR
                for hour in range(long):  # a day of 23 or 25 hours has its hours stretched, as it was planned
                    place = tables.hour0[s] + first + hour
                    expected = (tables.rate[place + 1] - tables.rate[place]) / _MILLION * one.together
                    found[weekday][min(23, hour * 24 // long)] += expected / days[weekday]
        return tuple(tuple(one) for one in found)

    def to_object(self) -> dict[str, Any]:
        """All of it for programs (`values.values_of`)."""
        return values_of(self)


def _share(counts: Sequence[int]) -> float | None:
    n = counts[MET] + counts[LATE] + counts[OVERDUE]
    return counts[MET] / n if n else None


def _at(bins: Sequence[int], total: int, share: float) -> float | None:
    """The wait in hours that this share of all did not exceed."""
    behind = share * total
    for place, n in enumerate(bins):
        behind -= n
        if n and behind <= 0:
            return wait_of(place) / _HOUR
    return None
