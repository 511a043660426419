"""Sources of events for the tests of formats: any that a reader could have made, and what two of them have in common."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import strategies as st

from frontdoor.compiled import Carries
from frontdoor.formats.source import DETAIL, Source
from frontdoor.formats.writing import rows
from frontdoor.moment import Happened, Span, bounds

COLUMNS = ("case_id", "event", "happened_at", "recorded_at", "actor", "role", "episode", "family")


def texts(*, controls: bool = False, most: int = 12) -> st.SearchStrategy[str]:
    """Any text that a cell can hold, nothing around it: odd letters, quotes, signs, ends of lines."""
    within = st.characters(
        exclude_categories=["Cs"] if controls else ["Cs", "Cc"], exclude_characters="\x00\ufffe\uffff"
    )
    letters = within | st.sampled_from("\n\r\t\"'&<>;,|=+-@[]{}\\/ \u00a0\u2028")
    return st.text(letters, max_size=most).map(stripped)


def stripped(text: str) -> str:
    """As readers strip it."""
    return str(pl.Series([text]).str.strip_chars()[0])


DATES = st.dates(date(1850, 1, 1), date(2199, 12, 30)) | st.dates(date(2014, 3, 1), date(2014, 4, 2))
SECONDS = st.datetimes(datetime(2014, 3, 28), datetime(2014, 4, 1)).map(lambda at: at.replace(microsecond=0))
MOMENTS = (st.datetimes(datetime(1850, 1, 2), datetime(2199, 12, 30)) | SECONDS).map(lambda at: at.replace(tzinfo=UTC))
SPANS = st.builds(
    lambda first, days: Span(first, first + timedelta(days)),
    st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    st.integers(1, 400),
)
NAMES = st.sampled_from([
    "reason", "Reason", "concept:name", "detail.x", "detail.", "case:team", "object:worker", "time", "position", "ocel_id",
    "happened_at", "actor", "a b", "ä&<>", "lifecycle:transition", "org:role", "x.y", "ocel_time", "ocel_changed_field",
])  # fmt: skip


@st.composite
def sources(draw: st.DrawFn, *, controls: bool = False) -> Source:
    """A source of some events of a few cases, of any precision, with details of any name, families that share events."""
    cases = draw(
        st.lists(
            texts(controls=controls).filter(bool) | st.sampled_from(["K-1", "K-2", "F"]),
            min_size=1,
            max_size=3,
            unique=True,
        )
    )
    events = draw(
        st.lists(
            texts(controls=controls).filter(bool) | st.sampled_from(["referral.receive", "conference.request"]),
            min_size=1,
            max_size=3,
        )
    )
    details = draw(st.lists(NAMES, unique=True, max_size=4))
    when = draw(
        st.sampled_from([MOMENTS, DATES, SECONDS.map(lambda at: at.replace(tzinfo=UTC)), MOMENTS | DATES | SPANS])
    )
    short = st.sampled_from(["", "", "a", "b"]) | texts(controls=controls)
    made: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(1, 8))):
        row: dict[str, Any] = {
            "event": draw(st.sampled_from(events)), "happened_at": draw(when), "recorded_at": draw(st.none() | DATES | MOMENTS),
            **{name: draw(short) for name in ("actor", "role", "episode")},
            "family": draw(st.sampled_from(["", "F", "F"])), **{DETAIL + name: draw(short) for name in details},
        }  # fmt: skip
        siblings = cases if draw(st.booleans()) else [draw(st.sampled_from(cases))]
        made += [{**row, "case_id": case} for case in siblings]
    return source(draw(st.permutations(made)), tuple(details))


def source(made: list[dict[str, Any]], details: tuple[str, ...] = ()) -> Source:
    """A source of these rows; what is not said is empty."""
    columns: dict[str, list[Any]] = {name: [] for name in SCHEMA}
    columns |= {DETAIL + name: [] for name in details}
    for position, row in enumerate(made, 1):
        first, last, day, last_day = bounds(row["happened_at"])
        recorded = (None, None, None) if row.get("recorded_at") is None else bounds(row["recorded_at"])[:3]
        values = {
            "position": position, "happened_from": first, "happened_to": last, "day": day, "last_day": last_day,
            **dict(zip(("recorded_from", "recorded_to", "recorded_day"), recorded, strict=True)),
        }  # fmt: skip
        for name, column in columns.items():
            column.append(values.get(name, row.get(name, "")) if name in values else row.get(name, ""))
    order = [*TEXTS, *(DETAIL + name for name in details), *(name for name in SCHEMA if name not in TEXTS)]
    schema = {name: SCHEMA.get(name, pl.String) for name in order}
    frame = pl.DataFrame({name: columns[name] for name in order}, schema=schema)
    return Source("made", "flat-csv", frame, Carries(details=frozenset(details)), details=details)


TEXTS = ("position", "case_id", "event", "actor", "role", "episode", "family")
SCHEMA: dict[str, Any] = {
    "position": pl.Int64, **dict.fromkeys(TEXTS[1:], pl.String),
    **dict.fromkeys(("happened_from", "happened_to", "recorded_from", "recorded_to", "recorded_day", "day", "last_day"), pl.Int64),
}  # fmt: skip

Fact = tuple[Any, ...]


def facts(source: Source) -> dict[str, list[Fact]]:
    """What each case says, in the order of the file: all but positions."""
    found: dict[str, list[Fact]] = {}
    for row in rows(source):
        said = tuple(row[name] for name in COLUMNS) + tuple(
            (name, row[DETAIL + name]) for name in sorted(source.details)
        )
        found.setdefault(row["case_id"], []).append(said)
    return found


def folded(source: Source) -> dict[str, list[Fact]]:
    """What each case says, in the order of its days, those of one day in the order of the file, as it is folded."""
    return {case: sorted(said, key=lambda fact: bounds(fact[2])[2]) for case, said in facts(source).items()}


def happened(source: Source) -> list[Happened]:
    """When each event happened, in the order of the file."""
    return [row["happened_at"] for row in rows(source)]
