"""XES as it arrives from other systems: which key is what, what is passed over with a note, and what is refused."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from mutations import damaged
from sources import facts, happened, source

from frontdoor.errors import InputError
from frontdoor.formats import xes
from frontdoor.formats.source import Source

TIME = '<date key="time:timestamp" value="2014-03-03T10:15:00.000+00:00"/>'


def event(name: str = "permit.apply", *more: str, time: str = TIME) -> str:
    return f'<event><string key="concept:name" value="{name}"/>{time}{"".join(more)}</event>'


def trace(*events: str, case: str = "K-1") -> str:
    return f'<trace><string key="concept:name" value="{case}"/>{"".join(events)}</trace>'


def log(*traces: str) -> bytes:
    return f'<?xml version="1.0"?>\n<log xes.version="1.0">{"".join(traces)}</log>'.encode()


def text(key: str, value: str, tag: str = "string", within: str = "") -> str:
    return f'<{tag} key="{key}" value="{value}">{within}</{tag}>'


def read(content: bytes) -> Source:
    return xes.read(content, "log.xes")


def one(*more: str, time: str = TIME) -> dict:
    """The one row of a log of one event."""
    (row,) = read(log(trace(event("permit.apply", *more, time=time)))).events.iter_rows(named=True)
    return row


def refused(content: bytes) -> list[str]:
    with pytest.raises(InputError) as error:
        read(content)
    return [fault.code for fault in error.value.faults]


# What is what.


def test_the_standard_keys_are_case_event_time_actor_and_role():
    row = one(text("org:resource", "ann"), text("org:role", "clerk"))
    assert [row[name] for name in ("position", "case_id", "event", "actor", "role", "episode", "family")] == [
        1, "K-1", "permit.apply", "ann", "clerk", "", "",
    ]  # fmt: skip
    assert happened(read(log(trace(event())))) == [datetime(2014, 3, 3, 10, 15, tzinfo=UTC)]


def test_a_log_with_namespaces_extensions_globals_and_classifiers_is_read():
    head = (
        '<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>'
        '<global scope="event"><string key="concept:name" value="__INVALID__"/>'
        '<date key="time:timestamp" value="1970-01-01T00:00:00+00:00"/></global>'
        '<classifier name="Activity" keys="concept:name lifecycle:transition"/>'
    )
    content = f'<?xml version="1.0" encoding="UTF-8"?><!-- a comment --><x:log xmlns:x="http://x">{head}{trace(event())}</x:log>'
    found = read(content.encode())
    assert (list(facts(found)), found.notes, found.details) == (["K-1"], [], ())


def test_the_default_of_a_global_is_not_made_up_for_an_event_that_lacks_it():
    defaults = '<global scope="event"><date key="time:timestamp" value="2014-03-03T00:00:00Z"/></global>'
    found = read(log(defaults, trace(event(time=""), event())))
    assert [(bad.row, bad.column, bad.reason) for bad in found.rejected] == [(1, "time:timestamp", "is empty.")]
    assert found.events.height == 1


def test_plain_names_of_our_columns_are_read_where_the_standard_key_is_absent():
    row = one(
        text("actor", "bob"), text("recorded_at", "2014-03-04", "date"), text("episode", "p1"), text("family", "F")
    )
    assert (row["actor"], row["episode"], row["family"]) == ("bob", "p1", "F")
    assert facts(read(log(trace(event("a.b", text("recorded_at", "2014-03-04"))))))["K-1"][0][3] == date(2014, 3, 4)


def test_a_plain_name_that_says_something_else_than_the_standard_key_is_a_detail():
    found = read(log(trace(event("a.b", text("org:resource", "ann"), text("actor", "bob")))))
    assert (found.events["actor"].to_list(), found.events["detail.actor"].to_list()) == (["ann"], ["bob"])
    assert read(log(trace(event("a.b", text("event", "a.b"))))).details == ()


def test_any_other_attribute_is_a_detail_of_its_own_text_whatever_its_type():
    row = one(
        text("rationale", "x"), text("cost", "5", "int"), text("ratio", "0.5", "float"), text("ok", "true", "boolean")
    )
    assert {key: value for key, value in row.items() if key.startswith("detail.")} == {
        "detail.rationale": "x", "detail.cost": "5", "detail.ratio": "0.5", "detail.ok": "true",
    }  # fmt: skip


def test_nested_attributes_are_details_by_their_path():
    row = one(text("cost", "5", "int", text("currency", "GBP")))
    assert (row["detail.cost"], row["detail.cost.currency"]) == ("5", "GBP")


def test_the_members_of_a_list_are_joined():
    agencies = f'<list key="agencies"><values>{text("name", "police")}{text("name", "health")}</values></list>'
    assert one(agencies)["detail.agencies.name"] == "police; health"


def test_what_a_trace_says_of_itself_is_a_detail_of_each_of_its_events():
    found = read(log(trace(text("team", "north"), event(), event()), trace(event(), case="K-2")))
    assert found.events["detail.case:team"].to_list() == ["north", "north", ""]


def test_a_long_text_about_a_trace_is_on_its_first_event_alone():
    found = read(log(trace(text("note", "x" * 100_000), *[event()] * 50)))
    assert [len(said) for said in found.events["detail.case:note"]] == [100_000] + [0] * 49


def test_a_trace_may_say_its_name_after_its_events():
    content = log(f'<trace>{event()}{event()}<string key="concept:name" value="K-9"/></trace>')
    assert list(facts(read(content))) == ["K-9"]


def test_two_traces_of_one_name_are_one_case_and_a_note_says_so():
    found = read(log(trace(event("a.b")), trace(event("a.c"))))
    assert [fact[1] for fact in facts(found)["K-1"]] == ["a.b", "a.c"]
    assert found.notes == ["1 case with more than one trace, such as K-1: read as one case each."]


def test_a_case_id_that_a_spreadsheet_made_a_decimal_number_is_a_whole_one():
    content = log(f'<trace><float key="concept:name" value="9212044.0"/>{event()}</trace>')
    assert list(facts(read(content))) == ["9212044"]


# Time.


@pytest.mark.parametrize(
    "value, moment",
    [
        ("2014-07-03T10:15:00.000+01:00", datetime(2014, 7, 3, 9, 15, tzinfo=UTC)),
        ("2014-07-03T10:15:00Z", datetime(2014, 7, 3, 10, 15, tzinfo=UTC)),
        ("2014-07-03T10:15:00.123456+01:00", datetime(2014, 7, 3, 9, 15, 0, 123456, UTC)),
        ("2014-07-03T10:15:00.123456789+01:00", datetime(2014, 7, 3, 9, 15, 0, 123456, UTC)),
        ("2014-07-03T00:00:01+01:00", datetime(2014, 7, 2, 23, 0, 1, tzinfo=UTC)),
        ("2014-07-03 10:15:00+00:00", datetime(2014, 7, 3, 10, 15, tzinfo=UTC)),
        ("2014-07-03", date(2014, 7, 3)),
    ],
)
def test_a_timestamp_is_a_moment_to_the_microsecond_and_a_bare_date_a_date(value, moment):
    assert happened(read(log(trace(event(time=text("time:timestamp", value, "date")))))) == [moment]


def test_times_without_a_zone_are_the_wall_time_of_london_and_a_note_says_so():
    times = ["2014-07-03T10:15:00", "2014-07-03T10:15:00.000", "2014-12-03T10:15:00"]
    found = read(log(trace(*(event(time=text("time:timestamp", one, "date")) for one in times))))
    assert [at.hour for at in happened(found)] == [9, 9, 10]
    assert found.notes == ["3 times had no zone, and are read as the wall time of Europe/London."]


MIDNIGHTS = [["2014-07-03T00:00:00+01:00", "2014-12-03T00:00:00"], ["2014-07-03T00:00:00Z", "2014-12-03T00:00:00Z"]]


@pytest.mark.parametrize("times", MIDNIGHTS, ids=["of London", "of UTC"])
def test_where_every_time_is_a_midnight_they_are_dates_and_a_note_says_so(times):
    found = read(log(trace(*(event(time=text("time:timestamp", one, "date")) for one in times))))
    assert happened(found) == [date(2014, 7, 3), date(2014, 12, 3)]
    assert (
        "Every time is a midnight, as systems write where only the day is known: they were read as dates."
        in found.notes
    )


def test_a_midnight_among_other_times_stays_a_moment_and_a_note_says_so():
    times = ["2014-07-03T00:00:00+01:00", "2014-07-03T10:15:00+01:00"]
    found = read(log(trace(*(event(time=text("time:timestamp", one, "date")) for one in times))))
    assert happened(found)[0] == datetime(2014, 7, 2, 23, 0, tzinfo=UTC)
    assert found.notes == [
        "Midnights among 2 times: 1. They are judged to the minute like the others; where only the day is known, write a date."
    ]


def test_a_midnight_that_is_said_to_be_a_moment_stays_one():
    midnight = "2014-07-03T00:00:00+01:00"
    time = text("time:timestamp", midnight, "date")
    found = read(log(trace(event("a.b", text("happened_at", midnight), time=time))))
    assert happened(found) == [datetime(2014, 7, 2, 23, 0, tzinfo=UTC)]


def test_happened_at_says_that_a_moment_stands_for_its_day_or_for_days():
    time = text("time:timestamp", "2014-07-03T00:00:00+01:00", "date")
    found = read(log(trace(event("a.b", text("happened_at", "2014-07-03"), time=time))))
    assert happened(found) == [date(2014, 7, 3)]
    span = read(log(trace(event("a.b", text("happened_at", "2014-07-03/2014-07-09"), time=time))))
    assert str(happened(span)[0]) == "2014-07-03/2014-07-09"


def test_the_time_counts_where_happened_at_says_another():
    found = read(log(trace(event("a.b", text("happened_at", "2014-07-03")))))
    assert happened(found) == [datetime(2014, 3, 3, 10, 15, tzinfo=UTC)]
    assert found.notes == ["1 event said happened_at otherwise than the time: the time counts."]


def test_an_event_without_a_timestamp_happened_at_happened_at():
    found = read(log(trace(event("a.b", text("happened_at", "2014-07-03"), time=""))))
    assert happened(found) == [date(2014, 7, 3)]


@pytest.mark.parametrize(
    "value",
    [
        "soon",
        "2014-02-30T10:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T00:00:00Z",
        "2014-03-30T01:30:00",
        "-2014-01-01T00:00:00Z",
    ],
)
def test_a_time_that_cannot_be_read_rejects_its_event_alone(value):
    found = read(log(trace(event(time=text("time:timestamp", value, "date")), event())))
    assert [(bad.row, bad.column, bad.text) for bad in found.rejected] == [(1, "time:timestamp", value)]
    assert found.events["position"].to_list() == [2]


@pytest.mark.parametrize("year", [1850, 1900, 2099, 2199])
def test_an_old_or_distant_year_is_a_year(year):
    assert (
        happened(read(log(trace(event(time=text("time:timestamp", f"{year}-06-01T10:00:00Z", "date"))))))[0].year
        == year
    )


# The life of an activity.


def life(name: str, stage: str) -> str:
    return event(name, text("lifecycle:transition", stage))


def test_of_an_activity_that_is_also_complete_only_that_is_something_done():
    found = read(
        log(trace(life("a.b", "schedule"), life("a.b", "start"), life("a.b", "COMPLETE"), life("a.c", "complete")))
    )
    assert found.events["position"].to_list() == [3, 4]
    assert found.details == ()
    assert found.notes == [
        "2 events of activities that are also complete passed over (schedule, start): only complete is something done."
    ]


def test_of_an_activity_that_is_never_complete_every_event_is_read_and_says_its_stage():
    found = read(log(trace(life("a.b", "complete"), life("a.c", "start"), life("a.c", "suspend"))))
    assert found.events["detail.lifecycle:transition"].to_list() == ["", "start", "suspend"]
    assert found.notes == []


# What is rejected or noted.


def test_an_event_without_a_name_or_a_case_is_rejected_by_its_number():
    found = read(log(trace(event("")), f"<trace>{event()}</trace>", event(), trace(event(), case="K-4")))
    assert [(bad.row, bad.column) for bad in found.rejected] == [
        (1, "concept:name"), (2, "concept:name of the trace"), (3, "concept:name of the trace"),
    ]  # fmt: skip
    assert list(facts(found)) == ["K-4"]


def test_an_event_outside_any_trace_is_of_the_case_that_it_names():
    assert list(facts(read(log(event("a.b", text("case:concept:name", "K-7")))))) == ["K-7"]


def test_what_the_log_says_of_itself_and_what_xes_does_not_have_is_noted():
    found = read(log(text("concept:name", "my log"), "<colour/>", trace(event())))
    assert found.notes == [
        "What the log says of itself was passed over: concept:name.",
        "Elements that XES does not have were passed over: colour.",
    ]


def test_an_attribute_that_stands_twice_is_noted_and_the_first_counts_where_we_know_it():
    found = read(log(trace(event("a.b", text("concept:name", "a.c"), text("why", "x"), text("why", "y")))))
    assert (found.events["event"].to_list(), found.events["detail.why"].to_list()) == (["a.b"], ["x; y"])
    assert len(found.notes) == 1 and "concept:name, why" in found.notes[0]


def test_events_and_traces_that_stand_in_others_are_read_each_for_itself():
    found = read(log(trace(event("out", event("in")), event("last"))))
    assert found.events.select("case_id", "event").rows() == [("K-1", "in"), ("K-1", "out"), ("K-1", "last")]
    found = read(log(trace(event("a"), trace(event("b"), case="K-2"), event("c"))))
    assert found.events.select("case_id", "event").rows() == [("K-1", "a"), ("K-2", "b"), ("K-1", "c")]
    broken = log(trace(event("a"), trace(event("b"), case="K-2"), event("c"))).removesuffix(b"</trace></log>")
    assert read(broken).events["case_id"].to_list() == ["K-1", "K-2", "K-1"]


def test_traces_without_an_event_are_counted_in_a_note_and_too_many_that_say_nothing_are_refused():
    assert read(log(trace(case="K-7"), trace(event()), trace(case="K-1"))).notes == [
        "2 traces without an event passed over: there is nothing to judge of such a case."
    ]
    assert refused(log("<trace/>" * 100_001, trace(event()))) == ["bomb"]


def test_a_log_that_breaks_off_is_read_up_to_there():
    found = read(log(trace(event(), event()))[:-40])
    assert found.events["position"].to_list() == [1]
    (bad,) = found.rejected
    assert (
        bad.row == 2
        and "is not well-formed XML" in bad.reason
        and "nothing after the last complete event" in bad.reason
    )


# What is refused.


@pytest.mark.parametrize(
    "content, code",
    [
        (b"<html></html>", "not-xes"),
        (b"<log></log>", "no-rows"),
        (b"<log><trace></trace></log>", "no-rows"),
        (b"<log", "not-xml"),
        (b"   ", "empty"),
        (b"\x00\x01\x02", "not-xml"),
        (b'<?xml version="1.0" encoding="klingon"?><log/>', "encoding"),
        (b'<!DOCTYPE log SYSTEM "file:///etc/passwd"><log/>', "doctype"),
        (
            b'<!DOCTYPE log [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><log><trace>&b;</trace></log>',
            "doctype",
        ),
        (b"<log>" + b"<trace>" * 5000, "too-deep"),
    ],
)
def test_what_is_no_log_of_events_is_refused_whole(content, code):
    assert refused(content) == [code]


def test_utf_16_is_read_and_a_wrong_encoding_is_told():
    assert read(log(trace(event())).decode().replace("?>", ' encoding="UTF-16"?>').encode("utf-16")).events.height == 1
    assert "not-xml" in refused('<log a="é"/>'.encode("latin-1"))


def test_half_a_character_is_not_xml():
    assert refused(b'<log><trace><string key="concept:name" value="&#xD800;"/></trace></log>') == ["not-xml"]


def test_an_event_with_an_attribute_of_ten_megabytes_is_rejected_and_the_others_are_read():
    found = read(log(trace(event("a.b", text("note", "x" * 10_000_000)), event("a.c"))))
    assert found.events["event"].to_list() == ["a.c"]
    (bad,) = found.rejected
    assert (bad.row, bad.column, len(bad.text)) == (1, "note", 100)
    assert "is longer than 1,000,000 characters" in bad.reason


def test_a_packed_log_is_read_whichever_its_name_and_in_several_parts():
    content = log(trace(event()))
    assert read(gzip.compress(content)).events.height == 1
    assert read(gzip.compress(content[:50]) + gzip.compress(content[50:])).events.height == 1


def test_a_packed_log_that_unpacks_without_end_is_refused():
    assert refused(gzip.compress(b"<log>" + b" " * 200_000_000, 9)) == ["bomb"]


def test_a_packed_log_that_is_damaged_or_breaks_off_is_told():
    packed = gzip.compress(log(trace(*[event()] * 100)))
    assert refused(packed[:20] + b"\xff\xff\xff" + packed[23:]) == ["damaged"]
    assert refused(packed[:40]) == ["damaged"]
    assert refused(b"\x1f\x8b") == ["damaged"]
    found = read(packed[:-20])
    assert found.events.height and len(found.rejected) == 1


def test_a_log_of_more_attributes_than_a_table_can_hold_keeps_the_commonest_and_says_so():
    common = text("why", "x")
    found = read(log(trace(*(event("a.b", common, text(f"odd-{n}", "y")) for n in range(20_000)))))
    assert found.events.height == 20_000
    assert "why" in found.details and len(found.details) <= 1000
    assert any(" of 20,001 attributes were passed over" in note for note in found.notes)


def test_a_key_that_stands_without_end_or_is_without_end_is_read_in_a_breath():
    again = text("why", "y" * 10) * 50_000
    assert len(one(again)["detail.why"]) == 50_000 * 12 - 2
    nested = text("k" * 1_000_000, "x", within=text("a", "y") * 20_000)
    assert len(read(log(trace(event("a.b", nested)))).details) == 2


def test_many_attributes_far_within_others_are_read_in_a_breath():
    within = text("a", "y") * 100_000
    for _ in range(60):
        within = f'<list key="{"k" * 999}">{within}</list>'
    (detail,) = read(log(trace(event("a.b", within)))).details
    assert detail.endswith("kkk.a") and len(detail) == 1000


SOUND = log(
    trace(text("team", "north"), event(), event("a.b", text("why", "x")), case="K-1"), trace(event(), case="K-2")
)


@settings(deadline=None, max_examples=200)
@given(content=damaged(SOUND))
def test_a_damaged_log_is_read_in_part_or_refused_never_more(content):
    try:
        assert read(content).format == "xes"
    except InputError as error:
        assert all(str(fault) for fault in error.faults)


# Writing.


def test_what_is_written_is_what_other_readers_expect(tmp_path: Path):
    made = source([
        {"case_id": "K-1", "event": "permit.apply", "happened_at": date(2014, 7, 3), "actor": "ann", "role": "clerk"},
        {"case_id": "K-1", "event": "permit.grant", "happened_at": datetime(2014, 7, 3, 9, 15, tzinfo=UTC)},
    ])  # fmt: skip
    xes.write(made, tmp_path / "log.xes")
    written = (tmp_path / "log.xes").read_text(encoding="utf-8")
    assert (
        '<date key="time:timestamp" value="2014-07-03T00:00:00+01:00"/>\n      <string key="happened_at" value="2014-07-03"/>'
        in written
    )
    assert (
        '<date key="time:timestamp" value="2014-07-03T10:15:00+01:00"/>\n      <string key="lifecycle:transition" value="complete"/>'
        in written
    )
    assert '<string key="org:resource" value="ann"/>' in written and '<string key="org:role" value="clerk"/>' in written


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_told_as_xes_and_read(encoding):
    from frontdoor.formats import read as told_and_read

    assert told_and_read(SOUND.decode().encode(encoding)).events.height == read(SOUND).events.height


def test_events_that_all_lack_a_name_but_have_a_lifecycle_are_missed_not_tripped_over() -> None:
    nameless = f"<event>{TIME}{text('lifecycle:transition', 'start')}</event>"
    found = read(log(trace(nameless, nameless)))
    assert found.events.is_empty()
    assert [(one.row, one.column) for one in found.rejected] == [(1, "concept:name"), (2, "concept:name")]
