"""How a part of the suite comes by its logs, and what it does with them."""

from __future__ import annotations

__all__ = [
    "Closing",
    "Suite",
    "all_of",
    "any_driver",
    "append",
    "draft_of",
    "run_all",
    "stand",
    "unplaced",
    "without_chance",
]

import threading
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, settings

from frontdoor.event import Draft, Event
from frontdoor.log import EventLog
from frontdoor.log.standing import DeadlineRow, Standing

any_driver = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors, HealthCheck.too_slow]
)  # fmt: skip
"""How any are tried: a driver may take its time, and all of a test's are given the same fixtures."""


class Closing:
    """Tests each of which has new logs, closed in the end."""

    @pytest.fixture(autouse=True)
    def _closing(self) -> Iterator[None]:
        self._opened: list[EventLog] = []
        yield
        for log in self._opened:
            log.close()


class Suite(Closing):
    """A part of what every log must do: with a new log for each test, closed in the end."""

    places_at_once = True
    """Whether an event has its position and link when it is appended; else it gets them once that is committed."""

    examples = 50
    """Of each test that takes any: how many."""

    def make_log(self) -> EventLog:
        """A new log."""
        raise NotImplementedError

    def reopen(self, log: EventLog) -> EventLog:
        """The same log, closed and opened again where it can be."""
        return log

    def _new(self) -> EventLog:
        self._opened.append(self.make_log())
        return self._opened[-1]

    def _again(self, log: EventLog) -> EventLog:
        self._opened.append(self.reopen(log))
        return self._opened[-1]

    @pytest.fixture
    def log(self) -> EventLog:
        """A new log, closed in the end, as all are."""
        return self._new()


def append(log: EventLog, *some: Draft) -> list[Event]:
    """Append in a transaction of its own; the events as the log then holds them."""
    with log.writing() as writing:
        events = list(writing.append(some))
    if all(event.position for event in events):
        return events
    held = log.found(event.event_id for event in events)
    assert [unplaced(held[event.event_id]) for event in events] == events
    return [held[event.event_id] for event in events]


def stand(log: EventLog, *rows: DeadlineRow) -> None:
    """Have deadlines stand, each in its case."""
    by_case: dict[str, list[DeadlineRow]] = {}
    for row in rows:
        by_case.setdefault(row.case_id, []).append(row)
    with log.writing() as writing:
        writing.stand(Standing(case_id, (), tuple(of_case)) for case_id, of_case in by_case.items())


def unplaced(event: Event) -> Event:
    """An event before it was put in its place."""
    return attrs.evolve(event, position=0, link="")


def draft_of(event: Event) -> Draft:
    """What was to be recorded."""
    return Draft(**{field.name: getattr(event, field.name) for field in attrs.fields(Draft)})


def all_of(log: EventLog) -> Mapping[str, Any]:
    """Everything that can be read from a log."""
    return {
        "events": list(log.follow()), "cases": list(log.cases()), "libraries": log.libraries(), "due": log.due(1 << 60),
        "running": list(log.running()), "episodes": list(log.episodes()), "deadlines": list(log.deadlines()),
        "breaches": list(log.breaches()), "of_cases": [log.standing(case_id) for case_id in log.cases()],
    }  # fmt: skip


def run_all(threads: list[threading.Thread]) -> None:
    """Start threads, and wait for them all."""
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def without_chance(event: Event) -> Event:
    """An event without what is random in it, or follows from that."""
    return attrs.evolve(event, salt="", details_digest="", hash="", link="")
