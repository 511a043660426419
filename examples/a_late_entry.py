"""A decision made in time and typed late: the breach that was raised meanwhile is withdrawn, and nothing is erased."""

from datetime import UTC, datetime, timedelta

from frontdoor import Desk, MemoryLog, SimulatedClock

clock = SimulatedClock(datetime(2026, 9, 18, 15, 30, tzinfo=UTC))
desk = Desk(MemoryLog(), clock=clock)
manager = {"actor": "pm-02", "role": "manager"}
desk.record("C-1", "contact.receive", details={"source": "1A"}, **manager)
desk.record("C-1", "contact.refer", details={"rationale": "injury"}, **manager)
desk.record("C-1", "referral.acknowledge", **manager)

clock.advance(timedelta(days=4))
print("raised: ", [breach.timer for breach in desk.check()])
print("again:  ", [breach.timer for breach in desk.check()])

# The decision was made on Monday; it is typed on Tuesday.
monday = datetime(2026, 9, 21, 16, 0, tzinfo=UTC)
desk.record("C-1", "referral.accept", details={"rationale": "injury"}, happened_at=monday, **manager)
for breach in desk.case("C-1").breaches:
    print("stands: ", breach.stands, "-", breach.why)
for event in desk.case("C-1").events:
    print(event.version, event.event)
