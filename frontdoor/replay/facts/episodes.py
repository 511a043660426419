"""The episodes of an audit as columns: when each opened and closed, what it came from, whose work it was."""

from __future__ import annotations

__all__ = ["DIMENSIONS", "roots", "table"]

from typing import TYPE_CHECKING

from frontdoor.moment import bounds
from frontdoor.replay.facts.days import month_of
from frontdoor.replay.measures.measure import NOT_RECORDED

if TYPE_CHECKING:
    import polars as pl

    from frontdoor.replay.facts.facts import Facts

DIMENSIONS = ("team", "source", "priority", "worker")
"""Whose work an episode is, and where it came from."""
_OF_STATE = ["group", "edition", "number", "at"]


def table(facts: Facts, states: pl.DataFrame) -> pl.DataFrame:
    """The columns of `Facts.episodes` but for `counted`."""
    import polars as pl

    log = facts.audit.log
    guidance = {edition: log.compiled.edition(edition) for edition in range(-1, log.compiled.rules.sizes[3])}
    days = [0 if end is None else bounds(end)[3] for end in log.ends]
    folded = facts.audit.folded.episodes.cast(pl.Int64)
    frame = facts.audit.episodes.with_columns(pl.col("e").cast(pl.Int64)).hstack(
        folded.select(number="workflow", edition="edition", at="state", opened="opened")
    )
    group = log.rows["group"].gather(folded["opened"]) if "group" in log.rows.columns else pl.lit(0)
    frame = frame.with_columns(group=group).with_columns(
        pl.col("group").cast(pl.Int64),
        guidance=pl.col("edition").replace_strict(guidance, return_dtype=pl.String),
        judged_to=pl.col("group").replace_strict(dict(enumerate(days)), return_dtype=pl.Int64),
    )
    frame = frame.join(states, on=_OF_STATE, how="left", maintain_order="left")
    frame = frame.join(_closings(facts, frame, states), on="e", how="left", maintain_order="left")
    rows = facts.events.select("row", "day", "last_day")
    opening = rows.select(opened="row", opened_day="day", opened_last_day="last_day")
    frame = frame.join(opening, on="opened", how="left", maintain_order="left")
    frame = frame.join(rows.select(closed="row", closed_day="day"), on="closed", how="left", maintain_order="left")
    standing = pl.when("may_have_ended").then(pl.lit("cannot tell")).otherwise(pl.lit("open"))
    frame = frame.with_columns(
        standing=pl.when("final").then(pl.lit("ended")).otherwise(standing), month=month_of(pl.col("opened_day"))
    )
    frame = frame.join(_parents(facts, frame), on="e", how="left", maintain_order="left")
    return _whose(facts, frame).select(
        "e", "case_id", "workflow", "name", "guidance", "opened", "opened_day", "opened_last_day", "closed", "closed_day",
        "state", "standing", "parent", "month", "judged_to", "group", "number", "edition", "at", *DIMENSIONS,
    )  # fmt: skip


def roots(every: pl.DataFrame, some: pl.DataFrame, workflow: str, most: int) -> pl.DataFrame:
    """Some episodes with their `root`, as `Facts.roots` has it; no chain is longer than `most`."""
    import polars as pl

    above = every.select(up="e", up_workflow="workflow", further="parent")
    frame = some.with_columns(root=pl.lit(None, pl.Int64), up="parent")
    for _ in range(most):
        if not frame["up"].count():
            break
        frame = frame.join(above, on="up", how="left", maintain_order="left").with_columns(
            root=pl.coalesce("root", pl.when(pl.col("up_workflow") == workflow).then("up")),
            up=pl.when(pl.col("up_workflow") != workflow).then("further"),
        ).drop("up_workflow", "further")  # fmt: skip
    return frame.drop("up")


def _closings(facts: Facts, episodes: pl.DataFrame, states: pl.DataFrame) -> pl.DataFrame:
    """The row that closed each episode that has ended: the last that found it in a state that is not final."""
    import polars as pl

    ended = episodes.filter("final").select("e", "group", "edition", "number")
    found = facts.events.filter("applies").select("row", "e", at="found").join(ended, on="e", how="inner")
    found = found.join(states.select(*_OF_STATE, "final"), on=_OF_STATE, how="left")
    return found.filter(~pl.col("final")).group_by("e").agg(closed=pl.col("row").max())


def _parents(facts: Facts, episodes: pl.DataFrame) -> pl.DataFrame:
    """The episode that each came from: by the record's own link; without one that of the last event before it that its
    workflow must come after.

    Where no such event is anywhere in the source, or those that know the child have no place for one: the child's latest
    episode of those workflows before it. A link to what the source does not hold is to none.
    """
    import polars as pl

    parts = []
    events = facts.events.filter("applies").select("row", "case_id", "event", parent="e")
    occurring = set(events["event"].unique())
    for name in episodes["workflow"].unique().sort():
        after = facts.library.anywhere(name).after
        above = [one.partition(".")[0] for one in after]
        mine = episodes.filter(pl.col("workflow") == name).select("e", "case_id", "group", row="opened").sort("row")
        before = events.filter(pl.col("event").is_in(list(after))).select("row", "case_id", "parent")
        earlier = (
            episodes.filter(pl.col("workflow").is_in(above)).select("case_id", row="opened", latest="e").sort("row")
        )
        for known in (before, earlier):
            mine = mine.join_asof(known, on="row", by="case_id", strategy="backward", check_sortedness=False)
        untold = ~pl.any_horizontal(pl.lit(False), *map(facts.able, after)) if occurring & set(after) else pl.lit(True)
        parts.append(mine.select("e", parent=pl.coalesce("parent", pl.when(untold).then("latest"))))
    schema = {"e": pl.Int64, "parent": pl.Int64}
    found = pl.concat(parts) if parts else pl.DataFrame(schema=schema)
    linked = found.join(_linked(facts, episodes), on="e", how="left", maintain_order="left")
    return linked.select("e", parent=pl.when("by_link").then("link").otherwise("parent"))


def _linked(facts: Facts, episodes: pl.DataFrame) -> pl.DataFrame:
    """The episodes that the record itself links to another: `e`, the `link`'s (null: not in the source), and `by_link`."""
    import polars as pl

    said = [(*one, *above) for one, above in facts.audit.source.links.items()]
    schema = dict.fromkeys(("case_id", "workflow", "name", "above", "above_name"), pl.String)
    links = pl.DataFrame(said, schema=schema, orient="row").join(
        episodes.select("e", "case_id", "workflow", "name"), on=["case_id", "workflow", "name"], how="inner"
    )
    above = episodes.select("case_id", link="e", above="workflow", above_name="name")
    links = links.join(above, on=["case_id", "above", "above_name"], how="left")
    return links.select("e", "link", by_link=pl.lit(True)).unique("e")


def _whose(facts: Facts, episodes: pl.DataFrame) -> pl.DataFrame:
    """With the team, source, priority and worker of each: its own, else (but for the worker) of what it came from."""
    import polars as pl

    episodes = _inherited(episodes.join(_said(facts, "team"), on="e", how="left", maintain_order="left"), "team")
    source = _said(facts, "source", first=True)
    episodes = _inherited(episodes.join(source, on="e", how="left", maintain_order="left"), "source")
    priority = _said(facts, "priority").join(_ratings(facts), on="e", how="full", coalesce=True)
    priority = priority.select("e", priority=pl.coalesce("priority", "rating"))
    episodes = episodes.join(priority, on="e", how="left", maintain_order="left")
    # A contact is as urgent as what it led to was rated.
    below = episodes.filter(pl.col("parent").is_not_null() & pl.col("priority").is_not_null())
    below = below.group_by("parent").agg(below=pl.col("priority").sort_by("e").first())
    episodes = episodes.join(below, left_on="e", right_on="parent", how="left", maintain_order="left")
    episodes = _inherited(episodes.with_columns(priority=pl.coalesce("priority", "below")), "priority")
    acted = facts.events.filter(pl.col("applies") & (pl.col("role") == "social_worker") & (pl.col("actor") != ""))
    acted = acted.group_by("e").agg(acted=pl.col("actor").sort_by("row").last())
    for known in (_said(facts, "worker"), acted):
        episodes = episodes.join(known, on="e", how="left", maintain_order="left")
    episodes = episodes.with_columns(worker=pl.coalesce("worker", "acted"))
    return episodes.with_columns(pl.col(*DIMENSIONS).fill_null(NOT_RECORDED))


def _inherited(episodes: pl.DataFrame, name: str) -> pl.DataFrame:
    """With what each does not say itself taken from the episode that it came from, however far back."""
    import polars as pl

    while True:
        above = episodes.select(parent="e", above=name)
        better = episodes.join(above, on="parent", how="left", maintain_order="left")
        better = better.with_columns(pl.coalesce(name, "above").alias(name)).drop("above")
        if better[name].null_count() == episodes[name].null_count():
            return better
        episodes = better


def _said(facts: Facts, name: str, *, first: bool = False) -> pl.DataFrame:
    """What each episode's events say of a detail, the last of them or the first: `e`, and the detail by its name."""
    import polars as pl

    said = facts.detail(name).filter(pl.col("value") != "")
    said = said.join(facts.events.filter("applies").select("row", "e"), on="row", how="inner").sort("row")
    value = pl.col("value").first() if first else pl.col("value").last()
    return said.group_by("e").agg(value.alias(name))


def _ratings(facts: Facts) -> pl.DataFrame:
    """What each MASH episode was last rated: `e`, `rating`."""
    import polars as pl

    rated = facts.events.filter(pl.col("applies") & pl.col("event").str.starts_with("mash.rate_")).sort("row")
    return rated.group_by("e").agg(rating=pl.col("move").last().str.strip_prefix("rate_"))
