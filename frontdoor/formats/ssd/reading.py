"""From the rows of an extract's tables to events."""

from __future__ import annotations

__all__ = ["read"]

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import attrs

from frontdoor.compiled import Carries
from frontdoor.errors import Fault, InputError
from frontdoor.formats.dated import latest, made_plan, until
from frontdoor.formats.records import Records, nth, shown
from frontdoor.formats.source import Source, polars
from frontdoor.formats.ssd.children import Child, Gathered, Item
from frontdoor.formats.ssd.tables import Tables, tables
from frontdoor.formats.values import NFA_WORDS, SEEN_WORDS, coded_source
from frontdoor.moment import Happened

DETAILS = ("source", "need", "reason", "team", "worker", "category", "outcome", "meeting")
_HOLDS = ("hold_without_plan", "hold_with_plan")
_CONFERENCES = "ssd_initial_cp_conference"
TELLS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "ssd_contacts": {"contact.receive": ()},
    "ssd_cin_episodes": {
        "referral.receive": (), "referral.take_no_further_action": ("nfa", "outcome"), "referral.close": ("closed",),
    },
    "ssd_cin_assessments": {
        "single_assessment.start": (), "single_assessment.see_child": ("seen",),
        "single_assessment.sign_off": ("authorised",),
    },
    "ssd_s47_enquiry": {"section_47.start": (), "section_47.decide_no_conference": ("nfa", "ended")},
    _CONFERENCES: {f"{w}.{hold}": () for w in ("conference", "transfer_in_conference") for hold in _HOLDS},
}  # fmt: skip
"""The transitions that each table has a place for, each with the fields that say it, if those it needs do not."""
_SAID = {"source": (("ssd_contacts", "ssd_cin_episodes"), ("source", "source_words")), "reason": (("ssd_cin_episodes",), ("reason",))}  # fmt: skip
"""The details that are asked for: their tables, and the fields that say them."""
_IDLE = (
    "ssd_early_help_episodes",
    "ssd_cin_plans",
    "ssd_cin_visits",
    "ssd_cp_plans",
    "ssd_cp_reviews",
    "ssd_cp_visits",
)
"""Tables that no workflow here follows; of plans only what they say of conferences is used."""
_MOST_INVOLVED = 100
"""Involvements of a child among which a worker is looked for."""
_FLAG = re.compile(r'"?(?:OUTCOME_)?([A-Za-z0-9_]+?)_FLAG"?\s*:\s*"?(?:Y|1|true)\b', re.IGNORECASE)


def read(path: str | Path | bytes, name: str) -> Source:
    """Read an extract: a folder of CSV files, a zip of them, or the bytes of one.

    What cannot be read is rejected by its row, and its file and column as the column; a file as a whole is row 0.

    Raises:
        InputError: there is no such folder, the zip is not one to open, or no table that tells of events can be read.
    """
    polars()
    records = Records(DETAILS)
    found = tables(_extract(path, name), name, records)
    if not any(table in found.rows for table in TELLS):
        message = f"holds no table of events: no {', no '.join(TELLS)}."
        raise InputError([Fault(name, "", "not-ssd", message, "Name each file as its table is: ssd_contacts.csv.")])
    if not any(found[table] for table in TELLS):
        faults = [Fault(name, one.column, "unreadable", one.reason) for one in records.rejected[:20]]
        raise InputError(faults or [Fault(name, "", "no-rows", "has tables of events, and no row in any.")])
    gathered = Gathered(records, found)
    gathered.gather()
    reading = _Reading(records, gathered)
    reading.tell()
    reading.note()
    return records.source(name, "ssd-extract", _carries(found, gathered))


def _carries(found: Tables, gathered: Gathered) -> Carries:
    """What the columns that are there have a place for."""
    moves = {move for table in found.told for move, by in TELLS.get(table, {}).items() if found.has(table, *by)}
    if _CONFERENCES not in found.told:
        moves.discard("section_47.decide_no_conference")
    lacking = gathered.undated | found.torn | ({"ssd_cin_episodes"} if +gathered.unknown else set())
    partial = {next(iter(TELLS[table])) for table in lacking & TELLS.keys()}
    details = {
        detail
        for detail, (tables, by) in _SAID.items()
        if all(found.has(table, *by) for table in tables if table in found.told)
    }
    return Carries(
        frozenset(moves), roles=False, details=frozenset(details), logged=False, partial=frozenset(partial & moves)
    )


def _extract(path: str | Path | bytes, name: str) -> Path | bytes:
    if isinstance(path, bytes) or Path(path).is_dir():
        return path if isinstance(path, bytes) else Path(path)
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise InputError([Fault(name, "", "unreadable", f"cannot be read: {error.strerror}.")]) from None


@attrs.define
class _Reading:
    """What has been read so far."""

    records: Records
    gathered: Gathered
    belongs: dict[tuple[str, str, str], str] = attrs.Factory(dict)
    """The referral that the ids say, by child, event and label."""
    conferences: dict[tuple[str, str, str], str] = attrs.Factory(dict)
    """Likewise the enquiry that a conference names."""

    def tell(self) -> None:
        """The events, child by child."""
        for child in self.gathered.children.values():
            for one in child.contacts:
                self.add(one, "contact.receive", one.dates["date"], source=self.source(one), outcome=_outcome(one))
            self.referral("", child)
            for label in sorted(child.referrals, key=lambda label: child.referrals[label].first or date.max):
                self.referral(label, child)

    def referral(self, label: str, child: Child) -> None:
        """A referral (or none) and all that belongs to it, in the order that settles a day."""
        one = child.referrals.get(label)
        received = one.dates["received"] if one else None
        closed = one.dates.get("closed") if one else None
        nfa = False
        if one:
            need = self.said(one, "need")
            self.add(one, "referral.receive", received, source=self.source(one), need=need, outcome=_outcome(one))
            said = self.flag(one, "nfa", NFA_WORDS)
            nfa = said if said is not None else "NFA" in _outcome(one).split(", ")
            if nfa and received:
                self.add(one, "referral.take_no_further_action", until(received, closed))
        for item in child.of_referral.get(("assessment", label), ()):
            self.assessment(item)
        for item in child.of_referral.get(("enquiry", label), ()):
            self.enquiry(item, child)
        for item in child.of_referral.get(("conference", label), ()):
            self.conference(item, child)
        if one and not (nfa and received):
            self.add(one, "referral.close", closed, reason=self.said(one, "reason"))

    def assessment(self, one: Item) -> None:
        started, signed = one.dates["started"], one.dates.get("authorised")
        self.add(one, "single_assessment.start", started)
        if self.flag(one, "seen", SEEN_WORDS) and started:
            self.add(one, "single_assessment.see_child", until(started, signed))
        self.add(one, "single_assessment.sign_off", signed)

    def enquiry(self, one: Item, child: Child) -> None:
        conferences = child.of_enquiry.get(one.label, [])
        started, ended = one.dates["started"], one.dates.get("ended")
        self.add(one, "section_47.start", started)
        if started and not any(conference.dates["held"] for conference in conferences):
            for conference in conferences:
                self.records.claim("conference.hold", conference.dates.get("target"))
        for conference in conferences:
            self.conference(conference, child)
        nfa = self.flag(one, "nfa", NFA_WORDS)
        conference_due = conferences or "CP_CONFERENCE" in _outcome(one).split(", ")
        if started and not conference_due and (nfa or (ended and self.none_held(one, child))):
            self.add(one, "section_47.decide_no_conference", until(started, ended))

    def none_held(self, enquiry: Item, child: Child) -> bool:
        """Whether the extract has all conferences, and none of the child's that names no enquiry may be of this one."""
        tables = self.gathered.tables
        if _CONFERENCES not in tables.told or _CONFERENCES in tables.torn | self.gathered.undated:
            return False
        loose = (one for label, items in child.of_referral.items() if label[0] == "conference" for one in items)
        return all(
            self.flag(one, "transfer") or (one.first and enquiry.first and one.first < enquiry.first) for one in loose
        )

    def conference(self, one: Item, child: Child) -> None:
        held = one.dates["held"]
        plan = child.by_conference.get(one.label) or child.by_plan.get(one.record["plan"])
        planned = self.flag(one, "planned")
        if planned is None:
            said = "CP" in _outcome(one).split(", ")
            planned = said or plan is not None or (held is not None and made_plan(held, child.held, child.planned))
        workflow = "transfer_in_conference" if self.flag(one, "transfer") else "conference"
        category = self.said(plan, "category") if plan and planned else ""
        meeting = self.said(one, "meeting")
        event = f"{workflow}.{_HOLDS[planned]}"
        self.add(one, event, held, category=category, meeting=meeting, outcome=_outcome(one))
        if one.record["enquiry"] and workflow == "conference":
            self.conferences[one.child, event, one.label] = one.record["enquiry"]
        if held and workflow == "conference":
            self.records.claim("conference.hold", one.dates.get("target"))

    def add(self, one: Item, event: str, happened: Happened | None, **details: str) -> None:
        """An event, with who did it or was involved that day, and the family."""
        if happened is None:
            return
        worker, team = self.said(one, "worker"), self.said(one, "team")
        if event == "referral.close" or not (worker or team):
            worker, team = self.involvement(one, latest([happened]))
        family = self.gathered.families.get(one.child) or details.get("meeting", "")
        self.records.add(
            one.child,
            event,
            one.label,
            happened,
            family=family,
            worker=worker,
            team=self.gathered.teams.get(team, team),
            **details,
        )
        if event in ("single_assessment.start", "section_47.start") and one.record["referral"] == one.referral != "":
            self.belongs[one.child, event, one.label] = one.referral

    def involvement(self, one: Item, day: date) -> tuple[str, str]:
        """The worker and team involved that day, where it is one: with the same referral rather than with the child."""
        every = self.gathered.involved.get(one.child, [])
        there = [
            other
            for other in (every if len(every) <= _MOST_INVOLVED else ())
            if (other.dates.get("started") is None or latest([other.dates["started"]]) <= day)
            and (other.dates.get("ended") is None or day <= latest([other.dates["ended"]]))
        ]
        referral = one.referral or one.label
        there = [other for other in there if other.record["referral"] == referral] or there
        pairs = {(self.said(other, "worker"), self.said(other, "team")) for other in there}
        return pairs.pop() if len(pairs) == 1 else ("", "")

    def source(self, one: Item) -> str:
        return coded_source(self.said(one, "source") or self.said(one, "source_words"))

    def said(self, one: Item, field: str) -> str:
        return self.records.said(one.record.number, one.record.column(field), one.record[field])

    def flag(self, one: Item, field: str, also: Mapping[str, bool | None] | None = None) -> bool | None:
        return self.records.flagged(one.record.number, one.record.column(field), one.record[field], also)

    def note(self) -> None:
        """What is to be known of the extract as a whole."""
        notes, tables = self.records.notes, self.gathered.tables
        absent = [table for table in TELLS if table not in tables.told]
        if absent:
            notes.append(f"The extract has no {', no '.join(absent)}: it tells nothing of these.")
        if tables.passed:
            said = f"{len(tables.passed)} ({shown(tables.passed, 15)})"
            notes.append(f"Files that were not read, for no workflow here follows them: {said}.")
        idle = [f"{nth(len(tables[table]), 'row')} of {table}" for table in _IDLE if tables[table]]
        if idle:
            notes.append(f"No workflow here follows what these say, and they are no events: {', '.join(idle)}.")
        for file, many in sorted((+self.gathered.unknown).items()):
            notes.append(
                f"Rows of {file} that name a referral which ssd_cin_episodes does not have for the child: {many}; they were "
                "put with the latest on or before their day."
            )
        self.records.linked_to_referrals(self.belongs)
        self.records.linked(self.conferences, "section_47.start", "conference")
        told = dict.fromkeys(event.case_id for event in self.records.events)
        silent = [child for child in self.records.children if child not in told]
        if silent:
            every = len(self.records.children)
            notes.append(f"Children without any event: {len(silent)} of {every} ({shown(silent, 10)}).")
        persons = {record["person"] for record in tables["ssd_person"]}
        strange = [child for child in told if persons and child not in persons]
        if strange:
            notes.append(f"Children that ssd_person does not have: {len(strange)} ({shown(strange, 10)}).")


def _outcome(one: Item) -> str:
    """The outcomes that are flagged, as 'NFA, SINGLE_ASSESSMENT'."""
    return ", ".join(dict.fromkeys(found.upper() for found in _FLAG.findall(one.record["outcome"][:10_000])))
