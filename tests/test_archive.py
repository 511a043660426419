"""Zip files that nobody has looked into yet: what is refused before anything is opened."""

from __future__ import annotations

import io
import random
import struct
import warnings
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdoor.errors import InputError
from frontdoor.formats import archive

TEXT = bytes(range(256)) * 8
LARGE = random.Random(1).randbytes(2_500_000)


def packed(entries: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as file:
        for name, content in entries.items():
            file.writestr(zipfile.ZipInfo(name), content, how)
    return out.getvalue()


def directory(content: bytes, entry: str) -> int:
    """Where the directory's record of an entry begins."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return content.rindex(entry.encode(), file.start_dir) - 46


def set_at(content: bytes, place: int, form: str, value: int) -> bytes:
    said = bytearray(content)
    struct.pack_into(form, said, place, value)
    return bytes(said)


def refusal(content: bytes) -> str:
    with pytest.raises(InputError) as refused:
        archive.opened(content, "x.zip").verify()
    return str(refused.value)


@pytest.mark.parametrize("how", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_what_is_in_order_is_read_by_name(how):
    found = archive.opened(packed({"a.csv": TEXT, "b/c.csv": b"", "large.csv": LARGE}, how), "x.zip")
    found.verify()
    assert [found.read(name) for name in found.entries] == [TEXT, b"", LARGE]


def test_a_folder_is_no_entry():
    assert list(archive.opened(packed({"b/": b"", "b/c.csv": b"x"}), "x.zip").entries) == ["b/c.csv"]


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x05\x06" + b"\x00" * 10, b"case_id,event\n"])
def test_what_is_no_zip_file_is_refused(content):
    assert "is not a zip file" in refusal(content)


def test_what_unpacks_to_more_than_200_mb_is_refused():
    content = packed({"a.csv": TEXT, "b.csv": TEXT})
    for name in ("a.csv", "b.csv"):
        content = set_at(content, directory(content, name) + 24, "<L", 100_000_001)
    assert "x.zip: unpacks to 200 MB" in refusal(content)


def test_an_entry_that_unpacks_to_more_than_200_times_its_size_is_refused():
    assert "a.csv: unpacks to" in refusal(packed({"a.csv": b"\x00" * 1_000_001}))


def test_a_small_entry_may_pack_well():
    opened = archive.opened(packed({"a.csv": b"\x00" * 1_000_000}), "x.zip")
    opened.verify()
    assert b"".join(opened.chunks("a.csv")) == b"\x00" * 1_000_000


def test_an_entry_that_holds_more_than_it_says_is_refused():
    content = packed({"a.csv": TEXT * 100})
    content = set_at(content, directory(content, "a.csv") + 24, "<L", 1000)
    assert "holds more than the 1000 bytes it says" in refusal(content)


def test_an_entry_that_holds_less_than_it_says_or_other_bytes_is_refused():
    content = packed({"a.csv": TEXT})
    assert "is damaged" in refusal(set_at(content, directory(content, "a.csv") + 24, "<L", len(TEXT) + 1))
    assert "is damaged" in refusal(set_at(content, directory(content, "a.csv") + 16, "<L", 1))


def test_entries_that_share_their_bytes_are_refused():
    content = packed({"a.csv": TEXT, "b.csv": TEXT})
    assert "shares its bytes" in refusal(set_at(content, directory(content, "b.csv") + 42, "<L", 0))


def test_an_entry_that_does_not_begin_where_it_says_is_refused():
    content = packed({"a.csv": TEXT})
    assert "does not begin where" in refusal(set_at(content, 0, "<L", 0))


def test_an_encrypted_entry_is_refused():
    content = packed({"a.csv": TEXT})
    assert "is encrypted" in refusal(set_at(content, directory(content, "a.csv") + 8, "<H", 1))


@pytest.mark.parametrize("name", ["../a.csv", "/a.csv", "b/../../a.csv", "C:/a.csv", "b\\..\\a.csv"])
def test_an_entry_outside_the_zips_folder_is_refused(name):
    assert "leads out of the zip's own folder" in refusal(packed({name: TEXT}))


@pytest.mark.parametrize("name", ["a.zip", "xl/embeddings/b.XLSX", "c.csv.gz"])
def test_an_entry_that_is_itself_packed_is_refused(name):
    assert "is itself packed" in refusal(packed({name: TEXT}))


def test_a_way_of_packing_that_workbooks_do_not_have_is_refused():
    assert "packed in a way that is not read" in refusal(packed({"a.csv": TEXT}, zipfile.ZIP_BZIP2))


def test_an_entry_without_a_name_is_refused():
    assert "holds an entry without a name" in refusal(packed({"a": b"a", "": b"b"}))


def test_an_entry_that_is_there_twice_is_refused():
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(out, "w") as file:
            file.writestr("a.csv", "x")
            file.writestr("a.csv", "y")
    assert "is in it 2 times" in refusal(out.getvalue())


def test_everything_that_is_wrong_is_said_at_once():
    message = refusal(packed({"../a.csv": TEXT, "b.zip": TEXT, "c.csv": b"\x00" * 2_000_000}))
    assert len(message.splitlines()) == 3


def test_more_entries_than_any_extract_has_are_refused():
    assert "10001 entries" in refusal(packed({f"{n}": b"" for n in range(10_001)}, zipfile.ZIP_STORED))


def test_a_directory_larger_than_any_is_refused_before_it_is_read():
    content = packed({"a.csv": TEXT})
    assert "has a directory of more than" in refusal(set_at(content, len(content) - 10, "<L", 5_000_000))


@settings(max_examples=100)
@given(st.data())
def test_a_damaged_zip_file_is_refused_or_read_and_nothing_else(data):
    content = bytearray(packed({"a.csv": TEXT, "b.csv": TEXT[::-1]}))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        archive.opened(bytes(content[: data.draw(st.integers(0, len(content)))]), "x.zip").verify()
    except InputError as refused:
        assert refused.faults
