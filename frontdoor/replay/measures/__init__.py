"""Measures of an audit: how timely, how much of what led to what, what was recorded, who waited, and where to ask further.

    for measure in every(audit):
        print(measure.title, measure.definition)
        for row in measure.rows:
            print(row.group, row.value, row.low, row.high)

One module a subject. Each number comes with its definition, its denominator, what was left out, and a 95% interval; what a
source cannot tell is said, and not counted as nothing.
"""

from __future__ import annotations

__all__ = ["Measure", "Row", "Target", "Times", "every"]

from typing import TYPE_CHECKING

from frontdoor.replay.measures.measure import Measure, Row, Target, Times

if TYPE_CHECKING:
    from frontdoor.replay.audit import Audit
    from frontdoor.replay.facts import Facts


def every(audit: Audit | Facts) -> list[Measure]:
    """Every measure that an audit (or a part of it, `Facts.only`) has, in the order of a report.

    Measures of the front door are there only where its workflows are declared; timeliness, waits, late recording and most
    of the questions are of any process.
    """
    from frontdoor.replay import facts

    return list(facts.of(audit).measures)
