"""Every error that frontdoor raises on purpose, in one tree.

    FrontdoorError
        WorkflowError                    a workflow, guidance or local file is wrong
            UnknownWorkflow              no workflow, edition or timer of that name
            InvalidWorkflow              .faults: everything that is wrong with the files, at once
            TimescaleError(ValueError)   not a length of time that a clock can be set to
        CaseError                        what was asked cannot be done to this case
            UnknownCase(LookupError)     no case, episode, event or deadline of that name
            Refused                      .reasons: everything that speaks against it; .allowed: what may be done instead
            OutOfOrder(ValueError)       a moment later than the desk's clock, or a clock that went back
        LogError                         the record is not as it should be, or cannot be written
            Conflict                     somebody was there first: a stale version, or an event id with other content
            Busy(TimeoutError)           another writer holds the log
            LogTampered                  what is in the log is not what was recorded; .position: where that begins to show
            ReadOnly                     the log's file, or its folder, cannot be written
            IsThere                      what was to be written is there already; .path
            OldSchema                    the log is of another version of frontdoor than this one can read
            KeysError                    details cannot be kept: their keys are not there, another log's, or destroyed
        InputError                       a file cannot be read; .faults: file, row, column, code, advice
        MomentError(ValueError)          not a date or time that happened
        CalendarExhausted(LookupError)   bank holidays are known up to .year
        MissingExtra(ImportError)        a package that this work needs is not installed; .extra brings it
        MissingProgram(LookupError)      a program that this work needs is not installed; .program is its name

A breach is not an error: it is news, and it is recorded. An error carries its facts as attributes; the message
is made from them, and says what was wrong, what was found and what to do.
"""

from __future__ import annotations

__all__ = [
    "Allowed",
    "Busy",
    "CalendarExhausted",
    "CaseError",
    "Conflict",
    "Fault",
    "FrontdoorError",
    "InputError",
    "InvalidWorkflow",
    "IsThere",
    "KeysError",
    "LogError",
    "LogTampered",
    "MissingExtra",
    "MissingProgram",
    "MomentError",
    "OldSchema",
    "OutOfOrder",
    "ReadOnly",
    "Reason",
    "Refused",
    "TimescaleError",
    "UnknownCase",
    "UnknownWorkflow",
    "WorkflowError",
    "count",
    "did_you_mean",
    "seconds",
    "short",
]

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple


class FrontdoorError(Exception):
    """The root of the tree: catch this to catch all that frontdoor raises on purpose."""

    breaches: Sequence[Any] = ()
    """Those (`Breach`) that a check had recorded by the time it failed, which no other check will tell of; of a check a `Checked`."""


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
    """No case, episode, event or deadline of that name."""

    def __str__(self) -> str:
        return str(self.args[0])


class Reason(NamedTuple):
    """One thing that speaks against recording an event."""

    rule: str
    """As an audit names it ('wrong-role'), or 'no-actor', 'no-role'."""
    message: str
    event_id: str = ""
    """Of the recorded event that would become illegal; empty where it is the new one itself."""
    bars_facts: bool = False
    """Whether it may not be recorded even of what has already happened."""


class Allowed(NamedTuple):
    """Something that may be done next in a case."""

    event: str
    """'referral.accept'."""
    title: str
    episode: str
    """The episode it would be done in; empty where it opens one."""
    by: tuple[str, ...]
    """The roles that may do it."""
    needs: tuple[str, ...]
    """The details that must be recorded with it."""
    opens: str | None = None
    """The workflow that it starts in the same case."""
    not_by: str = ""
    """The person who may not, because they did what another pair of eyes must look at; empty where anybody may."""


class Refused(CaseError):
    """An event was not recorded, and the log is as it was.

    `.case`, `.event` and `.state` (of the episode it was meant for; empty where there is none) say what was tried,
    `.reasons` everything that speaks against it, `.allowed` what may be done in the case instead, by whom, needing what.
    """

    def __init__(
        self, case: str, event: str, state: str, reasons: Iterable[Reason], allowed: Iterable[Allowed] = ()
    ) -> None:
        self.case, self.event, self.state = case, event, state
        self.reasons, self.allowed = tuple(reasons), tuple(allowed)
        super().__init__(case, event)

    def __str__(self) -> str:
        said = " ".join(reason.message for reason in self.reasons)
        of = f" of {short(self.case)}" if self.case else ""
        instead = list(dict.fromkeys(one.event for one in self.allowed))
        may = f" May be done now: {', '.join(instead)}." if instead else ""
        fact = (
            "" if any(reason.bars_facts for reason in self.reasons) else " If it has already happened, say despite why."
        )
        return f"{short(self.event)}{of} was not recorded. {said}{may}{fact}"


def short(text: object) -> str:
    """Text as a sentence can hold it: what is long or odd is cut, and quoted."""
    said = str(text)
    return said if len(said) <= 80 and said.isprintable() else ascii(said[:80]) + ("..." if len(said) > 80 else "")


class OutOfOrder(CaseError, ValueError):
    """A moment later than the desk's clock, or a clock that went back behind what it has recorded."""


class LogError(FrontdoorError):
    """The record is not as it should be, or cannot be written."""


class Conflict(LogError):
    """Somebody was there first: the case is at another version than expected, or the event id has other content.

    `.case` is the case; `.expected` and `.found` are versions, or None where an event id is at issue.
    """

    def __init__(self, message: str, *, case: str, expected: int | None = None, found: int | None = None) -> None:
        self.case, self.expected, self.found = case, expected, found
        super().__init__(message)


class Busy(LogError, TimeoutError):
    """Another writer holds the log, and did not let go in time: try again."""


class LogTampered(LogError):
    """What is in the log is not what was recorded; `.position` is the first place where it shows, or None."""

    def __init__(self, message: str, position: int | None = None) -> None:
        self.position = position
        super().__init__(message)


class ReadOnly(LogError):
    """The log's file, or its folder, cannot be written."""


class IsThere(LogError):
    """What was to be written is there already, and is left as it is; `.path` is its name.

    `why` says more of it, `what` it is to be another of, and `instead` what else may be done.
    """

    def __init__(self, path: object, why: str = "", *, what: str = "file", instead: str = "") -> None:
        self.path = str(path)
        super().__init__(
            f"{path} is there already{f', and {why}' if why else ''}: name another {what}{f', or {instead}' if instead else ''}."
        )


class OldSchema(LogError):
    """The log is of another version of frontdoor than this one can read; `.found` and `.known` are schema versions."""

    def __init__(self, message: str, *, found: int, known: int) -> None:
        self.found, self.known = found, known
        super().__init__(message)


class KeysError(LogError):
    """Details cannot be kept: the keys they are sealed under are not there, those of another log, or were destroyed."""


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


class MissingProgram(FrontdoorError, LookupError):
    """A program that this work needs is not installed, or not on the PATH; `.program` is its name."""

    def __init__(self, work: str, program: str, install: str) -> None:
        self.program = program
        super().__init__(f"{work} needs the program {program}, which is not on the PATH: install {install}.")

    def __str__(self) -> str:
        return str(self.args[0])


def count(n: int, what: str) -> str:
    """'1 case', '2 cases'; a breach becomes breaches."""
    return f"{n:,} {what}{'' if n == 1 else 'es' if what.endswith('ch') else 's'}"


def seconds(n: float) -> str:
    """'1 second', '0.5 seconds'."""
    return f"{n:g} second{'' if n == 1 else 's'}"


def did_you_mean(name: str, known: Iterable[str], *, most: int = 3) -> str:
    """A sentence (with a space before it) naming what was probably meant; else what there is; else nothing."""
    import difflib

    names = sorted(known)
    small = {other.lower(): other for other in reversed(names)}
    close = [small[other] for other in difflib.get_close_matches(name.lower(), small, n=most, cutoff=0.6)]
    if close:
        return f" Did you mean {' or '.join(close)}?"
    return f" There are: {', '.join(names)}." if names and len(names) <= 12 else ""
