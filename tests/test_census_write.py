"""Writing a census: what is read back is what was written, and what could not be is said in sentences."""

from __future__ import annotations

import xml.etree.ElementTree as tree
from datetime import date
from pathlib import Path

import attrs
import pytest
from census_corpus import census
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_cin_census import REAL, events, real_file, said

from frontdoor.formats import cin_census, flat_csv
from frontdoor.formats.source import Source
from tests.trying import examples

HEADER = "case_id,event,happened_at,episode,source,need,reason,category"


@pytest.fixture(scope="session")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("census") / "census.xml"


def log(*rows: str, reference: date | None = date(2024, 3, 31)) -> Source:
    source = flat_csv.read("\n".join([HEADER, *rows]).encode(), "log.csv")
    return attrs.evolve(source, reference=reference)


def there_and_back(source: Source, file: Path) -> Source:
    cin_census.write(source, file)
    return cin_census.read(file.read_bytes(), "census.xml")


def written(source: Source, file: Path) -> tree.Element:
    cin_census.write(source, file)
    return tree.parse(file).getroot()


def rows(source: Source) -> list[tuple[object, ...]]:
    return source.events.drop("position").rows()


# there and back


@settings(deadline=None, max_examples=examples(50))
@given(st.integers(0, 10_000))
def test_an_orderly_census_is_read_back_as_the_same_events(file, seed):
    source = cin_census.read(census(seed, 6, orderly=True).encode(), "census.xml")
    again = there_and_back(source, file)
    assert rows(again) == rows(source)
    assert again.reference == source.reference


@settings(deadline=None, max_examples=examples(50))
@given(st.integers(0, 10_000))
def test_what_was_written_once_is_read_back_as_it_was_written(file, seed):
    once = there_and_back(cin_census.read(census(seed, 6).encode(), "census.xml"), file)
    assert rows(there_and_back(once, file)) == rows(once)


@pytest.mark.parametrize("name", REAL)
def test_a_real_census_is_read_back_as_the_same_events(name, file):
    source = cin_census.read(real_file(name), name)
    assert rows(there_and_back(source, file)) == rows(source)


DAYS = st.dates(date(2023, 4, 1), date(2024, 3, 31))
CASES = st.text("ABC-&<>\"' é\r\n1", min_size=1, max_size=4).map(str.strip).filter(bool)


@st.composite
def histories(draw: st.DrawFn) -> list[str]:
    """Rows of a log without episodes: a referral a case, its assessments and enquiries one after another."""
    said = []
    for case in draw(st.lists(CASES, min_size=1, max_size=4, unique=True)):
        days = iter(sorted(draw(st.lists(DAYS, min_size=9, max_size=9))))
        moves = ["referral.receive"]
        for _ in range(draw(st.integers(0, 2))):
            moves += draw(st.sampled_from([
                ["single_assessment.start"], ["single_assessment.start", "single_assessment.sign_off"],
                ["section_47.start", "conference.hold_with_plan"], ["section_47.start", "conference.hold_without_plan"],
            ]))  # fmt: skip
        moves += draw(st.sampled_from([[], ["referral.close"]]))
        cell = '"' + case.replace('"', '""') + '"'
        said += [f"{cell},{move},{next(days)},,6,N1,RC7," for move in moves]
    return said


@settings(deadline=None, max_examples=examples(50))
@given(histories())
def test_a_log_without_episodes_is_read_back_with_the_days_of_its_events(file, history):
    source = log(*history)
    held = [(one[0], one[2], one[1].endswith("with_plan")) for one in days(source) if ".hold" in one[1]]
    assume(
        len({one[:2] for one in held}) == len(set(held))
    )  # of two on one day a census cannot say which made the plan
    assert days(there_and_back(source, file)) == days(source)


def days(source: Source) -> list[tuple[str, str, int, int]]:
    return sorted(source.events.select("case_id", "event", "day", "last_day").rows())


# where things go


def test_an_episode_stands_under_the_referral_that_its_name_begins_with(file):
    source = log(
        "A,referral.receive,2023-05-01,r1,,,,", "A,referral.receive,2023-06-01,r2,,,,",
        "A,single_assessment.start,2023-06-09,r1 assessment,,,,",
    )  # fmt: skip
    assert [len(one.findall("Assessments")) for one in written(source, file).iter("CINdetails")] == [1, 0]


@pytest.mark.parametrize(("day", "counts"), [("2023-05-31", [1, 0]), ("2023-06-01", [0, 1]), ("2023-04-30", [1, 0])])
def test_an_episode_stands_under_the_latest_referral_received_by_then_else_the_first(file, day, counts):
    source = log(
        "A,referral.receive,2023-05-01,,,,,",
        "A,referral.receive,2023-06-01,,,,,",
        f"A,single_assessment.start,{day},x,,,,",
    )
    assert [len(one.findall("Assessments")) for one in written(source, file).iter("CINdetails")] == counts


def test_a_decision_of_no_further_action_is_a_flag_and_its_day_the_closure(file):
    (one,) = written(
        log("A,referral.receive,2023-05-01,,,,,", "A,referral.take_no_further_action,2023-05-03,,,,,"), file
    ).iter("CINdetails")
    assert (one.findtext("ReferralNFA"), one.findtext("CINclosureDate")) == ("1", "2023-05-03")


def test_a_conference_stands_with_the_enquiry_before_it_and_its_plan_starts_that_day(file):
    rows = ["referral.receive,2023-05-01", "section_47.start,2023-05-02", "conference.hold_with_plan,2023-05-20"]
    (one,) = written(log(*(f"A,{row},,,,,neg" for row in rows)), file).iter("CINdetails")
    assert one.findtext("Section47/DateOfInitialCPC") == "2023-05-20"
    assert one.findtext("ChildProtectionPlans/CPPstartDate") == "2023-05-20"
    assert one.findtext("ChildProtectionPlans/InitialCategoryOfAbuse") == "NEG"


def test_a_plan_that_the_source_tells_of_is_not_made_up_again(file):
    rows = [
        "referral.receive,2023-05-01", "section_47.start,2023-05-02", "conference.hold_with_plan,2023-05-20",
        "child_protection_plan.start,2023-05-21", "child_protection_plan.review,2023-08-01", "child_protection_plan.end,2023-09-01",
    ]  # fmt: skip
    (plan,) = written(log(*(f"A,{row},,,,," for row in rows)), file).iter("ChildProtectionPlans")
    assert [(one.tag, one.text) for one in plan.iter() if one.text and one.text.strip()] == [
        ("CPPstartDate", "2023-05-21"), ("CPPendDate", "2023-09-01"), ("CPPreviewDate", "2023-08-01"),
    ]  # fmt: skip


def test_an_authority_that_corrected_itself_writes_what_now_stands(file):
    source = log("A,referral.receive,2023-05-01,,,,,", "A,referral.receive,2023-05-02,,,,,")
    import polars as pl

    source.events = source.events.with_columns(
        position=pl.lit(1), known_from=pl.Series([0, 1]), known_to=pl.Series([1, None], dtype=pl.Int64)
    )
    assert [one.text for one in written(source, file).iter("CINreferralDate")] == ["2023-05-02"]


# what a census cannot hold


def notes(file: Path, *rows: str, reference: date | None = date(2024, 3, 31)) -> str:
    return "\n".join(cin_census.write(log(*rows, reference=reference), file))


def test_what_a_census_has_no_place_for_is_counted_by_name(file):
    told = notes(
        file,
        "A,referral.receive,2023-05-01,,6,,,",
        "A,referral.accept,2023-05-01,,,,,",
        "B,contact.receive,2023-05-01,,,,,",
    )
    assert "A census has no place for: 1 referral.accept, 1 contact.receive." in told
    assert "1 case of which a census holds nothing: not written." in told


def test_of_two_events_for_one_place_the_first_is_written_and_the_other_told(file):
    told = notes(file, "A,referral.receive,2023-05-01,r,6,,,", "A,referral.receive,2023-05-02,r,6,,,")
    assert "one place, which another event took, for: 1 referral.receive." in told


def test_a_day_that_is_one_of_several_is_not_written(file):
    told = notes(file, "A,referral.receive,2023-05-01/2023-05-03,,6,,,")
    assert "which of several days it was is not known, for: 1 referral.receive." in told
    assert "1 group lacks the CINreferralDate" in told


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("A,referral.receive,2023-05-01,,school,,,", "1 referral without a source that is a code of the census"),
        ("A,referral.receive,2023-05-01,,6,neglect,,", "1 referral with a primary need that is no code of the census"),
        (
            "A,referral.close,2023-05-01,,6,,moved,",
            "1 referral with a reason for closure that is no code of the census",
        ),
        ("A,referral.receive,2023-05-01T10:00,,6,,,", "1 event has a time of day"),
        ("A,conference.hold_without_plan,2023-05-01,,6,,,", "1 conference with no section 47 enquiry"),
        (
            "A,conference.hold_with_plan,2023-05-01,,6,,,",
            "1 child protection plan without the latest category of abuse",
        ),
        ("A,referral.take_no_further_action,2023-05-01,,6,,,", "1 decision of no further action"),
    ],
)
def test_what_is_left_out_or_moved_is_said(file, row, what):
    assert what in notes(file, row)


def test_who_and_when_and_other_details_are_said_to_be_left_out(file):
    text = "case_id,event,happened_at,recorded_at,actor,role,family,note\nA,referral.receive,2023-05-01,2023-05-02,x,manager,F,n\n"
    told = "\n".join(cin_census.write(flat_csv.read(text.encode(), "log.csv"), file))
    assert "Not in a census: who did it, in which role, when it was recorded, families, every detail but source" in told


def test_without_a_reference_date_the_header_has_none_and_that_is_said(file):
    assert "states no reference date" in notes(file, "A,referral.receive,2023-05-01,,6,,,", reference=None)
    assert tree.parse(file).getroot().find(".//ReferenceDate") is None


def test_a_case_whose_name_xml_cannot_hold_is_not_written(file):
    assert "1 case whose name XML cannot hold" in notes(
        file, "A\x0b1,referral.receive,2023-05-01,,6,,,", "B,referral.receive,2023-05-01,,6,,,"
    )
    assert said(cin_census.read(file.read_bytes(), "x"), "case_id") == ["B"]


def test_a_source_of_nothing_that_a_census_holds_makes_a_census_of_no_child(file):
    assert "0 children are written" in notes(file, "A,contact.receive,2023-05-01,,,,,")
    assert tree.parse(file).getroot().findall(".//Child") == []


def test_names_are_kept_as_they_are(file):
    source = log('"<A> & ""b""",referral.receive,2023-05-01,,6,,,')
    assert events(there_and_back(source, file)) == [("referral.receive", "cin 1", "2023-05-01")]
    assert said(there_and_back(source, file), "case_id") == ['<A> & "b"']
