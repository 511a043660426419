"""Makes the golden log of the newest schema out of the one before, by the code that there is: `python -m tests.golden`.

A golden log is kept as it was made, for ever. This one was: the log of schema 1, brought up to date, in which a case then went on
under keys, another began, and a third one's words were destroyed. What it must come to (`cases.json`) is written beside it.
"""

from __future__ import annotations

import json
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from frontdoor import Desk, SimulatedClock, SqliteLog
from frontdoor.keeping import restore

HISTORIES = Path(__file__).with_name("histories")


def make(before: Path, folder: Path) -> None:
    """Make a log of the newest schema in a folder, of the log in another."""
    folder.mkdir()
    shutil.copy(before / "log.db", folder / "log.db")
    with SqliteLog(folder / "log.db", keys=folder / "log.keys") as log:
        digest, content, flows = log.libraries()[-1]
        last = log.last()
        assert last is not None and isinstance(last.recorded_at, datetime)
        clock = SimulatedClock(last.recorded_at + timedelta(days=1))
        desk = Desk(log, clock=clock, library=restore(content, flows, digest=digest))
        first, *_ = log.cases()
        for case_id in ("SEALED-1", "SEALED-2", first):
            for one in desk.allowed(case_id)[:1]:
                details = dict.fromkeys((*one.needs, "note"), "what was written down")
                desk.record(case_id, one.event, actor="ann", role=one.by[0], details=details, despite="it was done")
        desk.correct(
            log.events("SEALED-1")[0].event_id, actor="bo", role=log.events("SEALED-1")[0].role, reason="the wrong day",
            becomes={"happened_at": clock.now() - timedelta(hours=20), "details": {"note": "what it really was"}}, despite="it was",
        )  # fmt: skip
        desk.destroy_details("SEALED-2", actor="cy", because="its time had come")
        desk.check()


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    from test_golden_logs import told

    from frontdoor.log.schema import VERSION

    made = HISTORIES / f"a_log_of_schema_{VERSION}"
    make(max(HISTORIES.glob("a_log_of_schema_*"), key=lambda one: int(one.name.rpartition("_")[2])), made)
    (made / "cases.json").write_text(json.dumps(told(made / "log.db"), indent=1) + "\n", encoding="utf-8")
    for end in ("-wal", "-shm"):
        Path(f"{made / 'log.db'}{end}").unlink(missing_ok=True)
    print(made, datetime.now(UTC).date())
