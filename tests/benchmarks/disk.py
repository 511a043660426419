"""How long a sync takes: on this machine's disk, asked; or so long as is wanted, by a library loaded before all others.

`disk.say_sync()` prints what a sync takes where temporary files lie; `disk.again_with_slow_syncs(__file__)` runs a script
again, in memory, with syncs counted and slowed.
"""

from __future__ import annotations

__all__ = ["again_with_slow_syncs", "say_sync", "slow_syncs", "syncs"]

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
#include <time.h>
static long count, nanoseconds;
long syncs_counted(void) { return count; }
void syncs_take(long each) { nanoseconds = each; }
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
    compiler = shutil.which("gcc") or shutil.which("cc")
    memory = Path("/dev/shm")
    if compiler is None or not memory.is_dir():
        raise SystemExit(
            "This benchmark needs Linux with /dev/shm and a C compiler: install gcc (apt-get install gcc)."
        )
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        source, library = Path(folder) / "syncs.c", Path(folder) / "syncs.so"
        source.write_text(_SHIM, encoding="utf-8")
        subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", str(library), str(source)], check=True)
        environment = {**os.environ, "LD_PRELOAD": str(library), _FOLDER: folder, "PYTHONPATH": str(_ROOT)}
        subprocess.run([sys.executable, script, *sys.argv[1:]], env=environment, check=True)
    return None


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
