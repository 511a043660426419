"""The workflows of a library, under all their editions, as the integer tables that the kernel reads.

Libraries that a log was written under before may stand beside it: only an episode that is bound to them asks them.
"""

from __future__ import annotations

__all__ = ["EVERYTHING", "Carries", "Compiled", "compile_rules", "compiled_for"]

from collections.abc import Container, Mapping, Sequence

import attrs

from frontdoor.carrying import EVERYTHING, Carries
from frontdoor.guidance import Composed, Edition
from frontdoor.library import Library
from frontdoor.rules import Rules
from frontdoor.tables import Tables
from frontdoor.uniting import Numbered, numbered, united


@attrs.frozen
class Compiled:
    """The tables, and the names behind their numbers."""

    rules: Rules
    library: Library
    """Today's; it tells of the workflows that only older ones declare, too (`uniting.united`)."""
    editions: tuple[Numbered, ...] = attrs.field(repr=False)
    """What the numbers of editions stand for, from -1."""
    carries: Carries
    workflows: tuple[str, ...]
    transitions: tuple[str, ...]
    """Qualified: 'referral.accept'."""
    timers: tuple[str, ...]
    """Qualified: 'referral.decision'."""
    states: tuple[tuple[str, ...], ...]
    roles: tuple[str, ...]
    details: Mapping[str, int]
    """The bit of each detail that some transition needs."""
    numbers: Mapping[str, int] = attrs.field(repr=False)
    """The number of each qualified transition."""

    def composed(self, edition: int) -> Composed:
        """The workflows that an edition's number (-1: before the first) stands for."""
        return self.editions[edition + 1].composed

    def guidance(self, edition: int) -> Edition | None:
        """The edition of a number; None before the first."""
        return self.editions[edition + 1].edition

    def edition(self, edition: int) -> str:
        """The name of an edition by its number; empty before the first."""
        guidance = self.guidance(edition)
        return guidance.name if guidance else ""


def compile_rules(
    library: Library,
    carries: Carries = EVERYTHING,
    occurring: Container[str] | None = None,
    older: Sequence[Library] = (),
) -> Compiled:
    """The tables for a library, for events from a source that can carry `carries`.

    `occurring` are the workflows of which the input has any event: where none of those named in an `after` occurs, a
    source begins later in the journey, and is not at fault for that. `older` are libraries that episodes may be bound
    to by a log; no edition of theirs is chosen by a date, and the calendar is the library's.

    Raises:
        InvalidWorkflow: all of them together declare more than the tables can hold.
    """
    return compiled_for(library, (carries,), occurring, older)[0]


def compiled_for(
    library: Library, several: Sequence[Carries], occurring: Container[str] | None, older: Sequence[Library]
) -> tuple[Compiled, ...]:
    """The same for each of several sources. Those that carry what comes to the same share their `rules`.

    Raises:
        InvalidWorkflow: as for `compile_rules`.
    """
    editions, every = numbered(library, older), united(library, older)
    made = Tables(editions, occurring)
    states = tuple(tuple(made.members["states"][name]) for name in made.workflows)
    transitions, timers, roles = tuple(made.transitions), tuple(made.timers), tuple(made.roles)
    return tuple(
        Compiled(
            made.rules(carries), every, editions, carries, made.workflows, transitions, timers, states, roles, made.details,
            made.numbers,
        )
        for carries in several
    )  # fmt: skip
