"""The payload of the DfE's daily API: JSON, an array of children, each with its social care episodes.

An episode is a referral and all that came of it. Referrals, assessments, section 47 enquiries and their conferences
become events, each labelled by its own id; dates only, no contacts and no decision times.

- What is marked to be purged was withdrawn by the authority: it is no event that happened. A purged child, episode,
  assessment, enquiry or plan is listed among what was not read, each by its path, and nothing in it is read.
- All that is not as the API's schema says is listed by its JSON path ($[0].social_care_episodes[2].closure_date), and
  the rest of the child is kept. The row is the child's number in the array, from 1.
- `position` counts events child by child, episode by episode in order of referral, in what settles the order of a day:
  receipt, assessments, enquiries each with its conference, closure.
- A conference made a plan if one starts on its day or later, before any later conference of the episode. An enquiry for
  which no conference is required, or which ended without one, was decided so on some day up to its end, else up to the closure.
- The worker allocated on an event's day, of two the one allocated last, is a detail; the actor is not known.

A decision for no further action has no day of its own: it was made on some day up to the closure. Where there is none,
or one before the receipt, no later day is known, for a payload does not say when it was made. What a payload tells
without a day for its beginning may have begun at any time, and what is counted from there cannot be told. A conference
or an assessment whose own enquiry or referral is not the one that it is counted from is a finding, `linked-otherwise`.
An assessment is the single one; one dated before that came in, in 2013, is not in its edition.
"""

from __future__ import annotations

__all__ = ["read"]

from frontdoor.formats.daily_api.reading import read
