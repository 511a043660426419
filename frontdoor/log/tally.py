"""What is to be told of a log's sealed details, counted while its records go by: how many open, and why others do not."""

from __future__ import annotations

__all__ = ["Tally"]

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import attrs

from frontdoor.event import DESTROYED
from frontdoor.log.sealing import Sealing
from frontdoor.log.shown import GONE, NO_KEY, NOT_GIVEN

_Record = TypeVar("_Record", bound=tuple[Any, ...])


@attrs.define
class Tally:
    """How the details of a log's events are kept, counted while its records go by."""

    sealing: Sealing
    sealed: int = 0
    opened: int = 0
    destroyed: int = 0
    missing: int = 0
    """Of cases that the keys have none of."""
    not_given: int = 0
    gone: set[str] = attrs.field(factory=set)
    """The cases of which the log says that their details were destroyed."""

    def watch(self, records: Iterable[_Record]) -> Iterator[_Record]:
        """The same records; those that have gone by are opened, some hundreds at a time, where the keys are there.

        Raises:
            LogTampered: one does not open by the key of its case.
        """
        some: list[_Record] = []
        for record in records:
            yield record
            if record[5] == DESTROYED:
                self.gone.add(record[2])
            if record[16] == "":
                some.append(record)
                if len(some) == _SOME:
                    self._look(some)
                    some = []
        self._look(some)

    def _look(self, some: Sequence[_Record]) -> None:
        held = self.sealing.held(record[2] for record in some)
        for record in some:
            _, why = self.sealing.details(record[11], record[0], record[1], record[2], held)
            self.sealed += 1
            self.opened += not why
            self.destroyed += why == GONE
            self.missing += why == NO_KEY
            self.not_given += why == NOT_GIVEN

    def counts(self) -> dict[str, object]:
        """All of it as plain values, by name."""
        numbers = ("sealed", "opened", "destroyed", "missing", "not_given")
        return {**{name: getattr(self, name) for name in numbers}, "came_back": self.came_back()}

    def came_back(self) -> list[str]:
        """The cases whose key is there although the log says that it was destroyed: the keys were brought back from a copy."""
        return sorted(case_id for case_id, key in self.sealing.held(self.gone).items() if isinstance(key, bytes))


_SOME = 500
"""Records that are opened at a time."""
