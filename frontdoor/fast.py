"""The kernel, compiled: the same source as `kernel`, run by numba where it is installed. It decides nothing itself."""

from __future__ import annotations

__all__ = ["Kernel", "compiled", "interpreted"]

import hashlib
import os
import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryFile
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

from frontdoor import book, counting, kernel, rows, rules, verdict
from frontdoor.errors import MissingExtra


class Kernel(NamedTuple):
    """The two loops over columns, in one of the kernel's speeds."""

    fold: Callable[..., int]
    judge_all: Callable[..., None]
    is_compiled: bool
    step: Callable[..., int]


interpreted = Kernel(kernel.fold, verdict.judge_all, False, kernel.step)
"""The kernel as Python runs it: quickest for lists of a few ten thousand events, and always there."""


def available() -> bool:
    """Whether the compiled kernel can be had and kept: numba works, and there is a folder for its machine code."""
    try:
        import_module("numba")
    except ImportError:
        return False
    return cache_folder() is not None


_LOOPS = ("fold", "judge_all")
"""What is called; all else is written out inside it, for to hand every table over costs more than most steps do."""


@cache
def compiled(*, boundscheck: bool = False) -> Kernel:
    """The kernel compiled to machine code; its first call on a machine compiles for some seconds, later ones load that.

    Raises:
        MissingExtra: numba is not installed.
    """
    made = machine_code(loops=_LOOPS, doors=("step",), boundscheck=boundscheck)
    return Kernel(made["fold"], made["judge_all"], True, made["step"])


@cache
def machine_code(
    *modules: ModuleType, loops: tuple[str, ...], doors: tuple[str, ...] = (), boundscheck: bool = False
) -> dict[str, Any]:
    """The functions of the kernel, and of further modules that are written as it is, by name; compiled when first called.

    `loops` are those that are called from outside, into which all else is written; `doors` may be called so, too.

    Raises:
        MissingExtra: numba is not installed.
    """
    try:
        numba: Any = import_module("numba")
    except ImportError as error:
        raise MissingExtra("The compiled kernel", "numba", "fast") from error
    from frontdoor.indexing import FromZero

    folder = cache_folder(*modules)
    keep = folder is not None and not boundscheck
    every = (*_KERNEL, *modules)
    names = {module.__name__ for module in every}
    namespace: dict[str, Any] = {}
    for module in every:
        namespace |= vars(module)
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(folder or before)
    try:
        for name, function in tuple(namespace.items()):
            if isinstance(function, FunctionType) and function.__module__ in names:
                copy = FunctionType(function.__code__, namespace, name)
                # Nothing here allocates, so reference counting (_nrt) is left out: it would cost 30 times the step.
                # A door from Python to what compiled code alone calls would take longer to compile than all else.
                namespace[name] = numba.njit(
                    cache=keep, boundscheck=boundscheck, _nrt=False, forceinline=name not in loops,
                    no_cpython_wrapper=name not in (*loops, *doors), no_cfunc_wrapper=True, pipeline_class=FromZero,
                )(copy)  # fmt: skip
    finally:
        numba.config.CACHE_DIR = before
    return namespace


_KERNEL = (counting, verdict, kernel)


@cache
def cache_folder(*modules: ModuleType) -> Path | None:
    """Where the machine code is kept, by the digest of what it is made from and by, so that it can never be stale: of the code
    that this process has, for the files may have been replaced since it began.

    None where nothing can be kept, as in a home that is read-only: numba would look for a place of its own, and go by
    the date of one source alone.
    """
    digest = hashlib.sha256()
    for module in (sys.modules[__name__], *_KERNEL, rules, book, rows, *modules):
        digest.update(module.__name__.encode())
        for name, value in sorted(vars(module).items()):
            if not name.startswith("__"):
                digest.update(f"{name}={_meaning(value)!r};".encode())
    digest.update(Path(__file__).with_name("indexing.py").read_bytes())
    try:
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        folder = home / "frontdoor" / f"kernel-{digest.hexdigest()[:16]}"
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            return folder
    except (OSError, RuntimeError):  # RuntimeError: nobody knows where home is
        return None


def _meaning(value: object) -> object:
    """What a name, or a constant in code, stands for in what is compiled: code, fields, numbers and texts."""
    if isinstance(value, FunctionType):
        return _meaning(value.__code__)
    if isinstance(value, CodeType):
        return value.co_firstlineno, value.co_code, _meaning(value.co_consts), value.co_names, value.co_varnames
    if isinstance(value, tuple | frozenset):
        return sorted(repr(_meaning(one)) for one in value) if isinstance(value, frozenset) else [*map(_meaning, value)]
    return getattr(value, "_fields", value if isinstance(value, int | float | str | bytes) else None)


def is_warm(*modules: ModuleType) -> bool:
    """Whether this machine has compiled the kernel (with those modules) before."""
    folder = cache_folder(*modules)
    return folder is not None and any(folder.rglob("*.nbi"))
