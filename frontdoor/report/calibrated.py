"""What a calibration came to, for people."""

from __future__ import annotations

__all__ = ["as_object", "show"]

from typing import TYPE_CHECKING, Any

from frontdoor.calibration.calibrating import Calibration
from frontdoor.calibration.figures import ASSUMED, INFERRED
from frontdoor.report.words import count

if TYPE_CHECKING:
    from rich.console import Console


def show(found: Calibration, console: Console) -> None:
    """Print it: who brings what, who works, how long work takes beside the log, what to look at first, and how it foretells."""
    from rich.table import Table
    from rich.text import Text

    made = found.made

    def table(*columns: str, words: int = 1) -> Table:
        made = Table(*columns, box=None, pad_edge=False)
        for column in made.columns[words:]:
            column.justify = "right"
        return made

    console.print(Text(f"{found.name}: {count(found.contacts, 'contact')} in {count(found.days, 'day')}", style="bold"))
    console.print()
    sources = table("Source", "a year", "together", "known")
    for name, one in made["sources"].items():
        together = sum(int(size) * share for size, share in one.get("batch", {"1": 1.0}).items())
        sources.add_row(name, f"{one['per_year']:,.0f}", f"{together:.2f}", f"{one.get('known', 0):.1%}")
    console.print(sources)
    console.print()
    teams = table("Team", "role", "rota", "people", "away", words=3)
    for name, one in made["teams"].items():
        teams.add_row(name, one["role"], one["rota"], f"{one['staff']:,}", f"{one['absence']:.1%}")
    console.print(teams)
    for name, rota in made["rotas"].items():
        console.print(Text(f"{name}: {', '.join(f'{days} {hours}' for days, hours in rota.items() if days != 'note')}"))
    if found.matched:
        console.print()
        work = table("Work", "team", "pieces", "hours in the log, of those done", "simulated", words=2)
        for match in found.matched:
            simulated = "." if match.simulated is None else f"{match.simulated:,.1f}"
            work.add_row(
                match.task,
                match.team,
                f"{match.pieces:,}",
                f"{match.log:,.1f} ({match.error:,.1f} either way)",
                simulated,
            )
        console.print(work)
        console.print(Text("Hours as they pass, on average, from when it arose until it was done.", style="dim"))
    guessed = [one for one in found.figures if one.how in (INFERRED, ASSUMED)]
    console.print()
    console.print(Text("Not seen in the log", style="bold"))
    for one in guessed:
        console.print(Text(f"  {one.where}{f' = {one.said}' if one.said else ''}: {one.how}, {one.why}"))
    _show_held(found, console)
    for caution in found.made.get("cautions", ()):
        console.print(Text(f"! {caution}", style="bold"))
    for note in found.notes:
        console.print(Text(f"- {note}"))


def _show_held(found: Calibration, console: Console) -> None:
    """Print what was foretold beside what came."""
    from rich.table import Table
    from rich.text import Text

    held = found.held
    if held is None:
        return
    console.print()
    console.print(Text(f"{held.first} to {held.last}, foretold from what came before", style="bold"))
    table = Table("", "foretold", "came", "of", "due later", "as before", "", box=None, pad_edge=False)
    for column in table.columns[1:6]:
        column.justify = "right"
    for one in held.clocks:
        before = "." if one.before is None else f"{one.before:.1%}"
        said = f"{one.predicted:.1%} ({one.low:.1%}-{one.high:.1%})"
        table.add_row(
            f"{one.name} in time",
            said,
            f"{one.found:.1%}",
            f"{one.many:,}",
            f"{one.running:,}",
            before,
            "" if one.is_in else "outside",
        )
    for month in held.months:
        said = f"{month.predicted:,.0f} ({month.low:,.0f}-{month.high:,.0f})"
        table.add_row(
            f"came in {month.month}",
            said,
            f"{month.found:,}",
            "",
            "",
            f"{month.before:,.0f}",
            "" if month.is_in else "outside",
        )
    console.print(table)
    console.print(Text(held.sentence()))


def as_object(found: Calibration) -> dict[str, Any]:
    """All of it for programs: the `scenario` as its file says it, each of its `figures`, and what was `held_out`."""
    held = found.held
    return {
        "scenario": _plain(found.made), "figures": [one._asdict() for one in found.figures], "notes": list(found.notes),
        "contacts": found.contacts, "days": found.days,
        "fit": {"dispersion": found.fit.dispersion, "p_days": found.fit.days, "p_hours": found.fit.hours, "said": found.fit.sentence()},
        "matched": [one._asdict() for one in found.matched],
        "held_out": None if held is None else {
            "first": str(held.first), "last": str(held.last), "replications": held.replications, "said": held.sentence(),
            "clocks": [one._asdict() | {"is_in": one.is_in} for one in held.clocks],
            "months": [one._asdict() | {"is_in": one.is_in} for one in held.months],
        },
    }  # fmt: skip


def _plain(said: Any) -> Any:
    """Dates as text."""
    if isinstance(said, dict):
        return {name: _plain(one) for name, one in said.items()}
    if isinstance(said, list):
        return [_plain(one) for one in said]
    return said if isinstance(said, str | int | float | bool) else str(said)
