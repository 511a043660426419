"""An old log replayed as known on a day, after the workflow files changed: it goes by the files it was recorded under."""

import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from frontdoor import Desk, SimulatedClock, SqliteLog, audit, load, read

MANAGER = {"actor": "pm-02", "role": "manager"}


def show(title, found):
    row = found.deadlines.filter(timer="initial_assessment.completion").row(0, named=True)
    print(f"{title:<58} due {row['due']}: {row['status']}")


with tempfile.TemporaryDirectory() as folder:
    log, ours = Path(folder) / "borough.db", Path(folder) / "ours.toml"
    standards = (Path(__file__).parent / "my_borough.toml").read_text(encoding="utf-8")
    ours.write_text(standards, encoding="utf-8")  # 5 working days, where the guidance of the day says 7
    clock = SimulatedClock(datetime(2009, 10, 14, 9, 0, tzinfo=UTC))
    with Desk(SqliteLog(log), clock=clock, local=ours) as desk:
        desk.record("C-1", "contact.receive", details={"source": "1A"}, **MANAGER)
        desk.record("C-1", "contact.refer", details={"rationale": "injury"}, **MANAGER)
        desk.record("C-1", "referral.accept", details={"rationale": "injury"}, **MANAGER)
        clock.advance(timedelta(days=20))
        seen = dict.fromkeys(("child_seen", "child_views", "parent_views", "analysis"), "yes")
        worker = {"actor": "sw-3", "role": "social_worker", "details": seen}
        desk.record("C-1", "initial_assessment.submit", happened_at=date(2009, 10, 20), **worker)
        signed = {"happened_at": date(2009, 10, 21), "details": {"outcome": "support"}}
        desk.record("C-1", "initial_assessment.sign_off", **signed, **MANAGER)
    ours.write_text(standards.replace("5 working days", "3 working days"), encoding="utf-8")  # the standards change
    show("As the log has it, whatever the files say today:", audit(read(log)))
    day = "2009-10-22"
    show("As known on 22 October, before that was typed:", audit(read(log), as_known_at=day, as_at=day))
    show("By the files of today:", audit(read(log), load(local=ours)))
