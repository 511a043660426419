"""A desk in FastAPI: open while the application runs, with a check in the background.

    front_door = FrontDoor(lambda: Desk(SqliteLog("borough.db")), check_every=timedelta(minutes=5))
    app = FastAPI(lifespan=front_door.lifespan)
    front_door.say_refusals(app)

    @app.post("/cases/{case_id}/contact")
    async def receive(case_id: str, desk: Annotated[AsyncDesk, Depends(front_door)]): ...

It needs the extra `fastapi`.
"""

from __future__ import annotations

__all__ = ["FrontDoor"]

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from fastapi import FastAPI
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse

from frontdoor.case import Breach
from frontdoor.desk import AsyncDesk, Desk
from frontdoor.errors import Busy, Conflict, FrontdoorError, OutOfOrder, Refused, UnknownCase

if TYPE_CHECKING:
    from frontdoor.desk.checker import Checked

_STATUS: tuple[tuple[type[FrontdoorError], int], ...] = (
    (Refused, 409),
    (Conflict, 409),
    (OutOfOrder, 409),
    (UnknownCase, 404),
    (Busy, 503),
)


class FrontDoor:
    """A desk that is opened with an application, closed with it, and given to whatever depends on this.

    `open_desk` opens it. With `check_every` breaches are raised at once and then so often, while requests are served;
    `found` is called with those of each check; where that fails it is logged, and the checks go on. Several applications, in several processes, may check one log.
    `threads` is how many requests may use the desk at once; what they record at once is committed together.
    """

    def __init__(
        self,
        open_desk: Callable[[], Desk],
        *,
        check_every: timedelta | None = None,
        found: Callable[[list[Breach]], object] = lambda breaches: None,
        threads: int = 4,
    ) -> None:
        if check_every is not None and check_every <= timedelta():
            raise ValueError(f"a check every {check_every} would never rest")
        self._open_desk, self._check_every, self._found, self._threads = open_desk, check_every, found, threads

    @contextlib.asynccontextmanager
    async def lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        """What `FastAPI(lifespan=...)` asks for."""
        async with AsyncDesk(await asyncio.to_thread(self._open_desk), threads=self._threads) as desk:
            app.state.front_door = desk
            stop = asyncio.Event()
            checking = asyncio.create_task(self._go_on_checking(desk, stop)) if self._check_every else None
            try:
                yield
            finally:
                stop.set()
                if checking is not None:
                    await checking  # what one that is under way has recorded is told

    async def __call__(self, connection: HTTPConnection) -> AsyncDesk:
        """The desk, for `Depends`."""
        desk: AsyncDesk = connection.app.state.front_door
        return desk

    async def _go_on_checking(self, desk: AsyncDesk, stop: asyncio.Event) -> None:
        assert self._check_every is not None
        while not stop.is_set():
            try:
                breaches = await desk.check()
            except FrontdoorError as error:  # as of a clock that leapt, or a log that is busy: it is tried again
                logging.getLogger("frontdoor").error("the check was not made: %s", error)
                if error.breaches:
                    self._tell(cast("Checked", error.breaches))
            except Exception:  # whatever it is: nobody would notice that the checks have ended
                logging.getLogger("frontdoor").exception("the check was not made")
            else:
                self._tell(breaches)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._check_every.total_seconds())

    def _tell(self, breaches: list[Breach]) -> None:
        try:
            self._found(breaches)
        except Exception:  # a host's own code: the breaches are in the log whatever it does, and the checks go on
            logging.getLogger("frontdoor").exception("what is called after a check failed: %d breaches", len(breaches))

    def say_refusals(self, app: FastAPI) -> None:
        """Answer what the desk refuses with a status of its own and its sentence.

        409 for what may not be done now (with every reason), another version or a clock that is wrong; 404 for a case that is
        not there; 503 for a log that is busy. The answer is `{"detail": sentence, "reasons": [{"rule", "sentence"}, ...]}`.
        """
        for kind, status in _STATUS:
            app.add_exception_handler(kind, _answer(status))


def _answer(status: int) -> Callable[[Request, Exception], JSONResponse]:
    def answer(request: Request, error: Exception) -> JSONResponse:
        reasons = error.reasons if isinstance(error, Refused) else ()
        said = [{"rule": reason.rule, "sentence": reason.message} for reason in reasons]
        return JSONResponse({"detail": str(error), "reasons": said}, status_code=status)

    return answer
