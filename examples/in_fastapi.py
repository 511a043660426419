"""In FastAPI: a desk that is open while the application runs, checked in the background, and asked by requests."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated

try:
    import httpx
    from fastapi import Depends, FastAPI
except ImportError as lack:
    raise SystemExit(f"It needs {lack.name}, which is not installed: pip install 'frontdoor[fastapi]' httpx") from None
from frontdoor import AsyncDesk, Desk, MemoryLog, SimulatedClock
from frontdoor.adapters.fastapi import FrontDoor

clock, log = SimulatedClock(datetime(2024, 3, 4, 9, tzinfo=UTC)), MemoryLog()  # SqliteLog("borough.db"), in life
front_door = FrontDoor(lambda: Desk(log, clock=clock), check_every=timedelta(minutes=5))
app = FastAPI(lifespan=front_door.lifespan)
front_door.say_refusals(app)
OurDesk = Annotated[AsyncDesk, Depends(front_door)]


@app.post("/cases/{case_id}/events/{event}")
async def record(case_id: str, event: str, source: str, desk: OurDesk) -> str:
    return (await desk.record(case_id, event, actor="o-12", role="referral_officer", details={"source": source})).event


@app.get("/cases/{case_id}")
async def look(case_id: str, desk: OurDesk) -> list[str]:
    return [f"{one.timer} due {one.due}: {one.status}" for one in (await desk.case(case_id)).deadlines]


async def main() -> None:
    here = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk")
    async with app.router.lifespan_context(app), here as client:  # as a server does: uvicorn in_fastapi:app
        print([(await client.post("/cases/C-1/events/contact.receive?source=6")).status_code for _ in range(2)])
        print((await client.get("/cases/C-1")).json(), "and the second of the two was refused")


asyncio.run(main())
