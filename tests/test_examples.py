"""Every example runs as it is shipped and prints what stands beside it in its .out file."""

import difflib
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
SCRIPTS = sorted(EXAMPLES.glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_an_example_prints_what_its_out_file_says(script: Path, tmp_path: Path) -> None:
    """Run from elsewhere, without a warning: an example finds its files by its own place."""
    command = [sys.executable, "-W", "error", "-X", "utf8", str(script)]
    # The project's folder stands in for an installed frontdoor.
    path = {"PYTHONPATH": str(EXAMPLES.parent), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(command, cwd=tmp_path, env=path, capture_output=True, encoding="utf-8", timeout=300)
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stderr
    expected = script.with_suffix(".out").read_text(encoding="utf-8")
    diff = difflib.unified_diff(
        expected.splitlines(), ran.stdout.splitlines(), f"{script.stem}.out", "what it printed", lineterm=""
    )
    assert ran.stdout == expected, "\n".join(["the output has changed:", *diff])


def test_every_out_file_has_its_example_and_every_example_its_out_file() -> None:
    """An expectation that nothing is compared with would be trusted for nothing."""
    assert {path.stem for path in EXAMPLES.glob("*.out")} == {path.stem for path in SCRIPTS} != set()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_an_example_begins_by_saying_what_it_shows_and_is_short(script: Path) -> None:
    lines = script.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith('"""')
    assert len(lines) < 40


@pytest.mark.parametrize(
    "script, package, install",
    [
        ("in_django", "django", "pip install 'frontdoor[django]'"),
        ("in_fastapi", "fastapi", "pip install 'frontdoor[fastapi]' httpx"),
        ("in_fastapi", "httpx", "pip install 'frontdoor[fastapi]' httpx"),
        ("in_apscheduler", "apscheduler", "pip install 'frontdoor[apscheduler]'"),
    ],
)
def test_an_example_whose_package_is_not_installed_says_so_in_a_sentence(
    script: str, package: str, install: str
) -> None:
    path = str(EXAMPLES / f"{script}.py")
    without = f"import runpy, sys; sys.modules[{package!r}] = None; runpy.run_path({path!r}, run_name='__main__')"
    ran = subprocess.run(
        [sys.executable, "-c", without],
        env={"PYTHONPATH": str(EXAMPLES.parent)},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert ran.returncode == 1 and ran.stdout == ""
    assert ran.stderr.count("\n") == 1 and f"needs {package}, which is not installed: {install}" in ran.stderr
