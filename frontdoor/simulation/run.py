"""What a run of the engine writes: its agenda, the work and where it stands, the workers, and what is counted.

It comes in parts, so that whoever touches one of them is handed no more than that.
"""

from __future__ import annotations

__all__ = [
    "Agenda",
    "Arrivals",
    "Checks",
    "Children",
    "Contacts",
    "Line",
    "Marks",
    "Pieces",
    "Run",
    "Staff",
    "Work",
]

from typing import NamedTuple

from frontdoor.rows import Cells

# What `Run.now` holds, by place.
(
    ROWS,
    CONTACTS,
    CASES,
    ITEMS,
    FREE,
    ON_BOOK,
    RECENT,
    REFERRED,
    PIECES,
    LAPSED,
    PUT_OFF,
    KEPT_BACK,
    MOST,
    WITH_ROOM,
    OPEN,
    RESUMED,
    BEFORE,
    LABELS,
) = range(18)
# What `Agenda.clock` holds.
TIME, ORDER, SIZE, NEXT, AT_ONCE = range(5)


class Agenda(NamedTuple):
    """What is to come, as a heap; what is to come in the second that it is, as a row."""

    clock: Cells
    """The second that it is; the number of the next entry of the heap; how many entries it has; the next of the row, and
    how many the row has, those that are done included."""
    moment: Cells
    """[entry] its second and its number, as one."""
    matter: Cells
    """[entry] what is to be done then, and with what, as one."""
    at_once: Cells
    """[] the same of the row."""


class Arrivals(NamedTuple):
    """How far each source has come."""

    came: Cells
    """How many have come, those kept back included."""
    hour: Cells
    """The hour that was reached."""
    reached: Cells
    """How far chance has gone, in millionths of a contact."""


class Children(NamedTuple):
    """The cases."""

    shelf: Cells
    """[case, 3] what `Book.tally` says of a case, while another is on the book."""
    newest: Cells
    """[case] its latest contact."""
    episodes: Cells
    """[case] how many episodes it has."""
    referred: Cells
    """[] the cases that were referred, in that order; and when."""
    referred_at: Cells


class Contacts(NamedTuple):
    """The contacts, each with all that follows from it."""

    case: Cells
    source: Cells
    number: Cells
    """Which of its source's it is."""
    lot: Cells
    """What every number that is drawn for it comes of."""
    priority: Cells
    counted: Cells
    """Whether it came in the time that is counted."""
    live: Cells
    """How many items of work there are of it."""
    holder: Cells
    """The worker who holds it; -1: none."""
    turns: Cells
    """[contact, task] how often it has come to that task."""


class Work(NamedTuple):
    """The items of work that there are."""

    task: Cells
    contact: Cells
    episode: Cells
    in_stay: Cells
    """The stay of its episode that it belongs to."""
    turn: Cells
    team: Cells
    since: Cells
    """When it came to its queue; when it was begun."""
    started: Cells
    due: Cells
    """The first second at which a clock of its episode is late, as it came to its queue."""


class Line(NamedTuple):
    """The queues: those of teams, of workers, and of work that waits for a worker with room; one a priority."""

    head: Cells
    tail: Cells
    queue: Cells
    """[item] -1: none."""
    after: Cells
    """[item] the next in its queue, or among the free."""
    before: Cells
    # [2 teams]: a team's, and behind them what waits for one of its workers to have room
    waiting: Cells
    """How much work waits, since when that was so, and its sum over the time that is counted, in seconds."""
    counted_to: Cells
    area: Cells


class Staff(NamedTuple):
    """The workers."""

    busy: Cells
    """The item that is worked on; -1: none."""
    load: Cells
    """How many cases are held."""
    order: Cells
    """[] the workers of each team as a heap: whoever holds the fewest, of those who do the first, is at its top."""
    place: Cells
    """Where in it they stand."""
    is_idle: Cells
    before: Cells
    """Among the idle of the team, who have been so longer."""
    after: Cells
    # [team]
    first: Cells
    """The first and last of its idle."""
    last: Cells
    worked: Cells
    """The seconds of work that it took on in the time that is counted."""
    holds: Cells
    """[team, cases] the worker-days on which so many were held."""
    span: Cells
    """[rota] the one of its spans that now lies in, else the next."""


class Marks(NamedTuple):
    """What is noted of the kernel's rows, episodes and deadlines."""

    of: Cells
    """[row] its contact."""
    ready: Cells
    """[row] when the work that ended in it could be begun, and was begun; -1: there was none."""
    begun: Cells
    stay: Cells
    """[episode] the row by which it came to the state it is in."""
    late_from: Cells
    """[deadline] the first second at which it is late; FAR: after the run; UNTOLD: that cannot be told."""
    counts_row: Cells
    """[deadline] the row from which that was counted."""


class Pieces(NamedTuple):
    """What was worked on, or waited for a worker with room (its team is then one of the second half)."""

    task: Cells
    team: Cells
    contact: Cells
    since: Cells
    start: Cells
    end: Cells


class Checks(NamedTuple):
    """What the daily check found, by day."""

    open_: Cells
    """[day] of how many contacts there was something to do."""
    # [day, 2 teams], those that wait for room behind
    backlog: Cells
    """How much waited."""
    oldest: Cells
    """For how many seconds the longest had."""


class Run(NamedTuple):
    """One run, as far as it has come."""

    now: Cells
    """How many rows, contacts, cases and items there are; the first free item; the case that is on the book; the first
    and behind the last case referred within a year; how many pieces of work ended, lapsed and were put off; contacts kept
    back; the most episodes that a case has; the team, from 1, of which a worker has room again; contacts of
    which there is something to do; rows of the past of which the work was taken up; episodes of the past, and the first label that
    is theirs."""
    agenda: Agenda
    arrivals: Arrivals
    children: Children
    contacts: Contacts
    work: Work
    line: Line
    staff: Staff
    marks: Marks
    pieces: Pieces
    checks: Checks
