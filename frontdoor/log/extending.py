"""That a log's later checkpoint extends an earlier one, shown to somebody who has both and not the log.

    old 5
    KrfbNwSoXFyjnBsKXW1YLWxOKfsOyaoN4dDTIRcOJz0=
    (an empty line)
    frontdoor/1b4e28ba-2fa1-41d2-883f-0016d3cca427
    8
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

How many events the earlier one has, the consistency proof of RFC 6962 from it to the later one, a digest in base64 on each line,
and the later one as it is, signed or not: what C2SP's tlog-witness is asked with. It holds nothing of any event.
"""

from __future__ import annotations

__all__ = ["Extension", "ExtensionProver", "read_extension"]

import base64
import binascii
import re
from collections.abc import Iterable, Iterator

import attrs

from frontdoor.errors import Fault, InputError, LogTampered, count
from frontdoor.log.chain import Record
from frontdoor.log.checkpoint import Checkpoint
from frontdoor.log.proofs import Proof, Prover, is_consistent

_FIRST = re.compile(r"old (0|[1-9][0-9]{0,17})", re.ASCII)
_MOST = 63
"""Digests that a proof may have."""


@attrs.frozen
class Extension:
    """What shows that one checkpoint extends another."""

    size: int
    """How many events the earlier one has."""
    proof: Proof
    note: str
    """The later one, as it was written."""

    def __str__(self) -> str:
        digests = "".join(f"{base64.b64encode(digest).decode()}\n" for digest in self.proof)
        return f"old {self.size}\n{digests}\n{self.note}"

    def verify(self, earlier: Checkpoint, later: Checkpoint, *, file: str = "proof") -> None:
        """See that it shows that the events of the one begin with those of the other; `later` is what its note says.

        Raises:
            InputError: it is a proof from another checkpoint.
            LogTampered: it does not.
        """
        if earlier.log_id != later.log_id:
            raise LogTampered(
                f"{file}: the checkpoint is of another log: of {earlier.log_id}, and this proof is of {later.log_id}."
            )
        if earlier.size != self.size:
            said = f"proves what extends a checkpoint of {count(self.size, 'event')}, and the one given has {earlier.size:,}."
            raise InputError([Fault(file, "", "size", said, "Ask for a proof from that one.")])
        if not is_consistent(earlier.size, later.size, self.proof, earlier.root, later.root):
            raise LogTampered(
                f"{file}: it does not show that the checkpoint of {count(later.size, 'event')} extends that of {earlier.size:,}: the log was "
                f"written anew between them, or this is the proof of something else."
            )


class ExtensionProver:
    """Makes the proof from an earlier checkpoint to all that a log has, of the records that `verify` goes through."""

    def __init__(self, earlier: Checkpoint) -> None:
        self._size = earlier.size
        self._prover = Prover()

    def watch(self, records: Iterable[Record]) -> Iterator[Record]:
        """The same records; each is looked at when the next is asked for, so that whoever verifies them has done so before."""
        for number, record in enumerate(records):
            if number == self._size:
                self._prover.prove_beginning()
            yield record
            self._prover.add(bytes.fromhex(record[14]))

    def extension(self, note: str) -> Extension:
        """The proof, once all records were gone through, to the checkpoint of them in that note."""
        if self._prover.size == self._size:
            self._prover.prove_beginning()
        return Extension(self._size, self._prover.consistency()[self._size], note)


def read_extension(text: str, *, file: str = "proof") -> Extension:
    """The inverse of an extension's text.

    Raises:
        InputError: it is none.
    """
    head, parted, note = text.partition("\n\n")
    first, *lines = head.split("\n")
    old = _FIRST.fullmatch(first)
    digests = [_digest(line) for line in lines]
    if not old or not parted or len(lines) > _MOST or not all(digests):
        said = "is no proof that one checkpoint extends another."
        advice = "Give the file as 'frontdoor checkpoint --since' wrote it."
        raise InputError([Fault(file, "", "proof", said, advice)])
    return Extension(int(old[1]), digests, note)


def _digest(line: str) -> bytes:
    """Of a line of base64 the 32 bytes; nothing where it is not that."""
    try:
        data = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return data if len(data) == 32 else b""
