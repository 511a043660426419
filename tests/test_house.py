"""The rules of the house: what is public, what is light, who may ask the time, and which module stands on which."""

from __future__ import annotations

import ast
import importlib
import inspect
import os
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import frontdoor
from frontdoor import errors

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = Path(frontdoor.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
HEAVY = {
    "numpy",
    "numba",
    "llvmlite",
    "sqlite_utils",
    "transitions",
    "polars",
    "pendulum",
    "click",
    "rich",
    "hypothesis",
    "psycopg",
    "psycopg_pool",
    "cryptography",
    "jinja2",
}

MODULES = sorted(
    found.name for found in pkgutil.walk_packages([str(PACKAGE)], "frontdoor.") if not found.name.endswith("__main__")
)

every_module = pytest.mark.parametrize("name", ["frontdoor", *MODULES])
every_source = pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.relative_to(PACKAGE).as_posix())


def loaded_after(code: str) -> set[str]:
    """The packages that a fresh Python has loaded when it has run some code."""
    run = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        capture_output=True, text=True, check=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
    )  # fmt: skip
    return {name.partition(".")[0] for name in run.stdout.split()}


# ---- light ----


@pytest.mark.parametrize(
    "code",
    [
        "import frontdoor",
        "import frontdoor; frontdoor.load()",
        "from frontdoor import Calendar, InvalidWorkflow, Library, SimulatedClock, SystemClock, Timescale, Workflow",
        "from frontdoor import Desk, MemoryLog, SqliteLog; Desk(MemoryLog()).check()",
        "import frontdoor.kernel",
    ],
)
def test_it_loads_no_heavy_package(code: str) -> None:
    assert loaded_after(code) & HEAVY == set()


def test_importing_it_loads_no_module_of_its_own_before_a_name_is_used() -> None:
    run = subprocess.run(
        [sys.executable, "-c", "import frontdoor, sys; print([m for m in sys.modules if m.startswith('frontdoor.')])"],
        capture_output=True, text=True, check=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
    )  # fmt: skip
    assert run.stdout.strip() == "[]"


# ---- public ----


def test_the_public_names_are_these() -> None:
    assert frontdoor.__all__ == [
        "AsyncDesk", "Audit", "Breach", "Calendar", "Case", "Conflict", "Deadline", "Desk", "Entry", "Episode", "Event",
        "FrontdoorError", "InputError", "InvalidWorkflow", "Library", "LogError", "MemoryLog", "MomentError", "OutOfOrder",
        "PostgresLog", "Refused", "SimulatedClock", "SqliteLog", "State", "SystemClock", "Timer", "Timescale", "Transition", "Unit",
        "UnknownCase", "Workflow", "audit", "load", "read",
    ]  # fmt: skip


@pytest.mark.parametrize("name", frontdoor.__all__)
def test_every_public_name_can_be_had_and_is_documented(name: str) -> None:
    assert inspect.getdoc(getattr(frontdoor, name))


def test_a_name_that_is_not_there_is_an_attribute_error_that_names_it() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        frontdoor.nothing  # noqa: B018


def test_listing_the_package_lists_its_public_names() -> None:
    assert set(frontdoor.__all__) <= set(dir(frontdoor))


@every_module
def test_every_module_says_what_it_is_and_keeps_its_promises(name: str) -> None:
    module = importlib.import_module(name)
    assert (module.__doc__ or "").strip()
    for public in getattr(module, "__all__", ()):
        assert hasattr(module, public), public


def documented(module: ModuleType) -> Iterator[tuple[str, str | None]]:
    """The public classes and functions of a module and their public methods and properties, with their docstrings."""
    for name in getattr(module, "__all__", ()):
        thing = getattr(module, name)
        if not (inspect.isclass(thing) or inspect.isroutine(thing)) or thing.__module__ != module.__name__:
            continue
        yield name, thing.__doc__
        for inner, value in vars(thing).items() if inspect.isclass(thing) else ():
            value = getattr(value, "func", getattr(value, "__func__", value))
            if not inner.startswith(("_", "test_")) and (inspect.isfunction(value) or isinstance(value, property)):
                yield f"{name}.{inner}", value.__doc__


@every_module
def test_every_public_class_function_and_method_is_documented(name: str) -> None:
    assert [one for one, doc in documented(importlib.import_module(name)) if not doc] == []


# ---- errors ----


def drawn() -> dict[str, str]:
    """The error tree as the docstring of errors.py draws it: each error and the one it stands under."""
    tree: dict[str, str] = {}
    above: list[tuple[int, str]] = [(0, "")]
    for line in (errors.__doc__ or "").splitlines():
        indent, word = len(line) - len(line.lstrip()), line.strip().partition(" ")[0].partition("(")[0]
        if indent < 4 or not word[:1].isupper():
            continue
        while above[-1][0] >= indent:
            above.pop()
        tree[word] = above[-1][1]
        above.append((indent, word))
    return tree


def test_the_error_tree_is_as_it_is_drawn() -> None:
    public = [getattr(errors, name) for name in errors.__all__ if name.endswith(("Error", "Workflow", "Case", "Extra"))]
    kinds = [kind for kind in vars(errors).values() if inspect.isclass(kind) and issubclass(kind, Exception)]
    ours = {kind.__name__: kind for kind in kinds if not kind.__name__.startswith("_")}
    assert set(public) <= set(ours.values())
    assert set(drawn()) == set(ours)
    for name, parent in drawn().items():
        assert not parent or issubclass(ours[name], ours[parent])


def test_every_error_is_a_frontdoor_error_and_a_sentence_not_a_tuple() -> None:
    made = [
        errors.UnknownWorkflow("edition", "x", ["y"]), errors.TimescaleError("x"), errors.MomentError("x", "is not one."),
        errors.UnknownCase("there is no case 'x'."), errors.CalendarExhausted(2000, 2030),
        errors.MissingExtra("Reading a log", "polars", "audit"),
        errors.InvalidWorkflow([errors.Fault("f.toml", "t", "c", "is wrong.")]), errors.InputError([]),
        errors.Refused("C-1", "referral.accept", "closed", [errors.Reason("wrong-role", "May not.")]),
        errors.OutOfOrder("it is later."), errors.Conflict("it is at 3.", case="C-1"), errors.Busy("it is held."),
        errors.LogTampered("changed.", 4), errors.ReadOnly("may not be written."), errors.OldSchema("is newer.", found=2, known=1),
    ]  # fmt: skip
    assert all(isinstance(error, errors.FrontdoorError) and not str(error).startswith("(") for error in made)


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (errors.UnknownWorkflow, LookupError), (errors.TimescaleError, ValueError), (errors.MomentError, ValueError),
        (errors.UnknownCase, LookupError), (errors.CalendarExhausted, LookupError), (errors.MissingExtra, ImportError),
        (errors.OutOfOrder, ValueError), (errors.Busy, TimeoutError),
    ],
)  # fmt: skip
def test_an_error_has_the_builtin_parent_where_callers_expect_it(
    error: type[Exception], builtin: type[Exception]
) -> None:
    assert issubclass(error, builtin) and issubclass(error, errors.FrontdoorError)


# ---- who may do what ----

ASKS = {
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "pendulum": {"now", "today", "yesterday", "tomorrow"},
    "time": {"time", "time_ns", "localtime", "gmtime", "ctime", "strftime"},
}


def asks_the_time(tree: ast.AST) -> Iterator[int]:
    """The lines that ask the computer what time it is."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            if node.attr in ASKS.get(owner, ()):
                yield node.lineno
        elif isinstance(node, ast.ImportFrom) and {name.name for name in node.names} & ASKS.get(
            node.module or "", set()
        ):
            yield node.lineno


@every_source
def test_only_the_system_clock_asks_the_computer_the_time(source: Path) -> None:
    asked = list(asks_the_time(ast.parse(source.read_text(encoding="utf-8"))))
    assert bool(asked) == (source.name == "clock.py"), asked


def imported(source: Path) -> set[str]:
    """The outside packages that a module names in an import, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize(
    ("package", "where"),
    [("transitions", {"machine.py"}), ("psycopg", {f"log/postgres/{name}.py" for name in ("__init__", "connections", "keystore", "log", "making", "writing")}), ("sqlite_utils", {"log/schema.py"}), ("numba", {"fast.py", "indexing.py"}), ("cryptography", {"log/note.py", "log/sealing.py"}), ("hypothesis", {f"testing/{name}.py" for name in ("__init__", "agreement", "conformance/material", "conformance/model", "conformance/reading", "conformance/suite", "desks", "properties", "recount", "strategies")})],
)  # fmt: skip
def test_a_package_is_imported_in_one_place(package: str, where: set[str]) -> None:
    places = {source.relative_to(PACKAGE).as_posix() for source in SOURCES if package in imported(source)}
    assert places <= where


@pytest.mark.parametrize("name", ["kernel", "verdict", "counting"])
def test_what_decides_imports_nothing_from_outside(name: str) -> None:
    assert imported(PACKAGE / f"{name}.py") <= {"__future__", "frontdoor"}


def test_what_is_copied_into_a_bundle_stands_alone() -> None:
    assert imported(PACKAGE / "report" / "proof" / "check.py") <= set(sys.stdlib_module_names)


def test_no_file_that_is_read_is_run() -> None:
    runs = {"eval", "exec", "compile", "__import__"}
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id
            assert called not in runs, f"{source.name}:{getattr(node, 'lineno', 0)}"


def test_a_module_imports_only_from_those_below_it() -> None:
    run = subprocess.run(
        [sys.executable, "-c", "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"],
        capture_output=True, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
