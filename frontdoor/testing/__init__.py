"""Hold workflows to what must be true of any, your own overlay's too.

    from frontdoor import load
    from frontdoor.testing import hold

    def test_our_overlay_keeps_the_properties():
        hold(load(local=["our_borough.toml"]))

Each of `PROPERTIES` is a plain function of a library and hypothesis' `data`, from which it draws histories: journeys
that mostly follow the declarations, with slips. `libraries()` draws small sound libraries of all shapes, for code of
your own that must work with any. It needs the extras `testing` and `audit`.

`frontdoor.testing.desks` drives a desk at random beside a model, and `frontdoor.testing.conformance` is the suite that every
log driver is held to; `frontdoor.testing.sealed` another, for one whose details are sealed under keys.
"""

from __future__ import annotations

__all__ = ["PROPERTIES", "histories", "hold", "libraries", "workflows"]

from collections.abc import Callable, Mapping

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from frontdoor.library import Library
from frontdoor.testing.properties import PROPERTIES, Property
from frontdoor.testing.strategies import histories, libraries, workflows


def hold(
    library: Library | st.SearchStrategy[Library],
    *,
    max_examples: int = 30,
    properties: Mapping[str, Property] | None = None,
) -> None:
    """Hold a library, or any that a strategy draws, to each property on `max_examples` random histories.

    Raises:
        AssertionError: one does not hold; the smallest history found that shows it is in the traceback's notes.
    """
    phases = set(Phase) - {Phase.explain}  # which would trace every line of every try
    patient = settings(
        max_examples=max_examples, deadline=None, phases=phases, suppress_health_check=list(HealthCheck)
    )  # fmt: skip
    for holds in (PROPERTIES if properties is None else properties).values():
        patient(given(data=st.data())(_of(library, holds)))()


def _of(library: Library | st.SearchStrategy[Library], holds: Property) -> Callable[[st.DataObject], None]:
    def test(data: st.DataObject) -> None:
        holds(data.draw(library) if isinstance(library, st.SearchStrategy) else library, data)

    test.__name__ = test.__qualname__ = getattr(holds, "__name__", "property")
    return test
