"""Sealing: what people wrote of a case is kept under a key of the case's own, and is unreadable for ever once that is destroyed.

What stands in the log of sealed details is JSON with three members or four, under an empty salt:

    shown     every detail by its name; [] in place of each that is sealed
    digest    SHA-256( salt + newline + details ), of the details as they were given and a salt of their own, in hex
    by        the id of the keys, where they came after others that were lost; else there is no such member
    box       base64 of a nonce of 12 bytes and of salt + newline + details in ChaCha20-Poly1305 under the key of the case;
              its associated data: 'frontdoor details 1', log's id, event_id, case_id, joined by NUL

The chain covers that text as it stands, so that all of it, what a correction says of a time included, verifies without any
key and after every key is gone. `digest` binds the words themselves: nobody can later bring another key that opens a box to
other words. Its salt is in the box, so that words cannot be guessed back from it either.

What stays in the open is said in `log.shown`. By that rule details are sealed; opened they are by what stands beside the box, so
that those sealed by an earlier rule open as well.
"""

from __future__ import annotations

__all__ = ["Sealed", "Sealing", "sealed_by", "shown_text"]

import base64
import json
import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import attrs

from frontdoor.errors import KeysError, LogTampered, MissingExtra
from frontdoor.event import Draft, details_digest, details_text
from frontdoor.log.keys import Destroyed, Keys, to_read
from frontdoor.log.shown import GONE, NO_KEY, NOT_GIVEN, Unreadable, fits, marked, read, words


class _Box(NamedTuple):
    shown: dict[str, Any]
    digest: str
    box: str
    by: str = ""


def _box(text: str, position: int) -> _Box:
    """What stands in a log of sealed details.

    Raises:
        LogTampered: it cannot be read.
    """
    try:
        said = json.loads(text)
        texts = [said["box"], said.get("by", "first")]
        is_whole = said.keys() - {"by"} == {"shown", "digest", "box"} and isinstance(said["shown"], dict)
        if is_whole and all(isinstance(text, str) and text for text in texts):
            return _Box(**said)
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError):
        pass
    raise LogTampered(f"event {position} is not as it was recorded: it cannot be read.", position)


def shown_text(text: str, position: int) -> str:
    """Sealed details as they stand in a log, as details that anybody may read.

    Raises:
        LogTampered: they cannot be read.
    """
    return details_text(read(_box(text, position).shown, NOT_GIVEN, ""))


def sealed_by(text: str, position: int) -> str:
    """What sealed details as they stand in a log say of the keys that they are sealed under, as `Keys.mark` has it.

    Raises:
        LogTampered: they cannot be read.
    """
    return _box(text, position).by


@attrs.frozen
class Sealing:
    """How the details of one log are sealed and read: under some keys, or none."""

    log_id: str
    keys: Keys | None = None

    def seal(self, drafts: Sequence[Draft]) -> list[str | None]:
        """What is to stand in the log of the details of each event; None where that is the details themselves.

        Raises:
            KeysError: the key of a case was destroyed, or cannot be kept; or the words are those of an event that was not read.
        """
        if self.keys is None:
            return [None] * len(drafts)
        if not self.keys.keys_id and any(marked(draft, frozenset()) is not None for draft in drafts):
            self.keys.held(())  # which another process may have begun, with other names in the open
        shown = [marked(draft, self.keys.clear) for draft in drafts]
        wanted = {draft.case_id: None for draft, one in zip(drafts, shown, strict=True) if one is not None}
        if not wanted:
            return [None] * len(drafts)
        for draft, one in zip(drafts, shown, strict=True):
            if one is not None and any(isinstance(word, Unreadable) for word in words(draft, self.keys.clear)):
                raise KeysError(
                    f"words of case {draft.case_id!r} would be taken over from an event that cannot be read: say them anew, or bring "
                    "its key back."
                )
        cipher = _cipher()
        keys = self.keys.made(wanted)
        return [
            None if one is None else self._sealed(draft, one, cipher(keys[draft.case_id]))
            for draft, one in zip(drafts, shown, strict=True)
        ]

    def _sealed(self, draft: Draft, shown: Mapping[str, Any], cipher: Any) -> str:
        random = os.urandom(28)
        nonce, salt = random[:12], random[12:].hex()
        details = details_text(draft.details)
        box = nonce + cipher.encrypt(nonce, f"{salt}\n{details}".encode(), self._about(draft.event_id, draft.case_id))
        mark = self.keys.mark if self.keys is not None else ""
        return details_text({
            "shown": shown, "digest": details_digest(salt, details), "box": base64.b64encode(box).decode(),
            **({"by": mark} if mark else {}),
        })  # fmt: skip

    def _about(self, event_id: str, case_id: str) -> bytes:
        return "\0".join(("frontdoor details 1", self.log_id, event_id, case_id)).encode()

    def held(self, case_ids: Iterable[str]) -> Mapping[str, bytes | Destroyed]:
        """The keys of some cases, or what is left of them."""
        wanted = set(case_ids)
        return self.keys.held(wanted) if self.keys is not None and wanted else {}

    def to_read(self, case_ids: Iterable[str]) -> Mapping[str, bytes | Destroyed]:
        """The same, to read by: none where they cannot be asked and it is gone on without them."""
        return to_read(lambda: self.held(case_ids))

    def details(
        self, text: str, position: int, event_id: str, case_id: str, held: Mapping[str, bytes | Destroyed]
    ) -> tuple[dict[str, Any], str]:
        """Sealed details as far as they can be read; and why they cannot, empty where they can.

        Raises:
            LogTampered: the box does not open by the key of its case, or holds other words than it was recorded with.
        """
        said = _box(text, position)
        key = self._key_of(said, case_id, held)
        if not isinstance(key, bytes):
            why = NOT_GIVEN if self.keys is None else NO_KEY if key is None else GONE
            return read(said.shown, why, event_id), why
        return json.loads(self._plain(said, key, position, event_id, case_id).partition(b"\n")[2]), ""

    def plain(
        self, text: str, position: int, event_id: str, case_id: str, held: Mapping[str, bytes | Destroyed]
    ) -> tuple[str, str] | None:
        """What is in a box: the salt and the details as they were given, by which anybody can hold them to `digest`; None where
        they cannot be read.

        Raises:
            LogTampered: as `details`.
        """
        said = _box(text, position)
        key = self._key_of(said, case_id, held)
        if not isinstance(key, bytes):
            return None
        salt, _, details = self._plain(said, key, position, event_id, case_id).partition(b"\n")
        return salt.decode(), details.decode()

    def _key_of(self, said: _Box, case_id: str, held: Mapping[str, bytes | Destroyed]) -> bytes | Destroyed | None:
        """The key of a case, if it is of the keys that a box was sealed under; or what is left of it."""
        key = held.get(case_id)
        is_other = isinstance(key, bytes) and self.keys is not None and said.by != self.keys.mark
        return None if is_other else key

    def _plain(self, said: _Box, key: bytes, position: int, event_id: str, case_id: str) -> bytes:
        from cryptography.exceptions import InvalidTag

        try:
            box = base64.b64decode(said.box, validate=True)
            plain: bytes = _cipher()(key).decrypt(box[:12], box[12:], self._about(event_id, case_id))
            if sha256(plain).hexdigest() == said.digest and fits(said.shown, json.loads(plain.partition(b"\n")[2])):
                return plain
        except (InvalidTag, ValueError):
            pass
        raise LogTampered(
            f"the details of event {position} do not open by the key of case {case_id!r}: they, or the key, are not those that "
            "they were recorded with.", position,
        )  # fmt: skip


def _cipher() -> Callable[[bytes], Any]:
    try:
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
    except ImportError:
        raise MissingExtra("Keeping details under keys", "cryptography", "prove") from None
    cipher: Callable[[bytes], Any] = ChaCha20Poly1305
    return cipher


class Sealed:
    """A log that may have sealed details, as it tells of that itself."""

    sealing: Sealing

    def _sealed_by(self) -> Collection[str]:
        raise NotImplementedError

    @property
    def keys(self) -> Keys | None:
        """The keys that details are sealed under; None where none were given."""
        return self.sealing.keys

    @property
    def is_sealed(self) -> bool:
        """Whether the words of its details are sealed: it was recorded in with keys, without which none are read or recorded."""
        return bool(self._sealed_by())
