"""XES, the event log of IEEE 1849: a trace is a case, an event is an event; `.xes`, or `.xes.gz`.

| key | is |
|---|---|
| `concept:name` of the trace | `case_id` |
| `concept:name` | `event` |
| `time:timestamp` | `happened_at`: a moment; dates, where every time of the log is a midnight |
| `org:resource`, `org:role` | `actor`, `role` |
| `happened_at` | the date, or span, that `time:timestamp` is the first moment of, where only that is known; or the midnight that it is |
| `recorded_at`, `episode`, `family` | the same |
| any other | a detail; what the trace says of itself, `case:` and its key, a detail of each of its events |

Of an activity that the log knows as `complete` (`lifecycle:transition`), only that is something done: its start, its
schedule and the like are passed over, and counted in a note. Of any other every event is read. Nested attributes and
lists are details by their path (`cost.total`). Defaults of `global` are not applied: they would be made up. A name that
means something to XES or to us, and is that of a detail, has `detail.` before it.
"""

from __future__ import annotations

__all__ = ["read", "write"]

from frontdoor.formats.xes.reading import read
from frontdoor.formats.xes.writing import write
