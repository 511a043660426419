"""The open caseload of a replayed log, for a simulation to begin with."""

from __future__ import annotations

__all__ = ["caseload_of"]

from collections.abc import Iterable
from typing import TYPE_CHECKING

from frontdoor.errors import Fault, InputError
from frontdoor.formats.source import DETAIL
from frontdoor.moment import bounds
from frontdoor.replay.audit import Audit
from frontdoor.simulation.caseload import Caseload
from frontdoor.verdict import table_of

if TYPE_CHECKING:
    import polars as pl

_SECOND, _YEAR, _RECENT = 1_000_000, 365 * 86_400, 120 * 86_400
_AS_THEY_ARE = ("transition", "earliest", "day", "role", "bound")
_NOBODY = 1 << 20
"""Who acted before is numbered from here, apart from the workers of a scenario."""


def caseload_of(audit: Audit, referred_by: tuple[str, ...] = ("referral.receive",)) -> Caseload:
    """What is open at the moment that a log was audited from, with all that had happened in it.

    What is dated by a day alone counts as of its beginning. Of a case of which nothing is open, only that it was referred
    in the year before is part of it.

    Raises:
        InputError: the log has no events by then, or is of several sources that were matched.
    """
    import polars as pl

    log = audit.log
    if log.as_at is None or not log.rows.height:
        raise InputError(
            [
                Fault(
                    log.source.name,
                    "",
                    "no-events",
                    "has no events by then, so nothing is open in it.",
                    log.source.unread,
                )
            ]
        )
    if len(log.groups) > 1:
        message = "is of several sources that were matched; a simulation begins with one log."
        raise InputError([Fault(log.source.name, "", "several-sources", message)])
    at = -(-bounds(log.as_at)[1] // _SECOND)  # the end of a day is the midnight after
    rows = log.rows.select("at", "case", "label", "actor", *_AS_THEY_ARE)
    is_open = pl.col("case").is_in(rows["case"].gather(_last_of_open(audit)).unique().implode())
    if not (rows["transition"] >= 0).any():
        raise InputError([Fault(log.source.name, "", "unknown-events", "has no event that these workflows know.")])
    known = [log.compiled.numbers[name] for name in referred_by if name in log.compiled.numbers]
    referred = rows.filter(pl.col("transition").is_in(known) & (pl.col("earliest") >= (at - _YEAR) * _SECOND)).sort(
        "earliest", maintain_order=True
    )
    taken = rows.filter(is_open)
    number = _numbered((*taken["case"], *referred["case"]))
    names = dict(zip(rows["case"], log.source.events["case_id"].gather(rows["at"]), strict=True))
    label = _numbered(one for one in taken["label"] if one >= 0)
    return Caseload(
        at=at,
        last=int(rows["earliest"].max() or 0) // _SECOND,  # type: ignore[arg-type]
        unread=log.source.unread,
        compiled=log.compiled,
        rows={
            "case": [number[one] for one in taken["case"]],
            "label": [label.get(one, -1) for one in taken["label"]],
            "actor": [one + _NOBODY if one >= 0 else -1 for one in taken["actor"]],
            **{name: taken[name].to_list() for name in _AS_THEY_ARE},
        },
        places=taken["at"].to_list(),
        labels=max(1, len(label)),
        cases=tuple(names[case] for case in number),
        sources=_said(log.source.events, "source", taken, number),
        priorities=_said(log.source.events, "priority", taken, number),
        recent=_recent(log.source.events, rows, at),
        referred=tuple((number[case], at // _SECOND) for case, at in referred.select("case", "earliest").iter_rows()),
    )


def _last_of_open(audit: Audit) -> pl.Series:
    """The last row of every episode that has not ended, or of which a clock still runs."""
    import polars as pl

    rules, episodes = audit.log.compiled.rules, audit.folded.episodes
    running = set(audit.folded.judged.filter(pl.col("stopped") < 0)["whose"])
    entered = [
        row
        for e, (w, edition, state, row) in enumerate(
            episodes.select("workflow", "edition", "state", "entered").iter_rows()
        )
        if e in running or not rules.ended[table_of(rules, edition) * rules.sizes[1] + w] >> state & 1
    ]
    return pl.Series(entered, dtype=pl.UInt32)


def _numbered(names: Iterable[int]) -> dict[int, int]:
    """Each name with a number from 0, in the order in which they come first."""
    found: dict[int, int] = {}
    for one in names:
        found.setdefault(one, len(found))
    return found


def _said(events: pl.DataFrame, detail: str, taken: pl.DataFrame, number: dict[int, int]) -> tuple[str, ...]:
    """What the last event of each case that says a detail says of it; '' where none does."""
    found = [""] * len(number)
    if DETAIL + detail in events.columns:
        for case, said in zip(taken["case"], events[DETAIL + detail].gather(taken["at"]), strict=True):
            found[number[case]] = said or found[number[case]]
    return tuple(found)


def _recent(events: pl.DataFrame, rows: pl.DataFrame, at: int) -> tuple[tuple[str, tuple[tuple[int, int], ...]], ...]:
    """What happened in the months before, case by case, in the order it is folded in."""
    import polars as pl

    some = rows.filter((pl.col("earliest") >= (at - _RECENT) * _SECOND) & (pl.col("transition") >= 0))
    said = (
        events[DETAIL + "priority"].gather(some["at"]).to_list()
        if DETAIL + "priority" in events.columns
        else [""] * some.height
    )
    found: dict[int, tuple[list[str], list[tuple[int, int]]]] = {}
    for case, transition, earliest, priority in zip(
        some["case"], some["transition"], some["earliest"], said, strict=True
    ):
        names, happened = found.setdefault(case, ([], []))
        names += [priority] if priority else []
        happened.append((transition, earliest // _SECOND))
    return tuple((names[-1] if names else "", tuple(happened)) for names, happened in found.values())
