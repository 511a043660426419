"""A bundle of a case whose details are sealed: with its words, by the keys, or without; never a key, nor what is another case's."""

from __future__ import annotations

import base64
import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from desks import do, open_desk, play, set_clock
from test_prove_command import checked, put

from frontdoor import SqliteLog
from frontdoor.log.note import new_key
from tests.commands import Ran, frontdoor

WORDS, OTHERS = "Her grandmother rang about the bruises", "The neighbour said nothing"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of two cases with words, one of them with a breach and a correction; its keys; and a key that signs."""
    folder = tmp_path_factory.mktemp("sealed")
    with SqliteLog(folder / "b.db", keys=folder / "b.keys") as log, open_desk("2024-03-04T09:00", log=log) as desk:
        received = do(desk, "contact.receive", details={"source": "6", "note": WORDS})
        do(desk, "contact.receive", "C-2", details={"source": "6", "note": OTHERS})
        set_clock(desk, "2024-03-12T09:00")
        desk.check()
        becomes = {"details": {"source": "7", "note": f"{WORDS}, twice"}}
        desk.correct(received.event_id, actor="m", role="manager", reason=f"{WORDS}: misheard", becomes=becomes)
        play(desk, "2024-03-12T10:00 contact.send_to_mash")
        key = new_key(f"frontdoor/{log.log_id}")
    (folder / "key").touch(mode=0o600)
    (folder / "key").write_text(f"{key}\n")
    return folder


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Path:
    """A copy of it all."""
    return shutil.copytree(made, tmp_path / "place")


def prove(place: Path, *words: object) -> Ran:
    return frontdoor(
        "prove", place / "b.db", "--case", "C-1", "--key", place / "key", "--out", place / "bundle", *words
    )


def files(bundle: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in bundle.iterdir()}


def keys_in(place: Path) -> dict[str, bytes]:
    db = sqlite3.connect(place / "b.keys")
    found = dict(db.execute("SELECT case_id, key FROM keys"))
    db.close()
    return found


def test_without_the_keys_it_has_no_words_is_proved_and_says_how_to_have_them(place: Path) -> None:
    ran = prove(place)
    assert ran.status == 0
    assert (
        ran.err == "frontdoor: the words of 2 events are sealed, and not in it: give --keys FILE to have them in it.\n"
    )
    bundle = place / "bundle"
    page = files(bundle)["index.html"].decode()
    assert "words.json" not in files(bundle) and not any(b"grandmother" in held for held in files(bundle).values())
    assert (
        "note: (sealed)" in page and "What the words of 2 events are" in page and "frontdoor prove --keys FILE" in page
    )
    said = checked(bundle)
    assert said.status == 0 and "The words of 2 of them are sealed, and not in this folder." in said.out


def test_with_the_keys_the_page_has_the_words_and_the_script_proves_them_with_no_key(place: Path) -> None:
    ran = prove(place, "--keys", place / "b.keys")
    assert (ran.status, ran.err) == (0, "")
    held = files(place / "bundle")
    page = held["index.html"].decode()
    assert WORDS in page and f"{WORDS}, twice" in page and "(sealed)" not in page
    assert "The words of 2 events, which are sealed in the log, are those below" in page
    (place / "b.keys").unlink()
    said = checked(place / "bundle")
    assert said.status == 0 and "The words of 2 of them were sealed, and are those in words.json." in said.out
    assert "all events of the case then, and index.html as their page" in said.out
    shown = json.loads(held["words.json"])
    assert [one["version"] for one in shown] == [1, 3] and json.loads(shown[0]["details"])["note"] == WORDS


def test_no_key_and_no_word_of_another_case_is_in_it(place: Path) -> None:
    keys = keys_in(place)
    assert keys.keys() == {"C-1", "C-2"}
    prove(place, "--keys", place / "b.keys")
    for name, held in files(place / "bundle").items():
        assert OTHERS.encode() not in held and b"C-2" not in held, name
        for key in keys.values():
            assert not any(
                form in held for form in (key, key.hex().encode(), base64.b64encode(key), base64.b64encode(key)[:40])
            ), name


def test_words_that_were_destroyed_are_in_none_and_that_is_said(place: Path) -> None:
    with SqliteLog(place / "b.db", keys=place / "b.keys") as log, open_desk("2024-03-13T09:00", log=log) as desk:
        desk.destroy_details("C-1", actor="records-1", because="schedule")
    ran = prove(place, "--keys", place / "b.keys")
    assert ran.status == 0 and f"{place / 'b.keys'} does not open them" in ran.err
    assert "note: (destroyed)" in files(place / "bundle")["index.html"].decode()
    assert "The words of 2 of them are sealed, and not in this folder." in checked(place / "bundle").out


def change(name: str, value: Any) -> Callable[[list[dict[str, Any]]], object]:
    return lambda words: words[0].update({name: value})


@pytest.mark.parametrize(
    "alter",
    [
        change("details", '{"note":"Her grandmother did not ring","source":"6"}'), change("details", "{}"), change("details", "no JSON"),
        change("details", 7), change("salt", "0" * 32), change("salt", None), change("version", 2), change("version", 99),
        change("version", True), change("version", "1"), lambda words: words.append(words[0]), lambda words: words[0].pop("salt"),
        lambda words: words.append(7), lambda words: words[0].update(more="x"),
        lambda words: words[0].update(salt=words[0]["salt"] + "\n", details=words[0]["details"]),
    ],
)  # fmt: skip
def test_words_that_are_not_those_that_were_sealed_are_refused(
    place: Path, alter: Callable[[list[dict[str, Any]]], object]
) -> None:
    prove(place, "--keys", place / "b.keys")
    bundle = place / "bundle"
    words = json.loads((bundle / "words.json").read_text(encoding="utf-8"))
    alter(words)
    put(bundle, "words.json", words)
    said = checked(bundle)
    assert (said.status, said.out, said.err.count("\n")) == (1, "", 1)
    assert said.err.startswith("Not proved: ") and "words" in said.err


def test_words_may_be_left_out_of_what_is_handed_on(place: Path) -> None:
    prove(place, "--keys", place / "b.keys")
    bundle = place / "bundle"
    words = json.loads((bundle / "words.json").read_text(encoding="utf-8"))
    put(bundle, "words.json", words[:1])
    said = checked(bundle)
    assert said.status == 0
    assert (
        "The words of 1 of them were sealed, and are those in words.json.\nThe words of 1 of them are sealed, and not"
        in said.out
    )


def test_keys_that_are_another_logs_make_no_bundle(place: Path) -> None:
    with (
        SqliteLog(place / "other.db", keys=place / "other.keys") as other,
        open_desk("2024-03-04T09:00", log=other) as desk,
    ):
        do(desk, "contact.receive", details={"source": "6", "note": "x"})
    ran = prove(place, "--keys", place / "other.keys")
    assert ran.status == 3 and "has the keys of another log" in ran.err and not (place / "bundle").exists()
