"""Keys and checkpoints, as files and as words of the command line."""

from __future__ import annotations

__all__ = ["checkpoint_of", "of_log", "origin_of", "private_key", "public_key", "text_of"]

import os
import re
import stat
from typing import TYPE_CHECKING

from frontdoor.cli.common import say
from frontdoor.errors import Fault, InputError, short

if TYPE_CHECKING:
    from frontdoor.log.checkpoint import Checkpoint
    from frontdoor.log.note import PrivateKey, PublicKey


_KEY = re.compile(r"[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+")


def text_of(file: str) -> str:
    """What a small file of text says, in whichever encoding and with whichever ends of lines a shell has written it.

    Raises:
        InputError: it cannot be read.
    """
    try:
        with open(file, "rb") as opened:
            held = opened.read(1 << 16)
    except OSError as error:
        raise InputError(
            [Fault(file, "", "unreadable", f"cannot be read: {(error.strerror or '').lower()}.")]
        ) from None
    encoding = "utf-16" if held[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"  # PowerShell's > writes the former
    return held.decode(encoding, errors="replace").replace("\r\n", "\n")


def checkpoint_of(file: str, key: PublicKey | None = None) -> Checkpoint:
    """The checkpoint in a file; with a key, if that has signed it.

    Raises:
        InputError: it cannot be read, or is no checkpoint, or not signed by that key.
        LogTampered: it is not what the key has signed.
    """
    from frontdoor.log.checkpoint import open_checkpoint, read_checkpoint

    text = text_of(file)
    return read_checkpoint(text, file=file) if key is None else open_checkpoint(text, key, file=file)


def public_key(given: str) -> PublicKey:
    """The public key that is given, or the one in the file that is.

    Raises:
        InputError: it is none.
    """
    from frontdoor.log.note import read_public_key

    is_file = not _KEY.fullmatch(given) and os.path.isfile(given)  # a file that is called as a key never stands for it
    if is_file:
        return read_public_key(text_of(given), file=given)
    names_a_file = given.strip() and "+" not in given  # else it may be a private key, which is not said again
    if names_a_file and not os.path.exists(given):
        said = f"there is no file {short(given)}, and it is no public key."
        raise InputError(
            [Fault("--vkey", "", "key", said, "Give what 'frontdoor keygen' printed, as NAME+DIGEST+KEY.")]
        )
    return read_public_key(given, file="--vkey")


def private_key(file: str, log: str) -> PrivateKey:
    """The private key of a log, in a file; that others than its owner can read it is said.

    Raises:
        InputError: it cannot be read, or is none, or another log's.
    """
    from frontdoor.log.note import read_private_key

    key = read_private_key(text_of(file), file=file)
    of_log(key, log, file=file)
    if os.name == "posix" and os.stat(file).st_mode & (stat.S_IRGRP | stat.S_IROTH):
        said = "can be read by others than its owner, who could sign with it: chmod 600 it."
        say(f"frontdoor: {file} {said}", err=True)
    return key


def origin_of(log: str) -> str:
    """What a log is named by, and so its key."""
    from frontdoor.cli.opening import open_log
    from frontdoor.log.checkpoint import Checkpoint

    with open_log(log, read_only=True) as opened:
        return Checkpoint(opened.log_id, 0, b"").origin


def of_log(key: PrivateKey | PublicKey, log: str, *, file: str) -> None:
    """See that a key is that of a log.

    Raises:
        InputError: it is another log's.
    """
    origin = origin_of(log)
    if key.name != origin:
        said = f"is the key of another log: of {key.name}, and {log} is {origin}."
        raise InputError([Fault(file, "", "key", said, "Make one for it by 'frontdoor keygen'.")])
