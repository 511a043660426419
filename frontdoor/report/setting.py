"""Who set the length of a clock: an edition of the guidance, an authority's own file, or nobody but the defaults shipped here.

A figure is called statutory only where the clock is and the guidance set its length.
"""

from __future__ import annotations

__all__ = ["KINDS", "LOCAL", "OVERLAID", "STATUTORY", "Setter", "of_deadlines", "setter_of", "setters"]

from collections.abc import Container
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NamedTuple

from frontdoor.compiled import Compiled
from frontdoor.library import shipped
from frontdoor.replay.audit import Audit

if TYPE_CHECKING:
    import polars as pl

STATUTORY, OVERLAID, LOCAL = "statutory", "overlaid", "local"
KINDS = {
    STATUTORY: "Statutory clocks",
    OVERLAID: "Statutory clocks with a length of the authority's own",
    LOCAL: "Local clocks",
}
"""What clocks are called by who set their length, in the order in which they are shown."""


class Setter(NamedTuple):
    """Who set a length."""

    kind: str
    """One of `KINDS`."""
    said: str
    """Who, with how well its source is known: 'set by draft (grade V-local)', 'a frontdoor default (grade GK)'."""


def setters(audit: Audit) -> dict[tuple[int, int, int], Setter]:
    """By the numbers of edition and timer, and whether it is not the first of its clock: who set how long it allows."""
    numbers = audit.folded.judged.select("edition", "timer", "again").unique(maintain_order=True)
    compiled, laid = audit.log.compiled, _laid(audit)
    return {row: setter_of(compiled, laid, *row) for row in numbers.rows()}


def of_deadlines(audit: Audit) -> pl.DataFrame:
    """The same for each deadline: `d`, its `kind` and `setter`."""
    import polars as pl

    rows = [(*key, *setter) for key, setter in setters(audit).items()]
    judged = audit.folded.judged.select("d", "edition", "timer", "again")
    keys = ("edition", "timer", "again")
    schema: Any = {**{key: judged.schema[key] for key in keys}, "kind": pl.String, "setter": pl.String}
    found = judged.join(pl.DataFrame(rows, schema=schema, orient="row"), on=keys, how="left", maintain_order="left")
    return found.select(pl.col("d").cast(pl.Int64), "kind", "setter")


def setter_of(compiled: Compiled, laid: Container[str], edition: int, timer: int, again: int) -> Setter:
    """Who set how long one timer allows under one edition; `laid` are the files that authorities laid over the guidance."""
    workflow, _, name = compiled.timers[timer].partition(".")
    composed, guidance = compiled.composed(edition), compiled.guidance(edition)
    declared = composed.workflows[workflow].timers[name]
    if guidance is None:
        return Setter(declared.basis, "no edition")
    then = again == 1 and declared.then is not None
    file = composed.origin(workflow, "timers", name, "then" if then else "allowed").file
    grade = f" (grade {declared.grade})" if declared.grade else ""
    if file in laid:
        kind = OVERLAID if declared.basis == "statutory" else LOCAL
        return Setter(kind, f"set by {PurePath(file).stem}{grade}")
    if declared.basis == "statutory":
        return Setter(STATUTORY, f"{guidance.title or guidance.name}{grade}")
    ours = file.startswith("workflows/") and (shipped().parent / file).is_file()
    return Setter(LOCAL, f"a frontdoor default{grade}" if ours else f"a default of {file}{grade}")


def _laid(audit: Audit) -> set[str]:
    """The files that authorities laid over the guidance."""
    source = audit.source
    libraries = (audit.library, *([source.library] if source.library else []), *source.older)
    return {one.file for library in libraries for one in library.locals}
