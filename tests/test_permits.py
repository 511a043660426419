"""A process that is not ours, in a file that is not ours: the permit desk of examples/permits is judged by its own byelaws."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from frontdoor.formats import mapped_csv, ocel, parquet, xes
from frontdoor.formats.source import Source
from frontdoor.library import Library, load, shipped, survey
from frontdoor.replay.audit import Audit, run

FILES = Path(__file__).resolve().parent.parent / "examples" / "permits"


@pytest.fixture(scope="module")
def library() -> Library:
    return load(workflows=FILES / "workflows")


@pytest.fixture(scope="module")
def source(library: Library) -> Source:
    mapping = mapped_csv.load_mapping(FILES / "mapping.toml", library)
    return mapped_csv.read((FILES / "register.csv").read_bytes(), "register.csv", mapping)


@pytest.fixture(scope="module")
def found(source: Source, library: Library) -> Audit:
    return run(source, library, as_at="2024-08-30")


def test_its_declarations_are_without_fault() -> None:
    assert survey(FILES / "workflows")[1] == []


def test_its_mapping_is_sound_to_its_schema_which_it_names() -> None:
    text = (FILES / "mapping.toml").read_text(encoding="utf-8")
    named = (FILES / text.splitlines()[0].removeprefix("#:schema ")).resolve()
    assert named == (shipped() / "schema" / "mapping.schema.json").resolve()
    schema = json.loads(named.read_text(encoding="utf-8"))
    assert [error.message for error in Draft202012Validator(schema).iter_errors(tomllib.loads(text))] == []


def test_every_row_of_the_register_is_an_event_or_accounted_for(source: Source) -> None:
    rows = (FILES / "register.csv").read_text(encoding="cp1252").splitlines()[2:]
    assert source.events.height + len(source.rejected) + 1 == len(rows)  # and one phone call
    assert [(bad.row, bad.text) for bad in source.rejected] == [(19, "31/06/2024 10:00")]
    assert "1 row passed over, as the mapping says: Phone call." in source.notes


def test_each_application_is_judged_by_the_byelaws_of_the_day_it_came(found: Audit) -> None:
    decisions = found.deadlines.filter(timer="application.decision")
    assert decisions.select("case_id", "guidance", "due", "status").rows() == [
        ("PL/0311", "byelaws_2019", "2024-04-29", "met"),
        ("PL/0312", "byelaws_2019", "2024-04-30", "late"),
        ("PL/0313", "byelaws_2019", "2024-06-25", "met"),
        ("PL/0314", "byelaws_2024", "2024-05-29", "late"),
        ("PL/0315", "byelaws_2024", "2024-06-26", "ended"),
        ("PL/0317", "byelaws_2024", "2024-08-29", "overdue"),
    ]


def test_its_own_roles_four_eyes_and_details_are_held_to(found: Audit) -> None:
    rules = found.findings.filter(~found.findings["rule"].str.contains("breach")).select("case_id", "rule").rows()
    assert rules == [("PL/0312", "recorded-late"), ("PL/0313", "same-person"), ("PL/0315", "missing-detail")]


@pytest.mark.parametrize("name", ["log.xes", "log.json", "log.sqlite", "log.parquet"])
def test_its_log_is_judged_alike_in_any_format_of_event_logs(
    tmp_path: Path, name: str, source: Source, library: Library, found: Audit
) -> None:
    writer = {"xes": xes, "parquet": parquet}.get(name[4:], ocel)
    writer.write(source, tmp_path / name)
    back = xes.read((tmp_path / name).read_bytes(), name) if writer is xes else writer.read(tmp_path / name, name)
    again = run(back, library, as_at="2024-08-30")
    assert again.deadlines.rows() == found.deadlines.rows()
    assert again.findings.drop("position").rows() == found.findings.drop("position").rows()
