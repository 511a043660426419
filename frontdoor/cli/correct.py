"""`frontdoor correct`: how an event that was recorded wrongly really was."""

from __future__ import annotations

__all__ = ["command"]

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from frontdoor.cli import completing
from frontdoor.cli.common import MOMENT, library_options, say, say_json
from frontdoor.cli.opening import at_desk, who_options
from frontdoor.cli.record import followed, one_line, read_details, say_refused
from frontdoor.errors import Refused
from frontdoor.moment import Happened

if TYPE_CHECKING:
    from frontdoor.desk import Desk
    from frontdoor.event import Event


@click.command("correct")
@click.argument("log")
@click.argument("event_id", shell_complete=completing.event_ids)
@who_options
@click.option("--reason", required=True, metavar="WHY", help="Why it is corrected.")
@click.option("--at", type=MOMENT, metavar="T", help="It really happened then.")
@click.option("--event", metavar="EVENT", help="It really was this event, of the same workflow.")
@click.option("--done-by", metavar="WHO", help="They really did it.")
@click.option("--in-role", metavar="ROLE", help="In which role they really did it.", shell_complete=completing.roles)
@click.option("--episode", metavar="NAME", help="It really belongs to this episode.")
@click.option("--family", metavar="REF", help="The reference that siblings really share.")
@click.option("--detail", "details", multiple=True, metavar="NAME=TEXT", help="A detail as it really was; repeat it.")
@click.option("--struck-out", is_flag=True, help="It never happened.")
@click.option("--as-recorded", is_flag=True, help="It was as it was first recorded after all.")
@click.option("--correction-id", metavar="UUID", help="An id of your own: the same one again is the same correction.")
@click.option("--despite", metavar="REASON", help="Correct it, although that makes something else wrong.")
@click.option("--json", "as_json", is_flag=True, help="Print the correction, or why not, as one JSON object.")
@library_options
def command(
    log: str,
    event_id: str,
    *,
    actor: str,
    role: str,
    reason: str,
    at: Happened | None,
    event: str | None,
    done_by: str | None,
    in_role: str | None,
    episode: str | None,
    family: str | None,
    details: tuple[str, ...],
    struck_out: bool,
    as_recorded: bool,
    correction_id: str | None,
    despite: str | None,
    as_json: bool,
    local: tuple[str, ...],
    guidance: str | None,
    workflows: str | None,
) -> int:
    """Record in LOG how the event of EVENT_ID really was. Nothing is erased: the correction is an event that points at it.

    Only what is named changes; what an earlier correction said of it stands. --actor and --role are of whoever corrects it.
    `frontdoor show LOG CASE --ids` names the ids of a case's events.

    \b
    Example:
      frontdoor correct borough.db 9f50a8d5-d4c6-5034-9f03-60169320c143 --at "21/12/2009 12:00" \\
          --reason "wrong day" --actor pm-02 --role manager
    """
    changes: dict[str, Any] = {
        "happened_at": at, "event": event, "actor": done_by, "role": in_role, "episode": episode, "family": family,
    }  # fmt: skip
    changes = {name: value for name, value in changes.items() if value is not None}
    said = read_details(details)
    if (bool(changes or said) + struck_out + as_recorded) != 1:
        raise click.UsageError(
            "say how it really was, by --at, --event, --done-by, --in-role, --episode, --family or --detail; or that it is "
            "--struck-out; or that it was --as-recorded after all: one of the three."
        )
    with at_desk(log, local=local, guidance=guidance, workflows=workflows) as desk:
        there = desk.log.find(_id(event_id))
        becomes: Mapping[str, Any] | None = None if struck_out else changes
        if there is not None and not there.is_own:
            if as_recorded:
                becomes = {name: getattr(there, name) for name in _FIELDS}
            elif said:
                becomes = {**changes, "details": {**_now(desk, there).details, **said}}
        try:
            correction = desk.correct(
                _id(event_id),
                actor=actor,
                role=role,
                reason=reason,
                becomes=becomes,
                despite=despite,
                correction_id=correction_id,
            )
        except Refused as refused:
            mend = "To correct it all the same, say --despite why."
            return say_refused(refused, desk.library, as_json=as_json, despite=mend)
        _say(desk, correction, as_json=as_json)
    return 0


_FIELDS = ("event", "happened_at", "actor", "role", "episode", "family", "details")


def _id(text: str) -> str:
    """An event id as the log has it; what is none is as it is, and will not be found."""
    try:
        return str(uuid.UUID(text.strip()))
    except ValueError:
        return text


def _now(desk: Desk, event: Event) -> Event:
    """An event as it stands; one that was struck out as it was recorded."""
    return next((fact for fact in desk.case(event.case_id).facts if fact.event_id == event.event_id), event)


def _say(desk: Desk, correction: Event, *, as_json: bool) -> None:
    case = desk.case(correction.case_id)
    after = followed(case, correction)
    of = correction.details["corrects"]
    now = next((fact for fact in case.facts if fact.event_id == of), None)
    if as_json:
        from frontdoor.report.objects import event_object

        say_json({
            "recorded": True, "correction": event_object(correction), "event": event_object(now) if now else None,
            "followed": [event_object(one) for one in after],
        })  # fmt: skip
        return
    from frontdoor.report.case_text import following, standing

    say(f"Corrected: it is now {one_line(now)}." if now else f"Struck out: {of} of {case.case_id}.")
    for line in (*following(after), *standing(case, desk.library.calendar)):
        click.echo(line)
