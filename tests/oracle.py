"""A second opinion: a slow, literal audit of flat event logs that shares no code and no data with frontdoor.

    audit(csv_text, overlay=True)["deadlines"]      # dictionaries of text, as in deadlines.csv and findings.csv

The shipped workflows, editions and timers are written out here again, by hand; `overlay` is what local/london_mash.toml
adds. Time is counted by walking from day to day, and a case is kept as lists of what happened to it, so that a slip in
the tables and loops of the kernel is not made here too. Its bank holidays are another source's (data/NOTICE.md). It
must never import frontdoor.
"""

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
HOLIDAYS = Path(__file__).parent / "data" / "bank_holidays" / "holidays_0.109_GB-ENG_2005_2030.csv"
FIRST_KNOWN_DAY, LAST_KNOWN_DAY = date(2000, 1, 1), date(2030, 12, 31)

# A workflow a paragraph: its name, states (initial first, final ones with a star), what it comes after. Then a line for
# each transition: from > to; by; needs. The first opens it. No `by`: any role but system; `all`: system too.
DECLARED = """
contact: received sent_to_mash* referred* joined* passed_on* signposted* returned* closed*; after
  receive: > ; all; source
  send_to_mash: received > sent_to_mash; ;
  refer: received > referred; social_worker manager; rationale
  join: received > joined; ; reference
  pass_on: received > passed_on; ; worker
  signpost: received > signposted; ; service reason
  return_for_vetting: received > returned; ; reason
  close: received > closed; social_worker manager; reason

mash: triage red amber green referred* early_help* closed*; after contact.send_to_mash
  start: > ; ;
  rate_red: triage red amber green > red; mash_officer social_worker manager; rationale
  rate_amber: triage red amber green > amber; mash_officer social_worker manager; rationale
  rate_green: triage red amber green > green; mash_officer social_worker manager; rationale
  share: triage red amber green > ; ; agency consent
  discuss: triage red amber green > ; social_worker manager; agencies decision
  refer: red amber green > referred; manager; rationale
  offer_early_help: red amber green > early_help; manager; rationale service
  close: red amber green > closed; manager; rationale

referral: received accepted signposted* no_further_action* closed*; after contact.refer mash.refer
  receive: > ; all; source
  acknowledge: received accepted signposted no_further_action closed > ; ;
  discuss: received accepted > ; social_worker manager; agencies decision
  accept: received > accepted; social_worker manager; rationale
  signpost: received > signposted; manager; service rationale
  take_no_further_action: received > no_further_action; manager; rationale
  feed_back: accepted signposted no_further_action closed > ; ; method
  close: accepted > closed; manager; reason

initial_assessment: under_way awaiting_sign_off complete* terminated*; after referral.accept
  start: > ; social_worker manager;
  see_child: under_way awaiting_sign_off > ; social_worker; seen_alone
  submit: under_way > awaiting_sign_off; social_worker; child_seen child_views parent_views analysis
  return_for_work: awaiting_sign_off > under_way; manager; reason
  sign_off: awaiting_sign_off > complete; manager; outcome
  terminate: under_way > terminated; manager; reason

section_47: enquiry not_substantiated* no_conference* conference_requested*; after referral.receive
  start: > ; social_worker manager; agencies
  discuss: enquiry > ; social_worker manager; agencies
  see_child: enquiry > ; social_worker; seen_alone
  find_not_substantiated: enquiry > not_substantiated; manager; rationale
  decide_no_conference: enquiry > no_conference; manager; rationale agreed_with
  request_conference: enquiry > conference_requested; manager;

conference: requested plan* no_plan* cancelled*; after section_47.request_conference
  request: > ; ;
  postpone: requested > ; chair; reason agreed_with
  hold_with_plan: requested > plan; chair; agencies category
  hold_without_plan: requested > no_plan; chair; agencies rationale
  cancel: requested > cancelled; chair; reason
"""
ROLES = {"referral_officer", "mash_officer", "social_worker", "manager", "chair", "edt_officer", "system"}
ASSESSMENTS = ("initial_assessment", "core_assessment", "single_assessment")


def _workflow(text):
    head, *lines = text.splitlines()
    name, states, after = re.fullmatch(r"(\w+): (.*); after(.*)", head).groups()
    transitions = {}
    for line in lines:
        move, frm, to, by, needs = (part.strip() for part in re.split(r"[:>;]", line))
        roles = ROLES if by == "all" else set(by.split()) or ROLES - {"system"}
        if "social_worker" in roles and move != "submit":  # edt_officer may do whatever social_worker may
            roles = roles | {"edt_officer"}
        transitions[move] = {"from": set(frm.split()), "to": to or None, "by": roles, "needs": needs.split()}
        transitions[move] |= {"not_by": None, "not_while_open": set()}
    states = states.split()
    final = {state.rstrip("*") for state in states if state.endswith("*")}
    made = {"initial": states[0], "final": final, "after": after.split(), "opens_with": next(iter(transitions))}
    return name, {**made, "transitions": transitions}


WORKFLOWS = dict(_workflow(text) for text in DECLARED.strip().split("\n\n"))
_assessment = DECLARED[DECLARED.index("initial_assessment:") :].split("\n\n")[0]
WORKFLOWS["core_assessment"] = _workflow(_assessment.replace("views analysis", "views analysis agencies"))[1]
WORKFLOWS["single_assessment"] = _workflow(_assessment + "\n  review: under_way > ; manager; ")[1]
WORKFLOWS["transfer_in_conference"] = _workflow(DECLARED[DECLARED.index("conference: req") :].strip())[1]
WORKFLOWS["transfer_in_conference"]["after"] = []
WORKFLOWS["transfer_in_conference"]["transitions"]["request"]["needs"] = ["from_authority"]
WORKFLOWS["referral"]["transitions"]["close"]["not_while_open"] = {*ASSESSMENTS, "section_47", "conference"}
for _name in ASSESSMENTS:
    WORKFLOWS[_name]["transitions"]["sign_off"]["not_by"] = "submit"

EDITIONS = [
    ("working_together_2006", date(2006, 4, 1)), ("working_together_2010", date(2010, 3, 17)),
    ("working_together_2013", date(2013, 4, 15)), ("working_together_2015", date(2015, 3, 26)),
    ("working_together_2018", date(2018, 7, 4)), ("working_together_2023", date(2023, 12, 15)),
    ("working_together_2026", date(2026, 3, 18)),
]  # fmt: skip
EDITION_NAMES = [name for name, _ in EDITIONS]

# A timer a line: what it counts from; where it runs (states, or `until` a transition); what meets it; how long in 2006,
# 2010, and from 2013 on, working days unless hours; on what basis.
TIMED = """
contact.screening: receive; received; ; 1 1 1 local
mash.outcome: start; triage red amber green; ; 1 1 1 local
mash.red: rate_red; red; ; 2 2 2 hours local
mash.amber: rate_amber; amber; ; 6 6 6 hours local
mash.green: rate_green; green; ; 24 24 24 hours local
referral.decision: receive; received; ; 1 1 1 statutory
referral.acknowledgement: receive; until acknowledge; ; 1 1 1 statutory
referral.feedback: accept signpost take_no_further_action; until feed_back; ; 5 5 5 local
initial_assessment.completion: referral.receive start; under_way awaiting_sign_off; sign_off; 7 10 - statutory
core_assessment.completion: start; under_way awaiting_sign_off; sign_off; 35 35 - statutory
single_assessment.completion: referral.receive start; under_way awaiting_sign_off; sign_off; - - 45 statutory
section_47.outcome: start; enquiry; ; 15 15 15 local
conference.hold: section_47.start request; requested; hold_with_plan hold_without_plan; 15 15 15 statutory
transfer_in_conference.hold: request; requested; hold_with_plan hold_without_plan; 15 15 15 local
"""


def _timer(line):
    name, *parts = re.split("[:;] ?", line)
    counts_from, runs, met_by, rest = (part.split() for part in parts)
    lengths = [None if text == "-" else int(text) for text in rest[:3]]
    workflow = name.split(".")[0]
    return {
        "name": name, "workflow": workflow, "met_by": set(met_by), "basis": rest[-1],
        "counts_from": [anchor if "." in anchor else f"{workflow}.{anchor}" for anchor in counts_from],
        "runs": set() if "until" in runs else set(runs), "until": set(runs[1:]) if "until" in runs else set(),
        "unit": "hours" if "hours" in rest else "working days",
        "allowed": dict(zip(EDITION_NAMES, lengths[:2] + lengths[2:] * (len(EDITIONS) - 2), strict=True)),
    }  # fmt: skip


TIMERS = [_timer(line) for line in TIMED.strip().splitlines()]
OVERLAY = {"mash.red", "mash.amber", "mash.green"}
SEVERITY = {
    "illegal-transition": "error", "after-close": "error", "unknown-event": "error", "missing-detail": "warning",
    "wrong-role": "error", "same-person": "error", "opened-without": "warning", "still-open": "error",
    "overlap": "warning", "not-in-edition": "warning", "recorded-late": "note", "breach": "error",
    "local-breach": "warning", "cannot-tell": "note",
}  # fmt: skip
RULE_ORDER = {rule: number for number, rule in enumerate(SEVERITY)}
KNOWN_COLUMNS = ["case_id", "event", "happened_at", "recorded_at", "actor", "role", "episode", "family"]


def has_workflow(edition, workflow):
    """Whether an edition has a workflow: two assessments to 2010, one from 2013 on."""
    old = edition in ("working_together_2006", "working_together_2010")
    if workflow in ("initial_assessment", "core_assessment"):
        return old
    return not old if workflow == "single_assessment" else True


class When:
    """A moment or a date, as the interval [lo, hi] of UTC moments that it may have been; `day` is the local date."""

    def __init__(self, day, lo, hi, is_date):
        self.day, self.lo, self.hi, self.is_date = day, lo, hi, is_date

    def text(self):
        """As files show it."""
        return self.day.isoformat() if self.is_date else self.lo.astimezone(LONDON).isoformat()


def whole_day(day):
    """A date: from its first moment in London to its last."""
    lo = datetime(day.year, day.month, day.day, tzinfo=LONDON).astimezone(UTC)
    after = day + timedelta(days=1)
    hi = datetime(after.year, after.month, after.day, tzinfo=LONDON).astimezone(UTC) - timedelta(microseconds=1)
    return When(day, lo, hi, True)


def moment(utc):
    """A moment, which is on one local day."""
    return When(utc.astimezone(LONDON).date(), utc, utc, False)


def parse(text):
    """ISO 8601 or dd/mm/yyyy [hh:mm]; ValueError if it is neither, or a wall time that does not exist."""
    text = text.strip()
    british = re.fullmatch(r"(\d\d)/(\d\d)/(\d{4})(?: +(\d\d):(\d\d))?", text)
    if british:
        d, m, y, hour, minute = (int(part) if part else part for part in british.groups())
        if hour is None:
            return whole_day(date(y, m, d))
        found = datetime(y, m, d, hour, minute)
    else:
        try:
            return whole_day(date.fromisoformat(text))
        except ValueError:
            pass
        if not re.fullmatch(r"[0-9W-]+[Tt ][0-9:.,]+([Zz]|[+-][0-9:]+)?", text):
            raise ValueError(text)
        found = datetime.fromisoformat(text)
    if found.tzinfo is not None:
        return moment(found.astimezone(UTC))
    utc = found.replace(tzinfo=LONDON, fold=0).astimezone(UTC)  # of a time that happens twice, the first
    if utc.astimezone(LONDON).replace(tzinfo=None) != found:
        raise ValueError("this wall time does not exist")
    return moment(utc)


with HOLIDAYS.open(encoding="utf-8") as _file:
    BANK_HOLIDAYS = {date.fromisoformat(row["date"]) for row in csv.DictReader(_file)}


class BeyondCalendar(Exception):
    """Holidays are not known for that year."""


def is_working_day(day):
    """Monday to Friday and no bank holiday."""
    if not FIRST_KNOWN_DAY <= day <= LAST_KNOWN_DAY:
        raise BeyondCalendar(day)
    return day.weekday() < 5 and day not in BANK_HOLIDAYS


def add_working_days(day, n):
    """The n-th working day strictly after `day`."""
    is_working_day(day)  # the first day too must be known
    while n:
        day += timedelta(days=1)
        n -= is_working_day(day)
    return day


def working_days_after(due, day):
    """How many working days there are after `due`, up to and with `day`."""
    count = 0
    while due < day:
        due += timedelta(days=1)
        count += is_working_day(due)
    return count


def edition_on(day):
    """The name of the edition in force on a day; None before the first."""
    found = None
    for name, start in EDITIONS:
        if start <= day:
            found = name
    return found


class Event:
    """A row that could be read."""

    def __init__(self, position, row, happened, recorded, detail_columns):
        self.position, self.happened, self.recorded = position, happened, recorded
        self.case_id, self.name = row["case_id"], row["event"]
        self.actor, self.role, self.label = row.get("actor", ""), row.get("role", ""), row.get("episode", "")
        self.details = {column: row[column] for column in detail_columns}
        workflow, _, transition = self.name.partition(".")
        self.known = workflow in WORKFLOWS and transition in WORKFLOWS[workflow]["transitions"]
        self.workflow, self.transition = workflow, transition
        self.order = None  # its place in the order things happened, within its case


def read(csv_text):
    """The events of a flat log, and the rejected rows as (position, column)."""
    rows = [r for r in csv.reader(io.StringIO(csv_text.removeprefix("\ufeff"), newline="")) if r]
    header = [name.strip() for name in rows[0]]
    detail_columns = [name for name in header if name not in KNOWN_COLUMNS]
    events, rejected = [], []
    for position, cells in enumerate(rows[1:], start=1):
        cells = [cell.strip() for cell in cells] + [""] * len(header)
        row = dict(zip(header, cells, strict=False))
        empty = [name for name in ("case_id", "event") if not row[name]]
        if empty:
            rejected.append((position, empty[0]))
            continue
        try:
            happened = parse(row["happened_at"])
        except (ValueError, OverflowError):
            rejected.append((position, "happened_at"))
            continue
        try:
            recorded = parse(row["recorded_at"]) if row.get("recorded_at") else None
        except (ValueError, OverflowError):
            rejected.append((position, "recorded_at"))
            continue
        events.append(Event(position, row, happened, recorded, detail_columns))
    return events, rejected


def in_order(events):
    """The order things happened; the events of a day any of which is date-only keep position order."""
    days = {}
    for event in sorted(events, key=lambda e: e.position):
        days.setdefault(event.happened.day, []).append(event)
    ordered = []
    for day in sorted(days):
        of_day = days[day]
        if not any(e.happened.is_date for e in of_day):
            of_day = sorted(of_day, key=lambda e: (e.happened.lo, e.position))
        ordered += of_day
    for number, event in enumerate(ordered):
        event.order = number
    return ordered


class Episode:
    """One run of a workflow in a case."""

    def __init__(self, workflow, name, number, opened_by, edition):
        self.workflow, self.name, self.number, self.opened_by, self.edition = workflow, name, number, opened_by, edition
        self.state = WORKFLOWS[workflow]["initial"]
        self.applied = {}  # transition > its applied events, in order
        self.opening = None  # the opening event, if it is there: it may be supplied late by a label used again
        self.moves = []  # (event, state before, state after) of everything applied after the opening

    def is_open(self):
        """Whether it has not come to a final state."""
        return self.state not in WORKFLOWS[self.workflow]["final"]

    def first(self, transition):
        """The event that the transition is counted from, or None."""
        if transition == WORKFLOWS[self.workflow]["opens_with"]:
            return self.opening
        return self.applied.get(transition, [None])[0]


class CaseFold:
    """A case, folded from its events: episodes, what was applied, what was found."""

    def __init__(self, case_id, events, occurring, guidance):
        self.case_id, self.occurring, self.guidance = case_id, occurring, guidance
        self.episodes, self.applied, self.findings = [], set(), []
        for event in in_order(events):
            self.take(event)

    def find(self, rule, event, episode=None, timer_number=0):
        """Note a finding about an event."""
        self.findings.append(
            {
                "key": (episode.number if episode else 10**9, event.order, RULE_ORDER[rule], timer_number),
                "rule": rule,
                "severity": SEVERITY[rule],
                "case_id": self.case_id,
                "episode": episode.name if episode else event.label,
                "event": event.name,
                "happened_at": event.happened.text(),
                "recorded_at": event.recorded.text() if event.recorded else "",
                "position": str(event.position),
            }
        )

    def of(self, workflow):
        """The episodes of a workflow, in order of opening."""
        return [e for e in self.episodes if e.workflow == workflow]

    def open_episode(self, event):
        """A new episode, by whatever event: overlap and not-in-edition are judged here."""
        before = self.of(event.workflow)
        edition = self.guidance or edition_on(event.happened.day)
        name = event.label or f"{event.workflow}-{len(before) + 1}"
        episode = Episode(event.workflow, name, len(self.episodes), event, edition)
        episode.label = event.label
        if any(other.is_open() for other in before):
            self.find("overlap", event, episode)
        if edition is not None and not has_workflow(edition, event.workflow):
            self.find("not-in-edition", event, episode)
        self.episodes.append(episode)
        return episode

    def apply(self, event, episode, to):
        """Let an event happen to an episode."""
        episode.applied.setdefault(event.transition, []).append(event)
        self.applied.add(event.name)
        episode.moves.append((event, episode.state, to))
        episode.state = to

    def take(self, event):
        """Take the next event: find its episode, judge it, apply it if it may be."""
        if not event.known:
            self.find("unknown-event", event)
            self.judge_recorded_late(event, None)
            return
        workflow = WORKFLOWS[event.workflow]
        rule = workflow["transitions"][event.transition]
        mine = self.of(event.workflow)
        labelled = [e for e in mine if event.label and e.label == event.label]
        episode = None
        if event.transition == workflow["opens_with"]:
            if labelled:  # a label already in use: illegal whatever the state, changes nothing
                episode = labelled[0]
                self.find("illegal-transition", event, episode)
                if episode.opening is None:
                    episode.opening = event  # but supplies the anchor
            else:
                episode = self.open_episode(event)
                named = workflow["after"]
                at_fault = any(name.split(".")[0] in self.occurring for name in named)
                if named and at_fault and not any(name in self.applied for name in named):
                    self.find("opened-without", event, episode)
                episode.opening = event
                self.apply(event, episode, workflow["initial"])
        else:
            if event.label:
                episode = labelled[0] if labelled else None
            else:
                still_open = [e for e in mine if e.is_open()]
                episode = (still_open or mine or [None])[-1]
            if episode is None:
                episode = self.open_episode(event)
                self.find("opened-without", event, episode)
            legal = episode.state in rule["from"]
            if not legal and not episode.is_open():
                self.find("after-close", event, episode)
            else:
                if not legal:
                    self.find("illegal-transition", event, episode)
                if any(e.is_open() and e.workflow in rule["not_while_open"] for e in self.episodes):
                    self.find("still-open", event, episode)
                self.apply(event, episode, rule["to"] or episode.state)
        # judged of every known event, applied or not
        if any(need in event.details and not event.details[need] for need in rule["needs"]):
            self.find("missing-detail", event, episode)
        if event.role and event.role not in rule["by"]:
            self.find("wrong-role", event, episode)
        done_before = episode.applied.get(rule["not_by"], [])
        if done_before and event.actor and done_before[-1].actor == event.actor:
            self.find("same-person", event, episode)
        self.judge_recorded_late(event, episode)

    def judge_recorded_late(self, event, episode):
        """Later than the first working day after it happened?"""
        if event.recorded is None:
            return
        try:
            if event.recorded.day > add_working_days(event.happened.day, 1):
                self.find("recorded-late", event, episode)
        except BeyondCalendar:
            pass

    def anchor_of(self, timer, episode, counted):
        """The name and event of the first anchor that exists, or (None, None)."""
        for name in timer["counts_from"]:
            workflow, transition = name.split(".")
            if workflow == episode.workflow:
                found = episode.first(transition)
            else:
                earlier = [e for e in self.of(workflow) if e.number < episode.number]
                found = earlier[-1].first(transition) if earlier else None
                if found is not None and found in counted.setdefault(timer["name"], []):
                    found = None  # an earlier episode of this workflow has already counted from it
                elif found is not None:
                    counted[timer["name"]].append(found)
            if found is not None:
                return name, found
        return None, None

    def deadlines(self, timers, as_at):
        """The rows of deadlines.csv for this case."""
        rows, counted = [], {}
        for episode in self.episodes:
            if episode.edition is not None and not has_workflow(episode.edition, episode.workflow):
                continue
            for timer_number, timer in enumerate(timers):
                if timer["workflow"] == episode.workflow:
                    row = self.deadline(timer, episode, counted, as_at, timer_number)
                    if row is not None:
                        rows.append(row)
        return rows

    def deadline(self, timer, episode, counted, as_at, timer_number):
        """One row, or None where there is nothing to count from yet."""
        counts_from, anchor = self.anchor_of(timer, episode, counted)
        if anchor is None:
            own_opener = episode.workflow + "." + WORKFLOWS[episode.workflow]["opens_with"]
            if timer["counts_from"][-1] != own_opener:
                return None  # not begun: nothing to count from yet
        stop = None
        if timer["until"]:
            for event, _, _ in episode.moves:
                if event.transition in timer["until"] and (anchor is None or event.order > anchor.order):
                    stop = event
                    break
        elif episode.state not in timer["runs"]:
            for event, before, after in episode.moves:
                if before in timer["runs"] and after not in timer["runs"]:
                    stop = event  # the last exit
        allowed = timer["allowed"][episode.edition] if episode.edition else None
        due_text = over = ""
        if anchor is None or allowed is None:
            status = "cannot_tell"
        elif timer["unit"] == "hours":
            due_text, status, over = self.verdict_in_hours(anchor.happened, allowed, stop, as_at)
        else:
            due_text, status, over = self.verdict_in_days(anchor.happened, allowed, stop, as_at)
        if status == "met" and timer["met_by"] and stop.transition not in timer["met_by"]:
            status = "ended"
        about = stop or anchor or episode.opened_by
        if status in ("late", "overdue"):
            rule = "breach" if timer["basis"] == "statutory" else "local-breach"
            self.find(rule, about, episode, timer_number)
        elif status == "cannot_tell":
            self.find("cannot-tell", about, episode, timer_number)
        return {
            "case_id": self.case_id,
            "episode": episode.name,
            "timer": timer["name"],
            "guidance": episode.edition or "",
            "counts_from": counts_from or "",
            "counted_from": anchor.happened.text() if anchor else "",
            "allowed": str(allowed) if allowed is not None else "",
            "unit": timer["unit"] if allowed is not None else "",
            "due": due_text,
            "stopped_at": stop.happened.text() if stop else "",
            "status": status,
            "over": over,
            "basis": timer["basis"],
        }

    @staticmethod
    def verdict_in_days(counted_from, allowed, stop, as_at):
        """When it was due, its status, and by how many working days it is over."""
        try:
            due = add_working_days(counted_from.day, allowed)
        except BeyondCalendar:
            return "", "cannot_tell", ""
        day = stop.happened.day if stop else as_at.day  # a date is one day, so days always can be told
        if day <= due:
            return due.isoformat(), "met" if stop else "running", ""
        try:
            over = str(working_days_after(due, day))
        except BeyondCalendar:
            over = ""
        return due.isoformat(), "late" if stop else "overdue", over

    @staticmethod
    def verdict_in_hours(counted_from, allowed, stop, as_at):
        """The same in hours; of a date, only what is certain of every moment of it."""
        length = timedelta(hours=allowed)
        due_lo, due_hi = counted_from.lo + length, counted_from.hi + length
        # a date is an interval; --as-at is a moment, the last one when it is a date
        lo, hi = (stop.happened.lo, stop.happened.hi) if stop else (as_at.hi, as_at.hi)
        due_text = "" if counted_from.is_date else moment(due_lo).text()
        if hi <= due_lo:
            return due_text, "met" if stop else "running", ""
        if lo > due_hi:
            return due_text, "late" if stop else "overdue", str((lo - due_hi) // timedelta(hours=1))
        return due_text, "cannot_tell", ""


def audit(csv_text, *, overlay=False, as_at=None, as_known_at=None, guidance=None):
    """Deadlines and findings (but for cites and message), the rows rejected, and the moment judged from."""
    if guidance is not None and guidance not in EDITION_NAMES:
        raise ValueError(f"no such edition: {guidance}")
    events, rejected = read(csv_text)
    if as_known_at is not None:
        limit = parse(as_known_at).hi
        events = [e for e in events if (e.recorded or e.happened).lo <= limit]
    if as_at is not None:
        judged_from = parse(as_at)
    else:
        moments = [e.recorded for e in events if e.recorded] or [e.happened for e in events]
        judged_from = max(moments, key=lambda w: (w.hi, w.is_date), default=None)
    if judged_from is not None:
        events = [e for e in events if e.happened.lo <= judged_from.hi]
    occurring = {event.workflow for event in events if event.known}  # among what is looked at
    timers = [timer for timer in TIMERS if overlay or timer["name"] not in OVERLAY]
    cases = {}
    for event in events:  # cases in order of their first row
        cases.setdefault(event.case_id, []).append(event)
    deadlines, findings = [], []
    for case_id, of_case in cases.items():
        fold = CaseFold(case_id, of_case, occurring, guidance)
        deadlines += fold.deadlines(timers, judged_from)
        for finding in sorted(fold.findings, key=lambda f: f["key"]):
            del finding["key"]
            findings.append(finding)
    return {
        "deadlines": deadlines,
        "findings": findings,
        "rejected": rejected,
        "as_at": judged_from.text() if judged_from else "",
    }
