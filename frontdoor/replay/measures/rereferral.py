"""Re-referral within twelve months, by the two definitions that are in use, which give different numbers.

The Department for Education counts referrals: one is a re-referral where the child was referred before, within the twelve
months up to it; while a case is open no new referral should be counted. Ofsted's Annex A counts children: those with a
referral in the six months before, and how many more each had in the twelve months up to the latest.
"""

from __future__ import annotations

__all__ = ["by_annex_a", "by_dfe", "measures"]

from typing import TYPE_CHECKING

import attrs

from frontdoor.replay.facts import Facts
from frontdoor.replay.measures.counts import CANNOT, incomplete, measure, shares, untold
from frontdoor.replay.measures.measure import Measure

if TYPE_CHECKING:
    import polars as pl

_SUBJECT = "Re-referral"


def measures(facts: Facts) -> list[Measure]:
    """Both definitions, the DfE's by month too."""
    return [*by_dfe(facts), *by_annex_a(facts)] if facts.declares("referral") else []


def by_dfe(facts: Facts) -> list[Measure]:
    """The share of referrals that came within twelve months of an earlier one of the same child."""
    import polars as pl

    said = measure(
        facts, "rereferrals", "Re-referrals within 12 months (DfE)", _SUBJECT,
        definition="The share of referrals that were received within 12 months of an earlier referral of the same child, "
        "whatever came of that one; the same day of the month a year before is within them.",
        denominator="referrals, each counted",
        excluded="referrals received while an earlier one of the child was open: no new referral should then be recorded; "
        "those of which the day is not known",
    )  # fmt: skip
    referrals = _referrals(facts)
    if not referrals.height:
        return [untold(said, "There is no referral in this source.")]
    closes = facts.occurs("referral.close")
    still = pl.col("standing") == "open" if closes else pl.lit(False)
    last_closed = pl.when(still).then(1 << 60).otherwise(pl.coalesce("closed", "opened") if closes else pl.lit(-1))
    referrals = referrals.with_columns(
        before=pl.col("opened_day").shift(1).over("case_id"),
        held_until=last_closed.cast(pl.Int64).cum_max().shift(1).over("case_id"),
        untold=(pl.col("standing") == "cannot tell").cast(pl.Int8).cum_max().shift(1, fill_value=0).over("case_id") == 1,
    ).with_columns(
        yes=(year_on(pl.col("before")) >= pl.col("opened_day")).fill_null(False),
        why=pl.when(pl.col("opened_day") != pl.col("opened_last_day")).then(pl.lit("day not known"))
        .when(pl.col("held_until") > pl.col("opened")).then(pl.lit("an earlier one was open")),
    )  # fmt: skip
    counted = referrals.filter("counted")
    early = counted.filter(
        pl.col("why").is_null() & ~pl.col("yes") & (year_on(_first(facts)) > pl.col("opened_day"))
    ).height
    untold_before = counted.filter(pl.col("why").is_null() & pl.col("untold")).height if closes else 0
    notes: tuple[str, ...] = () if closes else (
        "This source does not say when a referral was closed: those received while an earlier one was open are counted.",
    )  # fmt: skip
    notes += (
        f"{untold_before:,} of the referrals came after one of which this source cannot tell whether it had been closed: they are "
        "counted.",
    ) if untold_before else ()  # fmt: skip
    notes += (
        f"{early:,} of the referrals were received less than 12 months after the first record in this source, and an earlier "
        "one may not be in it: the share is at least this.",
    ) if early else ()  # fmt: skip
    monthly = attrs.evolve(
        said, name="rereferrals_by_month", title=said.title + ", by month", by=("month",), rows=shares(counted, ["month"]),
        notes=notes + incomplete(facts),
    )  # fmt: skip
    return [attrs.evolve(said, rows=shares(counted), notes=notes), monthly]


def by_annex_a(facts: Facts) -> list[Measure]:
    """The share of children referred in the last six months who had been referred in the twelve months up to the latest."""
    import polars as pl

    said = measure(
        facts, "rereferrals_annex_a", "Children referred again within 12 months (Annex A)", _SUBJECT,
        definition="Of the children referred in the six months up to the moment judged from, the share with another referral in the "
        "12 months up to their latest, as list 3 of Ofsted's Annex A counts them: by child, and whether or not a case was open. "
        "Where the record itself says how many there were, that is taken.",
        denominator="children with a referral in those six months",
        excluded="children referred only before them; referrals of which the day is not known; where a list holds referrals of some "
        "months only, children of whom it does not say how many there were",
        notes=("It is counted by child, and the DfE's by referral: the two are not to be compared.",),
    )  # fmt: skip
    referrals = _referrals(facts).filter(pl.col("opened_day") == pl.col("opened_last_day"))
    if not referrals.height:
        return [untold(said, "There is no referral in this source.")]
    latest = (
        referrals.filter("counted").group_by("case_id").agg(latest=pl.col("opened").max(), whole=pl.col("whole").all())
    )
    days = referrals.select(latest="opened", latest_day="opened_day")
    latest = latest.join(days, on="latest", how="inner").filter(
        months_on(pl.col("latest_day"), 6) > pl.lit(facts.today)
    )
    others = referrals.join(latest, on="case_id", how="inner").filter(
        (pl.col("opened") < pl.col("latest")) & (year_on(pl.col("opened_day")) >= pl.col("latest_day"))
    )
    many = others.group_by("case_id").agg(listed=pl.len())
    frame = latest.join(many, on="case_id", how="left").join(_stated(facts), on="latest", how="left")
    frame = frame.with_columns(times=pl.max_horizontal("listed", "stated")).with_columns(
        yes=(pl.col("times") > 0).fill_null(False),
        early=pl.col("stated").is_null() & (year_on(_first(facts)) > pl.col("latest_day")),
    )
    # Those of whom the list shows another are left out with the rest: of them alone the share would be all.
    frame = frame.with_columns(why=pl.when(~pl.col("whole") & pl.col("early")).then(pl.lit(CANNOT)))
    if not frame.height:
        return [untold(said, "No child was referred in the six months up to the moment judged from.")]
    if frame["why"].count() == frame.height:
        why = "This source lists referrals of some months only, and does not say how many a child had in the 12 before."
        return [untold(said, why)]
    early = frame.filter(pl.col("early") & ~pl.col("yes") & pl.col("whole")).height
    notes = (
        f"{early:,} of the children were referred less than 12 months after the first record in this source, and an earlier "
        "referral may not be in it: the share is at least this.",
    ) if early else ()  # fmt: skip
    most = int(frame["times"].max() or 0)  # type: ignore[arg-type]
    rows = tuple(attrs.evolve(row, more={"most for one child": most}) for row in shares(frame))
    return [attrs.evolve(said, rows=rows, notes=said.notes + notes)]


def _first(facts: Facts) -> pl.Expr:
    """The day from which the source tells of a referral's child: that of its first record of all that are known `whole`;
    where it holds referrals of some period only, of the first of such children's."""
    import polars as pl

    referrals = _referrals(facts)
    parts = referrals.filter(~pl.col("whole"))
    told = facts.events.join(parts, on="case_id", how="anti")["day"].min()
    return pl.when("whole").then(told).otherwise(parts["opened_day"].min()).cast(pl.Int64)


def _stated(facts: Facts) -> pl.DataFrame:
    """How many referrals before it each says that there were, within 12 months: `latest` (its row), `stated`."""
    import polars as pl

    said = facts.detail("referrals_in_12_months").with_columns(stated=pl.col("value").cast(pl.Int64, strict=False))
    return said.filter(pl.col("stated") >= 0).select("stated", latest="row")


def _referrals(facts: Facts) -> pl.DataFrame:
    """The referrals, with whether every one of the child would be in the source (`whole`)."""
    import polars as pl

    referrals = facts.episodes.filter(pl.col("workflow") == "referral").sort("opened")
    return referrals.with_columns(whole=facts.able("referral.receive", every=True))


def year_on(day: pl.Expr) -> pl.Expr:
    """The same day a year on, as `counting.add_months` has it, in days from 1970."""
    return months_on(day, 12)


def months_on(day: pl.Expr, months: int) -> pl.Expr:
    """The same day number so many months on, else the last day of that month, in days from 1970."""
    import polars as pl

    return day.cast(pl.Int32).cast(pl.Date).dt.offset_by(f"{months}mo").cast(pl.Int32).cast(pl.Int64)
