"""All that a log holds about one case, for whoever it is about to have: a page to read, and the same for a program.

A person looks through it before it is handed over: what is about somebody else, and what must not be told, no program knows.
"""

from __future__ import annotations

__all__ = ["NOTE", "held", "page", "sealed"]

import re
from collections.abc import Mapping
from typing import Any

import attrs

from frontdoor.case import Case
from frontdoor.desk import Desk
from frontdoor.event import Event
from frontdoor.log.shown import NO_KEY, NOT_GIVEN, Unreadable
from frontdoor.moment import written
from frontdoor.report.objects import case_object, event_object
from frontdoor.report.timeline import timeline
from frontdoor.report.words import due_on, how_late, left, when

NOTE = (
    "Before this is handed over a person must read all of it, and take out what is about somebody else (siblings, parents, whoever "
    "told of a worry) and what the law says must not be told. No program has done that."
)
"""What stands at the head of it."""
_WORKER = "worker"
"""The detail that names one."""


def held(desk: Desk, case_id: str, *, workers: bool = True) -> dict[str, Any]:
    """Everything in the log about a case, as plain values: each event as it was recorded, the case as it stands now, and the daily
    checks that named it. Without `workers`, 'worker 1' stands for each name of one, wherever it stands alone.

    Raises:
        UnknownCase: nothing is recorded of it.
    """
    case, checks = _of(desk, case_id, workers=workers)
    return {
        "note": NOTE, "log": desk.log.log_id, "case_id": case_id, "as_at": written(case.as_at), "workers_named": workers,
        "recorded": [event_object(event) for event in case.events],
        "stands": case_object(case, calendar=desk.library.calendar),
        "named_in_checks": checks,
    }  # fmt: skip


def sealed(desk: Desk, case_id: str) -> int:
    """How many events of a case have words that keys would open which were not given; those that were destroyed nobody opens."""
    unread = (NOT_GIVEN, NO_KEY)
    return sum(
        any(isinstance(value, Unreadable) and str(value) in unread for value in event.details.values())
        for event in desk.log.events(case_id)
    )


def page(desk: Desk, case_id: str, *, workers: bool = True) -> str:
    """The same as a page that needs nothing else.

    Raises:
        UnknownCase: nothing is recorded of it.
        MissingExtra: jinja2 is not installed.
    """
    from frontdoor.report.html.pages import rendered

    case, checks = _of(desk, case_id, workers=workers)
    calendar = desk.library.calendar
    families = list(dict.fromkeys(event.family for event in case.events if event.family))
    tables = [
        ("episodes", "What was done", ("Episode", "What it is", "Where it stands", "Since", "Judged by"), [
            (one.name, one.declaration.title or one.workflow, one.title, when(one.changed_at), one.guidance or "no edition")
            for one in case.episodes
        ]),
        ("timeline", "What happened, in that order, as it is known now", ("Happened", "Episode", "What"), [
            (when(line.event.happened_at), line.event.episode, line.text) for line in timeline(case)
        ]),
        ("deadlines", "Deadlines", ("Clock", "Episode", "Due", "How it was kept"), [
            (one.title or one.timer, one.episode, due_on(one.due), left(one, case.as_at, calendar)) for one in case.deadlines
        ]),
        ("breaches", "Deadlines that were found to have passed", ("Clock", "Due", "Found", "How late", "Withdrawn"), [
            (one.title or one.timer, due_on(one.due), when(one.detected_at), how_late(one, calendar),
             f"{when(one.withdrawn_at)}: {one.why}" if one.withdrawn_at else "")
            for one in case.breaches
        ]),
        ("findings", "What was recorded although something spoke against it", ("Rule", "What"), [
            (one.rule, one.message) for one in case.findings
        ]),
        ("recorded", "Everything that was recorded, in the order it was", ("Number", "Recorded", "What", "Happened", "By", "Details"), [
            (str(event.position), when(event.recorded_at) or "not known", event.event, when(event.happened_at), _who(event),
             _details(event.details))
            for event in case.events
        ]),
        ("checks", "Daily checks that named it", ("Made", "By", "What was outstanding"), [
            (one["made_at"], one["by"], "\n".join(f"{row['timer']}: {row['status']}, due {row['due']}" for row in one["outstanding"]))
            for one in checks
        ]),
    ]  # fmt: skip
    return rendered(
        "held.html.jinja", case_id=case_id, as_at=when(case.as_at), families=families, note=NOTE, workers=workers,
        tables=[one for one in tables if one[3]], events=len(case.events),
    )  # fmt: skip


def _of(desk: Desk, case_id: str, *, workers: bool) -> tuple[Case, list[dict[str, Any]]]:
    """The case, and what the daily checks said of it."""
    case = desk.case(case_id)
    checks = [event for event in desk.log.events("") if _outstanding(event, case_id)]
    names: dict[str, str] = {}
    if not workers:
        spoken = [actor for event in (*case.events, *case.facts, *checks) for actor in _actors(event)]
        names = {name: f"worker {number}" for number, name in enumerate(dict.fromkeys(filter(None, spoken)), start=1)}
        case = attrs.evolve(
            case,
            events=tuple(_without(event, names) for event in case.events),
            facts=tuple(_without(event, names) for event in case.facts),
            findings=tuple(one._replace(message=_said(one.message, names)) for one in case.findings),
        )
    said = [
        {"made_at": written(event.recorded_at), "by": names.get(event.actor, event.actor), "role": event.role,
         "outstanding": _outstanding(event, case_id)}
        for event in checks
    ]  # fmt: skip
    return case, said


def _outstanding(event: Event, case_id: str) -> list[dict[str, Any]]:
    """What a daily check listed of a case."""
    rows = event.details.get("outstanding")
    return [row for row in rows if row.get("case_id") == case_id] if isinstance(rows, list) else []


def _actors(event: Event) -> list[str]:
    """The workers that an event names in their own fields."""
    becomes = event.details.get("becomes") if event.name == "corrected" else None
    return [event.actor, *([becomes["actor"]] if becomes and "actor" in becomes else [])]


def _without(event: Event, names: Mapping[str, str]) -> Event:
    """An event with something else in the place of workers' names."""
    details = _replaced(event.details, names)
    if event.name == "corrected" and details["becomes"]:
        becomes = dict(details["becomes"])
        if "details" in becomes:
            becomes["details"] = _replaced(becomes["details"], names)
        details["becomes"] = _replaced(becomes, names)
    return attrs.evolve(event, actor=names.get(event.actor, event.actor), details=details)


def _replaced(said: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    shown = {name: _in_place(value, names) for name, value in said.items()}
    if isinstance(worker := shown.get(_WORKER), str) and worker == said[_WORKER] and worker.strip():
        shown[_WORKER] = "a worker"
    return shown


def _in_place(value: Any, names: Mapping[str, str]) -> Any:
    """A value with something else for each text in it, however deep, that is the name of a worker."""
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, Mapping):
        return {name: _in_place(part, names) for name, part in value.items()}
    return [_in_place(part, names) for part in value] if isinstance(value, (list, tuple)) else value


def _said(message: str, names: Mapping[str, str]) -> str:
    for name in sorted(names, key=len, reverse=True):
        message = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", names[name], message)
    return message


def _who(event: Event) -> str:
    return f"{event.actor} ({event.role})" if event.actor else event.role


def _details(details: Mapping[str, Any]) -> str:
    from frontdoor.event import details_text

    return "\n".join(
        f"{name}: {value if isinstance(value, str) else details_text(value)}" for name, value in details.items()
    )
