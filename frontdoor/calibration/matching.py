"""Efforts and waits set so that the simulated time of each kind of work is the log's.

A desk is run, its log read as the first was, and the mean time from arising to being done held beside the log's: the efforts of a team
are scaled by bisection until what it takes up as it comes takes as long; the waits of what is held are moved by what is missing.
"""

from __future__ import annotations

__all__ = ["Match", "match"]

import math
from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from statistics import fmean
from typing import NamedTuple

from frontdoor import fast
from frontdoor.calibration import pruning
from frontdoor.calibration.composing import Model, contacts_a_day
from frontdoor.calibration.paths import Job
from frontdoor.calibration.seeing import see
from frontdoor.calibration.works import kinds
from frontdoor.library import Library
from frontdoor.replay.audit import run
from frontdoor.simulation import simulate
from frontdoor.simulation.replication import MODULES
from frontdoor.simulation.scenario_file import scenario_of

_ROUNDS = 5
_QUICK, _SLOW = 12_000, 5_000
"""So many contacts are simulated at most in a round: compiled and interpreted."""
_NEAR = 0.1
_LOW, _HIGH = 0.4, 2.5
_STEP = 0.3
"""A wait is moved by so much of the whole time at most in one round."""


class Match(NamedTuple):
    """How near a kind of work came."""

    task: str
    team: str
    pieces: int
    log: float
    """The mean time from arising to being done in the log, of those that were done, in hours as they pass."""
    simulated: float | None
    error: float
    """How far off the log's mean may be by chance, either way."""


def match(model: Model, library: Library, seed: int) -> tuple[tuple[Match, ...], list[str]]:
    """Set the scales and shifts of a model; how near each kind of work came, and sentences about it."""
    wanted = {job.kind.name: _mean(job) for job in model.jobs if len(job.kind.done) >= 10}
    low = dict.fromkeys(model.staffing, _LOW)
    high = dict.fromkeys(model.staffing, _HIGH)
    best: tuple[float, dict[str, float], dict[str, float], dict[str, float]] | None = None
    for number in range(_ROUNDS):
        found = _simulated(model, library, seed + number)
        missed = _missed(model, wanted, found)
        if best is None or missed < best[0]:
            best = missed, dict(model.scale), dict(model.shift), found
        if missed < 1 or number == _ROUNDS - 1:
            break
        _adjust(model, wanted, found, low, high)
    assert best is not None
    _, model.scale, model.shift, found = best
    every = tuple(
        Match(name, next(job.team for job in model.jobs if job.kind.name == name), n, mean / 3600, found[name] / 3600 if name in found else None, error / 3600)
        for name, (mean, error, n) in wanted.items()
    )  # fmt: skip
    off = [
        one
        for one in every
        if one.simulated is None or abs(one.simulated - one.log) > max(2 * one.error, 2 * _NEAR * one.log)
    ]
    notes = []
    if off:
        said = "; ".join(
            f"{one.task} {one.simulated:,.1f} hours, in the log {one.log:,.1f}"
            for one in off
            if one.simulated is not None
        )
        notes.append(
            f"After {number + 1} trial runs the time of {len(off)} of {len(every)} kinds of work is not the log's: {said or 'they did not come about'}."
        )
    return every, notes


def _mean(job: Job) -> tuple[float, float, int]:
    """The mean time of those that were done, two standard errors of it, and how many there were."""
    lengths = [piece.until - piece.since for piece in job.kind.done]
    mean = fmean(lengths)
    spread = math.sqrt(sum((one - mean) ** 2 for one in lengths) / max(1, len(lengths) - 1))
    return mean, 2 * spread / math.sqrt(len(lengths)), len(lengths)


def _simulated(model: Model, library: Library, seed: int) -> dict[str, float]:
    """[kind] the mean time of a desk that is run once."""
    made, _, _ = pruning.sound(model, library)
    days = (made["ends"] - made["starts"]).days + 1
    most = _QUICK if fast.available() and fast.is_warm(*MODULES) else _SLOW
    days = min(days, max(56, round(most / max(0.1, contacts_a_day(model)))))
    made["ends"] = min(made["ends"], made["starts"] + timedelta(days=days - 1))
    done = simulate(scenario_of(made, library, model.title), library, replications=1, seed=seed, log=True)
    assert done.log is not None
    seen = see(run(done.log, library))
    found: dict[str, list[int]] = defaultdict(list)
    names = {
        (kind.place, entry): job.kind.name
        for job in model.jobs
        for kind in (job.kind,)
        for entry in kind.after or ("",)
    }
    for kind in kinds(seen):
        for piece in kind.done:
            name = names.get((piece.place, piece.entry), names.get((piece.place, "")))
            if name:
                found[name].append(piece.until - piece.since)
    return {name: fmean(lengths) for name, lengths in found.items() if len(lengths) >= 5}


def _missed(model: Model, wanted: Mapping[str, tuple[float, float, int]], found: Mapping[str, float]) -> float:
    """How far the worst is off, in units of what is near enough."""
    worst = 0.0
    is_open = {job.kind.name for job in model.jobs if job.open}
    for name, (mean, error, n) in wanted.items():
        if name in found and n >= 30 and name not in is_open:
            worst = max(worst, abs(found[name] - mean) / max(error, _NEAR * mean, 600.0))
    return worst


def _adjust(
    model: Model, wanted: Mapping[str, tuple[float, float, int]], found: Mapping[str, float], low: dict[str, float], high: dict[str, float]
) -> None:  # fmt: skip
    """Halve what the scale of each team may be, and move each wait by what is missing. Of what is mostly open yet those that are
    done are the quick ones: it is not moved to be as they are."""
    teams: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    held: list[tuple[str, str, float]] = []
    for job in model.jobs:
        name = job.kind.name
        if name not in wanted or name not in found or job.open:
            continue
        mean, error, n = wanted[name]
        if job.is_quick:
            teams[job.team].append((n * mean, n * found[name], n * max(error, _NEAR * mean, 600.0)))
        else:
            off = max(-_STEP * mean, min(_STEP * mean, found[name] - mean))
            held.append((job.team, name, off * (5 / 7 if job.works else 1.0)))
    crowded = set()
    for team, some in teams.items():
        log, simulated, near = (sum(one[i] for one in some) for i in range(3))
        if abs(simulated - log) <= near:
            continue
        scale = model.scale.get(team, 1.0)
        if simulated > log:
            crowded |= {team} if simulated > 2 * log else set()
            high[team] = min(high[team], scale)
            model.scale[team] = max(math.sqrt(low[team] * scale), 0.8 * scale)
        else:
            low[team] = max(low[team], scale)
            model.scale[team] = min(math.sqrt(high[team] * scale), 1.25 * scale)
    for team, name, off in held:  # of a team whose work piles up they say nothing yet
        if team not in crowded:
            model.shift[name] = model.shift.get(name, 0.0) + off
