"""Guidance is laid over the workflows, edition by edition, and local files over both: later wins, nothing in silence."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from frontdoor.errors import InvalidWorkflow, UnknownWorkflow
from frontdoor.guidance import KINDS, Composed, Edition, Local, in_force_from
from frontdoor.library import Library, load, shipped

PERMIT = """
title = "Permit"
initial = "received"
opens_with = "apply"
[states.received]
title = "Received"
[states.decided]
title = "Decided"
final = true
[transitions.apply]
title = "Apply"
[transitions.discuss]
title = "Discuss"
from = ["received"]
[transitions.decide]
title = "Decide"
from = ["received"]
to = "decided"
by = ["manager"]
[timers.decision]
title = "Decide"
counts_from = ["apply"]
runs_in = ["received"]
basis = "statutory"
[timers.reply]
title = "Reply"
counts_from = ["apply"]
runs_in = ["received"]
basis = "local"
"""

FIRST = """
title = "First"
in_force_from = 2001-01-01
[workflows.permit.timers.decision]
allowed = "10 working days"
cites = "page 1"
grade = "V"
[workflows.permit.timers.reply]
allowed = "5 working days"
cites = "page 2"
grade = "GK"
"""

SECOND = """
title = "Second"
in_force_from = 2005-01-01
amends = "first"
[workflows.permit.timers.decision]
allowed = "8 working days"
cites = "page 9"
grade = "V-2nd"
"""

Loader = Callable[..., Library]


@pytest.fixture
def make(tmp_path: Path) -> Loader:
    """Load a folder of `permit`, the first and second edition, and whatever else is given: name = text."""

    def loaded(
        *local: str, guidance: str | None = None, workflows: Mapping[str, str] | None = None, **editions: str
    ) -> Library:
        (tmp_path / "guidance").mkdir(exist_ok=True)
        for name, text in {"permit": PERMIT, **(workflows or {})}.items():
            (tmp_path / f"{name}.toml").write_text(text)
        for name, text in {"first": FIRST, "second": SECOND, **editions}.items():
            (tmp_path / "guidance" / f"{name}.toml").write_text(text)
        return load(
            tmp_path, local=[laid(tmp_path, f"local_{n}", text) for n, text in enumerate(local)], guidance=guidance
        )

    return loaded


def laid(folder: Path, name: str, text: str) -> Path:
    """A local file beside the folder's own."""
    (folder / "locals").mkdir(exist_ok=True)
    path = folder / "locals" / f"{name}.toml"
    path.write_text(text)
    return path


def allowed(library: Library, edition: str, timer: str = "decision") -> str:
    return str(library.workflow("permit", edition).timers[timer].allowed)


def codes(raised: pytest.ExceptionInfo[InvalidWorkflow]) -> set[str]:
    return {fault.code for fault in raised.value.faults}


def decision(fields: str) -> str:
    """A local file that lays these lines over the statutory timer."""
    return f"[workflows.permit.timers.decision]\n{fields}\n"


# ---- editions ----


def test_the_later_edition_wins(make: Loader) -> None:
    library = make()
    assert (allowed(library, "first"), allowed(library, "second")) == ("10 working days", "8 working days")


def test_what_an_edition_does_not_mention_stands_as_in_the_one_before(make: Loader) -> None:
    library = make()
    assert library.workflow("permit", "second").timers["reply"] == library.workflow("permit", "first").timers["reply"]


def test_an_edition_may_change_a_transition_and_keeps_its_other_fields(make: Loader) -> None:
    third = 'amends = "second"\nin_force_from = 2009-01-01\n[workflows.permit.transitions.decide]\nneeds = ["reason"]'
    move = make(third=third).workflow("permit", "third").transitions["decide"]
    assert (move.needs, move.to, move.by) == (("reason",), "decided", ("manager",))


def test_an_edition_may_add_a_timer_that_the_editions_before_it_do_not_have(make: Loader) -> None:
    library = make(
        third='amends = "second"\nin_force_from = 2009-01-01\n[workflows.permit.timers.visit]\n'
        'counts_from = ["apply"]\nuntil = ["discuss"]\nbasis = "statutory"\nallowed = "3 days"'
    )
    assert allowed(library, "third", "visit") == "3 days"
    assert "visit" not in library.workflow("permit", "second").timers


def test_an_edition_may_take_a_timer_away(make: Loader) -> None:
    third = 'amends = "second"\nin_force_from = 2009-01-01\nremoves = ["workflows.permit.timers.reply"]'
    library = make(third=third)
    assert set(library.workflow("permit", "third").timers) == {"decision"}
    assert set(library.workflow("permit", "second").timers) == {"decision", "reply"}


def test_an_edition_that_takes_a_workflow_away_does_not_have_it_but_a_record_of_one_can_still_be_read(
    make: Loader,
) -> None:
    third = 'amends = "second"\nin_force_from = 2009-01-01\nremoves = ["workflows.permit"]'
    composed = make(third=third).under("third")
    assert "permit" not in composed.has and "permit" in composed.workflows


def test_a_later_edition_may_bring_a_workflow_back(make: Loader) -> None:
    library = make(
        third='amends = "second"\nin_force_from = 2009-01-01\nremoves = ["workflows.permit"]',
        fourth='amends = "third"\nin_force_from = 2010-01-01\n[workflows.permit.timers.decision]\nallowed = "9 days"',
    )
    assert library.under("fourth").has == {"permit"} and allowed(library, "fourth") == "9 days"


def test_a_workflow_that_no_edition_mentions_is_in_every_one_as_it_is_written(make: Loader) -> None:
    letter = PERMIT.replace("[timers.decision]", '[timers.decision]\nallowed = "1 day"')
    letter = letter.replace("[timers.reply]", '[timers.reply]\nallowed = "2 days"')
    library = make(workflows={"letter": letter})
    assert library.under("first").has == library.under("second").has == {"letter", "permit"}
    assert str(library.workflow("letter", "second").timers["decision"].allowed) == "1 day"


@pytest.mark.parametrize(
    "change",
    [
        "[workflows.permt.timers.decision]\nallowed = '1 day'",
        "[workflows.permit.timers.decison]\nallowed = '1 day'",
        "[workflows.permit.transitions.decid]\nneeds = ['reason']",
        "[workflows.permit.states.recieved]\nfinal = true",
    ],
)
def test_a_change_to_what_is_not_there_is_a_fault_that_names_what_was_meant(make: Loader, change: str) -> None:
    with pytest.raises(InvalidWorkflow, match="Did you mean (permit|decision|decide|received)") as raised:
        make(third=f'amends = "second"\nin_force_from = 2009-01-01\n{change}')
    assert codes(raised) == {"unknown-name"}


@pytest.mark.parametrize(
    "gone", ["workflows.permt", "workflows.permit.timers.replies", "workflows.permit.timers", "permit"]
)
def test_what_is_not_there_cannot_be_taken_away(make: Loader, gone: str) -> None:
    with pytest.raises(InvalidWorkflow, match="to take away") as raised:
        make(third=f'amends = "second"\nin_force_from = 2009-01-01\nremoves = ["{gone}"]')
    assert codes(raised) == {"unknown-name"}


# ---- a source goes with its figure ----


def test_a_source_does_not_outlive_the_figure_it_cites(make: Loader) -> None:
    third = (
        'amends = "second"\nin_force_from = 2009-01-01\n[workflows.permit.timers.decision]\nallowed = "7 working days"'
    )
    timer = make(third=third).workflow("permit", "third").timers["decision"]
    assert (str(timer.allowed), timer.cites, timer.grade) == ("7 working days", "", "")


def test_a_source_may_be_put_right_without_touching_the_figure(make: Loader) -> None:
    third = 'amends = "second"\nin_force_from = 2009-01-01\n[workflows.permit.timers.decision]\ncites = "page 99"'
    timer = make(third=third).workflow("permit", "third").timers["decision"]
    assert (str(timer.allowed), timer.cites, timer.grade) == ("8 working days", "page 99", "V-2nd")


# ---- local files ----


def test_a_local_file_is_laid_over_every_edition(make: Loader) -> None:
    library = make(decision('allowed = "6 working days"'))
    assert {allowed(library, "first"), allowed(library, "second")} == {"6 working days"}


@pytest.mark.parametrize(
    "shorter", ["8 working days", "7 working days", "1 working day", "8 days", "1 week", "24 hours"]
)
def test_a_local_file_may_tighten_a_statutory_clock_without_a_reason(make: Loader, shorter: str) -> None:
    library = make(decision(f'allowed = "{shorter}"'))
    assert allowed(library, "second") == shorter


@pytest.mark.parametrize("longer", ["11 working days", "12 days", "2 weeks", "1 month", "300 hours"])
def test_loosening_a_statutory_clock_without_a_reason_is_a_fault(make: Loader, longer: str) -> None:
    with pytest.raises(InvalidWorkflow, match=rf"loosens the statutory \d+ working days to {longer}:") as raised:
        make(decision(f'allowed = "{longer}"'))
    assert codes(raised) == {"loosens"}


def test_a_figure_that_only_one_edition_would_find_loose_is_a_fault(make: Loader) -> None:
    with pytest.raises(InvalidWorkflow, match="loosens the statutory 8 working days to 9 working days"):
        make(decision('allowed = "9 working days"'))


def test_loosening_with_a_reason_is_a_departure_and_keeps_the_reason(make: Loader) -> None:
    library = make(decision('allowed = "20 working days"\ndeparts = "few staff"'))
    timer = library.workflow("permit", "second").timers["decision"]
    assert (str(timer.allowed), timer.departs) == ("20 working days", "few staff")


CHANGES = {
    "counts_from": 'counts_from = ["discuss"]',
    "anchor": 'anchor = "latest"',
    "runs_in": 'runs_in = ["received", "decided"]',
    "met_by": 'met_by = ["decide"]',
    "basis": 'basis = "local"',
}


@pytest.mark.parametrize("key", CHANGES)
def test_what_a_statutory_clock_counts_or_where_it_runs_is_not_changed_without_a_reason(make: Loader, key: str) -> None:
    with pytest.raises(InvalidWorkflow, match=f"changes {key} of a statutory timer") as raised:
        make(decision(CHANGES[key]))
    assert codes(raised) == {"loosens"}


@pytest.mark.parametrize("key", CHANGES)
def test_with_a_reason_it_is(make: Loader, key: str) -> None:
    composed = make(decision(CHANGES[key] + '\ndeparts = "our procedure"')).under("second")
    assert composed.origin("permit", "timers", "decision", key).file.endswith("local_0.toml")


def test_a_blank_reason_is_none(make: Loader) -> None:
    with pytest.raises(InvalidWorkflow):
        make(decision('allowed = "20 working days"\ndeparts = " "'))


def test_saying_what_the_guidance_says_already_changes_nothing_and_needs_no_reason(make: Loader) -> None:
    library = make(decision('counts_from = ["apply"]'))
    assert library.workflow("permit", "first").timers["decision"].counts_from == ("apply",)


def test_a_statutory_clock_may_be_given_a_title_or_another_source_without_a_reason(make: Loader) -> None:
    timer = make(decision('title = "Decide it"\ncites = "our page 3"')).workflow("permit", "second").timers["decision"]
    assert (timer.title, timer.cites) == ("Decide it", "our page 3")


def test_a_local_clock_may_be_loosened_without_a_reason(make: Loader) -> None:
    library = make('[workflows.permit.timers.reply]\nallowed = "30 working days"')
    assert allowed(library, "second", "reply") == "30 working days"


def test_a_local_clock_may_be_taken_away(make: Loader) -> None:
    library = make('removes = ["workflows.permit.timers.reply"]')
    assert "reply" not in library.workflow("permit", "second").timers


@pytest.mark.parametrize("gone", ["workflows.permit.timers.decision", "workflows.permit"])
def test_what_the_guidance_sets_cannot_be_taken_away_by_a_local_file(make: Loader, gone: str) -> None:
    with pytest.raises(InvalidWorkflow, match="cannot take away") as raised:
        make(f'removes = ["{gone}"]')
    assert codes(raised) == {"loosens"}


def test_a_local_file_may_add_a_clock(make: Loader) -> None:
    library = make(
        '[workflows.permit.timers.visit]\ncounts_from = ["discuss", "apply"]\nanchor = "latest"\n'
        'runs_in = ["received"]\nmet_by = ["discuss"]\nallowed = "5 days"\nthen = "6 weeks"'
    )
    timer = library.workflow("permit", "first").timers["visit"]
    assert (str(timer.allowed), str(timer.then), timer.anchor) == ("5 days", "6 weeks", "latest")


ROUND = 'anchor = "latest"\nmet_by = ["discuss"]\n'


@pytest.mark.parametrize("then", ["", 'then = "8 working days"\n'])
def test_a_longer_time_after_the_first_loosens_a_statutory_clock_that_comes_round_again(
    make: Loader, then: str
) -> None:
    rounds = PERMIT.replace("[timers.decision]\n", f"[timers.decision]\n{ROUND}{then}")
    with pytest.raises(InvalidWorkflow, match="loosens") as raised:
        make(decision('then = "60 working days"'), workflows={"permit": rounds})
    assert codes(raised) == {"loosens"}


def test_a_shorter_time_after_the_first_tightens_it(make: Loader) -> None:
    rounds = PERMIT.replace("[timers.decision]\n", f"[timers.decision]\n{ROUND}")
    library = make(decision('then = "5 working days"'), workflows={"permit": rounds})
    assert str(library.workflow("permit", "second").timers["decision"].then) == "5 working days"


# ---- several local files ----


def test_two_local_files_about_different_things_both_hold(make: Loader) -> None:
    library = make(decision('allowed = "6 working days"'), '[workflows.permit.timers.reply]\nallowed = "1 working day"')
    assert (allowed(library, "second"), allowed(library, "second", "reply")) == ("6 working days", "1 working day")


def test_two_local_files_that_set_a_value_alike_do_not_conflict(make: Loader) -> None:
    same = decision('allowed = "6 working days"')
    assert allowed(make(same, same), "second") == "6 working days"


def test_two_local_files_that_set_a_value_differently_are_at_fault(make: Loader) -> None:
    with pytest.raises(InvalidWorkflow, match=r"sets allowed to something else than .*local_0\.toml does") as raised:
        make(decision('allowed = "6 working days"'), decision('allowed = "5 working days"'))
    assert codes(raised) == {"local-conflict"}


def test_two_local_files_that_adopt_an_edition_on_different_days_are_at_fault(make: Loader) -> None:
    with pytest.raises(InvalidWorkflow) as raised:
        make("[adopts]\nsecond = 2006-01-01", "[adopts]\nsecond = 2007-01-01")
    assert codes(raised) == {"local-conflict"}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_clock_that_one_local_file_changes_and_another_takes_away_is_a_conflict(
    make: Loader, order: tuple[int, int]
) -> None:
    texts = ('[workflows.permit.timers.reply]\nallowed = "1 day"', 'removes = ["workflows.permit.timers.reply"]')
    with pytest.raises(InvalidWorkflow):
        make(*(texts[n] for n in order))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_each_local_file_gives_its_own_reason_whatever_it_is_called(make: Loader, order: tuple[int, int]) -> None:
    texts = (decision('allowed = "20 working days"\ndeparts = "few staff"'), decision('allowed = "20 working days"'))
    with pytest.raises(InvalidWorkflow, match="loosens"):
        make(*(texts[n] for n in order))


PIECES = {
    "one": decision('allowed = "6 working days"'),
    "two": '[workflows.permit.timers.reply]\nallowed = "1 working day"\ncites = "ours"',
    "three": '[workflows.permit.timers.visit]\ncounts_from = ["apply"]\nuntil = ["discuss"]\nallowed = "3 days"',
    "four": '[adopts]\nsecond = 2006-06-01\n[closures]\n2006-12-27 = "Shut"',
}


@settings(deadline=None, max_examples=24)
@given(st.permutations(sorted(PIECES)))
@example(["two", "one", "four", "three"])
def test_the_result_does_not_depend_on_the_order_in_which_local_files_are_given(
    tmp_path_factory: pytest.TempPathFactory, order: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("order")
    (folder / "guidance").mkdir()
    (folder / "permit.toml").write_text(PERMIT)
    (folder / "guidance" / "first.toml").write_text(FIRST)
    (folder / "guidance" / "second.toml").write_text(SECOND)
    paths = {name: laid(folder, name, text) for name, text in PIECES.items()}
    one, other = (
        load(folder, local=[paths[name] for name in order]),
        load(folder, local=[paths[n] for n in sorted(order)]),
    )
    assert one == other and one.composed == other.composed and one.calendar.days == other.calendar.days


def test_nor_do_the_faults(tmp_path: Path) -> None:
    one = laid(tmp_path, "one", '[workflows.mash.timers.outcome]\nallowed = "2 days"\n')
    two = laid(tmp_path, "two", '[workflows.mash.timers.outcome]\nallowed = "3 days"\n')
    found = []
    for order in ([one, two], [two, one]):
        with pytest.raises(InvalidWorkflow) as raised:
            load(local=order)
        found.append(raised.value.faults)
    assert found[0] == found[1]


# ---- from when an edition applies here ----


def test_an_edition_applies_from_its_national_day_unless_adopted_otherwise(make: Loader) -> None:
    assert make().starts == (date(2001, 1, 1), date(2005, 1, 1))


def test_an_authority_that_adopts_an_edition_late_keeps_the_one_before_until_then(make: Loader) -> None:
    library = make("[adopts]\nsecond = 2006-04-01")
    names = [found.name for day in (date(2006, 3, 31), date(2006, 4, 1)) if (found := library.edition_on(day))]
    assert names == ["first", "second"]


def test_an_authority_that_says_why_may_adopt_an_edition_early(make: Loader) -> None:
    early = "[adopts]\nsecond = 2004-09-01"
    assert make(f'departs = "an exemption"\n{early}').starts[1] == date(2004, 9, 1)
    with pytest.raises(InvalidWorkflow, match="adopts it before it came into force"):
        make(early)


def test_an_edition_cannot_apply_before_the_one_it_amends(make: Loader) -> None:
    third = 'amends = "second"\nin_force_from = 2009-01-01'
    library = make("[adopts]\nsecond = 2012-01-01", third=third)
    assert library.starts == (date(2001, 1, 1), date(2012, 1, 1), date(2012, 1, 1))
    assert [edition.name for day in (date(2011, 12, 31), date(2012, 1, 1)) if (edition := library.edition_on(day))] == [
        "first",
        "third",
    ]


@given(
    st.lists(st.dates(date(2000, 1, 1), date(2030, 1, 1)), min_size=1, max_size=6, unique=True),
    st.dictionaries(st.integers(0, 5), st.dates(date(2000, 1, 1), date(2030, 1, 1))),
)
@example([date(2001, 1, 1), date(2005, 1, 1), date(2009, 1, 1)], {1: date(2012, 1, 1)})
def test_the_days_editions_apply_from_never_run_backwards(national: list[date], adopted: dict[int, date]) -> None:
    chain = [Edition(str(n), in_force_from=day) for n, day in enumerate(sorted(national))]
    local = Local("here", adopts={str(n): day for n, day in adopted.items()})
    days = [day for day in in_force_from(chain, [local]) if day is not None]
    assert len(days) == len(chain) and days == sorted(days)
    for edition, day in zip(chain, days, strict=True):
        assert edition.in_force_from is not None
        assert day >= local.adopts.get(edition.name, edition.in_force_from)


def test_before_the_first_edition_nothing_is_in_force(make: Loader) -> None:
    assert make().edition_on(date(2000, 12, 31)) is None


# ---- drafts, and an edition that is asked for ----

DRAFT = 'title = "Draft"\namends = "second"\n[workflows.permit.timers.decision]\nallowed = "2 working days"'


def test_a_draft_is_never_in_force_of_itself(make: Loader) -> None:
    library = make(draft=DRAFT)
    assert [edition.name for edition in library.editions] == ["first", "second"]


def test_a_draft_that_is_asked_for_applies_to_every_day_and_rests_on_what_it_amends(make: Loader) -> None:
    library = make(draft=DRAFT, guidance="draft")
    for day in (date(1990, 1, 1), date(2026, 1, 1)):
        found = library.edition_on(day)
        assert found is not None and found.name == "draft"
    assert (allowed(library, "draft"), allowed(library, "draft", "reply")) == ("2 working days", "5 working days")


def test_a_draft_is_checked_even_if_nobody_asks_for_it(make: Loader) -> None:
    with pytest.raises(InvalidWorkflow, match="decison"):
        make(draft=DRAFT.replace("decision", "decison"))


def test_a_draft_that_an_authority_adopts_from_a_day_is_not_passed_over_in_silence(make: Loader) -> None:
    try:
        library = make("[adopts]\ndraft = 2020-01-01", draft=DRAFT)
    except InvalidWorkflow:
        return
    found = library.edition_on(date(2020, 1, 1))
    assert found is not None and found.name == "draft"


def test_an_edition_in_force_that_is_asked_for_applies_to_every_day(make: Loader) -> None:
    library = make(guidance="first")
    found = library.edition_on(date(2026, 1, 1))
    assert found is not None and found.name == "first" and allowed(library, "first") == "10 working days"


def test_an_edition_that_is_asked_for_applies_whatever_the_authority_adopted(make: Loader) -> None:
    library = make("[adopts]\nsecond = 2024-01-01", guidance="second")
    found = library.edition_on(date(2010, 1, 1))
    assert found is not None and found.name == "second"


def test_asking_for_an_edition_that_is_not_there_names_those_that_are(make: Loader) -> None:
    with pytest.raises(UnknownWorkflow, match="no edition called 'secnd'. Did you mean second") as raised:
        make(guidance="secnd")
    assert raised.value.name == "secnd" and set(raised.value.known) == {"first", "second"}


# ---- asking the library ----


def test_the_default_edition_is_the_latest(make: Loader) -> None:
    library = make()
    assert library.workflow("permit") == library.workflow("permit", "second")
    assert library.under() is library.under("second")


def test_asking_for_a_workflow_that_is_not_there_names_what_was_meant(make: Loader) -> None:
    with pytest.raises(UnknownWorkflow, match="no workflow called 'permitt'. Did you mean permit"):
        make().workflow("permitt")


def test_asking_for_a_workflow_under_an_unknown_edition_is_an_error(make: Loader) -> None:
    with pytest.raises(UnknownWorkflow, match="no edition called 'third'"):
        make().workflow("permit", "third")


# ---- a folder without guidance ----

ALONE = PERMIT.replace("[timers.decision]", '[timers.decision]\nallowed = "10 days"').replace(
    "[timers.reply]", '[timers.reply]\nallowed = "1 day"'
)


def test_workflows_without_guidance_hold_as_they_are_written_at_all_times(tmp_path: Path) -> None:
    (tmp_path / "permit.toml").write_text(ALONE)
    library = load(tmp_path)
    found = library.edition_on(date(1950, 1, 1))
    assert found is not None and found.name == "as_written"
    assert str(library.workflow("permit").timers["decision"].allowed) == "10 days"
    assert library.under().has == {"permit"}


def test_a_local_file_over_workflows_without_guidance_may_only_tighten_too(tmp_path: Path) -> None:
    (tmp_path / "permit.toml").write_text(ALONE)
    assert load(tmp_path, local=laid(tmp_path, "ok", decision('allowed = "9 days"'))).workflow("permit")
    with pytest.raises(InvalidWorkflow, match="loosens the statutory 10 days to 11 days"):
        load(tmp_path, local=laid(tmp_path, "loose", decision('allowed = "11 days"')))


def test_a_folder_without_a_calendar_uses_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "permit.toml").write_text(ALONE)
    assert load(tmp_path).calendar == load().calendar


def test_a_folder_may_have_a_calendar_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "permit.toml").write_text(ALONE)
    (tmp_path / "bank_holidays.toml").write_text(
        'version = "mine"\nfirst = 2026\nlast = 2026\n[2026]\n2026-03-02 = "Ours"'
    )
    calendar = load(tmp_path).calendar
    assert (calendar.version, calendar.is_working(date(2026, 3, 2)), calendar.is_working(date(2026, 12, 25))) == (
        "mine", False, True,
    )  # fmt: skip


# ---- where a local file is found ----


def test_a_shipped_local_file_may_be_given_by_its_name_alone() -> None:
    assert [local.name for local in load(local="london_mash").locals] == ["london_mash"]
    assert load(local="london_mash").composed == load(local=[shipped() / "local" / "london_mash.toml"]).composed


def test_shipped_and_own_local_files_may_be_mixed(tmp_path: Path) -> None:
    own = laid(tmp_path, "own", '[workflows.contact.timers.screening]\nallowed = "24 hours"')
    library = load(local=["london_mash", own])
    assert [local.name for local in library.locals] == ["london_mash", "own"]
    assert str(library.workflow("contact").timers["screening"].allowed) == "24 hours"


def test_a_file_that_is_there_goes_before_a_shipped_one_of_the_same_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "wexcombe").write_text('[workflows.contact.timers.screening]\nallowed = "24 hours"')
    monkeypatch.chdir(tmp_path)
    assert not load(local="wexcombe").locals[0].adopts


def test_a_local_file_that_is_nowhere_is_a_fault() -> None:
    with pytest.raises(InvalidWorkflow, match="nowhere.*cannot be read") as raised:
        load(local="nowhere")
    assert codes(raised) == {"unreadable"}


def test_a_workflow_given_beside_the_local_files_stands_beside_those_of_the_folder(tmp_path: Path) -> None:
    library = load(local=[laid(tmp_path, "permit", ALONE)])
    assert len(library.names()) == 10 and str(library.workflow("permit").timers["decision"].allowed) == "10 days"


def test_a_workflow_given_beside_the_local_files_stands_in_place_of_the_one_of_its_name(tmp_path: Path) -> None:
    shorter = ALONE.replace('allowed = "10 days"', 'allowed = "4 days"')
    (tmp_path / "permit.toml").write_text(ALONE)
    library = load(tmp_path, local=laid(tmp_path, "permit", shorter))
    assert str(library.workflow("permit").timers["decision"].allowed) == "4 days"


def test_an_edition_given_beside_the_local_files_is_in_force_from_its_day(tmp_path: Path) -> None:
    text = (
        'title = "2029"\namends = "working_together_2026"\nin_force_from = 2029-01-01\n'
        '[workflows.referral.timers.decision]\nallowed = "4 hours"\ncites = "page 1"\ngrade = "V"'
    )
    library = load(local=laid(tmp_path, "working_together_2029", text))
    found = library.edition_on(date(2029, 1, 1))
    assert found is not None and found.name == "working_together_2029" and len(library.editions) == 8
    assert str(library.workflow("referral").timers["decision"].allowed) == "4 hours"


# ---- what set a value ----


def values(composed: Composed) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The paths of every value that a composed workflow holds, and what it holds, as a file would say it."""
    for name, workflow in composed.workflows.items():
        for key in ("title", "about", "initial", "opens_with", "after"):
            yield (name, key), getattr(workflow, key)
        for kind in KINDS:
            for item, thing in getattr(workflow, kind).items():
                for key in thing.__attrs_attrs__:
                    if key.name != "name":
                        yield (name, kind, item, key.name.rstrip("_")), getattr(thing, key.name)


def said(value: Any) -> Any:
    """A composed value as TOML has it."""
    return list(value) if isinstance(value, tuple) else str(value) if hasattr(value, "unit") else value


@pytest.mark.parametrize("local", ["", "london_mash", "wexcombe"])
@pytest.mark.parametrize("edition", [edition.name for edition in load().editions])
def test_every_shipped_value_stands_in_the_table_of_the_file_that_is_said_to_have_set_it(
    edition: str, local: str
) -> None:
    composed = load(local=local or ()).under(edition)
    files: dict[str, Any] = {}
    checked = 0
    for path, value in values(composed):
        if path not in composed.origins:
            continue
        file, table = composed.origin(*path)
        files.setdefault(file, tomllib.loads((shipped().parent / file).read_text(encoding="utf-8")))
        there = files[file]
        for part in table.split(".") if table else ():
            there = there[part]
        assert there[path[-1]] == said(value), path
        checked += 1
    assert checked > 400


@pytest.mark.parametrize("edition", ["first", "second"])
def test_a_value_that_nothing_set_has_no_origin_of_its_own(make: Loader, edition: str) -> None:
    composed = make().under(edition)
    for path, value in values(composed):
        if path not in composed.origins:
            assert value in ("", (), None, False) or (path[-1], value) == ("anchor", "first")


def test_the_origin_of_a_figure_is_the_last_file_that_set_it(make: Loader) -> None:
    library = make(decision('allowed = "6 working days"'))
    path = ("permit", "timers", "decision", "allowed")
    assert str(library.under("second").origin(*path)).endswith("local_0.toml [workflows.permit.timers.decision]")
    assert str(make().under("second").origin(*path)).endswith("second.toml [workflows.permit.timers.decision]")
    assert str(make().under("first").origin(*path)).endswith("first.toml [workflows.permit.timers.decision]")


def test_the_origin_of_a_field_is_not_that_of_the_figure_beside_it(make: Loader) -> None:
    composed = make().under("second")
    assert str(composed.origin("permit", "timers", "decision", "runs_in")).endswith("permit.toml [timers.decision]")


def test_what_nothing_set_is_traced_to_the_table_around_it(make: Loader) -> None:
    composed = make().under("second")
    assert str(composed.origin("permit", "timers", "decision", "met_by")).endswith("permit.toml [timers.decision]")


def test_a_source_that_went_with_its_figure_leaves_no_trace(make: Loader) -> None:
    composed = make(decision('allowed = "6 working days"')).under("second")
    assert not composed.workflows["permit"].timers["decision"].cites
    assert not composed.origin("permit", "timers", "decision", "cites").file.endswith("second.toml")


def test_a_clock_taken_away_and_added_again_is_traced_to_the_file_that_added_it_again(make: Loader) -> None:
    library = make(
        third='amends = "second"\nin_force_from = 2009-01-01\nremoves = ["workflows.permit.timers.reply"]',
        fourth='amends = "third"\nin_force_from = 2010-01-01\n[workflows.permit.timers.reply]\n'
        'counts_from = ["apply"]\nruns_in = ["received"]\nallowed = "2 days"',
    )
    composed = library.under("fourth")
    assert composed.origin("permit", "timers", "reply").file.endswith("fourth.toml")
    assert composed.origin("permit", "timers", "reply", "title").file.endswith("fourth.toml")


def test_the_files_that_are_laid_over_are_left_as_they_were(make: Loader) -> None:
    library = make(decision('allowed = "6 working days"'))
    assert str(library.composed[None].workflows["permit"].timers["decision"].allowed) == "6 working days"
    assert library.edition("second").workflows["permit"]["timers"]["decision"]["allowed"] == "8 working days"


# ---- loaded again ----


def test_what_stands_as_it_did_is_the_library_that_was_made_of_it(make):
    assert make() is make()
    assert load() is load()
    assert load(local="london_mash") is not load()


def test_a_file_that_changed_is_read_again_though_neither_its_length_nor_its_date_says_so(make, tmp_path):
    first = make()
    path = tmp_path / "guidance" / "second.toml"
    before = path.stat()
    path.write_text(SECOND.replace("8 working days", "9 working days"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert (allowed(load(tmp_path), "second"), allowed(first, "second")) == ("9 working days", "8 working days")


def test_a_file_that_is_gone_is_gone(make, tmp_path):
    make()
    (tmp_path / "guidance" / "second.toml").unlink()
    assert [edition.name for edition in load(tmp_path).editions] == ["first"]


def test_what_is_wrong_is_told_each_time(make):
    told = []
    for _ in range(2):
        with pytest.raises(InvalidWorkflow) as raised:
            make(second=SECOND.replace("8 working days", "eight days"))
        told.append(raised.value.faults)
    assert told[0] == told[1] != ()
