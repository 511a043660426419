"""The log of a simulated run, as a source that is written and audited like any other."""

from __future__ import annotations

__all__ = ["log_of"]

from typing import TYPE_CHECKING, Any

from frontdoor.formats.source import DETAIL, Source, polars
from frontdoor.rows import Events
from frontdoor.simulation.planning import Planned
from frontdoor.simulation.run import CONTACTS, ROWS, Run

if TYPE_CHECKING:
    import polars as pl

SAID = "simulated"
"""What stands for each detail that a transition needs."""


def log_of(planned: Planned, run: Run, events: Events) -> Source:
    """The events of the contacts that came in the time that is counted, and of all that followed from them.

    In the order they happened, each recorded as it happened; with a source's code as the detail `source`, the team of the
    worker as `team`, the priority as `priority`, and 'simulated' for every other detail that is needed.
    """
    polars("A simulated log")
    import polars as pl

    marks: Any = run.marks
    came: Any = run.contacts
    happened: Any = events
    n, contacts = run.now[ROWS], run.now[CONTACTS]
    rows = pl.DataFrame(
        {"c": marks.of[:n], "case": happened.case[:n], "t": happened.transition[:n], "at": happened.earliest[:n],
         "day": happened.day[:n], "actor": happened.actor[:n], "role": happened.role[:n]},
        schema_overrides=dict.fromkeys(("c", "case", "t", "at", "day", "actor", "role"), pl.Int64),
    )  # fmt: skip
    each = pl.DataFrame(
        {"source": came.source[:contacts], "priority": came.priority[:contacts], "counted": came.counted[:contacts]},
        schema_overrides=dict.fromkeys(("source", "priority", "counted"), pl.Int64),
    )
    rows = rows.hstack(each[rows["c"]]).filter(pl.col("counted") > 0)
    teams = [planned.teams[team] for team in planned.plan.teams.works_in]
    scenario = planned.scenario
    codes = [one.code or one.name for one in scenario.sources.values()]
    number = rows["case"].rank("dense")
    wide = max(5, len(str(int(number.max() or 0))))  # type: ignore[arg-type]
    frame = pl.DataFrame({
        "position": pl.int_range(1, rows.height + 1, dtype=pl.Int64, eager=True),
        "case_id": pl.select("S-" + number.cast(pl.String).str.zfill(wide)).to_series(),
        "event": _named(rows["t"], planned.compiled.transitions),
        "actor": _named(rows["actor"], planned.workers),
        "role": _named(rows["role"], planned.compiled.roles),
        "episode": pl.repeat("", rows.height, eager=True),
        "family": pl.repeat("", rows.height, eager=True),
        "happened_from": rows["at"], "happened_to": rows["at"], "recorded_from": rows["at"], "recorded_to": rows["at"],
        "day": rows["day"], "last_day": rows["day"], "recorded_day": rows["day"],
        DETAIL + "team": _named(rows["actor"], teams),
        DETAIL + "priority": _named(rows["priority"], scenario.priorities),
    })  # fmt: skip
    needs = _needs(planned)
    every = list(dict.fromkeys(need for one in needs.values() for need in one))
    for need in every:
        asked = pl.Series(
            [i for i, name in enumerate(planned.compiled.transitions) if need in needs.get(name, ())], dtype=pl.Int64
        )
        said = _named(rows["source"], codes) if need == "source" else pl.repeat(SAID, rows.height, eager=True)
        frame = frame.with_columns(
            pl.when(rows["t"].is_in(asked.implode())).then(said).otherwise(pl.lit("")).alias(DETAIL + need)
        )
    details = tuple(dict.fromkeys(("team", "priority", *every)))
    return Source(
        scenario.name,
        "flat-csv",
        frame.with_columns(pl.col("day", "last_day", "recorded_day").cast(pl.Int64)),
        details=details,
    )


def _needs(planned: Planned) -> dict[str, tuple[str, ...]]:
    """The details that each transition needs, in any edition."""
    found: dict[str, dict[str, None]] = {}
    for edition in range(-1, planned.compiled.rules.sizes[3]):
        for name, workflow in planned.compiled.composed(edition).workflows.items():
            for move in workflow.transitions.values():
                found.setdefault(f"{name}.{move.name}", {}).update(dict.fromkeys(move.needs))
    return {name: tuple(needs) for name, needs in found.items()}


def _named(numbers: pl.Series, names: Any) -> pl.Series:
    """The name of each number; '' for -1."""
    import polars as pl

    every = pl.Series([*names, ""], dtype=pl.String)
    return every.gather(pl.select(pl.when(numbers < 0).then(len(names)).otherwise(numbers)).to_series().cast(pl.UInt32))
