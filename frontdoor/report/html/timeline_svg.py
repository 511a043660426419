"""A case's timeline, drawn: a lane for each episode with what was recorded in it, and beneath it each clock that ran.

A clock's bar shows the time allowed, up to the mark of the due day; what was used of it in time is solid, what was used
after it is hatched, what still runs has an open end. Wait in which nothing happened is drawn short and says how long
it was.
"""

from __future__ import annotations

__all__ = ["Clock", "Lane", "Mark", "Wording", "timeline"]

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import attrs

from frontdoor.report.html.axis import Axis, ticks
from frontdoor.report.html.svg import Svg, element, picture, text

_WIDTH, _LEFT, _RIGHT = 760.0, 226.0, 744.0
_JUDGED = 120.0
"""Room at the right end for 'judged as at', where no date is written, too."""
_TOP, _LANE, _CLOCK, _GAP = 30.0, 24.0, 19.0, 8.0
_LETTERS = 32
"""Of a label that fit before the drawing."""


class Mark(NamedTuple):
    """Something that was recorded: when (in days from 1970, noon being a half), what, and whether anything is said of it."""

    at: float
    title: str
    is_found: bool = False


@attrs.frozen
class Clock:
    """One deadline: when it was counted from, until when it was in time, and when it stopped (None: not yet)."""

    title: str
    status: str
    """As deadlines.csv has it: met, late, ended, overdue, running."""
    start: float
    due: float
    stopped: float | None
    standing: str
    """In few words: 'late by 2'."""


@attrs.frozen
class Lane:
    """One episode: from its opening to its end (None: still open), what was recorded in it, and its clocks."""

    title: str
    start: float
    end: float | None
    marks: Sequence[Mark]
    clocks: Sequence[Clock] = ()
    standing: str = ""
    """In words: 'still open', 'ended', or that it cannot be told."""


@attrs.frozen
class Wording:
    """What a drawing says besides its lanes."""

    name: str
    """Unique in the page."""
    title: str
    description: str


def timeline(
    lanes: Sequence[Lane], wording: Wording, *, as_at: float | None, is_working: Callable[[int], bool] | None = None
) -> Svg:
    """A case, drawn. `as_at` is the end of the moment judged from; `is_working` tells days (from 1970) on which work is done,
    and shades the others where there is room to see them.
    """
    axis = Axis.over(_moments(lanes, as_at), _LEFT, _RIGHT)
    rows = sum(_LANE + _CLOCK * len(lane.clocks) + _GAP for lane in lanes)
    bottom = _TOP + rows
    judged = None if as_at is None or not _is_open(lanes) else axis.at(as_at)
    parts = [*_ground(axis, bottom, is_working), *_dates(axis, bottom, _RIGHT if judged is None else _RIGHT - _JUDGED)]
    at = _TOP
    for lane in lanes:
        parts += _lane(lane, axis, at, as_at)
        at += _LANE
        for clock in lane.clocks:
            parts += _clock(clock, axis, at, as_at)
            at += _CLOCK
        at += _GAP
    if judged is not None:
        parts += _judged(judged, bottom)
    return picture(wording.name, wording.title, wording.description, _WIDTH, bottom + 20, parts)


def _is_open(lanes: Sequence[Lane]) -> bool:
    return any(lane.end is None or any(clock.stopped is None for clock in lane.clocks) for lane in lanes)


def _moments(lanes: Sequence[Lane], as_at: float | None) -> Iterator[float]:
    for lane in lanes:
        yield lane.start
        yield from (mark.at for mark in lane.marks)
        yield from () if lane.end is None else (lane.end,)
        for clock in lane.clocks:
            yield from (clock.start, clock.due)
            yield from () if clock.stopped is None else (clock.stopped,)
    if as_at is not None and _is_open(lanes):
        yield as_at


def _ground(axis: Axis, bottom: float, is_working: Callable[[int], bool] | None) -> Iterator[Svg]:
    """Days on which nobody works, and the waits that are drawn short."""
    if is_working is not None:
        closed = [(left, right) for day, left, right in axis.days(3) if not is_working(day)]
        for left, right in _joined(closed):
            yield _box(left, _TOP - 4, right - left, bottom - _TOP + 4, "closed")
    for left, right, _ in axis.breaks:
        yield _box(left + 2, _TOP - 4, right - left - 4, bottom - _TOP + 4, "short")


def _joined(spans: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Spans in order, those that touch as one."""
    start, end = None, 0.0
    for left, right in spans:
        if start is not None and left > end + 0.01:
            yield start, end
            start = None
        start, end = (left if start is None else start), right
    if start is not None:
        yield start, end


def _dates(axis: Axis, bottom: float, end: float) -> Iterator[Svg]:
    yield element("path", d=f"M{_LEFT:g} {_TOP - 4:g}H{_RIGHT:g}", class_="line")
    for place, said in ticks(axis, 84):
        yield element("path", d=f"M{place:.1f} {_TOP - 9:g}V{bottom:g}", class_="tick")
        if place <= end:
            yield text(said, place + 3, _TOP - 11, "small")
    for one in axis.breaks:
        middle = (one.left + one.right) / 2
        yield element("path", d=f"M{middle - 4:.1f} {_TOP:g}l4 -8m1 8l4 -8", class_="line")
        if one.right - one.left > 40:
            yield text(one.lasted, middle, bottom + 12, "small", "middle")


def _lane(lane: Lane, axis: Axis, top: float, as_at: float | None) -> Iterator[Svg]:
    left = axis.at(lane.start)
    right = axis.at(lane.end if lane.end is not None else as_at if as_at is not None else lane.start)
    middle = top + 12
    yield text(_cut(lane.title, 29), 0, middle + 4, "strong")
    yield _box(left, middle - 5, max(right - left, 2), 10, "episode")
    if lane.end is None:
        yield _onward(right, middle, 7)
    for mark in lane.marks:
        x = axis.at(mark.at)
        shape = (
            element("path", element("title", mark.title), d=f"M{x:.1f} {middle - 7:g}l6 7l-6 7l-6 -7z", class_="found")
            if mark.is_found
            else element("circle", element("title", mark.title), cx=x, cy=middle, r=4, class_="mark")
        )
        yield shape


def _clock(clock: Clock, axis: Axis, top: float, as_at: float | None) -> Iterator[Svg]:
    start, due = axis.at(clock.start), axis.at(clock.due)
    until = clock.stopped if clock.stopped is not None else as_at if as_at is not None else clock.due
    stop, middle = axis.at(until), top + 9
    yield text(_cut(f"{clock.title}: {clock.standing}", _LETTERS), 10, middle + 4, "label")
    yield _box(start, middle - 4, max(due - start, 2), 8, "allowed")
    used = min(stop, due)
    if used > start:
        yield _box(start, middle - 4, used - start, 8, "used")
    if stop > due and clock.status in ("late", "overdue"):
        yield _box(due, middle - 4, stop - due, 8, "over")
    if clock.stopped is None:
        yield _onward(max(stop, start + 2), middle, 6)
    yield element("path", d=f"M{due:.1f} {middle - 8:g}v16m-4 -16h8l-4 5z", class_="due")


def _onward(x: float, middle: float, half: float) -> Svg:
    """The open end of what goes on."""
    return element("path", d=f"M{x:.1f} {middle - half:g}l{half:g} {half:g}l-{half:g} {half:g}", class_="onward")


def _judged(x: float, bottom: float) -> Iterator[Svg]:
    yield element("path", d=f"M{x:.1f} {_TOP - 4:g}V{bottom + 4:g}", class_="judged")
    yield text("judged as at", _RIGHT + 12, _TOP - 11, "small", "end")


def _box(x: float, y: float, width: float, height: float, class_: str) -> Svg:
    return element("rect", x=x, y=y, width=width, height=height, class_=class_)


def _cut(said: str, letters: int) -> str:
    return said if len(said) <= letters else said[: letters - 1].rstrip() + "…"
