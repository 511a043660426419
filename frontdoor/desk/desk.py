"""Record, look, check: the library's door for a case system."""

from __future__ import annotations

__all__ = ["Desk"]

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from frontdoor import desk as parts  # each is loaded when it is first used: importing a desk costs next to nothing
from frontdoor.clock import Clock, SystemClock
from frontdoor.desk.workings import Hook, Workings
from frontdoor.errors import Refused, UnknownCase
from frontdoor.log.keys import going_without

if TYPE_CHECKING:
    import uuid
    from datetime import datetime, timedelta
    from pathlib import Path

    from frontdoor.case import Case, Deadline
    from frontdoor.desk.checker import Checked, DailyCheck
    from frontdoor.desk.entry import Entry
    from frontdoor.errors import Allowed
    from frontdoor.event import Event
    from frontdoor.explanation import Explanation
    from frontdoor.library import Library
    from frontdoor.log import EventLog
    from frontdoor.moment import Happened
    from frontdoor.timescale import Timescale


class Desk(Workings):
    """Where a case system records events and breaches are raised, over a log.

    `log` is a `SqliteLog`, `PostgresLog` or `MemoryLog`; `clock` says what now is (default: the computer's). `local` names an
    authority's own files, as `load` takes them, laid over the shipped workflows; by default those that the log has kept
    from before, if it has any (`local=()`: none). Or `library` gives workflows that were loaded already. `after` are called
    with every event once it is safely in the log, as `hook(event, episode)`: the `Event`, and the `Episode` that it changed, as it
    was before and after it (None for what is about no case). One that fails is logged, and undoes nothing.

    A desk may be used from several threads, and several desks, in several processes, may share a log.
    """

    def __init__(
        self,
        log: EventLog,
        *,
        clock: Clock | None = None,
        local: Iterable[str | Path] | str | Path | None = None,
        library: Library | None = None,
        after: Iterable[Hook] = (),
    ) -> None:
        after = tuple(after)
        if library is not None and local is not None:
            raise TypeError("give either local files or a library that was loaded with them, not both")
        if isinstance(log, (str, os.PathLike)):
            raise TypeError(f"a desk is given a log, not the name of a file: Desk(SqliteLog({os.fspath(log)!r}))")
        if not all(map(callable, after)):
            raise TypeError("each of `after` is called as hook(event, episode): not all of these can be")
        if library is None:
            from frontdoor.library import load

            library = (parts.rulebook.newest_local(log) if local is None else None) or load(local=local or ())
        super().__init__(log, clock=clock or SystemClock(), library=library, after=after)

    # ---- recording ----

    def record(
        self,
        case_id: str,
        event: str,
        *,
        actor: str,
        role: str,
        details: Mapping[str, Any] | None = None,
        happened_at: Happened | str | None = None,
        episode: str | None = None,
        event_id: str | uuid.UUID | None = None,
        expected_version: int | None = None,
        family: str | None = None,
        despite: str | None = None,
    ) -> Event:
        """Record that somebody did something; the event, in the log and on the disk when this returns (in PostgreSQL it gets
        its position after that).

        `event` is 'workflow.transition'. `happened_at` is an aware datetime, or a date where only the day is known
        (default: now, by the desk's clock); it may lie before what is recorded already. `episode` is by default the case's
        latest open one of that workflow, at that time. `event_id` is a UUID of the caller's: the same one again is the same
        event, which is given back. `expected_version` is the case's version when the caller read it. `family` is a
        reference that siblings share. `despite` says why it is recorded although something speaks against it: it has
        happened. A workflow that the transition opens is opened by an event of its own, in the same transaction.

        Raises:
            Refused: `.reasons` has everything that speaks against it, `.allowed` what may be done instead.
            Conflict: the case is at another version, or the event id has other content.
            OutOfOrder: it lies after the desk's clock, or that clock went back or leapt.
            CalendarExhausted: a deadline would leave the years that bank holidays are known for.
            MomentError: `happened_at` is not a date or an aware moment.
            LogError: the log cannot be written; nothing was recorded.
        """
        entry = parts.entry.Entry(
            case_id, event, actor=actor, role=role, details=details or {}, happened_at=happened_at, episode=episode,
            event_id=event_id, expected_version=expected_version, family=family, despite=despite,
        )  # fmt: skip
        return self.record_many([entry])[0]

    def record_many(self, entries: Iterable[Entry | Mapping[str, Any]]) -> list[Event]:
        """Record several events, of one case or many, in the order given: all of them, or none.

        Each is an `Entry`, or a mapping with the arguments of `record` by name (`case_id`, or `case`, and `event` among
        them). Gives the events, one for each entry.

        Raises:
            As `record`, for the first that is refused.
        """
        asked = [_entry(entry) for entry in entries]
        try:
            with self.session(entry.case_id for entry in asked if isinstance(entry.case_id, str)) as session:
                return [session.enter(entry) for entry in asked]
        except Refused as refused:  # what may be done instead is asked when nobody waits for the log any more
            if refused.case and parts.entry.is_text(refused.case):
                refused.allowed = self.allowed(refused.case)
            raise

    def correct(
        self,
        event_id: str | uuid.UUID,
        *,
        actor: str,
        role: str,
        reason: str,
        becomes: Mapping[str, Any] | None,
        despite: str | None = None,
        correction_id: str | uuid.UUID | None = None,
    ) -> Event:
        """Record that an event was recorded wrongly; the correction, an event that points at it. Nothing is erased.

        `becomes` has the fields that were otherwise, of `happened_at`, `event` (of the same workflow), `actor`, `role`,
        `episode`, `family` and `details` (all of them), each in place of what now stands; None says that it never
        happened, and an empty mapping that it did after all. What the event opened at the same moment moves, goes and
        comes back with it. A breach that no longer is one is withdrawn. `correction_id` is a UUID of the caller's: the same one
        again is the same correction, which is given back.

        Raises:
            UnknownCase: there is no such event, or it is the desk's own.
            Refused: what was recorded would become illegal (not with `despite`, but for four eyes).
            OutOfOrder, CalendarExhausted, MomentError, LogError: as `record`.
        """
        there = self.log.find(parts.entry.normal_id(str(event_id)) or "")
        with self.session([] if there is None else [there.case_id]) as session:
            return parts.correcting.correct(
                session, str(event_id), becomes, reason=reason, actor=actor, role=role, despite=despite,
                correction_id=None if correction_id is None else str(correction_id),
            )  # fmt: skip

    def destroy_details(self, case_id: str, *, actor: str, because: str) -> Event:
        """Destroy the key that what people wrote of a case is sealed under, in the log and in every copy of it; the event
        'desk.details_destroyed', which says how many events' words became unreadable, and how many were recorded in the open.

        It cannot be undone, and no more words are ever recorded of the case. What happened, when, by whom, and every deadline,
        finding and breach, is as it was, and the log verifies as before. Of a case whose key has gone before, the event of then
        (by which a key that came back in an older copy of the keys is destroyed again).

        Raises:
            KeysError: the log was opened without its keys, or they cannot be written.
            UnknownCase: nothing is recorded of it.
            Refused: it does not say who, and why.
        """
        return parts.destroying.destroy(self, case_id, actor=actor, because=because)

    # ---- looking ----

    def case(self, case_id: str, *, as_at: datetime | None = None) -> Case:
        """A case as it stands, or stood at a moment: what is open, due, breached, and the timeline.

        As at a moment means of what had happened by then, as it is known now; what was recorded, when, is in the events.

        Raises:
            UnknownCase: nothing is recorded of it.
        """
        return parts.looking.case(self, case_id, as_at)

    def allowed(self, case_id: str) -> tuple[Allowed, ...]:
        """What may be done next in a case, by whom, needing what; of a case that is not there, what may begin one."""
        return parts.allowing.allowed(self.known(case_id, new=True), self.clock.now())

    def explain(self, case_id: str, timer: str, *, episode: str | None = None) -> Explanation:
        """How the due date of a timer, such as 'referral.decision', was counted: the case's latest deadline of it.

        Raises:
            UnknownCase: there is no such case, or it has no such deadline.
            UnknownWorkflow: no workflow declares such a timer.
        """
        found = self.explanations(case_id, timer)
        mine = [one for one in found if episode in (None, one.episode)]
        if not mine:
            raise UnknownCase(
                f"{episode!r} has no deadline of {timer}: {' and '.join(one.episode for one in found)} have."
            )
        return mine[-1]

    def explanations(self, case_id: str, timer: str, *, as_at: datetime | None = None) -> list[Explanation]:
        """The same for every deadline of that timer in the case, in order of the episodes.

        Raises:
            UnknownCase, UnknownWorkflow: as `explain`.
        """
        return parts.looking.explanations(self, case_id, timer, as_at)

    # ---- checking ----

    def check(self, *, at: datetime | None = None) -> Checked:
        """Record a breach of every deadline that still runs and is late (as at a moment no later than now; default: now), once;
        those that this check recorded, the longest late first.

        Any number of desks may check at once. The cost follows the number that are late and have no breach yet, not the
        number that run. Where details are sealed and their keys cannot be had, it goes on without them, for a breach needs no
        words: `.trouble` of what is given says why they could not, and is empty where they could; it is logged, too.

        Raises:
            OutOfOrder: `at` lies after the desk's clock, or that clock went back or leapt.
            LogError: the log cannot be written, or a case not be read; `.breaches` are those that were recorded all the same,
                with a `.trouble` of their own.
        """
        return parts.checker.check(self, at)

    def due_soon(self, within: timedelta | Timescale | str) -> list[Deadline]:
        """The deadlines that run and will be late within that time ('2 working days'), overdue ones included, the soonest first.
        Nothing is written."""
        return parts.checker.due_soon(self, within)

    def outstanding(self) -> list[Deadline]:
        """Every deadline that runs, by time left, the least first. Nothing is written."""
        return parts.checker.due_soon(self, None)

    def daily_check(self, at: str = "16:00", *, actor: str, role: str) -> DailyCheck:
        """The check that somebody makes every working day at an hour, such as 4pm: breaches are raised, what is outstanding is
        listed by time left, and that the check was made, by whom, and what was outstanding, is recorded.

        `.missed` are the working days since the first such check on which none was made.
        """
        return parts.checker.daily_check(self, at, actor=actor, role=role)

    # ---- the log ----

    def accept_clock(self, *, actor: str, role: str, reason: str) -> Event:
        """Record that somebody has seen that this desk's clock is right, after it was refused because it leapt or went back.

        From then on it is believed. Breaches of deadlines that by it are still to come are withdrawn.
        """
        return parts.timing.accept_clock(self, actor=actor, role=role, reason=reason)

    def accept_copy(self, *, actor: str, role: str, reason: str) -> Event:
        """Record that there is no more of the log than this file, which was opened `as_it_is` because it lacks what stood beside it."""
        return parts.timing.accept_copy(self, actor=actor, role=role, reason=reason)

    def accept_keys(self, keys: str | os.PathLike[str], *, actor: str, role: str, reason: str) -> Event:
        """Record that the keys of the details are lost for good, and that it is gone on with new ones, in a file that this makes; the
        event 'desk.keys_accepted', which says how many events cannot be read without the lost ones.

        From then on the log is opened with the new ones (or, if they turn up, with the earlier ones, which read what is theirs and take no words).
        Deadlines, breaches and what was destroyed stay as they are.

        Raises:
            KeysError: the keys are there, nothing is sealed under any, the file is there already, or it is no log in a file.
            Refused: it does not say who, and why.
        """
        return parts.accepting.accept_keys(self, keys, actor=actor, role=role, reason=reason)

    def rebuild(self) -> list[str]:
        """Make all that stands beside the events again, from the events alone; the cases of which something else stood."""
        with going_without():
            return parts.looking.rebuild(self)

    def close(self) -> None:
        """Close the log."""
        self.log.close()

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _entry(said: Entry | Mapping[str, Any]) -> Entry:
    if isinstance(said, parts.entry.Entry):
        return said
    fields = {"case_id" if name == "case" else name: value for name, value in said.items()}
    return parts.entry.Entry(**{"actor": "", "role": ""} | fields)
