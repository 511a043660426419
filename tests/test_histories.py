"""Histories that were once judged wrongly, or that must be judged as they are for ever.

A folder of `histories/` has a `log.csv`, perhaps a `local.toml`, and the `deadlines.csv` and `findings.csv` that are right.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from frontdoor import audit, load

HISTORIES = sorted(path for path in Path(__file__).with_name("histories").iterdir() if (path / "log.csv").is_file())


@pytest.mark.parametrize("folder", HISTORIES, ids=[folder.name for folder in HISTORIES])
def test_a_history_is_judged_as_it_always_was(folder: Path) -> None:
    local = folder / "local.toml"
    found = audit(folder / "log.csv", load(local=[local] if local.exists() else []))
    for table, free in ((found.deadlines, "cites"), (found.findings, "message")):
        name = "deadlines.csv" if free == "cites" else "findings.csv"
        right = pl.read_csv(folder / name, infer_schema=False).fill_null("")
        told = table.drop(free).with_columns(pl.all().cast(pl.String).fill_null(""))
        assert told.rows(named=True) == right.rows(named=True)


def test_there_are_histories() -> None:
    assert HISTORIES
