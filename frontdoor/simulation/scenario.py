"""A scenario: who brings contacts and when, who works and when, what each piece of work takes and leads to.

Everything of one is data; `scenario_file` makes it of a TOML file and says what is wrong with it, `planning` makes of it
the tables that the engine runs on.
"""

from __future__ import annotations

__all__ = ["FILLING", "ROOM", "Case", "Policies", "Rota", "Scenario", "Source", "Task", "Team", "fits"]

from collections.abc import Mapping, Sequence
from datetime import date

import attrs

from frontdoor.simulation.durations import Duration, Fixed
from frontdoor.working_days import Calendar

FILLING = 104 * 7
"""Days before its first for which a scenario may need a calendar, where it does not say how long the office fills."""
ROOM = 60
"""Days after its last for which it needs one: what is begun then may be due in them."""
Span = tuple[int, int]
"""From and to, in seconds of a day; to is not included."""


@attrs.frozen
class Rota:
    """When a team works: the spans of each day of the week from Monday, and of a bank holiday."""

    name: str
    week: tuple[tuple[Span, ...], ...]
    bank_holidays: tuple[Span, ...] = ()

    def on(self, day: date, calendar: Calendar) -> tuple[Span, ...]:
        """The spans of a day; a day that an authority itself closes is as a bank holiday."""
        is_closed = day in calendar.holidays or day in calendar.closures
        return self.bank_holidays if is_closed else self.week[day.weekday()]


@attrs.frozen
class Team:
    """People who do the same work in the same hours."""

    name: str
    role: str
    rota: str
    staff: int
    absence: float = 0.0
    """The share of its days on which a worker is away."""
    cap: int | None = None
    """The most cases a worker holds; 0: none, so that no task of theirs is held; None: as many as come."""
    title: str = ""


@attrs.frozen
class Source:
    """Where contacts come from."""

    name: str
    per_year: float
    """How many contacts, before any is kept back."""
    begins: str = "contact.receive"
    code: str = ""
    """What the log says of where it came from."""
    role: str = "system"
    """The role that records it."""
    by_weekday: tuple[float, ...] = (1.0,) * 7
    """From Monday; these and the next two are weights, what they add up to does not matter."""
    by_hour: tuple[float, ...] = (1.0,) * 24
    by_month: tuple[float, ...] = (1.0,) * 12
    on_bank_holidays: float = 1.0
    """How much of what that weekday would bring a bank holiday brings."""
    batch: Mapping[int, float] = attrs.field(factory=lambda: {1: 1.0})
    """How many come together, with the share of times that so many do."""
    priority: Mapping[str, float] = attrs.field(factory=dict)
    """The share of each priority; empty: all of the first."""
    known: float = 0.0
    """The share about a child who was referred in the year before and of whom nothing is open."""
    title: str = ""

    @property
    def together(self) -> float:
        """How many come together, on average."""
        return sum(size * share for size, share in self.batch.items()) / sum(self.batch.values())


@attrs.frozen
class Case:
    """What a task is for some: those of these sources, of these priorities (empty: of any)."""

    sources: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    chance: float = 1.0
    effort: Duration = Duration(Fixed(0))
    wait: Duration | None = None
    out_of_hours: str | None = None
    does: Mapping[str, float] = attrs.field(factory=dict)
    """The transition, or the further task, and the share that leads to it; what is left leads to nothing."""


def fits(cases: Sequence[Case], source: str, priority: str) -> int:
    """The number of the first case that is for a source and a priority; how many there are, if none is."""
    for i, case in enumerate(cases):
        if (not case.sources or source in case.sources) and (not case.priorities or priority in case.priorities):
            return i
    return len(cases)


@attrs.frozen
class Task:
    """A piece of work: what it comes of, who does it, what it takes and leads to."""

    name: str
    team: str
    states: tuple[str, ...] = ()
    """It comes of an episode's coming to one of these ('referral.received'), and is moot when that is left."""
    after: tuple[str, ...] = ()
    """It comes of these transitions."""
    held: bool = False
    """Whether the worker who holds the case does it, and begins to hold it with it."""
    cases: tuple[Case, ...] = ()
    """The first that fits says what it is; the last fits all."""
    title: str = ""


@attrs.frozen
class Policies:
    """What a manager may switch."""

    check_at: int = 16 * 3_600
    """The second of the day of the daily check."""
    check: bool = False
    """Whether, at the daily check, what falls due on the day and is not late yet goes to the front of its priority."""
    helped_by: Mapping[str, str] = attrs.field(factory=dict)
    """[team] the team that takes over at the check what falls due on the day, if that is there then."""
    ageing: int = 0
    """After how many seconds in a queue work is moved up a priority, and after as many again another; 0: never."""
    vetting: Mapping[str, float] = attrs.field(factory=dict)
    """[source] the share of what would come to one of `vetted` that is kept back before it arrives."""
    vetted: tuple[str, ...] = ()
    signposting: float | None = None
    """The share of what ends below the threshold that is signposted; None: as the tasks say."""
    signpost: str = "contact.signpost"
    below: tuple[str, ...] = ("contact.close",)
    """What ends below the threshold."""

    def routes(self, does: Mapping[str, float]) -> dict[str, float]:
        """The shares of what a task leads to, with a part of what ends below the threshold signposted if that is so."""
        shares = dict(does)
        below = [name for name in (*self.below, self.signpost) if name in shares]
        if self.signposting is None or not set(below) & set(self.below):
            return shares
        total = sum(shares[name] for name in below)
        rest = sum(shares[name] for name in below if name != self.signpost)
        for name in below:
            if name != self.signpost:
                shares[name] *= total * (1 - self.signposting) / rest if rest else 0.0
        return shares | {self.signpost: total * self.signposting}


@attrs.frozen
class Scenario:
    """A duty desk to be simulated."""

    name: str
    title: str
    starts: date
    ends: date
    """The last day, included."""
    priorities: tuple[str, ...]
    """The first goes first."""
    rotas: Mapping[str, Rota]
    teams: Mapping[str, Team]
    sources: Mapping[str, Source]
    tasks: Mapping[str, Task]
    policies: Policies = Policies()
    demand: float = 1.0
    """How many times as many come as the file says of each source; `sources` have it in them already."""
    warm_up: int | None = None
    """Days before `starts` in which the office fills; None: measured."""
    known_by: tuple[str, ...] = ("referral.receive",)
    """The transitions by which a child counts as referred."""
    cautions: tuple[str, ...] = ()
    """What must be known with every figure that comes of it."""
    notes: Mapping[str, str] = attrs.field(factory=dict)
    """[table] where its figures come from, or that they are assumed."""
