"""What a command writes: where something is there that it must not write over, it says so in the same words, with status 2."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from commands import ROOT, frontdoor
from desks import entry, open_desk
from test_verify_command import tamper

from frontdoor import SqliteLog
from frontdoor.cli.kept import see_free
from frontdoor.desk import pseudonyms
from frontdoor.errors import IsThere
from frontdoor.log.note import new_key
from frontdoor.testing.conformance import a_draft, append


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log with a key, a backup of it and its checkpoint."""
    place = tmp_path_factory.mktemp("original")
    with open_desk("2024-03-04T09:00", log=SqliteLog(place / "borough.db")) as desk:
        desk.record_many([entry("contact.receive")])
        key = new_key(f"frontdoor/{desk.log.log_id}")
    (place / "key").touch(mode=0o600)
    (place / "key").write_text(f"{key}\n")
    assert frontdoor("backup", place / "borough.db", place / "safe.db").status == 0
    shutil.copy(ROOT / "examples" / "one_desk.toml", place / "desk.toml")
    shutil.copy(place / "borough.db", place / "borough.sqlite")
    (place / "there").write_text("precious")
    (place / "folder").mkdir()
    (place / "folder" / "there").write_text("precious")
    (place / "public").write_text(f"{key.public}\n")
    (place / "ours.toml").write_text('authority = "Riverside"\n')
    pseudonyms.new_key(str(place / "pseudonyms"))
    words = ("--since", place / "safe.db.checkpoint", "--proof", place / "proof", "--out", place / "later")
    assert frontdoor("checkpoint", place / "borough.db", *words).status == 0
    with (
        SqliteLog(place / "sealed.db", keys=place / "keys.db") as log,
        open_desk("2024-03-04T09:00", log=log) as desk,
    ):
        desk.record_many([entry("contact.receive")])
    return place


@pytest.fixture
def place(original: Path, tmp_path: Path) -> Path:
    return shutil.copytree(original, tmp_path / "place")


def held(place: Path) -> dict[str, bytes]:
    """What every file holds, but those that SQLite has beside a log to read it."""
    files = (path for path in place.rglob("*") if path.is_file() and not path.name.endswith(("-wal", "-shm")))
    return {str(path): path.read_bytes() for path in files}


OVER_NOTHING = {
    "backup borough.db there": ": name another file, or let it be replaced (--replace).",
    "restore safe.db there": ": name another file, or let it be replaced, and kept under another name (--replace).",
    "keygen borough.db there": ", and a key is never written over: name another file.",
    "checkpoint borough.db --out there": ", and is no checkpoint: name another file.",
    "checkpoint borough.db --since safe.db.checkpoint --proof there": ": name another file.",
    "export borough.db events.csv --new-key --pseudonymise there": ", and a key is never written over: name another file.",
    "prove borough.db --case C-1 --key key --out there": ": name another folder.",
    "prove borough.db --case C-1 --key key --out folder": ": name another folder.",
    "subject-access borough.db C-1 --out there": ": name another folder.",
    "subject-access borough.db C-1 --out folder": ": name another folder.",
}
OVER_NO_LOG = [
    "audit safe.db --deadlines borough.db", "audit safe.db --findings borough.db", "audit safe.db --measures borough.db",
    "draw referral -o borough.db", "export safe.db borough.db --format xes", "export safe.db borough.db --format flat-csv",
    "export safe.db borough.sqlite", "checkpoint safe.db --out borough.db", "checkpoint safe.db --out borough.sqlite",
]  # fmt: skip


@pytest.mark.parametrize("words", OVER_NOTHING)
def test_what_is_there_is_left_and_another_name_is_asked_for(
    place: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.chdir(place)
    before = held(place)
    status, out, err = frontdoor(*words.split())
    name = words.split()[-1]
    named = str(place / name) if words.startswith(("backup", "restore")) else name
    assert (status, out, err) == (2, "", f"frontdoor: {named} is there already{OVER_NOTHING[words]}\n")
    assert held(place) == before


@pytest.mark.parametrize("words", OVER_NO_LOG)
def test_no_report_table_or_export_takes_the_place_of_a_log(
    place: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.chdir(place)
    before = held(place)
    status, out, err = frontdoor(*words.split())
    assert (status, out) == (2, "")
    assert re.fullmatch(
        r"frontdoor: borough.(db|sqlite) is there already, and is (a log|no checkpoint): name another file.\n", err
    )
    assert held(place) == before


KEPT = {
    "key": "is a private key",
    "public": "is a public key",
    "pseudonyms": "is a key of pseudonyms",
    "keys.db": "holds the keys of a log",
    "safe.db.checkpoint": "is a checkpoint",
    "proof": "is a proof",
    "ours.toml": "is a file of TOML",
    "desk.toml": "is a scenario",
}


@pytest.mark.parametrize("words", ["audit safe.db --deadlines", "export safe.db", "draw referral --output"])
@pytest.mark.parametrize("name", KEPT)
def test_no_report_table_or_export_takes_the_place_of_what_is_kept(
    place: Path, monkeypatch: pytest.MonkeyPatch, words: str, name: str
) -> None:
    monkeypatch.chdir(place)
    before = held(place)
    more = ["--format", "flat-csv"] if words.startswith("export") else []
    found = frontdoor(*words.split(), name, *more)
    assert found == (2, "", f"frontdoor: {name} is there already, and {KEPT[name]}: name another file.\n")
    assert held(place) == before


def test_an_earlier_table_gives_way_and_so_does_an_earlier_scenario_to_a_new_one(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    for _ in range(2):
        assert frontdoor("audit", "safe.db", "--deadlines", "d.csv", "--report", "r.html").status == 0
    for text in ("happened,old\n1,2\n", "", "{}", "a text of thirty-two bytes, sure."):
        (place / "d.csv").write_text(text)
        assert frontdoor("audit", "safe.db", "--deadlines", "d.csv").status == 0
    see_free("desk.toml", over="is a scenario")
    with pytest.raises(IsThere):
        see_free("ours.toml", over="is a scenario")


@pytest.mark.parametrize("name", ["safe.db.checkpoint", "./safe.db.checkpoint", "link"])
def test_a_checkpoint_does_not_take_the_place_of_the_one_that_it_is_held_to(
    place: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(place)
    (place / "link").symlink_to("safe.db.checkpoint")
    before = held(place)
    words = ("checkpoint", "borough.db", "--since", "safe.db.checkpoint", "--out")
    status, out, err = frontdoor(*words, name, "--proof", "n.proof")
    assert (status, out) == (2, "") and f"{name} is the checkpoint that --since is about, which is kept" in err
    status, out, err = frontdoor(*words, "new", "--proof", "new")
    assert (status, out) == (2, "") and "new is named twice" in err
    assert held(place) == before


def test_a_checkpoint_that_takes_the_place_of_an_earlier_one_says_so(place: Path) -> None:
    log, note = place / "borough.db", place / "safe.db.checkpoint"
    with SqliteLog(log) as opened:
        append(opened, a_draft())
    said = f"{note}: of 2 events now, in the place of one of 1, with which the log still begins.\n"
    assert frontdoor("checkpoint", log, "--out", note) == (0, said, "")
    assert frontdoor("checkpoint", log, "--out", place / "another") == (0, "", "")


def test_a_simulated_year_goes_into_no_log_that_is_there(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    status, out, err = frontdoor("simulate", "desk.toml", "--replications", "1", "--log", "borough.db")
    said = "borough.db is there already, and what is simulated goes into no log that is kept: name another file."
    assert (status, out, err) == (2, "", f"frontdoor: {said}\n")


def test_a_checkpoint_that_the_log_no_longer_begins_with_stays_and_another_name_is_asked_for(place: Path) -> None:
    log, note = place / "borough.db", place / "safe.db.checkpoint"
    before = note.read_bytes()
    tamper(log, "DELETE FROM events")
    status, out, err = frontdoor("checkpoint", log, "--out", note)
    assert (status, out) == (4, "")
    assert err == (
        f"frontdoor: the log has 0 events, the checkpoint 1: its tail was cut. That is the checkpoint in {note}, which stays: for one of the "
        "log as it is now, name another file.\n"
    )
    with SqliteLog(log) as opened:
        append(opened, a_draft())
    assert (
        "which stays: for one of the log as it is now, name another" in frontdoor("checkpoint", log, "--out", note).err
    )
    assert note.read_bytes() == before
    tamper(log, "UPDATE events SET actor = 'another'")  # which is not for what was noted
    err = frontdoor("checkpoint", log, "--out", note).err
    assert "is not as it was recorded" in err and "name another file" not in err
    assert note.read_bytes() == before
