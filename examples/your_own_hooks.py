"""A case system's own hooks: called once the event is safely in the log, through a transitions.Machine of the workflow."""

from datetime import UTC, datetime
from types import SimpleNamespace

from frontdoor import Desk, MemoryLog, SimulatedClock, load
from frontdoor.machine import Hooks, machine


class Referral:
    """What this case system does as a referral goes on."""

    def on_enter_received(self, event):
        print(f"open a referral for {event.case_id} in our own tables")

    def after_acknowledge(self, event):
        print("the referrer was told, by", event.actor)

    def on_enter_accepted(self, event):
        print("put", event.case_id, "on the board of the assessment team")


library = load()
desk = Desk(
    MemoryLog(), clock=SimulatedClock(datetime(2026, 9, 18, 15, 30, tzinfo=UTC)), library=library,
    after=[Hooks(library, referral=Referral)],
)  # fmt: skip
manager = {"actor": "pm-02", "role": "manager"}
desk.record("C-1", "contact.receive", details={"source": "1A"}, **manager)
desk.record("C-1", "contact.refer", details={"rationale": "injury"}, **manager)
desk.record("C-1", "referral.acknowledge", **manager)
accepted = desk.record("C-1", "referral.accept", details={"rationale": "injury"}, **manager)
again = desk.record("C-1", "referral.accept", details={"rationale": "injury"}, event_id=accepted.event_id, **manager)
print("a retry is the same event, and calls nobody:", again.position == accepted.position)

referral = SimpleNamespace()  # the same workflow as a machine of one's own, to ask without recording
machine(library.workflow("referral"), referral)
print("may it be closed while it is only received?", referral.may_close())
