"""The tables of an audit slice by slice: the bytes are those of the whole table, however small the slices."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
import click
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdoor import load
from frontdoor.cli.common import write_table
from frontdoor.formats import Source, flat_csv, read
from frontdoor.formats.source import Claim, Finding
from frontdoor.replay.audit import Audit, run
from frontdoor.replay.parts import parts
from tests import generate
from tests.commands import ROOT, frontdoor

LIBRARY = load()
EXAMPLE = ROOT / "examples" / "inspection_2009.csv"


def bytes_of(table: pl.DataFrame | Iterable[pl.DataFrame]) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        write_table(table, str(path))
        return path.read_bytes()


def alike(found: Audit, most: int) -> None:
    assert bytes_of(found.deadline_slices(most)) == bytes_of(found.deadlines)
    assert bytes_of(found.finding_slices(most)) == bytes_of(found.findings)


def beside(source: Source, numbers: list[int]) -> Source:
    """With findings of its own and due dates that it claims, about events of it, about cases alone, and about nothing there."""
    events = source.events.select("position", "case_id", "event", "episode").rows()
    if not events:
        return source
    findings, claims = [], []
    for n in numbers:
        position, case_id, event, episode = events[n % len(events)]
        about = [(position, case_id, episode), (-1 - n, case_id, "referral-1"), (-1 - n, f"nobody-{n}", "")][n % 3]
        place, case, label = about
        findings.append(
            Finding(place, case, label, event, date(2000, 1, 1 + n % 28), f"own-{n % 2}", "note", f"says {n}")
        )
        claims.append(Claim(position, "referral.decision", date(2015, 1, 1 + n % 28)))
    return attrs.evolve(source, findings=findings, claims=claims)


@settings(deadline=None, max_examples=40)
@given(
    st.integers(0, 500),
    st.lists(st.integers(0, 50), max_size=6),
    st.sampled_from([1, 2, 3, 7, 40, 10_000]),
    st.booleans(),
)
def test_slices_of_any_size_are_the_whole_table(seed: int, numbers: list[int], most: int, grouped: bool) -> None:
    source = beside(flat_csv.read(generate.log(seed).encode(), "log.csv"), numbers)
    if grouped:
        dealt = pl.col("case_id").rank("dense").cast(pl.Int64) % 3
        source = attrs.evolve(
            source, events=source.events.with_columns(group=dealt, of=dealt), groups=(source.carries,) * 3
        )
    alike(run(source, LIBRARY, as_at="2030-01-01"), most)


@pytest.mark.parametrize("most", [1, 2, 5, 100, 539, 540, 541])
def test_slices_of_the_example_are_its_whole_tables(most: int) -> None:
    alike(run(EXAMPLE, LIBRARY), most)


def test_what_the_command_writes_is_the_whole_table(tmp_path: Path) -> None:
    paths = [str(tmp_path / name) for name in ("d.csv", "f.csv")]
    assert frontdoor("audit", EXAMPLE, "--deadlines", paths[0], "--findings", paths[1]).status == 0
    found = run(EXAMPLE, LIBRARY)
    assert [Path(path).read_bytes() for path in paths] == [bytes_of(found.deadlines), bytes_of(found.findings)]


def test_a_table_without_rows_has_its_header_and_so_has_one_of_slices() -> None:
    source = flat_csv.read(b"case_id,event,happened_at\nA,referral.receive,2015-01-05\n", "log.csv")
    found = run(source, LIBRARY, as_at="2014-01-01")
    alike(found, 1)
    assert bytes_of(found.finding_slices()).startswith(b"rule,severity,case_id,")
    assert bytes_of(found.finding_slices()).count(b"\n") == 1


def test_no_case_is_parted_and_every_row_is_in_one_part() -> None:
    found = run(EXAMPLE, LIBRARY)
    cases = found.log.rows["case"]
    each = list(parts(found.log, found.folded, 1))
    assert [set(cases[part.rows.start : part.rows.stop]) for part in each] == [
        {number} for number in cases.unique().sort()
    ]
    for name, height in (("rows", len(cases)), ("episodes", 171), ("judged", found.folded.judged.height)):
        ranges = [getattr(part, name) for part in each]
        assert [n for one in ranges for n in one] == list(range(height))


def test_findings_about_no_case_of_the_log_come_last() -> None:
    source = beside(read(EXAMPLE), [2, 5, 8])
    alike(found := run(source, LIBRARY), 10)
    assert found.findings["case_id"].to_list()[-3:] == ["nobody-2", "nobody-5", "nobody-8"]


def test_the_same_episode_labels_in_other_cases_are_others() -> None:
    source = flat_csv.read(
        b"case_id,event,happened_at,episode\nA,referral.receive,2015-01-05,x\nB,referral.receive,2015-01-06,x\n"
        b"A,referral.discuss,2015-01-05,x\nB,soon.later,2015-01-07,y\nB,referral.receive,2015-01-08,\n",
        "log.csv",
    )
    alike(found := run(source, LIBRARY), 1)
    assert found.episodes.select("case_id", "name").rows() == [("A", "x"), ("B", "x"), ("B", "referral-2")]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux that is always full")
def test_a_disk_that_fills_is_told() -> None:
    with pytest.raises(click.UsageError, match="/dev/full cannot be written: No space left on device"):
        write_table(run(EXAMPLE, LIBRARY).deadline_slices(50), "/dev/full")
