"""What a replayed log shows of a desk: what came, and each piece of work with what it arose of, who did it, and what became of it.

A piece of work is a stay in a state, that ends with what leads out of it; or something that follows: what is done within states,
or opens another episode. What follows could be done from when its episode first came to a state in which it may be. So far as
the kernel believed the log, so does this: an illegal step is a step. Moments are seconds of local time.
"""

from __future__ import annotations

__all__ = ["Arrival", "Piece", "Record", "Seen"]

from collections.abc import Mapping
from typing import NamedTuple

import attrs

from frontdoor.workflow import Workflow


class Record(NamedTuple):
    """One event, as it was believed."""

    at: int
    event: str
    episode: int
    actor: str
    team: str
    role: str
    priority: str
    source: str
    case: str


class Arrival(NamedTuple):
    """Something that began by itself."""

    at: int
    event: str
    source: str
    priority: str
    case: str


class Piece(NamedTuple):
    """One piece of work."""

    place: str
    """The state whose end it is ('referral.received'), or what follows ('referral.acknowledge')."""
    entry: str
    """The event of which it arose."""
    since: int
    until: int
    """When it was done, or up to when it was not."""
    by: Record | None
    """What ended it; None: it is not done."""
    priority: str
    source: str

    @property
    def end(self) -> str:
        """The event that ended it; '' where it is not done."""
        return self.by.event if self.by else ""


@attrs.define
class Seen:
    """What was seen."""

    workflows: Mapping[str, Workflow]
    arrivals: list[Arrival]
    records: list[Record]
    pieces: list[Piece]
    referred: dict[str, list[int]]
    """[case] when it was referred."""
    first: int
    """The first and the last second that is looked at."""
    last: int
    unknown: int = 0
    """Events of a name that no workflow has."""
    titles: dict[str, tuple[tuple[str, ...], int]] = attrs.field(factory=dict)
    """[a role that no workflow knows] the roles that it was taken for, and of how many events."""
    loose: int = 0
    """Episodes that begin in the middle, or by themselves where something should have opened them."""
