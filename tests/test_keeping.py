"""A library that was kept in a log comes back equal in all that is asked of it, and what was altered since is told."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rich.console import Console

from frontdoor.compiled import compile_rules
from frontdoor.errors import LogTampered, OldSchema
from frontdoor.guidance import Composed, Edition, Origin
from frontdoor.keeping import Kept, digests, kept, numbers, restore
from frontdoor.library import Library, load, shipped
from frontdoor.replay.audit import Audit, run
from frontdoor.replay.explain import explain
from frontdoor.report import summary, workflow_text
from frontdoor.testing import histories, libraries
from frontdoor.testing.recount import read_text
from frontdoor.timescale import Timescale
from frontdoor.workflow import State, Timer, Transition, Workflow
from frontdoor.working_days import Calendar

OVERLAYS = [(), ("london_mash",), ("wexcombe",), ("london_mash", "wexcombe")]
thoroughly = settings(
    deadline=None, phases=set(Phase) - {Phase.explain}, suppress_health_check=list(HealthCheck), max_examples=30
)

loaded = cache(lambda *overlays: load(local=overlays))
overlaid = pytest.mark.parametrize("overlays", OVERLAYS, ids=lambda names: " and ".join(names) or "bare")


def again(library: Library) -> Library:
    """The library, kept and restored."""
    stored = kept(library)
    return restore(stored.content, stored.workflows, digest=stored.digest)


def small(**changes: Any) -> Library:
    """One workflow under one edition, written here in full."""
    flow = Workflow(
        name="permit", title="Permit", initial="open", opens_with="apply", roles=["clerk", "manager"],
        states=[State("open", "Open"), State("done", "Décidé", final=True)],
        transitions=[Transition("apply", "Apply"), Transition("decide", "Decide", ["open"], "done", by=["manager"])],
        timers=[Timer("decision", "Decide", ["apply"], runs_in=["open"], allowed=Timescale.parse("8 weeks"), cites="The Act")],
    )  # fmt: skip
    origins = {
        ("permit",): Origin("/srv/ours/permit.toml", ""),
        ("permit", "timers", "decision", "allowed"): Origin("rules.toml", "workflows.permit.timers.decision"),
    }
    composed = Composed({"permit": flow}, frozenset({"permit"}), origins)
    edition = Edition("rules_1", "The rules", in_force_from=date(2010, 1, 1), file="rules.toml")
    calendar = Calendar("2010-2012", 2010, 2012, {date(2010, 1, 1): "New Year's Day"})
    made = Library((edition,), (date(2010, 1, 1),), (), calendar, {None: composed, "rules_1": composed})
    return attrs.evolve(made, **changes)


# Equal in all that is asked of it.


def replays_the_same(library: Library, history: str) -> None:
    """Tables, findings, explanations, summaries: number for number and text for text."""
    source, restored = read_text(history), again(library)
    before, after = run(source, library), run(source, restored)
    assert after.deadlines.equals(before.deadlines) and after.findings.equals(before.findings)
    assert told(after) == told(before)


def told(found: Audit) -> list[str]:
    """What people read of an audit."""
    pairs = found.deadlines.select("case_id", "timer").unique(maintain_order=True).iter_rows()
    explained = [one for case, timer in pairs for one in explain(found, case, timer)]
    page = StringIO()
    summary.show(found, Console(file=page, width=120))
    return [json.dumps(one.as_object()) + one.told(every_day=True) for one in explained] + [page.getvalue()]


@thoroughly
@given(st.data())
def test_any_library_replays_from_what_is_kept_of_it_as_from_its_files(data):
    library = data.draw(libraries())
    replays_the_same(library, data.draw(histories(library)))


@overlaid
def test_the_shipped_library_replays_from_what_is_kept_of_it_as_from_its_files(overlays):
    @settings(thoroughly, max_examples=6)
    @given(histories(loaded(*overlays)))
    def replay(history: str) -> None:
        replays_the_same(loaded(*overlays), history)

    replay()


def same_in_all_that_is_asked(library: Library) -> None:
    restored = again(library)
    assert kept(restored) == kept(library)
    assert compile_rules(restored).rules == compile_rules(library).rules
    assert (restored.names(), restored.starts, restored.calendar) == (library.names(), library.starts, library.calendar)
    for edition in (None, *(edition.name for edition in library.editions)):
        was, now = library.composed[edition], restored.composed[edition]
        assert (now.workflows, now.has) == (was.workflows, was.has)
        assert [list(flow.transitions) for flow in now.workflows.values()] == [
            list(flow.transitions) for flow in was.workflows.values()
        ], "in the order they are written"
        assert {path: now.origin(*path) for path in was.origins} == was.origins
    assert list(workflow_text.listing(restored)) == list(workflow_text.listing(library))
    for name in library.names():
        assert list(workflow_text.sentences(restored, name)) == list(workflow_text.sentences(library, name))


@thoroughly
@given(libraries())
def test_any_library_comes_back_whole_and_is_kept_again_the_same(library):
    same_in_all_that_is_asked(library)


@overlaid
def test_the_shipped_library_comes_back_whole_and_is_kept_again_the_same(overlays):
    same_in_all_that_is_asked(loaded(*overlays))


def test_one_edition_for_all_days_comes_back():
    same_in_all_that_is_asked(load(guidance="working_together_2010"))


def test_workflows_without_guidance_come_back(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("workflows").mkdir()
    Path("workflows/permit.toml").write_text(
        'initial = "open"\nopens_with = "apply"\n[states.open]\n[states.done]\nfinal = true\n[transitions.apply]\n'
        '[transitions.decide]\nfrom = ["open"]\nto = "done"\n'
        '[timers.decision]\ncounts_from = ["apply"]\nruns_in = ["open"]\nallowed = "8 weeks"\n'
    )
    same_in_all_that_is_asked(load("workflows"))


def test_what_says_nothing_and_what_says_nobody_are_told_apart():
    library = small()
    flow = attrs.evolve(library.composed["rules_1"].workflows["permit"], roles=[])
    composed = attrs.evolve(library.composed["rules_1"], workflows={"permit": flow})
    restored = again(attrs.evolve(library, composed={None: composed, "rules_1": composed}))
    assert restored.composed["rules_1"].workflows["permit"].roles == ()


# A digest depends on what the files say, and on nothing else.


def test_a_document_is_canonical_json():
    stored = kept(small())
    for text in (stored.content, *stored.workflows.values()):
        assert text == json.dumps(json.loads(text), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert "Décidé" in stored.workflows[digests(small())["rules_1", "permit"]]


def test_the_digests_of_a_library_are_these_for_ever():
    """A change here makes every log keep its library anew, and reads no old one otherwise: raise the format if it would."""
    stored = kept(small())
    assert digests(small()) == {
        ("", "permit"): "f2dc2026027fda7b3fccd9aa940624d8f442a28ce9cb97324b0391e2f7401870",
        ("rules_1", "permit"): "b2741dd72ebda577710209ab6f72861948930191f932a06c28312eae8d0af71d",
    }
    assert stored.digest == "231a0370c5cd54db6da2335f328e7d226612733ec3bea907484a89771d896ff8"
    assert json.loads(stored.workflows[digests(small())["rules_1", "permit"]]) == {
        "edition": "rules_1",
        "has": True,
        "origins": {
            "file": "permit.toml",
            "others": {
                "permit.toml": {"": [["states"], ["states", "done"], ["states", "open"], ["timers"], ["timers", "decision"],
                                     ["transitions"], ["transitions", "apply"], ["transitions", "decide"]]},
                "rules.toml": {"workflows.permit.timers.decision": [["timers", "decision", "allowed"]]},
            },
        },
        "workflow": {
            "name": "permit", "title": "Permit", "initial": "open", "opens_with": "apply", "roles": ["clerk", "manager"],
            "states": [{"name": "open", "title": "Open"}, {"name": "done", "title": "Décidé", "final": True}],
            "transitions": [
                {"name": "apply", "title": "Apply"},
                {"name": "decide", "title": "Decide", "from_": ["open"], "to": "done", "by": ["manager"]},
            ],
            "timers": [
                {"name": "decision", "title": "Decide", "counts_from": ["apply"], "anchor": "first", "runs_in": ["open"],
                 "basis": "local", "allowed": "8 weeks", "cites": "The Act"},
            ],
        },
    }  # fmt: skip


def shuffled(mapping: Any, rng: random.Random) -> dict[Any, Any]:
    items = list(mapping.items())
    rng.shuffle(items)
    return dict(items)


@pytest.mark.parametrize("seed", range(4))
def test_the_order_in_which_files_and_values_were_read_is_no_part_of_a_digest(seed):
    rng, library = random.Random(seed), loaded("london_mash", "wexcombe")
    composed = {
        name: attrs.evolve(one, workflows=shuffled(one.workflows, rng), origins=shuffled(one.origins, rng))
        for name, one in shuffled(library.composed, rng).items()
    }
    calendar = attrs.evolve(library.calendar, holidays=shuffled(library.calendar.holidays, rng))
    assert kept(attrs.evolve(library, composed=composed, calendar=calendar)) == kept(library)


def test_another_python_process_makes_the_same_digests():
    code = "from frontdoor.keeping import kept; from frontdoor.library import load; print(kept(load(local=['wexcombe'])).digest)"
    seen = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True,
            check=True, cwd=Path(__file__).parents[1],
        ).stdout.strip()
        for seed in ("1", "2")
    }  # fmt: skip
    assert seen == {kept(loaded("wexcombe")).digest}


@pytest.mark.parametrize("place", ["workflows", "deep/er/workflows"])
def test_where_the_files_are_is_no_part_of_a_digest(tmp_path, place):
    shutil.copytree(shipped(), tmp_path / place)
    assert kept(load(tmp_path / place)).digest == kept(loaded()).digest


def test_a_file_in_a_folder_of_another_name_is_named_alone(tmp_path, monkeypatch):
    text = '[workflows.referral.timers.decision]\nallowed = "4 hours"\n'
    for folder in ("here", "there"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "ours.toml").write_text(text)
    monkeypatch.chdir(tmp_path / "here")
    stored = [
        kept(load(local=[file])) for file in ("ours.toml", tmp_path / "here/ours.toml", tmp_path / "there/ours.toml")
    ]
    assert stored[0] == stored[1] == stored[2]
    assert str(tmp_path) not in stored[1].content + "".join(stored[1].workflows.values())
    origin = restore(stored[1].content, stored[1].workflows).under().origin("referral", "timers", "decision", "allowed")
    assert str(origin) == "ours.toml [workflows.referral.timers.decision]"


def test_a_digest_names_the_edition_with_the_workflow():
    flows = loaded().under("working_together_2018").workflows["contact"], loaded().under().workflows["contact"]
    assert flows[0] == flows[1]
    of = digests(loaded())
    assert of["working_together_2018", "contact"] != of["working_together_2026", "contact"]
    assert len(set(of.values())) == len(of) == 8 * len(loaded().names())


def test_a_workflow_that_did_not_change_keeps_its_digest_when_another_does():
    bare, mash = digests(loaded()), digests(loaded("london_mash"))
    changed = {name for edition, name in bare if bare[edition, name] != mash[edition, name]}
    assert changed == {"mash"}


def test_closed_days_and_starts_change_the_library_and_no_workflow():
    library = loaded()
    for other in (
        attrs.evolve(library, calendar=library.calendar.with_closures({date(2026, 12, 24): "Closed"})),
        attrs.evolve(library, starts=(*library.starts[:-1], date(2026, 5, 1))),
    ):
        assert digests(other) == digests(library) and kept(other).digest != kept(library).digest
        same_in_all_that_is_asked(other)


def test_the_shipped_library_is_kept_in_less_than_two_hundred_thousand_bytes():
    stored = kept(loaded())
    assert len(stored.content.encode()) + sum(len(text.encode()) for text in stored.workflows.values()) < 200_000


# Which edition a digest binds to.


def test_a_digest_is_numbered_as_the_tables_number_its_edition():
    library, older = loaded(), loaded("london_mash")
    compiled, found = compile_rules(library, older=[older]), numbers(library, [older])
    for (edition, _), digest in digests(library).items():
        assert (
            compiled.edition(found[digest]) == edition
            and compiled.composed(found[digest]) is library.composed[edition or None]
        )
    theirs = digests(older)
    assert found[theirs["working_together_2006", "mash"]] == len(library.editions)
    assert found[theirs["", "mash"]] == 2 * len(library.editions), "the days before its first edition"
    assert found[theirs["working_together_2006", "referral"]] == 0, "it is the same today"


# What was altered since.


def test_every_altered_document_is_told():
    stored = kept(small())
    (before, rules) = digests(small()).values()
    for digest in (before, rules):
        altered = {**stored.workflows, digest: stored.workflows[digest].replace("8 weeks", "9 weeks")}
        with pytest.raises(
            LogTampered, match=rf"^the workflow permit that the log keeps as {digest} is not what was kept"
        ):
            restore(stored.content, altered, digest=stored.digest)
    with pytest.raises(LogTampered, match=rf"^the library that the log keeps as {stored.digest} is not what was kept"):
        restore(stored.content.replace("2012", "2013"), stored.workflows, digest=stored.digest)


def test_a_document_that_is_gone_is_told():
    stored = kept(small())
    with pytest.raises(
        LogTampered, match="^the log does not hold the workflow [0-9a-f]{64} that its library names permit"
    ):
        restore(stored.content, {})


def test_a_document_under_another_name_is_told():
    stored = kept(small())
    before, rules = digests(small()).values()
    with pytest.raises(LogTampered, match=f"^the workflow {rules} is not permit of no edition, as the library says"):
        restore(stored.content.replace(before, rules), stored.workflows)


def test_a_library_of_a_later_version_is_refused():
    stored = kept(small())
    with pytest.raises(OldSchema, match="kept by a later version of frontdoor") as raised:
        restore(stored.content.replace('"format":1', '"format":2'), stored.workflows)
    assert (raised.value.found, raised.value.known) == (2, 1)


def rewritten(stored: Kept, alter: Callable[[Any, Any], None]) -> Kept:
    """The content and the documents with something altered in them, and digests that fit."""
    content = json.loads(stored.content)
    documents = {digest: json.loads(text) for digest, text in stored.workflows.items()}
    alter(content, documents)
    fresh, renamed = {}, {}
    for digest, document in documents.items():
        text = json.dumps(document)
        renamed[digest] = hashlib.sha256(text.encode()).hexdigest()
        fresh[renamed[digest]] = text
    text = json.dumps(content)
    for old, new in renamed.items():
        text = text.replace(old, new)
    return Kept(hashlib.sha256(text.encode()).hexdigest(), text, fresh)


def every(change: Callable[[Any], Any]) -> Callable[[Any, Any], None]:
    return lambda _, documents: [change(document) for document in documents.values()] and None


@pytest.mark.parametrize(
    ("alter", "why"),
    [
        (lambda content, _: content.pop("calendar"), "'calendar' is missing"),
        (lambda content, _: content.pop("format"), "'format' is missing"),
        (lambda content, _: content["editions"][0].update(title=7), "title of edition 'rules_1' is not text"),
        (lambda content, _: content["editions"][0].update(in_force_from="spring"), "in_force_from of edition 'rules_1' is not a date"),
        (lambda content, _: content["editions"][0].update(starts="spring"), "Invalid isoformat string: 'spring'"),
        (lambda content, _: content.update(editions=3), "it is not laid out as one"),
        (lambda content, _: content["calendar"].update(first="2010"), "it is not laid out as one"),
        (every(lambda one: one["workflow"]["timers"][0].update(allowed="soon")), "allowed of timer 'decision' is not a timescale"),
        (every(lambda one: one["workflow"]["states"][0].update(final="no")), "final of state 'open' is not true or false"),
        (every(lambda one: one["workflow"]["transitions"][1].update(from_="open")), "from_ of transition 'decide' is not a list of texts"),
        (every(lambda one: one.pop("origins")), "'origins' is missing"),
    ],
)  # fmt: skip
def test_what_is_no_library_is_one_sentence(alter, why):
    stored = rewritten(kept(small()), alter)
    with pytest.raises(LogTampered) as raised:
        restore(stored.content, stored.workflows, digest=stored.digest)
    assert str(raised.value) == f"what the log keeps as a library cannot be read: {why}."


@pytest.mark.parametrize("content", ["", "{", "[]", "7", "null", "[" * 100_000, '{"format":"1"}', '{"format":1}'])
def test_what_is_no_json_of_ours_is_one_sentence(content):
    with pytest.raises(LogTampered, match=r"^what the log keeps as a library cannot be read: [^\n]+\.$"):
        restore(content, {})


@thoroughly
@given(st.data())
def test_whatever_is_put_in_the_place_of_a_value_is_read_or_refused(data):
    def alter(content: Any, documents: Any) -> None:
        here = data.draw(st.sampled_from([content, *documents.values()]))
        while isinstance(here, (dict, list)) and here:
            key = data.draw(st.sampled_from(sorted(here) if isinstance(here, dict) else range(len(here))))
            if not isinstance(here[key], (dict, list)) or not here[key] or data.draw(st.integers(0, 3)) == 0:
                here[key] = data.draw(
                    st.sampled_from([None, 0, -3, 2.5, True, "", "x", [], {}, ["x"], {"x": "y"}, [[1]]])
                )
                return
            here = here[key]

    stored = rewritten(kept(small()), alter)
    try:
        restore(stored.content, stored.workflows, digest=stored.digest)
    except (LogTampered, OldSchema) as error:
        assert "\n" not in str(error)
