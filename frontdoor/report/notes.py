"""What is to be known of a file as a whole before its figures are believed: sentences, each about something that a reader may mend."""

from __future__ import annotations

__all__ = ["far_ahead", "notes", "unread"]

from datetime import date

from frontdoor.moment import EPOCH, bounds, local_day, moment_of
from frontdoor.replay.audit import Audit
from frontdoor.report.words import count, when


def notes(audit: Audit) -> list[str]:
    """What is to be known of the file as a whole, in sentences."""
    found = [*far_ahead(audit), *audit.source.notes]
    if audit.source.rejected:
        many, what = unread(audit)
        found.append(f"{count(many, what)} could not be read and {'was' if many == 1 else 'were'} rejected.")
    absent = _without_column(audit)
    if absent:
        one = len(absent) == 1
        found.append(
            f"There is no column for the detail{'' if one else 's'} {', '.join(absent)}: not asked of any event."
        )
    for timer, stops in _never_stopped(audit):
        found.append(
            f"Every {timer} is overdue, and no {' or '.join(stops)} is in the file at all: does the system that it comes from "
            "record that?"
        )
    calendar = audit.library.calendar
    if audit.as_at is not None and bounds(audit.as_at)[3] > date(calendar.last, 12, 31).toordinal() - EPOCH:
        found.append(f"Bank holidays are known up to {calendar.last}: working days beyond are not counted.")
    blind = [name for name, counts in audit.timers.items() if set(counts) == {"cannot_tell"}]
    if blind:
        found.append(f"Nothing can be told from this source of {', '.join(blind)}.")
    return found


def unread(audit: Audit) -> tuple[int, str]:
    """How many of what could not be read: rows, where a row is an event; else fields, whose row may tell more that was read."""
    if audit.source.format in _BY_ROW:
        return len({one.row for one in audit.source.rejected}), "row"
    return len(audit.source.rejected), "field"


_BY_ROW = ("flat-csv", "parquet")
"""Formats with a row for each event, of which nothing is counted where a part of it cannot be read."""


def far_ahead(audit: Audit) -> list[str]:
    """A sentence where the moment judged from is that of one row alone, more than a year after the row before it."""
    import polars as pl

    source, events = audit.source, audit.source.events
    if source.reference is not None or audit.as_at is None or not audit.events:
        return []
    at = audit.log.rows["at"]
    recorded = events["recorded_from"].gather(at)
    seen = pl.DataFrame({"at": at, "moment": recorded if recorded.count() else events["happened_from"].gather(at)})
    last = seen.drop_nulls().top_k(2, by="moment").sort("moment", descending=True)
    if last.height < 2:
        return []
    moments = [local_day(moment_of(moment)) for moment in last["moment"]]
    if moments[0].toordinal() - EPOCH != bounds(audit.as_at)[2] or (moments[0] - moments[1]).days <= _FAR:
        return []
    row = "row {} ({}, {})".format(*(events[name][last["at"][0]] for name in ("position", "case_id", "event")))
    return [
        f"All is judged as at {when(moments[0])} because of {row} alone: the row before it in time is of {when(moments[1])}. "
        "If its year is mistyped, correct it, or give the moment with --as-at."
    ]


_FAR = 366
"""Days after the row before it from which a last row is asked about."""


def _never_stopped(audit: Audit) -> list[tuple[str, list[str]]]:
    """The clocks that were never stopped by what meets them, in a file in which that never occurs, with what would."""
    found = []
    there = audit.log.occurring if audit.timers else frozenset()
    for name, counts in audit.timers.items():
        workflow, _, short = name.partition(".")
        timer = audit.library.anywhere(workflow).timers[short]
        stops = [f"{workflow}.{one}" for one in timer.until or timer.met_by]
        if stops and counts.get("overdue", 0) >= _MANY and not {"met", "late"} & set(counts) and not there & set(stops):
            found.append((name, stops))
    return found


_MANY = 2
"""Overdue deadlines from which it is asked whether the file can tell of their end."""


def _without_column(audit: Audit) -> list[str]:
    """The details that events of a flat log should have, and that it has no column for."""
    carried = audit.source.carries.details
    if carried is None or audit.source.format != "flat-csv":
        return []
    needed = set()
    for event in audit.log.occurring:
        workflow, _, name = event.partition(".")
        if workflow in audit.log.compiled.workflows:
            move = audit.library.anywhere(workflow).transitions.get(name)
            needed |= set(move.needs if move else ())
    return sorted(needed - carried)
