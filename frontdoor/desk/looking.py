"""Looking at a log through a desk: a case as it stands or stood, how its due dates were counted, and making all again."""

from __future__ import annotations

__all__ = ["astray", "case", "date_anew", "episode_of", "explanations", "rebuild"]

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from frontdoor.case import Case, Episode, Finding
from frontdoor.desk import entry as entries
from frontdoor.desk import recording, views
from frontdoor.desk.folding import Folding
from frontdoor.desk.known import Known
from frontdoor.errors import UnknownCase, UnknownWorkflow
from frontdoor.event import Event, effective
from frontdoor.explanation import Explanation
from frontdoor.keeping import restore
from frontdoor.kernel import FAULTS
from frontdoor.moment import bounds, instant

if TYPE_CHECKING:
    from frontdoor.desk.desk import Desk
    from frontdoor.desk.workings import Workings
    from frontdoor.log import Reading
    from frontdoor.log.standing import Standing

_BATCH = 500
"""Cases that are made again in one transaction."""
_TRIES = 3


def case(desk: Desk, case_id: str, as_at: datetime | None) -> Case:
    """A case as it stands, or stood at a moment."""
    known, now = desk.known(case_id), desk.clock.now() if as_at is None else entries.moment(as_at)
    facts, folding = _folded(known, as_at)
    raised = {event.event_id: event for event in known.events}
    rows = [row for row in known.raised.values() if row.late_from <= instant(now)]
    return Case(
        case_id, known.head.version, now,
        tuple(views.episode(folding, e) for e in folding.episodes),
        tuple(views.deadline(folding, one) for one in folding.judged(now)),
        tuple(views.breach(raised[row.breach], row) for row in rows),
        tuple(_findings(facts, folding)), known.events,
        tuple(facts[place] for place in folding.place_of),
    )  # fmt: skip


def explanations(desk: Desk, case_id: str, timer: str, as_at: datetime | None) -> list[Explanation]:
    """Every deadline of a timer in a case, in words."""
    _, folding = _folded(desk.known(case_id), as_at)
    timers = folding.compiled.timers
    if timer not in timers:
        raise UnknownWorkflow("timer", timer, timers)
    judged = folding.judged(desk.clock.now() if as_at is None else entries.moment(as_at))
    found = [one for one in judged if timers[one.timer] == timer]
    if not found:
        there = ", ".join(dict.fromkeys(timers[one.timer] for one in judged)) or "none at all"
        raise UnknownCase(f"case {case_id!r} has no deadline of {timer}. It has: {there}.")
    return [views.explanation(folding, one) for one in found]


def episode_of(known: Known | None, event: Event) -> Episode | None:
    """The episode that an event changed, as it was before and after it; for the desk's own, as it stands."""
    if known is None:
        return None
    folding = known.folding
    for place, fact in enumerate(known.facts):
        if fact.event_id == event.event_id and folding.episode(place) >= 0:
            return views.episode(folding, folding.episode(place), place=place)
    if event.is_own:
        for e in folding.episodes:
            if folding.names[e] == event.episode and folding.workflow(e) == event.workflow:
                return views.episode(folding, e)
    return None


def rebuild(desk: Desk) -> list[str]:
    """Make all that stands beside the events again; the cases of which something else stood."""
    desk.fall_in_step()
    cases = _all_cases(desk)
    other: list[str] = []
    for start in range(0, len(cases), _BATCH):
        some = cases[start : start + _BATCH]
        with desk.log.writing(some) as log:
            stand = _standing(desk, log, some)
            other += [one.case_id for one in stand if log.standing(one.case_id) != one]
            log.stand(stand)
    return other


def astray(desk: Desk) -> list[str]:
    """The cases of which something else stands beside the events than `rebuild` would make. Nothing is written."""
    cases, other = _all_cases(desk), list[str]()
    for start in range(0, len(cases), _BATCH):
        some = cases[start : start + _BATCH]
        for _ in range(_TRIES):  # between two looks somebody may have recorded
            stand = _standing(desk, desk.log, some)
            some = [one.case_id for one in stand if desk.log.standing(one.case_id) != one]
        other += some
    return other


def _all_cases(desk: Desk) -> list[str]:
    """Every case that has events, or of which something stands."""
    stood = (
        [row.case_id for row in desk.log.episodes()],
        [row.case_id for row in desk.log.deadlines()],
        [row.case_id for row in desk.log.breaches()],
    )
    return list(dict.fromkeys([*desk.log.cases(), *(case_id for some in stood for case_id in some)]))


def _standing(desk: Desk, log: Reading, cases: Sequence[str]) -> list[Standing]:
    """What the events of some cases say that stands of each."""
    every = {case_id: tuple(log.events(case_id)) for case_id in cases}
    desk.learn(event.digest for events in every.values() for event in events)
    facts = [fact for events in every.values() for fact in effective(events)]
    raised = {case_id: views.breaches(events) for case_id, events in every.items()}
    return views.standing(Folding(desk.rulebook, facts), raised)


def _folded(known: Known, as_at: datetime | None) -> tuple[Sequence[Event], Folding]:
    """The facts of a case that had happened by a moment, folded."""
    if as_at is None:
        return known.facts, known.folding
    facts = [fact for fact in known.facts if bounds(fact.happened_at)[0] <= instant(as_at)]
    return facts, Folding(known.folding.rulebook, facts)


def _findings(facts: Sequence[Event], folding: Folding) -> Iterator[Finding]:
    for place in folding.place_of:
        for bit, rule in enumerate(FAULTS):
            if folding.faults(place) >> bit & 1:
                yield Finding(rule, facts[place].event_id, recording.fault_sentence(folding, place, rule))


def date_anew(desk: Workings) -> None:
    """Where the log has never been used with this desk's library, and was last used with another calendar: date every
    deadline by this one.

    A bank holiday that is proclaimed while a clock runs moves its due date; what stands beside the events must say so before
    anything is checked. It is done once for each library, however many desks then share the log.
    """
    mine, kept = desk.rulebook.kept, desk.log.libraries()
    if not kept or mine.digest in {digest for digest, _, _ in kept}:
        return
    digest, content, workflows = kept[-1]
    if restore(content, workflows, digest=digest).calendar != desk.library.calendar:
        cases = list(desk.log.cases())
        for start in range(0, len(cases), _BATCH):
            some = cases[start : start + _BATCH]
            with desk.session(some, in_step=False) as session:
                for case_id in some:
                    session.reconsider(case_id)
    with desk.log.writing() as log:
        log.keep_library(mine.digest, mine.content, mine.workflows, desk.clock.now())
