"""Every property of frontdoor.testing, over random workflows and over the shipped ones, bare and with local files."""

from functools import cache

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from frontdoor import checking
from frontdoor.formats import flat_csv
from frontdoor.library import Library, load
from frontdoor.replay.audit import run
from frontdoor.testing import PROPERTIES, histories, hold, libraries, workflows

ORDINARY, ALL = 15, 1000
OVERLAYS = [(), ("london_mash",), ("wexcombe",)]

shipped = cache(lambda *overlays: load(local=overlays))
# The phase that explains would trace every line of every try.
PHASES = set(Phase) - {Phase.explain}
thoroughly = settings(deadline=None, phases=PHASES, suppress_health_check=list(HealthCheck))


def name_of(overlays: tuple[str, ...]) -> str:
    return " and ".join(overlays) or "bare"


@pytest.mark.parametrize("name", PROPERTIES)
def test_any_sound_library_keeps_the_property(name):
    hold(libraries(), max_examples=ORDINARY, properties={name: PROPERTIES[name]})


@pytest.mark.parametrize("overlays", OVERLAYS, ids=name_of)
@pytest.mark.parametrize("name", PROPERTIES)
def test_the_shipped_workflows_keep_the_property(name, overlays):
    hold(shipped(*overlays), max_examples=ORDINARY // 3, properties={name: PROPERTIES[name]})


@pytest.mark.slow
@pytest.mark.parametrize("name", PROPERTIES)
def test_any_sound_library_keeps_the_property_on_many_histories(name):
    hold(libraries(), max_examples=ALL, properties={name: PROPERTIES[name]})


@pytest.mark.slow
@pytest.mark.parametrize("overlays", OVERLAYS, ids=name_of)
@pytest.mark.parametrize("name", PROPERTIES)
def test_the_shipped_workflows_keep_the_property_on_many_histories(name, overlays):
    hold(shipped(*overlays), max_examples=ALL // 4, properties={name: PROPERTIES[name]})


EVERY = [
    pytest.param(overlays, edition.name, workflow, id=f"{name_of(overlays)}-{edition.name}-{workflow}")
    for overlays in OVERLAYS
    for edition in shipped(*overlays).editions
    for workflow in sorted(shipped(*overlays).composed[edition.name].has)
]


@pytest.mark.parametrize(("overlays", "edition", "name"), EVERY)
def test_every_shipped_workflow_is_reachable_escapable_and_timed_under_every_edition_that_has_it(
    overlays, edition, name
):
    workflow = shipped(*overlays).workflow(name, edition)
    assert checking.reachable(workflow) == set(workflow.states), "a state that nobody comes to"
    assert checking.escapable(workflow) == set(workflow.states), "a state that nobody can end from"
    for state in workflow.states.values():
        assert state.final or workflow.guarded(state.name) or state.unguarded, (
            f"no clock in {state.name}, and no reason"
        )
    assert all(timer.allowed for timer in workflow.timers.values()), "a clock without a length"


def test_a_property_that_does_not_hold_is_told():
    """Else `hold` would be satisfied with anything."""

    def nothing_ever_happens(library: Library, data: st.DataObject) -> None:
        history = data.draw(histories(library))
        assert "referral.receive" not in history

    with pytest.raises(AssertionError):
        hold(shipped(), max_examples=200, properties={"nothing_ever_happens": nothing_ever_happens})


@settings(thoroughly, max_examples=30)
@given(workflows())
def test_a_drawn_workflow_stands_alone(workflow):
    assert checking.reachable(workflow) == checking.escapable(workflow) == set(workflow.states)
    assert not any("." in anchor for timer in workflow.timers.values() for anchor in timer.counts_from)


@pytest.mark.parametrize(
    "shape",
    [
        lambda library, flow: len({len(edition.workflows) for edition in library.editions}) > 1,
        lambda library, flow: len({one.has for name, one in library.composed.items() if name}) > 1,
        lambda library, flow: any(t.anchor == "latest" and t.then for t in flow.timers.values()),
        lambda library, flow: any(t.until for t in flow.timers.values()),
        lambda library, flow: any(t.met_by for t in flow.timers.values()),
        lambda library, flow: any("." in anchor for t in flow.timers.values() for anchor in t.counts_from),
        lambda library, flow: any(move.to is None and move.from_ for move in flow.transitions.values()),
        lambda library, flow: any(flow.states[state].final and move.to for move in flow.transitions.values() for state in move.from_),
        lambda library, flow: any(move.not_by for move in flow.transitions.values()),
        lambda library, flow: any(move.not_while_open for move in flow.transitions.values()),
        lambda library, flow: bool(flow.after),
    ],
    ids=["editions that say less", "a workflow that an edition takes away", "a recurring timer", "an until timer",
         "met by", "another workflow's anchor", "a self transition", "reopening", "four eyes", "not while open", "after"],
)  # fmt: skip
def test_random_libraries_come_in_every_shape(shape):
    """A property says nothing about what is never drawn."""
    seen = []

    @settings(thoroughly, max_examples=60, derandomize=True)
    @given(libraries())
    def look(library: Library) -> None:
        seen.append(any(shape(library, flow) for flow in library.under().workflows.values()))

    look()
    assert any(seen)


PERMIT = """
title = "Permit"
initial = "open"
opens_with = "start"
states.open = {title = "Open", unguarded = "Nothing presses here."}
states.done = {title = "Done", final = true}
transitions.start = {title = "Start"}
transitions.note = {title = "Note", from = ["open"]}
transitions.close = {title = "Close", from = ["open"], to = "done"}
"""


def stops(tmp_path, files: dict[str, str], *events: str) -> list[tuple[str, str]]:
    """The status and the stop of every deadline, of events one an hour from noon of 1 April 2009."""
    for name, text in files.items():
        (tmp_path / f"{name}.toml").write_text(text)
    rows = [f"K-1,{event},2009-04-01T{12 + hour}:00,x" for hour, event in enumerate(events)]
    text = "\n".join(["case_id,event,happened_at,episode", *rows]) + "\n"
    audit = run(flat_csv.read(text.encode(), "log.csv"), load(tmp_path))
    return list(audit.deadlines.select("status", "stopped_at").iter_rows())


def test_a_clock_until_the_opening_stops_there_when_it_counts_from_what_came_before(tmp_path):
    """A visit must begin within 2 days of the permit: until = ["start"], counted from another workflow's event."""
    timer = 'timers.begin = {title = "Begin", counts_from = ["permit.start"], until = ["start"], allowed = "2 days"}\n'
    found = stops(tmp_path, {"permit": PERMIT, "visit": PERMIT + timer}, "permit.start", "visit.start")
    assert found == [("met", "2009-04-01T13:00:00+01:00")]


def test_an_opening_that_comes_late_and_changes_nothing_stops_no_clock(tmp_path):
    """The label is in use already: the event supplies the anchor where that was missing, and does nothing else."""
    timer = 'timers.wait = {title = "Wait", counts_from = ["note"], until = ["start"], allowed = "2 days"}\n'
    found = stops(tmp_path, {"permit": PERMIT + timer}, "permit.note", "permit.start")
    assert found == [("running", "")]
