"""What is appended gets its place: positions, versions, the chain, and an id that is one event."""

from __future__ import annotations

__all__ = ["Appending"]

from uuid import UUID

import pytest

from frontdoor.errors import Conflict
from frontdoor.log import EventLog, Head
from frontdoor.log.checkpoint import verify
from frontdoor.log.standing import Standing
from frontdoor.testing.conformance.material import a_draft
from frontdoor.testing.conformance.suite import (
    Suite,
    append,
    unplaced,
    without_chance,
)


class Appending(Suite):
    """What is appended gets its place: positions, versions, the chain, and an id that is one event."""

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

    def test_what_drafts_leave_unsaid_of_their_episodes_is_named_as_they_are_appended(self, log: EventLog) -> None:
        new = [a_draft(f"C-{number % 7}", episode="", digest="") for number in range(150)]
        named = [(f"referral-{number}", f"d{number % 3}") for number in range(150)]
        with log.writing() as writing:
            given = writing.append(new, named)
        assert [(event.episode, event.digest) for event in given] == named
        assert [event.event_id for event in given[140:]] == [draft.event_id for draft in new[140:]]
        held = log.found(draft.event_id for draft in new)
        assert [unplaced(held[event.event_id]) for event in given] == [unplaced(event) for event in given]
        assert verify(log.records(), log_id=log.log_id).size == 150

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
