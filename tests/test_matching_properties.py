"""Properties of matching: one log in parts is judged as the whole, the order of files decides only who is believed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import generate
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from frontdoor.errors import InputError
from frontdoor.formats import cin_census, flat_csv
from frontdoor.formats.matching import matched
from frontdoor.moment import local_day, parse, written
from tests.several import (
    Rows,
    assert_same,
    audited,
    library,
    rows_of,
    source_of,
)
from tests.trying import examples

SHARED = Path(__file__).parents[2] / "shared/data/cin"


# properties


NUMBERS = st.integers(0, 100_000)


@settings(max_examples=examples(30), deadline=None)
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


@settings(max_examples=examples(30), deadline=None)
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


@settings(max_examples=examples(30), deadline=None)
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


@settings(max_examples=examples(40), deadline=None)
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


@settings(max_examples=examples(30), deadline=None)
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


def parted(rows: Rows, how: str, rng: random.Random) -> list[Rows]:
    """Two parts of one log: by child, by workflow, or by time (where it can be, before the second episode of a child's
    workflow)."""
    names = sorted({_flow(row) if how == "workflow" else row["case_id"].strip() for row in rows})
    here = {name for name in names if rng.random() < 0.5}
    opened = [(row["case_id"].strip(), _flow(row)) if row["event"].strip() in OPENINGS else None for row in rows]
    again = [n for n, one in enumerate(opened) if one and one in opened[:n]]
    cut = rng.choice(again or range(len(rows) + 1))
    sides = {
        "time": lambda n, row: n < cut,
        "child": lambda n, row: row["case_id"].strip() in here,
        "workflow": lambda n, row: _flow(row) in here,
    }
    return [[row for n, row in enumerate(rows) if sides[how](n, row) == side] for side in (True, False)]


def some_again(rows: Rows, rng: random.Random) -> Rows:
    """The rows with some more that open another episode a few days later."""
    more = []
    for row in rows:
        if row["event"].strip() in OPENINGS and rng.random() < 0.3:
            later = datetime.fromisoformat(row["happened_at"]) + timedelta(days=rng.randrange(1, 7), seconds=77)
            label = row.get("episode", "").strip()
            more.append(row | {"happened_at": written(later), "episode": label and f"{label} again"})
    return sorted([*rows, *more], key=lambda row: parse(row["happened_at"]))


def _flow(row: dict[str, str]) -> str:
    return row["event"].strip().partition(".")[0]


def once_opened(rows: Rows) -> Rows:
    """The rows but those that open an episode under a label that is in use: of another file that would be another one."""
    found: dict[tuple[str, ...], None] = {}
    left = []
    for row in rows:
        label = (row["case_id"].strip(), _flow(row), row.get("episode", "").strip())
        if row["event"].strip() in OPENINGS and label[2]:
            if label in found:
                continue
            found[label] = None
        left.append(row)
    return left


OPENINGS = {f"{name}.{library().anywhere(name).opens_with}" for name in library().names()}


def begun_late(parts: Sequence[Rows]) -> set[tuple[str, str]]:
    """Children and workflows of which the parts that tell of the workflow begin only after the child does."""
    begins: dict[str, date] = {}
    children: dict[str, date] = {}
    for part in parts:
        first = min(local_day(datetime.fromisoformat(row["happened_at"])) for row in part)
        for row in part:
            day = local_day(datetime.fromisoformat(row["happened_at"]))
            begins[_flow(row)] = min(first, begins.get(_flow(row), first))
            children[row["case_id"].strip()] = min(day, children.get(row["case_id"].strip(), day))
    return {(child, flow) for child, day in children.items() for flow, first in begins.items() if day < first}


@pytest.mark.parametrize("how", ["time", "child", "workflow"])
@settings(max_examples=examples(25), deadline=None)
@given(NUMBERS, st.randoms(use_true_random=False))
def test_a_log_in_two_is_judged_as_the_whole_or_cannot_be_told_where_its_parts_begin_late(how, number, rng):
    rows, columns = rows_of(number)
    rows = once_opened(some_again([row for row in rows if row["case_id"].strip()], rng))
    parts = parted(rows, how, rng) if rows else [rows]
    if not all(parts):
        return
    sources = [source_of(part, columns, f"{n}.csv") for n, part in enumerate(parts)]
    late = begun_late(parts)
    whole = audited(source_of(rows, columns, "whole.csv"))
    # Of two episodes open at once a later part cannot place what has no label, where others of that workflow have one.
    overlaps = whole.findings.filter(rule="overlap").select("case_id", "event").rows() if how == "time" else []
    unlabelled, labelled = (
        {(row["case_id"].strip(), _flow(row)) for row in rows if bool((row.get("episode") or "").strip()) is named} for named in (False, True)
    )  # fmt: skip
    unclear = {(case, event.partition(".")[0]) for case, event in overlaps} & unlabelled & labelled
    for both in (matched(sources), matched(sources[::-1])):
        audit = audited(both)
        assert both.matches.contradictions == ()
        assert written(audit.as_at) == written(whole.as_at)
        keys = ("case_id", "timer", "counts_from", "counted_from", "stopped_at", "status")
        mine, its = (Counter(one.deadlines.select(keys).rows()) for one in (audit, whole))
        for case, timer, *_, status in mine - its:
            if (case, timer.partition(".")[0]) in unclear:
                continue
            about = {timer.partition(".")[0], *(a.partition(".")[0] for a in ANCHORS[timer])}
            assert status == "cannot_tell", (case, timer, status)
            assert any((case, flow) in late for flow in about), (case, timer)
        assert Counter(row[:2] for row in mine.elements()) == Counter(row[:2] for row in its.elements())
        found, known = (
            Counter(one.findings.filter(severity="error").select("rule", "case_id", "event", "happened_at").rows())
            for one in (audit, whole)
        )
        assert not [one for one in found - known if (one[1], one[2].partition(".")[0]) not in unclear]


ANCHORS = {
    f"{name}.{timer.name}": [anchor if "." in anchor else f"{name}.{anchor}" for anchor in timer.counts_from]
    for name in library().names() for timer in library().anywhere(name).timers.values()
}  # fmt: skip
