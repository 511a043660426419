"""The tables that the kernel reads: workflows under their editions, and the calendar, as columns of integers.

`compiled` has them made from a library, by `tables`.
"""

from __future__ import annotations

__all__ = ["ALWAYS", "DAYS", "HOURS", "MONTHS", "WORKING_DAYS", "Rules"]

from typing import NamedTuple

from frontdoor.rows import Ints

HOURS, WORKING_DAYS, DAYS, MONTHS = 0, 1, 2, 3  # weeks are days
ALWAYS = 1 << 62
"""Further than any moment."""


class Rules(NamedTuple):
    """Workflows as integer tables; one table for each set of editions that say the same.

    T transitions, W workflows and K timers are counted over all of them; x = table * T + transition, and so on.
    """

    sizes: Ints
    """T, W, K, the number of editions (those of older libraries included), the most slots, the most uses and the most timers
    that a workflow has."""
    logged: int
    """Whether a stop that lies before its anchor is believed."""
    starts: Ints
    """[edition] the local day it comes into force, ascending. Those of older libraries have none: only a log binds an
    episode to them."""
    table: Ints
    """[edition + 1] its table; the first is for the days before any edition."""
    early: Ints
    """[table] whether it is for the days before any edition."""
    # [transition]
    wf: Ints
    slot: Ints
    """Where an episode keeps its first and latest row; -1: nobody asks. An opening always has one."""
    opens: Ints
    """Whether it opens its workflow, in some table."""
    place: Ints
    """Its bit among its workflow's transitions."""
    mark: Ints
    """Its bit among the transitions that some workflow must come after; 0: none."""
    feeds: Ints
    """Workflows with a timer that counts from it, as bits: another workflow's clock."""
    # [workflow]
    told: Ints
    """Whether the source can carry the opening; else its absence says nothing."""
    slots: Ints
    uses: Ints
    """How many (timer, anchor) pairs of other workflows count from this one's events."""
    timers: Ints
    """[workflow + 1] where its timers begin."""
    # [table, transition]
    frm: Ints
    """The states it may leave, as bits (those included from which only transitions the source cannot carry lead)."""
    leaves: Ints
    """The states it leaves by declaration alone."""
    to: Ints
    """The state it leads to; -1: stays."""
    roles: Ints
    needs: Ints
    not_by: Ints
    """The slot of the transition that another person must have done; -1: none."""
    bars: Ints
    """The workflows of which no episode may be open, as bits."""
    # [table, workflow]
    known: Ints
    """Whether the edition has the workflow; before any edition nobody asks."""
    opener: Ints
    """The transition that opens it."""
    init: Ints
    final: Ints
    ended: Ints
    """The states in which it has ended, or may have by a transition that the source cannot carry."""
    after: Ints
    # [table, timer]
    on: Ints
    """Whether it has a length here (before any edition: whether it is declared)."""
    counts: Ints
    """The transitions of its own workflow (by place) that it counts from."""
    runs: Ints
    until: Ints
    """The transitions (by place) that stop it; 0: it is stopped by leaving `runs`."""
    met: Ints
    latest: Ints
    blind: Ints
    """The states in which it may have stopped unseen, by what the source cannot carry, as bits."""
    told_to: Ints
    """The last moment up to which the source tells of every other stop: of several put together, those that can may end
    before the rest; ALWAYS: to the end."""
    told_day: Ints
    """Its local day."""
    own_opening: Ints
    """Whether its last anchor is the opening of its own episode: missing, it cannot be told."""
    length: Ints
    then: Ints
    unit: Ints
    then_unit: Ints
    anchors: Ints
    """[table, timer + 1] where its anchors begin in the next two."""
    anchor: Ints
    """[] the transition it counts from."""
    earlier: Ints
    """[] whether the source has no place for one that comes before it in order, and would have happened before it."""
    use: Ints
    """[] which of its workflow's `uses` that is; -1: its own workflow's."""
    # the calendar, by days from 1970
    first_day: int
    """The first day that holidays are known for."""
    worked: Ints
    """[day - first_day] how many working days there are up to and including it."""
    working: Ints
    """Every working day in order."""
