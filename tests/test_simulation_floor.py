"""What a run is laid out on: the agenda's order, and columns that are used again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from frontdoor.library import load
from frontdoor.simulation.agenda import KINDS, next_at, pop, push
from frontdoor.simulation.hours import FAR
from frontdoor.simulation.planning import plan
from frontdoor.simulation.replication import Floor, speeds
from frontdoor.simulation.run import ROWS, TIME, Agenda, grown, more_events
from frontdoor.simulation.scenario import Policies
from tests.test_simulation import a_desk


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
    larger.run, larger.events = grown(larger.run), more_events(larger.events)
    found = [one.replicate(9, 0) for one in (fresh, used, larger)]
    rows = fresh.run.now[ROWS]
    logs = [[column[:rows] for column in one.events] for one in (fresh, used, larger)]
    assert rows > 100
    assert found[0] == found[1] == found[2]
    assert logs[0] == logs[1] == logs[2]
