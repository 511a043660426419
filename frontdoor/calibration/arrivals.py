"""Who brings contacts and when: how many a year, in what shape of the week, the day and the year, how many together.

What comes together counts once for when things come. A weight is what was counted over what would be expected, drawn toward that
by as much as chance alone moves such counts: small counts nearly all the way, so that none is 0 by chance. What is expected is,
of a source that came fewer than 300 times, the shape of all of them; of others that every hour, weekday and month is alike.
"""

from __future__ import annotations

__all__ = ["Flow", "first_day", "flows", "last_day", "window"]

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import attrs

from frontdoor.calibration.clocks import DAY
from frontdoor.calibration.figures import named
from frontdoor.calibration.seen import Arrival, Seen
from frontdoor.moment import EPOCH
from frontdoor.simulation.tabulating import YEAR
from frontdoor.working_days import Calendar

_ROUNDS = 8
_FEWEST, _MOST = 25, 40
"""A source of fewer contacts goes with others; and so many there may be."""
_OWN = 300
"""A source that came so often has a shape of its own."""
_LOOSEST, _TIGHTEST = 0.5, 1e6
_SIZES = 12
_OTHERS = "others "
"""Sources of which each is rare, together; they have no code."""
_KNOWN = 200.0
_SILENT, _EXPECTED = 56, 5.0
"""A source is silent after so many days, of which so many batches were to be expected."""
_WHOLE_YEAR = 365


@attrs.define
class Flow:
    """What one source brings."""

    name: str
    code: str
    event: str
    contacts: int
    """How many were counted."""
    per_year: float
    batch: dict[int, float]
    by_weekday: Any
    by_hour: Any
    by_month: Any
    """None: the log is no year long."""
    holidays: float
    priority: dict[str, float]
    told: int
    """How many say their priority."""
    known: float
    batches: int
    days: int
    """In so many days."""
    scale: float
    """By how much more comes in a year than came in the days of `per_year`."""
    silent: int
    """For so many days at the end nothing came, where before it would have brought enough to tell; else 0."""
    expected: Any = attrs.field(repr=False, default=None)
    """[day] how many batches the model expects on each day that was looked at."""
    seen: Any = attrs.field(repr=False, default=None)
    """[day] how many came."""
    cells: Any = attrs.field(repr=False, default=None)
    """[weekday, hour] how many batches came."""


@attrs.frozen
class _Days:
    """The days that arrivals are looked for in."""

    first: int
    many: int
    weekday: Any
    month: Any
    holiday: Any
    part: Any
    """How much of each was looked at: the last may be cut short."""

    @classmethod
    def of(cls, first: int, many: int, calendar: Calendar, last: float = 1.0) -> _Days:
        import numpy

        days = [date.fromordinal(first + i + EPOCH) for i in range(many)]
        part = numpy.ones(many)
        part[-1] = last
        return cls(
            first, many, numpy.asarray([day.weekday() for day in days]), numpy.asarray([day.month - 1 for day in days]),
            numpy.asarray([day in calendar.holidays for day in days]), part,
        )  # fmt: skip


def window(seen: Seen) -> tuple[int, int]:
    """The first day of arrivals and the last: that of the log, or where they end long before it, of theirs."""
    first, last = seen.first // DAY, seen.last // DAY
    latest = seen.arrivals[-1].at // DAY
    mean = max(1.0, (latest - first + 1) / len(seen.arrivals))
    return first, latest if last - latest > max(7.0, 30 * mean) else last


def flows(seen: Seen, calendar: Calendar, priorities: Mapping[str, str], starts: date) -> list[Flow]:
    """What each source brings, the most first. `priorities` are the names that a scenario uses for those of the log;
    one that has none is not counted."""
    import numpy

    first, last = window(seen)
    cut = (seen.last % DAY + 1) / DAY if last == seen.last // DAY else 1.0
    days = _Days.of(first, last - first + 1, calendar, 1.0 if cut > 20 / 24 else cut)
    by_source = _by_source(seen.arrivals)
    known = _known(seen)
    grain = _together(seen.arrivals)
    year = _Days.of(starts.toordinal() - EPOCH, _WHOLE_YEAR, calendar)
    every = [(key, arrivals, _batches(arrivals, grain)) for key, arrivals in by_source.items()]
    whole = _shape([at for _, _, batches in every for at, _ in batches], days, None)
    found = []
    overall = sum(sum(known.get(one, 0.0) for one in arrivals) for _, arrivals, _ in every) / len(seen.arrivals)
    for (event, code), arrivals, batches in every:
        shape = _shape([at for at, _ in batches], days, whole if len(batches) < _OWN else None)
        weight, ahead = shape.daily(days), shape.daily(year)
        recent = days.first + days.many - _WHOLE_YEAR if days.many > 1.5 * _WHOLE_YEAR else days.first
        of = numpy.arange(days.first, days.first + days.many) >= recent
        late = sum(one.at // DAY >= recent for one in arrivals)
        scale = float(ahead.sum() / weight[of].sum()) * YEAR / _WHOLE_YEAR
        said = Counter(priorities[one.priority] for one in arrivals if priorities.get(one.priority))
        share = (sum(known.get(one, 0.0) for one in arrivals) + _KNOWN * overall) / (len(arrivals) + _KNOWN)
        counted = numpy.bincount([at // DAY - days.first for at, _ in batches], minlength=days.many)[: days.many]
        cells = numpy.zeros((7, 24))
        for at, _ in batches:
            cells[(at // DAY + 3) % 7, at % DAY // 3600] += 1
        found.append(Flow(
            named(code or "all", "source"), "" if code == _OTHERS else code, event, len(arrivals), late * scale, _sizes(size for _, size in batches),
            shape.weekday, shape.hour, shape.month if days.many >= _WHOLE_YEAR else None, shape.holiday,
            _portions(said), sum(said.values()), min(0.95, share), len(batches), days.many, scale,
            _silent(counted), weight * len(batches) / weight.sum(), counted, cells,
        ))  # fmt: skip
    names: set[str] = set()
    for flow in found:
        while flow.name in names:
            flow.name += "_"
        flow.name = flow.name.rstrip("_") + str(len(names)) if flow.name.endswith("_") else flow.name
        names.add(flow.name)
    return found


def _silent(counted: Any) -> int:
    """For how many days nothing has come, if that is eight weeks or more and what came before makes it no chance."""
    came = counted.nonzero()[0]
    quiet = len(counted) - 1 - int(came[-1]) if len(came) else 0
    before = len(counted) - quiet
    return quiet if quiet >= _SILENT and float(counted.sum()) * quiet / max(1, before) >= _EXPECTED else 0


def _by_source(arrivals: Sequence[Arrival]) -> dict[tuple[str, str], list[Arrival]]:
    """Arrivals by what they begin and who brings them; those of which there are few together as 'others'."""
    found: dict[tuple[str, str], list[Arrival]] = defaultdict(list)
    for one in arrivals:
        found[one.event, one.source].append(one)
    ranked = sorted(found, key=lambda key: (-len(found[key]), key))
    few = [key for i, key in enumerate(ranked) if i >= _MOST or len(found[key]) < _FEWEST]
    for key in few if len(few) > 1 or len(ranked) > _MOST else []:
        others = found.pop(key)
        found[key[0], _OTHERS] += others
    return {key: sorted(found[key]) for key in sorted(found, key=lambda key: (-len(found[key]), key))}


def _together(arrivals: Sequence[Arrival]) -> int:
    """Within how many seconds what comes of one source comes together: 1 where the log tells seconds and has batches by
    them, else a minute."""
    times = Counter((one.at, one.source) for one in arrivals)
    minutes = Counter((one.at // 60, one.source) for one in arrivals)
    by_second = sum(n - 1 for n in times.values())
    by_minute = sum(n - 1 for n in minutes.values())
    return 1 if any(one.at % 60 for one in arrivals) and 2 * by_second > by_minute else 60


def _batches(arrivals: Sequence[Arrival], grain: int) -> list[tuple[int, int]]:
    """When something came, and how many together."""
    found = Counter(one.at // grain for one in arrivals)
    first: dict[int, int] = {}
    for one in arrivals:
        first.setdefault(one.at // grain, one.at)
    return [(first[place], many) for place, many in sorted(found.items())]


@attrs.frozen
class _Shape:
    weekday: Any
    hour: Any
    month: Any
    holiday: float

    def daily(self, days: _Days) -> Any:
        """The weight of each day."""
        import numpy

        on_holiday = numpy.where(days.holiday, self.holiday, 1.0)
        return self.weekday[days.weekday] * self.month[days.month] * on_holiday * days.part


def _shape(moments: Sequence[int], days: _Days, whole: _Shape | None) -> _Shape:
    """The weights of one source, or of all: each in turn as the others are, until they go together."""
    import numpy

    at = numpy.asarray(moments, "int64")
    day = at // DAY - days.first
    counted = numpy.bincount(day, minlength=days.many)[: days.many].astype("float64")
    flat = _Shape(numpy.ones(7), numpy.ones(24), numpy.ones(12), 1.0)
    prior = whole or flat
    weekday, month, holiday = prior.weekday, prior.month, prior.holiday
    for _ in range(_ROUNDS):
        base = month[days.month] * numpy.where(days.holiday, holiday, 1.0) * days.part
        weekday = _weights(days.weekday, 7, counted, base, prior.weekday)
        if days.many >= _WHOLE_YEAR:
            base = weekday[days.weekday] * numpy.where(days.holiday, holiday, 1.0) * days.part
            month = _weights(days.month, 12, counted, base, prior.month)
        base = weekday[days.weekday] * month[days.month] * days.part
        rate = counted[~days.holiday].sum() / max(1e-9, base[~days.holiday].sum())
        expected = float(base[days.holiday].sum() * rate)
        holiday = float((counted[days.holiday].sum() + 2.0 * prior.holiday) / (expected + 2.0))
    hours = numpy.bincount(at % DAY // 3600, minlength=24).astype("float64")
    hour = _drawn(hours, prior.hour / prior.hour.sum() * hours.sum(), prior.hour)
    return _Shape(weekday, hour / hour.mean(), month, holiday)


def _weights(of: Any, many: int, counted: Any, base: Any, prior: Any) -> Any:
    """The weight of each weekday or month, their mean 1; those that were not looked at have the prior's."""
    import numpy

    exposed = numpy.bincount(of, weights=base, minlength=many)
    seen = numpy.bincount(of, weights=counted, minlength=many)
    scale = seen.sum() / max(1e-9, float((exposed * prior).sum()))
    weights = _drawn(seen, exposed * prior * scale, prior)
    return weights / weights.mean()


def _drawn(seen: Any, expected: Any, prior: Any) -> Any:
    """The prior's weights times what was counted over what was expected, drawn to 1 by as much as chance moves such counts."""
    spread = float((((seen - expected) ** 2).sum() - seen.sum()) / max(1e-9, float((expected**2).sum())))
    strength = min(_TIGHTEST, max(_LOOSEST, 1.0 / spread if spread > 0 else _TIGHTEST))
    return prior * (seen + strength) / (expected + strength)


def _sizes(sizes: Any) -> dict[int, float]:
    """How many come together, with the share of times that they do; of many different sizes the larger by their means."""
    found = Counter(min(500, size) for size in sizes)
    ordered = sorted(found)
    while len(ordered) > _SIZES:
        place = min(range(1, len(ordered)), key=lambda i: (ordered[i] / ordered[i - 1], -ordered[i]))
        low, high = ordered[place - 1], ordered[place]
        many = found.pop(low) + found[high]
        mean = round((low * (many - found[high]) + high * found[high]) / many)
        found.pop(high)
        found[mean] += many
        ordered = sorted(found)
    return {size: float(share) for size, share in _portions(found).items()}


def _portions(counts: Mapping[Any, float]) -> dict[Any, float]:
    """Shares of counts, to four places, that add up to 1."""
    total = sum(counts.values())
    if not total:
        return {}
    found = {name: round(n / total, 4) for name, n in sorted(counts.items())}
    largest = max(found, key=lambda name: found[name])
    found[largest] = round(found[largest] + 1.0 - math.fsum(found.values()), 6)
    return {name: share for name, share in found.items() if share > 0}


def _known(seen: Seen) -> dict[Arrival, float]:
    """What each arrival counts for the share of children known: those referred in the year before.

    Early in a log few can be seen to have been. One referred so long before counts for all contacts over those that have as much
    of the log before them; what lies beyond the log's own length is taken to be as what does not.
    """
    import numpy

    start = seen.first
    back = numpy.sort(numpy.asarray([min(one.at - start, _WHOLE_YEAR * DAY) for one in seen.arrivals]))
    longest = float(back[-1]) if len(back) else 0.0
    beyond = _WHOLE_YEAR * DAY / longest if 0 < longest < _WHOLE_YEAR * DAY else 1.0
    found: dict[Arrival, float] = {}
    for one in seen.arrivals:
        ages = [one.at - at for at in seen.referred.get(one.case, ()) if 0 < one.at - at <= _WHOLE_YEAR * DAY]
        if ages:
            seen_so_far = len(back) - int(numpy.searchsorted(back, min(ages), "left"))
            found[one] = min(20.0, len(back) / max(1, seen_so_far)) * beyond
    return found


def first_day(seen: Seen) -> date:
    """The first day of the scenario: of the log, or of its last year."""
    first, _ = window(seen)
    last = last_day(seen)
    a_year_before = date(last.year - 1, last.month, min(last.day, 28) if last.month == 2 else last.day)
    return max(date.fromordinal(first + EPOCH), a_year_before + timedelta(days=1))


def last_day(seen: Seen) -> date:
    """The last day of the scenario, as of the log."""
    return date.fromordinal(window(seen)[1] + EPOCH)
