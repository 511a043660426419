"""What the shell is told when somebody presses tab: the cases of a log, the events that may be done, timers, roles.

A completion that cannot be made is no completion: it never fails, and never writes.
"""

from __future__ import annotations

__all__ = ["cases", "event_ids", "events", "roles", "timers"]

from collections.abc import Callable, Iterator
from functools import wraps
from itertools import islice

import click
from click.shell_completion import CompletionItem

_MOST = 200
"""So many are offered."""
_LOOKED_AT = 100_000
"""So many cases of a log are looked at for those that begin so."""

_Offers = Callable[[click.Context], Iterator[tuple[str, str]]]
_Completes = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def _quietly(offers: _Offers) -> _Completes:
    """What is offered, of what begins as was typed; nothing where anything goes wrong."""

    @wraps(offers)
    def complete(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
        try:
            found = (one for one in offers(ctx) if one[0].startswith(typed))
            return [CompletionItem(value, help=said or None) for value, said in islice(found, _MOST)]
        except Exception:  # a half-typed command has no one to complain to
            return []

    return complete


@_quietly
def cases(ctx: click.Context) -> Iterator[tuple[str, str]]:
    """The cases of the log."""
    from frontdoor.log.sqlite import SqliteLog

    with SqliteLog(_log(ctx), read_only=True) as log:
        yield from ((case, "") for case in islice(log.cases(), _LOOKED_AT))


@_quietly
def events(ctx: click.Context) -> Iterator[tuple[str, str]]:
    """What may be done in the case, then everything else that the workflows know."""
    from frontdoor.library import load

    offered = set()
    for event, title in _allowed(ctx):
        offered.add(event)
        yield event, title
    library = load()
    for name in library.names():
        workflow = library.anywhere(name)
        yield from (
            (f"{name}.{move.name}", move.title)
            for move in workflow.transitions.values()
            if f"{name}.{move.name}" not in offered
        )


def _allowed(ctx: click.Context) -> list[tuple[str, str]]:
    from frontdoor.desk import Desk
    from frontdoor.errors import FrontdoorError
    from frontdoor.log.sqlite import SqliteLog

    try:
        with SqliteLog(_log(ctx), read_only=True) as log:
            found = Desk(log).allowed(ctx.params["case"])
    except (FrontdoorError, KeyError):
        return []
    return list(dict.fromkeys((one.event, one.title) for one in found))


@_quietly
def event_ids(ctx: click.Context) -> Iterator[tuple[str, str]]:
    """The ids of what was recorded last, the latest first."""
    from frontdoor.log.sqlite import SqliteLog

    with SqliteLog(_log(ctx), read_only=True) as log:
        latest = list(log.follow(max(0, log.size() - 1000)))
    for event in reversed(latest):
        if not event.is_own:
            yield event.event_id, f"{event.event} of {event.case_id}"


@_quietly
def timers(ctx: click.Context) -> Iterator[tuple[str, str]]:
    """The timers of every workflow."""
    from frontdoor.library import load

    library = load()
    for name in library.names():
        yield from ((f"{name}.{timer.name}", timer.title) for timer in library.anywhere(name).timers.values())


@_quietly
def roles(ctx: click.Context) -> Iterator[tuple[str, str]]:
    """The roles that workflows know."""
    from frontdoor.library import load

    library = load()
    yield from (
        (role, "") for role in dict.fromkeys(role for name in library.names() for role in library.anywhere(name).roles)
    )


def _log(ctx: click.Context) -> str:
    return str(ctx.params.get("log") or ctx.params["file"])
