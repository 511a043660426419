"""What the tests of a log are made of: events to record, rows that stand, and anything that an event may hold."""

from __future__ import annotations

__all__ = ["NOON", "a_breach", "a_deadline", "a_draft", "an_episode", "details", "drafts", "happened", "texts"]

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import attrs
from hypothesis import strategies as st

from frontdoor.event import Draft
from frontdoor.log.standing import BreachRow, DeadlineRow, EpisodeRow
from frontdoor.moment import Happened, Span

NOON = datetime(2024, 3, 4, 12, tzinfo=UTC)
"""When what is recorded here happened, unless a test says otherwise."""


def a_draft(case_id: str = "C-1", **changes: Any) -> Draft:
    """Something to record of a case, with an id of its own."""
    draft = Draft(
        case_id=case_id, event="referral.receive", happened_at=NOON, recorded_at=NOON, actor="officer-12",
        role="referral_officer", episode="referral-1", family="", details={"source": "6"}, event_id=str(uuid4()),
    )  # fmt: skip
    return attrs.evolve(draft, **changes)


def an_episode(case_id: str, number: int = 1, **changes: Any) -> EpisodeRow:
    """An open referral."""
    row = EpisodeRow(
        case_id, number, f"referral-{number}", "referral", "received", "Referral received", 1, "working_together_2023",
        NOON.isoformat(), NOON.isoformat(), "", "d1",
    )  # fmt: skip
    return row._replace(**changes)


def a_deadline(case_id: str, number: int = 1, late_from: int | None = 0, **changes: Any) -> DeadlineRow:
    """A deadline that runs, and of which no breach stands."""
    row = DeadlineRow(
        case_id, number, "referral-1", "referral.decision", "referral.receive", "id-1", NOON.isoformat(), 1, "working days",
        "2024-03-05", late_from, "running", "", "", None, "statutory", "working_together_2023", "section 1", 0,
    )  # fmt: skip
    return row._replace(**changes)


def a_breach(case_id: str, breach: str, **changes: Any) -> BreachRow:
    """A breach that stands."""
    row = BreachRow(
        case_id, breach, "referral-1", "referral.decision", "id-1", "2024-03-05", 7, NOON.isoformat(), 60, "statutory",
        "working_together_2023", "2024-01", "", "", "",
    )  # fmt: skip
    return row._replace(**changes)


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
"""Any text that an event may hold: no NUL, no half of a surrogate pair."""
_numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
details = st.dictionaries(
    texts,
    st.recursive(
        st.none() | st.booleans() | _numbers | texts,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
        max_leaves=6,
    ),
    max_size=3,
)
"""Details of every kind that JSON has."""
_days = st.dates(date(1850, 1, 1), date(2199, 12, 31))
_moments = st.datetimes(datetime(1850, 1, 2), datetime(2199, 12, 30), timezones=st.just(UTC))
_spans = st.tuples(_days, _days).map(lambda days: Span(min(days), max(days)))
happened: st.SearchStrategy[Happened] = _moments | _days | _spans


def drafts(case_ids: st.SearchStrategy[str] = texts) -> st.SearchStrategy[Draft]:
    """Any event that a log can be asked to keep."""
    return st.builds(
        Draft, case_id=case_ids, event=texts, happened_at=happened, recorded_at=st.none() | happened, actor=texts, role=texts,
        episode=texts, family=texts, details=details, event_id=st.uuids().map(str), cause=texts, digest=texts,
    )  # fmt: skip
