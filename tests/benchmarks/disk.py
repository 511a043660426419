"""How long a sync takes: on this machine's disk, asked; or so long as is wanted, by a library loaded before all others.

`disk.say_sync()` prints what a sync takes where temporary files lie; `disk.again_with_slow_syncs(__file__)` runs a script
again, in memory, with syncs counted and slowed; `disk.slowed(seconds, folder)` is the environment of another program that
is to have them so.
"""

from __future__ import annotations

__all__ = ["again_with_slow_syncs", "say_sync", "slow_syncs", "slowed", "syncs"]

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

_ROOT = Path(__file__).resolve().parents[2]
_FOLDER = "FRONTDOOR_BENCHMARK_FOLDER"
_SHIM = """
#include <stdlib.h>
#include <time.h>
static long count, nanoseconds;
long syncs_counted(void) { return count; }
void syncs_take(long each) { nanoseconds = each; }
__attribute__((constructor)) static void as_the_environment_says(void) {
    const char *said = getenv("FRONTDOOR_BENCHMARK_SYNC");
    nanoseconds = said ? atol(said) : 0;
}
static int wait_as_a_disk(void) {
    struct timespec left = {0, nanoseconds};
    count++;
    while (nanoseconds && nanosleep(&left, &left)) ;
    return 0;
}
int fsync(int file) { return wait_as_a_disk(); }
int fdatasync(int file) { return wait_as_a_disk(); }
"""


def say_sync(folder: str | Path | None = None) -> None:
    """Print what appending a page to a file and syncing it takes here."""
    took = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(21):
            file.write(bytes(4096))
            file.flush()
            began = time.perf_counter()
            getattr(os, "fdatasync", os.fsync)(file.fileno())
            took.append(time.perf_counter() - began)
    print(f"a sync of this disk takes {median(took) * 1000:.2f} ms")


def again_with_slow_syncs(script: str) -> Path | None:
    """Run this script again, its files in memory and its syncs counted; None when that has been done.

    In the second run it gives a folder in memory.
    """
    if _FOLDER in os.environ:
        return Path(os.environ[_FOLDER])
    memory = Path("/dev/shm")
    if not memory.is_dir():
        raise SystemExit(_WANTED)
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        environment = {**os.environ, "LD_PRELOAD": _library(folder), _FOLDER: folder, "PYTHONPATH": str(_ROOT)}
        subprocess.run([sys.executable, script, *sys.argv[1:]], env=environment, check=True)
    return None


def slowed(seconds: float, folder: str | Path) -> dict[str, str]:
    """What to have in the environment of a program in which every sync is to take so long. What it is made to load is put in
    that folder, which it must be able to read."""
    return {"LD_PRELOAD": _library(folder), "FRONTDOOR_BENCHMARK_SYNC": str(int(seconds * 1e9))}


def _library(folder: str | Path) -> str:
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise SystemExit(_WANTED)
    source, library = Path(folder) / "syncs.c", Path(folder) / "syncs.so"
    source.write_text(_SHIM, encoding="utf-8")
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", str(library), str(source)], check=True)
    return str(library)


_WANTED = "This benchmark needs Linux with /dev/shm and a C compiler: install gcc (apt-get install gcc)."


def syncs() -> int:
    """How many syncs this process has made."""
    return int(ctypes.CDLL(None).syncs_counted())


@contextmanager
def slow_syncs(seconds: float) -> Iterator[None]:
    """Make every sync take so long meanwhile."""
    take = ctypes.CDLL(None).syncs_take
    take(ctypes.c_long(int(seconds * 1e9)))
    yield
    take(ctypes.c_long(0))
