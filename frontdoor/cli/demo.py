"""`frontdoor demo`: audit the shipped example, and explain one of its breaches."""

from __future__ import annotations

__all__ = ["command"]

from pathlib import Path

import click

from frontdoor.cli.common import console

CASE, TIMER = "N-046", "referral.decision"


def example() -> Path:
    """The shipped example log: about sixty invented cases of one authority's front door in autumn 2009."""
    import frontdoor

    here = Path(str(frontdoor.__file__)).parent
    inside = here / "examples"  # in a wheel
    return (inside if inside.is_dir() else here.parent / "examples") / "inspection_2009.csv"


@click.command("demo")
def command() -> int:
    """Audit an invented log that tells the story of an inspection in 2009, and explain one of its breaches.

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
    return 0
