"""Moving flat event logs in and out of a log: facts of another system, looked at all at once before any is recorded.

What is imported is believed as an audit believes it: it has happened. Nothing is opened by it that its file does not have.
"""

from __future__ import annotations

__all__ = ["Import", "Problem", "bring_in", "look_over", "take_out", "without_barred"]

import gc
import hashlib
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import chain
from typing import IO, TYPE_CHECKING, NamedTuple

import attrs

from frontdoor.desk import entry as entries
from frontdoor.desk import recording
from frontdoor.desk.entry import LONGEST, Entry
from frontdoor.desk.folding import Times, times_of
from frontdoor.desk.known import Together, together
from frontdoor.event import Draft, Event, details_text, effective, is_given, is_own, stored
from frontdoor.formats.flat_csv import Writer
from frontdoor.formats.source import COLUMNS, DETAIL, Source, moment_between, plain
from frontdoor.kernel import FAULTS, RECORDED_LATE, SAME_PERSON, UNKNOWN
from frontdoor.log.shown import NO_KEY, NOT_GIVEN, Unreadable, agrees
from frontdoor.moment import Happened, bounds, instant, written
from frontdoor.rows import NEVER

if TYPE_CHECKING:
    import polars as pl

    from frontdoor.desk.desk import Desk
    from frontdoor.desk.pseudonyms import Pseudonyms

BATCH = 10_000
"""Events in one transaction, of whole cases: an import that is stopped goes on behind the last of them."""
_NEVER = SAME_PERSON | UNKNOWN
EVENT_ID = "event_id"
"""The column that an export has for the id of each event, by which it is known again when it is brought in."""


class Problem(NamedTuple):
    """What is wrong with a row of a file that is to be imported."""

    row: int
    rule: str
    message: str
    bars_facts: bool
    """Whether it cannot be imported even as something that has happened all the same."""

    def __str__(self) -> str:
        return f"row {self.row}: {self.rule}: {self.message}"


@attrs.frozen
class Import:
    """What an import would come to, or came to."""

    source: Source
    drafts: tuple[Draft, ...] = attrs.field(repr=False)
    """The events of the file that the log does not have: case by case, each in the order of the file."""
    rows: tuple[int, ...] = attrs.field(repr=False)
    """The row of each."""
    known: int
    """Events of the file that the log has already."""
    problems: tuple[Problem, ...]
    """Of every row, the rejected ones included, in order."""
    batches: tuple[Together, ...] = attrs.field(repr=False)
    """The same events, some whole cases at a time, folded among what the log has of those."""
    recorded: int = 0
    """Events that were recorded."""
    left_out: tuple[int, ...] = ()
    """The rows that were left out because they cannot be recorded at all."""


@contextmanager
def _collecting_nothing() -> Iterator[None]:
    """Meanwhile no garbage is looked for: what an import makes lives until its end, and to go through it again and again
    would take a quarter of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@_collecting_nothing()
def look_over(desk: Desk, source: Source) -> Import:
    """What importing a source would come to; nothing is written.

    Every event has an id: its own (a column `event_id`), else one made of what it says, and of which among those that say
    the same it is; so the same file twice adds nothing.
    """
    problems = [Problem(one.row, "rejected", f"{one.column} {one.reason}".strip(), True) for one in source.rejected]
    now = desk.clock.now()
    doubtful = _doubtful(source, now)
    new: dict[str, list[_Fact]] = {}
    ids: dict[str, int] = {}
    for fact in _facts(source):
        draft, row, _ = fact
        if draft.event_id in ids:
            problems.append(Problem(row, "doubled", f"has the event id of row {ids[draft.event_id]}.", True))
            continue
        ids[draft.event_id] = row
        new.setdefault(draft.case_id, []).append(fact)
    there = desk.log.found(ids)
    known = 0
    fresh: list[_Fact] = []
    for fact in chain.from_iterable(new.values()):
        draft, row, _ = fact
        if draft.event_id in there:
            known += 1
            if not any(agrees(_said(draft), kept) for kept in _versions(desk, there[draft.event_id])):
                said = f"the log has the event id {draft.event_id} with other content."
                problems.append(Problem(row, "conflict", said, True))
        else:
            problems += _wrong(draft, row, now) if row in doubtful else ()
            fresh.append(fact)
    return _folded(desk, source, fresh, known, problems)


@_collecting_nothing()
def without_barred(desk: Desk, looked: Import) -> Import:
    """What importing comes to without the rows that cannot be recorded at all, nor those that cannot once these are gone; nothing
    is written. Their problems are still told."""
    left: set[int] = set()
    while barred := {problem.row for problem in looked.problems if problem.bars_facts} - left:
        left |= barred
        kept = [
            _Fact(draft, row, times_of(draft))
            for draft, row in zip(looked.drafts, looked.rows, strict=True)
            if row not in left
        ]
        gone = [problem for problem in looked.problems if problem.row in left]
        looked = _folded(desk, looked.source, kept, looked.known, gone)
    return attrs.evolve(looked, left_out=tuple(sorted(left)))


@_collecting_nothing()
def bring_in(
    desk: Desk, looked: Import, *, actor: str, role: str, despite: str | None = None, leave_out: bool = False,
    progress: Callable[[int], object] = lambda done: None,
) -> Import:  # fmt: skip
    """Record what was looked over, some thousand events at a time, and then, as an event of the desk's own, that it was.

    Nothing is recorded if there is any problem; but with `despite`, what has happened is recorded although something speaks
    against it, and with `leave_out` the rows that cannot be recorded at all are left out.
    """
    if leave_out and not looked.left_out:
        looked = without_barred(desk, looked)
    barred = {problem.row for problem in looked.problems if problem.bars_facts}
    faulty = {problem.row for problem in looked.problems if not problem.bars_facts}
    if (barred and not leave_out) or (faulty and despite is None):
        return looked
    rows = iter(looked.rows)
    recorded = 0
    for batch in looked.batches:
        new = tuple(
            attrs.evolve(draft, details={**draft.details, "despite": despite}) if row in faulty else draft
            for draft, row in zip(batch.new, rows, strict=False)
        )
        with desk.session(batch.heads) as session:
            recorded += session.believe(attrs.evolve(batch, new=new))
        progress(recorded)
    if recorded:
        with desk.session([""]) as session:
            details = {"source": looked.source.name, "events": recorded, "left_out": len(looked.left_out)}
            session.note("", [
                Draft("", "desk.imported", session.now, session.now, actor, role, "", "", details, str(uuid.uuid4()))
            ])  # fmt: skip
    return attrs.evolve(looked, recorded=recorded)


def _folded(desk: Desk, source: Source, fresh: Sequence[_Fact], known: int, problems: Sequence[Problem]) -> Import:
    """What importing these events with their rows would come to, some problems being known already."""
    batches = []
    # What was recorded despite something elsewhere says so itself.
    excused = {fact.row for fact in fresh if is_given(fact.draft.details.get("despite"))}
    found = list(problems)
    for some in _batches(fresh):
        drafts, rows, times = zip(*some, strict=True)
        batch = together(drafts, desk.log, desk.known, lambda: desk.rulebook, times)
        faults = _faults(batch, rows)
        found += [problem for problem in faults if problem.bars_facts or problem.row not in excused]
        batches.append(batch)
    drafts, rows = tuple(fact.draft for fact in fresh), tuple(fact.row for fact in fresh)
    return Import(source, drafts, rows, known, tuple(sorted(found)), tuple(batches))


def take_out(
    desk: Desk,
    out: IO[str],
    *,
    pseudonyms: Pseudonyms | None = None,
    notice: Callable[[Event], None] = lambda fact: None,
) -> int:
    """Write the facts of a log, as they stand, as a flat event log with their details and ids, under `pseudonyms` if there are
    any; how many there are. `notice` is given each as it is written.

    Corrected events are written as corrected, those struck out are not, and neither is what the desk noticed itself.
    """
    said_as: Callable[[Event], Event] = pseudonyms.fact if pseudonyms else _as_it_is
    facts = (said_as(event) for event in desk.log.follow() if not event.is_own)
    names = sorted({name for fact in facts for name in fact.details} - {EVENT_ID})
    writer = Writer(out)
    writer.writerow([*COLUMNS, *(name for name in names if name not in COLUMNS), EVENT_ID])
    count = 0
    for case_id in desk.log.cases():
        for fact in map(said_as, effective(desk.log.events(case_id))):
            said = {name: _text(value) for name, value in fact.details.items()}
            said |= {
                "case_id": fact.case_id, "event": fact.event, "happened_at": written(fact.happened_at),
                "recorded_at": written(fact.recorded_at), "actor": fact.actor, "role": fact.role, "episode": fact.episode,
                "family": fact.family,
            }  # fmt: skip
            cells = [said.get(name, "") for name in (*COLUMNS, *(name for name in names if name not in COLUMNS))]
            writer.writerow([*cells, fact.event_id])
            notice(fact)
            count += 1
    return count


def _as_it_is(fact: Event) -> Event:
    return fact


def _text(value: object) -> str:
    return "" if value is None else value if isinstance(value, str) else details_text(value)


class _Fact(NamedTuple):
    """An event of a source, and the row and the times of it."""

    draft: Draft
    row: int
    times: Times


def _facts(source: Source) -> Iterator[_Fact]:
    """The events of a source; the desk's own are left out, for a desk raises them anew."""
    import polars as pl

    own = [name for name in source.events["event"].unique() if is_own(name)]
    seen: dict[str, int] = {}
    for some in map(plain, source.events.filter(~pl.col("event").is_in(own)).iter_slices(_SLICE)):
        columns = {name: some[name].to_list() for name in (*_CELLS, *_SPANS, "position")}
        cells, spans = (zip(*(columns[name] for name in names), strict=True) for names in (_CELLS, _SPANS))
        details = _details(some, source.details)
        for row, texts, span, said, content in zip(
            columns["position"], cells, spans, details, _contents(some, source.details), strict=True
        ):
            first, last, day, last_day, typed_from, typed_to, typed_day = span
            id_ = said.pop(EVENT_ID, "")
            if id_:
                id_ = entries.normal_id(id_) or id_
            else:
                nth = seen[content] = seen.get(content, 0) + 1
                digits = hashlib.sha256(f"{nth}\0{content}".encode()).hexdigest()
                # a UUID, version 5
                id_ = f"{digits[:8]}-{digits[8:12]}-5{digits[12:15]}-8{digits[15:18]}-{digits[18:30]}"
            happened = moment_between(first, last, day, last_day)
            typed: Happened | None = None
            if typed_day is None:
                typed_day = NEVER
            else:
                typed = moment_between(typed_from, typed_to, typed_day, typed_day)
            case_id, event, actor, role, episode, family = texts
            draft = Draft(case_id, event, happened, typed, actor, role, episode, family, said, id_)
            yield _Fact(draft, row, (first, last, day, last_day, typed_day))


def _details(events: pl.DataFrame, names: Sequence[str]) -> list[dict[str, str]]:
    """Of each event, those details that say anything."""
    details: list[dict[str, str]] = [{} for _ in range(events.height)]
    for name in names:
        texts = events[DETAIL + name]
        there = (texts != "").arg_true()
        for place, text in zip(there.to_list(), texts.gather(there).to_list(), strict=True):
            details[place][name] = text
    return details


def _contents(events: pl.DataFrame, names: Sequence[str]) -> list[str]:
    """All that each event says, from which its id is made where it has none: each text and, in the order of their names,
    each detail with its name, parted by NUL."""
    import polars as pl

    instants = (pl.col(name).cast(pl.String).fill_null("None") for name in _INSTANTS)
    said = [pl.col(_CELLS), pl.concat_str(instants, separator="/")]
    details = (
        pl.when(pl.col(DETAIL + name) == "")
        .then(pl.lit(""))
        .otherwise(pl.concat_str(pl.lit(f"\0{name}\0"), pl.col(DETAIL + name)))
        for name in sorted(names)
        if name != EVENT_ID
    )
    return events.select(pl.concat_str(pl.concat_str(said, separator="\0"), *details)).to_series().to_list()


_SLICE = 50_000
"""Rows of a source that are taken out of its columns at a time."""
_CELLS = ("case_id", "event", "actor", "role", "episode", "family")
_SPANS = ("happened_from", "happened_to", "day", "last_day", "recorded_from", "recorded_to", "recorded_day")
_INSTANTS = ("happened_from", "happened_to", "recorded_from", "recorded_to")


_MUCH = 100_000
"""Bytes of details from which on they may be too many."""


def _doubtful(source: Source, now: datetime) -> set[int]:
    """The rows in which something may bar an event from a log, found by whole columns: each of them is looked at closely."""
    import polars as pl

    texts = pl.col("case_id", "event", "actor", "role", "episode", "family")
    details = [pl.col(DETAIL + name) for name in source.details]
    odd = [
        texts.str.len_bytes() > LONGEST,
        texts.str.contains(r"[\x00-\x1f\x7f]"),
        texts.str.contains(entries.UNSEEN),
        *(detail.is_in([NOT_GIVEN, NO_KEY]) for detail in details),
        pl.col("case_id", "event").str.strip_chars() == "",
        pl.col("happened_from", "recorded_from") > instant(now),
        *(detail.str.contains("\0", literal=True) for detail in details),
        pl.sum_horizontal(pl.lit(0), *(detail.str.len_bytes() for detail in details)) > _MUCH,
        *(
            detail != ""
            for name, detail in zip(source.details, details, strict=True)
            if name == EVENT_ID or not name.strip()
        ),
    ]
    return set(plain(source.events).filter(pl.any_horizontal(*odd))["position"])


def _versions(desk: Desk, event: Event) -> list[dict[str, object]]:
    """What an event in the log says, as it was recorded and as it now stands."""
    now = (fact for fact in desk.known(event.case_id).facts if fact.event_id == event.event_id)
    return [_said(event), *map(_said, now)]


def _said(event: Draft) -> dict[str, object]:
    said = {
        name: value if isinstance(value, Unreadable) else _text(value).strip()
        for name, value in event.details.items()
        if name != "despite" and _text(value).strip()
    }
    whose = {"case_id": event.case_id, "actor": event.actor, "role": event.role}
    return {**whose, "event": event.event, "happened_at": stored(event.happened_at), "details": said}


def _wrong(draft: Draft, row: int, now: datetime) -> Iterator[Problem]:
    asked = Entry(
        draft.case_id, draft.event, actor=draft.actor, role=draft.role, details=draft.details, episode=draft.episode or None,
        family=draft.family or None, event_id=draft.event_id,
    )  # fmt: skip
    for reason in entries.ready(asked)[1]:
        if reason.bars_facts:
            yield Problem(row, reason.rule, reason.message, True)
    if lost := [name for name, value in draft.details.items() if value in (NOT_GIVEN, NO_KEY)]:
        said = f"the words of {' and '.join(lost[:3])} were sealed when this was written: write it anew with the keys of its log."
        yield Problem(row, "sealed", said, True)
    for what, moment in (("happened", draft.happened_at), ("was recorded", draft.recorded_at)):
        if moment is not None and bounds(moment)[0] > instant(now):
            said = f"{draft.event} {what} at {written(moment)}, later than the desk's clock, at {written(now)}."
            yield Problem(row, "out-of-order", said, True)


def _batches(facts: Sequence[_Fact]) -> Iterator[Sequence[_Fact]]:
    """Facts that stand case by case, in batches of whole cases."""
    start = 0
    while start < len(facts):
        end = start + BATCH
        while end < len(facts) and facts[end].draft.case_id == facts[end - 1].draft.case_id:
            end += 1
        yield facts[start:end]
        start = end


def _faults(batch: Together, rows: Sequence[int]) -> Iterator[Problem]:
    """What an audit would find in the new events of some cases, beside those that the log has."""
    folding, first = batch.folding, batch.first
    before = [one.folding.faults(place) for one in batch.known for place in range(len(one.facts))]
    row_of = {draft.case_id: row for draft, row in zip(reversed(batch.new), reversed(rows), strict=True)}
    for place in range(first + len(rows)):
        new = place >= first
        faults = folding.faults(place) & ~RECORDED_LATE & ~(0 if new else before[place])
        for bit, rule in enumerate(FAULTS) if faults else ():
            if faults >> bit & 1:
                said, fact = recording.fault_sentence(folding, place, rule), folding.rows[folding.row_of[place]]
                if not new:
                    said = f"{fact.event} of {written(fact.happened_at)}, recorded already, would become {rule}: {said}"
                row = rows[place - first] if new else row_of[fact.case_id]
                yield Problem(row, rule, said, bool((1 << bit) & _NEVER))
