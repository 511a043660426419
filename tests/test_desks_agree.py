"""One desk, driven at random beside its model, whose every step is done over three logs: what they then say must agree."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import attrs
import postgres
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from frontdoor import Desk, MemoryLog, PostgresLog, SqliteLog, load
from frontdoor.errors import FrontdoorError
from frontdoor.event import Event
from frontdoor.log import EventLog
from frontdoor.testing.desks import DeskMachine
from frontdoor.testing.sealed import KeysInMemory

pytestmark = [
    pytest.mark.xdist_group("postgres"),
    pytest.mark.skipif(postgres.programs() is None, reason=postgres.WANTED),
]
PATIENT = settings(
    max_examples=6, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck),
    phases=set(Phase) - {Phase.explain},
)  # fmt: skip
RING = postgres.Ring()


class Chorus:
    """Desks that are told the same; what one answers, all must. What is only looked at, the first is asked."""

    def __init__(self, desks: list[Desk]) -> None:
        self._desks = desks

    def __getattr__(self, name: str) -> Any:
        return getattr(self._desks[0], name)

    def record(self, *what: Any, **how: Any) -> Event:
        return self._all("record", *what, event_id=uuid4(), **how)

    def record_many(self, entries: list[Any]) -> list[Event]:
        return self._all("record_many", [attrs.evolve(entry, event_id=uuid4()) for entry in entries])

    def correct(self, *what: Any, **how: Any) -> Event:
        return self._all("correct", *what, correction_id=uuid4(), **how)

    def check(self, **how: Any) -> Any:
        return self._all("check", **how)

    def rebuild(self) -> list[str]:
        return self._all("rebuild")

    def _all(self, name: str, *what: Any, **how: Any) -> Any:
        answers: list[Any] = []
        refused: list[FrontdoorError] = []
        for desk in self._desks:
            try:
                answers.append(getattr(desk, name)(*what, **how))
            except FrontdoorError as error:
                refused.append(error)
        said = [(type(error), str(error), vars(error)) for error in refused]
        assert len(answers) in (0, len(self._desks)) and all(one == said[0] for one in said), (answers, said)
        if refused:
            raise refused[0]
        assert all(plain(answer) == plain(answers[0]) for answer in answers), answers
        return answers[0]


def plain(answer: Any) -> Any:
    """An answer without what is random in events, and without positions, which a log may give later."""
    if isinstance(answer, list):
        return [plain(one) for one in answer]
    if isinstance(answer, Event):
        return attrs.evolve(answer, position=0, salt="", details_digest="", hash="", link="")
    return answer


class Agreeing(DeskMachine):
    """Drives a log in memory, one in a file and one in PostgreSQL."""

    libraries = st.just(load())

    def make_log(self) -> EventLog:  # type: ignore[override]
        self.folder = tempfile.TemporaryDirectory()
        self.logs: list[EventLog] = [MemoryLog(), SqliteLog(Path(self.folder.name) / "log.db"), RING.next()]
        return self.logs[0]

    def reopen_log(self, log: EventLog) -> EventLog:  # type: ignore[override]
        memory, file, server = self.logs
        assert isinstance(file, SqliteLog) and isinstance(server, PostgresLog)
        file.close()
        server.close()
        self.logs = [memory, SqliteLog(file.path), PostgresLog(postgres.server().dsn("case_system"), server.schema)]
        return log

    def _open(self) -> Any:
        return Chorus([Desk(log, clock=self.clock, library=self.library) for log in self.logs])

    @invariant()
    def the_logs_say_the_same(self) -> None:
        """Events and their order, what stands, what is due, what was used: all but what is random."""
        if hasattr(self, "logs"):
            first, *others = [said_by(log) for log in self.logs]
            for other in others:
                assert other == first

    def teardown(self) -> None:
        super().teardown()
        for log in getattr(self, "logs", ()):
            log.close()
        if hasattr(self, "folder"):
            self.folder.cleanup()


class UnderKeys(Agreeing):
    """The same, the details of each sealed; now and then nobody can reach the keys."""

    def make_log(self) -> EventLog:  # type: ignore[override]
        super().make_log()
        self.keys = [KeysInMemory() for _ in self.logs]
        _, file, server = self.logs
        return self._under_keys(MemoryLog(keys=self.keys[0]), file, server)

    def reopen_log(self, log: EventLog) -> EventLog:  # type: ignore[override]
        return self._under_keys(*self.logs)

    def _under_keys(self, memory: EventLog, file: EventLog, server: EventLog) -> EventLog:
        assert isinstance(file, SqliteLog) and isinstance(server, PostgresLog)
        file.close()
        server.close()
        address = postgres.server().dsn("case_system")
        self.logs = [
            memory, SqliteLog(file.path, keys=self.keys[1]), PostgresLog(address, server.schema, keys=self.keys[2])
        ]  # fmt: skip
        return memory

    @rule(afresh=st.booleans())
    def check_without_keys(self, afresh: bool) -> None:
        """A check raises the same though the keys cannot be reached, and what stands is made again."""
        if afresh:
            self.reopen()
        for keys in self.keys:
            keys.lost = True
        self.check(None, 1)
        self.rebuild()
        for keys in self.keys:
            keys.lost = False


def said_by(log: EventLog) -> dict[str, Any]:
    """All that a log says, but for what is random in it."""
    events = [attrs.evolve(event, salt="", details_digest="", hash="", link="") for event in log.follow()]
    cases = list(log.cases())
    assert [event.position for event in events] == list(range(1, len(events) + 1))
    return {
        "events": events, "cases": cases, "episodes": [*log.episodes()], "deadlines": [*log.deadlines()],
        "breaches": [*log.breaches()], "running": [*log.running()], "due": log.due(1 << 60), "in use": log.in_use(),
        "libraries": log.libraries(), "digests": log.digests(), "standing": [log.standing(case_id) for case_id in cases],
        "versions": {case_id: head.version for case_id, head in log.heads(cases).items()},
        "found": {id_: plain(event) for id_, event in log.found([event.event_id for event in events]).items()},
        "of cases": [plain(log.events(case_id)) for case_id in cases], "none": log.find(str(UUID(int=0))),
    }  # fmt: skip


TestLogsAgree = Agreeing.TestCase
TestLogsAgree.settings = PATIENT


TestLogsAgreeUnderKeys = UnderKeys.TestCase
TestLogsAgreeUnderKeys.settings = settings(PATIENT, max_examples=2)


@pytest.mark.slow
class TestLogsAgreeUnderKeysAtLength(UnderKeys.TestCase):  # type: ignore[name-defined,misc]
    settings = settings(PATIENT, max_examples=80, stateful_step_count=25)


@pytest.mark.slow
class TestLogsAgreeAtLength(Agreeing.TestCase):  # type: ignore[name-defined,misc]
    settings = settings(PATIENT, max_examples=150, stateful_step_count=30)
