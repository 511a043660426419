"""The rules a desk goes by: today's workflows, and beside them those that older episodes in the log are bound to."""

from __future__ import annotations

__all__ = ["Rulebook", "newest_local"]

import os
from collections import OrderedDict
from collections.abc import Mapping
from functools import cached_property
from threading import Lock
from typing import NamedTuple

import attrs

from frontdoor.binding import Bindings
from frontdoor.compiled import EVERYTHING, Compiled, compile_rules
from frontdoor.keeping import Kept, digests, kept, restore
from frontdoor.library import Library
from frontdoor.log import Reading
from frontdoor.sentences import Length, length
from frontdoor.workflow import Workflow


class State(NamedTuple):
    """A state of a workflow under an edition: what a log keeps of it."""

    workflow: str
    state: str
    title: str
    is_open: int
    edition: str


@attrs.define(slots=False)
class Rulebook:
    """A library and the older ones that a log has kept, compiled together."""

    library: Library
    older: tuple[Library, ...] = ()
    _lengths: dict[tuple[int, int, int], Length] = attrs.field(factory=dict, init=False, repr=False)
    _states: dict[tuple[int, int, int], State] = attrs.field(factory=dict, init=False, repr=False)

    @classmethod
    def of(cls, library: Library, log: Reading) -> Rulebook:
        """The library beside what the log has kept, the newest first, the same one left out.

        Rulebooks last used are kept at hand, for making one costs more than recording an event.

        Raises:
            LogTampered: what the log kept is not what its digest says.
        """
        alone = _at_hand(cls, library, ())
        others = [stored for stored in reversed(log.libraries()) if stored[0] != alone.kept.digest]
        if not others:
            return alone
        return _at_hand(
            cls, library, tuple(restore(content, flows, digest=digest) for digest, content, flows in others),
            *(digest for digest, _, _ in others),
        )  # fmt: skip

    @cached_property
    def compiled(self) -> Compiled:
        """The tables for all of them. What is entered at a desk is not excused by what its log does not begin with."""
        return compile_rules(self.library, EVERYTHING, None, older=self.older)

    @cached_property
    def roles(self) -> Mapping[str, int]:
        """The number of each role."""
        return {role: number for number, role in enumerate(self.compiled.roles)}

    @cached_property
    def kept(self) -> Kept:
        """The library as a log keeps it."""
        return kept(self.library)

    @cached_property
    def _digests(self) -> Mapping[tuple[str, str], str]:
        return digests(self.library)

    @cached_property
    def bindings(self) -> Bindings:
        """Which edition an episode is bound to."""
        return Bindings(self.library, self.older)

    def prepared(self) -> Rulebook:
        """The same, with all that is made once made by now: it takes a tenth of a second, in which nobody should wait."""
        _ = self.compiled, self.roles, self.kept, self._digests, self.bindings
        return self

    def length(self, edition: int, timer: int, again: int) -> Length:
        """What a timer says under an edition: how long, by which source."""
        key = (edition, timer, again)
        if key not in self._lengths:
            self._lengths[key] = length(self.compiled, edition, timer, again)
        return self._lengths[key]

    def state(self, edition: int, workflow: int, state: int) -> State:
        """What a row of an episode says of its workflow under an edition, in a state."""
        key = (edition, workflow, state)
        if key not in self._states:
            compiled = self.compiled
            declared = compiled.composed(edition).workflows[compiled.workflows[workflow]]
            name = compiled.states[workflow][state]
            meant = declared.states[name]
            self._states[key] = State(
                declared.name, name, meant.title or name, int(not meant.final), compiled.edition(edition)
            )
        return self._states[key]

    def knows(self, digest: str) -> bool:
        """Whether the workflow of that digest is here."""
        return self.bindings.knows(digest)

    def digest_on(self, workflow: str, day: int) -> str:
        """The digest of a workflow as the edition in force on a local day (from 1970) has it; empty where there is no such
        workflow."""
        return self._digests.get((self.bindings.edition_on(day), workflow), "")

    def workflow_on(self, workflow: str, day: int) -> Workflow | None:
        """A workflow as the edition in force on a local day (from 1970) has it."""
        return self.library.composed[self.bindings.edition_on(day) or None].workflows.get(workflow)


_AT_HAND: OrderedDict[tuple[int, tuple[str, ...]], Rulebook] = OrderedDict()
_MOST = 8
_TURN = Lock()


def _at_hand(kind: type[Rulebook], library: Library, older: tuple[Library, ...], *digests: str) -> Rulebook:
    key = (id(library), digests)  # a rulebook at hand holds its library, so that no other has its id
    with _TURN:
        found = _AT_HAND.get(key) or kind(library, older)
        _AT_HAND[key] = found
        _AT_HAND.move_to_end(key)
        if len(_AT_HAND) > _MOST:
            _AT_HAND.popitem(last=False)
    return found


def newest_local(log: Reading) -> Library | None:
    """The workflows that a log has kept last, if an authority's own files are laid over them: without those its clocks would
    be counted otherwise."""
    stored = log.libraries()
    if not stored:
        return None
    digest, content, workflows = stored[-1]
    library = restore(content, workflows, digest=digest)
    return library if library.locals else None


def _in_child() -> None:
    global _TURN
    _TURN = Lock()  # the thread that may hold the other is not in this process


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
