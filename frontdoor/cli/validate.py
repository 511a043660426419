"""`frontdoor validate`: everything that is wrong with workflow files, at once."""

from __future__ import annotations

__all__ = ["command"]

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from frontdoor.cli.common import say, say_json

if TYPE_CHECKING:
    from frontdoor.checking import Wait
    from frontdoor.errors import Fault
    from frontdoor.library import Library


@click.command("validate")
@click.argument("files", nargs=-1)
@click.option("--workflows", metavar="DIR", help="A folder of workflow files instead of the shipped ones.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print the faults, the unguarded waits and the scenarios as JSON."
)
def command(files: tuple[str, ...], workflows: str | None, as_json: bool) -> int:
    """Check the workflow files of a folder (default: the shipped ones), with local FILES laid over them; of FILES that are
    mappings of columns, whether they can be read by, and of scenarios, whether they can be run.

    Lists everything that is wrong with any of them, and the unguarded waits: states in which a child's episode is open
    and no clock runs, each with the reason its file gives. Of a scenario it says how much work comes in for each team.

    \b
    Example:
      frontdoor validate my_borough.toml
      frontdoor validate my_scenario.toml
    """
    from pathlib import Path

    from frontdoor.checking import unguarded_waits
    from frontdoor.library import survey
    from frontdoor.reading import keys
    from frontdoor.simulation.scenario_file import is_scenario

    if workflows is None and len(files) == 1 and Path(*files).is_dir():
        workflows, files = files[0], ()
    words = {file: keys(Path(file)) for file in files}
    scenarios = tuple(file for file in files if is_scenario(words[file]))
    mappings = tuple(file for file in files if words[file] & {"columns", "dates"} and file not in scenarios)
    files = tuple(file for file in files if file not in mappings and file not in scenarios)
    library, found = survey(workflows, local=files)
    faults = [*found, *(fault for file in mappings for fault in _faults_of(file, library))]
    told: list[Mapping[str, Any]] = []
    for file in scenarios:
        about, wrong = _about(file, workflows)
        told += [about] if about else []
        faults += [fault for fault in wrong if fault not in faults]
    waits = unguarded_waits(library.under().workflows[name] for name in library.names()) if library else ()
    if as_json:
        said = {
            "faults": [one._asdict() for one in faults],
            "unguarded": [one._asdict() for one in waits],
            "scenarios": told,
        }
        say_json(said)
        return 3 if faults else 0
    for fault in faults:
        say(f"frontdoor: {fault}", err=True)
    if faults or library is None:
        several = "one fault" if len(faults) == 1 else f"{len(faults)} faults"
        say(f"frontdoor: {several} to mend.", err=True)
        return 3
    _say(library, [*files, *mappings], waits)
    for line in _lines(told):
        say(line)
    return 0


def _say(library: Library, beside: Sequence[str], waits: Sequence[Wait]) -> None:
    """That nothing is wrong, and where nothing runs."""
    editions = ", ".join(edition.name for edition in library.editions)
    over = f", with {', '.join(beside)} beside them" if beside else ""
    say(f"{len(library.names())} workflows under {editions}{over}: nothing is wrong with them.")
    say("Unguarded waits, where an episode is open and no clock is sure to run:" if waits else "No unguarded waits.")
    for wait in waits:
        say(f"  {wait.workflow}, {wait.title} ({wait.state}): {wait.why}")


def _faults_of(mapping: str, library: Library | None) -> Sequence[Fault]:
    from frontdoor.errors import InputError
    from frontdoor.formats.mapping import load_mapping

    try:
        load_mapping(mapping, library)
    except InputError as error:
        return error.faults
    return ()


def _about(file: str, workflows: str | None) -> tuple[Mapping[str, Any] | None, Sequence[Fault]]:
    """What a scenario says, to print; else what is wrong with it."""
    from math import isfinite

    from frontdoor.errors import InputError
    from frontdoor.simulation.loads import loads, remarks
    from frontdoor.simulation.scenario_file import load_scenario

    try:
        scenario, library = load_scenario(file, workflows=workflows)
    except InputError as error:
        return None, error.faults
    found = loads(scenario, library)
    return {
        "file": file, "title": scenario.title, "starts": str(scenario.starts), "ends": str(scenario.ends),
        "sources": {name: one.per_year for name, one in scenario.sources.items()},
        "teams": {one.team: {"staff": one.staff, "people_needed": one.people if isfinite(one.people) else None} for one in found},
        "tasks": len(scenario.tasks), "remarks": remarks(scenario, library),
    }, ()  # fmt: skip


def _lines(told: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for one in told:
        yield f"{one['file']}: {one['title']}, {one['starts']} to {one['ends']}: it can be run."
        sources = ", ".join(f"{name} {many:,.0f}" for name, many in one["sources"].items())
        yield f"  Contacts a year: {sources}; {sum(one['sources'].values()):,.0f} in all."
        yield f"  The work that comes in for each team, at most, and who is there for it ({one['tasks']} tasks):"
        for team, load in one["teams"].items():
            needed = load["people_needed"]
            work = "work" if needed is None else f"{needed:,.{1 if needed >= 1 else 2}f} people's work"
            yield f"    {team}: {work}, {load['staff']:,} there"
        for remark in one["remarks"]:
            yield f"  {remark}"
