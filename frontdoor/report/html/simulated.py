"""The report of a simulated duty desk as one page of HTML that needs nothing else, in the manner of an audit's.

    write(simulation.results, simulation.notes, "report.html")

It answers in a sentence, says what was simulated and what of it is assumed, and then shows the figures, each picture with a
table of the same numbers. The same results give the same bytes.
"""

from __future__ import annotations

__all__ = ["Varied", "page", "write"]

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from frontdoor.moment import in_words
from frontdoor.report.html import simulated_clocks, simulated_varied, simulated_work
from frontdoor.report.html.opening import calendar_of, titled
from frontdoor.report.html.pages import rendered
from frontdoor.report.html.simulated_parts import Table, percent, sure
from frontdoor.report.html.simulated_varied import Varied, range_of
from frontdoor.report.setting import LOCAL
from frontdoor.report.simulated import value
from frontdoor.report.words import all_of, count
from frontdoor.simulation.results import Results


def write(
    results: Results, notes: Sequence[str], path: str | Path, *, changes: Mapping[str, Any] | None = None, varied: Varied | None = None
) -> None:  # fmt: skip
    """Write the report of some replications to a file, with what is to be known of them, what was changed of the scenario's
    file, and the value that was varied.

    Raises:
        MissingExtra: jinja2 is not installed.
        OSError: the file cannot be written.
    """
    Path(path).write_bytes(page(results, notes, changes=changes, varied=varied).encode())


def page(
    results: Results, notes: Sequence[str], *, changes: Mapping[str, Any] | None = None, varied: Varied | None = None
) -> str:
    """The same as a page; of what was varied `results` are those that it tells in full.

    Raises:
        MissingExtra: jinja2 is not installed.
    """
    said, period = results.planned.scenario, _period(results)
    cards, figures = simulated_clocks.clocks(results, period)
    waits, waited = simulated_work.waiting(results)
    drawn, caused = simulated_clocks.by_cause(results)
    return rendered(
        "simulated.html.jinja", scenario=said, answers=list(_answers(results, varied)), setting=list(_setting(results, changes or {}, varied)),
        came=_came(results), notes=[*notes, *_few(results)], assumed=_assumed(said.notes), period=period, cards=cards, figures=figures,
        varied=varied, steps=simulated_varied.steps(varied) if varied else None, backlogs=simulated_work.backlogs(results), waits=waits, waited=waited,
        heats=simulated_work.heats(results), busy=simulated_work.utilisation(results), holding=simulated_work.holding(results), drawn=drawn, caused=caused,
        many=len(results.replications),
    )  # fmt: skip


def _period(results: Results) -> str:
    said = results.planned.scenario
    days = (said.ends - said.starts).days + 1
    return "a year" if 360 <= days <= 371 else f"a period of {count(days, 'day')}"


# ---- the answer ----


def _answers(results: Results, varied: Varied | None) -> Iterator[str]:
    if varied is not None:
        yield simulated_varied.found(varied)
    kinds = simulated_clocks.kinds(results)
    statutory = [timer for timer, (kind, _) in kinds.items() if kind != LOCAL]
    given = f"With {varied.path} = {value(varied.shown.value)}, in" if varied is not None else "In"
    which = f"{given} time by statutory clock" if statutory else f"No statutory clock ran. {given} time by local clock"
    each = [
        f"“{titled(results.planned.compiled.library, timer)}” {sure(results.timers[timer].in_time)}"
        for timer in statutory or kinds
    ]  # fmt: skip
    yield f"{which}: {'; '.join(each)}." if each else "No clock ran in it."


# ---- what was simulated, and what of it is assumed ----


def _setting(results: Results, changes: Mapping[str, Any], varied: Varied | None) -> Iterator[tuple[str, str]]:
    planned, said, library = results.planned, results.planned.scenario, results.planned.compiled.library
    yield "Scenario", f"{said.title} ({said.name})"
    if changes:
        yield "Changed from its file", "; ".join(f"{path} = {value(one)}" for path, one in changes.items())
    if varied is not None:
        ran = all_of(value(one.value) for one in varied.steps)
        yield (
            "Varied",
            f"{varied.path}: {range_of(varied.values)}, of which {ran} {'was' if len(varied.steps) == 1 else 'were'} run. All that follows but the chapter on it is told with {value(varied.shown.value)}.",
        )
    if said.demand != 1:
        yield "Demand", f"{said.demand:g} times as much comes as the file says of each source."
    yield (
        "Period",
        f"{in_words(said.starts)} to {in_words(said.ends)}, {count((said.ends - said.starts).days + 1, 'day')}: what comes in it is counted.",
    )
    if planned.caseload:
        yield (
            "Begins with",
            f"{count(planned.caseload.open, 'open case')} of a log; what comes of them is done, but not counted.",
        )
    elif planned.warm_up:
        yield (
            "Warm-up",
            f"{count(planned.warm_up, 'day')} before it, from {in_words(planned.first)}: the office fills, and nothing is counted.",
        )
    else:
        yield "Warm-up", "None: the office starts empty."
    yield (
        "Replications",
        f"{len(results.replications):,}, seed {results.seed}. Each is the same period with other chance; the same seed gives the same figures.",
    )
    yield "Guidance", _guidance(results)
    yield "Bank holidays", calendar_of(library.calendar)
    laid = "; ".join(f"{one.title or one.name} ({one.file})" for one in library.locals)
    yield "Local files", laid or "None: the national guidance alone, with the local defaults that come with frontdoor."
    yield "Switched on", " ".join(_policies(results)) or "None of the policies that a manager may switch."


def _guidance(results: Results) -> str:
    library, said = results.planned.compiled.library, results.planned.scenario
    if library.chosen is not None:
        return f"{library.chosen.title or library.chosen.name}, by choice, whatever was in force."
    after = [*(start - timedelta(days=1) for start in library.starts[1:]), said.ends]
    ran = [
        f"{edition.title or edition.name} (from {in_words(start)})"
        for edition, start, last in zip(library.editions, library.starts, after, strict=True) if start <= said.ends and last >= said.starts
    ]  # fmt: skip
    return f"{all_of(ran)}." if ran else "None was in force yet."


def _policies(results: Results) -> Iterator[str]:
    one = results.planned.scenario.policies
    if one.check:
        helped = "; ".join(f"{helper} take it over from {team}" for team, helper in one.helped_by.items())
        yield (
            f"At the daily check at {one.check_at // 3_600:02}:{one.check_at // 60 % 60:02} what falls due that day, and is not late yet, goes "
            f"to the front of its priority. {f'{helped[0].upper()}{helped[1:]}, if they are there.' if helped else 'Only the order changes: no more is done for it.'}"
        )
    if one.ageing:
        yield f"What has waited {count(one.ageing // 3_600, 'hour')} is moved up a priority."
    if any(one.vetting.values()):
        shares = ", ".join(f"{percent(share)} from {name}" for name, share in one.vetting.items() if share)
        yield f"What would come to {all_of(one.vetted, last='or')} is kept back before it arrives: {shares}."
    if one.signposting is not None:
        yield f"{percent(one.signposting)} of what ends below the threshold is signposted."


def _came(results: Results) -> Table:
    said = results.planned.scenario
    rows = [
        (one.title or name.replace("_", " "), f"{one.per_year:,.0f}", f"{results.contacts[name]:,.0f}", percent(one.known))
        for name, one in said.sources.items()
    ]  # fmt: skip
    rows.append(
        (
            "All sources",
            f"{sum(one.per_year for one in said.sources.values()):,.0f}",
            f"{sum(results.contacts.values()):,.0f}",
            "",
        )
    )
    heads = ("Source", "Expected in a year", "Came in one replication, on average", "Of children known")
    return Table("Contacts", heads, tuple(rows))


def _few(results: Results) -> Iterator[str]:
    many = len(results.replications)
    if many == 1:
        yield "One replication was run: what another year would be by chance is not in these figures, and no band or likelihood can be told."
    elif many < 10:
        yield f"{many} replications were run: bands and likelihoods of so few are rough. --replications 50 gives better."


def _assumed(notes: Mapping[str, str]) -> tuple[list[str], list[tuple[str, str]]]:
    """The notes of the scenario as a whole, and those of its tables, with the tables of which each is said."""
    whole = [note for place, note in notes.items() if place.isdecimal()]
    by_note: dict[str, list[str]] = {}
    for place, note in notes.items():
        if not place.isdecimal():
            by_note.setdefault(note, []).append(place)
    return whole, [(note, ", ".join(places)) for note, places in by_note.items()]
