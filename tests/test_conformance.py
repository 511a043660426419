"""Every log is held to the one suite."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from frontdoor.log import EventLog
from frontdoor.log.memory import MemoryLog
from frontdoor.log.sqlite import SqliteLog
from frontdoor.testing.conformance import LogConformance


class TestMemoryLog(LogConformance):
    """The log in memory."""

    def make_log(self) -> EventLog:
        return MemoryLog()


class TestSqliteLog(LogConformance):
    """The log in a file."""

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def make_log(self) -> SqliteLog:
        return SqliteLog(self.folder / f"{uuid4()}.db")

    def reopen(self, log: EventLog) -> SqliteLog:
        assert isinstance(log, SqliteLog)
        log.close()
        return SqliteLog(log.path, create=False)
