"""The Standard Safeguarding Dataset: the extract that any case system in England can make, a CSV file a table.

Contacts, referrals (`ssd_cin_episodes`), assessments, section 47 enquiries and initial conferences become events, each
labelled by its own id; they are joined on the person and the referral id, and on the enquiry's for a conference.

- Dates are typed as times. Midnight is a date alone: databases write 00:00:00 where only the day was entered. Dates are
  stated afterwards here, too, so that one which lies before what it should follow is a wrong date.
- A row whose referral id is empty or unknown belongs to the child's latest referral on or before its day. The audit
  counts from that one in any case; the file is told where ids say another.
- `position` counts events child by child: contacts, then referral by referral what settles the order of a day: receipt,
  assessments, enquiries each with its conference, closure.
- Whether a conference made a plan is said by its flag, else its outcome, else by a plan that names it or starts then or
  later. An enquiry that ended without a conference ended by the decision that none was needed, on the day it ended.
- Who is said to have completed a record, or else the one worker who was involved that day, is a detail: `worker` and
  `team`. Nobody is named; an id stays an id. The family is that of `ssd_family`, else the conference's meeting.
- Early help, plans, reviews and visits are no events: no workflow here follows them.

A decision for no further action has no day of its own: it was made on some day up to the closure, else up to the last
date in the files; a child that was seen during an assessment was seen on some day of it. An assessment is the single
one; one dated before that came in, in 2013, is not in its edition.
"""

from __future__ import annotations

__all__ = ["read"]

from frontdoor.formats.ssd.reading import read
