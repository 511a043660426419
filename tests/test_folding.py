"""A case that is folded fact by fact, as it is recorded, comes to what it comes to when it is read anew and folded whole."""

from __future__ import annotations

import uuid
from pathlib import Path

import attrs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frontdoor import load, read
from frontdoor.desk.folding import Folding, times_of
from frontdoor.desk.recording import named
from frontdoor.desk.rulebook import Rulebook
from frontdoor.desk.views import standing
from frontdoor.event import Draft
from frontdoor.formats import flat_csv
from frontdoor.formats.source import DETAIL, Source, happened_at, recorded_at
from frontdoor.testing import histories, libraries

EXAMPLE = Path(__file__).parents[1] / "examples" / "inspection_2009.csv"


def facts(source: Source) -> list[list[Draft]]:
    """The events of each case of a source."""
    cases: dict[str, list[Draft]] = {}
    for number, row in enumerate(source.events.iter_rows(named=True)):
        details = {name: row[DETAIL + name] for name in source.details if row[DETAIL + name]}
        cases.setdefault(row["case_id"], []).append(Draft(
            row["case_id"], row["event"], happened_at(row), recorded_at(row), row["actor"], row["role"], row["episode"],
            row["family"], details, str(uuid.UUID(int=number)),
        ))  # fmt: skip
    return list(cases.values())


def told(folding: Folding) -> list[object]:
    """All that a folding says."""
    places = range(len(folding.rows))
    return [
        [fact.event_id for fact in folding.rows],
        [(folding.faults(place), folding.episode(place)) for place in places],
        [folding.states(place) for place in places if folding.episode(place) >= 0],
        [(folding.names[e], folding.workflow(e), folding.state(e), folding.opening(e)) for e in folding.episodes],
        folding.at_rest,
        [folding.moments[row] for row in (-1, *places)],
        standing(folding, {fact.case_id: {} for fact in folding.rows}),
    ]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_a_case_folded_fact_by_fact_is_the_case_folded_whole(data: st.DataObject) -> None:
    library = data.draw(libraries())
    source = flat_csv.read(data.draw(histories(library)).encode(), "history")
    rulebook = Rulebook(library)
    for case in facts(source):
        folding = Folding(rulebook, [])
        for number, fact in enumerate(case):
            before = told(folding)
            more = folding.and_then(fact)
            assert told(more) == told(Folding(rulebook, [*(folding.rows[row] for row in folding.row_of), fact]))
            assert told(folding) == before, "what was folded before stays as it was"
            more.recorded([named(more, number, fact)])
            folding = more
        whole = Folding(rulebook, [folding.rows[row] for row in folding.row_of])
        assert told(folding) == told(whole), "and as the log would have it"


def test_of_a_case_is_remembered_what_was_said_last_and_nothing_that_was_said_before() -> None:
    rulebook = Rulebook(load())
    for case in facts(read(EXAMPLE)):
        folding = Folding(rulebook, [])
        for fact in case:
            before, folding = folding.said, folding.and_then(fact)
            (stands,) = standing(folding, {fact.case_id: {}})
            assert (*folding.said.values(),) == stands.deadlines
            there = {row: row for row in before.values()}
            assert all(there.get(row, row) is row for row in stands.deadlines), "what is the same is not made again"


def test_thousands_of_facts_folded_together_come_to_what_each_case_comes_to_alone() -> None:
    rulebook, cases = Rulebook(load()), facts(read(EXAMPLE))
    copies = [
        [attrs.evolve(fact, case_id=f"{fact.case_id}/{number}") for fact in case]
        for number in range(2_000 // sum(map(len, cases)))
        for case in cases
    ]
    every = [fact for case in copies for fact in case]
    together, place = Folding(rulebook, every, [times_of(fact) for fact in every]), 0
    judged = iter(together.at_rest)
    for case in copies:
        alone = Folding(rulebook, case)
        names = [together.names[e] for e in together.episodes if together.opening(e).case_id == case[0].case_id]
        assert names == alone.names
        for number in range(len(case)):
            assert together.faults(place) == alone.faults(number)
            assert (together.episode(place) < 0) == (alone.episode(number) < 0)
            if alone.episode(number) >= 0:
                assert together.opening(together.episode(place)) == alone.opening(alone.episode(number))
                assert together.states(place) == alone.states(number)
            place += 1
        for one in alone.at_rest:
            other = next(judged)
            assert (other.timer, other.status, other.first, other.last) == (one.timer, one.status, one.first, one.last)
    assert next(judged, None) is None
