"""Roles that a log calls by titles that no workflow knows, taken for those whose work they do."""

from __future__ import annotations

__all__ = ["with_known_roles"]

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from frontdoor.calibration.figures import named
from frontdoor.calibration.seen import Record
from frontdoor.workflow import Workflow


def with_known_roles(
    cases: Sequence[list[Record]], workflows: Mapping[str, Workflow]
) -> tuple[list[list[Record]], dict[str, tuple[tuple[str, ...], int]]]:
    """The same events, each by a role that some workflow knows; and of each title that none does the roles it was taken for,
    and how many events have it.

    A title that is a role's name but for capitals and spaces is that role. Else it is the role that may do most of what those
    of the title do in one team, or where none is named one by one; of several such the one that may do most under that title.
    """
    known = {role for one in workflows.values() for role in one.roles} | {"system"}
    odd = [one for records in cases for one in records if one.role and one.role not in known]
    if not odd:
        return list(cases), {}
    may = {f"{w.name}.{t}": w.who(move) for w in workflows.values() for t, move in w.transitions.items()}
    under: dict[str, Counter[str]] = defaultdict(Counter)
    of: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for one in odd:
        roles = [role for role in may[one.event] if role != "system"]
        under[one.role].update(roles)
        of[_who(one)].update(roles)
    taken = {
        (title, whose): named(title, "role")
        if named(title, "role") in known
        else max(sorted(counts), key=lambda role: (counts[role], under[title][role]), default="")
        for (title, whose), counts in ((who, of[who]) for who in dict.fromkeys(map(_who, odd)))
    }
    rows = Counter(one.role for one in odd)
    made = [
        [one if one.role in known or not one.role else one._replace(role=taken[_who(one)]) for one in records]
        for records in cases
    ]
    titles = {
        title: (tuple(sorted({role for (said, _), role in taken.items() if said == title and role})), n)
        for title, n in rows.items()
    }
    return made, titles


def _who(one: Record) -> tuple[str, str]:
    """Whose role it is: of a team as a whole, or of one person."""
    return one.role, f"team {one.team}" if one.team else one.actor
