"""Several libraries side by side: today's, and older ones that episodes of a log are still bound to.

Workflow files change. An episode keeps the workflow, as its edition had it, of the day it opened; so a case can hold
episodes bound to editions of several libraries. Here those editions get their numbers, and each library learns of the
workflows that only another declares: they are there to be read, and no edition of its own has them.
"""

from __future__ import annotations

__all__ = ["Numbered", "numbered", "united"]

from collections.abc import Sequence
from typing import NamedTuple

import attrs

from frontdoor.guidance import Composed, Edition
from frontdoor.library import Library


class Numbered(NamedTuple):
    """What one number of an edition stands for."""

    library: Library
    edition: Edition | None
    """None: the days before the first."""
    composed: Composed


def numbered(library: Library, older: Sequence[Library] = ()) -> tuple[Numbered, ...]:
    """What the numbers -1, 0, 1, 2 and so on stand for, in that order.

    -1 is the days before the library's first edition, and from 0 come its own, oldest first. After these come the
    editions of each older library, in order, and at last the days before the first edition of each of them.
    """
    first, *rest = [library, *older]
    places = [(first, None), *((one, edition) for one in (first, *rest) for edition in one.editions)]
    places += [(one, None) for one in rest]
    spare = _declared(library, older)
    return tuple(
        Numbered(one, edition, _filled(one.composed[edition.name if edition else None], spare))
        for one, edition in places
    )


def united(library: Library, older: Sequence[Library] = ()) -> Library:
    """The library, able to tell of whatever older ones declare, too: `names` and `anywhere` answer for all of them.

    Its editions are its own. What older libraries say stands in `composed` under names that no edition has.
    """
    if not older:
        return library
    spare = _declared(library, older)
    composed = {name: _filled(one, spare) for name, one in library.composed.items()}
    for number, other in enumerate(older, 1):
        composed |= {f"{name or ''} ({number})": _filled(one, spare) for name, one in other.composed.items()}
    return attrs.evolve(library, composed=composed)


def _declared(library: Library, older: Sequence[Library]) -> dict[str, Composed]:
    """Every workflow by name, in what the first library that declares it says before any edition."""
    found: dict[str, Composed] = {}
    for one in (library, *older):
        for name in one.composed[None].workflows:
            found.setdefault(name, one.composed[None])
    return found


def _filled(composed: Composed, spare: dict[str, Composed]) -> Composed:
    """The same with the workflows that it lacks, none of which its edition has."""
    lacking = {name: other for name, other in spare.items() if name not in composed.workflows}
    if not lacking:
        return composed
    workflows = {**composed.workflows, **{name: other.workflows[name] for name, other in lacking.items()}}
    origins = {
        path: origin
        for name, other in lacking.items()
        for path, origin in other.origins.items() if path[0] == name
    }  # fmt: skip
    return attrs.evolve(composed, workflows=workflows, origins={**composed.origins, **origins})
