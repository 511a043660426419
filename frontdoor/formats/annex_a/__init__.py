"""The Annex A workbook: the lists of children that every authority holds ready for an inspection by Ofsted.

Lists 1 (contacts), 3 (referrals), 4 (assessments) and 5 (section 47 enquiries and conferences) become events; lists 2,
6 and 7 (early help, children in need, plans) are read for what the others need of them, and for their children; list 8
and whatever else the workbook holds is noted. A workbook knows dates, no decision times, and no ids but the child's:

- Each row is an episode, labelled by its sheet and row ('List 3 row 17'), and what one row says belongs together: an
  assessment with its authorisation, an enquiry with its conference.
- Between lists a child and the order of dates link: an assessment or enquiry belongs to the child's latest referral on or
  before its day, and of two on one day to the one further down. That is how the audit counts, too; the file is told
  where the rule had to choose, and where a child has no such referral, as lists go back six months only.
- `position` counts events list by list, row by row, which is the order that settles what came first on one day.

A referral's decision for no further action and the decision that no conference is needed have no day of their own, and
no later day is known, for a workbook does not say when it was made. A child that was seen during an assessment was seen on
some day of it. What list 5 does not say of a conference, whether it made a plan, list 7 may: a plan that starts then or
later. Contacts and referrals before the six months are not listed: what would be counted from them cannot be told. A
conference that is counted from another enquiry than that of its row is a finding, `linked-otherwise`. An assessment is
the single one; one dated before that came in, in 2013, is not in its edition.
"""

from __future__ import annotations

__all__ = ["read", "write"]

from frontdoor.formats.annex_a.reading import read
from frontdoor.formats.annex_a.writing import write
