"""The tests can fail: each of many small wrongs is noticed by the oracle or by a property, by name."""

from functools import cache

import generate
import oracle
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from mutants import MUTANTS, Mutant, sound
from test_oracle import as_text, audited

from frontdoor.library import Library
from frontdoor.testing import PROPERTIES, libraries

LOGS = range(800)


@cache
def told(seed: int) -> tuple[str, dict, tuple[list, list]]:
    """A generated log, how to audit it under the overlay, and what the oracle says of it."""
    text, options = generate.log(seed), {**generate.options(seed), "overlay": True}
    options.pop("guidance", None)
    said = oracle.audit(text, **options)
    return text, options, (said["deadlines"], said["findings"])


def differs(seed: int, library: Library) -> bool:
    """Whether an audit of that log with this library is not what the oracle says."""
    text, options, said = told(seed)
    try:
        ours = audited(text, options, library)
        return (as_text(ours.deadlines, "cites"), as_text(ours.findings, "message")) != said
    except (IndexError, ValueError):  # a wrong that leads the kernel out of its tables is noticed, too
        return True


def fails(name: str, library: Library) -> bool:
    """Whether a property fails: of this library, or of any where the wrong is not in the library."""

    @settings(
        max_examples=400, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
    )  # fmt: skip
    @given(st.data())
    def test(data: st.DataObject) -> None:
        PROPERTIES[name](data.draw(libraries()) if library is sound() else library, data)

    try:
        test()
    except AssertionError:
        return True
    return False


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_a_mutant_is_killed_by_what_it_names(mutant: Mutant):
    if isinstance(mutant.killer, str):
        with mutant.altered() as library:
            assert fails(mutant.killer, library), f"{mutant.name}: survives {mutant.killer}"
        return
    assert not differs(mutant.killer, sound()), "the log tells even what is right"
    with mutant.altered() as library:
        if differs(mutant.killer, library):
            return
        others = [seed for seed in LOGS if differs(seed, library)]
    pytest.fail(f"{mutant.name}: survives log {mutant.killer}; told by {others[:5] or 'none'}")


def test_there_are_more_than_fifty_mutants_and_each_names_its_killer():
    assert len(MUTANTS) >= 50
    killers = {mutant.killer for mutant in MUTANTS.values() if isinstance(mutant.killer, str)}
    assert killers <= set(PROPERTIES) and len(killers) >= 5


@pytest.mark.slow
@pytest.mark.parametrize("name", PROPERTIES)
def test_what_is_right_survives_every_property_as_a_mutant_would_be_tried(name: str):
    assert not fails(name, sound())


@pytest.mark.slow
def test_what_is_right_survives_the_oracle():
    assert not [seed for seed in LOGS if differs(seed, sound())]
