"""What authorities hold as records rather than events: rows with an id and dates, and the events that they tell of.

A record says afterwards on which day something happened. The readers of such formats gather what their cells say
(`values`) in `Records`: the events, each cell that cannot be read, and what is to be known of the file as a whole.
"""

from __future__ import annotations

__all__ = ["Records", "nth", "shown"]

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

import attrs

from frontdoor.compiled import Carries
from frontdoor.errors import MomentError
from frontdoor.formats.dated import OPEN, Dated, day_of, elsewhere
from frontdoor.formats.source import DETAIL, Claim, Finding, Rejected, Source
from frontdoor.formats.values import LONGEST, NO_DATE, ODD, flag, ident, plain, when
from frontdoor.moment import LONDON, Happened, Span, bounds, written

if TYPE_CHECKING:
    import polars as pl


@attrs.define
class Records:
    """The events, the rejected cells and the notes of a file, as they are gathered."""

    details: tuple[str, ...]
    """The details that its events may have."""
    events: list[Dated] = attrs.Factory(list)
    rejected: list[Rejected] = attrs.Factory(list)
    notes: list[str] = attrs.Factory(list)
    claims: list[Claim] = attrs.Factory(list)
    findings: list[Finding] = attrs.Factory(list)
    links: dict[tuple[str, str, str], tuple[str, str]] = attrs.Factory(dict)
    """As in `Source`."""
    children: dict[str, None] = attrs.Factory(dict)
    """Every child that the file names, in its order."""
    _never: Counter[str] = attrs.Factory(Counter)
    _month_first: Counter[str] = attrs.Factory(Counter)

    def reject(self, row: int, column: str, reason: str, value: object = "") -> None:
        """List a cell that cannot be read."""
        shown = plain(value)[:100] if isinstance(value, str) else str(value)[:100]
        self.rejected.append(Rejected(row, column, reason, shown.encode("utf-8", "backslashreplace").decode()))

    def case(self, row: int, column: str, value: object) -> str | None:
        """The id in a cell; None where there is none, which is rejected: nothing of such a row has a case."""
        try:
            found = ident(value)
        except ValueError as error:
            self.reject(row, column, f"{error} Nothing of this row has a child.", value)
            return None
        self.children[found] = None
        return found

    def happened(self, row: int, column: str, value: object, *, required: bool = False) -> Happened | None:
        """When a cell says something happened; None where nothing or nothing readable stands."""
        try:
            found = when(value)
        except MomentError as error:
            self._month_first[column] += "has no month" in error.why
            self.reject(row, column, error.why, value)
            return None
        except OverflowError:
            self.reject(row, column, "lies outside the years that can be counted.", value)
            return None
        if found in NO_DATE:
            self._never[column] += 1
            found = None
        if found is None and required:
            reason = "is empty." if not plain(value) else "is the first day of a spreadsheet's calendar: an empty date."
            self.reject(row, column, reason, value)
        return found

    def said(self, row: int, column: str, value: object) -> str:
        """The text in a cell; '' where there is none that can be kept."""
        text = plain(value)
        if len(text) > LONGEST or ODD.search(text):
            why = (
                f"is longer than {LONGEST} characters"
                if len(text) > LONGEST
                else "holds NUL, control or half characters"
            )
            self.reject(row, column, f"{why}: it was left out.", value)
            return ""
        return text

    def flagged(
        self, row: int, column: str, value: object, also: Mapping[str, bool | None] | None = None
    ) -> bool | None:
        """Whether a cell says yes; None where it does not say. `also` are further words, in small letters."""
        text = plain(value)
        if also and text.lower() in also:
            return also[text.lower()]
        try:
            return flag(text[:100])
        except ValueError as error:
            self.reject(row, column, str(error), value)
            return None

    def add(
        self, case_id: str, event: str, episode: str, happened: Happened | None, *, family: str = "", **details: str
    ) -> None:
        """An event, where it is known when it happened."""
        if happened is not None:
            self.events.append(Dated(case_id, event, episode, happened, details, family))

    def claim(self, timer: str, due: Happened | None) -> None:
        """A due date that the source states for the deadline of the event added last."""
        if due is not None and not isinstance(due, Span):
            day = due.astimezone(LONDON).date() if isinstance(due, datetime) else due
            self.claims.append(Claim(len(self.events), timer, day))

    def linked(
        self,
        belongs: Mapping[tuple[str, str, str], str],
        opening: str,
        what: str,
        several: str = "",
        *,
        counted: bool = True,
    ) -> None:
        """Tell of what belongs by its record to another episode than the kernel's, in a note and, where a clock of it is
        `counted` from that episode, each in a finding.

        `what` it is, in small letters ('conference'), and `several` of them; the others as for `elsewhere`.
        """
        others = elsewhere(self.events, belongs, opening)
        above = opening.partition(".")[0]
        self.links |= {
            (case, event.partition(".")[0], label): (above, said) for (case, event, label), said in belongs.items()
        }
        other = opening.partition(".")[0].replace("section_47", "section 47 enquiry")
        for one in others if counted else ():
            if one.said_on == one.counted.happened:
                continue  # it is due on the same day
            event = one.event
            message = (
                f"The record says that this {what} is of the {other} {one.said[:60]} ({_when(one.said_on)}). Its deadline is "
                f"counted from the child's latest on or before its day, {one.counted.episode[:60]} "
                f"({_when(one.counted.happened)}): from the other it would be due on another day."
            )
            about = (one.position, event.case_id, event.episode, event.event, event.happened)
            self.findings.append(Finding(*about, "linked-otherwise", "warning", message))
        if others:
            clock = ", from which it is counted" if counted else ""
            self.notes.append(
                f"By its own record of another {other} than the child's latest on or before its day{clock}: "
                f"{nth(len(others), what, several)} ({shown([one.event.episode for one in others])})."
            )

    def linked_to_referrals(self, belongs: Mapping[tuple[str, str, str], str]) -> None:
        """The same for what belongs to referrals: of enquiries no clock is counted from there."""
        assessments = {key: label for key, label in belongs.items() if key[1] == "single_assessment.start"}
        enquiries = {key: label for key, label in belongs.items() if key[1] == "section_47.start"}
        self.linked(assessments, "referral.receive", "assessment")
        self.linked(enquiries, "referral.receive", "section 47 enquiry", "section 47 enquiries", counted=False)

    def source(self, name: str, format: str, carries: Carries) -> Source:
        """All of it as a source; `position` counts the events from 1."""
        for column, many in self._never.items():
            self.notes.append(
                f"{column}: {many} dates are 1 January 1900 or the days before, as an empty cell becomes; read as empty."
            )
        for column, many in self._month_first.items():
            if many:
                self.notes.append(
                    f"{column}: {many} dates can only have their month first. The others there, such as 03/04/2020, were "
                    "read day first: look whether they are."
                )
        return Source(
            name, format, _frame(self.events, self.details), carries, sorted(dict.fromkeys(self.rejected), key=_place), self.notes,
            self._reference(), self.claims, self.details, self.findings,
            links=self.links,
        )  # fmt: skip

    def _reference(self) -> date | None:
        """The last day that is known, where it would be taken for the open end of a span; else None."""
        if not any(isinstance(event.happened, Span) and event.happened.last == OPEN for event in self.events):
            return None
        return max(_known(event.happened) for event in self.events)


def _place(rejected: Rejected) -> tuple[str, int]:
    """The sheet or file that its column begins with, if it does, and its row."""
    sheet, parted, _ = rejected.column.partition(": ")
    return sheet if parted else "", rejected.row


def _known(happened: Happened) -> date:
    """The last day by which something happened; of what is open its first."""
    return happened.last if isinstance(happened, Span) and happened.last != OPEN else day_of(happened)


def _when(happened: Happened | None) -> str:
    return written(happened) or "of no day that can be read"


def shown(names: Sequence[str], most: int = 5) -> str:
    """The first of many names."""
    return ", ".join(names[:most]) + (" and others" if len(names) > most else "")


def nth(many: int, one: str, several: str = "") -> str:
    """'1 row', '2 rows'."""
    return f"{many} {one if many == 1 else several or one + 's'}"


def _frame(events: list[Dated], details: tuple[str, ...]) -> pl.DataFrame:
    import polars as pl

    limits = {happened: bounds(happened) for happened in {event.happened for event in events}}
    numbers = ("happened_from", "happened_to", "recorded_from", "recorded_to", "recorded_day", "day", "last_day")
    texts = ("case_id", "event", "actor", "role", "episode", "family", *(DETAIL + detail for detail in details))
    return pl.DataFrame(
        [
            (position, one.case_id, one.event, "", "", one.episode, one.family,
             *(one.details.get(detail, "") for detail in details), *at[:2], None, None, None, *at[2:])
            for position, one in enumerate(events, 1)
            for at in [limits[one.happened]]
        ],
        schema={"position": pl.Int64, **dict.fromkeys(texts, pl.String), **dict.fromkeys(numbers, pl.Int64)},
        orient="row",
    )  # fmt: skip
