"""A workflow as a drawing: what is in it, that it is the same every time, and that no title breaks it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from shutil import which

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frontdoor import load
from frontdoor.drawing import dot, mermaid, svg
from frontdoor.errors import FrontdoorError, MissingProgram
from frontdoor.timescale import Timescale
from frontdoor.workflow import State, Timer, Transition, Workflow

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = load()
REFERRAL, MASH = LIBRARY.workflow("referral"), LIBRARY.workflow("mash")
every_workflow = pytest.mark.parametrize("name", LIBRARY.names())
with_graphviz = pytest.mark.skipif(which("dot") is None, reason="the program dot is not here: install graphviz")

NASTY = [
    'He said "no": a; b # c', "a\nb\tc", "end note", "%%{init: {}}%%", "--> [*]", "<b>&amp;</b> \\N", "#quot; #59;",
    ": first", "x:y", "état – 儿童", "`$x$` *a* ~b~", "{curly} [square] (round)", "\x00a\x07b\u2028", "note right of a",
    "direction LR", "_under_ __line__", "]",
]  # fmt: skip


def permit(title: str = "Permit", **timers: Timer) -> Workflow:
    """A workflow whose every title is the same."""
    return Workflow(
        "permit", title, initial="note", opens_with="start",
        states=[State("note", title), State("end", title, final=True)],
        transitions=[
            Transition("start", title), Transition("ask", title, from_=["note"], by=["chair"]),
            Transition("close", title, from_=["note"], to="end"), Transition("again", title, from_=["note"], to="note"),
        ],
        timers=list(timers.values()) or [Timer("wait", title, ["start"], runs_in=["note"], allowed=Timescale.parse("2 days"))],
    )  # fmt: skip


def as_shown(title: str) -> str:
    """A title on one line, without what cannot be shown; empty if nothing is left."""
    return " ".join("".join(char if char.isprintable() else " " for char in title).split())


def notes(text: str) -> dict[str, list[str]]:
    """The lines of the note on each state."""
    found = re.findall(r"^    note right of (\w+)\n(.*?)\n    end note$", text, re.M | re.S)
    return {state: [line.strip().removesuffix("<br>") for line in body.splitlines()] for state, body in found}


# ---- mermaid ----


def test_a_whole_drawing_reads_like_this() -> None:
    assert mermaid(permit(), under="Rules of 2010").splitlines() == [
        "---",
        'title: "Permit (Rules of 2010)"',
        "---",
        "stateDiagram-v2",
        '    state "Permit" as _note',
        "    _note: Permit (chair)",
        '    state "Permit" as _end',
        "    [*] --> _note: Permit (anyone but the system)",
        "    _note --> _end: Permit (anyone but the system)",
        "    _note --> _note: Permit (anyone but the system)",
        "    _end --> [*]",
        "    note right of _note",
        "        Permit: 2 days from permit.start (local)",
        "    end note",
    ]


@every_workflow
def test_every_state_stands_in_it_by_its_title_and_every_end_is_marked(name: str) -> None:
    workflow = LIBRARY.workflow(name)
    lines = mermaid(workflow).splitlines()
    for state in workflow.states.values():
        assert f'    state "{state.title}" as {state.name}' in lines
        assert (f"    {state.name} --> [*]" in lines) == state.final
    assert sum(line.startswith(f"    [*] --> {workflow.initial}: ") for line in lines) == 1


@every_workflow
def test_every_transition_is_an_arrow_or_stands_in_the_state_that_it_stays_in(name: str) -> None:
    workflow = LIBRARY.workflow(name)
    lines = mermaid(workflow).splitlines()
    for move in workflow.transitions.values():
        for state in move.from_:
            begins = f"    {state} --> {move.to}: " if move.to else f"    {state}: "
            assert any(line.startswith(begins) and move.title in line for line in lines), (move.name, state)


def test_an_arrow_says_who_may_and_what_it_opens() -> None:
    text = mermaid(REFERRAL)
    assert "received --> signposted: Signpost to another service (manager)\n" in text
    assert "Accept it for assessment (social_worker, edt_officer, manager), opens single_assessment\n" in text
    assert "[*] --> received: Receive a referral (anyone)\n" in text
    assert "received: Acknowledge it to the referrer (anyone but the system)\n" in text


def test_what_leads_from_one_state_to_another_in_two_ways_is_one_arrow() -> None:
    workflow = permit()
    both = attrs.evolve(
        workflow, transitions=[*workflow.transitions.values(), Transition("drop", "Drop", ["note"], "end", ["chair"])]
    )
    assert "_note --> _end: Permit (anyone but the system)<br>Drop (chair)\n" in mermaid(both)


def test_a_clock_is_a_note_on_each_state_that_it_runs_in() -> None:
    found = notes(mermaid(MASH))
    assert list(found) == ["triage", "red", "amber", "green"]
    assert set(map(tuple, found.values())) == {("Decide the outcome: 1 working day from mash.start (local)",)}


def test_a_clock_until_a_transition_is_a_note_where_it_begins() -> None:
    found = notes(mermaid(REFERRAL))
    assert found["received"] == [
        "Decide what response is needed: 1 working day from referral.receive (statutory)",
        "Acknowledge receipt to the referrer: 1 working day from referral.receive until referral.acknowledge (statutory)",
    ]
    assert {state for state, clocks in found.items() if "until referral.feed_back" in clocks[0]} == {
        "accepted", "signposted", "no_further_action",
    }  # fmt: skip


def test_a_clock_that_counts_from_another_workflow_alone_begins_at_the_opening() -> None:
    timer = Timer("begin", "Begin", ["other.done"], until=["close"], allowed=Timescale.parse("2 days"))
    assert notes(mermaid(permit(begin=timer))) == {
        "_note": ["Begin: 2 days from other.done until permit.close (local)"]
    }


def test_a_clock_that_counts_from_the_latest_says_so_and_what_it_allows_then() -> None:
    timer = Timer(
        "visit", "Visit", ["ask"], "latest", runs_in=["note"], allowed=Timescale.parse("10 working days"),
        then=Timescale.parse("6 weeks"),
    )  # fmt: skip
    said = "Visit: 10 working days, then 6 weeks from the latest permit.ask (local)"
    assert notes(mermaid(permit(visit=timer))) == {"_note": [said]}


def test_a_clock_without_a_length_says_so() -> None:
    timer = Timer("visit", "Visit", ["ask"], runs_in=["note"])
    assert notes(mermaid(permit(visit=timer))) == {"_note": ["Visit: no length here from permit.ask (local)"]}


@pytest.mark.parametrize("title", ["", "\x00\u2028 "])
def test_what_has_no_title_to_show_is_drawn_by_its_name(title: str) -> None:
    text = mermaid(permit(title))
    assert 'title: "permit"' in text and 'state "note" as _note' in text and "close (anyone" in text


def test_a_local_clock_is_drawn_with_the_others() -> None:
    workflow = load(local=["london_mash"]).workflow("mash")
    assert any("2 hours from" in clock for clock in notes(mermaid(workflow))["red"])


PLACES = {
    "a state": r'^    state "(.*)" as _end$', "what stays in it": r"^    _note: (.*) \(chair\)$",
    "an arrow": r"^    _note --> _end: (.*) \(anyone but the system\)$",
    "a note": r"^        (.*): 2 days from permit.start \(local\)$",
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("title", NASTY)
def test_what_mermaid_might_take_for_its_own_in_a_title_is_written_as_its_number(title: str, place: str) -> None:
    [written] = re.findall(PLACES[place], mermaid(permit(title)), re.M)
    assert not re.search(r"[\"<>{}%\\`$*]|#(?!\d+;)|(?<!\d);|^:|end note|direction LR|\b_|_\b", written)
    if place == "an arrow":
        assert ":" not in written
    assert re.sub(r"#(\d+);", lambda found: chr(int(found[1])), written) == as_shown(title)


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text())
def test_any_title_leaves_the_shape_of_the_text_as_it_is(title: str) -> None:
    shape = [line.split('"')[0].split(":")[0] for line in mermaid(permit("Permit")).splitlines()]
    drawn = mermaid(permit(title)).splitlines()
    assert [line.split('"')[0].split(":")[0] for line in drawn][:-2] == shape[:-2]


# ---- graphviz ----


@every_workflow
def test_graphviz_is_told_the_same_states_ends_and_arrows(name: str) -> None:
    workflow = LIBRARY.workflow(name)
    text = dot(workflow)
    for state in workflow.states.values():
        line = next(line for line in text.splitlines() if line.startswith(f'    "{state.name}" [label='))
        assert ("peripheries=2" in line) == state.final
    arrows = {(move.to, state) for move in workflow.transitions.values() for state in move.from_ if move.to}
    assert text.count(" -> ") == len(arrows) + 1


@every_workflow
def test_the_same_workflow_is_the_same_text(name: str) -> None:
    again = load().workflow(name)
    assert (mermaid(again), dot(again)) == (mermaid(LIBRARY.workflow(name)), dot(LIBRARY.workflow(name)))


def words_of(drawing: str) -> str:
    """All that is written in an SVG, with single spaces."""
    root = ET.fromstring(drawing)
    return " ".join(
        " ".join("".join(text.itertext()).split()) for text in root.iter("{http://www.w3.org/2000/svg}text")
    )


@with_graphviz
@every_workflow
def test_svg_has_every_state_and_transition_and_clock(name: str) -> None:
    workflow = LIBRARY.workflow(name)
    said = words_of(svg(workflow, under="today's guidance"))
    for thing in (*workflow.states.values(), *workflow.transitions.values(), *workflow.timers.values()):
        assert thing.title in said
    assert f"{workflow.title} (today's guidance)" in said


@with_graphviz
@pytest.mark.parametrize("title", NASTY)
def test_svg_says_any_title_as_it_is_written(title: str) -> None:
    said = words_of(svg(permit(title)))
    assert said.count(as_shown(title)) >= 5


@with_graphviz
@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=40)
@given(st.text(st.characters() | st.sampled_from('\\"<>&;#{}[]|NGLE\n'), max_size=18))
def test_svg_says_any_text_at_all(title: str) -> None:
    assert words_of(svg(permit(title))).count(as_shown(title)) >= 5


NO_DOT = """
from frontdoor import load
from frontdoor.drawing import svg
from frontdoor.errors import MissingProgram
try:
    svg(load().workflow("referral"))
except MissingProgram as error:
    print(error.program, "|", error)
"""


def test_without_graphviz_one_sentence_says_what_to_install(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", NO_DOT], capture_output=True, text=True, check=True, cwd=ROOT,
        env={**os.environ, "PATH": str(tmp_path), "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert run.stdout == (
        "dot | Drawing SVG needs the program dot, which is not on the PATH: install graphviz "
        "(apt install graphviz, brew install graphviz).\n"
    )
    assert issubclass(MissingProgram, LookupError)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("#!/bin/sh\necho 'Format: \"svg\" not recognized.' >&2\nexit 1\n", 'Format: "svg" not recognized'),
        ("#!/bin/sh\nexit 7\n", "exit status 7"),
        ("no program at all", "Exec format error"),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="a program here is a shell script")
def test_a_graphviz_that_fails_is_told_in_one_sentence(
    script: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "dot"
    program.write_text(script)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FrontdoorError, match=f"could not draw referral: {re.escape(said)}") as failed:
        svg(REFERRAL)
    assert "\n" not in str(failed.value)


def test_drawing_does_not_load_transitions() -> None:
    code = "import frontdoor.drawing, sys; print('transitions' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert run.stdout == "False\n"
