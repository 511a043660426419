"""`frontdoor demo`: audit the shipped example, explain one of its breaches, and keep a log of our own."""

from __future__ import annotations

__all__ = ["command"]

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from frontdoor.cli.common import console
from frontdoor.report.layout import rows

CASE, TIMER = "N-046", "referral.decision"


def example() -> Path:
    """The shipped example log: about sixty invented cases of one authority's front door in autumn 2009."""
    import frontdoor

    here = Path(str(frontdoor.__file__)).parent
    inside = here / "examples"  # in a wheel
    return (inside if inside.is_dir() else here.parent / "examples") / "inspection_2009.csv"


@click.command("demo")
def command() -> int:
    """Audit an invented log that tells the story of an inspection in 2009, and explain one of its breaches; then keep a log of
    our own, in a temporary folder: record, be refused, raise a breach, and withdraw it when a late entry comes.

    \b
    Example:
      frontdoor demo
    """
    from frontdoor.formats import read
    from frontdoor.library import load
    from frontdoor.replay import audit
    from frontdoor.replay.explain import explain
    from frontdoor.report import summary

    path = example()
    try:
        shown = str(path.relative_to(Path.cwd()))
    except ValueError:
        shown = str(path)
    library = load()
    found = audit.run(read(path), library)
    found.source.name = path.name
    click.echo(
        "In November 2009 inspectors visited a London borough's front door. These sixty or so cases are invented;"
    )
    click.echo("what goes wrong in them is what the inspectors found. Each is judged by the guidance of its day.\n")
    click.echo(f"$ frontdoor audit {shown}\n")
    summary.show(found, console())
    click.echo(f"\n$ frontdoor explain {shown} {CASE} {TIMER} --days\n")
    for one in explain(found, CASE, TIMER):
        click.echo(one.told(every_day=True))
    click.echo(
        "\nA case system keeps a log of its own and records as things happen. Here is a new one, over a weekend:\n"
    )
    for line in rows(list(_story())):
        click.echo(line)
    return 0


def _story() -> Iterator[tuple[str, str]]:
    """What happens at a desk with a clock that we move: moments, and what is said of each."""
    from frontdoor.clock import SimulatedClock
    from frontdoor.desk import Desk
    from frontdoor.errors import Refused
    from frontdoor.log.sqlite import SqliteLog
    from frontdoor.report import case_text, check_text
    from frontdoor.report.words import when

    def at(day: int, hour: int, minute: int = 0) -> datetime:
        return datetime(2009, 12, day, hour, minute, tzinfo=UTC)

    clock = SimulatedClock(at(18, 16, 30))
    with TemporaryDirectory() as folder, Desk(SqliteLog(Path(folder) / "borough.db"), clock=clock) as desk:
        calendar = desk.library.calendar
        desk.record("C-1", "contact.receive", actor="officer-12", role="referral_officer", details={"source": "6"})
        desk.record("C-1", "contact.refer", actor="pm-02", role="manager", details={"rationale": "injury"})
        desk.record("C-1", "referral.acknowledge", actor="officer-12", role="referral_officer")
        stands = case_text.standing(desk.case("C-1"), calendar)
        yield when(clock.now()), _text("A contact is recorded, and made a referral, which is acknowledged.", *stands)
        clock.set(at(18, 16, 50))
        try:
            desk.record("C-1", "referral.take_no_further_action", actor="sw-07", role="social_worker")
        except Refused as refused:
            reasons = (reason.message for reason in refused.reasons)
            yield when(clock.now()), _text("A social worker tries to take no further action, and is refused.", *reasons)
        clock.set(at(22, 9))
        raised = check_text.raised(desk.check(), calendar)
        yield when(clock.now()), _text("The desk checks.", *(line.strip() for line in raised))
        told = dict(desk.explain("C-1", TIMER).lines())
        yield "", _text("Why?", *(f"{name}: {told[name]}" for name in ("Allowed", "Skipped", "Due", "Status")))
        clock.set(at(22, 11, 15))
        late = desk.record(
            "C-1", "referral.accept", actor="pm-02", role="manager", details={"rationale": "injury"}, happened_at=at(21, 16)
        )  # fmt: skip
        after = case_text.following(one for one in desk.case("C-1").events if one.version > late.version)
        first = f"A manager types that it was accepted on {when(late.happened_at)}."
        yield when(clock.now()), _text(first, *after, f"Nothing is erased: the log has {desk.log.size()} events.")


def _text(*lines: str) -> str:
    return "\n".join(lines)
