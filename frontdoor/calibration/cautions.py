"""What whoever reads a figure of a scenario made of a log must know: it is written into the file and printed with every figure."""

from __future__ import annotations

__all__ = ["cautions_of"]

from collections.abc import Mapping
from typing import Any

from frontdoor.calibration.composing import Model
from frontdoor.calibration.effort import GUESS
from frontdoor.calibration.figures import ASSUMED, plural
from frontdoor.errors import count, did_you_mean


def cautions_of(model: Model, made: Mapping[str, Any]) -> list[str]:
    """What whoever reads a figure must know: what the scenario lacks, what cannot be seen yet, and of which teams it is not known
    how busy they are, so that nobody cuts them by it."""
    return [*_of_titles(model), *_of_teams(model, made), *_of_sources(model), *_of_open(model), *_of_effort(model)]


def _of_titles(model: Model) -> list[str]:
    known = sorted({role for one in model.paths.workflows.values() for role in one.roles})
    found = []
    for title, (roles, rows) in sorted(model.seen.titles.items()):
        near = "" if title.isspace() else did_you_mean(title, known)
        found.append(
            f"{plural(rows, 'event is', 'events are')} by {title!r}, a role that no workflow knows.{near} They were taken as by {' or '.join(roles) or 'nobody in particular'}, for "
            "what they do: write the roles as the workflows have them, and calibrate again."
        )
    return found


def _of_teams(model: Model, made: Mapping[str, Any]) -> list[str]:
    return [
        f"Team {one.said!r} ({one.role}, {count(one.records, 'event')}) is left out: none of the work in this scenario is theirs."
        for one in model.staffing.values()
        if one.name not in made["teams"]
    ]


def _of_sources(model: Model) -> list[str]:
    return [
        f"Source {one.name} brought nothing in the last {count(one.silent, 'day')} of the log, and {count(one.contacts, 'contact')} before: the "
        f"scenario has {one.per_year:,.0f} a year of it. If it has ended, take it out."
        for one in model.flows
        if one.silent
    ] + [
        f"Team {one.said!r} changed from {one.changed[0]:.1f} people to {one.changed[1]:.1f} between the first and the last third of the days "
        f"that were looked at: {one.staff:,} is the middle of them."
        for one in model.staffing.values()
        if one.changed
    ]


def _of_open(model: Model) -> list[str]:
    return [
        f"{job.kind.name}: {len(job.kind.pieces) - len(job.kind.done):,} of {len(job.kind.pieces):,} are still open, and how long the "
        f"longest {job.open:.0%} last cannot be seen yet. That they end evenly by twice the longest seen is assumed, and what they "
        "lead to is as those that ended: a longer log would tell."
        for job in model.jobs
        if job.open
    ]


def _of_effort(model: Model) -> list[str]:
    guessed = dict.fromkeys(
        job.team for job in model.jobs if job.effort and (GUESS in job.effort.why or job.effort.how == ASSUMED)
    )
    if not guessed:
        return []
    teams = " and ".join([", ".join([*guessed][:-1]), [*guessed][-1]] if len(guessed) > 1 else guessed)
    return [
        f"How busy {teams} are is not known: what some of their work takes is a guess, likely too little, of a log that does not show it. What "
        "becomes late where they are fewer is not to be told from this scenario until somebody who knows has put that right (effort)."
    ]
