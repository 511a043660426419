"""Each benchmark runs, on a small log, and prints the ratio that it is for. Nothing is said of how quick anything is."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import postgres
import pytest

ROOT = Path(__file__).parents[1]
RATIO = re.compile(r"ratio \d+\.\d\d, (within|OVER|UNDER) the limit of \d")


def run(*arguments: str) -> str:
    """What a Python prints."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "name, options, ratios",
    [
        ("imports", ["--runs", "1"], 2),
        ("audit", ["--runs", "1", "--events", "500"], 5),
        ("bulk_import", ["--runs", "1", "--events", "500"], 3),
        ("verify", ["--runs", "1", "--events", "400"], 1),
        ("log_audit", ["--runs", "1", "--events", "400"], 5),
        ("parquet", ["--runs", "1", "--events", "400"], 4),
        ("checking", ["--runs", "1", "--events", "400"], 2),
        ("showing", ["--runs", "1", "--events", "400"], 1),
        ("desk_imports", ["--runs", "1"], 2),
    ],
)
def test_a_benchmark_prints_its_ratios(name, options, ratios):
    printed = run("-m", f"tests.benchmarks.{name}", *options)
    assert len(RATIO.findall(printed)) == ratios, printed


@pytest.mark.slow
@pytest.mark.skipif(postgres.programs() is None, reason=postgres.WANTED)
def test_the_benchmark_of_several_clients_prints_its_ratio():
    printed = run("-m", "tests.benchmarks.postgres", "--runs", "1", "--events", "16")
    assert len(RATIO.findall(printed)) == 1, printed


slows_syncs = pytest.mark.skipif(
    not (shutil.which("gcc") or shutil.which("cc")) or not Path("/dev/shm").is_dir(),
    reason="no C compiler, no /dev/shm",
)


@pytest.mark.slow
@slows_syncs
def test_the_benchmark_of_crowds_prints_its_ratios():
    printed = run("-m", "tests.benchmarks.crowds", "--runs", "1")
    assert len(RATIO.findall(printed)) == 2 and "longest wait of a process" in printed, printed


@slows_syncs
def test_the_benchmark_of_a_record_counts_its_syncs_and_prints_its_ratio():
    printed = run("-m", "tests.benchmarks.record", "--events", "16")
    assert "16 records: 16 took one sync; 0 took more" in printed
    assert "the record that makes the key of a case takes" in printed
    assert len(RATIO.findall(printed)) == 2, printed


@pytest.mark.parametrize("name, ratios", [("step", 2), ("crossover", 1), ("replay", 1)])
def test_a_benchmark_that_compiles_prints_its_ratios(name, ratios):
    printed = run(f"tests/benchmarks/{name}.py", "--runs", "1", "--events", "400")
    assert len(RATIO.findall(printed)) == ratios, printed


def test_the_benchmark_of_the_simulation_finds_both_to_say_the_same_and_prints_its_ratios():
    printed = run("-m", "tests.benchmarks.simulation", "--runs", "1", "--days", "10", "--years", "2")
    assert "the engine and the SimPy model give each the same second" in printed
    assert len(RATIO.findall(printed)) == 3, printed


def test_the_big_log_is_as_long_as_was_asked_and_the_same_for_the_same_seed(tmp_path):
    logs = []
    for name, seed in (("a", "7"), ("b", "7"), ("c", "8")):
        file = tmp_path / f"{name}.csv"
        run("-m", "tests.benchmarks.biglog", str(file), "--events", "700", "--seed", seed)
        logs.append(file.read_text(encoding="utf-8"))
    assert logs[0] == logs[1] != logs[2]
    assert len(list(csv.DictReader(logs[0].splitlines()))) == 700
