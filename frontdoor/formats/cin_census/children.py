"""The children of a census, read one by one: each as events, and as what the census's own rules look at."""

from __future__ import annotations

__all__ = ["HOLDS", "OPEN", "Children", "Row"]

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

import attrs

from frontdoor.errors import MomentError
from frontdoor.formats.cin_census.elements import Element
from frontdoor.formats.cin_census.record import Child, Dated, Referral, Spell
from frontdoor.formats.source import Claim, Rejected
from frontdoor.moment import Span, bounds, local_day, parse

HOLDS = ("hold_with_plan", "hold_without_plan")
"""How a conference ends: with a plan, or without one."""
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


OPEN = date.max
"""Until the day that what is open in the file is open until, which is known when all of it is read."""


class Row(NamedTuple):
    """An event: on its day, or on one from then until another."""

    what: Dated
    until: date | None
    case_id: str
    source: str
    need: str
    reason: str


@attrs.define
class Children:
    """What has been read of them so far."""

    seen: bool = False
    """Whether there is any child."""
    last: date | None = None
    """The last day in the file."""
    position: int = 0
    found: dict[str, Child] = attrs.Factory(dict)
    rows: list[Row] = attrs.Factory(list)
    claims: list[Claim] = attrs.Factory(list)
    rejected: list[Rejected] = attrs.Factory(list)
    of_children: list[str] = attrs.Factory(list)
    """What is to be known of single children, in sentences."""
    stray: list[Element] = attrs.Factory(list)
    """The first element with text between its elements."""
    strays: int = 0
    passed: Counter[str] = attrs.Factory(Counter)
    """Elements that the census does not have."""

    def reject(self, one: Element, reason: str) -> None:
        """Say what is wrong with an element, by its line."""
        self.rejected.append(Rejected(one.line, one.tag, reason, one.text[:100]))

    def day(self, one: Element) -> date | None:
        """The day that an element says, or None: then it is rejected."""
        day = _day(one.text)
        if isinstance(day, str):
            self.reject(one, day)
            return None
        return day

    def dated(self, group: Element, name: str, episode: str, event: str) -> Dated | None:
        """The dated element of that name directly in a group, as an event of an episode."""
        one = group.take(name)
        return self.numbered(episode, event, self.day(one)) if one else None

    def numbered(self, episode: str, event: str, on: date | None) -> Dated:
        """An event on a day, with the next position."""
        self.position += 1
        return Dated(self.position, episode, event, on)

    def flag(self, group: Element, name: str) -> bool | None:
        """What the flag of that name says; None: nothing, or nothing that can be read."""
        one = group.take(name)
        if one and one.text.lower() not in _FLAGS:
            self.reject(one, "is neither true nor false.")
        return _FLAGS.get(one.text.lower()) if one else None

    def child(self, node: Element) -> None:
        """Read a child; one that is in the file already goes on where it was left."""
        self.seen = True
        known = {name: one for name in ("lachildid", "upn") for one in reversed(list(node.under(name))) if one.text}
        details = list(node.under("cindetails"))
        within = list(node.walk())
        if known:
            if "lachildid" not in known:
                self.of_children.append(f"The child in line {node.line} has no LAchildID: its UPN stands for it.")
            case_id = (known.get("lachildid") or known["upn"]).text
            self.of_case(self.found.setdefault(case_id, Child(case_id)), node, details)
            if not details:
                self.rejected.append(
                    Rejected(node.line, node.tag, "holds no CINdetails: nothing is said of it.", case_id)
                )
        else:
            dates = [one for one in within if one.name in _DATED and one.text]
            self.position += len(dates)
            self.rejected.append(Rejected(
                node.line, "LAchildID", f"has no LAchildID and no UPN: none of its {len(dates)} dates has a case.", "",
            ))  # fmt: skip
            for one in within:
                one.used = True
        blocks = [block for block in node.nested if block.name not in _OF_CHILD]
        self.passed.update(one.tag for block in blocks for one in block.walk() if one.name not in _KNOWN)
        self.passed_over(within)

    def of_case(self, child: Child, node: Element, details: Iterable[Element]) -> None:
        """Who a child is, as far as its rules ask, and its referrals."""
        for name, known in (("personbirthdate", child.births), ("expectedpersonbirthdate", child.expected)):
            known += [day for day in map(self.day, (one for one in node.under(name) if one.text)) if day]
        child.died = next((self.day(one) for one in node.under("persondeathdate") if one.text), None) or child.died
        for one in details:
            referral = self.referral(one, child.case_id, f"cin {len(child.referrals) + 1}")
            child.referrals.append(referral)
            if not any(True for _ in referral.dates):
                self.reject(one, "holds no date: there is nothing to judge.")

    def referral(self, node: Element, case_id: str, label: str) -> Referral:
        """Read a referral, its events in the order that settles what came first on one day."""
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
            self.event(case_id, *one.between, until=closed_on if late else OPEN)
        self.event(case_id, transfer)
        if nfa and received and received.on:
            # The census has no day for the decision: it was made between the referral and its closure.
            decided = closed or self.numbered(label, "referral.take_no_further_action", received.on)
            by = closed_on if closed_on and closed_on >= received.on else OPEN
            self.event(case_id, decided._replace(on=received.on), until=by, reason=reason)
        else:
            self.event(case_id, closed, reason=reason)
        return Referral(
            received, assessments, tuple(enquiries), transfer, protection, need, closed, nfa, reason,
            node.says("primaryneedcode"),
        )  # fmt: skip

    def spell(
        self, group: Element, episode: str, workflow: str, start: str, end: str, ends: str, review: str = ""
    ) -> Spell:
        """An assessment or a plan."""
        begun = self.dated(group, start, episode, f"{workflow}.start")
        reviews = [one for one in group.under(review) if one.text]
        for one in reviews:
            one.used = True
        between = tuple(self.numbered(episode, f"{workflow}.review", self.day(one)) for one in reviews)
        factors = tuple(one.text.split()[0].upper() for one in group.under("assessmentfactors") if one.text)
        undated = any(not one.text for one in group.under(review))
        undated |= any(not list(one.under(review)) for one in group.under("reviews"))
        ended = self.dated(group, end, episode, f"{workflow}.{ends}")
        return Spell(begun, ended, between, factors=factors, undated=undated)

    def enquiry(self, group: Element, label: str, number: int) -> Spell:
        """A section 47 enquiry, which ends with its conference."""
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
        aim = (
            Dated(about.position if about else max(self.position, 1), episode, "section_47.target", due)
            if due
            else None
        )
        return Spell(start, conference, between, bool(waived), target=aim)

    def event(
        self, case_id: str, *elements: Dated | None, until: date | None = None,
        source: str = "", need: str = "", reason: str = "",
    ) -> None:  # fmt: skip
        """Those that can be read; `until`: on one of the days from then to that one."""
        self.rows += [Row(one, until, case_id, source, need, reason) for one in elements if one and one.on]

    def passed_over(self, elements: Iterable[Element]) -> None:
        """Reject the dates that nothing has read, and count what else was passed over."""
        for one in elements:
            if one.text and one.name in _DATED:
                day = _day(one.text)
                if isinstance(day, date) and (self.last is None or day > self.last):
                    self.last = day
                if not one.used:
                    self.reject(one, "stands where the census has no place for it, or for a second one.")
            if one.text and (one.nested or one.name in _GROUPS):
                self.strays += 1
                self.stray += [] if self.stray else [one]

    def of_file(self) -> Iterator[str]:
        """What is to be known of the file as a whole, in sentences."""
        for first in self.stray:
            many = f", and in {self.strays - 1} more elements" if self.strays > 1 else ""
            where = f"{first.tag}, line {first.line}{many}"
            yield f"Text between elements was passed over: {first.text[:60]!r} in {where}."
        if self.passed:
            named = ", ".join(f"{count} {tag[:100]}" for tag, count in self.passed.most_common(8))
            yield f"Elements that the census does not have were passed over: {named}."
        plans = [(one.protection, one.need) for child in self.found.values() for one in child.referrals]
        protection, need = (sum(len(kind) for kind in kinds) for kinds in zip(*plans, strict=True)) if plans else (0, 0)
        if protection or need:
            reviews = sum(len(plan.between) for kind, _ in plans for plan in kind)
            yield (
                f"{_some(protection, 'child protection plan')}, {_some(reviews, 'review')} of such a plan and "
                f"{_some(need, 'child in need plan')} are read for the census's own rules only: no workflow here follows them."
            )


def _some(many: int, what: str) -> str:
    return f"{many} {what}{'' if many == 1 else 's'}"


def _held(conference: Dated | None, held: list[date], plans: list[date]) -> Dated | None:
    """It made a plan if one starts on its day or later, before any later conference of the referral."""
    if conference is None or conference.on is None:
        return conference
    then, plan = bisect_right(held, conference.on), bisect_left(plans, conference.on)
    with_plan = plan < len(plans) and (then == len(held) or plans[plan] < held[then])
    return conference._replace(event=conference.event + HOLDS[not with_plan])


@lru_cache(maxsize=1 << 16)
def _day(text: str) -> date | str:
    """The date, or why it is none."""
    zoned = _ZONED.fullmatch(text)
    try:
        found = parse(zoned[1] if zoned else text)
        day = local_day(found) if isinstance(found, datetime) else found
        bounds(day)
    except MomentError as error:
        return error.why if "outside the years" in error.why else "is not a date: write 2009-12-18."
    except OverflowError:
        return "lies outside the years that can be counted."
    return "is not one date." if isinstance(day, Span) else day
