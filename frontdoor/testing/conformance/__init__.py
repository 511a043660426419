"""What every log must do, whatever it is kept in: a suite for pytest that each driver's tests take over.

    from frontdoor.testing.conformance import LogConformance

    class TestOurLog(LogConformance):
        def make_log(self):
            return OurLog(...)

        def reopen(self, log):        # where it outlives the process
            log.close()
            return OurLog(...)

It needs the extra `testing`.
"""

from __future__ import annotations

__all__ = [
    "NOON", "LogConformance", "a_breach", "a_deadline", "a_draft", "an_episode", "append", "details", "drafts", "happened", "texts"
]  # fmt: skip

from frontdoor.testing.conformance.appending import Appending
from frontdoor.testing.conformance.material import (
    NOON,
    a_breach,
    a_deadline,
    a_draft,
    an_episode,
    details,
    drafts,
    happened,
    texts,
)
from frontdoor.testing.conformance.model import AsAListWould
from frontdoor.testing.conformance.reading import ReadingBack
from frontdoor.testing.conformance.standing import WhatStands
from frontdoor.testing.conformance.suite import append
from frontdoor.testing.conformance.transactions import Transactions


class LogConformance(Appending, Transactions, ReadingBack, WhatStands, AsAListWould):
    """What every log must do."""
