"""A plausible flat event log of any size: children's journeys through the front door over some years.

    python -m tests.benchmarks.biglog big.csv --events 200000 --seed 1

Contacts come on working days more than others; most are closed, some go to the MASH, a third become referrals; those
that are accepted are assessed, under one stage or two by the year; a few go on to section 47 enquiries and a conference.
Most things are done in time and typed in the same day. A small share is not as it should be: a detail missing, a role
that may not, a name misspelt, a step left out. The same size and seed give the same bytes.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

DETAILS = (
    "source", "rationale", "reason", "service", "method", "agency", "consent", "agencies", "decision", "seen_alone",
    "child_seen", "child_views", "parent_views", "analysis", "outcome", "agreed_with", "category",
)  # fmt: skip
HEADER = ("case_id", "event", "happened_at", "recorded_at", "actor", "role", *DETAILS)

_FIRST, _DAYS = datetime(2009, 1, 5), 15 * 365
_ONE_STAGE = datetime(2013, 4, 15)
_VIEWS = {"child_seen": "yes", "child_views": "heard", "parent_views": "heard", "analysis": "written"}
_ROLES = {
    "referral_officer": 30, "mash_officer": 20, "social_worker": 120, "manager": 25, "chair": 6, "edt_officer": 8, "system": 1,
}  # fmt: skip


class _Case:
    """One child's journey, written as it goes."""

    def __init__(self, rng: random.Random, name: str) -> None:
        self.rng, self.name, self.rows = rng, name, list[list[str]]()
        self.at = _FIRST + timedelta(days=rng.randrange(_DAYS), minutes=rng.randrange(8 * 60, 20 * 60))
        if self.at.weekday() >= 5 and rng.random() < 0.8:
            self.at += timedelta(days=2)
        self.worker = f"worker-{rng.randrange(_ROLES['social_worker'])}"
        self.team = f"manager-{rng.randrange(_ROLES['manager'])}"

    def do(self, event: str, role: str, days: float = 0.0, **details: str) -> None:
        """The next thing that happens, so many days later on average."""
        rng = self.rng
        if days:
            self.at += timedelta(minutes=int(rng.expovariate(1 / (days * 1440))) + 1)
            if self.at.weekday() >= 5 and rng.random() < 0.85:
                self.at += timedelta(days=2)
        typed = rng.random()
        delay = (
            rng.randrange(120)
            if typed < 0.9
            else rng.randrange(120, 3_000)
            if typed < 0.98
            else rng.randrange(3_000, 20_000)
        )
        slip = rng.random()
        if slip < 0.004 and details:
            details.pop(next(iter(details)))
        elif slip < 0.006:
            role = "referral_officer"
        elif slip < 0.0065:
            event = event.replace("e", "", 1)
        elif slip < 0.0085:
            return  # left out
        actor = {"social_worker": self.worker, "manager": self.team}.get(
            role
        ) or f"{role}-{rng.randrange(_ROLES[role])}"
        typed_at = self.at + timedelta(minutes=delay)
        cells = [self.name, event, _wall(self.at), _wall(typed_at), actor, role]
        self.rows.append(cells + [details.get(name, "") for name in DETAILS])

    def live(self) -> list[list[str]]:
        """The whole journey: one contact or more, and what came of each."""
        self.contact()
        while self.rng.random() < 0.25:
            self.at += timedelta(days=self.rng.randrange(20, 500))
            self.contact()
        return self.rows

    def contact(self) -> None:
        rng = self.rng
        self.do(
            "contact.receive", "system" if rng.random() < 0.2 else "referral_officer", source=str(rng.randrange(1, 10))
        )
        way = rng.random()
        if way < 0.40:
            self.do("contact.close", "manager", 0.4, reason="advice given")
        elif way < 0.50:
            self.do("contact.signpost", "referral_officer", 0.3, service="family hub", reason="early help")
        elif way < 0.72:
            self.do("contact.send_to_mash", "referral_officer", 0.2)
            self.mash()
        else:
            self.do("contact.refer", "social_worker", 0.4, rationale="threshold met")
            self.referral()

    def mash(self) -> None:
        rng = self.rng
        self.do("mash.start", "mash_officer", 0.02)
        rating = rng.choices(["red", "amber", "green"], [1, 3, 5])[0]
        self.do(f"mash.rate_{rating}", "mash_officer", 0.1, rationale="as told")
        for agency in rng.sample(["police", "health", "school", "housing", "probation"], rng.randint(1, 4)):
            self.do("mash.share", "mash_officer", 0.1, agency=agency, consent="no")
        if rng.random() < 0.5:
            self.do("mash.refer", "manager", 0.2, rationale="threshold met")
            self.referral()
        elif rng.random() < 0.5:
            self.do("mash.offer_early_help", "manager", 0.2, rationale="below threshold", service="family hub")
        else:
            self.do("mash.close", "manager", 0.2, rationale="no concern")

    def referral(self) -> None:
        rng = self.rng
        self.do("referral.receive", "system", source="6")
        self.do("referral.acknowledge", "referral_officer", 0.4)
        if rng.random() < 0.2:
            self.do("referral.take_no_further_action", "manager", 0.4, rationale="no role for us")
            self.do("referral.feed_back", "referral_officer", 2, method="letter")
            return
        self.do("referral.accept", "manager", 0.4, rationale="a child in need")
        self.do("referral.feed_back", "referral_officer", 2, method="letter")
        if rng.random() < 0.2:
            self.enquiry()
        for workflow in ["single_assessment"] if self.at >= _ONE_STAGE else ["initial_assessment", "core_assessment"]:
            self.assess(workflow, {"initial_assessment": 8, "core_assessment": 35, "single_assessment": 45}[workflow])
            if rng.random() < 0.5:
                break
        self.do("referral.close", "manager", 3, reason="ended")

    def assess(self, workflow: str, days: float) -> None:
        rng = self.rng
        agencies = {"agencies": "school"} if workflow == "core_assessment" else {}
        self.do(f"{workflow}.start", "social_worker", 0.05)
        for _ in range(rng.randint(1, 3)):
            self.do(f"{workflow}.see_child", "social_worker", days / 5, seen_alone="yes")
        self.do(f"{workflow}.submit", "social_worker", days / 3, **_VIEWS, **agencies)
        if rng.random() < 0.15:
            self.do(f"{workflow}.return_for_work", "manager", 1, reason="thin")
            self.do(f"{workflow}.submit", "social_worker", 3, **_VIEWS, **agencies)
        self.do(f"{workflow}.sign_off", "manager", 1.5, outcome="child in need plan")

    def enquiry(self) -> None:
        rng = self.rng
        self.do("section_47.start", "manager", 0.5, agencies="police, health")
        self.do("section_47.see_child", "social_worker", 1, seen_alone="yes")
        if rng.random() < 0.3:
            self.do("section_47.discuss", "manager", 2, agencies="police")
        if rng.random() < 0.5:
            self.do("section_47.find_not_substantiated", "manager", 5, rationale="explained")
            return
        self.do("section_47.request_conference", "manager", 3)
        self.do("conference.request", "manager", 0.01)
        if rng.random() < 0.85:
            self.do("conference.hold_with_plan", "chair", 8, agencies="school, health", category="neglect")
        else:
            self.do("conference.hold_without_plan", "chair", 8, agencies="school", rationale="risk reduced")


def _wall(at: datetime) -> str:
    """The time as a clock in London shows it, an hour later where it skips one."""
    skipped = at.month == 3 and at.day >= 25 and at.weekday() == 6 and at.hour == 1
    return (at + timedelta(hours=skipped)).isoformat()


def rows(events: int, seed: int = 1) -> Iterator[list[str]]:
    """So many rows, in the order in which they were typed in by case; the last case may be cut short."""
    rng = random.Random(seed)
    case = 0
    while events > 0:
        case += 1
        written = _Case(rng, f"C-{case:06d}").live()[:events]
        events -= len(written)
        yield from written


def text(events: int, seed: int = 1) -> str:
    """The log as CSV, without quotes: no cell holds a comma."""
    lines = [",".join(HEADER)]
    lines += (",".join(cell.replace(",", " and") for cell in row) for row in rows(events, seed))
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write a log to a file."""
    parser = argparse.ArgumentParser(description="Write a plausible event log.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.file.write_text(text(options.events, options.seed), encoding="utf-8")
    print(f"{options.file}: {options.events:,} events")


if __name__ == "__main__":
    main()
