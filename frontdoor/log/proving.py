"""What proves the events of one case: gathered while a log is verified, in the same pass over it."""

from __future__ import annotations

__all__ = ["CaseProver", "Proven"]

from collections.abc import Iterable, Iterator

import attrs

from frontdoor.errors import UnknownCase, count
from frontdoor.log.chain import Record
from frontdoor.log.checkpoint import Checkpoint
from frontdoor.log.proofs import Proof, Prover


@attrs.frozen
class Proven:
    """The events of a case among the first events of a log, and what shows that they are."""

    checkpoint: Checkpoint
    """Of those first events."""
    case_id: str
    records: tuple[Record, ...]
    """As they are stored, in order of version: from 1, without a gap."""
    proofs: tuple[Proof, ...]
    """Of each, that its hash is the leaf of its position (the first event's index is 0) in the checkpoint's tree."""
    later: int
    """Events of the case that the log holds beyond the checkpoint, which are not among them."""


class CaseProver:
    """Gathers what proves the events of a case from the records that `verify` goes through.

    Args:
        case_id: the case.
        upto: the size of the checkpoint that they are to be proved by; None: all that the log has.
    """

    def __init__(self, case_id: str, *, upto: int | None = None) -> None:
        self._case_id, self._upto = case_id, upto
        self._prover = Prover()
        self._records: list[Record] = []
        self._later = 0

    def watch(self, records: Iterable[Record]) -> Iterator[Record]:
        """The same records; each is looked at when the next is asked for, so that whoever verifies them has done so before."""
        for record in records:
            yield record
            position, case_id, hash_ = record[0], record[2], record[14]
            is_mine = case_id == self._case_id
            if self._upto is not None and position > self._upto:
                self._later += is_mine
                continue
            self._prover.add(bytes.fromhex(hash_), prove=is_mine)
            if is_mine:
                self._records.append(record)

    def proven(self, log_id: str) -> Proven:
        """What was gathered, once all records of that log were gone through.

        Raises:
            UnknownCase: the case has no event among them.
        """
        if not self._records:
            where = "in the log"
            if self._later:
                where = f"among what the checkpoint is of, {count(self._upto or 0, 'event')}: it came later"
            raise UnknownCase(f"there is no case {self._case_id!r} {where}.")
        proofs = self._prover.inclusion()
        return Proven(
            Checkpoint(log_id, self._prover.size, self._prover.root()), self._case_id, tuple(self._records),
            tuple(proofs[record[0] - 1] for record in self._records), self._later,
        )  # fmt: skip
