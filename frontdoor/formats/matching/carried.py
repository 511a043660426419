"""What the sources say besides their events, carried over: what their own rules found, due dates they state, what could not be
read. Each names its file; what two say alike is there once."""

from __future__ import annotations

__all__ = ["claims", "findings", "rejected"]

from frontdoor.formats.matching.merging import Merged, one_of
from frontdoor.formats.source import Claim, Finding, Rejected


def findings(merged: Merged) -> list[Finding]:
    """What the sources' own rules found, at the place of the fact that it is about."""
    asked = {(n, one.position) for n, source in enumerate(merged.sources) for one in source.findings}
    places, labels = _places(merged, asked), _labels(merged)
    found: list[Finding] = []
    known: set[Finding] = set()
    for n, (name, source) in enumerate(zip(merged.names, merged.sources, strict=True)):
        here = set()
        for one in source.findings:
            child = merged.children.numbers[n].get(one.case_id)
            case_id = one.case_id if child is None else merged.children.names[child]
            position = places.get((n, one.position), merged.position(n, one.position))
            label = labels.get((n, child, one.event.partition(".")[0], one.episode), one.episode)
            alike = one._replace(position=0, case_id=case_id, episode=label)
            here.add(alike)
            if alike not in known:
                found.append(alike._replace(position=position, message=f"{name}: {one.message}"))
        known |= here
    return found


def claims(merged: Merged) -> list[Claim]:
    """The due dates that sources state, each about the fact that its row tells of."""
    asked = {(n, one.position) for n, source in enumerate(merged.sources) for one in source.claims}
    places = _places(merged, asked)
    found = [
        one._replace(position=places.get((n, one.position), merged.position(n, one.position)))
        for n, source in enumerate(merged.sources) for one in source.claims
    ]  # fmt: skip
    return list(dict.fromkeys(found))


def rejected(merged: Merged) -> list[Rejected]:
    """The rows that could not be read."""
    return [
        one._replace(row=merged.position(n, one.row), reason=f"in {name}, row {one.row}: {one.reason}")
        for n, (name, source) in enumerate(zip(merged.names, merged.sources, strict=True))
        for one in source.rejected
    ]


def _places(merged: Merged, asked: set[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """The position of the fact that a row of a source, by its position there, tells of."""
    if not asked:
        return {}
    rows = merged.all_told.filter(one_of("position", {place for _, place in asked}))
    rows = rows.join(merged.facts.select("fact", stands="position"), on="fact", how="left")
    return {(source, own): stands for source, own, stands in rows.select("source", "position", "stands").iter_rows()}


def _labels(merged: Merged) -> dict[tuple[int, int | None, str, str], str]:
    """By source, child, workflow and the label that the source gives an episode the one that it has here, where another."""
    import polars as pl

    rows = merged.all_told.filter((pl.col("episode") != pl.col("label")) & (pl.col("episode") != ""))
    names = rows.select("source", "child", pl.col("event").str.split(".").list.first(), "episode", "label").unique()
    return {(source, child, workflow, own): label for source, child, workflow, own, label in names.iter_rows()}
