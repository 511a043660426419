"""The events of one case with what proves them, as a folder to hand to a court or a review.

    write(proven, key=key.public, note=key.sign(str(proven.checkpoint)), told=told, signer=key, folder="bundle")

In it are the events as they are stored (events.json) and the proof of each (proofs.json), the signed checkpoint, the public
key, where the key was at hand a signed statement that these were all events of the case (case.txt), where details are sealed and
their keys were at hand the words (words.json), each with the salt by which its digest in the event is made, a page for people, and a
script that checks it all with nothing but Python, `check.py`. It is a folder and not an archive, so that the page opens and the
script runs where they lie; it is its owner's alone to read until they let others. Of the columns that a log stores, only `link` is left out: it chains an event to that of whichever
case came before it; the tree says the same of an event's place, and shows nothing of others. The same log, case, key and
checkpoint give the same bytes.
"""

from __future__ import annotations

__all__ = ["Told", "Words", "opened", "sealed_in", "told", "write"]

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from tempfile import mkdtemp

import attrs

from frontdoor.case import Case
from frontdoor.event import Event, corrected
from frontdoor.log.chain import COLUMNS, events_of
from frontdoor.log.note import PrivateKey, PublicKey
from frontdoor.log.proving import Proven
from frontdoor.log.sealing import Sealing
from frontdoor.report.html.pages import rendered
from frontdoor.report.timeline import Line, timeline
from frontdoor.report.words import when

KEPT = tuple(name for name in COLUMNS if name != "link")
"""The columns of an event that a bundle holds."""


@attrs.frozen
class Told:
    """One event in words, as it was recorded."""

    version: int
    position: int
    happened: str
    recorded: str
    episode: str
    lines: Sequence[str]
    """What was done, by whom, and what more was said."""
    hash: str
    since: str
    """What was said of it later; empty where nothing was."""


@attrs.frozen
class Words:
    """The sealed details of an event, opened."""

    version: int
    """Of the event."""
    salt: str
    details: str
    """As they were given, in JSON: SHA-256( salt + newline + details ) is the digest that stands in the event."""


def opened(proven: Proven, sealing: Sealing) -> list[Words]:
    """The words of the events whose details are sealed, as far as the keys at hand open them.

    Raises:
        LogTampered: one does not open by the key of the case.
        KeysError: the keys cannot be read.
    """
    held = sealing.held([proven.case_id])
    found = []
    for record in proven.records:
        plain = sealing.plain(record[11], record[0], record[1], record[2], held) if record[16] == "" else None
        if plain is not None:
            found.append(Words(record[4], *plain))
    return found


def told(proven: Proven, case: Case, sealing: Sealing | None = None) -> Iterator[Told]:
    """The events in words, by what the case's workflows call things: each as it was recorded, in order of version; what is
    sealed, as far as it can be read."""
    titles = {line.event.event_id: line.title for line in timeline(case)}
    events = {event.event_id: event for event in events_of(proven.records, sealing)}
    corrections = {event.details["corrects"]: event for event in events.values() if event.name == "corrected"}
    for event in events.values():
        of = events.get(event.details["corrects"], event) if event.name == "corrected" else event
        line = Line(event, of, titles.get(event.event_id, event.event), recorded_late=False, correction=None)
        yield Told(
            event.version, event.position, when(event.happened_at), when(event.recorded_at), event.episode,
            line.text.split("\n"), event.hash, _since(event, corrections.get(event.event_id)),
        )  # fmt: skip


def _since(event: Event, correction: Event | None) -> str:
    """What became of an event by the last correction of it."""
    if correction is None:
        return ""
    becomes = correction.details["becomes"]
    if becomes is None:
        return f"Struck out later, by version {correction.version}."
    if corrected(event, becomes) == event:
        return f"It stands as it was recorded, by version {correction.version}."
    return f"Corrected later, by version {correction.version}."


def sealed_in(proven: Proven) -> int:
    """How many of the events have sealed details."""
    return sum(record[COLUMNS.index("salt")] == "" for record in proven.records)


def write(
    proven: Proven, *, key: PublicKey, note: str, told: Sequence[Told], signer: PrivateKey | None, folder: str | os.PathLike[str],
    words: Sequence[Words] = (),
) -> None:  # fmt: skip
    """Write a bundle to a folder that is not there yet: all of it, or nothing.

    Args:
        key: the public key that signed `note`, the checkpoint of these events.
        told: the events in words.
        signer: the private key, where it is at hand: it signs that these were all events of the case.
        words: the sealed details that were opened.

    Raises:
        MissingExtra: jinja2 is not installed; or cryptography, and there is a `signer`.
        OSError: the folder is there already, or cannot be written.
    """
    events = [
        {name: value for name, value in zip(COLUMNS, record, strict=True) if name in KEPT} for record in proven.records
    ]
    page = rendered(
        "proof.html.jinja", proven=proven, told=told, key=str(key), is_all=signer is not None,
        root=str(proven.checkpoint).splitlines()[2], opened=len(words), sealed=sealed_in(proven) - len(words),
    )  # fmt: skip
    made = {
        "index.html": page,
        "events.json": _json(events),
        "proofs.json": _json([[digest.hex() for digest in proof] for proof in proven.proofs]),
        "checkpoint.txt": note,
        "key.txt": f"{key}\n",
        "check.py": files(__package__).joinpath("check.py").read_text(encoding="utf-8"),
    }
    if words:
        made["words.json"] = _json([attrs.asdict(one) for one in words])
    if signer:
        made["case.txt"] = signer.sign(_statement(proven, page))
    _put(Path(folder), made)


def _statement(proven: Proven, page: str) -> str:
    """What the holder of the key says of the case: its name, the checkpoint, how many events, the last, the page."""
    origin, size, root = str(proven.checkpoint).splitlines()
    last = str(proven.records[-1][COLUMNS.index("hash")])
    said = (
        f"{origin}/case", json.dumps(proven.case_id, ensure_ascii=False), size, root, str(len(proven.records)), last,
        sha256(page.encode()).hexdigest(),
    )  # fmt: skip
    return "\n".join(said) + "\n"


def _json(found: object) -> str:
    """As check.py wants it, to the byte."""
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def _put(folder: Path, made: Mapping[str, str]) -> None:
    """A folder of these files, which appears when they are all in it."""
    if folder.exists():
        raise FileExistsError(17, "it is there already", str(folder))
    parent = folder.absolute().parent
    beside = Path(mkdtemp(prefix=f".{folder.name}-", dir=parent))
    try:
        for name, text in made.items():
            (beside / name).write_bytes(text.encode())
        beside.rename(folder)
    except BaseException:
        for name in made:
            (beside / name).unlink(missing_ok=True)
        beside.rmdir()
        raise
