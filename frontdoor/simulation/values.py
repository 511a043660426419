"""What a simulation came to as plain values, for programs."""

from __future__ import annotations

__all__ = ["values_of"]

from typing import TYPE_CHECKING, Any

import attrs

from frontdoor.simulation.estimates import Estimate

if TYPE_CHECKING:
    from frontdoor.simulation.results import Queue, Results, Timer

_TARGETS = {"95%": 0.95, "100%": 1.0}


def values_of(results: Results) -> dict[str, Any]:
    """All of it: `queues` and `timers` by name, `teams`, `seed`, `replications`, and what came. Waits are in hours as they pass,
    shares from 0 to 1; `low` and `high` are the ends of the 95% interval, or of bands what one and nine in ten lie below."""
    said, many = results.planned.scenario, len(results.replications)
    return {
        "scenario": said.name, "seed": results.seed, "replications": many,
        "starts": str(said.starts), "ends": str(said.ends),
        "warm_up_days": 0 if results.planned.caseload else results.planned.warm_up,
        "contacts": results.contacts,
        "kept_back": sum(one.kept_back for one in results.replications) / many,
        "queues": {name: _queue(results, name, one) for name, one in results.queues.items()},
        "timers": {name: _timer(results, name, one) for name, one in results.timers.items()},
        "teams": {name: _team(results, name) for name in said.teams},
    }  # fmt: skip


def _queue(results: Results, name: str, one: Queue) -> dict[str, Any]:
    number = results.queue_names.index(name)
    return {
        **_waits(one), "waiting": one.waiting,
        "utilisation": results.utilisation[name].mean if name in results.utilisation else None,
        "by_priority": {p: _waits(results.queue(number, p)) for p in results.planned.scenario.priorities},
        "weeks": [
            {"monday": str(week.monday), "waiting": attrs.asdict(week.waiting), "oldest": attrs.asdict(week.oldest)}
            for week in results.weeks(number)
        ],
    }  # fmt: skip


def _waits(one: Queue) -> dict[str, Any]:
    return {
        "pieces": one.pieces,
        "wait": _plain(one.wait),
        "p50": one.median,
        "p90": one.ninetieth,
        "p95": one.ninety_fifth,
    }


def _timer(results: Results, name: str, one: Timer) -> dict[str, Any]:
    return {
        **_counts(one), "causes": one.causes,
        "by_priority": {p: _counts(results.timer(name, p)) for p in results.planned.scenario.priorities},
    }  # fmt: skip


def _counts(one: Timer) -> dict[str, Any]:
    chances = {said: _plain(one.chance(target)) for said, target in _TARGETS.items()}
    return {**one.counts, "in_time": _plain(one.in_time), "chance_of": chances}


def _team(results: Results, name: str) -> dict[str, Any]:
    team = results.planned.scenario.teams[name]
    return {
        "role": team.role, "staff": team.staff, "cap": team.cap, "utilisation": _plain(results.utilisation[name]),
        "worker_days_holding": {str(held): days for held, days in results.caseloads(name).items()},
    }  # fmt: skip


def _plain(one: Estimate) -> dict[str, float | None]:
    return {"mean": one.mean, "low": one.low, "high": one.high}
