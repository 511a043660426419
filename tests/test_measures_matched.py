"""Measures of matched files, whose children are known to sources that can tell different things, and of parts of a file."""

from __future__ import annotations

import attrs
import pytest

from frontdoor import audit
from frontdoor.compiled import Carries
from frontdoor.formats import Source, flat_csv
from frontdoor.formats.matching import matched
from frontdoor.replay import facts
from frontdoor.replay.facts import Facts
from frontdoor.replay.measures import rereferral, waits

LOG = """case_id,event,happened_at
X,referral.receive,2024-01-02T09:00
X,referral.accept,2024-01-02T10:00
X,referral.close,2024-03-28T10:00
"""
LIST = """case_id,event,happened_at
Y,referral.receive,2024-01-05
Y,referral.receive,2024-03-01
"""
SOME_MONTHS = Carries(
    frozenset({"referral.receive"}),
    roles=False,
    details=frozenset(),
    logged=False,
    partial=frozenset({"referral.receive"}),
)
"""A list of the referrals of some months, which does not say when one was closed."""


def both() -> Source:
    listed = attrs.evolve(flat_csv.read(LIST.encode(), "list.csv"), carries=SOME_MONTHS)
    return matched([flat_csv.read(LOG.encode(), "log.csv"), listed])


def test_a_referral_after_one_that_may_have_been_closed_is_counted_and_the_measure_says_so() -> None:
    found, _ = rereferral.by_dfe(facts.of(audit(both())))
    assert [(row.value, row.n, dict(row.left_out)) for row in found.rows] == [(1 / 3, 3, {})]
    assert any("1 of the referrals came after one of which this source cannot tell" in note for note in found.notes)


def test_a_child_known_only_from_a_list_of_some_months_is_left_out_of_annex_as_measure() -> None:
    """As it is where that list is all there is: a referral before it is not in it."""
    found = rereferral.by_annex_a(facts.of(audit(both())))[0]
    assert [(row.value, row.n) for row in found.rows] == [(0.0, 1)]
    assert sum(found.rows[0].left_out.values()) == 1


def test_a_list_of_some_months_alone_cannot_tell_it() -> None:
    alone = attrs.evolve(flat_csv.read(LIST.encode(), "list.csv"), carries=SOME_MONTHS)
    assert rereferral.by_annex_a(facts.of(audit(alone)))[0].untold


WAITS = """case_id,event,happened_at,team
A,referral.receive,2024-01-02T09:00,North
A,referral.accept,2024-01-03T10:00,North
A,single_assessment.start,2024-01-12T10:00,South
A,single_assessment.sign_off,2024-01-22T10:00,South
B,referral.receive,2024-01-02T09:00,South
B,referral.accept,2024-01-03T10:00,South
B,section_47.start,2024-01-08T10:00,North
B,section_47.decide_no_conference,2024-01-15T10:00,North
B,contact.receive,2024-02-01T10:00,North
"""


@pytest.mark.parametrize("by", ["workflow", "team"])
def test_the_days_of_unguarded_waits_of_the_parts_add_up_to_those_of_the_whole(by: str) -> None:
    whole = facts.of(audit(flat_csv.read(WAITS.encode(), "log.csv")))
    parts = [whole.only(**{by: value}) for value in whole.episodes[by].unique()]

    def days(some: Facts) -> float:
        return sum(row.value or 0 for row in waits.measures(some)[0].rows)

    assert days(whole) > 0
    assert sum(map(days, parts)) == days(whole)
    assert all("of the part that is counted" in waits.measures(part)[0].notes[0] for part in parts)
    assert not waits.measures(whole)[0].notes
