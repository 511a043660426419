"""What a finding says to a manager: what happened, what the rule is, and which file and table it comes from.

Sentences are made from the kernel's codes and the declarations, after the fact. Many findings share one sentence, so
each is made once and joined to its findings.
"""

from __future__ import annotations

__all__ = ["WHY", "attach", "deadline_sentence"]

from collections.abc import Callable
from typing import TYPE_CHECKING

from frontdoor.book import Book
from frontdoor.compiled import Compiled
from frontdoor.errors import did_you_mean
from frontdoor.kernel import FAULTS
from frontdoor.replay import deadlines
from frontdoor.replay.columns import Log, series
from frontdoor.verdict import BACKWARDS, BETWEEN, CALENDAR_ENDS, NO_ANCHOR, NO_EDITION, UNSEEN
from frontdoor.workflow import Transition, Workflow

if TYPE_CHECKING:
    import polars as pl

WHY = {
    NO_EDITION: "it opened before the first edition of the guidance that is known here",
    NO_ANCHOR: "the event it counts from is not in the record",
    CALENDAR_ENDS: "it leaves the years that bank holidays are known for",
    UNSEEN: "this source has no place for what would stop it",
    BETWEEN: "what it hangs on is known only to within a day or more, of which a part is in time and a part is not",
    BACKWARDS: "the record has it done before what it counts from, so one of the two dates is wrong",
}
"""Why a deadline's status cannot be told, by the kernel's code."""


def attach(log: Log, book: Book, judged: pl.DataFrame, episodes: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    """The findings with their `message`."""
    import polars as pl

    rows = pl.DataFrame({
        "row": pl.Series(range(log.frame.height), dtype=pl.Int64),
        "transition": log.frame["transition"],
        "found": series(book.found, log.frame.height),
        "given": log.frame["given"],
    })  # fmt: skip
    editions = pl.DataFrame({
        "e": pl.Series(range(book.tally[0]), dtype=pl.Int64),
        "edition": series(book.edition, book.tally[0]),
        "opened": series(book.opened, book.tally[0]),
    })  # fmt: skip
    frame = frame.join(rows, on="row", how="left", maintain_order="left").join(
        editions, on="e", how="left", maintain_order="left"
    )
    parts = []
    for (rule,), some in frame.group_by("rule", maintain_order=True):
        if rule in FAULTS:
            parts.append(_by_key(log, str(rule), some))
        else:
            parts.append(_by_deadline(log, judged, episodes, str(rule), some))
    return pl.concat(parts, how="diagonal") if parts else frame.with_columns(message=pl.lit(""))


def _by_key(log: Log, rule: str, some: pl.DataFrame) -> pl.DataFrame:
    """One sentence for all findings of a rule that say the same."""
    import polars as pl

    if rule == "recorded-late":
        text = pl.format(
            "Happened {} and was recorded {}: later than the first working day after it happened "
            "(a measure of the audit's own; the guidance sets no figure).",
            pl.col("happened_at").str.head(10), pl.col("recorded_at").str.head(10),
        )  # fmt: skip
        return some.with_columns(message=text)
    keys = list(_KEYS[rule])
    distinct = some.select(keys).unique(maintain_order=True)
    said = [_sentence(log.compiled, rule, dict(zip(keys, key, strict=True))) for key in distinct.iter_rows()]
    return some.join(
        distinct.with_columns(message=pl.Series(said, dtype=pl.String)),
        on=keys, how="left", maintain_order="left", nulls_equal=True,
    )  # fmt: skip


_PLACE = ("transition", "edition")
_KEYS: dict[str, tuple[str, ...]] = {
    "illegal-transition": (*_PLACE, "found"),
    "after-close": (*_PLACE, "found"),
    "unknown-event": ("event",),
    "missing-detail": (*_PLACE, "given"),
    "wrong-role": (*_PLACE, "given_role"),
    "same-person": _PLACE,
    "opened-without": _PLACE,
    "still-open": _PLACE,
    "overlap": _PLACE,
    "not-in-edition": _PLACE,
}


def _sentence(compiled: Compiled, rule: str, key: dict[str, int | str]) -> str:
    if rule == "unknown-event":
        event = str(key["event"])
        composed = compiled.composed(-1)
        here = [t for t in compiled.transitions if t.startswith(event.partition(".")[0] + ".")]
        source = ", ".join(sorted({composed.origin(t.split(".")[0]).file for t in here})) or "the workflow files"
        of, _, name = event.partition(".")
        meant = did_you_mean(name if here else event, [t.split(".")[1] for t in here] or compiled.transitions)
        if here and "mean" in meant:  # in full, to be copied
            meant = meant.replace("mean ", f"mean {of}.").replace(" or ", f" or {of}.")
        return f"There is no event {event!r} in {source}; nothing was applied.{meant}"
    edition = int(key["edition"])
    workflow_name, name = compiled.transitions[int(key["transition"])].split(".")
    composed = compiled.composed(edition)
    workflow = composed.workflows[workflow_name]
    if name not in workflow.transitions:
        workflow = compiled.library.anywhere(workflow_name)
    move = workflow.transitions[name]
    source = f" ({composed.origin(workflow_name, 'transitions', name)})"
    if rule == "not-in-edition":
        guidance = compiled.library.edition(compiled.edition(edition))
        return f"{workflow.title} was opened under {guidance.name}, which does not have it ({guidance.file})."
    said = _SENTENCES[rule](compiled, workflow, move, key)
    return said + ("" if rule == "overlap" else source)


def _state(compiled: Compiled, workflow: Workflow, number: int | str) -> str:
    name = compiled.states[compiled.workflows.index(workflow.name)][int(number)]
    return f"'{workflow.states[name].title or name}'"


def _title(move: Transition) -> str:
    return f"'{move.title or move.name}'"


def _illegal(compiled: Compiled, workflow: Workflow, move: Transition, key: dict[str, int | str]) -> str:
    if move.name == workflow.opens_with:
        return f"{_title(move)} opens a new {workflow.title.lower()}, but one of that name has begun already; nothing was changed."
    allowed = " or ".join(f"'{workflow.states[state].title or state}'" for state in move.from_)
    found = compiled.states[compiled.workflows.index(workflow.name)][int(key["found"])]
    instead = ", ".join(other.name for other in workflow.leaving(found)) or "nothing"
    said = (
        f"{_title(move)} was recorded in {_state(compiled, workflow, key['found'])}; it may be done only in {allowed}"
    )
    return f"{said}. There may be done: {instead}."


def _after_close(compiled: Compiled, workflow: Workflow, move: Transition, key: dict[str, int | str]) -> str:
    state = _state(compiled, workflow, key["found"])
    return f"{_title(move)} was recorded after the {workflow.title.lower()} had ended in {state}; nothing was changed."


def _missing(compiled: Compiled, workflow: Workflow, move: Transition, key: dict[str, int | str]) -> str:
    carried = compiled.carries.details
    missing = [
        need for need in move.needs
        if (carried is None or need in carried) and not int(key["given"]) >> compiled.details[need] & 1
    ]  # fmt: skip
    return f"{_title(move)} was recorded without {' and '.join(missing)}, which must be recorded with it."


def _wrong_role(compiled: Compiled, workflow: Workflow, move: Transition, key: dict[str, int | str]) -> str:
    role = str(key["given_role"])
    meant = "" if role in compiled.roles else did_you_mean(role, compiled.roles)
    return f"{_title(move)} was done by a {role}; it may be done by {' or '.join(workflow.who(move))}.{meant}"


def _same(compiled: Compiled, workflow: Workflow, move: Transition, key: dict[str, int | str]) -> str:
    other = workflow.transitions[move.not_by or ""]
    return f"{_title(move)} was done by the person who did {_title(other)}; it takes another pair of eyes."


def _without(compiled: Compiled, workflow: Workflow, move: Transition, key: dict[str, int | str]) -> str:
    if move.name != workflow.opens_with:
        return f"{_title(move)} was recorded, but not the {workflow.name}.{workflow.opens_with} that opens it; it is taken to begin here."
    return (
        f"{_title(move)} was recorded, but nothing that must come before it in the case: {' or '.join(workflow.after)}."
    )


def _still_open(compiled: Compiled, workflow: Workflow, move: Transition, key: dict[str, int | str]) -> str:
    return (
        f"{_title(move)} was recorded while work was open that must end first: one of {', '.join(move.not_while_open)}."
    )


def _overlap(compiled: Compiled, workflow: Workflow, move: Transition, key: dict[str, int | str]) -> str:
    said = f"{_title(move)} opened a second {workflow.title.lower()} while another was open in the case"
    return f"{said} (a case has one at a time; a return counts no referral while one is open)."


_SENTENCES: dict[str, Callable[[Compiled, Workflow, Transition, dict[str, int | str]], str]] = {
    "illegal-transition": _illegal, "after-close": _after_close, "missing-detail": _missing, "wrong-role": _wrong_role,
    "same-person": _same, "opened-without": _without, "still-open": _still_open, "overlap": _overlap,
}  # fmt: skip


def _by_deadline(log: Log, judged: pl.DataFrame, episodes: pl.DataFrame, rule: str, some: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    wanted = judged.filter(pl.col("d").cast(pl.Int64).is_in(some["d"].to_list()))
    full = deadlines.full(log, wanted, episodes)
    full = full.select(pl.col("d").cast(pl.Int64), said=deadline_sentence(), due="due")
    some = some.join(full, on="d", how="left", maintain_order="left")
    if rule == "claimed-date-differs":
        text = pl.format("The source states {} as the due date; we count {}. {}", "key", "due", "said")
        return some.with_columns(message=text)
    return some.with_columns(message="said")


def deadline_sentence(*, cites: bool = True) -> pl.Expr:
    """A sentence for each row of `deadlines.full`: due when, what came of it, how that was counted, by which source."""
    import polars as pl

    unit = pl.when(pl.col("allowed") == 1).then(pl.col("unit").str.strip_suffix("s")).otherwise("unit")
    over_unit = pl.when("elapsed").then(pl.lit("hours")).otherwise(pl.lit("working days"))
    over_unit = pl.when(pl.col("over") == 1).then(over_unit.str.strip_suffix("s")).otherwise(over_unit)
    less = pl.format(
        " (less than a {} over)", pl.when("elapsed").then(pl.lit("full hour")).otherwise(pl.lit("working day"))
    )
    over = (
        pl.when(pl.col("over").is_null()).then(pl.lit(""))
        .when(pl.col("over") == 0).then(less)
        .otherwise(pl.format(" ({} {} over)", "over", over_unit))
    )  # fmt: skip
    why = pl.col("why").replace_strict({0: "", **WHY}, return_dtype=pl.String)
    due, stopped, counted_from = (_plainly(name) for name in ("due", "stopped_at", "counted_from"))
    due = pl.when(due == "").then(pl.lit("at an hour that is not known")).otherwise(due)
    outcome = (
        pl.when(pl.col("status") == "late").then(pl.format("due {}, done {}{}", due, stopped, over))
        .when(pl.col("status") == "overdue").then(pl.format("due {}, not done{}", due, over))
        .when(pl.col("status") == "cannot_tell").then(pl.format("cannot be told: {}", why))
        .otherwise(pl.format("due {}, {}", due, "status"))
    )  # fmt: skip
    unknown = (pl.col("counts_from") == "") | pl.col("allowed").is_null()
    counted = pl.when(unknown).then(pl.lit("")).otherwise(
        pl.format("; {} {} from {} at {}", "allowed", unit, "counts_from", counted_from)
    )  # fmt: skip
    source = pl.format(" Source: {}.", "cites") if cites else pl.lit("")
    return pl.format("{}: {}{}.{}", "title", outcome, counted, source)


def _plainly(column: str) -> pl.Expr:
    """A moment as people write it: 2009-12-18 16:30."""
    import polars as pl

    return pl.col(column).str.replace_all(r"T(\d\d:\d\d)(:00)?(\.\d+)?[+-]\d\d:\d\d$", " $1")
