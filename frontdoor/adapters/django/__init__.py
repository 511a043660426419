"""An app for Django: one desk for each process, a signal, and the command `frontdoor_check`.

    INSTALLED_APPS = [..., "frontdoor.adapters.django"]
    FRONTDOOR_LOG = BASE_DIR / "borough.db"           # or FRONTDOOR_DESK, a function that opens a desk

    from frontdoor.adapters.django import desk, recorded

    desk().record("C-1", "contact.receive", actor=request.user.username, role="referral_officer", details={"source": "6"})

    @receiver(recorded)
    def tell_the_manager(sender, event, episode, **kwargs): ...

What is recorded is on the disk when `record` returns, whatever becomes of the database transaction of the request: give the
event an id of your own (`event_id`), keep it beside what belongs to it, and record it again where you are not sure.

It needs the extra `django`.
"""

from __future__ import annotations

__all__ = ["desk", "recorded"]

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.dispatch import Signal
from django.utils.module_loading import import_string

from frontdoor.desk import Desk

if TYPE_CHECKING:
    from frontdoor.case import Episode
    from frontdoor.event import Event

recorded = Signal()
"""Sent by `Desk` with each `event` once it is safely in the log, and the `episode` that it changed, or None. A receiver that
fails is logged, and undoes nothing."""

_desk: Desk | None = None
_opening = threading.Lock()


def desk() -> Desk:
    """The desk of this process, opened when it is first asked for; every thread may use it.

    `FRONTDOOR_LOG` names a log in a file, which is made if there is none. Or `FRONTDOOR_DESK` is a function, or its dotted
    path, that is given hooks and opens a desk: `def open_desk(after): return Desk(SqliteLog(...), local=..., after=after)`.

    Raises:
        ImproperlyConfigured: neither is set, or both are.
        LogError: the log cannot be opened.
    """
    global _desk
    with _opening:
        if _desk is None:
            _desk = _opened()
        return _desk


def _opened() -> Desk:
    log: Any = getattr(settings, "FRONTDOOR_LOG", None)
    opens: Any = getattr(settings, "FRONTDOOR_DESK", None)
    if (log is None) == (opens is None):
        raise ImproperlyConfigured("set FRONTDOOR_LOG, the file of the log, or FRONTDOOR_DESK, what opens a desk.")
    if opens is not None:
        open_desk: Callable[..., Desk] = import_string(opens) if isinstance(opens, str) else opens
        return open_desk(after=(_send,))
    from frontdoor.log.sqlite import SqliteLog

    return Desk(SqliteLog(log), after=(_send,))


def _send(event: Event, episode: Episode | None) -> Any:
    return recorded.send_robust(Desk, event=event, episode=episode)
