"""What an audited log shows of a desk, read event by event as the kernel believed it."""

from __future__ import annotations

__all__ = ["see"]

from collections.abc import Mapping

from frontdoor.calibration.clocks import DAY, wall
from frontdoor.calibration.following import Case, Follows
from frontdoor.calibration.roles import with_known_roles
from frontdoor.calibration.seen import Record, Seen
from frontdoor.errors import Fault, InputError, count
from frontdoor.formats.source import DETAIL
from frontdoor.moment import bounds
from frontdoor.replay.audit import Audit
from frontdoor.workflow import Workflow


def see(audit: Audit) -> Seen:
    """What an audited log shows.

    Raises:
        InputError: it has dates without times, or nothing that could begin something.
    """
    log, shown = audit.log, audit.source.name
    workflows = {name: log.compiled.library.anywhere(name) for name in log.compiled.library.names()}
    _has_moments(audit)
    cases, unknown = _records(audit, workflows)
    cases, titles = with_known_roles(cases, workflows)
    last = int(_wall_of(audit))
    seen = Seen(workflows, [], [], [], {}, 0, last, unknown, titles)
    follows = Follows(workflows, cases)
    for records in cases:
        Case(seen, follows).walk(records)
        seen.records += records
    if not seen.arrivals:
        begin = " or ".join(sorted(f"{w.name}.{w.opens_with}" for w in workflows.values() if not w.after))
        message = f"has nothing in it that begins by itself ({begin}): the workflows let all else follow from that, so no scenario can be made of it."
        raise InputError([Fault(shown, "", "no-arrivals", message, "Name a log that has the contacts, too.")])
    seen.arrivals.sort()
    seen.first = seen.arrivals[0].at // DAY * DAY
    return seen


def _wall_of(audit: Audit) -> int:
    """The moment judged from, in local seconds; of a date its end."""
    import polars as pl

    end = bounds(audit.as_at)[1] if audit.as_at is not None else 0
    return int(wall(pl.Series([end], dtype=pl.Int64))[0])


def _has_moments(audit: Audit) -> None:
    rows = audit.log.rows
    dated = int((rows["earliest"] != rows["latest"]).sum())
    if not rows.height:
        raise InputError(
            [Fault(audit.source.name, "", "empty", "has no event to make a scenario of.", audit.source.unread)]
        )
    if dated * 2 > rows.height:
        message = f"of {count(rows.height, 'event')} in it {dated:,} {'has' if dated == 1 else 'have'} a date and no time, so hours of work and of arrival cannot be had from it."
        raise InputError(
            [Fault(audit.source.name, "", "no-times", message, "Name a log that says at what time things happened.")]
        )


def _records(audit: Audit, workflows: Mapping[str, Workflow]) -> tuple[list[list[Record]], int]:
    """The events of each case in order, and how many are of no known name. What a case was last said to be counts on,
    but what begins by itself is of no priority that it does not say."""
    import polars as pl

    log = audit.log
    details = {name: log.text(DETAIL + name).to_list() if DETAIL + name in log.source.events.columns else None
               for name in ("team", "priority", "source")}  # fmt: skip
    columns = zip(
        wall(log.rows["earliest"].cast(pl.Int64)).to_list(), log.rows["transition"].to_list(), audit.folded.rows["episode"].to_list(),
        log.text("actor").to_list(), log.text("role").to_list(), log.text("case_id").to_list(), strict=True,
    )  # fmt: skip
    names = log.compiled.transitions
    cases: list[list[Record]] = []
    unknown, before = 0, None
    begins = {f"{w.name}.{w.opens_with}" for w in workflows.values() if not w.after}
    priority = source = ""
    for i, (at, t, e, actor, role, case) in enumerate(columns):
        if case != before:
            cases.append([])
            before, priority, source = case, "", ""
        if t < 0 or e < 0:
            unknown += t < 0
            continue
        team, own, told = (details[name][i] if details[name] else "" for name in ("team", "priority", "source"))  # type: ignore[index]
        if told and names[t] in begins:
            source = told
        priority = own if names[t] in begins else own or priority
        cases[-1].append(Record(at, names[t], e, actor, team, role, priority, source, case))
    return cases, unknown
