"""A log, opened at a desk that goes by the workflows that were named, or by those that the log has kept."""

from __future__ import annotations

__all__ = [
    "as_at", "at_desk", "in_a_file", "is_on_server", "is_there", "keys_option", "open_log", "say_came_back", "see_whether_whole", "see_whole",
    "who_options",
]  # fmt: skip

import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from frontdoor.cli.common import say
from frontdoor.cli.completing import roles
from frontdoor.errors import LogError
from frontdoor.moment import Happened, bounds, instant, moment_of

if TYPE_CHECKING:
    from frontdoor.desk import Desk
    from frontdoor.log.keys import Keys
    from frontdoor.log.memory import MemoryLog
    from frontdoor.log.postgres import PostgresLog
    from frontdoor.log.sqlite import SqliteLog

_Command = TypeVar("_Command", bound=Callable[..., Any])


def who_options(command: _Command) -> _Command:
    """`--actor` and `--role`, both needed: who does this."""
    for option in (
        click.option("--role", required=True, metavar="ROLE", help="In which role.", shell_complete=roles),
        click.option("--actor", required=True, metavar="WHO", help="Who does this: a name that you know them by."),
    ):
        command = option(command)
    return command


_WORDS = re.compile(r"(host|hostaddr|port|dbname|user|service)\s*=\s*\S")
keys_option = click.option(
    "--keys",
    metavar="FILE",
    help="The file of the keys that LOG's details are sealed under, kept apart from it; made with the first event that is recorded with it. Of a log in "
    "PostgreSQL also postgresql://..., a database of keys.",
)


def is_on_server(log: str) -> bool:
    """Whether a log is named by the address of a PostgreSQL database, in either form that libpq takes."""
    return log.startswith(("postgresql://", "postgres://")) or bool(_WORDS.match(log))


def in_a_file(log: str, instead: str) -> None:
    """See that a log is named by a file, where only such a one can be had; `instead` says what is done for one on a server.

    Raises:
        click.UsageError: it is named by an address, which is not said again, as it may hold a password.
    """
    if is_on_server(log):
        raise click.UsageError(f"that is the address of a database, and this is for a log in a file: {instead}")


def is_there(log: str) -> bool:
    """Whether there is a log to be opened, or one is to be made; on a server it is made otherwise."""
    return is_on_server(log) or (os.path.exists(log) and os.path.getsize(log) > 0)


def open_log(
    log: str | None, *, create: bool = False, read_only: bool = False, keys: str | None = None
) -> MemoryLog | PostgresLog | SqliteLog:
    """The log in a file, or in the schema `frontdoor` of a database; None: one in memory. Of a file that was copied while it was in
    use, without FILE-wal beside it, that is said once."""
    if log is None:
        from frontdoor.log.memory import MemoryLog

        return MemoryLog()
    if is_on_server(log):
        from frontdoor.log.postgres import PostgresLog

        if keys is not None and _WORDS.match(keys):
            raise click.UsageError("name the database of --keys by its address: postgresql://USER@HOST/DATABASE.")
        return PostgresLog(log, read_only=read_only, keys=keys)
    if keys is not None and is_on_server(keys):
        raise click.UsageError(
            "--keys of a log in a file are a file, too: those in PostgreSQL are of a log in PostgreSQL."
        )
    from frontdoor.log.sqlite import SqliteLog
    from frontdoor.log.whole import sentence

    opened = SqliteLog(log, create=create, read_only=read_only, keys=keys)
    if opened.lacks_wal:
        _say_once(sentence(log))
    return opened


def see_whether_whole(inputs: Iterable[str]) -> None:
    """Of those inputs that are logs and were copied while in use, without FILE-wal beside them, say so."""
    from frontdoor.log.opening import is_log

    for one in inputs:
        if not is_on_server(one) and is_log(one):
            with suppress(LogError):  # which is told when it is read
                open_log(one, read_only=True).close()


def see_whole(log: str) -> None:
    """See that a log was not copied while it was in use, without FILE-wal beside it, before anything is signed of it.

    Raises:
        LogError: it was.
    """
    if is_on_server(log):
        return
    from frontdoor.log.sqlite import SqliteLog
    from frontdoor.log.whole import sentence

    with SqliteLog(log, create=False, read_only=True) as opened:
        if opened.lacks_wal:
            raise LogError(sentence(log))


def _say_once(said: str) -> None:
    """Say something on standard error, unless this command has said it already."""
    context = click.get_current_context(silent=True)
    told: set[str] = context.find_root().meta.setdefault(__name__, set()) if context else set()
    if said not in told:
        told.add(said)
        say(f"frontdoor: {said}", err=True)


@contextmanager
def at_desk(
    log: str | None,
    *,
    read_only: bool = False,
    create: bool = False,
    local: tuple[str, ...] = (),
    guidance: str | None = None,
    workflows: str | None = None,
    keys: str | None = None,
) -> Iterator[Desk]:
    """A desk over a log (None: one in memory, to try something out), closed on leaving.

    It goes by the files that are named. Where none are, by today's shipped ones; but by those that the log has kept where
    a local file was laid over them, for its closed days and adoptions count for all that is in the log. Details that are sealed
    are read with the `keys` that are named.
    """
    from frontdoor.desk import Desk
    from frontdoor.desk.rulebook import newest_local

    is_new = log is not None and create and not is_there(log)
    was_empty = is_new and os.path.exists(str(log))
    with open_log(log, create=create, read_only=read_only, keys=keys) as opened:
        library = None if local or guidance or workflows else newest_local(opened)
        if library is None:
            from frontdoor.library import load

            library = load(workflows, local=local, guidance=guidance)
        elif create:
            files = ", ".join(one.file for one in library.locals)
            click.echo(f"frontdoor: by the workflows that the log has kept, with {files} laid over.", err=True)
        if is_new:
            was = "was there, and empty" if was_empty else "was not there"
            once = " If it was a log once, restore a backup." if was_empty else ""
            click.echo(f"frontdoor: {log} {was}, and is a new log now.{once}", err=True)
        yield Desk(opened, library=library)


def say_came_back(desk: Desk, case_id: str) -> None:
    """Say so where the keys that were named have the key of a case still whose details were destroyed, as an older copy has."""
    from frontdoor.event import DESTROYED

    keys: Keys | None = getattr(desk.log, "keys", None)
    if keys is None or not any(event.event == DESTROYED for event in desk.log.events(case_id)):
        return
    if isinstance(keys.held([case_id]).get(case_id), bytes):
        said = f"the words of {case_id} were destroyed, and these keys have its key still: they are an older copy, which is to be destroyed, too."
        say(f"frontdoor: {said}", err=True)


def as_at(happened: Happened | None, now: datetime) -> datetime:
    """The moment that is meant: of a date its end, but of today now; by default now."""
    if happened is None or isinstance(happened, datetime):
        return happened or now
    first, last, *_ = bounds(happened)
    return now if first <= instant(now) <= last else moment_of(last)
