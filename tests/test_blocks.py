"""Folding block by block: whoever folds what, and however the cases are dealt out, the answer is the same."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import attrs
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from frontdoor import load
from frontdoor.compiled import EVERYTHING, Carries
from frontdoor.formats import Source, flat_csv
from frontdoor.moment import Happened, parse
from frontdoor.replay import audit, folding
from frontdoor.replay.columns import lay_out
from tests import generate

LIBRARY = load()


def source(*seeds: int) -> Source:
    """Some random logs in one, their cases told apart."""
    texts = [generate.log(seed) for seed in seeds]
    frames = [flat_csv.read(text.encode(), "log.csv") for text in texts]
    events = pl.concat(
        [
            one.events.with_columns(case_id=pl.format("{}-{}", pl.lit(n), "case_id"))
            for n, one in enumerate(frames)
        ],
        how="diagonal",
    )  # fmt: skip
    details = [name for name in events.columns if name.startswith("detail.")]
    events = events.with_columns(pl.col(details).fill_null(""), position=pl.int_range(1, pl.len() + 1))
    return attrs.evolve(frames[0], events=events, details=tuple(name.removeprefix("detail.") for name in details))


def same(one: folding.Folded, other: folding.Folded) -> None:
    for name in ("rows", "episodes", "judged"):
        assert_frame_equal(getattr(one, name), getattr(other, name))


def tables(found: audit.Audit) -> list[list[dict[str, Any]]]:
    return [found.deadlines.to_dicts(), found.findings.to_dicts()]


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(0, 200), min_size=1, max_size=3), st.integers(1, 40))
def test_blocks_of_any_size_come_to_the_same(seeds: list[int], block: int) -> None:
    log = lay_out(source(*seeds), LIBRARY)
    same(folding.fold(log, compile_from=None, block=block), folding.fold(log, compile_from=None))


def test_compiled_blocks_come_to_the_same() -> None:
    log = lay_out(source(*range(12)), LIBRARY)
    same(folding.fold(log, compile_from=0, block=50), folding.fold(log, compile_from=None))


def test_a_case_is_never_parted_however_small_the_block() -> None:
    log = lay_out(source(1, 2, 3), LIBRARY)
    cases = [set(log.rows["case"].gather(rows)) for _, rows in log.blocks(1)]
    assert len(cases) == len(set().union(*cases)) == log.rows["case"].n_unique()


def test_a_log_without_events_folds_to_nothing() -> None:
    nothing = lay_out(attrs.evolve(source(1), events=source(1).events.clear()), LIBRARY)
    folded = folding.fold(nothing, compile_from=None)
    assert (folded.rows.height, folded.episodes.height, folded.judged.height) == (0, 0, 0)


@settings(deadline=None, max_examples=12)
@given(st.lists(st.integers(0, 200), min_size=2, max_size=4), st.integers(0, 5), st.integers(1, 30))
def test_children_dealt_out_to_groups_that_carry_the_same_are_judged_as_one(
    seeds: list[int], salt: int, block: int
) -> None:
    one = source(*seeds)
    dealt = pl.col("case_id").rank("dense").cast(pl.Int64).add(salt) % 3
    several = attrs.evolve(one, events=one.events.with_columns(group=dealt), groups=(one.carries,) * 3)
    log = lay_out(several, LIBRARY)
    folded = folding.fold(log, compile_from=None, block=block)
    same(
        attrs.evolve(folded, judged=folded.judged.drop("group", "d")),
        attrs.evolve(
            whole := folding.fold(lay_out(one, LIBRARY), compile_from=None), judged=whole.judged.drop("group", "d")
        ),
    )
    assert tables(audit.run(several, LIBRARY)) == tables(audit.run(one, LIBRARY))


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_an_executors_workers_give_the_same_answer(kind: str) -> None:
    one = source(*range(6))
    alone = tables(audit.run(one, LIBRARY))
    spawn = multiprocessing.get_context("spawn")
    workers = ThreadPoolExecutor(2) if kind == "threads" else ProcessPoolExecutor(2, mp_context=spawn)
    with workers:
        assert tables(audit.run(one, LIBRARY, executor=workers)) == alone


TWO = """case_id,event,happened_at
A,referral.receive,2024-01-08T09:00
B,referral.receive,2024-01-08T09:00
B,referral.accept,2024-02-06T09:00
B,contact.receive,2024-03-01T09:00
"""


def two_groups(**changes: Any) -> Source:
    """A child known to a source that cannot say how a referral was decided, and one known to another that can."""
    whole = flat_csv.read(TWO.encode(), "two.csv")
    group = pl.when(pl.col("case_id") == "A").then(0).otherwise(1).cast(pl.Int64)
    narrow = Carries(frozenset({"referral.receive", "referral.close"}), roles=False, details=frozenset())
    groups = (attrs.evolve(narrow, **changes), EVERYTHING)
    return attrs.evolve(whole, events=whole.events.with_columns(group=group, of=group), groups=groups)


def statuses(found: audit.Audit) -> dict[str, str]:
    wanted = found.deadlines.filter(timer="referral.decision")
    return dict(wanted.select("case_id", "status").iter_rows())


def test_each_child_is_judged_by_what_the_sources_that_know_it_carry() -> None:
    assert statuses(audit.run(two_groups(), LIBRARY)) == {"A": "cannot_tell", "B": "late"}


def test_a_group_is_judged_as_at_the_last_moment_that_its_sources_speak_of() -> None:
    reach = parse("2024-01-08")
    source_ = attrs.evolve(
        two_groups(), groups=(attrs.evolve(EVERYTHING, reach=reach), attrs.evolve(EVERYTHING, reach=reach))
    )
    found = audit.run(source_, LIBRARY)
    assert statuses(found) == {"A": "running", "B": "running"}
    assert found.log.later == 2
    assert statuses(audit.run(source_, LIBRARY, as_at="2024-01-10")) == {"A": "overdue", "B": "overdue"}


def test_a_stop_that_only_a_source_which_ended_earlier_could_tell_of_leaves_the_clock_untold() -> None:
    @attrs.frozen
    class Ending(Carries):
        def told_to(self, transition: str) -> Happened | None:
            return None if transition == "referral.receive" else parse("2024-01-09")

    source_ = attrs.evolve(two_groups(), groups=(Ending(), EVERYTHING))
    assert statuses(audit.run(source_, LIBRARY))["A"] == "cannot_tell"
    assert statuses(audit.run(source_, LIBRARY, as_at="2024-01-09"))["A"] == "running", "up to there it is told"


def test_a_detail_that_the_facts_own_source_has_no_place_for_is_not_missed() -> None:
    every = attrs.evolve(two_groups(), groups=(EVERYTHING, EVERYTHING))
    assert "missing-detail" in audit.run(every, LIBRARY).rules
    bare = Carries(details=frozenset())
    unheld = attrs.evolve(every, groups=(EVERYTHING, EVERYTHING, bare), events=every.events.with_columns(of=pl.lit(2)))
    assert "missing-detail" not in audit.run(unheld, LIBRARY).rules


def test_what_may_have_begun_with_an_event_that_the_source_does_not_hold_is_never_met() -> None:
    """An extract of six months has the assessment, and perhaps not the referral that its days count from."""
    log = """case_id,event,happened_at
A,single_assessment.start,2024-01-08
A,single_assessment.sign_off,2024-02-05
B,single_assessment.start,2024-01-08
B,single_assessment.sign_off,2024-06-03
C,referral.receive,2024-01-04
C,single_assessment.start,2024-01-08
C,single_assessment.sign_off,2024-02-05
"""
    held = Carries(frozenset({"single_assessment.start", "single_assessment.sign_off"}), details=frozenset())
    found = audit.run(attrs.evolve(flat_csv.read(log.encode(), "x.csv"), carries=held), LIBRARY)
    assert found.deadlines.filter(timer="single_assessment.completion").select("case_id", "status", "due").rows() == [
        ("A", "cannot_tell", ""), ("B", "late", ""), ("C", "met", "2024-03-07"),
    ]  # fmt: skip
    assert "cannot-tell" not in found.rules, "what a format cannot carry is no finding"
