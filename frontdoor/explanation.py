"""How a due date was counted, in words: from which event, how long, by which file and edition, skipping which days.

An explanation decides nothing. It is made after the fact from what the kernel counted and the files it counted by.
"""

from __future__ import annotations

__all__ = ["Explanation", "explained", "in_words"]

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import attrs

from frontdoor.compiled import Compiled
from frontdoor.errors import count
from frontdoor.guidance import Edition, Origin
from frontdoor.moment import LONDON, Happened, Span, local_day, written
from frontdoor.sentences import WHY
from frontdoor.timescale import Timescale, Unit
from frontdoor.workflow import Timer
from frontdoor.working_days import Calendar

if TYPE_CHECKING:
    import pendulum


@attrs.frozen
class Explanation:
    """One deadline and why it is as it is. Its `text` says it all; its fields hold the facts."""

    case: str
    episode: str
    timer_name: str
    """Qualified: 'referral.decision'."""
    timer: Timer
    edition: Edition | None
    """The edition the episode is bound to; None before the first."""
    opened: Happened
    origin: Origin
    """The file and table that set how long."""
    counts_from: str
    counted_from: Happened | None
    counted_row: int | None
    allowed: Timescale | None
    due: str
    """A date, or for hours a moment; empty where there is no one answer."""
    calendar: Calendar
    stopped_by: str
    stopped_at: Happened | None
    stopped_row: int | None
    status: str
    over: int | None
    why: str
    """Why the status, or by how much it is over, cannot be told; else empty."""
    is_chosen: bool = False
    """Whether all is judged by that edition because somebody chose it, whatever was in force."""
    is_overlaid: bool = False
    """Whether an authority's own file set how long."""
    row_is: str = "row"
    """What the numbers of rows are of: the 'row' of a file, or the 'event' of a log."""

    @property
    def due_day(self) -> date | None:
        """The due day of a timescale counted in days; None for hours, and where it is not known."""
        return date.fromisoformat(self.due) if len(self.due) == 10 else None

    @property
    def is_least(self) -> bool:
        """Whether it is late for certain, and by how much is not: `over` is then the least it can be."""
        return self.over is not None and (bool(self.why) or not self.due or isinstance(self.stopped_at, Span))

    def days(self) -> Iterator[tuple[date, int | None, str]]:
        """Each day from the anchor's (day 0) to the due day: its number, or None and why it does not count."""
        start, due = _day(self.counted_from), self.due_day
        if start is None or due is None or self.allowed is None:
            return
        yield start, 0, "the day it is counted from"
        skipped = {}
        if self.allowed.unit is Unit.WORKING_DAYS:
            skipped = dict(self.calendar.skipped(start, due))
        number = 0
        for n in range(1, (due - start).days + 1):
            day = start + timedelta(days=n)
            if day in skipped:
                yield day, None, skipped[day]
            else:
                number += 1
                yield day, number, "due, any time this day" if day == due else ""

    @property
    def text(self) -> str:
        """The explanation in lines for a manager."""
        return self.told()

    def told(self, *, every_day: bool = False) -> str:
        """The same; with `every_day` the count is told day by day."""
        pairs = self.lines(every_day=every_day)
        return "\n".join(f"  {label:13} {line}" if label else line for label, line in pairs)

    def lines(self, *, every_day: bool = False) -> Iterator[tuple[str, str]]:
        """The same as (label, sentence) pairs; with `every_day` the count is told day by day."""
        yield "", f"{self.case} {self.episode}: {self.timer.title or self.timer.name} ({self.timer_name})"
        row = f" ({self.row_is} {self.counted_row})" if self.counted_row else ""
        if self.counted_from is not None:
            yield "Counted from", f"{self.counts_from}, {in_words(self.counted_from)}{row}"
        else:
            yield "Counted from", f"nothing: of {' or '.join(self.timer.counts_from)} there is no record"
        yield from self._rule()
        if every_day:
            for day, number, remark in self.days():
                count = "-" if number is None else f"day {number}"
                yield "", f"  {'':13} {day:%a} {day.day:2} {day:%b %Y}  {count:>7}  {remark}".rstrip()
        elif self.allowed is not None and self.allowed.unit is Unit.WORKING_DAYS:
            skipped = [(day, why) for day, n, why in self.days() if n is None]
            if skipped:
                yield "Skipped", _skipped(skipped)
        if self.due:
            ends = "any time that day" if self.due_day else "to the moment"
            yield "Due", f"{in_words(self.due_day or datetime.fromisoformat(self.due))}, {ends}"
        if self.stopped_at is not None:
            row = f" ({self.row_is} {self.stopped_row})" if self.stopped_row else ""
            yield "Stopped", f"by {self.stopped_by}, {in_words(self.stopped_at)}{row}"
        unit = "hour" if self.allowed and self.allowed.unit.is_elapsed else "working day"
        least = "at least " if self.is_least else ""
        over = "" if self.over is None else f", by {least}{self.over} {unit}{'' if self.over == 1 else 's'}"
        if self.over == 0:
            over = "" if self.is_least else f", by less than a {unit}"
        yield "Status", f"{self.status.replace('_', ' ')}{over}{': ' + self.why if self.why else ''}"

    def _rule(self) -> Iterator[tuple[str, str]]:
        if self.allowed is not None and self.edition is not None:
            counted = {
                Unit.WORKING_DAYS: "working days after it, the day itself not counted",
                Unit.HOURS: "elapsed, nights and weekends included",
            }.get(self.allowed.unit, "counted from that day, which is day 0")
            is_own = self.is_overlaid and self.timer.basis == "statutory"
            basis = "statutory, but the length is the authority's own" if is_own else self.timer.basis
            yield "Allowed", f"{self.allowed} ({basis}; {counted})"
            yield "Set by", str(self.origin)
            if self.timer.cites:
                yield "Source", self.timer.source
            if self.timer.departs:
                yield "Departs", self.timer.departs
        if self.edition is None:
            yield "Edition", f"none was in force when the episode opened, {in_words(self.opened)}"
        else:
            why = "by choice, whatever was in force when it opened" if self.is_chosen else "in force when it opened"
            yield "Edition", f"{self.edition.title or self.edition.name}, {why}, {in_words(self.opened)}"
        if self.allowed is not None and self.allowed.unit is Unit.WORKING_DAYS:
            known = f"{self.calendar.first} to {self.calendar.last}"
            own = ", and the closures of a local file" if self.calendar.closures else ""
            yield "Calendar", f"bank holidays of England and Wales, version {self.calendar.version}, known {known}{own}"

    def as_object(self) -> dict[str, Any]:
        """The facts as plain values, for programs."""
        return {
            "case": self.case, "episode": self.episode, "timer": self.timer_name,
            "counts_from": self.counts_from, "counted_from": written(self.counted_from), "row": self.counted_row,
            "allowed": None if self.allowed is None else self.allowed.count,
            "unit": None if self.allowed is None else self.allowed.unit.value,
            "basis": self.timer.basis, "due": self.due, "file": self.origin.file, "table": self.origin.table,
            "cites": self.timer.cites, "grade": self.timer.grade, "departs": self.timer.departs,
            "edition": self.edition.name if self.edition else "", "calendar": self.calendar.version,
            "skipped": [{"date": day.isoformat(), "why": why} for day, n, why in self.days() if n is None],
            "stopped_by": self.stopped_by, "stopped_at": written(self.stopped_at), "status": self.status,
            "over": self.over, "why": self.why,
        }  # fmt: skip


def explained(
    compiled: Compiled,
    *,
    edition: int,
    timer: int,
    again: int,
    case: str,
    episode: str,
    opened: Happened,
    counts_from: str,
    counted_from: Happened | None,
    counted_row: int | None,
    due: str,
    stopped_by: str,
    stopped_at: Happened | None,
    stopped_row: int | None,
    status: str,
    over: int | None,
    why: int,
) -> Explanation:
    """The explanation of a deadline from what the kernel counted: the numbers of its edition and timer, whether it is not
    the first of its clock (`again`), and the code of why its status cannot be told. The rest is as `Explanation` has it.
    """
    timer_name = compiled.timers[timer]
    workflow, _, name = timer_name.partition(".")
    composed = compiled.composed(edition)
    declared = composed.workflows[workflow].timers[name]
    then = again == 1 and declared.then is not None
    origin, library = composed.origin(workflow, "timers", name, "then" if then else "allowed"), compiled.library
    return Explanation(
        case=case, episode=episode, timer_name=timer_name, timer=declared, edition=compiled.guidance(edition), opened=opened,
        origin=origin, is_chosen=library.chosen is not None, is_overlaid=origin.file in {one.file for one in library.locals},
        counts_from=counts_from, counted_from=counted_from, counted_row=counted_row,
        allowed=declared.then if then else declared.allowed, due=due, calendar=compiled.library.calendar,
        stopped_by=stopped_by, stopped_at=stopped_at, stopped_row=stopped_row, status=status, over=over,
        why=WHY.get(why, ""),
    )  # fmt: skip


def in_words(happened: Happened) -> str:
    """A date or moment as people say it: 'Friday 18 December 2009 at 16:30'."""
    if isinstance(happened, Span):
        return f"between {in_words(happened.first)} and {in_words(happened.last)}"
    if not isinstance(happened, datetime):
        return _pendulum(datetime(happened.year, happened.month, happened.day)).format("dddd D MMMM YYYY", locale="en")
    local = happened.astimezone(LONDON).replace(tzinfo=None)  # with its zone, each would load the zone anew
    clock = "HH:mm" if not local.second and not local.microsecond else "HH:mm:ss"
    return _pendulum(local).format(f"dddd D MMMM YYYY [at] {clock}", locale="en")


def _pendulum(moment: datetime) -> pendulum.DateTime:
    import pendulum

    return pendulum.instance(moment)


def _day(happened: Happened | None) -> date | None:
    if isinstance(happened, datetime):
        return local_day(happened)
    return happened if isinstance(happened, date) else None


def _skipped(days: list[tuple[date, str]]) -> str:
    """Few days by name; of many the weekends by number, and only what is no weekend by name."""
    weekend = sum(1 for day, why in days if why == f"{day:%A}")
    named = [
        f"{day:%a} {day.day} {day:%b} ({why})" if why != f"{day:%A}" else f"{day:%a} {day.day} {day:%b}"
        for day, why in days
        if len(days) <= 4 or why != f"{day:%A}"
    ]
    return ", ".join(([f"{count(weekend, 'day')} at weekends"] if len(days) > 4 and weekend else []) + named)
