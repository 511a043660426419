"""The tables of a scenario, made of what was seen: each with a note of where its figures come from."""

from __future__ import annotations

__all__ = ["Model", "compose", "contacts_a_day"]

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from math import ceil
from typing import Any

import attrs

from frontdoor.calibration import survival
from frontdoor.calibration.arrivals import Flow
from frontdoor.calibration.clocks import DAY
from frontdoor.calibration.effort import Effort
from frontdoor.calibration.figures import ASSUMED, COUNTED, ESTIMATED, Figure, length
from frontdoor.calibration.fitting import Fit
from frontdoor.calibration.paths import BY_PRIORITY, Job, Paths
from frontdoor.calibration.seen import Piece, Seen
from frontdoor.calibration.staffing import Staffing
from frontdoor.calibration.writing import rounded
from frontdoor.simulation.tabulating import YEAR

_BUSY = 2 / 3
_SEEN = 0.15
_TELLS_KNOWN = 270
"""Of a log of fewer days the share of children known is not told."""


@attrs.define
class Model:
    """All that was found in a log, and what matching made of it."""

    title: str
    starts: date
    ends: date
    seen: Seen
    flows: list[Flow]
    fit: Fit
    priorities: dict[str, str]
    """[as the log has it] the name that a scenario has for it, the most urgent first."""
    staffing: dict[str, Staffing]
    rotas: dict[str, dict[str, str]]
    paths: Paths
    jobs: list[Job]
    local: tuple[str, ...] = ()
    cautions: list[str] = attrs.field(factory=list)
    """What of the log is not in the scenario."""
    scale: dict[str, float] = attrs.field(factory=dict)
    """[team] what matching multiplied its efforts by."""
    shift: dict[str, float] = attrs.field(factory=dict)
    """[kind] the seconds by which matching shortened its wait."""
    figures: list[Figure] = attrs.field(factory=list)

    def effort(self, job: Job) -> Effort:
        """What a job takes, as it was matched."""
        assert job.effort is not None
        return job.effort.scaled(self.scale.get(job.team, 1.0))

    def less(self, job: Job) -> float:
        """How much of the time a job lasts is not wait: its work in its team's hours, and the nights before it is begun."""
        clock = self.paths.offices[job.team]
        days = float(self.paths.working.before[-1]) / DAY if job.works else (len(clock.before) - 1) / 48
        part = float(clock.before[-1]) / max(1.0, days) / DAY
        nights = (1 - part) ** 2 / 2 * DAY
        return self.effort(job).mean / max(0.01, part) + nights + self.shift.get(job.kind.name, 0.0)


def compose(model: Model) -> dict[str, Any]:
    """The nested dict of a scenario file; `model.figures` says of each figure where it comes from."""
    model.figures = []
    made: dict[str, Any] = {
        "title": model.title, "starts": model.starts, "ends": model.ends,
        "priorities": list(model.priorities.values()) if len(model.priorities) > 1 else None,
        "warm_up": f"{_warm_up(model)} weeks", "local": list(model.local) or None,
    }  # fmt: skip
    made["rotas"] = {
        name: {**rota, "note": "estimated: the hours in which those who work it record, to the half hour"}
        for name, rota in model.rotas.items()
    }
    made["sources"] = {flow.name: _source(model, flow) for flow in model.flows}
    made["tasks"] = _tasks(model)
    made["teams"] = {one.name: _team(model, one) for one in _working(model)}
    used = {one["rota"] for one in made["teams"].values()}
    made["rotas"] = {name: rota for name, rota in made["rotas"].items() if name in used}
    plain: dict[str, Any] = rounded(made)
    return plain


def _working(model: Model) -> list[Staffing]:
    """The teams that have work."""
    having = {job.team for job in model.jobs}
    having |= {team for job in model.jobs for team in (*job.others.values(), *job.out_of_hours.values())}
    return [one for said, one in model.staffing.items() if said in having]


def _warm_up(model: Model) -> int:
    """Weeks in which an office fills: half as long again as nineteen in twenty cases last."""
    ends: dict[str, int] = {}
    for one in model.seen.records:
        ends[one.case] = max(ends.get(one.case, 0), one.at)
    lengths = sorted(min(ends[one.case] - one.at, 365 * DAY) for one in model.seen.arrivals)
    return min(60, max(4, ceil(1.5 * lengths[int(len(lengths) * 0.95)] / (7 * DAY))))


def _source(model: Model, flow: Flow) -> dict[str, Any]:
    where = f"sources.{flow.name}"
    role = Counter(one.role for one in model.seen.records if one.event == flow.event and one.role).most_common(1)
    w, _, t = flow.event.partition(".")
    may = model.paths.workflows[w].who(model.paths.workflows[w].transitions[t])
    recorder = role[0][0] if role and role[0][0] in may else "system" if "system" in may else may[0]
    together = sum(size * share for size, share in flow.batch.items())
    either = (
        1.96
        * (flow.per_year / max(1e-9, flow.scale) * sum(n * n * share for n, share in flow.batch.items()) / together)
        ** 0.5
    )
    is_whole = flow.days >= YEAR - 1
    how = COUNTED if is_whole else ESTIMATED
    many = (
        f"{flow.contacts:,} counted in {flow.days:,} days, as of a year {either * flow.scale:,.0f} either way by chance"
    )
    known = "about a child who was referred in the year before"
    if flow.days < _TELLS_KNOWN:
        known += (
            f"; the log has {flow.days:,} days, and that as many are known from before these, day for day, is assumed"
        )
    else:
        known += "; what lies before the log is allowed for, small counts are drawn to all sources together"
    model.figures += [
        Figure(f"{where}.per_year", f"{flow.per_year:,.0f}", how, many),
        Figure(f"{where}.known", f"{flow.known:.1%}", ASSUMED if flow.days < _TELLS_KNOWN else ESTIMATED, known),
        Figure(f"{where}.by_weekday", "", ESTIMATED, f"when its {flow.batches:,} batches came, small counts drawn together"),
        Figure(f"{where}.on_bank_holidays", f"{flow.holidays:.2g}", ESTIMATED, "bank holidays together, for they are few"),
    ]  # fmt: skip
    months = "" if flow.by_month is not None else "; by month not told, for the log is no year long"
    return {
        "title": flow.code if flow.code not in ("", flow.name) else None, "code": flow.code or None,
        "begins": flow.event if flow.event != "contact.receive" else None, "role": recorder if recorder != "system" else None,
        "per_year": round(flow.per_year) if flow.per_year >= 100 else round(flow.per_year, 1),
        "batch": {str(size): share for size, share in flow.batch.items()} if set(flow.batch) != {1} else None,
        "by_weekday": _list(flow.by_weekday, 2), "by_hour": _list(flow.by_hour, 3),
        "by_month": _list(flow.by_month, 2) if flow.by_month is not None else None,
        "on_bank_holidays": round(flow.holidays, 3),
        "priority": {name: flow.priority[name] for name in model.priorities.values() if name in flow.priority}
        if len(model.priorities) > 1 and flow.priority else None,
        "known": round(flow.known, 3) or None,
        "note": f"{how}: {many}; batches counted; priorities counted of {flow.told:,} that say theirs; estimated: the shape of the week and the day, small counts drawn toward the whole by as much as chance moves them{months}; {'assumed' if flow.days < _TELLS_KNOWN else 'estimated'}: the share of children known, {known}",
    }  # fmt: skip


def _list(values: Any, places: int) -> list[float]:
    """Weights of which none is rounded to nothing."""
    return [max(round(float(one), places), 10.0**-places) for one in values]


def _team(model: Model, one: Staffing) -> dict[str, Any]:
    staff = one.staff or _needed(model, one)
    model.figures += [
        f if f.said or not f.where.endswith(".staff") else f._replace(said=str(staff)) for f in one.figures
    ]
    return {
        "title": one.said if one.said != one.name else None, "role": one.role, "rota": one.rota, "staff": staff,
        "absence": round(one.absence, 3),
        "note": "; ".join(f"{f.where.rpartition('.')[2]} {f.how}: {f.why}" for f in one.figures if not f.where.endswith("rota"))
        + "; caps on what a worker holds cannot be seen",
    }  # fmt: skip


def _needed(model: Model, one: Staffing) -> int:
    """How many people would be busy two thirds of their time with what a team did, where a log does not say who they are."""
    clock = model.paths.offices[one.said]
    work = sum(model.effort(job).mean * len(job.kind.done) for job in model.jobs if job.team == one.said)
    return max(2, ceil(work / max(1.0, float(clock.before[-1])) / (1 - one.absence) / _BUSY))


def _tasks(model: Model) -> dict[str, Any]:
    found: dict[str, Any] = {}
    names = {one.said: one.name for one in model.staffing.values()}
    for job in model.jobs:
        found[job.kind.name] = _task(model, job, names)
        for event, team in job.others.items():
            if event in job.ends:
                name = f"{job.kind.name}_{event.partition('.')[2]}"
                w, _, t = event.partition(".")
                found[name] = {
                    "title": model.paths.workflows[w].transitions[t].title or None, "team": names[team],
                    "effort": "15 minutes", "does": {event: 1.0}, "note": "assumed: what it takes another team to decide it",
                }  # fmt: skip
    return found


def _task(model: Model, job: Job, names: Mapping[str, str]) -> dict[str, Any]:
    kind, effort = job.kind, model.effort(job)
    where = f"tasks.{kind.name}"
    w, _, rest = kind.place.partition(".")
    workflow = model.paths.workflows[w]
    part = workflow.states.get(rest) if kind.is_state else workflow.transitions.get(rest)
    n = len(kind.done)
    does = _does(job, job.ends)
    wait = None if job.is_quick else model.paths.bands(job, job.lasts, model.less(job))
    matched = f", matched by {model.scale[job.team]:.2f}" if abs(model.scale.get(job.team, 1.0) - 1) > 0.005 else ""
    error = 196 * max((share * (1 - share) / n) ** 0.5 for share in job.ends.values())
    notes = []
    if kind.is_state:
        told = f"{n:,} that ended, {len(kind.pieces) - n:,} still open allowed for"
        model.figures.append(
            Figure(f"{where}.does", ", ".join(f"{e} {s:.1%}" for e, s in job.ends.items()), ESTIMATED, told)
        )
        notes.append(f"shares estimated of {told}, {error:.1f} points either way at most")
    else:
        told = f"{n:,} of {len(kind.pieces):,}, what could not be yet or no more allowed for"
        model.figures.append(Figure(f"{where}.chance", f"{job.chance:.1%}", ESTIMATED, told))
        notes.append(f"chance estimated of {told}")
    model.figures.append(
        Figure(
            f"{where}.effort",
            f"half {length(effort.median)}, nine in ten {length(effort.ninetieth)}",
            effort.how,
            effort.why + matched,
        )
    )
    notes.append(f"effort {effort.how}{matched}: {effort.why}")
    if job.open:
        notes.append(
            f"{len(kind.pieces) - n:,} are still open: how long the longest {job.open:.0%} last cannot be seen, and that they end evenly by twice the longest seen is assumed"
        )
    if wait:
        model.figures.append(
            Figure(
                f"{where}.wait",
                f"half {job.lasts.quantile(0.5) / DAY:.1f} {'working ' if job.works else ''}days with its work",
                ASSUMED if job.open else ESTIMATED,
                f"by Kaplan and Meier, less its work{f'; of the longest {job.open:.0%}, which cannot be seen yet, assumed' if job.open else ''}",
            )
        )
        notes.append("wait estimated: what passes until it is done, by Kaplan and Meier, less its work")
    return {
        "title": part.title if part and part.title else None,
        "in": None if kind.after else [kind.place], "after": list(kind.after) or None,
        "out_of_hours": names[job.out_of_hours[""]] if "" in job.out_of_hours and not model.priorities else None,
        "chance": round(job.chance, 4) if job.chance < 0.9995 else None,
        "team": names[job.team], "held": True if job.held else None, "wait": wait,
        "effort": {"median": length(effort.median), "ninetieth": length(effort.ninetieth)}, "does": does,
        "note": "; ".join(notes), "for": _for_some(model, job, names) or None,
    }  # fmt: skip


def _does(job: Job, ends: Mapping[str, float]) -> dict[str, float]:
    """What a job leads to, shares to four places that add up to 1."""
    names = {e: f"{job.kind.name}_{e.partition('.')[2]}" if e in job.others else e for e in ends}
    found = {
        names[e]: round(share, 4) for e, share in sorted(ends.items(), key=lambda item: -item[1]) if share >= 0.00005
    }
    first = next(iter(found))
    found[first] = round(found[first] + 1.0 - sum(found.values()), 6)
    return found


def _for_some(model: Model, job: Job, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """What it is for a priority of which there are enough, where that is not what it is for all."""
    found = []
    for said, name in model.priorities.items() if len(model.priorities) > 1 else ():
        mine = [piece for piece in job.kind.pieces if model.priorities.get(piece.priority) == name]
        one: dict[str, Any] = {"priorities": [name]}
        if said in job.out_of_hours:
            one["out_of_hours"] = names[job.out_of_hours[said]]
        if len(mine) >= BY_PRIORITY:
            one |= _own(model, job, mine)
        if len(one) > 1:
            found.append(one)
    return found


def _own(model: Model, job: Job, mine: Sequence[Piece]) -> dict[str, Any]:
    own: dict[str, Any] = {}
    mine = [piece for piece in mine if not piece.by or piece.end in job.ends]
    lengths = model.paths.lengths(mine, works=job.works)
    ended = [piece for piece in mine if piece.by]
    if len(ended) < BY_PRIORITY / 4:
        return own
    ends, n = survival.shares(lengths, [piece.end for piece in mine]), len(ended)
    if any(
        abs(ends.get(e, 0.0) - share) > max(0.01, 2 * (share * (1 - share) / n) ** 0.5) for e, share in job.ends.items()
    ):
        own["does"] = _does(job, ends)
    lasts = survival.lasting(lengths, [piece.by is not None for piece in mine])
    if job.open and lasts.ever < 1:
        lasts = lasts.told_to_the_end()
    if not job.kind.is_state:
        error = 2 * (job.chance * (1 - job.chance) / len(mine)) ** 0.5
        if abs(min(1.0, lasts.ever) - job.chance) > max(0.01, error):
            own["chance"] = round(min(1.0, lasts.ever), 4)
    if not job.is_quick and abs(lasts.quantile(0.5) / max(1.0, job.lasts.quantile(0.5)) - 1) > _SEEN:
        wait = model.paths.bands(job, lasts, model.less(job))
        if wait:
            own["wait"] = wait
    return own


def contacts_a_day(model: Model) -> float:
    """How many come on an average day."""
    return sum(flow.per_year for flow in model.flows) / YEAR
