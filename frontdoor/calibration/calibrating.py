"""A scenario for the simulation of a duty desk, made of a log that was replayed.

made = calibrate(formats.read("log.csv"))
print(made.text)                      # the scenario's file
scenario = made.scenario(library)     # or what `simulate` runs
made.figures                          # each figure: counted, estimated, inferred or assumed, and of what
"""

from __future__ import annotations

__all__ = ["Calibration", "calibrate"]

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from statistics import fmean
from typing import Any, Literal

import attrs

from frontdoor.calibration import arrivals, matching, pruning
from frontdoor.calibration.cautions import cautions_of
from frontdoor.calibration.clocks import DAY, office, working_days
from frontdoor.calibration.composing import Model
from frontdoor.calibration.effort import bounded, efforts
from frontdoor.calibration.figures import Figure, named, plural
from frontdoor.calibration.fitting import Fit, how_it_fits
from frontdoor.calibration.holding_out import Held, held_out
from frontdoor.calibration.paths import Job, Paths
from frontdoor.calibration.seeing import see
from frontdoor.calibration.seen import Seen
from frontdoor.calibration.staffing import staffing, teams_of
from frontdoor.calibration.works import kinds, merged
from frontdoor.calibration.writing import write_scenario
from frontdoor.errors import Fault, InputError, count
from frontdoor.formats import Source, read
from frontdoor.library import Library
from frontdoor.moment import EPOCH, Happened
from frontdoor.replay.audit import Audit, run
from frontdoor.simulation.lookup import Lookup, in_force
from frontdoor.simulation.scenario import ROOM, Scenario
from frontdoor.simulation.scenario_file import scenario_of
from frontdoor.simulation.scenario_parts import rota_of
from frontdoor.workflow import Workflow

YEAR = 365
FEWEST_DAYS, FEWEST = 28, 50
"""Less than so many days or contacts make no scenario."""
_PRIORITIES = 8


@attrs.frozen
class Calibration:
    """A scenario made of a log, and what is to be known of it."""

    made: Mapping[str, Any]
    """The tables of its file."""
    figures: tuple[Figure, ...]
    """Where each figure comes from."""
    notes: tuple[str, ...]
    matched: tuple[matching.Match, ...]
    """How near the simulated time of each kind of work came to the log's."""
    fit: Fit
    contacts: int
    """How many were counted."""
    days: int
    """In so many days."""
    name: str
    held: Held | None = None
    """What the last months would have been by what came before, where they were held out."""

    @property
    def text(self) -> str:
        """The scenario's file."""
        return write_scenario(
            {**self.made, "notes": list(self.notes)}, about=f"Made of {self.name} by frontdoor calibrate."
        )

    def scenario(self, library: Library) -> Scenario:
        """The scenario, under the workflows that it was made with."""
        return scenario_of(self.made, library, self.name)

    @property
    def findings(self) -> tuple[str, ...]:
        """Each figure with what it rests on, as a sentence."""
        return tuple(f"{one.where} {one.said}: {one.how}, {one.why}" for one in self.figures)


def calibrate(
    source: Source | str | Path, library: Library | None = None, *, as_at: Happened | str | None = None,
    hold_out: int | Literal["quarter"] | None = None, seed: int = 1, match: bool = True,
) -> Calibration:  # fmt: skip
    """Make a scenario of a source, of what had happened and was recorded by `as_at`.

    `hold_out` months at its end are compared with what the log before them foretells; "quarter": its last three, if it has a
    year or more. Without `match` efforts are left as they
    were inferred, and nothing is run.

    Raises:
        InputError: the source cannot be read, or is too short, has no times, or nothing that begins by itself.
    """
    audit = run(source if isinstance(source, Source) else read(source), library, as_at=as_at, as_known_at=as_at)
    found = calibrated(audit, seed=seed, match=match)
    months = (3 if found.days >= YEAR else 0) if hold_out == "quarter" else hold_out
    if not months:
        return found
    return attrs.evolve(found, held=held_out(audit, library, months=months, seed=seed, match=match))


def calibrated(audit: Audit, *, seed: int = 1, match: bool = True) -> Calibration:
    """The same of a log that was audited.

    Raises:
        InputError: it is too short, has no times, or nothing that begins by itself.
    """
    seen = see(audit)
    model = model_of(audit, seen)
    notes = _notes(audit, seen, model)
    matched: tuple[matching.Match, ...] = ()
    if match:
        matched, more = matching.match(model, audit.library, seed)
        notes += more
    made, more, lost = pruning.sound(model, audit.library)
    cautions = [*model.cautions, *lost, *cautions_of(model, made)]
    return Calibration(
        {**made, "cautions": cautions} if cautions else made,
        tuple(model.figures),
        (*notes, *more),
        matched,
        model.fit,
        len(seen.arrivals),
        _days(seen),
        Path(audit.source.name).name,
    )


def model_of(audit: Audit, seen: Seen) -> Model:
    """All that a log shows, put together.

    Raises:
        InputError: there is too little of it.
    """
    library, name = audit.library, audit.source.name
    first, last = arrivals.window(seen)
    days = last - first + 1
    if days < FEWEST_DAYS or len(seen.arrivals) < FEWEST:
        message = f"has {count(len(seen.arrivals), 'contact')} in {count(days, 'day')}: a scenario needs {FEWEST} in {FEWEST_DAYS} days at least."
        raise InputError([Fault(name, "", "too-little", message, "Name a longer log.")])
    known = library.calendar
    if (
        first < date(known.first, 1, 1).toordinal() - EPOCH
        or last + ROOM > date(known.last, 12, 31).toordinal() - EPOCH
    ):
        message = f"reaches from {date.fromordinal(first + EPOCH)} to {date.fromordinal(last + EPOCH)}: bank holidays are known from {known.first} to {known.last}, and {ROOM} days after its last must be among them."
        raise InputError(
            [Fault(name, "", "unknown-holidays", message, "Use only what had happened before, as at a moment.")]
        )
    starts, ends = arrivals.first_day(seen), arrivals.last_day(seen)
    lookup = Lookup(library, in_force(library, starts, ends), name)
    priorities = _priorities(seen)
    last_of_all = next(reversed(priorities.values()), "")
    named_as = {one.priority: priorities.get(one.priority, last_of_all) for one in seen.arrivals if one.priority}
    left_out = _out_of_force(seen, lookup.workflows, name)
    flows = arrivals.flows(seen, library.calendar, named_as, starts)
    seen_last = seen.last // DAY
    working = working_days(library.calendar, first, seen_last)
    teams = merged(seen, teams_of(seen))
    holidays = [day.toordinal() - EPOCH for day in library.calendar.holidays]
    staffed, rotas = staffing(seen, teams, working, holidays, (first, seen_last))
    made = {rota: rota_of(lookup, rota, said) for rota, said in rotas.items()}
    clocks = {rota: office(one, library.calendar, first, seen_last) for rota, one in made.items()}
    paths = Paths(
        lookup.workflows, {said: one.role for said, one in staffed.items()}, {said: clocks[one.rota] for said, one in staffed.items()},
        working, frozenset(said for said, one in staffed.items() if any(made[one.rota].week[5:])), teams,
        {said: one.staff for said, one in staffed.items()},
    )  # fmt: skip
    jobs = [job for job in map(paths.job, kinds(seen)) if job]
    if not jobs:
        message = "says nothing of what was done about what came: nothing of it ends."
        raise InputError([Fault(name, "", "no-work", message, "Name a log that has what was decided, too.")])
    inferred = efforts([job.kind for job in jobs], {job.kind.name: job.is_quick for job in jobs}, teams, paths.offices)
    for job in jobs:
        job.effort = inferred[job.kind.name]
    _bounded(jobs, paths, {said: 1 - one.absence for said, one in staffed.items()})
    title = f"{Path(name).stem}, calibrated"
    local = tuple(one.file for one in library.locals)
    cautions = [*left_out, *paths.left_out]
    return Model(
        title, starts, ends, seen, flows, how_it_fits(flows), priorities, staffed, rotas, paths, jobs, local, cautions
    )


def _bounded(jobs: Sequence[Job], paths: Paths, there: Mapping[str, float]) -> None:
    """Efforts that are guesses made so small that each team can do its work."""
    work: dict[tuple[str, bool], float] = defaultdict(float)
    for job in jobs:
        assert job.effort is not None
        work[job.team, job.is_quick] += job.effort.mean * len(job.kind.done)
    for job in jobs:
        most = paths.people[job.team] * there[job.team] * float(paths.offices[job.team].before[-1])
        by = bounded(work[job.team, True], work[job.team, False], most) if most and not job.is_quick else 1.0
        if by < 1 and job.effort is not None:
            job.effort = attrs.evolve(
                job.effort.scaled(by), why=f"{job.effort.why}, made {by:.2f} of that so that the team can do its work"
            )


def _days(seen: Seen) -> int:
    first, last = arrivals.window(seen)
    return last - first + 1


def _out_of_force(seen: Seen, workflows: Mapping[str, Workflow], name: str) -> list[str]:
    """Leave out what came and no edition in force begins any more, and say so.

    Raises:
        InputError: nothing else came.
    """
    old = Counter(one.event for one in seen.arrivals if not _begins(one.event, workflows))
    if len(old) and sum(old.values()) == len(seen.arrivals):
        message = f"has nothing that may still begin by itself: {', '.join(sorted(old))} is of no workflow in force."
        raise InputError([Fault(name, "", "no-arrivals", message, "Name a log of the years of these workflows.")])
    seen.arrivals = [one for one in seen.arrivals if one.event not in old]
    return [
        f"{event} is left out, which came {count(n, 'time')}: no workflow in force begins with it."
        for event, n in sorted(old.items())
    ]


def _begins(event: str, workflows: Mapping[str, Workflow]) -> bool:
    w, _, t = event.partition(".")
    return w in workflows and workflows[w].opens_with == t and not workflows[w].after


def _priorities(seen: Seen) -> dict[str, str]:
    """The name of each priority, that which is dealt with soonest first; those of which there are few are as the last."""
    many = Counter(one.priority for one in seen.arrivals if one.priority)
    first = {one.event.partition(".")[0] for one in seen.arrivals}
    waits: dict[str, list[int]] = defaultdict(list)
    for piece in seen.pieces:
        if piece.place.partition(".")[0] in first and piece.by:
            waits[piece.priority].append(piece.until - piece.since)
    common = [one for one, n in many.most_common(_PRIORITIES) if waits[one]]
    ordered = sorted(common, key=lambda one: (fmean(waits[one]), one))
    found = {one: named(one, "priority") for one in ordered}
    return (
        found if len(set(found.values())) == len(found) else {one: f"priority_{i + 1}" for i, one in enumerate(ordered)}
    )


def _notes(audit: Audit, seen: Seen, model: Model) -> list[str]:
    notes = [
        f"Made of {len(seen.records):,} events, {len(seen.arrivals):,} of which began something, in {_days(seen):,} days. {model.fit.sentence()}",
        "Effort is never seen in a log: it is inferred from when the same person finished one piece of work and the next. Work that leaves no record is not in it.",
    ]
    faulty = int((audit.folded.rows["faults"] != 0).sum())
    if faulty:
        notes.append(
            f"{plural(faulty, 'illegal step is', 'illegal steps are')} in the log, taken as recorded; the simulated desk makes none."
        )
    if audit.source.unread:
        notes.append(audit.source.unread)
    if seen.unknown:
        notes.append(f"{plural(seen.unknown, 'event of a name', 'events of names')} that no workflow has: left out.")
    if seen.loose:
        notes.append(
            f"{plural(seen.loose, 'episode begins', 'episodes begin')} in the middle, as what came before is not in the log: how that began is not counted."
        )
    return notes
