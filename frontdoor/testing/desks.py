"""A desk driven at random beside a model of a few lines: what it records, refuses, corrects and raises must stay true.

    TestOurDesk = desks(st.just(load(local=["our_borough.toml"]))).TestCase

After every step: what stands is the fold of the log, and the audit of its export; versions count 1, 2, 3; each breach
is recorded once, exactly when a running deadline is past at a check; a refused command leaves the log as it was; what was
corrected and corrected back is as it was; making all again from the events changes nothing.
"""

from __future__ import annotations

__all__ = ["DeskMachine", "desks"]

import io
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from frontdoor.case import Case
from frontdoor.clock import SimulatedClock
from frontdoor.desk import Desk, Entry
from frontdoor.desk.importing import take_out
from frontdoor.errors import CalendarExhausted, Refused
from frontdoor.library import Library
from frontdoor.log import EventLog
from frontdoor.log.memory import MemoryLog
from frontdoor.moment import Happened, day_start, local_day, moment_of, written
from frontdoor.replay.audit import Audit, run
from frontdoor.testing.recount import read_text

Key = tuple[str, str, str, str, str]


def desks(
    libraries: st.SearchStrategy[Library],
    *,
    make_log: Callable[[], EventLog] = MemoryLog,
    reopen: Callable[[EventLog], EventLog] = lambda log: log,
) -> type[DeskMachine]:
    """A state machine of hypothesis that drives desks over any of these libraries, with logs made and reopened so."""

    class Driven(DeskMachine):
        pass

    Driven.libraries, Driven.make_log, Driven.reopen_log = libraries, staticmethod(make_log), staticmethod(reopen)
    return Driven


class DeskMachine(RuleBasedStateMachine):
    """Drives one desk. `overdue` is the model: the deadlines that a check ever found past and running. Of those that are
    late by what is known a breach stands, and of no other."""

    libraries: st.SearchStrategy[Library]
    make_log: Callable[[], EventLog]
    reopen_log: Callable[[EventLog], EventLog]

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        """An empty log, some days before or after the first edition came into force."""
        self.library = data.draw(self.libraries.map(_Hidden)).library
        start = (
            self.library.starts[0]
            if self.library.starts[0].year > 1900
            else local_day(datetime(2010, 4, 1, tzinfo=UTC))
        )
        self.clock = SimulatedClock(moment_of(day_start(start + timedelta(days=data.draw(st.integers(-3, 40))))))
        self.log = self.make_log()
        self.desk = self._open()
        self.overdue: set[Key] = set()
        self.cases: set[str] = set()

    def _open(self) -> Desk:
        return Desk(self.log, clock=self.clock, library=self.library)

    # ---- what is done ----

    @rule(data=st.data(), case=st.sampled_from(["K-1", "K-2"]), times=st.integers(1, 4))
    def record(self, data: st.DataObject, case: str, times: int) -> None:
        """Some things that may be done, mostly; now, or late; sometimes despite what speaks against them."""
        for _ in range(times):
            self._record(data, case)

    def _record(self, data: st.DataObject, case: str) -> None:
        allowed = self.desk.allowed(case)
        slip = not allowed or data.draw(st.integers(0, 7)) == 7
        if slip:
            every = [f"{w.name}.{t}" for w in self.library.under().workflows.values() for t in w.transitions]
            event, episode, needs = data.draw(st.sampled_from(every)), None, tuple[str, ...]()
            roles = sorted({role for w in self.library.under().workflows.values() for role in w.roles})
        else:
            one = data.draw(st.sampled_from(allowed))
            event, episode, needs, roles = one.event, one.episode or None, one.needs, list(one.by)
        happened = data.draw(_moments(self.clock.now()))
        self._try(lambda: self.desk.record(
            case, event, actor=data.draw(st.sampled_from(["ann", "bob", "cal"])), role=data.draw(st.sampled_from(roles)),
            details=dict.fromkeys(needs, "said") | data.draw(st.sampled_from([dict[str, str](), {"source": "6"}])), happened_at=happened,
            episode=episode if data.draw(st.booleans()) else None,
            despite=data.draw(st.sampled_from([None, None, "it has happened"])),
        ), case)  # fmt: skip

    @precondition(lambda self: any(not one.episode for one in self.desk.allowed("K-3")))
    @rule(data=st.data())
    def record_several(self, data: st.DataObject) -> None:
        """Several at once: one that is refused takes the others with it."""
        openings = [one for one in self.desk.allowed("K-3") if not one.episode]
        asked = []
        for case in data.draw(st.lists(st.sampled_from(["K-1", "K-2", "K-3"]), min_size=2, max_size=3, unique=True)):
            one = data.draw(st.sampled_from(openings))
            asked.append(Entry(case, one.event, actor="ann", role=one.by[0], details=dict.fromkeys(one.needs, "said")))
        self._try(lambda: self.desk.record_many(asked), *(entry.case_id for entry in asked))

    @precondition(lambda self: self.cases)
    @rule(data=st.data())
    def correct(self, data: st.DataObject) -> None:
        """An event happened at another time, or never; then, sometimes, not so after all."""
        case = data.draw(st.sampled_from(sorted(self.cases)))
        facts = self.desk.case(case).facts
        if not facts:
            return
        fact = data.draw(st.sampled_from(facts))
        moved = st.builds(lambda at: {"happened_at": at}, _moments(self.clock.now()).filter(lambda at: at is not None))
        becomes = data.draw(st.none() | moved | st.just({"actor": "dee"}))
        before = _seen(self.desk.case(case))

        def change(becomes: Any) -> None:
            self.desk.correct(
                fact.event_id, actor="ann", role="manager", reason="typed wrongly", becomes=becomes, despite="so it was"
            )

        changed = self._try(lambda: change(becomes), case)
        if changed and data.draw(st.booleans()):
            was = {"happened_at": fact.happened_at, "actor": fact.actor}
            if self._try(lambda: change(was), case):
                assert _seen(self.desk.case(case)) == before, "corrected and corrected back, it is another case"

    @rule(minutes=st.sampled_from([1, 60, 60 * 24, 60 * 24 * 3, 60 * 24 * 20]))
    def let_time_pass(self, minutes: int) -> None:
        """Nobody does anything."""
        self.clock.advance(timedelta(minutes=minutes))

    @rule(back=st.sampled_from([None, None, 30, 60 * 24, 60 * 24 * 3]), times=st.integers(1, 2))
    def check(self, back: int | None, times: int) -> None:
        """A check raises what is past and running, and has no breach yet; as often as it is made."""
        at = None if back is None else self.clock.now() - timedelta(minutes=back)
        past = {
            _key(case, deadline)
            for case in self.cases for deadline in self.desk.case(case).deadlines
            if deadline.is_running and deadline.late_from is not None and deadline.late_from <= (at or self.clock.now())
        }  # fmt: skip
        raised = [breach for _ in range(times) for breach in self.desk.check(at=at)]
        keys = [(b.case, b.episode, b.timer, b.anchor, written(b.late_from)) for b in raised]
        assert len(keys) == len(set(keys)) and set(keys) == past - self.overdue, (keys, past, self.overdue)
        self.overdue |= past

    @rule()
    def reopen(self) -> None:
        """The desk is closed, and another opened on the same log."""
        self.log = self.reopen_log(self.log)
        self.desk = self._open()

    @rule()
    def rebuild(self) -> None:
        """What stands is made again from the events, and is what stood."""
        before = self._rows()
        self.desk.rebuild()
        assert self._rows() == before, "made again from the events, something else stands"

    # ---- what must be true ----

    @invariant()
    def it_is_the_fold_of_the_log_and_the_audit_of_its_export(self) -> None:
        """What the desk says of each case, one that has just opened says too, and an audit of the facts written out."""
        if not hasattr(self, "desk") or not self.log.size():
            return
        out = io.StringIO()
        take_out(self.desk, out)
        fresh = self._open()
        audit = (
            run(read_text(out.getvalue()), self.library, as_at=self.clock.now())
            if out.getvalue().count("\n") > 1
            else None
        )
        for case_id in self.cases:
            case = self.desk.case(case_id)
            assert _seen(case) == _seen(fresh.case(case_id))
            assert audit is None or _audited(audit, case_id) == _lines(case), out.getvalue()
            assert [event.version for event in case.events] == list(range(1, case.version + 1))

    @invariant()
    def each_breach_that_stands_is_of_a_deadline_that_was_found_past(self) -> None:
        """A breach stands of each deadline that a check found past and running, while it is late by what is known."""
        if not hasattr(self, "desk"):
            return
        standing = [
            (b.case, b.episode, b.timer, b.anchor, written(b.late_from))
            for case in self.cases for b in self.desk.case(case).breaches if b.stands
        ]  # fmt: skip
        assert sorted(standing) == sorted(self.overdue & self._late(self.cases))

    # ---- within ----

    def _late(self, cases: Iterable[str]) -> set[Key]:
        return {
            _key(case, deadline)
            for case in cases for deadline in self.desk.case(case).deadlines if deadline.status in ("late", "overdue")
        }  # fmt: skip

    def _try(self, command: Callable[[], object], *cases: str) -> bool:
        """Whether something can be done of some cases. A deadline that was found past, and is dated otherwise now, is a breach
        at once where it is late by that, too."""
        before = self._content()
        try:
            command()
        except (Refused, CalendarExhausted) as refused:
            note(f"refused: {refused}")
            assert self._content() == before, "a refused command changed the log"
            return False
        self.cases = set(self.log.cases())
        found = {key[:-1] for key in self.overdue}
        self.overdue |= {key for key in self._late(cases) if key[:-1] in found}
        return True

    def teardown(self) -> None:
        """Let go of the log."""
        if hasattr(self, "log"):
            self.log.close()

    def _content(self) -> tuple[object, ...]:
        """The events, what stands, and of a log that is a file every byte."""
        path = getattr(self.log, "path", None)
        files = [Path(f"{path}{end}") for end in ("", "-wal")] if path else []
        return list(self.log.follow()), self._rows(), [file.read_bytes() for file in files if file.exists()]

    def _rows(self) -> Any:
        return list(self.log.episodes()), list(self.log.deadlines()), list(self.log.breaches())


class _Hidden:
    """A library that is not printed in full with every example."""

    def __init__(self, library: Library) -> None:
        self.library = library


def _moments(now: datetime) -> st.SearchStrategy[Happened | None]:
    """Mostly now; else earlier, to the minute or only the day."""
    earlier = st.sampled_from([0, 0, 5, 60 * 24, 60 * 24 * 2, 60 * 24 * 9]).map(
        lambda minutes: now - timedelta(minutes=minutes)
    )
    return st.none() | st.none() | earlier | earlier.map(local_day)


def _key(case: str, deadline: Any) -> Key:
    return case, deadline.episode, deadline.timer, deadline.anchor, written(deadline.late_from)


def _seen(case: Case) -> tuple[object, ...]:
    """A case without how it came to be known."""
    facts = [(fact.event, fact.happened_at, fact.actor, fact.episode) for fact in case.facts]
    return case.episodes, case.deadlines, case.findings, facts


def _lines(case: Case) -> list[tuple[object, ...]]:
    return [
        (d.episode, d.timer, d.guidance, d.counts_from, written(d.counted_from), written(d.due), written(d.stopped_at),
         d.status, d.over)
        for d in case.deadlines
    ]  # fmt: skip


def _audited(audit: Audit, case_id: str) -> list[tuple[object, ...]]:
    import polars as pl

    names = ["episode", "timer", "guidance", "counts_from", "counted_from", "due", "stopped_at", "status", "over"]
    return audit.deadlines.filter(pl.col("case_id") == case_id).select(names).rows()
