"""What a run is laid out on: the agenda's order, and columns that are used again."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdoor.library import load
from frontdoor.simulation.agenda import KINDS, next_at, pop, push
from frontdoor.simulation.block import Block
from frontdoor.simulation.engine import watch
from frontdoor.simulation.holding import hold, nobody_holds, with_room
from frontdoor.simulation.hours import FAR, UNTOLD
from frontdoor.simulation.plan import Teams
from frontdoor.simulation.planning import plan
from frontdoor.simulation.replication import Floor, Speed, speeds
from frontdoor.simulation.run import ROWS, TIME, Agenda, Staff
from frontdoor.simulation.scenario import Policies, Scenario
from tests.test_simulation import DESKS, SOME, a_desk


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=60))
def test_of_one_second_what_was_put_on_the_agenda_first_comes_first(moves: list[tuple[int, bool]]) -> None:
    """Whether it is to come later or there and then: against a list that is sorted by second, then by when it was put there."""
    agenda = Agenda(clock=[100, 0, 0, 0, 0], moment=[0] * 100, matter=[0] * 100, at_once=[0] * 100)
    expected: list[tuple[int, int]] = []
    for number, (later, takes) in enumerate(moves):
        t = agenda.clock[TIME] + later
        push(agenda, t, number % KINDS, number)
        expected.append((t, number))
        if takes:
            expected.sort()
            at, first = expected.pop(0)
            assert next_at(agenda) == at
            assert pop(agenda) == first * KINDS + first % KINDS
            assert agenda.clock[TIME] == at
    for at, first in sorted(expected):
        assert (next_at(agenda), pop(agenda) // KINDS) == (at, first)
    assert next_at(agenda) == FAR


def test_a_floor_that_was_used_says_what_a_fresh_one_does_and_so_does_one_that_had_to_grow() -> None:
    scenario = a_desk(absence=0.2, cap=3, batch=6, known=0.4, policies=Policies(check=True, ageing=86_400), days=40)
    planned = plan(scenario, load(), warm_up=7)
    fresh, used, larger = (Floor.of(planned, speeds(quick=False)) for _ in range(3))
    for number in (5, 6):
        used.replicate(9, number)
    larger.replicate(9, 5)
    larger._grow()
    found = [one.replicate(9, 0) for one in (fresh, used, larger)]
    rows = fresh.run.now[ROWS]
    logs = [[column[:rows] for column in one.events] for one in (fresh, used, larger)]
    assert rows > 100
    assert found[0] == found[1] == found[2]
    assert logs[0] == logs[1] == logs[2]


class FromTheFirst(list[int]):
    """A column that counts no place from the end: compiled code does not, so the engine must never ask for it."""

    def __getitem__(self, place: Any) -> Any:
        assert isinstance(place, slice) or place >= 0
        return super().__getitem__(place)

    def __setitem__(self, place: Any, value: Any) -> None:
        assert isinstance(place, slice) or place >= 0
        super().__setitem__(place, value)


def from_the_first(tables: Any, known: dict[int, Any]) -> Any:
    """The same tables of such columns; what is one column under two names remains one."""
    if isinstance(tables, int):
        return tables
    if id(tables) not in known:
        known[id(tables)] = (
            type(tables)(*(from_the_first(one, known) for one in tables)) if hasattr(tables, "_fields") else FromTheFirst(tables)
        )  # fmt: skip
    return known[id(tables)]


def counting_from_the_first(floor: Floor) -> Floor:
    """A floor of columns that refuse to be counted from the end."""
    known: dict[int, Any] = {}
    floor.tables = tuple(from_the_first(one, known) for one in floor.tables)  # type: ignore[assignment]
    floor.run, floor.book, floor.events, floor.past = (
        from_the_first(one, known) if one else one for one in (floor.run, floor.book, floor.events, floor.past)
    )
    return floor


@SOME
@given(DESKS, st.integers(0, 2**32))
def test_no_place_is_counted_from_the_end(scenario: Scenario, seed: int) -> None:
    planned = plan(scenario, load(), warm_up=0)
    strict = counting_from_the_first(Floor.of(planned, speeds(quick=False)))
    assert strict.replicate(seed, 0) == Floor.of(planned, speeds(quick=False)).replicate(seed, 0)


def test_columns_that_were_lengthened_are_of_the_kind_they_were() -> None:
    """Of another kind, the engine would be compiled again in the midst of a run."""
    numpy = pytest.importorskip("numpy")
    floor = Floor.of(plan(a_desk(days=30), load(), warm_up=0), Speed({}, numpy))
    before = [floor.run, floor.book, floor.events]
    floor._grow()
    for old, new in zip(before, [floor.run, floor.book, floor.events], strict=True):
        assert [one.dtype for one in columns(old)] == [one.dtype for one in columns(new)]
        assert all(one.flags.c_contiguous for one in (*columns(old), *columns(new)))
    assert len(floor.events.case) == 2 * len(before[2].case)
    assert floor.events.latest is floor.events.earliest


def columns(tables: Any) -> list[Any]:
    return [one for part in tables for one in columns(part)] if hasattr(tables, "_fields") else [tables]


def test_columns_of_a_block_lie_apart() -> None:
    numpy = pytest.importorskip("numpy")
    block, sizes = Block(numpy), (1, 7, 8, 9, 0, 1000, 5_000_000, 3)
    laid = [block.full(size, number, dtype) for number, (size, dtype) in enumerate(product(sizes, ("int64", "int32")))]
    assert [(len(one), str(one.dtype)) for one in laid] == list(product(sizes, ("int64", "int32")))
    assert all((one == number).all() for number, one in enumerate(laid))


@given(st.integers(1, 9), st.integers(1, 4), st.lists(st.tuples(st.booleans(), st.integers(0, 8)), max_size=80))
def test_the_next_case_goes_to_whoever_holds_the_fewest_of_those_to_the_first(
    many: int, cap: int, moves: list[tuple[bool, int]]
) -> None:
    """Of two teams, in turn: against a list that is looked through."""
    none: list[int] = []
    teams = Teams(
        role=none,
        rota=none,
        cap=[cap, cap],
        absence=none,
        staff0=[0, 2, 2 + many],
        works_in=[0, 0] + [1] * many,
        who=none,
    )
    staff = Staff(*([0] * (2 + many) for _ in Staff._fields))
    nobody_holds(teams, staff)
    held: list[int] = []
    loads = [0] * (2 + many)
    for takes, which in moves:
        team = which % 2
        mine = range(teams.staff0[team], teams.staff0[team + 1])
        fewest = min(mine, key=loads.__getitem__)
        assert with_room(teams, staff, team) == (fewest if loads[fewest] < cap else -1)
        if takes and loads[fewest] < cap:
            hold(teams, staff, fewest, 1)
            loads[fewest] += 1
            held.append(fewest)
        elif held:
            worker = held.pop(which % len(held))
            hold(teams, staff, worker, -1)
            loads[worker] -= 1
        assert staff.load == loads


def test_a_deadline_with_nothing_to_count_from_is_late_at_no_second_that_could_be_told() -> None:
    """Whatever stands in its place from a run before."""
    floor = Floor.of(plan(a_desk(days=10), load(), warm_up=0), speeds(quick=False))
    floor.replicate(1, 0)
    marks = floor.run.marks
    floor.book.anchored[0], marks.counts_row[0], marks.late_from[0] = -1, -1, 7
    rules, hours, _ = floor.tables
    watch(rules, hours, floor.events, floor.book, marks, 0)
    assert marks.late_from[0] == UNTOLD
