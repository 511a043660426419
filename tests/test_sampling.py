"""Samples for case audit: drawn alike on every machine, spread as asked, each case with a form that tells it."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdoor.formats import cin_census, flat_csv
from frontdoor.replay.audit import run
from frontdoor.replay.sampling import STRATA, Sample, sample
from tests import generate
from tests.measured import assessment, audited, event, found, library, referral


def many(count: int, **more: str) -> list[dict[str, str]]:
    return [row for n in range(count) for row in referral(f"C-{n:03}", "2014-03-03T09:00", "2014-03-04T09:00", **more)]


def drawn(of: Sample, **group: str) -> list[str]:
    return [one.case_id for one in of.chosen if one.group == group]


def test_a_case_is_drawn_by_the_hash_of_the_seed_and_its_reference() -> None:
    places = {f"C-{n:03}": hashlib.sha256(f"2009\nC-{n:03}".encode()).hexdigest() for n in range(20)}
    assert drawn(sample(audited(many(20)), size=3, seed=2009)) == sorted(places, key=lambda case: places[case])[:3]


def test_seed_seven_draws_these_two_on_every_machine() -> None:
    assert drawn(sample(audited(many(20)), seed=7)) == ["C-003", "C-004"]


def test_another_seed_draws_others() -> None:
    audit = audited(many(40))
    assert len({tuple(drawn(sample(audit, size=5, seed=seed))) for seed in range(8)}) == 8


@settings(deadline=None, max_examples=25)
@given(order=st.permutations(range(12)), seed=st.integers())
def test_the_order_of_the_file_does_not_matter(order: list[int], seed: int) -> None:
    rows = [referral(f"C-{n:03}", "2014-03-03T09:00", "2014-03-04T09:00") for n in range(12)]
    straight = sample(audited([row for each in rows for row in each]), size=4, seed=seed)
    turned = sample(audited([row for n in order for row in rows[n]]), size=4, seed=seed)
    assert straight.chosen == turned.chosen


def test_a_case_that_is_added_displaces_one_at_most() -> None:
    before, after = (set(drawn(sample(audited(many(count)), size=5, seed=1))) for count in (30, 31))
    assert len(before - after) <= 1


def test_a_tenth_of_801_is_80() -> None:
    assert len(sample(audited(many(801)), share="10%").chosen) == 80


def test_a_share_is_rounded_half_up_and_draws_one_at_least() -> None:
    assert [len(sample(audited(many(count)), share="10%").chosen) for count in (1, 14, 15, 25)] == [1, 1, 2, 3]
    assert len(sample(audited(many(10)), share=0.3).chosen) == 3


def test_two_cases_of_each_worker_a_month() -> None:
    log = [
        row
        for n in range(12)
        for row in referral(f"C-{n:03}", f"2014-0{3 + n % 2}-03T09:00", worker=("Amy", "Zed")[n % 3 == 0])
    ]
    found_ = sample(audited(log), size=2, by=("worker", "month"), seed=1)
    groups = [(one.group["worker"], one.group["month"]) for one in found_.chosen]
    assert groups == [
        (worker, month) for worker in ("Amy", "Zed") for month in ("2014-03", "2014-04") for _ in range(2)
    ]
    assert found_.of[("Amy", "2014-03")] == 4


def test_a_group_of_fewer_gives_all_it_has() -> None:
    log = [*referral("A", "2014-03-03T09:00", team="North"), *many(5, team="South")]
    assert drawn(sample(audited(log), size=2, by="team"), team="North") == ["A"]


def test_a_size_is_spread_over_the_strata_in_turn() -> None:
    log = [
        *many(10),
        *referral("LATE-1", "2014-03-03T09:00", "2014-03-20T09:00"),
        *referral("LATE-2", "2014-03-03T09:00", "2014-03-20T09:00"),
    ]
    for each in log:
        each["episode"] = "r"
    log += [event(f"C-{n:03}", "referral.acknowledge", "2014-03-03T10:00", episode="r") for n in range(10)]
    log += [event(f"C-{n:03}", "referral.feed_back", "2014-03-05T10:00", episode="r") for n in range(10)]
    spread = sample(audited(log), size=3, stratify="verdict")
    assert [one.stratum for one in spread.chosen] == ["in time", "late", "in time"]
    shared = sample(audited(log), share="20%", stratify="verdict")
    assert sorted(one.stratum for one in shared.chosen) == ["in time", "in time", "late"]


def test_by_timer_a_case_may_be_drawn_twice_and_has_one_form() -> None:
    twice = sample(audited(referral("A", "2014-03-03T09:00", "2014-03-04T09:00")), size=1, by="timer")
    assert [one.group["timer"] for one in twice.chosen] == [
        "referral.acknowledgement",
        "referral.decision",
        "referral.feedback",
    ]
    (form,) = twice.forms()
    assert form.drawn_for == tuple(f"timer {one.group['timer']}" for one in twice.chosen)


def test_a_part_of_an_audit_is_drawn_from_alone() -> None:
    log = [*many(5, team="South"), *referral("A", "2014-03-03T09:00", team="North")]
    assert sample(found(log).only(team="North"), size=2).cases == ("A",)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"size": 0}, "write 1 or more"),
        ({"size": 1, "share": "10%"}, "not both"),
        ({"share": "ten"}, "write 10% or 0.1"),
        ({"share": "0%"}, "more than 0%"),
        ({"share": "120%"}, "at most 100%"),
        ({"by": "wokrer"}, "worker"),
        ({"stratify": "verdicts"}, "verdict"),
    ],
)
def test_what_is_no_sample_is_refused_in_a_sentence(options: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        sample(audited(many(3)), **options)  # type: ignore[arg-type]


def test_how_it_was_drawn_is_said() -> None:
    said = sample(audited(many(3)), size=2, by="worker", seed=7).how
    assert said == (
        "2 cases of each worker, those whose SHA-256 of seed 7, a line feed and the case reference comes first; of all cases, "
        "as at 2014-03-04T09:00:00+00:00."
    )


# ---- the form ----


def test_a_form_carries_the_timeline_with_what_was_found_about_each_event() -> None:
    log = assessment("A", "2014-03-03T09:00", "2014-03-04T09:00", "2014-05-12T09:00")
    (form,) = sample(audited(log)).forms()
    assert [line.event for line in form.timeline] == [each["event"] for each in log]
    last = form.timeline[-1]
    assert (last.when, last.title, last.episode) == ("2014-05-12T09:00:00+01:00", "Sign it off", "single_assessment-1")
    assert any("due 2014-05-08" in message for message in last.found)
    assert form.timeline[0].details == {"source": "6"}


def test_a_form_explains_every_deadline_of_its_case() -> None:
    audit = audited([*many(2), *assessment("A", "2014-03-03T09:00", "2014-03-04T09:00")])
    for form in sample(audit, size=9).forms():
        mine = audit.deadlines.filter(case_id=form.case_id)
        assert [one.timer_name for one in form.deadlines] == mine["timer"].to_list()
        assert [one.due for one in form.deadlines] == mine["due"].to_list()


def test_a_form_asks_what_the_reader_must_answer_from_the_file() -> None:
    log = assessment("A", "2014-03-03T09:00", "2014-03-04T09:00", "2014-05-12T09:00", seen="2014-03-05T09:00")
    (form,) = sample(audited(log)).forms()
    asked = {question.subject: question for question in form.questions}
    assert asked["Child seen"].shown == "see the child, 2014-03-05 (row 4)"
    assert asked["Referrer"].shown == "the record shows none"
    assert asked["Time"].text.startswith(
        "Finish the assessment, signed off (single_assessment-1): why did it take longer"
    )
    assert all(question.whose and question.text.endswith("?") for question in form.questions)


def test_what_the_source_cannot_hold_is_not_said_to_be_missing() -> None:
    census = b"""<Message><Children><Child><ChildIdentifiers><LAchildID>1</LAchildID></ChildIdentifiers><CINdetails>
    <CINreferralDate>2014-03-03</CINreferralDate><ReferralNFA>false</ReferralNFA></CINdetails></Child></Children></Message>"""
    (form,) = sample(run(cin_census.read(census, "census.xml"), library())).forms()
    assert {one.subject: one.shown for one in form.questions}["Referrer"] == "this source has no place for it"


def test_a_contact_alone_is_not_asked_about_an_assessment() -> None:
    (form,) = sample(audited([event("A", "contact.receive", "2014-03-03T09:00", source="6")])).forms()
    assert "Analysis" not in {question.subject for question in form.questions}


def test_a_case_behind_a_sign_is_asked_the_signs_question() -> None:
    (form,) = sample(audited(assessment("A", "2014-03-03T09:00", "2014-03-04T09:00", "2014-03-20T09:00"))).forms()
    assert any(
        question.subject == "The clock" and "nobody wrote it down" in question.text for question in form.questions
    )


@pytest.mark.parametrize("seed", range(1, 13))
def test_every_case_of_a_random_log_has_a_form_with_all_its_events(seed: int) -> None:
    audit = run(flat_csv.read(generate.log(seed).encode(), "log.csv"), library())
    for stratify in ("", *STRATA):
        forms = sample(audit, share="100%", stratify=stratify).forms()
        assert {form.case_id for form in forms} == set(audit.episodes["case_id"])
    lines = sum(len(form.timeline) for form in forms)
    known = set(audit.episodes["case_id"])
    assert lines == sum(case in known for case in audit.log.frame["case_id"])
    assert sum(len(form.deadlines) for form in forms) == audit.deadlines.height


def test_a_question_about_one_case_does_not_speak_of_these() -> None:
    log = [
        row for n in range(3) for row in assessment(f"A{n}", "2014-03-03T09:00", "2014-03-04T09:00", "2014-05-08T09:00")
    ]
    asked = [
        one.text
        for form in sample(audited(log), size=3).forms()
        for one in form.questions
        if one.subject == "The clock"
    ]
    assert any("finished in the last days before its deadline" in text for text in asked)
    assert not any("of these" in text for text in asked)
