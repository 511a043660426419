"""Where a simulated year goes: a file of events in any format that is written, or a new log of our own."""

from __future__ import annotations

__all__ = ["can_be_written", "write"]

import os
from datetime import timedelta
from typing import TYPE_CHECKING

from frontdoor.cli.common import counting, written_to
from frontdoor.cli.opening import in_a_file
from frontdoor.errors import IsThere

if TYPE_CHECKING:
    from frontdoor.formats import Source
    from frontdoor.library import Library

_OURS = (".db", ".sqlite3")
WHO = "simulation"


def can_be_written(path: str) -> None:
    """That a log can be written under a name: said before anything is run.

    Raises:
        IsThere: it is a log of our own that is there already.
        InputError: no format is written under such a name.
    """
    from frontdoor.formats import format_of

    in_a_file(path, "write a file, and import that.")
    if not path.lower().endswith(_OURS):
        format_of(path)
    elif os.path.exists(path):
        raise IsThere(path, "what is simulated goes into no log that is kept")


def write(source: Source, path: str, library: Library) -> list[str]:
    """Write the events of a simulated year; sentences on what could not be written.

    A log of our own is kept as by a desk whose clock stands at the end of the year, which may be one to come.
    """
    if not path.lower().endswith(_OURS):
        from frontdoor.formats import write as write_file

        with written_to(path):
            return write_file(source, path)
    from frontdoor import Desk, SimulatedClock, SqliteLog
    from frontdoor.desk.importing import bring_in, look_over
    from frontdoor.moment import moment_of

    last = int(source.events["recorded_to"].max() or 0)  # type: ignore[arg-type]
    with written_to(path), SqliteLog(path, create=True) as log:
        desk = Desk(log, library=library, clock=SimulatedClock(moment_of(last) + timedelta(seconds=1)))
        looked = look_over(desk, source)
        with counting(len(looked.drafts), f"recording {path}") as told:
            bring_in(desk, looked, actor=WHO, role="system", progress=told)
    return []
