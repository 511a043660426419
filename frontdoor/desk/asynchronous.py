"""The desk for asyncio: each call runs in a thread of the desk's own, so that the loop never waits for a disk."""

from __future__ import annotations

__all__ = ["AsyncDesk"]

import asyncio
import functools
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from frontdoor.desk.desk import Desk

_P = ParamSpec("_P")
_T = TypeVar("_T")


class AsyncDesk:
    """A desk whose methods are awaited: `await desk.record(...)`; what they take and give is as `Desk` says.

    Calls are made one after another, in the order they were awaited; or with more `threads` so many at once, and what they
    record at once is committed together.
    """

    def __init__(self, desk: Desk, *, threads: int = 1) -> None:
        if not isinstance(desk, Desk):
            raise TypeError(f"it is given a desk: AsyncDesk(Desk(log)), not a {type(desk).__name__}")
        self.desk = desk
        self._is_closed = False
        self._threads = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="frontdoor-desk")
        self.record = self._awaited(desk.record)
        self.record_many = self._awaited(desk.record_many)
        self.correct = self._awaited(desk.correct)
        self.destroy_details = self._awaited(desk.destroy_details)
        self.case = self._awaited(desk.case)
        self.allowed = self._awaited(desk.allowed)
        self.explain = self._awaited(desk.explain)
        self.explanations = self._awaited(desk.explanations)
        self.check = self._awaited(desk.check)
        self.due_soon = self._awaited(desk.due_soon)
        self.outstanding = self._awaited(desk.outstanding)
        self.daily_check = self._awaited(desk.daily_check)
        self.accept_clock = self._awaited(desk.accept_clock)
        self.rebuild = self._awaited(desk.rebuild)

    def _awaited(self, method: Callable[_P, _T]) -> Callable[_P, Coroutine[Any, Any, _T]]:
        @functools.wraps(method)
        async def call(*args: _P.args, **kwargs: _P.kwargs) -> _T:
            run = functools.partial(method, *args, **kwargs)
            return await asyncio.get_running_loop().run_in_executor(self._threads, run)

        return call

    async def close(self) -> None:
        """Let what is under way end, and close the log."""
        if not self._is_closed:
            self._is_closed = True
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(None, self._threads.shutdown)
            await loop.run_in_executor(None, self.desk.close)

    async def __aenter__(self) -> AsyncDesk:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
