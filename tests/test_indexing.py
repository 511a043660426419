"""Compiled code counts no place from the end: what holds that the kernel and the engine never do."""

from __future__ import annotations

from types import ModuleType

import pytest

from frontdoor import fast

pytest.importorskip("numba")


def test_a_place_below_the_first_is_out_of_bounds_and_not_counted_from_the_end() -> None:
    import numpy

    module = ModuleType("places")
    exec(
        "def at(column, place):\n    return column[place]\ndef put(column, place):\n    column[place] = 7\n",
        vars(module),
    )
    code = fast.machine_code(module, loops=("at", "put"), boundscheck=True)
    column = numpy.arange(3)
    assert code["at"](column, 2) == 2
    code["put"](column, 0)
    assert column.tolist() == [7, 1, 2]
    for name in ("at", "put"):
        for place in (-1, 3):
            with pytest.raises(IndexError):
                code[name](column, place)
