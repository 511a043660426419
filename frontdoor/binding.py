"""Which edition an episode of a log is bound to: what the digest of the event that opened it says, of whichever library."""

from __future__ import annotations

__all__ = ["Bindings"]

from bisect import bisect_right
from collections.abc import Sequence

from frontdoor.keeping import numbers
from frontdoor.library import Library
from frontdoor.moment import EPOCH
from frontdoor.rows import UNBOUND
from frontdoor.uniting import numbered


class Bindings:
    """The numbers of editions by the digests of the workflows under them, of a library and of older ones."""

    def __init__(self, library: Library, older: Sequence[Library] = ()) -> None:
        self._library = library
        self._numbers = numbers(library, older)
        self._names = [one.edition.name if one.edition else "" for one in numbered(library, older)]
        self._starts = [start.toordinal() - EPOCH for start in library.starts]
        every = (one for each in (library, *older) for one in each.composed[None].workflows.values())
        self._openings = frozenset(f"{workflow.name}.{workflow.opens_with}" for workflow in every)

    def knows(self, digest: str) -> bool:
        """Whether the workflow of that digest is here."""
        return not digest or digest in self._numbers

    def edition_on(self, day: int) -> str:
        """The name of the edition in force on a local day (from 1970) by the newest library; empty before the first."""
        number = bisect_right(self._starts, day)
        return self._library.editions[number - 1].name if number else ""

    def bound(self, digest: str, event: str, day: int) -> int:
        """The number of the edition that an episode is bound to if this event of that local day opens it.

        An opening is bound to what its digest says. Any other event got its digest from the opening of its episode; if
        that was struck out, and this one opens the episode instead, the edition in force on its own day counts.
        """
        number = self._numbers.get(digest, UNBOUND)
        if number == UNBOUND or event in self._openings:
            return number
        return number if self._names[number + 1] == self.edition_on(day) else UNBOUND
