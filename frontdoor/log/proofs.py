"""Proofs over the Merkle tree of a log's events: that an event is in it, and that it begins with what it once was.

An inclusion proof leads from one event to the root, a consistency proof from the root over the first so many events to the
root over all: the proofs of RFC 6962, as sections 2.1.3 and 2.1.4 of RFC 9162 make and verify them. A `Prover` makes any
number of them in one pass over the leaves and keeps nothing else: a digest for each level of the tree, and of each proof
what is known of it already.

A root does not hold how many leaves there are: a proof also fits a tree of another size in which the way to the root has the
same turns. Whoever verifies one takes size and root together from a checkpoint, whose signature binds them.
"""

from __future__ import annotations

__all__ = ["Proof", "Prover", "is_consistent", "is_included"]

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple

Proof = list[bytes]
"""Digests of 32 bytes, from the one beside the leaf to the one under the root."""


def _above(left: bytes, right: bytes) -> bytes:
    """The node over two."""
    return sha256(b"\1" + left + right).digest()


class _Asked(NamedTuple):
    """A proof that was asked for, as far as it is known."""

    of_leaf: bool
    number: int
    """The index of the leaf; of a beginning its size."""
    proof: Proof


_Peak = tuple[bytes, list[_Asked]]
"""The root of a full subtree, and the proofs that lead as far as to it."""


class Prover:
    """The tree of RFC 6962 over leaves that are added one by one, with the proofs that are asked for on the way."""

    def __init__(self) -> None:
        self.size = 0
        """How many leaves there are."""
        self._peaks: list[_Peak] = []
        self._beginnings: set[int] = set()

    def add(self, leaf: bytes, *, prove: bool = False) -> None:
        """Add the data of the next leaf; `prove` asks for the proof that it is in the tree, whatever comes after it."""
        node = sha256(b"\0" + leaf).digest()
        mine = [_Asked(True, self.size, [])] if prove else []
        full = self.size
        self.size += 1
        while full & 1:
            left, before = self._peaks.pop()
            for asked in before:
                asked.proof.append(node)
            for asked in mine:
                asked.proof.append(left)
            node = sha256(b"\1" + left + node).digest()
            mine = before + mine if mine else before
            full >>= 1
        self._peaks.append((node, mine))

    def prove_beginning(self) -> None:
        """Ask for the proof that the tree begins with the leaves that it has now, whatever comes after them."""
        if self._peaks and self.size not in self._beginnings:
            last, asked = self._peaks[-1]
            asked.append(_Asked(False, self.size, [last] if len(self._peaks) > 1 else []))
        self._beginnings.add(self.size)

    def root(self) -> bytes:
        """The root over all leaves so far, 32 bytes; of none the digest of nothing."""
        node = b""
        for peak, _ in reversed(self._peaks):
            node = _above(peak, node) if node else peak
        return node or sha256(b"").digest()

    def inclusion(self) -> dict[int, Proof]:
        """By its index (of the first 0) the proof of each leaf that it was asked of, in the tree as it is now."""
        return {asked.number: proof for asked, proof in self._finished() if asked.of_leaf}

    def consistency(self) -> dict[int, Proof]:
        """By its size the proof of each beginning that it was asked of, in the tree as it is now; of nothing, and of the
        whole tree, it is empty."""
        found = {asked.number: proof for asked, proof in self._finished() if not asked.of_leaf}
        return found | {size: [] for size in (0, self.size) if size in self._beginnings}

    def _finished(self) -> Iterator[tuple[_Asked, Proof]]:
        """Each proof with what leads from the peak that it has come to, to the root."""
        right: Proof = []
        for at in reversed(range(len(self._peaks))):
            peak, open_ = self._peaks[at]
            lefts = [left for left, _ in reversed(self._peaks[:at])]
            yield from ((asked, asked.proof + right + lefts) for asked in open_)
            right = [_above(peak, right[0]) if right else peak]


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether a proof shows that this data is the leaf of that index (the first is 0) in the tree of that size and root.

    Section 2.1.3.2 of RFC 9162.
    """
    if not 0 <= index < size or not _are_digests(proof):
        return False
    sides, node = _sides(index, size - 1), sha256(b"\0" + leaf).digest()
    if len(proof) != len(sides):
        return False
    for digest, is_left in zip(proof, sides, strict=True):
        node = _above(digest, node) if is_left else _above(node, digest)
    return node == root


def is_consistent(first: int, size: int, proof: Sequence[bytes], first_root: bytes, root: bytes) -> bool:
    """Whether a proof shows that the tree of that size and root begins with the `first` leaves that have `first_root`.

    Section 2.1.4.2 of RFC 9162; that a tree begins with nothing, or is itself, an empty proof shows.
    """
    if not 0 <= first <= size or not _are_digests(proof):
        return False
    if first in (0, size):
        return not proof and first_root == (root if first else sha256(b"").digest())
    way = [first_root, *proof] if not first & (first - 1) else list(proof)
    if not way:
        return False
    at, last = first - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    sides = _sides(at, last)
    if len(way) != 1 + len(sides):
        return False
    was = now = way[0]
    for digest, is_left in zip(way[1:], sides, strict=True):
        was, now = (_above(digest, was), _above(digest, now)) if is_left else (was, _above(now, digest))
    return was == first_root and now == root


def _sides(at: int, last: int) -> list[bool]:
    """Of each node that is met on the way up from node number `at` of a level that ends with number `last`: whether it stands to
    the left."""
    sides = []
    while last:
        is_left = bool(at & 1) or at == last
        sides.append(is_left)
        while is_left and not at & 1 and at:  # the last of its level, which has nothing beside it, goes up alone
            at, last = at >> 1, last >> 1
        at, last = at >> 1, last >> 1
    return sides


def _are_digests(proof: Sequence[bytes]) -> bool:
    return all(len(digest) == 32 for digest in proof)
