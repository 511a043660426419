"""The libraries that sources carry, side by side, and the numbers of editions that their events are bound to."""

from __future__ import annotations

__all__ = ["Bound", "libraries"]

from collections.abc import Sequence

import attrs

from frontdoor.formats.source import Source
from frontdoor.library import Library
from frontdoor.uniting import numbered


@attrs.frozen
class Bound:
    """What several sources that carry libraries are judged by together."""

    library: Library | None
    """That of the first source which carries one."""
    older: tuple[Library, ...]
    """Its older ones, then those of the other sources."""
    numbers: tuple[dict[int, int], ...]
    """For each source the new number of each edition (from -1) that its own `bound` may say."""


def libraries(sources: Sequence[Source]) -> Bound:
    """Put the libraries of all sources side by side."""
    every = [library for source in sources if source.library for library in (source.library, *source.older)]
    if not every:
        return Bound(None, (), tuple({} for _ in sources))
    places = numbered(every[0], every[1:])
    numbers: list[dict[int, int]] = []
    before = 0
    for source in sources:
        new: dict[int, int] = {}
        if source.library:
            own = every[before : before + 1 + len(source.older)]
            before += len(own)
            for number, one in enumerate(numbered(own[0], own[1:]), -1):
                new[number] = next(
                    place for place, other in enumerate(places, -1)
                    if other.library is one.library and other.edition is one.edition
                )  # fmt: skip
        numbers.append(new)
    return Bound(every[0], tuple(every[1:]), tuple(numbers))
