"""The events of a source gathered as a census groups them: referrals, each with the episodes that came of it."""

from __future__ import annotations

__all__ = ["DETAILS", "HELD", "NO_CONFERENCE", "NO_FURTHER_ACTION", "PLACES", "Episode", "Told", "gathered"]

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import attrs

from frontdoor.formats.dated import OPEN
from frontdoor.formats.source import DETAIL
from frontdoor.moment import EPOCH

PLACES = {
    "referral.receive": "CINreferralDate", "referral.close": "CINclosureDate",
    "referral.take_no_further_action": "CINclosureDate",
    "single_assessment.start": "AssessmentActualStartDate", "single_assessment.review": "AssessmentInternalReviewDate",
    "single_assessment.sign_off": "AssessmentAuthorisationDate",
    "section_47.start": "S47ActualStartDate", "section_47.decide_no_conference": "ICPCnotRequired",
    "conference.hold_with_plan": "DateOfInitialCPC", "conference.hold_without_plan": "DateOfInitialCPC",
    "transfer_in_conference.hold_with_plan": "DateOfInitialCPC",
    "transfer_in_conference.hold_without_plan": "DateOfInitialCPC",
    "child_protection_plan.start": "CPPstartDate", "child_protection_plan.end": "CPPendDate",
    "child_protection_plan.review": "CPPreviewDate",
    "child_in_need_plan.start": "CINPlanStartDate", "child_in_need_plan.end": "CINPlanEndDate",
}  # fmt: skip
"""The element that holds the day of each event that a census has a place for."""
DETAILS = ("source", "need", "reason", "category")
"""The details that a census has a place for; `category` of abuse, which a conference with a plan decides on."""
NO_FURTHER_ACTION, NO_CONFERENCE, HELD = "ReferralNFA", "ICPCnotRequired", "DateOfInitialCPC"
_OPENING = ("receive", "start", "hold_with_plan", "hold_without_plan")
_PLAN, _REVIEWS = "CPPstartDate", "CPPreviewDate"


@attrs.define
class Episode:
    """What becomes one group of a census."""

    workflow: str
    label: str
    position: int
    """That of its first event."""
    day: int
    """The first day of its first event."""
    days: dict[str, date] = attrs.Factory(dict)
    """By element."""
    reviews: list[date] = attrs.Factory(list)
    flags: set[str] = attrs.Factory(set)
    """Which of `ReferralNFA` and `ICPCnotRequired` is true."""
    planned: bool = False
    """Of a conference: whether it was held with a plan."""
    details: dict[str, str] = attrs.Factory(dict)
    parts: list[Episode] = attrs.Factory(list)
    """Of a referral: all that came of it, in the order of the source."""

    def those(self, workflow: str) -> list[Episode]:
        """The parts of one workflow."""
        return [one for one in self.parts if one.workflow == workflow]


@attrs.define
class Told:
    """What could not be carried, counted."""

    homeless: Counter[str] = attrs.Factory(Counter)
    """Events that a census has no place for."""
    doubled: Counter[str] = attrs.Factory(Counter)
    """Events whose place was taken."""
    spans: Counter[str] = attrs.Factory(Counter)
    """Events that happened on one of several days."""
    timed: int = 0
    """Events whose time of day is known."""
    decided: int = 0
    """Decisions of no further action that are written as closures."""
    moved: int = 0
    """Conferences without an enquiry, written for the referral itself."""


def gathered(rows: Iterable[Mapping[str, Any]], until: int, told: Told) -> list[Episode]:
    """The referrals of one case, whose rows are in the order they happened; `until`: the day of what is still open."""
    episodes: list[Episode] = []
    for row in rows:
        event = row["event"]
        if event not in PLACES:
            told.homeless[event] += 1
            continue
        episode = _episode(episodes, row)
        episode.position = min(episode.position, row["position"])
        episode.details |= {name: row[DETAIL + name] for name in DETAILS if row.get(DETAIL + name)}
        told.timed += row["happened_from"] == row["happened_to"]
        _put(episode, row, until, told)
    episodes.sort(key=lambda one: one.position)
    referrals = [one for one in episodes if one.workflow == "referral"]
    for one in episodes:
        if one.workflow != "referral":
            _referral_of(one, referrals).parts.append(one)
    for referral in referrals:
        _join_conferences(referral, told)
    return referrals


def _episode(episodes: list[Episode], row: Mapping[str, Any]) -> Episode:
    """By its label; without one an opening event opens another, and any other belongs to the latest that awaits it."""
    workflow, _, move = row["event"].partition(".")
    mine = [one for one in episodes if one.workflow == workflow and row["episode"] in ("", one.label)]
    if mine and (row["episode"] or move not in _OPENING):
        waiting = [one for one in mine if PLACES[row["event"]] not in one.days]
        return (waiting or mine)[-1]
    episodes.append(Episode(workflow, row["episode"], row["position"], row["day"]))
    return episodes[-1]


def _put(episode: Episode, row: Mapping[str, Any], until: int, told: Told) -> None:
    event, place = row["event"], PLACES[row["event"]]
    if place == NO_CONFERENCE:
        told.doubled[event] += place in episode.flags
        episode.flags.add(place)
        return
    last = date.fromordinal(row["last_day"] + EPOCH)
    if event == "referral.take_no_further_action":
        episode.flags.add(NO_FURTHER_ACTION)
        if last == OPEN or row["last_day"] == until > row["day"]:
            return  # a census never closed it
        told.decided += 1
    elif row["day"] != row["last_day"]:
        told.spans[event] += 1
        return
    if place == _REVIEWS:
        episode.reviews.append(last)
        return
    told.doubled[event] += place in episode.days
    episode.days.setdefault(place, last)
    episode.planned |= event.endswith("hold_with_plan")


def _referral_of(one: Episode, referrals: list[Episode]) -> Episode:
    """The one whose name its own begins with, else the latest that began no later, else the first."""
    named = [other for other in referrals if other.label and one.label.startswith(f"{other.label} ")]
    if named:
        return max(named, key=lambda other: len(other.label))
    if not referrals:
        referrals.append(Episode("referral", "", one.position, one.day))
    before = [other for other in referrals if other.day <= one.day]
    return max(before, key=lambda other: (other.day, other.position)) if before else referrals[0]


def _start_plans(referral: Episode, conferences: list[Episode]) -> None:
    """Where no event says so, a plan starts with the conference that decides on it (rule 2885)."""
    plans = sorted(one.days[_PLAN] for one in referral.those("child_protection_plan") if _PLAN in one.days)
    for one in conferences:
        day = one.days[HELD]
        until = min((other.days[HELD] for other in conferences if other.days[HELD] > day), default=date.max)
        if one.planned and not any(day <= plan < until for plan in plans):
            plans.append(day)
            plan = Episode("child_protection_plan", "", one.position, one.day, {_PLAN: day}, details=one.details)
            referral.parts.append(plan)


def _join_conferences(referral: Episode, told: Told) -> None:
    """Each conference into the latest enquiry before it in the source that awaits one, else to the referral itself."""
    conferences = [one for one in referral.parts if HELD in one.days]
    _start_plans(referral, conferences)
    for one in conferences:
        waiting = [other for other in referral.those("section_47") if HELD not in other.days and not other.flags]
        enquiry = next(
            (other for other in reversed(waiting) if other.position < one.position), next(iter(waiting), None)
        )
        if one.workflow == "conference" and enquiry:
            enquiry.days[HELD] = one.days[HELD]
        elif HELD in referral.days:
            told.doubled[f"{one.workflow}.hold_{'with' if one.planned else 'without'}_plan"] += 1
        else:
            referral.days[HELD] = one.days[HELD]
            told.moved += one.workflow == "conference"
