"""What a record says happened, on a day or on one of several; and which episode it is counted from."""

from __future__ import annotations

__all__ = ["OPEN", "Dated", "Elsewhere", "day_of", "elsewhere", "latest", "made_plan", "until"]

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from frontdoor.moment import LAST_YEAR, LONDON, Happened, Span, bounds

OPEN = date(LAST_YEAR, 12, 31)
"""The end of what can be: by when something happened whose record has no later day. The last day of a file does not
say when the file was made."""


class Dated(NamedTuple):
    """Something that a record says happened."""

    case_id: str
    event: str
    episode: str
    happened: Happened
    details: Mapping[str, str]
    family: str = ""


def until(first: Happened, last: Happened | None) -> Happened:
    """Some day from one to the other; to the end of what can be, where the other is not known or lies before."""
    begins, ends = day_of(first), day_of(last) if last is not None else OPEN
    if ends == begins:
        return first if not isinstance(first, Span) else begins
    return Span(begins, ends if ends > begins else OPEN)


def day_of(happened: Happened) -> date:
    """The day on which something happened, or the first on which it can have."""
    if isinstance(happened, datetime):
        return happened.astimezone(LONDON).date()
    return happened.first if isinstance(happened, Span) else happened


def latest(days: Iterable[Happened | None]) -> date:
    """The last day of all."""
    return max((day_of(day) for day in days if day is not None), default=date(1970, 1, 1))


def made_plan(conference: Happened, conferences: Sequence[date], plans: Sequence[date]) -> bool:
    """Whether a plan starts on a conference's day or later, before any later conference; both in order."""
    day = day_of(conference)
    then, plan = bisect_right(conferences, day), bisect_left(plans, day)
    return plan < len(plans) and (then == len(conferences) or plans[plan] < conferences[then])


class Elsewhere(NamedTuple):
    """What belongs to one episode by its record, and is counted from another."""

    event: Dated
    position: int
    said: str
    """The label of the episode that the record names."""
    said_on: Happened | None
    """When that was opened; None: the file does not say."""
    counted: Dated
    """The opening that its clocks are counted from."""


def elsewhere(
    events: Sequence[Dated], belongs: Mapping[tuple[str, str, str], str], opening: str = "referral.receive"
) -> list[Elsewhere]:
    """What belongs to another referral than the one its clocks are counted from.

    That is the child's latest on or before their day; `belongs` has the referral that the source says, by the child, the
    event and its label. Likewise for what belongs to an episode that another `opening` began.
    """
    openings: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    opened: dict[tuple[str, str], Happened] = {}
    for place, event in enumerate(events):
        if event.event == opening:
            openings[event.case_id].append((bounds(event.happened)[2], place, event.episode))
            opened.setdefault((event.case_id, event.episode), event.happened)
    for every in openings.values():
        every.sort()
    found = []
    for place, event in enumerate(events):
        said = belongs.get((event.case_id, event.event, event.episode))
        if said is not None:
            every = openings[event.case_id]
            before = bisect_right(every, (bounds(event.happened)[2], place, ""))
            if before and every[before - 1][2] != said:
                counted = events[every[before - 1][1]]
                found.append(Elsewhere(event, place + 1, said, opened.get((event.case_id, said)), counted))
    return found
