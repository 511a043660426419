"""Frontdoor in the frameworks that case systems are built with; each is thin, and loaded only where it is used.

    frontdoor.adapters.django         an app: a desk of the process, a signal, the command `frontdoor_check`
    frontdoor.adapters.fastapi        a desk for the time that an application runs, with a check in the background
    frontdoor.adapters.apscheduler    a check every so often, by a scheduler that runs already

What they call is `Desk.record` and `Desk.check`, and a check may be made twice, or by several at once, and records each
breach once: any other scheduler calls it just so.
"""

from __future__ import annotations

__all__: list[str] = []
