"""Logs that were kept by earlier versions: they open, verify and come to the same cases for ever, without their workflow files.

A folder of `histories/` with a `log.db` has the `cases.json` that it must come to. It was made with a permit desk's workflow
that was changed half-way, so that its episodes are bound to two libraries; it has late entries, a correction, a breach that
was withdrawn and one that stands, a fact recorded despite what speaks against it, and a daily check. From schema 2 on it has
sealed details too, and the keys of them beside it. `golden.py` makes one of a new schema.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from frontdoor import Desk, SimulatedClock, SqliteLog, audit, read
from frontdoor.event import effective
from frontdoor.keeping import restore
from frontdoor.log.checkpoint import verify
from frontdoor.log.tally import Tally
from frontdoor.moment import written

LOGS = sorted(path.parent for path in Path(__file__).with_name("histories").glob("*/log.db"))
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(params=LOGS, ids=[folder.name for folder in LOGS])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy, brought up to date as the first that writes it does; and SQLite leaves files beside a log that it reads."""
    for path in request.param.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    SqliteLog(tmp_path / "log.db").close()
    return tmp_path


def told(path: Path) -> dict[str, object]:
    """What a log comes to, as plain values."""
    with SqliteLog(path, read_only=True) as log:
        digest, content, flows = log.libraries()[-1]
        desk = Desk(log, clock=SimulatedClock(NOW), library=restore(content, flows, digest=digest))
        cases = {}
        for case_id in log.cases():
            case = desk.case(case_id)
            cases[case_id] = {
                "version": case.version,
                "episodes": [[one.name, one.state, one.guidance, written(one.opened_at)] for one in case.episodes],
                "deadlines": [
                    [d.episode, d.timer, written(d.counted_from), str(d.allowed), written(d.due), written(d.stopped_at), d.status, d.over]
                    for d in case.deadlines
                ],
                "breaches": [[b.timer, written(b.due), b.lag.total_seconds(), b.stands, b.why] for b in case.breaches],
                "findings": [one.rule for one in case.findings],
            }  # fmt: skip
        root = verify(log.records(), log_id=log.log_id).root
        return {"root": root.hex(), "cases": cases}


def test_a_log_comes_to_the_cases_that_it_always_came_to(folder: Path) -> None:
    assert told(folder / "log.db") == json.loads((folder / "cases.json").read_text(encoding="utf-8"))


def test_what_stands_beside_its_events_is_what_they_come_to(folder: Path) -> None:
    with SqliteLog(folder / "log.db") as log:
        digest, content, flows = log.libraries()[-1]
        assert Desk(log, library=restore(content, flows, digest=digest)).rebuild() == []


def test_its_audit_says_of_each_deadline_what_the_desk_says(folder: Path) -> None:
    found = audit(read(folder / "log.db"), as_at=NOW)
    audited: dict[str, list[list[object]]] = {}
    for case_id, *row in found.deadlines.select("case_id", "episode", "timer", "due", "status").rows():
        audited.setdefault(case_id, []).append(row)
    cases = json.loads((folder / "cases.json").read_text(encoding="utf-8"))["cases"]
    assert audited == {case: [[d[0], d[1], d[4], d[6]] for d in one["deadlines"]] for case, one in cases.items()}


def test_there_is_a_log_of_every_schema_that_was_ever_landed() -> None:
    from frontdoor.log.schema import VERSION

    kept = {folder.name.removeprefix("a_log_of_") for folder in LOGS}
    kept |= {path.stem for path in Path(__file__).with_name("data").glob("logs/*.db")}  # see test_migrations.py
    assert kept >= {"schema_1", f"schema_{VERSION}"}  # 2 was never landed by itself


@pytest.mark.parametrize(
    "folder", [one for one in LOGS if (one / "log.keys").exists()], ids=lambda one: one.name, indirect=True
)
def test_its_sealed_words_open_by_the_keys_of_then_but_for_those_that_were_destroyed(folder: Path) -> None:
    with SqliteLog(folder / "log.db", read_only=True, keys=folder / "log.keys") as log:
        tally = Tally(log.sealing)
        verify(tally.watch(log.records()), log_id=log.log_id)
        assert tally.counts() == {
            "sealed": 4,
            "opened": 3,
            "destroyed": 1,
            "missing": 0,
            "not_given": 0,
            "came_back": [],
        }
        assert [event.details["note"] for event in log.events("SEALED-2") if "note" in event.details] == ["(destroyed)"]
        (fact,) = effective(log.events("SEALED-1"))
        assert fact.details["note"] == "what it really was"
