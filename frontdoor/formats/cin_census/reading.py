"""Reading a census: its children as events and as what its own rules look at, and what is to be known of the file."""

from __future__ import annotations

__all__ = ["CARRIES", "read"]

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from frontdoor.compiled import Carries
from frontdoor.formats.cin_census import clocks
from frontdoor.formats.cin_census.children import HOLDS, OPEN, Children, Row
from frontdoor.formats.cin_census.elements import parse
from frontdoor.formats.cin_census.record import Census
from frontdoor.formats.cin_census.rules import findings
from frontdoor.formats.source import DETAIL, Source, polars
from frontdoor.formats.xml_stream import refused
from frontdoor.library import load
from frontdoor.moment import Span, bounds

if TYPE_CHECKING:
    import polars as pl

_DETAILS = ("source", "need", "reason")
_MOVES = {
    "referral": ("receive", "close", "take_no_further_action"), "single_assessment": ("start", "review", "sign_off"),
    "section_47": ("start", "decide_no_conference"), "conference": HOLDS, "transfer_in_conference": HOLDS,
}  # fmt: skip
CARRIES = Carries(
    frozenset(f"{workflow}.{move}" for workflow, moves in _MOVES.items() for move in moves),
    roles=False,
    details=frozenset({"source", "reason"}),
    logged=False,
)
"""What the census has a place for. Its one reason is that of a closure."""


def read(content: bytes, name: str) -> Source:
    """Read a census. What cannot be read is rejected by its line, and the element's name as its column.

    A file that breaks off is read up to there. The census's own rules (`rules`) are judged on what was read.

    Raises:
        InputError: it is not XML, not a census, has a DOCTYPE, an encoding that cannot be read, or too much in it.
    """
    polars()
    reading = Children()
    root, broken = parse(content, name, reading.child)
    if broken and not reading.seen:
        raise refused(name, broken.row, "not-xml", broken.reason.replace("after the last complete child ", ""))
    rest = list(root.walk()) if root else []
    if not reading.seen and not any(one.name == "cindetails" for one in rest):
        what = f"is not a children in need census: it holds no Child and no CINdetails; its root is {rest[0].tag}."
        raise refused(name, rest[0].line, "not-a-census", what)
    said = next((one for one in rest if one.name == "referencedate" and one.text), None)
    reference = reading.day(said) if said else None
    reading.passed_over(rest)
    reading.rejected += [broken] if broken else []
    until = reference or reading.last or date(1970, 1, 1)
    census = Census(reference, until, load().calendar if reference else None)
    children = reading.found.values()
    return Source(
        name, "cin-census", _frame(reading.rows, until), CARRIES, sorted(reading.rejected),
        [*reading.of_children, *reading.of_file(), *_of_year(census)], reference, reading.claims, _DETAILS,
        findings(children, census),
    )  # fmt: skip


def _of_year(census: Census) -> Iterator[str]:
    if census.reference is None:
        yield f"The file states no reference date: what is open is open until {census.until}."
        yield "The census's rules about its year (2883, 2885, 8569Q, 8670Q, 8675Q, 8897Q) need one, and are not judged."
    elif not clocks.judged(census):
        yield (
            f"Bank holidays are not known for {census.reference.year} and the year before: "
            "the census's rules that count working days (8569Q, 8670Q, 8675Q) are not judged."
        )


def _frame(rows: list[Row], until: date) -> pl.DataFrame:
    import polars as pl

    rows.sort(key=lambda row: row.what.position)
    numbers = ("happened_from", "happened_to", "recorded_from", "recorded_to", "recorded_day", "day", "last_day")
    texts = ("case_id", "event", "actor", "role", "episode", "family", *(DETAIL + detail for detail in _DETAILS))
    return pl.DataFrame(
        [
            (what.position, case_id, what.event, "", "", what.episode, "", *details, *at[:2], None, None, None, *at[2:])
            for what, last, case_id, *details in rows
            for at in [_bounds(what.on or until, until if last == OPEN else last)]
        ],
        schema={"position": pl.Int64, **dict.fromkeys(texts, pl.String), **dict.fromkeys(numbers, pl.Int64)},
        orient="row",
    )


@lru_cache(maxsize=1 << 16)
def _bounds(first: date, last: date | None) -> tuple[int, int, int, int]:
    return bounds(Span(first, last) if last and last > first else first)
