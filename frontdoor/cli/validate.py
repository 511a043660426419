"""`frontdoor validate`: everything that is wrong with workflow files, at once."""

from __future__ import annotations

__all__ = ["command"]

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from frontdoor.errors import Fault
    from frontdoor.library import Library


@click.command("validate")
@click.argument("files", nargs=-1)
@click.option("--workflows", metavar="DIR", help="A folder of workflow files instead of the shipped ones.")
@click.option("--json", "as_json", is_flag=True, help="Print the faults and the unguarded waits as JSON.")
def command(files: tuple[str, ...], workflows: str | None, as_json: bool) -> int:
    """Check the workflow files of a folder (default: the shipped ones), with local FILES laid over them; of FILES that are
    mappings of columns, whether they can be read by.

    Lists everything that is wrong with any of them, and the unguarded waits: states in which a child's episode is open
    and no clock runs, each with the reason its file gives.

    \b
    Example:
      frontdoor validate my_borough.toml
    """
    from pathlib import Path

    from frontdoor.checking import unguarded_waits
    from frontdoor.library import survey

    if workflows is None and len(files) == 1 and Path(*files).is_dir():
        workflows, files = files[0], ()
    mappings = tuple(file for file in files if _is_mapping(file))
    files = tuple(file for file in files if file not in mappings)
    library, found = survey(workflows, local=files)
    faults = [*found, *(fault for file in mappings for fault in _faults_of(file, library))]
    waits = unguarded_waits(library.under().workflows[name] for name in library.names()) if library else ()
    if as_json:
        import json

        said = {"faults": [one._asdict() for one in faults], "unguarded": [one._asdict() for one in waits]}
        click.echo(json.dumps(said, ensure_ascii=False, indent=2))
        return 3 if faults else 0
    for fault in faults:
        click.echo(f"frontdoor: {fault}", err=True)
    if faults or library is None:
        several = "one fault" if len(faults) == 1 else f"{len(faults)} faults"
        click.echo(f"frontdoor: {several} to mend.", err=True)
        return 3
    editions = ", ".join(edition.name for edition in library.editions)
    beside = [*files, *mappings]
    over = f", with {', '.join(beside)} beside them" if beside else ""
    click.echo(f"{len(library.names())} workflows under {editions}{over}: nothing is wrong with them.")
    click.echo(
        "Unguarded waits, where an episode is open and no clock is sure to run:" if waits else "No unguarded waits."
    )
    for wait in waits:
        click.echo(f"  {wait.workflow}, {wait.title} ({wait.state}): {wait.why}")
    return 0


def _is_mapping(file: str) -> bool:
    """Whether a file names columns, as only a mapping does."""
    import tomllib

    try:
        with open(file, "rb") as content:
            return not {"columns", "dates"}.isdisjoint(tomllib.load(content))
    except (OSError, ValueError):
        return False  # what is wrong with it is said of it as of any other


def _faults_of(mapping: str, library: Library | None) -> Sequence[Fault]:
    from frontdoor.errors import InputError
    from frontdoor.formats.mapping import load_mapping

    try:
        load_mapping(mapping, library)
    except InputError as error:
        return error.faults
    return ()
