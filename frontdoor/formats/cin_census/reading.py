"""Reading a census: its children as events and as what its own rules look at, and what is to be known of the file."""

from __future__ import annotations

__all__ = ["CARRIES", "MOST_CHILDREN", "read"]

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from frontdoor.compiled import Carries
from frontdoor.errors import Fault, InputError
from frontdoor.formats.cin_census import clocks
from frontdoor.formats.cin_census.children import HOLDS, OPEN, Children, Row
from frontdoor.formats.cin_census.elements import Element, parse
from frontdoor.formats.cin_census.linking import linked
from frontdoor.formats.cin_census.record import Census
from frontdoor.formats.cin_census.rules import findings
from frontdoor.formats.dated import until
from frontdoor.formats.first_look import refusal
from frontdoor.formats.source import DETAIL, Rejected, Source, polars
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
MOST_CHILDREN = 50_000
"""The largest authorities have less than half as many in need in a year."""
_PATIENCE = 10_000
"""Faults after which a census in which no date could be read is given up."""


def read(content: bytes, name: str) -> Source:
    """Read a census. What cannot be read is rejected by its line, and the element's name as its column.

    A file that breaks off is read up to there. The census's own rules (`rules`) are judged on what was read.

    Raises:
        InputError: it is not XML, not a census, has a DOCTYPE, an encoding that cannot be read, or too much in it; or no
            date of its first children can be read, and so much is wrong that no others are looked at.
    """
    polars()
    reading = Children()
    many = 0

    def child(node: Element) -> None:
        nonlocal many
        many += 1
        if many > MOST_CHILDREN:
            what = f"holds more than {MOST_CHILDREN:,} children, which no authority has in need in a year."
            raise refused(name, node.line, "too-much", what, "Export one authority, and one year, at a time.")
        reading.child(node)
        if reading.last is None and len(reading.rejected) >= _PATIENCE:
            raise InputError(_lost(name, many, reading.rejected))

    root, broken = parse(content, name, child)
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
    census = Census(reference, reference or reading.last or date(1970, 1, 1), load().calendar if reference else None)
    children = reading.found.values()
    reading.rows.sort(key=lambda row: row.what.position)
    others = linked(reading.rows)
    return Source(
        name, "cin-census", _frame(reading.rows, reference), CARRIES, sorted(reading.rejected),
        [*reading.of_children, *reading.of_file(), *_of_year(census), *others.notes], reference, reading.claims, _DETAILS,
        [*findings(children, census), *others.findings], links=others.links,
    )  # fmt: skip


def _lost(name: str, many: int, rejected: list[Rejected]) -> list[Fault]:
    what = f"has no date that can be read in its first {many:,} children, and the others were not looked at."
    return refusal(name, "", what, "Export the census again.", rejected, unit="line")


def _of_year(census: Census) -> Iterator[str]:
    if census.reference is None:
        yield (
            f"The file states no reference date: for its own rules what is open is open until {census.until}; by when a decision "
            "was made that it has no day for is not known."
        )
        yield "The census's rules about its year (2883, 2885, 8569Q, 8670Q, 8675Q, 8897Q) need one, and are not judged."
    elif not clocks.judged(census):
        yield (
            f"Bank holidays are not known for {census.reference.year} and the year before: "
            "the census's rules that count working days (8569Q, 8670Q, 8675Q) are not judged."
        )


def _frame(rows: list[Row], reference: date | None) -> pl.DataFrame:
    """The events. What has no day of its own happened by the reference date; of what began after it, or in a file that
    states none, no last day is known: the last day of a file does not say when it was made."""
    import polars as pl

    numbers = ("happened_from", "happened_to", "recorded_from", "recorded_to", "recorded_day", "day", "last_day")
    texts = ("case_id", "event", "actor", "role", "episode", "family", *(DETAIL + detail for detail in _DETAILS))
    return pl.DataFrame(
        [
            (what.position, case_id, what.event, "", "", what.episode, "", *details, *at[:2], None, None, None, *at[2:])
            for what, last, case_id, *details in rows
            if what.on
            for at in [_bounds(what.on, reference, open_ended=True) if last == OPEN else _bounds(what.on, last)]
        ],
        schema={"position": pl.Int64, **dict.fromkeys(texts, pl.String), **dict.fromkeys(numbers, pl.Int64)},
        orient="row",
    )


@lru_cache(maxsize=1 << 16)
def _bounds(first: date, last: date | None, *, open_ended: bool = False) -> tuple[int, int, int, int]:
    if open_ended:
        return bounds(until(first, last))
    return bounds(Span(first, last) if last and last > first else first)
