"""A desk in ten lines: record what people do, be told why not, and see what is due."""

from datetime import UTC, datetime, timedelta

from frontdoor import Desk, MemoryLog, Refused, SimulatedClock

clock = SimulatedClock(datetime(2026, 9, 18, 15, 30, tzinfo=UTC))  # in use: SystemClock, the default
desk = Desk(MemoryLog(), clock=clock)  # in use: SqliteLog("borough.db")
desk.record("C-1", "contact.receive", actor="officer-12", role="referral_officer", details={"source": "1A"})
try:
    desk.record("C-1", "contact.refer", actor="officer-12", role="referral_officer")
except Refused as refused:
    print(*(reason.message for reason in refused.reasons), sep="\n")
desk.record("C-1", "contact.refer", actor="sw-3", role="social_worker", details={"rationale": "injury"})
clock.advance(timedelta(days=4))
for breach in desk.check():
    print(f"{breach.case}: {breach.title}: due {breach.due:%A %d %B}, {breach.guidance}")
