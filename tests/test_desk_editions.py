"""Which guidance an episode at the desk goes by: that of the day it opened, an authority's own, and what a log has kept."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from textwrap import dedent

import pytest
from desks import (
    content,
    deadline,
    do,
    due,
    moment,
    open_desk,
    play,
    refusal,
    rules,
    said_by_desk,
    said_by_oracle,
    set_clock,
    states,
    timers,
)

from frontdoor import Desk, MemoryLog, SimulatedClock, SqliteLog, load
from frontdoor.errors import CalendarExhausted
from frontdoor.moment import written

REFERRED = """
    2013-04-12T09:00 contact.receive
    2013-04-12T10:00 contact.refer
"""


def riverside(folder: Path, allowed: str, *, more: str = "") -> Path:
    """An authority's own file that allows so long for a single assessment."""
    file = folder / "riverside.toml"
    file.write_text(
        dedent(f"""
            title = "Riverside"
            about = "A shorter single assessment."
            authority = "Riverside Council (invented)"
            sources = ["Invented for this test"]
            {more}
            [workflows.single_assessment.timers.completion]
            allowed = "{allowed}"
            cites = "invented"
            grade = "GK"
        """)
    )
    return file


# ---- editions ----


def test_a_referral_of_friday_accepted_on_the_monday_of_a_new_edition_opens_the_new_assessment() -> None:
    """It keeps the edition of its own day, and what it opens that of the day that opens."""
    desk = open_desk("2013-04-12T09:00")
    play(desk, REFERRED + "2013-04-15T09:00 referral.accept")
    assert [(one.name, one.guidance) for one in desk.case("C-1").episodes] == [
        ("contact-1", "working_together_2010"),
        ("referral-1", "working_together_2010"),
        ("single_assessment-1", "working_together_2013"),
    ]
    assert deadline(desk, "single_assessment.completion").counts_from == "referral.receive"
    assert due(desk, "single_assessment.completion") == ("2013-06-18", "running")
    assert said_by_desk(desk) == said_by_oracle(desk)


def test_the_same_acceptance_typed_late_as_of_the_friday_opens_the_old_one() -> None:
    desk = open_desk("2013-04-12T09:00")
    play(desk, REFERRED)
    do(desk, "referral.accept", at="2013-04-16T09:00", happened_at=date(2013, 4, 12))
    assert states(desk)["initial_assessment-1"] == "under_way"
    assert said_by_desk(desk) == said_by_oracle(desk)


def test_what_is_opened_by_name_is_refused_where_the_edition_of_that_day_does_not_have_it() -> None:
    desk = open_desk("2013-04-12T09:00")
    play(desk, REFERRED + "2013-04-12T11:00 referral.accept")
    do(desk, "initial_assessment.terminate")
    assert rules(refusal(desk, "single_assessment.start")) == ["not-in-edition"]
    set_clock(desk, "2013-04-15T00:00")
    assert rules(refusal(desk, "initial_assessment.start")) == ["not-in-edition"]
    assert rules(refusal(desk, "core_assessment.start")) == ["not-in-edition"]
    assert do(desk, "single_assessment.start").event == "single_assessment.start"


def test_an_assessment_that_began_under_the_old_edition_ends_under_it() -> None:
    desk = open_desk("2013-04-12T09:00")
    play(desk, REFERRED + "2013-04-12T11:00 referral.accept\n 2013-04-22T09:00 initial_assessment.submit")
    do(desk, "initial_assessment.sign_off")
    assert due(desk, "initial_assessment.completion") == ("2013-04-26", "met")
    assert desk.case("C-1").findings == ()


def test_what_opened_before_the_first_edition_has_no_deadline_that_can_be_told() -> None:
    desk = open_desk("2006-04-03T09:00")
    do(desk, "contact.receive", happened_at=date(2006, 3, 31))
    found = deadline(desk, "contact.screening")
    assert (found.status, found.due, found.guidance) == ("cannot_tell", None, "")
    assert "before the first edition" in found.why


# ---- an authority's own files ----


def test_an_authority_that_adopted_an_edition_later_keeps_the_one_before_until_then() -> None:
    """Wexcombe adopted 2013 on 1 September 2014, and kept its 7 working days."""
    desk = open_desk("2014-08-01T09:00", "wexcombe")
    play(desk, "2014-08-01T09:00 contact.receive\n 2014-08-01T10:00 contact.refer\n 2014-08-01T11:00 referral.accept")
    assert due(desk, "initial_assessment.completion") == ("2014-08-12", "running")
    desk = open_desk("2014-09-01T09:00", "wexcombe")
    play(desk, "2014-09-01T09:00 contact.receive\n 2014-09-01T10:00 contact.refer\n 2014-09-01T11:00 referral.accept")
    assert states(desk)["single_assessment-1"] == "under_way"


def test_a_day_on_which_its_offices_are_shut_is_no_working_day_there() -> None:
    desk = open_desk("2014-12-23T09:00", "wexcombe")
    do(desk, "contact.receive")
    assert due(desk, "contact.screening") == ("2014-12-29", "running")
    elsewhere = open_desk("2014-12-23T09:00")
    do(elsewhere, "contact.receive")
    assert due(elsewhere, "contact.screening") == ("2014-12-24", "running")


# ---- beyond the calendar ----


def test_what_would_be_due_beyond_the_last_known_holidays_is_refused_and_the_log_is_as_it_was() -> None:
    desk = open_desk("2030-12-31T09:00")
    before = content(desk)
    with pytest.raises(CalendarExhausted) as caught:
        do(desk, "contact.receive")
    assert content(desk) == before
    assert caught.value.year == 2030
    assert "2030" in str(caught.value)


def test_so_is_what_opens_something_that_would_be() -> None:
    desk = open_desk("2030-12-02T09:00")
    play(desk, "2030-12-02T09:00 contact.receive\n 2030-12-02T10:00 contact.refer")
    before = content(desk)
    with pytest.raises(CalendarExhausted):
        do(desk, "referral.accept")
    assert content(desk) == before
    assert do(desk, "referral.signpost").event == "referral.signpost"


def test_what_has_happened_there_is_recorded_and_cannot_be_told() -> None:
    desk = open_desk("2030-12-31T09:00")
    do(desk, "contact.receive", despite="it has come")
    found = deadline(desk, "contact.screening")
    assert (found.status, found.due) == ("cannot_tell", None)
    assert "bank holidays" in found.why
    assert do(desk, "contact.close").event == "contact.close"


# ---- when the files change ----


def test_an_episode_keeps_the_timescale_it_opened_under_and_a_new_one_has_the_new(tmp_path: Path) -> None:
    log = MemoryLog()
    old = open_desk("2024-03-01T09:00", log=log, library=load(local=riverside(tmp_path, "40 working days")))
    for event in ("contact.receive", "contact.refer", "referral.accept"):
        do(old, event, "C-1")
    new = open_desk("2024-03-01T09:00", log=log, library=load(local=riverside(tmp_path, "30 working days")))
    for event in ("contact.receive", "contact.refer", "referral.accept"):
        do(new, event, "C-2")
    assert [due(new, "single_assessment.completion", case)[0] for case in ("C-1", "C-2")] == [
        "2024-04-30",
        "2024-04-16",
    ]
    assert str(deadline(new, "single_assessment.completion", "C-1").allowed) == "40 working days"
    assert str(new.explain("C-1", "single_assessment.completion").allowed) == "40 working days"


def test_the_clock_of_an_old_episode_runs_out_by_the_old_file(tmp_path: Path) -> None:
    log = MemoryLog()
    old = open_desk("2024-03-01T09:00", log=log, library=load(local=riverside(tmp_path, "10 working days")))
    play(old, "2024-03-01T09:00 contact.receive\n 2024-03-01T09:00 contact.refer\n 2024-03-01T09:00 referral.accept")
    for event in ("referral.acknowledge", "referral.feed_back"):
        do(old, event)
    new = open_desk("2024-03-18T09:00", log=log)
    assert timers(new.check()) == ["single_assessment.completion"]


def test_both_desks_see_what_the_other_opened_as_it_was_opened(tmp_path: Path) -> None:
    log = MemoryLog()
    riverside_, shipped_ = load(local=riverside(tmp_path, "30 working days")), load()
    first = open_desk("2024-03-01T09:00", log=log, library=shipped_)
    do(first, "contact.receive", "C-0")
    second = open_desk("2024-03-01T09:00", log=log, library=riverside_)
    for event in ("contact.receive", "contact.refer", "referral.accept"):
        do(second, event, "C-1")
    assert first.case("C-1").deadlines == second.case("C-1").deadlines
    assert str(deadline(first, "single_assessment.completion").allowed) == "30 working days"
    do(first, "single_assessment.submit")
    assert str(deadline(second, "single_assessment.completion").allowed) == "30 working days"


def test_a_desk_that_is_given_no_files_goes_by_those_that_the_log_was_kept_with(tmp_path: Path) -> None:
    """Else Riverside's clocks and closures would be counted otherwise by whoever opens the log without its file."""
    file = riverside(tmp_path, "30 working days", more='[closures]\n2024-03-04 = "flooded"')
    path, clock = tmp_path / "borough.db", SimulatedClock(moment("2024-03-01T09:00"))
    with Desk(SqliteLog(path), clock=clock, local=file) as desk:
        do(desk, "contact.receive")
    file.unlink()
    with Desk(SqliteLog(path), clock=clock) as desk:
        assert due(desk, "contact.screening") == ("2024-03-05", "running")
        for event in ("contact.refer", "referral.accept"):
            do(desk, event)
        assert str(deadline(desk, "single_assessment.completion").allowed) == "30 working days"
        assert written(deadline(desk, "referral.decision").due) == "2024-03-05"


def test_a_day_that_turns_out_to_have_been_shut_is_counted_by_whoever_knows_of_it(tmp_path: Path) -> None:
    """Timescales are kept; the calendar is what is known of the days, so what runs is dated by it anew."""
    log = MemoryLog()
    do(open_desk("2024-03-01T09:00", log=log), "contact.receive")
    flooded = load(local=riverside(tmp_path, "30 working days", more='[closures]\n2024-03-04 = "flooded"'))
    desk = open_desk("2024-03-05T09:00", log=log, library=flooded)
    assert due(desk, "contact.screening") == ("2024-03-05", "running")
    assert desk.check() == []
    set_clock(desk, "2024-03-06T00:00")
    assert timers(desk.check()) == ["contact.screening"]


def test_a_desk_may_be_told_to_go_by_no_local_file(tmp_path: Path) -> None:
    file = riverside(tmp_path, "30 working days")
    log, clock = MemoryLog(), SimulatedClock(moment("2024-03-01T09:00"))
    do(Desk(log, clock=clock, local=file), "contact.receive")
    desk = Desk(log, clock=clock, local=())
    for event in ("contact.refer", "referral.accept"):
        do(desk, event)
    assert str(deadline(desk, "single_assessment.completion").allowed) == "45 working days"


def test_local_files_and_a_library_are_not_both_given(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        Desk(MemoryLog(), local=riverside(tmp_path, "30 working days"), library=load())


def test_what_a_log_keeps_of_its_workflows_grows_only_when_they_change(tmp_path: Path) -> None:
    log = MemoryLog()
    for _ in range(3):
        do(open_desk("2024-03-01T09:00", log=log), "contact.receive", despite="to record something")
    assert len(log.libraries()) == 1
    changed = load(local=riverside(tmp_path, "30 working days"))
    do(open_desk("2024-03-01T09:00", log=log, library=changed), "contact.receive", "C-2")
    assert len(log.libraries()) == 2
