"""`frontdoor verify`: is everything in a log as it was recorded?"""

from __future__ import annotations

__all__ = ["command", "read_through"]

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from frontdoor.cli.common import say, say_json
from frontdoor.cli.opening import open_log
from frontdoor.errors import count

if TYPE_CHECKING:
    from frontdoor.log.chain import Record
    from frontdoor.log.checkpoint import Checkpoint
    from frontdoor.log.note import PublicKey
    from frontdoor.log.restorations import Restoration
    from frontdoor.log.tally import Tally


@click.command("verify")
@click.argument("log")
@click.option(
    "--checkpoint",
    "checkpoints",
    multiple=True,
    metavar="FILE",
    help="What 'frontdoor checkpoint' wrote, kept where the log is not; who signed it is looked at with --vkey. Repeat it: of "
    "several, each must extend the one before.",
)
@click.option("--vkey", metavar="KEY", help="The public key that must have signed the checkpoint, or a file of it.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as one JSON object.")
@click.option("--quiet", "-q", is_flag=True, help="No progress bar.")
@click.option(
    "--keys", metavar="FILE", help="The keys of LOG's details: see that they open to the words that were recorded."
)
def command(
    log: str, *, checkpoints: tuple[str, ...], vkey: str | None, as_json: bool, quiet: bool, keys: str | None
) -> int:
    """See that every event in LOG is as it was recorded and in its place, and that none was added or taken out; and that the
    columns which an audit of a long log keeps beside it (LOG-columns) say what its events say.

    That the latest events were cut off, or that somebody wrote the whole log anew, shows only beside a checkpoint; that
    the checkpoint is the one that was signed, only by its KEY.

    In the place of LOG may stand a proof that 'frontdoor checkpoint --since' wrote: then it is seen that the checkpoint in it
    extends the one given, without the log.

    Sealed details are verified as they stand, with keys or without, and after their key was destroyed.

    \b
    Example:
      frontdoor verify borough.db --checkpoint borough.checkpoint --vkey borough.vkey
      frontdoor verify borough.db --checkpoint november.checkpoint --checkpoint december.checkpoint --vkey borough.vkey
      frontdoor verify december.proof --checkpoint november.checkpoint --vkey borough.vkey
    """
    from frontdoor.cli.signed import checkpoint_of, public_key
    from frontdoor.errors import LogTampered
    from frontdoor.log.health import beside
    from frontdoor.log.restorations import read
    from frontdoor.log.sealing import Sealing
    from frontdoor.log.tally import Tally

    before = beside(log)
    if before.wal is None and before.shm:
        said = f"{log}-shm is beside it and {log}-wal is not: what was recorded last may be missing, and only a checkpoint shows it."
        say(f"frontdoor: {said}", err=True)
    if vkey is not None and not checkpoints:
        raise click.UsageError("--vkey says who signed a checkpoint: give --checkpoint FILE with it.")
    key = public_key(vkey) if vkey is not None else None
    try:
        noted = sorted((checkpoint_of(file, key) for file in checkpoints), key=lambda one: one.size)
        if _is_proof(log):
            _prove(log, noted, key, as_json=as_json)
            return 0
        with open_log(log, read_only=True, keys=keys) as opened:
            if opened.keys is not None and not opened.keys.keys_id:
                raise click.UsageError(
                    f"there are no keys {keys}, and {log} was never recorded in with any: leave out --keys."
                )
            tally = Tally(Sealing(opened.log_id, opened.keys))
            found = read_through(log, noted, quiet=quiet or as_json, watch=tally.watch)
            _say(found, noted, key, tally, list(filter(None, map(read, opened.events("")))), as_json=as_json)
    except LogTampered as error:
        if as_json:
            _print(verified=False, position=error.position, message=str(error))
        raise
    return 0


def _is_proof(log: str) -> bool:
    """Whether what stands in the place of a log is a proof that one checkpoint extends another."""
    from frontdoor.log.hold import Hold

    if Hold.known(log) or not os.path.isfile(log):
        return False
    try:
        with open(log, "rb") as file:
            return file.read(4) == b"old "
    except OSError:
        return False


def _prove(file: str, noted: list[Checkpoint], key: PublicKey | None, *, as_json: bool) -> None:
    """See that the checkpoint in a proof extends the one given (of several, the earliest), and is the other.

    Raises:
        InputError: it is no proof, or from another checkpoint.
        LogTampered: it does not.
    """
    from frontdoor.cli.signed import text_of
    from frontdoor.errors import LogTampered
    from frontdoor.log.checkpoint import open_checkpoint, read_checkpoint
    from frontdoor.log.extending import read_extension

    if not noted:
        raise click.UsageError(f"{file} is a proof of what extends a checkpoint: give that with --checkpoint FILE.")
    shown = read_extension(text_of(file), file=file)
    later = read_checkpoint(shown.note, file=file) if key is None else open_checkpoint(shown.note, key, file=file)
    earlier, *others = noted
    shown.verify(earlier, later, file=file)
    if any(one != later for one in others):
        raise LogTampered(
            f"{file}: it proves a checkpoint of {count(later.size, 'event')}, and not the other that was given."
        )
    if as_json:
        root = str(later).splitlines()[2]
        more = {} if key is None else {"signed_by": str(key)}
        _print(verified=True, log_id=later.log_id, events=later.size, root=root, checkpoint=earlier.size, **more)
        return
    which = "signed checkpoint" if key else "checkpoint"
    say(
        f"The {which} of {count(later.size, 'event')} extends that of {earlier.size:,}: the log begins in both with the same. What the "
        f"events are, only the log shows."
    )
    if key is None:
        say(_NOT_LOOKED_AT)


_NOT_LOOKED_AT = "Who made the checkpoint was not looked at: --vkey KEY says whether it is signed by the log's key."


def _say(
    found: Checkpoint, noted: list[Checkpoint], key: object, tally: Tally, put_back: list[Restoration], *, as_json: bool
) -> None:  # fmt: skip
    """Tell what was found, while the keys can still be asked."""
    root = str(found).splitlines()[2]
    if as_json:
        _print(
            verified=True,
            log_id=found.log_id,
            events=found.size,
            root=root,
            checkpoint=noted[-1].size if noted else None,
            **({"checkpoints": [one.size for one in noted]} if len(noted) > 1 else {}),
            **({} if key is None else {"signed_by": str(key)}),
            **({"sealed": tally.counts()} if tally.sealed else {}),
            **({"restored": [one.as_object() for one in put_back]} if put_back else {}),
        )
        return
    all_of = "1 event, as it was recorded" if found.size == 1 else f"{found.size:,} events, all as they were recorded"
    say(f"{all_of}{_as_noted(noted, is_signed=key is not None)}; root {root}")
    if noted and key is None:
        say(_NOT_LOOKED_AT)
    for one in put_back:
        say(f"It was {one}, as event {one.events + 1:,} notes.")
    for line in _sealed(tally):
        say(line)


def _as_noted(noted: list[Checkpoint], *, is_signed: bool) -> str:
    """What is said of checkpoints that a log begins with, the smallest first."""
    which = "signed checkpoint" if is_signed else "checkpoint"
    if len(noted) > 1:
        *sizes, last = (f"the first {one.size:,}" for one in noted)
        return f", {', '.join(sizes)} and {last} as the {which}s noted them: each extends the one before"
    return "".join(
        f", the first {'' if one.size == 1 else f'{one.size:,} '}as the {which} noted {'it' if one.size == 1 else 'them'}"
        for one in noted
    )


def _sealed(tally: Tally) -> Iterator[str]:
    """What is to be said of the details that are sealed."""
    if not tally.sealed:
        return
    whys = {
        "opened, and are the words that were recorded": tally.opened,
        "read by nobody any more, for the key of their case was destroyed": tally.destroyed,
        "not opened, for their key is not among these": tally.missing,
        "not opened, for the keys were not given (--keys)": tally.not_given,
    }
    said = "; ".join(f"{number:,} {why}" for why, number in whys.items() if number)
    yield f"{tally.sealed:,} {'has' if tally.sealed == 1 else 'have'} sealed details, as they were recorded: {said}."
    back = tally.came_back()
    if back:
        some = ", ".join(back[:10]) + (", and more" if len(back) > 10 else "")
        yield f"Keys that were destroyed are there again, from an older copy of them: of {some}. frontdoor forget destroys them anew."


def read_through(
    path: str, noted: Sequence[Checkpoint] = (), *, quiet: bool, watch: Callable[[Iterator[Record]], Iterator[Record]] | None = None
) -> Checkpoint:  # fmt: skip
    """Verify the log in a file, that the file is whole, and the columns kept beside it; with a bar on a terminal. `watch` is
    given the records, and gives them on.

    Raises:
        LogTampered: it is not as it was recorded.
        MissingExtra: there are columns beside it, and polars, which reads them, is not installed.
    """
    from concurrent.futures import ThreadPoolExecutor

    from frontdoor.formats import segments
    from frontdoor.keeping import verify_kept
    from frontdoor.log.checkpoint import verify
    from frontdoor.log.memory import MemoryLog
    from frontdoor.log.sqlite import SqliteLog

    with (
        open_log(path, read_only=True) as log,
        open_log(path, read_only=True) as same,
        ThreadPoolExecutor(max_workers=1) as beside,
    ):
        assert not isinstance(same, MemoryLog)
        inspected = beside.submit(same.inspect)
        records = log.records()
        if not quiet and sys.stderr.isatty():
            records = _watched(records, log.size())
        if watch:
            records = watch(records)
        found = verify(records, log_id=log.log_id, others=noted)
        inspected.result()
        verify_kept(log)
        if isinstance(log, SqliteLog):
            segments.verify(log)
    return found


def _watched(records: Iterator[Record], size: int) -> Iterator[Record]:
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("verifying", total=size)
        for count, record in enumerate(records):
            if count % 10_000 == 0:
                bar.update(task, completed=count)
            yield record


def _print(**found: object) -> None:
    say_json(found)
