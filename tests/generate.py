"""Random flat logs, by number: mostly plausible journeys, with slips. `log(7)` is the same text every time."""

import csv
import io
import random
from datetime import UTC, date, datetime, timedelta

import oracle
from oracle import LONDON, ROLES, WORKFLOWS

DETAILS = sorted({need for w in WORKFLOWS.values() for t in w["transitions"].values() for need in t["needs"]})
HOT_DAYS = [  # change days of editions, clock changes, bank holidays, the ends of what is known
    "2005-11-21", "2006-03-24", "2006-03-31", "2006-04-01", "2006-04-13", "2007-03-24", "2007-10-26", "2009-12-18",
    "2009-12-23", "2010-03-12", "2010-03-16", "2010-03-17", "2010-03-26", "2010-10-29", "2011-04-21", "2012-05-31",
    "2013-03-28", "2013-04-12", "2013-04-14", "2013-04-15", "2014-10-24", "2015-03-25", "2015-03-26", "2015-03-27",
    "2016-12-22", "2018-07-03", "2018-07-04", "2019-10-25", "2020-05-07", "2021-03-26", "2021-12-24", "2022-06-01",
    "2022-09-16", "2023-05-05", "2023-12-14", "2023-12-15", "2023-12-21", "2024-03-28", "2024-10-25", "2026-03-17",
    "2026-03-18", "2026-03-27", "2026-09-18", "2028-02-28",
]  # fmt: skip
LATE_DAYS = ["2030-10-25", "2030-12-10", "2030-12-20"]  # deadlines may fall beyond the calendar
NOT_READ = [
    "", "yesterday", "2010-02-30", "31/02/2010", "2010-13-01T10:00", "2010-03-28T01:30", "27/03/2022 01:15",
    "2014-10-26T25:00", "30/03/2014 01:00", "2018-03-25 01:59", "12.03.2014",
]  # fmt: skip
ACTORS = ["ann", "bob", "cal", "dee"]


def assessments_of(day):
    """The assessments that follow a referral of that day."""
    return ["initial_assessment", "core_assessment"] if day < date(2013, 4, 15) else ["single_assessment"]


class Journey:
    """One case: a time, and the events so far as [name, UTC moment, label]."""

    def __init__(self, rng, day, labels):
        self.rng, self.labels, self.events, self.count = rng, labels, [], {}
        self.now = datetime(
            day.year, day.month, day.day, rng.randrange(0, 24), rng.choice([0, 5, 30, 59]), tzinfo=LONDON
        ).astimezone(UTC)

    def wait(self, *lengths):
        """Minutes, hours, or near the edge of so many working days from now."""
        rng, length = self.rng, self.rng.choice(lengths or ("0", "m", "h", "d", "1wd"))
        if length == "m":
            self.now += timedelta(minutes=rng.randrange(0, 50))
        elif length == "h":
            self.now += timedelta(hours=rng.choice([1, 2, 2, 6, 6, 24]), minutes=rng.choice([-5, -1, 0, 0, 1, 5]))
        elif length == "d":
            self.now += timedelta(days=rng.choice([0, 1, 2, 3, 4, 7]), minutes=rng.randrange(0, 300))
        elif length.endswith("wd"):
            day = self.now.astimezone(LONDON).date()
            try:
                day = oracle.add_working_days(day, int(length[:-2])) + timedelta(days=rng.choice([-1, 0, 0, 1, 1, 3]))
            except oracle.BeyondCalendar:
                day += timedelta(days=9)
            hour, minute = rng.choice([(0, 0), (0, 1), (0, 30), (9, 0), (12, 15), (16, 30), (23, 30), (23, 59)])
            self.now = datetime(day.year, day.month, day.day, hour, minute, tzinfo=LONDON).astimezone(UTC)

    def label(self, workflow, opening=False):
        """The next label of an episode, or none: now and then the wrong one."""
        if not self.labels or self.rng.random() < (0.05 if self.labels == "all" else 0.5):
            return ""
        if opening and self.rng.random() > 0.15:  # now and then a new episode takes a label in use
            self.count[workflow] = self.count.get(workflow, 0) + 1
        number = self.count.get(workflow, 0)
        if self.rng.random() < 0.07:
            number = max(0, number - 1)
        return f"{workflow[0]}{number}" if self.rng.random() > 0.02 else f"{workflow}-{number}"

    def add(self, name):
        """Let it happen now."""
        workflow, transition = name.split(".")
        opening = transition == WORKFLOWS[workflow]["opens_with"]
        self.events.append([name, self.now, self.label(workflow, opening)])

    def some(self, chance, name, *lengths):
        """Let it happen with that chance, after a while."""
        if self.rng.random() < chance:
            self.wait(*lengths)
            self.add(name)

    def contact(self):
        """A contact, and what follows."""
        self.add("contact.receive")
        self.wait()
        end = self.rng.choice(
            [
                "send_to_mash",
                "send_to_mash",
                "refer",
                "refer",
                "refer",
                "join",
                "pass_on",
                "signpost",
                "return_for_vetting",
                "close",
                "",
            ]
        )
        if end:
            self.add("contact." + end)
        if end == "send_to_mash":
            self.some(1, "mash.start", "0", "m")
            self.mash()
        elif end == "refer" or self.rng.random() < 0.2:
            self.wait("0", "0", "m")
            self.referral()

    def mash(self):
        """Ratings and the outcome."""
        for _ in range(self.rng.choice([0, 1, 1, 1, 2, 3])):
            self.some(1, "mash.rate_" + self.rng.choice(["red", "amber", "green"]), "m", "h", "h")
            self.some(0.4, "mash." + self.rng.choice(["share", "discuss"]), "0", "m", "h")
        end = self.rng.choice(["refer", "refer", "offer_early_help", "close", ""])
        self.some(1 if end else 0, "mash." + end, "m", "h", "h", "h", "1wd")
        if end == "refer":
            self.wait("0", "m")
            self.referral()

    def referral(self):
        """A referral, and what follows."""
        self.add("referral.receive")
        self.some(0.6, "referral.acknowledge", "m", "h", "1wd")
        self.some(0.15, "referral.discuss", "m", "h")
        end = self.rng.choice(["accept"] * 7 + ["signpost", "take_no_further_action", "take_no_further_action", ""])
        if end:
            self.some(1, "referral." + end, "h", "1wd", "1wd", "1wd")
        self.some(0.5, "referral.feed_back", "d", "5wd", "5wd")
        if end == "accept":
            for workflow in assessments_of(self.now.astimezone(LONDON).date()):
                for _ in range(self.rng.choice([0, 1, 1, 1, 1, 2])):
                    self.wait("0", "0", "m", "d")
                    self.assessment(workflow)
            self.some(0.15, "referral.acknowledge")
        if self.rng.random() < 0.35:
            self.wait("0", "d")
            self.section_47()
        if end == "accept":
            self.some(0.6, "referral.close", "m", "d")
        self.some(0.2, "referral.feed_back", "5wd")

    def assessment(self, workflow):
        """An assessment, submitted and signed off or not."""
        length = {
            "initial_assessment": self.rng.choice(["7wd", "10wd"]),
            "core_assessment": "35wd",
            "single_assessment": "45wd",
        }[workflow]
        self.add(workflow + ".start")
        self.some(0.5, workflow + ".see_child", "d", "1wd")
        if workflow == "single_assessment":
            self.some(0.2, workflow + ".review", "d")
        if self.rng.random() < 0.12:
            self.some(1, workflow + ".terminate", "d", length)
        elif self.rng.random() < 0.85:
            back = self.now
            self.wait("d", length, length)
            done, self.now = self.now, max(back, self.now - timedelta(hours=self.rng.choice([0, 1, 20, 50])))
            self.add(workflow + ".submit")
            if self.rng.random() < 0.2:
                self.some(1, workflow + ".return_for_work", "0", "m")
                self.some(0.9, workflow + ".submit", "0", "m", "d")
            self.now = max(done, self.now)
            self.some(0.85, workflow + ".sign_off", "0", "0", "m")
        if self.rng.random() < 0.1:
            self.some(1, workflow + "." + self.rng.choice(["see_child", "submit", "sign_off"]), "d")

    def section_47(self):
        """Enquiries, and conferences."""
        self.add("section_47.start")
        start = self.now
        self.some(0.3, "section_47.discuss", "m", "d")
        self.some(0.5, "section_47.see_child", "d")
        end = self.rng.choice(["find_not_substantiated", "decide_no_conference"] + ["request_conference"] * 4 + [""])
        if end:
            self.some(1, "section_47." + end, "d", "15wd")
        for _ in range(self.rng.choice([0, 1, 1, 1, 2]) if end in ("request_conference", "") else 0):
            self.some(1, "conference.request", "0", "m")
            self.some(0.2, "conference.postpone", "d")
            if self.rng.random() < 0.6:
                self.now = start  # near the edge of the fifteen days from the strategy discussion
            self.held("conference")

    def held(self, workflow):
        """A conference is held, or cancelled, or not."""
        end = self.rng.choice(["hold_with_plan", "hold_with_plan", "hold_without_plan", "cancel", ""])
        if end:
            self.some(1, f"{workflow}.{end}", "15wd", "15wd", "d")

    def run(self):
        """Everything that happens in the case."""
        stage = self.rng.choice(["contact"] * 5 + ["mash"] * 2 + ["referral"] * 4 + ["transfer", "section_47"])
        for _ in range(self.rng.choice([1, 1, 1, 2])):
            if stage == "transfer":
                self.add("transfer_in_conference.request")
                self.some(0.2, "transfer_in_conference.postpone", "d")
                self.held("transfer_in_conference")
            elif stage == "mash":
                self.add("mash.start")
                self.mash()
            else:
                getattr(self, stage)()
            if self.rng.random() < 0.3:
                self.now -= timedelta(days=self.rng.randrange(0, 30))  # so that episodes overlap
            self.wait("m", "d", "15wd")
            stage = self.rng.choice(["contact", "referral", "transfer", "section_47"])
        return self.events


def perturb(rng, events, journey):
    """The same events after a few slips: dropped, doubled, swapped, misnamed, late."""
    every = [f"{w}.{t}" for w, declared in WORKFLOWS.items() for t in declared["transitions"]]
    openers = [f"{w}.{declared['opens_with']}" for w, declared in WORKFLOWS.items()]
    for _ in range(rng.choice([0, 0, 1, 1, 2, 4])):
        if not events:
            return events
        i = rng.randrange(len(events))
        how = rng.choice(
            [
                "drop",
                "drop opening",
                "late opening",
                "again",
                "other",
                "extra",
                "swap",
                "same time",
                "unknown",
                "sibling",
                "after",
            ]
        )
        opening = [n for n, e in enumerate(events) if e[0] in openers]
        if how == "drop":
            del events[i]
        elif how == "drop opening" and opening:
            del events[rng.choice(opening)]
        elif how == "late opening" and opening:
            event = events[rng.choice(opening)]
            event[1] += timedelta(minutes=rng.choice([1, 30, 600, 3000, 20000]))
        elif how == "again":
            name, when, label = events[i]
            events.append(
                [name, when + timedelta(minutes=rng.choice([0, 1, 90, 4000])), rng.choice([label, label, ""])]
            )
        elif how == "other":
            events[i][0] = rng.choice(every)
        elif how == "extra":
            name = rng.choice(every)
            events.append(
                [name, events[i][1] + timedelta(minutes=rng.randrange(-60, 600)), journey.label(name.split(".")[0])]
            )
        elif how == "swap":
            j = rng.randrange(len(events))
            events[i][1], events[j][1] = events[j][1], events[i][1]
        elif how == "same time":
            events[i][1] = events[i - 1][1]
        elif how == "unknown":
            name = rng.choice(
                [
                    "referral.reopen",
                    "visit.made",
                    "referral",
                    "Referral.receive",
                    "",
                    "breach_raised",
                    "mash.",
                    "referral.receive.late",
                    "early_help.start",
                ]
            )
            events.append([name, events[i][1], rng.choice(["", "x1"])])
        elif how == "sibling":  # another transition of the same workflow, near by
            workflow = events[i][0].split(".")[0]
            if workflow in WORKFLOWS:
                name = f"{workflow}.{rng.choice(sorted(WORKFLOWS[workflow]['transitions']))}"
                events.append([name, events[i][1] + timedelta(minutes=rng.choice([0, 10, 1500])), events[i][2]])
        elif how == "after":
            name, _, label = events[i]
            events.append([name, max(e[1] for e in events) + timedelta(minutes=rng.randrange(0, 2000)), label])
    return events


def written(rng, when, style):
    """A moment, or only its date, in one of the ways that are read."""
    local = when.astimezone(LONDON)
    twice = local.replace(tzinfo=None, fold=1).replace(tzinfo=LONDON, fold=1).astimezone(UTC) == when and local.fold
    if style == "mixed":
        style = rng.choice(["iso", "iso", "offset", "z", "space", "british", "date", "british date", "seconds"])
    if twice and style in ("iso", "space", "british", "seconds") and rng.random() < 0.5:
        style = "offset"
    return {
        "iso": local.strftime("%Y-%m-%dT%H:%M"),
        "space": local.strftime("%Y-%m-%d %H:%M"),
        "seconds": local.strftime("%Y-%m-%dT%H:%M:%S"),
        "offset": local.isoformat(),
        "z": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "british": local.strftime("%d/%m/%Y %H:%M"),
        "date": local.strftime("%Y-%m-%d"),
        "british date": local.strftime("%d/%m/%Y"),
    }[style]


def log(seed: int) -> str:
    """The flat log of that number."""
    rng = random.Random(seed)
    labels = rng.choice(["", "", "", "all", "some"])
    style = rng.choice(["iso", "british", "offset", "mixed", "mixed", "mixed", "date"])
    has = {
        "recorded_at": rng.random() < 0.7,
        "actor": rng.random() < 0.8,
        "role": rng.random() < 0.8,
        "episode": bool(labels),
        "family": rng.random() < 0.1,
    }
    share = rng.choice([0, 0, 0.4, 1, 1])
    details = [d for d in DETAILS if rng.random() < share]
    careless = rng.choice([0.0, 0.03, 0.1, 0.3])
    recording = rng.choice(["soon", "soon", "late", "gaps"])
    rows = []
    for number in range(rng.choice([1, 1, 2, 3, 4, 6])):
        day = date.fromisoformat(rng.choice(LATE_DAYS if rng.random() < 0.02 else HOT_DAYS))
        day += timedelta(days=rng.choice([-1, 0, 0, 0, 1, 2, -8, rng.randrange(-60, 60)]))
        journey = Journey(rng, day, labels)
        for name, when, label in perturb(rng, journey.run(), journey) or [["mash.close", journey.now, ""]]:
            rows.append((f"K-{number + 1}", name, when, label))
    wanted = rng.choice([40, 40, 40, 40, 25, 12, 5, 2, 1])
    order = rng.choice(["case", "case", "time", "shuffled", "nearly"])
    if order != "case":
        rows.sort(key=lambda r: r[2])
    if order == "shuffled":
        rng.shuffle(rows)
    if order == "nearly":
        for _ in range(len(rows) // 3):
            i = rng.randrange(len(rows))
            rows[i - 1], rows[i] = rows[i], rows[i - 1]
    rows = rows[:wanted]
    header = ["case_id", "event", "happened_at"] + [column for column, there in has.items() if there] + details
    if rng.random() < 0.15:
        rng.shuffle(header)
    out = io.StringIO()
    if rng.random() < 0.1:
        out.write("\ufeff")
    writer = csv.DictWriter(out, header, extrasaction="ignore", lineterminator=rng.choice(["\n", "\r\n"]))
    writer.writeheader()
    for case_id, name, when, label in rows:
        workflow, _, transition = name.partition(".")
        declared = WORKFLOWS.get(workflow, {"transitions": {}})["transitions"].get(transition)
        by = sorted(declared["by"]) if declared else sorted(ROLES)
        role = rng.choice(by) if rng.random() > careless else rng.choice(sorted(ROLES) + ["", "system"])
        delay = {
            "soon": timedelta(minutes=rng.choice([0, 1, 60, 300])),
            "late": timedelta(minutes=rng.choice([0, 60, 1440, 2880, 4320, 7200, 20000])),
            "gaps": timedelta(minutes=rng.choice([0, 5, 1500, 6000])),
        }[recording]
        recorded = written(rng, when + delay, style if rng.random() < 0.8 else "mixed")
        if recording == "gaps" and rng.random() < 0.4:
            recorded = ""
        row = {
            "case_id": case_id,
            "event": name,
            "happened_at": written(rng, when, style if rng.random() < 0.85 else "mixed"),
            "recorded_at": recorded,
            "actor": rng.choice(ACTORS) if rng.random() > careless else rng.choice(["", "ann"]),
            "role": role,
            "episode": label,
            "family": "F1",
        }
        for detail in details:
            needed = declared and detail in declared["needs"]
            chance = 1 - careless if needed else 0.1
            row[detail] = rng.choice(["yes", "no", "a, b"]) if rng.random() < chance else ""
        if rng.random() < 0.01:
            row[rng.choice(["happened_at", "happened_at", "recorded_at"])] = rng.choice(NOT_READ)
        elif rng.random() < 0.004:
            row["case_id"] = ""
        writer.writerow(row)
    return out.getvalue()


def options(seed: int) -> dict:
    """How to audit `log(seed)`: keyword arguments of `oracle.audit`, mostly none, some with each option."""
    rng = random.Random(-seed - 1)
    text = log(seed).lstrip("\ufeff")
    found = {"overlay": rng.random() < 0.5}
    happened = [row["happened_at"] for row in csv.DictReader(io.StringIO(text)) if row["happened_at"] not in NOT_READ]
    if happened and rng.random() < 0.25:
        found["as_at"] = rng.choice(happened)
    if happened and rng.random() < 0.15:
        found["as_known_at"] = rng.choice(happened)
    if rng.random() < 0.15:
        found["guidance"] = rng.choice(oracle.EDITION_NAMES)
    return found
