"""Writing a census: the XML of the return, with all that a source holds of it, and word of what it could not carry."""

from __future__ import annotations

__all__ = ["write"]

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from frontdoor.formats.cin_census.elements import LONGEST
from frontdoor.formats.cin_census.gathering import (
    DETAILS,
    HELD,
    NO_CONFERENCE,
    NO_FURTHER_ACTION,
    Episode,
    Told,
    gathered,
)
from frontdoor.formats.source import DETAIL, Source, standing
from frontdoor.moment import EPOCH, bounds

if TYPE_CHECKING:
    import polars as pl

_SOURCES = frozenset(
    [
        "1A",
        "1B",
        "1C",
        "1D",
        "2A",
        "2B",
        "3A",
        "3B",
        "3C",
        "3D",
        "3E",
        "3F",
        "4",
        "5A",
        "5B",
        "5C",
        "5D",
        "6",
        "7",
        "8",
        "9",
        "10",
    ]
)
_UNKNOWN_SOURCE = "10"
_NEEDS = frozenset(f"N{n}" for n in range(10))
_REASONS = frozenset(f"RC{n}" for n in range(1, 10))
_CATEGORIES = frozenset({"NEG", "PHY", "SAB", "EMO", "MUL"})
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LEFT_OUT = {
    "actor": "who did it",
    "role": "in which role",
    "recorded_day": "when it was recorded",
    "family": "families",
}


def write(source: Source, path: Path) -> list[str]:
    """Write the events that now stand as a census, and say in sentences what of the source the file does not hold.

    Episodes become groups under the referral whose name theirs begins with, else under the latest one received by then.
    What a census asks and no event says is left out, or written as the code that means "not known".
    """
    told, lacking = Told(), Counter[str]()
    events = _by_case(source)
    reference = bounds(source.reference)[3] if source.reference is not None else None
    until: int = reference if reference is not None else events["last_day"].max() or 0  # type: ignore[assignment]
    written = empty = unwritable = 0
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.write('<?xml version="1.0" encoding="UTF-8"?>\n<Message>\n')
        out.writelines(_header(reference))
        out.write("  <Children>\n")
        for case_id, rows in groupby(events.iter_rows(named=True), itemgetter("case_id")):
            if _NO_XML.search(case_id) or len(case_id) > LONGEST:
                unwritable += 1
            elif referrals := gathered(rows, until, told):
                written += 1
                out.writelines(_child(case_id, referrals, lacking))
            else:
                empty += 1
        out.write("  </Children>\n</Message>\n")
    return list(_sentences(source, told, lacking, written, empty, unwritable))


def _by_case(source: Source) -> pl.DataFrame:
    """The events that now stand: cases in order of their first row, each case's as they happened."""
    import polars as pl

    named = ["case_id", "event", "episode", "happened_from", "happened_to", "day", "last_day", "position"]
    events = standing(source.events)
    named += [DETAIL + name for name in DETAILS if DETAIL + name in events.columns]
    first = pl.col("position").min().over("case_id")
    return events.select(named).sort(first, "case_id", "day", "position", maintain_order=True)


def _header(reference: int | None) -> Iterator[str]:
    yield "  <Header>\n    <CollectionDetails>\n      <Collection>CIN</Collection>\n"
    if reference is not None:
        day = date.fromordinal(reference + EPOCH)
        yield f"      <Year>{day.year}</Year>\n      <ReferenceDate>{day}</ReferenceDate>\n"
    yield "    </CollectionDetails>\n  </Header>\n"


def _child(case_id: str, referrals: list[Episode], lacking: Counter[str]) -> Iterator[str]:
    yield "    <Child>\n      <ChildIdentifiers>\n"
    yield f"        <LAchildID>{escape(case_id, {chr(13): '&#13;'})}</LAchildID>\n        <Sex>U</Sex>\n"
    yield "      </ChildIdentifiers>\n      <ChildCharacteristics>\n        <Ethnicity>NOBT</Ethnicity>\n"
    yield "      </ChildCharacteristics>\n"
    for referral in referrals:
        yield "      <CINdetails>\n"
        yield from _referral(referral, lacking)
        yield "      </CINdetails>\n"
    yield "    </Child>\n"


def _referral(one: Episode, lacking: Counter[str]) -> Iterator[str]:
    source, need, reason = (one.details.get(name, "").upper() for name in ("source", "need", "reason"))
    lacking["source"] += source not in _SOURCES
    lacking["need"] += bool(need) and need not in _NEEDS
    lacking["reason"] += bool(reason) and reason not in _REASONS
    yield from _days(one, 8, lacking, "CINreferralDate")
    yield _said(8, "ReferralSource", source if source in _SOURCES else _UNKNOWN_SOURCE)
    if need in _NEEDS:
        yield _said(8, "PrimaryNeedCode", need)
    yield from _days(one, 8, lacking, "", "CINclosureDate")
    if reason in _REASONS:
        yield _said(8, "ReasonForClosure", reason)
    yield from _days(one, 8, lacking, "", HELD)
    for group, workflow, first, *more in (
        ("Assessments", "single_assessment", "AssessmentActualStartDate", "AssessmentInternalReviewDate", "AssessmentAuthorisationDate"),
        ("CINPlanDates", "child_in_need_plan", "CINPlanStartDate", "CINPlanEndDate"),
        ("Section47", "section_47", "S47ActualStartDate", HELD),
    ):  # fmt: skip
        for part in one.those(workflow):
            yield f"        <{group}>\n"
            yield from _days(part, 10, lacking, first, *more)
            if group == "Section47":
                yield _said(10, NO_CONFERENCE, str(int(NO_CONFERENCE in part.flags)))
            yield f"        </{group}>\n"
    yield _said(8, NO_FURTHER_ACTION, str(int(NO_FURTHER_ACTION in one.flags)))
    for plan in one.those("child_protection_plan"):
        lacking["plan"] += 1
        yield "        <ChildProtectionPlans>\n"
        yield from _days(plan, 10, lacking, "CPPstartDate", "CPPendDate")
        if plan.details.get("category", "").upper() in _CATEGORIES:
            yield _said(10, "InitialCategoryOfAbuse", plan.details["category"].upper())
        if plan.reviews:
            yield "          <Reviews>\n"
            yield from (_said(12, "CPPreviewDate", str(day)) for day in plan.reviews)
            yield "          </Reviews>\n"
        yield "        </ChildProtectionPlans>\n"


def _said(indent: int, tag: str, text: str) -> str:
    return f"{' ' * indent}<{tag}>{text}</{tag}>\n"


def _days(one: Episode, indent: int, lacking: Counter[str], needed: str, *others: str) -> Iterator[str]:
    """Those of its days that are known, the one that the schema needs first."""
    lacking[needed] += bool(needed) and needed not in one.days
    return (_said(indent, tag, str(one.days[tag])) for tag in (needed, *others) if tag in one.days)


def _sentences(
    source: Source, told: Told, lacking: Counter[str], written: int, empty: int, unwritable: int
) -> Iterator[str]:
    yield (
        f"{_some(written, 'child is', 'children are')} written without date of birth and UPN, which the events do not hold: "
        "sex is U (unknown), ethnicity NOBT (not yet obtained). The header lacks the authority and its software."
    )
    if source.reference is None:
        yield "The source states no reference date: the header has no year and no ReferenceDate, which the return needs."
    if empty:
        yield f"{_some(empty, 'case', 'cases')} of which a census holds nothing: not written."
    if unwritable:
        yield f"{_some(unwritable, 'case', 'cases')} whose name XML cannot hold, or is over {LONGEST} characters long: not written."
    for counts, why in (
        (told.homeless, "A census has no place for"),
        (told.doubled, "A census has one place, which another event took, for"),
        (told.spans, "A census holds days alone, and which of several days it was is not known, for"),
    ):
        if +counts:
            named = ", ".join(f"{count} {event}" for event, count in (+counts).most_common())
            yield f"{why}: {named}."
    if told.moved:
        yield (
            f"{_some(told.moved, 'conference', 'conferences')} with no section 47 enquiry: written for the referral itself, "
            "as a census has those of children who move in."
        )
    if told.decided:
        yield (
            f"{_some(told.decided, 'decision', 'decisions')} of no further action: the last day it can have been is "
            "written as that of the closure, for a census has no other place for it."
        )
    if told.timed:
        yield f"{_some(told.timed, 'event has a time', 'events have a time')} of day, which a census does not hold."
    left = [said for name, said in _LEFT_OUT.items() if source.events[name].cast(str).fill_null("").ne("").any()]
    left += [f"every detail but {', '.join(DETAILS)}"] if set(source.details) - set(DETAILS) else []
    if left:
        yield f"Not in a census: {', '.join(left)}."
    if source.rejected:
        rows, are = _some(len(source.rejected), "row", "rows"), "is" if len(source.rejected) == 1 else "are"
        yield f"{rows} of the source could not be read, and {are} not in the census."
    for name, what in (
        ("source", "without a source that is a code of the census: written as 10 (unknown)"),
        ("need", "with a primary need that is no code of the census: left out"),
        ("reason", "with a reason for closure that is no code of the census: left out"),
    ):
        if lacking[name]:
            yield f"{_some(lacking[name], 'referral', 'referrals')} {what}."
    if lacking["plan"]:
        yield (
            f"{_some(lacking['plan'], 'child protection plan', 'child protection plans')} without the latest category of abuse and "
            "number of previous plans: the census's schema needs them, and no event holds them."
        )
    for tag, count in lacking.items():
        if count and tag.endswith("Date"):
            yield f"{_some(count, 'group lacks', 'groups lack')} the {tag} that the census's schema needs: no event says it."


def _some(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
