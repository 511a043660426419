"""Processes that begin within milliseconds: a Python that has loaded frontdoor forks off one for each work that is asked.

    with Nursery(folder) as nursery:
        child = nursery.begin("record", path, 4000, 100, "w:0")
        child.line()                # 'ready'
        child.kill()
        child.rest()                # all else that it said; whole lines only

Each tells what it does line by line, through a pipe of its own, so that what it said before it was killed is heard. As a
program (`python -m durability.nursery`) this module is that Python.
"""

from __future__ import annotations

__all__ = ["Child", "Nursery"]

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from datetime import datetime
from itertools import count
from pathlib import Path
from types import TracebackType

TESTS = Path(__file__).resolve().parent.parent


class Child:
    """A process at work."""

    def __init__(self, nursery: Nursery, pid: int, pipe: Path) -> None:
        self._nursery, self.pid = nursery, pid
        self._said = pipe.open(encoding="utf-8")
        pipe.unlink()
        self.is_over = False

    def line(self) -> str:
        """The next line that it says, waited for; empty once it is over."""
        return self._said.readline().rstrip("\n")

    def signal(self, number: int) -> None:
        """Send it a signal, if it is there to get it."""
        if not self.is_over:
            os.kill(self.pid, number)

    def kill(self) -> bool:
        """End it at once, wherever it is; whether it was still at work."""
        self.signal(signal.SIGKILL)
        return self.wait() == -signal.SIGKILL

    def wait(self) -> int:
        """Wait until it is over and gone; its exit status, or minus the signal that ended it."""
        self.is_over = True
        return self._nursery.wait(self.pid)

    def rest(self) -> list[str]:
        """Every whole line that it says until it is over."""
        with self._said as said:
            return [line.rstrip("\n") for line in said if line.endswith("\n")]


class Nursery:
    """Begins processes that work at a log (`WORK` says which work there is); all are ended with it."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._numbers = folder, count()
        self._children: list[Child] = []
        path = os.pathsep.join((str(TESTS.parent), str(TESTS)))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "durability.nursery"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": path},
        )  # fmt: skip

    def __enter__(self) -> Nursery:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for child in self._children:
            if not child.is_over:
                child.kill()
        self._process.communicate()

    def begin(self, work: str, *arguments: object) -> Child:
        """Begin a process; its first line is 'ready'."""
        pipe = self._folder / f"child-{next(self._numbers)}"
        os.mkfifo(pipe)
        pid = self._ask({"work": work, "pipe": str(pipe), "arguments": [*map(str, arguments)]})
        self._children.append(Child(self, pid, pipe))
        return self._children[-1]

    def wait(self, pid: int) -> int:
        """Wait for a process to be over."""
        return self._ask({"wait": pid})

    def _ask(self, asked: object) -> int:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


# ---- what a child does ----


def _say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())  # at once, and whole, from whichever thread


def _record(path: str, checkpoint: str, upto: str, *writers: str) -> None:
    """Each writer, given as 'name:first step', in a thread of its own; tells 'name step' of each that was recorded."""
    from durability.work import Step, desk_at, do

    def write(writer: str) -> None:
        name, _, first = writer.partition(":")
        for number in range(int(first), int(upto)):
            do(desk, Step(name, number))
            _say(name, number)

    with desk_at(path) as desk:
        desk.log._ask(f"PRAGMA wal_autocheckpoint = {checkpoint}")
        with ThreadPoolExecutor(len(writers)) as threads:
            for done in as_completed([threads.submit(write, writer) for writer in writers]):
                done.result()


def _fill(path: str, limit: str) -> None:
    import resource

    from durability.work import Step, desk_at, do
    from frontdoor import LogError

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with desk_at(path) as desk:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
        try:
            for number in range(1_000_000):
                do(desk, Step("w", number))
                _say(number)
        except LogError as error:
            _say(error)


def _share(
    folder: str, address: str, name: str, synchronous: str, pages: str, writer: str, first: str, *sittings: str
) -> None:
    """Record so many steps at each sitting, upon a disk that other processes are upon too, until its power goes."""
    from durability.adapter import running_on
    from durability.disk import Drive, Operation, PowerCut
    from durability.far import Far
    from durability.work import Step, desk_at, do
    from frontdoor import LogError

    number = int(first)
    with Drive(Path(folder), Far(Path(address))) as disk, running_on(disk):
        try:
            for steps in map(int, sittings):
                with desk_at(Path(folder) / name) as desk:
                    desk.log._ask(f"PRAGMA wal_autocheckpoint = {pages}")
                    desk.log._ask(f"PRAGMA synchronous = {synchronous}")
                    for _ in range(steps):
                        do(desk, Step(writer, number))
                        _say(number)
                        number += 1
        except LogError as error:
            with suppress(PowerCut):
                disk.platter.asked(Operation("size", name))
                _say("failed", error)


def _open(path: str) -> None:
    from durability.work import desk_at

    while True:
        with desk_at(path) as desk:
            _say(desk.log.log_id)


def _check(path: str, now: str) -> None:
    from durability.work import desk_at

    with desk_at(path, datetime.fromisoformat(now)) as desk:
        for _ in range(2):
            for breach in desk.check():
                _say(breach.event_id)
        _say("checked")


def _import(path: str, file: str) -> None:
    from durability.work import desk_at
    from frontdoor.desk import importing
    from frontdoor.formats import read

    importing.BATCH = 30
    source = read(file)
    with desk_at(path) as desk:
        looked = importing.look_over(desk, source)
        _say("looked")
        importing.bring_in(desk, looked, actor="o", role="manager", despite="it happened", progress=_say)


def _follow(path: str, first: str, upto: str) -> None:
    from durability.work import desk_at

    after = int(first)
    with desk_at(path, read_only=True) as desk:
        while after < int(upto):
            for event in desk.log.follow(after):
                after = event.position
                _say(event.position, event.event_id)


WORK: dict[str, Callable[..., None]] = {
    "record": _record, "share": _share, "open": _open, "check": _check, "import": _import, "fill": _fill,
    "follow": _follow,
}  # fmt: skip


def _main() -> None:
    from durability.work import NOON, Step, do, library
    from frontdoor import Desk, MemoryLog, SimulatedClock

    desk = Desk(MemoryLog(), clock=SimulatedClock(NOON), library=library())
    for number in range(3):  # all that recording and checking load is loaded before the first child
        do(desk, Step("", number))
    desk.check()
    for line in sys.stdin:
        asked = json.loads(line)
        if "wait" in asked:
            print(os.waitstatus_to_exitcode(os.waitpid(asked["wait"], 0)[1]), flush=True)
            continue
        pid = os.fork()
        if pid == 0:
            with open(asked["pipe"], "w", encoding="utf-8") as pipe:
                os.dup2(pipe.fileno(), 1)
            _say("ready")
            WORK[asked["work"]](*asked["arguments"])
            os._exit(0)
        print(pid, flush=True)


if __name__ == "__main__":
    _main()
