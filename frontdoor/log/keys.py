"""The keys that a log's details are sealed under, whatever they are kept in; what is said of them; and doing without them.

with going_without() as troubles:
    log.events("C-1")           # read though the keys cannot be asked: the words as where a key is missing
"""

from __future__ import annotations

__all__ = [
    "Destroyed",
    "Keys",
    "as_can_be",
    "asking_anew",
    "begun_id",
    "came_back",
    "given_up",
    "going_without",
    "is_without",
    "none_of",
    "not_given",
    "other_keys",
    "to_read",
    "usable",
]

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple, Protocol, TypeVar

from frontdoor.errors import Busy, KeysError, LogTampered


class Destroyed(NamedTuple):
    """What is left of a key: who destroyed it, when, and why."""

    at: str
    """A moment, as `event.stored` writes it."""
    by: str
    because: str


class Keys(Protocol):
    """Where the keys of the cases of a log are kept, which is not in the log."""

    @property
    def keys_id(self) -> str:
        """A UUID of these keys; empty where none was ever made."""

    @property
    def clear(self) -> frozenset[str]:
        """The names of the details that are not sealed where they are codes."""

    @property
    def mark(self) -> str:
        """What a box says of them: their id, where they came after others that were lost; empty of the first keys of a log."""

    def held(self, case_ids: Iterable[str]) -> Mapping[str, bytes | Destroyed]:
        """The keys of these cases, 32 bytes each, or what is left of them; without those that have none. Of no case: nothing, once it
        is seen that they can be had.

        Raises:
            KeysError, Busy: they cannot be had.
        """

    def made(self, case_ids: Iterable[str]) -> Mapping[str, bytes]:
        """The keys of these cases; those that have none are given one, which is on the disk when this returns. Of no case: the keys
        are begun, so that they have their id, if they were not.

        Raises:
            KeysError: a key was destroyed, or cannot be kept.
        """

    def destroy(self, case_id: str, gone: Destroyed) -> Destroyed:
        """Destroy the key of a case, so that it never has one again; what is left of it, which may be from before."""


_T = TypeVar("_T")
_TROUBLE: ContextVar[list[str] | None] = ContextVar("frontdoor's trouble with keys", default=None)


@contextmanager
def going_without(trouble: str = "") -> Iterator[list[str]]:
    """Within it, in this thread, what is read does without the keys where they cannot be asked, and their words are as where a
    key is missing: for what words decide nothing of, as breaches. What is given holds in the end the one sentence that says why
    they could not be asked; nothing where they could. With a `trouble` they are not asked at all. One within another is one."""
    outer = _TROUBLE.get()
    if outer is not None and not trouble:
        yield outer
        return
    token = _TROUBLE.set(found := [trouble] if trouble else [])
    try:
        yield found
    finally:
        _TROUBLE.reset(token)


@contextmanager
def asking_anew() -> Iterator[None]:
    """Within it nothing does without the keys, whatever is done without them around it: for what is not of this house."""
    token = _TROUBLE.set(None)
    try:
        yield
    finally:
        _TROUBLE.reset(token)


def as_can_be(read: Callable[[], _T]) -> tuple[_T, LogTampered | None]:
    """What is read; where its words do not open by their key, without them, as for whoever has no keys, and what was amiss.

    Raises:
        LogTampered: it cannot be read at all.
    """
    try:
        return read(), None
    except LogTampered as error:
        with going_without(str(error)):
            return read(), error


def is_without() -> bool:
    """Whether what is read here and now does without the keys."""
    return bool(_TROUBLE.get())


def to_read(ask: Callable[[], Mapping[str, bytes | Destroyed]]) -> Mapping[str, bytes | Destroyed]:
    """Keys, to read by: none where they cannot be asked and it is gone on without them.

    Raises:
        KeysError, Busy: they cannot be asked, and it is not gone on without.
    """
    troubles = _TROUBLE.get()
    if troubles:
        return {}
    try:
        return ask()
    except (Busy, KeysError) as error:
        if troubles is None:
            raise
        troubles.append(str(error))
        return {}


def begun_id(keys: Keys) -> str:
    """The id of keys, which are begun if they were not; empty where they cannot be had and it is gone on without them.

    Raises:
        KeysError, Busy: they cannot be begun, and it is not gone on without.
    """
    to_read(lambda: keys.made(()))
    return keys.keys_id


def none_of(case_id: str, log: str) -> KeysError:
    """What is said where the keys of a log have none of a case whose details are sealed."""
    return KeysError(
        f"the keys of {log} have none of case {case_id!r}, whose details are sealed: they are an older copy; bring back the newest."
    )


def not_given(log: str) -> KeysError:
    """What is said where words would stand in the open beside sealed ones."""
    return KeysError(f"the details in {log} are sealed, and its keys were not given: open it with them.")


def other_keys(log: str) -> KeysError:
    """What is said where the keys that were given are not those that a log's details are sealed under."""
    return KeysError(f"the details in {log} are sealed by other keys than those that were given: open it with its own.")


def given_up(log: str) -> KeysError:
    """What is said where words would be sealed under keys that a log has gone on from."""
    return KeysError(
        f"{log} has gone on with other keys since these were given up for lost: record words with those; with these it can only be read."
    )


def usable(held: Mapping[str, bytes | Destroyed]) -> dict[str, bytes]:
    """The keys of some cases, to seal words under.

    Raises:
        KeysError: one of them was destroyed.
    """
    keys = {}
    for case_id, key in held.items():
        if isinstance(key, Destroyed):
            raise KeysError(
                f"the details of case {case_id!r} were destroyed on {key.at[:10]} by {key.by}, and no more can be kept of it: "
                "record without words, or under another case."
            )
        keys[case_id] = key
    return keys


def came_back(case_id: str, log: str) -> KeysError:
    """What is said where the log says that the key of a case was destroyed, and the keys do not."""
    return KeysError(
        f"the details of case {case_id!r} were destroyed, and the keys of {log} do not say so: they are an older copy; bring back "
        "the newest, or destroy them again (frontdoor forget)."
    )
