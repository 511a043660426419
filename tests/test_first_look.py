"""A large table of which nothing can be read is refused at a first look; one row that can be read, and it is read as any."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from frontdoor.errors import Fault, InputError
from frontdoor.formats import flat_csv, mapped_csv, ssd
from frontdoor.formats.source import Source

LARGE = 50_000
"""Lines from which there is a first look."""
HEADER = "case_id,event,happened_at\n"
GOOD = "K-1,referral.receive,2009-12-18T16:30\n"
MAPPING: dict[str, Any] = {
    "title": "An export", "date_format": "dd/mm/yyyy", "columns": {"case_id": "Ref", "event": "What", "happened_at": "When"},
    "events": {"Referral": "referral.receive"},
}  # fmt: skip
CONTACTS = "cont_contact_id,cont_person_id,cont_contact_date\n"

BAD: dict[str, tuple[str, str]] = {
    "a time that is none": (
        "K-{n},referral.receive,soon {n}\n",
        "row 1, column happened_at: 'soon 0' is not a date or time: write 2009-12-18",
    ),
    "a month first": (
        "K-{n},referral.receive,12/31/2015\n",
        "row 1, column happened_at: '12/31/2015' has no month 31: dates are read day first. Write 2015-12-31.",
    ),
    "no case": (",referral.receive,2009-12-18\n", "row 1, column case_id: is empty."),
    "a comma not in quotes": (
        "K-{n},referral.receive,2009-12-18,a,b\n",
        "row 1, column happened_at: '2009-12-18,a,b' has 5 cells where the header has 3: is a comma not in quotes?",
    ),
    "a quote in the middle": ('K-{n},"referral.receive"x,2009-12-18\n', "row 1: is not CSV"),
}


def many(row: str, rows: int = LARGE) -> str:
    return "".join(row.format(n=n) for n in range(rows))


def refused(read: Callable[[], Source]) -> tuple[Fault, ...]:
    with pytest.raises(InputError) as error:
        read()
    return error.value.faults


def test_a_large_log_of_events_that_no_workflow_knows_is_read_as_a_small_one_is() -> None:
    """What is unknown is a finding, not a row that cannot be read."""
    source = flat_csv.read((HEADER + many("K-{n},Referral received,2009-12-18\n")).encode(), "log.csv")
    assert source.events.height == LARGE
    assert source.rejected == []


@pytest.mark.parametrize("kind", BAD)
def test_a_large_log_of_which_no_row_can_be_read_is_refused_with_the_first_of_its_faults(kind: str) -> None:
    row, why = BAD[kind]
    first, *rest = refused(lambda: flat_csv.read((HEADER + many(row)).encode(), "log.csv"))
    assert (first.file, first.code) == ("log.csv", "nothing-readable")
    assert (
        "has no row that can be read among those looked at" in first.message
        and f"its {LARGE + 1:,} lines" in first.message
    )
    assert "Export it again" in first.advice and "--mapping" in first.advice
    assert len(rest) == 1 and why in str(rest[0]) and " more." in rest[0].advice


def test_all_that_is_wrong_is_told_column_by_column_the_most_frequent_first() -> None:
    rows = "K,referral.receive,soon\n" + many(",Referral,soon\n")
    _, *rest = refused(lambda: flat_csv.read((HEADER + rows).encode(), "log.csv"))
    assert [fault.where for fault in rest] == ["row 1, column happened_at", "row 2, column case_id"]


@pytest.mark.parametrize("where", ["first", "middle", "last"])
def test_a_log_of_which_some_row_can_be_read_is_read_and_what_is_rejected_is_counted_exactly(where: str) -> None:
    before = {"first": 0, "middle": LARGE // 2, "last": LARGE}[where]
    good = LARGE // 30 if where == "middle" else 1
    text = HEADER + many("K-{n},referral.receive,soon\n", before) + GOOD * good
    source = flat_csv.read((text + many(",referral.receive,2009-12-18\n", LARGE - before)).encode(), "log.csv")
    assert (source.events.height, len({one.row for one in source.rejected})) == (good, LARGE)
    assert source.events["position"].to_list() == list(range(before + 1, before + good + 1))


def test_a_log_that_is_not_large_is_read_whatever_is_in_it() -> None:
    source = flat_csv.read((HEADER + many(",,\n", LARGE - 3) + "K,a.b,soon\n").encode(), "log.csv")
    assert (source.events.height, len({one.row for one in source.rejected})) == (0, LARGE - 2)


def test_a_look_that_begins_within_a_cell_of_many_lines_is_no_reason_to_refuse() -> None:
    said = 'K-{n},referral.receive,2009-12-18,"' + "and so it was\n" * 40 + '"\n'
    text = HEADER.rstrip() + ",why\n" + many("K-{n},referral.receive,soon,\n", 5000) + many(said, 3000)
    source = flat_csv.read(text.encode(), "log.csv")
    assert (source.events.height, len(source.rejected)) == (3000, 5000)


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_lines_may_end_otherwise_and_a_mark_may_stand_before_them(end: str) -> None:
    text = (HEADER + many("K-{n},referral.receive,soon\n")).replace("\n", end)
    first, second = refused(lambda: flat_csv.read(text.encode("utf-8-sig"), "log.csv"))
    assert first.code == "nothing-readable" and second.where == "row 1, column happened_at"
    source = flat_csv.read((text + GOOD).encode("utf-8-sig"), "log.csv")
    assert (source.events.height, len(source.rejected)) == (1, LARGE)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("K-{n},Visit,18/12/2009\n", "row 1, column What: 'Visit' is no event that the mapping knows. There are: Referral."),
        ("K-{n},Referral,2009-12-18\n", "row 1, column When: '2009-12-18' is no date written as dd/mm/yyyy."),
        (",Referral,18/12/2009\n", "row 1, column Ref: is empty."),
    ],
)  # fmt: skip
def test_an_export_of_which_its_mapping_reads_nothing_is_refused(row: str, why: str) -> None:
    first, second = refused(lambda: mapped_csv.read(("Ref,What,When\n" + many(row)).encode(), "export.csv", MAPPING))
    assert first.code == "nothing-readable" and "say in the mapping" in first.advice
    assert why in str(second)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "cp1252"])
def test_whatever_its_encoding(encoding: str) -> None:
    text = "\ufeff" * (encoding == "utf-16-be") + "Ref,What,When\n" + many("K-{n},Visit \xe9,18/12/2009\n")
    mapping = {**MAPPING, "encoding": "cp1252"} if encoding == "cp1252" else MAPPING
    first, second = refused(lambda: mapped_csv.read(text.encode(encoding), "export.csv", mapping))
    assert first.code == "nothing-readable" and "'Visit \xe9' is no event" in second.message
    one = mapped_csv.read((text + "K,Referral,18/12/2009\n").encode(encoding), "export.csv", mapping)
    assert (one.events.height, len({bad.row for bad in one.rejected})) == (1, LARGE)


def test_records_of_dates_are_looked_at_like_events_and_lines_above_the_header_are_passed_over() -> None:
    mapping = {
        "title": "Records", "lines_above": 2, "columns": {"case_id": "Ref"},
        "dates": {"Came": {"event": "referral.receive"}, "Went": {"event": "referral.close"}},
    }  # fmt: skip
    text = "An export\nof a day\nRef,Came,Went\n" + many("K-{n},soon,later\n")
    first, *rest = refused(lambda: mapped_csv.read(text.encode(), "export.csv", mapping))
    assert first.code == "nothing-readable"
    assert [fault.where for fault in rest] == ["row 1, column Came", "row 1, column Went"]
    without = mapped_csv.read(
        (text + "K,,\n").encode(), "export.csv", mapping
    )  # a record that says nothing is not wrong
    assert (without.events.height, len({one.row for one in without.rejected})) == (0, LARGE)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("C{n},,2020-01-01\n", "ssd_contacts.csv: cont_person_id: is empty."),
        ("C{n},P{n},soon\n", "ssd_contacts.csv: cont_contact_date: 'soon' is not a date"),
        ("C{n},P{n},\n", "ssd_contacts.csv: cont_contact_date: is empty."),
        ("C{n},P{n},2020-01-01,x\n", "column ssd_contacts.csv: '2020-01-01,x' has 4 cells where the header has 3"),
    ],
)
def test_an_extract_one_of_whose_large_tables_says_nothing_is_refused_by_that_table(
    row: str, why: str, tmp_path: Path
) -> None:
    (tmp_path / "ssd_contacts.csv").write_text(CONTACTS + many(row))
    referrals = "cine_referral_id,cine_person_id,cine_referral_date\nR1,P1,2020-01-02\n"
    (tmp_path / "ssd_cin_episodes.csv").write_text(referrals)
    first, second = refused(lambda: ssd.read(tmp_path, "extract"))
    assert (first.file, first.where, first.code) == ("extract", "ssd_contacts.csv", "nothing-readable")
    assert "take it out" in first.advice and why in str(second)


def test_an_extract_in_which_the_last_row_of_a_large_table_can_be_read_is_read(tmp_path: Path) -> None:
    (tmp_path / "ssd_contacts.csv").write_text(CONTACTS + many("C{n},,2020-01-01\n") + "C,P,2020-01-01\n")
    source = ssd.read(tmp_path, "extract")
    assert (source.events.height, len(source.rejected)) == (1, LARGE)


def test_a_table_of_an_extract_that_has_no_header_is_passed_over_as_before_however_large(tmp_path: Path) -> None:
    (tmp_path / "ssd_contacts.csv").write_text(many("C{n},P{n},2020-01-01\n"))
    (tmp_path / "ssd_cin_episodes.csv").write_text(
        "cine_referral_id,cine_person_id,cine_referral_date\nR1,P1,2020-01-02\n"
    )
    source = ssd.read(tmp_path, "extract")
    assert source.events.height == 1 and {one.row for one in source.rejected} == {0}


def test_a_refusal_takes_little_more_memory_than_the_file() -> None:
    """Beside 35 MB of rows: every one as a rejection of its own would take ten times as much."""
    code = (
        "import resource\nfrom frontdoor.errors import InputError\nfrom frontdoor.formats import flat_csv\n"
        "flat_csv.read(b'case_id,event,happened_at\\nK,a.b,2009-12-18\\nK,a.b,soon\\n', 'x')\n"
        "content = b'case_id,event,happened_at\\n' + b'K-1,referral.receive,some other day\\n' * 1_000_000\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024\nbefore = peak()\n"
        "try:\n    flat_csv.read(content, 'x')\nexcept InputError:\n    print(peak() - before)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 50_000_000
