"""Measures worked by hand, and what holds of all of them: parts sum to the whole, however they are split and ordered."""

from __future__ import annotations

import csv
import io
from datetime import date
from fractions import Fraction
from math import comb
from pathlib import Path

import attrs
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdoor.compiled import EVERYTHING
from frontdoor.counting import add_months
from frontdoor.formats import cin_census, flat_csv, read
from frontdoor.moment import EPOCH
from frontdoor.replay import facts
from frontdoor.replay.audit import run
from frontdoor.replay.measures import every, measure, timeliness
from frontdoor.replay.measures.rereferral import months_on
from tests import generate
from tests import test_annex_a as annex
from tests.measured import assessment, audited, event, found, library, named, referral, row, source

SEEDS = range(1, 25)
CENSUS = Path(__file__).parents[2] / "shared/data/cin/cin_xml_from_csv_500_seed42_wrapped.xml"

# ---- the arithmetic ----


def test_five_of_ten_have_wilsons_interval() -> None:
    low, high = measure.wilson(5, 10)
    assert (low, high) == (pytest.approx(0.2366, abs=1e-4), pytest.approx(0.7634, abs=1e-4))


def test_none_of_some_begins_at_nought_and_all_of_some_ends_at_one() -> None:
    assert measure.wilson(0, 8)[0] == 0.0
    assert measure.wilson(8, 8)[1] == 1.0
    assert measure.wilson(0, 0) == (None, None)


@given(n=st.integers(1, 200), of=st.data())
def test_a_share_lies_within_its_interval(n: int, of: st.DataObject) -> None:
    yes = of.draw(st.integers(0, n))
    low, high = measure.wilson(yes, n)
    assert low is not None and high is not None and 0 <= low <= yes / n <= high <= 1


def test_the_median_of_ten_lies_between_the_second_and_the_ninth() -> None:
    taken = measure.times([float(n) for n in range(1, 11)], "hours")
    assert (taken.median, taken.median_low, taken.median_high) == (5.5, 2, 9)


def test_nine_in_ten_were_done_within_the_ninetieth_centile() -> None:
    assert measure.times([float(n) for n in range(1, 11)], "hours").ninetieth == 9
    assert measure.times([1.0, 2.0, 30.0], "hours").ninetieth == 30


def test_five_are_too_few_for_an_interval_of_the_median() -> None:
    taken = measure.times([1.0, 2.0, 3.0, 4.0, 5.0], "hours")
    assert (taken.median, taken.median_low, taken.median_high) == (3, None, None)


@given(n=st.integers(1, 60), p=st.sampled_from([Fraction(1, 2), Fraction(9, 10), Fraction(1, 3)]))
def test_no_more_than_one_in_forty_lies_beyond_either_rank(n: int, p: Fraction) -> None:
    chances = [comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]
    low, high = measure.ranks(n, float(p))
    limit = Fraction(1, 40)
    assert sum(chances[:low]) <= limit < sum(chances[: low + 1])
    if high:
        assert sum(chances[high:]) <= limit < sum(chances[high - 1 :])
    else:
        assert chances[n] > limit


@given(n=st.integers(1, 60), of=st.data())
def test_the_chance_of_so_many_is_the_binomial_one(n: int, of: st.DataObject) -> None:
    many, p = of.draw(st.integers(0, n)), Fraction(1, 3)
    exact = sum(comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(many, n + 1))
    assert measure.chance_of(many, n, float(p)) == pytest.approx(float(exact), rel=1e-9)


_DAYS = st.dates(date(2000, 1, 1), date(2030, 12, 31))


@settings(deadline=None)
@given(after=_DAYS, to=_DAYS)
def test_working_days_by_columns_are_the_calendars(after: date, to: date) -> None:
    calendar = library().calendar
    columns = [pl.Series([day.toordinal() - EPOCH]) for day in (after, to)]
    assert facts.working_days(calendar, *columns).to_list() == [calendar.count(after, to)]


def test_beyond_the_calendar_no_working_days_are_counted() -> None:
    day = date(2014, 3, 3).toordinal() - EPOCH
    later = pl.Series([date(2040, 1, 1).toordinal() - EPOCH, None])
    assert facts.working_days(library().calendar, pl.Series([day, day]), later).to_list() == [None, None]


@settings(deadline=None)
@given(day=st.dates(date(1990, 1, 1), date(2080, 1, 1)), months=st.sampled_from([6, 12]))
def test_months_by_columns_are_the_kernels(day: date, months: int) -> None:
    n = day.toordinal() - EPOCH
    (on,) = pl.DataFrame({"day": [n]}).select(months_on(pl.col("day"), months))["day"]
    assert on == add_months(n, months)


# ---- timeliness ----

FOUR = [
    *referral("A", "2014-03-03T09:00", "2014-03-03T15:00"),
    *referral("B", "2014-03-03T09:00", "2014-03-04T17:00"),
    *referral("C", "2014-03-03T09:00", "2014-03-06T09:00"),
    *referral("D", "2014-03-07T09:00"),
]


def test_in_time_is_of_those_met_late_or_overdue() -> None:
    """Two decided by the next working day, one three days after it came, one (a Friday's) still due on the Monday."""
    decision = row(timeliness.timeliness(found(FOUR, as_at="2014-03-07")), timer="referral.decision")
    assert (decision.numerator, decision.n, decision.value) == (2, 3, pytest.approx(2 / 3))
    assert decision.left_out == {"running": 1}


def test_beside_it_stands_how_long_it_took_and_the_oldest_still_open() -> None:
    decision = row(timeliness.timeliness(found(FOUR, as_at="2014-03-12")), timer="referral.decision")
    times = decision.times
    assert times is not None
    assert (times.n, times.median, times.ninetieth, times.longest, times.oldest) == (3, 1, 3, 3, 3)
    assert times.unit == "working days"
    assert decision.n == 4  # the Friday's is overdue by then


def test_every_measure_says_its_definition_and_the_moment_it_was_taken_at() -> None:
    for one in every(found(FOUR, as_at="2014-03-07")):
        assert one.definition.endswith(".") and one.denominator and one.excluded and one.as_at == "2014-03-07", one.name


def test_a_terminated_assessment_is_not_in_time_however_soon() -> None:
    log = [
        *referral("A", "2014-03-03T09:00", "2014-03-03T10:00"),
        event("A", "single_assessment.start", "2014-03-03T11:00"),
        event("A", "single_assessment.terminate", "2014-03-04T11:00", reason="said"),
    ]
    completion = row(timeliness.timeliness(found(log)), timer="single_assessment.completion")
    assert (completion.n, completion.value, completion.left_out) == (0, None, {"ended otherwise": 1})


def test_a_deadline_belongs_to_the_month_it_fell_due() -> None:
    log = [
        *referral("A", "2014-02-28T09:00", "2014-02-28T10:00"),
        *referral("B", "2014-02-27T09:00", "2014-03-03T10:00"),
    ]
    by_month = timeliness.timeliness(found(log), "month")
    assert (
        row(by_month, timer="referral.decision", month="2014-03").numerator == 1
    )  # Friday the 28th's is due on Monday
    assert row(by_month, timer="referral.decision", month="2014-02").value == 0


def test_what_is_counted_in_hours_took_hours() -> None:
    log = [
        event("A", "contact.receive", "2014-03-03T09:00", source="6"),
        event("A", "contact.send_to_mash", "2014-03-03T09:00"),
        event("A", "mash.start", "2014-03-03T09:00"),
        event("A", "mash.rate_red", "2014-03-03T09:30", rationale="said"),
        event("A", "mash.close", "2014-03-03T11:00", rationale="said"),
    ]
    red = row(timeliness.timeliness(found(log, "london_mash")), timer="mash.red")
    assert red.times is not None and (red.times.median, red.times.unit, red.value) == (1.5, "hours", 1.0)


def test_what_a_census_cannot_tell_is_left_out_and_said() -> None:
    census = b"""<Message><Header><CollectionDetails><ReferenceDate>2014-03-31</ReferenceDate></CollectionDetails></Header>
    <Children><Child><ChildIdentifiers><LAchildID>1</LAchildID></ChildIdentifiers><CINdetails>
    <CINreferralDate>2014-03-03</CINreferralDate><ReferralNFA>false</ReferralNFA></CINdetails></Child></Children></Message>"""
    asked = facts.of(run(cin_census.read(census, "census.xml"), library()))
    acknowledged = row(timeliness.timeliness(asked), timer="referral.acknowledgement")
    assert (acknowledged.n, acknowledged.value, acknowledged.left_out) == (0, None, {"cannot tell": 1})
    silent = {one.name: one.untold for one in every(asked) if one.untold}
    assert "no place" in silent["referrer_told"] and "no place" in silent["child_seen"]
    assert all(not one.rows for one in every(asked) if one.untold)


# ---- whose work it is ----


def test_an_assessment_is_of_the_source_and_team_of_the_referral_it_came_from() -> None:
    log = assessment("A", "2014-03-03T09:00", "2014-03-04T09:00")
    log[0]["source"], log[1]["team"] = "3A", "North"
    whose = found(log).episodes.filter(pl.col("workflow") == "single_assessment").row(0, named=True)
    assert (whose["source"], whose["team"], whose["priority"]) == ("3A", "North", "not recorded")


def test_a_team_is_known_where_a_list_says_it_though_no_rule_looks_for_it_there() -> None:
    source = annex.read(Referrals=[annex.REFERRALS, ["C1", annex.MAY, "6", "No", "Duty", "W1"]])
    whose = facts.of(run(source, library())).episodes.row(0, named=True)
    assert (whose["team"], whose["worker"]) == ("Duty", "W1")


def test_a_contact_is_as_urgent_as_its_mash_was_rated() -> None:
    log = [
        event("A", "contact.receive", "2014-03-03T09:00", source="6"),
        event("A", "contact.send_to_mash", "2014-03-03T09:30"),
        event("A", "mash.start", "2014-03-03T09:30"),
        event("A", "mash.rate_amber", "2014-03-03T09:40", rationale="said"),
        event("A", "mash.rate_red", "2014-03-03T09:50", rationale="said"),
        event("A", "mash.refer", "2014-03-03T10:00", rationale="said"),
        event("A", "referral.receive", "2014-03-03T10:00", source="6"),
    ]
    assert found(log).episodes["priority"].to_list() == ["red", "red", "red"]


def test_what_says_no_team_has_no_measure_by_team() -> None:
    assert timeliness.timeliness(found(FOUR), "team").untold == "This source says no team of anything."


def test_a_part_counts_its_own_and_looks_back_at_all() -> None:
    log = [*referral("A", "2014-03-03T09:00", "2014-03-03T10:00", "take_no_further_action"),
           *referral("A", "2014-06-02T09:00", "2014-06-02T10:00")]  # fmt: skip
    part = found(log).only(first=date(2014, 6, 1))
    again = row(named(every(part), "rereferrals"))
    assert (again.numerator, again.n, named(every(part), "rereferrals").among) == (1, 1, "opened from 2014-06-01")


def test_work_is_not_cut_out_by_what_there_is_not() -> None:
    with pytest.raises(ValueError, match="not cut out by colour"):
        found(FOUR).only(colour="red")


# ---- from contact to plan ----


def contact(case: str, at: str, move: str = "", **more: str) -> list[dict[str, str]]:
    rows = [event(case, "contact.receive", at, source="6")]
    return (
        [*rows, event(case, f"contact.{move}", at, **{"rationale": "said", "reason": "said", **more})] if move else rows
    )


def test_conversion_counts_each_step_and_leaves_out_what_is_not_decided() -> None:
    log = [
        *contact("A", "2014-03-03T09:00", "refer"),
        *assessment("A", "2014-03-03T09:00", "2014-03-04T09:00"),
        *contact("B", "2014-03-03T09:00", "close"),
        *contact("C", "2014-03-03T09:00"),
        *contact("D", "2014-03-03T09:00", "refer"),
        *referral("D", "2014-03-03T09:00", "2014-03-03T10:00", "take_no_further_action"),
    ]
    funnel = named(every(found(log)), "conversion")
    first = row(funnel, step="contact to referral")
    assert (first.numerator, first.n, first.left_out) == (2, 3, {"not decided yet": 1})
    second = row(funnel, step="referral to assessment")
    assert (second.numerator, second.n) == (1, 2)


def test_a_contact_that_went_through_the_mash_led_to_its_referral() -> None:
    log = [
        *contact("A", "2014-03-03T09:00", "send_to_mash"),
        event("A", "mash.start", "2014-03-03T09:00"),
        event("A", "mash.rate_red", "2014-03-03T09:10", rationale="said"),
        event("A", "mash.refer", "2014-03-03T10:00", rationale="said"),
        *referral("A", "2014-03-03T10:00"),
    ]
    first = row(named(every(found(log)), "conversion"), step="contact to referral")
    assert (first.numerator, first.n) == (1, 1)


def test_a_contact_still_in_the_mash_is_not_decided() -> None:
    log = [*contact("A", "2014-03-03T09:00", "send_to_mash"), event("A", "mash.start", "2014-03-03T09:00")]
    assert row(named(every(found(log)), "conversion"), step="contact to referral").left_out == {"not decided yet": 1}


def test_conferences_lead_to_plans() -> None:
    log = [
        event("A", "conference.request", "2014-03-03T09:00"),
        event("A", "conference.hold_with_plan", "2014-03-10T09:00", agencies="health", category="neglect"),
        event("B", "conference.request", "2014-03-03T09:00"),
        event("B", "conference.cancel", "2014-03-10T09:00", reason="said"),
    ]
    plans = row(named(every(found(log)), "conversion"), step="conference to plan")
    assert (plans.numerator, plans.n, plans.left_out) == (1, 1, {"cancelled": 1})


def test_the_wait_from_contact_to_decision_runs_through_both_clocks() -> None:
    log = [
        *contact("A", "2014-03-03T09:00"),
        event("A", "contact.refer", "2014-03-04T16:00", rationale="said"),
        *referral("A", "2014-03-04T16:00", "2014-03-05T16:00"),
    ]
    waited = row(named(every(found(log)), "contact_to_decision"))
    assert (waited.value, waited.n) == (2, 1)


def test_signposted_is_of_those_below_the_threshold() -> None:
    log = [
        *referral("A", "2014-03-03T09:00", "2014-03-03T10:00", "take_no_further_action"),
        *referral("B", "2014-03-03T09:00", "2014-03-03T10:00", "signpost"),
        *referral("C", "2014-03-03T09:00", "2014-03-03T10:00"),
    ]
    below = named(every(found(log)), "signposted")
    assert (row(below, stage="referral").numerator, row(below, stage="referral").n) == (1, 2)
    assert below.target is not None and below.target.value == 0.5


def test_no_further_action_is_of_those_decided() -> None:
    log = [
        *referral("A", "2014-03-03T09:00", "2014-03-03T10:00", "take_no_further_action"),
        *referral("B", "2014-03-03T09:00", "2014-03-03T10:00"),
        *referral("C", "2014-03-03T09:00"),
    ]
    none = row(named(every(found(log)), "no_further_action"))
    assert (none.numerator, none.n, none.left_out) == (1, 2, {"not decided yet": 1})


# ---- re-referral ----


def closed(case: str, received: str, at: str) -> list[dict[str, str]]:
    return [*referral(case, received, received), event(case, "referral.close", at, reason="said")]


def test_a_year_to_the_day_is_within_twelve_months_and_a_day_more_is_not() -> None:
    log = [
        *closed("A", "2013-03-03T09:00", "2013-04-01T09:00"), *closed("A", "2014-03-03T09:00", "2014-04-01T09:00"),
        *closed("B", "2013-03-02T09:00", "2013-04-01T09:00"), *closed("B", "2014-03-03T09:00", "2014-04-01T09:00"),
    ]  # fmt: skip
    again = row(named(every(found(log)), "rereferrals"))
    assert (again.numerator, again.n) == (1, 4)


def test_while_a_referral_is_open_another_is_no_referral_to_count() -> None:
    log = [*closed("A", "2014-03-03T09:00", "2014-06-01T09:00"), *referral("A", "2014-04-01T09:00", "2014-04-01T10:00")]
    again = row(named(every(found(log)), "rereferrals"))
    assert (again.numerator, again.n, again.left_out) == (0, 1, {"an earlier one was open": 1})


def test_annex_a_counts_children_of_the_last_six_months_open_or_not() -> None:
    log = [
        *closed("A", "2014-03-03T09:00", "2014-06-01T09:00"), *referral("A", "2014-04-01T09:00", "2014-04-01T10:00"),
        *referral("B", "2014-04-01T09:00", "2014-04-01T10:00"),
        *referral("C", "2013-04-01T09:00", "2013-04-01T10:00"),
    ]  # fmt: skip
    again = row(named(every(found(log, as_at="2014-06-30")), "rereferrals_annex_a"))
    assert (again.numerator, again.n, again.more) == (1, 2, {"most for one child": 1})


def test_that_an_earlier_referral_may_lie_before_the_record_is_said() -> None:
    (note,) = [note for note in named(every(found(FOUR)), "rereferrals").notes if "first record" in note]
    assert note.startswith("4 of the referrals") and note.endswith("the share is at least this.")


def test_where_no_referral_is_ever_closed_that_one_was_open_is_not_told() -> None:
    log = [
        *referral("A", "2014-03-03T09:00", "2014-03-03T10:00"),
        *referral("A", "2014-05-06T09:00", "2014-05-06T10:00"),
    ]
    again = named(every(found(log)), "rereferrals")
    assert (row(again).numerator, row(again).n) == (1, 2)
    assert "does not say when a referral was closed" in again.notes[0]


SIX_MONTHS = attrs.evolve(EVERYTHING, partial=frozenset({"referral.receive"}))


def listed(*stated: str) -> facts.Facts:
    """Children whose referrals of some months are listed, each with how many there were before; the first was referred twice."""
    log = [event("C0", "referral.receive", "2014-03-01", source="6")] if stated else []
    log += [
        event(f"C{number}", "referral.receive", "2014-05-02", source="6", referrals_in_12_months=said)
        for number, said in enumerate(stated)
    ]
    return facts.of(run(attrs.evolve(source(log), carries=SIX_MONTHS), library()))


def test_what_the_list_says_of_earlier_referrals_is_taken() -> None:
    again = row(named(every(listed("1", "2", "0")), "rereferrals_annex_a"))
    assert (again.numerator, again.n, again.more, again.left_out) == (2, 3, {"most for one child": 2}, {})


def test_a_list_of_some_months_that_does_not_say_how_many_there_were_does_not_tell_of_twelve() -> None:
    again = named(every(listed("", "")), "rereferrals_annex_a")
    assert "lists referrals of some months only" in again.untold


def test_annex_a_says_of_each_referral_how_many_there_were_before() -> None:
    header = (*annex.REFERRALS[:4], "Number of Referrals in Last 12 Months")
    rows = [[child, annex.MAY, "6", "No", before] for child, before in (("C1", 2), ("C2", 1), ("C3", 0))]
    again = row(named(every(run(annex.read(Referrals=[header, *rows]), library())), "rereferrals_annex_a"))
    assert (again.numerator, again.n, again.left_out) == (2, 3, {})


def test_of_a_list_of_some_months_those_known_to_be_referred_again_are_no_share_of_themselves() -> None:
    again = row(named(every(listed("", "0", "1")), "rereferrals_annex_a"))
    assert (again.numerator, again.n, again.left_out) == (1, 2, {"its source cannot tell": 1})


def test_by_annex_a_too_it_is_said_that_an_earlier_referral_may_lie_before_the_record() -> None:
    (note,) = [note for note in named(every(found(FOUR)), "rereferrals_annex_a").notes if "first record" in note]
    assert note.startswith("4 of the children") and note.endswith("the share is at least this.")


def test_a_list_of_some_months_with_older_assessments_tells_of_referrals_from_its_first_referral() -> None:
    log = [
        event("A", "single_assessment.start", "2012-03-03"),
        event("A", "referral.receive", "2014-05-02", source="6"),
    ]
    asked = facts.of(run(attrs.evolve(source(log), carries=SIX_MONTHS), library()))
    (note,) = [note for note in named(every(asked), "rereferrals").notes if "first record" in note]
    assert note.startswith("1 of the referrals")


# ---- conversion ----


def enquiries(*held: str) -> facts.Facts:
    """A census of children with one enquiry each, whose conference was held on that day; empty: it had none."""
    children = "".join(
        f"<Child><ChildIdentifiers><LAchildID>{number}</LAchildID></ChildIdentifiers><CINdetails>"
        "<CINreferralDate>2014-03-03</CINreferralDate><ReferralNFA>false</ReferralNFA><Section47>"
        f"<S47ActualStartDate>2014-03-05</S47ActualStartDate>{f'<DateOfInitialCPC>{day}</DateOfInitialCPC>' if day else ''}"
        f"<ICPCnotRequired>{'false' if day else 'true'}</ICPCnotRequired></Section47></CINdetails></Child>"
        for number, day in enumerate(held)
    )
    text = (
        "<Message><Header><CollectionDetails><ReferenceDate>2014-03-31</ReferenceDate></CollectionDetails></Header>"
        f"<Children>{children}</Children></Message>"
    )
    return facts.of(run(cin_census.read(text.encode(), "census.xml"), library()))


def test_an_enquiry_without_a_conference_did_not_lead_to_one_though_the_census_holds_no_request() -> None:
    led = row(named(every(enquiries("2014-03-20", "", "")), "conversion"), step="section 47 to conference")
    assert (led.numerator, led.n, led.left_out) == (1, 3, {})


def test_where_a_source_does_not_say_when_it_was_decided_every_one_is_counted_and_it_is_said() -> None:
    notes = " ".join(named(every(enquiries("2014-03-20", "")), "conversion").notes)
    assert "when each referral and each section 47 was decided: every one is counted" in notes


def test_a_conference_dated_before_every_enquiry_is_counted_of_its_own_by_the_records_link() -> None:
    asked = named(every(enquiries("2014-03-20", "2014-03-04")), "conversion")
    led = row(asked, step="section 47 to conference")
    assert (led.numerator, led.n) == (2, 2)
    assert "Section 47 to conference" not in " ".join(asked.notes)


def test_a_conference_without_a_link_dated_before_every_enquiry_is_counted_of_none_and_said() -> None:
    whole = enquiries("2014-03-20", "2014-03-04").audit.source
    asked = named(every(facts.of(run(attrs.evolve(whole, links={}), library()))), "conversion")
    led = row(asked, step="section 47 to conference")
    assert (led.numerator, led.n) == (1, 2)
    assert "Section 47 to conference: by their dates 1 of 2" in " ".join(asked.notes)


@pytest.mark.skipif(not CENSUS.exists(), reason="wants the census of 500 children, which is not kept here")
def test_of_a_whole_census_not_every_enquiry_led_to_a_conference() -> None:
    asked = named(every(run(read(CENSUS), library())), "conversion")
    led = row(asked, step="section 47 to conference")
    assert (led.numerator, led.n) == (111, 305), "by the record's own links; by dates alone it would be 59"
    assert "of the latter have no section 47 before them" not in " ".join(asked.notes)


def test_of_annex_as_contacts_those_without_a_referral_led_to_none() -> None:
    source = annex.read(
        Contacts=[annex.CONTACTS, *([child, annex.MAY, "6"] for child in ("C1", "C2", "C3"))],
        Referrals=[annex.REFERRALS, ["C1", date(2022, 5, 3), "6", "No", "", ""]],
    )
    led = row(named(every(run(source, library())), "conversion"), step="contact to referral")
    assert (led.numerator, led.n) == (1, 3)


def test_contacts_that_led_to_no_referral_are_counted_where_referrals_are_listed() -> None:
    log = [event(case, "contact.receive", "2014-05-02", source="6") for case in ("C1", "C2", "C3")]
    log.append(event("C1", "referral.receive", "2014-05-03", source="6"))
    held = frozenset({"contact.receive", "referral.receive", "referral.take_no_further_action"})
    carries = attrs.evolve(SIX_MONTHS, transitions=held, logged=False)
    asked = named(every(run(attrs.evolve(source(log), carries=carries), library())), "conversion")
    led = row(asked, step="contact to referral")
    assert (led.numerator, led.n, led.left_out) == (1, 3, {})
    assert "lists referrals of some period only" in " ".join(asked.notes)


# ---- waits ----


def test_before_the_first_edition_no_clock_guards_a_child() -> None:
    """A local clock of hours has its length in no edition then: the child waits from Friday the 5th to Monday the 8th."""
    log = [
        event("A", "contact.receive", "1990-01-05T09:00", source="6"),
        event("A", "contact.send_to_mash", "1990-01-05T09:00"),
        event("A", "mash.start", "1990-01-05T09:00"),
        event("A", "mash.rate_red", "1990-01-05T09:30", rationale="said"),
    ]
    asked = found(log, "london_mash", as_at="1990-01-08")
    assert row(named(every(asked), "unguarded_waits")).value == 3


def test_where_all_that_is_open_may_have_ended_unseen_open_work_cannot_be_told() -> None:
    asked = every(enquiries(""))
    assert all(
        "it cannot tell what was open" in named(asked, name).untold
        for name in ("unguarded_waits", "caseload_by_worker")
    )


def test_a_child_waits_unguarded_between_one_clock_and_the_next() -> None:
    """Accepted on Monday the 3rd, assessed from the 10th to the 20th, closed on the 27th: seven days, and seven."""
    log = [
        *assessment("A", "2014-03-03T09:00", "2014-03-10T09:00", "2014-03-20T09:00", seen="2014-03-12T09:00"),
        event("A", "referral.close", "2014-03-27T09:00", reason="said"),
    ]
    total = row(named(every(found(log)), "unguarded_waits"))
    assert (total.value, total.n, total.more) == (14, 2, {"children": 1, "waiting now": 0})
    assert total.times is not None and total.times.longest == 7
    where = named(every(found(log)), "unguarded_waits_by_state")
    assert row(where, workflow="referral", state="accepted").value == 14


def test_a_day_is_counted_once_for_a_child_however_much_is_open() -> None:
    log = [
        *referral("A", "2014-03-03T09:00", "2014-03-03T10:00", episode="r1"),
        *referral("A", "2014-03-04T09:00", "2014-03-04T10:00", episode="r2"),
    ]
    for one, label in zip(log, ("r1", "r1", "r2", "r2"), strict=True):
        one["episode"] = label
    total = row(named(every(found(log, as_at="2014-03-10")), "unguarded_waits"))
    assert (total.value, total.more["waiting now"]) == (7, 1)  # the clock of the 4th began and ended that day


def test_what_is_owed_to_a_referrer_guards_no_child() -> None:
    log = referral("A", "2014-03-03T09:00", "2014-03-03T10:00")
    asked = found(log, as_at="2014-03-05")
    running = asked.clocks.filter(pl.col("status") == "running")["timer"].to_list()
    assert running == ["referral.feedback"]
    assert row(named(every(asked), "unguarded_waits")).value == 2


@pytest.mark.parametrize("seed", [*SEEDS, 48, 220])
def test_the_child_days_are_those_counted_day_by_day(seed: int) -> None:
    asked = facts.of(run(flat_csv.read(generate.log(seed).encode(), "log.csv"), library("london_mash")))
    total = named(every(asked), "unguarded_waits")
    if total.untold:
        return
    stays = [stay for stay in asked.stays.iter_rows(named=True) if not stay["final"]]
    runs_in = set(asked.guarded.iter_rows())
    anchors: dict[tuple[int, str], int | None] = {}
    for clock in asked.clocks.sort("d").iter_rows(named=True):
        begins = -(1 << 40) if clock["anchored"] is None or clock["from_day"] is None else clock["from_day"]
        key = (clock["e"], clock["timer"])
        anchors[key] = min(begins, anchors[key]) if key in anchors else begins  # type: ignore[type-var]
    bare = 0
    for case in {stay["case_id"] for stay in stays}:
        mine = [stay for stay in stays if stay["case_id"] == case]
        days = {day for stay in mine if not stay["may_have_ended"] for day in range(stay["since"], stay["until"])}
        for stay in mine:
            for (e, timer), begins in anchors.items():
                if e == stay["e"] and (stay["guidance"], timer, stay["state"]) in runs_in:
                    days -= {day for day in range(stay["since"], stay["until"]) if begins is None or day >= begins}
        bare += len(days)
    assert row(total).value == bare


# ---- what holds of all ----


@pytest.fixture(scope="module", params=SEEDS)
def asked(request: pytest.FixtureRequest) -> facts.Facts:
    """The facts of a random log."""
    return facts.of(run(flat_csv.read(generate.log(request.param).encode(), "log.csv"), library("london_mash")))


def test_what_is_counted_and_what_is_left_out_are_all_there_is(asked: facts.Facts) -> None:
    whole = timeliness.timeliness(asked)
    timers = asked.audit.timers
    assert {row.group["timer"]: row.n + sum(row.left_out.values()) for row in whole.rows} == {
        timer: sum(counts.values()) for timer, counts in timers.items()
    }
    assert {row.group["timer"]: row.numerator for row in whole.rows} == {
        timer: counts.get("met", 0) for timer, counts in timers.items()
    }


def test_split_by_month_team_source_or_priority_the_numbers_add_up(asked: facts.Facts) -> None:
    measures = {one.name: one for one in every(asked)}
    for name, split in measures.items():
        whole = measures.get(name.partition("_by_")[0])
        if whole is None or whole is split or split.untold or whole.unit != "share":
            continue
        sums: dict[tuple[str, ...], list[float]] = {}
        for one in split.rows:
            key = tuple(one.group[by] for by in whole.by) if set(whole.by) <= set(split.by) else ()
            sums.setdefault(key, [0, 0, 0])
            for place, value in enumerate((one.numerator or 0, one.n, sum(one.left_out.values()))):
                sums[key][place] += value
        wholes: dict[tuple[str, ...], list[float]] = {}
        for one in whole.rows:
            key = tuple(one.group.values()) if set(whole.by) <= set(split.by) else ()
            wholes.setdefault(key, [0, 0, 0])
            for place, value in enumerate((one.numerator or 0, one.n, sum(one.left_out.values()))):
                wholes[key][place] += value
        assert sums == wholes, name


def test_every_share_lies_within_its_interval(asked: facts.Facts) -> None:
    for one in every(asked):
        for each in one.rows:
            if one.unit == "share" and each.n:
                assert each.value == (each.numerator or 0) / each.n
                assert each.low is not None and each.high is not None and each.low <= each.value <= each.high


def test_the_time_taken_is_the_calendars_count_of_the_days_between(asked: facts.Facts) -> None:
    calendar = asked.calendar
    for clock in asked.clocks.filter(~pl.col("elapsed") & pl.col("taken").is_not_null()).iter_rows(named=True):
        ends = [date.fromordinal(clock[name] + EPOCH) for name in ("from_day", "to_day")]
        assert clock["taken"] == calendar.count(*ends)


def test_due_days_are_the_audits(asked: facts.Facts) -> None:
    shown = asked.audit.deadlines["due"].to_list()
    counted = asked.clocks["due_day"].to_list()
    for text, day in zip(shown, counted, strict=True):
        assert (text[:10] or None) == (None if day is None else str(date.fromordinal(day + EPOCH)))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_cases_does_not_matter(seed: int) -> None:
    text = generate.log(seed).lstrip("\ufeff")
    reader = csv.DictReader(io.StringIO(text, newline=""))
    rows = list(reader)
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, reader.fieldnames or [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(rows, key=lambda each: each["case_id"], reverse=True))
    options = {"as_at": run(flat_csv.read(text.encode(), "log.csv"), library()).as_at}
    straight, turned = (
        every(run(flat_csv.read(each.encode(), "log.csv"), library(), **options)) for each in (text, out.getvalue())
    )
    assert straight == turned


def test_another_process_has_the_measures_that_are_of_any(tmp_path) -> None:
    (tmp_path / "permit.toml").write_text(
        'title = "Permit"\ninitial = "asked"\nopens_with = "ask"\n'
        '[states.asked]\ntitle = "Asked for"\n[states.given]\ntitle = "Given"\nfinal = true\n'
        '[transitions.ask]\ntitle = "Ask"\n[transitions.give]\ntitle = "Give"\nfrom = ["asked"]\nto = "given"\n'
        '[timers.answer]\ntitle = "Answer"\ncounts_from = ["ask"]\nruns_in = ["asked"]\nallowed = "8 weeks"\n'
    )
    from frontdoor.library import load

    log = [event("P", "permit.ask", "2014-03-03"), event("P", "permit.give", "2014-04-01")]
    measures = every(run(source(log), load(tmp_path)))
    names = {one.name for one in measures}
    assert "referrer_told" not in names and "conversion" not in names
    assert row(named(measures, "timeliness"), timer="permit.answer").numerator == 1
    for one in measures:
        said = " ".join((one.title, one.definition, one.denominator, one.excluded, one.unit, one.question, *one.notes))
        assert not {"child", "children", "child-days", "social"} & set(
            said.lower().replace(",", " ").replace(".", " ").split()
        )
    assert {"case-days", "cases"} <= {one.unit for one in measures}


def test_a_log_of_which_nothing_had_happened_yet_measures_nothing() -> None:
    for one in every(audited(FOUR, as_at="2013-01-01")):
        assert one.untold or all(each.n == 0 for each in one.rows), one.name


def test_a_conference_is_counted_by_child_and_by_family() -> None:
    log = []
    for child in ("A", "B", "C"):
        log.append(event(child, "conference.request", "2014-03-03T09:00", family="F"))
        log.append(
            event(child, "conference.hold_with_plan", "2014-04-03T09:00", agencies="x", category="x", family="F")
        )
    log.append(event("D", "conference.request", "2014-03-03T09:00", family="G"))
    log.append(event("D", "conference.hold_with_plan", "2014-03-10T09:00", agencies="x", category="x", family="G"))
    both = named(every(found(log)), "conferences_in_time")
    children = row(both, timer="conference.hold", counted_by="children")
    meetings = row(both, timer="conference.hold", counted_by="conferences")
    assert (children.numerator, children.n, meetings.numerator, meetings.n) == (1, 4, 1, 2)


def test_a_conference_of_several_children_is_one_whatever_each_was_due_and_late_if_it_is_for_any() -> None:
    log = []
    for child, enquired in (("A", "2014-03-03T09:00"), ("B", "2014-03-24T09:00")):
        log.append(event(child, "conference.request", enquired, family="F"))
        log.append(
            event(child, "conference.hold_with_plan", "2014-04-03T09:00", agencies="x", category="x", family="F")
        )
    both = named(every(found(log)), "conferences_in_time")
    children = row(both, timer="conference.hold", counted_by="children")
    meetings = row(both, timer="conference.hold", counted_by="conferences")
    assert (children.numerator, children.n, meetings.numerator, meetings.n) == (1, 2, 0, 1)


def test_of_sources_put_together_a_child_counts_only_where_those_that_know_it_can_tell() -> None:
    """A and B are in a log, C and D in a census alone, which has no place for a visit, an acceptance or a no."""
    log = [
        *assessment("A", "2014-03-03T09:00", "2014-03-04T09:00", "2014-03-20T09:00", seen="2014-03-05T09:00"),
        *assessment("B", "2014-03-03T09:00", "2014-03-04T09:00", "2014-03-20T09:00"),
        event("C", "referral.receive", "2014-03-03", source="6"),
        event("C", "single_assessment.start", "2014-03-04"),
        event("C", "single_assessment.sign_off", "2014-03-20"),
        event("D", "referral.receive", "2014-03-03", source="6"),
    ]
    known = pl.col("case_id").replace_strict({"A": 0, "B": 0, "C": 1, "D": 1}, return_dtype=pl.Int64)
    alone = source(log)
    together = attrs.evolve(
        alone, events=alone.events.with_columns(group=known, of=known), groups=(EVERYTHING, cin_census.CARRIES)
    )
    asked = facts.of(run(together, library()))
    measures = every(asked)
    seen = row(named(measures, "child_seen"), workflow="single_assessment", what="seen")
    assert (seen.numerator, seen.n) == (1, 2)
    told = row(named(measures, "referrer_told"), what="acknowledged")
    assert (told.n, told.left_out) == (2, {"its source cannot tell": 2})
    led = row(named(measures, "conversion"), step="referral to assessment")
    assert (led.numerator, led.n) == (3, 4)
    waits = named(measures, "unguarded_waits")
    assert row(waits).more["children"] == 2


def test_a_part_is_of_the_whole() -> None:
    log = [
        *referral("A", "2014-03-03T09:00", "2014-03-03T10:00", team="North"),
        *referral("B", "2014-03-03T09:00", team="South"),
    ]
    asked = found(log)
    both = [row(timeliness.timeliness(asked.only(team=team)), timer="referral.decision") for team in ("North", "South")]
    whole = row(timeliness.timeliness(asked), timer="referral.decision")
    assert sum(each.n + sum(each.left_out.values()) for each in both) == whole.n + sum(whole.left_out.values())
