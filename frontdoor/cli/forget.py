"""`frontdoor forget`: destroy the key of what people wrote of a case."""

from __future__ import annotations

__all__ = ["command"]

import os
from datetime import date
from typing import IO, TYPE_CHECKING

import click

from frontdoor.cli import completing
from frontdoor.cli.common import say_json
from frontdoor.cli.opening import at_desk, is_on_server
from frontdoor.errors import CaseError, KeysError
from frontdoor.moment import local_day

if TYPE_CHECKING:
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
@click.option("--yes", is_flag=True, help="Do not ask whether that is meant.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as one JSON list.")
def command(
    log: str, *, cases: tuple[str, ...], listed: IO[str] | None, keys: str, actor: str, because: str, rules: str | None,
    yes: bool, as_json: bool,
) -> int:  # fmt: skip
    """Destroy the key that what people wrote of a case in LOG is sealed under: nobody can read it any more, in LOG or in any copy
    of it. Copies of the keys must be destroyed too, by whoever keeps them. It cannot be undone.

    What happened, when, by whom, every deadline, finding and breach stays as it is, and LOG verifies as before. That it was done
    is recorded. Words that were recorded before the log had keys stand in the open, stay, and are counted.

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
        for case_id in wanted:
            desk.known(case_id)  # before anything is destroyed
        if rules is not None:
            _see_due(desk.log, wanted, rules, local_day(desk.clock.now()))
        what = f"case {wanted[0]}" if len(wanted) == 1 else f"{len(wanted):,} cases"
        if not yes:
            click.confirm(
                f"Destroy the key of {what} in {'the database of keys' if is_on_server(keys) else keys}? Nobody will ever read again what was written of it.",
                abort=True,
                err=True,
            )
            if rules is not None:  # somebody may have recorded in one of them while it was asked
                _see_due(desk.log, wanted, rules, local_day(desk.clock.now()))
        done = []
        for case_id in wanted:
            size = desk.log.size()
            done.append(event := desk.destroy_details(case_id, actor=actor, because=because))
            if not as_json:
                click.echo(_line(event, is_new=not 0 < event.position <= size))  # 0: it has no position yet
    if as_json:
        say_json([{"case_id": event.case_id, "event_id": event.event_id, **event.details} for event in done])
    return 0


def _see_due(log: EventLog, wanted: list[str], rules: str, day: date) -> None:
    """See that by a schedule each case has had its time, and is not held.

    Raises:
        CaseError: one has not, or is.
    """
    from frontdoor.retention import held_by_mistake, judged, read_schedule

    schedule = read_schedule(rules)
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
            raise CaseError(
                f"by {rules} {case_id} {why}: nothing was destroyed. To destroy it all the same, leave out --rules."
            )


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
