"""The timeline of a case: everything that was recorded of it, in the order things happened, and what is to be said of each."""

from __future__ import annotations

__all__ = ["Line", "timeline"]

from collections.abc import Container, Iterator, Mapping
from typing import Any

import attrs

from frontdoor.case import Case, Episode
from frontdoor.event import Event, corrected, details_text, read_moment
from frontdoor.moment import bounds, instant
from frontdoor.report.words import due_on, when

LATE = "recorded-late"
"""The finding that marks what was recorded late."""


@attrs.frozen
class Line:
    """One event of a timeline, as it now stands."""

    event: Event
    """As corrected, where it was; one that was struck out as it was recorded."""
    recorded: Event
    """As it was recorded; what a correction corrects, where it is one."""
    title: str
    recorded_late: bool
    correction: Event | None
    """The last correction of it; None where there is none, or that brought it back as it was recorded."""

    @property
    def is_struck_out(self) -> bool:
        """Whether it was corrected to never having happened."""
        return self.correction is not None and self.correction.details["becomes"] is None

    @property
    def text(self) -> str:
        """All of it for people: the title, by whom, and a line for each thing more."""
        event = self.event
        named = "" if event.is_own or self.title == event.event else f" [{event.event}]"
        by = ""
        if event.actor or not event.is_own:
            by = f", by {event.actor or 'nobody named'}{f' ({event.role})' if event.role else ''}"
        return "\n".join([f"{self.title}{named}{by}", *self._notes()])

    def _notes(self) -> Iterator[str]:
        event, said = self.event, self.event.details
        if event.name == "breach_raised":
            yield f"{said['timer']}, {due_on(read_moment(said['due']))}; detected {_moment(said['detected_at'])}"
        elif event.name == "breach_withdrawn":
            yield f"{said['timer']}, {due_on(read_moment(said['due']))}: {said['why']}"
        elif event.name == "corrected":
            now = "" if _brings_back(event, self.recorded) else _becoming(said["becomes"])
            yield f"{self.recorded.event} of {when(self.recorded.happened_at)}{now}"
            yield f"because: {_text(said['reason'])}"
            if "despite" in said:
                yield f"despite what speaks against it: {_text(said['despite'])}"
        else:
            details = [f"{name}: {_text(value)}" for name, value in said.items() if name != "despite"]
            if details:
                yield "; ".join(details)
            if "despite" in said:
                yield f"recorded despite what speaks against it: {_text(said['despite'])}"
        if self.recorded_late:
            yield f"recorded late, {when(event.recorded_at)}"
        if self.is_struck_out and self.correction:
            yield f"struck out {when(self.correction.recorded_at)}"
        elif self.correction:
            yield f"corrected {when(self.correction.recorded_at)}{_was(self.recorded, event)}"


def timeline(case: Case) -> list[Line]:
    """Every event of a case that had happened by its moment, in the order things happened: those that the desk recorded itself
    and those that were struck out among them.

    A correction stands where it was made, and what it corrects where that happened, as corrected.
    """
    late = {finding.event_id for finding in case.findings if finding.rule == LATE}
    first = {event.event_id: event for event in case.events}
    corrections: dict[str, Event] = {}
    for event in case.events:
        if event.name == "corrected":
            corrections[event.details["corrects"]] = event
    corrections = {id_: one for id_, one in corrections.items() if not _brings_back(one, first[id_])}
    episodes = {episode.name: episode for episode in case.episodes}
    lines = []
    for event in _in_order(case, {id_ for id_, one in corrections.items() if one.details["becomes"] is None}):
        of = event.details["corrects"] if event.name == "corrected" else event.event_id
        title = _title(event, first[of], episodes)
        lines.append(Line(event, first[of], title, event.event_id in late, corrections.get(event.event_id)))
    return lines


def _in_order(case: Case, struck_out: Container[str]) -> Iterator[Event]:
    latest, placed = 0, []
    for order, fact in enumerate(case.facts):  # folded in this order, which within a day may not be that of the moments
        latest = max(latest, bounds(fact.happened_at)[0])
        placed.append((latest, order, fact))
    for event in case.events:
        if event.is_own or event.event_id in struck_out:
            # A breach stands before what was done in the moment that it begins, anything else behind it.
            order = -1 if event.name == "breach_raised" else len(case.facts) + event.position
            placed.append((bounds(event.happened_at)[0], order, event))
    for moment, _, event in sorted(placed, key=lambda one: one[:2]):
        if moment <= instant(case.as_at):
            yield event


def _brings_back(correction: Event, recorded: Event) -> bool:
    """Whether a correction says that an event was as it was recorded after all."""
    becomes = correction.details["becomes"]
    return becomes is not None and corrected(recorded, becomes) == recorded


def _title(event: Event, recorded: Event, episodes: Mapping[str, Episode]) -> str:
    said = event.details
    if event.name == "breach_raised":
        return f"Breach raised: {said['title'] or said['timer']}"
    if event.name == "breach_withdrawn":
        return "Breach withdrawn"
    if event.name == "corrected":
        if said["becomes"] is None:
            return "Struck out"
        return "Brought back as recorded" if _brings_back(event, recorded) else "Corrected"
    mine = episodes.get(event.episode)
    move = mine.declaration.transitions.get(event.name) if mine else None
    return move.title if move and move.title else event.event


_FIELDS = ("event", "actor", "role", "episode", "family")


def _becoming(becomes: Mapping[str, Any] | None) -> str:
    """What a correction says."""
    if not becomes:
        return ""
    shown = [f"happened {_moment(becomes['happened_at'])}"] if "happened_at" in becomes else []
    shown += [f"{name} {becomes[name]}" for name in _FIELDS if name in becomes]
    shown += [f"{name}: {_text(value)}" for name, value in becomes.get("details", {}).items()]
    return f"; now: {'; '.join(shown)}"


def _was(recorded: Event, now: Event) -> str:
    """What was recorded first, where that is otherwise now."""
    shown = [f"happened {when(recorded.happened_at)}"] if recorded.happened_at != now.happened_at else []
    shown += [
        f"{name} {getattr(recorded, name) or '(none)'}"
        for name in _FIELDS
        if getattr(recorded, name) != getattr(now, name)
    ]
    for name in dict.fromkeys((*recorded.details, *now.details)):
        if recorded.details.get(name) != now.details.get(name):
            shown.append(f"{name}: {_text(recorded.details.get(name)) or '(nothing)'}")
    return f"; recorded first as: {'; '.join(shown)}" if shown else ""


def _moment(text: str) -> str:
    return when(read_moment(text))


def _text(value: object) -> str:
    """What somebody wrote, on one line: a second would look like one of ours."""
    return "" if value is None else " ".join(value.splitlines()) if isinstance(value, str) else details_text(value)
