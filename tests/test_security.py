"""SECURITY.md: each hazard has a control, and each test that it names is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "SECURITY.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("|") and not line.startswith(("|---", "| hazard "))
]
NAMED = sorted({name for row in ROWS for name in re.findall(r"`((?:\w+/)?test_\w+\.py(?:::\w+)?)`", row[3])})


def test_every_hazard_has_how_it_could_come_about_a_control_and_a_test() -> None:
    assert len(ROWS) > 15
    for row in ROWS:
        assert len(row) == 5 and row[1] and row[2] and "test_" in row[3], row


@pytest.mark.parametrize(
    "hazard",
    [
        "a missed breach", "a false breach", "the wrong child", "a lost event", "a stale board", "the wrong calendar", "clock skew",
        "an insider's edit", "a leaked export",
    ],
)  # fmt: skip
def test_the_hazards_that_a_front_door_must_think_of_are_there(hazard: str) -> None:
    assert hazard in {row[0] for row in ROWS}


@pytest.mark.parametrize("name", NAMED)
def test_a_test_that_is_named_is_there(name: str) -> None:
    file, _, function = name.partition("::")
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    there = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert not function or function in there
