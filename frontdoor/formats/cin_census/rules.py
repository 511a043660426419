"""The children in need census's own rules, each by the code the Department for Education gave it.

A rule is an entry in a table, by its kind: `order`, `presence`, `overlap` and `clocks`. It has a code, a sentence, and
what breaks it. A code that ends in Q is a query, which may have a good explanation, and is a warning; any other is an
error. A finding is about one dated element, the one at odds with what is written before it, or where something is
missing the first date near it; 2883 alone is about the authority as a whole, and of no case.

They agree with Data to Insight's public validator, boundaries included, but for these, which are deliberate (each is
explained in `tests/differential/README.md`):

- Working days are counted from day 0 (8670Q, 8675Q, 8569Q), by the bank holidays of every year that is known. The
  validator counts the first day as a day, and knows no bank holiday before 2022.
- Each overlap, and each thing open beside another, is found once, at the later of the two; the validator names both.
  Of two referrals on one day neither is the later (8816).
- What is written twice over is found too (8863Q, 8890): the validator takes two groups with the same dates for one.
- A conference of the referral itself is judged as that of an enquiry is (1104, 8875). 2884 asks whether there is one at
  both levels of one referral; the validator, whether any two of a child's were on one day. A conference that has a day
  was held, whatever is flagged beside it (2885, 8868).
- Plans are one child's, whatever referral they stand under, and are reviewed whether they have ended or not (4003, 4004,
  8935, 8940).
- A missing flag that no conference is required is taken for "it is required" (8675Q), and one of no further action is
  told once (8568, not 8569Q). A flag or code is read whatever its case; a date that cannot be read is rejected by its
  line, and is not missing as well; so is a referral without any date.
- Factors and target dates are read as they stand in a census (8869, 8870Q): the validator passes both over. Whether a
  factor's code is one that the year has is not asked (8897Q). A birth that is not given is after no death (8535Q).
- The validator fails on most files at 8565, 8614 and 8898, and names other children at 8832.

Not here: the rules of the census's window (8620, 8696, 8715, 8720, 8736, 8740, 8930, 4010, 4013, 8520, 8545Q, 100) say
what belongs in one year's return, and are no breach of practice; nor those about who a child is. Where Bristol's
validator differs (8863Q: there an assessment may start on the day another is authorised) boundaries are Data to Insight's.
"""

from __future__ import annotations

__all__ = ["RULES", "Rule", "findings"]

from collections.abc import Collection

from frontdoor.formats.cin_census.clocks import CLOCKS
from frontdoor.formats.cin_census.order import ORDER
from frontdoor.formats.cin_census.overlap import OVERLAP
from frontdoor.formats.cin_census.presence import PRESENCE
from frontdoor.formats.cin_census.record import Census, Child
from frontdoor.formats.cin_census.rule import Rule
from frontdoor.formats.source import Finding

RULES = (*ORDER, *PRESENCE, *OVERLAP, *CLOCKS)
"""The rules, in the order in which they are reported."""


def findings(children: Collection[Child], census: Census) -> list[Finding]:
    """What the rules find, in the order of the file; those about one element in the order of the table."""
    judged = [child for child in children if child.referrals]  # of the others there is no date to be at odds with
    found = [finding for child in judged for rule in RULES for finding in rule.of_child(child, census)]
    found += [finding for rule in RULES for finding in rule.of_all(children, census)]
    return sorted(found, key=lambda finding: finding.position)
