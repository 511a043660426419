"""From the rows of the lists to events."""

from __future__ import annotations

__all__ = ["PATIENCE", "read"]

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date

import attrs

from frontdoor.compiled import Carries
from frontdoor.errors import Fault, InputError
from frontdoor.formats.annex_a.lists import EARLIER, LISTS, Table, find
from frontdoor.formats.annex_a.sheets import Cell, sheets
from frontdoor.formats.dated import latest, made_plan, until
from frontdoor.formats.first_look import refusal
from frontdoor.formats.records import Records, nth, shown
from frontdoor.formats.source import Source, polars
from frontdoor.formats.values import NFA_WORDS, SEEN_WORDS, coded_source, plain
from frontdoor.moment import Happened, bounds

DETAILS = ("source", "team", "worker", "category", EARLIER)
_HOLDS = ("hold_without_plan", "hold_with_plan")
TELLS: Mapping[int, Mapping[str, str]] = {
    1: {"contact.receive": "contacted"},
    3: {"referral.receive": "referred", "referral.take_no_further_action": "nfa"},
    4: {"single_assessment.start": "started", "single_assessment.see_child": "seen", "single_assessment.sign_off": "authorised"},
    5: {
        "section_47.start": "enquired", "section_47.decide_no_conference": "unnecessary",
        **{f"conference.{hold}": "conferred" for hold in _HOLDS},
    },
}  # fmt: skip
"""The transitions that each list has a place for, each with the field whose column says it."""
_WINDOWS = frozenset(("contact.receive", "referral.receive"))
"""Of these the lists hold six months: what came of them may be listed without them."""
_DATES = ("contacted", "helped", "completed", "referred", "started", "authorised", "enquired", "conferred", "opened",
          "closed", "began", "ended", "visited", "reviewed")  # fmt: skip
_NEEDED = {1: "contacted", 2: "helped", 3: "referred", 4: "started", 5: "enquired", 6: "opened", 7: "began"}
_FLAGS = {3: ("nfa",), 4: ("seen",), 5: ("unnecessary", "planned")}
_TEXTS = ("source", "team", "worker", "category", "earlier")
PATIENCE = 20_000
"""Rows after which a list of which none can be read is given up."""
_ADVICE = "Export it again, or, if the others are to be read without it, take out the sheet."
_WORDS = {"nfa": NFA_WORDS, "seen": SEEN_WORDS}


@attrs.frozen
class Row:
    """One row of a list, read: its dates, flags and texts by field."""

    number: int
    label: str
    child: str
    dates: dict[str, Happened | None]
    flags: dict[str, bool | None]
    texts: dict[str, str]
    cells: tuple[Cell, ...]
    """As it stands, to be compared."""


def read(content: bytes, name: str) -> Source:
    """Read a workbook. What cannot be read is rejected by its row in the sheet, and the sheet and header as its column.

    Raises:
        InputError: it is no .xlsx workbook, not one to open (`archive`, `sheets`), holds no list that can be read, or one of
            whose first rows none can be read, so many that no others are looked at.
    """
    polars()
    records = Records(DETAILS)
    tables = find(sheets(content, name), records)
    if not any(number in TELLS for number in tables):
        faults = [Fault(name, one.column, "no-columns", one.reason) for one in records.rejected]
        message = "holds none of Annex A's lists 1, 3, 4 and 5."
        advice = (
            f"Name the sheets as Ofsted does (List 1 ... List 8), and their columns: {LISTS[3].header('referred')}."
        )
        raise InputError(faults or [Fault(name, "", "not-annex-a", message, advice)])
    lists = {number: list(_rows(table, records, name)) for number, table in tables.items()}
    _tell(lists, records)
    _notes(lists, records)
    return records.source(name, "annex-a", _carries(tables, records))


def _carries(tables: Mapping[int, Table], records: Records) -> Carries:
    """What the columns that are there have a place for."""
    told = {number: tables[number] for number in TELLS if number in tables}
    moves = {move for number, table in told.items() for move, field in TELLS[number].items() if field in table.places}
    wrong = {one.column for one in records.rejected}
    partial = {
        next(iter(TELLS[number]))
        for number, table in told.items()
        if wrong & {table.column("child"), table.column(_NEEDED[number])}
    }
    sources = [tables[number] for number in (1, 3) if number in tables]
    details = frozenset({"source"} if all("source" in table.places for table in sources) else ())
    return Carries(
        frozenset(moves), roles=False, details=details, logged=False, partial=frozenset((partial | _WINDOWS) & moves)
    )


def _rows(table: Table, records: Records, name: str) -> list[Row]:
    """The rows below the header that have a child.

    Raises:
        InputError: of the first of them none has a child and the date that it needs, and they are many.
    """
    needed, before = _NEEDED[table.list.number], len(records.rejected)
    found: list[Row] = []
    dated = False
    for many, row in enumerate(_each(table, records), 1):
        if row is not None:
            found.append(row)
            dated = dated or row.dates[needed] is not None
        if many >= PATIENCE and not dated:
            what = f"has no row that can be read among its first {many:,}, and the others were not looked at."
            raise InputError(refusal(name, table.sheet.name, what, _ADVICE, records.rejected[before:]))
    return found


def _each(table: Table, records: Records) -> Iterator[Row | None]:
    """The rows below the header that say anything; None for one that has no child."""
    needed = _NEEDED[table.list.number]
    columns = {field: table.column(field) for field in table.places}
    kinds = {
        kind: [field for field in fields if field in columns]
        for kind, fields in (("dates", _DATES), ("flags", _FLAGS.get(table.list.number, ())), ("texts", _TEXTS))
    }
    for number, cells in table.sheet.rows():
        if number <= table.row or not any(cell != "" for cell in cells):
            continue
        said = {field: _cell(columns[field], number, places, cells, records) for field, places in table.places.items()}
        child = records.case(number, columns["child"], said["child"])
        if child is None:
            yield None
            continue
        dates = {
            field: records.happened(number, columns[field], said[field], required=field == needed)
            for field in kinds["dates"]
        }
        flags = {
            field: records.flagged(number, columns[field], said[field], _WORDS.get(field)) for field in kinds["flags"]
        }
        texts = {field: records.said(number, columns[field], said[field]) for field in kinds["texts"]}
        yield Row(number, f"{table.sheet.name} row {number}", child, dates, flags, texts, tuple(cells))


def _cell(column: str, row: int, places: tuple[int, ...], cells: list[Cell], records: Records) -> Cell:
    """What a row says of a field; where two columns of that name differ, nothing."""
    if len(places) == 1:
        return cells[places[0]] if places[0] < len(cells) else ""
    found = [cells[place] for place in places if place < len(cells) and plain(cells[place])]
    if len({plain(cell) for cell in found}) > 1:
        both = " and ".join(plain(cell)[:40] for cell in found)
        records.reject(row, column, f"has {len(places)} columns of that name, which differ.", both)
        return ""
    return found[0] if found else ""


def _tell(lists: dict[int, list[Row]], records: Records) -> None:
    """The events, list by list."""
    for row in lists.get(1, ()):
        source = coded_source(row.texts.get("source", ""))
        records.add(row.child, "contact.receive", row.label, row.dates["contacted"], source=source)
    for row in lists.get(3, ()):
        received, by = row.dates["referred"], {field: row.texts.get(field, "") for field in ("team", "worker")}
        source = coded_source(row.texts.get("source", ""))
        earlier = {EARLIER: row.texts.get("earlier", "")}
        records.add(row.child, "referral.receive", row.label, received, source=source, **earlier, **by)
        if row.flags.get("nfa") and received:
            decided = until(received, None)
            records.add(row.child, "referral.take_no_further_action", row.label, decided, **by)
    for row in lists.get(4, ()):
        started, signed = row.dates["started"], row.dates["authorised"]
        by = {field: row.texts.get(field, "") for field in ("team", "worker")}
        records.add(row.child, "single_assessment.start", row.label, started, **by)
        if row.flags.get("seen") and started:
            records.add(row.child, "single_assessment.see_child", row.label, until(started, signed), **by)
        records.add(row.child, "single_assessment.sign_off", row.label, signed, **by)
    _conferences(lists, records)


def _conferences(lists: dict[int, list[Row]], records: Records) -> None:
    plans: dict[str, list[tuple[date, str]]] = {}
    held: dict[str, list[date]] = defaultdict(list)
    for row in lists.get(7, ()):
        if row.dates["began"]:
            plans.setdefault(row.child, []).append((latest([row.dates["began"]]), row.texts.get("category", "")))
    for row in lists.get(5, ()):
        if row.dates["conferred"]:
            held[row.child].append(latest([row.dates["conferred"]]))
    plans = {child: sorted(every) for child, every in plans.items()}
    starts = {child: [day for day, _ in every] for child, every in plans.items()}
    for days in held.values():
        days.sort()
    untold = Counter[bool]()
    belongs = {}
    for row in lists.get(5, ()):
        enquired, conferred = row.dates["enquired"], row.dates["conferred"]
        by = {field: row.texts.get(field, "") for field in ("team", "worker")}
        records.add(row.child, "section_47.start", row.label, enquired, **by)
        if conferred:
            mine = starts.get(row.child, [])
            follows, planned = made_plan(conferred, held[row.child], mine), row.flags.get("planned")
            if planned is None:
                planned = follows
                untold[follows] += 1
            plan = bisect_left(mine, latest([conferred])) if planned and follows else -1
            category = plans[row.child][plan][1] if plan >= 0 else ""
            event = f"conference.{_HOLDS[planned]}"
            records.add(row.child, event, row.label, conferred, category=category, **by)
            belongs[row.child, event, row.label] = row.label
        elif row.flags.get("unnecessary") and enquired:
            records.add(row.child, "section_47.decide_no_conference", row.label, until(enquired, None), **by)
    records.linked(belongs, "section_47.start", "conference")
    if untold:
        records.notes.append(
            f"Conferences of List 5 that do not say whether they made a plan: {untold.total()}; {untold[True]} taken to have "
            f"made one, for it follows in List 7, {untold[False]} to have made none."
        )


def _notes(lists: dict[int, list[Row]], records: Records) -> None:
    """What is to be known of the lists as a whole."""
    for number, rows in sorted(lists.items()):
        again = [row.label for row, times in zip(rows, _times(rows), strict=True) if times]
        if again and number in TELLS:
            records.notes.append(
                f"Rows of {LISTS[number]} that say the same as a row before: {len(again)} ({shown(again)}); read as they stand."
            )
    _referred(lists, records)
    plans = [(LISTS[number], len(rows)) for number, rows in sorted(lists.items()) if rows and number not in TELLS]
    if plans:
        said = ", ".join(f"{nth(many, 'row')} of {one}" for one, many in plans)
        records.notes.append(f"No workflow here follows what these say, and they are no events: {said}.")
    told = {event.case_id for event in records.events}
    silent = [child for child in records.children if child not in told]
    if silent:
        records.notes.append(
            f"Children without any event: {len(silent)} of {len(records.children)}. They occur only in lists 2, 6 and 7, or "
            f"in rows that were rejected ({shown(silent, 10)})."
        )


def _times(rows: list[Row]) -> Iterator[int]:
    """How often each row has stood before."""
    seen = Counter[tuple[Cell, ...]]()
    for row in rows:
        yield seen[row.cells]
        seen[row.cells] += 1


def _referred(lists: dict[int, list[Row]], records: Records) -> None:
    """Tell where the link to a referral had to choose, and where there is none to link to."""
    if 3 not in lists:
        return
    if any(row.texts.get("earlier") for row in lists[3]):
        records.notes.append(
            f"How many referrals a child had in the twelve months before is the detail {EARLIER}: List 3 itself goes back six "
            "months only, and the earlier ones are not in it."
        )
    referrals: dict[str, list[int]] = defaultdict(list)
    for row in lists[3]:
        if row.dates["referred"]:
            referrals[row.child].append(bounds(row.dates["referred"])[2])
    for days in referrals.values():
        days.sort()
    for number, field, what in ((4, "started", "Assessments"), (5, "enquired", "Section 47 enquiries")):
        chosen, alone = [], []
        for row in lists.get(number, ()):
            begun = row.dates[field]
            if begun:
                days = referrals[row.child]
                before = bisect_right(days, bounds(begun)[2])
                chosen += [row.label] if before > 1 and days[before - 1] == days[before - 2] else []
                alone += [] if before else [row.label]
        if chosen:
            records.notes.append(
                f"{what} that follow two referrals of the child on one day, and were linked to the one further down: "
                f"{len(chosen)} ({shown(chosen)})."
            )
        if alone:
            clock = " The clock of such an assessment is counted from its own start." if number == 4 else ""
            records.notes.append(
                f"{what} without a referral of the child on or before their day in List 3, which goes back six months "
                f"only: {len(alone)} ({shown(alone)}).{clock}"
            )
