"""Interrupts at each moment at which Python looks for signals: as by Ctrl-C, or by the limit of a worker's time. Not a test module."""

from __future__ import annotations

import dis
import functools
import sys
from collections.abc import Callable
from types import CodeType
from typing import Any

_LOOKS = ("RESUME", "CALL", "JUMP_BACKWARD")
"""Instructions at whose end Python looks for signals; a call only where it is not of a function in Python."""


class Interrupted(BaseException):
    """What a handler of signals raises."""


def interrupted_at(moment: int, act: Callable[[], object], within: tuple[str, ...]) -> bool:
    """Do something, interrupted at that one of the moments at which Python looks for signals in files whose paths end so; whether
    it had as many."""
    left, before = moment, dict[Any, str]()

    def trace(frame: Any, event: str, _: object) -> Any:
        before[frame.f_back] = ""  # what it does is a call of a function in Python
        if not frame.f_code.co_filename.endswith(within):
            return None
        frame.f_trace_opcodes = True
        return step

    def step(frame: Any, event: str, _: object) -> Any:
        nonlocal left
        if event == "opcode":
            left -= before.get(frame, "").startswith(_LOOKS)
            before[frame] = _instructions(frame.f_code)[frame.f_lasti]
            if left == 0:
                left = -1
                raise Interrupted
        return step

    sys.settrace(trace)
    try:
        act()
    except Interrupted:
        pass
    finally:
        sys.settrace(None)
        before.clear()  # what it holds ends by being let go of
    return left < 0


@functools.cache
def _instructions(code: CodeType) -> dict[int, str]:
    return {one.offset: one.opname for one in dis.get_instructions(code)}
