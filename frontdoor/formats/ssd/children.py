"""The rows of an extract by child, and what joins them: ids, else the child and the order of days."""

from __future__ import annotations

__all__ = ["Child", "Gathered", "Item"]

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from datetime import date

import attrs

from frontdoor.formats.dated import latest
from frontdoor.formats.records import Records, shown
from frontdoor.formats.ssd.tables import FIELDS, NEEDED, Record, Tables
from frontdoor.moment import Happened


@attrs.define(eq=False)
class Item:
    """A row with its child, its id, and what its dates say."""

    record: Record
    child: str
    label: str
    dates: dict[str, Happened | None]
    referral: str = ""
    """The label of the referral that it names, if the child has it."""
    first: date | None = None
    """The day it is of."""


@attrs.define
class Child:
    """What the tables hold of one child, by the ids that join it."""

    contacts: list[Item] = attrs.Factory(list)
    referrals: dict[str, Item] = attrs.Factory(dict)
    assessments: list[Item] = attrs.Factory(list)
    enquiries: list[Item] = attrs.Factory(list)
    conferences: list[Item] = attrs.Factory(list)
    plans: list[Item] = attrs.Factory(list)
    of_referral: dict[tuple[str, str], list[Item]] = attrs.Factory(dict)
    """By the kind of row and the referral's label ('' where there is none)."""
    of_enquiry: dict[str, list[Item]] = attrs.Factory(dict)
    """The conferences that name an enquiry of the child's."""
    by_plan: dict[str, Item] = attrs.Factory(dict)
    by_conference: dict[str, Item] = attrs.Factory(dict)
    """The plans by their own id, and by that of the conference that made them."""
    held: list[date] = attrs.Factory(list)
    planned: list[date] = attrs.Factory(list)
    """The days of its conferences, and of its plans' starts, in order."""


_OF_CHILD = {
    "ssd_contacts": "contacts", "ssd_cin_episodes": "referrals", "ssd_cin_assessments": "assessments",
    "ssd_s47_enquiry": "enquiries", "ssd_initial_cp_conference": "conferences", "ssd_cp_plans": "plans",
}  # fmt: skip
"""Where each table's rows go."""
_DATES = ("date", "received", "closed", "started", "authorised", "ended", "held", "target")


@attrs.define
class Gathered:
    """All that the tables hold, child by child."""

    records: Records
    tables: Tables
    children: dict[str, Child] = attrs.Factory(dict)
    families: dict[str, str] = attrs.Factory(dict)
    teams: dict[str, str] = attrs.Factory(dict)
    involved: dict[str, list[Item]] = attrs.Factory(dict)
    undated: set[str] = attrs.Factory(set)
    """Tables of which some row has no child, or no day that it needs."""
    unknown: Counter[str] = attrs.Factory(Counter)
    """Rows that name a referral which the child does not have, by table."""

    def gather(self) -> None:
        """All rows, by child; what links them."""
        for table, where in _OF_CHILD.items():
            for item in self.items(table):
                child = self.children.get(item.child)
                if child is None:
                    child = self.children[item.child] = Child()
                if where == "referrals":
                    child.referrals[item.label] = item
                else:
                    getattr(child, where).append(item)
        for record in self.tables["ssd_department"]:
            self.teams[record["id"]] = record["name"] or record["id"]
        for item in self.items("ssd_involvements"):
            self.involved.setdefault(item.child, []).append(item)
        several = set()
        for record in self.tables["ssd_family"]:
            person, family = record["person"], record["family"]
            several |= {person} if self.families.setdefault(person, family) != family else set()
        if several:
            self.records.notes.append(
                f"Children of more than one family: {len(several)}; the first in ssd_family was taken ({shown(sorted(several))})."
            )
        for table in FIELDS:
            if table not in _OF_CHILD and table not in ("ssd_department", "ssd_involvements"):
                for record in self.tables[table]:
                    self.records.case(record.number, record.column("person"), record["person"])
        for child in self.children.values():
            self.link(child)

    def items(self, table: str) -> Iterator[Item]:
        """A table's rows that have a child, each id once."""
        needed = NEEDED.get(table, "")
        seen: dict[tuple[str, str], int] = {}
        for record in self.tables[table]:
            child = self.records.case(record.number, record.column("person"), record["person"])
            if child is None:
                self.undated.add(table)
                continue
            label = (
                self.records.said(record.number, record.column("id"), record["id"]) or f"{table} row {record.number}"
            )
            if seen.setdefault((child, label), record.number) != record.number:
                reason = f"has the id of row {seen[child, label]}, which was read."
                self.records.reject(record.number, record.column("id"), reason, label)
                continue
            dates = {
                field: self.records.happened(
                    record.number, record.column(field), record[field], required=field == needed
                )
                for field in record.columns
                if field in _DATES
            }
            if needed and dates[needed] is None:
                self.undated.add(table)
            own = dates.get(needed or "held") or dates.get("authorised")
            yield Item(record, child, label, dates, first=latest([own]) if own else None)

    def link(self, child: Child) -> None:
        """Give each row its referral: the one it names, else the child's latest on or before its day."""
        received = sorted(
            (one.first, place, one.label) for place, one in enumerate(child.referrals.values()) if one.first
        )
        enquiries = {one.label: one for one in child.enquiries}
        for kind, items in (
            ("assessment", child.assessments),
            ("enquiry", child.enquiries),
            ("conference", child.conferences),
        ):
            for item in items:
                said = item.record["referral"]
                enquiry = enquiries.get(item.record["enquiry"])
                if said in child.referrals:
                    item.referral = said
                elif enquiry is not None:
                    item.referral = enquiry.referral
                else:
                    self.unknown[item.record.file] += bool(said) and "ssd_cin_episodes" in self.tables.rows
                    before = bisect_right(received, item.first, key=lambda one: one[0]) if item.first else 0
                    item.referral = received[before - 1][2] if before else ""
                if enquiry is not None:
                    child.of_enquiry.setdefault(enquiry.label, []).append(item)
                else:
                    child.of_referral.setdefault((kind, item.referral), []).append(item)
        child.by_plan = {plan.label: plan for plan in reversed(child.plans)}
        child.by_conference = {plan.record["conference"]: plan for plan in reversed(child.plans)}
        child.held = sorted(one.first for one in child.conferences if one.first)
        child.planned = sorted(one.first for one in child.plans if one.first)
