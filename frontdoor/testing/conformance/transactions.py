"""A transaction is kept whole or not at all, whatever else is going on."""

from __future__ import annotations

__all__ = ["Transactions"]

import threading

import pytest

from frontdoor.errors import LogError
from frontdoor.log import EventLog, Head
from frontdoor.log.checkpoint import verify
from frontdoor.log.standing import Standing
from frontdoor.testing.conformance.material import NOON, a_breach, a_deadline, a_draft, an_episode
from frontdoor.testing.conformance.suite import (
    Suite,
    all_of,
    append,
    run_all,
)


class Transactions(Suite):
    """A transaction is kept whole or not at all, whatever else is going on."""

    # ---- all or nothing ----

    @pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
    def test_a_transaction_left_by_an_error_leaves_all_as_it_was(
        self, log: EventLog, error: type[BaseException]
    ) -> None:
        with log.writing() as writing:
            writing.append([a_draft("C-1")])
            writing.stand([Standing("C-1", (an_episode("C-1"),))])
            writing.keep_library("L1", "one", {"W1": "a"}, NOON)
        before = all_of(log)
        with pytest.raises(error), log.writing() as writing:
            writing.append([a_draft("C-1"), a_draft("C-2")])
            writing.stand([Standing("C-1"), Standing("C-2", (an_episode("C-2"),))])
            writing.keep_library("L2", "two", {"W1": "a", "W2": "b"}, NOON)
            raise error
        assert all_of(log) == before
        append(log, a_draft("C-2"))
        assert [event.position for event in log.follow()] == [1, 2]
        assert verify(log.records(), log_id=log.log_id).size == 2

    def test_a_transaction_sees_what_it_has_written(self, log: EventLog) -> None:
        append(log, a_draft("C-1"))
        with log.writing() as writing:
            first, second = writing.append([a_draft("C-1"), a_draft("C-2")])
            (third,) = writing.append([a_draft("C-1")])
            assert (writing.head("C-1"), writing.last()) == (Head(3, third.hash), third)
            assert writing.events("C-1")[1:] == [first, third]
            assert writing.find(second.event_id) == second
            assert writing.found([third.event_id]) == {third.event_id: third}
            assert writing.log_id == log.log_id
            stands = Standing("C-1", (an_episode("C-1"),), (a_deadline("C-1"),), (a_breach("C-1", first.event_id),))
            writing.stand([stands])
            assert writing.standing("C-1") == stands
            writing.keep_library("L1", "one", {"W1": "a"}, NOON)
            assert writing.libraries() == [("L1", "one", {"W1": "a"})]

    def test_a_transaction_does_not_begin_within_another(self, log: EventLog) -> None:
        with log.writing() as writing:
            with pytest.raises(LogError, match="under way"), log.writing():
                pass
            writing.append([a_draft()])
        assert log.size() == 1

    def test_a_transaction_that_has_ended_writes_no_more(self, log: EventLog) -> None:
        with log.writing() as writing:
            pass
        with pytest.raises(LogError, match="has ended"):
            writing.append([a_draft()])
        assert log.size() == 0

    # ---- several at once ----

    def test_threads_that_append_at_once_leave_no_gap_and_lose_nothing(self, log: EventLog) -> None:
        errors: list[BaseException] = []

        def work(number: int) -> None:
            try:
                for turn in range(20):
                    append(log, a_draft(f"C-{turn % 2}", actor=f"officer-{number}"))
            except BaseException as error:
                errors.append(error)

        run_all([threading.Thread(target=work, args=(number,)) for number in range(6)])
        assert errors == []
        assert [event.position for event in log.follow()] == list(range(1, 121))
        assert [event.version for event in log.events("C-0")] == list(range(1, 61))
        assert verify(log.records(), log_id=log.log_id).size == 120

    def test_a_thread_that_reads_sees_all_of_a_transaction_or_nothing(self, log: EventLog) -> None:
        seen: set[int] = set()
        begun, done = threading.Event(), threading.Event()

        def read() -> None:
            begun.set()
            while not done.is_set():
                seen.add(log.size())

        reader = threading.Thread(target=read)
        reader.start()
        begun.wait()
        for _ in range(10):
            with log.writing() as writing:
                for _ in range(5):
                    writing.append([a_draft()])
        done.set()
        reader.join()
        assert {size % 5 for size in seen} <= {0}

    def test_a_transaction_holds_the_cases_that_it_was_begun_for(self, log: EventLog) -> None:
        for waits in (True, False):
            with log.writing(["C-2", "C-1"], waits=waits) as writing:
                assert writing.held == ("C-2", "C-1")
                writing.append([a_draft("C-1")])
        with log.writing() as writing:
            assert writing.held == ()
