"""`frontdoor check`: raise breaches, make the daily check, list what is due soon, once or every so often."""

from __future__ import annotations

__all__ = ["command"]

import re
import signal
import threading
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from frontdoor.cli import completing
from frontdoor.cli.common import library_options, say_json
from frontdoor.cli.opening import as_at, at_desk
from frontdoor.errors import Busy, MomentError, TimescaleError
from frontdoor.moment import Happened, parse, written
from frontdoor.timescale import Timescale

if TYPE_CHECKING:
    from frontdoor.case import Breach
    from frontdoor.desk import Desk
    from frontdoor.desk.checker import DailyCheck

_HOUR = re.compile(r"([01]?\d|2[0-3]):[0-5]\d", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours"}


class _At(click.ParamType):  # type: ignore[type-arg]  # generic only in newer releases
    """An hour of the day, as text; else a date or moment."""

    name = "at"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str | Happened:
        text = str(value).strip()
        if _HOUR.fullmatch(text):
            return text.zfill(5)
        try:
            return parse(text)
        except MomentError as error:
            self.fail(f"{str(error).rstrip('.')}; or, for the daily check, an hour: 16:00.", param, ctx)


class _Length(click.ParamType):  # type: ignore[type-arg]
    """A timescale."""

    name = "timescale"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Timescale:
        try:
            return Timescale.parse(str(value))
        except TimescaleError as error:
            self.fail(str(error), param, ctx)


class _Interval(click.ParamType):  # type: ignore[type-arg]
    """So many seconds, minutes or hours."""

    name = "interval"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        found = re.fullmatch(r"(0*[1-9]\d{0,4})([smh])", str(value).strip(), re.ASCII)
        if found is None:
            self.fail(f"{value!r} is not how often: write 30s, 5m or 1h.", param, ctx)
        return timedelta(**{_UNITS[found[2]]: int(found[1])})


@click.command("check")
@click.argument("log")
@click.option("--at", type=_At(), metavar="T|HH:MM", help="As at a date or moment; an hour is the daily check's.")
@click.option("--actor", metavar="WHO", help="Who makes the daily check.")
@click.option("--role", metavar="ROLE", help="In which role.", shell_complete=completing.roles)
@click.option("--due-within", type=_Length(), metavar="'2 working days'", help="Only list what is due; write nothing.")
@click.option("--every", type=_Interval(), metavar="5m", help="Check every so often (s, m or h) until interrupted.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON; with --every, a line a check.")
@library_options
def command(
    log: str,
    *,
    at: str | Happened | None,
    actor: str | None,
    role: str | None,
    due_within: Timescale | None,
    every: timedelta | None,
    as_json: bool,
    local: tuple[str, ...],
    guidance: str | None,
    workflows: str | None,
) -> int:
    """Raise a breach of every deadline in LOG that has run out, once, and print it.

    With an hour, --actor and --role it is the check that somebody makes every working day: what is outstanding is listed by
    time left, and it is recorded that the check was made. With --every it goes on until interrupted, prints only when
    something is raised, and makes the daily check once each working day, when its hour has come.

    \b
    Example:
      frontdoor check borough.db --at 16:00 --actor pm-02 --role manager
    """
    hour, moment = (at, None) if isinstance(at, str) else (None, at)
    _fitting(hour, moment, actor, role, due_within, every)
    named: dict[str, Any] = {"local": local, "guidance": guidance, "workflows": workflows}
    with at_desk(log, read_only=due_within is not None, **named) as desk:
        if due_within is not None:
            _list_due(desk, due_within, as_json=as_json)
            return 0
        from frontdoor.desk.schedule import telling

        checks = _Checks(desk, hour, actor or "", role or "", as_json=as_json)
        if every is not None:
            checks.go_on(every)
        elif hour is not None:
            checks.say(telling(checks.daily, checks.say))
        else:
            until = None if moment is None else as_at(moment, desk.clock.now())
            checks.say(telling(lambda: desk.check(at=until), checks.say))
    return 0


def _fitting(
    hour: str | None, moment: Happened | None, actor: str | None, role: str | None, due_within: object, every: object
) -> None:
    """Options that make no sense together are a mistake."""
    if hour and not (actor and role):
        raise click.UsageError(f"the {hour} check is recorded with who made it: add --actor and --role.")
    if not hour and (actor is not None or role is not None):
        raise click.UsageError("--actor and --role are of the daily check: add its hour, such as --at 16:00.")
    if due_within and (every or hour or moment):
        raise click.UsageError("--due-within lists what is due from now on: give neither --at nor --every with it.")
    if every and moment:
        raise click.UsageError("--every checks as at now: give no date with it, only the daily check's hour.")


class _Checks:
    """Checks of one desk, and how each is said."""

    def __init__(self, desk: Desk, hour: str | None, actor: str, role: str, *, as_json: bool) -> None:
        self.desk, self.hour, self.actor, self.role, self.as_json = desk, hour, actor, role, as_json
        self.indent: int | None = 2

    def daily(self) -> DailyCheck:
        """Make the daily check."""
        assert self.hour is not None
        return self.desk.daily_check(self.hour, actor=self.actor, role=self.role)

    def say(self, found: list[Breach] | DailyCheck) -> None:
        """Print what a check found."""
        calendar = self.desk.library.calendar
        if self.as_json:
            say_json(_object(self.desk, found), indent=self.indent)
            return
        from frontdoor.report import check_text

        if isinstance(found, list):
            _echo(check_text.raised(found, calendar))
        else:
            _echo(check_text.daily(found, self.role, calendar))

    def go_on(self, interval: timedelta) -> None:
        """Check every so often, until a signal says to stop; what is under way then is finished."""
        from frontdoor.desk.schedule import every, in_turn, telling

        stop = threading.Event()

        def enough(*_: object) -> None:
            # In a thread: the signal may have come while this one was about to wait, and held the event's lock.
            threading.Thread(target=stop.set).start()

        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, enough)
        self.indent = None

        def once() -> list[Breach] | DailyCheck:
            if self.hour is None:
                return self.desk.check()
            return in_turn(self.desk, self.hour, actor=self.actor, role=self.role)

        def busy(error: Busy) -> None:
            click.echo(f"frontdoor: {str(error).removesuffix(': try again.')}; it is tried again next time.", err=True)

        every(
            lambda: telling(once, self.say),
            interval,
            stop=stop,
            found=lambda found: self.say(found) if found != [] else None,
            busy=busy,
        )


def _object(desk: Desk, found: list[Breach] | DailyCheck) -> dict[str, Any]:
    from frontdoor.report.objects import breach_object, deadline_object, event_object

    calendar = desk.library.calendar
    if isinstance(found, list):
        return {"checked_at": written(desk.clock.now()), "raised": [breach_object(one, calendar) for one in found]}
    return {
        "checked_at": written(found.made_at), "at": found.at, "actor": found.actor,
        "missed": [day.isoformat() for day in found.missed],
        "outstanding": [deadline_object(one, found.made_at, calendar) for one in found.outstanding],
        "raised": [breach_object(one, calendar) for one in found.breaches], "event": event_object(found.event),
    }  # fmt: skip


def _list_due(desk: Desk, within: Timescale, *, as_json: bool) -> None:
    found, now = desk.due_soon(within), desk.clock.now()
    calendar = desk.library.calendar
    if as_json:
        from frontdoor.report.objects import deadline_object

        due = [deadline_object(one, now, calendar) for one in found]
        say_json({"now": written(now), "within": str(within), "due": due})
        return
    from frontdoor.report import check_text
    from frontdoor.report.words import count

    click.echo(f"Due within {within}, or overdue: {count(len(found), 'deadline')}.")
    _echo(check_text.outstanding(found, now, calendar))


def _echo(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)
