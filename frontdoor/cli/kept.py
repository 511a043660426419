"""What no command writes over: logs, keys, checkpoints, workflows. Any other file, such as an earlier report, gives way."""

from __future__ import annotations

__all__ = ["CHECKPOINT", "SCENARIO", "kind_of", "see_free"]

import os
import re
import tomllib
from contextlib import suppress

from frontdoor.errors import InputError, IsThere

_LOOKED_AT = 1 << 16
"""Bytes of a file that are looked at; keys and checkpoints are shorter."""
SCENARIO = "is a scenario"
"""How one is told of: `calibrate` writes it anew."""
CHECKPOINT = "is a checkpoint"


def see_free(path: str, *, over: str = "") -> None:
    """See that a file can be written under a name: that there is none, or one that may give way. One of the kind `over` may, too,
    as `kind_of` says it.

    Raises:
        IsThere: it is something that is kept.
    """
    kind = kind_of(path)
    if kind and kind != over:
        raise IsThere(path, kind)


def kind_of(path: str) -> str:
    """What a file is that is kept, as 'is a log'; empty where there is none, or it may be written over."""
    from frontdoor.log.opening import is_log

    if is_log(path):
        return "is a log"
    if not os.path.isfile(path):
        return ""
    try:
        with open(path, "rb") as file:
            held = file.read(_LOOKED_AT)
    except OSError:
        return ""  # which is said when it is written
    if path.lower().endswith(".toml"):
        return _kind_of_toml(path)
    return _kind(held, path)


def _kind(held: bytes, path: str) -> str:
    from frontdoor.desk.pseudonyms import is_key
    from frontdoor.log.checkpoint import read_checkpoint
    from frontdoor.log.keyfile import MARK

    if held[:16] == b"SQLite format 3\0":
        return "holds the keys of a log" if held[68:72] == MARK else ""
    text = held.decode("utf-8", errors="replace").lstrip("\ufeff")
    if text.startswith("PRIVATE+KEY+"):
        return "is a private key"
    if re.fullmatch(r"[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+\s*", text):
        return "is a public key"
    if is_key(held):
        return "is a key of pseudonyms"
    with suppress(InputError):
        read_checkpoint(text, file=path)
        return CHECKPOINT
    return "is a proof" if re.match(r"old [0-9]+\n", text) else ""


def _kind_of_toml(path: str) -> str:
    """What a file of TOML is: all of it is written by people, but scenarios, which `calibrate` writes, too."""
    try:
        with open(path, "rb") as file:
            found = tomllib.load(file)
    except (OSError, ValueError, RecursionError):
        return "is a file of TOML"
    if isinstance(found.get("teams"), dict) and isinstance(found.get("sources"), dict):
        return SCENARIO
    return "is a file of TOML" if found else ""
