"""Conversion: how much of what came in led to what, and what became of referrals below the threshold."""

from __future__ import annotations

__all__ = ["ASSESSMENTS", "conversion", "measures", "no_further_action", "signposted"]

from typing import TYPE_CHECKING, NamedTuple

import attrs

from frontdoor.replay.facts import Facts
from frontdoor.replay.measures.counts import CANNOT, incomplete, measure, shares, untold
from frontdoor.replay.measures.measure import Measure, Target

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl

_SUBJECT = "Conversion"
ASSESSMENTS = ("initial_assessment", "core_assessment", "single_assessment")
"""The workflows that are assessments."""
_CAF = Target(
    0.5, "a borough's action plan of December 2009: half of the referrals below the threshold supported by early help"
)


class _Step(NamedTuple):
    """A step from one workflow to another (or to an outcome of its own)."""

    name: str
    above: str
    below: tuple[str, ...]
    outcome: tuple[str, ...]
    """The states of `above` that are the step, where nothing further opens."""
    undecided: tuple[str, ...]
    """The states in which it is not decided yet."""
    decides: tuple[str, ...]
    """The transitions that decide it: where the source has no place for one of them, nothing is known to be undecided."""


_STEPS = (
    _Step("contact to referral", "contact", ("referral",), (), ("received",), ("contact.refer", "contact.close")),
    _Step("referral to assessment", "referral", ASSESSMENTS, (), ("received",), ("referral.accept",)),
    _Step("referral to section 47", "referral", ("section_47",), (), ("received",), ("referral.accept",)),
    _Step("section 47 to conference", "section_47", ("conference",), (), ("enquiry",),
          ("section_47.request_conference", "section_47.find_not_substantiated")),
    _Step("conference to plan", "conference", (), ("plan",), ("requested",), ()),
)  # fmt: skip
_ORDER = {step.name: place for place, step in enumerate(_STEPS)}


def measures(facts: Facts) -> list[Measure]:
    """The funnel, over all and by month; no further action; signposted below the threshold."""
    return [*conversion(facts), *no_further_action(facts), *signposted(facts)]


def conversion(facts: Facts) -> list[Measure]:
    """Each step from contact to plan: the share of what came to it that went on."""
    import polars as pl

    steps = [
        step for step in _STEPS if facts.declares(step.above) and any(map(facts.declares, step.below or (step.above,)))
    ]
    if not steps:
        return []
    frames, silent, told = [], [], []
    for step in steps:
        frame, why = _stepped(facts, step)
        if why:
            silent.append(f"{step.name}: {why}")
        else:
            frames.append(frame.with_columns(step=pl.lit(step.name)))
            told.append(step)
    said = measure(
        facts, "conversion", "From contact to plan", _SUBJECT,
        definition="The share of what came to each step that went on to the next: contacts that led to a referral, directly "
        "or through the MASH; referrals that led to an assessment, and to section 47 enquiries; enquiries that led to a "
        "conference; conferences that led to a plan.",
        denominator="episodes of the earlier step (contacts, referrals, enquiries, conferences), each child counted",
        excluded="those not decided yet, conferences that were cancelled, and those of which the source cannot hold what they led to",
        by=("step",),
        notes=(*(f"Cannot be told of this source: {one}." for one in silent), *_known(facts, told)),
    )  # fmt: skip
    if not frames:
        return [untold(said, "; ".join(silent).capitalize() + ".")]
    frame = pl.concat(frames)
    order = {"step": _ORDER.__getitem__}
    monthly = attrs.evolve(
        said, name="conversion_by_month", title="From contact to plan, by month", by=("step", "month"),
        rows=shares(frame, ["step", "month"], order=order), notes=said.notes + incomplete(facts),
        definition=said.definition + " The month is that in which the earlier step began.",
    )  # fmt: skip
    return [attrs.evolve(said, rows=shares(frame, ["step"], order=order)), monthly]


def _stepped(facts: Facts, step: _Step) -> tuple[pl.DataFrame, str]:
    """The episodes of the earlier step, with whether each went on; or why that cannot be told."""
    import polars as pl

    mine = facts.episodes.filter((pl.col("workflow") == step.above) & pl.col("counted"))
    opening = facts.library.anywhere(step.above).opens_with
    if not facts.has(step.above):
        known = facts.holds(f"{step.above}.{opening}")
        return (
            mine,
            f"there is no {_plain(step.above)} in it" if known else f"it has no place for a {_plain(step.above)}",
        )
    if step.below and not any(map(facts.has, step.below)) and not _any_carried(facts, step.below):
        return mine, f"it has no place for what comes after a {_plain(step.above)}"
    if step.below:
        lower = facts.episodes.filter(pl.col("workflow").is_in(list(step.below)))
        led = facts.roots(lower, step.above)["root"].drop_nulls().unique()
        yes = pl.col("e").is_in(led.implode())
    else:
        yes = pl.col("state").is_in(list(step.outcome))
    waits = pl.col("state").is_in(list(step.undecided)) & ~yes
    if step.above == "contact":
        waits = waits | (pl.col("e").is_in(_in_mash(facts).implode()) & ~yes)
    waits = waits & facts.able(*step.decides)
    if not facts.holds(*step.decides):
        waits = pl.lit(False)
    able = pl.any_horizontal(*map(facts.able, _moves(facts, step.below))) if step.below else pl.lit(True)
    cancelled = (pl.col("state") == "cancelled") if step.above == "conference" else pl.lit(False)
    why = (
        pl.when(~able & ~yes).then(pl.lit(CANNOT)).when(waits).then(pl.lit("not decided yet"))
        .when(cancelled).then(pl.lit("cancelled"))
    )  # fmt: skip
    return mine.select("month", yes=yes, why=why), ""


def _any_carried(facts: Facts, workflows: tuple[str, ...]) -> bool:
    """Whether the source has a place for anything of one of them."""
    return any(map(facts.holds, _moves(facts, workflows)))


def _moves(facts: Facts, workflows: tuple[str, ...]) -> list[str]:
    """Every transition of some workflows: what a source tells of one it may tell without its opening, as the census does
    of conferences."""
    declared = filter(facts.declares, workflows)
    return [f"{name}.{move}" for name in declared for move in facts.library.anywhere(name).transitions]


def _known(facts: Facts, steps: Sequence[_Step]) -> Iterator[str]:
    """What a reader must know of the steps that can be told."""
    import polars as pl

    silent = list(dict.fromkeys(f"each {_plain(step.above)}" for step in steps if not facts.holds(*step.decides)))
    if silent:
        said = " and ".join(part for part in (", ".join(silent[:-1]), silent[-1]) if part)
        yield f"This source does not say when {said} was decided: every one is counted, decided or not."
    stated = not all(one.logged for one in facts.audit.source.groups or (facts.audit.source.carries,))
    for step in steps:
        some = facts.episodes.filter(pl.col("workflow").is_in(list(step.below)) & pl.col("counted"))
        opening = f"{step.above}.{facts.library.anywhere(step.above).opens_with}"
        lost = facts.roots(some, step.above)["root"].null_count()
        if lost and not facts.holds_every(opening):
            yield (
                f"{step.name.capitalize()}: {lost:,} of {some.height:,} have no {_plain(step.above)} before them in this source, "
                "which holds those of some period only."
            )
        elif lost and stated:
            by = "by the record's own links, or else by dates," if facts.audit.source.links else "by their dates"
            yield (
                f"{step.name.capitalize()}: {by} {lost:,} of {some.height:,} of the latter have no "
                f"{_plain(step.above)} before them, and are counted of none."
            )
        if "referral" in step.below and facts.has("referral") and not facts.holds_every("referral.receive"):
            yield (
                f"{step.name.capitalize()}: this source lists referrals of some period only (Annex A: six months); one received "
                "outside it is not in it, and its contact counts as leading to none."
            )


def _in_mash(facts: Facts) -> pl.Series:
    """The contacts whose MASH has not decided."""
    import polars as pl

    return facts.episodes.filter((pl.col("workflow") == "mash") & (pl.col("standing") == "open"))["parent"].drop_nulls()


def no_further_action(facts: Facts) -> list[Measure]:
    """The share of referrals that ended with no further action."""
    import polars as pl

    if not facts.declares("referral"):
        return []
    said = measure(
        facts, "no_further_action", "No further action", _SUBJECT,
        definition="The share of referrals on which no further action was decided.",
        denominator="referrals that were decided",
        excluded="referrals not decided yet",
    )  # fmt: skip
    if not facts.holds("referral.take_no_further_action"):
        return [untold(said, "This source has no place for a decision to take no further action.")]
    mine = facts.episodes.filter((pl.col("workflow") == "referral") & pl.col("counted"))
    if not facts.has("referral"):
        return [untold(said, "There is no referral in this source.")]
    able = facts.able("referral.take_no_further_action")
    waits = (pl.col("state") == "received") & facts.able("referral.accept") & facts.holds("referral.accept")
    why = pl.when(~able).then(pl.lit(CANNOT)).when(waits).then(pl.lit("not decided yet"))
    frame = mine.with_columns(yes=pl.col("state") == "no_further_action", why=why)
    notes = () if facts.holds("referral.accept") else (
        "This source does not say when a referral was accepted: every referral in it is counted, decided or not.",
    )  # fmt: skip
    by = [("", ()), ("_by_month", ("month",)), ("_by_source", ("source",))]
    return [
        attrs.evolve(
            said, name=said.name + end, title=said.title + (f", by {names[0]}" if names else ""), by=names,
            rows=shares(frame, names), notes=notes + (incomplete(facts) if names == ("month",) else ()),
        )
        for end, names in by
    ]  # fmt: skip


_BELOW = {
    "contact": (("signposted",), ("signposted", "closed"), "contact.signpost"),
    "mash": (("early_help",), ("early_help", "closed"), "mash.offer_early_help"),
    "referral": (("signposted",), ("signposted", "no_further_action"), "referral.signpost"),
}
"""By stage: the states that are an offer of other help, all those of what is below the threshold, and what offers it."""


def signposted(facts: Facts) -> list[Measure]:
    """Of those that did not meet the threshold, the share that were offered other help."""
    import polars as pl

    if not facts.declares(*_BELOW):
        return []
    said = measure(
        facts, "signposted", "Signposted below the threshold", _SUBJECT,
        definition="Of the contacts, MASH enquiries and referrals that did not meet the threshold, the share that were signposted "
        "to another service or offered early help, rather than closed or ended with no further action.",
        denominator="contacts, MASH enquiries and referrals that ended below the threshold",
        excluded="those that went on, were passed on, joined to open work or returned for vetting, and those still open",
        by=("stage",), target=_CAF,
    )  # fmt: skip
    parts = []
    for name, (helped, every, move) in _BELOW.items():
        if facts.holds(move):
            mine = (pl.col("workflow") == name) & pl.col("counted") & pl.col("state").is_in(every) & facts.able(move)
            yes = pl.col("state").is_in(helped)
            parts.append(facts.episodes.filter(mine).select(stage="workflow", yes=yes, why=pl.lit(None, pl.String)))
    if not parts:
        return [untold(said, "This source has no place for what is signposted or offered early help.")]
    frame = pl.concat(parts)
    if not frame.height:
        return [untold(said, "Nothing in this source ended below the threshold.")]
    return [attrs.evolve(said, rows=shares(frame, ["stage"], order={"stage": list(_BELOW).index}))]


def _plain(workflow: str) -> str:
    return workflow.replace("_", " ")
