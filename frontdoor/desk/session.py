"""One transaction at the desk: several events, of several cases, are tried one after another and all kept, or none."""

from __future__ import annotations

__all__ = ["Session"]

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from frontdoor.desk import breaching, recording, views
from frontdoor.desk import entry as entries
from frontdoor.desk.entry import Entry
from frontdoor.desk.folding import Folding
from frontdoor.desk.known import Known, Shelf, Together, together
from frontdoor.desk.rulebook import Rulebook
from frontdoor.errors import Conflict, OutOfOrder, Reason, Refused
from frontdoor.event import Draft, Event, details_text, effective, is_own, stored
from frontdoor.log import Named, Writing
from frontdoor.log.shown import agrees
from frontdoor.log.standing import BreachRow
from frontdoor.moment import Happened, bounds, instant, written


class Session:
    """What is done in one transaction. Call `settle` before it ends, and `known` has the cases as they then are."""

    def __init__(self, log: Writing, rulebook: Rulebook, shelf: Shelf, now: datetime, *, keeps: bool = True) -> None:
        self.log, self.rulebook, self._shelf, self._keeps, self.now = log, rulebook, shelf, keeps, now
        self.known: dict[str, Known] = {}
        self.recorded: list[Sequence[Event]] = []
        """Everything that was appended, in order, as it came."""
        self._changed: dict[str, None] = {}
        """The cases of which `known` has more than the log says stands of them."""

    def case(self, case_id: str) -> Known:
        """A case as it is in this transaction."""
        if case_id not in self.known:
            self.rulebook, self.known[case_id] = self._shelf.get(case_id, self.log, self.rulebook)
        return self.known[case_id]

    # ---- what people did ----

    def enter(self, asked: Entry) -> Event:
        """Record an event and what it opens; the event of that id if it is there already.

        Raises:
            Refused, Conflict, OutOfOrder, CalendarExhausted, MomentError: as `Desk.record` says.
        """
        entry, wrong = entries.ready(asked)
        if any(reason.bars_facts for reason in wrong):
            raise Refused(entry.case_id, entry.event, "", wrong)
        if asked.event_id is not None:
            there = self.log.find(str(entry.event_id))
            if there is not None:
                return _the_same(entry, there)
        known = self.case(entry.case_id)
        if entry.expected_version is not None and entry.expected_version != known.head.version:
            found = (
                "at version {}, not {}: somebody has recorded in it since it was read. Read it again, and decide anew."
            )
            there_is = (
                found.format(known.head.version, entry.expected_version) if known.events else "not in the log yet."
            )
            raise Conflict(
                f"{entry.case_id} is {there_is}",
                case=entry.case_id, expected=entry.expected_version, found=known.head.version,
            )  # fmt: skip
        happened = self.not_later(entries.when(entry.happened_at))
        if is_own(entry.event):
            raise Refused(entry.case_id, entry.event, "", [Reason(
                "unknown-event", f"{entry.event} is the desk's own: it is recorded by Desk.check or Desk.correct.", bars_facts=True
            )])  # fmt: skip
        details = dict(entry.details) | ({"despite": entry.despite} if entry.despite else {})
        draft = Draft(
            entry.case_id, entry.event, happened, self.now, entry.actor, entry.role, entry.episode or "",
            entry.family or "", details, str(entry.event_id), "",
            self.rulebook.digest_on(entry.event.partition(".")[0], bounds(happened)[2]),
        )  # fmt: skip
        trial = recording.try_out(known, draft)
        if not entry.actor and trial.takes_another:
            wrong = [reason._replace(bars_facts=True) if reason.rule == "no-actor" else reason for reason in wrong]
        reasons = [*wrong, *trial.reasons]
        if any(reason.bars_facts or entry.despite is None for reason in reasons):
            raise Refused(entry.case_id, entry.event, trial.state, reasons)
        if entry.despite is None:
            trial.within_calendar()
        news = breaching.reconsidered(known, trial.folding, self.now, draft.event_id)
        events = self.append([*trial.drafts, *news])
        self.now_known(known.and_then(events, trial.folding))
        return events[0]

    def not_later(self, happened: Happened | None) -> Happened:
        """When something happened (None: now), which is not to come.

        Raises:
            OutOfOrder: it lies after the desk's clock.
        """
        if happened is None:
            return self.now
        if bounds(happened)[0] > instant(self.now):
            raise OutOfOrder(
                f"{written(happened)} is later than the desk's clock, at {written(self.now)}: what has not happened yet cannot "
                "be recorded."
            )
        return happened

    def believe(self, looked: Together) -> int:
        """Record new facts of some cases, whatever speaks against them; how many were not there already.

        They were looked over before. If the log has moved on since, they are folded anew, and what it has by now is left out.
        """
        if not looked.holds(self.log, self.rulebook):
            there = self.log.found([draft.event_id for draft in looked.new])
            new = [draft for draft in looked.new if draft.event_id not in there]
            looked = together(new, self.log, self.case, lambda: self.rulebook)
        folding = looked.folding
        events = self.append(looked.new, recording.names_of(folding, looked.new))
        begun = {one.case_id: list(one.events) for one in looked.known}
        for place, draft in enumerate(looked.new) if begun else ():
            if draft.case_id in begun:
                begun[draft.case_id].append(events[place])
        for one in looked.known:
            self.known.pop(one.case_id, None)
            self._changed.pop(one.case_id, None)
            if one.raised:
                alone = Folding(self.rulebook, effective(begun[one.case_id]))
                cause = begun[one.case_id][len(one.events)].event_id
                begun[one.case_id] += self.append(list(breaching.reconsidered(one, alone, self.now, cause)))
        raised: dict[str, Mapping[str, BreachRow]] = dict.fromkeys(looked.heads, {})  # nothing, where nothing had begun
        raised |= {case_id: views.breaches(events) for case_id, events in begun.items()}
        self.log.stand(views.standing(folding, raised))
        return len(events)

    # ---- what the desk notices ----

    def note(self, case_id: str, drafts: list[Draft]) -> Sequence[Event]:
        """Record the desk's own events of a case, which change nothing in it but its breaches."""
        known = self.case(case_id)
        events = self.append(drafts)
        if events:
            self.now_known(known.and_then(events, known.folding))
        return events

    def reconsider(self, case_id: str) -> None:
        """Say anew what stands of a case in which nothing has happened but that its deadlines are counted otherwise."""
        known = self.case(case_id)
        news = self.note(case_id, list(breaching.reconsidered(known, known.folding, self.now)))
        if not news:
            self.log.stand(views.standing(known.folding, {case_id: known.raised}))

    def settle(self) -> None:
        """Say what now stands of every case that something was recorded in."""
        for case_id in self._changed:
            known = self.known.get(case_id)
            if case_id and known is not None:  # else it is of the desk's own events of no case, or has been put away
                self.log.stand(views.standing(known.folding, {case_id: known.raised}))

    def now_known(self, known: Known) -> None:
        """A case as it is from now on in this transaction."""
        self.known[known.case_id] = known
        self._changed[known.case_id] = None

    def append(self, drafts: Sequence[Draft], named: Sequence[Named] | None = None) -> Sequence[Event]:
        """Put events in the log, and with the first the workflows that they are recorded under."""
        if not drafts:
            return []
        if self._keeps and not self.recorded:
            kept = self.rulebook.kept
            self.log.keep_library(kept.digest, kept.content, kept.workflows, self.now)
        events = self.log.append(drafts) if named is None else self.log.append(drafts, named)
        self.recorded.append(events)
        return events


def _the_same(entry: Entry, there: Event) -> Event:
    """The event that is there, if what is asked is the same again."""
    said = {name: value for name, value in there.details.items() if name != "despite"}
    asked = {name: value for name, value in entry.details.items() if name != "despite"}
    same = {
        "case_id": entry.case_id == there.case_id,
        "event": entry.event == there.event,
        "actor": entry.actor == there.actor,
        "role": entry.role == there.role,
        "family": (entry.family or "") == there.family,
        "details": agrees(json.loads(details_text(asked)), said),
        "happened_at": entry.happened_at is None
        or stored(entries.when(entry.happened_at)) == stored(there.happened_at),
        "episode": entry.episode is None or entry.episode == there.episode,
    }
    other = [name for name, is_same in same.items() if not is_same]
    if other:
        raise Conflict(
            f"the event id {there.event_id} is that of {there.event} of {there.case_id}, which differs in {', '.join(other)}: an id "
            "stands for one event; use a new one.", case=entry.case_id,
        )  # fmt: skip
    return there
