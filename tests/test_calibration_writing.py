"""A scenario is written as the file that it is read from: nothing is lost, and what it says loads."""

from __future__ import annotations

import math
import tomllib
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdoor.calibration.writing import write_scenario
from frontdoor.simulation import load_scenario
from tests.commands import ROOT

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True)
KEYS = NAMES | st.sampled_from(["contact.refer", "1", "500", "a b", 'quoted"', "späť"])
FIGURES = st.integers(-9_999, 9_999).map(lambda n: n / 1_000) | st.integers(1, 9_999).map(float)
PLAIN = st.text(max_size=20) | st.booleans() | st.integers(-(2**40), 2**40) | FIGURES | st.dates()
INLINE = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6
)
TABLE = st.dictionaries(NAMES, INLINE, max_size=5)
ITEMS = st.fixed_dictionaries({}, optional={"for": st.lists(TABLE, max_size=3), "note": st.text(max_size=9)})
TABLES = st.dictionaries(NAMES, st.builds(lambda table, more: table | more, TABLE, ITEMS), max_size=3)
KINDS = st.fixed_dictionaries({}, optional=dict.fromkeys(("rotas", "teams", "sources", "tasks", "policies"), TABLES))


@given(st.builds(lambda plain, kinds: plain | kinds, st.dictionaries(NAMES, INLINE, max_size=5), KINDS))
def test_what_is_written_reads_as_it_was(made: dict[str, Any]) -> None:
    assert tomllib.loads(write_scenario(made)) == made


def test_an_example_comes_back_unchanged(tmp_path: Any) -> None:
    example = ROOT / "examples" / "barking_2015_16.toml"
    made = tomllib.loads(example.read_text(encoding="utf-8"))
    copy = tmp_path / example.name
    copy.write_text(write_scenario(made, about="A copy,\nof two lines."), encoding="utf-8")
    assert tomllib.loads(copy.read_text(encoding="utf-8")) == made
    assert load_scenario(copy)[0] == load_scenario(example)[0]


@given(st.lists(st.floats(0.0001, 1), min_size=2, max_size=30))
def test_shares_that_are_rounded_add_up_to_what_they_did(weights: list[float]) -> None:
    total = math.fsum(weights)
    shares = {f"a{i}": one / total for i, one in enumerate(weights)}
    bands = [{"to": f"{i + 1} days", "share": one} for i, one in enumerate(shares.values())]
    read = tomllib.loads(write_scenario({"tasks": {"one": {"does": shares, "wait": {"bands": bands}}}}))["tasks"]["one"]
    for found in (read["does"].values(), [band["share"] for band in read["wait"]["bands"]]):
        assert math.fsum(found) == pytest.approx(1, abs=1e-6)
        assert list(found) == pytest.approx(list(shares.values()), abs=0.002)


def test_it_is_laid_out_as_the_examples_are() -> None:
    task = {
        "for": [{"priorities": ["urgent"]}],
        "note": "n",
        "does": {"contact.close": 1.0},
        "team": "desk",
        "in": ["a.b"],
    }
    made = {"tasks": {"screen": task}, "teams": {"desk": {"staff": 3, "cap": None}}, "starts": date(2024, 1, 1)}
    assert write_scenario(made, about="Ours").splitlines() == [
        "#:schema ../workflows/schema/scenario.schema.json", "# Ours", "", "starts = 2024-01-01",
        "", "# ---- who works ----", "", "[teams.desk]", "staff = 3",
        "", "# ---- what there is to do ----", "", "[tasks.screen]", 'in   = ["a.b"]', 'team = "desk"',
        'does = { "contact.close" = 1.0 }', 'note = "n"', "", "[[tasks.screen.for]]", 'priorities = ["urgent"]',
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (4_757.62, "4758"),
        (21_038.4, "21038"),
        (0.123456, "0.1235"),
        (12.0, "12"),
        (1.0, "1.0"),
        (0.00012345, "0.0001234"),
    ],
)
def test_numbers_have_four_figures(value: float, said: str) -> None:
    assert write_scenario({"x": value}).splitlines()[-1] == f"x = {said}"
