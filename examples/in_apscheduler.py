"""Under APScheduler: breaches are raised every so often, by a scheduler that runs already."""

import tempfile
import threading
from datetime import UTC, datetime, timedelta

try:
    from apscheduler.schedulers.background import BackgroundScheduler
except ImportError:
    raise SystemExit("It needs apscheduler, which is not installed: pip install 'frontdoor[apscheduler]'") from None
from frontdoor import Desk, SimulatedClock, SqliteLog
from frontdoor.adapters.apscheduler import add_check

clock = SimulatedClock(datetime(2024, 3, 4, 9, tzinfo=UTC))
raised = threading.Event()


def tell(breaches):
    for breach in breaches:
        print(breach.case, breach.timer, "was due", breach.due)
        raised.set()


with tempfile.TemporaryDirectory() as folder, Desk(SqliteLog(f"{folder}/borough.db"), clock=clock) as desk:
    desk.record("C-1", "contact.receive", actor="o-12", role="referral_officer", details={"source": "6"})
    clock.set(datetime(2024, 3, 6, 9, tzinfo=UTC))  # two days on, and nobody has screened it
    scheduler = BackgroundScheduler(timezone="UTC")
    add_check(scheduler, desk, every=timedelta(seconds=0.1), found=tell)  # timedelta(minutes=5), in life
    scheduler.start()
    raised.wait(60)
    scheduler.shutdown()
    print(len(desk.case("C-1").breaches), "breach, however often it is checked")
