"""For numba: columns of which no place is counted from the end.

Python lets `column[-1]` mean the last, so numba looks at every index whether it is below 0 before it is used: a quarter
of the time of a simulated year. No code of the kernel or the engine counts from the end. Their tests hold that, on
columns that refuse such an index: interpreted, and compiled with `boundscheck`, to which -1 is out of bounds.
"""

from __future__ import annotations

__all__ = ["FromZero"]

from typing import Any

from numba import types
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.ir import SetItem
from numba.core.typed_passes import PreLowerStripPhis


@register_pass(mutates_CFG=False, analysis_only=False)  # type: ignore[no-untyped-call]
class _UnsignedIndices(FunctionPass):
    """Every integer index of an array is taken as unsigned."""

    _name = "unsigned_indices"

    def __init__(self) -> None:
        FunctionPass.__init__(self)  # type: ignore[no-untyped-call]

    def run_pass(self, state: Any) -> bool:
        """The types of what is looked up and set are altered, nothing else."""
        for block in state.func_ir.blocks.values():
            for one in (*block.find_exprs("getitem"), *block.find_insts(SetItem)):
                signature = state.calltypes.pop(one)
                column, index, *rest = signature.args
                at = types.uintp if isinstance(column, types.Array) and isinstance(index, types.Integer) else index
                state.calltypes[one] = signature.replace(args=(column, at, *rest))
        return True


class FromZero(CompilerBase):
    """The compiler of numba with that one pass more."""

    def define_pipelines(self) -> list[Any]:
        """Its usual passes, and this after types are known."""
        passes = DefaultPassBuilder.define_nopython_pipeline(self.state)  # type: ignore[no-untyped-call]
        passes.add_pass_after(_UnsignedIndices, PreLowerStripPhis)
        passes.finalize()
        return [passes]
