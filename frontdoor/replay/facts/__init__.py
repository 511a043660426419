"""What an audit found, as plain columns to count in: events, episodes and clocks, each with whose work it was.

    facts = of(audit)
    facts.episodes                       # a row an episode: workflow, opened, closed, state, team, source, priority
    facts.clocks                         # a row a deadline: status, due, how long it took
    facts.only(team="North")             # the same, counting that team's alone

Whatever measures, compares or samples asks here, and looks no further into an audit.
"""

from __future__ import annotations

__all__ = [
    "DIMENSIONS",
    "Facts",
    "again",
    "day_of",
    "explanations",
    "month_of",
    "of",
    "same_log",
    "verdicts",
    "working_days",
]

from frontdoor.replay.facts.days import day_of, month_of, working_days
from frontdoor.replay.facts.facts import DIMENSIONS, Facts, of
from frontdoor.replay.facts.verdicts import again, explanations, same_log, verdicts
