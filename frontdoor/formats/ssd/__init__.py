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
  later. An enquiry that ended without a conference ended by the decision that none was needed, made on some day up to its
  end (that is the day it was completed and authorised, and by the daily API's own words for the same day on or after the
  decision): not to accuse falsely, it is not taken for the day of the decision. There is none where the extract has no conferences, or one of the child's names no enquiry: it may be of this one.
- Who is said to have completed a record, or else the one worker who was involved that day, is a detail: `worker` and
  `team`. Nobody is named; an id stays an id. The family is that of `ssd_family`, else the conference's meeting.
- Early help, plans, reviews and visits are no events: no workflow here follows them.

A decision for no further action has no day of its own: it was made on some day up to the closure. Where there is none,
or one before the receipt, no later day is known, for an extract does not say when it was made. A child that was seen
during an assessment was seen on some day of it. What a row tells without a day for its beginning, and what belongs to a
referral that the extract lacks, may have begun at any time: what is counted from there cannot be told. A conference or
an assessment whose own enquiry or referral is not the one that it is counted from is a finding, `linked-otherwise`. An
assessment is the single one; one dated before that came in, in 2013, is not in its edition.
"""

from __future__ import annotations

__all__ = ["read"]

from frontdoor.formats.ssd.reading import read
