"""The workflows of a library, under all their editions, as the integer tables that the kernel reads."""

from __future__ import annotations

__all__ = ["EVERYTHING", "Carries", "Compiled", "compile_rules"]

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import attrs

from frontdoor.guidance import Composed
from frontdoor.library import Library
from frontdoor.moment import EPOCH
from frontdoor.rules import DAYS, HOURS, MONTHS, WORKING_DAYS, Rules
from frontdoor.timescale import Unit
from frontdoor.workflow import Timer, Transition, Workflow

_UNITS = {Unit.HOURS: (HOURS, 1), Unit.WORKING_DAYS: (WORKING_DAYS, 1), Unit.DAYS: (DAYS, 1), Unit.WEEKS: (DAYS, 7), Unit.MONTHS: (MONTHS, 1)}  # fmt: skip


@attrs.frozen
class Carries:
    """What a source's format can hold. What it cannot is not held against it."""

    transitions: frozenset[str] | None = None
    """Qualified names; None: all."""
    roles: bool = True
    details: frozenset[str] | None = None
    """None: all."""
    logged: bool = True
    """Whether events were written down as they happened. Where dates are stated afterwards, as in a return, one that
    lies before what it should follow is a wrong date, and tells nothing of time."""

    def holds(self, transition: str) -> bool:
        """Whether the format has a place for that qualified transition."""
        return self.transitions is None or transition in self.transitions


EVERYTHING = Carries()


@attrs.frozen
class Compiled:
    """The tables, and the names behind their numbers."""

    rules: Rules
    library: Library
    carries: Carries
    workflows: tuple[str, ...]
    transitions: tuple[str, ...]
    """Qualified: 'referral.accept'."""
    timers: tuple[str, ...]
    """Qualified: 'referral.decision'."""
    states: tuple[tuple[str, ...], ...]
    roles: tuple[str, ...]
    details: Mapping[str, int]
    """The bit of each detail that some transition needs."""
    numbers: Mapping[str, int] = attrs.field(repr=False)
    """The number of each qualified transition."""

    def composed(self, edition: int) -> Composed:
        """The workflows that an edition's number (-1: before the first) stands for."""
        return self.library.composed[self.edition(edition) or None]

    def edition(self, edition: int) -> str:
        """The name of an edition by its number; empty before the first."""
        return self.library.editions[edition].name if edition >= 0 else ""


def compile_rules(library: Library, carries: Carries = EVERYTHING, occurring: Container[str] | None = None) -> Compiled:
    """The tables for a library, for events from a source that can carry `carries`.

    `occurring` are the workflows of which the input has any event: where none of those named in an `after` occurs, a
    source begins later in the journey, and is not at fault for that.
    """
    return _Compiler(library, carries, occurring).compile()


class _Compiler:
    def __init__(self, library: Library, carries: Carries, occurring: Container[str] | None) -> None:
        self.library, self.carries, self.occurring = library, carries, occurring
        editions: list[Composed] = [library.composed[None]]
        self.table = [0]
        for edition in library.editions:
            composed = library.composed[edition.name]
            alike = [i for i, other in enumerate(editions) if i and _alike(other, composed)]
            self.table.append(alike[0] if alike else len(editions))
            if not alike:
                editions.append(composed)
        self.tables = editions
        self.workflows = tuple(library.composed[None].workflows)
        self.members = {
            kind: {name: _union(getattr(one.workflows[name], kind) for one in editions) for name in self.workflows}
            for kind in ("states", "transitions", "timers")
        }
        self.transitions = [f"{w}.{t}" for w in self.workflows for t in self.members["transitions"][w]]
        self.numbers = {name: number for number, name in enumerate(self.transitions)}
        self.timers = [f"{w}.{k}" for w in self.workflows for k in self.members["timers"][w]]
        moves = [move for one in editions for w in one.workflows.values() for move in w.transitions.values()]
        self.roles = _union(w.roles for one in editions for w in one.workflows.values())
        self.details = {need: bit for bit, need in enumerate(dict.fromkeys(n for move in moves for n in move.needs))}
        marks = [after for one in editions for w in one.workflows.values() for after in w.after]
        self.marks = {name: 1 << bit for bit, name in enumerate(dict.fromkeys(marks))}

    def compile(self) -> Compiled:
        """Walk the workflows once for what they share, and once a table for what editions change."""
        static = self._shared()
        by_table: dict[str, list[int]] = {name: [] for name in _BY_TABLE}
        for number, composed in enumerate(self.tables):
            self._one_table(number, composed, by_table)
        by_table["anchors"].append(len(by_table["anchor"]))
        calendar = self.library.calendar
        working = [day - EPOCH for day in calendar.days]
        first_day = date(calendar.first, 1, 1).toordinal() - EPOCH
        last_day = date(calendar.last, 12, 31).toordinal() - EPOCH
        worked, place = [], 0
        for day in range(first_day, last_day + 1):
            place += place < len(working) and working[place] == day
            worked.append(place)
        rules = Rules(
            sizes=[
                len(self.transitions), len(self.workflows), len(self.timers), len(self.library.editions),
                max(static["slots"], default=0), max(static["uses"], default=0),
            ],
            starts=[start.toordinal() - EPOCH for start in self.library.starts],
            logged=int(self.carries.logged), table=self.table, **static, **by_table, first_day=first_day, worked=worked, working=working,
        )  # fmt: skip
        return Compiled(
            rules, self.library, self.carries, self.workflows, tuple(self.transitions), tuple(self.timers),
            tuple(tuple(self.members["states"][w]) for w in self.workflows), tuple(self.roles),
            self.details, self.numbers,
        )  # fmt: skip

    def _shared(self) -> dict[str, list[int]]:
        """What no edition changes: which transition belongs where, and who looks at it."""
        anchors = list(dict.fromkeys(
            (f"{name}.{timer.name}", self._qualified(name, a))
            for one in self.tables for name, w in one.workflows.items()
            for timer in w.timers.values() for a in timer.counts_from
        ))  # fmt: skip
        watched = {a for _, a in anchors} | {
            f"{name}.{move.not_by}"
            for one in self.tables for name, w in one.workflows.items() for move in w.transitions.values() if move.not_by
        }  # fmt: skip
        foreign = [(timer, a) for timer, a in anchors if timer.split(".")[0] != a.split(".")[0]]
        self.use: dict[tuple[str, str], int] = {}
        feeds, uses = dict.fromkeys(self.transitions, 0), []
        for name in self.workflows:
            here = [(timer, a) for timer, a in foreign if a.split(".")[0] == name]
            self.use |= {pair: number for number, pair in enumerate(here)}
            uses.append(len(here))
        for timer, a in foreign:
            feeds[a] |= 1 << self.workflows.index(timer.split(".")[0])
        slot, slots, opener = dict.fromkeys(self.transitions, -1), [], []
        for name in self.workflows:
            opens_with = f"{name}.{self.tables[0].workflows[name].opens_with}"
            opener.append(self.numbers[opens_with])
            mine = [opens_with, *(t for t in self._of(name) if t in watched and t != opens_with)]
            slot |= {t: number for number, t in enumerate(mine)}
            slots.append(len(mine))
        self.slot = slot
        self.place = {t: place for name in self.workflows for place, t in enumerate(self._of(name))}
        timers = [0]
        for name in self.workflows:
            timers.append(timers[-1] + len(self.members["timers"][name]))
        return {
            "wf": [self.workflows.index(t.split(".")[0]) for t in self.transitions],
            "slot": list(slot.values()),
            "place": list(self.place.values()),
            "mark": [self.marks.get(t, 0) for t in self.transitions],
            "feeds": list(feeds.values()),
            "opener": opener,
            "told": [int(self.carries.holds(self.transitions[t])) for t in opener],
            "slots": slots,
            "uses": uses,
            "timers": timers,
        }

    def _one_table(self, number: int, composed: Composed, out: dict[str, list[int]]) -> None:
        for name in self.workflows:
            workflow = composed.workflows[name]
            states = self.members["states"][name]
            self._moves(name, workflow, states, out)
            out["known"].append(int(name in composed.has))
            out["init"].append(states.index(workflow.initial))
            finals = {s.name for s in workflow.states.values() if s.final}
            out["final"].append(_bits(states.index(s) for s in finals))
            onward = _onward(workflow, self._unseen(workflow))
            out["ended"].append(_bits(states.index(s) for s in workflow.states if onward[s] & finals))
            out["after"].append(self._after(workflow))
            for timer in self.members["timers"][name]:
                present = name in composed.has and timer in workflow.timers
                on = number == 0 or (present and workflow.timers[timer].allowed is not None)
                self._timer(name, workflow, workflow.timers.get(timer), on, out)

    def _moves(self, name: str, workflow: Workflow, states: Sequence[str], out: dict[str, list[int]]) -> None:
        onward = _onward(workflow, self._unseen(workflow))
        for qualified in self._of(name):
            move = workflow.transitions.get(qualified.split(".")[1]) or Transition(qualified)
            leaves = set(move.from_)
            out["leaves"].append(_bits(states.index(s) for s in leaves))
            out["frm"].append(_bits(states.index(s) for s in workflow.states if onward[s] & leaves))
            out["to"].append(states.index(move.to) if move.to else -1)
            out["roles"].append(_bits(self.roles.index(role) for role in workflow.who(move)))
            carried = self.carries.details
            out["needs"].append(_bits(self.details[n] for n in move.needs if carried is None or n in carried))
            out["not_by"].append(self.slot[f"{name}.{move.not_by}"] if move.not_by else -1)
            out["bars"].append(_bits(self.workflows.index(w) for w in move.not_while_open))

    def _after(self, workflow: Workflow) -> int:
        before = {after.split(".")[0] for after in workflow.after}
        occurs = self.occurring is None or any(name in self.occurring for name in before)
        carried = all(self.carries.holds(after) for after in workflow.after)
        return sum(self.marks[after] for after in set(workflow.after)) if occurs and carried else 0

    def _timer(self, name: str, workflow: Workflow, timer: Timer | None, on: bool, out: dict[str, list[int]]) -> None:
        states = self.members["states"][name]
        timer = timer or Timer("")
        unseen = self._unseen(workflow)
        onward = _onward(workflow, unseen)
        anchors = [self._qualified(name, a) for a in timer.counts_from]
        own = [a for a in anchors if a.split(".")[0] == name]
        if timer.until:
            blind = -1 if set(timer.until) & set(unseen) else 0
        else:
            blind = _bits(states.index(s) for s in timer.runs_in if not onward[s] <= set(timer.runs_in))
        allowed, then = timer.allowed, timer.then or timer.allowed
        out["on"].append(int(on and bool(anchors)))
        out["counts"].append(_bits(self.place[a] for a in own))
        out["runs"].append(_bits(states.index(s) for s in timer.runs_in))
        out["until"].append(_bits(self.place[f"{name}.{t}"] for t in timer.until))
        out["met"].append(_bits(self.place[f"{name}.{t}"] for t in (timer.met_by or timer.until)))
        out["latest"].append(int(timer.anchor == "latest"))
        out["blind"].append(blind)
        out["own_opening"].append(int(bool(anchors) and anchors[-1] == f"{name}.{workflow.opens_with}"))
        for length, unit, scale in (("length", "unit", allowed), ("then", "then_unit", then)):
            code, days = _UNITS[scale.unit] if scale else (DAYS, 1)
            out[length].append(scale.count * days if scale else 0)
            out[unit].append(code)
        out["anchors"].append(len(out["anchor"]))
        for a in anchors:
            out["anchor"].append(self.numbers[a])
            out["use"].append(self.use[(f"{name}.{timer.name}", a)] if a not in own else -1)

    def _unseen(self, workflow: Workflow) -> list[str]:
        return [t for t in workflow.transitions if not self.carries.holds(f"{workflow.name}.{t}")]

    def _of(self, name: str) -> list[str]:
        return [f"{name}.{t}" for t in self.members["transitions"][name]]

    @staticmethod
    def _qualified(workflow: str, anchor: str) -> str:
        return anchor if "." in anchor else f"{workflow}.{anchor}"


_BY_TABLE = (
    "frm", "leaves", "to", "roles", "needs", "not_by", "bars", "known", "init", "final", "ended", "after", "on", "counts",
    "runs", "until", "met", "latest", "blind", "own_opening", "length", "then", "unit", "then_unit", "anchors",
    "anchor", "use",
)  # fmt: skip


def _alike(one: Composed, other: Composed) -> bool:
    """Whether two editions say the same but for whom they cite."""
    return one.has == other.has and all(_bare(one.workflows[w]) == _bare(other.workflows[w]) for w in one.workflows)


def _bare(workflow: Workflow) -> Workflow:
    timers: Any = {name: attrs.evolve(t, cites="", grade="", title="") for name, t in workflow.timers.items()}
    return attrs.evolve(workflow, timers=timers)


def _union(several: Iterable[Iterable[str]]) -> list[str]:
    return list(dict.fromkeys(name for names in several for name in names))


def _bits(places: Iterable[int]) -> int:
    return sum(1 << place for place in set(places))


def _onward(workflow: Workflow, unseen: Iterable[str]) -> dict[str, set[str]]:
    """From each state, those that transitions which the source cannot carry may have led to, itself included."""
    onward = {state: {state} for state in workflow.states}
    moves = [workflow.transitions[name] for name in unseen]
    for _ in workflow.states:
        for reached in onward.values():
            reached |= {move.to for move in moves if move.to and reached & set(move.from_)}
    return onward
