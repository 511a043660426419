"""The engine beside a SimPy model of the same desk, given the same draws: two programs that share no line of what moves."""

from __future__ import annotations

from operator import itemgetter

import pytest

from frontdoor.simulation.draws import seed_of
from frontdoor.simulation.planning import plan
from frontdoor.simulation.replication import Floor, speeds
from frontdoor.simulation.run import PIECES
from tests.benchmarks.simpy_desk import FrontDoor, desk, journeys, rows_of


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_each_event_of_each_contact_happens_in_the_second_in_which_it_does_in_simpy(seed: int) -> None:
    """Screening by day and night, letters, allocation under a cap, sign-off and what is sent back, over Easter and May."""
    scenario, library = desk(days=60, cap=2)
    floor = Floor.of(plan(scenario, library, warm_up=0), speeds(quick=False))
    floor.replicate(seed, 0)
    ours = rows_of(floor)
    theirs = FrontDoor(floor.planned, journeys(floor.planned, seed_of(seed, 0))).run()
    by_contact = itemgetter(1)
    assert sorted(ours, key=by_contact) == sorted(theirs, key=by_contact)
    happened = {event for *_, event in ours}
    assert {"single_assessment.return_for_work", "referral.close"} <= happened
    assert max(floor.run.pieces.team[: floor.run.now[PIECES]]) >= len(scenario.teams), (
        "no case waited for a worker with room"
    )
