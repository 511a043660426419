"""A duty desk for a demand that is known from published tables: what comes and how long it takes is theirs, the rest assumed.

Contacts are not published, and in the workflows a referral only follows one: so as many contacts come as referrals are
predicted, each of which becomes a referral on the day. What is told besides and comes to nothing is left out rather than guessed.

The durations in the tables are whole, from the start to the sign-off or the conference. So the bands are what passes before
the last piece of work, a short one; the long ones are done meanwhile, and hold up the last only where there are too few
people for them.
"""

from __future__ import annotations

__all__ = ["desk_of"]

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from frontdoor.calibration.from_published.demand import Demand
from frontdoor.calibration.predicting import Figure, Prediction
from frontdoor.calibration.published import SOURCES
from frontdoor.library import Library
from frontdoor.simulation.loads import loads
from frontdoor.simulation.scenario_file import scenario_of
from frontdoor.simulation.tabulating import YEAR

_CODES = ("1A", "2A", "2B", "3A", "4", "5A", "6", "7", "8", "9", "10")
"""The code of the census for each of `SOURCES`: where it has several for one, the first."""
_ASSESSMENT_ENDS = (0, 10, 20, 30, 40, 45, 50, 60, 90)
"""The working days up to which each band goes; the last is assumed, for the tables leave it open."""
_CONFERENCE_ENDS = (10, 15, 20, 40)
_CONCLUDES = 5
"""The working day after their start on which enquiries are concluded, in the morning: assumed."""
_OPENS, _SHUTS = 9, 17
_IN_TIME, _TOO_LATE = 0.1, 0.35
"""Of a working day: so much less than whole days is in time for the last of them, and so much more is not."""
_LATE = 1 / 7
"""For each assessment that is done on the day it begins, so many begin at an hour too late for it."""
_ABSENCE = 0.08
_BUSY, _SPARE = 0.8, 1.0
"""Staff work for so much of the time they are there; in a small team less: beside what they have to do on average, so many
times its square root is kept free, for few people cannot even out what chance brings."""
_FEWEST = 2
_ASSUMED = "assumed: the tables do not say it"


def desk_of(demand: Demand, prediction: Prediction, library: Library, hidden: Sequence[str] = ()) -> dict[str, Any]:
    """The tables of a scenario file; `hidden` are sentences on what of the predicted figures was not published.

    Every `note` says whether a table's figures are published, predicted or assumed.
    """
    year = prediction.year
    starts, ends = date(year - 1, 4, 1), date(year, 3, 31)
    made: dict[str, Any] = {
        "title": f"{demand.authority}, {year - 1}/{year % 100:02}",
        "starts": starts,
        "ends": ends,
        "warm_up": "60 weeks",
        "cautions": [
            "What comes and how long it takes is predicted, and may come otherwise: the intervals here are of chance alone, those of `frontdoor calibrate` of the prediction.",
        ],
        "notes": [
            f"Learnt from the Department for Education's tables of children in need up to the year to March {demand.year}; the figures of the year to March {year} are predicted.",
            "Contacts are not published: as many come here as referrals are predicted, and each becomes one on the day. Those that come to nothing are left out.",
            "What was not published of the authority is taken from its latest earlier year, else from its region, else from England.",
            "What is predicted or published is what comes and how long it takes. Who does the work, in which hours and with what effort is assumed, and so many work that they are busy about 80% of the time, less in small teams.",
            *(f"{one[0].upper()}{one[1:]}." for one in (demand.sources_note, demand.re_referred.note, *hidden)),
        ],
        "rotas": {"office": {"weekdays": f"{_OPENS:02}:00-{_SHUTS}:00", "note": _ASSUMED}},
        "teams": _teams(dict.fromkeys(_TEAMS, _FEWEST)),
        "sources": _sources(demand, prediction.months, library, starts, ends),
        "tasks": _tasks(demand, prediction),
    }  # fmt: skip
    found = loads(scenario_of(made, library), library)
    made["teams"] = _teams({one.team: _staff(one.people) for one in found})
    return made


def _staff(people: float) -> int:
    """How many are needed for so much work, that of `people` who never wait."""
    return max(_FEWEST, math.ceil(max(people / _BUSY, people + _SPARE * math.sqrt(people))))


_TEAMS = {
    "screeners": ("Social workers at the front door", "social_worker"),
    "officers": ("Referral officers", "referral_officer"),
    "social_workers": ("Social workers of the assessment teams", "social_worker"),
    "managers": ("Practice managers", "manager"),
    "chairs": ("Conference chairs", "chair"),
}


def _teams(staff: Mapping[str, int]) -> dict[str, Any]:
    note = "assumed: as many as keeps them busy about 80% of the time, or less where they are few"
    return {
        name: {"title": title, "role": role, "rota": "office", "staff": staff[name], "absence": _ABSENCE, "note": note}
        for name, (title, role) in _TEAMS.items()
    }


def _sources(demand: Demand, months: Sequence[Figure], library: Library, starts: date, ends: date) -> dict[str, Any]:
    """Who refers, each the same share of every month, in office hours."""
    days = [starts + timedelta(days=i) for i in range((ends - starts).days + 1)]
    working = dict.fromkeys(range(1, 13), 0)
    first = dict(working)
    for i, day in enumerate(days):
        if library.calendar.is_working(day):
            working[day.month] += 1
            first[day.month] += i < 365  # `per_year` speaks of the first 365 days
    weights = [months[(month - 4) % 12].value / working[month] for month in range(1, 13)]
    per_year = sum(weight * first[month] for month, weight in enumerate(weights, 1)) * YEAR / 365
    return {
        name.lower(): {
            "title": name.replace("_", " "),
            "code": code,
            "per_year": per_year * share,
            "by_weekday": [1, 1, 1, 1, 1, 0, 0],
            "by_hour": [int(_OPENS <= hour < _SHUTS) for hour in range(24)],
            "by_month": weights,
            "on_bank_holidays": 0,
            "known": demand.re_referred.value,
            "note": "shares and re-referrals as published, months predicted (weights: referrals a working day); hours and days of the week assumed",
        }
        for name, code, share in zip(SOURCES, _CODES, demand.sources, strict=True)
        if share
    }  # fmt: skip


def _tasks(demand: Demand, prediction: Prediction) -> dict[str, Any]:
    """What is done, by whom and how long it takes: as predicted or published where that is known, else assumed."""
    accepted = min(1 - _to_nothing(demand), demand.assessed.value)
    again = min(0.8, 1 - accepted / demand.assessed.value) if demand.assessed.value else 0.0
    # in this order a scenario is written
    return (
        _of_referrals(demand, accepted)
        | _of_assessments(prediction)
        | _of_enquiries(demand, prediction, accepted)
        | _of_ends(demand, again)
    )


def _to_nothing(demand: Demand) -> float:
    """The share of referrals that come to nothing, as far as a desk can run on it."""
    return min(demand.no_further_action.value, 0.95)


def _of_referrals(demand: Demand, accepted: float) -> dict[str, Any]:
    nothing = _to_nothing(demand)
    decisions = {
        "referral.accept": accepted,
        "referral.signpost": 1 - nothing - accepted,
        "referral.take_no_further_action": nothing,
    }
    return {
        "screen": {
            "title": "Read a contact and make it a referral", "in": ["contact.received"], "team": "screeners",
            "effort": "20 minutes", "does": {"contact.refer": 1.0}, "note": f"{_ASSUMED}; contacts that come to nothing are left out",
        },
        "acknowledge": {
            "title": "Tell the referrer that it has come", "after": ["referral.receive"], "team": "officers",
            "effort": "10 minutes", "does": {"referral.acknowledge": 1.0}, "note": _ASSUMED,
        },
        "decide": {
            "title": "Decide what response a referral needs", "in": ["referral.received"], "team": "managers",
            "effort": "20 minutes", "does": _some(decisions),
            "note": f"{demand.no_further_action.note}; {demand.assessed.note}; what is neither is signposted; effort assumed",
        },
        "tell": {
            "title": "Tell the referrer what was decided", "team": "officers", "effort": "15 minutes",
            "after": [name for name in decisions if decisions[name]], "does": {"referral.feed_back": 1.0}, "note": _ASSUMED,
        },
    }  # fmt: skip


def _of_assessments(prediction: Prediction) -> dict[str, Any]:
    return {
        "visit": {
            "title": "See the child", "after": ["single_assessment.start"], "team": "social_workers",
            "wait": {"from": "0.2 working days", "to": "9 working days"}, "effort": {"median": "2 hours", "ninetieth": "4 hours"},
            "does": {"single_assessment.see_child": 1.0}, "note": f"{_ASSUMED}; of an assessment handed in before, it is moot",
        },
        "assess": {
            "title": "Assess the child's needs, and write it up", "after": ["single_assessment.start"], "team": "social_workers",
            "effort": {"median": "9 hours", "ninetieth": "16 hours"},
            "note": f"{_ASSUMED}; the work of an assessment, done while its duration passes",
        },
        "hand_in": {
            "title": "Hand an assessment in", "after": ["single_assessment.start"], "team": "social_workers",
            "wait": _bands(prediction.assessment_bands, _ASSESSMENT_ENDS),
            "effort": "20 minutes", "does": {"single_assessment.submit": 1.0},
            "note": "durations of assessments, predicted; 61 working days and more are taken to end at 90; effort assumed",
        },
        "sign_off": {
            "title": "Read an assessment and sign it off", "in": ["single_assessment.awaiting_sign_off"], "team": "managers",
            "effort": "20 minutes", "does": {"single_assessment.sign_off": 1.0}, "note": _ASSUMED,
        },
    }  # fmt: skip


def _of_enquiries(demand: Demand, prediction: Prediction, accepted: float) -> dict[str, Any]:
    enquiries = min(1.0, demand.enquired.value / accepted) if accepted else 0.0
    conferences = min(1.0, demand.conferred.value)
    return {
        "strategy": {
            "title": "Hold a strategy discussion that decides on enquiries", "after": ["referral.accept"], "chance": enquiries,
            "team": "social_workers", "effort": {"median": "1 hour", "ninetieth": "2 hours"}, "does": {"section_47.start": 1.0},
            "note": f"{demand.enquired.note}; effort assumed",
        },
        "enquire": {
            "title": "Make enquiries", "in": ["section_47.enquiry"], "team": "social_workers",
            "effort": {"median": "6 hours", "ninetieth": "12 hours"},
            "note": f"{_ASSUMED}; the work of enquiries, done while their duration passes",
        },
        "conclude": {
            "title": "Decide what enquiries came to", "in": ["section_47.enquiry"], "team": "managers",
            "wait": f"{_CONCLUDES - 0.3} working days", "effort": "30 minutes",
            "does": _some({
                "section_47.request_conference": conferences,
                "section_47.find_not_substantiated": (1 - conferences) / 2,
                "section_47.decide_no_conference": (1 - conferences) / 2,
            }),
            "note": f"{demand.conferred.note}; how long enquiries take, and what the others come to, assumed",
        },
        "prepare": {
            "title": "Prepare a conference", "in": ["conference.requested"], "team": "chairs",
            "effort": {"median": "2 hours", "ninetieth": "3 hours"}, "note": _ASSUMED,
        },
        "confer": {
            "title": "Hold a conference", "in": ["conference.requested"], "team": "chairs",
            "wait": _bands(prediction.conference_bands, _CONFERENCE_ENDS, _CONCLUDES),
            "effort": "1 hour", "does": {"conference.hold_with_plan": 0.85, "conference.hold_without_plan": 0.15},
            "note": f"durations from the start of enquiries, predicted, of which {_CONCLUDES} working days have passed; 21 working days and more are taken to end at 40; effort and outcome assumed",
        },
    }  # fmt: skip


def _of_ends(demand: Demand, again: float) -> dict[str, Any]:
    return {
        "close": {
            "title": "Close a referral, or begin another assessment of the child", "after": ["single_assessment.sign_off"],
            "team": "managers", "wait": "0.7 working days", "effort": "2 minutes",
            "does": _some({"single_assessment.start": again, "referral.close": 1 - again}),
            "note": f"{demand.assessed.note}: more than are accepted are further ones; a referral of which something is open is closed later; effort assumed",
        },
    }  # fmt: skip


def _some(shares: Mapping[str, float]) -> dict[str, float]:
    """Those that lead to something."""
    return {name: share for name, share in shares.items() if share}


def _bands(figures: Sequence[Figure], ends: Sequence[int], passed: int = 0) -> dict[str, Any]:
    """What passes before the last pieces of work, so that they are done on a working day of the band, whatever hour it began.

    Of the durations `passed` working days have gone by. None is ready at an hour at which it could be done on either of two
    days: 4.9 working days after any moment in office hours is on the fifth day and early enough for it, 5.35 is too late. Of
    those that should be done on the day itself some begin too late in it, and as many more are begun.
    """
    shares = [one.value for one in figures]
    if ends[0] == 0:
        late = min(shares[0] * _LATE, shares[1])
        shares[:2] = shares[0] + late, shares[1] - late
    bands: list[dict[str, Any]] = []
    before = None
    for share, end in zip(shares, ends, strict=True):
        if before is not None:
            bands.append({"to": f"{before - passed + _TOO_LATE} working days", "share": 0.0})
        to = end - passed - _IN_TIME if end else 0.02
        bands.append({"to": f"{to:.2f} working days", "share": share})
        before = end
    return {"bands": bands}
