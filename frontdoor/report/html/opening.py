"""The first page: what was judged, by what, as at when, and what could not be read or told."""

from __future__ import annotations

__all__ = [
    "Edition",
    "Input",
    "Opening",
    "Rule",
    "Untold",
    "Waiting",
    "calendar_of",
    "opening",
    "rules",
    "title",
    "titled",
]

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING

import attrs

from frontdoor.explanation import in_words
from frontdoor.formats.source import Rejected
from frontdoor.library import Library
from frontdoor.moment import EPOCH, Happened, bounds, parse
from frontdoor.replay.audit import Audit
from frontdoor.replay.facts import Facts
from frontdoor.report.notes import far_ahead, notes, unread
from frontdoor.report.setting import KINDS, of_deadlines
from frontdoor.report.words import all_of, count
from frontdoor.sentences import WHY
from frontdoor.working_days import Calendar

if TYPE_CHECKING:
    import polars as pl

FIRST_REJECTED = 50
"""Rows that could not be read, of which the page shows what stood there."""
FIRST_WAITING = 40
"""Deadlines that are past and not met, of which the first page names the case."""


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
    """'in force from Saturday 1 April 2006', or that it was chosen."""
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
class Waiting:
    """Somebody who still waits for what was due."""

    case: str
    title: str
    kind: str
    """Who set its length (`setting.KINDS`)."""
    due: str
    over: str


@attrs.frozen
class Rule:
    """What one clock says under one edition, and where that is from."""

    title: str
    timer: str
    guidance: str
    allowed: str
    basis: str
    setter: str
    """Who set that length."""
    cites: str
    n: int


@attrs.frozen
class Opening:
    """All that the first page says."""

    sentence: str
    """Whose records these are, from when to when, judged as at when."""
    basis: str
    """By which guidance, in a sentence."""
    chosen: bool
    """Whether all is judged by an edition that somebody chose."""
    errors: str
    """What the errors are, in a sentence."""
    warning: str
    """What moves every figure, and may be a slip; empty where nothing does."""
    waiting: tuple[Waiting, ...]
    waiting_more: int
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
    rejected_said: str
    """How many rows, or fields, could not be read: '2 rows could not be read'."""

    @property
    def files(self) -> str:
        """Their names without their folders, in a list."""
        return _files(self.inputs)

    @property
    def rejected_more(self) -> int:
        """How many cells that could not be read are not shown."""
        return self.rejected_rows - len({one.row for one in self.rejected})


def opening(audit: Audit, found: Facts) -> Opening:
    """The first page of an audit."""
    source = audit.source
    levels = dict(audit.findings["severity"].value_counts().iter_rows())
    figures = (
        ("Events", found.events.height), ("Cases", audit.cases), ("Episodes", audit.episodes.height),
        ("Deadlines", audit.deadlines.height), ("Errors", levels.get("error", 0)), ("Warnings", levels.get("warning", 0)),
        ("Notes", levels.get("note", 0)),
    )  # fmt: skip
    rejected = source.rejected
    chosen = audit.library.chosen
    waiting = list(_waiting(audit))
    many, what = unread(audit)
    return Opening(
        sentence=_sentence(audit, found), chosen=chosen is not None, warning=" ".join(far_ahead(audit)),
        basis=f"All judged under {chosen.title or chosen.name}, by choice, not the guidance of the day."
        if chosen else "Each episode is judged by the edition of the guidance that was in force on the day it opened.",
        errors=_errors(levels.get("error", 0), audit.rules.get("breach", 0)),
        waiting=tuple(waiting[:FIRST_WAITING]), waiting_more=len(waiting[FIRST_WAITING:]),
        inputs=inputs(audit), figures=figures,
        as_at="" if audit.as_at is None else in_words(audit.as_at), otherwise=_otherwise(audit, found.episodes),
        as_known_at=_known(audit),
        editions=tuple(_editions(audit, found.episodes)),
        locals=tuple((one.title or one.name, one.file) for one in audit.library.locals),
        calendar=calendar_of(audit.library.calendar),
        notes=tuple(note for note in notes(audit) if note not in far_ahead(audit)), left_out=tuple(_left_out(audit)), untold=tuple(_untold(audit, found.clocks)),
        rejected=tuple(rejected[:FIRST_REJECTED]), rejected_rows=len({one.row for one in rejected}), rejected_said=f"{count(many, what)} could not be read",
    )  # fmt: skip


def calendar_of(calendar: Calendar) -> str:
    """Which bank holidays and closed days were counted, in a sentence."""
    closures = (
        f", and {count(len(calendar.closures), 'closed day')} of the authority's own" if calendar.closures else ""
    )
    return (
        f"Bank holidays of England and Wales, version {calendar.version}, known from {calendar.first} to {calendar.last}: "
        f"{count(len(calendar.holidays), 'bank holiday')}{closures}."
    )


def _files(inputs: Iterable[Input]) -> str:
    return all_of(re.split(r"[\\/]", one.name.rstrip("\\/"))[-1] or one.name for one in inputs)


def _sentence(audit: Audit, found: Facts) -> str:
    """Whose records, of how many cases, from when to when, judged as at when."""
    authorities = list(dict.fromkeys(one.authority for one in audit.library.locals if one.authority))
    whose = all_of(authorities) if authorities else _files(inputs(audit))
    days = [day for name in ("day", "last_day") for day in (found.events[name].min(), found.events[name].max())]
    if not found.events.height or audit.as_at is None:
        return "Nothing in it could be judged."
    first, last = (in_words(date.fromordinal(int(str(day)) + EPOCH)) for day in (days[0], days[3]))
    period = f"from {first} to {last}" if first != last else f"of {first}"
    return (
        f"{whose}: {count(found.events.height, 'event')} of {count(audit.cases, 'case')} {period}, "
        f"judged as at {in_words(audit.as_at)}."
    )


def _errors(errors: int, breaches: int) -> str:
    """What the errors are: '15 statutory clocks late or overdue, and 6 records of what should not have been so.'"""
    parts = [f"{count(breaches, 'statutory clock')} late or overdue"] if breaches else []
    if errors > breaches:
        parts.append(f"{count(errors - breaches, 'record')} of what should not have been so")
    return f"The {'error is' if errors == 1 else f'{errors:,} errors are'} {' and '.join(parts)}." if errors else ""


def _waiting(audit: Audit) -> Iterator[Waiting]:
    """Every deadline that is past and not met, in the order of the file: the statutory ones, then the others."""
    import polars as pl

    kinds = of_deadlines(audit)["kind"]
    late = audit.deadlines.with_columns(kind=kinds).filter(pl.col("status") == "overdue")
    for kind in KINDS:
        for one in late.filter(pl.col("kind") == kind).iter_rows(named=True):
            unit = "hour" if one["unit"] == "hours" else "working day"
            over = "" if one["over"] is None else count(one["over"], unit) if one["over"] else f"less than a {unit}"
            due = in_words(parse(one["due"])) if one["due"] else "not known to the day"
            yield Waiting(one["case_id"], title(audit, one["timer"]), kind, due, over)


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
    chosen = audit.library.chosen
    found = [
        Edition(
            name, titles.get(name) or name,
            "" if name not in since else "chosen for every day" if chosen else f"in force from {in_words(since[name])}"
            if since[name].year > 1 else "in force on every day", counted[name],
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
    return titled(audit.library, timer)


def titled(library: Library, timer: str) -> str:
    """The same by the library that declares it."""
    workflow, _, name = timer.partition(".")
    declared = library.anywhere(workflow)
    return f"{declared.title or workflow}: {declared.timers[name].title or name}"


def rules(audit: Audit) -> list[Rule]:
    """What every clock that occurs says under every edition that occurs, in the order in which a child meets them."""
    import polars as pl

    every = audit.deadlines.with_columns(setter=of_deadlines(audit)["setter"])
    said = every.group_by("timer", "guidance", "allowed", "unit", "basis", "setter", "cites").agg(n=pl.len())
    places = {timer: place for place, timer in enumerate(audit.timers)}
    editions = {"": -1, **{one.name: place for place, one in enumerate(audit.library.editions)}}
    found = [
        Rule(
            title(audit, timer), timer, guidance, "nothing" if allowed is None else _length(allowed, unit), basis, setter, cites, n
        ) for timer, guidance, allowed, unit, basis, setter, cites, n in said.iter_rows()
    ]  # fmt: skip
    return sorted(found, key=lambda one: (places[one.timer], editions.get(one.guidance, 99), one.allowed, one.cites))


def _length(allowed: int, unit: str) -> str:
    return f"{allowed} {unit[:-1] if allowed == 1 else unit}"
