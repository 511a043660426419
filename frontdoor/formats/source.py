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
    "recorded_at",
    "standing",
]

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs

from frontdoor.compiled import EVERYTHING, Carries
from frontdoor.errors import Fault, MissingExtra, MomentError
from frontdoor.library import Library
from frontdoor.moment import EPOCH, Happened, Span, bounds, moment_of, parse

if TYPE_CHECKING:
    import polars as pl

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
    1), `case_id`, `event`, `actor`, `role`, `episode`, `family` and the details (`detail.rationale`) as text ('' where nothing is said);
    `happened_from`, `happened_to`, `recorded_from`, `recorded_to` in microseconds from 1970, the first and last moment
    it can have been; `day`, `last_day`, `recorded_day` the same as local days from 1970.

    It may have more: `bound`, the number (as `uniting.numbered` counts) of the edition that an episode opened by the event
    is bound to, null where the source does not say; `known_from` and `known_to`, the microseconds from which and until
    which it was known in this version. By default that is from when it was recorded, else from when it happened; a null
    `known_to` still stands. The versions of a corrected event share their position, and one takes over from the other.
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


_YEAR = r"^(?:18[5-9]\d|19\d\d|2[01]\d\d)"
_MOMENT = _YEAR + r"-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d[+-]\d\d:\d\d$"
_WALL = _YEAR + r"-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$"
_DATE = _YEAR + r"-\d\d-\d\d$"


def moments(texts: pl.Series, prefix: str) -> tuple[pl.DataFrame, dict[str, str]]:
    """Read a column of dates and times: columns `prefix_from`, `prefix_to`, `day`, `last_day`, all null where nothing
    or nothing readable stands, and what is wrong with each text that cannot be read.

    The common forms are read by whole columns, which is what makes a large log quick; all others, and all that these
    do not accept, by `moment.parse`, which has the last word.
    """
    import polars as pl

    text = pl.col("text")
    at = pl.coalesce(
        pl.when(text.str.contains(_MOMENT)).then(text).str.to_datetime("%Y-%m-%dT%H:%M:%S%:z", strict=False, time_unit="us"),
        pl.when(text.str.contains(_WALL) & (text.str.len_bytes() == 19)).then(text)
        .str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False, time_unit="us")
        .dt.replace_time_zone("Europe/London", ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC"),
        pl.when(text.str.contains(_WALL) & (text.str.len_bytes() == 16)).then(text)
        .str.to_datetime("%Y-%m-%dT%H:%M", strict=False, time_unit="us")
        .dt.replace_time_zone("Europe/London", ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC"),
    )  # fmt: skip
    frame = pl.DataFrame({"text": texts.str.strip_chars()}).with_columns(
        at=at, date=pl.when(text.str.contains(_DATE)).then(text).str.to_date("%Y-%m-%d", strict=False)
    )
    midnight = pl.col("date").cast(pl.Datetime("us")).dt
    frame = frame.select(
        "text",
        pl.coalesce(pl.col("at").dt.timestamp("us"), midnight.replace_time_zone("Europe/London").dt.timestamp("us")).alias("from"),
        pl.coalesce(
            pl.col("at").dt.timestamp("us"),
            midnight.offset_by("1d").dt.replace_time_zone("Europe/London").dt.timestamp("us") - 1,
        ).alias("to"),
        pl.coalesce(
            pl.col("at").dt.convert_time_zone("Europe/London").dt.date(), pl.col("date")
        ).cast(pl.Int32).cast(pl.Int64).alias("day"),
    ).with_columns(pl.col("day").alias("last"))  # fmt: skip
    left = frame.filter(pl.col("day").is_null() & (pl.col("text") != "")).get_column("text").unique()
    wrong: dict[str, str] = {}
    if len(left):
        found: dict[str, tuple[int, int, int, int]] = {}
        for one in left:
            try:
                found[one] = bounds(parse(one))
            except (MomentError, OverflowError) as error:
                wrong[one] = getattr(error, "why", "lies outside the years that can be counted.")
        more = pl.DataFrame(
            [(one, *four) for one, four in found.items()],
            schema={"text": pl.String, **{f"more_{name}": pl.Int64 for name in ("from", "to", "day", "last")}},
            orient="row",
        )
        frame = frame.join(more, on="text", how="left", maintain_order="left").select(
            "text", *(pl.coalesce(name, f"more_{name}").alias(name) for name in ("from", "to", "day", "last"))
        )
    names = {"from": f"{prefix}_from", "to": f"{prefix}_to", "day": f"{prefix}_day", "last": f"{prefix}_last_day"}
    return frame.select("text", *names).rename(names), wrong


def not_utf8(name: str, content: bytes, error: UnicodeDecodeError) -> Fault:
    """The fault of a file in another encoding."""
    utf16 = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    row = content.count(b"\n", 0, error.start) + 1
    what = "is UTF-16 text" if utf16 else f"is not UTF-8 text (line {row} has a byte that UTF-8 cannot have)"
    return Fault(name, "", "encoding", f"{what}: save it as UTF-8.")
