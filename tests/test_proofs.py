"""Proofs that an event is in a log's tree, and that the tree begins with what it once was."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdoor.log.checkpoint import MerkleTree
from frontdoor.log.proofs import Proof, Prover, is_consistent, is_included
from tests.test_chain import PUBLISHED, rfc_6962

MOST = 70
LEAVES = [sha256(b"leaf %d" % number).digest() for number in range(MOST)]
EMPTY = sha256(b"").digest()


# ---- the definitions of RFC 6962, word for word ----


def split(size: int) -> int:
    """The largest power of two smaller than a size."""
    return 1 << (size - 1).bit_length() - 1


def path(index: int, leaves: Sequence[bytes]) -> Proof:
    """PATH(m, D[n]) of section 2.1.1."""
    if len(leaves) == 1:
        return []
    half = split(len(leaves))
    if index < half:
        return [*path(index, leaves[:half]), root_of(leaves[half:])]
    return [*path(index - half, leaves[half:]), root_of(leaves[:half])]


def subproof(first: int, leaves: Sequence[bytes], whole: bool) -> Proof:
    """SUBPROOF(m, D[n], b) of section 2.1.2."""
    if first == len(leaves):
        return [] if whole else [root_of(leaves)]
    half = split(len(leaves))
    if first <= half:
        return [*subproof(first, leaves[:half], whole), root_of(leaves[half:])]
    return [*subproof(first - half, leaves[half:], False), root_of(leaves[:half])]


known: dict[tuple[bytes, ...], bytes] = {}


def root_of(leaves: Sequence[bytes]) -> bytes:
    """MTH(D[n]), each made once."""
    key = tuple(leaves)
    if key not in known:
        half = split(len(key)) if len(key) > 1 else 0
        known[key] = sha256(b"\1" + root_of(key[:half]) + root_of(key[half:])).digest() if half else rfc_6962(list(key))
    return known[key]


def turns(end: int, size: int) -> str:
    """The way from the root to the largest node that ends with the `end`th leaf and is full: what a proof's digests follow."""
    if end == size and not size & (size - 1):
        return ""
    half = split(size)
    return "L" + turns(end, half) if end <= half else "R" + turns(end - half, size - half)


def leaf_turns(index: int, size: int) -> str:
    """The way from the root to a leaf."""
    if size == 1:
        return ""
    half = split(size)
    return "L" + leaf_turns(index, half) if index < half else "R" + leaf_turns(index - half, size - half)


def grown(size: int) -> Prover:
    """A tree of so many leaves that proves each of them and each of its beginnings."""
    prover = Prover()
    prover.prove_beginning()
    for leaf in LEAVES[:size]:
        prover.add(leaf, prove=True)
        prover.prove_beginning()
    return prover


def flipped(some: bytes, bit: int) -> bytes:
    """Bytes with one bit the other way."""
    bit %= 8 * len(some)
    return some[: bit // 8] + bytes([some[bit // 8] ^ 1 << bit % 8]) + some[bit // 8 + 1 :]


def spoilt(proof: Proof, at: int, bit: int) -> Proof:
    """A proof with one bit of one digest the other way."""
    return [*proof[:at], flipped(proof[at], bit), *proof[at + 1 :]]


# ---- they are those of the RFC, and are verified ----


@pytest.mark.parametrize("size", range(MOST + 1))
def test_every_proof_of_every_size_is_that_of_the_rfc_and_is_verified(size: int) -> None:
    leaves, prover = LEAVES[:size], grown(size)
    root = prover.root()
    assert root == (root_of(leaves) if leaves else EMPTY)
    inclusion, consistency = prover.inclusion(), prover.consistency()
    assert inclusion == {index: path(index, leaves) for index in range(size)}
    assert consistency == {0: []} | {first: subproof(first, leaves, True) for first in range(1, size + 1)}
    for index, proof in inclusion.items():
        assert is_included(leaves[index], index, size, proof, root)
    for first, proof in consistency.items():
        assert is_consistent(first, size, proof, root_of(leaves[:first]) if first else EMPTY, root)


@given(st.lists(st.tuples(st.binary(max_size=4), st.booleans(), st.booleans()), max_size=60))
def test_only_the_proofs_that_were_asked_for_are_made_of_any_leaves(asked: list[tuple[bytes, bool, bool]]) -> None:
    prover, tree = Prover(), MerkleTree()
    for leaf, prove, begin in asked:
        prover.add(leaf, prove=prove)
        tree.add(leaf)
        if begin:
            prover.prove_beginning()
    leaves = [leaf for leaf, _, _ in asked]
    assert (prover.root(), prover.size) == (tree.root(), tree.size)
    assert prover.inclusion() == {at: path(at, leaves) for at, (_, prove, _) in enumerate(asked) if prove}
    assert prover.consistency() == {
        at: subproof(at, leaves, True) for at, (_, _, begin) in enumerate(asked, 1) if begin
    }


def test_a_proof_can_be_had_again_when_the_tree_has_grown() -> None:
    prover = Prover()
    prover.add(LEAVES[0], prove=True)
    prover.prove_beginning()
    for size in range(2, MOST):
        prover.add(LEAVES[size - 1])
        assert prover.inclusion() == {0: path(0, LEAVES[:size])}
        assert prover.consistency() == {1: subproof(1, LEAVES[:size], True)}


def test_a_large_tree_keeps_only_what_its_proofs_need() -> None:
    prover = Prover()
    for number in range(5_000):
        prover.add(number.to_bytes(4, "big"), prove=number == 1234)
    assert len(prover._peaks) == (5_000).bit_count()
    (proof,) = prover.inclusion().values()
    assert is_included((1234).to_bytes(4, "big"), 1234, 5_000, proof, prover.root())


# ---- Certificate Transparency's own vectors ----

D = [bytes.fromhex(leaf) for leaf, _ in PUBLISHED]
ROOTS = {size: bytes.fromhex(root) for size, (_, root) in enumerate(PUBLISHED, 1)}
INCLUSION = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def published(size: int) -> Prover:
    """The tree of the published leaves, proving all."""
    prover = Prover()
    for leaf in D[:size]:
        prover.add(leaf, prove=True)
        prover.prove_beginning()
    return prover


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_the_published_inclusion_proofs_are_made_and_verified(index: int, size: int) -> None:
    proof = [bytes.fromhex(digest) for digest in INCLUSION[index, size]]
    assert published(size).inclusion()[index] == proof
    assert is_included(D[index], index, size, proof, ROOTS[size])


@pytest.mark.parametrize(("first", "size"), CONSISTENCY)
def test_the_published_consistency_proofs_are_made_and_verified(first: int, size: int) -> None:
    proof = [bytes.fromhex(digest) for digest in CONSISTENCY[first, size]]
    assert published(size).consistency()[first] == proof
    assert is_consistent(first, size, proof, ROOTS[first], ROOTS[size])


def test_the_root_of_nothing_is_the_digest_of_nothing() -> None:
    prover = Prover()
    assert prover.root().hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert (prover.inclusion(), prover.consistency()) == ({}, {})


# ---- nothing else is ----


@given(st.data(), st.integers(1, MOST), st.integers(0, 255))
def test_an_inclusion_proof_with_any_bit_the_other_way_is_refused(data: st.DataObject, size: int, bit: int) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaf, proof, root = LEAVES[index], path(index, LEAVES[:size]), root_of(LEAVES[:size])
    assert not is_included(flipped(leaf, bit), index, size, proof, root)
    assert not is_included(leaf, index, size, proof, flipped(root, bit))
    for at in range(len(proof)):
        assert not is_included(leaf, index, size, spoilt(proof, at, bit), root)
        assert not is_included(leaf, index, size, proof[:at] + proof[at + 1 :], root)
        assert not is_included(leaf, index, size, [*proof[:at], proof[at][:-1], *proof[at + 1 :]], root)
    assert not is_included(leaf, index, size, [*proof, root], root)


@pytest.mark.parametrize("size", range(1, MOST + 1))
def test_an_inclusion_proof_is_refused_at_every_other_index_of_its_tree(size: int) -> None:
    root = root_of(LEAVES[:size])
    for index, proof in grown(size).inclusion().items():
        for other in range(-1, size + 2):
            assert is_included(LEAVES[index], other, size, proof, root) == (other == index)


@pytest.mark.parametrize("size", range(1, 40))
def test_an_inclusion_proof_fits_another_size_only_where_the_way_to_the_root_has_the_same_turns(size: int) -> None:
    root = root_of(LEAVES[:size])
    for index, proof in grown(size).inclusion().items():
        for other in range(2 * size + 3):
            same = index < other and leaf_turns(index, other) == leaf_turns(index, size)
            assert is_included(LEAVES[index], index, other, proof, root) == same


@given(st.data(), st.integers(2, MOST), st.integers(0, 255))
def test_a_consistency_proof_with_any_bit_the_other_way_is_refused(data: st.DataObject, size: int, bit: int) -> None:
    first = data.draw(st.integers(1, size - 1))
    proof, was, now = subproof(first, LEAVES[:size], True), root_of(LEAVES[:first]), root_of(LEAVES[:size])
    assert not is_consistent(first, size, proof, flipped(was, bit), now)
    assert not is_consistent(first, size, proof, was, flipped(now, bit))
    for at in range(len(proof)):
        assert not is_consistent(first, size, spoilt(proof, at, bit), was, now)
        assert not is_consistent(first, size, proof[:at] + proof[at + 1 :], was, now)
        assert not is_consistent(first, size, [*proof[:at], proof[at] + b"\0", *proof[at + 1 :]], was, now)
    assert not is_consistent(first, size, [*proof, now], was, now)


@pytest.mark.parametrize("size", range(2, 40))
def test_a_consistency_proof_fits_other_sizes_only_where_the_way_to_the_root_has_the_same_turns(size: int) -> None:
    now = root_of(LEAVES[:size])
    for first, proof in grown(size).consistency().items():
        if first in (0, size):
            continue
        was = root_of(LEAVES[:first])
        shape = turns(first, size), first & (first - 1) == 0
        for other in range(-1, size + 2):
            fits = 0 < other < size and (turns(other, size), other & (other - 1) == 0) == shape
            assert is_consistent(other, size, proof, was, now) == fits == (other == first)
        for other in range(2 * size + 3):
            fits = first < other and turns(first, other) == turns(first, size)
            assert is_consistent(first, other, proof, was, now) == fits


@pytest.mark.parametrize("size", [0, 1, 2, 7, 8])
def test_a_tree_begins_with_nothing_and_with_itself_by_an_empty_proof_alone(size: int) -> None:
    root = root_of(LEAVES[:size]) if size else EMPTY
    assert is_consistent(0, size, [], EMPTY, root) and is_consistent(size, size, [], root, root)
    assert not is_consistent(0, size, [root], EMPTY, root) and not is_consistent(size, size, [root], root, root)
    assert not is_consistent(0, size, [], LEAVES[0], root) and not is_consistent(size, size, [], LEAVES[0], root)
    assert not is_consistent(size + 1, size, [], root, root) and not is_consistent(-1, size, [], EMPTY, root)
    assert not is_included(b"", 0, 0, [], EMPTY)
