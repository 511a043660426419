"""Reading the daily API's payload: what becomes an event, what is purged, and every fault by its path."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdoor.errors import InputError
from frontdoor.formats import daily_api
from frontdoor.formats.daily_api.payload import _SCHEMA, MOST_CHILDREN
from frontdoor.formats.source import Source, happened_at
from frontdoor.library import load
from frontdoor.replay.audit import run

SHARED = Path(__file__).parents[2] / "shared/data/csc_api/openapi.json"


def child(*episodes: object, **more: object) -> dict[str, object]:
    return {"la_child_id": "C1", "social_care_episodes": list(episodes), **more}


def episode(**more: object) -> dict[str, object]:
    return {"social_care_episode_id": "E1", "referral_date": "2022-05-02", **more}


def assessment(start: str, **more: object) -> dict[str, object]:
    return {"child_and_family_assessment_id": "A1", "start_date": start, **more}


def enquiry(**more: object) -> dict[str, object]:
    return {"section_47_assessment_id": "S1", "start_date": "2022-05-03", **more}


def plan(start: str, **more: object) -> dict[str, object]:
    return {"child_protection_plan_id": "P1", "start_date": start, **more}


def read(*children: object) -> Source:
    return daily_api.read(json.dumps(children).encode(), "payload.json")


def events(source: Source) -> list[tuple[str, str, str, str]]:
    rows = source.events.iter_rows(named=True)
    return [(row["case_id"], row["event"], row["episode"], str(happened_at(row))) for row in rows]


def named(source: Source) -> list[str]:
    return source.events["event"].to_list()


def rejected(source: Source) -> list[tuple[int, str, str]]:
    return [(one.row, one.column, one.text) for one in source.rejected]


def note(source: Source, words: str) -> str:
    (found,) = [note for note in source.notes if words in note]
    return found


def status(source: Source, timer: str) -> list[str]:
    return run(source, load(), as_at=date(2022, 8, 1)).deadlines.filter(timer=timer)["status"].to_list()


def refusal(content: bytes | str) -> str:
    with pytest.raises(InputError) as refused:
        daily_api.read(content if isinstance(content, bytes) else content.encode(), "payload.json")
    return str(refused.value)


# what becomes an event


def test_a_referral_is_received_from_its_source_and_closed_for_its_reason():
    source = read(child(episode(referral_source="1C", closure_date="2022-09-01", closure_reason="RC7")))
    assert events(source) == [
        ("C1", "referral.receive", "E1", "2022-05-02"),
        ("C1", "referral.close", "E1", "2022-09-01"),
    ]
    assert source.events["detail.source"].to_list() == ["1C", ""]
    assert source.events["detail.reason"].to_list() == ["", "RC7"]


@pytest.mark.parametrize(
    ("closed", "last"), [("2022-05-04", "2022-05-04"), (None, "2199-12-31"), ("2022-04-01", "2199-12-31")]
)
def test_no_further_action_was_decided_some_day_up_to_the_closure_else_no_last_one_is_known(closed, last):
    nfa = episode(referral_no_further_action_flag=True, closure_date=closed)
    source = read(child(nfa), child(episode(closure_date="2022-06-01"), la_child_id="C2"))
    assert [row[1:] for row in events(source) if "action" in row[1]] == [
        ("referral.take_no_further_action", "E1", f"2022-05-02/{last}")
    ]
    assert ("C1", "referral.close") not in [row[:2] for row in events(source)]
    assert status(source, "referral.decision")[0] == "cannot_tell"


def test_by_when_no_conference_was_decided_cannot_be_told_of_an_enquiry_without_an_end():
    source = read(child(episode(section_47_assessments=[enquiry(icpc_required_flag=False)])))
    assert status(source, "section_47.outcome") == ["cannot_tell"]


def test_a_conference_that_is_not_counted_from_its_own_enquiry_is_a_finding():
    later = enquiry(section_47_assessment_id="S2", start_date="2022-06-10")
    source = read(child(episode(section_47_assessments=[enquiry(icpc_date="2022-06-20"), later])))
    (found,) = run(source).findings.filter(rule="linked-otherwise").iter_rows(named=True)
    assert (found["severity"], found["event"]) == ("warning", "conference.hold_without_plan")
    assert "S1 (2022-05-03)" in found["message"] and "S2 (2022-06-10)" in found["message"]
    assert "1 conference (S1)" in note(source, "By its own record of another section 47 enquiry")


def test_an_assessment_of_a_referral_without_a_date_cannot_be_met():
    assessments = [assessment("2022-05-03", authorisation_date="2022-07-01")]
    source = read(child({"social_care_episode_id": "E1", "child_and_family_assessments": assessments}))
    assert source.carries.partial == {"referral.receive"}
    assert status(source, "single_assessment.completion") == ["cannot_tell"]


def test_an_assessment_runs_from_start_to_authorisation():
    source = read(
        child(episode(child_and_family_assessments=[assessment("2022-05-03", authorisation_date="2022-06-10")]))
    )
    assert [row[1:] for row in events(source)[1:]] == [
        ("single_assessment.start", "A1", "2022-05-03"), ("single_assessment.sign_off", "A1", "2022-06-10"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("start", "event"), [("2022-05-20", "with"), ("2022-05-25", "with"), ("2022-05-19", "without"), (None, "without")]
)
def test_a_conference_made_the_plan_that_starts_on_its_day_or_later(start, event):
    plans = [plan(start)] if start else []
    source = read(
        child(episode(section_47_assessments=[enquiry(icpc_date="2022-05-20")], child_protection_plans=plans))
    )
    assert [row[1:] for row in events(source)[1:]] == [
        ("section_47.start", "S1", "2022-05-03"), (f"conference.hold_{event}_plan", "S1", "2022-05-20"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("more", "day"),
    [({"icpc_required_flag": False, "end_date": "2022-05-12"}, "2022-05-03/2022-05-12"), ({"icpc_required_flag": False}, "2022-05-03/2022-06-01"),
     ({"end_date": "2022-05-12"}, "2022-05-03/2022-05-12"), ({"icpc_required_flag": True, "end_date": "2022-05-12"}, None), ({}, None)],
)  # fmt: skip
def test_no_conference_was_decided_some_day_up_to_the_enquirys_end(more, day):
    source = read(child(episode(closure_date="2022-06-01", section_47_assessments=[enquiry(**more)])))
    assert [row[3] for row in events(source) if "no_conference" in row[1]] == ([day] if day else [])


def test_the_worker_allocated_that_day_stands_beside_it_of_two_the_one_allocated_last():
    workers = [
        {"worker_id": "W1", "start_date": "2022-05-02", "end_date": "2022-06-10"},
        {"worker_id": "W2", "start_date": "2022-06-10"},
    ]
    source = read(child(episode(
        care_worker_details=workers, child_and_family_assessments=[assessment("2022-05-03", authorisation_date="2022-06-10")],
    )))  # fmt: skip
    assert source.events["detail.worker"].to_list() == ["W1", "W1", "W2"]
    assert source.events["actor"].to_list() == ["", "", ""]


def test_positions_count_episode_by_episode_in_order_of_referral():
    early = episode(social_care_episode_id="E0", referral_date="2022-01-04", closure_date="2022-05-02")
    source = read(child(episode(section_47_assessments=[enquiry(icpc_date="2022-05-03")]), early))
    assert [(row[1], row[2]) for row in events(source)] == [
        ("referral.receive", "E0"), ("referral.close", "E0"), ("referral.receive", "E1"), ("section_47.start", "S1"),
        ("conference.hold_without_plan", "S1"),
    ]  # fmt: skip
    assert source.events["position"].to_list() == [1, 2, 3, 4, 5]


def test_plans_and_placements_are_no_events_and_the_file_says_so():
    source = read(
        child(
            episode(child_protection_plans=[plan("2022-05-20")], child_in_need_plans=[{"child_in_need_plan_id": "N1"}])
        )
    )
    assert named(source) == ["referral.receive"]
    assert "1 child in need plans, 1 child protection plans" in note(source, "no events")


def test_the_api_carries_no_roles_contacts_or_decisions():
    carries = read(child(episode())).carries
    assert (carries.roles, carries.details, carries.logged) == (False, {"source", "reason"}, False)
    assert (
        not carries.holds("contact.receive")
        and not carries.holds("referral.accept")
        and carries.holds("referral.close")
    )


def test_where_an_assessment_is_of_an_earlier_episode_than_the_audit_counts_from_is_told():
    later = episode(social_care_episode_id="E2", referral_date="2022-05-10")
    source = read(child(episode(child_and_family_assessments=[assessment("2022-05-12")]), later))
    assert "1 assessment (A1)" in note(source, "By its own record of another referral")
    assert run(source).findings.filter(rule="linked-otherwise")["event"].to_list() == ["single_assessment.start"]


# what is purged


def test_a_purged_child_is_no_event_and_is_listed():
    source = read(child(episode(), purge=True), child(episode(), la_child_id="C2"))
    assert {row[0] for row in events(source)} == {"C2"}
    assert rejected(source) == [(1, "$[0].purge", "C1")]
    assert "withdrew it" in source.rejected[0].reason
    assert "1 children" in note(source, "Marked to be purged")
    assert "1 of 2 (C1)" in note(source, "Children without any event")


def test_a_purged_record_at_any_level_is_listed_by_its_path_and_not_read():
    source = read(child(
        episode(child_and_family_assessments=[assessment("2022-05-03", purge=True)], section_47_assessments=[enquiry(icpc_date="2022-05-20")],
                child_protection_plans=[plan("2022-05-20", purge=True)], adoption={"purge": True}),
        episode(social_care_episode_id="E2", purge=True), child_details={"purge": True},
    ))  # fmt: skip
    assert named(source) == ["referral.receive", "section_47.start", "conference.hold_without_plan"]
    assert {path for _, path, _ in rejected(source)} == {
        "$[0].social_care_episodes[0].child_and_family_assessments[0].purge", "$[0].social_care_episodes[0].child_protection_plans[0].purge",
        "$[0].social_care_episodes[0].adoption.purge", "$[0].social_care_episodes[1].purge", "$[0].child_details.purge",
    }  # fmt: skip


def test_a_purge_flag_that_is_false_purges_nothing():
    source = read(child(episode(purge=False), purge=False))
    assert (named(source), source.rejected) == (["referral.receive"], [])


# what is odd


@pytest.mark.parametrize(
    ("change", "path", "why"),
    [({"referral_date": "2022-13-01"}, "referral_date", "not a date"), ({"referral_date": 20220502}, "referral_date", "is a number where a date"),
     ({"referral_date": "05/16/2022"}, "referral_date", "no month 16"), ({"closure_date": "2099-12-31"}, "closure_date", "lies in 2099"),
     ({"referral_source": {}}, "referral_source", "an object where a text"), ({"child_and_family_assessments": {}}, "child_and_family_assessments", "an object where an array"),
     ({"section_47_assessments": ["x"]}, "section_47_assessments[0]", "a text where an object"), ({"purge": "perhaps"}, "purge", "it was left out"),
     ({"referral_no_further_action_flag": "false"}, "referral_no_further_action_flag", "it was read as false"), ({"adoption": {"placed_date": "soon"}}, "adoption.placed_date", "not a date")],
)  # fmt: skip
def test_what_is_not_as_the_schema_says_is_rejected_by_its_path_and_the_rest_is_kept(change, path, why):
    source = read(child(episode(**change), episode(social_care_episode_id="E2")))
    (one,) = source.rejected
    assert (one.row, one.column) == (1, f"$[0].social_care_episodes[0].{path}") and why in one.reason
    assert ("C1", "referral.receive", "E2", "2022-05-02") in events(source)


def test_all_faults_are_listed_at_once_in_their_order():
    source = read(
        child(episode(referral_date="x", closure_date="y")),
        {"la_child_id": "C2", "child_details": {"date_of_birth": "z"}},
    )
    assert [path.rpartition(".")[2] for _, path, _ in rejected(source)] == [
        "referral_date",
        "closure_date",
        "date_of_birth",
    ]


@pytest.mark.parametrize("identity", [9212044, "9212044", "9212044.0"])
def test_an_id_may_be_a_number(identity):
    assert read(child(episode(), la_child_id=identity)).events["case_id"].to_list() == ["9212044"]


def test_a_child_without_an_id_has_its_dates_rejected_together():
    source = read({"social_care_episodes": [episode(closure_date="2022-06-01")]}, child(episode()))
    assert rejected(source) == [(1, "$[0].la_child_id", "")]
    assert "none of the 2 dates" in source.rejected[0].reason
    assert len(source.events) == 1


def test_an_episode_without_an_id_goes_by_its_place():
    source = read(child({"referral_date": "2022-05-02"}))
    assert events(source) == [("C1", "referral.receive", "$[0].social_care_episodes[0]", "2022-05-02")]
    assert rejected(source) == [(1, "$[0].social_care_episodes[0].social_care_episode_id", "")]


def test_of_two_records_of_one_id_the_first_is_read():
    source = read(child(episode(), episode(referral_date="2022-06-01")), child(episode(social_care_episode_id="E2")))
    assert [row[2:] for row in events(source)] == [("E1", "2022-05-02"), ("E2", "2022-05-02")]
    assert rejected(source) == [(1, "$[0].social_care_episodes[1].social_care_episode_id", "E1")]


def test_a_name_that_stands_twice_in_an_object_is_not_guessed_at():
    text = '[{"la_child_id": "C1", "social_care_episodes": [{"social_care_episode_id": "E1", "referral_date": "2022-05-02", "referral_date": "2022-05-03"}]}]'
    source = daily_api.read(text.encode(), "x")
    assert len(source.events) == 0
    assert "more than once" in source.rejected[0].reason


def test_unknown_properties_are_noted():
    assert "2 widget" in note(read(child(episode(widget=1), widget={"a": [1]})), "passed over")


@pytest.mark.parametrize("text", ['{"la_child_id": "\\ud800"}', '{"la_child_id": "a\\u0000b"}', '{"la_child_id": NaN}', '{"la_child_id": 1e999}',
                                  '{"la_child_id": "C1", "la_child_id": "C2"}', '{"la_child_id": ' + "9" * 5000 + "}", '{"la_child_id": true}', "7"])  # fmt: skip
def test_a_child_whose_id_is_none_is_rejected_and_the_others_are_read(text):
    source = daily_api.read(f"[{text}, {json.dumps(child(episode()))}]".encode(), "x")
    assert {row for row, _, _ in rejected(source)} == {1}
    assert [row[0] for row in events(source)] == ["C1"]


def test_half_characters_elsewhere_are_left_out_and_told():
    source = daily_api.read(json.dumps([child(episode(referral_source="\ud800", **{"\ud801": 1}))]).encode(), "x")
    assert source.events["detail.source"].to_list() == [""]
    assert "\\ud801" in note(source, "passed over")


def test_one_child_alone_or_an_array_under_a_name_is_read():
    assert len(daily_api.read(json.dumps(child(episode())).encode(), "x").events) == 1
    source = daily_api.read(json.dumps({"children": [child(episode())]}).encode(), "x")
    assert len(source.events) == 1 and "'children'" in note(source, "the array alone")


def test_more_children_than_the_api_takes_are_noted():
    assert "101 children" in note(read(*(child(episode(), la_child_id=f"C{n}") for n in range(101))), "at a time")


# what is refused


@pytest.mark.parametrize(
    ("content", "why"),
    [("[{", "line 1, column 3: is not JSON"), ("[]", "not a payload"), ('{"a": 1}', "not a payload"), ('[{"a": 1}]', "not a payload"), ("[" * 100_000, "nested deeper"),
     ('{"a":' * 100_000, "nested deeper"), ("[{}]".encode("utf-16"), "UTF-16"), (b"[\xff]", "not UTF-8")],
)  # fmt: skip
def test_what_is_no_payload_is_refused_with_what_is_wrong(content, why):
    assert why in refusal(content)


def test_a_payload_of_more_children_than_any_authority_has_is_refused_before_it_is_read():
    message = refusal("[" + '{"la_child_id": "C"},' * MOST_CHILDREN + '{"la_child_id": "D"}]')
    assert f"holds {MOST_CHILDREN + 1:,} children; {MOST_CHILDREN:,} are the most" in message
    assert "Write one authority's at a time" in message


def test_a_payload_of_more_objects_than_any_authority_has_is_refused_before_it_is_read():
    message = refusal('[{"la_child_id": "C", "social_care_episodes": [' + "{}," * 500_000 + "{}]}]")
    assert "holds 500,002 objects; 500,000 are the most" in message


def test_a_payload_in_which_no_date_can_be_read_is_given_up_with_the_first_of_each_fault():
    spoilt = [episode(social_care_episode_id=f"E{n}", referral_date="soon", closure_date=7) for n in range(50)]
    message = refusal(json.dumps([child(*spoilt, la_child_id=f"C{n}") for n in range(101)]))
    assert "has no date that can be read in its first 100 children, and the others were not looked at" in message
    assert "row 1, column $[0].social_care_episodes[0].referral_date: 'soon' is not a date" in message
    assert "row 1, column $[0].social_care_episodes[0].closure_date: '7' is a number where a date belongs" in message
    assert "So it is in 4,999 more." in message


def test_one_date_that_can_be_read_and_all_that_is_wrong_is_listed():
    spoilt = [episode(social_care_episode_id=f"E{n}", referral_date="soon") for n in range(50)]
    source = read(child(episode(), la_child_id="C"), *(child(*spoilt, la_child_id=f"C{n}") for n in range(201)))
    assert (source.events.height, len(source.rejected)) == (1, 50 * 201)


def test_children_of_whom_a_payload_says_nothing_are_no_fault_however_many():
    source = read(*({"la_child_id": f"C{n}"} for n in range(11_000)))
    assert (source.events.height, source.rejected) == (0, [])
    assert "11000 of 11000" in note(source, "Children without any event")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["2022-05-02", "E1", "true"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*_SCHEMA, *_SCHEMA["social_care_episodes"][0], "start_date", "x"]), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(JSON, JSON)
def test_whatever_json_stands_in_a_payload_is_read_or_rejected(first: Any, second: Any):
    source = read(
        child(episode(**(first if isinstance(first, dict) else {"adoption": first}))),
        {"la_child_id": "C2", "social_care_episodes": second},
    )
    assert set(source.events["case_id"].to_list()) <= {"C1", "C2"}


# the schema and an audit


def test_the_schema_is_the_apis():
    if not SHARED.is_file():
        pytest.skip(f"the shared folder with {SHARED.name} is not beside this checkout")
    api = json.loads(SHARED.read_text())["components"]["schemas"]["CSC"]["items"]

    def kind(said: Any, name: str) -> Any:
        if said["type"] == "object":
            return {key: kind(value, key) for key, value in said["properties"].items()}
        if said["type"] == "array":
            return [kind(said["items"], name)] if said["items"]["type"] == "object" else "texts"
        plain = {"boolean": "flag", "integer": "number"}.get(said["type"], "text")
        return "date" if said.get("format") == "date" else plain

    def bare(said: Any) -> Any:
        if isinstance(said, dict):
            return {key: bare(value) for key, value in said.items()}
        return [bare(said[0])] if isinstance(said, list) else "text" if said == "id" else said

    assert bare(_SCHEMA) == kind(api, "")


def test_the_apis_own_example_is_read_without_a_fault():
    if not SHARED.is_file():
        pytest.skip(f"the shared folder with {SHARED.name} is not beside this checkout")
    example = json.loads(SHARED.read_text())["components"]["schemas"]["CSC"]["items"]["example"]
    source = read(example)
    assert source.rejected == []
    assert named(source) == [
        "referral.receive", "single_assessment.start", "single_assessment.sign_off", "section_47.start", "conference.hold_with_plan",
        "referral.close",
    ]  # fmt: skip


def test_an_audit_tells_the_clocks_of_a_whole_episode():
    found = run(read(child(episode(
        closure_date="2022-09-30", closure_reason="RC7", referral_source="6", section_47_assessments=[enquiry(icpc_date="2022-05-26")],
        child_and_family_assessments=[assessment("2022-05-04", authorisation_date="2022-07-06")],
    ))))  # fmt: skip
    assert found.timers["single_assessment.completion"] == {"met": 1}
    assert found.timers["conference.hold"] == {"late": 1}
    assert found.timers["referral.decision"] == {"cannot_tell": 1}
