"""What may be done next in a case: every transition of its episodes and every opening is put to the kernel's step."""

from __future__ import annotations

__all__ = ["allowed"]

import uuid
from collections.abc import Iterator
from datetime import datetime

from frontdoor import kernel
from frontdoor.desk.folding import Folding
from frontdoor.desk.known import Known
from frontdoor.desk.recording import try_out
from frontdoor.errors import Allowed
from frontdoor.event import Draft
from frontdoor.kernel import WRONG_ROLE
from frontdoor.moment import bounds
from frontdoor.rows import NOBODYS_ROLE, UNBOUND
from frontdoor.workflow import Workflow


def allowed(known: Known, now: datetime) -> tuple[Allowed, ...]:
    """What may be done now, episode by episode in order of opening, then what may be opened."""
    question = Draft(known.case_id, "?", now, None, "", "", "", "", {}, str(uuid.UUID(int=0)))
    folding = Folding(known.folding.rulebook, [*known.facts, question])
    ask = _Question(folding, folding.row_of[-1])
    every = (*ask.within(), *ask.openings(now))
    return tuple(
        kept for one in every if (kept := _with_what_it_opens(known, one, now) if one.opens else one) is not None
    )


def _with_what_it_opens(known: Known, one: Allowed, now: datetime) -> Allowed | None:
    """The same for those who may also open what it opens, needing also what that needs and nothing before it includes; None
    where nobody may."""
    rulebook, today = known.folding.rulebook, bounds(now)[2]
    other = rulebook.workflow_on(one.opens or "", today)
    more = other.transitions[other.opens_with].needs if other is not None else ()
    by = (
        one.by
        if other is None
        else tuple(role for role in one.by if role in other.who(other.transitions[other.opens_with]))
    )
    for needs in dict.fromkeys((one.needs, tuple(dict.fromkeys((*one.needs, *more))))) if by else ():
        draft = Draft(
            known.case_id, one.event, now, None, "", by[0], one.episode, "", dict.fromkeys(needs, "said"), str(uuid.uuid4()), "",
            rulebook.digest_on(one.event.partition(".")[0], today),
        )  # fmt: skip
        if not try_out(known, draft).reasons:
            return one._replace(by=by, needs=needs)
    return None


class _Question:
    """A row that is put to the step as one event after another. It is asked in nobody's role and with all details, so
    that the one fault of what may be done is the role, and the book stays as it is."""

    def __init__(self, folding: Folding, row: int) -> None:
        self.folding, self.row = folding, row
        events = folding.events
        events.role[row], events.given[row], events.actor[row] = NOBODYS_ROLE, -1, -1  # type: ignore[index]

    def _may(self, event: str, label: int, bound: int) -> bool:
        folding, row = self.folding, self.row
        events = folding.events
        events.transition[row] = folding.compiled.numbers[event]  # type: ignore[index]
        events.label[row], events.bound[row] = label, bound  # type: ignore[index]
        return kernel.step(folding.rules, events, folding.book, row, False) == WRONG_ROLE

    def within(self) -> Iterator[Allowed]:
        """What may be done in the episodes that there are."""
        folding, book = self.folding, self.folding.book
        for e in folding.episodes:
            workflow = folding.compiled.composed(book.edition[e]).workflows[folding.workflow(e)]
            label = folding.events.label[book.opened[e]]
            for name in workflow.transitions:
                event = f"{workflow.name}.{name}"
                if name != workflow.opens_with and self._may(event, label, UNBOUND):
                    yield _allowed(workflow, name, folding.names[e], self._barred(workflow, name, e))

    def openings(self, now: datetime) -> Iterator[Allowed]:
        """What may be opened."""
        rulebook, today = self.folding.rulebook, bounds(now)[2]
        for name in rulebook.library.names():
            workflow = rulebook.workflow_on(name, today)
            if workflow is not None and self._may(f"{name}.{workflow.opens_with}", -1, UNBOUND):
                yield _allowed(workflow, workflow.opens_with, "", "")

    def _barred(self, workflow: Workflow, name: str, e: int) -> str:
        """Who may not do it, having done last what takes another pair of eyes."""
        folding = self.folding
        eyes = workflow.transitions[name].not_by
        if eyes is None:
            return ""
        number = folding.compiled.numbers[f"{workflow.name}.{eyes}"]
        last = folding.book.last[folding.book.slot0[e] + folding.rules.slot[number]]
        return folding.rows[last].actor if last >= 0 else ""


def _allowed(workflow: Workflow, name: str, episode: str, not_by: str) -> Allowed:
    move = workflow.transitions[name]
    return Allowed(
        f"{workflow.name}.{name}", move.title or name, episode, workflow.who(move), move.needs, move.opens, not_by
    )
