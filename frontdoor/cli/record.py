"""`frontdoor record`: that somebody did something; or why that was not recorded, and what may be done."""

from __future__ import annotations

__all__ = ["command", "followed", "one_line", "read_details", "say_refused"]

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from frontdoor.cli import completing
from frontdoor.cli.common import MOMENT, library_options, say, say_json
from frontdoor.cli.opening import at_desk, is_there, keys_option, who_options
from frontdoor.errors import Refused, short
from frontdoor.moment import Happened

if TYPE_CHECKING:
    from frontdoor.case import Case
    from frontdoor.desk import Desk
    from frontdoor.event import Event
    from frontdoor.library import Library


@click.command("record")
@click.argument("log")
@click.argument("case", shell_complete=completing.cases)
@click.argument("event", shell_complete=completing.events)
@who_options
@click.option("--at", type=MOMENT, metavar="T", help="When it happened: a date or moment (default: now).")
@click.option("--detail", "details", multiple=True, metavar="NAME=TEXT", help="Something recorded with it; repeat it.")
@click.option("--event-id", metavar="UUID", help="The same id again is the same event: nothing is recorded twice.")
@click.option("--episode", metavar="NAME", help="The episode it belongs to (default: the latest open one).")
@click.option("--family", metavar="REF", help="A reference that siblings share.")
@click.option("--expected-version", type=int, metavar="N", help="Only if the case is still at this version.")
@click.option("--despite", metavar="REASON", help="Record what has happened, although something speaks against it.")
@click.option("--json", "as_json", is_flag=True, help="Print what was recorded, or why not, as one JSON object.")
@keys_option
@library_options
def command(
    log: str,
    case: str,
    event: str,
    *,
    actor: str,
    role: str,
    at: Happened | None,
    details: tuple[str, ...],
    event_id: str | None,
    episode: str | None,
    family: str | None,
    expected_version: int | None,
    despite: str | None,
    as_json: bool,
    keys: str | None,
    local: tuple[str, ...],
    guidance: str | None,
    workflows: str | None,
) -> int:
    """Record in LOG (made if it is not there) that somebody did EVENT, such as referral.accept, in CASE.

    Says where the case then stands and what is due next. What may not be done is refused with every reason, and with what
    may be done instead (exit status 3); what has happened all the same is recorded with --despite.

    \b
    Example:
      frontdoor record borough.db C-1 contact.receive --actor officer-12 --role referral_officer --detail source=6
    """
    asked: dict[str, Any] = {
        "actor": actor, "role": role, "happened_at": at, "details": read_details(details), "event_id": event_id,
        "episode": episode, "family": family, "expected_version": expected_version, "despite": despite,
    }  # fmt: skip
    named: dict[str, Any] = {"local": local, "guidance": guidance, "workflows": workflows}
    for place in (log,) if is_there(log) else (None, log):  # what is refused makes no file
        with at_desk(place, create=True, keys=keys, **named) as desk:
            from frontdoor.desk.entry import normal_id

            was_there = desk.log.find(normal_id(event_id) or "") is not None
            try:
                recorded = desk.record(case, event, **asked)
            except Refused as refused:
                return say_refused(refused, desk.library, as_json=as_json)
            if place is not None:
                _say(desk, recorded, is_new=not was_there, as_json=as_json)
    return 0


def read_details(texts: Iterable[str]) -> dict[str, str]:
    """Details written 'name=text'; after the first '=' everything is text, and nothing is empty text.

    Raises:
        click.BadParameter: there is no '=' or no name, or one is given twice.
    """
    details: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not name:
            raise click.BadParameter(
                f"{text!r} is not a detail: write NAME=TEXT, such as source=6.", param_hint="--detail"
            )
        if name in details:
            raise click.BadParameter(f"{name} is given twice.", param_hint="--detail")
        details[name] = value
    return details


def say_refused(
    refused: Refused,
    library: Library,
    *,
    as_json: bool,
    despite: str = "If it has already happened, say --despite why.",
) -> int:
    """Say why something was not recorded, each reason on a line, and what may be done; the exit status."""
    if as_json:
        from frontdoor.report.objects import refusal_object

        say_json(refusal_object(refused))
        return 3
    from frontdoor.report.case_text import allowed_rows

    of = f" of {short(refused.case)}" if refused.case else ""
    say(f"frontdoor: {short(refused.event) or 'the event'}{of} was not recorded.", err=True)
    for reason in refused.reasons:
        say(f"  {reason.message}", err=True)
    if not any(reason.bars_facts for reason in refused.reasons):
        click.echo(despite, err=True)
    if refused.allowed:
        click.echo("May be done now:", err=True)
    for line in allowed_rows(refused.allowed, library):
        click.echo(line, err=True)
    return 3


def followed(case: Case, event: Event) -> list[Event]:
    """What came about by an event in the same case and moment: what it opened, the breaches it withdrew or raised anew."""
    causes, found = {event.event_id}, []
    for other in case.events:
        is_after = other.version > event.version and other.recorded_at == event.recorded_at
        if is_after and (other.cause in causes or other.name == "breach_raised"):
            causes.add(other.event_id)
            found.append(other)
    return found


def _say(desk: Desk, event: Event, *, is_new: bool, as_json: bool) -> None:
    case = desk.case(event.case_id)
    event = next(one for one in case.events if one.event_id == event.event_id)  # with its position
    after = followed(case, event)
    calendar = desk.library.calendar
    if as_json:
        from frontdoor.report.objects import case_object, event_object

        found = case_object(case, calendar=calendar)
        say_json({
            "recorded": True, "is_new": is_new, "event": event_object(event), "followed": [event_object(one) for one in after],
            "case": {name: found[name] for name in ("case_id", "version", "as_at", "episodes", "deadlines", "breaches")},
        })  # fmt: skip
        return
    from frontdoor.report.case_text import following, standing

    click.echo(f"{'Recorded' if is_new else 'Recorded already, and not again'}: {one_line(event)}.")
    for line in following(after):
        click.echo(line)
    for line in standing(case, calendar):
        click.echo(line)


def one_line(event: Event) -> str:
    """An event in a line, with its id."""
    from frontdoor.report.layout import plain
    from frontdoor.report.words import when

    role = f" ({event.role})" if event.role else ""
    by = f", by {event.actor}{role}" if event.actor else ""
    return plain(f"{event.event} of {event.case_id}, {when(event.happened_at)}{by}; event {event.event_id}")
