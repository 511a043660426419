"""Walking the workflows under all their editions, to write them as the tables of `rules`.

Editions that say the same share one table, of whichever library they are.
"""

from __future__ import annotations

__all__ = ["EVERYTHING", "Carries", "Tables"]

from collections.abc import Container, Iterable, Sequence, Sized
from datetime import date
from typing import Any

import attrs

from frontdoor.checking import MOST
from frontdoor.errors import Fault, InvalidWorkflow
from frontdoor.guidance import Composed
from frontdoor.moment import EPOCH, Happened
from frontdoor.rules import DAYS, HOURS, MONTHS, WORKING_DAYS, Rules
from frontdoor.timescale import Unit
from frontdoor.uniting import Numbered
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
    partial: frozenset[str] = frozenset()
    """Transitions that it has a place for, but holds of some period only: that one is missing tells nothing."""
    reach: Happened | None = None
    """The last moment it speaks of; None: it is judged to the moment that all is."""

    def holds(self, transition: str) -> bool:
        """Whether the format has a place for that qualified transition."""
        return self.transitions is None or transition in self.transitions

    def holds_every(self, transition: str) -> bool:
        """Whether that transition, had it happened, would be in it."""
        return self.holds(transition) and transition not in self.partial

    def holds_at_end(self, transition: str) -> bool:
        """Whether it would hold that transition to its last moment: of sources that were put together, one may end earlier."""
        return self.holds(transition)


EVERYTHING = Carries()


class Tables:
    """The numbers of names, and the tables made of them."""

    def __init__(self, editions: Sequence[Numbered], carries: Carries, occurring: Container[str] | None) -> None:
        self.library = editions[0].library
        self.editions, self.carries, self.occurring = editions, carries, occurring
        self.tables: list[Composed] = []
        self.table, self.early = [], []
        bare: list[tuple[bool, Any]] = []
        for one in self.editions:
            said = (one.edition is None, _bare(one.composed))
            if said not in bare:
                bare.append(said)
                self.tables.append(one.composed)
                self.early.append(int(one.edition is None))
            self.table.append(bare.index(said))
        self.workflows = tuple(self.editions[0].composed.workflows)
        self.members = {
            kind: {name: _union(getattr(one.workflows[name], kind) for one in self.tables) for name in self.workflows}
            for kind in ("states", "transitions", "timers")
        }
        self.transitions = [f"{w}.{t}" for w in self.workflows for t in self.members["transitions"][w]]
        self.numbers = {name: number for number, name in enumerate(self.transitions)}
        self.timers = [f"{w}.{k}" for w in self.workflows for k in self.members["timers"][w]]
        moves = [move for one in self.tables for w in one.workflows.values() for move in w.transitions.values()]
        self.roles = _union(w.roles for one in self.tables for w in one.workflows.values())
        self.details = {need: bit for bit, need in enumerate(dict.fromkeys(n for move in moves for n in move.needs))}
        marks = [after for one in self.tables for w in one.workflows.values() for after in w.after]
        self.marks = {name: 1 << bit for bit, name in enumerate(dict.fromkeys(marks))}
        self._fit()

    def _fit(self) -> None:
        """Each library fits its bits, or it would not have loaded; side by side they may not."""
        several: dict[str, Sized] = {
            "workflows": self.workflows, "roles": self.roles, "needed details": self.details, "transitions in after": self.marks,
        }  # fmt: skip
        for name in self.workflows:
            several |= {f"{kind} of {name}": self.members[kind][name] for kind in ("states", "transitions")}
        too_many = [
            Fault("workflows", "", "too-many", f"there are {len(names)} {what}, old and new; {MOST} are the most.")
            for what, names in several.items() if len(names) > MOST
        ]  # fmt: skip
        if too_many:
            raise InvalidWorkflow(too_many)

    def rules(self) -> Rules:
        """Walk the workflows once for what they share, and once a table for what editions change."""
        static = self._shared()
        by_table: dict[str, list[int]] = {name: [] for name in _BY_TABLE}
        for early, composed in zip(self.early, self.tables, strict=True):
            self._one_table(early, composed, by_table)
        by_table["anchors"].append(len(by_table["anchor"]))
        calendar = self.library.calendar
        working = [day - EPOCH for day in calendar.days]
        first_day = date(calendar.first, 1, 1).toordinal() - EPOCH
        last_day = date(calendar.last, 12, 31).toordinal() - EPOCH
        worked, place = [], 0
        for day in range(first_day, last_day + 1):
            place += place < len(working) and working[place] == day
            worked.append(place)
        return Rules(
            sizes=[
                len(self.transitions), len(self.workflows), len(self.timers), len(self.editions) - 1,
                max(static["slots"], default=0), max(static["uses"], default=0),
            ],
            logged=int(self.carries.logged), starts=[start.toordinal() - EPOCH for start in self.library.starts],
            table=self.table, early=self.early, **static, **by_table, first_day=first_day, worked=worked, working=working,
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
        slot, slots, told = dict.fromkeys(self.transitions, -1), [], []
        opening = dict.fromkeys(self.transitions, 0)
        for name in self.workflows:
            opens = [f"{name}.{one.workflows[name].opens_with}" for one in self.tables]
            opening |= dict.fromkeys(opens, 1)
            told.append(int(self.carries.holds_every(opens[0])))
            mine = _union([opens, (t for t in self._of(name) if t in watched)])
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
            "opens": list(opening.values()),
            "place": list(self.place.values()),
            "mark": [self.marks.get(t, 0) for t in self.transitions],
            "feeds": list(feeds.values()),
            "told": told,
            "slots": slots,
            "uses": uses,
            "timers": timers,
        }

    def _one_table(self, early: int, composed: Composed, out: dict[str, list[int]]) -> None:
        for name in self.workflows:
            workflow = composed.workflows[name]
            states = self.members["states"][name]
            self._moves(name, workflow, states, out)
            out["known"].append(int(early or name in composed.has))
            out["opener"].append(self.numbers[f"{name}.{workflow.opens_with}"])
            out["init"].append(states.index(workflow.initial))
            finals = {s.name for s in workflow.states.values() if s.final}
            out["final"].append(_bits(states.index(s) for s in finals))
            onward = _onward(workflow, self._unseen(workflow))
            out["ended"].append(_bits(states.index(s) for s in workflow.states if onward[s] & finals))
            out["after"].append(self._after(workflow))
            for timer in self.members["timers"][name]:
                present = name in composed.has and timer in workflow.timers
                on = bool(early) or (present and workflow.timers[timer].allowed is not None)
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
        carried = all(self.carries.holds_every(after) for after in workflow.after)
        return sum(self.marks[after] for after in set(workflow.after)) if occurs and carried else 0

    def _timer(self, name: str, workflow: Workflow, timer: Timer | None, on: bool, out: dict[str, list[int]]) -> None:
        states = self.members["states"][name]
        timer = timer or Timer("")
        anchors = [self._qualified(name, a) for a in timer.counts_from]
        own = [a for a in anchors if a.split(".")[0] == name]
        allowed, then = timer.allowed, timer.then or timer.allowed
        out["on"].append(int(on and bool(anchors)))
        out["counts"].append(_bits(self.place[a] for a in own))
        out["runs"].append(_bits(states.index(s) for s in timer.runs_in))
        out["until"].append(_bits(self.place[f"{name}.{t}"] for t in timer.until))
        out["met"].append(_bits(self.place[f"{name}.{t}"] for t in (timer.met_by or timer.until)))
        out["latest"].append(int(timer.anchor == "latest"))
        out["blind"].append(_stops_unseen(workflow, timer, states, self._unseen(workflow)))
        at_end = [t for t in workflow.transitions if not self.carries.holds_at_end(f"{workflow.name}.{t}")]
        out["silent"].append(_stops_unseen(workflow, timer, states, at_end))
        out["own_opening"].append(int(bool(anchors) and anchors[-1] == f"{name}.{workflow.opens_with}"))
        for length, unit, scale in (("length", "unit", allowed), ("then", "then_unit", then)):
            code, days = _UNITS[scale.unit] if scale else (DAYS, 1)
            out[length].append(scale.count * days if scale else 0)
            out[unit].append(code)
        out["anchors"].append(len(out["anchor"]))
        for place, a in enumerate(anchors):
            before = (one for one in anchors[:place] if one not in own)  # another workflow's, opened no later
            out["earlier"].append(int(any(not self.carries.holds_every(one) for one in before)))
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
    "frm", "leaves", "to", "roles", "needs", "not_by", "bars", "known", "opener", "init", "final", "ended", "after", "on", "counts",
    "runs", "until", "met", "latest", "blind", "silent", "own_opening", "length", "then", "unit", "then_unit", "anchors",
    "anchor", "earlier", "use",
)  # fmt: skip


def _bare(composed: Composed) -> Any:
    """What an edition says but for whom it cites: two that say the same share a table."""
    said: dict[str, Workflow] = {}
    for name, workflow in composed.workflows.items():
        timers: Any = {k: attrs.evolve(timer, cites="", grade="", title="") for k, timer in workflow.timers.items()}
        said[name] = attrs.evolve(workflow, timers=timers)
    return composed.has, said


def _union(several: Iterable[Iterable[str]]) -> list[str]:
    return list(dict.fromkeys(name for names in several for name in names))


def _bits(places: Iterable[int]) -> int:
    return sum(1 << place for place in set(places))


def _stops_unseen(workflow: Workflow, timer: Timer, states: Sequence[str], unseen: Sequence[str]) -> int:
    """The states, as bits, in which a timer may have been stopped by one of the unseen transitions."""
    if timer.until:
        return -1 if set(timer.until) & set(unseen) else 0
    onward = _onward(workflow, unseen)
    return _bits(states.index(s) for s in timer.runs_in if not onward[s] <= set(timer.runs_in))


def _onward(workflow: Workflow, unseen: Iterable[str]) -> dict[str, set[str]]:
    """From each state, those that transitions which the source cannot carry may have led to, itself included."""
    onward = {state: {state} for state in workflow.states}
    moves = [workflow.transitions[name] for name in unseen]
    for _ in workflow.states:
        for reached in onward.values():
            reached |= {move.to for move in moves if move.to and reached & set(move.from_)}
    return onward
