"""A source that carries its own workflows: what it binds an episode to, and what it knew when.

The sources here are made by hand, as the reader of a log makes them: a flat log, with columns that only a log has.
"""

from __future__ import annotations

from datetime import date
from textwrap import dedent
from typing import Any

import attrs
import polars as pl
import pytest

from frontdoor import audit
from frontdoor.compiled import EVERYTHING, Compiled, compile_rules
from frontdoor.errors import InputError, InvalidWorkflow
from frontdoor.formats import flat_csv
from frontdoor.formats.source import Source
from frontdoor.guidance import Composed, Edition, Origin
from frontdoor.library import Library, load
from frontdoor.moment import bounds, parse
from frontdoor.replay.audit import Audit, run
from frontdoor.replay.columns import lay_out
from frontdoor.replay.explain import explain
from frontdoor.report import summary
from frontdoor.timescale import Timescale
from frontdoor.uniting import numbered, united
from frontdoor.workflow import State, Timer, Transition, Workflow

SHIPPED = load()


def permit(days: int = 5, *, name: str = "permit", opens_with: str = "apply") -> Workflow:
    """A workflow that an application opens and a decision ends, in so many days."""
    return Workflow(
        name, title="Permit", initial="received", opens_with=opens_with,
        states=[State("received", "Received"), State("decided", "Decided", final=True)],
        transitions=[Transition(opens_with, "Apply"), Transition("decide", "Decide", ["received"], "decided", by=["manager"])],
        timers=[Timer("decision", "Decide", [opens_with], runs_in=["received"], basis="statutory", allowed=Timescale.parse(f"{days} days"))],
    )  # fmt: skip


def library(*workflows: Workflow, edition: str = "rules_1", starts: date = date(2010, 1, 1), **changes: Any) -> Library:
    """Workflows under one edition of guidance."""
    origins = {(flow.name,): Origin(f"{edition}/{flow.name}.toml", "") for flow in workflows}
    composed = Composed({flow.name: flow for flow in workflows}, frozenset(flow.name for flow in workflows), origins)
    guidance = Edition(edition, title=edition.replace("_", " ").title(), in_force_from=starts, file=f"{edition}.toml")
    made = Library((guidance,), (starts,), (), SHIPPED.calendar, {None: composed, edition: composed})
    return attrs.evolve(made, **changes)


def source(text: str, own: Library | None = None, *older: Library, **columns: list[Any]) -> Source:
    """A flat log with more columns; moments are written in them as people write them."""
    read = flat_csv.read(dedent(text).strip().encode(), "own.log")
    more = {
        name: pl.Series([bounds(parse(value))[0] if isinstance(value, str) else value for value in values], dtype=pl.Int64)
        for name, values in columns.items()
    }  # fmt: skip
    return attrs.evolve(read, events=read.events.with_columns(**more), library=own, older=older)


APPLIED = """
    case_id,event,happened_at,role,episode
    C-1,permit.apply,2014-03-03,manager,p
    C-1,permit.decide,2014-03-10,manager,p
"""


def told(found: Audit) -> list[tuple[Any, ...]]:
    return list(found.deadlines.select("guidance", "allowed", "due", "status").iter_rows())


# What an episode is bound to.


def test_an_episode_is_bound_to_the_edition_that_the_log_says():
    """Seven days in March: late by the five days of today's rules, in time by the eight of those it opened under."""
    mine = source(APPLIED, library(permit(5)), library(permit(8), edition="old_rules"), bound=[1, 1])
    assert told(audit(mine)) == [("old_rules", 8, "2014-03-11", "met")]


def test_where_the_log_says_nothing_the_edition_in_force_that_day_binds():
    mine = source(APPLIED, library(permit(5)), library(permit(8), edition="old_rules"), bound=[None, 1])
    assert told(audit(mine)) == [("rules_1", 5, "2014-03-08", "late")]


def test_an_older_edition_is_never_chosen_by_its_day():
    mine = source(APPLIED, library(permit(5), starts=date(2015, 1, 1)), library(permit(8), edition="old_rules"))
    (row,) = audit(mine).deadlines.iter_rows(named=True)
    assert (row["guidance"], row["status"]) == ("", "cannot_tell")


def test_only_the_row_that_opens_an_episode_binds_it():
    mine = source(APPLIED, library(permit(5)), library(permit(8), edition="old_rules"), bound=[1, 0])
    assert told(audit(mine)) == [("old_rules", 8, "2014-03-11", "met")]


def test_an_episode_can_be_bound_to_the_days_before_the_first_edition_of_either_library():
    new, old = library(permit(5)), library(permit(8), edition="old_rules")
    stands_for = [(one.library is new, one.edition and one.edition.name) for one in numbered(new, [old])]
    assert stands_for == [(True, None), (True, "rules_1"), (False, "old_rules"), (False, None)]
    for number in (-1, 2):
        (row,) = audit(source(APPLIED, new, old, bound=[number, number])).deadlines.iter_rows(named=True)
        assert (row["guidance"], row["status"], row["cites"]) == (
            "", "cannot_tell", "no edition of the guidance was in force yet",
        )  # fmt: skip


def test_several_older_libraries_are_numbered_one_after_another():
    older = [library(permit(n), edition=f"old_{n}") for n in (6, 7, 8)]
    text = "case_id,event,happened_at\n" + "".join(f"C-{n},permit.apply,2014-03-03\n" for n in range(4))
    found = audit(source(text, library(permit(5)), *older, bound=[2, 0, 3, 1]))
    assert [row[:2] for row in told(found)] == [("old_7", 7), ("rules_1", 5), ("old_8", 8), ("old_6", 6)]


def test_an_explanation_names_the_edition_and_the_file_that_the_episode_is_bound_to():
    mine = source(APPLIED, library(permit(5)), library(permit(8), edition="old_rules"), bound=[1, 1])
    (one,) = explain(audit(mine), "C-1", "permit.decision")
    assert one.edition is not None and one.edition.title == "Old Rules"
    assert str(one.allowed) == "8 days" and one.origin.file == "old_rules/permit.toml"


def test_a_library_that_is_given_judges_alone():
    mine = source(APPLIED, library(permit(5)), library(permit(8), edition="old_rules"), bound=[1, 1])
    assert told(audit(mine, library(permit(6), edition="ours"))) == [("ours", 6, "2014-03-09", "late")]


def test_without_any_library_the_shipped_one_judges_and_numbers_mean_nothing():
    text = "case_id,event,happened_at\nC-1,referral.receive,2014-03-03T09:00\n"
    assert told(run(source(text, bound=[77]))) == told(run(source(text), SHIPPED))


def test_an_edition_that_is_not_carried_is_one_sentence():
    mine = source(APPLIED, library(permit(5)), bound=[0, 9])
    with pytest.raises(InputError, match=r"own.log: row 2, column bound: there is no edition number 9\.$"):
        audit(mine)


# What only one of the libraries declares.


def test_a_workflow_that_only_an_older_library_has_is_judged_by_it():
    """And where nothing binds it, today's guidance does not have it."""
    visit = "case_id,event,happened_at,role\nC-1,visit.apply,2014-03-03,manager\nC-2,visit.apply,2014-03-03,manager\n"
    old = library(permit(8), permit(9, name="visit"), edition="old_rules")
    found = audit(source(visit, library(permit(5)), old, bound=[1, None]), as_at="2014-03-10")
    assert told(found) == [("old_rules", 9, "2014-03-12", "running")]
    (finding,) = found.findings.iter_rows(named=True)
    assert (finding["rule"], finding["case_id"]) == ("not-in-edition", "C-2")
    assert finding["message"] == "Permit was opened under rules_1, which does not have it (rules_1.toml)."
    assert [one.timer for one in summary.kept(found)] == ["visit.decision"]


def test_a_workflow_that_only_todays_library_has_is_not_in_an_older_edition():
    visit = "case_id,event,happened_at,role\nC-1,visit.apply,2014-03-03,manager\n"
    new = library(permit(5), permit(9, name="visit"))
    found = audit(source(visit, new, library(permit(8), edition="old_rules"), bound=[1]))
    assert found.rules == {"not-in-edition": 1} and not found.deadlines.height


def test_the_opening_that_a_library_declares_opens_what_is_bound_to_it():
    """Today an application is registered; then it was applied for. Neither leaves an episode without its opening."""
    text = """
        case_id,event,happened_at,role
        C-1,permit.apply,2014-03-03,manager
        C-1,permit.decide,2014-03-10,manager
        C-1,permit.register,2014-03-20,manager
        C-1,permit.apply,2014-03-20,manager
    """
    new, old = library(permit(5, opens_with="register")), library(permit(8), edition="old_rules")
    found = audit(source(text, new, old, bound=[1, 1, None, None]))
    assert [row[:2] for row in told(found)] == [("old_rules", 8), ("rules_1", 5)]
    assert found.rules == {"illegal-transition": 1}, "today's rules know no such thing as an application"
    labelled = (
        text.replace("role\n", "role,episode\n")
        .replace("manager\n", "manager,p\n", 2)
        .replace("manager\n", "manager,q\n")
    )
    assert told(audit(source(labelled, new, old, bound=[1, 1, None, None]))) == told(found)


def test_the_opening_that_comes_late_supplies_the_anchor_of_its_own_library():
    text = """
        case_id,event,happened_at,role,episode
        C-1,permit.decide,2014-03-03T09:00,manager,p
        C-1,permit.apply,2014-03-03T10:00,manager,p
    """
    new, old = library(permit(5, opens_with="register")), library(permit(8), edition="old_rules")
    found = audit(source(text, new, old, bound=[1, 1]))
    assert told(found) == [("old_rules", 8, "2014-03-11", "met")]


def test_editions_that_say_the_same_share_a_table_whichever_library_they_are_of():
    once = compile_rules(SHIPPED).rules
    again = compile_rules(SHIPPED, EVERYTHING, None, [SHIPPED, SHIPPED]).rules
    assert len(again.table) == 3 * len(once.table) and len(again.early) == len(once.early)
    editions = len(SHIPPED.editions)
    assert list(again.table) == [*once.table, *once.table[1:], *once.table[1:], 0, 0]
    assert again.sizes[3] == 3 * editions + 2 and len(again.starts) == editions


def test_what_older_libraries_declare_is_told_of_by_the_library_of_the_tables():
    old = library(permit(8), permit(9, name="visit"), edition="old_rules")
    new = library(permit(5))
    assert united(new) is new
    both: Compiled = compile_rules(new, EVERYTHING, None, [old])
    assert both.library.names() == ("permit", "visit") and both.library.editions == new.editions
    assert both.library.anywhere("visit").timers["decision"].allowed == Timescale.parse("9 days")
    assert [both.edition(n) for n in (-1, 0, 1, 2)] == ["", "rules_1", "old_rules", ""]
    assert both.guidance(1) == old.editions[0] and both.guidance(-1) is both.guidance(2) is None
    assert both.composed(1) is old.composed["old_rules"]
    assert "visit" in both.composed(0).workflows and "visit" not in both.composed(0).has


def test_libraries_that_together_declare_too_much_are_refused_in_one_sentence():
    def with_details(word: str) -> Library:
        flow = permit()
        needing = attrs.evolve(flow.transitions["decide"], needs=[f"{word}_{n}" for n in range(40)])
        return library(attrs.evolve(flow, transitions={**flow.transitions, "decide": needing}))

    with pytest.raises(InvalidWorkflow, match="there are 80 needed details, old and new; 60 are the most"):
        compile_rules(with_details("old"), EVERYTHING, None, [with_details("new")])


# What was known when.


CORRECTED = """
    case_id,event,happened_at,recorded_at,role
    C-1,permit.apply,2014-03-03T09:00,2014-03-03T09:05,manager
    C-1,permit.decide,2014-03-10T09:00,2014-03-10T09:05,manager
    C-1,permit.decide,2014-03-07T09:00,2014-03-10T09:05,manager
"""


def versions(text: str, known_from: list[str | None], known_to: list[str | None], positions: list[int]) -> Source:
    """Some rows of which are versions of one event."""
    made = source(text, library(permit(5)), known_from=known_from, known_to=known_to)
    return attrs.evolve(made, events=made.events.with_columns(position=pl.Series(positions, dtype=pl.Int64)))


MENDED = versions(CORRECTED, [None, None, "2014-03-20T12:00"], [None, "2014-03-20T12:00", None], [1, 2, 2])


def test_a_corrected_event_stands_as_it_was_corrected():
    found = audit(MENDED)
    assert told(found) == [("rules_1", 5, "2014-03-08", "met")]
    assert found.log.frame["position"].to_list() == [1, 2] and found.log.hidden == 0


@pytest.mark.parametrize(
    ("moment", "status", "hidden"),
    [
        ("2014-03-04", "running", 1),
        ("2014-03-15", "late", 0),
        ("2014-03-20T11:59:59", "late", 0),
        ("2014-03-20T12:00", "met", 0),
        ("2014-03-20", "met", 0),
    ],
)
def test_before_its_correction_was_recorded_an_event_was_known_as_it_was_first_recorded(moment, status, hidden):
    found = audit(MENDED, as_known_at=moment, as_at="2014-03-05" if status == "running" else None)
    assert ([row[-1] for row in told(found)], found.log.hidden) == ([status], hidden)


def test_an_event_that_was_withdrawn_did_not_happen_but_was_known_until_then():
    gone = versions(CORRECTED.rpartition("C-1")[0], [None, None], [None, "2014-03-20T12:00"], [1, 2])
    assert [row[-1] for row in told(audit(gone, as_at="2014-03-30"))] == ["overdue"]
    assert [row[-1] for row in told(audit(gone, as_known_at="2014-03-19", as_at="2014-03-30"))] == ["late"]
    assert audit(gone, as_known_at="2014-03-25").log.hidden == 0, "it was not recorded later, it was withdrawn"


def test_a_source_may_say_from_when_an_event_was_known_whenever_it_was_recorded():
    """An import: recorded in the old system in March, known here from May."""
    brought = versions(CORRECTED.rpartition("C-1")[0], ["2014-05-01T00:00", "2014-05-01T00:00"], [None, None], [1, 2])
    assert audit(brought, as_known_at="2014-04-30").log.hidden == 2
    assert told(audit(brought, as_known_at="2014-05-01")) == [("rules_1", 5, "2014-03-08", "late")]


def test_a_version_that_is_written_last_keeps_the_place_of_the_event_it_corrects():
    """Two events of one day of which only the date is known keep the order of their positions."""
    text = """
        case_id,event,happened_at,recorded_at,role
        C-1,permit.apply,2014-03-02,2014-03-03,manager
        C-1,permit.decide,2014-03-03,2014-03-03,manager
        C-1,permit.apply,2014-03-03,2014-03-03,manager
    """
    mended = versions(text, [None, None, "2014-03-04T12:00"], ["2014-03-04T12:00", None, None], [1, 2, 1])
    assert lay_out(mended).frame["event"].to_list() == ["permit.apply", "permit.decide"]
    assert audit(mended).rules == {}
