"""Parquet as it arrives: columns of many kinds, dates and moments as such, files that are damaged or no event logs."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from mutations import damaged
from polars.testing import assert_frame_equal
from sources import facts, happened, source

from frontdoor.errors import InputError
from frontdoor.formats import flat_csv, parquet
from frontdoor.formats.source import Source

MOMENT = datetime(2014, 7, 3, 9, 15, tzinfo=UTC)


def packed(columns: dict[str, Any] | pl.DataFrame) -> bytes:
    out = io.BytesIO()
    pl.DataFrame(columns).write_parquet(out)
    return out.getvalue()


def read(**columns: Any) -> Source:
    """A log of these columns, and of the three that it needs where they are not among them."""
    height = len(next(iter(columns.values()))) if columns else 1
    needed = {"case_id": ["K-1"] * height, "event": ["a.b"] * height, "happened_at": [MOMENT] * height}
    return parquet.read(packed({**needed, **columns}), "log")


def refused(content: bytes | Path) -> list[str]:
    with pytest.raises(InputError) as error:
        parquet.read(content, "log")
    return [fault.code for fault in error.value.faults]


def test_the_columns_of_the_flat_log_are_read_as_they_are_from_a_csv():
    text = (
        "case_id,event,happened_at,recorded_at,actor,role,episode,family,why\n"
        "K-1,permit.apply,2014-07-03T10:15,2014-07-04,ann,clerk,p1,F, x \n"
        "K-2,permit.apply,03/07/2014,,,,,,\n"
        ",permit.apply,soon,,,,,,\n"
    )
    table = pl.read_csv(io.StringIO(text), infer_schema=False)
    found, expected = parquet.read(packed(table), "log"), flat_csv.read(text.encode(), "log")
    assert_frame_equal(found.events, expected.events)
    assert (found.details, found.carries, found.rejected) == (expected.details, expected.carries, expected.rejected)
    assert found.format == "parquet"


def test_a_file_and_its_bytes_read_alike(tmp_path: Path):
    content = packed({"case_id": ["K-1"], "event": ["a.b"], "happened_at": [MOMENT]})
    (tmp_path / "a*[b].parquet").write_bytes(content)
    for file in (tmp_path / "a*[b].parquet", str(tmp_path / "a*[b].parquet"), content):
        assert facts(parquet.read(file, "log")) == facts(parquet.read(content, "log"))


def test_numbers_and_categories_are_read_as_text():
    found = read(
        case_id=pl.Series([9212044.0, 5.0]), event=pl.Series(["a.b", "a.c"], dtype=pl.Categorical), actor=[7, None],
        ok=[True, None], ratio=[0.5, 2.0], on=[date(2014, 7, 3), None], nothing=pl.Series([None, None], dtype=pl.Null),
        at=[MOMENT, None],
    )  # fmt: skip
    assert found.events.select("case_id", "event", "actor", "detail.ok", "detail.ratio", "detail.on", "detail.nothing").rows() == [
        ("9212044", "a.b", "7", "true", "0.5", "2014-07-03", ""), ("5", "a.c", "", "", "2.0", "", ""),
    ]  # fmt: skip
    assert found.events["detail.at"].to_list() == ["2014-07-03T09:15:00+00:00", ""]


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("zone", ["UTC", "Europe/Paris"])
def test_moments_with_a_zone_are_those_moments(unit, zone):
    column = pl.Series([MOMENT.replace(microsecond=123000)]).dt.convert_time_zone(zone).dt.cast_time_unit(unit)
    assert happened(read(happened_at=column)) == [MOMENT.replace(microsecond=123000)]


def test_moments_without_a_zone_are_the_wall_time_of_london_and_one_that_does_not_exist_is_rejected():
    walls = [datetime(2014, 7, 3, 10, 15), datetime(2014, 3, 30, 1, 30), datetime(2014, 10, 26, 1, 30)]
    found = read(happened_at=walls)
    assert happened(found) == [MOMENT, datetime(2014, 10, 26, 0, 30, tzinfo=UTC)]
    assert found.notes == ["The times of happened_at have no zone: read as the wall time of Europe/London."]
    assert [(bad.row, bad.column) for bad in found.rejected] == [(2, "happened_at")]
    assert "does not exist" in found.rejected[0].reason


def test_dates_are_dates_and_texts_what_they_say():
    days = [date(2014, 3, 30), date(2014, 10, 26)]
    assert happened(read(happened_at=days)) == days
    assert happened(read(happened_at=["2014-03-30", "03/07/2014 10:15"])) == [date(2014, 3, 30), MOMENT]


def test_midnights_stay_moments_and_a_log_of_nothing_else_is_noted():
    found = read(happened_at=[datetime(2014, 3, 3, tzinfo=UTC), datetime(2014, 7, 2, 23, tzinfo=UTC)])
    assert [type(one) for one in happened(found)] == [datetime, datetime]
    assert found.notes == [
        "Every moment is a midnight. If only the days are known, write dates: a midnight is judged to the minute."
    ]


@pytest.mark.parametrize(
    "column",
    [
        [date(1849, 12, 31), date(2200, 1, 1), None, date(2014, 3, 3), date(1, 1, 1)],
        [MOMENT - timedelta(days=66000), datetime(2200, 1, 1, tzinfo=UTC), None, MOMENT, datetime(1, 1, 1, tzinfo=UTC)],
        [datetime(1849, 12, 31), datetime(2200, 1, 1), None, datetime(2014, 3, 3), datetime(9999, 12, 31)],
    ],
)
def test_years_outside_those_of_records_and_nothing_at_all_are_rejected(column):
    found = read(happened_at=column)
    assert found.events["position"].to_list() == [4]
    assert [(bad.row, bad.column) for bad in found.rejected] == [(n, "happened_at") for n in (1, 2, 3, 5)]
    assert found.rejected[2].reason == "is empty."
    assert all("outside the years 1850 to 2199" in bad.reason for bad in found.rejected if bad.row != 3)


def test_nothing_in_recorded_at_says_nothing_and_what_cannot_be_read_is_rejected():
    found = read(recorded_at=[None, date(2014, 7, 4), date(2300, 1, 1)])
    assert [fact[3] for fact in facts(found)["K-1"]] == [None, date(2014, 7, 4)]
    assert [(bad.row, bad.column) for bad in found.rejected] == [(3, "recorded_at")]


def test_a_row_without_a_case_or_an_event_is_rejected():
    found = read(case_id=["K-1", "", None, " "], event=["a.b", "a.b", "a.b", ""])
    assert [(bad.row, bad.column) for bad in found.rejected] == [
        (2, "case_id"), (3, "case_id"), (4, "case_id"), (4, "event"),
    ]  # fmt: skip


def test_nested_columns_and_bytes_are_passed_over_and_noted():
    found = read(many=[[1, 2]], one=[{"a": 1}], raw=[b"x"], why=["y"])
    assert found.details == ("why",)
    assert found.notes == ["Columns that are nested or hold bytes were passed over: many, one, raw."]


def test_a_column_with_detail_before_its_name_is_that_detail_unless_it_is_there():
    assert read(**{"detail.actor": ["x"]}).details == ("actor",)
    assert read(**{"detail.why": ["x"], "why": ["y"]}).details == ("detail.why", "why")


def test_a_nul_stands_as_a_replacement():
    assert read(why=["a\x00b"]).events["detail.why"].to_list() == ["a\ufffdb"]


# Refused.


def test_missing_columns_are_told_at_once_with_what_was_probably_meant():
    with pytest.raises(InputError) as error:
        parquet.read(packed({"caseid": ["K"], "when": [MOMENT]}), "log")
    assert [fault.code for fault in error.value.faults] == ["missing-column"] * 3
    assert "there is no column case_id. Did you mean caseid?" in str(error.value)


def test_columns_of_another_kind_are_told_at_once():
    content = packed({"case_id": [["K"]], "event": [b"a.b"], "happened_at": [20140303], "recorded_at": [1.5]})
    assert refused(content) == ["wrong-kind"] * 4


def test_a_file_without_rows_is_refused():
    assert refused(
        packed(
            {
                "case_id": pl.Series([], dtype=pl.String),
                "event": pl.Series([], dtype=pl.String),
                "happened_at": pl.Series([], dtype=pl.Date),
            }
        )
    ) == ["no-rows"]


def test_more_columns_than_a_log_can_have_are_refused():
    assert refused(packed({f"c{n}": [1] for n in range(2500)})) == ["too-many-columns"]


def test_a_small_file_of_endless_rows_is_refused():
    many = 20_000_000
    same = pl.select(case_id=pl.repeat("K", many), event=pl.lit("a.b"), happened_at=pl.lit(MOMENT))
    assert refused(packed(same)) == ["bomb"]


SOUND = packed({"case_id": ["K-1", "K-2"], "event": ["a.b", "a.c"], "happened_at": [MOMENT, MOMENT], "why": ["x", "y"]})


@pytest.mark.parametrize("length", [0, 3, 4, 8, 50, 200, len(SOUND) - 1])
def test_a_file_that_breaks_off_is_refused(length):
    assert refused(SOUND[:length]) == ["not-parquet"]


def test_a_file_that_breaks_off_is_refused_from_disk_too(tmp_path: Path):
    (tmp_path / "log.parquet").write_bytes(SOUND[:-20])
    assert refused(tmp_path / "log.parquet") == ["not-parquet"]


@settings(deadline=None, max_examples=150)
@given(content=damaged(SOUND))
def test_a_damaged_file_is_read_or_refused_never_more(content):
    try:
        assert parquet.read(content, "log").format == "parquet"
    except InputError as error:
        assert all(str(fault) for fault in error.faults)


# Writing.


@pytest.mark.parametrize(
    "when, kind",
    [
        ([MOMENT, MOMENT], pl.Datetime("us", "UTC")),
        ([date(2014, 3, 3)], pl.Date()),
        ([date(2014, 3, 3), MOMENT], pl.String()),
    ],
)
def test_dates_and_moments_are_columns_of_their_own_kind(tmp_path: Path, when, kind):
    made = source([{"case_id": "K", "event": "a.b", "happened_at": one} for one in when])
    parquet.write(made, tmp_path / "log.parquet")
    assert pl.read_parquet_schema(tmp_path / "log.parquet")["happened_at"] == kind


def test_a_detail_called_like_a_column_has_detail_before_its_name(tmp_path: Path):
    made = source(
        [{"case_id": "K", "event": "a.b", "happened_at": MOMENT, "detail.actor": "x", "detail.why": "y"}],
        ("actor", "why"),
    )
    parquet.write(made, tmp_path / "log.parquet")
    assert list(pl.read_parquet_schema(tmp_path / "log.parquet"))[-2:] == ["detail.actor", "why"]
