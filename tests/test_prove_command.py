"""`frontdoor keygen`, signed checkpoints, and `frontdoor prove`: bundles that show what they should, and none that does not."""

from __future__ import annotations

import ast
import base64
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import pytest

from frontdoor import Desk, SimulatedClock, SqliteLog
from frontdoor.log.checkpoint import Checkpoint, read_checkpoint
from frontdoor.log.note import PrivateKey, new_key, read_private_key
from frontdoor.report.proof import check
from tests.commands import Ran, environment, frontdoor
from tests.test_verify_command import tamper

CASE = "C-1 <é>"


def a_log(path: Path) -> None:
    """A log of three cases, one of them with a breach that was raised and an event that was corrected."""
    clock = SimulatedClock(datetime(2026, 3, 2, 9, tzinfo=UTC))
    with SqliteLog(path) as log:
        desk = Desk(log, clock=clock)
        record = partial(desk.record, actor="Zoë <b>", role="referral_officer")
        received = [
            record(case, "contact.receive", details={"source": "6", "note": 'said "no" & left </td>'})
            for case in (CASE, "C-2", "C-3")
        ]
        for case in (CASE, "C-2"):
            record(case, "contact.send_to_mash")
        clock.advance(timedelta(days=7))
        desk.check()
        changes = {"details": {"source": "7", "note": "otherwise"}}
        desk.correct(received[0].event_id, actor="b", role="referral_officer", reason="misread", becomes=changes)


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That log, its key, its public key, and the bundle of a case."""
    folder = tmp_path_factory.mktemp("original")
    a_log(folder / "borough.db")
    with SqliteLog(folder / "borough.db", read_only=True) as log:
        key = new_key(f"frontdoor/{log.log_id}")
    (folder / "key").touch(mode=0o600)
    (folder / "key").write_text(f"{key}\n")
    (folder / "vkey").write_text(f"{key.public}\n")
    run = subprocess.run(
        [sys.executable, "-m", "frontdoor", "prove", "borough.db", "--case", CASE, "--key", "key", "--out", "bundle"],
        cwd=folder, env=environment(), capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return folder


@pytest.fixture
def place(original: Path, tmp_path: Path) -> Path:
    """All of it, copied, to be changed."""
    return shutil.copytree(original, tmp_path / "place")


@pytest.fixture
def bundle(place: Path) -> Path:
    """The bundle alone, in an empty folder."""
    return Path(shutil.move(place / "bundle", place.parent / "handed over"))


def checked(bundle: Path, *words: str) -> Ran:
    """What a bundle's own script says, run alone: no environment, no current folder, no package that is installed."""
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-X", "utf8", "check.py", *words], capture_output=True, text=True, encoding="utf-8", cwd=bundle,
    )  # fmt: skip
    return Ran(run.returncode, run.stdout, run.stderr)


def events_of(bundle: Path) -> list[dict[str, Any]]:
    """The events of a bundle."""
    return json.loads((bundle / "events.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def put(bundle: Path, name: str, value: object) -> None:
    """Write a file of a bundle as `prove` does."""
    (bundle / name).write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def proofs_of(bundle: Path) -> list[list[str]]:
    """The proofs of a bundle."""
    return json.loads((bundle / "proofs.json").read_text())  # type: ignore[no-any-return]


def key_of(place: Path) -> PrivateKey:
    """The private key."""
    return read_private_key((place / "key").read_text())


# ---- keys ----


def test_a_key_is_its_owners_to_read_and_named_by_the_log(place: Path) -> None:
    status, out, err = frontdoor("keygen", place / "borough.db", place / "new.key")
    assert (status, err) == (0, "")
    assert stat.S_IMODE((place / "new.key").stat().st_mode) == 0o600
    with SqliteLog(place / "borough.db", read_only=True) as log:
        assert out.startswith(f"frontdoor/{log.log_id}+")
    assert out == f"{read_private_key((place / 'new.key').read_text()).public}\n"


def test_a_key_is_never_written_over(place: Path) -> None:
    before = (place / "key").read_bytes()
    status, out, err = frontdoor("keygen", place / "borough.db", place / "key")
    assert (status, out) == (2, "")
    assert "is there already, and a key is never written over" in err
    assert (place / "key").read_bytes() == before


def test_no_key_is_made_for_what_is_no_log_or_where_it_cannot_be_written(place: Path) -> None:
    assert frontdoor("keygen", place / "none.db", place / "k") == (
        3,
        "",
        f"frontdoor: there is no log {place / 'none.db'}.\n",
    )
    assert not (place / "k").exists() and not (place / "none.db").exists()
    assert frontdoor("keygen", place / "borough.db", place / "no folder" / "k").status == 2


# ---- signed checkpoints ----


def test_a_signed_checkpoint_verifies_by_its_key_as_a_file_and_as_words(place: Path) -> None:
    log, note = place / "borough.db", place / "c"
    assert frontdoor("checkpoint", log, "--key", place / "key", "--out", note) == (0, "", "")
    assert frontdoor("checkpoint", log, "--key", place / "key").out == note.read_text(encoding="utf-8")
    size = read_checkpoint(note.read_text(encoding="utf-8")).size
    for key in (place / "vkey", (place / "vkey").read_text().strip()):
        status, out, err = frontdoor("verify", log, "--checkpoint", note, "--vkey", key)
        assert (status, err) == (0, "")
        assert out.startswith(
            f"{size} events, all as they were recorded, the first {size} as the signed checkpoint noted them"
        )
    assert frontdoor("verify", log, "--checkpoint", note).status == 0
    found = json.loads(frontdoor("verify", log, "--checkpoint", note, "--vkey", place / "vkey", "--json").out)
    assert found["signed_by"] == (place / "vkey").read_text().strip()


def test_a_signed_checkpoint_is_printed_as_it_is_signed_whatever_the_terminal_can_show(place: Path) -> None:
    words = [sys.executable, "-m", "frontdoor", "checkpoint", "borough.db", "--key", "key"]
    printed = subprocess.run(
        words, cwd=place, env=environment(PYTHONIOENCODING="cp1252"), capture_output=True, check=True
    ).stdout
    assert printed.decode("utf-8") == frontdoor("checkpoint", place / "borough.db", "--key", place / "key").out


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_signed_checkpoint_that_came_through_windows_verifies(place: Path, encoding: str) -> None:
    text = frontdoor("checkpoint", place / "borough.db", "--key", place / "key").out
    (place / "c").write_text(text, encoding=encoding, newline="\r\n")
    assert frontdoor("verify", place / "borough.db", "--checkpoint", place / "c", "--vkey", place / "vkey").status == 0


def another(place: Path) -> PrivateKey:
    """A key of the same name that is another."""
    return new_key(key_of(place).name)


def foreign(place: Path) -> tuple[PrivateKey, Checkpoint]:
    """Another log's key and checkpoint."""
    checkpoint = Checkpoint("another", 3, bytes(32))
    return new_key(checkpoint.origin), checkpoint


def test_what_is_wrong_with_a_checkpoint_or_a_key_is_one_sentence_and_its_status(place: Path) -> None:
    log = place / "borough.db"
    good = frontdoor("checkpoint", log, "--key", place / "key").out
    unsigned = frontdoor("checkpoint", log).out
    key, elsewhere = foreign(place)
    forged = good.replace("\n", "\n1", 1)
    tries: list[tuple[str, str, int, str]] = [
        (good + "and more\n", "", 3, "is no signed note: after an empty line there should be signatures"),
        (unsigned, "", 3, "is no signed note"),
        (forged, "", 4, "the signature is not one of the key"),
        (another(place).sign(unsigned), "", 3, "is not signed by the key"),
        (good, str(another(place).public), 3, "is not signed by the key"),
        (key.sign(str(elsewhere)), "", 3, "is not signed by the key"),
        (key.sign(str(elsewhere)), str(key.public), 4, "the checkpoint is of another log: of another, and this is "),
        (key_of(place).sign(str(elsewhere)), "", 4, "the checkpoint is of frontdoor/another, and the key of "),
        (good, "nonsense", 3, "--vkey: there is no file nonsense, and it is no public key. Give what 'frontdoor keygen' printed, as NAME+DIGEST+KEY."),
        (good, (place / "key").read_text(), 3, "is a private key, which nobody else should see."),
        (key_of(place).sign(unsigned.replace(unsigned.split("\n")[2], base64.b64encode(bytes(32)).decode())), "", 4, "the log was written anew"),
    ]  # fmt: skip
    for note, vkey, status, said in tries:
        (place / "c").write_text(note, encoding="utf-8")
        ran = frontdoor("verify", log, "--checkpoint", place / "c", "--vkey", vkey or place / "vkey")
        assert (ran.status, ran.out, ran.err.count("\n")) == (status, "", 1), ran
        assert said in ran.err


@pytest.mark.parametrize("command", ["checkpoint", "prove"])
def test_nothing_is_signed_with_what_is_no_key_or_another_logs(place: Path, command: str) -> None:
    more = ["--case", CASE, "--out", place / "made"] if command == "prove" else ["--out", place / "made"]
    (place / "foreign").write_text(str(foreign(place)[0]))
    for key, said in [
        ("vkey", "is no private key. Give the file that 'frontdoor keygen' wrote."),
        ("none", "cannot be read: no such file or directory."),
        ("foreign", "is the key of another log: of frontdoor/another, and "),
        ("borough.db", "is no private key."),
    ]:
        status, out, err = frontdoor(command, place / "borough.db", "--key", place / key, *more)
        assert (status, out, err.count("\n")) == (3, "", 1)
        assert said in err
    assert not (place / "made").exists()


def test_a_public_key_without_a_checkpoint_is_a_mistake(place: Path) -> None:
    status, _, err = frontdoor("verify", place / "borough.db", "--vkey", place / "vkey")
    assert status == 2 and "give --checkpoint FILE with it" in err


# ---- a bundle ----


def test_a_bundle_is_checked_by_its_own_script_alone(place: Path, bundle: Path) -> None:
    key = (place / "vkey").read_text().strip()
    status, out, err = checked(bundle)
    assert (status, err) == (0, "")
    number = len(events_of(bundle))
    assert out.splitlines()[0].startswith(
        f"All {number} events of the case {CASE!r} are as they were recorded in frontdoor/"
    )
    assert f"which you should ask for elsewhere: {key}" in out
    assert "What was recorded later than those events is not covered." in out
    assert "The key has also signed that these were all events of the case then" in out
    assert "The key is the one you gave." in checked(bundle, "--vkey", key).out
    assert checked(bundle, str(bundle), "--vkey", key).status == 0


def test_the_script_takes_a_file_of_the_key_and_tells_what_is_no_key_from_another_key(
    place: Path, bundle: Path
) -> None:
    (place / "utf-16").write_text((place / "vkey").read_text(), encoding="utf-16")
    for file in ("vkey", "utf-16"):
        ran = checked(bundle, "--vkey", str(place / file))
        assert ran.status == 0 and "The key is the one you gave." in ran.out
    for given in ("nonsense", str(place / "nope.vkey")):
        said = f"Not proved: --vkey: there is no file {given!r}, and it is no public key: that is written NAME+DIGEST+KEY.\n"
        assert checked(bundle, "--vkey", given) == (1, "", said)
    for given in ("", str(place), str(place / "borough.db"), str(place / "key")):
        ran = checked(bundle, "--vkey", given)
        assert ran.status == 1 and "is no public key, nor a file of one: it is written NAME+DIGEST+KEY." in ran.err


def test_a_bundle_holds_the_events_as_they_are_stored_but_for_the_link_to_others(place: Path, bundle: Path) -> None:
    from frontdoor.log.chain import COLUMNS

    with SqliteLog(place / "borough.db", read_only=True) as log:
        stored = [dict(zip(COLUMNS, record, strict=True)) for record in log.records() if record[2] == CASE]
    for event in stored:
        del event["link"]
    assert events_of(bundle) == stored
    assert [event["version"] for event in stored] == list(range(1, len(stored) + 1))
    assert sorted(path.name for path in bundle.iterdir()) == [
        "case.txt", "check.py", "checkpoint.txt", "events.json", "index.html", "key.txt", "proofs.json",
    ]  # fmt: skip
    assert "PRIVATE" not in "".join(path.read_text(encoding="utf-8") for path in bundle.iterdir())


def test_the_same_log_case_and_key_give_the_same_bytes(place: Path) -> None:
    frontdoor("prove", place / "borough.db", "--case", CASE, "--key", place / "key", "--out", place / "again")
    for path in (place / "bundle").iterdir():
        assert (place / "again" / path.name).read_bytes() == path.read_bytes()


def test_the_page_tells_each_event_and_what_is_not_proved_and_needs_nothing_else(place: Path, bundle: Path) -> None:
    page = (bundle / "index.html").read_text(encoding="utf-8")
    assert '<html lang="en-GB">' in page and "<script" not in page and "http://" not in page and "https://" not in page
    for event in events_of(bundle):
        assert event["hash"] in page
    said = " ".join(re.sub(r"<[^>]*>", " ", page).split())
    for words in (
        "Receive a contact [contact.receive], by Zoë &lt;b&gt; (referral_officer)", "Corrected later, by version ", "Breach raised: ",
        "because: misread", "Mon 2 Mar 2026 09:00", "What was recorded after the checkpoint.", "That what was recorded is true.",
        "has signed that the case had no other event", "Case C-1 &lt;é&gt;",
    ):  # fmt: skip
        assert words in said, words


def by_checkpoint(place: Path, out: Path) -> Ran:
    """A bundle by a checkpoint that was signed when the log was shorter, without the private key."""
    log = place / "borough.db"
    (place / "c").write_text(frontdoor("checkpoint", log, "--key", place / "key").out, encoding="utf-8")
    with SqliteLog(log) as opened:
        desk = Desk(opened, clock=SimulatedClock(datetime(2026, 3, 10, 9, tzinfo=UTC)))
        desk.record("C-3", "contact.send_to_mash", actor="b", role="referral_officer", despite="late")
        desk.record("C-4", "contact.receive", actor="b", role="referral_officer", details={"source": "6"})
    return frontdoor("prove", log, "--case", "C-3", "--checkpoint", place / "c", "--vkey", place / "vkey", "--out", out)


def test_a_checkpoint_signed_before_proves_what_was_there_then_and_says_what_it_does_not(
    place: Path, tmp_path: Path
) -> None:
    ran = by_checkpoint(place, tmp_path / "b")
    assert (ran.status, ran.err) == (0, "")
    assert re.search(
        r"b: \d events of case C-3 among the log's first \d+, with proof; \d later are not in it\n", ran.out
    )
    status, out, err = checked(tmp_path / "b", "--vkey", (place / "vkey").read_text().strip())
    assert (status, err) == (0, "")
    assert "Whether the case had more than " in out and "there is no case.txt" in out
    assert "later event" in (tmp_path / "b" / "index.html").read_text(encoding="utf-8")
    log = place / "borough.db"
    signed = frontdoor(
        "prove", log, "--case", "C-3", "--checkpoint", place / "c", "--key", place / "key", "--out", tmp_path / "d"
    )
    assert signed.status == 0
    assert "also signed that these were all events" in checked(tmp_path / "d").out
    status, _, err = frontdoor(
        "prove", log, "--case", "C-4", "--checkpoint", place / "c", "--key", place / "key", "--out", tmp_path / "e"
    )
    assert (status, "it came later" in err) == (2, True)


def test_a_checkpoint_that_others_have_signed_too_is_kept_with_their_signatures(place: Path, tmp_path: Path) -> None:
    note = frontdoor("checkpoint", place / "borough.db", "--key", place / "key").out
    beside = new_key("witness").sign(note.rpartition("\n\n")[0] + "\n").rpartition("\n\n")[2]
    (place / "c").write_text(beside.join([note.rpartition("— ")[0], "— " + note.rpartition("— ")[2]]), encoding="utf-8")
    words = ["--case", "C-2", "--checkpoint", place / "c", "--vkey", place / "vkey", "--out", tmp_path / "b"]
    assert frontdoor("prove", place / "borough.db", *words).status == 0
    assert "— witness " in (tmp_path / "b" / "checkpoint.txt").read_text(encoding="utf-8")
    assert checked(tmp_path / "b").status == 0


def test_a_bundle_is_its_owners_to_read_until_they_let_others(original: Path) -> None:
    assert stat.S_IMODE((original / "bundle").stat().st_mode) == 0o700


def test_the_script_runs_in_a_python_of_years_ago_and_needs_nothing_else(bundle: Path) -> None:
    script = ast.parse((bundle / "check.py").read_text(encoding="utf-8"), feature_version=(3, 8))
    imports = [node for node in ast.walk(script) if isinstance(node, (ast.Import, ast.ImportFrom))]
    names = {name.name for node in imports if isinstance(node, ast.Import) for name in node.names}
    names |= {str(node.module) for node in imports if isinstance(node, ast.ImportFrom)}
    assert {"hashlib", "json"} <= names <= sys.stdlib_module_names


def test_what_cannot_be_proved_is_refused_and_nothing_written(place: Path) -> None:
    log, out = place / "borough.db", place / "made"
    key = ["--key", place / "key"]
    for status, said, words in [
        (2, "give --key FILE to sign with", ["--case", CASE]),
        (2, "give --key FILE to sign with", ["--case", CASE, "--vkey", place / "vkey"]),
        (2, "not both", ["--case", CASE, "--vkey", place / "vkey", *key]),
        (2, "there is no case 'C-9' in the log.", ["--case", "C-9", *key]),
        (3, "is no signed note", ["--case", CASE, *key, "--checkpoint", place / "vkey"]),
    ]:
        ran = frontdoor("prove", log, *words, "--out", out)
        assert (ran.status, ran.out) == (status, ""), ran
        assert said in ran.err
    assert frontdoor("prove", log, "--case", CASE, *key, "--out", place / "bundle").status == 2
    assert frontdoor("prove", log, "--case", CASE, *key, "--out", place / "no" / "made").status == 2
    tamper(log, "UPDATE events SET actor = 'x' WHERE position = 2")
    assert frontdoor("prove", log, "--case", CASE, *key, "--out", out).status == 4
    assert not out.exists() and not [path for path in place.iterdir() if path.name.startswith(".")]


# ---- a bundle that was tampered with ----


def change(bundle: Path, name: str, old: str, new: str) -> None:
    """Change a text in a file of a bundle, once."""
    text = (bundle / name).read_text(encoding="utf-8")
    assert old in text
    (bundle / name).write_text(text.replace(old, new, 1), encoding="utf-8")


def append_to(file: Path) -> None:
    """Put a line at the end of a file."""
    file.write_text(file.read_text(encoding="utf-8") + "more\n", encoding="utf-8")


def an_event(bundle: Path, at: int, **values: object) -> None:
    """Say other values of an event."""
    events = events_of(bundle)
    events[at] |= values
    put(bundle, "events.json", events)


def drop(bundle: Path, at: int, *, proof_too: bool = True) -> None:
    """Take out an event."""
    events, proofs = events_of(bundle), proofs_of(bundle)
    del events[at]
    put(bundle, "events.json", events)
    if proof_too:
        del proofs[at]
        put(bundle, "proofs.json", proofs)


def swap(bundle: Path, name: str) -> None:
    """Put the first two of a list in the other order."""
    some = json.loads((bundle / name).read_text(encoding="utf-8"))
    put(bundle, name, [some[1], some[0], *some[2:]])


def sign(bundle: Path, key: PrivateKey, name: str, text: str | None = None) -> None:
    """Sign a note of a bundle, or another text, by another key."""
    said = text or (bundle / name).read_text(encoding="utf-8").rpartition("\n\n")[0] + "\n"
    (bundle / name).write_text(key.sign(said), encoding="utf-8")


def rehash(bundle: Path) -> None:
    """Say something else, and hash the event and those after it anew."""
    import hashlib

    events, before = events_of(bundle), ""
    events[0]["actor"] = "somebody-else"
    for event in events:
        said = "\0".join([before, "frontdoor event 1", *(str(event[name]) for name in check.HASHED)])
        before = event["hash"] = hashlib.sha256(said.encode()).hexdigest()
    put(bundle, "events.json", events)


def elsewhere(bundle: Path) -> None:
    """Another log's key and checkpoint, each good in itself."""
    key = new_key("frontdoor/another")
    (bundle / "key.txt").write_text(f"{key.public}\n")
    sign(bundle, key, "checkpoint.txt", str(Checkpoint("another", 50, bytes(32))))


def of_another(bundle: Path, place: Path) -> None:
    """A checkpoint that this key signed for another log."""
    sign(bundle, key_of(place), "checkpoint.txt", str(Checkpoint("another", 50, bytes(32))))


def earlier(bundle: Path, place: Path) -> None:
    """A checkpoint of this log, of a moment before the last events."""
    sign(
        bundle,
        key_of(place),
        "checkpoint.txt",
        str(Checkpoint(key_of(place).name.removeprefix("frontdoor/"), 2, bytes(32))),
    )


def in_two_ways(bundle: Path, place: Path) -> None:
    """An event whose hash is that of another one as well, in a log of its own, signed by its key."""
    import hashlib

    (event,) = events = events_of(bundle)[:1]
    event |= {"position": 1, "actor": "a\0b"}
    said = "\0".join(["", "frontdoor event 1", *(str(event[name]) for name in check.HASHED)])
    event["hash"] = hashlib.sha256(said.encode()).hexdigest()
    put(bundle, "events.json", events)
    put(bundle, "proofs.json", [[]])
    root = hashlib.sha256(b"\0" + bytes.fromhex(event["hash"])).digest()
    log_id = key_of(place).name.removeprefix("frontdoor/")
    sign(bundle, key_of(place), "checkpoint.txt", str(Checkpoint(log_id, 1, root)))
    (bundle / "case.txt").unlink()


TAMPERED: dict[str, tuple[Callable[[Path, Path], object], str]] = {
    "a value of an event": (lambda b, p: an_event(b, 0, actor="x"), "event 1 of the case is not as it was recorded, or not in its place"),
    "the details of an event": (lambda b, p: an_event(b, 0, details="{}"), "the details of event 1 of the case are not"),
    "two events of one hash": (in_two_ways, "event 1 of the case holds a NUL"),
    "a value of another type": (lambda b, p: an_event(b, 1, actor=None), "event 2 of the case is not as it was recorded: a value"),
    "a position": (lambda b, p: an_event(b, 1, position=7), "event 2 of the case is not in the log that was signed"),
    "a position beyond": (lambda b, p: an_event(b, 1, position=7000), "event 2 of the case is at position 7000, out of order or beyond"),
    "a value more": (lambda b, p: an_event(b, 1, link="x"), "event 2 of the case has not the fields that were recorded"),
    "a value twice": (lambda b, p: change(b, "events.json", '  "position"', '  "actor": "x",\n  "position"'), "events.json is not as it was written"),
    "a space more": (lambda b, p: change(b, "events.json", "[", "[ "), "events.json is not as it was written"),
    "all hashed anew": (lambda b, p: rehash(b), "event 1 of the case is not in the log that was signed"),
    "the first dropped": (lambda b, p: drop(b, 0), "event 1 of the case is missing: version 2 of "),
    "one dropped": (lambda b, p: drop(b, 1), "event 2 of the case is missing: version 3 of "),
    "one dropped, its proof left": (lambda b, p: drop(b, 1, proof_too=False), "and proofs.json "),
    "the last dropped": (lambda b, p: drop(b, -1), "the events are not all that case.txt says the case had: the list was cut"),
    "all dropped": (lambda b, p: (put(b, "events.json", []), put(b, "proofs.json", [])), "are not the lists that were written"),
    "events swapped": (lambda b, p: swap(b, "events.json"), "event 1 of the case is missing: version 2 of "),
    "proofs swapped": (lambda b, p: swap(b, "proofs.json"), "event 1 of the case is not in the log that was signed: its proof"),
    "a proof that is none": (lambda b, p: put(b, "proofs.json", [["x"], *proofs_of(b)[1:]]), "the proof of event 1 of the case is none."),
    "a proof cut": (lambda b, p: put(b, "proofs.json", [proofs_of(b)[0][1:], *proofs_of(b)[1:]]), "event 1 of the case is not in the log"),
    "no proofs": (lambda b, p: (b / "proofs.json").unlink(), "proofs.json cannot be read: No such file or directory."),
    "proofs of no JSON": (lambda b, p: (b / "proofs.json").write_text("[" * 100_000), "proofs.json is not as it was written."),
    "a file of other bytes": (lambda b, p: (b / "events.json").write_bytes(b"\xff"), "events.json is not the text that was written."),
    "another key": (lambda b, p: (b / "key.txt").write_text(f"{another(p).public}\n"), "checkpoint.txt is not signed by the key in key.txt."),
    "a key that is none": (lambda b, p: (b / "key.txt").write_text("key\n"), "key.txt is no public key of Ed25519."),
    "a checkpoint by another key": (lambda b, p: sign(b, another(p), "checkpoint.txt"), "checkpoint.txt is not signed by the key in key.txt."),
    "another size": (lambda b, p: change(b, "checkpoint.txt", "\n", "\n1"), "checkpoint.txt is not what the key in key.txt has signed."),
    "a checkpoint and more": (lambda b, p: append_to(b / "checkpoint.txt"), "checkpoint.txt is not a text, an empty line and signatures, and nothing else."),
    "another log's checkpoint": (of_another, "checkpoint.txt is of 'frontdoor/another', and the key of frontdoor/"),
    "another log's key and checkpoint": (lambda b, p: elsewhere(b), "event 1 of the case is not in the log that was signed"),
    "an earlier checkpoint": (earlier, "event 1 of the case is not in the log that was signed"),
    "a case.txt as checkpoint": (lambda b, p: shutil.copy(b / "case.txt", b / "checkpoint.txt"), "checkpoint.txt is no checkpoint"),
    "a checkpoint as case.txt": (lambda b, p: shutil.copy(b / "checkpoint.txt", b / "case.txt"), "case.txt is no statement about that checkpoint."),
    "another count in case.txt": (lambda b, p: change(b, "case.txt", '"\n', '"\n1'), "case.txt is not what the key in key.txt has signed."),
    "another page": (lambda b, p: change(b, "index.html", "Zoë", "Zoe"), "index.html is not the page that was written."),
}  # fmt: skip


@pytest.mark.parametrize(("tampering", "said"), TAMPERED.values(), ids=list(TAMPERED))
def test_what_was_tampered_with_is_refused_in_a_sentence(
    tampering: Callable[[Path, Path], object], said: str, bundle: Path, place: Path
) -> None:
    tampering(bundle, place)
    status, out, err = checked(bundle)
    assert (status, out, err.count("\n")) == (1, "", 1), (out, err)
    assert err.startswith("Not proved: ") and said in err


def test_all_of_it_made_anew_by_another_key_shows_beside_the_key_that_was_given(bundle: Path, place: Path) -> None:
    forger = another(place)
    (bundle / "key.txt").write_text(f"{forger.public}\n")
    sign(bundle, forger, "checkpoint.txt")
    sign(bundle, forger, "case.txt")
    assert checked(bundle).status == 0
    ran = checked(bundle, "--vkey", (place / "vkey").read_text().strip())
    assert ran == (1, "", "Not proved: the key in key.txt is another than the one you gave.\n")
    assert checked(bundle, "--vkey", "").status == 1


def test_a_cut_list_without_the_statement_is_not_said_to_be_whole(bundle: Path) -> None:
    drop(bundle, -1)
    (bundle / "case.txt").unlink()
    status, out, _ = checked(bundle)
    assert status == 0
    assert "Whether the case had more than" in out and "is not shown" in out and "these were all" not in out


def every_change(text: str) -> Iterator[str]:
    """A text with each of its letters another, or taken out."""
    for at, letter in enumerate(text):
        yield text[:at] + chr(ord(letter) ^ 1) + text[at + 1 :]
        yield text[:at] + text[at + 1 :]


@pytest.mark.parametrize(("name", "step"), [("events.json", 7), ("proofs.json", 3)])
def test_any_letter_of_events_and_proofs_counts(
    name: str, step: int, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (bundle / name).read_text(encoding="utf-8")
    monkeypatch.setattr(check, "has_signed", lambda key, said, signature: True)  # of what is not changed here, and slow
    assert check.check(str(bundle))
    for tried in list(every_change(text))[::step]:
        (bundle / name).write_text(tried, encoding="utf-8")
        with pytest.raises(check.Wrong):
            check.check(str(bundle))


ODD: tuple[Any, ...] = (None, True, 1, 0, -1, 1.5, 10**30, "", "x", "\0", "0" * 64, [], {}, [[]], [None], {"a": 1})


@pytest.mark.parametrize("name", ["events.json", "proofs.json"])
def test_no_odd_value_is_more_than_refused(name: str, bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "has_signed", lambda key, said, signature: True)  # of what is not changed here, and slow
    whole = json.loads((bundle / name).read_text(encoding="utf-8"))
    for odd in ODD:
        tries = [odd, [odd], [*whole, odd], [odd, *whole[1:]], [*whole[:-1], odd]]
        if name == "events.json":
            tries += [[whole[0] | {field: odd}, *whole[1:]] for field in whole[0]]
        else:
            tries += [[[odd, *whole[0]], *whole[1:]], [[odd, *whole[0][1:]], *whole[1:]]]
        for tried in tries:
            if tried != whole or json.dumps(tried) != json.dumps(whole):
                put(bundle, name, tried)
                with pytest.raises(check.Wrong):
                    check.check(str(bundle))


@pytest.mark.parametrize("name", ["checkpoint.txt", "case.txt", "key.txt"])
def test_any_letter_of_what_is_signed_counts(name: str, bundle: Path) -> None:
    text = (bundle / name).read_text(encoding="utf-8").rstrip("\n")
    for tried in list(every_change(text))[::5]:
        (bundle / name).write_text(f"{tried}\n", encoding="utf-8")
        with pytest.raises(check.Wrong):
            check.check(str(bundle))


def test_the_script_says_how_to_be_called(bundle: Path) -> None:
    for words in (["a", "b"], ["--vkey"], ["--help"]):
        assert checked(bundle, *words) == (1, "", "Give it as: python -I check.py [FOLDER] [--vkey KEY]\n")
    assert checked(bundle, "nowhere") == (1, "", "Not proved: key.txt cannot be read: No such file or directory.\n")


# ---- what somebody else put beside or into a bundle ----


@pytest.mark.parametrize("letter", ["\x1b", "\n", "\u202e", "\x9b", " "])
def test_a_key_whose_name_would_move_the_terminal_is_no_key(letter: str, bundle: Path) -> None:
    (bundle / "key.txt").write_text(f"{new_key('frontdoor/x').public}\n")
    forged = attrs.evolve(new_key("frontdoor/x"), name=f"frontdoor/x{letter}[2J")
    (bundle / "key.txt").write_text(f"{forged.public}\n")
    sign(bundle, forged, "checkpoint.txt", f"{forged.name}\n5\n{'A' * 43}=\n")
    assert checked(bundle) == (1, "", "Not proved: key.txt is no public key of Ed25519.\n")


def test_an_origin_that_would_move_the_terminal_is_not_printed_as_it_is(bundle: Path, place: Path) -> None:
    sign(bundle, key_of(place), "checkpoint.txt", f"frontdoor/\x1b[2J\n5\n{'A' * 43}=\n")
    status, out, err = checked(bundle)
    assert (status, out) == (1, "") and "\x1b" not in err and "checkpoint.txt is of 'frontdoor/\\x1b[2J'" in err


def test_a_note_of_more_signatures_than_can_be_looked_at_is_refused(bundle: Path) -> None:
    note = (bundle / "checkpoint.txt").read_text(encoding="utf-8")
    line = note.splitlines(keepends=True)[-1]
    (bundle / "checkpoint.txt").write_text(note + line * 100, encoding="utf-8")
    assert checked(bundle) == (1, "", "Not proved: checkpoint.txt has more than 100 signatures.\n")


@pytest.mark.parametrize("name", ["key.txt", "checkpoint.txt", "events.json", "case.txt", "index.html"])
def test_what_is_no_plain_file_or_too_large_to_be_ours_is_not_opened(name: str, bundle: Path, tmp_path: Path) -> None:
    whole = bundle / name
    elsewhere = Path(shutil.move(whole, tmp_path / "elsewhere"))
    whole.symlink_to(elsewhere)
    assert checked(bundle) == (1, "", f"Not proved: {name} is no plain file.\n")
    whole.unlink()
    os.mkfifo(whole)
    assert checked(bundle) == (1, "", f"Not proved: {name} is no plain file.\n")
    whole.unlink()
    with whole.open("wb") as file:
        file.truncate(check.MOST + 1)  # takes no room on the disk
    assert checked(bundle) == (1, "", f"Not proved: {name} is larger than any that was written.\n")


def test_what_stands_beside_the_bundles_own_files_is_said_not_to_be_covered(bundle: Path) -> None:
    assert "not covered" not in checked(bundle).out.replace("events is not covered", "")
    (bundle / "more \x1b events.html").write_text("and also ...")
    (bundle / "also").mkdir()
    out = checked(bundle).out
    assert out.endswith("Also in the folder, and not covered: 'also', 'more \\x1b events.html'.\n")


def test_without_the_statement_neither_all_events_nor_the_page_are_said_to_be_covered(bundle: Path) -> None:
    (bundle / "case.txt").unlink()
    change(bundle, "index.html", "Zoë", "Zoe")
    status, out, _ = checked(bundle)
    assert status == 0 and "All " not in out and "nor is index.html" in out


def test_a_module_beside_the_script_is_not_run(bundle: Path) -> None:
    (bundle / "json.py").write_text("print('Proved.'); raise SystemExit(0)")
    page = (bundle / "index.html").read_text(encoding="utf-8")
    (told,) = re.findall(r"<code>python (.*?)check.py --vkey", page)
    run = subprocess.run([sys.executable, *told.split(), "check.py"], capture_output=True, text=True, cwd=bundle)
    assert run.returncode == 0 and "are as they were recorded" in run.stdout and "Proved" not in run.stdout


def test_a_folder_that_is_called_as_the_key_does_not_stand_in_its_place(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, forger = key_of(place).public, another(place)
    named = place / str(key)
    named.parent.mkdir(parents=True)
    named.write_text(f"{forger.public}\n")
    (place / "cp").write_text(forger.sign(str(read_checkpoint((place / "bundle" / "checkpoint.txt").read_text()))))
    monkeypatch.chdir(place)
    assert frontdoor("verify", "borough.db", "--checkpoint", "cp", "--vkey", key).status == 3


# ---- checkpoints that are written over ----


@pytest.mark.parametrize("name", ["borough.db", "key", "vkey"])
def test_a_checkpoint_is_never_written_over_anything_else(name: str, place: Path) -> None:
    before = (place / name).read_bytes()
    status, out, err = frontdoor("checkpoint", place / "borough.db", "--key", place / "key", "--out", place / name)
    assert (status, out, err.count("\n")) == (
        2,
        "",
        err.count("\n"),
    ) and "is there already, and is no checkpoint" in err
    assert (place / name).read_bytes() == before


def test_a_checkpoint_is_written_over_one_of_the_same_log_that_the_log_still_begins_with(place: Path) -> None:
    log, out = place / "borough.db", place / "cp"
    assert frontdoor("checkpoint", log, "--key", place / "key", "--out", out).status == 0
    first = out.read_text(encoding="utf-8")
    with SqliteLog(log) as opened:
        Desk(opened).record("C-7", "contact.receive", actor="a", role="referral_officer", details={"source": "6"})
    assert frontdoor("checkpoint", log, "--key", place / "key", "--out", out).status == 0
    assert read_checkpoint(out.read_text(encoding="utf-8")).size == read_checkpoint(first).size + 1


def test_a_checkpoint_that_the_log_does_not_begin_with_is_kept(place: Path) -> None:
    log, out = place / "borough.db", place / "cp"
    assert frontdoor("checkpoint", log, "--out", out).status == 0
    before = out.read_bytes()
    tamper(log, "DELETE FROM events WHERE position = (SELECT max(position) FROM events)")
    status, said, err = frontdoor("checkpoint", log, "--out", out)
    assert (status, said, err.count("\n")) == (4, "", 1) and "its tail was cut" in err
    assert out.read_bytes() == before


def test_a_checkpoint_of_another_log_is_not_written_over(place: Path) -> None:
    out = place / "cp"
    out.write_text(str(Checkpoint("another", 50, bytes(32))))
    status, _, err = frontdoor("checkpoint", place / "borough.db", "--out", out)
    assert status == 4 and "of another log" in err
    assert out.read_text() == str(Checkpoint("another", 50, bytes(32)))


# ---- keys ----


def test_a_key_that_others_may_read_is_said_to_be_so(place: Path) -> None:
    (place / "key").chmod(0o644)
    status, out, err = frontdoor("checkpoint", place / "borough.db", "--key", place / "key")
    assert status == 0 and out.startswith("frontdoor/")
    assert (
        err
        == f"frontdoor: {place / 'key'} can be read by others than its owner, who could sign with it: chmod 600 it.\n"
    )
    (place / "key").chmod(0o600)
    assert frontdoor("checkpoint", place / "borough.db", "--key", place / "key").err == ""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="wants a device that is always full")
def test_a_key_that_could_not_be_written_whole_is_not_left_there(place: Path) -> None:
    script = (
        "import resource, signal, sys; from frontdoor.cli import main; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10)); main()"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, "keygen", place / "borough.db", place / "new.key"], env=environment(), capture_output=True, text=True,
    )  # fmt: skip
    assert (run.returncode, run.stdout) == (2, "") and "cannot be written" in run.stderr
    assert not (place / "new.key").exists()


# ---- the page ----


def test_the_page_says_where_it_does_not_show_all_of_a_text(place: Path, tmp_path: Path) -> None:
    with SqliteLog(place / "borough.db") as log:
        note = f"{'x' * 5000}\u202eat the end"
        Desk(log).record(
            "C-7", "contact.receive", actor="a", role="referral_officer", details={"source": "6", "note": note}
        )
    ran = frontdoor("prove", place / "borough.db", "--case", "C-7", "--key", place / "key", "--out", tmp_path / "made")
    assert ran.status == 0
    page = (tmp_path / "made" / "index.html").read_text(encoding="utf-8")
    assert "\u202e" not in page and "at the end" not in page
    assert (
        "A text longer than 4,000 characters is cut here, and characters that cannot be seen are shown as blanks"
        in page
    )
