"""`frontdoor draw`: which drawing it gives, where it puts it, and how it takes a mistake."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest

from frontdoor import load
from frontdoor.cli import main
from frontdoor.drawing import dot, mermaid

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = load()
LATEST = LIBRARY.editions[-1].title
with_graphviz = pytest.mark.skipif(which("dot") is None, reason="the program dot is not here: install graphviz")


@pytest.fixture
def draw(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run `frontdoor draw` with these words, in this process: its exit status, output and errors."""

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["frontdoor", "draw", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        return int(left.value.code or 0), *capsys.readouterr()

    return run


@pytest.mark.parametrize("name", LIBRARY.names())
def test_it_prints_mermaid_under_the_latest_edition(draw, name):
    status, out, err = draw(name)
    has = name in LIBRARY.under().has
    assert (status, err) == (0, "")
    assert out == mermaid(LIBRARY.workflow(name), under=LATEST + ("" if has else ", which does not have it"))


def test_the_lengths_are_those_of_the_guidance_that_is_asked_for(draw):
    out = [draw("initial_assessment", "--guidance", f"working_together_{year}")[1] for year in (2006, 2010)]
    assert ": 7 working days from referral.receive" in out[0]
    assert ": 10 working days from referral.receive" in out[1]
    assert LIBRARY.edition("working_together_2006").title in out[0]


def test_a_local_file_is_laid_over(draw):
    assert "2 hours from mash.rate_red" in draw("mash", "--local", "london_mash")[1]


def test_workflows_of_ones_own_are_drawn(draw, tmp_path):
    (tmp_path / "permit.toml").write_text(
        'title = "A permit: \\"quick\\""\ninitial = "open"\nopens_with = "start"\n'
        'states.open = {title = "Open", unguarded = "Nothing presses."}\nstates.done = {title = "Done", final = true}\n'
        'transitions.start = {title = "Start"}\ntransitions.close = {title = "Close", from = ["open"], to = "done"}\n'
    )
    status, out, _ = draw("permit", "--workflows", tmp_path)
    assert status == 0
    assert out.splitlines()[1].startswith('title: "A permit: \\"quick\\"')


def test_dot_gives_the_text_that_graphviz_draws_from(draw):
    assert draw("referral", "--dot") == (0, dot(LIBRARY.workflow("referral"), under=LATEST), "")


@pytest.mark.parametrize(("name", "begins"), [("a.mmd", "---"), ("a.dot", "digraph"), ("a.GV", "digraph")])
def test_a_file_is_of_the_kind_that_its_name_says(draw, tmp_path, name, begins):
    assert draw("referral", "--output", tmp_path / name) == (0, "", "")
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(begins)


def test_what_is_asked_for_goes_before_what_the_files_name_says(draw, tmp_path):
    draw("referral", "--dot", "--output", tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_text(encoding="utf-8").startswith("digraph")


@with_graphviz
@pytest.mark.parametrize("words", [["--svg"], ["-o", "a.svg"]], ids=" ".join)
def test_svg_is_drawn_by_graphviz(draw, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    status, out, err = draw("referral", *words)
    assert (status, err) == (0, "")
    drawn = out or (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert "<svg" in drawn and "Referral received, not yet decided" in drawn


def test_without_graphviz_svg_is_one_sentence_and_no_file(tmp_path):
    run = subprocess.run(
        [sys.executable, "-m", "frontdoor", "draw", "referral", "--svg", "--output", str(tmp_path / "a.svg")],
        capture_output=True, text=True, cwd=ROOT, env={**os.environ, "PATH": str(tmp_path), "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert run.returncode == 2
    assert run.stderr == (
        "frontdoor: Drawing SVG needs the program dot, which is not on the PATH: install graphviz "
        "(apt install graphviz, brew install graphviz).\n"
    )
    assert not list(tmp_path.iterdir())


def test_a_drawing_does_not_overwrite_the_local_file_it_is_of(draw, tmp_path):
    mine = tmp_path / "mine.toml"
    mine.write_text('title = "Mine"\n')
    status, out, err = draw("referral", "--local", mine, "--output", tmp_path / ".." / tmp_path.name / "mine.toml")
    assert (status, out) == (2, "")
    assert "is the local file itself: name another" in err
    assert mine.read_text() == 'title = "Mine"\n'


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["refferal"], 2, "there is no workflow called 'refferal'. Did you mean referral?"),
        (["referral", "--guidance", "working_together_2011"], 2, "Did you mean working_together_201"),
        (["referral", "--local", "nothing.toml"], 3, "nothing.toml: cannot be read: No such file or directory."),
        (["referral", "--workflows", "nowhere"], 3, "nowhere: is not a folder of workflow files."),
        (["referral", "--output", "/nowhere/a.mmd"], 2, "/nowhere/a.mmd cannot be written: No such file or directory."),
        (["referral", "--output", "."], 2, ". cannot be written: Is a directory."),
        (["referral", "--svg", "--dot"], 2, "--svg and --dot are two drawings: ask for one of them."),
        ([], 2, "Missing argument 'WORKFLOW'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_gets_one_sentence_and_a_status(draw, words, status, said):
    found, out, err = draw(*words)
    assert (found, out) == (status, "")
    assert said in err and "Traceback" not in err
