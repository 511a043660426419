"""The children in need census: the XML return that every authority in England sends the DfE each year.

It begins at the referral and knows dates, never times. Real files break their own schema, so names are matched
whatever their case and known spellings, and whatever is odd is rejected or noted by its line while the rest of the
child is kept. `position` numbers the dated elements of the file, those of one referral in the order that settles what
came first on one day: referral, assessments, each section 47 enquiry with its conference, transfer-in conference,
plans, closure. Two facts have no date of their own in the census, that no conference is required and that a referral
never closed led to no further action: they are numbered in their place, and happened within a span of days. An
assessment is the single one that the return collects; one dated before that came in, in 2013, is not in its edition.
"""

from __future__ import annotations

__all__ = ["CARRIES", "read"]

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import attrs

from frontdoor.compiled import Carries
from frontdoor.errors import MomentError
from frontdoor.formats.census_record import Census, Child, Dated, Referral, Spell
from frontdoor.formats.census_rules import findings
from frontdoor.formats.census_xml import Element, elements, refused
from frontdoor.formats.source import DETAIL, Claim, Rejected, Source, polars
from frontdoor.moment import Happened, Span, bounds, local_day, parse

if TYPE_CHECKING:
    import polars as pl

_DETAILS = ("source", "need", "reason")
_HOLDS = ("hold_with_plan", "hold_without_plan")
_MOVES = {
    "referral": ("receive", "close", "take_no_further_action"), "single_assessment": ("start", "review", "sign_off"),
    "section_47": ("start", "decide_no_conference"), "conference": _HOLDS, "transfer_in_conference": _HOLDS,
}  # fmt: skip
CARRIES = Carries(
    frozenset(f"{workflow}.{move}" for workflow, moves in _MOVES.items() for move in moves),
    roles=False,
    details=frozenset({"source", "reason"}),
    logged=False,
)
"""What the census has a place for. Its one reason is that of a closure."""

_WORD = re.compile(r"\w+")
_DATED = frozenset(_WORD.findall("""
    cinreferraldate cinclosuredate assessmentactualstartdate assessmentinternalreviewdate assessmentauthorisationdate
    s47actualstartdate dateofinitialcpc cppstartdate cppreviewdate cppenddate cinplanstartdate cinplanenddate
"""))  # fmt: skip
_GROUPS = frozenset(_WORD.findall("""
    child children childidentifiers childcharacteristics cindetails assessments factorsidentifiedatassessment
    section47 childprotectionplans reviews cinplandates
"""))  # fmt: skip
_KNOWN = _DATED | _GROUPS | frozenset(_WORD.findall("""
    referralsource primaryneedcode reasonforclosure referralnfa assessmentfactors initialcpctarget icpcnotrequired
    icpcrequired initialcategoryofabuse latestcategoryofabuse numberofpreviouscpp
"""))  # fmt: skip
_OF_CHILD = ("child", "childidentifiers", "childcharacteristics")
_FLAGS = {"true": True, "1": True, "yes": True, "y": True, "false": False, "0": False, "no": False, "n": False}
_ZONED = re.compile(r"(\d{4}-\d\d-\d\d)(?:Z|[+-]\d\d:\d\d)")
"""XML Schema lets a date have a zone; the census's dates are local."""


def read(content: bytes, name: str) -> Source:
    """Read a census. What cannot be read is rejected by its line, and the element's name as its column.

    A file that breaks off is read up to there. The census's own rules (`census_rules`) are judged on what was read.

    Raises:
        InputError: it is not XML, not a census, has a DOCTYPE or an encoding that cannot be read.
    """
    polars()
    found, broken = elements(content, name)
    children = [one for one in found if one.name == "child" and one.ended]
    if broken and not children:
        raise refused(name, broken.row, "not-xml", broken.reason.replace("after the last complete child ", ""))
    if not any(one.name in ("child", "cindetails") for one in found):
        what = f"is not a children in need census: it holds no Child and no CINdetails; its root is {found[0].tag}."
        raise refused(name, found[0].line, "not-a-census", what)
    reading = _Reading([broken] if broken else [])
    said = next((one for one in found if one.name == "referencedate" and one.text), None)
    reference = reading.day(said) if said else None
    days = (day for day in (_day(one.text) for one in found if one.name in _DATED) if isinstance(day, date))
    reading.until = reference or max(days, default=date(1970, 1, 1))
    for child in children:
        reading.child(child)
    reading.leftovers(found)
    if not reference:
        reading.notes.append(f"The file states no reference date: what is open is open until {reading.until}.")
    broken_rules = findings(reading.children.values(), Census(reference, reading.until))
    return Source(
        name, "cin-census", _frame(reading.rows), CARRIES, sorted(reading.rejected), reading.notes, reference,
        reading.claims, _DETAILS, broken_rules,
    )  # fmt: skip


@lru_cache(maxsize=1 << 16)
def _day(text: str) -> date | str:
    """The date, or why it is none."""
    zoned = _ZONED.fullmatch(text)
    try:
        found = parse(zoned[1] if zoned else text)
        day = local_day(found) if isinstance(found, datetime) else found
        bounds(day)
    except MomentError:
        return "is not a date: write 2009-12-18."
    except OverflowError:
        return "lies outside the years that can be counted."
    return "is not one date." if isinstance(day, Span) else day


@attrs.define
class _Reading:
    """What has been read so far."""

    rejected: list[Rejected]
    until: date = date.min
    """What is open is open until this day."""
    position: int = 0
    children: dict[str, Child] = attrs.Factory(dict)
    rows: list[tuple[Dated, Happened, str, str, str, str]] = attrs.Factory(list)
    """Each with when it happened, its case, and the details."""
    claims: list[Claim] = attrs.Factory(list)
    notes: list[str] = attrs.Factory(list)

    def reject(self, one: Element, reason: str) -> None:
        self.rejected.append(Rejected(one.line, one.tag, reason, one.text[:100]))

    def day(self, one: Element) -> date | None:
        day = _day(one.text)
        if isinstance(day, str):
            self.reject(one, day)
            return None
        return day

    def dated(self, group: Element, name: str, episode: str, event: str) -> Dated | None:
        one = group.take(name)
        return self.numbered(episode, event, self.day(one)) if one else None

    def numbered(self, episode: str, event: str, on: date | None) -> Dated:
        self.position += 1
        return Dated(self.position, episode, event, on)

    def flag(self, group: Element, name: str) -> bool | None:
        one = group.take(name)
        if one and one.text.lower() not in _FLAGS:
            self.reject(one, "is neither true nor false.")
        return _FLAGS.get(one.text.lower()) if one else None

    def child(self, node: Element) -> None:
        """Read a child; one that is in the file already goes on where it was left."""
        known = {name: one for name in ("lachildid", "upn") for one in reversed(list(node.under(name))) if one.text}
        if not known:
            dates = [one for one in node.walk() if one.name in _DATED and one.text]
            self.position += len(dates)
            self.rejected.append(Rejected(
                node.line, "LAchildID", f"has no LAchildID and no UPN: none of its {len(dates)} dates has a case.", "",
            ))  # fmt: skip
            for one in node.walk():
                one.used = True
            return
        if "lachildid" not in known:
            self.notes.append(f"The child in line {node.line} has no LAchildID: its UPN stands for it.")
        case_id = (known.get("lachildid") or known["upn"]).text
        child = self.children.setdefault(case_id, Child(case_id))
        born = [one for name in ("personbirthdate", "expectedpersonbirthdate") for one in node.under(name) if one.text]
        child.born += [day for day in map(self.day, born) if day]
        child.died = next((self.day(one) for one in node.under("persondeathdate") if one.text), None) or child.died
        for details in node.under("cindetails"):
            child.referrals.append(self.referral(details, case_id, f"cin {len(child.referrals) + 1}"))

    def referral(self, node: Element, case_id: str, label: str) -> Referral:
        nfa = self.flag(node, "referralnfa")
        received = self.dated(node, "cinreferraldate", label, "referral.receive")
        assessments = tuple(
            self.spell(group, f"{label} assessment {number}", "single_assessment", "assessmentactualstartdate",
                       "assessmentauthorisationdate", "sign_off", "assessmentinternalreviewdate")
            for number, group in enumerate(node.under("assessments"), 1)
        )  # fmt: skip
        enquiries = [self.enquiry(one, label, number) for number, one in enumerate(node.under("section47"), 1)]
        transfer = self.dated(node, "dateofinitialcpc", f"{label} transfer-in conference", "transfer_in_conference.")
        protection = tuple(
            self.spell(group, f"{label} child protection plan {number}", "child_protection_plan", "cppstartdate",
                       "cppenddate", "end", "cppreviewdate")
            for number, group in enumerate(node.under("childprotectionplans"), 1)
        )  # fmt: skip
        need = tuple(
            self.spell(group, f"{label} child in need plan {number}", "child_in_need_plan", "cinplanstartdate",
                       "cinplanenddate", "end")
            for number, group in enumerate(node.under("cinplandates"), 1)
        )  # fmt: skip
        closed = self.dated(node, "cinclosuredate", label, f"referral.{'take_no_further_action' if nfa else 'close'}")
        closed_on = closed.on if closed else None
        reason = node.says("reasonforclosure")

        held = sorted(one.on for one in [*(enquiry.end for enquiry in enquiries), transfer] if one and one.on)
        plans = sorted(plan.start.on for plan in protection if plan.start and plan.start.on)
        enquiries = [one._replace(end=_held(one.end, held, plans)) for one in enquiries]
        transfer = _held(transfer, held, plans)

        self.event(case_id, received, source=node.says("referralsource"), need=node.says("primaryneedcode"))
        for one in assessments:
            self.event(case_id, one.start, *one.between, one.end)
        for one in enquiries:
            self.event(case_id, one.start, one.end)
            late = closed_on and one.start and one.start.on and closed_on >= one.start.on
            self.event(case_id, *one.between, until=closed_on if late else self.until)
        self.event(case_id, transfer)
        if nfa and received and received.on:
            # The census has no day for the decision: it was made between the referral and its closure.
            decided = closed or self.numbered(label, "referral.take_no_further_action", received.on)
            by = closed_on if closed_on and closed_on >= received.on else self.until
            self.event(case_id, decided._replace(on=received.on), until=by, reason=reason)
        else:
            self.event(case_id, closed, reason=reason)
        return Referral(received, assessments, tuple(enquiries), transfer, protection, need, closed, nfa, reason)

    def spell(
        self, group: Element, episode: str, workflow: str, start: str, end: str, ends: str, review: str = ""
    ) -> Spell:
        """An assessment or a plan."""
        begun = self.dated(group, start, episode, f"{workflow}.start")
        reviews = [one for one in group.under(review) if one.text]
        for one in reviews:
            one.used = True
        between = tuple(self.numbered(episode, f"{workflow}.review", self.day(one)) for one in reviews)
        return Spell(begun, self.dated(group, end, episode, f"{workflow}.{ends}"), between)

    def enquiry(self, group: Element, label: str, number: int) -> Spell:
        episode = f"{label} section 47 {number}"
        start = self.dated(group, "s47actualstartdate", episode, "section_47.start")
        not_required, required = self.flag(group, "icpcnotrequired"), self.flag(group, "icpcrequired")
        waived = not_required if not_required is not None else required is False
        conference = self.dated(group, "dateofinitialcpc", f"{label} conference {number}", "conference.")
        decided = waived and not conference and start and start.on
        between = (self.numbered(episode, "section_47.decide_no_conference", start.on),) if decided and start else ()
        target = group.take("initialcpctarget")
        due = self.day(target) if target else None
        about = conference if conference and conference.on else start
        if due and about and about.on:
            self.claims.append(Claim(about.position, "conference.hold", due))
        return Spell(start, conference, between, bool(waived))

    def event(
        self, case_id: str, *elements: Dated | None, until: date | None = None,
        source: str = "", need: str = "", reason: str = "",
    ) -> None:  # fmt: skip
        """Those that can be read; `until`: on one of the days from then to that one."""
        for one in elements:
            if one and one.on:
                happened = Span(one.on, until) if until and until > one.on else one.on
                self.rows.append((one, happened, case_id, source, need, reason))

    def leftovers(self, elements: Iterable[Element]) -> None:
        """Reject the dates that nothing has read, and note what else was passed over."""
        passed: Counter[str] = Counter()
        for one in elements:
            if one.name == "child":
                for within in one.walk():
                    within.used |= not one.ended  # what breaks off is rejected as a whole
                blocks = [block for block in one.nested if block.name not in _OF_CHILD]
                passed.update(within.tag for block in blocks for within in block.walk() if within.name not in _KNOWN)
        for one in elements:
            if one.name in _DATED and one.text and not one.used:
                self.reject(one, "stands where the census has no place for it, or for a second one.")
        stray = [one for one in elements if one.text and (one.nested or one.name in _GROUPS)]
        if stray:
            first = stray[0]
            many = f", and in {len(stray) - 1} more elements" if len(stray) > 1 else ""
            where = f"{first.tag}, line {first.line}{many}"
            self.notes.append(f"Text between elements was passed over: {first.text[:60]!r} in {where}.")
        if passed:
            named = ", ".join(f"{count} {tag}" for tag, count in passed.most_common(8))
            self.notes.append(f"Elements that the census does not have were passed over: {named}.")
        plans = [(one.protection, one.need) for child in self.children.values() for one in child.referrals]
        protection, need = (sum(len(kind) for kind in kinds) for kinds in zip(*plans, strict=True)) if plans else (0, 0)
        if protection or need:
            reviews = sum(len(plan.between) for kind, _ in plans for plan in kind)
            self.notes.append(
                f"{protection} child protection plans, their {reviews} reviews and {need} child in need plans were "
                "read for the census's own rules only: no workflow here follows them."
            )


def _held(conference: Dated | None, held: list[date], plans: list[date]) -> Dated | None:
    """It made a plan if one starts on its day or later, before any later conference of the referral."""
    if conference is None or conference.on is None:
        return conference
    then, plan = bisect_right(held, conference.on), bisect_left(plans, conference.on)
    with_plan = plan < len(plans) and (then == len(held) or plans[plan] < held[then])
    return conference._replace(event=conference.event + _HOLDS[not with_plan])


def _frame(rows: list[tuple[Dated, Happened, str, str, str, str]]) -> pl.DataFrame:
    import polars as pl

    rows.sort(key=lambda row: row[0].position)
    limits = {happened: bounds(happened) for happened in {row[1] for row in rows}}
    numbers = ("happened_from", "happened_to", "recorded_from", "recorded_to", "recorded_day", "day", "last_day")
    texts = ("case_id", "event", "actor", "role", "episode", "family", *(DETAIL + detail for detail in _DETAILS))
    return pl.DataFrame(
        [
            (one.position, case_id, one.event, "", "", one.episode, "", *details, *at[:2], None, None, None, *at[2:])
            for one, happened, case_id, *details in rows
            for at in [limits[happened]]
        ],
        schema={"position": pl.Int64, **dict.fromkeys(texts, pl.String), **dict.fromkeys(numbers, pl.Int64)},
        orient="row",
    )
