"""Fuzz every reader by what it has not yet seen of itself, for as long as you like; a development script, no part of the tests.

    pip install atheris                             (for CPython 3.11 or 3.12 on Linux)
    python -m tests.fuzz.readers [FORMAT] [-max_total_time=600] [any other option of libFuzzer]

It begins with the sound files of `tests/test_fuzz.py` and stops at the first thing that escapes a reader, with the bytes
that did it in a file `crash-...`. A find becomes a test in the format's own file.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory


def main() -> None:
    """Fuzz the readers, or the one that is named."""
    try:
        import atheris
    except ImportError:
        sys.exit("This needs atheris, which is not installed: pip install atheris")
    with atheris.instrument_imports(include=["frontdoor.formats"]):
        from tests import test_fuzz

    asked = [one for one in sys.argv[1:] if not one.startswith("-")]
    kinds = [kind for kind in test_fuzz.KINDS if not asked or kind in asked]
    if not kinds:
        sys.exit(f"There is no such format: name one of {', '.join(map(repr, test_fuzz.KINDS))}.")

    def one(content: bytes) -> None:
        kind = kinds[content[0] % len(kinds)] if content else kinds[0]
        found = test_fuzz.taken(kind, content[1:])
        if found is not None:
            test_fuzz.accounted(found)

    with TemporaryDirectory() as corpus:
        for number, kind in enumerate(kinds):
            (Path(corpus) / str(number)).write_bytes(bytes([number]) + test_fuzz.sound(kind))
        options = [one for one in sys.argv[1:] if one.startswith("-")]
        atheris.Setup([sys.argv[0], *options, corpus], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
