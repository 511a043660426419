"""OCEL 2.0 as it arrives: three forms of one content, objects that are cases, siblings that share events, bad files."""

from __future__ import annotations

import gzip
import json
import sqlite3
import struct
from contextlib import closing
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutations import damaged
from sources import facts, happened, source

from frontdoor.errors import InputError
from frontdoor.formats import ocel
from frontdoor.formats.source import Source

AT = "2014-03-03T10:15:00Z"
MOMENT = datetime(2014, 3, 3, 10, 15, tzinfo=UTC)


def event(id: Any, type: Any, *objects: Any, time: Any = AT, **attributes: Any) -> dict[str, Any]:
    said = [{"name": name, "value": value} for name, value in attributes.items()]
    related = [{"objectId": one, "qualifier": ""} for one in objects]
    return {"id": id, "type": type, "time": time, "attributes": said, "relationships": related}


def thing(id: Any, type: str = "case", **attributes: Any) -> dict[str, Any]:
    said = [{"name": name, "time": "1970-01-01T00:00:00Z", "value": value} for name, value in attributes.items()]
    return {"id": id, "type": type, "attributes": said, "relationships": []}


def log(events: list[Any], things: list[Any] | None = None) -> dict[str, Any]:
    things = [thing("K-1"), thing("K-2")] if things is None else things
    return {"objectTypes": [], "eventTypes": [], "objects": things, "events": events}


def read(content: dict[str, Any] | bytes, **asked: str) -> Source:
    return ocel.read(content if isinstance(content, bytes) else json.dumps(content).encode(), "log", **asked)


def codes(content: dict[str, Any] | bytes | Path, **asked: str) -> list[str]:
    with pytest.raises(InputError) as error:
        if isinstance(content, Path):
            ocel.read(content, "log", **asked)
        else:
            read(content, **asked)
    return [fault.code for fault in error.value.faults]


# What is what.


def test_an_event_related_to_a_case_is_an_event_of_it():
    attributes = {"actor": "ann", "role": "clerk", "recorded_at": "2014-03-04", "episode": "p1", "why": "x"}
    found = read(log([event("e1", "permit.apply", "K-1", **attributes)]))
    assert facts(found) == {
        "K-1": [("K-1", "permit.apply", MOMENT, date(2014, 3, 4), "ann", "clerk", "p1", "", ("why", "x"))]
    }
    assert (found.format, found.notes, found.rejected) == ("ocel-json", [], [])


def test_the_keys_of_xes_for_who_did_it_are_known_too():
    found = read(log([event("e1", "a.b", "K-1", **{"org:resource": "ann", "org:role": "clerk"})]))
    assert found.events.select("actor", "role").rows() == [("ann", "clerk")]


def test_an_event_of_several_siblings_is_an_event_of_each_with_a_family_that_they_share():
    found = read(log([event("e7", "conference.request", "K-2", "K-1"), event("e8", "a.b", "K-1")]))
    assert found.events.select("position", "case_id", "event", "family").rows() == [
        (1, "K-2", "conference.request", "e7"), (2, "K-1", "conference.request", "e7"), (3, "K-1", "a.b", ""),
    ]  # fmt: skip


def test_an_object_of_the_type_family_is_the_family():
    things = [thing("K-1", "child"), thing("K-2", "child"), thing("F-9", "family")]
    found = read(log([event("e1", "a.b", "K-1", "K-2", "F-9"), event("e2", "a.c", "K-1", "F-9")], things))
    assert found.events["family"].to_list() == ["F-9"] * 3
    assert found.details == ()


def test_the_cases_are_of_the_type_case_or_child_and_others_are_details():
    things = [thing("w1", "worker"), thing("w2", "worker"), thing("K-1", "Child")]
    found = read(log([event("e1", "a.b", "w1", "K-1", "w2")], things))
    assert list(facts(found)) == ["K-1"]
    assert found.events["detail.object:worker"].to_list() == ["w1; w2"]
    assert found.notes == []


def test_of_other_types_the_only_one_is_the_case_and_of_several_the_first_which_is_noted():
    assert read(log([event("e1", "a.b", "P-1")], [thing("P-1", "permit")])).notes == []
    things = [thing("P-1", "permit"), thing("w1", "worker")]
    found = read(log([event("e1", "a.b", "w1", "P-1")], things))
    assert list(facts(found)) == ["P-1"]
    assert found.notes == [
        "The objects of the type 'permit' were taken for the cases; the events are related to others, too: worker."
    ]


def test_the_type_that_is_asked_for_is_the_case_and_one_that_is_not_there_is_refused_with_advice():
    content = log([event("e1", "a.b", "w1", "K-1")], [thing("w1", "worker"), thing("K-1")])
    assert list(facts(read(content, case_type="worker"))) == ["w1"]
    with pytest.raises(InputError, match="Did you mean worker"):
        read(content, case_type="workers")


def test_what_a_case_says_of_itself_is_a_detail_of_each_of_its_events():
    found = read(log([event("e1", "a.b", "K-1"), event("e2", "a.c", "K-1")], [thing("K-1", team="north")]))
    assert found.events["detail.case:team"].to_list() == ["north", "north"]


def test_an_attribute_that_is_declared_and_never_said_has_a_place():
    content = log([event("e1", "a.b", "K-1")]) | {
        "eventTypes": [{"name": "a.b", "attributes": [{"name": "reason", "type": "string"}]}]
    }
    assert read(content).carries.details == frozenset({"reason"})


def test_values_that_are_no_texts_are_read_as_text_and_ids_as_whole_numbers():
    found = read(
        log([event(1, "a.b", 9212044.0, cost=5, ratio=0.5, ok=True, none=None, many=[1, "x"])], [thing("9212044")])
    )
    row = found.events.row(0, named=True)
    assert (row["case_id"], row["detail.cost"], row["detail.ratio"], row["detail.ok"]) == (
        "9212044",
        "5",
        "0.5",
        "true",
    )
    assert (row["detail.none"], row["detail.many"]) == ("", '[1, "x"]')


def test_happened_at_says_that_the_time_stands_for_its_day():
    found = read(log([event("e1", "a.b", "K-1", time="2014-07-02T23:00:00Z", happened_at="2014-07-03")]))
    assert happened(found) == [date(2014, 7, 3)]


@pytest.mark.parametrize(
    "times", [["2014-07-03T00:00:00+01:00", "2014-12-03T00:00:00"], ["2014-07-03T00:00:00Z", "2014-12-03T00:00:00Z"]]
)
def test_where_every_time_is_a_midnight_they_are_dates_and_a_note_says_so(times: list[str]):
    found = read(log([event(f"e{n}", "a.b", "K-1", time=time) for n, time in enumerate(times)]))
    assert happened(found) == [date(2014, 7, 3), date(2014, 12, 3)]
    assert (
        "Every time is a midnight, as systems write where only the day is known: they were read as dates."
        in found.notes
    )


def test_a_midnight_among_other_times_or_that_is_said_to_be_one_stays_a_moment():
    midnight, moment = "2014-07-03T00:00:00+01:00", datetime(2014, 7, 2, 23, tzinfo=UTC)
    found = read(log([event("e1", "a.b", "K-1", time=midnight), event("e2", "a.b", "K-1")]))
    assert happened(found)[0] == moment
    assert found.notes == [
        "Midnights among 2 times: 1. They are judged to the minute like the others; where only the day is known, write a date."
    ]
    assert happened(read(log([event("e1", "a.b", "K-1", time=midnight, happened_at=midnight)]))) == [moment]


def test_a_time_without_a_zone_is_the_wall_time_of_london_and_noted():
    found = read(log([event("e1", "a.b", "K-1", time="2014-07-03T10:15:00"), event("e2", "a.b", "K-1")]))
    assert happened(found)[0] == datetime(2014, 7, 3, 9, 15, tzinfo=UTC)
    assert found.notes == ["1 time had no zone, and is read as the wall time of Europe/London."]


def test_what_is_passed_over_is_noted():
    things = [
        thing("K-1") | {"relationships": [{"objectId": "K-2", "qualifier": "sibling"}]}, thing("K-2"), thing("K-2"),
        thing("w1", "worker", grade="9"),
    ]  # fmt: skip
    things[1]["attributes"] = [{"name": "team", "value": one, "time": AT} for one in ("north", "south")]
    found = read(log([event("e1", "a.b", "K-1", "K-2", "gone")], things))
    assert found.notes == [
        "1 object with an id that another has: the first counts.",
        "Events are related to 1 object that the file does not have: 'gone'.",
        "1 relation between objects passed over: only what happened is read.",
        "What 1 object of other types than 'case' say of themselves was passed over.",
        "What 1 case became later was passed over: what it was first is said of it.",
    ]


# Rejected.


def test_events_that_make_no_sense_are_rejected_each_with_its_reason():
    events: list[Any] = [
        event("e1", "a.b"), event("e2", "", "K-1"), event("e3", "a.b", "K-1", time="soon"), event("e4", "a.b", "K-1"),
        event("e4", "a.b", "K-1"), "an event", 7, event("e5", "a.b", "K-1", time=None), event("e6", "a.b", "K-2"),
    ]  # fmt: skip
    found = read(log(events))
    assert [(bad.row, bad.column, bad.reason.split(":")[0]) for bad in found.rejected] == [
        (1, "relationships", "is related to no object of the type 'case'."),
        (2, "type", "is empty."),
        (3, "time", "is not a date or time"),
        (5, "id", "stands twice in the file."),
        (6, "event", "is no object of JSON."),
        (7, "event", "is no object of JSON."),
        (8, "time", "is empty."),
    ]
    assert list(facts(found)) == ["K-1", "K-2"]


def test_an_event_that_says_a_thing_twice_is_rejected():
    content = json.dumps(log([event("e1", "a.b", "K-1"), event("e2", "a.b", "K-1")])).replace(
        '"id": "e1"', '"id": "e1", "time": "2013"'
    )
    found = read(content.encode())
    assert [(bad.row, bad.column, bad.reason) for bad in found.rejected] == [(1, "time", "stands twice in one event.")]


def test_what_a_value_names_twice_stands_once_and_an_attribute_that_does_rejects_its_event():
    content = json.dumps(log([event("e1", "a.b", "K-1", why="@"), event("e2", "a.b", "K-1", why="x")])).encode()
    found = read(content.replace(b'"@"', b'{"a": 1, "a": 2}'))
    assert found.events["detail.why"].to_list() == ['{"a": 2}', "x"]
    found = read(content.replace(b'"value": "@"', b'"value": "y", "value": "z"'))
    assert found.events["detail.why"].to_list() == ["x"]
    assert [(bad.row, bad.column, bad.reason) for bad in found.rejected] == [(1, "value", "stands twice in one event.")]


def test_an_id_that_a_spreadsheet_has_rounded_or_lost_is_no_case():
    ids = [9.21e15, "#N/A", "9.21E+12", 9212044.0]
    found = read(log([event(f"e{n}", "a.b", one) for n, one in enumerate(ids)], [thing(one) for one in ids]))
    assert found.events["case_id"].to_list() == ["9212044"]
    assert [(bad.row, bad.column, bad.text) for bad in found.rejected] == [
        (1, "case_id", "9.21E+15"), (2, "case_id", "#N/A"), (3, "case_id", "9.21E+12"),
    ]  # fmt: skip


def test_half_a_character_and_nul_stand_as_a_replacement_and_are_noted():
    found = read(log([event("e1", "a.b", "K-1", why="a\ud800b", what="c\x00d", pair="\ud83d\ude00")]))
    row = found.events.row(0, named=True)
    assert (row["detail.why"], row["detail.what"], row["detail.pair"]) == ("a\ufffdb", "c\ufffdd", "\U0001f600")
    assert found.notes == ["2 texts held what no text can (NUL, or half a character): \ufffd stands for it."]


def test_a_long_text_of_an_event_of_many_cases_is_on_the_first_alone_and_noted():
    many = [f"K-{n}" for n in range(2000)]
    found = read(log([event("e1", "a.b", *many, why="x" * 100_000)], [thing(one) for one in many]))
    assert found.events["detail.why"].str.len_bytes().sum() == 100_000
    assert found.events.height == 2000
    assert found.notes == ["1 event of many cases with long texts: those are on the first of each alone."]


@pytest.mark.parametrize("depth", [100, 900, 950, 980, 990, 1000, 1100])
def test_a_value_nested_deep_is_read_or_refused(depth):
    content = json.dumps(log([event("e1", "a.b", "K-1", why="?")])).replace('"?"', "[" * depth + "]" * depth)
    holds(content.encode())


# Refused.


@pytest.mark.parametrize(
    "content, code",
    [
        (b"{", "not-json"),
        (b"[]", "not-ocel"),
        (b"7", "not-ocel"),
        (b'{"events": []}', "missing-key"),
        (b'{"events": {}, "objects": []}', "wrong-kind"),
        (b'{"events": [], "objects": []}', "no-rows"),
        (b'{"ocel:events": {}, "ocel:objects": {}}', "old-ocel"),
        (b"[" * 100_000, "too-deep"),
        (b'{"events": [' + b"9" * 5000 + b'], "objects": []}', "not-json"),
        (b'{"events": "\xff"}', "encoding"),
        (b"<html/>", "not-ocel"),
        (b"<!DOCTYPE log><log/>", "doctype"),
        (b"<log>" * 500, "too-deep"),
        (b"<log></log>", "no-rows"),
        (gzip.compress(b"<log>" + b" " * 200_000_000, 9), "bomb"),
        (b"SQLite format 3\x00" + b"\x00" * 100, "damaged"),
    ],
)
def test_what_is_no_ocel_is_refused_whole(content, code):
    assert codes(content) == [code]


def test_all_that_is_missing_is_told_at_once_with_what_was_probably_meant():
    with pytest.raises(InputError) as error:
        read({"Events": [], "object": []})
    assert [fault.code for fault in error.value.faults] == ["missing-key"] * 2
    assert "Did you mean object?" in str(error.value) and "Did you mean Events?" in str(error.value)


def test_a_log_whose_events_are_related_to_nothing_is_refused():
    assert codes(log([event("e1", "a.b")])) == ["no-cases"]


# XML.


XML = """<?xml version="1.0" encoding="UTF-8"?>
<log>
  <object-types><object-type name="case"><attributes><attribute name="team" type="string"/></attributes></object-type></object-types>
  <event-types><event-type name="a.b"><attributes><attribute name="reason" type="string"/></attributes></event-type></event-types>
  <objects>
    <object id="K-1" type="case"><attributes><attribute name="team" time="1970-01-01T00:00:00Z">north</attribute></attributes></object>
    <object id="K-2" type="case"/>
  </objects>
  <events>
    <event id="e1" type="a.b" time="2014-03-03T10:15:00Z">
      <attributes><attribute name="why">a &amp; b
c</attribute></attributes>
      <objects><relationship object-id="K-1" qualifier="about"/><object object-id="K-2" qualifier=""/></objects>
    </event>
  </events>
</log>"""


def test_the_form_in_xml_is_read_with_the_texts_of_its_attributes():
    found = read(XML.encode())
    assert found.format == "ocel-xml"
    assert found.carries.details == frozenset({"reason", "why", "case:team"})
    assert found.events.select("case_id", "detail.why", "detail.case:team", "family").rows() == [
        ("K-1", "a & b\nc", "north", "e1"), ("K-2", "a & b\nc", "", "e1"),
    ]  # fmt: skip


def test_xml_that_breaks_off_is_read_up_to_there():
    again = XML.replace(
        "</events>", XML[XML.index("    <event id") : XML.index("  </events>")].replace("e1", "e2")[:-30]
    )
    found = read(again.encode())
    assert found.events.height == 2
    assert [bad.row for bad in found.rejected] == [3]
    assert "nothing after the last complete event" in found.rejected[0].reason


# SQLite.


TABLES = """
    CREATE TABLE event (ocel_id TEXT PRIMARY KEY, ocel_type TEXT);
    CREATE TABLE object (ocel_id TEXT PRIMARY KEY, ocel_type TEXT);
    CREATE TABLE event_map_type (ocel_type TEXT, ocel_type_map TEXT);
    CREATE TABLE object_map_type (ocel_type TEXT, ocel_type_map TEXT);
    CREATE TABLE event_object (ocel_event_id TEXT, ocel_object_id TEXT, ocel_qualifier TEXT);
    CREATE TABLE object_object (ocel_source_id TEXT, ocel_target_id TEXT, ocel_qualifier TEXT);
    CREATE TABLE event_Apply (ocel_id TEXT, ocel_time TIMESTAMP, why TEXT, cost REAL);
    CREATE TABLE object_Permit (ocel_id TEXT, ocel_time TIMESTAMP, ocel_changed_field TEXT, team TEXT);
    INSERT INTO event VALUES ('e1', 'permit.apply');
    INSERT INTO object VALUES ('P-1', 'permit');
    INSERT INTO event_map_type VALUES ('permit.apply', 'Apply');
    INSERT INTO object_map_type VALUES ('permit', 'Permit');
    INSERT INTO event_object VALUES ('e1', 'P-1', '');
    INSERT INTO event_Apply VALUES ('e1', '2014-07-03 10:15:00', NULL, 0.5);
    INSERT INTO object_Permit VALUES ('P-1', '1970-01-01 00:00:00', NULL, 'north');
    INSERT INTO object_Permit VALUES ('P-1', '2015-01-01 00:00:00', 'team', 'south');
"""


def database(path: Path, *statements: str) -> Path:
    """A sound log of one event, and then some statements."""
    with closing(sqlite3.connect(path)) as db:
        db.executescript(TABLES)
        db.executescript(";".join(statements))
    return path


def test_the_form_in_sqlite_is_read(tmp_path: Path):
    found = ocel.read(database(tmp_path / "log.sqlite"), "log")
    assert found.format == "ocel-sqlite"
    assert found.events.select("case_id", "event", "detail.why", "detail.cost", "detail.case:team").rows() == [
        ("P-1", "permit.apply", "", "0.5", "north")
    ]
    assert happened(found) == [datetime(2014, 7, 3, 9, 15, tzinfo=UTC)]
    assert found.notes == [
        "What 1 case became later was passed over: what it was first is said of it.",
        "1 time had no zone, and is read as the wall time of Europe/London.",
    ]


def test_reading_leaves_nothing_beside_the_file_and_the_file_as_it_was(tmp_path: Path):
    path = database(tmp_path / "a log?#%20.sqlite")
    before = path.read_bytes()
    ocel.read(path, "log")
    assert (path.read_bytes(), [one.name for one in tmp_path.iterdir()]) == (before, [path.name])


def test_missing_tables_and_columns_are_told_at_once(tmp_path: Path):
    path = database(
        tmp_path / "log.sqlite",
        "DROP TABLE event_object",
        "ALTER TABLE event RENAME ocel_type TO type",
        "DROP TABLE object",
    )
    with pytest.raises(InputError) as error:
        ocel.read(path, "log")
    assert [(fault.where, fault.code) for fault in error.value.faults] == [
        ("table event", "missing-column"), ("", "missing-table"), ("", "missing-table"),
    ]  # fmt: skip


def test_a_type_whose_table_is_missing_is_told(tmp_path: Path):
    assert codes(database(tmp_path / "log.sqlite", "DROP TABLE event_Apply")) == ["missing-table"]
    found = ocel.read(database(tmp_path / "other.sqlite", "DROP TABLE object_Permit"), "log")
    assert found.details == ("why", "cost")


@pytest.mark.parametrize(
    "made",
    [
        "CREATE VIEW event_object AS WITH RECURSIVE n(ocel_event_id, ocel_object_id) AS (SELECT 'e1', 'P-1' UNION ALL SELECT * FROM n) SELECT * FROM n",
        "CREATE VIRTUAL TABLE event_object USING fts5(ocel_event_id, ocel_object_id)",
    ],
)
def test_a_view_or_a_virtual_table_is_not_read(tmp_path: Path, made: str):
    assert codes(database(tmp_path / "log.sqlite", "DROP TABLE event_object", made)) == ["not-a-table"]


def test_a_computed_column_is_not_read(tmp_path: Path):
    made = "CREATE TABLE event_Apply (ocel_id TEXT, ocel_time TEXT, why TEXT AS (hex(zeroblob(100000000))))"
    path = database(
        tmp_path / "log.sqlite", "DROP TABLE event_Apply", made, f"INSERT INTO event_Apply VALUES ('e1', '{AT}')"
    )
    assert ocel.read(path, "log").details == ("case:team",)


def test_a_table_whose_pages_lead_to_the_same_pages_again_and_again_is_refused(tmp_path: Path):
    """A page of a tree points to 300 pages below it: here three times to one and the same, which makes 27 million rows."""
    names = ["event_object", "one", "two", "rows"]
    made = [
        f'CREATE TABLE "{name}" (ocel_event_id TEXT, ocel_object_id TEXT, ocel_qualifier TEXT)' for name in names[1:]
    ]
    path = database(tmp_path / "log.sqlite", *made, "INSERT INTO rows VALUES ('e1', 'P-1', '')")
    with closing(sqlite3.connect(path)) as db:
        (size,) = db.execute("PRAGMA page_size").fetchone()
        pages = [
            db.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)).fetchone()[0] for name in names
        ]
    content = bytearray(path.read_bytes())
    for page, below in zip(pages, pages[1:], strict=False):
        cells = [struct.pack(">I", below) + bytes([129 + number // 128, number % 128]) for number in range(300)]
        places = [size - 6 * (number + 1) for number in range(300)]
        head = struct.pack(">BHHHBI", 5, 0, len(cells), places[-1], 0, below) + struct.pack(">300H", *places)
        content[(page - 1) * size : page * size] = head.ljust(places[-1], b"\0") + b"".join(reversed(cells))
    path.write_bytes(content)
    assert codes(path) == ["bomb"]
    assert codes(bytes(content)) == ["bomb"]


def test_a_column_that_stands_once_and_is_in_every_row_is_refused_where_it_is_too_much(tmp_path: Path):
    declared = f"CREATE TABLE event_Apply (ocel_id TEXT, ocel_time TIMESTAMP, why TEXT, cost REAL, big DEFAULT '{'x' * 900_000}')"
    rows = ", ".join(["('e1', '2014', '', 0)"] * 1000)
    path = database(
        tmp_path / "log.sqlite", f"INSERT INTO event_Apply VALUES {rows}", "PRAGMA writable_schema = ON",
        f"UPDATE sqlite_master SET sql = '{declared.replace(chr(39), chr(39) * 2)}' WHERE name = 'event_Apply'",
    )  # fmt: skip
    assert codes(path) == ["bomb"]


def test_of_thousands_of_types_without_a_table_the_first_are_told_and_of_one_table_they_share_it(tmp_path: Path):
    types = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 50000) INSERT INTO event_map_type"
    missing = database(tmp_path / "missing.sqlite", f"{types} SELECT x, x FROM n")
    assert codes(missing) == ["missing-table"] * 20
    shared = database(tmp_path / "shared.sqlite", f"{types} SELECT x, 'Apply' FROM n")
    assert ocel.read(shared, "log").details == ("why", "cost", "case:team")


def test_a_cell_longer_than_any_text_is_told(tmp_path: Path):
    assert codes(database(tmp_path / "log.sqlite", "UPDATE event_Apply SET why = zeroblob(20000000)")) == ["too-much"]


def test_a_file_that_was_written_with_its_changes_beside_it_is_read_from_its_bytes_too(tmp_path: Path):
    path = database(tmp_path / "log.sqlite", "PRAGMA journal_mode = WAL", "UPDATE event_Apply SET why = 'late'")
    for file in (path, path.read_bytes()):
        assert ocel.read(file, "log").events["detail.why"].to_list() == ["late"]


def test_a_file_whose_last_changes_stand_beside_it_is_refused(tmp_path: Path):
    path = database(tmp_path / "log.sqlite")
    (tmp_path / "log.sqlite-wal").write_bytes(b"x" * 100)
    assert codes(path) == ["open"]


def test_text_that_is_not_utf_8_is_read_with_a_replacement(tmp_path: Path):
    path = database(tmp_path / "log.sqlite", "UPDATE event_Apply SET why = CAST(x'61ff' AS TEXT)")
    assert ocel.read(path, "log").events["detail.why"].to_list() == ["a\ufffd"]


# Writing.


CONFERENCE = {"event": "conference.request", "happened_at": MOMENT, "actor": "ann", "family": "F"}
FORMS = ["log.json", "log.xml", "log.sqlite"]


def events_of(path: Path) -> list[tuple[str, list[str]]]:
    """The events of a file in JSON, each with the objects that it is related to."""
    found = json.loads(path.read_text(encoding="utf-8"))
    return [(one["type"], [other["objectId"] for other in one["relationships"]]) for one in found["events"]]


def test_siblings_share_one_conference_and_have_one_each_when_it_is_read_back(tmp_path: Path):
    made = source(
        [
            {"case_id": "K-1", **CONFERENCE},
            {"case_id": "K-2", **CONFERENCE},
            {"case_id": "K-3", **CONFERENCE, "family": ""},
        ]
    )
    for name in FORMS:
        ocel.write(made, tmp_path / name)
        assert facts(ocel.read(tmp_path / name, "log")) == facts(made)
    assert events_of(tmp_path / "log.json") == [
        ("conference.request", ["K-1", "K-2", "F"]), ("conference.request", ["K-3"]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "other", [{"actor": "bob"}, {"family": "G"}, {"episode": "2"}, {"happened_at": MOMENT.replace(minute=16)}]
)
def test_siblings_do_not_share_what_differs_in_anything(tmp_path: Path, other: dict[str, Any]):
    made = source([{"case_id": "K-1", **CONFERENCE}, {"case_id": "K-2", **CONFERENCE, **other}])
    ocel.write(made, tmp_path / "log.json")
    assert len(events_of(tmp_path / "log.json")) == 2


def test_cases_of_no_family_never_share_an_event(tmp_path: Path):
    same = {"event": "referral.receive", "happened_at": date(2014, 3, 3)}
    ocel.write(source([{"case_id": "K-1", **same}, {"case_id": "K-2", **same}]), tmp_path / "log.json")
    assert len(events_of(tmp_path / "log.json")) == 2


def test_an_event_is_not_shared_where_that_would_change_the_order_of_a_day(tmp_path: Path):
    note = {"case_id": "K-2", "event": "a.note", "happened_at": date(2014, 3, 3)}
    made = source([{"case_id": "K-1", **CONFERENCE}, note, {"case_id": "K-2", **CONFERENCE}])
    ocel.write(made, tmp_path / "log.json")
    assert facts(ocel.read(tmp_path / "log.json", "log")) == facts(made)
    assert len(events_of(tmp_path / "log.json")) == 3


def test_a_family_may_be_called_like_a_case(tmp_path: Path):
    made = source([{"case_id": "F", **CONFERENCE}, {"case_id": "K-2", **CONFERENCE}])
    for name in FORMS:
        ocel.write(made, tmp_path / name)
        assert facts(ocel.read(tmp_path / name, "log")) == facts(made)


def test_the_name_of_the_file_says_the_form_and_another_is_refused(tmp_path: Path):
    made = source([{"case_id": "K-1", **CONFERENCE}])
    for name, form in (("a.jsonocel", "ocel-json"), ("a.xmlocel", "ocel-xml"), ("a.SQLITE", "ocel-sqlite")):
        ocel.write(made, tmp_path / name)
        assert ocel.read(tmp_path / name, "log").format == form
    with pytest.raises(InputError, match="End it in .json"):
        ocel.write(made, tmp_path / "a.ocel")


SOUND = json.dumps(log([event("e1", "a.b", "K-1", why="x"), event("e2", "a.c", "K-1", "K-2")])).encode()


@cache
def sound_database() -> bytes:
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(TABLES)
        return db.serialize()


def holds(content: bytes) -> None:
    try:
        assert read(content).format.startswith("ocel-")
    except InputError as error:
        assert all(str(fault) for fault in error.faults)


@settings(deadline=None, max_examples=200)
@given(content=damaged(SOUND))
def test_damaged_json_is_read_in_part_or_refused_never_more(content: bytes):
    holds(content)


@settings(deadline=None, max_examples=200)
@given(content=damaged(XML.encode()))
def test_damaged_xml_is_read_in_part_or_refused_never_more(content: bytes):
    holds(content)


@settings(deadline=None, max_examples=200)
@given(
    changes=st.lists(st.tuples(st.integers(16, 60_000), st.integers(0, 255)), min_size=1, max_size=8),
    length=st.just(None) | st.integers(16, 60_000),
)
def test_a_damaged_database_is_read_in_part_or_refused_never_more(changes: list[tuple[int, int]], length: int | None):
    content = bytearray(sound_database())
    for place, byte in changes:
        content[place % len(content)] = byte
    holds(b"SQLite format 3\x00" + bytes(content[16:length]))
