"""`frontdoor calibrate --from-dfe`: a scenario of an authority's next year, made of published tables, and the year as predicted."""

from __future__ import annotations

__all__ = ["run"]

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from frontdoor.cli.audit import apart
from frontdoor.cli.common import say_json, say_table, written_to
from frontdoor.cli.kept import SCENARIO, see_free

if TYPE_CHECKING:
    from frontdoor.calibration.from_published import Made, Row

_TARGETS = {
    "months": "Referrals a month",
    "assessment_bands": "Assessments, by working days from start to sign-off",
    "conference_bands": "Conferences, by working days from the start of section 47 enquiries",
}


def run(folder: str, *, authority: str | None, year: str | None, out: str | None, as_json: bool) -> int:
    """Write the scenario of the year after `year` to a file and print the prediction; without a file, print both.

    Raises:
        InputError: there is no such folder, authority or year, or something in a table is wrong.
        click.UsageError: what is asked makes no sense, or the file cannot be written.
    """
    from frontdoor.calibration.from_published import scenario_of_tables
    from frontdoor.calibration.published import read_published, year_of
    from frontdoor.calibration.writing import write_scenario
    from frontdoor.library import load

    if not authority:
        raise click.UsageError("--from-dfe needs --authority NAME: of whom the scenario is.")
    until = None if year is None else year_of(year)
    if year is not None and until is None:
        raise click.UsageError(
            f"--year {year} is no year: write the one in which it ends, as 2020, or both, as 2019-20."
        )
    if out is not None:
        apart([str(file) for file in Path(folder).glob("*.csv")], [out])
        see_free(out, over=SCENARIO)
    made = scenario_of_tables(read_published(folder), authority, load(), until=until)
    lines = [*_lines(made)]
    text = write_scenario(made.tables, about="\n".join(lines))
    if out is not None:
        with written_to(out, over=SCENARIO), open(out, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    if as_json:
        say_json(_plain(made))
    elif out is None:
        say_table(text)
    else:
        click.echo("\n".join(lines))
        click.echo(f"\nThe scenario is {out}. What is assumed in it says so. Run it: frontdoor simulate {out}")
    return 0


def _lines(made: Made) -> Iterator[str]:
    """The prediction as text, beside the year before and, where the tables have it, what came."""
    one = made.foreseen
    yield f"{one.authority}, the year to March {one.year}, predicted from the years to March {made.learnt[0]} to {made.learnt[1]}. In brackets: the 95% interval."
    for target, title in _TARGETS.items():
        rows: Sequence[Row] = getattr(one, target)
        with_truth = any(row.came is not None for row in rows)
        form = "{:,.0f}" if target == "months" else "{:.1%}"
        yield ""
        yield title
        yield f"{'':12}{'predicted':>10}{'':>18}{one.year - 1:>10}{one.year if with_truth else '':>10}".rstrip()
        for row in rows:
            value, low, high = (
                form.format(each) for each in (row.predicted.value, row.predicted.low, row.predicted.high)
            )
            last, came = ("-" if each is None else form.format(each) for each in (row.last, row.came))
            outside = "  outside" if row.held is False else ""
            yield f"{row.name:12}{value:>10}{f'({low} to {high})':>18}{last:>10}{came if with_truth else '':>10}{outside}".rstrip()
        yield from _scored(rows, target)
    if made.gaps:
        yield ""
        yield "Not published, and what is taken instead:"
        yield from (f"  {gap}." for gap in made.gaps)


def _scored(rows: Sequence[Row], target: str) -> Iterator[str]:
    from frontdoor.calibration.from_published import score

    found = score(rows)
    if found is None:
        return
    said = f"{found.held} of {found.of} lie in their intervals."
    if found.error is not None and found.as_last_year is not None:
        mean = "month" if target == "months" else "band"
        ratio = "" if found.ratio is None else f" (ratio {found.ratio:.2f})"
        last = f"the same as last year would be by {found.as_last_year:.1%}{ratio}"
        said = f"Off by {found.error:.1%} of the mean {mean}; {last}. {said}"
    yield said


def _plain(made: Made) -> dict[str, Any]:
    from frontdoor.calibration.from_published import score

    one = made.foreseen
    found: dict[str, Any] = {"authority": one.authority, "year": one.year, "learnt_from": [*made.learnt]}
    for target in _TARGETS:
        rows: Sequence[Row] = getattr(one, target)
        scored = score(rows)
        found[target] = {
            "figures": [
                {
                    "name": row.name, "predicted": row.predicted.value, "low": row.predicted.low, "high": row.predicted.high,
                    "last_year": row.last, "came": row.came, "held": row.held,
                }
                for row in rows
            ],
            "score": None if scored is None else {
                "error": scored.error, "as_last_year": scored.as_last_year, "ratio": scored.ratio, "held": scored.held, "of": scored.of,
            },
        }  # fmt: skip
    days = {name: str(value) for name, value in made.tables.items() if isinstance(value, date)}
    return {**found, "not_published": [*made.gaps], "scenario": {**made.tables, **days}}
