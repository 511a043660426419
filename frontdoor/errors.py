"""Every error that frontdoor raises on purpose, in one tree.

    FrontdoorError
        WorkflowError                    a workflow, guidance or local file is wrong
            UnknownWorkflow              no workflow, edition or timer of that name
            InvalidWorkflow              .faults: everything that is wrong with the files, at once
            TimescaleError(ValueError)   not a length of time that a clock can be set to
        CaseError                        what was asked cannot be done to this case
            UnknownCase(LookupError)     no case, episode or deadline of that name
        InputError                       a file cannot be read; .faults: file, row, column, code, advice
        MomentError(ValueError)          not a date or time that happened
        CalendarExhausted(LookupError)   bank holidays are known up to .year
        MissingExtra(ImportError)        a package that this work needs is not installed; .extra brings it

A breach is not an error: it is news, and it is recorded. An error carries its facts as attributes; the message
is made from them, and says what was wrong, what was found and what to do.
"""

from __future__ import annotations

__all__ = [
    "CalendarExhausted",
    "CaseError",
    "Fault",
    "FrontdoorError",
    "InputError",
    "InvalidWorkflow",
    "MissingExtra",
    "MomentError",
    "TimescaleError",
    "UnknownCase",
    "UnknownWorkflow",
    "WorkflowError",
    "did_you_mean",
]

from collections.abc import Iterable
from typing import NamedTuple


class FrontdoorError(Exception):
    """The root of the tree: catch this to catch all that frontdoor raises on purpose."""


class Fault(NamedTuple):
    """One thing wrong with a file: where it stands, what it is, and what to do about it."""

    file: str
    where: str
    """The table of a TOML file (`transitions.accept`), or the row and column of a data file (`row 3, column event`)."""
    code: str
    message: str
    advice: str = ""

    def __str__(self) -> str:
        place = f"{self.file}: {self.where}: " if self.where else f"{self.file}: "
        return place + self.message + (f" {self.advice}" if self.advice else "")


class WorkflowError(FrontdoorError):
    """A workflow, guidance or local file is wrong."""


class UnknownWorkflow(WorkflowError, LookupError):
    """No workflow, edition or timer of that name; `.name` was asked for, `.known` are there."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind, self.name, self.known = kind, name, tuple(known)
        super().__init__(f"there is no {kind} called {name!r}.{did_you_mean(name, self.known)}")

    def __str__(self) -> str:  # LookupError would show the tuple of arguments
        return str(self.args[0])


class _Faulty(FrontdoorError):
    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class InvalidWorkflow(_Faulty, WorkflowError):
    """The files do not make sound workflows; `.faults` lists everything that is wrong with them."""


class InputError(_Faulty):
    """A file cannot be read at all; `.faults` lists why. A row that cannot be read is rejected, not raised."""


class TimescaleError(WorkflowError, ValueError):
    """Not a length of time that a clock can be set to; `.text` is what was found."""

    def __init__(self, text: object) -> None:
        self.text = text
        super().__init__(
            f"{text!r} is not a timescale: write a whole number from 1 to 9999 and a unit, such as '45 working days', '24 hours', "
            f"'6 weeks' or '3 months'."
        )


class MomentError(FrontdoorError, ValueError):
    """Not a date or time that happened; `.text` is what was found, `.why` what is wrong with it."""

    def __init__(self, text: str, why: str) -> None:
        self.text, self.why = text, why
        super().__init__(f"{text!r} {why}")


class CaseError(FrontdoorError):
    """What was asked cannot be done to this case."""


class UnknownCase(CaseError, LookupError):
    """No case, episode or deadline of that name."""

    def __str__(self) -> str:
        return str(self.args[0])


class CalendarExhausted(FrontdoorError, LookupError):
    """The count would leave the years that bank holidays are known for; `.year` is the last (or first) of them."""

    def __init__(self, first: int, last: int) -> None:
        self.first, self.year = first, last
        super().__init__(f"bank holidays are known from {first} to {last}; nothing can be counted beyond that.")

    def __str__(self) -> str:
        return str(self.args[0])


class MissingExtra(FrontdoorError, ImportError):
    """A package that this work needs is not installed; `.extra` brings it."""

    def __init__(self, work: str, package: str, extra: str) -> None:
        self.extra = extra
        super().__init__(f"{work} needs {package}, which is not installed: pip install 'frontdoor[{extra}]'")


def did_you_mean(name: str, known: Iterable[str], *, most: int = 3) -> str:
    """A sentence (with a space before it) naming what was probably meant; else what there is; else nothing."""
    import difflib

    names = sorted(known)
    small = {other.lower(): other for other in reversed(names)}
    close = [small[other] for other in difflib.get_close_matches(name.lower(), small, n=most, cutoff=0.6)]
    if close:
        return f" Did you mean {' or '.join(close)}?"
    return f" There are: {', '.join(names)}." if names and len(names) <= 12 else ""
