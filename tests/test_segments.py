"""The columns kept beside a log: made by whoever reads a long one, never needed, never believed where they do not fit."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sqlite3
import sys
import threading
from pathlib import Path

import polars as pl
import pytest
from desks import shipped

from frontdoor import SqliteLog
from frontdoor.cli import main
from frontdoor.errors import LogTampered
from frontdoor.formats import segments
from frontdoor.formats.log_columns import Stretch
from frontdoor.keeping import kept
from frontdoor.testing.conformance import NOON, a_draft, append

SPAN = 4


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log of ten events, one of them a correction: two stretches, and two events more."""
    path = tmp_path / "borough.db"
    with SqliteLog(path) as log:
        first, *_ = append(log, *(a_draft(f"C-{number % 3}", details={"source": str(number)}) for number in range(6)))
        gone = {"corrects": first.event_id, "becomes": None, "reason": "typed wrongly"}
        append(log, a_draft(first.case_id, event="referral.corrected", details=gone))
        append(log, *(a_draft(f"C-{number}") for number in range(3)))
    return path


def read(path: Path) -> list[Stretch]:
    """All of a log, stretch by stretch."""
    with SqliteLog(path, read_only=True) as log:
        return list(segments.stretches(log, log.size(), span=SPAN))


def whole(path: Path) -> tuple[list[dict[str, object]], list[str]]:
    """What is read of a log, in all."""
    found = read(path)
    facts = pl.concat([one.facts for one in found], how="diagonal").fill_null("")
    return facts.to_dicts(), [one for each in found for one in each.corrections]


def from_rows(path: Path) -> tuple[list[dict[str, object]], list[str]]:
    """The same of a log beside which nothing is kept."""
    alone = path.with_name("alone.db")
    for end in ("", "-wal"):
        if Path(f"{path}{end}").exists():
            shutil.copy(f"{path}{end}", f"{alone}{end}")
    return whole(alone)


def names(path: Path) -> list[str]:
    """What is kept beside a log."""
    return sorted(os.listdir(segments.folder(path))) if segments.folder(path).exists() else []


def fits(path: Path) -> int:
    """How many of the stretches that are kept an audit would use, each compared to the rows."""
    with SqliteLog(path, read_only=True) as log:
        return segments.verify(log, span=SPAN)


def doctor(file: Path, *, of: dict[str, object] | None = None, **columns: pl.Expr) -> None:
    """Put other facts, or another origin, into columns, and a digest that fits them."""
    _, head, body = file.read_bytes().split(b"\n", 2)
    said = json.loads(head)
    said["of"] |= of or {}
    out = io.BytesIO()
    pl.read_parquet(io.BytesIO(body)).with_columns(**columns).write_parquet(out)
    packed = json.dumps(said).encode() + b"\n" + out.getvalue()
    file.write_bytes(hashlib.sha256(packed).hexdigest().encode() + b"\n" + packed)


def alter(path: Path, statement: str) -> None:
    """Change a log as somebody could who can write its file."""
    db = sqlite3.connect(path)
    db.execute("DROP TRIGGER events_no_update")
    db.execute(statement)
    db.commit()
    db.close()


# ---- made ----


def test_each_full_stretch_of_a_log_is_kept_and_what_comes_after_is_read_from_the_log(path: Path) -> None:
    rows = from_rows(path)
    assert whole(path) == rows and names(path) == ["000001.columns", "000002.columns"]
    assert whole(path) == rows and fits(path) == 2


def test_a_log_of_less_than_a_stretch_has_nothing_beside_it(path: Path) -> None:
    with SqliteLog(path, read_only=True) as log:
        list(segments.stretches(log, log.size()))
    assert names(path) == []


def test_as_the_log_grows_the_next_stretch_is_kept_and_those_before_stay_as_they_are(path: Path) -> None:
    whole(path)
    before = [(segments.folder(path) / name).stat().st_ino for name in names(path)]
    with SqliteLog(path) as log:
        append(log, *(a_draft(f"C-{number}") for number in range(3)))
    assert whole(path) == from_rows(path) and len(names(path)) == 3
    assert [(segments.folder(path) / name).stat().st_ino for name in names(path)][:2] == before


def test_what_is_kept_is_the_same_whoever_keeps_it(path: Path) -> None:
    whole(path)
    once = [(segments.folder(path) / name).read_bytes() for name in names(path)]
    shutil.rmtree(segments.folder(path))
    whole(path)
    assert [(segments.folder(path) / name).read_bytes() for name in names(path)] == once


def test_readers_at_once_do_each_other_no_harm(path: Path) -> None:
    rows = from_rows(path)
    found: list[object] = []
    readers = [threading.Thread(target=lambda: found.append(whole(path))) for _ in range(6)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert found == [rows] * 6
    assert names(path) == ["000001.columns", "000002.columns"] and fits(path) == 2


def test_who_may_read_the_log_may_read_its_columns(path: Path) -> None:
    path.chmod(0o640)
    whole(path)
    assert {(segments.folder(path) / name).stat().st_mode & 0o777 for name in names(path)} == {0o640}


@pytest.mark.parametrize("in_the_way", ["a file where the folder would be", "a folder where the columns would be"])
def test_where_they_cannot_be_written_the_log_is_read_all_the_same(path: Path, in_the_way: str) -> None:
    rows = from_rows(path)
    if in_the_way.startswith("a file"):
        segments.folder(path).write_text("")
    else:
        (segments.folder(path) / "000001.columns").mkdir(parents=True)
        (segments.folder(path) / "000002.columns" / "full").mkdir(parents=True)
    assert whole(path) == whole(path) == rows


# ---- not believed ----


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-200])


def swap(file: Path) -> None:
    file.write_bytes(file.with_name("000002.columns").read_bytes())


def turn_a_bit(file: Path) -> None:
    held = bytearray(file.read_bytes())
    held[len(held) // 2] ^= 1
    file.write_bytes(bytes(held))


def with_digest(packed: bytes) -> bytes:
    return hashlib.sha256(packed).hexdigest().encode() + b"\n" + packed


UNFIT = {
    "empty": lambda file: file.write_bytes(b""),
    "cut": cut,
    "a bit turned": turn_a_bit,
    "another stretch's": swap,
    "of another log": lambda file: doctor(file, of={"log": "another"}),
    "of another history": lambda file: doctor(file, of={"link": "0" * 64}),
    "of another frontdoor": lambda file: doctor(file, of={"format": 0}),
    "no JSON": lambda file: file.write_bytes(with_digest(b"{\n")),
    "no object": lambda file: file.write_bytes(with_digest(b"[]\n")),
    "no Parquet": lambda file: file.write_bytes(with_digest(file.read_bytes().split(b"\n", 2)[1] + b"\nPAR1")),
    "other columns": lambda file: doctor(file, more=pl.lit("x")),
    "another kind": lambda file: doctor(file, day=pl.col("day").cast(pl.String)),
    "other positions": lambda file: doctor(file, position=pl.col("position") + SPAN),
}


@pytest.mark.parametrize("how", UNFIT)
def test_what_does_not_fit_is_passed_over_and_made_anew(path: Path, how: str) -> None:
    rows = whole(path)
    file = segments.folder(path) / "000001.columns"
    was = file.read_bytes()
    UNFIT[how](file)
    assert fits(path) == 1, "an audit would have believed it"
    assert whole(path) == rows
    assert file.read_bytes() == was and fits(path) == 2


def test_the_columns_of_a_copy_that_went_on_otherwise_are_not_taken_for_this_logs(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "restored.db"
    shutil.copy(path, copy)
    for each, case in ((path, "C-8"), (copy, "C-9")):
        with SqliteLog(each) as log:
            append(log, a_draft(case), a_draft(case))
    whole(path)
    shutil.copytree(segments.folder(path), segments.folder(copy))
    assert fits(copy) == 2, "the stretches that both have"
    assert whole(copy)[0][-1]["case_id"] == "C-9"


# ---- verified ----


def test_columns_that_say_something_else_than_the_log_do_not_verify(path: Path) -> None:
    whole(path)
    doctor(segments.folder(path) / "000002.columns", actor=pl.lit("somebody else"))
    said = f"{segments.folder(path)} does not say of events 5 to 8 what the log says: delete it."
    with SqliteLog(path, read_only=True) as log, pytest.raises(LogTampered) as caught:
        segments.verify(log, span=SPAN)
    assert (str(caught.value), caught.value.position) == (said, 5)


def test_columns_of_events_that_were_altered_since_do_not_verify(path: Path) -> None:
    whole(path)
    alter(path, "UPDATE events SET actor = 'somebody else' WHERE position = 2")
    with SqliteLog(path, read_only=True) as log, pytest.raises(LogTampered, match="of events 1 to 4"):
        segments.verify(log, span=SPAN)


def test_a_correction_that_columns_leave_out_does_not_verify(path: Path) -> None:
    whole(path)
    file = segments.folder(path) / "000002.columns"
    _, head, body = file.read_bytes().split(b"\n", 2)
    file.write_bytes(with_digest(json.dumps(json.loads(head) | {"corrections": []}).encode() + b"\n" + body))
    with SqliteLog(path, read_only=True) as log, pytest.raises(LogTampered, match="of events 5 to 8"):
        segments.verify(log, span=SPAN)


def test_a_log_beside_which_nothing_is_kept_has_nothing_more_to_verify(path: Path) -> None:
    assert fits(path) == 0


def test_an_audit_that_doctored_columns_would_mislead_is_shown_up_by_verify(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "borough.db"
    with SqliteLog(path) as log, log.writing() as writing:
        writing.keep_library(*kept(shipped()), recorded_at=NOON)
        writing.append([a_draft(f"C-{number}") for number in range(segments.SPAN)])

    def frontdoor(*words: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["frontdoor", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        return int(left.value.code or 0), *capsys.readouterr()

    def cases() -> object:
        return json.loads(frontdoor("audit", path, "--json")[1])["cases"]

    assert cases() == segments.SPAN
    assert names(path) == ["000001.columns"] and frontdoor("verify", path)[0] == 0
    doctor(segments.folder(path) / "000001.columns", case_id=pl.lit("C-1"))
    assert cases() == 1, "an audit alone does not see it"
    said = f"frontdoor: {segments.folder(path)} does not say of events 1 to 20,000 what the log says: delete it.\n"
    assert frontdoor("verify", path) == (4, "", said)
    shutil.rmtree(segments.folder(path))
    assert frontdoor("verify", path)[0] == 0 and cases() == segments.SPAN
