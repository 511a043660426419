"""What a census holds inside a referral or an enquiry, and the kernel counts from another by its day."""

from __future__ import annotations

__all__ = ["linked"]

from collections.abc import Sequence

from frontdoor.formats.cin_census.children import Row
from frontdoor.formats.dated import Dated
from frontdoor.formats.records import Records

_ASKED = ("referral.receive", "single_assessment.start", "section_47.start", "conference.")


def linked(rows: Sequence[Row]) -> Records:
    """The findings (`linked-otherwise`) and notes on conferences, assessments and enquiries that stand in another group than
    the child's latest on or before their day; as for other records, of enquiries no clock is counted from there.

    `rows` are in the order of their positions. The name of what stands within a group begins with the group's.
    """
    some = [row for row in rows if row.what.on and row.what.event.startswith(_ASKED)]
    events = [Dated(row.case_id, row.what.event, row.what.episode, row.what.on, {}) for row in some if row.what.on]
    records = Records((), events)
    records.linked_to_referrals({_key(one): " ".join(one.episode.split()[:2]) for one in events})
    conferences = [one for one in events if one.event.startswith("conference.")]
    enquiries = {_key(one): one.episode.replace(" conference ", " section 47 ") for one in conferences}
    records.linked(enquiries, "section_47.start", "conference")
    records.findings = [one._replace(position=some[one.position - 1].what.position) for one in records.findings]
    return records


def _key(one: Dated) -> tuple[str, str, str]:
    return one.case_id, one.event, one.episode
