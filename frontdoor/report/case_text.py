"""A case for people: its episodes, the whole timeline, deadlines, breaches, findings, and what may be done next."""

from __future__ import annotations

__all__ = ["allowed_rows", "following", "lines", "standing"]

from collections.abc import Iterable, Iterator, Sequence

from frontdoor.case import Breach, Case
from frontdoor.errors import Allowed
from frontdoor.event import Event
from frontdoor.library import Library
from frontdoor.report.layout import plain, rows
from frontdoor.report.timeline import LATE, timeline
from frontdoor.report.words import all_of, by_whom, count, due_on, how_late, left, when
from frontdoor.working_days import Calendar


def lines(
    case: Case, *, library: Library, allowed: Sequence[Allowed] | None = None, ids: bool = False, now: bool = False
) -> Iterator[str]:
    """A case in lines; `ids` names each event's; `now` says that it is as at now, so that nothing in it should be dated later.
    `allowed` is None where what may be done next is not asked."""
    families = dict.fromkeys(fact.family for fact in case.facts if fact.family)
    of = f", family {', '.join(families)}" if families else ""
    yield plain(f"{case.case_id}{of}: version {case.version}, as at {when(case.as_at)}")
    if now:
        yield from _dated_later(case.dated_later)
    yield from _episodes(case)
    yield ""
    yield "Timeline, in the order things happened"
    yield from rows([
        (when(line.event.happened_at), line.event.episode or "-", line.text + (f"\nevent {line.event.event_id}" if ids else ""))
        for line in timeline(case)
    ])  # fmt: skip
    yield from _deadlines(case, library.calendar)
    yield from _findings(case)
    if allowed is not None:
        yield ""
        yield "What may be done next" if allowed else "Nothing may be done next."
        yield from allowed_rows(allowed, library)


def following(events: Iterable[Event]) -> Iterator[str]:
    """What came about by an event, a sentence each: what it opened, the breaches that it withdrew or raised anew."""
    for event in events:
        if event.name == "breach_raised":
            yield f"The breach of {event.details['timer']} is raised."
        elif event.name == "breach_withdrawn":
            yield f"The breach of {event.details['timer']} is withdrawn: {event.details['why']}."
        elif event.name == "corrected":
            yield f"With it {event.details['corrects']} is corrected ({event.episode})."
        else:
            yield f"It opened {event.episode} ({event.event})."


def standing(case: Case, calendar: Calendar) -> Iterator[str]:
    """Where a case stands and what is due next, in a sentence each."""
    open_ = [f"{one.name} is at {one.title!r}" for one in case.open]
    yield plain(f"{case.case_id} is at version {case.version}; {all_of(open_) if open_ else 'nothing is open in it'}.")
    following = [f"{one.timer}, {left(one, case.as_at, calendar)} ({due_on(one.due)})" for one in case.running[:3]]
    more = len(case.running) - len(following)
    if following:
        yield f"Due next: {'; '.join(following)}{f'; and {more} more' if more else ''}."


def allowed_rows(allowed: Sequence[Allowed], library: Library) -> Iterator[str]:
    """What may be done: the event, in which episode, by whom, needing what."""
    if not allowed:
        return
    table = [("event", "in", "by", "needing")]
    for one in allowed:
        by = by_whom(one.by, one.event, library) + (f", but not {one.not_by}" if one.not_by else "")
        opens = f", opens {one.opens}" if one.opens else ""
        table.append((f"{one.event}{opens}", one.episode or "a new one", by, ", ".join(one.needs) or "-"))
    yield from rows(table)


def _dated_later(events: Sequence[Event]) -> Iterator[str]:
    if events:
        one = len(events) == 1
        yield f"{count(len(events), 'event')} of it {'is' if one else 'are'} dated later than now, and not in what follows:"
        yield from rows(
            [(when(one.happened_at), f"{one.event} of {one.case_id}, event {one.event_id}") for one in events]
        )
        yield "If that is wrong, correct it: frontdoor correct LOG EVENT_ID --at T, with why and by whom."


def _episodes(case: Case) -> Iterator[str]:
    yield ""
    yield "Episodes"
    yield from rows([
        (one.name, f"{one.declaration.title or one.workflow}: {one.title}{'' if one.is_open else ' (ended)'}",
         f"since {when(one.changed_at)}", one.guidance or "before the first edition")
        for one in case.episodes
    ])  # fmt: skip


def _deadlines(case: Case, calendar: Calendar) -> Iterator[str]:
    yield ""
    yield "Deadlines" if case.deadlines else "No deadlines."
    stopped = [one for one in case.deadlines if not one.is_running]
    yield from rows([
        (one.timer, one.episode, due_on(one.due), left(one, case.as_at, calendar))
        for one in (*case.running, *stopped)
    ])  # fmt: skip
    if case.breaches:
        yield ""
        yield f"Breaches ({sum(one.stands for one in case.breaches)} of {len(case.breaches)} stand)"
        yield from rows([
            (one.timer, one.episode, due_on(one.due), _breach(one, calendar)) for one in case.breaches
        ])  # fmt: skip


def _breach(one: Breach, calendar: Calendar) -> str:
    found = f"detected {when(one.detected_at)}, {how_late(one, calendar)}"
    return found if one.withdrawn_at is None else f"{found}\nwithdrawn {when(one.withdrawn_at)}: {one.why}"


def _findings(case: Case) -> Iterator[str]:
    findings = [finding for finding in case.findings if finding.rule != LATE]
    if not findings:
        return
    events = {event.event_id: event for event in case.events}
    yield ""
    yield "Findings in what was recorded all the same"
    yield from rows([(one.rule, events[one.event_id].event, one.message) for one in findings])
