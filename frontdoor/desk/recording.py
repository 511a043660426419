"""Trying an event before it is recorded: it is folded among the facts of its case, where it happened, and looked at.

What the kernel finds wrong with it, or newly wrong with what was recorded already, is a reason to refuse it. What it
opens follows from it, as events of their own. Nothing is written here.
"""

from __future__ import annotations

__all__ = ["Trial", "correct", "fault_sentence", "named", "try_out"]

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import attrs

from frontdoor.desk.folding import Folding, times_of
from frontdoor.desk.known import Known
from frontdoor.errors import CalendarExhausted, Reason, Refused
from frontdoor.event import Draft, Event, is_given
from frontdoor.kernel import AFTER_CLOSE, FAULTS, RECORDED_LATE, SAME_PERSON, UNKNOWN, WRONG_ROLE
from frontdoor.moment import written
from frontdoor.sentences import sentence
from frontdoor.verdict import CALENDAR_ENDS

_BARS_FACTS = SAME_PERSON | UNKNOWN
_DEEPEST = 10
"""So many workflows may open one another from one event."""


@attrs.frozen
class Trial:
    """What recording an event would come to: the drafts to append, their case with them, and what speaks against it."""

    known: Known
    drafts: tuple[Draft, ...]
    """The event, and what it opens."""
    folding: Folding
    reasons: tuple[Reason, ...]

    @property
    def state(self) -> str:
        """The state of the episode that the event is meant for; empty where there is none yet."""
        place = len(self.known.facts)
        return self.folding.states(place)[0] or "" if self.folding.episode(place) >= 0 else ""

    @property
    def takes_another(self) -> bool:
        """Whether the event takes another person than one before it did, and so may not be nobody's."""
        draft, e = self.drafts[0], self.folding.episode(len(self.known.facts))
        if e < 0:
            return False
        workflow, _, name = draft.event.partition(".")
        declared = self.folding.compiled.composed(self.folding.book.edition[e]).workflows[workflow]
        return name in declared.transitions and declared.transitions[name].not_by is not None

    def within_calendar(self) -> None:
        """See that no deadline leaves the years that bank holidays are known for.

        Raises:
            CalendarExhausted: one does.
        """
        _within_calendar(self.known.folding, self.folding)


def try_out(known: Known, draft: Draft) -> Trial:
    """Fold the case with a draft, and with what it opens at the same moment, and look at what the kernel finds."""
    drafts, times = [draft], times_of(draft)
    folding = known.folding.and_then(draft, times)
    first = len(known.facts)
    for _ in range(_DEEPEST):
        opened = _opened_by(folding, [*known.facts, *drafts])
        if opened is None:
            break
        drafts.append(opened)
        folding = folding.and_then(opened, times)
    complete = tuple(named(folding, first + n, one) for n, one in enumerate(drafts))
    return Trial(known, complete, folding, tuple(_reasons(known, folding, drafts)))


def correct(known: Known, facts: Sequence[Event], correction: Draft, *, despite: bool) -> Folding:
    """Fold a case as a correction would leave it: `facts` are what would then stand.

    Raises:
        Refused: what was recorded would become illegal.
        CalendarExhausted: as for `try_out`.
    """
    folding = Folding(known.folding.rulebook, facts)
    before = {fact.event_id: known.folding.faults(place) for place, fact in enumerate(known.facts)}
    reasons = [
        reason
        for place, fact in enumerate(facts)
        for reason in _gained(folding, place, before.get(fact.event_id, 0), fact, of_new=False)
    ]
    if any(reason.bars_facts or not despite for reason in reasons):
        raise Refused(correction.case_id, correction.event, "", reasons)
    if not despite:
        _within_calendar(known.folding, folding)
    return folding


def _opened_by(folding: Folding, facts: Sequence[Draft]) -> Draft | None:
    """The event that opens the workflow which the last of the facts opens, or None."""
    place, fact = len(facts) - 1, facts[-1]
    faults, e = folding.faults(place), folding.episode(place)
    workflow, _, name = fact.event.partition(".")
    # What opens is bound to the edition of that day, so it is that edition which says what opens.
    day = folding.events.day[folding.row_of[place]]
    declared = folding.rulebook.workflow_on(workflow, day)
    if e < 0 or faults & (UNKNOWN | AFTER_CLOSE) or declared is None or name not in declared.transitions:
        return None
    if name == declared.opens_with and folding.book.opened[e] != folding.row_of[place]:
        return None  # one of that name has begun already
    opens = declared.transitions[name].opens
    other = folding.rulebook.workflow_on(opens, day) if opens else None
    if other is None:
        return None
    event = f"{other.name}.{other.opens_with}"
    return Draft(
        fact.case_id, event, fact.happened_at, fact.recorded_at, fact.actor, fact.role, "", fact.family or folding.opening(e).family,
        _inherited(folding, facts, other.transitions[other.opens_with].needs),
        str(uuid.uuid5(uuid.UUID(fact.event_id), f"opens {event}")), fact.event_id,
        folding.rulebook.digest_on(other.name, day),
    )  # fmt: skip


def _inherited(folding: Folding, facts: Sequence[Draft], needs: Sequence[str]) -> dict[str, Any]:
    """The details that an opening needs, from the last fact, which opens it, or from the nearest before it on its trail:
    the opening of its episode, what brought that about, and so on; as a referral's source is that of its contact."""
    places = {fact.event_id: place for place, fact in enumerate(facts)}
    found: dict[str, Any] = {}
    place: int | None = len(facts) - 1
    while place is not None:
        opening = folding.opening(folding.episode(place))
        for fact in (facts[place], opening):
            found |= {
                need: fact.details[need] for need in needs if need not in found and is_given(fact.details.get(need))
            }
        earlier = places.get(opening.cause)
        place = earlier if earlier is not None and earlier < place else None
    return found


def _reasons(known: Known, folding: Folding, drafts: Sequence[Draft]) -> Iterator[Reason]:
    first = len(known.facts)
    for n, draft in enumerate(drafts):
        # Who may not open it may not begin it either: that is said once.
        said = folding.faults(first) & WRONG_ROLE if n else 0
        yield from _gained(folding, first + n, said, draft, of_new=True, opened=n > 0)
    for place, fact in enumerate(known.facts):
        before = known.folding.faults(place)
        if folding.faults(place) & ~before:
            yield from _gained(folding, place, before, fact, of_new=False)


def _gained(
    folding: Folding, place: int, before: int, fact: Draft, *, of_new: bool, opened: bool = False
) -> Iterator[Reason]:
    """A reason for each fault of a fact that it did not have before. To be recorded late is no fault at a desk."""
    faults = folding.faults(place) & ~before & ~RECORDED_LATE
    for bit, rule in enumerate(FAULTS) if faults else ():
        if faults >> bit & 1:
            said = fault_sentence(folding, place, rule)
            if opened:
                said = f"It opens {fact.event}: {said}"
            elif not of_new:
                said = f"{fact.event} of {written(fact.happened_at)}, recorded already, would become {rule}: {said}"
            yield Reason(rule, said, "" if of_new else fact.event_id, bool((1 << bit) & _BARS_FACTS))


def fault_sentence(folding: Folding, place: int, rule: str) -> str:
    """What an audit says of a fault of the fact at a place."""
    row, e = folding.row_of[place], folding.episode(place)
    fact = folding.rows[row]
    transition = folding.events.transition[row]
    edition = folding.book.edition[e] if e >= 0 else -1
    return sentence(
        folding.compiled, rule, event=fact.event, transition=transition, edition=edition,
        found=folding.book.found[row], given=folding.events.given[row], given_role=fact.role,
        happened=written(fact.happened_at)[:10], recorded=written(fact.recorded_at)[:10],
    )  # fmt: skip


def _within_calendar(before: Folding, after: Folding) -> None:
    ended = [one for one in after.at_rest if one.why == CALENDAR_ENDS]
    if len(ended) > sum(one.why == CALENDAR_ENDS for one in before.at_rest):
        calendar = after.rulebook.library.calendar
        raise CalendarExhausted(calendar.first, calendar.last)


def named(folding: Folding, place: int, draft: Draft) -> Draft:
    """The draft with its episode's name, and the digest of the workflow that this is bound to."""
    e = folding.episode(place)
    if e < 0:
        return draft
    return Draft(
        draft.case_id, draft.event, draft.happened_at, draft.recorded_at, draft.actor, draft.role, folding.names[e], draft.family,
        draft.details, draft.event_id, draft.cause, folding.digests[e],
    )  # fmt: skip


def names_of(folding: Folding, drafts: Sequence[Draft]) -> list[tuple[str, str]]:
    """The name of the episode of each of the last facts of a folding, and the digest of the workflow that it is bound to."""
    of, rows = folding.book.episode, folding.row_of[len(folding.rows) - len(drafts) :]
    every = list(zip(folding.names, folding.digests, strict=True))
    return [
        every[of[row]] if of[row] >= 0 else (draft.episode, draft.digest)
        for draft, row in zip(drafts, rows, strict=True)
    ]
