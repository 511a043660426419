"""`frontdoor retention`: the cases that have been kept as long as they are to be, and why. It destroys nothing."""

from __future__ import annotations

__all__ = ["command"]

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from frontdoor.cli.common import MOMENT, say, say_json, say_table
from frontdoor.moment import Happened, Span, local_day

if TYPE_CHECKING:
    from frontdoor.retention import Judged, Schedule


@click.command("retention")
@click.argument("log")
@click.option(
    "--rules", metavar="FILE", help="Your authority's schedule (default: the shipped example, which is only that)."
)
@click.option("--at", type=MOMENT, metavar="T", help="As on this day (default: today).")
@click.option(
    "--ids",
    is_flag=True,
    help="Print only the cases that are due, one a line, as `frontdoor forget --cases -` reads them.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was found as one JSON object.")
def command(log: str, *, rules: str | None, at: Happened | None, ids: bool, as_json: bool) -> int:
    """List the cases in LOG whose time has run out by a schedule of retention, with the rule and the day, and those that a hold
    keeps all the same. Nothing is destroyed, and nothing is written.

    \b
    Example:
      frontdoor retention borough.db --rules my_retention.toml
      frontdoor retention borough.db --rules my_retention.toml --ids > due.txt
      frontdoor forget borough.db --cases due.txt --keys borough.keys --rules my_retention.toml \\
          --actor records-1 --because "retention schedule of 2026"
    """
    from frontdoor.cli.opening import open_log
    from frontdoor.clock import SystemClock
    from frontdoor.retention import held_by_mistake, judged, read_schedule

    schedule = read_schedule(rules)
    day = _day(at, SystemClock().now())
    if schedule.is_example:
        say(f"frontdoor: {schedule.file} is an example that nobody has adopted: name your own with --rules.", err=True)
    with open_log(log, read_only=True) as opened:
        found = list(judged(opened, schedule, day))
        nobody = held_by_mistake(opened, schedule, day)
    if nobody:
        named = f"{', '.join(map(repr, nobody[:5]))}{' and more' if len(nobody) > 5 else ''}"
        say(
            f"frontdoor: {schedule.file} holds {named}, and the log has no such case: write it as the log does.",
            err=True,
        )
    if as_json:
        say_json(_object(found, schedule, day))
        return 0
    if ids:
        for one in found:
            if one.status == "due":
                say_table(f"{one.case_id}\n")
        return 0
    _say(found, schedule, day)
    return 0


def _day(at: Happened | None, now: datetime) -> date:
    if at is None or isinstance(at, datetime):
        return local_day(at or now)
    return at.last if isinstance(at, Span) else at


def _object(found: list[Judged], schedule: Schedule, day: date) -> dict[str, Any]:
    count = {status: sum(one.status == status for one in found) for status in ("kept", "open", "destroyed")}
    return {
        "as_at": day.isoformat(), "schedule": schedule.title, "file": schedule.file, "example": schedule.is_example,
        "due": [_row(one) for one in found if one.status == "due"], "held": [_row(one) for one in found if one.status == "held"],
        "no_rule": [one.case_id for one in found if one.status == "no_rule"], **count,
    }  # fmt: skip


def _row(one: Judged) -> dict[str, Any]:
    assert one.rule is not None
    row = {
        "case_id": one.case_id, "rule": one.rule.name, "keep_years": one.rule.keep_years, "closed_on": str(one.closed_on),
        "kept_until": str(one.kept_until), "cites": one.rule.cites, "grade": one.rule.grade,
    }  # fmt: skip
    return row | ({"held_because": one.hold.because} if one.status == "held" and one.hold else {})


def _say(found: list[Judged], schedule: Schedule, day: date) -> None:
    from frontdoor.report.words import count

    due, held = ([one for one in found if one.status == status] for status in ("due", "held"))
    say(f"{schedule.title} ({schedule.file}), on {day}")
    say(
        f"{count(len(due), 'case')} had the whole of {'its' if len(due) == 1 else 'their'} time:"
        if due
        else "No case has had the whole of its time."
    )
    for one in (*due, *held):
        assert one.rule is not None
        line = f"  {one.case_id}: closed {one.closed_on}, kept {count(one.rule.keep_years, 'year')} to {one.kept_until}: {one.rule.title} ({one.rule.name}; {one.rule.cites})"
        if one is (held[0] if held else None):
            say(f"{count(len(held), 'case')} had it too, and {'is' if len(held) == 1 else 'are'} held:")
        if one.status == "held" and one.hold:
            line += f"; held{f' to {one.hold.until}' if one.hold.until else ''}: {one.hold.because}"
        say(line)
    for status, said in _OTHERS.items():
        some = [one.case_id for one in found if one.status == status]
        if some:
            named = f": {', '.join(some[:5])}{' and more' if len(some) > 5 else ''}" if status == "no_rule" else ""
            say(f"{count(len(some), 'case')} {said}{named}.")


_OTHERS = {
    "kept": "still to be kept",
    "open": "with an open episode",
    "no_rule": "under no rule",
    "destroyed": "whose details were destroyed already",
}
