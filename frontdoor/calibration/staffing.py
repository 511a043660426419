"""Who works and when, as their records show: the people of each team, the days on which they are away, their hours.

A person is there from their first record to their last. How many there are is the median of working days. Whoever records three
times a day or more is seen to be away when a day has none of theirs; of those who record more rarely that cannot be seen.
"""

from __future__ import annotations

__all__ = ["ABSENCE", "Staffing", "staffing"]

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from statistics import fmean

import attrs

from frontdoor.calibration.clocks import DAY, Clock
from frontdoor.calibration.figures import ASSUMED, COUNTED, ESTIMATED, Figure, named
from frontdoor.calibration.seen import Record, Seen
from frontdoor.workflow import Workflow

ABSENCE = 0.1
"""The share of days away that is assumed where it cannot be seen."""
_HALF, _HALVES = 1_800, 48
_OFTEN = 3.0
_LULL = 4
"""Half hours without a record that are still no break."""
_KEEPS = 0.7
"""Who keeps to one workflow records so large a share in it."""
_FAINT, _RARE = 0.06, 0.05
_YEAR = 365
_SECOND, _CHANGED = 0.05, 0.2


@attrs.define
class Staffing:
    """One team."""

    name: str
    said: str
    """What the log calls it; '' where it names none, so that a role is the team."""
    role: str
    staff: int
    absence: float
    rota: str
    records: int
    figures: list[Figure]
    changed: tuple[float, float] | None = None
    """How many there were in the first and in the last third of the days, where that differs by more than a fifth."""


def teams_of(seen: Seen) -> dict[Record, str]:
    """The team of each record that people made: what the log calls it, or where it mostly names none the role, or where it
    names none of these the first that may do it."""
    made = [one for one in seen.records if _is_somebodys(one, seen.workflows)]
    with_team = sum(bool(one.team) for one in made)
    by_team = 2 * with_team > len(made)
    roles = {
        f"{w.name}.{t}": next((role for role in w.who(move) if role != "system"), "")
        for w in seen.workflows.values() for t, move in w.transitions.items()
    }  # fmt: skip
    usual: dict[str, Counter[str]] = defaultdict(Counter)
    for one in made:
        if one.team and one.role:
            usual[one.role][one.team] += 1
    parts = {} if by_team else _parts(made)
    found = {}
    for one in made:
        role = one.role or roles[one.event]
        team = one.team or (usual[role].most_common(1)[0][0] if usual[role] else role)
        found[one] = team if by_team and team else parts.get((role, one.actor), role)
    return {one: team for one, team in found.items() if team}


def _parts(made: Sequence[Record]) -> dict[tuple[str, str], str]:
    """By role and person the part of a role they are, where people of one role keep to different workflows."""
    does: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for one in made:
        if one.role and one.actor:
            does[one.role, one.actor][one.event.partition(".")[0]] += 1
    mostly = {who: counts.most_common(1)[0] for who, counts in does.items()}
    kept = {who: w for who, (w, n) in mostly.items() if n >= _KEEPS * sum(does[who].values())}
    by_role: dict[str, Counter[str]] = defaultdict(Counter)
    for (role, _), w in kept.items():
        by_role[role][w] += 1
    found = {}
    for role, actor in does:
        if len(by_role[role]) > 1:
            found[role, actor] = f"{role}, {kept.get((role, actor), by_role[role].most_common(1)[0][0])}"
    return found


def _is_somebodys(one: Record, workflows: Mapping[str, Workflow]) -> bool:
    """Whether a person did it: not the system, and not what begins by itself, which is for whoever it came to."""
    w, _, t = one.event.partition(".")
    return one.role != "system" and not (workflows[w].opens_with == t and not workflows[w].after)


def staffing(
    seen: Seen, teams: Mapping[Record, str], works: Clock, holidays: Iterable[int], days: tuple[int, int]
) -> tuple[dict[str, Staffing], dict[str, dict[str, str]]]:
    """By what the log calls it, each team; and the rotas that they work, by name."""
    every: dict[str, list[Record]] = defaultdict(list)
    for one, team in teams.items():
        every[team].append(one)
    holidays = frozenset(holidays)
    every_day = range(days[0], days[1] + 1)
    long = works.between([day * DAY for day in every_day], [(day + 1) * DAY for day in every_day])
    working = [day for day, some in zip(every_day, long.tolist(), strict=True) if some > 0]
    rotas: dict[tuple[tuple[str, str], ...], str] = {}
    found: dict[str, Staffing] = {}
    shared = _shared(teams)
    recent = [day for day in working if day > days[1] - _YEAR] if days[1] - days[0] >= 1.5 * _YEAR else working
    for said, records in sorted(every.items(), key=lambda item: (-len(item[1]), item[0])):
        rota = _rota(records, frozenset(working), holidays, days)
        name = rotas.setdefault(tuple(rota.items()), f"rota_{len(rotas) + 1}" if rotas else "office")
        where = f"teams.{named(said, 'team')}"
        role = Counter(one.role for one in records if one.role).most_common(1)
        who = role[0][0] if role else _role(seen, records)
        figures = [Figure(f"{where}.rota", ", ".join(f"{k} {v}" for k, v in rota.items()), ESTIMATED,
                          f"the hours of {len(records):,} records, to the half hour")]  # fmt: skip
        actors = [one for one in records if one.actor]
        changed = None
        if 2 * len(actors) > len(records):
            people, seen_on, changed = _people(actors, recent, days)
            both = len({one.actor for one in actors} & shared)
            also = (
                f"; {both:,} of them {'works' if both == 1 else 'work'} in another team, too, and who does is counted in each"
                if both
                else ""
            )
            absence, pace = _absence(actors, frozenset(working))
            figures.append(Figure(f"{where}.staff", str(people), ESTIMATED if both else COUNTED,
                                  f"people with a record before and after the median working day; {seen_on:g} {'has' if seen_on == 1 else 'have'} one on it{also}"))  # fmt: skip
            if absence is not None:
                figures.append(Figure(f"{where}.absence", f"{absence:.1%}", ESTIMATED,
                                      f"working days without a record, of people who make {pace:.1f} on others"))  # fmt: skip
        else:
            people, absence = 0, None
            figures.append(Figure(f"{where}.staff", "", ASSUMED, "the log does not say who did what: as many as are busy two thirds of their time with the efforts assumed"))  # fmt: skip
        found[said] = Staffing(
            named(said, "team"),
            said,
            who,
            people,
            -1.0 if absence is None else absence,
            name,
            len(records),
            figures,
            changed,
        )
    _assume_absences(found.values())
    _told_apart(found.values())
    return found, {name: dict(rota) for rota, name in rotas.items()}


def _assume_absences(teams: Collection[Staffing]) -> None:
    """Of teams whose absence cannot be seen: as that of the others, or as is usual."""
    told = [(each.absence, each.staff) for each in teams if each.absence >= 0]
    usual = sum(a * n for a, n in told) / sum(n for _, n in told) if told else ABSENCE
    why = (
        "as the other teams: who records so rarely is not seen to be away" if told else "it cannot be seen in this log"
    )
    for mine in teams:
        if mine.absence < 0:
            mine.absence = usual
            mine.figures.append(Figure(f"teams.{mine.name}.absence", f"{usual:.1%}", ASSUMED, why))


def _told_apart(teams: Iterable[Staffing]) -> None:
    """Names that are alike once they are names get a number."""
    seen: Counter[str] = Counter()
    for one in teams:
        seen[one.name] += 1
        if seen[one.name] > 1:
            one.name = f"{one.name}_{seen[one.name]}"


def _role(seen: Seen, records: Sequence[Record]) -> str:
    """A role that may do most of what a team does."""
    roles: Counter[str] = Counter()
    for one in records:
        w, _, t = one.event.partition(".")
        roles.update(role for role in seen.workflows[w].who(seen.workflows[w].transitions[t]) if role != "system")
    return roles.most_common(1)[0][0]


def _shared(teams: Mapping[Record, str]) -> frozenset[str]:
    """The people of whose records a part worth telling is in a second team."""
    by: dict[str, Counter[str]] = defaultdict(Counter)
    for one, team in teams.items():
        if one.actor:
            by[one.actor][team] += 1
    return frozenset(
        who for who, counts in by.items() if len(counts) > 1 and counts.most_common(2)[1][1] > _SECOND * counts.total()
    )


def _people(
    records: Sequence[Record], working: Sequence[int], days: tuple[int, int]
) -> tuple[int, float, tuple[float, float] | None]:
    """How many people there are on the median working day, and how many of them have a record on it; and how many there were in
    the first and the last third of these days, if that differs by more than a fifth."""
    by: dict[str, list[int]] = defaultdict(list)
    for one in records:
        by[one.actor].append(one.at // DAY)
    on: Counter[int] = Counter(day for one in by.values() for day in set(one))
    spans = []
    for found in by.values():
        first, last = min(found), max(found)
        gap = 3 * max(1.0, (last - first) / max(1, len(found) - 1))
        spans.append((days[0] if first - days[0] <= gap else first, days[1] if days[1] - last <= gap else last))
    there = [sum(first <= day <= last for first, last in spans) for day in working or range(days[0], days[1] + 1)]
    seen_on = [on[day] for day in working] or [0]
    third = max(1, len(there) // 3)
    early, late = fmean(there[:third]), fmean(there[-third:])
    changed = (early, late) if abs(late - early) > _CHANGED * max(early, late) else None
    return max(1, sorted(there)[len(there) // 2]), sorted(seen_on)[len(seen_on) // 2], changed


def _absence(records: Sequence[Record], working: frozenset[int]) -> tuple[float | None, float]:
    """The share of working days on which somebody is away, who else would have made a record; None: they make too few for
    that to be seen. And how many they make on others."""
    by: dict[str, Counter[int]] = defaultdict(Counter)
    for one in records:
        if one.at // DAY in working:
            by[one.actor][one.at // DAY] += 1
    away = possible = found = there = 0.0
    for counts in by.values():
        span = sum(min(counts) <= day <= max(counts) for day in working)
        mean = sum(counts.values()) / len(counts)
        pace = mean  # of a day that has any it is pace / (1 - exp(-pace)) that is seen
        for _ in range(50):
            pace = mean * (1 - math.exp(-pace))
        if pace >= _OFTEN and span >= 20:
            away += span - len(counts) / (1 - math.exp(-pace))
            possible += span
            found, there = found + sum(counts.values()), there + len(counts)
    if not possible:
        return None, 0.0
    return max(0.0, min(0.6, away / possible)), found / there


def _rota(
    records: Sequence[Record], working: frozenset[int], holidays: frozenset[int], days: tuple[int, int]
) -> dict[str, str]:
    """The hours of a team on weekdays, at weekends and on bank holidays."""
    kinds: dict[str, list[int]] = {"weekdays": [], "weekends": [], "bank_holidays": []}
    for one in records:
        day = one.at // DAY
        kind = "bank_holidays" if day in holidays else "weekdays" if (day + 3) % 7 < 5 else "weekends"
        kinds[kind].append(one.at % DAY)
    many = Counter("bank_holidays" if day in holidays else "weekdays" if (day + 3) % 7 < 5 else "weekends"
                   for day in range(days[0], days[1] + 1))  # fmt: skip
    rates = {kind: len(found) / max(1, many[kind]) for kind, found in kinds.items()}
    most = max(rates.values())
    open_ = {kind: rates[kind] > _RARE * most for kind in kinds}
    week = "weekends" if open_["weekends"] else "weekdays"
    hours = {kind: _open(kinds[kind]) for kind in ("weekdays", "weekends") if open_[kind]}
    if len(hours) == 2:  # who is there at weekends keeps at least the hours of the week
        hours["weekends"] = [a or b for a, b in zip(hours["weekdays"], hours["weekends"], strict=True)]
    if many["bank_holidays"] and open_["bank_holidays"]:
        hours["bank_holidays"] = hours[week] if week in hours else hours["weekdays"]
    return {kind: said for kind, said in ((kind, _said(one)) for kind, one in hours.items()) if said}


def _open(times: Sequence[int]) -> list[bool]:
    """The half hours in which most records are made."""
    counts = [0] * _HALVES
    for time in times:
        counts[time // _HALF] += 1
    busy = sorted(counts, reverse=True)[: _HALVES // 4]
    least = max(1.0, _FAINT * sum(busy) / len(busy))
    is_open = [count >= least for count in counts]
    edges = [i for i in range(_HALVES) if is_open[i]]
    for one, after in zip(edges, edges[1:], strict=False):
        if after - one - 1 < _LULL or len(times) < 12:
            is_open[one : after + 1] = [True] * (after + 1 - one)
    if edges and 0 < edges[0] < _LULL and edges[-1] >= _HALVES - _LULL:
        is_open[: edges[0]] = [True] * edges[0]
        is_open[edges[-1] :] = [True] * (_HALVES - edges[-1])
    for a, b in _runs(is_open):
        if sum(counts[a:b]) < 0.02 * len(times):
            is_open[a:b] = [False] * (b - a)
    return is_open


def _runs(is_open: Sequence[bool]) -> list[tuple[int, int]]:
    found, start = [], None
    for i, one in enumerate([*is_open, False]):
        if one and start is None:
            start = i
        elif not one and start is not None:
            found.append((start, i))
            start = None
    return found


def _said(is_open: Sequence[bool]) -> str:
    if all(is_open):
        return "all day"
    return ", ".join(f"{a // 2:02}:{a % 2 * 30:02}-{b // 2:02}:{b % 2 * 30:02}" for a, b in _runs(is_open))
