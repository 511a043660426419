"""Where two sources say different things of one fact."""

from __future__ import annotations

__all__ = ["Contradiction", "contradictions"]

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from frontdoor.formats.dated import OPEN
from frontdoor.formats.matching.flows import Flows
from frontdoor.formats.matching.merging import Merged, one_of
from frontdoor.formats.source import Finding, happened_at
from frontdoor.moment import Happened, Span, bounds, written


class Contradiction(NamedTuple):
    """Two sources say different things of one fact."""

    case_id: str
    episode: str
    event: str
    about: str
    """'happened_at', 'event' (an episode ended otherwise, or before what another says of it), 'actor', 'role', or the name of a detail."""
    believed: str
    """The source that was named first."""
    says: str
    other: str
    says_otherwise: str
    position: int
    """Of the other's row."""


_Row = Mapping[str, Any]


def contradictions(merged: Merged, flows: Flows) -> tuple[list[Contradiction], list[Finding]]:
    """Every contradiction, and a finding `sources-differ` for each row that contradicts."""
    differing: dict[int, list[tuple[str, str, str]]] = defaultdict(list)
    for _, row, column, says, otherwise in merged.differing.iter_rows():
        differing[row].append((column, says, otherwise))
    about = {*merged.apart["fact"], *merged.differing["fact"]}
    facts = {row["fact"]: row for row in merged.facts.filter(one_of("fact", about)).iter_rows(named=True)}
    found: list[Contradiction] = []
    findings = []
    for row in merged.apart.iter_rows(named=True):
        what, differs = _apart(merged, flows, facts[row["fact"]], row)
        found += _pairs(merged, facts[row["fact"]], row, differs)
        findings.append(_finding(merged, facts[row["fact"]], row, what))
    for row in merged.told.filter(one_of("row", differing)).iter_rows(named=True):
        fact, differs = facts[row["fact"]], differing[row["row"]]
        what = ", ".join(f"{column} {says!r} and {otherwise!r}" for column, says, otherwise in differs)
        found += _pairs(merged, fact, row, differs)
        findings.append(_finding(
            merged, fact, row,
            f"{_where(merged, fact)} and {_where(merged, row)} tell of the same {row['event']} and differ: {what}. "
            "What was said first is believed.",
        ))  # fmt: skip
    return found, findings


def _apart(merged: Merged, flows: Flows, fact: _Row, row: _Row) -> tuple[str, list[tuple[str, str, str]]]:
    """A row that cannot be the moment, or the ending, that an earlier source tells of: a sentence, and what differs."""
    here, there = _where(merged, fact), _where(merged, row)
    first, other = merged.names[fact["source"]], merged.names[row["source"]]
    says, otherwise = written(happened_at(fact)), written(happened_at(row))
    on, its = _on(happened_at(fact)), _on(happened_at(row))
    what = f"{here} says that {fact['event']} happened {on}, {there} {its}"
    about = "happened_at"
    if fact["event"] != row["event"]:
        about, says, otherwise = "event", fact["event"], row["event"]
        here_ended, there_ended = (flows.of(event).ends(event) for event in (says, otherwise))
        ended, happened = "that the episode ended with {} {}", "that {} happened {}"
        what = (
            f"{here} says {(ended if here_ended else happened).format(says, on)}, "
            f"{there} {(ended if there_ended else happened).format(otherwise, its)}"
        )
        if here_ended and there_ended and fact["day"] == row["day"]:
            what = f"{here} says that the episode ended with {says}, {there} with {otherwise}"
    believed = f"{first}, named first, is believed, and what {other} says is left out of what is judged."
    return f"{what}: {believed}", [(about, says, otherwise)]


def _on(when: Happened) -> str:
    return f"on or after {when.first}" if isinstance(when, Span) and when.last >= OPEN else f"on {written(when)}"


def _where(merged: Merged, row: _Row) -> str:
    return merged.where(row["source"], row.get("own", row["position"]))


def _pairs(merged: Merged, fact: _Row, row: _Row, differs: Sequence[tuple[str, str, str]]) -> list[Contradiction]:
    child, names = merged.children.names[row["child"]], merged.names
    return [
        Contradiction(
            child, fact["label"], row["event"], about, names[fact["source"]], says, names[row["source"]], otherwise, row["new"]
        )
        for about, says, otherwise in differs
    ]  # fmt: skip


def _finding(merged: Merged, fact: _Row, row: _Row, message: str) -> Finding:
    """One dated by the earlier of the two, so that an audit as at a moment between them tells it, too."""
    child = merged.children.names[row["child"]]
    happened = min((happened_at(one) for one in (row, fact)), key=lambda when: bounds(when)[0])
    return Finding(row["new"], child, row["label"], row["event"], happened, "sources-differ", "warning", message)
