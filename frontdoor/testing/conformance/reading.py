"""What was recorded is read back as it was, in order, while others write; libraries too."""

from __future__ import annotations

__all__ = ["ReadingBack"]

import threading
from datetime import UTC, date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdoor.event import Draft
from frontdoor.log import EventLog
from frontdoor.log.checkpoint import verify
from frontdoor.log.standing import Standing
from frontdoor.moment import Happened, Span
from frontdoor.testing.conformance.material import NOON, a_deadline, a_draft, an_episode, drafts
from frontdoor.testing.conformance.suite import (
    Suite,
    any_driver,
    append,
    draft_of,
)


class ReadingBack(Suite):
    """What was recorded is read back as it was, in order, while others write; libraries too."""

    # ---- reading ----

    def test_it_is_followed_from_any_position(self, log: EventLog) -> None:
        events = append(log, *(a_draft() for _ in range(4)))
        for after in range(6):
            assert list(log.follow(after)) == events[after:]

    def test_it_is_followed_as_far_as_it_had_come_when_asked(self, log: EventLog) -> None:
        events = append(log, *(a_draft() for _ in range(3)))
        following, records = log.follow(), log.records()
        append(log, a_draft())
        assert list(following) == events
        assert len(list(records)) == 3

    def test_a_long_log_is_read_whole_and_is_not_disturbed_by_writing(self, log: EventLog) -> None:
        append(log, *(a_draft(f"C-{number}") for number in range(5000)))
        with log.writing() as writing:
            writing.stand(
                Standing(f"C-{number}", (an_episode(f"C-{number}"),), (a_deadline(f"C-{number}", late_from=number),))
                for number in range(5000)
            )
        seen = []
        for event in log.follow():
            seen.append(event.position)
            if event.position % 1000 == 0:
                append(log, a_draft("D-1"))
        assert seen == list(range(1, 5001))
        rows = []
        for row in log.running():
            rows.append(row.late_from)
            if len(rows) % 1000 == 0:
                with log.writing() as writing:
                    writing.stand([Standing("D-1", (), (a_deadline("D-1", late_from=-1),))])
        assert rows == list(range(5000))
        assert len(list(log.cases())) == 5001
        assert len(list(log.episodes())) == 5000
        assert len(list(log.deadlines())) == 5001

    def test_cases_come_in_order_of_their_first_events(self, log: EventLog) -> None:
        append(log, a_draft("C-2"), a_draft("C-10"), a_draft("C-2"), a_draft(""), a_draft("C-1"))
        assert list(log.cases()) == ["C-2", "C-10", "C-1"]

    @pytest.mark.parametrize(
        "happened_at",
        [
            NOON, NOON + timedelta(microseconds=1), NOON.astimezone(UTC).replace(hour=23), date(2024, 2, 29),
            Span(date(2024, 1, 1), date(2024, 3, 31)),
        ],
        ids=str,
    )  # fmt: skip
    def test_moments_dates_and_spans_are_kept_as_what_they_are(self, log: EventLog, happened_at: Happened) -> None:
        append(log, a_draft(happened_at=happened_at, recorded_at=None), a_draft(recorded_at=happened_at))
        first, second = self._again(log).events("C-1")
        assert (first.happened_at, first.recorded_at) == (happened_at, None)
        assert (second.happened_at, second.recorded_at) == (NOON, happened_at)
        assert type(first.happened_at) is type(happened_at)

    def test_whatever_an_event_holds_is_kept(self) -> None:
        @settings(any_driver, max_examples=self.examples)
        @given(some=st.lists(drafts(), max_size=5))
        def holds(some: list[Draft]) -> None:
            log = self._new()
            append(log, *some)
            log = self._again(log)
            kept = list(log.follow())
            assert [draft_of(event) for event in kept] == some
            assert verify(log.records(), log_id=log.log_id).size == len(some)
            log.close()

        holds()

    # ---- libraries ----

    def test_libraries_are_kept_in_the_order_they_were_used_last_and_stay_as_they_are(self, log: EventLog) -> None:
        assert log.in_use() == ""
        with log.writing() as writing:
            writing.keep_library("L2", "two", {"W2": "b", "W1": "a"}, NOON)
            assert writing.in_use() == "L2"
            writing.keep_library("L1", "one", {"W1": "a"}, NOON)
        assert [digest for digest, _, _ in log.libraries()] == ["L2", "L1"] and log.in_use() == "L1"
        with log.writing() as writing:
            writing.keep_library("L2", "otherwise", {"W2": "otherwise"}, NOON)
            writing.keep_library("L2", "otherwise", {"W2": "otherwise"}, NOON)
        log = self._again(log)
        assert log.libraries() == [("L1", "one", {"W1": "a"}), ("L2", "two", {"W2": "b", "W1": "a"})]
        assert log.in_use() == "L2" and [*log.libraries()[1][2]] == ["W2", "W1"]

    # ---- waiting for what is new ----

    def test_waiting_ends_when_there_is_something_beyond_a_position(self, log: EventLog) -> None:
        assert not log.wait(0, 0)
        assert not log.wait(0, 0.01)
        found: list[bool] = []
        waiter = threading.Thread(target=lambda: found.append(log.wait(1)))
        append(log, a_draft())
        assert log.wait(0) and log.wait(0, 0)
        waiter.start()
        append(log, a_draft("C-2"))
        waiter.join()
        assert found == [True]
        assert log.wait(1, 0) and not log.wait(2, 0)
