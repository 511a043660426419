"""The rows of an event log as texts, and the source that they make.

A row is an event: what it says stands under the names of the columns of the flat log, all else as details
(`detail.rationale`). Formats whose times are moments give theirs as `time`, and may say in `happened_at` what that moment
stands for: a date, or a span of days, is believed where the moment is its first.
"""

from __future__ import annotations

__all__ = [
    "DATES_BY_MIDNIGHT", "MOST_KEPT", "ONLY_MIDNIGHTS", "SAID_BY_CASE", "all_midnights", "case_ids", "four", "listed",
    "midnights_among", "nameless", "no_name", "only_midnights", "source_of", "without_overlong",
]  # fmt: skip

from collections.abc import Iterable, Mapping
from datetime import time
from typing import TYPE_CHECKING

from frontdoor.compiled import Carries
from frontdoor.errors import Fault, InputError
from frontdoor.formats.source import COLUMNS, DETAIL, Rejected, Source, moments, month_first

if TYPE_CHECKING:
    import polars as pl

SAID_BY_CASE = f"{DETAIL}case:"
"""What stands before the name of a detail that is said of the case as a whole: every event of the case has it."""
ONLY_MIDNIGHTS = (
    "Every moment is a midnight. If only the days are known, write dates: a midnight is judged to the minute."
)
DATES_BY_MIDNIGHT = "Every time is a midnight, as systems write where only the day is known: they were read as dates."
_LONG = 1000
"""A text about a case longer than this is on its first event alone, lest it be written again and again."""
_MOST_TEXT = 1_000_000
"""Characters: an event that says more was not written by people."""
MOST_KEPT = _MOST_TEXT + 1
"""By so many it can be told that a text was longer."""
_ERRORS = ("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!")
"""What a spreadsheet leaves where it found nothing."""
_ROUNDED = r"^\d(?:\.\d+)?E\+\d+$"
"""A number that a spreadsheet has shortened: many ids have become one."""


def source_of(
    frame: pl.DataFrame, name: str, format: str, *, carries: Carries | None = None, notes: Iterable[str] = (),
    rejected: Iterable[Rejected] = (), shown: Mapping[str, str] | None = None, dates: bool = False,
) -> Source:  # fmt: skip
    """The source that a frame of texts makes: an event a row, rejected where it has no case, no event, or a date that
    cannot be read. `shown` has what the file itself calls a column. `dates`: where every time is a midnight, they are dates.

    Raises:
        InputError: there is no event at all.
    """
    import polars as pl

    shown, notes, rejected = shown or {}, list(notes), list(rejected)
    if not frame.height and not rejected:
        raise InputError([Fault(name, "", "no-rows", "holds no event.", "Is it the right file?")])
    details = tuple(column.removeprefix(DETAIL) for column in frame.columns if column.startswith(DETAIL))
    frame = frame.with_columns(pl.lit("").alias(column) for column in ("time", *COLUMNS) if column not in frame.columns)
    frame, wrong = _told(case_ids(frame, notes), notes, dates=dates)
    checks = {
        "case_id": nameless(frame["case_id"]),
        "event": nameless(frame["event"]),
        "happened_at": pl.col("day").is_null(),
        "recorded_at": pl.col("recorded_day").is_null() & (pl.col("recorded_at") != ""),
    }
    bad = frame.filter(pl.any_horizontal(*checks.values()))
    for column, check in checks.items():
        there = (
            pl.when(pl.col("time") != "").then("time").otherwise(column) if column == "happened_at" else pl.col(column)
        )
        for position, text in bad.filter(check).select("position", text=there).iter_rows():
            reason = wrong[column].get(text, no_name(text)) if text else "is empty."
            rejected.append(Rejected(position, shown.get(column, column), reason, text[:100]))
    first = pl.col("case_id").is_first_distinct()
    for column in frame.columns:
        if column.startswith(SAID_BY_CASE) and (frame[column].str.len_bytes() > _LONG).any():
            brief = pl.when((pl.col(column).str.len_bytes() <= _LONG) | first).then(column).otherwise(pl.lit(""))
            frame = frame.with_columns(brief.alias(column))
    frame = without_overlong(frame.filter(~pl.any_horizontal(*checks.values())), rejected, shown)
    events = frame.select(
        "position", "case_id", "event", "actor", "role", "episode", "family", *(DETAIL + detail for detail in details),
        "happened_from", "happened_to", "recorded_from", "recorded_to", "recorded_day", "day", "last_day",
    )  # fmt: skip
    notes += month_first(rejected)
    carries = carries or Carries(details=frozenset(details))
    return Source(name, format, events, carries, sorted(rejected), notes, details=details)


_EXACT = r"^(?:18[5-9]\d|19\d\d|2[01]\d\d)-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?[+-]\d\d:\d\d$"
_BOUNDS = ("from", "to", "day", "last_day")


def four(text: pl.Series) -> tuple[pl.DataFrame, dict[str, str]]:
    """The bounds of a column of dates and times (`from`, `to`, `day`, `last_day`; null where nothing can be read), and what
    is wrong with each text that cannot: what `source.moments` says, with moments to the microsecond read by whole columns,
    too."""
    import polars as pl

    plain = text.str.replace(r"^(\d{4}-\d\d-\d\d) (\d)", "${1}T$2").str.replace(r"[Zz]$", "+00:00")
    exact = plain.str.contains(_EXACT)
    at = plain.set(~exact, None).str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%:z", time_unit="us", strict=False)
    at = at.dt.convert_time_zone("Europe/London")
    rest, wrong = moments(pl.DataFrame({"text": text.set(at.is_not_null(), "")}), {"text": "at"})
    day = at.dt.date().cast(pl.Int32).cast(pl.Int64)
    quick = dict(zip(_BOUNDS, (at.dt.timestamp("us"), at.dt.timestamp("us"), day, day), strict=True))
    found = {bound: column.fill_null(rest[f"at_{bound}"]) for bound, column in quick.items()}
    return pl.DataFrame(found), wrong["text"]


def _told(
    frame: pl.DataFrame, notes: list[str], *, dates: bool = False
) -> tuple[pl.DataFrame, dict[str, dict[str, str]]]:
    """With the bounds of when each happened and was recorded; and what is wrong with the texts of either."""
    import polars as pl

    at, wrong = four(frame["time"])
    said, wrong_said = four(frame["happened_at"])
    recorded, wrong_recorded = four(frame["recorded_at"])
    agree = (at["from"] == said["from"]).fill_null(False)
    differ = at["from"].is_not_null() & said["from"].is_not_null() & ~agree
    if differ.any():
        notes.append(f"{listed(int(differ.sum()), 'event')} said happened_at otherwise than the time: the time counts.")
    believed = agree | (frame["time"] == "")
    happened = at.select(pl.when(believed).then(said[bound]).otherwise(at[bound]).alias(bound) for bound in _BOUNDS)
    wall = frame["time"].str.contains(r"[Tt ]\d{1,2}[:\d.,]*$") & happened["from"].is_not_null()
    if wall.any():
        many = listed(int(wall.sum()), "time")
        notes.append(
            f"{many} had no zone, and {'is' if wall.sum() == 1 else 'are'} read as the wall time of Europe/London."
        )
    moment = happened["from"] == happened["to"]
    if dates:
        happened = _dates(happened, (moment & ~agree).fill_null(False), notes)
    elif only_midnights(
        happened["from"].filter(moment).cast(pl.Datetime("us", "UTC")).dt.convert_time_zone("Europe/London")
    ):
        notes.append(ONLY_MIDNIGHTS)
    frame = frame.with_columns(
        happened_from=happened["from"], happened_to=happened["to"], day=happened["day"], last_day=happened["last_day"],
        recorded_from=recorded["from"], recorded_to=recorded["to"], recorded_day=recorded["day"],
    )  # fmt: skip
    return frame, {"happened_at": {**wrong_said, **wrong}, "recorded_at": wrong_recorded, "case_id": {}, "event": {}}


def _dates(happened: pl.DataFrame, moment: pl.Series, notes: list[str]) -> pl.DataFrame:
    """The bounds of when things happened, moments that are all midnights as dates; where they are not, that is noted."""
    import polars as pl

    local = happened["from"].cast(pl.Datetime("us", "UTC")).dt.convert_time_zone("Europe/London")
    told = local.filter(moment)
    if not all_midnights(told):
        if many := int((told.dt.time() == time(0)).sum()):
            notes.append(midnights_among(many, len(told)))
        return happened
    notes.append(DATES_BY_MIDNIGHT)
    found, _ = four(local.dt.date().cast(pl.String))
    return pl.DataFrame({bound: happened[bound].set(moment, None).fill_null(found[bound]) for bound in _BOUNDS})


def midnights_among(many: int, every: int) -> str:
    """What is to be known of some midnights among other times."""
    return (
        f"Midnights among {every:,} times: {many:,}. They are judged to the minute like the others; where only the day is "
        "known, write a date."
    )


def all_midnights(local: pl.Series) -> bool:
    """Whether moments in local time (some, and none null) are all midnights, of Europe/London or all of UTC."""
    zones = (local, local.dt.convert_time_zone("UTC"))
    return len(local) > 0 and any((at.dt.time() == time(0)).all() for at in zones)


def only_midnights(local: pl.Series) -> bool:
    """Whether several moments, in local time, are all midnights."""
    at = local.drop_nulls()
    return len(at) > 1 and bool((at.head(100).dt.time() == time(0)).all() and (at.dt.time() == time(0)).all())


def case_ids(frame: pl.DataFrame, notes: list[str]) -> pl.DataFrame:
    """With the case ids that a spreadsheet has made decimal numbers (9212044.0) as they were, where all of them are."""
    import polars as pl

    ids = frame["case_id"]
    if (
        ids.is_empty()
        or not ids.head(1).str.contains(r"^\d+\.0+$").all()
        or not ids.str.contains(r"^\d+\.0+$|^$").all()
    ):
        return frame
    notes.append("The case ids stand as decimal numbers, such as 9212044.0: read as whole ones.")
    return frame.with_columns(pl.col("case_id").str.replace(r"\.0+$", ""))


def nameless(texts: pl.Series) -> pl.Expr:
    """Which rows of a column that names a case or an event name none."""
    import polars as pl

    text = pl.col(texts.name)
    found = text == ""
    if texts.str.starts_with("#").any():
        found |= text.is_in(_ERRORS)
    if texts.str.contains("E+", literal=True).any():
        found |= text.str.contains(_ROUNDED)
    return found


def no_name(text: str) -> str:
    """Why a text that stands where a case or an event is named names none."""
    if text in _ERRORS:
        return "is what a spreadsheet leaves where it found nothing: export the file again."
    return "is a number too long for a spreadsheet, which has rounded it: give the column the format Text."


def without_overlong(
    frame: pl.DataFrame, rejected: list[Rejected], shown: Mapping[str, str] | None = None
) -> pl.DataFrame:
    """Without the rows in which some text is longer than any that people write: those are rejected."""
    import polars as pl

    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    longest = frame.select(pl.col(texts).str.len_bytes().max()).row(0)
    checks = {
        name: pl.col(name).str.len_chars() > _MOST_TEXT
        for name, most in zip(texts, longest, strict=True)
        if most is not None and most > _MOST_TEXT
    }
    reason = f"is longer than {_MOST_TEXT:,} characters: shorten it. Or is a quote never closed?"
    for name, check in checks.items():
        for position, text in frame.filter(check).select("position", pl.col(name).str.head(100)).iter_rows():
            column = (shown or {}).get(name, name).removeprefix(DETAIL)[:100]
            rejected.append(Rejected(position, column, reason, text))
    return frame.filter(~pl.any_horizontal(*checks.values())) if checks else frame


def listed(number: int, noun: str) -> str:
    """'1 event', '2,000 events'."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
