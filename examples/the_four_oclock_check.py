"""The check at four o'clock: what is outstanding by time left, and the days on which nobody made it."""

from datetime import UTC, datetime, timedelta

from frontdoor import Desk, MemoryLog, SimulatedClock

clock = SimulatedClock(datetime(2026, 9, 17, 9, 0, tzinfo=UTC))
desk = Desk(MemoryLog(), clock=clock)
officer = {"actor": "officer-12", "role": "referral_officer"}
desk.record("C-1", "contact.receive", details={"source": "1A"}, **officer)
clock.set(datetime(2026, 9, 17, 15, 0, tzinfo=UTC))
desk.daily_check("16:00", actor="pm-02", role="manager")

clock.set(datetime(2026, 9, 21, 8, 30, tzinfo=UTC))
desk.record("C-2", "contact.receive", details={"source": "6"}, **officer)
clock.set(datetime(2026, 9, 21, 15, 0, tzinfo=UTC))
check = desk.daily_check("16:00", actor="pm-02", role="manager")
for deadline in check.outstanding:
    left = deadline.time_left(check.made_at)
    assert left is not None
    print(f"{deadline.case} {deadline.title}: {deadline.status}, {left / timedelta(hours=1):+.0f} hours left")
print("missed:", *(f"{day:%A %d %B}" for day in check.missed))
print("kept:", check.event.event, "by", check.event.actor, "-", len(check.event.details["outstanding"]), "outstanding")
