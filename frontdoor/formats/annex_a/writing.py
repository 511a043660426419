"""Events as the lists of a workbook: lists 1 to 5, for whoever reads Annex A."""

from __future__ import annotations

__all__ = ["write"]

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from frontdoor.errors import MissingExtra
from frontdoor.formats.annex_a.lists import EARLIER, LISTS, List
from frontdoor.formats.cells import safe
from frontdoor.formats.source import DETAIL, Source, standing
from frontdoor.formats.values import LONGEST, coded_source, ident
from frontdoor.moment import EPOCH

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

_WRITTEN = (1, 2, 3, 4, 5)
_MOST_ROWS = 1_048_575
"""Rows that a sheet can have under its header."""
_YES, _NO, _UNKNOWN = "a) Yes", "b) No", "c) Unknown"
_SOURCES = {
    "1A": "a) 1A: Individual", "1B": "b) 1B: Individual", "1C": "c) 1C: Individual", "1D": "d) 1D: Individual",
    "2A": "e) 2A: Schools", "2B": "f) 2B: Education services", "3A": "g) 3A: Health services",
    "3B": "h) 3B: Health services", "3C": "i) 3C: Health services", "3D": "j) 3D: Health services",
    "3E": "k) 3E: Health services", "3F": "l) 3F: Health services", "4": "m) 4: Housing", "5A": "n) 5A: LA services",
    "5B": "o) 5B: LA services", "5C": "p) 5C: LA services", "5D": "p1) 5D: LA services", "6": "q) 6: Police",
    "7": "r) 7: Other legal agency", "8": "s) 8: Other", "9": "t) 9: Anonymous", "10": "u) 10: Unknown",
}  # fmt: skip
"""As Ofsted lists them, by the census's code."""
_OPENS = {"contact": "receive", "referral": "receive", "single_assessment": "start", "section_47": "start"}
_HOLDS = ("conference.hold_without_plan", "conference.hold_with_plan")
_FLAGS = ("referral.take_no_further_action", "single_assessment.see_child", "section_47.decide_no_conference")
"""What a list says yes to, without its day."""

Event = Mapping[str, Any]
Cells = dict[str, str | date | int]


@attrs.define
class Episode:
    """The events of one row."""

    case_id: str
    opened: Event
    events: dict[str, Event]
    conference: Event | None = None

    @property
    def day(self) -> date:
        """The day it was opened on."""
        return _day(self.opened)

    def detail(self, name: str) -> str:
        """What its events say of a detail, the last that says anything."""
        every = [*self.events.values(), *([self.conference] if self.conference else [])]
        return next((said for event in reversed(every) if (said := event.get(DETAIL + name))), "")


def write(source: Source, path: Path) -> list[str]:
    """Write lists 1 to 5 as a workbook, and say in sentences what it could not hold; the same events, the same bytes.

    An event that says no episode belongs to the one of its workflow that was opened last. A conference stands in the row
    of the enquiry of its name, else of the child's latest on or before its day that has none yet.

    Raises:
        MissingExtra: xlsxwriter is not installed.
    """
    try:
        from xlsxwriter import Workbook
    except ImportError as error:
        raise MissingExtra("Writing workbooks", "xlsxwriter", "report") from error
    lost = Counter[str]()
    episodes = _episodes(source, lost)
    sentences = list(_sentences(source, episodes, lost))
    with Workbook(path, {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}) as book:
        book.set_properties({"created": datetime(2000, 1, 1)})  # the same events, the same bytes
        dated = book.add_format({"num_format": "dd/mm/yyyy"})
        for number in _WRITTEN:
            one, rows = LISTS[number], list(_rows(number, episodes, source))
            _sheet(book.add_worksheet(f"List {number}"), one, rows[:_MOST_ROWS], dated)
            if len(rows) > _MOST_ROWS:
                sentences.append(
                    f"{one} holds {_MOST_ROWS:,} rows, as many as a sheet can; left out: {len(rows) - _MOST_ROWS:,}."
                )
    return sentences


def _episodes(source: Source, lost: Counter[str]) -> dict[str, list[Episode]]:
    """What makes a row, by workflow, cases in their order; `lost` counts the events that have no place in one."""
    found: dict[str, list[Episode]] = {workflow: [] for workflow in _OPENS}
    for events in _cases(source):
        mine: dict[tuple[str, str], Episode] = {}
        newest: dict[str, Episode] = {}
        waiting: list[Episode] = []
        for event in events:
            workflow, _, move = event["event"].partition(".")
            label = event["episode"]
            episode = mine.get((workflow, label)) if label else newest.get(workflow)
            spanned = event["day"] != event["last_day"]
            if event["event"] in _HOLDS:
                while waiting and waiting[-1].conference is not None:
                    waiting.pop()
                enquiry = mine.get(("section_47", label)) or (waiting[-1] if waiting else None)
                if enquiry is None or enquiry.conference is not None or spanned:
                    lost[event["event"]] += 1
                else:
                    enquiry.conference = event
            elif move == _OPENS.get(workflow) and not spanned and (not label or episode is None):
                episode = Episode(event["case_id"], event, {event["event"]: event})
                found[workflow].append(episode)
                mine[workflow, label] = newest[workflow] = episode
                waiting += [episode] if workflow == "section_47" else []
            elif (
                episode is None or event["event"] in episode.events
                or event["event"] not in (*_FLAGS, "single_assessment.sign_off")
                or (spanned and event["event"] not in _FLAGS)
            ):  # fmt: skip
                lost[event["event"]] += 1
            else:
                episode.events[event["event"]] = event
    for enquiry in found["section_47"]:
        if enquiry.conference is not None and _FLAGS[2] in enquiry.events:
            del enquiry.events[_FLAGS[2]]
            lost[_FLAGS[2]] += 1
    return found


def _cases(source: Source) -> Iterator[list[Event]]:
    """The events of each case in the order they happened; those of a day any of which is a date, as they stand."""
    cases: dict[str, list[Event]] = defaultdict(list)
    for event in standing(source.events).iter_rows(named=True):
        cases[event["case_id"]].append(event)
    for events in cases.values():
        dates = {event["day"] for event in events if event["happened_from"] != event["happened_to"]}
        at = {id(event): 0 if event["day"] in dates else event["happened_from"] for event in events}
        yield sorted(events, key=lambda event: (event["day"], at[id(event)], event["position"]))


def _day(event: Event) -> date:
    return date.fromordinal(event["day"] + EPOCH)


def _rows(number: int, episodes: Mapping[str, list[Episode]], source: Source) -> Iterator[Cells]:
    """The rows of a list: what stands in each field."""
    holds = source.carries.holds
    if number == 1:
        for one in episodes["contact"]:
            yield {"child": one.case_id, "contacted": one.day, "source": _source(one)}
    elif number == 3:
        before = _before(episodes["referral"])
        for one, earlier in zip(episodes["referral"], before, strict=True):
            nfa = _flag("referral.take_no_further_action" in one.events, holds("referral.take_no_further_action"))
            yield {
                "child": one.case_id,
                "referred": one.day,
                "source": _source(one),
                "nfa": nfa,
                "earlier": _number(one.detail(EARLIER), earlier),
                **_by(one),
            }
    elif number == 4:
        for one in episodes["single_assessment"]:
            seen = _flag("single_assessment.see_child" in one.events, holds("single_assessment.see_child"))
            signed = one.events.get("single_assessment.sign_off")
            authorised = {"authorised": _day(signed)} if signed else {}
            yield {"child": one.case_id, "started": one.day, "seen": seen, **authorised, **_by(one)}
    elif number == 5:
        yield from _enquiries(episodes["section_47"])


def _enquiries(enquiries: list[Episode]) -> Iterator[Cells]:
    held: dict[str, list[date]] = defaultdict(list)
    for one in enquiries:
        if one.conference is not None:
            held[one.case_id].append(_day(one.conference))
    for days in held.values():
        days.sort()
    for one, earlier in zip(enquiries, _before(enquiries), strict=True):
        conferences = _in_year(held[one.case_id], one.day)
        cells: Cells = {
            "child": one.case_id,
            "enquired": one.day,
            "enquiries": earlier,
            "conferences": conferences,
            **_by(one),
        }
        if one.conference is not None:
            planned = _flag(one.conference["event"] == _HOLDS[1], True)
            cells |= {"unnecessary": _NO, "conferred": _day(one.conference), "planned": planned}
        elif "section_47.decide_no_conference" in one.events:
            cells["unnecessary"] = _YES
        yield cells


def _before(episodes: list[Episode]) -> Iterator[int]:
    """How many of the same child's there were in the twelve months before each."""
    days: dict[str, list[date]] = defaultdict(list)
    for one in episodes:
        days[one.case_id].append(one.day)
    for every in days.values():
        every.sort()
    for one in episodes:
        yield _in_year(days[one.case_id], one.day)


def _in_year(days: list[date], day: date) -> int:
    """How many of them, in order, lie in the twelve months before a day."""
    year_before = date(day.year - 1, day.month, min(day.day, 28) if day.month == 2 else day.day)
    return bisect_left(days, day) - bisect_left(days, year_before)


def _flag(yes: bool, said: bool) -> str:
    return _YES if yes else _NO if said else _UNKNOWN


def _number(said: str, otherwise: int) -> int | str:
    """What was said, as a number where it is one; else what was counted."""
    return int(said) if said.isdecimal() and len(said) < 10 else said or otherwise


def _source(one: Episode) -> str:
    said = one.detail("source")
    return _SOURCES.get(said, said)


def _by(one: Episode) -> Cells:
    return {"team": one.detail("team"), "worker": one.detail("worker")}


def _sheet(sheet: Worksheet, one: List, rows: Iterable[Cells], dated: Format) -> None:
    for place, column in enumerate(one.columns):
        sheet.write_string(0, place, column.header)
        sheet.set_column(place, place, 18)
    sheet.freeze_panes(1, 0)
    places = {column.field: place for place, column in enumerate(one.columns) if column.field}
    for number, cells in enumerate(rows, 1):
        for field, value in cells.items():
            if isinstance(value, int):
                sheet.write_number(number, places[field], value)
            elif isinstance(value, date) and value.year > 1900:
                sheet.write_datetime(number, places[field], datetime(value.year, value.month, value.day), dated)
            elif value:
                text = safe(value)[:LONGEST] if isinstance(value, str) else f"{value:%d/%m}/{value.year}"
                sheet.write_string(number, places[field], text)


def _sentences(source: Source, episodes: Mapping[str, list[Episode]], lost: Counter[str]) -> Iterator[str]:
    """What the workbook does not hold."""
    if lost:
        said = ", ".join(f"{many} {event}" for event, many in sorted(lost.items(), key=lambda one: (-one[1], one[0])))
        yield f"Events that Annex A has no place for were left out: {said}."
    kept = [event for every in episodes.values() for one in every for event in one.events.values()]
    kept += [one.conference for one in episodes["section_47"] if one.conference is not None]
    undated = Counter(event["event"] for event in kept if event["event"] in _FLAGS)
    if undated:
        said = ", ".join(f"{many} {event}" for event, many in sorted(undated.items()))
        yield f"Of these a list says yes, and not on which day: {said}."
    timed = sum(event["happened_from"] == event["happened_to"] for event in kept)
    if timed:
        yield f"Times that were written as their days, for Annex A has dates only: {timed}."
    for what, column in (("who did it", "actor"), ("in which role", "role"), ("their family", "family")):
        if any(event[column] for event in kept):
            yield f"Annex A has no place for {what}."
    if any(event["recorded_day"] is not None for event in kept):
        yield "Annex A has no place for when something was recorded."
    fields = ("source", "team", "worker", EARLIER)
    others = [name for name in source.details if name not in fields and any(event[DETAIL + name] for event in kept)]
    if others:
        yield f"Annex A has no place for these details: {', '.join(others)}."
    changed = [
        case for case in dict.fromkeys(one.case_id for every in episodes.values() for one in every) if not _kept(case)
    ]
    if changed:
        yield f"Case ids that will not read back as they are: {len(changed)}, such as {ascii(changed[0][:40])}."
    odd = [
        said
        for every in episodes.values()
        for one in every
        if (said := one.detail("source")) != coded_source(_source(one))
    ]
    if odd:
        yield f"Sources that will read back as the census's code: {len(odd)}, such as {ascii(odd[0][:40])}."
    long = sum(len(one.detail(name)) >= LONGEST for every in episodes.values() for one in every for name in fields)
    if long:
        yield f"Texts that were cut at {LONGEST} characters, the most a cell can hold: {long}."


def _kept(case: str) -> bool:
    try:
        return ident(safe(case)) == case
    except ValueError:
        return False
