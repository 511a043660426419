"""Desks that a scenario can say with its tasks as they are: a hub that asks others first, two people to a decision, brothers and sisters."""

from __future__ import annotations

import tomllib
from collections import Counter
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from frontdoor.errors import InputError
from frontdoor.library import Library, load
from frontdoor.replay import audit
from frontdoor.simulation import load_scenario, log_of
from frontdoor.simulation.planning import plan
from frontdoor.simulation.replication import Floor, speeds
from frontdoor.simulation.scenario import Scenario
from frontdoor.simulation.scenario_file import scenario_of
from tests.commands import ROOT
from tests.test_scenario_file import SOUND, edited

PERIOD = """
starts  = 2024-01-08
ends    = 2024-03-31
warm_up = "0 days"
"""
HUB = f"""
local = ["london_mash"]
{PERIOD}
[rotas.office]
weekdays = "09:00-17:00"

[teams.hub]
role  = "mash_officer"
rota  = "office"
staff = 2
[teams.health]
role  = "mash_officer"
rota  = "office"
staff = 1
[teams.police]
role  = "mash_officer"
rota  = "office"
staff = 1
[teams.managers]
role  = "manager"
rota  = "office"
staff = 1

[sources.all]
per_year = 1500

[tasks.read]
in     = ["contact.received"]
team   = "hub"
effort = "10 minutes"
does   = {{ "contact.send_to_mash" = 0.6, "contact.pass_on" = 0.4 }}

[tasks.rate]
in     = ["mash.triage"]
team   = "hub"
effort = "10 minutes"
does   = {{ "mash.rate_red" = 0.1, "mash.rate_amber" = 0.3, "mash.rate_green" = 0.6 }}

[tasks.ask_health]
after  = ["mash.rate_red", "mash.rate_amber", "mash.rate_green"]
team   = "health"
effort = {{ mean = "20 minutes" }}
does   = {{ ask_police = 1.0 }}

[tasks.ask_police]
team   = "police"
effort = {{ mean = "15 minutes" }}
does   = {{ "mash.share" = 1.0 }}

[tasks.decide]
after  = ["mash.share"]
team   = "managers"
effort = "15 minutes"
does   = {{ "mash.refer" = 0.5, "mash.offer_early_help" = 0.2, "mash.close" = 0.3 }}

[tasks.end]
in     = ["referral.received"]
team   = "managers"
effort = "5 minutes"
does   = {{ "referral.take_no_further_action" = 1.0 }}
"""
PERMITS = f"""
local    = ["{(ROOT / "examples" / "own_workflow" / "permit.toml").as_posix()}"]
known_by = ["permit.apply"]
{PERIOD}
[rotas.office]
weekdays = "09:00-17:00"

[teams.managers]
role    = "manager"
rota    = "office"
staff   = 2
absence = 0.4

[sources.traders]
per_year = 800
begins   = "permit.apply"
role     = "manager"

[tasks.inspect]
in     = ["permit.received"]
team   = "managers"
effort = "30 minutes"
does   = {{ "permit.recommend" = 1.0 }}

[tasks.grant]
in     = ["permit.recommended"]
team   = "managers"
effort = "30 minutes"
does   = {{ "permit.grant" = 0.8, "permit.refuse" = 0.2 }}
"""


def a_log(scenario: Scenario, library: Library) -> pl.DataFrame:
    """The events of one run, in order; judged by an audit, none of them is illegal."""
    planned = plan(scenario, library, warm_up=0)
    floor = Floor.of(planned, speeds(quick=False))
    floor.replicate(1, 0)
    source = log_of(planned, floor.run, floor.events)
    assert set(audit.run(source, library=library).rules) <= {"breach", "local-breach"}
    return source.events


def by_case(events: pl.DataFrame) -> list[list[tuple[str, str]]]:
    """The events of each case, in order, with who did them."""
    return [
        list(one.select("event", "actor").iter_rows()) for one in events.partition_by("case_id", maintain_order=True)
    ]


@pytest.fixture
def hub(tmp_path: Path) -> pl.DataFrame:
    file = tmp_path / "hub.toml"
    file.write_text(HUB, encoding="utf-8")
    return a_log(*load_scenario(file))


def test_a_hub_decides_when_every_agency_has_answered(hub: pl.DataFrame) -> None:
    """One agency after another: the second task comes of the first, and its answer is what the manager waits for."""
    decided = {"mash.refer", "mash.offer_early_help", "mash.close"}
    seen = Counter(event for case in by_case(hub) for event, _ in case)
    assert sum(seen[event] for event in decided) > 50
    for case in by_case(hub):
        names = [event for event, _ in case]
        for place, event in enumerate(names):
            if event in decided:
                assert names[place - 1] == "mash.share" and names[place - 2].startswith("mash.rate_")


def test_nobody_grants_what_they_recommended_though_the_other_is_often_away(tmp_path: Path) -> None:
    file = tmp_path / "permits.toml"
    file.write_text(PERMITS, encoding="utf-8")
    cases = by_case(a_log(*load_scenario(file)))
    pairs = [(a[1], b[1]) for case in cases for a, b in pairwise(case) if a[0] == "permit.recommend"]
    assert len(pairs) > 50
    assert {frozenset(pair) for pair in pairs} == {frozenset({"managers-1", "managers-2"})}


def test_one_person_who_would_have_to_grant_what_she_recommended_is_refused_beforehand(tmp_path: Path) -> None:
    file = tmp_path / "permits.toml"
    file.write_text(PERMITS.replace("staff   = 2", "staff   = 1"), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load_scenario(file)
    assert [fault.code for fault in refused.value.faults] == ["same-person"] * 2
    assert "permit.grant is not for whoever did permit.recommend, and managers has one person, who does both." in str(
        refused.value
    )


def test_brothers_and_sisters_come_together_and_each_is_a_case() -> None:
    tables = edited(("sources", {"school": {"per_year": 1_000, "batch": {"3": 1.0}}}))
    library = load()
    events = a_log(scenario_of(tables, library), library).filter(pl.col("event") == "contact.receive")
    together = events.group_by("happened_from").agg(
        pl.col("case_id").n_unique().alias("cases"), pl.len().alias("contacts")
    )
    assert len(together) > 10
    assert together["cases"].to_list() == together["contacts"].to_list() == [3] * len(together)


def test_demand_multiplies_what_every_source_brings() -> None:
    library = load()
    plain, more = (scenario_of(edited(*edits), library) for edits in ((), (("demand", 1.34),)))
    assert {name: one.per_year for name, one in more.sources.items()} == {
        name: pytest.approx(1.34 * one.per_year) for name, one in plain.sources.items()
    }
    assert (plain.demand, more.demand) == (1.0, 1.34)
    assert plain == scenario_of(tomllib.loads("demand = 1.0") | dict(SOUND), library)
