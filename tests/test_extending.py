"""That one checkpoint extends another: seen with the log, and by a proof without it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import attrs
import pytest
from commands import Ran, frontdoor
from test_chain import LOG, journeys
from test_verify_command import tamper

from frontdoor import SqliteLog
from frontdoor.errors import InputError, LogTampered
from frontdoor.log.checkpoint import Checkpoint, MerkleTree, verify
from frontdoor.log.extending import ExtensionProver, read_extension
from frontdoor.log.note import PrivateKey, new_key, read_private_key
from frontdoor.testing.conformance import a_draft, append


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A log of eight events and its keys; its checkpoints when it had five and as it is, `old` and `new`, and `proof` from the one
    to the other."""
    log = tmp_path / "borough.db"
    with SqliteLog(log) as opened:
        append(opened, *(a_draft(f"C-{number}") for number in range(5)))
        key = new_key(f"frontdoor/{opened.log_id}")
    (tmp_path / "key").touch(mode=0o600)
    (tmp_path / "key").write_text(f"{key}\n")
    (tmp_path / "vkey").write_text(f"{key.public}\n")
    assert taken(tmp_path, "old").status == 0
    with SqliteLog(log) as opened:
        append(opened, *(a_draft(f"L-{number}") for number in range(3)))
    assert taken(tmp_path, "new", "--since", tmp_path / "old", "--proof", tmp_path / "proof") == (0, "", "")
    return tmp_path


def taken(place: Path, name: str, *words: object) -> Ran:
    return frontdoor("checkpoint", place / "borough.db", "--key", place / "key", "--out", place / name, *words)


def verified(place: Path, what: str, *names: str, signed: bool = True, as_json: bool = False) -> Ran:
    words: list[object] = [word for name in names for word in ("--checkpoint", place / name)]
    words += ["--vkey", place / "vkey"] if signed else []
    return frontdoor("verify", place / what, *words, *["--json"][: int(as_json)])


def key_of(place: Path) -> PrivateKey:
    return read_private_key((place / "key").read_text())


def log_id_of(place: Path) -> str:
    with SqliteLog(place / "borough.db", read_only=True) as log:
        return log.log_id


# ---- with the log ----


def test_a_log_is_held_to_several_checkpoints_in_whichever_order_they_are_named(place: Path) -> None:
    (place / "first").write_text(key_of(place).sign(str(Checkpoint(log_id_of(place), 0, sha256(b"").digest()))))
    for names, said in (
        (("old", "new"), "the first 5 and the first 8"),
        (("new", "old"), "the first 5 and the first 8"),
        (("new", "first", "old"), "the first 0, the first 5 and the first 8"),
    ):
        status, out, err = verified(place, "borough.db", *names)
        assert (status, err) == (0, "")
        assert out.startswith(
            f"8 events, all as they were recorded, {said} as the signed checkpoints noted them: each extends the one before; root "
        )
    found = json.loads(verified(place, "borough.db", "old", "new", as_json=True).out)
    assert (found["checkpoint"], found["checkpoints"]) == (8, [5, 8])


def test_a_checkpoint_that_does_not_extend_the_other_is_found_whichever_of_the_two_the_log_has(place: Path) -> None:
    other = key_of(place).sign(str(Checkpoint(log_id_of(place), 5, bytes(32))))
    (place / "forged").write_text(other, encoding="utf-8")
    status, out, err = verified(place, "borough.db", "forged", "new")
    assert (status, out, err.count("\n")) == (4, "", 1)
    assert "the first 5 events are not those that the checkpoint was made of: the log was written anew." in err
    tamper(place / "borough.db", "DELETE FROM events WHERE position > 6")
    status, out, err = verified(place, "borough.db", "old", "new")
    assert (status, out, err) == (4, "", "frontdoor: the log has 6 events, the checkpoint 8: its tail was cut.\n")


def test_each_of_several_checkpoints_must_be_signed(place: Path) -> None:
    (place / "unsigned").write_text(frontdoor("checkpoint", place / "borough.db").out)
    status, out, err = verified(place, "borough.db", "old", "unsigned")
    assert (status, out) == (3, "") and "is no signed note" in err


@pytest.mark.parametrize("sizes", [(0, 12), (1, 7), (3, 3), (0, 0), (5, 8, 11)])
def test_roots_are_those_of_each_size_however_many_are_asked_for(sizes: tuple[int, ...]) -> None:
    records = journeys()
    noted = [verify(records[:size], log_id=LOG) for size in sizes]
    assert verify(records, log_id=LOG, others=noted).size == len(records)
    for number, one in enumerate(noted):
        wrong = [*noted[:number], attrs.evolve(one, root=bytes(32)), *noted[number + 1 :]]
        with pytest.raises(LogTampered, match="written anew"):
            verify(records, log_id=LOG, others=wrong)


# ---- without it ----


def test_a_proof_shows_it_to_whoever_has_the_earlier_one_and_not_the_log(place: Path) -> None:
    (place / "borough.db").unlink()
    for names in (("old",), ("old", "new")):
        status, out, err = verified(place, "proof", *names)
        assert (status, err) == (0, "")
        assert out == (
            "The signed checkpoint of 8 events extends that of 5: the log begins in both with the same. What the events are, only "
            "the log shows.\n"
        )
    found = json.loads(verified(place, "proof", "old", as_json=True).out)
    assert (found["verified"], found["events"], found["checkpoint"]) == (True, 8, 5)
    assert found["signed_by"] == (place / "vkey").read_text().strip()
    assert "Who made the checkpoint was not looked at" in verified(place, "proof", "old", signed=False).out


def test_a_proof_is_as_witnesses_are_asked_and_holds_nothing_of_an_event(place: Path) -> None:
    text = (place / "proof").read_text(encoding="utf-8")
    head, _, note = text.partition("\n\n")
    assert head.startswith("old 5\n") and note == (place / "new").read_text(encoding="utf-8")
    assert str(read_extension(text)) == text
    assert "C-1" not in text and "officer" not in text


def changed(what: Callable[[str], str]) -> Callable[[Path], None]:
    def change(place: Path) -> None:
        (place / "proof").write_text(what((place / "proof").read_text(encoding="utf-8")), encoding="utf-8")

    return change


def digests_from_elsewhere(text: str) -> str:
    first, *rest = text.split("\n")
    return "\n".join(
        [
            first,
            *("A" * 43 + "=" if len(line) == 44 and end else line for end, line in enumerate(rest[:3], 1)),
            *rest[3:],
        ]
    )


def forge_old(place: Path) -> None:
    (place / "old").write_text(key_of(place).sign(str(Checkpoint(log_id_of(place), 5, bytes(32)))), encoding="utf-8")


def another_size(place: Path) -> None:
    (place / "old").write_text(key_of(place).sign(str(Checkpoint(log_id_of(place), 4, bytes(32)))), encoding="utf-8")


def by_another(place: Path) -> None:
    text = (place / "proof").read_text(encoding="utf-8")
    head, _, note = text.partition("\n\n")
    signed = new_key(key_of(place).name).sign(note.partition("\n\n")[0] + "\n")
    (place / "proof").write_text(f"{head}\n\n{signed}", encoding="utf-8")


@pytest.mark.parametrize(
    "do, status, said",
    [
        (changed(digests_from_elsewhere), 4, "it does not show that the checkpoint of 8 events extends that of 5: the log was written anew"),
        (forge_old, 4, "it does not show that the checkpoint of 8 events extends that of 5"),
        (another_size, 3, "proves what extends a checkpoint of 5 events, and the one given has 4. Ask for a proof from that one."),
        (changed(lambda text: text.replace("\n8\n", "\n9\n")), 4, "the signature is not one of the key"),
        (by_another, 3, "is not signed by the key"),
        (changed(lambda text: text.partition("\n\n")[0]), 3, "is no proof that one checkpoint extends another."),
        (changed(lambda text: text.replace("old 5", "old five")), 3, "is no proof that one checkpoint extends another."),
        (changed(lambda text: text.replace("\n", "\n!", 1)), 3, "is no proof that one checkpoint extends another."),
        (changed(lambda text: "old 5\n" + text), 3, "is no proof that one checkpoint extends another."),
        (changed(lambda text: "old 5\n" + "A" * 70_000), 3, "is no proof that one checkpoint extends another."),
    ],
)  # fmt: skip
def test_what_does_not_show_it_is_one_sentence_and_its_status(
    place: Path, do: Callable[[Path], None], status: int, said: str
) -> None:
    do(place)
    ran = verified(place, "proof", "old")
    assert (ran.status, ran.out, ran.err.count("\n")) == (status, "", 1) and said in ran.err


def test_a_proof_of_something_else_than_the_two_that_are_given_is_told(place: Path, tmp_path: Path) -> None:
    with SqliteLog(place / "borough.db") as log:
        append(log, a_draft())
    assert taken(place, "newest").status == 0
    status, out, err = verified(place, "proof", "old", "newest")
    assert (status, out) == (4, "") and "it proves a checkpoint of 8 events, and not the other that was given." in err
    key = new_key("frontdoor/another")
    (place / "old").write_text(key.sign(str(Checkpoint("another", 5, bytes(32)))), encoding="utf-8")
    assert "the checkpoint is of another log: of another" in verified(place, "proof", "old", signed=False).err


def test_a_proof_alone_or_made_of_nothing_is_a_mistake(place: Path) -> None:
    assert verified(place, "proof", signed=False).status == 2
    status, _, err = taken(place, "newest", "--proof", place / "other")
    assert status == 2 and "give that with --since FILE" in err and not (place / "newest").exists()


def test_no_proof_is_made_where_the_log_does_not_begin_with_the_earlier_checkpoint(place: Path) -> None:
    forge_old(place)
    status, out, err = taken(place, "newest", "--since", place / "old", "--proof", place / "other")
    assert (status, out, err.count("\n")) == (4, "", 1) and "the log was written anew" in err
    assert not (place / "newest").exists() and not (place / "other").exists()


def test_from_every_size_to_every_size_the_proof_shows_it_and_no_other_does() -> None:
    hashes = [sha256(b"%d" % number).hexdigest() for number in range(20)]
    records: list[Any] = [("",) * 14 + (hash_,) for hash_ in hashes]
    draw = random.Random(7)
    for size in range(21):
        for first in range(size + 1):
            earlier, later = (Checkpoint(LOG, n, root_of(hashes[:n])) for n in (first, size))
            prover = ExtensionProver(earlier)
            for _ in prover.watch(records[:size]):
                pass
            made = read_extension(str(prover.extension(str(later))))
            made.verify(earlier, later)
            if 0 < first < size:
                with pytest.raises(LogTampered):
                    made.verify(attrs.evolve(earlier, root=draw.randbytes(32)), later)
                with pytest.raises(LogTampered):
                    attrs.evolve(made, proof=[*made.proof[:-1], draw.randbytes(32)]).verify(earlier, later)
                with pytest.raises(InputError):
                    made.verify(attrs.evolve(earlier, size=first - 1), later)


def root_of(hashes: list[str]) -> bytes:
    tree = MerkleTree()
    tree.add(*map(bytes.fromhex, hashes))
    return tree.root()
