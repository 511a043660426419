"""A case as a desk knows it: every event, the facts as they stand, and what the kernel folds them to."""

from __future__ import annotations

__all__ = ["Known", "Shelf", "Together", "together"]

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence

import attrs

from frontdoor.desk.folding import Folding, Times, times_of
from frontdoor.desk.rulebook import Rulebook
from frontdoor.desk.views import breaches
from frontdoor.errors import LogTampered
from frontdoor.event import Draft, Event, effective
from frontdoor.log import Head, Reading
from frontdoor.log.keys import is_without
from frontdoor.log.shown import lacks_key
from frontdoor.log.standing import BreachRow


@attrs.frozen
class Known:
    """A case at one version of it."""

    case_id: str
    head: Head
    events: tuple[Event, ...]
    """All, in order of recording."""
    facts: tuple[Event, ...]
    """What people did, as it stands, in order of recording."""
    folding: Folding
    raised: Mapping[str, BreachRow]
    """Every breach that was raised in it, by the id of the event that did."""
    is_whole: bool = True
    """False where words of it were not read because the keys could not be asked, or have none of it: it is not kept at hand."""

    @classmethod
    def of(cls, case_id: str, head: Head, events: Sequence[Event], rulebook: Rulebook) -> Known:
        """The case that these events, read just now, are of."""
        facts = tuple(effective(events))
        is_whole = not is_without() and not any(lacks_key(event.details) for event in events)
        return cls(case_id, head, tuple(events), facts, Folding(rulebook, facts), breaches(events), is_whole)

    def and_then(self, events: Sequence[Event], folding: Folding) -> Known:
        """The case with events appended, none of which is a correction, and the folding that they were tried in."""
        facts = tuple(event for event in events if not event.is_own)
        folding.recorded(facts)
        head, every = Head(events[-1].version, events[-1].hash), (*self.events, *events)
        raised = self.raised if len(facts) == len(events) else breaches(every)
        return Known(self.case_id, head, every, (*self.facts, *facts), folding, raised, self.is_whole)


@attrs.frozen
class Together:
    """New facts of some cases, folded among what the log has of those cases."""

    new: tuple[Draft, ...]
    heads: Mapping[str, Head]
    """How far each of the cases had come."""
    known: tuple[Known, ...]
    """Those of the cases that had begun."""
    folding: Folding
    """Of the facts of those, and then of the new ones."""

    @property
    def first(self) -> int:
        """The place of the first new fact in the folding."""
        return sum(len(one.facts) for one in self.known)

    def holds(self, log: Reading, rulebook: Rulebook) -> bool:
        """Whether the log has moved on in none of the cases since, and nothing is counted otherwise."""
        return self.folding.rulebook is rulebook and log.heads(self.heads) == self.heads


def together(
    new: Sequence[Draft],
    log: Reading,
    known: Callable[[str], Known],
    rulebook: Callable[[], Rulebook],
    times: Iterable[Times] | None = None,
) -> Together:
    """Fold new facts of some cases among what a log has of them. `known` gives a case, from which a desk may learn of more
    workflows; its rulebook is asked for after that. `times` are those of the new facts, if they are known already."""
    heads = log.heads(dict.fromkeys(draft.case_id for draft in new))
    there = tuple(known(case_id) for case_id, head in heads.items() if head.version)
    before = [fact for one in there for fact in one.facts]
    every = [*map(times_of, before), *(map(times_of, new) if times is None else times)]
    return Together(tuple(new), heads, there, Folding(rulebook(), [*before, *new], every))


class Shelf:
    """Cases kept at hand, the least used put away first. A case is taken from here only while the log has not moved on."""

    def __init__(self, most: int = 500) -> None:
        self._most = most
        self._cases: OrderedDict[str, Known] = OrderedDict()

    def get(self, case_id: str, log: Reading, rulebook: Rulebook, *, placed: bool = False) -> tuple[Rulebook, Known]:
        """The case as the log has it, and the rulebook it was folded by: the one given, or where another desk with other
        workflows has recorded in the log since that was made, one that knows those too. With `placed` it is read again if its
        last event had no position yet when it was put here."""
        head = log.head(case_id)
        known = self._cases.get(case_id)
        is_behind = known is not None and placed and bool(known.events) and not known.events[-1].position
        if known is None or known.head != head or known.folding.rulebook is not rulebook or is_behind:
            events = tuple(log.events(case_id))
            if not all(rulebook.knows(event.digest) for event in events):
                rulebook = Rulebook.of(rulebook.library, log)
                if not all(rulebook.knows(event.digest) for event in events):
                    raise LogTampered(
                        f"{case_id} is bound to a workflow that the log does not keep: see what verify says."
                    )
            if events:  # somebody may have recorded between the two questions
                head = Head(events[-1].version, events[-1].hash)
            known = Known.of(case_id, head, events, rulebook)
        self.put(known)
        return rulebook, known

    def put(self, known: Known) -> None:
        """Keep a case at hand, if all that can be read of it was."""
        if not known.is_whole:
            self.drop(known.case_id)
            return
        self._cases[known.case_id] = known
        self._cases.move_to_end(known.case_id)
        if len(self._cases) > self._most:
            self._cases.popitem(last=False)

    def drop(self, case_id: str) -> None:
        """Put a case away, so that it is read anew."""
        self._cases.pop(case_id, None)

    def clear(self) -> None:
        """Put every case away."""
        self._cases.clear()
