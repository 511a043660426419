"""The audit says what a second, independent audit says, on random logs with every kind of slip and every option."""

import csv
import io
from functools import cache

import generate
import oracle
import pytest

from frontdoor.formats import flat_csv
from frontdoor.library import Library, load
from frontdoor.moment import parse, written
from frontdoor.replay.audit import Audit, run

ORDINARY, ALL, SHARES = 240, 6000, 8


@cache
def library(overlay: bool, guidance: str | None) -> Library:
    """The shipped library, as the options of a generated log ask for it."""
    return load(local=["london_mash"] if overlay else [], guidance=guidance)


def audited(text: str, options: dict, using: Library | None = None) -> Audit:
    """Our own audit, under the options that the oracle takes."""
    moments = {name: parse(options[name]) for name in ("as_at", "as_known_at") if name in options}
    using = using or library(options["overlay"], options.get("guidance"))
    return run(flat_csv.read(text.encode(), "log.csv"), using, **moments)


def as_text(rows, without: str) -> list[dict[str, str]]:
    """The rows of a frame as the files have them, less the one column that is free text."""
    return [
        {name: "" if value is None else str(value) for name, value in row.items() if name != without}
        for row in rows.iter_rows(named=True)
    ]


def compare(seed: int) -> None:
    text, options = generate.log(seed), generate.options(seed)
    theirs, ours = oracle.audit(text, **options), audited(text, options)
    context = f"log {seed} with {options}"
    assert written(ours.as_at) == theirs["as_at"], context
    assert sorted({row.row for row in ours.source.rejected}) == [row for row, _ in theirs["rejected"]], context
    assert as_text(ours.deadlines, "cites") == theirs["deadlines"], context
    assert as_text(ours.findings, "message") == theirs["findings"], context


@pytest.mark.parametrize("share", range(SHARES))
def test_deadlines_and_findings_are_those_of_the_oracle_in_its_order(share):
    for seed in range(share, ORDINARY, SHARES):
        compare(seed)


@pytest.mark.slow
@pytest.mark.parametrize("share", range(SHARES))
def test_thousands_of_logs_come_to_what_the_oracle_says(share):
    for seed in range(ORDINARY + share, ALL, SHARES):
        compare(seed)


def test_the_generated_logs_hold_every_status_and_every_rule():
    """Else agreement would say little: what never occurs is never compared."""
    statuses, rules, timers = set(), set(), set()
    for seed in range(ORDINARY // 2):
        said = oracle.audit(generate.log(seed), **generate.options(seed))
        statuses |= {row["status"] for row in said["deadlines"]}
        timers |= {row["timer"] for row in said["deadlines"]}
        rules |= {row["rule"] for row in said["findings"]}
    assert statuses == {"met", "late", "ended", "overdue", "running", "cannot_tell"}
    assert rules == set(oracle.SEVERITY)
    assert timers == {timer["name"] for timer in oracle.TIMERS}


def test_a_generated_log_is_the_same_every_time_and_has_the_columns_of_a_flat_log():
    assert generate.log(7) == generate.log(7)
    assert {"case_id", "event", "happened_at"} <= set(next(csv.reader(io.StringIO(generate.log(7).lstrip("\ufeff")))))
