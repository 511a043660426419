"""Fuzz every reader by what it has not yet seen of itself, for as long as you like; a development script, no part of the tests.

    pip install atheris                             (for CPython 3.11 or later on Linux)
    python -m tests.fuzz.readers [FORMAT] [-max_total_time=600] [any other option of libFuzzer]
    python -m tests.fuzz.readers FORMAT FOLDER      (keeps in the folder what it has learnt)
    python -m tests.fuzz.readers FORMAT crash-...   (that file again)

It begins with the sound files of `tests/test_fuzz.py` and stops at the first thing that escapes a reader, takes longer than
two seconds or fills the memory, with the file that did it in `crash-...`, `timeout-...` or `oom-...`. Without a FORMAT the
first byte of what is tried says which one it is, and is no part of the file. A find becomes a test in the format's own file.
"""

from __future__ import annotations

import gzip
import io
import random
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

DEFAULTS = {"-timeout": "2", "-rss_limit_mb": "2048", "-max_len": "65536"}


def main() -> None:
    """Fuzz the readers, or the one that is named."""
    try:
        import atheris
    except ImportError:
        sys.exit("This needs atheris, which is not installed: pip install atheris")
    with atheris.instrument_imports(include=["frontdoor.formats"]):
        from tests import test_fuzz

        for kind in test_fuzz.KINDS:  # what a reader imports when it is first asked for is to be seen, too
            test_fuzz.taken(kind, test_fuzz.sound(kind))

    given = [one for one in sys.argv[1:] if not one.startswith("-")]
    again, folders = ([one for one in given if is_there(Path(one))] for is_there in (Path.is_file, Path.is_dir))
    asked = [one for one in given if one not in (*again, *folders)]
    kinds = [kind for kind in test_fuzz.KINDS if not asked or kind in asked]
    if not kinds:
        sys.exit(f"There is no such format: name one of {', '.join(map(repr, test_fuzz.KINDS))}.")
    mark = 1 if len(kinds) > 1 else 0

    def one(content: bytes) -> None:
        kind = kinds[content[0] % len(kinds)] if mark and content else kinds[0]
        found = test_fuzz.taken(kind, content[mark:])
        if found is not None:
            test_fuzz.accounted(found)

    def mutate(content: bytes, most: int, seed: int) -> bytes:
        within = inside(content[mark:], lambda part: atheris.Mutate(part, len(part) + 64), random.Random(seed))
        return atheris.Mutate(content, most) if within is None else (content[:mark] + within)[:most]

    with TemporaryDirectory() as corpus:
        for number, kind in enumerate(kinds):
            (Path(corpus) / str(number)).write_bytes(bytes([number])[:mark] + test_fuzz.sound(kind))
        options = [one for one in sys.argv[1:] if one.startswith("-")]
        options += [
            f"{name}={value}"
            for name, value in DEFAULTS.items()
            if not any(given.startswith(f"{name}=") for given in options)
        ]
        atheris.Setup([sys.argv[0], *options, *(again or [*folders, corpus])], one, custom_mutator=mutate)
        atheris.Fuzz()


def inside(content: bytes, mutated: Callable[[bytes], bytes], chance: random.Random) -> bytes | None:
    """A packed file with a part of it mutated before it is packed anew, three times of four: a checksum would let through
    nothing else. None the fourth time, and of what is not packed."""
    if not chance.randrange(4):
        return None
    try:
        if content.startswith(b"\x1f\x8b"):
            return gzip.compress(mutated(gzip.decompress(content)), 1)
        if not content.startswith(b"PK"):
            return None
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = {name: packed.read(name) for name in packed.namelist()}
        name = chance.choice(list(parts))
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as out:
            for each, part in parts.items():
                out.writestr(each, mutated(part) if each == name else part)
        return made.getvalue()
    except (
        OSError,
        EOFError,
        ValueError,
        IndexError,
        NotImplementedError,
        RuntimeError,
        zipfile.BadZipFile,
        zlib.error,
    ):
        return None


if __name__ == "__main__":
    main()
