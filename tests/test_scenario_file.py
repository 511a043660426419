"""A scenario is read from its file: every fault at once, each with its table and what to change; what is read can be run."""

from __future__ import annotations

import ast
import json
import math
import tomllib
from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from frontdoor import reading
from frontdoor.errors import Fault, InputError
from frontdoor.library import load
from frontdoor.simulation import Scenario, load_scenario, log_of, scenario_file, simulate
from frontdoor.simulation.loads import loads, remarks
from frontdoor.simulation.planning import plan
from frontdoor.simulation.replication import Floor, speeds
from frontdoor.simulation.scenario_changes import changed
from frontdoor.simulation.scenario_file import scenario_of
from frontdoor.simulation.scenario_shape import SHAPE
from tests.commands import ROOT, frontdoor

LIBRARY = load()
TEXT = """
starts = 2024-01-08
ends = 2024-02-08
priorities = ["urgent", "routine"]
warm_up = "1 week"

[rotas.office]
weekdays = "09:00-17:00"
[rotas.night]
every_day = "00:00-09:00, 17:00-24:00"

[teams.desk]
role = "social_worker"
rota = "office"
staff = 5
[teams.managers]
role = "manager"
rota = "office"
staff = 2
absence = 0.1
[teams.edt]
role = "edt_officer"
rota = "night"
staff = 1

[sources.police]
per_year = 3000
batch = { 1 = 0.8, 3 = 0.2 }
priority = { urgent = 0.25, routine = 0.75 }
known = 0.1
[sources.schools]
per_year = 500
by_weekday = [1, 1, 1, 1, 1, 0, 0]

[tasks.screen]
in = ["contact.received"]
team = "desk"
effort = { median = "30 minutes", ninetieth = "75 minutes" }
does = { "contact.refer" = 0.3, "contact.close" = 0.6, call = 0.1 }
[[tasks.screen.for]]
priorities = ["urgent"]
out_of_hours = "edt"
does = { "contact.refer" = 0.9, "contact.close" = 0.1 }
[tasks.call]
team = "desk"
wait = "1 hour"
effort = "20 minutes"
does = { "contact.close" = 1.0 }
[tasks.decide]
in = ["referral.received"]
team = "managers"
effort = "20 minutes"
does = { "referral.accept" = 0.8, "referral.take_no_further_action" = 0.2 }
[tasks.assess]
after = ["single_assessment.start"]
team = "desk"
held = true
wait = { from = "0 working days", to = "10 working days" }
effort = { mean = "4 hours" }
does = { "single_assessment.submit" = 1.0 }
[tasks.rework]
after = ["single_assessment.return_for_work"]
team = "desk"
held = true
effort = "1 hour"
does = { "single_assessment.submit" = 1.0 }
[tasks.sign]
in = ["single_assessment.awaiting_sign_off"]
team = "managers"
effort = "40 minutes"
does = { "single_assessment.sign_off" = 0.8, "single_assessment.return_for_work" = 0.2 }
[tasks.close]
after = ["single_assessment.sign_off"]
team = "managers"
effort = "10 minutes"
does = { "referral.close" = 1.0 }
"""
POLICIES = """
[policies.check]
at = "15:00"
[policies.ageing]
after = "2 days"
[policies.vetting]
share = 0.5
sources = ["police"]
of = ["contact.close"]
[policies.signposting]
share = 0.5
of = ["contact.close"]
"""
SOUND = tomllib.loads(TEXT)
WITH_POLICIES = tomllib.loads(TEXT + POLICIES)
GONE = object()
"""In place of a value: taken away."""


def edited(*edits: tuple[str, Any], tables: Mapping[str, Any] = SOUND) -> dict[str, Any]:
    """The sound tables with values changed, added or taken away, by their places; names are parted by slashes."""
    made: dict[str, Any] = deepcopy(dict(tables))
    for path, value in edits:
        *before, last = path.split("/")
        here: Any = made
        for part in before:
            here = here[int(part)] if isinstance(here, list) else here.setdefault(part, {})
        if value is GONE:
            del here[last]
        else:
            here[last] = value
    return made


def found(*edits: tuple[str, Any], tables: Mapping[str, Any] = SOUND) -> tuple[Fault, ...]:
    """The faults of the sound tables so changed."""
    try:
        scenario_of(edited(*edits, tables=tables), LIBRARY, "mine.toml")
    except InputError as error:
        return error.faults
    return ()


def toml(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


DOES = "tasks/screen/does"
NIGHT_ONLY = {"role": "manager", "rota": "office", "staff": 1}
FAULTS: list[tuple[str, str, list[tuple[str, Any]], str, str]] = [
    # words that say something else
    ("unknown-key", "a misspelt word", [("teams/desk/staf", 3)], "teams.desk.staf", "there is no 'staf' here"),
    ("unknown-key", "sources of a task as a whole", [("tasks/call/sources", ["police"])], "tasks.call.sources", "there is no"),
    ("unknown-key", "a policy", [("policies/check/off", True)], "policies.check.off", "there is no 'off'"),
    ("unknown-key", "a word in an item", [("tasks/screen/for/0/efort", "1 hour")], "tasks.screen.for[1].efort", "efort"),
    ("wrong-name", "a team with a capital", [("teams/Desk", NIGHT_ONLY)], "teams.Desk", "is not a name"),
    ("wrong-value", "batches that add up to too little", [("sources/police/batch", {"1": 0.5, "3": 0.4})], "sources.police.batch", "add up to 0.9, not to 1"),
    ("wrong-value", "a batch of too many", [("sources/police/batch", {"501": 1})], "sources.police.batch", "speaks of '501'"),
    ("wrong-value", "priorities that add up to too much", [("sources/police/priority", {"urgent": 0.5, "routine": 0.6})], "sources.police.priority", "add up to 1.1, not to 1"),
    ("wrong-value", "routes of more than all", [(DOES, {"contact.refer": 0.8, "contact.close": 0.3})], "tasks.screen.does", "add up to 1.1, more than 1"),
    ("wrong-value", "no routes", [(DOES, {})], "tasks.screen.does", "must be a table of shares"),
    ("wrong-value", "a negative effort", [("tasks/call/effort", "-5 minutes")], "tasks.call.effort", "must be a length"),
    ("wrong-value", "an effort without a unit", [("tasks/call/effort", 5)], "tasks.call.effort", "must be a length"),
    ("wrong-value", "a number beyond all measure", [("tasks/call/effort", "99999999999 weeks")], "tasks.call.effort", "must be a length"),
    ("wrong-value", "an effort in working days", [("tasks/call/effort", "1 working day")], "tasks.call", "effort is work"),
    ("wrong-value", "a probability of more than 1", [("tasks/call/chance", 1.5)], "tasks.call.chance", "a share from 0 to 1"),
    ("wrong-value", "a probability that is no number", [("tasks/call/chance", math.nan)], "tasks.call.chance", "a share from 0 to 1"),
    ("wrong-value", "a share that is no number", [(DOES, {"contact.close": math.nan})], "tasks.screen.does", "a share is a number"),
    ("wrong-value", "infinitely many", [("sources/police/per_year", math.inf)], "sources.police.per_year", "a number from 0 to 1,000,000"),
    ("wrong-value", "a demand below nothing", [("demand", -0.5)], "demand", "a number from 0 to 100"),
    ("wrong-value", "a demand of text", [("demand", "34%")], "demand", "a number from 0 to 100"),
    ("wrong-value", "fewer than none", [("sources/police/per_year", -1)], "sources.police.per_year", "a number from 0"),
    ("wrong-value", "a weight that is no number", [("sources/police/by_weekday", [math.nan] * 7)], "sources.police.by_weekday", "list of 7 numbers"),
    ("wrong-value", "weights that are all 0", [("sources/police/by_hour", [0] * 24)], "sources.police.by_hour", "not all of them 0"),
    ("wrong-value", "half a person", [("teams/desk/staff", 2.5)], "teams.desk.staff", "a whole number from 0"),
    ("wrong-value", "a number of people without end", [("teams/desk/staff", 10**400)], "teams.desk.staff", "a whole number from 0"),
    ("wrong-value", "a team that is never there", [("teams/desk/absence", 1)], "teams.desk.absence", "somebody has to be there"),
    ("wrong-value", "a day as text", [("starts", "2024-01-08")], "starts", "a date without quotes"),
    ("wrong-value", "hours through midnight", [("rotas/office/weekdays", "17:00-09:00")], "rotas.office.weekdays", "a night is two"),
    ("wrong-value", "a quarter past 25", [("rotas/office/weekdays", "09:00-25:15")], "rotas.office.weekdays", "must be hours in order"),
    ("wrong-value", "midnight as a time", [("policies/check/at", "24:00")], "policies.check.at", "must be a time of day"),
    ("wrong-value", "ageing in no time", [("policies/ageing/after", "0 days")], "policies.ageing.after", "must be time as it passes"),
    ("wrong-value", "ageing in working days", [("policies/ageing/after", "2 working days")], "policies.ageing.after", "as it passes"),
    ("wrong-value", "filling by the minute", [("warm_up", "90 minutes")], "warm_up", "must be whole days or weeks"),
    ("wrong-value", "a ninetieth below the median", [("tasks/call/effort", {"median": "2 hours", "ninetieth": "1 hour"})], "tasks.call.effort", "a ninetieth above that"),
    ("wrong-value", "a ninetieth of a thousand medians", [("tasks/call/effort", {"median": "1 second", "ninetieth": "1 hour"})], "tasks.call.effort", "up to 100 medians"),
    ("wrong-value", "from more to less", [("tasks/call/wait", {"from": "2 days", "to": "1 day"})], "tasks.call.wait", "turn them round"),
    ("wrong-value", "two units", [("tasks/call/wait", {"from": "2 days", "to": "9 working days"})], "tasks.call.wait", "use one"),
    ("wrong-value", "bands out of order", [("tasks/call/wait", {"bands": [{"to": "2 days", "share": 0.5}, {"to": "1 day", "share": 0.5}]})], "tasks.call.wait", "bands in order"),
    ("wrong-value", "bands of less than all", [("tasks/call/wait", {"bands": [{"to": "2 days", "share": 0.5}]})], "tasks.call.wait", "not to 1"),
    ("wrong-value", "a source twice", [("policies/vetting/sources", ["police", "police"])], "policies.vetting.sources", "names something twice"),
    ("wrong-value", "an item that is no table", [("tasks/call/for", ["police"])], "tasks.call.for", "must be tables"),
    # the whole
    ("missing-key", "no first day", [("starts", GONE)], "starts", "a scenario needs starts"),
    ("missing-key", "no teams", [("teams", GONE)], "teams", "a scenario needs teams"),
    ("missing-key", "no role", [("teams/desk/role", GONE)], "teams.desk", "has no role"),
    ("missing-key", "no number of contacts", [("sources/police/per_year", GONE)], "sources.police", "has no per_year"),
    ("missing-key", "no team", [("tasks/call/team", GONE)], "tasks.call", "has no team"),
    ("missing-key", "no effort", [("tasks/call/effort", GONE)], "tasks.call", "has no effort"),
    ("missing-key", "a policy without its figure", [("policies/ageing", {})], "policies.ageing", "has no after"),
    ("wrong-value", "the end before the start", [("ends", date(2024, 1, 7))], "ends", "before it starts on 2024-01-08"),
    ("unknown-holidays", "before all bank holidays", [("starts", date(1999, 1, 1))], "starts", "known from 2000 to 2030"),
    ("unknown-holidays", "too near their beginning to be filled", [("starts", date(2001, 6, 1)), ("warm_up", GONE)], "starts", "fills for up to 728 days"),
    ("unknown-holidays", "after all bank holidays", [("ends", date(2031, 1, 1))], "ends", "known from 2000 to 2030"),
    ("too-many", "priorities", [("priorities", list("abcdefghi"))], "priorities", "more than 8 priorities"),
    ("too-many", "contacts", [("sources/police/per_year", 1e6), ("starts", date(2010, 1, 1))], "sources", "contacts would come"),
    ("too-many", "people", [(f"teams/t{i}", NIGHT_ONLY | {"staff": 1_000}) for i in range(11)], "teams", "people work in it"),
    ("no-hours", "a rota that is always closed", [("rotas/office/weekdays", "closed")], "rotas.office", "has no hours in a week"),
    # names
    ("unknown-role", "a role", [("teams/desk/role", "socialworker")], "teams.desk", "there is no role 'socialworker'"),
    ("unknown-rota", "a rota", [("teams/desk/rota", "ofice")], "teams.desk", "there is no rota 'ofice'"),
    ("unknown-priority", "a priority of a source", [("sources/police/priority", {"urgnt": 1})], "sources.police", "no priority 'urgnt'"),
    ("unknown-priority", "a priority of an item", [("tasks/screen/for/0/priorities", ["urgnt"])], "tasks.screen.for[1]", "no priority"),
    ("unknown-source", "a source of an item", [("tasks/screen/for/0/sources", ["polis"])], "tasks.screen.for[1]", "no source 'polis'"),
    ("unknown-source", "a source that keeps back", [("policies/vetting", {"share": 1, "sources": ["polis"], "of": ["contact.close"]})], "policies.vetting", "no source"),
    ("unknown-team", "a team", [("tasks/call/team", "dsk")], "tasks.call", "there is no team 'dsk'"),
    ("unknown-team", "a team out of hours", [("tasks/screen/for/0/out_of_hours", "edtt")], "tasks.screen.for[1]", "no team 'edtt'"),
    ("unknown-task", "a further task", [(DOES, {"cal": 1})], "tasks.screen", "there is no task 'cal'"),
    ("unknown-workflow", "a workflow", [(DOES, {"contct.close": 1})], "tasks.screen", "there is no workflow 'contct'"),
    ("unknown-transition", "a transition", [(DOES, {"contact.clos": 1})], "tasks.screen", "there is no transition 'contact.clos'"),
    ("unknown-transition", "of a policy", [("policies/signposting", {"share": 1, "of": ["contact.clos"]})], "policies.signposting", "no transition"),
    ("unknown-transition", "where a policy leads to", [("policies/signposting", {"share": 1, "of": ["contact.close"], "to": "contact.signpot"})], "policies.signposting", "'contact.signpot'"),
    ("unknown-transition", "by which a child is known", [("known_by", ["referral.recieve"])], "known_by", "no transition 'referral.recieve'"),
    ("unknown-state", "a state", [("tasks/decide/in", ["referral.recieved"])], "tasks.decide", "there is no state 'referral.recieved'"),
    # who may do what
    ("illegal-transition", "what its state does not allow", [("tasks/decide/does", {"referral.close": 1})], "tasks.decide", "not possible in referral.received, only in referral.accepted"),
    ("wrong-role", "what a role may not do", [("teams/desk/role", "referral_officer")], "tasks.screen", "contact.refer may not be done by referral_officer"),
    ("wrong-role", "out of hours", [("teams/edt/role", "mash_officer")], "tasks.screen.for[1]", "contact.refer may not be done by mash_officer"),
    ("wrong-role", "what it opens", [("sources/police/begins", "contact.receive"), ("tasks/call", {"team": "managers", "effort": "1 hour", "does": {"single_assessment.see_child": 1}})], "tasks.call", "may not be done by manager"),
    ("wrong-role", "who records it", [("sources/police/role", "nobody")], "sources.police", "may not be done by nobody"),
    ("wrong-role", "who signposts", [("policies/signposting", {"share": 1, "of": ["contact.close"], "to": "referral.signpost"})], "policies.signposting", "may not be done by social_worker"),
    ("wrong-value", "a source that begins in the middle", [("sources/police/begins", "contact.close")], "sources.police", "does not open its workflow"),
    ("wrong-value", "a source that begins with what only follows", [("sources/police/begins", "referral.receive")], "sources.police", "only follows contact.refer or mash.refer"),
    ("wrong-value", "a task of two states", [("tasks/decide/in", ["referral.received", "referral.accepted"])], "tasks.decide", "more than one state"),
    ("wrong-value", "a task of a state and of transitions", [("tasks/decide/after", ["referral.receive"])], "tasks.decide", "make it a task for each"),
    # the whole can run
    ("for-all", "an item for all", [("tasks/screen/for", [{"effort": "1 hour"}])], "tasks.screen.for[1]", "names neither sources nor priorities"),
    ("shadowed", "an item behind another", [("tasks/screen/for", [{"priorities": ["urgent"]}, {"priorities": ["urgent"], "sources": ["police"]}])], "tasks.screen.for[2]", "an earlier one"),
    ("nobody", "a team without people that has work", [("teams/managers/staff", 0)], "teams.managers", "has nobody in it"),
    ("holds-none", "a held task of those who hold no cases", [("teams/desk/cap", 0), ("tasks/rework/held", False)], "tasks.assess", "is held, and desk hold no cases (cap = 0)"),
    ("nobody", "nor out of hours", [("teams/edt/staff", 0)], "teams.edt", "is to do screen"),
    ("same-person", "one person who writes and signs", [("teams/desk/role", "manager"), ("tasks/assess/team", "managers"), ("tasks/rework/team", "managers"), ("teams/managers/staff", 1)], "tasks.sign", "has one person, who does both"),
    ("same-person", "the holder writes and signs", [("tasks/sign/team", "desk"), ("tasks/sign/held", True)], "tasks.sign", "the worker who holds the case does both"),
    ("several-others", "two second pairs of eyes", [("tasks/call/does", {"single_assessment.sign_off": 0.5, "initial_assessment.sign_off": 0.5}), ("tasks/call/team", "managers")], "tasks.call", "make it a task for each"),
    ("endless", "a task that leads to itself", [("tasks/call/does", {"call": 1}), ("tasks/call/effort", "0 minutes"), ("tasks/call/wait", GONE)], "tasks.call", "call leads to itself for ever and takes no time"),
    ("endless", "two that lead to each other", [("tasks/a", {"team": "desk", "effort": "0 minutes", "does": {"b": 1}}), ("tasks/b", {"team": "desk", "effort": "0 minutes", "does": {"a": 1}}), ("tasks/call/does", {"a": 1})], "tasks.a", "a, b lead to one another for ever"),
    ("endless", "what follows its own doing", [("tasks/tell", {"after": ["referral.acknowledge", "referral.receive"], "team": "desk", "effort": "0 minutes", "does": {"referral.acknowledge": 1}})], "tasks.tell", "the clock would stand still"),
    ("unanswered", "a source nobody deals with", [("tasks/screen/in", ["contact.closed"]), (DOES, {"call": 1}), ("tasks/screen/for", GONE)], "sources.police", "no task is in that state"),
    ("never", "a task of a state that nothing comes to", [("tasks/decide/in", ["referral.accepted"]), ("tasks/decide/does", {"referral.close": 1})], "tasks.assess", "nothing in this scenario does single_assessment.start"),
    ("never", "a task that nothing leads to", [(DOES, {"contact.close": 1})], "tasks.call", "no task leads to it by name"),
    ("never", "what is never possible", [("tasks/call/does", {"conference.cancel": 1}), ("tasks/call/team", "chairs"), ("teams/chairs", NIGHT_ONLY | {"role": "chair"})], "tasks.call", "nothing in this scenario comes to that"),
    ("never", "what only follows what nothing does", [("tasks/call/does", {"mash.start": 1})], "tasks.call", "it follows contact.send_to_mash, which nothing"),
    ("never", "a policy about nothing", [("policies/vetting", {"share": 1, "sources": ["police"], "of": ["contact.join"]})], "policies.vetting", "is about contact.join, which no task does"),
]  # fmt: skip

MORE = {
    "a source twice", "priorities", "what its state does not allow", "what a role may not do", "out of hours", "who signposts",
    "a source that begins in the middle", "one person who writes and signs", "the holder writes and signs", "two second pairs of eyes",
    "a source nobody deals with", "a task of a state that nothing comes to",
}  # fmt: skip
"""Those of which more follows than one thing that is to be mended."""


def test_the_scenario_that_these_tests_change_is_sound() -> None:
    assert found() == found(tables=WITH_POLICIES) == ()


@pytest.mark.parametrize(
    ("code", "about", "edits", "where", "words"), FAULTS, ids=[f"{code}: {about}" for code, about, *_ in FAULTS]
)
def test_a_fault_is_told_once_in_a_clear_sentence_with_its_code_and_its_table(
    code: str, about: str, edits: list[tuple[str, Any]], where: str, words: str
) -> None:
    faults = found(*edits)
    meant = [fault for fault in faults if fault.code == code and words in fault.message and fault.where == where]
    assert len(meant) == 1, faults
    assert (len(faults) > 1) == (about in MORE), faults
    for fault in faults:
        assert fault.file == "mine.toml"
        assert fault.message.endswith(".") and "Did you mean" not in fault.message
        assert not any(slip in str(fault).replace(", ...]", "]") for slip in ("?.", "..", "  ", "\n", "None"))
        assert not fault.advice or fault.advice.endswith((".", "?", '"'))


def test_every_code_that_reading_a_scenario_can_give_is_tried_here() -> None:
    """But for those of the sieve that all TOML files go through, and of whole files, which are tried below."""
    codes = set()
    for name in ("scenario_file", "scenario_parts", "lookup", "soundness", "scenario_changes"):
        tree = ast.parse((ROOT / "frontdoor" / "simulation" / f"{name}.py").read_text(encoding="utf-8"))
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            place = {"Fault": 2, "fault": 1}.get(getattr(call.func, "id", getattr(call.func, "attr", "")))
            code = call.args[place] if place is not None else None
            if isinstance(code, ast.Constant):
                codes.add(code.value)
    below = {"not-a-scenario", "unknown-edition", "unknown-path"}
    assert codes - below <= {code for code, *_ in FAULTS}


# ---- all at once ----


def test_all_faults_of_a_scenario_are_told_together() -> None:
    faults = found(
        ("teams/desk/staff", "three"), ("sources/police/known", 1.5), ("tasks/call/team", "dsk"), ("teams/managers/staff", 0),
        ("tasks/decide/in", ["referral.recieved"]), ("ends", date(2023, 1, 1)), ("rotas/spare", {}),
    )  # fmt: skip
    assert {(fault.where, fault.code) for fault in faults} == {
        ("teams.desk.staff", "wrong-value"), ("sources.police.known", "wrong-value"), ("tasks.call", "unknown-team"),
        ("teams.managers", "nobody"), ("tasks.decide", "unknown-state"), ("ends", "wrong-value"), ("rotas.spare", "no-hours"),
    }  # fmt: skip


def test_what_is_wrong_in_several_places_of_a_task_is_told_once() -> None:
    """What an item of [[tasks.x.for]] has from its task is not judged with it again."""
    for edits in (
        [(DOES, {"contact.clos": 1, "call": 0})], [("tasks/screen/effort", "x")],
        [("tasks/screen/for", [{"chance": 1}, {"sources": ["police"]}])],
    ):  # fmt: skip
        assert len(found(*edits)) == 1, edits


def test_of_work_that_nothing_leads_to_only_the_first_is_told() -> None:
    faults = found(("tasks/decide/does", {"referral.take_no_further_action": 1}))
    assert [fault.where for fault in faults] == ["tasks.assess"]


def test_a_share_of_nothing_is_still_a_way() -> None:
    """A manager who asks what would be if nothing were referred asks nothing wrong."""
    assert found((DOES, {"contact.refer": 0, "contact.close": 0.9, "call": 0.1})) == ()
    assert found(("sources/police/per_year", 0)) == ()


def test_a_misspelt_name_is_answered_with_what_was_probably_meant() -> None:
    for edit, meant in (
        (("teams/desk/role", "socialworker"), "social_worker"), (("tasks/call/team", "dsk"), "desk"),
        (("tasks/decide/in", ["referral.recieved"]), "referral.received"), ((DOES, {"contact.clos": 1}), "contact.close"),
        (("teams/desk/staf", 3), "staff"), (("policis", {}), "policies"),
    ):  # fmt: skip
        assert any(fault.advice.startswith("Did you mean") and meant in fault.advice for fault in found(edit)), edit


# ---- files ----


def refused(path: Path | str, **options: Any) -> tuple[Fault, ...]:
    with pytest.raises(InputError) as error:
        load_scenario(path, **options)
    return error.value.faults


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("workflows/referral.toml", "a workflow"), ("workflows/guidance/working_together_2010.toml", "an edition of guidance"),
        ("workflows/local/wexcombe.toml", "a local file"), ("examples/my_borough.toml", "a local file"),
        ("workflows/bank_holidays.toml", "a calendar"),
    ],
)  # fmt: skip
def test_a_file_of_another_kind_is_called_what_it_is(file: str, kind: str) -> None:
    faults = refused(ROOT / file)
    assert [fault.code for fault in faults] == ["not-a-scenario"]
    assert faults[0].message == f"is {kind}, not a scenario."


def test_a_mapping_is_called_what_it_is(tmp_path: Path) -> None:
    faults = refused(toml(tmp_path / "my.toml", 'title = "x"\n[columns]\ncase_id = "Ref"\n'))
    assert [str(fault.message) for fault in faults] == ["is a mapping of columns, not a scenario."]


def test_a_scenario_with_a_word_of_another_kind_is_still_a_scenario(tmp_path: Path) -> None:
    faults = refused(toml(tmp_path / "my.toml", 'initial = "x"\n' + TEXT))
    assert [(fault.where, fault.code) for fault in faults] == [("initial", "unknown-key")]


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (TEXT.replace("starts", "title = 'Caf\xe9'\nstarts", 1).encode("latin-1"), "unreadable", "is not UTF-8 text"),
        (TEXT.encode("utf-16"), "unreadable", "UTF-16"), ("starts =", "not-toml", "is not TOML"),
        (b"x" * (1 << 21), "unreadable", "is larger than 1 MB"), (TEXT + "[teams.desk]\n", "not-toml", "is not TOML"),
    ],
    ids=["latin-1", "utf-16", "not TOML", "large", "a table twice"],
)  # fmt: skip
def test_what_cannot_be_read_says_why(tmp_path: Path, text: str | bytes, code: str, words: str) -> None:
    faults = refused(toml(tmp_path / "mine.toml", text))
    assert [fault.code for fault in faults] == [code]
    assert words in faults[0].message


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    assert "is a folder" in refused(tmp_path)[0].message
    assert "cannot be read" in refused(tmp_path / "none.toml")[0].message
    if Path("/dev/zero").exists():
        assert "is neither a file nor a folder" in refused("/dev/zero")[0].message


def test_an_empty_file_is_told_what_a_scenario_needs(tmp_path: Path) -> None:
    faults = refused(toml(tmp_path / "mine.toml", ""))
    assert [fault.where for fault in faults] == ["starts", "ends", "rotas", "teams", "sources", "tasks"]


def test_local_files_are_looked_for_beside_the_scenario_and_among_those_shipped(tmp_path: Path) -> None:
    toml(
        tmp_path / "ours.toml",
        "[workflows.single_assessment.timers.completion]\nallowed = '20 working days'\ncites = 'us'\ngrade = 'GK'\n",
    )
    _, library = load_scenario(toml(tmp_path / "mine.toml", 'local = ["ours.toml", "london_mash"]\n' + TEXT))
    assert [one.name for one in library.locals] == ["london_mash", "ours"]
    length = library.workflow("single_assessment").timers["completion"].allowed
    assert str(length) == "20 working days"


def test_what_is_wrong_with_its_local_files_and_its_edition_is_told_too(tmp_path: Path) -> None:
    text = 'local = ["none.toml"]\n' + TEXT
    assert [Path(fault.file).name for fault in refused(toml(tmp_path / "mine.toml", text))] == ["none.toml"]
    text = 'guidance = "working_together_2051"\n' + TEXT.replace("staff = 5", "staff = -3")
    faults = refused(toml(tmp_path / "mine.toml", text))
    assert [(fault.where, fault.code) for fault in faults] == [
        ("guidance", "unknown-edition"),
        ("teams.desk.staff", "wrong-value"),
    ]
    assert "Did you mean working_together_20" in faults[0].message
    text = f"local = [{json.dumps('x' * 5_000)}, {json.dumps(chr(0))}]\n" + TEXT
    assert {fault.code for fault in refused(toml(tmp_path / "mine.toml", text))} == {"unreadable"}


def test_an_edition_that_is_chosen_is_the_one_that_it_is_judged_by(tmp_path: Path) -> None:
    """Before 2013 a referral that is accepted opens an initial assessment, so nothing starts a single one."""
    faults = refused(toml(tmp_path / "mine.toml", 'guidance = "working_together_2010"\n' + TEXT))
    assert [(fault.where, fault.code) for fault in faults] == [("tasks.assess", "never")]
    faults = found(("starts", date(2011, 1, 3)), ("ends", date(2011, 6, 1)))
    assert [(fault.where, fault.code) for fault in faults] == [("tasks.assess", "never")]


def test_the_scenario_that_the_module_shows_is_sound() -> None:
    text = (scenario_file.__doc__ or "").partition("\n\n")[2]
    scenario = scenario_of(tomllib.loads("\n".join(line.removeprefix("    ") for line in text.splitlines())), LIBRARY)
    assert scenario.policies.check and scenario.sources["police"].batch == {1: 0.8, 5: 0.2}
    assert remarks(scenario, LIBRARY) == ()


# ---- changes by their place ----


@pytest.mark.parametrize(
    ("path", "value", "of"),
    [
        ("teams.desk.staff", 7, lambda one: one.teams["desk"].staff == 7),
        ("teams.desk.cap", 9, lambda one: one.teams["desk"].cap == 9),
        ("teams.managers.cap", 0, lambda one: one.teams["managers"].cap == 0),
        ("policies.check.on", True, lambda one: one.policies.check),
        ("tasks.screen.for[1].chance", 0.5, lambda one: one.tasks["screen"].cases[0].chance == 0.5),
        ("tasks.call.does.contact.close", 0.5, lambda one: one.tasks["call"].cases[0].does == {"contact.close": 0.5}),
        ("tasks.screen.does.contact.pass_on", 0, lambda one: one.tasks["screen"].cases[1].does["contact.pass_on"] == 0),
        ("tasks.screen.for[1].does.contact.refer", 0.7, lambda one: one.tasks["screen"].cases[0].does["contact.refer"] == 0.7),
        ('tasks.screen.does."contact.refer"', 0.1, lambda one: one.tasks["screen"].cases[1].does["contact.refer"] == 0.1),
        ("sources.schools.by_weekday[6]", 3, lambda one: one.sources["schools"].by_weekday == (1, 1, 1, 1, 1, 3, 0)),
        ("tasks.screen.effort.median", "45 minutes", lambda one: one.tasks["screen"].cases[1].effort.shape.median == 2_700),
        ("tasks.screen.effort", "1 hour", lambda one: one.tasks["screen"].cases[1].effort.shape.mean == 3_600),
        ("demand", 2, lambda one: one.sources["police"].per_year == 6_000 and one.sources["schools"].per_year == 1_000),
        ("starts", date(2024, 1, 15), lambda one: one.starts == date(2024, 1, 15)),
    ],
)  # fmt: skip
def test_a_value_is_changed_by_its_place(path: str, value: Any, of: Callable[[Scenario], bool]) -> None:
    before = deepcopy(SOUND)
    assert of(scenario_of(changed(SOUND, {path: value}, "mine.toml"), LIBRARY))
    assert before == SOUND


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("teams.dsk.staff", 4, "there is no table [teams.dsk] to set teams.dsk.staff in. Did you mean desk?"),
        ("temas.desk.staff", 4, "there is no table [temas] to set temas.desk.staff in. Did you mean teams"),
        ("teams.desk", 4, "is a table, not a value. Name what in it is to be set: role, rota, staff."),
        ("tasks.screen.for[1]", 4, "is a table, not a value. Name what in it is to be set: priorities, out_of_hours, does."),
        ("tasks.screen.for[2].chance", 4, "has 1 items, counted from 1; there is no item 2."),
        ("tasks.screen.for[0].chance", 4, "there is no item 0."),
        ("teams.desk.staff.x", 4, "teams.desk.staff is not a table, so there is nothing in it. Set it as a whole."),
        ("teams.desk.staff[1]", 4, "teams.desk.staff is not a list, so it has no item 1."),
        ("teams..staff", 4, "is not a place in a scenario. Write it like teams.screeners.staff"),
        ("[1]", 4, "is not a place in a scenario."), ("", 4, "is not a place in a scenario."), (".x", 4, "is not a place in a scenario."),
        ("tasks.call.for[1].chance", 1, "there is no table [tasks.call.for] to set tasks.call.for[1].chance in."),
    ],
)  # fmt: skip
def test_a_place_that_is_none_is_refused_with_what_there_is(path: str, value: Any, words: str) -> None:
    with pytest.raises(InputError) as error:
        changed(SOUND, {path: value}, "mine.toml")
    assert [(fault.where, fault.code) for fault in error.value.faults] == [(path, "unknown-path")]
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("teams.desk.staf", 4, "teams.desk.staf: there is no 'staf' here. Did you mean staff?"),
        ("teams.desk.staff", "four", "teams.desk.staff: staff must be a whole number"),
        ("tasks.screen.for[1].efort", "1 hour", "tasks.screen.for[1].efort: there is no 'efort' here. Did you mean effort?"),
        ("sources.police.known", math.nan, "sources.police.known: known must be a share from 0 to 1."),
    ],
)  # fmt: skip
def test_a_value_that_is_wrong_in_its_place_is_told_as_if_it_stood_in_the_file(
    tmp_path: Path, path: str, value: Any, words: str
) -> None:
    assert words in str(refused(toml(tmp_path / "mine.toml", TEXT), changes={path: value})[0])


def test_all_places_that_are_none_are_told_together() -> None:
    with pytest.raises(InputError) as error:
        changed(SOUND, {"temas.x": 1, "teams.desk.staff": 2, "taks.y": 3}, "mine.toml")
    assert [fault.where for fault in error.value.faults] == ["temas.x", "taks.y"]


# ---- policies ----


@pytest.mark.parametrize("policy", ["check", "ageing", "vetting", "signposting"])
def test_a_policy_that_is_off_is_as_if_it_were_not_there(policy: str) -> None:
    off = edited((f"policies/{policy}/on", False), (f"policies/{policy}/note", "assumed"), tables=WITH_POLICIES)
    without = edited((f"policies/{policy}", GONE), tables=WITH_POLICIES)
    assert scenario_of(off, LIBRARY) == scenario_of(without, LIBRARY) != scenario_of(WITH_POLICIES, LIBRARY)
    only_off = edited((f"policies/{policy}", {"on": False}))
    assert scenario_of(only_off, LIBRARY) == scenario_of(SOUND, LIBRARY)


def test_a_policy_that_has_a_table_is_on() -> None:
    assert scenario_of(edited(("policies/check", {})), LIBRARY).policies.check
    said = scenario_of(edited(("policies/check/on", True), tables=WITH_POLICIES), LIBRARY)
    assert said == scenario_of(WITH_POLICIES, LIBRARY)
    assert said.policies.check_at == 15 * 3_600


# ---- the work that comes in ----


def test_the_work_that_comes_in_is_that_of_erlang() -> None:
    scenario, library = load_scenario(ROOT / "examples" / "erlang_c.toml")
    (desk,) = loads(scenario, library)
    assert desk.people == pytest.approx(2.4)  # 2.4 an hour, an hour each
    assert remarks(scenario, library) == ()


def test_work_that_comes_back_is_counted_as_often_as_it_comes() -> None:
    """Of what is signed off one in five comes back: 1.25 submissions an assessment."""
    one = {load.team: load.people for load in loads(scenario_of(SOUND, LIBRARY), LIBRARY)}
    slow = edited(("tasks/rework/effort", "3 hours"))
    more = {load.team: load.people for load in loads(scenario_of(slow, LIBRARY), LIBRARY)}
    assessments = (3_000 * (0.25 * 0.9 + 0.75 * 0.3) + 500 * 0.9) * 0.8  # schools bring the first priority alone
    days = 32
    open_for = 24 * 8  # working days of the office
    assert more["desk"] - one["desk"] == pytest.approx(assessments * 0.25 * 2 * days / 365.25 / open_for, rel=1e-6)


def test_what_is_kept_back_is_no_work() -> None:
    tables = edited(("policies/vetting", {"share": 0.5, "sources": ["police"], "of": ["contact.close"]}))
    plain, vetted = (
        {load.team: load.people for load in loads(scenario_of(one, LIBRARY), LIBRARY)} for one in (SOUND, tables)
    )
    assert vetted["desk"] < plain["desk"]
    assert vetted["managers"] == pytest.approx(plain["managers"])  # what would be referred comes all the same


def test_what_comes_out_of_hours_is_the_work_of_those_who_are_there_then() -> None:
    """By night come 16 hours in 24 of five days, and by these teams' rotas nothing of it in the weekend's daytime."""
    tables = edited(("tasks/screen/for/0/effort", "1 hour"), ("sources/schools/per_year", 0))
    one = {load.team: load.people for load in loads(scenario_of(tables, LIBRARY), LIBRARY)}
    urgent_by_night = 3_000 * 0.25 * 16 / 24
    assert one["edt"] == pytest.approx(urgent_by_night / 365.25 / 16)  # of an hour each, over 16 hours of every day


def test_the_work_that_comes_in_is_about_what_a_run_finds() -> None:
    """Twenty months of plenty of staff, against the share of their time that the simulated teams work."""
    tables = edited(("teams/desk/staff", 12), ("teams/managers/staff", 4), ("ends", date(2025, 8, 29)))
    scenario = scenario_of(tables, LIBRARY)
    done = simulate(scenario, LIBRARY, replications=1).results
    for one in loads(scenario, LIBRARY):
        busy = done.utilisation[one.team].mean
        assert busy == pytest.approx(one.people / one.staff, rel=0.1, abs=0.01), one.team


def test_a_team_that_can_never_clear_its_work_is_told_of_in_front_of_the_results() -> None:
    scenario = scenario_of(edited(("sources/police/per_year", 30_000), ("ends", date(2024, 1, 12))), LIBRARY)
    said = remarks(scenario, LIBRARY)
    assert any(
        one.startswith("desk: ")
        and one.endswith(" people's work comes in, 5 are there: what waits for them only grows.")
        for one in said
    )
    assert simulate(scenario, LIBRARY, replications=1).notes[: len(said)] == said


def test_a_state_that_nothing_leaves_is_told_of() -> None:
    scenario = scenario_of(edited(("tasks/close", GONE)), LIBRARY)
    assert remarks(scenario, LIBRARY) == (
        "referral.accepted: cases come to it, and nothing in the scenario leads out of it: they stay open to the end.",
    )


def test_work_without_end_is_told_of() -> None:
    tables = edited(("tasks/call/does", {"call": 1}), ("tasks/call/wait", "1 week"))
    assert any(
        one.startswith("desk: call: each leads to another, without end")
        for one in remarks(scenario_of(tables, LIBRARY), LIBRARY)
    )


def test_a_team_that_is_never_there_in_the_time_of_the_run_is_told_of() -> None:
    tables = edited(
        ("rotas/sunday", {"sunday": "all day"}), ("teams/managers/rota", "sunday"), ("ends", date(2024, 1, 10))
    )
    scenario = scenario_of(tables, LIBRARY)
    assert remarks(scenario, LIBRARY) == ("managers: work comes in, and in the time of the run nobody is ever there.",)


@pytest.mark.parametrize("warm_up", [0, 100])
def test_a_source_brings_in_its_year_what_it_brings_in_a_year_however_long_the_office_fills(warm_up: int) -> None:
    """A source that is silent from March on has all of it before, and the filling in the autumn takes nothing from that."""
    tables = edited(("sources/schools/by_month", [1, 1] + [0] * 10), ("ends", date(2025, 1, 7)))
    planned = plan(scenario_of(tables, LIBRARY), LIBRARY, warm_up=warm_up)
    sources = planned.plan.sources
    s = planned.sources.index("schools")
    midnight = planned.hours.midnight
    first, last = (sources.hour0[s] + (midnight[day] - midnight[0]) // 3_600 for day in (warm_up, warm_up + 365))
    assert (sources.rate[last] - sources.rate[first]) / 1e6 == pytest.approx(500 * 365 / 365.25, rel=1e-6)


def test_a_scenario_to_which_nothing_comes_is_run_and_has_an_empty_log() -> None:
    tables = edited(("sources/police/per_year", 0), ("sources/schools/per_year", 0))
    planned = plan(scenario_of(tables, LIBRARY), LIBRARY, warm_up=0)
    floor = Floor.of(planned, speeds(quick=False))
    assert floor.replicate(1, 0).rows == 0
    assert log_of(planned, floor.run, floor.events).events.is_empty()


# ---- whatever stands in it ----

JUNK = st.one_of(
    st.sampled_from([
        "", "x", "desk", "edt", "office", "night", "police", "urgent", "call", "contact.close", "contact.receive", "referral.accept",
        "referral.received", "single_assessment.start", "social_worker", "system", "manager", "1 hour", "0 minutes", "9999 weeks",
        "10 working days", "09:00-17:00", "closed", "all day", "16:00", "00:00", "24:00", "\0", "0.4 seconds", "0 weeks", "520 weeks",
    ]),
    st.sampled_from([0, 1, 2, 3, 7, 0.5, 1.5, -1, 1e-300, 1e300, 3_000.5, 10**30, math.nan, math.inf, True, False]),
    st.sampled_from([date(2024, 1, 8), date(2024, 2, 8), date(2015, 4, 1), date(1, 1, 1), date(9999, 12, 31), date(2000, 1, 1)]),
    st.sampled_from([[], ["contact.close"], ["urgent"], ["police"], ["contact.received"], ["referral.receive", "contact.refer"],
                     [1] * 7, [0] * 6 + [1], [1e-300] * 24, [1e6] * 12, ["a", "b"], [{}], [{"sources": ["police"]}], [[1]]]),
    st.sampled_from([{}, {"contact.close": 1}, {"call": 1}, {"call": 0.999, "contact.close": 0.001}, {"1": 1}, {"500": 1.0},
                     {"urgent": 1}, {"mean": "1 hour"}, {"mean": "9999 weeks"}, {"median": "1 minute", "ninetieth": "90 minutes"},
                     {"from": "0 days", "to": "9999 days"}, {"bands": [{"to": "3 days", "share": 1}]},
                     {"referral.close": 1}, {"on": False}, {"share": 1, "of": ["contact.close"], "sources": ["police"]}]),
)  # fmt: skip


def places(tables: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in some tables, and one of each kind that could be there."""
    found = [path] if path else []
    for key, one in (
        tables.items() if isinstance(tables, dict) else enumerate(tables) if isinstance(tables, list) else ()
    ):
        found += places(one, (*path, key))
    return found


PLACES = places(WITH_POLICIES) + [
    ("teams", "desk", "cap"), ("teams", "edt", "absence"), ("sources", "police", "by_hour"), ("sources", "police", "begins"),
    ("sources", "schools", "on_bank_holidays"), ("sources", "police", "by_month"), ("sources", "schools", "batch"), ("known_by",),
    ("tasks", "call", "for"), ("tasks", "call", "held"), ("tasks", "sign", "held"), ("tasks", "call", "chance"), ("tasks", "sign", "wait"),
    ("tasks", "decide", "out_of_hours"), ("policies", "check", "on"), ("policies", "signposting", "to"), ("rotas", "office", "monday"),
    ("rotas", "office", "bank_holidays"), ("tasks", "new"), ("teams", "new"), ("sources", "new"), ("notes",), ("title",), ("demand",),
]  # fmt: skip


def put(here: Any, path: tuple[Any, ...], value: Any) -> None:
    """Put a value into its place, if that is still there."""
    for part in path[:-1]:
        is_there = part in here if isinstance(here, dict) else isinstance(here, list) and part in range(len(here))
        if not is_there:
            return
        here = here[part]
    if isinstance(here, dict) and value is GONE:
        here.pop(path[-1], None)
    elif isinstance(here, dict):
        here[path[-1]] = deepcopy(value)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(PLACES), st.one_of(JUNK, st.just(GONE))), min_size=1, max_size=4))
@example([(("tasks", "screen", "effort"), "0 minutes"), (("tasks", "call", "effort"), "0 minutes")])
@example([(("sources", "schools", "batch"), {"500": 1.0})])
@example([(("tasks", "decide", "wait"), {"from": "0 days", "to": "9999 days"})])
def test_any_values_in_any_places_are_faults_or_a_scenario_that_runs_a_week(
    edits: list[tuple[tuple[Any, ...], Any]],
) -> None:
    tables: Any = deepcopy(WITH_POLICIES)
    for path, value in edits:
        put(tables, path, value)
    try:
        scenario = scenario_of(tables, LIBRARY, "mine.toml")
    except InputError as error:
        assert all(fault.message.endswith(".") and fault.code for fault in error.faults)
        return
    assert all(one.endswith(".") for one in remarks(scenario, LIBRARY))
    week = attrs.evolve(scenario, ends=min(scenario.ends, scenario.starts + timedelta(days=6)))
    done = Floor.of(plan(week, LIBRARY, warm_up=0), speeds(quick=False)).replicate(1, 0)
    assert done.rows >= sum(done.contacts)


def tables_of(shape: reading.Shape) -> st.SearchStrategy[Any]:
    """Tables with some of the words of a shape, each with a value that may or may not be one of its own."""
    names = {"desk": shape[reading.NAME], "call": shape[reading.NAME]} if reading.NAME in shape else shape
    words = {key: st.one_of(JUNK, tables_of(one)) if not callable(one) else JUNK for key, one in names.items()}
    return st.fixed_dictionaries({}, optional=words)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables_of(SHAPE))
def test_any_values_under_the_words_of_a_scenario_are_faults_each_in_a_sentence(tables: dict[str, Any]) -> None:
    try:
        scenario = scenario_of(tables, LIBRARY, "mine.toml")
    except InputError as error:
        assert all(fault.message.endswith(".") and fault.code for fault in error.faults)
    else:
        assert scenario.tasks


# ---- the command ----


def test_validate_says_what_a_scenario_says(tmp_path: Path) -> None:
    mine = toml(tmp_path / "mine.toml", TEXT)
    ran = frontdoor("validate", mine)
    assert ran.status == 0, ran.err
    assert f"{mine}: mine, 2024-01-08 to 2024-02-08: it can be run." in ran.out
    assert "Contacts a year: police 3,000, schools 500; 3,500 in all." in ran.out
    assert "    managers: 1.0 people's work, 2 there" in ran.out
    said = json.loads(frontdoor("validate", mine, "--json").out)
    assert said["faults"] == [] and said["scenarios"][0]["teams"]["managers"]["staff"] == 2


def test_validate_lists_every_fault_of_a_scenario_beside_those_of_other_files(tmp_path: Path) -> None:
    mine = toml(tmp_path / "mine.toml", TEXT.replace("staff = 5", "staff = 5.5").replace('"0 working days"', '"soon"'))
    other = toml(tmp_path / "other.toml", 'tittle = "x"\n')
    ran = frontdoor("validate", mine, other)
    assert ran.status == 3
    assert f"{mine}: teams.desk.staff: staff must be a whole number" in ran.err
    assert f"{mine}: tasks.assess.wait: wait gives from as 'soon', which is not a length" in ran.err
    assert "Did you mean title?" in ran.err
    assert "frontdoor: 3 faults to mend." in ran.err
