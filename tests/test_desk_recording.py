"""Recording at the desk: what may be done along a child's journey, what is refused and why, and what is never done twice."""

from __future__ import annotations

import re
import uuid
from collections import Counter
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, NamedTuple

import attrs
import oracle
import pytest
from desks import (
    WHO,
    content,
    deadline,
    declared,
    do,
    due,
    entry,
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
    who,
)
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from frontdoor import Conflict, Desk, Entry, Refused
from frontdoor.errors import CaseError, FrontdoorError, MomentError, OutOfOrder, UnknownCase
from frontdoor.moment import Span, local_day, written

# ---- journeys ----

ASSESSMENT = "{a}.see_child {a}.submit {a}.return_for_work {a}.submit {a}.sign_off"
JOURNEYS = {
    "through the MASH to a plan": f"""
        contact.receive contact.send_to_mash mash.share mash.discuss mash.rate_red mash.rate_amber mash.rate_green
        mash.refer referral.acknowledge referral.discuss referral.accept {ASSESSMENT} referral.feed_back
        section_47.start section_47.discuss section_47.see_child section_47.request_conference
        conference.postpone conference.hold_with_plan referral.close""",
    "straight to a referral, more than one enquiry": """
        contact.receive contact.refer referral.accept {a}.terminate {a}.start section_47.start
        section_47.find_not_substantiated section_47.start section_47.decide_no_conference section_47.start
        section_47.request_conference conference.cancel conference.request conference.hold_without_plan""",
    "early help, and the MASH once more": """
        contact.receive contact.send_to_mash mash.rate_green mash.offer_early_help mash.start mash.rate_amber mash.close""",
    "a referral that ends at once": """
        contact.receive contact.refer referral.signpost contact.receive contact.refer referral.take_no_further_action
        referral.receive""",
    "a contact that is no referral": """
        contact.receive contact.join contact.receive contact.pass_on contact.receive contact.signpost
        contact.receive contact.return_for_vetting contact.receive contact.close""",
    "a family that moved here": """
        transfer_in_conference.request transfer_in_conference.postpone transfer_in_conference.hold_with_plan
        transfer_in_conference.request transfer_in_conference.hold_without_plan
        transfer_in_conference.request transfer_in_conference.cancel""",
}
OLD = ("working_together_2006", "working_together_2010")
CORE = "contact.receive contact.refer referral.accept core_assessment.start " + ASSESSMENT.replace(
    "{a}", "core_assessment"
)
CORE += " core_assessment.start core_assessment.terminate"
SINGLE = "contact.receive contact.refer referral.accept single_assessment.review"


def assessment(edition: str) -> str:
    """What a referral that is accepted opens."""
    return "initial_assessment" if edition in OLD else "single_assessment"


def journeys(edition: str) -> list[list[str]]:
    """What is done along each journey, as an edition names it."""
    texts = [*JOURNEYS.values(), CORE if edition in OLD else SINGLE]
    return [text.replace("{a}", assessment(edition)).split() for text in texts]


EVERY = [
    pytest.param(start, events, id=f"{edition}-{number}")
    for edition, start in oracle.EDITIONS
    for number, events in enumerate(journeys(edition))
]


def begin(start: date) -> Desk:
    """A desk on the morning after an edition came into force."""
    return open_desk(f"{start + timedelta(days=1)}T09:00")


@pytest.mark.parametrize(("start", "events"), EVERY)
def test_every_step_of_a_journey_is_among_what_is_allowed_and_is_recorded(start: date, events: list[str]) -> None:
    desk = begin(start)
    for event in events:
        set_clock(desk, written(desk.clock.now() + timedelta(hours=5)))
        assert event in [one.event for one in desk.allowed("C-1")]
        assert do(desk, event).event == event
    assert desk.case("C-1").findings == ()


@pytest.mark.parametrize(("start", "events"), EVERY)
def test_a_journey_comes_to_the_deadlines_that_the_oracle_counts(start: date, events: list[str]) -> None:
    desk = begin(start)
    for event in events:
        do(desk, event, at=written(desk.clock.now() + timedelta(hours=5)))
        assert said_by_desk(desk) == said_by_oracle(desk)


@pytest.mark.parametrize("edition", oracle.EDITION_NAMES)
def test_the_journeys_lead_through_every_transition_of_an_edition(edition: str) -> None:
    done = {event for events in journeys(edition) for event in events}
    there = {
        f"{name}.{move}"
        for name, flow in oracle.WORKFLOWS.items() if oracle.has_workflow(edition, name)
        for move in flow["transitions"]
    }  # fmt: skip
    assert done == there


FRIDAY = """
    2024-03-01T16:30 contact.receive
    2024-03-01T16:45 contact.refer
"""
ACCEPTED = (
    FRIDAY
    + """
    2024-03-04T11:00 referral.accept
"""
)
ENQUIRY = (
    ACCEPTED
    + """
    2024-03-05T09:30 section_47.start
"""
)


def test_a_friday_afternoon_has_until_the_end_of_monday() -> None:
    """1 working day and 24 hours are different rules; this is the first."""
    desk = open_desk("2024-03-01T09:00")
    play(desk, FRIDAY)
    assert due(desk, "contact.screening") == ("2024-03-04", "met")
    assert due(desk, "referral.decision") == ("2024-03-04", "running")


@pytest.mark.parametrize(
    ("timer", "day"),
    [
        ("referral.feedback", "2024-03-11"), ("single_assessment.completion", "2024-05-08"),
        ("section_47.outcome", "2024-03-26"),
    ],
)  # fmt: skip
def test_a_deadline_is_so_many_working_days_after_what_it_counts_from(timer: str, day: str) -> None:
    """5, 45 and 15 working days; Easter of 2024 lay between, and the assessment counts from the referral."""
    desk = open_desk("2024-03-01T09:00")
    play(desk, ENQUIRY)
    assert due(desk, timer) == (day, "running")


def test_a_conference_is_due_15_working_days_after_the_enquiry_began_not_after_it_was_requested() -> None:
    desk = open_desk("2024-03-01T09:00")
    play(desk, ENQUIRY + "2024-03-20T10:00 section_47.request_conference")
    assert deadline(desk, "conference.hold").counts_from == "section_47.start"
    assert due(desk, "conference.hold") == ("2024-03-26", "running")


def test_what_was_recorded_is_given_back_with_its_place() -> None:
    desk = open_desk("2024-03-01T16:30")
    event = desk.record(
        "C-1", "contact.receive", actor="officer-12", role="referral_officer", details={"source": "6"}, family="F-7"
    )
    assert (event.case_id, event.event, event.episode) == ("C-1", "contact.receive", "contact-1")
    assert (event.actor, event.role, event.details, event.family) == (
        "officer-12",
        "referral_officer",
        {"source": "6"},
        "F-7",
    )
    assert event.happened_at == event.recorded_at == moment("2024-03-01T16:30")
    assert (event.position, event.version, event.cause) == (1, 1, "")
    assert str(uuid.UUID(event.event_id)) == event.event_id


def test_what_is_given_back_is_what_the_log_holds() -> None:
    desk = open_desk("2024-03-01T09:00")
    events = play(desk, ENQUIRY)
    assert [event for event in desk.log.follow() if not event.cause] == events


def test_a_case_system_may_say_much_more_than_is_needed() -> None:
    """Details are JSON: numbers, lists and mappings come back as they were."""
    desk = open_desk("2024-03-01T09:00")
    details = {"source": "6", "reasons": ["N1", "N2"], "urgent": True, "score": 2.5, "by": {"phone": None}, "é": "ſ"}
    assert do(desk, "contact.receive", details=details).details == details
    assert desk.case("C-1").events[0].details == details


def test_whoever_writes_on_what_was_given_back_changes_nothing() -> None:
    """Where it cannot be written on at all, all the better."""
    desk = open_desk("2024-03-01T09:00")
    for given_back in (lambda: do(desk, "contact.receive"), lambda: desk.case("C-1").events[0]):
        with suppress(TypeError, AttributeError):
            given_back().details.clear()  # type: ignore[attr-defined]
        assert desk.case("C-1").events[0].details == {"source": "source, as noted"}
    do(desk, "contact.refer")
    assert states(desk)["referral-1"] == "received"


def test_text_is_trimmed() -> None:
    desk = open_desk("2024-03-01T09:00")
    event = do(desk, " contact.receive\n", " C-1 ", actor=" officer-12 ", role="manager ", details={"source": "6"})
    assert (event.case_id, event.event, event.actor, event.role) == ("C-1", "contact.receive", "officer-12", "manager")


# ---- what opens something else ----


def test_a_referral_opens_as_an_event_of_its_own_caused_by_the_one_that_opened_it() -> None:
    desk = open_desk("2024-03-01T09:00")
    refer = play(desk, FRIDAY)[1]
    opened = desk.case("C-1").events[-1]
    assert (refer.event, opened.event, opened.cause) == ("contact.refer", "referral.receive", refer.event_id)
    assert (opened.happened_at, opened.recorded_at) == (refer.happened_at, refer.recorded_at)
    assert (opened.actor, opened.role) == (refer.actor, refer.role)
    assert (opened.position, opened.version) == (refer.position + 1, refer.version + 1)


def test_what_is_opened_happened_when_what_opened_it_happened_however_late_it_is_typed() -> None:
    desk = open_desk("2024-03-01T09:00")
    do(desk, "contact.receive")
    do(desk, "contact.refer", at="2024-03-07T09:00", happened_at=date(2024, 3, 4))
    opened = desk.case("C-1").events[-1]
    assert (opened.happened_at, opened.recorded_at) == (date(2024, 3, 4), moment("2024-03-07T09:00"))


def test_a_referral_has_the_source_of_its_contact() -> None:
    desk = open_desk("2024-03-01T09:00")
    do(desk, "contact.receive", details={"source": "6"})
    do(desk, "contact.refer", details={"rationale": "neglect"})
    assert desk.case("C-1").events[-1].details == {"source": "6"}


def test_a_referral_from_the_mash_has_the_source_of_the_contact_that_was_sent_there() -> None:
    desk = open_desk("2024-03-01T09:00")
    do(desk, "contact.receive", details={"source": "6"})
    for event in ("contact.send_to_mash", "mash.rate_red", "mash.refer"):
        do(desk, event)
    assert desk.case("C-1").events[-1].event == "referral.receive"
    assert desk.case("C-1").events[-1].details == {"source": "6"}


def test_a_referral_has_the_source_of_its_own_contact_and_not_of_another() -> None:
    desk = open_desk("2024-03-01T09:00")
    do(desk, "contact.receive", details={"source": "1"})
    do(desk, "contact.close")
    do(desk, "contact.receive", details={"source": "2"})
    do(desk, "contact.refer")
    assert desk.case("C-1").events[-1].details == {"source": "2"}


def test_a_source_that_is_said_with_the_decision_to_refer_goes_before_that_of_the_contact() -> None:
    desk = open_desk("2024-03-01T09:00")
    do(desk, "contact.receive", details={"source": "1"})
    do(desk, "contact.refer", details={"rationale": "neglect", "source": "2"})
    assert desk.case("C-1").events[-1].details == {"source": "2"}


def test_a_referral_whose_source_nobody_knows_is_refused_by_name() -> None:
    desk = open_desk("2024-03-01T09:00")
    do(desk, "contact.receive", details={}, despite="they hung up")
    refused = refusal(desk, "contact.refer")
    assert rules(refused) == ["missing-detail"]
    assert "referral.receive" in str(refused) and "source" in str(refused)


def test_siblings_keep_their_shared_reference_in_what_is_opened() -> None:
    desk = open_desk("2024-03-01T09:00")
    do(desk, "contact.receive", family="F-7")
    do(desk, "contact.refer", family="F-7")
    assert [episode.family for episode in desk.case("C-1").episodes] == ["F-7", "F-7"]


@pytest.mark.parametrize(("edition", "start"), oracle.EDITIONS)
def test_an_accepted_referral_opens_the_assessment_of_the_edition(edition: str, start: date) -> None:
    desk = begin(start)
    for event in ("contact.receive", "contact.refer", "referral.accept"):
        do(desk, event)
    opened = desk.case("C-1").episodes[-1]
    assert (opened.workflow, opened.state, opened.guidance) == (assessment(edition), "under_way", edition)


def test_a_conference_opens_with_the_decision_to_hold_one() -> None:
    desk = open_desk("2024-03-01T09:00")
    play(desk, ENQUIRY + "2024-03-06T09:00 section_47.request_conference")
    assert states(desk)["conference-1"] == "requested"


def test_what_may_not_be_opened_is_not_and_neither_is_what_would_have_opened_it() -> None:
    """A second contact on an open referral is joined to it; it does not become a referral beside it."""
    desk = open_desk("2024-03-01T09:00")
    play(desk, FRIDAY + "2024-03-01T17:00 contact.receive")
    refused = refusal(desk, "contact.refer")
    assert rules(refused) == ["overlap"]
    assert "referral.receive" in refused.reasons[0].message
    assert states(desk)["contact-2"] == "received"


# ---- what is refused, and why ----

PLANNED = ENQUIRY + "2024-03-06T09:00 section_47.request_conference"
SUBMITTED = (
    ACCEPTED
    + """
    2024-04-02T10:00 single_assessment.submit
"""
)
TRIAGE = """
    2024-03-01T09:00 contact.receive
    2024-03-01T09:05 contact.send_to_mash
"""
REFUSALS = [
    # what was done before, what is tried, by which rule it is refused, the state that it found
    ("", "referral.accept", {}, "opened-without", ""),
    ("", "mash.start", {}, "opened-without", ""),
    ("", "single_assessment.start", {}, "opened-without", ""),
    ("", "section_47.start", {}, "opened-without", ""),
    ("", "conference.request", {}, "opened-without", ""),
    ("2024-03-01T09:00 contact.receive", "referral.receive", {}, "opened-without", ""),
    (TRIAGE, "mash.refer", {}, "illegal-transition", "triage"),
    (FRIDAY, "referral.feed_back", {}, "illegal-transition", "received"),
    (ACCEPTED, "single_assessment.sign_off", {}, "illegal-transition", "under_way"),
    (SUBMITTED, "single_assessment.review", {}, "illegal-transition", "awaiting_sign_off"),
    (ACCEPTED, "contact.close", {}, "after-close", "referred"),
    (FRIDAY + "2024-03-01T17:00 referral.signpost", "referral.accept", {}, "after-close", "signposted"),
    (FRIDAY, "referral.accept", {"details": {}}, "missing-detail", "received"),
    (FRIDAY, "referral.accept", {"details": {"rationale": ""}}, "missing-detail", "received"),
    (FRIDAY, "referral.accept", {"details": {"rationale": " \n"}}, "missing-detail", "received"),
    (FRIDAY, "referral.accept", {"details": {"rationale": None}}, "missing-detail", "received"),
    (FRIDAY, "referral.signpost", {"role": "social_worker"}, "wrong-role", "received"),
    (FRIDAY, "referral.acknowledge", {"role": "system"}, "wrong-role", "received"),
    (FRIDAY, "referral.accept", {"role": "the cat"}, "wrong-role", "received"),
    (ACCEPTED, "single_assessment.submit", {"role": "edt_officer"}, "wrong-role", "under_way"),
    (ACCEPTED, "single_assessment.submit", {"role": "manager"}, "wrong-role", "under_way"),
    (SUBMITTED, "single_assessment.sign_off", {"actor": "social_worker-1"}, "same-person", "awaiting_sign_off"),
    (ACCEPTED, "referral.close", {}, "still-open", "accepted"),
    ("2024-03-01T09:00 contact.receive", "contact.receive", {}, "overlap", ""),
    (TRIAGE, "mash.start", {}, "overlap", ""),
    (ACCEPTED, "single_assessment.start", {}, "overlap", ""),
    (PLANNED, "conference.request", {}, "overlap", ""),
    (ACCEPTED, "initial_assessment.start", {}, "not-in-edition", ""),
    (ACCEPTED, "core_assessment.start", {}, "not-in-edition", ""),
]  # fmt: skip


@pytest.mark.parametrize(("before", "event", "options", "rule", "state"), REFUSALS)
def test_a_plan_is_refused_by_rule_and_the_log_is_as_it_was(
    before: str, event: str, options: dict[str, Any], rule: str, state: str
) -> None:
    desk = open_desk("2024-03-01T09:00")
    play(desk, before)
    refused = refusal(desk, event, **options)
    assert (refused.case, refused.event, refused.state) == ("C-1", event, state)
    assert set(rules(refused)) == {rule}


@pytest.mark.parametrize(("before", "event", "options", "rule", "state"), REFUSALS)
def test_a_refusal_says_what_may_be_done_instead_by_whom_needing_what(
    before: str, event: str, options: dict[str, Any], rule: str, state: str
) -> None:
    desk = open_desk("2024-03-01T09:00")
    play(desk, before)
    refused = refusal(desk, event, **options)
    assert refused.allowed == desk.allowed("C-1") != ()
    assert all(one.by and one.title for one in refused.allowed)


@pytest.mark.parametrize(("before", "event", "options", "rule", "state"), REFUSALS)
def test_a_refusal_reads_as_sentences(before: str, event: str, options: dict[str, Any], rule: str, state: str) -> None:
    desk = open_desk("2024-03-01T09:00")
    play(desk, before)
    said = str(refusal(desk, event, **options))
    assert said.startswith(f"{event} of C-1 was not recorded. ")
    assert said.endswith(".")
    assert "May be done now: " in said
    assert ("say despite why" in said) == (rule != "same-person")
    assert not re.search(r"None|\{|\[\]|  |\.\.|<", said), said


@pytest.mark.parametrize(
    ("before", "event", "said"),
    [
        (FRIDAY, "referral.acept", "Did you mean referral.accept?"),
        (FRIDAY, "referal.accept", "Did you mean referral.accept"),
        (FRIDAY, "accept", "There is no event 'accept'"),
        (FRIDAY, "referral.", "There is no event 'referral.'"),
        (FRIDAY, ".accept", "There is no event '.accept'"),
        (FRIDAY, "referral.accept.now", "There is no event 'referral.accept.now'"),
        (FRIDAY, "REFERRAL.ACCEPT", "There is no event 'REFERRAL.ACCEPT'"),
    ],
)
def test_an_event_that_is_not_there_is_refused_with_a_suggestion(before: str, event: str, said: str) -> None:
    desk = open_desk("2024-03-01T09:00")
    play(desk, before)
    refused = refusal(desk, event, role="manager", details={"rationale": "neglect"})
    assert rules(refused) == ["unknown-event"]
    assert said in str(refused)


@pytest.mark.parametrize("event", ["referral.breach_raised", "referral.breach_withdrawn", "contact.corrected", "desk.checked", "desk.imported"])  # fmt: skip
@pytest.mark.parametrize("despite", [None, "so it was"])
def test_what_the_desk_notices_itself_nobody_else_records(event: str, despite: str | None) -> None:
    desk = open_desk("2024-03-01T09:00")
    play(desk, FRIDAY)
    refused = refusal(desk, event, role="manager", details={}, despite=despite)
    assert rules(refused) == ["unknown-event"]


def test_every_reason_is_given_at_once() -> None:
    desk = open_desk("2024-03-01T09:00")
    play(desk, SUBMITTED)
    refused = refusal(desk, "single_assessment.sign_off", role="social_worker", details={})
    assert rules(refused) == ["missing-detail", "wrong-role", "same-person"]
    assert all(reason.message in str(refused) for reason in refused.reasons)


def test_what_is_wrong_as_it_is_written_is_said_with_what_is_wrong_in_the_case() -> None:
    desk = open_desk("2024-03-01T09:00")
    play(desk, FRIDAY)
    refused = refusal(desk, "referral.signpost", actor=" ", role="social_worker", details={})
    assert rules(refused) == ["no-actor", "missing-detail", "wrong-role"]


def test_every_missing_detail_is_named() -> None:
    desk = open_desk("2024-03-01T09:00")
    play(desk, ACCEPTED)
    refused = refusal(desk, "single_assessment.submit", details={"analysis": "as noted"})
    assert all(need in str(refused) for need in ("child_seen", "child_views", "parent_views"))
    assert "analysis" not in refused.reasons[0].message


@pytest.mark.parametrize("value", [False, 0, [], {}])
def test_a_detail_that_says_no_says_something(value: Any) -> None:
    """A child who was not seen alone: that is recorded, and is not the same as nothing."""
    desk = open_desk("2024-03-01T09:00")
    play(desk, ACCEPTED)
    assert do(desk, "single_assessment.see_child", details={"seen_alone": value}).details == {"seen_alone": value}


def test_a_role_that_is_misspelt_is_suggested() -> None:
    desk = open_desk("2024-03-01T09:00")
    assert "Did you mean manager?" in str(refusal(desk, "contact.receive", role="manger"))


def test_a_machine_may_receive_a_contact() -> None:
    desk = open_desk("2024-03-01T09:00")
    assert do(desk, "contact.receive", role="system").role == "system"


def test_an_assessment_may_be_signed_off_by_who_submitted_an_earlier_one() -> None:
    """Four eyes look at one episode: the last submission in it."""
    desk = open_desk("2024-03-01T09:00")
    play(desk, SUBMITTED)
    do(desk, "single_assessment.return_for_work")
    do(desk, "single_assessment.submit", actor="social_worker-2")
    assert do(desk, "single_assessment.sign_off", actor="social_worker-1").actor == "social_worker-1"


def test_a_referral_closes_once_all_that_it_led_to_has_ended() -> None:
    desk = open_desk("2024-03-01T09:00")
    play(desk, SUBMITTED)
    assert rules(refusal(desk, "referral.close")) == ["still-open"]
    do(desk, "single_assessment.sign_off")
    do(desk, "referral.close")
    assert states(desk) == {"contact-1": "referred", "referral-1": "closed", "single_assessment-1": "complete"}


def test_a_refused_case_can_go_on_as_if_nothing_had_been_tried() -> None:
    desk = open_desk("2024-03-01T09:00")
    play(desk, FRIDAY)
    refusal(desk, "referral.feed_back")
    event = do(desk, "referral.accept", expected_version=3)
    assert (event.position, event.version) == (4, 4)


def test_a_first_event_that_is_refused_makes_no_case() -> None:
    desk = open_desk("2024-03-01T09:00")
    refusal(desk, "referral.accept")
    assert list(desk.log.cases()) == []
    with pytest.raises(UnknownCase):
        desk.case("C-1")


def test_a_case_that_is_not_there_is_told_with_a_suggestion() -> None:
    desk = open_desk("2024-03-01T09:00")
    do(desk, "contact.receive", "K-2024-0017")
    with pytest.raises(UnknownCase, match="Did you mean K-2024-0017"):
        desk.case("K-2024-017")


def test_every_refusal_is_one_of_the_errors_of_a_case() -> None:
    desk = open_desk("2024-03-01T09:00")
    with pytest.raises(CaseError):
        do(desk, "referral.accept")
    with pytest.raises(FrontdoorError):
        do(desk, "referral.accept")


# ---- what is no good as it is written ----

BAD = [
    ({"case_id": ""}, "no-case"), ({"case_id": "  "}, "no-case"), ({"event": ""}, "no-event"),
    ({"actor": ""}, "no-actor"), ({"actor": "\t"}, "no-actor"), ({"role": ""}, "no-role"),
    ({"case_id": 17}, "bad-text"), ({"event": b"contact.receive"}, "bad-text"), ({"actor": 4}, "bad-text"),
    ({"role": 3}, "bad-text"), ({"family": 7}, "bad-text"), ({"episode": 1}, "bad-text"), ({"despite": True}, "bad-text"),
    ({"case_id": "C\x001"}, "bad-text"), ({"case_id": "C\n1"}, "bad-text"), ({"actor": "a\udc80"}, "bad-text"),
    ({"family": "F" * 5000}, "bad-text"), ({"episode": "e\x7f"}, "bad-text"), ({"case_id": "C" * 5000}, "bad-text"),
    ({"details": ["source"]}, "bad-details"), ({"details": "source"}, "bad-details"), ({"details": {1: "6"}}, "bad-details"),
    ({"details": {"source": {1, 2}}}, "bad-details"), ({"details": {"source": float("nan")}}, "bad-details"),
    ({"details": {"source": b"6"}}, "bad-details"), ({"details": {"source": date(2024, 3, 1)}}, "bad-details"),
    ({"details": {"source": "\x00"}}, "bad-details"), ({"details": {"source": "\ud800"}}, "bad-details"),
    ({"details": {"": "6"}}, "bad-details"),
    ({"event_id": "7"}, "bad-event-id"), ({"event_id": ""}, "bad-event-id"), ({"event_id": 12}, "bad-event-id"),
    ({"despite": ""}, "no-reason"), ({"despite": "  "}, "no-reason"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "rule"), BAD, ids=[f"{rule}-{n}" for n, (_, rule) in enumerate(BAD)])
def test_what_cannot_be_written_down_is_refused_by_name(wrong: dict[str, Any], rule: str) -> None:
    asked = {
        "case_id": "C-1", "event": "contact.receive", "actor": "officer-12", "role": "manager", "details": {"source": "6"}
    }  # fmt: skip
    desk = open_desk("2024-03-01T09:00")
    before = content(desk)
    with pytest.raises(Refused) as caught:
        desk.record_many([asked | wrong])
    assert rule in rules(caught.value)
    assert content(desk) == before
    assert "None" not in str(caught.value)


def test_what_is_nested_too_deep_to_write_down_is_refused() -> None:
    deep: Any = "6"
    for _ in range(100_000):
        deep = [deep]
    assert rules(refusal(open_desk("2024-03-01T09:00"), "contact.receive", details={"source": deep})) == ["bad-details"]


def test_no_details_are_the_same_as_none() -> None:
    desk = open_desk("2024-03-01T09:00")
    play(desk, FRIDAY)
    assert desk.record("C-1", "referral.acknowledge", actor="officer-12", role="manager", details=None).details == {}


def test_an_entry_with_a_word_that_is_not_asked_for_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        open_desk("2024-03-01T09:00").record_many([{"case_id": "C-1", "event": "contact.receive", "who": "me"}])


# ---- what is allowed ----


def test_of_a_case_that_is_not_there_what_may_begin_one_is_allowed() -> None:
    desk = open_desk("2024-03-01T09:00")
    assert [one.event for one in desk.allowed("C-1")] == ["contact.receive", "transfer_in_conference.request"]
    assert list(desk.log.cases()) == []


def test_what_is_allowed_says_in_which_episode_by_whom_needing_what_and_what_it_opens() -> None:
    desk = open_desk("2024-03-01T09:00")
    play(desk, FRIDAY)
    accept = next(one for one in desk.allowed("C-1") if one.event == "referral.accept")
    assert (accept.episode, accept.by, accept.needs) == (
        "referral-1",
        ("social_worker", "edt_officer", "manager"),
        ("rationale",),
    )
    assert (accept.title, accept.opens, accept.not_by) == ("Accept it for assessment", "single_assessment", "")


def test_what_takes_another_pair_of_eyes_says_whose() -> None:
    desk = open_desk("2024-03-01T09:00")
    play(desk, SUBMITTED)
    sign_off = next(one for one in desk.allowed("C-1") if one.event == "single_assessment.sign_off")
    assert sign_off.not_by == "social_worker-1"


def test_what_would_open_a_second_referral_is_not_listed() -> None:
    """What is listed can be recorded: the referral that this would open overlaps the one there is."""
    desk = open_desk("2024-03-01T09:00")
    play(desk, FRIDAY + "2024-03-01T17:00 contact.receive")
    assert "contact.join" in [one.event for one in desk.allowed("C-1")]
    assert "contact.refer" not in [one.event for one in desk.allowed("C-1")]


def test_what_needs_all_work_to_have_ended_is_not_listed_before() -> None:
    desk = open_desk("2024-03-01T09:00")
    play(desk, SUBMITTED)
    assert "referral.close" not in [one.event for one in desk.allowed("C-1")]
    do(desk, "single_assessment.sign_off")
    assert "referral.close" in [one.event for one in desk.allowed("C-1")]


def test_with_two_episodes_open_each_has_its_own_list() -> None:
    desk = open_desk("2024-03-01T09:00")
    do(desk, "contact.receive")
    do(desk, "contact.receive", despite="the school rang too, about the other bruise")
    assert [one.episode for one in desk.allowed("C-1") if one.event == "contact.join"] == ["contact-1", "contact-2"]


def refused_by(desk: Desk, asked: Entry) -> list[str]:
    """The rules that an entry would be refused by; nothing is recorded, for a second one is always refused with it."""
    never = Entry("C-1", "no.such", actor="nobody", role="manager")
    with pytest.raises(Refused) as caught:
        desk.record_many([asked, never])
    return [] if caught.value.event == never.event else rules(caught.value)


@st.composite
def desks_in_the_middle(draw: st.DrawFn) -> Desk:
    """A desk some steps into a journey that may be taken, in any edition."""
    desk = begin(draw(st.sampled_from([start for _, start in oracle.EDITIONS])))
    for _ in range(draw(st.integers(0, 9))):
        one = draw(st.sampled_from(desk.allowed("C-1")))
        hour = written(desk.clock.now() + timedelta(hours=draw(st.sampled_from([1, 30]))))
        actor = next(name for name in draw(st.permutations(["ann", "bob"])) if name != one.not_by)
        details = dict.fromkeys(one.needs, "as noted")
        asked = Entry("C-1", one.event, actor=actor, role=one.by[0], details=details, episode=one.episode or None)
        assert refused_by(desk, asked) == [], asked
        set_clock(desk, hour)
        desk.record_many([asked])
    return desk


FEW = settings(max_examples=12, deadline=None, phases=set(Phase) - {Phase.explain})


@FEW
@given(desks_in_the_middle())
def test_what_is_listed_can_be_recorded_by_just_those_roles_with_just_those_details(desk: Desk) -> None:
    for one in desk.allowed("C-1"):
        details = dict.fromkeys(one.needs, "as noted")

        def asked(role: str, details: dict[str, str], actor: str = "cal", one: Any = one) -> Entry:
            return Entry("C-1", one.event, actor=actor, role=role, details=details, episode=one.episode or None)

        for role in WHO:
            found = refused_by(desk, asked(role, details))
            assert found == [] if role in one.by else "wrong-role" in found, (one, role, found)
        for need in one.needs:
            less = {name: value for name, value in details.items() if name != need}
            assert "missing-detail" in refused_by(desk, asked(one.by[0], less))
        if one.not_by:
            assert refused_by(desk, asked(one.by[0], details, one.not_by)) == ["same-person"]


@FEW
@given(desks_in_the_middle())
def test_what_is_not_listed_is_refused_whoever_would_do_it(desk: Desk) -> None:
    listed = {(one.event, one.episode) for one in desk.allowed("C-1")}
    episodes = desk.case("C-1").episodes if "C-1" in list(desk.log.cases()) else ()
    for workflow, flow in oracle.WORKFLOWS.items():
        mine = [episode.name for episode in episodes if episode.workflow == workflow]
        for name in flow["transitions"]:
            for episode in [""] if name == flow["opens_with"] else mine or [""]:
                event = f"{workflow}.{name}"
                if (event, episode) not in listed:
                    asked = entry(event, actor="cal", episode=episode or None)
                    assert refused_by(desk, asked), (event, episode)


# ---- what has happened, whatever speaks against it ----

ABOUT_FACTS = [case for case in REFUSALS if case[3] != "same-person"]


@pytest.mark.parametrize(("before", "event", "options", "rule", "state"), ABOUT_FACTS)
def test_what_has_happened_is_recorded_despite_everything_with_the_findings_of_an_audit(
    before: str, event: str, options: dict[str, Any], rule: str, state: str
) -> None:
    desk = open_desk("2024-03-01T09:00")
    play(desk, before)
    fact = do(desk, event, despite="it was done on the telephone", **options)
    assert rule in [finding.rule for finding in desk.case("C-1").findings if finding.event_id == fact.event_id]
    assert said_by_desk(desk) == said_by_oracle(desk)


def test_why_it_was_recorded_all_the_same_is_kept_with_it() -> None:
    desk = open_desk("2024-03-01T09:00")
    play(desk, FRIDAY)
    fact = do(desk, "referral.signpost", role="social_worker", despite="the manager was away")
    assert fact.details["despite"] == "the manager was away"


def test_a_finding_says_what_was_wrong_in_a_sentence() -> None:
    desk = open_desk("2024-03-01T09:00")
    play(desk, FRIDAY)
    fact = do(desk, "referral.signpost", role="social_worker", despite="the manager was away")
    (finding,) = desk.case("C-1").findings
    assert (finding.rule, finding.event_id) == ("wrong-role", fact.event_id)
    assert "social_worker" in finding.message and "manager" in finding.message


def test_a_transition_that_was_not_legal_is_believed_and_opens_what_it_opens() -> None:
    desk = open_desk("2024-03-01T09:00")
    play(desk, FRIDAY)
    do(desk, "referral.discuss")
    do(desk, "single_assessment.start", despite="the social worker went out that night")
    assert states(desk)["single_assessment-1"] == "under_way"
    desk = open_desk("2024-03-01T09:00")
    play(desk, TRIAGE)
    do(desk, "mash.refer", despite="nobody rated it")
    assert states(desk) == {"contact-1": "sent_to_mash", "mash-1": "referred", "referral-1": "received"}


def test_what_is_done_after_the_end_is_kept_and_changes_and_opens_nothing() -> None:
    desk = open_desk("2024-03-01T09:00")
    play(desk, FRIDAY + "2024-03-01T17:00 referral.signpost")
    do(desk, "referral.accept", despite="they changed their minds")
    assert states(desk) == {"contact-1": "referred", "referral-1": "signposted"}
    assert desk.case("C-1").version == 5


def test_what_is_opened_overlaps_despite_the_rules_where_it_has_happened() -> None:
    desk = open_desk("2024-03-01T09:00")
    play(desk, FRIDAY + "2024-03-01T17:00 contact.receive")
    do(desk, "contact.refer", despite="it was sent to the district as a new one")
    assert states(desk)["referral-2"] == "received"
    assert [finding.rule for finding in desk.case("C-1").findings] == ["overlap"]


def test_nobody_signs_off_their_own_assessment_even_despite_the_rules() -> None:
    desk = open_desk("2024-03-01T09:00")
    play(desk, SUBMITTED)
    refused = refusal(desk, "single_assessment.sign_off", actor="social_worker-1", despite="nobody else was in")
    assert rules(refused) == ["same-person"]
    assert "despite" not in str(refused)


def test_a_stale_version_is_a_conflict_even_despite_the_rules() -> None:
    desk = open_desk("2024-03-01T09:00")
    play(desk, FRIDAY)
    with pytest.raises(Conflict):
        do(desk, "referral.accept", expected_version=1, despite="it has happened")


def test_what_lies_after_the_clock_has_not_happened_despite_anything() -> None:
    desk = open_desk("2024-03-01T09:00")
    with pytest.raises(OutOfOrder):
        do(desk, "contact.receive", happened_at=moment("2024-03-01T09:01"), despite="it has happened")


def test_an_event_id_is_one_event_despite_anything() -> None:
    desk = open_desk("2024-03-01T09:00")
    first = do(desk, "contact.receive")
    with pytest.raises(Conflict):
        do(desk, "contact.close", event_id=first.event_id, despite="it has happened")


def test_of_what_has_happened_it_need_not_be_known_who_did_it() -> None:
    desk = open_desk("2024-03-01T09:00")
    assert "no-actor" in rules(refusal(desk, "contact.receive", actor=""))
    assert (
        do(desk, "contact.receive", actor="", role="", details={"source": "6"}, despite="from the old file").actor == ""
    )


def test_what_takes_another_person_is_recorded_by_nobody_despite_nothing() -> None:
    """Else whoever submitted an assessment could sign it off, as nobody."""
    desk = open_desk("2024-03-01T09:00")
    so = {"despite": "so it was", "role": "social_worker", "actor": "sam"}
    for event in ("contact.receive", "contact.refer", "referral.accept", "single_assessment.submit"):
        do(desk, event, **so)
    for actor in ("", "sam"):
        refused = refusal(desk, "single_assessment.sign_off", **so | {"actor": actor})
        assert [reason.rule for reason in refused.reasons if reason.bars_facts] == [
            "same-person" if actor else "no-actor"
        ]
    assert do(desk, "single_assessment.sign_off", **so | {"actor": "jo"}).actor == "jo"


def test_a_reason_where_nothing_speaks_against_it_does_no_harm() -> None:
    desk = open_desk("2024-03-01T09:00")
    do(desk, "contact.receive", despite="to be sure")
    assert desk.case("C-1").findings == ()


@pytest.mark.parametrize("despite", [None, "it was missed"])
def test_what_is_recorded_late_is_no_fault_at_the_desk_but_is_found(despite: str | None) -> None:
    desk = open_desk("2024-03-08T09:00")
    do(desk, "contact.receive", happened_at=date(2024, 3, 1), despite=despite)
    assert [finding.rule for finding in desk.case("C-1").findings] == ["recorded-late"]


# ---- one event, however often it is asked for ----


def id_() -> str:
    """An id that a caller keeps for retries."""
    return str(uuid.uuid4())


def test_the_same_id_again_is_the_same_event_and_nothing_is_added() -> None:
    desk = open_desk("2024-03-01T09:00")
    first = do(desk, "contact.receive", event_id=(mine := id_()))
    before = content(desk)
    assert do(desk, "contact.receive", event_id=mine) == first
    assert content(desk) == before


@pytest.mark.parametrize("written_as", [str, uuid.UUID, str.upper, "{{{}}}".format, "urn:uuid:{}".format])
def test_an_id_is_the_same_however_it_is_written(written_as: Any) -> None:
    desk = open_desk("2024-03-01T09:00")
    first = do(desk, "contact.receive", event_id=(mine := id_()))
    assert first.event_id == mine
    assert do(desk, "contact.receive", event_id=written_as(mine)) == first


def test_a_retry_hours_later_after_others_have_recorded_is_the_same_event() -> None:
    desk = open_desk("2024-03-01T09:00")
    first = do(desk, "contact.receive", event_id=(mine := id_()))
    play(desk, "2024-03-01T16:00 contact.refer")
    do(desk, "contact.receive", "C-2")
    assert do(desk, "contact.receive", event_id=mine) == first
    assert desk.log.size() == 4


def test_a_retry_of_what_opened_something_opens_nothing_more() -> None:
    desk = open_desk("2024-03-01T09:00")
    do(desk, "contact.receive")
    first = do(desk, "contact.refer", event_id=(mine := id_()))
    do(desk, "referral.accept")
    before = content(desk)
    assert do(desk, "contact.refer", event_id=mine) == first
    assert content(desk) == before


def test_a_retry_by_another_desk_on_the_log_is_the_same_event() -> None:
    desk = open_desk("2024-03-01T09:00")
    first = do(desk, "contact.receive", event_id=(mine := id_()))
    assert do(open_desk("2024-03-01T09:30", log=desk.log), "contact.receive", event_id=mine) == first


def test_a_retry_says_the_version_that_the_caller_read_and_is_no_conflict() -> None:
    desk = open_desk("2024-03-01T09:00")
    first = do(desk, "contact.receive", event_id=(mine := id_()), expected_version=0)
    assert do(desk, "contact.receive", event_id=mine, expected_version=0) == first


def test_a_retry_that_says_the_moment_says_the_same_moment() -> None:
    desk = open_desk("2024-06-03T09:00")
    first = do(desk, "contact.receive", event_id=(mine := id_()), happened_at="03/06/2024 08:30")
    same = moment("2024-06-03T08:30").astimezone(timezone(timedelta(hours=5)))
    assert do(desk, "contact.receive", event_id=mine, happened_at=same) == first
    assert do(desk, "contact.receive", event_id=mine) == first
    with pytest.raises(Conflict, match="happened_at"):
        do(desk, "contact.receive", event_id=mine, happened_at=date(2024, 6, 3))


def test_a_retry_of_what_was_recorded_despite_the_rules_is_the_same_event() -> None:
    desk = open_desk("2024-03-01T09:00")
    first = do(desk, "referral.accept", event_id=(mine := id_()), despite="from the old file")
    assert do(desk, "referral.accept", event_id=mine, despite="from the old file") == first
    assert do(desk, "referral.accept", event_id=mine) == first


OTHER = {
    "case_id": "C-2", "event": "contact.close", "actor": "somebody else", "role": "manager", "family": "F-2",
    "details": {"source": "another"}, "episode": "contact-2", "happened_at": "2024-03-01T08:59",
}  # fmt: skip


@pytest.mark.parametrize("what", OTHER)
def test_an_id_with_other_content_is_a_conflict_that_says_what_is_other(what: str) -> None:
    asked: dict[str, Any] = {
        "case_id": "C-1", "event": "contact.receive", "actor": "officer-12", "role": "referral_officer",
        "details": {"source": "6"}, "event_id": id_(), "family": "F-1",
    }  # fmt: skip
    desk = open_desk("2024-03-01T09:00")
    desk.record_many([asked])
    before = content(desk)
    with pytest.raises(Conflict, match=what) as caught:
        desk.record_many([asked | {what: OTHER[what]}])
    assert content(desk) == before
    assert caught.value.case == asked["case_id"] or what == "case_id"
    assert (caught.value.expected, caught.value.found) == (None, None)


def test_details_in_another_order_are_the_same() -> None:
    desk = open_desk("2024-03-01T09:00")
    first = do(desk, "contact.receive", event_id=(mine := id_()), details={"source": "6", "reasons": ("N1",)})
    assert do(desk, "contact.receive", event_id=mine, details={"reasons": ["N1"], "source": "6"}) == first


def test_the_id_of_what_was_opened_or_noticed_is_taken_too() -> None:
    desk = open_desk("2024-03-01T09:00")
    play(desk, FRIDAY)
    set_clock(desk, "2024-03-05T00:00")
    desk.check()
    for event in desk.log.follow(2):
        with pytest.raises(Conflict):
            do(desk, "referral.acknowledge", event_id=event.event_id)


def test_an_id_whose_event_was_refused_is_still_free() -> None:
    desk = open_desk("2024-03-01T09:00")
    refusal(desk, "contact.close", event_id=(mine := id_()))
    assert do(desk, "contact.receive", event_id=mine).event_id == mine


def test_a_retry_is_the_event_as_it_was_recorded_even_where_it_has_been_corrected() -> None:
    desk = open_desk("2024-03-01T09:00")
    first = do(desk, "contact.receive", event_id=(mine := id_()))
    desk.correct(mine, actor="manager-1", role="manager", reason="typed wrongly", becomes={"actor": "officer-13"})
    assert do(desk, "contact.receive", event_id=mine) == first


# ---- several at once ----


def test_the_children_of_one_contact_are_recorded_together() -> None:
    desk = open_desk("2024-03-01T09:00")
    events = desk.record_many(entry("contact.receive", f"C-{n}", family="F-7") for n in (1, 2, 3))
    assert [(event.case_id, event.position, event.version) for event in events] == [
        ("C-1", 1, 1),
        ("C-2", 2, 1),
        ("C-3", 3, 1),
    ]
    assert len({event.recorded_at for event in events}) == 1


def test_a_batch_gives_one_event_for_each_entry_and_not_what_they_open() -> None:
    desk = open_desk("2024-03-01T09:00")
    events = desk.record_many([entry("contact.receive"), entry("contact.refer"), entry("referral.accept")])
    assert names(events) == ["contact.receive", "contact.refer", "referral.accept"]
    assert names(desk.log.follow()) == ["contact.receive", "contact.refer", "referral.receive", "referral.accept", "single_assessment.start"]  # fmt: skip


def test_of_a_batch_with_one_that_is_refused_nothing_is_recorded() -> None:
    desk = open_desk("2024-03-01T09:00")
    do(desk, "contact.receive", "C-9")
    before = content(desk)
    with pytest.raises(Refused) as caught:
        desk.record_many(
            [entry("contact.receive"), entry("contact.refer"), entry("contact.join"), entry("contact.close", "C-9")]
        )
    assert (caught.value.event, caught.value.case) == ("contact.join", "C-1")
    assert content(desk) == before
    assert [episode.state for episode in desk.case("C-9").episodes] == ["received"]


@pytest.mark.parametrize("error", [Conflict, OutOfOrder, MomentError])
def test_of_a_batch_that_cannot_be_recorded_for_any_other_reason_nothing_is_recorded(error: type[Exception]) -> None:
    wrong: dict[type[Exception], dict[str, Any]] = {
        Conflict: {"expected_version": 7}, OutOfOrder: {"happened_at": date(2024, 3, 2)},
        MomentError: {"happened_at": "yesterday"},
    }  # fmt: skip
    desk = open_desk("2024-03-01T09:00")
    before = content(desk)
    with pytest.raises(error):
        desk.record_many([entry("contact.receive"), entry("contact.receive", "C-2", **wrong[error])])
    assert content(desk) == before


def test_a_batch_again_is_the_same_events_and_one_that_is_partly_there_is_completed() -> None:
    desk = open_desk("2024-03-01T09:00")
    batch = [entry("contact.receive", f"C-{n}", event_id=id_()) for n in (1, 2)]
    first = desk.record_many(batch)
    assert desk.record_many(batch) == first
    more = desk.record_many([*batch, entry("contact.receive", "C-3")])
    assert more[:2] == first
    assert desk.log.size() == 3


def test_the_same_id_twice_in_a_batch_is_one_event_or_a_conflict() -> None:
    desk = open_desk("2024-03-01T09:00")
    one = entry("contact.receive", event_id=id_())
    assert len({event.position for event in desk.record_many([one, one])}) == 1
    before = content(desk)
    two = entry("contact.receive", "C-2", event_id=id_())
    with pytest.raises(Conflict):
        desk.record_many([two, entry("contact.close", "C-2", event_id=two.event_id)])
    assert content(desk) == before


def test_a_batch_of_nothing_records_nothing() -> None:
    desk = open_desk("2024-03-01T09:00")
    assert desk.record_many([]) == []
    assert desk.log.size() == 0


# ---- versions ----


def test_versions_count_the_events_of_a_case_and_positions_those_of_the_log() -> None:
    desk = open_desk("2024-03-01T09:00")
    for case_id in ("C-1", "C-2", "C-1", "C-2"):
        do(desk, "contact.receive" if case_id not in desk.log.cases() else "contact.refer", case_id)
    assert [(event.case_id, event.version) for event in desk.log.follow()] == [
        ("C-1", 1), ("C-2", 1), ("C-1", 2), ("C-1", 3), ("C-2", 2), ("C-2", 3)
    ]  # fmt: skip
    assert [event.position for event in desk.log.follow()] == list(range(1, 7))


def test_the_version_of_a_case_may_be_handed_back_to_be_told_if_somebody_was_there_first() -> None:
    desk = open_desk("2024-03-01T09:00")
    play(desk, FRIDAY)
    read = desk.case("C-1").version
    do(desk, "referral.discuss")
    before = content(desk)
    with pytest.raises(Conflict) as caught:
        do(desk, "referral.accept", expected_version=read)
    assert (caught.value.case, caught.value.expected, caught.value.found) == ("C-1", 3, 4)
    assert content(desk) == before
    assert do(desk, "referral.accept", expected_version=4).version == 5


def test_a_case_that_is_not_there_is_at_version_nought() -> None:
    desk = open_desk("2024-03-01T09:00")
    assert do(desk, "contact.receive", expected_version=0).version == 1
    with pytest.raises(Conflict):
        do(desk, "contact.receive", "C-2", expected_version=1)


def test_what_the_desk_notices_moves_the_version_on_too() -> None:
    desk = open_desk("2024-03-01T09:00")
    play(desk, FRIDAY)
    set_clock(desk, "2024-03-05T09:00")
    assert len(desk.check()) == 2
    assert desk.case("C-1").version == 5
    with pytest.raises(Conflict):
        do(desk, "referral.accept", expected_version=3)


def test_in_a_batch_versions_go_on_as_it_is_recorded() -> None:
    desk = open_desk("2024-03-01T09:00")
    batch = [
        entry("contact.receive", expected_version=0),
        entry("contact.refer", expected_version=1),
        entry("referral.accept", expected_version=3),
    ]
    assert [event.version for event in desk.record_many(batch)] == [1, 2, 4]


# ---- the names of episodes ----


def test_episodes_are_named_in_the_order_they_opened() -> None:
    desk = open_desk("2024-03-01T09:00")
    play(
        desk,
        FRIDAY
        + "2024-03-01T17:00 referral.signpost\n 2024-03-08T09:00 contact.receive\n 2024-03-08T10:00 contact.refer",
    )
    assert list(states(desk)) == ["contact-1", "referral-1", "contact-2", "referral-2"]


def test_a_caller_may_name_an_episode_and_go_by_that_name() -> None:
    desk = open_desk("2024-03-01T09:00")
    do(desk, "contact.receive", episode="CON-2024-77")
    event = do(desk, "contact.refer", episode="CON-2024-77")
    assert event.episode == "CON-2024-77"
    assert list(states(desk)) == ["CON-2024-77", "referral-1"]
    assert deadline(desk, "contact.screening").episode == "CON-2024-77"


def test_a_name_of_ours_that_a_caller_has_taken_is_passed_over() -> None:
    desk = open_desk("2024-03-01T09:00")
    do(desk, "contact.receive", episode="contact-2")
    do(desk, "contact.close")
    do(desk, "contact.receive")
    assert list(states(desk)) == ["contact-2", "contact-3"]


def test_episodes_of_two_workflows_may_have_one_name() -> None:
    desk = open_desk("2024-03-01T09:00")
    do(desk, "contact.receive", episode="2024-77")
    do(desk, "contact.refer")
    do(desk, "referral.signpost")
    do(desk, "referral.receive", episode="2024-77")
    do(desk, "referral.acknowledge", episode="2024-77")
    assert [(e.workflow, e.name) for e in desk.case("C-1").open] == [("referral", "2024-77")]


def test_a_name_that_no_episode_has_finds_none() -> None:
    desk = open_desk("2024-03-01T09:00")
    play(desk, FRIDAY)
    assert rules(refusal(desk, "referral.accept", episode="referral-7")) == ["opened-without", "overlap"]


def test_what_opens_does_not_open_again_under_a_name_in_use() -> None:
    desk = open_desk("2024-03-01T09:00")
    do(desk, "contact.receive", episode="CON-77")
    do(desk, "contact.close")
    assert "illegal-transition" in rules(refusal(desk, "contact.receive", episode="CON-77"))


def test_of_two_open_episodes_the_latest_is_meant() -> None:
    desk = open_desk("2024-03-01T09:00")
    do(desk, "contact.receive")
    do(desk, "contact.receive", at="2024-03-01T10:00", despite="the school rang too")
    assert do(desk, "contact.close").episode == "contact-2"
    assert do(desk, "contact.join").episode == "contact-1"


def test_once_all_have_ended_the_latest_is_meant() -> None:
    desk = open_desk("2024-03-01T09:00")
    play(
        desk,
        FRIDAY
        + "2024-03-01T17:00 referral.signpost\n 2024-03-08T09:00 contact.receive\n 2024-03-08T10:00 contact.refer",
    )
    do(desk, "referral.take_no_further_action")
    assert do(desk, "referral.feed_back").episode == "referral-2"
    assert do(desk, "referral.feed_back", episode="referral-1").episode == "referral-1"


# ---- when it happened ----


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (date(2024, 6, 3), date(2024, 6, 3)),
        ("2024-06-03", date(2024, 6, 3)),
        ("03/06/2024", date(2024, 6, 3)),
        (datetime(2024, 6, 3, 8, 15, tzinfo=UTC), datetime(2024, 6, 3, 8, 15, tzinfo=UTC)),
        (datetime(2024, 6, 3, 13, 15, tzinfo=timezone(timedelta(hours=5))), datetime(2024, 6, 3, 8, 15, tzinfo=UTC)),
        ("2024-06-03T09:15", datetime(2024, 6, 3, 8, 15, tzinfo=UTC)),
        ("3/6/2024 09:15", datetime(2024, 6, 3, 8, 15, tzinfo=UTC)),
        ("2024-06-03T09:15+01:00", datetime(2024, 6, 3, 8, 15, tzinfo=UTC)),
        (" 2024-06-03T08:15:00Z ", datetime(2024, 6, 3, 8, 15, tzinfo=UTC)),
        (datetime(2024, 6, 3, 8, 15, 0, 123456, tzinfo=UTC), datetime(2024, 6, 3, 8, 15, 0, 123456, tzinfo=UTC)),
        (Span(date(2024, 6, 1), date(2024, 6, 3)), Span(date(2024, 6, 1), date(2024, 6, 3))),
        (None, datetime(2024, 6, 4, 8, 0, tzinfo=UTC)),
    ],
)
def test_a_date_stays_a_date_and_a_moment_is_kept_as_that_moment(said: Any, kept: Any) -> None:
    desk = open_desk("2024-06-04T09:00")
    given_back = do(desk, "contact.receive", happened_at=said).happened_at
    assert (type(given_back), given_back) == (type(kept), kept)
    assert desk.case("C-1").events[0].happened_at == kept


@pytest.mark.parametrize(
    "said", [date(2024, 6, 4), "2024-06-04", "04/06/2024", "2024-06-04T09:00", "2024-06-04T08:00Z"]
)
def test_today_and_this_very_moment_have_happened(said: Any) -> None:
    desk = open_desk("2024-06-04T09:00")
    assert do(desk, "contact.receive", happened_at=said).version == 1


@pytest.mark.parametrize(
    "said",
    [date(2024, 6, 5), "05/06/2024", "2024-06-04T09:00:01", datetime(2024, 6, 4, 8, 0, 0, 1, tzinfo=UTC), date(2199, 1, 1),
     Span(date(2024, 6, 5), date(2024, 6, 7))],
)  # fmt: skip
def test_what_lies_after_the_desks_clock_is_refused(said: Any) -> None:
    desk = open_desk("2024-06-04T09:00")
    before = content(desk)
    with pytest.raises(OutOfOrder, match=re.escape("2024-06-04T09:00:00+01:00")):
        do(desk, "contact.receive", happened_at=said)
    assert content(desk) == before


def test_today_is_todays_date_in_london() -> None:
    """At half past midnight in summer it is still yesterday in UTC."""
    desk = open_desk("2024-06-04T00:30")
    assert local_day(desk.clock.now()) == date(2024, 6, 4) != desk.clock.now().date()
    assert do(desk, "contact.receive", happened_at=date(2024, 6, 4)).happened_at == date(2024, 6, 4)
    with pytest.raises(OutOfOrder):
        do(desk, "contact.close", happened_at=date(2024, 6, 5))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (datetime(2024, 6, 3, 9, 0), "says no offset"),
        ("yesterday", "is not a date or time"),
        ("", "is not a date or time"),
        ("31/06/2024", "is not a date or time"),
        ("2024-03-31T01:30", "does not exist"),
        (20240603, "is not a date"),
        (datetime(1066, 10, 14, tzinfo=UTC), "lies outside the years"),
        (date(9999, 12, 31), "lies outside the years"),
    ],
)
def test_what_is_no_moment_is_told_in_one_sentence(said: Any, why: str) -> None:
    desk = open_desk("2024-06-04T09:00")
    with pytest.raises(MomentError, match=why) as caught:
        do(desk, "contact.receive", happened_at=said)
    assert "\n" not in str(caught.value)
    assert desk.log.size() == 0


def test_a_batch_is_refused_for_the_first_of_it_that_cannot_be_recorded() -> None:
    desk = open_desk("2024-06-04T09:00")
    with pytest.raises(Refused):
        desk.record_many([entry("contact.close"), entry("contact.receive", happened_at="yesterday")])
    with pytest.raises(MomentError):
        desk.record_many([entry("contact.receive", happened_at="yesterday"), entry("contact.close")])


def test_a_clock_that_went_back_writes_nothing() -> None:
    desk = open_desk("2024-06-04T09:00")
    do(desk, "contact.receive")
    early = open_desk("2024-06-04T08:50", log=desk.log)
    before = content(desk)
    with pytest.raises(OutOfOrder, match="clock"):
        do(early, "contact.close")
    with pytest.raises(OutOfOrder):
        early.correct(next(desk.log.follow()).event_id, actor="m", role="manager", reason="r", becomes=None)
    assert content(desk) == before


def test_clocks_of_two_machines_may_differ_by_some_minutes_and_time_then_stands_still() -> None:
    desk = open_desk("2024-06-04T09:00")
    do(desk, "contact.receive")
    behind = open_desk("2024-06-04T08:57", log=desk.log)
    event = do(behind, "contact.close")
    assert event.happened_at == event.recorded_at == moment("2024-06-04T09:00")


def test_moments_of_recording_never_go_back_along_the_log() -> None:
    desk = open_desk("2024-06-04T09:00")
    behind = open_desk("2024-06-04T08:57", log=desk.log)
    for n, one in enumerate([desk, behind, desk, behind]):
        do(one, "contact.receive", f"C-{n}")
    recorded = [event.recorded_at for event in desk.log.follow()]
    assert recorded == sorted(recorded)


# ---- two desks on one log ----


def test_what_one_desk_records_another_sees_at_once() -> None:
    desk = open_desk("2024-03-01T09:00")
    other = open_desk("2024-03-01T09:00", log=desk.log)
    do(desk, "contact.receive")
    assert other.case("C-1").version == 1
    do(other, "contact.refer")
    assert desk.case("C-1").version == 3
    assert rules(refusal(desk, "contact.close")) == ["after-close"]


def test_a_desk_opened_again_on_a_log_says_the_same_of_every_case() -> None:
    desk = open_desk("2024-03-01T09:00")
    play(desk, ENQUIRY)
    again = open_desk(written(desk.clock.now()), log=desk.log)
    assert again.case("C-1") == desk.case("C-1")
    assert again.allowed("C-1") == desk.allowed("C-1")


def test_a_log_may_be_made_again_from_its_events_alone() -> None:
    desk = open_desk("2024-03-01T09:00")
    play(desk, ENQUIRY)
    before = content(desk)
    assert desk.rebuild() == []
    assert content(desk) == before


# ---- the desk and the oracle ----

MOVES = sorted(f"{name}.{move}" for name, flow in oracle.WORKFLOWS.items() for move in flow["transitions"])
OPENS = {
    "contact.send_to_mash": "mash.start", "contact.refer": "referral.receive", "mash.refer": "referral.receive",
    "section_47.request_conference": "conference.request",
}  # fmt: skip


def opened_by(event: str, day: date) -> str | None:
    """What an event opens on a day, if it opens anything."""
    if event == "referral.accept":
        return f"{assessment(str(oracle.edition_on(day)))}.start"
    return OPENS.get(event)


class Try(NamedTuple):
    """Something that somebody tries to record, at a moment of the desk's clock."""

    at: datetime
    event: str
    options: dict[str, Any]
    despite: str | None


@st.composite
def plans(draw: st.DrawFn) -> list[Try]:
    """What people try one after another: mostly they follow a journey, with slips, and some of it is typed late."""
    at, found = moment(draw(st.sampled_from(["2024-03-01T09:00", "2013-04-10T09:00"]))), []  # or as an edition begins
    path = draw(st.sampled_from(journeys(draw(st.sampled_from(["working_together_2010", "working_together_2023"])))))
    for event in path[: draw(st.integers(1, 12))]:
        at += timedelta(hours=draw(st.sampled_from([1, 5, 24, 100])))
        if draw(st.integers(0, 5)) == 0:
            event = draw(st.sampled_from(MOVES))
        needs = declared(event)["needs"]
        happened: Any = at - timedelta(hours=draw(st.sampled_from([0, 0, 0, 2, 30, 80])))
        options = {
            "role": draw(st.sampled_from(WHO)) if draw(st.integers(0, 6)) == 0 else who(event),
            "actor": draw(st.sampled_from(["ann", "bob"])),
            "details": dict.fromkeys(needs if draw(st.integers(0, 6)) else needs[1:], "as noted"),
            "happened_at": local_day(happened) if draw(st.integers(0, 4)) == 0 else happened,
        }
        if OPENS.get(event) == "referral.receive":
            options["details"]["source"] = "6"
        found.append(Try(at, event, options, draw(st.sampled_from([None, None, "so it was"]))))
    return found


def brought_about(desk: Desk, one: Try) -> set[str]:
    """The rules of the findings that the oracle has with a thing, and what it opens, and does not have without."""
    said = one.options
    row = {
        "case_id": "C-1", "event": one.event, "happened_at": written(said["happened_at"]), "recorded_at": written(one.at),
        "actor": said["actor"], "role": said["role"], **said["details"],
    }  # fmt: skip
    rows = [row]
    before = Counter(said_by_oracle(desk)[1])
    found = Counter(said_by_oracle(desk, more=rows)[1]) - before
    ended = ("after-close", one.event, row["happened_at"], row["recorded_at"]) in found
    opens = opened_by(one.event, oracle.parse(row["happened_at"]).day)
    if opens and not ended:
        rows.append({**row, "event": opens})
        found = Counter(said_by_oracle(desk, more=rows)[1]) - before
    return {rule for rule, *_ in found if rule != "recorded-late"}


@settings(FEW, max_examples=80)
@given(plans())
def test_the_desk_refuses_just_what_the_oracle_would_find(plan: list[Try]) -> None:
    """A plan is refused for every finding that it would bring about, and no other; what is recorded has the rest."""
    desk = open_desk("2013-04-10T09:00")
    for one in plan:
        set_clock(desk, written(one.at))
        found = brought_about(desk, one)
        try:
            do(desk, one.event, despite=one.despite, **one.options)
        except Refused as refused:
            assert set(rules(refused)) == found
            assert one.despite is None or "same-person" in found
        else:
            assert not found if one.despite is None else "same-person" not in found
            assert said_by_desk(desk) == said_by_oracle(desk)


def _deep(levels: int) -> list[object]:
    value: list[object] = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("x" * 10_000_000, "characters, more than 1,000,000: keep long texts elsewhere, and record where."),
        (_deep(100_000), "details are nested more than 20 deep."),
        (["x" * 100] * 10_000, "characters, more than 1,000,000"),
    ],
    ids=["long", "deep", "many"],
)
def test_details_that_nobody_could_read_are_refused_in_a_sentence(value: object, said: str) -> None:
    desk = open_desk("2026-03-02T09:00")
    with pytest.raises(Refused) as refused:
        desk.record(
            "C-1", "contact.receive", actor="a", role="referral_officer", details={"source": "6", "note": value}
        )
    (reason,) = refused.value.reasons
    assert said in reason.message and len(reason.message) < 200
    assert not [*desk.log.cases()]


@pytest.mark.parametrize("unseen", ["\u200b", "\u202e", "\u00ad", "\ufeff"])
def test_a_reference_holds_no_character_that_nobody_sees(unseen: str) -> None:
    """Two cases that look the same would be taken for one child."""
    desk = open_desk("2024-03-04T09:00")
    for field in ({"case_id": f"C-2{unseen}1"}, {"actor": f"ann{unseen}b"}, {"family": f"F{unseen}1"}):
        with pytest.raises(Refused, match="holds a character that cannot be seen"):
            desk.record_many([attrs.evolve(entry("contact.receive"), **field)])
    desk.record_many([entry("contact.receive", details={"source": "6", "note": f"a note{unseen}."})])
