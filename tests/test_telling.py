"""Which format a file is, told by what is in it; and what is said of those that no reader is for."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import sqlite3
import zipfile
from pathlib import Path

import pytest

from frontdoor import SqliteLog
from frontdoor.errors import InputError, LogError
from frontdoor.formats import FORMATS, read, write
from frontdoor.formats.telling import opened, told


def zipped(**files: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, text in files.items():
            file.writestr(name.replace("__", "/").replace("_dot_", "."), text)
    return out.getvalue()


XES = '<?xml version="1.0"?>\n<!-- a log -->\n<log xes.version="1.0"><trace/></log>'
OCEL = "<log><object-types/><event-types/><objects/><events/></log>"
CONTENTS = {
    "flat-csv": [b"case_id,event,happened_at\n", b"\xef\xbb\xbfcase_id\n", b"anything at all"],
    "cin-census": [b"<Message/>", b"\n <?xml version='1.0'?><Message/>", "<Message/>".encode("utf-16"), b"<html>"],
    "xes": [XES.encode(), gzip.compress(XES.encode()), b'<x:log xmlns:x="urn:x"><x:trace/></x:log>'],
    "ocel": [
        OCEL.encode(),
        json.dumps({"objectTypes": [], "events": []}).encode(),
        b'  {"events": [], "eventTypes": []}',
    ],
    "daily-api": [b"[]", b'[{"la_child_id": "1"}]', b"{}"],
    "annex-a": [zipped(xl__workbook_dot_xml="<workbook/>")],
    "ssd-extract": [zipped(ssd_contacts_dot_csv="a,b"), zipped(extract__ssd_contacts_dot_CSV="a")],
    "parquet": [b"PAR1 and so on"],
}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param(
            name, content, id=f"{name}-{number}"
        )  # not by the content: a zip file holds the time of its making
        for name, contents in CONTENTS.items()
        for number, content in enumerate(contents)
    ],
)
def test_a_format_is_told_by_its_content(name: str, content: bytes, tmp_path: Path) -> None:
    assert told(opened(content)) == name
    path = tmp_path / "file.whatever"
    path.write_bytes(content)
    assert told(opened(path)) == name


def test_a_folder_is_an_extract(tmp_path: Path) -> None:
    assert told(opened(tmp_path)) == "ssd-extract"


def test_databases_are_told_apart(tmp_path: Path) -> None:
    SqliteLog(tmp_path / "log.db").close()
    with sqlite3.connect(tmp_path / "ocel.sqlite") as db:
        db.execute("CREATE TABLE event_map_type (ocel_type TEXT)")
    db.close()
    assert [told(opened(tmp_path / name)) for name in ("log.db", "ocel.sqlite")] == ["frontdoor-log", "ocel"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.7", "is a PDF"),
        (b"\xd0\xcf\x11\xe0 old", "a workbook of an old kind"),
        (zipped(readme_dot_txt="x"), "neither a workbook nor CSV files"),
        (b"PK\x03\x04 and nothing more", "zip file"),
        (b" \n", "is empty"),
    ],
    ids=["a PDF", "an old workbook", "a zip of text", "a damaged zip", "blank"],
)
def test_what_no_reader_is_for_is_said(content: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read(content)


@pytest.mark.parametrize("format_", FORMATS)
def test_another_kind_of_file_than_was_insisted_on_is_refused(format_: str, tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_bytes(b"neither one nor the other\n\x01\x02")
    with pytest.raises((InputError, LogError)) as error:
        read(path, format=format_)
    assert str(path) in str(error.value)


def test_the_hash_of_a_file_is_of_its_bytes_and_that_of_a_folder_of_its_tables(tmp_path: Path) -> None:
    log = b"case_id,event,happened_at\nA,contact.receive,2024-01-08\n"
    (tmp_path / "log.csv").write_bytes(log)
    assert read(tmp_path / "log.csv").digest == f"sha256:{hashlib.sha256(log).hexdigest()}"
    before = opened(tmp_path).digest
    (tmp_path / "notes.txt").write_text("not a table")
    assert opened(tmp_path).digest == before
    (tmp_path / "log.csv").write_bytes(log + b"B,contact.receive,2024-01-08\n")
    assert opened(tmp_path).digest != before


def test_a_name_that_tells_of_no_format_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="tells of no format"):
        write(read(b"case_id,event,happened_at\nA,contact.receive,2024-01-08\n"), tmp_path / "events.docx")
