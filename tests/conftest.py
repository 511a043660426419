"""How the tests are run: the long files first, so that no core is left idle while the last of them ends; and each property with
fewer examples ordinarily than with `-m slow`, which runs those, too.

A file is run by one worker (`--dist loadfile`), so that what its tests share is made once; the order of its tests stays.
"""

from __future__ import annotations

import pytest

from tests.trying import thoroughly

LONG = (
    "test_benchmarks",  # compiles, and keeps what it compiled for those below; the next do without
    "test_properties", "test_round_trips", "test_mutants", "test_oracle", "test_matching_properties",
    "test_kernel", "test_simulate_command", "test_simulation", "test_simulation_report", "test_sqlite_log",
    "test_calibrate_command", "test_calibration", "test_calibration_of_odd_logs", "test_caseload", "test_examples", "test_measures",
    "test_report_pictures", "test_desk_commands", "test_first_look", "test_frontdoor_log", "test_keeping", "test_desks",
)  # fmt: skip
"""Files that take more than ten seconds, by and large the longest first."""


def is_thorough(config: pytest.Config) -> bool:
    """Whether the slow tests are asked for, and nothing else."""
    return bool(config.getoption("markexpr") == "slow")


def pytest_configure(config: pytest.Config) -> None:
    thoroughly(is_thorough(config))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if is_thorough(config) and getattr(getattr(item, "function", None), "is_hypothesis_test", False):
            item.add_marker("slow")
    places = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))
