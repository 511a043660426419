"""The children in need census: the XML return that every authority in England sends the DfE each year.

It begins at the referral and knows dates, never times. Real files break their own schema, so names are matched
whatever their case and known spellings, and whatever is odd is rejected or noted by its line while the rest of the
child is kept. `position` numbers the dated elements of the file, those of one referral in the order that settles what
came first on one day: referral, assessments, each section 47 enquiry with its conference, transfer-in conference,
plans, closure. Two facts have no date of their own in the census, that no conference is required and that a referral
never closed led to no further action: they are numbered in their place, and happened within a span of days. Without a
closure that ends with the reference date; in a file that states none, and of what came after it, no last day is known.
A conference or an assessment that stands in another enquiry or referral than the one that it is counted from is a
finding, `linked-otherwise`. An assessment is the single one that the return collects; one dated before that came in, in
2013, is not in its edition.
"""

from __future__ import annotations

__all__ = ["CARRIES", "read", "write"]

from frontdoor.formats.cin_census.reading import CARRIES, read
from frontdoor.formats.cin_census.writing import write
