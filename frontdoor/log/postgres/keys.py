"""The names of locks and of the channel that a log's followers listen on, made of the schema that the log is in.

Advisory locks are numbers of 64 bits that every user of a database shares; that two names have one number does no harm but
that those who hold them wait for one another.
"""

from __future__ import annotations

__all__ = ["channel", "of_all", "of_case", "of_libraries", "of_places"]

from hashlib import sha256


def _key(*names: str) -> int:
    return int.from_bytes(sha256("\0".join(("frontdoor", *names)).encode()).digest()[:8], signed=True)


def of_case(schema: str, case_id: str) -> int:
    """What whoever writes of a case holds."""
    return _key(schema, "case", case_id)


def of_all(schema: str) -> int:
    """What whoever writes of a case shares with all others, and whoever writes of very many has alone."""
    return _key(schema, "all")


def of_libraries(schema: str) -> int:
    """What whoever keeps a library holds."""
    return _key(schema, "libraries")


def of_places(schema: str) -> int:
    """What whoever gives positions holds."""
    return _key(schema, "places")


def channel(schema: str) -> str:
    """Where it is told that events have got positions."""
    return f"frontdoor_{sha256(schema.encode()).hexdigest()[:16]}"
