"""When something happened: a date where only the day is known, else a moment; never one silently made the other.

A moment is aware and UTC inside. A date is an interval: it begins at its first instant in Europe/London and ends at
its last. A source may know still less, only that something happened between two dates: that is a `Span`.
"""

from __future__ import annotations

__all__ = [
    "EPOCH",
    "FIRST_YEAR",
    "LAST_YEAR",
    "LONDON",
    "Happened",
    "Span",
    "bounds",
    "day_start",
    "in_words",
    "instant",
    "local_day",
    "moment_of",
    "parse",
    "written",
]

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import attrs

from frontdoor.errors import MomentError

LONDON = ZoneInfo("Europe/London")
EPOCH = date(1970, 1, 1).toordinal()
"""Instants are counted in microseconds from 1970 in UTC, days in days from 1970."""

_START = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@attrs.frozen
class Span:
    """Something that happened on one of the days from `first` to `last`, both included; which is not known."""

    first: date
    last: date = attrs.field()

    @last.validator
    def _in_order(self, attribute: object, value: date) -> None:
        if value < self.first:
            raise ValueError(f"a span does not end on {value}, before it begins on {self.first}")

    def __str__(self) -> str:
        return f"{self.first.isoformat()}/{self.last.isoformat()}"


Happened = date | Span
"""A `datetime` (which is a `date`, always aware), a plain `date`, or a `Span`."""

_BRITISH = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?", re.ASCII)
_ISO = re.compile(r"[\dW-]{8,10}([Tt ][\d:.,Zz+-]+)?", re.ASCII)
FIRST_YEAR, LAST_YEAR = 1850, 2199
"""The years that records can be of: a case system's 9999 for "never" is not a date."""
_ADVICE = "is not a date or time: write 2009-12-18, 2009-12-18T16:30, 18/12/2009 or 18/12/2009 16:30."


def parse(text: str) -> Happened:
    """What `text` says: a date, an aware moment, or a span written 'date/date'.

    ISO 8601 or dd/mm/yyyy [hh:mm[:ss]]. A time without an offset is Europe/London's wall time; of one that happens
    twice (clocks go back) the first is meant.

    Raises:
        MomentError: what is not a date or time, and a wall time that does not exist (clocks go forward).
    """
    text = text.strip()
    british = _BRITISH.fullmatch(text)
    found: Happened | None = None
    try:
        if british:
            day, month, year, hour, minute, second = (int(part or 0) for part in british.groups())
            wall = datetime(year, month, day, hour, minute, second)
            found = wall.date() if british[4] is None else _aware(wall, text)
        elif len(text) == 21 and text[10] == "/":
            found = Span(date.fromisoformat(text[:10]), date.fromisoformat(text[11:]))
        elif _ISO.fullmatch(text):
            found = date.fromisoformat(text) if len(text) <= 10 else _aware(datetime.fromisoformat(text), text)
    except (ValueError, OverflowError) as error:
        if isinstance(error, MomentError):
            raise
    if found is None:
        raise MomentError(text, _ADVICE)
    years = (found.first.year, found.last.year) if isinstance(found, Span) else (found.year, found.year)
    if years[0] < FIRST_YEAR or years[1] > LAST_YEAR:
        raise MomentError(text, f"lies outside the years {FIRST_YEAR} to {LAST_YEAR}: correct it, or leave it empty.")
    return found


def _aware(moment: datetime, text: str) -> datetime:
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    utc = moment.replace(tzinfo=LONDON).astimezone(UTC)
    if utc.astimezone(LONDON).replace(tzinfo=None) != moment:
        raise MomentError(
            text,
            "does not exist in Europe/London, where the clocks went forward over it: correct it or give an offset.",
        )
    return utc


def local_day(moment: datetime) -> date:
    """The date it was in Europe/London."""
    return moment.astimezone(LONDON).date()


def instant(moment: datetime) -> int:
    """Microseconds from the start of 1970 in UTC, exactly."""
    return (moment - _START) // _MICROSECOND


def moment_of(microseconds: int) -> datetime:
    """The moment so many microseconds from the start of 1970: the inverse of `instant`."""
    return _START + timedelta(0, 0, microseconds)


def day_start(day: date) -> int:
    """The instant a local date begins, in microseconds from 1970."""
    return instant(datetime(day.year, day.month, day.day, tzinfo=LONDON))


def bounds(happened: Happened) -> tuple[int, int, int, int]:
    """Earliest and latest possible instant (microseconds from 1970), earliest and latest local day (days from 1970)."""
    if isinstance(happened, datetime):
        at = instant(happened)
        day = local_day(happened).toordinal() - EPOCH
        return at, at, day, day
    first, last = (happened.first, happened.last) if isinstance(happened, Span) else (happened, happened)
    return (
        day_start(first),
        day_start(last + timedelta(days=1)) - 1,
        first.toordinal() - EPOCH,
        last.toordinal() - EPOCH,
    )


def in_words(day: date) -> str:
    """A date as people say it: '18 January 2016'."""
    return f"{day.day} {day:%B %Y}"


def written(happened: Happened | None) -> str:
    """As files show it: a moment in Europe/London with that day's offset, a date as a date, a span as 'date/date'."""
    if happened is None:
        return ""
    if isinstance(happened, datetime):
        return happened.astimezone(LONDON).isoformat()
    return str(happened)
