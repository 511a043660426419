"""Several sources matched by child and time: what is the same is there once, what contradicts is told, and nothing vanishes."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import attrs
import generate
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from frontdoor import Desk, SimulatedClock, load
from frontdoor.errors import InputError, MomentError
from frontdoor.formats import cin_census, flat_csv, frontdoor_log
from frontdoor.formats.matching import Together, matched, together
from frontdoor.formats.matching.children import same_children
from frontdoor.formats.source import Source, happened_at
from frontdoor.log.sqlite import SqliteLog
from frontdoor.moment import LONDON, local_day, parse, written
from frontdoor.replay.audit import Audit, run
from tests import test_annex_a as annex

SHARED = Path(__file__).parents[2] / "shared/data/cin"
REFERENCE = "<ReferenceDate>2023-03-31</ReferenceDate>"


def log(text: str, name: str = "a.csv", columns: str = "case_id,event,happened_at") -> Source:
    """A flat log of rows parted by semicolons."""
    rows = "\n".join(row.strip() for row in text.split(";"))
    return flat_csv.read(f"{columns}\n{rows}\n".encode(), name)


def census(*children: tuple[str, str], reference: str = REFERENCE, name: str = "census.xml") -> Source:
    """A census of children, each an id and what its one CINdetails holds."""
    text = "".join(
        f"<Child><ChildIdentifiers><LAchildID>{case}</LAchildID></ChildIdentifiers><CINdetails>{details}</CINdetails></Child>"
        for case, details in children
    )
    return cin_census.read(f"<Message><Header>{reference}</Header><Children>{text}</Children></Message>".encode(), name)


def told(source: Source) -> list[tuple[str, str, str]]:
    """Every event with its episode and when it happened."""
    rows = source.events.sort("case_id", "happened_from", "order", maintain_order=True).iter_rows(named=True)
    return [(row["event"], row["episode"], written(happened_at(row))) for row in rows]


def found(source: Source, rule: str) -> list[str]:
    return [finding.message for finding in source.findings if finding.rule == rule]


@cache
def library():
    return load()


def audited(source: Source, as_at: str | None = None) -> Audit:
    return run(source, library(), as_at=as_at, compile_from=None)


def statuses(source: Source, timer: str, as_at: str | None = None) -> dict[str, str]:
    """What that clock came to in each case."""
    deadlines = audited(source, as_at).deadlines.filter(pl.col("timer") == timer)
    return dict(deadlines.select("case_id", "status").iter_rows())


# which children are the same


@pytest.mark.parametrize("other", ["C-1", "c-1", " C-1 "])
def test_two_ids_are_one_childs_whatever_their_capitals_and_spaces(other):
    assert same_children([["C-1"], [other]]).names == ("C-1",)


def test_a_number_that_a_spreadsheet_made_a_decimal_is_the_same_number():
    assert same_children([["9212044"], ["9212044.0"]]).names == ("9212044",)
    assert same_children([["9212044"], ["9212044.5"]]).names == ("9212044", "9212044.5")


def test_leading_zeros_are_looked_through_and_said_to_be():
    ids = same_children([["0012", "7"], ["12", "7"]])
    assert ids.names == ("0012", "7")
    assert ids.notes() == [
        "Case ids were matched without their leading zeros (0012 as 12): no source has an id both with and without."
    ]


def test_ids_that_one_source_keeps_apart_are_two_children():
    ids = same_children([["0012", "12"], ["12"]])
    assert ids.names == ("0012", "12")
    assert ids.numbers[1]["12"] == ids.numbers[0]["12"]
    assert "kept apart" in ids.notes()[0]


def test_capitals_that_one_source_tells_apart_are_two_children():
    ids = same_children([["c1", "C1"], ["C1"], ["C1.0"]])
    assert ids.names == ("c1", "C1", "C1.0")


@given(st.lists(st.lists(st.text("0aA1. ", min_size=1, max_size=4), unique=True), min_size=1, max_size=3))
def test_no_two_ids_of_one_source_are_ever_the_same_child(ids):
    children = same_children(ids)
    assert [len(set(numbers.values())) for numbers in children.numbers] == [len(texts) for texts in ids]
    assert len(set(children.names)) == len(children.names)


def test_every_child_of_every_source_is_accounted_for_and_why_one_does_not_know_it():
    export = log(
        "K-1,referral.receive,2023-01-04; K-2,contact.receive,2023-01-04; K-3,referral.receive,2010-01-04;"
        "K-4,referral.receive,2023-02-01"
    )
    both = matched([export, census(("K-1", "<CINreferralDate>2023-01-04</CINreferralDate>"))])
    assert both.matches.children.rows() == [
        ("K-1", "a.csv", 1, ""),
        ("K-1", "census.xml", 1, ""),
        ("K-2", "a.csv", 1, ""),
        ("K-2", "census.xml", 0, "census.xml has no place for any of its events"),
        ("K-3", "a.csv", 1, ""),
        ("K-3", "census.xml", 0, "census.xml speaks of 2023-01-04 to 2023-03-31, when none of them happened"),
        ("K-4", "a.csv", 1, ""),
        ("K-4", "census.xml", 0, "not recorded in census.xml"),
    ]
    assert "Of the children 1 is in both, 3 are in a.csv only." in " ".join(both.notes)


# which facts are the same


def test_a_fact_that_two_tell_of_is_there_once_with_the_more_precise_moment():
    both = matched([log("K-1,referral.receive,2024-03-04"), log("K-1,referral.receive,2024-03-04T09:30", "b.csv")])
    assert told(both) == [("referral.receive", "", "2024-03-04T09:30:00+00:00")]
    assert [one for one in both.findings if one.rule == "sources-differ"] == []


def test_a_time_to_the_minute_and_one_to_the_second_can_be_one():
    both = matched(
        [log("K-1,referral.receive,2024-03-04T09:30"), log("K-1,referral.receive,2024-03-04T09:30:25", "b.csv")]
    )
    assert told(both) == [("referral.receive", "", "2024-03-04T09:30:25+00:00")]


def test_a_span_of_days_gives_way_to_a_day_within_it():
    details = "<CINreferralDate>2023-01-04</CINreferralDate><ReferralNFA>1</ReferralNFA><CINclosureDate>2023-01-20</CINclosureDate>"
    export = log("K-1,referral.receive,2023-01-04T10:00; K-1,referral.take_no_further_action,2023-01-05T09:00")
    both = matched([census(("K-1", details)), export])
    assert told(both) == [
        ("referral.receive", "cin 1", "2023-01-04T10:00:00+00:00"),
        ("referral.take_no_further_action", "cin 1", "2023-01-05T09:00:00+00:00"),
    ]


def test_two_spans_that_overlap_are_the_days_in_both():
    both = matched(
        [
            log("K-1,referral.receive,2024-03-04/2024-03-08"),
            log("K-1,referral.receive,2024-03-06/2024-03-12", "b.csv"),
        ]
    )
    assert told(both) == [("referral.receive", "", "2024-03-06/2024-03-08")]


def test_of_each_thing_the_first_that_is_said_is_kept():
    columns = "case_id,event,happened_at,recorded_at,actor,role,family,source,need"
    first = log("K-1,referral.receive,2024-03-04,,ann,,,6,", columns=columns)
    second = log("K-1,referral.receive,2024-03-04,2024-03-05,ANN,manager,F-1,6.0,N4", "b.csv", columns)
    (row,) = matched([first, second]).events.iter_rows(named=True)
    assert [row[name] for name in ("actor", "role", "family", "detail.source", "detail.need")] == [
        "ann", "manager", "F-1", "6", "N4",
    ]  # fmt: skip
    assert row["recorded_day"] == 19787
    assert found(matched([first, second]), "sources-differ") == []


def test_details_that_differ_are_told_and_the_first_is_believed():
    columns = "case_id,event,happened_at,source"
    first = log("K-1,referral.receive,2024-03-04,6", columns=columns)
    second = log("K-1,referral.receive,2024-03-04T09:00,7", "b.csv", columns)
    both = matched([first, second])
    assert both.events["detail.source"].to_list() == ["6"]
    assert found(both, "sources-differ") == [
        "a.csv (row 1) and b.csv (row 1) tell of the same referral.receive and differ: source '6' and '7'. What was said first "
        "is believed."
    ]
    (one,) = both.matches.contradictions
    assert (one.about, one.believed, one.says, one.other, one.says_otherwise) == ("source", "a.csv", "6", "b.csv", "7")


def test_moments_that_cannot_be_one_are_told_and_the_source_named_first_is_believed():
    first = log("K-1,referral.receive,2024-03-04; K-1,referral.accept,2024-03-05T10:00")
    second = log("K-1,referral.receive,2024-03-04; K-1,referral.accept,2024-03-09", "b.csv")
    both, turned = matched([first, second]), matched([second, first])
    assert told(both)[1:] == [("referral.accept", "", "2024-03-05T10:00:00+00:00")]
    assert told(turned)[1:] == [("referral.accept", "", "2024-03-09")]
    (finding,) = (one for one in both.findings if one.rule == "sources-differ")
    assert (finding.severity, finding.position, finding.happened) == ("warning", 1002, date(2024, 3, 9))
    assert finding.message == (
        "a.csv (row 2) says that referral.accept happened on 2024-03-05T10:00:00+00:00, b.csv (row 2) on 2024-03-09: a.csv, "
        "named first, is believed, and what b.csv says is left out of what is judged."
    )


def test_an_episode_that_ended_otherwise_in_another_source_is_a_contradiction():
    first = log("K-1,referral.receive,2024-03-04; K-1,referral.signpost,2024-03-05")
    second = log("K-1,referral.receive,2024-03-04; K-1,referral.take_no_further_action,2024-03-05", "b.csv")
    both = matched([first, second])
    assert [event for event, _, _ in told(both)] == ["referral.receive", "referral.signpost"]
    assert "the episode ended with referral.signpost" in found(both, "sources-differ")[0]


def test_visits_are_matched_one_to_one_and_those_left_over_are_facts_of_their_own():
    visit = "K-1,single_assessment.see_child,2024-03-{}"
    start = "K-1,single_assessment.start,2024-03-01"
    first = log("; ".join([start, *(visit.format(day) for day in ("05", "05", "20"))]))
    second = log("; ".join([start, *(visit.format(day) for day in ("05T10:00", "20T11:00"))]), "b.csv")
    both = matched([first, second])
    assert [when for _, _, when in told(both)] == [
        "2024-03-01", "2024-03-05", "2024-03-05T10:00:00+00:00", "2024-03-20T11:00:00+00:00",
    ]  # fmt: skip
    assert len(found(both, "in-one-only")) == 1


@pytest.mark.parametrize("day, kept", [("08", 1), ("25", 2)])
def test_of_two_visits_within_a_week_one_is_misdated_and_further_apart_they_are_two(day, kept):
    first = log("K-1,single_assessment.start,2024-03-01; K-1,single_assessment.see_child,2024-03-05")
    second = log(f"K-1,single_assessment.start,2024-03-01; K-1,single_assessment.see_child,2024-03-{day}", "b.csv")
    both = matched([first, second])
    assert len(told(both)) == 1 + kept
    assert len(found(both, "sources-differ")) == 2 - kept


def test_events_that_no_workflow_knows_are_matched_by_their_moments():
    first = log("K-1,visit.made,2024-03-05; K-1,odd,2024-03-05")
    second = log("K-1,visit.made,2024-03-05T10:00; K-1,odd,2024-03-05", "b.csv")
    assert [event for event, _, _ in told(matched([first, second]))] == ["odd", "visit.made"]


# which episodes are the same


LABELLED = "case_id,event,happened_at,episode"


def test_episodes_are_the_same_by_their_openings_whatever_they_are_called():
    first = log(
        "K-1,referral.receive,2024-03-04,R-7; K-1,referral.receive,2024-06-04,R-8; K-1,referral.accept,2024-06-05,R-8",
        columns=LABELLED,
    )
    second = log(
        "K-1,referral.receive,2024-06-04,1; K-1,referral.close,2024-06-20,1; K-1,referral.receive,2024-03-04,2",
        "b.csv",
        LABELLED,
    )
    assert told(matched([first, second])) == [
        ("referral.receive", "R-7", "2024-03-04"),
        ("referral.receive", "R-8", "2024-06-04"),
        ("referral.accept", "R-8", "2024-06-05"),
        ("referral.close", "R-8", "2024-06-20"),
    ]


def test_openings_within_a_week_are_one_episode_with_contradicting_dates():
    first = log("K-1,referral.receive,2024-03-04,R-7", columns=LABELLED)
    second = log("K-1,referral.receive,2024-03-06,1; K-1,referral.accept,2024-03-07,1", "b.csv", LABELLED)
    both = matched([first, second])
    assert told(both) == [("referral.receive", "R-7", "2024-03-04"), ("referral.accept", "R-7", "2024-03-07")]
    assert len(found(both, "sources-differ")) == 1


def test_openings_further_apart_are_two_episodes_even_of_one_label():
    first = log("K-1,referral.receive,2024-03-04,1", columns=LABELLED)
    second = log("K-1,referral.receive,2024-06-04,1; K-1,referral.accept,2024-06-05,1", "b.csv", LABELLED)
    assert told(matched([first, second])) == [
        ("referral.receive", "1", "2024-03-04"),
        ("referral.receive", "1 (b.csv)", "2024-06-04"),
        ("referral.accept", "1 (b.csv)", "2024-06-05"),
    ]


@pytest.mark.parametrize("other, openings", [("2024-03-25", 1), ("2024-05-04", 2)])
def test_an_opening_up_to_a_month_apart_is_misdated_where_another_fact_agrees(other, openings):
    first = log(
        "K-1,single_assessment.start,2024-03-04,A; K-1,single_assessment.sign_off,2024-06-01,A", columns=LABELLED
    )
    second = log(
        f"K-1,single_assessment.start,{other},x; K-1,single_assessment.sign_off,2024-06-01,x", "b.csv", LABELLED
    )
    assert [event for event, _, _ in told(matched([first, second]))].count("single_assessment.start") == openings


def test_an_opening_that_fits_is_taken_before_one_that_is_near():
    first = log("K-1,referral.receive,2024-03-04,A; K-1,referral.receive,2024-03-06,B", columns=LABELLED)
    second = log("K-1,referral.receive,2024-03-06,x; K-1,referral.close,2024-03-30,x", "b.csv", LABELLED)
    assert told(matched([first, second]))[-1] == ("referral.close", "B", "2024-03-30")


def test_an_episode_without_its_opening_is_known_by_its_other_facts():
    export = log(
        "K-1,conference.request,2022-05-04T10:00,C-9; K-1,conference.hold_with_plan,2022-05-20T10:00,C-9",
        columns=LABELLED,
    )
    enquiry = "<Section47><S47ActualStartDate>2022-05-03</S47ActualStartDate><DateOfInitialCPC>2022-05-20</DateOfInitialCPC></Section47>"
    plan = "<ChildProtectionPlans><CPPstartDate>2022-05-20</CPPstartDate></ChildProtectionPlans>"
    both = matched([census(("K-1", enquiry + plan)), export])
    assert [one for one in told(both) if one[0].startswith("conference")] == [
        ("conference.request", "cin 1 conference 1", "2022-05-04T10:00:00+01:00"),
        ("conference.hold_with_plan", "cin 1 conference 1", "2022-05-20T10:00:00+01:00"),
    ]


def test_an_event_without_a_label_stays_in_the_episode_that_its_own_source_knows():
    first = log("K-1,referral.receive,2024-03-04; K-1,referral.accept,2024-03-05; K-1,referral.receive,2024-04-04")
    second = log("K-1,referral.receive,2024-03-04; K-1,referral.close,2024-05-04", "b.csv")
    labels = {(event, when): label for event, label, when in told(matched([first, second]))}
    assert (
        labels["referral.close", "2024-05-04"] == labels["referral.receive", "2024-03-04"] == "referral of 2024-03-04"
    )
    assert labels["referral.receive", "2024-04-04"] == "referral of 2024-04-04"


def test_three_sources_tell_of_one_fact():
    sources = [log(f"K-1,referral.receive,2024-03-04{time}", f"{n}.csv") for n, time in enumerate(["", "T09:00", ""])]
    both = matched(sources)
    assert told(both) == [("referral.receive", "", "2024-03-04T09:00:00+00:00")]
    assert [(one.alone, one.shared, one.left_out) for one in both.matches.tallies] == [(0, 1, 0)] * 3


# what stands first on a day


@pytest.mark.parametrize("turned", [False, True])
def test_on_one_day_events_of_several_sources_stand_as_in_a_childs_journey(turned):
    sources = [
        log("K-1,contact.receive,2024-03-04; K-1,contact.refer,2024-03-04"),
        log("K-1,referral.receive,2024-03-04; K-1,referral.close,2024-03-04", "b.csv"),
        log("K-1,single_assessment.start,2024-03-04; K-1,single_assessment.sign_off,2024-03-04", "c.csv"),
    ]
    both = matched(sources[::-1] if turned else sources)
    assert [event for event, _, _ in told(both)] == [
        "contact.receive", "contact.refer", "referral.receive", "single_assessment.start", "single_assessment.sign_off",
        "referral.close",
    ]  # fmt: skip
    assert audited(both).findings.filter(pl.col("rule") == "opened-without").height == 1  # the assessment: no accept


def test_on_one_day_known_times_and_the_order_of_each_source_are_kept():
    first = log("K-1,referral.receive,2024-03-04T10:00; K-1,referral.accept,2024-03-04T15:00")
    second = log(
        "K-1,contact.receive,2024-03-04; K-1,referral.receive,2024-03-04; K-1,contact.close,2024-03-04", "b.csv"
    )
    events = matched([first, second]).events.sort("order")["event"].to_list()
    assert events == ["contact.receive", "referral.receive", "contact.close", "referral.accept"]


# what it is judged by


def test_a_child_that_only_the_census_knows_is_judged_by_what_the_census_can_hold():
    export = log("K-2,referral.receive,2023-01-04")
    both = matched([export, census(("K-1", "<CINreferralDate>2023-01-04</CINreferralDate>"))])
    assert statuses(both, "referral.acknowledgement", "2023-03-31") == {"K-1": "cannot_tell", "K-2": "overdue"}


def test_a_list_of_contacts_says_nothing_of_what_was_decided_of_a_referral():
    contacts = log("K-1,contact.receive,2023-01-03; K-1,contact.refer,2023-01-04")
    both = matched([contacts, census(("K-1", "<CINreferralDate>2023-01-04</CINreferralDate>"))])
    assert statuses(both, "contact.screening") == {"K-1": "met"}
    assert statuses(both, "referral.decision") == statuses(both, "referral.acknowledgement") == {"K-1": "cannot_tell"}


def test_a_detail_is_missed_only_where_a_source_that_tells_of_the_event_has_a_place_for_it():
    first = log(
        "K-1,contact.receive,2024-03-04,6; K-2,contact.receive,2024-03-04,", columns="case_id,event,happened_at,source"
    )
    second = log("K-1,contact.receive,2024-03-04; K-3,contact.receive,2024-03-04", "b.csv")
    findings = audited(matched([second, first])).findings.filter(pl.col("rule") == "missing-detail")
    assert findings["case_id"].to_list() == ["K-2"]


def ending(on: str, source: Source) -> Source:
    """The same with a reference date."""
    return attrs.evolve(source, reference=date.fromisoformat(on))


def test_each_child_is_judged_as_at_the_last_day_that_a_source_which_knows_it_speaks_of():
    first = ending("2023-03-31", log("K-1,referral.receive,2023-03-31; K-2,referral.receive,2023-03-31"))
    second = log("K-2,referral.receive,2023-03-31; K-3,referral.receive,2023-09-01", "b.csv")
    both = matched([first, second])
    assert both.reference == date(2023, 9, 1)
    assert statuses(both, "referral.decision") == {"K-1": "running", "K-2": "overdue", "K-3": "running"}
    assert statuses(both, "referral.decision", "2023-12-31") == dict.fromkeys(("K-1", "K-2", "K-3"), "overdue")
    assert "a.csv up to 2023-03-31, b.csv up to 2023-09-01" in " ".join(both.notes)


def test_a_clock_whose_stop_only_a_source_that_ended_earlier_could_tell_cannot_be_told():
    first = ending("2023-03-31", log("K-1,referral.receive,2023-03-31; K-2,referral.receive,2023-03-31"))
    second = log("K-1,contact.receive,2023-03-31; K-3,contact.receive,2023-09-01", "b.csv")
    both = matched([first, second])
    assert statuses(both, "referral.decision") == {"K-1": "cannot_tell", "K-2": "running"}
    assert statuses(both, "contact.screening")["K-1"] == "overdue"


def test_a_return_that_states_no_reference_date_speaks_up_to_its_last_date():
    year = census(("K-1", "<CINreferralDate>2023-03-30</CINreferralDate>"), reference="")
    both = matched([log("K-2,referral.receive,2023-01-04; K-3,referral.receive,2023-09-01"), year])
    reaches = {case: written(both.groups[group].reach) for case, group in both.events.select("case_id", "group").rows()}
    assert reaches == {"K-1": "2023-03-30", "K-2": "2023-09-01", "K-3": "2023-09-01"}


def test_logs_that_state_no_reference_date_are_one_log():
    first = log("K-1,referral.receive,2023-01-04")
    second = log("K-2,referral.receive,2023-09-04", "b.csv")
    both = matched([first, second])
    assert both.reference is None
    assert statuses(both, "referral.decision")["K-1"] == "overdue"


def test_what_is_told_together_can_be_held_by_one_of_them():
    both = matched(
        [log("K-1,referral.receive,2024-03-04"), census(("K-1", "<CINreferralDate>2024-03-04</CINreferralDate>"))]
    )
    assert isinstance(both.carries, Together)
    assert both.carries.holds("referral.accept")
    assert not both.carries.holds("single_assessment.start") or both.carries.holds("single_assessment.sign_off")
    assert (both.carries.roles, both.carries.logged) == (True, False)


# what is contradicted by an end


NFA = "K-1,referral.receive,2022-05-02T10:00; K-1,referral.take_no_further_action,2022-05-03T10:00"
ACCEPTED = (
    "K-1,referral.receive,2022-05-02T10:00; K-1,referral.accept,2022-05-20T10:00; K-1,referral.close,2022-06-20T10:00"
)


def test_an_episode_that_one_source_ends_before_what_the_other_says_has_the_history_of_the_first_named():
    both, turned = matched([log(NFA), log(ACCEPTED, "b.csv")]), matched([log(ACCEPTED, "b.csv"), log(NFA)])
    assert [event for event, _, _ in told(both)] == ["referral.receive", "referral.take_no_further_action"]
    assert [event for event, _, _ in told(turned)] == ["referral.receive", "referral.accept", "referral.close"]
    assert [statuses(one, "referral.decision") for one in (both, turned)] == [{"K-1": "met"}, {"K-1": "late"}]
    assert [(one.about, one.says, one.says_otherwise) for one in both.matches.contradictions] == [
        ("event", "referral.take_no_further_action", "referral.accept"),
        ("event", "referral.take_no_further_action", "referral.close"),
    ]
    assert found(turned, "sources-differ") == [
        "b.csv (row 2) says that referral.accept happened on 2022-05-20T10:00:00+01:00, a.csv (row 2) that the episode ended with "
        "referral.take_no_further_action on 2022-05-03T10:00:00+01:00: b.csv, named first, is believed, and what a.csv says is "
        "left out of what is judged."
    ]


def test_what_can_follow_an_end_is_not_contradicted_by_it():
    both = matched([log(NFA), log("K-1,referral.receive,2022-05-02; K-1,referral.feed_back,2022-05-09", "b.csv")])
    assert [event for event, _, _ in told(both)][-1] == "referral.feed_back"
    assert found(both, "sources-differ") == []


def test_what_one_source_says_after_an_end_that_it_tells_too_is_its_own_affair():
    both = matched([log(NFA), log(f"{NFA}; K-1,referral.accept,2022-05-20", "b.csv")])
    assert both.events.height == 3
    assert found(both, "sources-differ") == []


def test_an_episode_that_had_ended_before_the_other_opened_is_another_one():
    first = log("K-1,referral.receive,2022-05-02T10:00; K-1,referral.take_no_further_action,2022-05-02T11:00")
    second = log("K-1,referral.receive,2022-05-06T10:00; K-1,referral.accept,2022-05-12T10:00", "b.csv")
    for both in (matched([first, second]), matched([second, first])):
        deadlines = audited(both).deadlines.filter(timer="referral.decision").sort("due")
        assert deadlines["status"].to_list() == ["met", "late"]
        assert (both.events.height, found(both, "sources-differ")) == (4, [])


def test_openings_on_either_side_of_an_end_that_both_tell_are_one_episode():
    text = "K-1,referral.receive,2022-05-{},R; K-1,referral.take_no_further_action,2022-05-03,R"
    first, second = (log(text.format(day), f"{day}.csv", LABELLED) for day in ("02", "04"))
    assert matched([first, second]).events.height == 2


def test_what_happened_after_the_reference_date_of_a_census_is_the_logs_alone():
    export = log("K-1,referral.receive,2023-04-04; K-2,referral.receive,2023-03-29")
    both = matched(
        [census(*((case, "<CINreferralDate>2023-03-30</CINreferralDate>") for case in ("K-1", "K-2"))), export]
    )
    assert [when for _, _, when in told(both)] == ["2023-03-30", "2023-04-04", "2023-03-30"]
    assert [one.case_id for one in both.matches.contradictions] == ["K-2"]


# what no source can tell


def workbook(**lists: list[list[object]]) -> Source:
    """A list by list return of C1's referrals and assessments, of the year from July 2022."""
    return annex.read(
        **{name: [annex.REFERRALS if name == "Referrals" else annex.ASSESSMENTS, *rows] for name, rows in lists.items()}
    )


ASSESSED = {
    "Referrals": [["C9", date(2022, 12, 15), "6", "No", "", ""]],
    "Assessments": [["C1", date(2022, 12, 1), "Yes", date(2023, 1, 20)]],
}


def test_an_episode_that_only_a_source_of_some_months_could_tell_is_not_taken_to_be_missing():
    export = log("C1,contact.receive,2023-03-01T10:00; C8,referral.receive,2023-03-05T11:00")
    both = matched([workbook(**ASSESSED), export])
    assert statuses(both, "single_assessment.completion") == {"C1": "cannot_tell"}
    assert audited(both).findings.filter(rule="opened-without", case_id="C1").is_empty()


def test_a_log_that_begins_later_than_another_source_does_not_vouch_for_what_came_before():
    late = log("C1,referral.receive,2023-03-01T10:00; C1,referral.accept,2023-03-02T10:00")
    both = matched([workbook(**ASSESSED), late])
    assert "met" not in audited(both).deadlines.filter(timer="single_assessment.completion")["status"].to_list()
    assert audited(both).findings.filter(rule="opened-without", case_id="C1").is_empty()


def test_a_log_that_tells_of_the_childs_referrals_from_its_beginning_vouches_for_them():
    early = log("C1,referral.receive,2022-06-01T10:00; C1,referral.close,2022-06-02T10:00")
    both = matched([workbook(**ASSESSED), early])
    assert audited(both).findings.filter(rule="opened-without", case_id="C1").height == 1


def test_for_children_of_the_rarer_kinds_no_source_vouches_that_does_not_tell_all(monkeypatch):
    monkeypatch.setattr(together, "MOST", 0)
    early = log("C1,referral.receive,2022-06-01T10:00; C1,referral.close,2022-06-02T10:00")
    both = matched([workbook(**ASSESSED), early])
    assert audited(both).findings.filter(rule="opened-without", case_id="C1").is_empty()


def test_a_source_that_does_not_know_an_episode_is_not_asked_what_became_of_it():
    listed = workbook(Referrals=[["C1", date(2022, 5, 2), "6", "No", "", ""]])
    export = log(
        "C1,contact.receive,2022-05-01T10:00; C8,referral.receive,2022-05-01T10:00;"
        "C8,referral.accept,2022-05-02T10:00; C8,referral.feed_back,2022-06-02T10:00"
    )
    both = matched([listed, export])
    assert statuses(both, "referral.decision") == {"C1": "cannot_tell", "C8": "met"}
    assert audited(both).findings.filter(rule="opened-without", case_id="C1").is_empty()


def test_a_child_whose_sources_know_different_referrals_is_judged_by_what_each_can_tell():
    listed = workbook(Referrals=[["C1", date(2022, 5, 2), "6", "No", "", ""]])
    export = log("C1,referral.receive,2022-07-01T10:00; C8,referral.receive,2023-05-01T10:00")
    deadlines = audited(matched([listed, export])).deadlines.filter(timer="referral.decision", case_id="C1")
    assert deadlines["status"].to_list() == ["cannot_tell", "cannot_tell"]


def test_logs_vouch_for_a_workflow_only_from_the_day_on_which_one_that_tells_of_it_begins():
    assessments = "K-1,single_assessment.start,2022-05-02; K-2,single_assessment.start,2023-05-02"
    referrals = log("K-1,referral.receive,2023-03-01; K-3,referral.accept,2023-03-02", "b.csv")
    both = matched([log(f"{assessments}; K-3,contact.receive,2022-05-01"), referrals])
    without = audited(both).findings.filter(rule="opened-without", event="single_assessment.start")
    assert without["case_id"].to_list() == ["K-2"]


def test_why_a_return_lacks_a_child_is_not_that_it_has_no_place_for_what_it_tells_of_others():
    listed = workbook(Referrals=[["C9", date(2022, month, 15), "6", "No", "", ""] for month in (1, 6)])
    both = matched([listed, log("C1,referral.receive,2022-03-01T10:00")])
    (why,) = both.matches.children.filter(case_id="C1", source="annex.xlsx")["why"]
    assert why == "not recorded in annex.xlsx"


# what is in one only


def test_a_fact_that_another_source_could_have_told_and_does_not_is_noted():
    first = log("K-1,referral.receive,2024-03-04; K-1,referral.close,2024-04-04; K-2,referral.close,2024-05-04")
    second = log("K-1,referral.receive,2024-03-04; K-2,referral.close,2024-05-04", "b.csv")
    both = matched([first, second])
    (note,) = (one for one in both.findings if one.rule == "in-one-only")
    assert (note.severity, note.position, note.event) == ("note", 2, "referral.close")
    assert note.message == "a.csv (row 2) tells of this. b.csv knows the child and has a place for it, and does not."


def test_what_the_other_source_has_no_place_or_no_time_for_is_not_noted():
    first = log(
        "K-1,referral.receive,2023-01-04; K-1,referral.accept,2023-01-05; K-1,referral.close,2023-06-05;"
        "K-1,referral.receive,2011-01-04"
    )
    both = matched([first, census(("K-1", "<CINreferralDate>2023-01-04</CINreferralDate>"))])
    assert found(both, "in-one-only") == []


# what is carried over


def test_positions_say_the_row_and_the_file():
    first = log("K-1,contact.receive,2024-03-04; K-1,contact.close,2024-03-05")
    both = matched([first, log("K-1,referral.receive,2024-03-04", "b.csv"), log("K-2,mash.start,2024-03-04", "c.csv")])
    assert both.events["position"].to_list() == [1, 2, 1001, 2001]
    assert "Positions are rows: 17 is row 17 of a.csv, and 1017 of b.csv, 2017 of c.csv." in both.notes


def test_rows_that_could_not_be_read_are_carried_over_with_their_file():
    both = matched([log("K-1,contact.receive,2024-03-04"), log("K-1,contact.close,soon; K-1,,2024-03-05", "b.csv")])
    assert [(one.row, one.column) for one in both.rejected] == [(1001, "happened_at"), (1002, "event")]
    assert both.rejected[1].reason == "in b.csv, row 2: is empty."


def test_what_the_census_found_and_claims_is_carried_over_to_the_fact_that_is_kept():
    details = (
        "<CINreferralDate>2022-05-01</CINreferralDate><CINclosureDate>2022-04-01</CINclosureDate><Section47>"
        "<S47ActualStartDate>2022-05-03</S47ActualStartDate><InitialCPCtarget>2022-05-21</InitialCPCtarget></Section47>"
    )
    alone = census(("K-1", details))
    both = matched([log("k-1,section_47.start,2022-05-03; k-1,referral.close,2022-04-01"), alone])
    assert [claim.position for claim in both.claims] == [1]
    own = [one for one in both.findings if one.rule == "8630"]
    assert [(one.position, one.case_id, one.episode) for one in own] == [(2, "k-1", "cin 1")]
    assert own[0].message.startswith("census.xml: ")
    assert [note.partition(": ")[0] for note in both.notes[: len(alone.notes)]] == ["census.xml"] * len(alone.notes)


def test_files_of_one_name_are_told_apart():
    both = matched([log("K-1,contact.receive,2024-03-04", "one/a.csv"), log("K-1,mash.start,2024-03-04", "two/a.csv")])
    assert both.name == "one/a.csv + two/a.csv"
    again = matched([log("K-1,contact.receive,2024-03-04"), log("K-1,mash.start,2024-03-04")])
    assert again.matches.children["source"].unique(maintain_order=True).to_list() == ["a.csv", "a.csv (2)"]


def test_a_log_of_ours_keeps_its_versions_beside_another_source(tmp_path):
    path = tmp_path / "desk.db"
    clock = SimulatedClock(datetime(2024, 3, 4, 9, tzinfo=LONDON))
    with SqliteLog(path) as kept:
        desk = Desk(kept, clock=clock)
        event = desk.record("K-1", "contact.receive", actor="ann", role="manager", details={"source": "6"})
        clock.set(datetime(2024, 3, 5, 9, tzinfo=LONDON))
        desk.correct(event.event_id, actor="ann", role="manager", reason="a slip", becomes={"details": {"source": "7"}})
    own = frontdoor_log.read(path, "desk.db")
    both = matched([log("k-1,contact.receive,2024-03-04"), own])
    assert both.events.select("position", "detail.source").rows() == [(1, "7"), (1, "6")]
    assert both.library is own.library
    first = run(both, as_known_at="2024-03-04", compile_from=None).log
    assert first.frame["at"].to_list() == [1]


def test_two_logs_of_ours_keep_the_editions_that_their_episodes_are_bound_to(tmp_path):
    logs = []
    for n, guidance in enumerate(["working_together_2006", "working_together_2010"]):
        with SqliteLog(tmp_path / f"{n}.db") as kept:
            clock = SimulatedClock(datetime(2012, 3, 5, 9, tzinfo=LONDON))
            desk = Desk(kept, clock=clock, library=load(guidance=guidance))
            for event in ("referral.receive", "initial_assessment.start"):
                desk.record(f"K-{n}", event, actor="ann", role="manager", details={"source": "6"}, despite="from paper")
        logs.append(frontdoor_log.read(tmp_path / f"{n}.db", f"{n}.db"))
    both = run(matched(logs), compile_from=None).deadlines.filter(pl.col("timer") == "initial_assessment.completion")
    assert both.select("case_id", "guidance", "allowed").rows() == [
        ("K-0", "working_together_2006", 7),
        ("K-1", "working_together_2010", 10),
    ]


def test_one_source_is_itself():
    alone = log("K-1,contact.receive,2024-03-04")
    assert matched([alone]) is alone
    assert matched([alone], name="mine").name == "mine"


def test_no_source_and_too_many_are_refused():
    with pytest.raises(ValueError, match="nothing to match"):
        matched([])
    with pytest.raises(InputError, match="62 are the most"):
        matched([log("K-1,contact.receive,2024-03-04")] * 63)


def test_a_source_without_any_event_is_matched_with_one_that_has_some():
    empty = log("K-1,contact.receive,never", "b.csv")
    both = matched([log("K-1,contact.receive,2024-03-04"), empty])
    assert (both.events.height, len(both.rejected)) == (1, 1)
    assert both.matches.children["why"].to_list() == ["", "b.csv never tells of the kind of any of its events"]
    nothing = matched([empty, empty])
    assert (nothing.events.height, nothing.events.schema["case_id"], len(nothing.rejected)) == (0, pl.String, 2)
    assert audited(nothing).deadlines.is_empty()


# properties


Rows = list[dict[str, str]]


def rows_of(number: int) -> tuple[Rows, list[str]]:
    """A random log whose rows all say a moment, no two of a case the same, in order of time."""
    rows = list(csv.DictReader(io.StringIO(generate.log(number).removeprefix("\ufeff"))))
    columns = list(rows[0]) if rows else []
    found: dict[tuple[str, datetime], dict[str, str]] = {}
    for row in rows:
        try:
            when, _ = parse(row["happened_at"]), parse(row.get("recorded_at") or "2020-01-01")
        except MomentError:
            continue
        if isinstance(when, datetime) and row["event"].strip() and None not in row:
            found.setdefault((row["case_id"].strip(), when), row | {"happened_at": written(when)})
    return [row for _, row in sorted(found.items(), key=lambda one: one[0][1])], columns


def source_of(rows: Rows, columns: Sequence[str], name: str) -> Source:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return flat_csv.read(out.getvalue().encode(), name)


def judged(source: Source) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Its deadlines and findings in an order that does not depend on positions, without those of the matching itself."""
    audit = audited(source)
    findings = audit.findings.filter(~pl.col("rule").is_in(["in-one-only", "sources-differ"])).drop("position")
    return tuple(frame.sort(frame.columns, nulls_last=True) for frame in (audit.deadlines, findings))


def assert_same(one: Source, other: Source) -> None:
    for mine, its in zip(judged(one), judged(other), strict=True):
        assert_frame_equal(mine, its)


NUMBERS = st.integers(0, 100_000)


@settings(max_examples=30, deadline=None)
@given(NUMBERS)
def test_the_same_file_twice_gives_the_audit_of_once(number):
    text = generate.log(number).encode()
    try:
        once = flat_csv.read(text, "a.csv")
    except InputError:
        return
    mine, its = audited(once), audited(matched([once, flat_csv.read(text, "b.csv")]))
    assert_frame_equal(mine.deadlines, its.deadlines)
    assert_frame_equal(mine.findings, its.findings)


@pytest.mark.parametrize("name", ["cin_xml_from_csv_500_seed42.xml", "fake_CIN_data.xml"])
def test_the_same_census_twice_gives_the_audit_of_once(name):
    if not (SHARED / name).is_file():
        pytest.skip(f"the shared folder with {name} is not beside this checkout")
    once = cin_census.read((SHARED / name).read_bytes(), name)
    mine, its = audited(once), audited(matched([once, once]))
    assert_frame_equal(mine.deadlines, its.deadlines)
    assert_frame_equal(mine.findings.drop("message"), its.findings.drop("message"))


@settings(max_examples=30, deadline=None)
@given(NUMBERS, st.randoms(use_true_random=False))
def test_a_log_in_two_by_workflow_gives_the_audit_of_the_whole(number, rng):
    rows, columns = rows_of(number)
    flows = sorted({row["event"].strip().partition(".")[0] for row in rows})
    here = {flow for flow in flows if rng.random() < 0.5}
    parts = [
        [row for row in rows if (row["event"].strip().partition(".")[0] in here) == side] for side in (True, False)
    ]
    if not all(parts):
        return
    # A part that begins later than a child could not tell of what came before: here both begin on one day.
    begins = dict.fromkeys(columns, "") | {"case_id": "first of all", "happened_at": "1990-01-01"}
    begun = [begins | {"event": f"log.begin_{n}"} for n in range(2)]
    sources = [source_of([one, *part], columns, f"{one['event']}.csv") for one, part in zip(begun, parts, strict=True)]
    assert_same(source_of([*begun, *rows], columns, "whole.csv"), matched(sources))


@settings(max_examples=30, deadline=None)
@given(NUMBERS, st.randoms(use_true_random=False))
def test_a_log_in_two_by_columns_with_times_in_one_only_gives_the_audit_of_the_whole(number, rng):
    rows, columns = rows_of(number)
    if not rows:
        return
    needed, rest = (
        ["case_id", "event", "happened_at"],
        [name for name in columns if name not in ("case_id", "event", "happened_at")],
    )
    here = [name for name in rest if rng.random() < 0.5]
    days = [row | {"happened_at": str(local_day(datetime.fromisoformat(row["happened_at"])))} for row in rows]
    sources = [
        source_of(days, needed + here, "days.csv"),
        source_of(rows, needed + [name for name in rest if name not in here], "times.csv"),
    ]
    both = matched(sources[:: rng.choice([1, -1])])
    assert not both.matches.contradictions
    assert_same(source_of(rows, columns, "whole.csv"), both)


@settings(max_examples=40, deadline=None)
@given(NUMBERS, st.randoms(use_true_random=False))
def test_no_child_and_no_fact_vanishes(number, rng):
    rows, columns = rows_of(number)
    parts: list[Rows] = []
    for _ in range(rng.choice([2, 2, 3])):
        part = [dict(row) for row in rows if rng.random() < 0.7] or rows[:1]
        for row in part:
            if rng.random() < 0.2:
                when = datetime.fromisoformat(row["happened_at"]) + timedelta(days=rng.choice([0, 1, 20]))
                row["happened_at"] = str(local_day(when))
        parts.append(part)
    if not rows:
        return
    sources = [source_of(part, columns, f"{n}.csv") for n, part in enumerate(parts)]
    both = matched(sources)
    for source, tally in zip(sources, both.matches.tallies, strict=True):
        assert tally.events == source.events.height == tally.alone + tally.shared + tally.left_out
    tellers = pl.Series([len(both.groups[of].sources) for of in both.events["of"]], dtype=pl.Int64)
    left_out = sum(tally.left_out for tally in both.matches.tallies)
    assert tellers.sum() + left_out == sum(source.events.height for source in sources)
    assert left_out == len(
        {one.position for one in both.matches.contradictions if one.about in ("happened_at", "event")}
    )
    children = set().union(*(source.events["case_id"] for source in sources))
    assert set(both.events["case_id"]) == set(both.matches.children["case_id"]) == children
    assert both.matches.children.height == len(children) * len(sources)
    assert both.events["position"].n_unique() == both.events.height


@settings(max_examples=30, deadline=None)
@given(NUMBERS, st.randoms(use_true_random=False))
def test_the_order_of_the_files_decides_only_who_is_believed(number, rng):
    rows, columns = rows_of(number)
    for row in rows:
        row["episode"] = ""  # else the first-named source's names are used
    halves = [[row for row in rows if rng.random() < 0.7] for _ in range(2)]
    if not all(halves):
        return
    sources = [source_of(half, columns, f"{n}.csv") for n, half in enumerate(halves)]
    both, turned = matched(sources), matched(sources[::-1])
    said = [
        sorted((one.case_id, one.event, one.about) for one in each.matches.contradictions) for each in (both, turned)
    ]
    if any(about == "event" for _, _, about in said[0] + said[1]):
        return  # an episode that ended in one before what the other tells: what is left out is not as much either way
    assert said[0] == said[1]
    assert both.events.height == turned.events.height
    if not said[0]:
        assert_same(both, turned)
