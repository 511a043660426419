"""A desk driven at random beside a model, over a log in memory and one in a file: see `frontdoor.testing.desks`."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from frontdoor import load
from frontdoor.testing import libraries
from frontdoor.testing.desks import desks

PATIENT = settings(
    max_examples=15, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck),
    phases=set(Phase) - {Phase.explain},
)  # fmt: skip

TestShipped = desks(st.just(load(local="london_mash"))).TestCase
TestShipped.settings = PATIENT
TestAny = desks(libraries()).TestCase
TestAny.settings = PATIENT
