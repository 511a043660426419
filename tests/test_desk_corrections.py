"""What was recorded wrongly: a correction is an event that points at another, and nothing is erased."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import pytest
from desks import content, deadline, due, moment, names, open_desk, play, rules, set_clock, states, timers

from frontdoor import Desk, Refused
from frontdoor.case import Breach
from frontdoor.errors import MomentError, OutOfOrder, UnknownCase
from frontdoor.event import Event

CASE = """
    2024-03-04T09:00 contact.receive
    2024-03-04T10:00 contact.refer
    2024-03-05T09:00 referral.accept
"""


def begun(lines: str = CASE) -> Desk:
    desk = open_desk("2024-03-04T09:00")
    play(desk, lines)
    return desk


def recorded(desk: Desk, event: str) -> Event:
    """The last event of that name as it was recorded."""
    return [one for one in desk.case("C-1").events if one.event == event][-1]


def fact(desk: Desk, event: str) -> Event:
    """The last event of that name as it now stands."""
    return [one for one in desk.case("C-1").facts if one.event == event][-1]


def correct(desk: Desk, event: str, becomes: dict[str, Any] | None, **options: Any) -> Event:
    """Correct the last event of that name."""
    said = {"actor": "manager-1", "role": "manager", "reason": "typed wrongly"} | options
    return desk.correct(recorded(desk, event).event_id, becomes=becomes, **said)


def refused(desk: Desk, event: str, becomes: dict[str, Any] | None, **options: Any) -> Refused:
    """How a correction is refused, the log being left as it was."""
    before = content(desk)
    with pytest.raises(Refused) as caught:
        correct(desk, event, becomes, **options)
    assert content(desk) == before
    return caught.value


def told(desk: Desk) -> object:
    """A case without how it came to be known."""
    case = desk.case("C-1")
    return case.episodes, case.deadlines, case.findings, case.facts


# ---- what becomes of it ----


def test_a_correction_is_an_event_that_says_what_it_corrects_who_did_it_and_why() -> None:
    desk = begun()
    wrong = recorded(desk, "referral.accept")
    event = correct(desk, "referral.accept", {"actor": "social_worker-2"}, reason="it was her colleague")
    assert (event.event, event.episode, event.actor, event.role) == (
        "referral.corrected",
        "referral-1",
        "manager-1",
        "manager",
    )
    assert event.details["corrects"] == wrong.event_id
    assert event.details["becomes"] == {"actor": "social_worker-2"}
    assert event.details["reason"] == "it was her colleague"


def test_what_was_recorded_stays_in_the_log_as_it_was() -> None:
    desk = begun()
    before = list(desk.log.follow())
    correct(desk, "referral.accept", {"happened_at": "2024-03-04T15:00"})
    assert list(desk.log.follow())[: len(before)] == before
    assert fact(desk, "referral.accept").happened_at == moment("2024-03-04T15:00")


def test_a_moment_that_is_corrected_moves_the_deadlines_that_count_from_it() -> None:
    desk = begun("2024-03-04T09:00 contact.receive")
    assert due(desk, "contact.screening") == ("2024-03-05", "running")
    correct(desk, "contact.receive", {"happened_at": date(2024, 3, 1)})
    assert due(desk, "contact.screening") == ("2024-03-04", "running")


def test_what_an_event_opened_at_the_same_moment_moves_with_it() -> None:
    desk = begun()
    correct(desk, "contact.refer", {"happened_at": "2024-03-04T09:30"})
    assert fact(desk, "referral.receive").happened_at == moment("2024-03-04T09:30")
    assert deadline(desk, "single_assessment.completion").counted_from == moment("2024-03-04T09:30")


def test_an_event_that_is_struck_out_never_happened_and_neither_did_what_it_opened() -> None:
    desk = begun()
    correct(desk, "referral.accept", None)
    assert states(desk) == {"contact-1": "referred", "referral-1": "received"}
    assert "referral.accept" not in names(desk.case("C-1").facts)
    assert "referral.accept" in [one.event for one in desk.allowed("C-1")]


def test_who_did_it_in_which_role_and_with_what_recorded_may_be_corrected() -> None:
    desk = begun()
    becomes = {"actor": "manager-2", "role": "manager", "details": {"rationale": "neglect"}}
    correct(desk, "referral.accept", becomes)
    now = fact(desk, "referral.accept")
    assert (now.actor, now.role, now.details) == ("manager-2", "manager", {"rationale": "neglect"})


def test_one_decision_may_be_corrected_to_another_of_the_same_workflow() -> None:
    desk = begun(
        "2024-03-04T09:00 contact.receive\n 2024-03-04T10:00 contact.refer\n 2024-03-05T09:00 referral.signpost"
    )
    correct(desk, "referral.signpost", {"event": "referral.take_no_further_action"})
    assert states(desk)["referral-1"] == "no_further_action"


WAS = {"happened_at": "2024-03-05T09:00", "actor": "social_worker-1", "role": "social_worker"}


@pytest.mark.parametrize(
    ("becomes", "back"),
    [({"happened_at": "2024-03-04T16:00"}, WAS), ({"actor": "manager-7", "role": "manager"}, WAS), (None, {})],
)
def test_corrected_and_corrected_back_it_is_the_same_case(becomes: dict[str, Any] | None, back: dict[str, Any]) -> None:
    """What was struck out is brought back by saying that nothing of it was otherwise."""
    desk = begun()
    before = told(desk)
    correct(desk, "referral.accept", becomes)
    assert told(desk) != before
    correct(desk, "referral.accept", back)
    assert told(desk) == before


def test_a_second_correction_leaves_what_the_first_said_of_other_fields() -> None:
    desk = begun()
    correct(desk, "referral.accept", {"happened_at": "2024-03-04T16:00"})
    correct(desk, "referral.accept", {"actor": "social_worker-2"})
    now = fact(desk, "referral.accept")
    assert (now.happened_at, now.actor) == (moment("2024-03-04T16:00"), "social_worker-2")


def test_a_correction_counts_in_the_version_of_its_case() -> None:
    desk = begun()
    version = desk.case("C-1").version
    correct(desk, "referral.accept", {"actor": "social_worker-2"})
    assert desk.case("C-1").version > version
    assert [one.version for one in desk.case("C-1").events] == list(range(1, desk.case("C-1").version + 1))


def test_after_corrections_too_all_that_stands_is_what_the_events_alone_make() -> None:
    desk = begun()
    correct(desk, "contact.refer", {"happened_at": "2024-03-04T09:30"})
    correct(desk, "referral.accept", None)
    before = content(desk)
    assert desk.rebuild() == []
    assert content(desk) == before
    assert told(open_desk("2024-03-05T09:00", log=desk.log)) == told(desk)


# ---- what is refused ----


def test_what_would_make_a_recorded_event_illegal_is_refused_naming_that() -> None:
    desk = begun(CASE + "2024-03-06T09:00 single_assessment.submit")
    submit = recorded(desk, "single_assessment.submit")
    found = refused(desk, "referral.accept", None)
    assert submit.event_id in [reason.event_id for reason in found.reasons]
    assert "single_assessment.submit" in str(found)


def test_it_is_corrected_despite_that_where_so_it_was() -> None:
    desk = begun(CASE + "2024-03-06T09:00 single_assessment.submit")
    correct(desk, "referral.accept", None, despite="it was never accepted, and assessed all the same")
    assert "opened-without" in [finding.rule for finding in desk.case("C-1").findings]


def test_nobody_becomes_the_one_who_signed_off_their_own_work() -> None:
    desk = begun(CASE + "2024-04-02T09:00 single_assessment.submit\n 2024-04-03T09:00 single_assessment.sign_off")
    for despite in (None, "so it was"):
        found = refused(desk, "single_assessment.sign_off", {"actor": "social_worker-1"}, despite=despite)
        assert rules(found) == ["same-person"]


def test_what_is_corrected_did_not_happen_after_the_desks_clock() -> None:
    desk = begun()
    before = content(desk)
    with pytest.raises(OutOfOrder):
        correct(desk, "referral.accept", {"happened_at": date(2024, 3, 6)})
    with pytest.raises(MomentError):
        correct(desk, "referral.accept", {"happened_at": "yesterday"})
    assert content(desk) == before


@pytest.mark.parametrize(
    ("becomes", "rule"),
    [
        ({"event": "contact.close"}, "unknown-event"), ({"event": "referral.acept"}, "unknown-event"),
        ({"event_id": "7"}, "bad-details"), ({"recorded_at": "2024-03-04"}, "bad-details"), ({"colour": "red"}, "bad-details"),
        ({"details": {"rationale": {1, 2}}}, "bad-details"), ({"actor": "a\x00"}, "bad-text"), ({"role": 7}, "bad-text"),
        ({"details": {}}, "missing-detail"), ({"role": "chair"}, "wrong-role"),
    ],
)  # fmt: skip
def test_what_a_correction_cannot_say_is_refused_by_name(becomes: dict[str, Any], rule: str) -> None:
    assert rule in rules(refused(begun(), "referral.accept", becomes))


@pytest.mark.parametrize(
    ("said", "rule"), [({"actor": " "}, "no-actor"), ({"role": ""}, "no-role"), ({"reason": " "}, "no-reason")]
)
def test_a_correction_says_who_made_it_in_which_role_and_why(said: dict[str, str], rule: str) -> None:
    assert rules(refused(begun(), "referral.accept", {"actor": "social_worker-2"}, **said)) == [rule]


def test_a_correction_of_nothing_is_told_in_one_sentence() -> None:
    desk = begun()
    before = content(desk)
    for nothing in (str(uuid.uuid4()), uuid.uuid4(), "seven", ""):
        with pytest.raises(UnknownCase, match="a correction names an event"):
            desk.correct(nothing, actor="m", role="manager", reason="typed wrongly", becomes=None)
    assert content(desk) == before


def test_what_the_desk_recorded_itself_is_not_corrected() -> None:
    desk = begun()
    correction = correct(desk, "referral.accept", {"actor": "social_worker-2"})
    with pytest.raises(UnknownCase, match="the desk's own"):
        desk.correct(correction.event_id, actor="m", role="manager", reason="typed wrongly", becomes=None)


# ---- breaches ----


def test_a_breach_is_withdrawn_when_a_correction_makes_it_none_and_raised_anew_when_that_was_wrong() -> None:
    """It is raised anew there and then: it was found late before, and nobody need check again."""
    desk = begun()
    set_clock(desk, "2024-03-20T09:00")
    correct(desk, "referral.accept", None)
    assert "referral.decision" in timers(desk.check())

    def decision() -> list[Breach]:
        return [one for one in desk.case("C-1").breaches if one.timer == "referral.decision"]

    correct(desk, "referral.accept", {})
    assert [one.stands for one in decision()] == [False]
    correct(desk, "referral.accept", None)
    assert sorted(one.stands for one in decision()) == [False, True]
    assert len({one.event_id for one in decision()}) == 2
    assert desk.check() == []


def test_a_breach_of_what_counted_from_a_wrong_day_is_withdrawn_and_the_right_one_raised() -> None:
    desk = begun("2024-03-04T09:00 contact.receive")
    set_clock(desk, "2024-03-08T09:00")
    desk.check()
    correct(desk, "contact.receive", {"happened_at": "2024-03-05T09:00"})
    desk.check()
    told = sorted((one.due, one.stands) for one in desk.case("C-1").breaches)
    assert told == [(date(2024, 3, 5), False), (date(2024, 3, 6), True)]


def test_a_correction_that_moves_no_deadline_withdraws_nothing() -> None:
    desk = begun("2024-03-04T09:00 contact.receive")
    set_clock(desk, "2024-03-08T09:00")
    desk.check()
    correct(desk, "contact.receive", {"actor": "referral_officer-2"})
    assert [one.stands for one in desk.case("C-1").breaches] == [True]
    assert desk.check() == []
