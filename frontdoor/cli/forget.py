"""`frontdoor forget`: destroy the key of what people wrote of a case."""

from __future__ import annotations

__all__ = ["command"]

import os
from collections.abc import Iterator
from datetime import date
from typing import IO, TYPE_CHECKING

import click

from frontdoor.cli import completing
from frontdoor.cli.common import say_json, shown
from frontdoor.cli.opening import at_desk, is_on_server
from frontdoor.errors import CaseError, KeysError
from frontdoor.event import DESTROYED
from frontdoor.moment import local_day

if TYPE_CHECKING:
    from frontdoor.desk import Desk
    from frontdoor.event import Event
    from frontdoor.log import EventLog


@click.command("forget")
@click.argument("log")
@click.option(
    "--case", "cases", multiple=True, metavar="CASE", help="Of this case; repeat it.", shell_complete=completing.cases
)
@click.option(
    "--cases",
    "listed",
    type=click.File(encoding="utf-8"),
    metavar="FILE",
    help="Of the cases in FILE, one a line ('-': standard input).",
)
@click.option("--keys", required=True, metavar="FILE", help="The keys of LOG's details.")
@click.option("--actor", required=True, metavar="WHO", help="Who does this: a name that you know them by.")
@click.option(
    "--because", required=True, metavar="REASON", help="Why; it is kept, so no word of the case belongs in it."
)
@click.option(
    "--rules", metavar="FILE", help="Refuse a case that by this schedule of retention has not had its time, or is held."
)
@click.option(
    "--open",
    "though_open",
    is_flag=True,
    help="Also of a case that is still open; never of one that --rules does not let go.",
)
@click.option("--yes", is_flag=True, help="Do not ask whether that is meant.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as one JSON list.")
def command(
    log: str, *, cases: tuple[str, ...], listed: IO[str] | None, keys: str, actor: str, because: str, rules: str | None,
    though_open: bool, yes: bool, as_json: bool,
) -> int:  # fmt: skip
    """Destroy the key that what people wrote of a case in LOG is sealed under: nobody can read it any more, in LOG or in any copy
    of it. Copies of the keys must be destroyed too, by whoever keeps them. It cannot be undone.

    What happened, when, by whom, every deadline, finding and breach stays as it is, and LOG verifies as before. That it was done
    is recorded. Words that were recorded before the log had keys stand in the open, stay, and are counted.

    A case that is still open is refused: who works on it needs what was written. --open destroys its key all the same.

    \b
    Example:
      frontdoor forget borough.db --case C-1 --keys borough.keys --actor records-1 --because "retention schedule of 2026"
    """
    wanted = list(dict.fromkeys([*cases, *(line.strip() for line in listed or () if line.strip())]))
    if not wanted:
        raise click.UsageError("name the cases, with --case or --cases FILE.")
    if not os.path.exists(keys) and not is_on_server(keys):
        raise KeysError(f"there are no keys {keys}: name the file that the details of {log} are sealed under.")
    with at_desk(log, keys=keys) as desk:
        still = _see(desk, wanted, rules, though_open=though_open)  # before anything is destroyed
        what = f"case {wanted[0]}" if len(wanted) == 1 else f"{len(wanted):,} cases"
        if still:
            click.echo(shown(f"frontdoor: {_some(still)}."), err=True)
        if not yes:
            click.confirm(
                f"Destroy the key of {what} in {'the database of keys' if is_on_server(keys) else keys}? Nobody will ever read again what was written of it.",
                abort=True,
                err=True,
            )
            _see(desk, wanted, rules, though_open=though_open)  # somebody may have recorded in one while it was asked
        done = []
        try:
            for event, is_new in _destroyed(desk, wanted, actor, because, though_open=though_open):
                done.append(event)
                if not as_json:
                    click.echo(_line(event, is_new=is_new))
        finally:  # what is destroyed is told, whatever came after
            if as_json and done:
                say_json([{"case_id": event.case_id, "event_id": event.event_id, **event.details} for event in done])
    return 0


def _destroyed(
    desk: Desk, wanted: list[str], actor: str, because: str, *, though_open: bool
) -> Iterator[tuple[Event, bool]]:
    """Destroy the keys of cases, one after another: the event of each, and whether it was recorded now.

    Raises:
        CaseError: one is open by now; it and those after it are left.
    """
    for case_id in wanted:
        if not though_open and (still := _open_still(desk, case_id)):  # which it was not when all were looked at
            raise CaseError(f"{still} by now: it is left, and so are those after it.")
        size = desk.log.size()
        event = desk.destroy_details(case_id, actor=actor, because=because)
        yield event, not 0 < event.position <= size  # 0: it has no position yet


def _see(desk: Desk, wanted: list[str], rules: str | None, *, though_open: bool) -> list[str]:
    """See that each case may be destroyed; what is still open of which, where that is no reason against it.

    Raises:
        CaseError: one is not in the log, is open, or by a schedule has not had its time.
    """
    still = [said for case_id in wanted if (said := _open_still(desk, case_id))]
    if rules is not None:
        _see_due(desk.log, wanted, rules, local_day(desk.clock.now()))
    if still and not though_open:
        raise CaseError(
            f"{_some(still)}: nothing was destroyed. Destroy it once it is closed; or, if what was written must go before, with --open."
        )
    return still


def _open_still(desk: Desk, case_id: str) -> str:
    """What is open of a case, and since when; empty where nothing is, or its details are destroyed already."""
    from frontdoor.report.words import all_of, when

    case = desk.case(case_id)
    if any(event.event == DESTROYED for event in case.events):
        return ""
    names = [f"{one.name} since {when(one.opened_at)}" for one in case.episodes if one.is_open]
    return f"{case_id} is open ({all_of(names)})" if names else ""


def _some(still: list[str]) -> str:
    return "; ".join(still[:_FEW]) + (f"; and {len(still) - _FEW:,} more are" if len(still) > _FEW else "")


_FEW = 5


def _see_due(log: EventLog, wanted: list[str], rules: str, day: date) -> None:
    """See that by a schedule each case has had its time, and is not held.

    Raises:
        CaseError: one has not, or is; or the schedule is an example.
    """
    from frontdoor.retention import held_by_mistake, judged, read_schedule

    schedule = read_schedule(rules)
    if schedule.is_example:
        raise CaseError(
            f"{rules} is an example that nobody has adopted: nothing was destroyed. Name your own with --rules."
        )
    held = [case_id for case_id, hold in schedule.holds.items() if case_id in wanted and hold.holds(day)]
    if held:
        raise CaseError(
            f"{', '.join(held[:5])} {'is' if len(held) == 1 else 'are'} held by {rules}: nothing was destroyed."
        )
    if nobody := held_by_mistake(log, schedule, day):
        raise CaseError(
            f"{rules} holds {', '.join(map(repr, nobody[:5]))}, and the log has no such case: nothing was destroyed. Write it as "
            "the log does, or take it out."
        )
    status = {one.case_id: one.status for one in judged(log, schedule, day)}
    for case_id in wanted:
        if status.get(case_id) not in ("due", "destroyed"):
            why = _NOT_DUE.get(status.get(case_id, ""), "has no episode that it judges")
            anyway = "leave out --rules" + (", and give --open" if status.get(case_id) == "open" else "")
            raise CaseError(f"by {rules} {case_id} {why}: nothing was destroyed. To destroy it all the same, {anyway}.")


_NOT_DUE = {"open": "has an open episode", "kept": "is still to be kept", "no_rule": "is under no rule"}


def _line(event: Event, *, is_new: bool) -> str:
    from frontdoor.report.layout import plain
    from frontdoor.report.words import count, when

    said = event.details
    if not is_new:
        return plain(
            f"{event.case_id}: destroyed already, {when(event.happened_at)}, by {event.actor}: {said['because']}."
        )
    line = f"{event.case_id}: the words of {count(said['unreadable'], 'event')} can be read by nobody any more"
    if said["in_the_open"]:
        line += f"; those of {count(said['in_the_open'], 'event')} were recorded in the open, and still can"
    return plain(f"{line}.")
