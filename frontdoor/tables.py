"""Walking the workflows under all their editions, to write them as the tables of `rules`.

Editions that say the same share one table, of whichever library they are.
"""

from __future__ import annotations

__all__ = ["Tables"]

from collections.abc import Container, Iterable, Sequence, Sized
from datetime import date
from operator import sub
from typing import Any

import attrs

from frontdoor.carrying import Carries, Limits, Masks, Seen, Unseen, bits, masks
from frontdoor.checking import MOST
from frontdoor.errors import Fault, InvalidWorkflow
from frontdoor.guidance import Composed
from frontdoor.moment import EPOCH, bounds
from frontdoor.rules import DAYS, HOURS, MONTHS, WORKING_DAYS, Rules
from frontdoor.timescale import Unit
from frontdoor.uniting import Numbered
from frontdoor.workflow import Timer, Transition, Workflow

_UNITS = {Unit.HOURS: (HOURS, 1), Unit.WORKING_DAYS: (WORKING_DAYS, 1), Unit.DAYS: (DAYS, 1), Unit.WEEKS: (DAYS, 7), Unit.MONTHS: (MONTHS, 1)}  # fmt: skip


class Tables:
    """The numbers of names, and the tables made of them: what all sources share is walked once, and for each source that
    carries something else only the masks are made that differ."""

    def __init__(self, editions: Sequence[Numbered], occurring: Container[str] | None) -> None:
        self.library = editions[0].library
        self.editions, self.occurring = editions, occurring
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
        self._static, self._calendar = self._shared(), self._days()
        self._by_table: dict[str, Any] = {name: [] for name in _FIXED}
        self._needs: list[tuple[str, ...]] = []  # [table, transition]
        self._afters: list[tuple[str, ...]] = []  # [table, workflow]
        self._befores: list[tuple[str, ...]] = []  # [] as `anchor`
        for early, composed in zip(self.early, self.tables, strict=True):
            self._one_table(early, composed, self._by_table)
        self._by_table["anchors"].append(len(self._by_table["anchor"]))
        self._made: dict[Seen, Rules] = {}
        self._masks_of: dict[tuple[int, str, Unseen, Limits], Masks] = {}

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

    def rules(self, carries: Carries) -> Rules:
        """The tables for a source; of sources that carry the same the same ones."""
        seen = self._seen(carries)
        if seen not in self._made:
            self._made[seen] = self._rules(seen)
        return self._made[seen]

    def _seen(self, carries: Carries) -> Seen:
        lost = []
        for name in self.workflows:
            moves = self.members["transitions"][name]
            unseen = tuple(move for move in moves if not carries.holds(f"{name}.{move}"))
            ends = ((move, carries.told_to(f"{name}.{move}")) for move in moves if move not in unseen)
            lost.append((unseen, tuple((move, bounds(end)[1::2]) for move, end in ends if end is not None)))
        asked = dict.fromkeys([*self.openings, *(one for ones in (*self._afters, *self._befores) for one in ones)])
        return Seen(
            carries.logged,
            tuple(lost),
            frozenset(name for name in asked if carries.holds_every(name)),
            frozenset(need for need in self.details if carries.details is None or need in carries.details),
        )

    def _rules(self, seen: Seen) -> Rules:
        made = [
            self._masks(number, name, *lost) for number in range(len(self.tables))
            for name, lost in zip(self.workflows, seen.lost, strict=True)
        ]  # fmt: skip
        afters = [after if seen.every.issuperset(after) else () for after in self._afters]
        return Rules(
            logged=int(seen.logged), told=[int(opening in seen.every) for opening in self.openings],
            frm=[each for one in made for each in one.frm], ended=[one.ended for one in made], after=[sum(self.marks[one] for one in set(after)) for after in afters],
            needs=[bits(self.details[need] for need in needs if need in seen.details) for needs in self._needs],
            blind=[each for one in made for each in one.blind], told_to=[to for one in made for to, _ in one.told_to],
            told_day=[day for one in made for _, day in one.told_to],
            earlier=[int(not seen.every.issuperset(before)) for before in self._befores],
            **self._static, **self._by_table, **self._calendar,
        )  # fmt: skip

    def _days(self) -> dict[str, Any]:
        """The columns of the calendar."""
        calendar = self.library.calendar
        working = [day - EPOCH for day in calendar.days]
        first_day = date(calendar.first, 1, 1).toordinal() - EPOCH
        last_day = date(calendar.last, 12, 31).toordinal() - EPOCH
        worked, place = [], 0
        for day in range(first_day, last_day + 1):
            place += place < len(working) and working[place] == day
            worked.append(place)
        return {"first_day": first_day, "worked": worked, "working": working}

    def _shared(self) -> dict[str, Any]:
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
        slot, slots = dict.fromkeys(self.transitions, -1), []
        self.openings: list[str] = []
        opening = dict.fromkeys(self.transitions, 0)
        for name in self.workflows:
            opens = [f"{name}.{one.workflows[name].opens_with}" for one in self.tables]
            opening |= dict.fromkeys(opens, 1)
            self.openings.append(opens[0])
            mine = _union([opens, (t for t in self._of(name) if t in watched)])
            slot |= {t: number for number, t in enumerate(mine)}
            slots.append(len(mine))
        self.slot = slot
        self.place = {t: place for name in self.workflows for place, t in enumerate(self._of(name))}
        timers = [0]
        for name in self.workflows:
            timers.append(timers[-1] + len(self.members["timers"][name]))
        return {
            "sizes": [
                len(self.transitions), len(self.workflows), len(self.timers), len(self.editions) - 1,
                max(slots, default=0), max(uses, default=0), max(map(sub, timers[1:], timers), default=0),
            ],
            "starts": [start.toordinal() - EPOCH for start in self.library.starts],
            "table": self.table,
            "early": self.early,
            "wf": [self.workflows.index(t.split(".")[0]) for t in self.transitions],
            "slot": list(slot.values()),
            "opens": list(opening.values()),
            "place": list(self.place.values()),
            "mark": [self.marks.get(t, 0) for t in self.transitions],
            "feeds": list(feeds.values()),
            "slots": slots,
            "uses": uses,
            "timers": timers,
        }  # fmt: skip

    def _one_table(self, early: int, composed: Composed, out: dict[str, list[int]]) -> None:
        for name in self.workflows:
            workflow = composed.workflows[name]
            states = self.members["states"][name]
            self._moves(name, workflow, states, out)
            out["known"].append(int(early or name in composed.has))
            out["opener"].append(self.numbers[f"{name}.{workflow.opens_with}"])
            out["init"].append(states.index(workflow.initial))
            finals = {s.name for s in workflow.states.values() if s.final}
            out["final"].append(bits(states.index(s) for s in finals))
            before = {after.split(".")[0] for after in workflow.after}
            occurs = self.occurring is None or any(one in self.occurring for one in before)
            self._afters.append(tuple(workflow.after) if occurs else ())
            for timer in self.members["timers"][name]:
                present = name in composed.has and timer in workflow.timers
                on = bool(early) or (present and workflow.timers[timer].allowed is not None)
                self._timer(name, workflow, workflow.timers.get(timer), on, out)

    def _moves(self, name: str, workflow: Workflow, states: Sequence[str], out: dict[str, list[int]]) -> None:
        for qualified in self._of(name):
            move = workflow.transitions.get(qualified.split(".")[1]) or Transition(qualified)
            self._needs.append(tuple(move.needs))
            out["leaves"].append(bits(states.index(s) for s in move.from_))
            out["to"].append(states.index(move.to) if move.to else -1)
            out["roles"].append(bits(self.roles.index(role) for role in workflow.who(move)))
            out["not_by"].append(self.slot[f"{name}.{move.not_by}"] if move.not_by else -1)
            out["bars"].append(bits(self.workflows.index(w) for w in move.not_while_open))

    def _masks(self, table: int, name: str, unseen: Unseen, limits: Limits) -> Masks:
        key = (table, name, unseen, limits)
        if key not in self._masks_of:
            workflow = self.tables[table].workflows[name]
            moves = [workflow.transitions.get(one) or Transition(one) for one in self.members["transitions"][name]]
            timers = [workflow.timers.get(one) or Timer("") for one in self.members["timers"][name]]
            self._masks_of[key] = masks(workflow, self.members["states"][name], moves, timers, unseen, limits)
        return self._masks_of[key]

    def _timer(self, name: str, workflow: Workflow, timer: Timer | None, on: bool, out: dict[str, list[int]]) -> None:
        states = self.members["states"][name]
        timer = timer or Timer("")
        anchors = [self._qualified(name, a) for a in timer.counts_from]
        own = [a for a in anchors if a.split(".")[0] == name]
        allowed, then = timer.allowed, timer.then or timer.allowed
        out["on"].append(int(on and bool(anchors)))
        out["counts"].append(bits(self.place[a] for a in own))
        out["runs"].append(bits(states.index(s) for s in timer.runs_in))
        out["until"].append(bits(self.place[f"{name}.{t}"] for t in timer.until))
        out["met"].append(bits(self.place[f"{name}.{t}"] for t in (timer.met_by or timer.until)))
        out["latest"].append(int(timer.anchor == "latest"))
        out["own_opening"].append(int(bool(anchors) and anchors[-1] == f"{name}.{workflow.opens_with}"))
        for length, unit, scale in (("length", "unit", allowed), ("then", "then_unit", then)):
            code, days = _UNITS[scale.unit] if scale else (DAYS, 1)
            out[length].append(scale.count * days if scale else 0)
            out[unit].append(code)
        out["anchors"].append(len(out["anchor"]))
        for place, a in enumerate(anchors):
            # another workflow's, opened no later:
            self._befores.append(tuple(one for one in anchors[:place] if one not in own))
            out["anchor"].append(self.numbers[a])
            out["use"].append(self.use[(f"{name}.{timer.name}", a)] if a not in own else -1)

    def _of(self, name: str) -> list[str]:
        return [f"{name}.{t}" for t in self.members["transitions"][name]]

    @staticmethod
    def _qualified(workflow: str, anchor: str) -> str:
        return anchor if "." in anchor else f"{workflow}.{anchor}"


_FIXED = (
    "leaves", "to", "roles", "not_by", "bars", "known", "opener", "init", "final", "on", "counts", "runs", "until", "met", "latest",
    "own_opening", "length", "then", "unit", "then_unit", "anchors", "anchor", "use",
)  # fmt: skip
"""The columns, by table, that are the same whatever a source carries."""


def _bare(composed: Composed) -> Any:
    """What an edition says but for whom it cites: two that say the same share a table."""
    said: dict[str, Workflow] = {}
    for name, workflow in composed.workflows.items():
        timers: Any = {k: attrs.evolve(timer, cites="", grade="", title="") for k, timer in workflow.timers.items()}
        said[name] = attrs.evolve(workflow, timers=timers)
    return composed.has, said


def _union(several: Iterable[Iterable[str]]) -> list[str]:
    return list(dict.fromkeys(name for names in several for name in names))
