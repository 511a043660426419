"""What is said of a fault and of a deadline is made from numbers alone: the same to a desk as in an audit."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import attrs
import generate
import pytest

from frontdoor.compiled import EVERYTHING, Compiled, compile_rules
from frontdoor.errors import count, seconds
from frontdoor.explanation import explained
from frontdoor.formats import flat_csv
from frontdoor.kernel import FAULTS
from frontdoor.library import Library, load
from frontdoor.replay.audit import Audit, run
from frontdoor.replay.explain import explain
from frontdoor.sentences import WHY, Length, length, recorded_late, sentence
from frontdoor.timescale import Timescale
from frontdoor.verdict import CALENDAR_ENDS, UNSEEN


@cache
def library() -> Library:
    return load(local=["london_mash", "wexcombe"])


@cache
def compiled() -> Compiled:
    return compile_rules(library())


def said(rule: str, event: str = "", **facts: Any) -> str:
    """A sentence about an event under the edition of 2013."""
    facts = {"edition": 2, **facts}
    return sentence(compiled(), rule, event=event, transition=compiled().numbers.get(event, -1), **facts)


def state(workflow: str, name: str) -> int:
    return compiled().states[compiled().workflows.index(workflow)].index(name)


@pytest.mark.parametrize(
    ("rule", "event", "facts", "expected"),
    [
        (
            "illegal-transition", "mash.refer", {"found": ("mash", "triage")},
            "'Make it a referral' was recorded in 'In triage, not yet rated'; it may be done only in 'Rated red: gather "
            "information now' or 'Rated amber: gather information soon' or 'Rated green: gather information in the ordinary "
            "way'. There may be done: rate_red, rate_amber, rate_green, share, discuss. (workflows/mash.toml [transitions.refer])",
        ),
        (
            "after-close", "contact.refer", {"found": ("contact", "signposted")},
            "'Make it a referral' was recorded after the contact had ended in 'Signposted to another service'; nothing was "
            "changed. (workflows/contact.toml [transitions.refer])",
        ),
        (
            "unknown-event", "referral.aknowledge", {},
            "There is no event 'referral.aknowledge' in workflows/referral.toml; nothing was applied. Did you mean referral.acknowledge?",
        ),
        (
            "wrong-role", "referral.accept", {"given_role": "manger"},
            "'Accept it for assessment' was done in the role of manger; it may be done by social_worker or edt_officer or manager. Did "
            "you mean manager? (workflows/referral.toml [transitions.accept])",
        ),
        (
            "not-in-edition", "core_assessment.start", {},
            "Core assessment was opened under working_together_2013, which does not have it (workflows/guidance/working_together_2013.toml).",
        ),
        (
            "recorded-late", "contact.receive", {"happened": "2014-03-03", "recorded": "2014-03-10"},
            "Happened 2014-03-03 and was recorded 2014-03-10: later than the first working day after it happened (a measure of "
            "the audit's own; the guidance sets no figure).",
        ),
        (
            "recorded-late", "contact.receive", {},
            "Was recorded later than the first working day after it happened (a measure of the audit's own; the guidance sets "
            "no figure).",
        ),
    ],
    ids=[
        "illegal-transition", "after-close", "unknown-event", "wrong-role", "not-in-edition", "recorded-late",
        "recorded-late-some-day",
    ],
)  # fmt: skip
def test_a_fault_is_a_sentence_that_says_what_happened_and_which_file_makes_the_rule(rule, event, facts, expected):
    found = {name: state(*value) if name == "found" else value for name, value in facts.items()}
    assert said(rule, event, **found) == expected


def test_missing_details_are_those_that_were_not_given():
    needs = compiled().composed(2).workflows["referral"].transitions["discuss"].needs
    assert needs == ("agencies", "decision")
    given = 1 << compiled().details["agencies"]
    assert "recorded without agencies and decision, which" in said("missing-detail", "referral.discuss")
    assert "recorded without decision, which" in said("missing-detail", "referral.discuss", given=given)


@pytest.mark.parametrize("share", range(4))
def test_an_audit_says_of_every_fault_what_is_said_of_its_numbers(share):
    seen = set()
    for seed in range(share, 80, 4):
        found = run(flat_csv.read(generate.log(seed).encode(), "log.csv"), library())
        rows = {row["position"]: row for row in found.log.frame.iter_rows(named=True)}
        for finding in found.findings.iter_rows(named=True):
            if finding["rule"] in FAULTS:
                assert finding["message"] == of_numbers(found, finding, rows[finding["position"]])
                seen.add(finding["rule"])
    assert len(seen) > 7


def of_numbers(found: Audit, finding: dict[str, Any], row: dict[str, Any]) -> str:
    folded, number = found.folded, row["row"]
    edition = folded.episodes["edition"][folded.rows["episode"][number]]
    return sentence(
        found.log.compiled, finding["rule"], event=finding["event"], transition=row["transition"],
        edition=edition, found=folded.rows["found"][number], given=row["given"], given_role=row["role"],
        happened=finding["happened_at"][:10], recorded=finding["recorded_at"][:10],
    )  # fmt: skip


def test_an_event_that_another_edition_alone_declares_is_spoken_of_as_it_is_there():
    """An older library let people do what today's does not; the episode is bound to today's."""
    bare = load()
    flows = dict(bare.composed["working_together_2026"].workflows)
    contact = flows["contact"]
    less = {name: move for name, move in contact.transitions.items() if name != "signpost"}
    flows["contact"] = attrs.evolve(contact, transitions=less)
    composed = {
        name: attrs.evolve(one, workflows={**one.workflows, "contact": flows["contact"]})
        for name, one in bare.composed.items()
    }
    both = compile_rules(attrs.evolve(bare, composed=composed), EVERYTHING, None, [bare])
    told = sentence(
        both, "illegal-transition", event="contact.signpost", transition=both.numbers["contact.signpost"], edition=6,
        found=both.states[both.workflows.index("contact")].index("received"),
    )  # fmt: skip
    assert told.startswith(f"'{contact.transitions['signpost'].title}' was recorded in ")


# How long a timer allows.


def test_a_length_says_which_guidance_sets_it_and_where_that_is_written():
    one = length(compiled(), 1, compiled().timers.index("core_assessment.completion"), 0)
    assert (one.timer, one.guidance, one.allowed, one.unit, one.basis) == (
        "core_assessment.completion", "working_together_2010", 35, "working days", "statutory",
    )  # fmt: skip
    assert one.scale == Timescale.parse("35 working days") and one.title
    assert one.cites.endswith(
        "workflows/guidance/working_together_2010.toml [workflows.core_assessment.timers.completion]"
    )


def test_a_clock_that_recurs_may_allow_another_length_from_the_second_on():
    review = compiled().timers.index("single_assessment.review")
    assert [str(length(compiled(), 2, review, again).scale) for again in (0, 1)] == [
        "10 working days",
        "15 working days",
    ]
    decision = compiled().timers.index("referral.decision")
    assert length(compiled(), 2, decision, 1).scale == length(compiled(), 2, decision, 0).scale


def test_before_any_edition_nothing_has_a_length():
    one = length(compiled(), -1, compiled().timers.index("referral.decision"), 0)
    assert one == Length(
        "referral.decision", "", None, "statutory", "no edition of the guidance was in force yet", one.title
    )
    assert (one.allowed, one.unit) == (None, "")


# How a due date was counted.


def test_an_explanation_is_made_of_numbers_and_plain_facts_as_an_audit_makes_it():
    day = date(2009, 12, 18)
    log = f"case_id,event,happened_at\nC-1,referral.receive,{day}\nC-1,referral.accept,{day + timedelta(5)}\n"
    (audited,) = explain(run(flat_csv.read(log.encode(), "log.csv"), library()), "C-1", "referral.decision")
    made = explained(
        compiled(), edition=0, timer=compiled().timers.index("referral.decision"), again=0, case="C-1", episode="referral-1",
        opened=day, counts_from="referral.receive", counted_from=day, counted_row=1, due="2009-12-21",
        stopped_by="referral.accept", stopped_at=day + timedelta(5), stopped_row=2, status="late", over=2, why=0,
    )  # fmt: skip
    assert made == audited and made.text == audited.text


@pytest.mark.parametrize("why", [CALENDAR_ENDS, UNSEEN])
def test_an_explanation_says_why_a_status_cannot_be_told(why):
    made = explained(
        compiled(), edition=0, timer=0, again=0, case="C-1", episode="contact-1", opened=date(2009, 1, 1), counts_from="",
        counted_from=None, counted_row=None, due="", stopped_by="", stopped_at=None, stopped_row=None,
        status="cannot_tell", over=None, why=why,
    )  # fmt: skip
    assert f"cannot tell: {WHY[why]}" in made.text


def test_none_of_it_needs_a_table():
    code = "import sys, frontdoor.sentences, frontdoor.explanation, frontdoor.keeping; print(*{'polars', 'numpy'} & {*sys.modules})"
    run_ = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1]
    )
    assert run_.stdout.strip() == ""


def test_two_days_make_the_sentence_of_what_was_recorded_late():
    assert recorded_late("2014-03-03", "2014-03-10").startswith(
        "Happened 2014-03-03 and was recorded 2014-03-10: later"
    )


@pytest.mark.parametrize(
    "said, text",
    [
        (count(0, "event"), "0 events"), (count(1, "event"), "1 event"), (count(1_234, "breach"), "1,234 breaches"),
        (seconds(1), "1 second"), (seconds(1.0), "1 second"), (seconds(0.5), "0.5 seconds"), (seconds(5.0), "5 seconds"),
    ],
)  # fmt: skip
def test_one_is_told_as_one_and_several_as_several(said: str, text: str) -> None:
    assert said == text
