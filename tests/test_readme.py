"""What README.md shows is what happens."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TRANSCRIPTS = re.findall(r"```console\n\$ (.*?)\n(.*?)```", README, flags=re.S)


def run(command: str) -> str:
    """The standard output of a command of frontdoor, run in the checkout as README.md's reader would."""
    words = shlex.split(command)
    assert words[0] == "frontdoor"
    done = subprocess.run(
        [sys.executable, "-m", "frontdoor", *words[1:]], cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(("command", "shown"), TRANSCRIPTS, ids=[command for command, _ in TRANSCRIPTS])
def test_a_transcript_shows_what_the_command_prints(command: str, shown: str) -> None:
    """A line of three dots stands for any lines, to the end."""
    lines = [line.rstrip() for line in shown.rstrip().splitlines()]
    printed = [line.rstrip() for line in run(command).rstrip().splitlines()]
    if lines[-1] == "...":
        lines = lines[:-1]
        printed = printed[: len(lines)]
    assert printed == lines


def test_there_are_transcripts_to_hold_to() -> None:
    assert len(TRANSCRIPTS) >= 3


def test_the_set_up_commands_stand_on_lines_of_their_own() -> None:
    lines = [line.strip() for line in README.splitlines()]
    assert "pip install -e '.[all]' && frontdoor demo" in lines
    assert "pip install -e '.[all,dev]' && pytest" in lines


@pytest.mark.parametrize(
    "code", re.findall(r"```python\n(.*?)```", README, flags=re.S), ids=["simulation", "desk", "audit"]
)
def test_the_python_that_the_readme_shows_runs_and_says_what_its_comments_say(code, tmp_path, monkeypatch) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    said = dict(re.findall(r"^ *(\S.*?)\s{2,}# ('.*'|\{.*\}|\[.*\])$", code, flags=re.M))
    assert said
    checked = code
    for expression, value in said.items():
        checked = checked.replace(f"{expression}  # {value}", f"assert repr({expression}) == {value!r}")
    assert checked.count("assert") == len(said)
    exec(compile(checked, "README.md", "exec"), {})


def test_every_command_has_an_example_in_its_help() -> None:
    from frontdoor.cli import COMMANDS

    for command in (*COMMANDS, "workflows list", "workflows show", ""):
        assert "Example:" in run(f"frontdoor {command} --help"), command


def test_it_says_what_a_part_can_be_cut_out_by_and_that_the_columns_for_it_are_details() -> None:
    from frontdoor.cli.asking import _PARTS

    assert all(f"`{part}=`" in README or f"`--only {part}=" in README for part in _PARTS)
    assert "`team` and `priority`" in README


def test_what_it_shows_of_an_example_is_what_that_prints() -> None:
    shown = re.findall(r"```text\n(.*?)```", README, flags=re.S)
    printed = {path.read_text(encoding="utf-8") for path in (ROOT / "examples").glob("*.out")}
    assert shown
    assert set(shown) <= printed
