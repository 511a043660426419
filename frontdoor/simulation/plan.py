"""What the engine reads: a scenario as tables of integers.

S sources, P priorities, A tasks, M teams, N workers, R rotas. Chances are in 2**32; lengths in seconds; tables of
quantiles as `draws.quantile` reads them.
"""

from __future__ import annotations

__all__ = ["AFTER", "Past", "Plan", "Sources", "Tasks", "Teams", "Triggers"]

from typing import NamedTuple

from frontdoor.rows import Ints

AFTER = -1
"""The state of a task that does not belong to one."""


class Sources(NamedTuple):
    """Who brings contacts."""

    begins: Ints
    """The transition that it brings."""
    role: Ints
    known: Ints
    """The chance that it is about a child referred in the year before, of whom nothing is open."""
    vetted: Ints
    """The chance that what would come to one of the `kept` routes is kept back."""
    first_task: Ints
    """The task whose route that is told by; -1: none."""
    batch: Ints
    """The table of quantiles of how many come together."""
    hour0: Ints
    """[source + 1] where its hours begin in the next."""
    rate: Ints
    """[] how many are expected before an hour, in millionths."""
    priority: Ints
    """[source, priority] the chance of this priority or one before it."""


class Tasks(NamedTuple):
    """What there is to do."""

    at_state: Ints
    """The state it belongs to, over all workflows; AFTER: none."""
    team: Ints
    other: Ints
    """The slot of what another person must have done; -1: none."""
    held: Ints
    """Whether the worker who holds the case does it."""
    # [task, source, priority]
    chance: Ints
    effort: Ints
    """Its table of quantiles."""
    wait: Ints
    """Its table of quantiles; -1: none."""
    wait_works: Ints
    """Whether that is in working days."""
    out_of_hours: Ints
    """The team that does it while its own is away; -1: none."""
    routes: Ints
    """Where its routes begin in the next three."""
    route: Ints
    """[] the chance of this route or one before it."""
    does: Ints
    """[] the transition; -1: none; from T on a further task."""
    kept: Ints
    """[] whether it is what the police may keep back."""


class Triggers(NamedTuple):
    """What comes of what happens."""

    in_state0: Ints
    """[all states + 1] where the tasks of a state begin in the next."""
    in_state: Ints
    after0: Ints
    """[transition + 1] where the tasks that follow a transition begin in the next."""
    after: Ints
    state0: Ints
    """[workflow] the number of its first state, over all."""
    opens: Ints
    """[edition + 1, transition] the transition that opens what it opens; -1: nothing."""
    refers: Ints
    """[transition] whether from it on the child counts as referred."""


class Teams(NamedTuple):
    """Who does it."""

    role: Ints
    rota: Ints
    cap: Ints
    """The most cases that one of its workers holds."""
    absence: Ints
    staff0: Ints
    """[team + 1] the number of its first worker."""
    works_in: Ints
    """[worker] the team."""
    who: Ints
    """[worker] who it is whatever the staff of other teams: the team and the place in it, as one."""


class Past(NamedTuple):
    """What had happened when a run begins that does not start empty, beside the rows themselves."""

    sizes: Ints
    """How many rows, cases and labels there are; the first cases are those with rows."""
    # [case]
    source: Ints
    """-1: not known."""
    priority: Ints
    # [], in order of time
    referred: Ints
    """The cases that were referred in the year before; and when."""
    referred_at: Ints
    leads0: Ints
    """[task + 1] where the transitions that a task can lead to, by itself or by further tasks, begin in the next."""
    leads: Ints
    frontier: Ints
    """[task, priority] the second before which whatever arose is overtaken; 0: nothing is."""


class Plan(NamedTuple):
    """A scenario under its workflows."""

    sizes: Ints
    """S, P, A, M, N, R, the most cases that any worker may hold, the second the run begins, the one it ends, the one from
    which what comes is counted, the second of the day of the daily check, the second that hours are counted from."""
    policies: Ints
    """Whether the daily check moves what falls due today to the front; after how many seconds work is moved up (0: never); for
    each team the one that helps it at the check, -1: none."""
    quantiles: Ints
    """The first table is of a gap by chance whose mean is a million."""
    sources: Sources
    tasks: Tasks
    triggers: Triggers
    teams: Teams
