"""What is certain though a part of it is not known: past due when the source that would tell ended, or due earlier still."""

from __future__ import annotations

import attrs
import pytest
from polars.testing import assert_frame_equal

from frontdoor import audit, load
from frontdoor.compiled import Carries
from frontdoor.formats import Source, cin_census, flat_csv
from frontdoor.formats.matching import matched
from frontdoor.replay.audit import run
from frontdoor.replay.explain import explain

LIBRARY = load(local=["london_mash"])
LOG = """case_id,event,happened_at
K1,referral.receive,2023-01-24T10:00
K1,referral.accept,2023-01-24T11:00
K1,single_assessment.start,2023-01-24T11:00
K2,referral.receive,2023-06-30T10:00
K2,referral.accept,2023-06-30T11:00
K2,single_assessment.start,2023-06-30T11:00
"""


def log(text: str = LOG) -> Source:
    return flat_csv.read(text.encode(), "log.csv")


def census(reference: str, child: str = "K1", received: str = "2023-01-24") -> Source:
    """Of one child, whose referral and assessment have begun."""
    return cin_census.read(
        f"""<Message><Header><ReferenceDate>{reference}</ReferenceDate></Header><Children><Child>
        <ChildIdentifiers><LAchildID>{child}</LAchildID></ChildIdentifiers>
        <CINdetails><CINreferralDate>{received}</CINreferralDate><ReferralNFA>0</ReferralNFA>
        <Assessments><AssessmentActualStartDate>{received}</AssessmentActualStartDate></Assessments></CINdetails>
        </Child></Children></Message>""".encode(),
        "census.xml",
    )


def verdicts(found: audit, case: str) -> dict[str, tuple[str, int | None]]:
    rows = found.deadlines.filter(case_id=case).select("timer", "status", "over").rows()
    return {timer.rpartition(".")[2]: (status, over) for timer, status, over in rows}


@pytest.mark.parametrize("reference", ["2023-06-30", "2023-07-31"], ids=["the same day", "a month later"])
def test_what_was_past_due_when_the_log_ended_stays_overdue_beside_a_return_that_goes_on(reference: str) -> None:
    """It may have been done after the log ended; in time it was not. It is over at least up to there."""
    alone = verdicts(audit(log(), LIBRARY), "K1")
    assert alone["acknowledgement"] == ("overdue", 107)
    found = audit(matched([log(), census(reference)]), LIBRARY)
    both = verdicts(found, "K1")
    assert {timer: both[timer] for timer in ("acknowledgement", "feedback")} == {
        "acknowledgement": ("overdue", 107), "feedback": ("overdue", 103),
    }  # fmt: skip
    breach = found.findings.filter(rule="breach", case_id="K1")["message"][0]
    assert ("at least 107 working days over" in breach) == (reference == "2023-07-31")


def test_an_assessment_that_the_return_could_close_is_judged_up_to_its_end() -> None:
    alone = verdicts(audit(log(), LIBRARY), "K1")
    assert alone["completion"] == ("overdue", 63)
    beside = verdicts(audit(matched([log(), census("2023-06-30")]), LIBRARY), "K1")
    assert beside["completion"] == ("overdue", 63)


def test_what_was_not_yet_due_when_the_log_ended_cannot_be_told_later() -> None:
    later = census("2023-07-31", "K2", "2023-06-30")
    found = audit(matched([log(), later]), LIBRARY)
    assert verdicts(found, "K2")["acknowledgement"] == ("cannot_tell", None)
    assert "cannot-tell" not in found.rules, "a source that ends before another is no fault of the case"


def test_of_the_day_that_the_log_ends_on_no_more_is_asked_than_of_the_log_alone() -> None:
    same = audit(matched([log(), census("2023-06-30", "K2", "2023-06-30")]), LIBRARY)
    assert verdicts(same, "K2")["acknowledgement"] == verdicts(audit(log(), LIBRARY), "K2")["acknowledgement"]


def test_judged_as_at_a_day_before_the_log_ended_nothing_is_in_doubt() -> None:
    found = audit(matched([log(), census("2023-07-31")]), LIBRARY, as_at="2023-03-01")
    assert verdicts(found, "K1")["acknowledgement"] == ("overdue", 25)
    assert verdicts(found, "K1")["completion"] == ("running", None)


@pytest.mark.parametrize(
    ("rated", "status"), [("2023-06-30T08:00", ("overdue", 1)), ("2023-06-30T10:30", ("cannot_tell", None))]
)
def test_a_clock_of_hours_is_certain_only_up_to_the_logs_last_moment(
    rated: str, status: tuple[str, int | None]
) -> None:
    """Red is 2 hours, and the log's last moment 11:00: to hold the rest of the day against it would accuse falsely."""
    text = LOG + f"K1,mash.start,{rated}\nK1,mash.rate_red,{rated}\n"
    found = audit(matched([log(text), census("2023-06-30")]), LIBRARY)
    assert verdicts(found, "K1")["red"] == status


def test_what_no_source_can_tell_may_have_been_in_time_and_stays_untold() -> None:
    one = census("2023-07-31")
    assert verdicts(audit(one, LIBRARY), "K1")["acknowledgement"] == ("cannot_tell", None)


def test_compiled_it_is_as_certain() -> None:
    pytest.importorskip("numba")
    both = matched([log(), census("2023-07-31")])
    quick, slow = (run(both, LIBRARY, compile_from=each).deadlines for each in (0, None))
    assert_frame_equal(quick, slow)


EXTRACT = """case_id,event,happened_at
E,single_assessment.start,2024-01-09
E,single_assessment.sign_off,2024-03-28
F,single_assessment.start,2024-03-20
X,referral.receive,2024-01-05
X,single_assessment.start,2024-01-09
X,single_assessment.sign_off,2024-03-28
"""


def extract() -> Source:
    """Of some months: it holds assessments, and perhaps not the referrals before them; who signs one off it may not say."""
    held = frozenset({"referral.receive", "single_assessment.start", "single_assessment.sign_off"})
    return attrs.evolve(
        log(EXTRACT), carries=Carries(held, details=frozenset(), partial=frozenset({"referral.receive"}))
    )


def test_what_may_have_been_due_before_says_no_due_day_whatever_it_comes_to() -> None:
    found = audit(extract(), LIBRARY)
    said = (
        found.deadlines.filter(timer="single_assessment.completion").select("case_id", "due", "status", "over").rows()
    )
    assert said == [("E", "", "late", 12), ("F", "", "cannot_tell", None), ("X", "2024-03-08", "late", 14)]


def test_of_what_may_have_been_due_before_the_finding_says_at_the_latest_and_at_least() -> None:
    found = audit(extract(), LIBRARY)
    late = {row["case_id"]: row["message"] for row in found.findings.filter(rule="breach").iter_rows(named=True)}
    assert "due by 2024-03-12 at the latest, done 2024-03-28 (at least 12 working days over)" in late["E"]
    assert "due 2024-03-08, done 2024-03-28 (14 working days over)" in late["X"]


def test_an_explanation_of_what_may_have_been_due_before_says_at_least_and_why() -> None:
    (said,) = explain(audit(extract(), LIBRARY), "E", "single_assessment.completion")
    assert "late, by at least 12 working days: it may have begun with an event before" in said.text
    assert "Due  " not in said.text
    (sure,) = explain(audit(extract(), LIBRARY), "X", "single_assessment.completion")
    assert sure.text.endswith("late, by 14 working days")
