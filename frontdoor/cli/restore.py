"""`frontdoor restore`: a backup, put in the place of a log."""

from __future__ import annotations

__all__ = ["command"]

import os

import click

from frontdoor.cli.common import say, say_json


@click.command("restore")
@click.argument("backup")
@click.argument("log")
@click.option("--checkpoint", metavar="FILE", help="What it is held to (default: BACKUP.checkpoint, if it is there).")
@click.option(
    "--replace", is_flag=True, help="If LOG is there, keep it under another name, and put BACKUP in its place."
)
@click.option("--actor", metavar="WHO", default="", help="Who does this, to be noted: a name that you know them by.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as one JSON object.")
def command(backup: str, log: str, *, checkpoint: str | None, replace: bool, actor: str, as_json: bool) -> int:
    """Verify BACKUP, and put a copy of it in the place of LOG. A LOG that is there is never written over: with --replace it is
    kept under a name that says when, and what it holds that BACKUP does not is told. Nobody may have it open.

    All timers run on: the next `frontdoor check` finds what has become due meanwhile. That it was put back is the next event in
    LOG, so that `frontdoor verify` can say why a checkpoint of what came after BACKUP does not fit it.

    \b
    Example:
      frontdoor restore /safe/borough.db borough.db --actor it-3
    """
    from frontdoor.cli.opening import in_a_file
    from frontdoor.cli.signed import checkpoint_of
    from frontdoor.clock import SystemClock
    from frontdoor.desk.entry import of_the_desk
    from frontdoor.event import RESTORED
    from frontdoor.log.backup import CHECKPOINT
    from frontdoor.log.restoring import restore

    for one in (backup, log):
        in_a_file(
            one,
            "restore a database by pg_restore or the server's own means, verify it, and keep a record of that elsewhere: its log notes nothing of it.",
        )
    if actor:
        of_the_desk(RESTORED, actor=actor, role="system", roles=["system"])
    beside = backup + CHECKPOINT
    file = checkpoint or (beside if os.path.exists(beside) else None)
    held_to = checkpoint_of(file) if file else None
    done = restore(backup, log, now=SystemClock().now(), checkpoint=held_to, replace=replace, by=actor.strip())
    lost = done.lost
    if as_json:
        found = {"events": done.checkpoint.size, "root": str(done.checkpoint).splitlines()[2], "checkpoint": file}
        missing = lost and {"events": lost.events, "position": lost.position, "since": lost.since}
        say_json(
            {
                **found,
                "noted_at": done.checkpoint.size + 1,
                "aside": done.aside,
                "not_in_backup": missing,
                "why": done.why,
            }
        )
        return 0
    count = "one event" if done.checkpoint.size == 1 else f"{done.checkpoint.size:,} events"
    how = "as the checkpoint noted them" if held_to else "verified, but held to no checkpoint: there is none beside it"
    say(f"{log}: {count}, {how}; event {done.checkpoint.size + 1:,} notes that it was put back.")
    if done.aside:
        say(f"What was there before is {done.aside}.")
    if done.why:
        say(f"Which of its events are not in the backup cannot be told: {done.why}.")
    elif lost:
        is_one = lost.events == 1
        many = "One event of it is" if is_one else f"{lost.events:,} events of it are"
        of = "it" if is_one else "the first"
        say(f"{many} not in the backup: {of} is event {lost.position:,}, recorded at {lost.since}.")
        say(
            f"To bring {'it' if is_one else 'them'} in again: frontdoor export {done.aside} lost.csv (of a sealed log with --keys), "
            f"then frontdoor import {log} lost.csv."
        )
    elif done.aside:
        say("All its events are in the backup.")
    return 0
