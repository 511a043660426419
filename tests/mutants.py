"""Small wrongs, one at a time: each alters one fact of the declarations, the calendar, the tables or the kernel.

    with MUTANTS["a deadline is late on its due day"].altered() as library:
        ...     # audits of this library now go wrong

A mutant names its killer: the number of a generated log on which the audit then differs from the oracle, or a property
of frontdoor.testing. `test_mutants` holds every one of them to it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import attrs

from frontdoor import counting, fast, kernel, verdict
from frontdoor.guidance import Composed
from frontdoor.library import Library, load
from frontdoor.replay import columns
from frontdoor.timescale import Timescale
from frontdoor.workflow import Timer, Transition, Workflow
from frontdoor.working_days import Calendar


class Mutant(NamedTuple):
    """How to alter what is there, and what notices."""

    name: str
    altered: Callable[[], Any]
    """A context manager that gives the library to audit with."""
    killer: int | str
    """The number of a generated log that the oracle then tells, or the name of a property."""


@cache
def sound() -> Library:
    """The shipped library with the overlay that the oracle knows."""
    return load(local=["london_mash"])


def _of_library(alter: Callable[[Library], Library]) -> Callable[[], Any]:
    @contextmanager
    def altered() -> Iterator[Library]:
        yield alter(sound())

    return altered


def _of_workflow(name: str, alter: Callable[[Workflow], Workflow]) -> Callable[[], Any]:
    def composed(one: Composed) -> Composed:
        return attrs.evolve(one, workflows={**one.workflows, name: alter(one.workflows[name])})

    return _of_library(
        lambda library: attrs.evolve(library, composed={name: composed(one) for name, one in library.composed.items()})
    )


def move(path: str, **fields: Any) -> Callable[[], Any]:
    """A transition with other fields: move("referral.accept", to="closed")."""
    workflow, name = path.split(".")

    def alter(flow: Workflow) -> Workflow:
        changed: Transition = attrs.evolve(flow.transitions[name], **fields)
        assert changed != flow.transitions[name], f"{path} is so already"
        return attrs.evolve(flow, transitions={**flow.transitions, name: changed})

    return _of_workflow(workflow, alter)


def timer(path: str, **fields: Any) -> Callable[[], Any]:
    """A timer with other fields, in every edition that has it; `allowed` only where it has a length."""
    workflow, name = path.split(".")

    def alter(flow: Workflow) -> Workflow:
        if name not in flow.timers:
            return flow
        old: Timer = flow.timers[name]
        fresh = {key: value for key, value in fields.items() if key != "allowed" or old.allowed}
        return attrs.evolve(flow, timers={**flow.timers, name: attrs.evolve(old, **fresh)})

    return _of_workflow(workflow, alter)


def flow(name: str, **fields: Any) -> Callable[[], Any]:
    """A workflow with other fields."""
    return _of_workflow(name, lambda old: attrs.evolve(old, **fields))


def state(path: str, **fields: Any) -> Callable[[], Any]:
    """A state with other fields."""
    workflow, name = path.split(".")
    return _of_workflow(
        workflow, lambda old: attrs.evolve(old, states={**old.states, name: attrs.evolve(old.states[name], **fields)})
    )


def starts(number: int, day: date) -> Callable[[], Any]:
    """An edition in force from another day."""
    return _of_library(
        lambda library: attrs.evolve(
            library, starts=tuple(day if n == number else old for n, old in enumerate(library.starts))
        )
    )


def calendar(alter: Callable[[Calendar], Calendar]) -> Callable[[], Any]:
    """Another calendar."""
    return _of_library(lambda library: attrs.evolve(library, calendar=alter(library.calendar)))


def without(day: date) -> Callable[[], Any]:
    """A bank holiday forgotten."""
    return calendar(lambda old: attrs.evolve(old, holidays={d: name for d, name in old.holidays.items() if d != day}))


def closed(day: date) -> Callable[[], Any]:
    """A day closed that was none."""
    return calendar(lambda old: old.with_closures({day: "nothing"}))


_SOURCES = (counting, verdict, kernel)


def source(old: str, new: str) -> Callable[[], Any]:
    """The kernel, or the verdict and the counting that it rests on, with one piece of its text altered."""

    @contextmanager
    def altered() -> Iterator[Library]:
        texts = [Path(str(module.__file__)).read_text(encoding="utf-8") for module in _SOURCES]
        found = sum(text.count(old) for text in texts)
        assert found == 1, f"{old!r} stands {found} times in the kernel, the verdict and the counting"
        made = [ModuleType(module.__name__) for module in _SOURCES]
        below: dict[str, Any] = {}
        for module, text in zip(made, texts, strict=True):
            exec(compile(text.replace(old, new), f"a mutant of {module.__name__}", "exec"), vars(module))
            vars(module).update(below)  # what it imports by name must be the altered one, too
            below |= {name: value for name, value in vars(module).items() if name[0] != "_"}
        _, verd, kern = made
        right = fast.interpreted
        fast.interpreted = fast.Kernel(kern.fold, verd.judge_all, False, kern.step)
        try:
            yield sound()
        finally:
            fast.interpreted = right

    return altered


def table(field: str, alter: Callable[[list[int]], list[int]]) -> Callable[[], Any]:
    """One of the compiled tables altered."""

    @contextmanager
    def altered() -> Iterator[Library]:
        right = columns.compiled_for

        def one(compiled: Any) -> Any:
            values = alter(list(getattr(compiled.rules, field)))
            return attrs.evolve(compiled, rules=compiled.rules._replace(**{field: values}))

        def wrong(*given: Any) -> Any:
            return tuple(map(one, right(*given)))

        columns.compiled_for = wrong
        try:
            yield sound()
        finally:
            columns.compiled_for = right

    return altered


class _OffByOne(Calendar):
    def add(self, day: date, working_days: int) -> date:
        return super().add(day, working_days + 1)


class _Inclusive(Calendar):
    def count(self, after: date, to: date) -> int:
        return super().count(after, to) + self.is_working(after)


def _as(kind: type[Calendar]) -> Callable[[Calendar], Calendar]:
    return lambda old: kind(old.version, old.first, old.last, old.holidays, old.closures)


_days = Timescale.parse
_ALTERED: dict[str, tuple[Callable[[], Any], int | str]] = {
    # what the files declare
    "a contact may be screened in two working days": (timer("contact.screening", allowed=_days("2 working days")), 0),
    "a MASH outcome may take two working days": (timer("mash.outcome", allowed=_days("2 working days")), 4),
    "a referral is decided in 24 hours": (timer("referral.decision", allowed=_days("24 hours")), 0),
    "a referral is decided in one day": (timer("referral.decision", allowed=_days("1 day")), 0),
    "a referral's decision is local": (timer("referral.decision", basis="local"), 0),
    "feedback in 4 working days": (timer("referral.feedback", allowed=_days("4 working days")), 0),
    "feedback counts from the referral": (timer("referral.feedback", counts_from=["receive"]), 0),
    "feedback counts from the latest decision": (timer("referral.feedback", counts_from=["signpost", "accept"]), 8),
    "acknowledged by feeding back": (timer("referral.acknowledgement", until=["feed_back"]), 0),
    "an initial assessment is met by terminating": (timer("initial_assessment.completion", met_by=[]), 4),
    "an initial assessment counts from its start": (timer("initial_assessment.completion", counts_from=["start"]), 3),
    "a core assessment of 36 working days": (timer("core_assessment.completion", allowed=_days("36 working days")), 4),
    "a single assessment of 9 weeks": (timer("single_assessment.completion", allowed=_days("9 weeks")), 0),
    "a single assessment counts from its start first": (
        timer("single_assessment.completion", counts_from=["start", "referral.receive"]),
        0,
    ),
    "an assessment's clock stops at submission": (timer("single_assessment.completion", runs_in=["under_way"]), 0),
    "enquiries of 14 working days": (timer("section_47.outcome", allowed=_days("14 working days")), 1),
    "a conference counts from its request": (timer("conference.hold", counts_from=["request"]), 2),
    "a conference counts from any discussion": (
        timer("conference.hold", counts_from=["section_47.discuss", "request"]),
        2,
    ),
    "a cancelled conference was held": (timer("conference.hold", met_by=[]), 22),
    "a transfer conference is statutory": (timer("transfer_in_conference.hold", basis="statutory"), 0),
    "red in 3 hours": (timer("mash.red", allowed=_days("3 hours")), 8),
    "amber runs in red too": (timer("mash.amber", runs_in=["amber", "red"]), 42),
    "green in 1 day": (timer("mash.green", allowed=_days("1 day")), 8),
    "a contact that is joined is referred": (move("contact.join", to="received"), 24),
    "a MASH enquiry may be closed from triage": (move("mash.close", from_=["triage", "red", "amber", "green"]), 65),
    "accepting a referral leaves it where it is": (move("referral.accept", to=None), 0),
    "a manager may not accept a referral": (move("referral.accept", by=["social_worker", "edt_officer"]), 4),
    "signposting needs no service": (move("referral.signpost", needs=["rationale"]), 19),
    "a machine may not receive a referral": (move("referral.receive", by=[]), 4),
    "a referral may be closed over open work": (move("referral.close", not_while_open=[]), 2),
    "a referral waits for transfers too": (
        move("referral.close", not_while_open=["single_assessment", "section_47", "conference"]),
        35,
    ),
    "who submits may sign off": (move("single_assessment.sign_off", not_by=None), 51),
    "who sees the child may not sign off": (move("initial_assessment.sign_off", not_by="see_child"), 4),
    "edt officers may submit": (move("single_assessment.submit", by=["social_worker", "edt_officer"]), 81),
    "returned work stays submitted": (move("single_assessment.return_for_work", to=None), 38),
    "enquiries come after nothing": (flow("section_47", after=[]), 10),
    "a referral comes after a contact only": (flow("referral", after=["contact.refer"]), 4),
    "an accepted referral is closed": (state("referral.accepted", final=True), 8),
    "a signposted referral is open": (state("referral.signposted", final=False), 49),
    # when and what counts
    "the 2010 edition a day late": (starts(1, date(2010, 3, 18)), 10),
    "the 2013 edition a day early": (starts(2, date(2013, 4, 14)), 33),
    "the 2026 edition a day late": (starts(6, date(2026, 3, 19)), 148),
    "Good Friday 2006 is a working day": (without(date(2006, 4, 14)), 23),
    "Boxing Day 2016 is a working day": (without(date(2016, 12, 26)), 8),
    "the state funeral of 2022 is a working day": (without(date(2022, 9, 19)), 8),
    "the substitute day of 2021 is a working day": (without(date(2021, 12, 28)), 8),
    "Maundy Thursday 2013 is closed": (closed(date(2013, 3, 28)), 0),
    "a Monday in 2010 is closed": (closed(date(2010, 3, 15)), 0),
    "holidays are known to 2029": (
        calendar(
            lambda old: attrs.evolve(
                old, last=2029, holidays={day: name for day, name in old.holidays.items() if day.year < 2030}
            )
        ),
        8,
    ),
    "adding counts one day too many": (calendar(_as(_OffByOne)), "working_days_add_up"),
    "counting includes the first day": (calendar(_as(_Inclusive)), "working_days_add_up"),
    # what the kernel does
    "a deadline is late on its due day": (source("if soonest > last:", "if soonest >= last:"), 2),
    "what may be late is late": (source("if latest > first:", "if latest < first:"), 0),
    "over counts from the day before": (
        source("working_days_between(rules, last, soonest)", "working_days_between(rules, last - 1, soonest)"),
        0,
    ),
    "the due day comes a working day early": (source("rules.worked[i] + n - 1", "rules.worked[i] + n - 2"), 0),
    "hours of 61 minutes": (source("HOUR = 3_600_000_000", "HOUR = 3_660_000_000"), 8),
    "coming back does not resume": (
        source("elif runs and book.stopped[d] >= 0:", "elif runs and book.stopped[d] > row:"),
        "clocks_stop_as_declared",
    ),
    "every later feedback stops it again": (
        source("rules.until[z] & bit and book.stopped[d] < 0", "rules.until[z] & bit"),
        10,
    ),
    "a referral counts for two assessments": (source("book.claimant[claim] < e", "book.claimant[claim] < 0"), 2),
    "a later referral counts too": (
        source("book.opened[f] > book.opened[e]:\n                f", "book.opened[f] < 0:\n                f"),
        106,
    ),
    "after-close is applied": (
        source("faults |= AFTER_CLOSE\n            applies = False", "faults |= AFTER_CLOSE"),
        0,
    ),
    "an illegal transition changes nothing": (
        source(
            "        else:\n            faults |= ILLEGAL",
            "        else:\n            faults |= ILLEGAL\n            applies = False",
        ),
        0,
    ),
    "a role not given is wrong": (source("if role >= 0 and not", "if role >= -1 and not"), 0),
    "nobody is the same person as nobody": (source("and events.actor[row] >= 0", ""), 2),
    "recorded on the next working day is late": (source("and recorded > next_day", "and recorded >= next_day"), 2),
    "an overlap is not seen": (source("faults |= OVERLAP", "faults |= 0"), 0),
    "the latest episode is meant, though another is open": (
        source("e = book.newest[book.tally[8] + w]\n    if e < 0:", "e = -1\n    if e < 0:"),
        16,
    ),
    "a case knows what happened in the case before": (source("    book.tally[5] = 0\n", "    pass\n"), 27),
    "what is open stays open in the next case": (source("    book.tally[6] = 0\n", "    pass\n"), 19),
    "a refused event opens an episode": (
        source("if faults and not believe:", "if faults and not believe and not opens:"),
        "interpreted_is_compiled",
    ),
    "judging moves a deadline": (
        source(
            "    if stop < 0:\n        if (rules.blind[z]",
            "    if stop < 0:\n        book.stopped[d] = len(events.day) - 1\n        if (rules.blind[z]",
        ),
        "judging_changes_nothing",
    ),
    "what a log binds an episode to is passed over": (
        source("edition = events.bound[row]\n", "edition = UNBOUND\n"),
        "bound_episodes_keep_their_library",
    ),
    # what the tables say
    "weekends are working days": (
        table("working", lambda days: list(range(days[0], days[0] + len(days)))),
        "every_deadline_has_one_status",
    ),
    "every length is doubled": (
        table("length", lambda lengths: [2 * n for n in lengths]),
        "every_deadline_has_one_status",
    ),
    "no state is final": (table("final", lambda bits: [0] * len(bits)), "states_are_declared"),
    "a transition leads to the first state": (
        table("to", lambda to: [0 if n > 0 else n for n in to]),
        "states_are_declared",
    ),
    "anything may be done from the first state": (
        table("frm", lambda bits: [n | 1 for n in bits]),
        "states_are_declared",
    ),
    "there is a length before any edition": (
        table("early", lambda early: [0] * len(early)),
        "every_deadline_has_one_status",
    ),
    "every edition says what the last one numbered says": (
        table("table", lambda tables: tables[:1] + tables[-1:] * (len(tables) - 1)),
        "bound_episodes_keep_their_library",
    ),
    "every edition starts a year late": (
        table("starts", lambda days: [day + 365 for day in days]),
        "states_are_declared",
    ),
}

MUTANTS = {name: Mutant(name, altered, killer) for name, (altered, killer) in _ALTERED.items()}
