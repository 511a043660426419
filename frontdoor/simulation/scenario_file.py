"""Reading a scenario from its TOML file: all that is wrong with it at once, each with its table and what to change.

title      = "One desk"
starts     = 2024-01-01
ends       = 2024-12-31                     # the last day, included
priorities = ["urgent", "routine"]          # the first goes first
demand     = 1.0                            # so many times as many come as is said below: 1.34 is a third more

[rotas.office]                              # when people work; what is not said is closed
weekdays = "09:00-12:30, 13:00-17:00"

[teams.desk]                                # who works
role    = "social_worker"                   # what they may do is the workflows' to say
rota    = "office"
staff   = 3
absence = 0.08                              # the share of their days on which they are away

[sources.police]                            # who tells us of children
per_year = 2_000
batch    = { 1 = 0.8, 5 = 0.2 }             # one in five times five come together
priority = { urgent = 0.1, routine = 0.9 }

[tasks.screen]                              # what there is to do
in     = ["contact.received"]               # it comes of a state; with `after`, of a transition
team   = "desk"
effort = { median = "30 minutes", ninetieth = "75 minutes" }
does   = { "contact.signpost" = 0.3, "contact.close" = 0.6, call = 0.1 }

[[tasks.screen.for]]                        # the first that fits says what is otherwise for these
priorities = ["urgent"]
effort     = "15 minutes"

[tasks.call]                                # neither in nor after: it comes of what names it
team   = "desk"
wait   = { from = "1 day", to = "3 days" }  # passes before it can be begun, and is nobody's work
effort = "20 minutes"
does   = { "contact.close" = 1.0 }

[policies.check]                            # at 16:00 what is due today goes to the front of its priority;
                                            # helped_by = { desk = "managers" }: and these take it over
"""

from __future__ import annotations

__all__ = ["is_scenario", "load_scenario", "scenario_of"]

import os
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from frontdoor import reading
from frontdoor.errors import Fault, InputError, UnknownWorkflow
from frontdoor.library import Library, survey
from frontdoor.simulation.lookup import Lookup, in_force
from frontdoor.simulation.scenario import FILLING, ROOM, Scenario
from frontdoor.simulation.scenario_changes import changed
from frontdoor.simulation.scenario_parts import policies_of, rota_of, source_of, task_of, team_of
from frontdoor.simulation.scenario_shape import SHAPE, length_of
from frontdoor.simulation.soundness import check
from frontdoor.simulation.tabulating import YEAR

_TABLES = {
    "rotas": "when people work",
    "teams": "who works",
    "sources": "who tells us of children",
    "tasks": "what there is to do",
}
_OTHERS = {
    "a workflow": {"initial", "opens_with", "roles", "states", "transitions", "timers"},
    "an edition of guidance": {"in_force_from", "amends"},
    "a mapping of columns": {"columns", "dates"},
    "a calendar": {"first", "last"},
    "a local file": {"workflows", "adopts", "closures", "authority", "departs", "removes"},
}
_MOST = {"rotas": 50, "teams": 50, "sources": 50, "tasks": 150, "priorities": 8}
_MOST_CONTACTS, _MOST_STAFF = 5_000_000, 10_000


_NO_TOML = "is not TOML, so it is no scenario."
_NAME_ONE = "Name one, which has [teams], [sources] and [tasks], like examples/barking_2015_16.toml."
_A_LOG = f"{_NAME_ONE[:-1]}; a log is judged by frontdoor audit."


def is_scenario(words: Mapping[str, Any] | frozenset[str]) -> bool:
    """Whether a TOML file that has these words outside of its tables is a scenario, or meant to be one."""
    return not {"rotas", "teams", "tasks", "policies", "starts", "ends", "warm_up", "known_by"}.isdisjoint(words)


def load_scenario(
    path: str | Path, *, changes: Mapping[str, Any] | None = None, workflows: str | None = None
) -> tuple[Scenario, Library]:
    """A scenario, and the workflows it runs on: those shipped, or of `workflows`, with its own local files laid over.

    `changes` are values by their place in the file ('teams.screeners.staff'), put there before it is read.

    Raises:
        InputError: it cannot be read, or something in it or in the files that it runs on is wrong; `.faults` says all of it.
    """
    file, faults = reading.read(Path(path), {"*": lambda value: None})
    if file is None:
        raise InputError(faults if _is_toml(path) else [Fault(faults[0].file, "", "not-a-scenario", _NO_TOML, _A_LOG)])
    other = next((kind for kind, words in _OTHERS.items() if words & set(file.tables)), None)
    if other and not is_scenario(file.tables):
        raise InputError([Fault(file.path, "", "not-a-scenario", f"is {other}, not a scenario.", _NAME_ONE)])
    tables = changed(file.tables, changes or {}, file.path)
    kept = reading.sifted(tables, SHAPE, "", file.path, [])
    beside = [os.path.join(Path(path).parent, name) for name in kept.get("local", ())]
    local = [near if os.path.isfile(near) else name for near, name in zip(beside, kept.get("local", ()), strict=True)]
    try:
        library, faults = survey(workflows, local=local, guidance=kept.get("guidance"))
    except UnknownWorkflow as unknown:
        library, faults = survey(workflows, local=local)
        faults.append(Fault(file.path, "guidance", "unknown-edition", str(unknown)))
    if library is None:
        raise InputError(faults)
    return _made(tables, library, file.path, faults), library


def _is_toml(path: str | Path) -> bool:
    """Whether a file that could not be read is meant to be TOML, by its name, or is none at all."""
    return Path(path).suffix.lower() in (".toml", "") or not os.path.isfile(path)


def scenario_of(tables: Mapping[str, Any], library: Library, shown: str = "the scenario") -> Scenario:
    """A scenario from the tables of its file.

    Raises:
        InputError: something in it is wrong; `.faults` says all of it.
    """
    return _made(tables, library, shown, [])


def _made(tables: Mapping[str, Any], library: Library, shown: str, faults: Sequence[Fault]) -> Scenario:
    found: list[Fault] = []
    said = reading.sifted(tables, SHAPE, "", shown, found)
    starts, ends = said.get("starts"), said.get("ends")
    editions = in_force(library, starts, ends)
    lookup = Lookup(library, editions, shown)
    lookup.faults += [*faults, *found]
    _dates(lookup, said)
    for name, why in _TABLES.items():
        if not said.get(name) and (name not in tables or tables[name] == {}):
            lookup.fault(
                name, "missing-key", f"a scenario needs {name}: {why}.", f"Say at least one, like [{name}.mine]."
            )
    for name, most in _MOST.items():
        if len(said.get(name, ())) > most:
            lookup.fault(name, "too-many", f"there are more than {most} {name}.")
    priorities = tuple(said.get("priorities", ("any",)))
    rotas, teams, sources, tasks = (said.get(name, {}) for name in _TABLES)
    demand = said.get("demand", 1.0)
    warm_up, known_by = length_of(said.get("warm_up")), tuple(said.get("known_by", ("referral.receive",)))
    scenario = Scenario(
        name=Path(shown).stem, title=said.get("title", Path(shown).stem), starts=starts or date.max, ends=ends or date.max,
        priorities=priorities,
        rotas={name: rota_of(lookup, name, one) for name, one in rotas.items()},
        teams={name: team_of(lookup, name, one, rotas) for name, one in teams.items()},
        sources={name: source_of(lookup, name, one, priorities, demand) for name, one in sources.items()},
        tasks={name: task_of(lookup, name, one, said, priorities) for name, one in tasks.items()},
        policies=policies_of(lookup, said.get("policies", {}), sources, teams), demand=demand,
        warm_up=round(warm_up[0] / 86_400) if warm_up else None, known_by=known_by, notes=_notes(said),
        cautions=tuple(said.get("cautions", ())),
    )  # fmt: skip
    for event in known_by if "known_by" in said else ():
        lookup.who("known_by", event)
    _size(lookup, scenario)
    if sources and tasks and teams:
        check(lookup, scenario, editions)
    if lookup.faults:
        raise InputError(lookup.faults)
    return scenario


def _dates(lookup: Lookup, said: Mapping[str, Any]) -> None:
    """That it has its days, in order, and bank holidays are known for all that the run may count with."""
    wrong = {fault.where for fault in lookup.faults}
    for name, like in (("starts", "its first day"), ("ends", "its last")):
        if name not in said and name not in wrong:
            lookup.fault(
                name, "missing-key", f"a scenario needs {name}, {like}.", f"Say {name} = 2024-01-01, without quotes."
            )
    starts, ends, calendar = said.get("starts"), said.get("ends"), lookup.library.calendar
    if starts and ends and ends < starts:
        lookup.fault("ends", "wrong-value", f"it ends on {ends}, before it starts on {starts}.", "Turn them round.")
    filling = length_of(said.get("warm_up"))
    before = timedelta(days=round(filling[0] / 86_400) if filling else FILLING)
    known = f"bank holidays are known from {calendar.first} to {calendar.last}"
    if starts and starts.toordinal() - before.days < date(calendar.first, 1, 1).toordinal():
        message = f"{known}, and the office fills for up to {before.days} days before {starts}."
        lookup.fault("starts", "unknown-holidays", message, "Let it start later.")
    for name, day in (("starts", starts), ("ends", ends)):
        if day and day.toordinal() + ROOM > date(calendar.last, 12, 31).toordinal():
            message = f"{known}, and {ROOM} days after {day} must be among them."
            lookup.fault(name, "unknown-holidays", message, "Let it be earlier.")


def _size(lookup: Lookup, scenario: Scenario) -> None:
    """That it is of a size that can be run."""
    days = (
        max(0, (scenario.ends - scenario.starts).days) + 1 + (FILLING if scenario.warm_up is None else scenario.warm_up)
    )
    contacts = sum(source.per_year for source in scenario.sources.values()) * days / YEAR
    if contacts > _MOST_CONTACTS:
        message = f"about {contacts:,.0f} contacts would come in its {days:,} days, its filling included; {_MOST_CONTACTS:,} can be run."
        lookup.fault("sources", "too-many", message, "Let fewer come, or let it end sooner.")
    staff = sum(team.staff for team in scenario.teams.values())
    if staff > _MOST_STAFF:
        lookup.fault("teams", "too-many", f"{staff:,} people work in it; {_MOST_STAFF:,} can be run.")


def _notes(said: Mapping[str, Any]) -> dict[str, str]:
    """Where its figures come from, by table; what is said of the whole by number. Of a policy that is off nothing is said."""
    kinds = (*_TABLES, "policies")
    tables = {
        f"{kind}.{name}": one for kind in kinds for name, one in said.get(kind, {}).items() if one.get("on", True)
    }
    items = {f"tasks.{name}.for[{i + 1}]": item for name, one in said.get("tasks", {}).items()
             for i, item in enumerate(one.get("for", ())) if isinstance(item.get("note"), str)}  # fmt: skip
    return {
        **{place: one["note"] for place, one in (tables | items).items() if "note" in one},
        **{str(i): note for i, note in enumerate(said.get("notes", ()))},
    }
