"""A disk of several processes: each has a drive of its own, and tells one platter what it writes.

with served(Platter(folder), address) as platter:   # in the process that cuts the power
    platter.cut_at(40, chance)
    ...
with Drive(folder, Far(address)) as disk, running_on(disk):   # in each of those whose power it is
    log = SqliteLog(folder / "borough.db")
"""

from __future__ import annotations

__all__ = ["Far", "served"]

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any

import apsw

from durability.disk import Change, Kept, Operation, Platter, PowerCut


class _Server:
    def __init__(self, platter: Platter, listener: Listener) -> None:
        self._platter, self._listener = platter, listener
        self._files: list[Kept] = []
        self._one_at_a_time = threading.Lock()

    def listen(self) -> None:
        while True:
            try:
                drive = self._listener.accept()
            except OSError:  # it was closed
                return
            threading.Thread(target=self._serve, args=(drive,), daemon=True).start()

    def _serve(self, drive: Connection[Any, Any]) -> None:
        while True:
            try:
                file, verb, words = drive.recv()
            except EOFError:  # the process is over
                return
            with self._one_at_a_time:
                drive.send(self._do(self._platter if file < 0 else self._files[file], verb, words))

    def _do(self, one: Platter | Kept, verb: str, words: tuple[Any, ...]) -> Any:
        try:
            done = getattr(one, verb)(*words)
        except PowerCut:
            return PowerCut
        if self._platter.is_off:  # another cut it between this one's asking and doing
            return PowerCut
        if isinstance(done, Kept):
            self._files.append(done)
            return len(self._files) - 1
        return done


@contextmanager
def served(platter: Platter, address: Path) -> Iterator[Platter]:
    """While this lasts, drives in other processes write a platter."""
    with Listener(str(address), "AF_UNIX", backlog=16) as listener:
        threading.Thread(target=_Server(platter, listener).listen, daemon=True).start()
        yield platter


class Far(Platter):
    """A platter of another process."""

    forgets = False

    def __init__(self, address: Path) -> None:
        self._server = Client(str(address), "AF_UNIX")
        self._one_at_a_time = threading.Lock()

    def tell(self, verb: str, *words: Any, file: int = -1) -> Any:
        """Have something done there, and give what it gives."""
        with self._one_at_a_time:
            self._server.send((file, verb, words))
            done = self._server.recv()
        if done is PowerCut:
            error = PowerCut("the power is off")
            error.result = error.extendedresult = apsw.SQLITE_IOERR
            raise error
        return done

    def asked(self, operation: Operation) -> None:
        """Count an operation, which may be the one that is not done any more."""
        self.tell("asked", operation)

    def opened(self, name: str) -> Kept:
        """The file of that name, made where it is not there."""
        return _FarKept(self, self.tell("opened", name))

    def deleted(self, name: str, syncs_folder: bool) -> None:
        """There is no file of that name any more."""
        self.tell("deleted", name, syncs_folder)

    def sync_folder(self) -> None:
        """See to it that files made and deleted stay so."""
        self.tell("sync_folder")


class _FarKept(Kept):
    def __init__(self, platter: Far, file: int) -> None:
        self._platter, self._file = platter, file

    def change(self, change: Change) -> None:
        self._platter.tell("change", change, file=self._file)

    def undo(self) -> None:
        self._platter.tell("undo", file=self._file)

    def sync(self) -> None:
        self._platter.tell("sync", file=self._file)
