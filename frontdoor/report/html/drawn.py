"""What a case's drawing shows: its lanes and clocks from what was explained, and the drawing told in words."""

from __future__ import annotations

__all__ = ["drawn", "due_of", "standing", "upto"]

from collections.abc import Callable, Sequence
from datetime import datetime

import attrs

from frontdoor.explanation import Explanation
from frontdoor.moment import EPOCH, LONDON, bounds, moment_of
from frontdoor.report.html.cases import LATE
from frontdoor.report.html.svg import Svg
from frontdoor.report.html.timeline_svg import Clock, Lane, Wording, timeline
from frontdoor.report.words import all_of, count


def drawn(
    name: str,
    case: str,
    lanes: Sequence[tuple[Lane, Sequence[Explanation]]],
    *,
    as_at: float | None,
    is_working: Callable[[int], bool],
) -> Svg | None:
    """A case, drawn: its episodes, each with the deadlines that ran in it; None where it has none. `name` is unique in the page."""
    if not lanes:
        return None
    told = [attrs.evolve(lane, clocks=[one for one in map(_clock, deadlines) if one]) for lane, deadlines in lanes]
    wording = Wording(name, f"Timeline of case {case}", _described(lanes))
    return timeline(told, wording, as_at=as_at, is_working=is_working)


def _clock(one: Explanation) -> Clock | None:
    """A deadline as it is drawn; None where it is not known when it ran."""
    due = due_of(one)
    if due is None or one.counted_from is None or one.status == "cannot_tell":
        return None
    stopped = None if one.stopped_at is None else upto(bounds(one.stopped_at)[0])
    title = one.timer.name.replace("_", " ")
    return Clock(title, one.status, upto(bounds(one.counted_from)[0]), due, stopped, _brief(one))


def standing(one: Explanation) -> str:
    """How a deadline stands, in words: 'late by 2 working days', 'overdue by 3 hours', 'met'."""
    unit = "hour" if one.allowed and one.allowed.unit.is_elapsed else "working day"
    said = one.status.replace("_", " ")
    if one.status not in LATE or one.over is None:
        return {"ended": "ended otherwise, in time"}.get(said, said)
    if one.is_least:
        return f"{said} by at least {count(one.over, unit)}" if one.over else said
    return (
        f"{said} by {count(one.over, unit)}"
        if one.over
        else f"{said} by less than {'an hour' if unit == 'hour' else 'a working day'}"
    )


def _brief(one: Explanation) -> str:
    """The same in so few words that they fit in a drawing: 'late by 2 wd'."""
    if one.status not in LATE or not one.over:
        return one.status
    return f"{one.status} {one.over} {'h' if one.allowed and one.allowed.unit.is_elapsed else 'wd'}"


def due_of(one: Explanation) -> float | None:
    """Until when a deadline was in time, in days from 1970."""
    if not one.due:
        return None
    if one.due_day is not None:
        return float(one.due_day.toordinal() - EPOCH + 1)
    return upto(bounds(datetime.fromisoformat(one.due))[1])


def upto(microseconds: int) -> float:
    """A moment as a line of time has it: its day in London from 1970, and the part of it that has gone."""
    local = moment_of(microseconds).astimezone(LONDON)
    seconds = local.hour * 3600 + local.minute * 60 + local.second + local.microsecond / 1e6
    return local.toordinal() - EPOCH + seconds / 86_400


def _described(lanes: Sequence[tuple[Lane, Sequence[Explanation]]]) -> str:
    """The drawing in words, for who does not see it; the tables beneath have the rest."""
    parts = [f"{lane.title}: {count(len(lane.marks), 'event')}, {lane.standing}" for lane, _ in lanes]
    late = [one for _, deadlines in lanes for one in deadlines if one.status in LATE]
    ran_out = [f"{one.timer.title or one.timer_name} {standing(one)}" for one in late]
    return f"{'; '.join(parts)}." + (f" Ran out: {all_of(ran_out)}." if ran_out else "")
