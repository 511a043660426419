"""Commands for tests: `frontdoor` run in this process, which is quick, or in one of its own, as people run it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from frontdoor.cli import main

ROOT = Path(__file__).resolve().parent.parent


class Ran(NamedTuple):
    """What a command came to."""

    status: int
    out: str
    err: str


def frontdoor(*words: object) -> Ran:
    """Run `frontdoor` with these words in this process."""
    out, err = io.StringIO(), io.StringIO()
    status: object = 0
    with patch.object(sys, "argv", ["frontdoor", *map(str, words)]), redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as left:
            status = left.code or 0
    assert isinstance(status, int)
    return Ran(status, out.getvalue(), err.getvalue())


def environment(**more: str) -> dict[str, str]:
    """What a process of its own needs to find frontdoor."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


def process(*words: object, **options: Any) -> subprocess.Popen[str]:
    """Begin `frontdoor` with these words in a process of its own."""
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": environment()} | options
    return subprocess.Popen([sys.executable, "-m", "frontdoor", *map(str, words)], text=True, **options)


def ran(started: subprocess.Popen[str]) -> Ran:
    """What a process came to, once it has ended."""
    out, err = started.communicate(timeout=60)
    return Ran(started.returncode, out, err)


def record(log: object, event: str, case: str = "C-1", *, at: str, role: str = "manager", **options: Any) -> Ran:
    """Record something by the command, in the right role and with what it needs unless told otherwise."""
    words: list[object] = ["record", log, case, event, "--at", at, "--role", role]
    options = {"actor": f"{role}-1"} | options
    for name, value in options.items():
        option = f"--{name.replace('_', '-')}"
        for one in value if isinstance(value, list) else [value]:
            words += [option] if one is True else [option, one]
    return frontdoor(*words)
