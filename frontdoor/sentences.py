"""What is said of a fault or a deadline to a manager: what happened, what the rule is, which file and table it comes from.

Sentences are made from the kernel's codes and the declarations, after the fact; they decide nothing. A desk that refuses
and an audit that reports say the same of the same thing.
"""

from __future__ import annotations

__all__ = ["WHY", "Length", "length", "recorded_late", "sentence"]

from collections.abc import Callable
from typing import NamedTuple

from frontdoor.compiled import Compiled
from frontdoor.errors import did_you_mean
from frontdoor.timescale import Timescale
from frontdoor.verdict import BACKWARDS, BEFORE_IT, BETWEEN, CALENDAR_ENDS, ENDS_SOONER, NO_ANCHOR, NO_EDITION, UNSEEN
from frontdoor.workflow import Transition, Workflow

WHY = {
    NO_EDITION: "it opened before the first edition of the guidance that is known here",
    NO_ANCHOR: "the event it counts from is not in the record",
    CALENDAR_ENDS: "it leaves the years that bank holidays are known for",
    UNSEEN: "this source has no place for what would stop it",
    BETWEEN: "what it hangs on is known only to within a day or more, of which a part is in time and a part is not",
    BACKWARDS: "the record has it done before what it counts from, so one of the two dates is wrong",
    BEFORE_IT: "it may have begun with an event before, which this source does not hold",
    ENDS_SOONER: "the source that would tell of what stops it ends before the others, when it was not yet past due",
}
"""Why a deadline's status cannot be told, by the kernel's code."""


class Length(NamedTuple):
    """What a timer says under an edition."""

    timer: str
    """Qualified: 'referral.decision'."""
    guidance: str
    """The name of the edition; empty before the first."""
    scale: Timescale | None
    """How long it allows; None before the first edition."""
    basis: str
    cites: str
    """Its source, why an authority departs from the guidance, and the file and table that set how long."""
    title: str
    source: str = ""
    """What it cites and why an authority departs, without the file, which may lie elsewhere tomorrow."""
    allowed: int | None = None
    """The number of units."""
    unit: str = ""
    """'working days' and so on; empty where nothing is allowed."""


def length(compiled: Compiled, edition: int, timer: int, again: int) -> Length:
    """What a timer says under an edition, both by number; `again`: 1 for a deadline that is not the first of its clock."""
    qualified = compiled.timers[timer]
    workflow, _, name = qualified.partition(".")
    composed, guidance = compiled.composed(edition), compiled.guidance(edition)
    declared = composed.workflows[workflow].timers[name]
    title = declared.title or name
    if guidance is None:
        return Length(qualified, "", None, declared.basis, "no edition of the guidance was in force yet", title)
    departs = declared.departs and f"departs: {declared.departs}"
    origin = composed.origin(workflow, "timers", name, "allowed")
    source = "; ".join(part for part in (declared.source, departs) if part)
    cites = "; ".join(part for part in (source, str(origin)) if part)
    scale = (declared.then or declared.allowed) if again == 1 else declared.allowed
    allowed, unit = (scale.count, scale.unit.value) if scale else (None, "")
    return Length(qualified, guidance.name, scale, declared.basis, cites, title, source, allowed, unit)


class _Case(NamedTuple):
    """What a sentence is about: a transition as an edition declares it, and how it came."""

    compiled: Compiled
    workflow: Workflow
    move: Transition
    found: int
    given: int
    role: str

    @property
    def title(self) -> str:
        """The transition, for people."""
        return _title(self.move)

    @property
    def state(self) -> str:
        """The name of the state that it found."""
        return self.compiled.states[self.compiled.workflows.index(self.workflow.name)][self.found]

    @property
    def in_state(self) -> str:
        """That state, for people."""
        return f"'{self.workflow.states[self.state].title or self.state}'"


def sentence(
    compiled: Compiled,
    rule: str,
    *,
    event: str = "",
    transition: int = -1,
    edition: int = -1,
    found: int = -1,
    given: int = 0,
    given_role: str = "",
    happened: str = "",
    recorded: str = "",
) -> str:
    """What a fault of one event comes to, by the name that `kernel.FAULTS` gives the rule.

    `transition`, `edition` (that of its episode), `found` (the state it found) and `given` (its details, as bits) are the
    kernel's; `event`, `given_role` and the days it `happened` and was `recorded` are those of the record.
    """
    if rule == "recorded-late":
        return recorded_late(happened, recorded)
    if rule == "unknown-event":
        return _unknown(compiled, event)
    workflow_name, _, name = compiled.transitions[transition].partition(".")
    composed, guidance = compiled.composed(edition), compiled.guidance(edition)
    workflow = composed.workflows[workflow_name]
    if rule == "not-in-edition" and guidance:
        return f"{workflow.title} was opened under {guidance.name}, which does not have it ({guidance.file})."
    if name not in workflow.transitions:
        workflow = compiled.library.anywhere(workflow_name)
    said = _SENTENCES[rule](_Case(compiled, workflow, workflow.transitions[name], found, given, given_role))
    return said if rule == "overlap" else f"{said} ({composed.origin(workflow_name, 'transitions', name)})"


def recorded_late(happened: str, recorded: str) -> str:
    """What is said of an event that happened on one day and was recorded on another, too late; days as people write them."""
    when = f"Happened {happened} and was recorded {recorded}: later" if happened and recorded else "Was recorded later"
    return (
        f"{when} than the first working day after it happened "
        "(a measure of the audit's own; the guidance sets no figure)."
    )


def _unknown(compiled: Compiled, event: str) -> str:
    of, _, name = event.partition(".")
    here = [t for t in compiled.transitions if t.startswith(of + ".")]
    source = compiled.composed(-1).origin(of).file if here else "the workflow files"
    meant = did_you_mean(name if here else event, [t.partition(".")[2] for t in here] or compiled.transitions)
    if here and "mean" in meant:  # in full, to be copied
        meant = meant.replace("mean ", f"mean {of}.").replace(" or ", f" or {of}.")
    return f"There is no event {event!r} in {source}; nothing was applied.{meant}"


def _title(move: Transition) -> str:
    return f"'{move.title or move.name}'"


def _illegal(it: _Case) -> str:
    if it.move.name == it.workflow.opens_with:
        return f"{it.title} opens a new {it.workflow.title.lower()}, but one of that name has begun already; nothing was changed."
    allowed = " or ".join(f"'{it.workflow.states[state].title or state}'" for state in it.move.from_)
    instead = ", ".join(other.name for other in it.workflow.leaving(it.state)) or "nothing"
    said = f"{it.title} was recorded in {it.in_state}; it may be done only in {allowed}"
    return f"{said}. There may be done: {instead}."


def _after_close(it: _Case) -> str:
    return f"{it.title} was recorded after the {it.workflow.title.lower()} had ended in {it.in_state}; nothing was changed."


def _missing(it: _Case) -> str:
    carried = it.compiled.carries.details
    missing = [
        need for need in it.move.needs
        if (carried is None or need in carried) and not it.given >> it.compiled.details[need] & 1
    ]  # fmt: skip
    return f"{it.title} was recorded without {' and '.join(missing)}, which must be recorded with it."


def _wrong_role(it: _Case) -> str:
    meant = "" if it.role in it.compiled.roles else did_you_mean(it.role, it.compiled.roles)
    return f"{it.title} was done in the role of {it.role}; it may be done by {' or '.join(it.workflow.who(it.move))}.{meant}"


def _same(it: _Case) -> str:
    other = it.workflow.transitions[it.move.not_by or ""]
    return f"{it.title} was done by the person who did {_title(other)}; it takes another pair of eyes."


def _without(it: _Case) -> str:
    opens_with = it.workflow.opens_with
    if it.move.name != opens_with:
        return f"{it.title} was recorded, but not the {it.workflow.name}.{opens_with} that opens it; it is taken to begin here."
    before = " or ".join(it.workflow.after)
    return f"{it.title} was recorded, but nothing that must come before it in the case: {before}."


def _still_open(it: _Case) -> str:
    one_of = ", ".join(it.move.not_while_open)
    return f"{it.title} was recorded while work was open that must end first: one of {one_of}."


def _overlap(it: _Case) -> str:
    said = f"{it.title} opened a second {it.workflow.title.lower()} while another was open in the case"
    return f"{said} (a case has one at a time; a return counts no referral while one is open)."


_SENTENCES: dict[str, Callable[[_Case], str]] = {
    "illegal-transition": _illegal, "after-close": _after_close, "missing-detail": _missing, "wrong-role": _wrong_role,
    "same-person": _same, "opened-without": _without, "still-open": _still_open, "overlap": _overlap,
}  # fmt: skip
