"""`frontdoor checkpoint`: take note of a log, for `frontdoor verify` to hold it to later."""

from __future__ import annotations

__all__ = ["command"]

import io
import os
import sys
from contextlib import suppress

import click


@click.command("checkpoint")
@click.argument("log")
@click.option("--key", metavar="FILE", help="Sign it with this key, which 'frontdoor keygen' wrote.")
@click.option("--out", metavar="FILE", help="Write it to this file, instead of printing it.")
@click.option("--since", metavar="FILE", help="An earlier checkpoint: see that LOG still begins with what that noted.")
@click.option(
    "--proof",
    metavar="FILE",
    help="With --since: write what shows to whoever has that, without the log, that this one extends it.",
)
@click.option("--quiet", "-q", is_flag=True, help="No progress bar.")
def command(
    log: str, *, key: str | None, out: str | None, since: str | None, proof: str | None, quiet: bool
) -> int:  # fmt: skip
    """Print what LOG is now: its name, how many events it has, and one number that stands for them all.

    Keep it where those who can write the log cannot: with a neighbour, in a minute book, in print. The log is verified
    first; of one that is not as it was recorded, no note is taken. Signed, it can be shown to anybody who has the key's
    public half (C2SP tlog-checkpoint). A FILE of an earlier checkpoint is written over only where LOG still begins with what
    that noted, which is said; any other is left as it is.

    \b
    Example:
      frontdoor checkpoint borough.db --key borough.key --out borough.checkpoint
      frontdoor checkpoint borough.db --key borough.key --out december.checkpoint --since november.checkpoint --proof december.proof
    """
    from frontdoor.cli.common import say, written_to
    from frontdoor.cli.kept import CHECKPOINT
    from frontdoor.cli.opening import see_whole
    from frontdoor.cli.signed import checkpoint_of, private_key
    from frontdoor.cli.verify import read_through
    from frontdoor.errors import InputError, IsThere, LogTampered, count
    from frontdoor.log.extending import ExtensionProver

    if proof is not None and since is None:
        raise click.UsageError("--proof is of what extends an earlier checkpoint: give that with --since FILE.")
    if out is not None and since is not None and _is_same(out, since):
        raise click.UsageError(
            f"{out} is the checkpoint that --since is about, which is kept: name another file for --out."
        )
    if out is not None and proof is not None and _is_same(out, proof):
        raise click.UsageError(f"{out} is named twice: the checkpoint and the proof are two files.")
    if proof is not None and os.path.lexists(proof):
        raise IsThere(proof)
    see_whole(log)
    signer = private_key(key, log) if key is not None else None
    earlier = None
    if out is not None and os.path.isfile(out):
        try:
            earlier = checkpoint_of(out)
        except InputError:
            raise IsThere(out, "is no checkpoint") from None
    before = checkpoint_of(since) if since is not None else None
    prover = ExtensionProver(before) if before else None
    held_to = [one for one in (earlier, before) if one]
    try:
        found = str(read_through(log, held_to, quiet=quiet, watch=prover.watch if prover else None))
    except LogTampered as error:
        if earlier:
            read_through(log, [before] if before else [], quiet=True)  # else it is not for what was noted in FILE
            said = f"{error} That is the checkpoint in {out}, which stays: for one of the log as it is now, name another file."
            raise LogTampered(said, error.position) from None
        raise
    note = signer.sign(found) if signer else found
    if proof is not None and prover is not None:
        with written_to(proof):
            _write(proof, str(prover.extension(note)).encode())
    if out is None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8")  # whatever the terminal can show: another dash would not verify
        click.echo(note, nl=False)
        return 0
    with written_to(out, over=CHECKPOINT):
        _write(out, note.encode())
    if earlier:
        events = count(int(found.splitlines()[1]), "event")
        say(f"{out}: of {events} now, in the place of one of {earlier.size:,}, with which the log still begins.")
    return 0


def _is_same(one: str, other: str) -> bool:
    """Whether two names are of one file."""
    if os.path.exists(one) and os.path.exists(other):
        return os.path.samefile(one, other)
    return os.path.realpath(one) == os.path.realpath(other)


def _write(path: str, data: bytes) -> None:
    """Put these bytes in the place of a file's, which stay until all of them are on the disk; a device is written as it is."""
    if os.path.exists(path) and not os.path.isfile(path):
        with open(path, "wb") as device:
            device.write(data)
        return
    place = os.path.realpath(path)
    beside = f"{place}.{os.getpid()}.new"
    try:
        with open(beside, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, place)
    except OSError:
        with suppress(OSError):
            os.unlink(beside)
        raise
