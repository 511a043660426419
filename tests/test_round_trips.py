"""What is written in a format reads back as the same events: dates as dates, moments to the microsecond, every text.

The order of a case's events is the order of the file. Only OCEL, which has one event for several siblings, may move an
event among those of other days, which changes no case.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import generate
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from sources import DATES, MOMENTS, SPANS, facts, folded, happened, source, sources

from frontdoor.formats import flat_csv, ocel, parquet, xes
from frontdoor.formats.source import Source
from frontdoor.library import load
from frontdoor.replay.audit import run
from tests.trying import examples

Both = tuple[Callable[[Source, Path], list[str]], Callable[[Path], Source]]
FORMATS: dict[str, Both] = {
    "log.xes": (xes.write, lambda path: xes.read(path.read_bytes(), "log")),
    "log.xes.gz": (xes.write, lambda path: xes.read(path.read_bytes(), "log")),
    "log.json": (ocel.write, lambda path: ocel.read(path, "log")),
    "log.xml": (ocel.write, lambda path: ocel.read(path, "log")),
    "log.sqlite": (ocel.write, lambda path: ocel.read(path, "log")),
    "log.parquet": (parquet.write, lambda path: parquet.read(path, "log")),
}
every_format = pytest.mark.parametrize("name", FORMATS)
quickly = settings(
    deadline=None,
    max_examples=examples(60),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SOME_DAY = date(2014, 3, 3)
HOLDS_ANY_TEXT = ("log.json", "log.sqlite", "log.parquet")

RENAMED = {"Reason", "ocel_id", "ocel_time", "ocel_changed_field"}
"""Details whose columns have to be called otherwise in SQLite: a test below."""


def there_and_back(made: Source, path: Path) -> Source:
    write, read = FORMATS[path.name]
    assert write(made, path) == []
    return read(path)


def equal(made: Source, back: Source, name: str) -> None:
    view = facts if name.endswith(("xes", "gz", "parquet")) else folded
    assert view(back) == view(made)
    assert set(back.details) == set(made.details)
    assert back.carries == made.carries
    assert back.rejected == []


@every_format
@quickly
@given(made=sources())
def test_the_same_events_come_back(tmp_path: Path, name: str, made: Source) -> None:
    assume(name != "log.sqlite" or not RENAMED & set(made.details))
    equal(made, there_and_back(made, tmp_path / name), name)


@pytest.mark.parametrize("name", HOLDS_ANY_TEXT)
@quickly
@given(made=sources(controls=True))
def test_control_characters_come_back_where_the_format_can_hold_them(tmp_path: Path, name: str, made: Source) -> None:
    assume(name != "log.sqlite" or not RENAMED & set(made.details))
    equal(made, there_and_back(made, tmp_path / name), name)


@every_format
@quickly
@given(when=st.lists(DATES | MOMENTS | SPANS, min_size=1, max_size=6))
def test_a_date_stays_a_date_a_span_a_span_and_a_midnight_a_moment(tmp_path: Path, name: str, when: list) -> None:
    made = source([{"case_id": "K", "event": "permit.apply", "happened_at": one} for one in when])
    back = there_and_back(made, tmp_path / name)
    assert happened(back) == when
    assert [type(one) for one in happened(back)] == [type(one) for one in when]


@every_format
@pytest.mark.parametrize("hours", [(0, 0), (23, 0), (0, 23), (23,), (0,), (0, 9)])
def test_moments_that_are_all_midnights_are_not_taken_for_dates(
    tmp_path: Path, name: str, hours: tuple[int, ...]
) -> None:
    when = [datetime(2014, 7, 2 + day, hour, tzinfo=UTC) for day, hour in enumerate(hours)]
    back = there_and_back(
        source([{"case_id": "K", "event": "a.b", "happened_at": one, "recorded_at": one} for one in when]),
        tmp_path / name,
    )
    assert happened(back) == when
    assert [type(one) for one in happened(back)] == [datetime] * len(when)


def test_parquet_gives_the_whole_table_back(tmp_path: Path) -> None:
    made = flat_csv.read(generate.log(11).encode(), "log.csv")
    made.rejected.clear()
    back = there_and_back(made, tmp_path / "log.parquet")
    assert_frame_equal(back.events.drop("position"), made.events.drop("position"))


@every_format
@pytest.mark.parametrize("seed", [3, 14, 159, 2653])
def test_an_audit_of_what_was_written_finds_what_an_audit_of_the_source_finds(
    tmp_path: Path, name: str, seed: int
) -> None:
    made = flat_csv.read(generate.log(seed).encode(), "log.csv")
    write, read = FORMATS[name]
    write(made, tmp_path / name)
    library = load()
    first, second = run(made, library), run(read(tmp_path / name), library)
    assert first.deadlines.height, "a log without a deadline shows nothing"
    assert sorted(second.deadlines.rows(), key=repr) == sorted(first.deadlines.rows(), key=repr)
    found = [one.findings.drop("position").rows() for one in (first, second)]
    assert sorted(found[1], key=repr) == sorted(found[0], key=repr)


@every_format
def test_the_same_log_is_written_as_the_same_bytes(tmp_path: Path, name: str) -> None:
    made = flat_csv.read(generate.log(7).encode(), "log.csv")
    write, _ = FORMATS[name]
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        write(made, tmp_path / folder / name)
    assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@every_format
def test_writing_twice_writes_anew(tmp_path: Path, name: str) -> None:
    write, read = FORMATS[name]
    for text in (
        "K-1,contact.receive,2014-03-03\nK-2,contact.receive,2014-03-03\n",
        "K-3,contact.receive,2014-03-04\n",
    ):
        write(flat_csv.read(f"case_id,event,happened_at\n{text}".encode(), "log.csv"), tmp_path / name)
    assert list(facts(read(tmp_path / name))) == ["K-3"]


@pytest.mark.parametrize("name", ["log.xes", "log.xml"])
def test_what_xml_cannot_hold_is_said_and_stands_as_a_replacement(tmp_path: Path, name: str) -> None:
    made = source([{"case_id": "K", "event": "a.b", "happened_at": SOME_DAY, "actor": "a\x07b"}])
    write, read = FORMATS[name]
    (said,) = write(made, tmp_path / name)
    assert said.startswith("1 text held control characters")
    assert read(tmp_path / name).events["actor"].to_list() == ["a\N{REPLACEMENT CHARACTER}b"]


def test_details_that_differ_in_case_alone_are_called_otherwise_in_sqlite_and_said(tmp_path: Path) -> None:
    row = {"case_id": "K", "event": "a.b", "happened_at": SOME_DAY, "detail.reason": "x", "detail.Reason": "y"}
    (said,) = ocel.write(source([row], ("reason", "Reason")), tmp_path / "log.sqlite")
    assert said == "Details whose names differ in case alone are called otherwise: Reason (Reason (2))."
    assert ocel.read(tmp_path / "log.sqlite", "log").events["detail.Reason (2)"].to_list() == ["y"]


@every_format
def test_what_a_file_of_events_leaves_out_is_said(tmp_path: Path, name: str) -> None:
    made = flat_csv.read(
        b"case_id,event,happened_at\nK-1,contact.receive,2014-03-03\nK-2,contact.receive,soon\n", "log.csv"
    )
    made.reference = SOME_DAY
    write, _ = FORMATS[name]
    assert write(made, tmp_path / name) == [
        "1 fault of rows that could not be read: those rows are not in it.",
        "The reference date 2014-03-03 is not in it: give it with --as-at.",
    ]
