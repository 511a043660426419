"""What every reader makes of a file: events as columns, what the format can carry, and what could not be read."""

from __future__ import annotations

__all__ = [
    "COLUMNS",
    "DETAIL",
    "Claim",
    "Finding",
    "Rejected",
    "Source",
    "happened_at",
    "known_from",
    "moments",
    "month_first",
    "plain",
    "recorded_at",
    "standing",
]

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs

from frontdoor.compiled import EVERYTHING, Carries
from frontdoor.errors import Fault, MissingExtra, MomentError
from frontdoor.library import Library
from frontdoor.moment import EPOCH, Happened, Span, bounds, moment_of, parse

if TYPE_CHECKING:
    import polars as pl

    from frontdoor.formats.matching import Matches

DETAIL = "detail."
"""What stands before the name of a detail in `Source.events`."""
COLUMNS = ("case_id", "event", "happened_at", "recorded_at", "actor", "role", "episode", "family")
"""The columns of the flat event log; any other is a detail."""


class Rejected(NamedTuple):
    """A row that could not be read: its number in the source (from 1), the column, why, and what stood there."""

    row: int
    column: str
    reason: str
    text: str


class Claim(NamedTuple):
    """A due date that the source itself states for the deadline of an event's episode."""

    position: int
    timer: str
    due: date


@attrs.define
class Source:
    """One file as it was read.

    `events` has a row for each event that could be read, in the order of the source: `position` (its row there, from
    1), `case_id`, `event`, `actor`, `role`, `episode`, `family` and the details (`detail.rationale`) as text ('' where nothing is said;
    of some millions of rows those of few different texts as `pl.Enum`: `plain` makes them text);
    `happened_from`, `happened_to`, `recorded_from`, `recorded_to` in microseconds from 1970, the first and last moment
    it can have been; `day`, `last_day`, `recorded_day` the same as local days from 1970.

    It may have more: `bound`, the number (as `uniting.numbered` counts) of the edition that an episode opened by the event
    is bound to, null where the source does not say; `known_from` and `known_to`, the microseconds from which and until
    which it was known in this version. By default that is from when it was recorded, else from when it happened; a null
    `known_to` still stands. The versions of a corrected event share their position, and one takes over from the other.
    And, where sources were matched, the numbers in `groups` of what its child (`group`) and the fact itself (`of`) are
    judged by, and the `order` of what happened on one day, in place of `position`.
    """

    name: str
    format: str
    events: pl.DataFrame
    carries: Carries = EVERYTHING
    rejected: list[Rejected] = attrs.Factory(list)
    notes: list[str] = attrs.Factory(list)
    """What is to be known of the file as a whole, in sentences."""
    reference: Happened | None = None
    """The moment that the source itself speaks of, if it says one."""
    claims: list[Claim] = attrs.Factory(list)
    details: tuple[str, ...] = ()
    """The columns of `events` that are details."""
    findings: list[Finding] = attrs.Factory(list)
    """What the format's own rules find in the file."""
    library: Library | None = None
    """The workflows that the source itself carries, newest; None: it is judged by those that it is given."""
    older: tuple[Library, ...] = ()
    """Libraries that it carried before, to which episodes are bound by `bound`."""
    digest: str = ""
    """'sha256:' and the hash of the file's bytes, where it came from a file; of a log of our own the link of its last event,
    which is chained to all that it holds."""
    parts: tuple[Source, ...] = ()
    """The sources that this one was matched from (`matching`), in the order they were named; none: it is one itself."""
    groups: tuple[Carries, ...] = ()
    """What the sources that know a child can carry together, where those differ by child: the event column `group` says
    which of these (from 0) its child is judged by. None: all by `carries`."""
    matches: Matches | None = None
    """What matching the parts found of every child; None where there was nothing to match."""
    links: Mapping[tuple[str, str, str], tuple[str, str]] = attrs.field(factory=dict, repr=False)
    """By case, workflow and label of an episode the workflow and label of the one that it came from, where the record itself
    says one: a census has a conference inside its enquiry. Clocks count by dates all the same."""

    @property
    def unread(self) -> str:
        """A sentence on the rows that could not be read, with the first of the reasons; '' where all could."""
        if not self.rejected:
            return ""
        rows, first = len({one.row for one in self.rejected}), self.rejected[0]
        what = "1 row" if rows == 1 else f"{rows:,} rows"
        why = f"row {first.row}, {first.column} {first.reason}".rstrip(".")
        return f"{what} could not be read, and left out ({why}): `frontdoor audit` lists them all."


class Finding(NamedTuple):
    """What a format's own rules find, about one dated thing in the file."""

    position: int
    case_id: str
    episode: str
    """The episode's label in `events`, or the source's own name for what no workflow follows (a plan)."""
    event: str
    happened: Happened
    rule: str
    """The rule's own code."""
    severity: str
    """'error', 'warning' or 'note'."""
    message: str


def happened_at(row: Mapping[str, Any]) -> Happened:
    """When the event of a row of `Source.events` happened, as the source said it."""
    return moment_between(row["happened_from"], row["happened_to"], row["day"], row["last_day"])


def recorded_at(row: Mapping[str, Any]) -> Happened | None:
    """When it was recorded, or None."""
    day = row["recorded_day"]
    return None if day is None else moment_between(row["recorded_from"], row["recorded_to"], day, day)


def moment_between(first: int, last: int, day: int, last_day: int) -> Happened:
    """The date, moment or span that these bounds are of: the inverse of `moment.bounds`."""
    if first == last:
        return moment_of(first)
    if day == last_day:
        return date.fromordinal(day + EPOCH)
    return Span(date.fromordinal(day + EPOCH), date.fromordinal(last_day + EPOCH))


def plain(events: pl.DataFrame) -> pl.DataFrame:
    """The events with every text as text, also where few different ones are kept as such."""
    import polars as pl

    return events.with_columns(pl.selectors.enum().cast(pl.String))


def standing(events: pl.DataFrame, as_known_at: Happened | None = None) -> pl.DataFrame:
    """The events as they now stand, or as they were known at a moment (a date: the whole of it), each in one version."""
    import polars as pl

    if as_known_at is not None:
        events = events.filter(known_from(events) <= bounds(as_known_at)[1])
    if "known_to" not in events.columns:
        return events
    ends = pl.col("known_to")
    stands = ends.is_null() if as_known_at is None else ends.is_null() | (ends > bounds(as_known_at)[1])
    return events.filter(stands).sort("position", maintain_order=True)


def known_from(events: pl.DataFrame) -> pl.Expr:
    """When each row became known: if nothing else is said when it was recorded, or at the earliest when it happened."""
    import polars as pl

    return pl.coalesce(*(name for name in ("known_from", "recorded_from", "happened_from") if name in events.columns))


def polars(work: str = "Reading event logs") -> object:
    """The polars package.

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        import polars
    except ImportError as error:
        raise MissingExtra(work, "polars", "audit") from error
    return polars


_YEAR = r"^(?:18[5-9]\d|19\d\d|20\d\d)"
"""Years by whole columns. polars knows no summer time from 2100 on: such a date, whatever it may be, is read by itself."""
_ZONED = _YEAR + r"-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d[+-]\d\d:\d\d$"
_TO_SECONDS = _YEAR + r"-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d$"
_TO_MINUTES = _YEAR + r"-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d$"
_DATE = _YEAR + r"-\d\d-\d\d$"
_SECONDS, _MINUTES = "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"
_BOUNDS = ("from", "to", "day", "last_day")
_MONTH_FIRST = re.compile(r"(0?[1-9]|1[0-2])/(1[3-9]|2\d|3[01])/(\d{4})", re.ASCII)


def moments(texts: pl.DataFrame, prefixes: Mapping[str, str]) -> tuple[pl.DataFrame, dict[str, dict[str, str]]]:
    """Read columns of dates and times, each into four: `prefix_from`, `prefix_to`, `prefix_day` and `prefix_last_day`, all
    null where nothing or nothing readable stands; and by column, what is wrong with each text that cannot be read.

    The common forms are read by whole columns, which is what makes a large log quick; all others, and all that these
    do not accept, by `moment.parse`, which has the last word.
    """
    import polars as pl

    plain = texts.select(pl.col(*prefixes).str.contains(_TO_SECONDS).all()).row(0)
    forms = dict(zip(prefixes, (_TO_THE_SECOND if simply else _ANY for simply in plain), strict=True))
    frame = texts.select(
        column.alias(f"{what} {name}")
        for name, form in forms.items()
        for what, column in zip(("at", "date"), form.read(pl.col(name)), strict=True)
    ).select(
        column.alias(f"{prefixes[name]}_{bound}")
        for name, form in forms.items()
        for bound, column in zip(_BOUNDS, form.bounds(pl.col(f"at {name}"), pl.col(f"date {name}")), strict=True)
    )
    wrong: dict[str, dict[str, str]] = {}
    for name, prefix in prefixes.items():
        columns = [f"{prefix}_{bound}" for bound in _BOUNDS]
        unread = texts[name].set(frame[columns[2]].is_not_null(), None)
        left = unread.filter(unread != "").unique()
        wrong[name] = {}
        if len(left):
            more, wrong[name] = _one_by_one(left)
            rest = pl.DataFrame({"text": unread}).join(more, on="text", how="left", maintain_order="left")
            frame = frame.with_columns(
                pl.coalesce(column, rest[bound]) for column, bound in zip(columns, _BOUNDS, strict=True)
            )
    return frame, wrong


def month_first(rejected: Iterable[Rejected]) -> list[str]:
    """What is to be said of a file some of whose dates can only have their month first: the others may have it, too."""
    many = sum("dates are read day first" in one.reason for one in rejected)
    if not many:
        return []
    return [
        f"{many:,} date{'s' if many > 1 else ''} can only have the month first. The others, such as 03/04/2020, were read "
        "day first: look whether they are."
    ]


class _Form(NamedTuple):
    """How a column is read: its moments and its dates, and from these the four bounds."""

    read: Callable[[pl.Expr], tuple[pl.Expr, pl.Expr]]
    bounds: Callable[[pl.Expr, pl.Expr], tuple[pl.Expr, ...]]


def _walls(text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    wall = text.str.to_datetime(_SECONDS, strict=False, time_unit="us")
    return wall.dt.replace_time_zone("Europe/London", ambiguous="earliest", non_existent="null"), wall.dt.date()


def _bounds_of_walls(at: pl.Expr, date: pl.Expr) -> tuple[pl.Expr, ...]:
    import polars as pl

    moment, day = at.dt.timestamp("us"), pl.when(at.is_not_null()).then(date).cast(pl.Int32).cast(pl.Int64)
    return moment, moment, day, day


def _any(text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    import polars as pl

    def wall(pattern: str, form: str) -> pl.Expr:
        found = pl.when(text.str.contains(pattern)).then(text).str.to_datetime(form, strict=False, time_unit="us")
        return found.dt.replace_time_zone("Europe/London", ambiguous="earliest", non_existent="null")

    zoned = (
        pl.when(text.str.contains(_ZONED)).then(text).str.to_datetime(f"{_SECONDS}%:z", strict=False, time_unit="us")
    )
    at = pl.coalesce(
        zoned.dt.convert_time_zone("Europe/London"), wall(_TO_SECONDS, _SECONDS), wall(_TO_MINUTES, _MINUTES)
    )
    return at, pl.when(text.str.contains(_DATE)).then(text).str.to_date("%Y-%m-%d", strict=False)


def _bounds_of_any(at: pl.Expr, date: pl.Expr) -> tuple[pl.Expr, ...]:
    import polars as pl

    midnight = date.cast(pl.Datetime("us")).dt
    first = midnight.replace_time_zone("Europe/London").dt.timestamp("us")
    last = midnight.offset_by("1d").dt.replace_time_zone("Europe/London").dt.timestamp("us") - 1
    moment, day = at.dt.timestamp("us"), pl.coalesce(at.dt.date(), date).cast(pl.Int32).cast(pl.Int64)
    return pl.coalesce(moment, first), pl.coalesce(moment, last), day, day


_TO_THE_SECOND = _Form(_walls, _bounds_of_walls)
"""For a column in which every text is a wall time to the second, as exports have them."""
_ANY = _Form(_any, _bounds_of_any)
"""For a column in which each text may have another form."""


def _one_by_one(texts: pl.Series) -> tuple[pl.DataFrame, dict[str, str]]:
    import polars as pl

    wrong: dict[str, str] = {}
    found: list[tuple[str | int, ...]] = []
    for one in texts:
        try:
            found.append((one, *bounds(parse(one))))
        except (MomentError, OverflowError) as error:
            found_first = _MONTH_FIRST.match(one)
            wrong[one] = (
                f"has no month {found_first[2]}: dates are read day first. Write {found_first[3]}-{found_first[1]:0>2}-{found_first[2]}."
                if found_first
                else getattr(error, "why", "lies outside the years that can be counted.")
            )
    return pl.DataFrame(found, schema={"text": pl.String, **dict.fromkeys(_BOUNDS, pl.Int64)}, orient="row"), wrong


def not_utf8(name: str, content: bytes, error: UnicodeDecodeError) -> Fault:
    """The fault of a file in another encoding."""
    utf16 = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    row = content.count(b"\n", 0, error.start) + 1
    what = "is UTF-16 text" if utf16 else f"is not UTF-8 text (line {row} has a byte that UTF-8 cannot have)"
    return Fault(name, "", "encoding", f"{what}: save it as UTF-8.")
