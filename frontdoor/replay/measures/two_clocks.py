"""Two clocks side by side where guidance and census differ, and the authority's own statement as a third.

The guidance counts an assessment's 45 working days from the referral; the census measures it from the assessment's own start,
so the same assessment can be in time for the return and late for the child. An authority may say a third thing, "24 hours"
for one working day, or "15 days" for working days. Nothing is counted here: the source is judged again, by a library with
that clock stated otherwise.
"""

from __future__ import annotations

__all__ = ["CENSUS", "Reading", "SideBySide", "restated", "two_clocks"]

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from frontdoor.errors import UnknownWorkflow
from frontdoor.guidance import Composed, Origin
from frontdoor.library import Library
from frontdoor.replay import facts
from frontdoor.replay.audit import Audit
from frontdoor.replay.comparing import beside, changed
from frontdoor.replay.measures.counts import measure, shares
from frontdoor.replay.measures.measure import Measure
from frontdoor.timescale import Timescale
from frontdoor.workflow import Timer, Workflow

if TYPE_CHECKING:
    import polars as pl

CENSUS = {
    "single_assessment.completion": ("start",),
    "conference.hold": ("section_47.start", "request"),
}
"""What the children in need census counts from: an assessment's actual start, and the strategy discussion that initiated
section 47 enquiries (the items N00159 and N00148)."""
_SAYS = {
    "guidance": "as judged here",
    "census": "the children in need census: from the item it measures from",
    "stated": "the authority's own statement",
}


@attrs.frozen
class Reading:
    """One way to count a clock."""

    name: str
    """'guidance', 'census' or 'stated'."""
    says: str
    """Whose it is, and what it says, in words."""
    counts_from: tuple[str, ...]
    allowed: tuple[str, ...]
    """How long, under each edition that occurs: ('45 working days',)."""


@attrs.frozen(eq=False)
class SideBySide:
    """One clock, counted each way."""

    timer: str
    title: str
    readings: tuple[Reading, ...]
    deadlines: pl.DataFrame
    """Every deadline of it: `case_id`, `episode`, and for each reading `guidance_from`, `guidance_due`, `guidance_status` and
    so on, `differs` (two verdicts are not the same) and `why`: a sentence for each reading that comes to another verdict than
    the guidance, empty where none does."""
    measure: Measure
    """The share in time by each reading."""

    @property
    def differing(self) -> pl.DataFrame:
        """The deadlines of which two readings say different things."""
        return self.deadlines.filter("differs")


def two_clocks(
    audit: Audit, *, statements: Mapping[str, str] | None = None, stated: Library | None = None
) -> list[SideBySide]:
    """Every clock that is counted in more than one way, in the order of timers.

    `statements` are the authority's own words for a clock: {'referral.decision': '24 hours'}, or with what they count from,
    '24 hours from contact.receive'. `stated` is a library with the authority's own file laid over, in their place: every
    clock that it counts otherwise is shown.

    Raises:
        UnknownWorkflow: there is no such timer, or no such event to count from.
        TimescaleError: a statement says no length.
    """
    said = {timer: _statement(audit.library, timer, words) for timer, words in (statements or {}).items()}
    census = {timer: (None, anchors) for timer, anchors in CENSUS.items() if _differs(audit.library, timer, anchors)}
    others: dict[str, Audit] = {}
    if census:
        others["census"] = facts.again(audit, lambda library: _all_restated(library, census, "the census"))
    if stated is not None:
        others["stated"] = facts.again(audit, lambda _: stated)
    elif said:
        others["stated"] = facts.again(audit, lambda library: _all_restated(library, said, "the authority's statement"))
    wanted = {"census": set(census), "stated": _stated_otherwise(audit, others["stated"]) if stated else set(said)}
    verdicts = {name: facts.verdicts(one) for name, one in {"guidance": audit, **others}.items()}
    timers = sorted(
        set().union(*wanted.values()) & set(verdicts["guidance"]["timer"].unique()), key=facts.of(audit).order
    )
    return [
        _side_by_side(audit, timer, {name: of for name, of in verdicts.items() if name == "guidance" or timer in wanted[name]}, others)
        for timer in timers
    ]  # fmt: skip


def restated(
    library: Library,
    timer: str,
    *,
    counts_from: tuple[str, ...] | None = None,
    allowed: Timescale | None = None,
    by: str,
) -> Library:
    """A library in which a clock counts from something else, or allows another length, wherever an edition gives it one.

    `by` says who states it so; it stands where a file would in what explains a deadline.

    Raises:
        UnknownWorkflow: there is no such timer.
    """
    workflow, _, name = timer.partition(".")
    _timer(library, timer)

    def laid(composed: Composed) -> Composed:
        old = composed.workflows[workflow]
        if name not in old.timers or old.timers[name].allowed is None:
            return composed
        new = attrs.evolve(old.timers[name], departs=f"as stated by {by}")
        origins = dict(composed.origins)
        if counts_from is not None:
            new = attrs.evolve(new, counts_from=counts_from)
            origins[workflow, "timers", name, "counts_from"] = Origin(by, f"timers.{name}")
        if allowed is not None:
            new = attrs.evolve(new, allowed=allowed, cites=f"{allowed}, as stated by {by}", grade="")
            origins[workflow, "timers", name, "allowed"] = Origin(by, f"timers.{name}")
        timers: Mapping[str, Timer] = {**old.timers, name: new}
        changed_: Workflow = attrs.evolve(old, timers=timers)  # type: ignore[arg-type]
        return attrs.evolve(composed, workflows={**composed.workflows, workflow: changed_}, origins=origins)

    return attrs.evolve(library, composed={edition: laid(one) for edition, one in library.composed.items()})


_Stated = Mapping[str, tuple[Timescale | None, tuple[str, ...] | None]]


def _all_restated(library: Library, how: _Stated, by: str) -> Library:
    for timer, (allowed, counts_from) in how.items():
        workflow = timer.partition(".")[0]
        if workflow in library.names():
            library = restated(library, timer, counts_from=counts_from, allowed=allowed, by=by)
    return library


def _timer(library: Library, timer: str) -> Timer:
    workflow, _, name = timer.partition(".")
    known = [f"{one}.{each}" for one in library.names() for each in library.anywhere(one).timers]
    if timer not in known:
        raise UnknownWorkflow("timer", timer, known)
    return library.anywhere(workflow).timers[name]


def _statement(library: Library, timer: str, words: str) -> tuple[Timescale, tuple[str, ...] | None]:
    """What an authority's words say: how long, and from what where they say it."""
    _timer(library, timer)
    length, _, anchor = words.partition(" from ")
    allowed = Timescale.parse(length)
    if not anchor:
        return allowed, None
    workflow = timer.partition(".")[0]
    event = anchor.strip() if "." in anchor else f"{workflow}.{anchor.strip()}"
    known = [f"{one}.{move}" for one in library.names() for move in library.anywhere(one).transitions]
    if event not in known:
        raise UnknownWorkflow("event", event, known)
    return allowed, (event.removeprefix(f"{workflow}."),)


def _differs(library: Library, timer: str, anchors: tuple[str, ...]) -> bool:
    """Whether some edition with a length for it counts from something else."""
    workflow, _, name = timer.partition(".")
    every = [one.workflows[workflow].timers.get(name) for one in library.composed.values() if workflow in one.workflows]
    return any(one is not None and one.allowed is not None and one.counts_from != anchors for one in every)


def _stated_otherwise(audit: Audit, other: Audit) -> set[str]:
    """The timers that a library counts otherwise than the one judged by."""

    def told(of: Audit) -> dict[tuple[str | None, str], tuple[object, ...]]:
        return {
            (edition, f"{name}.{timer.name}"): (timer.counts_from, timer.allowed, timer.then, timer.anchor, timer.met_by)
            for edition, composed in of.library.composed.items()
            for name, workflow in composed.workflows.items()
            for timer in workflow.timers.values()
        }  # fmt: skip

    mine, theirs = told(audit), told(other)
    return {timer for edition, timer in mine if mine[edition, timer] != theirs.get((edition, timer))}


def _side_by_side(
    audit: Audit, timer: str, verdicts: Mapping[str, pl.DataFrame], others: Mapping[str, Audit]
) -> SideBySide:  # fmt: skip
    import polars as pl

    mine = verdicts["guidance"].filter(pl.col("timer") == timer)
    wide = mine.select(
        "opened",
        "nth",
        "case_id",
        "episode",
        guidance_from="counted_from",
        guidance_due="due",
        guidance_status="status",
    )
    said = []
    for name in [one for one in verdicts if one != "guidance"]:
        theirs = verdicts[name].filter(pl.col("timer") == timer)
        both = beside(mine, theirs)
        differs, _ = changed(both.filter(pl.col("a_there").is_not_null()), ("the guidance", _short(name)))
        why = both.filter(pl.col("a_status").ne_missing(pl.col("b_status")) & pl.col("a_there").is_not_null()).select(
            "opened", "nth"
        )
        why = why.with_columns(differs.select(pl.col("why").alias(f"{name}_why"))[f"{name}_why"])
        columns = theirs.select(
            "opened", "nth", pl.col("counted_from").alias(f"{name}_from"), pl.col("due").alias(f"{name}_due"),
            pl.col("status").alias(f"{name}_status"),
        )  # fmt: skip
        wide = wide.join(columns, on=["opened", "nth"], how="left", maintain_order="left")
        wide = wide.join(why, on=["opened", "nth"], how="left", maintain_order="left")
        said.append(f"{name}_why")
    sentences = [pl.col(name) for name in said]
    wide = wide.with_columns(why=pl.concat_str(sentences, separator=" ", ignore_nulls=True)).with_columns(
        differs=pl.col("why") != ""
    )
    readings = tuple(_reading(others.get(name, audit), timer, name, frame) for name, frame in verdicts.items())
    frame = pl.concat(
        [
            _in_time(one.filter(pl.col("timer") == timer)).with_columns(counted_as=pl.lit(name))
            for name, one in verdicts.items()
        ]
    )
    order = list(verdicts)
    in_time = measure(
        facts.of(audit), f"two_clocks_{timer}", f"{mine['title'][0]}: in time, by each way to count it", "Two clocks",
        definition="The share of deadlines met in time, counted each way: "
        + "; ".join(f"{one.name}: {one.says}" for one in readings) + ".",
        denominator="deadlines met, late or overdue under that reading",
        excluded="deadlines that run, ended otherwise or cannot be told under that reading",
        by=("counted as",), rows=shares(frame.rename({"counted_as": "counted as"}), ["counted as"], order={"counted as": order.index}),
    )  # fmt: skip
    return SideBySide(timer, mine["title"][0], readings, wide.drop("opened", "nth", *said), in_time)


def _short(name: str) -> str:
    return {"census": "the census", "stated": "the authority's statement"}[name]


def _reading(of: Audit, timer: str, name: str, verdicts: pl.DataFrame) -> Reading:
    import polars as pl

    mine = verdicts.filter((pl.col("timer") == timer) & pl.col("allowed").is_not_null())
    lengths = mine.select("allowed", "unit").unique(maintain_order=True).rows()
    allowed = tuple(f"{count} {unit[:-1] if count == 1 else unit}" for count, unit in lengths)
    anchors = _counts_from(of.library, timer)
    says = f"{_SAYS[name]}, {' or '.join(allowed) or 'no length'} from {', else '.join(anchors)}"
    return Reading(name, says, anchors, allowed)


def _counts_from(library: Library, timer: str) -> tuple[str, ...]:
    """What a clock counts from, under the latest edition that gives it a length; qualified."""
    workflow, _, name = timer.partition(".")
    found = _timer(library, timer)
    for edition in library.editions:
        here = library.composed[edition.name].workflows[workflow].timers.get(name)
        if here is not None and here.allowed is not None:
            found = here
    return tuple(one if "." in one else f"{workflow}.{one}" for one in found.counts_from)


def _in_time(frame: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    reasons = {"running": "running", "ended": "ended otherwise", "cannot_tell": "cannot tell"}
    why = pl.col("status").replace_strict(reasons, default=None, return_dtype=pl.String)
    return frame.select(yes=pl.col("status") == "met", why=why)
