"""Pseudonyms for what is taken out of a log: the same key gives the same, another key none that can be matched.

What comes of it is pseudonymised, not anonymous: it remains personal data. Moments are as they were, and a rare pattern of
dates may tell who somebody is; whoever has the key can try names until they fit.
"""

from __future__ import annotations

__all__ = ["LEAST", "Pseudonyms", "is_key", "new_key", "read_key"]

import hashlib
import hmac
import os
import re
import secrets
import stat
import uuid
from collections.abc import Container
from typing import Any, TypeVar

import attrs

from frontdoor.errors import Fault, InputError, IsThere
from frontdoor.event import Draft, is_given

LEAST = 32
"""Bytes that a key has at least."""
_FIRST = b"frontdoor key of pseudonyms 1\n"
"""The first line of a key's file; 64 hexadecimal digits come after it. Of older ones the bytes alone are in it, or the digits."""
_DIGITS = re.compile(rb"[0-9a-fA-F]{64}\s*")
_LENGTH = 20
"""Hexadecimal digits of a pseudonym: among a million, two are the same once in a million million times."""
_CODE = re.compile(r"[0-9]{1,2}[A-Za-z]?", re.ASCII)
"""How a census says who sent a contact."""
_PRIORITIES = {"urgent", "high", "routine"}
_GIVEN = "given"

_Fact = TypeVar("_Fact", bound=Draft)


def new_key(file: str) -> None:
    """Make a key in a file that only whoever made it may read.

    Raises:
        IsThere: the file is there already.
        InputError: it cannot be made.
    """
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(_FIRST + secrets.token_hex(LEAST).encode() + b"\n")
    except FileExistsError:
        raise IsThere(file, "a key is never written over") from None
    except OSError as error:
        raise _no_key(file, f"cannot be made: {(error.strerror or '').lower()}.", "Name another.") from None


def read_key(file: str) -> bytes:
    """The key in a file.

    Raises:
        InputError: it cannot be read, others may read it, or it is no key of pseudonyms.
    """
    try:
        with open(file, "rb") as held:
            mode = os.fstat(held.fileno()).st_mode
            key = held.read(1 << 16)
    except OSError as error:
        raise _no_key(file, f"cannot be read: {(error.strerror or '').lower()}.", "Make one with --new-key.") from None
    if os.name != "nt" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise _no_key(file, "may be read by others than its owner.", f"chmod 600 {file}")
    if len(key) < LEAST:
        raise _no_key(
            file, f"has {len(key)} bytes: a key has {LEAST} random ones at least.", "Make one with --new-key."
        )
    if not is_key(key):
        raise _no_key(file, "is no key of pseudonyms.", "Name one that --new-key made, or another name with --new-key.")
    return bytes.fromhex(key.removeprefix(_FIRST).decode()) if key.startswith(_FIRST) else key


def is_key(held: bytes) -> bool:
    """Whether that is what a file of a key holds, of this form or an older: by itself a text of 32 bytes is none."""
    if held.startswith(_FIRST) or len(held) != LEAST:
        return bool(_DIGITS.fullmatch(held.removeprefix(_FIRST)))
    return not held.isascii()


def _no_key(file: str, why: str, advice: str) -> InputError:
    return InputError([Fault(file, "", "key", why, advice)])


@attrs.frozen
class Pseudonyms:
    """What stands in the place of names, under a key, for events of a library that names these roles and details."""

    key: bytes = attrs.field(repr=False)
    roles: Container[str]
    """Those that the workflows name; any other is a text of somebody's."""
    needs: Container[str]
    """Details that the rules ask for: that they were given is kept, and what they said is not."""

    def of(self, kind: str, name: str, *, within: str = "") -> str:
        """The pseudonym of a name; of none, none. The same name of another kind, or within another case, has another."""
        return f"{kind}-{self._digest(kind, within, name).hex()[:_LENGTH]}" if name else ""

    def event_id(self, event_id: str) -> str:
        """The pseudonym of an event's id, itself of the form of one."""
        return str(uuid.UUID(bytes=self._digest("event", "", event_id)[:16], version=5)) if event_id else ""

    def fact(self, fact: _Fact) -> _Fact:
        """An event with pseudonyms for its case, episode, family, actor and ids. Of its details it keeps which of those that the
        rules need were given, a census's code of who sent it, one of the usual priorities, and a pseudonym of the team."""
        return attrs.evolve(
            fact,
            case_id=self.of("case", fact.case_id),
            episode=self.of("episode", fact.episode, within=fact.case_id),
            family=self.of("family", fact.family),
            actor=self.of("worker", fact.actor),
            role=fact.role if fact.role in self.roles else self.of("role", fact.role),
            event_id=self.event_id(fact.event_id),
            cause=self.event_id(fact.cause),
            details={
                name: kept for name, value in fact.details.items() if (kept := self._detail(name, value)) is not None
            },
        )

    def _detail(self, name: str, value: Any) -> str | None:
        text = value.strip() if isinstance(value, str) else ""
        if name == "team" and text:
            return self.of("team", text)
        if (name == "source" and _CODE.fullmatch(text)) or (name == "priority" and text in _PRIORITIES):
            return text
        if name in self.needs:
            return _GIVEN if is_given(value) else ""
        return None

    def _digest(self, *parts: str) -> bytes:
        said = "\0".join(("frontdoor pseudonym 1", *parts))
        return hmac.new(self.key, said.encode(), hashlib.sha256).digest()
