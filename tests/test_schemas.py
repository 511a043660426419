"""The JSON Schemas that editors use say what the program says: the same words, of the same kinds, in the same places."""

from __future__ import annotations

import copy
import json
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from frontdoor import reading
from frontdoor.errors import Fault, InputError
from frontdoor.library import load, shipped, survey
from frontdoor.retention import read_schedule
from frontdoor.simulation.scenario_file import is_scenario, scenario_of
from frontdoor.simulation.scenario_shape import CASE, SHAPE
from tests.commands import ROOT

KINDS = {
    "workflow": (reading.WORKFLOW, "*.toml"),
    "guidance": (reading.GUIDANCE, "guidance/*.toml"),
    "local": (reading.LOCAL, "local/*.toml"),
    "bank_holidays": (reading.CALENDAR, "bank_holidays.toml"),
    "scenario": (SHAPE, ""),
    "retention": (reading.RETENTION, "retention/*.toml"),
}
SCHEMAS = {
    kind: json.loads((shipped() / "schema" / f"{kind}.schema.json").read_text(encoding="utf-8")) for kind in KINDS
}
VALIDATORS = {
    kind: Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    for kind, schema in SCHEMAS.items()
}
SHIPPED = {
    path: kind
    for kind, (_, pattern) in KINDS.items()
    for path in sorted(shipped().glob(pattern) if pattern else ())
    if kind == "bank_holidays" or path.stem != "bank_holidays"
} | {path: "scenario" for path in sorted((ROOT / "examples").glob("*.toml")) if is_scenario(reading.keys(path))}

every_schema = pytest.mark.parametrize("kind", KINDS)
every_file = pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}/{path.name}")

Path_ = tuple[str, ...]


def as_json(value: Any) -> Any:
    """What TOML says, as JSON has it: a date is a text."""
    if isinstance(value, dict):
        return {key: as_json(one) for key, one in value.items()}
    if isinstance(value, list):
        return [as_json(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


def subschemas(kind: str) -> Iterator[tuple[Path_, dict[str, Any]]]:
    """Every table and value that a schema knows, by its path; '*' stands for any name."""
    root = SCHEMAS[kind]

    def walk(node: dict[str, Any], path: Path_) -> Iterator[tuple[Path_, dict[str, Any]]]:
        while "$ref" in node:
            node = root["$defs"][node["$ref"].removeprefix("#/$defs/")]
        yield path, node
        for key, one in node.get("properties", {}).items():
            yield from walk(one, (*path, key))
        for one in node.get("patternProperties", {}).values():
            yield from walk(one, (*path, "*"))

    return walk(root, ())


def shapes(shape: reading.Shape, path: Path_ = ()) -> Iterator[tuple[Path_, Any]]:
    """Every table and value that the program reads, likewise."""
    yield path, shape
    for key, check in shape.items():
        here = (*path, "*" if key == reading.NAME else key)
        if callable(check):
            yield here, check
        else:
            yield from shapes(check, here)


# ---- the schemas themselves ----


@every_schema
def test_a_schema_is_valid_in_the_draft_of_2020(kind: str) -> None:
    assert SCHEMAS[kind]["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(SCHEMAS[kind])


@every_schema
def test_everything_in_a_schema_is_described_for_people(kind: str) -> None:
    assert [path for path, node in subschemas(kind) if not node.get("description", "").strip()] == []


@every_schema
def test_every_item_of_a_list_is_described_too(kind: str) -> None:
    lists = [(path, node) for path, node in subschemas(kind) if node.get("type") == "array"]
    assert lists and all(node["items"].get("description") or path[-1] == "sources" for path, node in lists)


@every_schema
def test_no_table_takes_a_word_that_it_does_not_name(kind: str) -> None:
    tables = [(path, node) for path, node in subschemas(kind) if node.get("type") == "object"]
    assert [
        path for path, node in tables if node.get("additionalProperties") is not False and not names_its_keys(node)
    ] == []


def names_its_keys(node: Mapping[str, Any]) -> bool:
    """Whether it is a table of shares, whose keys are names of other things."""
    return set(node.get("propertyNames", {})) == {"pattern"} and node["additionalProperties"]["type"] == "number"


# ---- the shipped files ----


@every_file
def test_every_shipped_file_conforms_to_its_schema(path: Path) -> None:
    tables = as_json(tomllib.loads(path.read_text(encoding="utf-8")))
    assert [error.message for error in VALIDATORS[SHIPPED[path]].iter_errors(tables)] == []


@every_file
def test_every_shipped_file_names_its_schema_on_its_first_line(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    named = (path.parent / first.removeprefix("#:schema ")).resolve()
    assert first.startswith("#:schema ")
    assert named == (shipped() / "schema" / f"{SHIPPED[path]}.schema.json").resolve() and named.is_file()


# ---- the same words ----


@every_schema
def test_every_word_of_the_schema_is_read_by_the_program(kind: str) -> None:
    ours = {path for path, _ in shapes(KINDS[kind][0])}
    assert sorted({path for path, _ in subschemas(kind)} - ours) == []


@every_schema
def test_every_word_that_the_program_reads_is_in_the_schema(kind: str) -> None:
    theirs = {path for path, _ in subschemas(kind)}
    assert sorted({path for path, _ in shapes(KINDS[kind][0])} - theirs) == []


# ---- the same kinds ----

LENGTHS = ["1 working day", "45 working days", "24 hours", "6 weeks", "3 months", "1 day", "2 day"]
PROBES: list[Any] = [
    2005, 1.5, True, False, [], {}, {"a": "b"}, [5], [["a"]], [True], "", "manager", ["manager"], ["chair", "system"],
    date(2010, 3, 17), datetime(2010, 3, 17), "first", "latest", "last", "statutory", "local", "V-2nd",
    "v-2nd", *LENGTHS, ["1 day"], "0 days", "1 Day", "1 days.", "100000 days", "soon", "1.5 days", "٤٥ days", "045 days",
    " 5 days", ["manager", "boss"],
]  # fmt: skip
OF_SCENARIOS: list[Any] = [
    0, 1, -1, 0.5, 1e7, float("inf"), "contact.receive", ["contact.receive"],
    "16:00", "24:00", "09:00-17:00", "00:00-09:00, 17:00-24:00", "17:00-25:00", "closed", "all day", "0 minutes", "90 minutes",
    "1.25 hours", {"mean": "1 hour"}, {"mean": "soon"}, {"median": "1 hour"}, {"median": "1 hour", "ninetieth": "2 hours"},
    {"from": "1 day", "to": "2 days"}, {"bands": []}, {"bands": [{"to": "1 day", "share": 1}]}, {"bands": [{"to": "1 day"}]},
    {"contact.refer": 0.5, "call": 0.5}, {"contact.refer": 1.5}, {"Call": 0.5}, {"1": 0.5, "500": 0.5}, {"501": 1}, {"0": 1.0},
    {"urgent": 1.0}, [1] * 7, [0] * 7, [1] * 24, [1] * 12, [-1] + [1] * 6, ["1"] * 7,
]  # fmt: skip
NAMES = {  # a name is text in the program, which knows the names there are; the schema knows how a name looks
    "initial", "opens_with", "after", "from", "to", "needs", "not_by", "opens", "not_while_open", "counts_from", "runs_in",
    "until", "met_by", "amends", "removes", "by", "roles",
}  # fmt: skip


def kinds_differ(kind: str, tried: list[Any]) -> list[tuple[Path_, Any, str]]:
    """Where the program takes a value of a kind that the schema refuses, or the other way round."""
    checks = {path: check for path, check in shapes(KINDS[kind][0]) if callable(check)}
    differing = []
    for path, node in subschemas(kind):
        check = checks.get(path)
        if check is None:
            continue
        validator = Draft202012Validator({**node, "$defs": SCHEMAS[kind].get("$defs", {})})
        for value in tried:
            if isinstance(value, date) and node.get("format") != "date":
                takes = False  # a date in TOML is a text in JSON only for want of dates there
            elif isinstance(value, str) and node.get("format") == "date":
                continue
            else:
                takes = validator.is_valid(as_json(value)) and type(value) is not datetime
            if takes != (check(value) is None):
                differing.append((path, value, "schema refuses" if not takes else "program refuses"))
    return differing


@every_schema
def test_schema_and_program_take_the_same_kind_of_value_for_every_word(kind: str) -> None:
    values = [value for value in PROBES if value not in ([], "٤٥ days", "045 days", " 5 days")]
    differing = kinds_differ(kind, values + (OF_SCENARIOS if kind == "scenario" else []))
    assert [one for one in differing if one[0][-1] not in NAMES or not is_text(one[1])] == []


def is_text(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value))


@pytest.mark.parametrize(
    "odd",
    [[], ["manager", "manager"], " ", "٤٥ days", "045 days"],
    ids=["an empty list", "a name twice", "a blank", "other digits", "a nought before"],
)
def test_they_agree_on_an_odd_value_too(odd: Any) -> None:
    differing = [one for kind in KINDS for one in kinds_differ(kind, [odd])]
    assert [one for one in differing if one[0][-1] not in NAMES or isinstance(odd, list)] == []


@pytest.mark.parametrize("word", ["needs", "roles"])
def test_a_detail_and_a_role_are_names_to_both(tmp_path: Path, word: str) -> None:
    path = ("transitions", "decide") if word == "needs" else ()
    for odd in ("the reason", "Reason", "reason-why", ""):
        tables = edited("workflow", path, word, ["manager", "chair", odd])
        assert schema_takes("workflow", tables) == program_takes(tmp_path, "workflow", tables), odd


@pytest.mark.parametrize(
    ("path", "name"), [(("states",), "On hold"), (("timers",), "reply-2"), (("transitions",), "Undo")]
)
def test_the_name_of_a_thing_is_a_name_to_both(tmp_path: Path, path: Path_, name: str) -> None:
    tables = edited("workflow", path, name, TABLES["workflow"][path[0]][next(iter(TABLES["workflow"][path[0]]))])
    assert not schema_takes("workflow", tables) and not program_takes(tmp_path, "workflow", tables)


# ---- the same verdict ----

TEXTS = {  # small enough to edit, with something of everything in each
    "workflow": """
        title = "Permit"
        about = "A permit."
        initial = "received"
        opens_with = "apply"
        roles = ["manager", "chair"]
        after = ["permit.decide"]
        [states.received]
        title = "Received"
        [states.paused]
        title = "Paused"
        unguarded = "It is right."
        [states.decided]
        title = "Decided"
        final = true
        [transitions.apply]
        title = "Apply"
        [transitions.pause]
        title = "Pause"
        from = ["received"]
        to = "paused"
        [transitions.decide]
        title = "Decide"
        from = ["received", "paused"]
        to = "decided"
        by = ["manager", "chair"]
        needs = ["reason"]
        not_by = "pause"
        opens = "permit"
        not_while_open = ["permit"]
        [timers.decision]
        title = "Decide"
        counts_from = ["pause", "apply"]
        anchor = "latest"
        runs_in = ["received"]
        met_by = ["decide"]
        basis = "statutory"
        allowed = "10 days"
        then = "2 weeks"
        cites = "page 1"
        grade = "V"
        [timers.reply]
        title = "Reply"
        counts_from = ["apply"]
        until = ["pause"]
        basis = "local"
        allowed = "1 day"
        cites = "page 2"
        grade = "GK"
        [timers.notice]
        title = "Tell the neighbours"
        counts_from = ["apply"]
        until = ["pause"]
        basis = "local"
        allowed = "1 week"
        cites = "page 3"
        grade = "GK"
        """,
    "guidance": """
        title = "Second"
        about = "The second."
        in_force_from = 2005-01-01
        amends = "first"
        sources = ["Page 2 (V)"]
        removes = ["workflows.permit.timers.reply"]
        [workflows.permit.timers.decision]
        allowed = "9 days"
        cites = "page 2"
        grade = "V-2nd"
        [workflows.permit.transitions.decide]
        title = "Decide it"
        needs = ["reason", "method"]
        """,
    "local": """
        title = "Ours"
        about = "Our rules."
        authority = "Us"
        sources = ["Our procedures (V-local)"]
        removes = ["workflows.permit.timers.notice"]
        [adopts]
        second = 2006-01-01
        [closures]
        2006-12-27 = "Shut"
        [workflows.permit.timers.decision]
        allowed = "8 days"
        cites = "our page 3"
        grade = "V-local"
        [workflows.permit.timers.visit]
        title = "Visit"
        counts_from = ["apply"]
        runs_in = ["received"]
        basis = "local"
        allowed = "2 days"
        cites = "our page 4"
        grade = "INF"
        departs = "Ours."
        """,
    "bank_holidays": """
        version = "mine"
        first = 2005
        last = 2006
        sources = ["Ours"]
        note = "Ours."
        [2005]
        2005-12-26 = "Boxing Day"
        [2006]
        2006-12-25 = "Christmas Day"
        """,
    "retention": """
        title = "Ours"
        example = true
        [rules.closed]
        title = "Closed"
        workflows = ["permit", "appeal"]
        keep_years = 6
        cites = "page 1"
        grade = "V"
        [holds.X-1]
        because = "a claim"
        until = 2030-12-31
        """,
    "scenario": """
        title = "A desk"
        about = "One desk."
        starts = 2024-01-08
        ends = 2024-02-08
        priorities = ["urgent", "routine"]
        warm_up = "2 weeks"
        known_by = ["contact.receive"]
        notes = ["All of it is assumed."]
        [rotas.office]
        weekdays = "09:00-17:00"
        friday = "09:00-12:00"
        [rotas.night]
        every_day = "00:00-09:00, 17:00-24:00"
        [teams.desk]
        title = "The desk"
        role = "social_worker"
        rota = "office"
        staff = 2
        absence = 0.1
        cap = 5
        [teams.edt]
        role = "edt_officer"
        rota = "night"
        staff = 1
        [sources.police]
        title = "Police"
        per_year = 300
        begins = "contact.receive"
        code = "6"
        known = 0.25
        by_weekday = [1, 1, 1, 1, 1, 0, 0]
        on_bank_holidays = 0.5
        batch = { 1 = 0.5, 3 = 0.5 }
        priority = { urgent = 0.25, routine = 0.75 }
        [tasks.screen]
        title = "Read it"
        in = ["contact.received"]
        team = "desk"
        held = true
        chance = 0.5
        wait = { from = "1 hour", to = "1 day" }
        effort = { median = "30 minutes", ninetieth = "1 hour" }
        out_of_hours = "edt"
        does = { "contact.close" = 0.5, "contact.signpost" = 0.25, call = 0.25 }
        [[tasks.screen.for]]
        priorities = ["urgent"]
        effort = "5 minutes"
        [tasks.call]
        team = "desk"
        effort = "20 minutes"
        does = { "contact.close" = 1 }
        [policies.check]
        on = true
        at = "15:00"
        [policies.ageing]
        after = "2 days"
        [policies.vetting]
        share = 0.5
        sources = ["police"]
        of = ["contact.close"]
        [policies.signposting]
        share = 0.5
        to = "contact.signpost"
        of = ["contact.close"]
        """,
}
FIRST = 'title = "First"\nin_force_from = 2001-01-01\n[workflows.permit.timers.decision]\nallowed = "10 days"'
PLACES = {
    "workflow": "permit.toml",
    "guidance": "guidance/second.toml",
    "local": "local/ours.toml",
    "bank_holidays": "bank_holidays.toml",
}
TABLES = {kind: tomllib.loads(text) for kind, text in TEXTS.items()}


def toml(value: Any) -> str:
    """A value as TOML writes it, tables in a line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)


def program_finds(folder: Path, kind: str, tables: Mapping[str, Any]) -> list[Fault]:
    """What the program finds wrong with these tables as a file of that kind, beside sound ones."""
    if kind == "scenario":
        return scenario_finds(tables)
    if kind == "retention":
        return schedule_finds(folder, tables)
    for each, place in PLACES.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        text = "\n".join(f"{json.dumps(key)} = {toml(value)}" for key, value in tables.items())
        (folder / place).write_text(text if each == kind else TEXTS[each], encoding="utf-8")
    (folder / "guidance" / "first.toml").write_text(FIRST)
    return survey(folder, local=folder / PLACES["local"])[1]


LIBRARY = load()


def schedule_finds(folder: Path, tables: Mapping[str, Any]) -> list[Fault]:
    """The same of a schedule of retention."""
    (folder / "ours.toml").write_text(
        "\n".join(f"{json.dumps(key)} = {toml(value)}" for key, value in tables.items()), encoding="utf-8"
    )
    try:
        read_schedule(folder / "ours.toml")
    except InputError as error:
        return list(error.faults)
    return []


def scenario_finds(tables: Mapping[str, Any]) -> list[Fault]:
    """The same of a scenario, but for names and shares of other things, of which only the program can know."""
    try:
        scenario_of(tables, LIBRARY)
    except InputError as error:
        return [
            fault for fault in error.faults if fault.code in ("wrong-value", "wrong-name", "unknown-key", "missing-key")
        ]
    return []


def program_takes(folder: Path, kind: str, tables: Mapping[str, Any]) -> bool:
    return program_finds(folder, kind, tables) == []


def schema_takes(kind: str, tables: Mapping[str, Any]) -> bool:
    return VALIDATORS[kind].is_valid(as_json(tables))


def tables_in(tables: dict[str, Any], path: Path_ = ()) -> Iterator[Path_]:
    """The paths of all tables, the outermost first."""
    yield path
    for key, value in tables.items():
        if isinstance(value, dict):
            yield from tables_in(value, (*path, key))


def inside(tables: dict[str, Any], path: Path_) -> dict[str, Any]:
    """The table at a path."""
    for part in path:
        tables = tables[part]
    return tables


def edited(kind: str, path: Path_, key: str, value: Any) -> dict[str, Any]:
    """The tables of that kind with one value changed or added."""
    tables = copy.deepcopy(TABLES[kind])
    inside(tables, path)[key] = value
    return tables


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, Path_, str, Any]:
    """A word that is not known, or a value of another kind."""
    kind = draw(st.sampled_from(sorted(KINDS)))
    path = draw(st.sampled_from(list(tables_in(TABLES[kind]))))
    here = inside(TABLES[kind], path)
    if draw(st.booleans()):
        key = draw(st.sampled_from(["colour", "titel", "Title", "allow", "departs", "in_force", "deadline", "state"]))
        if key not in here:
            return kind, path, key, draw(st.sampled_from(["x", 5, True, ["x"], "1 day"]))
    key = draw(st.sampled_from(sorted(here)))
    others = [2005, 1.5, True, ["x"], [5], {"x": 1}, "nothing of the kind", [["x"]], {"x": {"y": "z"}}]
    same_kind = {bool: True, int: 2005, list: ["x"]}  # whether such a one is right only the program knows
    if type(here[key]) in same_kind:
        others = [one for one in others if type(one) is not type(here[key]) or one != same_kind[type(here[key])]]
    return kind, path, key, draw(st.sampled_from(others))


@every_schema
def test_the_files_that_these_tests_edit_are_taken_by_both(tmp_path: Path, kind: str) -> None:
    assert schema_takes(kind, TABLES[kind])
    assert program_takes(tmp_path, kind, TABLES[kind])


@settings(deadline=None, max_examples=100)
@given(edits())
@example(("workflow", ("timers", "decision"), "allowed", 5))
@example(("workflow", (), "colour", "x"))
@example(("local", ("workflows", "permit", "timers", "decision"), "departs", "x"))
@example(("workflow", ("timers", "decision"), "departs", "x"))
@example(("bank_holidays", (), "2006", {"27 December": "x"}))
def test_a_small_edit_is_refused_by_schema_and_program_or_by_neither(
    tmp_path_factory: pytest.TempPathFactory, edit: tuple[str, Path_, str, Any]
) -> None:
    kind, path, key, value = edit
    tables = edited(kind, path, key, value)
    folder = tmp_path_factory.mktemp("edit")
    assert schema_takes(kind, tables) == program_takes(folder, kind, tables)


@every_schema
def test_a_word_that_the_program_misses_is_missed_by_the_schema(tmp_path: Path, kind: str) -> None:
    differing = []
    for path in tables_in(TABLES[kind]):
        for key in inside(TABLES[kind], path):
            tables = copy.deepcopy(TABLES[kind])
            del inside(tables, path)[key]
            faults = program_finds(tmp_path, kind, tables)
            # Only the program knows which transition opens the workflow, and so which needs a from.
            # So it does whether a task needs an effort of its own, beside those that it has for some.
            if (
                schema_takes(kind, tables)
                and key not in ("from", "effort")
                and any(fault.code == "missing-key" for fault in faults)
            ):
                differing.append((*path, key))
    assert differing == []


def test_what_a_task_is_for_some_has_the_same_words_to_both() -> None:
    """The items of a list are beside the paths above."""
    items = SCHEMAS["scenario"]["properties"]["tasks"]["patternProperties"]["^[a-z][a-z0-9_]*$"]["properties"]["for"][
        "items"
    ]
    assert set(items["properties"]) == set(CASE)
    tables = copy.deepcopy(TABLES["scenario"])
    for word, value in (("chance", 2), ("effort", "soon"), ("colour", "red"), ("does", {}), ("sources", [])):
        tables["tasks"]["screen"]["for"] = [{"priorities": ["urgent"], word: value}]
        assert not schema_takes("scenario", tables) and scenario_finds(tables), word


def test_a_draft_which_has_no_day_is_an_edition_to_the_schema_too() -> None:
    draft = {key: value for key, value in TABLES["guidance"].items() if key != "in_force_from"}
    assert schema_takes("guidance", draft)


@pytest.mark.parametrize(
    "gone",
    [
        "workflows.permit", "workflows.permit.timers.reply", "workflows.permit.transitions.pause",
        "workflows.permit.states.paused", "workflows.permit.timers.reply.cites", "workflows.permit.timers", "permit",
    ],
)  # fmt: skip
def test_the_schema_lets_an_edition_take_away_what_the_program_lets_it(tmp_path: Path, gone: str) -> None:
    tables = {**TABLES["guidance"], "removes": [gone]}
    program_finds(tmp_path, "guidance", tables)
    faults = [fault for fault in survey(tmp_path)[1] if fault.where == "removes"]
    assert schema_takes("guidance", tables) == (not faults)
