"""`frontdoor calibrate`: what it writes and prints of a log, and what it says of mistakes."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from frontdoor.formats import write
from frontdoor.simulation import load_scenario
from tests.calibrated_desks import log_by
from tests.commands import frontdoor


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Half a year of the small desk, as a file."""
    path = tmp_path_factory.mktemp("logs") / "half.csv"
    write(log_by(), str(path))
    return str(path)


def test_it_prints_the_scenario_where_no_file_is_named(year: str) -> None:
    said = frontdoor("calibrate", year)
    assert said.status == 0
    made = tomllib.loads(said.out)
    assert said.out.startswith(
        "#:schema ../workflows/schema/scenario.schema.json\n# Made of half.csv by frontdoor calibrate."
    )
    assert set(made["teams"]) == {"desk", "managers", "assessors", "edt"}
    assert any(note.startswith("Made of ") for note in made["notes"])


def test_what_it_writes_is_simulated(year: str, tmp_path: Path) -> None:
    out = tmp_path / "ours.toml"
    said = frontdoor("calibrate", year, "--out", out, "--hold-out", 1)
    assert said.status == 0
    for words in ("Not seen in the log", "contact_received", "hours in the log", "2024-06-01 to 2024-06-30, foretold from what",
                  "lie in their 95% interval", f"frontdoor simulate {out}"):  # fmt: skip
        assert words in said.out
    assert load_scenario(out)[0].title == "half, calibrated"
    ran = frontdoor("simulate", out, "--replications", 1, "--json")
    assert json.loads(ran.out)["timers"]["contact.screening"]["met"] > 1_000


def test_as_json_every_figure_says_where_it_comes_from(year: str, tmp_path: Path) -> None:
    out = tmp_path / "ours.toml"
    found = json.loads(frontdoor("calibrate", year, "--json", "--out", out, "--hold-out", 1).out)
    assert {"scenario", "figures", "notes", "matched", "fit", "held_out", "contacts", "days"} <= set(found)
    assert {one["how"] for one in found["figures"]} <= {"counted", "estimated", "inferred", "assumed"}
    assert found["held_out"]["first"] == "2024-06-01" and found["held_out"]["clocks"][0]["found"] is not None
    written = tomllib.loads(out.read_text(encoding="utf-8"))
    assert found["scenario"]["tasks"] == written["tasks"] and found["scenario"]["starts"] == str(written["starts"])


def test_as_at_cuts_it_off(year: str) -> None:
    made = tomllib.loads(frontdoor("calibrate", year, "--as-at", "2024-04-30").out)
    assert str(made["ends"]) == "2024-04-30"


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        ((), 2, "name a LOG to make a scenario of, or published tables with --from-dfe FOLDER"),
        (("{year}", "--from-dfe", "tables"), 2, "one of them"),
        (("{year}", "--authority", "Camden"), 2, "use them with --from-dfe FOLDER"),
        (("--from-dfe", "tables", "--authority", "Camden", "--hold-out", "3"), 2, "--hold-out is for a LOG"),
        (("--from-dfe", "tables", "--authority", "Camden", "--as-at", "2020-03-31"), 2, "--as-at is for a LOG"),
        (("--from-dfe", "tables", "--authority", "Camden", "--workflows", "ours"), 2, "--workflows is for a LOG"),
        (("{year}", "--hold-out", "0"), 2, "--hold-out '0': write how many months, like 3, or none."),
        (("{year}", "--hold-out", "soon"), 2, "--hold-out 'soon'"),
        (("{year}", "--hold-out", "9"), 3, "without its last 9 months too little is left"),
        (("{year}", "--as-at", "2024-01-20"), 3, "a scenario needs 50 in 28 days at least"),
        (("{year}", "--out", "{year}"), 2, "half.csv"),
        (("{year}", "--out", "not/there.toml"), 2, "not/there.toml cannot be written"),
        (("not_there.csv",), 3, "not_there.csv"),
        (("{year}", "--workflows", "not_there"), 3, "not_there"),
    ],
)  # fmt: skip
def test_mistakes_are_told(year: str, words: tuple[str, ...], status: int, told: str) -> None:
    said = frontdoor("calibrate", *(word.format(year=year) for word in words))
    assert (said.status, told in said.err) == (status, True), said.err
    assert "Traceback" not in said.err
