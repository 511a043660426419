"""Small desks whose logs are calibrated from: run in a moment, without anything compiled."""

from __future__ import annotations

__all__ = ["SMALL", "log_by", "scenario_by"]

import tomllib
from copy import deepcopy
from typing import Any

from frontdoor.formats.source import Source
from frontdoor.library import load
from frontdoor.simulation import Scenario, simulate
from frontdoor.simulation.scenario_file import scenario_of

LIBRARY = load()
SMALL: dict[str, Any] = tomllib.loads("""
starts = 2024-01-08
ends = 2024-06-30
priorities = ["urgent", "routine"]
warm_up = "8 weeks"

[rotas.office]
weekdays = "09:00-17:00"
[rotas.night]
weekdays = "00:00-09:00, 17:00-24:00"
weekends = "all day"
bank_holidays = "all day"

[teams.desk]
role = "social_worker"
rota = "office"
staff = 4
absence = 0.1
[teams.managers]
role = "manager"
rota = "office"
staff = 2
absence = 0.05
[teams.assessors]
role = "social_worker"
rota = "office"
staff = 10
[teams.edt]
role = "edt_officer"
rota = "night"
staff = 1

[sources.police]
per_year = 2600
code = "6"
batch = { 1 = 0.7, 4 = 0.3 }
by_hour = [1, 1, 1, 1, 1, 1, 1, 3, 6, 9, 9, 7, 6, 6, 6, 6, 5, 4, 4, 3, 3, 2, 2, 1]
priority = { urgent = 0.15, routine = 0.85 }
[sources.schools]
per_year = 1800
code = "2A"
by_weekday = [1, 1, 1, 1, 1.5, 0, 0]
by_hour = [0, 0, 0, 0, 0, 0, 0, 1, 6, 8, 8, 8, 6, 6, 9, 9, 5, 2, 0, 0, 0, 0, 0, 0]
on_bank_holidays = 0.0
priority = { urgent = 0.25, routine = 0.75 }
known = 0.1

[tasks.screen]
in = ["contact.received"]
team = "desk"
effort = { median = "35 minutes", ninetieth = "80 minutes" }
does = { "contact.refer" = 0.2, "contact.close" = 0.8 }
[[tasks.screen.for]]
priorities = ["urgent"]
out_of_hours = "edt"
does = { "contact.refer" = 0.7, "contact.close" = 0.3 }

[tasks.decide]
in = ["referral.received"]
team = "managers"
effort = { median = "25 minutes", ninetieth = "60 minutes" }
does = { "referral.accept" = 0.6, "referral.take_no_further_action" = 0.4 }

[tasks.visit]
after = ["single_assessment.start"]
chance = 0.8
team = "assessors"
held = true
wait = { from = "1 working day", to = "6 working days" }
effort = "2 hours"
does = { "single_assessment.see_child" = 1.0 }

[tasks.assess]
after = ["single_assessment.start"]
team = "assessors"
held = true
wait = { from = "8 working days", to = "40 working days" }
effort = { median = "5 hours", ninetieth = "9 hours" }
does = { "single_assessment.submit" = 1.0 }

[tasks.sign_off]
in = ["single_assessment.awaiting_sign_off"]
team = "managers"
effort = "30 minutes"
does = { "single_assessment.sign_off" = 1.0 }
""")


def scenario_by(**changes: Any) -> Scenario:
    """The small desk with some of its values changed: by place, with __ for points."""
    made = deepcopy(SMALL)
    for place, value in changes.items():
        table: Any = made
        *above, last = place.split("__")
        for name in above:
            table = table[name]
        table[last] = value
    return scenario_of(made, LIBRARY)


def log_by(seed: int = 1, **changes: Any) -> Source:
    """The log of one run of it."""
    found = simulate(scenario_by(**changes), LIBRARY, replications=1, seed=seed, log=True).log
    assert found is not None
    return found
