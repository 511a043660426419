"""The nine shipped workflows, written down a second time and held against what the files compose to in every edition."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import pytest

from frontdoor.checking import unguarded_waits
from frontdoor.library import load
from frontdoor.workflow import ROLES, Timer

LIBRARY = load()
EDITIONS = [edition.name for edition in LIBRARY.editions]


class Move(NamedTuple):
    """A transition: from which states to which ('' stays), by which roles ('' any but system), needing what."""

    frm: str
    to: str = ""
    by: str = ""
    needs: str = ""
    opens: str = ""
    not_by: str = ""
    not_while_open: str = ""


class Clock(NamedTuple):
    """A timer: counted from, the states it runs in or the transitions it runs until, what meets it, its basis."""

    counts_from: str
    runs_in: str = ""
    until: str = ""
    met_by: str = ""
    basis: str = "statutory"


EVERYBODY = "referral_officer mash_officer social_worker manager chair edt_officer system"
SW, SW_OR_MANAGER = "social_worker edt_officer", "social_worker edt_officer manager"
RATERS = "mash_officer social_worker edt_officer manager"
RATED, UNDECIDED, OPEN = "red amber green", "triage red amber green", "under_way awaiting_sign_off"

STATES = {  # the initial state first; after the stroke the final ones
    "contact": "received / sent_to_mash referred joined passed_on signposted returned closed",
    "mash": "triage red amber green / referred early_help closed",
    "referral": "received accepted / signposted no_further_action closed",
    "initial_assessment": "under_way awaiting_sign_off / complete terminated",
    "core_assessment": "under_way awaiting_sign_off / complete terminated",
    "single_assessment": "under_way awaiting_sign_off / complete terminated",
    "section_47": "enquiry / not_substantiated no_conference conference_requested",
    "conference": "requested / plan no_plan cancelled",
    "transfer_in_conference": "requested / plan no_plan cancelled",
}

ASSESSMENT = {
    "start": Move("", by=SW_OR_MANAGER),
    "see_child": Move(OPEN, by=SW, needs="seen_alone"),
    "submit": Move(
        "under_way", "awaiting_sign_off", by="social_worker", needs="child_seen child_views parent_views analysis"
    ),
    "return_for_work": Move("awaiting_sign_off", "under_way", by="manager", needs="reason"),
    "sign_off": Move("awaiting_sign_off", "complete", by="manager", needs="outcome", not_by="submit"),
    "terminate": Move("under_way", "terminated", by="manager", needs="reason"),
}
CONFERENCE = {
    "request": Move(""),
    "postpone": Move("requested", by="chair", needs="reason agreed_with"),
    "hold_with_plan": Move("requested", "plan", by="chair", needs="agencies category"),
    "hold_without_plan": Move("requested", "no_plan", by="chair", needs="agencies rationale"),
    "cancel": Move("requested", "cancelled", by="chair", needs="reason"),
}

MOVES = {  # the one that opens first; referral.accept opens the assessment of its edition
    "contact": {
        "receive": Move("", by=EVERYBODY, needs="source"),
        "send_to_mash": Move("received", "sent_to_mash", opens="mash"),
        "refer": Move("received", "referred", by=SW_OR_MANAGER, needs="rationale", opens="referral"),
        "join": Move("received", "joined", needs="reference"),
        "pass_on": Move("received", "passed_on", needs="worker"),
        "signpost": Move("received", "signposted", needs="service reason"),
        "return_for_vetting": Move("received", "returned", needs="reason"),
        "close": Move("received", "closed", by=SW_OR_MANAGER, needs="reason"),
    },
    "mash": {
        "start": Move(""),
        "rate_red": Move(UNDECIDED, "red", by=RATERS, needs="rationale"),
        "rate_amber": Move(UNDECIDED, "amber", by=RATERS, needs="rationale"),
        "rate_green": Move(UNDECIDED, "green", by=RATERS, needs="rationale"),
        "share": Move(UNDECIDED, needs="agency consent"),
        "discuss": Move(UNDECIDED, by=SW_OR_MANAGER, needs="agencies decision"),
        "refer": Move(RATED, "referred", by="manager", needs="rationale", opens="referral"),
        "offer_early_help": Move(RATED, "early_help", by="manager", needs="rationale service"),
        "close": Move(RATED, "closed", by="manager", needs="rationale"),
    },
    "referral": {
        "receive": Move("", by=EVERYBODY, needs="source"),
        "acknowledge": Move("received accepted signposted no_further_action closed"),
        "discuss": Move("received accepted", by=SW_OR_MANAGER, needs="agencies decision"),
        "accept": Move("received", "accepted", by=SW_OR_MANAGER, needs="rationale", opens="(the assessment)"),
        "signpost": Move("received", "signposted", by="manager", needs="service rationale"),
        "take_no_further_action": Move("received", "no_further_action", by="manager", needs="rationale"),
        "feed_back": Move("accepted signposted no_further_action closed", needs="method"),
        "close": Move(
            "accepted", "closed", by="manager", needs="reason",
            not_while_open="initial_assessment core_assessment single_assessment section_47 conference",
        ),
    },
    "initial_assessment": ASSESSMENT,
    "core_assessment": {
        **ASSESSMENT,
        "submit": ASSESSMENT["submit"]._replace(needs="child_seen child_views parent_views analysis agencies"),
    },
    "single_assessment": {**ASSESSMENT, "review": Move("under_way", by="manager")},
    "section_47": {
        "start": Move("", by=SW_OR_MANAGER, needs="agencies"),
        "discuss": Move("enquiry", by=SW_OR_MANAGER, needs="agencies"),
        "see_child": Move("enquiry", by=SW, needs="seen_alone"),
        "find_not_substantiated": Move("enquiry", "not_substantiated", by="manager", needs="rationale"),
        "decide_no_conference": Move("enquiry", "no_conference", by="manager", needs="rationale agreed_with"),
        "request_conference": Move("enquiry", "conference_requested", by="manager", opens="conference"),
    },
    "conference": CONFERENCE,
    "transfer_in_conference": {**CONFERENCE, "request": Move("", needs="from_authority")},
}  # fmt: skip

AFTER = {
    "mash": "contact.send_to_mash",
    "referral": "contact.refer mash.refer",
    "initial_assessment": "referral.accept",
    "core_assessment": "referral.accept",
    "single_assessment": "referral.accept",
    "section_47": "referral.receive",
    "conference": "section_47.request_conference",
}

HELD = "hold_with_plan hold_without_plan"
TIMERS = {
    "contact.screening": Clock("receive", "received", basis="local"),
    "mash.outcome": Clock("start", UNDECIDED, basis="local"),
    "referral.decision": Clock("receive", "received"),
    "referral.acknowledgement": Clock("receive", until="acknowledge"),
    "referral.feedback": Clock("accept signpost take_no_further_action", until="feed_back", basis="local"),
    "initial_assessment.completion": Clock("referral.receive start", OPEN, met_by="sign_off"),
    "core_assessment.completion": Clock("start", OPEN, met_by="sign_off"),
    "single_assessment.completion": Clock("referral.receive start", OPEN, met_by="sign_off"),
    "section_47.outcome": Clock("start", "enquiry", basis="local"),
    "conference.hold": Clock("section_47.start request", "requested", met_by=HELD),
    "transfer_in_conference.hold": Clock("request", "requested", met_by=HELD, basis="local"),
}

IN_FORCE = {
    "working_together_2006": date(2006, 4, 1),
    "working_together_2010": date(2010, 3, 17),
    "working_together_2013": date(2013, 4, 15),
    "working_together_2015": date(2015, 3, 26),
    "working_together_2018": date(2018, 7, 4),
    "working_together_2023": date(2023, 12, 15),
    "working_together_2026": date(2026, 3, 18),
}

LENGTHS = {  # working days in 2006, in 2010, and from 2013 on; None where the edition has no such workflow
    "contact.screening": (1, 1, 1),
    "mash.outcome": (1, 1, 1),
    "referral.decision": (1, 1, 1),
    "referral.acknowledgement": (1, 1, 1),
    "referral.feedback": (5, 5, 5),
    "initial_assessment.completion": (7, 10, None),
    "core_assessment.completion": (35, 35, None),
    "single_assessment.completion": (None, None, 45),
    "section_47.outcome": (15, 15, 15),
    "conference.hold": (15, 15, 15),
    "transfer_in_conference.hold": (15, 15, 15),
}

GRADES = {"V", "V-local", "V-2nd", "INF", "GK"}

under_every_edition = pytest.mark.parametrize("edition", EDITIONS)
every_workflow = pytest.mark.parametrize("name", STATES)
every_timer = pytest.mark.parametrize("timer", TIMERS)


def assessment(edition: str) -> str:
    """What referral.accept opens under an edition."""
    return "initial_assessment" if edition in EDITIONS[:2] else "single_assessment"


def timer_of(qualified: str, edition: str) -> Timer:
    workflow, _, timer = qualified.partition(".")
    return LIBRARY.workflow(workflow, edition).timers[timer]


# ---- workflows ----


def test_nine_workflows_are_shipped() -> None:
    assert set(LIBRARY.names()) == set(STATES)


def test_a_workflow_is_listed_after_those_it_may_only_come_after() -> None:
    order = LIBRARY.names()
    for name, after in AFTER.items():
        assert max(order.index(mark.partition(".")[0]) for mark in after.split()) < order.index(name)


@under_every_edition
@every_workflow
def test_the_states_are_these_and_the_final_ones_end_it(name: str, edition: str) -> None:
    open_, final = (part.split() for part in STATES[name].split("/"))
    workflow = LIBRARY.workflow(name, edition)
    assert list(workflow.states) == open_ + final
    assert [state.name for state in workflow.states.values() if state.final] == final


@under_every_edition
@every_workflow
def test_an_episode_begins_in_the_first_state_with_the_first_transition(name: str, edition: str) -> None:
    workflow = LIBRARY.workflow(name, edition)
    assert workflow.initial == STATES[name].split()[0]
    assert workflow.opens_with == next(iter(MOVES[name]))


@under_every_edition
@every_workflow
def test_the_transitions_lead_where_they_should_by_whom_and_needing_what(name: str, edition: str) -> None:
    found = {
        move.name: Move(
            " ".join(move.from_),
            move.to or "",
            " ".join(sorted(move.by)),
            " ".join(move.needs),
            move.opens or "",
            move.not_by or "",
            " ".join(move.not_while_open),
        )
        for move in LIBRARY.workflow(name, edition).transitions.values()
    }
    expected = {key: move._replace(by=" ".join(sorted(move.by.split()))) for key, move in MOVES[name].items()}
    if name == "referral":
        expected["accept"] = expected["accept"]._replace(opens=assessment(edition))
    assert found == expected


@under_every_edition
@every_workflow
def test_an_episode_comes_after_these(name: str, edition: str) -> None:
    assert " ".join(LIBRARY.workflow(name, edition).after) == AFTER.get(name, "")


@under_every_edition
def test_a_machine_may_only_receive_a_contact_or_a_referral(edition: str) -> None:
    by_system = {
        f"{name}.{move.name}"
        for name in STATES
        for move in LIBRARY.workflow(name, edition).transitions.values()
        if "system" in LIBRARY.workflow(name, edition).who(move)
    }
    assert by_system == {"contact.receive", "referral.receive"}


@under_every_edition
def test_an_emergency_duty_officer_may_do_whatever_a_social_worker_may_but_submit(edition: str) -> None:
    for name in STATES:
        workflow = LIBRARY.workflow(name, edition)
        for move in workflow.transitions.values():
            who = workflow.who(move)
            assert ("edt_officer" in who) == ("social_worker" in who and move.name != "submit"), move.name


@under_every_edition
@every_workflow
def test_everything_has_a_title_for_people(name: str, edition: str) -> None:
    workflow = LIBRARY.workflow(name, edition)
    named = [workflow, *workflow.states.values(), *workflow.transitions.values(), *workflow.timers.values()]
    assert all(thing.title for thing in named) and workflow.about


@under_every_edition
def test_no_two_states_or_transitions_or_timers_of_a_workflow_share_a_title(edition: str) -> None:
    for name in STATES:
        workflow = LIBRARY.workflow(name, edition)
        for kind in (workflow.states, workflow.transitions, workflow.timers):
            titles = [thing.title for thing in kind.values()]
            assert len(titles) == len(set(titles))


def test_the_roles_are_these_seven() -> None:
    assert set(ROLES) == set(EVERYBODY.split())


# ---- timers ----


@under_every_edition
def test_the_timers_are_these(edition: str) -> None:
    found = {f"{name}.{timer}" for name in STATES for timer in LIBRARY.workflow(name, edition).timers}
    assert found == set(TIMERS)


@under_every_edition
@every_timer
def test_a_timer_counts_from_runs_and_is_met_as_it_should(timer: str, edition: str) -> None:
    found = timer_of(timer, edition)
    assert TIMERS[timer] == Clock(
        " ".join(found.counts_from), " ".join(found.runs_in), " ".join(found.until), " ".join(found.met_by), found.basis
    )


@under_every_edition
@every_timer
def test_no_shipped_timer_counts_from_the_latest_of_several(timer: str, edition: str) -> None:
    found = timer_of(timer, edition)
    assert (found.anchor, found.then) == ("first", None)


@under_every_edition
@every_timer
def test_an_edition_allows_so_many_working_days(timer: str, edition: str) -> None:
    expected = LENGTHS[timer][min(EDITIONS.index(edition), 2)]
    has = timer.partition(".")[0] in LIBRARY.under(edition).has
    assert has == (expected is not None)
    if has:
        assert str(timer_of(timer, edition).allowed) == f"{expected} working day{'s' if expected != 1 else ''}"


@under_every_edition
@every_timer
def test_every_figure_says_where_it_comes_from_and_how_well_that_is_known(timer: str, edition: str) -> None:
    found = timer_of(timer, edition)
    assert (found.allowed is not None) == bool(found.cites) == bool(found.grade)
    if found.allowed:
        assert found.grade in GRADES


@under_every_edition
@every_timer
def test_a_figure_its_source_and_its_grade_come_from_one_file(timer: str, edition: str) -> None:
    composed = LIBRARY.under(edition)
    name, _, item = timer.partition(".")
    if composed.workflows[name].timers[item].allowed:
        files = {composed.origin(name, "timers", item, key).file for key in ("allowed", "cites", "grade")}
        assert len(files) == 1 and files.pop().startswith("workflows/guidance/working_together_")


@every_timer
def test_the_edition_of_2026_was_not_read_and_says_so_of_every_statutory_figure(timer: str) -> None:
    found = timer_of(timer, "working_together_2026")
    if found.basis == "statutory" and timer.partition(".")[0] in LIBRARY.under("working_together_2026").has:
        assert found.grade == "GK" and "unread" in found.cites


# ---- editions ----


def test_there_are_seven_editions_each_in_force_from_its_day() -> None:
    assert dict(zip(EDITIONS, LIBRARY.starts, strict=True)) == IN_FORCE


@pytest.mark.parametrize("edition", IN_FORCE)
def test_an_edition_is_in_force_on_its_first_day_and_not_the_day_before(edition: str) -> None:
    day = IN_FORCE[edition]
    before = LIBRARY.edition_on(date.fromordinal(day.toordinal() - 1))
    found = LIBRARY.edition_on(day)
    assert found is not None and found.name == edition
    assert (before.name if before else None) == dict(zip(EDITIONS, [None, *EDITIONS], strict=False))[edition]


def test_before_the_first_edition_none_is_in_force() -> None:
    assert LIBRARY.edition_on(date(2006, 3, 31)) is None


@pytest.mark.parametrize("edition", EDITIONS)
def test_an_edition_amends_the_one_before_it_and_names_its_sources(edition: str) -> None:
    found = LIBRARY.edition(edition)
    place = EDITIONS.index(edition)
    assert found.amends == (EDITIONS[place - 1] if place else None)
    assert found.title and found.about and found.sources


@under_every_edition
def test_two_assessments_until_2013_and_one_from_then_on(edition: str) -> None:
    two, one = {"initial_assessment", "core_assessment"}, {"single_assessment"}
    assert LIBRARY.under(edition).has == set(STATES) - (one if edition in EDITIONS[:2] else two)


# ---- waits without a clock ----


@under_every_edition
def test_an_accepted_referral_is_the_only_wait_without_a_clock_and_says_why(edition: str) -> None:
    composed = LIBRARY.under(edition)
    waits = unguarded_waits(composed.workflows[name] for name in LIBRARY.names() if name in composed.has)
    assert [(wait.workflow, wait.state) for wait in waits] == [("referral", "accepted")]
    assert all(wait.title and wait.why for wait in waits)


# ---- the hours of a London MASH ----

HOURS = {"red": "2 hours", "amber": "6 hours", "green": "24 hours"}


@under_every_edition
@pytest.mark.parametrize("colour", HOURS)
def test_the_london_mash_allows_hours_from_each_rating_while_it_stands(colour: str, edition: str) -> None:
    found = load(local="london_mash").workflow("mash", edition).timers[colour]
    assert str(found.allowed) == HOURS[colour]
    assert (found.counts_from, found.runs_in, found.until) == ((f"rate_{colour}",), (colour,), ())
    assert found.basis == "local" and found.title and found.cites and found.grade in GRADES


def test_the_london_mash_adds_three_clocks_and_changes_nothing_else() -> None:
    plain, london = LIBRARY.under("working_together_2018"), load(local="london_mash").under("working_together_2018")
    assert set(london.workflows["mash"].timers) == {"outcome", *HOURS}
    assert london.workflows["mash"].timers["outcome"] == plain.workflows["mash"].timers["outcome"]
    assert all(london.workflows[name] == plain.workflows[name] for name in STATES if name != "mash")


# ---- the invented county ----


def test_wexcombe_keeps_two_assessments_until_it_adopts_2013() -> None:
    wexcombe = load(local="wexcombe")
    last, first = wexcombe.edition_on(date(2014, 8, 31)), wexcombe.edition_on(date(2014, 9, 1))
    assert last is not None and first is not None
    assert (last.name, first.name) == ("working_together_2010", "working_together_2013")


def test_wexcombe_shows_a_shorter_time_a_clock_of_its_own_and_a_reasoned_departure() -> None:
    wexcombe = load(local="wexcombe")
    assert str(wexcombe.workflow("initial_assessment", "working_together_2010").timers["completion"].allowed) == (
        "7 working days"
    )
    review = wexcombe.workflow("single_assessment", "working_together_2015").timers["review"]
    assert (str(review.allowed), str(review.then), review.anchor) == ("10 working days", "15 working days", "latest")
    hold = wexcombe.workflow("conference", "working_together_2015").timers["hold"]
    assert hold.counts_from[0] == "section_47.discuss" and hold.departs


def test_wexcombe_shuts_its_offices_on_christmas_eve_of_2014() -> None:
    wexcombe = load(local="wexcombe")
    assert LIBRARY.calendar.is_working(date(2014, 12, 24)) and not wexcombe.calendar.is_working(date(2014, 12, 24))
