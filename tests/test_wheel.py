"""What is installed is whole: a wheel, put in an empty folder, has the library and every file it reads."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    run = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder into which the wheel was installed, and nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    run = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(folder), str(wheel)],
        capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    return folder


def said(installed: Path, elsewhere: Path, code: str) -> Any:
    """What some code prints, as JSON, in a Python that finds frontdoor in that folder and nowhere else."""
    places = [str(installed), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    # -I: no environment, no current folder; -S: no site, so no checkout that is installed as editable.
    start = f"import sys, json; sys.path += {places!r}; assert {str(ROOT)!r} not in sys.path\n"
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-W", "error", "-c", start + code], capture_output=True, text=True, cwd=elsewhere
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_the_wheel_holds_every_file_of_the_workflows_as_it_stands(wheel: Path) -> None:
    ours = {path.relative_to(ROOT).as_posix(): path for path in (ROOT / "workflows").rglob("*") if path.is_file()}
    with zipfile.ZipFile(wheel) as archive:
        theirs = {
            name.removeprefix("frontdoor/") for name in archive.namelist() if name.startswith("frontdoor/workflows/")
        }
        assert theirs == set(ours)
        assert all(archive.read(f"frontdoor/{name}") == path.read_bytes() for name, path in ours.items())


def test_the_wheel_has_the_schemas_the_practitioners_readme_and_the_mark_of_a_typed_package(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    kinds = ("workflow", "guidance", "local", "bank_holidays", "mapping", "scenario")
    assert names >= {f"frontdoor/workflows/schema/{kind}.schema.json" for kind in kinds}
    assert names >= {"frontdoor/workflows/README.md", "frontdoor/py.typed"}
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_wheel_has_nothing_but_the_package_and_its_description(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert len(tops) == 2 and "frontdoor" in tops
    assert not [name for name in zipfile.ZipFile(wheel).namelist() if "__pycache__" in name or "/tests/" in name]


def test_the_installed_library_is_found_where_it_was_installed(installed: Path, tmp_path: Path) -> None:
    found = said(installed, tmp_path, "import frontdoor; print(json.dumps(frontdoor.__file__))")
    assert Path(found) == installed / "frontdoor" / "__init__.py"


def test_the_installed_library_loads_nine_workflows_under_seven_editions(installed: Path, tmp_path: Path) -> None:
    names, editions = said(
        installed,
        tmp_path,
        "from frontdoor import load; library = load()\n"
        "print(json.dumps([library.names(), [edition.name for edition in library.editions]]))",
    )
    assert len(names) == 9 and len(editions) == 7
    assert {"contact", "mash", "referral", "single_assessment"} < set(names)
    assert editions[0] == "working_together_2006" and editions[-1] == "working_together_2026"


def test_the_installed_library_finds_the_shipped_local_files_by_name(installed: Path, tmp_path: Path) -> None:
    found = said(
        installed,
        tmp_path,
        "from frontdoor import load; library = load(local=['london_mash', 'wexcombe'])\n"
        "print(json.dumps([[local.name for local in library.locals], library.editions[0].file]))",
    )
    assert found == [["london_mash", "wexcombe"], "workflows/guidance/working_together_2006.toml"]


def test_the_installed_library_knows_its_bank_holidays(installed: Path, tmp_path: Path) -> None:
    found = said(
        installed,
        tmp_path,
        "from datetime import date; from frontdoor import load\n"
        "print(json.dumps(str(load().calendar.add(date(2009, 12, 18), 7))))",
    )
    assert found == "2009-12-31"
