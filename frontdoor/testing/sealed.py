"""What every log must do whose details are sealed under keys: a suite for pytest, beside `LogConformance`.

    from frontdoor.testing.sealed import SealedConformance

    class TestOurSealedLog(SealedConformance):
        def make_log(self, keys):
            return OurLog(..., keys=keys)

The keys are in memory, so that they can be destroyed, lost, or put back as an older copy of them was. It needs the extras
`testing` and `prove`.
"""

from __future__ import annotations

__all__ = ["KeysInMemory", "SealedConformance"]

import os
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frontdoor.errors import KeysError
from frontdoor.event import DESTROYED, Draft
from frontdoor.log import EventLog
from frontdoor.log.checkpoint import verify
from frontdoor.log.keys import Destroyed, going_without, usable
from frontdoor.log.shown import CLEAR
from frontdoor.testing.conformance import a_draft, append
from frontdoor.testing.conformance.suite import Closing

WORDS = "Her grandmother rang about the bruises"
GONE = Destroyed("2030-01-01T00:00:00+00:00", "records-1", "schedule")


class KeysInMemory:
    """Keys that end with the process."""

    def __init__(self) -> None:
        self.keys_id = "these keys"
        self.mark = ""
        self.clear = frozenset(CLEAR)
        self.keys: dict[str, bytes | Destroyed] = {}
        """Of each case its key, or what is left of it; as an older copy has them, once that is put here."""
        self.lost = False
        """Whether nobody can reach them."""

    def held(self, case_ids: Iterable[str]) -> Mapping[str, bytes | Destroyed]:
        """The keys of these cases, or what is left of them."""
        if self.lost:
            raise KeysError("the keys have gone.")
        return {one: self.keys[one] for one in case_ids if one in self.keys}

    def made(self, case_ids: Iterable[str]) -> Mapping[str, bytes]:
        """The keys of these cases, which are given one where they have none."""
        wanted = list(case_ids)
        for one in wanted:
            if one not in self.held(wanted):
                self.keys[one] = os.urandom(32)
        return usable(self.held(wanted))

    def destroy(self, case_id: str, gone: Destroyed) -> Destroyed:
        """Destroy the key of a case."""
        left = self.held([case_id]).get(case_id)
        self.keys[case_id] = left if isinstance(left, Destroyed) else gone
        return left if isinstance(left, Destroyed) else gone


def worded(case_id: str = "C-1") -> Draft:
    """Something to record of a case, with words."""
    return a_draft(case_id, details={"source": "6", "note": f"{WORDS} of {case_id}"})


def destroyed(case_id: str = "C-1") -> Draft:
    """What a desk records once it has destroyed the key of a case."""
    said = {"because": "schedule", "unreadable": 1, "in_the_open": 0}
    return a_draft(case_id, event=DESTROYED, role="", episode="", details=said)


class SealedConformance(Closing):
    """What every log must do whose details are sealed."""

    examples = 30
    """Of the test that takes any."""

    def make_log(self, keys: KeysInMemory) -> EventLog:
        """A new log, under these keys."""
        raise NotImplementedError

    def _new(self, keys: KeysInMemory) -> Any:
        self._opened.append(self.make_log(keys))
        return self._opened[-1]

    @pytest.fixture
    def keys(self) -> KeysInMemory:
        """New keys."""
        return KeysInMemory()

    @pytest.fixture
    def log(self, keys: KeysInMemory) -> Any:
        """A new log under them."""
        return self._new(keys)

    def _refused(self, log: Any, *some: Draft, match: str) -> None:
        """These are refused, and nothing of them is kept."""
        before = [*log.records()]
        with pytest.raises(KeysError, match=match):
            append(log, *some)
        assert [*log.records()] == before

    def _notes(self, log: Any, case_id: str = "C-1") -> list[object]:
        return [event.details.get("note") for event in log.events(case_id)]

    def test_words_are_in_no_record_and_are_read_with_the_keys(self, log: Any, keys: KeysInMemory) -> None:
        assert not log.is_sealed and log.keys is keys
        append(log, a_draft())
        assert log.is_sealed and not keys.keys
        append(log, worded(), worded("C-2"))
        assert len({str(key) for key in keys.keys.values()}) == 2, "a case has a key of its own"
        assert log.is_sealed and keys.keys.keys() == {"C-1", "C-2"} and "grandmother" not in str([*log.records()])
        assert self._notes(log) == [None, f"{WORDS} of C-1"]
        assert log.events("C-2")[0].details["source"] == "6"

    def test_from_the_first_event_on_though_it_has_no_words_other_keys_seal_nothing(
        self, log: Any, keys: KeysInMemory
    ) -> None:
        append(log, a_draft())
        keys.keys_id = "other keys"
        self._refused(log, worded(), match="are sealed by other keys than those that were given")
        append(log, a_draft())

    def test_before_anything_is_recorded_with_them_a_check_does_without_keys_that_have_gone(
        self, log: Any, keys: KeysInMemory
    ) -> None:
        keys.lost, keys.keys_id = True, ""
        self._refused(log, a_draft(details={}), match="the keys have gone")
        with going_without() as troubles:
            append(log, a_draft(details={}))
        assert troubles == ["the keys have gone."] and not log.is_sealed and log.size() == 1

    def test_a_transaction_that_is_undone_leaves_it_unsealed(self, log: Any) -> None:
        with pytest.raises(ZeroDivisionError), log.writing() as writing:
            writing.append([worded()])
            1 / 0  # noqa: B018
        assert not log.is_sealed and log.size() == 0
        append(log, worded())
        assert log.is_sealed

    def test_of_a_case_whose_key_was_destroyed_no_words_are_kept_and_all_else_is(
        self, log: Any, keys: KeysInMemory
    ) -> None:
        append(log, worded(), worded("C-2"))
        root = verify(log.records(), log_id=log.log_id)
        again = GONE._replace(by="somebody else")
        assert keys.destroy("C-1", GONE) == keys.destroy("C-1", again) == GONE
        assert self._notes(log) == ["(destroyed)"] and verify(log.records(), log_id=log.log_id) == root
        self._refused(log, worded("C-2"), worded(), match="details of case 'C-1' were destroyed on 2030-01-01")
        append(log, a_draft(), destroyed(), worded("C-2"))
        self._refused(log, worded(), match="were destroyed")

    def test_a_case_that_is_missing_from_an_older_copy_of_the_keys_is_given_no_second_key(
        self, log: Any, keys: KeysInMemory
    ) -> None:
        append(log, worded(), a_draft("C-2"))
        kept, keys.keys = keys.keys, {}
        self._refused(log, worded(), match="have none of case 'C-1', whose details are sealed: they are an older copy")
        append(log, a_draft(), worded("C-2"), worded("C-3"))
        assert self._notes(log) == ["(its key is missing)", None] and "C-1" not in keys.keys
        keys.keys |= kept
        append(log, worded())

    def test_a_case_that_was_destroyed_takes_no_words_by_an_older_copy_of_the_keys(
        self, log: Any, keys: KeysInMemory
    ) -> None:
        append(log, worded())
        older = dict(keys.keys)
        keys.destroy("C-1", GONE)
        append(log, destroyed())
        keys.keys = older
        self._refused(log, worded(), match="'C-1' were destroyed, and the keys of .* do not say so: .* an older copy")
        append(log, a_draft())

    def test_other_keys_than_those_it_is_sealed_by_seal_nothing(self, log: Any, keys: KeysInMemory) -> None:
        append(log, worded())
        keys.keys_id = "other keys"
        self._refused(log, worded("C-2"), match="are sealed by other keys than those that were given")
        append(log, a_draft("C-2"))

    def test_without_its_keys_it_takes_no_words_and_all_else_and_is_read_by_who_does_without_words(
        self, log: Any, keys: KeysInMemory
    ) -> None:
        append(log, worded())
        keys.lost = True
        self._refused(log, worded(), match="the keys have gone")
        self._refused(log, worded("C-2"), match="the keys have gone")
        with pytest.raises(KeysError, match="the keys have gone"):
            log.events("C-1")
        with going_without() as troubles:
            assert self._notes(log) == ["(its key is missing)"]
            append(log, a_draft(), a_draft("C-2"))
        assert troubles == ["the keys have gone."] and log.size() == 3

    def test_words_that_could_not_be_read_are_not_taken_over_as_if_they_said_something(
        self, log: Any, keys: KeysInMemory
    ) -> None:
        append(log, worded())
        keys.lost = True
        with going_without():
            (event,) = log.events("C-1")
        keys.lost = False
        mended = {"corrects": event.event_id, "becomes": {"details": dict(event.details)}, "reason": "typed wrongly"}
        for draft in (
            a_draft(details=event.details),
            a_draft("C-2", details=event.details),
            a_draft(event="referral.corrected", details=mended),
        ):
            self._refused(log, draft, match=f"words of case '{draft.case_id}' would be .* that cannot be read")

    def test_whatever_becomes_of_the_keys_no_words_are_kept_that_they_do_not_open(self) -> None:
        """However keys are destroyed, and put back as they were: what is recorded can be read by the newest of them."""
        steps = st.lists(
            st.tuples(st.sampled_from(["words", "words", "none", "destroy", "keep", "put back"]), st.sampled_from(["C-1", "C-2"])),
            max_size=12,
        )  # fmt: skip

        @settings(max_examples=self.examples, deadline=None, suppress_health_check=list(HealthCheck))
        @given(steps)
        def hold(some: list[tuple[str, str]]) -> None:
            keys = KeysInMemory()
            log = self._new(keys)
            older = dict(keys.keys)
            sealed: dict[str, bytes | Destroyed] = {}
            for what, case_id in some:
                left = keys.keys.get(case_id)
                if what == "keep":
                    older = dict(keys.keys)
                elif what == "put back":
                    keys.keys = dict(older)
                elif what == "none":
                    append(log, a_draft(case_id))
                elif what == "destroy" and case_id in sealed and left is not None:
                    keys.destroy(case_id, GONE)
                    sealed[case_id] = GONE
                    append(log, destroyed(case_id))
                elif what == "words" and sealed.get(case_id, left) == left and not isinstance(left, Destroyed):
                    append(log, worded(case_id))
                    sealed[case_id] = keys.keys[case_id]
                elif what == "words":
                    self._refused(log, worded(case_id), match="destroyed|an older copy")
            newest = {**keys.keys, **sealed}
            keys.keys = newest
            for case_id, key in sealed.items():
                read = {str(note) for note in self._notes(log, case_id) if note is not None}
                assert read == {"(destroyed)" if isinstance(key, Destroyed) else f"{WORDS} of {case_id}"}

        hold()
