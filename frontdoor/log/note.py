"""Signed notes: a text and who signed it, as C2SP's signed-note has them, with Ed25519 keys.

    frontdoor/1b4e28ba-2fa1-41d2-883f-0016d3cca427
    12
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
    (an empty line)
    — frontdoor/1b4e28ba-2fa1-41d2-883f-0016d3cca427 Az3grlgt...

A signature is of all bytes before the empty line. Its line has the key's name, and in base64 the first four bytes of the
key's digest and the 64 of the signature. A public key is written NAME+DIGEST+KEY, a private one PRIVATE+KEY+ and the same,
as Go's sumdb/note writes them. The key of a log has the name of its origin, frontdoor/ and the log's id, so that what is
signed for one log is never taken for another's. The package `cryptography` is loaded when something is signed or verified.
"""

from __future__ import annotations

__all__ = ["PrivateKey", "PublicKey", "new_key", "open_note", "read_private_key", "read_public_key"]

import base64
import binascii
import os
import re
from hashlib import sha256
from typing import Any

import attrs

from frontdoor.errors import Fault, InputError, LogTampered, MissingExtra

_ED25519 = b"\x01"
_NAME = r"[^\s+]+"
_LINE = re.compile(rf"— ({_NAME}) (\S+)")
_MOST = 100
"""Signatures that a note may have."""
_P = 2**255 - 19
_EIGHTH = 2707385501144840649318225287225658788936804267575313519463743609750303402022
_SMALL = {0, 1, _P - 1, _EIGHTH, _P - _EIGHTH}
"""The second coordinates of the points of a small order: by such a key a signature can be made that fits many texts."""


@attrs.frozen
class PublicKey:
    """Who can be held to have signed something."""

    name: str
    key: bytes
    """32 bytes."""

    @property
    def digest(self) -> bytes:
        """Four bytes that signatures name the key by."""
        return sha256(f"{self.name}\n".encode() + _ED25519 + self.key).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.digest.hex()}+{base64.b64encode(_ED25519 + self.key).decode()}"

    def has_signed(self, text: str, signature: bytes) -> bool:
        """Whether 64 bytes are this key's signature of a text.

        Raises:
            MissingExtra: cryptography is not installed.
        """
        ed25519, invalid = _ed25519("Looking at a signature")
        try:
            ed25519.Ed25519PublicKey.from_public_bytes(self.key).verify(signature, text.encode())
        except (invalid, ValueError):
            return False
        return True


@attrs.frozen
class PrivateKey:
    """What a log is signed with."""

    name: str
    seed: bytes = attrs.field(repr=False)
    """32 bytes."""

    @property
    def public(self) -> PublicKey:
        """What its signatures are verified with.

        Raises:
            MissingExtra: cryptography is not installed.
        """
        ed25519, _ = _ed25519("Signing")
        return PublicKey(
            self.name, ed25519.Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        )

    def __str__(self) -> str:
        held = base64.b64encode(_ED25519 + self.seed).decode()
        return f"PRIVATE+KEY+{self.name}+{self.public.digest.hex()}+{held}"

    def sign(self, text: str) -> str:
        """A text, which ends with a newline, as a note signed by this key.

        Raises:
            MissingExtra: cryptography is not installed.
        """
        ed25519, _ = _ed25519("Signing")
        signature = ed25519.Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        return f"{text}\n— {self.name} {base64.b64encode(self.public.digest + signature).decode()}\n"


def new_key(name: str) -> PrivateKey:
    """A key from the operating system's randomness; its name has no space and no '+'."""
    if not re.fullmatch(_NAME, name):
        raise ValueError(f"{name!r} is no name of a key")
    return PrivateKey(name, os.urandom(32))


def read_public_key(text: str, *, file: str = "key") -> PublicKey:
    """The inverse of a public key's text.

    Raises:
        InputError: it is none, or a letter of it is wrong.
    """
    held = re.fullmatch(rf"({_NAME})\+([0-9a-f]{{8}})\+([A-Za-z0-9+/=]+)", text.strip())
    data = _decoded(held[3]) if held else b""
    if held and len(data) == 33 and data[:1] == _ED25519:
        key = PublicKey(held[1], data[1:])
        second = int.from_bytes(key.key, "little") & (1 << 255) - 1
        if key.digest.hex() == held[2] and second < _P and second not in _SMALL:
            return key
    said = (
        "is a private key, which nobody else should see."
        if text.lstrip().startswith("PRIVATE+KEY+")
        else "is no public key."
    )
    raise InputError([Fault(file, "", "key", said, "Give what 'frontdoor keygen' printed, as NAME+DIGEST+KEY.")])


def read_private_key(text: str, *, file: str = "key") -> PrivateKey:
    """The inverse of a private key's text.

    Raises:
        InputError: it is none, or a letter of it is wrong.
        MissingExtra: cryptography is not installed.
    """
    held = re.fullmatch(rf"PRIVATE\+KEY\+({_NAME})\+([0-9a-f]{{8}})\+([A-Za-z0-9+/=]+)", text.strip())
    data = _decoded(held[3]) if held else b""
    if held and len(data) == 33 and data[:1] == _ED25519:
        key = PrivateKey(held[1], data[1:])
        if key.public.digest.hex() == held[2]:
            return key
    raise InputError([Fault(file, "", "key", "is no private key.", "Give the file that 'frontdoor keygen' wrote.")])


def open_note(note: str, key: PublicKey, *, file: str = "note") -> str:
    """The text of a note, if this key has signed it; signatures of other keys are passed over.

    Raises:
        InputError: it is no signed note, or not signed by a key of that name and digest.
        LogTampered: the key has not signed this text.
        MissingExtra: cryptography is not installed.
    """
    text, parted, signatures = note.rpartition("\n\n")
    text += "\n"
    lines = signatures.removesuffix("\n").split("\n")
    found = [_LINE.fullmatch(line) for line in lines]
    if (
        not parted
        or not signatures.endswith("\n")
        or len(lines) > _MOST
        or re.search(r"[\x00-\x09\x0b-\x1f\x7f\ufffd]", note)
    ):
        raise _no_note(file)
    ours = []
    for line in found:
        held = _decoded(line[2]) if line else b""
        if line is None or len(held) < 5:
            raise _no_note(file)
        if line[1] == key.name and held[:4] == key.digest:
            ours.append(held[4:])
    if not ours:
        said = f"is not signed by the key {key.name}+{key.digest.hex()}."
        raise InputError([Fault(file, "", "unsigned", said, "Give the public key of who signed it.")])
    if not all(key.has_signed(text, signature) for signature in ours):
        raise LogTampered(f"{file}: the signature is not one of the key {key.name}+{key.digest.hex()} for this text.")
    return text


def _no_note(file: str) -> InputError:
    said = "is no signed note: after an empty line there should be signatures, each on a line of its own, and nothing else."
    return InputError([Fault(file, "", "note", said, "Give the file as 'frontdoor checkpoint --key' wrote it.")])


def _decoded(text: str) -> bytes:
    """Base64 as it is written in one way only; else nothing."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return data if base64.b64encode(data).decode() == text else b""


def _ed25519(work: str) -> tuple[Any, type[Exception]]:
    """What signs and verifies, and what it raises of a wrong signature."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError as error:
        raise MissingExtra(work, "cryptography", "prove") from error
    return ed25519, InvalidSignature
