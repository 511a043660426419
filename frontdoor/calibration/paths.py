"""What work leads to and how long it waits, as tasks of a scenario: shares with what is still open allowed for, waits as bands."""

from __future__ import annotations

__all__ = ["Job", "Paths"]

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import attrs

from frontdoor.calibration import survival
from frontdoor.calibration.clocks import DAY, Clock
from frontdoor.calibration.effort import Effort
from frontdoor.calibration.seen import Piece, Record
from frontdoor.calibration.survival import Lasting
from frontdoor.calibration.works import Kind
from frontdoor.workflow import Workflow

BY_PRIORITY = 200
"""So many pieces of a priority there must be for it to have figures of its own."""
_STEP = 0.002
"""Bands are so many days wide at least."""
_LEVELS = (0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.96, 1.0)
_OTHERS_PART, _OUT = 0.1, 20
_ALIVE = 120 * DAY
_EVER = 0.9
"""Of a state that fewer are seen to leave it is said that the long ones cannot be seen."""
_TELLING, _LONG, _OFTEN = 50, 2 * 3_600, 0.05


@attrs.define
class Job:
    """A kind of work as it is done: by whom, how it ends."""

    kind: Kind
    team: str
    out_of_hours: dict[str, str]
    """[priority] who does it while the team is away."""
    lasts: Lasting
    """From its arising to its being done, in seconds: of working days if the team keeps these, else as they pass."""
    works: bool
    ends: dict[str, float]
    """What it leads to, with the shares; one that follows leads to itself."""
    others: dict[str, str]
    """[event] who does it, where that is not the team."""
    held: bool = False
    shuffled: bool = False
    """Whether what comes later is often done long before what came first: then it does not wait in a queue."""
    effort: Effort | None = None
    open: float = 0.0
    """The share that is open for longer than can be seen: of these it is assumed when they end. 0: too few to matter."""

    @property
    def is_quick(self) -> bool:
        """Whether it is taken up as it comes: half of it is done within a day, and mostly in its turn."""
        return self.lasts.quantile(0.5) < DAY and not self.shuffled

    @property
    def chance(self) -> float:
        """The share of times it comes of what it arises of at all."""
        return 1.0 if self.kind.is_state else min(1.0, self.lasts.ever)


@attrs.define(slots=False)
class Paths:
    """Who works, by what the log calls them, and what they may do."""

    workflows: Mapping[str, Workflow]
    roles: Mapping[str, str]
    """[team]"""
    offices: Mapping[str, Clock]
    """[team]"""
    working: Clock
    weekends: frozenset[str]
    """The teams that work at weekends."""
    teams: Mapping[Record, str]
    people: Mapping[str, int]
    left_out: list[str] = attrs.field(factory=list)
    """The outcomes that are in no job, in sentences."""

    def job(self, kind: Kind) -> Job | None:
        """A kind of work as it is done; None: nobody does it who may."""
        ends = Counter(piece.end for piece in kind.done if self._is_legal(kind, piece.end))
        by: dict[str, Counter[str]] = {event: Counter() for event in ends}
        for piece in kind.done:
            if (
                piece.by
                and piece.by in self.teams
                and piece.end in by
                and any((piece.by.team, piece.by.role, piece.by.actor))
            ):
                by[piece.end][self.teams[piece.by]] += 1
        weight: Counter[str] = Counter()
        for event, n in ends.items():
            for team in self.roles:
                if self.may(team, event):
                    weight[team] += by[event][team] if by[event] else n
        every = Counter(piece.end for piece in kind.done)
        if not weight or not ends:
            self._leaves_out(kind, every, every)
            return None
        team = max(weight, key=lambda one: (weight[one], -list(self.roles).index(one)))
        others = {}
        for event, counts in by.items():
            mine = counts[team] >= _OTHERS_PART * sum(counts.values()) or not counts
            if not (self.may(team, event) and mine):
                able = [one for one, _ in counts.most_common() if self.may(one, event)]
                able = able or [one for one in self.roles if self.may(one, event)]
                if able and able[0] != team:
                    others[event] = able[0]
        ends = Counter({e: n for e, n in ends.items() if e in others or self.may(team, e)})
        self._leaves_out(kind, Counter({e: n for e, n in every.items() if e not in ends}), every)
        works = team not in self.weekends
        pieces = [piece for piece in kind.pieces if not piece.by or piece.end in ends]
        lengths = self.lengths(pieces, works=works)
        shares = survival.shares(lengths, [piece.end for piece in pieces])
        if not shares:
            return None
        lasts = survival.lasting(lengths, [piece.by is not None for piece in pieces])
        unseen = 0.0
        if kind.is_state and lasts.ever < _EVER and len(pieces) - len(kind.done) >= survival.FEWEST:
            unseen, lasts = 1.0 - lasts.ever, lasts.told_to_the_end()
        out = self._out_of_hours(kind, team, tuple(ends))
        return Job(
            kind,
            team,
            out,
            lasts,
            works,
            shares,
            others,
            team in self.holding,
            self._is_shuffled(kind, team),
            open=unseen,
        )

    def _leaves_out(self, kind: Kind, lost: Counter[str], every: Counter[str]) -> None:
        """Say which outcomes are in no scenario, so that nobody takes the shares of the others for all there is."""
        if not every and len(kind.pieces) >= survival.FEWEST:
            self.left_out.append(
                f"{kind.name}: none of {len(kind.pieces):,} is done, so it is left out: they stay open for ever."
            )
        if not lost:
            return
        said = ", ".join(f"{event} ({n:,})" for event, n in lost.most_common())
        which = "" if len(lost) == len(every) else " The shares of the others are of those alone."
        why = "no team may do it, or no workflow in force has it there"
        self.left_out.append(
            f"{kind.name}: of {every.total():,} that were done these are left out, for {why}: {said}.{which}"
        )

    def lengths(self, pieces: Sequence[Piece], *, works: bool) -> Any:
        """How long each piece lasted, or has so far."""
        import numpy

        since = numpy.asarray([piece.since for piece in pieces], "float64")
        until = numpy.asarray([piece.until for piece in pieces], "float64")
        return self.working.between(since, until) if works else until - since

    def may(self, team: str, event: str) -> bool:
        """Whether a team's role may do a transition, and open what it opens."""
        w, _, t = event.partition(".")
        workflow = self.workflows[w]
        move, role = workflow.transitions[t], self.roles[team]
        opened = self.workflows.get(move.opens or "")
        return role in workflow.who(move) and (
            opened is None or role in opened.who(opened.transitions[opened.opens_with])
        )

    def _is_legal(self, kind: Kind, event: str) -> bool:
        """Whether an event may be done at all, and out of the state: an illegal step of a log is none of a scenario's."""
        w, _, t = event.partition(".")
        move = self.workflows[w].transitions.get(t) if w in self.workflows else None
        return move is not None and (not kind.is_state or kind.place.partition(".")[2] in move.from_)

    def _out_of_hours(self, kind: Kind, team: str, ends: Sequence[str]) -> dict[str, str]:
        """By priority the team that does most of what comes while the team is away, and it is there."""
        done = Counter(self.teams[piece.by] for piece in kind.done if piece.by and piece.by in self.teams)
        found: dict[str, str] = {}
        for other, n in done.most_common():
            if other == team or n < _OUT or not all(self.may(other, event) for event in ends):
                continue
            came: Counter[str] = Counter()
            theirs: Counter[str] = Counter()
            for piece in kind.done:
                if not (piece.by and piece.by in self.teams):
                    continue
                if self._is_open(other, piece.since) and not self._is_open(team, piece.since):
                    came[piece.priority] += 1
                    theirs[piece.priority] += self.teams[piece.by] == other
            for priority, many in theirs.items():
                if 2 * many > came[priority] and many >= _OUT / 2:
                    found.setdefault(priority, other)
        return found

    def _is_open(self, team: str, at: int) -> bool:
        clock = self.offices[team]
        place = (at - clock.first * DAY) // 1_800
        return bool(0 <= place < len(clock.before) - 1 and clock.before[place + 1] > clock.before[place])

    def _is_shuffled(self, kind: Kind, team: str) -> bool:
        """Whether of two pieces of one priority that came one after the other the later was often done hours before."""
        import numpy

        ordered = sorted(
            (piece.priority, piece.since, piece.until)
            for piece in kind.done
            if piece.by and self.teams.get(piece.by) == team
        )
        if len(ordered) < _TELLING:
            return False
        until = numpy.asarray([until for _, _, until in ordered], "float64")
        alike = numpy.asarray([one[0] == after[0] for one, after in zip(ordered, ordered[1:], strict=False)])
        late = self.offices[team].between(until[1:], until[:-1]) > _LONG
        return bool((late & alike).sum() > _OFTEN * alike.sum())

    @cached_property
    def holding(self) -> frozenset[str]:
        """The teams of which whoever did something of a case before does the next of it, much oftener than chance would have
        it: they hold their cases."""
        same: Counter[str] = Counter()
        every: Counter[str] = Counter()
        last: dict[tuple[str, str], Record] = {}
        for one in self.teams:
            before = last.get((one.case, self.teams[one])) if one.actor else None
            if before and before.at < one.at <= before.at + _ALIVE:
                every[self.teams[one]] += 1
                same[self.teams[one]] += before.actor == one.actor
            if one.actor:
                last[one.case, self.teams[one]] = one
        return frozenset(
            team for team, n in every.items() if n >= _OUT and same[team] > 0.7 * n and self.people.get(team, 0) >= 3
        )

    def bands(self, job: Job, lasts: Lasting, less: float) -> dict[str, Any] | None:
        """What passes before a job can be begun: how long it lasts, less its own work and queue. None: no more than an hour."""
        ends: list[tuple[float, float]] = []
        reached = 0.0
        for level in (0.0, *_LEVELS):
            end = max(0.0, lasts.quantile(level) - less) / DAY
            ends.append((max(end, ends[-1][0] + _STEP if ends else _STEP), level - reached))
            reached = level
        if ends[-1][0] * DAY <= 3_600:
            return None
        unit = "working days" if job.works else "days"
        return {"bands": [{"to": f"{end:.3f} {unit}", "share": round(share, 6)} for end, share in ends]}
