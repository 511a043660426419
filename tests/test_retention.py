"""A schedule of retention: which cases have had their time, by which rule, and which are held; nothing is destroyed."""

from __future__ import annotations

import json
import shutil
import textwrap
from datetime import date
from pathlib import Path

import pytest
from desks import do, open_desk, play, set_clock

from frontdoor import MemoryLog, SqliteLog
from frontdoor.desk import Desk
from frontdoor.errors import InputError
from frontdoor.log import EventLog
from frontdoor.retention import judged, read_schedule, years_after
from tests.commands import frontdoor

OURS = """
    title = "Ours"
    [rules.short]
    title = "Contacts"
    workflows = ["contact", "referral"]
    keep_years = 6
    cites = "our schedule, line 1"
    [rules.long]
    workflows = ["section_47"]
    keep_years = 35
    cites = "our schedule, line 2"
    grade = "V-local"
"""


def schedule_in(folder: Path, text: str = OURS, more: str = "") -> Path:
    path = folder / "ours.toml"
    path.write_text(textwrap.dedent(text) + textwrap.dedent(more), encoding="utf-8")
    return path


@pytest.fixture
def desk() -> Desk:
    """C-1 closed on 4 March 2024, C-2 still open, C-3 closed as a contact but also had enquiries, C-4 under no rule."""
    desk = open_desk("2024-02-29T08:00")
    play(desk, "2024-02-29T09:00 contact.receive\n2024-03-04T12:00 contact.close", "C-1")
    play(desk, "2024-03-04T13:00 contact.receive", "C-2")
    set_clock(desk, "2024-03-05T09:00")
    play(
        desk,
        """
        2024-03-05T09:00 contact.receive
        2024-03-05T10:00 contact.refer
        2024-03-05T11:00 section_47.start
        2024-03-06T11:00 section_47.find_not_substantiated
        2024-03-06T12:00 referral.take_no_further_action
        """,
        "C-3",
    )
    play(desk, "2024-03-07T09:00 transfer_in_conference.request\n2024-03-08T09:00 transfer_in_conference.cancel", "C-4")
    return desk


def statuses(log: EventLog, path: Path, day: str) -> dict[str, str]:
    return {one.case_id: one.status for one in judged(log, read_schedule(path), date.fromisoformat(day))}


def test_a_case_is_due_the_day_after_its_years_have_gone_by(tmp_path: Path, desk: Desk) -> None:
    path = schedule_in(tmp_path)
    assert statuses(desk.log, path, "2030-03-04") == {"C-1": "kept", "C-2": "open", "C-3": "kept", "C-4": "no_rule"}
    assert statuses(desk.log, path, "2030-03-05")["C-1"] == "due"
    found = next(iter(judged(desk.log, read_schedule(path), date(2030, 3, 5))))
    assert (found.closed_on, found.kept_until) == (date(2024, 3, 4), date(2030, 3, 4))
    assert found.rule and (found.rule.name, found.rule.cites) == ("short", "our schedule, line 1")


def test_a_case_goes_by_the_rule_that_keeps_it_longest(tmp_path: Path, desk: Desk) -> None:
    path = schedule_in(tmp_path)
    assert statuses(desk.log, path, "2059-03-06")["C-3"] == "kept"
    assert statuses(desk.log, path, "2059-03-07")["C-3"] == "due"


def test_an_open_episode_keeps_a_case_whatever_its_years(tmp_path: Path, desk: Desk) -> None:
    assert statuses(desk.log, schedule_in(tmp_path), "2900-01-01")["C-2"] == "open"


def test_a_hold_keeps_a_case_to_its_last_day_or_until_it_is_taken_out(tmp_path: Path, desk: Desk) -> None:
    to = schedule_in(tmp_path, more='[holds.C-1]\nbecause = "a claim"\nuntil = 2031-01-31\n')
    assert statuses(desk.log, to, "2031-01-31")["C-1"] == "held"
    assert statuses(desk.log, to, "2031-02-01")["C-1"] == "due"
    for_ever = schedule_in(tmp_path, more='[holds.C-1]\nbecause = "a claim"\n')
    assert statuses(desk.log, for_ever, "2900-01-01")["C-1"] == "held"
    assert statuses(desk.log, for_ever, "2025-01-01")["C-1"] == "kept"


def test_a_case_whose_words_are_gone_is_not_due_again(tmp_path: Path) -> None:
    with SqliteLog(tmp_path / "b.db", keys=tmp_path / "b.keys") as log:
        desk = open_desk("2024-02-29T08:00", log=log)
        play(desk, "2024-02-29T09:00 contact.receive\n2024-03-04T12:00 contact.close")
        desk.destroy_details("C-1", actor="r", because="x")
        assert statuses(log, schedule_in(tmp_path), "2030-03-05") == {"C-1": "destroyed"}


def test_years_from_a_29_february_end_on_the_28th() -> None:
    assert years_after(date(2024, 2, 29), 6) == date(2030, 2, 28)
    assert years_after(date(2024, 2, 29), 4) == date(2028, 2, 29)


def test_the_shipped_schedule_is_marked_as_an_example_and_says_where_each_figure_comes_from() -> None:
    shipped = read_schedule()
    assert shipped.is_example and "replace" in shipped.title
    assert all(rule.cites and rule.grade for rule in shipped.rules)
    assert not shipped.holds


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('[rules.x]\nkeep_years = 0\nworkflows = ["a"]\ncites = "b"', "rules.x.keep_years: keep_years must be a whole number of years"),
        ("[rules.x]\nkeep_years = 6", "rules.x: has no workflows"), ('[rules.x]\nworkflows = ["a"]\nkeep_years = 6', "rules.x: has no cites"),
        ("[holds.C-1]\nuntil = 2030-01-01", "holds.C-1: does not say because of what"),
        ("[rules.long.x]", "there is no 'x' here"), ("[colours]", "there is no 'colours' here"),
    ],
)  # fmt: skip
def test_everything_wrong_with_a_schedule_is_said_at_once(tmp_path: Path, more: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read_schedule(schedule_in(tmp_path, more=f"\n{more}\n[also]\n"))
    told = [str(fault) for fault in caught.value.faults]
    assert any(said in one for one in told) and any("there is no 'also' here" in one for one in told)


def test_a_schedule_without_rules_is_none(tmp_path: Path) -> None:
    for text in ('title = "x"', "[rules.x]\nworkflows = ['a']\nkeep_years = 6\ncites = 'b'", ""):
        with pytest.raises(InputError, match="has no (title|rules)"):
            read_schedule(schedule_in(tmp_path, text))
    with pytest.raises(InputError, match=r"nowhere.toml"):
        read_schedule(tmp_path / "nowhere.toml")


def test_of_an_empty_log_there_is_nothing(tmp_path: Path) -> None:
    assert statuses(MemoryLog(), schedule_in(tmp_path), "2030-01-01") == {}


# ---- the command ----


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """C-1 and C-2, closed in March 2019, and C-3, which is open."""
    folder = tmp_path_factory.mktemp("made")
    with SqliteLog(folder / "b.db", keys=folder / "b.keys") as log:
        desk = open_desk("2019-03-01T10:00", log=log)
        for case_id in ("C-1", "C-2", "C-3"):
            do(desk, "contact.receive", case_id, details={"source": "6", "note": f"Grandmother of {case_id}"})
        set_clock(desk, "2019-03-04T10:00")
        for case_id in ("C-1", "C-2"):
            do(desk, "contact.close", case_id)
    return folder


@pytest.fixture
def log(tmp_path: Path, made: Path) -> Path:
    """A copy of it, and of its keys."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path / "b.db"


def test_the_command_lists_who_is_due_and_why_and_who_is_held(tmp_path: Path, log: Path) -> None:
    rules = schedule_in(tmp_path, more='[holds.C-2]\nbecause = "a claim"\n')
    before = log.read_bytes()
    ran = frontdoor("retention", log, "--rules", rules, "--at", "2026-01-01")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        f"Ours ({rules}), on 2026-01-01",
        "1 case had the whole of its time:",
        "  C-1: closed 2019-03-04, kept 6 years to 2025-03-04: Contacts (short; our schedule, line 1)",
        "1 case had it too, and is held:",
        "  C-2: closed 2019-03-04, kept 6 years to 2025-03-04: Contacts (short; our schedule, line 1); held: a claim",
        "1 case with an open episode.",
    ]
    assert log.read_bytes() == before


def test_its_json_has_the_same(tmp_path: Path, log: Path) -> None:
    rules = schedule_in(tmp_path, more='[holds.C-2]\nbecause = "a claim"\n')
    found = json.loads(frontdoor("retention", log, "--rules", rules, "--at", "2026-01-01", "--json").out)
    assert [one["case_id"] for one in found["due"]] == ["C-1"] and found["due"][0]["kept_until"] == "2025-03-04"
    assert [(one["case_id"], one["held_because"]) for one in found["held"]] == [("C-2", "a claim")]
    assert (found["open"], found["kept"], found["destroyed"], found["no_rule"], found["example"]) == (
        1,
        0,
        0,
        [],
        False,
    )


def test_by_the_shipped_example_it_says_that_nobody_has_adopted_it(log: Path) -> None:
    ran = frontdoor("retention", log, "--at", "2020-01-01")
    assert ran.status == 0 and "is an example that nobody has adopted: name your own with --rules" in ran.err
    assert "No case has had the whole of its time." in ran.out


def test_its_ids_are_what_forget_reads_and_a_held_case_is_refused(tmp_path: Path, log: Path) -> None:
    rules, due = schedule_in(tmp_path), tmp_path / "due.txt"
    due.write_text(frontdoor("retention", log, "--rules", rules, "--at", "2026-01-01", "--ids").out)
    assert due.read_text() == "C-1\nC-2\n"
    forget = [
        "forget",
        log,
        "--cases",
        due,
        "--keys",
        tmp_path / "b.keys",
        "--actor",
        "records-1",
        "--because",
        "schedule",
        "--yes",
    ]
    held = schedule_in(tmp_path, more='[holds.C-2]\nbecause = "a claim"\n')
    ran = frontdoor(*forget, "--rules", held)
    assert (ran.status, ran.out) == (3, "") and f"C-2 is held by {held}: nothing was destroyed" in ran.err
    assert frontdoor(*forget, "--rules", schedule_in(tmp_path)).out.count("can be read by nobody any more") == 2
    assert frontdoor("retention", log, "--rules", rules, "--at", "2026-01-01", "--ids").out == ""


def test_a_hold_that_names_no_case_of_the_log_keeps_nothing_and_is_told_before_anything_is_destroyed(
    tmp_path: Path, log: Path
) -> None:
    rules = schedule_in(
        tmp_path, more='[holds.c-2]\nbecause = "a claim"\n[holds.X]\nbecause = "x"\nuntil = 2020-01-01\n'
    )
    ran = frontdoor("retention", log, "--rules", rules, "--at", "2026-01-01", "--ids")
    assert ran.out == "C-1\nC-2\n" and f"{rules} holds 'c-2', and the log has no such case" in ran.err
    said = ("--keys", tmp_path / "b.keys", "--actor", "records-1", "--because", "schedule", "--yes", "--rules", rules)
    ran = frontdoor("forget", log, "--case", "C-2", *said)
    assert (ran.status, ran.out) == (
        3,
        "",
    ) and "holds 'c-2', and the log has no such case: nothing was destroyed" in ran.err
