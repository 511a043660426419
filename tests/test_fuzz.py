"""Any bytes that a reader may meet: sound files of every format, damaged, and files that are made to harm.

Whatever it is, it is read, in part at least, or refused with sentences that name the file; nothing else ever escapes, and
what was read and what was rejected together are the rows of the file.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import zipfile
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdoor.errors import InputError, LogError
from frontdoor.formats import FORMATS, Source, annex_a, cin_census, flat_csv, ocel, parquet, read, write, xes
from tests.mutations import damaged
from tests.sources import source

LOG = b"""case_id,event,happened_at,recorded_at,actor,role,episode,family,why
C-1,contact.receive,2024-01-08T09:00:00+00:00,2024-01-08,w-1,officer,e1,F1,"one, two"
C-1,referral.receive,2024-01-09,,,,e2,F1,
C-2,referral.receive,2024-01-09,2024-01-10,w-2,,e3,F1,x
C-2,single_assessment.start,2024-01-10/2024-01-12,,,,e4,,
C-3,section_47.start,11/01/2024 09:30,,w-1,,,,
"""
PAYLOAD = [
    {
        "la_child_id": "C1",
        "social_care_episodes": [
            {
                "social_care_episode_id": "E1", "referral_date": "2022-05-02", "referral_source": "6",
                "closure_date": "2022-09-01", "closure_reason": "RC8",
                "child_and_family_assessments": [
                    {"child_and_family_assessment_id": "A1", "start_date": "2022-05-03", "authorisation_date": "2022-06-01"}
                ],
                "section_47_assessments": [{"section_47_assessment_id": "S1", "start_date": "2022-05-04"}],
            }
        ],
    }
]  # fmt: skip
EXTRACT = {
    "ssd_contacts.csv": "cont_contact_id,cont_person_id,cont_contact_date\nK1,C1,2022-05-01\n",
    "ssd_cin_episodes.csv": "cine_referral_id,cine_person_id,cine_referral_date,cine_close_date\nR1,C1,2022-05-02,2022-09-01\n",
}
MAPPING = {
    "title": "An export", "columns": {"case_id": "Child", "event": "Step", "happened_at": "When"},
    "events": {"Came in": "contact.receive"}, "details": {"why": "Why"},
}  # fmt: skip
EXPORT = b'Child,Step,When,Why\nC-1,Came in,08/01/2024,x\nC-2,Came in,2024-01-09 10:15,"y, z"\n'


def written(name: str, write: Callable[[Source, Path], object]) -> bytes:
    """The log, as a writer writes it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(flat_csv.read(LOG, "log.csv"), path)
        return path.read_bytes()


def zipped() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as out:
        for name, text in EXTRACT.items():
            out.writestr(name, text)
    return made.getvalue()


@cache
def sound(kind: str) -> bytes:
    """A sound file of each format."""
    makers: dict[str, Callable[[], bytes]] = {
        "flat-csv": lambda: LOG,
        "mapped-csv": lambda: EXPORT,
        "daily-api": lambda: json.dumps(PAYLOAD).encode(),
        "ssd-extract": zipped,
        "annex-a": lambda: written("a.xlsx", annex_a.write),
        "cin-census": lambda: written("a.xml", cin_census.write),
        "xes": lambda: written("a.xes", xes.write),
        "xes, packed": lambda: written("a.xes.gz", xes.write),
        "ocel, json": lambda: written("a.jsonocel", ocel.write),
        "ocel, xml": lambda: written("a.xmlocel", ocel.write),
        "ocel, sqlite": lambda: written("a.sqlite", ocel.write),
        "parquet": lambda: written("a.parquet", parquet.write),
    }
    return makers[kind]()


KINDS = (
    "flat-csv", "mapped-csv", "daily-api", "ssd-extract", "annex-a", "cin-census", "xes", "xes, packed", "ocel, json",
    "ocel, xml", "ocel, sqlite", "parquet",
)  # fmt: skip


def taken(kind: str, content: bytes) -> Source | None:
    """What reading makes of a file; None where it is refused with sentences that name it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(content)
        try:
            return read(path, mapping=MAPPING if kind == "mapped-csv" else None)
        except InputError as error:
            assert error.faults and all(str(path) in fault.file and fault.message for fault in error.faults)
        except LogError as error:  # of a database that is no event log it is said that it is no log of ours
            assert str(path) in str(error)
        return None


def accounted(found: Source) -> None:
    """Each row once: read, or rejected, in words that can be written down."""
    for one in found.rejected:
        assert one.reason
        "".join([one.column, one.reason, one.text]).encode()
    "".join(found.notes).encode()
    rows = found.events["position"].to_list()
    assert rows == sorted(rows) or found.format.startswith("ocel")
    assert found.events["case_id"].ne("").all() and found.events["event"].ne("").all()
    if found.format in ("flat-csv", "parquet", "xes"):
        lost = {one.row for one in found.rejected}
        assert not lost & set(rows)
        every = lost | set(rows)
        assert found.notes or not every or every == set(range(1, max(every) + 1))


@pytest.mark.parametrize("kind", KINDS)
def test_a_sound_file_of_each_format_is_told_and_read(kind: str) -> None:
    found = taken(kind, sound(kind))
    assert found is not None
    assert found.format.startswith(kind.split(",")[0])
    assert found.events.height and not found.rejected
    accounted(found)


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_a_damaged_file_is_read_in_part_or_refused_never_more(kind: str, data: st.DataObject) -> None:
    found = taken(kind, data.draw(damaged(sound(kind))))
    if found is not None:
        accounted(found)


@settings(deadline=None, max_examples=100)
@given(content=st.binary(max_size=200), format=st.sampled_from(FORMATS))
def test_any_bytes_are_read_or_refused_as_any_format(content: bytes, format: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(content)
        try:
            accounted(read(path, format=format, mapping=MAPPING))
        except (InputError, LogError) as error:
            assert str(path) in str(error)


ODD = st.sampled_from([
    "", "#N/A", "\x00", "\ud800", "\udfff", "=1+1", "'", '"', "9212044.0", "9.2E+12", "12/31/2015", "03/04/2015", "1900-01-01",
    "2099-01-01", "9999-12-31", "0001-01-01T00:00:00+23:59", "2199-12-31T23:59:59-23:59", "nan", "x" * 2000, "a\nb", "\u202e",
])  # fmt: skip
VALUES = st.recursive(
    ODD | st.none() | st.booleans() | st.integers() | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ODD, inner, max_size=3),
    max_leaves=5,
)


def altered(value: object, draw: st.DrawFn) -> object:
    """A value of JSON, some of what is in it changed for anything."""
    if draw(st.integers(0, 9)) == 0:
        return draw(VALUES)
    if isinstance(value, dict):
        return {draw(ODD) if draw(st.integers(0, 19)) == 0 else key: altered(one, draw) for key, one in value.items()}
    if isinstance(value, list):
        return [altered(one, draw) for one in value]
    return value


@st.composite
def payloads(draw: st.DrawFn, kind: str) -> bytes:
    return json.dumps(altered(json.loads(sound(kind)), draw)).encode()


@pytest.mark.parametrize("kind", ["daily-api", "ocel, json"])
@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_json_with_anything_in_its_places_is_read_in_part_or_refused(kind: str, data: st.DataObject) -> None:
    found = taken(kind, data.draw(payloads(kind)))
    if found is not None:
        accounted(found)


@settings(deadline=None, max_examples=150)
@given(rows=st.lists(st.lists(ODD, min_size=1, max_size=5), min_size=1, max_size=6))
def test_every_row_of_a_table_of_anything_is_read_or_rejected(rows: list[list[str]]) -> None:
    text = "case_id,event,happened_at,why\n"
    text += "".join(",".join(cell.replace("\n", " ").replace('"', "") for cell in row) + "\n" for row in rows)
    text = text.replace("\x00", "").encode("utf-8", "replace").decode()
    found = taken("flat-csv", text.encode())
    assert found is not None or not text.partition("\n")[2].strip()
    if found is not None:
        accounted(found)
        blank = sum(not line.strip("\r") for line in text.splitlines()[1:])
        assert len({one.row for one in found.rejected} | set(found.events["position"])) == len(rows) - blank


HARMFUL: dict[str, tuple[Callable[[], bytes], str]] = {
    "a million columns": (
        lambda: b"case_id,event,happened_at," + b",".join(b"c%d" % n for n in range(1_000_000)) + b"\n", "too-many-columns",
    ),
    "wide and empty": (
        lambda: b"case_id,event,happened_at" + b",".join(b"c%d" % n for n in range(1500)) + b"\n" + b"\n" * 1_000_000, "bomb",
    ),
    "a line without end": (lambda: b"case_id,event,happened_at\n" + b"x" * 20_000_000, "long-line"),
    "NUL alone": (lambda: b"\x00" * 1_000_000, "damaged"),
    "white space alone": (lambda: b" " * 1_000_000, "blank"),
    "UTF-16 without a mark": (lambda: "case_id,event,happened_at\nA,b.c,2024-01-08\n".encode("utf-16-le"), "not-csv"),
    "JSON of a million keys": (
        lambda: b'[{"la_child_id":"1",' + b",".join(b'"k%d":1' % n for n in range(1_000_000)) + b"}]", "too-much",
    ),
    "JSON nested without end": (lambda: b'[{"la_child_id":' + b"[" * 100_000, "too-deep"),
    "OCEL nested without end": (lambda: b'{"eventTypes":' + b"[" * 100_000, "too-deep"),
    "a payload of numbers": (lambda: b'[{"la_child_id":"1"}' + b",1" * 10_000 + b"]", "not-daily-api"),
    "a DOCTYPE in a census": (lambda: b"<!DOCTYPE Message [<!ENTITY a 'b'>]><Message/>", "doctype"),
    "a DOCTYPE in XES": (lambda: b"<!DOCTYPE log SYSTEM 'file:///x'><log><trace/></log>", "doctype"),
    "a DOCTYPE in OCEL": (lambda: b"<!DOCTYPE log [<!ENTITY % a 'b'>]><log><object-types/></log>", "doctype"),
    "a tag without end": (lambda: b"<Message><Child a='" + b"x" * 20_000_000, "too-much"),
    "events that say nothing": (lambda: b"<log><trace>" + b"<event/>" * 200_000, "bomb"),
    "gzip in a thousand parts": (lambda: gzip.compress(b"") * 3000, "bomb"),
    "gzip of a table": (lambda: gzip.compress(LOG), "packed"),
    "an empty zip": (lambda: b"PK\x05\x06" + bytes(18), "zip"),
}  # fmt: skip


@pytest.mark.parametrize("harm", HARMFUL)
def test_a_file_that_is_made_to_harm_is_refused_with_its_reason(harm: str) -> None:
    made, code = HARMFUL[harm]
    with pytest.raises(InputError) as refused:
        read(made())
    assert [fault.code for fault in refused.value.faults] == [code]


def test_cells_of_ten_megabytes_are_rejected_by_row_and_column_in_every_event_log(tmp_path: Path) -> None:
    big = "x" * 10_000_000
    rows = [
        {"case_id": "A", "event": "a.b", "happened_at": date(2024, 1, 8), "detail.why": why} for why in (big, "short")
    ]
    made = source(rows, ("why",))
    for name in ("log.csv", "log.xes", "log.jsonocel", "log.xmlocel", "log.sqlite", "log.parquet"):
        write(made, tmp_path / name)
        found = read(tmp_path / name)
        assert found.events["detail.why"].to_list() == ["short"], name
        ((row, column, reason, text),) = found.rejected
        assert (row, column.removeprefix("detail."), len(text)) == (1, "why", 100), name
        assert "is longer than 1,000,000 characters" in reason


@pytest.mark.parametrize(
    "make", [os.mkfifo, lambda path: os.symlink("/dev/zero", path), lambda path: os.symlink(path, path)]
)
def test_what_is_no_file_is_refused_before_it_is_opened(make: Callable[[Path], object], tmp_path: Path) -> None:
    make(tmp_path / "log.csv")
    with pytest.raises(InputError) as refused:
        read(tmp_path / "log.csv")
    assert refused.value.faults[0].code in ("no-file", "unreadable")


def test_a_table_of_an_extract_that_is_no_file_is_told(tmp_path: Path) -> None:
    for name, text in EXTRACT.items():
        (tmp_path / name).write_text(text)
    os.mkfifo(tmp_path / "ssd_cin_assessments.csv")
    (tmp_path / "ssd_s47_enquiry.csv").mkdir()
    (tmp_path / "odd\udcff.csv").write_text("")
    found = read(tmp_path)
    assert found.events.height == 3
    assert [(one.row, one.column) for one in found.rejected] == [
        (0, "ssd_cin_assessments.csv"),
        (0, "ssd_s47_enquiry.csv"),
    ]
    assert found.digest.startswith("sha256:")


def test_a_file_of_an_odd_name_is_shown_on_one_line(tmp_path: Path) -> None:
    path = tmp_path / "odd\udcff\n\x1b[31m.csv"
    path.write_bytes(LOG)
    assert read(path).name == f"{tmp_path}/odd\\udcff\\n\\x1b[31m.csv"


def test_dates_that_systems_write_for_none_are_read_and_told() -> None:
    found = read(b"case_id,event,happened_at\nA,b.c,2024-01-08\nA,b.c,1900-01-01\nA,b.c,2099-12-31\n")
    assert found.events.height == 3
    assert [note for note in found.notes if note.startswith("2 dates lie in 1900 or before, or in 2090 or later")]
    assert "the first in row 2 (1900-01-01)" in found.notes[-1]


def test_half_a_character_in_the_names_of_an_event_log_is_replaced() -> None:
    log = json.loads(sound("ocel, json"))
    log["events"][0]["attributes"].append({"name": "\udc00", "value": "\udc01"})
    found = taken("ocel, json", json.dumps(log).encode())
    assert found is not None and "\N{REPLACEMENT CHARACTER}" in found.details
