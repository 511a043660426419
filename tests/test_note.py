"""Signed notes and their keys: as C2SP and Go have them, and nothing that is not one."""

from __future__ import annotations

import base64
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdoor.errors import InputError, LogTampered, MissingExtra
from frontdoor.log.checkpoint import Checkpoint, open_checkpoint, read_checkpoint
from frontdoor.log.note import PrivateKey, PublicKey, new_key, open_note, read_private_key, read_public_key
from frontdoor.report.proof import check

# The keys and the note of the documentation of Go's golang.org/x/mod/sumdb/note.
SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
SIGNED = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
NOTE = f"{TEXT}\n{SIGNED}"
KEY = read_public_key(PUBLIC)
LOG = "1b4e28ba-2fa1-41d2-883f-0016d3cca427"


def test_gos_keys_and_note_are_read_and_made_as_go_makes_them() -> None:
    secret = read_private_key(SECRET)
    assert (str(secret), str(secret.public), str(KEY)) == (SECRET, PUBLIC, PUBLIC)
    assert secret.sign(TEXT) == NOTE
    assert open_note(NOTE, KEY) == TEXT


def test_a_private_key_does_not_show_itself_by_chance() -> None:
    assert "seed" not in repr(read_private_key(SECRET))


@given(st.binary(min_size=32, max_size=32), st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1))
def test_a_key_is_read_as_it_was_written(seed: bytes, name: str) -> None:
    key = PrivateKey(name, seed)
    assert read_private_key(f"{key}\n") == key
    assert read_public_key(f" {key.public}\r\n") == key.public


def test_a_new_key_is_another_each_time_and_has_a_name_that_can_be_written() -> None:
    assert new_key("a").seed != new_key("a").seed
    for name in ("", "a b", "a+b", "a\n"):
        with pytest.raises(ValueError, match="is no name of a key"):
            new_key(name)


@given(st.integers(0, len(PUBLIC) - 1), st.characters(codec="ascii"))
def test_a_public_key_with_any_letter_otherwise_is_refused(at: int, letter: str) -> None:
    tried = PUBLIC[:at] + letter + PUBLIC[at + 1 :]
    if tried.strip() != PUBLIC:
        with pytest.raises(InputError, match="is no public key"):
            read_public_key(tried)


@pytest.mark.parametrize("text", ["", "key", SECRET[:-1], SECRET.replace("c74f", "c74e"), PUBLIC, SECRET + SECRET])
def test_what_is_no_private_key_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(
        InputError, match="^borough.key: is no private key. Give the file that 'frontdoor keygen' wrote.$"
    ):
        read_private_key(text, file="borough.key")


def test_a_private_key_in_the_place_of_a_public_one_is_told() -> None:
    with pytest.raises(InputError, match="is a private key, which nobody else should see"):
        read_public_key(SECRET)


def test_signatures_of_others_are_passed_over() -> None:
    other = new_key("another").sign(TEXT).rpartition("\n\n")[2]
    same_name = new_key("PeterNeumann").sign(TEXT).rpartition("\n\n")[2]
    assert open_note(f"{TEXT}\n{other}{SIGNED}{same_name}", KEY) == TEXT
    with pytest.raises(InputError, match="is not signed by the key PeterNeumann\\+c74f20a3"):
        open_note(f"{TEXT}\n{other}{same_name}", KEY)


@given(st.data())
def test_a_note_with_any_bit_the_other_way_is_refused(data: st.DataObject) -> None:
    held = bytearray(NOTE.encode())
    at = data.draw(st.integers(0, len(held) - 1))
    held[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises((InputError, LogTampered)):
        open_note(held.decode(errors="replace"), KEY)


@pytest.mark.parametrize(
    "note",
    [
        NOTE + "and more", NOTE + "and more\n", NOTE + "\n", NOTE + "\n\n", NOTE + " ", NOTE[:-1], NOTE.replace("\n\n", "\n"),
        TEXT, TEXT + "\n", "", "\n", "\n\n", NOTE.replace("— ", "- "), NOTE.replace("— ", "—"),
        f"{TEXT}\n{SIGNED}{SIGNED.strip()} \n", f"{TEXT}\n{SIGNED * 101}", NOTE.replace("If", "\tIf"), NOTE.replace("If", "\rIf"),
        f"{TEXT}\n{SIGNED}— b AAAA\n",
    ],
)  # fmt: skip
def test_what_is_not_a_text_an_empty_line_and_signatures_is_no_note(note: str) -> None:
    assert note != NOTE
    with pytest.raises(InputError, match="^borough.checkpoint: is no signed note: ") as caught:
        open_note(note, KEY, file="borough.checkpoint")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "note",
    [
        NOTE.replace("answer", "question"), NOTE.replace("x08go/Z", "x08go/Y"), f"more\n{NOTE}",
        NOTE.replace(SIGNED, SIGNED + SIGNED.replace("/ZJ", "/YJ")),
    ],
)  # fmt: skip
def test_a_forged_signature_is_told_as_that(note: str) -> None:
    with pytest.raises(LogTampered, match="the signature is not one of the key PeterNeumann\\+c74f20a3 for this text"):
        open_note(note, KEY)


def test_the_spare_bits_of_a_signatures_last_letter_are_not_to_be_used() -> None:
    spare = base64.b64encode(base64.b64decode(SIGNED.split()[2])).decode()[:-2]
    other = spare + "N="
    assert base64.b64decode(other) == base64.b64decode(spare + "M=")
    with pytest.raises(InputError, match="is no signed note"):
        open_note(f"{TEXT}\n— PeterNeumann {other}\n", KEY)


# ---- checkpoints ----


def test_a_signed_checkpoint_is_opened_by_its_logs_key_and_still_read_without() -> None:
    checkpoint = Checkpoint(LOG, 12, bytes(range(32)))
    key = new_key(checkpoint.origin)
    note = key.sign(str(checkpoint))
    assert open_checkpoint(note, key.public) == read_checkpoint(note) == checkpoint


def test_a_checkpoint_signed_by_a_key_of_another_log_is_refused() -> None:
    key = new_key("frontdoor/another")
    with pytest.raises(LogTampered, match=f"c: the checkpoint is of frontdoor/{LOG}, and the key of frontdoor/another"):
        open_checkpoint(key.sign(str(Checkpoint(LOG, 12, bytes(32)))), key.public, file="c")


def test_a_checkpoint_that_is_not_signed_is_not_opened() -> None:
    with pytest.raises(InputError, match="is no signed note"):
        open_checkpoint(str(Checkpoint(LOG, 12, bytes(32))), KEY)


def test_signing_and_verifying_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "cryptography"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(MissingExtra, match=r"Signing needs cryptography, .*: pip install 'frontdoor\[prove\]'"):
        new_key("a").sign("b\n")
    with pytest.raises(MissingExtra, match="Looking at a signature needs cryptography"):
        open_note(NOTE, KEY)


# ---- the same signatures in Python alone, as a bundle's check.py verifies them ----

RFC_8032 = [  # section 7.1: the public key, the message, the signature
    ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "", "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72", "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82", "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "message", "signature"), RFC_8032)
def test_the_rfcs_signatures_are_verified_by_both(key: str, message: str, signature: str) -> None:
    public, said, signed = bytes.fromhex(key), bytes.fromhex(message), bytes.fromhex(signature)
    assert check.has_signed(public, said, signed)
    if not said or said == b"\x72":
        assert PublicKey("a", public).has_signed(said.decode(), signed)


@given(st.binary(min_size=32, max_size=32), st.text(max_size=40), st.integers(0, 511), st.integers(0, 255))
def test_both_say_the_same_of_a_signature_and_of_one_with_a_bit_the_other_way(
    seed: bytes, text: str, bit: int, other: int
) -> None:
    key = PrivateKey("a", seed)
    signature = base64.b64decode(key.sign(text).rpartition(" ")[2])[4:]
    assert check.has_signed(key.public.key, text.encode(), signature)
    spoilt = (int.from_bytes(signature, "little") ^ 1 << bit).to_bytes(64, "little")
    assert not check.has_signed(key.public.key, text.encode(), spoilt)
    assert not key.public.has_signed(text, spoilt)
    another = (int.from_bytes(key.public.key, "little") ^ 1 << other).to_bytes(32, "little")
    assert not check.has_signed(another, text.encode(), signature)
    assert not PublicKey("a", another).has_signed(text, signature)


def test_a_signature_whose_scalar_is_too_large_is_not_taken_for_the_same() -> None:
    key = PrivateKey("a", bytes(32))
    signature = base64.b64decode(key.sign("x\n").rpartition(" ")[2])[4:]
    scalar = int.from_bytes(signature[32:], "little") + check.ORDER
    assert not check.has_signed(key.public.key, b"x\n", signature[:32] + scalar.to_bytes(32, "little"))


# ---- keys that sign whatever they like ----

SMALL = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  # nought, written another way
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]
"""The points of a small order, by which a signature can be made that fits many texts."""


@pytest.mark.parametrize("key", SMALL)
def test_a_key_that_signs_any_text_is_no_key_to_both(key: str) -> None:
    weak = PublicKey("frontdoor/x", bytes.fromhex(key))
    with pytest.raises(InputError, match="is no public key"):
        read_public_key(str(weak))
    identity = (1).to_bytes(32, "little")
    for text in range(20):
        signature = identity + bytes(32)  # of a challenge that the key's order divides
        assert not check.has_signed(weak.key, str(text).encode(), signature)


def test_a_checkpoints_lines_end_where_the_scripts_do() -> None:
    text = "frontdoor/x\u2028" + str(Checkpoint("x", 5, bytes(32))).partition("\n")[2]
    with pytest.raises(InputError, match="line 1"):
        read_checkpoint(text)
