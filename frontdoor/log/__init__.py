"""The log: an append-only record of events, and beside it what stands now, which can be made again from the events.

    SqliteLog("borough.db")     # one file
    PostgresLog("postgresql://borough")     # for a case system with several servers
    MemoryLog()                 # for tests and for what-ifs

There is no update and no delete. A log decides nothing: the desk says what may be appended and what then stands, and the
log keeps both in one transaction, or neither. Every driver is held to one suite, `frontdoor.testing.conformance`.

A log may give events their positions after they are committed, so that those who write of different cases need not wait for
one another. Within a transaction an event may then have position 0 and no link; outside of one every event that a log gives
has both, they are as gap-free as anywhere, follow the versions within each case, and never change.
"""

from __future__ import annotations

__all__ = ["EventLog", "Head", "Named", "Writing"]

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from frontdoor.event import Draft, Event
from frontdoor.log.standing import BreachRow, DeadlineRow, EpisodeRow, Standing
from frontdoor.moment import Happened

if TYPE_CHECKING:
    from frontdoor.log.chain import Record


class Head(NamedTuple):
    """How far a case has come in the log."""

    version: int
    """Of its last event; 0: it has none."""
    hash: str
    """Of its last event; empty where it has none."""


Named: TypeAlias = tuple[str, str]
"""The name of an event's episode, and the digest of the workflow that this is bound to."""


class Reading(Protocol):
    """What can be asked of a log."""

    @property
    def log_id(self) -> str:
        """A UUID that the log was given when it was made."""

    def head(self, case_id: str) -> Head:
        """How far the case has come."""

    def heads(self, case_ids: Iterable[str]) -> dict[str, Head]:
        """How far each of these cases has come."""

    def events(self, case_id: str) -> list[Event]:
        """Every event of a case in order of position; empty where there is no such case."""

    def find(self, event_id: str) -> Event | None:
        """The event of that id, or None."""

    def found(self, event_ids: Iterable[str]) -> dict[str, Event]:
        """Those of these events that the log has, by their ids."""

    def last(self) -> Event | None:
        """The event of the highest position, or None.

        In a transaction of a log that gives positions later: the event that arrived last, as far as that is committed; or the
        last of a case that is held, if that was recorded later by no more than the clocks of several machines may differ.
        """

    def standing(self, case_id: str) -> Standing:
        """What was last said to stand of a case."""

    def libraries(self) -> list[tuple[str, str, Mapping[str, str]]]:
        """Every library kept, the one used last at the end: its digest, its content, its workflows by their digests."""

    def in_use(self) -> str:
        """The digest of the library that was used last; empty where none was."""


class Writing(Reading, Protocol):
    """A transaction: it sees the log as it is, and nobody else writes of the cases that it holds until it ends. All of it is
    kept, or nothing. It holds the cases that it was begun for, and each that it asks or writes of."""

    @property
    def held(self) -> tuple[str, ...]:
        """Those of the cases it was begun for that it holds: all, or where it was not to wait those that nobody else held."""

    def append(self, drafts: Sequence[Draft], named: Sequence[Named] | None = None) -> Sequence[Event]:
        """Give events their place: position, version in the case, salt, digest of the details, hash and link.

        `named` has the name of the episode of each and the digest of the workflow that this is bound to, where the drafts do
        not say them. Where a log gives positions only after the commit, the position of what is given back is 0, and its link empty.

        Raises:
            Conflict: an event id is in the log already.
        """

    def keep_library(self, digest: str, content: str, workflows: Mapping[str, str], recorded_at: Happened) -> None:
        """Keep workflows by their digests, and the library (by its own) that they belong to, and that it is used now; what is
        kept stays as it is."""

    def stand(self, standing: Iterable[Standing]) -> None:
        """Put what now stands of cases in the place of what was last said to stand of them."""


class EventLog(Reading, Protocol):
    """An append-only log of events. It may be used from several threads and, where it is a file, several processes."""

    def follow(self, after: int = 0) -> Iterator[Event]:
        """Every event of a position higher than `after`, in order of position, as far as the log had come when asked."""

    def records(self) -> Iterator[Record]:
        """Every event as it is stored, in order of position: what `chain.verify` looks at."""

    def cases(self) -> Iterator[str]:
        """Every case, in order of its first event; what is about no case is left out."""

    def size(self) -> int:
        """How many events there are: the highest position."""

    def wait(self, after: int, timeout: float | None = None) -> bool:
        """Wait until there is an event of a position higher than `after`, for so many seconds at most (None: for however
        long); whether there is one."""

    def digests(self) -> set[str]:
        """The digests of all workflows that events say they are bound to."""

    def writing(self, cases: Iterable[str] = (), *, waits: bool = True) -> AbstractContextManager[Writing]:
        """Begin a transaction that writes of these cases (a driver may lock only those). Leaving it by an error undoes it.

        Where it is not to wait, cases that somebody else holds are left to them: `held` are the others. A driver that knows
        one lock for all waits for that.

        Raises:
            Busy: another writer did not let go in time.
            ReadOnly: the log cannot be written.
            LogError: it cannot be written now, as on a full disk.
        """

    def due(self, by: int, *, after: tuple[int, str] = (-(1 << 62), ""), limit: int = 100) -> list[tuple[int, str]]:
        """Cases with a running deadline that is late from a moment no later than `by` and of which no breach stands.

        Pairs of that moment (microseconds from 1970, the case's earliest) and the case, in order, beyond `after`, at most
        `limit`. The cost follows the number found, not the number that run.
        """

    def running(self, *, before: int | None = None) -> Iterator[DeadlineRow]:
        """Every deadline that runs (and, with `before`, is late from a moment before that), soonest first; those
        whose due moment cannot be told come last."""

    def episodes(self) -> Iterator[EpisodeRow]:
        """Every episode that stands, by case and order of opening."""

    def deadlines(self) -> Iterator[DeadlineRow]:
        """Every deadline that stands, by case and in the order the desk gave them."""

    def breaches(self) -> Iterator[BreachRow]:
        """Every breach that was raised, withdrawn ones too, in the order they were raised."""

    def close(self) -> None:
        """Let go of files and connections; what is committed stays."""
