"""What a desk works with: its log, its clock, the rules that it goes by, the cases that it has at hand, and sessions in which
something is recorded. For the desk's own parts; what a case system uses is `Desk`."""

from __future__ import annotations

__all__ = ["Hook", "Workings"]

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from frontdoor import desk as parts  # each is loaded when it is first used: importing a desk costs next to nothing
from frontdoor.errors import LogTampered, UnknownCase, did_you_mean
from frontdoor.log.keys import as_can_be, asking_anew, going_without

if TYPE_CHECKING:
    from frontdoor.case import Episode
    from frontdoor.clock import Clock
    from frontdoor.desk.known import Known
    from frontdoor.desk.rulebook import Rulebook
    from frontdoor.desk.session import Session
    from frontdoor.desk.timing import Timekeeper
    from frontdoor.event import Event
    from frontdoor.library import Library
    from frontdoor.log import EventLog

Hook: TypeAlias = "Callable[[Event, Episode | None], object]"
"""What is called with each event once it is safely in the log, and the episode that it changed, as it then was."""

_FEW = 20_000
"""Events of a log that is small enough to look through for a case that was meant."""


class Workings:
    """A log, used by one clock and one library."""

    def __init__(self, log: EventLog, *, clock: Clock, library: Library, after: tuple[Hook, ...]) -> None:
        self.log = log
        self.clock = clock
        self.library = library
        self._after = after
        self._shelf = parts.known.Shelf()
        self._rulebook: Rulebook | None = None
        self._is_in_step = False
        self._time: Timekeeper | None = None

    # ---- rules ----

    @property
    def rulebook(self) -> Rulebook:
        """The rules that this desk goes by: its library, and what older episodes in the log are bound to."""
        if self._rulebook is None:
            self._rulebook = parts.rulebook.Rulebook.of(self.library, self.log)
        return self._rulebook

    def learn(self, digests: Iterable[str]) -> None:
        """See to it that the rulebook has the workflows of these digests, which another desk may have kept since."""
        asked = set(digests)
        if not all(map(self.rulebook.knows, asked)):
            self._rulebook = parts.rulebook.Rulebook.of(self.library, self.log)
            if not all(map(self._rulebook.knows, asked)):
                raise LogTampered("events are bound to workflows that the log does not keep: see what verify says.")

    def fall_in_step(self) -> None:
        """See to it, once, that what stands is dated by this desk's calendar, if its library is new to the log."""
        if not self._is_in_step:
            if self.log.in_use() not in ("", self.rulebook.kept.digest):
                parts.looking.date_anew(self)
            self._is_in_step = True

    def shares_with_other_calendars(self) -> bool:
        """Whether desks with another calendar have used the log, so that what stands may be dated by theirs."""
        if self.log.in_use() not in ("", self.rulebook.kept.digest):
            self._rulebook = parts.rulebook.Rulebook.of(self.library, self.log)
        return any(older.calendar != self.library.calendar for older in self.rulebook.older)

    # ---- cases at hand ----

    def known(self, case_id: str, *, new: bool = False) -> Known:
        """A case as the log has it, folded, for the desk's own parts; with `new` also one of which nothing is recorded."""
        if not parts.entry.is_text(case_id):
            raise UnknownCase(f"there is no case {ascii(case_id)[:80]} in the log.")
        with going_without():
            self._rulebook, known = self._shelf.get(case_id, self.log, self.rulebook, placed=True)
        if not known.events and not new:
            meant = did_you_mean(case_id, self.log.cases()) if self.log.size() <= _FEW else ""
            raise UnknownCase(f"there is no case {case_id!r} in the log.{meant}")
        return known

    def put_away(self, case_id: str) -> None:
        """Keep a case at hand no more, for the desk's own parts: what could be read of it can be read no longer."""
        self._shelf.drop(case_id)

    # ---- sessions ----

    @contextmanager
    def session(
        self,
        cases: Iterable[str],
        *,
        in_step: bool = True,
        waits: bool = True,
        by_clock_alone: bool = False,
        after_silence: bool = False,
    ) -> Iterator[Session]:
        """A transaction of several steps, for the desk's own parts: settled at its end, and then the hooks are called.

        `by_clock_alone`: the clock is believed, whatever was recorded before; `after_silence`: however long ago that was, for
        what is done to a log that nobody records in any more.
        """
        if in_step:
            self.fall_in_step()
        time = self._timekeeper()
        rulebook, begin = self.rulebook.prepared(), parts.session.Session  # before anybody has to wait for this one
        with going_without(), self.log.writing(tuple(dict.fromkeys(cases)), waits=waits) as log:
            now = time.accept() if by_clock_alone else time.now(as_can_be(log.last)[0], after_silence=after_silence)
            session = begin(log, rulebook, self._shelf, now, keeps=in_step)
            yield session
            session.settle()
        self._rulebook = session.rulebook
        for known in session.known.values():
            self._shelf.put(known)
        self._tell(session)

    def look_at_clock(self) -> None:
        """See that the clock has not gone back behind what was recorded, nor leapt, where nothing may come to be recorded.

        Raises:
            OutOfOrder: it has.
        """
        with going_without():
            self._timekeeper().now(as_can_be(self.log.last)[0], after_silence=True)

    def _timekeeper(self) -> Timekeeper:
        self._time = self._time or parts.timing.Timekeeper(self.clock)
        return self._time

    def _tell(self, session: Session) -> None:
        for event in chain.from_iterable(session.recorded) if self._after else ():
            episode = parts.looking.episode_of(session.known.get(event.case_id), event)
            for hook in self._after:
                try:
                    with asking_anew():
                        hook(event, episode)
                except Exception:  # a host's own code: the event is in the log whatever it does
                    import logging

                    logging.getLogger("frontdoor").exception(
                        "a hook failed after %s of %s was recorded", event.event, event.case_id
                    )
