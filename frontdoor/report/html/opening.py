"""The first page: what was judged, by what, as at when, and what could not be read or told."""

from __future__ import annotations

__all__ = ["Edition", "Input", "Opening", "Rule", "Untold", "opening", "rules"]

import re
from typing import TYPE_CHECKING

import attrs

from frontdoor.explanation import in_words
from frontdoor.formats.source import Rejected
from frontdoor.moment import Happened, bounds
from frontdoor.replay.audit import Audit
from frontdoor.replay.facts import Facts
from frontdoor.report import summary
from frontdoor.report.words import all_of, count
from frontdoor.sentences import WHY

if TYPE_CHECKING:
    import polars as pl

FIRST_REJECTED = 50
"""Rows that could not be read, of which the page shows what stood there."""


@attrs.frozen
class Input:
    """A file that was read."""

    name: str
    format: str
    digest: str
    """Its SHA-256, in hexadecimal; empty where the reader says none."""


@attrs.frozen
class Edition:
    """An edition of the guidance, and how many episodes were judged by it."""

    name: str
    title: str
    since: str
    episodes: int


@attrs.frozen
class Untold:
    """Deadlines of one clock that could not be told, for one reason."""

    title: str
    timer: str
    why: str
    n: int
    of: int
    """How many deadlines the clock has in all."""


@attrs.frozen
class Rule:
    """What one clock says under one edition, and where that is from."""

    title: str
    timer: str
    guidance: str
    allowed: str
    basis: str
    cites: str
    n: int


@attrs.frozen
class Opening:
    """All that the first page says."""

    inputs: tuple[Input, ...]
    figures: tuple[tuple[str, int], ...]
    """The size of it all: ('Events', 540)."""
    as_at: str
    otherwise: tuple[tuple[str, int], ...]
    """Where several sources were put together: the moments that some cases are judged as at instead, and how many each."""
    as_known_at: str
    editions: tuple[Edition, ...]
    locals: tuple[tuple[str, str], ...]
    """An authority's own files: title and path."""
    calendar: str
    notes: tuple[str, ...]
    left_out: tuple[str, ...]
    untold: tuple[Untold, ...]
    rejected: tuple[Rejected, ...]
    """The first rows that could not be read."""
    rejected_rows: int

    @property
    def files(self) -> str:
        """Their names without their folders, in a list."""
        return all_of(re.split(r"[\\/]", one.name.rstrip("\\/"))[-1] or one.name for one in self.inputs)

    @property
    def rejected_more(self) -> int:
        """How many cells that could not be read are not shown."""
        return self.rejected_rows - len({one.row for one in self.rejected})


def opening(audit: Audit, found: Facts) -> Opening:
    """The first page of an audit."""
    source, calendar = audit.source, audit.library.calendar
    levels = dict(audit.findings["severity"].value_counts().iter_rows())
    figures = (
        ("Events", found.events.height), ("Cases", audit.cases), ("Episodes", audit.episodes.height),
        ("Deadlines", audit.deadlines.height), ("Errors", levels.get("error", 0)), ("Warnings", levels.get("warning", 0)),
        ("Notes", levels.get("note", 0)),
    )  # fmt: skip
    closures = (
        f", and {count(len(calendar.closures), 'closed day')} of the authority's own" if calendar.closures else ""
    )
    rejected = source.rejected
    return Opening(
        inputs=inputs(audit), figures=figures,
        as_at="" if audit.as_at is None else in_words(audit.as_at), otherwise=_otherwise(audit, found.episodes),
        as_known_at=_known(audit),
        editions=tuple(_editions(audit, found.episodes)),
        locals=tuple((one.title or one.name, one.file) for one in audit.library.locals),
        calendar=f"Bank holidays of England and Wales, version {calendar.version}, known from {calendar.first} to {calendar.last}: "
        f"{count(len(calendar.holidays), 'bank holiday')}{closures}.",
        notes=tuple(summary.notes(audit)), left_out=tuple(_left_out(audit)), untold=tuple(_untold(audit, found.clocks)),
        rejected=tuple(rejected[:FIRST_REJECTED]), rejected_rows=len({one.row for one in rejected}),
    )  # fmt: skip


def inputs(audit: Audit) -> tuple[Input, ...]:
    """The files that were read, each with its digest."""
    parts = audit.source.parts or (audit.source,)
    return tuple(Input(one.name, one.format, one.digest.removeprefix("sha256:")) for one in parts)


def _otherwise(audit: Audit, episodes: pl.DataFrame) -> tuple[tuple[str, int], ...]:
    """Of sources that end at different moments, a case is judged as at the last moment that those which know it speak of."""
    import polars as pl

    ends = dict(enumerate(audit.log.ends))
    many = episodes.group_by("group").agg(pl.col("case_id").n_unique()).sort("group")
    found: dict[Happened, int] = {}
    for group, cases in many.iter_rows():
        end = ends[group]
        if end is not None and end != audit.as_at:
            found[end] = found.get(end, 0) + cases
    return tuple((in_words(end), found[end]) for end in sorted(found, key=bounds))


def _known(audit: Audit) -> str:
    known = audit.log.as_known_at
    return "" if known is None else in_words(known)


def _editions(audit: Audit, episodes: pl.DataFrame) -> list[Edition]:
    counted = dict(episodes["guidance"].fill_null("").value_counts().iter_rows())
    since = dict(zip((one.name for one in audit.library.editions), audit.library.starts, strict=True))
    titles = {one.name: one.title for one in audit.library.editions}
    names = [name for name in titles if name in counted] + sorted(set(counted) - set(titles) - {""})
    found = [
        Edition(
            name, titles.get(name) or name,
            "" if name not in since else "every day" if since[name].year == 1 else in_words(since[name]), counted[name],
        ) for name in names
    ]  # fmt: skip
    if counted.get(""):
        found.append(Edition("", "None: it opened before the first edition known here", "", counted[""]))
    return found


def _left_out(audit: Audit) -> list[str]:
    found = []
    if audit.log.later:
        found.append(f"{count(audit.log.later, 'event')} that happened after the moment judged from.")
    if audit.log.hidden:
        found.append(
            f"{count(audit.log.hidden, 'event')} that {'was' if audit.log.hidden == 1 else 'were'} not known by then."
        )
    return found


def _untold(audit: Audit, clocks: pl.DataFrame) -> list[Untold]:
    import polars as pl

    every = dict(clocks["timer"].value_counts().iter_rows())
    mine = clocks.filter(pl.col("status") == "cannot tell")
    counted = mine.group_by("timer", "why").agg(n=pl.len()).sort("timer", "why")
    found = [
        Untold(title(audit, timer), timer, WHY.get(why, "it is not said"), n, every[timer])
        for timer, why, n in counted.iter_rows()
    ]
    places = {timer: place for place, timer in enumerate(audit.timers)}
    return sorted(found, key=lambda one: places[one.timer])


def title(audit: Audit, timer: str) -> str:
    """A timer, for people: 'Referral: Decide what response is needed'."""
    workflow, _, name = timer.partition(".")
    declared = audit.library.anywhere(workflow)
    return f"{declared.title or workflow}: {declared.timers[name].title or name}"


def rules(audit: Audit) -> list[Rule]:
    """What every clock that occurs says under every edition that occurs, in the order in which a child meets them."""
    import polars as pl

    said = audit.deadlines.group_by("timer", "guidance", "allowed", "unit", "basis", "cites").agg(n=pl.len())
    places = {timer: place for place, timer in enumerate(audit.timers)}
    editions = {"": -1, **{one.name: place for place, one in enumerate(audit.library.editions)}}
    found = [
        Rule(
            title(audit, timer), timer, guidance, "nothing" if allowed is None else _length(allowed, unit), basis, cites, n
        ) for timer, guidance, allowed, unit, basis, cites, n in said.iter_rows()
    ]  # fmt: skip
    return sorted(found, key=lambda one: (places[one.timer], editions.get(one.guidance, 99), one.allowed, one.cites))


def _length(allowed: int, unit: str) -> str:
    return f"{allowed} {unit[:-1] if allowed == 1 else unit}"
