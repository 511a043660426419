"""The order in which the files are run: the long ones first, so that no core is left idle while the last of them ends.

A file is run by one worker (`--dist loadfile`), so that what its tests share is made once; the order of its tests stays.
"""

from __future__ import annotations

import pytest

LONG = (
    "test_benchmarks",  # compiles, and keeps what it compiled for those below; the next do without
    "test_properties", "test_mutants", "test_oracle", "test_matching_properties",
    "test_kernel", "test_simulate_command", "test_simulation", "test_simulation_report", "test_sqlite_log",
    "test_calibrate_command", "test_calibration", "test_calibration_of_odd_logs", "test_caseload", "test_examples", "test_measures",
    "test_report_pictures", "test_desk_commands", "test_first_look", "test_frontdoor_log", "test_keeping", "test_desks",
)  # fmt: skip
"""Files that take more than ten seconds, by and large the longest first."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))
