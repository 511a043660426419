"""Where the harnesses work; and what they counted, told at the end of a run in which they are named on the command line."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from durability.nursery import Nursery


@pytest.fixture(scope="session")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """Where processes are begun."""
    if not hasattr(os, "fork"):
        pytest.skip("this system has no fork")
    with Nursery(tmp_path_factory.mktemp("pipes")) as nursery:
        yield nursery


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder, in memory where the system has such: what pretends to be a disk need not wait for one."""
    made = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    yield made
    shutil.rmtree(made)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, said in getattr(report, "user_properties", []):
                if name == "figures" and getattr(report, "when", "") == "call":
                    terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {said}")
