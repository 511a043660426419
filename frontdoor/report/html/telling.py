"""Telling a case: what happened, each clock and how it was counted, why one ran out, what is open next."""

from __future__ import annotations

__all__ = ["told"]

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs

from frontdoor.explanation import Explanation, in_words
from frontdoor.formats.source import happened_at
from frontdoor.library import Library
from frontdoor.moment import EPOCH, bounds, parse
from frontdoor.replay import facts
from frontdoor.replay.audit import Audit
from frontdoor.replay.facts import Facts
from frontdoor.report.html.cases import LATE, Case, ClockTold, EventTold, FindingTold, Open
from frontdoor.report.html.drawn import drawn, due_of, standing, upto
from frontdoor.report.html.svg import Svg
from frontdoor.report.html.timeline_svg import Lane, Mark
from frontdoor.report.words import by_whom, when

if TYPE_CHECKING:
    import polars as pl

    from frontdoor.workflow import Transition, Workflow

_TOLD_WITH_THE_CLOCK = ("breach", "local-breach")
_NOT_OF_AN_EVENT = (*_TOLD_WITH_THE_CLOCK, "cannot-tell", "recorded-late")
"""Findings that give an event no mark of its own in a drawing."""
_STANDING = {"open": "still open", "ended": "ended", "cannot tell": "whether it ended cannot be told"}
_LINES = ("Counted from", "Allowed", "Skipped", "Due", "Stopped")
"""What is told of how a deadline was counted; the rest is the same for many, and stands once in the page."""


def told(audit: Audit, found: Facts, cases: Sequence[str], *, name: str = "timeline") -> Iterator[Case]:
    """Some cases, told, in the order given; their drawings are called `name` and a number, unique in the page."""
    import polars as pl

    has = pl.col("case_id").is_in(list(cases))
    explained = facts.explanations(audit, cases)
    frames = {
        name: _by_case(frame.filter(has))
        for name, frame in (("events", found.events), ("episodes", found.episodes), ("findings", audit.findings))
    }
    teller = _Teller(audit, name)
    for number, case in enumerate(cases, 1):
        rows = {name: frame.get(case, []) for name, frame in frames.items()}
        yield teller.tell(case, number, explained.get(case, []), **rows)


def _by_case(frame: pl.DataFrame) -> dict[str, list[dict[str, Any]]]:
    grouped = defaultdict(list)
    for row in frame.iter_rows(named=True):
        grouped[row["case_id"]].append(row)
    return grouped


@attrs.define(slots=False)
class _Teller:
    """What the telling of every case needs to know."""

    audit: Audit
    name: str

    @cached_property
    def library(self) -> Library:
        return self.audit.library

    def _as_at(self, case: str) -> float | None:
        end = self.audit.log.end_of(case)
        return None if end is None else upto(bounds(end)[1])

    @cached_property
    def _working(self) -> frozenset[int]:
        return frozenset(day - EPOCH for day in self.library.calendar.days)

    @cached_property
    def _titles(self) -> dict[str, str]:
        workflows = {name: self.library.anywhere(name) for name in self.library.names()}
        return {
            f"{name}.{move.name}": move.title or move.name
            for name, one in workflows.items()
            for move in one.transitions.values()
        }

    def tell(
        self, case: str, number: int, explained: Sequence[Explanation], *,
        events: Sequence[dict[str, Any]], episodes: Sequence[dict[str, Any]], findings: Sequence[dict[str, Any]],
    ) -> Case:  # fmt: skip
        by_episode: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for event in events:
            by_episode[event["e"]].append(event)
        names = {one["e"]: one["name"] for one in episodes}
        numbers = {(one["workflow"], one["name"]): one["e"] for one in episodes}
        by_clock: dict[int, list[Explanation]] = defaultdict(list)
        for deadline in explained:
            by_clock[numbers[deadline.timer_name.partition(".")[0], deadline.episode]].append(deadline)
        clocks = tuple(self._clock(one, by_episode[e]) for e, some in by_clock.items() for one in some)
        severities: dict[str, int] = {}
        for finding in findings:
            severities[finding["severity"]] = severities.get(finding["severity"], 0) + 1
        return Case(
            name=case, number=number, drawing=self._drawing(case, number, episodes, by_episode, by_clock, findings),
            counts=severities, open=tuple(self._open(episodes, by_episode)), clocks=clocks,
            findings=tuple(self._finding(one) for one in findings if one["rule"] not in _TOLD_WITH_THE_CLOCK),
            events=tuple(self._event(one, names) for one in events),
        )  # fmt: skip

    def _title(self, event: str) -> str:
        return self._titles.get(event, event)

    def _event(self, row: Mapping[str, Any], names: Mapping[int, str]) -> EventTold:
        who = row["role"].replace("_", " ") if row["role"] else ""
        recorded = date.fromordinal(row["recorded_day"] + EPOCH) if row["late"] and row["recorded_day"] else None
        return EventTold(
            when(happened_at(row)), self._title(row["event"]), names.get(row["e"], ""), who, when(recorded), row["position"],
        )  # fmt: skip

    def _finding(self, row: Mapping[str, Any]) -> FindingTold:
        return FindingTold(
            row["rule"], row["severity"], self._title(row["event"]), when(parse(row["happened_at"])), row["episode"],
            row["message"], row["position"] or 0,
        )  # fmt: skip

    def _clock(self, one: Explanation, events: Sequence[dict[str, Any]]) -> ClockTold:
        late = one.status in LATE
        rule = ("breach" if one.timer.basis == "statutory" else "local-breach") if late else ""
        lines = tuple(
            (label, said) for label, said in one.lines()
            if label in _LINES
        )  # fmt: skip
        return ClockTold(
            one.timer.title or one.timer_name, one.timer_name, one.episode, one.status, standing(one), rule,
            self._why(one, events) if late else one.why, lines, one.edition.name if one.edition else "",
        )  # fmt: skip

    def _why(self, one: Explanation, events: Sequence[dict[str, Any]]) -> str:
        """What the record says of why a deadline passed: what was done last before it ran out, and what came next."""
        due = due_of(one)
        if due is None:
            return ""
        before = [event for event in events if upto(event["happened_to"]) <= due]
        after = [event for event in events if upto(event["happened_to"]) > due]
        said = "nothing had been done in this episode"
        if before:
            last = before[-1]
            said = (
                f"the last thing done in this episode was “{self._title(last['event'])}”, {in_words(happened_at(last))}"
            )
        if not after:
            return f"When it ran out {said}; nothing has been done in it since."
        following = after[0]
        return f"When it ran out {said}; the next was “{self._title(following['event'])}”, {in_words(happened_at(following))}."

    def _open(
        self, episodes: Sequence[dict[str, Any]], by_episode: Mapping[int, Sequence[dict[str, Any]]]
    ) -> Iterator[Open]:
        for one in episodes:
            if one["standing"] == "ended":
                continue
            workflow = self.library.anywhere(one["workflow"])
            state = workflow.states.get(one["state"])
            changes = [event for event in by_episode[one["e"]] if event["applies"] and _moves(workflow, event["move"])]
            yield Open(
                one["name"], workflow.title or one["workflow"], (state.title if state else "") or one["state"],
                when(happened_at(changes[-1])) if changes else "",
                tuple(self._next(workflow, move) for move in workflow.leaving(one["state"]) if move.to),
                one["standing"] == "open",
            )  # fmt: skip

    def _next(self, workflow: Workflow, move: Transition) -> str:
        who = by_whom(workflow.who(move), f"{workflow.name}.{move.name}", self.library)
        return f"{move.title or move.name} ({who.replace('_', ' ')})"

    def _drawing(
        self, case: str, number: int, episodes: Sequence[dict[str, Any]],
        by_episode: Mapping[int, Sequence[dict[str, Any]]], by_clock: Mapping[int, Sequence[Explanation]],
        findings: Sequence[dict[str, Any]],
    ) -> Svg | None:  # fmt: skip
        spoken = {one["position"] for one in findings if one["rule"] not in _NOT_OF_AN_EVENT}
        lanes = []
        for one in episodes:
            marks = [
                Mark(
                    upto(event["happened_from"]), f"{self._title(event['event'])}, {when(happened_at(event))}",
                    event["position"] in spoken,
                )
                for event in by_episode[one["e"]]
            ]  # fmt: skip
            if marks:
                last = max(mark.at for mark in marks)
                title = self.library.anywhere(one["workflow"]).title or one["workflow"]
                end = None if one["standing"] == "open" else last
                lane = Lane(title, min(mark.at for mark in marks), end, marks, standing=_STANDING[one["standing"]])
                lanes.append((lane, by_clock.get(one["e"], ())))
        return drawn(
            f"{self.name}-{number}", case, lanes, as_at=self._as_at(case), is_working=self._working.__contains__
        )


def _moves(workflow: Workflow, name: str) -> bool:
    """Whether a transition leads to another state, or opens the episode."""
    move = workflow.transitions.get(name)
    return move is not None and (move.to is not None or name == workflow.opens_with)
