"""`frontdoor subject-access`: everything that is held about one case, for whoever it is about."""

from __future__ import annotations

__all__ = ["command"]

import os
from pathlib import Path

import click

from frontdoor.cli import completing
from frontdoor.cli.common import library_options, say, written_to
from frontdoor.cli.opening import at_desk, keys_option, say_came_back
from frontdoor.errors import IsThere


@click.command("subject-access")
@click.argument("log")
@click.argument("case", shell_complete=completing.cases)
@click.option("--out", required=True, metavar="FOLDER", help="A folder that is not there yet, or empty.")
@click.option("--without-workers", is_flag=True, help="Let 'worker 1' stand for each name of one who recorded.")
@keys_option
@library_options
def command(
    log: str,
    case: str,
    *,
    out: str,
    without_workers: bool,
    keys: str | None,
    local: tuple[str, ...],
    guidance: str | None,
    workflows: str | None,
) -> int:
    """Write everything that LOG holds about CASE to FOLDER: case.html, a page to read, and events.json, all of it for a program.
    What was corrected is there as it was recorded and as it is known now, with who recorded it.

    A person must read it before it is handed over: what is about somebody else in it, no program knows.

    \b
    Example:
      frontdoor subject-access borough.db C-1 --out C-1
    """
    import json

    from frontdoor.report.held import NOTE, held, page, sealed

    folder = Path(out)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise IsThere(out, what="folder")
    with at_desk(log, read_only=True, keys=keys, local=local, guidance=guidance, workflows=workflows) as desk:
        say_came_back(desk, case)
        found = held(desk, case, workers=not without_workers)
        unread = sealed(desk, case)
        files = {
            "case.html": page(desk, case, workers=not without_workers),
            "events.json": json.dumps(found, ensure_ascii=False, indent=2) + "\n",
        }
    with written_to(out):
        folder.mkdir(mode=0o700, exist_ok=True)
        for name, text in files.items():
            with open(
                os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
            ) as file:
                file.write(text)
    count = len(found["recorded"])
    say(
        f"{'One event' if count == 1 else f'{count:,} events'} of {case} written to {folder / 'case.html'} and events.json."
    )
    if unread:
        said = "1 of them has words that could" if unread == 1 else f"{unread:,} of them have words that could"
        say(f"{said} not be read, and are not in it: they are sealed. Give the keys of the log (--keys FILE).")
    say(NOTE)
    return 0
