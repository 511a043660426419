"""`frontdoor prove`: the events of a case with proof, for a court or a review."""

from __future__ import annotations

__all__ = ["command"]

import os

import click

from frontdoor.cli import completing
from frontdoor.errors import IsThere


@click.command("prove")
@click.argument("log")
@click.option(
    "--case",
    required=True,
    metavar="CASE",
    help="The case whose events are handed over.",
    shell_complete=completing.cases,
)
@click.option("--out", required=True, metavar="FOLDER", help="The folder to make; it must not be there yet.")
@click.option(
    "--key",
    metavar="FILE",
    help="Sign with this key, which 'frontdoor keygen' wrote, that these are all events of the case.",
)
@click.option(
    "--checkpoint",
    metavar="FILE",
    help="Prove by this checkpoint, which was signed before (default: one of now, signed with --key).",
)
@click.option(
    "--vkey",
    metavar="KEY",
    help="The public key that signed the checkpoint, or a file of it, where --key is not at hand.",
)
@click.option(
    "--keys",
    metavar="FILE",
    help="The keys of LOG's details: show the words of CASE that are sealed, and prove that they are those.",
)
@click.option("--quiet", "-q", is_flag=True, help="No progress bar.")
def command(
    log: str, *, case: str, out: str, key: str | None, checkpoint: str | None, vkey: str | None, keys: str | None, quiet: bool
) -> int:  # fmt: skip
    """Write the events of CASE as they are stored, with what proves that LOG held them so when a checkpoint of it was signed,
    to a FOLDER that can be handed to anybody: a page to read (index.html), and a script (check.py) that checks it all
    offline, with Python and nothing else.

    The log is verified first. With --checkpoint and --vkey alone nothing is signed, and what it proves is told without the
    key's word that the case had no more events then.

    Where details are sealed, their words are in it only with --keys, each with what shows that it was sealed; never a key.

    \b
    Example:
      frontdoor prove borough.db --case C-1 --key borough.key --out bundle
    """
    from frontdoor.cli.common import say, written_to
    from frontdoor.cli.opening import at_desk, open_log, see_whole
    from frontdoor.cli.signed import checkpoint_of, of_log, private_key, public_key, text_of
    from frontdoor.cli.verify import read_through
    from frontdoor.log.proving import CaseProver
    from frontdoor.log.sealing import Sealing
    from frontdoor.report.html.pages import environment
    from frontdoor.report.proof import opened, sealed_in, told, write
    from frontdoor.report.words import count

    if key is None and (checkpoint is None or vkey is None):
        raise click.UsageError(
            "give --key FILE to sign with, or --checkpoint FILE and --vkey KEY of what was signed before."
        )
    if key is not None and vkey is not None:
        raise click.UsageError("give --key or --vkey, not both: the public key is known from the other.")
    if os.path.exists(out):
        raise IsThere(out, what="folder")
    environment()  # without jinja2 nothing could be written: better said before a long log is read
    see_whole(log)
    if keys is not None:
        open_log(log, read_only=True, keys=keys).close()  # the same of what is wrong with them
    signer = private_key(key, log) if key is not None else None
    public = signer.public if signer else public_key(str(vkey))
    of_log(public, log, file="--vkey")
    noted = checkpoint_of(checkpoint, public) if checkpoint is not None else None
    prover = CaseProver(case, upto=noted.size if noted else None)
    found = read_through(log, [noted] if noted else [], quiet=quiet, watch=prover.watch)
    proven = prover.proven(found.log_id)
    note = text_of(checkpoint) if checkpoint is not None else signer.sign(str(proven.checkpoint)) if signer else ""

    with at_desk(log, read_only=True, keys=keys) as desk:
        sealing = Sealing(desk.log.log_id, getattr(desk.log, "keys", None))
        words = opened(proven, sealing)
        lines = list(told(proven, desk.case(case), sealing))
    with written_to(out):
        write(proven, key=public, note=note, told=lines, signer=signer, folder=out, words=words)
    closed = sealed_in(proven) - len(words)
    if closed:
        instead = "give --keys FILE to have them in it" if keys is None else f"{keys} does not open them"
        say(f"frontdoor: the words of {count(closed, 'event')} are sealed, and not in it: {instead}.", err=True)
    events = (
        "the one event" if len(lines) == 1 else f"all {len(lines):,} events" if signer else f"{len(lines):,} events"
    )
    later = f"; {proven.later:,} later are not in it" if proven.later else ""
    say(f"{out}: {events} of case {case} among the log's first {proven.checkpoint.size:,}, with proof{later}")
    return 0
