"""What is wrong with a file is told at once, each fault in a sentence with its file, its table and what to do."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

import frontdoor
from frontdoor.errors import Fault, InvalidWorkflow, WorkflowError
from frontdoor.library import load, shipped, survey
from tests.commands import frontdoor as run

STATES = """
[states.received]
title = "Received"
[states.decided]
title = "Decided"
final = true
"""
MOVES = """
[transitions.apply]
title = "Apply"
[transitions.decide]
title = "Decide"
from = ["received"]
to = "decided"
by = ["manager"]
"""
CLOCK = """
[timers.decision]
title = "Decide"
counts_from = ["apply"]
runs_in = ["received"]
basis = "local"
allowed = "10 days"
"""
HEAD = 'title = "Permit"\ninitial = "received"\nopens_with = "apply"\n'
PERMIT = HEAD + STATES + MOVES + CLOCK
FIRST = 'title = "First"\nin_force_from = 2001-01-01\n[workflows.permit.timers.decision]\nallowed = "9 days"\n'


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files, name = text, into a folder."""
    for name, text in files.items():
        path = folder / f"{name}.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def found(folder: Path, files: Mapping[str, str | bytes]) -> list[Fault]:
    """The faults of a folder of files; those under locals/ are laid over."""
    write(folder, files)
    _, faults = survey(folder, local=sorted(folder.glob("locals/*.toml")))
    return faults


def permit(old: str = "", new: str = "", add: str = "") -> dict[str, str | bytes]:
    """The workflow `permit` with one text in it replaced, or tables added."""
    assert old in PERMIT
    return {"permit": (PERMIT.replace(old, new) if old else PERMIT) + add}


def amended(text: str, **more: str) -> dict[str, str | bytes]:
    """Sound workflows and a first edition, with a second given."""
    return {"permit": PERMIT, "guidance/first": FIRST, "guidance/second": text, **more}


def local(text: str) -> dict[str, str | bytes]:
    """Sound workflows with a local file laid over."""
    return {"permit": PERMIT, "locals/ours": text}


def calendar(text: str) -> dict[str, str | bytes]:
    """Sound workflows with a calendar of their own."""
    return {"permit": PERMIT, "bank_holidays": text}


MANY = "".join(f'[transitions.t{n}]\ntitle = "T{n}"\nfrom = ["received"]\nneeds = ["n{n}"]\n' for n in range(61))
MANY_STATES = "".join(f'[states.s{n}]\ntitle = "S{n}"\nfinal = true\n' for n in range(61)) + "".join(
    f'[transitions.t{n}]\ntitle = "T{n}"\nfrom = ["received"]\nto = "s{n}"\n' for n in range(61)
)

# Every fault there is, with files that have it: code, what it is about, the files, the file and table it names, and
# words of its message.
FAULTS: list[tuple[str, str, dict[str, str | bytes], str, str, str]] = [
    ("unreadable", "not UTF-8", {"permit": PERMIT.encode() + b"\xff"}, "permit", "", "is not UTF-8 text (byte "),
    ("not-toml", "a broken line", permit(add="\n[states"), "permit", "", "is not TOML: "),
    ("not-toml", "a key twice", permit(add='\n[states.received]\ntitle = "Again"'), "permit", "", "is not TOML: "),
    ("unknown-key", "at the top", permit("initial", "inital"), "permit", "inital", "there is no 'inital' here."),
    ("unknown-key", "in a state", permit("final = true", "finl = true"), "permit", "states.decided.finl", "no 'finl'"),
    ("unknown-key", "in a transition", permit('to = "', 'too = "'), "permit", "transitions.decide.too", "no 'too'"),
    ("unknown-key", "in a timer", permit("runs_in", "run_in"), "permit", "timers.decision.run_in", "no 'run_in'"),
    ("unknown-key", "departs in a workflow", permit(add='departs = "x"'), "permit", "timers.decision.departs", "departs"),
    ("unknown-key", "in an edition", amended('amends = "first"\nadopts = {}'), "second", "adopts", "no 'adopts'"),
    ("unknown-key", "in a local file", local("adopt = {}"), "ours", "adopt", "no 'adopt'"),
    ("wrong-value", "no text", permit('title = "Permit"', "title = 5"), "permit", "title", "must be text in quotes"),
    ("wrong-value", "blank text", permit('title = "Permit"', 'title = " "'), "permit", "title", "must be text in quotes"),
    ("wrong-value", "no list", permit('["received"]\nto', '"received"\nto'), "permit", "transitions.decide.from", "a list"),
    ("wrong-value", "no flag", permit("final = true", "final = 1"), "permit", "states.decided.final", "true or false"),
    ("wrong-value", "no day", amended("in_force_from = '2005-01-01'"), "second", "in_force_from", "without quotes"),
    ("wrong-value", "a moment for a day", local("adopts = {first = 2005-01-01T00:00:00}"), "ours", "adopts.first", "a date"),
    ("wrong-value", "no length", permit("10 days", "10 Days"), "permit", "timers.decision.allowed", "not a timescale"),
    ("unknown-name", "by", permit('["manager"]', '["mangaer"]'), "permit", "transitions.decide", "no role 'mangaer'"),
    ("unknown-name", "by, of its own roles", permit(HEAD, HEAD + "roles = ['clerk']\n"), "permit", "transitions.decide", "'manager'"),
    ("wrong-name", "a state", permit(add='[states."On hold"]\ntitle = "On hold"'), "permit", "states.On hold", "is not a name"),
    ("wrong-name", "a file", {"permit": PERMIT, "my-letter": PERMIT}, "my-letter", "", "the name of what it declares"),
    ("wrong-value", "no basis", permit('"local"', '"national"'), "permit", "timers.decision.basis", "statutory, local"),
    ("wrong-value", "no anchor", permit(add='anchor = "last"'), "permit", "timers.decision.anchor", "first, latest"),
    ("wrong-value", "no grade", permit(add='grade = "A"'), "permit", "timers.decision.grade", "V-local, V-2nd"),
    ("wrong-value", "no table", permit(STATES, "states = []"), "permit", "states", "must be a table, like [states]"),
    ("wrong-value", "no number", calendar("version='v'\nfirst='2000'\nlast=2030"), "bank_holidays", "first", "whole number"),
    (
        "wrong-value", "no date of a holiday", calendar("version='v'\nfirst=2000\nlast=2030\n[2026]\nmonday='X'"),
        "bank_holidays", "2026", "'monday' is not a date",
    ),
    (
        "wrong-value", "a holiday outside the years", calendar("version='v'\nfirst=2026\nlast=2026\n[2027]\n2027-01-01='X'"),
        "bank_holidays", "2027", "2027-01-01 lies outside 2026 to 2026",
    ),
    ("wrong-value", "no date of a closure", local("[closures]\nxmas = 'Shut'"), "ours", "closures", "'xmas' is not a date"),
    ("missing-key", "no version", calendar("first = 2000\nlast = 2030"), "bank_holidays", "", "version is missing"),
    ("missing-key", "no initial", permit('initial = "received"\n'), "permit", "", "initial is missing"),
    ("missing-key", "no opens_with", permit('opens_with = "apply"\n'), "permit", "", "opens_with is missing"),
    ("missing-key", "no from", permit('from = ["received"]\n'), "permit", "transitions.decide", "decide has no from"),
    ("missing-key", "no counts_from", permit('counts_from = ["apply"]\n'), "permit", "timers.decision", "no counts_from"),
    ("missing-key", "neither runs_in nor until", permit('runs_in = ["received"]\n'), "permit", "timers.decision", "either"),
    ("missing-key", "runs_in and until", permit(add='until = ["decide"]'), "permit", "timers.decision", "not both"),
    ("unknown-name", "initial", permit('initial = "received"', 'initial = "recieved"'), "permit", "initial", "'recieved'"),
    ("unknown-name", "opens_with", permit('"apply"\n', '"aply"\n'), "permit", "opens_with", "no transition 'aply'"),
    ("unknown-name", "after", permit(HEAD, HEAD + "after = ['permit.aply']\n"), "permit", "after", "transition of permit 'aply'"),
    ("unknown-name", "after, a workflow", permit(HEAD, HEAD + "after = ['pemit.apply']\n"), "permit", "after", "'pemit'"),
    ("unknown-name", "after, unqualified", permit(HEAD, HEAD + "after = ['apply']\n"), "permit", "after", "without its workflow"),
    ("unknown-name", "from", permit('["received"]\nto', '["recieved"]\nto'), "permit", "transitions.decide", "'recieved'"),
    ("unknown-name", "to", permit('to = "decided"', 'to = "decide"'), "permit", "transitions.decide", "no state 'decide'"),
    ("unknown-name", "not_by", permit('to = "', 'not_by = "aply"\nto = "'), "permit", "transitions.decide", "'aply'"),
    ("unknown-name", "opens", permit('to = "', 'opens = "pemit"\nto = "'), "permit", "transitions.decide", "'pemit'"),
    (
        "unknown-name", "not_while_open", permit('to = "', 'not_while_open = ["pemit"]\nto = "'),
        "permit", "transitions.decide", "no workflow 'pemit'",
    ),
    ("unknown-name", "counts_from", permit('["apply"]', '["aply"]'), "permit", "timers.decision", "'aply'"),
    ("unknown-name", "counts_from elsewhere", permit('["apply"]', '["x.apply"]'), "permit", "timers.decision", "workflow 'x'"),
    ("unknown-name", "runs_in", permit('runs_in = ["r', 'runs_in = ["d'), "permit", "timers.decision", "no state 'deceived'"),
    ("unknown-name", "until", permit('runs_in = ["received', 'until = ["decid'), "permit", "timers.decision", "'decid'"),
    ("unknown-name", "met_by", permit(add='met_by = ["decid"]'), "permit", "timers.decision", "no transition 'decid'"),
    ("unknown-name", "amends", amended('amends = "frist"'), "second", "amends", "amends no edition 'frist'"),
    ("unknown-name", "adopts", amended("amends = 'first'") | {"locals/ours": "adopts = {scond = 2005-01-01}"},
     "ours", "adopts.scond", "no edition 'scond'"),
    ("unknown-name", "a workflow laid over", local("[workflows.pemit.timers.decision]\nallowed = '1 day'"),
     "ours", "workflows.pemit", "no workflow 'pemit'"),
    ("unknown-name", "a timer laid over", local("[workflows.permit.timers.decison]\nallowed = '1 day'"),
     "ours", "workflows.permit.timers.decison", "no timer 'decison' in permit to change"),
    ("unknown-name", "removes", local("removes = ['workflows.pemit']"), "ours", "removes", "to take away"),
    ("opening-moves", "a from", permit('"Apply"', '"Apply"\nfrom = ["received"]'), "permit", "transitions.apply", "no from"),
    ("opening-moves", "a to", permit('"Apply"', '"Apply"\nto = "decided"'), "permit", "transitions.apply", "no to"),
    ("unused-key", "then", permit(add="then = '5 days'"), "permit", "timers.decision", 'anchor = "latest"'),
    ("unreachable", "a state", permit(add="[states.lost]\ntitle = 'Lost'"), "permit", "states.lost", "can come to lost"),
    (
        "inescapable", "a state", permit(add="[states.lost]\ntitle = 'Lost'\n[transitions.lose]\nfrom = ['received']\nto = 'lost'"),
        "permit", "states.lost", "can end from lost",
    ),
    (
        "shadowed", "a transition", permit(add="[transitions.settle]\nfrom = ['received']\nto = 'decided'\nby = ['manager']"),
        "permit", "transitions.settle", "settle can never be needed: decide leads",
    ),
    ("unguarded", "a state", permit(CLOCK, ""), "permit", "states.received", "can wait in received with no clock"),
    ("guarded", "a state", permit('"Received"', '"Received"\nunguarded = "It is right."'), "permit", "states.received", "but one"),
    ("too-many", "transitions", permit(add=MANY), "permit", "", "63 transitions; 60 are the most"),
    ("too-many", "states", permit(add=MANY_STATES), "permit", "", "63 states; 60 are the most"),
    ("too-many", "details", permit(add=MANY), "workflows", "", "61 needed details; 60 are the most"),
    (
        "too-many", "workflows", {f"w{n}": PERMIT for n in range(61)}, "workflows", "", "61 workflows; 60 are the most",
    ),
    (
        "no-length", "no edition gives one",
        {"permit": PERMIT.replace('allowed = "10 days"\n', "").replace('"Received"', '"Received"\nunguarded = "So."'),
         "guidance/first": "in_force_from = 2001-01-01\n[workflows.permit]\nabout = 'No figure.'"},
        "permit", "timers.decision", "how long permit.decision allows",
    ),
    (
        "not-in-edition", "opens one taken away",
        {"permit": PERMIT.replace('to = "', 'opens = "letter"\nto = "'), "letter": PERMIT, "guidance/first": FIRST,
         "guidance/second": "amends = 'first'\n[workflows.letter.timers.decision]\nallowed = '1 day'"},
        "permit", "transitions.decide", "opens letter, which this edition does not have",
    ),
    ("broken-chain", "amends nothing", amended("in_force_from = 2005-01-01"), "second", "amends", "after first and must amend"),
    (
        "broken-chain", "the first amends another", amended("in_force_from = 1999-01-01\namends = 'first'"),
        "second", "amends", "is the first edition in force",
    ),
    (
        "loosens", "a longer time",
        {"permit": PERMIT.replace('"local"', '"statutory"'), "locals/ours": "[workflows.permit.timers.decision]\nallowed = '11 days'"},
        "ours", "workflows.permit.timers.decision", "loosens the statutory 10 days to 11 days",
    ),
    ("loosens", "takes one away", local("removes = ['workflows.permit']"), "ours", "removes", "cannot take away"),
    (
        "local-conflict", "two figures",
        local("[workflows.permit.timers.decision]\nallowed = '5 days'") | {"locals/theirs": "[workflows.permit.timers.decision]\nallowed = '6 days'"},
        "theirs", "workflows.permit.timers.decision", "sets allowed to something else",
    ),
    ("no-workflows", "an empty folder", {"guidance/first": FIRST}, "", "", "has no workflow files"),
]  # fmt: skip

every_fault = pytest.mark.parametrize(
    ("code", "files", "file", "where", "words"),
    [pytest.param(code, *rest, id=f"{code}: {about}") for code, about, *rest in FAULTS],
)


def test_the_files_that_these_tests_change_are_sound(tmp_path: Path) -> None:
    assert found(tmp_path, amended('in_force_from = 2005-01-01\namends = "first"', **{"locals/ours": ""})) == []


@every_fault
def test_a_fault_has_its_code_its_file_its_table_and_its_words(
    tmp_path: Path, code: str, files: Mapping[str, str | bytes], file: str, where: str, words: str
) -> None:
    faults = [fault for fault in found(tmp_path, files) if fault.code == code and words in fault.message]
    assert len(faults) == 1
    assert Path(faults[0].file).stem == (file or tmp_path.name)
    assert faults[0].where == where


@every_fault
def test_a_fault_is_one_clear_sentence_with_any_advice_after_it(
    tmp_path: Path, code: str, files: Mapping[str, str | bytes], file: str, where: str, words: str
) -> None:
    fault = next(fault for fault in found(tmp_path, files) if fault.code == code and words in fault.message)
    text = str(fault)
    assert text.startswith(f"{fault.file}: {where}: " if where else f"{fault.file}: ")
    assert fault.message.endswith(".") and "Did you mean" not in fault.message
    assert not any(slip in text.replace('"..."', "") for slip in ("?.", "..", "  ", "\n"))
    assert not fault.advice or fault.advice.endswith((".", "?", '"'))


def raised_codes() -> set[str]:
    """Every code that the modules about files give a fault: the third of `Fault(...)`, else that of their own maker."""
    codes = set()
    for name in ("reading", "layering", "guidance", "checking", "library"):
        tree = ast.parse((Path(frontdoor.__file__).parent / f"{name}.py").read_text(encoding="utf-8"))
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            made = getattr(call.func, "id", getattr(call.func, "attr", ""))
            place = {"Fault": 2, "fault": 1, "_fault": 1}.get(made)
            if place is not None:
                code = call.args[place]
                if isinstance(code, ast.Constant):
                    codes.add(code.value)
    return codes


def test_every_code_that_the_checks_can_give_is_tried_here() -> None:
    assert raised_codes() == {code for code, *_ in FAULTS}


# ---- all at once ----


def codes(faults: Iterable[Fault]) -> list[str]:
    return sorted(fault.code for fault in faults)


def test_all_that_cannot_be_read_in_a_file_is_told_together(tmp_path: Path) -> None:
    text = (
        PERMIT.replace('"Permit"', "5").replace("runs_in", "run_in").replace("10 days", "soon").replace("final", "finl")
    )
    faults = found(tmp_path, {"permit": text})
    assert {(fault.where, fault.code) for fault in faults} >= {
        ("title", "wrong-value"),
        ("timers.decision.run_in", "unknown-key"),
        ("timers.decision.allowed", "wrong-value"),
        ("states.decided.finl", "unknown-key"),
    }


def test_all_unknown_names_of_a_file_are_told_together(tmp_path: Path) -> None:
    text = PERMIT.replace('by = ["manager"]', 'by = ["x"]\nnot_by = "y"\nnot_while_open = ["z"]')
    faults = found(tmp_path, {"permit": text})
    assert codes(faults) == ["unknown-name"] * 3 and len({fault.message for fault in faults}) == 3


def test_all_that_is_wrong_with_the_shape_of_a_workflow_is_told_together(tmp_path: Path) -> None:
    faults = found(
        tmp_path,
        permit(
            CLOCK, "",
            "[states.lost]\ntitle = 'Lost'\nfinal = true\n[states.stuck]\ntitle = 'Stuck'\n"
            "[transitions.stick]\nfrom = ['received']\nto = 'stuck'\n",
        ),
    )  # fmt: skip
    assert codes(faults) == ["inescapable", "unguarded", "unguarded", "unreachable"]


LOST = "[states.lost]\ntitle = 'Lost'\nfinal = true\n"


def test_two_workflows_that_are_wrong_in_shape_are_told_together(tmp_path: Path) -> None:
    faults = found(tmp_path, {"permit": PERMIT + LOST, "letter": PERMIT + LOST})
    assert {(Path(fault.file).stem, fault.code) for fault in faults} == {
        ("permit", "unreachable"),
        ("letter", "unreachable"),
    }


def test_an_unknown_name_in_one_workflow_does_not_hide_what_is_wrong_with_another(tmp_path: Path) -> None:
    faults = found(tmp_path, {"letter": PERMIT.replace('["manager"]', '["mangaer"]'), "permit": PERMIT + LOST})
    assert {(Path(fault.file).stem, fault.code) for fault in faults} == {
        ("letter", "unknown-name"),
        ("permit", "unreachable"),
    }


def test_a_value_that_cannot_be_read_does_not_hide_what_else_is_wrong_with_the_file(tmp_path: Path) -> None:
    faults = found(tmp_path, {"permit": PERMIT.replace('"Permit"', "5") + LOST})
    assert codes(faults) == ["unreachable", "wrong-value"]


def test_a_file_that_is_not_toml_does_not_hide_what_is_wrong_with_another(tmp_path: Path) -> None:
    faults = found(tmp_path, {"letter": "title =", "permit": PERMIT.replace("final = true", "final = 1")})
    assert codes(faults) == ["not-toml", "wrong-value"]


def test_faults_of_a_workflow_an_edition_and_a_local_file_are_told_together(tmp_path: Path) -> None:
    faults = found(
        tmp_path,
        amended("amends = 5")
        | {"permit": PERMIT.replace("final = true", "final = 1"), "locals/ours": "[closures]\nxmas = 'x'"},
    )
    assert {Path(fault.file).stem for fault in faults} == {"permit", "second", "ours"}


def test_what_is_wrong_under_every_edition_is_told_once(tmp_path: Path) -> None:
    faults = found(tmp_path, amended("in_force_from = 2005-01-01\namends = 'first'") | {"permit": PERMIT + LOST})
    assert codes(faults) == ["unreachable"]


def test_loading_raises_all_faults_at_once_a_line_each(tmp_path: Path) -> None:
    write(tmp_path, {"permit": PERMIT.replace('"Permit"', "5").replace("Received", " ")})
    with pytest.raises(InvalidWorkflow) as raised:
        load(tmp_path)
    assert str(raised.value).splitlines() == [str(fault) for fault in raised.value.faults]
    assert len(raised.value.faults) == 2 and isinstance(raised.value, WorkflowError)


def test_surveying_gives_the_faults_and_no_library(tmp_path: Path) -> None:
    write(tmp_path, permit('"Permit"', "5"))
    library, faults = survey(tmp_path)
    assert library is None and codes(faults) == ["wrong-value"]


# ---- advice ----


@pytest.mark.parametrize(
    ("files", "meant"),
    [
        (permit("runs_in", "run_in"), "Did you mean runs_in"),
        (permit('["manager"]', '["mangaer"]'), "Did you mean manager"),
        (permit('to = "decided"', 'to = "decide"'), "Did you mean decided"),
        (permit('["apply"]', '["aply"]'), "Did you mean apply"),
        (local("[workflows.permit.timers.decison]\nallowed = '1 day'"), "Did you mean decision"),
        (local("[workflows.pemit.timers.decision]\nallowed = '1 day'"), "Did you mean permit"),
        (local("removes = ['workflows.permti']"), "Did you mean workflows.permit"),
        (amended('amends = "frist"'), "Did you mean first"),
        (amended("amends = 'first'") | {"locals/ours": "adopts = {scond = 2005-01-01}"}, "Did you mean second"),
    ],
)
def test_a_misspelt_name_is_answered_with_what_was_probably_meant(
    tmp_path: Path, files: Mapping[str, str | bytes], meant: str
) -> None:
    assert [f"{meant}?" in str(fault) for fault in found(tmp_path, files)].count(True) == 1


def test_a_name_that_resembles_nothing_is_answered_with_what_there_is(tmp_path: Path) -> None:
    fault = next(fault for fault in found(tmp_path, permit('to = "decided"', 'to = "zzz"')) if "zzz" in fault.message)
    assert str(fault).endswith("There are: decided, received.")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("10 days", "10 dayz"),
        ("runs_in", "run_in"),
        ('runs_in = ["received"]', 'runs_in = ["recieved"]'),
        ('opens_with = "apply"', 'opens_with = "aply"'),
        ('initial = "received"', 'initial = "recieved"'),
        ('["manager"]', '["mangaer"]'),
    ],
)
def test_a_slip_of_the_pen_is_not_answered_with_advice_to_add_what_is_there(tmp_path: Path, old: str, new: str) -> None:
    assert [str(fault) for fault in found(tmp_path, permit(old, new))][1:] == []


@pytest.mark.parametrize(("first", "last"), [(0, 2030), (2030, 2000), (2000, 99_999)])
def test_the_years_of_a_calendar_are_years_and_in_order(tmp_path: Path, first: int, last: int) -> None:
    assert found(tmp_path, calendar(f"version = 'v'\nfirst = {first}\nlast = {last}")) != []


# ---- files and folders ----


def test_a_folder_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    library, faults = survey(tmp_path / "nowhere")
    assert library is None and codes(faults) == ["unreadable"]
    assert "is not a folder of workflow files" in str(faults[0])


def test_a_local_file_that_is_not_there_is_a_fault_that_says_so(tmp_path: Path) -> None:
    _, faults = survey(local=tmp_path / "nowhere.toml")
    assert codes(faults) == ["unreadable"] and "cannot be read" in str(faults[0])


def test_a_folder_given_as_a_local_file_is_a_fault_that_says_so(tmp_path: Path) -> None:
    _, faults = survey(local=tmp_path)
    assert codes(faults) == ["unreadable"] and "is a folder, not a file" in str(faults[0])


def test_a_shipped_file_is_named_by_its_place_in_the_project() -> None:
    assert {edition.file for edition in load().editions} == {
        f"workflows/guidance/{path.name}" for path in (shipped() / "guidance").glob("*.toml")
    }


def test_the_shipped_files_are_sound_with_each_shipped_local_file_and_with_all_of_them() -> None:
    names = [path.stem for path in (shipped() / "local").glob("*.toml")]
    for chosen in ([], *([name] for name in names), names):
        assert survey(local=chosen)[1] == []


# ---- what is no fault ----


def test_a_wait_that_is_explained_needs_no_clock(tmp_path: Path) -> None:
    assert found(tmp_path, permit(CLOCK, "")) != []
    text = (HEAD + STATES + MOVES).replace('"Received"', '"Received"\nunguarded = "It is right."')
    assert found(tmp_path, {"permit": text}) == []


def test_of_two_alike_transitions_only_the_second_is_shadowed(tmp_path: Path) -> None:
    again = "[transitions.a_settle]\nfrom = ['received']\nto = 'decided'\nby = ['manager']"
    assert [fault.where for fault in found(tmp_path, permit(add=again))] == ["transitions.a_settle"]


@pytest.mark.parametrize(
    "difference",
    [
        "by = ['chair']",
        "by = ['manager']\nopens = 'permit'",
        "by = ['manager', 'chair']\nneeds = ['reason']",
    ],
)
def test_a_transition_that_others_may_do_or_that_does_more_is_not_shadowed(tmp_path: Path, difference: str) -> None:
    again = f"[transitions.settle]\nfrom = ['received']\nto = 'decided'\n{difference}"
    assert found(tmp_path, permit(add=again)) == []


def test_a_transition_by_fewer_people_who_must_record_more_is_shadowed(tmp_path: Path) -> None:
    again = "[transitions.settle]\nfrom = ['received']\nto = 'decided'\nby = ['manager']\nneeds = ['reason']"
    assert codes(found(tmp_path, permit(add=again))) == ["shadowed"]


def test_60_transitions_of_a_workflow_are_not_too_many(tmp_path: Path) -> None:
    most = "".join(f'[transitions.t{n}]\ntitle = "T{n}"\nfrom = ["received"]\nneeds = ["n{n}"]\n' for n in range(58))
    assert found(tmp_path, permit(add=most)) == []


def test_a_cycle_that_can_be_left_is_not_inescapable(tmp_path: Path) -> None:
    more = (
        "[states.paused]\ntitle = 'Paused'\nunguarded = 'It is right.'\n"
        "[transitions.pause]\nfrom = ['received']\nto = 'paused'\n"
        "[transitions.resume]\nfrom = ['paused']\nto = 'received'\n"
    )
    assert found(tmp_path, permit(add=more)) == []


def test_a_mapping_of_columns_is_checked_as_one(tmp_path):
    permits = Path(__file__).parents[1] / "examples" / "permits"
    fine = run("validate", permits / "mapping.toml", "--workflows", permits / "workflows")
    assert (fine.status, fine.err) == (0, "")
    (tmp_path / "bad.toml").write_text(
        (permits / "mapping.toml").read_text().replace("application.grant", "application.gant")
    )
    found = run("validate", tmp_path / "bad.toml", "--workflows", permits / "workflows")
    assert found.status == 3
    assert "no workflow has the transition 'application.gant'. Did you mean application.grant" in found.err
