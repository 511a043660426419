"""Histories that a desk once took wrongly: each shows what went wrong, in as few events as will show it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from desks import (
    content,
    do,
    due,
    exported,
    moment,
    names,
    open_desk,
    play,
    refusal,
    rules,
    set_clock,
    shipped,
    timers,
)

from frontdoor import Desk, Library, MemoryLog, Refused, SimulatedClock, SqliteLog, audit, load, read
from frontdoor.case import Breach
from frontdoor.desk.importing import Import, bring_in, look_over
from frontdoor.desk.schedule import awaits_daily_check
from frontdoor.errors import Busy, Conflict, FrontdoorError
from frontdoor.event import Draft, Event
from frontdoor.formats import flat_csv
from frontdoor.log import EventLog

ID = "cb670377-1a5c-4c8d-9f0e-2b7a3c4d5e6f"
HEADER = "case_id,event,happened_at,recorded_at,actor,role,source,rationale,event_id\n"
MANAGER: dict[str, Any] = {"actor": "manager-1", "role": "manager"}
LONG = "x" * 1_000_000


def received() -> Desk:
    """A desk on a Monday morning, and a contact."""
    desk = open_desk("2024-03-04T09:00")
    do(desk, "contact.receive")
    return desk


def one_sentence(error: FrontdoorError) -> None:
    """See that an error is told in a sentence or two that somebody would read."""
    assert len(str(error)) < 600
    assert "\n" not in str(error)


def told(desk: Desk, case_id: str = "C-1") -> list[tuple[str, str, str]]:
    """The breaches of a case: of what, since when it was late, and why it was withdrawn if it was."""
    return [(one.timer, str(one.due), one.why) for one in desk.case(case_id).breaches]


def standing(desk: Desk, case_id: str = "C-1") -> list[Breach]:
    """The breaches of a case that stand."""
    return [one for one in desk.case(case_id).breaches if one.withdrawn_at is None]


def look(desk: Desk, rows: str) -> Import:
    """What importing these rows would come to."""
    return look_over(desk, flat_csv.read((HEADER + rows).encode(), "events.csv"))


def take_in(desk: Desk, looked: Import, **options: Any) -> Import:
    """Import what was looked over."""
    return bring_in(desk, looked, actor="analyst-1", role="system", **options)


# ---- what is said wrongly is refused in a sentence ----


@pytest.mark.parametrize(
    "said",
    [
        {"becomes": {"details": None}}, {"becomes": []}, {"becomes": "x"}, {"becomes": 5}, {"becomes": {"actor": None}},
        {"becomes": {"role": None}}, {"becomes": {"family": None}}, {"becomes": {"episode": None}}, {"reason": ""},
        {"reason": None}, {"reason": 5}, {"reason": "a\0b"}, {"reason": "\ud800"}, {"actor": ""}, {"actor": None},
        {"role": ""}, {"role": None}, {"role": "boss"}, {"despite": 5}, {"despite": ""},
    ],
    ids=ascii,
)  # fmt: skip
def test_a_correction_says_as_properly_as_any_event_what_was_who_says_so_and_why(said: dict[str, Any]) -> None:
    desk = received()
    event, before = desk.case("C-1").events[0], content(desk)
    options: dict[str, Any] = {**MANAGER, "becomes": {"actor": "officer-2"}, "reason": "typed wrongly"} | said
    with pytest.raises(Refused) as caught:
        desk.correct(event.event_id, **options)
    one_sentence(caught.value)
    assert content(desk) == before


@pytest.mark.parametrize("said", [{"role": "boss"}, {"actor": ""}, {"actor": None}, {"role": 5}], ids=repr)
def test_so_does_a_daily_check(said: dict[str, Any]) -> None:
    desk = received()
    before = content(desk)
    with pytest.raises(Refused) as caught:
        desk.daily_check(**MANAGER | said)
    one_sentence(caught.value)
    assert content(desk) == before


@pytest.mark.parametrize("version", ["0", 0.0, True, "new"], ids=repr)
def test_a_version_that_is_no_whole_number_is_told_so_and_is_no_conflict(version: Any) -> None:
    desk = open_desk("2024-03-04T09:00")
    refused = refusal(desk, "contact.receive", expected_version=version)
    assert rules(refused) == ["bad-version"]
    one_sentence(refused)


@pytest.mark.parametrize(
    "said",
    [
        {"case_id": LONG}, {"event": LONG}, {"event": f"contact.{LONG}"}, {"actor": LONG}, {"role": LONG},
        {"episode": LONG}, {"family": LONG}, {"event_id": LONG}, {"case_id": "C-1\nC-2"}, {"event": "contact\n.receive"},
        {"details": {f" {LONG}": "x"}},
    ],
    ids=lambda said: ascii(said)[:25],
)  # fmt: skip
def test_a_refusal_is_one_sentence_however_much_was_said_wrongly(said: dict[str, Any]) -> None:
    desk = received()
    asked: dict[str, Any] = {"case_id": "C-1", "event": "contact.refer", "details": {"rationale": "x"}} | MANAGER | said
    before = content(desk)
    with pytest.raises(Refused) as caught:
        desk.record(**asked)
    one_sentence(caught.value)
    assert content(desk) == before


TAKEN = ["case_id", "event", "happened_at", "recorded_at", "actor", "role", "episode", "family", "event_id"]


@pytest.mark.parametrize("name", [*TAKEN, " source", "source\r", "\tsource"], ids=ascii)
def test_a_detail_that_an_export_would_lose_is_refused_by_its_name(name: str) -> None:
    desk = open_desk("2024-03-04T09:00")
    refused = refusal(desk, "contact.receive", details={"source": "6", name: "x"})
    assert rules(refused) == ["bad-details"]
    assert repr(name) in str(refused)


@pytest.mark.parametrize("depth", [30, 900, 100_000])
def test_details_that_a_deeper_stack_could_not_read_again_are_not_recorded(depth: int) -> None:
    nested: Any = "x"
    for _ in range(depth):
        nested = {"a": nested} if depth % 2 else [nested]
    desk = received()
    refused = refusal(desk, "contact.refer", details={"rationale": "x", "more": nested})
    assert rules(refused) == ["bad-details"]
    event, before = desk.case("C-1").events[0], content(desk)
    with pytest.raises(Refused):
        desk.correct(event.event_id, becomes={"details": {"more": nested}}, reason="typed wrongly", **MANAGER)
    assert content(desk) == before


def test_details_may_be_nested_as_deep_as_anybody_writes() -> None:
    desk = open_desk("2024-03-04T09:00")
    details = {"source": "6", "child": {"school": {"address": {"lines": ["1 High Street", "Riverside"]}}}}
    assert do(desk, "contact.receive", details=details).details == details


# ---- corrections ----


def correct(desk: Desk, event: Event, **options: Any) -> Event:
    """Correct who did something, unless told otherwise."""
    said = {"becomes": {"actor": "officer-2"}, "reason": "typed wrongly", **MANAGER} | options
    return desk.correct(event.event_id, **said)


AGAIN: list[dict[str, Any]] = [
    {"becomes": {"actor": " officer-2 "}}, {"becomes": {"details": {"source": ["6", "7"], "note": ("a", "b")}}},
    {"becomes": {"happened_at": date(2024, 3, 1)}}, {"becomes": {"happened_at": "2024-03-01 10:00"}}, {"becomes": None},
    {"becomes": {"family": "F-1", "role": "edt_officer"}}, {"becomes": {}}, {"reason": " typed wrongly "},
    {"actor": " manager-1 "},
]  # fmt: skip


@pytest.mark.parametrize("said", AGAIN, ids=repr)
def test_a_correction_is_known_again_whatever_it_says(said: dict[str, Any]) -> None:
    desk = received()
    event = desk.case("C-1").events[0]
    first = correct(desk, event, correction_id=ID, **said)
    before = content(desk)
    assert correct(desk, event, correction_id=ID, **said) == first
    assert content(desk) == before


@pytest.mark.parametrize(
    "write", [str, str.upper, "{{{}}}".format, "urn:uuid:{}".format], ids=["plain", "upper", "braces", "urn"]
)
def test_a_correction_that_is_made_again_after_a_lost_answer_is_the_same_one(write: Any) -> None:
    desk = received()
    event = desk.case("C-1").events[0]
    first = correct(desk, event, correction_id=ID)
    before = content(desk)
    assert correct(desk, event, correction_id=write(ID)) == first
    assert first.event_id == ID
    assert content(desk) == before


@pytest.mark.parametrize("becomes", [{"actor": "officer-3"}, {"family": "F-1"}, None], ids=repr)
def test_the_id_of_a_correction_stands_for_no_other_one_of_the_same_event(becomes: dict[str, Any] | None) -> None:
    desk = received()
    event = desk.case("C-1").events[0]
    correct(desk, event, correction_id=ID)
    before = content(desk)
    with pytest.raises(Conflict) as caught:
        correct(desk, event, correction_id=ID, becomes=becomes)
    one_sentence(caught.value)
    assert content(desk) == before


def test_the_id_of_a_correction_stands_for_none_of_another_event_and_for_nothing_else() -> None:
    desk = received()
    event = desk.case("C-1").events[0]
    other = do(desk, "contact.receive", "C-2")
    correct(desk, event, correction_id=ID)
    before = content(desk)
    for of, id_ in ((other, ID), (event, event.event_id)):
        with pytest.raises(Conflict) as caught:
            correct(desk, of, correction_id=id_)
        one_sentence(caught.value)
    assert content(desk) == before


def test_the_id_of_a_correction_is_a_uuid() -> None:
    desk = received()
    before = content(desk)
    with pytest.raises(Refused) as caught:
        correct(desk, desk.case("C-1").events[0], correction_id="again")
    assert rules(caught.value) == ["bad-event-id"]
    assert content(desk) == before


@pytest.mark.parametrize("write", [str.upper, "{{{}}}".format, "urn:uuid:{}".format], ids=["upper", "braces", "urn"])
def test_an_event_is_found_to_be_corrected_however_its_id_is_written(write: Any) -> None:
    desk = received()
    event = desk.case("C-1").events[0]
    correction = desk.correct(write(event.event_id), becomes={"actor": "b"}, reason="typed wrongly", **MANAGER)
    assert correction.details["corrects"] == event.event_id


@pytest.mark.parametrize(("was", "becomes"), [("contact.close", "contact.refer"), ("contact.refer", "contact.close")])
def test_what_opens_work_and_what_does_not_are_not_corrected_to_one_another(was: str, becomes: str) -> None:
    """The referral would be missing, or left over: the one is struck out, and the other recorded."""
    desk = received()
    event = do(desk, was, at="2024-03-04T10:00")
    before = content(desk)
    with pytest.raises(Refused) as caught:
        correct(desk, event, becomes={"event": becomes, "details": {"rationale": "injury", "reason": "none"}})
    one_sentence(caught.value)
    assert content(desk) == before


# ---- what is brought in ----


def test_what_was_done_in_time_and_comes_in_by_import_withdraws_the_breach() -> None:
    desk = received()
    set_clock(desk, "2024-03-08T09:00")
    assert timers(desk.check()) == ["contact.screening"]
    row = "C-1,contact.close,2024-03-04T15:00,2024-03-04T15:00,manager-1,manager,,none,\n"
    take_in(desk, look(desk, row), despite="so it was")
    assert due(desk, "contact.screening")[1] == "met"
    assert standing(desk) == []
    assert [one.withdrawn for one in desk.log.breaches()] != [""]
    assert "contact.close happened in time and was recorded late" in told(desk)[0][2]
    before = content(desk)
    assert desk.rebuild() == desk.check() == []
    assert content(desk) == before


def test_what_comes_in_by_import_leaves_what_stands_of_an_episode_as_the_event_in_the_log_that_opened_it_says() -> None:
    """It is bound to no workflow: another program recorded it."""
    desk = open_desk("2024-03-04T13:00")
    at = moment("2024-03-04T09:00")
    with desk.log.writing(["C-1"]) as log:
        log.append([Draft("C-1", "contact.receive", at, at, "officer-1", "system", "contact-1", "", {}, ID)])
    desk.rebuild()
    rows = "C-1,contact.close,2024-03-04T10:00,2024-03-04T10:00,manager-1,manager,,seen,\n"
    assert take_in(desk, look(desk, rows), despite="it was so").recorded == 1
    assert desk.rebuild() == []


def test_what_was_done_late_and_comes_in_by_import_leaves_the_breach() -> None:
    desk = received()
    set_clock(desk, "2024-03-08T09:00")
    desk.check()
    row = "C-1,contact.close,2024-03-07T15:00,2024-03-07T15:00,manager-1,manager,,none,\n"
    take_in(desk, look(desk, row), despite="so it was")
    assert due(desk, "contact.screening")[1] == "late"
    assert timers(standing(desk)) == ["contact.screening"]


WRITTEN = [ID, ID.upper(), f"{{{ID}}}", f"urn:uuid:{ID}", ID.replace("-", "")]
ROW = "C-1,contact.receive,2024-03-04T08:00,2024-03-04T08:00,officer-1,referral_officer,6,,{}\n"


@pytest.mark.parametrize("first", WRITTEN)
def test_an_event_comes_in_once_however_its_id_is_written(first: str) -> None:
    desk = open_desk("2024-03-04T09:00")
    take_in(desk, look(desk, ROW.format(first)))
    before = content(desk)
    for again in WRITTEN:
        looked = look(desk, ROW.format(again))
        assert (looked.known, looked.drafts, looked.problems) == (1, (), ())
        take_in(desk, looked)
        there = desk.record(
            "C-1",
            "contact.receive",
            actor="officer-1",
            role="referral_officer",
            details={"source": "6"},
            event_id=again,
        )
        assert there.event_id == ID
    assert content(desk) == before


def test_two_rows_of_one_id_that_is_written_otherwise_are_a_doubled_one() -> None:
    desk = open_desk("2024-03-04T09:00")
    looked = look(desk, ROW.format(ID) + ROW.format(ID.upper()))
    assert [(one.row, one.rule) for one in looked.problems] == [(2, "doubled")]


@pytest.mark.parametrize("recorded", ["2099-01-01T10:00", "2024-03-05", "2024-03-04T09:01"])
def test_a_row_that_was_recorded_later_than_now_is_a_problem_and_does_not_stop_the_clock(recorded: str) -> None:
    desk = open_desk("2024-03-04T09:00")
    row = f"C-1,contact.receive,2024-03-01T10:00,{recorded},officer-1,referral_officer,6,,\n"
    looked = look(desk, row)
    assert [(one.row, one.rule, one.bars_facts) for one in looked.problems] == [(1, "out-of-order", True)]
    assert take_in(desk, looked, despite="so it was").recorded == 0
    assert take_in(desk, looked, despite="so it was", leave_out=True).recorded == 0
    assert desk.log.size() == 0
    do(desk, "contact.receive")
    assert desk.check() == []


# ---- what is taken out comes back ----


def copied(desk: Desk, **options: Any) -> Desk:
    """A desk over a new log, with all that was exported from another, and nothing to say against it."""
    other = open_desk("2024-03-04T09:00")
    looked = look_over(other, flat_csv.read(exported(desk).encode(), "events.csv"))
    assert looked.problems == ()
    take_in(other, looked, **options)
    return other


def comes_back(desk: Desk) -> None:
    """See that a log's own export adds nothing to it."""
    before = content(desk)
    looked = look_over(desk, flat_csv.read(exported(desk).encode(), "events.csv"))
    assert looked.problems == ()
    assert take_in(desk, looked).recorded == 0
    assert looked.known == sum(len(desk.case(case_id).facts) for case_id in desk.log.cases())
    assert content(desk) == before


@pytest.mark.parametrize("text", ["a\rb", "a\r\nb", "a\nb", "\r", 'a "b", c', "a\u2028b", "\ufeffa", "=1+1"], ids=ascii)
def test_a_detail_is_exported_so_that_every_reader_reads_it_back(text: str) -> None:
    desk = open_desk("2024-03-04T09:00")
    do(desk, "contact.receive", details={"source": "6", "note": text, "z": "last"})
    do(desk, "contact.receive", "C-2")
    facts = copied(desk).case("C-1").facts
    assert [dict(fact.details) for fact in facts] == [
        {name: value for name, value in {"source": "6", "note": text.strip(), "z": "last"}.items() if value}
    ]
    comes_back(desk)


@pytest.mark.parametrize("name", ["a\rb", "a\nb", 'a "b"', "a,b", "a;b"], ids=ascii)
def test_so_is_the_name_of_a_detail(name: str) -> None:
    desk = open_desk("2024-03-04T09:00")
    do(desk, "contact.receive", details={"source": "6", name: "x"})
    assert dict(copied(desk).case("C-1").facts[0].details) == {"source": "6", name: "x"}
    comes_back(desk)


@pytest.mark.parametrize(
    "value", [None, "", " ", "  a ", "\ta", "\xa0a", "a\n", 5, 1.5, True, [], {}, [1, " b "], {"a": None}], ids=ascii
)
def test_a_logs_own_export_adds_nothing_to_it_whatever_a_detail_is(value: Any) -> None:
    desk = open_desk("2024-03-04T09:00")
    do(desk, "contact.receive", details={"source": "6", "note": value})
    comes_back(desk)


@pytest.mark.parametrize(
    "becomes",
    [{"actor": "officer-2"}, {"happened_at": date(2024, 3, 1)}, {"details": {"source": "7"}}, {"episode": "call-1"},
     {"family": "F-1"}, {"role": "edt_officer"}],
    ids=repr,
)  # fmt: skip
def test_nor_when_what_it_holds_was_corrected(becomes: dict[str, Any]) -> None:
    desk = received()
    correct(desk, desk.case("C-1").events[0], becomes=becomes)
    comes_back(desk)


def test_nor_when_it_was_corrected_twice_and_something_struck_out() -> None:
    desk = received()
    play(desk, "2024-03-04T10:00 contact.refer\n 2024-03-04T11:00 referral.accept")
    first, *_, last = [event for event in desk.case("C-1").events if event.name in ("receive", "accept")]
    correct(desk, first, becomes={"actor": "officer-2"})
    correct(desk, first, becomes={"details": {"source": "7"}})
    correct(desk, last, becomes=None)
    comes_back(desk)


def test_what_was_recorded_despite_something_comes_into_another_log_with_its_own_reason() -> None:
    desk = open_desk("2024-03-04T09:00")
    do(desk, "referral.acknowledge", despite="because the page was lost")
    other = copied(desk, despite="imported")
    assert [fact.details["despite"] for fact in other.case("C-1").facts] == ["because the page was lost"]


# ---- two desks that go by different files ----


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where an authority keeps its files."""
    return tmp_path_factory.mktemp("riverside")


@cache
def riverside(folder: Path, allowed: str, shut: str = "") -> Library:
    """The workflows of an authority that allows so long for a single assessment, and is shut on a day."""
    file = folder / f"riverside_{allowed.split()[0]}.toml"
    file.write_text(
        dedent(f"""
            title = "Riverside"
            about = "Its own timescale."
            authority = "Riverside Council (invented)"
            sources = ["Invented for this test"]
            {f'[closures]{chr(10)}{shut} = "flooded"' if shut else ""}
            [workflows.single_assessment.timers.completion]
            allowed = "{allowed}"
            cites = "invented"
            grade = "GK"
        """).replace("\n" + " " * 12, "\n")
    )
    return load(local=file)


def accepted(desk: Desk, case_id: str) -> None:
    """Begin an assessment in a case."""
    for event in ("contact.receive", "contact.refer", "referral.accept"):
        do(desk, event, case_id)


def test_a_desk_that_was_opened_before_another_with_new_files_rebuilds_what_that_opened_as_it_was(folder: Path) -> None:
    log = MemoryLog()
    first = open_desk("2024-03-04T09:00", log=log)
    do(first, "contact.receive", "C-0")
    accepted(open_desk("2024-03-04T09:00", log=log, library=riverside(folder, "5 working days")), "C-1")
    before = [*log.deadlines()]
    assert [row.due for row in before if row.timer == "single_assessment.completion"] == ["2024-03-11"]
    assert first.rebuild() == []
    assert [*log.deadlines()] == before
    set_clock(first, "2024-03-12T09:00")
    assert "single_assessment.completion" in timers(first.check())


def test_a_desk_without_files_goes_by_those_that_the_log_was_last_used_with(folder: Path) -> None:
    log = MemoryLog()
    five, three = riverside(folder, "5 working days"), riverside(folder, "3 working days")
    for number, library in enumerate([five, three, five]):
        do(open_desk("2024-03-04T09:00", log=log, library=library), "contact.receive", f"C-{number}")
    desk = Desk(log, clock=SimulatedClock(moment("2024-03-04T09:00")))
    accepted(desk, "C-4")
    assert due(desk, "single_assessment.completion", "C-4")[0] == "2024-03-11"


def test_and_by_none_where_it_was_last_used_with_none(folder: Path) -> None:
    log = MemoryLog()
    for number, library in enumerate([shipped(), riverside(folder, "5 working days"), shipped()]):
        do(open_desk("2024-03-04T09:00", log=log, library=library), "contact.receive", f"C-{number}")
    desk = Desk(log, clock=SimulatedClock(moment("2024-03-04T09:00")))
    assert desk.library.locals == ()


def shut_and_open(log: EventLog, folder: Path) -> tuple[Desk, Desk]:
    """Two desks over one log: one knows of a Tuesday on which the offices are shut, the other does not."""
    shut = open_desk("2024-03-04T09:00", log=log, library=riverside(folder, "45 working days", "2024-03-05"))
    return shut, open_desk("2024-03-04T09:00", log=log)


@pytest.mark.parametrize("is_rebuilt", [False, True], ids=["as it was", "rebuilt by the other"])
def test_what_is_overdue_by_a_desks_own_calendar_is_found_by_its_check(is_rebuilt: bool, folder: Path) -> None:
    shut, plain = shut_and_open(MemoryLog(), folder)
    do(shut, "contact.receive")
    assert due(shut, "contact.screening") == ("2024-03-06", "running")
    set_clock(plain, "2024-03-06T10:00")
    if is_rebuilt:
        plain.rebuild()
        shut.rebuild()
    assert due(plain, "contact.screening") == ("2024-03-05", "overdue")
    assert timers(plain.check()) == ["contact.screening"]


def test_a_breach_stands_while_its_deadline_is_late_by_whichever_calendar(folder: Path) -> None:
    shut, plain = shut_and_open(MemoryLog(), folder)
    do(shut, "contact.receive")
    set_clock(plain, "2024-03-07T10:00")
    plain.check()
    do(shut, "contact.close", at="2024-03-07T11:00")
    assert due(shut, "contact.screening") == ("2024-03-06", "late")
    assert [(one.timer, str(one.due)) for one in standing(shut)] == [("contact.screening", "2024-03-06")]
    (withdrawn,) = [why for _, _, why in told(shut) if why]
    assert "corrected" not in withdrawn
    assert "counted otherwise now, and due 2024-03-06" in withdrawn


def test_a_breach_of_a_day_that_turns_out_to_have_been_shut_is_withdrawn_and_says_so(folder: Path) -> None:
    log = MemoryLog()
    shut, plain = shut_and_open(log, folder)
    do(plain, "contact.receive")
    set_clock(plain, "2024-03-06T10:00")
    set_clock(shut, "2024-03-06T10:00")
    assert timers(plain.check()) == ["contact.screening"]
    assert shut.check() == []
    assert standing(shut) == []
    set_clock(shut, "2024-03-07T00:00")
    assert [str(one.due) for one in shut.check()] == ["2024-03-06"]


# ---- the live desk and the audit of one log ----


@pytest.mark.parametrize(
    ("opening", "then"),
    [("referral.receive", "referral.acknowledge"), ("initial_assessment.start", "initial_assessment.see_child")],
)
def test_what_opens_an_episode_once_its_opening_is_struck_out_goes_by_its_own_day_at_the_desk_and_in_an_audit(
    opening: str, then: str, tmp_path: Path
) -> None:
    """The opening was of the last day of one edition, and what follows it is of the first working days of the next."""
    path, now = tmp_path / "borough.db", "2013-04-16T09:00"
    with open_desk("2013-04-12T09:00", log=SqliteLog(path)) as desk:
        event = do(desk, opening, despite="the page before was lost")
        do(desk, then, at=now, despite="the page before was lost")
        desk.correct(event.event_id, becomes=None, reason="of another case", despite="so it was", **MANAGER)
        case = desk.case("C-1")
        live = [(one.timer, one.guidance, str(one.due or ""), one.status) for one in case.deadlines]
        found = [one.rule for one in case.findings]
        assert {one.guidance for one in case.episodes} == {"working_together_2013"}
    told = audit(read(path), as_at=moment(now))
    rows = told.deadlines.select("timer", "guidance", "due", "status").rows()
    assert sorted((timer, guidance, due or "", status) for timer, guidance, due, status in rows) == sorted(live)
    assert sorted(one for one in told.findings["rule"] if one not in ("cannot-tell", "breach")) == sorted(found)


# ---- the daily check ----


def daily(desk: Desk, at: str) -> Any:
    """Make the four o'clock check once the clock has come to that moment."""
    set_clock(desk, at)
    return desk.daily_check("16:00", actor="manager-1", role="manager")


def test_a_check_that_is_made_before_its_hour_does_not_stand_for_it() -> None:
    desk = open_desk("2024-03-04T09:00")
    daily(desk, "2024-03-04T16:05")
    daily(desk, "2024-03-05T03:29")
    set_clock(desk, "2024-03-05T16:00")
    assert awaits_daily_check(desk, "16:00")
    assert daily(desk, "2024-03-06T16:00").missed == (date(2024, 3, 5),)
    assert not awaits_daily_check(desk, "16:00")


def test_nor_does_the_first_one() -> None:
    desk = open_desk("2024-03-04T03:00")
    daily(desk, "2024-03-04T03:29")
    assert daily(desk, "2024-03-05T16:00").missed == (date(2024, 3, 4),)


def test_the_daily_check_is_made_and_recorded_also_when_no_holidays_are_known_any_more() -> None:
    desk = open_desk("2030-12-27T09:00")
    daily(desk, "2030-12-30T16:00")
    found = daily(desk, "2031-01-06T16:00")
    assert found.missed == (date(2030, 12, 31),)
    assert names(desk.log.events("")) == ["desk.checked", "desk.checked"]
    assert daily(desk, "2031-01-07T16:00").event.details["day"] == "2031-01-07"


@pytest.mark.parametrize("within", [timedelta.max, timedelta(days=3_000_000)], ids=["ever", "eight thousand years"])
def test_what_is_due_within_longer_than_there_are_years_is_all_that_runs(within: timedelta) -> None:
    desk = received()
    assert timers(desk.due_soon(within)) == timers(desk.outstanding()) == ["contact.screening"]  # type: ignore[arg-type]


# ---- who waits for whom ----


class WatchingClock(SimulatedClock):
    """A clock that notes, each time it is asked, whether anybody else could write a log just then."""

    def __init__(self, start: datetime, path: Path) -> None:
        super().__init__(start)
        self.path = path
        self.was_free: list[bool] = []

    def now(self) -> datetime:
        """The moment."""
        if self.path.exists():
            with SqliteLog(self.path, patience=0.0) as log:
                try:
                    with log.writing():
                        self.was_free.append(True)
                except Busy:
                    self.was_free.append(False)
        return super().now()


def test_what_may_be_done_instead_of_what_is_refused_is_asked_when_nobody_waits_for_the_log(tmp_path: Path) -> None:
    """In a case with much work open it takes a while."""
    path = tmp_path / "borough.db"
    clock = WatchingClock(moment("2024-03-04T09:00"), path)
    with Desk(SqliteLog(path), clock=clock, library=shipped()) as desk:
        do(desk, "contact.receive")
        with pytest.raises(Refused) as caught:
            do(desk, "referral.accept")
    assert "contact.refer" in [one.event for one in caught.value.allowed]
    assert False in clock.was_free  # to record, it was taken
    assert clock.was_free[-1]
