"""Several sources matched by child and time: what is the same is there once, what contradicts is told, and nothing vanishes."""

from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdoor import Desk, SimulatedClock, load
from frontdoor.errors import InputError
from frontdoor.formats import frontdoor_log
from frontdoor.formats.matching import matched
from frontdoor.formats.matching.children import same_children
from frontdoor.log.sqlite import SqliteLog
from frontdoor.moment import LONDON, parse
from frontdoor.replay.audit import run
from tests.several import (
    LABELLED,
    audited,
    census,
    found,
    log,
    told,
)

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
    assert (finding.severity, finding.position, finding.happened) == ("warning", 1002, parse("2024-03-05T10:00"))
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
    others = "K-9,contact.receive,2024-03-01; K-9,contact.close,2024-03-10"
    first = log("K-1,referral.receive,2024-03-04,R-7; " + others.replace("; ", ",; ") + ",", columns=LABELLED)
    second = log("K-1,referral.receive,2024-03-06,1; K-1,referral.accept,2024-03-07,1", "b.csv", LABELLED)
    both = matched([first, second])
    episode = [one for one in told(both) if one[0].startswith("referral")]
    assert episode == [("referral.receive", "R-7", "2024-03-04"), ("referral.accept", "R-7", "2024-03-07")]
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
