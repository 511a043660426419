"""A desk driven at random beside a model, over a log in memory and one in a file: see `frontdoor.testing.desks`."""

from __future__ import annotations

import atexit
import tempfile
import uuid
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from frontdoor import SqliteLog, load
from frontdoor.log import EventLog
from frontdoor.testing import libraries
from frontdoor.testing.desks import desks

FOLDER = tempfile.TemporaryDirectory()
atexit.register(FOLDER.cleanup)
PATIENT = settings(
    max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck),
    phases=set(Phase) - {Phase.explain},
)  # fmt: skip


def in_a_file() -> SqliteLog:
    return SqliteLog(Path(FOLDER.name) / f"{uuid.uuid4()}.db")


def sealed() -> SqliteLog:
    path = Path(FOLDER.name) / f"{uuid.uuid4()}.db"
    return SqliteLog(path, keys=f"{path}.keys")


def sealed_again(log: EventLog) -> SqliteLog:
    assert isinstance(log, SqliteLog)
    log.close()
    return SqliteLog(log.path, keys=f"{log.path}.keys")


def opened_again(log: EventLog) -> SqliteLog:
    assert isinstance(log, SqliteLog)
    log.close()
    return SqliteLog(log.path)


TestShipped = desks(st.just(load(local="london_mash"))).TestCase
TestShipped.settings = PATIENT
TestAny = desks(libraries()).TestCase
TestAny.settings = PATIENT
TestInAFile = desks(st.just(load()), make_log=in_a_file, reopen=opened_again).TestCase
TestInAFile.settings = PATIENT


@pytest.mark.slow
class TestShippedAtLength(TestShipped):
    settings = settings(PATIENT, max_examples=400, stateful_step_count=40)


@pytest.mark.slow
class TestAnyAtLength(TestAny):
    settings = settings(PATIENT, max_examples=400, stateful_step_count=40)


@pytest.mark.slow
class TestSealed(desks(st.just(load()), make_log=sealed, reopen=sealed_again).TestCase):  # type: ignore[misc]
    settings = settings(PATIENT, max_examples=100)
