"""A few words for each rule by which something is found: what a code such as 1103 stands for."""

from __future__ import annotations

__all__ = ["of_rule"]

import re
from functools import cache

_OWN = {
    "illegal-transition": "a step that could not be taken from where the case was",
    "after-close": "something recorded after the episode had ended",
    "unknown-event": "an event that no workflow declares",
    "missing-detail": "something that must be recorded was not",
    "wrong-role": "done in a role that may not do it",
    "same-person": "signed off by the person who did the work",
    "opened-without": "what must come before it is not there",
    "still-open": "ended while work was open that must end first",
    "overlap": "opened while another was open",
    "not-in-edition": "work that the edition judged by does not have",
    "recorded-late": "recorded later than the next working day",
    "breach": "a statutory clock late or overdue",
    "local-breach": "a local clock late or overdue",
    "cannot-tell": "a clock of which the record cannot tell",
    "claimed-date-differs": "the source states another due date than is counted",
    "linked-otherwise": "linked to other work than its dates say",
    "sources-differ": "two sources contradict each other",
    "in-one-only": "in one source, and missing from another that should have it",
}
_SAID_OTHERWISE = {
    "1104": "The conference was before the referral",
    "2883": "More child protection plans start in the year than conferences are held",
    "2885": "The child protection plan does not start on the day of a conference",
    "8565": "The case is closed, but goes on",
    "8535Q": "The child's death is before its birth",
    "8600": "The date of the referral is missing, or after the census",
    "8615": "The conference has no section 47 enquiry that was started by then",
    "8670Q": "The assessment is open at the end of the census, its 45 working days over",
    "8870Q": "The target date for the conference is at a weekend",
    "8873Q": "The only assessment found no factors (21), but the case is not closed as after assessment",
    "8875": "The conference was at a weekend",
    "8897Q": "The authorised assessment has no factors recorded",
}
"""Rules of the census whose sentence does not stand without its dates."""
_DATED = re.compile(r"(?:,? (?:which was on|that of|on|of|is))? ?,? ?\{(?:on|other)\}")
_WITHOUT_DATES = (
    (_DATED, ""),
    (re.compile(r", as$"), ", as is another"),
    (re.compile(r"while the (?:one started|case referred) was"), "while another was"),
    (re.compile(r"during the one started"), "during another"),
    (re.compile(r" started$"), ""),
    (re.compile(r", (before|after|while|during) "), r" \1 "),
)
"""What a rule of the census says, made into words without the dates of one finding."""


def of_rule(rule: str) -> str:
    """What a rule stands for, in a few words; empty for a rule that is not known."""
    return _OWN.get(rule) or _of_census().get(rule, "")


@cache
def _of_census() -> dict[str, str]:
    from frontdoor.formats.cin_census.rules import RULES  # only where one of them was broken: it brings readers of XML

    return {one.code: _SAID_OTHERWISE.get(one.code) or _without_dates(one.says) for one in RULES}


def _without_dates(says: str) -> str:
    said = says.rstrip(".")
    for pattern, instead in _WITHOUT_DATES:
        said = pattern.sub(instead, said).rstrip(": .")
    return said
