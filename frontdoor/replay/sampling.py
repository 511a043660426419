"""Samples for case audit: which cases to read, the same on every machine, and a form to read each by.

    found = sample(audit, size=2, by=("worker", "month"), seed=2009)
    found = sample(audit, share="10%", stratify="verdict", seed=2009)
    found.forms()[0].timeline

A case's place is the SHA-256 of the seed and its reference, so the same seed chooses the same cases whatever the order of the
file, and a case that is added displaces at most one other. Numbers say where to look; only reading says what happened.
"""

from __future__ import annotations

__all__ = ["GROUPS", "STRATA", "Chosen", "Sample", "sample"]

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TYPE_CHECKING

import attrs

from frontdoor.errors import did_you_mean
from frontdoor.replay import facts
from frontdoor.replay.audit import Audit
from frontdoor.replay.case_form import Form, forms
from frontdoor.replay.facts import Facts
from frontdoor.replay.measures.measure import NOT_RECORDED

if TYPE_CHECKING:
    import polars as pl

GROUPS = ("worker", "team", "source", "priority", "month", "workflow", "timer")
"""What a sample can be taken by. A case is in the group of its latest episode of which one is said; of timers in several."""
STRATA = ("verdict", "worker", "team", "source", "priority", "month", "workflow")
"""What each group can be spread over. The verdict of a case is the worst of its deadlines: late, cannot tell, in time."""


@attrs.frozen
class Chosen:
    """A case that was drawn, and for which group and stratum."""

    case_id: str
    group: Mapping[str, str] = attrs.field(hash=False)
    stratum: str = ""


@attrs.define(eq=False)
class Sample:
    """The cases drawn, by group, and how they were."""

    facts: Facts = attrs.field(repr=False)
    by: tuple[str, ...]
    stratify: str
    seed: str
    how: str
    """How it was drawn, in a sentence that is enough to draw it again."""
    chosen: tuple[Chosen, ...]
    of: Mapping[tuple[str, ...], int]
    """How many cases each group has."""

    @property
    def cases(self) -> tuple[str, ...]:
        """Every case drawn, once, in the order of the source."""
        import polars as pl

        wanted = {one.case_id for one in self.chosen}
        order = self.facts.episodes["case_id"].unique(maintain_order=True)
        return tuple(order.filter(order.is_in(pl.Series(sorted(wanted), dtype=pl.String).implode())))

    def forms(self) -> tuple[Form, ...]:
        """An audit form for each case drawn, in the order of the source."""
        drawn: dict[str, list[str]] = {}
        for one in self.chosen:
            said = ", ".join(f"{name} {value}" for name, value in one.group.items()) or "all cases"
            drawn.setdefault(one.case_id, []).append(said + (f" ({one.stratum})" if one.stratum else ""))
        return forms(self.facts, {case: drawn[case] for case in self.cases})


def sample(
    audit: Audit | Facts,
    *,
    size: int | None = None,
    share: str | float | None = None,
    by: str | Sequence[str] = (),
    seed: int | str = 0,
    stratify: str = "",
) -> Sample:
    """Draw `size` cases of each group (default 2), or a `share` of them ('10%', 0.1; rounded, one at least).

    `by` names one or more of `GROUPS`; without it all cases are one group. With `stratify` (one of `STRATA`) a size is taken
    from the strata of a group in turn, the largest first, and a share from each.

    Raises:
        ValueError: both a size and a share, a size below 1, a share that is none, an unknown group or stratum.
    """
    known = facts.of(audit)
    names = (by,) if isinstance(by, str) and by else tuple(by)
    _check(names, GROUPS, "by")
    _check((stratify,) if stratify else (), STRATA, "over")
    if size is not None and share is not None:
        raise ValueError("a sample has a size or a share, not both.")
    part = None if share is None else _share(share)
    many = 2 if size is None else size
    if many < 1:
        raise ValueError(f"a sample of {many} cases is none: write 1 or more.")
    frame = _cases(known, names, stratify)
    groups: dict[tuple[str, ...], dict[str, list[str]]] = {}
    for case, stratum, *values in frame.iter_rows():
        groups.setdefault(tuple(values), {}).setdefault(stratum, []).append(case)
    places: dict[str, str] = {}
    chosen = []
    for group in sorted(groups, key=lambda key: [(value == NOT_RECORDED, value) for value in key]):
        strata = {
            name: sorted(cases, key=lambda case: _place(places, str(seed), case))
            for name, cases in groups[group].items()
        }
        drawn = _in_turn(strata, many) if part is None else _of_each(strata, part)
        said = dict(zip(names, group, strict=True))
        chosen += [Chosen(case, said, stratum) for case, stratum in drawn]
    of = {group: sum(len(cases) for cases in strata.values()) for group, strata in sorted(groups.items())}
    told = f"{_how(many, part, names, stratify, seed)}; {known.among or 'of all cases'}, as at {known.as_at}."
    return Sample(known, names, stratify, str(seed), told, tuple(chosen), of)


def _how(many: int, part: Decimal | None, names: Sequence[str], stratify: str, seed: int | str) -> str:
    """How cases are drawn, so that others can draw the same."""
    quantity = (
        f"{many} case{'' if many == 1 else 's'}"
        if part is None
        else f"{part * 100:f}".rstrip("0").rstrip(".") + "% of the cases"
    )
    each = f" of each {' and '.join(names)}" if names else ""
    spread = f", {'in turn from each' if part is None else 'of each'} {stratify}" if stratify else ""
    return (
        f"{quantity}{each}{spread}, those whose SHA-256 of seed {seed}, a line feed and the case reference comes first"
    )


def _check(names: Iterable[str], known: Sequence[str], what: str) -> None:
    for name in names:
        if name not in known:
            raise ValueError(f"no sample is drawn {what} {name!r}.{did_you_mean(name, known)}")


def _share(text: str | float) -> Decimal:
    said = str(text).strip()
    try:
        found = Decimal(said.removesuffix("%").strip()) / (100 if said.endswith("%") else 1)
    except InvalidOperation:
        raise ValueError(f"{text!r} is no share: write 10% or 0.1.") from None
    if not 0 < found <= 1:
        raise ValueError(f"{text!r} is no share of the cases: write more than 0% and at most 100%.")
    return found


def _place(places: dict[str, str], seed: str, case: str) -> str:
    """Where a case stands in the draw: the same everywhere, for the same seed."""
    if case not in places:
        places[case] = hashlib.sha256(f"{seed}\n{case}".encode("utf-8", "surrogatepass")).hexdigest()
    return places[case]


def _in_turn(strata: Mapping[str, list[str]], many: int) -> list[tuple[str, str]]:
    """So many of them, one from each stratum in turn, the largest first."""
    order = sorted(strata, key=lambda name: (-len(strata[name]), name))
    rounds = max(len(cases) for cases in strata.values())
    drawn = [(strata[name][at], name) for at in range(rounds) for name in order if at < len(strata[name])]
    return drawn[:many]


def _of_each(strata: Mapping[str, list[str]], part: Decimal) -> list[tuple[str, str]]:
    """A share of each stratum, rounded half up, one at least."""
    drawn = []
    for name in sorted(strata):
        many = max(1, int((part * len(strata[name])).quantize(Decimal(1), ROUND_HALF_UP)))
        drawn += [(case, name) for case in strata[name][:many]]
    return drawn


def _cases(known: Facts, names: Sequence[str], stratify: str) -> pl.DataFrame:
    """Every case with its stratum and groups: `case_id`, `stratum`, then the groups."""
    import polars as pl

    episodes = known.episodes.filter("counted").sort("case_id", "opened")
    plain = [
        name for name in dict.fromkeys([*names, *([stratify] if stratify else [])]) if name not in ("timer", "verdict")
    ]
    latest = [
        pl.col(name).filter(pl.col(name) != NOT_RECORDED).last().fill_null(NOT_RECORDED) for name in plain
    ]  # fmt: skip
    frame = episodes.group_by("case_id").agg(*latest, first=pl.col("opened").min())
    if stratify == "verdict":
        frame = frame.join(_verdicts(known), on="case_id", how="left").with_columns(
            pl.col("verdict").fill_null("no clock")
        )
    if "timer" in names:
        timers = known.clocks.filter("counted").select("case_id", "timer").unique()
        frame = frame.join(timers, on="case_id", how="inner")
    stratum = pl.col(stratify) if stratify else pl.lit("")
    return (
        frame.with_columns(stratum=stratum.alias("stratum")).sort("first", *names).select("case_id", "stratum", *names)
    )


def _verdicts(known: Facts) -> pl.DataFrame:
    """The worst of each case's deadlines."""
    import polars as pl

    status = pl.col("status")
    return known.clocks.filter("counted").group_by("case_id").agg(
        verdict=pl.when(status.is_in(["late", "overdue"]).any()).then(pl.lit("late"))
        .when((status == "cannot tell").any()).then(pl.lit("cannot tell")).otherwise(pl.lit("in time"))
    )  # fmt: skip
