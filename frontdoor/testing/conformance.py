"""What every log must do, whatever it is kept in: a suite for pytest that each driver's tests take over.

    from frontdoor.testing.conformance import LogConformance

    class TestOurLog(LogConformance):
        def make_log(self):
            return OurLog(...)

        def reopen(self, log):        # where it outlives the process
            log.close()
            return OurLog(...)

It needs the extra `testing`.
"""

from __future__ import annotations

__all__ = ["LogConformance", "a_deadline", "a_draft", "drafts"]

import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frontdoor.errors import Conflict, LogError
from frontdoor.event import Draft, Event
from frontdoor.log import EventLog, Head
from frontdoor.log.checkpoint import verify
from frontdoor.log.standing import BreachRow, DeadlineRow, EpisodeRow, Standing
from frontdoor.moment import Happened, Span

NOON = datetime(2024, 3, 4, 12, tzinfo=UTC)
"""When what is recorded here happened, unless a test says otherwise."""


def a_draft(case_id: str = "C-1", **changes: Any) -> Draft:
    """Something to record of a case, with an id of its own."""
    draft = Draft(
        case_id=case_id, event="referral.receive", happened_at=NOON, recorded_at=NOON, actor="officer-12",
        role="referral_officer", episode="referral-1", family="", details={"source": "6"}, event_id=str(uuid4()),
    )  # fmt: skip
    return attrs.evolve(draft, **changes)


def an_episode(case_id: str, number: int = 1, **changes: Any) -> EpisodeRow:
    """An open referral."""
    row = EpisodeRow(
        case_id, number, f"referral-{number}", "referral", "received", "Referral received", 1, "working_together_2023",
        NOON.isoformat(), NOON.isoformat(), "", "d1",
    )  # fmt: skip
    return row._replace(**changes)


def a_deadline(case_id: str, number: int = 1, late_from: int | None = 0, **changes: Any) -> DeadlineRow:
    """A deadline that runs, and of which no breach stands."""
    row = DeadlineRow(
        case_id, number, "referral-1", "referral.decision", "referral.receive", "id-1", NOON.isoformat(), 1, "working days",
        "2024-03-05", late_from, "running", "", "", None, "statutory", "working_together_2023", "section 1", 0,
    )  # fmt: skip
    return row._replace(**changes)


def a_breach(case_id: str, breach: str, **changes: Any) -> BreachRow:
    """A breach that stands."""
    row = BreachRow(
        case_id, breach, "referral-1", "referral.decision", "id-1", "2024-03-05", 7, NOON.isoformat(), 60, "statutory",
        "working_together_2023", "2024-01", "", "", "",
    )  # fmt: skip
    return row._replace(**changes)


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
"""Any text that an event may hold: no NUL, no half of a surrogate pair."""
_numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
details = st.dictionaries(
    texts,
    st.recursive(
        st.none() | st.booleans() | _numbers | texts,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
        max_leaves=6,
    ),
    max_size=3,
)
"""Details of every kind that JSON has."""
_days = st.dates(date(1850, 1, 1), date(2199, 12, 31))
_moments = st.datetimes(datetime(1850, 1, 2), datetime(2199, 12, 30), timezones=st.just(UTC))
_spans = st.tuples(_days, _days).map(lambda days: Span(min(days), max(days)))
happened: st.SearchStrategy[Happened] = _moments | _days | _spans


def drafts(case_ids: st.SearchStrategy[str] = texts) -> st.SearchStrategy[Draft]:
    """Any event that a log can be asked to keep."""
    return st.builds(
        Draft, case_id=case_ids, event=texts, happened_at=happened, recorded_at=st.none() | happened, actor=texts, role=texts,
        episode=texts, family=texts, details=details, event_id=st.uuids().map(str), cause=texts, digest=texts,
    )  # fmt: skip


_any_driver = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors, HealthCheck.too_slow]
)  # fmt: skip


def without_chance(event: Event) -> Event:
    """An event without what is random in it, or follows from that."""
    return attrs.evolve(event, salt="", details_digest="", hash="", link="")


class LogConformance:
    """What every log must do."""

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

    @pytest.fixture(autouse=True)
    def _closing(self) -> Iterator[None]:
        self._opened: list[EventLog] = []
        yield
        for log in self._opened:
            log.close()

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

    # ---- appending ----

    def test_a_new_log_holds_nothing_and_has_a_name_of_its_own(self, log: EventLog) -> None:
        assert (log.size(), log.last(), list(log.follow()), list(log.cases()), log.libraries()) == (0, None, [], [], [])
        assert [*log.records(), *log.episodes(), *log.deadlines(), *log.breaches(), *log.running()] == []
        assert log.due(1 << 60) == []
        assert UUID(log.log_id)
        other = self._new()
        assert other.log_id != log.log_id

    def test_of_a_case_it_does_not_know_there_is_nothing(self, log: EventLog) -> None:
        assert log.head("C-9") == Head(0, "")
        assert log.events("C-9") == []
        assert log.standing("C-9") == Standing("C-9")
        assert log.find("no-such-id") is None

    def test_positions_count_up_without_a_gap(self, log: EventLog) -> None:
        append(log, a_draft("C-1"), a_draft("C-2"))
        append(log, a_draft("C-1"))
        assert [event.position for event in log.follow()] == [1, 2, 3]
        assert log.size() == 3

    def test_versions_count_up_within_each_case(self, log: EventLog) -> None:
        append(log, a_draft("C-1"), a_draft("C-2"), a_draft("C-1"))
        append(log, a_draft("C-2"), a_draft("C-1"))
        assert [event.version for event in log.events("C-1")] == [1, 2, 3]
        assert [event.version for event in log.events("C-2")] == [1, 2]

    def test_what_is_about_no_case_counts_by_itself_and_is_no_case(self, log: EventLog) -> None:
        append(log, a_draft(""), a_draft("C-1"), a_draft(""))
        assert [event.version for event in log.events("")] == [1, 2]
        assert list(log.cases()) == ["C-1"]

    def test_appending_gives_the_events_that_it_then_holds(self, log: EventLog) -> None:
        with log.writing() as writing:
            given_back = writing.append([a_draft("C-1"), a_draft("C-2")])
        held = list(log.follow())
        assert given_back == (held if self.places_at_once else [*map(unplaced, held)])

    def test_appending_nothing_is_nothing(self, log: EventLog) -> None:
        assert append(log) == []
        assert log.size() == 0

    def test_the_head_of_a_case_is_its_last_event(self, log: EventLog) -> None:
        *_, last, _ = append(log, a_draft("C-1"), a_draft("C-1"), a_draft("C-2"))
        assert log.head("C-1") == Head(2, last.hash)

    def test_no_two_salts_are_equal(self, log: EventLog) -> None:
        events = append(log, *(a_draft() for _ in range(20)))
        assert len({event.salt for event in events}) == 20
        assert {len(event.salt) for event in events} == {32}

    def test_the_chain_verifies_whatever_was_appended_in_whatever_portions(self, log: EventLog) -> None:
        for portion in range(6):
            append(log, *(a_draft(f"C-{number % 3}") for number in range(portion)))
        again = self._again(log)
        assert verify(again.records(), log_id=again.log_id).size == 15

    def test_two_logs_hold_the_same_of_the_same_drafts_but_for_what_is_random(self, log: EventLog) -> None:
        same = [a_draft(f"C-{number % 3}", details={"n": number}) for number in range(7)]
        other = self._new()
        append(log, *same)
        append(other, *same[:3])
        append(other, *same[3:])
        assert [*map(without_chance, log.follow())] == [*map(without_chance, other.follow())]

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

    # ---- an id is one event ----

    def test_an_event_id_is_taken_once(self, log: EventLog) -> None:
        (event,) = append(log, a_draft("C-1"))
        at = ", at position 1" if self.places_at_once else ""
        with pytest.raises(Conflict, match=f"{event.event_id} is in the log already{at}\\.") as caught:
            append(log, a_draft("C-2"), a_draft("C-2", event_id=event.event_id))
        assert (caught.value.case, caught.value.expected, caught.value.found) == ("C-2", None, None)
        assert log.size() == 1

    def test_an_event_id_is_taken_once_within_what_is_appended_together(self, log: EventLog) -> None:
        draft = a_draft()
        at = ", at position 1" if self.places_at_once else ""
        with pytest.raises(Conflict, match=f"is in the log already{at}\\."):
            append(log, draft, draft)
        assert log.size() == 0

    def test_a_transaction_in_which_an_event_was_refused_is_not_kept_even_by_a_caller_who_goes_on(
        self, log: EventLog
    ) -> None:
        (event,) = append(log, a_draft())
        with pytest.raises(Conflict), log.writing() as writing:
            with pytest.raises(Conflict):
                writing.append([a_draft("C-2"), event])
            writing.append([a_draft("C-3")])
        assert log.size() == 1

    def test_events_are_found_by_their_ids(self, log: EventLog) -> None:
        first, _, third = append(log, a_draft(), a_draft(), a_draft("C-2"))
        assert log.find(third.event_id) == third
        assert log.found([third.event_id, "no-such-id", first.event_id]) == {
            first.event_id: first,
            third.event_id: third,
        }
        assert log.found([]) == {}

    def test_many_events_are_found_at_once(self, log: EventLog) -> None:
        events = append(log, *(a_draft() for _ in range(1203)))
        assert log.found([event.event_id for event in events]) == {event.event_id: event for event in events}

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
        @settings(_any_driver, max_examples=self.examples)
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

    # ---- what stands ----

    def test_what_stands_of_a_case_is_replaced_whole_and_other_cases_keep_theirs(self, log: EventLog) -> None:
        (event,) = append(log, a_draft())
        one = Standing(
            "C-1", (an_episode("C-1"), an_episode("C-1", 2)), (a_deadline("C-1"), a_deadline("C-1", 2)),
            (a_breach("C-1", event.event_id),),
        )  # fmt: skip
        other = Standing("C-2", (an_episode("C-2"),), (a_deadline("C-2", late_from=None, allowed=None, over=3),))
        with log.writing() as writing:
            writing.stand([one, other])
        assert (log.standing("C-1"), log.standing("C-2")) == (one, other)
        changed = Standing("C-1", (an_episode("C-1", state="accepted", is_open=0),), (a_deadline("C-1", 2, 9),))
        with log.writing() as writing:
            writing.stand([changed])
        log = self._again(log)
        assert (log.standing("C-1"), log.standing("C-2")) == (changed, other)
        with log.writing() as writing:
            writing.stand([Standing("C-1")])
        assert (log.standing("C-1"), log.standing("C-2")) == (Standing("C-1"), other)

    def test_of_what_is_said_twice_to_stand_the_last_stands(self, log: EventLog) -> None:
        with log.writing() as writing:
            writing.stand(
                [Standing("C-1", (an_episode("C-1"), an_episode("C-1", 2))), Standing("C-1", (an_episode("C-1"),))]
            )
            writing.stand([Standing("C-1", (an_episode("C-1", 3),))])
        assert log.standing("C-1") == Standing("C-1", (an_episode("C-1", 3),))

    def test_episodes_and_deadlines_are_listed_by_case_and_number(self, log: EventLog) -> None:
        with log.writing() as writing:
            for case_id in ("C-2", "C-10", "C-1"):
                numbers = (1, 2, 10)
                writing.stand([
                    Standing(case_id, tuple(an_episode(case_id, n) for n in numbers), tuple(a_deadline(case_id, n) for n in numbers))
                ])  # fmt: skip
        listed = [(case_id, number) for case_id in ("C-1", "C-10", "C-2") for number in (1, 2, 10)]
        assert [row[:2] for row in log.episodes()] == [row[:2] for row in log.deadlines()] == listed

    def test_breaches_are_listed_in_the_order_they_were_raised(self, log: EventLog) -> None:
        with log.writing() as writing:
            events = writing.append([a_draft(f"C-{n % 3}", event="referral.breach_raised") for n in range(9)])
        by_case: dict[str, list[BreachRow]] = {}
        for event in events:
            by_case.setdefault(event.case_id, []).append(a_breach(event.case_id, event.event_id))
        with log.writing() as writing:
            writing.stand(Standing(case_id, breaches=tuple(rows)) for case_id, rows in reversed(by_case.items()))
        withdrawn = a_breach("C-1", events[1].event_id, withdrawn="id-9", why="it was recorded late")
        with log.writing() as writing:
            writing.stand([Standing("C-1", breaches=(withdrawn, *by_case["C-1"][1:]))])
        assert [row.breach for row in log.breaches()] == [event.event_id for event in events]
        assert [row for row in log.breaches() if row.withdrawn] == [withdrawn]

    # ---- what is due ----

    def test_a_case_is_due_from_the_moment_its_first_deadline_is_late(self, log: EventLog) -> None:
        stand(log, a_deadline("C-1", 1, 50), a_deadline("C-1", 2, 40), a_deadline("C-2", 1, 60))
        assert log.due(39) == []
        assert log.due(40) == [(40, "C-1")]
        assert log.due(59) == [(40, "C-1")]
        assert log.due(60) == [(40, "C-1"), (60, "C-2")]

    def test_only_a_deadline_that_runs_and_is_not_breached_and_can_be_told_is_due(self, log: EventLog) -> None:
        stand(
            log, a_deadline("C-1", 1, 1, breached=1), a_deadline("C-1", 2, 2, status="late"), a_deadline("C-1", 3, 3),
            a_deadline("C-2", 1, None), a_deadline("C-3", 1, 1, status="met"), a_deadline("C-4", 1, 1, breached=1),
        )  # fmt: skip
        assert log.due(1 << 60) == [(3, "C-1")]

    def test_what_is_due_is_given_in_portions_each_case_once(self, log: EventLog) -> None:
        stand(log, *(a_deadline(f"C-{number % 7}", number, number // 2) for number in range(30)))
        whole = log.due(1 << 60)
        assert whole == sorted(whole)
        assert len(whole) == 7
        for limit in (1, 2, 3, 7, 8):
            found: list[tuple[int, str]] = []
            while portion := log.due(1 << 60, limit=limit, **({"after": found[-1]} if found else {})):
                assert len(portion) <= limit
                found += portion
            assert found == whole

    def test_deadlines_that_run_are_given_soonest_first_and_those_that_cannot_be_told_last(self, log: EventLog) -> None:
        stand(
            log, a_deadline("C-2", 1, None), a_deadline("C-2", 2, 5), a_deadline("C-1", 1, 7, breached=1),
            a_deadline("C-1", 2, 6, status="met"), a_deadline("C-3", 1, -4), a_deadline("C-1", 3, 5),
        )  # fmt: skip
        soonest = [("C-3", 1), ("C-1", 3), ("C-2", 2), ("C-1", 1)]
        assert [row[:2] for row in log.running()] == [*soonest, ("C-2", 1)]
        assert [row[:2] for row in log.running(before=7)] == soonest[:3]
        assert [row[:2] for row in log.running(before=8)] == soonest

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

    # ---- against a model ----

    def test_whatever_is_tried_it_holds_what_a_list_would(self) -> None:
        @settings(_any_driver, max_examples=self.examples)
        @given(
            steps=st.lists(
                st.tuples(
                    st.sampled_from(["keep", "undo", "double", "reopen"]),
                    st.lists(st.sampled_from(["C-1", "C-2", "C-3", ""]), max_size=4),
                ),
                max_size=10,
            )
        )
        def holds(steps: list[tuple[str, list[str]]]) -> None:
            log = self._new()
            model: list[Event] = []
            for step, cases in steps:
                new = [a_draft(case_id) for case_id in cases]
                if step == "keep":
                    model += append(log, *new)
                elif step == "reopen":
                    log = self._again(log)
                elif step == "undo":
                    with pytest.raises(ZeroDivisionError), log.writing() as writing:
                        writing.append(new)
                        raise ZeroDivisionError
                elif model:
                    with pytest.raises(Conflict):
                        append(log, *new, model[len(cases) % len(model)])
                assert list(log.follow()) == model
                assert (log.size(), log.last()) == (len(model), model[-1] if model else None)
            assert [event.position for event in model] == list(range(1, len(model) + 1))
            assert list(log.cases()) == list(dict.fromkeys(event.case_id for event in model if event.case_id))
            for case_id in ("C-1", "C-2", "C-3", ""):
                events = [event for event in model if event.case_id == case_id]
                assert log.events(case_id) == events
                assert [event.version for event in events] == list(range(1, len(events) + 1))
                assert log.head(case_id) == (Head(len(events), events[-1].hash) if events else Head(0, ""))
            assert verify(log.records(), log_id=log.log_id).size == len(model)
            log.close()

        holds()


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
