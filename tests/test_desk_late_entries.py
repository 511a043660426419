"""What is typed days after it happened: one order everywhere, and a case that is folded anew in it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from desks import (
    content,
    deadline,
    do,
    due,
    moment,
    names,
    open_desk,
    play,
    refusal,
    rules,
    said_by_desk,
    said_by_oracle,
    set_clock,
    states,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdoor import Desk
from frontdoor.errors import OutOfOrder
from frontdoor.moment import written

MONDAY = """
    2024-03-04T09:00 contact.receive
    2024-03-04T10:00 contact.refer
"""


def begun(lines: str = MONDAY) -> Desk:
    """A desk with a case whose referral came on Monday 4 March 2024."""
    desk = open_desk("2024-03-04T09:00")
    play(desk, lines)
    return desk


# ---- one order ----


def test_a_late_entry_takes_its_place_among_what_happened() -> None:
    desk = begun()
    play(desk, "2024-03-06T09:00 referral.accept")
    do(desk, "referral.discuss", at="2024-03-07T09:00", happened_at="2024-03-05T15:00")
    case = desk.case("C-1")
    assert names(case.events)[-3:] == ["referral.accept", "single_assessment.start", "referral.discuss"]
    assert names(case.facts)[-3:] == ["referral.discuss", "referral.accept", "single_assessment.start"]


def test_a_decision_that_was_made_in_time_and_typed_three_days_later_is_in_time() -> None:
    """It was recorded late, which is no breach."""
    desk = begun()
    assert due(desk, "referral.decision") == ("2024-03-05", "running")
    set_clock(desk, "2024-03-08T09:00")
    assert due(desk, "referral.decision") == ("2024-03-05", "overdue")
    do(desk, "referral.accept", happened_at="2024-03-05T16:00")
    assert due(desk, "referral.decision") == ("2024-03-05", "met")
    assert deadline(desk, "referral.decision").stopped_at == moment("2024-03-05T16:00")


def test_what_was_typed_late_opens_its_workflow_on_the_day_it_happened() -> None:
    desk = begun()
    do(desk, "referral.accept", at="2024-03-08T09:00", happened_at="2024-03-05T16:00")
    assessment = desk.case("C-1").episodes[-1]
    assert (assessment.workflow, assessment.opened_at) == ("single_assessment", moment("2024-03-05T16:00"))


def test_an_earlier_referral_that_comes_to_light_is_what_the_assessment_was_not_counted_from() -> None:
    """The latest referral opened no later than the assessment is meant, so an earlier one changes nothing."""
    desk = begun()
    play(desk, "2024-03-05T09:00 referral.accept")
    before = due(desk, "single_assessment.completion")
    do(
        desk,
        "contact.receive",
        at="2024-03-07T09:00",
        happened_at="2024-02-01T09:00",
        episode="old",
        despite="found in the old file",
    )
    do(desk, "contact.refer", happened_at="2024-02-01T10:00", episode="old", despite="found in the old file")
    assert due(desk, "single_assessment.completion") == before


def test_a_discussion_that_comes_to_light_moves_no_clock_that_counts_from_the_first() -> None:
    desk = begun()
    play(desk, "2024-03-05T09:00 section_47.start")
    do(desk, "section_47.discuss", at="2024-03-08T09:00", happened_at=date(2024, 3, 6))
    assert deadline(desk, "section_47.outcome").counted_from == moment("2024-03-05T09:00")


def test_a_feedback_that_comes_before_the_decision_in_time_does_not_stop_its_clock() -> None:
    """Feedback runs from the decision: what was told before it was decided is not the outcome."""
    desk = begun()
    play(desk, "2024-03-05T09:00 referral.accept\n 2024-03-05T10:00 referral.feed_back")
    assert due(desk, "referral.feedback") == ("2024-03-12", "met")
    refused = refusal(desk, "referral.feed_back", happened_at="2024-03-04T11:00")
    assert (rules(refused), refused.state) == (["illegal-transition"], "received")


def test_things_of_one_moment_stand_in_the_order_they_were_recorded() -> None:
    desk = begun("2024-03-04T09:00 contact.receive")
    for event in ("contact.refer", "referral.acknowledge", "referral.discuss", "referral.accept"):
        do(desk, event)
    assert [fact.position for fact in desk.case("C-1").facts] == list(range(1, 8))


def test_the_events_of_a_day_that_knows_one_only_by_its_date_keep_the_order_of_the_record() -> None:
    """Which came first nobody knows, so the record is believed, also of those whose time is known."""
    desk = begun()
    play(desk, "2024-03-05T15:00 referral.discuss")
    do(desk, "referral.acknowledge", happened_at=date(2024, 3, 5))
    do(desk, "referral.accept", at="2024-03-06T09:00", happened_at="2024-03-05T11:00")
    on_tuesday = [fact.event for fact in desk.case("C-1").facts if fact.happened_at != moment("2024-03-04T10:00")][1:]
    assert on_tuesday == ["referral.discuss", "referral.acknowledge", "referral.accept", "single_assessment.start"]


def test_without_such_a_date_they_stand_by_the_hour() -> None:
    desk = begun()
    play(desk, "2024-03-05T15:00 referral.discuss")
    do(desk, "referral.accept", at="2024-03-06T09:00", happened_at="2024-03-05T11:00")
    assert names(desk.case("C-1").facts)[-3:] == ["referral.accept", "single_assessment.start", "referral.discuss"]


def test_a_date_is_in_time_on_the_due_day_and_late_on_the_day_after() -> None:
    for day, status in ((date(2024, 3, 5), "met"), (date(2024, 3, 6), "late")):
        desk = begun()
        do(desk, "referral.accept", at="2024-03-08T09:00", happened_at=day)
        assert due(desk, "referral.decision") == ("2024-03-05", status)


def test_hours_from_a_date_are_told_only_where_every_moment_of_it_says_the_same() -> None:
    for rated, ended, status in (
        ("2024-03-04", "2024-03-05T23:00", "cannot_tell"),
        ("2024-03-04", "2024-03-06T00:00", "late"),
        ("2024-03-05", "2024-03-05T23:00", "met"),
    ):
        desk = open_desk("2024-03-04T08:00", "london_mash")
        play(desk, "2024-03-04T08:00 contact.receive\n 2024-03-04T08:01 contact.send_to_mash")
        do(desk, "mash.rate_green", at="2024-03-07T09:00", happened_at=date.fromisoformat(rated), episode="mash-1")
        do(desk, "mash.close", happened_at=ended)
        assert deadline(desk, "mash.green").status == status


# ---- what a late entry may not do ----


def test_a_late_entry_that_was_not_legal_when_it_happened_is_refused() -> None:
    desk = begun()
    play(desk, "2024-03-06T09:00 referral.accept")
    refused = refusal(desk, "referral.feed_back", happened_at="2024-03-05T09:00")
    assert (rules(refused), refused.state) == (["illegal-transition"], "received")
    assert refused.reasons[0].event_id == ""


def test_a_late_entry_that_makes_what_is_recorded_illegal_is_refused_naming_that() -> None:
    desk = begun()
    signpost = play(desk, "2024-03-06T09:00 referral.signpost\n 2024-03-07T09:00 referral.feed_back")[0]
    refused = refusal(desk, "referral.accept", happened_at="2024-03-05T09:00")
    assert rules(refused) == ["illegal-transition"]
    assert refused.reasons[0].event_id == signpost.event_id
    assert refused.reasons[0].message.startswith(
        "referral.signpost of 2024-03-06T09:00:00+00:00, recorded already, would become illegal-transition"
    )


def test_both_what_is_wrong_with_it_and_what_would_become_wrong_are_said_at_once() -> None:
    desk = begun()
    later = play(desk, "2024-03-06T09:00 referral.take_no_further_action")[0]
    refused = refusal(desk, "referral.signpost", happened_at="2024-03-05T09:00", role="social_worker", details={})
    assert [(reason.rule, reason.event_id) for reason in refused.reasons] == [
        ("missing-detail", ""), ("wrong-role", ""), ("after-close", later.event_id)
    ]  # fmt: skip


def test_what_an_event_opened_is_named_too_where_it_would_have_come_from_nothing() -> None:
    desk = begun()
    play(desk, "2024-03-06T09:00 referral.accept")
    refused = refusal(desk, "referral.signpost", happened_at="2024-03-05T09:00")
    assert [reason.message.partition(" of ")[0] for reason in refused.reasons] == [
        "referral.accept",
        "single_assessment.start",
    ]
    assert rules(refused) == ["after-close", "opened-without"]


def test_what_made_no_recorded_event_illegal_is_taken_even_where_one_was_illegal_before() -> None:
    desk = begun()
    do(desk, "referral.feed_back", despite="they rang themselves")
    play(desk, "2024-03-06T09:00 referral.accept")
    assert do(desk, "referral.acknowledge", happened_at="2024-03-04T12:00").event == "referral.acknowledge"


def test_a_late_opening_that_makes_a_second_overlap_it_is_refused() -> None:
    desk = open_desk("2024-03-04T09:00")
    play(desk, "2024-03-06T09:00 contact.receive")
    refused = refusal(desk, "contact.receive", happened_at="2024-03-05T09:00", episode="earlier")
    assert [(reason.rule, bool(reason.event_id)) for reason in refused.reasons] == [("overlap", True)]


def test_a_late_entry_that_has_happened_is_recorded_despite_what_it_makes_of_the_rest() -> None:
    desk = begun()
    accept = play(desk, "2024-03-06T09:00 referral.accept")[0]
    do(desk, "referral.signpost", happened_at="2024-03-05T09:00", despite="the team had rung them already")
    assert states(desk)["referral-1"] == "signposted"
    assert ("after-close", accept.event_id) in [(one.rule, one.event_id) for one in desk.case("C-1").findings]
    assert said_by_desk(desk) == said_by_oracle(desk)


def test_a_late_submission_that_makes_a_signing_off_that_of_one_person_is_refused_even_so() -> None:
    """Four eyes are not only for what is typed in order."""
    desk = begun()
    play(desk, """
        2024-03-05T09:00 referral.accept
        2024-03-20T09:00 single_assessment.submit
    """)  # fmt: skip
    do(desk, "single_assessment.sign_off", at="2024-03-22T09:00", actor="manager-1")
    do(
        desk,
        "single_assessment.return_for_work",
        happened_at="2024-03-20T10:00",
        actor="manager-2",
        despite="so it was",
    )
    refused = refusal(
        desk, "single_assessment.submit", happened_at="2024-03-21T09:00", actor="manager-1", despite="so it was"
    )
    assert "same-person" in rules(refused)


def test_a_late_entry_is_measured_by_the_version_like_any_other() -> None:
    desk = begun()
    version = desk.case("C-1").version
    event = do(
        desk, "referral.acknowledge", at="2024-03-06T09:00", happened_at=date(2024, 3, 4), expected_version=version
    )
    assert (event.version, event.position) == (version + 1, version + 1)


# ---- which episode ----

TWO = """
    2024-03-04T09:00 contact.receive
    2024-03-04T10:00 contact.refer
    2024-03-04T11:00 referral.signpost
    2024-03-11T09:00 contact.receive
    2024-03-11T10:00 contact.refer
"""


def test_a_late_entry_belongs_to_the_episode_that_was_open_when_it_happened() -> None:
    desk = begun(TWO)
    set_clock(desk, "2024-03-12T09:00")
    assert do(desk, "referral.acknowledge", happened_at="2024-03-04T10:30").episode == "referral-1"
    assert do(desk, "referral.acknowledge", happened_at="2024-03-11T10:30").episode == "referral-2"


def test_what_happened_between_two_episodes_belongs_to_the_one_before() -> None:
    desk = begun(TWO)
    assert do(desk, "referral.feed_back", happened_at="2024-03-06T09:00").episode == "referral-1"


def test_a_late_entry_may_name_its_episode() -> None:
    desk = begun(TWO)
    do(desk, "referral.signpost", at="2024-03-12T09:00")
    assert do(desk, "referral.feed_back", episode="referral-1").episode == "referral-1"
    assert deadline(desk, "referral.feedback").status == "running"


def test_what_happened_before_there_was_an_episode_finds_none() -> None:
    desk = begun(TWO)
    assert "opened-without" in rules(refusal(desk, "referral.acknowledge", happened_at="2024-03-04T09:30"))


def test_of_two_open_at_that_time_the_later_one_is_meant() -> None:
    desk = begun("2024-03-04T09:00 contact.receive")
    do(desk, "contact.receive", at="2024-03-05T09:00", despite="the school rang too")
    do(desk, "contact.join", at="2024-03-06T09:00", episode="contact-2")
    assert do(desk, "contact.close", happened_at="2024-03-06T09:00", episode="contact-1").episode == "contact-1"
    desk = begun("2024-03-04T09:00 contact.receive")
    do(desk, "contact.receive", at="2024-03-05T09:00", despite="the school rang too")
    assert do(desk, "contact.join", at="2024-03-06T09:00", happened_at="2024-03-04T15:00").episode == "contact-1"
    assert do(desk, "contact.join", happened_at="2024-03-05T15:00").episode == "contact-2"


def test_an_episode_keeps_its_name_when_an_earlier_one_comes_to_light() -> None:
    desk = begun("2024-03-04T09:00 contact.receive\n 2024-03-04T10:00 contact.close")
    do(desk, "contact.receive", happened_at=date(2024, 2, 1), despite="found in the old file")
    do(desk, "contact.close", happened_at=date(2024, 2, 1))
    assert [(one.name, one.opened_at) for one in desk.case("C-1").episodes] == [
        ("contact-2", date(2024, 2, 1)),
        ("contact-1", moment("2024-03-04T09:00")),
    ]


def test_an_event_stays_in_its_episode_when_another_comes_to_light_between() -> None:
    """It was recorded of that one, and what is recorded later does not move it."""
    desk = begun("2024-03-04T09:00 contact.receive\n 2024-03-08T09:00 contact.join")
    do(desk, "contact.receive", happened_at="2024-03-06T09:00", episode="second", despite="the school rang too")
    assert states(desk) == {"contact-1": "joined", "second": "received"}


# ---- how late ----


def test_what_happened_years_ago_is_taken_and_bound_to_the_guidance_of_that_day() -> None:
    desk = open_desk("2024-03-04T09:00")
    do(desk, "contact.receive", happened_at=date(2009, 12, 18))
    do(desk, "contact.refer", happened_at=date(2009, 12, 18))
    do(desk, "referral.accept", happened_at=date(2009, 12, 21))
    assert [(one.workflow, one.guidance) for one in desk.case("C-1").episodes] == [
        ("contact", "working_together_2006"),
        ("referral", "working_together_2006"),
        ("initial_assessment", "working_together_2006"),
    ]
    assert due(desk, "initial_assessment.completion") == ("2009-12-31", "overdue")


def test_a_late_entry_is_looked_at_by_the_clock_of_the_desk_not_by_the_last_event() -> None:
    desk = begun()
    do(desk, "contact.receive", "C-2", at="2024-03-20T09:00")
    assert do(desk, "referral.accept", happened_at="2024-03-19T09:00").recorded_at == moment("2024-03-20T09:00")
    with pytest.raises(OutOfOrder):
        do(desk, "referral.feed_back", happened_at="2024-03-21T09:00")


def test_a_case_may_be_seen_as_it_stood() -> None:
    desk = begun()
    play(desk, "2024-03-06T09:00 referral.accept\n 2024-03-07T10:00 referral.feed_back")
    then = desk.case("C-1", as_at=moment("2024-03-05T12:00"))
    assert [(one.name, one.state) for one in then.episodes] == [("contact-1", "referred"), ("referral-1", "received")]
    assert {one.timer: one.status for one in then.deadlines}["referral.decision"] == "running"
    assert desk.case("C-1", as_at=moment("2024-03-06T00:00")).running[0].status == "overdue"


ORDERS = [
    ("contact.receive", "2024-03-04T09:00"), ("contact.refer", "2024-03-04T10:00"),
    ("referral.acknowledge", "2024-03-04T12:00"), ("referral.accept", "2024-03-05T09:00"),
    ("referral.feed_back", "2024-03-06T09:00"), ("single_assessment.see_child", "2024-03-08T09:00"),
    ("section_47.start", "2024-03-11T09:00"), ("single_assessment.submit", "2024-04-02T09:00"),
]  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(3, len(ORDERS))), st.booleans())
def test_in_whatever_order_it_is_typed_a_case_comes_to_the_same(order: list[int], as_dates: bool) -> None:
    """Only what opened must be there before what happened in it is typed, where it is no fact to be recorded despite that."""

    def told(order: list[int]) -> Any:
        desk = open_desk("2024-05-01T09:00")
        for number in order:
            event, at = ORDERS[number]
            when: Any = moment(at)
            do(desk, event, happened_at=when.date() if as_dates and number > 3 else when, despite="typed in no order")
        case = desk.case("C-1")
        lines = [(one.timer, one.due, one.status, written(one.stopped_at)) for one in case.deadlines]
        return sorted(lines), {(one.workflow, one.state) for one in case.episodes}

    assert told([0, 1, 2, *sorted(order, key=lambda n: (n != 3, order.index(n)))]) == told(list(range(len(ORDERS))))


def test_a_late_entry_leaves_what_was_recorded_before_as_it_was() -> None:
    desk = begun()
    do(desk, "contact.receive", "C-2")
    before = list(desk.log.follow())
    do(desk, "referral.accept", at="2024-03-08T09:00", happened_at="2024-03-04T16:00")
    assert list(desk.log.follow())[: len(before)] == before


def test_after_late_entries_too_all_that_stands_is_what_the_events_alone_make() -> None:
    desk = begun()
    do(desk, "referral.accept", at="2024-03-08T09:00", happened_at="2024-03-04T16:00")
    before = content(desk)
    assert desk.rebuild() == []
    assert content(desk) == before
