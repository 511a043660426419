"""Telling later that a log is as it was: `verify` follows its chain, and a checkpoint kept elsewhere shows the rest.

A chain does not show that its tail was cut, or that it was made anew from the first event on. A checkpoint does: the log's
id, how many events it had, and the root of the Merkle tree of RFC 6962 over them, the data of each leaf being the 32 bytes
of an event's hash. It is written as C2SP's tlog-checkpoint: a line each for 'frontdoor/' and the log's id, the number of
events, and the root in base64. What follows after an empty line are signatures (note.py): `read_checkpoint` passes over them,
`open_checkpoint` holds them to a key.
"""

from __future__ import annotations

__all__ = ["Checkpoint", "MerkleTree", "open_checkpoint", "read_checkpoint", "verify"]

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from hashlib import sha256

import attrs

from frontdoor.errors import Fault, InputError, LogTampered, count
from frontdoor.event import RESTORED, Event, canonical, details_digest
from frontdoor.log import restorations
from frontdoor.log.chain import COLUMNS, Record, event_of
from frontdoor.log.note import PublicKey, open_note

_PARTS = 14
"""NULs between what an event's hash is made of: with more of them, in a text, it could be read in two ways."""
_TOGETHER = 1024
"""Leaves that the tree is given at a time, which takes half as long as one by one."""


@attrs.frozen
class Checkpoint:
    """What a log was when somebody took note of it, to be kept where those who can write the log cannot."""

    log_id: str
    size: int
    """How many events it had."""
    root: bytes
    """Of the Merkle tree over them, 32 bytes."""

    @property
    def origin(self) -> str:
        """What the log is named by, and so its key."""
        return f"frontdoor/{self.log_id}"

    def __str__(self) -> str:
        """Three lines: origin, size, root in base64."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def read_checkpoint(text: str, *, file: str = "checkpoint") -> Checkpoint:
    """The inverse of a checkpoint's text; lines after the third, such as signatures, are passed over.

    Raises:
        InputError: it is not a checkpoint of a frontdoor log.
    """
    origin, size, root = [*text.replace("\r\n", "\n").split("\n"), "", "", ""][:3]
    try:
        digest = base64.b64decode(root, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    wrong = [
        (
            not re.fullmatch(r"frontdoor/\S+", origin),
            "1",
            "name a log, as in frontdoor/1b4e28ba-2fa1-41d2-883f-0016d3cca427",
        ),
        (not re.fullmatch(r"0|[1-9][0-9]{0,17}", size, re.ASCII), "2", "be a number of events"),
        (len(digest) != 32, "3", "be the root of the events, 32 bytes in base64"),
    ]
    for is_wrong, line, should in wrong:
        if is_wrong:
            advice = "Give the file as 'frontdoor checkpoint' wrote it."
            raise InputError(
                [Fault(file, f"line {line}", "checkpoint", f"is not a checkpoint: this line should {should}.", advice)]
            )
    return Checkpoint(origin.removeprefix("frontdoor/"), int(size), digest)


def open_checkpoint(note: str, key: PublicKey, *, file: str = "checkpoint") -> Checkpoint:
    """What a signed checkpoint says, if the key of its log has signed it.

    Raises:
        InputError: it is not a checkpoint of a frontdoor log, or not signed by that key.
        LogTampered: the key has not signed this text, or is of another log.
        MissingExtra: cryptography is not installed.
    """
    checkpoint = read_checkpoint(open_note(note, key, file=file), file=file)
    if checkpoint.origin != key.name:
        raise LogTampered(f"{file}: the checkpoint is of {checkpoint.origin}, and the key of {key.name}.")
    return checkpoint


class MerkleTree:
    """The tree of RFC 6962 over leaves that are added some at a time; it keeps a digest for each level."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, *leaves: bytes) -> None:
        """Add the data of the next leaves."""
        nodes = [sha256(b"\0" + leaf).digest() for leaf in leaves]
        left, lone = self.size, []
        self.size += len(nodes)
        while (
            nodes
        ):  # a level at a time: what is left of it on the left is there already, what has nothing beside it waits
            if left & 1:
                nodes.insert(0, self._peaks.pop())
            if len(nodes) & 1:
                lone.append(nodes.pop())
            left >>= 1
            nodes = [sha256(b"\1" + one + other).digest() for one, other in zip(nodes[::2], nodes[1::2], strict=True)]
        self._peaks += reversed(lone)

    def root(self) -> bytes:
        """The root over all leaves so far, 32 bytes."""
        if not self._peaks:
            return sha256(b"").digest()
        node = self._peaks[-1]
        for peak in self._peaks[-2::-1]:
            node = sha256(b"\1" + peak + node).digest()
        return node


def verify(
    records: Iterable[Record], *, log_id: str, checkpoint: Checkpoint | None = None, others: Sequence[Checkpoint] = ()
) -> Checkpoint:
    """See that the records of a log, in order of position, are as they were recorded; give the checkpoint of them all.

    With a `checkpoint` from outside, also that the log still begins with the events that it was made of; and with those that
    `others` were made of, so that of all of them each later one extends the earlier.

    Raises:
        LogTampered: they are not; it says what shows it first, and where.
    """
    noted = sorted([*([checkpoint] if checkpoint else []), *others], key=lambda one: one.size)
    for one in noted:
        if one.log_id != log_id:
            raise LogTampered(f"the checkpoint is of another log: of {one.log_id}, and this is {log_id}.")
    tree, leaves = MerkleTree(), list[bytes]()
    ids = set[str]()
    heads: dict[str, tuple[int, str]] = {}
    notes = list[Event]()
    roots = {0: tree.root()}
    stops = iter([*sorted({one.size for one in noted if one.size}), -1])
    stop = next(stops)
    size, link, nothing = 0, log_id, (0, "")
    for record in records:
        (
            position, event_id, case_id, episode, version, event, happened_at, recorded_at, actor, role, family,
            details, cause, digest, hash_, link_, salt, sealed,
        ) = record  # fmt: skip
        size += 1
        before = heads.get(case_id, nothing)
        try:
            said = "\0".join((
                before[1], "frontdoor event 1", event_id, case_id, str(version), event, happened_at, recorded_at, actor, role,
                episode, family, cause, digest, sealed,
            ))  # fmt: skip
            content = sha256(said.encode()).digest()
            found = content.hex()
            link = sha256(f"{link}\0{size}\0{found}".encode()).hexdigest()
            ids.add(event_id)
            is_whole = (
                position == size and version == before[0] + 1 and found == hash_ and link == link_ and len(ids) == size
                and said.count("\0") == _PARTS
                and sealed == sha256((salt + "\n" + details).encode()).hexdigest()
                and position.__class__ is version.__class__ is int
            )  # fmt: skip
        except TypeError:
            is_whole = False
        if not is_whole:
            raise _wrong(record, size, before, len(ids) < size)
        if not case_id and event == RESTORED:
            notes.append(event_of(record))
        heads[case_id] = version, found
        leaves.append(content)
        if size == stop or len(leaves) == _TOGETHER:
            tree.add(*leaves)
            leaves.clear()
            if size == stop:
                roots[size], stop = tree.root(), next(stops)
    tree.add(*leaves)
    for one in noted:
        if roots.get(one.size) != one.root:
            raise _not_of(one, size, notes)
    return Checkpoint(log_id, size, tree.root())


def _not_of(checkpoint: Checkpoint, size: int, notes: Sequence[Event]) -> LogTampered:
    """What is wrong where a log of so many events does not begin with those of a checkpoint, in a sentence."""
    noted, is_cut = checkpoint.size, size < checkpoint.size
    first = "first event is not the one" if noted == 1 else f"first {noted:,} events are not those"
    said = (
        f"the log has {count(size, 'event')}, the checkpoint {noted:,}"
        if is_cut
        else f"the {first} that the checkpoint was made of"
    )
    why = restorations.reason(notes, checkpoint.log_id, noted, str(checkpoint).splitlines()[2])
    end = "." if why else ": its tail was cut." if is_cut else ": the log was written anew."
    return LogTampered(f"{said}{end}{why}", size + 1 if is_cut else None)


def _wrong(record: Record, expected: int, before: tuple[int, str], is_doubled: bool) -> LogTampered:
    """What is wrong with the first record that does not fit, in a sentence."""
    fields = dict(zip(COLUMNS, record, strict=True))
    position, version, case_id = fields["position"], fields["version"], fields["case_id"]
    odd = [
        name for name, value in fields.items() if value.__class__ is not (int if name in ("position", "version") else str)
    ]  # fmt: skip
    if odd:
        said = f"event {position} is not as it was recorded: its {odd[0]} is of another type."
    elif any("\0" in str(value) for value in record):
        said = f"event {position} is not as it was recorded: it holds a NUL, as none does."
    elif position != expected:
        said = f"event {expected} is missing: event {position} stands in its place."
    elif is_doubled:
        said = f"event {position} has the event id of an earlier event, {fields['event_id']}."
    elif details_digest(str(fields["salt"]), str(fields["details"])) != fields["details_digest"]:
        said = f"the details of event {position} are not those that were recorded."
    elif version != before[0] + 1:
        said = (
            f"event {position} is version {version} of case {case_id!r}, where {before[0] + 1} should be: an event of "
            f"the case is missing, or they are out of order."
        )
    else:
        content = canonical(*(fields[name] for name in _CANONICAL))  # type: ignore[arg-type]
        fits = sha256(before[1].encode() + b"\0" + content).hexdigest() == fields["hash"]
        said = (
            f"event {position} does not follow from the event before it: events were added, taken out or put in another "
            f"order."
            if fits
            else f"event {position} is not as it was recorded, or not in its place: its hash does not fit it."
        )
    return LogTampered(said, expected)


_CANONICAL = (
    "event_id", "case_id", "version", "event", "happened_at", "recorded_at", "actor", "role", "episode", "family", "cause",
    "digest", "details_digest",
)  # fmt: skip
