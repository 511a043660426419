"""From the children of a payload to events."""

from __future__ import annotations

__all__ = ["read"]

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date

import attrs

from frontdoor.compiled import Carries
from frontdoor.formats.daily_api.payload import Thing, children
from frontdoor.formats.dated import latest, made_plan, until
from frontdoor.formats.records import Records, shown
from frontdoor.formats.source import Source, polars
from frontdoor.formats.values import coded_source
from frontdoor.moment import Happened

_HOLDS = ("hold_without_plan", "hold_with_plan")
CARRIES = Carries(
    frozenset([
        "referral.receive", "referral.take_no_further_action", "referral.close", "single_assessment.start",
        "single_assessment.sign_off", "section_47.start", "section_47.decide_no_conference",
        *(f"conference.{hold}" for hold in _HOLDS),
    ]),
    roles=False, details=frozenset({"source", "reason"}), logged=False,
)  # fmt: skip
"""What the API has a place for."""
_EPISODES = "social_care_episodes"
_KINDS = {
    "": "children", _EPISODES: "episodes", "child_and_family_assessments": "assessments",
    "section_47_assessments": "section 47 enquiries", "child_protection_plans": "child protection plans",
    "child_in_need_plans": "child in need plans", "child_looked_after_placements": "placements",
    "child_details": "child details", "health_and_wellbeing": "health details", "adoption": "adoption details",
    "care_leavers": "care leaver details",
}  # fmt: skip
_UNREAD = ("child_in_need_plans", "child_protection_plans", "child_looked_after_placements", "adoption", "care_leavers")
_IDS = {
    _EPISODES: "social_care_episode_id", "child_and_family_assessments": "child_and_family_assessment_id",
    "section_47_assessments": "section_47_assessment_id",
}  # fmt: skip
_OPENINGS = frozenset(("referral.receive", "single_assessment.start", "section_47.start"))
_MOST_WORKERS = 100
"""Allocations of an episode among which a worker is looked for."""


def read(content: bytes, name: str) -> Source:
    """Read a payload. What cannot be read is rejected by its JSON path, with the child's number as its row.

    Raises:
        InputError: it is no JSON in UTF-8, is nested beyond reason, or is not the API's payload.
    """
    polars()
    reading = _Reading(Records(("source", "reason", "worker")))
    reading.gather(children(content, name, reading.records))
    for child, episodes in reading.episodes.items():
        for label, episode in sorted(episodes.items(), key=lambda one: _ordered(one[1])):
            reading.episode(child, label, episode)
    reading.note()
    return reading.records.source(name, "daily-api", attrs.evolve(CARRIES, partial=frozenset(reading.undated)))


def _ordered(episode: Thing) -> date:
    received = episode.dates.get("referral_date")
    return latest([received]) if received else date.max


@attrs.define
class _Reading:
    """What has been read so far."""

    records: Records
    episodes: dict[str, dict[str, Thing]] = attrs.Factory(dict)
    """By child and label."""
    purged: Counter[str] = attrs.Factory(Counter)
    idle: Counter[str] = attrs.Factory(Counter)
    belongs: dict[tuple[str, str, str], str] = attrs.Factory(dict)
    """By the child, the event and its label the episode that an assessment or an enquiry is of."""
    conferences: dict[tuple[str, str, str], str] = attrs.Factory(dict)
    """Likewise the enquiry that a conference is of."""
    undated: set[str] = attrs.Factory(set)
    """What began on a day that the payload does not say, somewhere in it."""
    seen: set[tuple[str, str, str]] = attrs.Factory(set)

    def gather(self, found: Sequence[Thing]) -> None:
        """The episodes of each child, but for what is purged."""
        for child in found:
            case = self.case(child)
            if case is None or self.is_purged("", child, case):
                continue
            for part in ("child_details", "health_and_wellbeing"):
                for thing in child.within.get(part, ()):
                    self.is_purged(part, thing, case)
            mine = self.episodes.setdefault(case, {})
            for label, episode in self.kept(_EPISODES, child.within.get(_EPISODES, ()), case):
                mine[label] = episode

    def case(self, child: Thing) -> str | None:
        """The child's id; without one all its dates are rejected together."""
        said = child.texts.get("la_child_id", "")
        if said:
            return self.records.case(child.row, f"{child.path}.la_child_id", said)
        reason = f"is not there: none of the {child.count()} dates of the child has a case."
        self.records.reject(child.row, f"{child.path}.la_child_id", reason)
        return None

    def is_purged(self, part: str, thing: Thing, label: str) -> bool:
        """Whether a thing is marked to be purged, which is listed."""
        if thing.purged:
            self.purged[_KINDS[part]] += 1
            reason = "is marked to be purged: the authority withdrew it, and nothing of it was read."
            self.records.reject(thing.row, f"{thing.path}.purge", reason, label)
        return thing.purged

    def kept(self, part: str, things: Sequence[Thing], child: str) -> Iterator[tuple[str, Thing]]:
        """The things of a kind that are not purged, each with its label; of one id the first."""
        for thing in things:
            path = f"{thing.path}.{_IDS[part]}"
            label = thing.texts.get(_IDS[part], "")
            if not label:
                label = thing.path
                self.records.reject(thing.row, path, "is not there: its place in the payload stands for it.")
            if (child, part, label) in self.seen:
                self.records.reject(thing.row, path, "has an id that was there before: the first was read.", label)
            elif not self.is_purged(part, thing, label):
                yield label, thing
            self.seen.add((child, part, label))

    def episode(self, child: str, label: str, one: Thing) -> None:
        """A referral and all that came of it, in the order that settles a day."""
        received, closed = one.dates.get("referral_date"), one.dates.get("closure_date")
        nfa = one.flags.get("referral_no_further_action_flag")
        source = coded_source(one.texts.get("referral_source", ""))
        self.add(one, child, "referral.receive", label, received, source=source)
        if nfa and received:
            decided = until(received, closed)
            self.add(one, child, "referral.take_no_further_action", label, decided)
        for part in _UNREAD:
            for thing in one.within.get(part, ()):
                self.idle[_KINDS[part]] += not self.is_purged(part, thing, label)
        assessments = one.within.get("child_and_family_assessments", ())
        for name, thing in self.kept("child_and_family_assessments", assessments, child):
            self.add(one, child, "single_assessment.start", name, thing.dates.get("start_date"), belongs=label)
            self.add(one, child, "single_assessment.sign_off", name, thing.dates.get("authorisation_date"))
        self.enquiries(child, label, one, closed)
        if not (nfa and received):
            self.add(one, child, "referral.close", label, closed, reason=one.texts.get("closure_reason", ""))

    def enquiries(self, child: str, label: str, one: Thing, closed: Happened | None) -> None:
        kept = list(self.kept("section_47_assessments", one.within.get("section_47_assessments", ()), child))
        days = sorted(latest([day]) for _, thing in kept if (day := thing.dates.get("icpc_date")))
        plans = [plan for plan in one.within.get("child_protection_plans", ()) if not plan.purged]
        starts = sorted(latest([day]) for plan in plans if (day := plan.dates.get("start_date")))
        for name, thing in kept:
            started, ended, held = (thing.dates.get(field) for field in ("start_date", "end_date", "icpc_date"))
            required = thing.flags.get("icpc_required_flag")
            self.add(one, child, "section_47.start", name, started, belongs=label)
            if held:
                event = f"conference.{_HOLDS[made_plan(held, days, starts)]}"
                self.add(one, child, event, name, held)
                self.conferences[child, event, name] = name
            elif started and (required is False or (ended and not required)):
                decided = until(started, ended or closed)
                self.add(one, child, "section_47.decide_no_conference", name, decided)

    def add(
        self,
        episode: Thing,
        child: str,
        event: str,
        label: str,
        happened: Happened | None,
        *,
        belongs: str = "",
        **details: str,
    ) -> None:
        """An event, with the worker allocated that day."""
        if happened is None:
            self.undated |= {event} & _OPENINGS
            return
        worker = _allocated(episode.within.get("care_worker_details", ()), latest([happened]))
        self.records.add(child, event, label, happened, worker=worker, **details)
        if belongs:
            self.belongs[child, event, label] = belongs

    def note(self) -> None:
        """What is to be known of the payload as a whole."""
        notes = self.records.notes
        if self.purged:
            said = ", ".join(f"{many} {what}" for what, many in self.purged.items())
            notes.append(f"Marked to be purged, and not read: {said}. They are listed among what was not read.")
        if +self.idle:
            said = ", ".join(f"{many} {what}" for what, many in (+self.idle).items())
            notes.append(f"No workflow here follows what these say, and they are no events: {said}.")
        self.records.linked_to_referrals(self.belongs)
        self.records.linked(self.conferences, "section_47.start", "conference")
        told = {event.case_id for event in self.records.events}
        silent = [child for child in self.records.children if child not in told]
        if silent:
            notes.append(
                f"Children without any event: {len(silent)} of {len(self.records.children)} ({shown(silent, 10)})."
            )


def _allocated(workers: Sequence[Thing], day: date) -> str:
    """The worker allocated on a day, of several the one allocated last."""
    there = []
    for place, one in enumerate(workers if len(workers) <= _MOST_WORKERS else ()):
        begun, ended = one.dates.get("start_date"), one.dates.get("end_date")
        if (not begun or latest([begun]) <= day) and (not ended or day <= latest([ended])):
            there.append((latest([begun]) if begun else date.min, place, one.texts.get("worker_id", "")))
    return max(there, default=(day, 0, ""))[2]
